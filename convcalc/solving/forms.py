"""Sets of sizes in the forms that people paste: words, a sentence for a docstring, a Python
condition, min/step/max, torch.export's Dim.
"""

from __future__ import annotations

from collections.abc import Sequence
from keyword import iskeyword
from typing import Any, NamedTuple

from convcalc.arithmetic.affine import Progression


class Forms(NamedTuple):
    """The forms of one symbol's sizes; None for one that cannot say them."""

    sentence: str
    python: str
    range: dict[str, int | None] | None
    torch_export: str | None


def forms(symbol: str, sizes: Sequence[Progression], *, of_input: bool) -> Forms:
    """All forms of the sizes of a symbol; torch.export has one for sizes of the input only."""
    return Forms(
        sentence([symbol], sizes),
        condition(sizes, variable([symbol])),
        limits(sizes),
        dimension(sizes, symbol) if of_input else None,
    )


def listed(names: Sequence[str]) -> str:
    """``D, H and W``"""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def words(sizes: Sequence[Progression], letter: str = "t") -> str:
    """A set of sizes in words: ``16·t for t ≥ 1 (16, 32, 48, …)``."""
    return "; ".join(_words(progression, letter) for progression in sizes)


def letter_for(names: Sequence[str]) -> str:
    """The letter of a whole number that is none of the names."""
    return "k" if "t" in names else "t"


def _words(progression: Progression, letter: str) -> str:
    first, step, width, last = _parts(progression)
    if step == 1:
        if last is None:
            return f"every size from {first}"
        return f"{first}" if first == last else f"{first} to {last}"
    if width > 1:
        runs = [f"{first + i * step}–{first + i * step + width - 1}" for i in range(3)]
        end = f", up to {last}" if last is not None else ""
        return (
            f"{first} to {first + width - 1} and every {step} further{end} ({', '.join(runs)}, …)"
        )
    start, rest = divmod(first, step)
    line = f"{step}·{letter} + {rest}" if rest else f"{step}·{letter}"
    examples = ", ".join(str(first + i * step) for i in range(3))
    if last is None:
        return f"{line} for {letter} ≥ {start} ({examples}, …)"
    return f"{line} for {start} ≤ {letter} ≤ {last // step} ({examples}, … {last})"


def sentence(names: Sequence[str], sizes: Sequence[Progression]) -> str:
    """A sentence for a docstring about symbols with the same sizes."""
    subject = f"{listed(names)} must{' each' if len(names) > 1 else ''}"
    if len(sizes) != 1:
        return f"{subject} be one of: {words(sizes, letter_for(names))}."
    first, step, width, last = _parts(sizes[0])
    if first == last:
        return f"{listed(names)} must be {first}."
    bound = f"at least {first}" if last is None else f"from {first} to {last}"
    if step == 1:
        return f"{subject} be {bound}."
    rest = first % step
    if width > 1:
        if rest + width > step:
            return f"{subject} be one of: {words(sizes, letter_for(names))}."
        rests = f"{rest} {'or' if width == 2 else 'to'} {rest + width - 1}"
        return f"{subject} leave a rest of {rests} when divided by {step}, and be {bound}."
    if step == 2:
        return f"{subject} be {'odd' if rest else 'even'}, {bound}."
    return f"{subject} be a multiple of {step}{f' plus {rest}' if rest else ''}, {bound}."


def variable(names: Sequence[str]) -> str:
    """The name of the size in a Python condition about one or several symbols."""
    return names[0] if len(names) == 1 and not iskeyword(names[0]) else "n"


def condition(sizes: Sequence[Progression], name: str) -> str:
    """A Python condition that is true for these sizes."""
    parts = [_condition(progression, name) for progression in sizes]
    if len(parts) == 1:
        return parts[0]
    return " or ".join(f"({part})" if " and " in part else part for part in parts)


def _condition(progression: Progression, name: str) -> str:
    first, step, width, last = _parts(progression)
    if first == last:
        return f"{name} == {first}"
    bound = f"{name} >= {first}" if last is None else f"{first} <= {name} <= {last}"
    if step == 1:
        return bound
    rest = first % step
    if width == 1:
        return f"{name} % {step} == {rest} and {bound}"
    if rest + width > step:
        return f"({name} - {rest}) % {step} < {width} and {bound}"
    low = f"{rest} <= " if rest else ""
    return f"{low}{name} % {step} < {rest + width} and {bound}"


def limits(sizes: Sequence[Progression]) -> dict[str, int | None] | None:
    """Smallest size, step and largest (None: without end), where these say it all."""
    if len(sizes) != 1 or sizes[0].width > 1:
        return None
    return {"min": sizes[0].first, "step": sizes[0].step, "max": sizes[0].last}


def dimension(sizes: Sequence[Progression], symbol: str) -> str | None:
    """torch.export's form of dynamic shapes, ``16*Dim("h", min=1)``; a plain number for one size.

    None where there is no such form.
    """
    if limits(sizes) is None:
        return None
    first, step, _, last = _parts(sizes[0])
    if first == last:
        return str(first)
    start, rest = divmod(first, step)
    end = "" if last is None else f", max={last // step}"
    form = f'Dim("{symbol.lower()}", min={start}{end})'
    return (f"{step}*" if step != 1 else "") + form + (f" + {rest}" if rest else "")


def _parts(progression: Progression) -> tuple[Any, Any, Any, Any]:
    return progression.first, progression.step, progression.width, progression.last
