"""Sizes, parameters, MACs and connections of layers, against figures worked out or published
elsewhere.
"""

from __future__ import annotations

import pytest

import convcalc
from convcalc.report import LayerReport


def last(text: str) -> LayerReport:
    return convcalc.analyze(text).layers[-1]


@pytest.mark.parametrize(
    ("text", "shape", "parameters", "macs"),
    [
        # AlexNet, Krizhevsky et al. 2012: conv1 and the grouped conv2
        ("input 3x227x227; conv 96 11x11 stride=4", (96, 55, 55), 34_944, 105_415_200),
        ("input 96x27x27; conv 256 5x5 pad=2 groups=2", (256, 27, 27), 307_456, 223_948_800),
        # LeNet-5, LeCun et al. 1998: C1, C3 with its table, C5
        ("input 1x32x32; conv 6 5x5", (6, 28, 28), 156, 117_600),
        ("input 6x14x14; conv 16 5x5 connections=60", (16, 10, 10), 1_516, 150_000),
        ("input 16x5x5; conv 120 5x5", (120, 1, 1), 48_120, 48_000),
        # MobileNet v1: a depthwise and a pointwise layer, no biases
        ("input 32x112x112; dwconv 3x3 pad=1 bias=no", (32, 112, 112), 288, 3_612_672),
        ("input 32x112x112; sepconv 64 3x3 pad=1 bias=no", (64, 112, 112), 2_336, 29_302_784),
        # U-Net: up-convolution
        ("input 1024x28x28; deconv 512 2x2 stride=2", (512, 56, 56), 2_097_664, 1_644_167_168),
        # VGG-16: fc6 on the volume
        ("input 512x7x7; fc 4096", (4096,), 102_764_544, 102_760_448),
        ("input 100; fc 10 bias=no", (10,), 1_000, 1_000),
        # 1-D and 3-D
        ("input 1x16000; conv 16 64 stride=8 pad=28:29", (16, 2000), 1_040, 2_048_000),
        ("input 3x16x112x112; conv 64 3x3x3 pad=1", (64, 16, 112, 112), 5_248, 1_040_449_536),
    ],
)
def test_weights_and_work(text: str, shape: tuple[int, ...], parameters: int, macs: int) -> None:
    layer = last(text)
    assert (layer.output_shape, layer.parameters.total, layer.macs) == (shape, parameters, macs)


@pytest.mark.parametrize(
    ("text", "weights", "biases", "buffers"),
    [
        ("bn", 8, 8, 16),
        ("bn affine=no", 0, 0, 16),
        ("ln", 8, 8, 0),
        ("ln over=volume", 8 * 6 * 5, 8 * 6 * 5, 0),
        ("ln over=volume bias=no", 8 * 6 * 5, 0, 0),
        ("ln affine=no", 0, 0, 0),
        ("gn 4", 8, 8, 0),
        ("instancenorm", 8, 8, 0),
        ("prelu", 1, 0, 0),
        ("prelu over=depth", 8, 0, 0),
        ("scale", 8, 0, 0),
        ("subsample 2x2", 8, 8, 0),
        ("maxpool 2x2", 0, 0, 0),
        ("lrn", 0, 0, 0),
        ("conv 4 1x1", 32, 4, 0),
        ("conv 4 1x1 bias=no", 32, 0, 0),
        ("dwconv 3x3 multiplier=2", 144, 16, 0),
        ("sepconv 4 3x3 multiplier=2", 144 + 64, 4, 0),
        ("deconv 4 3x3 groups=2", 144, 4, 0),
    ],
)
def test_what_a_layer_holds(text: str, weights: int, biases: int, buffers: int) -> None:
    held = last(f"input 8x6x5; {text}").parameters
    assert (held.weights, held.biases, held.buffers) == (weights, biases, buffers)
    assert held.trainable == held.total == weights + biases


@pytest.mark.parametrize(
    ("text", "connections"),
    [
        ("input 1x32x32; conv 6 5x5", 122_304),
        ("input 6x28x28; subsample 2x2", 5_880),
        ("input 6x14x14; conv 16 5x5 connections=60", 151_600),
        ("input 16x10x10; subsample 2x2", 2_000),
        ("input 120; fc 84", 10_164),
        ("input 84; fc 10 bias=no", 840),
        ("input 8x6x6; maxpool 2x2", 0),
        ("input 8x6x6; bn", 0),
    ],
)
def test_connections_as_lenet_counts_them(text: str, connections: int) -> None:
    assert last(text).connections == connections


@pytest.mark.parametrize(
    ("pad", "size", "padding"),
    [
        ("valid", 6, (0, 0)),
        ("same", 4, (1, 2)),
        ("same_lower", 4, (2, 1)),
        ("half", 4, (2, 2)),
        ("full", 6, (4, 4)),
        ("causal", 4, (4, 0)),
        ("1", 3, (1, 1)),
        ("0:3", 4, (0, 3)),
    ],
)
def test_padding_words(pad: str, size: int, padding: tuple[int, int]) -> None:
    # extent 5 (kernel 3, dilation 2), stride 2 on 8, but `valid` on 16
    n = 16 if pad == "valid" else 8
    layer = last(f"input 1x{n}; conv 1 3 stride=2 dilation=2 pad={pad}")
    assert layer.window is not None
    assert (layer.output_shape[1], layer.window.padding) == (size, (padding,))


def test_same_depends_on_the_size() -> None:
    # Keras pads 0+1 for a 3x3 kernel of stride 2 on even sizes, 1+1 on odd ones
    layer = last("input 3x224x225; conv 8 3x3 stride=2 pad=same")
    assert layer.window is not None
    assert layer.window.padding == ((0, 1), (1, 1))
    assert layer.output_shape == (8, 112, 113)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("maxpool 3 stride=2", (4, 4, 5)),
        ("maxpool 3 stride=2 round=ceil", (4, 5, 5)),
        ("maxpool 2 pad=1 round=ceil", (4, 6, 6)),
        ("avgpool 2x3", (4, 5, 3)),
        ("lppool 3 norm=3", (4, 3, 3)),
        ("gap", (4, 1, 1)),
        ("globalmaxpool", (4, 1, 1)),
        ("adaptiveavgpool 3x7", (4, 3, 7)),
        ("flatten", (4 * 10 * 11,)),
        ("reshape 44x10", (44, 10)),
        ("pad 1:2x0:3", (4, 13, 14)),
        ("pad (-1):2", (4, 11, 12)),
        ("pad 0 depth=0:60", (64, 10, 11)),
        ("pad 1 depth=2:3 mode=reflect", (9, 12, 13)),
        ("pad 9:9x10:10 mode=reflect", (4, 28, 31)),
        ("crop 1:2x3:4", (4, 7, 4)),
        ("crop size=7x8", (4, 7, 8)),
        ("upsample 2", (4, 20, 22)),
        ("upsample 1.5x0.5", (4, 15, 5)),
        ("upsample 0.6666666666666666", (4, 6, 7)),
        ("upsample size=5x6 mode=bilinear", (4, 5, 6)),
        ("pixelshuffle 2", (1, 20, 22)),
        ("slice 1:3", (2, 10, 11)),
        ("channelshuffle 2", (4, 10, 11)),
        ("deconv 2 4x4 stride=2 pad=1", (2, 20, 22)),
        ("deconv 2 3x3 stride=2 pad=1 output_pad=1", (2, 20, 22)),
        ("deconv 2 3x3 stride=2 pad=same", (2, 20, 22)),
        ("deconv 2 1x1 stride=3 pad=same", (2, 30, 33)),
    ],
)
def test_other_shapes(text: str, shape: tuple[int, ...]) -> None:
    assert last(f"input 4x10x11; {text}").output_shape == shape


def test_pixelunshuffle_needs_a_multiple() -> None:
    assert last("input 4x10x12; pixelunshuffle 2").output_shape == (16, 5, 6)
    with pytest.raises(convcalc.SpecError, match="the width of 11 is not divisible by 2"):
        convcalc.analyze("input 4x10x11; pixelunshuffle 2")
