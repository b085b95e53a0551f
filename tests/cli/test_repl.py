"""``convcalc repl``: from a pipe, and at a terminal."""

from __future__ import annotations

import os
import select
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convcalc import zoo
from tests.cli.conftest import Result

Run = Callable[..., Result]


def test_lines_from_a_pipe_are_answered_without_a_prompt(convcalc: Run) -> None:
    lines = "input 3x8x8\nrepeat 2 {\n  conv 4 3x3\n}\nundo\nfc 10"
    assert convcalc("repl", stdin=None, input=lines) == (
        0,
        "input                  3×8×8\n"
        "conv1                  4×6×6   112 parameters · 3,888 MACs\n"
        "conv2                  4×4×4   148 parameters · 2,304 MACs\n"
        "undone: repeat 2 { …\n"
        "no layer yet\n"
        "fc1                       10   1,930 parameters · 1,920 MACs\n",
        "",
    )


def test_mistakes_go_to_standard_error_and_into_the_status(convcalc: Run) -> None:
    status, out, err = convcalc("repl", stdin=None, input="input 3x8x8\nconv 4 9x9\nrelu\n")
    assert status == 2
    assert [line.split()[0] for line in out.splitlines()] == ["input", "relu1"]
    assert err.startswith("error: a 9x9 window does not fit an 8x8 input\n  <session>:2:1\n")


def test_what_is_left_open_at_the_end_is_a_mistake(convcalc: Run) -> None:
    status, _, err = convcalc("repl", stdin=None, input="input 3x8x8\nrepeat 2 {\nrelu")
    assert status == 2
    assert "2 | repeat 2 {" in err


def test_quit_ends_a_pipe(convcalc: Run) -> None:
    assert convcalc("repl", stdin=None, input="input 3x8x8\nquit\nnonsense\n").status == 0


def test_it_begins_with_a_network(convcalc: Run) -> None:
    status, out, err = convcalc("repl", "lenet5")
    assert (status, err) == (0, "")
    assert out.startswith("13 layers · output 10 · 60,840 parameters")
    assert convcalc("repl", "lenet") == (
        2,
        "",
        "error: lenet is neither a file nor a network of the zoo\n  help: did you mean lenet5?\n",
    )
    assert convcalc("repl", "-").err == "error: a session cannot load standard input\n"


def test_a_file_is_saved_whole_and_not_over_another(convcalc: Run, tmp_path: Path) -> None:
    (tmp_path / "other.conv").write_text("mine")
    (tmp_path / "folder").mkdir()
    lines = "save net.conv\nsave\nsave other.conv\nsave folder\nsave -\nsave no/where.conv\n"
    status, out, err = convcalc("repl", "lenet5", stdin=None, input=lines)
    assert status == 2
    count = len(zoo.text("lenet5").splitlines())
    assert out.splitlines()[1:] == [f"net.conv: {count} lines"] * 2
    assert err == (
        "error: the file is there already\n"
        "  other.conv\n"
        "  help: save! other.conv writes over it\n"
        "error: this is a directory\n"
        "  folder\n"
        "error: a session cannot save to standard output\n"
        "  help: list shows the lines\n"
        "error: cannot write the file: No such file or directory\n"
        "  no/where.conv\n"
    )
    assert (tmp_path / "net.conv").read_text() == zoo.text("lenet5")
    assert (tmp_path / "other.conv").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["folder", "net.conv", "other.conv"]
    assert convcalc("repl", "lenet5", stdin=None, input="save! other.conv\n").status == 0
    assert (tmp_path / "other.conv").read_text() == zoo.text("lenet5")


def test_what_is_no_text_is_refused(convcalc: Run) -> None:
    result = convcalc(
        "repl", stdin=None, input="input 3x8x8\ncaf\udce9\n", errors="surrogateescape"
    )
    assert result.status == 2
    assert result.err.startswith("error: ")
    assert "internal" not in result.err


def test_not_even_a_bug_ends_a_session(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from convcalc.repl.session import Session

    def broken(_session: Session) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Session, "undo", broken)
    monkeypatch.setattr("sys.stdin", io.StringIO("input 3x8x8\nundo\nrelu\n"))
    status, out, err = run("repl")
    assert status == 2, err
    assert "relu1" in out
    assert err.startswith("error: internal error, a bug in convcalc: RuntimeError: broken")


class Terminal:
    """A session at a pseudo-terminal."""

    def __init__(self, environment: dict[str, str], folder: Path, *arguments: str) -> None:
        import pty

        self.master, slave = pty.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "convcalc", "repl", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            cwd=folder,
            start_new_session=True,
            # the pseudo-terminal becomes the one that sends SIGINT for Ctrl-C
            preexec_fn=_take_terminal,  # noqa: PLW1509 - there are no threads
        )
        os.close(slave)
        self.until("> ")

    def until(self, text: str, timeout: float = 20.0) -> str:
        """What is shown up to a text, which must come."""
        end = time.monotonic() + timeout
        while text not in self.shown:
            ready, _, _ = select.select([self.master], [], [], max(end - time.monotonic(), 0))
            assert ready, f"{text!r} did not come after {self.shown!r}"
            self.shown += os.read(self.master, 65536).decode()
        before, _, self.shown = self.shown.partition(text)
        return before.replace("\r", "") + text

    def type(self, keys: str, until: str = "\n> ") -> str:
        os.write(self.master, keys.encode())
        return self.until(until)

    def interrupt(self) -> None:
        """Type Ctrl-C; again where it came just before Python began to wait for it."""
        for _ in range(20):
            os.write(self.master, b"\x03")
            if select.select([self.master], [], [], 0.5)[0]:
                break
        self.until("\n> ")

    def hang_up(self) -> None:
        if self.master >= 0:
            os.close(self.master)
        self.master = -1

    def status(self) -> int:
        return self.process.wait(20)


def _take_terminal() -> None:
    import fcntl
    import signal
    import termios

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # background jobs of a shell ignore it
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminal(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    pytest.importorskip("readline")
    pytest.importorskip("pty")
    started: list[Terminal] = []
    surroundings = {
        **environment,
        "TERM": "dumb",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "INPUTRC": os.devnull,
        "COLUMNS": "80",
    }

    def start(*arguments: str) -> Terminal:
        started.append(Terminal(surroundings, tmp_path, *arguments))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        one.hang_up()


def test_ctrl_c_clears_the_line_and_ctrl_d_leaves(terminal: Callable[..., Terminal]) -> None:
    session = terminal()
    assert "3×8×8" in session.type("input 3x8x8\n")
    session.type("nonsense", until="nonsense")
    session.interrupt()
    session.type("repeat 2 {\n", until="… ")
    session.type("relu", until="relu")
    session.interrupt()
    assert "1 | input 3x8x8\n" in session.type("list\n")
    session.type("save a.conv\n")
    session.type("\x04", until="\n")
    assert session.status() == 0


def test_unsaved_work_is_asked_about(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    session = terminal()
    session.type("input 3x8x8\n")
    session.type("\x04", until="There is unsaved work. Leave all the same? [y/N] ")
    session.type("n\n")
    session.type("quit\n", until="[y/N] ")
    session.interrupt()
    session.type("quit\n", until="[y/N] ")
    session.type("yes\n", until="\n")
    assert session.status() == 0
    history = tmp_path / "state" / "convcalc" / "history"
    assert history.read_text() == "input 3x8x8\nquit\n"
    assert stat.S_IMODE(history.parent.stat().st_mode) == 0o700


def test_history_goes_on_in_the_next_session(terminal: Callable[..., Terminal]) -> None:
    session = terminal()
    session.type("input 3x17x17\n")
    session.type("\x04", until="[y/N] ")
    os.write(session.master, b"\x04")
    assert session.status() == 0
    session = terminal()
    assert "3×17×17" in session.type("\x10\n")  # Ctrl-P is the line before


def test_a_terminal_that_goes_away_leaves_the_history(
    terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    session = terminal()
    session.type("input 3x17x17\n")
    session.hang_up()
    session.status()
    assert "input 3x17x17" in (tmp_path / "state" / "convcalc" / "history").read_text()


def test_a_history_that_cannot_be_kept_is_no_trouble(
    terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    session = terminal()
    session.type("help quit\n")
    os.write(session.master, b"\x04")
    assert session.status() == 0
    assert "rror" not in session.shown


def test_words_are_completed_with_tab(terminal: Callable[..., Terminal]) -> None:
    session = terminal("lenet5")
    session.type("new\n")
    session.type("input 3x16x16\n")
    assert "4×8×8" in session.type("sepc\t4 3x3 str\t2 pad=hal\t\n")


def test_edit_puts_the_line_into_the_prompt_once(terminal: Callable[..., Terminal]) -> None:
    session = terminal()
    session.type("input 3x16x16\n")
    session.type("edit 1\n", until="> edit 1 input 3x16x16")
    assert "no layer yet" in session.type("\x7f8\n")
    assert "1 | input 3x16x18\n" in session.type("list\n")
    session.type("edit 1\n", until="> edit 1 input 3x16x18")
    session.interrupt()
    assert "1 | input 3x16x18\n" in session.type("list\n")


def test_what_is_pasted_is_answered_line_by_line(terminal: Callable[..., Terminal]) -> None:
    session = terminal()
    pasted = "input 3x8x8\ndef b {\n  relu\n}\nb\nundo\nsave a.conv\n"
    os.write(session.master, pasted.encode())
    shown = session.until("a.conv: 4 lines\n".replace("\n", ""))
    assert "b1/relu1" in shown
    assert "undone: b" in shown
