"""Which symbolic number is larger, and which are equal: held against the numbers themselves."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import pytest

from convcalc.arithmetic.comparison import equal_everywhere, largest, lower_bound
from convcalc.arithmetic.number import maximum
from convcalc.arithmetic.polynomial import Polynomial, symbols

H, W = symbols("H", "W")


def ceil(n: Any, divisor: int) -> Any:
    return (n + divisor - 1) // divisor


@pytest.mark.parametrize(
    ("number", "at_least", "bound"),
    [
        (H, {}, 1),
        (7, {}, 7),
        (H - 3, {}, -2),
        (H - 3, {"H": 10}, 7),
        (H - H // 2, {}, 0),
        (2 * ceil(H, 4) - ceil(H, 2), {}, 0),
        (256 * ceil(H, 4) * ceil(W, 4) - 64 * ceil(H, 2) * ceil(W, 2), {}, 0),
        (H * W - H - W, {"H": 2, "W": 2}, 0),
        (2 * (H // 2) // 3 + 1, {}, 1),
        (H - 2 * (H // 2), {}, 0),
        (H // 2 - H, {}, None),
        (maximum(H, W), {}, None),
        ((H - 7) // 4 * ((W - 7) // 4), {}, None),
        ((H - 7) // 4 * ((W - 7) // 4), {"H": 11, "W": 15}, 2),
    ],
)
def test_lower_bounds(number: Any, at_least: dict[str, int], bound: int | None) -> None:
    assert lower_bound(number, at_least) == bound


def random_number(random: Random) -> Any:
    """A sum of products of the sizes that networks have."""

    def size(symbol: Polynomial) -> Any:
        chain: Any = symbol
        for _ in range(random.randint(0, 2)):
            chain = (chain * random.choice((1, 1, 2)) + random.randint(-4, 4)) // random.choice(
                (1, 2, 3)
            )
        return chain

    return sum(
        random.randint(-9, 20) * random.choice((size(H), size(W), size(H) * size(W), 1))
        for _ in range(3)
    )


def test_no_number_falls_below_its_bound() -> None:
    random = Random(3)
    found = 0
    for _ in range(3000):
        number = random_number(random)
        at_least = {"H": random.randint(1, 9), "W": random.randint(1, 9)}
        bound = lower_bound(number, at_least)
        if isinstance(number, Polynomial) and bound is not None:
            found += 1
            for h, w in product(range(at_least["H"], 40, 3), range(at_least["W"], 40, 4)):
                assert number.evaluate({"H": h, "W": w}) >= bound
    assert found > 400


def test_the_largest_of_several() -> None:
    conv, pool = 64 * ceil(H, 2) * ceil(W, 2), 256 * ceil(H, 4) * ceil(W, 4)
    assert largest((conv, pool, conv, 3, 256)) == pool
    assert largest((5, 3)) == 5
    assert str(largest((conv, 150, 40 * H * W))) == "max(40·H·W, 64·⌈H/2⌉·⌈W/2⌉, 150)"
    assert str(largest((conv, 150, 40 * H * W), {"H": 32, "W": 32})) == "40·H·W"
    assert largest((maximum(H, W), H, maximum(W, 1))) == maximum(H, W)


def test_what_all_share_stays_outside_a_maximum() -> None:
    assert str(maximum(3 * H * W + H + 2, 3 * H * W + W + 2)) == "3·H·W + max(H, W) + 2"
    assert largest((H + W, H + 5, 2 * W)) == maximum(maximum(2 * W, H + 5), H + W)
    x, y = symbols("x", "y")
    number: Any = x
    for step in range(5):  # grows by a term a step, not twofold
        number = maximum(number, number + 20 - step - 4 * y)
    assert str(number) == "x + " + " + ".join(
        f"max({20 - step} − 4·y, 0)" for step in reversed(range(5))
    )


def test_a_maximum_keeps_every_number_that_can_be_the_largest() -> None:
    random = Random(4)
    for _ in range(150):
        numbers = [random_number(random) for _ in range(4)]
        result = largest(numbers)
        for h, w in product((1, 2, 5, 16, 33), (1, 3, 4, 17)):
            values = [
                n.evaluate({"H": h, "W": w}) if isinstance(n, Polynomial) else n
                for n in (*numbers, result)
            ]
            assert values[-1] == max(values[:-1])


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (H // 2 + (H + 1) // 2, H, True),
        (3 * H // 2, H + H // 2, True),
        (H - (H + 2) // 3, 2 * H // 3, True),
        (H // 2 * 2, H, False),
        ((H // 2) * (W // 2) + H * 0, (W // 2) * (H // 2), True),
        ((H // 2 + (H + 1) // 2) * W, H * W, True),
        (H * (H + 1) // 2 * 2, H * (H + 1), True),
        (H * (H + 1) // 3 * 3, H * (H + 1), False),
        (maximum(H, W) - W, maximum(H - W, W - W), None),
        (maximum(H, W), H, False),
        (H // 2**40 * 2, H * 2 // 2**40, None),
        (7, 7, True),
        (H, 7, False),
    ],
)
def test_equal_everywhere(a: Any, b: Any, equal: bool | None) -> None:
    assert equal_everywhere(a, b) is equal
