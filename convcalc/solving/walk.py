"""The walk over a graph that finds every valid size of one axis at once.

The sizes along one axis are lines a·t + b over a domain of t (`convcalc.arithmetic.affine`). A
division that leaves different rests splits the domain, a requirement cuts it, domains that lead to
the same live sizes are merged. What is left at the end are exactly the sizes for which every layer
works.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.arithmetic import formulas
from convcalc.arithmetic.affine import (
    Domain,
    Meeting,
    Opaque,
    Part,
    Split,
    merged,
    where,
)
from convcalc.arithmetic.number import Number
from convcalc.graph.graph import Graph, Node
from convcalc.layers.base import Check, Layer, LayerProblem, Shape
from convcalc.layers.pointwise import Learnt, Unchanged
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


class Stated(NamedTuple):
    """A requirement as a layer states it."""

    left: Number
    relation: str
    right: Number
    reason: str


class Collector(Check):
    """Keeps every requirement, also those between ints."""

    def __init__(self) -> None:
        self.stated: list[Stated] = []

    def require(
        self,
        left: Number,
        relation: str,
        right: Number,
        reason: str,
        problem: Callable[[], LayerProblem] | None = None,
    ) -> None:
        self.stated.append(Stated(left, relation, right, reason))


class Walk:
    """A walk for one variable: every other size is opaque.

    Only the sizes that depend on the variable are carried along; which they are is seen from the
    graph.
    """

    def __init__(
        self,
        graph: Graph,
        variable: str,
        *,
        strict: bool = False,
        wanted: Wanted | None = None,
    ) -> None:
        """`strict` demands that no window drops a pixel, `wanted` the sizes of some nodes."""
        self.graph = graph
        self.variable = variable
        self.strict = strict
        self.wanted = wanted or {}
        self.steps = 0
        self.known: dict[Any, tuple[Any, ...]] = {}
        self.names: dict[str, Any] = {name: Opaque(name) for name in graph.symbols}
        self.last = [-1] * len(graph.nodes)
        self.last_own = -1
        self.symbolic: list[bool] = []
        self.carried: list[tuple[int, ...]] = []
        self.fixed: list[tuple[Any, ...]] = []
        self.kinds: list[int] = []
        self.inputs: list[tuple[int, ...]] = []
        self.stands_for: list[int] = []
        kinds: dict[Any, int] = {}
        in_layers: dict[Layer, set[str]] = {}
        in_shapes: dict[int, tuple[tuple[int, ...], tuple[Any, ...]]] = {}
        for index, node in enumerate(graph.nodes):
            symbols = in_layers.get(node.layer)
            if symbols is None:
                symbols = in_layers[node.layer] = symbols_in(node.layer.values)
            if variable in symbols:
                self.last_own = index
            self.symbolic.append(bool(symbols))
            sizes = node.shape.sizes
            split = in_shapes.get(id(sizes))  # equal layers share their shapes
            if split is None:
                carried = tuple(i for i, size in enumerate(sizes) if variable in symbols_in(size))
                split = (carried, tuple(substituted(size, self.names) for size in sizes))
                in_shapes[id(sizes)] = split
            self.carried.append(split[0])
            self.fixed.append(split[1])
            inputs = tuple(self.stands_for[source] for source in node.inputs)
            self.inputs.append(inputs)
            if self.changes_nothing(index):
                self.stands_for.append(inputs[0])
                self.kinds.append(-1)
                continue
            self.stands_for.append(index)
            for source in inputs:
                self.last[source] = index
            alike = [(self.fixed[i], graph.nodes[i].shape.varies) for i in inputs]
            key = (node.layer, tuple(alike), index if index in self.wanted else None)
            self.kinds.append(kinds.setdefault(key, len(kinds)))

    def changes_nothing(self, index: int) -> bool:
        """Whether a node hands on its input's sizes and asks nothing of the variable."""
        node = self.graph.nodes[index]
        if not isinstance(node.layer, Unchanged | Learnt) or index in self.wanted:
            return False
        return not self.symbolic[index] and 0 not in self.carried[index]

    def domains(self) -> list[Domain]:
        """The domains that are left at the end. Raises `Refusal`."""
        domains = [Domain.of_sizes()]
        live: list[int] = []
        for index, stands_for in enumerate(self.stands_for):
            if stands_for == index:
                domains, live = self.node(index, domains, live)
            if not domains:
                break
        return domains

    def node(
        self, index: int, domains: list[Domain], live: list[int]
    ) -> tuple[list[Domain], list[int]]:
        """The domains after a node, and the nodes whose sizes they hold then, behind the variable's
        own.
        """
        places: dict[int, slice] = {}
        position = 1
        for other in live:
            end = position + len(self.carried[other])
            places[other] = slice(position, end)
            position = end
        still = [other for other in live if self.last[other] > index]
        goes_on = self.last[index] >= 0
        result: list[Domain] = []
        stack = domains[::-1]
        while stack:
            domain = stack.pop()
            self.steps += 1
            if self.steps + len(stack) > MAX_STEPS or len(stack) + len(result) > MAX_DOMAINS:
                raise Refusal(
                    f"the sizes of {self.variable} fall into too many cases: more than"
                    f" {MAX_STEPS:,} layer calculations, or {MAX_DOMAINS:,} cases at once",
                    node=index,
                )
            try:
                output = self.output(index, domain, places)
            except Split as split:
                if split.count > MAX_STEPS:
                    raise Refusal("a stride is too large to be solved", node=index) from None
                parts = [domain.within(part) for part in split.parts()]
                stack.extend(part for part in reversed(parts) if part is not None)
                continue
            except Meeting as meeting:
                raise self.meeting(index, meeting) from None
            if output is None:
                continue
            if isinstance(output, Part):
                smaller = domain.within(output)
                if smaller is not None:
                    stack.append(smaller)
                continue
            values = [domain.values[0] if index < self.last_own else 0]
            for other in still:
                values += domain.values[places[other]]
            if goes_on:
                values += output
            result.append(domain.with_values(values))
        if goes_on:
            still.append(index)
        if len(result) > 1:
            result = merged(result)
            if sum(len(domain.bands) for domain in result) > MAX_DOMAINS:
                raise Refusal(
                    f"the sizes of {self.variable} fall into more than {MAX_DOMAINS:,} cases",
                    node=index,
                )
        return result, still

    def output(
        self, index: int, domain: Domain, places: dict[int, slice]
    ) -> tuple[Any, ...] | Part | None:
        """A node's carried sizes on a domain; a part of the domain, or None, where not everything
        works.
        """
        node = self.graph.nodes[index]
        values = [domain.values[places[source]] for source in self.inputs[index]]
        layer: Layer = node.layer
        key = None
        if self.symbolic[index]:
            layer = self.at(layer, domain.values[0])
        else:
            key = (self.kinds[index], *values)
            known = self.known.get(key)
            if known is not None:
                return known
        shapes = [
            self.shape(source, carried)
            for source, carried in zip(self.inputs[index], values, strict=True)
        ]
        collector = Collector()
        shape = layer.output(shapes, collector)
        if self.strict:
            drop_nothing(node, shapes, collector)
        want_sizes(index, shape, self.wanted, collector)
        for stated in collector.stated:
            found = where(stated.left, stated.relation, stated.right)
            if found is False:
                return None
            if isinstance(found, Part):
                return found
        sizes = tuple(shape.sizes[axis] for axis in self.carried[index])
        if key is not None:
            self.known[key] = sizes
        return sizes

    def shape(self, index: int, carried: tuple[Any, ...]) -> Shape:
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
        others = ", ".join(name for name in meeting.names if name != self.variable)
        name = self.graph.names[index]
        if not others:
            return Refusal(f"{name} asks for a product of sizes with {self.variable}", node=index)
        free = any(
            isinstance(size, Opaque)
            for source in self.graph.inputs
            for size in self.graph.nodes[source].layer.values[0]
        )
        return Refusal(
            f"{self.variable} and {others} meet at {name}",
            node=index,
            help=(
                f"fix one of them with --input, such as 3x224x{self.variable}"
                if len(self.graph.inputs) == 1
                else None
            )
            if free
            else f"fix one of them, for example --set {others.split(', ')[0]}=64",
        )


def drop_nothing(node: Node, inputs: Sequence[Shape], check: Check) -> None:
    """Demand that no window leaves pixels at the end: (n + P − e) mod s ≤ after.

    For windows at least as long as their stride; a longer stride skips pixels everywhere.
    """
    layer = node.layer
    if not isinstance(layer, Windowed) or isinstance(layer, Deconv):
        return
    if layer.pad in ("same", "same_lower"):
        return
    for n, window in zip(inputs[0].spatial, layer.windows(inputs), strict=True):
        before, after = window.padding
        stride, extent = window.stride, window.extent
        if not isinstance(stride, int) or not isinstance(extent, int):
            continue  # sizes that meet a symbol here are refused where the output is found
        if window.rounding == "floor" and stride != 1 and extent >= stride:
            rest = formulas.dropped(n, window.extent, window.stride, before + after)
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
