"""What must hold for a network with symbols to work, in words and as the sizes that it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convcalc.arithmetic.number import to_data
from convcalc.graph.graph import Graph, Stated
from convcalc.report import Requirement

MAX_CASES = 5_000
"""The most cases that one requirement may split the sizes of a symbol into."""


def requirements(graph: Graph) -> Iterator[Requirement]:
    """The requirements between formulas that some sizes break, without those that others imply.

    Those about one symbol say which sizes they leave, together with the ones before.
    """
    left: dict[str, Left] = {}
    seen: set[tuple[Any, ...]] = set()
    for stated in graph.requirements:
        key = (stated.left, stated.relation, stated.right)
        if key in seen or stated.left == stated.right:
            continue
        seen.add(key)
        symbols = {*symbols_of(stated.left), *symbols_of(stated.right)}
        if len(symbols) != 1:
            yield requirement(graph, stated)
            continue
        symbol = symbols.pop()
        known = left.setdefault(symbol, Left())
        if known.narrowed(stated, symbol):
            yield requirement(graph, stated, symbol, known.sizes)
        elif known.unknown:
            yield requirement(graph, stated)


def requirement(
    graph: Graph, stated: Stated, symbol: str | None = None, sizes: tuple[Any, ...] = ()
) -> Requirement:
    """One requirement of the report."""
    return Requirement(
        graph.names[stated.node],
        f"{to_data(stated.left)} {stated.relation} {to_data(stated.right)}",
        stated.reason,
        symbol,
        sizes,
    )


def symbols_of(number: Any) -> tuple[str, ...]:
    """The symbols in a number-like."""
    return () if isinstance(number, int) else number.symbols()


class Left:
    """The sizes of a symbol that are left, as domains of `convcalc.arithmetic.affine`."""

    def __init__(self) -> None:
        from convcalc.arithmetic.affine import Domain, progressions  # only symbols pay for it

        self.domains = [Domain.of_sizes()]
        self.sizes: tuple[Any, ...] = progressions(self.domains[0].bands)
        self.unknown = False
        """Whether the last requirement was about more than can be told."""

    def narrowed(self, stated: Stated, symbol: str) -> bool:
        """Whether a requirement leaves fewer sizes; they are what is left then."""
        from convcalc.arithmetic.affine import Meeting, SolvingLimitError, progressions

        try:
            domains = list(self._kept(stated, symbol))
            sizes = progressions(band for domain in domains for band in domain.bands)
        except (Meeting, SolvingLimitError):
            self.unknown = True
            return False
        self.unknown = False
        if sizes == self.sizes:
            return False
        self.domains, self.sizes = domains, sizes
        return True

    def _kept(self, stated: Stated, symbol: str) -> Iterator[Any]:
        """The parts of the domains in which a requirement holds."""
        from convcalc.arithmetic.affine import Part, SolvingLimitError, Split, where

        stack = list(self.domains)
        for _ in range(MAX_CASES):
            if not stack:
                return
            domain = stack.pop()
            sides: list[Any] = [stated.left, stated.right]
            try:
                left, right = (
                    side if isinstance(side, int) else side.evaluate({symbol: domain.values[0]})
                    for side in sides
                )
                found = where(left, stated.relation, right)
            except Split as split:
                if split.count > MAX_CASES:
                    raise SolvingLimitError(str(split.count)) from None
                stack += (part for p in split.parts() if (part := domain.within(p)) is not None)
                continue
            if isinstance(found, Part):
                smaller = domain.within(found)
                if smaller is not None:
                    yield smaller
            elif found:
                yield domain
        if stack:
            raise SolvingLimitError(f"more than {MAX_CASES:,} cases")
