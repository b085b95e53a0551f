"""What the tests of the renderers share: networks, their reports, and where expected texts lie."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from convcalc import analyze, zoo
from convcalc.render import write
from convcalc.report import Report

GOLDEN = Path(__file__).parents[1] / "golden" / "render"

WRONG = """\
title "Homework"
input 1x28x28
c1: conv 6 5x5       -> 6x23x23 params=150
relu
s2: maxpool 3x3 s=2  -> 6x11x11
freeze { fc 10 }
"""
"""A sheet with wrong answers, a note and frozen weights."""

BRANCHES = """\
input 3x32x32
stem: conv 16 3x3 pad=same s=2
a: { add { conv 16 3x3 pad=1 | maxpool 3x3 s=1 pad=1 ; conv 16 1x1 bias=no | } ; relu }
reuse @a
concat @stem @a
fc 10
"""

SYMBOLS = """\
symbol F
input 3xHxW
conv F 7x7 s=2 pad=3 bias=no
conv 2*F 3x3 s=2 pad=same
gap
"""

DEEP = """\
def unit n { conv n 3x3 pad=1 bias=no ; bn ; relu }
def pair n { unit n ; add { unit n | } }
def stage n { repeat 3 { pair n } ; maxpool 2x2 }
input 8x64x64
a: stage 8
b: { stage 16 ; stage 16 }
fc 10
"""


def long_network(layers: int) -> str:
    """So many layers, four of a kind by turns, each kind with another depth."""
    body = "".join(f"conv {4 + i % 7} 3x3 pad=1\n" for i in range(layers))
    return f"input 3x16x16\n{body}"


def written(report: Report, **options: Any) -> str:
    """What `write` writes."""
    stream = StringIO()
    write(report, stream, **options)
    return stream.getvalue()


@pytest.fixture(scope="session")
def report() -> Callable[[str], Report]:
    """The report on a network of the zoo, by its name, each made once."""
    made: dict[str, Report] = {}

    def get(name: str) -> Report:
        if name not in made:
            made[name] = analyze(zoo.text(name))
        return made[name]

    return get
