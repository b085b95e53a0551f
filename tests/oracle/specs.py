"""Measured rows as specs: how each framework's layer is written in convcalc's language.

`Unwritable` says why a row has no spec: the language cannot say it (a conv whose weights were made
for another depth than arrives), so there is nothing to compare.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "data" / "oracle"
Row = dict[str, Any]


class Unwritable(Exception):
    """The language cannot say this row."""


def rows(name: str) -> Iterator[Row]:
    """The rows of one file of measured layers."""
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def spec(row: Row) -> str:
    """The row in convcalc's language. Raises `Unwritable`."""
    shape = row["input"]
    layer = FRAMEWORKS[row["framework"]](row["op"], row["args"], shape)
    return f"input {dims(shape)}; {layer}"


def value(number: float) -> str:
    text = str(number)
    return f"({text})" if number < 0 else text


def dims(sizes: Any) -> str:
    return "x".join(map(value, sizes)) if isinstance(sizes, list) else value(sizes)


def pairs(before: list[int], after: list[int]) -> str:
    return "x".join(f"{value(b)}:{value(a)}" for b, a in zip(before, after, strict=True))


def rank_of(op: str) -> str:
    """The 1, 2 or 3 in names such as Conv2d and Conv2DTranspose."""
    return next(letter for letter in op if letter in "123")


def options(**given: Any) -> str:
    return "".join(f" {name}={text}" for name, text in given.items() if text is not None)


def yes_no(args: Row, name: str) -> str | None:
    return None if name not in args else "yes" if args[name] else "no"


def maybe(args: Row, name: str) -> str | None:
    found = args.get(name)
    return None if found is None else found if isinstance(found, str) else dims(found)


def torch(op: str, args: Row, shape: list[int]) -> str:
    if op.startswith(("Conv", "ConvTranspose")) and "in_channels" in args:
        if args["in_channels"] != shape[0]:
            raise Unwritable("the depth is taken from the input")
        if args.get("padding_mode", "zeros") != "zeros":
            raise Unwritable("padding of another kind is a layer of its own (pad)")
        name = f"{'deconv' if 'Transpose' in op else 'conv'}"
        prefix = f"convtranspose{rank_of(op)}d" if name == "deconv" else f"conv{rank_of(op)}d"
        return f"{prefix} {value(args['out_channels'])} {dims(args['kernel_size'])}" + options(
            stride=maybe(args, "stride"),
            pad=maybe(args, "padding"),
            dilation=maybe(args, "dilation"),
            groups=maybe(args, "groups"),
            output_pad=maybe(args, "output_padding"),
            bias=yes_no(args, "bias"),
        )
    if op.startswith(("MaxPool", "AvgPool", "LPPool")):
        if args.get("divisor_override") == 0:
            raise Unwritable("there is no other divisor")
        name = op[:-1].lower() if not op.startswith("LP") else "lppool"
        if name == "lppool" and len(shape) != int(rank_of(op)) + 1:
            raise Unwritable("lppool takes its axes from the input")
        return f"{name + 'd' if name != 'lppool' else name} {dims(args['kernel_size'])}" + options(
            stride=maybe(args, "stride"),
            pad=maybe(args, "padding"),
            dilation=maybe(args, "dilation"),
            round="ceil" if args.get("ceil_mode") else None,
        )
    if op.startswith("Adaptive"):
        size = args["output_size"]
        if size is None or (isinstance(size, list) and None in size):
            raise Unwritable("an adaptive pool has a size on every axis")
        if isinstance(size, list) and len(size) == 1 < int(rank_of(op)):
            raise Unwritable("one number means every axis here")
        return f"{op.lower()} {dims(size)}"
    return torch_other(op, args, shape)


def torch_other(op: str, args: Row, shape: list[int]) -> str:
    if op == "Linear":
        if len(shape) > 1 or args["in_features"] != shape[0]:
            raise Unwritable("fc sees the whole input")
        return f"fc {args['out_features']}" + options(bias=yes_no(args, "bias"))
    if op.startswith(("BatchNorm", "InstanceNorm")):
        if args["num_features"] != shape[0]:
            raise Unwritable("the depth is taken from the input")
        if len(shape) != int(rank_of(op)) + 1 and not (op == "BatchNorm1d" and len(shape) == 1):
            raise Unwritable("norms take their axes from the input")
        if op.startswith("Instance") and all(size == 1 for size in shape[1:]):
            raise Unwritable("training on single values is no matter of sizes")
        affine = args.get("affine", op.startswith("Batch"))
        return f"{'bn' if op.startswith('Batch') else 'instancenorm'}" + options(
            affine="yes" if affine else "no"
        )
    if op == "GroupNorm":
        if args["num_channels"] != shape[0]:
            raise Unwritable("the depth is taken from the input")
        if all(size == 1 for size in shape[1:]) and args["num_groups"] == shape[0]:
            raise Unwritable("training on single values is no matter of sizes")
        return f"gn {args['num_groups']}" + options(affine=yes_no(args, "affine"))
    if op == "LayerNorm":
        normal = args["normalized_shape"]
        if (normal if isinstance(normal, list) else [normal]) != shape:
            raise Unwritable("ln is over the depth or the whole volume")
        return "ln over=volume" + options(
            affine=yes_no(args, "elementwise_affine"), bias=yes_no(args, "bias")
        )
    if op == "PReLU":
        count = args.get("num_parameters", 1)
        if count not in (1, shape[0]):
            raise Unwritable("prelu has one slope, or one a channel")
        return "prelu" if count == 1 else "prelu over=depth"
    if op == "Upsample":
        return torch_upsample(args, shape)
    if "Pad" in op:
        return torch_pad(op, args["padding"], shape)
    if op in ("PixelShuffle", "PixelUnshuffle"):
        if len(shape) != 3:
            raise Unwritable("PyTorch's shuffle is 2-D")
        return f"{op.lower()} {next(iter(args.values()))}"
    if op == "ChannelShuffle":
        return f"channelshuffle {value(args['groups'])}"
    if op == "Flatten":
        if args.get("start_dim", 1) != 1 or args.get("end_dim", -1) not in (-1, len(shape)):
            raise Unwritable("flatten is whole")
        return "flatten"
    if op == "Unflatten":
        if args["dim"] != 1:
            raise Unwritable("reshape is whole")
        if -1 in args["unflattened_size"]:
            raise Unwritable("a reshape names every size")
        return f"reshape {dims([*args['unflattened_size'], *shape[1:]])}"
    raise Unwritable("no such layer")  # Unfold, Fold


def torch_upsample(args: Row, shape: list[int]) -> str:
    size, scale, mode = args.get("size"), args.get("scale_factor"), args.get("mode", "nearest")
    needed = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}.get(mode, len(shape) - 1)
    if isinstance(scale, list) and len(scale) == 1 < len(shape) - 1:
        raise Unwritable("one number means every axis here")
    if needed != len(shape) - 1 or (size is None) == (scale is None):
        raise Unwritable("another number of axes, or neither size nor scale")
    return "upsample" + (f" {dims(scale)}" if scale is not None else options(size=dims(size)))


def torch_pad(op: str, padding: Any, shape: list[int]) -> str:
    rank = int(rank_of(op))
    modes = {"Ref": "reflect", "Rep": "replicate", "Cir": "circular"}
    mode = modes.get(op[:3], "zero")
    if rank != len(shape) - 1:
        raise Unwritable("pad takes its axes from the input")
    if isinstance(padding, int):
        padding = [padding] * (2 * rank)
    if len(padding) != 2 * rank:
        raise Unwritable("two numbers an axis")
    before, after = padding[0::2][::-1], padding[1::2][::-1]
    return f"pad {pairs(before, after)} mode={mode}"


def keras(op: str, args: Row, shape: list[int]) -> str:
    rank = int(rank_of(op))
    if len(shape) != rank + 1:
        raise Unwritable("another number of axes")
    pad = args.get("padding", "valid")
    if "Pool" in op:
        name = "maxpool" if op.startswith("Max") else "avgpool"
        return f"{name}{rank}d {dims(args['pool_size'])}" + options(
            stride=maybe(args, "strides"), pad=pad
        )
    kernel = dims(args["kernel_size"])
    common = {
        "stride": maybe(args, "strides"),
        "pad": pad,
        "dilation": maybe(args, "dilation_rate"),
        "bias": yes_no(args, "use_bias"),
    }
    if op.startswith("Depthwise"):
        return f"dwconv {kernel}" + options(multiplier=maybe(args, "depth_multiplier"), **common)
    if op.startswith("Separable"):
        return f"sepconv {args['filters']} {kernel}" + options(
            multiplier=maybe(args, "depth_multiplier"), **common
        )
    if op.endswith("Transpose"):
        return f"deconv {args['filters']} {kernel}" + options(
            **{**common, **keras_transposed(args, rank)}
        )
    return f"conv{rank}d {args['filters']} {kernel}" + options(
        groups=maybe(args, "groups"), **common
    )


def keras_transposed(args: Row, rank: int) -> dict[str, str]:
    """Keras' own rules: with output_padding `same` crops 2⌊k/2⌋ − o, and `valid` appends zeros to
    reach n·s.
    """

    def each(name: str) -> list[int]:
        found = args.get(name, 1)
        if isinstance(found, list):
            return found if len(found) == rank else found * rank
        return [found] * rank

    kernel, stride = each("kernel_size"), each("strides")
    if args.get("output_padding") is not None:
        if args["padding"] == "valid":
            return {"output_pad": dims(args["output_padding"])}
        crops = [2 * (k // 2) - o for k, o in zip(kernel, each("output_padding"), strict=True)]
        before = [max(crop, 0) // 2 for crop in crops]
        after = [max(crop, 0) - b for crop, b in zip(crops, before, strict=True)]
        zeros = [max(-crop, 0) for crop in crops]
        limits = any(o >= s for o, s in zip(each("output_padding"), stride, strict=True))
        return {
            "pad": pairs(before, after),
            "output_pad": dims(args["output_padding"] if limits else zeros),
        }
    if args["padding"] == "valid":
        gaps = [max(s - k, 0) for k, s in zip(kernel, stride, strict=True)]
        return {"output_pad": dims(gaps)} if any(gaps) else {}
    return {}


def onnx(op: str, args: Row, shape: list[int]) -> str:
    rank = len(args["kernel_shape"])
    if "output_shape" in args:
        raise Unwritable("padding is given, not found from a wanted output")
    if len(shape) != rank + 1:
        raise Unwritable("another number of axes")
    words = {"SAME_UPPER": "same", "SAME_LOWER": "same_lower", "VALID": "valid", "NOTSET": None}
    pad = words[args.get("auto_pad", "NOTSET")]
    if pad is None and "pads" in args:
        pad = pairs(args["pads"][:rank], args["pads"][rank:])
    if op == "AveragePool" and "dilations" in args:
        raise Unwritable("an average pool has no dilation")
    common = {
        "stride": maybe(args, "strides") or "1",
        "pad": pad,
        "dilation": maybe(args, "dilations"),
        "round": "ceil" if args.get("ceil_mode") else None,
    }
    kernel = dims(args["kernel_shape"])
    if op.endswith("Pool"):
        return f"{'maxpool' if op == 'MaxPool' else 'avgpool'} {kernel}" + options(**common)
    name = "deconv" if op == "ConvTranspose" else "conv"
    return f"{name} {args['out_channels']} {kernel}" + options(
        groups=maybe(args, "group"),
        output_pad=maybe(args, "output_padding"),
        bias="yes" if args.get("bias") else "no",
        **common,
    )


def tensorflow(op: str, args: Row, _shape: list[int]) -> str:
    common = {
        "stride": maybe(args, "strides"),
        "pad": args["padding"].lower(),
        "dilation": maybe(args, "dilations"),
    }
    kernel = dims(args["kernel_size"])
    if op == "conv2d":
        return f"conv {args['filters']} {kernel} bias=no" + options(**common)
    if op == "depthwise_conv2d":
        return f"dwconv {kernel} bias=no" + options(**common)
    name = "avgpool" if args.get("pooling_type") == "AVG" else "maxpool"
    if op == "pool" and name == "avgpool":
        raise Unwritable("an average pool has no dilation")
    return f"{name} {kernel}" + options(**common)


FRAMEWORKS = {"torch": torch, "keras-tf": keras, "onnxruntime": onnx, "tf": tensorflow}
