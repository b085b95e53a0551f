"""Layers with blanks in their arguments: which there are, and the layers with numbers in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.arithmetic.number import is_rational
from convcalc.arithmetic.polynomial import Polynomial
from convcalc.graph.holes import Blank
from convcalc.layers.arguments import (
    Factor,
    Kind,
    Padding,
    PerAxis,
    Range,
    Scale,
    Sides,
    SizeOrReference,
    written,
)
from convcalc.layers.base import Check, Layer, LayerProblem, Shape

AXISWISE = (PerAxis, Padding, Scale, SizeOrReference)
"""The kinds of arguments that have a value an axis, each for that axis only."""
SILENT = Check()
"""Takes requirements without keeping them: what is broken between ints is an error all the same."""
COUNTS: dict[str, Callable[[Layer, Sequence[Shape], Shape], Any]] = {
    "parameters": lambda layer, inputs, _: sum(layer.count_weights(inputs)[:2]),
    "weights": lambda layer, inputs, _: layer.count_weights(inputs).weights,
    "biases": lambda layer, inputs, _: layer.count_weights(inputs).biases,
    "macs": lambda layer, inputs, output: layer.count_macs(inputs, output),
    "connections": lambda layer, inputs, output: layer.count_connections(inputs, output),
}
"""The quantities of an answer that can settle a hole."""

Assignment = Mapping[int, Any]
"""A number for each ``?``, by its place in the text."""


class Unknown(NamedTuple):
    """A ``?``: its place in the text, the argument's name, and its axis.

    `axis` is None for every axis; an `alone` number belongs to no axis at all. `side` is 0 or 1
    where before:after or first:end is written.
    """

    hole: int
    name: str
    axis: int | None
    side: int | None
    alone: bool

    @property
    def argument(self) -> str:
        """What it is called in words."""
        return "padding" if self.name == "pad" else self.name

    @property
    def letter(self) -> str:
        """What it is called in a relation: k, s, p, d, or the argument's name."""
        letters = {"kernel": "k", "stride": "s", "pad": "p", "dilation": "d"}
        letter = letters.get(self.name, self.name)
        return letter if self.side is None else f"{letter}_{('before', 'after')[self.side]}"


class Place(NamedTuple):
    """A layer with holes where it stands: its inputs, and what must come out.

    Each of `wanted` is a number, a set of sizes, or None for anything. `counted` are parameters and
    work that the answer states.
    """

    layer: Layer
    inputs: tuple[Shape, ...]
    wanted: tuple[Any, ...]
    counted: tuple[tuple[str, Any], ...]

    def open_output(self) -> Shape:
        """The output as far as it is known, with `Blank`s for what hangs on the holes."""
        return self.layer.output(self.inputs, SILENT)

    def sizes_right(self, assignment: Assignment) -> bool:
        """Whether the sizes that some of the numbers decide are right."""
        try:
            found = filled(self.layer, assignment).output(self.inputs, SILENT)
        except LayerProblem:
            return False
        return all(
            isinstance(size, Blank) or fits(size, want)
            for size, want in zip(found.sizes, self.wanted, strict=True)
        )

    def right(self, assignment: Assignment) -> bool:
        """Whether all the numbers together give what is wanted, by the layer's own rule."""
        if not self.sizes_right(assignment):
            return False
        layer = filled(self.layer, assignment)
        output = layer.output(self.inputs, SILENT)
        return all(COUNTS[name](layer, self.inputs, output) == n for name, n in self.counted)

    def on_axis(self, axis: int) -> tuple[Layer, tuple[Shape, ...]]:
        """The layer on one axis alone, and its inputs there."""
        values = tuple(
            (value[axis],)
            if isinstance(argument.kind, AXISWISE) and isinstance(value, tuple) and len(value) > 1
            else value
            for argument, value in zip(self.layer.arguments, self.layer.values, strict=True)
        )
        inputs = tuple(
            Shape((shape.depth, shape.spatial[axis]), (shape.varies[0], shape.varies[axis + 1]))
            for shape in self.inputs
        )
        return type(self.layer)(*values), inputs


def unknowns(layer: Layer) -> Iterator[Unknown]:
    """Every ``?`` among a layer's arguments, once."""
    for argument, value in zip(layer.arguments, layer.values, strict=True):
        axiswise = isinstance(argument.kind, AXISWISE)
        one_pair = isinstance(argument.kind, Sides | Range)
        if isinstance(value, Blank):
            yield Unknown(value.holes[0], argument.name, None, None, True)
        if not isinstance(value, tuple):
            continue
        for position, item in enumerate((value,) if one_pair else value):
            axis = position if axiswise and len(value) > 1 else None
            sides = item if isinstance(item, tuple) else (item,)
            paired = (one_pair or isinstance(argument.kind, Padding)) and sides[0] != sides[-1]
            for side, blank in enumerate(sides):
                if isinstance(blank, Blank) and (side == 0 or sides[0] != blank):
                    where = side if paired else None
                    yield Unknown(blank.holes[0], argument.name, axis, where, not axiswise)


def kind_of(layer: Layer, unknown: Unknown) -> Kind:
    """The kind of the argument that a ``?`` stands in."""
    return next(item.kind for item in layer.arguments if item.name == unknown.name)


def least(layer: Layer, unknown: Unknown) -> int | None:
    """The least number that a ``?`` may be; None where it may be negative."""
    kind = kind_of(layer, unknown)
    return getattr(kind, "minimum", 0 if isinstance(kind, Sides | Range) else 1)


def filled(layer: Layer, assignment: Assignment) -> Layer:
    """A layer with numbers in its holes, as far as there are any."""
    values = []
    for argument, value in zip(layer.arguments, layer.values, strict=True):
        number = put(value, assignment)
        if isinstance(argument.kind, Scale) and isinstance(number, tuple):
            number = tuple(
                (p.numerator, p.denominator) if q == 1 and is_rational(p) else (p, q)
                for p, q in number
            )
        values.append(number)
    return type(layer)(*values, called=layer.called)


def put(value: Any, assignment: Assignment) -> Any:
    """A value, or nested tuples of them, with numbers for its blanks."""
    if isinstance(value, Blank):
        return assignment.get(value.holes[0], value)
    return tuple(put(item, assignment) for item in value) if isinstance(value, tuple) else value


def fits(size: Any, want: Any) -> bool:
    """Whether a size is the wanted one, or among the wanted ones."""
    if want is None:
        return True
    if isinstance(want, tuple):
        return isinstance(size, int) and any(size in progression for progression in want)
    return bool(size == want)


def sizes_text(want: Any) -> str:
    """A wanted size, or a set of them."""
    return " or ".join(map(str, want)) if isinstance(want, tuple) else str(want)


def number_text(value: Any) -> str:
    """A number as it can stand in the place of a ``?``."""
    if isinstance(value, str):
        return value
    if isinstance(value, Polynomial):
        return written(value)
    if isinstance(value, int):
        return str(value) if value >= 0 else f"({value})"
    return Factor().text((value.numerator, value.denominator))
