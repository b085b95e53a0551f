"""``convcalc docs [TOPIC]``: the reference."""

from __future__ import annotations

import sys

import click

from convcalc import docs
from convcalc.cli import Status
from convcalc.cli.options import one_of


@click.command(short_help="The reference: language, layers, formulas, JSON.")
@click.argument("topic", required=False, **one_of(*docs.TOPICS))
def command(topic: str | None) -> int:
    """Show the reference: the language, the layers, the formulas, the JSON.

    \b
    Examples:
      convcalc docs
      convcalc docs language
    """
    if topic is None:
        width = max(map(len, docs.TOPICS))
        for name, summary in docs.TOPICS.items():
            click.echo(f"{name:{width}}  {summary}")
    else:
        show(topic)
    return Status.OK


def show(topic: str) -> None:
    """Print a topic, set for reading on a terminal, as it is elsewhere."""
    if sys.stdout is not None and sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(docs.text(topic)))
    else:
        click.echo(docs.text(topic), nl=False)
