"""Layers by their definitions, each plain enough to check against a textbook.

A function takes tensors, weights and `Walk`s, and adds what it multiplied to a `Tally`. A map is
read through flat positions: `places` has for each output pixel the input pixels under its window,
None for padding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any

from convcalc.reference.tensor import Tensor, count, stacked
from convcalc.reference.walk import Walk

EPSILON = 1e-5
"""What norms add to a variance (the default of PyTorch and Keras is 1e-5 and 1e-3)."""


class Tally:
    """What was done: multiplications by weights, and connections.

    Connections are what LeNet's paper counts: every input of a unit, and its bias. `watch` is
    called with each number of multiplications that is added.
    """

    def __init__(self, watch: Callable[[int], object] | None = None) -> None:
        self.multiplications = 0
        self.connections = 0
        self.watch = watch

    def add(self, multiplications: int, biases: int) -> None:
        """Count multiplications, each of them a connection, and connections of biases."""
        self.multiplications += multiplications
        self.connections += multiplications + biases
        if self.watch is not None:
            self.watch(multiplications)


def places(spatial: Sequence[int], reads: Sequence[list[list[int]]]) -> list[list[int | None]]:
    """For each output pixel the flat positions of the pixels that it reads, None for padding."""
    result: list[list[int | None]] = [[0]]
    for size, windows in zip(spatial, reads, strict=True):
        present = [[at if 0 <= at < size else None for at in window] for window in windows]
        result = [
            [
                None if at is None or flat is None else flat * size + at
                for flat in outer
                for at in inner
            ]
            for outer in result
            for inner in present
        ]
    return result


def inside(windows: Iterable[list[int | None]]) -> list[list[int]]:
    """The windows without their padding."""
    return [[pixel for pixel in window if pixel is not None] for window in windows]


def out_sizes(walks: Sequence[Walk]) -> tuple[int, ...]:
    """How many positions each axis's walk has."""
    return tuple(len(walk.reads) for walk in walks)


def convolve(
    x: Tensor,
    filters: Sequence[Sequence[Any]],
    biases: Sequence[Any],
    walks: Sequence[Walk],
    seen: Sequence[Sequence[int]],
    tally: Tally,
) -> Tensor:
    """y[f, o] = bias[f] + Σ w[f, c, t] · x[c, o·s − before + d·t] over c and t.

    The sum goes over the channels c that filter f sees and the taps t. Padding is 0, and is
    multiplied like any other pixel. `filters` has a flat list a filter, `biases` one value a filter
    or none at all.
    """
    windows = places(x.spatial, [walk.reads for walk in walks])
    planes = [[*channel, 0] for channel in x.channels()]
    padding = x.pixels  # the 0 behind each plane
    result = []
    for number, channels in enumerate(seen):
        weights = filters[number]
        for window in windows:
            total = biases[number] if biases else 0
            weight = 0
            for channel in channels:
                plane = planes[channel]
                for pixel in window:
                    total += weights[weight] * plane[padding if pixel is None else pixel]
                    weight += 1
            result.append(total)
            tally.add(weight, 1 if biases else 0)
    return Tensor((len(seen), *out_sizes(walks)), result)


def scatter(
    x: Tensor,
    filters: Sequence[Sequence[Any]],
    biases: Sequence[Any],
    walks: Sequence[Walk],
    seen: Sequence[Sequence[int]],
    tally: Tally,
) -> Tensor:
    """Transposed convolution: each pixel i adds w[f, c, t] · x[c, i] to y[f, i·s + d·t − before].

    What lands on pixels that are taken away is multiplied and lost.
    """
    sizes = out_sizes(walks)
    lands = places(
        sizes,
        [
            [[i * walk.stride + tap - walk.before for tap in walk.taps] for i in range(walk.size)]
            for walk in walks
        ],
    )
    result = []
    for number, channels in enumerate(seen):
        weights = filters[number]
        plane = [biases[number] if biases else 0] * count(sizes)
        first = 0
        for channel in channels:
            for value, spots in zip(x.channel(channel), lands, strict=True):
                for tap, spot in enumerate(spots):
                    multiplied = weights[first + tap] * value
                    if spot is not None:
                        plane[spot] += multiplied
                tally.add(len(spots), 0)
            first += count(len(walk.taps) for walk in walks)
        tally.add(0, len(plane) if biases else 0)
        result.append(plane)
    return stacked(result, sizes)


def dense(x: Tensor, units: Sequence[Sequence[Any]], biases: Sequence[Any], tally: Tally) -> Tensor:
    """y[u] = bias[u] + Σ w[u, i] · x[i] over all values of the input."""
    result = []
    for number in range(len(units)):
        products = [weight * value for weight, value in zip(units[number], x.values, strict=True)]
        tally.add(len(products), 1 if biases else 0)
        result.append(sum(products, biases[number] if biases else 0))
    return Tensor((len(units),), result)


def pool(x: Tensor, reads: Sequence[list[list[int]]], over: Callable[[list[Any]], Any]) -> Tensor:
    """y[c, o] = over(the pixels of x[c] under window o); padding never wins a max."""
    windows = inside(places(x.spatial, reads))
    return stacked(
        [
            [over([plane[pixel] for pixel in window]) for window in windows]
            for plane in x.channels()
        ],
        tuple(map(len, reads)),
    )


def average(values: list[Any]) -> Any:
    """Sum over count."""
    return sum(values) / len(values)


def average_pool(x: Tensor, walks: Sequence[Walk], count_pad: bool) -> Tensor:
    """The mean of each window; with `count_pad`, zeros of the padding count among its pixels."""
    reads = [walk.reads for walk in walks]
    if not count_pad:
        return pool(x, reads, average)
    windows = places(x.spatial, reads)
    inner = inside(windows)
    result = [
        [
            sum([plane[pixel] for pixel in pixels]) / len(window)
            for pixels, window in zip(inner, windows, strict=True)
        ]
        for plane in x.channels()
    ]
    return stacked(result, out_sizes(walks))


def p_norm(p: int) -> Callable[[list[Any]], Any]:
    """(Σ |x|^p)^(1/p), written so that no power overflows."""

    def norm(values: list[Any]) -> float:
        largest = max(map(abs, values))
        if not largest:
            return 0.0
        return float(largest * sum((abs(value) / largest) ** p for value in values) ** (1 / p))

    return norm


def subsample(
    x: Tensor,
    factors: Sequence[Sequence[Any]],
    biases: Sequence[Any],
    walks: Sequence[Walk],
    tally: Tally,
) -> Tensor:
    """LeNet's: y[c, o] = factor[c] · (Σ of the window) + bias[c]; padding adds nothing."""
    windows = places(x.spatial, [walk.reads for walk in walks])
    inner = inside(windows)
    result = []
    for channel, plane in enumerate(x.channels()):
        factor, bias = factors[channel][0], biases[channel]
        result.append([factor * sum([plane[pixel] for pixel in pixels]) + bias for pixels in inner])
        tally.connections += sum(
            len(window) + 1 for window in windows
        )  # with its own factor: none is a MAC
    return stacked(result, out_sizes(walks))


def pick(x: Tensor, reads: Sequence[list[list[int]]]) -> Tensor:
    """y[c, o] = the one pixel that o reads, 0 for padding."""
    chosen = [window[0] for window in places(x.spatial, reads)]
    result = [[0 if pixel is None else plane[pixel] for pixel in chosen] for plane in x.channels()]
    return stacked(result, tuple(map(len, reads)))


def interpolate(x: Tensor, axes: Sequence[tuple[list[list[int]], list[list[float]]]]) -> Tensor:
    """y[c, o] = Σ weight · x over the corners around o's centre.

    A corner's weight is the product of its weights along the axes.
    """
    windows = inside(places(x.spatial, [reads for reads, _ in axes]))
    factors = [
        [math.prod(corner) for corner in product(*weights)]
        for weights in product(*(weights for _, weights in axes))
    ]
    result = [
        [
            sum(factor * plane[pixel] for factor, pixel in zip(parts, window, strict=True))
            for parts, window in zip(factors, windows, strict=True)
        ]
        for plane in x.channels()
    ]
    return stacked(result, tuple(len(reads) for reads, _ in axes))


def standardised(values: Sequence[Any]) -> list[float]:
    """(x − mean)/√(variance + ε), the variance being the mean square of x − mean."""
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    root = math.sqrt(variance + EPSILON)
    return [(value - mean) / root for value in values]


def affine(x: Tensor, factors: Sequence[Sequence[Any]], biases: Sequence[Any]) -> Tensor:
    """y[c] = factor[c] · x[c] + bias[c]; without factors x itself, without biases none."""
    if not factors:
        return x
    result = []
    for channel, plane in enumerate(x.channels()):
        factor, bias = factors[channel][0], biases[channel] if biases else 0
        result.append([factor * value + bias for value in plane])
    return stacked(result, x.spatial)


def batch_norm(x: Tensor, means: Sequence[Any], variances: Sequence[Any]) -> Tensor:
    """(x[c] − mean[c])/√(variance[c] + ε), with the running mean and variance."""
    result = []
    for plane, mean, variance in zip(x.channels(), means, variances, strict=True):
        root = math.sqrt(variance + EPSILON)
        result.append([(value - mean) / root for value in plane])
    return stacked(result, x.spatial)


def group_norm(x: Tensor, groups: int) -> Tensor:
    """Each group of channels standardised over all its values."""
    size = len(x.values) // groups
    parts = [
        standardised(x.values[first : first + size]) for first in range(0, len(x.values), size)
    ]
    return Tensor(x.sizes, [value for part in parts for value in part])


def across_depth(x: Tensor, function: Callable[[Sequence[Any]], list[Any]]) -> Tensor:
    """A function applied to the values of all channels at each pixel."""
    columns = map(function, zip(*x.channels(), strict=True))
    return stacked(list(zip(*columns, strict=True)), x.spatial)


def local_response(x: Tensor, size: int) -> Tensor:
    """x/(1 + 10⁻⁴ · mean of the squares of `size` channels around)^0.75.

    Channels beyond the ends count as 0. PyTorch's and Caffe's normalisation; AlexNet's paper takes
    the sum and 2 for the 1.
    """

    def normalised(column: Sequence[Any]) -> list[float]:
        squares = [value * value for value in column]
        result = []
        for channel, value in enumerate(column):
            first = channel - size // 2
            near = squares[max(first, 0) : first + size]
            result.append(value / (1 + 1e-4 * sum(near) / size) ** 0.75)
        return result

    return across_depth(x, normalised)


def softmax(values: Sequence[Any]) -> list[float]:
    """exp(x) over its sum; the largest x is subtracted first, so that exp never overflows."""
    largest = max(values)
    powers = [math.exp(value - largest) for value in values]
    total = sum(powers)
    return [power / total for power in powers]


def log_softmax(values: Sequence[Any]) -> list[float]:
    """x − log Σ exp(x)"""
    largest = max(values)
    total = math.log(sum(math.exp(value - largest) for value in values))
    return [value - largest - total for value in values]


def sigmoid(x: Any) -> float:
    """1/(1 + exp(−x)), written so that exp never overflows."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    return 1 - 1 / (1 + math.exp(x))


def softplus(x: Any) -> float:
    """log(1 + exp(x)), written so that exp never overflows."""
    return float(max(x, 0)) + math.log1p(math.exp(-abs(x)))


def hard_sigmoid(x: Any) -> float:
    """min(max(x + 3, 0), 6)/6"""
    return float(min(max(x + 3, 0), 6)) / 6


SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": lambda x: x if x > 0 else 0,  # noqa: FURB136 (twice as fast as max)
    "relu6": lambda x: min(max(x, 0), 6),
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "selu": lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * math.expm1(x)),
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "silu": lambda x: x * sigmoid(x),
    "hardswish": lambda x: x * hard_sigmoid(x),
    "hardsigmoid": hard_sigmoid,
    "sigmoid": sigmoid,
    "tanh": math.tanh,
    "softplus": softplus,
    "mish": lambda x: x * math.tanh(softplus(x)),
}
"""Activations that look at one value at a time."""


def pixel_shuffle(x: Tensor, factor: int) -> Tensor:
    """y[c, r·i + p] = x[c·r^axes + p, i]: r^axes channels become one, r times the size."""
    spatial = x.spatial
    block = list(product(range(factor), repeat=len(spatial)))
    enlarged = tuple(size * factor for size in spatial)
    result = []
    for first in range(0, x.depth, len(block)):
        plane: list[Any] = [None] * count(enlarged)
        for number, offsets in enumerate(block):
            spots = zip(product(*map(range, spatial)), x.channel(first + number), strict=True)
            for position, value in spots:
                plane[_flat(enlarged, _blocked(position, offsets, factor))] = value
        result.append(plane)
    return stacked(result, enlarged)


def pixel_unshuffle(x: Tensor, factor: int) -> Tensor:
    """y[c·r^axes + p, i] = x[c, r·i + p]: each block of pixels becomes channels."""
    reduced = tuple(size // factor for size in x.spatial)
    result = []
    for plane in x.channels():
        for offsets in product(range(factor), repeat=len(reduced)):
            spots = product(*map(range, reduced))
            result.append(
                [plane[_flat(x.spatial, _blocked(spot, offsets, factor))] for spot in spots]
            )
    return stacked(result, reduced)


def _blocked(position: Sequence[int], offsets: Sequence[int], factor: int) -> list[int]:
    return [at * factor + offset for at, offset in zip(position, offsets, strict=True)]


def _flat(sizes: Sequence[int], position: Sequence[int]) -> int:
    flat = 0
    for size, at in zip(sizes, position, strict=True):
        flat = flat * size + at
    return flat


def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    """First channels of all groups, then all second ones, and so on."""
    size = x.depth // groups
    order = [group * size + member for member in range(size) for group in range(groups)]
    return stacked([x.channel(channel) for channel in order], x.spatial)


def crop(x: Tensor, starts: Sequence[int], sizes: Sequence[int]) -> Tensor:
    """The pixels from `starts` on, as many as `sizes` says."""
    return pick(
        x, [[[start + o] for o in range(size)] for start, size in zip(starts, sizes, strict=True)]
    )


def centre_crop(x: Tensor, sizes: Sequence[int]) -> Tensor:
    """The middle of a map; an odd pixel more is cut off at the end."""
    return crop(x, [(n - size) // 2 for n, size in zip(x.spatial, sizes, strict=True)], sizes)


def elementwise(parts: Sequence[Tensor], function: Callable[[Any, Any], Any]) -> Tensor:
    """Parts joined value by value; an axis of size 1 stretches, a vector is a map of size 1."""
    rank = max(len(part.sizes) for part in parts)
    shapes = [part.sizes + (1,) * (rank - len(part.sizes)) for part in parts]
    sizes = tuple(map(max, zip(*shapes, strict=True)))
    total = _stretched(parts[0].values, shapes[0], sizes)
    for part, shape in zip(parts[1:], shapes[1:], strict=True):
        total = list(map(function, total, _stretched(part.values, shape, sizes)))
    return Tensor(sizes, total)


def _stretched(values: list[Any], shape: tuple[int, ...], sizes: tuple[int, ...]) -> list[Any]:
    if shape == sizes:
        return values
    result = []
    for position in product(*map(range, sizes)):
        own = [0 if size == 1 else at for size, at in zip(shape, position, strict=True)]
        result.append(values[_flat(shape, own)])
    return result


def concat(parts: Sequence[Tensor]) -> Tensor:
    """The channels of all parts, one behind the other."""
    return stacked([plane for part in parts for plane in part.channels()], parts[0].spatial)
