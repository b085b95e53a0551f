"""``convcalc solve NET``: the input sizes for which a network works, its holes, a budget."""

from __future__ import annotations

import sys

import click

from convcalc.cli import Status
from convcalc.cli.options import Network, count, one_of, takes_spec


@click.command(short_help="The exact input sizes for which a network works.")
@takes_spec
@click.option("--near", metavar="SIZES", help="The nearest valid sizes to 350 or 350x525.")
@click.option("--why", metavar="SIZES", help="Where and why a size breaks.")
@click.option("--want", metavar="[LAYER=]SHAPE", help="The sizes that give this output: 512x7x7.")
@click.option("--strict", is_flag=True, help="Demand that no window drops a pixel.")
@click.option(
    "--max",
    "limits",
    multiple=True,
    metavar="AMOUNT",
    help="The largest symbol within params=1M, macs=500M, memory=64MiB or peak=8MiB.",
)
@click.option(
    "--bound", metavar="N", **count(least=1), help="The largest number to try for a hole (?)."
)
@click.option(
    "-f",
    "--format",
    "format_",
    default="text",
    metavar="FORMAT",
    help="text or json.  [default: text]",
    **one_of("text", "json"),
)
def command(
    network: Network,
    *,
    near: str | None,
    why: str | None,
    want: str | None,
    strict: bool,
    limits: tuple[str, ...],
    bound: int | None,
    format_: str,
) -> int:
    """Find the exact set of input sizes for which a network works.

    An input with numbers is taken as free on each axis: H and W (1-D: L, 3-D: D, H, W). A spec with
    a ? among a layer's arguments is asked what the ? may be; with --max the largest value of its
    symbol is found. The exit status is 1 where there is no answer. convcalc docs solving explains
    the method.

    \b
    Examples:
      convcalc solve unet-padded
      convcalc solve unet-padded --why 350 --near 350x525
      convcalc solve vgg16 --want 512x7x7
      convcalc solve unet --strict --format json
      convcalc solve -e 'input 3x224x224; conv 64 ?x? s=2 pad=? -> 64x112x112'
      convcalc solve -e 'symbol w; input 3x32x32; conv w 3x3; fc 10' --max params=1M
    """
    import convcalc

    solution = convcalc.solve(
        network.text,
        name=network.name,
        **network.changes,
        near=near,
        why=why,
        want=want,
        strict=strict,
        max=limits,
        bound=bound,
    )
    if format_ == "json":
        import json

        click.echo(json.dumps(solution.to_dict(), indent=2))
    else:
        from convcalc.render import solution as renderer
        from convcalc.render.terminal import width_of

        width = None if sys.stdout is None else width_of(sys.stdout)
        click.echo(renderer.text(solution, width), file=sys.stdout, nl=False)
    return Status.OK if solution.ok else Status.WRONG
