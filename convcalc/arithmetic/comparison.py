"""Which of two symbolic numbers is larger, as far as that can be shown; whether they are one
function.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product as combinations
from math import lcm
from typing import Any

from convcalc.arithmetic.polynomial import (
    Atom,
    Floor,
    Maximum,
    Polynomial,
    Symbol,
    Terms,
    expanded,
    maximum_of,
    number_of,
    parts,
    terms_of,
)

MAX_POINTS = 100_000
"""The most sizes at which `equal_everywhere` compares two formulas."""


def largest(numbers: Iterable[Any], at_least: Mapping[str, int] | None = None) -> Any:
    """The largest of the numbers; where nobody can say which that is, a maximum of those in
    question.

    Symbols are taken to be at least 1, or what `at_least` says. Equal numbers cost nothing more.

    >>> from convcalc.arithmetic.polynomial import symbols
    >>> h, = symbols("H")
    >>> print(largest((h, h // 2, 3)), largest((h, 3), at_least={"H": 32}))
    max(H, 3) H
    """
    candidates = list(dict.fromkeys(numbers))
    if len(candidates) > 1:
        shared = set.intersection(*(set(terms_of(number).items()) for number in candidates))
        if shared:  # max(x + a, x + b) = x + max(a, b)
            base = number_of(dict(shared))
            return base + largest([number - base for number in candidates], at_least)
        candidates = list(dict.fromkeys(n for number in candidates for n in _alternatives(number)))
    samples = [s for s in _samples(candidates, at_least or {}) if _defined(candidates, s)]
    kept: list[tuple[list[Any], Any]] = []
    for number in candidates:
        values = [number.evaluate(s) if isinstance(number, Polynomial) else number for s in samples]
        candidate = (values, number)
        if not any(_dominates(other, candidate, at_least) for other in kept):
            kept = [other for other in kept if not _dominates(candidate, other, at_least)]
            kept.append(candidate)
    if len(kept) == 1:
        return kept[0][1]
    return maximum_of(tuple(expanded(number) for _, number in kept))


def _alternatives(number: Any) -> tuple[Any, ...]:
    """The numbers whose maximum it is: a + x and b + x for max(a, b) + x."""
    if isinstance(number, Polynomial):
        inside = [
            (monomial, coefficient)
            for monomial, coefficient in number.terms.items()
            if any(isinstance(atom, Maximum) for atom in monomial)
        ]
        if len(inside) == 1 and len(inside[0][0]) == 1 and inside[0][1] == 1:
            (atom,) = inside[0][0]
            rest = number - Polynomial({(atom,): 1})
            return tuple(argument + rest for argument in parts(atom))
    return (number,)


def _defined(numbers: Iterable[Any], sample: dict[str, int]) -> bool:
    """Whether all the numbers have a value there: no divisor is 0."""
    try:
        for number in numbers:
            if isinstance(number, Polynomial):
                number.evaluate(sample)
    except ZeroDivisionError:
        return False
    return True


def _samples(numbers: Iterable[Any], at_least: Mapping[str, int]) -> list[dict[str, int]]:
    """Some values of the symbols in the numbers: all small, all large, every other one large."""
    names = sorted({name for n in numbers if isinstance(n, Polynomial) for name in n.symbols()})
    return [
        {
            name: at_least.get(name, 1) + (10_000 if index % 2 in large else 0)
            for index, name in enumerate(names)
        }
        for large in ((), (0, 1), (0,), (1,))
    ]


def _dominates(
    a: tuple[list[Any], Any], b: tuple[list[Any], Any], at_least: Mapping[str, int] | None
) -> bool:
    """Whether a ≥ b can be shown for all values of the symbols; each comes with sample values."""
    if any(x < y for x, y in zip(a[0], b[0], strict=True)):
        return False
    lowest = lower_bound(a[1] - b[1], at_least)
    return lowest is not None and lowest >= 0


def lower_bound(number: Any, at_least: Mapping[str, int] | None = None) -> Any:
    """A value that the number never falls below, None if none was found.

    Symbols are taken to be at least 1, or what `at_least` says. The bound need not be reached, and
    there may be one when none is found. Method: with n + B = L·x + ρ, 0 ≤ ρ < L, for each symbol n,
    L a multiple of all its divisors and B the offset in its coarsest floor, every floor lies
    between two multiples of x plus a constant. Terms are replaced by the end that makes them
    smaller; if then no coefficient is negative, the least x give the bound.

    >>> from convcalc.arithmetic.polynomial import symbols
    >>> h, = symbols("H")
    >>> lower_bound(h - h // 2), lower_bound(4 * ((h + 3) // 4) - h), lower_bound(h // 2 - h)
    (0, 0, None)
    """
    if not isinstance(number, Polynomial):
        return number
    bases: dict[str, tuple[int, int]] = {}
    for name in number.symbols():
        coarsest = max(_divisors(number, name), default=(1, 0))
        bases[name] = (lcm(*(divisor for divisor, _ in _divisors(number, name))), coarsest[1])
    bounds: Terms = {}
    for monomial, coefficient in number.terms.items():
        term: Any = coefficient
        for atom in monomial:
            line = _between(atom, bases)
            if line is None:
                return None
            name, slope, low, high = line
            period, offset = bases[name]
            least = ((at_least or {}).get(name, 1) + offset) // period
            if slope < 0 or (slope * least + low < 0 and len(monomial) > 1):
                return None
            end = slope * least + (low if coefficient > 0 else high)
            term = term * Polynomial(
                {(Atom(name),): slope, (): end} if end else {(Atom(name),): slope}
            )
        term = number_of(terms_of(term))
        bounds = terms_of(number_of(bounds) + term)
    constant = bounds.pop((), 0)
    return constant if all(coefficient > 0 for coefficient in bounds.values()) else None


def _divisors(number: Any, name: str) -> Iterator[tuple[int, int]]:
    """The divisors of the floors over a symbol with all that is nested in them, and the offset of
    each.
    """
    if isinstance(number, Polynomial):
        for monomial in number.terms:
            for atom in monomial:
                if isinstance(atom, Floor) and isinstance(atom.divisor, int):
                    terms = terms_of(atom.numerator)
                    inner = [divisor for divisor, _ in _divisors(atom.numerator, name)]
                    plain = (Symbol(name),) in terms
                    if inner or plain:
                        offset = terms.get((), 0) if plain and not inner else 0
                        yield atom.divisor * lcm(*inner), int(offset)


def _between(atom: Atom, bases: Mapping[str, tuple[int, int]]) -> tuple[str, int, int, int] | None:
    """(name, k, low, high): k·x + low ≤ atom ≤ k·x + high, for the x of the symbol in `bases`."""
    if isinstance(atom, Symbol):
        period, offset = bases[atom]
        return str(atom), period, -offset, period - 1 - offset
    if not isinstance(atom, Floor) or not isinstance(atom.divisor, int):
        return None
    terms = dict(terms_of(atom.numerator))
    constant = int(terms.pop((), 0))
    if len(terms) != 1:
        return None
    (monomial,), (coefficient,) = terms, terms.values()
    inner = _between(monomial[0], bases) if len(monomial) == 1 else None
    if inner is None:
        return None
    name, slope, low, high = inner
    factor, divisor = int(coefficient), atom.divisor
    if slope * factor % divisor:
        return None
    return (
        name,
        slope * factor // divisor,
        (low * factor + constant) // divisor,
        (high * factor + constant) // divisor,
    )


def equal_everywhere(a: Any, b: Any) -> bool | None:
    """Whether two formulas agree for all values of their symbols; None if that cannot be decided.

    Between values that leave the same rests, a formula is a polynomial: a symbol of degree d whose
    rests repeat after m needs to be tried at the m·(d + 1) values from 1. None for a maximum or a
    symbolic divisor that agree as far as was tried, and where more than `MAX_POINTS` values would
    be needed.

    >>> from convcalc.arithmetic.polynomial import symbols
    >>> h, = symbols("H")
    >>> equal_everywhere(h // 2 + (h + 1) // 2, h), equal_everywhere(h // 2 * 2, h)
    (True, False)
    """
    difference = a - b
    if not isinstance(difference, Polynomial):
        return bool(difference == 0)
    names = difference.symbols()
    counts = []
    for name in names:
        degree, period = _degree(difference, name), _period(difference, name)
        counts.append(period * (degree + 1) if period else None)
    total = 1
    for count in counts:
        total *= count or 10
    decidable = None not in counts and total <= MAX_POINTS
    ranges = [range(1, (count if decidable and count else 10) + 1) for count in counts]
    for values in combinations(*ranges):
        if difference.evaluate(dict(zip(names, values, strict=True))) != 0:
            return False
    return True if decidable else None


def _degree(number: Any, name: str) -> int:
    """The degree of a number in a symbol."""
    return max(
        sum(
            int(atom == name)
            if isinstance(atom, Symbol)
            else max(_degree(n, name) for n in parts(atom))
            for atom in monomial
        )
        for monomial in terms_of(number) or ((),)
    )


def _period(number: Any, name: str) -> int | None:
    """How far to step in a symbol for all floors to see the same rests again; None if nobody can
    say.
    """
    period = 1
    for monomial in terms_of(number):
        for atom in monomial:
            if isinstance(atom, Symbol):
                continue
            inner = _period(atom.numerator, name) if isinstance(atom, Floor) else None
            if inner is None or not isinstance(atom, Floor) or not isinstance(atom.divisor, int):
                return None
            period = lcm(period, inner * atom.divisor)
    return period
