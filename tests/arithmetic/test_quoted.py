"""Quoted numbers: the text of the working, and that it is the calculation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.arithmetic import formulas
from convcalc.arithmetic.number import minimum
from convcalc.arithmetic.polynomial import symbols
from convcalc.arithmetic.quoted import LATEX, Quoted, named

N, F, S, P = named("n", 227), named("F", 11), named("S", 4), named("P", 0)
D, K = named("D_in", 96), named("D_filter", 256)


@pytest.mark.parametrize(
    ("number", "formula", "steps"),
    [
        (
            formulas.output_size(N, F, S, P),
            "⌊(n + P − F)/S⌋ + 1",
            ["⌊(227 + 0 − 11)/4⌋ + 1", "⌊216/4⌋ + 1", "54 + 1", "55"],
        ),
        (
            formulas.conv_weights((F, F), D, K) + K,
            "(F·F·D_in + 1)·D_filter",
            ["(11·11·96 + 1)·256", "(11,616 + 1)·256", "11,617·256", "2,973,952"],
        ),
        (
            (formulas.conv_weights((F, F), D, K, named("G", 2)) + K).exact(),
            "(F·F·D_in/G + 1)·D_filter",
            [
                "(11·11·96/2 + 1)·256",
                "(11·11·48 + 1)·256",
                "(5,808 + 1)·256",
                "5,809·256",
                "1,487,104",
            ],
        ),
        (
            formulas.conv_weights((F, F), D, D, D) + D,
            "(F·F + 1)·D_in",
            ["(11·11 + 1)·96", "(121 + 1)·96", "122·96", "11,712"],
        ),
        (
            formulas.window_extent(named("F", 3), named("d", 2)),
            "d·(F − 1) + 1",
            ["2·(3 − 1) + 1", "2·2 + 1", "4 + 1", "5"],
        ),
        (
            formulas.output_size_ceil(named("n", 112), named("F", 3), named("S", 2), P, P),
            "⌈(n + P − max(F − P − S, 0))/S⌉",
            [
                "⌈(112 + 0 − max(3 − 0 − 2, 0))/2⌉",
                "⌈(112 + 0 − max(1, 0))/2⌉",
                "⌈(112 + 0 − 1)/2⌉",
                "⌈111/2⌉",
                "56",
            ],
        ),
        (
            formulas.same_padding(N, F, S),
            "max(F − 1 − (n − 1) mod S, 0)",
            [
                "max(11 − 1 − (227 − 1) mod 4, 0)",
                "max(11 − 1 − 226 mod 4, 0)",
                "max(11 − 1 − 2, 0)",
                "max(8, 0)",
                "8",
            ],
        ),
        (
            formulas.padded_size(N, named("p", -1), -named("c", 2)),
            "n + p − c",
            ["227 + (−1) − 2", "224"],
        ),
        (minimum(named("b", -1), 0), "min(b, 0)", ["min(−1, 0)", "−1"]),
        (D // named("r", 2) ** 2, "⌊D_in/r²⌋", ["⌊96/2²⌋", "⌊96/4⌋", "24"]),
        (-(N + P), "−(n + P)", ["−(227 + 0)", "−227"]),
        (P + P, "2·P", ["2·0", "0"]),
    ],
)
def test_the_working_of_a_formula(number: Quoted, formula: str, steps: list[str]) -> None:
    assert str(number) == formula
    assert number.steps() == steps


def test_parts_get_names() -> None:
    extent = formulas.window_extent(F, named("d", 2))
    padding = named("p", 3) + named("p", 3)
    size = formulas.output_size(N, extent, S, padding)
    assert str(size) == "⌊(n + 2·p − (d·(F − 1) + 1))/S⌋ + 1"
    called = size.called({extent.key: "E", padding.key: "P"})
    assert str(called) == "⌊(n + P − E)/S⌋ + 1"
    assert called.steps()[0] == "⌊(227 + 6 − 21)/4⌋ + 1"
    assert called.leaves() == {"n": 227, "P": 6, "E": 21, "S": 4}
    assert called.value == size.value


def test_what_a_plain_int_does_not_change_is_left_out() -> None:
    assert str(1 * N) == str(N + 0) == str(0 + N) == str(N // 1) == str((N - 1) + 1) == "n"
    assert N // N == 1
    assert str(named("x", 1) * N) == "x·n"


def test_symbols_are_values_too() -> None:
    (height,) = symbols("H")
    size = formulas.output_size(named("n", height), F, S, P)
    assert size.steps() == [
        "⌊(H + 0 − 11)/4⌋ + 1",
        "⌊(H − 11)/4⌋ + 1",
        "⌊(H − 7)/4⌋",
    ]


def test_latex() -> None:
    size = formulas.output_size(N, F, S, P)
    assert LATEX.write(size, names=True) == r"\left\lfloor{\frac{n + P - F}{S}}\right\rfloor + 1"
    weights = formulas.conv_weights((F,), D, K)
    assert LATEX.write(weights, names=True) == r"F \cdot D_{\mathrm{in}} \cdot D_{\mathrm{filter}}"
    assert weights.steps(LATEX)[-1] == "270{,}336"


def test_numbers_compare_by_their_value() -> None:
    assert N == 227
    assert N != 226
    assert N > 226
    assert N < 228
    assert hash(N) == hash(227)


small = st.integers(1, 40)


@given(
    st.sampled_from(
        [
            formulas.output_size,
            formulas.output_size_ceil,
            formulas.same_padding,
            formulas.transposed_size,
            formulas.dropped,
            formulas.field_size,
            formulas.scaled_size,
            formulas.output_pad_limit,
            formulas.same_size,
        ]
    ),
    st.lists(small, min_size=5, max_size=5),
)
def test_a_quoted_calculation_ends_with_the_number(
    formula: Callable[..., Any], values: list[int]
) -> None:
    count = formula.__code__.co_argcount
    numbers = values[:count]
    quoted = formula(*(named(f"x_{i}", value) for i, value in enumerate(numbers)))
    right = formula(*numbers)
    assert quoted.value == right
    assert quoted.steps()[-1] == f"{right:,}".replace("-", "−")
    names = {f"x_{i}" for i in range(count)}
    assert set(quoted.leaves()) <= names
