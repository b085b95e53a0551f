"""What ``convcalc field`` finds out, as plain frozen data: all fields, and answers to questions.

Positions and pixels count from 0, an axis a value, in the order of the shapes (rows before
columns).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from convcalc.arithmetic.number import product, to_data
from convcalc.report import SCHEMA_VERSION, FieldReport, InputReport, Note, Sizes


@dataclass(frozen=True, slots=True)
class LayerField:
    """One layer's field; `on_largest_path` is about the layer that was asked about."""

    index: int
    name: str
    kind: str
    text: str
    output_shape: Sizes
    field: FieldReport | None
    on_largest_path: bool

    def to_dict(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "name": self.name,
            "kind": self.kind,
            "text": self.text,
            "output_shape": to_data(self.output_shape),
            "receptive_field": self.field.to_dict() if self.field else None,
            "on_largest_path": self.on_largest_path,
        }


@dataclass(frozen=True, slots=True)
class AxisRegion:
    """What an output sees of an input of `size` pixels, along one axis.

    `unclipped` is the field as if the input went on for ever, `padding` how much of it lies
    before and after the input (None: not known, or nothing is seen). `runs` are the pixels that
    are really seen, in stretches of (first, last).
    """

    size: int
    unclipped: tuple[int, int] | None
    runs: tuple[tuple[int, int], ...]

    @property
    def clipped(self) -> tuple[int, int] | None:
        """The first and the last pixel that is seen."""
        return (self.runs[0][0], self.runs[-1][1]) if self.runs else None

    @property
    def count(self) -> int:
        """How many pixels are seen."""
        return sum(last - first + 1 for first, last in self.runs)

    @property
    def padding(self) -> tuple[int, int] | None:
        """Pixels of the unclipped field before the input and after it."""
        if self.unclipped is None:
            return None
        first, last = self.unclipped
        whole = last - first + 1
        return (min(max(-first, 0), whole), min(max(last - self.size + 1, 0), whole))

    def to_dict(self) -> dict[str, Any]:
        return {
            "unclipped": to_data(self.unclipped),
            "clipped": to_data(self.clipped),
            "padding": to_data(self.padding),
            "count": self.count,
            "runs": to_data(self.runs),
        }


@dataclass(frozen=True, slots=True)
class Region:
    """What the output of a layer at a position sees of the input; exact on each axis."""

    layer: str
    position: tuple[int, ...]
    axes: tuple[AxisRegion, ...]

    @property
    def count(self) -> int:
        """Pixels that are seen: the product over the axes."""
        return int(product(axis.count for axis in self.axes))

    @property
    def area(self) -> int | None:
        """Pixels of the unclipped field, padding among them."""
        if any(axis.unclipped is None for axis in self.axes):
            return None
        return int(product(u[1] - u[0] + 1 for axis in self.axes if (u := axis.unclipped)))

    @property
    def padding(self) -> int | None:
        """How many pixels of the unclipped field lie outside of the input."""
        area = self.area
        if area is None:
            return None
        inside = product(
            u[1] - u[0] + 1 - sum(axis.padding or ()) for axis in self.axes if (u := axis.unclipped)
        )
        return int(area - inside)

    def to_dict(self) -> dict[str, Any]:
        return {
            "layer": self.layer,
            "position": list(self.position),
            "axes": [axis.to_dict() for axis in self.axes],
            "count": self.count,
            "area": self.area,
            "padding": self.padding,
        }


@dataclass(frozen=True, slots=True)
class Sight:
    """Which of a layer's outputs see a pixel: an axis (first, last, how many); None for none."""

    layer: str
    outputs: tuple[tuple[int, int, int], ...] | None

    @property
    def count(self) -> int:
        return int(product(axis[2] for axis in self.outputs)) if self.outputs is not None else 0

    def to_dict(self) -> dict[str, Any]:
        axes = None
        if self.outputs is not None:
            axes = [{"first": f, "last": last, "count": n} for f, last, n in self.outputs]
        return {"layer": self.layer, "axes": axes, "count": self.count}


@dataclass(frozen=True, slots=True)
class Seen:
    """Which outputs of every layer see a pixel; those of layers without axes are ()."""

    pixel: tuple[int, ...]
    layers: tuple[Sight, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"pixel": list(self.pixel), "layers": [layer.to_dict() for layer in self.layers]}


@dataclass(frozen=True, slots=True)
class RepeatCount:
    """How often a ``repeat`` would have to run for a field to reach a size; None: no count does.

    `larger_input`: the spec's input has no room for so many.
    """

    line: int
    written: str
    needed: int | None
    larger_input: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "written": self.written,
            "needed": self.needed,
            "larger_input": self.larger_input and self.needed is not None,
        }


@dataclass(frozen=True, slots=True)
class Reach:
    """The first layer whose field is at least `size` on every axis, None if there is none."""

    size: int
    layer: str | None
    index: int | None
    field: FieldReport | None
    largest: Sizes
    repeats: tuple[RepeatCount, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "size": self.size,
            "layer": self.layer,
            "index": self.index,
            "receptive_field": self.field.to_dict() if self.field else None,
            "largest": to_data(self.largest),
            "repeats": [item.to_dict() for item in self.repeats],
        }


@dataclass(frozen=True, slots=True)
class FieldsReport:
    """The fields of a network's layers on `input`.

    `layer` is the one that questions are about; `largest_path` the layers through which its
    largest field comes. `at` is what one of its outputs sees: the one asked for, or the middle
    one (None: sizes are not all known).
    """

    version: str
    title: str | None
    source: str
    input: InputReport
    layer: str
    layers: tuple[LayerField, ...]
    largest_path: tuple[str, ...]
    at: Region | None
    see: Seen | None
    reach: Reach | None
    notes: tuple[Note, ...]

    def layer_dicts(self) -> Iterator[dict[str, Any]]:
        """Each layer's JSON data."""
        return (layer.to_dict() for layer in self.layers)

    def to_dict(self) -> dict[str, Any]:
        """The whole as JSON data."""
        return {
            "convcalc": {"version": self.version, "schema": SCHEMA_VERSION},
            "title": self.title,
            "input": self.input.to_dict(),
            "layers": list(self.layer_dicts()),
            "layer": self.layer,
            "largest_path": list(self.largest_path),
            "at": self.at.to_dict() if self.at else None,
            "see": self.see.to_dict() if self.see else None,
            "reach": self.reach.to_dict() if self.reach else None,
            "notes": [note.to_dict() for note in self.notes],
        }
