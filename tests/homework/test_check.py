"""Marking sheets: right, consistent, wrong, unreadable, blank."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import zoo
from convcalc.homework.check import Marks, Question, filled_sheet
from convcalc.source import Source
from tests.homework.layers import DRAWN, sheet

SHEET = """
title "Homework 1"
input 3x227x227
conv1: conv 96 11x11 stride=4 -> 96x54x54 params=34848 points=2
pool1: maxpool 3x3 s=2 -> 96x26x26
conv2: conv 256 5x5 pad=2 -> ? params=(5*5*96+1)*256
"""


def marked(text: str, answers: dict[tuple[str, str], str] | None = None) -> list[tuple[str, ...]]:
    """Layer, quantity and status of each question."""
    marks = convcalc.check(text, answers)
    return [(q.layer, q.quantity, q.status) for q in marks.questions]


def only(text: str, answers: dict[tuple[str, str], str] | None = None) -> Question:
    (question,) = convcalc.check(text, answers).questions
    return question


def test_a_sheet() -> None:
    marks = convcalc.check(SHEET, {("conv2", "shape"): "256x24x24"})
    assert [(q.layer, q.quantity, q.status, q.earned, q.points) for q in marks.questions] == [
        ("conv1", "output_shape", "wrong", 0, 2),
        ("conv1", "parameters", "wrong", 0, 2),
        ("pool1", "output_shape", "consistent", 1, 1),
        ("conv2", "output_shape", "wrong", 0, 1),
        ("conv2", "parameters", "right", 1, 1),
    ]
    assert (marks.title, marks.score, marks.out_of, marks.ok) == ("Homework 1", 2, 7, False)
    size, params, pool, conv2, _ = marks.questions
    assert [c.text for c in size.mistakes] == ["leaving out the + 1 at the end gives 54"]
    assert size.alone
    assert [c.text for c in params.mistakes] == ["leaving out the biases gives 34,848"]
    assert pool.remark == "consistent with your 96×54×54 for conv1, but that was wrong"
    assert (pool.expected, pool.own) == ((96, 27, 27), (96, 26, 26))
    # with 26 pixels coming in, as this student has it
    assert [c.text for c in conv2.mistakes] == ["counting the padding on one side only gives 24"]


def test_one_slip_is_punished_once() -> None:
    text = """input 3x32x32
    a: conv 8 3x3 -> 8x31x31
    b: conv 8 3x3 -> 8x29x29 macs=484416
    c: maxpool 2x2 -> 8x14x14
    d: conv 4 5x5 -> 4x10x10
    """
    statuses = [q.status for q in convcalc.check(text).questions]
    assert statuses == ["wrong", "consistent", "consistent", "right", "right"]


def test_what_follows_from_two_slips() -> None:
    text = "input 1x32x32; conv 4 3x3 -> 4x31x31; relu -> 4x31x31; conv 4 3x3 -> 4x28x28"
    _, second, third = convcalc.check(text).questions
    assert second.remark == "consistent with your 4×31×31 for conv1, but that was wrong"
    assert third.status == "right"  # by another slip, but right


def test_an_earlier_answer_with_which_nothing_works_is_not_followed() -> None:
    text = "input 1x32x32; conv 4 3x3 -> 4x2x2; conv 4 5x5 -> 4x26x26"
    assert [status for *_, status in marked(text)] == ["wrong", "right"]


@pytest.mark.parametrize(
    ("quantity", "typed"),
    [
        ("shape", "96x55x55"),
        ("shape", "96, 55, 55"),
        ("shape", "(96, 55, 55)"),
        ("shape", "96 55 55"),
        ("output", "96 × 55 × 55"),
        ("size", "96x((227-11)/4+1)x(floor((227-11)/4)+1)"),
        ("params", "34944"),
        ("parameters", "34,944"),
        ("params", "(11*11*3+1)*96"),
        ("params", "34848 + 96"),
        ("params", "max(34944, 1)"),
        ("macs", "55**2*34848"),
        ("memory", "96*55*55*4"),
        ("field", "11"),
        ("field", "11x11"),
        ("padding", "0"),
        ("padding", "0:0x0:0"),
    ],
)
def test_an_answer_may_be_written_in_many_ways(quantity: str, typed: str) -> None:
    asked = "-> ?" if quantity in ("shape", "output", "size") else f"-> {quantity}=?"
    text = f"input 3x227x227; c: conv 96 11x11 stride=4 {asked}"
    assert only(text, {("c", quantity): typed}).status == "right"


@pytest.mark.parametrize(
    ("spec", "answer"),
    [
        ("input 3xHxH; c: conv 8 3x3 stride=2", "8x(floor((H-1)/2))x((H-1)//2)"),
        ("input 3xHxH; c: conv 8 3x3 stride=2", "8x(floor((H-3)/2)+1)x(ceil((H-2)/2))"),
        ("input 3xHxW; c: maxpool 2x2 ; conv 3 1x1", "3x(floor(H/2))x(floor((W-2)/2)+1)"),
        ("input 3xHxW; c: conv 8 3x3 pad=1", "8xHxW"),
    ],
)
def test_algebra_is_compared_for_all_sizes(spec: str, answer: str) -> None:
    assert only(f"{spec} -> {answer}").status == "right"
    assert only(f"{spec} -> ?", {(only(f"{spec} -> ?").layer, "shape"): answer}).status == "right"


def test_algebra_that_agrees_at_some_sizes_only_is_wrong() -> None:
    question = only("input 3xHxH; conv 8 3x3 stride=2 -> 8x(H//2)x(H//2)")
    assert question.status == "wrong"  # right for every odd H only


def test_an_answer_that_cannot_be_read() -> None:
    text = "input 3x8x8; c: conv 4 3x3 -> ? params=?"
    answers = {("c", "shape"): "6x", ("c", "params"): "__import__('os')"}
    shape, params = convcalc.check(text, answers).questions
    assert (shape.status, shape.remark) == ("unreadable", "a size is missing after the x")
    assert params.status == "unreadable"
    assert (shape.earned, params.earned) == (0, 0)


@pytest.mark.parametrize(
    ("answer", "remark"),
    [
        ("6x6", "the depth is missing: a shape is depth x height x width"),
        ("6x6x4", "the depth comes first: depth x height x width"),
        ("6", "a shape here has 3 sizes, depth first"),
        ("4x6x5", None),
    ],
)
def test_odd_shapes_are_told(answer: str, remark: str | None) -> None:
    question = only(f"input 3x8x8; conv 4 3x3 -> {answer}")
    assert (question.status, question.remark) == ("wrong", remark)


def test_layout_hwc() -> None:
    text = "layout hwc; input 8x8x3; c: conv 4 3x3 -> ?"
    assert only(text, {("c", "shape"): "6x6x4"}).status == "right"


OPEN = "input 1x28x28; a: conv 6 ? stride=? pad=? -> 6x14x14 points=3; conv 4 3x3 -> ?"


def open_answers(kernel: int, stride: int, pad: int) -> dict[tuple[str, str], str]:
    return {("a", "k"): str(kernel), ("a", "stride"): str(stride), ("a", "p"): str(pad)}


def test_every_answer_that_satisfies_an_open_layer_is_right() -> None:
    right = []
    for kernel in range(1, 8):
        for stride in range(1, 4):
            for pad in range(4):
                text = OPEN.replace("?", "{}", 3).format(kernel, stride, pad)
                satisfies = convcalc.analyze(text).expectations[0].ok
                marks = convcalc.check(OPEN, open_answers(kernel, stride, pad))
                question = marks.questions[0]
                assert question.status == ("right" if satisfies else "wrong")
                assert question.earned == (3 if satisfies else 0)
                right += [(kernel, stride, pad)] if satisfies else []
    assert {(2, 2, 0), (3, 2, 1), (5, 2, 2), (7, 2, 3), (1, 2, 0), (4, 2, 1)} <= set(right)


def test_an_open_layer_that_is_wrong_or_blank_does_not_hinder_the_rest() -> None:
    for answers in ({}, open_answers(3, 1, 1), open_answers(31, 1, 0)):
        marks = convcalc.check(OPEN, {**answers, ("conv1", "shape"): "4x12x12"})
        assert marks.questions[1].status == "right"
    assert marks.questions[0].remark == (
        "a 31x31 window does not fit a 28x28 input; height: 28 + 0 padding < 31;"
        " width: 28 + 0 padding < 31"
    )
    wrong = convcalc.check(OPEN, open_answers(3, 1, 1)).questions[0]
    assert wrong.remark == "output: that gives 6×28×28, not 6×14×14"
    assert wrong.expected == "kernel=3 stride=2 pad=1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input 3x8x8; conv 4 ? -> ?", "nothing says which values of this ? are right"),
        ("input 3x8x8; conv 4 ?", "nothing says which values of this ? are right"),
        ("input 3x8x8; conv 4 ? -> points=2", "nothing says which values of this ? are right"),
        (
            "input 3x8x8; b: { conv 4 ? -> 4x6x6 }",
            "a layer with a ? must stand at the top level of a sheet",
        ),
        (
            "input 3x8x8; conv 4 ? -> 5x6x6",
            "no value was found for this ? that gives what is stated",
        ),
        (
            "def f k { conv 4 (k) }; input 3x8x8; f ? -> 4x6x6",
            "only a layer's own arguments can be a ? on a sheet",
        ),
        ("input 3x8x8; conv 4 3x3 -> ? points=x", "points are a whole number"),
        ("input 10; fc 5 -> field=?", "fc1 has no receptive field to ask for"),
        ("input 3x8x8; conv 4 9x9 -> ?", "a 9x9 window does not fit an 8x8 input"),
    ],
)
def test_a_sheet_that_cannot_be_marked(text: str, message: str) -> None:
    with pytest.raises(convcalc.SpecError) as caught:
        convcalc.check(text)
    assert caught.value.problems[0].message == message


ANYTHING = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="0123456789xHW()+-*/:?.,@ floor", max_size=14),
    st.lists(st.integers(-3, 60), min_size=1, max_size=4).map(lambda s: "x".join(map(str, s))),
)


@settings(max_examples=80)
@given(ANYTHING, ANYTHING, st.sampled_from(["3x9x9", "3xHxH", "3xHxW"]))
def test_any_text_is_marked(first: str, second: str, shape: str) -> None:
    text = f"""input {shape}
    a: conv 4 3x3 stride=2 -> ? params=? field=? padding=?
    b: maxpool 2x2 -> ? memory=?
    c: {{ conv 4 1x1 ; bn }} -> params=? macs=?
    """
    keys = [question.key for question in convcalc.check(text).questions]
    marks = convcalc.check(
        text, {key: first if number % 2 else second for number, key in enumerate(keys)}
    )
    for question in marks.questions:
        assert question.status in ("right", "consistent", "wrong", "unreadable", "blank")
        assert len(question.mistakes) <= 6
    json.dumps(marks.to_dict())
    filled_sheet(Source(text), marks)


def test_an_answer_to_what_is_not_asked_is_an_error() -> None:
    with pytest.raises(convcalc.SpecError) as caught:
        convcalc.check("input 3x8x8; c: conv 4 3x3 -> ?", {("c", "macs"): "5"})
    (problem,) = caught.value.problems
    assert problem.message == "the sheet does not ask for macs of c"


def test_hints() -> None:
    text = "input 3x32x32; c: conv 8 5x5 pad=2 -> ? params=? memory=? field=?"
    shape, params, memory, field = convcalc.check(text).questions
    assert shape.formula == (
        "padding, both sides together: 2·p; height and width: ⌊(n + P − F)/S⌋ + 1; depth: D_filter"
    )
    assert shape.put_in == (
        "padding, both sides together: 2·2; height and width: ⌊(32 + 4 − 5)/1⌋ + 1"
    )
    assert (params.formula, params.put_in) == ("(F·F·D_in + 1)·D_filter", "(5·5·3 + 1)·8")
    assert memory.put_in == "8·32·32·4"
    assert (field.formula, field.put_in) == ("R + (F − 1)·J", "1 + (5 − 1)·1")


def test_hidden_answers_are_not_in_the_data() -> None:
    marks = convcalc.check(SHEET, {("conv2", "shape"): "256x24x24"})
    shown, hidden = marks.to_dict(), marks.to_dict(hide_answers=True)
    assert shown["questions"][0]["expected"] == [96, 55, 55]
    assert shown["questions"][2]["expected_with_own_answers"] == [96, 26, 26]
    text = str(hidden)
    for secret in ("55", "27", "34944", "34,944"):
        assert secret not in text
    assert hidden["questions"][0]["mistakes"] == [
        {
            "key": "no-plus-one",
            "part": "size",
            "text": "leaving out the + 1 at the end gives 54",
        }
    ]


def test_a_filled_sheet_keeps_the_answers() -> None:
    answers = {**open_answers(2, 2, 0), ("conv1", "shape"): "4, 12, 13"}
    filled = filled_sheet(Source(OPEN), convcalc.check(OPEN, answers))
    assert filled == OPEN.replace("?", "{}").format(2, 2, 0, "4x12x13")
    again = convcalc.check(filled)
    assert [q.status for q in again.questions] == ["right", "wrong"]


def test_a_blank_in_a_def_or_repeat_is_asked_each_time() -> None:
    text = "input 4x9x9; repeat 2 { conv 4 3x3 -> ? }"
    answers = {("conv1", "shape"): "4x7x7", ("conv2", "shape"): "4x5x5"}
    assert marked(text, answers) == [
        ("conv1", "output_shape", "right"),
        ("conv2", "output_shape", "right"),
    ]
    assert filled_sheet(Source(text), convcalc.check(text, answers)) == text


def right_texts(marks: Marks, random: Random) -> dict[tuple[str, str], str]:
    """What is right for each question, written in one of several ways."""
    answers = {}
    for question in marks.questions:
        expected = question.expected
        if isinstance(expected, tuple) and question.quantity == "padding":
            text = "x".join(f"{before}:{after}" for before, after in expected)
        elif isinstance(expected, tuple):
            ways = ["{0}", "({0}+1-1)", "(2*{0}/2)"]
            text = "x".join(random.choice(ways).format(size) for size in expected)
        else:
            text = random.choice([str(expected), f"{expected:,}", f"{expected}*3/3"])
        answers[question.key] = text
    return answers


ASKED = "-> ? params=? macs=? connections=? memory=? weights=? biases=? trainable=? buffers=?"


@pytest.mark.parametrize("topic", DRAWN)
def test_no_right_answer_is_called_wrong(topic: str) -> None:
    random = Random(f"right {topic}")
    for _ in range(60):
        text = sheet(topic, random)
        windowed = convcalc.analyze(text).layers[-1].window is not None
        text += f" {ASKED}" + (" padding=?" if windowed else "")
        marks = convcalc.check(text, right_texts(convcalc.check(text), random))
        assert marks.ok, text
        assert marks.score == marks.out_of


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "vgg16", "resnet18"])
def test_the_answers_in_the_zoo_are_right(name: str) -> None:
    marks = convcalc.check(zoo.text(name))
    assert marks.ok
    assert marks.questions


def test_a_wrong_answer_elsewhere_never_makes_a_right_one_wrong() -> None:
    random = Random(5)
    text = "input 3x64x64\n" + "\n".join(
        f"l{i}: conv 8 {random.choice([3, 5])}x{random.choice([3, 5])} pad=1 -> ? params=? macs=?"
        for i in range(6)
    )
    right: dict[tuple[str, str], Any] = {
        q.key: "x".join(map(str, q.expected)) if isinstance(q.expected, tuple) else str(q.expected)
        for q in convcalc.check(text).questions
    }
    for _ in range(100):
        spoilt = random.sample(list(right), 3)
        answers = {**right, **{key: right[key] + "1" for key in spoilt}}
        for question in convcalc.check(text, answers).questions:
            assert (question.status == "right") == (question.key not in spoilt)
