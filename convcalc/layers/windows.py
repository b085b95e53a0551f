"""Layers that slide a window: convolutions, their transposes, pools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from convcalc.arithmetic import formulas
from convcalc.arithmetic.number import Number, by_residue, maximum
from convcalc.layers.arguments import (
    Argument,
    Choice,
    Count,
    Flag,
    LayerProblem,
    Padding,
    PerAxis,
    optional,
    required,
)
from convcalc.layers.base import Check, Layer, Shape, Weights, Window, axis_names, each_axis
from convcalc.layers.taps import InputTaps, Strided, Transposed

FILTERS = required("filters", Count(), "how many filters: the depth of the output")
KERNEL = required("kernel", PerAxis(), "the window, in pixels", "k")
STRIDE = optional("stride", PerAxis(), (1,), "pixels from one window to the next", "s")
POOL_STRIDE = optional(
    "stride",
    PerAxis(),
    None,
    "pixels from one window to the next; the window's size by default",
    "s",
)
PAD = optional("pad", Padding(), ((0, 0),), "padding on each side", "p", "padding")
DILATION = optional("dilation", PerAxis(), (1,), "pixels from one tap to the next", "d")
GROUPS = optional("groups", Count(), 1, "parts of the depth that don't see each other", "g")
BIAS = optional("bias", Flag(), True, "whether each filter has a bias")
ROUND = optional("round", Choice("floor", "ceil"), "floor", "how a last, partial window is treated")
MULTIPLIER = optional("multiplier", Count(), 1, "filters for each channel")


def padding_of(pad: Any, n: Number, extent: Number, stride: Number, axis: int, rank: int) -> Any:
    """(before, after) of one axis for an argument `pad`, in pixels; `Residues` for `same` on a
    symbolic size.
    """
    if not isinstance(pad, str):
        return pad[axis] if len(pad) == rank else pad[0]
    if pad == "valid":
        return (0, 0)
    if pad == "half":
        return (formulas.half_padding(extent),) * 2
    if pad == "full":
        return (formulas.full_padding(extent),) * 2
    if pad == "causal":
        return (formulas.full_padding(extent), 0)

    def split(residue: int) -> tuple[Any, Any]:
        total = formulas.same_padding(residue, extent, stride)
        less = total // 2
        return (less, total - less) if pad == "same" else (total - less, less)

    return split(0) if stride == 1 else by_residue(n, stride, split)  # type: ignore[arg-type]


def misfit(layer: Layer, shape: Shape, windows: Sequence[Window]) -> LayerProblem:
    """The error for a window larger than its padded input."""
    kernel = with_article("x".join(str(window.kernel) for window in windows))
    size = "x".join(map(str, shape.spatial))
    dilated = any(window.dilation != 1 for window in windows)
    reach = f" dilated to {'x'.join(str(window.extent) for window in windows)}" if dilated else ""
    details, needed = [], 0
    for name, n, window in zip(axis_names(shape.rank), shape.spatial, windows, strict=True):
        before, after = window.padding
        lacking = window.extent - n - before - after
        if isinstance(n, int) and lacking > 0:
            details.append(f"{name}: {n} + {before + after} padding < {window.extent}")
            needed = max(needed, -(-lacking // 2) + max(before, after))
    pool = isinstance(layer, Pool)
    limits = [formulas.pool_padding_limit(window.kernel) if pool else needed for window in windows]
    return LayerProblem(
        f"{kernel} window{reach} does not fit {with_article(size)} input",
        details=details,
        help=f"pad={needed} or more would fit"
        if needed <= min(limits)
        else f"a window of at most {size} would fit",
    )


def with_article(size: str) -> str:
    """``a 5x5``, ``an 8x8``."""
    number = size.partition("x")[0]
    vowel = number.startswith("8") or (number[:2] in ("11", "18") and len(number) % 3 == 2)
    return f"{'an' if vowel else 'a'} {size}"


def before_of(window: Window) -> Any:
    """The padding before the input; a symbolic `Residues` where it depends on the size."""
    padding = window.padding
    return padding[0] if isinstance(padding, tuple) else padding


class Windowed(Layer):
    """A layer that slides a window over a map: `kernel`, `stride`, `pad`, `dilation`."""

    on_maps = True
    kernel: Any
    stride: Any
    pad: Any
    dilation: Any = (1,)
    round: Any = "floor"

    def __init__(self, *values: Any, called: str | None = None) -> None:
        super().__init__(*values, called=called)
        self.by_rank: dict[int, tuple[Window, ...]] = {}

    def windows(self, inputs: Sequence[Shape]) -> tuple[Window, ...]:
        shape = inputs[0]
        if self.pad in ("same", "same_lower"):
            return self._windows(shape)
        windows = self.by_rank.get(shape.rank)  # the same whatever the sizes are
        if windows is None:
            windows = self.by_rank[shape.rank] = self._windows(shape)
        return windows

    def _windows(self, shape: Shape) -> tuple[Window, ...]:
        rank = shape.rank
        kernel = each_axis(self.kernel, rank, "kernel", shape)
        stride = each_axis(self.stride or self.kernel, rank, "stride", shape)
        dilation = each_axis(self.dilation, rank, "dilation", shape)
        if not isinstance(self.pad, str):
            each_axis(self.pad, rank, "pad", shape)
        windows = []
        for axis, (n, k, s, d) in enumerate(
            zip(shape.spatial, kernel, stride, dilation, strict=True)
        ):
            extent = formulas.window_extent(k, d)
            padding = padding_of(self.pad, n, extent, s, axis, rank)
            windows.append(Window(k, s, d, padding, self.round))
        return tuple(windows)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return (
            tuple(
                Strided(window.stride, before_of(window), window.dilation, window.kernel)
                for window in self.windows(inputs)
            ),
        )

    def slide(self, shape: Shape, check: Check) -> tuple[Any, ...]:
        """The output size of each axis."""
        windows = self.windows((shape,))
        return tuple(
            self.along(axis, n, windows, check, shape) for axis, n in enumerate(shape.spatial)
        )

    def along(
        self, axis: int, n: Number, windows: Sequence[Window], check: Check, shape: Shape
    ) -> Any:
        """The output size of one axis of size `n`; `shape` is for the error's words only."""
        window = windows[axis]
        if self.pad in ("same", "same_lower"):
            return formulas.same_size(n, window.stride)
        before, after = window.padding
        if window.rounding == "ceil":
            size = formulas.output_size_ceil(n, window.extent, window.stride, before, after)
            fits = (size, 1)
        else:
            fits = (formulas.padded_size(n, before, after), window.extent)
        check.require(
            fits[0], ">=", fits[1], "the window must fit", lambda: misfit(self, shape, windows)
        )
        if window.rounding == "ceil":
            return size
        return formulas.output_size(n, window.extent, window.stride, before + after)


class Convolution(Windowed):
    """What the convolutions share: weights used once at every position, a bias for each channel
    that comes out.
    """

    bias: Any

    def count_macs(self, inputs: Sequence[Shape], output: Shape) -> Any:
        positions = formulas.elements(output.spatial)
        return formulas.window_macs(positions, self.count_weights(inputs).weights)

    def count_connections(self, inputs: Sequence[Shape], output: Shape) -> Any:
        biased = formulas.elements(output.sizes) if self.bias else 0
        return formulas.unit_connections(self.count_macs(inputs, output), biased)

    def kernel_on(self, shape: Shape) -> tuple[Any, ...]:
        """The kernel's size on each axis."""
        return each_axis(self.kernel, shape.rank, "kernel", shape)


def check_groups(depth: Number, filters: Number, groups: Number, check: Check) -> None:
    """Depth in and out must be divisible by the groups."""

    def divides(what: str, count: Number) -> None:
        check.require(
            count % groups,
            "==",
            0,
            f"{what} must be divisible by the groups",
            lambda: LayerProblem(
                f"{what}, {count}, is not divisible by {groups} groups", argument="groups"
            ),
        )

    if groups != 1:
        divides("the input's depth", depth)
        divides("the number of filters", filters)


class Conv(Convolution):
    """Convolution; each filter sees the whole depth of its group."""

    kind = "conv"
    aliases: ClassVar[dict[str, int | None]] = {"conv1d": 1, "conv2d": 2, "conv3d": 3}
    arguments = (
        FILTERS,
        KERNEL,
        STRIDE,
        PAD,
        DILATION,
        GROUPS,
        BIAS,
        optional(
            "connections",
            Count(),
            None,
            "connected pairs of input and output maps, if not all are (LeNet's C3: 60)",
        ),
    )
    filters: Any
    groups: Any
    connections: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        check_groups(shape.depth, self.filters, self.groups, check)
        if self.connections is not None:
            self._check_connections(shape.depth, check)
        return shape.with_depth(self.filters).with_spatial(self.slide(shape, check))

    def _check_connections(self, depth: Number, check: Check) -> None:
        pairs = depth // self.groups * self.filters
        check.require(
            pairs,
            ">=",
            self.connections,
            "a table of connections has at most every pair of maps",
            lambda: LayerProblem(
                f"{self.connections} connections, but {depth} maps in and {self.filters} out"
                f" make only {pairs} pairs",
                argument="connections",
            ),
        )

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        shape = inputs[0]
        kernel = self.kernel_on(shape)
        if self.connections is not None:
            weights = formulas.partial_weights(kernel, self.connections)
        else:
            weights = formulas.conv_weights(kernel, shape.depth, self.filters, self.groups)
        return Weights(weights, self.filters if self.bias else 0)


class DwConv(Convolution):
    """Depthwise convolution: `multiplier` filters for each channel, which see that channel only."""

    kind = "dwconv"
    arguments = (KERNEL, MULTIPLIER, STRIDE, PAD, DILATION, BIAS)
    multiplier: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        sizes = self.slide(shape, check)
        return Shape((shape.depth * self.multiplier, *sizes), shape.varies)

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        shape = inputs[0]
        filters = shape.depth * self.multiplier
        weights = formulas.conv_weights(self.kernel_on(shape), shape.depth, filters, shape.depth)
        return Weights(weights, filters if self.bias else 0)


class SepConv(Convolution):
    """Separable convolution: depthwise, then 1x1 with `filters` filters and the only biases."""

    kind = "sepconv"
    arguments = (FILTERS, KERNEL, STRIDE, PAD, DILATION, MULTIPLIER, BIAS)
    filters: Any
    multiplier: Any

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        return shape.with_depth(self.filters).with_spatial(self.slide(shape, check))

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        shape = inputs[0]
        middle = shape.depth * self.multiplier
        depthwise = formulas.conv_weights(self.kernel_on(shape), shape.depth, middle, shape.depth)
        pointwise = formulas.conv_weights((1,), middle, self.filters)
        return Weights(depthwise + pointwise, self.filters if self.bias else 0)


class Deconv(Convolution):
    """Transposed convolution: every input pixel spreads over a window of the output."""

    kind = "deconv"
    aliases: ClassVar[dict[str, int | None]] = {
        "convtranspose": None,
        "convtranspose1d": 1,
        "convtranspose2d": 2,
        "convtranspose3d": 3,
    }
    arguments = (
        FILTERS,
        KERNEL,
        STRIDE,
        optional(
            "pad",
            Padding(("valid", "same", "same_lower", "half", "full")),
            ((0, 0),),
            "pixels taken away on each side; same gives an output of size times stride",
            "p",
            "padding",
        ),
        optional(
            "output_pad", PerAxis(minimum=0), (0,), "pixels added at the end, less than the stride"
        ),
        DILATION,
        GROUPS,
        BIAS,
    )
    filters: Any
    groups: Any
    output_pad: Any

    def windows(self, inputs: Sequence[Shape]) -> tuple[Window, ...]:
        windows = super().windows(inputs)
        if self.pad not in ("same", "same_lower"):
            return windows
        return tuple(
            window._replace(padding=self._same(window, output_pad))
            for window, output_pad in zip(windows, self._output_pads(inputs[0]), strict=True)
        )

    def _same(self, window: Window, output_pad: Number) -> tuple[Any, Any]:
        total = formulas.transposed_same_padding(window.extent, window.stride, output_pad)
        half = total // 2 if self.pad == "same" else total - total // 2
        before = maximum(half, 0)
        return (before, total - before)

    def taps(self, inputs: Sequence[Shape], output: Shape) -> tuple[InputTaps, ...]:
        return (
            tuple(
                Transposed(window.stride, before_of(window), window.dilation, window.kernel)
                for window in self.windows(inputs)
            ),
        )

    def _output_pads(self, shape: Shape) -> tuple[Any, ...]:
        return each_axis(self.output_pad, shape.rank, "output_pad", shape)

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        check_groups(shape.depth, self.filters, self.groups, check)
        return shape.with_depth(self.filters).with_spatial(self.slide(shape, check))

    def along(
        self, axis: int, n: Number, windows: Sequence[Window], check: Check, shape: Shape
    ) -> Any:
        window = windows[axis]
        output_pad = self._output_pads(shape)[axis]
        self._check_output_pad(output_pad, window, check)
        padding = window.padding[0] + window.padding[1]
        size = formulas.transposed_size(n, window.extent, window.stride, padding, output_pad)
        check.require(
            size,
            ">=",
            1,
            "the padding must leave some output",
            lambda: LayerProblem(
                f"the padding takes away more than there is: {axis_names(shape.rank)[axis]} {size}",
                argument="pad",
                details=(f"{size + padding} without padding, {padding} taken away",),
            ),
        )
        return size

    @staticmethod
    def _check_output_pad(output_pad: Number, window: Window, check: Check) -> None:
        if output_pad == 0:
            return
        limit = formulas.output_pad_limit(window.stride, window.dilation)
        check.require(
            output_pad,
            "<=",
            limit,
            "output_pad must be smaller than the stride or the dilation",
            lambda: LayerProblem(
                f"output_pad={output_pad} is not smaller than the stride ({window.stride})"
                f" or the dilation ({window.dilation})",
                argument="output_pad",
                help=f"output_pad is at most {limit} here; more would only append zeros",
            ),
        )

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        shape = inputs[0]
        kernel = self.kernel_on(shape)
        weights = formulas.conv_weights(kernel, shape.depth, self.filters, self.groups)
        return Weights(weights, self.filters if self.bias else 0)

    def count_macs(self, inputs: Sequence[Shape], output: Shape) -> Any:
        positions = formulas.elements(inputs[0].spatial)
        return formulas.window_macs(positions, self.count_weights(inputs).weights)


class Pool(Windowed):
    """What pools share: a window that moves by its own size unless told otherwise."""

    arguments: ClassVar[tuple[Argument, ...]] = (KERNEL, POOL_STRIDE, PAD, ROUND)

    def output(self, inputs: Sequence[Shape], check: Check) -> Shape:
        shape = self.arrives(inputs)
        if self.pad not in ("same", "same_lower"):
            self._check_padding(shape, check)
        return shape.with_spatial(self.slide(shape, check))

    def _check_padding(self, shape: Shape, check: Check) -> None:
        for window in self.windows((shape,)):
            limit = formulas.pool_padding_limit(window.kernel)
            for side in window.padding:
                check.require(
                    side,
                    "<=",
                    limit,
                    "a pool's padding must be at most half its window",
                    lambda side=side, limit=limit, window=window: LayerProblem(  # type: ignore[misc]
                        f"padding {side} is more than half of a pool's window of {window.kernel}",
                        argument="pad",
                        help=f"at most pad={limit}: a window may not see padding only",
                    ),
                )

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        return Weights()

    def count_macs(self, inputs: Sequence[Shape], output: Shape) -> Any:
        return 0

    def count_connections(self, inputs: Sequence[Shape], output: Shape) -> Any:
        return 0


class MaxPool(Pool):
    """The largest value of each window; padding never is."""

    kind = "maxpool"
    aliases: ClassVar[dict[str, int | None]] = {"maxpool1d": 1, "maxpool2d": 2, "maxpool3d": 3}
    arguments = (KERNEL, POOL_STRIDE, PAD, DILATION, ROUND)


class AvgPool(Pool):
    """The average of each window; `count_pad` says whether padding counts among its pixels."""

    kind = "avgpool"
    aliases: ClassVar[dict[str, int | None]] = {"avgpool1d": 1, "avgpool2d": 2, "avgpool3d": 3}
    arguments = (
        KERNEL,
        POOL_STRIDE,
        PAD,
        ROUND,
        optional("count_pad", Flag(), True, "whether zeros of the padding count in the average"),
    )


class LpPool(Pool):
    """The p-norm of each window, p = `norm`."""

    kind = "lppool"
    arguments = (
        KERNEL,
        POOL_STRIDE,
        PAD,
        ROUND,
        optional("norm", Count(), 2, "the p of the p-norm"),
    )


class Subsample(Pool):
    """LeNet's trainable average: a window's sum times a coefficient, plus a bias, one a map."""

    kind = "subsample"

    def count_weights(self, inputs: Sequence[Shape]) -> Weights:
        return Weights(inputs[0].depth, inputs[0].depth)

    def count_connections(self, inputs: Sequence[Shape], output: Shape) -> Any:
        kernel = [window.kernel for window in self.windows(inputs)]
        return formulas.subsample_connections(formulas.elements(output.sizes), kernel)
