"""``convcalc zoo [NAME]``: the networks that come with convcalc."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from convcalc import zoo
from convcalc.cli import Status
from convcalc.cli.options import one_of
from convcalc.cli.reading import read
from convcalc.render.terminal import width_of
from convcalc.render.units import human
from convcalc.zoo.published import Facts, all_facts

SORTS: dict[str, Callable[[Facts], Any]] = {
    "year": lambda facts: facts.year,
    "top5": lambda facts: facts.top5,
    "top1": lambda facts: facts.top1,
    "parameters": lambda facts: facts.parameters,
    "name": lambda facts: facts.name,
}


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    del ctx, param
    return [name for name in zoo.names() if name.startswith(incomplete)]


@click.command(short_help="The networks that come with convcalc.")
@click.argument("name", required=False, shell_complete=_complete)
@click.option(
    "--sort",
    default="year",
    metavar="BY",
    help="One of year, top5, top1 (the error, smallest first), parameters, name.  [default: year]",
    **one_of(*SORTS),
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
def command(name: str | None, sort: str, format_: str) -> int:
    """List the networks that come with convcalc, or print the spec of one.

    Parameters and MACs are counted in an implementation, errors are published: with images and
    crops as the setting says, so that not every two of them can be compared.

    \b
    Examples:
      convcalc zoo --sort top5
      convcalc zoo lenet5 > mynet.conv
    """
    if name is not None:
        click.echo(read("zoo:" + name.removeprefix("zoo:"))[0], nl=False)
        return Status.OK
    facts = sorted(all_facts(), key=lambda item: _missing_last(SORTS[sort](item)))
    if format_ == "json":
        import json
        from dataclasses import asdict

        click.echo(json.dumps([asdict(item) for item in facts], indent=2))
    else:
        click.echo(_table(facts))
    return Status.OK


def _missing_last(value: Any) -> tuple[bool, Any]:
    return (value is None, value if value is not None else 0)


COLUMNS: dict[str, Callable[[Facts], str]] = {
    "name": lambda facts: facts.name,
    "year": lambda facts: str(facts.year),
    "parameters": lambda facts: _shown(facts.parameters, ","),
    "published": lambda facts: _published(facts.published_parameters),
    "MACs": lambda facts: _human(facts.macs),
    "top-1 %": lambda facts: _percent(facts.top1),
    "top-5 %": lambda facts: _percent(facts.top5),
    "setting": lambda facts: facts.results[0].setting if facts.results else "",
    "source": lambda facts: facts.source,
}
LEFT = ("name", "setting", "source")


def _table(facts: list[Facts]) -> str:
    """The networks as aligned text; on a terminal, the columns that fit, and which don't."""
    columns = list(COLUMNS)
    cells = {title: [title, *map(cell, facts)] for title, cell in COLUMNS.items()}
    widths = {title: max(map(len, column)) for title, column in cells.items()}
    width = None if sys.stdout is None else width_of(sys.stdout)
    while width is not None and sum(widths[title] + 2 for title in columns) - 2 > width:
        columns.pop()
    rows = zip(
        *(_aligned(cells[title], widths[title], title in LEFT) for title in columns), strict=True
    )
    lines = ["  ".join(row).rstrip() for row in rows]
    hidden = list(COLUMNS)[len(columns) :]
    if hidden:
        lines += ["", f"left out to fit: {', '.join(hidden)} (--format json has everything)"]
    return "\n".join(lines)


def _aligned(cells: list[str], width: int, left: bool) -> list[str]:
    return [cell.ljust(width) if left else cell.rjust(width) for cell in cells]


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _percent(value: float | None) -> str:
    text = _shown(value, "g")
    return f"{text}.0" if text.isdecimal() else text


def _published(value: int | None) -> str:
    """A published count with the digits that were printed, and no more."""
    if value is None:
        return "–"
    return f"{value / 1e6:g} M" if value >= 1_000_000 else f"{value / 1e3:g} k"


def _human(value: int | None) -> str:
    return "–" if value is None else human(value)
