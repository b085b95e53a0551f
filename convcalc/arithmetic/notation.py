"""How symbolic numbers are written: for people (⌈H/32⌉) and in the language's own grammar ((H +
31)//32).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from convcalc.arithmetic.polynomial import (
    Atom,
    Coefficient,
    Floor,
    Maximum,
    Monomial,
    Polynomial,
    Residues,
    Terms,
    atom_order,
    leading,
    order,
    terms_of,
)

SUM, QUOTIENT, PRODUCT, POWER, ATOM = range(5)
"""How tightly a text holds together, which says where it needs parentheses."""

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


Written = TypeVar("Written")
"""What a notation writes: text, or expressions that are typeset later."""


class Notation(ABC, Generic[Written]):
    """How numbers are rounded, collected, ordered and put in parentheses, whatever is written."""

    def write(self, number: Any) -> Written:
        """An int, a Fraction or a polynomial as it is written."""
        return self.tightly(number)[0]

    @abstractmethod
    def integer(self, value: int) -> Written: ...

    @abstractmethod
    def name(self, name: str) -> Written: ...

    @abstractmethod
    def power(self, base: Written, exponent: int) -> Written: ...

    @abstractmethod
    def parentheses(self, inner: Written) -> Written: ...

    @abstractmethod
    def function(self, name: str, arguments: list[Written]) -> Written: ...

    @abstractmethod
    def bracketed(self, numerator: Any, divisor: Any, *, up: bool) -> tuple[Written, int]:
        """⌊numerator/divisor⌋ or ⌈numerator/divisor⌉, and how tight it is."""

    @abstractmethod
    def negative(self, term: Written) -> Written: ...

    @abstractmethod
    def sum(self, first: Written, others: Sequence[tuple[bool, Written]]) -> Written:
        """A sum; of each but the first, whether it is taken away."""

    @abstractmethod
    def multiplied(self, factors: Sequence[Written], divisor: Written | None) -> Written:
        """The product of one factor or more, divided unless there is no divisor."""

    def floor(self, numerator: Any, divisor: Any) -> tuple[Written, int]:
        """⌊numerator/divisor⌋, or ⌈…⌉ where that has the smaller constant."""
        if isinstance(divisor, int):
            constant: Any = terms_of(numerator).get((), 0)
            if abs(constant - divisor + 1) < abs(constant):
                return self.bracketed(numerator - (divisor - 1), divisor, up=True)
        return self.bracketed(numerator, divisor, up=False)

    def within(self, number: Any, tightness: int) -> Written:
        """The number, in parentheses unless it is that tight."""
        return self.held(self.tightly(number), tightness)

    def held(self, written: tuple[Written, int], tightness: int) -> Written:
        """What knows how tight it is, in parentheses unless it is that tight."""
        return written[0] if written[1] >= tightness else self.parentheses(written[0])

    def tightly(self, number: Any) -> tuple[Written, int]:
        """A number and how tight it is."""
        if not isinstance(number, Polynomial):
            return self.signed(*self.product(number, []))
        if number.factors is not None:
            coefficient, factors = number.factors
            return self.signed(*self.product(coefficient, self.grouped(factors)))
        terms, shifts = _collected(number.terms)
        monomials = sorted(terms, key=order) if len(terms) > 1 else list(terms)
        written = [self.term(monomial, terms[monomial], shifts) for monomial in monomials]
        if len(written) == 1:
            return self.signed(*written[0])
        first = next((i for i, (negative, *_) in enumerate(written) if not negative), 0)
        begin, _ = self.signed(*written.pop(first))
        return self.sum(begin, [(negative, term) for negative, term, _ in written]), SUM

    def signed(self, negative: bool, written: Written, tightness: int) -> tuple[Written, int]:
        """A term with its sign, and how tight it is then."""
        return (self.negative(written), SUM) if negative else (written, tightness)

    def term(
        self, monomial: Monomial, coefficient: Coefficient, shifts: Mapping[Atom, int]
    ) -> tuple[bool, Written, int]:
        """Whether it is negative, the term without sign, and how tight that is.

        `shifts` are added to atoms.
        """
        if coefficient < 0 and len(monomial) == 1 and isinstance(monomial[0], Maximum):
            arguments = monomial[0].arguments  # −max(−a, −b) = min(a, b)
            if all(terms_of(a).get(leading(a), 0) <= 0 for a in arguments):
                least = self.function("min", [self.write(-a) for a in arguments])
                return self.product(-coefficient, [(least, ATOM, 1)])
        powers = (
            {monomial[0]: 1} if len(monomial) == 1 else Counter(sorted(monomial, key=atom_order))
        )
        return self.product(
            coefficient, [(*self.atom(a, shifts.get(a, 0)), n) for a, n in powers.items()]
        )

    def atom(self, atom: Atom, shift: int) -> tuple[Written, int]:
        if isinstance(atom, Floor):
            if not shift:
                return self.floor(atom.numerator, atom.divisor)
            if isinstance(atom.divisor, int):
                return self.floor(atom.numerator + shift * atom.divisor, atom.divisor)
            return self.bracketed(atom.numerator + 1, atom.divisor, up=True)
        if isinstance(atom, Maximum):
            return self.function("max", [self.write(a) for a in atom.arguments]), ATOM
        return self.name(str(atom)), ATOM

    def grouped(self, factors: tuple[Polynomial, ...]) -> list[tuple[Written, int, int]]:
        """The factors in order, equal ones once with their exponent."""

        def key(factor: Polynomial) -> tuple[Any, ...]:
            return order(leading(factor)), len(factor.terms), MATHEMATICAL.write(factor)

        return [(*self.tightly(f), n) for f, n in Counter(sorted(factors, key=key)).items()]

    def product(
        self, coefficient: Coefficient, factors: list[tuple[Written, int, int]]
    ) -> tuple[bool, Written, int]:
        """A coefficient times factors, each with its tightness and exponent."""
        numerator, denominator = abs(coefficient.numerator), coefficient.denominator
        if numerator == denominator == 1 and len(factors) == 1 and factors[0][2] == 1:
            return coefficient < 0, *factors[0][:2]
        parts = [self.integer(numerator)] if numerator != 1 or not factors else []
        for factor, tightness, exponent in factors:
            if exponent == 1:
                parts.append(self.held((factor, tightness), PRODUCT))
            else:
                parts.append(self.power(self.held((factor, tightness), ATOM), exponent))
        if denominator != 1:
            return (
                coefficient < 0,
                self.multiplied(parts, self.integer(denominator)),
                QUOTIENT,
            )
        tightness = PRODUCT if len(parts) > 1 else POWER if factors else ATOM
        return coefficient < 0, self.multiplied(parts, None), tightness


class Text(Notation[str]):
    """The usual notation of mathematics: 16·⌊(H + 4)/16⌋ − 188, 14,156·w² + 1,000."""

    plus, minus, times = " + ", " − ", "·"

    def integer(self, value: int) -> str:
        return f"{value:,}"

    def name(self, name: str) -> str:
        return name

    def power(self, base: str, exponent: int) -> str:
        return base + str(exponent).translate(_SUPERSCRIPTS)

    def parentheses(self, inner: str) -> str:
        return f"({inner})"

    def function(self, name: str, arguments: list[str]) -> str:
        return f"{name}({', '.join(arguments)})"

    def bracketed(self, numerator: Any, divisor: Any, *, up: bool) -> tuple[str, int]:
        text = self.within(numerator, PRODUCT) + "/" + self.within(divisor, POWER)
        return f"⌈{text}⌉" if up else f"⌊{text}⌋", ATOM

    def negative(self, term: str) -> str:
        return self.minus.strip() + term

    def sum(self, first: str, others: Sequence[tuple[bool, str]]) -> str:
        return first + "".join(
            [(self.minus if negative else self.plus) + term for negative, term in others]
        )

    def multiplied(self, factors: Sequence[str], divisor: str | None) -> str:
        text = self.times.join(factors)
        return text if divisor is None else f"{text}/{divisor}"


class Code(Text):
    """The language's own grammar: 16*((H + 4)//16) - 188."""

    minus, times = " - ", "*"

    def integer(self, value: int) -> str:
        return str(value)

    def power(self, base: str, exponent: int) -> str:
        return f"{base}**{exponent}"

    def signed(self, negative: bool, written: str, tightness: int) -> tuple[str, int]:
        if negative:  # here a sign binds tighter than //
            written = self.held((written, tightness), PRODUCT)
        return super().signed(negative, written, tightness)

    def floor(self, numerator: Any, divisor: Any) -> tuple[str, int]:
        return self.bracketed(numerator, divisor, up=False)

    def bracketed(self, numerator: Any, divisor: Any, *, up: bool) -> tuple[str, int]:
        if up:
            numerator = numerator + divisor - 1
        return f"{self.within(numerator, ATOM)}//{self.within(divisor, POWER)}", QUOTIENT


def _collected(terms: Terms) -> tuple[Terms, dict[Atom, int]]:
    """The terms with c·⌊x⌋ + c·a taken together to c·(⌊x⌋ + a), products of two floors likewise.

    A product is c·⌊x⌋·⌊y⌋ + c·b·⌊x⌋ + c·a·⌊y⌋ + c·a·b = c·(⌊x⌋ + a)·(⌊y⌋ + b). Gives the terms
    left, and the a and b: they go into the floors, so that sizes and sums over the layers of a
    network without padding stay readable. With a symbolic divisor only ⌊(x − 1)/m⌋ + 1 becomes
    ⌈x/m⌉.
    """
    if len(terms) == 2 and () in terms:
        (monomial,) = (monomial for monomial in terms if monomial)
        atom = monomial[0]
        shift, rest = divmod(terms[()], terms[monomial])
        if rest or len(monomial) > 1 or not isinstance(atom, Floor):
            return terms, {}
        if isinstance(atom.divisor, int) or (shift == 1 and terms_of(atom.numerator).get(()) == -1):
            return {monomial: terms[monomial]}, {atom: int(shift)}
        return terms, {}
    if not any(len(monomial) == 2 for monomial in terms):
        return terms, {}
    uses = Counter(atom for monomial in terms for atom in monomial if len(monomial) > 1)
    left, shifts = dict(terms), {}
    for monomial, coefficient in terms.items():
        if len(monomial) == 2 and all(
            isinstance(atom, Floor) and isinstance(atom.divisor, int) and uses[atom] == 1
            for atom in monomial
        ):
            x, y = monomial
            b, rest_b = divmod(terms.get((x,), 0), coefficient)
            a, rest_a = divmod(terms.get((y,), 0), coefficient)
            if not rest_a and not rest_b:
                shifts[x], shifts[y] = int(a), int(b)
                left.pop((x,), None)
                left.pop((y,), None)
                left[()] = left.get((), 0) - coefficient * a * b
    if not left.get((), 1):
        del left[()]
    return left, shifts


def residues(table: Residues) -> str:
    """A table of paddings in words: ``H even: 0+1, H odd: 1+1``."""
    rows = [f"{before}+{after}" for before, after in table.padding]
    if table.modulo == 2:
        by = MATHEMATICAL.write(table.by)
        return f"{by} even: {rows[0]}, {by} odd: {rows[1]}"
    runs: list[str] = []
    first = 0
    for residue, row in enumerate(rows):
        if residue + 1 == len(rows) or rows[residue + 1] != row:
            which = str(residue) if residue == first else f"{first} to {residue}"
            runs.append(f"{which}: {row}")
            first = residue + 1
    return f"{MATHEMATICAL.within(table.by, PRODUCT)} mod {table.modulo} = {', '.join(runs)}"


MATHEMATICAL = Text()
CODE = Code()
