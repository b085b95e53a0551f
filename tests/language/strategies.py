"""Random syntax trees: what the parser can make, nothing else."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TypeVar

from hypothesis import strategies as st

from convcalc.language import tree
from convcalc.language.parser import FUNCTIONS, MAX_AXES, WORDS

Element = TypeVar("Element")


def several(
    elements: st.SearchStrategy[Element], least: int, most: int
) -> st.SearchStrategy[tuple[Element, ...]]:
    """Tuples of so many elements. (`st.lists` with a least size fails when nested this deeply.)"""
    return st.integers(least, most).flatmap(lambda size: st.tuples(*[elements] * size))


def _one_token(name: str) -> bool:
    """Whether a name is read as a name, not as the beginning of a shape such as Hx3."""
    return re.match(r"[A-Z][A-Z0-9_]*x[0-9A-Z]", name) is None


names = st.one_of(
    st.sampled_from(["mid", "x", "as", "H", "conv", "x3", "ax3", "Conv2d", *WORDS, *FUNCTIONS]),
    st.from_regex(r"[a-cxHX_][a-cxHX_019]{0,4}", fullmatch=True).filter(_one_token),
)
"""Any name, words of the language among them."""
callable_names = names.filter(lambda name: name not in WORDS)
"""Names that a layer or a def may have."""
capitals = st.from_regex(r"[A-CHWX][A-CX_019]{0,3}", fullmatch=True)


@st.composite
def numbers(draw: st.DrawFn) -> tree.Number:
    whole = draw(st.integers(0, 300) | st.integers(0, 10**30))
    places = draw(st.sampled_from([0, 0, 0, 1, 2, 5]))
    value = Fraction(whole, 10**places)
    return tree.Number(value.numerator if value.denominator == 1 else value)


def _larger(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    calls = st.sampled_from(sorted(FUNCTIONS)).flatmap(
        lambda function: st.builds(
            tree.Call,
            st.just(function),
            several(inner, 1, FUNCTIONS[function] or 3),
        )
    )
    operators = st.sampled_from(["+", "-", "*", "/", "//", "**"])
    return st.builds(tree.Binary, operators, inner, inner) | st.builds(tree.Negate, inner) | calls


expressions: st.SearchStrategy[tree.Expression] = st.recursive(
    numbers() | st.builds(tree.Name, names), _larger, max_leaves=8
)
"""Numbers, names and calculations."""

holes = st.builds(tree.Hole)
references = st.builds(tree.Reference, st.from_regex(r"[a-cX_][a-cxX_01]{0,4}", fullmatch=True))

_atoms = st.one_of(numbers(), st.builds(tree.Name, capitals), holes, expressions)
_pairs = st.builds(tree.Pair, _atoms, st.none() | _atoms)
shapes = (
    several(_pairs, 1, MAX_AXES)
    .filter(lambda pairs: len(pairs) > 1 or pairs[0].second is not None)
    .map(tree.Dims)
)
arguments: st.SearchStrategy[tree.Argument] = st.one_of(holes, references, shapes, expressions)

_options = several(st.builds(tree.Option, names, arguments), 0, 2)
_answers = st.one_of(
    st.none(),
    st.builds(tree.Answer, arguments, _options),
    st.builds(tree.Answer, st.none(), several(st.builds(tree.Option, names, arguments), 1, 2)),
)

_joins = st.sampled_from(["add", "mul", "concat"])
_simple_actions: st.SearchStrategy[tree.Action] = st.one_of(
    st.builds(tree.Apply, callable_names, several(arguments, 0, 3), _options),
    st.builds(
        tree.Join,
        _joins,
        _options,
        several(references, 1, 3),
        st.just(()),
    ),
    st.builds(tree.From, references),
    st.builds(tree.Reuse, references),
)

_let_values = st.one_of(
    expressions,
    shapes.filter(
        lambda shape: (
            not any(
                isinstance(part, tree.Hole)
                for pair in shape.pairs
                for part in (pair.first, pair.second)
            )
        )
    ),
)
_plain_statements: st.SearchStrategy[tree.Statement] = st.one_of(
    st.builds(tree.Title, st.text(st.characters(exclude_characters='"\n', codec="utf-8"))),
    st.builds(tree.Layout, names),
    st.builds(tree.Symbols, several(names, 1, 3)),
    st.builds(tree.Let, names, _let_values),
)


def _blocks(actions: st.SearchStrategy[tree.Action]) -> st.SearchStrategy[tree.Block]:
    return st.builds(tree.Block, several(_statements(actions), 0, 3))


def _statements(actions: st.SearchStrategy[tree.Action]) -> st.SearchStrategy[tree.Statement]:
    return st.builds(tree.Step, st.none() | names, actions, _answers) | _plain_statements


def _nested(inner: st.SearchStrategy[tree.Action]) -> st.SearchStrategy[tree.Action]:
    blocks = _blocks(inner)
    branches = several(blocks, 2, 3)
    return st.one_of(
        blocks,
        st.builds(tree.Freeze, blocks),
        st.builds(tree.Side, blocks),
        st.builds(tree.Repeat, arguments, st.none() | names, blocks),
        st.builds(tree.Join, _joins, _options, st.just(()), branches),
    )


actions: st.SearchStrategy[tree.Action] = st.recursive(_simple_actions, _nested, max_leaves=6)
_defines = st.builds(
    tree.Define,
    callable_names,
    several(st.builds(tree.Parameter, names, st.none() | arguments), 0, 3),
    _blocks(actions),
)
statements: st.SearchStrategy[tree.Statement] = _statements(actions) | _defines
files = st.builds(tree.File, several(statements, 0, 4))
"""Whole specs. They parse; few of them mean anything."""

fragments = st.sampled_from(
    [
        *'(){}|;:=,?+-*/@"#\n\t\r x×',
        *[
            "//",
            "**",
            "->",
            "=>",
            "==",
            "\n",
            "\n",
            " ",
            " ",
            " ",
            " { ",
            " } ",
            " | ",
            "@a",
            '"t"',
        ],
        *["3", "64", "1.5", "3x3", "0:1", "H", "HxW", "mid", "conv ", "conv 6 5x5", "s=2", "c1: "],
        *[
            "add ",
            "repeat 3 ",
            "def f n ",
            "let a = ",
            "as i ",
            "title ",
            "symbol ",
            "from ",
            "floor(",
        ],
        *["é", "“", "−", "\u00a0", "\x00", "\x1b", "[red]", "%", ".", "3X3", "1e3", "pad=-1", "'"],
    ]
)
"""Pieces of the language, and of what people type instead."""
texts = st.lists(fragments, max_size=30).map("".join)
