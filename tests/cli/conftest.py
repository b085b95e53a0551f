"""Running convcalc in the tests: `run` in this process, `convcalc` as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from convcalc.cli import main

ROOT = Path(__file__).parents[2]


class Result(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    def call(*arguments: str) -> Result:
        capsys.readouterr()
        status = main(list(arguments))
        return Result(int(status), *capsys.readouterr())

    return call


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment without what would change the output."""
    changing = "COLUMNS LINES NO_COLOR FORCE_COLOR TERM PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE"
    kept = {name: value for name, value in os.environ.items() if name not in changing.split()}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


@pytest.fixture
def convcalc(environment: dict[str, str], tmp_path: Path) -> Callable[..., Result]:
    def call(*arguments: str, **options: Any) -> Result:
        finished = subprocess.run(
            [sys.executable, "-m", "convcalc", *arguments],
            check=False,
            **{
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "env": environment,
                "cwd": tmp_path,
                "encoding": "utf-8",
                "timeout": 60,
                **options,
            },
        )
        return Result(finished.returncode, finished.stdout or "", finished.stderr or "")

    return call
