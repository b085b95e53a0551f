"""How many values activations hold: all of them, and at most at any moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.arithmetic.formulas import elements
from convcalc.graph.graph import Node


def owners(nodes: Sequence[Node]) -> list[int]:
    """For each node the node whose tensor its output is: its own, or what a view looks at."""
    result: list[int] = []
    for index, node in enumerate(nodes):
        result.append(result[node.inputs[0]] if node.layer.view else index)
    return result


def peak_elements(
    nodes: Sequence[Node], outputs: Sequence[int], smallest: Mapping[str, int] | None = None
) -> Any:
    """The most values that live tensors hold at any moment, for one example.

    Layers run one by one in their order, each into a new tensor, views into none. Inputs live from
    the start; a tensor goes after the last layer that reads it or a view of it; outputs of the
    network stay. Formulas are compared for symbols of at least what `smallest` says, else 1.
    """
    owner = owners(nodes)
    last = list(range(len(nodes)))
    for index, node in enumerate(nodes):
        for source in node.inputs:
            last[owner[source]] = index
    for index in outputs:
        last[owner[index]] = len(nodes)
    sizes = [elements(node.shape.sizes) for node in nodes]
    tensors = [index for index in range(len(nodes)) if owner[index] == index]
    live: Any = 0
    for index in tensors:
        if not nodes[index].inputs:
            live = live + sizes[index]
    by_end = iter(sorted(tensors, key=last.__getitem__))
    going = next(by_end, None)
    moments: dict[Any, None] = {}  # each sum once: comparing formulas is dear
    for index, node in enumerate(nodes):
        if node.inputs and owner[index] == index:
            live = live + sizes[index]
            moments[live] = None
        while going is not None and last[going] == index:
            live = live - sizes[going]
            going = next(by_end, None)
    return largest_of(list(moments), smallest or {}) if moments else 0


def largest_of(numbers: list[Any], smallest: Mapping[str, int]) -> Any:
    """The largest of some numbers or formulas; symbols are at least what `smallest` says."""
    if all(isinstance(number, int) for number in numbers):
        return max(numbers)
    from convcalc.arithmetic.comparison import largest  # only networks with symbols pay for it

    return largest(numbers, smallest)
