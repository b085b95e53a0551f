"""What a format loads: start-up time is precious."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CODE = """
import sys
from io import StringIO
from convcalc import analyze
from convcalc.render import write
report = analyze("input 3x8x8; conv 4 3x3; fc 10")
before = set(sys.modules)
write(report, StringIO(), format={format!r})
print(*set(sys.modules) - before)
"""


@pytest.mark.parametrize(
    ("format", "needed", "unwanted"),
    [
        ("json", {"json"}, {"csv", "convcalc.render.columns", "convcalc.render.table"}),
        ("jsonl", {"json"}, {"csv", "convcalc.render.columns", "convcalc.render.table"}),
        ("csv", {"csv"}, {"json", "convcalc.render.rows.outline", "convcalc.render.table"}),
        ("table", {"convcalc.render.grid"}, {"json", "csv", "convcalc.render.html"}),
    ],
)
def test_a_format_loads_only_what_it_needs(
    format: str, needed: set[str], unwanted: set[str]
) -> None:
    command = [sys.executable, "-c", CODE.format(format=format)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert needed <= loaded
    assert not (unwanted | {"rich", "click", "sympy"}) & loaded
