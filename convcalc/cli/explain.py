"""``convcalc explain NET [LAYER]``: formula, values put in, result."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from convcalc.cli import Status
from convcalc.cli.options import TO_FILE, Network, one_of, takes_spec
from convcalc.errors import printable, wrong


def takes_layer(function: Callable[..., Any]) -> Callable[..., Any]:
    """The word after NET (with -e: the only word) is a layer."""

    @functools.wraps(function)
    def wrapped(*, net: tuple[str, ...], text: tuple[str, ...], **options: Any) -> Any:
        nets, layers = ((), net) if text else (net[:1], net[1:])
        if len(layers) > 1:
            raise wrong(
                f"{len(layers)} layers were named: {printable(', '.join(layers[:4]))}",
                "name one, or none for all of them; a block's name means all its layers",
            )
        layer = layers[0] if layers else None
        return function(net=nets, text=text, layer=layer, **options)

    return wrapped


@click.command(short_help="Where the numbers come from: formula, values put in, result.")
@takes_layer
@takes_spec
@click.option(
    "-f",
    "--format",
    "format_",
    default="table",
    metavar="FORMAT",
    help="One of table (text), markdown, latex, json.  [default: table]",
    **one_of("table", "markdown", "latex", "json"),
)
@TO_FILE
def command(network: Network, *, layer: str | None, format_: str, path: str | None) -> int:
    """Show how the size, padding, parameters, MACs and receptive field of each layer come about.

    LAYER is a layer's or block's name, a layer's number, or :7 for what stands on line 7; without
    it every layer is explained. convcalc formulas has every formula with its source.

    \b
    Examples:
      convcalc explain alexnet conv1
      convcalc explain lenet5 :12
      convcalc explain lenet5 c3 --format latex
    """
    import convcalc
    from convcalc.cli.writing import output
    from convcalc.homework.explain import meaning
    from convcalc.render import explain as renderer

    title, explanations = convcalc.explain(
        network.text, layer, name=network.name, **network.changes
    )
    with output(path) as stream:
        renderer.write(explanations, stream, format=format_, title=title, meaning=meaning)
    return Status.OK
