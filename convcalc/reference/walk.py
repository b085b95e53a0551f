"""How layers walk one axis: for each output position, the input positions that it reads.

Everything here is found by stepping along the axis until nothing is left, never from a formula for
the output's size. Positions before 0 or from `size` on are padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class Walk(NamedTuple):
    """A window's way along an axis of `size` pixels.

    `taps` are the window's pixels, counted from its first one. `before` and `after` are the
    padding; for a transposed convolution what is taken away. `reads` are the positions under each
    window.
    """

    size: int
    stride: int
    taps: list[int]
    before: int
    after: int
    reads: list[list[int]]


def each(values: Sequence[Any], rank: int) -> Sequence[Any]:
    """An argument's value on each axis; one value means every axis."""
    return values if len(values) == rank else [values[0]] * rank


def slide(
    n: int, kernel: int, stride: int, dilation: int, pad: Any, rounding: str = "floor"
) -> Walk:
    """Slide a window over an axis of n pixels.

    `pad` is (before, after) or a padding word. Rounding "floor": a window counts if it lies within
    the padded axis. "ceil": there is another one as long as the last left pixels over and it starts
    before the padding at the end; what hangs over the end is cut off.
    """
    taps = [tap * dilation for tap in range(kernel)]
    before, after = padding(n, taps, stride, pad)
    end = n + after
    reads = []
    start = -before
    if rounding == "floor":
        while start + taps[-1] < end:
            reads.append([start + tap for tap in taps])
            start += stride
    else:
        while start - stride + taps[-1] + 1 < end and start < n:
            reads.append([start + tap for tap in taps if start + tap < end])
            start += stride
    return Walk(n, stride, taps, before, after, reads)


def padding(n: int, taps: list[int], stride: int, pad: Any) -> tuple[int, int]:
    """(before, after) for a padding word, or as it was given.

    For `same` a window starts at every stride-th pixel of the axis, and what the last one lacks is
    padded, half of it on each side.
    """
    reach = taps[-1]
    if pad == "valid":
        return (0, 0)
    if pad == "half":
        return ((reach + 1) // 2, (reach + 1) // 2)
    if pad == "full":
        return (reach, reach)
    if pad == "causal":
        return (reach, 0)
    if pad in ("same", "same_lower"):
        start = 0
        while start + stride < n:
            start += stride
        lacking = max(start + reach + 1 - n, 0)
        less = lacking // 2
        return (less, lacking - less) if pad == "same" else (lacking - less, less)
    before, after = pad
    return (before, after)


def spread(n: int, kernel: int, stride: int, dilation: int, pad: Any, output_pad: int) -> Walk:
    """Spread n pixels over a canvas, as a transposed convolution does.

    Pixel i lands on i·stride + taps of a canvas that ends behind the last tap of the last pixel;
    `output_pad` is added there, then the padding is taken away (a negative one adds zeros). For
    `same` what is left is `stride` pixels for each one that came in. `reads` are the pixels that
    land on each position that is left.
    """
    taps = [tap * dilation for tap in range(kernel)]
    canvas: list[list[int]] = []
    for pixel in range(n):
        for tap in taps:
            place = pixel * stride + tap
            while len(canvas) <= place:
                canvas.append([])
            canvas[place].append(pixel)
    canvas += [[] for _ in range(output_pad)]
    if pad in ("same", "same_lower"):
        surplus = len(canvas) - n * stride
        if surplus < 0:
            before, after = 0, surplus
        elif pad == "same":
            before, after = surplus // 2, surplus - surplus // 2
        else:
            before, after = surplus - surplus // 2, surplus // 2
    else:
        before, after = padding(n, taps, stride, pad)
    canvas += [[] for _ in range(-after)]
    reads = canvas[before : len(canvas) - max(after, 0)]
    return Walk(n, stride, taps, before, after, reads)


def share(n: int, size: int) -> list[list[int]]:
    """An adaptive pool to `size` outputs: output o reads each pixel that shares some of its part of
    the axis.

    Pixel i is the part from i/n to (i + 1)/n, output o that from o/size to (o + 1)/size.
    """
    reads = []
    first = 0
    for o in range(size):
        while (first + 1) * size <= o * n:
            first += 1
        end = first + 1
        while end * size < (o + 1) * n:
            end += 1
        reads.append(list(range(first, end)))
    return reads


def enlarge(n: int, numerator: int, denominator: int) -> int:
    """How many whole pixels an axis of n has once it is numerator/denominator times as long."""
    size = 0
    while (size + 1) * denominator <= n * numerator:
        size += 1
    return size


def nearest(n: int, size: int, numerator: int, denominator: int) -> list[list[int]]:
    """Nearest neighbours: output o reads the pixel that its left edge lies in."""
    return [[min(o * denominator // numerator, n - 1)] for o in range(size)]


def linear(
    n: int, size: int, numerator: int, denominator: int
) -> tuple[list[list[int]], list[list[float]]]:
    """Linear interpolation between pixel centres: what each output reads, and with which weights.

    Output o's centre lies at x = (o + ½)·denominator/numerator − ½ of the input, not before the
    first centre.
    """
    reads, weights = [], []
    for o in range(size):
        twice = max((2 * o + 1) * denominator - numerator, 0)  # x = twice / (2 · numerator)
        left, rest = divmod(twice, 2 * numerator)
        if rest == 0 or left + 1 >= n:
            reads.append([min(left, n - 1)])
            weights.append([1.0])
        else:
            part = rest / (2 * numerator)
            reads.append([left, left + 1])
            weights.append([1 - part, part])
    return reads, weights


def border(n: int, before: int, after: int, mode: str) -> list[list[int]]:
    """Padding as a layer: what each output reads; padding of mode zero reads a position outside the
    axis.

    Negative padding is cut off before anything is padded.
    """
    first, last = max(-before, 0), n - 1 - max(-after, 0)
    kept = last - first + 1
    reads = []
    for position in range(first - max(before, 0), last + 1 + max(after, 0)):
        if first <= position <= last:
            source = position
        elif mode == "zero":
            source = -1
        elif mode == "replicate":
            source = first if position < first else last
        elif mode == "circular":
            source = first + (position - first) % kept
        else:
            source = 2 * first - position if position < first else 2 * last - position
        reads.append([source])
    return reads
