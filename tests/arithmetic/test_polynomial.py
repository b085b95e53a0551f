"""Symbolic numbers: what they print as, and that they calculate as ints do."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Mapping
from fractions import Fraction
from operator import add, floordiv, mul, sub
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from convcalc.arithmetic import formulas
from convcalc.arithmetic.number import (
    FormulaLimitError,
    by_residue,
    ceil_div,
    maximum,
    minimum,
    to_data,
)
from convcalc.arithmetic.polynomial import Polynomial, Residues, expanded, symbols
from convcalc.language import tree
from convcalc.language.parser import parse_argument
from convcalc.source import Source

H, W, S = symbols("H", "W", "S")
(w,) = symbols("w")


def value_of(number: Any, values: Mapping[str, int]) -> Any:
    return number.evaluate(values) if isinstance(number, Polynomial) else number


def unet_2015(n: Any) -> Any:
    for _ in range(4):
        n = (n - 4) // 2
    n = n - 4
    for _ in range(4):
        n = 2 * n - 4
    return n


def halved(n: Any, times: int) -> Any:
    for _ in range(times):
        n = formulas.output_size(n, 3, 2, 2)
    return n


def sheet() -> Any:
    width, kernel, stride, padding = symbols("W", "F", "S", "P")
    return formulas.output_size(width, kernel, stride, 2 * padding)


@pytest.mark.parametrize(
    ("number", "text", "code"),
    [
        (H, "H", "H"),
        (halved(H, 5), "⌈H/32⌉", "(H + 31)//32"),
        (formulas.output_size(H, 11, 4, 0), "⌊(H − 7)/4⌋", "(H - 7)//4"),
        (unet_2015(H), "16·⌊(H + 4)/16⌋ − 188", "16*((H + 4)//16) - 188"),
        (
            34848 * ((H - 7) // 4) * ((W - 7) // 4),
            "34,848·⌊(H − 7)/4⌋·⌊(W − 7)/4⌋",
            "34848*((H - 7)//4)*((W - 7)//4)",
        ),
        (
            14156 * w * w + 34513 * w + 1000,
            "14,156·w² + 34,513·w + 1,000",
            "14156*w**2 + 34513*w + 1000",
        ),
        (sheet(), "⌊(W − F + 2·P)/S⌋ + 1", "(W - F + 2*P)//S + 1"),
        (2 * (H // 2) // 3, "⌊2·⌊H/2⌋/3⌋", "(2*(H//2))//3"),
        (3 * H // 2, "⌊3·H/2⌋", "(3*H)//2"),
        (H // 2 + 3, "⌈(H + 5)/2⌉", "(H + 6)//2"),
        (4 * (H // 2) + 3, "4·⌊H/2⌋ + 3", "4*(H//2) + 3"),
        ((H + 4) // 8, "⌈(H − 3)/8⌉", "(H + 4)//8"),
        ((H + 2) // 5, "⌊(H + 2)/5⌋", "(H + 2)//5"),
        (-((-H) // 32), "⌈H/32⌉", "(H + 31)//32"),
        ((-H) // 2, "−⌈H/2⌉", "-((H + 1)//2)"),
        (H % 2, "H − 2·⌊H/2⌋", "H - 2*(H//2)"),
        (5 - H, "5 − H", "5 - H"),
        (ceil_div(H, S), "⌈H/S⌉", "(H + S - 1)//S"),
        ((H - 2) * (W - 2) * 3, "3·(H − 2)·(W − 2)", "3*(H - 2)*(W - 2)"),
        ((w + 1) ** 2 * (4 * w), "4·w·(w + 1)²", "4*w*(w + 1)**2"),
        (maximum(W, H), "max(H, W)", "max(H, W)"),
        (minimum(H, W) + 3, "min(H, W) + 3", "min(H, W) + 3"),
        (maximum(maximum(H, 7), W), "max(H, W, 7)", "max(H, W, 7)"),
        (H // 7 // 1024, "⌊H/7,168⌋", "H//7168"),
        (w * Fraction(3, 4), "3·w/4", "3*w/4"),
        (w * Fraction(3, 4) // 1, "⌊3·w/4⌋", "(3*w)//4"),
        (w * Fraction(-1, 2), "−w/2", "-(w/2)"),
    ],
)
def test_texts(number: Any, text: str, code: str) -> None:
    assert (str(number), number.code()) == (text, code)
    assert to_data(number) == code


def test_a_formula_fills_a_column_like_a_number() -> None:
    assert f"{H // 2:>7,}|" == "  ⌊H/2⌋|"


def test_products_stay_unexpanded_until_something_is_added() -> None:
    row = 6 * (H - 2) * (W - 4)
    assert str(row) == "6·(H − 2)·(W − 4)"
    assert str(2 * row) == "12·(H − 2)·(W − 4)"
    assert str(row + row) == "12·(H − 2)·(W − 4)"
    assert str(0 + row) == str(row)
    assert str(expanded(row)) == str(row + 1 - 1) == "6·H·W − 24·H − 12·W + 48"
    assert row == expanded(row)
    assert hash(row) == hash(expanded(row))
    assert str(row.evaluate({"H": W + 2})) == "6·W·(W − 4)"


def test_sums_of_products_of_floors_are_collected_again() -> None:
    def macs(first: Any, second: Any) -> Any:
        return 34848 * first * second + 307200 * (first // 2 - 1) * (second // 2 - 1) + 4096

    total = macs((H - 7) // 4, (W - 7) // 4)
    text = "34,848·⌊(H − 7)/4⌋·⌊(W − 7)/4⌋ + 307,200·⌊(H − 15)/8⌋·⌊(W − 15)/8⌋ + 4,096"
    assert str(total) == text
    assert value_of(total, {"H": 227, "W": 131}) == macs(55, 31)


def test_what_does_not_depend_on_a_symbol_is_an_int() -> None:
    for number in (
        H - H,
        (H + 7) - H,
        H * 0,
        (4 * H + 6) // 4 - H,
        (2 * H + 5) % 2,
        W * H // (H * W),
    ):
        assert type(number) is int
    assert H - H == 0
    assert (2 * H + 5) % 2 == 1
    assert 2 * w // w == 2
    assert H * Fraction(1, 2) * 2 == H
    assert maximum(H + 3, H - 1) == H + 3
    assert str(maximum(H, Fraction(3, 2))) == "max(H, 3/2)"
    assert maximum(H, 1) == H
    assert maximum(H // 2, H) == H
    assert minimum(H, 4 * ((H + 3) // 4)) == H


def test_symbols_are_listed_in_the_networks_order() -> None:
    assert (sheet() + H * 0).symbols() == ("W", "F", "S", "P")


def test_a_partly_known_number_stays_a_formula() -> None:
    total = (H // 2) * (W // 2) + H
    assert total.evaluate({"H": 9}) == 4 * (W // 2) + 9
    assert total.evaluate({"H": 9, "W": 8}) == 25
    assert total.evaluate({"H": 2 * W}) == W * (W // 2) + 2 * W
    assert maximum(H, W).evaluate({"H": 4, "W": 6}) == 6


def test_equal_chains_are_equal_objects_with_one_floor() -> None:
    random = Random(20)
    seen: dict[tuple[int, ...], Polynomial] = {}
    sizes = range(1, 150)
    for _ in range(20_000):
        steps = [(random.randint(-4, 4), random.randint(1, 4)) for _ in range(random.randint(1, 5))]

        def chain(n: Any, steps: list[tuple[int, int]] = steps) -> Any:
            for plus, divisor in steps:
                n = (n + plus) // divisor
            return n

        number = chain(H)
        assert number.code().count("//") <= 1
        values = tuple(map(chain, sizes)) if len(steps) < 4 else ()
        if values:
            assert seen.setdefault(values, number) == number
        for size in random.sample(sizes, 5):
            assert number.evaluate({"H": size}) == chain(size)


Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(st.sampled_from("+-*/%cmMbwWS"), st.integers(1, 6), st.integers(-3, 3)),
    min_size=1,
    max_size=7,
)


def calculate(h: Any, width: Any, s: Any, steps: list[Step]) -> Any:
    """A random calculation, the same for ints and for symbols."""
    n, before = h, h
    for kind, a, b in steps:
        n, before = _calculated(kind, n, before, width, s, a, b), n
    return n


def _calculated(kind: str, n: Any, before: Any, width: Any, s: Any, a: int, b: int) -> Any:
    rules: dict[str, Callable[[], Any]] = {
        "+": lambda: n + a,
        "-": lambda: a - n if b > 1 else n - a,
        "*": lambda: n * (b or 2),
        "/": lambda: n // (a if b > -2 else -a),
        "%": lambda: n % a,
        "c": lambda: ceil_div(n, a),
        "m": lambda: maximum(n, b),
        "M": lambda: minimum(n, before),
        "b": lambda: b * before + n,
        "w": lambda: n * width + b,
        "W": lambda: (n + width) // s,
        "S": lambda: ceil_div(n, s) % (s + 1),
    }
    return rules[kind]()


@given(
    STEPS,
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 30), st.integers(1, 4)), min_size=5),
)
def test_symbols_calculate_as_ints_do(steps: list[Step], sizes: list[tuple[int, int, int]]) -> None:
    number = calculate(H, W, S, steps)
    for size in sizes:
        values = dict(zip("HWS", size, strict=True))
        assert value_of(number, values) == calculate(*size, steps)
        if isinstance(number, Polynomial):
            assert value_of(expanded(number), values) == value_of(number, values)


OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "//": floordiv,
    "**": pow,
}


def evaluated(node: tree.Argument, values: Mapping[str, int]) -> int:
    """The language's arithmetic on ints, for reading `code` back."""
    match node:
        case tree.Number(value=int(value)):
            return value
        case tree.Name(name=name):
            return values[name]
        case tree.Negate(operand=operand):
            return -evaluated(operand, values)
        case tree.Call(function=function, arguments=arguments):
            choose = {"max": max, "min": min}[function]
            return choose(evaluated(argument, values) for argument in arguments)
        case tree.Binary(operator=operator, left=left, right=right):
            return OPERATORS[operator](evaluated(left, values), evaluated(right, values))
    raise AssertionError(node)


@given(STEPS, st.tuples(st.integers(1, 60), st.integers(1, 30), st.integers(1, 4)))
def test_the_code_of_a_number_reads_as_that_number(
    steps: list[Step], size: tuple[int, int, int]
) -> None:
    number = calculate(H, W, S, steps)
    values = dict(zip("HWS", size, strict=True))
    code = str(to_data(number))
    assume(sum(map(code.count, "+-*/m")) < 100)  # the language has a limit
    assert evaluated(parse_argument(Source(f"({code})")), values) == value_of(number, values)


@given(STEPS)
def test_equal_numbers_have_one_text(steps: list[Step]) -> None:
    number = calculate(H, W, S, steps)
    again = H * W + calculate(H, W, S, steps) - W * H
    assert again == number
    assert str(expanded(again)) == str(expanded(number))


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 4), st.integers(1, 3), st.booleans())
def test_every_size_formula_takes_symbols(
    n: int, kernel: int, stride: int, dilation: int, padded: bool
) -> None:
    symbolic = symbols("n", "k", "s", "d")
    values = {"n": n, "k": kernel, "s": stride, "d": dilation}

    def sizes(n: Any, k: Any, s: Any, d: Any) -> list[Any]:
        extent = formulas.window_extent(k, d)
        padding = formulas.half_padding(extent) if padded else 0
        return [
            formulas.output_size(n, extent, s, 2 * padding),
            formulas.output_size_ceil(n, extent, s, padding, padding),
            formulas.same_size(n, s),
            formulas.same_padding(n, extent, s),
            formulas.transposed_size(n, extent, s, padding, 0),
            formulas.scaled_size(n, 3, 2),
            formulas.dropped(n, extent, s, 2 * padding),
        ]

    assert [value_of(size, values) for size in sizes(*symbolic)] == sizes(
        n, kernel, stride, dilation
    )


def same_rows(extent: int, stride: int) -> Callable[[int], tuple[int, int]]:
    def row(residue: int) -> tuple[int, int]:
        total = formulas.same_padding(residue, extent, stride)
        return total // 2, total - total // 2

    return row


def test_padding_by_residue() -> None:
    table = by_residue((H + 1) // 2, 2, same_rows(3, 2))
    assert table.to_data() == {"by": "(H + 1)//2", "modulo": 2, "padding": [[0, 1], [1, 1]]}
    assert to_data((table,)) == [table.to_data()]
    assert str(table) == "⌈H/2⌉ even: 0+1, ⌈H/2⌉ odd: 1+1"
    assert table.symbols() == ("H",)
    assert table.evaluate({"H": 7}) == (0, 1)
    assert table.evaluate({"H": 2 * W}) == by_residue(W, 2, same_rows(3, 2))
    assert str(by_residue(H - 2, 5, same_rows(3, 5))) == (
        "(H − 2) mod 5 = 0: 0+0, 1: 1+1, 2: 0+1, 3 to 4: 0+0"
    )


def test_padding_is_a_table_only_where_residues_differ() -> None:
    assert by_residue(4 * H + 1, 2, same_rows(3, 2)) == (1, 1)
    assert by_residue(H, 2, same_rows(1, 2)) == (0, 0)
    before, after = by_residue(H, 5000, same_rows(3, 5000))
    assert [value_of(before + after, {"H": n}) for n in (1, 5000, 5001, 4999)] == [2, 0, 2, 0]


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 40))
def test_padding_by_residue_agrees_with_numbers(extent: int, stride: int, size: int) -> None:
    table = by_residue(H + 3, stride, same_rows(extent, stride))
    pair = table.evaluate({"H": size}) if isinstance(table, Residues) else table
    assert pair == same_rows(extent, stride)((size + 3) % stride)


@pytest.mark.parametrize(
    ("grow", "message"),
    [
        (lambda n: 2 * n // 3, "a formula nested deeper than 100"),
        (lambda n: (2 * n // 3 + n // 2) // 5, "a formula longer than 100,000 characters"),
        (lambda n: maximum(n, n * n - 9) // 2, "a formula longer than 100,000 characters"),
        (lambda n: n * n, "a formula of a degree above 1,000"),
        (lambda n: (n + 1) * 10**40, "a formula with a number of more than 1,000 digits"),
        (lambda n: n // 10**40, "a formula with a number of more than 1,000 digits"),
    ],
)
def test_formulas_cannot_grow_without_end(grow: Callable[[Any], Any], message: str) -> None:
    def grown() -> Any:
        number: Any = H
        for _ in range(2000):
            number = grow(number)

    with pytest.raises(FormulaLimitError, match=f"^{message}$"):
        grown()


def test_products_cannot_grow_without_end() -> None:
    names = symbols(*(f"s{i}" for i in range(400)))
    total: Any = sum(names)
    with pytest.raises(FormulaLimitError, match="a formula of more than 10,000 terms"):
        total * total
    with pytest.raises(FormulaLimitError, match="a formula of a degree above 1,000"):
        H**1001


def test_numbers_can_be_copied_and_sent() -> None:
    number = maximum((H - 7) // 4 * (W // S), 3)
    for other in (copy.deepcopy(number), pickle.loads(pickle.dumps(number))):
        assert other == number
        assert str(other) == str(number)
        assert other.evaluate({"H": 40, "W": 9, "S": 2}) == 32


def test_what_is_no_number() -> None:
    with pytest.raises(ZeroDivisionError):
        H // 0
    with pytest.raises(ValueError, match="a negative power is not a whole number"):
        H**-1
    with pytest.raises(TypeError):
        H + "1"
    assert H != "H"
    assert (w * Fraction(1, 2)).is_whole() is False
    assert (w * Fraction(1, 2) * 4).is_whole() is True
