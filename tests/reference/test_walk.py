"""How windows walk along an axis: small cases to be checked by eye."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.reference.walk import border, enlarge, linear, nearest, share, slide, spread


@pytest.mark.parametrize(
    ("arguments", "before", "after", "reads"),
    [
        ((5, 3, 1, 1, (0, 0)), 0, 0, [[0, 1, 2], [1, 2, 3], [2, 3, 4]]),
        ((5, 3, 2, 1, (1, 1)), 1, 1, [[-1, 0, 1], [1, 2, 3], [3, 4, 5]]),
        ((6, 2, 1, 3, "valid"), 0, 0, [[0, 3], [1, 4], [2, 5]]),
        ((4, 3, 2, 1, "same"), 0, 1, [[0, 1, 2], [2, 3, 4]]),
        ((4, 3, 2, 1, "same_lower"), 1, 0, [[-1, 0, 1], [1, 2, 3]]),
        ((3, 4, 1, 1, "half"), 2, 2, [[i, i + 1, i + 2, i + 3] for i in range(-2, 2)]),
        ((2, 2, 1, 1, "full"), 1, 1, [[-1, 0], [0, 1], [1, 2]]),
        ((3, 2, 1, 2, "causal"), 2, 0, [[-2, 0], [-1, 1], [0, 2]]),
        ((5, 1, 3, 1, "same"), 0, 0, [[0], [3]]),
        ((2, 3, 1, 1, (0, 0)), 0, 0, []),
        # a window that hangs over the end, one that would start in the padding, a tie
        ((4, 3, 2, 1, (0, 0), "ceil"), 0, 0, [[0, 1, 2], [2, 3]]),
        ((3, 2, 2, 1, (1, 1), "ceil"), 1, 1, [[-1, 0], [1, 2]]),
        ((1, 2, 2, 1, (0, 0), "ceil"), 0, 0, [[0]]),
    ],
)
def test_windows(arguments: Any, before: int, after: int, reads: list[list[int]]) -> None:
    walk = slide(*arguments)
    assert (walk.before, walk.after, walk.reads) == (before, after, reads)


@pytest.mark.parametrize(
    ("arguments", "before", "after", "reads"),
    [
        ((2, 3, 2, 1, (0, 0), 0), 0, 0, [[0], [0], [0, 1], [1], [1]]),
        ((2, 3, 2, 1, (1, 1), 1), 1, 1, [[0], [0, 1], [1], [1]]),
        ((2, 2, 1, 2, (0, 0), 0), 0, 0, [[0], [1], [0], [1]]),
        ((2, 4, 2, 1, "same", 0), 1, 1, [[0], [0, 1], [0, 1], [1]]),
        ((2, 3, 2, 1, "same", 0), 0, 1, [[0], [0], [0, 1], [1]]),
        ((2, 3, 2, 1, "same_lower", 0), 1, 0, [[0], [0, 1], [1], [1]]),
        ((2, 1, 2, 1, "same", 0), 0, -1, [[0], [], [1], []]),
    ],
)
def test_transposed_windows(
    arguments: Any, before: int, after: int, reads: list[list[int]]
) -> None:
    walk = spread(*arguments)
    assert (walk.before, walk.after, walk.reads) == (before, after, reads)


def test_adaptive_pools_share_pixels() -> None:
    assert share(5, 3) == [[0, 1], [1, 2, 3], [3, 4]]
    assert share(2, 4) == [[0], [0], [1], [1]]


def test_resizing() -> None:
    assert [enlarge(5, 3, 2), enlarge(3, 1, 2), enlarge(1, 1, 2)] == [7, 1, 0]
    assert nearest(2, 3, 3, 2) == [[0], [0], [1]]
    assert linear(2, 4, 2, 1) == (
        [[0], [0, 1], [0, 1], [1]],
        [[1.0], [0.75, 0.25], [0.25, 0.75], [1.0]],
    )


@pytest.mark.parametrize(
    ("mode", "positions"),
    [
        ("zero", [-1, -1, 0, 1, 2, -1]),
        ("reflect", [2, 1, 0, 1, 2, 1]),
        ("replicate", [0, 0, 0, 1, 2, 2]),
        ("circular", [1, 2, 0, 1, 2, 0]),
    ],
)
def test_borders(mode: str, positions: list[int]) -> None:
    assert border(3, 2, 1, mode) == [[position] for position in positions]


def test_a_negative_border_is_cut_off_first() -> None:
    assert border(4, -1, 2, "reflect") == [[1], [2], [3], [2], [1]]
