"""The catalogue of mistakes: each is the right formula with one thing wrong.

A `Mistake` gives what somebody gets who makes it in a `Case`, None where it cannot be made there.
Its `text` goes before "gives": "counting the padding on one side only gives 54". Where the same
slip happens in several formulas it has the same `key`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from convcalc.arithmetic import formulas
from convcalc.arithmetic.number import ceil_div, product
from convcalc.layers.base import Layer, Shape, Window
from convcalc.layers.joins import Concat, Elementwise
from convcalc.layers.pointwise import BatchNorm, Norm
from convcalc.layers.whole import Fc, Flatten
from convcalc.layers.windows import (
    Convolution,
    Deconv,
    DwConv,
    Pool,
    SepConv,
    Subsample,
    Windowed,
    padding_of,
)


class Link(NamedTuple):
    """A window layer on the way from the network's input: its windows, and whether it is a pool."""

    windows: tuple[Window, ...]
    pool: bool


class Case(NamedTuple):
    """A layer where it stands: what comes in, what comes out (rightly), and the way to it.

    `chain` has the window layers from the network's input to here, None where paths join or a layer
    sees in another way. A value takes `value_bytes`.
    """

    layer: Layer
    inputs: tuple[Shape, ...]
    output: Shape
    chain: tuple[Link, ...] | None = None
    value_bytes: int = 4

    @property
    def shape(self) -> Shape:
        """What comes in first."""
        return self.inputs[0]


class Mistake(NamedTuple):
    """One mistake in a quantity; the larger `common`, the more often it is made."""

    key: str
    text: str
    common: int
    value: Callable[[Case], Any]


class Axis(NamedTuple):
    """One axis of a window layer; `other` is the size of another axis of its input."""

    n: Any
    other: Any
    kernel: Any
    dilation: Any
    extent: Any
    stride: Any
    before: Any
    after: Any
    output_pad: Any = 0

    @property
    def padding(self) -> Any:
        """Both sides together."""
        return self.before + self.after


# --- sizes of windows


def each(rule: Callable[[Axis], Any]) -> Callable[[Case], Any]:
    """A rule for one axis as a rule for all axes of a window layer."""

    def value(case: Case) -> Any:
        sizes = tuple(rule(axis) for axis in axes_of(case))
        return None if None in sizes else sizes

    return value


def axes_of(case: Case) -> Iterator[Axis]:
    """The axes of a window layer."""
    shape, layer = case.shape, case.layer
    assert isinstance(layer, Windowed)
    extra = getattr(layer, "output_pad", (0,))
    for axis, (n, window) in enumerate(zip(shape.spatial, layer.windows(case.inputs), strict=True)):
        others = [size for size in shape.spatial if size != n]
        sides = window.padding if isinstance(window.padding, tuple) else (0, 0)
        yield Axis(
            n,
            others[0] if others else n,
            window.kernel,
            window.dilation,
            window.extent,
            window.stride,
            sides[0],
            sides[1],
            extra[axis] if len(extra) == shape.rank else extra[0],
        )


def quotient(numerator: Any, denominator: Any) -> Any:
    """The exact quotient of two ints; None for formulas, which are not compared unrounded."""
    from fractions import Fraction

    if isinstance(numerator, int) and isinstance(denominator, int):
        return Fraction(numerator, denominator)
    return None


def plus_one(value: Any) -> Any:
    """One more, if there is a value."""
    return None if value is None else value + 1


def slid(n: Any, extent: Any, stride: Any, padding: Any) -> Any:
    """The size formula, with whatever is wrong put in."""
    return formulas.output_size(n, extent, stride, padding)


SIZE = (
    Mistake(
        "no-plus-one",
        "leaving out the + 1 at the end",
        9,
        each(lambda a: slid(a.n, a.extent, a.stride, a.padding) - 1),
    ),
    Mistake(
        "padding-once",
        "counting the padding on one side only",
        8,
        each(lambda a: slid(a.n, a.extent, a.stride, a.before)),
    ),
    Mistake(
        "padding-forgotten",
        "leaving out the padding",
        8,
        each(lambda a: slid(a.n, a.extent, a.stride, 0)),
    ),
    Mistake(
        "dilation-ignored",
        "using the kernel without its dilation",
        9,
        each(lambda a: slid(a.n, a.kernel, a.stride, a.padding)),
    ),
    Mistake(
        "rounded-up",
        "rounding up instead of down",
        6,
        each(lambda a: ceil_div(a.n + a.padding - a.extent, a.stride) + 1),
    ),
    Mistake(
        "stride-ignored",
        "using a stride of 1",
        6,
        each(lambda a: slid(a.n, a.extent, 1, a.padding)),
    ),
    Mistake(
        "padding-subtracted",
        "subtracting the padding instead of adding it",
        5,
        each(lambda a: slid(a.n, a.extent, a.stride, -a.padding)),
    ),
    Mistake(
        "extent-without-minus-one",
        "taking dilation times kernel for the extent, without the - 1 and + 1",
        9,
        each(
            lambda a: (
                slid(a.n, a.dilation * a.kernel, a.stride, a.padding) if a.dilation != 1 else None
            )
        ),
    ),
    Mistake(
        "not-rounded",
        "not rounding the division",
        5,
        each(lambda a: plus_one(quotient(a.n + a.padding - a.extent, a.stride))),
    ),
    Mistake("unchanged", "taking the input's size for the output's", 4, each(lambda a: a.n)),
    Mistake(
        "divided-only",
        "dividing the input's size by the stride, no more",
        6,
        each(lambda a: a.n // a.stride if a.stride != 1 else None),
    ),
    Mistake(
        "other-axis",
        "using the size of the other axis",
        2,
        each(lambda a: slid(a.other, a.extent, a.stride, a.padding)),
    ),
)


def other_rounding(case: Case) -> Any:
    """A pool's size rounded the other way."""
    up = case.layer.round == "ceil"  # type: ignore[attr-defined]
    if up:
        return each(lambda a: slid(a.n, a.extent, a.stride, a.padding))(case)
    return each(lambda a: formulas.output_size_ceil(a.n, a.extent, a.stride, a.before, a.after))(
        case
    )


def pooled(rule: Callable[[Axis, Any], Any]) -> Callable[[Case], Any]:
    """A rule for a pool's axis that takes the size formula with the pool's own rounding: a function
    of (n, extent, stride, before, after).
    """

    def value(case: Case) -> Any:
        if case.layer.round == "ceil":  # type: ignore[attr-defined]
            size: Callable[..., Any] = formulas.output_size_ceil
        else:
            size = _floored
        return each(lambda a: rule(a, size))(case)

    return value


def _floored(n: Any, extent: Any, stride: Any, before: Any, after: Any) -> Any:
    return formulas.output_size(n, extent, stride, before + after)


POOL = (
    Mistake("other-rounding", "rounding the other way", 9, other_rounding),
    Mistake(
        "no-plus-one",
        "leaving out the + 1 at the end",
        8,
        pooled(lambda a, size: size(a.n, a.extent, a.stride, a.before, a.after) - 1),
    ),
    Mistake(
        "stride-as-window",
        "taking the window's size for the stride",
        7,
        pooled(lambda a, size: size(a.n, a.extent, a.kernel, a.before, a.after)),
    ),
    Mistake(
        "stride-ignored",
        "using a stride of 1",
        7,
        pooled(lambda a, size: size(a.n, a.extent, 1, a.before, a.after)),
    ),
    Mistake(
        "padding-forgotten",
        "leaving out the padding",
        6,
        pooled(lambda a, size: size(a.n, a.extent, a.stride, 0, 0)),
    ),
    Mistake(
        "padding-once",
        "counting the padding on one side only",
        5,
        pooled(lambda a, size: size(a.n, a.extent, a.stride, a.before, 0)),
    ),
    Mistake(
        "not-rounded",
        "not rounding the division",
        5,
        each(lambda a: plus_one(quotient(a.n + a.padding - a.extent, a.stride))),
    ),
    Mistake("unchanged", "taking the input's size for the output's", 4, each(lambda a: a.n)),
)

SAME = (
    Mistake("rounded-down", "rounding down instead of up", 9, each(lambda a: a.n // a.stride)),
    Mistake("stride-ignored", "using a stride of 1", 8, each(lambda a: a.n)),
    Mistake(
        "valid-meant",
        "padding nothing, which is pad=valid",
        7,
        each(lambda a: slid(a.n, a.extent, a.stride, 0)),
    ),
    Mistake(
        "half-padding",
        "padding half the kernel on each side, which is pad=half",
        6,
        each(lambda a: slid(a.n, a.extent, a.stride, 2 * formulas.half_padding(a.extent))),
    ),
    Mistake(
        "plus-one-too-many",
        "adding 1 to the quotient",
        5,
        each(lambda a: formulas.same_size(a.n, a.stride) + 1),
    ),
)


def spread(n: Any, axis: Axis, padding: Any, output_pad: Any) -> Any:
    """The size formula of transposed convolution, with whatever is wrong put in."""
    return formulas.transposed_size(n, axis.extent, axis.stride, padding, output_pad)


TRANSPOSED = (
    Mistake(
        "convolution-meant",
        "using the formula of an ordinary convolution",
        9,
        each(lambda a: slid(a.n, a.extent, a.stride, a.padding)),
    ),
    Mistake(
        "times-stride-only", "multiplying by the stride, no more", 8, each(lambda a: a.n * a.stride)
    ),
    Mistake(
        "output-pad-forgotten",
        "leaving out output_pad",
        8,
        each(lambda a: spread(a.n, a, a.padding, 0)),
    ),
    Mistake(
        "padding-once",
        "counting the padding on one side only",
        7,
        each(lambda a: spread(a.n, a, a.before, a.output_pad)),
    ),
    Mistake(
        "padding-forgotten",
        "leaving out the padding",
        7,
        each(lambda a: spread(a.n, a, 0, a.output_pad)),
    ),
    Mistake(
        "padding-added",
        "adding the padding instead of taking it away",
        6,
        each(lambda a: spread(a.n, a, -a.padding, a.output_pad)),
    ),
    Mistake(
        "n-for-n-minus-one",
        "using n instead of n - 1",
        6,
        each(lambda a: spread(a.n + 1, a, a.padding, a.output_pad)),
    ),
    Mistake(
        "stride-ignored",
        "using a stride of 1",
        5,
        each(lambda a: formulas.transposed_size(a.n, a.extent, 1, a.padding, a.output_pad)),
    ),
)


# --- depth, flattening


def changed(layer: Layer, **arguments: Any) -> Any:
    """The layer with other arguments."""
    values = [
        arguments.get(argument.name, value)
        for argument, value in zip(layer.arguments, layer.values, strict=True)
    ]
    return type(layer)(*values, called=layer.called)


def filters_of(case: Case) -> Any:
    """The number of filters of a convolution or the units of a dense layer, else None."""
    return getattr(case.layer, "filters", getattr(case.layer, "units", None))


def depth_unchanged(case: Case) -> Any:
    return (
        case.shape.depth if filters_of(case) is not None or isinstance(case.layer, DwConv) else None
    )


def depth_multiplied(case: Case) -> Any:
    filters = getattr(case.layer, "filters", None)
    return None if filters is None else case.shape.depth * filters


def depth_one(case: Case) -> Any:
    return 1 if isinstance(case.layer, Windowed) else None


def depth_divided(case: Case) -> Any:
    """The filters of one group."""
    groups = getattr(case.layer, "groups", 1)
    filters = getattr(case.layer, "filters", None)
    return None if groups == 1 or filters is None else filters // groups


def depth_first_part(case: Case) -> Any:
    return case.inputs[0].depth if isinstance(case.layer, Concat) else None


def depth_last_part(case: Case) -> Any:
    return case.inputs[-1].depth if isinstance(case.layer, Concat) else None


def depth_summed(case: Case) -> Any:
    """The depths of the parts of an add or mul summed, as concat does."""
    if not isinstance(case.layer, Elementwise):
        return None
    return _total(part.depth for part in case.inputs)


def depth_pooled(case: Case) -> Any:
    """The window applied to the depth too."""
    layer = case.layer
    if not isinstance(layer, Pool):
        return None
    window = layer.windows(case.inputs)[0]
    return slid(case.shape.depth, window.extent, window.stride, 0)


DEPTH = (
    Mistake("depth-unchanged", "keeping the input's depth", 9, depth_unchanged),
    Mistake("depth-summed", "summing the depths, as concat does,", 8, depth_summed),
    Mistake("first-part-only", "counting the depth of the first part only", 7, depth_first_part),
    Mistake("last-part-only", "counting the depth of the last part only", 6, depth_last_part),
    Mistake("depth-pooled", "pooling the depth too", 6, depth_pooled),
    Mistake(
        "depth-multiplied", "multiplying the input's depth by the filters", 5, depth_multiplied
    ),
    Mistake("depth-of-one-group", "counting the filters of one group only", 5, depth_divided),
    Mistake("depth-one", "taking each map to be 1 deep", 4, depth_one),
)


def flattened(rule: Callable[[Shape], Any]) -> Callable[[Case], Any]:
    """A rule for the number of values in a map that is flattened."""

    def value(case: Case) -> Any:
        return rule(case.shape) if isinstance(case.layer, Flatten) and case.shape.rank else None

    return value


FLATTEN = (
    Mistake(
        "map-without-depth", "leaving out the depth", 8, flattened(lambda s: product(s.spatial))
    ),
    Mistake("depth-only", "counting the depth only", 7, flattened(lambda s: s.depth)),
    Mistake(
        "one-side-only",
        "counting one side of the map only",
        7,
        flattened(lambda s: s.depth * s.spatial[0] if s.rank > 1 else None),
    ),
    Mistake(
        "sides-added",
        "adding the sizes instead of multiplying them",
        6,
        flattened(lambda s: _total(s.sizes)),
    ),
)


# --- parameters


def weights_of(case: Case, **arguments: Any) -> Any:
    """The weights of the layer, with other arguments."""
    return changed(case.layer, **arguments).count_weights(case.inputs).weights


def biases_of(case: Case) -> Any:
    return case.layer.count_weights(case.inputs).biases


def is_biased(case: Case) -> bool:
    return bool(getattr(case.layer, "bias", False))


def counted(rule: Callable[[Case], Any], *kinds: type[Any]) -> Callable[[Case], Any]:
    """A rule that holds for some kinds of layers only."""

    def value(case: Case) -> Any:
        return rule(case) if isinstance(case.layer, kinds) else None

    return value


def one_side(case: Case) -> Any:
    """The layer with a kernel of one side only: k instead of k·k."""
    layer: Any = case.layer
    kernel = layer.kernel_on(case.shape)
    if case.shape.rank < 2:
        return None
    return changed(layer, kernel=(kernel[0], *(1,) * (len(kernel) - 1)))


def kernel_not_squared(case: Case) -> Any:
    layer = one_side(case)
    return None if layer is None else layer.count_weights(case.inputs).weights + biases_of(case)


def conv_without_depth(case: Case) -> Any:
    """The weights of a convolution whose filters are taken to be 1 deep."""
    layer: Any = case.layer
    if isinstance(layer, DwConv | SepConv) or getattr(layer, "connections", None) is not None:
        return None
    return formulas.conv_weights(layer.kernel_on(case.shape), 1, layer.filters)


def group_of(case: Case) -> Any:
    """The groups of a grouped convolution, else None."""
    groups = getattr(case.layer, "groups", 1)
    return None if isinstance(groups, int) and groups == 1 else groups


def ungrouped(case: Case) -> Any:
    """The weights as if every filter saw the whole depth."""
    layer: Any = case.layer
    kernel = layer.kernel_on(case.shape)
    if isinstance(layer, DwConv | SepConv):
        return formulas.conv_weights(kernel, case.shape.depth, case.output.depth)
    if getattr(layer, "connections", None) is not None or group_of(case) is not None:
        return formulas.conv_weights(kernel, case.shape.depth, layer.filters)
    return None


def one_filter(case: Case) -> Any:
    """The weights of one filter."""
    layer: Any = case.layer
    if not hasattr(layer, "filters") or isinstance(layer, SepConv):
        return None
    weights = layer.count_weights(case.inputs).weights
    exact = isinstance(weights, int) and weights % layer.filters
    return None if exact else weights // layer.filters


def added(value: Any, more: Any) -> Any:
    """A sum, None where there is nothing to add to."""
    return None if value is None else value + more


def fully_connected(case: Case) -> Any:
    """The parameters as if every output were connected with every input."""
    inputs, outputs = formulas.elements(case.shape.sizes), formulas.elements(case.output.sizes)
    return formulas.dense_weights(inputs, outputs) + (outputs if is_biased(case) else 0)


def dense(rule: Callable[[Shape], Any]) -> Callable[[Case], Any]:
    """The parameters of a dense layer on a map that was flattened wrongly."""

    def value(case: Case) -> Any:
        if not isinstance(case.layer, Fc) or case.shape.rank == 0:
            return None
        inputs = rule(case.shape)
        if inputs is None:
            return None
        return formulas.dense_weights(inputs, case.layer.units) + biases_of(case)

    return value


def pairs_with_biases(case: Case) -> Any:
    """A bias for each connected pair of maps."""
    connections = getattr(case.layer, "connections", None)
    if connections is None:
        return None
    kernel = case.layer.kernel_on(case.shape)  # type: ignore[attr-defined]
    return formulas.partial_weights(kernel, connections) + connections


def normed(rule: Callable[[Case], Any]) -> Callable[[Case], Any]:
    return counted(rule, Norm)


WEIGHED = (Convolution, Fc)

PARAMETERS = (
    Mistake(
        "no-bias",
        "leaving out the biases",
        9,
        counted(lambda c: weights_of(c) if is_biased(c) else None, *WEIGHED),
    ),
    Mistake(
        "input-depth-forgotten",
        "leaving out the input's depth",
        8,
        counted(lambda c: added(conv_without_depth(c), biases_of(c)), Convolution),
    ),
    Mistake(
        "table-ignored",
        "connecting every pair of maps, against the table,",
        8,
        counted(
            lambda c: (
                added(ungrouped(c), biases_of(c))
                if getattr(c.layer, "connections", None) is not None
                else None
            ),
            Convolution,
        ),
    ),
    Mistake(
        "as-full-convolution",
        "counting an ordinary convolution, each filter of the whole depth,",
        8,
        counted(lambda c: added(ungrouped(c), biases_of(c)), DwConv, SepConv),
    ),
    Mistake(
        "bias-despite-none",
        "counting biases in spite of bias=no",
        7,
        counted(
            lambda c: (
                None
                if is_biased(c)
                else weights_of(c) + changed(c.layer, bias=True).count_weights(c.inputs).biases
            ),
            *WEIGHED,
        ),
    ),
    Mistake(
        "one-bias",
        "counting one bias for the whole layer",
        7,
        counted(lambda c: weights_of(c) + 1 if is_biased(c) else None, *WEIGHED),
    ),
    Mistake(
        "groups-ignored",
        "ignoring the groups",
        7,
        counted(
            lambda c: added(ungrouped(c), biases_of(c)) if group_of(c) is not None else None,
            Convolution,
        ),
    ),
    Mistake(
        "kernel-not-squared",
        "counting one side of the kernel only",
        6,
        counted(kernel_not_squared, Convolution),
    ),
    Mistake(
        "filters-forgotten",
        "counting one filter only",
        6,
        counted(lambda c: added(one_filter(c), 1 if is_biased(c) else 0), Convolution),
    ),
    Mistake(
        "biases-of-the-input",
        "counting a bias for each input instead of each output",
        5,
        counted(
            lambda c: (
                weights_of(c)
                + (formulas.elements(c.shape.sizes) if isinstance(c.layer, Fc) else c.shape.depth)
                if is_biased(c)
                else None
            ),
            *WEIGHED,
        ),
    ),
    Mistake(
        "groups-twice",
        "dividing by the groups twice",
        5,
        counted(
            lambda c: (
                weights_of(c) // group_of(c) + biases_of(c) if group_of(c) is not None else None
            ),
            Convolution,
        ),
    ),
    Mistake(
        "connections-given",
        "counting connections, not parameters,",
        5,
        counted(lambda c: c.layer.count_connections(c.inputs, c.output), Convolution, Subsample),
    ),
    Mistake("bias-for-each-pair", "counting a bias for each connected pair", 4, pairs_with_biases),
    Mistake(
        "as-if-fully-connected",
        "connecting every output with every input",
        4,
        counted(fully_connected, Convolution),
    ),
    Mistake(
        "map-without-depth",
        "leaving out the depth when flattening",
        8,
        dense(lambda s: product(s.spatial)),
    ),
    Mistake(
        "depth-only", "counting the depth only, not the whole map,", 7, dense(lambda s: s.depth)
    ),
    Mistake(
        "one-side-only",
        "counting one side of the map only",
        7,
        dense(lambda s: s.depth * s.spatial[0] if s.rank > 1 else None),
    ),
    Mistake(
        "buffers-counted",
        "counting the running mean and variance as parameters",
        9,
        counted(
            lambda c: 4 * c.shape.depth if c.layer.affine else 2 * c.shape.depth,  # type: ignore[attr-defined]
            BatchNorm,
        ),
    ),
    Mistake(
        "one-for-each-map",
        "counting one parameter a map instead of two",
        8,
        counted(lambda c: c.shape.depth, Norm, Subsample),
    ),
    Mistake(
        "norm-of-each-pixel",
        "counting a factor and a bias for each value",
        5,
        normed(lambda c: 2 * formulas.elements(c.shape.sizes)),
    ),
    Mistake("none-at-all", "counting no parameters", 4, counted(lambda _: 0, Norm, Subsample)),
    Mistake(
        "weights-for-each-tap",
        "counting a weight for each pixel of the window",
        6,
        counted(
            lambda c: (product(w.kernel for w in c.layer.windows(c.inputs)) + 1) * c.shape.depth,
            Subsample,
        ),
    ),
)


# --- MACs and connections


def positions_of(case: Case) -> Any:
    """The positions at which a convolution's weights are used."""
    shape = case.shape if isinstance(case.layer, Deconv) else case.output
    return formulas.elements(shape.spatial)


def worked(rule: Callable[[Case], Any]) -> Callable[[Case], Any]:
    """A rule for a convolution's weights, used at each position."""

    def value(case: Case) -> Any:
        if not isinstance(case.layer, Convolution):
            return None
        weights = rule(case)
        return None if weights is None else formulas.window_macs(positions_of(case), weights)

    return value


def on_wrong_positions(case: Case) -> Any:
    """The weights at the positions of the input (transposed: of the output)."""
    if not isinstance(case.layer, Convolution):
        return None
    shape = case.output if isinstance(case.layer, Deconv) else case.shape
    return formulas.window_macs(formulas.elements(shape.spatial), weights_of(case))


def without_stride(case: Case) -> Any:
    """The weights at as many positions as a stride of 1 would have."""
    layer = case.layer
    if not isinstance(layer, Convolution) or isinstance(layer, Deconv):
        return None
    sizes = [slid(axis.n, axis.extent, 1, axis.padding) for axis in axes_of(case)]
    return formulas.window_macs(product(sizes), weights_of(case))


def side_weights(case: Case) -> Any:
    layer = one_side(case)
    return None if layer is None else layer.count_weights(case.inputs).weights


def macs_of(case: Case) -> Any:
    return case.layer.count_macs(case.inputs, case.output)


def filters_forgotten(case: Case) -> Any:
    filters = getattr(case.layer, "filters", None)
    if filters is None or isinstance(case.layer, SepConv):
        return None
    return one_filter(case)


MACS = (
    Mistake(
        "flops", "counting FLOPs, two for each MAC,", 9, counted(lambda c: 2 * macs_of(c), *WEIGHED)
    ),
    Mistake(
        "positions-forgotten",
        "counting each weight once, not at every position,",
        8,
        counted(weights_of, Convolution),
    ),
    Mistake(
        "input-size-used",
        "taking the wrong map's pixels (the input's for a convolution)",
        8,
        on_wrong_positions,
    ),
    Mistake(
        "biases-added",
        "adding the biases",
        7,
        counted(
            lambda c: macs_of(c) + formulas.elements(c.output.sizes) if is_biased(c) else None,
            *WEIGHED,
        ),
    ),
    Mistake(
        "input-depth-forgotten", "leaving out the input's depth", 7, worked(conv_without_depth)
    ),
    Mistake(
        "as-full-convolution",
        "counting an ordinary convolution, each filter of the whole depth,",
        7,
        worked(lambda c: ungrouped(c) if isinstance(c.layer, DwConv | SepConv) else None),
    ),
    Mistake(
        "table-ignored",
        "connecting every pair of maps, against the table,",
        7,
        worked(
            lambda c: ungrouped(c) if getattr(c.layer, "connections", None) is not None else None
        ),
    ),
    Mistake("filters-forgotten", "counting one filter only", 6, worked(filters_forgotten)),
    Mistake("kernel-not-squared", "counting one side of the kernel only", 6, worked(side_weights)),
    Mistake(
        "groups-ignored",
        "ignoring the groups",
        6,
        worked(lambda c: ungrouped(c) if group_of(c) is not None else None),
    ),
    Mistake("stride-ignored", "using a stride of 1", 5, without_stride),
    Mistake(
        "biases-counted-once",
        "adding each bias once",
        3,
        counted(lambda c: macs_of(c) + biases_of(c) if is_biased(c) else None, Convolution),
    ),
)

CONNECTIONS = (
    Mistake(
        "macs-given",
        "leaving out the biases",
        9,
        counted(lambda c: macs_of(c) if is_biased(c) else None, *WEIGHED),
    ),
    Mistake(
        "no-bias",
        "leaving out the biases",
        9,
        counted(
            lambda c: (
                formulas.elements(c.output.sizes)
                * product(w.kernel for w in c.layer.windows(c.inputs))
            ),
            Subsample,
        ),
    ),
    Mistake(
        "positions-forgotten",
        "counting the parameters",
        7,
        counted(lambda c: sum(c.layer.count_weights(c.inputs)[:2]), *WEIGHED, Subsample),
    ),
    Mistake(
        "table-ignored",
        "connecting every pair of maps, against the table,",
        7,
        counted(
            lambda c: (
                changed(c.layer, connections=None).count_connections(c.inputs, c.output)
                if getattr(c.layer, "connections", None) is not None
                else None
            ),
            Convolution,
        ),
    ),
    Mistake(
        "biases-counted-once",
        "adding each bias once, not at every position,",
        6,
        counted(lambda c: macs_of(c) + biases_of(c) if is_biased(c) else None, Convolution),
    ),
    Mistake(
        "as-if-fully-connected",
        "connecting every output with every input",
        5,
        counted(fully_connected, Convolution),
    ),
)


# --- memory


def bytes_of(case: Case) -> Any:
    return 0 if case.layer.view else formulas.elements(case.output.sizes) * case.value_bytes


def stored(rule: Callable[[Case, Any], Any]) -> Callable[[Case], Any]:
    """A rule for the bytes of the output."""
    return lambda case: rule(case, bytes_of(case)) if bytes_of(case) != 0 else None


MEMORY = (
    Mistake(
        "values-not-bytes",
        "counting values, not bytes,",
        9,
        stored(lambda c, _: formulas.elements(c.output.sizes)),
    ),
    Mistake(
        "in-kib", "giving KiB (1,024 bytes), not bytes,", 8, stored(lambda _, b: quotient(b, 1024))
    ),
    Mistake(
        "in-kb", "giving kB (1,000 bytes), not bytes,", 8, stored(lambda _, b: quotient(b, 1000))
    ),
    Mistake(
        "kib-for-kb",
        "taking a KiB for 1,000 bytes",
        7,
        stored(lambda _, b: quotient(b * 1000, 1024)),
    ),
    Mistake(
        "kb-for-kib",
        "taking a kB for 1,024 bytes",
        7,
        stored(lambda _, b: quotient(b * 1024, 1000)),
    ),
    Mistake("bits", "counting bits, not bytes,", 5, stored(lambda _, b: 8 * b)),
    Mistake(
        "input-counted",
        "counting the input, not the output,",
        5,
        stored(lambda c, _: formulas.elements(c.shape.sizes) * c.value_bytes),
    ),
    Mistake(
        "map-without-depth",
        "leaving out the depth",
        5,
        stored(
            lambda c, _: (
                formulas.elements(c.output.spatial) * c.value_bytes if c.output.rank else None
            )
        ),
    ),
)


# --- padding in pixels


def padded(rule: Callable[[Axis], Any]) -> Callable[[Case], Any]:
    """A rule for (before, after) of an axis."""

    def value(case: Case) -> Any:
        if not isinstance(case.layer, Windowed):
            return None
        sides = tuple(rule(axis) for axis in axes_of(case))
        return None if None in sides else sides

    return value


def _unstrided(axis: Axis) -> Any:
    return padding_of("same", axis.n, axis.extent, 1, 0, 1)


PADDING = (
    Mistake(
        "both-sides-on-each",
        "putting the padding of both sides on each side",
        8,
        padded(lambda a: (a.padding, a.padding)),
    ),
    Mistake("stride-ignored", "using a stride of 1", 7, padded(_unstrided)),
    Mistake(
        "odd-pixel-lost",
        "leaving out the odd pixel",
        6,
        padded(
            lambda a: (
                (min(a.before, a.after),) * 2
                if isinstance(a.before, int) and isinstance(a.after, int)
                else None
            )
        ),
    ),
    Mistake(
        "other-side",
        "putting the odd pixel on the other side",
        6,
        padded(lambda a: (a.after, a.before)),
    ),
    Mistake(
        "dilation-ignored",
        "using the kernel without its dilation",
        6,
        padded(lambda a: (formulas.half_padding(a.kernel),) * 2),
    ),
    Mistake(
        "half-padding",
        "padding half the kernel on each side",
        5,
        padded(lambda a: (formulas.half_padding(a.extent),) * 2),
    ),
    Mistake("no-padding", "padding nothing", 3, padded(lambda _: (0, 0))),
)


# --- receptive fields


def seen(rule: Callable[[Sequence[tuple[Window, bool]]], Any]) -> Callable[[Case], Any]:
    """A rule for the windows of one axis from the input on, each with whether it is a pool's."""

    def value(case: Case) -> Any:
        if not case.chain:
            return None
        ranks = range(len(case.chain[0].windows))
        return tuple(rule([(link.windows[i], link.pool) for link in case.chain]) for i in ranks)

    return value


def grown(
    windows: Sequence[tuple[Window, bool]],
    *,
    extent: Callable[[Window], Any] = lambda window: window.extent,
    stride: Callable[[Window], Any] = lambda window: window.stride,
    own: bool = False,
) -> Any:
    """The receptive field of windows one after the other, with other extents or strides put in."""
    size: Any = 1
    step: Any = 1
    for window, _ in windows:
        if own:
            step = formulas.field_stride(step, stride(window))
        size = formulas.field_size(size, extent(window), step)
        if not own:
            step = formulas.field_stride(step, stride(window))
    return size


def last_times_stride(windows: Sequence[tuple[Window, bool]]) -> Any:
    step: Any = 1
    for window, _ in windows[:-1]:
        step = formulas.field_stride(step, window.stride)
    return windows[-1][0].kernel * step


FIELD = (
    Mistake(
        "strides-ignored", "ignoring the strides", 9, seen(lambda w: grown(w, stride=lambda _: 1))
    ),
    Mistake(
        "pools-ignored",
        "ignoring the pools",
        8,
        seen(lambda w: grown([item for item in w if not item[1]])),
    ),
    Mistake(
        "dilation-ignored",
        "using the kernels without their dilation",
        7,
        seen(lambda w: grown(w, extent=lambda window: window.kernel)),
    ),
    Mistake(
        "own-stride-counted",
        "counting each layer's own stride in its field",
        7,
        seen(lambda w: grown(w, own=True)),
    ),
    Mistake(
        "kernel-for-kernel-minus-one",
        "adding k instead of k - 1 for each layer",
        6,
        seen(lambda w: grown(w, extent=lambda window: window.extent + 1)),
    ),
    Mistake(
        "kernels-added", "adding up the kernels", 5, seen(lambda w: _total(x.kernel for x, _ in w))
    ),
    Mistake(
        "kernels-multiplied",
        "multiplying the kernels",
        5,
        seen(lambda w: product(x.kernel for x, _ in w)),
    ),
    Mistake(
        "last-kernel-only",
        "taking the last kernel times the strides before it",
        4,
        seen(last_times_stride),
    ),
)


def _total(numbers: Any) -> Any:
    result: Any = 0
    for number in numbers:
        result = result + number
    return result


# --- looking them up


def size_topic(layer: Layer) -> str | None:
    """Which group of mistakes a layer's sizes have: "size", "pool", "same" or "transposed"."""
    if not isinstance(layer, Windowed):
        return None
    if isinstance(layer, Deconv):
        return "transposed"
    if layer.pad in ("same", "same_lower"):
        return "same"
    return "pool" if isinstance(layer, Pool) else "size"


CATALOGUE: dict[str, tuple[Mistake, ...]] = {
    "size": SIZE,
    "pool": POOL,
    "same": SAME,
    "transposed": TRANSPOSED,
    "depth": DEPTH,
    "flatten": FLATTEN,
    "parameters": PARAMETERS,
    "macs": MACS,
    "connections": CONNECTIONS,
    "activation_bytes": MEMORY,
    "padding": PADDING,
    "receptive_field": FIELD,
}
"""Every mistake, grouped by what it falsifies."""


def topic_of(quantity: str, layer: Layer) -> str | None:
    """The group of mistakes in a quantity of a layer; "size" and "depth" are parts of a shape."""
    if quantity == "size":
        return size_topic(layer)
    if quantity == "depth" and isinstance(layer, Flatten):
        return "flatten"
    if quantity in ("parameters", "trainable"):
        return "parameters"
    return quantity if quantity in CATALOGUE else None


def values(quantity: str, case: Case) -> Iterator[tuple[Mistake, Any]]:
    """What each mistake that can be made in a quantity of a case gives, right values too."""
    topic = topic_of(quantity, case.layer)
    for mistake in CATALOGUE[topic] if topic is not None else ():
        value = mistake.value(case)
        if value is not None:
            yield mistake, value
