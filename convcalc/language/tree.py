"""The syntax tree of a spec.

Every node knows its span; spans don't take part in equality, so that two texts that mean the same
have equal trees. `convcalc.language.parser` has the grammar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, dataclass_transform

from convcalc.source import Span

if TYPE_CHECKING:
    from fractions import Fraction

NOWHERE = Span(0, 0)
"""The span of a node that was made by a program, not read from a text."""


T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(cls: type[T]) -> type[T]:
    """A frozen dataclass to the type checker.

    Enforcing it while running, for as many classes, would take a fifth of a small network's table.
    """
    return dataclass(slots=True, eq=False, repr=False)(cls)


class Node:
    """What every node has: equality, hash and text of its fields but for the span."""

    __slots__: tuple[str, ...] = ()

    def _meaning(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__ if name != "span")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Node) and type(other) is type(self):
            return self._meaning() == other._meaning()
        return NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self._meaning()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._meaning()))})"


@node
class Number(Node):
    """``64``, ``0.75``: exact; an int where it is whole."""

    value: int | Fraction
    span: Span = field(default=NOWHERE)


@node
class Name(Node):
    """``mid``, ``H``, ``same``: what it stands for is decided when the graph is built."""

    name: str
    span: Span = field(default=NOWHERE)


@node
class Hole(Node):
    """``?``: a blank to be asked for or a number to be solved."""

    span: Span = field(default=NOWHERE)


@node
class Reference(Node):
    """``@name``: the value that a label names."""

    name: str
    span: Span = field(default=NOWHERE)


@node
class Negate(Node):
    """``-operand``"""

    operand: Expression
    span: Span = field(default=NOWHERE)


@node
class Binary(Node):
    """``left operator right``; the operator is one of ``+ - * / // **``."""

    operator: str
    left: Expression
    right: Expression
    span: Span = field(default=NOWHERE)


@node
class Call(Node):
    """``min(a, b)``"""

    function: str
    arguments: tuple[Expression, ...]
    span: Span = field(default=NOWHERE)


@node
class Pair(Node):
    """One axis of dims: ``3``, or ``before:after``. (`second` is None where there is no colon.)"""

    first: Expression
    second: Expression | None = None
    span: Span = field(default=NOWHERE)


@node
class Dims(Node):
    """``3x224x224``, ``0:1x2:3``, ``0:1``: at least two pairs, or one with a colon."""

    pairs: tuple[Pair, ...]
    span: Span = field(default=NOWHERE)


Expression: TypeAlias = Number | Name | Hole | Negate | Binary | Call
"""What stands in a sum or between the ``x`` of dims. (A hole stands alone.)"""
Argument: TypeAlias = Number | Name | Hole | Negate | Binary | Call | Reference | Dims


@node
class Option(Node):
    """``name=value``"""

    name: str
    value: Argument
    span: Span = field(default=NOWHERE)


@node
class Answer(Node):
    """``-> 6x28x28 params=156``: what is expected of an action; a `Hole` is a blank to be asked
    for.
    """

    shape: Argument | None
    options: tuple[Option, ...]
    span: Span = field(default=NOWHERE)


@node
class Block(Node):
    """``{ statements }``"""

    statements: tuple[Statement, ...]
    span: Span = field(default=NOWHERE)


@node
class Freeze(Node):
    """``freeze { … }``: parameters inside are not trained."""

    block: Block
    span: Span = field(default=NOWHERE)


@node
class Side(Node):
    """``side { … }``: a head hung off the current layer."""

    block: Block
    span: Span = field(default=NOWHERE)


@node
class Repeat(Node):
    """``repeat count [as index] { … }``; the index counts from 0."""

    count: Argument
    index: str | None
    block: Block
    span: Span = field(default=NOWHERE)


@node
class Join(Node):
    """``add { a | b }``, ``concat fit=crop @a``: `references` or `branches`, the other is empty."""

    kind: str
    options: tuple[Option, ...]
    references: tuple[Reference, ...]
    branches: tuple[Block, ...]
    span: Span = field(default=NOWHERE)


@node
class From(Node):
    """``from @a``: go on from there."""

    reference: Reference
    span: Span = field(default=NOWHERE)


@node
class Reuse(Node):
    """``reuse @a``: run that layer or block again with the same weights."""

    reference: Reference
    span: Span = field(default=NOWHERE)


@node
class Apply(Node):
    """``name arguments option=value``: a layer, a def, or a parameter that holds one."""

    name: str
    arguments: tuple[Argument, ...]
    options: tuple[Option, ...]
    span: Span = field(default=NOWHERE)


Action: TypeAlias = Block | Freeze | Side | Repeat | Join | From | Reuse | Apply


@node
class Step(Node):
    """``label: action -> answer``"""

    label: str | None
    action: Action
    answer: Answer | None
    span: Span = field(default=NOWHERE)


@node
class Title(Node):
    """``title "ResNet-50"``"""

    text: str
    span: Span = field(default=NOWHERE)


@node
class Layout(Node):
    """``layout hwc``"""

    name: str
    span: Span = field(default=NOWHERE)


@node
class Symbols(Node):
    """``symbol F S``"""

    names: tuple[str, ...]
    span: Span = field(default=NOWHERE)


@node
class Let(Node):
    """``let name = value``"""

    name: str
    value: Argument
    span: Span = field(default=NOWHERE)


@node
class Parameter(Node):
    """A def's parameter: ``mid``, or with a default ``s=1``."""

    name: str
    default: Argument | None
    span: Span = field(default=NOWHERE)


@node
class Define(Node):
    """``def name parameters { … }``"""

    name: str
    parameters: tuple[Parameter, ...]
    body: Block
    span: Span = field(default=NOWHERE)


@node
class Broken(Node):
    """A statement that could not be parsed (already reported), so that the rest can still be
    checked.
    """

    label: str | None
    span: Span = field(default=NOWHERE)


Statement: TypeAlias = Step | Title | Layout | Symbols | Let | Define | Broken


@node
class File(Node):
    """A whole spec."""

    statements: tuple[Statement, ...]
    span: Span = field(default=NOWHERE)


def inside(node: Any, *, without: type[Node] | None = None) -> Iterator[Node]:
    """A node, or the nodes in a tuple, and all that is in them, in the order of the text.

    Nodes of the kind `without`, and what is in them, are left out.
    """
    if isinstance(node, tuple):
        for item in node:
            yield from inside(item, without=without)
    elif isinstance(node, Node) and (without is None or not isinstance(node, without)):
        yield node
        for name in node.__slots__:
            yield from inside(getattr(node, name), without=without)


def declared_symbols(file: File) -> list[str]:
    """The symbols that a spec declares by ``symbol``."""
    declarations = [item for item in file.statements if isinstance(item, Symbols)]
    return [name for item in declarations for name in item.names]
