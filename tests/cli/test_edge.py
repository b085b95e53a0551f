"""The program's edge: exit statuses, closed pipes, Ctrl-C, and bugs, always without a traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import convcalc as package
from convcalc.cli import Status
from tests.cli.conftest import Result

Run = Callable[..., Result]

HUGE = "input 1; repeat 20000 { relu }"
"""Its output is larger than any pipe."""


def test_statuses(run: Run) -> None:
    assert run("lenet5").status == 0
    assert run("-e", "input 1x8x8; conv 2 3x3 -> 2x6x6").status == 0
    assert run("-e", "input 1x8x8; conv 2 3x3 -> 2x7x7").status == 1
    assert run("-e", "input 1x8x8; conv 2 9x9").status == 2
    assert run("--nonsense").status == 2
    assert run("--version") == (0, f"convcalc {package.__version__}\n", "")


def test_python_dash_m_gives_its_status_to_the_shell(convcalc: Run) -> None:
    assert convcalc("--version") == (0, f"convcalc {package.__version__}\n", "")
    assert convcalc("-e", "input 1x8x8; conv 2 9x9").status == 2


def test_an_error_is_text_on_standard_error(run: Run) -> None:
    assert run("-e", "input 1x8x8; cnv 2 3x3") == (
        2,
        "",
        "error: there is no layer or def cnv\n"
        "  <text>:1:14\n"
        "  1 | input 1x8x8; cnv 2 3x3\n"
        "    |              ^^^\n"
        "  help: did you mean conv?\n",
    )


@pytest.mark.parametrize("form", [("-f", "json"), ("--format=jsonl",), ("-fjson",)])
def test_an_error_is_json_where_json_was_asked_for(run: Run, form: tuple[str, ...]) -> None:
    status, out, err = run("-e", "input 1x8x8\ncnv 2 3x3\nfc", *form)
    assert (status, out) == (2, "")
    first, second = json.loads(err)["errors"]
    assert first == {
        "file": "<text>",
        "line": 2,
        "column": 1,
        "message": "there is no layer or def cnv",
        "help": "did you mean conv?",
    }
    assert (second["line"], second["column"]) == (3, 1)


def test_a_wrong_command_is_json_too(run: Run) -> None:
    status, out, err = run("lenet5", "-f", "json", "--btach", "2")
    assert (status, out) == (2, "")
    assert json.loads(err) == {
        "errors": [
            {
                "file": None,
                "line": None,
                "column": None,
                "message": "there is no option --btach",
                "help": "did you mean --batch?",
            }
        ]
    }
    assert run("lenet5", "-f", "json", "-f", "table", "--btach", "2").err.startswith("error: ")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (IndexError("list [red]index\x1b[0m\nand more"), "IndexError: list [red]index?[0m in "),
        (RecursionError("too deep"), "RecursionError: too deep in "),
        (SystemError(), "SystemError in "),
    ],
)
def test_a_bug_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(package, "analyze", broken)
    status, out, err = run("lenet5")
    assert (status, out) == (Status.INTERNAL, "")
    line, help, end = err.split("\n")
    assert line.startswith(f"error: internal error, a bug in convcalc: {told}")
    assert re.search(r"test_edge\.broken, line \d+$", line)
    assert (help, end) == ("  help: please report it together with the spec", "")


def test_no_memory(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(package, "analyze", broken)
    assert run("lenet5") == (70, "", "error: not enough memory for this network\n")


def test_a_reader_that_leaves_is_no_error(environment: dict[str, str], tmp_path: Path) -> None:
    for form in ("table", "json", "jsonl", "csv", "markdown", "latex"):
        process = subprocess.Popen(
            [sys.executable, "-m", "convcalc", "-e", HUGE, "-f", form],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=tmp_path,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(1)
        process.stdout.close()
        assert (process.stderr.read(), process.wait(60)) == (b"", Status.PIPE_CLOSED), form
        process.stderr.close()


def test_a_reader_of_errors_that_leaves(environment: dict[str, str], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    finished = subprocess.run(
        [sys.executable, "-m", "convcalc", "nothing"],
        stderr=writing,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    os.close(writing)
    assert finished.returncode == Status.PIPE_CLOSED


def test_standard_output_is_closed(environment: dict[str, str], tmp_path: Path) -> None:
    program = f'"{sys.executable}" -m convcalc lenet5 >&-'
    finished = subprocess.run(
        program, shell=True, stderr=subprocess.PIPE, env=environment, cwd=tmp_path, check=False
    )
    assert (finished.returncode, finished.stderr) == (2, b"error: standard output is closed\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device on this system")
def test_a_full_disk(convcalc: Run) -> None:
    with open("/dev/full", "w") as full:
        told = "error: cannot write the output: No space left on device\n"
        assert convcalc("lenet5", stdout=full) == (2, "", told)
        assert convcalc("nothing", stderr=full) == (2, "", "")


def test_ctrl_c(environment: dict[str, str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    process = subprocess.Popen(
        [sys.executable, "-m", "convcalc", "fifo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    )
    writing = os.open(tmp_path / "fifo", os.O_WRONLY)  # returns once convcalc has opened it
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == Status.INTERRUPTED
    os.close(writing)


def test_an_encoding_without_the_signs(convcalc: Run, environment: dict[str, str]) -> None:
    ascii_only = {**environment, "PYTHONIOENCODING": "ascii"}
    for form in ("table", "json", "csv", "markdown", "latex"):
        spec = 'title "größe"; input 3x8x8; conv 8 3x3'
        status, out, err = convcalc("-e", spec, "-f", form, env=ascii_only)
        assert (status, err) == (0, ""), form
        assert out.isascii()
    status, out, err = convcalc("-e", "input 3x8x8; größe 8", env=ascii_only)
    assert (status, out) == (2, "")
    assert err.isascii()
