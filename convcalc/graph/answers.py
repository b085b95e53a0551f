"""What a spec expects of a layer or block: ``-> 64x112x112 params=9472``."""

from __future__ import annotations

from typing import Any

from convcalc.errors import nearest
from convcalc.graph.evaluate import Context, Located, argument
from convcalc.language import tree
from convcalc.layers.arguments import Axes, describe, is_number
from convcalc.source import Span

QUANTITIES = {
    "params": "parameters",
    "parameters": "parameters",
    "weights": "weights",
    "biases": "biases",
    "buffers": "buffers",
    "trainable": "trainable",
    "macs": "macs",
    "connections": "connections",
    "memory": "activation_bytes",
    "padding": "padding",
    "pad": "padding",
    "field": "receptive_field",
}
"""What an answer can state, and what the report calls it."""

POINTS = "points"
"""An answer's option that says how much it is worth when homework is marked; it states nothing."""


def expectations(
    answer: tree.Answer, context: Context, *, hwc: bool, windows: int
) -> tuple[tuple[str, Any, Span], ...]:
    """The quantities that an answer states, each with its value (None for ``?``) and its place.

    `hwc` says that shapes are written depth last, `windows` how many windows the step slides: a
    padding can be stated of one only. Raises `Located` and `Poisoned`.
    """
    expected: list[tuple[str, Any, Span]] = []
    if answer.shape is not None:
        shape = expected_shape(answer.shape, context, hwc=hwc)
        expected.append(("output_shape", shape, answer.shape.span))
    for option in answer.options:
        if option.name == POINTS:
            continue
        quantity = QUANTITIES.get(option.name)
        if quantity is None:
            near = nearest(option.name, list(QUANTITIES))
            known = ", ".join(QUANTITIES)
            raise Located(
                f"an answer cannot state {option.name}",
                option.span,
                help=f"did you mean {near}=?" if near else f"it can state {known}",
            )
        if any(quantity == known for known, _, _ in expected):
            raise Located(f"{option.name} is stated twice", option.span)
        if quantity == "padding" and windows != 1:
            there = f"there are {windows} windows here" if windows else "there is no window here"
            raise Located(f"pad= is about one window, but {there}", option.span)
        expected.append((quantity, expected_value(option, quantity, context), option.span))
    return tuple(expected)


def expected_shape(node: tree.Argument, context: Context, *, hwc: bool) -> Any:
    """The sizes that an answer states, with `hwc` depth last, as depth first; None for ``?``."""
    if isinstance(node, tree.Hole):
        return None
    if isinstance(node, tree.Dims):
        atoms = [atom for pair in node.pairs for atom in (pair.first, pair.second)]
        if any(isinstance(atom, tree.Hole) for atom in atoms):
            raise Located("-> ? asks for the whole shape, not for parts of it", node.span)
    value = argument(node, context)
    if isinstance(value, Axes) and all(second is None for _, second in value.pairs):
        sizes = tuple(first for first, _ in value.pairs)
        return depth_first(sizes) if hwc else sizes
    if is_number(value):
        return (value,)
    raise Located(f"an answer is a shape, not {describe(value)}", node.span)


def expected_value(option: tree.Option, quantity: str, context: Context) -> Any:
    """What an answer states of a quantity; None for ``?``."""
    if isinstance(option.value, tree.Hole):
        return None
    value = argument(option.value, context)
    if quantity == "padding":
        if isinstance(value, Axes):
            return tuple((a, a if b is None else b) for a, b in value.pairs)
        if is_number(value):
            return ((value, value),)
    elif quantity == "receptive_field":
        if isinstance(value, Axes) and all(second is None for _, second in value.pairs):
            return tuple(first for first, _ in value.pairs)
        if is_number(value):
            return (value,)
    elif is_number(value):
        return value
    raise Located(f"{option.name} is a number, not {describe(value)}", option.span)


def depth_first(sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    """A channels-last shape with the depth in front."""
    return (sizes[-1], *sizes[:-1])
