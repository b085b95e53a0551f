"""Convolution of whole numbers by big-integer multiplication (Kronecker substitution).

Python multiplies big integers in C. Write a row of pixels into one integer, x = Σ x[i]·2^(b·i), and
a kernel's row backwards into another, w = Σ w[j]·2^(b·(K−1−j)): slot o + K − 1 of x·w, read with
its sign, is Σ x[o + j]·w[j], a whole row of the output in one product. Slots are wide enough for
the largest possible sum, so nothing carries into the next one. All rows of a channel stand one
behind the other in one integer, which takes the sums over kernel rows and channels along; the slots
where a window would run from one row into the next are left out in the end. A stride splits rows
into phases (every stride-th pixel), which makes each phase a convolution of stride 1.
`definitions.convolve` is what this must equal.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Sequence
from itertools import product, repeat
from operator import add, lshift, mul
from typing import Any, NamedTuple

from convcalc.reference.definitions import Tally, out_sizes, places
from convcalc.reference.tensor import Tensor, count, stacked
from convcalc.reference.walk import Walk

FEW = 16
"""Below so many multiplications for each kernel row, a product of big integers does not pay."""


def whole(values: Sequence[Any]) -> bool:
    """Whether all values are ints."""
    return set(map(type, values)) <= {int}


def convolve(
    x: Tensor,
    filters: Sequence[Sequence[int]],
    biases: Sequence[int],
    walks: Sequence[Walk],
    seen: Sequence[Sequence[int]],
    tally: Tally,
) -> Tensor:
    """What `definitions.convolve` gives, for ints."""
    sizes = out_sizes(walks)
    taps = count(len(walk.taps) for walk in walks)
    few = count(sizes) * len(walks[-1].taps) < FEW
    values = _dots(x, filters, walks, seen) if few else _products(x, filters, walks, seen)
    result: list[int] = []
    for number, plane in enumerate(values):
        tally.add(len(plane) * taps * len(seen[number]), len(plane) if biases else 0)
        bias = biases[number] if biases else 0
        result += [value + bias for value in plane] if bias else plane
    return Tensor((len(seen), *sizes), result)


def scatter(
    x: Tensor,
    filters: Sequence[Sequence[int]],
    biases: Sequence[int],
    walks: Sequence[Walk],
    seen: Sequence[Sequence[int]],
    tally: Tally,
) -> Tensor:
    """What `definitions.scatter` gives, for ints.

    Every stride-th pixel of the output is met by the same taps only: a convolution of stride 1 for
    each phase.
    """
    sizes = out_sizes(walks)
    taps = count(len(walk.taps) for walk in walks)
    planes = [[biases[number] if biases else 0] * count(sizes) for number in range(len(seen))]
    for phases in product(*(list(_landings(walk)) for walk in walks)):
        met = _grid([len(walk.taps) for walk in walks], [landing.taps for landing in phases])
        rows = [filters[number] for number in range(len(seen))]
        parts = [
            [row[first + tap] for first in range(0, len(row), taps) for tap in met] for row in rows
        ]
        y = convolve(x, parts, (), [landing.walk for landing in phases], seen, Tally())
        spots = _grid(sizes, [landing.outputs for landing in phases])
        for plane, values in zip(planes, y.channels(), strict=True):
            for spot, value in zip(spots, values, strict=True):
                plane[spot] += value
    for channels, plane in zip(seen, planes, strict=True):
        tally.add(x.pixels * taps * len(channels), len(plane) if biases else 0)
    return stacked(planes, sizes)


class Landing(NamedTuple):
    """One phase of a transposed convolution's output: its positions, its taps, its walk back."""

    outputs: range
    taps: list[int]
    walk: Walk


def _landings(walk: Walk) -> Iterator[Landing]:
    """The phases of an axis that any tap lands on."""
    for residue in range(min(walk.stride, len(walk.reads))):
        outputs = range(residue, len(walk.reads), walk.stride)
        first = residue + walk.before
        # Taken backwards, so that the pixels that they come from ascend.
        numbers = [n for n, tap in enumerate(walk.taps) if (first - tap) % walk.stride == 0][::-1]
        if numbers:
            sources = [(first - walk.taps[number]) // walk.stride for number in numbers]
            offsets = [source - sources[0] for source in sources]
            reads = [[source + step for source in sources] for step in range(len(outputs))]
            yield Landing(outputs, numbers, Walk(walk.size, 1, offsets, -sources[0], 0, reads))


def _grid(sizes: Sequence[int], chosen: Sequence[Sequence[int]]) -> list[int]:
    """The flat positions in a map of all that have a chosen position on each axis."""
    flat = [0]
    for size, positions in zip(sizes, chosen, strict=True):
        flat = [base * size + position for base in flat for position in positions]
    return flat


def dense(x: Tensor, units: Sequence[Sequence[int]], biases: Sequence[int], tally: Tally) -> Tensor:
    """What `definitions.dense` gives, for ints."""
    result = []
    for number in range(len(units)):
        row = units[number]
        tally.add(len(row), 1 if biases else 0)
        result.append(dot(row, x.values) + (biases[number] if biases else 0))
    return Tensor((len(units),), result)


def dot(left: Sequence[int], right: Sequence[int]) -> int:
    """Σ left[i]·right[i]"""
    return sum(map(mul, left, right))


def _dots(
    x: Tensor,
    filters: Sequence[Sequence[int]],
    walks: Sequence[Walk],
    seen: Sequence[Sequence[int]],
) -> Iterator[list[int]]:
    """Each filter's outputs as plain dot products with the pixels under each window."""
    windows = places(x.spatial, [walk.reads for walk in walks])
    padding = x.pixels
    planes = [[*channel, 0] for channel in x.channels()]
    patches: dict[Sequence[int], list[list[int]]] = {}
    for number, channels in enumerate(seen):
        key = channels if isinstance(channels, range) else tuple(channels)
        if key not in patches:
            patches = {
                key: [
                    [planes[c][padding if at is None else at] for c in channels for at in window]
                    for window in windows
                ]
            }
        row = filters[number]
        yield [dot(row, patch) for patch in patches[key]]


class Phase(NamedTuple):
    """One phase of the last axis: its residue, its taps, and for each the bits to shift it by."""

    residue: int
    taps: list[int]
    shifts: list[int]


class Packing(NamedTuple):
    """How rows become integers: slots of `width` bytes, `columns` a row, outputs from `lead` on."""

    width: int
    columns: int
    lead: int
    phases: list[Phase]


def _packing(widest: int, walk: Walk) -> Packing:
    """The packing for outputs of at most `widest` on the way along the last axis."""
    width = 1
    while widest >= 1 << (8 * width - 1):
        width += 1
    by_residue: dict[int, list[tuple[int, int]]] = {}
    for number, tap in enumerate(walk.taps):
        ahead, residue = divmod(tap, walk.stride)
        by_residue.setdefault(residue, []).append((number, ahead))
    lead = max(ahead for taps in by_residue.values() for _, ahead in taps)
    phases = [
        Phase(residue, [n for n, _ in taps], [8 * width * (lead - ahead) for _, ahead in taps])
        for residue, taps in sorted(by_residue.items())
    ]
    return Packing(width, len(walk.reads) + lead, lead, phases)


def _products(
    x: Tensor,
    filters: Sequence[Sequence[int]],
    walks: Sequence[Walk],
    seen: Sequence[Sequence[int]],
) -> Iterator[list[int]]:
    """Each filter's outputs from products of big integers."""
    heaviest = max((sum(map(abs, filters[number])) for number in range(len(seen))), default=0)
    largest = max(max(x.values, default=0), -min(x.values, default=0))
    packing = _packing(largest * max(heaviest, 1), walks[-1])
    rows = count(out_sizes(walks[:-1]))
    columns = len(walks[-1].reads)
    slots = rows * packing.columns
    half = 1 << (8 * packing.width - 1)
    ones = int.from_bytes(b"\1".ljust(packing.width, b"\0") * (slots + packing.lead), "little")
    met = places(x.spatial[:-1], [walk.reads for walk in walks[:-1]])
    packed: dict[int, list[list[int]]] = {}
    last: Sequence[int] | None = None
    for number, channels in enumerate(seen):
        if channels is not last:
            last = channels
            packed = {c: packed.get(c) or _packed(x, c, walks[-1], met, packing) for c in channels}
            pixels = [
                [integer for c in channels for integer in packed[c][phase]]
                for phase in range(len(packing.phases))
            ]
        total = half * ones  # so that no slot is negative
        for integers, kernels in zip(
            pixels, _kernels(filters[number], walks[-1], packing), strict=True
        ):
            total += sum(map(mul, integers, kernels))
        raw = total.to_bytes(packing.width * (slots + packing.lead), "little")
        values = _unpacked(raw, packing.width)
        starts = range(packing.lead, packing.lead + slots, packing.columns)
        yield [value - half for start in starts for value in values[start : start + columns]]


def _kernels(weights: Sequence[int], walk: Walk, packing: Packing) -> Iterator[Iterator[int]]:
    """For each phase, a filter's kernel rows as integers, channel by channel."""
    for phase in packing.phases:
        slots = [
            map(lshift, weights[tap :: len(walk.taps)], repeat(shift))
            if shift
            else weights[tap :: len(walk.taps)]
            for tap, shift in zip(phase.taps, phase.shifts, strict=True)
        ]
        kernels = iter(slots[0])
        for more in slots[1:]:
            kernels = map(add, kernels, more)
        yield kernels


def _packed(
    x: Tensor, channel: int, walk: Walk, met: list[list[int | None]], packing: Packing
) -> list[list[int]]:
    """A channel as integers: for each phase one for each kernel row.

    It holds the rows that the kernel row meets, output row by output row. `met` has for each output
    row all the rows under its window.
    """
    half = 1 << (8 * packing.width - 1)
    size = walk.size
    plane = x.channel(channel)
    nothing = _bytes([half] * packing.columns, packing.width)
    rows: list[list[bytes]] = []
    for first in range(0, len(plane), size):
        row = [value + half for value in plane[first : first + size]]
        rows.append(
            [
                _bytes(_phase(row, half, walk, packing, phase), packing.width)
                for phase in packing.phases
            ]
        )
    rows.append([nothing] * len(packing.phases))
    bias = half * int.from_bytes(
        b"\1".ljust(packing.width, b"\0") * (packing.columns * len(met)), "little"
    )
    result: list[list[int]] = [[] for _ in packing.phases]
    for under in zip(*met, strict=True):
        chosen = [rows[-1 if row is None else row] for row in under]
        for phase, integers in enumerate(result):
            joined = b"".join([row[phase] for row in chosen])
            integers.append(int.from_bytes(joined, "little") - bias)
    return result


def _phase(row: list[int], zero: int, walk: Walk, packing: Packing, phase: Phase) -> list[int]:
    """Every stride-th pixel of a padded row from the phase's first one on, `columns` of them."""
    start = phase.residue - walk.before
    skipped = max(-(start // walk.stride), 0) if start < 0 else 0
    skipped = min(skipped, packing.columns)
    taken = row[start + skipped * walk.stride :: walk.stride][: packing.columns - skipped]
    return [zero] * skipped + taken + [zero] * (packing.columns - skipped - len(taken))


def _bytes(values: list[int], width: int) -> bytes:
    """Non-negative numbers as `width` bytes each."""
    if width > 8:
        return b"".join([value.to_bytes(width, "little") for value in values])
    wide = array("Q", values)
    if sys.byteorder == "big":
        wide.byteswap()
    raw = wide.tobytes()
    narrow = bytearray(width * len(values))
    for place in range(width):
        narrow[place::width] = raw[place::8]
    return bytes(narrow)


def _unpacked(raw: bytes, width: int) -> list[int]:
    """What `_bytes` made bytes of."""
    if width > 8:
        return [int.from_bytes(raw[at : at + width], "little") for at in range(0, len(raw), width)]
    wide = bytearray(len(raw) // width * 8)
    for place in range(width):
        wide[place::8] = raw[place::width]
    values = array("Q", bytes(wide))
    if sys.byteorder == "big":
        values.byteswap()
    return values.tolist()
