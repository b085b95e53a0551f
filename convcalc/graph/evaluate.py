"""Names and expressions: what a spec's arguments are worth where they stand.

Numbers are exact: ints, fractions, and formulas where there are symbols. Nothing is evaluated but
arithmetic, and no result has more than `MAX_DIGITS` digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcalc.arithmetic.number import maximum, minimum
from convcalc.errors import nearest
from convcalc.language import tree
from convcalc.layers.arguments import Axes, Target, Word, is_number
from convcalc.layers.catalog import JOINS, KINDS, LAYERS
from convcalc.source import Span

MAX_DIGITS = 40
WORDS = frozenset(
    word for kind in KINDS for argument in kind.arguments for word in argument.kind.words
)
"""Words that some layer's argument takes."""


class Located(Exception):
    """A mistake at a place in the spec, to be collected by the builder."""

    def __init__(
        self,
        message: str,
        span: Span,
        *,
        help: str | None = None,
        details: tuple[str, ...] = (),
        about_size: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.help = help
        self.details = details
        self.about_size = about_size


class UnknownName(Located):
    """A name without a value, or a label that is not there (`label`)."""

    def __init__(self, name: str, span: Span, known: Sequence[str], *, label: bool = False) -> None:
        near = nearest(name, list(known))
        at = "@" if label else ""
        define = (
            f"a label stands before a layer: {name}: conv 64 3x3"
            if label
            else (f"define it above: let {name} = 64")
        )
        super().__init__(
            f"there is no label {name} above" if label else f"{name} is not defined",
            span,
            help=f"did you mean {at}{near}?" if near else define,
        )
        self.name = name
        self.label = label


class LimitReached(Located):
    """A limit that ends the work at once."""


class Poisoned(Exception):
    """Depends on something that is wrong already: says nothing more."""


class LayerName(NamedTuple):
    """A layer's name as a value, to be called by a def that takes it."""

    name: str

    def __call__(self) -> None:
        """Callable, so that messages know it for what it is."""

    @property
    def described(self) -> str:
        return f"{self.name}, which is a layer"


class Closure:
    """A def, with the frame that it was defined in."""

    __slots__ = ("definition", "frame", "order")

    def __init__(self, definition: tree.Define, frame: Frame, order: int) -> None:
        self.definition = definition
        self.frame = frame
        self.order = order

    def __call__(self) -> None:
        """Callable, so that messages know it for what it is."""

    @property
    def described(self) -> str:
        return f"{self.definition.name}, which is a def"


class Label(NamedTuple):
    """What a label names: a value, and the nodes that were made for it."""

    value: int
    first: int
    last: int
    entry: int | None


class Bound(NamedTuple):
    """A name's value, and when it was defined."""

    value: Any
    order: int


class Frame:
    """The names and labels of the file or of one call of a def.

    A def's body sees its own names, then those of the frame it was defined in, as far as they were
    defined before it: so nothing can call itself.
    """

    __slots__ = ("closure", "labels", "names", "parent", "repeats")

    def __init__(self, closure: Closure | None = None) -> None:
        self.names: dict[str, Bound] = {}
        self.labels: dict[str, Label] = {}
        self.closure = closure
        self.parent: Frame | None = closure.frame if closure else None
        self.repeats = 0

    def find(self, name: str, span: Span) -> Any:
        """The value of a name, or None. Raises `Located` for a def used in its own body or before
        it stands.
        """
        bound = self.names.get(name)
        if bound is not None:
            return bound.value
        limit, frame = (self.closure.order if self.closure else 0), self.parent
        while frame is not None:
            bound = frame.names.get(name)
            if bound is not None:
                if bound.order >= limit:
                    raise self._too_early(name, span, bound.order == limit)
                return bound.value
            limit, frame = (frame.closure.order if frame.closure else 0), frame.parent
        return None

    def _too_early(self, name: str, span: Span, itself: bool) -> Located:
        if itself:
            return Located(
                f"{name} calls itself",
                span,
                help="a def cannot be recursive, but it can take another def as argument",
            )
        return Located(
            f"{name} is defined below the def that uses it",
            span,
            help="definitions come before their use: move it up",
        )

    def known(self) -> list[str]:
        """Every name in sight."""
        names = list(self.names)
        if self.parent is not None:
            names += self.parent.known()
        return names

    def label(self, name: str) -> Label | None:
        """The latest value of a label of this body, or of the ones around it."""
        frame: Frame | None = self
        while frame is not None:
            found = frame.labels.get(name)
            if found is not None:
                return found
            frame = frame.parent
        return None


class Symbols:
    """The symbols that a spec was found to have, each with its number.

    That is a formula, or what was `given` for it. A given symbol is none of the graph's symbols.
    """

    __slots__ = ("given", "known")

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}
        self.known: dict[str, Any] = {}

    def of(self, name: str) -> Any:
        """The symbol's number, made once."""
        if name not in self.known:
            if name in self.given:
                self.known[name] = self.given[name]
            else:
                from convcalc.arithmetic.polynomial import Polynomial  # only symbols pay for it

                self.known[name] = Polynomial.symbol(name, len(self.known))
        return self.known[name]

    def free(self) -> tuple[str, ...]:
        """The symbols for which nothing is given."""
        return tuple(name for name in self.known if name not in self.given)


class Context(NamedTuple):
    """Where an expression stands: its frame, and the depth that arrives (None before any input)."""

    frame: Frame
    depth: Any
    symbols: Symbols
    shape: bool = False
    """Whether undefined capitals become symbols, as in an input's shape."""
    words: tuple[str, ...] | None = None
    """The words that make sense here, to suggest one; None for any."""
    rounded: bool = False
    """Whether the result is rounded, so that a division of symbols need not be whole."""


def argument(node: tree.Argument, context: Context) -> Any:
    """The value of an argument: a number, Word, Axes, Target, LayerName or Closure.

    Raises `Located` for a name without a value, a hole, or arithmetic that has no result.
    """
    if isinstance(node, tree.Number):
        return node.value
    if isinstance(node, tree.Name):
        return named(node, context, anything=True)
    if isinstance(node, tree.Dims):
        return Axes(
            tuple(
                (
                    number(pair.first, context),
                    None if pair.second is None else number(pair.second, context),
                )
                for pair in node.pairs
            )
        )
    if isinstance(node, tree.Reference):
        return Target(reference(node, context.frame).value, node.name)
    return number(node, context)


def reference(node: tree.Reference, frame: Frame) -> Label:
    """What ``@name`` names: a label, or a parameter that was given a reference."""
    label = frame.label(node.name)
    if label is None:
        value = frame.find(node.name, node.span)
        if isinstance(value, Label):
            return value
        if isinstance(value, Target):
            return Label(value.node, value.node, value.node, None)
        raise UnknownName(node.name, node.span, _labels(frame), label=True)
    if label.value < 0:
        raise Poisoned
    return label


def _labels(frame: Frame | None) -> list[str]:
    names: list[str] = []
    while frame is not None:
        names += frame.labels
        frame = frame.parent
    return names


def named(node: tree.Name, context: Context, *, anything: bool) -> Any:
    """The value of a name; with `anything` also a word of the language, a layer or a def."""
    name = node.name
    value = context.frame.find(name, node.span)
    if value is not None:
        if isinstance(value, Poison):
            raise Poisoned
        return value
    if name == "depth":
        if isinstance(context.depth, Poison):
            raise Poisoned
        if context.depth is None:
            raise Located("depth is known only after an input", node.span)
        return context.depth
    if name in context.symbols.known:
        return context.symbols.known[name]
    if anything and name in WORDS:
        return Word(name)
    if anything and name in LAYERS and name not in JOINS:
        return LayerName(name)
    if context.shape and name[0].isupper() and name.upper() == name:
        return context.symbols.of(name)
    known = [*context.frame.known(), *context.symbols.known]
    if context.words is not None:
        known += context.words
    elif anything and len(name) > 2:
        known += [*WORDS, *LAYERS]
    raise UnknownName(name, node.span, known)


class Poison:
    """The value of a name whose definition is wrong."""


def number(node: tree.Argument, context: Context) -> Any:
    """The value of an expression: an int, a fraction or a formula. Raises as `argument` does."""
    if isinstance(node, tree.Number):
        return node.value
    if isinstance(node, tree.Name):
        value = named(node, context, anything=False)
        if not is_number(value):
            raise Located(f"{node.name} is not a number here", node.span)
        return value
    if isinstance(node, tree.Binary):
        left, right = number(node.left, context), number(node.right, context)
        return _binary(node, left, right, context.rounded)
    if isinstance(node, tree.Negate):
        return -number(node.operand, context)
    if isinstance(node, tree.Call):
        if node.function in ("floor", "ceil"):
            context = context._replace(rounded=True)
        return _call(node, [number(item, context) for item in node.arguments])
    if isinstance(node, tree.Hole):
        raise Located(
            "a ? stands for a number that is to be found",
            node.span,
            help="convcalc solve finds what it may be",
        )
    raise Located("this is not a number", node.span)


def _binary(node: tree.Binary, left: Any, right: Any, rounded: bool) -> Any:
    operator = node.operator
    if operator == "+":
        result = left + right
    elif operator == "-":
        result = left - right
    elif operator == "*":
        result = left * right
    elif operator == "**":
        result = _power(left, right, node)
    else:
        if isinstance(right, int) and right == 0:
            raise Located("this divides by zero", node.span)
        result = left // right if operator == "//" else _quotient(left, right, node, rounded)
    return _limited(result, node.span)


def _quotient(left: Any, right: Any, node: tree.Binary, rounded: bool) -> Any:
    if hasattr(left, "numerator") and hasattr(right, "numerator"):
        from fractions import Fraction

        return Fraction(left) / right
    if isinstance(right, int) and (left % right) == 0:
        return left // right
    if rounded and hasattr(right, "numerator"):
        from fractions import Fraction

        return left * (1 / Fraction(right))
    raise Located(
        "this division of symbols may not be whole", node.span, help="write // to round it down"
    )


def _power(base: Any, exponent: Any, node: tree.Binary) -> Any:
    if not isinstance(exponent, int):
        raise Located("an exponent must be a whole number", node.right.span)
    if not hasattr(base, "numerator"):
        if 0 <= exponent <= MAX_DIGITS:
            return base**exponent
        raise Located(f"a symbol's exponent must be from 0 to {MAX_DIGITS}", node.right.span)
    if base == 0 and exponent < 0:
        raise Located("this divides by zero", node.span)
    largest = max(abs(base.numerator), base.denominator)
    if largest > 1 and largest.bit_length() * abs(exponent) > 4 * MAX_DIGITS + 4:
        raise Located(f"this number has more than {MAX_DIGITS} digits", node.span)
    if exponent < 0 and isinstance(base, int):
        from fractions import Fraction

        base = Fraction(base)
    if largest <= 1:
        exponent = abs(exponent) % 2 + 2
    return base**exponent


def _call(node: tree.Call, values: list[Any]) -> Any:
    if node.function in ("floor", "ceil"):
        value = values[0]
        if not hasattr(value, "numerator"):
            return value // 1 if node.function == "floor" else -(-value // 1)
        return (
            value.numerator // value.denominator
            if node.function == "floor"
            else -(-value.numerator // value.denominator)
        )
    choose = minimum if node.function == "min" else maximum
    result = values[0]
    for value in values[1:]:
        if hasattr(result, "numerator") and hasattr(value, "numerator"):
            result = min(result, value) if node.function == "min" else max(result, value)
        else:
            result = choose(result, value)
    return result


def _limited(value: Any, span: Span) -> Any:
    """The value, an int where it is whole, unless it has too many digits."""
    if hasattr(value, "numerator"):
        if not isinstance(value, int) and value.denominator == 1:
            value = value.numerator
        if max(abs(value.numerator), value.denominator) >= 10**MAX_DIGITS:
            raise Located(f"this number has more than {MAX_DIGITS} digits", span)
    return value
