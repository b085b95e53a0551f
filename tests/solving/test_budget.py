"""Budgets: the largest value of a symbol, against values tried one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import SpecError, zoo
from convcalc.solving.budget import Budget, read_limit


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


def test_no_value_is_small_enough() -> None:
    solution = convcalc.solve("symbol w; input 3x8x8; conv 4*w 3x3", max="params=111")
    assert not solution.ok
    assert solution.budget is not None
    assert solution.budget.to_dict() == {
        "symbol": "w",
        "value": None,
        "next": 1,
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


def test_no_value_is_too_large() -> None:
    budget = solved("symbol w; input 1x8x8; conv w//1000000000+1 1x1", "params=100")
    assert (budget.value, budget.next) == (10**9, None)


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
