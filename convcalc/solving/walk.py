"""The walk over a graph that finds every valid size of one axis at once.

The sizes along one axis are lines a·t + b over a domain of t (`convcalc.arithmetic.affine`). A
division that leaves different rests splits the domain, a requirement cuts it, domains that lead to
the same live sizes are merged. What is left at the end are exactly the sizes for which every layer
works.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from convcalc.arithmetic import formulas
from convcalc.arithmetic.affine import (
    Affine,
    Domain,
    Line,
    Meeting,
    Opaque,
    Part,
    Split,
    holds,
    line_of,
    merged,
    values_over,
    where,
)
from convcalc.arithmetic.number import Number
from convcalc.graph.graph import Graph
from convcalc.layers.base import Check, Layer, LayerProblem, Shape, Window
from convcalc.layers.windows import Deconv, Windowed

MAX_STEPS = 200_000
"""The most layers that are calculated, counting one once for each domain."""

MAX_DOMAINS = 20_000
"""The most cases, of sizes that lead to different ones, that are followed at once."""

Wanted = Mapping[int, Sequence[int | None]]
"""Sizes that nodes shall come to, the spatial ones or all; None for any."""


class Refusal(Exception):
    """Why sizes cannot be solved, in words; `node` is the layer where it shows, if there is one."""

    def __init__(self, message: str, *, node: int | None = None, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.node = node
        self.help = help


class Judge(Check):
    """Answers a requirement on a domain at once, by `Unfit` where it does not hold everywhere."""

    def require(
        self,
        left: Number,
        relation: str,
        right: Number,
        reason: str,
        problem: Callable[[], LayerProblem] | None = None,
    ) -> None:
        found = where(left, relation, right)
        if found is not True:
            raise Unfit(found or None)


class Unfit(Exception):
    """A requirement holds only in a part of the domain, or (`part` is None) nowhere."""

    def __init__(self, part: Part | None) -> None:
        super().__init__()
        self.part = part


class Walk:
    """A walk for one variable: every other size is opaque.

    Only the sizes that depend on the variable are carried along; which they are is seen from the
    graph. Nodes that hand on every size as it is are passed over.
    """

    def __init__(self, graph: Graph, variable: str, *, wanted: Wanted | None = None) -> None:
        """`wanted` demands the sizes of some nodes."""
        self.graph = graph
        self.variable = variable
        self.strict = False
        self.wanted = wanted or {}
        self.steps = 0
        self.at_node = 0
        """The last node that was calculated."""
        self.judge = Judge()
        self.names: dict[str, Any] = {name: Opaque(name) for name in graph.symbols}
        self.own = len(graph.nodes)
        """The place of the variable itself, behind the nodes."""
        self.last = [-1] * (self.own + 1)
        """The last node that reads the sizes of each."""
        self.symbolic: list[bool] = []
        self.carried: list[tuple[int, ...]] = []
        self.fixed: list[tuple[Any, ...]] = []
        self.sources: list[tuple[int, ...]] = []
        """For each input of a node, the node that its carried sizes come from."""
        self.stands_for: list[int] = []
        """The node that the carried sizes of each come from: itself, unless it is passed over."""
        idle: dict[Any, bool] = {}
        in_layers: dict[Layer, set[str]] = {}
        in_shapes: dict[int, tuple[tuple[int, ...], tuple[Any, ...]]] = {}
        for index, node in enumerate(graph.nodes):
            symbols = in_layers.get(node.layer)
            if symbols is None:
                symbols = in_layers[node.layer] = symbols_in(node.layer.values)
            if variable in symbols:
                self.last[self.own] = index
            self.symbolic.append(bool(symbols))
            sizes = node.shape.sizes
            split = in_shapes.get(id(sizes))  # equal layers share their shapes
            if split is None:
                carried = tuple(i for i, size in enumerate(sizes) if variable in symbols_in(size))
                split = (carried, tuple(substituted(size, self.names) for size in sizes))
                in_shapes[id(sizes)] = split
            self.carried.append(split[0])
            self.fixed.append(split[1])
            sources = tuple(self.stands_for[source] for source in node.inputs)
            self.sources.append(sources)
            if not symbols and index not in self.wanted and len(set(sources)) == 1:
                shapes = [graph.nodes[source].shape for source in node.inputs]
                kind = (node.layer, *[(id(shape.sizes), shape.varies) for shape in shapes])
                if kind not in idle:
                    idle[kind] = self.changes_nothing(index)
                if idle[kind]:
                    self.stands_for.append(sources[0])
                    continue
            self.stands_for.append(index)
            for source in sources:
                self.last[source] = index
        self.carried.append((0,))

    def changes_nothing(self, index: int) -> bool:
        """Whether a node hands on the sizes of its one source and asks nothing of the variable,
        whatever size comes.
        """
        carried = self.carried[self.sources[index][0]]
        if carried != self.carried[index] or len(carried) > 1:
            return False
        any_size = [Affine(1, 0, 1, None)] * len(carried)
        self.strict = True
        try:
            sizes = self.rule(index)(any_size * len(self.sources[index]))
        except (Split, Unfit, Meeting):
            return False
        return list(sizes) == any_size

    def domains(self, *, strict: bool = False) -> list[Domain]:
        """The domains that are left at the end; `strict` demands that no window drops a pixel.

        Raises `Refusal`.
        """
        self.strict = strict
        self.steps = 0
        domains = [Domain.of_sizes()]
        live = [self.own]
        for index, stands_for in enumerate(self.stands_for):
            if stands_for == index:
                self.at_node = index
                domains, live = self.node(index, domains, live)
            if not domains:
                break
        return domains

    def node(
        self, index: int, domains: list[Domain], live: list[int]
    ) -> tuple[list[Domain], list[int]]:
        """The domains after a node, and the nodes whose sizes they hold then.

        Domains in which the node reads the same lines are calculated together.
        """
        places: dict[int, range] = {}
        start = 0
        for other in live:
            places[other] = range(start, start + len(self.carried[other]))
            start = places[other].stop
        read = [place for source in self.sources[index] for place in places[source]]
        if index <= self.last[self.own]:
            read.append(0)
        still = [other for other in live if self.last[other] > index]
        pick = picker(read)
        keep = picker([place for other in still for place in places[other]])
        goes_on = self.last[index] >= 0
        calculate = self.rule(index)
        result: list[Domain] = []
        stack = by_lines(domains, pick)
        waiting = len(domains)
        while stack:
            lines, group = stack.pop()
            waiting -= len(group)
            self.steps += len(group)
            self.stay_within_bounds(index, 0, waiting + len(result))
            try:
                output = calculate(values_over(group, lines))
            except Split as split:
                pieces = split.count * sum([len(domain.bands) for domain in group])
                self.stay_within_bounds(index, pieces, 0)
                parts = list(split.parts())
            except Unfit as unfit:
                parts = [] if unfit.part is None else [unfit.part]
            except Meeting as meeting:
                raise self.meeting(index, meeting) from None
            else:
                new = tuple(map(line_of, output)) if goes_on else ()
                result += [domain.with_lines(keep(domain.lines) + new) for domain in group]
                continue
            for part in parts:
                inside = [found for domain in group if (found := domain.within(part)) is not None]
                waiting += len(inside)
                stack += by_lines(inside, pick)
        if goes_on:
            still.append(index)
        if len(result) > 1:
            result = merged(result)
            self.stay_within_bounds(index, 0, sum([len(domain.bands) for domain in result]))
        return result, still

    def stay_within_bounds(self, index: int, steps: int, cases: int) -> None:
        """Raises `Refusal` at a node where so many more steps, or so many cases, are too many."""
        if self.steps + steps > MAX_STEPS or cases > MAX_DOMAINS:
            raise Refusal(
                "the sizes fall into too many cases: more than"
                f" {MAX_STEPS:,} layer calculations, or {MAX_DOMAINS:,} cases at once",
                node=index,
            )

    def rule(self, index: int) -> Callable[[list[Any]], tuple[Any, ...]]:
        """What calculates a node's carried sizes from those of its sources (and, for a layer that
        reads it, the variable). It raises `Split`, `Unfit` and `Meeting`.
        """
        node = self.graph.nodes[index]
        layer = node.layer
        if isinstance(layer, Windowed) and not self.symbolic[index] and index not in self.wanted:
            (source,) = node.inputs
            if len(self.carried[source]) == 1 and self.carried[source] == self.carried[index]:
                axis = self.carried[source][0] - 1
                if axis >= 0:
                    return self.along(index, layer, axis)
        counts = [len(self.carried[source]) for source in node.inputs]

        def calculate(values: list[Any]) -> tuple[Any, ...]:
            carried, start = [], 0
            for count in counts:
                carried.append(values[start : start + count])
                start += count
            return self.output(index, carried, values[-1] if len(values) > start else 0)

        return calculate

    def along(
        self, index: int, layer: Windowed, axis: int
    ) -> Callable[[list[Any]], tuple[Any, ...]]:
        """What slides a layer's window along the variable's axis; nothing else changes with it."""
        (source,) = self.graph.nodes[index].inputs
        shape = Shape(self.fixed[source], self.graph.nodes[source].shape.varies)
        windows = layer.windows((shape,))

        def calculate(values: list[Any]) -> tuple[Any, ...]:
            n = values[0]
            size = layer.along(axis, n, windows, self.judge, shape)
            if self.strict:
                sizes = (*shape.spatial[:axis], n, *shape.spatial[axis + 1 :])
                drop_nothing(layer, sizes, windows, self.judge)
            return (size,)

        return calculate

    def output(self, index: int, carried: Sequence[Sequence[Any]], own: Any) -> tuple[Any, ...]:
        """A node's carried sizes, from those of its inputs, by the rule of its layer.

        `own` is the variable itself, for a layer that reads it.
        """
        layer = self.graph.nodes[index].layer
        if self.symbolic[index]:
            layer = self.at(layer, own)
            layer.check_arguments(self.judge)
        shapes = [
            self.shape(source, sizes)
            for source, sizes in zip(self.graph.nodes[index].inputs, carried, strict=True)
        ]
        shape = layer.output(shapes, self.judge)
        if self.strict and isinstance(layer, Windowed):
            drop_nothing(layer, shapes[0].spatial, layer.windows(shapes), self.judge)
        want_sizes(index, shape, self.wanted, self.judge)
        return tuple([shape.sizes[axis] for axis in self.carried[index]])

    def shape(self, index: int, carried: Sequence[Any]) -> Shape:
        """A node's shape with its carried sizes in place."""
        sizes = list(self.fixed[index])
        for axis, size in zip(self.carried[index], carried, strict=True):
            sizes[axis] = size
        return Shape(tuple(sizes), self.graph.nodes[index].shape.varies)

    def at(self, layer: Layer, size: Any) -> Layer:
        """A layer with symbols in its arguments, with the variable's size put in."""
        names = {**self.names, self.variable: size}
        return type(layer)(*substituted(layer.values, names), called=layer.called)

    def meeting(self, index: int, meeting: Meeting) -> Refusal:
        """The refusal where two symbols meet, in words."""
        others = [name for name in meeting.names if name != self.variable]
        name = self.graph.names[index]
        if not others:
            return Refusal(f"{name} asks for a product of sizes with {self.variable}", node=index)
        which = " and ".join([", ".join([self.variable, *others[:-1]]), others[-1]])
        settings = " ".join(f"--set {other}=64" for other in others)
        return Refusal(
            f"{which} meet at {name}",
            node=index,
            help=f"fix {'one of them' if len(others) == 1 else 'all but one'}, such as {settings}",
        )


Lines = tuple[Line, ...]


def picker(places: Sequence[int]) -> Callable[[Lines], Lines]:
    """What picks the lines at some places."""
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))


def by_lines(
    domains: Sequence[Domain], pick: Callable[[Lines], Lines]
) -> list[tuple[Lines, list[Domain]]]:
    """The domains that agree in the picked lines, together."""
    groups: dict[Lines, list[Domain]] = {}
    for domain in domains:
        groups.setdefault(pick(domain.lines), []).append(domain)
    return list(groups.items())


def drop_nothing(
    layer: Windowed, sizes: Sequence[Any], windows: Sequence[Window], check: Check
) -> None:
    """Demand that no window leaves pixels at the end: (n + P − e) mod s ≤ after.

    For windows at least as long as their stride; a longer stride skips pixels everywhere.
    """
    if isinstance(layer, Deconv) or layer.pad in ("same", "same_lower"):
        return
    for n, window in zip(sizes, windows, strict=True):
        before, after = window.padding
        stride, extent = window.stride, window.extent
        if window.rounding == "floor" and stride != 1 and holds(extent, ">=", stride):
            rest = formulas.dropped(n, extent, stride, before + after)
            check.require(rest, "<=", after, "no window may drop a pixel")


def want_sizes(index: int, shape: Shape, wanted: Wanted, check: Check) -> None:
    """Demand the wanted sizes of a node, from its last one on."""
    for size, want in zip(reversed(shape.sizes), reversed(wanted.get(index, ())), strict=False):
        if want is not None:
            check.require(size, "==", want, "the wanted size")


def substituted(value: Any, names: dict[str, Any]) -> Any:
    """An argument's value, or nested tuples of them, with other number-likes for its symbols."""
    if isinstance(value, tuple):
        if not symbols_in(value):
            return value
        return tuple(substituted(item, names) for item in value)
    if isinstance(value, Opaque):
        return names[value.names[0]]
    return value.evaluate(names) if hasattr(value, "evaluate") else value


def symbols_in(value: Any) -> set[str]:
    """The symbols in an argument's value, or in nested tuples of them."""
    if isinstance(value, tuple):
        return set().union(*map(symbols_in, value))
    if isinstance(value, Opaque):
        return set(value.names)
    return set(value.symbols()) if hasattr(value, "evaluate") else set()
