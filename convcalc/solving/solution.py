"""The answer to ``convcalc solve``: valid sizes for each symbol, as plain frozen data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from convcalc.arithmetic.affine import Opaque
from convcalc.arithmetic.number import to_data
from convcalc.errors import nearest, wrong
from convcalc.graph.graph import Graph
from convcalc.layers.arguments import (
    Kind,
    Padding,
    PerAxis,
    Scale,
    ShapeOf,
    SizeOf,
    SizeOrReference,
)
from convcalc.solving.forms import forms
from convcalc.solving.valid import (
    GivenWeights,
    Near,
    Valid,
    Why,
    given_weights,
    nearest_sizes,
    valid_sizes,
    weighed,
    why,
)
from convcalc.solving.walk import Refusal, Wanted, symbols_in

if TYPE_CHECKING:
    from convcalc.solving.budget import Budget
    from convcalc.solving.search import Holes


@dataclass(frozen=True, slots=True)
class Solution:
    """For which input sizes a network works; or what its holes may be; or what a budget allows.

    `valid` has the sizes of each symbol, `given` those that suit a fully connected layer's weights
    as they are, `near` and `why` what was asked about a size. `strict` says that no window may drop
    a pixel, `wanted` which output was asked for. A spec with a ``?`` in a layer has `holes` and
    none of these; where a budget was given there is only `budget`.
    """

    title: str | None
    source: str
    strict: bool = False
    wanted: str | None = None
    valid: tuple[Valid, ...] = ()
    given: GivenWeights | None = None
    near: tuple[Near, ...] = ()
    why: tuple[Why, ...] = ()
    holes: tuple[Holes, ...] = ()
    budget: Budget | None = None

    @property
    def ok(self) -> bool:
        """Whether there is an answer to everything that was to be solved."""
        return (
            all(valid.sizes for valid in self.valid)
            and all(holes.count for holes in self.holes)
            and (self.budget is None or self.budget.value is not None)
        )

    def to_dict(self) -> dict[str, Any]:
        """The solution as JSON data."""
        return {
            "title": self.title,
            "strict": self.strict,
            "wanted": self.wanted,
            "sizes": {v.symbol: [p.to_dict() for p in v.sizes] for v in self.valid},
            "without_dropped_pixels": {
                v.symbol: v.to_dict()["without_dropped_pixels"] for v in self.valid
            },
            "smallest": {v.symbol: v.smallest for v in self.valid},
            "forms": {
                v.symbol: forms(v.symbol, v.sizes, of_input=v.of_input)._asdict()
                for v in self.valid
                if v.sizes
            },
            "refusals": {v.symbol: v.refusal for v in self.valid if v.refusal is not None},
            "given_weights": None if self.given is None else self.given.to_dict(),
            "near": [item.to_dict() for item in self.near],
            "why": [item.to_dict() for item in self.why],
            "holes": [holes.to_dict() for holes in self.holes],
            "budget": None if self.budget is None else self.budget.to_dict(),
        }


def solution(
    graph: Graph,
    declared: Callable[[], Graph | None],
    *,
    strict: bool = False,
    want: str | None = None,
    near: str | None = None,
    why_not: str | None = None,
) -> Solution:
    """Solve a graph whose sizes are free or symbols; `declared` makes the same with its numbers, if
    it has any.

    `want` is an output's size ("512x7x7", or "conv5=256x13x13"), `near` and `why_not` sizes ("350",
    "350x525"). Raises `SpecError` for a layer, shape or size that there is not.
    """
    wanted = None if want is None else wanted_sizes(graph, want)
    valid = each_symbol(graph, strict, wanted)
    if any(item.refusal and not item.of_input for item in valid):
        numbers = declared()  # a kernel, say, can be solved for an input as it is
        if numbers is not None:
            valid = tuple(
                valid_sizes(numbers, item.symbol, strict=strict, wanted=wanted)
                if item.refusal and item.symbol in numbers.symbols and not item.of_input
                else item
                for item in valid
            )
    asked = [item for item in valid if item.of_input] or list(valid)
    symbols = [item.symbol for item in asked]
    for option, question in (("--want", want), ("--near", near), ("--why", why_not)):
        if question is not None and not valid:
            raise wrong(f"{option}: the network has no input size that could vary", None)
    return Solution(
        graph.title,
        graph.source.name,
        strict,
        want,
        valid,
        given(graph, declared, strict) if want is None else None,
        tuple(
            nearest_sizes(item, size)
            for item, size in zip(asked, sizes_of(near, symbols, "--near"), strict=False)
            if item.refusal is None
        ),
        tuple(explained(graph, asked, sizes_of(why_not, symbols, "--why"), strict, wanted)),
    )


def each_symbol(graph: Graph, strict: bool, wanted: Wanted | None) -> tuple[Valid, ...]:
    """The valid sizes of each symbol; symbols that the network treats alike are solved once."""
    alike = wanted is None and len(graph.symbols) > 1 and treats_axes_alike(graph)
    result: list[Valid] = []
    for symbol in graph.symbols:
        if alike and result:
            result.append(replace(result[0], symbol=symbol))
        else:
            result.append(valid_sizes(graph, symbol, strict=strict, wanted=wanted))
    return tuple(result)


def treats_axes_alike(graph: Graph) -> bool:
    """Whether all layers are the same on every axis, and each axis has a symbol of its own."""
    if len(graph.inputs) != 1:
        return False
    depth, *spatial = graph.nodes[graph.inputs[0]].layer.values[0]
    bare = [size.names[0] if isinstance(size, Opaque) else to_data(size) for size in spatial]
    if symbols_in(depth) or sorted(map(str, bare)) != sorted(graph.symbols):
        return False
    layers = {node.layer for node in graph.nodes if node.inputs}  # repeated lines share theirs
    return all(
        _even(argument.kind, value)
        for layer in layers
        for argument, value in zip(layer.arguments, layer.values, strict=True)
    )


def _even(kind: Kind, value: Any) -> bool:
    """Whether an argument is the same on every axis."""
    if symbols_in(value):
        return False
    if isinstance(kind, ShapeOf):
        return len(set(value[1:])) < 2
    if isinstance(value, SizeOf) or not isinstance(
        kind, PerAxis | Padding | Scale | SizeOrReference
    ):
        return True
    return not isinstance(value, tuple) or all(item == value[0] for item in value)


def given(graph: Graph, declared: Callable[[], Graph | None], strict: bool) -> GivenWeights | None:
    """The sizes that suit a fully connected layer's weights, where they can be found."""
    maps = weighed(graph)
    numbers = declared() if maps else None
    if numbers is None or numbers.symbols:
        return None
    try:
        return given_weights(graph, numbers, maps, alike=treats_axes_alike(graph), strict=strict)
    except Refusal:
        return None


def wanted_sizes(graph: Graph, want: str) -> dict[int, tuple[int, ...]]:
    """The node and the sizes that ``conv5=256x13x13`` asks for; without a name the last output.

    Sizes are written in the order of the spec's layout, and are depth first here.
    """
    name, _, shape = want.rpartition("=")
    sizes = numbers(shape, "--want")
    if graph.layout == "hwc":
        sizes = [sizes[-1], *sizes[:-1]]
    node = named_node(graph, name) if name else fitting_node(graph, sizes)
    found = graph.nodes[node].shape
    if len(sizes) != len(found.sizes):
        raise wrong(
            f"--want {want}: {graph.names[node]} has {len(found.sizes)} sizes, not {len(sizes)}",
            f"its shape is {found}",
        )
    if isinstance(found.depth, int) and found.depth != sizes[0]:
        raise wrong(f"--want {want}: the depth of {graph.names[node]} is {found.depth}", None)
    return {node: tuple(sizes)}


def only_alone(what: str, **others: Any) -> None:
    """Refuse options for input sizes where something else is solved. Raises `SpecError`."""
    for option, value in others.items():
        if value:
            raise wrong(f"--{option} does not go together with {what}", "solve one after the other")


def fitting_node(graph: Graph, sizes: Sequence[int]) -> int:
    """The last node that has as many sizes and the same depth, else the last output."""
    for index in range(len(graph.nodes) - 1, -1, -1):
        found = graph.nodes[index].shape
        if len(found.sizes) == len(sizes) and found.depth == sizes[0]:
            return index
    return graph.outputs[-1]


def named_node(graph: Graph, name: str) -> int:
    """The node of a layer or the end of a block. Raises `SpecError` for an unknown name."""
    if name in graph.names:
        return graph.names.index(name)
    for group in graph.groups:
        if group.name == name:
            return group.output
    known = [*graph.names, *(group.name for group in graph.groups)]
    near = nearest(name, known)
    raise wrong(f"there is no layer {name}", f"did you mean {near}?" if near else None)


def numbers(text: str, option: str) -> list[int]:
    """The numbers in ``350x525``. Raises `SpecError`."""
    parts = text.replace("×", "x").split("x")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 9 for part in parts):
        example = "512x7x7" if option == "--want" else "350 or 350x525"
        raise wrong(f"{option} takes sizes such as {example}, not {text or 'nothing'}", None)
    return [int(part) for part in parts]


def sizes_of(text: str | None, symbols: Sequence[str], option: str) -> list[int]:
    """A size for each symbol; one number means every one."""
    if text is None:
        return []
    sizes = numbers(text, option)
    if len(sizes) == 1:
        return sizes * len(symbols)
    if len(sizes) != len(symbols):
        raise wrong(f"{option} {text}: there are {len(symbols)} sizes to solve", ", ".join(symbols))
    return sizes


def explained(
    graph: Graph,
    valid: Sequence[Valid],
    sizes: Sequence[int],
    strict: bool,
    wanted: Wanted | None,
) -> list[Why]:
    """Why each size works or not."""
    result: list[Why] = []
    alike = wanted is None and treats_axes_alike(graph)
    for item, size in zip(valid, sizes, strict=False):
        if item.refusal:
            continue
        same = next((known for known in result if alike and known.size == size), None)
        if same is not None:
            result.append(replace(same, symbol=item.symbol))
            continue
        try:
            result.append(why(graph, item.symbol, size, strict=strict, wanted=wanted))
        except Refusal as refusal:
            raise wrong(refusal.message, refusal.help) from None
    return result
