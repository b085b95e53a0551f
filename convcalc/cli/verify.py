"""``convcalc verify NET``: the reference execution against the analysis."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from convcalc.cli import Status
from convcalc.cli.options import Network, one_of, takes_spec
from convcalc.render.units import bytes_text

if TYPE_CHECKING:
    from rich.progress import Progress

    from convcalc.verification import Estimate


@click.command(short_help="Run a network by definition, and compare all that can be counted.")
@takes_spec
@click.option("--full", is_flag=True, help="Make every multiplication, however long it takes.")
@click.option(
    "-f",
    "--format",
    "format_",
    default="text",
    metavar="FORMAT",
    help="text or json.  [default: text]",
    **one_of("text", "json"),
)
def command(network: Network, *, full: bool, format_: str) -> int:
    """Run a network on whole numbers and compare it with its analysis.

    Every layer is executed from its definition, without any formula: windows slide until one no
    longer fits, padding is really there, multiplications are counted as they are made. Compared are
    the shapes, the parameters, the multiplications, the padding, the memory, and which outputs
    depend on which inputs. The exit status is 1 where something differs.

    A small network is run whole. In a larger one all channels of a layer hold the same numbers, so
    that one of them stands for all; --full runs every one.

    \b
    Examples:
      convcalc verify lenet5
      convcalc verify vgg16 --input 3x64x64
      convcalc verify alexnet --full
      convcalc verify -e 'input 3x32x32; conv 8 5x5 s=2 d=2 pad=same' --format json
    """
    import convcalc

    with _progress() as progress:
        verification = convcalc.verify(
            network.text,
            name=network.name,
            **network.changes,
            full=full,
            announce=_announce,
            progress=progress,
        )
    if format_ == "json":
        import json

        click.echo(json.dumps(verification.to_dict(), indent=2))
    else:
        from convcalc.render.verification import write

        write(verification, sys.stdout)
    return Status.OK if verification.ok else Status.WRONG


def _announce(estimate: Estimate) -> None:
    """What a whole run will take, on standard error."""
    if sys.stderr is not None:
        print(
            f"{estimate.multiplications:,} multiplications: about {_duration(estimate.seconds)}"
            f" and {bytes_text(estimate.bytes)} of memory",
            file=sys.stderr,
            flush=True,
        )


def _duration(seconds: float) -> str:
    """``3 seconds``, ``2 minutes``, ``5 hours``: one unit, rounded up."""
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= 2 * length or unit == "second":
            number = max(-int(-seconds // length), 1)
            return f"{number:,} {unit}{'s' * (number > 1)}"
    raise AssertionError("every duration has a unit")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar with the time left on standard error, if that is a terminal and it takes a while."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from time import monotonic

    shown = None
    begun = last = monotonic()

    def move(done: int, total: int) -> None:
        nonlocal shown, last
        now = monotonic()
        if now - last < 0.1 or now - begun < 0.5:
            return
        last = now
        if shown is None:
            shown = _bar()
            shown.add_task("running", start=True)
            shown.start()
        shown.update(shown.task_ids[0], total=total, completed=done)

    try:
        yield move
    finally:
        if shown is not None:
            shown.stop()


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

    columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
