"""Where the network begins and where paths meet: input, add, mul, concat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.layers.arguments import Choice, ShapeOf, optional, required
from convcalc.layers.base import Check, LayerProblem, Shape, axis_names
from convcalc.layers.geometry import crop_to, cropping
from convcalc.layers.taps import SAME, InputTaps, Strided, Taps
from convcalc.layers.whole import Weightless


class Input(Weightless):
    """An input of the network. A size that is written as 1 is meant so; any other may vary."""

    kind = "input"
    arguments = (
        required("shape", ShapeOf(), "depth first: CxHxW, CxL, CxDxHxW, or a vector's length"),
    )
    shape: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        sizes = self.shape
        for size in sizes:
            check.require(size, ">=", 1, "a size is at least 1")
        varies = (not isinstance(sizes[0], int), *(size != 1 for size in sizes[1:]))
        return Shape(sizes, varies)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return ()


FIT = optional("fit", Choice("crop"), None, "crop the references to the current size")


class Join(Weightless):
    """What joins share: the parts and, with fit=crop, centre-cropping to the first."""

    arguments = (FIT,)
    fit: Any

    def parts(self, inputs: Sequence[Shape], check: Check) -> list[Shape]:
        first = inputs[0]
        if self.fit is None:
            return list(inputs)
        for part in inputs[1:]:
            if part.rank != first.rank:
                raise LayerProblem(
                    f"{part} has other axes than {first} and cannot be cropped to it"
                )
        return [
            first,
            *(crop_to(part, first.spatial, first.varies[1:], check) for part in inputs[1:]),
        ]

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        first, *others = inputs
        return (
            tuple(self.tap(first, axis, output.sizes[axis]) for axis in range(1, first.rank + 1)),
            *(
                tuple(
                    self.tap(part, axis, output.sizes[axis])
                    if self.fit is None
                    else cropping(part.sizes[axis], first.sizes[axis])
                    for axis in range(1, part.rank + 1)
                )
                for part in others
            ),
        )

    def tap(self, part: Shape, axis: int, size: Any) -> Taps:
        """The taps of one part on one axis of an output of this size."""
        return SAME

    def mismatch(self, parts: Sequence[Shape], axis: int) -> LayerProblem:
        """The error for parts that disagree on an axis, and perhaps on later ones."""
        names = ("depth", *axis_names(parts[0].rank))
        details, advice = [], None
        for later in range(axis, len(names)):
            sizes: list[Any] = [part.sizes[later] for part in parts]
            if not all(isinstance(size, int) for size in sizes):
                continue
            differ = len(set(sizes) - ({1} if self.kind != "concat" else set())) > 1
            if later == axis or differ:
                details.append(f"{names[later]}: {' against '.join(map(str, sizes))}")
            if later > 0 and self.fit is None and max(sizes) > sizes[0]:
                advice = (
                    "each part needs the same strides and padding,"
                    " or fit=crop crops larger ones to the first"
                )
        if self.kind != "concat" and 1 in [part.sizes[axis] for part in parts]:
            advice = f"a {names[axis]} of 1 broadcasts only where it is 1 at every input size"
        shapes = " and ".join(map(str, parts))
        return LayerProblem(
            f"{self.kind}: the parts differ in {names[axis]}: {shapes}",
            details=details,
            help=advice,
        )


class Elementwise(Join):
    """add and mul: equal shapes; an axis of size 1 stretches where it is 1 for every input."""

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        parts = self.parts(inputs, check)
        rank = max(part.rank for part in parts)
        parts = [widened(part, rank) for part in parts]
        if any(part.rank != rank for part in parts):
            raise LayerProblem(
                f"{self.kind}: the parts have different axes: {' and '.join(map(str, inputs))}"
            )
        sizes, varies = [], []
        for axis in range(rank + 1):
            counted = [part for part in parts if part.varies[axis] or part.sizes[axis] != 1]
            for part in counted[1:]:
                check.require(
                    part.sizes[axis],
                    "==",
                    counted[0].sizes[axis],
                    f"the parts of {self.kind} must agree",
                    lambda axis=axis: self.mismatch(parts, axis),  # type: ignore[misc]
                )
            sizes.append(counted[0].sizes[axis] if counted else 1)
            varies.append(all(part.varies[axis] for part in counted) if counted else False)
        return Shape(tuple(sizes), tuple(varies))

    def tap(self, part: Shape, axis: int, size: Any) -> Taps:
        stretched = part.sizes[axis] == 1 and not part.varies[axis] and size != 1
        return Strided(0, 0) if stretched else SAME


def widened(shape: Shape, rank: int) -> Shape:
    """A vector as a map of size 1 on each axis; any other shape as it is."""
    if shape.rank:
        return shape
    return Shape(shape.sizes + (1,) * rank, shape.varies + (False,) * rank)


class Add(Elementwise):
    """The sum of its parts, value by value."""

    kind = "add"


class Mul(Elementwise):
    """The product of its parts, value by value."""

    kind = "mul"


class Concat(Join):
    """Its parts one behind the other in depth."""

    kind = "concat"

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        parts = self.parts(inputs, check)
        first = parts[0]
        if any(part.rank != first.rank for part in parts):
            raise LayerProblem(
                f"concat: the parts have different axes: {' and '.join(map(str, parts))}"
            )
        for axis in range(1, first.rank + 1):
            for part in parts[1:]:
                check.require(
                    part.sizes[axis],
                    "==",
                    first.sizes[axis],
                    "the parts of concat must agree in all but depth",
                    lambda axis=axis: self.mismatch(parts, axis),  # type: ignore[misc]
                )
        depth: Any = 0
        for part in parts:
            depth = depth + part.depth
        varies = any(part.varies[0] for part in parts)
        spatial = tuple(
            all(part.varies[axis] for part in parts) for axis in range(1, first.rank + 1)
        )
        return Shape((depth, *first.spatial), (varies, *spatial))
