"""graph → the report of ``convcalc field``: all fields, the largest path, answers to questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from convcalc.analysis.field import Fields, State
from convcalc.analysis.field_regions import Flags, Regions, runs
from convcalc.errors import Problem, SpecError, nearest
from convcalc.field_report import (
    AxisRegion,
    FieldsReport,
    LayerField,
    Reach,
    Region,
    RepeatCount,
    Seen,
    Sight,
)
from convcalc.graph.graph import Graph
from convcalc.layers.taps import Strided
from convcalc.report import FieldReport, InputReport, Note
from convcalc.source import Source

MOST_POSITIONS = 1_000_000
"""How many positions, over all layers, are searched for what is worth a note."""
MOST_CANDIDATES = 64
"""How many layers are searched for holes in what they see."""
MOST_REPEATS = 4096
"""The largest repeat count that is tried."""

Rebuild = Callable[[int, str | None], Graph]
"""Builds the network with another count of one repeat (and another input shape).

Raises `SpecError` where that does not work.
"""


def fields_report(
    graph: Graph,
    *,
    version: str,
    on: str | None = None,
    layer: str | None = None,
    at: Sequence[int] | None = None,
    see: Sequence[int] | None = None,
    size: int | None = None,
    repeats: Iterable[tuple[int, str, Rebuild]] = (),
) -> FieldsReport:
    """The fields of all layers on the input called `on` (or on the first that each sees).

    `at` asks what the output of `layer` at a position sees, `see` which outputs see a pixel,
    `size` where the field first reaches a size; for that `repeats` are the spec's: line, count as
    written, how to change it. Raises `SpecError` for names and positions that there are not.
    """
    return Answers(graph, on, layer).report(version, at, see, size, repeats)


class Answers:
    """What is asked of one network. `target` is the node that questions are about."""

    def __init__(self, graph: Graph, on: str | None, layer: str | None) -> None:
        self.graph = graph
        inputs = {graph.names[index]: index for index in graph.inputs}
        if on is not None and on not in inputs:
            raise self.wrong(f"there is no input {on}", _meant(on, inputs, "the inputs are"))
        self.fields = Fields(graph, None if on is None else inputs[on])
        self.layers = [i for i, node in enumerate(graph.nodes) if node.inputs]
        self.target = self._last() if layer is None else self._named(layer)
        state = self.fields.states[self.target]
        origin = graph.inputs[0] if on is None else inputs[on]
        self.origin = origin if state is None else state.origin
        nodes = (self.origin, *self.layers)
        self.sized = all(isinstance(n, int) for i in nodes for n in graph.nodes[i].shape.spatial)
        self.rank = graph.nodes[self.origin].shape.rank
        self.regions = Regions(self.fields, self.origin) if self.sized else None

    def report(
        self,
        version: str,
        at: Sequence[int] | None,
        see: Sequence[int] | None,
        size: int | None,
        repeats: Iterable[tuple[int, str, Rebuild]],
    ) -> FieldsReport:
        graph = self.graph
        path = self.largest_path(self.target)
        return FieldsReport(
            version=version,
            title=graph.title,
            source=graph.source.name,
            input=InputReport(graph.names[self.origin], graph.nodes[self.origin].shape.sizes),
            layer=graph.names[self.target],
            layers=tuple(self.layer_fields(path)),
            largest_path=tuple([graph.names[i] for i in path]),
            at=self.region(at),
            see=None if see is None else self.seen(see),
            reach=None if size is None else self.reach(size, repeats),
            notes=(*self.fields.notes(), *self.notes()),
        )

    def wrong(self, message: str, help: str | None = None) -> SpecError:
        return SpecError(Problem(message, Source("", self.graph.source.name), help=help))

    # --- which layer

    def _last(self) -> int:
        """The last layer whose outputs see different parts of the input, or else the last."""
        states = self.fields.states
        for index in reversed(self.layers):
            state = states[index]
            if state is not None and state.axes and not state.whole:
                return index
        return self.layers[-1] if self.layers else self.graph.inputs[0]

    def _named(self, name: str) -> int:
        """A layer, or the end of a block. Raises `SpecError`."""
        graph = self.graph
        nodes = {graph.names[i]: i for i in self.layers}
        nodes.update(
            {g.name: g.output for g in graph.groups if g.output >= 0 and g.name not in nodes}
        )
        if name not in nodes:
            raise self.wrong(f"there is no layer {name}", _meant(name, nodes, "the layers are"))
        return nodes[name]

    def layer_fields(self, path: Sequence[int]) -> Iterator[LayerField]:
        graph = self.graph
        on_path = set(path)
        for number, index in enumerate(self.layers, 1):
            node = graph.nodes[index]
            yield LayerField(
                number,
                graph.names[index],
                node.layer.kind,
                node.layer.text,
                node.shape.sizes,
                self.fields.report(index),
                index in on_path,
            )

    def largest_path(self, index: int) -> list[int]:
        """The layers through which a node's largest field comes, from the input on."""
        fields, nodes = self.fields, self.graph.nodes
        path: list[int] = []
        while nodes[index].inputs and fields.states[index] is not None:
            path.append(index)
            parts = [
                (source, fields.through(index, state, taps))
                for source, taps in zip(nodes[index].inputs, fields.taps(nodes[index]), strict=True)
                if taps is not None
                and (state := fields.states[source]) is not None
                and state.origin == self.origin
            ]
            index = max(parts, key=lambda part: self._extent(part[1]))[0]
        return path[::-1]

    @staticmethod
    def _extent(state: State) -> tuple[bool, int]:
        """What paths are compared by: windows before gates, then the size over all axes."""
        sizes = [
            max(axis.sizes(), default=0) for axis in state.axes if axis is not None and _plain(axis)
        ]
        return (not state.whole, sum(sizes))

    # --- what an output sees

    def region(self, at: Sequence[int] | None) -> Region | None:
        """What one output of the target sees: the middle one where none is asked for."""
        node = self.graph.nodes[self.target]
        name = self.graph.names[self.target]
        if self.regions is None:
            if at is not None:
                raise self._symbolic()
            return None
        spatial = node.shape.spatial
        if at is None:
            at = [n // 2 for n in spatial]
        self._check(at, spatial, f"the output of {name}", node.shape)
        state = self.fields.states[self.target]
        if state is None or self.rank == 0:
            return None
        axes = []
        for axis, n in enumerate(self.graph.nodes[self.origin].shape.spatial):
            place = axis - self.rank + len(spatial)
            position = at[place] if place >= 0 else 0
            seen = self.regions.seen_at(self.target, position, axis)
            field = state.axes[axis]
            unclipped = None if field is None else field.at(position)
            axes.append(AxisRegion(n, unclipped, tuple(runs(seen))))
        return Region(name, tuple(at), tuple(axes))

    def _check(self, at: Sequence[int], spatial: Sequence[int], what: str, shape: Any) -> None:
        """A position must have a number for each axis, and be there."""
        if len(at) != len(spatial):
            numbers = f"{len(spatial)} number{'s' * (len(spatial) != 1)}"
            raise self.wrong(
                f"{','.join(map(str, at))} is no position in {what}, {shape}",
                f"give {numbers} such as {','.join(str(n // 2) for n in spatial)}"
                if spatial
                else "it is a vector and has no positions; --layer names another layer",
            )
        for position, n in zip(at, spatial, strict=True):
            if not 0 <= position < n:
                raise self.wrong(
                    f"{','.join(map(str, at))} lies outside of {what}, {shape}",
                    f"positions count from 0 to {', '.join(str(n - 1) for n in spatial)}",
                )

    def _symbolic(self) -> SpecError:
        return self.wrong(
            "a position can only be asked about where all sizes are numbers",
            "give the input's size: --input 3x224x224",
        )

    def seen(self, pixel: Sequence[int]) -> Seen:
        """Which outputs of every layer see a pixel."""
        if self.regions is None:
            raise self._symbolic()
        shape = self.graph.nodes[self.origin].shape
        self._check(pixel, shape.spatial, "the input", shape)
        sets = []
        for axis, (position, n) in enumerate(zip(pixel, shape.spatial, strict=True)):
            flags = Flags(n)
            flags[position] = 1
            sets.append(self.regions.seeing(flags, axis))
        return Seen(
            tuple(pixel), tuple(self._sight(i, [axis[i] for axis in sets]) for i in self.layers)
        )

    def _sight(self, index: int, sets: Sequence[Flags | None]) -> Sight:
        name = self.graph.names[index]
        found = []
        for flags in sets:
            if flags is None or 1 not in flags:
                return Sight(name, None)
            found.append((flags.find(1), flags.rfind(1), flags.count(1)))
        with_axes = self.graph.nodes[index].shape.rank > 0
        return Sight(name, tuple(found) if with_axes else ())

    # --- where a size is reached

    def reach(self, size: int, repeats: Iterable[tuple[int, str, Rebuild]]) -> Reach:
        """The first layer whose field has a size, and the repeat counts that would do."""
        reports = [(i, self.fields.report(i)) for i in self.layers]
        reached = next(((i, r) for i, r in reports if r is not None and _reaches(r, size)), None)
        sizes: list[tuple[Any, ...]] = [
            r.size for _, r in reports if r is not None and not r.whole and _is_int(r)
        ]
        largest = max(sizes, key=min, default=())
        index, field = reached or (None, None)
        return Reach(
            size,
            None if index is None else self.graph.names[index],
            None if index is None else self.layers.index(index) + 1,
            field,
            largest,
            tuple(self._repeat(line, text, again, size) for line, text, again in repeats),
        )

    def _repeat(self, line: int, text: str, rebuild: Rebuild, size: int) -> RepeatCount:
        """The count that one repeat would need, with a larger input where this one has no room."""
        needed = _needed(rebuild, size, None)
        if needed is not None or len(self.graph.inputs) > 1 or not self.sized or not self.rank:
            return RepeatCount(line, text, needed)
        depth, *spatial = self.graph.nodes[self.origin].shape.sizes
        if self.graph.layout == "hwc":
            return RepeatCount(line, text, None)
        larger = [depth, *(n * (1 + -(-4 * size // n)) for n in spatial)]
        return RepeatCount(line, text, _needed(rebuild, size, "x".join(map(str, larger))), True)

    # --- notes

    def notes(self) -> Iterator[Note]:
        """What should be known of these fields, besides what `Fields.notes` says."""
        yield from self._exceeding()
        yield from self._gates()
        yield from self._varying()
        if self.regions is None or self.rank == 0 or not self.layers:
            return
        positions = sum(max(self.graph.nodes[i].shape.spatial, default=0) for i in self.layers)
        if positions > MOST_POSITIONS:
            yield Note(
                None,
                "not-searched",
                f"more than {MOST_POSITIONS:,} positions: not searched for pixels that no output"
                " sees, nor for holes",
            )
            return
        yield from self._unseen(self.regions)
        yield from self._holes(self.regions)
        yield from self._padding_only(self.regions)

    def _exceeding(self) -> Iterator[Note]:
        for index in self.largest_path(self.target):
            report = self.fields.report(index)
            state = self.fields.states[index]
            if report is None or state is None or report.whole or not _is_int(report):
                continue
            inputs = self.graph.nodes[state.origin].shape.spatial
            sizes: tuple[Any, ...] = report.size
            if any(isinstance(n, int) and m > n for m, n in zip(sizes, inputs, strict=True)):
                yield Note(
                    self.graph.names[index],
                    "field-exceeds-input",
                    f"from here on the field, {_times(report.size)}, is larger than the input,"
                    f" {_times(inputs)}",
                )
                return

    def _gates(self) -> Iterator[Note]:
        for index in self.layers:
            report = self.fields.report(index)
            if report is not None and report.whole_through is not None:
                yield Note(
                    self.graph.names[index],
                    "whole-input",
                    f"from here on outputs also see the whole input through {report.whole_through};"
                    " the fields given are those of the windows",
                )
                return

    def _varying(self) -> Iterator[Note]:
        state = self.fields.states[self.target]
        report = self.fields.report(self.target)
        if state is None or report is None or report.smallest is None:
            return
        sizes = []
        for axis in state.axes:
            assert axis is not None
            distinct = sorted(set(axis.sizes()))
            shown = (
                [*map(str, distinct)]
                if len(distinct) <= 4
                else [f"{distinct[0]} to {distinct[-1]}"]
            )
            text = (
                " or ".join(shown) if len(shown) <= 2 else f"{', '.join(shown[:-1])} or {shown[-1]}"
            )
            sizes.append(f"{text} (again every {axis.period} outputs)" if axis.period > 1 else text)
        same = len(set(sizes)) == 1
        yield Note(
            self.graph.names[self.target],
            "field-varies",
            f"the field varies from output to output: {sizes[0] if same else ' × '.join(sizes)}"
            " pixels" + (" on each axis" if same and len(sizes) > 1 else ""),
        )

    def _unseen(self, regions: Regions) -> Iterator[Note]:
        outputs = [i for i in self.graph.outputs if self._sees(i)]
        found = []
        for axis, name in enumerate(_axis_units(self.rank)):
            ends = [(i, Flags(b"\1" * regions.extent(i, axis))) for i in outputs]
            seen = regions.seen_from(ends, axis)
            missed = runs(Flags(1 - flag for flag in seen))
            if missed:
                found.append(_listed(missed, name))
        if outputs and found:
            yield Note(None, "unseen-pixels", f"no output sees {' or '.join(found)} of the input")

    def _sees(self, index: int) -> bool:
        state = self.fields.states[index]
        return state is not None and state.origin == self.origin

    def _holes(self, regions: Regions) -> Iterator[Note]:
        """Gridding: pixels between the first and the last that are left out."""
        for index in self._gapped():
            for axis, name in enumerate(_axis_units(self.rank)):
                n = regions.extent(index, axis)
                seen = regions.seen_at(index, n // 2, axis)
                inside = seen.rfind(1) - seen.find(1) + 1
                count = seen.count(1)
                if 0 < count < inside:
                    still = "" if index == self.target else self._still_gapped(regions, axis)
                    yield Note(
                        self.graph.names[index],
                        "gridding",
                        f"an output sees only {count} of the {inside} {name}s that its field"
                        f" spans{still}",
                    )
                    return

    def _still_gapped(self, regions: Regions, axis: int) -> str:
        seen = regions.seen_at(self.target, regions.extent(self.target, axis) // 2, axis)
        name = self.graph.names[self.target]
        inside = seen.rfind(1) - seen.find(1) + 1
        if 0 < seen.count(1) < inside:
            return f"; an output of {name} {seen.count(1)} of {inside}"
        return f"; {name} has no such holes"

    def _gapped(self) -> list[int]:
        """Layers that may leave holes (dilation, strides beyond the window), and the target."""
        found = []
        for index in self.layers:
            node = self.graph.nodes[index]
            taps = [tap for input in self.fields.taps(node) if input is not None for tap in input]
            if self._sees(index) and any(
                isinstance(tap, Strided)
                and (
                    tap.dilation > 1 < tap.kernel
                    or tap.stride > tap.dilation * (tap.kernel - 1) + 1
                )
                for tap in taps
            ):
                found.append(index)
        return [*found[:MOST_CANDIDATES], *([self.target] if self._sees(self.target) else [])]

    def _padding_only(self, regions: Regions) -> Iterator[Note]:
        if not self._sees(self.target) or not self.graph.nodes[self.target].shape.rank:
            return
        found = []
        for axis, name in enumerate(_axis_units(self.rank)):
            everything = Flags(b"\1" * regions.extent(self.origin, axis))
            seeing = regions.seeing(everything, axis)[self.target]
            assert seeing is not None
            blind = runs(Flags(1 - flag for flag in seeing))
            if blind:
                found.append(_listed(blind, name))
        if found:
            yield Note(
                self.graph.names[self.target],
                "padding-only",
                f"its outputs in {' and '.join(found)} see nothing of the input",
            )


def _needed(rebuild: Rebuild, size: int, shape: str | None) -> int | None:
    """The smallest count with which some layer's windows reach a size; None if none is found."""

    def enough(count: int) -> bool | None:
        try:
            graph = rebuild(count, shape)
        except SpecError:
            return None
        fields = Fields(graph)
        reports = (fields.report(i) for i, node in enumerate(graph.nodes) if node.inputs)
        return any(r is not None and not r.whole and _reaches(r, size) for r in reports)

    low, high = 0, 1
    if enough(0):
        return 0
    while not (answer := enough(high)):
        if answer is None or high >= MOST_REPEATS:
            return None
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _reaches(report: FieldReport, size: int) -> bool:
    return all(isinstance(n, int) and n >= size for n in report.size)


def _is_int(report: FieldReport) -> bool:
    return all(isinstance(size, int) for size in report.size)


def _plain(axis: Any) -> bool:
    return all(isinstance(end, int) or end is None for end in (*axis.low, *axis.high))


def _times(sizes: Sequence[Any]) -> str:
    return "×".join(map(str, sizes))


def _axis_units(rank: int) -> tuple[str, ...]:
    """What a step along each axis is called."""
    return ((), ("position",), ("row", "column"), ("slice", "row", "column"))[rank]


def _listed(stretches: Sequence[tuple[int, int]], name: str) -> str:
    """Stretches of positions in words: ``row 5``, ``columns 224 to 226``, at most three of them."""
    shown = [str(a) if a == b else f"{a} to {b}" for a, b in stretches[:3]]
    if len(stretches) > 3:
        shown.append(f"{len(stretches) - 3:,} more")
    single = len(stretches) == 1 and stretches[0][0] == stretches[0][1]
    text = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    return f"{name if single else name + 's'} {text}"


def _meant(name: str, known: Iterable[str], lead: str) -> str:
    names = list(known)
    near = nearest(name, names)
    if near:
        return f"did you mean {near}?"
    return f"{lead} {', '.join(names[:8])}" + (", …" if len(names) > 8 else "")
