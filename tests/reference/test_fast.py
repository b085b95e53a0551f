"""The fast path, equal to the definitions for all whole numbers."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc.reference import definitions, fast
from convcalc.reference.definitions import Tally
from convcalc.reference.tensor import Tensor, count
from convcalc.reference.walk import Walk, slide, spread

BITS = (1, 7, 8, 15, 16, 31, 33, 62, 63, 64, 65, 100)


class Case(NamedTuple):
    x: Tensor
    filters: list[list[int]]
    biases: list[int]
    walks: list[Walk]
    seen: list[range]


@st.composite
def cases(draw: st.DrawFn, transposed: bool) -> Case:
    """An input, filters and walks, with values of any size: also such as just fit, or just don't
    fit, a slot.
    """
    rank = draw(st.sampled_from([1, 2, 2, 3]))
    walks = []
    for _ in range(rank):
        n = draw(st.integers(1, 9 if rank < 3 else 4))
        kernel, stride, dilation = (draw(st.integers(1, high)) for high in (4, 3, 3))
        if transposed:
            pad = draw(
                st.sampled_from(["same", "same_lower", "valid"])
                | st.tuples(*[st.integers(0, 2)] * 2)
            )
            walk = spread(n, kernel, stride, dilation, pad, draw(st.integers(0, 2)))
        else:
            words = st.sampled_from(["valid", "same", "same_lower", "half", "full", "causal"])
            pad = draw(words | st.tuples(*[st.integers(0, 4)] * 2))
            walk = slide(n, kernel, stride, dilation, pad)
        walks.append(walk if walk.reads else slide(n, 1, 1, 1, "valid"))
        if not walk.reads and transposed:
            walks[-1] = spread(n, 1, 1, 1, "valid", 0)
    groups, each, filters = (draw(st.integers(1, 3)) for _ in range(3))
    largest = 2 ** draw(st.sampled_from(BITS)) - draw(st.integers(0, 1))
    numbers = st.integers(-largest, largest)
    weights = st.sampled_from([-1, 0, 1, 2]) | numbers
    sizes = (groups * each, *(walk.size for walk in walks))
    x = Tensor(sizes, draw(st.lists(numbers, min_size=count(sizes), max_size=count(sizes))))
    length = each * count(len(walk.taps) for walk in walks)
    parts = [range(first, first + each) for first in range(0, groups * each, each)]
    seen = [part for part in parts for _ in range(filters)]
    rows = [draw(st.lists(weights, min_size=length, max_size=length)) for _ in seen]
    biases = draw(st.just([]) | st.lists(numbers, min_size=len(seen), max_size=len(seen)))
    return Case(x, rows, biases, walks, seen)


def tallied(run: object, case: Case) -> tuple[Tensor, int, int]:
    tally = Tally()
    value = run(*case, tally)  # type: ignore[operator]
    return value, tally.multiplications, tally.connections


@settings(max_examples=150)
@given(cases(transposed=False), st.booleans())
def test_convolutions(case: Case, products: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if products:  # big integers even where they don't pay
            patch.setattr(fast, "FEW", 0)
        assert tallied(fast.convolve, case) == tallied(definitions.convolve, case)


@settings(max_examples=100)
@given(cases(transposed=True), st.booleans())
def test_transposed_convolutions(case: Case, products: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if products:
            patch.setattr(fast, "FEW", 0)
        assert tallied(fast.scatter, case) == tallied(definitions.scatter, case)


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_sums_fit_their_slots(bits: int, sign: int) -> None:
    largest = 2**bits
    x = Tensor((2, 3, 8), [largest] * 48)
    walks = [slide(3, 3, 1, 1, (0, 0)), slide(8, 3, 1, 1, (1, 1))]
    case = Case(x, [[sign * largest] * 18], [], walks, [range(2)])
    value, _, _ = tallied(fast.convolve, case)
    edge, middle = sign * 12 * largest**2, sign * 18 * largest**2
    assert value.values == [edge, *[middle] * 6, edge]


def test_a_table_of_connections() -> None:
    x = Tensor((3, 2, 8), list(range(48)))
    walks = [slide(2, 1, 1, 1, (0, 0)), slide(8, 3, 1, 1, (1, 1))]
    seen: list[list[int]] = [[0], [0, 2], [], [1, 2]]
    filters = [
        [1 + number + place for place in range(3 * len(part))] for number, part in enumerate(seen)
    ]
    arguments = (x, filters, [5, 6, 7, 8], walks, seen)
    assert fast.convolve(*arguments, Tally()) == definitions.convolve(*arguments, Tally())
