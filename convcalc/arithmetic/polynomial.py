"""Symbolic numbers: a polynomial over symbols and floors, kept canonical after every operation.

A `Polynomial` calculates like an int (``+ - * // % **``, `maximum`, `ceil_div`), mixes with ints
both ways, and becomes an int again as soon as nothing symbolic is left in it. Symbols stand for
whole numbers from 1. What a chain of layers does to a size has one form, so that equal sizes are
equal objects and have one text:

>>> h, w = symbols("H", "W")
>>> print((h + 6 - 7) // 2 + 1, ((h + 1) // 2 + 1) // 2, h // 3 * 3, (h - 11) // 4 + 1)
⌈H/2⌉ ⌈H/4⌉ 3·⌊H/3⌋ ⌊(H − 7)/4⌋
>>> ((h - 11) // 4 + 1).code()
'(H - 7)//4'

The rules behind it, for whole x, b, c, d and s, m, n ≥ 1:

- ⌊(c·q + d)/s⌋ = ⌊((c/g)·q + ⌊d/g⌋)/(s/g)⌋ for a g that divides c and s;
- ⌊(⌊x/m⌋ + b)/n⌋ = ⌊(x + b·m)/(m·n)⌋, which leaves one floor in a chain without upsampling;
- whatever divides by s leaves the floor, so that its constant is in 0..s − 1;
- ⌊(d − c·q)/s⌋ = −⌊(c·q − d + s − 1)/s⌋.

What these cannot simplify, such as ⌊2·⌊H/2⌋/3⌋, stays nested. `comparison.equal_everywhere` tells
whether two forms are one function. A product remembers its factors for printing, until something is
added to it; `expanded` forgets them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from math import gcd, lcm
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from convcalc.arithmetic.number import (
    FormulaLimitError,
    by_residue,
    is_rational,
    maximum,
    to_data,
)

if TYPE_CHECKING:
    from fractions import Fraction

LARGEST = 10**1_000
"""No coefficient or divisor is larger: Python refuses to print ints of more than 4,300 digits."""
MAX_DEGREE = 1_000
MAX_PRODUCTS = 10_000
"""The most pairs of terms that one multiplication multiplies out."""
MAX_NESTING = 100
"""The deepest floors within floors."""
MAX_LENGTH = 100_000
"""The longest floor or maximum, in characters."""
MAX_ROWS = 1_000
"""The longest table by residues; a longer one becomes a formula."""


class Atom(str):
    """A symbol, a floor or a maximum; as a string it is a text that only its equals have."""

    __slots__ = ("nesting",)
    nesting: int


class Symbol(Atom):
    """A name for a whole number from 1. `position` is its place among the symbols of a network."""

    __slots__ = ("position",)
    position: int


class Floor(Atom):
    """⌊numerator/divisor⌋"""

    __slots__ = ("divisor", "numerator")
    numerator: int | Polynomial
    divisor: int | Polynomial


class Maximum(Atom):
    """The largest of two or more numbers of which nobody can say which it is."""

    __slots__ = ("arguments",)
    arguments: tuple[int | Polynomial, ...]


NewAtom = TypeVar("NewAtom", Floor, Maximum)
Coefficient: TypeAlias = "int | Fraction"
Monomial: TypeAlias = tuple[Atom, ...]
"""Atoms multiplied, sorted by their text; an atom squared stands there twice, () is 1."""
Terms: TypeAlias = dict[Monomial, Coefficient]


def symbols(*names: str) -> tuple[Polynomial, ...]:
    """A symbol for each name. Sums list them in this order: ``symbols("W", "F")`` gives W − F."""
    return tuple(Polynomial.symbol(name, position) for position, name in enumerate(names))


class Polynomial:
    """A number that depends on symbols. Immutable; made by calculating with `symbols`.

    `terms` maps products of atoms to their coefficients, none of them 0, at least one with an atom
    in it. `factors` is None or, for printing only, a number and the polynomials it multiplies.
    """

    __slots__ = ("factors", "terms")

    def __init__(
        self, terms: Terms, factors: tuple[int, tuple[Polynomial, ...]] | None = None
    ) -> None:
        self.terms = terms
        self.factors = factors

    @staticmethod
    def symbol(name: str, position: int = 0) -> Polynomial:
        """The symbol of that name; `position` is its place among the symbols of the network."""
        atom = Symbol(name)
        atom.position = position
        atom.nesting = 0
        return Polynomial({(atom,): 1})

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Polynomial):
            return self.terms == other.terms
        return NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Polynomial):
            small, large = self.terms, other.terms
            if len(small) > len(large):
                small, large = large, small
            terms = dict(large)
            for monomial, coefficient in small.items():
                total = terms.get(monomial, 0) + coefficient
                if total:
                    terms[monomial] = total
                else:
                    del terms[monomial]
            number = number_of(terms)
            if self.factors and other.factors and isinstance(number, Polynomial):
                (one, factors), (two, others) = self.factors, other.factors
                if factors == others:
                    number.factors = (one + two, factors)
            return number
        if not is_rational(other):
            return NotImplemented
        if not other:
            return self
        terms = dict(self.terms)
        total = terms.get((), 0) + other
        if total:
            terms[()] = total
        else:
            del terms[()]
        return Polynomial(terms)

    __radd__ = __add__

    def __neg__(self) -> Polynomial:
        return self._scaled(-1)

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, int | Polynomial) or is_rational(other):
            return self + -other
        return NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Polynomial):
            terms = _multiplied(self.terms, other.terms)
            if len(terms) == 1:
                return Polynomial(terms)
            coefficient, factors = self._factored()
            another, others = other._factored()
            return Polynomial(terms, (coefficient * another, factors + others))
        if not is_rational(other):
            return NotImplemented
        if not other:
            return 0
        return self._scaled(other)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Any:
        if not isinstance(exponent, int):
            return NotImplemented
        if exponent < 0:
            raise ValueError("a negative power is not a whole number")
        if exponent > MAX_DEGREE:
            raise FormulaLimitError(f"a formula of a degree above {MAX_DEGREE:,}")
        result: Any = 1
        for _ in range(exponent):
            result = result * self
        return result

    def __floordiv__(self, other: Any) -> Any:
        if isinstance(other, int):
            if other > 0:
                return _floor(self.terms, other)
            if other < 0:
                return _floor(self._scaled(-1).terms, -other)
            raise ZeroDivisionError("integer division or modulo by zero")
        if isinstance(other, Polynomial):
            return _floor_symbolic(self, other)
        if not is_rational(other):
            return NotImplemented
        return self._scaled(other.denominator) // other.numerator

    def __rfloordiv__(self, other: Any) -> Any:
        if not is_rational(other):
            return NotImplemented
        return _floor_symbolic(other, self) if other else 0

    def __mod__(self, other: Any) -> Any:
        quotient = self.__floordiv__(other)
        return NotImplemented if quotient is NotImplemented else self - quotient * other

    def __rmod__(self, other: Any) -> Any:
        quotient = self.__rfloordiv__(other)
        return NotImplemented if quotient is NotImplemented else other - quotient * self

    def ceil_div(self, other: Any) -> Any:
        """⌈self/other⌉ for other ≥ 1."""
        return (self + (other - 1)) // other

    def rceil_div(self, other: Any) -> Any:
        """⌈other/self⌉ for self ≥ 1."""
        return (self + (other - 1)) // self

    def maximum(self, other: Any) -> Any:
        """The larger of both, or an undecided maximum: see `comparison.largest`."""
        from convcalc.arithmetic.comparison import largest

        return largest((self, other))

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The number with values put in for symbols: ints or any number-likes.

        Symbols without a value stay. Raises ZeroDivisionError where a divisor comes out as 0.
        """
        if self.factors is not None:
            result: Any = self.factors[0]
            for factor in self.factors[1]:
                result = result * factor.evaluate(values)
            return result
        known: dict[Atom, Any] = {}
        result = 0
        for monomial, coefficient in self.terms.items():
            term: Any = coefficient
            for atom in monomial:
                if atom not in known:
                    known[atom] = _evaluated(atom, values)
                term = term * known[atom]
            result = result + term
        return _tidy(result)

    def by_residue(self, modulo: Any, rule: Callable[[Any], Any]) -> Any:
        """A rule that reads only self mod `modulo`: its one value, or a table as `Residues`."""
        rest = self % modulo
        if not isinstance(rest, Polynomial) or not isinstance(modulo, int) or modulo > MAX_ROWS:
            return rule(rest)
        padding = tuple(map(rule, range(modulo)))
        return padding[0] if len(set(padding)) == 1 else Residues(self, modulo, padding)

    def is_whole(self) -> bool:
        """Whether its coefficients are whole, so that it is a whole number for all values."""
        return all(coefficient.denominator == 1 for coefficient in self.terms.values())

    def symbols(self) -> tuple[str, ...]:
        """The names of the symbols in it, in the network's order."""
        found = {atom: atom.position for atom in _symbols(self)}
        return tuple(str(name) for name in sorted(found, key=lambda name: (found[name], name)))

    def __str__(self) -> str:
        from convcalc.arithmetic.notation import MATHEMATICAL

        return MATHEMATICAL.write(self)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec.replace(",", ""))

    def code(self) -> str:
        """The number in the language's own grammar: ``(H - 7)//4``, ``16*((H + 4)//16) - 188``."""
        from convcalc.arithmetic.notation import CODE

        return CODE.write(self)

    def to_data(self) -> str:
        """As JSON data: its `code`."""
        return self.code()

    __repr__ = code

    def _scaled(self, scalar: Coefficient) -> Polynomial:
        terms = {monomial: coefficient * scalar for monomial, coefficient in self.terms.items()}
        if not -LARGEST <= next(iter(terms.values())) <= LARGEST:
            raise _too_large()
        if self.factors is None or not isinstance(scalar, int):
            return Polynomial(terms)
        return Polynomial(terms, (self.factors[0] * scalar, self.factors[1]))

    def _factored(self) -> tuple[int, tuple[Polynomial, ...]]:
        """A number and the polynomials, each without a common divisor, whose product this is."""
        if self.factors is not None:
            return self.factors
        values = [value for value in self.terms.values() if isinstance(value, int)]
        content = gcd(*values) if len(values) == len(self.terms) else 1
        if content == 1:
            return 1, (self,)
        return content, (Polynomial({m: c // content for m, c in self.terms.items()}),)


@dataclass(frozen=True, slots=True)
class Residues:
    """A padding that depends on a number's residue: `padding[by mod modulo]` is (before, after).

    It stands for the padding word `same` with a stride, where `by` is the layer's input.
    """

    by: Polynomial
    modulo: int
    padding: tuple[tuple[Any, Any], ...]

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The padding with values put in for symbols: (before, after), or a table again."""
        rows = [tuple(_value(side, values) for side in row) for row in self.padding]
        return by_residue(self.by.evaluate(values), self.modulo, rows.__getitem__)

    def symbols(self) -> tuple[str, ...]:
        """The names of the symbols in it, in the network's order."""
        return self.by.symbols()

    def __str__(self) -> str:
        from convcalc.arithmetic.notation import residues

        return residues(self)

    def to_data(self) -> dict[str, Any]:
        """As JSON data: a row for each residue from 0."""
        return {"by": self.by.code(), "modulo": self.modulo, "padding": to_data(self.padding)}


def expanded(number: Any) -> Any:
    """The number with its products multiplied out when printed: how totals are shown. Ints stay."""
    if isinstance(number, Polynomial) and number.factors is not None:
        return Polynomial(number.terms)
    return number


def number_of(terms: Terms) -> Any:
    """A polynomial, or the plain number if nothing symbolic is in it."""
    if not terms:
        return 0
    if len(terms) == 1 and () in terms:
        return _tidy(terms[()])
    return Polynomial(terms)


def _tidy(number: Any) -> Any:
    """A whole fraction as an int; anything else as it is."""
    if isinstance(number, int | Polynomial) or getattr(number, "denominator", 0) != 1:
        return number
    return number.numerator


def _too_large() -> FormulaLimitError:
    return FormulaLimitError("a formula with a number of more than 1,000 digits")


def _multiplied(left: Terms, right: Terms) -> Terms:
    if len(left) * len(right) > MAX_PRODUCTS:
        raise FormulaLimitError(f"a formula of more than {MAX_PRODUCTS:,} terms")
    terms: Terms = {}
    for one, coefficient in left.items():
        for two, factor in right.items():
            monomial = tuple(sorted(one + two)) if one and two else one or two
            if len(monomial) > MAX_DEGREE:
                raise FormulaLimitError(f"a formula of a degree above {MAX_DEGREE:,}")
            total = terms.get(monomial, 0) + coefficient * factor
            if not -LARGEST <= total <= LARGEST:
                raise _too_large()
            if total:
                terms[monomial] = total
            else:
                del terms[monomial]
    return terms


def _evaluated(atom: Atom, values: Mapping[str, Any]) -> Any:
    """The atom's value for those of the symbols."""
    if isinstance(atom, Floor):
        return _value(atom.numerator, values) // _value(atom.divisor, values)
    if isinstance(atom, Maximum):
        return reduce(maximum, (_value(argument, values) for argument in atom.arguments))
    return values[atom] if atom in values else Polynomial({(atom,): 1})


def _value(number: Any, values: Mapping[str, Any]) -> Any:
    return number.evaluate(values) if isinstance(number, Polynomial) else number


def _symbols(number: Any) -> Iterator[Symbol]:
    """Every symbol in the number, as often as it occurs."""
    if isinstance(number, Polynomial):
        for monomial in number.terms:
            for atom in monomial:
                if isinstance(atom, Symbol):
                    yield atom
                else:
                    for part in parts(atom):
                        yield from _symbols(part)


def parts(atom: Atom) -> tuple[int | Polynomial, ...]:
    """The numbers that a floor or maximum is made of."""
    if isinstance(atom, Floor):
        return atom.numerator, atom.divisor
    return atom.arguments if isinstance(atom, Maximum) else ()


# Division


def _floor(terms: Terms, divisor: int) -> Any:
    """⌊terms/divisor⌋ for a divisor ≥ 1, by the rules in the module's docstring."""
    rest = dict(terms)
    constant = rest.pop((), 0) // 1
    try:
        common = gcd(divisor, *rest.values())  # type: ignore[arg-type]
    except TypeError:  # fractions
        scale = lcm(*(coefficient.denominator for coefficient in terms.values()))
        whole: Terms = {m: (c * scale).numerator for m, c in terms.items()}
        return _floor(whole, divisor * scale)
    if common == divisor:
        if constant := constant // divisor:
            rest[()] = constant * divisor
        return number_of(
            {monomial: coefficient // divisor for monomial, coefficient in rest.items()}
        )
    if common != 1:
        divisor //= common
        constant //= common
        rest = {monomial: coefficient // common for monomial, coefficient in rest.items()}
    if len(rest) > 1:
        outside: Terms = {m: c // divisor for m, c in rest.items() if c % divisor == 0}
        if outside:
            rest = {m: c for m, c in rest.items() if m not in outside}
            inside = _floor({**rest, (): constant} if constant else rest, divisor)
            return inside + Polynomial(outside)
    monomial, coefficient = next(iter(rest.items()))
    if len(rest) > 1:
        monomial = min(rest, key=order)
        coefficient = rest[monomial]
    if coefficient < 0:
        flipped = {m: -c for m, c in rest.items()}
        flipped[()] = divisor - 1 - constant
        return -_floor(flipped, divisor)
    folded = _folded(rest, constant, divisor)
    if folded is not None:
        return number_of(folded[0]) // folded[1]
    quotient, constant = divmod(constant, divisor)
    if constant:
        rest[()] = constant
    result: Terms = {(_atom_of_floor(Polynomial(rest), divisor),): 1}
    if quotient:
        result[()] = quotient
    return Polynomial(result)


def _folded(rest: Terms, constant: Coefficient, divisor: Any) -> tuple[Terms, Any] | None:
    """The same floor with the one floor inside it opened that can be, ±⌊x/m⌋; None for another."""
    inner: Floor | None = None
    for monomial, coefficient in rest.items():
        if len(monomial) == 1 and isinstance(monomial[0], Floor) and coefficient in (1, -1):
            if inner is not None:
                return None
            inner = monomial[0]
    if inner is None or (rest[inner,] < 0 and not isinstance(inner.divisor, int)):
        return None
    others = {monomial: c for monomial, c in rest.items() if monomial != (inner,)}
    if constant:
        others[()] = constant
    numerator: Any = inner.numerator
    if rest[inner,] < 0:  # −⌊x/m⌋ = ⌊(m − 1 − x)/m⌋
        numerator = inner.divisor - 1 - numerator
    numerator = numerator + number_of(others) * inner.divisor
    return terms_of(numerator), divisor * inner.divisor


def _floor_symbolic(numerator: Any, divisor: Polynomial) -> Any:
    """⌊numerator/divisor⌋ for a divisor with symbols in it: what divides leaves the floor."""
    scale = lcm(
        *(c.denominator for c in terms_of(numerator).values()),
        *(c.denominator for c in divisor.terms.values()),
    )
    if scale != 1:
        numerator, divisor = numerator * scale, divisor * scale
    quotient, rest = _divided(terms_of(numerator), divisor.terms)
    if not rest:
        return number_of(quotient)
    if all(coefficient < 0 for coefficient in divisor.terms.values()):
        divisor, rest = -divisor, {m: -c for m, c in rest.items()}
    constant = rest.pop((), 0)
    folded = _folded(rest, constant, divisor)
    if constant:
        rest[()] = constant
    if folded is not None and _positive(divisor):
        inside = number_of(folded[0]) // folded[1]
    else:
        common = gcd(*divisor.terms.values(), *rest.values())  # type: ignore[arg-type]
        if common != 1:
            divisor = Polynomial({m: c // common for m, c in divisor.terms.items()})
            rest = {m: c // common for m, c in rest.items()}
        inside = Polynomial({(_atom_of_floor(number_of(rest), expanded(divisor)),): 1})
    return inside + number_of(quotient)


def _positive(number: Polynomial) -> bool:
    """Whether it is plain to see that the number is at least 1."""
    return all(
        coefficient > 0 and all(isinstance(atom, Symbol) for atom in monomial)
        for monomial, coefficient in number.terms.items()
    )


def _atom_of_floor(numerator: int | Polynomial, divisor: int | Polynomial) -> Floor:
    if isinstance(divisor, int) and divisor > LARGEST:
        raise _too_large()
    atom = Floor(f"[{key_of(numerator)}/{key_of(divisor)}]")
    atom.numerator = numerator
    atom.divisor = divisor
    return _bounded(atom)


def maximum_of(numbers: tuple[int | Polynomial, ...]) -> Polynomial:
    """The maximum of numbers, undecided."""
    arguments = sorted(numbers, key=lambda n: (not isinstance(n, Polynomial), key_of(n)))
    atom = Maximum("max(" + ",".join(map(key_of, arguments)) + ")")
    atom.arguments = tuple(arguments)
    return Polynomial({(_bounded(atom),): 1})


def _bounded(atom: NewAtom) -> NewAtom:
    """The atom with its nesting noted. Raises `FormulaLimitError` past a limit."""
    inside = [
        inner.nesting
        for part in parts(atom)
        if isinstance(part, Polynomial)
        for monomial in part.terms
        for inner in monomial
    ]
    atom.nesting = 1 + max(inside)
    if atom.nesting > MAX_NESTING:
        raise FormulaLimitError(f"a formula nested deeper than {MAX_NESTING}")
    if len(atom) > MAX_LENGTH:
        raise FormulaLimitError(f"a formula longer than {MAX_LENGTH:,} characters")
    return atom


def key_of(number: int | Polynomial) -> str:
    """A text that equal numbers share, and no others."""
    if not isinstance(number, Polynomial):
        return str(number)
    return "+".join([f"{c}*{'*'.join(m)}" for m, c in sorted(number.terms.items())])


def terms_of(number: Any) -> Terms:
    """The terms of a polynomial, or of a plain number."""
    if isinstance(number, Polynomial):
        return number.terms
    return {(): number} if number else {}


def leading(number: Any) -> Monomial:
    """The product of atoms that is written first."""
    return min(terms_of(number), key=order, default=())


def order(monomial: Monomial) -> tuple[Any, ...]:
    """For sorting: high degrees first, then as the symbols, then finer before coarser floors."""
    return -len(monomial), sorted(map(atom_order, monomial))


def atom_order(atom: Atom) -> tuple[int, str, int, str]:
    """The same for atoms."""
    if isinstance(atom, Symbol):
        return atom.position, str(atom), 0, ""
    position, name = min((s.position, str(s)) for part in parts(atom) for s in _symbols(part))
    divisor = atom.divisor if isinstance(atom, Floor) and isinstance(atom.divisor, int) else 0
    return position, name, divisor, str(atom)


def _divided(numerator: Terms, divisor: Terms) -> tuple[Terms, Terms]:
    """Quotient and rest, taking away the divisor as often as its leading term divides a term."""
    quotient: Terms = {}
    rest = dict(numerator)
    largest = max(divisor, key=_division_order)
    waiting = sorted(rest, key=_division_order)
    while waiting:
        monomial = waiting.pop()
        coefficient = rest.get(monomial, 0)
        cofactor = _without(monomial, largest)
        if not coefficient or cofactor is None or coefficient % divisor[largest]:
            continue
        multiple = coefficient // divisor[largest]
        quotient[cofactor] = quotient.get(cofactor, 0) + multiple
        for term, value in _multiplied({cofactor: multiple}, divisor).items():
            if left := rest.get(term, 0) - value:
                rest[term] = left
                waiting.append(term)
            else:
                del rest[term]
        waiting.sort(key=_division_order)
    return quotient, rest


def _division_order(monomial: Monomial) -> tuple[int, Monomial]:
    return len(monomial), monomial


def _without(monomial: Monomial, part: Monomial) -> Monomial | None:
    """The monomial divided by a part of it, None if it is no part."""
    left = list(monomial)
    for atom in part:
        if atom not in left:
            return None
        left.remove(atom)
    return tuple(left)
