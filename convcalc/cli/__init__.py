"""The command line: options → public API → render, a short file a command.

`main` is the edge: the one place where exceptions become text and an exit status. What costs
time to import is imported by the command that needs it.
"""

from __future__ import annotations

import gc
import os
import sys
from enum import IntEnum


class Status(IntEnum):
    """What the program's exit status says."""

    OK = 0
    WRONG = 1
    """An answer or an expectation in the spec is wrong."""
    ERROR = 2
    """The command or the spec is wrong, or something cannot be read or written."""
    INTERNAL = 70
    """A bug in convcalc, or the machine's memory ran out (EX_SOFTWARE of sysexits.h)."""
    INTERRUPTED = 130
    """128 + SIGINT"""
    PIPE_CLOSED = 141
    """128 + SIGPIPE"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status; no exception leaves this function."""
    if arguments is None:  # as a program of its own, too short-lived to be worth collecting garbage
        gc.disable()
        arguments = sys.argv[1:]
    try:
        try:
            status = _run(arguments)
            if sys.stdout is not None:
                sys.stdout.flush()
        except (BrokenPipeError, KeyboardInterrupt):
            raise
        except BaseException as error:
            from convcalc.cli.failure import complain

            status = complain(error, arguments)
    except BrokenPipeError:
        status = Status.PIPE_CLOSED
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    except OSError:  # not even the error could be told
        status = Status.ERROR
    _settle()
    return status


def _run(arguments: list[str]) -> int:
    from convcalc.cli.app import app

    completing = os.environ.get("_CONVCALC_COMPLETE")
    if completing:
        from click.shell_completion import shell_complete

        return shell_complete(app, {}, "convcalc", "_CONVCALC_COMPLETE", completing)
    for stream in (sys.stdout, sys.stderr):
        # A character the terminal's encoding lacks must not end the run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    with app.make_context("convcalc", list(arguments)) as context:
        status: int = app.invoke(context)
    return status


def _settle() -> None:
    """What cannot be written must not fail once more when the interpreter ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
