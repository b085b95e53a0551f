"""What a formula may calculate with.

A number-like has the operators ``+ - * // %`` and, where ints won't do, answers `maximum`,
`minimum` and `ceil_div` in its own way. Ints are numbers, so are `polynomial.Polynomial` (symbols)
and the others of this package. Formulas never ask which one they have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

DTYPES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8, "int8": 1}
"""The bytes that a stored number takes."""


class FormulaLimitError(ValueError):
    """A formula would grow past a limit of `polynomial`."""


class Number(Protocol):
    """An int, or something that calculates like one."""

    def __add__(self, other: Any, /) -> Any: ...
    def __radd__(self, other: Any, /) -> Any: ...
    def __sub__(self, other: Any, /) -> Any: ...
    def __rsub__(self, other: Any, /) -> Any: ...
    def __mul__(self, other: Any, /) -> Any: ...
    def __rmul__(self, other: Any, /) -> Any: ...
    def __floordiv__(self, other: Any, /) -> Any: ...
    def __rfloordiv__(self, other: Any, /) -> Any: ...
    def __mod__(self, other: Any, /) -> Any: ...
    def __neg__(self) -> Any: ...
    def __hash__(self) -> int: ...


def maximum(a: Number, b: Number) -> Any:
    """The larger of two numbers."""
    if isinstance(a, int):
        if isinstance(b, int):
            return max(a, b)
        return b.maximum(a)  # type: ignore[attr-defined]
    return a.maximum(b)  # type: ignore[attr-defined]


def minimum(a: Number, b: Number) -> Any:
    """The smaller of two numbers."""
    return -maximum(-a, -b)


def ceil_div(a: Number, b: Number) -> Any:
    """⌈a/b⌉ for b > 0."""
    if isinstance(a, int):
        if isinstance(b, int):
            return -(-a // b)
        return b.rceil_div(a)  # type: ignore[attr-defined]
    return a.ceil_div(b)  # type: ignore[attr-defined]


def by_residue(n: Number, modulo: int, rule: Callable[[int], Any]) -> Any:
    """A rule that reads only n mod `modulo`: its value for an int, a table of its values for a
    formula.
    """
    if isinstance(n, int):
        return rule(n % modulo)
    return n.by_residue(modulo, rule)  # type: ignore[attr-defined]


def product(numbers: Iterable[Number]) -> Any:
    """All the numbers multiplied; 1 for none."""
    result: Any = 1
    for number in numbers:
        result = result * number
    return result


def to_data(value: Any) -> Any:
    """A number, or nested sequences of them, as JSON data: an int stays, a formula becomes its text
    in the language's own grammar."""
    if value is None or isinstance(value, int | str | float):
        return value
    if isinstance(value, tuple | list):
        return [to_data(item) for item in value]
    return value.to_data()


def is_rational(value: Any) -> bool:
    """Whether it is an int or a Fraction: a plain number."""
    if isinstance(value, int):
        return True
    from fractions import Fraction  # a scale of 1.5, say; most networks have none

    return isinstance(value, Fraction)
