"""Layers that see the whole map: global and adaptive pools, fully connected layers, new shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from convcalc.arithmetic import formulas
from convcalc.layers.arguments import Count, Flag, PerAxis, ShapeOf, optional, required
from convcalc.layers.base import (
    Check,
    Layer,
    LayerProblem,
    Shape,
    Weights,
    each_axis,
    fixed,
    formulas_among,
)
from convcalc.layers.taps import EVERYTHING, SAME, Adaptive, InputTaps, Taps, everything


class Weightless(Layer):
    """A layer without weights."""

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        return Weights()

    def count_macs(self, inputs: Sequence[Shape], output: Shape) -> Any:
        return 0

    def count_connections(self, inputs: Sequence[Shape], output: Shape) -> Any:
        return 0


class GlobalPool(Weightless):
    """A pool over the whole map: one value a channel, 1 on every axis."""

    on_maps = True

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        return Shape((shape.depth,) + (1,) * shape.rank, (shape.varies[0],) + (False,) * shape.rank)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return (everything(inputs[0].rank),)


class GlobalAvgPool(GlobalPool):
    """The average of each whole map."""

    kind = "globalavgpool"
    aliases: ClassVar[dict[str, int | None]] = {"gap": None}


class GlobalMaxPool(GlobalPool):
    """The largest value of each whole map."""

    kind = "globalmaxpool"


class AdaptivePool(Weightless):
    """A pool with whatever windows give the wanted size: from ⌊o·n/S⌋ to ⌈(o+1)·n/S⌉."""

    on_maps = True
    arguments = (required("size", PerAxis(), "the output's size, whatever comes in"),)
    size: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        sizes = each_axis(self.size, shape.rank, "size", shape)
        return Shape((shape.depth, *sizes), (shape.varies[0], *formulas_among(sizes)))

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return (
            tuple(
                EVERYTHING if size == 1 else Adaptive(n, size)
                for n, size in zip(inputs[0].spatial, output.spatial, strict=True)
            ),
        )


class AdaptiveAvgPool(AdaptivePool):
    """Averages to a given size."""

    kind = "adaptiveavgpool"
    aliases: ClassVar[dict[str, int | None]] = {
        "adaptiveavgpool1d": 1,
        "adaptiveavgpool2d": 2,
        "adaptiveavgpool3d": 3,
    }


class AdaptiveMaxPool(AdaptivePool):
    """The largest values, to a given size."""

    kind = "adaptivemaxpool"
    aliases: ClassVar[dict[str, int | None]] = {
        "adaptivemaxpool1d": 1,
        "adaptivemaxpool2d": 2,
        "adaptivemaxpool3d": 3,
    }


class Fc(Layer):
    """Fully connected: every output sees every value that comes in; a map is flattened first."""

    kind = "fc"
    aliases: ClassVar[dict[str, int | None]] = {"linear": None, "dense": None}
    arguments = (
        required("units", Count(), "how many outputs"),
        optional("bias", Flag(), True, "whether each output has a bias"),
    )
    units: Any
    bias: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        self.arrives(inputs)
        return fixed(self.units)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return (everything(inputs[0].rank),)

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        weights = formulas.dense_weights(formulas.elements(inputs[0].sizes), self.units)
        return Weights(weights, self.units if self.bias else 0)

    def count_macs(self, inputs: Sequence[Shape], output: Shape) -> Any:
        return formulas.window_macs(1, self.count_weights(inputs).weights)

    def count_connections(self, inputs: Sequence[Shape], output: Shape) -> Any:
        return formulas.unit_connections(
            self.count_macs(inputs, output), self.units if self.bias else 0
        )


class Flatten(Weightless):
    """The same values as a vector."""

    kind = "flatten"
    view = True

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        return Shape((formulas.elements(shape.sizes),), (any(shape.varies),))

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return (everything(inputs[0].rank),)


class Reshape(Weightless):
    """The same values in another shape."""

    kind = "reshape"
    view = True
    arguments = (required("shape", ShapeOf(), "the output's shape"),)
    shape: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        new = fixed(*self.shape)
        check.require(
            formulas.elements(shape.sizes),
            "==",
            formulas.elements(new.sizes),
            "a reshape keeps the number of values",
            lambda: LayerProblem(
                f"{shape} cannot be reshaped to {new}",
                argument="shape",
                details=(
                    f"{shape} has {formulas.elements(shape.sizes)} values,"
                    f" {new} has {formulas.elements(new.sizes)}",
                ),
            ),
        )
        return new

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        # Axes at the end that keep their sizes stay what they are; before them all is mixed.
        taps: list[Taps] = []
        for n, size in zip(reversed(inputs[0].spatial), reversed(output.spatial), strict=False):
            if n != size:
                break
            taps.append(SAME)
        return ((EVERYTHING,) * (inputs[0].rank - len(taps)) + tuple(taps),)
