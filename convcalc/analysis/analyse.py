"""graph → report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from convcalc.analysis.field import Fields
from convcalc.analysis.memory import peak_elements
from convcalc.analysis.notes import notes
from convcalc.analysis.requirements import requirements
from convcalc.arithmetic.formulas import elements
from convcalc.arithmetic.number import DTYPES, FormulaLimitError, Number
from convcalc.errors import Problem, SpecError
from convcalc.graph.graph import Answer, Graph, Node
from convcalc.layers.base import Layer, Shape
from convcalc.report import (
    BlockReport,
    Expectation,
    InputReport,
    LayerReport,
    Note,
    Parameters,
    Report,
    Sizes,
    Totals,
    WindowReport,
)
from convcalc.source import Source

PER_AXIS = ("padding", "receptive_field")
"""Quantities that have a value an axis; one value stated means every axis."""


class Cost(NamedTuple):
    """What a layer costs on given inputs, for one example; shared by all nodes of the same layer
    and inputs.
    """

    text: str
    input_shapes: tuple[Sizes, ...]
    output_shape: Sizes
    window: WindowReport | None
    parameters: Parameters
    macs: Number
    connections: Number
    elements: Number
    notes: tuple[tuple[str, str], ...]


def analyse(
    graph: Graph,
    *,
    version: str,
    batch: int = 1,
    dtype: str = "float32",
    layout: str = "chw",
    other_input: bool = False,
) -> Report:
    """The report on a network.

    `batch` and `dtype` rule the memory; parameters, MACs and connections are for one example.
    `layout` is the order of the shapes in the report. Raises `ValueError` for an unknown dtype or
    layout, or a batch that is no number from 1; `SpecError` where formulas grow too long. Expected
    values are not held against a network with an `other_input` than they were written for.
    """
    if dtype not in DTYPES:
        raise ValueError(f"dtype is one of {', '.join(DTYPES)}, not {dtype}")
    if layout not in ("chw", "hwc"):
        raise ValueError(f"layout is chw or hwc, not {layout}")
    if batch < 1:
        raise ValueError(f"batch is a whole number from 1, not {batch}")
    try:
        report = Analysis(graph, batch * DTYPES[dtype], layout).report(version, batch, dtype)
    except FormulaLimitError as error:
        raise SpecError(
            Problem(
                f"the report on this network needs {error}",
                Source("", graph.source.name),
                help="put numbers in for some symbols: --set H=224",
            )
        ) from None
    if not other_input or not report.expectations:
        return report
    text = "expected values were written for another input and are not checked"
    note = Note(None, "not-checked", f"{len(report.expectations)} {text}")
    return replace(report, expectations=(), notes=(*report.notes, note))


class Analysis:
    """The layers' costs, each found once, and the sums over them."""

    def __init__(self, graph: Graph, value_bytes: int, layout: str) -> None:
        self.graph = graph
        self.value_bytes = value_bytes
        self.layout = layout
        self.costs: dict[Any, Cost] = {}
        self.number: dict[int, int] = {}
        self.layers: list[LayerReport] = []
        self.before: list[int] = []
        self.notes: list[Note] = []
        self.fields = Fields(graph)

    def report(self, version: str, batch: int, dtype: str) -> Report:
        graph = self.graph
        inputs = set(graph.inputs)
        for index, node in enumerate(graph.nodes):
            self.before.append(len(self.layers))
            if index not in inputs:
                self.layers.append(self.layer(index, node))
        self.before.append(len(self.layers))
        stated = tuple(requirements(graph))
        smallest = {
            item.symbol: item.sizes[0].first for item in stated if item.symbol and item.sizes
        }
        peak = peak_elements(graph.nodes, graph.outputs, smallest) * self.value_bytes
        remarks = [Note(graph.names[node], code, text) for node, code, text in graph.remarks]
        return Report(
            version=version,
            title=graph.title,
            source=graph.source.name,
            symbols=graph.symbols,
            inputs=tuple(
                InputReport(graph.names[i], self.shown(graph.nodes[i].shape)) for i in graph.inputs
            ),
            outputs=tuple(graph.names[i] for i in graph.outputs),
            layers=tuple(self.layers),
            blocks=tuple(self.blocks()),
            totals=self.totals(self.layers, dtype, peak),
            requirements=stated,
            notes=(*remarks, *self.notes, *self.fields.notes()),
            expectations=tuple(self.expectations()),
            batch=batch,
            dtype=dtype,
            layout=self.layout,
        )

    def shown(self, shape: Shape) -> Sizes:
        """A shape in the order of the report."""
        return in_layout(shape.sizes, self.layout)

    def layer(self, index: int, node: Node) -> LayerReport:
        graph = self.graph
        shapes = tuple(graph.nodes[source].shape for source in node.inputs)
        key = (node.layer, shapes, node.frozen, node.shared is not None)
        cost = self.costs.get(key)
        if cost is None:
            cost = self.costs[key] = self.cost(node, shapes)
        line, column = graph.source.position(node.span.start)
        name = graph.names[index]
        for code, text in cost.notes:
            self.notes.append(Note(name, code, text))
        return LayerReport(
            index=len(self.layers) + 1,
            name=name,
            kind=node.layer.kind,
            text=cost.text,
            line=line,
            column=column,
            inputs=tuple(graph.names[source] for source in node.inputs),
            input_shapes=cost.input_shapes,
            output_shape=cost.output_shape,
            window=cost.window,
            parameters=cost.parameters,
            macs=cost.macs,
            connections=cost.connections,
            activation_bytes=cost.elements,
            shared_with=None if node.shared is None else graph.names[node.shared],
            receptive_field=self.fields.report(index),
        )

    def cost(self, node: Node, shapes: tuple[Shape, ...]) -> Cost:
        layer = node.layer
        if node.shared is None:
            held = layer.count_weights(shapes)
            trainable = 0 if node.frozen else held.weights + held.biases
            parameters = Parameters(held.weights, held.biases, held.buffers, trainable)
        else:
            parameters = Parameters()
        return Cost(
            layer.text,
            tuple(map(self.shown, shapes)),
            self.shown(node.shape),
            self.window(layer, shapes),
            parameters,
            layer.count_macs(shapes, node.shape),
            layer.count_connections(shapes, node.shape),
            0 if layer.view else elements(node.shape.sizes) * self.value_bytes,
            notes(node, shapes),
        )

    @staticmethod
    def window(layer: Layer, shapes: tuple[Shape, ...]) -> WindowReport | None:
        windows = layer.windows(shapes)
        if not windows:
            return None
        return WindowReport(
            tuple(window.kernel for window in windows),
            tuple(window.stride for window in windows),
            tuple(window.dilation for window in windows),
            tuple(window.padding for window in windows),
        )

    def totals(self, layers: Sequence[LayerReport], dtype: str, peak: Any) -> Totals:
        parameters = summed(layers)
        return Totals(
            parameters,
            total(layer.macs for layer in layers),
            total(layer.connections for layer in layers),
            parameters.total * DTYPES[dtype],
            total(layer.activation_bytes for layer in layers),
            peak,
        )

    def blocks(self) -> Iterator[BlockReport]:
        for group in self.graph.groups:
            first, last = self.before[group.first], self.before[group.last]
            if last > first and group.output >= 0:
                shape = self.shown(self.graph.nodes[group.output].shape)
                yield BlockReport(group.name, group.text, first, last, shape)

    def expectations(self) -> Iterator[Expectation]:
        for answer in self.graph.answers:
            layers = self.layers[self.before[answer.first] : self.before[answer.last]]
            for quantity, written, span in answer.expected:
                if written is None:
                    continue
                actual = self.actual(quantity, answer, layers)
                expected = written
                if quantity == "output_shape":
                    expected = in_layout(written, self.layout)
                elif quantity in PER_AXIS and actual is not None and len(written) == 1:
                    expected = written * len(actual)
                line, column = self.graph.source.position(span.start)
                ok = actual == expected
                yield Expectation(answer.name, quantity, expected, actual, ok, line, column)

    def actual(self, quantity: str, answer: Answer, layers: Sequence[LayerReport]) -> Any:
        """What is true of the layers that an answer is about."""
        if quantity == "output_shape":
            return self.shown(self.graph.nodes[answer.output].shape)
        if quantity in ("macs", "connections", "activation_bytes"):
            return total(getattr(layer, quantity) for layer in layers)
        if quantity == "receptive_field":
            field = self.fields.report(answer.output)
            return None if field is None else field.size
        if quantity == "padding":
            windows = [layer.window for layer in layers if layer.window is not None]
            return windows[0].padding if len(windows) == 1 else None
        parameters = summed(layers)
        return parameters.total if quantity == "parameters" else getattr(parameters, quantity)


def in_layout(sizes: Sizes, layout: str) -> Sizes:
    """A depth-first shape in a layout's order."""
    return (*sizes[1:], sizes[0]) if layout == "hwc" else sizes


def total(values: Iterator[Any]) -> Any:
    """The sum of numbers."""
    result: Any = 0
    for value in values:
        result = result + value
    return result


def summed(layers: Sequence[LayerReport]) -> Parameters:
    """The parameters of some layers together."""
    held = [layer.parameters for layer in layers]
    return Parameters(
        total(item.weights for item in held),
        total(item.biases for item in held),
        total(item.buffers for item in held),
        total(item.trainable for item in held),
    )
