"""Blocks as a tree of rows: folding, joining, counting, and sums that stay exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from convcalc import analyze, zoo
from convcalc.render import ALL
from convcalc.render.columns import operation
from convcalc.render.rows import READABLE, Row, outline
from convcalc.render.units import UNICODE
from convcalc.report import Report
from tests.render.conftest import BRANCHES, DEEP, long_network


def drawn(text: str, depth: int | None = None) -> list[str]:
    """Each row as its indented label and operation."""
    rows = outline(analyze(text), depth).rows
    return [f"{'  ' * (len(row.last) - 1)}{row.label}: {operation(row, UNICODE)}" for row in rows]


def numbers(row: Row) -> tuple[Any, ...]:
    item = row.item
    held = item.parameters
    return (
        held.weights,
        held.biases,
        held.buffers,
        held.trainable,
        item.macs,
        item.connections,
        item.activation_bytes,
    )


def added(rows: list[Row]) -> tuple[Any, ...]:
    return tuple(map(sum, zip(*map(numbers, rows), strict=True)))


DEEP_ROWS = [
    "a: stage 8",
    "  pair1: pair n",
    "    unit1: unit n",
    "      conv1: conv 8 3x3 pad=1 bias=no",
    "      bn1: bn",
    "      relu1: relu",
    "    unit2: unit n",
]


def test_blocks_are_a_tree() -> None:
    rows = drawn(DEEP, ALL)
    assert [line.partition(":")[0] for line in rows[: len(DEEP_ROWS)]] == [
        line.partition(":")[0] for line in DEEP_ROWS
    ]
    assert rows[3:6] == DEEP_ROWS[3:6]


@pytest.mark.parametrize(
    ("depth", "labels"),
    [
        (0, ["a", "b", "fc1"]),
        (1, ["a", "pair1", "pair2", "pair3", "maxpool1", "b", "stage1", "stage2", "fc1"]),
    ],
)
def test_a_depth_folds_what_is_deeper(depth: int, labels: list[str]) -> None:
    shown = outline(analyze(DEEP), depth)
    rows = list(shown.rows)
    assert [row.label for row in rows] == labels
    assert (shown.folded, shown.merged, shown.counted) == (True, False, False)
    assert [row.label for row in rows if row.folded] == [
        label for label in labels if label[:4] in ("pair", "stag") or (depth == 0 and label in "ab")
    ]


def test_a_folded_block_says_how_much_is_in_it() -> None:
    assert drawn(DEEP, 0) == ["a: stage 8 (22 layers)", "b: 44 layers", "fc1: fc 10"]


def test_a_small_network_is_shown_whole() -> None:
    shown = outline(analyze(BRANCHES))
    assert (shown.folded, shown.merged, shown.counted) == (False, False, False)
    assert [row.label for row in shown.rows] == [
        "stem",
        "a",
        "conv1",
        "maxpool1",
        "conv2",
        "add1",
        "relu1",
        "reuse1",
        "conv1",
        "maxpool1",
        "conv2",
        "add1",
        "relu1",
        "concat1",
        "fc1",
    ]


def test_what_a_row_reads_is_said_where_it_is_not_the_row_before() -> None:
    rows = drawn(BRANCHES)
    assert rows[2:6] == [
        "  conv1: conv 16 3x3 pad=1",
        "  maxpool1: maxpool 3x3 s=1 pad=1 ← stem",
        "  conv2: conv 16 1x1 bias=no",
        "  add1: add ← conv1, conv2, stem",
    ]
    assert rows[8] == "  conv1: conv 16 3x3 pad=1 (weights of a/conv1)"
    assert rows[13] == "concat1: concat ← reuse1/relu1, stem, a/relu1"


def test_many_sources_are_counted() -> None:
    branches = " | ".join(["relu"] * 6)
    assert drawn(f"input 3x4x4\nconcat {{ {branches} }}")[-1] == (
        "concat1: concat ← relu1, relu2, 4 more"
    )


def test_the_row_of_a_block_of_one_layer_is_that_layer() -> None:
    assert drawn("input 3x8x8\nout: freeze { conv 4 3x3 }") == ["out: conv 4 3x3 (frozen)"]


CHAIN = "\n".join(f"conv {4 + i % 5} 3x3 pad=1 bias=no ; bn ; relu" for i in range(20))


def test_norms_and_activations_join_their_layer_when_rows_are_many() -> None:
    shown = outline(analyze(f"input 3x8x8\n{CHAIN}"))
    rows = list(shown.rows)
    assert len(rows) == 20
    assert (shown.folded, shown.merged, shown.counted) == (False, True, False)
    assert rows[1].label == "conv2"
    assert operation(rows[1], UNICODE) == "conv 5 3x3 pad=1 bias=no + bn + relu"
    assert rows[1].item.parameters.total == 4 * 5 * 9 + 10
    assert rows[1].item.parameters.buffers == 10
    assert rows[1].item.window is not None


@pytest.mark.parametrize(
    ("tail", "last"),
    [
        ("conv 4 3x3 ; relu", ["conv21"]),
        ("conv 4 3x3 ; act: relu", ["conv21", "act"]),  # it has a name of its own
        ("a: conv 4 3x3 ; relu ; add @a", ["a", "relu21", "add1"]),  # a is read elsewhere too
        (
            "a: conv 4 3x3 ; from @a ; relu ; from @a ; relu ; fc 3",
            ["a", "relu21", "relu22", "fc1"],
        ),
        ("conv 4 3x3 ; flatten ; relu", ["conv21", "flatten1"]),
    ],
)
def test_only_what_belongs_to_a_layer_joins_it(tail: str, last: list[str]) -> None:
    rows = list(outline(analyze(f"input 3x8x8\n{CHAIN}\n{tail}")).rows)
    assert [row.label for row in rows[20:]] == last


def test_a_labelled_block_that_becomes_one_row_keeps_its_name() -> None:
    text = f"input 3x8x8\n{CHAIN}\nc1: {{ conv 6 3x3 ; tanh }}\nfrom @c1\nfc 10"
    rows = list(outline(analyze(text)).rows)
    assert [row.label for row in rows[20:]] == ["c1", "fc1"]
    assert operation(rows[20], UNICODE) == "conv 6 3x3 + tanh"


def test_equal_blocks_are_counted(report: Callable[[str], Report]) -> None:
    rows = list(outline(report("resnet152")).rows)
    stage = [row for row in rows if row.item.name.startswith("layer3/") and len(row.last) == 2]
    assert [(row.label, row.text, row.copies) for row in stage[1:]] == [
        ("block2", "", 0),
        ("block3–36", "34 like block2", 34),
    ]
    assert numbers(stage[2]) == tuple(34 * number for number in numbers(stage[1]))


def test_a_row_of_equal_layers_is_counted() -> None:
    shown = outline(analyze("input 4x8x8\nrepeat 1000 { conv 4 3x3 pad=1 }"))
    rows = list(shown.rows)
    assert [(row.label, operation(row, UNICODE)) for row in rows] == [
        ("conv1", "conv 4 3x3 pad=1"),
        ("conv2–1000", "999 like conv1"),
    ]
    assert (shown.folded, shown.merged, shown.counted) == (False, False, True)


def test_layers_that_differ_are_not_counted_as_equal() -> None:
    shown = outline(analyze(long_network(100)))
    assert len(list(shown.rows)) == 100
    assert (shown.folded, shown.merged, shown.counted) == (False, False, False)


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("depth", [None, 0, 1, 2, ALL])
def test_sums_are_exact(report: Callable[[str], Report], name: str, depth: int | None) -> None:
    network = report(name)
    rows = list(outline(network, depth).rows)
    totals = network.totals
    held = totals.parameters
    assert added([row for row in rows if len(row.last) == 1]) == (
        held.weights,
        held.biases,
        held.buffers,
        held.trainable,
        totals.macs,
        totals.connections,
        totals.activation_bytes,
    )
    for index, row in enumerate(rows):
        level = len(row.last)
        if row.is_open:
            inside = []
            for other in rows[index + 1 :]:
                if len(other.last) <= level:
                    break
                if len(other.last) == level + 1:
                    inside.append(other)
            assert numbers(row) == added(inside), row.item.name


@pytest.mark.parametrize("name", zoo.names())
def test_every_network_of_the_zoo_is_readable(report: Callable[[str], Report], name: str) -> None:
    top = len(list(outline(report(name), 0).rows))
    assert 5 <= len(list(outline(report(name)).rows)) <= max(READABLE, top)


@pytest.mark.parametrize("name", zoo.names())
def test_nothing_is_left_out_when_everything_is_asked_for(
    report: Callable[[str], Report], name: str
) -> None:
    network = report(name)
    shown = outline(network, ALL)
    assert [part for row in shown.rows for part in row.parts] == list(network.layers)
    assert (shown.folded, shown.merged, shown.counted) == (False, False, False)


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("depth", [None, 0, ALL])
def test_the_last_row_of_each_level_is_marked(
    report: Callable[[str], Report], name: str, depth: int | None
) -> None:
    rows = list(outline(report(name), depth).rows)
    for index, row in enumerate(rows):
        level = len(row.last)
        after = [other for other in rows[index + 1 :] if len(other.last) <= level]
        assert row.last[-1] == (not after or len(after[0].last) < level)
