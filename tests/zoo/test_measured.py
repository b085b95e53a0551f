"""The zoo against implementations, layer by layer: torchvision, published Caffe networks, Keras."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc import SpecError, zoo
from convcalc.report import Report

DATA = Path(__file__).parent.parent / "data" / "zoo"

WORDS = {
    "dwconv": "conv",
    "maxpool": "pool",
    "avgpool": "pool",
    "globalavgpool": "pool",
    "adaptiveavgpool": "pool",
}
"""What the data calls kinds of layers that it does not call by convcalc's name."""

UNLISTED = {
    "densenet121": "pool",
    "densenet169": "pool",
    "densenet201": "pool",
    "inception-v3": "pool",
    "shufflenet-v2": "pool",
    "inception-v4": "concat",
}
"""Kinds that can't be compared: torchvision calls some pools as functions, which its list of layers
lacks, and Caffe's Inception v4 joins six parts at once where the spec joins pairs first."""

OTHER_ORDER = {"resnet50-paper", "resnet152-paper", "xception"}
"""Networks whose shortcuts Caffe and Keras list before, or in the midst of, what they lead past."""


def measurements() -> list[Any]:
    """(network, what was measured on it), for every network of the data that is in the zoo."""
    found = []
    for file in ("torchvision.json", "caffe.json", "keras.json"):
        networks = json.loads((DATA / file).read_text(encoding="utf-8"))
        found += [
            pytest.param(name, measured, id=f"{name}-{file.removesuffix('.json')}")
            for name, measured in networks.items()
            if name != "_about"
        ]
    return found


@cache
def analyze(name: str) -> Report:
    return convcalc.analyze(zoo.text(name))


def rows(report: Report) -> list[str]:
    """The layers, without side classifiers, as the data writes them: "conv 64x112x112 9408"."""
    written = []
    for layer in report.layers:
        if not layer.name.startswith("side_"):
            sizes = list(layer.output_shape)
            while len(sizes) > 1 and sizes[-1] == 1:
                sizes.pop()
            shape = "x".join(map(str, sizes))
            kind = WORDS.get(layer.kind, layer.kind)
            written.append(f"{kind} {shape} {layer.parameters.total}")
    return written


@pytest.mark.parametrize(("name", "measured"), measurements())
def test_layer_by_layer(name: str, measured: dict[str, Any]) -> None:
    expected = list(measured["layers"])
    if name == "resnet50-paper":  # the published Caffe network alone has a bias in conv1
        expected[0] = expected[0].replace("9472", "9408")
    kinds = {row.split()[0] for row in expected}
    kinds.discard(UNLISTED.get(name, ""))
    expected = [row for row in expected if row.split()[0] in kinds]
    actual = [row for row in rows(analyze(name)) if row.split()[0] in kinds]
    if name in OTHER_ORDER:
        assert Counter(actual) == Counter(expected)
    else:
        assert actual == expected


@pytest.mark.parametrize(("name", "measured"), measurements())
def test_totals(name: str, measured: dict[str, Any]) -> None:
    layers = [layer for layer in analyze(name).layers if not layer.name.startswith("side_")]
    conv1_bias = 64 if name == "resnet50-paper" else 0
    parameters = sum(layer.parameters.total for layer in layers)
    assert parameters == measured["parameters"] - conv1_bias
    assert sum(layer.macs for layer in layers) == measured["macs"]
    if "buffers" in measured:  # torch also counts the batches that each norm has seen
        norms = sum(layer.kind == "bn" for layer in layers)
        buffers = sum(layer.parameters.buffers for layer in layers)
        assert buffers + norms == measured["buffers"]


@pytest.mark.parametrize(
    ("name", "measured"), [item for item in measurements() if "min_size" in item.values[1]]
)
def test_smallest_input(name: str, measured: dict[str, Any]) -> None:
    smallest = measured["min_size"]
    convcalc.analyze(zoo.text(name), input=f"3x{smallest}x{smallest}")
    if smallest > 1:
        with pytest.raises(SpecError):
            convcalc.analyze(zoo.text(name), input=f"3x{smallest - 1}x{smallest - 1}")
