"""Lines of styled text on a stream: the one module that imports Rich.

A terminal gets them through Rich, which knows what a terminal can do. Into a pipe goes plain text,
and Rich is not even imported.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TextIO

from convcalc.render.units import ASCII, UNICODE, Spelling

Line = list[tuple[str, str]]
"""Pieces of text and their styles, the keys of `STYLES`."""

STYLES = {"": "", "bold": "bold", "dim": "dim", "accent": "cyan", "wrong": "bold red"}
"""What Rich calls a line's styles."""

SIGNS = "×–…·├└│─▏█⌊⌉−"
"""Signs that a stream must be able to show, or everything is written in ASCII."""


def write_lines(lines: Iterable[Line], stream: TextIO) -> None:
    """Write lines to a stream: coloured on a terminal, plain elsewhere.

    NO_COLOR asks for plain lines on a terminal, FORCE_COLOR for coloured ones elsewhere.
    """
    environment = os.environ
    wanted = stream.isatty() or environment.get("FORCE_COLOR")
    if not wanted or environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        stream.writelines(map(plain, lines))
        return
    from rich.console import Console
    from rich.text import Text

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704 - the BrokenPipeError that Rich would turn into an exit

    console = Terminal(file=stream, highlight=False, force_terminal=True)
    for line in lines:
        text = Text()
        for piece, style in line:
            text.append(piece, STYLES[style])
        text.rstrip()
        console.print(text, soft_wrap=True)


def plain(line: Line) -> str:
    """A line's text, with its end."""
    return "".join([text for text, _ in line]).rstrip() + "\n"


def width_of(stream: TextIO) -> int | None:
    """The columns of the terminal that a stream writes to; None for anything else."""
    if not stream.isatty():
        return None
    asked = os.environ.get("COLUMNS", "")[:6]
    if asked.isascii() and asked.isdecimal() and int(asked):
        return int(asked)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:  # no terminal's file
        return 80


def spelling_of(stream: TextIO) -> Spelling:
    """The signs that a stream's encoding can show."""
    try:
        SIGNS.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
