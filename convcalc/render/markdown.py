"""A report in Markdown, with its table as GitHub and most others read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from convcalc.render.columns import chosen, row_cells, total_cells
from convcalc.render.rows import outline
from convcalc.render.summary import facts, messages, shortened_by, total_row, totals
from convcalc.render.units import UNICODE

if TYPE_CHECKING:
    from convcalc.report import Report

COLUMNS = ("name", "text", "output", "padding", "parameters", "macs")
"""The columns of a document's table, unless others are asked for."""

_ESCAPES = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|~#"})


def write(
    report: Report,
    stream: TextIO,
    *,
    columns: Sequence[str] | None = None,
    depth: int | None = None,
    quiet: bool = False,
) -> None:
    """A heading, the table, the totals; then, unless `quiet`, wrong answers and notes.

    Raises `SpecError` for a column that there is not.
    """
    shown = chosen(COLUMNS if columns is None else columns)
    rows = outline(report, depth)
    if report.title:
        stream.write(f"## {escaped(report.title)}\n\n")
    stream.write(escaped(facts(report, UNICODE)) + "\n\n")
    stream.write(_row([column.heading for column in shown]))
    stream.write(_row(["---:" if column.right else ":---" for column in shown]))
    for row in rows.rows:
        named = row._replace(label=row.item.name)
        stream.write(_row(map(escaped, row_cells(named, shown, UNICODE, report.totals))))
    total = total_cells(total_row(report), shown, UNICODE, report.totals)
    stream.write(_row([f"**{escaped(cell)}**" if cell else "" for cell in total]))
    stream.write("\n")
    stream.writelines(f"- {name}: {escaped(text)}\n" for name, text in totals(report, UNICODE))
    for message in messages(report, UNICODE):
        kind = "**wrong**" if message.kind == "wrong" else message.kind
        if not quiet or message.kind == "wrong":
            stream.write(f"- {kind}: {escaped(message.text)}\n")
    if not quiet and (remark := shortened_by(rows, report)):
        stream.write(f"- {escaped(remark)}\n")


def escaped(text: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    return UNICODE.text(text).translate(_ESCAPES)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
