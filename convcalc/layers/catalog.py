"""Every kind of layer, in the order of the documentation."""

from __future__ import annotations

from convcalc.layers import geometry, joins, pointwise, whole, windows
from convcalc.layers.base import Layer

KINDS: tuple[type[Layer], ...] = (
    joins.Input,
    windows.Conv,
    windows.DwConv,
    windows.SepConv,
    windows.Deconv,
    windows.MaxPool,
    windows.AvgPool,
    windows.LpPool,
    windows.Subsample,
    whole.GlobalAvgPool,
    whole.GlobalMaxPool,
    whole.AdaptiveAvgPool,
    whole.AdaptiveMaxPool,
    whole.Fc,
    whole.Flatten,
    whole.Reshape,
    pointwise.BatchNorm,
    pointwise.LayerNorm,
    pointwise.GroupNorm,
    pointwise.InstanceNorm,
    pointwise.Lrn,
    pointwise.Relu,
    pointwise.Relu6,
    pointwise.LeakyRelu,
    pointwise.PRelu,
    pointwise.Elu,
    pointwise.Selu,
    pointwise.Gelu,
    pointwise.Silu,
    pointwise.HardSwish,
    pointwise.HardSigmoid,
    pointwise.Sigmoid,
    pointwise.Tanh,
    pointwise.Softplus,
    pointwise.Softmax,
    pointwise.LogSoftmax,
    pointwise.Mish,
    pointwise.Dropout,
    pointwise.Identity,
    pointwise.Scale,
    geometry.Pad,
    geometry.Crop,
    geometry.Upsample,
    geometry.PixelShuffle,
    geometry.PixelUnshuffle,
    geometry.ChannelShuffle,
    geometry.Slice,
    joins.Add,
    joins.Mul,
    joins.Concat,
)

LAYERS: dict[str, type[Layer]] = {
    name: kind for kind in KINDS for name in (kind.kind, *kind.aliases)
}
"""Each name in the language, aliases too, and its class."""

JOINS = ("add", "mul", "concat")
"""Kinds that the language's joins make; they are no layers to call."""
