"""What a careful reader would want to know about a layer's window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcalc.arithmetic import formulas
from convcalc.graph.graph import Node
from convcalc.layers.base import Shape, Window, axis_names
from convcalc.layers.windows import Deconv, Pool, Windowed


def window_notes(layer: Windowed, shape: Shape, windows: Sequence[Window]) -> Iterator[tuple[str, str]]:
    """(code, text) for each note on a layer that slides `windows` over `shape`."""
    uneven = [window for window in windows if _uneven(window.padding)]
    if uneven and layer.pad in ("same", "same_lower"):
        pads = "x".join(_sides(window.padding) for window in windows)
        where = "end" if layer.pad == "same" else "start"
        yield (
            "uneven-padding",
            f"{layer.pad} padding is uneven here ({pads}): the odd pixel is at the {where}",
        )
    if isinstance(layer, Deconv) or layer.pad in ("same", "same_lower"):
        return
    lost = []
    for name, n, window in zip(axis_names(shape.rank), shape.spatial, windows, strict=True):
        if not all(isinstance(x, int) for x in (n, *window.padding, window.stride, window.kernel)):
            continue
        before, after = window.padding
        rest = formulas.dropped(n, window.extent, window.stride, before + after)
        if window.rounding == "ceil":
            continue
        if rest > after and window.extent >= window.stride:
            lost.append((name, rest - after, f"stride {window.stride} on {n}" + _plus(before + after)))
    if lost:
        what = " and ".join(f"{count} {UNITS.get(name, name)}{'s' * (count > 1)}" for name, count, _ in lost)
        reasons = list(dict.fromkeys(reason for _, _, reason in lost))
        yield "dropped-pixels", f"drops {what} at the end ({', '.join(reasons)})"


UNITS = {"height": "row", "width": "column", "length": "pixel", "D": "slice"}


def notes(node: Node, inputs: Sequence[Shape]) -> tuple[tuple[str, str], ...]:
    """(code, text) for each note on a node."""
    layer = node.layer
    if isinstance(layer, Windowed):
        return tuple(window_notes(layer, inputs[0], layer.windows(inputs)))
    return ()


def _uneven(padding: object) -> bool:
    return isinstance(padding, tuple) and isinstance(padding[0], int) and padding[0] != padding[1]


def _sides(padding: object) -> str:
    return f"{padding[0]}+{padding[1]}" if isinstance(padding, tuple) else str(padding)


def _plus(padding: int) -> str:
    return f" + {padding}" if padding else ""


__all__ = ["Pool", "notes", "window_notes"]
