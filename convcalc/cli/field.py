"""``convcalc field NET``: what the outputs of every layer see of the input."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import click

from convcalc.cli import Status
from convcalc.cli.options import AT_SIZES, TO_FILE, Network, count, one_of, takes_spec
from convcalc.errors import printable, wrong


def _position(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    """``3,4`` as numbers, an axis each."""
    if value is None or ctx.resilient_parsing:
        return None
    parts = value.replace("x", ",").split(",")
    if not all(
        part.strip().isascii() and part.strip().isdecimal() and len(part) < 10 for part in parts
    ):
        raise wrong(
            f"{param.opts[0]} needs a position such as 3,4, not {printable(value) or 'nothing'}",
            "rows before columns, counted from 0",
        )
    return tuple(int(part) for part in parts)


@click.command(short_help="Receptive fields: what the outputs of every layer see.")
@functools.partial(takes_spec, without=AT_SIZES)
@click.option(
    "--layer",
    metavar="NAME",
    help="Ask about this layer or block. By default the last that does not see the whole input.",
)
@click.option(
    "--at",
    "position",
    metavar="ROW,COLUMN",
    callback=_position,
    help="What this output of the layer sees, exactly.",
)
@click.option(
    "--see",
    metavar="ROW,COLUMN",
    callback=_position,
    help="Which outputs of every layer see this pixel of the input.",
)
@click.option(
    "--size",
    metavar="N",
    **count(least=1),
    help="Where, or with how many repeats, a field reaches N.",
)
@click.option("--on", metavar="NAME", help="The input that is looked at, where there are several.")
@click.option(
    "--all", "everything", is_flag=True, help="Show layers that leave the field as it is, too."
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
@TO_FILE
def command(
    network: Network,
    *,
    position: Sequence[int] | None,
    everything: bool,
    format_: str,
    path: str | None,
    **questions: Any,
) -> int:
    """Show the receptive fields of a network: their size over all paths, how far they move from one
    output to the next (stride), how far they reach beyond the input (padding), and where the first
    output's field has its centre. Rows, columns and pixels count from 0.

    \b
    Examples:
      convcalc field vgg16
      convcalc field vgg16 --layer conv3 --at 10,20
      convcalc field resnet50 --see 100,120
      convcalc field -e 'input 1x64x64; repeat 5 { conv 8 3x3 }' --size 70
    """
    import convcalc

    report = convcalc.field(
        network.text, name=network.name, **network.changes, at=position, **questions
    )
    from convcalc.cli.writing import output
    from convcalc.render import field as renderer

    with output(path) as stream:
        if format_ == "json":
            renderer.write_json(report, stream)
        else:
            renderer.write(report, stream, everything=everything)
    return Status.OK
