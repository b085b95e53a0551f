"""``convcalc NET``: the report on a network."""

from __future__ import annotations

from typing import Any

import click

from convcalc.cli import Status
from convcalc.cli.options import TO_FILE, Network, count, one_of, takes_network

FORMATS = ("table", "json", "jsonl", "csv", "markdown", "latex")


class NetworkCommand(click.Command):
    """The command that need not be named; its help is that of plain ``convcalc``."""

    def get_help(self, ctx: click.Context) -> str:
        return ctx.parent.get_help() if ctx.parent else super().get_help(ctx)


def _columns(ctx: click.Context, _param: click.Parameter, value: str | None) -> Any:
    del ctx
    return None if value is None else tuple(name.strip() for name in value.split(","))


@click.command(cls=NetworkCommand)
@takes_network
@click.option(
    "-f",
    "--format",
    "format_",
    default="table",
    metavar="FORMAT",
    help="One of table, json, jsonl (a layer a line), csv, markdown, latex.  [default: table]",
    **one_of(*FORMATS),
)
@TO_FILE
@click.option(
    "--columns", callback=_columns, metavar="NAMES", help="Show these columns in this order: a,b,c."
)
@click.option(
    "--depth",
    metavar="N",
    help="Fold blocks deeper than N into one row with their sums; all folds none.",
    **count(least=0, also="all"),
)
@click.option("-q", "--quiet", is_flag=True, help="Leave out the notes.")
def command(
    network: Network,
    *,
    format_: str,
    path: str | None,
    columns: tuple[str, ...] | None,
    depth: Any,
    quiet: bool,
) -> int:
    """Sizes, padding, parameters, work and memory of every layer of a network."""
    report = network.analyze()
    from convcalc import render
    from convcalc.cli.writing import output

    if depth == "all":
        depth = render.ALL
    with output(path) as stream:
        render.write(report, stream, format=format_, columns=columns, depth=depth, quiet=quiet)
    if report.ok:
        return Status.OK
    if format_ in ("csv", "jsonl"):  # these have no place for it
        wrong = sum(not expectation.ok for expectation in report.expectations)
        click.echo(f"{wrong} of {len(report.expectations)} expected values are wrong", err=True)
    return Status.WRONG
