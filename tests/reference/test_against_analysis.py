"""The analysis and the reference, two independent paths to the same numbers."""

# ruff: noqa: ARG005 (a wrong formula forgets what it is given)

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import zoo
from convcalc.arithmetic import formulas
from convcalc.layers import base, taps, windows
from convcalc.layers.catalog import KINDS
from convcalc.reference.definitions import Tally
from convcalc.reference.dependence import dependence
from convcalc.reference.held import Held, Lists, equal_numbers, lengths
from convcalc.reference.observe import observe
from convcalc.reference.run import Thinned, Whole, run
from convcalc.reference.tensor import Tensor
from tests.strategies import networks

NET = """
input 3x41x36
c1: conv 4 3x3 s=2 pad=1 d=2
p1: maxpool 3x3 s=2 round=ceil
d1: deconv 2 3x3 s=2 pad=1 output_pad=1
g1: conv 4 1x3 g=2
s1: subsample 2x2
t1: conv 3 2x2 connections=7 pad=1
c2: conv 4 4x4 s=3 pad=same
f1: fc 5
"""


@settings(max_examples=200)
@given(networks())
def test_random_networks_run_whole(text: str) -> None:
    verification = convcalc.verify(text, full=True)
    assert verification.differences == ()
    assert not verification.thinned


@settings(max_examples=80)
@given(networks())
def test_random_networks_run_thinned(text: str) -> None:
    graph = convcalc.build(text)
    whole = {seen.node: seen for seen in observe(graph)}
    for seen in observe(graph, thinned=True):
        assert seen._replace(fresh=0, alive=0) == whole[seen.node]._replace(fresh=0, alive=0)


@settings(max_examples=80)
@given(networks())
def test_thinned_layers_give_what_whole_ones_give_on_equal_channels(text: str) -> None:
    graph = convcalc.build(text)
    whole, thinned = Whole(), Thinned()
    values: list[Any] = []
    for index, node in enumerate(graph.nodes):
        if not node.inputs:
            values.append(thinned.some(node.shape.sizes, index))  # type: ignore[arg-type]
            continue
        inputs = [values[source] for source in node.inputs]
        held = equal_numbers(node.layer, inputs[0].sizes, index)
        expected = whole.run(node.layer, [x.expanded() for x in inputs], held, Tally())
        value = thinned.run(node.layer, inputs, held, Tally()).expanded()
        assert value.sizes == expected.sizes
        assert value.values == pytest.approx(expected.values, abs=1)  # floats are rounded
        values.append(thinned.run(node.layer, inputs, held, Tally()))


MONOTONE = {
    *("input", "conv", "dwconv", "sepconv", "deconv", "fc", "add", "concat", "flatten"),
    *("maxpool", "avgpool", "lppool", "subsample", "globalavgpool", "globalmaxpool"),
    *("adaptiveavgpool", "adaptivemaxpool", "relu", "prelu", "scale", "dropout", "identity"),
    *("pad", "crop", "upsample", "pixelshuffle", "pixelunshuffle", "channelshuffle", "slice"),
}
"""Kinds through which a positive value that becomes much larger always shows, if all weights are
positive.
"""


def positive(layer: Any, sizes: tuple[int, ...], seed: int) -> Held:
    needed = lengths(layer, sizes)
    rows = [list(map(abs, row)) for row in Lists(needed.weights, seed)]
    return Held(rows, [1] * needed.biases, [1] * needed.buffers)


@settings(max_examples=120)
@given(networks(ranks=(1,)), st.data())
def test_an_input_that_changes_changes_exactly_what_depends_on_it(
    text: str, data: st.DataObject
) -> None:
    graph = convcalc.build(text)
    assume(all(node.layer.kind in MONOTONE for node in graph.nodes))
    sizes: Any = graph.nodes[0].shape.sizes
    depth, length = sizes
    pixel = data.draw(st.integers(0, length - 1))
    calm = [1 + place % 7 for place in range(depth * length)]
    loud = [10**30 if place % length == pixel else value for place, value in enumerate(calm)]
    before = run(graph, {"input": Tensor((depth, length), calm)}, positive)
    after = run(graph, {"input": Tensor((depth, length), loud)}, positive)
    for name, sets in zip(graph.names, dependence(graph, 0, 0, [pixel]), strict=True):
        one, other = before[name], after[name]
        places = enumerate(zip(one.values, other.values, strict=True))
        changed = {place % one.pixels for place, (x, y) in places if x != y}
        assert changed == {o for o, reads in enumerate(sets or ()) if reads}, name


@pytest.mark.parametrize("name", zoo.names())
def test_networks_of_the_zoo(name: str) -> None:
    verification = convcalc.verify(zoo.text(name))
    assert verification.differences == ()
    assert verification.layers > 0
    quantities = {item.quantity: item.times for item in verification.checked}
    assert quantities["output shape"] == verification.layers
    # along each axis for the first, middle and last pixel; a vector has none
    axes = len(verification.inputs[0][1]) - 1
    assert quantities.get("dependency", 0) == 3 * axes * verification.layers


@pytest.mark.parametrize(
    ("function", "wrong", "layer", "quantity"),
    [
        # the sign of P, as copied from lecture note to lecture note
        ("output_size", lambda n, e, s, p: (n - p - e) // s + 1, "c1", "output shape"),
        ("output_size", lambda n, e, s, p: (n + p - e) // s, "c1", "output shape"),
        ("output_size", lambda n, e, s, p: -(-(n + p - e) // s) + 1, "c1", "output shape"),
        ("output_size_ceil", lambda n, e, s, b, a: (n + b + a - e) // s + 1, "p1", "output shape"),
        ("window_extent", lambda k, d: k, "c1", "output shape"),
        ("window_extent", lambda k, d: d * k, "c1", "output shape"),
        ("same_size", lambda n, s: n // s, "c2", "output shape"),
        ("same_padding", lambda n, e, s: max(e - s, 0), "c2", "padding"),
        ("same_padding", lambda n, e, s: e - 1, "c2", "padding"),
        ("transposed_size", lambda n, e, s, p, o: n * s - p + e + o, "d1", "output shape"),
        ("transposed_size", lambda n, e, s, p, o: (n - 1) * s + p + e + o, "d1", "output shape"),
        ("transposed_size", lambda n, e, s, p, o: (n - 1) * s - p + e, "d1", "output shape"),
        ("conv_weights", lambda k, i, o, g=1: i * o * k[0], "c1", "parameters"),
        ("conv_weights", lambda k, i, o, g=1: i * o * k[0] * k[1], "g1", "parameters"),
        ("dense_weights", lambda n, m: n * m + 1, "f1", "parameters"),
        ("window_macs", lambda o, w: o * w * 2, "f1", "multiplications"),
        ("unit_connections", lambda m, u: m, "c1", "connections"),
        ("subsample_connections", lambda u, k: u * 4, "s1", "connections"),
        ("partial_weights", lambda k, t: t, "t1", "parameters"),
        ("elements", lambda s: s[0], "f1", "parameters"),
    ],
)
def test_a_wrong_formula_is_found(
    monkeypatch: pytest.MonkeyPatch, function: str, wrong: Any, layer: str, quantity: str
) -> None:
    assert convcalc.verify(NET).ok
    monkeypatch.setattr(formulas, function, wrong)
    if function == "window_extent":
        monkeypatch.setattr(base, "window_extent", wrong)
    differences = convcalc.verify(NET).differences
    assert (layer, quantity) in {(item.layer, item.quantity) for item in differences}


def test_a_layer_that_differs_does_not_spoil_those_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(formulas, "same_size", lambda n, s: n // s)
    found = convcalc.verify("input 1x7x7; a: conv 1 3x3 s=2 pad=same; b: conv 2 2x2").differences
    assert [(item.layer, item.quantity, item.analysis, item.reference) for item in found] == [
        ("a", "output shape", (1, 3, 3), (1, 4, 4)),
        ("a", "multiplications", 81, 144),
        ("a", "connections", 90, 160),
        ("a", "activations", 9, 16),
        ("", "peak activations", 58, 65),
    ]


def test_the_reference_uses_no_formula_and_no_rule_of_a_layer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = convcalc.build(NET)
    whole, thinned = list(observe(graph)), list(observe(graph, thinned=True))
    sets = dependence(graph, 0, 0, [0, 7])

    def forbidden(*_: object) -> None:
        raise AssertionError("the reference asked the analysis")

    for name, value in list(vars(formulas).items()):
        if callable(value):
            monkeypatch.setattr(formulas, name, forbidden)
    for kind in {cls for layer in KINDS for cls in layer.__mro__ if issubclass(cls, base.Layer)}:
        for rule in ("output", "windows", "taps", "count_weights", "count_macs"):
            if rule in vars(kind):
                monkeypatch.setattr(kind, rule, forbidden)
    monkeypatch.setattr(base.Window, "extent", property(forbidden))
    assert list(observe(graph)) == whole
    assert list(observe(graph, thinned=True)) == thinned
    assert dependence(graph, 0, 0, [0, 7]) == sets


def test_a_wrong_window_is_found_where_sizes_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "input 1x9; c: conv 1 3 s=2 d=2 pad=2"
    assert convcalc.verify(text).ok
    monkeypatch.setattr(taps.Strided, "positions", lambda self, o: range(o * self.stride, 9, 2))
    found = convcalc.verify(text).differences
    assert {item.quantity for item in found} == {"dependency"}
    assert (found[0].analysis, found[0].reference) == (
        "output 1 does not depend on pixel 0 of input, axis 1",
        "output 1 depends on pixel 0 of input, axis 1",
    )
    monkeypatch.undo()
    window = windows.Windowed.windows
    monkeypatch.setattr(
        windows.Windowed,
        "windows",
        lambda self, inputs: tuple(w._replace(kernel=2, dilation=4) for w in window(self, inputs)),
    )
    found = convcalc.verify(text).differences
    assert [(item.layer, item.quantity) for item in found][:1] == [("c", "positions read")]
    assert (found[0].analysis, found[0].reference) == (
        "output 0 reads 2 with tap 1",
        "output 0 reads 0 with tap 1",
    )


def test_a_layout_of_the_spec_changes_nothing() -> None:
    verification = convcalc.verify("layout hwc; input 8x6x3; conv 4 3x3; flatten; fc 2")
    assert verification.differences == ()
    assert verification.inputs == (("input", (3, 8, 6)),)
