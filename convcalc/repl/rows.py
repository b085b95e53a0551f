"""What a change did to a network, in rows of text: a layer each, with its output and its costs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.render.summary import messages
from convcalc.render.units import Spelling, bytes_text

if TYPE_CHECKING:
    from convcalc.report import BlockReport, LayerReport, Report

MOST_ROWS = 12
"""More rows than that are put together by blocks, and then cut."""

NAME_WIDTH = 12
OUTPUT_WIDTH = 14
"""The least width of the first columns, so that the rows of one line after another stand below
each other."""


_LABELLED = re.compile(r"(\s*(?:[a-z]+: |\S.*?\s{2,})?)(.*)")


class Row(NamedTuple):
    """A name, a shape, and what else there is to say."""

    name: str
    shape: str
    facts: Sequence[str]


def changes(
    old: Report | None, new: Report | None, spelling: Spelling, width: int | None
) -> Iterator[str]:
    """What is new or different in a report: inputs, layers, wrong answers, notes."""
    if new is None:
        return
    before = {layer.name: _visible(layer) for layer in old.layers} if old else {}
    changed = [
        position
        for position, layer in enumerate(new.layers)
        if before.get(layer.name) != _visible(layer)
    ]
    inputs = [item for item in new.inputs if old is None or item not in old.inputs]
    found = [Row(item.name, spelling.shape(item.shape), ()) for item in inputs]
    found += _rows(new, changed, spelling)
    lines = [list(_wrapped(*row, spelling.dot, width)) for row in _aligned(found)]
    if len(lines) > MOST_ROWS:
        left_out = len(lines) - MOST_ROWS + 1
        lines[MOST_ROWS - 2 : -1] = [[spelling.text(f"… {left_out:,} more; show has them all")]]
    yield from chain.from_iterable(lines)
    known = set(messages(old, spelling)) if old else set()
    for message in messages(new, spelling):
        if message not in known and message.kind != "right":
            yield from _wrapped(f"{message.kind}: ", message.text.split(" "), " ", width)


def summary(report: Report, spelling: Spelling, width: int | None) -> str:
    """A network in a line: its outputs and its sums."""
    if not report.layers:
        return "no layer yet"
    shapes = {item.name: item.shape for item in report.inputs}
    shapes |= {layer.name: layer.output_shape for layer in report.layers}
    if len(report.outputs) == 1:
        facts = [f"output {spelling.shape(shapes[report.outputs[0]])}"]
    else:
        named = [f"{name} {spelling.shape(shapes[name])}" for name in report.outputs[:3]]
        more = f" and {len(report.outputs) - 3:,} more" if len(report.outputs) > 3 else ""
        facts = [f"outputs {', '.join(named)}{more}"]
    count = len(report.layers)
    facts.insert(0, f"{count:,} {'layer' if count == 1 else 'layers'}")
    totals = report.totals
    facts += _costs(totals.parameters.total, totals.macs, spelling)
    peak = totals.peak_activation_bytes
    if isinstance(peak, int):
        facts.append(f"at most {bytes_text(peak)} alive at once")
    return "\n".join(_wrapped("", facts, spelling.dot, width))


def fitted(text: str, width: int | None) -> str:
    """A text with its long lines broken at blanks, but for lines quoted from a network.

    A line goes on below what stands behind its label: ``help: …``, ``undo      …``.
    """
    if width is None:
        return text
    lines: list[str] = []
    for line in text.split("\n"):
        if len(line) <= width or " | " in line[:10]:
            lines.append(line)
            continue
        label, rest = _LABELLED.fullmatch(line).groups()  # type: ignore[union-attr] # it fits all
        lines += _wrapped(label, rest.split(" "), " ", width)
    return "\n".join(lines)


def _visible(layer: LayerReport) -> tuple[Any, ...]:
    """What a row shows of a layer, and the layer's own text."""
    return (layer.text, layer.output_shape, layer.window, layer.parameters, layer.macs)


def _rows(report: Report, changed: Sequence[int], spelling: Spelling) -> list[Row]:
    """A row for every changed layer, or where these are many, one for each block of them."""
    if len(changed) <= MOST_ROWS:
        return [_layer(report.layers[position], spelling) for position in changed]
    among = set(changed)
    blocks: dict[int, BlockReport] = {}
    for block in report.blocks:
        inside = range(block.first, block.last)
        if len(inside) > 1 and all(position in among for position in inside):
            largest = blocks.get(block.first)
            if largest is None or largest.last < block.last:
                blocks[block.first] = block
    found = []
    end = 0
    for position in changed:
        if position < end:
            continue
        if position in blocks:
            found.append(_block(report, blocks[position], spelling))
            end = blocks[position].last
        else:
            found.append(_layer(report.layers[position], spelling))
    return found


def _layer(layer: LayerReport, spelling: Spelling) -> Row:
    facts = []
    if layer.window is not None and any(pad != (0, 0) for pad in layer.window.padding):
        facts.append(f"padding {spelling.padding(layer.window.padding)}")
    facts += _costs(layer.parameters.total, layer.macs, spelling)
    if layer.shared_with is not None:
        facts.append(f"weights of {layer.shared_with}")
    return Row(layer.name, spelling.shape(layer.output_shape), facts)


def _block(report: Report, block: BlockReport, spelling: Spelling) -> Row:
    layers = report.layers[block.first : block.last]
    own = [layer.parameters.total for layer in layers]
    facts = [
        f"{len(layers):,} layers",
        *_costs(sum(own), sum([layer.macs for layer in layers]), spelling),
    ]
    return Row(block.name, spelling.shape(block.output_shape), facts)


def _costs(parameters: Any, macs: Any, spelling: Spelling) -> list[str]:
    facts = []
    if parameters != 0:
        what = "parameter" if parameters == 1 else "parameters"
        facts.append(f"{spelling.number(parameters)} {what}")
    if macs != 0:
        facts.append(f"{spelling.number(macs)} {'MAC' if macs == 1 else 'MACs'}")
    return facts


def _aligned(found: Sequence[Row]) -> Iterator[tuple[str, Sequence[str]]]:
    """The beginning of each row, and what comes after it."""
    names = max([NAME_WIDTH, *(len(row.name) for row in found)])
    shapes = max([OUTPUT_WIDTH, *(len(row.shape) for row in found)])
    for row in found:
        yield f"{row.name:<{names}}  {row.shape:>{shapes}}   ", row.facts


def _wrapped(label: str, parts: Sequence[str], join: str, width: int | None) -> Iterator[str]:
    """Parts behind a label, in as many lines as it takes, those after the first indented alike."""
    line = ""
    before = label
    for part in parts:
        if line and width is not None and len(before + line + join + part) > width:
            yield before + line
            before, line = " " * min(len(label), 2 * width // 3), part
        else:
            line = f"{line}{join}{part}" if line else part
    yield (before + line).rstrip()
