"""Every kind of layer has every rule, a doc entry and measured or published cases: nothing counts
as zero by accident.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import convcalc
from convcalc.docs import reference
from convcalc.layers.base import Layer
from convcalc.layers.catalog import JOINS, KINDS, LAYERS

EXAMPLES = {
    "conv": "conv 4 3x3",
    "dwconv": "dwconv 3x3",
    "sepconv": "sepconv 4 3x3",
    "deconv": "deconv 4 2x2 stride=2",
    "maxpool": "maxpool 2x2",
    "avgpool": "avgpool 2x2",
    "lppool": "lppool 2x2",
    "subsample": "subsample 2x2",
    "adaptiveavgpool": "adaptiveavgpool 2",
    "adaptivemaxpool": "adaptivemaxpool 2",
    "fc": "fc 10",
    "reshape": "reshape 16x8x4",
    "gn": "gn 4",
    "pad": "pad 1",
    "crop": "crop 1",
    "upsample": "upsample 2",
    "pixelshuffle": "pixelshuffle 2",
    "pixelunshuffle": "pixelunshuffle 2",
    "channelshuffle": "channelshuffle 2",
    "slice": "slice 0:4",
    "add": "add { relu | }",
    "mul": "mul { sigmoid | }",
    "concat": "concat { relu | }",
}
"""How to write a kind on an input of 8x8x8; a kind without arguments is its own example."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_kind_is_complete(kind: type[Layer]) -> None:
    assert not inspect.isabstract(kind)
    assert inspect.getdoc(kind)
    names = [name for argument in kind.arguments for name in (argument.name, *argument.aliases)]
    assert len(names) == len(set(names))
    assert all(argument.help for argument in kind.arguments)
    if kind.kind not in ("input", *JOINS):
        assert f"## {reference.usage(kind)}" in reference.layers()


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if k.kind != "input"], ids=lambda kind: kind.kind
)
def test_kind_can_be_written(kind: type[Layer]) -> None:
    report = convcalc.analyze(f"input 8x8x8; {EXAMPLES.get(kind.kind, kind.kind)}")
    layer = report.layers[-1]
    assert layer.kind == kind.kind
    assert all(isinstance(size, int) and size > 0 for size in layer.output_shape)
    if kind.kind not in JOINS:
        again = convcalc.analyze(f"input 8x8x8; {layer.text}")
        assert again.layers[-1].output_shape == layer.output_shape
        assert again.layers[-1].text == layer.text


def test_each_name_belongs_to_one_kind() -> None:
    names = [name for kind in KINDS for name in (kind.kind, *kind.aliases)]
    assert len(names) == len(set(names)) == len(LAYERS)


def test_every_class_is_listed() -> None:
    def kinds(base: type[Layer]) -> set[type[Layer]]:
        found = {base} if hasattr(base, "kind") else set()
        return found.union(*(kinds(sub) for sub in base.__subclasses__()))

    base: type = Layer
    defined = {kind for kind in kinds(base) if kind.__module__.startswith("convcalc.")}
    assert defined == set(KINDS)


def test_language_reference_lists_every_layer() -> None:
    text = (Path(convcalc.__file__).parent / "docs" / "language.md").read_text(encoding="utf-8")
    missing = [kind.kind for kind in KINDS if kind.kind not in text]
    assert missing == []
