"""The columns of every kind of table: what a column is called, and what it says of a layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from convcalc.errors import nearest, printable, wrong
from convcalc.render.rows import Row
from convcalc.render.units import LANGUAGE, Spelling, bytes_text, percent, share
from convcalc.report import LayerReport, Totals

SHORT_OPTIONS = {"kernel": "k", "stride": "s", "dilation": "d", "groups": "g"}
"""Options that a table writes shorter than the report does; the language reads both."""

WITH_WEIGHTS = frozenset(("bn", "ln", "gn", "instancenorm", "prelu", "scale"))
"""Kinds that hold weights without making connections."""


class Column(NamedTuple):
    """One column. `show` gives a cell's text, `value` its bare value for machines.

    `total` says whether the column means something for sums over layers. `bar` draws the value, a
    share, as a bar where the output can. `name` is what to call the column in a sentence.
    """

    key: str
    heading: str
    show: Callable[[LayerReport, Spelling, Totals], str]
    value: Callable[[LayerReport, Totals], Any]
    right: bool = True
    total: bool = False
    bar: bool = False
    name: str = ""


def _count(key: str, heading: str, get: Callable[[LayerReport], Any]) -> Column:
    """A column of numbers that can be added up; a zero says no more than that there is nothing."""

    def show(layer: LayerReport, spelling: Spelling, _totals: Totals) -> str:
        value = get(layer)
        return spelling.nothing if value == 0 else spelling.number(value)

    return Column(key, heading, show, lambda layer, _: get(layer), total=True)


def _share(
    key: str, what: str, get: Callable[[LayerReport], Any], whole: Callable[[Totals], Any]
) -> Column:
    """A column of shares in a total, as percents or as bars."""
    bars = key.endswith("_share")

    def value(layer: LayerReport, totals: Totals) -> float | None:
        part = share(get(layer), whole(totals))
        return None if part is None else round(100 * part, 4)

    return Column(
        key,
        "share",
        lambda layer, _, totals: percent(get(layer), whole(totals)),
        value,
        total=True,
        bar=bars,
        name=f"{what} {'bars' if bars else 'shares'}",
    )


def _text(
    key: str,
    heading: str,
    show: Callable[[LayerReport, Spelling], str],
    right: bool = False,
    value: Callable[[LayerReport], Any] | None = None,
) -> Column:
    """A column of words, shapes or other things that have no sum."""

    def bare(layer: LayerReport, _totals: Totals) -> Any:
        return value(layer) if value else show(layer, LANGUAGE)

    return Column(key, heading, lambda layer, spelling, _: show(layer, spelling), bare, right)


def _windowed(key: str, heading: str) -> Column:
    def show(layer: LayerReport, spelling: Spelling) -> str:
        return spelling.window(getattr(layer.window, key)) if layer.window else ""

    def value(layer: LayerReport) -> str:
        return LANGUAGE.shape(getattr(layer.window, key)) if layer.window else ""

    return _text(key, heading, show, right=True, value=value)


def _memory(layer: LayerReport, spelling: Spelling, _totals: Totals) -> str:
    value = layer.activation_bytes
    if value == 0:
        return spelling.nothing
    return bytes_text(value) if isinstance(value, int) else spelling.number(value)


def _field(layer: LayerReport, spelling: Spelling) -> str:
    """The receptive field's size."""
    field = layer.receptive_field
    if field is None:
        return ""
    return spelling.window(field.size) if spelling.comma else spelling.shape(field.size)


def _input(layer: LayerReport, spelling: Spelling) -> str:
    """The input's shape; of several, each shape once, with how often it comes in."""
    counts: dict[str, int] = {}
    for sizes in layer.input_shapes:
        text = spelling.shape(sizes)
        counts[text] = counts.get(text, 0) + 1
    if len(counts) > 3:
        return f"{len(layer.input_shapes):,} inputs"
    return ", ".join(text if n == 1 else f"{text} ({n:,})" for text, n in counts.items())


COLUMNS: tuple[Column, ...] = (
    _text("index", "#", lambda layer, _: str(layer.index or ""), True, lambda layer: layer.index),
    _text("name", "layer", lambda layer, spelling: spelling.text(layer.name)),
    _text("kind", "kind", lambda layer, _: layer.kind),
    _text("text", "operation", lambda layer, spelling: spelling.text(layer.text)),
    _text(
        "inputs",
        "reads",
        lambda layer, _: ", ".join(layer.inputs),
        value=lambda layer: " ".join(layer.inputs),
    ),
    _text(
        "input",
        "input",
        _input,
        True,
        lambda layer: " ".join(map(LANGUAGE.shape, layer.input_shapes)),
    ),
    _text("output", "output", lambda layer, spelling: spelling.shape(layer.output_shape), True),
    _windowed("kernel", "kernel"),
    _windowed("stride", "stride"),
    _windowed("dilation", "dilation"),
    _text(
        "padding",
        "pad",
        lambda layer, spelling: spelling.padding(layer.window.padding) if layer.window else "",
        True,
        lambda layer: LANGUAGE.each_padding(layer.window.padding) if layer.window else "",
    ),
    _text("field", "field", _field, True),
    _count("parameters", "parameters", lambda layer: layer.parameters.total),
    _share(
        "parameters%",
        "parameter",
        lambda layer: layer.parameters.total,
        lambda totals: totals.parameters.total,
    ),
    _share(
        "parameters_share",
        "parameter",
        lambda layer: layer.parameters.total,
        lambda totals: totals.parameters.total,
    ),
    _count("weights", "weights", lambda layer: layer.parameters.weights),
    _count("biases", "biases", lambda layer: layer.parameters.biases),
    _count("trainable", "trained", lambda layer: layer.parameters.trainable),
    _count("buffers", "buffers", lambda layer: layer.parameters.buffers),
    _count("macs", "MACs", lambda layer: layer.macs),
    _share("macs%", "MAC", lambda layer: layer.macs, lambda totals: totals.macs),
    _share("macs_share", "MAC", lambda layer: layer.macs, lambda totals: totals.macs),
    _count("connections", "connections", lambda layer: layer.connections),
    Column(
        "memory",
        "activations",
        _memory,
        lambda layer, _: layer.activation_bytes,
        total=True,
    ),
    _text("line", "line", lambda layer, _: str(layer.line or ""), True, lambda layer: layer.line),
)

BY_KEY = {column.key: column for column in COLUMNS}
BY_HEADING = {column.heading.lower(): column for column in reversed(COLUMNS) if column.heading}
"""The columns by what stands above them, which may be asked for as well."""


def chosen(keys: Sequence[str]) -> tuple[Column, ...]:
    """The columns of these names, in this order. Raises `SpecError` for one that there is not."""
    every = f"the columns are {', '.join(BY_KEY)}"
    columns = []
    for key in keys:
        column = BY_KEY.get(key) or BY_HEADING.get(key.lower())
        if column is None:
            near = nearest(key, list(BY_KEY))
            raise wrong(
                f"there is no column {printable(key)}" if key else "a column has no name",
                f"did you mean {near}? {every}" if near else every,
            )
        columns.append(column)
    if not columns:
        raise wrong("no column is named", every)
    return tuple(columns)


def operation(
    row: Row,
    spelling: Spelling,
    *,
    padding: bool = True,
    bias: bool = True,
    sources: bool = True,
) -> str:
    """What a row's layers do: ``conv 64 7x7 s=2 + bn + relu``.

    `padding`, `bias` and `sources` say whether these belong to it; sources are the layers it reads,
    where those are not just the row before.
    """
    if row.parts:
        texts = [
            brief(part.text, padding=padding or part.window is None, bias=bias)
            for part in row.parts
        ]
        text = " + ".join(texts) + "".join([f" ({remark})" for remark in _remarks(row.parts[0])])
    else:
        text = row.text
        if row.folded and not row.copies:
            count = f"{row.layers:,} {'layer' if row.layers == 1 else 'layers'}"
            text = (f"{text} ({count})" if sources else text) if text else count
    text = spelling.text(text)
    if row.sources and sources:
        names = [spelling.text(name) for name in row.sources[:3]]
        if len(row.sources) > 3:
            names[2:] = [f"{len(row.sources) - 2:,} more"]
        text = f"{text} {spelling.source}{', '.join(names)}".lstrip()
    return text


def row_cells(row: Row, columns: Sequence[Column], spelling: Spelling, totals: Totals) -> list[str]:
    """A row's cells; its name is the label, and what has a column is not in the operation."""
    padding = BY_KEY["padding"] not in columns
    cells = []
    for column in columns:
        if column.key == "name":
            cells.append(spelling.text(row.label))
        elif column.key == "text":
            cells.append(operation(row, spelling, padding=padding))
        else:
            cells.append(column.show(row.item, spelling, totals))
    return cells


def total_cells(
    total: Row, columns: Sequence[Column], spelling: Spelling, totals: Totals
) -> list[str]:
    """The last row's cells: what can be summed up."""
    cells = []
    for column in columns:
        if column.key == "name":
            cells.append(total.label)
        elif column.total and not column.key.endswith(("%", "_share")):
            cells.append(column.show(total.item, spelling, totals))
        else:
            cells.append("")
    return cells


def _remarks(layer: LayerReport) -> Iterator[str]:
    """What the numbers of a layer's parameters don't say by themselves."""
    if layer.shared_with is not None and (layer.connections != 0 or layer.kind in WITH_WEIGHTS):
        yield f"weights of {layer.shared_with}"
    elif layer.parameters.total != 0 and layer.parameters.trainable == 0:
        yield "frozen"


def brief(text: str, *, padding: bool = True, bias: bool = True) -> str:
    """A layer's text with short option names, without padding or bias where they are not wanted.

    >>> brief("conv 64 7x7 stride=2 pad=3 bias=no", padding=False)
    'conv 64 7x7 s=2 bias=no'
    """
    words = []
    for word in _words(text):
        name, equals, value = word.partition("=")
        if not equals:
            words.append(word)
        elif not ((name in ("pad", "padding") and not padding) or (name == "bias" and not bias)):
            words.append(f"{SHORT_OPTIONS.get(name, name)}={value}")
    return " ".join(words)


def _words(text: str) -> list[str]:
    """A layer's text at its blanks, but for those inside parentheses."""
    if "(" not in text:
        return text.split()
    words, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == " " and depth == 0:
            words.append("")
        else:
            words[-1] += character
    return words
