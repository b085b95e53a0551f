"""The zoo's folder: names, texts, facts."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

import convcalc
from convcalc import zoo
from convcalc.zoo import published
from convcalc.zoo.published import Accuracy, Facts

NAMES = zoo.names()


def test_every_network_has_facts_and_the_other_way_round() -> None:
    assert sorted(facts.name for facts in published.all_facts()) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_expectation_in_a_spec_holds(name: str) -> None:
    report = convcalc.analyze(zoo.text(name))
    assert [item for item in report.expectations if not item.ok] == []
    assert report.expectations
    assert report.symbols == ()


@pytest.mark.parametrize("name", NAMES)
def test_facts_are_what_the_spec_gives(name: str) -> None:
    facts = published.facts(name)
    report = convcalc.analyze(zoo.text(name))
    layers = [layer for layer in report.layers if not layer.name.startswith("side_")]
    if facts.parameters is not None:
        assert sum(layer.parameters.total for layer in layers) == facts.parameters
    if facts.macs is not None:
        kinds = ("conv", "dwconv", "sepconv", "deconv", "fc")
        assert sum(layer.macs for layer in layers if layer.kind in kinds) == facts.macs
    assert report.title is not None
    assert facts.title.split(" (")[0] == report.title.split(" (")[0]


@pytest.mark.parametrize("name", NAMES)
def test_published_figures_are_the_counted_ones_cut_off_or_rounded(name: str) -> None:
    facts = published.facts(name)
    counted = convcalc.analyze(zoo.text(name)).totals
    if facts.published_parameters is not None:  # LeNet-5's are the trained ones
        assert facts.published_parameters in shortened(
            counted.parameters.trainable, facts.published_parameters
        )
    if facts.published_macs is not None and facts.macs is not None:
        assert facts.published_macs in shortened(facts.macs, facts.published_macs)


def shortened(exact: Any, printed: int) -> tuple[int, int]:
    """A number cut off, and rounded, to the digits of a printed one."""
    digits = str(printed)
    unit = 10 ** (len(digits) - len(digits.rstrip("0")))
    return exact // unit * unit, round(exact / unit) * unit


@pytest.mark.parametrize("name", NAMES)
def test_a_spec_is_written_to_be_read(name: str) -> None:
    text = zoo.text(name)
    lines = text.split("\n")
    assert lines[0].startswith("# ")
    assert max(map(len, lines)) <= 100
    assert text.endswith("\n")
    assert "\t" not in text
    years = re.findall(r"\((\d{4})\)|, (\d{4})|NIPS (\d{4})", "\n".join(lines[:4]))
    assert any(str(published.facts(name).year) in found for found in years)


def test_facts_of_a_network() -> None:
    facts = published.facts("vgg11")
    setting = "ImageNet 2012 validation"
    assert facts == Facts(
        name="vgg11",
        title="VGG-11",
        year=2014,
        source=(
            "Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image "
            "Recognition, arXiv:1409.1556, configuration A"
        ),
        parameters=132_863_336,
        macs=7_609_090_048,
        measured="torchvision 0.28",
        published_parameters=133_000_000,
        published_macs=None,
        results=(
            Accuracy(29.6, 10.4, f"{setting}, whole image at one scale"),
            Accuracy(30.98, 11.372, f"{setting}, one 224x224 crop, torchvision's weights"),
        ),
        notes=None,
    )
    assert (facts.top1, facts.top5) == (29.6, 10.4)


def test_facts_without_results_have_no_errors() -> None:
    facts = published.facts("lenet5-modern")
    assert (facts.top1, facts.top5) == (None, None)


def test_facts_come_in_the_order_of_years() -> None:
    years = [facts.year for facts in published.all_facts()]
    assert years == sorted(years)
    assert published.all_facts()[0].name == "lenet5"


def test_upper_and_lower_case_are_the_same() -> None:
    assert zoo.text("ResNet50") == zoo.text("resnet50")
    assert published.facts("VGG16") == published.facts("vgg16")


@pytest.mark.parametrize(
    "name",
    ["", "lenet6", "../zoo/lenet5", "./lenet5", "lenet5.conv", "facts", "lenet5\0", "..", "/"],
)
def test_only_names_of_the_zoo_are_known(name: str) -> None:
    with pytest.raises(KeyError):
        zoo.text(name)
    with pytest.raises(KeyError):
        published.facts(name)


def test_names_and_texts_read_no_facts() -> None:
    code = (
        "import sys; from convcalc import zoo; zoo.text(zoo.names()[0]);"
        "print('tomllib' in sys.modules, 'importlib.resources' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
