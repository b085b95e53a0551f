"""Names of layers in reports: paths of labels and def calls, unlabelled layers numbered by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from convcalc.graph.graph import Group, Node


class Entry(NamedTuple):
    """A layer or a level with its base name; a labelled join with branches is both."""

    base: str
    labelled: bool
    node: int | None
    level: Level | None


class Level:
    """A labelled block or a def call while the graph is built, or the whole file.

    `entries` are its layers and levels in their order; a plain number is an unlabelled layer's
    node, as most are.
    """

    __slots__ = ("entries", "first", "last", "name", "output", "text")

    def __init__(self, text: str, first: int) -> None:
        self.text = text
        self.name = ""
        self.first = first
        self.last = first
        self.output = -1
        self.entries: list[int | Entry] = []


def assign(root: Level, nodes: Sequence[Node]) -> tuple[tuple[str, ...], tuple[Group, ...]]:
    """The name of each node, and the groups in the order of their first nodes, outer ones first."""
    names = [""] * len(nodes)
    groups: list[Group] = []
    _assign(root, "", nodes, names, groups)
    return tuple(names), tuple(groups)


def _assign(
    level: Level, path: str, nodes: Sequence[Node], names: list[str], groups: list[Group]
) -> None:
    for name, entry in zip(_unique(level, nodes), level.entries, strict=True):
        if isinstance(entry, int):
            names[entry] = path + name
            continue
        _, _, node, inner = entry
        if node is not None:
            names[node] = path + name
        if inner is not None:
            inner.name = path + name
            if inner.last > inner.first:
                groups.append(Group(path + name, inner.text, inner.first, inner.last, inner.output))
            _assign(inner, f"{path}{name}/", nodes, names, groups)


def _unique(level: Level, nodes: Sequence[Node]) -> list[str]:
    """A name for each entry of a level: a label set once as it is, everything else numbered."""
    bases = [
        (nodes[entry].layer.kind, False) if isinstance(entry, int) else (entry.base, entry.labelled)
        for entry in level.entries
    ]
    labels = Counter(base for base, labelled in bases if labelled)
    inputs = sum(base == "input" and not labelled for base, labelled in bases)
    alone = {base for base, times in labels.items() if times == 1}
    if inputs == 1 and "input" not in labels:
        alone.add("input")
    taken = set(alone)
    counters: Counter[str] = Counter()
    result = []
    for base, labelled in bases:
        if base in alone and (labelled or base == "input"):
            result.append(base)
            continue
        separator = "_" if base[-1].isdigit() else ""
        while True:
            counters[base] += 1
            name = f"{base}{separator}{counters[base]}"
            if name not in taken:
                break
        taken.add(name)
        result.append(name)
    return result
