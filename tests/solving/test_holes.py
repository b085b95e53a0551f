"""Holes: what a ? may be, against numbers put in one by one and analysed."""

from __future__ import annotations

import json
import re
import time
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import SpecError
from convcalc.layers.base import Layer
from convcalc.layers.catalog import KINDS
from convcalc.layers.joins import Join
from convcalc.solving.search import Holes


def only(text: str, **options: Any) -> Holes:
    (holes,) = convcalc.solve(text, **options).holes
    return holes


def texts(text: str, **options: Any) -> list[str]:
    return [filling.text for filling in only(text, **options).fillings]


def comes_out(text: str) -> bool:
    """Whether a spec with numbers works and gives what its answers say."""
    try:
        return convcalc.analyze(text).ok
    except SpecError:
        return False


# --- against every number put in

OPEN = {
    "conv": ["conv 2 {k} stride={s} pad={p} dilation={d}", "conv 2 {k} stride={s} pad={p}:{q}"],
    "maxpool": [
        "maxpool {k} stride={s} pad={p} round=ceil",
        "maxpool {k} stride={s} pad={p} dilation={d}",
        "maxpool {k} pad={p}",
    ],
    "deconv": ["deconv 2 {k} stride={s} pad={p} output_pad={o}"],
    "same": ["conv 2 {k} stride={s} pad=same dilation={d}"],
}
LEAST = {"k": 1, "s": 1, "d": 1, "p": 0, "q": 0, "o": 0}


@st.composite
def layers_with_holes(draw: st.DrawFn) -> tuple[str, list[str], int, int]:
    """A layer with letters for its open numbers, these letters, the input's size, the output's."""
    pattern = draw(st.sampled_from([p for patterns in OPEN.values() for p in patterns]))
    letters = [letter for letter in LEAST if "{" + letter + "}" in pattern]
    count = draw(st.integers(1, min(3, len(letters))))
    left_open = draw(st.permutations(letters))[:count]
    closed = {
        letter: draw(st.integers(LEAST[letter], 3)) for letter in letters if letter not in left_open
    }
    text = pattern.format(**closed, **{letter: "{" + letter + "}" for letter in left_open})
    return text, left_open, draw(st.integers(1, 12)), draw(st.integers(1, 14))


def left_out_together(letters: list[str]) -> bool:
    """Whether padding is open together with something else; before and after are one."""
    names = {letter.replace("q", "p") for letter in letters}
    return "p" in names and len(names) > 1


@settings(max_examples=250)
@given(layers_with_holes())
def test_as_many_ways_as_numbers_that_come_out(case: tuple[str, list[str], int, int]) -> None:
    pattern, letters, size, wanted = case
    bound, depth = 3, 2
    spec = f"input 2x{size}; {pattern} -> {depth}x{wanted}"
    expected = set()
    for numbers in product(*(range(LEAST[letter], bound + 1) for letter in letters)):
        layer = pattern.format(**dict(zip(letters, numbers, strict=True)))
        made = f"input 2x{size}; {layer} -> {depth}x{wanted}"
        if not comes_out(made):
            continue
        window = convcalc.analyze(made).layers[0].window
        assert window is not None
        kernel: Any = window.kernel[0]
        dilation: Any = window.dilation[0]
        padding: Any = window.padding[0]
        extent = dilation * (kernel - 1) + 1
        if left_out_together(letters) and max(padding) >= extent:
            continue  # searched for together with something else: stated to be left out
        expected.add(layer)
    try:
        found = only(spec.format(**dict.fromkeys(letters, "?")), bound=bound)
    except SpecError:  # wrong whatever the numbers are
        assert not expected
        return
    assert {filling.text for filling in found.fillings} == expected
    assert found.count == len(expected)
    assert (found.reason is None) == bool(expected)


@settings(max_examples=80)
@given(
    st.integers(3, 9), st.integers(3, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 3)
)
def test_each_axis_by_itself_and_both_with_one_number(
    height: int, width: int, high: int, wide: int, stride: int
) -> None:
    answer = f"-> 1x{high}x{wide}"
    start = f"input 1x{height}x{width}; conv 1"
    found = set()
    for kernel, other, pad in product(range(1, 5), range(1, 5), range(5)):
        layer = f"conv 1 {kernel}x{other} stride={stride} pad={pad}"
        if pad < min(kernel, other) and comes_out(f"input 1x{height}x{width}; {layer} {answer}"):
            found.add(layer)
    assert set(texts(f"{start} ?x? stride={stride} pad=? {answer}", bound=4)) == found
    square = {text for text in found if text.split()[2] in ("1x1", "2x2", "3x3", "4x4")}
    single = {text.replace(text.split()[2], text.split()[2][0]) for text in square}
    assert set(texts(f"{start} ? stride={stride} pad=? {answer}", bound=4)) == single


# A pattern, its input, and the least and most of its numbers that could give a size of 1 to 12.
OTHERS = [
    ("slice {a}:{b}", "{n}x3", "{m}x3", (0, 0), 8),
    ("slice {a}:3", "{n}x3", "{m}x3", (0,), 8),
    ("pad 0 depth={a}:{b}", "{n}x3", "{m}x3", (0, 0), 12),
    ("pad 0 depth={a}", "{n}x3", "{m}x3", (0,), 12),
    ("pad {a}:{b}", "2x{n}", "2x{m}", (0, 0), 12),
    ("pad {a}:1 mode=reflect", "2x{n}", "2x{m}", (0,), 12),
    ("crop {a}:{b}", "2x{n}", "2x{m}", (0, 0), 12),
    ("crop {a}", "2x{n}", "2x{m}", (0,), 12),
    ("crop size={a}", "2x{n}", "2x{m}", (1,), 12),
    ("adaptiveavgpool {a}", "2x{n}", "2x{m}", (1,), 12),
    ("pixelunshuffle {a}", "2x{n}", "6x{m}", (1,), 12),
    ("pixelshuffle {a}", "12x{n}", "6x{m}", (1,), 12),
    ("conv {a} 3 groups={b} pad=1", "{n}x3", "{m}x3", (1, 1), 12),
    ("conv 6 3 groups={b} pad=1", "{n}x3", "6x3", (1,), 12),
    ("dwconv 1 multiplier={a}", "{n}x3", "{m}x3", (1,), 12),
    ("sepconv {a} 1 multiplier={b}", "4x3", "{m}x3 params=48", (1, 1), 24),
    ("fc {a}", "{n}", "{m}", (1,), 12),
    ("fc {a}", "{n}", "params=24", (1,), 24),
    ("conv {a} {b}", "2x{n}", "params=24", (1, 1), 24),
    ("conv 2 {a} groups={b}", "4x{n}", "2x{m} params=14", (1, 1), 24),
    ("conv 2 {a} pad=half", "2x{n}", "2x{m}", (1,), 16),
    ("conv 2 {a} pad=full", "2x{n}", "2x{m}", (1,), 24),
    ("conv 2 3 stride={a} pad=1 dilation=2", "2x{n}", "2x{m}", (1,), 16),
    ("conv 2 2 dilation={a} pad=1:2", "2x{n}", "2x{m}", (1,), 24),
    ("maxpool 4 stride=1 pad={a}:{b}", "2x{n}", "2x{m}", (0, 0), 5),
    ("maxpool 4 stride={a} pad=2:1 round=ceil", "2x{n}", "2x{m}", (1,), 16),
    ("maxpool {a} pad=1 round=ceil", "2x{n}", "2x{m}", (1,), 16),
    ("deconv 2 3 pad={a}:{b}", "2x{n}", "2x{m}", (0, 0), 12),
    ("deconv 2 {a} dilation={b} stride=2 output_pad=1", "2x{n}", "2x{m}", (1, 1), 5),
    ("deconv 2 3 stride={a} pad=same", "2x{n}", "2x{m}", (1,), 12),
    ("deconv 2 3 stride={a} output_pad=1", "2x{n}", "2x{m}", (1,), 12),
]


@pytest.mark.parametrize(("pattern", "input", "answer", "least", "most"), OTHERS)
def test_every_number_that_comes_out(
    pattern: str, input: str, answer: str, least: tuple[int, ...], most: int
) -> None:
    names = [name for name in "ab" if "{" + name + "}" in pattern]
    layers = filled(pattern, names, [range(low, most + 1) for low in least])
    below = filled(pattern, names, [range(-most, 1)] * len(names)) if "pad {" in pattern else []
    holes = pattern.format(**dict.fromkeys(names, "?"))
    for n in range(1, 7):
        start = f"input {input.format(n=n)}; "
        outcomes = {layer: outcome(start + layer) for layer in (*layers, *below)}
        for m in range(1, 7):
            wanted = answer.format(m=m)
            expected = {layer for layer in layers if set(wanted.split()) <= outcomes[layer]}
            if not expected:  # a negative padding crops
                expected = {layer for layer in below if set(wanted.split()) <= outcomes[layer]}
            try:
                found = only(f"{start}{holes} -> {wanted}")
            except SpecError:  # wrong whatever the numbers are
                assert not expected
                continue
            listed = {filling.text for filling in found.fillings}
            assert found.count == len(found.fillings)
            assert expected <= listed
            for layer in listed - expected:  # beyond the numbers that were put in
                assert layer not in outcomes
                assert set(wanted.split()) <= outcome(start + layer)


def outcome(text: str) -> set[str]:
    """What could be stated of a spec's last layer; nothing if it does not work."""
    try:
        layer = convcalc.analyze(text).layers[-1]
    except SpecError:
        return set()
    shape = "x".join(map(str, layer.output_shape))
    return {shape, f"params={layer.parameters.total}"}


def filled(pattern: str, names: list[str], ranges: list[range]) -> list[str]:
    """A layer with every combination of numbers for its letters."""
    texts = [[f"({n})" if n < 0 else str(n) for n in numbers] for numbers in ranges]
    return [pattern.format(**dict(zip(names, each, strict=True))) for each in product(*texts)]


# --- single answers

ONE_WAY = [
    ("input 512x7x7; upsample ? -> 512x14x14", "upsample 2"),
    ("input 512x8x8; upsample ?x? -> 512x10x12", "upsample 1.25x1.5"),
    ("input 512x8x8; upsample size=? -> 512x10x10", "upsample size=10"),
    ("input 512x8x8; fc ? -> 100000", "fc 100000"),
    ("input 512x8x8; adaptiveavgpool ? -> 512x6x6", "adaptiveavgpool 6"),
    ("input 512x8x8; adaptivemaxpool ?x? -> 512x6x4", "adaptivemaxpool 6x4"),
    ("input 512x8x8; reshape ?x?x16 -> 128x16x16", "reshape 128x16x16"),
    ("input 64x8x8; pixelshuffle ? -> 4x32x32", "pixelshuffle 4"),
    ("input 64x8x8; pixelunshuffle ? -> 1024x2x2", "pixelunshuffle 4"),
    ("input 64x8x8; pad ? -> 64x12x12", "pad 2"),
    ("input 64x8x8; pad ? -> 64x6x6", "pad (-1)"),
    ("input 64x8x8; crop ? -> 64x4x4", "crop 2"),
    ("input 64x8x8; crop size=? -> 64x3x3", "crop size=3"),
    ("input 64x8x8; slice 16:? -> 16x8x8", "slice 16:32"),
    ("input 64x8x8; slice ?:48 -> 16x8x8", "slice 32:48"),
    ("input 64x8x8; dwconv 3x3 multiplier=? pad=1 -> 128x8x8", "dwconv 3x3 multiplier=2 pad=1"),
    ("input 64x8x8; conv ? 3x3 -> 96x6x6", "conv 96 3x3"),
    ("input 64x9x9; conv 3 3x3 dilation=? -> 3x5x5", "conv 3 3x3 dilation=2"),
    ("input 64x9x7; conv 3 ?x? -> 3x5x5", "conv 3 5x3"),
    ("input 64x9x7; conv 3 ?x? s=1 p=0 -> 3x5x5", "conv 3 5x3 s=1 p=0"),
    ("input 64x112x112; maxpool 3x3 stride=? pad=1 -> 64x56x56", "maxpool 3x3 stride=2 pad=1"),
    ("input 3x32x32; conv ? 5x5 -> params=456", "conv 6 5x5"),
    ("input 3x227x227; conv ? 11x11 s=4 -> macs=105415200", "conv 96 11x11 s=4"),
    ("input 8x8x8; conv 8 3x3 groups=? pad=1 -> 8x8x8 weights=144", "conv 8 3x3 groups=4 pad=1"),
    ("layout hwc; input 9x9x3; conv 64 3x3 pad=?x? -> 9x7x64", "conv 64 3x3 pad=1x0"),
    ("input 3x16; conv 4 3 pad=?:1 -> 4x17", "conv 4 3 pad=2:1"),
    ("input 4x20x20; slice ?:? -> 4x20x20", "slice 0:4"),
    ("input 4x20x20; slice ?:3 -> 3x20x20", "slice 0:3"),
    ("input 4x20x20; pad 0 depth=? -> 8x20x20", "pad 0 depth=2"),
    ("input 3x200000; conv 8 3 pad=? -> 8x200000", "conv 8 3 pad=1"),
    ("input 3x1000000; conv 8 3 stride=? -> 8x1001", "conv 8 3 stride=999"),
    ("input 3x200000; maxpool ? -> 3x50000", "maxpool 4"),
    ("input 3x200000; maxpool ? round=ceil -> 3x66667", "maxpool 3 round=ceil"),
    ("input 3x200000; conv 8 3 dilation=? -> 8x180000", "conv 8 3 dilation=10000"),
    ("input 3x200000; deconv 8 4 stride=? pad=1 -> 8x400000", "deconv 8 4 stride=2 pad=1"),
    ("input 64x8x8; reshape ?x16x16", "reshape 16x16x16"),
    ("input 4xHxW; reshape 2x?x? -> 2x(2*H)xW", "reshape 2x(2*H)xW"),
    ("input 25088; fc ? -> params=102764544", "fc 4096"),
    ("input 64x8x8; conv 64 3 groups=? -> macs=41472", "conv 64 3 groups=32"),
    ("input 8x9x9; conv ? ? -> params=1168", "conv 16 3"),
    ("input 8x9x9; { relu ; conv ? 3 -> params=1168 } -> 16x7x7", "conv 16 3"),
    ("input 8x8; repeat 3 { conv 8 3 pad=? } -> 8x14", "conv 8 3 pad=2"),
    ("input 30x30; repeat 2 { conv depth*2 ? pad=1 } -> 120x26", "conv depth*2 5 pad=1"),
    ("input 3x9x9; { conv ? 3; gap; fc 10 } -> params=390", "conv 10 3"),
    ("input 8x9x9; { conv 8 3 groups=?; relu } -> params=152", "conv 8 3 groups=4"),
]


@pytest.mark.parametrize(("text", "filling"), ONE_WAY)
def test_one_way(text: str, filling: str) -> None:
    assert texts(text) == [filling]
    assert comes_out(text.replace(only(text).text, filling))


def test_usual_ways_come_first() -> None:
    assert texts("input 3x224x224; conv 64 ?x? stride=2 pad=? -> 64x112x112")[:8] == [
        "conv 64 3x3 stride=2 pad=1",
        "conv 64 5x5 stride=2 pad=2",
        "conv 64 7x7 stride=2 pad=3",
        "conv 64 9x9 stride=2 pad=4",
        "conv 64 11x11 stride=2 pad=5",
        "conv 64 13x13 stride=2 pad=6",
        "conv 64 15x15 stride=2 pad=7",
        "conv 64 2x2 stride=2 pad=0",
    ]
    deconv = "input 128x28x28; deconv 64 ? stride=2 pad=? output_pad=? -> 64x56x56"
    assert texts(deconv)[:3] == [
        "deconv 64 2 stride=2 pad=0 output_pad=0",
        "deconv 64 3 stride=2 pad=1 output_pad=1",
        "deconv 64 4 stride=2 pad=1 output_pad=0",
    ]
    assert texts("input 1x28x28; avgpool ? -> 1x1x1")[0] == "avgpool 28"
    assert texts("input 3x20; conv 8 ? pad=same s=? -> 8x7")[:2] == [
        "conv 8 3 pad=same s=3",
        "conv 8 5 pad=same s=3",
    ]
    assert texts("input 64x8x8; pad ?:? -> 64x11x11")[:3] == ["pad 1:2", "pad 2:1", "pad 0:3"]
    groups = texts("input 8x8x8; conv 12 3x3 groups=?")
    assert groups == ["conv 12 3x3 groups=1", "conv 12 3x3 groups=2", "conv 12 3x3 groups=4"]


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("input 4x20x20; slice ?:? -> 2x20x20", ["slice 0:2", "slice 1:3", "slice 2:4"]),
        (
            "input 6x9; pad 0 depth=?:? -> 8x9",
            ["pad 0 depth=1:1", "pad 0 depth=0:2", "pad 0 depth=2:0"],
        ),
        ("input 4x20x20; pad ?:? -> 4x21x21", ["pad 0:1", "pad 1:0"]),
        ("input 4x20x20; pad ?:? -> 4x18x18", ["pad (-1):(-1)", "pad (-2):0", "pad 0:(-2)"]),
        (
            "input 3x200000; conv 8 3 pad=?:? -> 8x200000",
            ["conv 8 3 pad=1:1", "conv 8 3 pad=0:2", "conv 8 3 pad=2:0"],
        ),
        (
            "input 64x28x28; conv ? 3 groups=? pad=1 -> 128x28x28",
            [f"conv 128 3 groups={groups} pad=1" for groups in (1, 2, 4, 8, 16, 32, 64)],
        ),
        (
            "input 8x20; repeat 3 { conv 8 ? pad=? } -> 8x26",
            [f"conv 8 {2 * pad - 1} pad={pad}" for pad in range(2, 9)],
        ),
        (
            "input 8x9x9; conv ? 3 groups=? -> params=592",
            ["conv 16 3 groups=2"],
        ),
    ],
)
def test_all_ways(text: str, ways: list[str]) -> None:
    assert texts(text) == ways
    assert all(comes_out(text.replace(only(text).text, way)) for way in ways)


def test_a_window_may_lie_in_a_padding_that_is_given() -> None:
    dilated = texts("input 8x8; conv 12 ? stride=1 pad=2 dilation=? -> 12x12")
    assert dilated == [f"conv 12 1 stride=1 pad=2 dilation={n}" for n in range(1, 17)]
    assert "conv 12 1 stride=4 pad=1" in texts("input 8x8; conv 12 ? stride=? pad=1 -> 12x3")


def test_a_dilation_that_does_nothing_comes_last() -> None:
    ways = texts("input 3x56x56; conv 64 ? dilation=? pad=? -> 64x56x56")
    assert ways[:3] == [f"conv 64 {k} dilation=1 pad={k // 2}" for k in (1, 3, 5)]
    assert ways[-15:] == [f"conv 64 1 dilation={n} pad=0" for n in range(2, 17)]


@pytest.mark.parametrize(
    ("text", "bound", "tried"),
    [
        ("input 3x9x9; conv 8 3 pad=? -> 8x9x9", None, {}),
        ("input 3x9x9; conv 8 3 pad=? -> 8x9x9", 5, {"pad": (0, 5)}),
        ("input 3x9x9; conv 8 3 stride=? -> 8x4x4", None, {}),
        ("input 3x9x9; conv 8 3 stride=? -> 8x1x1", None, {"stride": (1, 22)}),
        ("input 3x9x9; conv 8 ? pad=same -> 8x9x9", None, {"kernel": (1, 18)}),
        ("input 4x20x20; pad ?:? -> 4x21x21", None, {}),
        ("input 4x20x20; pad ?:? -> 4x26x26", 3, {"pad": (0, 3)}),
        ("input 4x20x20; pad ?:? -> 4x12x12", 5, {"pad": (-5, 0)}),
        ("input 64x9; conv ? 3 groups=? -> 128x7", None, {"groups": (1, 2048)}),
        ("input 64x9; conv ? ? pad=? -> 128x7", None, {"kernel": (1, 16), "pad": (0, 16)}),
        ("input 8x8; conv 8 3 stride=? -> 8x1", 9, {"stride": (1, 9)}),
        (
            "input 3x1000000; conv 8 3 stride=? -> 8x2",
            None,
            {"stride": (1, 499_999 + 2_047)},
        ),
        (
            "input 3x200000; conv 8 1024 stride=512 pad=?:? -> 8x391",
            None,
            {"pad": (0, 352 + 16)},
        ),
    ],
)
def test_what_was_searched_through(
    text: str, bound: int | None, tried: dict[str, tuple[int, int]]
) -> None:
    found = only(text, bound=bound)
    assert {name: (least, most) for name, least, most in found.tried} == tried
    for filling in found.fillings:
        for name, value in filling.values:
            numbers = re.findall(r"-?\d+", repr(value))
            if name in tried:
                assert all(tried[name][0] <= int(n) <= tried[name][1] for n in numbers)


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("input 3x9x9; fc ? -> params=2440", "10 with 2,440 parameters"),
        ("input 3x9x9; fc ? -> params=2441", "an output with 2,441 parameters"),
        ("input 3x32x32; conv ? 5 -> macs=352800", "6x28x28 with 352,800 MACs"),
        (
            "input 8x8x8; conv 8 3 groups=? pad=1 -> 8x8x8 weights=144 biases=8",
            "8x8x8 with 144 weights and 8 biases",
        ),
        ("input 3x9x9; conv 8 ? -> 8x7x7 params=0.5", "8x7x7 with 1/2 parameters"),
        (
            "symbol w; input 3xHxW; conv w ? -> params=28*w",
            "(w)x(H - 2)x(W - 2) with 28·w parameters",
        ),
    ],
)
def test_wanted_counts_are_said(text: str, output: str) -> None:
    found = only(text)
    assert found.output == output
    assert found.to_dict()["output"] == found.shape


def test_numbers_for_a_padding_are_not_searched_for() -> None:
    began = time.process_time()
    for wanted in (200_000, 200_001, 400_000, 1):
        only(f"input 3x200000; conv 8 3 pad=? -> 8x{wanted}")
        only(f"input 3x200000; conv 8 4 pad=? stride=2 -> 8x{wanted}")
        only(f"input 3x200000; conv 8 3 stride=? -> 8x{wanted}")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("input 3x224x224; conv 8 ? s=2 pad=? -> 8x112x112", "k = 2·p + 1 or 2·p + 2"),
        ("input 3x227x227; conv 8 ? s=4 pad=? -> 8x55x55", "k = 2·p + 8 to 2·p + 11"),
        ("input 3x9x9; conv 8 ? pad=1 -> 8x9x9", "k = 3"),
        ("input 3x9x9; conv 8 3x3 s=2 pad=? -> 8x5x5", "p = 1"),
        ("input 3x9x9; conv 8 3x3 s=2 pad=? -> 8x4x4", "p = 0"),
        ("input 3x9x9; conv 8 3x3 s=4 pad=? -> 8x3x3", "p = 1 or 2"),
        ("input 3x9x9; conv 8 3x3 dilation=? -> 8x5x5", "d = 2"),
        ("input 3x9x9; conv 8 3x3 dilation=? pad=full -> 8x13x13", "d = 2"),
        ("input 3x9x9; conv 8 3x3 dilation=? pad=? -> 8x9x9", "d = p"),
        ("input 3x9x9; conv 8 4x4 dilation=? pad=? -> 8x9x9", "2·p = 3·d"),
        ("input 3x9x9; conv 8 ? dilation=? pad=? -> 8x9x9", "(k − 1)·d = 2·p"),
        ("input 3x9x9; conv 8 ? dilation=? s=2 pad=1 -> 8x4x4", "(k − 1)·d = 3 or 4"),
        ("input 3x9; conv 8 ? pad=?:? -> 8x9", "k = p_before + p_after + 1"),
        ("input 3x9; conv 8 3 pad=?:? -> 8x9", "p_before + p_after = 2"),
        ("input 3x9; conv 8 3 pad=?:? s=2 -> 8x5", "p_before + p_after = 2 or 3"),
        ("input 3x9x9; conv 8 3x3 s=? -> 8x4x4", "s = 2"),
        ("input 3x9x9; conv 8 3x3 s=? -> 8x2x2", "s = 4 to 6"),
        ("input 3x9x9; conv 8 3x3 s=? -> 8x1x1", "s ≥ 7"),
        ("input 3x9x9; conv 8 3x3 s=? pad=same -> 8x3x3", "s = 3 or 4"),
        ("input 3x9x9; conv 8 3x3 s=? pad=? -> 8x4x4", "⌊(2·p + 6)/s⌋ + 1 = 4"),
        ("input 3x9x9; conv 8 ? pad=same -> 8x9x9", "any kernel does"),
        ("input 3x9x9; conv 8 ? s=? pad=same -> 8x3x3", "s = 3 or 4, with any kernel"),
        ("input 3x9x9; conv 8 1 dilation=? -> 8x9x9", "any dilation does"),
        ("input 3x9x9; conv 8 1 dilation=? pad=? -> 8x11x11", "p = 1, with any dilation"),
        ("input 3x9x9; deconv 8 ? s=2 pad=same -> 8x18x18", "any kernel does"),
        ("input 3x9x9; deconv 8 3 s=? pad=same -> 8x18x18", "s = 2"),
        ("input 3x9x9; deconv 8 ? output_pad=? s=2 -> 8x20x20", "k + output_pad = 4"),
        ("input 3x9x9; deconv 8 4 s=? pad=? -> 8x18x18", "p = 4·s − 7"),
        ("input 3x9x9; maxpool ? s=4 pad=2 -> 3x3x3", "k = 4 or 5"),
        ("input 3x9x9; maxpool ? -> 3x2x2", "k = 4"),
        ("input 3x9x9; maxpool ? round=ceil -> 3x2x2", "k = 5 to 8"),
        ("input 3x9x9; maxpool ?x3 s=3 -> 3x2x3", "height: k = 4 to 6"),
        ("input 3xHxW; conv 8 3x3 pad=? -> 8xHxW", "p = 1"),
        ("symbol k; input 1xL; conv 8 (k) pad=? -> 8xL", "2·p = k − 1"),
        (
            "input 8x28x28; deconv 8 ? s=2 pad=? output_pad=? -> 8x56x56",
            "k = 2·p − output_pad + 2",
        ),
        ("input 3x9x7; conv 8 ?x? -> 8x5x5", "height: k = 5; width: k = 3"),
        ("input 3x9x9; upsample ? -> 3x20x20", "20/9 ≤ scale < 7/3"),
        ("input 3x20x20; upsample ? -> 3x40x40", "2 ≤ scale < 2.05"),
        ("input 3x9x9; fc ? -> 20", None),
    ],
)
def test_relations(text: str, relation: str | None) -> None:
    assert only(text).relation == relation


# --- where nothing does it


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "input 3x32x32; conv 8 4x4 pad=? -> 8x32x32",
            "the height cannot become 32 with as much padding on both sides; pad=1:2 would do",
        ),
        (
            "input 3x9x7; conv 8 ? -> 8x5x5",
            "one number for every axis cannot do it, as the height needs kernel=5 and the width"
            " needs kernel=3; ?x? asks for one an axis",
        ),
        (
            "input 3x9x9; conv 8 ? -> 4x5x5",
            "the output's depth is 8 whatever the ? is, not 4",
        ),
        ("input 3x9x9; conv 8 ?x? -> 8x5", "the output has 3 sizes, not 2"),
        (
            "input 3xHxW; conv 8 ? -> 8x30x30",
            "the height cannot become 30 whatever the symbols are",
        ),
        ("input 6x9x9; pixelshuffle ? -> 4x18x18", "no number gives it"),
        ("input 6x9x9; conv ? 3x3 -> 4x7x7 params=7", "no way to this size has 7 parameters"),
        ("input 3x9x9; deconv 8 2x2 output_pad=? -> 8x30x30", "the height cannot become 30"),
        (
            "input 3x200000; conv 8 4 pad=? -> 8x200000",
            "the length cannot become 200000 with as much padding on both sides; pad=1:2 would do",
        ),
        (
            "input 4x20x20; pad ?:? -> 4x30x31",
            "one number for every axis cannot do it, as the height needs pad=5:5 and the width"
            " needs pad=5:6; ?:?x?:? asks for one an axis",
        ),
        (
            "input 8x8; conv 12 ? pad=? -> 12x24",
            "the length becomes that only with windows that see nothing but padding, such as"
            " conv 12 1 pad=8",
        ),
        ("input 3x9x9; fc ? -> params=2441", "no number gives 2,441 parameters"),
        ("input 4x9; slice 2:? -> 3x9", "no number gives it"),
        (
            "input 4x9x9; reshape 4x?x? -> 4xHxW",
            "a reshape keeps the number of values, 324 against 4·H·W",
        ),
        (
            "input 8x8; repeat 3 { conv 8 3 pad=? } -> 8x15",
            "no number suits what is stated further down",
        ),
    ],
)
def test_reasons(text: str, reason: str) -> None:
    solution = convcalc.solve(text)
    assert solution.holes[0].reason == reason
    assert not solution.ok


def test_nearest_ways() -> None:
    misses = only("input 8x112x112; maxpool 3x3 stride=? -> 8x50x50").misses
    assert [miss.to_dict() for miss in misses] == [
        {"text": "maxpool 3x3 stride=3", "height": 37},
        {"text": "maxpool 3x3 stride=2", "height": 55},
    ]
    misses = only("input 3x9; maxpool 3 stride=1 pad=? -> 3x20").misses
    assert [miss.to_dict() for miss in misses] == [
        {"text": "maxpool 3 stride=1 pad=1", "length": 9}
    ]


# --- what comes out is known from elsewhere

DECODER = """
input 3x64x64
e1: { conv 16 3x3 pad=1 ; relu } ; maxpool 2x2
e2: { conv 32 3x3 pad=1 ; relu } ; maxpool 2x2
conv 64 3x3 pad=1
deconv 32 ? s=2 pad=1 ; concat @e2 ; conv 32 3x3 pad=1
deconv ? 2x2 s=2 ; add @e1
repeat 2 { conv 16 3x3 pad=? -> 16x64x64 ; relu }
conv 8 3x3 pad=? ; conv 8 3x3 pad=1 ; maxpool 3x3 s=2 -> 8x31x31
"""


def test_sizes_from_joins_and_later_answers() -> None:
    found = convcalc.solve(DECODER).holes
    assert [(h.layer, h.places, h.output, [f.text for f in h.fillings]) for h in found] == [
        ("deconv1", 1, "32x32x32", ["deconv 32 4 s=2 pad=1"]),
        ("deconv2", 1, "16x64x64", ["deconv 16 2x2 s=2"]),
        ("conv3", 2, "16x64x64", ["conv 16 3x3 pad=1"]),
        ("conv5", 1, "8x(63 to 64)x(63 to 64)", ["conv 8 3x3 pad=1"]),
    ]


def test_size_from_want() -> None:
    text = "input 3x64x64; conv 16 3x3 s=? pad=1; conv 32 3x3 s=2 pad=1"
    found = only(text, want="32x16x16")
    assert [filling.text for filling in found.fillings] == ["conv 16 3x3 s=2 pad=1"]
    assert found.output == "16x(31 to 32)x(31 to 32)"


def test_depth_from_a_join() -> None:
    concat = "input 3x8x8; concat { conv ? 3x3 pad=1 | conv 10 1x1 } -> 64x8x8"
    assert texts(concat) == ["conv 54 3x3 pad=1"]
    assert texts("input 3x8x8; add { conv ? 3x3 pad=1 | }") == ["conv 3 3x3 pad=1"]


def test_one_number_wherever_it_is_read() -> None:
    text = "def f n { conv n ? pad=1 }\ninput 3x9x9; f 8 -> 8x9x9 ; f 16 -> 16xNxN"
    assert texts(text.replace("N", "9")) == ["conv n 3 pad=1"]
    assert texts(text.replace("N", "8")) == []


def test_one_hole_after_the_other() -> None:
    block = "add { conv 8 3x3 pad=1 ; conv 8 ?x3 pad=1 | }"
    found = convcalc.solve(f"input 8x9x9\n{block}\n{block}\nrepeat 2 {{ {block} }}").holes
    assert [(h.places, [f.text for f in h.fillings]) for h in found] == [
        (1, ["conv 8 3x3 pad=1"]),
        (1, ["conv 8 3x3 pad=1"]),
        (2, ["conv 8 3x3 pad=1"]),
    ]


def test_no_size_suits_the_rest() -> None:
    text = "input 3x8x8; a: conv 8 3x3 pad=? ; add { from @a ; upsample 2 | from @a } ; relu"
    assert only(text).reason == "no height of its output suits the rest of the network"


# --- symbols


@pytest.mark.parametrize(
    ("text", "filling", "condition"),
    [
        ("input 3xHxW; conv 8 3x3 pad=? -> 8xHxW", "conv 8 3x3 pad=1", None),
        (
            "symbol k d; input 3xHxW; conv 8 (k) dilation=(d) pad=? -> 8xHxW",
            "conv 8 (k) dilation=(d) pad=((k - 1)*d//2)",
            "where (k − 1)·d is even; where it is odd no symmetric padding does it",
        ),
        (
            "symbol k; input 3xHxW; conv 8 (k) s=2 pad=? -> 8x((H + 1)//2)x((W + 1)//2)",
            "conv 8 (k) s=2 pad=((k - 1)//2)",
            "where k − 1 is even; where it is odd no symmetric padding does it",
        ),
        (
            "symbol k; input 1xL; conv 8 (2*k + 1) pad=? -> 8xL",
            "conv 8 (2*k + 1) pad=K",
            None,
        ),
        ("input 3xHxW; deconv 8 4x4 s=2 pad=? -> 8x(2*H)x(2*W)", "deconv 8 4x4 s=2 pad=1", None),
        ("input 3xHxW; conv 8 3x3 pad=?x? -> 8xHxW", "conv 8 3x3 pad=1x1", None),
    ],
)
def test_padding_as_a_formula(text: str, filling: str, condition: str | None) -> None:
    (found,) = only(text).fillings
    assert found.text == filling.replace("pad=K", "pad=(k)")
    assert found.condition == condition


@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("dilation", [1, 2])
def test_padding_formula_is_right(kernel: int, dilation: int) -> None:
    text = "symbol k d\ninput 3xHxW; {} -> 8xHxW"
    (found,) = only(text.format("conv 8 (k) dilation=(d) pad=?")).fillings
    values = {"k": kernel, "d": dilation, "H": 20, "W": 31}
    report = convcalc.analyze(text.format(found.text), set=values)
    assert report.ok == (dilation * (kernel - 1) % 2 == 0)


def test_an_even_kernel_has_no_symmetric_padding() -> None:
    assert only("input 3xHxW; conv 8 4x4 pad=? -> 8xHxW").reason == (
        "no symmetric padding does it, both sides together need 3; pad=1:2 would do"
    )


def test_open_kernel_on_symbolic_sizes() -> None:
    found = texts("input 3xHxW; conv 8 ? pad=? -> 8xHxW", bound=5)
    assert found == ["conv 8 1 pad=0", "conv 8 3 pad=1", "conv 8 5 pad=2"]


# --- mistakes


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "input 3x64x64; conv 16 3x3 s=2 pad=? ; conv 4 ?",
            """error: nothing says what this ? must lead to
  <text>:1:36
  1 | input 3x64x64; conv 16 3x3 s=2 pad=? ; conv 4 ?
    |                                    ^
  help: add the layer's output after it, such as -> 16x64x64""",
        ),
        (
            "layout hwc; input 9x9x3; conv 8 ?",
            """error: nothing says what this ? must lead to
  <text>:1:33
  1 | layout hwc; input 9x9x3; conv 8 ?
    |                                 ^
  help: add the layer's output after it, such as -> 9x9x8""",
        ),
        (
            "input 3x99x99; conv 8 ? s=? ; maxpool 2x2 ; a: conv 8 3x3 ; conv 8 ? -> 8x21x21",
            """error: what is stated further down does not settle this ? by itself
  <text>:1:23
  1 | input 3x99x99; conv 8 ? s=? ; maxpool 2x2 ; a: conv 8 3x3 ; conv 8 ? -> 8x21x21
    |                       ^
  help: add the layer's output after it, such as -> 8x99x99""",
        ),
        (
            "input 3x?x?; conv 8 3x3",
            """error: an input's size cannot be left open with a ?
  <text>:1:9
  1 | input 3x?x?; conv 8 3x3
    |         ^
  help: write a capital for it, such as 3xHxW: convcalc solve finds every valid size""",
        ),
        (
            "input 3x9x9; conv 8 3x3 bias=?",
            """error: bias takes yes or no, not ?
  <text>:1:25
  1 | input 3x9x9; conv 8 3x3 bias=?
    |                         ^^^^^^""",
        ),
        (
            "input 3x9x9; a: conv 3 ? -> 3x9x9 ; reuse @a",
            """error: a layer with a ? in it cannot be used again
  <text>:1:37
  1 | input 3x9x9; a: conv 3 ? -> 3x9x9 ; reuse @a
    |                                     ^^^^^^^^""",
        ),
        (
            "input 1x9x9; conv 3 3x3 s=? pad=? dilation=? -> 3x9x9",
            """error: these holes leave 1,010,000 combinations to be tried, more than 300,000
  <text>:1:14
  1 | input 1x9x9; conv 3 3x3 s=? pad=? dilation=? -> 3x9x9
    |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: fill one of them in, or try smaller numbers only (--bound)""",
        ),
        (
            "i: input 8x9x9; s: conv 8 7x7; from @i; conv 8 ?; add @s; conv 8 5x5 s=? -> 8x1x1",
            """error: a 5x5 window does not fit a 3x3 input
  <text>:1:59
  1 | i: input 8x9x9; s: conv 8 7x7; from @i; conv 8 ?; add @s; conv 8 5x5 s=? -> 8x1x1
    |                                                           ^^^^^^^^^^^^^^
  height: 3 + 0 padding < 5
  width: 3 + 0 padding < 5
  help: pad=1 or more would fit""",
        ),
        (
            "input 3x20x20; conv 8 3 pad=?; conv 8 3 pad=? -> 8x20x20",
            """error: what is stated further down does not settle this ? by itself
  <text>:1:29
  1 | input 3x20x20; conv 8 3 pad=?; conv 8 3 pad=? -> 8x20x20
    |                             ^
  help: add the layer's output after it, such as -> 8x20x20""",
        ),
        (
            "def f k { conv k 3 }; input 3x9x9; f ?",
            """error: a def's argument cannot be left open with a ?
  <text>:1:38
  1 | def f k { conv k 3 }; input 3x9x9; f ?
    |                                      ^
  help: only the arguments of layers can: write the ? in a layer itself, such as conv ? 3""",
        ),
        (
            "def f k=? { conv k 3 }; input 3x9x9; f",
            """error: a def's argument cannot be left open with a ?
  <text>:1:9
  1 | def f k=? { conv k 3 }; input 3x9x9; f
    |         ^
  help: only the arguments of layers can: write the ? in a layer itself, such as conv ? 3""",
        ),
        (
            "input 3x9x9; repeat ? { conv 3 3 }",
            """error: how often to repeat cannot be left open with a ?
  <text>:1:21
  1 | input 3x9x9; repeat ? { conv 3 3 }
    |                     ^
  help: only the arguments of layers can: write the ? in a layer itself, such as conv ? 3""",
        ),
        (
            "input 3x9; conv 8 ?x? ; relu",
            """error: kernel has 2 axes, but the input 3x9 has 1 (length)
  <text>:1:19
  1 | input 3x9; conv 8 ?x? ; relu
    |                   ^^^
  help: give one number, or 1 of them""",
        ),
        (
            "input 3x9x9; convv 3 ?",
            """error: there is no layer or def convv
  <text>:1:14
  1 | input 3x9x9; convv 3 ?
    |              ^^^^^
  help: did you mean conv?""",
        ),
    ],
)
def test_errors(text: str, error: str) -> None:
    with pytest.raises(SpecError) as raised:
        convcalc.solve(text, bound=100 if "dilation" in text else None)
    assert str(raised.value) == error


def test_a_hole_in_a_value_that_is_set() -> None:
    with pytest.raises(SpecError, match=r"--set a: a value cannot be left open with a \?"):
        convcalc.solve("let a = 3; input 3x9x9; conv a ? -> 3x7x7", set={"a": "?"})


def test_a_layer_on_maps_of_different_axes() -> None:
    text = "def f { conv 8 ? }; input 3x9; f -> 8x7; input 3x9x9; f -> 8x7x7"
    assert texts(text) == ["conv 8 3"]
    assert texts(text.replace("8x7x7", "8x7x5")) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not issubclass(kind, Join)])
def test_a_hole_in_every_argument_of_every_layer(kind: type[Layer]) -> None:
    """A solution, or an error of the spec: never another exception."""
    given_values = {"filters": "4", "kernel": "3", "units": "4", "pad": "1", "scale": "2"}
    for argument in kind.arguments:
        required = [
            f"{other.name}={given_values.get(other.name, '2')}"
            for other in kind.arguments
            if other.required and other is not argument
        ]
        layer = " ".join([kind.kind, *required, f"{argument.name}=?"])
        for shape in ("4x8x8", "4x8", "4", "4xHxW"):
            for answer in ("", " -> 4x8x8", " -> 4", " -> 4xHxW"):
                try:
                    solution = convcalc.solve(f"input {shape}; {layer}{answer}", bound=9)
                except SpecError:
                    continue
                json.dumps(solution.to_dict())
                for filling in solution.holes[0].fillings:
                    assert comes_out(f"input {shape}; {filling.text}{answer}")


# --- the data, and speed


def test_data() -> None:
    text = "input 3x8x8; conv 6 ? s=2 pad=? -> 6x4x4"
    data = convcalc.solve(text, bound=2).to_dict()
    assert data["sizes"] == {}
    assert data["budget"] is None
    assert data["holes"] == [
        {
            "layer": "conv1",
            "text": "conv 6 ? s=2 pad=?",
            "line": 1,
            "column": 14,
            "places": 1,
            "input": "3x8x8",
            "output": "6x4x4",
            "counted": {},
            "count": 2,
            "solutions": [
                {
                    "text": "conv 6 2 s=2 pad=0",
                    "values": {"kernel": [2], "pad": [[0, 0]]},
                    "condition": None,
                },
                {
                    "text": "conv 6 1 s=2 pad=0",
                    "values": {"kernel": [1], "pad": [[0, 0]]},
                    "condition": None,
                },
            ],
            "relation": "k = 2·p + 1 or 2·p + 2",
            "tried": {"kernel": [1, 2], "pad": [0, 2]},
            "reason": None,
            "nearest": [],
        }
    ]


def test_ways_beyond_the_list_are_counted() -> None:
    text = "input 3x16x16x16; conv 8 ?x?x? s=?x?x? pad=?x?x? -> 8x8x8x8"
    found = only(text)
    assert found.count == 38**3
    assert len(found.fillings) == 1000
    assert only(text.replace("?x?x?", "?")).count == 38


def test_three_holes_on_each_axis_are_quick() -> None:
    began = time.process_time()
    convcalc.solve("input 3x224x224; conv 64 ?x? s=?x? pad=?x? -> 64x112x112")
    assert time.process_time() - began < 1


def test_rounding_up() -> None:
    assert texts("input 8x7x7; maxpool 2x2 stride=? round=ceil -> 8x4x4") == [
        "maxpool 2x2 stride=2 round=ceil"
    ]
