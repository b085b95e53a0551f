"""Symbolic numbers in LaTeX, and as SymPy expressions: for factoring and solving for an unknown.

The only module that imports SymPy, and only where it needs it.
"""

from __future__ import annotations

from functools import reduce
from operator import mul
from typing import Any

from convcalc.arithmetic.notation import ATOM, SUM, Notation
from convcalc.arithmetic.polynomial import Atom, Floor, Maximum, Polynomial


class Latex(Notation):
    """LaTeX for math mode, rounded and collected as the text is."""

    minus, times = " - ", r" \cdot "

    def integer(self, value: int) -> str:
        return f"{value:,}".replace(",", "{,}")

    def name(self, name: str) -> str:
        return name if len(name) == 1 else rf"\mathit{{{name}}}".replace("_", r"\_")

    def power(self, base: str, exponent: int) -> str:
        return f"{base}^{{{exponent}}}"

    def parentheses(self, text: str) -> str:
        return rf"\left({text}\right)"

    def function(self, name: str, arguments: list[str]) -> str:
        return rf"\{name}\left({', '.join(arguments)}\right)"

    def bracketed(self, numerator: Any, divisor: Any, *, up: bool) -> tuple[str, int]:
        left, right = (r"\lceil", r"\rceil") if up else (r"\lfloor", r"\rfloor")
        fraction = rf"\frac{{{self.within(numerator, SUM)}}}{{{self.within(divisor, SUM)}}}"
        return rf"\left{left} {fraction} \right{right}", ATOM


def latex(number: Any) -> str:
    r"""The number in LaTeX, for math mode.

    >>> from convcalc.arithmetic.polynomial import symbols
    >>> h, w = symbols("H", "W")
    >>> print(latex(34848 * ((h - 7) // 4)), latex(h**2 + 1000))
    34{,}848 \cdot \left\lfloor \frac{H - 7}{4} \right\rfloor H^{2} + 1{,}000
    """
    return Latex().write(number)


def to_sympy(number: Any) -> Any:
    """The number as a SymPy expression; its symbols are positive integers."""
    import sympy

    if not isinstance(number, Polynomial):
        return sympy.Rational(number.numerator, number.denominator)
    if number.factors is not None:
        coefficient, factors = number.factors
        return sympy.Integer(coefficient) * reduce(mul, map(to_sympy, factors))
    return sympy.Add(
        *(
            sympy.Mul(to_sympy(coefficient), *map(_atom, monomial))
            for monomial, coefficient in number.terms.items()
        )
    )


def _atom(atom: Atom) -> Any:
    import sympy

    if isinstance(atom, Floor):
        return sympy.floor(to_sympy(atom.numerator) / to_sympy(atom.divisor))
    if isinstance(atom, Maximum):
        return sympy.Max(*map(to_sympy, atom.arguments))
    return sympy.Symbol(str(atom), integer=True, positive=True)


def factor(number: Any) -> Any:
    """The number as a SymPy expression, factored over the integers: w² + 2·w + 1 is (w + 1)²."""
    import sympy

    return sympy.factor(to_sympy(number))


def solve_for(expression: Any, symbol: str, value: Any = 0) -> tuple[Any, ...]:
    """The positive whole solutions of ``expression = value`` for a symbol, as SymPy expressions.

    Solutions in other symbols stand for those values that make them positive and whole. Raises
    ValueError where SymPy knows no way: where the symbol stands in a floor or a maximum.
    """
    import sympy

    unknown = sympy.Symbol(symbol, integer=True, positive=True)
    equation = to_sympy(expression) - to_sympy(value)
    if any(unknown in part.free_symbols for part in equation.atoms(sympy.floor, sympy.Max)):
        raise ValueError(f"{symbol} stands where rounding or a maximum hides it")
    return tuple(sympy.solve(equation, unknown))
