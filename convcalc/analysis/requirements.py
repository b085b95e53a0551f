"""What must hold for a network with symbols to work, in words and as the sizes that it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcalc.arithmetic.number import to_data
from convcalc.graph.graph import Graph, Stated
from convcalc.report import Requirement

CHECKED = 2048
"""Up to which size two sets of sizes are compared, when looking for what goes without saying."""


def requirements(graph: Graph) -> Iterator[Requirement]:
    """The requirements between formulas that some sizes break, without those that others imply."""
    if not graph.requirements:
        return
    left_over: dict[str, Sequence[int]] = {}
    seen: set[tuple[Any, ...]] = set()
    for stated in graph.requirements:
        key = (stated.left, stated.relation, stated.right)
        if key in seen or stated.left == stated.right:
            continue
        seen.add(key)
        symbols = sorted({*symbols_of(stated.left), *symbols_of(stated.right)})
        if len(symbols) != 1:
            yield requirement(graph, stated)
            continue
        symbol = symbols[0]
        before = left_over.get(symbol, range(1, CHECKED))
        sizes = sizes_of(stated, symbol, before[0] if before else CHECKED)
        if sizes is None:
            yield requirement(graph, stated)
            continue
        if len(sizes) == 1 and sizes[0].step == 1 and sizes[0].last is None:
            first = sizes[0].first
            after = (
                before if not before or before[0] >= first else [n for n in before if n >= first]
            )
        else:
            after = [n for n in before if any(n in progression for progression in sizes)]
        if len(after) < len(before):
            left_over[symbol] = after
            yield requirement(graph, stated, symbol, sizes)


def requirement(
    graph: Graph, stated: Stated, symbol: str | None = None, sizes: Sequence[Any] = ()
) -> Requirement:
    """One requirement of the report."""
    return Requirement(
        graph.names[stated.node],
        f"{to_data(stated.left)} {stated.relation} {to_data(stated.right)}",
        stated.reason,
        symbol,
        tuple(sizes),
    )


def symbols_of(number: Any) -> tuple[str, ...]:
    """The symbols in a number-like."""
    return () if isinstance(number, int) else number.symbols()


def sizes_of(stated: Stated, symbol: str, low: int) -> tuple[Any, ...] | None:
    """The sizes from `low` of the only symbol for which a requirement holds; None if not found."""
    from convcalc.arithmetic.affine import (  # only networks with symbols pay for it
        Domain,
        Meeting,
        Part,
        SolvingLimitError,
        Split,
        progressions,
        where,
    )

    bands: list[Any] = []
    stack = [Domain.of_sizes(low)]
    for _ in range(CHECKED):
        if not stack:
            break
        domain = stack.pop()
        try:
            sides: list[Any] = [stated.left, stated.right]
            left, right = (
                side if isinstance(side, int) else side.evaluate({symbol: domain.values[0]})
                for side in sides
            )
            found = where(left, stated.relation, right)
        except Split as split:
            if split.count > CHECKED:
                return None
            stack += (part for p in split.parts() if (part := domain.within(p)) is not None)
            continue
        except Meeting:
            return None
        if isinstance(found, Part):
            smaller = domain.within(found)
            bands += smaller.bands if smaller is not None else ()
        elif found:
            bands += domain.bands
    if stack:
        return None
    try:
        return progressions(bands) if bands else ()
    except SolvingLimitError:
        return None
