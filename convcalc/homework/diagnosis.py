"""Which mistakes give a wrong answer, and what would have been right given earlier answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.arithmetic.number import is_rational
from convcalc.graph.graph import Graph, Node
from convcalc.homework.mistakes import Case, Link, Mistake, bytes_of, values
from convcalc.layers.base import Check, LayerProblem, Shape
from convcalc.layers.catalog import LAYERS
from convcalc.layers.pointwise import Learnt, Unchanged
from convcalc.layers.windows import Deconv, Pool, Windowed

MOST_NAMED = 3
"""The most mistakes that are named for one wrong answer."""


class Candidate(NamedTuple):
    """A mistake that gives a wrong answer (or its size or depth, the `part`)."""

    mistake: Mistake
    part: str
    given: Any
    change: float

    @property
    def text(self) -> str:
        """In words: what gives this number."""
        given = self.given
        shown = "×".join(map(_shown, given)) if isinstance(given, tuple) else _shown(given)
        if isinstance(given, tuple) and len(set(given)) == 1:
            shown = _shown(given[0])
        return f"{self.mistake.text} gives {shown}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ":".join(map(_shown, dict.fromkeys(value)))
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    if is_rational(value):
        return f"{float(value):,.4f}".rstrip("0").rstrip(".")
    return str(value)


def equal(a: Any, b: Any) -> bool:
    """Whether two answers are the same, for all values of their symbols."""
    if isinstance(a, tuple) or isinstance(b, tuple):
        return (
            isinstance(a, tuple)
            and isinstance(b, tuple)
            and len(a) == len(b)
            and all(equal(x, y) for x, y in zip(a, b, strict=True))
        )
    if is_rational(a) and is_rational(b):
        return bool(a == b)
    if a is None or b is None:
        return a is b
    from convcalc.arithmetic.comparison import equal_everywhere  # only where there are symbols

    # None: they agree wherever it was tried, and nobody can prove that they do not.
    return equal_everywhere(a, b) is not False


def cases(nodes: Sequence[Node], value_bytes: int) -> list[Case | None]:
    """A case for each node of a graph, None for an input."""
    chains: list[tuple[Link, ...] | None] = []
    result: list[Case | None] = []
    for node in nodes:
        inputs = tuple(nodes[source].shape for source in node.inputs)
        if not inputs:
            chains.append(() if node.shape.rank else None)
            result.append(None)
            continue
        before = chains[node.inputs[0]] if len(node.inputs) == 1 else None
        chain = None
        layer = node.layer
        if before is not None and isinstance(layer, Windowed) and not isinstance(layer, Deconv):
            chain = (*before, Link(layer.windows(inputs), isinstance(layer, Pool)))
        elif before is not None and isinstance(layer, Unchanged | Learnt):
            chain = before
        chains.append(chain)
        result.append(Case(layer, inputs, node.shape, chain, value_bytes))
    return result


def following(
    graph: Graph, stated: Mapping[int, tuple[Any, ...]]
) -> tuple[list[Node], list[Shape]]:
    """The nodes as they are if the shapes `stated` for some of them were right, and the shape that
    each has by its own rule then.
    """
    nodes: list[Node] = []
    by_rule: list[Shape] = []
    for index, node in enumerate(graph.nodes):
        shape = node.shape
        if node.inputs:
            try:
                inputs = tuple(nodes[source].shape for source in node.inputs)
                shape = node.layer.output(inputs, Check())
            except LayerProblem:
                pass  # with that answer it cannot go on: here the true shape does
        by_rule.append(shape)
        if index in stated and len(stated[index]) == len(shape.sizes):
            shape = Shape(stated[index], shape.varies)
        nodes.append(node._replace(shape=shape))
    return nodes, by_rule


def candidates(
    quantity: str, answer: Any, right: Any, found: Sequence[Case | None]
) -> list[Candidate]:
    """The mistakes that give an answer; `found` are the cases of the layers it is about."""
    known = [case for case in found if case is not None]
    if not known:
        return []
    if quantity == "output_shape":
        return list(_in_shape(answer, right, known[-1]))
    if len(known) == 1:
        return list(_matching(quantity, answer, right, values(quantity, known[0])))
    if quantity == "receptive_field":
        return list(_matching(quantity, answer, right, values(quantity, known[-1])))
    return list(_matching(quantity, answer, right, _summed(quantity, known)))


def all_values(
    quantity: str, right: Any, found: Sequence[Case | None]
) -> Iterator[tuple[str, Any, list[Any]]]:
    """What the mistakes that can be made in an answer give: for each part of it (size and depth of
    a shape) what is right there, and the values.
    """
    known = [case for case in found if case is not None]
    if quantity == "output_shape":
        for part, of_it in (("size", right[1:]), ("depth", right[0])):
            yield part, of_it, [value for _, value in values(part, known[-1])]
    elif len(known) == 1 or quantity == "receptive_field":
        yield quantity, right, [value for _, value in values(quantity, known[-1])]
    else:
        yield quantity, right, [value for _, value in _summed(quantity, known)]


def _in_shape(answer: Any, right: Any, case: Case) -> Iterator[Candidate]:
    if len(answer) != len(right):
        return
    if not equal(answer[1:], right[1:]):
        yield from _matching("size", answer[1:], right[1:], values("size", case))
    if not equal(answer[0], right[0]):
        yield from _matching("depth", answer[0], right[0], values("depth", case))


def _matching(
    part: str, answer: Any, right: Any, found: Iterable[tuple[Mistake, Any]]
) -> Iterator[Candidate]:
    for mistake, value in found:
        if equal(value, answer) and not equal(value, right):
            yield Candidate(mistake, part, value, _change(value, right))


def _summed(quantity: str, found: Sequence[Case]) -> Iterator[tuple[Mistake, Any]]:
    """What each mistake gives for several layers together, made in all of them where it can be."""
    sums: dict[str, tuple[Mistake, list[Any]]] = {}
    right = [_right(quantity, case) for case in found]
    if None in right:
        return
    for position, case in enumerate(found):
        for mistake, value in values(quantity, case):
            sums.setdefault(mistake.key, (mistake, list(right)))[1][position] = value
    for mistake, parts in sums.values():
        if not any(isinstance(part, tuple) for part in parts):
            result: Any = 0
            for part in parts:
                result = result + part
            yield mistake, result


def _right(quantity: str, case: Case) -> Any:
    if quantity == "macs":
        return case.layer.count_macs(case.inputs, case.output)
    if quantity == "connections":
        return case.layer.count_connections(case.inputs, case.output)
    if quantity == "activation_bytes":
        return bytes_of(case)
    if quantity in ("parameters", "trainable"):
        held = case.layer.count_weights(case.inputs)
        return held.weights + held.biases
    return None


def _change(value: Any, right: Any) -> float:
    """How much a mistake changes: the largest relative change of a number."""
    if isinstance(value, tuple) and isinstance(right, tuple):
        pairs = zip(value, right, strict=False)
        return max((_change(a, b) for a, b in pairs), default=0.0)
    if not is_rational(value) or not is_rational(right):
        return 0.0
    return abs(float(value - right)) / max(abs(float(right)), 1.0)


def ranked(
    found: Sequence[Candidate], counts: Mapping[str, int]
) -> tuple[tuple[Candidate, ...], bool]:
    """The candidates to name, likeliest first, and whether the first is the only one to name.

    `counts` says how many wrong answers of the sheet a mistake explains. It stands alone if nothing
    else explains the answer, or if it explains clearly more of the sheet than anything else does.
    """
    distinct: dict[tuple[str, str], Candidate] = {}
    for candidate in found:
        distinct.setdefault((candidate.part, candidate.mistake.key), candidate)
    order = sorted(
        distinct.values(),
        key=lambda c: (-counts.get(c.mistake.key, 0), -c.mistake.common, c.change),
    )
    parts = {candidate.part for candidate in order}
    named: list[Candidate] = []
    alone = bool(order)
    for part in sorted(parts, reverse=True):  # the size before the depth
        mine = [candidate for candidate in order if candidate.part == part]
        if len(mine) > 1 and not _clearly_first(mine, counts):
            alone = False
            named += mine[:MOST_NAMED]
        else:
            named.append(mine[0])
    return tuple(named), alone


def _clearly_first(mine: Sequence[Candidate], counts: Mapping[str, int]) -> bool:
    first, second = (counts.get(candidate.mistake.key, 0) for candidate in mine[:2])
    return first >= 3 and first > second


def argument_names(kind: str, places: Sequence[int | str]) -> list[str] | None:
    """What the arguments at some places of a layer are called; None for no layer."""
    layer = LAYERS.get(kind)
    if layer is None:
        return None
    by_place = [argument.name for argument in layer.arguments if argument.place]
    names = []
    for place in places:
        if isinstance(place, int):
            if place >= len(by_place):
                return None
            names.append(by_place[place])
        else:
            found = [a.name for a in layer.arguments if place == a.name or place in a.aliases]
            if not found:
                return None
            names.append(found[0])
    return names
