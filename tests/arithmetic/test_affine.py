"""The solver's numbers: what they answer, how they split, and that walks with them are exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.arithmetic import formulas
from convcalc.arithmetic.affine import (
    Affine,
    Band,
    Domain,
    Meeting,
    Opaque,
    Part,
    Progression,
    SolvingLimitError,
    Split,
    merged,
    progressions,
    where,
)
from convcalc.arithmetic.number import by_residue, ceil_div, maximum, minimum


def line(slope: int, offset: int, low: int = 1, high: int | None = None) -> Affine:
    return Affine(slope, offset, low, high)


def test_calculating() -> None:
    n = line(6, 4)
    assert n + 3 == 3 + n == line(6, 7)
    assert n - 1 == line(6, 3)
    assert 1 - n == line(-6, -3)
    assert n + line(2, 1) == line(8, 5)
    assert n - line(6, 1) == 3
    assert 2 * n * 3 == line(36, 24)
    assert n * 0 == 0
    assert n // 2 == line(3, 2)
    assert n // -2 == line(-3, -2)
    assert ceil_div(n + 1, 2) == line(3, 3)
    assert n % 3 == 1
    assert n * Fraction(3, 2) // 1 == line(9, 6)
    assert (n // 2) * Fraction(2, 3) // 1 == line(2, 1)
    assert maximum(n, 10) == n
    assert maximum(3, n) == n
    assert minimum(n, 10) == 10
    assert by_residue(n, 2, lambda rest: (rest, "even")) == (0, "even")


def parts_of(calculation: Callable[[], Any]) -> list[Part]:
    with pytest.raises(Split) as caught:
        calculation()
    parts = list(caught.value.parts())
    assert caught.value.count == len(parts)
    return parts


def test_a_division_splits_by_the_rests_that_matter() -> None:
    assert parts_of(lambda: line(2, 1) // 4) == [Part(2, 1, 0, None), Part(2, 0, 1, None)]
    assert parts_of(lambda: line(2, 1) % 3) == [
        Part(3, 1, 0, None),
        Part(3, 2, 0, None),
        Part(3, 0, 1, None),
    ]
    assert parts_of(lambda: line(1, 0, 5, 9) // 2) == [Part(2, 1, 2, 4), Part(2, 0, 3, 4)]


def test_a_division_of_few_sizes_splits_into_these() -> None:
    assert parts_of(lambda: line(1, 0, 7, 9) // 10**9) == [
        Part(10**9, 7, 0, 0),
        Part(10**9, 8, 0, 0),
        Part(10**9, 9, 0, 0),
    ]


def test_a_maximum_splits_where_it_changes_hands() -> None:
    assert parts_of(lambda: maximum(line(2, 0), 7)) == [Part(1, 0, 1, 3), Part(1, 0, 4, None)]
    assert parts_of(lambda: maximum(line(2, 0), 8)) == [Part(1, 0, 1, 3), Part(1, 0, 4, None)]
    assert parts_of(lambda: minimum(line(1, 0), line(2, -5))) == [
        Part(1, 0, 1, 4),
        Part(1, 0, 5, None),
    ]
    assert parts_of(lambda: maximum(line(-1, 9, 2, 20), 0)) == [
        Part(1, 0, 2, 9),
        Part(1, 0, 10, 20),
    ]


@pytest.mark.parametrize(
    ("left", "relation", "right", "answer"),
    [
        (line(2, 0), ">=", 2, True),
        (line(2, 0), ">=", 3, Part(1, 0, 2, None)),
        (line(2, 0), "<=", 1, False),
        (line(2, 0), "<=", 7, Part(1, 0, 1, 3)),
        (line(-2, 9), ">=", 0, Part(1, 0, 1, 4)),
        (line(-2, 9), ">=", 8, False),
        (line(2, 0, 1, 5), ">=", 11, False),
        (line(2, 0), "==", 6, Part(1, 0, 3, 3)),
        (line(2, 0), "==", 5, False),
        (line(2, 0, 4), "==", 6, False),
        (line(2, 0, 1, 2), "==", 6, False),
        (line(-2, 8), "==", line(1, -1), Part(1, 0, 3, 3)),
        (line(2, 3), "==", line(2, 3), True),
        (line(2, 3), "==", line(2, 4), False),
        (line(2, 3), ">=", line(2, 4), False),
        (4, "<=", line(1, 0), Part(1, 0, 4, None)),
        (4, "==", 4, True),
        (3, ">=", 4, False),
    ],
)
def test_where_a_relation_holds(left: Any, relation: str, right: Any, answer: bool | Part) -> None:
    assert where(left, relation, right) == answer


def test_other_axes_are_not_judged() -> None:
    other = Opaque("W")
    assert (other + 1) * 3 // 2 - other == other
    assert 5 - -other == other
    assert maximum(other, 3) == maximum(3, other) == other
    assert where(other, ">=", 3) is True
    assert where(other, "==", Opaque("D")) is True
    assert by_residue(other, 2, lambda rest: rest + 1) == other
    assert line(2, 0) * other == Opaque("W", mixed=True)
    assert line(2, 0) * line(1, 0) == Opaque(mixed=True)
    assert other + Opaque("D") == Opaque("W", "D")


@pytest.mark.parametrize(
    ("compare", "names"),
    [
        (lambda: where(line(1, 0), "==", Opaque("W")), ("W",)),
        (lambda: where(Opaque("W"), ">=", line(1, 0)), ("W",)),
        (lambda: maximum(line(1, 0), Opaque("W")), ("W",)),
        (lambda: maximum(Opaque("W"), line(1, 0)), ("W",)),
        (lambda: where(line(1, 0) * Opaque("W"), "==", 12), ("W",)),
        (lambda: where(line(1, 0) * line(1, 0), "==", 49), ()),
        (lambda: maximum(7 // line(1, 0), 1), ()),
    ],
)
def test_meetings_are_refused(compare: Callable[[], Any], names: tuple[str, ...]) -> None:
    with pytest.raises(Meeting) as caught:
        compare()
    assert caught.value.names == names


# A walk over random graphs, as the module's docstring describes it


class Broken(Exception):
    """A requirement does not hold for any size, or only in `part`."""

    def __init__(self, part: Part | None) -> None:
        self.part = part


Rule = Callable[[list[Any], Callable[[Any, str, Any], None]], Any]


class Node(NamedTuple):
    rule: Rule
    inputs: tuple[int, ...]


def require(left: Any, relation: str, right: Any) -> None:
    answer = where(left, relation, right)
    if answer is not True:
        raise Broken(answer or None)


def solved(nodes: Sequence[Node], limit: int = 20_000) -> tuple[tuple[Progression, ...], int]:
    """The input sizes that work, and how many evaluations it took. Value 0 is the input."""
    last = {source: index for index, node in enumerate(nodes) for source in node.inputs}
    last[len(nodes)] = len(nodes)
    domains, live, count = [Domain.of_sizes()], [0], 0
    for index, node in enumerate(nodes):
        places = [live.index(source) for source in node.inputs]
        kept = [place for place, value in enumerate(live) if last.get(value, -1) > index]
        done = []
        while domains:
            domain = domains.pop()
            count += 1
            assert count < limit
            try:
                value = node.rule([domain.values[place] for place in places], require)
            except Split as split:
                domains += [d for part in split.parts() if (d := domain.within(part)) is not None]
            except Broken as broken:
                if broken.part is not None and (rest := domain.within(broken.part)) is not None:
                    domains.append(rest)
            else:
                done.append(domain.with_values([*(domain.values[place] for place in kept), value]))
        domains = merged(done)
        live = [*(live[place] for place in kept), index + 1]
    return progressions(band for domain in domains for band in domain.bands), count


def works(nodes: Sequence[Node], size: int) -> bool:
    """Whether the graph takes that input size, by calculating it."""

    def demand(left: int, relation: str, right: int) -> None:
        if not {">=": left >= right, "<=": left <= right, "==": left == right}[relation]:
            raise Broken(None)

    values: list[Any] = [size]
    try:
        for node in nodes:
            values.append(node.rule([values[source] for source in node.inputs], demand))
    except Broken:
        return False
    return True


def window(kernel: int, stride: int, padding: int, *, up: bool = False) -> Rule:
    def rule(values: list[Any], demand: Callable[[Any, str, Any], None]) -> Any:
        (n,) = values
        if not up:
            demand(n + 2 * padding, ">=", kernel)
            return formulas.output_size(n, kernel, stride, 2 * padding)
        size = formulas.output_size_ceil(n, kernel, stride, padding, padding)
        demand(size, ">=", 1)
        return size

    return rule


def same(kernel: int, stride: int) -> Rule:
    def rule(values: list[Any], _demand: Callable[[Any, str, Any], None]) -> Any:
        total = by_residue(
            values[0], stride, lambda rest: formulas.same_padding(rest, kernel, stride)
        )
        return formulas.output_size(values[0], kernel, stride, total)

    return rule


def scaled(numerator: int, denominator: int, offset: int = 0) -> Rule:
    def rule(values: list[Any], demand: Callable[[Any, str, Any], None]) -> Any:
        size = formulas.scaled_size(values[0], numerator, denominator) + offset
        demand(size, ">=", 1)
        return size

    return rule


def equal(values: list[Any], demand: Callable[[Any, str, Any], None]) -> Any:
    demand(values[0], "==", values[1])
    return values[0]


def cropped(values: list[Any], demand: Callable[[Any, str, Any], None]) -> Any:
    demand(values[1], ">=", values[0])
    return values[0]


def larger(values: list[Any], _demand: Callable[[Any, str, Any], None]) -> Any:
    return maximum(values[0], values[1])


def mirrored(values: list[Any], demand: Callable[[Any, str, Any], None]) -> Any:
    demand(40 - values[0], ">=", 1)
    return 40 - values[0]


def random_graph(random: Random) -> list[Node]:
    nodes: list[Node] = []
    for _ in range(random.randint(1, 7)):
        index, kind = len(nodes), random.random()
        if kind < 0.6 or index == 0:
            rule = random.choice(
                (
                    window(random.randint(1, 5), random.randint(1, 3), random.randint(0, 1)),
                    window(
                        random.randint(2, 4), random.randint(1, 3), random.randint(0, 1), up=True
                    ),
                    same(random.randint(1, 4), random.randint(1, 3)),
                    scaled(random.randint(1, 4), random.randint(1, 3), random.randint(-2, 2)),
                )
            )
            nodes.append(Node(rule, (random.choice((index, index, random.randint(0, index))),)))
        elif kind < 0.65:
            nodes.append(Node(mirrored, (index,)))
        elif kind < 0.8:
            stride = random.randint(2, 4)
            nodes.append(Node(window(stride, stride, 0), (index,)))
            nodes.append(Node(scaled(stride, 1), (index + 1,)))
            nodes.append(Node(equal, (index + 2, index)))
        else:
            rule = random.choice((equal, cropped, larger))
            nodes.append(Node(rule, (index, random.randint(0, index))))
    return nodes


def test_a_walk_finds_exactly_the_sizes_that_work() -> None:
    random = Random(11)
    finite = endless = 0
    for _ in range(1500):
        nodes = random_graph(random)
        answer, _ = solved(nodes)
        sizes = range(1, 160)
        assert [n for n in sizes if any(n in p for p in answer)] == [
            n for n in sizes if works(nodes, n)
        ]
        for size in random.sample(range(10**6), 5):
            assert any(size in p for p in answer) == works(nodes, size)
        finite += bool(answer) and all(p.last is not None for p in answer)
        endless += any(p.step > 1 and p.last is None for p in answer)
    assert finite > 50
    assert endless > 50


def unet(depth: int, *, padding: int) -> list[Node]:
    nodes: list[Node] = []
    skips = []
    for _ in range(depth):
        nodes += [Node(window(3, 1, padding), (len(nodes) + i,)) for i in range(2)]
        skips.append(len(nodes))
        nodes.append(Node(window(2, 2, 0), (len(nodes),)))
    nodes += [Node(window(3, 1, padding), (len(nodes) + i,)) for i in range(2)]
    for _ in range(depth):
        nodes.append(Node(scaled(2, 1), (len(nodes),)))
        nodes.append(Node(equal if padding else cropped, (len(nodes), skips.pop())))
        nodes += [Node(window(3, 1, padding), (len(nodes) + i,)) for i in range(2)]
    return nodes


def chain(*rules: Rule) -> list[Node]:
    return [Node(rule, (index,)) for index, rule in enumerate(rules)]


@pytest.mark.parametrize(
    ("nodes", "text", "most"),
    [
        (unet(4, padding=1), ["16·t from 16"], 250),
        (unet(4, padding=0), ["every size from 188"], 500),
        (chain(*(window(2, 2, 0) for _ in range(20))), ["every size from 1,048,576"], 100),
        (
            chain(*(window(stride, stride, 0) for stride in range(2, 14))),
            ["every size from 6,227,020,800"],
            150,
        ),
        (chain(*(same(7, stride) for stride in range(2, 14))), ["every size from 1"], 150),
        ([*chain(window(16, 16, 0), scaled(16, 1)), Node(equal, (2, 0))], ["16·t from 16"], 50),
        (
            [Node(window(3, 2, 0), (0,)), Node(window(1, 3, 0), (0,)), Node(equal, (1, 2))],
            ["3", "5 to 8", "10"],
            30,
        ),
        (
            [Node(scaled(5, 1, -9), (0,)), Node(scaled(1, 3), (1,)), Node(larger, (2, 0))],
            ["every size from 3"],
            30,
        ),
        ([Node(scaled(1, 2, -1), (0,)), Node(mirrored, (1,))], ["4 to 81"], 10),
    ],
)
def test_solving_known_networks(nodes: list[Node], text: list[str], most: int) -> None:
    answer, count = solved(nodes)
    assert [str(progression) for progression in answer] == text
    assert count <= most


def test_merging_keeps_domains_few() -> None:
    domains = [
        Domain((Band(2, 0, 0, 1, None),), 1, None, ((2, 0),)),
        Domain((Band(2, 1, 1, 0, None),), 0, None, ((2, 2),)),
        Domain((Band(4, 9, 9, 1, 1),), 1, 1, ((0, 7),)),
    ]
    joined, other = merged(domains)
    assert joined.bands == (Band(2, -1, 0, 1, None),)
    assert joined.values == [line(2, 0)]
    assert other is domains[2]


# Writing the answer


@pytest.mark.parametrize(
    ("bands", "text"),
    [
        ([], []),
        ([Band(1, 0, 0, 188, None)], ["every size from 188"]),
        ([Band(16, 12, 12, 11, None)], ["16·t + 12 from 188"]),
        ([Band(64, 63, 66, 0, None)], ["63 to 66 and every 64 further"]),
        ([Band(1, 0, 0, 63, 66)], ["63 to 66"]),
        ([Band(1, 0, 0, 7, 7)], ["7"]),
        ([Band(16, 0, 0, 1, 100)], ["16·t from 16 to 1,600"]),
        ([Band(16, 0, 2, 1, 100)], ["16 to 18 and every 16 further, up to 1,602"]),
        (
            [Band(2, 0, 0, 2, None), Band(2, 1, 1, 5, None)],
            ["2·t from 4 to 8", "every size from 10"],
        ),
        ([Band(2, 0, 0, 1, None), Band(2, 1, 1, 3, None)], ["2", "4", "every size from 6"]),
        ([Band(6, r, r, 1, None) for r in (0, 2, 4)], ["2·t from 6"]),
        ([Band(2**40, 5, 5, 0, None)], ["1,099,511,627,776·t + 5 from 5"]),
        ([Band(1, 0, 0, 1, 10), Band(2, 0, 0, 6, None)], ["1 to 10", "2·t from 12"]),
        (
            [Band(4, 0, 0, 3, None), Band(1, 0, 0, 4, 4), Band(1, 0, 0, 5, 5)],
            ["4 to 5", "4·t from 12"],
        ),
        ([Band(3, 0, 2, 2, 5), Band(1, 0, 0, 18, 20)], ["6 to 20"]),
        ([Band(3, 0, 2, 2, None), Band(5, 1, 1, 0, None)], ["1", "every size from 6"]),
    ],
)
def test_the_answer_in_words(bands: list[Band], text: list[str]) -> None:
    assert [str(progression) for progression in progressions(bands)] == text


BANDS = st.lists(
    st.builds(
        lambda step, first, width, low, count: Band(
            step, first, first + width, low, None if count is None else low + count
        ),
        st.integers(1, 12),
        st.integers(-5, 12),
        st.integers(0, 4),
        st.integers(1, 6),
        st.none() | st.integers(0, 9),
    ),
    max_size=5,
)


@given(BANDS, st.randoms(use_true_random=False))
def test_answers_hold_exactly_the_sizes_and_are_unique(bands: list[Band], random: Random) -> None:
    sizes = range(-5, 400)
    members = {
        n
        for n in sizes
        for band in bands
        for r in range(band.first, band.last + 1)
        if (n - r) % band.step == 0
        and (n - r) // band.step >= band.low
        and (band.high is None or (n - r) // band.step <= band.high)
    }
    answer = progressions(bands)
    assert {n for n in sizes for p in answer if n in p} == members
    assert sum(n in p for n in sizes for p in answer) == len(members)
    pieces = [
        Band(
            2 * band.step,
            band.first + odd,
            band.last + odd,
            low,
            None if band.high is None else high,
        )
        for band in bands
        for odd, low, high in (
            (0, (band.low + 1) // 2, (band.high or 0) // 2),
            (band.step, band.low // 2, ((band.high or 0) - 1) // 2),
        )
        if band.high is None or low <= high
    ]
    random.shuffle(pieces)
    assert progressions(pieces) == answer


def test_answers_past_the_limit_are_refused() -> None:
    message = "the valid sizes fall into more than 100,000 ranges before they repeat"
    with pytest.raises(SolvingLimitError, match=message):
        progressions([Band(2**20, 1, 1, 0, None), Band(3**13, 1, 1, 0, None)])


def test_a_progression_as_data() -> None:
    (progression,) = progressions([Band(64, 63, 66, 0, None)])
    assert progression.to_dict() == {"first": 63, "step": 64, "width": 4, "last": None}
    assert [n for n in range(1, 140) if n in progression] == [63, 64, 65, 66, 127, 128, 129, 130]
