"""What would work instead: input sizes to offer when a size does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from convcalc.errors import SpecError
from convcalc.graph.graph import Graph
from convcalc.layers.arguments import shape_text
from convcalc.layers.base import Shape
from convcalc.solving.solution import each_symbol
from convcalc.solving.valid import nearest_sizes
from convcalc.solving.walk import substituted


def advised(error: SpecError, free: Callable[[], Graph]) -> SpecError:
    """The error with the nearest input sizes that work, where sizes are all that is wrong.

    `free` builds the network with its sizes left open.
    """
    if not all(problem.about_size for problem in error.problems):
        return error
    try:
        offer = offered(free())
    except SpecError:  # something else is wrong, too
        return error
    if offer is None:
        return error
    first, *others = error.problems
    help = f"{first.help}; {offer}" if first.help else offer
    return SpecError(replace(first, help=help), *others)


def offered(graph: Graph) -> str | None:
    """The input shapes to offer, in words; None where there are none, or several inputs."""
    if len(graph.inputs) != 1 or not graph.freed or len(graph.freed) != len(graph.symbols):
        return None
    shape = graph.nodes[graph.inputs[0]].shape
    valid = each_symbol(graph, strict=False, wanted=None)
    if not isinstance(shape.depth, int):
        return None
    if not all(item.sizes and item.sizes[-1].last is None for item in valid):
        return None  # few sizes work, or none: something else is wrong
    nearest = [nearest_sizes(item, size) for item, size in zip(valid, graph.freed, strict=True)]
    below = filled(shape, graph, [item.below for item in nearest])
    above = filled(shape, graph, [item.above for item in nearest])
    if below and above:
        return f"the nearest inputs that work are {below} and {above}"
    smallest = filled(shape, graph, [item.smallest for item in valid])
    return f"the smallest input this network accepts is {smallest}"


def filled(shape: Shape, graph: Graph, sizes: Sequence[int | None]) -> str | None:
    """An input's shape with sizes for its symbols; None where one is missing."""
    if None in sizes:
        return None
    known: dict[str, Any] = dict(zip(graph.symbols, sizes, strict=True))
    return shape_text(substituted(shape.sizes, known))
