"""The graph of a network: layers and the edges between them, in an order in which they can run."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.arithmetic.number import Number
from convcalc.layers.base import Layer, Shape
from convcalc.source import Source, Span


class Node(NamedTuple):
    """One layer in its place. `inputs` are the numbers of earlier nodes.

    `calls` are the def calls it stands in, innermost first; `frozen` weights are not trained;
    `shared` is the node whose weights this one uses again.
    """

    layer: Layer
    inputs: tuple[int, ...]
    shape: Shape
    span: Span
    calls: tuple[Span, ...] = ()
    frozen: bool = False
    shared: int | None = None


class Group(NamedTuple):
    """A labelled block or a def call: ``nodes[first:last]``, whose end is the node `output`."""

    name: str
    text: str
    first: int
    last: int
    output: int


class Stated(NamedTuple):
    """A requirement of a node that only some sizes fulfil."""

    node: int
    left: Number
    relation: str
    right: Number
    reason: str


class Answer(NamedTuple):
    """What the spec expects of ``nodes[first:last]``, whose end is the node `output`.

    `expected` has a value for each quantity, None where the blank is to be asked for; `shape` is
    among them.
    """

    name: str
    output: int
    first: int
    last: int
    expected: tuple[tuple[str, Any, Span], ...]


class Remark(NamedTuple):
    """Something in the spec's text that a careful reader would want to know."""

    node: int
    code: str
    text: str


class Graph(NamedTuple):
    """A network: its nodes with a name each, and what the spec says about them."""

    source: Source
    title: str | None
    nodes: tuple[Node, ...]
    names: tuple[str, ...]
    groups: tuple[Group, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    requirements: tuple[Stated, ...]
    answers: tuple[Answer, ...]
    remarks: tuple[Remark, ...]
    symbols: tuple[str, ...]
    layout: str
    freed: tuple[int, ...] = ()
    """What the text says for each symbol, where numbers were taken as unknowns."""
