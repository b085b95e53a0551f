"""The repeats of a spec, and the same spec with another number of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from convcalc.language import tree


def repeats(node: Any) -> Iterator[tree.Repeat]:
    """Every ``repeat`` in a tree, in the order of the text."""
    return (inner for inner in tree.inside(node) if isinstance(inner, tree.Repeat))


def with_count(node: Any, repeat: tree.Repeat, count: int) -> Any:
    """A tree in which one repeat runs `count` times."""
    if isinstance(node, tuple) and not hasattr(node, "_fields"):
        return tuple(with_count(item, repeat, count) for item in node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    if node is repeat:
        return replace(repeat, count=tree.Number(count, repeat.count.span))
    changes = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if (changed := with_count(value, repeat, count)) != value:
            changes[field.name] = changed
    return replace(node, **changes) if changes else node
