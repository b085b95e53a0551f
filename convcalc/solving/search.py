"""The search for the numbers that make a layer with holes give what is wanted.

On each axis by itself, within bounds, by asking the layer's own rule; a padding on symbolic sizes
is calculated by formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from convcalc.arithmetic import formulas
from convcalc.arithmetic.affine import Progression
from convcalc.arithmetic.number import to_data
from convcalc.arithmetic.polynomial import Polynomial
from convcalc.errors import Problem, SpecError
from convcalc.graph.graph import Graph
from convcalc.graph.holes import Blank, Open
from convcalc.layers.arguments import Scale, ShapeOf, written
from convcalc.layers.base import Layer, LayerProblem, axis_names
from convcalc.layers.windows import Deconv, Pool, Windowed
from convcalc.solving.blanks import (
    SILENT,
    Assignment,
    Place,
    Unknown,
    filled,
    fits,
    number_text,
    sizes_text,
    unknowns,
)
from convcalc.solving.relation import pad_totals, relation
from convcalc.solving.walk import symbols_in

BOUND = 16
"""The largest number that is tried where two or three are open on an axis."""
SMALL_BOUND = 8
"""The same for more than three."""
COUNT_BOUND = 2048
"""The largest number that is tried for one that no size decides, such as groups."""
MAX_CANDIDATES = 300_000
"""The most combinations that are tried on an axis."""
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

    `layer` is its name, `text` as it is written; it makes `output` of `input` and runs at `places`.
    `count` ways were found among the numbers `tried` (name, least, most), of which `fillings` has
    the first, the usual ones in front. `relation` is what must hold in general. Where there is no
    way, `reason` says why and `misses` come near.
    """

    layer: str
    text: str
    line: int
    column: int
    places: int
    input: str
    output: str
    count: int
    fillings: tuple[Filling, ...]
    relation: str | None
    tried: tuple[tuple[str, int, int], ...]
    reason: str | None
    misses: tuple[Miss, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": self.layer,
            "text": self.text,
            "line": self.line,
            "column": self.column,
            "places": self.places,
            "input": self.input,
            "output": self.output,
            "count": self.count,
            "solutions": [filling.to_dict() for filling in self.fillings],
            "relation": self.relation,
            "tried": {name: [least, most] for name, least, most in self.tried},
            "reason": self.reason,
            "nearest": [miss.to_dict() for miss in self.misses],
        }


class Search:
    """The search for the numbers of one layer's holes, at every place where it runs."""

    def __init__(
        self, graph: Graph, item: Open, places: Sequence[Place], bound: int | None
    ) -> None:
        self.graph = graph
        self.item = item
        self.places = places
        self.bound = bound
        self.first = places[0]
        self.layer = self.first.layer
        self.rank = self.first.inputs[0].rank
        self.open_output = self.first.open_output()
        self.unknowns = list(unknowns(self.layer))
        self.alone = [unknown for unknown in self.unknowns if unknown.alone]
        self.common = [u for u in self.unknowns if not u.alone and u.axis is None]
        self.axes = self.rank if len(self.alone) < len(self.unknowns) else 0
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
            letters = {unknown.hole: unknown.letter for unknown in self.unknowns}
            general = relation(self.layer, self.first.inputs[0], self.first.wanted, letters)
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
        pairs = zip(self.open_output.sizes, wanted, strict=True)
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
        general = f"2·pad = {' or '.join(map(str, totals))}"
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
        counts = list(self.alone_assignments())
        tables = [self.axis_table(axis) for axis in range(self.axes)]
        shared = set(tables[0]).intersection(*tables[1:]) if tables else {()}
        total = 0
        alike: list[dict[int, Any]] = []
        mixed: list[dict[int, Any]] = []
        for numbers in sorted(shared):
            choices = [table[numbers] for table in tables]
            ways = 1
            for choice in choices:
                ways *= len(choice)
            total += ways
            common = dict(zip([u.hole for u in self.common], numbers, strict=True))
            same = [
                (own,) * self.axes
                for own in (choices[0] if choices else [()])
                if all(own in choice for choice in choices)
            ]
            alike += [{**common, **self.own(each)} for each in same]
            others = (each for each in product(*choices) if len(set(each)) > 1)
            room = MAX_LISTED - len(mixed)
            mixed += [{**common, **self.own(each)} for each in islice(others, max(room, 0))]
        ways_found = [{**count, **rest} for count in counts for rest in (*alike, *mixed)]
        found = [a for a in ways_found if all(place.right(a) for place in self.places)]
        total *= len(counts)
        if any(place.counted for place in self.places):
            total = len(found)
        found.sort(key=self.usual)
        return total, found[:MAX_LISTED]

    def own(self, numbers: Sequence[Sequence[Any]]) -> dict[int, Any]:
        """The numbers that each axis has for itself, by their holes."""
        return {
            unknown.hole: number
            for axis, own in enumerate(numbers)
            for unknown, number in zip(self.of_axis(axis), own, strict=True)
        }

    def of_axis(self, axis: int) -> list[Unknown]:
        return [u for u in self.unknowns if not u.alone and u.axis == axis]

    def alone_assignments(self) -> Iterator[dict[int, Any]]:
        """The numbers that belong to no axis with which everything comes out that they decide."""
        ranges = [self.candidates(unknown, len(self.alone)) for unknown in self.alone]
        self.limit(ranges)
        for numbers in product(*ranges):
            assignment = dict(zip([u.hole for u in self.alone], numbers, strict=True))
            if all(place.sizes_right(assignment) for place in self.places):
                yield assignment

    def axis_table(self, axis: int) -> dict[tuple[Any, ...], list[tuple[Any, ...]]]:
        """The numbers that give what is wanted on an axis: those of its own, for each choice of the
        common ones.
        """
        own = self.of_axis(axis)
        table: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        for assignment, sizes in self.axis_sizes(axis):
            wanted = (place.wanted[axis + 1] for place in self.places)
            if all(map(fits, sizes, wanted)):
                key = tuple(assignment[u.hole] for u in self.common)
                table.setdefault(key, []).append(tuple(assignment[u.hole] for u in own))
        return table

    def axis_sizes(self, axis: int) -> Iterator[tuple[dict[int, Any], list[Any]]]:
        """Every combination of numbers that works on an axis, and the size at each place."""
        open_here = [*self.common, *self.of_axis(axis)]
        ranges = [self.candidates(unknown, len(open_here), axis) for unknown in open_here]
        self.limit(ranges)
        places = [place.on_axis(axis) for place in self.places]
        for numbers in product(*ranges):
            assignment = dict(zip([u.hole for u in open_here], numbers, strict=True))
            sizes = []
            for layer, inputs in places:
                made = filled(layer, assignment)
                if len(open_here) > 1 and sees_padding_only(made):
                    break
                try:
                    sizes.append(made.output(inputs, SILENT).sizes[1])
                except LayerProblem:
                    break
            else:
                yield assignment, sizes

    # --- what is tried

    def candidates(self, unknown: Unknown, together: int, axis: int = 0) -> list[Any]:
        """The numbers to be tried for a hole that is one of several."""
        kind = next(a.kind for a in self.layer.arguments if a.name == unknown.name)
        least = getattr(kind, "minimum", 1)
        if isinstance(kind, ShapeOf):
            return [self.first.wanted[self.position(unknown)]]
        window = isinstance(self.layer, Windowed) and not unknown.alone
        if together == 1 and not window and self.decided(unknown):
            numbers = set(self.derived())
        else:
            low = 1 if least is None else least
            high = self.bound or self.usual_bound(together, window)
            self.tried[unknown.name] = (low, high)
            numbers = {*range(low, high + 1)}
            if not window and self.bound is None:
                numbers |= self.derived()
        found: list[Any] = sorted(n for n in numbers if least is None or n >= least)
        if isinstance(kind, Scale):
            found += self.factors(axis)
        return found

    def usual_bound(self, together: int, window: bool) -> int:
        """The largest number that is tried if nobody says otherwise."""
        if together > 1:
            return BOUND if together <= 3 else SMALL_BOUND
        return max(BOUND, 2 * self.largest_size()) if window else COUNT_BOUND

    def largest_size(self) -> int:
        """The largest of the spatial sizes that come in."""
        sizes = [n for shape in self.first.inputs for n in shape.spatial if isinstance(n, int)]
        return max(sizes, default=1)

    def decided(self, unknown: Unknown) -> bool:
        """Whether a number decides a size that is known."""
        return any(
            isinstance(size, Blank)
            and unknown.hole in size.holes
            and isinstance(want, int | Polynomial)
            for size, want in zip(self.open_output.sizes, self.first.wanted, strict=True)
        )

    def position(self, unknown: Unknown) -> int:
        """Where a ``?`` stands in the shape of a reshape."""
        shape = self.layer.values[0]
        return next(i for i, size in enumerate(shape) if size == Blank(unknown.hole))

    def derived(self) -> set[int]:
        """What sums, differences and quotients of the known sizes and arguments come to."""
        sizes: set[int] = {1}

        def collect(value: Any) -> None:
            if isinstance(value, Progression):
                collect((value.first, value.last))
            elif isinstance(value, tuple):
                for item in value:
                    collect(item)
            elif isinstance(value, int) and not isinstance(value, bool):
                sizes.add(value)

        for place in self.places:
            collect((tuple(s.sizes for s in place.inputs), place.wanted, place.layer.values))
        found = set(sizes)
        for a in sizes:
            for b in sizes:
                found |= {a + b, a - b, (a - b) // 2, a // b if b else a}
        found |= {root for size in list(found) for root in (round(abs(size) ** 0.5),) if root}
        return found

    def factors(self, axis: int) -> list[Any]:
        """Fractions that lead from a size to the wanted one."""
        from fractions import Fraction

        pairs = ((p.inputs[0].spatial[axis], p.wanted[axis + 1]) for p in self.places)
        values = [Fraction(w, n) for n, w in pairs if isinstance(n, int) and isinstance(w, int)]
        return sorted({value for value in values if value.denominator != 1})

    def limit(self, ranges: Sequence[Sequence[Any]]) -> None:
        """Refuse to try too many combinations. Raises `SpecError`."""
        many = formulas.elements(map(len, ranges))
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
        tiling = isinstance(layer, Pool | Deconv)
        paddings = [] if isinstance(layer.pad, str) else [w.padding for w in windows]
        return (
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
        if self.alone and not any(True for _ in self.alone_assignments()):
            return "no number gives it", []
        tables = [self.axis_table(axis) for axis in range(self.axes)]
        for axis, table in enumerate(tables):
            if not table:
                return self.axis_failure(axis)
        if not self.common or set(tables[0]).intersection(*tables[1:]):
            stated = [f"{number:,} {name}" for p in self.places for name, number in p.counted]
            return f"no way to this size has {' and '.join(stated)}", []
        needs = []
        for name, table in zip(axis_names(self.rank), tables, strict=True):
            numbers = zip(self.common, min(table), strict=True)
            needs.append(
                f"the {name} needs " + " ".join(f"{u.name}={number_text(n)}" for u, n in numbers)
            )
        one_each = "x".join("?" * self.rank)
        return (
            f"one number for every axis cannot do it, as {' and '.join(needs)};"
            f" {one_each} asks for one an axis",
            [],
        )

    def axis_failure(self, axis: int) -> tuple[str, list[Miss]]:
        """Why an axis cannot come to its size, and the sizes next to it."""
        name = axis_names(self.rank)[axis]
        want = self.first.wanted[axis + 1]
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
        if len(self.unknowns) > self.rank or only.name != "pad" or only.side is not None:
            return None
        layer, inputs = self.first.on_axis(axis)
        position = next(i for i, a in enumerate(layer.arguments) if a.name == "pad")
        for pad in range(2 * self.largest_size() + 1):
            values = list(layer.values)
            values[position] = ((pad, pad + 1),)
            try:
                found = type(layer)(*values).output(inputs, SILENT).sizes[1]
            except LayerProblem:
                continue
            if fits(found, self.first.wanted[axis + 1]):
                return f"pad={pad}:{pad + 1}"
        return None


def sees_padding_only(layer: Layer) -> bool:
    """Whether a window of a one-axis layer would lie in the padding."""
    if not isinstance(layer, Windowed) or isinstance(layer.pad, str):
        return False
    padding = layer.pad[0]
    kernel, dilation = layer.kernel[0], layer.dilation[0]
    if not all(isinstance(number, int) for number in (*padding, kernel, dilation)):
        return False
    return bool(max(padding) >= formulas.window_extent(kernel, dilation))
