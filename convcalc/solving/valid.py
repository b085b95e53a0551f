"""Valid input sizes: the exact set for each symbol, and what one may want to know about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from convcalc.arithmetic import formulas
from convcalc.arithmetic.affine import (
    Domain,
    Meeting,
    Opaque,
    Progression,
    SolvingLimitError,
    progressions,
    where,
)
from convcalc.arithmetic.number import Number
from convcalc.graph.graph import Graph
from convcalc.layers.base import Check, Layer, LayerProblem, Shape
from convcalc.layers.whole import Fc
from convcalc.layers.windows import Deconv, Windowed
from convcalc.solving.walk import (
    Refusal,
    Walk,
    Wanted,
    drop_nothing,
    substituted,
    symbols_in,
    want_sizes,
)


@dataclass(frozen=True, slots=True)
class Valid:
    """The sizes of one symbol for which the network works.

    `sizes` are all of them, `even` those at which no window drops a pixel besides, None where these
    could not be found. `refusal` says why nothing could be found (both are empty then), `emptied`
    names the layer that leaves no size. `of_input` says that it is a spatial size of an input.
    """

    symbol: str
    sizes: tuple[Progression, ...]
    even: tuple[Progression, ...] | None
    refusal: str | None = None
    help: str | None = None
    emptied: str | None = None
    of_input: bool = True

    def __contains__(self, size: int) -> bool:
        return any(size in progression for progression in self.sizes)

    @property
    def smallest(self) -> int | None:
        """The smallest valid size."""
        return self.sizes[0].first if self.sizes else None

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "sizes": [progression.to_dict() for progression in self.sizes],
            "without_dropped_pixels": None
            if self.even is None
            else [progression.to_dict() for progression in self.even],
            "smallest": self.smallest,
        }
        if self.refusal is not None:
            data["refusal"] = self.refusal
        return data


@dataclass(frozen=True, slots=True)
class GivenWeights:
    """The sizes that suit the weights of fully connected layers as they are.

    `layers` are their names, and how many values each takes. Each of `choices` is one way to come
    to as many: sizes for each symbol, to be taken together.
    """

    layers: tuple[tuple[str, int], ...]
    choices: tuple[dict[str, tuple[Progression, ...]], ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": self.layers[0][0],
            "features": self.layers[0][1],
            "layers": [{"layer": layer, "features": count} for layer, count in self.layers],
            "choices": [
                {symbol: [p.to_dict() for p in sizes] for symbol, sizes in choice.items()}
                for choice in self.choices
            ],
        }


@dataclass(frozen=True, slots=True)
class Why:
    """Why a size does not work: the first layer that breaks, and how the size came there.

    `layer` is None for a size that works. Each of `chains` leads from the input to the layer:
    (layer, size, note).
    """

    symbol: str
    size: int
    layer: str | None
    reason: str
    chains: tuple[tuple[tuple[str, int, str], ...], ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "size": self.size,
            "valid": self.layer is None,
            "layer": self.layer,
            "reason": self.reason,
            "chains": [
                [{"layer": layer, "size": size, "note": note} for layer, size, note in chain]
                for chain in self.chains
            ],
        }


@dataclass(frozen=True, slots=True)
class Near:
    """The valid sizes nearest to one: `below` and `above`, None where there is none."""

    symbol: str
    size: int
    valid: bool
    below: int | None
    above: int | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "size": self.size,
            "valid": self.valid,
            "below": self.below,
            "above": self.above,
            "crop": None if self.below is None else list(halves(self.size - self.below)),
            "pad": None if self.above is None else list(halves(self.above - self.size)),
        }


class Unmet(LayerProblem):
    """A requirement that the one known size breaks; `pair` are the numbers that don't agree."""

    def __init__(self, message: str, pair: tuple[Any, ...]) -> None:
        super().__init__(message)
        self.pair = pair


class Demand(Check):
    """Raises `Unmet` for a requirement that the one known size breaks."""

    def require(
        self,
        left: Number,
        relation: str,
        right: Number,
        reason: str,
        problem: Callable[[], LayerProblem] | None = None,
    ) -> None:
        if where(left, relation, right) is False:
            broken = {"==": "against", ">=": "is less than", "<=": "is more than"}[relation]
            raise Unmet(f"{reason}: {left} {broken} {right}", (left, right))


def halves(pixels: int) -> tuple[int, int]:
    """Pixels shared between both sides, the odd one at the end."""
    return pixels // 2, pixels - pixels // 2


def valid_sizes(
    graph: Graph,
    symbol: str,
    *,
    strict: bool = False,
    wanted: Wanted | None = None,
) -> Valid:
    """The sizes of a symbol for which the network works, whatever the other symbols are.

    `strict` demands that no window drops a pixel; `wanted` demands spatial sizes of nodes.
    """
    valid = Valid(symbol, (), (), of_input=symbol in spatial_symbols(graph))
    try:
        walk = Walk(graph, symbol, wanted=wanted)
        sizes = written(walk.domains(strict=strict))
    except Refusal as refusal:
        return replace(valid, refusal=refusal.message, help=refusal.help)
    except SolvingLimitError as error:
        return replace(valid, refusal=str(error))
    if not sizes:
        return replace(valid, emptied=graph.names[walk.at_node])
    if strict:
        return replace(valid, sizes=sizes, even=sizes)
    try:
        even = written(walk.domains(strict=True))
    except (Refusal, SolvingLimitError):  # too many cases, or symbols that meet only here
        return replace(valid, sizes=sizes, even=None)
    return replace(valid, sizes=sizes, even=even)


def spatial_symbols(graph: Graph) -> set[str]:
    """The symbols in the spatial sizes of inputs."""
    return {
        symbol
        for index in graph.inputs
        for size in graph.nodes[index].shape.spatial
        for symbol in symbols_in(size)
    }


def solved(
    graph: Graph, symbol: str, *, strict: bool = False, wanted: Wanted | None = None
) -> tuple[Progression, ...]:
    """The sizes of a symbol that fulfil every requirement. Raises `Refusal`."""
    return written(Walk(graph, symbol, wanted=wanted).domains(strict=strict))


def written(domains: Sequence[Domain]) -> tuple[Progression, ...]:
    """The input sizes in domains. Raises `SolvingLimitError` where they are too long a list."""
    return progressions([band for domain in domains for band in domain.bands]) if domains else ()


def weighed(graph: Graph) -> dict[int, int]:
    """The maps of varying size that fully connected layers read, each with the first such layer."""
    found: dict[int, int] = {}
    for index, node in enumerate(graph.nodes):
        if not isinstance(node.layer, Fc):
            continue
        source = node.inputs[0]
        while graph.nodes[source].layer.kind in ("flatten", "dropout", "identity"):
            source = graph.nodes[source].inputs[0]
        if any(graph.nodes[source].shape.varies[1:]):
            found.setdefault(source, index)
    return found


def given_weights(
    graph: Graph, declared: Graph, maps: Mapping[int, int], *, alike: bool, strict: bool = False
) -> GivenWeights:
    """The sizes that suit the weights of fully connected layers as they are in `declared`.

    `graph` has free sizes, `declared` is the same network with numbers; `maps` are the maps that
    the layers read, as `weighed` finds them. `alike` says that the network treats its axes alike.
    Raises `Refusal`.
    """
    known: dict[tuple[Any, ...], tuple[Progression, ...]] = {}

    def sizes_for(symbol: str, wanted: dict[int, tuple[int, ...]]) -> tuple[Progression, ...]:
        asked = tuple(
            wanted[source][axis]
            for source in wanted
            for axis, size in enumerate(graph.nodes[source].shape.spatial)
            if symbol in symbols_in(size)
        )
        key = (None if alike else symbol, len(wanted), *asked)
        if key not in known:
            known[key] = solved(graph, symbol, strict=strict, wanted=wanted)
        return known[key]

    layers = []
    ways: list[dict[int, tuple[int, ...]]] = [{}]
    choices: list[dict[str, tuple[Progression, ...]]] = []
    for source, fc in maps.items():
        shape = declared.nodes[source].shape
        features = formulas.elements(shape.sizes)
        layers.append((declared.names[fc], features))
        spatials = factorings(features // shape.depth, shape)
        spatials.sort(key=lambda spatial: spatial != shape.spatial)
        tried = [{**way, source: spatial} for way in ways for spatial in spatials]
        ways, choices = [], []
        for way in tried:
            choice: dict[str, tuple[Progression, ...]] = {}
            for symbol in graph.symbols:
                choice[symbol] = sizes_for(symbol, way)
                if not choice[symbol]:
                    break
            else:
                ways.append(way)
                choices.append(choice)
    return GivenWeights(tuple(layers), tuple(choices))


def factorings(number: int, shape: Shape) -> list[tuple[int, ...]]:
    """The spatial sizes with a product, keeping those that do not vary."""
    result: list[tuple[int, ...]] = [()]
    for axis, size in enumerate(shape.spatial):
        options = divisors(number) if shape.varies[axis + 1] else [size]
        result = [(*start, option) for start in result for option in options]
    return [sizes for sizes in result if formulas.elements(sizes) == number]


def divisors(number: int) -> list[int]:
    """Every divisor of a number."""
    small = [d for d in range(1, int(number**0.5) + 1) if number % d == 0]
    return sorted({*small, *(number // d for d in small)})


def nearest_sizes(valid: Valid, size: int) -> Near:
    """The valid sizes nearest to a size, below and above it."""
    below = [found for p in valid.sizes if (found := at_most(p, size)) is not None]
    above = [found for p in valid.sizes if (found := at_least(p, size)) is not None]
    return Near(
        valid.symbol, size, size in valid, max(below, default=None), min(above, default=None)
    )


def at_most(progression: Progression, size: int) -> int | None:
    """The largest of its sizes that is at most `size`."""
    first, step, width, last = (
        progression.first,
        progression.step,
        progression.width,
        progression.last,
    )
    size = size if last is None else min(size, last)
    if size < first:
        return None
    if step == 1:
        return size
    start = first + (size - first) // step * step
    return min(size, start + width - 1)


def at_least(progression: Progression, size: int) -> int | None:
    """The smallest of its sizes that is at least `size`."""
    if size in progression:
        return size
    if size <= progression.first:
        return progression.first
    found = (
        progression.first + -(-(size - progression.first) // progression.step) * progression.step
    )
    return found if found in progression else None


def why(
    graph: Graph, symbol: str, size: int, *, strict: bool = False, wanted: Wanted | None = None
) -> Why:
    """The first layer that breaks at a size of a symbol, and the chain of sizes that led there.

    Raises `Refusal` where another symbol is asked for first.
    """
    names: dict[str, Any] = {name: Opaque(name) for name in graph.symbols}
    names[symbol] = size
    layers: list[Layer] = []
    shapes: list[Shape] = []
    demand = Demand()

    def broken(index: int, problem: LayerProblem, pair: tuple[Any, ...]) -> Why:
        chains = []
        for source in graph.nodes[index].inputs:
            axes = axes_of(graph, source, symbol)
            found = [axis for axis in axes if shapes[source].sizes[axis] in pair] or axes
            chains.append(chain(graph, layers, shapes, source, found[0]) if found else ())
        return Why(symbol, size, graph.names[index], problem.message, tuple(chains))

    for index, node in enumerate(graph.nodes):
        inputs = tuple(shapes[source] for source in node.inputs)
        layer = type(node.layer)(*substituted(node.layer.values, names), called=node.layer.called)
        try:
            layer.check_arguments(demand)
            output = layer.output(inputs, demand)
            if strict and isinstance(layer, Windowed):
                drop_nothing(layer, inputs[0].spatial, layer.windows(inputs), demand)
            want_sizes(index, output, wanted or {}, demand)
        except Meeting:
            message = f"{symbol} meets another size at {graph.names[index]}"
            raise Refusal(message, node=index) from None
        except Unmet as problem:
            return broken(index, problem, problem.pair)
        except LayerProblem as problem:
            return broken(index, problem, ())
        layers.append(layer)
        shapes.append(Shape(output.sizes, node.shape.varies))
    return Why(symbol, size, None, "it works", ())


def axes_of(graph: Graph, index: int, symbol: str) -> list[int]:
    """The axes of a node's output whose sizes depend on a symbol, the spatial ones first."""
    sizes = graph.nodes[index].shape.sizes
    return sorted(
        (axis for axis, size in enumerate(sizes) if symbol in symbols_in(size)),
        key=lambda axis: axis == 0,
    )


def chain(
    graph: Graph, layers: Sequence[Layer], shapes: Sequence[Shape], index: int, axis: int
) -> tuple[tuple[str, int, str], ...]:
    """The nodes from the input to a node at which the size of an axis changes: (layer, size, note).

    Axes are followed by their distance from the last one.
    """
    path = [index]
    while graph.nodes[path[-1]].inputs:
        path.append(graph.nodes[path[-1]].inputs[0])
    from_end = axis - len(shapes[index].sizes)
    links: list[tuple[str, int, str]] = []
    for node in reversed(path):
        sizes = shapes[node].sizes
        size = sizes[from_end] if -from_end <= len(sizes) else None
        if isinstance(size, int) and not (links and links[-1][1] == size):
            links.append((graph.names[node], size, rounding(graph, layers, shapes, node, from_end)))
    return tuple(links)


def rounding(
    graph: Graph, layers: Sequence[Layer], shapes: Sequence[Shape], index: int, axis: int
) -> str:
    """What a window leaves at the end of an axis (counted from the last one), in words."""
    layer = layers[index]
    if not isinstance(layer, Windowed) or isinstance(layer, Deconv):
        return ""
    inputs = tuple(shapes[source] for source in graph.nodes[index].inputs)
    if -axis > inputs[0].rank:
        return ""
    n, window = inputs[0].spatial[axis], layer.windows(inputs)[axis]
    before, after = window.padding
    rest = formulas.dropped(n, window.extent, window.stride, before + after)
    if not rest:
        return ""
    if layer.pad in ("same", "same_lower") or window.rounding == "ceil":
        return f"{n}/{window.stride} rounded up"
    return f"rounded down, {rest} left over"
