"""The language reference says what the parser does, and its examples run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib.resources import files
from typing import Any, get_args

import pytest

import convcalc
from convcalc.language import parser, tokens, tree
from convcalc.language.parser import parse
from convcalc.language.unparse import unparse
from convcalc.source import Source

REFERENCE = (files("convcalc") / "docs" / "language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```convcalc\n(.*?)```", REFERENCE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_whole_network_with_right_answers(example: str) -> None:
    report = convcalc.analyze(example)
    assert report.ok
    assert report.layers


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_survives_being_written_and_read(example: str) -> None:
    file = parse(Source(example))
    assert parse(Source(unparse(file))) == file


def nodes(node: Any) -> Iterator[Any]:
    """A node and all nodes in it."""
    if isinstance(node, tuple):
        for item in node:
            yield from nodes(item)
    elif is_dataclass(node):
        yield node
        for field in fields(node):
            yield from nodes(getattr(node, field.name))


def test_there_is_an_example_of_everything() -> None:
    shown = {type(node) for example in EXAMPLES for node in nodes(parse(Source(example)))}
    everything = {*get_args(tree.Statement), *get_args(tree.Action), *get_args(tree.Argument)}
    assert everything - shown == {tree.Broken}
    joins = {
        node.kind
        for text in EXAMPLES
        for node in nodes(parse(Source(text)))
        if hasattr(node, "kind")
    }
    assert joins == {"add", "mul", "concat"}


def test_every_word_of_the_language_has_a_section() -> None:
    titles = re.findall(r"^### (.*)$", REFERENCE, re.MULTILINE)
    words = {word for title in titles for word in title.split(", ")}
    assert words >= set(parser.WORDS)


def test_the_grammar_is_the_parsers() -> None:
    docstring = parser.__doc__ or ""
    grammar = re.search(r"    file .*?\n\n", docstring, re.DOTALL)
    assert grammar
    assert grammar[0].strip() in REFERENCE


def test_the_tokens_are_the_tokenizers() -> None:
    def rules(text: str) -> list[str]:
        found = re.search(r"    TIMES .*?\n\n", text, re.DOTALL)
        assert found
        return found[0].split()

    assert rules(REFERENCE) == rules(tokens.__doc__ or "")


@pytest.mark.parametrize(
    "line",
    [
        f"{parser.MAX_DEPTH} braces and parentheses inside each other",
        f"{parser.MAX_OPERATIONS} operations in one argument",
        f"{parser.MAX_DIGITS} digits in a number",
        f"{parser.MAX_AXES} axes in a shape",
        f"At most {parser.MAX_PROBLEMS} mistakes are shown",
    ],
)
def test_the_limits_are_the_parsers(line: str) -> None:
    assert line in REFERENCE


def test_it_can_be_read_in_a_terminal() -> None:
    assert max(map(len, REFERENCE.splitlines())) <= 100
