"""Where output goes: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from convcalc.errors import wrong


@contextmanager
def output(path: str | None) -> Iterator[TextIO]:
    """The stream to write to; a file takes its name only once everything is in it.

    Raises `SpecError` where the file cannot be written; then a file of that name is as it was.
    """
    if path is None or path == "-":
        if sys.stdout is None:
            raise wrong("standard output is closed")
        yield sys.stdout
        return
    if not path:
        raise wrong("--output needs the name of a file")
    target = os.path.realpath(path)
    try:
        if os.path.exists(target) and not os.path.isfile(
            target
        ):  # /dev/null, a FIFO; not a directory
            with open(target, "w", encoding="utf-8", newline="") as stream:
                yield stream
            return
        if os.path.exists(target) and not os.access(target, os.W_OK):
            raise PermissionError(None, "Permission denied")
        temporary = os.path.join(
            os.path.dirname(target), f".{os.path.basename(target)[:200]}.{os.getpid()}.tmp"
        )
        with open(temporary, "x", encoding="utf-8", newline="") as stream:
            try:
                if os.path.exists(target):
                    os.chmod(temporary, os.stat(target).st_mode & 0o7777)
                yield stream
                stream.close()
                os.replace(temporary, target)
            except BaseException:
                os.unlink(temporary)
                raise
    except OSError as error:
        raise wrong(f"cannot write the file: {error.strerror or error}", file=path) from None
