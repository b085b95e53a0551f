"""Which positions of its input a layer's output position depends on, along one axis.

Every layer says so by its rule `taps`; receptive fields need to know nothing else of it.
`positions` are unclipped, as if the map went on for ever; `within` are those that a map of `n`
positions really has.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any


class Taps:
    """The same position.

    `rate` is (a, b): b positions further in the output is a positions further in the input,
    exactly. `numbers` are all that it depends on; positions can be told where they are ints.
    """

    __slots__ = ()

    @property
    def numbers(self) -> tuple[Any, ...]:
        return ()

    @property
    def rate(self) -> tuple[Any, Any]:
        return (1, 1)

    def positions(self, output: int) -> range:
        """The positions that an output position depends on, in ascending order."""
        return range(output, output + 1)

    def within(self, output: int, n: int) -> Sequence[int]:
        """Those of them that are there: 0 to n − 1."""
        return clipped(self.positions(output), n)


class Everything(Taps):
    """Every position, wherever the output is."""

    __slots__ = ()

    @property
    def rate(self) -> tuple[Any, Any]:
        return (0, 1)

    def within(self, output: int, n: int) -> Sequence[int]:
        return range(n)


class Strided(Taps):
    """o·s − b + d·j for j = 0..k − 1: a window, a crop (b < 0), with s = 0 one for all."""

    __slots__ = ("before", "dilation", "kernel", "stride")

    def __init__(self, stride: Any, before: Any, dilation: Any = 1, kernel: Any = 1) -> None:
        self.stride = stride
        self.before = before
        self.dilation = dilation
        self.kernel = kernel

    @property
    def numbers(self) -> tuple[Any, ...]:
        return (self.stride, self.before, self.dilation, self.kernel)

    @property
    def rate(self) -> tuple[Any, Any]:
        return (self.stride, 1)

    def positions(self, output: int) -> range:
        first = output * self.stride - self.before
        return range(first, first + self.dilation * (self.kernel - 1) + 1, self.dilation)


class Transposed(Taps):
    """(o + b − d·j)/s for those j = 0..k − 1 for which it is whole: a transposed convolution."""

    __slots__ = ("before", "dilation", "first", "kernel", "stride")

    def __init__(self, stride: Any, before: Any, dilation: Any, kernel: Any) -> None:
        self.stride = stride
        self.before = before
        self.dilation = dilation
        self.kernel = kernel
        self.first: dict[int, int] | None = None

    @property
    def numbers(self) -> tuple[Any, ...]:
        return (self.stride, self.before, self.dilation, self.kernel)

    @property
    def rate(self) -> tuple[Any, Any]:
        return (1, self.stride)

    def positions(self, output: int) -> range:
        if self.first is None:
            self.first = {}
            for tap in range(min(self.kernel, self.stride)):
                self.first.setdefault(self.dilation * tap % self.stride, tap)
        place = output + self.before
        first = self.first.get(place % self.stride)
        if first is None:
            return range(0)
        common = gcd(self.stride, self.dilation)
        count = (self.kernel - 1 - first) // (self.stride // common) + 1
        step = self.dilation // common
        last = (place - self.dilation * first) // self.stride
        return range(last - step * (count - 1), last + 1, step)


class Nearest(Taps):
    """⌊o·a/b⌋: upsampling by b/a, each position taken from the nearest one before it."""

    __slots__ = ("a", "b")

    def __init__(self, a: Any, b: Any) -> None:
        self.a = a
        self.b = b

    @property
    def numbers(self) -> tuple[Any, ...]:
        return (self.a, self.b)

    @property
    def rate(self) -> tuple[Any, Any]:
        return (self.a, self.b)

    def positions(self, output: int) -> range:
        place = output * self.a // self.b
        return range(place, place + 1)


class Linear(Nearest):
    """The two neighbours of x = (2·o + 1)·a/(2·b) − ½ (x alone where it is whole): by b/a."""

    __slots__ = ()

    def positions(self, output: int) -> range:
        place, rest = divmod((2 * output + 1) * self.a - self.b, 2 * self.b)
        return range(place, place + (2 if rest else 1))


class Adaptive(Nearest):
    """⌊o·a/b⌋ to ⌈(o + 1)·a/b⌉ − 1: a pool from a positions to b, whatever they are."""

    __slots__ = ()

    def positions(self, output: int) -> range:
        return range(output * self.a // self.b, -(-(output + 1) * self.a // self.b))


class Folded(Strided):
    """o − b, folded back into the map where it lies outside: padding that repeats what is there.

    `mode` is reflect, replicate or circular; of a negative `after` the last positions are cropped
    before.
    """

    __slots__ = ("after", "mode")

    def __init__(self, before: Any, after: Any, mode: str) -> None:
        super().__init__(1, before)
        self.after = after
        self.mode = mode

    @property
    def numbers(self) -> tuple[Any, ...]:
        return (self.before, self.after)

    def within(self, output: int, n: int) -> Sequence[int]:
        first, last = max(-self.before, 0), n - 1 - max(-self.after, 0)
        place = output - self.before
        if self.mode == "circular":
            return ((place - first) % (last - first + 1) + first,)
        if self.mode == "reflect":
            place = (
                2 * first - place if place < first else 2 * last - place if place > last else place
            )
        return (min(max(place, first), last),)


SAME = Taps()
EVERYTHING = Everything()
GATED = Everything()
"""The same position, and through statistics or a gate over the whole map every other one too."""

InputTaps = tuple[Taps, ...] | None
"""The taps on each axis of an input; None for an input of which only the shape is read."""


def clipped(positions: range, n: int) -> range:
    """The part of ascending positions that lies in 0 to n − 1."""
    start, stop, step = positions.start, positions.stop, positions.step
    if start < 0:
        start += -(start // step) * step
    return range(start, max(start, min(stop, n)), step)


def same(rank: int) -> tuple[Taps, ...]:
    """The same position on every axis."""
    return (SAME,) * rank


def everything(rank: int) -> tuple[Taps, ...]:
    """The whole map."""
    return (EVERYTHING,) * rank
