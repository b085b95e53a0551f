"""What the words of a session's lines may go on to."""

from __future__ import annotations

from pathlib import Path

import pytest

from convcalc import zoo
from convcalc.layers.catalog import JOINS, KINDS, LAYERS
from convcalc.repl.commands import COMMANDS
from convcalc.repl.completion import DELIMITERS, WORDS, complete
from convcalc.repl.session import Session
from tests.repl.test_session import new


def completed(session: Session, line: str) -> list[str]:
    """The completions of a line's last word, found as the terminal does."""
    start = max(line.rfind(sign) for sign in DELIMITERS) + 1
    return complete(session, line, start)


@pytest.fixture
def session() -> Session:
    return new(
        "let width = 4",
        "def body n { inner: conv n 3x3 }",
        "input 3xHxW",
        "c1: conv 4 3x3 ; c2: relu",
    )


def test_a_line_begins_with_anything_there_is(session: Session) -> None:
    kinds = {kind.kind for kind in KINDS}
    expected = {*kinds, *WORDS, *COMMANDS, "body"} - {"save!"}
    assert {word.rstrip() for word in completed(session, "")} == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ma", ["maxpool "]),
        ("und", ["undo "]),
        ("relu ; und", []),
        ("relu ; bo", ["body "]),
        ("repeat 3 { maxp", ["maxpool "]),
        ("x: maxp", ["maxpool "]),
        ("side { x: maxp", ["maxpool "]),
        ("conv 4 3x3 str", ["stride="]),
        ("maxpool 2 p", ["pad="]),
        ("conv 4 3x3 pad=sa", ["pad=same", "pad=same_lower"]),
        ("conv 4 3x3 p=ca", ["p=causal"]),
        ("conv 4 3x3 bias=", ["bias=no", "bias=width", "bias=yes"]),
        ("conv w", ["width"]),
        ("relu ", ["width"]),
        ("from @c", ["@c1", "@c2"]),
        ("concat @", ["@c1", "@c2", "@inner"]),
        ("insert 2 conv 4 3x3 str", ["stride="]),
        ("insert 2 maxp", ["maxpool "]),
        ("insert 2 und", []),
        ("insert ", []),
        ("explain c", ["c1", "c2"]),
        ("explain c1 c", []),
        ("set ", ["H=", "W=", "width="]),
        ("set W=3 wi", ["width="]),
        ("solve n", ["near "]),
        ("load vgg1", ["vgg11", "vgg13", "vgg16", "vgg19"]),
        ("zoo lenet5-", ["lenet5-modern"]),
        ("help sepc", ["sepconv"]),
        ("help und", ["undo"]),
        (":he", []),
        (":help und", ["undo"]),
        ("undo ", []),
    ],
)
def test_completions(session: Session, line: str, expected: list[str]) -> None:
    assert completed(session, line) == expected


@pytest.mark.parametrize("name", sorted(set(LAYERS) - set(JOINS) - {"input"}))
def test_every_option_that_is_completed_is_one(session: Session, name: str) -> None:
    for option in completed(session, f"{name} "):
        if option.endswith("="):
            reply = session.execute(f"{name} {option}nonsense")
            assert not reply.ok
            assert "has no" not in reply.text, option


def test_files_are_specs_and_folders(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.conv").touch()
    (tmp_path / "more.txt").touch()
    (tmp_path / ".hidden.conv").touch()
    (tmp_path / "morgue").mkdir()
    (tmp_path / "morgue" / "a.conv").touch()
    assert completed(session, "save m") == ["mine.conv", "morgue/"]
    networks = [name for name in zoo.names() if name.startswith("mo")]
    assert completed(session, "load mo") == sorted([*networks, "morgue/"])
    assert completed(session, "load morgue/") == ["morgue/a.conv"]
    assert completed(session, "load nowhere/") == []
    assert completed(session, "save .h") == [".hidden.conv"]
