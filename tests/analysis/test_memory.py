"""Peak memory against the definition, acted out step by step on random graphs."""

from __future__ import annotations

from math import prod
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import convcalc
import convcalc.zoo
from convcalc.graph.graph import Graph, Node

LAYERS = [
    "relu",
    "dropout",
    "identity",
    "conv 3 3x3 pad=1",
    "conv 5 1x1",
    "maxpool 3x3 stride=1 pad=1",
]


@st.composite
def specs(draw: st.DrawFn) -> str:
    """Layers in a row, some of them labelled, with joins to earlier labels of the same shape."""
    lines = ["input 2x6x6"]
    for index in range(draw(st.integers(1, 12))):
        layer = draw(st.sampled_from(LAYERS))
        kind = draw(st.integers(0, 5))
        if kind == 0:
            lines.append(f"add {{ {layer} | {layer} }}")
        elif kind == 1:
            lines.append("concat { relu | identity | }")
        elif kind == 2:
            lines.append(f"h{index}: side {{ {layer} ; relu }}")
        elif kind == 3:
            lines.append(f"a{index}: {{ relu }} ; dropout ; add @a{index}")
        else:
            lines.append(layer)
    return "\n".join([*lines, "flatten"])


def values(node: Node) -> int:
    """How many values a node's output has."""
    sizes: tuple[Any, ...] = node.shape.sizes
    return prod(sizes)


def acted_out(graph: Graph) -> int:
    """The largest sum of living tensors while any layer runs, straight from the definition."""
    nodes = graph.nodes

    def owner(index: int) -> int:
        while nodes[index].layer.kind in ("flatten", "reshape", "identity", "dropout"):
            index = nodes[index].inputs[0]
        return index

    kept = {owner(index) for index in graph.outputs}
    peak = 0
    for now, node in enumerate(nodes):
        if not node.inputs or owner(now) != now:
            continue
        needed = {
            owner(source) for later in range(now, len(nodes)) for source in nodes[later].inputs
        }
        made = {i for i in range(now) if owner(i) == i} | set(graph.inputs)
        living = {i for i in made if i in needed or i in kept} | {now}
        peak = max(peak, sum(values(nodes[i]) for i in living))
    return peak


@given(specs())
def test_peak_is_what_the_definition_says(text: str) -> None:
    totals = convcalc.analyze(text, dtype="int8").totals
    assert totals.peak_activation_bytes == acted_out(convcalc.build(text))


def test_resnet50_as_measured() -> None:
    # figures from an executed PyTorch ResNet-50 at 224 pixels, float32
    report = convcalc.analyze(convcalc.zoo.text("resnet50"))
    assert report.totals.peak_activation_bytes == 9_633_792
    assert report.totals.activation_bytes == 150_239_136


def test_batch_and_dtype_scale_memory_only() -> None:
    text = "input 3x8x8; conv 4 3x3; relu"
    one = convcalc.analyze(text)
    many = convcalc.analyze(text, batch=5, dtype="float16")
    assert many.totals.activation_bytes * 2 == one.totals.activation_bytes * 5
    assert many.totals.peak_activation_bytes * 2 == one.totals.peak_activation_bytes * 5
    assert many.totals.weight_bytes * 2 == one.totals.weight_bytes
    assert many.totals.macs == one.totals.macs
