"""Layers that leave the shape as it is: activations, norms, dropout, scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from convcalc.arithmetic import formulas
from convcalc.layers.arguments import Argument, Choice, Count, Factor, Flag, optional, required
from convcalc.layers.base import Check, Layer, LayerProblem, Shape, Weights
from convcalc.layers.taps import GATED, InputTaps, same
from convcalc.layers.whole import Weightless


class Unchanged(Weightless):
    """A layer whose output has the shape of its input."""

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        return self.arrives(inputs)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return (same(output.rank),)


class Relu(Unchanged):
    """max(x, 0)"""

    kind = "relu"


class Relu6(Unchanged):
    """min(max(x, 0), 6)"""

    kind = "relu6"


class LeakyRelu(Unchanged):
    """x where it is positive, slope·x elsewhere."""

    kind = "leakyrelu"
    arguments = (optional("slope", Factor(), (1, 100), "the slope for x < 0", place=True),)


class Elu(Unchanged):
    """x where it is positive, exp(x) − 1 elsewhere."""

    kind = "elu"


class Selu(Unchanged):
    """A scaled elu whose outputs keep mean 0 and variance 1."""

    kind = "selu"


class Gelu(Unchanged):
    """x·Φ(x), with the normal distribution function Φ."""

    kind = "gelu"


class Silu(Unchanged):
    """x·sigmoid(x)"""

    kind = "silu"
    aliases: ClassVar[dict[str, int | None]] = {"swish": None}


class HardSwish(Unchanged):
    """x·hardsigmoid(x)"""

    kind = "hardswish"


class HardSigmoid(Unchanged):
    """min(max(x + 3, 0), 6)/6"""

    kind = "hardsigmoid"


class Sigmoid(Unchanged):
    """1/(1 + exp(−x))"""

    kind = "sigmoid"


class Tanh(Unchanged):
    """The hyperbolic tangent."""

    kind = "tanh"


class Softplus(Unchanged):
    """log(1 + exp(x))"""

    kind = "softplus"


class Softmax(Unchanged):
    """exp(x) over its sum along the depth."""

    kind = "softmax"


class LogSoftmax(Unchanged):
    """The logarithm of the softmax along the depth."""

    kind = "logsoftmax"


class Mish(Unchanged):
    """x·tanh(softplus(x))"""

    kind = "mish"


class Dropout(Unchanged):
    """Drops values while training; nothing otherwise."""

    kind = "dropout"
    view = True
    arguments = (optional("rate", Factor(), (1, 2), "the part that is dropped", place=True),)


class Identity(Unchanged):
    """Nothing."""

    kind = "identity"
    view = True


class Lrn(Unchanged):
    """Local response normalisation over neighbouring channels, as in AlexNet."""

    kind = "lrn"
    arguments = (optional("size", Count(), 5, "how many neighbouring channels", place=True),)


class Learnt(Layer):
    """A layer with a few weights for each channel, that leaves the shape as it is."""

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        return self.arrives(inputs)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return (same(output.rank),)

    def count_macs(self, inputs: Sequence[Shape], output: Shape) -> Any:
        return 0

    def count_connections(self, inputs: Sequence[Shape], output: Shape) -> Any:
        return 0


class PRelu(Learnt):
    """x where it is positive, a learnt slope times x elsewhere."""

    kind = "prelu"
    arguments = (
        optional("over", Choice("all", "depth"), "all", "one slope for all, or one a channel"),
    )
    over: Any

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        return Weights(inputs[0].depth if self.over == "depth" else 1)


class Scale(Learnt):
    """A learnt factor for each channel."""

    kind = "scale"

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        return Weights(inputs[0].depth)


AFFINE = optional("affine", Flag(), True, "whether a learnt factor and bias follow")


class Norm(Learnt):
    """A norm with a learnt factor and bias for each channel, unless affine=no."""

    arguments: ClassVar[tuple[Argument, ...]] = (AFFINE,)
    affine: Any

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        learnt = inputs[0].depth if self.affine else 0
        return Weights(learnt, learnt)


class BatchNorm(Norm):
    """Batch norm; its buffers are the running mean and variance of each channel."""

    kind = "bn"
    aliases: ClassVar[dict[str, int | None]] = {"batchnorm": None}

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        weights = super().count_weights(inputs)
        return weights._replace(buffers=2 * inputs[0].depth)


class LayerNorm(Norm):
    """Layer norm over the depth of each pixel, or over the whole volume."""

    kind = "ln"
    aliases: ClassVar[dict[str, int | None]] = {"layernorm": None}
    arguments = (
        optional("over", Choice("depth", "volume"), "depth", "what is normalised together"),
        AFFINE,
        optional("bias", Flag(), True, "whether there is a bias beside the factor"),
    )
    over: Any
    bias: Any

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        shape = inputs[0]
        learnt = shape.depth if self.over == "depth" else formulas.elements(shape.sizes)
        if not self.affine:
            return Weights()
        return Weights(learnt, learnt if self.bias else 0)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return (same(output.rank) if self.over == "depth" else (GATED,) * output.rank,)


class GroupNorm(Norm):
    """Group norm over `groups` parts of the depth."""

    kind = "gn"
    aliases: ClassVar[dict[str, int | None]] = {"groupnorm": None}
    arguments = (required("groups", Count(), "parts of the depth", "g"), AFFINE)
    groups: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        check_divisible(shape.depth, self.groups, check)
        return shape

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return ((GATED,) * output.rank,)


class InstanceNorm(Norm):
    """Instance norm: each channel of each example by itself."""

    kind = "instancenorm"
    on_maps = True

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return ((GATED,) * output.rank,)


def check_divisible(depth: Any, groups: Any, check: Check) -> None:
    """The depth must be divisible by a number of groups."""
    check.require(
        depth % groups,
        "==",
        0,
        "the depth must be divisible by the groups",
        lambda: LayerProblem(
            f"depth {depth} is not divisible by {groups} groups", argument="groups"
        ),
    )
