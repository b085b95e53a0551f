"""Reports for programs: JSON, a layer of JSON a line, CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from convcalc.report import Report


def write_json(report: Report, stream: TextIO) -> None:
    """`Report.to_dict` as one JSON object, a line for each layer, block, note and expectation."""
    from json import dumps

    stream.write("{")
    separator = "\n"
    for key, value in report.header().items():
        if key == "blocks":
            _write_array("layers", report.layer_dicts(), separator, stream)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            _write_array(key, value, separator, stream)
        else:
            stream.write(f'{separator}  "{key}": {dumps(value)}')
        separator = ",\n"
    stream.write("\n}\n")


def _write_array(
    key: str, objects: Iterable[dict[str, Any]], separator: str, stream: TextIO
) -> None:
    from json import dumps

    stream.write(f'{separator}  "{key}": [')
    separator = "\n"
    for item in objects:
        stream.write(f"{separator}    {dumps(item)}")
        separator = ",\n"
    stream.write("]" if separator == "\n" else "\n  ]")


def write_jsonl(report: Report, stream: TextIO) -> None:
    """Each layer's JSON object on a line."""
    from json import dumps

    stream.writelines(dumps(layer) + "\n" for layer in report.layer_dicts())


def write_csv(
    report: Report,
    stream: TextIO,
    *,
    columns: Sequence[str] | None = None,
    depth: int | None = None,
) -> None:
    """A line of the columns' names, then a line a layer; with a depth, a line a row of that table.

    Numbers are bare; shapes, windows and padding are written as in the language, a value an axis.
    Without `columns` there are all but the shares. Raises `SpecError` for an unknown column.
    """
    import csv

    from convcalc.arithmetic.number import to_data
    from convcalc.render.columns import COLUMNS, chosen

    every = [column.key for column in COLUMNS if not column.key.endswith(("%", "_share"))]
    chosen_columns = chosen(every if columns is None else columns)
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.key for column in chosen_columns])
    if depth is None:
        layers = iter(report.layers)
    else:
        from convcalc.render.rows import outline

        layers = (row.item for row in outline(report, depth).rows)
    for layer in layers:
        values = [column.value(layer, report.totals) for column in chosen_columns]
        writer.writerow(map(to_data, values))
