"""The lexical rules."""

from __future__ import annotations

import pytest

from convcalc.language.tokens import (
    CAPS,
    END,
    NAME,
    NEWLINE,
    NUMBER,
    REF,
    STRING,
    TIMES,
    UNCLOSED,
    UNKNOWN,
    Tokens,
)


def tokens(text: str) -> list[tuple[str, str]]:
    """Every token but the end: its kind and its text."""
    cursor = Tokens(text)
    found = []
    while cursor.kind != END:
        found.append((cursor.kind, cursor.word))
        cursor.advance()
    assert cursor.start == cursor.end == len(text)
    return found


def kinds(text: str) -> list[str]:
    return [kind for kind, _ in tokens(text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("64", NUMBER),
        ("0.75", NUMBER),
        ("conv", NAME),
        ("_a1", NAME),
        ("Conv2d", NAME),
        ("HWa", NAME),
        ("H", CAPS),
        ("H_1", CAPS),
        ("_H", NAME),
        ("HX", CAPS),
        ("@c1", REF),
        ("@H", REF),
        ("@_", REF),
        ('"a; { # b"', STRING),
        ('""', STRING),
        ('"a', UNCLOSED),
        ("\n", NEWLINE),
        ("x", NAME),
        ("x3", NAME),
        ("X3", CAPS),
        ("Hx", NAME),
        ("Hxa", NAME),
        ("ax3", NAME),
        ("@Hx3", REF),
        ("×", UNKNOWN),
        ("é", UNKNOWN),
        ("'", UNKNOWN),
        ("@", UNKNOWN),
        (".", UNKNOWN),
        ("\ufeff", UNKNOWN),
        *((sign, sign) for sign in "+-*/(){}|;:=,?"),
        *((sign, sign) for sign in ("**", "//", "->")),
    ],
)
def test_a_single_token(text: str, kind: str) -> None:
    assert tokens(text) == [(kind, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3x32", [NUMBER, TIMES, NUMBER]),
        ("3×32", [NUMBER, TIMES, NUMBER]),
        ("3xHxW", [NUMBER, TIMES, CAPS, TIMES, CAPS]),
        ("HxWx3", [CAPS, TIMES, CAPS, TIMES, NUMBER]),
        ("H3x3", [CAPS, TIMES, NUMBER]),
        ("Hx(k)x?x3", [CAPS, TIMES, "(", NAME, ")", TIMES, "?", TIMES, NUMBER]),
        ("H×W", [CAPS, TIMES, CAPS]),
        ("?x?", ["?", TIMES, "?"]),
        ("3x", [NUMBER, TIMES]),
        ("3xmid", [NUMBER, TIMES, NAME]),
        ("3xx", [NUMBER, TIMES, NAME]),
        ("3 x 3", [NUMBER, NAME, NUMBER]),
        ("3 x3", [NUMBER, NAME]),
        ("(x)", ["(", NAME, ")"]),
        ("4*x", [NUMBER, "*", NAME]),
        ("midx3", [NAME]),
        ("mid×3", [NAME, UNKNOWN, NUMBER]),
        ("3X3", [NUMBER, CAPS]),
        ("3.5.1", [NUMBER, UNKNOWN, NUMBER]),
        ("1.x", [NUMBER, UNKNOWN, NAME]),
        ("a->b", [NAME, "->", NAME]),
        ("a-->", [NAME, "-", "->"]),
        ("a**//*b", [NAME, "**", "//", "*", NAME]),
        ("a=>b", [NAME, "=", UNKNOWN, NAME]),
        ('"a"x', [STRING, NAME]),
        ('"a\n"', [UNCLOSED, NEWLINE, UNCLOSED]),
        ("relu # c1: {\n", [NAME, NEWLINE]),
        ("#", []),
        ("relu#x", [NAME]),
        (" \t\r relu \t\r\n", [NAME, NEWLINE]),
        ("", []),
        (" ", []),
    ],
)
def test_several_tokens(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


def test_glued_means_no_blank_before() -> None:
    cursor = Tokens("conv 3x3 s=#\n2")
    glued = {}
    while cursor.kind != END:
        glued[cursor.start] = cursor.glued
        cursor.advance()
    # the line end after the comment is not glued, the number that begins the next line is
    expected = {0: True, 5: False, 6: True, 7: True, 9: False, 10: True, 12: False, 13: True}
    assert glued == expected


def test_tokens_and_what_is_skipped_make_up_the_text() -> None:
    text = "c1: conv 64 3x3 s=2 # six\r\n\tx -> ?\n"
    cursor = Tokens(text)
    rebuilt = ""
    while cursor.kind != END:
        rebuilt += text[cursor.before : cursor.start] + cursor.word
        cursor.advance()
    assert rebuilt == text
