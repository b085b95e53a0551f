"""``convcalc quiz``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Result
from tests.cli.terminal import typed

Run = Callable[..., Result]


def test_without_a_terminal_it_prints_a_sheet(run: Run) -> None:
    status, out, err = run(
        "quiz", "--topic", "params", "--level", "1", "--count", "1", "--seed", "4"
    )
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == 'title "Quiz: params, level 1, seed 4"'
    assert lines[2] == "# q1: parameters"
    assert lines[-1].startswith("q1_2: conv ")
    assert lines[-1].endswith(" -> params=?")
    assert run("check", "-e", out).status == 1


def test_a_seed_is_chosen_and_told(run: Run) -> None:
    out = run("quiz", "--count", "1").out
    seed = out.splitlines()[0].rpartition("seed ")[2].rstrip('"')
    assert run("quiz", "--count", "1", "--seed", seed).out == out


def test_export_writes_a_sheet_and_its_key(run: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "quiz.conv"
    status, out, _ = run("quiz", "--count", "11", "--seed", "3", "--export", str(sheet))
    key = tmp_path / "quiz-key.conv"
    assert (status, out) == (0, f"wrote {sheet}, and what is right to {key}\n")
    assert sheet.read_text() == run("quiz", "--count", "11", "--seed", "3").out
    assert run("check", str(sheet)).status == 1
    assert run("check", str(key)).status == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--topic", "sizes"), "--topic cannot be sizes\n  help: did you mean size?"),
        (("--level", "6"), "--level cannot be 6\n  help: it is one of 1, 2, 3, 4, 5"),
        (("--count", "0"), "--count needs a whole number from 1 to 999,999,999, not 0"),
        (("--count", "201"), "--count is at most 200"),
        (("--seed", "x"), "--seed needs a whole number from 0 to 999,999,999, not x"),
    ],
)
def test_wrong_options(run: Run, arguments: tuple[str, ...], message: str) -> None:
    status, out, err = run("quiz", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {message}")


def test_the_dialogue(tmp_path: Path) -> None:
    arguments = ["quiz", "--topic", "size", "--topic", "params", "--seed", "7", "--level", "1"]
    _, first = typed([*arguments, "--count", "2"], ("q",), tmp_path)
    assert first.startswith(
        "Quiz: size, params, level 1, seed 7\n"
        "type the answer; ? for a hint, s to skip, q to stop\n\n"
        "1/2  input 3x27x27\n     conv 20 3x3\n  output? "
    )
    answers = ("20x24x24", "20x25x25", "s")
    status, shown = typed([*arguments, "--count", "2"], answers, tmp_path)
    assert status == 1
    assert "not right\n  leaving out the + 1 at the end gives 24\n" in shown
    assert shown.endswith(
        "0 of 1 right at the first try\n"
        "to practise: size (0 of 1)\n"
        "mistake: leaving out the + 1 at the end\n"
        "convcalc quiz --topic size makes more; --seed 7 these again\n"
    )
