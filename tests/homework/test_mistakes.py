"""The catalogue of mistakes, and how well a planted one is recognised."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random
from typing import Any

import pytest

import convcalc
from convcalc.homework.diagnosis import Candidate, candidates, equal, ranked
from convcalc.homework.mistakes import CATALOGUE, Case, values
from tests.homework.layers import DRAWN, last_case, sheet

QUANTITIES = {
    **{topic: topic for topic in CATALOGUE},
    **dict.fromkeys(("size", "pool", "same", "transposed"), "size"),
    **dict.fromkeys(("depth", "flatten"), "depth"),
}
"""What each group of mistakes falsifies; size and depth are parts of a shape."""

Planted = list[tuple[str, list[Candidate]]]


def right_values(topic: str, text: str) -> tuple[Any, Case]:
    """What the analysis says of the last layer of a spec, and its case."""
    _, case = last_case(text)
    layer = convcalc.analyze(text).layers[-1]
    quantity = QUANTITIES[topic]
    if quantity == "size":
        return layer.output_shape[1:], case
    if quantity == "depth":
        return layer.output_shape[0], case
    if quantity == "parameters":
        return layer.parameters.total, case
    if quantity == "padding":
        assert layer.window is not None
        return layer.window.padding, case
    if quantity == "receptive_field":
        assert layer.receptive_field is not None
        return layer.receptive_field.size, case
    return getattr(layer, quantity), case


def planted(topic: str, text: str) -> Planted:
    """Each mistake that can be made in the last layer of a spec, and what explains its value."""
    right, case = right_values(topic, text)
    quantity = QUANTITIES[topic]
    found = []
    for mistake, value in values(quantity, case):
        if equal(value, right):
            continue
        if quantity in ("size", "depth"):
            shape = case.output.sizes
            answer = (shape[0], *value) if quantity == "size" else (value, *shape[1:])
            explained = candidates("output_shape", answer, shape, [case])
        else:
            explained = candidates(quantity, value, right, [case])
        found.append((mistake.key, explained))
    return found


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (
            "size",
            "padding-subtracted padding-once padding-forgotten no-plus-one rounded-up not-rounded"
            " stride-ignored divided-only unchanged dilation-ignored extent-without-minus-one"
            " other-axis",
        ),
        (
            "pool",
            "other-rounding stride-ignored stride-as-window no-plus-one padding-forgotten"
            " padding-once not-rounded unchanged",
        ),
        ("same", "rounded-down stride-ignored valid-meant half-padding plus-one-too-many"),
        (
            "transposed",
            "convolution-meant times-stride-only output-pad-forgotten padding-once"
            " padding-forgotten padding-added n-for-n-minus-one stride-ignored",
        ),
        (
            "parameters",
            "no-bias bias-despite-none input-depth-forgotten kernel-not-squared one-bias"
            " biases-of-the-input groups-ignored groups-twice filters-forgotten connections-given"
            " as-if-fully-connected table-ignored buffers-counted",
        ),
        (
            "macs",
            "flops biases-added input-size-used positions-forgotten input-depth-forgotten"
            " filters-forgotten kernel-not-squared groups-ignored stride-ignored",
        ),
        (
            "receptive_field",
            "strides-ignored pools-ignored dilation-ignored own-stride-counted"
            " kernel-for-kernel-minus-one kernels-added kernels-multiplied last-kernel-only",
        ),
        ("activation_bytes", "values-not-bytes in-kib in-kb kib-for-kb kb-for-kib bits"),
        ("depth", "depth-unchanged first-part-only depth-summed"),
        ("flatten", "map-without-depth depth-only one-side-only sides-added"),
    ],
)
def test_the_catalogue_is_complete(topic: str, expected: str) -> None:
    keys = [mistake.key for mistake in CATALOGUE[topic]]
    assert set(expected.split()) <= set(keys)
    assert len(keys) == len(set(keys))


def test_the_two_errors_of_lecture_notes_are_known() -> None:
    found = dict(planted("size", "input 3x32x32; conv 8 3x3 pad=1"))
    texts = {c.text for c in found["padding-subtracted"]}
    assert "subtracting the padding instead of adding it gives 28" in texts


@pytest.mark.parametrize(
    ("topic", "text", "key", "value"),
    [
        ("size", "input 3x32x32; conv 8 5x5 stride=2", "not-rounded", "14.5"),
        ("size", "input 3x32x32; conv 8 3x3 dilation=2", "extent-without-minus-one", "27"),
        ("size", "input 3x32x20; conv 8 3x3", "other-axis", "18×30"),
        ("pool", "input 3x32x32; maxpool 3x3 stride=2", "other-rounding", "16"),
        ("same", "input 3x33x33; conv 8 3x3 stride=2 pad=same", "rounded-down", "16"),
        ("transposed", "input 3x7x7; deconv 8 4x4 stride=2 pad=1", "convolution-meant", "3"),
        ("parameters", "input 3x32x32; conv 8 5x5", "no-bias", "600"),
        ("parameters", "input 3x32x32; conv 8 5x5", "as-if-fully-connected", "19,273,856"),
        ("parameters", "input 4x8x8; bn", "buffers-counted", "16"),
        ("parameters", "input 6x14x14; conv 16 5x5 connections=60", "table-ignored", "2,416"),
        ("parameters", "input 8x4x4; fc 10", "map-without-depth", "170"),
        ("macs", "input 3x8x8; conv 4 3x3", "flops", "7,776"),
        ("macs", "input 3x8x8; deconv 4 2x2 stride=2", "input-size-used", "12,288"),
        ("activation_bytes", "input 3x8x8; conv 4 3x3", "values-not-bytes", "144"),
        ("activation_bytes", "input 3x8x8; conv 4 3x3", "in-kib", "0.5625"),
        ("padding", "input 3x8x8; conv 4 3x3 stride=2 pad=same", "other-side", "1:0"),
        ("receptive_field", "input 3x64x64; conv 4 3x3 s=2; conv 4 3x3", "strides-ignored", "5"),
        ("receptive_field", "input 3x64x64; conv 4 3x3 s=2; conv 4 3x3", "kernels-added", "6"),
        ("depth", "input 8x8x8; concat { conv 4 1x1 | }", "first-part-only", "4"),
        ("flatten", "input 8x5x5; flatten", "sides-added", "18"),
        ("connections", "input 1x32x32; conv 6 5x5", "macs-given", "117,600"),
    ],
)
def test_what_a_mistake_gives(topic: str, text: str, key: str, value: str) -> None:
    found = dict(planted(topic, text))
    assert next(c.text for c in found[key] if c.mistake.key == key).endswith(f" gives {value}")


@pytest.mark.parametrize("topic", CATALOGUE)
def test_a_planted_mistake_is_among_those_named(topic: str) -> None:
    random = Random(f"planted {topic}")
    tried: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for _ in range(700):
        for key, explained in planted(topic, sheet(topic, random)):
            best, _ = ranked(explained, Counter(c.mistake.key for c in explained))
            assert len(best) <= 3
            tried[key] += 1
            named[key] += key in [candidate.mistake.key for candidate in best]
    assert set(tried) == {mistake.key for mistake in CATALOGUE[topic]}
    assert named.total() >= 0.95 * tried.total()
    assert {key: named[key] / tried[key] for key in tried if named[key] < 0.9 * tried[key]} == {}


@pytest.mark.parametrize("topic", CATALOGUE)
def test_the_same_slip_made_five_times_is_named_alone(topic: str) -> None:
    random = Random(f"five {topic}")
    by_key: defaultdict[str, list[list[Candidate]]] = defaultdict(list)
    for _ in range(300):
        for key, explained in planted(topic, sheet(topic, random)):
            by_key[key].append(explained)
    total = alone = 0
    for key, all_explained in by_key.items():
        for _ in range(40 if len(all_explained) >= 5 else 0):
            five = random.sample(all_explained, 5)
            counts = Counter(k for found in five for k in {c.mistake.key for c in found})
            for found in five:
                best, is_alone = ranked(found, counts)
                total += 1
                alone += is_alone and best[0].mistake.key == key
                assert not is_alone or best[0].mistake.key == key
    assert total > 500
    assert alone >= 0.9 * total


def test_nothing_is_named_where_no_mistake_gives_the_answer() -> None:
    _, case = right_values("parameters", "input 3x32x32; conv 8 5x5")
    assert candidates("parameters", 611, 608, [case]) == []
    assert ranked([], Counter()) == ((), False)


def test_several_layers_together_have_their_mistakes_summed() -> None:
    text = "input 3x8x8; block: { conv 4 3x3 ; bn ; conv 8 3x3 } -> params=404"
    (question,) = convcalc.check(text).questions
    assert [c.text for c in question.mistakes] == ["leaving out the biases gives 404"]
    assert question.expected == 4 * 28 + 8 + 8 * 37


def test_every_group_is_drawn() -> None:
    assert set(DRAWN) == set(CATALOGUE)
