"""Explanations: exact texts, and that they end where the analysis ends."""

from __future__ import annotations

from random import Random

import pytest

import convcalc
from convcalc import zoo
from convcalc.homework.explain import Explanation, Working, decimal, meaning
from convcalc.report import LayerReport
from tests.homework.layers import DRAWN, sheet


def explained(text: str, layer: str | None = None) -> tuple[Explanation, ...]:
    return convcalc.explain(text, layer)[1]


def lines(explanation: Explanation) -> dict[str, str]:
    """Each working's title and its whole text."""
    return {
        working.title: " = ".join(
            [*([str(working.expression)] if working.names else []), *working.expression.steps()]
        )
        for working in explanation.workings
    }


def test_a_convolution() -> None:
    (conv,) = explained("input 3x227x227; conv1: conv 96 11x11 stride=4")
    assert lines(conv) == {
        "height and width": (
            "⌊(n + P − F)/S⌋ + 1 = ⌊(227 + 0 − 11)/4⌋ + 1 = ⌊216/4⌋ + 1 = 54 + 1 = 55"
        ),
        "depth": "D_filter = 96",
        "parameters": (
            "(F·F·D_in + 1)·D_filter = (11·11·3 + 1)·96 = (363 + 1)·96 = 364·96 = 34,944"
        ),
        "MACs": "H_out·W_out·F·F·D_in·D_filter = 55·55·11·11·3·96 = 105,415,200",
        "receptive field": "R + (F − 1)·J = 1 + (11 − 1)·1 = 1 + 10·1 = 1 + 10 = 11",
        "receptive field's stride": "J·S = 1·4 = 4",
    }
    assert conv.workings[0].notes == ("216 / 4 = 54 exactly",)
    assert (conv.index, conv.name, conv.line) == (1, "conv1", 1)


@pytest.mark.parametrize(
    ("layer", "note"),
    [
        ("conv 8 4x4 stride=3", "28 / 3 = 9.33, rounded down: the last 1 pixel is never seen"),
        ("conv 8 5x5 stride=5", "27 / 5 = 5.4, rounded down: the last 2 pixels are never seen"),
        (
            "conv 8 3x3 stride=2 pad=1",
            "31 / 2 = 15.5, rounded down: only 1 pixel of padding at the end is never seen",
        ),
        (
            "conv 8 5x5 stride=4 pad=1",
            "29 / 4 = 7.25, rounded down: only 1 pixel of padding at the end is never seen",
        ),
        (
            "conv 8 7x7 stride=5 pad=1",
            "27 / 5 = 5.4, rounded down: the last 1 pixel and the padding at the end"
            " are never seen",
        ),
        ("conv 8 2x2 stride=4", "30 / 4 = 7.5, rounded down"),
        (
            "maxpool 3x3 stride=2 round=ceil",
            "29 / 2 = 14.5, rounded up: a last window reaches beyond the end",
        ),
        (
            "maxpool 2x2 stride=3 pad=1 round=ceil",
            "32 / 3 = 10.67, but a window that would start in the padding at the end is dropped",
        ),
        (
            "maxpool 2x2 stride=2 round=ceil",
            "30 / 2 = 15 exactly, so rounding up adds no window",
        ),
        ("conv 8 3x3 stride=3 pad=same", "32 / 3 = 10.67, rounded up"),
    ],
)
def test_uneven_divisions_are_explained(layer: str, note: str) -> None:
    (explanation,) = explained(f"input 3x32x32; {layer}")
    sizes = [working for working in explanation.workings if working.quantity == "size"]
    assert [working.notes for working in sizes] == [(note,)]


def test_axes_that_differ_are_explained_apart() -> None:
    (conv,) = explained("input 8x28x20; conv 16 1x7 pad=0x3 bias=no")
    assert [(w.title, w.result) for w in conv.workings if w.quantity == "size"] == [
        ("height", 28),
        ("width", 20),
    ]
    assert lines(conv)["parameters"] == "F_H·F_W·D_in·D_filter = 1·7·8·16 = 896"
    assert conv.remarks == ("bias=no: weights only",)


@pytest.mark.parametrize(
    ("spec", "title", "text"),
    [
        (
            "input 64x8x8; conv 128 3x3 dilation=2 pad=2",
            "extent of the window",
            "d·(F − 1) + 1 = 2·(3 − 1) + 1 = 2·2 + 1 = 4 + 1 = 5",
        ),
        (
            "input 64x8x8; conv 128 3x3 dilation=2 pad=2",
            "height and width",
            "⌊(n + P − E)/S⌋ + 1 = ⌊(8 + 4 − 5)/1⌋ + 1 = ⌊7/1⌋ + 1 = 7 + 1 = 8",
        ),
        (
            "input 3x224x224; conv 64 7x7 stride=2 pad=same",
            "padding, both sides together",
            "max(F − 1 − (n − 1) mod S, 0) = max(7 − 1 − (224 − 1) mod 2, 0)"
            " = max(7 − 1 − 223 mod 2, 0) = max(7 − 1 − 1, 0) = max(5, 0) = 5",
        ),
        (
            "input 3x224x224; conv 64 7x7 stride=2 pad=same",
            "height and width",
            "⌈n/S⌉ = ⌈224/2⌉ = 112",
        ),
        (
            "input 3x8x8; conv 4 3x3 pad=full",
            "padding, both sides together",
            "2·(F − 1) = 2·(3 − 1) = 2·2 = 4",
        ),
        (
            "input 8x7x7; deconv 4 3x3 stride=2 pad=1 output_pad=1",
            "height and width",
            "(n − 1)·S − P + F + o = (7 − 1)·2 − 2 + 3 + 1 = 6·2 − 2 + 3 + 1 = 12 − 2 + 3 + 1 = 14",
        ),
        (
            "input 8x7x7; deconv 4 3x3 stride=2 pad=same",
            "height and width",
            "(n − 1)·S − P + F = (7 − 1)·2 − 1 + 3 = 6·2 − 1 + 3 = 12 − 1 + 3 = 14",
        ),
        (
            "input 32x6x6; dwconv 3x3 pad=1",
            "parameters",
            "(F·F + 1)·D_in = (3·3 + 1)·32 = (9 + 1)·32 = 10·32 = 320",
        ),
        (
            "input 96x27x27; conv 256 5x5 pad=2 groups=2",
            "parameters",
            "(F·F·D_in/G + 1)·D_filter = (5·5·96/2 + 1)·256 = (5·5·48 + 1)·256"
            " = (1,200 + 1)·256 = 1,201·256 = 307,456",
        ),
        (
            "input 16x5x5; fc 10",
            "parameters",
            "(D_in·H·W + 1)·N = (16·5·5 + 1)·10 = (400 + 1)·10 = 401·10 = 4,010",
        ),
        ("input 16x5x5; flatten", "length", "D_in·H·W = 16·5·5 = 400"),
        ("input 16x5x5; bn", "parameters", "2·D_in = 2·16 = 32"),
        ("input 16x6x6; gap", "height and width", "1"),
        ("input 16x6x6; adaptiveavgpool 3", "height and width", "3"),
        (
            "input 6x14x14; conv 16 5x5 connections=60",
            "parameters",
            "F·F·T + D_filter = 5·5·60 + 16 = 1,500 + 16 = 1,516",
        ),
        (
            "input 8x4x4; concat { conv 4 1x1 | conv 6 1x1 | }",
            "depth",
            "D_1 + D_2 + D_3 = 4 + 6 + 8 = 18",
        ),
        ("input 4x9x9; a: relu ; maxpool 2x2 ; upsample size=@a", "height and width", "n_2 = 9"),
        ("input 16x4x4; pixelshuffle 2", "depth", "D_in/r² = 16/2² = 16/4 = 4"),
        ("input 16x5x5; upsample 1.5", "height and width", "⌊n·r/q⌋ = ⌊5·3/2⌋ = ⌊15/2⌋ = 7"),
        ("input 16x5x5; crop 1:2", "height and width", "n − c_before − c_after = 5 − 1 − 2 = 2"),
        (
            "input 3xHxW; conv 8 3x3 stride=2",
            "height",
            "⌊(n + P − F)/S⌋ + 1 = ⌊(H + 0 − 3)/2⌋ + 1 = ⌊(H − 3)/2⌋ + 1 = ⌊(H − 1)/2⌋",
        ),
    ],
)
def test_each_kind_of_layer(spec: str, title: str, text: str) -> None:
    assert lines(explained(spec)[-1])[title] == text


def actual(layer: LayerReport, working: Working) -> object:
    """What the analysis says a working comes to."""
    window = layer.window
    axis = working.axes[0] if working.axes else 0
    if working.quantity == "size":
        return layer.output_shape[1 + axis]
    if working.quantity == "depth":
        return layer.output_shape[0]
    if working.quantity == "parameters":
        return layer.parameters.total
    if working.quantity == "buffers":
        return layer.parameters.buffers
    if working.quantity in ("macs", "connections"):
        return getattr(layer, working.quantity)
    if working.quantity in ("receptive_field", "field_stride"):
        assert layer.receptive_field is not None
        field = layer.receptive_field
        return (field.size if working.quantity == "receptive_field" else field.stride)[axis]
    assert window is not None
    if working.quantity == "padding":
        before, after = window.padding[axis]
        return before + after
    return window.dilation[axis] * (window.kernel[axis] - 1) + 1


def agrees(text: str) -> int:
    """Hold every explanation of a network against its analysis; how many workings there are."""
    report = convcalc.analyze(text)
    count = 0
    explanations = explained(text)
    assert [item.name for item in explanations] == [layer.name for layer in report.layers]
    for layer, explanation in zip(report.layers, explanations, strict=True):
        sizes: set[int] = set()
        for working in explanation.workings:
            right = actual(layer, working)
            assert working.result == right, (layer.text, working.title)
            assert working.expression.steps()[-1].replace(",", "") == str(right)
            sizes.update(working.axes if working.quantity == "size" else ())
            assert all(meaning(name) for name in working.names)
            count += 1
        quantities = {working.quantity for working in explanation.workings}
        assert ("parameters" in quantities) == (layer.parameters.total != 0)
        assert ("macs" in quantities) == (layer.macs != 0)
        changed = layer.output_shape[1:] != layer.input_shapes[0][1:]
        if len(layer.output_shape) > 1 and changed:
            assert len(sizes) == len(layer.output_shape) - 1
    return count


@pytest.mark.parametrize("topic", DRAWN)
def test_every_explanation_ends_with_the_value_of_the_analysis(topic: str) -> None:
    random = Random(topic)
    assert sum(agrees(sheet(topic, random)) for _ in range(150)) >= 150


@pytest.mark.parametrize("name", zoo.names())
def test_the_networks_of_the_zoo_are_explained_rightly(name: str) -> None:
    assert agrees(zoo.text(name)) > 20


def test_one_layer_by_name_number_line_or_block() -> None:
    text = "input 3x8x8\nfirst: conv 4 3x3 ; relu\nblock: { conv 4 1x1 ; bn }"
    names = {
        layer: [item.name for item in explained(text, layer)]
        for layer in ("first", "2", ":2", "block", "block/bn1")
    }
    assert names == {
        "first": ["first"],
        "2": ["relu1"],
        ":2": ["first", "relu1"],
        "block": ["block/conv1", "block/bn1"],
        "block/bn1": ["block/bn1"],
    }
    assert explained(text, "4")[0].index == 4


@pytest.mark.parametrize(
    ("layer", "help"),
    [
        ("frist", "did you mean first?"),
        ("9", "its layers are first"),
        (":9", "its layers are first"),
        ("[red]", "its layers are first"),
    ],
)
def test_a_layer_that_is_not_there(layer: str, help: str) -> None:
    with pytest.raises(convcalc.SpecError) as caught:
        explained("input 3x8x8; first: conv 4 3x3", layer)
    (problem,) = caught.value.problems
    assert problem.message == f"the network has no layer {layer}"
    assert problem.help == help


def test_equal_layers_are_explained_once() -> None:
    first, second, third = explained("input 4x8x8; repeat 2 { conv 4 3x3 pad=1 } ; conv 4 1x1")
    assert (first.same_as, second.same_as, third.same_as) == (None, "conv1", None)
    fields = [w.result for w in second.workings if w.quantity == "receptive_field"]
    assert fields == [5]


def test_shared_and_frozen_layers_say_so() -> None:
    text = "input 4x8x8; a: conv 4 3x3 pad=1 ; reuse @a ; freeze { conv 2 1x1 }"
    _, again, frozen = explained(text)
    assert "uses the weights of a again: no parameters of its own" in again.remarks
    assert "parameters" not in [working.quantity for working in again.workings]
    assert "frozen: its parameters are not trained" in frozen.remarks


def test_json_data() -> None:
    (conv,) = explained("input 3x227x227; conv1: conv 96 11x11 stride=4")
    data = conv.to_dict()
    assert data["workings"][0] == {
        "quantity": "size",
        "title": "height and width",
        "axes": [0, 1],
        "formula": "⌊(n + P − F)/S⌋ + 1",
        "values": {"n": 227, "P": 0, "F": 11, "S": 4},
        "steps": ["⌊(227 + 0 − 11)/4⌋ + 1", "⌊216/4⌋ + 1", "54 + 1", "55"],
        "result": 55,
        "notes": ["216 / 4 = 54 exactly"],
    }


def test_decimals() -> None:
    assert [decimal(213, 4), decimal(216, 4), decimal(160, 3)] == ["53.25", "54", "53.33"]
