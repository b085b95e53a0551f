"""The answer of ``convcalc solve`` as text: prose first, then the forms that people paste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convcalc.arithmetic.affine import Progression
from convcalc.solving.valid import GivenWeights, Near, Valid, Why, halves

if TYPE_CHECKING:
    from convcalc.solving.solution import Solution

SHOWN_CHOICES = 3
"""How many ways to suit given weights are written out."""


def text(solution: Solution) -> str:
    """The whole answer."""
    lines = [solution.title] if solution.title else []
    if solution.holes or solution.budget is not None:
        from convcalc.render import holes

        return "\n".join([*lines, *holes.lines(solution)]) + "\n"
    if not solution.valid:
        lines.append("Nothing to solve: the network has no input size that could vary.")
    for group in alike(solution.valid):
        lines += answer(group, solution)
    if solution.given is not None:
        lines += ["", *given(solution.given)]
    for names, near in together(solution.near):
        lines += ["", *nearest(names, near)]
    for item in solution.why:
        lines += ["", *reason(item)]
    return "\n".join(lines) + "\n"


def alike(valid: Sequence[Valid]) -> list[list[Valid]]:
    """Symbols with the same answer together."""
    groups: list[list[Valid]] = []
    for item in valid:
        for group in groups:
            if (group[0].sizes, group[0].even) == (item.sizes, item.even) and not item.refusal:
                group.append(item)
                break
        else:
            groups.append([item])
    return groups


def answer(group: Sequence[Valid], solution: Solution) -> Iterator[str]:
    """What is known of symbols that are answered alike."""
    valid = group[0]
    names = " and ".join(item.symbol for item in group)
    if valid.refusal is not None:
        yield f"{names}: not solved, because {valid.refusal}."
        if valid.help:
            yield f"  help: {valid.help}"
        return
    purpose = f" gives {solution.wanted}" if solution.wanted else " works"
    if not valid.sizes:
        yield f"{names}: no size{purpose}."
        return
    dropping = " and drops no pixel" if solution.strict else ""
    if valid.sizes == (Progression(1, 1, 1, None),):
        yield f"{names}: every size{purpose}{dropping}."
    else:
        yield f"{names}: {words(valid.sizes)}."
    if valid.even is None:
        yield "  the sizes that drop no pixel fall into too many cases"
    elif not solution.strict and valid.even != valid.sizes:
        if valid.even:
            yield f"  without dropping a pixel: {words(valid.even)}"
        else:
            yield "  every one of them drops pixels somewhere"
    yield f"  in a docstring: {sentence(group)}"
    yield f"  in Python:      {condition(valid.sizes, variable(group))}"
    if len(valid.sizes) == 1:
        only = valid.sizes[0]
        if only.width == 1:
            end = "no max" if only.last is None else f"max {only.last}"
            yield f"  as a range:     min {only.first}, step {only.step}, {end}"
            for item in group:
                yield f"  torch.export:   {dimension(only, item.symbol)}"


def variable(group: Sequence[Valid]) -> str:
    return group[0].symbol if len(group) == 1 else "n"


def words(sizes: Sequence[Progression]) -> str:
    """A set of sizes in words: ``16·t for t ≥ 1 (16, 32, 48, …)``."""
    return "; ".join(map(one, sizes))


def one(progression: Progression) -> str:
    """A progression in words."""
    first, step, width, last = (
        progression.first,
        progression.step,
        progression.width,
        progression.last,
    )
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
    line = f"{step}·t + {rest}" if rest else f"{step}·t"
    examples = ", ".join(str(first + i * step) for i in range(3))
    if last is None:
        return f"{line} for t ≥ {start} ({examples}, …)"
    return f"{line} for {start} ≤ t ≤ {last // step} ({examples}, … {last})"


def sentence(group: Sequence[Valid]) -> str:
    """A sentence for a docstring."""
    sizes = group[0].sizes
    if len(sizes) == 1 and sizes[0].first == sizes[0].last:
        return f"{' and '.join(item.symbol for item in group)} must be {sizes[0].first}."
    names = " and ".join(item.symbol for item in group) + (
        " must each be" if len(group) > 1 else " must be"
    )
    if len(sizes) == 1:
        only = sizes[0]
        if only.step == 1 and only.last is None:
            return f"{names} at least {only.first}."
        if only.width == 1 and only.last is None:
            rest = only.first % only.step
            form = f"a multiple of {only.step}" + (f" plus {rest}" if rest else "")
            return f"{names} {form}, at least {only.first}."
        if only.step == 1:
            return f"{names} from {only.first} to {only.last}."
    return f"{names} one of: {words(sizes)}."


def condition(sizes: Sequence[Progression], name: str) -> str:
    """A Python condition that is true for these sizes."""
    parts = [one_condition(progression, name) for progression in sizes]
    if len(parts) == 1:
        return parts[0]
    return " or ".join(f"({part})" if " and " in part else part for part in parts)


def one_condition(progression: Progression, name: str) -> str:
    first, step, width, last = (
        progression.first,
        progression.step,
        progression.width,
        progression.last,
    )
    if first == last:
        return f"{name} == {first}"
    if step == 1:
        return f"{name} >= {first}" if last is None else f"{first} <= {name} <= {last}"
    bound = f"{name} >= {first}" if last is None else f"{first} <= {name} <= {last}"
    if width == 1:
        return f"{name} % {step} == {first % step} and {bound}"
    return f"({name} - {first}) % {step} < {width} and {bound}"


def dimension(progression: Progression, symbol: str) -> str:
    """The form of torch.export's dynamic shapes: ``16*Dim("h", min=1)``."""
    step, first, last = progression.step, progression.first, progression.last
    start, rest = divmod(first, step)
    end = "" if last is None else f", max={last // step}"
    form = f'Dim("{symbol.lower()}", min={start}{end})'
    return (f"{step}*" if step != 1 else "") + form + (f" + {rest}" if rest else "")


def given(weights: GivenWeights) -> Iterator[str]:
    """Which sizes suit a fully connected layer's weights as they are."""
    yield (
        f"{weights.layer} adapts to any size here."
        f" With its weights for {weights.features:,} values as given:"
    )
    if not weights.choices:
        yield "  no size"
    for choice in weights.choices[:SHOWN_CHOICES]:
        yield "  " + " with ".join(f"{symbol} {words(sizes)}" for symbol, sizes in choice.items())
    more = len(weights.choices) - SHOWN_CHOICES
    if more > 0:
        yield f"  and {more} more ways (--format json has all)"


def together(nears: Sequence[Near]) -> list[tuple[str, Near]]:
    """The answers, those alike for several symbols once under all their names."""
    groups: dict[tuple[int, int | None, int | None], list[Near]] = {}
    for near in nears:
        groups.setdefault((near.size, near.below, near.above), []).append(near)
    return [(" = ".join(near.symbol for near in group), group[0]) for group in groups.values()]


def nearest(names: str, near: Near) -> Iterator[str]:
    """The nearest valid sizes and how to reach them."""
    if near.valid:
        yield f"{names} = {near.size} works."
        return
    yield f"{names} = {near.size} does not work. The nearest that do:"
    if near.below is not None:
        before, after = halves(near.size - near.below)
        yield f"  {near.below}: crop {near.size - near.below} ({before} before, {after} after)"
    if near.above is not None:
        before, after = halves(near.above - near.size)
        yield f"  {near.above}: pad {near.above - near.size} ({before} before, {after} after)"
    if near.below is None and near.above is None:
        yield "  none"


def reason(item: Why) -> Iterator[str]:
    """Why a size works or not, and how it came there."""
    if item.layer is None:
        yield f"{item.symbol} = {item.size} works."
        return
    yield f"{item.symbol} = {item.size} breaks at {item.layer}: {item.reason}."
    for number, chain in enumerate(item.chains):
        label = f"part {number + 1}: " if len(item.chains) > 1 else ""
        yield (
            "  "
            + label
            + " → ".join(
                f"{size} {layer}" + (f" ({note})" if note else "") for layer, size, note in chain
            )
        )
