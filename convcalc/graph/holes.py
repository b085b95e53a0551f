"""A graph with holes in it: layers with a ``?`` for a number, where the graph begins anew.

What such a layer does to its input is not known, so a stand-in takes its place whose sizes are
those that the spec states for it, or unknowns. `convcalc.solving.holes` finds the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, NamedTuple

from convcalc.errors import SpecError
from convcalc.graph.answers import expected_shape
from convcalc.graph.build import Builder, Place
from convcalc.graph.evaluate import Bound, Closure, Located, Poisoned, reference
from convcalc.graph.graph import Graph
from convcalc.graph.names import Entry, Level
from convcalc.language import tree
from convcalc.source import Source, Span


class Blank:
    """A number of which nothing is known. Calculating with it gives another; `holes` are the places
    in the text of every ``?`` that went into it.
    """

    __slots__ = ("holes",)

    def __init__(self, *holes: int) -> None:
        self.holes = holes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Blank) and self.holes == other.holes

    def __hash__(self) -> int:
        return hash(self.holes)

    def __str__(self) -> str:
        return "?"

    def _with(self, other: Any) -> Blank:
        if not isinstance(other, Blank):
            return self
        return Blank(*dict.fromkeys(self.holes + other.holes))

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _with
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = _with
    maximum = ceil_div = rceil_div = _with

    def __neg__(self) -> Blank:
        return self

    def __lt__(self, other: Any) -> bool:
        return False

    def by_residue(self, modulo: Any, rule: Callable[[Any], Any]) -> Any:
        """A rule applied to a rest that is not known either."""
        return rule(self % modulo)


class Open(NamedTuple):
    """A layer with holes in its arguments, which are `Blank`s.

    `node` is its stand-in in the graph, `inputs` are the nodes it reads, `wanted` the sizes that
    its own answer states. `holes` are the places of its ``?`` in the text, `span` is its own.
    """

    node: int
    layer: Any
    inputs: tuple[int, ...]
    wanted: tuple[Any, ...] | None
    holes: tuple[Span, ...]
    span: Span


StandIn = Callable[[Any, tuple[Any, ...], "tuple[Any, ...] | None", int], tuple[Any, Any]]
"""What takes the place of a layer with holes: from the layer, the shapes of its inputs, the sizes
its answer states and the number of its node, a layer without inputs and its shape."""


def has_holes(node: Any) -> bool:
    """Whether some layer of a tree has a ``?`` among its arguments."""
    found = tree.inside(node, without=tree.Answer)
    return any(isinstance(inner, tree.Hole) for inner in found)


def open_graph(
    file: tree.File,
    source: Source,
    stand_in: StandIn,
    *,
    settings: Mapping[str, tree.Argument] | None = None,
    inputs: Mapping[str, tree.Argument] | None = None,
) -> tuple[Graph, list[Open]]:
    """The graph of a spec with stand-ins for its layers with holes, and these layers.

    Raises `SpecError` with every mistake of the spec.
    """
    builder = OpenBuilder(source, settings or {}, inputs or {}, stand_in)
    builder.run(file)
    if builder.problems:
        raise SpecError(*sorted(builder.problems, key=lambda problem: problem.span or (-1, -1)))
    return builder.graph(), builder.opened


class OpenBuilder(Builder):
    """A builder that lets holes stand."""

    def __init__(
        self,
        source: Source,
        settings: Mapping[str, tree.Argument],
        inputs: Mapping[str, tree.Argument],
        stand_in: StandIn,
    ) -> None:
        super().__init__(source, settings, inputs)
        self.stand_in = stand_in
        self.opened: list[Open] = []
        self.alone: list[Any] = []
        self.stated: tree.Answer | None = None
        self.wanted: tuple[Any, ...] | None = None
        self.standing = False

    def action(
        self, step: tree.Step, place: Place, current: int | None
    ) -> tuple[int | None, Level | None]:
        self.stated = step.answer
        return super().action(step, place, current)

    def arguments(
        self, kind: Any, name: str, action: tree.Apply, place: Place, current: int | None
    ) -> tuple[Any, ...]:
        """As of any layer, with a `Blank` for each hole."""
        holes = tuple(holes_in((action.arguments, action.options)))
        if holes and name == "input":
            raise Located(
                "an input's size cannot be left open with a ?",
                holes[0],
                help="write a capital for it, such as 3xHxW: convcalc solve finds every valid size",
            )
        for span in holes:
            place.frame.names[f"?{span.start}"] = Bound(Blank(span.start), 0)
        return super().arguments(kind, name, named(action) if holes else action, place, current)

    def call(
        self,
        closure: Closure,
        action: tree.Apply,
        label: str | None,
        place: Place,
        current: int | None,
    ) -> tuple[int | None, Level]:
        definition = closure.definition
        only_in_layers("a def's argument", (action.arguments, action.options))
        only_in_layers("a def's argument", definition.parameters)
        return super().call(closure, action, label, place, current)

    def repeat(self, action: tree.Repeat, place: Place, current: int | None) -> int | None:
        only_in_layers("how often to repeat", action.count)
        return super().repeat(action, place, current)

    def setting(self, name: str, span: Span, place: Place, current: int | None) -> Any:
        if any(holes_in(self.settings[name])):
            raise not_open(f"--set {name}: a value", span)
        return super().setting(name, span, place, current)

    def node(
        self,
        layer: Any,
        inputs: tuple[int, ...],
        action: tree.Action,
        label: str | None,
        place: Place,
        *,
        level: Level | None = None,
    ) -> int:
        holes: tuple[Span, ...] = ()
        if isinstance(action, tree.Apply):
            holes = tuple(holes_in((action.arguments, action.options)))
        if not holes:
            return super().node(layer, inputs, action, label, place, level=level)
        self.wanted = self.own_answer(place, inputs[0])
        self.standing = True
        try:
            index = super().node(layer, inputs, action, label, place, level=level)
        finally:
            self.standing = False
        if label is None:  # named by its own kind, not by that of the stand-in
            place.level.entries[-1] = Entry(layer.kind, False, index, None)
        self.nodes[index] = self.nodes[index]._replace(layer=self.alone[-1], inputs=())
        self.opened.append(Open(index, layer, inputs, self.wanted, holes, action.span))
        return index

    def reuse(
        self, action: tree.Reuse, label: str | None, place: Place, current: int | None
    ) -> tuple[int, Level | None]:
        again = reference(action.reference, place.frame)
        if any(again.first <= item.node < again.last for item in self.opened):
            raise Located("a layer with a ? in it cannot be used again", action.span)
        return super().reuse(action, label, place, current)

    def shape(self, layer: Any, shapes: tuple[Any, ...], index: int) -> Any:
        if not self.standing:
            return super().shape(layer, shapes, index)
        alone, shape = self.stand_in(layer, shapes, self.wanted, index)
        self.alone.append(alone)
        return shape

    def own_answer(self, place: Place, current: int) -> tuple[Any, ...] | None:
        """The sizes that the layer's own answer states; a wrong answer is reported in its turn."""
        if self.stated is None or self.stated.shape is None:
            return None
        try:
            found = expected_shape(
                self.stated.shape,
                self.context(place, current, shape=True),
                hwc=self.layout == "hwc",
            )
        except (Located, Poisoned):
            return None
        return None if found is None else tuple(found)


def only_in_layers(what: str, node: Any) -> None:
    """Refuse a ``?`` in what is no layer. Raises `Located`."""
    for span in holes_in(node):
        raise not_open(what, span)


def not_open(what: str, span: Span) -> Located:
    """The error for a ``?`` that stands where none can be found."""
    return Located(
        f"{what} cannot be left open with a ?",
        span,
        help="only the arguments of layers can: write the ? in a layer itself, such as conv ? 3",
    )


def holes_in(node: Any) -> Iterator[Span]:
    """Where each ``?`` in a tree stands."""
    return (inner.span for inner in tree.inside(node) if isinstance(inner, tree.Hole))


def named(node: Any) -> Any:
    """A tree with a name for each ``?``, by its place in the text."""
    if isinstance(node, tuple) and not hasattr(node, "_fields"):
        return tuple(map(named, node))
    if isinstance(node, tree.Hole):
        return tree.Name(f"?{node.span.start}", node.span)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    return replace(node, **{field.name: named(getattr(node, field.name)) for field in fields(node)})
