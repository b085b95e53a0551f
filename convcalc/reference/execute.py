"""One layer, executed on tensors: its arguments become walks, its kind the definition to run."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from convcalc.layers.arguments import SizeOf
from convcalc.reference import definitions, fast, walk
from convcalc.reference.definitions import ACTIVATIONS, Tally
from convcalc.reference.held import Held, Lists, seen
from convcalc.reference.tensor import Tensor, stacked
from convcalc.reference.walk import Walk, each


class Work(NamedTuple):
    """What an execution gets: a layer, its inputs and numbers, where to count, and how quick."""

    layer: Any
    inputs: Sequence[Tensor]
    held: Held
    tally: Tally
    quick: bool

    @property
    def x(self) -> Tensor:
        return self.inputs[0]


Execution = Callable[[Work], Tensor]


def execute(
    layer: Any,
    inputs: Sequence[Tensor],
    held: Held | None = None,
    tally: Tally | None = None,
    *,
    quick: bool = True,
) -> Tensor:
    """A layer's output on its inputs, with the numbers that it holds.

    Convolutions of ints take the fast path unless not `quick`; every other path is the definition.
    What was multiplied is added to `tally`.
    """
    work = Work(layer, inputs, held or Held(), tally or Tally(), quick)
    return EXECUTIONS[layer.kind](work)


def walks(layer: Any, spatial: Sequence[int]) -> list[Walk]:
    """A layer's windows on their way along each axis; none for a layer that slides nothing."""
    if layer.kind not in SLIDING:
        return []
    rank = len(spatial)
    arguments = zip(
        spatial,
        each(layer.kernel, rank),
        each(layer.stride or layer.kernel, rank),
        each(getattr(layer, "dilation", (1,)), rank),
        [layer.pad] * rank if isinstance(layer.pad, str) else each(layer.pad, rank),
        strict=True,
    )
    if layer.kind == "deconv":
        return [
            walk.spread(*found, output_pad)
            for found, output_pad in zip(arguments, each(layer.output_pad, rank), strict=True)
        ]
    return [walk.slide(*found, getattr(layer, "round", "floor")) for found in arguments]


def reads(layer: Any, spatial: Sequence[int], reference: Sequence[int]) -> list[list[list[int]]]:
    """For each axis, what each output position reads, of a layer that keeps its axes apart.

    Positions outside the axis are padding. `reference` is what a `size=@label` refers to.
    """
    rank = len(spatial)
    if layer.kind in SLIDING:
        return [found.reads for found in walks(layer, spatial)]
    if layer.kind in ("globalavgpool", "globalmaxpool"):
        return [[list(range(n))] for n in spatial]
    if layer.kind in ("adaptiveavgpool", "adaptivemaxpool"):
        return [
            walk.share(n, size) for n, size in zip(spatial, each(layer.size, rank), strict=True)
        ]
    if layer.kind == "pad":
        pads = each(layer.pad, rank)
        return [
            walk.border(n, before, after, layer.mode)
            for n, (before, after) in zip(spatial, pads, strict=True)
        ]
    if layer.kind == "crop":
        starts, sizes = _cropped(layer, spatial, reference)
        return [
            [[start + o] for o in range(size)] for start, size in zip(starts, sizes, strict=True)
        ]
    if layer.kind == "upsample":
        scaled = _scaled(layer, spatial, reference)
        if layer.mode == "nearest":
            return [walk.nearest(*axis) for axis in scaled]
        return [walk.linear(*axis)[0] for axis in scaled]
    if layer.kind == "pixelshuffle":
        return [[[i] for i in range(n) for _ in range(layer.factor)] for n in spatial]
    if layer.kind == "pixelunshuffle":
        r = layer.factor
        return [[list(range(i, i + r)) for i in range(0, n - r + 1, r)] for n in spatial]
    return [[[i] for i in range(n)] for n in spatial]


def _cropped(
    layer: Any, spatial: Sequence[int], reference: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Where a crop starts on each axis, and how many pixels it keeps."""
    rank = len(spatial)
    if layer.size is None:
        pixels = each(layer.pixels, rank)
        return [before for before, _ in pixels], [
            len(range(before, n - after))
            for n, (before, after) in zip(spatial, pixels, strict=True)
        ]
    sizes = list(reference if isinstance(layer.size, SizeOf) else each(layer.size, rank))
    return [(n - size) // 2 for n, size in zip(spatial, sizes, strict=True)], sizes


def _scaled(
    layer: Any, spatial: Sequence[int], reference: Sequence[int]
) -> list[tuple[int, int, int, int]]:
    """For each axis of an upsampling: input size, output size, scale's numerator, denominator."""
    rank = len(spatial)
    if layer.size is not None:
        sizes = reference if isinstance(layer.size, SizeOf) else each(layer.size, rank)
        return [(n, size, size, n) for n, size in zip(spatial, sizes, strict=True)]
    return [
        (n, walk.enlarge(n, *scale), *scale)
        for n, scale in zip(spatial, each(layer.scale, rank), strict=True)
    ]


def _all_whole(work: Work) -> bool:
    held = work.held
    return (
        work.quick
        and fast.whole(work.x.values)
        and fast.whole(held.biases)
        and (isinstance(held.weights, Lists) or all(map(fast.whole, held.weights)))
    )


def _convolve(
    work: Work,
    x: Tensor,
    filters: Sequence[Sequence[Any]],
    biases: Sequence[Any],
    along: Sequence[Walk],
    channels: Sequence[Sequence[int]],
) -> Tensor:
    convolve = fast.convolve if _all_whole(work) else definitions.convolve
    return convolve(x, filters, biases, along, channels, work.tally)


def _conv(work: Work) -> Tensor:
    along = walks(work.layer, work.x.spatial)
    channels = seen(work.layer, work.x.depth)
    return _convolve(work, work.x, work.held.weights, work.held.biases, along, channels)


def _depthwise(work: Work, filters: Sequence[Sequence[Any]], biases: Sequence[Any]) -> Tensor:
    along = walks(work.layer, work.x.spatial)
    channels = [
        range(channel, channel + 1)
        for channel in range(work.x.depth)
        for _ in range(work.layer.multiplier)
    ]
    return _convolve(work, work.x, filters, biases, along, channels)


def _dwconv(work: Work) -> Tensor:
    return _depthwise(work, work.held.weights, work.held.biases)


def _sepconv(work: Work) -> Tensor:
    depth = work.x.depth * work.layer.multiplier
    filters = [work.held.weights[number] for number in range(len(work.held.weights))]
    middle = _depthwise(work, filters[:depth], ())
    along = [walk.slide(n, 1, 1, 1, "valid") for n in middle.spatial]
    channels = [range(depth)] * work.layer.filters
    return _convolve(work, middle, filters[depth:], work.held.biases, along, channels)


def _deconv(work: Work) -> Tensor:
    along = walks(work.layer, work.x.spatial)
    channels = seen(work.layer, work.x.depth)
    scatter = fast.scatter if _all_whole(work) else definitions.scatter
    return scatter(work.x, work.held.weights, work.held.biases, along, channels, work.tally)


def _fc(work: Work) -> Tensor:
    if _all_whole(work):
        return fast.dense(work.x, work.held.weights, work.held.biases, work.tally)
    return definitions.dense(work.x, work.held.weights, work.held.biases, work.tally)


def _reads(work: Work) -> list[list[list[int]]]:
    return reads(work.layer, work.x.spatial, work.inputs[-1].spatial)


def _avgpool(work: Work) -> Tensor:
    along = walks(work.layer, work.x.spatial)
    return definitions.average_pool(work.x, along, work.layer.count_pad)


def _subsample(work: Work) -> Tensor:
    along = walks(work.layer, work.x.spatial)
    return definitions.subsample(work.x, work.held.weights, work.held.biases, along, work.tally)


def _upsample(work: Work) -> Tensor:
    if work.layer.mode == "nearest":
        return definitions.pick(work.x, _reads(work))
    scaled = _scaled(work.layer, work.x.spatial, work.inputs[-1].spatial)
    return definitions.interpolate(work.x, [walk.linear(*axis) for axis in scaled])


def _bn(work: Work) -> Tensor:
    half = len(work.held.buffers) // 2
    means, variances = work.held.buffers[:half], work.held.buffers[half:]
    normalised = definitions.batch_norm(work.x, means, variances)
    return definitions.affine(normalised, work.held.weights, work.held.biases)


def _ln(work: Work) -> Tensor:
    x, held = work.x, work.held
    if work.layer.over == "depth":
        normalised = definitions.across_depth(x, definitions.standardised)
        factors = [[factor] for factor in held.weights[0]] if held.weights else []
        return definitions.affine(normalised, factors, held.biases)
    values = definitions.standardised(x.values)
    if held.weights:
        values = list(map(operator.mul, values, held.weights[0]))
    if held.biases:
        values = list(map(operator.add, values, held.biases))
    return Tensor(x.sizes, values)


def _grouped_norm(work: Work) -> Tensor:
    groups = work.x.depth if work.layer.kind == "instancenorm" else work.layer.groups
    normalised = definitions.group_norm(work.x, groups)
    return definitions.affine(normalised, work.held.weights, work.held.biases)


def _leaky(work: Work) -> Tensor:
    numerator, denominator = work.layer.slope
    values = [x if x > 0 else x * numerator / denominator for x in work.x.values]
    return Tensor(work.x.sizes, values)


def _prelu(work: Work) -> Tensor:
    slopes = [slope for row in work.held.weights for slope in row]
    slopes *= work.x.depth // len(slopes)
    result = [
        [x if x > 0 else slope * x for x in plane]
        for slope, plane in zip(slopes, work.x.channels(), strict=True)
    ]
    return stacked(result, work.x.spatial)


def _scale(work: Work) -> Tensor:
    return definitions.affine(work.x, work.held.weights, ())


def _activation(function: Callable[[Any], Any]) -> Execution:
    return lambda work: Tensor(work.x.sizes, list(map(function, work.x.values)))


def _pool(over: Callable[[list[Any]], Any]) -> Execution:
    return lambda work: definitions.pool(work.x, _reads(work), over)


def _pad(work: Work) -> Tensor:
    padded = definitions.pick(work.x, _reads(work))
    before, after = work.layer.depth or (0, 0)
    zeros = [0] * padded.pixels
    return stacked([zeros] * before + padded.channels() + [zeros] * after, padded.spatial)


def _slice(work: Work) -> Tensor:
    first, end = work.layer.channels
    return stacked(work.x.channels()[first:end], work.x.spatial)


def _parts(work: Work) -> list[Tensor]:
    """A join's inputs; with fit=crop the references are cropped to the first."""
    first, *others = work.inputs
    if work.layer.fit is None:
        return [first, *others]
    return [first, *(definitions.centre_crop(other, first.spatial) for other in others)]


def _same(work: Work) -> Tensor:
    return work.x


SLIDING = ("conv", "dwconv", "sepconv", "deconv", "maxpool", "avgpool", "lppool", "subsample")
"""Kinds that slide a window."""

EXECUTIONS: dict[str, Execution] = {
    "input": _same,
    "conv": _conv,
    "dwconv": _dwconv,
    "sepconv": _sepconv,
    "deconv": _deconv,
    "maxpool": _pool(max),
    "avgpool": _avgpool,
    "lppool": lambda work: definitions.pool(
        work.x, _reads(work), definitions.p_norm(work.layer.norm)
    ),
    "subsample": _subsample,
    "globalavgpool": _pool(definitions.average),
    "globalmaxpool": _pool(max),
    "adaptiveavgpool": _pool(definitions.average),
    "adaptivemaxpool": _pool(max),
    "fc": _fc,
    "flatten": lambda work: Tensor((len(work.x.values),), work.x.values),
    "reshape": lambda work: Tensor(work.layer.shape, work.x.values),
    "bn": _bn,
    "ln": _ln,
    "gn": _grouped_norm,
    "instancenorm": _grouped_norm,
    "lrn": lambda work: definitions.local_response(work.x, work.layer.size),
    **{kind: _activation(function) for kind, function in ACTIVATIONS.items()},
    "leakyrelu": _leaky,
    "prelu": _prelu,
    "softmax": lambda work: definitions.across_depth(work.x, definitions.softmax),
    "logsoftmax": lambda work: definitions.across_depth(work.x, definitions.log_softmax),
    "dropout": _same,
    "identity": _same,
    "scale": _scale,
    "pad": _pad,
    "crop": lambda work: definitions.pick(work.x, _reads(work)),
    "upsample": _upsample,
    "pixelshuffle": lambda work: definitions.pixel_shuffle(work.x, work.layer.factor),
    "pixelunshuffle": lambda work: definitions.pixel_unshuffle(work.x, work.layer.factor),
    "channelshuffle": lambda work: definitions.channel_shuffle(work.x, work.layer.groups),
    "slice": _slice,
    "add": lambda work: definitions.elementwise(_parts(work), operator.add),
    "mul": lambda work: definitions.elementwise(_parts(work), operator.mul),
    "concat": lambda work: definitions.concat(_parts(work)),
}
"""How each kind of layer is executed."""
