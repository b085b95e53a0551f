"""What a careful reader would want to know about a layer's window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcalc.arithmetic import formulas
from convcalc.graph.graph import Node
from convcalc.layers.base import Shape, Window, axis_names
from convcalc.layers.windows import Deconv, Windowed

SAME = ("same", "same_lower")
UNITS = {"height": "row", "width": "column", "length": "pixel", "D": "slice"}


def notes(node: Node, inputs: Sequence[Shape]) -> tuple[tuple[str, str], ...]:
    """(code, text) for each note on a node."""
    layer = node.layer
    if not isinstance(layer, Windowed):
        return ()
    windows = layer.windows(inputs)
    if layer.pad in SAME:
        return tuple(uneven_padding(layer.pad, windows))
    if isinstance(layer, Deconv):
        return ()
    return tuple(dropped_pixels(inputs[0], windows))


def uneven_padding(word: str, windows: Sequence[Window]) -> Iterator[tuple[str, str]]:
    """A note where `same` padding has an odd pixel, or a transposed window leaves gaps to fill."""
    sides = [window.padding for window in windows]
    if not all(isinstance(side, tuple) and isinstance(side[1], int) for side in sides):
        return
    appended = [-after for _, after in sides if after < 0]
    if appended:
        count = " × ".join(str(max(-after, 0)) for _, after in sides)
        yield "appended-pixels", f"the stride exceeds the window: {count} empty pixels at the end"
    elif any(before != after for before, after in sides):
        text = " × ".join(f"{before}+{after}" for before, after in sides)
        where = "end" if word == "same" else "start"
        yield "uneven-padding", f"{word} padding is uneven: {text}, the odd pixel at the {where}"


def dropped_pixels(shape: Shape, windows: Sequence[Window]) -> Iterator[tuple[str, str]]:
    """A note where the stride does not divide, so that no window reaches the last pixels.

    What lies at the end is padding first; only what goes beyond it is lost. A stride larger than
    the window skips pixels everywhere and is meant.
    """
    lost: list[tuple[str, int, str]] = []
    padding_only: list[tuple[str, int, str]] = []
    for name, n, window in zip(axis_names(shape.rank), shape.spatial, windows, strict=True):
        before, after = window.padding
        if window.rounding == "ceil" or not _numbers(n, before, after, window):
            continue
        rest = formulas.dropped(n, window.extent, window.stride, before + after)
        if not rest or window.extent < window.stride:
            continue
        reason = f"stride {window.stride} on {n}" + (
            f" + {before + after}" if before + after else ""
        )
        if rest > after:
            lost.append((name, rest - after, reason))
        else:
            padding_only.append((name, rest, reason))
    if lost:
        yield "dropped-pixels", f"drops {_counted(lost)} at the end ({_reasons(lost)})"
    elif padding_only:
        text = f"drops {_counted(padding_only)} of padding at the end ({_reasons(padding_only)})"
        yield "dropped-padding", text


def _numbers(n: Any, before: Any, after: Any, window: Window) -> bool:
    return all(isinstance(value, int) for value in (n, before, after, window.stride, window.extent))


def _counted(axes: Sequence[tuple[str, int, str]]) -> str:
    return " and ".join(
        f"{count} {UNITS.get(name, name)}{'s' * (count > 1)}" for name, count, _ in axes
    )


def _reasons(axes: Sequence[tuple[str, int, str]]) -> str:
    return ", ".join(dict.fromkeys(reason for _, _, reason in axes))
