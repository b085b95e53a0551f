"""Symbolic numbers by SymPy: set in LaTeX, factored, solved for an unknown.

The only module that imports SymPy, and only where it needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from operator import mul
from re import fullmatch
from typing import Any

from convcalc.arithmetic.notation import ATOM, Notation
from convcalc.arithmetic.polynomial import Atom, Floor, Maximum, Polynomial


def latex(number: Any) -> str:
    r"""The number in LaTeX, for math mode: rounded and collected as its text is.

    >>> from convcalc.arithmetic.polynomial import symbols
    >>> h, w = symbols("H", "W")
    >>> print(latex(34848 * ((h - 7) // 4)), latex(h**2 + 1000))
    34{,}848 \cdot \left\lfloor{\frac{H - 7}{4}}\right\rfloor H^{2} + 1{,}000
    """
    if isinstance(number, int):
        return _grouped(number)
    return str(_printer().doprint(Unevaluated().write(number)))


def _grouped(value: int) -> str:
    return f"{value:,}".replace(",", "{,}")


@cache
def _printer() -> Any:
    """SymPy's printer, for expressions that keep the order in which they are written.

    Integers have separators; names that SymPy would set as a product, an accent or a power stay
    names.
    """
    from sympy.printing.latex import LatexPrinter, greek_letters_set

    class Printer(LatexPrinter):  # type: ignore[misc]
        def _print_Integer(self, expression: Any) -> str:  # noqa: N802  (SymPy's name)
            return _grouped(int(expression))

        def _print_Symbol(self, expression: Any) -> str:  # noqa: N802
            name: str = expression.name
            known = fullmatch("([A-Za-z]+)(_?[0-9]+|_[A-Za-z0-9]+)?", name)
            if known and (len(known[1]) == 1 or known[1] in greek_letters_set):
                return str(super()._print_Symbol(expression))
            return rf"\mathit{{{name}}}".replace("_", r"\_")

    return Printer({"order": "none", "mul_symbol": "dot"})


class Unevaluated(Notation[Any]):
    """SymPy expressions that are left as they are written, to be printed."""

    def __init__(self) -> None:
        import sympy

        self.sympy = sympy

    def integer(self, value: int) -> Any:
        return self.sympy.Integer(value)

    def name(self, name: str) -> Any:
        return _symbol(name)

    def power(self, base: Any, exponent: int) -> Any:
        return self.sympy.Pow(base, exponent, evaluate=False)

    def parentheses(self, inner: Any) -> Any:
        return inner  # the printer's

    def function(self, name: str, arguments: list[Any]) -> Any:
        return {"max": self.sympy.Max, "min": self.sympy.Min}[name](*arguments, evaluate=False)

    def bracketed(self, numerator: Any, divisor: Any, *, up: bool) -> tuple[Any, int]:
        rounded = self.sympy.ceiling if up else self.sympy.floor
        quotient = self.multiplied([self.write(numerator)], self.write(divisor))
        return rounded(quotient, evaluate=False), ATOM

    def negative(self, term: Any) -> Any:
        return self.sympy.Mul(-1, term, evaluate=False)

    def sum(self, first: Any, others: Sequence[tuple[bool, Any]]) -> Any:
        terms = [self.negative(term) if negative else term for negative, term in others]
        return self.sympy.Add(first, *terms, evaluate=False)

    def multiplied(self, factors: Sequence[Any], divisor: Any | None) -> Any:
        below = [] if divisor is None else [self.power(divisor, -1)]
        return self.sympy.Mul(*factors, *below, evaluate=False)


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
    return _symbol(str(atom))


def _symbol(name: str) -> Any:
    import sympy

    return sympy.Symbol(name, integer=True, positive=True)


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

    unknown = _symbol(symbol)
    equation = to_sympy(expression) - to_sympy(value)
    if any(unknown in part.free_symbols for part in equation.atoms(sympy.floor, sympy.Max)):
        raise ValueError(f"{symbol} stands where rounding or a maximum hides it")
    return tuple(sympy.solve(equation, unknown))
