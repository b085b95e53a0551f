"""What holds in general between the open numbers of a window: k = 2·p + 1 or 2·p + 2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.arithmetic import formulas
from convcalc.arithmetic.number import FormulaLimitError
from convcalc.arithmetic.polynomial import Polynomial
from convcalc.graph.holes import Blank
from convcalc.layers.base import Check, Layer, LayerProblem, Shape, Window, axis_names, each_axis
from convcalc.layers.geometry import Upsample
from convcalc.layers.windows import Deconv, Windowed

SEARCHED = 64
"""How far from the window's extent a padding is looked for on symbolic sizes with a stride."""


def relation(
    layer: Layer, shape: Shape, wanted: tuple[Any, ...], letters: Mapping[int, str]
) -> str | None:
    """What must hold of the open numbers for a layer to give the wanted sizes, in words.

    `letters` are the names of the blanks. None for layers that slide no window nor resize.
    """
    if isinstance(layer, Upsample):
        return resizing(layer, shape, wanted)
    if not isinstance(layer, Windowed):
        return None
    if isinstance(layer, Deconv) and layer.pad in ("same", "same_lower"):
        return None  # its output is the input times the stride, whatever the rest is
    lines = []
    for axis in range(shape.rank):
        want = wanted[axis + 1]
        if isinstance(want, int):
            lines.append(on_axis(layer, shape, axis, want, letters))
    if None in lines or not lines:
        return None
    if len(set(lines)) == 1:
        return lines[0]
    names = axis_names(shape.rank)
    return "; ".join(f"{name}: {line}" for name, line in zip(names, lines, strict=True))


def resizing(layer: Upsample, shape: Shape, wanted: tuple[Any, ...]) -> str | None:
    """The factors that resize to the wanted sizes: want ≤ n·factor < want + 1."""
    if layer.scale is None or not isinstance(layer.scale[0][0], Blank):
        return None
    pairs = {(n, want) for n, want in zip(shape.spatial, wanted[1:], strict=True)}
    if len(pairs) > 1 or not all(isinstance(number, int) for pair in pairs for number in pair):
        return None
    (n, want), *_ = pairs
    return f"{want}/{n} ≤ scale < {want + 1}/{n}"


def on_axis(
    layer: Windowed, shape: Shape, axis: int, want: int, letters: Mapping[int, str]
) -> str | None:
    """The relation on one axis."""
    single = (letters_in(value, letters) for value in layer.values)
    named = type(layer)(*single, called=layer.called)
    try:
        window = named.windows((shape,))[axis]
        output = named.output((shape,), Check()).spatial[axis]
    except (LayerProblem, FormulaLimitError):
        return None
    if not isinstance(output, Polynomial):
        return None
    stride, padding = window.stride, window.padding
    if not isinstance(stride, int) or not isinstance(padding, tuple) or window.rounding == "ceil":
        return f"{output} = {want}"
    n, total = shape.spatial[axis], padding[0] + padding[1]
    if isinstance(named, Deconv):
        # extent − padding + output_pad is what the input's pixels, a stride apart, leave over
        pads = each_axis(named.output_pad, shape.rank, "output_pad", shape)[axis]
        low = high = want - (n - 1) * stride
        total = total - pads
    else:
        low, high = n - stride * want + 1, n - stride * (want - 1)
    return equation(window.extent, total, low, high)


def equation(extent: Any, total: Any, low: Any, high: Any) -> str | None:
    """low ≤ extent − total ≤ high, solved for what is open."""
    if isinstance(extent, int) and isinstance(total, Polynomial):
        return f"{total} = {alternatives(extent - high, extent - low)}"
    if not isinstance(extent, Polynomial):
        return None
    if isinstance(total, int):
        return f"{extent} = {alternatives(total + low, total + high)}"
    if not all(isinstance(n, int) for n in (low, high)):
        return None
    choices = [str(total + n) for n in range(low, high + 1)]
    if len(choices) > 3:
        choices = [f"{choices[0]} to {choices[-1]}"]
    return f"{extent} = {' or '.join(choices)}"


def alternatives(low: int, high: int) -> str:
    """A range of numbers: 5, 5 or 6, 5 to 8."""
    if low == high:
        return str(low)
    return f"{low} or {high}" if high == low + 1 else f"{low} to {high}"


def letters_in(value: Any, letters: Mapping[int, str]) -> Any:
    """A value, or nested tuples of them, with symbols for its blanks."""
    if isinstance(value, Blank):
        name = letters[value.holes[0]]
        return Polynomial.symbol(name, sorted(set(letters.values())).index(name))
    if isinstance(value, tuple):
        return tuple(letters_in(item, letters) for item in value)
    return value


def pad_totals(
    layer: Windowed, shape: Shape, wanted: tuple[Any, ...], axis: int | None
) -> list[Any] | None:
    """The padding of both sides together that gives the wanted sizes, as formulas; each is checked
    by the layer's own rule. None where the axes do not agree.

    `axis` is the one whose padding is open, None for every one.
    """
    position = next(i for i, argument in enumerate(layer.arguments) if argument.name == "pad")
    answers: list[list[Any]] = []
    for each in range(shape.rank) if axis is None else (axis,):
        window = layer.windows((shape,))[each]
        n, want = shape.spatial[each], wanted[each + 1]
        extent, stride = window.extent, window.stride
        if isinstance(layer, Deconv):
            added = each_axis(layer.output_pad, shape.rank, "output_pad", shape)[each]
            guesses = [formulas.transposed_size(n, extent, stride, 0, added) - want]
        elif stride == 1:
            guesses = [tidy(want - n + extent - 1, window)]
        else:
            guesses = [extent + more for more in range(-SEARCHED, SEARCHED + 1)]
        found = []
        for total in guesses:
            values = list(layer.values)
            values[position] = tuple((0, total) if i == each else (0, 0) for i in range(shape.rank))
            try:
                size = type(layer)(*values).output((shape,), Check()).spatial[each]
            except LayerProblem:
                continue
            if size == want and not (isinstance(total, int) and total < 0):
                found.append(total)
        answers.append(found)
    common = [total for total in answers[0] if all(total in other for other in answers[1:])]
    return common if common or not all(answers) else None


def tidy(total: Any, window: Window) -> Any:
    """A padding, as the product d·(k − 1) where it is one: easier to read."""
    product = window.dilation * (window.kernel - 1)
    return product if product == total else total
