"""Formulas against numbers: a symbolic report, evaluated at a size, is the numeric report at that
size.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc import SpecError, zoo
from convcalc.language.parser import parse_argument
from convcalc.report import Report
from convcalc.source import Source
from tests.arithmetic.test_polynomial import evaluated
from tests.solving.test_valid import specs


def at(value: Any, sizes: dict[str, int]) -> Any:
    """A number of a report with sizes put in for its symbols."""
    if isinstance(value, tuple):
        return tuple(at(item, sizes) for item in value)
    return value.evaluate(sizes) if hasattr(value, "evaluate") else value


def figures(report: Report, sizes: dict[str, int]) -> list[Any]:
    """Everything that is counted, layer by layer and in total."""
    found: list[Any] = [
        at(
            (
                layer.output_shape,
                layer.window.padding if layer.window else None,
                layer.parameters.total,
                layer.macs,
                layer.connections,
                layer.activation_bytes,
            ),
            sizes,
        )
        for layer in report.layers
    ]
    totals = report.totals
    peak = at(totals.peak_activation_bytes, sizes)
    return [
        *found,
        at((totals.parameters.total, totals.macs, totals.activation_bytes), sizes),
        peak,
    ]


def holds(report: Report, symbol: str, size: int) -> bool:
    """Whether every requirement about one symbol allows a size."""
    return all(
        any(size in progression for progression in requirement.sizes)
        for requirement in report.requirements
        if requirement.symbol == symbol
    )


IMAGES = [name for name in zoo.names() if name != "dcgan-generator"]
"""Networks of the zoo that take an image, of any size."""


@pytest.mark.parametrize("name", IMAGES)
def test_zoo_evaluated_at_sizes(name: str) -> None:
    text = zoo.text(name)
    depth, height, width = convcalc.analyze(text).inputs[0].shape
    symbolic = convcalc.analyze(text, input=f"{depth}xHxW")
    for extra in (0, 1, 7, 30):
        sizes = {"H": height + extra, "W": width + 2 * extra}
        shape = f"{depth}x{sizes['H']}x{sizes['W']}"
        works = holds(symbolic, "H", sizes["H"]) and holds(symbolic, "W", sizes["W"])
        try:
            numeric = convcalc.analyze(text, input=shape)
        except SpecError:
            assert not works
            continue
        assert works
        assert figures(symbolic, sizes) == figures(numeric, {})
        assert read_back(symbolic, sizes) == read_back(numeric, {})


def read_back(report: Report, sizes: dict[str, int]) -> list[int]:
    """The totals of the JSON data; formulas are read by the language."""
    totals = report.to_dict()["totals"]
    texts = [totals[key] for key in ("macs", "activation_bytes", "peak_activation_bytes")]
    return [evaluated(parse_argument(Source(f"({text})")), sizes) for text in texts]


@given(specs(), st.integers(2, 90))
def test_random_networks_evaluated_at_a_size(text: str, size: int) -> None:
    try:
        symbolic = convcalc.analyze(text, input="2xL")
    except SpecError:  # parts of fixed size that never agree
        with pytest.raises(SpecError):
            convcalc.analyze(text, input=f"2x{size}")
        return
    try:
        numeric = convcalc.analyze(text, input=f"2x{size}")
    except SpecError:
        assert not holds(symbolic, "L", size)
        return
    assert holds(symbolic, "L", size)
    assert figures(symbolic, {"L": size}) == figures(numeric, {})


@given(specs(), st.integers(2, 90))
def test_setting_the_symbol_is_giving_the_size(text: str, size: int) -> None:
    named = text.replace("2x50", "2xL")
    try:
        numeric = convcalc.analyze(text, input=f"2x{size}")
    except SpecError:
        with pytest.raises(SpecError):
            convcalc.analyze(named, set={"L": size})
        return
    given_size = convcalc.analyze(named, set={"L": size})
    assert given_size.symbols == ()
    assert figures(given_size, {}) == figures(numeric, {})


@pytest.mark.parametrize(
    ("text", "shape", "macs"),
    [
        (
            "input 3xHxW; conv 96 11x11 stride=4",
            "96, ⌊(H − 7)/4⌋, ⌊(W − 7)/4⌋",
            "34,848·⌊(H − 7)/4⌋·⌊(W − 7)/4⌋",
        ),
        ("symbol W F S P\ninput 1xW\nconv 1 F stride=S pad=P", "1, ⌊(W − F + 2·P)/S⌋ + 1", None),
        ("input 3xHxH; repeat 5 { maxpool 3x3 stride=2 pad=1 }", "3, ⌈H/32⌉, ⌈H/32⌉", "0"),
    ],
)
def test_formulas_read_as_in_a_lecture(text: str, shape: str, macs: str | None) -> None:
    layer = convcalc.analyze(text).layers[-1]
    assert ", ".join(map(str, layer.output_shape)) == shape
    if macs is not None:
        assert str(layer.macs) == macs


def test_totals_are_collected() -> None:
    text = "symbol w\ninput 3x32x32\nconv w 3x3 ; conv 4*w 3x3 ; conv w 1x1 ; gap ; fc 10"
    assert str(convcalc.analyze(text).totals.parameters.total) == "40·w² + 43·w + 10"


def test_requirements_name_the_layer_and_the_sizes() -> None:
    report = convcalc.analyze("input 3xHxW; conv 8 5x5; maxpool 2x2; conv 8 3x3; pixelunshuffle 2")
    assert [(r.layer, r.symbol, [str(p) for p in r.sizes]) for r in report.requirements] == [
        ("conv1", "H", ["every size from 5"]),
        ("conv1", "W", ["every size from 5"]),
        ("maxpool1", "H", ["every size from 6"]),
        ("maxpool1", "W", ["every size from 6"]),
        ("conv2", "H", ["every size from 10"]),
        ("conv2", "W", ["every size from 10"]),
        ("pixelunshuffle1", "H", ["12 to 13 and every 4 further"]),
        ("pixelunshuffle1", "W", ["12 to 13 and every 4 further"]),
    ]
