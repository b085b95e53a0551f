"""`convcalc.field`: largest path, exact regions, who sees a pixel, reached sizes, notes."""

from __future__ import annotations

from typing import Any

import pytest

import convcalc
from convcalc import SpecError
from convcalc.field_report import FieldsReport, Region

HOLED = "input 1x40; conv 4 3 d=2; conv 4 3 d=4; conv 3 3 d=4"
BRANCHED = """
input 3x32x32
conv 8 3x3 pad=1
add { conv 8 5x5 pad=2 ; relu | conv 8 1x1 }
concat { maxpool 3x3 s=1 pad=1 | conv 4 1x1 }
fc 10
"""


def codes(report: FieldsReport) -> list[tuple[str | None, str, str]]:
    return [(note.layer, note.code, note.text) for note in report.notes]


def problem(text: str, **questions: Any) -> tuple[str, str | None]:
    with pytest.raises(SpecError) as caught:
        convcalc.field(text, **questions)
    (found,) = caught.value.problems
    return found.message, found.help


def region(text: str, **questions: Any) -> Region:
    found = convcalc.field(text, **questions).at
    assert found is not None
    return found


def test_the_last_layer_that_does_not_see_everything_is_asked_about() -> None:
    assert convcalc.field(BRANCHED).layer == "concat1"
    assert convcalc.field("input 3x8x8; gap; fc 10").layer == "fc1"


def test_the_largest_path() -> None:
    assert convcalc.field(BRANCHED).largest_path == (
        "conv1",
        "conv2",
        "relu1",
        "add1",
        "maxpool1",
        "concat1",
    )
    assert convcalc.field(BRANCHED, layer="conv3").largest_path == ("conv1", "conv3")
    path = [layer.name for layer in convcalc.field(BRANCHED).layers if layer.on_largest_path]
    assert tuple(path) == convcalc.field(BRANCHED).largest_path


def test_the_largest_path_keeps_to_the_windows_at_a_gate() -> None:
    text = "input 3x32x32; conv 8 3x3; mul { gap ; fc 8 | }; conv 4 3x3"
    assert convcalc.field(text).largest_path == ("conv1", "mul1", "conv2")


def test_a_region_at_a_border() -> None:
    found = region("input 3x32x48; conv 8 3x3 s=2 pad=1; conv 8 5x5 pad=2", at=(0, 23))
    rows, columns = found.axes
    assert (rows.unclipped, rows.clipped, rows.padding, rows.count) == ((-5, 5), (0, 5), (5, 0), 6)
    assert (columns.unclipped, columns.clipped) == ((41, 51), (41, 47))
    assert (columns.padding, columns.count) == ((0, 4), 7)
    assert (found.count, found.area, found.padding) == (42, 121, 79)
    assert found.to_dict() == {
        "layer": "conv2",
        "position": [0, 23],
        "axes": [
            {
                "unclipped": [-5, 5],
                "clipped": [0, 5],
                "padding": [5, 0],
                "count": 6,
                "runs": [[0, 5]],
            },
            {
                "unclipped": [41, 51],
                "clipped": [41, 47],
                "padding": [0, 4],
                "count": 7,
                "runs": [[41, 47]],
            },
        ],
        "count": 42,
        "area": 121,
        "padding": 79,
    }


def test_padding_between_layers_is_not_seen_through() -> None:
    """conv2's border output reads its own padding only: the field is no simple clip."""
    (axis,) = region("input 1x20; conv 2 3; conv 2 1 pad=4", at=(3,)).axes
    assert (axis.unclipped, axis.clipped, axis.count) == ((-1, 1), None, 0)
    assert axis.padding == (1, 0)


def test_a_region_with_holes() -> None:
    (axis,) = region(HOLED).axes
    assert (axis.unclipped, axis.count) == ((10, 30), 11)
    assert axis.runs == tuple((i, i) for i in range(10, 31, 2))


def test_the_middle_output_where_none_is_asked_for() -> None:
    assert region(BRANCHED).position == (16, 16)
    assert region(BRANCHED, layer="fc1").position == ()
    assert region(BRANCHED, layer="fc1").count == 32 * 32


def test_which_outputs_see_a_pixel() -> None:
    see = convcalc.field(HOLED + "; fc 4", see=(20,)).see
    assert see is not None
    assert see.to_dict() == {
        "pixel": [20],
        "layers": [
            {"layer": "conv1", "axes": [{"first": 16, "last": 20, "count": 3}], "count": 3},
            {"layer": "conv2", "axes": [{"first": 8, "last": 20, "count": 7}], "count": 7},
            {"layer": "conv3", "axes": [{"first": 0, "last": 18, "count": 10}], "count": 10},
            {"layer": "fc1", "axes": [], "count": 1},
        ],
    }


def test_a_pixel_that_nothing_sees() -> None:
    report = convcalc.field("input 3x12x16; conv 4 3x3 s=4; gap", see=(3, 0))
    assert report.see is not None
    assert [(sight.layer, sight.outputs, sight.count) for sight in report.see.layers] == [
        ("conv1", None, 0),
        ("globalavgpool1", None, 0),
    ]
    assert (
        None,
        "unseen-pixels",
        "no output sees rows 3, 7 and 11 or columns 3, 7, 11 and 1 more of the input",
    ) in codes(report)


def test_several_inputs_are_looked_at_one_by_one() -> None:
    text = (
        "a: input 3x30; conv 3 5; x: identity; b: input 3x40; conv 3 3; crop size=26; both: add @x"
    )
    assert convcalc.field(text).input.name == "a"
    report = convcalc.field(text, on="b", see=(7,))
    assert (report.input.name, report.layer) == ("b", "both")
    fields = {layer.name: layer.field and layer.field.size for layer in report.layers}
    assert fields == {"conv1": None, "x": None, "conv2": (3,), "crop1": (3,), "both": (3,)}
    assert report.see is not None
    assert [sight.outputs for sight in report.see.layers] == [
        None,
        None,
        ((5, 7, 3),),
        ((0, 1, 2),),
        ((0, 1, 2),),
    ]


def test_where_a_size_is_reached() -> None:
    reach = convcalc.field("input 1x64x64; conv 8 5x5\nrepeat 5 { conv 8 3x3 }", size=11).reach
    assert reach is not None
    assert (reach.layer, reach.index, reach.largest) == ("conv4", 4, (15, 15))
    assert [item.to_dict() for item in reach.repeats] == [
        {"line": 2, "written": "5", "needed": 3, "larger_input": False}
    ]


def test_how_many_repeats_reach_a_size() -> None:
    reach = convcalc.field(
        """
        input 1x32x32
        let n = 4
        def unit d { conv 8 3x3 d=d pad=d }
        repeat n { unit 1 }
        repeat n-2 as i { unit 2**i ; repeat 2 { relu } }
        """,
        size=70,
    ).reach
    assert reach is not None
    assert (reach.layer, reach.largest) == (None, (15, 15))
    repeats = [(item.line, item.written, item.needed) for item in reach.repeats]
    assert repeats == [(5, "n", 32), (6, "n-2", 5), (6, "2", None)]


def test_repeats_that_the_input_has_no_room_for() -> None:
    reach = convcalc.field("input 1x32x32; repeat 3 { conv 8 3x3 }", size=40).reach
    assert reach is not None
    assert [(item.needed, item.larger_input) for item in reach.repeats] == [(20, True)]


def test_a_size_that_only_the_whole_input_has() -> None:
    reach = convcalc.field("input 1x32x32; conv 4 3x3; gap", size=20).reach
    assert reach is not None
    assert (reach.layer, reach.largest) == ("globalavgpool1", (3, 3))


def test_notes() -> None:
    assert codes(
        convcalc.field(
            "input 3x8x8; conv 4 3x3 pad=1; repeat 3 { conv 4 3x3 pad=1 }; gn 1; conv 4 1x1"
        )
    ) == [
        (
            "conv4",
            "field-exceeds-input",
            "from here on the field, 9×9, is larger than the input, 8×8",
        ),
        (
            "gn1",
            "whole-input",
            "from here on outputs also see the whole input through gn1;"
            " the fields given are those of the windows",
        ),
    ]
    assert codes(convcalc.field(HOLED)) == [
        (
            "conv1",
            "gridding",
            "an output sees only 3 of the 5 positions that its field spans;"
            " an output of conv3 11 of 21",
        )
    ]
    assert codes(convcalc.field("input 3x20x20; conv 4 3x3 d=2; conv 4 3x3")) == [
        (
            "conv1",
            "gridding",
            "an output sees only 3 of the 5 rows that its field spans; conv2 has no such holes",
        )
    ]
    assert codes(convcalc.field("input 1x20; conv 2 3 s=2; upsample 2; conv 2 2")) == [
        (
            "conv2",
            "field-varies",
            "the field varies from output to output: 3 or 5 (again every 2 outputs) pixels",
        ),
        (None, "unseen-pixels", "no output sees position 19 of the input"),
    ]
    assert codes(convcalc.field("input 1x20; conv 2 3 pad=1; conv 2 1 pad=2:3")) == [
        (
            "conv2",
            "padding-only",
            "its outputs in positions 0 to 1 and 22 to 24 see nothing of the input",
        )
    ]


def test_symbolic_networks_have_fields_but_no_regions() -> None:
    report = convcalc.field("input 3xHxW; conv 4 3x3 pad=1; conv 4 3x3 s=2; gap")
    assert report.at is None
    assert report.notes == ()
    assert [layer.field and layer.field.size for layer in report.layers[:2]] == [(3, 3), (5, 5)]
    for question in ({"at": (1, 2)}, {"see": (1, 2)}):
        assert problem("input 3xHxW; conv 4 3x3", **question) == (
            "a position can only be asked about where all sizes are numbers",
            "give the input's size: --input 3x224x224",
        )


def test_questions_that_cannot_be_answered() -> None:
    assert problem(BRANCHED, layer="concat") == (
        "there is no layer concat",
        "did you mean concat1?",
    )
    assert problem(BRANCHED, layer="zzz") == (
        "there is no layer zzz",
        "the layers are conv1, conv2, relu1, conv3, add1, maxpool1, conv4, concat1, …",
    )
    assert problem(BRANCHED, on="x") == ("there is no input x", "the inputs are input")
    assert problem(BRANCHED, at=(3,)) == (
        "3 is no position in the output of concat1, 12x32x32",
        "give 2 numbers such as 16,16",
    )
    assert problem(BRANCHED, at=(3, 32)) == (
        "3,32 lies outside of the output of concat1, 12x32x32",
        "positions count from 0 to 31, 31",
    )
    assert problem(BRANCHED, see=(32, 0)) == (
        "32,0 lies outside of the input, 3x32x32",
        "positions count from 0 to 31, 31",
    )
    assert problem(BRANCHED, layer="fc1", at=(0,)) == (
        "0 is no position in the output of fc1, 10",
        "it is a vector and has no positions; --layer names another layer",
    )


def test_a_block_stands_for_its_end() -> None:
    report = convcalc.field(
        "input 3x32x32; body: { conv 4 3x3 ; conv 4 3x3 } ; conv 4 3x3", layer="body"
    )
    assert report.layer == "body/conv2"


def test_vectors_only() -> None:
    report = convcalc.field("input 10; fc 5; relu", see=(), at=())
    assert (report.at, [layer.field for layer in report.layers]) == (None, [None, None])


def test_long_signals_take_no_square_of_their_length() -> None:
    text = "input 1x150000; repeat 10 as i { conv 4 2 d=2**i pad=causal }"
    report = convcalc.field(text, at=(70_000,))
    assert report.at is not None
    (axis,) = report.at.axes
    assert (axis.unclipped, axis.clipped, axis.count) == ((68977, 70000), (68977, 70000), 1024)
    assert [note.code for note in report.notes] == ["not-searched"]
