"""The zoo against the figures printed in the papers."""

from __future__ import annotations

import json
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc import SpecError, zoo
from convcalc.report import LayerReport, Report

PAPERS: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "data" / "zoo" / "papers.json").read_text(encoding="utf-8")
)


@cache
def analyze(name: str) -> Report:
    return convcalc.analyze(zoo.text(name))


def named(report: Report, name: str) -> LayerReport:
    return next(layer for layer in report.layers if layer.name == name)


def block(report: Report, name: str) -> tuple[LayerReport, ...]:
    found = next(block for block in report.blocks if block.name == name)
    return report.layers[found.first : found.last]


def parameters(layers: tuple[LayerReport, ...] | list[LayerReport]) -> Any:
    return sum(layer.parameters.total for layer in layers)


def macs(layers: tuple[LayerReport, ...] | list[LayerReport]) -> Any:
    return sum(layer.macs for layer in layers)


def convolutions(report: Report) -> list[LayerReport]:
    return [layer for layer in report.layers if layer.kind == "conv"]


@pytest.mark.parametrize("row", PAPERS["lenet5"]["layers"], ids=lambda row: row["name"])
def test_lenet5_layers(row: dict[str, Any]) -> None:
    layers = {layer.name.split("/")[0].upper(): layer for layer in analyze("lenet5").layers}
    layer = layers[row["name"]]
    if row["name"] == "OUTPUT":
        assert (layer.parameters.total, layer.parameters.trainable) == (row["params_fixed"], 0)
    else:
        assert layer.parameters.total == layer.parameters.trainable == row["params"]
    assert layer.connections == row["connections"]
    maps, _, size = row["shape"].partition("@")
    assert "x".join(map(str, layer.output_shape)) == f"{maps}x{size}".rstrip("x")


def test_lenet5_totals() -> None:
    totals = analyze("lenet5").totals
    assert totals.parameters.trainable == PAPERS["lenet5"]["trained"]
    assert totals.parameters.total == PAPERS["lenet5"]["trained"] + 840
    assert totals.connections == PAPERS["lenet5"]["connections"]


def test_lenet5_macs() -> None:
    report = analyze("lenet5")
    counted = [layer.macs for layer in report.layers if layer.kind in ("conv", "fc")]
    assert counted == list(PAPERS["lenet5"]["macs"].values())


def test_modern_lenet5() -> None:
    assert analyze("lenet5-modern").totals.parameters.total == PAPERS["lenet5"]["modern"]


def test_alexnet() -> None:
    report = analyze("alexnet")
    paper = PAPERS["alexnet"]
    for name, count in paper["layers"].items():
        assert named(report, name).parameters.total == count
    assert report.totals.parameters.total == paper["parameters"]
    assert report.totals.macs == paper["macs"]


def test_alexnet_without_groups() -> None:
    report = convcalc.analyze(zoo.text("alexnet").replace(" groups=2", ""))
    paper = PAPERS["alexnet"]
    for name, count in paper["layers_without_groups"].items():
        assert named(report, name).parameters.total == count
    assert report.totals.parameters.total == paper["without_groups"]
    assert report.totals.macs == paper["macs_without_groups"]


def test_alexnet_sizes() -> None:
    report = analyze("alexnet")
    pools = [list(layer.output_shape) for layer in report.layers if layer.kind == "maxpool"]
    shapes = PAPERS["alexnet"]["shapes"]
    assert pools == [shapes["pool1"], shapes["pool2"], shapes["pool5"]]
    for name in ("conv1", "conv2", "conv3", "conv4", "conv5"):
        assert list(named(report, name).output_shape) == shapes[name]


def test_the_224_of_the_alexnet_paper_does_not_give_its_55() -> None:
    report = convcalc.analyze(zoo.text("alexnet").replace("3x227x227", "3x224x224"))
    assert named(report, "conv1").output_shape == (96, 54, 54)
    sizes = [layer.output_shape[1] for layer in report.layers if layer.kind == "maxpool"]
    assert sizes == [26, 12, 5]
    assert not report.ok


@pytest.mark.parametrize("option", PAPERS["zfnet"]["options"])
def test_zfnet_sizes(option: str) -> None:
    """Only padding in conv1 and pools that round up give the printed sizes."""
    text = zoo.text("zfnet")
    if "floor pools" in option:
        text = text.replace(" round=ceil", "")
    if "pad 0" in option:
        text = text.replace("7x7 s=2 pad=1", "7x7 s=2")
    report = convcalc.analyze(text)
    pool1, pool2, pool5 = (x.output_shape[1] for x in report.layers if x.kind == "maxpool")
    sizes = {
        "conv1": named(report, "conv1").output_shape[1],
        "pool1": pool1,
        "conv2": named(report, "conv2").output_shape[1],
        "pool2": pool2,
        "pool5": pool5,
    }
    assert sizes == PAPERS["zfnet"]["options"][option]
    assert report.ok == (option == "conv1 pad 1, ceil pools")


def test_zfnet_parameters() -> None:
    assert analyze("zfnet").totals.parameters.total == PAPERS["zfnet"]["parameters"]


@pytest.mark.parametrize(
    ("name", "configuration"), [("vgg11", "A"), ("vgg13", "B"), ("vgg16", "D"), ("vgg19", "E")]
)
def test_vgg(name: str, configuration: str) -> None:
    paper = PAPERS["vgg"]["configurations"][configuration]
    report = analyze(name)
    totals = report.totals
    assert (totals.parameters.total, totals.parameters.weights) == (
        paper["params"],
        paper["weights_only"],
    )
    assert (totals.macs, macs(convolutions(report))) == (paper["macs"], paper["macs_conv_only"])
    assert round(paper["params"] / 10**6) == paper["published_M"]


def test_vgg16_as_cs231n_walks_through_it() -> None:
    paper = PAPERS["cs231n_vgg16"]
    report = analyze("vgg16")
    layers = [layer for layer in report.layers if layer.kind in ("conv", "maxpool", "fc")]
    values = [prod(report.inputs[0].shape), *(prod(layer.output_shape) for layer in layers)]
    assert values == [count for _, count in paper["memory_rows"]]
    weights = [layer.parameters.weights for layer in layers if layer.kind != "maxpool"]
    assert weights == paper["weights"]


def googlenet_row(row: str) -> list[LayerReport]:
    report = analyze("googlenet")
    word, _, rest = row.partition(" ")
    if word == "inception":
        return list(block(report, f"inception_{rest}"))
    return [layer for layer in report.layers if layer.name.split("/")[0] == word]


@pytest.mark.parametrize("row", PAPERS["googlenet"]["table1"], ids=lambda row: row["row"])
def test_googlenet_table_1(row: dict[str, Any]) -> None:
    """Weights and shapes are exact; the table's rounded figures hold where the data says so."""
    layers = googlenet_row(row["row"])
    weights: Any = sum(layer.parameters.weights for layer in layers)
    assert (weights, parameters(layers) - weights) == (row["weights"], row["biases"])
    assert list(layers[-1].output_shape) == row["out"]
    assert (abs(weights / 1024 - row["pub_params_K"]) <= 0.5) == row["params_match"]
    assert (abs(macs(layers) / 10**6 - row["pub_ops_M"]) <= 0.5) == row["ops_match"]


def test_googlenet_side_classifiers() -> None:
    report = analyze("googlenet")
    paper = PAPERS["googlenet"]
    sides = [parameters(block(report, name)) for name in ("side_4a", "side_4d")]
    assert sides == paper["side_classifiers"]
    assert report.totals.parameters.total == paper["with_side_classifiers"]
    assert report.totals.parameters.total - sum(sides) == paper["weights"] + paper["biases"]
    assert len(report.outputs) == 3


@pytest.mark.parametrize("depth", ["18", "34", "50", "101", "152"])
def test_resnet(depth: str) -> None:
    paper = PAPERS["resnet"]["flops"][depth]
    common, original = analyze(f"resnet{depth}").totals, analyze(f"resnet{depth}-paper").totals
    assert common.parameters.total == paper["params_optB"]
    assert common.macs == paper["macs_v1_5_optB"]
    option = "optA" if depth in ("18", "34") else "optB"
    assert original.parameters.total == paper[f"params_{option}"]
    assert original.macs == paper["macs_optA" if option == "optA" else "macs_v1_optB"]


@pytest.mark.parametrize("depth", ["18", "34", "101", "152"])
def test_resnet_table_1(depth: str) -> None:
    published = PAPERS["resnet"]["flops"][depth]["published"]
    total: Any = analyze(f"resnet{depth}-paper").totals.macs
    assert round(total / 10**9, 1) == published


def test_resnet50_of_table_1_is_cut_off() -> None:
    total: Any = analyze("resnet50-paper").totals.macs
    assert total // 10**8 / 10 == PAPERS["resnet"]["flops"]["50"]["published"]


def test_resnet50_stages() -> None:
    report = analyze("resnet50")
    stages = [block(report, name) for name in ("layer1", "layer3")]
    assert [parameters(stage) for stage in stages] == [215_808, 7_098_368]
    assert [macs(stage) for stage in stages] == [667_942_912, 1_464_336_384]


CIFAR = """\
input 3x32x32
def body n s=1 { conv n 3x3 s=s pad=1 bias=no ; bn ; relu ; conv n 3x3 pad=1 bias=no ; bn }
def shortcut n size {
  maxpool 1x1 s=2 ; reshape 1x(n//2)x(size)x(size)
  pad 0:(n//2)x0x0 ; reshape (n)x(size)x(size)
}
def stage blocks n size {
  add { body n s=2 | shortcut n size } ; relu
  repeat blocks-1 { add { body n | } ; relu }
}
conv 16 3x3 pad=1 bias=no ; bn ; relu
repeat (DEPTH-2)//6 { add { body 16 | } ; relu }
stage (DEPTH-2)//6 32 16 ; stage (DEPTH-2)//6 64 8 -> 64x8x8
gap ; fc 10
"""


@pytest.mark.parametrize("depth", PAPERS["resnet"]["cifar_parameters"])
def test_resnet_for_cifar(depth: str) -> None:
    report = convcalc.analyze(CIFAR.replace("DEPTH", depth))
    assert report.ok
    assert report.totals.parameters.total == PAPERS["resnet"]["cifar_parameters"][depth]


@pytest.mark.parametrize("variant", PAPERS["mobilenet"]["variants"])
def test_mobilenet_width_and_resolution(variant: str) -> None:
    """The paper's networks are called by their width multiplier, their resolution, or both."""
    parts = variant.split("-")
    alpha = next((part for part in parts if "." in part), "1")
    size = next((part for part in parts if "." not in part), "224")
    totals = convcalc.analyze(
        zoo.text("mobilenet-v1"), input=f"3x{size}x{size}", set={"alpha": alpha}
    ).totals
    expected = PAPERS["mobilenet"]["variants"][variant]
    assert (totals.macs, totals.parameters.total) == (expected["macs"], expected["parameters"])
    rounded = round(expected["macs"] / 10**6)
    assert (rounded == expected["published"][0]) == expected["reproducible"]


def test_mobilenet_table_2() -> None:
    layers = analyze("mobilenet-v1").layers
    first, *pointwise = [layer for layer in layers if layer.kind == "conv"]
    kinds = {
        "c3": [first],
        "pw": pointwise,
        "dw": [layer for layer in layers if layer.kind == "dwconv"],
        "fc": [layer for layer in layers if layer.kind == "fc"],
    }
    counted = {
        kind: {"macs": macs(found), "params": sum(layer.parameters.weights for layer in found)}
        for kind, found in kinds.items()
    }
    assert counted == PAPERS["mobilenet"]["by_type"]
    norms = [layer for layer in layers if layer.kind == "bn"]
    assert parameters(norms) == PAPERS["mobilenet"]["bn_parameters"]


def test_alexnet_v2_operations() -> None:
    report = analyze("alexnet-v2")
    trunk = [layer for layer in report.layers if layer.name.startswith("conv")]
    assert round(2 * macs(trunk) / 10**9, 2) == PAPERS["alexnet-v2"]["giga_operations"]


def test_unet() -> None:
    report = analyze("unet")
    assert report.totals.parameters.total == analyze("unet-padded").totals.parameters.total
    assert report.totals.parameters.total == 31_030_658
    windows = [layer.kind for layer in report.layers if layer.kind in ("conv", "deconv")]
    assert (windows.count("conv"), windows.count("deconv")) == (19, 4)  # 23, as the paper says


@pytest.mark.parametrize("name", PAPERS["sizes"])
def test_sizes_that_work(name: str) -> None:
    """Every size around the edges of the valid ones runs or is refused as it was in PyTorch."""
    measured = PAPERS["sizes"][name]
    valid = {n for first, last in measured["valid"] for n in range(first, last + 1)}
    depth = analyze(name).inputs[0].shape[0]
    edges = {
        n + d for first, last in measured["valid"][:4] for n in (first, last) for d in (-1, 0, 1)
    }
    for size in sorted(edges - {701}):
        assert runs(name, f"{depth}x{size}x{size}") == (size in valid), size


@pytest.mark.parametrize("name", PAPERS["sizes"])
def test_output_sizes(name: str) -> None:
    depth = analyze(name).inputs[0].shape[0]
    for size, output in PAPERS["sizes"][name]["output_at"].items():
        report = convcalc.analyze(zoo.text(name), input=f"{depth}x{size}x{size}")
        assert report.layers[-1].output_shape[1:] == (output, output)


def runs(name: str, shape: str) -> bool:
    try:
        convcalc.analyze(zoo.text(name), input=shape)
    except SpecError:
        return False
    return True


def test_hourglass_scores_of_each_stack() -> None:
    report = analyze("hourglass")
    shapes = [named(report, name).output_shape for name in report.outputs]
    assert shapes == [(16, 64, 64), (16, 64, 64)]


def test_feature_pyramid() -> None:
    report = analyze("fpn-resnet50")
    backbone = analyze("resnet50").totals.parameters.total - 2_049_000
    lateral = sum(depth * 256 + 256 for depth in (256, 512, 1024, 2048))
    output = 4 * (256 * 256 * 9 + 256)
    assert report.totals.parameters.total == backbone + lateral + output
    shapes = [named(report, name).output_shape for name in report.outputs]
    assert shapes == [(256, 25, 42), (256, 50, 84), (256, 100, 168), (256, 200, 336)]


def test_fcn8s_begins_as_vgg16() -> None:
    """Without scores, deconvolutions and fc8, FCN-8s has the parameters of VGG-16."""
    counts = [layer.parameters.total for layer in analyze("fcn8s").layers if layer.kind == "conv"]
    expected = [
        layer.parameters.total
        for layer in analyze("vgg16").layers
        if layer.kind in ("conv", "fc") and layer.name != "fc8"
    ]
    assert counts[:15] == expected


def test_fcn8s_enlarges_by_fixed_weights_at_the_end() -> None:
    deconvs = [layer.parameters for layer in analyze("fcn8s").layers if layer.kind == "deconv"]
    assert [(found.total, found.trainable) for found in deconvs] == [
        (7056, 7056),
        (7056, 7056),
        (112_896, 0),
    ]


def test_inception_v4_without_biases() -> None:
    report = convcalc.analyze(zoo.text("inception-v4"), set={"biases": "no"})
    filters = sum(layer.output_shape[0] for layer in convolutions(report))
    with_biases = analyze("inception-v4").totals.parameters.total
    assert report.totals.parameters.total == with_biases - filters == 42_679_816


@pytest.mark.parametrize("depth", ["18", "34"])
def test_resnet_without_projections_at_another_size(depth: str) -> None:
    report = convcalc.analyze(zoo.text(f"resnet{depth}-paper"), input="3x256x256")
    assert report.totals.parameters == analyze(f"resnet{depth}-paper").totals.parameters
    assert named(report, "conv5_x/block2/add1").output_shape == (512, 8, 8)
