"""``convcalc topk``: the table, the JSON, standard input, what is refused, the progress bar."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Result

Run = Callable[..., Result]

SCORES = "0.1,0.2,0.3,0.2,0.1,0.1\n" * 2 + "9,1,1,1,1,1\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scores.csv").write_text(SCORES)
    (tmp_path / "labels.txt").write_text("2\n3\n5\n")
    return tmp_path


def test_the_table(run: Run) -> None:
    assert run("topk", "scores.csv", "--labels", "labels.txt", "-k", "1", "-k", "2") == (
        0,
        "       accuracy   error  right  wrong\n"
        "top-1    33.33%  66.67%      1      2\n"
        "top-2    33.33%  66.67%      1      2\n"
        "\n"
        "3 rows of 6 scores\n"
        "ties: top-2 has from 1 to 3 right, depending on how they are broken\n",
        "",
    )


def test_what_is_not_all_does_not_look_like_it(run: Run, folder: Path) -> None:
    (folder / "scores.csv").write_text("2,1\n" * 20_001)
    (folder / "labels.txt").write_text("1\n" + "0\n" * 20_000)
    out = run("topk", "scores.csv", "--labels", "labels.txt").out
    assert out.splitlines()[1] == "top-1   >99.99%  <0.01%  20,000      1"


def test_json(run: Run) -> None:
    status, out, err = run("topk", "scores.csv", "--labels", "labels.txt", "-f", "json")
    assert (status, err) == (0, "")
    data = json.loads(out)
    assert (data["rows"], data["classes"]) == (3, 6)
    assert [result["k"] for result in data["results"]] == [1, 5]
    assert data["results"][1] == {
        "k": 5,
        "right": 2,
        "accuracy": 2 / 3,
        "error": 1 / 3,
        "fewest_right": 2,
        "most_right": 3,
    }


def test_ranked_classes_have_no_number_of_scores(run: Run, folder: Path) -> None:
    (folder / "ranked.csv").write_text("\ufeffcat,dog\ndog,cat\nemu,cat\n", encoding="utf-8")
    (folder / "labels.csv").write_text("id,label\n1,cat\n2,cat\n3,cat\n")
    out = run("topk", "ranked.csv", "--labels", "labels.csv", "--ranked", "-k", "1", "-k", "2").out
    assert out == (
        "       accuracy   error  right  wrong\n"
        "top-1    33.33%  66.67%      1      2\n"
        "top-2   100.00%   0.00%      3      0\n"
        "\n"
        "3 rows\n"
    )


def test_either_file_may_be_standard_input(convcalc: Run) -> None:
    options = ("-k", "1", "-f", "json")
    expected = convcalc("topk", "scores.csv", "--labels", "labels.txt", *options)
    for arguments, text in (
        (("-", "--labels", "labels.txt"), SCORES),
        (("scores.csv", "--labels", "-"), "2\n3\n5\n"),
    ):
        assert convcalc("topk", *arguments, *options, stdin=None, input=text) == expected
    assert convcalc("topk", "-", "--labels", "-") == (
        2,
        "",
        "error: scores and labels cannot both come from standard input\n",
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--labels", "none.txt"), "cannot read the file: No such file or directory\n  none.txt"),
        (("--labels", "."), "cannot read the file: Is a directory\n  ."),
        (
            ("--labels", "latin.txt"),
            "line 2 is not UTF-8 text\n  latin.txt\n  help: the files are CSV",
        ),
        (("--labels", "short.txt"), "row 3 has no label\n  short.txt"),
        (
            ("--labels", "labels.txt", "-k", "7"),
            "top-7 needs rows of 7 scores, and they have 6\n  scores.csv",
        ),
        (
            ("--labels", "labels.txt", "-k", "1,5"),
            "-k needs a whole number from 1, not 1,5\n  help: several are given as -k 1 -k 5",
        ),
        (
            ("--labels", "labels.txt", "-k", "0"),
            "-k needs a whole number from 1, not 0\n  help: several are given as -k 1 -k 5",
        ),
        ((), "missing option '--labels'\n  help: convcalc --help shows every option and command"),
    ],
)
def test_what_is_refused(run: Run, folder: Path, arguments: tuple[str, ...], told: str) -> None:
    (folder / "short.txt").write_text("0\n1\n")
    (folder / "latin.txt").write_bytes(b"0\ncaf\xe9\n1\n")
    assert run("topk", "scores.csv", *arguments) == (2, "", f"error: {told}\n")


def test_no_line_is_read_without_end(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convcalc.cli.topk.LONGEST_LINE", 1024 * 1024)
    (folder / "scores.csv").write_text("1," * 600_000)
    assert run("topk", "scores.csv", "--labels", "labels.txt") == (
        2,
        "",
        "error: line 1 is longer than 1 MiB\n  scores.csv\n",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory has another unit")
def test_memory_does_not_grow_with_the_files(folder: Path, environment: dict[str, str]) -> None:
    """Four times the rows may take a little more memory, but not what the rows take."""
    program = (
        "import resource, sys; from convcalc.cli import main; "
        "main(['topk', 'scores.csv', '--labels', 'labels.txt', '-f', 'json']); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )

    def peak(rows: int) -> int:
        (folder / "scores.csv").write_text((",".join(["0.125"] * 1000) + "\n") * rows)
        (folder / "labels.txt").write_text("0\n" * rows)
        finished = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            env=environment,
            cwd=folder,
            text=True,
        )
        return int(finished.stderr)

    size = 6000 * 3000 // 1024  # KiB that the 3,000 more rows take in the file alone
    assert peak(4000) - peak(1000) < size / 8


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_sees_a_progress_bar_on_standard_error_only(
    convcalc: Run, environment: dict[str, str]
) -> None:
    import pty

    master, slave = pty.openpty()
    try:
        result = convcalc(
            "topk",
            *("scores.csv", "--labels", "labels.txt", "-k", "1"),
            stderr=slave,
            env={**environment, "TERM": "xterm"},
        )
        os.close(slave)
        shown = os.read(master, 100_000).decode()
    finally:
        os.close(master)
    assert "reading" in shown
    assert result.out.startswith("       accuracy")
    assert "reading" not in result.out


def test_without_a_terminal_rich_is_not_imported(folder: Path, environment: dict[str, str]) -> None:
    program = (
        "import sys; from convcalc.cli import main; "
        "main(['topk', 'scores.csv', '--labels', 'labels.txt']); "
        "sys.exit('rich' in sys.modules)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=False,
        env=environment,
        cwd=folder,
    )
    assert finished.returncode == 0
