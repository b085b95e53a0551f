"""The receptive fields of whole networks as Araujo, Norris & Sim tabulate them (Distill 2019).

Their networks are those of TensorFlow's slim library, written here as far as the fields depend on
it. The rows without a resolution are compared with a symbolic input: what depends on the
resolution must then be unknown.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import convcalc

DATA = Path(__file__).parent.parent / "data" / "receptive.json"

ALEXNET = """
conv1: conv 64 11x11 s=4 ; pool1: maxpool 3x3 s=2
conv2: conv 192 5x5 pad=same ; maxpool 3x3 s=2
conv3: conv 384 3x3 pad=same ; conv4: conv 384 3x3 pad=same ; conv5: conv 256 3x3 pad=same
pool5: maxpool 3x3 s=2
"""

VGG = """
conv1_1: conv 64 3x3 pad=same ; conv 64 3x3 pad=same ; pool1: maxpool 2x2
conv2_1: conv 128 3x3 pad=same ; conv 128 3x3 pad=same ; pool2: maxpool 2x2
conv3_1: conv 256 3x3 pad=same ; conv3_2: conv 256 3x3 pad=same ; conv 256 3x3 pad=same
pool3: maxpool 2x2
conv4_1: conv 512 3x3 pad=same ; conv4_2: conv 512 3x3 pad=same ; conv 512 3x3 pad=same
pool4: maxpool 2x2
conv5_1: conv 512 3x3 pad=same ; conv5_2: conv 512 3x3 pad=same ; conv 512 3x3 pad=same
pool5: maxpool 2x2
"""

RESNET_V1 = """
def unit mid { add { conv mid 1x1 ; relu ; conv mid 3x3 pad=1 ; relu ; conv 4*mid 1x1 | } ; relu }
def first mid { add { conv mid 1x1 ; conv mid 3x3 pad=1 ; conv 4*mid 1x1 | conv 4*mid 1x1 } ; relu }
def last mid {           # slim strides in the last unit of a block
  add { conv mid 1x1 ; conv mid 3x3 s=2 pad=1 ; conv 4*mid 1x1 | maxpool 1x1 s=2 } ; relu
}
conv 64 7x7 s=2 pad=3 ; relu ; maxpool 3x3 s=2 pad=same
block1: { first 64 ; unit 64 ; last 64 }
block2: { first 128 ; repeat BLOCK2 { unit 128 } ; last 128 }
block3: { first 256 ; repeat BLOCK3 { unit 256 } ; last 256 }
block4: { first 512 ; unit 512 ; unit 512 }
"""

MOBILENET = """
def block n s=1 { dwconv 3x3 s=s pad=same ; relu ; conv n 1x1 ; relu }
Conv2d_0: conv 32 3x3 s=2 pad=same
Conv2d_1_pointwise: block 64    ; Conv2d_2_pointwise: block 128 2
Conv2d_3_pointwise: block 128   ; Conv2d_4_pointwise: block 256 2
Conv2d_5_pointwise: block 256   ; Conv2d_6_pointwise: block 512 2
Conv2d_7_pointwise: block 512   ; Conv2d_8_pointwise: block 512 ; Conv2d_9_pointwise: block 512
Conv2d_10_pointwise: block 512  ; Conv2d_11_pointwise: block 512
Conv2d_12_pointwise: block 1024 2 ; Conv2d_13_pointwise: block 1024
"""

INCEPTION_V3 = """
def c n k=1x1 { conv n k pad=same ; relu }
def pooled n { avgpool 3x3 s=1 pad=same ; c n }
def mixed5 n { concat { c 64 | c 48 ; c 64 5x5 | c 64 ; c 96 3x3 ; c 96 3x3 | pooled n } }
def mixed6 n {
  concat {
    c 192
  | c n ; c n 1x7 ; c 192 7x1
  | c n ; c n 7x1 ; c n 1x7 ; c n 7x1 ; c 192 1x7
  | pooled 192
  }
}
def mixed7 {
  concat {
    c 320
  | c 384 ; concat { c 384 1x3 | c 384 3x1 }
  | c 448 ; c 384 3x3 ; concat { c 384 1x3 | c 384 3x1 }
  | pooled 192
  }
}
Conv2d_1a_3x3: conv 32 3x3 s=2 ; Conv2d_2a_3x3: conv 32 3x3 ; Conv2d_2b_3x3: c 64 3x3
MaxPool_3a_3x3: maxpool 3x3 s=2 ; Conv2d_3b_1x1: c 80
Conv2d_4a_3x3: conv 192 3x3 ; MaxPool_5a_3x3: maxpool 3x3 s=2
Mixed_5b: mixed5 32 ; Mixed_5c: mixed5 64 ; Mixed_5d: mixed5 64
Mixed_6a: concat { conv 384 3x3 s=2 | c 64 ; c 96 3x3 ; conv 96 3x3 s=2 | maxpool 3x3 s=2 }
Mixed_6b: mixed6 128 ; Mixed_6c: mixed6 160 ; Mixed_6d: mixed6 160 ; Mixed_6e: mixed6 192
Mixed_7a: concat {
  c 192 ; conv 320 3x3 s=2
| c 192 ; c 192 1x7 ; c 192 7x1 ; conv 192 3x3 s=2
| maxpool 3x3 s=2
}
Mixed_7b: mixed7 ; Mixed_7c: mixed7
"""


def resnet(block2: int, block3: int) -> str:
    return RESNET_V1.replace("BLOCK2", str(block2 - 2)).replace("BLOCK3", str(block3 - 2))


NETWORKS = {
    "alexnet_v2": ALEXNET,
    "vgg_16": VGG,
    "resnet_v1_50": resnet(4, 6),
    "resnet_v1_101": resnet(4, 23),
    "resnet_v1_152": resnet(8, 36),
    "mobilenet_v1": MOBILENET,
    "inception_v3": INCEPTION_V3,
}
ROWS = [
    row for row in json.loads(DATA.read_text(encoding="utf-8"))["rows"] if row["cnn"] in NETWORKS
]


def end_points(cnn: str, resolution: int | None) -> dict[str, Any]:
    """What each labelled layer or block of a network sees."""
    size = "3xHxW" if resolution is None else f"3x{resolution}x{resolution}"
    report = convcalc.analyze(f"input {size}\n{NETWORKS[cnn]}")
    found = {layer.name: layer.receptive_field for layer in report.layers}
    found.update(
        {block.name: report.layers[block.last - 1].receptive_field for block in report.blocks}
    )
    return found


def test_nothing_is_left_out() -> None:
    assert len(ROWS) == 3 * (7 + 13 + 4 + 4 + 4 + 14 + 18)


@pytest.mark.parametrize("resolution", [None, 224, 321])
@pytest.mark.parametrize("cnn", NETWORKS)
def test_published(cnn: str, resolution: int | None) -> None:
    found = end_points(cnn, resolution)
    wanted, got = [], []
    for row in ROWS:
        if (row["cnn"], row["resolution"]) == (cnn, resolution):
            name = row["end_point"].rpartition("/")[2]
            field = found[name]
            wanted.append((name, row["rf"], row["effective_stride"], row["effective_padding"]))
            got.append((name, field.size[0], field.stride[0], field.padding[0][0]))
            assert field.size[0] == field.size[1]
            assert (field.smallest, field.misaligned, field.whole) == (None, False, False)
    assert got == wanted
