"""Which pixels an output really sees, and which outputs see a pixel: clipped at every border.

A set of positions along one axis is a `bytearray` of flags. It is carried along the edges of the
graph, from outputs back to the input or from the input on, position by position through each
layer's `taps`: dilation, padding between layers and borders count as they are. Axes are
independent of each other; where paths of different shape meet, the true set may be a part of the
rectangle that the axes span.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convcalc.analysis.field import Fields, last_axes
from convcalc.layers.taps import EVERYTHING, SAME, Everything, InputTaps, Taps

Flags = bytearray

LONG = 4096
"""Sets of more positions are not kept for the next time."""


class Regions:
    """Sets of positions in one network of known sizes, seen from the input node `origin`."""

    def __init__(self, fields: Fields, origin: int) -> None:
        self.fields = fields
        self.nodes = fields.graph.nodes
        self.origin = origin
        self.rank = self.nodes[origin].shape.rank
        self.moved: dict[tuple[bool, int, bytes, int], Flags] = {}

    def extent(self, index: int, axis: int) -> int:
        """The positions of a node along an axis of the input; 1 where it has none there."""
        return int(last_axes(self.nodes[index].shape, self.rank)[axis])

    def seen_from(self, outputs: Iterable[tuple[int, Flags]], axis: int) -> Flags:
        """The input's pixels that any of some positions of some nodes depends on."""
        sets = dict(outputs)
        for index in range(max(sets, default=-1), self.origin, -1):
            flags = sets.pop(index, None)
            if flags is None:
                continue
            for source, taps in self._edges(index):
                n = self.extent(source, axis)
                moved = self._through(taps, axis, flags, n, back=True)
                sets[source] = union(sets[source], moved) if source in sets else moved
        return sets.get(self.origin, Flags(self.extent(self.origin, axis)))

    def seen_at(self, index: int, position: int, axis: int) -> Flags:
        """The input's pixels that one position of a node depends on."""
        flags = Flags(self.extent(index, axis))
        flags[position] = 1
        return self.seen_from([(index, flags)], axis)

    def seeing(self, pixels: Flags, axis: int) -> list[Flags | None]:
        """For each node the positions that depend on any of some pixels; None if it cannot."""
        sets: list[Flags | None] = [None] * len(self.nodes)
        sets[self.origin] = pixels
        for index in range(self.origin + 1, len(self.nodes)):
            n = self.extent(index, axis)
            for source, taps in self._edges(index):
                flags = sets[source]
                if flags is not None:
                    moved = self._through(taps, axis, flags, n, back=False)
                    known = sets[index]
                    sets[index] = moved if known is None else union(known, moved)
        return sets

    def _edges(self, index: int) -> Iterator[tuple[int, InputTaps]]:
        """The inputs through which a node sees the origin."""
        node = self.nodes[index]
        if not node.inputs:
            return
        for source, taps in zip(node.inputs, self.fields.taps(node), strict=True):
            state = self.fields.states[source]
            if taps is not None and state is not None and state.origin == self.origin:
                yield source, taps

    def _through(
        self,
        taps: InputTaps,
        axis: int,
        flags: Flags,
        n: int,
        *,
        back: bool,
    ) -> Flags:
        """Flags moved across an edge, onto a map of n positions."""
        assert taps is not None
        place = axis - self.rank + len(taps)  # axes belong together from the last one on
        tap = taps[place] if place >= 0 else EVERYTHING
        if tap is SAME:
            return flags
        if isinstance(tap, Everything):
            return Flags(b"\1" * n) if 1 in flags else Flags(n)
        if n + len(flags) > LONG:
            return back_through(tap, flags, n) if back else on_through(tap, flags, n)
        key = (back, id(tap), bytes(flags), n)  # the same layer often comes again
        moved = self.moved.get(key)
        if moved is None:
            moved = self.moved[key] = (
                back_through(tap, flags, n) if back else on_through(tap, flags, n)
            )
        return moved


def back_through(taps: Taps, outputs: Flags, n: int) -> Flags:
    """The positions, of n, on which any of the flagged outputs depends."""
    inputs = Flags(n)
    for output in flagged(outputs):
        positions = taps.within(output, n)
        if isinstance(positions, range):
            inputs[positions.start : positions.stop : positions.step] = b"\1" * len(positions)
        else:
            for position in positions:
                inputs[position] = 1
    return inputs


def on_through(taps: Taps, inputs: Flags, n: int) -> Flags:
    """The positions, of n, that depend on any of the flagged inputs."""
    outputs = Flags(n)
    size = len(inputs)
    for output in range(n):
        positions = taps.within(output, size)
        if isinstance(positions, range):
            found = 1 in inputs[positions.start : positions.stop : positions.step]
        else:
            found = any(inputs[position] for position in positions)
        outputs[output] = found
    return outputs


def union(one: Flags, other: Flags) -> Flags:
    """The positions in either of two sets."""
    both = int.from_bytes(one, "little") | int.from_bytes(other, "little")
    return Flags(both.to_bytes(len(one), "little"))


def flagged(flags: Flags) -> Iterator[int]:
    """The positions in a set."""
    position = flags.find(1)
    while position >= 0:
        yield position
        position = flags.find(1, position + 1)


def runs(flags: Flags) -> Sequence[tuple[int, int]]:
    """The positions in a set as stretches without a hole: (first, last) of each."""
    found = []
    start = flags.find(1)
    while start >= 0:
        end = flags.find(0, start)
        end = len(flags) if end < 0 else end
        found.append((start, end - 1))
        start = flags.find(1, end)
    return found
