"""How fast the reference runs: as ratios to seven nested loops and, where it is installed, to
PyTorch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytest

import convcalc
from convcalc import zoo
from convcalc.reference import definitions, fast
from convcalc.reference.definitions import Tally
from convcalc.reference.held import numbers
from convcalc.reference.run import some_values
from convcalc.reference.walk import slide

pytestmark = pytest.mark.benchmark

DEPTH, SIZE, KERNEL = 64, 56, 3


def seconds(function: Callable[..., Any], *arguments: Any) -> float:
    start = perf_counter()
    function(*arguments)
    return perf_counter() - start


def seven_loops(x: Any, weights: Any, filters: int) -> list[list[list[list[int]]]]:
    """As everyone writes it: batch, filter, row, column, channel, kernel row, kernel column;
    padding 1.
    """
    result = []
    for image in x:
        maps = []
        for f in range(filters):
            rows = []
            for i in range(SIZE):
                row = []
                for j in range(SIZE):
                    total = 0
                    for c in range(DEPTH):
                        for u in range(KERNEL):
                            for v in range(KERNEL):
                                total += image[c][i + u][j + v] * weights[f][c][u][v]
                    row.append(total)
                rows.append(row)
            maps.append(rows)
        result.append(maps)
    return result


@pytest.mark.filterwarnings("ignore:Failed to initialize NumPy")
def test_a_convolution_of_64_channels_at_56x56(capsys: pytest.CaptureFixture[str]) -> None:
    x = some_values((DEPTH, SIZE, SIZE), 0)
    rows = [numbers(DEPTH * KERNEL * KERNEL, seed) for seed in range(DEPTH)]
    walks = [slide(SIZE, KERNEL, 1, 1, (1, 1))] * 2
    macs = DEPTH * DEPTH * KERNEL**2 * SIZE**2
    quick = min(
        seconds(fast.convolve, x, rows, (), walks, [range(DEPTH)] * DEPTH, Tally())
        for _ in range(3)
    )
    few = 4  # filters; the others take as long
    zeros = [0] * (SIZE + 2)
    padded = [
        [zeros, *([0, *plane[i : i + SIZE], 0] for i in range(0, SIZE * SIZE, SIZE)), zeros]
        for plane in x.channels()
    ]
    cubes = [
        [[row[9 * c + 3 * u : 9 * c + 3 * u + 3] for u in range(3)] for c in range(DEPTH)]
        for row in rows
    ]
    loops = seconds(seven_loops, [padded], cubes, few) * DEPTH / few
    plain = seconds(definitions.convolve, x, rows, (), walks, [range(DEPTH)] * 1, Tally()) * DEPTH
    report = [
        f"\n{macs:,} multiplications: fast path {macs / quick / 1e6:.0f} M/s",
        f"seven loops {macs / loops / 1e6:.0f} M/s, ratio {loops / quick:.0f}",
        f"definition {macs / plain / 1e6:.0f} M/s, ratio {plain / quick:.0f}",
    ]
    torch = sys.modules.get("torch") or _torch()
    if torch is not None:
        image = torch.tensor(x.values, dtype=torch.float32).reshape(1, *x.sizes)
        kernel = torch.tensor(rows, dtype=torch.float32).reshape(DEPTH, DEPTH, KERNEL, KERNEL)
        torch.set_num_threads(1)
        layer = torch.nn.functional.conv2d
        theirs = min(seconds(lambda: layer(image, kernel, padding=1)) for _ in range(5))
        report.append(f"PyTorch {macs / theirs / 1e6:.0f} M/s, ratio {theirs / quick:.3f}")
    with capsys.disabled():
        print("; ".join(report))
    assert loops / quick >= 15


@pytest.mark.parametrize(
    ("name", "full", "most"),
    [("lenet5", True, 0.1), ("alexnet", True, 20.0), ("vgg16", False, 5.0)],
)
def test_networks(name: str, full: bool, most: float, capsys: pytest.CaptureFixture[str]) -> None:
    text = zoo.text(name)
    convcalc.verify("input 1x4x4; conv 1 3x3")  # imports
    found: Any = None

    def run() -> None:
        nonlocal found
        found = convcalc.verify(text, full=full)

    taken = seconds(run)
    with capsys.disabled():
        how = "thinned" if found.thinned else "whole"
        print(f"\n{name} {how}: {found.made:,} multiplications, {taken:.2f} s (at most {most:g} s)")
    assert found.ok
    assert taken < most


def _torch() -> Any:
    try:
        import torch  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    return torch
