"""The search for the numbers that make a layer with holes give what is wanted.

On each axis by itself. A single number, and both sides of a padding, are calculated; several are
searched for within bounds; every answer is put to the layer's own rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product
from typing import Any, Protocol

from convcalc.arithmetic import formulas
from convcalc.arithmetic.number import to_data
from convcalc.arithmetic.polynomial import Polynomial
from convcalc.errors import Problem, SpecError
from convcalc.graph.graph import Graph
from convcalc.graph.holes import Blank, Open
from convcalc.layers.arguments import Range, Scale, ShapeOf, written
from convcalc.layers.base import LayerProblem, axis_names
from convcalc.layers.whole import Reshape
from convcalc.layers.windows import Deconv, Pool, Windowed
from convcalc.solving.blanks import (
    SILENT,
    Assignment,
    Place,
    Unknown,
    filled,
    fits,
    kind_of,
    least,
    number_text,
    sizes_text,
    unknowns,
)
from convcalc.solving.relation import FAR, pad_totals, relation, solutions
from convcalc.solving.walk import symbols_in

BOUND = 16
"""The largest number that is tried where two or three are open on an axis."""
SMALL_BOUND = 8
"""The same for more than three."""
COUNT_BOUND = 2048
"""The largest number that is tried for one that no size decides, such as groups."""
MAX_CANDIDATES = 300_000
"""The most combinations that are tried on an axis."""
MAX_PAIRS = 20_000
"""The most pairs of before and after that are written down without a bound."""
MAX_LISTED = 1_000
"""The most ways that are written out."""


@dataclass(frozen=True, slots=True)
class Filling:
    """One way to fill the holes of a layer: its text then, and the values of its open arguments.

    A `condition` says where a formula is a whole number.
    """

    text: str
    values: tuple[tuple[str, Any], ...]
    condition: str | None = None

    def to_dict(self) -> dict[str, Any]:
        values = {name: to_data(value) for name, value in self.values}
        return {"text": self.text, "values": values, "condition": self.condition}


@dataclass(frozen=True, slots=True)
class Miss:
    """A way that comes near: the layer's text, and the size that it gives instead."""

    text: str
    axis: str
    size: int

    def to_dict(self) -> dict[str, Any]:
        return {"text": self.text, self.axis: self.size}


@dataclass(frozen=True, slots=True)
class Holes:
    """What the holes of one layer may be.

    `layer` is its name, `text` as it is written; it makes `shape` of `input`, with what is
    `counted`, and runs at `places`. `count` ways were found, of which `fillings` has the first, the
    usual ones in front. `tried` are the numbers (name, least, most) that were searched through;
    those of the other holes were calculated. `relation` is what must hold in general. Where there
    is no way, `reason` says why and `misses` come near.
    """

    layer: str
    text: str
    line: int
    column: int
    places: int
    input: str
    shape: str
    counted: tuple[tuple[str, Any], ...]
    count: int
    fillings: tuple[Filling, ...]
    relation: str | None
    tried: tuple[tuple[str, int, int], ...]
    reason: str | None
    misses: tuple[Miss, ...]

    @property
    def output(self) -> str:
        """What must come out, in words."""
        shape = self.shape if self.shape.strip("?x") else "an output"
        if not self.counted:
            return shape
        return f"{shape} with {counts_text(self.counted)}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": self.layer,
            "text": self.text,
            "line": self.line,
            "column": self.column,
            "places": self.places,
            "input": self.input,
            "output": self.shape,
            "counted": {name: counted_data(number) for name, number in self.counted},
            "count": self.count,
            "solutions": [filling.to_dict() for filling in self.fillings],
            "relation": self.relation,
            "tried": {name: [least, most] for name, least, most in self.tried},
            "reason": self.reason,
            "nearest": [miss.to_dict() for miss in self.misses],
        }


class Network(Protocol):
    """What says whether the network around works with some numbers; it calculates `layers`."""

    @property
    def layers(self) -> int: ...

    def __call__(self, assignment: Assignment, /) -> bool: ...


class Search:
    """The search for the numbers of one layer's holes, at every place where it runs.

    `whole`, if given, says whether the network around works with them.
    """

    def __init__(
        self,
        graph: Graph,
        item: Open,
        places: Sequence[Place],
        bound: int | None,
        whole: Network | None = None,
    ) -> None:
        self.graph = graph
        self.item = item
        self.places = places
        self.bound = bound
        self.whole = whole
        self.first = places[0]
        self.layer = self.first.layer
        self.open_output = self.first.open_output()
        self.unknowns = list(unknowns(self.layer))
        self.alone = [unknown for unknown in self.unknowns if unknown.alone]
        self.common = [u for u in self.unknowns if not u.alone and u.axis is None]
        ranks = [place.inputs[0].rank for place in places]
        self.axes = max(ranks) if len(self.alone) < len(self.unknowns) else 0
        self.tables: list[dict[tuple[Any, ...], list[tuple[Any, ...]]]] = []
        self.tried: dict[str, tuple[int, int]] = {}
        self.found: list[dict[int, Any]] = []

    def answer(self) -> Holes:
        """What the holes may be. Raises `SpecError` for too many combinations."""
        reason = self.mismatch()
        fillings: list[Filling] = []
        misses: list[Miss] = []
        count, general = 0, None
        if reason is None and (totals := self.pad_totals()) is not None:
            fillings, general, reason = self.paddings(totals)
            count = len(fillings)
        elif reason is None:
            count, self.found = self.search()
            fillings = [self.filling(assignment) for assignment in self.found]
            general = relation(self.first, self.unknowns)
            if not fillings:
                reason, misses = self.failure()
        line, column = self.graph.source.position(self.item.span.start)
        return Holes(
            self.graph.names[self.item.node],
            self.text({}),
            line,
            column,
            len(self.places),
            self.shown(self.first.inputs[0].sizes),
            self.output_text(),
            self.first.counted,
            count,
            tuple(fillings),
            general,
            tuple((name, *self.tried[name]) for name in self.names() if name in self.tried),
            reason,
            tuple(misses),
        )

    def outputs(self) -> set[tuple[Any, ...]]:
        """The sizes that come out with the numbers that were found."""
        return {
            filled(self.layer, assignment).output(self.first.inputs, SILENT).sizes
            for assignment in self.found
        }

    def mismatch(self) -> str | None:
        """Why no number can do it, where that is plain from the start."""
        for place in self.places:
            found = place.open_output()
            if len(found.sizes) != len(place.wanted):
                return f"the output has {len(found.sizes)} sizes, not {len(place.wanted)}"
            names = ("depth", *axis_names(found.rank))
            for name, size, want in zip(names, found.sizes, place.wanted, strict=True):
                if want == ():
                    return f"no {name} of its output suits the rest of the network"
                if not isinstance(size, Blank) and not fits(size, want):
                    text = sizes_text(want)
                    return f"the output's {name} is {size} whatever the ? is, not {text}"
            if isinstance(place.layer, Reshape) and not has_unknown(place.wanted):
                before, after = map(formulas.elements, (place.inputs[0].sizes, place.wanted))
                if before != after:
                    return f"a reshape keeps the number of values, {before} against {after}"
        return None

    def names(self) -> list[str]:
        """The open arguments in the order of the text."""
        return list(dict.fromkeys(u.name for u in sorted(self.unknowns)))

    # --- texts

    def output_text(self) -> str:
        """What must come out."""
        wanted = self.first.wanted
        if len(self.open_output.sizes) != len(wanted):
            return self.shown(wanted)
        found = self.outputs()
        known = found.pop() if len(found) == 1 else self.open_output.sizes
        pairs = zip(known, wanted, strict=True)
        return self.shown([size if want is None else want for size, want in pairs])

    def shown(self, sizes: Sequence[Any]) -> str:
        """A shape as text, in the spec's layout."""
        ordered = (*sizes[1:], sizes[0]) if self.graph.layout == "hwc" else sizes
        return "x".join(
            str(size)
            if isinstance(size, Blank)
            else f"({sizes_text(size)})"
            if isinstance(size, tuple)
            else written(size)
            for size in ordered
        )

    def text(self, assignment: Assignment) -> str:
        """The layer as it is written, with numbers in its holes."""
        source, span = self.graph.source.text, self.item.span
        parts, start = [], span.start
        for hole in sorted(self.item.holes):
            parts += [source[start : hole.start], number_text(assignment.get(hole.start, "?"))]
            start = hole.end
        return " ".join("".join([*parts, source[start : span.end]]).split())

    def filling(self, assignment: Assignment) -> Filling:
        return Filling(self.text(assignment), self.values(assignment))

    def values(self, assignment: Assignment) -> tuple[tuple[str, Any], ...]:
        """The open arguments with their values."""
        after = filled(self.layer, assignment).values
        return tuple(
            (argument.name, value)
            for argument, before, value in zip(
                self.layer.arguments, self.layer.values, after, strict=True
            )
            if before != value
        )

    # --- by formula

    def pad_totals(self) -> list[Any] | None:
        """What one open padding must come to on both sides together, where sizes are symbolic; None
        for other holes.
        """
        layer, wanted = self.layer, self.first.wanted
        if not isinstance(layer, Windowed) or len(self.unknowns) != 1 or len(self.places) != 1:
            return None
        only = self.unknowns[0]
        if only.name != "pad" or only.side is not None or None in wanted:
            return None
        if self.first.counted or self.whole is not None:
            return None
        if not symbols_in((self.first.inputs[0].sizes, wanted, layer.values)):
            return None
        return pad_totals(layer, self.first.inputs[0], wanted, only.axis)

    def paddings(self, totals: Sequence[Any]) -> tuple[list[Filling], str | None, str | None]:
        """Ways of padding from the totals, the relation between them, or why there is none."""
        from fractions import Fraction

        hole = self.unknowns[0].hole
        if not totals:
            return [], None, "no padding gives this size for every value of the symbols"
        fillings = []
        halves = []
        for total in totals:
            half = total * Fraction(1, 2)
            if isinstance(half, Polynomial) and not half.is_whole():
                code = total.code() if total.factors is not None else f"({total.code()})"
                text = self.text({hole: f"({code}//2)"})
                values = (("pad", ((f"{code}//2",) * 2,)),)
                condition = f"where {total} is even; where it is odd no symmetric padding does it"
                fillings.append(Filling(text, values, condition))
            elif isinstance(half, Polynomial) or half.denominator == 1:
                whole = half if isinstance(half, Polynomial) else half.numerator
                fillings.append(self.filling({hole: whole}))
                halves.append(str(whole))
        general = f"2·p = {' or '.join(map(str, totals))}"
        if halves and len(halves) == len(fillings):
            general = f"p = {' or '.join(halves)}"
        if fillings:
            return fillings, general, None
        odd = totals[0]
        return (
            [],
            general,
            f"no symmetric padding does it, both sides together need {odd};"
            f" pad={odd // 2}:{odd - odd // 2} would do",
        )

    # --- by search

    def search(self) -> tuple[int, list[dict[int, Any]]]:
        """How many ways there are, and the first of them, the usual ones in front."""
        self.tables = [self.axis_table(axis) for axis in range(self.axes)]
        if self.whole is not None or any(place.counted for place in self.places):
            return self.search_all()
        counts = [
            numbers
            for numbers in self.alone_numbers({})
            if all(place.sizes_right(numbers) for place in self.places)
        ]
        tables = [self.seeing(axis) for axis in range(self.axes)]
        total, alike, mixed = self.ways(tables)
        some = [*alike, *islice(mixed, MAX_LISTED)]
        found = [{**count, **way} for count in counts for way in some]
        found.sort(key=self.usual)
        return total * len(counts), found[:MAX_LISTED]

    def search_all(self) -> tuple[int, list[dict[int, Any]]]:
        """As `search`, where each way must be tried in the whole layer, or network."""
        total, alike, mixed = self.ways(self.tables)
        found = []
        for number, way in enumerate(chain(alike, mixed)):
            numbers = self.alone_numbers(way)
            if number == 0:
                layers = 1 if self.whole is None else self.whole.layers
                self.limit(total * len(numbers) * layers)
            for assignment in numbers:
                if all(place.right(assignment) for place in self.places) and (
                    self.whole is None or self.whole(assignment)
                ):
                    found.append(assignment)
        if self.skips:
            axes = range(self.axes)
            found = [a for a in found if not any(self.sees_padding_only(a, i) for i in axes)]
        return len(found), sorted(found, key=self.usual)[:MAX_LISTED]

    def ways(
        self, tables: Sequence[dict[tuple[Any, ...], list[tuple[Any, ...]]]]
    ) -> tuple[int, list[dict[int, Any]], Iterator[dict[int, Any]]]:
        """How many ways all axes allow; those that are the same on every axis, and the others."""
        shared = sorted(set(tables[0]).intersection(*tables[1:])) if tables else [()]
        total = 0
        alike: list[dict[int, Any]] = []
        for numbers in shared:
            common = dict(zip([u.hole for u in self.common], numbers, strict=True))
            several = [table[numbers] for table in tables]
            total += formulas.elements(map(len, several))
            for own in several[0] if several else [()]:
                if all(own in each for each in several):
                    alike.append({**common, **self.own((own,) * self.axes)})

        def mixed() -> Iterator[dict[int, Any]]:
            for numbers in shared:
                common = dict(zip([u.hole for u in self.common], numbers, strict=True))
                for each in product(*(table[numbers] for table in tables)):
                    if len(set(each)) > 1:
                        yield {**common, **self.own(each)}

        return total, alike, mixed()

    def own(self, numbers: Sequence[Sequence[Any]]) -> dict[int, Any]:
        """The numbers that each axis has for itself, by their holes."""
        return {
            unknown.hole: number
            for axis, own in enumerate(numbers)
            for unknown, number in zip(self.of_axis(axis), own, strict=True)
        }

    def of_axis(self, axis: int) -> list[Unknown]:
        return [u for u in self.unknowns if not u.alone and u.axis == axis]

    def alone_numbers(self, way: Assignment) -> list[dict[int, Any]]:
        """A way with the numbers to be tried that belong to no axis."""
        pairs = self.pairs(self.alone, None)
        if pairs is not None:
            return [{**way, **pair} for pair in pairs]
        found = [dict(way)]
        for unknown in reversed(self.alone):
            found = [
                {**known, unknown.hole: number}
                for known in found
                for number in self.candidates(unknown, known, None)
            ]
            self.limit(len(found))
        return found

    def axis_table(self, axis: int) -> dict[tuple[Any, ...], list[tuple[Any, ...]]]:
        """The numbers that give what is wanted on an axis: those of its own, for each choice of the
        common ones.
        """
        own = self.of_axis(axis)
        table: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        for assignment, sizes in self.axis_sizes(axis):
            wanted = (place.wanted[axis + 1] for place in self.places_on(axis))
            if all(map(fits, sizes, wanted)):
                key = tuple(assignment[u.hole] for u in self.common)
                table.setdefault(key, []).append(tuple(assignment[u.hole] for u in own))
        return table

    def places_on(self, axis: int | None) -> Sequence[Place]:
        """The places where there is such an axis."""
        if axis is None:
            return self.places
        return [place for place in self.places if place.inputs[0].rank > axis]

    @property
    def skips(self) -> bool:
        """Whether windows that see nothing but padding are left out: where padding is searched for
        together with something else.
        """
        return "pad" in self.tried and len(self.tried) > 1

    def seeing(self, axis: int) -> dict[tuple[Any, ...], list[tuple[Any, ...]]]:
        """The table of an axis without windows that are left out."""
        table = self.tables[axis]
        if not self.skips:
            return table
        kept: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        for numbers, several in table.items():
            common = dict(zip([u.hole for u in self.common], numbers, strict=True))
            for own in several:
                holes = [unknown.hole for unknown in self.of_axis(axis)]
                assignment = {**common, **dict(zip(holes, own, strict=True))}
                if not self.sees_padding_only(assignment, axis):
                    kept.setdefault(numbers, []).append(own)
        return kept

    def sees_padding_only(self, assignment: Assignment, axis: int) -> bool:
        """Whether a window would lie in the padding that was found for an axis."""
        layer = filled(self.places_on(axis)[0].on_axis(axis)[0], assignment)
        here = (*self.common, *self.of_axis(axis))
        if not isinstance(layer, Windowed) or all(unknown.name != "pad" for unknown in here):
            return False
        extent = formulas.window_extent(layer.kernel[0], layer.dilation[0])
        return isinstance(extent, int) and max(layer.pad[0]) >= extent

    def axis_sizes(self, axis: int) -> Iterator[tuple[dict[int, Any], list[Any]]]:
        """Every combination of numbers that works on an axis, and the size at each place."""
        places = [place.on_axis(axis) for place in self.places_on(axis)]
        for assignment in self.combinations(axis):
            sizes = []
            for layer, inputs in places:
                try:
                    sizes.append(filled(layer, assignment).output(inputs, SILENT).sizes[1])
                except LayerProblem:
                    break
            else:
                yield assignment, sizes

    # --- what is tried

    def combinations(self, axis: int) -> Iterator[dict[int, Any]]:
        """The numbers to be tried on an axis."""
        here = [*self.common, *self.of_axis(axis)]
        pairs = self.pairs(here, axis)
        if pairs is not None:
            yield from pairs
            return
        ranges = [self.candidates(unknown, {}, axis) for unknown in here]
        self.limit(formulas.elements(map(len, ranges)))
        for numbers in product(*ranges):
            yield dict(zip([u.hole for u in here], numbers, strict=True))

    def pairs(self, unknowns: Sequence[Unknown], axis: int | None) -> list[dict[int, Any]] | None:
        """Both numbers of before:after or first:end, where nothing else is open and the size
        decides their sum or difference; None elsewhere.
        """
        if len(unknowns) != 2 or unknowns[0].name != unknowns[1].name or unknowns[0].side != 0:
            return None
        if getattr(self.layer, "round", "") == "ceil":
            return None  # more than their sum counts
        first, second = unknowns
        totals = self.exact(second, {first.hole: 0}, axis, required=False)
        depth = self.first.inputs[0].depth
        ranged = isinstance(kind_of(self.layer, first), Range)
        if totals is None or totals.stop == FAR or (ranged and not isinstance(depth, int)):
            return None
        sign = -1 if totals.start < 0 else 1
        if sign < 0:
            totals = range(1 - totals.stop, 1 - totals.start)
        found = {(0, 0), (0, 1), (1, 0), (1, 1)}  # come near, perhaps
        if ranged:
            most, high = depth, min(self.bound or depth, depth)
            self.limit(high)
            found |= {(n, n + total) for total in totals for n in range(high - total + 1)}
        else:
            most = high = totals.stop - 1
            if self.bound is not None:
                high = min(self.bound, most)
            elif (totals.stop - totals.start) * most > MAX_PAIRS:
                high = min(totals.start // 2 + BOUND, most)
            totals = range(totals.start, min(totals.stop, 2 * high + 1))
            each = high + 1 if totals.start <= high else 2 * high - totals.start + 1
            self.limit((totals.stop - totals.start) * max(each, 0))
            found |= {(n // 2, n - n // 2) for n in (totals.start - 1, totals.stop)}
            found |= {
                (n, total - n)
                for total in totals
                for n in range(max(0, total - high), min(total, high) + 1)
            }
        if high < most:
            self.note(first, min(0, sign * high), max(0, sign * high))
        lowest = least(self.layer, first)
        return [
            {first.hole: sign * before, second.hole: sign * after}
            for before, after in sorted(found)
            if max(before, after) <= max(high, 1)
            and (lowest is None or min(before, after) >= lowest)
        ]

    def exact(
        self, unknown: Unknown, known: Assignment, axis: int | None, *, required: bool = True
    ) -> range | None:
        """The numbers for a hole by formula, those below 0 only where no other does it."""
        place = self.places_on(axis)[0]
        found = solutions(place, unknown, known, axis, required=required)
        if found is None and len(self.unknowns) == 1:
            return solutions(place, unknown, known, None, required=required)
        if found is not None and not found and least(self.layer, unknown) is None:
            below = solutions(place, unknown, known, axis, negative=True, required=required)
            return below or found
        return found

    def candidates(self, unknown: Unknown, known: Assignment, axis: int | None) -> list[Any]:
        """The numbers to be tried for a hole, where some others are known."""
        kind = kind_of(self.layer, unknown)
        if isinstance(kind, ShapeOf):
            size = self.first.wanted[self.position(unknown)]
            return [] if size is None else [size]
        window = isinstance(self.layer, Windowed) and not unknown.alone
        single = axis is None or len(self.common) + len(self.of_axis(axis)) == 1
        found = self.exact(unknown, known, axis) if single else None
        lowest = least(self.layer, unknown)
        low = lowest or 0
        high = FAR if self.bound is None or not window else self.bound
        found = range(low, FAR) if found is None else found
        if found.stop - found.start > COUNT_BOUND:
            many = self.together(unknown, axis)
            high = self.bound or self.usual_bound(many, window, found.start)
            self.note(unknown, low, high)
        elif high != FAR:
            self.note(unknown, low, high)
        chosen = range(found.start, max(found.start, min(found.stop, high + 1)))
        self.limit(chosen.stop - chosen.start)
        numbers = set(chosen)
        if axis is not None and single:  # what comes near is told where nothing does it
            numbers |= {*range(low, low + BOUND), found.start - 1, min(found.stop, high)}
        result: list[Any] = sorted(
            n for n in numbers if n <= high and (lowest is None or n >= lowest)
        )
        if isinstance(kind, Scale) and axis is not None:
            result += self.factors(axis)
        return result

    def together(self, unknown: Unknown, axis: int | None) -> int:
        """How many holes are searched through with this one."""
        if axis is not None:
            return len(self.common) + len(self.of_axis(axis))
        return sum(self.exact(other, {}, None) is None for other in self.alone)

    def note(self, unknown: Unknown, low: int, high: int) -> None:
        """Remember which numbers were searched through."""
        before = self.tried.get(unknown.name, (low, high))
        self.tried[unknown.name] = (min(low, before[0]), max(high, before[1]))

    def usual_bound(self, together: int, window: bool, start: int) -> int:
        """The largest number that is tried if nobody says otherwise, from a first that does it."""
        if together > 1:
            return BOUND if together <= 3 else SMALL_BOUND
        usual = max(BOUND, 2 * self.largest_size()) if window else COUNT_BOUND
        return min(max(usual, start + BOUND - 1), max(start, 1) + COUNT_BOUND - 1)

    def largest_size(self) -> int:
        """The largest of the spatial sizes that come in."""
        sizes = [n for shape in self.first.inputs for n in shape.spatial if isinstance(n, int)]
        return max(sizes, default=1)

    def position(self, unknown: Unknown) -> int:
        """Where a ``?`` stands in the shape of a reshape."""
        shape = self.layer.values[0]
        return next(i for i, size in enumerate(shape) if size == Blank(unknown.hole))

    def factors(self, axis: int) -> list[Any]:
        """Fractions that lead from a size to the wanted one."""
        from fractions import Fraction

        pairs = ((p.inputs[0].spatial[axis], p.wanted[axis + 1]) for p in self.places_on(axis))
        values = [Fraction(w, n) for n, w in pairs if isinstance(n, int) and isinstance(w, int)]
        return sorted({value for value in values if value.denominator != 1})

    def limit(self, many: int) -> None:
        """Refuse to try too many combinations. Raises `SpecError`."""
        if many > MAX_CANDIDATES:
            raise SpecError(
                Problem(
                    f"these holes leave {many:,} combinations to be tried,"
                    f" more than {MAX_CANDIDATES:,}",
                    self.graph.source,
                    self.item.span,
                    help="fill one of them in, or try smaller numbers only (--bound)",
                )
            )

    def usual(self, assignment: Assignment) -> tuple[Any, ...]:
        """Sorts the usual numbers first: the same on every axis, windows that leave no gaps and
        drop nothing, symmetric padding of at most half a window, odd kernels, small numbers.
        """
        values = [assignment[hole] for hole in sorted(assignment)]
        values = [value for value in values if not isinstance(value, Polynomial)]
        pairs = [
            abs(assignment[before.hole] - assignment[after.hole])
            for before, after in zip(self.unknowns, self.unknowns[1:], strict=False)
            if before.side == 0 and after.side == 1
        ]
        small = (sum(pairs), sum(map(abs, values)), values)
        layer = filled(self.layer, assignment)
        if not isinstance(layer, Windowed):
            return small
        windows = layer.windows(self.first.inputs)
        names = [unknown.name for unknown in self.unknowns]
        tiling = isinstance(layer, Pool | Deconv)
        paddings = [] if isinstance(layer.pad, str) else [w.padding for w in windows]
        return (
            "dilation" in names and any(w.kernel == 1 and w.dilation != 1 for w in windows),
            len({(w.kernel, w.stride, w.dilation, w.padding) for w in windows}) > 1,
            any(w.extent < w.stride for w in windows),
            self.drops(layer),
            any(before != after for before, after in paddings),
            any(2 * max(p) > w.extent for p, w in zip(paddings, windows, strict=False)),
            any(w.kernel % 2 == 0 and not (tiling and w.kernel % w.stride == 0) for w in windows),
            sum(w.dilation for w in windows),
            sum(w.kernel for w in windows),
            *small,
        )

    def drops(self, layer: Windowed) -> bool:
        """Whether windows leave pixels at the end that are not padding."""
        if isinstance(layer, Deconv) or isinstance(layer.pad, str):
            return False
        windows = layer.windows(self.first.inputs)
        return any(
            isinstance(n, int)
            and formulas.dropped(n, w.extent, w.stride, sum(w.padding)) > w.padding[1]
            for n, w in zip(self.first.inputs[0].spatial, windows, strict=True)
        )

    # --- where nothing does it

    def failure(self) -> tuple[str, list[Miss]]:
        """Why no number that was tried does it, and the ways that come nearest."""
        for axis, table in enumerate(self.tables):
            if not table:
                return self.axis_failure(axis)
            if not self.seeing(axis):
                return self.only_padding(axis), []
        if self.tables and not set(self.tables[0]).intersection(*self.tables[1:]):
            return self.one_for_every_axis(), []
        if self.whole is not None:
            return "no number suits what is stated further down", []
        if self.first.counted:
            counts = counts_text(self.first.counted)
            pairs = zip(self.open_output.sizes, self.first.wanted, strict=True)
            sized = any(isinstance(size, Blank) and want is not None for size, want in pairs)
            return f"no way to this size has {counts}" if sized else f"no number gives {counts}", []
        return "no number gives it", []

    def one_for_every_axis(self) -> str:
        """Why one number cannot do it, with what each axis needs."""
        needs = []
        for name, table in zip(axis_names(self.axes), self.tables, strict=True):
            numbers = min(table, key=lambda numbers: (max(numbers) - min(numbers), numbers))
            texts: dict[str, list[str]] = {}
            for unknown, number in zip(self.common, numbers, strict=True):
                texts.setdefault(unknown.name, []).append(number_text(number))
            parts = [f"{argument}={':'.join(values)}" for argument, values in texts.items()]
            needs.append(f"the {name} needs {' '.join(parts)}")
        hole = "?:?" if any(unknown.side is not None for unknown in self.common) else "?"
        return (
            f"one number for every axis cannot do it, as {' and '.join(needs)};"
            f" {'x'.join([hole] * self.axes)} asks for one an axis"
        )

    def only_padding(self, axis: int) -> str:
        """Why an axis has no way, where there would be one with windows that are left out."""
        numbers, several = next(iter(self.tables[axis].items()))
        holes = [unknown.hole for unknown in (*self.common, *self.of_axis(axis))]
        text = self.text(dict(zip(holes, (*numbers, *several[0]), strict=True)))
        return (
            f"the {axis_names(self.axes)[axis]} becomes that only with windows that see nothing"
            f" but padding, such as {text}"
        )

    def axis_failure(self, axis: int) -> tuple[str, list[Miss]]:
        """Why an axis cannot come to its size, and the sizes next to it."""
        name = axis_names(self.axes)[axis]
        want = self.places_on(axis)[0].wanted[axis + 1]
        message = f"the {name} cannot become {sizes_text(want)}"
        near: dict[Any, dict[int, Any]] = {}
        for assignment, sizes in self.axis_sizes(axis):
            near.setdefault(sizes[0], assignment)
        if not near:
            return f"{message}, no number makes the layer work", []
        if any(isinstance(size, Polynomial) for size in near):
            return f"{message} whatever the symbols are", []
        skewed = self.skewed(axis)
        if skewed is not None:
            return f"{message} with as much padding on both sides; {skewed} would do", []
        numbers = [size for size in near if isinstance(size, int)]
        target = want[0].first if isinstance(want, tuple) else want
        chosen = []
        if isinstance(target, int):
            chosen += sorted(n for n in numbers if n < target)[-1:]
            chosen += sorted(n for n in numbers if n > target)[:1]
        return message, [Miss(self.text(near[size]), name, size) for size in chosen]

    def skewed(self, axis: int) -> str | None:
        """The padding with one pixel more at the end that does it, if there is one."""
        only = self.unknowns[0]
        if len(self.unknowns) > self.axes or only.name != "pad" or only.side is not None:
            return None
        found = self.exact(only, {}, axis)
        if found is None or not isinstance(self.layer, Windowed):
            return None
        place = self.places_on(axis)[0]
        layer, inputs = place.on_axis(axis)
        position = next(i for i, a in enumerate(layer.arguments) if a.name == "pad")
        values = list(layer.values)
        values[position] = ((found.start - 1, found.start),)
        try:
            size = type(layer)(*values).output(inputs, SILENT).sizes[1]
        except LayerProblem:
            return None
        if found.start < 1 or not fits(size, place.wanted[axis + 1]):
            return None
        return f"pad={found.start - 1}:{found.start}"


def has_unknown(wanted: Sequence[Any]) -> bool:
    """Whether some wanted size is not one number."""
    return not all(isinstance(size, int | Polynomial) for size in wanted)


def counts_text(counted: Sequence[tuple[str, Any]]) -> str:
    """Wanted counts in words: 456 parameters and 357,504 MACs."""
    names = {"macs": "MACs"}
    return " and ".join(
        f"{number:,} {names.get(name, name)}"
        if isinstance(number, int)
        else f"{number} {names.get(name, name)}"
        for name, number in counted
    )


def counted_data(number: Any) -> Any:
    """A wanted count as JSON data; a fraction, which none can be, as its text."""
    return to_data(number) if isinstance(number, int | Polynomial) else str(number)
