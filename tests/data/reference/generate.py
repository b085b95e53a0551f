"""Measures the rows of ``measured.jsonl`` with PyTorch: run with torch 2.13.0 installed, from
anywhere.

A row is a spec, its inputs, the numbers that its layer holds (as `convcalc.reference.held.Held`
lays them out) and what PyTorch gives, all in double precision.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch  # type: ignore[import-not-found, unused-ignore]
from torch import nn  # type: ignore[import-not-found, unused-ignore]
from torch.nn import functional as F  # type: ignore[import-not-found, unused-ignore]  # noqa: N812

torch.manual_seed(1998)
torch.set_default_dtype(torch.float64)

ROWS: list[dict[str, Any]] = []
EACH = {
    1: (nn.Conv1d, nn.ConvTranspose1d),
    2: (nn.Conv2d, nn.ConvTranspose2d),
    3: (nn.Conv3d, nn.ConvTranspose3d),
}


def written(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def some(*shape: int) -> torch.Tensor:
    return (torch.randn(*shape) * 2).round(decimals=2)


def listed(values: torch.Tensor) -> list[float]:
    return [float(f"{value:.10g}") for value in values.flatten().tolist()]


def row(
    text: str,
    xs: Sequence[torch.Tensor],
    y: torch.Tensor,
    weights: Sequence[torch.Tensor] = (),
    biases: torch.Tensor | None = None,
    buffers: Sequence[torch.Tensor] = (),
) -> None:
    names = ["input"] if len(xs) == 1 else ["a", "b", "c"][: len(xs)]
    inputs = [
        f"input {written(x.shape)}" if len(xs) == 1 else f"{name}: input {written(x.shape)}"
        for name, x in zip(names, xs, strict=True)
    ]
    ROWS.append(
        {
            "spec": "; ".join([*inputs, text]),
            "inputs": {
                name: {"shape": list(x.shape), "values": listed(x)}
                for name, x in zip(names, xs, strict=True)
            },
            "weights": [listed(part) for part in weights],
            "biases": [] if biases is None else listed(biases),
            "buffers": [value for part in buffers for value in listed(part)],
            "shape": list(y.shape),
            "values": listed(y),
        }
    )


def apply(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    module.eval()
    with torch.no_grad():
        for values in module.parameters():
            values.copy_(some(*values.shape))
        return module(x[None])[0]


def conv(
    text: str, shape: Sequence[int], filters: int, kernel: Any, pad: Any = None, **arguments: Any
) -> None:
    x = some(*shape)
    module = EACH[len(shape) - 1][0](shape[0], filters, kernel, **arguments)
    y = apply(module, x if pad is None else F.pad(x, pad))
    row(text, [x], y, list(module.weight), module.bias)


def deconv(text: str, shape: Sequence[int], filters: int, kernel: Any, **arguments: Any) -> None:
    x = some(*shape)
    groups = arguments.get("groups", 1)
    module = EACH[len(shape) - 1][1](shape[0], filters, kernel, **arguments)
    y = apply(module, x)
    parts = module.weight.unflatten(0, (groups, -1)).transpose(1, 2).flatten(0, 1)
    row(text, [x], y, list(parts), module.bias)


def plain(text: str, shape: Sequence[int], function: Any) -> None:
    x = some(*shape)
    row(text, [x], function(x[None])[0])


def convolutions() -> None:
    conv("conv 3 3", (2, 7), 3, 3)
    conv("conv 2 4 s=3 d=2 pad=2:5", (3, 9), 2, 4, (2, 5), stride=3, dilation=2)
    conv("conv 3 3x2", (2, 5, 6), 3, (3, 2))
    conv(
        "conv 4 3x3 s=2x1 pad=1 d=1x2 g=2",
        (4, 6, 7),
        4,
        3,
        stride=(2, 1),
        padding=1,
        dilation=(1, 2),
        groups=2,
    )
    conv("conv 2 4x3 pad=same", (2, 5, 5), 2, (4, 3), padding="same")
    conv("conv 2 3x3 d=2 pad=half bias=no", (1, 6, 5), 2, 3, padding=2, dilation=2, bias=False)
    conv("conv 2 3 pad=causal", (2, 5), 2, 3, (2, 0))
    conv("conv 2 2x3 pad=full", (2, 3, 3), 2, (2, 3), padding=(1, 2))
    conv("conv 2 3x2x1 s=2 pad=1x0x0", (2, 4, 3, 3), 2, (3, 2, 1), stride=2, padding=(1, 0, 0))
    conv("conv 2 1x1", (3, 2, 2), 2, 1)
    conv("dwconv 3x3 multiplier=2 pad=1", (2, 4, 4), 4, 3, padding=1, groups=2)
    conv("dwconv 3 s=2", (3, 6), 3, 3, stride=2, groups=3)
    x = some(2, 5, 4)
    one, two = nn.Conv2d(2, 4, 3, padding=1, groups=2, bias=False), nn.Conv2d(4, 3, 1)
    y = apply(two, apply(one, x))
    row("sepconv 3 3x3 pad=1 multiplier=2", [x], y, [*one.weight, *two.weight], two.bias)
    deconv("deconv 3 3", (2, 4), 3, 3)
    deconv(
        "deconv 2 4x3 s=2 pad=1 output_pad=1x0",
        (3, 3, 4),
        2,
        (4, 3),
        stride=2,
        padding=1,
        output_padding=(1, 0),
    )
    deconv("deconv 4 2x2 s=2 g=2 bias=no", (4, 3, 2), 4, 2, stride=2, groups=2, bias=False)
    deconv(
        "deconv 1 3x3 s=1x3 d=2x1 pad=0x1",
        (2, 2, 3),
        1,
        3,
        stride=(1, 3),
        dilation=(2, 1),
        padding=(0, 1),
    )
    deconv("deconv 2 2 s=3", (1, 3), 2, 2, stride=3)
    deconv("deconv 2 2x1x2 s=2", (2, 2, 2, 2), 2, (2, 1, 2), stride=2)
    deconv("deconv 2 4x4 s=2 pad=same", (2, 3, 3), 2, 4, stride=2, padding=1)


def pools() -> None:
    plain("maxpool 2x2", (2, 4, 5), lambda x: F.max_pool2d(x, 2))
    plain("maxpool 3 s=2 pad=1", (2, 7), lambda x: F.max_pool1d(x, 3, 2, 1))
    plain(
        "maxpool 3x2 s=2x1 pad=1 d=1x2",
        (2, 6, 6),
        lambda x: F.max_pool2d(x, (3, 2), (2, 1), 1, (1, 2)),
    )
    plain("maxpool 3x3 s=2 round=ceil", (1, 6, 7), lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True))
    plain(
        "maxpool 2 s=2 pad=1 round=ceil", (1, 3), lambda x: F.max_pool1d(x, 2, 2, 1, ceil_mode=True)
    )
    plain("maxpool 2x2x2 s=1", (1, 3, 3, 3), lambda x: F.max_pool3d(x, 2, 1))
    plain("avgpool 2x2", (2, 4, 5), lambda x: F.avg_pool2d(x, 2))
    plain("avgpool 3x3 s=2 pad=1", (1, 5, 6), lambda x: F.avg_pool2d(x, 3, 2, 1))
    plain(
        "avgpool 3x3 s=2 pad=1 count_pad=no",
        (1, 5, 6),
        lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
    )
    plain(
        "avgpool 3x3 s=2 pad=1 round=ceil",
        (1, 6, 6),
        lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True),
    )
    plain("avgpool 3 s=2 round=ceil", (1, 6), lambda x: F.avg_pool1d(x, 3, 2, ceil_mode=True))
    plain("avgpool 2x1x3", (1, 2, 3, 4), lambda x: F.avg_pool3d(x, (2, 1, 3)))
    plain("lppool 2x3", (2, 4, 4), lambda x: F.lp_pool2d(x, 2.0, (2, 3)))
    plain("lppool 3 s=2 norm=4", (1, 7), lambda x: F.lp_pool1d(x, 4.0, 3, 2))
    x, factor, bias = some(2, 4, 6), some(2, 1, 1), some(2, 1, 1)
    row("subsample 2x2", [x], F.avg_pool2d(x, 2) * 4 * factor + bias, list(factor), bias)
    plain("globalavgpool", (3, 3, 4), lambda x: x.mean((2, 3), keepdim=True))
    plain("globalmaxpool", (2, 3, 4), lambda x: x.amax((2, 3), keepdim=True))
    plain("adaptiveavgpool 3x2", (1, 5, 7), lambda x: F.adaptive_avg_pool2d(x, (3, 2)))
    plain("adaptiveavgpool 7", (1, 4), lambda x: F.adaptive_avg_pool1d(x, 7))
    plain("adaptivemaxpool 4x3", (1, 6, 5), lambda x: F.adaptive_max_pool2d(x, (4, 3)))


def dense() -> None:
    x = some(2, 3, 2)
    module = nn.Linear(12, 3)
    row("fc 3", [x], apply(module, x.flatten()), list(module.weight), module.bias)
    x = some(4)
    module = nn.Linear(4, 2, bias=False)
    row("fc 2 bias=no", [x], apply(module, x), list(module.weight))
    plain("flatten", (2, 2, 3), lambda x: x.flatten(1))
    plain("reshape 3x2x2", (2, 2, 3), lambda x: x.reshape(1, 3, 2, 2))


def norms() -> None:
    x, mean, variance = some(3, 2, 3), some(3), some(3).abs() + 0.1
    for text, affine in (("bn", True), ("bn affine=no", False)):
        module = nn.BatchNorm2d(3, affine=affine)
        assert module.running_mean is not None
        assert module.running_var is not None
        module.running_mean.copy_(mean)
        module.running_var.copy_(variance)
        y = apply(module, x)
        weights = list(module.weight[:, None]) if affine else []
        row(text, [x], y, weights, module.bias, [mean, variance])
    module = nn.LayerNorm(3)
    y = apply(module, x.permute(1, 2, 0)).permute(2, 0, 1)
    row("ln", [x], y, [module.weight], module.bias)
    module = nn.LayerNorm((3, 2, 3))
    row("ln over=volume", [x], apply(module, x), [module.weight], module.bias)
    module = nn.LayerNorm(3, bias=False)
    v = some(3)
    row("ln bias=no", [v], apply(module, v), [module.weight])
    plain("ln affine=no", (4,), lambda x: F.layer_norm(x, (4,)))
    x = some(4, 2, 2)
    group = nn.GroupNorm(2, 4)
    row("gn 2", [x], apply(group, x), list(group.weight[:, None]), group.bias)
    plain("gn 4 affine=no", (4, 3), lambda x: F.group_norm(x, 4))
    instance = nn.InstanceNorm2d(4, affine=True)
    row("instancenorm", [x], apply(instance, x), list(instance.weight[:, None]), instance.bias)
    for size in (2, 3, 5):
        plain(f"lrn {size}", (6, 2, 2), lambda x, size=size: F.local_response_norm(x * 1, size))
    big = some(4, 1, 2) * 50
    row("lrn", [big], F.local_response_norm(big[None], 5)[0])


def activations() -> None:
    functions = {
        "relu": F.relu,
        "relu6": F.relu6,
        "leakyrelu": F.leaky_relu,
        "leakyrelu 0.2": lambda x: F.leaky_relu(x, 0.2),
        "elu": F.elu,
        "selu": F.selu,
        "gelu": F.gelu,
        "silu": F.silu,
        "hardswish": F.hardswish,
        "hardsigmoid": F.hardsigmoid,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softplus": F.softplus,
        "mish": F.mish,
        "softmax": lambda x: F.softmax(x, 1),
        "logsoftmax": lambda x: F.log_softmax(x, 1),
        "dropout 0.3": lambda x: F.dropout(x, 0.3, training=False),
        "identity": lambda x: x,
    }
    spread = torch.tensor([-40.0, -7.25, -3.0, -1.5, -0.5, 0.0, 0.25, 1.0, 2.75, 3.0, 6.5, 12.0])
    for text, function in functions.items():
        x = spread.reshape(3, 2, 2)
        row(text, [x], function(x[None])[0])
    x = some(2, 2, 2)
    one, two = nn.PReLU(), nn.PReLU(2)
    row("prelu", [x], apply(one, x), [one.weight])
    row("prelu over=depth", [x], apply(two, x), list(two.weight[:, None]))
    factor = some(2, 1, 1)
    row("scale", [x], x * factor, list(factor))


def geometry() -> None:
    plain("pad 1:2x0:1", (2, 2, 3), lambda x: F.pad(x, (0, 1, 1, 2)))
    plain("pad (-1):2", (1, 4), lambda x: F.pad(x, (-1, 2)))
    plain("pad 2x1 mode=reflect", (1, 3, 3), lambda x: F.pad(x, (1, 1, 2, 2), mode="reflect"))
    plain("pad 2:1 mode=replicate", (2, 3), lambda x: F.pad(x, (2, 1), mode="replicate"))
    plain("pad 3:1 mode=circular", (1, 3), lambda x: F.pad(x, (3, 1), mode="circular"))
    plain("pad 1:2x3:0 mode=circular", (1, 4, 4), lambda x: F.pad(x, (3, 0, 1, 2), mode="circular"))
    plain("crop 1:0x0:2", (1, 3, 4), lambda x: x[:, :, 1:, :-2])
    plain("crop size=2x3", (1, 5, 6), lambda x: x[:, :, 1:3, 1:4])
    plain("upsample 2", (1, 2, 3), lambda x: F.interpolate(x, scale_factor=2))
    plain("upsample 1.5", (1, 5), lambda x: F.interpolate(x, scale_factor=1.5))
    plain("upsample size=7x3", (1, 3, 5), lambda x: F.interpolate(x, size=(7, 3)))
    plain(
        "upsample 2 mode=bilinear",
        (1, 3),
        lambda x: F.interpolate(x, scale_factor=2, mode="linear"),
    )
    plain(
        "upsample 2x3 mode=bilinear",
        (2, 3, 2),
        lambda x: F.interpolate(x, scale_factor=(2, 3), mode="bilinear"),
    )
    plain(
        "upsample 1.5 mode=bilinear",
        (1, 5, 3),
        lambda x: F.interpolate(x, scale_factor=1.5, mode="bilinear"),
    )
    plain(
        "upsample size=4x7 mode=bilinear",
        (1, 6, 5),
        lambda x: F.interpolate(x, size=(4, 7), mode="bilinear"),
    )
    plain(
        "upsample 2 mode=bilinear",
        (1, 2, 2, 2),
        lambda x: F.interpolate(x, scale_factor=2, mode="trilinear"),
    )
    plain("pixelshuffle 2", (8, 2, 3), lambda x: F.pixel_shuffle(x, 2))
    plain("pixelunshuffle 2", (2, 4, 2), lambda x: F.pixel_unshuffle(x, 2))
    plain("channelshuffle 3", (6, 2), lambda x: nn.ChannelShuffle(3)(x[..., None])[..., 0])
    plain("slice 1:3", (4, 2, 1), lambda x: x[:, 1:3])


def joins() -> None:
    a, b, gate = some(2, 2, 3), some(2, 2, 3), some(2, 1, 1)
    row("add @a", [a, b], a + b)
    row("mul @a", [a, gate], a * gate)
    row("concat @a", [a, b], torch.cat([b, a]))
    large = some(1, 5, 6)
    row("concat @a fit=crop", [large, a], torch.cat([a, large[:, 1:3, 1:4]]))


for measure in (convolutions, pools, dense, norms, activations, geometry, joins):
    measure()
with open(Path(__file__).with_name("measured.jsonl"), "w", encoding="utf-8") as file:
    file.writelines(json.dumps(item) + "\n" for item in ROWS)
