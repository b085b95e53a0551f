"""Layers as they stand in homework, drawn at random, for each group of mistakes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

import convcalc
from convcalc.graph.graph import Graph
from convcalc.homework.diagnosis import cases
from convcalc.homework.mistakes import Case

Draw: TypeAlias = Callable[[Random], str]


def sheet(topic: str, random: Random) -> str:
    """A spec of few layers; the last is the one that is asked about."""
    draw = DRAWN[topic]
    while True:
        text = draw(random)
        try:
            convcalc.build(text)
        except convcalc.SpecError:  # the window does not fit, say
            continue
        return text


def last_case(text: str) -> tuple[Graph, Case]:
    """The graph of a spec and the case of its last layer."""
    graph = convcalc.build(text)
    found = cases(graph.nodes, 4)[-1]
    assert found is not None
    return graph, found


def picture(random: Random) -> str:
    height = random.choice([13, 14, 16, 27, 28, 32, 35, 55, 56, 64, 112, 224, 227])
    width = height if random.random() < 0.7 else height + random.choice([-3, -2, 2, 3, 4, 7])
    return f"input {random.choice([1, 3, 6, 16, 32, 64, 96])}x{height}x{width}"


def convolution(random: Random, *, groups: bool = True) -> str:
    parts = [f"conv {random.choice([6, 8, 12, 16, 20, 32, 48, 64])}"]
    parts.append(random.choice(["3x3", "3x3", "5x5", "7x7", "11x11", "2x2", "4x4"]))
    stride = random.choice([1, 1, 2, 2, 3, 4])
    if stride > 1:
        parts.append(f"stride={stride}")
    pad = random.choice([0, 0, 1, 1, 2, 3])
    if pad:
        parts.append(f"pad={pad}")
    if random.random() < 0.25:
        parts.append(f"dilation={random.choice([2, 3])}")
    if groups and random.random() < 0.2:
        parts.append(f"groups={random.choice([2, 4])}")
    if random.random() < 0.15:
        parts.append("bias=no")
    return " ".join(parts)


def pool(random: Random) -> str:
    kernel = random.choice([2, 3, 3, 4, 5])
    parts = [f"{random.choice(['maxpool', 'avgpool'])} {kernel}x{kernel}"]
    if random.random() < 0.7:
        parts.append(f"stride={random.choice([1, 2, 2, 3])}")
    if random.random() < 0.4:
        parts.append(f"pad={random.randint(1, kernel // 2)}")
    if random.random() < 0.3:
        parts.append("round=ceil")
    return " ".join(parts)


def same(random: Random) -> str:
    kernel = random.choice([2, 3, 3, 4, 5, 7])
    return f"conv 16 {kernel}x{kernel} stride={random.choice([1, 2, 2, 3, 4])} pad=same"


def transposed(random: Random) -> str:
    stride = random.choice([1, 2, 2, 3, 4])
    parts = [f"deconv {random.choice([8, 16, 32])} {random.choice([2, 3, 4, 5])} stride={stride}"]
    pad = random.choice([0, 1, 1, 2])
    if pad:
        parts.append(f"pad={pad}")
    if stride > 1 and random.random() < 0.4:
        parts.append("output_pad=1")
    return " ".join(parts)


def counted(random: Random) -> str:
    layers: list[Draw] = [
        convolution,
        convolution,
        convolution,
        lambda r: f"dwconv {r.choice([3, 5])} pad=1 stride={r.choice([1, 2])}",
        lambda r: f"sepconv {r.choice([8, 16, 32])} {r.choice([3, 5])} pad=1",
        lambda r: f"fc {r.choice([10, 84, 100, 120])}" + r.choice(["", " bias=no"]),
        lambda r: f"conv {r.choice([10, 16])} 5x5 connections={r.choice([10, 12, 20])}",
        lambda _: "bn",
        lambda _: "subsample 2x2",
        lambda r: f"deconv {r.choice([8, 16])} {r.choice([2, 3, 4])} stride=2",
    ]
    return random.choice(layers)(random)


def worked(random: Random) -> str:
    while True:
        text = counted(random)
        if not text.startswith(("bn", "subsample")):
            return text


def joined(random: Random) -> str:
    layers: list[Draw] = [
        parts,
        convolution,
        lambda _: "add { conv 16 3x3 pad=1 | conv 16 1x1 }",
        lambda r: f"dwconv 3x3 pad=1 multiplier={r.choice([2, 3])}",
        lambda _: "maxpool 2x2",
    ]
    return random.choice(layers)(random)


def parts(random: Random) -> str:
    depths = [random.choice([8, 16, 32, 64]) for _ in range(random.choice([2, 3, 4]))]
    return "concat { " + " | ".join(f"conv {depth} 1x1" for depth in depths) + " }"


def stacked(random: Random) -> str:
    lines = []
    for _ in range(random.randint(2, 4)):
        kind = random.random()
        if kind < 0.35:
            lines.append("maxpool " + random.choice(["2x2", "3x3 stride=2", "3x3 stride=2"]))
        else:
            kernel = random.choice([3, 3, 5, 7])
            stride = random.choice(["", "", " stride=2"])
            dilation = random.choice(["", "", "", " dilation=2"])
            lines.append(f"conv 8 {kernel}x{kernel}{stride}{dilation} pad=1")
    return "\n".join(lines)


def padded(random: Random) -> str:
    word = random.choice(["same", "same", "same_lower", "half", "full"])
    dilation = random.choice(["", "", " dilation=2"])
    kernel = random.choice([2, 3, 4, 5, 7])
    return f"conv 8 {kernel}x{kernel} stride={random.choice([1, 2, 3])} pad={word}{dilation}"


DRAWN: dict[str, Draw] = {
    "size": lambda r: f"{picture(r)}\n{convolution(r)}",
    "pool": lambda r: f"{picture(r)}\n{pool(r)}",
    "same": lambda r: f"{picture(r)}\n{same(r)}",
    "transposed": lambda r: f"{picture(r)}\n{transposed(r)}",
    "depth": lambda r: f"{picture(r)}\n{joined(r)}",
    "flatten": lambda r: f"{picture(r)}\nflatten",
    "parameters": lambda r: f"{picture(r)}\n{counted(r)}",
    "macs": lambda r: f"{picture(r)}\n{worked(r)}",
    "connections": lambda r: f"{picture(r)}\n{counted(r)}",
    "activation_bytes": lambda r: f"{picture(r)}\n{convolution(r)}",
    "padding": lambda r: f"{picture(r)}\n{padded(r)}",
    "receptive_field": lambda r: f"input 3x224x224\n{stacked(r)}",
}
