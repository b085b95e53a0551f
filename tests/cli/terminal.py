"""convcalc on a terminal of its own, with somebody who types."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def typed(
    arguments: Sequence[str], answers: Sequence[str], cwd: Path, prompt: str = "? "
) -> tuple[int, str]:
    """Run a command on a terminal, type an answer at each prompt; its status and all it showed.

    An answer of ``^D`` or ``^C`` is that key.
    """
    master, slave = pty.openpty()
    environment = {
        **{name: value for name, value in os.environ.items() if name != "COLUMNS"},
        "PYTHONPATH": str(ROOT),
        "TERM": "dumb",
        "NO_COLOR": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    program = subprocess.Popen(
        [sys.executable, "-m", "convcalc", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_takes_the_terminal,  # noqa: PLW1509 (the tests have one thread)
    )
    os.close(slave)
    shown, waiting = "", list(answers)
    seen = 0
    end = time.monotonic() + 60
    try:
        while time.monotonic() < end:
            readable, _, _ = select.select([master], [], [], 0.2)
            if readable:
                try:
                    data = os.read(master, 65536)
                except OSError:
                    break
                if not data:
                    break
                shown += data.decode("utf-8", "replace")
            elif program.poll() is not None:
                break
            if waiting and shown.endswith(prompt) and len(shown) > seen:
                seen = len(shown)
                answer = waiting.pop(0)
                key = {"^D": b"\x04", "^C": b"\x03"}.get(answer)
                if key is not None:
                    time.sleep(0.2)  # nobody interrupts before the prompt waits
                os.write(master, key if key is not None else answer.encode() + b"\n")
        status = program.wait(timeout=10)
    finally:
        program.kill()
        os.close(master)
    assert not waiting, shown
    return status, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).replace("\r", "")


def _takes_the_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
