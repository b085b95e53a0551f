"""The answer of ``convcalc solve`` as text: prose first, then the forms that people paste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from convcalc.arithmetic.affine import Progression
from convcalc.solving import forms
from convcalc.solving.valid import GivenWeights, Near, Valid, Why, halves

if TYPE_CHECKING:
    from convcalc.solving.solution import Solution

SHOWN_CHOICES = 3
"""How many ways to suit given weights are written out."""


def text(solution: Solution, width: int | None = None) -> str:
    """The whole answer, folded to a width if one is given."""
    lines = answers(solution, width)
    if width is not None:
        lines = [part for line in lines for part in folded(line, width)]
    return "\n".join(lines) + "\n"


def folded(line: str, width: int) -> list[str]:
    """A line in parts that are no longer, as far as there are blanks to break it at."""
    if len(line) <= width:
        return [line]
    from textwrap import wrap

    blank = "\N{NO-BREAK SPACE}"
    words = line.lstrip()
    indent = " " * (len(line) - len(words))
    if " → " in words:  # a chain breaks between its links only
        links = [link.replace(" ", blank) for link in words.split(" → ")]
        words = f" →{blank}".join(links)
    parts = wrap(
        words,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [part.replace(blank, " ") for part in parts]


def answers(solution: Solution, width: int | None) -> list[str]:
    """The answer's lines; only what is no prose is laid out for the width."""
    lines = [solution.title] if solution.title else []
    if solution.holes or solution.budget is not None:
        from convcalc.render import holes

        return [*lines, *holes.lines(solution, width)]
    if not solution.valid:
        lines.append("Nothing to solve: the network has no input size that could vary.")
    for group in alike(solution.valid):
        lines += answer(group, solution)
    if solution.given is not None:
        lines += ["", *given(solution.given)]
    for names, near in together(solution.near):
        lines += ["", *nearest(names, near, solution)]
    for whys in same_reasons(solution.why):
        lines += ["", *reason(" = ".join(item.symbol for item in whys), whys[0], solution)]
    return lines


def alike(valid: Sequence[Valid]) -> list[list[Valid]]:
    """Symbols with the same answer together."""
    groups: list[list[Valid]] = []
    for item in valid:
        for group in groups:
            if replace(item, symbol=group[0].symbol) == group[0]:
                group.append(item)
                break
        else:
            groups.append([item])
    return groups


def answer(group: Sequence[Valid], solution: Solution) -> Iterator[str]:
    """What is known of symbols that are answered alike."""
    valid = group[0]
    names = [item.symbol for item in group]
    if valid.refusal is not None:
        yield f"{forms.listed(names)}: not solved, because {valid.refusal}."
        if valid.help:
            yield f"  help: {valid.help}"
        return
    purpose = purpose_of(solution)
    if not valid.sizes:
        end = f": none is left at {valid.emptied}" if valid.emptied else ""
        yield f"{forms.listed(names)}: no size {purpose}{end}."
        return
    letter = forms.letter_for(names)
    if valid.sizes == (Progression(1, 1, 1, None),):
        yield f"{forms.listed(names)}: every size {purpose}."
    else:
        yield f"{forms.listed(names)}: {forms.words(valid.sizes, letter)}."
    if valid.even is None:
        yield "  which of them drop no pixel could not be solved"
    elif not solution.strict and valid.even != valid.sizes:
        if valid.even:
            yield f"  without dropping a pixel: {forms.words(valid.even, letter)}"
        else:
            yield "  every one of them drops pixels somewhere"
    yield f"  in a docstring: {forms.sentence(names, valid.sizes)}"
    yield f"  in Python:      {forms.condition(valid.sizes, forms.variable(names))}"
    limits = forms.limits(valid.sizes)
    if limits is None:
        yield "  as a range:     none; min, step and max cannot say it"
        return
    end = "no max" if limits["max"] is None else f"max {limits['max']}"
    yield f"  as a range:     min {limits['min']}, step {limits['step']}, {end}"
    for item in group:
        if item.of_input:
            yield f"  torch.export:   {forms.dimension(valid.sizes, item.symbol)}"


def purpose_of(solution: Solution) -> str:
    """What the sizes do that are solved for."""
    purpose = f"gives {solution.wanted}" if solution.wanted else "works"
    return f"{purpose} and drops no pixel" if solution.strict else purpose


def given(weights: GivenWeights) -> Iterator[str]:
    """Which sizes suit a fully connected layer's weights as they are."""
    names = forms.listed([name for name, _ in weights.layers])
    several = len(weights.layers) > 1
    counts = [f"{features:,}" for _, features in weights.layers]
    values = forms.listed(counts) + " values"
    if several and len(set(counts)) == 1:
        values = f"{counts[0]} values each"
    yield (
        f"{names} adapt{'' if several else 's'} to any size here."
        f" With {'their' if several else 'its'} weights for {values} as given:"
    )
    if not weights.choices:
        yield "  no size"
    letter = forms.letter_for([symbol for choice in weights.choices for symbol in choice])
    for choice in weights.choices[:SHOWN_CHOICES]:
        yield "  " + " with ".join(
            f"{symbol} {forms.words(sizes, letter)}" for symbol, sizes in choice.items()
        )
    more = len(weights.choices) - SHOWN_CHOICES
    if more > 0:
        yield f"  and {more} more ways (--format json has all)"


def together(nears: Sequence[Near]) -> list[tuple[str, Near]]:
    """The answers, those alike for several symbols once under all their names."""
    groups: dict[tuple[int, int | None, int | None], list[Near]] = {}
    for near in nears:
        groups.setdefault((near.size, near.below, near.above), []).append(near)
    return [(" = ".join(near.symbol for near in group), group[0]) for group in groups.values()]


def nearest(names: str, near: Near, solution: Solution) -> Iterator[str]:
    """The nearest valid sizes and how to reach them."""
    if near.valid:
        yield f"{names} = {near.size} {purpose_of(solution)}."
        return
    purpose = f"give {solution.wanted}" if solution.wanted else "work"
    if solution.strict:
        purpose += " without dropping a pixel"
    yield f"{names} = {near.size} does not {purpose}. The nearest that do:"
    if near.below is not None:
        before, after = halves(near.size - near.below)
        yield f"  {near.below}: crop {near.size - near.below} ({before} before, {after} after)"
    if near.above is not None:
        before, after = halves(near.above - near.size)
        yield f"  {near.above}: pad {near.above - near.size} ({before} before, {after} after)"
    if near.below is None and near.above is None:
        yield "  none"


def same_reasons(whys: Sequence[Why]) -> list[list[Why]]:
    """The answers, those alike for several symbols together."""
    groups: list[list[Why]] = []
    for item in whys:
        if groups and replace(item, symbol=groups[-1][0].symbol) == groups[-1][0]:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def reason(names: str, item: Why, solution: Solution) -> Iterator[str]:
    """Why a size works or not, and how it came there."""
    if item.layer is None:
        yield f"{names} = {item.size} {purpose_of(solution)}."
        return
    yield f"{names} = {item.size} breaks at {item.layer}: {item.reason}."
    for number, chain in enumerate(item.chains):
        label = f"part {number + 1}: " if len(item.chains) > 1 else ""
        yield (
            "  "
            + label
            + " → ".join(
                f"{size} {layer}" + (f" ({note})" if note else "") for layer, size, note in chain
            )
        )
