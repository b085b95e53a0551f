"""The session: a network that is written line by line, and what was before each change.

What is typed is either a command (`convcalc.repl.commands`) or lines of the language, which go to
the end of the network. A change that the network does not survive is told and not made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import convcalc
from convcalc.errors import SpecError, nearest, printable, wrong
from convcalc.language import tree
from convcalc.language.tokens import END, Tokens
from convcalc.render.units import UNICODE, Spelling
from convcalc.repl import rows

if TYPE_CHECKING:
    from convcalc.report import Report

NAME = "<session>"
"""What errors call a network that is no file."""

_COMMAND = re.compile(r"\s*(:?)([A-Za-z]+!?)(?![\w:=])\s*(.*)", re.DOTALL)


class Reply(NamedTuple):
    """What a session answers: a text to show, an error unless `ok`.

    `leave` says that the session is over, `prefill` what the next line may begin as.
    """

    text: str = ""
    ok: bool = True
    leave: bool = False
    prefill: str = ""


class Document:
    """A network as it lies in a file: the file's name, None as long as it has none, and the lines
    that need no saving."""

    def __init__(self, file: str | None = None, saved: tuple[str, ...] = ()) -> None:
        self.file = file
        self.saved = saved


class State(NamedTuple):
    """What is undone and redone: the lines, and what they belong to."""

    lines: tuple[str, ...]
    document: Document

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def name(self) -> str:
        """What errors call it."""
        return self.document.file or NAME

    @property
    def unsaved(self) -> bool:
        return self.lines != self.document.saved and any(map(str.strip, self.lines))


class Session:
    """A network, its history, and how to show it.

    `read` gives the text of a file or a network of the zoo and the name to show for it, and `write`
    writes a file: (name, text, may it replace one?). Both raise `SpecError`. `width` is that of the
    terminal, None for as wide as need be.
    """

    def __init__(
        self,
        read: Callable[[str], tuple[str, str]],
        write: Callable[[str, str, bool], None],
        *,
        width: int | None = None,
        spelling: Spelling = UNICODE,
    ) -> None:
        self.read = read
        self.write = write
        self.width = width
        self.spelling = spelling
        self.state = State((), Document())
        self.report: Report | None = None
        self.lets: tuple[str, ...] = ()
        self.defs: tuple[str, ...] = ()
        self._undone: list[tuple[str, State]] = []
        self._done: list[tuple[str, State]] = []

    @property
    def unsaved(self) -> bool:
        """Whether leaving would lose something, here or in a network before load or new."""
        states = [*(state for _, state in self._done), self.state]
        return self.state.unsaved or any(
            before.unsaved
            for before, after in pairwise(states)
            if before.document is not after.document
        )

    def command(self, entry: str) -> tuple[str, str] | None:
        """The command that an entry gives and what stands behind it; None for lines of a network.

        A def or a let of the network goes before a command of the same name; a colon before the
        name always means the command.
        """
        from convcalc.repl.commands import COMMANDS

        match = _COMMAND.fullmatch(entry)
        if match is None:
            return None
        colon, name, rest = match.groups()
        defined = name in self.defs or name in self.lets
        if colon or (name.lower() in COMMANDS and not defined):
            return name.lower(), rest.strip()
        return None

    def unfinished(self, entry: str) -> bool:
        """Whether more lines belong to an entry: a brace is still open."""
        command = self.command(entry)
        if command is not None and command[0] not in ("insert", "edit"):
            return False
        tokens = Tokens(entry)
        depth = 0
        while tokens.kind != END:
            depth += (tokens.kind == "{") - (tokens.kind == "}")
            tokens.advance()
        return depth > 0

    def execute(self, entry: str) -> Reply:
        """Do what an entry says. No mistake of a user's raises anything."""
        try:
            reply = self._answer(entry)
        except SpecError as error:
            reply = Reply(str(error), ok=False)
        return reply._replace(text=rows.fitted(reply.text, self.width))

    def _answer(self, entry: str) -> Reply:
        from convcalc.repl.commands import COMMANDS

        if not entry.isascii() and any("\ud800" <= sign <= "\udfff" for sign in entry):
            raise wrong("the line is not UTF-8 text")
        command = self.command(entry)
        if command is None:
            return self._typed(entry) if entry.strip() else Reply()
        name, rest = command
        if name not in COMMANDS:
            near = nearest(name, list(COMMANDS))
            raise wrong(
                f"there is no command {printable(name)}",
                f"did you mean {near}?" if near else "help lists the commands",
            )
        return COMMANDS[name].run(self, rest)

    def change(self, what: str, lines: Iterable[str]) -> Reply:
        """Make these the lines of the network, and show what that changed.

        Raises `SpecError`, and changes nothing, for lines that are no network.
        """
        old = self.report
        self._done.append((what, self._go(State(tuple(lines), self.state.document))))
        self._undone.clear()
        return Reply("\n".join(rows.changes(old, self.report, self.spelling, self.width)))

    def replace(self, what: str, lines: Iterable[str], file: str | None) -> Reply:
        """Go on with another network, which needs no saving."""
        found = tuple(lines)
        self._done.append((what, self._go(State(found, Document(file, found)))))
        self._undone.clear()
        return Reply(self.summary())

    def keep(self, file: str) -> None:
        """Take note that the network was saved in a file."""
        self.state.document.file = file
        self.state.document.saved = self.state.lines

    def undo(self) -> Reply:
        """Take the last change back."""
        return self._travel(self._done, self._undone, "undone")

    def redo(self) -> Reply:
        """Make the last change that was taken back once more."""
        return self._travel(self._undone, self._done, "done again")

    def _travel(
        self, here: list[tuple[str, State]], there: list[tuple[str, State]], how: str
    ) -> Reply:
        if not here:
            raise wrong("there is nothing to undo" if how == "undone" else "nothing was undone")
        what, state = here[-1]
        there.append((what, self._go(state)))
        here.pop()
        return Reply(f"{how}: {self.spelling.text(shortened(what))}\n{self.summary()}")

    def _go(self, state: State) -> State:
        """Take a state on, and return the one before it."""
        file = convcalc.parse(state.text, name=state.name)
        report = _report(state, file)
        before = self.state
        self.state, self.report = state, report
        self.lets = tuple(item.name for item in file.statements if isinstance(item, tree.Let))
        self.defs = tuple(item.name for item in file.statements if isinstance(item, tree.Define))
        return before

    def _typed(self, entry: str) -> Reply:
        """Lines of the language: to the end of the network, but for another shape of an input."""
        from convcalc.repl.edits import with_input

        text = with_input(self.state.text, entry)
        if text is not None:
            reply = self.change(entry, lines_of(text))
            return reply._replace(text=f"{reply.text}\n{self.summary()}")
        try:
            return self.change(entry, (*self.state.lines, *entry.rstrip("\n").split("\n")))
        except SpecError as error:
            raise self._suggested(error, entry) from None

    def summary(self) -> str:
        """The network in a line: its outputs and sums."""
        if self.report is None:
            return "no network yet"
        return rows.summary(self.report, self.spelling, self.width)

    def _suggested(self, error: SpecError, entry: str) -> SpecError:
        """The error, with the command that a misspelt word may have meant."""
        from convcalc.repl.commands import COMMANDS

        first = error.problems[0]
        word = entry.split(maxsplit=1)[0] if entry.strip() else ""
        if not first.message.endswith(f"no layer or def {word}"):
            return error
        layer = re.fullmatch(r"did you mean (\w+)\?", first.help or "")
        near = nearest(word, [*COMMANDS, *(layer.groups() if layer else ())])
        if near not in COMMANDS:
            return error
        return SpecError(
            replace(first, help=f"did you mean the command {near}?"), *error.problems[1:]
        )


def lines_of(text: str) -> list[str]:
    """A text's lines, whatever ends them."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def shortened(entry: str) -> str:
    """An entry in one short line."""
    first, *more = entry.strip().split("\n")
    return first[:59] + "…" if len(first) > 60 else f"{first} …" if more else first


def _report(state: State, file: tree.File) -> Report | None:
    """The report on the lines; None as long as they make no layer and no input."""
    if any(isinstance(statement, tree.Step) for statement in file.statements):
        return convcalc.analyze(state.text, name=state.name)
    if file.statements:  # lets and defs are checked all the same
        convcalc.build(f"{state.text}input 1x1x1\n", name=state.name)
    return None
