"""Options that several commands share: which network is meant, and what is changed about it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from convcalc.arithmetic.number import DTYPES
from convcalc.errors import nearest, printable, wrong

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from convcalc.report import Report

TO_FILE = click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(),
    metavar="FILE",
    help="Write to FILE, the whole output or nothing.",
)


class Network(NamedTuple):
    """A spec's text, the name to show for it, and the changes asked for on the command line."""

    text: str
    name: str
    changes: Mapping[str, Any]

    def analyze(self) -> Report:
        """The network's report."""
        import convcalc

        report: Report = convcalc.analyze(self.text, name=self.name, **self.changes)
        return report


def one_of(*words: str) -> dict[str, Any]:
    """For an option that is one of a few words: a misspelt one is told the nearest."""

    def check(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        if value is None or value in words or ctx.resilient_parsing:
            return value
        near = nearest(value, list(words))
        shown = printable(value) or "(empty)"
        option = isinstance(param, click.Option)
        raise wrong(
            f"{param.opts[-1]} cannot be {shown}"
            if option
            else f"there is no {param.name} {shown}",
            f"did you mean {near}?" if near else f"it is one of {', '.join(words)}",
        )

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        del ctx, param
        return [word for word in words if word.startswith(incomplete)]

    return {"callback": check, "shell_complete": complete}


def count(least: int, also: str | None = None) -> dict[str, Any]:
    """For an option that is a whole number; `also` is one word that may stand for it."""

    def check(ctx: click.Context, param: click.Parameter, value: str | None) -> int | str | None:
        if value is None or value == also or ctx.resilient_parsing:
            return value
        if value.isascii() and value.isdecimal() and len(value) <= 9 and int(value) >= least:
            return int(value)
        what = f"a whole number from {least} to 999,999,999" + (f", or {also}" if also else "")
        raise wrong(f"{param.opts[-1]} needs {what}, not {printable(value) or 'nothing'}")

    return {"callback": check}


def complete_network(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What a network's name may go on to: networks of the zoo, specs, other files."""
    del ctx, param
    import os

    from click.shell_completion import CompletionItem

    from convcalc import zoo

    prefix = "zoo:" if incomplete.startswith("zoo:") else ""
    names = [prefix + name for name in zoo.names()]
    if not prefix and os.sep not in incomplete:
        # Bash asks for files only where nothing else fits, so specs here are named one by one.
        names += sorted(name for name in os.listdir() if name.endswith(".conv"))
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return [*found, CompletionItem(incomplete, type="file")]


def _settings(
    ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    """``--set`` as a mapping."""
    settings = {}
    for value in values:
        name, equals, setting = value.partition("=")
        if not (equals and name and setting) and not ctx.resilient_parsing:
            raise wrong(
                f"--set needs NAME=VALUE, not {printable(value) or 'nothing'}",
                "for example --set width=32",
            )
        settings[name.strip()] = setting.strip()
    return settings


def _at(ctx: click.Context, _param: click.Parameter, value: str | None) -> dict[str, str]:
    """``--at`` as a mapping."""
    places = {}
    for part in value.split(",") if value else ():
        name, equals, number = (word.strip() for word in part.partition("="))
        if not (equals and name and number.isascii() and number.isdecimal()):
            if ctx.resilient_parsing:
                continue
            raise wrong(
                f"--at needs SYMBOL=NUMBER, not {printable(part) or 'nothing'}",
                "for example --at H=224,W=224",
            )
        places[name] = number
    return places


AT_SIZES = click.option(
    "--at", metavar="H=N,…", callback=_at, help="Put numbers in for symbols: H=224,W=224."
)


def _inputs(
    ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> str | dict[str, str] | None:
    """``--input`` as a shape, or as a mapping of labels to shapes."""
    if len(values) < 2:
        return values[0] if values else None
    shapes = {}
    for value in values:
        name, equals, shape = value.partition("=")
        if not (equals and name and shape) and not ctx.resilient_parsing:
            raise wrong(
                f"several --input need NAME=SHAPE each, not {printable(value) or 'nothing'}",
                "for example --input left=1x28x28 --input right=1x28x28",
            )
        shapes[name] = shape
    return shapes


SPEC_OPTIONS = (
    click.argument("net", nargs=-1, metavar="NET", shell_complete=complete_network),
    click.option(
        "-e",
        "text",
        multiple=True,
        metavar="TEXT",
        help="The spec itself; several -e are its lines.",
    ),
    click.option(
        "--set",
        "set_",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_settings,
        help="Give a let or a symbol of the spec this value. May be given several times.",
    ),
    AT_SIZES,
    click.option(
        "--input",
        "input_",
        multiple=True,
        metavar="SHAPE",
        callback=_inputs,
        help="Another input shape: 3x128x128; where there are several inputs, NAME=SHAPE for each.",
    ),
)
REPORT_OPTIONS = (
    click.option(
        "--layout",
        default="chw",
        metavar="ORDER",
        **one_of("chw", "hwc"),
        help="Show shapes depth first (chw) or last (hwc).  [default: chw]",
    ),
    click.option(
        "--batch",
        default="1",
        metavar="N",
        **count(least=1),
        help="Count the memory for N examples at once.  [default: 1]",
    ),
    click.option(
        "--dtype",
        default="float32",
        **one_of(*DTYPES),
        help="float16, bfloat16, float32, float64 or int8, for the memory.  [default: float32]",
        metavar="TYPE",
    ),
)


def takes_spec(
    function: Callable[..., Any], *, without: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """Give a command the NET argument and the options that change a spec, as one `Network`.

    `without` is one of `SPEC_OPTIONS` that the command has another use for.
    """

    @functools.wraps(function)
    def wrapped(
        *,
        net: tuple[str, ...],
        text: tuple[str, ...],
        set_: dict[str, str],
        input_: str | dict[str, str] | None,
        at: dict[str, str] | None = None,
        **options: Any,
    ) -> Any:
        from convcalc.cli.reading import find

        spec, name = find(net, text)
        changes = {"set": set_ | (at or {}), "input": input_}
        return function(Network(spec, name, changes), **options)

    for option in reversed(SPEC_OPTIONS):
        if option is not without:
            wrapped = option(wrapped)
    return wrapped


def takes_network(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `takes_spec`, with the options that rule the report on top."""

    @functools.wraps(function)
    def wrapped(
        network: Network, *, layout: str | None, batch: int, dtype: str, **options: Any
    ) -> Any:
        changes = {**network.changes, "layout": layout, "batch": batch, "dtype": dtype}
        return function(network._replace(changes=changes), **options)

    for option in reversed(REPORT_OPTIONS):
        wrapped = option(wrapped)
    return takes_spec(wrapped)
