"""One mistake, one error: the full text for everything that people are likely to type wrongly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from convcalc.errors import SpecError
from convcalc.language import tree
from convcalc.language.parser import MAX_PROBLEMS, parse, parse_argument, parse_tolerant
from convcalc.source import Source

MISTAKES = Path(__file__).parent / "mistakes.txt"
BETWEEN = "-" * 10 + "\n"


def complaint(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        parse(Source(text, "net"))
    return str(caught.value)


def messages(text: str) -> list[str]:
    return [problem.message for problem in parse_tolerant(Source(text))[1]]


def sections() -> list[str]:
    """The parts of the file: a spec, an empty line, the error expected."""
    return MISTAKES.read_text(encoding="utf-8").split(BETWEEN)


def spec_of(section: str) -> str:
    return section.partition("\n\nerror: ")[0]


def test_each_mistake_has_its_message(golden: Callable[[Path, str], None]) -> None:
    specs = [spec_of(section) for section in sections()]
    golden(MISTAKES, BETWEEN.join(f"{spec}\n\n{complaint(spec)}\n" for spec in specs))


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.split("\n")[0])
def test_one_mistake_is_one_error(section: str) -> None:
    spec = spec_of(section)
    assert section.count("\nerror: ") == 1
    alone, _, _ = parse_tolerant(Source(spec))
    if "never closed" not in section:
        file, problems, _ = parse_tolerant(Source(f"{spec}\nconv 8 3x3\nrelu,\n"))
        assert len(problems) == 2
        assert file.statements[: len(alone.statements)] == alone.statements
        assert isinstance(file.statements[-1], tree.Broken)
        conv = tree.Apply("conv", (tree.Number(8), _shape(3, 3)), ())
        assert tree.Step(None, conv, None) in file.statements


def _shape(*sizes: int) -> tree.Dims:
    return tree.Dims(tuple(tree.Pair(tree.Number(size)) for size in sizes))


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("conv\u00a064", "the character U+00A0 (no-break space) means nothing here", "plain blank"),
        ("relu\u200b", "the character U+200B (zero width space) means nothing here", "plain blank"),
        ("relu\x07", "the character U+0007 means nothing here", None),
        ("relu\x00", "the character U+0000 means nothing here", None),
        ("relu \u2028", "the character U+2028 (line separator) means nothing here", "plain blank"),
        ("relu \U0001f600", "😀 (U+1F600, grinning face) means nothing here", None),
        ("relu \ud800", "the character U+D800 means nothing here", None),
    ],
)
def test_characters_that_cannot_be_seen(text: str, message: str, help: str | None) -> None:
    (problem,) = parse_tolerant(Source(text))[1]
    assert problem.message == message
    assert problem.help == (help and "replace it by a plain blank")
    assert "\x07" not in str(problem)
    assert "\x00" not in str(problem)


def test_all_mistakes_of_a_file_are_reported_in_the_order_of_the_text() -> None:
    text = """\
input 3 x 32 x 32
def body mid, s=1 {
  conv mid 3x3 stride = 2
  add { conv(3) | relu }
  repeat { pad=-1 ; tanh } ; relu 1.
}
c1 : conv 6 5x5 ->
"""
    assert messages(text) == [
        "a shape has no blanks around its x",
        "parameters are separated by blanks, not by commas",
        "a name, its = and its value have no blanks between them",
        "the arguments of conv are not put in parentheses",
        "repeat needs a count",
        "a line cannot start with pad =",
        "a digit is missing after the point",
        "a label and its colon have no blank between them",
        "nothing stands after ->",
    ]


def test_what_is_right_around_a_mistake_is_in_the_tree() -> None:
    file, problems, sound = parse_tolerant(Source("a: relu ; b: conv 3, 3\nadd { c: ? | tanh }"))
    assert len(problems) == 2
    assert sound
    relu, tanh = (tree.Apply(name, (), ()) for name in ("relu", "tanh"))
    branches = (
        tree.Block((tree.Broken("c"),)),
        tree.Block((tree.Step(None, tanh, None),)),
    )
    assert file.statements == (
        tree.Step("a", relu, None),
        tree.Broken("b"),
        tree.Step(None, tree.Join("add", (), (), branches), None),
    )


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("conv 3,", True),
        ("title x", True),
        ("add { relu }", True),
        ("c1 : relu", True),
        ("repeat 3\n{ relu }", True),
        ("relu | relu", True),
        ("relu }", False),
        ("{ relu", False),
        ("let x 3", False),
        ("symbol 3", False),
        ("def f 3 { relu }", False),
        ("repeat { a: relu }", False),
        ("{" * 101, False),
    ],
)
def test_a_tree_is_sound_unless_names_or_blocks_may_be_missing(text: str, sound: bool) -> None:
    _, problems, actual = parse_tolerant(Source(text))
    assert problems
    assert actual is sound


def test_a_brace_on_the_next_line_is_reported_and_understood() -> None:
    file, problems, _ = parse_tolerant(Source("c1:  # why\n\n{ relu }\ndef f n\n{ tanh }"))
    assert [problem.help for problem in problems] == ["write: c1: {", "write: def f n {"]
    assert file == parse(Source("c1: { relu }\ndef f n { tanh }"))


def test_a_label_with_a_blank_before_its_colon_is_understood() -> None:
    file, _, _ = parse_tolerant(Source("c1 : conv 6 5x5 -> ?"))
    assert file == parse(Source("c1: conv 6 5x5 -> ?"))


def test_an_unclosed_brace_is_searched_by_its_indentation() -> None:
    assert (
        complaint("def f {\n  repeat 3 {\n    relu\n\n}\nf\n")
        == """\
error: this { is never closed
  net:1:7
  1 | def f {
    |       ^
  help: the } in line 5 closes the { of line 2, but stands further left: is a } missing above it?"""
    )


def test_only_the_innermost_of_several_unclosed_braces_is_reported() -> None:
    assert (
        complaint("a: {\n b: {\n  c: {\n")
        == """\
error: this { is never closed
  net:3:6
  3 |   c: {
    |      ^
  help: a } is missing"""
    )


def test_at_most_20_mistakes_are_shown() -> None:
    _, problems, _ = parse_tolerant(Source("relu,\n" * 20))
    assert [problem.source.position(problem.span.start)[0] for problem in problems if problem.span]
    assert len(problems) == MAX_PROBLEMS == 20
    _, problems, _ = parse_tolerant(Source("relu,\n" * 21, "net"))
    assert len(problems) == 21
    assert str(problems[-1]) == "error: 1 more mistake, not shown\n  net"
    _, problems, _ = parse_tolerant(Source("{\n" + "relu,\n" * 1000, "net"))
    assert problems[0].message == "this { is never closed"
    assert str(problems[-1]) == "error: 981 more mistakes, not shown\n  net"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "",
            "error: a value is missing, found the end of the text\n  --set w:1:1\n  1 | \n    | ^",
        ),
        (
            "3 4",
            "error: a value is one value, found '4' after it\n  --set w:1:3\n  1 | 3 4\n"
            "    |   ^\n  help: a shape is written with x and without blanks: 3x3",
        ),
        (
            "3x",
            "error: a size is missing after the x\n  --set w:1:1\n  1 | 3x\n    | ^^\n"
            "  help: a shape is written 3x32x32, a pair 0:1",
        ),
        (
            "{ relu }",
            "error: a value is missing, found '{'\n  --set w:1:1\n  1 | { relu }\n    | ^",
        ),
        (
            "3;4",
            "error: nothing more belongs to a value, found ';'\n  --set w:1:2\n  1 | 3;4\n    |  ^",
        ),
    ],
)
def test_a_value_from_the_command_line(text: str, expected: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_argument(Source(text, "--set w"))
    assert str(caught.value) == expected
