"""``convcalc solve NET``: the input sizes for which a network works."""

from __future__ import annotations

import sys

import click

from convcalc.cli import Status
from convcalc.cli.options import Network, one_of, takes_spec


@click.command(short_help="The exact input sizes for which a network works.")
@takes_spec
@click.option("--near", metavar="SIZES", help="The nearest valid sizes to 350 or 350x525.")
@click.option("--why", metavar="SIZES", help="Where and why a size breaks.")
@click.option("--want", metavar="[LAYER=]SHAPE", help="The sizes that give this output: 512x7x7.")
@click.option("--strict", is_flag=True, help="Demand that no window drops a pixel.")
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
    format_: str,
) -> int:
    """Find the exact set of input sizes for which a network works.

    An input with numbers is taken as free on each axis: H and W (1-D: L, 3-D: D, H, W). The exit
    status is 1 where no size works.

    \b
    Examples:
      convcalc solve unet-padded
      convcalc solve unet-padded --why 350 --near 350x525
      convcalc solve vgg16 --want 512x7x7
      convcalc solve unet --strict --format json
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
    )
    if format_ == "json":
        import json

        click.echo(json.dumps(solution.to_dict(), indent=2))
    else:
        from convcalc.render import solution as renderer

        click.echo(renderer.text(solution), file=sys.stdout, nl=False)
    return Status.OK if solution.ok else Status.WRONG
