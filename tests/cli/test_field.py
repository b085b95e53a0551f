"""``convcalc field``: table, answers, drawing, JSON, and what it says to wrong questions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import convcalc
from convcalc import zoo
from convcalc.render import field as renderer
from convcalc.render.units import ASCII, UNICODE
from tests.cli.conftest import Result

Run = Callable[..., Result]

SMALL = "input 1x12x16; conv 8 3x3 s=2 pad=1; relu; repeat 2 { conv 8 3x3 }"
GATED = """
title "A gate"
input 3x20x20
conv 8 3x3 pad=1
add { mul { | gap ; fc 8 } | conv 8 5x5 pad=2 }
upsample 2
fc 4
"""


def drawn(text: str, width: int | None = None, *, plain: bool = False, **questions: object) -> str:
    report = convcalc.field(text, **questions)  # type: ignore[arg-type]
    spelling = ASCII if plain else UNICODE
    lines = renderer.lines(report, width, everything=False, spelling=spelling)
    return "".join(line.rstrip() + "\n" for line in lines)


def picture(text: str, **questions: object) -> str:
    """The drawing alone, without its legend."""
    region = convcalc.field(text, **questions).at  # type: ignore[arg-type]
    assert region is not None
    return "\n".join(list(renderer.drawing(region, None, UNICODE))[:-1])


def test_everything_at_once(run: Run) -> None:
    status, out, err = run("field", "-e", SMALL, "--at", "0,3", "--size", "20", "--see", "4,5")
    assert (status, err) == (0, "")
    assert (
        out
        == """\
Receptive fields · fields on input 1×12×16

layer  operation             output  field  stride  padding  centre
───────────────────────────────────────────────────────────────────
conv1  conv 8 3x3 s=2 pad=1   8×6×8      3       2      1:0       0
conv2  conv 8 3x3             8×4×6      7       2      1:0       2
conv3  conv 8 3x3             8×2×4     11       2      1:0       4
not shown: 1 layer that sees what the layer above sees (--all)

no field reaches 20; the largest is 11
repeat 2 on line 1: 20 is reached with repeat 5, on a larger input

which outputs see pixel 4,5 of the input
  conv1  row 2, columns 2 to 3: 2
  conv2  rows 0 to 2, columns 0 to 3: 12
  conv3  rows 0 to 1, columns 0 to 3: 8

what output 0,3 of conv3 sees of the input
            unclipped  in the input  pixels    padding
  rows        -1 to 9        0 to 9      10      1 + 0
  columns     5 to 15       5 to 15      11      0 + 0
  together        121                   110  11 (9.1%)

          ░░░░░░░░░░░░░░░░░░░░░░
··········██████████████████████
··········██████████████████████
··········██████████████████████
··········██████████████████████
··········██████████████████████
··········██████████████████████
··········██████████████████████
··········██████████████████████
··········██████████████████████
··········██████████████████████
································
································
█ seen  ░ padding  · the rest of the input  (two characters are 1 pixel)
"""
    )


def test_branches_gates_and_notes_in_ascii() -> None:
    assert (
        drawn(GATED, 80, plain=True, at=(39, 20))
        == """\
A gate | fields on input 3x20x20

   layer           operation        output        field  stride  padding  centre
--------------------------------------------------------------------------------
*  conv1           conv 8 3x3 p..  8x20x20            3       1        1       0
   globalavgpool1  globalavgpool     8x1x1  whole input
   mul1            mul             8x20x20      3 + all       1        1       0
*  conv2           conv 8 5x5 p..  8x20x20            7       1        3       0
*  add1            add             8x20x20      7 + all       1        3       0
*  upsample1       upsample 2      8x40x40      7 + all     1/2        3       0
   fc2             fc 4                  4  whole input
not shown: 1 layer that sees what the layer above sees (--all)

* the largest field of upsample1 comes through conv1, conv2

what output 39,20 of upsample1 sees of the input
            unclipped  in the input  pixels     padding
  rows       16 to 22       0 to 19      20       0 + 3
  columns     7 to 13       0 to 19      20       0 + 0
  together         49                   400  21 (42.9%)

%%%%%%%%%%%%%%%%%%%%
%%%%%%%%%%%%%%%%%%%%
%%%%%%%%%%%%%%%%%%%%
%%%%%%%%%%%%%%%%%%%%
%%%%%%%%%%%%%%%%%%%%
%%%%%%%%%%%%%%%%%%%%
%%%%%%%%%%%%%%%%%%%%
%%%%%%%%%%%%%%%%%%%%
%%%%%%%#######%%%%%%
%%%%%%%#######%%%%%%
       +++++++
       +++++++
# seen  % seen through the whole map only  + padding  (one character is 1x2
  pixels)

note: mul1: from here on outputs also see the whole input through
  globalavgpool1; the fields given are those of the windows
"""
    )


def test_every_layer_with_all(run: Run) -> None:
    some, every = run("field", "-e", SMALL).out, run("field", "-e", SMALL, "--all").out
    assert "relu1" not in some
    assert "not shown" not in every
    assert "relu1  relu                   8×6×8      3       2      1:0       0\n" in every


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
@pytest.mark.parametrize("name", ["resnet50", "googlenet", "vgg16", "lenet5"])
def test_nothing_is_wider_than_the_terminal(name: str, width: int) -> None:
    shown = drawn(zoo.text(name), width, see=(20, 20), size=100)
    assert max(map(len, shown.splitlines())) <= width


def test_what_has_no_room_is_named() -> None:
    shown = drawn(zoo.text("resnet50"), 60)
    assert "\nnot shown at 60 columns: centre, output, padding, stride\n" in shown


def test_the_largest_path_is_named() -> None:
    shown = drawn(zoo.text("googlenet"), None)
    assert (
        "● the largest field of inception_5b/concat1 comes through conv1, pool1/maxpool1,"
        " conv2/conv2, pool2/maxpool1, inception_3a/conv5, inception_3b/conv5, …,"
        " inception_5a/conv5, inception_5b/conv5 (15 layers that widen it)\n"
    ) in shown


def test_where_a_size_is_reached_first() -> None:
    shown = drawn(zoo.text("vgg16"), None, size=70)
    assert "\n70 is reached first at conv4/conv2, layer 20 of 38: 76\n" in shown


def test_holes_in_one_dimension() -> None:
    text = "input 1x20; conv 4 3 d=2; conv 4 3 d=4"
    assert picture(text, at=(0,)) == "██··██··██··██··██··██··██··············"
    assert picture(text) == "········██··██··██··██··██··██··██······"
    assert "\n  positions    0 to 12       0 to 12  7 of 13    0 + 0\n" in drawn(text, at=(0,))


def test_a_drawing_is_to_scale() -> None:
    assert picture("input 1x64x144; conv 4 33x49; conv 4 1x1", at=(16, 48)) == "\n".join(
        ["·" * 72] * 4 + ["·" * 24 + "█" * 25 + "·" * 23] * 9 + ["·" * 72] * 3
    )


def test_what_is_seen_through_the_whole_map_only() -> None:
    assert picture("input 1x6x6; conv 2 3x3 ; gn 1", at=(0, 3)) == "\n".join(
        ["▒▒▒▒▒▒██████"] * 3 + ["▒▒▒▒▒▒▒▒▒▒▒▒"] * 3
    )


def test_the_last_two_of_three_axes_are_drawn() -> None:
    assert picture("input 1x3x4x5; conv 2 2x2x2", at=(1, 2, 0)) == "\n".join(
        ["··········"] * 2 + ["████······"] * 2
    )


def test_json(run: Run) -> None:
    status, out, err = run(
        "field", "-e", SMALL, "--at", "0,3", "--size", "7", "--see", "4,5", "-f", "json"
    )
    assert (status, err) == (0, "")
    report = convcalc.field(SMALL, at=(0, 3), size=7, see=(4, 5))
    assert json.loads(out) == json.loads(json.dumps(report.to_dict()))
    assert list(json.loads(out)) == list(report.to_dict())
    assert json.loads(out)["layers"][1] == {
        "index": 2,
        "name": "relu1",
        "kind": "relu",
        "text": "relu",
        "output_shape": [8, 6, 8],
        "receptive_field": {
            "size": [3, 3],
            "stride": [2, 2],
            "padding": [[1, 0], [1, 0]],
            "center": [0, 0],
        },
        "on_largest_path": True,
    }


def test_json_of_every_network_of_the_zoo_is_that_of_its_report(run: Run) -> None:
    for name in ("lenet5", "alexnet", "googlenet", "resnet18"):
        fields = json.loads(run("field", name, "-f", "json").out)["layers"]
        layers = json.loads(run(name, "-f", "json").out)["layers"]
        assert [layer["receptive_field"] for layer in fields] == [
            layer["receptive_field"] for layer in layers
        ]


def test_output_to_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "field.txt"
    assert run("field", "lenet5", "-o", str(path)) == (0, "", "")
    assert path.read_text(encoding="utf-8") == run("field", "lenet5").out


def test_a_stream_that_cannot_show_blocks_gets_ascii(
    convcalc: Callable[..., Result], environment: dict[str, str]
) -> None:
    ascii_only = {**environment, "PYTHONIOENCODING": "ascii"}
    shown = convcalc("field", "-e", "input 1x6; conv 2 3", env=ascii_only).out
    assert shown.endswith(
        "\n....######..\n# seen  . the rest of the input  (two characters are 1 pixel)\n"
    )
    assert shown.isascii()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--at", "a,b"),
            "error: --at needs a position such as 3,4, not a,b\n"
            "  help: rows before columns, counted from 0\n",
        ),
        (
            ("--see", "-1,3"),
            "error: --see needs a position such as 3,4, not -1,3\n"
            "  help: rows before columns, counted from 0\n",
        ),
        (
            ("--at", "3"),
            "error: 3 is no position in the output of conv3, 8x2x4\n  <text>\n"
            "  help: give 2 numbers such as 1,2\n",
        ),
        (
            ("--see", "3,16"),
            "error: 3,16 lies outside of the input, 1x12x16\n  <text>\n"
            "  help: positions count from 0 to 11, 15\n",
        ),
        (("--size", "0"), "error: --size needs a whole number from 1 to 999,999,999, not 0\n"),
        (
            ("--layer", "conv7"),
            "error: there is no layer conv7\n  <text>\n  help: did you mean conv3?\n",
        ),
        (
            ("--on", "left"),
            "error: there is no input left\n  <text>\n  help: the inputs are input\n",
        ),
    ],
)
def test_wrong_questions(run: Run, arguments: tuple[str, ...], message: str) -> None:
    assert run("field", "-e", SMALL, *arguments) == (2, "", message)


def test_symbols_have_fields(run: Run) -> None:
    status, out, err = run("field", "-e", "input 3xHxW; conv 8 3x3 s=2 pad=same; conv 8 3x3 pad=1")
    assert (status, err) == (0, "")
    assert (
        out
        == """\
Receptive fields · fields on input 3×H×W

layer  operation                       output  field  stride  padding  centre
─────────────────────────────────────────────────────────────────────────────
conv1  conv 8 3x3 s=2 pad=same  8×⌈H/2⌉×⌈W/2⌉      3       2        ?       ?
conv2  conv 8 3x3 pad=1         8×⌈H/2⌉×⌈W/2⌉      7       2        ?       ?
"""
    )
