"""Every formula of convolution arithmetic, once.

Each function is for one axis unless it says otherwise, calculates with any number-like
(`number.Number`), and returns the raw value: whether a size of 0 is an error is the layer's to
judge. Sizes are in pixels of the axis, counts are pure numbers. `extent` is the dilated kernel,
`padding` the sum of both sides.

Sources: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", 2016 (their
relationships are quoted by number); the documentation of PyTorch, TensorFlow and ONNX where they
set the rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcalc.arithmetic.number import Number, ceil_div, maximum, product


def window_extent(kernel: Number, dilation: Number) -> Any:
    """d·(k − 1) + 1: the pixels from a kernel's first tap to its last.

    Kernel k ≥ 1, dilation d ≥ 1. Dumoulin & Visin 2016, section 5.1.

    >>> window_extent(3, 1), window_extent(3, 2)
    (3, 5)
    """
    return dilation * (kernel - 1) + 1


def output_size(n: Number, extent: Number, stride: Number, padding: Number) -> Any:
    """⌊(n + P − e)/s⌋ + 1: how many windows of a convolution or pool fit.

    Input n, extent e, stride s ≥ 1, padding P of both sides together; below 1 where the window does
    not fit. Dumoulin & Visin 2016, relationships 6 and 15 (theirs with P = 2p). Lecture notes that
    print (n − k − 2p)/s + 1 have the sign of the padding wrong.

    >>> output_size(227, 11, 4, 0), output_size(32, 5, 1, 0), output_size(224, 7, 2, 6)
    (55, 28, 112)
    """
    return (n + padding - extent) // stride + 1


def extents_less_padding(n: Number, stride: Number, size: Number) -> tuple[Any, Any]:
    """n − s·m + 1 ≤ e − P ≤ n − s·(m − 1): the windows of which m fit, `output_size` solved for
    e − P.

    >>> extents_less_padding(224, 2, 112), output_size(224, 7, 2, 6), output_size(224, 8, 2, 6)
    ((1, 2), 112, 112)
    """
    return n - stride * size + 1, n - stride * (size - 1)


def unit_stride_padding(n: Number, extent: Number, size: Number) -> Any:
    """m − n + e − 1: the padding of both sides together for an output of m at stride 1.

    `output_size` solved for P; e − 1 keeps the size (Dumoulin & Visin 2016, relationship 3).

    >>> unit_stride_padding(32, 5, 32), output_size(32, 5, 1, 4)
    (4, 32)
    """
    return size - n + extent - 1


def output_size_ceil(
    n: Number, extent: Number, stride: Number, before: Number, after: Number
) -> Any:
    """⌈(n + b − max(e − a − s, 0))/s⌉: windows when rounding up, as pools with `round=ceil` do.

    ⌈(n + b + a − e)/s⌉ + 1, but a last window that would start in the padding after the input is
    dropped (one that would start exactly at its beginning, too). PyTorch documentation, MaxPool2d
    `ceil_mode`. For a padding after the input of at most the extent.

    >>> output_size_ceil(112, 3, 2, 0, 0), output_size_ceil(3, 2, 2, 1, 1)
    (56, 2)
    """
    return ceil_div(n + before - maximum(extent - after - stride, 0), stride)


def pool_padding_limit(kernel: Number) -> Any:
    """⌊k/2⌋: the most padding on one side of a pool, so that no window sees padding only.

    PyTorch's pools refuse more, whatever the dilation.

    >>> pool_padding_limit(3), pool_padding_limit(2)
    (1, 1)
    """
    return kernel // 2


def same_size(n: Number, stride: Number) -> Any:
    """⌈n/s⌉: the output that the padding words `same` and `same_lower` promise.

    TensorFlow documentation of tf.nn ("SAME"), ONNX auto_pad SAME_UPPER and SAME_LOWER.

    >>> same_size(224, 2), same_size(225, 2), same_size(5, 1)
    (112, 113, 5)
    """
    return ceil_div(n, stride)


def same_padding(n: Number, extent: Number, stride: Number) -> Any:
    """max(e − 1 − (n − 1) mod s, 0): the padding of both sides together for an output of ⌈n/s⌉.

    Half of it, rounded down, goes before the input (`same_lower`: after it). Same sources as
    `same_size`.

    >>> same_padding(224, 7, 2), same_padding(225, 3, 2), same_padding(7, 1, 2)
    (5, 2, 0)
    """
    return maximum(extent - 1 - (n - 1) % stride, 0)


def half_padding(extent: Number) -> Any:
    """⌊e/2⌋ on each side: keeps the size for odd kernels at stride 1.

    Dumoulin & Visin 2016, relationship 3 ("half" or "same" padding).

    >>> half_padding(3), half_padding(4)
    (1, 2)
    """
    return extent // 2


def full_padding(extent: Number) -> Any:
    """e − 1 on each side: every partial overlap counts.

    Dumoulin & Visin 2016, relationship 4 ("full" padding); `causal` puts the same before the input
    only.

    >>> full_padding(3)
    2
    """
    return extent - 1


def transposed_size(
    n: Number, extent: Number, stride: Number, padding: Number, output_pad: Number
) -> Any:
    """(n − 1)·s − P + e + o: the output of a transposed convolution.

    Padding P takes pixels away from both sides together, output_pad o adds some at the end.
    Dumoulin & Visin 2016, relationship 14; PyTorch documentation, ConvTranspose2d.

    >>> transposed_size(28, 2, 2, 0, 0), transposed_size(5, 3, 2, 2, 1)
    (56, 10)
    """
    return (n - 1) * stride - padding + extent + output_pad


def transposed_same_padding(extent: Number, stride: Number, output_pad: Number) -> Any:
    """e + o − s: the padding for which a transposed convolution gives n·s.

    Half of it, rounded down, is taken away before, never less than nothing; a negative rest appends
    zeros. TensorFlow documentation, conv2d_transpose ("SAME").

    >>> transposed_same_padding(4, 2, 0), transposed_same_padding(1, 2, 0)
    (2, -1)
    """
    return extent + output_pad - stride


def output_pad_limit(stride: Number, dilation: Number) -> Any:
    """max(s, d) − 1: the largest output_pad; more would append zeros that no input reaches.

    PyTorch documentation, ConvTranspose2d.

    >>> output_pad_limit(2, 1), output_pad_limit(1, 3)
    (1, 2)
    """
    return maximum(stride, dilation) - 1


def scaled_size(n: Number, numerator: Number, denominator: Number) -> Any:
    """⌊n·p/q⌋: the output of an upsampling by p/q. PyTorch documentation, Upsample.

    >>> scaled_size(7, 2, 1), scaled_size(5, 3, 2)
    (14, 7)
    """
    return n * numerator // denominator


def padded_size(n: Number, before: Number, after: Number) -> Any:
    """n + b + a: the size with padding written out (negative padding crops).

    >>> padded_size(224, 3, 3), padded_size(5, -1, 2)
    (230, 6)
    """
    return n + before + after


def dropped(n: Number, extent: Number, stride: Number, padding: Number) -> Any:
    """(n + P − e) mod s: pixels at the end that no window reaches when the size is rounded down.

    Padding counts among them where it lies at the end. Dumoulin & Visin 2016, section 2.4.

    >>> dropped(227, 11, 4, 0), dropped(224, 7, 2, 6)
    (0, 1)
    """
    return (n + padding - extent) % stride


def conv_weights(kernel: Iterable[Number], c_in: Number, c_out: Number, groups: Number = 1) -> Any:
    """∏k · c_in/g · c_out: the weights of a convolution (a transposed one has as many).

    All axes' kernels; each filter sees the depth of its group only. Biases come on top, one a
    filter.

    >>> conv_weights((11, 11), 3, 96), conv_weights((5, 5), 96, 256, 2)
    (34848, 307200)
    """
    return product(kernel) * (c_in // groups) * c_out


def partial_weights(kernel: Iterable[Number], connections: Number) -> Any:
    """∏k · t: the weights of a convolution with a table of t connected pairs of maps.

    LeCun et al. 1998, table I: LeNet-5's C3 has 60 of 6·16 pairs.

    >>> partial_weights((5, 5), 60)
    1500
    """
    return product(kernel) * connections


def dense_weights(inputs: Number, outputs: Number) -> Any:
    """n·m: the weights of a fully connected layer. Biases come on top, one an output.

    >>> dense_weights(4096, 1000)
    4096000
    """
    return inputs * outputs


def window_macs(positions: Number, weights: Number) -> Any:
    """o · w: multiply-accumulates when each weight is used once at every position.

    A convolution's positions are its output pixels (windows over padding count whole), a transposed
    convolution's its input pixels, a fully connected layer has one. Additions of biases are not
    counted.

    >>> window_macs(28 * 28, 150)
    117600
    """
    return positions * weights


def unit_connections(macs: Number, units: Number) -> Any:
    """m + u: connections, as LeNet's paper counts them: every input of a unit, and its bias.

    `units` are the outputs that have a bias. LeCun et al. 1998, section II-B.

    >>> unit_connections(117600, 6 * 28 * 28)
    122304
    """
    return macs + units


def subsample_connections(units: Number, kernel: Iterable[Number]) -> Any:
    """u·(∏k + 1): connections of LeNet's trainable subsampling, a window and a bias a unit.

    LeCun et al. 1998, section II-B: S2 has 5,880.

    >>> subsample_connections(6 * 14 * 14, (2, 2))
    5880
    """
    return units * (product(kernel) + 1)


def elements(shape: Iterable[Number]) -> Any:
    """∏ sizes: the values in a tensor.

    >>> elements((64, 112, 112))
    802816
    """
    return product(shape)


def field_size(size: Number, extent: Number, stride: Number) -> Any:
    """r + (e − 1)·j: the pixels of the network's input that one output of a window layer sees.

    Its inputs see r pixels each and lie j pixels of the network's input apart; at the first layer
    r = j = 1. Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural Networks",
    Distill 2019, equation 2 read forwards.

    >>> field_size(1, 11, 1), field_size(11, 3, 4), field_size(19, 5, 8)
    (11, 19, 51)
    """
    return size + (extent - 1) * stride


def field_stride(field: Number, stride: Number) -> Any:
    """j·s: the pixels of the network's input from what one output sees to what the next one sees.

    Same source, equation 3.

    >>> field_stride(4, 2)
    8
    """
    return field * stride
