"""The report: everything convcalc found out about a network, as plain frozen data.

Analysis makes it, every renderer reads it, `Report.to_dict` is its JSON. Sizes and counts are ints,
or formulas (`convcalc.arithmetic.polynomial`) where the network has symbols. Shapes are in the
order that `Report.layout` says, depth first unless the user asked otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from convcalc.arithmetic.number import Number, to_data

if TYPE_CHECKING:
    from convcalc.arithmetic.affine import Progression

SCHEMA_VERSION = 1
"""Raised when a field of the JSON changes its meaning or goes away; new fields don't raise it."""

Sizes: TypeAlias = tuple[Number, ...]
Pads: TypeAlias = tuple[tuple[Number, Number], ...]


@dataclass(frozen=True, slots=True)
class Parameters:
    """Numbers a layer holds: `weights` and `biases` are learnt (`trainable` of them), `buffers` are
    not.
    """

    weights: Number = 0
    biases: Number = 0
    buffers: Number = 0
    trainable: Number = 0

    @property
    def total(self) -> Any:
        """Weights and biases; buffers, such as a batch norm's running means, are not parameters."""
        return self.weights + self.biases

    def to_dict(self) -> dict[str, Any]:
        return {
            "weights": to_data(self.weights),
            "biases": to_data(self.biases),
            "total": to_data(self.total),
            "trainable": to_data(self.trainable),
            "buffers": to_data(self.buffers),
        }


@dataclass(frozen=True, slots=True)
class WindowReport:
    """A layer's window, a value an axis; padding is (before, after) in pixels."""

    kernel: Sizes
    stride: Sizes
    dilation: Sizes
    padding: Pads

    def to_dict(self) -> dict[str, Any]:
        return {
            "kernel": to_data(self.kernel),
            "stride": to_data(self.stride),
            "dilation": to_data(self.dilation),
            "padding": to_data(self.padding),
        }


@dataclass(frozen=True, slots=True)
class FieldReport:
    """What one output sees of the input, in pixels and a value an axis, as if the input went on for
    ever (Araujo, Norris & Sim, Distill 2019).

    `size` is that of the largest field, `smallest` of the smallest where they vary from output to
    output; `stride` what the field moves by from one output to the next, a fraction such as "1/2"
    after upsampling. `padding` is how far the first output's field reaches beyond the input's
    beginning, and the last one's beyond its end (negative: not as far); `center` the middle of the
    first output's field. None where the input's size decides. `whole`: every output sees the whole
    input (stride 0); `whole_through` names the layer through which that is so besides the field of
    the windows. `misaligned` paths drift apart. `input` names the input where the network has
    several: the first that the layer sees.
    """

    size: Sizes
    stride: tuple[Any, ...]
    padding: tuple[tuple[Any, Any], ...]
    center: tuple[Any, ...]
    smallest: Sizes | None = None
    whole: bool = False
    whole_through: str | None = None
    misaligned: bool = False
    input: str | None = None

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "size": to_data(self.size),
            "stride": to_data(self.stride),
            "padding": to_data(self.padding),
            "center": to_data(self.center),
        }
        if self.smallest is not None:
            data["smallest"] = to_data(self.smallest)
        if self.whole:
            data["whole"] = True
        if self.whole_through is not None:
            data["whole_through"] = self.whole_through
        if self.misaligned:
            data["misaligned"] = True
        if self.input is not None:
            data["input"] = self.input
        return data


@dataclass(frozen=True, slots=True)
class LayerReport:
    """One layer: where it stands, what goes in and comes out, what it costs.

    `name` is its path ("layer2/block1/conv2"), `text` the layer with every argument evaluated.
    `macs` and `connections` are for one example, `activation_bytes` is for the whole batch (0 for a
    layer that only looks at its input in another way: flatten, reshape, dropout, identity).
    `shared_with` names the layer whose weights this one uses again.
    """

    index: int
    name: str
    kind: str
    text: str
    line: int
    column: int
    inputs: tuple[str, ...]
    input_shapes: tuple[Sizes, ...]
    output_shape: Sizes
    window: WindowReport | None
    parameters: Parameters
    macs: Number
    connections: Number
    activation_bytes: Number
    shared_with: str | None = None
    receptive_field: FieldReport | None = None

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "index": self.index,
            "name": self.name,
            "kind": self.kind,
            "text": self.text,
            "line": self.line,
            "column": self.column,
            "inputs": list(self.inputs),
            "input_shapes": to_data(self.input_shapes),
            "output_shape": to_data(self.output_shape),
            "window": self.window.to_dict() if self.window else None,
            "parameters": self.parameters.to_dict(),
            "macs": to_data(self.macs),
            "connections": to_data(self.connections),
            "activation_bytes": to_data(self.activation_bytes),
            "receptive_field": self.receptive_field.to_dict() if self.receptive_field else None,
        }
        if self.shared_with is not None:
            data["shared_with"] = self.shared_with
        return data


@dataclass(frozen=True, slots=True)
class BlockReport:
    """A labelled block or a def call: `layers[first:last]` of the report (counted from 0).

    `name` is its path, `text` says what it is ("stage 3 64 1"). A block may hold other blocks.
    """

    name: str
    text: str
    first: int
    last: int
    output_shape: Sizes

    def to_dict(self) -> dict[str, Any]:
        """As JSON; there first and last are layers' indices, from 1, both included."""
        return {
            "name": self.name,
            "text": self.text,
            "first": self.first + 1,
            "last": self.last,
            "output_shape": to_data(self.output_shape),
        }


@dataclass(frozen=True, slots=True)
class InputReport:
    """One input of the network."""

    name: str
    shape: Sizes

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "shape": to_data(self.shape)}


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the network; weights in bytes count parameters, `peak_activation_bytes` is the most
    that live activations take at any moment when layers run one by one (MiB are 1,048,576
    bytes)."""

    parameters: Parameters
    macs: Number
    connections: Number
    weight_bytes: Number
    activation_bytes: Number
    peak_activation_bytes: Number

    def to_dict(self) -> dict[str, Any]:
        return {
            "parameters": self.parameters.to_dict(),
            "macs": to_data(self.macs),
            "connections": to_data(self.connections),
            "weight_bytes": to_data(self.weight_bytes),
            "activation_bytes": to_data(self.activation_bytes),
            "peak_activation_bytes": to_data(self.peak_activation_bytes),
        }


@dataclass(frozen=True, slots=True)
class Requirement:
    """What must hold for the network to work, in the input's symbols.

    Where it is about one `symbol` only, `sizes` are those for which it holds.
    """

    layer: str
    text: str
    reason: str
    symbol: str | None = None
    sizes: tuple[Progression, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {"layer": self.layer, "text": self.text, "reason": self.reason}
        if self.symbol is not None:
            data["symbol"] = self.symbol
            data["sizes"] = [progression.to_dict() for progression in self.sizes]
        return data


@dataclass(frozen=True, slots=True)
class Note:
    """Something a careful reader would want to know; `layer` is None for the network as a whole."""

    layer: str | None
    code: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        return {"layer": self.layer, "code": self.code, "text": self.text}


@dataclass(frozen=True, slots=True)
class Expectation:
    """An answer written after ``->``, and what is true."""

    layer: str
    quantity: str
    expected: Any
    actual: Any
    ok: bool
    line: int
    column: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": self.layer,
            "quantity": self.quantity,
            "expected": to_data(self.expected),
            "actual": to_data(self.actual),
            "ok": self.ok,
            "line": self.line,
            "column": self.column,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What convcalc knows of a network. `layout` is the order of its shapes, "chw" or "hwc"."""

    version: str
    title: str | None
    source: str
    symbols: tuple[str, ...]
    inputs: tuple[InputReport, ...]
    outputs: tuple[str, ...]
    layers: tuple[LayerReport, ...]
    blocks: tuple[BlockReport, ...]
    totals: Totals
    requirements: tuple[Requirement, ...]
    notes: tuple[Note, ...]
    expectations: tuple[Expectation, ...]
    batch: int = 1
    dtype: str = "float32"
    layout: str = "chw"

    @property
    def ok(self) -> bool:
        """Whether every answer written in the spec is right."""
        return all(expectation.ok for expectation in self.expectations)

    def header(self) -> dict[str, Any]:
        """The JSON data but for the layers."""
        return {
            "convcalc": {"version": self.version, "schema": SCHEMA_VERSION},
            "title": self.title,
            "symbols": list(self.symbols),
            "batch": self.batch,
            "dtype": self.dtype,
            "layout": self.layout,
            "inputs": [item.to_dict() for item in self.inputs],
            "outputs": list(self.outputs),
            "blocks": [item.to_dict() for item in self.blocks],
            "totals": self.totals.to_dict(),
            "requirements": [item.to_dict() for item in self.requirements],
            "notes": [item.to_dict() for item in self.notes],
            "expectations": [item.to_dict() for item in self.expectations],
        }

    def layer_dicts(self) -> Iterator[dict[str, Any]]:
        """Each layer's JSON data."""
        return (layer.to_dict() for layer in self.layers)

    def to_dict(self) -> dict[str, Any]:
        """The whole report as JSON data, as ``convcalc schema`` describes it."""
        header = self.header()
        order = ("convcalc", "title", "symbols", "batch", "dtype", "layout", "inputs", "outputs")
        return {
            **{key: header.pop(key) for key in order},
            "layers": list(self.layer_dicts()),
            **header,
        }

    def _repr_html_(self) -> str:
        from convcalc.render.html import render  # only a notebook asks for it

        return render(self)
