"""``convcalc verify``: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import convcalc
from convcalc.arithmetic import formulas
from convcalc.cli.verify import _duration
from tests.cli.conftest import Result

ROOT = Path(__file__).parents[2]
Run = Callable[..., Result]

SMALL = "input 1x6x6; c: conv 2 3x3 s=2 pad=same; fc 3"


def test_a_small_network_is_run_whole(run: Run) -> None:
    assert run("verify", "-e", f'title "Small"; {SMALL}') == (
        0,
        """\
Small   input 1×6×6
2 layers run whole: 216 multiplications made

compared          times         total
output shape          2  agree
parameters            2  agree     77
buffers               2  agree      0
multiplications       2  agree    216
connections           2  agree    237
activations           2  agree     21
padding               1  agree
positions read        2  agree
dependency           12  agree
peak activations      1  agree     54

The analysis agrees with the reference in everything.
""",
        "",
    )


def test_a_large_network_is_thinned_and_says_so(run: Run) -> None:
    status, out, err = run("verify", "vgg16")
    assert (status, err) == (0, "")
    assert out.splitlines()[:3] == [
        "VGG-16   input 3×224×224",
        "38 layers run thinned: one channel stands for all that are equal, sizes are real;",
        "1,273,372 multiplications made and counted for every channel (--full makes them all)",
    ]
    assert "parameters          38  agree     138,357,544\n" in out
    assert "multiplications     38  agree  15,470,264,320\n" in out


def test_full_makes_every_multiplication_and_says_how_long_it_takes(run: Run) -> None:
    status, out, err = run("verify", "squeezenet1_1", "--input", "3x47x47", "--full")
    assert status == 0
    made = next(line for line in out.splitlines() if "run whole" in line).split()[4]
    assert err.startswith(f"{made} multiplications: about 1 second and ")
    assert err.endswith(" MiB of memory\n")
    assert "multiplications" in out
    assert made in out


def test_a_difference_names_the_layer_and_both_values(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formulas, "same_size", lambda n, stride: n // stride + 1)
    status, out, err = run("verify", "-e", SMALL)
    assert (status, err) == (1, "")
    assert "output shape          2  1 differ\n" in out
    assert (
        """
c: output shape
  analysis   2×4×4
  reference  2×3×3
c: multiplications
  analysis   288
  reference  162
"""
        in out
    )
    assert out.endswith("The analysis differs from the reference in 5 points.\n")


def test_many_differences_are_cut_short(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formulas, "unit_connections", lambda macs, units: macs + units + 1)
    status, out, _ = run("verify", "-e", "input 1x4x4; repeat 30 { conv 1 1x1 }")
    assert status == 1
    assert "conv20: connections\n" in out
    assert "conv21" not in out
    assert "\nand 10 more (--format json has them all)\n" in out


def test_json(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formulas, "conv_weights", lambda *_: 7)
    status, out, err = run("verify", "-e", SMALL, "--format", "json")
    assert (status, err) == (1, "")
    data = json.loads(out)
    assert data["convcalc"] == {"version": convcalc.__version__, "schema": 1}
    assert data["inputs"] == [{"name": "input", "shape": [1, 6, 6]}]
    assert (data["ok"], data["layers"], data["thinned"]) == (False, 2, False)
    assert data["multiplications_made"] == 216
    assert {"quantity": "parameters", "times": 2, "total": 77} in data["checked"]
    assert data["differences"] == [
        {"layer": "c", "quantity": "parameters", "analysis": 9, "reference": 20},
        {"layer": "c", "quantity": "multiplications", "analysis": 63, "reference": 162},
        {"layer": "c", "quantity": "connections", "analysis": 81, "reference": 180},
    ]


@pytest.mark.parametrize(
    ("arguments", "message", "help"),
    [
        (
            ("-e", "input 3xHxW; conv 8 3x3"),
            "only numbers can be run, and H and W are symbols",
            "put numbers in: --at H=64,W=64",
        ),
        (
            ("-e", "input 3x20000x20000; relu"),
            "input is too large to run: 400,000,000 values a channel, 50,000,000 at most",
            "--input gives the network a smaller input to be verified with",
        ),
        (
            ("-e", "input 99x1000x1000; relu", "--full"),
            "input is too large to run: 99,000,000 values, 50,000,000 at most",
            "--input gives the network a smaller input to be verified with",
        ),
        (
            ("-e", "input 1x9x9; c: conv 10**9 3x3"),
            "c is too large to run: 1,000,000,000 along one axis, 1,000,000 at most",
            "--input gives the network a smaller input to be verified with",
        ),
        (
            ("-e", "input 1x500000; p: maxpool 250000 s=1"),
            "p is too large to run: its windows hold 62,500,250,000 pixels of a channel,"
            " 100,000,000 at most",
            "--input gives the network a smaller input to be verified with",
        ),
        (
            ("lenet5", "--format", "xml"),
            "--format cannot be xml",
            "it is one of text, json",
        ),
    ],
)
def test_what_cannot_be_run(run: Run, arguments: tuple[str, ...], message: str, help: str) -> None:
    status, out, err = run("verify", *arguments)
    assert (status, out) == (2, "")
    assert err.splitlines()[0] == f"error: {message}"
    assert err.splitlines()[-1] == f"  help: {help}"


def test_a_terminal_sees_how_far_it_is(convcalc: Run) -> None:
    primary, secondary = pty.openpty()
    arguments = ("verify", "resnet18", "--input", "3x96x96", "--full")
    status, out, _ = convcalc(*arguments, stderr=secondary)
    os.close(secondary)
    shown = b""
    while b"\n" not in shown or b"%" not in shown:
        shown += os.read(primary, 65536)
    os.close(primary)
    assert status == 0
    assert "run whole" in out
    assert b" multiplications: about " in shown
    assert b"%" in shown


def test_rich_is_not_needed_without_a_terminal(environment: dict[str, str]) -> None:
    script = (
        "import sys; from convcalc.cli import main; main(['verify', 'lenet5']);"
        " sys.exit(any(name in sys.modules for name in ('rich', 'sympy', 'numpy')))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, check=False
    )
    assert finished.returncode == 0, finished.stderr.decode()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.01, "1 second"),
        (1.2, "2 seconds"),
        (119, "119 seconds"),
        (121, "3 minutes"),
        (7201, "3 hours"),
        (200_000, "3 days"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert _duration(seconds) == text
