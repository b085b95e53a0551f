"""Bounds of formulas: what they stay between while their symbol runs over a range of values."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, lcm
from typing import Any

from convcalc.arithmetic.number import FormulaLimitError
from convcalc.arithmetic.polynomial import Floor, Polynomial, expanded, parts, terms_of


class Interval:
    """The whole numbers from `low` to `high`, infinite without end.

    Calculates like a number; the result holds whatever comes of the numbers, and maybe more.
    """

    __slots__ = ("high", "low")

    def __init__(self, low: Any, high: Any) -> None:
        self.low = low
        self.high = high

    @staticmethod
    def of(number: Any) -> Interval:
        """A number as an interval."""
        return number if isinstance(number, Interval) else Interval(number, number)

    def __add__(self, other: Any) -> Interval:
        other = Interval.of(other)
        return Interval(self.low + other.low, self.high + other.high)

    __radd__ = __add__

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __mul__(self, other: Any) -> Interval:
        other = Interval.of(other)
        ends = [
            one * two if one and two else 0  # not infinity times 0
            for one in (self.low, self.high)
            for two in (other.low, other.high)
        ]
        return Interval(min(ends), max(ends))

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Interval:
        other = Interval.of(other)
        if other.high < 0:
            return (-self).__floordiv__(-other)
        if other.low <= 0:
            return Interval(-inf, inf)
        return Interval(
            quotient(self.low, other.low if self.low < 0 else other.high),
            quotient(self.high, other.high if self.high < 0 else other.low),
        )

    def __rfloordiv__(self, other: Any) -> Interval:
        return Interval.of(other).__floordiv__(self)

    def maximum(self, other: Any) -> Interval:
        """The larger of both."""
        other = Interval.of(other)
        return Interval(max(self.low, other.low), max(self.high, other.high))


def quotient(number: Any, divisor: Any) -> Any:
    """⌊number/divisor⌋ for a divisor from 1; either may be infinite."""
    if number in (inf, -inf):
        return number
    if divisor == inf:
        return 0 if number >= 0 else -1
    return number // divisor


def extents(formula: Any, symbol: str, low: int, high: float) -> Iterator[tuple[Any, Any]]:
    """Numbers that a formula stays between for values of the symbol from low to high, found in one
    way and then in another.

    For a single value they are the formula's, or (∞, −∞) where a divisor is 0. What is not known is
    0 there, for only trying will tell.
    """
    if formula is None:
        yield (0, 0) if low == high else (-inf, inf)
    elif not isinstance(formula, Polynomial):
        yield formula, formula
    elif low == high:
        try:
            number = formula.evaluate({symbol: low})
        except ZeroDivisionError:
            yield inf, -inf
        else:
            yield number, number
    else:
        try:
            found = Interval.of(formula.evaluate({symbol: Interval(low, high)}))
            yield found.low, found.high
            # counted from low on, what is taken away and added again is gone
            shifted = formula.evaluate({symbol: Polynomial.symbol(symbol) + (low - 1)})
            if isinstance(shifted, Polynomial):
                shifted = expanded(shifted).evaluate({symbol: Interval(1, high - low + 1)})
            found = Interval.of(shifted)
            yield found.low, found.high
        except (OverflowError, FormulaLimitError, ZeroDivisionError):
            yield -inf, inf  # a number too large to be put next to infinity, say


def period_of(formula: Any) -> int:
    """After how many values of their symbol floors over numbers see the same rests again."""
    periods = [
        lcm(*map(period_of, parts(atom)))
        * (atom.divisor if isinstance(atom, Floor) and isinstance(atom.divisor, int) else 1)
        for monomial in terms_of(formula)
        for atom in monomial
    ]
    return lcm(*periods)
