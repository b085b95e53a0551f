"""Which pixels of an input each position of each layer depends on, along one axis.

They are carried forward from layer to layer. A set of pixels is the bits of an int. What a position
reads is what the execution reads (`execute.reads`), so that borders, dilation and everything
between are as they really are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod
from operator import or_
from typing import Any

from convcalc.graph.graph import Graph, Node
from convcalc.reference.execute import reads

Sets = list[int]


def dependence(graph: Graph, origin: int, axis: int, pixels: Sequence[int]) -> list[Sets | None]:
    """For each node and each of its positions along an axis, which of some pixels it depends on.

    The pixels are those of the input `origin`.     Bit k stands for ``pixels[k]``. A node without
    this axis (a vector, a map of another rank) has one position. None for a node that no path leads
    to from that input.
    """
    rank = graph.nodes[origin].shape.rank
    result: list[Sets | None] = []
    for index, node in enumerate(graph.nodes):
        if index == origin:
            sets = [0] * _extent(node, axis, rank)
            for bit, pixel in enumerate(pixels):
                sets[pixel] |= 1 << bit
            result.append(sets)
            continue
        found: Sets | None = None
        for place in range(len(node.inputs)):
            arriving = result[node.inputs[place]]
            if arriving is None or (place and node.layer.kind not in ("add", "mul", "concat")):
                continue  # the other input of a layer is a reference for its size only
            moved = _through(graph, node, place, arriving, axis, rank)
            found = moved if found is None else _joined(found, moved)
        result.append(found)
    return result


def _extent(node: Node, axis: int, rank: int) -> int:
    place = axis - rank + node.shape.rank
    return int(node.shape.spatial[place]) if place >= 0 else 1


def _through(graph: Graph, node: Node, place: int, sets: Sets, axis: int, rank: int) -> Sets:
    """Sets of the node's input number `place`, carried to the node's positions."""
    layer: Any = node.layer
    source = graph.nodes[node.inputs[place]].shape
    size = _extent(node, axis, rank)
    whole = reduce(or_, sets, 0)
    place_in = axis - rank + source.rank
    if layer.kind == "reshape":
        return _reshaped(source.sizes, node.shape.sizes, place_in + 1, axis - rank, sets, size)
    if place_in < 0 or axis - rank + node.shape.rank < 0:
        return [whole] * size
    if layer.kind in ("gn", "instancenorm") or (layer.kind == "ln" and layer.over == "volume"):
        return [whole] * size
    if layer.kind in ("add", "mul", "concat"):
        if len(sets) == 1:
            return sets * size
        start = (len(sets) - size) // 2 if layer.fit and place else 0
        return sets[start : start + size]
    reference = graph.nodes[node.inputs[-1]].shape.spatial
    taken = reads(layer, source.spatial, reference)[place_in]
    if not any(sets):
        return [0] * len(taken)
    return [reduce(or_, [sets[i] for i in window if 0 <= i < len(sets)], 0) for window in taken]


def _reshaped(
    source: Sequence[Any], target: Sequence[Any], axis: int, last: int, sets: Sets, size: int
) -> Sets:
    """Sets of an axis after the same values, in their order, took another shape."""
    if axis < 1 or len(target) + last < 1:
        return [reduce(or_, sets, 0)] * size
    behind_in, behind_out = prod(source[axis + 1 :]), prod(target[last + 1 :] if last < -1 else ())
    result = [0] * size
    for value in range(prod(source)):
        result[value // behind_out % size] |= sets[value // behind_in % source[axis]]
    return result


def _joined(one: Sets, other: Sets) -> Sets:
    return [a | b for a, b in zip(one, other, strict=True)]
