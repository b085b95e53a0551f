"""Receptive fields of random 1-D networks against a tracer that runs definitions.

The tracer carries, for each position, the set of input positions that arrived there (as a bit
mask); padding is an empty set. It knows nothing of the rules that it checks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import SpecError
from convcalc.analysis.field import Fields
from convcalc.analysis.field_regions import Flags, Regions, flagged

Map = list[int]
Step = tuple[str, Callable[[Map], Map]]
"""A layer in the language, and what it does to a map of masks."""


def union(masks: Any) -> int:
    result = 0
    for mask in masks:
        result |= mask
    return result


def slide(x: Map, kernel: int, stride: int, dilation: int) -> Map:
    """The windows that fit, one after the other."""
    out, start = [], 0
    while start + dilation * (kernel - 1) < len(x):
        out.append(union(x[start + dilation * tap] for tap in range(kernel)))
        start += stride
    return out


def window(kernel: int, stride: int, dilation: int, before: int, after: int) -> Step:
    text = f"conv 2 {kernel} s={stride} d={dilation} pad={before}:{after}"
    return text, lambda x: slide([0] * before + x + [0] * after, kernel, stride, dilation)


def same(kernel: int, stride: int, word: str) -> Step:
    def run(x: Map) -> Map:
        outputs = -(-len(x) // stride)
        total = max((outputs - 1) * stride + kernel - len(x), 0)
        before = total // 2 if word == "same" else total - total // 2
        return slide([0] * before + x + [0] * (total - before), kernel, stride, 1)

    return f"conv 2 {kernel} s={stride} pad={word}", run


def ceil_pool(kernel: int, stride: int, pad: int) -> Step:
    def run(x: Map) -> Map:
        out, start = [], -pad
        while start + kernel <= len(x) + pad or (
            start < len(x) and start - stride + kernel < len(x) + pad
        ):
            out.append(union(x[i] for i in range(start, start + kernel) if 0 <= i < len(x)))
            start += stride
        return out

    return f"maxpool {kernel} s={stride} pad={pad} round=ceil", run


def deconv(kernel: int, stride: int, dilation: int, pad: int, more: int) -> Step:
    def run(x: Map) -> Map:
        out = [0] * ((len(x) - 1) * stride + dilation * (kernel - 1) + 1 + more)
        for place, mask in enumerate(x):
            for tap in range(kernel):
                out[place * stride + dilation * tap] |= mask
        return out[pad : len(out) - pad]

    text = f"deconv 2 {kernel} s={stride} d={dilation} pad={pad} output_pad={more}"
    return text, run


def nearest(numerator: int, denominator: int) -> Step:
    scale = numerator / denominator

    def run(x: Map) -> Map:
        return [x[int(i / scale + 1e-9)] for i in range(int(len(x) * scale + 1e-9))]

    return f"upsample {scale:g}", run


def bilinear(scale: int) -> Step:
    def run(x: Map) -> Map:
        out = []
        for i in range(len(x) * scale):
            place = max((i + 0.5) / scale - 0.5, 0)
            low = int(place)
            out.append(x[low] | (x[min(low + 1, len(x) - 1)] if place != low else 0))
        return out

    return f"upsample {scale} mode=bilinear", run


def resize(size: int) -> Step:
    return f"upsample size={size}", lambda x: [x[i * len(x) // size] for i in range(size)]


def adaptive(size: int) -> Step:
    def run(x: Map) -> Map:
        n = len(x)
        return [union(x[i * n // size : -(-(i + 1) * n // size)]) for i in range(size)]

    return f"adaptiveavgpool {size}", run


def pad(mode: str, before: int, after: int) -> Step:
    def run(x: Map) -> Map:
        x = x[max(-before, 0) : len(x) - max(-after, 0)]
        head, tail = max(before, 0), max(after, 0)
        if mode == "reflect":
            return x[1 : head + 1][::-1] + x + x[::-1][1 : tail + 1]
        if mode == "replicate":
            return x[:1] * head + x + x[-1:] * tail
        if mode == "circular":
            return x[len(x) - head :] + x + x[:tail]
        return [0] * head + x + [0] * tail

    def text(side: int) -> str:
        return f"({side})" if side < 0 else str(side)

    return f"pad {text(before)}:{text(after)} mode={mode}", run


def crop(before: int, after: int) -> Step:
    return f"crop {before}:{after}", lambda x: x[before : len(x) - after]


def crop_size(less: int) -> Step:
    return f"crop size={less}", lambda x: x[(len(x) - less) // 2 :][:less]


def shuffle(factor: int) -> Step:
    text = f"conv {2 * factor} 1 ; pixelshuffle {factor}"
    return text, lambda x: [mask for mask in x for _ in range(factor)]


def unshuffle(factor: int) -> Step:
    def run(x: Map) -> Map:
        return [union(x[i : i + factor]) for i in range(0, len(x), factor)]

    return f"pixelunshuffle {factor} ; conv 2 1", run


def everywhere(text: str) -> Step:
    return text, lambda x: [union(x)] * len(x)


def unchanged(text: str) -> Step:
    return text, lambda x: x


def whole(text: str) -> Step:
    return text, lambda x: [union(x)]


def chain(steps: list[Step]) -> Step:
    def run(x: Map) -> Map:
        for _, step in steps:
            x = step(x)
        return x

    return " ; ".join(text for text, _ in steps), run


def joined(kind: str, branches: list[Step]) -> Step:
    def run(x: Map) -> Map:
        parts = [branch(x) for _, branch in branches]
        size = max(map(len, parts))
        parts = [part * size if len(part) == 1 else part for part in parts]
        assert all(len(part) == size for part in parts)
        return [union(column) for column in zip(*parts, strict=True)]

    text = f"{kind} {{ {' | '.join(text for text, _ in branches)} }}"
    return (text if kind == "add" else f"{text} ; conv 2 1"), run


def cropped(number: int, inside: Step) -> Step:
    """A reference, centre-cropped to what became of it."""

    def run(x: Map) -> Map:
        y = inside[1](x)
        off = (len(x) - len(y)) // 2
        assert off >= 0
        return [a | b for a, b in zip(y, x[off:], strict=False)]

    return f"r{number}: identity ; {inside[0]} ; concat @r{number} fit=crop ; conv 2 1", run


small = st.integers(0, 3)
keeping = st.one_of(
    st.builds(
        lambda half, d: window(2 * half + 1, 1, d, half * d, half * d),
        st.integers(0, 2),
        st.integers(1, 3),
    ),
    st.builds(
        lambda k, w: same(k, 1, w), st.integers(1, 4), st.sampled_from(["same", "same_lower"])
    ),
    st.builds(unchanged, st.sampled_from(["relu", "bn", "ln", "dropout", "identity"])),
    st.builds(
        lambda p: chain([pad("reflect", p, p), window(2 * p + 1, 1, 1, 0, 0)]), st.integers(1, 2)
    ),
    st.builds(lambda s: chain([nearest(s, 1), window(s, s, 1, 0, 0)]), st.integers(2, 3)),
)
moving = st.one_of(
    st.builds(window, st.integers(1, 5), st.integers(1, 4), st.integers(1, 3), small, small),
    st.builds(same, st.integers(1, 5), st.integers(1, 3), st.sampled_from(["same", "same_lower"])),
    st.builds(
        lambda k, s, p: ceil_pool(k, s, min(p, k // 2)), st.integers(1, 4), st.integers(1, 4), small
    ),
    st.builds(
        lambda k, s, d, p, m: deconv(k, s, d, p, min(m, max(s, d) - 1)),
        st.integers(1, 5),
        st.integers(1, 4),
        st.integers(1, 3),
        small,
        small,
    ),
    st.sampled_from([nearest(2, 1), nearest(3, 1), nearest(3, 2), nearest(5, 4), nearest(1, 2)]),
    st.builds(bilinear, st.integers(2, 3)),
    st.builds(crop, small, small),
    st.builds(shuffle, st.integers(2, 3)),
    st.builds(unshuffle, st.integers(2, 3)),
    st.builds(
        pad,
        st.sampled_from(["zero", "reflect", "replicate", "circular"]),
        st.integers(-2, 3),
        st.integers(-2, 3),
    ),
)
shrinking = st.lists(
    st.builds(lambda k, d: window(k, 1, d, 0, 0), st.integers(1, 4), st.integers(1, 2)),
    min_size=1,
    max_size=3,
)
joins = st.one_of(
    st.builds(
        joined,
        st.sampled_from(["add", "concat"]),
        st.lists(st.lists(keeping, min_size=1, max_size=2).map(chain), min_size=2, max_size=3),
    ),
    st.builds(cropped, st.integers(0, 10**6), shrinking.map(chain)),
)
sized = st.one_of(
    st.builds(resize, st.integers(5, 30)),
    st.builds(adaptive, st.integers(1, 12)),
    st.builds(crop_size, st.integers(3, 9)),
    st.just(everywhere("gn 1")),
    st.just(everywhere("instancenorm")),
    st.just(everywhere("ln over=volume")),
    st.just(joined("add", [unchanged("identity"), chain([whole("gap"), unchanged("conv 2 1")])])),
    st.just(joined("add", [unchanged("identity"), chain([whole("fc 4"), unchanged("fc 2")])])),
)
local_steps = st.lists(st.one_of(keeping, moving, moving, joins), min_size=1, max_size=6).map(chain)
all_steps = st.lists(st.one_of(keeping, moving, joins, sized), min_size=1, max_size=6).map(chain)


def traced(step: Step, n: int) -> tuple[Fields, Map]:
    """A network of this step on an input of n, and what the tracer finds."""
    try:
        graph = convcalc.build(f"input 2x{n} ; {step[0]}")
    except SpecError:
        assume(False)
        raise
    masks = step[1]([1 << i for i in range(n)])
    assert graph.nodes[-1].shape.sizes == (2, len(masks))
    assume(len(masks) <= 400)
    return Fields(graph), masks


def bits(flags: Flags) -> int:
    return union(1 << i for i in flagged(flags))


@settings(max_examples=300)
@given(all_steps, st.integers(8, 40))
def test_regions_are_what_the_tracer_finds(step: Step, n: int) -> None:
    fields, masks = traced(step, n)
    regions = Regions(fields, 0)
    last = len(fields.graph.nodes) - 1
    assert [bits(regions.seen_at(last, i, 0)) for i in range(len(masks))] == masks


@given(all_steps, st.integers(8, 40), st.data())
def test_the_other_way_round(step: Step, n: int, data: st.DataObject) -> None:
    fields, masks = traced(step, n)
    pixel = data.draw(st.integers(0, n - 1))
    flags = Flags(n)
    flags[pixel] = 1
    seeing = Regions(fields, 0).seeing(flags, 0)[-1]
    assert seeing is not None
    assert list(flagged(seeing)) == [i for i, mask in enumerate(masks) if mask >> pixel & 1]


@settings(max_examples=300)
@given(local_steps, st.integers(8, 300))
def test_fields_are_the_hulls_of_regions(step: Step, n: int) -> None:
    """Inside the map the unclipped field is what is seen, at the borders no more than it."""
    fields, masks = traced(step, n)
    state = fields.states[-1]
    report = fields.report(len(fields.graph.nodes) - 1)
    assert state is not None
    assert report is not None
    axis = state.axes[0]
    assert axis is not None
    largest = report.size[0]
    smallest = largest if report.smallest is None else report.smallest[0]
    folds = any(mode in step[0] for mode in ("reflect", "replicate", "circular"))
    margin = largest + 60  # layers between may be clipped where the field itself still lies inside
    for position, mask in enumerate(masks):
        field = axis.at(position)
        first, last = (mask & -mask).bit_length() - 1, mask.bit_length() - 1
        if field is None:
            assert folds or not mask
            continue
        assert smallest <= field[1] - field[0] + 1 <= largest
        if mask and not folds:
            assert field[0] <= first
            assert last <= field[1]
        if margin <= field[0] and field[1] < n - margin:
            assert mask
            assert (first, last) == field


@given(local_steps, st.integers(8, 120))
def test_padding_is_how_far_fields_reach_beyond(step: Step, n: int) -> None:
    fields, masks = traced(step, n)
    report = fields.report(len(fields.graph.nodes) - 1)
    state = fields.states[-1]
    assert report is not None
    assert state is not None
    axis = state.axes[0]
    assert axis is not None
    ends = [axis.at(i) for i in range(len(masks))]
    if ends[0] is not None and ends[-1] is not None:
        assert report.padding == ((-ends[0][0], ends[-1][1] - (n - 1)),)
        assert report.center[0] == sum(ends[0]) / 2


@given(local_steps, st.integers(30, 60))
def test_the_period_is_the_shortest(step: Step, n: int) -> None:
    fields, _ = traced(step, n)
    state = fields.states[-1]
    assert state is not None
    axis = state.axes[0]
    assert axis is not None
    for shorter in range(1, axis.period):
        if axis.period % shorter == 0 and axis.shift * shorter % axis.period == 0:
            step_by = axis.shift * shorter // axis.period
            moved = [
                axis.at(i) is None
                if axis.at(i + shorter) is None
                else axis.at(i) is not None
                and tuple(end - step_by for end in axis.at(i + shorter) or ()) == axis.at(i)
                for i in range(axis.period)
            ]
            assert not all(moved)
