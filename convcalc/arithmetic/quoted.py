"""Numbers that remember how they were calculated: the text of the working.

A `Quoted` calculates like the number it holds and keeps the calculation as a tree. The formulas run
on it unchanged, so what is written can't disagree with what is calculated:

>>> from convcalc.arithmetic.formulas import output_size
>>> size = output_size(named("n", 227), named("F", 11), named("S", 4), named("P", 0))
>>> print(size)
⌊(n + P − F)/S⌋ + 1
>>> print(*size.steps(), sep=" = ")
⌊(227 + 0 − 11)/4⌋ + 1 = ⌊216/4⌋ + 1 = 54 + 1 = 55

What a plain int of a formula's own does not change is left out: 1·x and x + 0 are x, x//x is 1,
(x − 1) + 1 is x. A quoted number is never left out, whatever its value. x + x is written 2·x, and
a·x + x as (a + 1)·x.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convcalc.arithmetic import number as numbers

LEAF, SUM, MINUS, PRODUCT, FLOOR, CEILING, QUOTIENT, REST, MAXIMUM, MINIMUM, POWER = (
    *("leaf", "+", "−", "·", "⌊/⌋", "⌈/⌉", "/", "mod", "max", "min", "^"),
)


class Quoted:
    """A number and the calculation it comes from: an operation on `parts`, or a leaf with a name.

    A leaf without a name is an int of the formula itself. Compares by its value.
    """

    __slots__ = ("key", "name", "operation", "parts", "value")

    def __init__(
        self, value: Any, name: str = "", operation: str = LEAF, parts: tuple[Quoted, ...] = ()
    ) -> None:
        self.value = value
        self.name = name
        self.operation = operation
        self.parts = parts
        own = (name, value) if operation == LEAF else ()
        self.key: tuple[Any, ...] = (operation, own, *(part.key for part in parts))
        """Equal for numbers that are calculated alike."""

    # --- calculating

    def __add__(self, other: Any) -> Any:
        return _sum(self, _lifted(other))

    def __radd__(self, other: Any) -> Any:
        return _sum(_lifted(other), self)

    def __sub__(self, other: Any) -> Any:
        return _sum(self, -_lifted(other))

    def __rsub__(self, other: Any) -> Any:
        return _sum(_lifted(other), -self)

    def __mul__(self, other: Any) -> Any:
        return _product(self, _lifted(other))

    def __rmul__(self, other: Any) -> Any:
        return _product(_lifted(other), self)

    def __floordiv__(self, other: Any) -> Any:
        return _division(FLOOR, self, _lifted(other))

    def __rfloordiv__(self, other: Any) -> Any:
        return _division(FLOOR, _lifted(other), self)

    def __mod__(self, other: Any) -> Any:
        divisor = _lifted(other)
        return Quoted(self.value % divisor.value, "", REST, (self, divisor))

    def __rmod__(self, other: Any) -> Any:
        if self.value == 1:
            return 0
        return _lifted(other) % self

    def __pow__(self, exponent: int) -> Any:
        if exponent == 1:
            return self
        return Quoted(self.value**exponent, "", POWER, (self, _lifted(exponent)))

    def __neg__(self) -> Quoted:
        if self.operation == MINUS:
            return self.parts[0]
        if _is_plain(self):
            return Quoted(-self.value)
        if self.operation == MAXIMUM and any(part.operation == MINUS for part in self.parts):
            return Quoted(-self.value, "", MINIMUM, tuple(-part for part in self.parts))
        return Quoted(-self.value, "", MINUS, (self,))

    def maximum(self, other: Any) -> Quoted:
        """max(self, other)"""
        lifted = _lifted(other)
        return Quoted(numbers.maximum(self.value, lifted.value), "", MAXIMUM, (self, lifted))

    def ceil_div(self, other: Any) -> Any:
        """⌈self/other⌉"""
        return _division(CEILING, self, _lifted(other))

    def rceil_div(self, other: Any) -> Any:
        """⌈other/self⌉"""
        return _division(CEILING, _lifted(other), self)

    def by_residue(self, modulo: Any, rule: Callable[[Any], Any]) -> Any:
        """The rule on the number itself: it takes the rest on its own."""
        del modulo
        return rule(self)

    def to_data(self) -> Any:
        """The value as JSON data."""
        return numbers.to_data(self.value)

    # --- comparing, by value

    def __eq__(self, other: object) -> bool:
        return bool(self.value == (other.value if isinstance(other, Quoted) else other))

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < _lifted(other).value)

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > _lifted(other).value)

    # --- the working

    def __str__(self) -> str:
        return PLAIN.write(self, names=True)

    def __repr__(self) -> str:
        return f"<{self} = {numbers.to_data(self.value)}>"

    def called(self, names: Mapping[tuple[Any, ...], str]) -> Quoted:
        """The same number with parts replaced by leaves, each named as `names` says for its key."""
        name = names.get(self.key)
        if name is not None:
            return Quoted(self.value, name)
        if not self.parts:
            return self
        return Quoted(
            self.value, "", self.operation, tuple(part.called(names) for part in self.parts)
        )

    def exact(self) -> Quoted:
        """The same number with every division that leaves no rest written as a fraction."""
        parts = tuple(part.exact() for part in self.parts)
        operation = self.operation
        if operation == FLOOR and parts[0].value % parts[1].value == 0:
            operation = QUOTIENT
        return Quoted(self.value, self.name, operation, parts)

    def leaves(self) -> dict[str, Any]:
        """The names in it with their values, in the order in which they are written."""
        if self.operation == LEAF:
            return {self.name: self.value} if self.name else {}
        found: dict[str, Any] = {}
        for part in self.parts:
            found.update({name: v for name, v in part.leaves().items() if name not in found})
        return found

    def reduced(self) -> Quoted:
        """The number with its innermost operations carried out."""
        if all(_is_simple(part) for part in self.parts):
            return Quoted(self.value)
        return Quoted(
            self.value,
            "",
            self.operation,
            tuple(part if _is_simple(part) else part.reduced() for part in self.parts),
        )

    def steps(self, notation: Notation | None = None) -> list[str]:
        """The calculation with the values put in, then a line for each step, the value at last."""
        lines: list[str] = []
        current = self
        while True:
            line = (notation or PLAIN).write(current, names=False)
            if line not in lines[-1:]:
                lines.append(line)
            if not current.parts:
                return lines
            current = current.reduced()


def named(name: str, value: Any) -> Quoted:
    """A number that a formula is given, by its name there."""
    return Quoted(value, name)


def _lifted(value: Any) -> Quoted:
    return value if isinstance(value, Quoted) else Quoted(value)


def _is_plain(number: Quoted) -> bool:
    """Whether it is an int of the formula itself."""
    return number.operation == LEAF and not number.name


def _is_simple(number: Quoted) -> bool:
    """Whether there is nothing in it to carry out before it can be used."""
    return not number.parts or (number.operation == MINUS and not number.parts[0].parts)


def _sum(left: Quoted, right: Quoted) -> Any:
    value = left.value + right.value
    if left.key == right.key and not _is_plain(left):
        if left.operation == MINUS:
            return -_twice(left.parts[0])
        return _twice(left)
    parts = _parts(SUM, left)
    _append(parts, right)
    return _joined(SUM, tuple(part for part in parts if not _is_zero(part)), value)


def _append(parts: list[Quoted], part: Quoted) -> None:
    """Add one more part to a sum."""
    last = parts[-1] if parts else None
    if last is not None and _is_plain(last) and _is_plain(part):
        parts[-1] = Quoted(last.value + part.value)
    elif last is not None and not _is_plain(last) and last.key == part.key:
        parts[-1] = _sum(last, part)
    elif last is not None and last.operation == PRODUCT and last.parts[-1].key == part.key:
        several = numbers.product(last.parts[:-1])
        parts[-1] = _product(several + 1, part)
    else:
        parts.append(part)


def _twice(number: Quoted) -> Quoted:
    return Quoted(2 * number.value, "", PRODUCT, (Quoted(2), *_parts(PRODUCT, number)))


def _product(left: Quoted, right: Quoted) -> Any:
    value = left.value * right.value
    parts = [*_parts(PRODUCT, left), *_parts(PRODUCT, right)]
    return _joined(
        PRODUCT, tuple(part for part in parts if not (_is_plain(part) and part.value == 1)), value
    )


def _joined(operation: str, parts: Sequence[Quoted], value: Any) -> Any:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Quoted(value)
    return Quoted(value, "", operation, tuple(parts))


def _parts(operation: str, number: Quoted) -> list[Quoted]:
    return list(number.parts) if number.operation == operation else [number]


def _is_zero(number: Quoted) -> bool:
    return _is_plain(number) and bool(number.value == 0)


def _division(operation: str, left: Quoted, right: Quoted) -> Any:
    if left.key == right.key:
        return 1
    if _is_plain(right) and right.value == 1:
        return left
    divide = numbers.ceil_div if operation == CEILING else lambda a, b: a // b
    return Quoted(divide(left.value, right.value), "", operation, (left, right))


_TIGHTNESS = {SUM: 0, MINUS: 0, REST: 1, PRODUCT: 2, QUOTIENT: 2, POWER: 3}
_ATOM = 4


class Notation:
    """How a calculation is written as plain text."""

    plus, minus, times, rest = " + ", " − ", "·", " mod "

    def write(self, number: Quoted, *, names: bool) -> str:
        """The calculation, with `names` or with the values put in."""
        return self.text(number, names, 0)

    def text(self, number: Quoted, names: bool, tightness: int) -> str:
        """The text, in parentheses unless it holds together as tightly as asked."""
        if number.operation == LEAF:
            return self.leaf(number, names, tightness)
        written = self.operation(number, names)
        return written if _TIGHTNESS.get(number.operation, _ATOM) >= tightness else f"({written})"

    def leaf(self, number: Quoted, names: bool, tightness: int) -> str:
        if names and number.name:
            return self.name(number.name)
        value = number.value
        if isinstance(value, int):
            text = self.integer(value) if value >= 0 else f"−{self.integer(-value)}"
            return text if value >= 0 or tightness == 0 else f"({text})"
        return self.formula(value, tightness)

    def name(self, name: str) -> str:
        return name

    def integer(self, value: int) -> str:
        return f"{value:,}"

    def formula(self, value: Any, tightness: int) -> str:
        """A value that is no int: a formula or a fraction."""
        from convcalc.arithmetic.notation import MATHEMATICAL  # only where there are symbols

        return MATHEMATICAL.within(value, tightness)

    def operation(self, number: Quoted, names: bool) -> str:
        parts = number.parts
        if number.operation == SUM:
            return self.sum(parts, names)
        if number.operation == MINUS:
            return "−" + self.text(parts[0], names, 2)
        if number.operation == PRODUCT:
            return self.times.join(self.text(part, names, 2) for part in parts)
        if number.operation in (MAXIMUM, MINIMUM):
            return self.function(number.operation, ", ".join(self.text(p, names, 0) for p in parts))
        if number.operation == REST:
            return self.text(parts[0], names, 2) + self.rest + self.text(parts[1], names, 3)
        if number.operation == POWER:
            return self.power(self.text(parts[0], names, 4), parts[1].value)
        return self.quotient(number, names)

    def sum(self, parts: Sequence[Quoted], names: bool) -> str:
        text = ""
        for part in parts:
            if part.operation == MINUS:
                term, sign = self.text(part.parts[0], names, 1), self.minus
            elif _is_plain(part) and isinstance(part.value, int) and part.value < 0 and text:
                term, sign = self.integer(-part.value), self.minus
            else:
                term, sign = self.text(part, names, 1 if _is_simple(part) else 0), self.plus
            if text:
                text += sign + term
            else:
                text = ("−" if sign == self.minus else "") + term
        return text

    def quotient(self, number: Quoted, names: bool) -> str:
        numerator = self.text(number.parts[0], names, 2)
        text = numerator + "/" + self.text(number.parts[1], names, 3)
        if number.operation == FLOOR:
            return f"⌊{text}⌋"
        return f"⌈{text}⌉" if number.operation == CEILING else text

    def function(self, name: str, arguments: str) -> str:
        return f"{name}({arguments})"

    def power(self, base: str, exponent: int) -> str:
        return base + str(exponent).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


class Latex(Notation):
    """How it is written in LaTeX's mathematics."""

    minus, times, rest = " - ", r" \cdot ", r" \bmod "

    def write(self, number: Quoted, *, names: bool) -> str:
        return super().write(number, names=names).replace("−", "-")

    def integer(self, value: int) -> str:
        return super().integer(value).replace(",", "{,}")

    def name(self, name: str) -> str:
        head, _, index = name.partition("_")
        return rf"{head}_{{\mathrm{{{index}}}}}" if index else head

    def formula(self, value: Any, tightness: int) -> str:
        from convcalc.arithmetic.notation import MATHEMATICAL
        from convcalc.arithmetic.typeset import latex

        text = latex(value)
        tight = MATHEMATICAL.tightly(value)[1] >= tightness
        return text if tight else rf"\left({text}\right)"

    def quotient(self, number: Quoted, names: bool) -> str:
        numerator, denominator = (self.text(part, names, 0) for part in number.parts)
        text = rf"\frac{{{numerator}}}{{{denominator}}}"
        if number.operation == FLOOR:
            return rf"\left\lfloor{{{text}}}\right\rfloor"
        return rf"\left\lceil{{{text}}}\right\rceil" if number.operation == CEILING else text

    def function(self, name: str, arguments: str) -> str:
        return rf"\{name}({arguments})"

    def power(self, base: str, exponent: int) -> str:
        return f"{base}^{{{exponent}}}"


PLAIN = Notation()
LATEX = Latex()
