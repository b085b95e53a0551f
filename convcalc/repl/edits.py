"""Changes of a network's text: another input shape, another value of a name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import convcalc
from convcalc.errors import SpecError
from convcalc.language import tree
from convcalc.language.parser import parse_argument
from convcalc.source import Source, Span


def with_input(text: str, entry: str) -> str | None:
    """The text with the input shape that an entry states; None where the entry is something else.

    ``input 3x64x64`` is meant for the network's only input, or the one without a label;
    ``left: input 3x64x64`` for that of this label. Where there is none, it is a new input.
    """
    try:
        typed = convcalc.parse(entry).statements
        inputs = list(_inputs(convcalc.parse(text)))
    except SpecError:
        return None
    if len(typed) != 1 or not isinstance(step := typed[0], tree.Step) or not _is_input(step):
        return None
    same = [old for old in inputs if old.label == step.label]
    if step.label is None and len(inputs) == 1:
        same = inputs
    if not same:
        return None
    new = step.action.span
    return _replaced(text, same[0].action.span, entry[new.start : new.end])


def with_setting(text: str, name: str, value: str, symbols: tuple[str, ...]) -> str | None:
    """The text with another value of a let, or with a let for a symbol; None for other names.

    Raises `SpecError` for a value that is none.
    """
    parse_argument(Source(value, f"set {name}"))
    file = convcalc.parse(text)
    for statement in file.statements:
        if isinstance(statement, tree.Let) and statement.name == name:
            return _replaced(text, statement.value.span, value)
        if isinstance(statement, tree.Symbols) and name in statement.names:
            others = [other for other in statement.names if other != name]
            lets = f"let {name} = {value}"
            kept = f"symbol {' '.join(others)}; {lets}" if others else lets
            return _replaced(text, statement.span, kept)
    if name not in symbols:
        return None
    first = next(_inputs(file)).span.start
    line = text.rfind("\n", 0, first) + 1
    return f"{text[:line]}let {name} = {value}\n{text[line:]}"


def settings(words: str) -> dict[str, str]:
    """``width=32 depth = 3`` as a mapping.

    >>> settings("width=32 size = 3x(width + 1)")
    {'width': '32', 'size': '3x(width + 1)'}
    """
    parts = re.split(r"(?:^|\s)([A-Za-z_]\w*)\s*=\s*", f" {words}")
    if parts[0].strip():
        return {}
    return {name: value.strip() for name, value in zip(parts[1::2], parts[2::2], strict=True)}


def _is_input(step: tree.Step) -> bool:
    return isinstance(step.action, tree.Apply) and step.action.name == "input"


def _inputs(file: tree.File) -> Iterator[tree.Step]:
    for statement in file.statements:
        if isinstance(statement, tree.Step) and _is_input(statement):
            yield statement


def _replaced(text: str, span: Span, new: str) -> str:
    return text[: span.start] + new + text[span.end :]
