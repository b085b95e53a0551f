"""How fast convcalc is, as ratios measured in one run: ``pytest -m benchmark -s``.

The bounds are what the design promises; the figures depend on the machine, the ratios hardly do.
"""

from __future__ import annotations

import gc
import os
import pty
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

import convcalc
from convcalc import zoo
from convcalc.solving.valid import solved

pytestmark = pytest.mark.benchmark

ROOT = Path(__file__).parents[2]
RUNS = 15

SCRIPT = "import sys; from convcalc.cli import main; sys.exit(main())"
"""What the installed ``convcalc`` runs."""


def environment() -> dict[str, str]:
    """As a user's: compiled modules are kept, output is buffered."""
    hindering = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in hindering}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}


def process_seconds(command: list[str], terminal: bool = False) -> float:
    """The processor time of a whole process, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if terminal:
        ours, theirs = pty.openpty()
        with subprocess.Popen(command, stdout=theirs, env=environment()):
            os.close(theirs)
            try:
                while os.read(ours, 65536):
                    pass
            except OSError:  # the other end is closed: all was read
                os.close(ours)
    else:
        subprocess.run(command, stdout=subprocess.DEVNULL, env=environment(), check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def best(measure: Callable[[], float], runs: int = RUNS) -> float:
    return min(measure() for _ in range(runs))


@pytest.mark.parametrize(
    ("arguments", "baseline", "bound", "terminal"),
    [
        (["lenet5", "--format", "json"], "import click", 2.0, False),
        (["lenet5"], "import click, rich.console, rich.table", 1.5, False),
        (["lenet5"], "import click, rich.console, rich.table", 1.5, True),
        (["resnet152"], "import click, rich.console, rich.table", 2.5, False),
    ],
)
def test_a_whole_process(arguments: list[str], baseline: str, bound: float, terminal: bool) -> None:
    program = [sys.executable, "-c", SCRIPT, *arguments]
    imports = [sys.executable, "-c", baseline]
    process_seconds(program, terminal)  # compiles the modules
    # In turns, so that a slower spell of the machine meets both.
    pairs = [(process_seconds(program, terminal), process_seconds(imports)) for _ in range(RUNS)]
    ours, theirs = (min(times) for times in zip(*pairs, strict=True))
    where = " on a terminal" if terminal else ""
    print(
        f"\nconvcalc {' '.join(arguments)}{where}: {1e3 * ours:.0f} ms, {ours / theirs:.2f} × "
        f"'{baseline}' (at most {bound})"
    )
    assert ours / theirs <= bound


def seconds(text: str) -> float:
    gc.collect()
    start = time.process_time()
    convcalc.analyze(text)
    return time.process_time() - start


def test_resnet_152_in_process() -> None:
    text = zoo.text("resnet152")
    elapsed = best(lambda: seconds(text))
    print(f"\nResNet-152, parsed, built, analysed: {1e3 * elapsed:.1f} ms (at most 50)")
    assert elapsed <= 0.050


TWENTY = "input 3x64x64\n" + "conv 1 2x2 stride=2\n" * 20
RISING = "input 3x64x64\n" + "".join(f"conv 1 {s}x{s} stride={s}\n" for s in range(2, 14))


def solving_seconds(text: str) -> tuple[float, float]:
    """The time for all of an answer, and of that for the valid sizes along one axis."""
    graph = convcalc.build(text, free=True)
    gc.collect()
    start = time.process_time()
    convcalc.solve(text)
    whole = time.process_time() - start
    start = time.process_time()
    solved(graph, graph.symbols[0])
    return whole, time.process_time() - start


@pytest.mark.parametrize(("name", "milliseconds"), [("unet", 5), ("resnet152", 20)])
def test_valid_sizes(name: str, milliseconds: int) -> None:
    times = [solving_seconds(zoo.text(name)) for _ in range(RUNS)]
    whole, axis = (1e3 * min(column) for column in zip(*times, strict=True))
    print(
        f"\n{name}: {axis:.1f} ms for the sizes along an axis (at most {milliseconds});"
        f" {whole:.1f} ms with parsing, building, sizes without dropped pixels"
    )
    assert axis <= milliseconds


@pytest.mark.parametrize("text", [TWENTY, RISING], ids=["twenty strides of 2", "strides 2 to 13"])
def test_long_chains_are_solved_as_fast_as_the_unet(text: str) -> None:
    pairs = [(solving_seconds(text)[0], solving_seconds(zoo.text("unet"))[0]) for _ in range(RUNS)]
    ours, theirs = (min(times) for times in zip(*pairs, strict=True))
    print(f"\n{1e3 * ours:.1f} ms, {ours / theirs:.2f} × the U-Net (at most 1)")
    assert ours <= theirs


def chain(layers: int) -> str:
    """A network of so many layers in a loop, a third of them in branches."""
    body = "conv 8 3x3 pad=1 ; relu ; add { conv 8 3x3 pad=1 ; relu | } ; bn"
    return f"input 8x32x32\nrepeat {layers // 6} {{ {body} }}"


def lines(layers: int) -> str:
    """A network of so many layers, each written out."""
    return "input 8x32x32\n" + "conv 8 3x3 pad=1\nrelu\n" * (layers // 2)


@pytest.mark.parametrize("network", [chain, lines])
def test_time_grows_linearly(network: Callable[[int], str]) -> None:
    small, large = network(10_000), network(100_000)
    fast, slow = best(lambda: seconds(small), 3), best(lambda: seconds(large), 3)
    print(
        f"\n100,000 layers ({network.__name__}): {slow:.2f} s, {1e6 * slow / 100_000:.0f} µs each, "
        f"{slow / fast:.1f} × the time of 10,000 (linear is 10, at most 15)"
    )
    assert slow / fast <= 15


@pytest.mark.parametrize("network", [chain, lines])
def test_memory_of_a_layer(network: Callable[[int], str]) -> None:
    size = 20_000
    text = network(size)
    convcalc.analyze(network(100))  # imports don't count
    tracemalloc.start()
    report = convcalc.analyze(text)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    layers = len(report.layers)
    print(
        f"\n{layers:,} layers ({network.__name__}): {peak / layers:.0f} bytes a layer at the peak, "
        f"{kept / layers:.0f} in the report (at most 1,500)"
    )
    assert peak / layers <= 1500
