"""``convcalc formulas``: every formula with its source."""

from __future__ import annotations

import click

from convcalc.cli import Status, docs


@click.command(short_help="Every formula, and where it is from.")
def command() -> int:
    """Show every formula of convcalc with its source, as convcalc docs formulas does.

    It also says which two errors widely copied lecture notes make.

    \b
    Example:
      convcalc formulas
    """
    docs.show("formulas")
    return Status.OK
