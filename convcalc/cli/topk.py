"""``convcalc topk SCORES --labels FILE``: top-k accuracy and error."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from convcalc.cli import Status
from convcalc.cli.options import one_of
from convcalc.errors import printable, wrong

if TYPE_CHECKING:
    from convcalc.evaluation import TopK

LONGEST_LINE = 32 * 1024 * 1024
"""The most bytes of a line: no more of a file than that is ever in memory."""

LINES = 100
"""Lines between two moves of the progress bar."""


def _depths(ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Any:
    if ctx.resilient_parsing or not values:
        return None
    for value in values:
        if not (value.isascii() and value.isdecimal() and int(value[:9]) > 0 and len(value) <= 9):
            raise wrong(
                f"-k needs a whole number from 1, not {printable(value) or 'nothing'}",
                "several are given as -k 1 -k 5",
            )
    return tuple(map(int, values))


@click.command(short_help="Top-k accuracy and error from class scores.")
@click.argument("scores", type=click.Path())
@click.option(
    "--labels",
    required=True,
    type=click.Path(),
    metavar="FILE",
    help="The true class of each row: one a line, or CSV with a column called label.",
)
@click.option(
    "-k",
    "depths",
    multiple=True,
    callback=_depths,
    metavar="K",
    help="Is the true class among the first K? May be given several times.  [default: 1 and 5]",
)
@click.option("--ranked", is_flag=True, help="The rows of SCORES list classes, best first.")
@click.option(
    "--header/--no-header",
    default=None,
    help="The first row of SCORES is a header, or is none.  [default: as it looks]",
)
@click.option(
    "--one-based", is_flag=True, help="Labels that are numbers count from 1, as ILSVRC's do."
)
@click.option(
    "-f",
    "--format",
    "format_",
    default="table",
    metavar="FORMAT",
    help="table or json.  [default: table]",
    **one_of("table", "json"),
)
def command(
    scores: str,
    labels: str,
    *,
    depths: tuple[int, ...] | None,
    ranked: bool,
    header: bool | None,
    one_based: bool,
    format_: str,
) -> int:
    """Top-k accuracy and error, by which networks are compared.

    SCORES is CSV: a row for every example, with a score for every class. Either file may be - for
    standard input. convcalc docs evaluation says more about the files, and how ties count.

    \b
    Examples:
      convcalc topk scores.csv --labels labels.txt -k 1 -k 5
      convcalc topk ranked.csv --ranked --labels labels.csv --format json
    """
    from convcalc.evaluation import topk_csv

    if scores == labels == "-":
        raise wrong("scores and labels cannot both come from standard input")
    with (
        _opened(scores) as scores_file,
        _opened(labels) as labels_file,
        _progress(scores_file) as advance,
    ):
        result = topk_csv(
            _lines(scores_file, scores, advance),
            _lines(labels_file, labels),
            depths,
            ranked=ranked,
            header=header,
            one_based=one_based,
            names=(_name(scores), _name(labels)),
        )
    if format_ == "json":
        import json

        click.echo(json.dumps(result.to_dict(), indent=2))
    else:
        click.echo(_table(result))
    return Status.OK


def _name(path: str) -> str:
    return "<stdin>" if path == "-" else path


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == "-":
        if sys.stdin is None:
            raise wrong("standard input is closed", file="<stdin>")
        yield sys.stdin.buffer
        return
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise wrong(f"cannot read the file: {error.strerror or error}", file=path) from None
    with file:
        yield file


def _lines(file: BinaryIO, path: str, advance: Any = None) -> Iterator[str]:
    """The lines of a file as text; `advance` is told how many bytes were read."""
    read = number = 0
    try:
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                most = f"{LONGEST_LINE >> 20} MiB"
                raise wrong(f"line {number:,} is longer than {most}", file=_name(path))
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            read += len(line)
            if advance is not None and number % LINES == 0:
                advance(read)
                read = 0
    except UnicodeDecodeError:
        message = f"line {number:,} is not UTF-8 text"
        raise wrong(message, "the files are CSV", _name(path)) from None
    except OSError as error:
        reason = error.strerror or error
        raise wrong(f"cannot read the file: {reason}", file=_name(path)) from None


@contextmanager
def _progress(file: BinaryIO) -> Iterator[Any]:
    """A bar on standard error where that is a terminal: what to call with each number of bytes."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    about = os.fstat(file.fileno())
    total = about.st_size if stat.S_ISREG(about.st_mode) else None
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    left = TimeElapsedColumn() if total is None else TimeRemainingColumn()
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), left)
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda amount: progress.advance(task, amount)


def _table(result: TopK) -> str:
    rows = [["", "accuracy", "error", "right", "wrong"]]
    rows += [
        [
            f"top-{count.k:,}",
            _percent(count.right, count.rows),
            _percent(count.rows - count.right, count.rows),
            f"{count.right:,}",
            f"{count.rows - count.right:,}",
        ]
        for count in result.counts
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    ]
    what = f" of {result.classes:,} scores" if result.classes is not None else ""
    lines += ["", f"{result.rows:,} {'row' if result.rows == 1 else 'rows'}{what}"]
    for count in result.counts:
        if count.fewest < count.most:
            lines.append(
                f"ties: top-{count.k:,} has from {count.fewest:,} to {count.most:,} right, "
                "depending on how they are broken"
            )
    return "\n".join(lines)


def _percent(part: int, whole: int) -> str:
    """``57.02%``, halves rounded up; what is not nothing or all doesn't look like it."""
    hundredths = (20_000 * part + whole) // (2 * whole)
    if hundredths == 0 < part:
        return "<0.01%"
    if hundredths == 10_000 and part < whole:
        return ">99.99%"
    return f"{hundredths // 100}.{hundredths % 100:02}%"
