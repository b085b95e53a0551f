"""Limits on what a stranger may send, each a located error, and no time or stack used up."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from convcalc.errors import SpecError
from convcalc.language.parser import (
    MAX_AXES,
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_OPERATIONS,
    MAX_PROBLEMS,
    parse,
    parse_tolerant,
)
from convcalc.language.unparse import unparse
from convcalc.source import Source

DEEPEST = [
    "{" * MAX_DEPTH + "}" * MAX_DEPTH,
    "repeat 3 { a: " * MAX_DEPTH + "relu" + "}" * MAX_DEPTH,
    "add { relu | " * MAX_DEPTH + "}" * MAX_DEPTH,
    "def f { " * MAX_DEPTH + "}" * MAX_DEPTH,
    "conv ," + "{ conv , " * MAX_DEPTH + "}" * MAX_DEPTH,
    "let a = " + "(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
    "conv " + "(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH + "x3",
    "let a = " + "floor(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
    "let a = " + "-(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
    "let a = " + "-" * MAX_OPERATIONS + "1",
    "let a = 1" + "**1" * MAX_OPERATIONS,
    "let a = 1" + "-1" * MAX_OPERATIONS,
    "repeat n { " * 50 + "conv " + "(" * 50 + "1" + ")" * 50 + "}" * 50,
]


def _from_a_deep_stack(frames: int, text: str) -> int:
    if frames:
        return _from_a_deep_stack(frames - 1, text)
    file, problems, _ = parse_tolerant(Source(text))
    if not problems:
        canonical = unparse(file)
        assert unparse(parse(Source(canonical))) == canonical
    return len(problems)


@pytest.mark.parametrize("text", DEEPEST, ids=lambda text: text[:12])
def test_what_the_limits_allow_fits_the_stack(text: str) -> None:
    deep = 0
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        deep, frame = deep + 1, frame.f_back
    expected = MAX_PROBLEMS + 1 if text.startswith("conv ,") else 0
    assert _from_a_deep_stack(300 - deep, text) == expected


def complaint(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        parse(Source(text, "net"))
    return str(caught.value)


@pytest.mark.parametrize("many", [MAX_DEPTH + 1, 10_000])
@pytest.mark.parametrize(
    ("opener", "column"),
    [("{", 101), ("a: {", 404), ("repeat 3 {", 1010), ("add {", 505), ("add { | ", 805)],
)
def test_too_many_braces_are_one_error(opener: str, column: int, many: int) -> None:
    message, place, *_ = complaint(opener * many + "}" * many).split("\n")
    assert message == "error: this { is inside 100 others, the most that is allowed"
    assert place == f"  net:1:{column}"


@pytest.mark.parametrize("many", [MAX_DEPTH + 1, 10_000])
@pytest.mark.parametrize(
    ("opener", "column", "message"),
    [
        ("(", 109, "this ( is inside 100 others, the most that is allowed"),
        ("-(", 210, "this ( is inside 100 others, the most that is allowed"),
        ("floor(", 614, "this ( is inside 100 others, the most that is allowed"),
        ("2*(1+", 510, "more than 200 operations in one argument, the most that is allowed"),
    ],
)
def test_too_many_parentheses_are_one_error(
    opener: str, column: int, message: str, many: int
) -> None:
    text = "let a = " + opener * many + "1" + ")" * many
    first, place, *_ = complaint(text).split("\n")
    assert first == f"error: {message}"
    assert place == f"  net:1:{column}"


def test_braces_and_parentheses_count_together() -> None:
    text = "{" * 60 + "conv " + "(" * 41 + "1" + ")" * 41 + "}" * 60
    assert complaint(text).startswith("error: this ( is inside 100 others")
    parse(Source("{" * 60 + "conv " + "(" * 40 + "1" + ")" * 40 + "}" * 60))


def test_depth_is_of_what_is_open_not_of_what_was() -> None:
    parse(Source("{ conv (1) ; { } }\n" * 200))
    _, problems, _ = parse_tolerant(Source("conv ((((3 ; { relu, }\n" * 15 + "conv (1)"))
    assert [problem.message for problem in problems[:2]] == [
        "this ( is never closed",
        "arguments are separated by blanks, not by commas",
    ]


@pytest.mark.parametrize("chain", ["1+", "1*", "2**", "-", "1-", "min(1)+"])
def test_too_many_operations_are_one_error(chain: str) -> None:
    assert complaint("let a = " + chain * 10_000 + "1").startswith(
        "error: more than 200 operations in one argument, the most that is allowed\n"
    )


def test_operations_are_counted_in_each_argument() -> None:
    argument = "1" + "+1" * MAX_OPERATIONS
    parse(Source(f"conv {argument} {argument}x s={argument}".replace("x ", " ")))
    half = "(1" + "+1" * (MAX_OPERATIONS // 2 + 1) + ")"
    assert complaint(f"conv {half}x{half}").startswith("error: more than 200 operations")


def test_digits() -> None:
    digits = "1" * MAX_DIGITS
    parse(Source(f"conv {digits} {digits[1:]}.1"))
    assert complaint(f"conv 3 {digits}1") == (
        "error: a number of 41 digits; at most 40 are allowed\n"
        f"  net:1:8\n  1 | conv 3 {digits}1\n    |        {'^' * 41}"
    )
    assert complaint(f"conv {digits}.1").startswith("error: a number of 41 digits; at most 40")
    assert complaint("conv 1." + "0" * 5000).startswith("error: a number of 5,001 digits;")
    assert complaint("9" * 1_000_000).startswith("error: a statement cannot start with '9999")


def test_axes() -> None:
    parse(Source("conv " + "x".join("1" * MAX_AXES)))
    assert complaint("conv " + "x".join("1" * 9)) == (
        "error: a shape of more than 8 axes, the most that is allowed\n"
        "  net:1:6\n  1 | conv 1x1x1x1x1x1x1x1x1\n    |      ^^^^^^^^^^^^^^^^^"
    )


def _calls(text: str) -> int:
    """How many functions run to parse a text, Python's and C's."""
    count = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        del frame, argument
        count += event in ("call", "c_call")

    source = Source(text)
    sys.setprofile(profile)
    try:
        parse_tolerant(source)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "part",
    [
        *["c1: conv 64 3x3 s=2 pad=(n-1) -> 6x28x28\n", "relu;", "{relu|}", "add{|conv 3}", "a:\n"],
        *[
            "6 ",
            "conv 6,;",
            "conv 3 x 3;",
            "a.b;",
            "}",
            "|",
            "é",
            '"',
            "repeat 3\n\n",
            "@",
            "((",
            "3X3;",
        ],
    ],
)
def test_work_grows_with_the_text(part: str) -> None:
    once, twice = _calls("conv " + part * 500), _calls("conv " + part * 1000)
    assert twice < 2.2 * once + 100
