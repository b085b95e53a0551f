"""``convcalc solve``: what it prints, as text and as JSON, and its exit status."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from convcalc import docs
from tests.cli.conftest import Result

Run = Callable[..., Result]


def solve(run: Run, *arguments: str, status: int = 0) -> str:
    result = run("solve", *arguments)
    assert (result.status, result.err) == (status, "")
    return result.out


EXAMPLES = re.findall(r"```console\n\$ convcalc (.*?)\n(.*?)```", docs.text("solving"), re.DOTALL)


def test_the_documentation_has_examples() -> None:
    assert len(EXAMPLES) >= 8


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_examples_of_the_documentation(
    run: Run, command: str, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = re.search(r"```convcalc\n(.*?)```", docs.text("solving"), re.DOTALL)
    assert network is not None
    (tmp_path / "small.conv").write_text(network[1])
    monkeypatch.chdir(tmp_path)
    assert run(*shlex.split(command)).out == output


# --- valid sizes


def test_sizes_in_prose_and_in_the_forms_people_paste(run: Run) -> None:
    assert (
        solve(run, "unet-padded")
        == """\
U-Net (padded)
H and W: 16·t for t ≥ 1 (16, 32, 48, …).
  in a docstring: H and W must each be a multiple of 16, at least 16.
  in Python:      n % 16 == 0 and n >= 16
  as a range:     min 16, step 16, no max
  torch.export:   16*Dim("h", min=1)
  torch.export:   16*Dim("w", min=1)
"""
    )


def test_strict_sizes(run: Run) -> None:
    lines = solve(run, "unet", "--strict").splitlines()
    assert lines[1] == "H and W: 16·t + 12 for t ≥ 11 (188, 204, 220, …)."
    assert lines[2] == (
        "  in a docstring: H and W must each be a multiple of 16 plus 12, at least 188."
    )


def test_near_and_why(run: Run) -> None:
    assert (
        solve(run, "unet-padded", "--near", "350x528", "--why", "350x528").partition("\n\n")[2]
        == """\
H = 350 does not work. The nearest that do:
  336: crop 14 (7 before, 7 after)
  352: pad 2 (1 before, 1 after)

W = 528 works.

H = 350 breaks at concat1: the parts of concat must agree in all but depth: 43 against 42.
  part 1: 350 input → 175 maxpool1 → 87 maxpool2 (rounded down, 1 left over) → 43 maxpool3 \
(rounded down, 1 left over) → 21 maxpool4 (rounded down, 1 left over) → 42 deconv1
  part 2: 350 input → 175 maxpool1 → 87 maxpool2 (rounded down, 1 left over) → 43 maxpool3 \
(rounded down, 1 left over)

W = 528 works.
"""
    )


def test_wanted_output(run: Run) -> None:
    lines = solve(run, "vgg16", "--want", "512x7x7").splitlines()
    assert lines[1] == "H and W: 224 to 255."
    assert lines[2] == "  without dropping a pixel: 224"


def test_no_size_gives_it(run: Run) -> None:
    text = solve(run, "-e", "input 3x9x9; conv 8 3x3 s=2", "--want", "8x0x0", status=1)
    assert text == "H and W: no size gives 8x0x0: none is left at conv1.\n"


def test_nothing_to_solve(run: Run) -> None:
    text = "Nothing to solve: the network has no input size that could vary.\n"
    assert solve(run, "-e", "input 100; fc 10") == text


def test_sizes_as_json(run: Run) -> None:
    network = "input 1x30; conv 2 3 stride=2 ; maxpool 2"
    data = json.loads(solve(run, "-e", network, "--near", "4", "--why", "4", "-f", "json"))
    assert data == {
        "title": None,
        "strict": False,
        "wanted": None,
        "sizes": {"L": [{"first": 5, "step": 1, "width": 1, "last": None}]},
        "without_dropped_pixels": {"L": [{"first": 5, "step": 4, "width": 1, "last": None}]},
        "smallest": {"L": 5},
        "forms": {
            "L": {
                "sentence": "L must be at least 5.",
                "python": "L >= 5",
                "range": {"min": 5, "step": 1, "max": None},
                "torch_export": 'Dim("l", min=5)',
            }
        },
        "refusals": {},
        "given_weights": None,
        "near": [
            {
                "symbol": "L",
                "size": 4,
                "valid": False,
                "below": None,
                "above": 5,
                "crop": None,
                "pad": [0, 1],
            }
        ],
        "why": [
            {
                "symbol": "L",
                "size": 4,
                "valid": False,
                "layer": "maxpool1",
                "reason": "the window must fit: 1 is less than 2",
                "chains": [
                    [
                        {"layer": "input", "size": 4, "note": ""},
                        {"layer": "conv1", "size": 1, "note": "rounded down, 1 left over"},
                    ]
                ],
            }
        ],
        "holes": [],
        "budget": None,
    }


def test_json_has_every_documented_field(run: Run) -> None:
    documented = set(re.findall(r"`(\w+)`", docs.text("solving").partition("## JSON")[2]))
    data = json.loads(solve(run, "unet", "-f", "json"))
    assert set(data) <= documented
    holes = json.loads(
        solve(run, "-e", "input 3x9x9; conv 8 3x3 pad=? -> 8x9x9", "--format", "json")
    )
    assert set(holes["holes"][0]) <= documented


# --- holes and budgets


def test_holes_of_several_layers(run: Run) -> None:
    network = """
        title "Two holes"
        input 3x64x64
        conv 16 3x3 stride=? pad=1 -> 16x32x32
        repeat 2 { conv 16 3x3 pad=? -> 16x32x32 }
    """
    assert (
        solve(run, "-e", network)
        == """\
Two holes
conv1: conv 16 3x3 stride=? pad=1 makes 16x32x32 of 3x64x64 where s = 2.
  conv 16 3x3 stride=2 pad=1

conv2: conv 16 3x3 pad=? (2 times) makes 16x32x32 of 16x32x32 where p = 1.
  conv 16 3x3 pad=1
"""
    )


def test_no_way_is_status_1(run: Run) -> None:
    text = solve(run, "-e", "input 3x9x9; conv 8 3x3 pad=? -> 4x9x9", status=1)
    assert text == (
        "conv1: conv 8 3x3 pad=? cannot make 4x9x9 of 3x9x9:"
        " the output's depth is 8 whatever the ? is, not 4.\n"
    )


def test_budget_over_several_quantities(run: Run) -> None:
    network = "symbol w; input 3x8x8; conv w 3x3; conv 32 3x3 groups=32; gap"
    assert (
        solve(run, "-e", network, "--max", "params=3k", "--max", "memory=1MiB")
        == """\
w = 64 is the largest value within the budget.
Those between 64 and 96 don't work in this network.
                w = 64   w = 96     at most   in general
  parameters     2,400    3,584       3,000   28·w + 288·⌊w/32⌋ + 32
  activations   11,392   16,000   1,048,576   144·w + 2,176
Memory in bytes, as float32, for one example.
"""
    )


def test_budget_that_is_too_small(run: Run) -> None:
    text = solve(run, "-e", "symbol w; input 3x8x8; conv w 3x3", "--max", "params=9", status=1)
    assert text == (
        "w: no value keeps within the budget.\n"
        "               w = 1   at most   in general\n"
        "  parameters      28         9   28·w\n"
    )


def test_budget_as_json(run: Run) -> None:
    network = "symbol w; input 3x8x8; conv w 3x3"
    data = json.loads(solve(run, "-e", network, "--max", "params=1k", "-f", "json"))
    assert data["budget"] == {
        "symbol": "w",
        "value": 35,
        "from": None,
        "next": 36,
        "passed": False,
        "bound": None,
        "amounts": [
            {
                "quantity": "params",
                "most": 1000,
                "count": 980,
                "beyond": 1008,
                "formula": "28*w",
            }
        ],
    }


# --- mistakes


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["unet", "--near", "big"],
            "error: --near takes sizes such as 350 or 350x525, not big\n",
        ),
        (
            ["unet", "--why", "1x2x3"],
            "error: --why 1x2x3: there are 2 sizes to solve\n  help: H, W\n",
        ),
        (
            ["unet", "--want", "decnov1=3x3x3"],
            "error: there is no layer decnov1\n  help: did you mean deconv1?\n",
        ),
        (
            ["unet", "--max", "params=1M", "--strict"],
            "error: --strict does not go together with --max\n  help: solve one after the other\n",
        ),
        (
            ["-e", "input 3x9x9; conv 8 3x3 pad=? -> 8x9x9", "--near", "9"],
            "error: --near does not go together with holes (?)\n"
            "  help: solve one after the other\n",
        ),
        (
            ["-e", "input 3x9x9; conv 8 3x3", "--bound", "9"],
            "error: --bound is for holes (?), and this spec has none\n  <text>\n",
        ),
        (
            ["-e", "input 3x9x9; conv 8 3x3", "--bound", "0"],
            "error: --bound needs a whole number from 1 to 999,999,999, not 0\n",
        ),
        (
            ["unet", "-f", "xml"],
            "error: --format cannot be xml\n  help: it is one of text, json\n",
        ),
    ],
)
def test_mistakes(run: Run, arguments: list[str], error: str) -> None:
    assert run("solve", *arguments) == Result(2, "", error)


def test_mistakes_as_json(run: Run) -> None:
    result = run("solve", "-e", "input 3x9x9; conv 8 ?", "--format", "json")
    assert result.status == 2
    assert json.loads(result.err) == {
        "errors": [
            {
                "file": "<text>",
                "line": 1,
                "column": 21,
                "message": "nothing says what this ? must lead to",
                "help": "add the layer's output after it, such as -> 8x9x9",
            }
        ]
    }
