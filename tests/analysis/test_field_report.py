"""Receptive fields in the report: graphs, gates, periods, symbols, several inputs, limits."""

from __future__ import annotations

from typing import Any

import pytest

import convcalc
from convcalc.analysis.field import AxisField, Fields
from convcalc.layers.base import Layer
from convcalc.report import FieldReport


def fields(text: str) -> dict[str, FieldReport | None]:
    return {layer.name: layer.receptive_field for layer in convcalc.analyze(text).layers}


def field(text: str) -> FieldReport:
    found = convcalc.analyze(text).layers[-1].receptive_field
    assert found is not None
    return found


def data(text: str) -> dict[str, Any]:
    return field(text).to_dict()


def test_a_chain() -> None:
    assert data("input 3x227x227; conv 96 11x11 s=4; maxpool 3x3 s=2; conv 256 5x5 pad=2") == {
        "size": [51, 51],
        "stride": [8, 8],
        "padding": [[16, 16], [16, 16]],
        "center": [9, 9],
    }


def test_axes_are_apart_from_each_other() -> None:
    assert data("input 3x20x31; conv 8 1x7 s=1x3 pad=0:0x2:4; maxpool 3x2") == {
        "size": [3, 10],
        "stride": [3, 6],
        "padding": [[0, -2], [2, 1]],
        "center": [1, 2.5],
    }


def test_the_largest_of_several_paths() -> None:
    found = field(
        "input 3x32x32; concat {"
        " conv 4 1x1 | conv 4 3x3 pad=1 ; conv 4 3x3 pad=1 | conv 4 5x1 pad=2x0 }"
    )
    assert (found.size, found.padding) == ((5, 5), ((2, 2), (2, 2)))


def test_paths_whose_windows_lie_apart_span_both() -> None:
    found = field("input 3x32; add { conv 4 5 pad=0:4 | conv 4 5 pad=4:0 }")
    assert (found.size, found.center) == ((9,), (0,))


def test_whoever_sees_everything_sees_the_whole_input() -> None:
    text = "input 3x32x48; conv 8 3x3; {} ; conv 4 1x1"
    for layer in (
        "gap",
        "adaptiveavgpool 1",
        "globalmaxpool",
        "fc 36 ; reshape 4x3x3",
        "flatten ; reshape 2x690x8",
    ):
        assert data(text.format(layer)) == {
            "size": [32, 48],
            "stride": [0, 0],
            "padding": [[0, 0], [0, 0]],
            "center": [15.5, 23.5],
            "whole": True,
        }


def test_a_reshape_that_changes_nothing() -> None:
    assert field("input 3x8x8; conv 4 3x3 ; reshape 4x6x6").size == (3, 3)


def test_a_reshape_of_the_depth_keeps_the_axes_behind_it() -> None:
    """ResNets whose shortcuts have no weights pad the depth as an axis of its own."""
    text = """
        input 4x12x20
        conv 4 3x3 pad=1
        reshape 1x4x12x20 ; pad 0:4x0x0 ; reshape 8x12x20
        conv 8 3x3 s=2
    """
    found = field(text)
    assert (found.size, found.whole_through, found.whole) == ((5, 5), None, False)
    at = convcalc.field(text, at=(2, 7), see=(5, 19)).at
    assert at is not None
    assert [axis.runs for axis in at.axes] == [((3, 7),), ((13, 17),)]
    see = convcalc.field(text, see=(5, 19)).see
    assert see is not None
    assert [sight.outputs for sight in see.layers] == [
        ((4, 6, 3), (18, 19, 2)),
        ((4, 6, 3), (18, 19, 2)),
        ((4, 6, 3), (18, 19, 2)),
        ((4, 6, 3), (18, 19, 2)),
        ((1, 3, 3), (8, 8, 1)),
    ]


def test_a_reshape_over_axes_mixes_them() -> None:
    found = field("input 4x6x8; conv 4 3x3 pad=1; reshape 4x3x16 ; conv 4 1x1")
    assert (found.size, found.whole) == ((6, 8), True)
    mixed = field("input 4x6x8; conv 4 3x3 pad=1; reshape 8x3x8 ; conv 4 1x3")
    assert (mixed.size, mixed.stride, mixed.whole) == ((6, 5), (0, 1), False)
    assert mixed.whole_through is None


def test_a_gate_leaves_the_field_of_the_windows() -> None:
    found = fields("""
        input 3x32x32
        conv 8 3x3 pad=1
        mul { | gap ; fc 2 ; relu ; fc 8 ; sigmoid }
        conv 8 3x3 pad=1
        gap
    """)
    gated = found["conv2"]
    assert gated is not None
    assert (gated.size, gated.whole, gated.whole_through) == ((5, 5), False, "globalavgpool1")
    assert gated.to_dict()["whole_through"] == "globalavgpool1"
    last = found["globalavgpool2"]
    assert last is not None
    assert (last.size, last.whole, last.whole_through) == ((32, 32), True, None)


@pytest.mark.parametrize("norm", ["gn 2", "instancenorm", "ln over=volume"])
def test_statistics_over_the_map_are_a_gate(norm: str) -> None:
    found = field(f"input 3x32x32; conv 8 3x3; norm: {norm}; conv 8 3x3")
    assert (found.size, found.whole_through) == ((5, 5), "norm")


@pytest.mark.parametrize("norm", ["bn", "ln", "lrn", "softmax"])
def test_statistics_over_the_depth_are_none(norm: str) -> None:
    found = field(f"input 3x32x32; conv 8 3x3; norm: {norm}; conv 8 3x3")
    assert (found.size, found.whole_through) == ((5, 5), None)


def test_a_small_valid_unet_varies() -> None:
    """Araujo's one size for all outputs is not there where deconvs and windows meet."""
    found = data("""
        input 1x60
        conv 4 3 ; a: conv 4 3 ; maxpool 2 ; conv 4 3 ; conv 4 3
        deconv 4 2 s=2 ; concat @a fit=crop ; conv 4 2
    """)
    assert found == {
        "size": [16],
        "stride": [1],
        "padding": [[0, 0]],
        "center": [6.5],
        "smallest": [14],
    }


def test_strides_below_one() -> None:
    assert data("input 3x12; conv 4 3 s=2 pad=1; upsample 3")["stride"] == ["2/3"]
    assert data("input 3x12; upsample 1.5")["stride"] == ["2/3"]
    assert data("input 3x12; conv 4 2 s=2 ; upsample 4 mode=bilinear") == {
        "size": [4],
        "stride": ["1/2"],
        "padding": [[2, 2]],
        "center": [-0.5],
    }


def test_outputs_that_see_nothing() -> None:
    found = field("input 3x12; deconv 4 2 s=3")
    assert (found.size, found.smallest, found.stride) == ((1,), (0,), ("1/3",))


def test_misaligned_paths_are_noted_once() -> None:
    report = convcalc.analyze("""
        input 3x25x25
        a: conv 8 3x3 s=2 pad=1
        conv 8 3x3 s=2 ; upsample size=@a ; add @a ; conv 3 3x3 ; relu
    """)
    notes = [(note.layer, note.text) for note in report.notes if note.code == "misaligned-field"]
    assert notes == [
        (
            "add1",
            "the paths through upsample1 and a advance over the input at different rates, so what"
            " they see drifts apart; the receptive field is the largest that occurs",
        )
    ]
    last = report.layers[-1].receptive_field
    assert last is not None
    assert (last.size, last.misaligned, last.to_dict()["misaligned"]) == ((11, 11), True, True)


def test_aligned_paths_of_different_period() -> None:
    text = "input 3x24 ; add { conv 4 2 s=2 ; upsample 2 | conv 4 3 s=3 ; upsample 3 }"
    found = field(text)
    assert (found.size, found.smallest, found.misaligned) == ((4,), (3,), False)
    assert (found.stride, found.padding, found.center) == ((1,), ((0, 0),), (1,))
    state = Fields(convcalc.build(text)).states[-1]
    assert state is not None
    assert state.axes == (AxisField(6, 6, (0, 0, 0, 2, 3, 3), (2, 2, 3, 5, 5, 5)),)


def test_symbolic_sizes_leave_fields_as_they_are() -> None:
    found = fields("input 3xHxW; conv 8 7x7 s=2 pad=3; conv 8 3x3 s=2; gap")
    conv, gap = found["conv2"], found["globalavgpool1"]
    assert conv is not None
    assert gap is not None
    assert conv.to_dict() == {
        "size": [11, 11],
        "stride": [4, 4],
        "padding": [[3, "4*((H + 3)//4) - H"], [3, "4*((W + 3)//4) - W"]],
        "center": [2, 2],
    }
    assert gap.to_dict()["size"] == ["H", "W"]


def test_padding_that_depends_on_the_size_is_unknown() -> None:
    found = fields(
        "input 3xHxW; conv 8 3x3 s=2 pad=same; add { conv 8 3x3 pad=1 | } ; conv 4 3x3 s=2 pad=same"
    )
    assert [field and field.to_dict() for field in found.values()] == [
        {
            "size": [size, size],
            "stride": [stride, stride],
            "padding": [[None, None], [None, None]],
            "center": [None, None],
        }
        for size, stride in ((3, 2), (7, 2), (7, 2), (11, 4))
    ]


def test_what_only_the_size_decides_is_none() -> None:
    text = "input 3xHxW; conv 8 3x3 s=2 pad=same; add { conv 4 3x3 s=2 pad=same | conv 4 1x1 s=2 }"
    assert list(fields(text).values())[-1] is None
    assert field(text.replace("H", "33").replace("W", "64")).to_dict() == {
        "size": [7, 7],
        "stride": [4, 4],
        "padding": [[3, 3], [0, 3]],
        "center": [0, 3],
    }
    assert list(fields("input 3xHxW; upsample size=7").values()) == [None]


def test_symbolic_kernels_and_strides() -> None:
    found = data("symbol F S; input 3x100; conv 8 F s=S; conv 4 3 s=2")
    assert (found["size"], found["stride"]) == (["F + 2*S"], ["2*S"])


def test_joins_of_vectors() -> None:
    found = field("input 3x32x48; gap ; concat { fc 3 | fc 4 } ; add { | relu }")
    assert (found.size, found.whole) == ((32, 48), True)


def test_the_first_of_several_inputs() -> None:
    found = fields(
        """
        left: input 3x30
        conv 4 3
        right: input 4x40
        conv 4 5
        crop size=28
        both: add @conv1
    """.replace("conv 4 3\n", "conv1: conv 4 3\n")
    )
    assert {name: field and (field.input, field.size) for name, field in found.items()} == {
        "conv1": ("left", (3,)),
        "conv2": ("right", (5,)),
        "crop1": ("right", (5,)),
        "both": ("left", (3,)),
    }


def test_vectors_have_no_field() -> None:
    assert list(fields("input 10; fc 5; relu").values()) == [None, None]


def test_fields_with_endless_periods_are_given_up() -> None:
    text = "input 3x4; conv 4 2; deconv 4 3 s=900; conv 4 3; upsample 90"
    found = fields(text + " ; gap")
    assert found["conv2"] is not None
    assert found["upsample1"] is not None
    found = fields(text.replace("upsample 90", "upsample 900") + " ; conv 4 3 ; gap")
    assert found["upsample1"] is None
    assert found["conv3"] is None
    last = found["globalavgpool1"]
    assert last is not None
    assert last.whole


def test_a_layer_must_say_what_it_depends_on() -> None:
    assert "taps" in Layer.__abstractmethods__
