"""The numbers that layers hold: how many lists of weights of which length, found by going through
the filters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from convcalc.layers.base import Layer
from convcalc.reference.tensor import count
from convcalc.reference.walk import each


class Held(NamedTuple):
    """A layer's numbers. `weights` has a flat list for each filter, unit or channel:

    conv, deconv: a filter's weights, channel by channel of what it sees, tap by tap; sepconv: those
    of the depthwise filters, then those of the pointwise ones; fc: a unit's; bn, gn, instancenorm,
    subsample, scale: a channel's one factor; ln: one list; prelu: the slopes. `buffers`: a batch
    norm's means, then its variances.
    """

    weights: Sequence[Sequence[Any]] = ()
    biases: Sequence[Any] = ()
    buffers: Sequence[Any] = ()


class Lengths(NamedTuple):
    """How long the lists of a `Held` are."""

    weights: list[int]
    biases: int = 0
    buffers: int = 0


def seen(layer: Any, depth: int) -> list[Sequence[int]]:
    """For each filter of a conv or deconv, the input channels that it sees.

    With `connections` pairs of maps are dealt out to the filters in turn.
    """
    size = depth // layer.groups
    per_group = layer.filters // layer.groups
    parts = [range(first, first + size) for first in range(0, depth, size)]
    if getattr(layer, "connections", None) is None:
        return [part for part in parts for _ in range(per_group)]
    table: list[list[int]] = [[] for _ in range(layer.filters)]
    for pair in range(layer.connections):
        turn, chosen = divmod(pair, layer.filters)
        table[chosen].append(parts[chosen // per_group][(turn + chosen) % size])
    return [sorted(channels) for channels in table]


def _filters(layer: Any, depth: int, taps: int) -> Lengths:
    lengths = [len(channels) * taps for channels in seen(layer, depth)]
    return Lengths(lengths, len(lengths) if layer.bias else 0)


def _depthwise(layer: Any, depth: int, taps: int) -> Lengths:
    lengths = [taps for _ in range(depth) for _ in range(layer.multiplier)]
    return Lengths(lengths, len(lengths) if layer.bias else 0)


def _separable(layer: Any, depth: int, taps: int) -> Lengths:
    depthwise = [taps for _ in range(depth) for _ in range(layer.multiplier)]
    pointwise = [len(depthwise) for _ in range(layer.filters)]
    return Lengths(depthwise + pointwise, len(pointwise) if layer.bias else 0)


def lengths(layer: Any, sizes: tuple[int, ...]) -> Lengths:
    """The lists that a layer needs on an input of these sizes."""
    kind = layer.kind
    depth = sizes[0]
    channels = [1] * depth
    if kind in ("conv", "dwconv", "sepconv", "deconv"):
        taps = count(each(layer.kernel, len(sizes) - 1))
        make: Callable[[Any, int, int], Lengths] = {
            "dwconv": _depthwise,
            "sepconv": _separable,
        }.get(kind, _filters)
        return make(layer, depth, taps)
    if kind == "fc":
        return Lengths([count(sizes)] * layer.units, layer.units if layer.bias else 0)
    if kind == "subsample":
        return Lengths(channels, depth)
    if kind == "scale":
        return Lengths(channels)
    if kind == "prelu":
        return Lengths(channels if layer.over == "depth" else [1])
    if kind == "bn":
        return Lengths(channels, depth, 2 * depth) if layer.affine else Lengths([], 0, 2 * depth)
    if kind in ("gn", "instancenorm") and layer.affine:
        return Lengths(channels, depth)
    if kind == "ln" and layer.affine:
        normalised = depth if layer.over == "depth" else count(sizes)
        return Lengths([normalised], normalised if layer.bias else 0)
    return Lengths([])


class Lists(Sequence[Sequence[int]]):
    """Lists of small whole numbers, made when they are looked at: none of them is kept."""

    def __init__(self, lengths: list[int], seed: int) -> None:
        self.lengths = lengths
        self.seed = seed

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return numbers(self.lengths[index], self.seed + 31 * index)


def numbers(length: int, seed: int) -> list[int]:
    """Whole numbers from −3 to 3, none of them 0, that look random and are always the same."""
    start = seed % len(PATTERN)
    while start + length > len(PATTERN):
        PATTERN.extend(PATTERN)
    return PATTERN[start : start + length]


def _pattern() -> list[int]:
    state, result = 1, []
    for _ in range(4093):
        state = state * 48271 % 2147483647
        result.append((-3, -2, -1, 1, 2, 3)[state % 6])
    return result


PATTERN = _pattern()


def whole_numbers(layer: Layer, sizes: tuple[int, ...], seed: int) -> Held:
    """Small whole numbers for everything a layer holds; a batch norm's variances are positive."""
    needed = lengths(layer, sizes)
    half = needed.buffers // 2
    return Held(
        Lists(needed.weights, seed),
        numbers(needed.biases, seed + 1),
        numbers(half, seed + 2) + [abs(value) for value in numbers(half, seed + 3)],
    )


def equal_numbers(layer: Any, sizes: tuple[int, ...], seed: int) -> Held:
    """The same numbers for every channel, filter and unit: then one channel stands for all."""
    needed = lengths(layer, sizes)
    half = needed.buffers // 2
    kernel = 1
    if layer.kind in ("conv", "dwconv", "sepconv", "deconv"):
        kernel = count(each(layer.kernel, len(sizes) - 1))
    taps, single = numbers(kernel, seed), numbers(1, seed)
    spatial = len(needed.weights) - (layer.filters if layer.kind == "sepconv" else 0)
    bias, mean = numbers(2, seed + 1)
    made: dict[int, list[int]] = {}
    weights = []
    for length in needed.weights[:spatial]:
        if length not in made:
            made[length] = taps * (length // kernel)
        weights.append(made[length])
    weights += [single * length for length in needed.weights[spatial:]]
    return Held(weights, [bias] * needed.biases, [mean] * half + [abs(mean)] * half)
