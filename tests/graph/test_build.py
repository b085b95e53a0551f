"""Lets, defs, repeats, branches, labels, sides and reuse: the graph that a text makes."""

from __future__ import annotations

import pytest

import convcalc
from convcalc import SpecError
from convcalc.report import Report


def names(text: str) -> list[str]:
    return [layer.name for layer in convcalc.analyze(text).layers]


def texts(text: str) -> list[str]:
    return [layer.text for layer in convcalc.analyze(text).layers]


def shapes(report: Report) -> list[tuple[object, ...]]:
    return [layer.output_shape for layer in report.layers]


def message(text: str, **options: str) -> str:
    with pytest.raises(SpecError) as caught:
        convcalc.analyze(text, **options)  # type: ignore[arg-type]
    return "; ".join(problem.message for problem in caught.value.problems)


# --- names


def test_unlabelled_layers_are_numbered_by_kind_in_their_level() -> None:
    assert names("input 3x8x8; conv 4 1x1; relu; conv 4 1x1; b: { conv 4 1x1; relu6; relu6 }") == [
        "conv1",
        "relu1",
        "conv2",
        "b/conv1",
        "b/relu6_1",
        "b/relu6_2",
    ]


def test_a_label_set_once_is_the_name_and_set_again_is_numbered() -> None:
    text = (
        "input 3x8x8; stem: conv 4 1x1; repeat 2 { block: { conv 4 1x1 } }; repeat 2 { b2: relu }"
    )
    assert names(text) == ["stem", "block1/conv1", "block2/conv1", "b2_1", "b2_2"]


def test_def_calls_are_levels_and_labels_replace_their_names() -> None:
    text = "input 3x8x8; def f n { conv n 1x1; relu }; f 4; first: f 8; f 2"
    assert names(text) == [
        "f1/conv1", "f1/relu1", "first/conv1", "first/relu1", "f2/conv1", "f2/relu1",
    ]  # fmt: skip


def test_names_are_unique_whatever_the_labels() -> None:
    text = "input 3x8x8; conv2: conv 4 1x1; conv 4 1x1; conv 4 1x1; repeat 2 { conv: conv 4 1x1 }"
    found = names(text)
    assert found[0] == "conv2"
    assert len(set(found)) == len(found) == 5


def test_labelled_join_names_its_node_and_a_level_of_its_branches() -> None:
    text = "input 3x8x8; mix: concat { conv 4 1x1 | conv 2 3x3 pad=1 }"
    assert names(text) == ["mix/conv1", "mix/conv2", "mix"]


def test_inputs_have_names() -> None:
    report = convcalc.analyze("input 1x4x4; left: input 1x4x4; add @left")
    assert [item.name for item in report.inputs] == ["input", "left"]
    report = convcalc.analyze("input 1x4x4; input 1x4x4")
    assert [item.name for item in report.inputs] == ["input1", "input2"]


# --- lets, defs, repeats


def test_lets_depth_and_arithmetic() -> None:
    text = """
        let w = 8 ; let k = 3x5 ; let p = same ; let half = w/2
        input 3x16x16
        conv w k pad=p ; conv depth*half+1 1x1 ; conv max(w, 2**4) - min(3, 5) 1x1
    """.replace(" - ", "-")
    assert texts(text) == ["conv 8 3x5 pad=same", "conv 33 1x1", "conv 13 1x1"]


def test_set_replaces_top_level_lets_only() -> None:
    text = "let w = 8; input 3x4x4; conv w 1x1; def f { let w = 2 ; conv w 1x1 }; f"
    report = convcalc.analyze(text, set={"w": 5})
    assert [layer.output_shape[0] for layer in report.layers] == [5, 2]
    assert "there is no let or symbol v" in message(text, set={"v": "1"})  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="--input 3xHxW makes symbols of the input's sizes"):
        convcalc.analyze("input 3x4x4; relu", set={"H": 9})


def test_defs_take_words_layers_defs_shapes_and_references() -> None:
    text = """
        input 4x16x16
        def act a { a }
        def level inner { add { conv depth 3x3 pad=1 | maxpool 2x2 ; inner ; upsample 2 } }
        def low { level relu }
        def pooled k p=valid { maxpool k stride=2 pad=p }
        def up skip { upsample size=@skip ; concat @skip }
        act tanh
        keep: level low
        pooled 3x2 p=same
        up @keep
    """
    report = convcalc.analyze(text)
    assert report.layers[-1].output_shape == (8, 16, 16)
    assert [layer.name for layer in report.layers if layer.kind == "relu"] == [
        "keep/low1/level1/relu1"
    ]


def test_default_of_a_parameter_may_use_earlier_ones_and_depth() -> None:
    text = "input 6x4x4; def f n m=2*n d=depth { conv m 1x1 ; conv d 1x1 }; f 4"
    assert [shape[0] for shape in shapes(convcalc.analyze(text))] == [8, 6]


def test_repeat_counts_from_zero_and_carries_labels() -> None:
    text = (
        "input 2x4x4; x: relu; repeat 3 as i { x: concat { conv 2**i 1x1 | from @x } }; conv 1 1x1"
    )
    assert [shape[0] for shape in shapes(convcalc.analyze(text))][1:] == [1, 3, 2, 5, 4, 9, 1]


def test_repeat_zero_times_is_nothing() -> None:
    assert texts("input 2x4x4; repeat 0 { conv 3 1x1 }; relu") == ["relu"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input 3x4x4; def f { f }; f", "f calls itself"),
        ("input 3x4x4; def f { g }; def g { relu }; f", "g is defined below the def that uses it"),
        ("input 3x4x4; def f g { g g }; f f", "deep in each other"),
        ("let a = 1; let a = 2; input 3", "a is defined already"),
        ("input 3x4x4; a: relu; a: relu", "the label a is set already"),
        ("input 3x4x4; def relu { tanh }", "relu is a layer; a def cannot take its name"),
        ("let depth = 3; input 3", "depth has a meaning already"),
        ("input 3x4x4; conv n 1x1", "n is not defined"),
        ("input 3x4x4; conv 2.5 1x1", "filters is 5/2, which is not a whole number"),
        ("input 3x4x4; conv 1/0 1x1", "this divides by zero"),
        ("input 3x4x4; conv 9**9**9 1x1", "this number has more than 40 digits"),
        ("input 3x4x4; repeat 10**9 { relu }", "repeating 1,000,000,000 times"),
        ("input 3x4x4; conv ? 1x1", "filters is left open"),
        ("input 3x4x4; add @x", "there is no label x above"),
        ("input 3x4x4; x: relu; reuse @y", "there is no label y above"),
        ("conv 3 1x1", "conv needs something to work on"),
    ],
)
def test_mistakes(text: str, expected: str) -> None:
    assert expected in message(text)


def test_one_mistake_is_reported_once_and_does_not_hide_others() -> None:
    text = """
        input 3x8x8
        def f { conv 4 9x9 }
        repeat 5 { f }
        conv n 1x1
        b: maxpoll 2x2
        add @b
        from @b
        conv 8 1x1 strid=2
    """
    found = message(text).split("; ")
    assert found == [
        "a 9x9 window does not fit an 8x8 input",
        "n is not defined",
        "there is no layer or def maxpoll",
        "conv has no option strid",
    ]


# --- joins, branches, references


def test_broadcasting_is_by_construction_only() -> None:
    gate = "input 8x6x6; mul { gap ; conv 8 1x1 ; sigmoid | }"
    assert convcalc.analyze(gate).layers[-1].output_shape == (8, 6, 6)
    assert convcalc.analyze("input 8x6x6; mul { gap; fc 8 | }").layers[-1].output_shape == (8, 6, 6)
    spatial = "input 8x6x6; mul { conv 1 1x1 | }"
    assert convcalc.analyze(spatial).layers[-1].output_shape == (8, 6, 6)
    by_chance = "input 8x6x6; add { conv 8 6x6 | }"
    assert "the parts differ in height" in message(by_chance)


def test_concat_joins_depth_and_crops_references() -> None:
    text = "input 2x9x8; a: relu; conv 3 4x3; concat @a fit=crop"
    report = convcalc.analyze(text)
    assert report.layers[-1].output_shape == (5, 6, 6)
    assert report.layers[-1].inputs == ("conv1", "a")
    assert "the parts differ in height" in message("input 2x9x8; a: relu; conv 3 4x3; concat @a")


def test_from_and_outputs() -> None:
    report = convcalc.analyze(
        "input 2x8x8; a: relu; h: side { gap; fc 3 }; conv 4 1x1; from @a; tanh"
    )
    assert report.outputs == ("h/fc1", "conv1", "tanh1")
    assert [note.code for note in report.notes] == ["unused"]
    assert report.notes[0].layer == "conv1"


def test_a_labelled_side_stays_an_output_when_it_is_used() -> None:
    report = convcalc.analyze("input 2x8x8; h: side { conv 3 1x1 }; relu; concat @h")
    assert report.outputs == ("h/conv1", "concat1")


def test_reuse_shares_weights() -> None:
    text = "input 4x8x8; a: { conv 4 3x3 pad=1 ; bn } ; relu ; reuse @a ; b: conv 4 1x1 ; reuse @b"
    report = convcalc.analyze(text)
    shared = [layer for layer in report.layers if layer.shared_with]
    assert [(layer.name, layer.shared_with) for layer in shared] == [
        ("reuse1/conv1", "a/conv1"),
        ("reuse1/bn1", "a/bn1"),
        ("conv1", "b"),
    ]
    assert report.totals.parameters.total == 4 * 4 * 9 + 4 + 8 + 16 + 4
    assert shared[0].macs == 4 * 4 * 9 * 64
    assert "the weights of @a were made for 4x8x8" in message(
        "input 4x8x8; a: conv 4 1x1; conv 5 1x1; reuse @a"
    )


def test_freeze_counts_nothing_as_trained() -> None:
    held = convcalc.analyze("input 4; freeze { fc 3 }; fc 2").totals.parameters
    assert (held.total, held.trainable) == (15 + 8, 8)


# --- inputs and layout


def test_layout_rules_input_reshape_and_answers() -> None:
    report = convcalc.analyze("layout hwc; input 4x6x3; fc 24; reshape 2x4x3 -> 2x4x3")
    assert report.inputs[0].shape == (3, 4, 6)
    assert report.layers[-1].output_shape == (3, 2, 4)
    assert report.ok
    shown = convcalc.analyze("input 3x4x6; relu", layout="hwc")
    assert (shown.inputs[0].shape, shown.layers[0].output_shape) == ((4, 6, 3), (4, 6, 3))


def test_input_replaces_the_shape() -> None:
    assert convcalc.analyze("input 3x8x8; relu", input="1x4x4").inputs[0].shape == (1, 4, 4)
    two = "left: input 1x8x8; right: input 1x8x8; add @left"
    with pytest.raises(SpecError, match="several inputs"):
        convcalc.analyze(two, input="1x4x4")
    with pytest.raises(SpecError, match="no input labelled middle"):
        convcalc.analyze(two, input="middle=1x4x4")
    with pytest.raises(SpecError, match="the parts differ"):
        convcalc.analyze(two, input="left=1x4x4")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("input 28x28; conv 6 5", "a grey image is 1x28x28"),
        ("input 1x3x224x224; relu", "for a batch of one write 3x224x224"),
    ],
)
def test_slips_in_the_input_are_noted(text: str, words: str) -> None:
    assert words in convcalc.analyze(text).notes[0].text


# --- answers


def test_answers_state_what_is_true() -> None:
    text = """
        input 1x32x32
        conv 6 5x5 -> 6x28x28 params=156 macs=117600 connections=122304
        b: { maxpool 2x2 ; conv 16 5x5 pad=1 } -> 16x12x12 params=2416 weights=2400 biases=16
        conv 8 3x3 pad=1 -> pad=0
        fc 10 -> ? params=?
        fc 5 -> 4 params=54
    """
    report = convcalc.analyze(text)
    assert [(e.layer, e.quantity, e.ok) for e in report.expectations] == [
        ("conv1", "output_shape", True),
        ("conv1", "parameters", True),
        ("conv1", "macs", True),
        ("conv1", "connections", True),
        ("b", "output_shape", True),
        ("b", "parameters", True),
        ("b", "weights", True),
        ("b", "biases", True),
        ("conv2", "padding", False),
        ("fc2", "output_shape", False),
        ("fc2", "parameters", False),
    ]
    assert not report.ok
    assert (report.expectations[-1].expected, report.expectations[-1].actual) == (54, 55)


# --- notes


@pytest.mark.parametrize(
    ("layer", "code", "text"),
    [
        ("maxpool 2x2", "dropped-pixels", "drops 1 row at the end (stride 2 on 225)"),
        (
            "conv 1 7x7 s=2 pad=3",
            "dropped-padding",
            "drops 1 column of padding at the end (stride 2 on 224 + 6)",
        ),
        (
            "conv 1 3x3 s=2 pad=same",
            "uneven-padding",
            "same padding is uneven: 1+1 × 0+1, the odd pixel at the end",
        ),
        ("maxpool 2x2 round=ceil", None, ""),
        ("conv 1 1x1 s=2", None, ""),
        ("conv 1 3x3 pad=1", None, ""),
    ],
)
def test_notes_on_windows(layer: str, code: str | None, text: str) -> None:
    notes = convcalc.analyze(f"input 1x225x224; {layer}").notes
    assert [(note.code, note.text) for note in notes] == ([(code, text)] if code else [])
