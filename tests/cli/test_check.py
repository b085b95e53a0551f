"""``convcalc check``: marks, files of answers, folders, and the dialogue on a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Result
from tests.cli.terminal import typed

Run = Callable[..., Result]

SHEET = """\
title "Homework 1"
input 3x227x227
conv1: conv 96 11x11 stride=4 -> 96x54x54 params=34848 points=2
pool1: maxpool 3x3 s=2 -> 96x26x26
conv2: conv 256 5x5 pad=2 -> ? params=(5*5*96+1)*256
"""

MARKS = """\
Homework 1

wrong       conv1 output      96x54x54, right is 96×55×55
            leaving out the + 1 at the end gives 54
wrong       conv1 parameters  34848, right is 34,944
            leaving out the biases gives 34,848
consistent  pool1 output      96x26x26
            consistent with your 96×54×54 for conv1, but that was wrong
blank       conv2 output
right       conv2 parameters  (5*5*96+1)*256

2 of 7 points: 1 right, 1 consistent, 2 wrong, 1 blank
"""


@pytest.fixture
def homework(tmp_path: Path) -> str:
    path = tmp_path / "sheet.conv"
    path.write_text(SHEET)
    return str(path)


def test_the_marks(run: Run, homework: str) -> None:
    assert run("check", homework) == (1, MARKS, "")


def test_everything_right(run: Run) -> None:
    status, out, err = run("check", "lenet5")
    assert (status, err) == (0, "")
    assert out.endswith("\n18 of 18 points: 18 right\n")


def test_a_network_without_questions(run: Run) -> None:
    status, out, _ = run("check", "-e", "input 3x8x8; conv 4 3x3")
    assert (status, out) == (0, "nothing is asked: answers stand behind ->, blanks are ?\n")


def test_hidden_answers(run: Run, homework: str) -> None:
    _, out, _ = run("check", homework, "--hide-answers")
    assert "wrong       conv1 output      96x54x54\n" in out
    assert "leaving out the + 1 at the end gives 54" in out
    assert "55" not in out
    assert "34,944" not in out


def test_json_says_everything(run: Run, homework: str) -> None:
    status, out, _ = run("check", homework, "-f", "json")
    data = json.loads(out)
    assert (status, data["score"], data["out_of"], data["ok"]) == (1, 2, 7, False)
    assert data["questions"][2] == {
        "layer": "pool1",
        "quantity": "output_shape",
        "line": 4,
        "status": "consistent",
        "points": 1,
        "earned": 1,
        "answer": "96x26x26",
        "expected": [96, 27, 27],
        "expected_with_own_answers": [96, 26, 26],
        "mistakes": [],
        "alone": False,
        "remark": "consistent with your 96×54×54 for conv1, but that was wrong",
    }


ANSWERS = {
    "answers.csv": "quantity,layer,answer\nsize,conv2,256x27x27\n",
    "excel.csv": '\ufefflayer,quantity,answer,name\nconv2,size,"256,27,27",Anna\n\n',
    "list.json": '[{"layer": "conv2", "quantity": "shape", "answer": "256x27x27"}]',
    "object.json": '{"conv2": {"output": [256, 27, 27]}}',
}


@pytest.mark.parametrize("name", ANSWERS)
def test_files_of_answers(run: Run, homework: str, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(ANSWERS[name])
    _, out, err = run("check", homework, "--answers", str(path), "-f", "json")
    assert err == ""
    assert json.loads(out)["questions"][3]["status"] == "right"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conv2,size,1", "the first row of the answers must name the columns layer, quantity"),
        ("layer,quantity,answer\nconv2,size", "row 2 has 2 cells, too few for its columns"),
        ("layer,quantity,answer\nconv9,size,1", "the sheet does not ask for size of conv9"),
        (
            "layer,quantity,answer\nconv2,size,1\nconv2,size,2",
            "row 3: size of conv2 is answered twice",
        ),
        ("[1]", "answer 1 has no layer, quantity and answer"),
        ("{", "the answers are no JSON: "),
        ('{"conv2": 5}', "conv2 has no quantities"),
        ('{"conv2": {"size": {}}}', "conv2 size is no answer"),
    ],
)
def test_files_of_answers_that_are_wrong(
    run: Run, homework: str, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "answers"
    path.write_text(text)
    status, out, err = run("check", homework, "--answers", str(path))
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {message}")


def test_save_without_a_terminal(run: Run, homework: str, tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("layer,quantity,answer\nconv2,size,256 27 27\n")
    saved = tmp_path / "saved.conv"
    run("check", homework, "--answers", str(answers), "--save", str(saved))
    assert saved.read_text() == SHEET.replace("-> ?", "-> 256x27x27")
    assert run("check", str(saved)).out.endswith("3 of 7 points: 2 right, 1 consistent, 2 wrong\n")


def folder(tmp_path: Path) -> str:
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    (sheets / "anna.conv").write_text(SHEET)
    (sheets / "ben.conv").write_text(SHEET.replace("34848", "34944").replace("54x54", "55x55"))
    (sheets / "cleo.conv").write_text("input 3x2x2\nconv1: conv 3 3x3 -> ?")
    (sheets / "notes.txt").write_text("no sheet")
    return str(sheets)


def test_a_folder_of_sheets(run: Run, tmp_path: Path) -> None:
    assert run("check", folder(tmp_path)) == (
        2,
        """\
sheet  points  of  right  consistent  wrong  unreadable  blank
anna        2   7      1           1      2           0      1
ben         5   7      3           0      1           0      1
cleo        -   -      -           -      -           -      -

cleo: line 2: a 3x3 window does not fit a 2x2 input
""",
        "",
    )


def test_a_folder_as_csv(run: Run, tmp_path: Path) -> None:
    assert run("check", folder(tmp_path), "-f", "csv").out == (
        "sheet,score,out_of,problem,conv1 output_shape,conv1 parameters,pool1 output_shape,"
        "conv2 output_shape,conv2 parameters\n"
        "anna,2,7,,wrong,wrong,consistent,blank,right\n"
        "ben,5,7,,right,right,wrong,blank,right\n"
        "cleo,,,line 2: a 3x3 window does not fit a 2x2 input,,,,,\n"
    )


def test_a_folder_as_json(run: Run, tmp_path: Path) -> None:
    anna, _, cleo = json.loads(run("check", folder(tmp_path), "-f", "json").out)
    assert (anna["sheet"], anna["score"], anna["problem"]) == ("anna", 2, None)
    assert cleo["problem"] == "line 2: a 3x3 window does not fit a 2x2 input"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{folder}", "--save", "x"), "--save is for one sheet, not for a folder"),
        (("{folder}", "--answers", "x"), "--answers is for one sheet, not for a folder"),
        (("{empty}",), "there is no sheet (*.conv) in this folder"),
        (("lenet5", "-f", "csv"), "--format csv is for a folder of sheets"),
    ],
)
def test_what_does_not_go_together(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"folder": folder(tmp_path), "empty": str(tmp_path / "empty")}
    status, _, err = run("check", *(argument.format(**places) for argument in arguments))
    assert status == 2
    assert err.startswith(f"error: {message}\n")


BLANKS = """\
input 1x28x28
a: conv 6 ? stride=? pad=? -> 6x14x14
b: conv 12 3x3 -> ?x?x? params=?
"""

DIALOGUE = """\
3 blanks to fill: type the answer; ? for a hint, s to skip, q to stop

1/3  a: conv 6 ? stride=? pad=? -> 6x14x14
  kernel, stride, pad? 3 2
  answer with 3 values, in this order: kernel=1 stride=1 pad=1
  kernel, stride, pad? 3 1 1
  not right
  output: that gives 6×28×28, not 6×14×14
  hint: padding, both sides together: 2·p
  hint: height and width: ⌊(n + P − F)/S⌋ + 1
  hint: depth: D_filter
  kernel, stride, pad? kernel=2 stride=2 pad=0
  right

2/3  b: conv 12 3x3
  output? ?
  hint: height and width: ⌊(n + P − F)/S⌋ + 1
  hint: depth: D_filter
  output? 12x11x11
  not right
  leaving out the + 1 at the end gives 11
  output? 12x
  cannot read that: a size is missing after the x
  output? 12 12 12
  right

3/3  b: conv 12 3x3
  parameters? s

right  a kernel, stride, pad  kernel=2 stride=2 pad=0
right  b output               12 12 12
blank  b parameters

2 of 3 points: 2 right, 1 blank
"""


def test_the_dialogue(tmp_path: Path) -> None:
    (tmp_path / "sheet.conv").write_text(BLANKS)
    answers = ("3 2", "3 1 1", "kernel=2 stride=2 pad=0", "?", "12x11x11", "12x", "12 12 12", "s")
    status, shown = typed(["check", "sheet.conv", "--save", "mine.conv"], answers, tmp_path)
    assert (status, shown) == (1, DIALOGUE)
    assert (tmp_path / "mine.conv").read_text() == (
        BLANKS.replace("6 ? stride=? pad=?", "6 2 stride=2 pad=0").replace("?x?x?", "12x12x12")
    )


def test_three_misses_and_the_answer_is_told(tmp_path: Path) -> None:
    (tmp_path / "sheet.conv").write_text("input 3x8x8; c: conv 4 3x3 -> params=?")
    _, shown = typed(["check", "sheet.conv"], ("100", "101", "108"), tmp_path)
    assert shown.count("not right") == 3
    assert "hint: (3·3·3 + 1)·4\n" in shown
    assert "leaving out the biases gives 108\n  right is 112\n" in shown
    _, hidden = typed(["check", "sheet.conv", "--hide-answers"], ("1", "2", "3"), tmp_path)
    assert "112" not in hidden


@pytest.mark.parametrize("key", ["q", "^D", "^C"])
def test_stopping_keeps_what_was_answered(tmp_path: Path, key: str) -> None:
    (tmp_path / "sheet.conv").write_text("input 3x8x8; c: conv 4 3x3 -> ? params=?")
    status, shown = typed(["check", "sheet.conv", "--save", "mine"], ("4x6x6", key), tmp_path)
    assert status == 1
    assert "stopped; mine keeps what was answered\n" in shown
    assert (tmp_path / "mine").read_text() == "input 3x8x8; c: conv 4 3x3 -> 4x6x6 params=?"
    status, shown = typed(["check", "mine"], ("112",), tmp_path)
    assert status == 0
    assert shown.endswith("2 of 2 points: 2 right\n")
