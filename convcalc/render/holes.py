"""What holes may be, and what a budget allows, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcalc.solving.budget import Amount, Budget
    from convcalc.solving.search import Holes
    from convcalc.solving.solution import Solution

SHOWN = 12
"""How many ways are written out."""
CALLED = {
    "params": "parameters",
    "macs": "MACs",
    "memory": "activations",
    "peak": "activations alive at once",
}


def lines(solution: Solution, width: int | None = None) -> Iterator[str]:
    """The answer, one layer after the other; a table wider than `width` becomes lists."""
    for number, holes in enumerate(solution.holes):
        if number:
            yield ""
        yield from ways(holes)
    if solution.budget is not None:
        yield from budget(solution.budget, width)


def ways(holes: Holes) -> Iterator[str]:
    """The ways to fill the holes of one layer."""
    what = f"{holes.layer}: {holes.text}"
    if holes.places > 1:
        what += f" ({holes.places:,} times)"
    purpose = f"{holes.output} of {holes.input}"
    if not holes.count:
        yield f"{what} cannot make {purpose}: {holes.reason}."
        for miss in holes.misses:
            yield f"  {miss.text} gives {miss.axis} {miss.size:,}"
    else:
        where = f" where {holes.relation}" if holes.relation else ""
        yield f"{what} makes {purpose}{where}."
        if holes.count > 1:
            yield f"{holes.count:,} ways, the usual ones first:"
        for filling in holes.fillings[:SHOWN]:
            yield f"  {filling.text}"
            if filling.condition:
                yield f"    {filling.condition}"
        more = holes.count - SHOWN
        if more > 0:
            yield f"  and {more:,} more (--format json lists {min(holes.count, 1000):,})"
    if holes.tried:
        tried = ", ".join(f"{name} {low:,} to {high:,}" for name, low, high in holes.tried)
        if len(holes.tried) > 1 and any(name == "pad" for name, _, _ in holes.tried):
            tried += ", padding less than the window"
        yield f"Tried: {tried} (--bound N for up to N)."


def budget(found: Budget, width: int | None = None) -> Iterator[str]:
    """The largest value of a symbol, and what it comes to there and one further: a table, or lists
    where that is wider than `width`.
    """
    yield from answer(found)
    rows = [row(amount) for amount in found.amounts]
    general = "in general" if any(cells[-1] for cells in rows) else ""
    head = ("", *columns(found), "at most", general)
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    table = []
    for cells in (head, *rows):
        numbers = zip(cells[1:-1], widths[1:-1], strict=True)
        line = [cells[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in numbers)]
        table.append(("  " + "   ".join([*line, cells[-1]])).rstrip())
    if width is None or max(map(len, table)) <= width:
        yield from table
    else:
        for cells in rows:
            yield from listed(head, cells)
    if any(amount.limit.quantity in ("memory", "peak") for amount in found.amounts):
        yield "Memory in bytes, as float32, for one example."


def answer(found: Budget) -> Iterator[str]:
    """What the largest value is, in sentences."""
    symbol, value, bound = found.symbol, found.value, found.bound
    up_to = "" if bound is None else f" up to {bound:,}"
    if value is None:
        yield f"{symbol}: no value{up_to} keeps within the budget."
    elif found.endless:
        working = " that works in this network" if found.passed else ""
        yield (
            f"{symbol}: every value from {value:,} on{working} keeps within the budget;"
            " there is no largest."
        )
    elif value == bound:
        yield f"{symbol} = {value:,} keeps within the budget; larger values were not tried."
    else:
        yield f"{symbol} = {value:,} is the largest value{up_to} within the budget."
        if found.next is not None:
            if found.passed:
                yield f"Those between {value:,} and {found.next:,} don't work in this network."
        elif bound is None:
            yield "Larger values don't work in this network."
        else:
            none = f"From {value + 1:,} to {bound:,} none works in this network"
            yield f"{none}; larger values were not tried."


def listed(head: tuple[str, ...], cells: tuple[str, ...]) -> Iterator[str]:
    """A row of the table as a list of its own."""
    yield f"  {cells[0]}"
    left = max(map(len, head))
    right = max(map(len, cells[1:-1]))
    for label, cell in zip(head[1:-1], cells[1:-1], strict=True):
        yield f"    {label.ljust(left)}   {cell.rjust(right)}"
    if cells[-1]:
        yield f"    {head[-1].ljust(left)}   {cells[-1]}"


def columns(found: Budget) -> list[str]:
    """The values of the symbol that the table is about."""
    values = [value for value in (found.value, found.next) if value is not None]
    return [f"{found.symbol} = {value:,}" for value in values]


def row(amount: Amount) -> tuple[str, ...]:
    """One quantity at these values, its limit, and its formula."""
    counts = [f"{n:,}" for n in (amount.count, amount.beyond) if n is not None]
    formula = "" if amount.formula is None else str(amount.formula)
    return (CALLED[amount.limit.quantity], *counts, f"{amount.limit.most:,}", formula)
