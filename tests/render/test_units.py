"""Numbers, shapes and padding as text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.arithmetic.polynomial import symbols
from convcalc.render.units import (
    ASCII,
    BINARY_UNITS,
    DECIMAL_UNITS,
    LANGUAGE,
    UNICODE,
    bytes_text,
    human,
    percent,
)

H, W = symbols("H", "W")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00 k"),
        (1004, "1.00 k"),
        (1005, "1.01 k"),
        (9_994, "9.99 k"),
        (9_995, "10.0 k"),
        (9_999, "10.0 k"),
        (99_949, "99.9 k"),
        (99_950, "100 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (999_999, "1.00 M"),
        (61_706, "61.7 k"),
        (25_557_032, "25.6 M"),
        (138_357_544, "138 M"),
        (4_089_184_256, "4.09 G"),
        (10**21, "1,000 E"),
        (10**400, f"{10**382:,} E"),
    ],
)
def test_three_digits_and_a_unit(value: int, text: str) -> None:
    assert human(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (784 * 1024, "784.0 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (1024**2, "1.0 MiB"),
        (150_239_136, "143.3 MiB"),
        (9_633_792, "9.2 MiB"),
        (4 * 25_557_032, "97.5 MiB"),
        (1024**7, "1,024.0 EiB"),
    ],
)
def test_bytes(value: int, text: str) -> None:
    assert bytes_text(value) == text


@given(st.integers(0, 10**24))
def test_a_human_number_is_right_to_half_of_its_last_digit(value: int) -> None:
    digits, _, unit = human(value).partition(" ")
    places = len(digits.partition(".")[2])
    scale = 1000 ** DECIMAL_UNITS.index(unit)
    shown = int(digits.replace(".", "").replace(",", ""))
    assert abs(value * 10**places - shown * scale) * 2 <= scale
    assert len(digits.replace(".", "")) == 3 or value < 1000 or unit == "E"


@given(st.integers(0, 1024**7))
def test_bytes_are_right_to_half_of_the_last_digit(value: int) -> None:
    digits, _, unit = bytes_text(value).partition(" ")
    scale = 1024 ** BINARY_UNITS.index(unit)
    places = 0 if unit == "B" else 1
    shown = int(digits.replace(".", "").replace(",", ""))
    assert abs(value * 10**places - shown * scale) * 2 <= scale


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (358, 1000, "35.8%"),
        (1, 1, "100.0%"),
        (9_999, 10_000, ">99.9%"),
        (1, 100_000, "<0.1%"),
        (0, 5, ""),
        (0, 0, ""),
        (H, H * W, ""),
        (3, H, ""),
    ],
)
def test_percent(part: Any, whole: Any, text: str) -> None:
    assert percent(part, whole) == text


@pytest.mark.parametrize(
    ("sizes", "unicode", "ascii_text"),
    [
        ((64, 112, 112), "64×112×112", "64x112x112"),
        ((1000,), "1000", "1000"),
        ((3, H, W), "3×H×W", "3xHxW"),
        ((3, H // 2, H + 2), "3×⌊H/2⌋×(H + 2)", "3x(H//2)x(H + 2)"),
        (
            ((H // 2 * 2) // 3, (H // 2) * (W // 2)),
            "⌊2·⌊H/2⌋/3⌋×(⌊H/2⌋·⌊W/2⌋)",
            "((2*(H//2))//3)x((H//2)*(W//2))",
        ),
    ],
)
def test_shapes(sizes: Any, unicode: str, ascii_text: str) -> None:
    assert UNICODE.shape(sizes) == unicode
    assert ASCII.shape(sizes) == ascii_text == LANGUAGE.shape(sizes)


@pytest.mark.parametrize(
    ("pads", "short", "each"),
    [
        (((3, 3), (3, 3)), "3", "3×3"),
        (((0, 1), (0, 1)), "0:1", "0:1×0:1"),
        (((1, 1), (0, 1)), "1×0:1", "1×0:1"),
        (((2, 2),), "2", "2"),
        (((0, 0), (1, 2), (3, 3)), "0×1:2×3", "0×1:2×3"),
    ],
)
def test_padding(pads: Any, short: str, each: str) -> None:
    assert UNICODE.padding(pads) == short
    assert UNICODE.each_padding(pads) == each


def test_windows_are_short_where_all_axes_agree() -> None:
    assert [UNICODE.window(sizes) for sizes in ((3, 3), (1, 7), (5,))] == ["3", "1×7", "5"]


def test_numbers() -> None:
    assert [spelling.number(1234567) for spelling in (UNICODE, ASCII, LANGUAGE)] == [
        "1,234,567",
        "1,234,567",
        "1234567",
    ]
    assert UNICODE.number(9 * ((H - 7) // 4)) == "9·⌊(H − 7)/4⌋"
    assert ASCII.number(9 * ((H - 7) // 4)) == "9*((H - 7)//4)"


def test_texts_hold_nothing_that_moves_the_cursor() -> None:
    assert UNICODE.text("a\x1b[31m\tb\n×") == "a?[31m b?×"
    assert ASCII.text("3×3 ≥ ⌈H/2⌉ − 1 → é…") == "3x3 >= ceil(H/2) - 1 -> ?..."
