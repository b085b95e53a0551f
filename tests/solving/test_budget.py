"""Budgets: the largest value of a symbol, against values tried one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import SpecError, zoo
from convcalc.arithmetic.polynomial import symbols
from convcalc.graph.graph import Stated
from convcalc.render.holes import budget as shown
from convcalc.render.solution import text as rendered
from convcalc.solving.budget import Budget, read_limit, rule_of


def solved(text: str, *limits: str, **options: Any) -> Budget:
    budget = convcalc.solve(text, max=limits, **options).budget
    assert budget is not None
    return budget


def totals(text: str, **values: int) -> Any:
    return convcalc.analyze(text, set=values).totals


# --- against every value

PARTS = [
    "conv w 3x3 pad=1",
    "conv 2*w+1 3x3 pad=1",
    "conv w*w 1x1",
    "conv 4*w 3x3 pad=1 groups=4",
    "conv 6*w 1x1 groups=w",
    "dwconv 3x3 pad=1 ; bn",
    "maxpool 2x2",
    "conv 12 1x1 ; gn 6",
    "conv w 1x1 groups=2",
    "add { conv w 1x1 | conv w 3x3 pad=1 }",
]


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=3),
    st.sampled_from(["params", "macs", "memory", "peak"]),
    st.integers(1, 30_000),
)
def test_largest_value_of_all(parts: list[str], quantity: str, most: int) -> None:
    text = "symbol w\ninput 12x4x4\n" + "\n".join(parts) + "\nconv w 1x1"
    counts: dict[int, int] = {}
    for value in range(1, 40):
        try:
            found = totals(text, w=value)
        except SpecError:
            continue
        counts[value] = {
            "params": found.parameters.total,
            "macs": found.macs,
            "memory": found.activation_bytes,
            "peak": found.peak_activation_bytes,
        }[quantity]
    within = [value for value, count in counts.items() if count <= most]
    if not counts or max(counts.values()) <= most:
        return
    budget = solved(text, f"{quantity}={most}")
    beyond = [value for value, count in counts.items() if count > most]
    assert budget.value == max(within, default=None)
    assert budget.next == min(beyond)
    (amount,) = budget.amounts
    assert amount.count == (counts[budget.value] if budget.value else None)
    assert amount.beyond == counts[min(beyond)]


ANYWHERE = [
    "conv 8 (k)",
    "conv 8 (k) stride=k",
    "conv 8 (k) pad=same",
    "conv 8 (k) pad=k",
    "conv 8 (k)x3 pad=k//2",
    "conv 8 3 stride=k",
    "conv 8 3 stride=k pad=same",
    "conv 8 3 dilation=k",
    "conv 12 3 groups=k pad=1",
    "conv k 3 pad=1",
    "conv 30-k 1",
    "conv k-3 1",
    "conv k*k 1",
    "conv k*k-9*k+30 1",
    "conv max(k,7) 1",
    "conv 40//k 1",
    "conv k-k//3*3+1 1",
    "conv 6*k 1 groups=k",
    "conv 24 1",
    "gn k",
    "maxpool k",
    "maxpool 3 stride=k round=ceil",
    "avgpool 2",
    "deconv 4 2 stride=k",
    "upsample k",
    "add { conv 8 1 | conv 8 (k) pad=(k-1)//2 }",
    "concat { conv k 1 | conv 8 1 }",
    "gap",
    "fc k",
]


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(ANYWHERE), min_size=1, max_size=3),
    st.lists(st.sampled_from(["params", "macs", "memory", "peak"]), min_size=1, max_size=2),
    st.integers(1, 40),
    st.sampled_from([-1, 0, 1]),
)
def test_a_symbol_anywhere(parts: list[str], quantities: list[str], near: int, move: int) -> None:
    """The limits are about what the quantities come to at `near`, the first that works from it."""
    text = "symbol k\ninput 12x24x24\n" + "\n".join(parts)
    counts: dict[int, list[int]] = {}
    for value in range(1, 41):
        try:
            found = totals(text, k=value)
        except SpecError:
            continue
        all_counts = {
            "params": found.parameters.total,
            "macs": found.macs,
            "memory": found.activation_bytes,
            "peak": found.peak_activation_bytes,
        }
        counts[value] = [all_counts[quantity] for quantity in quantities]
    if not counts:
        return
    most = [max(n + move, 0) for n in counts[min(counts, key=lambda value: abs(value - near))]]
    limits = [f"{quantity}={n}" for quantity, n in zip(quantities, most, strict=True)]
    try:
        budget = solved(text, *limits)
    except SpecError as error:
        assert "there is no symbol to be found" in str(error)
        return
    kept = [v for v, found in counts.items() if all(map(int.__le__, found, most))]
    broken = [v for v in counts if v not in kept]
    if budget.value is not None and budget.value > 40:
        return
    if budget.endless:
        assert budget.value == min(v for v in counts if v > max(broken, default=0))
        assert budget.passed or all(v in counts for v in range(budget.value or 1, 41))
    else:
        assert budget.value == max(kept, default=None)
        following = [v for v in counts if v > (budget.value or 0)]
        assert budget.next == min(following, default=budget.next)
        assert following or budget.next is None or budget.next > 40
    for index, amount in enumerate(budget.amounts):
        assert amount.count == (counts[budget.value][index] if budget.value else None)
        if budget.next is not None and budget.next <= 40:
            assert amount.beyond == counts[budget.next][index]


def values(text: str, *limits: str) -> tuple[Any, ...]:
    budget = solved(text, *limits)
    return budget.value, budget.endless, budget.next, budget.passed, budget.bound


@pytest.mark.parametrize(
    ("layers", "limit", "value", "passed"),
    [
        ("input 3x32x32; conv 8 (k)", "macs=50k", 32, True),
        ("input 3x32x32; conv 8 (k)", "params=1G", 32, True),
        ("input 3x32x32; conv 8 (k)", "params=25k", 32, False),
        ("input 3x32x32; conv 8 3 dilation=k", "macs=100k", 15, True),
        ("input 64x32x32; conv 64 3 groups=k", "params=10k", 64, True),
        ("input 64x32x32; conv 64 3 groups=k", "params=640", 64, True),
        ("input 3x32x32; conv 40-k 3", "params=1k", 39, True),
    ],
)
def test_larger_values_do_not_work(layers: str, limit: str, value: int, passed: bool) -> None:
    assert values(f"symbol k; {layers}", limit) == (value, False, None, passed, None)


def test_there_is_no_largest() -> None:
    text = "symbol s; input 3x32x32; conv 8 3 stride=s"
    assert values(text, "macs=50k") == (2, True, None, False, None)
    assert values(text, "macs=216") == (30, True, None, False, None)
    assert values(text, "macs=215") == (None, False, 1, False, None)
    solution = convcalc.solve(text, max="macs=50k")
    assert solution.ok
    assert solution.budget is not None
    assert solution.budget.to_dict() == {
        "symbol": "s",
        "value": None,
        "from": 2,
        "next": None,
        "passed": False,
        "bound": None,
        "amounts": [
            {
                "quantity": "macs",
                "most": 50_000,
                "count": 48_600,
                "beyond": None,
                "formula": "216*(29//s + 1)**2",
            }
        ],
    }


def test_no_largest_where_not_all_values_work() -> None:
    text = "symbol w; input 3x8x8; conv w-w//2*2+1 1; gn 2"  # of depth 1 or 2
    assert values(text, "params=12") == (1, True, None, True, None)
    assert rendered(convcalc.solve(text, max="params=12")).splitlines()[0] == (
        "w: every value from 1 on that works in this network keeps within the budget;"
        " there is no largest."
    )


def test_values_that_keep_within_now_and_then_are_looked_at_up_to_a_bound() -> None:
    text = "symbol w; input 3x8x8; conv w-w//3*3+1 1"  # of depth 1, 2 or 3
    assert values(text, "params=12") == (1, True, None, False, None)
    assert values(text, "params=8") == (10**9, False, None, False, 10**9)
    assert values(text, "params=4") == (10**9 - 1, False, 10**9, False, 10**9)
    assert rendered(convcalc.solve(text, max="params=4")).splitlines()[0] == (
        "w = 999,999,999 is the largest value up to 1,000,000,000 within the budget."
    )


def test_too_many_cases_are_looked_at_up_to_a_bound() -> None:
    text = "symbol k; input 12x8x8; conv k*k-9*k+30 1; conv 16*k 1 groups=4*k"
    budget = solved(text, "macs=1000M")
    works = [k for k in range(1, 101) if (k * k - 9 * k + 30) % (4 * k) == 0]
    assert works == [2, 3, 10, 15]
    assert (budget.value, budget.next, budget.bound) == (15, None, 1000)


def test_many_values_in_a_row_do_not_work() -> None:
    text = "symbol w; input 2048x8x8; conv w 3 groups=2048; gap; fc 10"
    assert values(text, "params=2040010") == (100_352, False, 102_400, True, None)
    assert values(text, "params=1M") == (49_152, False, 51_200, True, None)
    assert values(text, "params=40k") == (None, False, 2048, False, None)


def test_a_symbol_that_is_a_word_of_python() -> None:
    assert values("symbol in; input 3x8x8; conv 3 1 groups=in", "params=1k")[0] == 3


def test_both_counts_and_the_formula() -> None:
    text = "symbol w; input 3x32x32; conv w 3x3; relu; conv 2*w 3x3; gap; fc 10"
    budget = solved(text, "params=1M")
    assert (budget.symbol, budget.value, budget.next) == ("w", 234, 235)
    (amount,) = budget.amounts
    assert (amount.count, amount.beyond) == (997_318, 1_005_810)
    assert str(amount.formula) == "18·w² + 50·w + 10"
    assert totals(text, w=234).parameters.total == 997_318
    assert totals(text, w=235).parameters.total == 1_005_810


def test_every_limit_holds() -> None:
    text = "symbol w; input 3x32x32; conv w 3x3 pad=1; conv w 3x3 pad=1"
    alone = [
        solved(text, limit).value for limit in ("params=100k", "macs=20M", "memory=1MiB", "peak=1M")
    ]
    together = solved(text, "params=100k", "macs=20M", "memory=1MiB", "peak=1M")
    assert together.value == min(value for value in alone if value is not None)
    assert [amount.limit.quantity for amount in together.amounts] == [
        "params",
        "macs",
        "memory",
        "peak",
    ]


def test_values_that_do_not_work_are_passed_over() -> None:
    text = "symbol w; input 3x8x8; conv w 3x3; conv 32 3x3 groups=32; gap"
    budget = solved(text, "params=2400")
    # 28·w + 32·9·(w/32) + 32: 64 has 2,400; 65 to 95 cannot be divided by 32
    assert (budget.value, budget.next) == (64, 96)
    assert [(a.count, a.beyond) for a in budget.amounts] == [(2400, 3584)]
    budget = solved(text, "params=3000")
    assert (budget.value, budget.next, budget.passed) == (64, 96, True)


def test_a_symbol_that_counts_repeats() -> None:
    text = "symbol n; input 3x8x8; conv 64 3x3 pad=1; repeat n { conv 64 3x3 pad=1 }"
    budget = solved(text, "params=1M")
    assert (budget.value, budget.next) == (27, 28)
    (amount,) = budget.amounts
    assert (amount.count, amount.beyond, amount.formula) == (998_848, 1_035_776, None)
    text = "symbol n; input 3x8x8; conv 64 3x3 pad=1; repeat n { repeat n { conv 64 3x3 pad=1 } }"
    assert values(text, "params=1M") == (5, False, 6, False, None)
    assert values(text, "params=1M", "macs=50M") == (4, False, 5, False, None)


@pytest.mark.parametrize("layers", ["conv 8 3x3 pad=1", "relu", "conv 8 3x3 pad=1 ; bn ; relu"])
def test_networks_are_not_tried_past_a_number_of_layers(layers: str) -> None:
    text = f"symbol n; input 3x8x8; conv 8 3x3; repeat n {{ {layers} }}"
    value, endless, following, passed, bound = values(text, "params=100M")
    assert (endless, following, passed) == (False, None, False)
    assert value == bound == (2048 if "bn" in layers else 8192)
    assert rendered(convcalc.solve(text, max="params=100M")).startswith(
        f"n = {value:,} keeps within the budget; larger values were not tried.\n"
    )


def test_repeats_that_break_at_some_count() -> None:
    text = "symbol n; input 3x64x64; repeat n { conv 8 3x3 pad=1; maxpool 2 }"
    assert values(text, "params=100k") == (6, False, None, True, 38)
    assert values(text, "params=1500") == (3, False, 4, False, None)
    assert rendered(convcalc.solve(text, max="params=100k")).splitlines()[:2] == [
        "n = 6 is the largest value up to 38 within the budget.",
        "From 7 to 38 none works in this network; larger values were not tried.",
    ]


def test_counts_with_which_costs_fall_are_all_tried() -> None:
    text = "symbol n; input 3x64x64; repeat n { conv 8 3x3 pad=1; maxpool 2 }; fc 10"
    counts = {n: totals(text, n=n).parameters.total for n in range(1, 7)}
    assert counts == {1: 82_154, 2: 21_298, 3: 6_522, 4: 3_266, 5: 2_890, 6: 3_234}
    assert values(text, "params=3000") == (5, False, 6, False, 256)
    assert values(text, "params=25k") == (6, False, None, True, 256)
    assert values(text, "params=2800") == (None, False, 1, False, 256)
    text = "symbol n; input 3x32x32; conv 8 3x3 stride=2**n"
    assert values(text, "macs=50k") == (82, False, None, True, 256)


def test_a_mistake_is_reported_before_values_are_tried() -> None:
    with pytest.raises(SpecError, match="a 9x9 window does not fit"):
        convcalc.solve("symbol n; input 3x8x8; conv 8 9x9; repeat n { relu }", max="params=1M")
    with pytest.raises(SpecError, match="the MACs depend on H, W and n"):
        convcalc.solve("symbol n; input 3xHxW; repeat n { conv 3 3 pad=1 }", max="macs=1M")


def test_no_value_is_small_enough() -> None:
    solution = convcalc.solve("symbol w; input 3x8x8; conv 4*w 3x3", max="params=111")
    assert not solution.ok
    assert solution.budget is not None
    assert solution.budget.to_dict() == {
        "symbol": "w",
        "value": None,
        "from": None,
        "next": 1,
        "passed": False,
        "bound": None,
        "amounts": [
            {
                "quantity": "params",
                "most": 111,
                "count": None,
                "beyond": 112,
                "formula": "112*w",
            }
        ],
    }


def test_no_value_up_to_a_bound_is_too_large() -> None:
    text = "symbol w; input 1x8x8; conv w//1000000000+1 1x1"
    assert values(text, "params=100") == (10**9, False, None, False, 10**9)
    assert values(text, "params=2") == (10**9 - 1, False, 10**9, False, None)


def test_other_symbols_are_set() -> None:
    text = "symbol w n; input 3xHxW; conv w 3x3 pad=1; conv n 3x3"
    assert solved(text, "params=1M", set={"n": 10}).value == 8474
    budget = solved(text, "memory=1M", set={"n": 10, "H": 32, "W": 32})
    assert budget.symbol == "w"
    assert budget.value == 235


@pytest.mark.parametrize(
    ("text", "limit", "message", "help"),
    [
        (
            "symbol w; input 3xHxW; conv w 3x3",
            "macs=1G",
            "the MACs depend on H, W and w: --max finds one number",
            "fix the others, for example --set H=64 --set W=64",
        ),
        (
            "input 3x32x32; conv 64 3x3",
            "params=1M",
            "there is no symbol to be found: the parameters are 1,792 whatever happens",
            "put a symbol into the spec: symbol w, then for example conv w 3x3",
        ),
        (
            "symbol w; input 3x32x32; conv w 3x3",
            "par=1M",
            "--max par=1M: there is no such quantity",
            "did you mean params=?",
        ),
        (
            "symbol w; input 3x32x32; conv w 3x3",
            "1M",
            "--max 1M has no =",
            "write params=1M, macs=500M, memory=64MiB or peak=8MiB",
        ),
        (
            "symbol w; input 3x32x32; conv w 3x3",
            "params=1MiB",
            "--max params=1MiB: 1MiB is not an amount",
            "units are k, M, G",
        ),
        (
            "symbol w; input 3x32x32; conv w 3x3",
            "memory=-3",
            "--max memory=-3: -3 is not an amount",
            "units are k, M, G, or KiB, MiB, GiB",
        ),
    ],
)
def test_errors(text: str, limit: str, message: str, help: str) -> None:
    with pytest.raises(SpecError) as raised:
        convcalc.solve(text, max=limit)
    (problem,) = raised.value.problems
    assert (problem.message, problem.help) == (message, help)


def test_a_network_that_never_works_says_why() -> None:
    with pytest.raises(SpecError, match="a 9x9 window does not fit an 8x8 input"):
        convcalc.solve("symbol w; input 3x8x8; conv w 9x9", max="params=1M")


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("params=1M", 10**6),
        ("parameters=1.5k", 1500),
        ("Params=1,000,000", 10**6),
        ("params=2_000", 2000),
        ("macs=4.1G", 4_100_000_000),
        ("macs=1t", 10**12),
        ("memory=64MiB", 64 * 2**20),
        ("memory=64MB", 64 * 10**6),
        ("memory=64M", 64 * 10**6),
        ("peak=0.5KiB", 512),
        ("peak=12", 12),
        ("peak=12B", 12),
    ],
)
def test_amounts(text: str, most: int) -> None:
    assert read_limit(text).most == most


@pytest.mark.parametrize("amount", ["", "k", "1.k", "1e6", "1kk", "1 M B", "²", "1" * 30])
def test_no_amounts(amount: str) -> None:
    with pytest.raises(SpecError):
        read_limit(f"params={amount}")


def test_a_real_network() -> None:
    """ResNet-50 with a symbol for its width: the published number of parameters is that of 64."""
    text = "\n".join(line.partition("->")[0] for line in zoo.text("resnet50").splitlines())
    for width in (512, 256, 128, 64):
        text = text.replace(f" {width} ", f" {width // 64}*w ")
    budget = solved("symbol w\n" + text, "params=25557032")
    assert budget.value == 64
    assert budget.amounts[0].count == 25_557_032


# --- requirements


def test_requirements_on_the_symbol_alone_are_rules() -> None:
    k, h = symbols("k", "H")
    assert rule_of(Stated(0, 64, "==", k * 9, ""), "k") == (64 - 9 * k, "==", 0)
    assert rule_of(Stated(0, k * h, ">=", 1, ""), "k") is None
    assert rule_of(Stated(0, h, ">=", 1, ""), "k") is None


# --- as text


def test_a_table_that_is_too_wide_becomes_lists() -> None:
    text = "symbol w; input 2048x8x8; conv w 3x3 groups=2048; gap; fc 10"
    budget = solved(text, "params=2040010", "peak=1GiB")
    wide = list(shown(budget, 101))
    assert wide == list(shown(budget))
    assert max(map(len, wide)) == 101
    assert list(shown(budget, 100)) == [
        "w = 100,352 is the largest value within the budget.",
        "Those between 100,352 and 102,400 don't work in this network.",
        "  parameters",
        "    w = 100,352   2,007,050",
        "    w = 102,400   2,048,010",
        "    at most       2,040,010",
        "    in general    20·w + 10",
        "  activations alive at once",
        "    w = 100,352      14,974,976",
        "    w = 102,400      15,269,888",
        "    at most       1,073,741,824",
        "    in general    4·max(36·w + 131,072, 37·w)",
        "Memory in bytes, as float32, for one example.",
    ]
    for width in (40, 60, 80):
        solution = convcalc.solve(text, max=["params=2040010", "peak=1GiB"])
        assert max(map(len, rendered(solution, width).splitlines())) <= width
