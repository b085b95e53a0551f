"""What a layer's arguments may be.

A layer declares its arguments once, as `Argument`s of a `Kind`; from that declaration come the
reading of a spec's values, the layer's text, the documentation and shell completion. The values
that arrive here were evaluated by the graph builder: numbers (ints, fractions, formulas), `Word`,
`Axes`, `Target`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from convcalc.arithmetic.number import Number, to_data
from convcalc.errors import nearest


class Word(NamedTuple):
    """A name that stands for itself, such as ``same`` or ``yes``."""

    text: str


class Axes(NamedTuple):
    """A value an axis: (n, None), or (before, after) where a colon was written."""

    pairs: tuple[tuple[Any, Any], ...]


class Target(NamedTuple):
    """A reference to another layer's output: the number of its node, and the label."""

    node: int
    label: str


class LayerProblem(Exception):
    """What is wrong with a layer, not yet located; `argument` names the argument to point at."""

    def __init__(
        self,
        message: str,
        *,
        argument: str | None = None,
        details: Sequence[str] = (),
        help: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument
        self.details = tuple(details)
        self.help = help
        self.about_size = False


class Kind:
    """A kind of argument value. `syntax` is how the documentation writes it."""

    syntax = ""
    words: tuple[str, ...] = ()
    """The words it takes."""

    def read(self, value: Any, name: str) -> Any:
        """The value as the layer keeps it. Raises `LayerProblem` for one of another kind."""
        raise LayerProblem(f"{name} takes {self.syntax}, not {describe(value)}", argument=name)

    def least(self, value: Any) -> Iterable[tuple[Any, int]]:
        """The numbers in the kept value, each with the least that it may be."""
        return ()

    def text(self, value: Any) -> str:
        """The kept value in the language."""
        return str(to_data(value))


class Argument(NamedTuple):
    """One argument of a layer: its option name, kind, default and other option names.

    Arguments with `place` may be given without their name, in the order of declaration.
    """

    name: str
    kind: Kind
    default: Any
    aliases: tuple[str, ...]
    place: bool
    required: bool
    help: str


def required(name: str, kind: Kind, help: str, *aliases: str) -> Argument:
    """An argument that must be given, by place or by name."""
    return Argument(name, kind, None, aliases, True, True, help)


def optional(
    name: str, kind: Kind, default: Any, help: str, *aliases: str, place: bool = False
) -> Argument:
    """An argument with a default, given by name (or also by place)."""
    return Argument(name, kind, default, aliases, place, False, help)


def describe(value: Any) -> str:
    """A spec's value in the words of an error message."""
    if isinstance(value, Word):
        return f"the word {value.text}"
    if isinstance(value, Axes):
        return written_axes(value.pairs)
    if isinstance(value, Target):
        return "a reference"
    if callable(value):
        return getattr(value, "described", "a def")
    return (
        str(to_data(value)) if isinstance(value, int) or hasattr(value, "to_data") else str(value)
    )


def written(number: Any) -> str:
    """A number inside a shape, in the language."""
    text = (
        str(to_data(number))
        if isinstance(number, int) or hasattr(number, "to_data")
        else str(number)
    )
    plain = text.isdecimal() or text == "?" or (text.replace("_", "A").isalnum() and text.isupper())
    return text if plain else f"({text})"


def written_axes(pairs: Sequence[tuple[Any, Any]]) -> str:
    """Pairs as the language writes them: ``3x3``, ``0:1x2:3``."""
    return "x".join(
        written(first) if second is None else f"{written(first)}:{written(second)}"
        for first, second in pairs
    )


def shape_text(sizes: Sequence[Any]) -> str:
    """A shape as the language writes it: ``64x112x112``."""
    return "x".join(map(written, sizes))


def whole(value: Any, name: str, minimum: int | None) -> Number:
    """A whole number of at least `minimum`; a formula is taken as it is."""
    if isinstance(value, int):
        if minimum is not None and value < minimum:
            raise LayerProblem(f"{name} is {value}; it must be at least {minimum}", argument=name)
        return value
    if hasattr(value, "numerator"):
        raise LayerProblem(
            f"{name} is {value}, which is not a whole number",
            argument=name,
            help="floor(…) or ceil(…) makes it whole",
        )
    return value  # type: ignore[no-any-return]


AXIS_NAMES = ((), ("length",), ("height", "width"), ("D", "height", "width"))


def axis_names(rank: int) -> tuple[str, ...]:
    """What the spatial axes are called in messages."""
    return (
        AXIS_NAMES[rank] if rank < len(AXIS_NAMES) else tuple(f"axis {i + 1}" for i in range(rank))
    )


def is_number(value: Any) -> bool:
    """Whether a spec's value is a number: an int, a fraction or a formula."""
    return not isinstance(value, Word | Axes | Target) and not callable(value) and value is not None


class Count(Kind):
    """A whole number."""

    syntax = "a whole number"

    def __init__(self, minimum: int = 1) -> None:
        self.minimum = minimum

    def read(self, value: Any, name: str) -> Any:
        if not is_number(value):
            return super().read(value, name)
        return whole(value, name, self.minimum)

    def least(self, value: Any) -> Iterable[tuple[Any, int]]:
        return [(value, self.minimum)]


class PerAxis(Kind):
    """A whole number an axis; one number means every axis. Kept as a tuple, of length 1 for every
    axis.
    """

    syntax = "a number, or one an axis (3 or 3x5)"

    def __init__(self, minimum: int = 1) -> None:
        self.minimum = minimum

    def read(self, value: Any, name: str) -> Any:
        if isinstance(value, Axes) and all(second is None for _, second in value.pairs):
            return tuple(whole(first, name, self.minimum) for first, _ in value.pairs)
        if isinstance(value, Axes) or not is_number(value):
            return super().read(value, name)
        return (whole(value, name, self.minimum),)

    def least(self, value: Any) -> Iterable[tuple[Any, int]]:
        return [(number, self.minimum) for number in value]

    def text(self, value: Any) -> str:
        return shape_text(value) if len(value) > 1 else written(value[0])


PADDING_WORDS = ("valid", "same", "same_lower", "half", "full", "causal")


class Padding(Kind):
    """Pixels an axis, the same on both sides or before:after; or a padding word. Kept as the word,
    or a tuple of (before, after), of length 1 for every axis."""

    def __init__(self, words: tuple[str, ...] = PADDING_WORDS, minimum: int | None = 0) -> None:
        self.words = words
        self.minimum = minimum
        self.syntax = "pixels (1, 1x2, 0:1x2:3)" + (
            f", or {', '.join(words[:-1])} or {words[-1]}" if words else ""
        )

    def read(self, value: Any, name: str) -> Any:
        if isinstance(value, Word) and self.words:
            if value.text in self.words:
                return value.text
            near = nearest(value.text, list(self.words))
            raise LayerProblem(
                f"{name}={value.text} is not a padding word",
                argument=name,
                help=f"did you mean {name}={near}?"
                if near
                else f"the padding words are {', '.join(self.words)}",
            )
        if isinstance(value, Axes):
            return tuple(
                (
                    whole(first, name, self.minimum),
                    whole(first if second is None else second, name, self.minimum),
                )
                for first, second in value.pairs
            )
        if not is_number(value):
            return super().read(value, name)
        pixels = whole(value, name, self.minimum)
        return ((pixels, pixels),)

    def least(self, value: Any) -> Iterable[tuple[Any, int]]:
        if isinstance(value, str) or self.minimum is None:
            return []
        sides = dict.fromkeys(side for pair in value for side in pair)
        return [(side, self.minimum) for side in sides]

    def text(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        return written_axes(
            [(before, None if before == after else after) for before, after in value]
        )


class Sides(Kind):
    """before:after, or one number for both. Kept as a pair."""

    syntax = "before:after, such as 0:64"

    def read(self, value: Any, name: str) -> Any:
        if isinstance(value, Axes) and len(value.pairs) > 1:
            return super().read(value, name)
        return Padding(words=()).read(value, name)[0]

    def least(self, value: Any) -> Iterable[tuple[Any, int]]:
        return [(side, 0) for side in value]

    def text(self, value: Any) -> str:
        return written_axes([value])


class Choice(Kind):
    """One of some words."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.syntax = " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))

    def read(self, value: Any, name: str) -> Any:
        if not isinstance(value, Word) or value.text not in self.words:
            near = nearest(value.text, list(self.words)) if isinstance(value, Word) else None
            raise LayerProblem(
                f"{name} takes {self.syntax}, not {describe(value)}",
                argument=name,
                help=f"did you mean {name}={near}?" if near else None,
            )
        return value.text


class Flag(Kind):
    """yes or no. Kept as a bool."""

    syntax = "yes or no"
    words = ("yes", "no")

    def read(self, value: Any, name: str) -> Any:
        if isinstance(value, Word) and value.text in self.words:
            return value.text == "yes"
        return super().read(value, name)

    def text(self, value: Any) -> str:
        return "yes" if value else "no"


class Factor(Kind):
    """A positive number, not necessarily whole, kept as an exact (numerator, denominator)."""

    syntax = "a positive number"

    def read(self, value: Any, name: str) -> Any:
        if not is_number(value) or not hasattr(value, "numerator"):
            return super().read(value, name)
        if value < 0:
            raise LayerProblem(f"{name} is {value}; it cannot be negative", argument=name)
        return (value.numerator, value.denominator)

    def text(self, value: Any) -> str:
        numerator, denominator = value
        if denominator == 1:
            return str(numerator)
        decimal = f"{numerator / denominator:.12f}".rstrip("0")
        digits = decimal.partition(".")[2]
        exact = int(decimal.replace(".", "")) * denominator == numerator * 10 ** len(digits)
        return decimal if exact else f"({numerator}/{denominator})"


class Scale(Kind):
    """A factor an axis, not necessarily whole. Kept as exact (numerator, denominator) pairs."""

    syntax = "a factor, or one an axis (2, 1.5, 2x1x2)"

    def read(self, value: Any, name: str) -> Any:
        if isinstance(value, Axes) and all(second is None for _, second in value.pairs):
            values = [first for first, _ in value.pairs]
        elif isinstance(value, Axes) or not is_number(value):
            return super().read(value, name)
        else:
            values = [value]
        return tuple(self._factor(factor, name) for factor in values)

    def least(self, value: Any) -> Iterable[tuple[Any, int]]:
        return [(numerator, 1) for numerator, _ in value]

    @staticmethod
    def _factor(value: Any, name: str) -> tuple[Number, Number]:
        if not hasattr(value, "numerator"):
            return (value, 1)
        if value <= 0:
            raise LayerProblem(f"{name} is {value}; it must be more than 0", argument=name)
        if isinstance(value, int):
            return (value, 1)
        simple = simplest_fraction(value)
        return (simple.numerator, simple.denominator)

    def text(self, value: Any) -> str:
        return "x".join(Factor().text(factor) for factor in value)


def simplest_fraction(value: Any) -> Any:
    """The simplest fraction that is the same double as a written decimal: 0.6666666666666666 is
    2/3.

    >>> from fractions import Fraction
    >>> simplest_fraction(Fraction("0.6666666666666666")), simplest_fraction(Fraction("0.7"))
    (Fraction(2, 3), Fraction(7, 10))
    """
    from fractions import Fraction

    double = value.numerator / value.denominator
    low, high, rest = (0, 1), (1, 0), value  # convergents of the continued fraction
    while True:
        whole_part = rest.numerator // rest.denominator
        low, high = high, (whole_part * high[0] + low[0], whole_part * high[1] + low[1])
        if high[0] / high[1] == double or rest.denominator == 1:
            return Fraction(*high)
        rest = 1 / (rest - whole_part)


class Range(Kind):
    """first:end, the end not included. Kept as a pair."""

    syntax = "a range such as 0:32"

    def read(self, value: Any, name: str) -> Any:
        if isinstance(value, Axes) and len(value.pairs) == 1 and value.pairs[0][1] is not None:
            first, end = value.pairs[0]
            return (whole(first, name, 0), whole(end, name, 0))
        return super().read(value, name)

    def least(self, value: Any) -> Iterable[tuple[Any, int]]:
        return [(number, 0) for number in value]

    def text(self, value: Any) -> str:
        return written_axes([value])


class ShapeOf(Kind):
    """A shape; one number is a vector. Kept as a tuple, depth first."""

    syntax = "a shape such as 3x224x224, or a vector's length"

    def read(self, value: Any, name: str) -> Any:
        if isinstance(value, Axes) and all(second is None for _, second in value.pairs):
            sizes = [first for first, _ in value.pairs]
        elif isinstance(value, Axes) or not is_number(value):
            return super().read(value, name)
        else:
            sizes = [value]
        if len(sizes) == 1:
            return (whole(sizes[0], "the length", 1),)
        axes = ("depth", *axis_names(len(sizes) - 1))
        return tuple(whole(size, f"the {axis}", 1) for size, axis in zip(sizes, axes, strict=True))

    def least(self, value: Any) -> Iterable[tuple[Any, int]]:
        return [(size, 1) for size in value]

    def text(self, value: Any) -> str:
        return shape_text(value)


class SizeOf(NamedTuple):
    """``size=@label``: the size of a layer's last input, which the label names."""

    label: str


class SizeOrReference(Kind):
    """A size an axis, or that of a labelled value. Kept as a tuple, or as `SizeOf`."""

    syntax = "a size (56, 56x40) or a reference (@label)"

    def read(self, value: Any, name: str) -> Any:
        if isinstance(value, Target):
            return SizeOf(value.label)
        if isinstance(value, Word) or callable(value):
            return super().read(value, name)
        return PerAxis().read(value, name)

    def least(self, value: Any) -> Iterable[tuple[Any, int]]:
        return [] if isinstance(value, SizeOf) else [(number, 1) for number in value]

    def text(self, value: Any) -> str:
        return f"@{value.label}" if isinstance(value, SizeOf) else PerAxis().text(value)


Problem = Callable[[], LayerProblem]
