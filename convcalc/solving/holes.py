"""What a ``?`` among a layer's arguments may be.

The sizes that must come out are known first: from the layer's own answer, or from whatever below it
fixes them. Then `convcalc.solving.search` finds the numbers that give them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from convcalc.arithmetic.affine import SolvingLimitError
from convcalc.arithmetic.formulas import elements
from convcalc.arithmetic.polynomial import Polynomial
from convcalc.errors import Problem, SpecError
from convcalc.graph.graph import Graph, Node
from convcalc.graph.holes import Blank, Open
from convcalc.layers.arguments import shape_text
from convcalc.layers.base import Layer, LayerProblem, Shape
from convcalc.layers.joins import Input
from convcalc.layers.whole import Reshape
from convcalc.solving.blanks import COUNTS, SILENT, Assignment, Place, filled
from convcalc.solving.search import Holes, Search
from convcalc.solving.valid import solved
from convcalc.solving.walk import Refusal, substituted, symbols_in
from convcalc.source import Span


def stand_in(
    layer: Layer, shapes: tuple[Shape, ...], wanted: tuple[Any, ...] | None, index: int
) -> tuple[Layer, Shape]:
    """An input in the place of a layer with holes: sizes that the holes leave open are those of its
    answer, or unknowns. Raises `LayerProblem`.
    """
    found = layer.output(shapes, SILENT)
    sizes: list[Any] = []
    for axis, size in enumerate(found.sizes):
        if not isinstance(size, Blank):
            sizes.append(size)
        elif wanted is not None and len(wanted) == len(found.sizes):
            sizes.append(wanted[axis])
        else:
            sizes.append(Polynomial.symbol(f"?{index}.{axis}", 1000 + index))
    return Input(tuple(sizes)), Shape(tuple(sizes), found.varies)


def all_holes(
    graph: Graph,
    opened: Sequence[Open],
    *,
    want: Mapping[int, Sequence[int]] | None = None,
    bound: int | None = None,
) -> tuple[Holes, ...]:
    """What the holes of every layer may be; a ``?`` that is read several times is one number.

    `want` are sizes that nodes shall come to, `bound` the largest number to try. Raises `SpecError`
    where nothing says what must come out.
    """
    known = Known(graph, opened, want or {})
    groups: dict[tuple[Span, ...], list[Open]] = {}
    for item in opened:
        groups.setdefault(item.holes, []).append(item)
    found: list[Holes] = []
    problems: list[Problem] = []
    for items in groups.values():
        try:
            found.append(known.holes(items, bound, alone=len(groups) == 1))
        except EarlierHole as error:
            problems += () if problems else error.problems
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(*problems)
    return tuple(found)


class EarlierHole(SpecError):
    """A layer's input hangs on another hole, of which too little is known."""


class Known:
    """What is known of the sizes that layers with holes must give."""

    def __init__(
        self, graph: Graph, opened: Sequence[Open], want: Mapping[int, Sequence[int]]
    ) -> None:
        self.unknown = [
            {name for name in symbols_in(node.shape.sizes) if name.startswith("?")}
            for node in graph.nodes
        ]
        unknown = set[str]().union(*(self.unknown[item.node] for item in opened))
        self.graph = graph._replace(symbols=(*graph.symbols, *sorted(unknown)))
        self.want = want
        self.fixed: dict[str, int] = {}
        self.found: dict[str, Any] = {}

    def holes(self, items: Sequence[Open], bound: int | None, *, alone: bool) -> Holes:
        """What the holes of one layer may be. Raises `SpecError`.

        Where no other layer has any (`alone`), numbers can be tried in the whole network, if only
        that says what they must lead to.
        """
        places = [self.place(item) for item in items[:1]]
        unsettled = self.unsettled(items[0], places[0])
        if unsettled is None:
            places += map(self.place, items[1:])
        network = Network(self.graph, items, list(self.stated(items, unsettled is not None)))
        trial = network if alone and network.stated else None
        if unsettled is not None and trial is None:
            raise unsettled
        search = Search(self.graph, items[0], places, bound, trial)
        found = replace(search.answer(), places=len(items))
        if unsettled is not None and not network.refused:
            raise unsettled
        self.learn(items, search)
        return found

    def stated(self, items: Sequence[Open], shapes: bool) -> Iterator[Stated]:
        """What is stated of blocks in which a layer stands; with `shapes` also those that come
        later.
        """
        node = items[0].node
        for answer in self.graph.answers:
            for quantity, value, _ in answer.expected:
                inside = answer.first <= node < answer.last and answer.last - answer.first > 1
                shape = shapes and quantity == "output_shape" and answer.output >= node
                if value is not None and (shape or (quantity in COUNTS and inside)):
                    yield Stated(answer.first, answer.last, answer.output, quantity, value)
        for output, sizes in self.want.items() if shapes else ():
            if output >= node:
                yield Stated(output, output, output, "output_shape", tuple(sizes))

    def place(self, item: Open) -> Place:
        """Where a layer stands, with its inputs and what it must give. Raises `SpecError`."""
        inputs = tuple(self.input(item, source) for source in item.inputs)
        try:
            item.layer.output(inputs, SILENT)
        except LayerProblem as problem:  # seen only now that sizes are known
            raise SpecError(
                Problem(
                    problem.message, self.graph.source, item.span, problem.details, problem.help
                )
            ) from None
        wanted = item.wanted
        if wanted is None:
            sizes = self.graph.nodes[item.node].shape.sizes
            wanted = tuple(self.wanted(item.node, size) for size in sizes)
            if isinstance(item.layer, Reshape):
                wanted = reshaped(inputs[0], wanted)
        return Place(item.layer, inputs, wanted, self.counted(item))

    def unsettled(self, item: Open, place: Place) -> SpecError | None:
        """The error for a hole on which sizes hang, none of which is known."""
        shape, found = place.inputs[0], place.open_output()
        if place.counted or len(place.wanted) != len(found.sizes):
            return None
        blanks = [
            (size.holes, want)
            for size, want in zip(found.sizes, place.wanted, strict=True)
            if isinstance(size, Blank)
        ]
        settled = {hole for holes, want in blanks if want is not None for hole in holes}
        for span in item.holes:
            if span.start not in settled and any(span.start in holes for holes, _ in blanks):
                likely = [size if isinstance(size, int) else 64 for size in found.sizes[:1]]
                likely += shape.spatial if found.rank == shape.rank else [56] * found.rank
                if self.graph.layout == "hwc":
                    likely = [*likely[1:], likely[0]]
                message = "nothing says what this ? must lead to"
                if any(self.stated([item], True)):
                    message = "what is stated further down does not settle this ? by itself"
                help = f"add the layer's output after it, such as -> {shape_text(likely)}"
                return SpecError(Problem(message, self.graph.source, span, help=help))
        return None

    def learn(self, items: Sequence[Open], search: Search) -> None:
        """Keep the sizes that are sure after a search."""
        outputs = search.outputs()
        if len(outputs) != 1 or len(items) != 1:
            return
        node = items[0].node
        for axis, size in enumerate(next(iter(outputs))):
            if isinstance(size, int):
                self.fixed[f"?{node}.{axis}"] = size

    def input(self, item: Open, source: int) -> Shape:
        """The shape that comes in, which may hang on an earlier hole. Raises `EarlierHole`."""
        for name in sorted(self.unknown[source] - self.fixed.keys()):
            if self.find(name) is None:
                break
        shape = self.shape(source)
        if any(name.startswith("?") for name in symbols_in(shape.sizes)):
            raise EarlierHole(
                Problem(
                    "what comes in here hangs on an earlier ? that is not known for sure",
                    self.graph.source,
                    item.span,
                    help="add the earlier layer's output after it, such as -> 64x56x56",
                )
            )
        return shape

    def wanted(self, node: int, size: Any) -> Any:
        """What a size of a layer's output must be: a number, a set of sizes, None for anything."""
        names = symbols_in(size)
        if any(name.startswith(f"?{node}.") for name in names):
            return self.find(*names)
        if any(name.startswith("?") for name in names):
            known = size.evaluate(self.fixed)
            return None if any(name.startswith("?") for name in symbols_in(known)) else known
        return size

    def find(self, name: str) -> Any:
        """The sizes of an unknown for which the rest of the network works, None where they are not
        limited.
        """
        if name not in self.found:
            self.found[name] = self.sizes_of(name)
        return self.found[name]

    def sizes_of(self, name: str) -> Any:
        """As `find`, found by a walk over the network."""
        part, places = self.part(name)
        wanted: dict[int, list[int | None]] = {}
        for node, sizes in self.expected():
            shape = self.graph.nodes[node].shape
            if node in places and len(sizes) == len(shape.sizes):
                wanted[places[node]] = [
                    want if isinstance(want, int) and name in symbols_in(size) else None
                    for want, size in zip(sizes, shape.sizes, strict=True)
                ]
        try:
            found = solved(part, name, wanted=wanted)
        except (Refusal, SolvingLimitError):
            return None
        if any(item.last is None for item in found):
            return None
        if len(found) == 1 and found[0].first == found[0].last:
            self.fixed[name] = found[0].first
            return found[0].first
        return found

    def part(self, name: str) -> tuple[Graph, dict[int, int]]:
        """The part of the graph that an unknown has to do with, and the places of its nodes there.

        What else these layers read is an input of the part.
        """
        nodes: list[Node] = []
        places: dict[int, int] = {}
        for index, node in enumerate(self.graph.nodes):
            if not any(name in self.unknown[i] for i in (index, *node.inputs)):
                continue
            for source in node.inputs:
                if source not in places:
                    places[source] = len(nodes)
                    shape = self.shape(source)
                    nodes.append(Node(Input(shape.sizes), (), shape, node.span))
            places[index] = len(nodes)
            shape = self.shape(index)
            inputs = tuple(places[source] for source in node.inputs)
            layer = node.layer if inputs else Input(shape.sizes)
            nodes.append(node._replace(layer=layer, inputs=inputs, shape=shape))
        names = tuple(self.graph.names[index] for index in places)
        return self.graph._replace(nodes=tuple(nodes), names=names, inputs=()), places

    def shape(self, node: int) -> Shape:
        """A node's shape as far as it is known."""
        sizes, varies = self.graph.nodes[node].shape
        return Shape(
            tuple(n.evaluate(self.fixed) if isinstance(n, Polynomial) else n for n in sizes), varies
        )

    def expected(self) -> Iterator[tuple[int, Sequence[Any]]]:
        """The shapes that nodes are expected to have."""
        for answer in self.graph.answers:
            for quantity, value, _ in answer.expected:
                if quantity == "output_shape" and value is not None:
                    yield answer.output, value
        yield from self.want.items()

    def counted(self, item: Open) -> tuple[tuple[str, Any], ...]:
        """The parameters and work that the layer's own answer states."""
        return tuple(
            (quantity, value)
            for answer in self.graph.answers
            if answer.output == item.node and answer.last - answer.first == 1
            for quantity, value, _ in answer.expected
            if value is not None and quantity in COUNTS
        )


def reshaped(shape: Shape, wanted: tuple[Any, ...]) -> tuple[Any, ...]:
    """The wanted sizes of a reshape, where the number of values settles the last one."""
    count, known = elements(shape.sizes), [size for size in wanted if size is not None]
    if len(wanted) - len(known) != 1 or not all(isinstance(n, int) for n in (count, *known)):
        return wanted
    rest = elements(known)
    if not rest or count % rest:
        return wanted
    return tuple(count // rest if size is None else size for size in wanted)


class Stated(NamedTuple):
    """What a spec states of ``nodes[first:last]`` with the end `output`."""

    first: int
    last: int
    output: int
    quantity: str
    value: Any


class Network:
    """Says whether all works from some holes on, with numbers in them, and gives what is stated.

    `refused` tells whether it ever said no.
    """

    def __init__(self, graph: Graph, items: Sequence[Open], stated: Sequence[Stated]) -> None:
        self.nodes = graph.nodes
        self.opened = {item.node: item for item in items}
        self.first = items[0].node
        self.stated = stated
        self.refused = False

    @property
    def layers(self) -> int:
        """How many layers are calculated each time."""
        return len(self.nodes) - self.first

    def __call__(self, assignment: Assignment) -> bool:
        right = self.works(assignment)
        self.refused |= not right
        return right

    def works(self, assignment: Assignment) -> bool:
        """Whether numbers for the holes are right."""
        shapes = [node.shape for node in self.nodes]
        layers = [node.layer for node in self.nodes]
        sources = [node.inputs for node in self.nodes]
        sizes: dict[str, Any] = {}
        for index in range(self.first, len(self.nodes)):
            if index in self.opened:
                layers[index] = filled(self.opened[index].layer, assignment)
                sources[index] = self.opened[index].inputs
            layer = layers[index]
            if not sizes.keys().isdisjoint(symbols_in(layer.values)):
                layers[index] = layer = type(layer)(*substituted(layer.values, sizes))
            try:
                shapes[index] = layer.output([shapes[i] for i in sources[index]], SILENT)
            except LayerProblem:
                return False
            if index in self.opened:
                for axis, size in enumerate(shapes[index].sizes):
                    sizes[f"?{index}.{axis}"] = size

        def count(quantity: str, node: int) -> Any:
            if quantity in ("parameters", "weights", "biases") and (
                self.nodes[node].shared is not None
            ):
                return 0
            inputs = [shapes[i] for i in sources[node]]
            return COUNTS[quantity](layers[node], inputs, shapes[node])

        for first, last, output, quantity, value in self.stated:
            if quantity == "output_shape":
                found: Any = shapes[output].sizes
            else:
                found = sum(count(quantity, node) for node in range(first, last))
            if found != value:
                return False
        return True
