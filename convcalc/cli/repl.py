"""``convcalc repl``: a session at the terminal, or from a pipe."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from convcalc import __version__
from convcalc.cli import Status
from convcalc.cli.failure import complain
from convcalc.cli.options import complete_network
from convcalc.errors import wrong

if TYPE_CHECKING:
    from convcalc.repl.session import Reply, Session

HISTORY_LENGTH = 1000


@click.command(short_help="Type layers, see their sizes at once.")
@click.argument("net", required=False, shell_complete=complete_network)
def command(net: str | None) -> int:
    """Build a network line by line, and see at once what each line makes of it.

    A line of the language is a layer more; undo takes it back; help lists the commands. NET is
    what to begin with: a file or a network of the zoo. From a pipe, lines are read without a
    prompt, and the exit status is 2 if one of them was wrong.

    \b
    Examples:
      convcalc repl
      convcalc repl alexnet
    """
    from convcalc.render.terminal import spelling_of
    from convcalc.render.units import UNICODE
    from convcalc.repl.session import Session

    spelling = UNICODE if sys.stdout is None else spelling_of(sys.stdout)
    session = Session(_read, _write, spelling=spelling)
    terminal = _is_terminal(sys.stdin) and _is_terminal(sys.stdout)
    if terminal:
        click.echo(session.spelling.text(f"convcalc {__version__} · help · Ctrl-D leaves"))
    if net is not None:
        reply = _answer(session, f":load {net}")
        if not reply.ok:
            return Status.ERROR
    return _converse(session) if terminal else _obey(session)


def _obey(session: Session) -> int:
    """Do what standard input says, line by line."""
    if sys.stdin is None:
        raise wrong("standard input is closed, so there are no lines to read")
    status = Status.OK
    entry = ""
    while True:
        try:
            line = sys.stdin.readline()
        except UnicodeDecodeError:
            raise wrong("what comes in is not UTF-8 text", file="<stdin>") from None
        entry += line
        if line and session.unfinished(entry):
            continue
        if entry:
            reply = _answer(session, entry.rstrip("\n"))
            status = status if reply.ok else Status.ERROR
            if reply.leave:
                return status
            entry = ""
        if not line:
            return status


def _converse(session: Session) -> int:
    """Ask for lines at the terminal until the user leaves; Ctrl-C only clears what was typed."""
    # Some systems have no such signal, and only the main thread may set it.
    with suppress(AttributeError, ValueError):
        signal.signal(signal.SIGHUP, _hung_up)
    with _line_editing(session) as begin_with:
        left = False
        while not left:
            try:
                left = _entry(session, begin_with)
            except KeyboardInterrupt:
                click.echo()
    return Status.OK


def _entry(session: Session, begin_with: Callable[[str], None]) -> bool:
    """Ask for an entry, in as many lines as it takes, and answer it. Does the user leave?"""
    entry = ""
    while True:
        try:
            line = input(session.spelling.text("… ") if entry else "> ")
        except UnicodeDecodeError:
            click.echo("error: this is not UTF-8 text", err=True)
            return False
        except EOFError:
            click.echo()
            return _may_leave(session)
        for part in line.split("\n"):  # what was pasted comes in at once
            entry += part
            if session.unfinished(entry):
                entry += "\n"
                continue
            reply = _answer(session, entry)
            entry = ""
            begin_with(reply.prefill)
            if reply.leave and _may_leave(session):
                return True
        if not entry:
            return False


def _answer(session: Session, entry: str) -> Reply:
    """Execute an entry and show what comes of it; not even a bug ends the session."""
    from convcalc.render.terminal import width_of
    from convcalc.repl.session import Reply

    session.width = None if sys.stdout is None else width_of(sys.stdout)
    try:
        reply = session.execute(entry)
    except KeyboardInterrupt:
        reply = Reply("interrupted; the network is as it was", ok=False)
    except Exception as error:  # what was typed so far must not be lost
        complain(error, ["repl"])
        return Reply(ok=False)
    if reply.text:
        click.echo(reply.text, err=not reply.ok)
    return reply


def _hung_up(_number: int, _frame: Any) -> None:
    """The terminal is gone: leave, but keep the history."""
    raise click.Abort


def _may_leave(session: Session) -> bool:
    """Whether nothing would be lost, or the user says that it may be."""
    if not session.unsaved:
        return True
    click.echo("There is unsaved work. Leave all the same? [y/N] ", nl=False)
    answer = sys.stdin.readline()  # input() would put it into the history
    if not answer:  # Ctrl-D once more, or the terminal is gone
        click.echo()
    return not answer or answer.strip().lower() in ("y", "yes")


def _read(net: str) -> tuple[str, str]:
    from convcalc.cli.reading import read

    if net == "-":
        raise wrong("a session cannot load standard input")
    return read(os.path.expanduser(net))


def _write(path: str, text: str, replace: bool) -> None:
    from convcalc.cli.writing import output

    path = os.path.expanduser(path)
    if path == "-":
        raise wrong("a session cannot save to standard output", "list shows the lines")
    if os.path.isdir(path):
        raise wrong("this is a directory", file=path)
    if os.path.exists(path) and not replace:
        raise wrong("the file is there already", f"save! {path} writes over it", path)
    with output(path) as stream:
        stream.write(text)


@contextmanager
def _line_editing(session: Session) -> Iterator[Callable[[str], None]]:
    """History and completion, where Python has readline: what to call with a line's beginning."""
    try:
        import readline
    except ImportError:
        yield lambda _text: None
        return
    from convcalc.repl.completion import DELIMITERS, complete

    found: list[str] = []

    def completer(_word: str, number: int) -> str | None:
        if number == 0:
            line = readline.get_line_buffer()[: readline.get_endidx()]
            found[:] = complete(session, line, readline.get_begidx())
        return found[number] if number < len(found) else None

    def begin_with(text: str) -> None:
        def insert() -> None:
            readline.set_startup_hook(None)
            readline.insert_text(text)

        if text:
            readline.set_startup_hook(insert)

    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
    readline.set_completer(completer)
    readline.set_completer_delims(DELIMITERS)
    readline.set_history_length(HISTORY_LENGTH)
    path = _history_file()
    with suppress(OSError):
        readline.read_history_file(path)
    try:
        yield begin_with
    finally:
        readline.set_completer(None)
        # A history that cannot be kept is no reason to complain.
        with suppress(OSError):
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            readline.write_history_file(path)


def _history_file() -> str:
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(state, "convcalc", "history")


def _is_terminal(stream: Any) -> bool:
    return stream is not None and stream.isatty()
