"""The answer of ``convcalc field``: a table of fields, what an output sees, and a drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from convcalc.render.columns import brief
from convcalc.render.terminal import spelling_of, width_of
from convcalc.render.units import Spelling

if TYPE_CHECKING:
    from convcalc.field_report import (
        AxisRegion,
        FieldsReport,
        LayerField,
        Reach,
        Region,
        Seen,
        Sight,
    )

WIDEST_DRAWING = 72
HIGHEST_DRAWING = 16
NARROWEST_TEXT = 12
"""The columns that an operation keeps as long as it is shown."""

CONCESSIONS = ("text", "centre", "output", "padding", "stride")
"""Columns that are given up for want of width, one after another; text is first made narrow."""

AXES = (("position",), ("position",), ("row", "column"), ("slice", "row", "column"))


class Signs(NamedTuple):
    """What a drawing is made of."""

    seen: str
    gated: str
    padding: str
    input: str
    path: str


SIGNS = Signs("█", "▒", "░", "·", "●")
PLAIN_SIGNS = Signs("#", "%", "+", ".", "*")


def write(
    report: FieldsReport, stream: TextIO, *, everything: bool = False, width: int | None = None
) -> None:
    """Write the table and the answers to a stream; on a terminal no wider than it is.

    Without `everything`, layers that leave the field as it is have no row.
    """
    width = width_of(stream) if width is None else width
    spelling = spelling_of(stream)
    for line in lines(report, width, everything=everything, spelling=spelling):
        stream.write(line.rstrip() + "\n")


def write_json(report: FieldsReport, stream: TextIO) -> None:
    """`FieldsReport.to_dict` as one JSON object, each layer on a line of its own."""
    from json import dumps

    data = report.to_dict()
    layers = data.pop("layers")
    parts = [f'"{key}": {dumps(value)}' for key, value in data.items()]
    joined = ",\n    ".join(map(dumps, layers))
    parts.insert(3, f'"layers": [\n    {joined}\n  ]' if layers else '"layers": []')
    stream.write("{\n  " + ",\n  ".join(parts) + "\n}\n")


def lines(
    report: FieldsReport, width: int | None, *, everything: bool, spelling: Spelling
) -> Iterator[str]:
    """The whole answer, a line after the other."""
    title = spelling.text(report.title or "Receptive fields")
    about = f"fields on {report.input.name} {spelling.shape(report.input.shape)}"
    yield from _wrapped(f"{title}{spelling.dot}{spelling.text(about)}", width)
    yield ""
    layers = list(report.layers) if everything else _changing(report)
    yield from _table(report, layers, width, spelling)
    if len(layers) < len(report.layers):
        count = len(report.layers) - len(layers)
        which = "1 layer that sees" if count == 1 else f"{count:,} layers that see"
        yield from _wrapped(f"not shown: {which} what the layer above sees (--all)", width)
    for text in _path(report, spelling):
        yield ""
        yield from _wrapped(text, width)
    if report.reach is not None:
        yield ""
        for text in _reach(report.reach, len(report.layers), spelling):
            yield from _wrapped(text, width)
    if report.see is not None:
        yield ""
        yield from _seen(report.see, layers, width, spelling)
    if report.at is not None:
        yield ""
        yield from _region(report.at, width, spelling)
        yield ""
        yield from drawing(report.at, width, spelling)
    for i, note in enumerate(report.notes):
        if i == 0:
            yield ""
        where = f"{note.layer}: " if note.layer else ""
        yield from _wrapped(spelling.text(f"note: {where}{note.text}"), width)


def _changing(report: FieldsReport) -> list[LayerField]:
    """The layers that see something else than the one before, and the one asked about."""
    shown: list[LayerField] = []
    for layer in report.layers:
        if not shown or layer.field != shown[-1].field or layer.name == report.layer:
            shown.append(layer)
    return shown


# --- the table


def _table(
    report: FieldsReport, layers: Sequence[LayerField], width: int | None, spelling: Spelling
) -> Iterator[str]:
    signs = PLAIN_SIGNS if spelling.plain else SIGNS
    columns: dict[str, list[str]] = {}
    if _has_branches(report):
        columns["path"] = ["", *(signs.path if layer.on_largest_path else "" for layer in layers)]
    columns["layer"] = ["layer", *(spelling.text(layer.name) for layer in layers)]
    columns["text"] = ["operation", *(spelling.text(brief(layer.text)) for layer in layers)]
    columns["output"] = ["output", *(spelling.shape(layer.output_shape) for layer in layers)]
    columns["field"] = ["field", *(field_text(layer.field, spelling) for layer in layers)]
    columns["stride"] = ["stride", *(_each(layer, "stride", spelling) for layer in layers)]
    columns["padding"] = ["padding", *(_padding(layer, spelling) for layer in layers)]
    columns["centre"] = ["centre", *(_each(layer, "center", spelling) for layer in layers)]
    widths = {key: max(map(len, cells)) for key, cells in columns.items()}

    def needed() -> int:
        return sum(widths[key] for key in columns) + 2 * (len(columns) - 1)

    dropped = []
    if width is not None:
        for key in CONCESSIONS:
            if key == "text" and needed() > width:
                widths[key] = max(NARROWEST_TEXT, widths[key] - (needed() - width))
            elif needed() > width:
                del columns[key]
                dropped.append(key)
        if needed() > width:
            del columns["text"]
            dropped.append("operation")
        if needed() > width:
            widths["layer"] = max(NARROWEST_TEXT, widths["layer"] - (needed() - width))
        elif "text" in columns:
            natural = max(map(len, columns["text"]))
            widths["text"] = min(natural, widths["text"] + width - needed())
    yield from _rows(columns, widths, spelling)
    if dropped:
        yield from _wrapped(f"not shown at {width} columns: {', '.join(dropped)}", width)


def _rows(
    columns: dict[str, list[str]], widths: dict[str, int], spelling: Spelling
) -> Iterator[str]:
    for i, row in enumerate(zip(*columns.values(), strict=True)):
        cells = []
        for key, cell in zip(columns, row, strict=True):
            wide = widths[key]
            if len(cell) > wide:  # of a name the end says most
                sign = spelling.ellipsis
                keep = wide - len(sign)
                text = sign + cell[-keep:] if key == "layer" else cell[:keep] + sign
            else:
                text = cell
            cells.append(text.ljust(wide) if key in ("path", "layer", "text") else text.rjust(wide))
        line = "  ".join(cells)
        yield line
        if i == 0:
            yield ("-" if spelling.plain else "─") * len(line)


def field_text(field: Any, spelling: Spelling) -> str:
    """A field's size: ``35``, ``3×7``, ``188–204`` where it varies, ``35 + all`` with a gate."""
    if field is None:
        return ""
    if field.whole:
        return "whole input"
    parts = []
    for largest, smallest in zip(field.size, field.smallest or field.size, strict=True):
        text = _number(largest, spelling)
        parts.append(
            text if largest == smallest else f"{_number(smallest, spelling)}{spelling.dash}{text}"
        )
    text = parts[0] if len(set(parts)) == 1 else spelling.times.join(parts)
    return f"{text} + all" if field.whole_through else text


def _each(layer: LayerField, name: str, spelling: Spelling) -> str:
    """A value an axis; one where all axes have the same."""
    if layer.field is None or layer.field.whole:
        return ""
    parts = [_number(value, spelling) for value in getattr(layer.field, name)]
    return parts[0] if len(set(parts)) == 1 else spelling.times.join(parts)


def _padding(layer: LayerField, spelling: Spelling) -> str:
    if layer.field is None or layer.field.whole:
        return ""
    parts = []
    for before, after in layer.field.padding:
        first, last = _number(before, spelling), _number(after, spelling)
        parts.append(first if first == last else f"{first}:{last}")
    return parts[0] if len(set(parts)) == 1 else spelling.times.join(parts)


def _number(value: Any, spelling: Spelling) -> str:
    if value is None:
        return "?"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str | float):
        return spelling.text(str(value))
    return spelling.number(value)


# --- sentences


def _has_branches(report: FieldsReport) -> bool:
    """Whether the field of the layer that was asked about comes through more than one path."""
    end = next((i for i, layer in enumerate(report.layers) if layer.name == report.layer), 0)
    return any(layer.field and not layer.on_largest_path for layer in report.layers[:end])


def _path(report: FieldsReport, spelling: Spelling) -> Iterator[str]:
    """Which of several paths gives the largest field: the layers on it that widen what is seen."""
    if not _has_branches(report):
        return
    names, size = [], None
    for layer in report.layers:
        if layer.on_largest_path and layer.field is not None and layer.field.size != size:
            names.append(layer.name)
            size = layer.field.size
    shown = names if len(names) <= 9 else [*names[:6], spelling.ellipsis, *names[-2:]]
    sign = (PLAIN_SIGNS if spelling.plain else SIGNS).path
    yield spelling.text(
        f"{sign} the largest field of {report.layer} comes through {', '.join(shown)}"
        + ("" if len(names) <= 9 else f" ({len(names):,} layers that widen it)")
    )


def _reach(reach: Reach, count: int, spelling: Spelling) -> Iterator[str]:
    if reach.layer is not None and reach.field is not None:
        size = field_text(reach.field, spelling)
        yield spelling.text(
            f"{reach.size:,} is reached first at {reach.layer},"
            f" layer {reach.index:,} of {count:,}: {size}"
        )
    else:
        largest = spelling.window(reach.largest) if reach.largest else "unknown"
        yield f"no field reaches {reach.size:,}; the largest is {largest}"
    for repeat in reach.repeats:
        written = spelling.text(f"repeat {repeat.written} on line {repeat.line}")
        if repeat.needed is None:
            yield f"{written}: no count reaches {reach.size:,}"
        else:
            room = ", on a larger input" if repeat.larger_input else ""
            yield f"{written}: {reach.size:,} is reached with repeat {repeat.needed:,}{room}"


def _seen(
    see: Seen, layers: Sequence[LayerField], width: int | None, spelling: Spelling
) -> Iterator[str]:
    pixel = ",".join(map(str, see.pixel))
    yield from _wrapped(f"which outputs see pixel {pixel} of the input", width)
    sights = {sight.layer: sight for sight in see.layers}
    rows = [(spelling.text(layer.name), _sight(sights[layer.name])) for layer in layers]
    margin = max((len(name) for name, _ in rows), default=0)
    if width is not None:
        longest = max((len(text) for _, text in rows), default=0)
        margin = min(margin, max(width - longest - 4, NARROWEST_TEXT))
    sign = spelling.ellipsis
    for name, text in rows:
        shown = name if len(name) <= margin else sign + name[len(sign) - margin :]
        yield from _wrapped(f"  {shown:<{margin}}  {text}", width)


def _sight(sight: Sight) -> str:
    """Which outputs of a layer see the pixel, and how many they are."""
    if sight.outputs is None:
        return "none"
    if not sight.outputs:
        return "every output"
    units = AXES[len(sight.outputs)]
    spans = [
        _span(unit, first, last)
        for unit, (first, last, _) in zip(units, sight.outputs, strict=True)
    ]
    return f"{', '.join(spans)}: {sight.count:,}"


def _span(unit: str, first: int, last: int) -> str:
    return f"{unit} {first:,}" if first == last else f"{unit}s {first:,} to {last:,}"


def _region(region: Region, width: int | None, spelling: Spelling) -> Iterator[str]:
    position = ",".join(map(str, region.position))
    where = f"output {position} of {region.layer}" if position else region.layer
    yield from _wrapped(spelling.text(f"what {where} sees of the input"), width)
    rows = [["", "unclipped", "in the input", "pixels", "padding"]]
    for unit, axis in zip(AXES[len(region.axes)], region.axes, strict=True):
        clipped, pads = axis.clipped, axis.padding
        span = 0 if clipped is None else clipped[1] - clipped[0] + 1
        rows.append(
            [
                f"{unit}s",
                "?" if axis.unclipped is None else f"{axis.unclipped[0]} to {axis.unclipped[1]}",
                "nothing" if clipped is None else f"{clipped[0]} to {clipped[1]}",
                f"{axis.count:,}" if axis.count == span else f"{axis.count:,} of {span:,}",
                "?" if pads is None else f"{pads[0]} + {pads[1]}",
            ]
        )
    area, padding = region.area, region.padding
    if area is not None and padding is not None and len(region.axes) > 1:
        share = f" ({100 * padding / area:.1f}%)" if area else ""
        rows.append(["together", f"{area:,}", "", f"{region.count:,}", f"{padding:,}{share}"])
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    if width is not None and sum(widths) + 10 > width:
        for row in rows[1:]:
            cells = [f"{name} {cell}" for name, cell in zip(rows[0], row, strict=True) if cell]
            yield from _wrapped(", ".join(cells).strip(), width)
        return
    for row in rows:
        first = row[0].ljust(widths[0])
        rest = [cell.rjust(wide) for cell, wide in zip(row[1:], widths[1:], strict=True)]
        yield "  " + "  ".join([first, *rest])


# --- the drawing


class _Line(NamedTuple):
    """One axis in cells: which hold pixels that are seen, of the windows' field, of the input."""

    seen: list[bool]
    field: list[bool]
    input: list[bool]


def drawing(region: Region, width: int | None, spelling: Spelling) -> Iterator[str]:
    """The field on the input, to scale: the last two axes, and the padding it reaches into."""
    signs = PLAIN_SIGNS if spelling.plain else SIGNS
    axes = region.axes[-2:]
    spans = [_span_of(axis) for axis in axes]
    sizes = [last - first + 1 for first, last in spans]
    wide = min(width or WIDEST_DRAWING, WIDEST_DRAWING)
    rows = sizes[0] if len(axes) == 2 else 1
    if 2 * sizes[-1] <= wide and rows <= HIGHEST_DRAWING:
        across, down, repeat = 1, 1, 2
    else:
        scale = max(-(-sizes[-1] // wide), -(-rows // (2 * HIGHEST_DRAWING)))
        across, down, repeat = scale, 2 * scale, 1
    columns = _cells(axes[-1], spans[-1], across)
    lines = _cells(axes[0], spans[0], down) if len(axes) == 2 else _Line([True], [True], [True])
    used = set()
    for seen_row, field_row, input_row in zip(*lines, strict=True):
        text = ""
        for seen, field, inside in zip(*columns, strict=True):
            in_field = field and field_row
            if seen and seen_row:
                sign = signs.seen if in_field else signs.gated
            elif input_row and inside:
                sign = signs.input
            else:
                sign = signs.padding if in_field else " "
            used.add(sign)
            text += sign * repeat
        yield text
    cell = f"{across}×{down}" if len(axes) == 2 else f"{across}"
    if repeat == 2:
        scale_text = "two characters are 1 pixel"
    else:
        scale_text = f"one character is {cell} pixel{'s' * (cell != '1')}"
    meanings = {
        signs.seen: "seen",
        signs.gated: "seen through the whole map only",
        signs.padding: "padding",
        signs.input: "the rest of the input",
    }
    legend = "  ".join(f"{sign} {text}" for sign, text in meanings.items() if sign in used)
    yield from _wrapped(spelling.text(f"{legend}  ({scale_text})"), width)


def _span_of(axis: AxisRegion) -> tuple[int, int]:
    """The pixels that a drawing shows: the input and all of the field."""
    first, last = axis.unclipped or (0, 0)
    return (min(first, 0), max(last, axis.size - 1))


def _cells(axis: AxisRegion, span: tuple[int, int], scale: int) -> _Line:
    """An axis in cells of `scale` pixels."""
    first, last = axis.unclipped or axis.clipped or (0, -1)
    seen, field, inside = [], [], []
    for start in range(span[0], span[1] + 1, scale):
        end = min(start + scale - 1, span[1])
        seen.append(any(a <= end and start <= b for a, b in axis.runs))
        field.append(first <= end and start <= last)
        inside.append(end >= 0 and start < axis.size)
    return _Line(seen, field, inside)


def _wrapped(text: str, width: int | None) -> Iterator[str]:
    if width is None or len(text) <= width:
        yield text
        return
    line = ""
    room = max(width - 2, NARROWEST_TEXT)
    words = [
        word[i : i + room]  # a name may be longer than a line
        for word in text.split(" ")
        for i in range(0, max(len(word), 1), room)
    ]
    for word in words:
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = "  " + word
        else:
            line = f"{line} {word}" if line else word
    yield line
