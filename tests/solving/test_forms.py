"""The forms that people paste say the same sizes."""

from __future__ import annotations

import pytest

import convcalc
from convcalc import zoo
from convcalc.arithmetic.affine import Progression
from convcalc.render.solution import text
from convcalc.solving import forms

SETS = [
    (Progression(1, 1, 1, None),),
    (Progression(6, 1, 1, 6),),
    (Progression(6, 1, 1, 9),),
    (Progression(3, 2, 1, None),),
    (Progression(4, 2, 1, None),),
    (Progression(188, 16, 1, None),),
    (Progression(5, 10, 1, 45),),
    (Progression(4, 4, 2, None),),
    (Progression(6, 4, 2, None),),
    (Progression(7, 4, 2, None),),
    (Progression(29, 32, 4, None),),
    (Progression(1, 1, 1, 2), Progression(5, 1, 1, 5), Progression(8, 3, 1, None)),
]


@pytest.mark.parametrize("sizes", SETS, ids=str)
def test_every_form_says_the_same(sizes: tuple[Progression, ...]) -> None:
    found = forms.forms("H", sizes, of_input=True)
    for size in range(1, 250):
        inside = any(size in progression for progression in sizes)
        assert eval(found.python, {"H": size}) is inside
        if found.range is not None:
            least, step, most = (found.range[key] for key in ("min", "step", "max"))
            assert least is not None
            assert step is not None
            reached = size >= least and (size - least) % step == 0
            assert (reached and (most is None or size <= most)) is inside
        if found.torch_export is not None:
            assert (size in dimension(found.torch_export)) is inside


def dimension(text: str) -> set[int]:
    """The sizes up to 300 that torch.export takes."""

    def dim(name: str, min: int, max: int = 300) -> Dim:
        assert name == "h"
        assert max > min
        return Dim(range(min, max + 1))

    found = eval(text, {"Dim": dim})
    return {found} if isinstance(found, int) else set(found.sizes)


class Dim:
    """What can be done with a torch.export.Dim: whole multiples, and something added."""

    def __init__(self, sizes: range) -> None:
        self.sizes = sizes

    def __rmul__(self, factor: int) -> Dim:
        first, last = self.sizes[0], self.sizes[-1]
        return Dim(range(first * factor, last * factor + 1, factor))

    def __add__(self, more: int) -> Dim:
        first, last, step = self.sizes[0], self.sizes[-1], self.sizes.step
        return Dim(range(first + more, last + more + 1, step))


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        (SETS[0], "H must be at least 1."),
        (SETS[1], "H must be 6."),
        (SETS[2], "H must be from 6 to 9."),
        (SETS[3], "H must be odd, at least 3."),
        (SETS[4], "H must be even, at least 4."),
        (SETS[5], "H must be a multiple of 16 plus 12, at least 188."),
        (SETS[7], "H must leave a rest of 0 or 1 when divided by 4, and be at least 4."),
        (SETS[9], "H must be one of: 7 to 8 and every 4 further (7–8, 11–12, 15–16, …)."),
    ],
)
def test_sentences(sizes: tuple[Progression, ...], text: str) -> None:
    assert forms.sentence(["H"], sizes) == text


def test_names() -> None:
    assert forms.sentence(["D", "H", "W"], SETS[4]) == "D, H and W must each be even, at least 4."
    assert forms.condition(SETS[0], forms.variable(["lambda"])) == "n >= 1"
    assert forms.words(SETS[4], forms.letter_for(["t"])) == "2·k for k ≥ 2 (4, 6, 8, …)"


def test_forms_of_a_network() -> None:
    found = convcalc.solve(zoo.text("unet"), strict=True).to_dict()["forms"]
    assert found["W"] == {
        "sentence": "W must be a multiple of 16 plus 12, at least 188.",
        "python": "W % 16 == 12 and W >= 188",
        "range": {"min": 188, "step": 16, "max": None},
        "torch_export": '16*Dim("w", min=11) + 12',
    }
    kernel = convcalc.solve("symbol k; input 1xH; conv 4 (k)", set={"H": 9}).to_dict()["forms"]
    assert kernel["k"]["torch_export"] is None


@pytest.mark.parametrize("width", [60, 80])
def test_prose_fits_a_terminal(width: int) -> None:
    solution = convcalc.solve(zoo.text("googlenet"), near="50", why="50")
    whole, folded = text(solution), text(solution, width)
    assert folded.split() == whole.split()
    assert max(map(len, folded.splitlines())) <= width < max(map(len, whole.splitlines()))
    links = whole.splitlines()[-1].split(" → ")
    assert len(links) > 3
    assert all(link in folded for link in links)  # none is broken
    assert not any(line.endswith("→") for line in folded.splitlines())
