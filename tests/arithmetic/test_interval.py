"""Bounds of formulas against all their values."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.arithmetic.interval import Interval, extents, period_of
from convcalc.arithmetic.number import maximum, minimum
from convcalc.arithmetic.polynomial import Polynomial

FORMULAS = [
    "k**2 - 9*k + 30",
    "28*k - 84*(k//3) + 28",
    "64 - k*(64//k)",
    "24*k**2*(33 - k)**2",
    "k*((-5)//k) + k**3",
    "max(k - 7, 3) - min(2*k, 9)",
    "((k + 1)//2)**2 - 5*(k//2)*((-k)//3)",
    "(k**2 + 3)//(2*k - 9)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_extents_hold_every_value(text: str) -> None:
    names = {"k": Polynomial.symbol("k"), "max": maximum, "min": minimum}
    formula = eval(text, names)
    for low in range(1, 24):
        for high in (*range(low, 40), inf):
            found = []
            for k in range(low, 60 if high == inf else int(high) + 1):
                if text[-3:] != "- 9)" or 2 * k != 9:
                    found.append(formula.evaluate({"k": k}))
            for least, most in extents(formula, "k", low, high):
                assert least <= min(found)
                assert most >= max(found)


def test_extents_of_sums_that_cancel() -> None:
    (k,) = (Polynomial.symbol("k"),)
    assert list(extents(k * k - 9 * k, "k", 9, inf)) == [(-inf, inf), (0, inf)]
    assert list(extents(k // k + 64 // k, "k", 65, inf)) == [(1, 1)] * 2
    assert list(extents(k // (k - 5), "k", 5, 5)) == [(inf, -inf)]
    assert list(extents(10**400 * k, "k", 1, inf)) == [(-inf, inf)]
    assert list(extents(7, "k", 1, 9)) == [(7, 7)]


@given(*[st.integers(-20, 20)] * 4, *[st.integers(0, 9)] * 2)
def test_intervals_hold_every_result(a: int, b: int, x: int, y: int, i: int, j: int) -> None:
    one, two = Interval(a, a + i), Interval(b, b + j)
    x, y = a + x % (i + 1), b + y % (j + 1)
    for found, number in (
        (one + two, x + y),
        (one * two, x * y),
        (one.maximum(two), max(x, y)),
        (-one, -x),
        (3 * one + 1, 3 * x + 1),
        *([(one // two, x // y), (7 // two, 7 // y)] if y else []),
    ):
        assert found.low <= number <= found.high


def test_the_period_of_nested_floors() -> None:
    k = Polynomial.symbol("k")
    assert period_of((k // 4 + k) // 6 + 9 // (k // 5)) == 120
    assert period_of(k * k + 7) == 1
