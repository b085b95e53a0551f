"""What one output sees of the input: receptive fields over all paths of a graph, unclipped.

Along an axis, the field of output position o is [low(o mod q), high(o mod q)] + T·⌊o/q⌋ in pixels
of the input: it repeats after a period of q outputs, T pixels further on. Windows keep q = 1, the
case of Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural Networks",
Distill 2019; transposed convolutions and upsampling have larger periods. T/q is the effective
stride. Whoever sees the whole input has T = 0.

Padding is taken for pixels of the input that lie outside of it. What an output really sees,
clipped at the borders of every layer, is the matter of `field_regions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from math import gcd, lcm
from typing import Any, NamedTuple

from convcalc.arithmetic.number import maximum, minimum
from convcalc.graph.graph import Graph, Node
from convcalc.layers.base import Shape
from convcalc.layers.taps import EVERYTHING, GATED, SAME, InputTaps, Strided, Taps
from convcalc.report import FieldReport, Note

MAX_WORK = 250_000
"""The most positions looked at one by one for all fields of a network with long periods."""

UNKNOWN = "?"
"""Begins the names of symbols that stand for a padding that only the input's size decides."""


class AxisField(NamedTuple):
    """The fields along one axis: `low` to `high` of the phase, plus shift·⌊o/period⌋.

    Phases whose outputs see nothing have None (a transposed convolution with a stride above its
    kernel).
    """

    period: int
    shift: Any
    low: tuple[Any, ...]
    high: tuple[Any, ...]

    def at(self, position: int) -> tuple[Any, Any] | None:
        """First and last pixel that a position sees; None for nothing."""
        turn, phase = divmod(position, self.period)
        low = self.low[phase]
        if low is None:
            return None
        return (low + self.shift * turn, self.high[phase] + self.shift * turn)

    def sizes(self) -> Iterator[Any]:
        """The size of each phase, 0 for one that sees nothing."""
        for low, high in zip(self.low, self.high, strict=True):
            yield 0 if low is None else high - low + 1


PIXEL = AxisField(1, 1, (0,), (0,))
"""The input's own field."""
NOTHING = (None,)
"""The first pixels of a field that is empty everywhere."""


class State(NamedTuple):
    """A node's field on the input `origin`, for each of its axes (None: not known).

    `whole_by` is the node by which an axis came to be seen from end to end; `gated` that this is so
    besides what `axes` say; `misaligned` that paths with different strides met.
    """

    origin: int
    axes: tuple[AxisField | None, ...]
    whole_by: int | None = None
    gated: bool = False
    misaligned: bool = False

    @property
    def whole(self) -> bool:
        """Whether every axis is seen from end to end, from everywhere."""
        return all(axis is not None and is_constant(axis) for axis in self.axes)


def is_constant(axis: AxisField) -> bool:
    """Whether all positions see the same."""
    return isinstance(axis.shift, int) and not axis.shift


def last_axes(shape: Shape, rank: int) -> tuple[Any, ...]:
    """The sizes of the last `rank` spatial axes; 1 for those that are missing in front."""
    sizes = tuple(shape.spatial[-rank:]) if rank else ()
    return (1,) * (rank - len(sizes)) + sizes


class TooMuch(Exception):
    """The fields of this network have periods too long to follow."""


class Fields:
    """The field of every node: on the input `on`, or else on the first input that it sees."""

    def __init__(self, graph: Graph, on: int | None = None) -> None:
        self.graph = graph
        self.on = on
        self.work = 0
        self.known: dict[Any, tuple[InputTaps, ...]] = {}
        self.reports: dict[Any, tuple[State, FieldReport | None]] = {}
        self.unknown: dict[Any, Any] = {}
        self.states: list[State | None] = []
        for index, node in enumerate(graph.nodes):
            self.states.append(self._state(index, node))

    def taps(self, node: Node) -> tuple[InputTaps, ...]:
        """The taps of a node's layer on its inputs."""
        shapes = tuple([self.graph.nodes[source].shape for source in node.inputs])
        key = (node.layer, shapes)
        taps = self.known.get(key)
        if taps is None:
            taps = tuple([_shared(part) for part in node.layer.taps(shapes, node.shape)])
            self.known[key] = taps
        return taps

    def _state(self, index: int, node: Node) -> State | None:
        if not node.inputs:
            if self.on in (None, index):
                return State(index, (PIXEL,) * node.shape.rank)
            return None
        parts = []
        for source, taps in zip(node.inputs, self.taps(node), strict=True):
            state = self.states[source]
            if state is not None and taps is not None:
                parts.append((state, taps))
        if len(parts) > 1:
            first = min(state.origin for state, _ in parts)
            parts = [part for part in parts if part[0].origin == first]
        if not parts:
            return None
        states = [self.through(index, state, taps) for state, taps in parts]
        return states[0] if len(states) == 1 else self._join(states, node.shape, index)

    def through(self, index: int, state: State, taps: Sequence[Taps]) -> State:
        """A state seen through the taps of the node `index`."""
        if not state.axes or all(tap is SAME for tap in taps):
            return state
        # Axes belong together from the last one on; those that are missing see everything already.
        rank = len(state.axes)
        taps = (SAME,) * (rank - len(taps)) + tuple(taps[-rank:])
        axes: list[AxisField | None] = []
        whole_by = state.whole_by
        for axis, (field, tap) in enumerate(zip(state.axes, taps, strict=True)):
            if tap is EVERYTHING:
                axes.append(self._whole(state.origin, axis))
            elif axis and tap is taps[axis - 1] and field is state.axes[axis - 1]:
                axes.append(axes[-1])  # mostly both axes are alike
            elif field is None or tap is SAME or tap is GATED:
                axes.append(field)
            else:
                axes.append(self._follow(field, tap))
            if whole_by is None and (tap is EVERYTHING or tap is GATED):
                whole_by = index
        gated = state.gated or GATED in taps
        return State(state.origin, tuple(axes), whole_by, gated, state.misaligned)

    def _whole(self, origin: int, axis: int) -> AxisField:
        return AxisField(1, 0, (0,), (self.graph.nodes[origin].shape.spatial[axis] - 1,))

    def _follow(self, field: AxisField, taps: Taps) -> AxisField | None:
        """The field through taps; None if it cannot be known."""
        if is_constant(field) or field.low == NOTHING:
            return field
        if field.period == 1 and type(taps) is Strided:
            return self._slide(field, taps)
        a, b = taps.rate
        if not _are_ints(field.shift, *taps.numbers):
            return None
        common = gcd(field.period, a)
        period, shift = b * (field.period // common), field.shift * (a // common)
        low: list[Any] = []
        high: list[Any] = []
        try:
            self._spend(period)
            for output in range(period):
                ends = self._hull(field, taps.positions(output))
                low.append(ends[0])
                high.append(ends[1])
        except TooMuch:
            return None
        return reduced(AxisField(period, shift, tuple(low), tuple(high)))

    def _slide(self, field: AxisField, taps: Strided) -> AxisField:
        before = taps.before
        if not isinstance(before, int) and hasattr(before, "padding"):
            before = self._unknown(before)
        (low,), (high,), shift = field.low, field.high, field.shift
        after = taps.dilation * (taps.kernel - 1) - before
        return AxisField(1, shift * taps.stride, (low - shift * before,), (high + shift * after,))

    def _unknown(self, residues: Any) -> Any:
        """A symbol for the padding before the input that `Residues` give, at least 0."""
        symbol = self.unknown.get(residues)
        if symbol is None:
            from convcalc.arithmetic.polynomial import Polynomial

            name = f"{UNKNOWN}{len(self.unknown)}"
            symbol = self.unknown[residues] = Polynomial.symbol(name) - 1  # symbols are at least 1
        return symbol

    def _hull(self, field: AxisField, positions: range) -> tuple[Any, Any]:
        """The first and last pixel seen from ascending positions."""
        if not positions:
            return (None, None)
        # After one cycle the same phases come again, further on.
        cycle = field.period // gcd(positions.step, field.period)
        ends = positions[:cycle]
        self._spend(len(ends))
        low = [seen[0] for position in ends if (seen := field.at(position))]
        if not low:
            return (None, None)
        high = [seen[1] for position in positions[-cycle:] if (seen := field.at(position))]
        return (reduce(minimum, low), reduce(maximum, high))

    def _spend(self, work: int) -> None:
        self.work += work
        if self.work > MAX_WORK:
            raise TooMuch

    def _join(self, states: Sequence[State], shape: Shape, index: int) -> State:
        """The field over several paths that meet at the node `index`."""
        origin = states[0].origin
        whole_by = min((s.whole_by for s in states if s.whole_by is not None), default=None)
        gated = any(state.gated for state in states)
        misaligned = any(state.misaligned for state in states)
        axes: list[AxisField | None] = []
        sizes = last_axes(shape, len(states[0].axes))
        last: tuple[Any, ...] = ()
        for axis, parts in enumerate(zip(*[state.axes for state in states], strict=True)):
            if axis and sizes[axis] == sizes[axis - 1] and parts == last:
                axes.append(axes[-1])
                continue
            last = parts
            distinct = list(dict.fromkeys(parts))
            known = [part for part in distinct if part is not None]
            if len(known) < len(distinct):
                axes.append(None)
                continue
            # A gate sees everything; what is told is the field of the windows.
            moving = [p for p in known if not is_constant(p) and p.low != NOTHING]
            if moving and any(is_constant(part) for part in known):
                gated = True
                if whole_by is None:  # a part of fixed size, such as upsample size=4 makes
                    whole_by = index
            moving = moving or known[:1]
            if len(moving) == 1:
                axes.append(moving[0])
            elif _aligned(moving):
                axes.append(self._united(moving))
            else:
                misaligned = True
                axes.append(self._spread(moving, sizes[axis]))
        return State(origin, tuple(axes), whole_by, gated, misaligned)

    def _united(self, parts: Sequence[AxisField]) -> AxisField | None:
        """The hull of aligned fields: over the least common multiple of their periods."""
        if all(part.period == 1 and part.low != NOTHING for part in parts):
            low, high = parts[0].low[0], parts[0].high[0]
            for part in parts[1:]:
                low, high = minimum(low, part.low[0]), maximum(high, part.high[0])
            return AxisField(1, parts[0].shift, (low,), (high,))
        period = lcm(*[part.period for part in parts])
        if not _are_ints(*[end for part in parts for end in (part.shift, *part.low, *part.high)]):
            return None
        shift = parts[0].shift * (period // parts[0].period)
        return self._listed(parts, period, shift)

    def _spread(self, parts: Sequence[AxisField], size: Any) -> AxisField | None:
        """The hull of fields that drift apart, position by position over a map of this size."""
        if not _are_ints(size, *[end for p in parts for end in (p.shift, *p.low, *p.high)]):
            return None
        return self._listed(parts, size, parts[0].shift * size // parts[0].period)

    def _listed(self, parts: Sequence[AxisField], period: int, shift: int) -> AxisField | None:
        try:
            self._spend(period * len(parts))
        except TooMuch:
            return None
        low: list[Any] = []
        high: list[Any] = []
        for position in range(period):
            ends = [seen for part in parts if (seen := part.at(position))]
            low.append(min((end[0] for end in ends), default=None))
            high.append(max((end[1] for end in ends), default=None))
        return reduced(AxisField(period, shift, tuple(low), tuple(high)))

    # --- reports

    def report(self, index: int) -> FieldReport | None:
        """A node's field for the report; None where it has none or it cannot be known."""
        state = self.states[index]
        if state is None or not state.axes or None in state.axes:
            return None
        shape = self.graph.nodes[index].shape
        key = (id(state), shape.spatial)
        if key not in self.reports:
            self.reports[key] = (state, self._report(state, shape))
        return self.reports[key][1]

    def _report(self, state: State, shape: Shape) -> FieldReport | None:
        graph = self.graph
        inputs = graph.nodes[state.origin].shape.spatial
        outputs = last_axes(shape, len(inputs))
        ends: list[_Ends] = []
        for i, (axis, n, m) in enumerate(zip(state.axes, outputs, inputs, strict=True)):
            assert axis is not None
            if i and axis is state.axes[i - 1] and (n, m) == (outputs[i - 1], inputs[i - 1]):
                ends.append(ends[-1])
            else:
                ends.append(_ends(axis, n, m))
        if any(_is_unknown(end.largest) for end in ends):
            return None
        whole = state.whole
        varies = any(end.smallest != end.largest for end in ends)
        gated = state.gated and not whole
        return FieldReport(
            size=tuple([end.largest for end in ends]),
            stride=tuple([end.stride for end in ends]),
            padding=tuple([end.padding for end in ends]),
            center=tuple([end.center for end in ends]),
            smallest=tuple([end.smallest for end in ends]) if varies else None,
            whole=whole,
            whole_through=graph.names[state.whole_by]
            if gated and state.whole_by is not None
            else None,
            misaligned=state.misaligned,
            input=graph.names[state.origin] if len(graph.inputs) > 1 else None,
        )

    def notes(self) -> Iterator[Note]:
        """What should be known of the fields, at the first layer it is true of."""
        names = self.graph.names
        crooked = [i for i, state in enumerate(self.states) if state and state.misaligned]
        if crooked:
            first = crooked[0]
            sources = self.graph.nodes[first].inputs
            paths = [names[source] for source in sources if self.states[source]]
            yield Note(
                names[first],
                "misaligned-field",
                f"the paths through {' and '.join(paths[:4])} advance over the input at different"
                " rates, so what they see drifts apart; the receptive field is the largest that"
                " occurs",
            )


class _Ends(NamedTuple):
    """What a report says of one axis."""

    largest: Any
    smallest: Any
    stride: Any
    padding: tuple[Any, Any]
    center: Any


def _ends(axis: AxisField, outputs: Any, inputs: Any) -> _Ends:
    """What a report says of an axis with so many outputs and pixels of the input."""
    if axis.period == 1:
        (size,) = axis.sizes()
        largest = smallest = size
    else:
        sizes = list(axis.sizes())
        largest, smallest = reduce(maximum, sizes), reduce(minimum, sizes)
    stride = _ratio(axis.shift, axis.period)
    return _Ends(largest, smallest, stride, _padding(axis, outputs, inputs), _center(axis))


def _shared(taps: InputTaps) -> InputTaps:
    """The taps of an input, one object for axes that are alike."""
    if taps is None:
        return None
    found: list[Taps] = []
    for tap in taps:
        last = found[-1] if found else tap
        alike = type(last) is type(tap) and tap.numbers and last.numbers == tap.numbers
        found.append(last if alike else tap)
    return tuple(found)


def reduced(field: AxisField) -> AxisField:
    """The same field with the shortest period."""
    period, shift, low, high = field
    common = gcd(period, shift)
    for parts in range(common, 1, -1):
        if common % parts == 0:
            short, step = period // parts, shift // parts
            if all(
                _moved(ends[i], step) == ends[i + short]
                for ends in (low, high)
                for i in range(period - short)
            ):
                return AxisField(short, step, low[:short], high[:short])
    return field


def _moved(end: Any, step: int) -> Any:
    return None if end is None else end + step


def _aligned(parts: Sequence[AxisField]) -> bool:
    """Whether all advance over the input at one rate."""
    first = parts[0]
    return all(part.shift * first.period == first.shift * part.period for part in parts[1:])


def _are_ints(*values: Any) -> bool:
    return all(isinstance(value, int) or value is None for value in values)


def _is_unknown(value: Any) -> bool:
    if isinstance(value, int):
        return False
    return hasattr(value, "symbols") and any(name.startswith(UNKNOWN) for name in value.symbols())


def _ratio(numerator: Any, denominator: int) -> Any:
    """numerator/denominator: a whole number, or its text."""
    if denominator == 1:
        return numerator
    common = gcd(numerator, denominator)
    if common == denominator:
        return numerator // denominator
    return f"{numerator // common}/{denominator // common}"


def _padding(axis: AxisField, outputs: Any, inputs: Any) -> tuple[Any, Any]:
    """How far the first and the last output see beyond the input's two ends."""
    if is_constant(axis):
        return (0, 0)
    if axis.period == 1 and axis.low != NOTHING:
        before = -axis.low[0]
        after = axis.high[0] + axis.shift * (outputs - 1) - (inputs - 1)
        return (None if _is_unknown(before) else before, None if _is_unknown(after) else after)
    before = next((-low for low in axis.low if low is not None), 0)
    after = None
    if isinstance(outputs, int):
        for position in range(outputs - 1, max(outputs - 1 - axis.period, -1), -1):
            seen = axis.at(position)
            if seen is not None:
                after = seen[1] - (inputs - 1)
                break
    return (None if _is_unknown(before) else before, None if _is_unknown(after) else after)


def _center(axis: AxisField) -> Any:
    """The middle of what the first output sees, in pixels from the input's first."""
    if axis.period == 1:
        seen = axis.at(0)
    else:
        seen = next((axis.at(i) for i in range(axis.period) if axis.low[i] is not None), None)
    if seen is None or _is_unknown(seen[0]) or _is_unknown(seen[1]):
        return None
    total = seen[0] + seen[1]
    if isinstance(total, int):
        return total // 2 if total % 2 == 0 else total / 2
    return total // 2 if total % 2 == 0 else f"({total.to_data()})/2"
