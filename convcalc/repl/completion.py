"""What a word of a session's line may go on to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from convcalc import zoo
from convcalc.layers.catalog import JOINS, KINDS, LAYERS
from convcalc.repl.commands import COMMANDS
from convcalc.repl.session import Session

WORDS = (
    *("title", "layout", "symbol", "let", "def", "freeze", "side", "repeat", "from", "reuse"),
    *JOINS,
)
"""Words that begin a statement and are no layers."""

DELIMITERS = " \t\n;{}|"
"""What stands between the words that are completed."""

_LABEL = re.compile(r"(?:^|[;{}|])[ \t]*([A-Za-z_]\w*):(?!\d)", re.MULTILINE)


def complete(session: Session, line: str, start: int) -> list[str]:
    """What ``line[start:]``, the word at the end of a line, may go on to, in alphabetical order."""
    word = line[start:]
    command = session.command(line[:start] + "x") if line[:start].strip() else None
    found: Iterable[str]
    if command is None:
        found = _in_statement(session, re.split(r"[;{}|]", line[:start])[-1], line[:start], word)
    else:
        name, rest = command
        found = _in_command(session, name, rest[:-1], word)
    return sorted({text for text in found if text.startswith(word)})


def _in_command(session: Session, name: str, before: str, word: str) -> Iterable[str]:
    number, _, statement = before.partition(" ")
    if name in ("insert", "edit") and number.isdecimal():
        return _in_statement(session, re.split(r"[;{}|]", statement)[-1], "x", word)
    if name == "set":
        return _settings(session)
    if name == "solve":
        return ("near ", "why ", "want ", "strict")
    if before:
        return ()
    if name == "help":
        return (*COMMANDS, *LAYERS)
    if name == "zoo":
        return zoo.names()
    if name == "load":
        return (*zoo.names(), *_files(word))
    if name in ("save", "save!"):
        return _files(word)
    if name == "explain" and session.report:
        return (layer.name for layer in session.report.layers)
    return ()


def _settings(session: Session) -> Iterator[str]:
    symbols = session.report.symbols if session.report else ()
    yield from (f"{name}=" for name in (*session.lets, *symbols))


def _in_statement(session: Session, before: str, line: str, word: str) -> Iterator[str]:
    """Completions in a statement that begins with `before`, itself the end of `line`."""
    if word.startswith("@"):
        yield from (f"@{label}" for label in _LABEL.findall(session.state.text))
        return
    words = re.sub(r"^\s*[A-Za-z_]\w*:(?!\d)", "", before).split()
    if not words:
        kinds = [kind.kind for kind in KINDS if kind.kind not in JOINS]
        yield from (f"{name} " for name in (*kinds, *WORDS, *session.defs))
        if not line.strip():
            yield from (f"{name} " for name in COMMANDS if name != "save!")
        return
    layer = LAYERS.get(words[0])
    name, equals, _ = word.partition("=")
    for argument in layer.arguments if layer else ():
        if equals and name in (argument.name, *argument.aliases):
            yield from (f"{name}={value}" for value in getattr(argument.kind, "words", ()))
        elif not equals and not argument.required:
            yield f"{argument.name}="
    prefix = f"{name}=" if equals else ""
    yield from (prefix + known for known in session.lets)


def _files(word: str) -> Iterator[str]:
    """Specs and directories whose path begins with a word."""
    folder, base = os.path.split(word)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            for entry in entries:
                path = os.path.join(folder, entry.name)
                if not entry.name.startswith(base) or (entry.name.startswith(".") and not base):
                    continue
                if entry.is_dir():
                    yield path + os.sep
                elif entry.name.endswith(".conv"):
                    yield path
    except OSError:
        return
