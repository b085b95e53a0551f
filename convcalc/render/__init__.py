"""report → text: tables for people, data for programs.

A format is a function in a module here and a line in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TextIO

from convcalc.errors import wrong

if TYPE_CHECKING:
    from convcalc.report import Report

FORMATS = {
    "table": ("convcalc.render.table", "write"),
    "json": ("convcalc.render.data", "write_json"),
    "jsonl": ("convcalc.render.data", "write_jsonl"),
    "csv": ("convcalc.render.data", "write_csv"),
    "markdown": ("convcalc.render.markdown", "write"),
    "latex": ("convcalc.render.latex", "write"),
    "html": ("convcalc.render.html", "write"),
}
"""Where each format is written, imported once it is asked for."""


ALL = 10**9
"""A depth at which nothing is folded."""


def write(
    report: Report,
    stream: TextIO,
    *,
    format: str = "table",
    columns: Sequence[str] | None = None,
    depth: int | None = None,
    quiet: bool = False,
    width: int | None = None,
) -> None:
    """Write a report to a stream, piece by piece.

    `columns` are the columns of a table or of CSV, in this order. `depth` folds blocks nested
    deeper than that into one row (0: all blocks; `ALL`: none); without it CSV has every layer, and
    a large network's table is made short. `quiet` leaves out what is said around a table but for
    its title and totals. `width` is that of the table; by default a terminal's, and without a
    terminal as wide as the table needs.

    Raises `SpecError`, a ValueError, for a format or column that there is not, and for columns or a
    depth where the format has none: JSON always says everything.
    """
    if format not in FORMATS:
        raise wrong(f"there is no format {format}", f"the formats are {', '.join(FORMATS)}")
    options: dict[str, Any] = {}
    if format in ("json", "jsonl"):
        if columns is not None or depth is not None:
            given = "columns" if columns is not None else "depth"
            raise wrong(f"{format} has no {given}", "it always says everything of every layer")
    else:
        options.update(columns=columns, depth=depth)
        if format != "csv":
            options.update(quiet=quiet)
        if format == "table":
            options.update(width=width)
    module, function = FORMATS[format]
    getattr(import_module(module), function)(report, stream, **options)
