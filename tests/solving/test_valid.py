"""Valid sizes against brute force, against sizes tried in PyTorch, and on random graphs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc import SpecError, zoo
from convcalc.solving.solution import Solution, treats_axes_alike
from convcalc.solving.valid import Valid, solved
from convcalc.solving.walk import Refusal, Walk
from tests.solving.replay import Replay

DATA = Path(__file__).parent.parent / "data"
MEASURED: dict[str, Any] = json.loads((DATA / "solving" / "sizes.json").read_text("utf-8"))


def only(solution: Solution) -> Valid:
    """The answer where all symbols have the same."""
    first = solution.valid[0]
    assert all((item.sizes, item.even) == (first.sizes, first.even) for item in solution.valid)
    return first


def inside(ranges: Iterable[tuple[int, int]], end: int) -> list[bool]:
    """Which of 1..end lie in the ranges."""
    member = [False] * end
    for first, last in ranges:
        for size in range(first, min(last, end) + 1):
            member[size - 1] = True
    return member


@pytest.mark.parametrize("name", zoo.names())
def test_zoo_against_every_size(name: str) -> None:
    graph = convcalc.build(zoo.text(name), free=True)
    solution = convcalc.solve(zoo.text(name))
    replay = Replay(graph)
    for valid in solution.valid:
        assert valid.refusal is None
        others = {item.symbol: item.smallest or 1 for item in solution.valid}
        tried = [replay.works(**{**others, valid.symbol: size}) for size in range(1, 601)]
        assert tried == [size in valid for size in range(1, 601)]
        if treats_axes_alike(graph):
            break


@pytest.mark.parametrize(
    ("name", "key", "field"),
    [
        ("unet", "unet_valid_pools4", "valid_ranges_1_to_700"),
        ("unet", "unet_valid_pools4", "valid_paper"),
        ("unet-padded", "unet_pad1_pools4", "valid_ranges_1_to_700"),
        ("hourglass", "hourglass_depth4_stem", "valid_ranges_1_to_700"),
    ],
)
def test_sizes_measured_in_pytorch(name: str, key: str, field: str) -> None:
    valid = only(convcalc.solve(zoo.text(name), strict=field == "valid_paper"))
    expected = inside(MEASURED[key][field], 700)
    assert [size in valid for size in range(1, 701)] == expected


SPECS = {
    "unet_pad1_bilinear_pools4": """
        input 3x64x64
        def double n { conv n 3x3 pad=1 ; relu ; conv n 3x3 pad=1 ; relu }
        e1: double 4 ; maxpool 2x2 ; e2: double 8 ; maxpool 2x2 ; e3: double 16 ; maxpool 2x2
        e4: double 32 ; maxpool 2x2 ; double 64
        upsample 2 mode=bilinear ; conv 32 1x1 ; concat @e4 ; double 32
        upsample 2 mode=bilinear ; conv 16 1x1 ; concat @e3 ; double 16
        upsample 2 mode=bilinear ; conv 8 1x1 ; concat @e2 ; double 8
        upsample 2 mode=bilinear ; conv 4 1x1 ; concat @e1 ; double 4
    """,
    "segnet_default": """
        input 3x64x64
        repeat 5 { conv 4 3x3 pad=1 ; maxpool 2x2 }
        repeat 5 { upsample 2 ; conv 4 3x3 pad=1 }
    """,
}


def test_bilinear_unet_and_segnet_as_measured() -> None:
    for key in ("unet_pad1_bilinear_pools4", "segnet_default"):
        valid = only(convcalc.solve(SPECS[key]))
        expected = inside(MEASURED[key]["valid_ranges_1_to_700"], 700)
        assert [size in valid for size in range(1, 701)] == expected


def test_fcn8s_as_measured() -> None:
    text = """
        input 3x64x64
        repeat 3 { conv 4 3x3 pad=1 ; maxpool 2x2 }
        p3: identity ; conv 4 3x3 pad=1 ; maxpool 2x2
        p4: identity ; conv 4 3x3 pad=1 ; maxpool 2x2
        conv 8 1x1 ; conv 5 1x1 ; deconv 5 4x4 stride=2 pad=1
        add { | from @p4 ; conv 5 1x1 } ; deconv 5 4x4 stride=2 pad=1
        add { | from @p3 ; conv 5 1x1 } ; deconv 5 16x16 stride=8 pad=4
    """
    valid = only(convcalc.solve(text))
    expected = inside(MEASURED["fcn8s_pad1_floor"]["valid_ranges_1_to_700"], 700)
    assert [size in valid for size in range(1, 701)] == expected


@pytest.mark.parametrize(
    ("name", "smallest"),
    [
        ("alexnet-one-tower", 63),
        ("vgg16", 32),
        ("googlenet-bn", 15),
        ("inception-v3", 75),
        ("resnet50", 1),
        ("densenet121", 29),
        ("squeezenet1_0", 21),
        ("squeezenet1_1", 17),
        ("mobilenet-v2", 1),
        ("convnext-tiny", 32),
    ],
)
def test_smallest_size_as_measured_in_torchvision(name: str, smallest: int) -> None:
    assert only(convcalc.solve(zoo.text(name))).smallest == smallest


# --- random graphs

LAYERS = [
    "conv 2 3 stride=2 pad=1",
    "conv 2 3",
    "conv 2 5 stride=3 pad=2:1",
    "conv 2 3 dilation=2 pad=same",
    "conv 2 4 stride=2 pad=same_lower",
    "conv 2 2 stride=5",
    "maxpool 2",
    "maxpool 3 stride=2 pad=1 round=ceil",
    "maxpool 2 stride=3 round=ceil",
    "avgpool 3 stride=1",
    "deconv 2 2 stride=2",
    "deconv 2 3 stride=2 pad=1 output_pad=1",
    "deconv 2 4 stride=3 pad=same",
    "deconv 2 3 pad=2",
    "upsample 2",
    "upsample 1.5",
    "upsample 0.4",
    "pad 1:2",
    "pad 3 mode=reflect",
    "pad 2 mode=circular",
    "pad (-1):0",
    "crop 1",
    "pixelunshuffle 2 ; conv 2 1",
    "conv 6 1 ; pixelshuffle 3",
    "adaptiveavgpool 4",
    "crop size=3",
    "relu",
]
FEW = ["conv 2 3 stride=2 pad=1", "maxpool 2", "upsample 2", "conv 2 3 pad=1", "crop 1", "pad 1"]


@st.composite
def specs(draw: st.DrawFn) -> str:
    """1-D networks: layers in a row, branches that join, references with and without cropping."""
    lines = ["input 2x50"]
    for index in range(draw(st.integers(1, 5))):
        kind = draw(st.integers(0, 5))
        if kind == 0:
            left, right = (
                " ; ".join(draw(st.lists(st.sampled_from(FEW), max_size=3))) for _ in range(2)
            )
            join = draw(st.sampled_from(["add", "concat"]))
            lines.append(f"{join} {{ {left} | {right} }} ; conv 2 1")
        elif kind == 1:
            fit = draw(st.sampled_from([" fit=crop", ""]))
            inner = " ; ".join(draw(st.lists(st.sampled_from(FEW), min_size=1, max_size=3)))
            lines.append(f"a{index}: conv 2 1 ; {inner} ; concat @a{index}{fit} ; conv 2 1")
        else:
            lines.append(draw(st.sampled_from(LAYERS)))
    return "\n".join(lines)


@given(specs())
def test_random_graphs_against_every_size(text: str) -> None:
    try:
        graph = convcalc.build(text, free=True)
    except SpecError:  # parts of fixed size that never agree
        for size in range(1, 40):
            with pytest.raises(SpecError):
                convcalc.analyze(text, input=f"2x{size}")
        return
    valid = convcalc.solve(text).valid[0]
    assert valid.refusal is None
    replay = Replay(graph)
    assert [size in valid for size in range(1, 260)] == [
        replay.works(L=size) for size in range(1, 260)
    ]


@given(specs(), st.integers(1, 200))
def test_sizes_without_dropped_pixels_have_no_such_note(text: str, size: int) -> None:
    try:
        valid = convcalc.solve(text).valid[0]
    except SpecError:  # parts of fixed size that never agree
        return
    if size not in valid:
        with pytest.raises(SpecError):
            convcalc.analyze(text, input=f"2x{size}")
        return
    notes = convcalc.analyze(text, input=f"2x{size}").notes
    dropped = any(note.code == "dropped-pixels" for note in notes)
    assert valid.even is not None
    assert dropped == (not any(size in progression for progression in valid.even))


def texts(sizes: Iterable[Any] | None) -> list[str]:
    assert sizes is not None
    return [str(progression) for progression in sizes]


@pytest.mark.parametrize(
    "text",
    [
        "input 3xHxW; adaptiveavgpool 7; maxpool 2",  # 7 into 2, whatever comes
        "input 3xHx5; maxpool 2",  # the fixed width drops a column
        "input 4x50x1xW; upsample 3x2x3; conv 4 4 pad=1x3x1; maxpool 2",
    ],
)
def test_pixels_dropped_on_another_axis_count(text: str) -> None:
    for valid in convcalc.solve(text).valid:
        assert valid.sizes
        assert valid.even == ()
    assert all(not valid.sizes for valid in convcalc.solve(text, strict=True).valid)


def test_strict_with_a_window_that_grows_with_the_size() -> None:
    valid = convcalc.solve("input 3xH; maxpool floor(H/3) s=2; upsample 2").valid[0]
    assert texts(valid.sizes) == ["every size from 3"]
    assert valid.even is not None
    for size in range(3, 60):
        window = size // 3
        dropped = window >= 2 and (size - window) % 2 > 0
        assert any(size in item for item in valid.even) == (not dropped)
    meeting = convcalc.solve("input 3xHxW; conv 4 3 s=W").valid[0]
    assert (texts(meeting.sizes), meeting.even) == (["every size from 3"], None)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("left: input 1x60x60; a: conv 8 5; right: input 1x60x60; reuse @a; concat @a", {"H": 5}),
        ("left: input 1x60; a: relu; right: input 1x30; upsample 2; maxpool 3; add @a", None),
        ("symbol w; input 3x32x32; a: conv w 3 pad=1; conv 4 7", {"w": 1, "H": 7, "W": 7}),
        ("symbol H; input 3x32x32; conv H 3", {"H": 1, "H2": 3, "W": 3}),
        ("left: input 1x60; conv 1 3; right: input 1xL; conv 1 5", {"L": 5}),
    ],
)
def test_every_input_of_numbers_is_free(text: str, sizes: dict[str, int] | None) -> None:
    solution = convcalc.solve(text)
    if sizes is None:
        assert [valid.symbol for valid in solution.valid] == ["L", "L2"]
        assert all(valid.refusal for valid in solution.valid)
    else:
        found = {valid.symbol: valid.smallest for valid in solution.valid}
        assert {**found, **sizes} == found


def test_a_size_may_be_set_where_the_text_has_a_number() -> None:
    (valid,) = convcalc.solve(zoo.text("unet-padded"), set={"H": 352}).valid
    assert (valid.symbol, texts(valid.sizes)) == ("W", ["16·t from 16"])
    with pytest.raises(SpecError, match=r"differ in height: 512x42x\? and 512x43x\?"):
        convcalc.solve(zoo.text("unet-padded"), set={"H": 350})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input 3x32x32; add {conv 4 3 | conv 5 3}", "4x30x30 and 5x30x30"),
        ("input 1x1x40; conv 8 3x1", "does not fit a 1x40 input"),
    ],
)
def test_mistakes_are_told_in_the_numbers_of_the_text(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        convcalc.solve(text)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("input 3xH; conv 4 H-5", "every size from 6"),
        ("input 3xH; maxpool H//2 s=2", "every size from 2"),
        ("input 3xH; conv 4 1 s=8-H//2", "1 to 15"),
        ("input 3xH; pad H-4 ; conv 1 1", "every size from 3"),  # negative padding crops
        ("input 3xH; conv 4 1 pad=H-4", "every size from 4"),
        ("input 3xH; adaptiveavgpool H-5", "every size from 6"),
        ("input 3xH; crop size=H-7", "every size from 8"),
        ("input 3xH; conv 4 3 s=H-5", "every size from 6"),
    ],
)
def test_arguments_with_symbols_keep_to_their_minimum(text: str, sizes: str) -> None:
    valid = convcalc.solve(text).valid[0]
    assert texts(valid.sizes) == [sizes]
    for size in range(1, 40):
        try:
            convcalc.analyze(text, set={"H": size})
        except SpecError:
            assert size not in valid
        else:
            assert size in valid
        (why,) = convcalc.solve(text, why=str(size)).why
        assert (why.layer is None) == (size in valid)
    least = convcalc.analyze(text).requirements
    assert all(size in valid for size in range(1, 40)) or least


def test_a_symbolic_depth_is_never_1_by_construction() -> None:
    text = "input Cx9x9; add { | conv 4 1 }"
    assert texts(convcalc.solve(text).valid[0].sizes) == ["4"]
    for depth in (1, 3):
        with pytest.raises(SpecError, match="the parts differ in depth"):
            convcalc.analyze(text, set={"C": depth})
    assert convcalc.analyze(text, set={"C": 4}).outputs
    assert convcalc.analyze("input 1x9x9; add { | conv 4 1 }").outputs  # a 1 that is written


def test_symbols_in_powers_and_divisors() -> None:
    found = convcalc.solve("symbol r; input (4*r*r)xHxW; pixelshuffle r").valid
    assert [bool(valid.refusal) for valid in found] == [True, False, False]
    for text in ("input 3xH; maxpool 1 s=H//2", "input 3xHxW; conv 4 3 s=(H//W)"):
        assert convcalc.analyze(text).totals.peak_activation_bytes != 0


# --- limits and refusals


def test_long_chains_stay_small() -> None:
    twenty = "input 1x64\n" + "conv 1 2 stride=2\n" * 20
    walk = Walk(convcalc.build(twenty, free=True), "L")
    walk.domains()
    assert walk.steps < 200
    assert str(solved(walk.graph, "L")[0]) == f"every size from {2**20:,}"
    rising = "input 1x64\n" + "".join(f"conv 1 {s} stride={s}\n" for s in range(2, 14))
    walk = Walk(convcalc.build(rising, free=True), "L")
    walk.domains()
    assert walk.steps < 200


def test_past_the_bounds_is_a_refusal() -> None:
    lines = ["input 1x64", "a: relu"]
    for stride in (97, 89, 83, 79):
        lines.append(f"s{stride}: {{ from @a ; conv 1 1 stride={stride} ; upsample {stride} }}")
    lines.append("add { from @a | from @s97 | from @s89 | from @s83 | from @s79 }")
    valid = convcalc.solve("\n".join(lines)).valid[0]
    assert valid.refusal is not None
    assert valid.sizes == ()


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("input 3xHxW; reshape 3x64", "H asks for a product"),
        ("input 3xHxW; conv 8 1x1; upsample size=W; add { conv 8 1x1 | }", None),
        ("a: input 1xN ; b: input 1xM ; add @a", "meet at add1"),
    ],
)
def test_symbols_that_meet(text: str, refusal: str | None) -> None:
    found = [valid.refusal for valid in convcalc.solve(text).valid]
    if refusal is None:
        assert found == [None, None]
    else:
        assert any(item is not None and ("meet" in item or "product" in item) for item in found)


def test_refusal_names_the_layer() -> None:
    graph = convcalc.build("a: input 1xN ; b: input 1xM ; add @a", free=True)
    with pytest.raises(Refusal, match="N and M meet at add1"):
        Walk(graph, "N").domains()


# --- what is asked about sizes


def test_wanted_outputs() -> None:
    assert [str(p) for p in only(convcalc.solve(zoo.text("vgg16"), want="512x7x7")).sizes] == [
        "224 to 255"
    ]
    found = only(convcalc.solve(zoo.text("alexnet"), want="conv5=256x13x13"))
    assert [str(p) for p in found.sizes] == ["227 to 242"]
    with pytest.raises(SpecError, match="there is no layer conv9"):
        convcalc.solve(zoo.text("alexnet"), want="conv9=256x13x13")
    with pytest.raises(SpecError, match="the depth of conv5 is 256"):
        convcalc.solve(zoo.text("alexnet"), want="conv5=128x13x13")


@pytest.mark.parametrize(
    ("text", "want", "sizes"),
    [
        ("input 1x32; conv 4 3; flatten", "120", "32"),
        ("input CxH; conv 4 3", "input=5x20", "5"),
        ("input 4xHxW; conv ceil(H/3) 3; adaptivemaxpool 4", "17x4x4", "49 to 51"),
        ("layout hwc; input 12x12x3; conv 8 3", "10x10x8", "12"),
    ],
)
def test_wanted_depths(text: str, want: str, sizes: str) -> None:
    assert texts(convcalc.solve(text, want=want).valid[0].sizes) == [sizes]


def test_questions_about_sizes_that_cannot_vary() -> None:
    for question in ({"want": "10"}, {"near": "5"}, {"why": "5"}):
        with pytest.raises(SpecError, match="no input size that could vary"):
            convcalc.solve("input 100; fc 10", **question)  # type: ignore[arg-type]


def test_weights_as_given_of_several_layers() -> None:
    text = "input 3x32x32; s: side { maxpool 8; fc 10 }; maxpool 2; fc 5"
    weights = convcalc.solve(text).given
    assert weights is not None
    assert weights.layers == (("s/fc1", 48), ("fc1", 768))
    assert {s: texts(sizes) for s, sizes in weights.choices[0].items()} == {
        "H": ["32 to 33"],
        "W": ["32 to 33"],
    }
    assert len(weights.choices) == 5
    strict = convcalc.solve(zoo.text("vgg16"), strict=True).given
    assert strict is not None
    assert texts(strict.choices[0]["H"]) == ["224"]


def test_why_follows_the_axis_that_breaks() -> None:
    text = "input 1x64xW; maxpool 2; a: identity; maxpool 2; upsample 2; add @a"
    (why,) = convcalc.solve(text, why="30").why
    assert [[size for _, size, _ in chain] for chain in why.chains] == [[30, 15, 7, 14], [30, 15]]
    text = "input 3xHx(H+4); a: relu; maxpool 1x3; upsample 1x3; concat @a"
    (why,) = convcalc.solve(text, why="15").why
    assert [[size for _, size, _ in chain] for chain in why.chains] == [[19, 6, 18], [19]]
    (why,) = convcalc.solve("input 3xH; maxpool H//8+2 s=2; add { | conv 3 2 }", why="31").why
    assert why.chains[0][-1] == ("maxpool1", 14, "")
    why, other = convcalc.solve("input 3xHxW; add { | upsample 2 }", why="1").why
    assert (why.layer, other.layer) == ("add1", "add1")


def test_weights_as_given() -> None:
    weights = convcalc.solve(zoo.text("vgg16")).given
    assert weights is not None
    assert weights.layers == (("fc6", 25088),)
    texts = [{s: [str(p) for p in sizes] for s, sizes in c.items()} for c in weights.choices]
    assert texts == [
        {"H": ["224 to 255"], "W": ["224 to 255"]},
        {"H": ["32 to 63"], "W": ["1,568 to 1,599"]},
        {"H": ["1,568 to 1,599"], "W": ["32 to 63"]},
    ]
    assert convcalc.solve(zoo.text("resnet50")).given is None


def test_nearest_sizes() -> None:
    near = convcalc.solve(zoo.text("unet-padded"), near="350x528").near
    assert [(n.symbol, n.valid, n.below, n.above) for n in near] == [
        ("H", False, 336, 352),
        ("W", True, 528, 528),
    ]
    assert near[0].to_dict()["pad"] == [1, 1]
    assert near[0].to_dict()["crop"] == [7, 7]
    small = convcalc.solve(zoo.text("hourglass"), near="10").near[0]
    assert (small.below, small.above) == (None, 63)


def test_why_names_the_first_layer_that_breaks() -> None:
    item = convcalc.solve(zoo.text("unet-padded"), why="350").why[0]
    assert item.layer == "concat1"
    assert "43 against 42" in item.reason
    assert [size for _, size, _ in item.chains[0]] == [350, 175, 87, 43, 21, 42]
    assert convcalc.solve(zoo.text("unet-padded"), why="352").why[0].layer is None
