"""Text to tree to text, and any text at all."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc.errors import SpecError
from convcalc.language import tree
from convcalc.language.parser import (
    MAX_PROBLEMS,
    parse,
    parse_argument,
    parse_tolerant,
)
from convcalc.language.unparse import unparse
from convcalc.source import Source
from tests.language import strategies


@given(strategies.files)
@settings(max_examples=150)
def test_a_file_survives_being_written_and_read(file: tree.File) -> None:
    text = unparse(file)
    assert parse(Source(text)) == file
    assert unparse(parse(Source(text))) == text


@pytest.mark.parametrize(
    "path",
    [path for path in (files("convcalc") / "zoo").iterdir() if path.name.endswith(".conv")],
    ids=lambda path: path.name,
)
def test_the_zoo_survives_being_written_and_read(path: Traversable) -> None:
    file = parse(Source(path.read_text(encoding="utf-8")))
    text = unparse(file)
    assert parse(Source(text)) == file
    assert max(map(len, text.splitlines())) <= 100


@given(strategies.arguments)
@settings(max_examples=300)
def test_an_argument_survives_being_written_and_read(argument: tree.Argument) -> None:
    assert parse_argument(Source(unparse(argument))) == argument


@given(strategies.statements)
def test_a_statement_survives_being_written_and_read(statement: tree.Statement) -> None:
    assert parse(Source(unparse(statement))).statements == (statement,)


@given(strategies.expressions)
@settings(max_examples=300)
def test_every_pair_of_parentheses_is_needed(expression: tree.Expression) -> None:
    text = unparse(tree.Let("a", expression))
    openers = []
    for end, character in enumerate(text):
        if character == "(":
            openers.append(end)
        elif character == ")":
            start = openers.pop()
            if text[start - 1].isidentifier():
                continue  # a function's
            without = text[:start] + text[start + 1 : end] + text[end + 1 :]
            file, problems, _ = parse_tolerant(Source(without))
            assert problems or file.statements != (tree.Let("a", expression),)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("let a = -(3)*((b + c))-(1)", "let a = -3*(b+c)-1\n"),
        ("let a = (2**3)**(-2)", "let a = (2**3)**-2\n"),
        ("let a = 2**(3**2)", "let a = 2**3**2\n"),
        ("let a = (-2)**2 - -2**2", "let a = (-2)**2--2**2\n"),
        ("let a = b - (c - d) - e", "let a = b-(c-d)-e\n"),
        ("let a = b/(c*d)//(e/f)", "let a = b/(c*d)//(e/f)\n"),
        ("let a = min( 3,b )", "let a = min(3, b)\n"),
        ("let a = 00.750", "let a = 0.75\n"),
        ("let a = 2.0", "let a = 2\n"),
        ("conv (x) (n-1) pad=(-1)", "conv (x) n-1 pad=(-1)\n"),
        ("conv 3×(H)x(mid)x(2*(k))", "conv 3xHx(mid)x(2*k)\n"),
        ("pad (0):(c)x2", "pad 0:(c)x2\n"),
        ("conv s=2 64 3x3", "conv 64 3x3 s=2\n"),
        ("add @a fit=crop @b", "add fit=crop @a @b\n"),
        ("relu;;\n\n;relu # why", "relu\nrelu\n"),
        ("freeze {\n fc 10 }", "freeze { fc 10 }\n"),
        ("add{|relu}->?", "add { | relu } -> ?\n"),
        ("c1:{relu;tanh}->6x28", "c1: {\n    relu\n    tanh\n} -> 6x28\n"),
        ("concat { a | b;c | }", "concat {\n    a\n|\n    b\n    c\n|\n}\n"),
        ("let a=1;def f n s=1{relu};f 3", "let a = 1\n\ndef f n s=1 { relu }\n\nf 3\n"),
        ("repeat n-1 as i{ }", "repeat n-1 as i { }\n"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert unparse(parse(Source(text))) == canonical


def test_a_broken_statement_has_no_text() -> None:
    file, _, _ = parse_tolerant(Source("conv 3,"))
    with pytest.raises(ValueError, match="a broken statement has no text"):
        unparse(file)


def _broken(statements: tuple[tree.Statement, ...]) -> bool:
    return "Broken(" in repr(statements)


@given(strategies.texts | st.text() | st.text(alphabet='conv 3xH(){}|;:=,?+-*/@"#\n.ae1'))
@settings(max_examples=800)
def test_any_text_gives_a_tree_or_a_spec_error(text: str) -> None:
    source = Source(text)
    file, problems, sound = parse_tolerant(source)
    if not problems:
        assert sound
        assert not _broken(file.statements)
        assert parse(Source(unparse(file))) == file
        return
    with pytest.raises(SpecError) as caught:
        parse(source)
    assert caught.value.problems == problems
    assert str(caught.value).startswith("error: ")
    assert len(problems) <= MAX_PROBLEMS + 1
    spans = [problem.span for problem in problems if problem.span is not None]
    assert spans == sorted(spans)
    assert all(0 <= span.start <= span.end <= len(source.text) for span in spans)


@given(strategies.texts | st.text())
def test_any_argument_gives_a_value_or_a_spec_error(text: str) -> None:
    try:
        value = parse_argument(Source(text))
    except SpecError as error:
        assert str(error).startswith("error: ")
    else:
        assert parse_argument(Source(unparse(value))) == value
