"""Explanations as text, Markdown, LaTeX or JSON data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from convcalc.arithmetic.quoted import LATEX
from convcalc.errors import wrong
from convcalc.render.terminal import Line, spelling_of, width_of, write_lines
from convcalc.render.units import UNICODE, Spelling

if TYPE_CHECKING:
    from convcalc.homework.explain import Explanation, Working

NARROW = 80
"""Below so many columns titles stand above their formulas."""


def write(
    explanations: Sequence[Explanation],
    stream: TextIO,
    *,
    format: str = "table",
    title: str | None = None,
    meaning: Callable[[str], str],
) -> None:
    """Write explanations to a stream. `meaning` says what a letter of a formula stands for.

    Raises `SpecError` for a format that there is not.
    """
    if format == "json":
        import json

        data = {"title": title, "layers": [item.to_dict() for item in explanations]}
        json.dump(data, stream, indent=2)
        stream.write("\n")
    elif format == "markdown":
        stream.writelines(line + "\n" for line in markdown(explanations, title, meaning))
    elif format == "latex":
        stream.writelines(line + "\n" for line in latex(explanations, title, meaning))
    elif format == "table":
        _write_text(explanations, stream, title, meaning)
    else:
        raise wrong(f"there is no format {format}", "the formats are table, markdown, latex, json")


def _write_text(
    explanations: Sequence[Explanation],
    stream: TextIO,
    title: str | None,
    meaning: Callable[[str], str],
) -> None:
    width = width_of(stream) or 100
    spelling = spelling_of(stream)
    write_lines(lines(explanations, title, meaning, width=width, spelling=spelling), stream)


def lines(
    explanations: Sequence[Explanation],
    title: str | None,
    meaning: Callable[[str], str],
    *,
    width: int,
    spelling: Spelling,
) -> Iterator[Line]:
    """The text, a layer after the other, what the letters mean at the end."""
    if title:
        yield [(spelling.text(title), "bold")]
        yield []
    for item in explanations:
        yield _heading(item, spelling)
        if item.same_as is not None:
            yield [("  ", ""), (spelling.text(f"as {item.same_as}"), "dim")]
        shown = [w for w in item.workings if item.same_as is None or "field" in w.quantity]
        margin = max((len(working.title) for working in shown), default=0)
        for working in shown:
            yield from _working(working, margin, width, spelling)
        for remark in item.remarks if item.same_as is None else ():
            for line in _packed(spelling.text(remark).split(" "), " ", width - 2):
                yield [("  ", ""), (line, "dim")]
        yield []
    letters = [f"{letter} {meaning(letter)}" for letter in _letters(explanations)]
    for line in _packed(letters, spelling.dot, width):
        yield [(line, "dim")]


def _heading(item: Explanation, spelling: Spelling) -> Line:
    shapes = " + ".join(spelling.shape(shape) for shape in item.input_shapes)
    sizes = f"{shapes} → {spelling.shape(item.output_shape)}"
    return [
        (spelling.text(item.name), "bold"),
        (f"  {spelling.text(item.text)}", "accent"),
        (f"   {spelling.text(sizes)}", ""),
    ]


def _working(working: Working, margin: int, width: int, spelling: Spelling) -> Iterator[Line]:
    """Title and formula, below it the steps; in a narrow terminal the title stands above both."""
    title = spelling.text(working.title)
    indent = " " * (margin + 4)
    if width < NARROW:
        indent = " " * 4
        yield [(f"  {title}", "bold")]
        label: Line = [(indent, "")]
    else:
        label = [(f"  {title:<{margin}}  ", "bold")]
    expression = working.expression
    steps = [spelling.text(step) for step in expression.steps()]
    formula = spelling.text(str(expression))
    if not expression.leaves():
        formula, steps = steps[0], steps[1:]
    if not expression.parts and steps:
        formula, steps = f"{formula} = {steps[0]}", []
    yield [*label, (formula, "")]
    room = width - len(indent)
    for line in _packed([f"= {step}" for step in steps], " ", room):
        yield [(indent, ""), (line, "")]
    for note in working.notes:
        for line in _packed(spelling.text(note).split(" "), " ", room):
            yield [(indent, ""), (line, "dim")]


def _packed(items: Sequence[str], separator: str, room: int) -> Iterator[str]:
    """Items in lines of at most that many characters, unless one alone is longer."""
    line = ""
    for item in items:
        longer = f"{line}{separator}{item}" if line else item
        if line and len(longer) > room:
            yield line
            longer = item
        line = longer
    if line:
        yield line


def _letters(explanations: Iterable[Explanation]) -> list[str]:
    """Every letter in the formulas shown, in order."""
    found: dict[str, Any] = {}
    for item in explanations:
        for working in item.workings:
            found.update(working.names)
    return list(found)


def markdown(
    explanations: Sequence[Explanation], title: str | None, meaning: Callable[[str], str]
) -> Iterator[str]:
    """A heading a layer, a list of its workings."""
    from convcalc.render.markdown import escaped

    if title:
        yield f"# {escaped(title)}"
        yield ""
    for item in explanations:
        shapes = " + ".join(UNICODE.shape(shape) for shape in item.input_shapes)
        yield f"## {escaped(item.name)}"
        yield ""
        yield f"`{UNICODE.text(item.text)}`: {shapes} → {UNICODE.shape(item.output_shape)}"
        yield ""
        if item.same_as is not None:
            yield f"- as {escaped(item.same_as)}"
        for working in item.workings:
            if item.same_as is not None and "field" not in working.quantity:
                continue
            notes = "".join(f" ({note})" for note in working.notes)
            *steps, result = working.expression.steps()
            parts = [str(working.expression)] if working.names else []
            said = " = ".join([*(escaped(part) for part in (*parts, *steps)), f"**{result}**"])
            yield f"- {working.title}: {said}{escaped(notes)}"
        for remark in item.remarks if item.same_as is None else ():
            yield f"- {escaped(remark)}"
        yield ""
    letters = _letters(explanations)
    if letters:
        yield ", ".join(f"{escaped(letter)} {escaped(meaning(letter))}" for letter in letters)


def latex(
    explanations: Sequence[Explanation], title: str | None, meaning: Callable[[str], str]
) -> Iterator[str]:
    """A paragraph a layer, its workings in an align environment."""
    from convcalc.render.latex import TYPESET, escaped

    yield f"% {UNICODE.text(title or 'a network')}"
    yield r"% needs \usepackage{amsmath}"
    for item in explanations:
        shapes = " + ".join(TYPESET.shape(shape) for shape in item.input_shapes)
        sizes = rf"{escaped(shapes)} $\to$ {escaped(TYPESET.shape(item.output_shape))}"
        yield (
            rf"\paragraph{{{escaped(item.name)}}} \texttt{{{escaped(item.text)}}}"
            f" ({sizes})"
        )
        if item.same_as is not None:
            yield rf"As {escaped(item.same_as)}."
        workings = [w for w in item.workings if item.same_as is None or "field" in w.quantity]
        if workings:
            yield r"\begin{align*}"
            yield " \\\\\n".join(_aligned(working, escaped) for working in workings)
            yield r"\end{align*}"
        notes = [note for working in workings for note in working.notes]
        said = [*notes, *(item.remarks if item.same_as is None else ())]
        if said:
            yield escaped("; ".join(said)) + "."
    letters = _letters(explanations)
    if letters:
        yield ""
        yield ", ".join(f"${LATEX.name(letter)}$ {escaped(meaning(letter))}" for letter in letters)


def _aligned(working: Working, escaped: Callable[[str], str]) -> str:
    """One working: its title, the formula, then a line for each step."""
    steps = working.expression.steps(LATEX)
    formula = LATEX.write(working.expression, names=True)
    if not working.names:
        formula, steps = steps[0], steps[1:]
    title = rf"&\text{{{escaped(working.title)}:}} && {formula}"
    return " \\\\\n".join([title, *(f"&&& = {step}" for step in steps)])
