"""Valid input sizes: the exact set for each symbol, and what one may want to know about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from convcalc.layers.base import Check, LayerProblem, Shape
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
    fall into too many cases. `refusal` says
    why they could not be found (both are empty then).
    """

    symbol: str
    sizes: tuple[Progression, ...]
    even: tuple[Progression, ...] | None
    refusal: str | None = None
    help: str | None = None

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
    """The sizes that suit a fully connected layer's weights as they are: the values it takes are
    `features`.

    Each of `choices` is one way to come to as many: sizes for each symbol, to be taken together.
    """

    layer: str
    features: int
    choices: tuple[dict[str, tuple[Progression, ...]], ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": self.layer,
            "features": self.features,
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


class Demand(Check):
    """Raises `LayerProblem` for a requirement that the one known size breaks."""

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
            raise LayerProblem(f"{reason}: {left} {broken} {right}")


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
    try:
        walk = Walk(graph, symbol, wanted=wanted)
        sizes = written(walk.domains(strict=strict))
    except Refusal as refusal:
        return Valid(symbol, (), (), refusal.message, refusal.help)
    except SolvingLimitError as error:
        return Valid(symbol, (), (), str(error))
    if strict:
        return Valid(symbol, sizes, sizes)
    try:
        even = written(walk.domains(strict=True))
    except (Refusal, SolvingLimitError):  # the strides have too many common multiples
        return Valid(symbol, sizes, None)
    return Valid(symbol, sizes, even)


def solved(
    graph: Graph, symbol: str, *, strict: bool = False, wanted: Wanted | None = None
) -> tuple[Progression, ...]:
    """The sizes of a symbol that fulfil every requirement. Raises `Refusal`."""
    return written(Walk(graph, symbol, wanted=wanted).domains(strict=strict))


def written(domains: Sequence[Domain]) -> tuple[Progression, ...]:
    """The input sizes in domains. Raises `SolvingLimitError` where they are too long a list."""
    return progressions([band for domain in domains for band in domain.bands]) if domains else ()


def weighed(graph: Graph) -> tuple[int, int] | None:
    """The first fully connected layer whose weights depend on the input's size, and the map that it
    reads; None where there is none.
    """
    for index, node in enumerate(graph.nodes):
        if not isinstance(node.layer, Fc):
            continue
        source = node.inputs[0]
        while graph.nodes[source].layer.kind in ("flatten", "dropout", "identity"):
            source = graph.nodes[source].inputs[0]
        if any(graph.nodes[source].shape.varies[1:]):
            return index, source
    return None


def given_weights(
    graph: Graph, declared: Graph, fc: int, source: int, *, alike: bool
) -> GivenWeights:
    """The sizes that suit a fully connected layer's weights as they are in `declared`.

    `graph` has free sizes, `declared` is the same network with numbers; `source` is the map that
    the layer reads. `alike` says that the network treats its axes alike. Raises `Refusal`.
    """
    shape = declared.nodes[source].shape
    features = formulas.elements(shape.sizes)
    axes = {
        symbol: [
            axis
            for axis, size in enumerate(graph.nodes[source].shape.spatial)
            if symbol in symbols_in(size)
        ]
        for symbol in graph.symbols
    }
    known: dict[tuple[Any, ...], tuple[Progression, ...]] = {}
    choices = []
    for spatial in factorings(features // shape.depth, shape):
        choice = {}
        for symbol in graph.symbols:
            key = (None if alike else symbol, *(spatial[axis] for axis in axes[symbol]))
            if key not in known:
                known[key] = solved(graph, symbol, wanted={source: spatial})
            if not known[key]:
                break
            choice[symbol] = known[key]
        else:
            choices.append((spatial != shape.spatial, choice))
    choices.sort(key=lambda item: item[0])
    return GivenWeights(declared.names[fc], features, tuple(choice for _, choice in choices))


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
    shapes: list[Shape] = []
    demand = Demand()
    for index, node in enumerate(graph.nodes):
        inputs = tuple(shapes[source] for source in node.inputs)
        layer = type(node.layer)(*substituted(node.layer.values, names), called=node.layer.called)
        try:
            output = layer.output(inputs, demand)
            if strict and isinstance(layer, Windowed):
                drop_nothing(layer, inputs[0].spatial, layer.windows(inputs), demand)
            want_sizes(index, output, wanted or {}, demand)
        except Meeting:
            message = f"{symbol} meets another size at {graph.names[index]}"
            raise Refusal(message, node=index) from None
        except LayerProblem as problem:
            chains = tuple(chain(graph, shapes, source) for source in node.inputs)
            return Why(symbol, size, graph.names[index], problem.message, chains)
        shapes.append(output)
    return Why(symbol, size, None, "it works", ())


def chain(graph: Graph, shapes: Sequence[Shape], index: int) -> tuple[tuple[str, int, str], ...]:
    """The nodes from the input to a node at which the known size changes: (layer, size, note)."""
    path = [index]
    while graph.nodes[path[-1]].inputs:
        path.append(graph.nodes[path[-1]].inputs[0])
    path.reverse()
    links: list[tuple[str, int, str]] = []
    for node in path:
        known = [size for size in shapes[node].spatial if isinstance(size, int)]
        if not known or (links and links[-1][1] == known[0]):
            continue
        links.append((graph.names[node], known[0], rounding(graph, shapes, node)))
    return tuple(links)


def rounding(graph: Graph, shapes: Sequence[Shape], index: int) -> str:
    """What a window leaves at the end of the known axis, in words."""
    node = graph.nodes[index]
    layer = node.layer
    if not isinstance(layer, Windowed) or isinstance(layer, Deconv):
        return ""
    inputs = tuple(shapes[source] for source in node.inputs)
    for n, window in zip(inputs[0].spatial, layer.windows(inputs), strict=True):
        if not isinstance(n, int):
            continue
        before, after = window.padding
        rest = formulas.dropped(n, window.extent, window.stride, before + after)
        if not rest:
            return ""
        if layer.pad in ("same", "same_lower") or window.rounding == "ceil":
            return f"{n}/{window.stride} rounded up"
        return f"rounded down, {rest} left over"
    return ""
