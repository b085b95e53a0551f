"""Random small networks, as text in the language, for property tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hypothesis import strategies as st

import convcalc

WORDS = ("valid", "same", "same_lower", "half", "full", "causal")
SIZES = {1: (3, 24), 2: (3, 12), 3: (2, 6)}
"""Smallest and largest input size for each number of axes."""


@st.composite
def networks(draw: st.DrawFn, ranks: Sequence[int] = (1, 2, 3), most: int = 6) -> str:
    """A network that can be built: an input and up to `most` layers or joins, perhaps a head.

    Statements that don't work on what arrives (a window that doesn't fit, groups that don't divide)
    are left out.
    """
    rank = draw(st.sampled_from(list(ranks)))
    sizes = [draw(st.integers(*SIZES[rank])) for _ in range(rank)]
    lines = ["input " + "x".join(map(str, [draw(st.integers(1, 4)), *sizes]))]
    for number in range(draw(st.integers(1, most))):
        line = draw(layers(rank) | joins(rank))
        # A label that later lines may refer to.
        label = f"l{number}: " if not line.startswith(("add @", "concat @")) else ""
        if builds([*lines, label + line]):
            lines.append(label + line)
        elif builds([*lines, line]):
            lines.append(line)
    head = draw(st.sampled_from(["", "", "fc 3", "gap ; fc 2 bias=no", "flatten ; fc 4 ; softmax"]))
    return "\n".join([*lines, head]).strip()


def builds(lines: Sequence[str]) -> bool:
    """Whether some lines are a network without a mistake."""
    try:
        convcalc.build("\n".join(lines))
    except convcalc.SpecError:
        return False
    return True


def per_axis(rank: int, low: int, high: int) -> st.SearchStrategy[str]:
    """A number for every axis, or one an axis: ``3``, ``3x1``."""
    number = st.integers(low, high).map(str)
    return number | st.lists(number, min_size=rank, max_size=rank).map("x".join)


def pads(rank: int, high: int, words: Sequence[str] = ()) -> st.SearchStrategy[str]:
    """Padding: pixels, before:after pairs, or a word."""
    pair = st.tuples(st.integers(0, high), st.integers(0, high)).map(lambda p: f"{p[0]}:{p[1]}")
    numbers = per_axis(rank, 0, high) | pair
    each = st.lists(pair, min_size=rank, max_size=rank).map("x".join)
    return numbers | each | st.sampled_from(list(words)) if words else numbers | each


def options(**values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Some of these options, each with a blank before it."""
    given = [
        st.just("") | value.map(lambda text, name=name: f" {name}={text}")  # type: ignore[misc]
        for name, value in values.items()
    ]
    return st.tuples(*given).map("".join)


@cache
def layers(rank: int) -> st.SearchStrategy[str]:
    """One layer, as text."""
    return st.one_of(convolutions(rank), pools(rank), moves(rank), st.sampled_from(POINTWISE))


POINTWISE = (
    *("relu", "relu6", "leakyrelu", "prelu", "elu", "selu", "gelu", "silu", "hardswish", "mish"),
    *("hardsigmoid", "sigmoid", "tanh", "softplus", "softmax", "logsoftmax", "dropout", "identity"),
    *("scale", "bn", "bn affine=no", "ln", "ln over=volume", "instancenorm", "gn 1", "gn 2", "lrn"),
    *("prelu over=depth", "gap", "globalmaxpool", "channelshuffle 2", "slice 0:1", "slice 1:3"),
    *("pixelshuffle 2", "pixelunshuffle 2"),
)


@cache
def convolutions(rank: int) -> st.SearchStrategy[str]:
    """A convolution of any kind."""
    filters = st.integers(1, 6).map(str)
    kernel = per_axis(rank, 1, 4)
    stride = per_axis(rank, 1, 3)
    dilation = per_axis(rank, 1, 3)
    window = options(s=stride, pad=pads(rank, 3, WORDS), d=dilation)
    bias = options(bias=st.sampled_from(["yes", "no"]))
    grouped = st.sampled_from(["conv depth ", "conv 2*depth ", "conv 4 "])
    multiplier = options(multiplier=st.integers(1, 3).map(str))
    spread = options(
        s=stride,
        pad=pads(rank, 2, ("valid", "same", "same_lower", "half", "full")),
        output_pad=per_axis(rank, 0, 2),
        d=dilation,
    )
    blank = st.just(" ")
    return st.one_of(
        st.tuples(st.just("conv "), filters, blank, kernel, window, bias).map("".join),
        st.tuples(grouped, kernel, window, st.sampled_from([" g=depth", " g=2"])).map("".join),
        st.tuples(st.just("dwconv "), kernel, multiplier, window, bias).map("".join),
        st.tuples(st.just("sepconv "), filters, blank, kernel, multiplier, window, bias).map(
            "".join
        ),
        st.tuples(st.just("deconv "), filters, blank, kernel, spread, bias).map("".join),
        st.tuples(st.just("deconv depth "), kernel, spread, st.just(" g=depth")).map("".join),
    )


@cache
def pools(rank: int) -> st.SearchStrategy[str]:
    """A pool of any kind that slides a window or has a size."""
    kernel = per_axis(rank, 1, 4)
    given = options(
        s=per_axis(rank, 1, 3),
        pad=pads(rank, 1, WORDS[:4]),
        round=st.sampled_from(["ceil", "floor"]),
    )
    dilation = options(d=per_axis(rank, 1, 3))
    counted = options(count_pad=st.sampled_from(["yes", "no"]))
    adaptive = st.sampled_from(["adaptiveavgpool ", "adaptivemaxpool "])
    return st.one_of(
        st.tuples(st.just("maxpool "), kernel, given, dilation).map("".join),
        st.tuples(st.just("avgpool "), kernel, given, counted).map("".join),
        st.tuples(st.sampled_from(["lppool ", "subsample "]), kernel, given).map("".join),
        st.tuples(adaptive, per_axis(rank, 1, 4)).map("".join),
    )


@cache
def moves(rank: int) -> st.SearchStrategy[str]:
    """A layer that pads, crops or resizes."""
    scales = ["upsample 2", "upsample 1.5", "upsample 3", "upsample 0.75", "upsample size=5"]
    between = options(mode=st.sampled_from(["nearest", "bilinear"]))
    borders = options(mode=st.sampled_from(["zero", "reflect", "replicate", "circular"]))
    return st.one_of(
        st.tuples(st.sampled_from(scales), between).map("".join),
        st.tuples(st.just("pad "), pads(rank, 3), borders).map("".join),
        st.tuples(st.just("crop "), pads(rank, 1)).map("".join),
    )


@cache
def joins(rank: int) -> st.SearchStrategy[str]:
    """Branches that are added or concatenated, or a reference to an earlier layer."""
    inner = layers(rank)
    same = st.sampled_from(["", "relu", f"conv depth {'x'.join('3' * rank)} pad=same", "bn"])
    reference = st.integers(0, 3).map(lambda number: f"@l{number}")
    return st.one_of(
        st.tuples(inner, inner).map(lambda two: f"concat {{ {two[0]} | {two[1]} }}"),
        same.map(lambda one: f"add {{ {one} | }}"),
        st.tuples(same, same, same).map(lambda three: f"concat {{ {' | '.join(three)} }}"),
        st.just("mul { | gap ; conv depth " + "x".join("1" * rank) + " ; sigmoid }"),
        st.tuples(
            st.sampled_from(["add", "concat"]), reference, st.sampled_from(["", " fit=crop"])
        ).map(lambda parts: f"{parts[0]} {parts[1]}{parts[2]}"),
    )
