"""What every layer has: shapes, windows, requirements, and the rules of a layer class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from convcalc.arithmetic.formulas import window_extent
from convcalc.arithmetic.number import Number
from convcalc.layers.arguments import Argument, LayerProblem, axis_names, shape_text
from convcalc.layers.taps import InputTaps

__all__ = [
    "Check",
    "Layer",
    "LayerProblem",
    "Shape",
    "Weights",
    "Window",
    "axis_names",
    "each_axis",
    "fixed",
    "formulas_among",
]

RANKS = ("vectors", "1-D maps (CxL)", "2-D maps (CxHxW)", "3-D maps (CxDxHxW)")


class Shape(NamedTuple):
    """A tensor's sizes, depth first, and which of them vary with the size of the input.

    An axis of size 1 broadcasts only where it does not vary: after a global pool, say, but not
    where this input's height happens to shrink to 1.
    """

    sizes: tuple[Number, ...]
    varies: tuple[bool, ...]

    @property
    def depth(self) -> Any:
        return self.sizes[0]

    @property
    def spatial(self) -> tuple[Any, ...]:
        """The sizes behind the depth: () for a vector, (H, W) for a 2-D map."""
        return self.sizes[1:]

    @property
    def rank(self) -> int:
        """How many spatial axes there are."""
        return len(self.sizes) - 1

    def __str__(self) -> str:
        return shape_text(self.sizes)

    def with_depth(self, depth: Number) -> Shape:
        """The same map with another depth, which varies only if it is a formula."""
        return Shape((depth, *self.sizes[1:]), (not isinstance(depth, int), *self.varies[1:]))

    def with_spatial(self, spatial: Sequence[Number]) -> Shape:
        """The same depth with other spatial sizes, varying as before."""
        return Shape((self.sizes[0], *spatial), self.varies)


def fixed(*sizes: Number) -> Shape:
    """A shape of given sizes: they don't vary with the input, unless they are formulas."""
    return Shape(sizes, formulas_among(sizes))


def formulas_among(sizes: Sequence[Number]) -> tuple[bool, ...]:
    """Which given sizes are formulas, and so may be 1 for some values only."""
    return tuple([not isinstance(size, int) for size in sizes])


class Window(NamedTuple):
    """The window of one axis, in pixels: what convolutions, pools and their transposes slide.

    `padding` is (before, after), taken away by a transposed convolution. For `same` with a stride
    it depends on the size's residue: on a symbolic size it is a `polynomial.Residues`. `rounding`
    is "floor" or "ceil".
    """

    kernel: Number
    stride: Number
    dilation: Number
    padding: Any
    rounding: str = "floor"

    @property
    def extent(self) -> Any:
        """Pixels from the first tap to the last."""
        return window_extent(self.kernel, self.dilation)


class Weights(NamedTuple):
    """The numbers a layer holds: weights and biases are learnt, buffers are not."""

    weights: Number = 0
    biases: Number = 0
    buffers: Number = 0


class Check:
    """Takes a rule's requirements. Between ints a broken one is an error at once; any other is
    recorded.
    """

    def require(
        self,
        left: Number,
        relation: str,
        right: Number,
        reason: str,
        problem: Callable[[], LayerProblem] | None = None,
    ) -> None:
        """State that `left relation right` must hold, with relation one of ``>= <= ==``.

        `reason` completes "because …"; `problem` makes the error where numbers break the
        requirement.
        """
        if isinstance(left, int) and isinstance(right, int):
            if not holds(left, relation, right):
                text = f"{reason}: {left} {relation} {right} does not hold"
                broken = problem() if problem is not None else LayerProblem(text)
                broken.about_size = True
                raise broken
        else:
            self.record(left, relation, right, reason)

    def record(self, left: Number, relation: str, right: Number, reason: str) -> None:
        """Keep a requirement that is not between two ints."""


def holds(left: int, relation: str, right: int) -> bool:
    """Whether a relation between ints is true."""
    if relation == ">=":
        return left >= right
    if relation == "<=":
        return left <= right
    return left == right


class Layer(ABC):
    """One layer with its arguments. Subclasses hold every rule of a kind.

    Rules read `Shape`s and calculate with any number-like; they never branch on a size, they
    `require`. A layer with other names (`aliases`) may demand a number of spatial axes by them, as
    conv2d does.
    """

    kind: ClassVar[str]
    aliases: ClassVar[dict[str, int | None]] = {}
    arguments: ClassVar[tuple[Argument, ...]] = ()
    view: ClassVar[bool] = False
    """Whether the output is the input seen in another way, so that it takes no memory."""
    on_maps: ClassVar[bool] = False
    """Whether it needs spatial axes."""

    def __init__(self, *values: Any, called: str | None = None) -> None:
        self.called = called or self.kind
        self.values = values
        for argument, value in zip(self.arguments, values, strict=True):
            setattr(self, argument.name, value)

    def arrives(self, inputs: Sequence[Shape]) -> Shape:
        """The shape that comes in, once it is sure that the layer can work on it."""
        shape = inputs[0]
        demanded = self.aliases.get(self.called)
        if demanded is not None and shape.rank != demanded:
            raise LayerProblem(
                f"{self.called} works on {RANKS[demanded]}, but the input is {shape}",
                help=f"write {self.kind}, which takes the number of axes from its input",
            )
        if self.on_maps and shape.rank == 0:
            raise LayerProblem(
                f"{self.called} needs a map (CxHxW), but the input is a vector of {shape}",
                help=f"reshape {shape}x1x1 makes a map of it",
            )
        return shape

    def check_arguments(self, check: Check) -> None:
        """Require of arguments with symbols what is required of numbers when they are read."""
        for argument, value in zip(self.arguments, self.values, strict=True):
            if value is not argument.default:
                for number, least in argument.kind.least(value):
                    reason = f"{argument.name} must be at least {least}"
                    check.require(number, ">=", least, reason)

    @abstractmethod
    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        """The output's shape. Raises `LayerProblem` where numbers break a requirement."""

    @abstractmethod
    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        """The numbers that the layer holds."""

    @abstractmethod
    def count_macs(self, inputs: Sequence[Shape], output: Shape) -> Any:
        """Multiply-accumulates with weights, for one example; biases and norms count none."""

    @abstractmethod
    def count_connections(self, inputs: Sequence[Shape], output: Shape) -> Any:
        """Connections through trained weights and biases, as LeNet's paper counts them."""

    @abstractmethod
    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        """For each input, on each of its axes: the positions that an output position depends on.

        Where input and output differ in their number of axes, those at the end belong together.
        """

    def windows(self, inputs: Sequence[Shape]) -> tuple[Window, ...]:
        """The windows, one an axis; none for a layer that slides nothing."""
        return ()

    @property
    def text(self) -> str:
        """The layer in the language, every argument evaluated, defaults left out."""
        return " ".join([self.called, *self.written_arguments()])

    def written_arguments(self) -> list[str]:
        parts = []
        by_place = True
        for argument, value in zip(self.arguments, self.values, strict=True):
            if not argument.required and value == argument.default:
                by_place = False
            elif argument.place and by_place:
                parts.append(argument.kind.text(value))
            else:
                parts.append(f"{argument.name}={argument.kind.text(value)}")
        return parts

    def __repr__(self) -> str:
        return f"<{self.text}>"


def each_axis(values: tuple[Any, ...], rank: int, name: str, shape: Shape) -> tuple[Any, ...]:
    """An argument's value for each of `rank` axes; one value means every axis."""
    if len(values) == rank:
        return values
    if len(values) == 1:
        return values * rank
    raise LayerProblem(
        f"{name} has {len(values)} axes, but the input {shape} has {rank}"
        f" ({' and '.join(axis_names(rank))})",
        argument=name,
        help=f"give one number, or {rank} of them",
    )
