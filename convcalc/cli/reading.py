"""Finding and reading a spec: a file, standard input, the zoo, or the text itself."""

from __future__ import annotations

import os
import stat
import sys

from convcalc import zoo
from convcalc.errors import Problem, SpecError, nearest, printable, wrong
from convcalc.source import Source, Span

MOST_BYTES = 8 * 1024 * 1024
"""The largest spec that is read: some 200,000 lines."""

START = "a spec is lines such as: input 3x32x32, then conv 16 3x3, then fc 10"


def find(nets: tuple[str, ...], texts: tuple[str, ...]) -> tuple[str, str]:
    """The text that a command line means, and the name to show for it.

    Raises `SpecError` where there is none, or more than one.
    """
    if texts:
        if nets:
            raise wrong(f"both -e and {printable(nets[0])} were given", "one network at a time")
        return _sound("\n".join(texts), "<text>"), "<text>"
    if not nets:
        raise wrong("no network was named", "for example: convcalc lenet5; convcalc zoo lists more")
    if len(nets) > 1:
        raise _several(nets)
    return read(nets[0])


def read(net: str) -> tuple[str, str]:
    """The text of a file, standard input (``-``) or a network of the zoo, and its name."""
    if net == "-":
        return _decoded(_standard_input(), "<stdin>"), "<stdin>"
    name = net.removeprefix("zoo:").lower()
    if net.startswith("zoo:"):
        if name not in zoo.names():
            raise _not_in_zoo(name)
        return zoo.text(name), f"zoo:{name}"
    if name in zoo.names() and not os.path.isfile(net):
        return zoo.text(name), f"zoo:{name}"
    return _decoded(_file(net), net), net


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise wrong("standard input is closed, so there is no spec to read", file="<stdin>")
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _too_large("<stdin>")
    return data


def _file(path: str) -> bytes:
    """The bytes of a file; one that is known to be too large is not opened."""
    try:
        about = os.stat(path)
        if stat.S_ISDIR(about.st_mode):
            raise _directory(path)
        if about.st_size > MOST_BYTES:
            raise _too_large(path)
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(path) from None
    except OSError as error:
        raise wrong(f"cannot read the file: {error.strerror or error}", file=path) from None
    if len(data) > MOST_BYTES:
        raise _too_large(path)
    return data


def _decoded(data: bytes, name: str) -> str:
    """The text of a spec: UTF-8, with or without a byte order mark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise wrong("the file is UTF-16, and a spec is UTF-8 text", "save it as UTF-8", name)
    zero = data.find(b"\0")
    if zero >= 0:
        raise wrong(
            f"this is not a text file: byte {zero + 1:,} is zero",
            "a spec is a text file that describes the network; convcalc reads no trained models",
            name,
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        offset = len(data[: error.start].decode("utf-8-sig"))
        byte = data[error.start]
        legacy = bytes([byte]).decode("latin-1")
        meaning = f" (in Latin-1 it is {legacy})" if legacy.isprintable() else ""
        raise SpecError(
            Problem(
                f"byte {byte:#04x} is not UTF-8 text{meaning}",
                Source(data.decode("utf-8-sig", "replace"), name),
                Span(offset, offset + 1),
                help="save the file as UTF-8",
            )
        ) from None
    return _sound(text, name)


def _sound(text: str, name: str) -> str:
    if not text.strip():
        raise wrong("the spec is empty", START, name)
    return text


def _too_large(name: str) -> SpecError:
    return wrong(
        f"the file is larger than {MOST_BYTES >> 20} MiB, the most that convcalc reads",
        "layers that come again and again take one line with repeat",
        name,
    )


def _directory(path: str) -> SpecError:
    try:
        specs = sorted(name for name in os.listdir(path) if name.endswith(".conv"))
    except OSError:
        specs = []
    shown = ", ".join(printable(os.path.join(path, name)) for name in specs[:3])
    more = ", …" if len(specs) > 3 else ""
    return wrong(
        "this is a directory, not a spec", f"it holds {shown}{more}" if specs else None, path
    )


def _missing(net: str) -> SpecError:
    """Neither a file nor in the zoo: say what it may have been meant to be."""
    from convcalc.cli.app import COMMANDS

    name = printable(net)
    if any(character in net for character in "\n; {") and not net.endswith(".conv"):
        shown = name if len(name) <= 40 else name[:39] + "…"
        return wrong(f"there is no file {shown}", "to give the spec itself, write -e before it")
    folder, base = os.path.split(net)
    try:
        files = [entry for entry in os.listdir(folder or ".") if not entry.startswith(".")]
    except OSError:
        return wrong(
            f"there is no file {name}", f"there is no directory {printable(folder)} either"
        )
    if net in COMMANDS:
        return wrong(f"there is no file {name}", f"the command comes first: convcalc {net} …")
    if folder or base.endswith(".conv"):
        stem, suffix = os.path.splitext(base)
        near = nearest(stem, [os.path.splitext(f)[0] for f in files if f.endswith(suffix)])
        path = printable(os.path.join(folder, near + suffix)) if near else ""
        message = f"there is no file {name}"
        return wrong(message, f"did you mean {path}?" if near else None)
    near = nearest(net, [*zoo.names(), *COMMANDS, *(f for f in files if f.endswith(".conv"))])
    what = f"the command convcalc {near}" if near in COMMANDS else printable(near or "")
    return wrong(
        f"{name} is neither a file nor a network of the zoo",
        f"did you mean {what}?" if near else "convcalc zoo lists the networks",
    )


def _not_in_zoo(name: str) -> SpecError:
    near = nearest(name, list(zoo.names()))
    return wrong(
        f"the zoo has no network {printable(name) or 'without a name'}",
        f"did you mean {near}?" if near else "convcalc zoo lists the networks",
    )


def _several(nets: tuple[str, ...]) -> SpecError:
    from convcalc.cli.app import COMMANDS

    near = nearest(nets[0], list(COMMANDS))
    if near and not os.path.exists(nets[0]) and nets[0] not in zoo.names():
        return wrong(
            f"there is no command {printable(nets[0])}",
            f"did you mean convcalc {near} {printable(nets[1])}?",
        )
    help = "one network at a time"
    if nets[0] in ("input", "title", "let", "layout", "symbol"):
        help = "to give the spec itself, write -e before it and put it in quotes"
    return wrong(f"{len(nets)} networks were named: {printable(', '.join(nets[:4]))}", help)
