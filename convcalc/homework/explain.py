"""Where each number of a layer comes from: formula, values put in, steps, result.

The layer's own rules run on quoted numbers (`convcalc.arithmetic.quoted`): what they calculate is
the working. Nothing is calculated a second time for the explanation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from convcalc.analysis.field import Fields, is_constant
from convcalc.arithmetic import formulas
from convcalc.arithmetic.number import to_data
from convcalc.arithmetic.quoted import Quoted, named
from convcalc.errors import nearest, printable
from convcalc.graph.graph import Graph, Node
from convcalc.layers.arguments import Argument, Count, Padding, PerAxis, Range, Scale
from convcalc.layers.base import Check, Layer, Shape, Window, axis_names
from convcalc.layers.joins import Input, Join
from convcalc.layers.windows import Convolution, Deconv, Windowed

MEANINGS = {
    "n": "input size",
    "F": "window",
    "S": "stride",
    "P": "padding of both sides together",
    "p": "padding on each side",
    "d": "dilation",
    "E": "extent of the dilated window",
    "o": "output_pad",
    "D_filter": "number of filters",
    "G": "groups",
    "M": "multiplier",
    "T": "connected pairs of maps",
    "N": "number of outputs",
    "r": "factor",
    "q": "what the factor is divided by",
    "c": "pixels cropped on each side",
    "a": "first channel",
    "b": "channel after the last",
    "H": "height",
    "W": "width",
    "L": "length",
    "D": "depth",
    "Z": "depth axis",
    "R": "field of one pixel that comes in",
    "J": "pixels of the network's input between two of them",
}
"""What the letters of the formulas stand for."""


def meaning(name: str) -> str:
    """What a letter stands for; ``_in``, ``_out``, ``_2``, ``_before`` say of what."""
    if name in MEANINGS:
        return MEANINGS[name]
    letter, _, index = name.partition("_")
    whose = {"in": "the input's ", "out": "the output's "}
    if letter == "N":
        return f"{whose.get(index, f'part {index} of the ')}length"
    if index in whose:
        return whose[index] + MEANINGS[letter]
    if index in ("before", "after"):
        return MEANINGS[letter].replace("on each side", index)
    if index in AXIS_NAMES:
        return f"{MEANINGS[letter]}, {AXIS_NAMES[index]}"
    return f"{MEANINGS.get(letter, letter)} of part {index}"


AXIS_NAMES = {"H": "height", "W": "width", "L": "length", "Z": "depth axis"}

ARGUMENT_LETTERS = {
    "filters": "D_filter",
    "kernel": "F",
    "stride": "S",
    "dilation": "d",
    "groups": "G",
    "multiplier": "M",
    "connections": "T",
    "units": "N",
    "factor": "r",
    "output_pad": "o",
}

AXIS_LETTERS = ((), ("L",), ("H", "W"), ("Z", "H", "W"))


@dataclass(frozen=True, slots=True)
class Working:
    """How one number comes about.

    `quantity` is "extent", "padding", "size", "depth", "parameters", "buffers", "macs",
    "connections", "receptive_field" or "field_stride"; `axes` are the spatial axes it is about,
    counted from 0, if it is about some.
    """

    quantity: str
    title: str
    expression: Quoted
    axes: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def result(self) -> Any:
        """The number."""
        return self.expression.value

    @property
    def names(self) -> dict[str, Any]:
        """The letters of the formula and their values."""
        return self.expression.leaves()

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        data: dict[str, Any] = {"quantity": self.quantity, "title": self.title}
        if self.axes:
            data["axes"] = list(self.axes)
        return {
            **data,
            "formula": str(self.expression),
            "values": {name: to_data(value) for name, value in self.names.items()},
            "steps": self.expression.steps(),
            "result": to_data(self.result),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """The workings of one layer, and what is to be said in words.

    `same_as` names an earlier layer with the same arguments on the same input, whose workings these
    are too.
    """

    index: int
    name: str
    kind: str
    text: str
    line: int
    input_shapes: tuple[tuple[Any, ...], ...]
    output_shape: tuple[Any, ...]
    workings: tuple[Working, ...]
    remarks: tuple[str, ...] = ()
    same_as: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "index": self.index,
            "name": self.name,
            "kind": self.kind,
            "text": self.text,
            "line": self.line,
            "input_shapes": to_data(self.input_shapes),
            "output_shape": to_data(self.output_shape),
            "workings": [working.to_dict() for working in self.workings],
            "remarks": list(self.remarks),
            "same_as": self.same_as,
        }


class UnknownLayer(LookupError):
    """No layer of the network is called so; `near` is the name most like it, if any, `known` says
    which there are.
    """

    def __init__(self, wanted: str, near: str | None, names: Sequence[str]) -> None:
        super().__init__(f"the network has no layer {printable(wanted)}")
        self.near = near
        more = ", …" if len(names) > 8 else ""
        self.known = f"its layers are {', '.join(names[:8])}{more}"


def explain(graph: Graph, layer: str | None = None) -> tuple[Explanation, ...]:
    """The explanation of every layer, or of those that `layer` names.

    `layer` is a name, the name of a block (all its layers), a number as in the report (from 1), or
    ``:7`` for what stands on line 7 of the spec. Raises `UnknownLayer`.
    """
    numbered = [
        index for index, node in enumerate(graph.nodes) if not isinstance(node.layer, Input)
    ]
    wanted = set(numbered if layer is None else chosen(graph, numbered, layer))
    fields = Fields(graph)
    known: dict[Any, tuple[str, tuple[Working, ...], tuple[str, ...]]] = {}
    found = []
    for number, index in enumerate(numbered, 1):
        if index not in wanted:
            continue
        node = graph.nodes[index]
        shapes = tuple(graph.nodes[source].shape for source in node.inputs)
        key = (node.layer, shapes, node.frozen, node.shared)
        same_as = known[key][0] if key in known else None
        if same_as is None:
            shared = None if node.shared is None else graph.names[node.shared]
            remarks = tuple(remarks_on(node, shapes, shared))
            workings = tuple(workings_of(node.layer, shapes, node.shape, shared=shared is not None))
            known[key] = (graph.names[index], workings, remarks)
        _, workings, remarks = known[key]
        found.append(
            Explanation(
                number,
                graph.names[index],
                node.layer.kind,
                node.layer.text,
                graph.source.position(node.span.start)[0],
                tuple(shape.sizes for shape in shapes),
                node.shape.sizes,
                (*workings, *field_workings(fields, index, node, shapes)),
                (*remarks, *field_remarks(fields, index, node)),
                same_as,
            )
        )
    return tuple(found)


def chosen(graph: Graph, numbered: Sequence[int], layer: str) -> list[int]:
    """The nodes that a name, a block's name, a number or a line means."""
    if layer in graph.names:
        return [graph.names.index(layer)]
    for group in graph.groups:
        if group.name == layer:
            return list(range(group.first, group.last))
    digits = layer.removeprefix(":")
    if digits.isascii() and digits.isdecimal() and len(digits) < 9:
        if layer != digits:
            on_line = [
                index
                for index in numbered
                if graph.source.position(graph.nodes[index].span.start)[0] == int(digits)
            ]
            if on_line:
                return on_line
        elif 1 <= int(digits) <= len(numbered):
            return [numbered[int(digits) - 1]]
    names = [*(graph.names[index] for index in numbered), *(group.name for group in graph.groups)]
    raise UnknownLayer(layer, nearest(layer, names), names)


def workings_of(
    layer: Layer, inputs: Sequence[Shape], output: Shape, *, shared: bool = False
) -> Iterator[Working]:
    """Every working of a layer: window, padding, size, depth, parameters, MACs, connections."""
    rank = output.rank
    apart = quoted_layer(layer, inputs[0].rank, together=False)
    shapes = [quoted_shape(shape, part, together=False) for part, shape in _parts(inputs)]
    if isinstance(apart, Windowed):
        yield from _windows(apart, shapes[0], layer.windows(inputs), rank)
    together = quoted_layer(layer, inputs[0].rank, together=True)
    all_shapes = [quoted_shape(shape, part, together=True) for part, shape in _parts(inputs)]
    if rank:
        yield from _sizes(apart, shapes, inputs, output)
    else:
        yield from _sizes(together, all_shapes, inputs, output)
    shapes = all_shapes
    yield from _counts(together, shapes, output, shared)


def _parts(inputs: Sequence[Shape]) -> list[tuple[str, Shape]]:
    """Each input with what tells it from the others."""
    if len(inputs) == 1:
        return [("in", inputs[0])]
    return [(str(number), shape) for number, shape in enumerate(inputs, 1)]


# --- quoting a layer and its shapes


def quoted_layer(layer: Layer, rank: int, *, together: bool) -> Any:
    """The layer with quoted arguments. Where a formula takes all axes `together`, letters say which
    axis they are of if the axes differ.
    """
    values = [
        _quoted(argument, value, layer, rank, together)
        for argument, value in zip(layer.arguments, layer.values, strict=True)
    ]
    return type(layer)(*values, called=layer.called)


def _quoted(argument: Argument, value: Any, layer: Layer, rank: int, together: bool) -> Any:
    letter = ARGUMENT_LETTERS.get(argument.name, "")
    kind = argument.kind
    if value is None and argument.name == "stride":
        value = layer.kernel  # type: ignore[attr-defined]
    if isinstance(kind, Padding) and isinstance(value, tuple):
        letter = "c" if argument.name == "pixels" else "p"
        pairs = value if len(value) == rank else value * rank
        return tuple(_sides(letter, before, after) for before, after in pairs)
    if isinstance(kind, Scale) and value is not None:
        return tuple(
            (named("r", n), 1 if d == 1 else named("q", d))
            for n, d in (value if len(value) == rank else value * rank)
        )
    if isinstance(kind, Range):
        return (named("a", value[0]), named("b", value[1]))
    if not letter or value is None or value == argument.default == 1:
        return value
    if isinstance(kind, PerAxis):
        if argument.default == value and argument.name in ("dilation", "output_pad"):
            return value
        sizes = value if len(value) == rank else value * rank
        return tuple(
            named(name, size)
            for name, size in zip(_lettered(letter, sizes, together), sizes, strict=True)
        )
    return named(letter, value) if isinstance(kind, Count) else value


def _sides(letter: str, before: Any, after: Any) -> tuple[Quoted, Quoted]:
    if before == after:
        side = named(letter, before)
        return side, side
    return named(f"{letter}_before", before), named(f"{letter}_after", after)


def _lettered(letter: str, sizes: Sequence[Any], together: bool) -> list[str]:
    """A name for each axis' value of an argument."""
    if not together or len(set(sizes)) == 1:
        return [letter] * len(sizes)
    return [f"{letter}_{axis}" for axis in _axis_letters(len(sizes))]


def _axis_letters(rank: int) -> tuple[str, ...]:
    return AXIS_LETTERS[rank] if rank < len(AXIS_LETTERS) else tuple(f"n{i}" for i in range(rank))


def quoted_shape(shape: Shape, part: str, *, together: bool) -> Shape:
    """A shape of quoted sizes. Axes are called H and W where a formula takes them `together`, else
    each is n.
    """
    if shape.rank == 0:
        return Shape(
            (named("N_in" if part == "in" else f"N_{part}", shape.sizes[0]),), shape.varies
        )
    letters = _axis_letters(shape.rank) if together else ("n",) * shape.rank
    if part != "in":
        letters = tuple(f"{letter}_{part}" for letter in letters)
    sizes = [named(letter, size) for letter, size in zip(letters, shape.spatial, strict=True)]
    return Shape((named(f"D_{part}", shape.depth), *sizes), shape.varies)


# --- the workings


def _windows(layer: Any, shape: Shape, given: Sequence[Window], rank: int) -> Iterator[Working]:
    """Extent and padding, each said once for axes that are alike. `given` are the windows of the
    layer as it is.
    """
    windows = layer.windows((shape,))
    extents = [window.extent for window in windows]
    if any(extent.parts for extent in extents):
        yield from _alike("extent", "extent of the window", extents, rank)
    totals = [_total(window) for window in windows]
    if all(not isinstance(total, Quoted) or total == 0 for total in totals):
        return
    lifted = [total if isinstance(total, Quoted) else Quoted(total) for total in totals]
    names = {extent.key: "E" for extent in extents if extent.parts}
    lifted = [total.called(names) for total in lifted]
    word = layer.pad if isinstance(layer.pad, str) else None
    notes = []
    for total, window in zip(lifted, given, strict=True):
        if not isinstance(window.padding, tuple):  # by the size's residue: the remarks have it
            return
        before, after = window.padding
        split = "on each side" if before == after else f"before and {after} after"
        said = f"{before} {split}" + (f" (pad={word})" if word else "")
        if total.value == 0 and word:
            said = f"pad={word} needs no padding here"
        notes.append((said,))
    yield from _alike("padding", "padding, both sides together", lifted, rank, notes)


def _total(window: Window) -> Any:
    """The padding of both sides together: for `same` it comes before its halves."""
    before, after = window.padding
    for half, other in ((before, after), (after, before)):
        if (
            isinstance(half, Quoted)
            and half.operation == "⌊/⌋"
            and half.key != getattr(other, "key", 0)
        ):
            return half.parts[0]
    return before + after


def _sizes(
    layer: Any, shapes: Sequence[Shape], inputs: Sequence[Shape], output: Shape
) -> Iterator[Working]:
    quoted = layer.output(shapes, Check())
    sizes: list[Any] = list(quoted.spatial)
    notes: list[tuple[str, ...]] = [()] * len(sizes)
    if isinstance(layer, Windowed):
        windows = layer.windows(shapes)
        names: dict[Any, str] = {}
        for window in windows:
            if window.extent.parts:
                names[window.extent.key] = "E"
            for total in (_total(window), window.padding[0] + window.padding[1]):
                if isinstance(total, Quoted):
                    names[total.key] = "P"
        sizes = [size.called(names) for size in sizes]
        notes = [
            tuple(rounding(layer, n, window))
            for n, window in zip(inputs[0].spatial, windows, strict=True)
        ]
    lifted = [size if isinstance(size, Quoted) else Quoted(size) for size in sizes]
    before = [getattr(size, "key", None) for size in shapes[0].spatial]
    if [size.key for size in lifted] != before:
        yield from _alike("size", "", lifted, output.rank, notes)
    depth = quoted.sizes[0]
    if isinstance(depth, Quoted) and (depth.parts or depth.name not in ("D_in", "D_1", "N_1")):
        title = "depth" if output.rank else "length"
        yield Working("depth", title, depth.exact())


def _alike(
    quantity: str,
    title: str,
    expressions: Sequence[Quoted],
    rank: int,
    notes: Sequence[tuple[str, ...]] = (),
) -> Iterator[Working]:
    """A working for each axis, one for all axes that are alike."""
    groups: dict[Any, list[int]] = {}
    for axis, expression in enumerate(expressions):
        groups.setdefault((expression.key, notes[axis] if notes else ()), []).append(axis)
    names = axis_names(rank)
    for (_, said), axes in groups.items():
        which = " and ".join(names[axis] for axis in axes)
        full = f"{title}, {which}" if title and len(groups) > 1 else title or which
        yield Working(quantity, full, expressions[axes[0]], tuple(axes), said)


def _counts(layer: Any, shapes: Sequence[Shape], output: Shape, shared: bool) -> Iterator[Working]:
    """Parameters, MACs and connections."""
    held = layer.count_weights(shapes)
    total = held.weights + held.biases
    if isinstance(total, Quoted) and not shared:
        yield Working("parameters", "parameters", total.exact())
    elif total and not shared:
        yield Working("parameters", "parameters", Quoted(total))
    if isinstance(held.buffers, Quoted) and not shared:
        yield Working(
            "buffers", "buffers", held.buffers, (), ("the running mean and variance, not trained",)
        )
    after = _output_shape(layer, output)
    macs = layer.count_macs(shapes, after)
    if isinstance(macs, Quoted):
        yield Working("macs", "MACs", macs.exact())
    connections = layer.count_connections(shapes, after)
    if isinstance(connections, Quoted) and (
        layer.kind == "subsample" or getattr(layer, "connections", None) is not None
    ):
        yield Working("connections", "connections", connections.exact())


def field_workings(
    fields: Fields, index: int, node: Node, inputs: Sequence[Shape]
) -> Iterator[Working]:
    """The receptive field of a window layer, from that of its input."""
    layer = node.layer
    source, state = fields.states[node.inputs[0]], fields.states[index]
    if not isinstance(layer, Windowed) or isinstance(layer, Deconv) or not source or not state:
        return
    sizes, strides = [], []
    rank = inputs[0].rank
    quoted = quoted_layer(layer, rank, together=False)
    windows = quoted.windows((quoted_shape(inputs[0], "in", together=False),))
    for before, after, window in zip(source.axes, state.axes, windows, strict=True):
        if before is None or after is None or before.period != 1 or is_constant(before):
            return
        field, stride = named("R", next(iter(before.sizes()))), named("J", before.shift)
        sizes.append(formulas.field_size(field, window.extent, stride))
        strides.append(formulas.field_stride(stride, window.stride))
    names = {window.extent.key: "E" for window in windows if window.extent.parts}
    yield from _alike(
        "receptive_field", "receptive field", [size.called(names) for size in sizes], rank
    )
    if any(window.stride != 1 for window in windows) or any(a.shift != 1 for a in source.axes if a):
        yield from _alike("field_stride", "receptive field's stride", strides, rank)


def field_remarks(fields: Fields, index: int, node: Node) -> Iterator[str]:
    """The receptive field where it changes in another way than through a window."""
    if isinstance(node.layer, Windowed) and not isinstance(node.layer, Deconv):
        return
    now = fields.report(index)
    before = {fields.report(source) for source in node.inputs}
    if now is None or before == {now}:
        return
    if now.whole:
        if not any(field is not None and field.whole for field in before):
            yield "every output sees the whole input"
        return
    sizes = shape_text_for_people(now.size)
    if {field.size for field in before if field is not None} != {now.size}:
        yield f"receptive field {sizes}" + (" at most" if now.smallest is not None else "")


def _output_shape(layer: Any, output: Shape) -> Shape:
    """The output's shape with letters for its axes."""
    if output.rank == 0:
        return Shape((named("N", output.sizes[0]),), output.varies)
    letters = [f"{letter}_out" for letter in _axis_letters(output.rank)]
    depth = "D_filter" if hasattr(layer, "filters") else "D_out"
    sizes = [named(letter, size) for letter, size in zip(letters, output.spatial, strict=True)]
    return Shape((named(depth, output.depth), *sizes), output.varies)


# --- in words


def rounding(layer: Windowed, n: Any, window: Window) -> Iterator[str]:
    """What becomes of a division that does not go through, and of one that does."""
    extent: Any = getattr(window.extent, "value", window.extent)
    stride: Any = getattr(window.stride, "value", window.stride)
    if isinstance(layer, Deconv) or not all(isinstance(i, int) for i in (n, extent, stride)):
        return
    if layer.pad in ("same", "same_lower"):
        if n % stride:
            yield f"{n} / {stride} = {decimal(n, stride)}, rounded up"
        return
    before, after = (getattr(side, "value", side) for side in window.padding)
    if stride == 1 or not isinstance(before, int) or not isinstance(after, int):
        return
    reach = formulas.padded_size(n, before, after) - extent
    rest = formulas.dropped(n, extent, stride, before + after)
    if window.rounding == "ceil":
        yield from _rounding_up(n, extent, stride, before, after)
    elif rest == 0:
        yield f"{reach} / {stride} = {reach // stride} exactly"
    else:
        said = f"{reach} / {stride} = {decimal(reach, stride)}, rounded down"
        if extent >= stride:
            said += f": {_unseen(rest, after)}"
        yield said


def _rounding_up(n: int, extent: int, stride: int, before: int, after: int) -> Iterator[str]:
    reach = formulas.padded_size(n, before, after) - extent
    rest = reach % stride
    exact = formulas.output_size(n, extent, stride, before + after)
    size = formulas.output_size_ceil(n, extent, stride, before, after)
    if rest == 0:
        yield f"{reach} / {stride} = {reach // stride} exactly, so rounding up adds no window"
    elif size > exact:
        yield (
            f"{reach} / {stride} = {decimal(reach, stride)}, rounded up: a last window"
            " reaches beyond the end"
        )
    else:
        yield (
            f"{reach} / {stride} = {decimal(reach, stride)}, but a window that would start in the"
            " padding at the end is dropped"
        )


def _unseen(rest: int, after: int) -> str:
    if rest <= after:
        return f"only {_pixels(rest)} of padding at the end {_is(rest)} never seen"
    lost = rest - after
    padding = " and the padding at the end" if after else ""
    return f"the last {_pixels(lost)}{padding} {'are' if after else _is(lost)} never seen"


def _pixels(count: int) -> str:
    return f"{count} pixel{'s' * (count != 1)}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def decimal(numerator: int, denominator: int) -> str:
    """A quotient to two digits: 53.25, 106.67."""
    hundredths = (200 * numerator + denominator) // (2 * denominator)
    return f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")


def remarks_on(node: Node, inputs: Sequence[Shape], shared: str | None) -> Iterator[str]:
    """What numbers don't say about a layer."""
    layer, output = node.layer, node.shape
    if isinstance(layer, Join):
        if layer.kind != "concat":
            yield f"{layer.kind} works value by value: the output has the shape of the parts"
        else:
            yield "concat joins the depths; all other sizes agree"
    elif output.sizes == inputs[0].sizes and not isinstance(layer, Windowed):
        yield f"the shape stays {shown(output)}"
    for window in layer.windows(inputs):
        if not isinstance(window.padding, tuple):
            yield f"padding before + after: {window.padding}"
    if layer.kind == "fc" and inputs[0].rank:
        yield f"the {shown(inputs[0])} map is flattened: every output sees all of it"
    if shared is not None:
        yield f"uses the weights of {shared} again: no parameters of its own"
    held = layer.count_weights(inputs)
    if held == (0, 0, 0) and shared is None:
        yield "no parameters"
    elif node.frozen:
        yield "frozen: its parameters are not trained"
    elif isinstance(layer, Convolution) and not layer.bias and shared is None:
        yield "bias=no: weights only"


def shown(shape: Shape) -> str:
    """A shape for people: 96×55×55."""
    return shape_text_for_people(shape.sizes)


def shape_text_for_people(sizes: Sequence[Any]) -> str:
    """Sizes with × between them, formulas in parentheses."""
    texts = [str(size) for size in sizes]
    return "×".join(
        text if text.isalnum() or text[0] + text[-1] in ("⌊⌋", "⌈⌉") else f"({text})"
        for text in texts
    )
