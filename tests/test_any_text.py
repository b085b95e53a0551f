"""Any text at all gives a report or located errors, at once; never another exception."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from convcalc import SpecError, analyze, zoo

PIECES = [
    *("input 3x32x32", "input 10", "input 3x8", "input 1x4x4x4", "3xHxW", "symbol H", "layout hwc"),
    *(
        "conv 8 3x3",
        "conv 8 3x3 s=2 pad=same",
        "deconv 4 2x2 s=2",
        "maxpool 2x2",
        "fc 10",
        "relu",
        "bn",
    ),
    *(
        "gap",
        "flatten",
        "upsample 2",
        "gn 2",
        "slice 0:2",
        "pixelshuffle 2",
        "reshape 2x2",
        "crop 1",
    ),
    *("pad 1 mode=reflect", "add {", "concat {", "mul {", "side {", "freeze {", "repeat 2 {"),
    *(
        "repeat 3 as i {",
        "def f n {",
        "f 3",
        "{",
        "}",
        "|",
        ";",
        "\n",
        "a:",
        "b:",
        "@a",
        "@b",
        "add @a",
    ),
    *(
        "concat @a @b",
        "from @a",
        "reuse @b",
        "let w = ",
        "w",
        "3",
        "0",
        "-",
        "1/0",
        "2**64",
        "?",
        "->",
    ),
    *(
        "-> ?",
        "params=",
        "k=",
        "s=0",
        "x",
        "×",
        "1:2",
        "(",
        ")",
        "depth",
        "min(",
        ",",
        "=",
        "#",
        " ",
    ),
    'title "t"',
]

pieces = st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join)


def judge(text: str) -> None:
    """Raises whatever should not be raised, and checks that errors point into the text."""
    try:
        report = analyze(text)
    except SpecError as error:
        assert str(error.problems[0]).startswith("error: ")
        for problem in error.problems:
            assert problem.to_dict()["message"]
            if problem.span is not None and problem.source.text == text:
                assert 0 <= problem.span.start <= problem.span.end <= len(text)
    else:
        report.to_dict()
        assert len(report.layers) == len({layer.name for layer in report.layers})


@given(st.text(max_size=200))
@example("\x00")
@example("\ud800")
@example('title "')
def test_any_text(text: str) -> None:
    judge(text)


@given(pieces)
@settings(max_examples=600)
def test_any_words_of_the_language(text: str) -> None:
    judge(text)


@given(st.data())
@settings(max_examples=300)
def test_a_real_network_with_a_piece_cut_out_or_put_in(data: st.DataObject) -> None:
    text = zoo.text(data.draw(st.sampled_from(("lenet5", "googlenet", "resnet18"))))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 20, len(text))))
    judge(text[:start] + data.draw(st.sampled_from(["", *PIECES])) + text[end:])


@pytest.mark.parametrize(
    "bomb",
    [
        "input 1x8x8; repeat 10**9 { relu }",
        "input 1x8x8; repeat 10**9 { }",
        "input 1x8x8; repeat 1000 { repeat 1000 { repeat 1000 { } } }",
        "input 1x8x8; repeat 1000 { repeat 1000 { repeat 1000 { let a = 1 } } }",
        "let a = 9**9**9; input a",
        "let a = 9**9**9**9; input a",
        "let a = 2**-10**9; input a",
        "let a = 10**39; input a*a",
        "input " + "9" * 100_000,
        "input 1; fc " + "1+" * 100_000 + "1",
        "input 1; fc " + "-" * 100_000 + "1",
        "input 1; fc " + "(" * 10_000,
        "input 1; fc " + "(" * 10_000 + "1" + ")" * 10_000,
        "input 1; fc " + "2**" * 10_000 + "1",
        "input 1; fc " + "min(" * 10_000,
        "input 1; " + "{" * 10_000,
        "input 1; " + "{" * 10_000 + "}" * 10_000,
        "input 1; " + "add { | " * 10_000,
        "input 1; " + "repeat 2 {" * 10_000,
        "input 1; " + "def f {" * 10_000,
        "}" * 100_000,
        "|" * 100_000,
        "input 1; " + "covn 3;" * 50_000,
        "input 1; " + "a: relu;" * 50_000,
        "input " + "x".join(["2"] * 10_000),
        "input 1; "
        + "".join(f"def f{n} {{ {f'f{n - 1};' * 10 if n else 'relu'} }};" for n in range(40))
        + "f39",
        "input 1; conv " + "a" * 100_000,
        "input 1; " + "a" * 100_000 + " 3",
        'title "' + "a" * 1_000_000,
        "#" * 1_000_000,
        "\n" * 1_000_000,
        ";" * 1_000_000,
    ],
    ids=range(32),
)
def test_a_bomb_is_answered_at_once(bomb: str) -> None:
    start = time.process_time()
    judge(bomb)
    assert time.process_time() - start < 20  # the limits hold; without them it would be for ever
