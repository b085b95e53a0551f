"""A verification as text: what was compared, and where the analysis and the reference differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from convcalc.render.terminal import spelling_of
from convcalc.render.units import Spelling

if TYPE_CHECKING:
    from convcalc.verification import Difference, Verification

MOST_DIFFERENCES = 20
"""How many differences are shown one by one."""


def write(verification: Verification, stream: TextIO) -> None:
    """Write a verification to a stream."""
    spelling = spelling_of(stream)
    stream.write("\n".join(lines(verification, spelling)) + "\n")


def lines(verification: Verification, spelling: Spelling) -> Iterator[str]:
    """The text, line by line."""
    title = spelling.text(verification.title or verification.source)
    inputs = ", ".join(
        f"{spelling.text(name)} {spelling.shape(shape)}" for name, shape in verification.inputs
    )
    yield f"{title}   {inputs}"
    yield from _run(verification, spelling)
    yield ""
    differing = {item.quantity: 0 for item in verification.differences}
    for item in verification.differences:
        differing[item.quantity] += 1
    rows = [("compared", "times", "", "total")]
    for checked in verification.checked:
        wrong = differing.get(checked.quantity, 0)
        total = "" if checked.total is None else spelling.number(checked.total)
        rows.append(
            (
                checked.quantity,
                spelling.number(checked.times),
                f"{wrong} differ" if wrong else "agree",
                total,
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for quantity, times, verdict, total in rows:
        cells = (quantity.ljust(widths[0]), times.rjust(widths[1]), verdict.ljust(widths[2]))
        yield "  ".join((*cells, total.rjust(widths[3]))).rstrip()
    yield ""
    if verification.ok:
        yield "The analysis agrees with the reference in everything."
        return
    for difference in verification.differences[:MOST_DIFFERENCES]:
        yield from _difference(difference, spelling)
    more = len(verification.differences) - MOST_DIFFERENCES
    if more > 0:
        yield f"and {more:,} more (--format json has them all)"
    count = len(verification.differences)
    yield f"The analysis differs from the reference in {count:,} point{'s' * (count > 1)}."


def _run(verification: Verification, spelling: Spelling) -> Iterator[str]:
    """How the network was run."""
    layers = f"{spelling.number(verification.layers)} layer{'s' * (verification.layers != 1)}"
    made = spelling.number(verification.made)
    if not verification.thinned:
        yield f"{layers} run whole: {made} multiplications made"
        return
    yield f"{layers} run thinned: one channel stands for all that are equal, sizes are real;"
    yield f"{made} multiplications made and counted for every channel (--full makes them all)"


def _difference(item: Difference, spelling: Spelling) -> Iterator[str]:
    where = spelling.text(item.layer) if item.layer else "the whole network"
    yield f"{where}: {item.quantity}"
    yield f"  analysis   {_value(item.analysis, spelling)}"
    yield f"  reference  {_value(item.reference, spelling)}"


def _value(value: Any, spelling: Spelling) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return spelling.number(value)
    if isinstance(value, tuple):
        pads = all(isinstance(item, tuple) for item in value)
        return spelling.each_padding(value) if pads else spelling.shape(value)
    return spelling.text(str(value))
