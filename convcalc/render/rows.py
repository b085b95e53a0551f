"""A report's layers and blocks as the rows that tables show.

A row stands for a layer, for a block (its layers follow, one level deeper), for a folded block, or
for layers put together: a convolution with the norm and the activation behind it. Whatever a row
stands for, its numbers are the sums over that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.render import ALL
from convcalc.report import LayerReport, Parameters

if TYPE_CHECKING:
    from convcalc.report import BlockReport, Report

READABLE = 40
"""The most rows that are shown without being asked for."""

ACTIVATIONS = frozenset(
    [
        "relu",
        "relu6",
        "leakyrelu",
        "prelu",
        "elu",
        "selu",
        "gelu",
        "silu",
        "hardswish",
        "hardsigmoid",
        "sigmoid",
        "tanh",
        "softplus",
        "softmax",
        "logsoftmax",
        "mish",
        "dropout",
        "identity",
    ]
)
FOLLOWERS = ACTIVATIONS | {"bn", "ln", "gn", "instancenorm", "lrn"}
"""Kinds that may share the row of the layer they follow."""


class Row(NamedTuple):
    """One row of a table.

    `label` is the last component of its name. `last` says for each level from the top whether no
    sibling follows there; its length is the row's level plus one. `item` has the numbers. `parts`
    are the layers of a layer's row; a block has none, but a `text`. `sources` are the layers it
    reads, where that is not just the row before. `folded` rows stand for `layers` that are not
    shown, in `copies` of another block.
    """

    label: str
    last: tuple[bool, ...]
    item: LayerReport
    parts: tuple[LayerReport, ...] = ()
    text: str = ""
    sources: tuple[str, ...] = ()
    folded: bool = False
    layers: int = 1
    copies: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it is a block whose rows follow."""
        return not self.parts and not self.folded


class Outline(NamedTuple):
    """The rows to show, and what was done to make them few."""

    rows: Iterator[Row]
    folded: bool = False
    merged: bool = False
    counted: bool = False


@dataclass(slots=True, eq=False)
class _Node:
    """`layers[first:last]` of the report: a block with `children`, a layer, or several in one row.

    With `copies` the node stands for so many siblings that are equal to the one called `model`.
    """

    label: str
    path: str
    first: int
    last: int
    block: BlockReport | None = None
    children: Sequence[_Node] = ()
    copies: int = 0
    model: str = ""


def outline(report: Report, depth: int | None = None) -> Outline:
    """The rows of a report, blocks deeper than `depth` folded (0: only the top level is shown).

    Without a depth a small network is shown whole; of a larger one norms and activations join the
    row of their layer, then equal siblings are counted instead of shown, then the deepest blocks
    are folded, until it is readable.
    """
    roots = _flattened(_grown(report))
    level = ALL if depth is None else depth
    if depth is None and not _readable(roots, ALL):
        roots = _merged(report, roots)
        if not _readable(roots, ALL):
            roots = _counted(report, roots)
            level = max(len(last) for _, last in _walk(roots, ALL)) - 1
            while level > 0 and not _readable(roots, level):
                level -= 1
    folded = merged = counted = False
    for node, last in _walk(roots, ALL):
        folded = folded or (bool(node.children) and len(last) > level)
        merged = merged or (not node.children and not node.copies and node.last > node.first + 1)
        counted = counted or node.copies > 0
    return Outline(_rows(report, roots, level), folded, merged, counted)


def _grown(report: Report) -> list[_Node]:
    """The report's blocks as a tree: the nodes at the top."""
    layers = report.layers
    roots: list[_Node] = []
    open_blocks: list[_Node] = []
    position = 0

    def add_layers(end: int) -> None:
        nonlocal position
        siblings = open_blocks[-1].children if open_blocks else roots
        prefix = f"{open_blocks[-1].path}/" if open_blocks else ""
        assert isinstance(siblings, list)
        for index in range(position, end):
            name = layers[index].name
            siblings.append(_Node(name.removeprefix(prefix), name, index, index + 1))
        position = max(position, end)

    def close_blocks(start: int) -> None:
        while open_blocks and open_blocks[-1].last <= start:
            add_layers(open_blocks[-1].last)
            open_blocks.pop()

    for block in sorted(report.blocks, key=lambda b: (b.first, -b.last, len(b.name))):
        if block.first == block.last:
            continue
        close_blocks(block.first)
        add_layers(block.first)
        siblings = open_blocks[-1].children if open_blocks else roots
        prefix = f"{open_blocks[-1].path}/" if open_blocks else ""
        label = block.name.removeprefix(prefix)
        node = _Node(label, block.name, block.first, block.last, block, [])
        assert isinstance(siblings, list)
        siblings.append(node)
        open_blocks.append(node)
    close_blocks(len(layers))
    add_layers(len(layers))
    return roots


def _flattened(nodes: Sequence[_Node]) -> list[_Node]:
    """The tree with every block of only one layer as that layer's row."""
    result = []
    for node in nodes:
        children = _flattened(node.children) if node.children else []
        if len(children) == 1 and not children[0].children:
            only = children[0]
            result.append(_Node(node.label, node.path, only.first, only.last))
        else:
            result.append(_Node(node.label, node.path, node.first, node.last, node.block, children))
    return result


def _walk(nodes: Sequence[_Node], depth: int) -> Iterator[tuple[_Node, tuple[bool, ...]]]:
    """Every node that is shown, with its `Row.last`."""
    stack: list[tuple[Iterator[_Node], int, tuple[bool, ...]]] = [(iter(nodes), len(nodes), ())]
    while stack:
        siblings, left, above = stack.pop()
        for node in siblings:
            left -= 1
            last = (*above, left == 0)
            yield node, last
            if node.children and len(above) < depth:
                stack.append((siblings, left, above))
                stack.append((iter(node.children), len(node.children), last))
                break


def _readable(nodes: Sequence[_Node], depth: int) -> bool:
    return sum(1 for _ in islice(_walk(nodes, depth), READABLE + 1)) <= READABLE


def _merged(report: Report, roots: Sequence[_Node]) -> list[_Node]:
    """The tree with norms and activations on the row of the layer that they follow."""
    layers = report.layers
    uses = dict.fromkeys(report.outputs, 1)
    for layer in layers:
        for name in layer.inputs:
            uses[name] = uses.get(name, 0) + 1

    def follows(node: _Node, before: _Node) -> bool:
        if node.children or before.children:
            return False
        layer, previous = layers[node.first], layers[before.last - 1]
        return (
            layer.kind in FOLLOWERS
            and node.label.removeprefix(layer.kind).lstrip("_").isdecimal()
            and layer.inputs == (previous.name,)
            and uses[previous.name] == 1
            and layer.output_shape == previous.output_shape
            and layer.shared_with is None
        )

    def merge(nodes: Sequence[_Node]) -> list[_Node]:
        result: list[_Node] = []
        for node in nodes:
            if node.children:
                children = merge(node.children)
                if len(children) == 1 and not children[0].children:
                    children = []  # one row with the block's own name says it all
                result.append(
                    _Node(node.label, node.path, node.first, node.last, node.block, children)
                )
            elif result and follows(node, result[-1]):
                before = result[-1]
                result[-1] = _Node(before.label, before.path, before.first, node.last)
            else:
                result.append(node)
        return result

    return merge(roots)


def _counted(report: Report, roots: Sequence[_Node]) -> list[_Node]:
    """The tree with equal siblings counted instead of shown, but for the first."""
    numbers: dict[Any, int] = {}

    def count(nodes: Sequence[_Node]) -> tuple[list[_Node], list[int]]:
        result: list[_Node] = []
        signatures: list[int] = []
        runs: list[list[_Node]] = []
        for node in nodes:
            children, inner = count(node.children)
            key: Any = tuple(inner)
            if not inner:
                key = tuple([_look(layer) for layer in report.layers[node.first : node.last]])
            signature = numbers.setdefault(key, len(numbers))
            shown = _Node(node.label, node.path, node.first, node.last, node.block, children)
            if signatures and signatures[-1] == signature:
                runs[-1].append(shown)
            else:
                runs.append([shown])
            signatures.append(signature)
        for run in runs:
            rows = len(run[0].children) + 1
            if (len(run) - 1) * rows > 2:
                model, first, last = run[0], run[1], run[-1]
                label = _span(first.label, last.label)
                copies = len(run) - 1
                result += [model, _Node(label, first.path, first.first, last.last, last.block)]
                result[-1].copies, result[-1].model = copies, model.label
            else:
                result += run
        return result, signatures

    return count(roots)[0]


def _look(layer: LayerReport) -> tuple[Any, ...]:
    """All of a layer that shows in a table, but for its name."""
    return (
        layer.text,
        layer.input_shapes,
        layer.output_shape,
        layer.window,
        layer.parameters,
        layer.shared_with is None,
    )


def _span(first: str, last: str) -> str:
    """``block3–36`` for block3 and block36."""
    if first == last:
        return first
    stem = first.rstrip("0123456789")
    number = last.removeprefix(stem)
    return f"{first}–{number if number.isdecimal() and stem != first else last}"


def _rows(report: Report, roots: Sequence[_Node], depth: int) -> Iterator[Row]:
    """The rows of a tree, children behind their block, blocks at level `depth` folded."""
    layers = report.layers
    paths: dict[str, str] = {}
    before = report.inputs[0].name if report.inputs else ""
    for node, last in _walk(roots, depth):
        covered = layers[node.first : node.last]
        is_open = bool(node.children) and len(last) <= depth
        is_layer = not node.children and not node.copies
        sources: tuple[str, ...] = ()
        if not is_open:
            if node.path != covered[-1].name:
                paths.update(dict.fromkeys([layer.name for layer in covered], node.path))
            sources = _outside(covered) if len(covered) > 1 else covered[0].inputs
            sources = () if sources == (before,) else sources
            shown = [_relative(paths.get(name, name), node.path) for name in sources]
            sources = tuple(dict.fromkeys(shown))
            before = covered[-1].name
        if is_layer and len(covered) == 1:
            yield Row(node.label, last, covered[0], covered, sources=sources)
            continue
        item = _summed(covered, node)
        if is_layer:
            yield Row(node.label, last, item, covered, sources=sources)
        else:
            yield Row(
                node.label,
                last,
                item,
                (),
                item.text,
                sources,
                not is_open,
                len(covered),
                node.copies,
            )


def _summed(layers: Sequence[LayerReport], node: _Node) -> LayerReport:
    """Several layers as one, with the sums of their numbers."""
    first, last = layers[0], layers[-1]
    own = [layer.parameters for layer in layers]
    is_block = bool(node.children) or node.copies > 0
    return LayerReport(
        index=first.index,
        name=node.path,
        kind="block" if is_block else first.kind,
        text=_block_text(node) if is_block else " + ".join([layer.text for layer in layers]),
        line=first.line,
        column=first.column,
        inputs=_outside(layers),
        input_shapes=first.input_shapes,
        output_shape=node.block.output_shape if node.block else last.output_shape,
        window=None if is_block else first.window,
        parameters=Parameters(
            weights=sum([p.weights for p in own]),
            biases=sum([p.biases for p in own]),
            buffers=sum([p.buffers for p in own]),
            trainable=sum([p.trainable for p in own]),
        ),
        macs=sum([layer.macs for layer in layers]),
        connections=sum([layer.connections for layer in layers]),
        activation_bytes=sum([layer.activation_bytes for layer in layers]),
        receptive_field=None if is_block else last.receptive_field,
    )


def _block_text(node: _Node) -> str:
    if node.copies:
        return f"{node.copies:,} like {node.model}" if node.copies > 1 else f"like {node.model}"
    text = node.block.text if node.block else ""
    return "" if text in ("block", "repeat") else text


def _outside(layers: Sequence[LayerReport]) -> tuple[str, ...]:
    """What these layers read that is not their own."""
    own = {layer.name for layer in layers}
    return tuple(dict.fromkeys(n for layer in layers for n in layer.inputs if n not in own))


def _relative(path: str, name: str) -> str:
    """A path as seen from the block that a layer stands in."""
    start = 0
    while (end := name.find("/", start)) >= 0 and path.startswith(name[start : end + 1], start):
        start = end + 1
    return path[start:]
