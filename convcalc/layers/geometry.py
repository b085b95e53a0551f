"""Layers that move pixels: padding, cropping, resizing, shuffles, slices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from convcalc.arithmetic import formulas
from convcalc.arithmetic.number import minimum
from convcalc.layers.arguments import (
    Choice,
    Count,
    LayerProblem,
    Padding,
    Range,
    Scale,
    Sides,
    SizeOf,
    SizeOrReference,
    optional,
    required,
)
from convcalc.layers.base import Check, Shape, axis_names, each_axis, formulas_among
from convcalc.layers.pointwise import check_divisible
from convcalc.layers.taps import SAME, Folded, InputTaps, Linear, Nearest, Strided, Taps, same
from convcalc.layers.whole import Weightless


def problem(message: str, argument: str, *details: str) -> Callable[[], LayerProblem]:
    """A `LayerProblem` to be made if it is needed."""
    return lambda: LayerProblem(message, argument=argument, details=details)


class Pad(Weightless):
    """Padding by itself; negative padding crops (before anything is padded)."""

    kind = "pad"
    aliases: ClassVar[dict[str, int | None]] = {"zeropad": None}
    on_maps = True
    arguments = (
        required("pad", Padding(words=(), minimum=None), "pixels on each side", "p", "padding"),
        optional(
            "mode",
            Choice("zero", "reflect", "replicate", "circular"),
            "zero",
            "where the new pixels come from",
        ),
        optional("depth", Sides(), None, "channels of zeros to add"),
    )
    pad: Any
    mode: Any
    depth: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        pads = each_axis(self.pad, shape.rank, "pad", shape)
        sizes = []
        for name, n, (before, after) in zip(
            axis_names(shape.rank), shape.spatial, pads, strict=True
        ):
            kept = formulas.padded_size(n, minimum(before, 0), minimum(after, 0))
            check.require(
                kept,
                ">=",
                0,
                "cropping must leave something",
                problem(f"padding by {before}:{after} crops more than the {name} of {n}", "pad"),
            )
            self._check_source(kept, (before, after), name, check)
            size = formulas.padded_size(n, before, after)
            check.require(
                size,
                ">=",
                1,
                "cropping must leave something",
                problem(f"nothing is left of the {name} of {n}", "pad"),
            )
            sizes.append(size)
        padded = shape.with_spatial(sizes)
        if self.depth is None:
            return padded
        depth = formulas.padded_size(shape.depth, *self.depth)
        return Shape((depth, *sizes), shape.varies)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        pads = each_axis(self.pad, output.rank, "pad", output)
        if self.mode == "zero":
            return (tuple(Strided(1, before) for before, _ in pads),)
        return (tuple(Folded(before, after, self.mode) for before, after in pads),)

    def _check_source(self, n: Any, sides: tuple[Any, Any], name: str, check: Check) -> None:
        """Reflected and repeated pixels must be there."""
        for side in sides:
            if self.mode == "reflect":
                check.require(
                    n,
                    ">=",
                    side + 1,
                    "reflect padding must be smaller than the map",
                    problem(
                        f"reflect padding of {side} needs a {name} of {side + 1}, not {n}", "pad"
                    ),
                )
            elif self.mode == "circular":
                check.require(
                    n,
                    ">=",
                    side,
                    "circular padding wraps around at most once",
                    problem(f"circular padding of {side} needs a {name} of {side}, not {n}", "pad"),
                )
            elif self.mode == "replicate":
                check.require(
                    n,
                    ">=",
                    1,
                    "replicate padding needs a pixel to repeat",
                    problem(f"there is no pixel of the {name} to repeat", "pad"),
                )


class Crop(Weightless):
    """Takes pixels away on each side, or crops the middle to a size."""

    kind = "crop"
    on_maps = True
    arguments = (
        optional("pixels", Padding(words=()), None, "pixels to take away on each side", place=True),
        optional("size", SizeOrReference(), None, "the size to keep, from the middle"),
    )
    pixels: Any
    size: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        if (self.pixels is None) == (self.size is None):
            raise LayerProblem(
                "crop takes either pixels or a size",
                help="for example crop 2, crop 0:1x0:1, crop size=56 or crop size=@label",
            )
        if self.size is not None:
            return crop_to(shape, *wanted(self.size, inputs), check)
        sizes = []
        pads = each_axis(self.pixels, shape.rank, "pixels", shape)
        for name, n, (before, after) in zip(
            axis_names(shape.rank), shape.spatial, pads, strict=True
        ):
            size = formulas.padded_size(n, -before, -after)
            check.require(
                size,
                ">=",
                1,
                "cropping must leave something",
                problem(
                    f"cropping {before} + {after} leaves nothing of the {name} of {n}", "pixels"
                ),
            )
            sizes.append(size)
        return shape.with_spatial(sizes)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        if self.size is not None:
            kept = tuple(map(cropping, inputs[0].spatial, output.spatial))
            return (kept, *(None for _ in inputs[1:]))
        pads = each_axis(self.pixels, output.rank, "pixels", output)
        return (tuple(Strided(1, -before) for before, _ in pads),)


def cropping(n: Any, size: Any) -> Taps:
    """The positions of a map of n that stay when it is centre-cropped to a size."""
    return SAME if n == size else Strided(1, -((n - size) // 2))


def wanted(size: Any, inputs: Sequence[Shape]) -> tuple[tuple[Any, ...], tuple[bool, ...]]:
    """The sizes that an argument `size` asks for, and whether they vary."""
    shape = inputs[0]
    if not isinstance(size, SizeOf):
        sizes = each_axis(size, shape.rank, "size", shape)
        return sizes, formulas_among(sizes)
    reference = inputs[-1]
    if reference.rank != shape.rank:
        raise LayerProblem(
            f"the reference is {reference}, which has other axes than the input {shape}",
            argument="size",
        )
    return reference.spatial, reference.varies[1:]


def crop_to(shape: Shape, sizes: tuple[Any, ...], varies: tuple[bool, ...], check: Check) -> Shape:
    """The shape centre-cropped to some sizes; none may be larger than what is there."""
    for name, n, size in zip(axis_names(shape.rank), shape.spatial, sizes, strict=True):
        check.require(
            n,
            ">=",
            size,
            "a crop cannot be larger than the map",
            problem(f"a {name} of {n} cannot be cropped to {size}", "size"),
        )
    return Shape((shape.depth, *sizes), (shape.varies[0], *varies))


class Upsample(Weightless):
    """Resizes by a factor, or to a size; the output is rounded down."""

    kind = "upsample"
    on_maps = True
    arguments = (
        optional("scale", Scale(), None, "how many times larger", place=True),
        optional("size", SizeOrReference(), None, "the output's size"),
        optional("mode", Choice("nearest", "bilinear"), "nearest", "how values are found"),
    )
    scale: Any
    size: Any
    mode: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        if (self.scale is None) == (self.size is None):
            raise LayerProblem(
                "upsample takes either a factor or a size",
                help="for example upsample 2, upsample size=56 or upsample size=@label",
            )
        if self.size is not None:
            sizes, varies = wanted(self.size, inputs)
            return Shape((shape.depth, *sizes), (shape.varies[0], *varies))
        scaled = []
        scales = each_axis(self.scale, shape.rank, "scale", shape)
        for name, n, (numerator, denominator) in zip(
            axis_names(shape.rank), shape.spatial, scales, strict=True
        ):
            size = formulas.scaled_size(n, numerator, denominator)
            check.require(
                size,
                ">=",
                1,
                "resizing must leave something",
                problem(f"nothing is left of the {name} of {n}", "scale"),
            )
            scaled.append(size)
        return shape.with_spatial(scaled)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        kind = Linear if self.mode == "bilinear" else Nearest
        if self.size is None:
            scales = each_axis(self.scale, output.rank, "scale", output)
        else:
            scales = tuple(zip(output.spatial, inputs[0].spatial, strict=True))
        resized = tuple(SAME if up == down else kind(down, up) for up, down in scales)
        return (resized, *(None for _ in inputs[1:]))


class PixelShuffle(Weightless):
    """Depth to space: r·r channels (2-D) become one of r times the size."""

    kind = "pixelshuffle"
    on_maps = True
    arguments = (required("factor", Count(), "how many times larger each axis becomes", "r"),)
    factor: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        channels = self.factor**shape.rank
        check.require(
            shape.depth % channels,
            "==",
            0,
            "the depth must be divisible by the factor on every axis",
            problem(
                f"depth {shape.depth} is not divisible by {channels}",
                "factor",
                f"pixelshuffle {self.factor} makes one channel of {channels} on {shape.rank} axes",
            ),
        )
        sizes = [n * self.factor for n in shape.spatial]
        return Shape((shape.depth // channels, *sizes), shape.varies)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return ((Nearest(1, self.factor),) * output.rank,)


class PixelUnshuffle(Weightless):
    """Space to depth: r·r pixels (2-D) become channels."""

    kind = "pixelunshuffle"
    on_maps = True
    arguments = (required("factor", Count(), "how many times smaller each axis becomes", "r"),)
    factor: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        for name, n in zip(axis_names(shape.rank), shape.spatial, strict=True):
            check.require(
                n % self.factor,
                "==",
                0,
                "each axis must be divisible by the factor",
                problem(f"the {name} of {n} is not divisible by {self.factor}", "factor"),
            )
        sizes = [n // self.factor for n in shape.spatial]
        return Shape((shape.depth * self.factor**shape.rank, *sizes), shape.varies)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return ((Strided(self.factor, 0, 1, self.factor),) * output.rank,)


class ChannelShuffle(Weightless):
    """Interleaves the channels of some groups, as in ShuffleNet."""

    kind = "channelshuffle"
    arguments = (required("groups", Count(), "parts of the depth", "g"),)
    groups: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        check_divisible(shape.depth, self.groups, check)
        return shape

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return (same(output.rank),)


class Slice(Weightless):
    """Channels a to b of the depth, b not included."""

    kind = "slice"
    arguments = (required("channels", Range(), "first:end, counted from 0"),)
    channels: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        first, end = self.channels
        check.require(
            end,
            ">=",
            first + 1,
            "a slice must hold a channel",
            problem(f"slice {first}:{end} is empty", "channels"),
        )
        check.require(
            shape.depth,
            ">=",
            end,
            "a slice ends within the depth",
            problem(f"slice {first}:{end} ends beyond the depth of {shape.depth}", "channels"),
        )
        return shape.with_depth(end - first)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return (same(output.rank),)
