"""Sizes tried one by one with plain numbers: what the solver's answers are held against."""

from __future__ import annotations

from typing import Any

from convcalc.graph.graph import Graph
from convcalc.layers.base import Check, LayerProblem, Shape
from convcalc.solving.walk import substituted, symbols_in


class Replay:
    """A graph with free sizes, run again and again on numbers."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.check = Check()

    def shapes(self, **sizes: int) -> list[Shape] | None:
        """The shape of every node for these sizes, or None where some layer does not work."""
        known: dict[Any, Shape] = {}
        shapes: list[Shape] = []
        for node in self.graph.nodes:
            inputs = tuple(shapes[source] for source in node.inputs)
            key = (id(node.layer), inputs)
            shape = known.get(key)
            if shape is None:
                layer = node.layer
                if symbols_in(layer.values):
                    values = substituted(layer.values, dict(sizes))
                    layer = type(layer)(*values, called=layer.called)
                try:
                    shape = layer.output(inputs, self.check)
                except LayerProblem:
                    return None
                if not node.inputs:
                    shape = Shape(shape.sizes, node.shape.varies)
                known[key] = shape
            shapes.append(shape)
        return shapes

    def works(self, **sizes: int) -> bool:
        return self.shapes(**sizes) is not None
