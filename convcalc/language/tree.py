"""The syntax tree of a spec.

Every node knows its span; spans don't take part in equality, so that two texts that mean the same
have equal trees. `convcalc.language.parser` has the grammar.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from convcalc.source import Span

if TYPE_CHECKING:
    from fractions import Fraction

NOWHERE = Span(0, 0)
"""The span of a node that was made by a program, not read from a text."""


@dataclass(frozen=True, slots=True)
class Number:
    """``64``, ``0.75``: exact; an int where it is whole."""

    value: int | Fraction
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """``mid``, ``H``, ``same``: what it stands for is decided when the graph is built."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Hole:
    """``?``: a blank to be asked for or a number to be solved."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """``@name``: the value that a label names."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Negate:
    """``-operand``"""

    operand: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """``left operator right``; the operator is one of ``+ - * / // **``."""

    operator: str
    left: Expression
    right: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """``min(a, b)``"""

    function: str
    arguments: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Pair:
    """One axis of dims: ``3``, or ``before:after``. (`second` is None where there is no colon.)"""

    first: Expression
    second: Expression | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Dims:
    """``3x224x224``, ``0:1x2:3``, ``0:1``: at least two pairs, or one with a colon."""

    pairs: tuple[Pair, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Expression: TypeAlias = Number | Name | Hole | Negate | Binary | Call
"""What stands in a sum or between the ``x`` of dims. (A hole stands alone.)"""
Argument: TypeAlias = Number | Name | Hole | Negate | Binary | Call | Reference | Dims


@dataclass(frozen=True, slots=True)
class Option:
    """``name=value``"""

    name: str
    value: Argument
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """``-> 6x28x28 params=156``: what is expected of an action; a `Hole` is a blank to be asked
    for.
    """

    shape: Argument | None
    options: tuple[Option, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """``{ statements }``"""

    statements: tuple[Statement, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Freeze:
    """``freeze { … }``: parameters inside are not trained."""

    block: Block
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Side:
    """``side { … }``: a head hung off the current layer."""

    block: Block
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Repeat:
    """``repeat count [as index] { … }``; the index counts from 0."""

    count: Argument
    index: str | None
    block: Block
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Join:
    """``add { a | b }``, ``concat fit=crop @a``: `references` or `branches`, the other is empty."""

    kind: str
    options: tuple[Option, ...]
    references: tuple[Reference, ...]
    branches: tuple[Block, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class From:
    """``from @a``: go on from there."""

    reference: Reference
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reuse:
    """``reuse @a``: run that layer or block again with the same weights."""

    reference: Reference
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """``name arguments option=value``: a layer, a def, or a parameter that holds one."""

    name: str
    arguments: tuple[Argument, ...]
    options: tuple[Option, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Action: TypeAlias = Block | Freeze | Side | Repeat | Join | From | Reuse | Apply


@dataclass(frozen=True, slots=True)
class Step:
    """``label: action -> answer``"""

    label: str | None
    action: Action
    answer: Answer | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Title:
    """``title "ResNet-50"``"""

    text: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """``layout hwc``"""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Symbols:
    """``symbol F S``"""

    names: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Let:
    """``let name = value``"""

    name: str
    value: Argument
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A def's parameter: ``mid``, or with a default ``s=1``."""

    name: str
    default: Argument | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Define:
    """``def name parameters { … }``"""

    name: str
    parameters: tuple[Parameter, ...]
    body: Block
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Broken:
    """A statement that could not be parsed (already reported), so that the rest can still be
    checked.
    """

    label: str | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Statement: TypeAlias = Step | Title | Layout | Symbols | Let | Define | Broken


@dataclass(frozen=True, slots=True)
class File:
    """A whole spec."""

    statements: tuple[Statement, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)
