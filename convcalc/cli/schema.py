"""``convcalc schema``: the JSON Schema of the JSON output."""

from __future__ import annotations

import click

from convcalc import docs
from convcalc.cli import Status


@click.command(short_help="The JSON Schema of the JSON output.")
def command() -> int:
    """Print the JSON Schema of convcalc NET --format json.

    \b
    Example:
      convcalc schema > convcalc-schema.json
    """
    click.echo(docs.schema(), nl=False)
    return Status.OK
