"""Names of layers in reports: paths of labels and def calls, unlabelled layers numbered by kind."""

from __future__ import annotations

from collections import Counter

from convcalc.graph.graph import Group


class Level:
    """A labelled block or a def call while the graph is built, or the whole file.

    `entries` are its layers and levels in their order: (base name, is it a label, node, level). A
    labelled join with branches is both: its layers make a level, and the node takes the level's
    name.
    """

    __slots__ = ("entries", "first", "last", "name", "output", "text")

    def __init__(self, text: str, first: int) -> None:
        self.text = text
        self.name = ""
        self.first = first
        self.last = first
        self.output = -1
        self.entries: list[tuple[str, bool, int | None, Level | None]] = []


def assign(root: Level, count: int) -> tuple[tuple[str, ...], tuple[Group, ...]]:
    """The name of each of `count` nodes, and the groups in the order of their first nodes, outer
    ones first.
    """
    names = [""] * count
    groups: list[Group] = []
    _assign(root, "", names, groups)
    return tuple(names), tuple(groups)


def _assign(level: Level, path: str, names: list[str], groups: list[Group]) -> None:
    for name, (_, _, node, inner) in zip(_unique(level), level.entries, strict=True):
        if node is not None:
            names[node] = path + name
        if inner is not None:
            inner.name = path + name
            if inner.last > inner.first:
                groups.append(Group(path + name, inner.text, inner.first, inner.last, inner.output))
            _assign(inner, f"{path}{name}/", names, groups)


def _unique(level: Level) -> list[str]:
    """A name for each entry of a level: a label set once as it is, everything else numbered."""
    labels = Counter(base for base, labelled, _, _ in level.entries if labelled)
    inputs = sum(base == "input" and not labelled for base, labelled, _, _ in level.entries)
    alone = {base for base, times in labels.items() if times == 1}
    if inputs == 1 and "input" not in labels:
        alone.add("input")
    taken = set(alone)
    counters: Counter[str] = Counter()
    result = []
    for base, labelled, _, _ in level.entries:
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
