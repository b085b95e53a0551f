"""A report as HTML: what a notebook shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from convcalc.render.columns import Column, chosen, row_cells, total_cells
from convcalc.render.rows import ACTIVATIONS, Row, outline
from convcalc.render.summary import facts, messages, shortened_by, total_row, totals
from convcalc.render.units import UNICODE

if TYPE_CHECKING:
    from convcalc.report import Report

COLUMNS = (
    "name",
    "text",
    "output",
    "padding",
    "parameters",
    "parameters%",
    "macs",
    "macs%",
)
"""The columns, unless others are asked for."""

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def render(report: Report) -> str:
    """The report as one piece of HTML; it sets no colours of its own, so it suits any theme."""
    return "".join(_pieces(report, None, None, False))


def write(
    report: Report,
    stream: TextIO,
    *,
    columns: Sequence[str] | None = None,
    depth: int | None = None,
    quiet: bool = False,
) -> None:
    """The same to a stream, a row at a time. Raises `SpecError` for a column that there is not."""
    stream.writelines(_pieces(report, columns, depth, quiet))


def escaped(text: str) -> str:
    """A text that HTML shows as it is, inside or outside quotes."""
    return UNICODE.text(text).translate(_ESCAPES)


def _pieces(
    report: Report, columns: Sequence[str] | None, depth: int | None, quiet: bool
) -> Iterator[str]:
    shown = chosen(COLUMNS if columns is None else columns)
    rows = outline(report, depth)
    title = f"<b>{escaped(report.title)}</b> " if report.title else ""
    yield '<div class="convcalc">\n<table style="font-variant-numeric: tabular-nums">\n'
    yield f'<caption style="text-align: left">{title}{escaped(facts(report, UNICODE))}</caption>\n'
    aligned = [_aligned(column) for column in shown]
    headings = [column.heading for column in shown]
    yield f"<thead>\n{_row('th', headings, aligned)}</thead>\n<tbody>\n"
    for row in rows.rows:
        cells = row_cells(row, shown, UNICODE, report.totals)
        yield _row("td", cells, [_style(column, row, report) for column in shown])
    cells = total_cells(total_row(report), shown, UNICODE, report.totals)
    yield f"</tbody>\n<tfoot>\n{_row('th', cells, aligned)}</tfoot>\n</table>\n<ul>\n"
    for name, text in totals(report, UNICODE):
        yield f"<li>{name}: {escaped(text)}</li>\n"
    for message in messages(report, UNICODE):
        kind = "<b>wrong</b>" if message.kind == "wrong" else message.kind
        if not quiet or message.kind == "wrong":
            yield f"<li>{kind}: {escaped(message.text)}</li>\n"
    if not quiet and (remark := shortened_by(rows, report)):
        yield f"<li>{escaped(remark)}</li>\n"
    yield "</ul>\n</div>\n"


def _row(tag: str, cells: Sequence[str], styles: Sequence[str]) -> str:
    inside = [
        f'<{tag} style="{style}">{escaped(text)}</{tag}>'
        for text, style in zip(cells, styles, strict=True)
    ]
    return f"<tr>{''.join(inside)}</tr>\n"


def _aligned(column: Column) -> str:
    return f"text-align: {'right' if column.right else 'left'}"


def _style(column: Column, row: Row, report: Report) -> str:
    """A cell's alignment, its indent in the tree, and for shares a bar behind it."""
    style = _aligned(column)
    if column.key == "name" and len(row.last) > 1:
        style += f"; padding-left: {1.5 * len(row.last) - 0.5}em"
    if column.key == "name" and row.is_open:
        style += "; font-weight: bold"
    if len(row.parts) == 1 and row.parts[0].kind in ACTIVATIONS:
        style += "; opacity: 0.6"
    if column.key.endswith(("%", "_share")) and (part := column.value(row.item, report.totals)):
        bar = f"rgba(0, 150, 180, 0.3) {part:.4g}%, transparent 0"
        style += f"; background: linear-gradient(to right, {bar})"
    return style
