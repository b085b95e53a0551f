"""``convcalc explain`` and ``convcalc formulas``."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from convcalc import docs
from tests.cli.conftest import Result

Run = Callable[..., Result]

NET = ("-e", "input 3x227x227; conv1: conv 96 11x11 stride=4 ; relu")

TEXT = """\
conv1  conv 96 11x11 stride=4   3×227×227 → 96×55×55
  height and width          ⌊(n + P − F)/S⌋ + 1
                            = ⌊(227 + 0 − 11)/4⌋ + 1 = ⌊216/4⌋ + 1 = 54 + 1 = 55
                            216 / 4 = 54 exactly
  depth                     D_filter = 96
  parameters                (F·F·D_in + 1)·D_filter
                            = (11·11·3 + 1)·96 = (363 + 1)·96 = 364·96 = 34,944
  MACs                      H_out·W_out·F·F·D_in·D_filter
                            = 55·55·11·11·3·96 = 105,415,200
  receptive field           R + (F − 1)·J
                            = 1 + (11 − 1)·1 = 1 + 10·1 = 1 + 10 = 11
  receptive field's stride  J·S
                            = 1·4 = 4

relu1  relu   96×55×55 → 96×55×55
  the shape stays 96×55×55
  no parameters

n input size · P padding of both sides together · F window · S stride · D_filter number of filters
D_in the input's depth · H_out the output's height · W_out the output's width
R field of one pixel that comes in · J pixels of the network's input between two of them
"""

LATEX = r"""% a network
% needs \usepackage{amsmath}
\paragraph{conv1} \texttt{conv 4 2x2} (1$\times$4$\times$4 $\to$ 4$\times$3$\times$3)
\begin{align*}
&\text{height and width:} && \left\lfloor{\frac{n + P - F}{S}}\right\rfloor + 1 \\
&&& = \left\lfloor{\frac{4 + 0 - 2}{1}}\right\rfloor + 1 \\
&&& = \left\lfloor{\frac{2}{1}}\right\rfloor + 1 \\
&&& = 2 + 1 \\
&&& = 3 \\
&\text{depth:} && D_{\mathrm{filter}} \\
&&& = 4 \\
"""

MARKDOWN = """\
## conv1

`conv 4 2x2`: 1×4×4 → 4×3×3

- height and width: ⌊(n + P − F)/S⌋ + 1 = ⌊(4 + 0 − 2)/1⌋ + 1 = ⌊2/1⌋ + 1 = 2 + 1 = **3**
- depth: D\\_filter = **4**
"""


def test_the_text(run: Run) -> None:
    assert run("explain", *NET) == (0, TEXT, "")


def test_one_layer(run: Run) -> None:
    status, out, _ = run("explain", *NET, "relu1")
    assert (status, out) == (
        0,
        "relu1  relu   96×55×55 → 96×55×55\n  the shape stays 96×55×55\n  no parameters\n\n",
    )
    assert run("explain", "lenet5", "c3").out == run("explain", "lenet5", "5").out
    assert run("explain", "lenet5", "c3").out.startswith("LeNet-5 (1998)\n\nc3  conv 16 5x5")


def test_a_layer_that_is_not_there(run: Run) -> None:
    assert run("explain", *NET, "conv2") == (
        2,
        "",
        "error: the network has no layer conv2\n  <text>\n  help: did you mean conv1?\n",
    )


def test_two_layers_are_one_too_many(run: Run) -> None:
    status, _, err = run("explain", "lenet5", "c1", "c3")
    assert status == 2
    assert err.startswith("error: 2 layers were named: c1, c3\n")


def test_ascii(convcalc: Callable[..., Result], environment: dict[str, str]) -> None:
    result = convcalc("explain", *NET, env={**environment, "PYTHONIOENCODING": "ascii"})
    assert result.out.isascii()
    assert "floor((n + P - F)/S) + 1" in result.out
    assert "= floor((227 + 0 - 11)/4) + 1 = floor(216/4) + 1 = 54 + 1 = 55" in result.out


@pytest.mark.parametrize(("format_", "begins"), [("latex", LATEX), ("markdown", MARKDOWN)])
def test_formats_for_papers(run: Run, format_: str, begins: str) -> None:
    status, out, err = run("explain", "-e", "input 1x4x4; conv 4 2x2", "--format", format_)
    assert (status, err) == (0, "")
    assert out.startswith(begins)


def test_json(run: Run) -> None:
    data = json.loads(run("explain", *NET, "--format", "json").out)
    assert [layer["name"] for layer in data["layers"]] == ["conv1", "relu1"]
    assert [w["result"] for w in data["layers"][0]["workings"]] == [
        *(55, 96, 34_944, 105_415_200, 11, 4),
    ]


def test_equal_layers_refer_to_the_first(run: Run) -> None:
    out = run("explain", "-e", "input 4x8x8; repeat 2 { conv 4 3x3 pad=1 }").out
    assert "conv2  conv 4 3x3 pad=1   4×8×8 → 4×8×8\n  as conv1\n  receptive field" in out


def test_formulas_are_the_documentation(run: Run) -> None:
    status, out, _ = run("formulas")
    assert status == 0
    assert out == docs.text("formulas") == run("docs", "formulas").out
    assert "O = (W − K − 2P)/S + 1 has the sign of the padding wrong" in out
    assert "loses one row and one column" in out
