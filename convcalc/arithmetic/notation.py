"""How symbolic numbers are written: for people (⌈H/32⌉) and in the language's own grammar ((H +
31)//32).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

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


class Notation:
    """The usual notation of mathematics: 16·⌊(H + 4)/16⌋ − 188, 14,156·w² + 1,000."""

    plus, minus, times = " + ", " − ", "·"

    def write(self, number: Any) -> str:
        """The text of an int, a Fraction or a polynomial."""
        return self.tightly(number)[0]

    def integer(self, value: int) -> str:
        return f"{value:,}"

    def power(self, base: str, exponent: int) -> str:
        return base + str(exponent).translate(_SUPERSCRIPTS)

    def name(self, name: str) -> str:
        return name

    def parentheses(self, text: str) -> str:
        return f"({text})"

    def function(self, name: str, arguments: list[str]) -> str:
        return f"{name}({', '.join(arguments)})"

    def floor(self, numerator: Any, divisor: Any) -> tuple[str, int]:
        """⌊numerator/divisor⌋, or ⌈…⌉ where that has the smaller constant."""
        if isinstance(divisor, int):
            constant: Any = terms_of(numerator).get((), 0)
            if abs(constant - divisor + 1) < abs(constant):
                return self.bracketed(numerator - (divisor - 1), divisor, up=True)
        return self.bracketed(numerator, divisor, up=False)

    def bracketed(self, numerator: Any, divisor: Any, *, up: bool) -> tuple[str, int]:
        """⌊numerator/divisor⌋ or ⌈numerator/divisor⌉"""
        text = self.within(numerator, PRODUCT) + "/" + self.within(divisor, POWER)
        return f"⌈{text}⌉" if up else f"⌊{text}⌋", ATOM

    def within(self, number: Any, tightness: int) -> str:
        """The text, in parentheses unless it is that tight."""
        return self.held(self.tightly(number), tightness)

    def held(self, text: tuple[str, int], tightness: int) -> str:
        """A text that knows how tight it is, in parentheses unless it is that tight."""
        return text[0] if text[1] >= tightness else self.parentheses(text[0])

    def tightly(self, number: Any) -> tuple[str, int]:
        """The text of a number and how tight it is."""
        if not isinstance(number, Polynomial):
            return self.signed(*self.product(number, []))
        if number.factors is not None:
            coefficient, factors = number.factors
            return self.signed(*self.product(coefficient, self.grouped(factors)))
        terms, shifts = _collected(number.terms)
        monomials = sorted(terms, key=order) if len(terms) > 1 else list(terms)
        texts = [self.term(monomial, terms[monomial], shifts) for monomial in monomials]
        if len(texts) == 1:
            return self.signed(*texts[0])
        first = next((i for i, (negative, *_) in enumerate(texts) if not negative), 0)
        text, _ = self.signed(*texts.pop(first))
        for negative, term, _ in texts:
            text += (self.minus if negative else self.plus) + term
        return text, SUM

    def signed(self, negative: bool, text: str, tightness: int) -> tuple[str, int]:
        """The text with its sign, and how tight it is then."""
        return (self.minus.strip() + text, SUM) if negative else (text, tightness)

    def term(
        self, monomial: Monomial, coefficient: Coefficient, shifts: Mapping[Atom, int]
    ) -> tuple[bool, str, int]:
        """Whether it is negative, the text without sign, and how tight that is.

        `shifts` are added to atoms.
        """
        if coefficient < 0 and len(monomial) == 1 and isinstance(monomial[0], Maximum):
            arguments = monomial[0].arguments  # −max(−a, −b) = min(a, b)
            if all(terms_of(a).get(leading(a), 0) <= 0 for a in arguments):
                text = self.function("min", [self.write(-a) for a in arguments])
                return self.product(-coefficient, [(text, ATOM, 1)])
        powers = (
            {monomial[0]: 1} if len(monomial) == 1 else Counter(sorted(monomial, key=atom_order))
        )
        return self.product(
            coefficient, [(*self.atom(a, shifts.get(a, 0)), n) for a, n in powers.items()]
        )

    def atom(self, atom: Atom, shift: int) -> tuple[str, int]:
        if isinstance(atom, Floor):
            if not shift:
                return self.floor(atom.numerator, atom.divisor)
            if isinstance(atom.divisor, int):
                return self.floor(atom.numerator + shift * atom.divisor, atom.divisor)
            return self.bracketed(atom.numerator + 1, atom.divisor, up=True)
        if isinstance(atom, Maximum):
            return self.function("max", [self.write(a) for a in atom.arguments]), ATOM
        return self.name(str(atom)), ATOM

    def grouped(self, factors: tuple[Polynomial, ...]) -> list[tuple[str, int, int]]:
        """The factors in order, equal ones once with their exponent."""

        def key(factor: Polynomial) -> tuple[Any, ...]:
            return order(leading(factor)), len(factor.terms), self.write(factor)

        return [(*self.tightly(f), n) for f, n in Counter(sorted(factors, key=key)).items()]

    def product(
        self, coefficient: Coefficient, factors: list[tuple[str, int, int]]
    ) -> tuple[bool, str, int]:
        """A coefficient times factors, each given as text, tightness and exponent."""
        numerator, denominator = abs(coefficient.numerator), coefficient.denominator
        if numerator == denominator == 1 and len(factors) == 1 and factors[0][2] == 1:
            return coefficient < 0, *factors[0][:2]
        texts = [self.integer(numerator)] if numerator != 1 or not factors else []
        for text, tightness, exponent in factors:
            if exponent == 1:
                texts.append(self.held((text, tightness), PRODUCT))
            else:
                texts.append(self.power(self.held((text, tightness), ATOM), exponent))
        result = self.times.join(texts)
        tightness = PRODUCT if len(texts) > 1 else POWER if factors else ATOM
        if denominator != 1:
            result, tightness = f"{result}/{self.integer(denominator)}", QUOTIENT
        return coefficient < 0, result, tightness


class Code(Notation):
    """The language's own grammar: 16*((H + 4)//16) - 188."""

    minus, times = " - ", "*"

    def integer(self, value: int) -> str:
        return str(value)

    def power(self, base: str, exponent: int) -> str:
        return f"{base}**{exponent}"

    def signed(self, negative: bool, text: str, tightness: int) -> tuple[str, int]:
        if negative:  # here a sign binds tighter than //
            text = self.held((text, tightness), PRODUCT)
        return super().signed(negative, text, tightness)

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


MATHEMATICAL = Notation()
CODE = Code()
