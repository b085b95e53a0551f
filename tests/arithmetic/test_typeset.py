"""LaTeX, and SymPy's second opinion on symbolic numbers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from random import Random
from subprocess import run
from typing import Any

import pytest

from convcalc.arithmetic import formulas
from convcalc.arithmetic.number import maximum
from convcalc.arithmetic.polynomial import Polynomial, symbols
from convcalc.arithmetic.typeset import factor, latex, solve_for, to_sympy

H, W, S = symbols("H", "W", "S")
(mid,) = symbols("mid_1")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (12345, "12{,}345"),
        ((H + 31) // 32, r"\left\lceil{\frac{H}{32}}\right\rceil"),
        ((H - 7) // S + 1, r"\left\lfloor{\frac{H - 7}{S}}\right\rfloor + 1"),
        (14156 * H**2 + 1000, r"14{,}156 \cdot H^{2} + 1{,}000"),
        (3 * (H - 2) * (W - 2), r"3 \cdot \left(H - 2\right) \cdot \left(W - 2\right)"),
        (maximum(H, W) * mid, r"\max\left(H, W\right) \cdot \mathit{mid\_1}"),
        (H - 3 * (W // 2), r"H - 3 \cdot \left\lfloor{\frac{W}{2}}\right\rfloor"),
        (Fraction(3, 2) * H, r"\frac{3 \cdot H}{2}"),
    ],
)
def test_latex(number: Any, text: str) -> None:
    assert latex(number) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("H", "H"),
        ("H_in", "H_{in}"),
        ("k2", "k_{2}"),
        ("alpha", r"\alpha"),
        ("width", r"\mathit{width}"),
        ("xbar", r"\mathit{xbar}"),
        ("a__b", r"\mathit{a\_\_b}"),
        ("_", r"\mathit{\_}"),
    ],
)
def test_latex_of_names(name: str, text: str) -> None:
    assert latex(symbols(name)[0]) == text


def formulas_of(seed: int, count: int) -> Iterator[Polynomial]:
    """Random formulas of H, W and S."""
    random = Random(seed)
    for _ in range(count):
        number: Any = H
        for _ in range(random.randint(1, 5)):
            number = random.choice(
                (
                    lambda n: formulas.output_size(
                        n, random.randint(1, 7), random.randint(1, 4), 2
                    ),
                    lambda n: formulas.scaled_size(n, random.randint(1, 3), random.randint(1, 3)),
                    lambda n: formulas.same_size(n, random.randint(1, 3)),
                    lambda n: n * W - random.randint(0, 9),
                    lambda n: (n + W) // S,
                    lambda n: maximum(n, W),
                )
            )(number)
        if isinstance(number, Polynomial):
            yield number


def sizes(random: Random) -> dict[str, int]:
    return {name: random.randint(1, 50) for name in ("H", "W", "S")}


def test_sympy_agrees_on_random_formulas() -> None:
    random = Random(8)
    for number in formulas_of(8, 60):
        expression = to_sympy(number)
        for _ in range(3):
            values = sizes(random)
            known = {s: values[s.name] for s in expression.free_symbols}
            assert expression.subs(known) == number.evaluate(values)


SIGNS = {
    r"\left\lfloor": "floor",
    r"\left\lceil": "ceil",
    r"\left(": "(",
    r"\right)": ")",
    r"\cdot": "*",
    r"\max": "max",
    r"\min": "min",
    r"\frac": "quotient",
    r"\right\rfloor": "",
    r"\right\rceil": "",
    "^": "**",
    "}{": ",",
    "{": "(",
    "}": ")",
}


def python_of(text: str) -> str:
    """LaTeX as it is typeset here as a Python expression."""
    text = text.replace("{,}", "")
    for code, sign in SIGNS.items():
        text = text.replace(code, sign)
    return text


def test_typeset_formulas_say_what_they_are() -> None:
    random = Random(3)
    for number in formulas_of(3, 150):
        written = python_of(latex(number))
        for _ in range(3):
            values = sizes(random)
            names = {"floor": floor, "ceil": ceil, "quotient": Fraction, **values}
            assert eval(written, names) == number.evaluate(values), written


def test_sympy_knows_the_symbols_for_positive_integers() -> None:
    (symbol,) = to_sympy(H).free_symbols
    assert symbol.name == "H"
    assert symbol.is_integer
    assert symbol.is_positive
    assert str(to_sympy(3 * (H + 1) * (W + 1))) == "3*(H + 1)*(W + 1)"


def test_factoring() -> None:
    assert str(factor(H**2 + 2 * H + 1)) == "(H + 1)**2"
    assert str(factor(9 * H * W + 9 * H)) == "9*H*(W + 1)"


def test_solving_for_an_unknown() -> None:
    assert solve_for(14156 * H**2 + 34513 * H + 1000, "H", 1761730) == (10,)
    assert solve_for(H**2, "H", 2) == ()
    (padding,) = solve_for(W - S + 2 * H + 1, "H", W)
    assert str(padding) == "S/2 - 1/2"
    with pytest.raises(ValueError, match="H stands where rounding or a maximum hides it"):
        solve_for((H - 3) // 2, "H", 5)
    assert solve_for((H // 2) * W, "W", 12 * (H // 2)) == (12,)


def test_symbols_without_sympy() -> None:
    program = (
        "import sys; from convcalc.arithmetic.polynomial import symbols; "
        "from convcalc.arithmetic.typeset import latex; "
        "(h,) = symbols('H'); str(h // 2); latex(7); assert 'sympy' not in sys.modules"
    )
    assert run([sys.executable, "-c", program], check=False).returncode == 0
