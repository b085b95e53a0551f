"""The commands of a session, a function each: the session and the rest of the line → a reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import convcalc
from convcalc.errors import SpecError, nearest, printable, wrong
from convcalc.repl.session import Reply, Session, lines_of

if TYPE_CHECKING:
    from convcalc.report import Report


class Command(NamedTuple):
    """One command: how it is written, what it does, its function, and what else to know."""

    usage: str
    summary: str
    run: Callable[[Session, str], Reply]
    more: str = ""


def _show(session: Session, rest: str) -> Reply:
    _nothing(rest, "show")
    from convcalc.render import table

    text = table.render(_report(session), session.width, unicode=not session.spelling.plain)
    return Reply(text.rstrip("\n"))


def _list(session: Session, rest: str) -> Reply:
    _nothing(rest, "list")
    lines = session.state.lines
    if not lines:
        return Reply("no lines yet")
    margin = len(str(len(lines)))
    return Reply(
        "\n".join(
            f"{number:>{margin}} | {session.spelling.text(line)}".rstrip()
            for number, line in enumerate(lines, 1)
        )
    )


def _undo(session: Session, rest: str) -> Reply:
    _nothing(rest, "undo")
    return session.undo()


def _redo(session: Session, rest: str) -> Reply:
    _nothing(rest, "redo")
    return session.redo()


def _insert(session: Session, rest: str) -> Reply:
    number, text = _numbered(session, rest, "insert", "insert 2 conv 16 3x3")
    lines = list(session.state.lines)
    if not text:
        raise wrong("insert needs what to insert", "for example: insert 2 conv 16 3x3")
    lines[number - 1 : number - 1] = text.split("\n")
    return _changed(session, f"insert {rest}", lines)


def _edit(session: Session, rest: str) -> Reply:
    number, text = _numbered(session, rest, "edit", "edit 2 conv 16 3x3")
    lines = list(session.state.lines)
    if not text:
        return Reply(prefill=f"edit {number} {lines[number - 1]}")
    lines[number - 1 : number] = text.split("\n")
    return _changed(session, f"edit {rest}", lines)


def _delete(session: Session, rest: str) -> Reply:
    match = re.fullmatch(r"([0-9]+)(?:\s*-\s*([0-9]+))?", rest)
    if match is None:
        raise _no_number(session, rest, "delete", "delete 2, or delete 2-4")
    first = _line(session, match[1])
    last = _line(session, match[2] or match[1])
    if last < first:
        raise wrong(f"line {last} stands above line {first}")
    lines = list(session.state.lines)
    del lines[first - 1 : last]
    return _changed(session, f"delete {rest}", lines)


def _set(session: Session, rest: str) -> Reply:
    from convcalc.repl.edits import settings, with_setting

    values = settings(rest)
    if not values or not all(values.values()):
        raise wrong("set needs NAME=VALUE", "for example: set width=32")
    text = session.state.text
    symbols = session.report.symbols if session.report else ()
    for name, value in values.items():
        changed = with_setting(text, name, value, symbols)
        if changed is None:
            near = nearest(name, [*session.lets, *symbols])
            raise wrong(
                f"{name} is neither a let nor a symbol of the network",
                f"did you mean {near}?" if near else None,
            )
        text = changed
    return _changed(session, f"set {rest}", lines_of(text))


def _explain(session: Session, rest: str) -> Reply:
    from convcalc.homework.explain import meaning
    from convcalc.render import explain
    from convcalc.render.terminal import plain

    layers = _report(session).layers
    if not layers and not rest:
        raise wrong("there is no layer yet")
    state = session.state
    _, found = convcalc.explain(state.text, rest or layers[-1].name, name=state.name)
    width = session.width or 100
    lines = explain.lines(found, None, meaning, width=width, spelling=session.spelling)
    return Reply("".join(map(plain, lines)).rstrip("\n"))


def _solve(session: Session, rest: str) -> Reply:
    from convcalc.render import solution as renderer

    _report(session)
    text = session.state.text
    options: dict[str, Any] = {}
    words = iter(rest.split())
    if "?" in rest:
        text += f"{rest}\n"
        words = iter(())
    for word in words:
        if word == "strict":
            options[word] = True
        elif word in ("near", "why", "want") and (value := next(words, None)) is not None:
            options[word] = value
        else:
            raise wrong(
                f"solve cannot do anything with {printable(word)}",
                "it is near 350, why 350x525, want 512x7x7, strict, or a layer with ? in it",
            )
    solution = convcalc.solve(text, name=session.state.name, **options)
    return Reply(_plain(session, renderer.text(solution)))


def _check(session: Session, rest: str) -> Reply:
    from convcalc.render.homework import lines
    from convcalc.render.terminal import plain

    _nothing(rest, "check")
    _report(session)
    marks = convcalc.check(session.state.text, name=session.state.name)
    return Reply("".join(map(plain, lines(marks, session.spelling))).rstrip("\n"))


def _save(session: Session, rest: str) -> Reply:
    return _written(session, rest, replace=False)


def _save_over(session: Session, rest: str) -> Reply:
    return _written(session, rest, replace=True)


def _load(session: Session, rest: str) -> Reply:
    if not rest:
        raise wrong("load needs a file or a network of the zoo", "zoo lists these")
    text, name = session.read(rest)
    file = None if name.startswith("zoo:") else name
    return session.replace(f"load {rest}", lines_of(text), file)


def _new(session: Session, rest: str) -> Reply:
    _nothing(rest, "new")
    return session.replace("new", (), None)


def _zoo(session: Session, rest: str) -> Reply:
    from convcalc import zoo

    if rest:
        text, _ = session.read(f"zoo:{rest.removeprefix('zoo:')}")
        return Reply(_plain(session, text))
    names = zoo.names()
    margin = max(map(len, names)) + 2
    each = max((session.width or 80) // margin, 1)
    rows = (names[start : start + each] for start in range(0, len(names), each))
    return Reply("\n".join("".join(f"{name:{margin}}" for name in row).rstrip() for row in rows))


def _help(session: Session, rest: str) -> Reply:
    if not rest:
        return Reply("\n".join(_overview()))
    from convcalc import docs
    from convcalc.layers.catalog import JOINS, LAYERS

    name = rest.lower().removeprefix(":")
    if name in COMMANDS:
        command = COMMANDS[name]
        return Reply(f"{command.usage}: {command.summary}\n{command.more}".rstrip("\n"))
    if name in LAYERS and name not in JOINS:
        for section in docs.text("layers").split("\n## "):
            if section.split(maxsplit=1)[0] == LAYERS[name].kind:
                return Reply(_plain(session, section.strip().replace("`", "")))
    near = nearest(name, [*COMMANDS, *LAYERS])
    raise wrong(
        f"there is no command and no layer {printable(rest)}",
        f"did you mean {near}?" if near else "help lists the commands, convcalc docs the language",
    )


def _quit(_session: Session, rest: str) -> Reply:
    _nothing(rest, "quit")
    return Reply(leave=True)


COMMANDS = {
    "show": Command("show", "the table of the whole network", _show),
    "list": Command("list", "its lines with their numbers", _list),
    "undo": Command("undo", "take the last change back", _undo),
    "redo": Command("redo", "make it once more", _redo),
    "insert": Command("insert N LINE", "put a line before line N", _insert),
    "edit": Command(
        "edit N [LINE]",
        "put another line in the place of line N",
        _edit,
        "Without LINE the prompt offers the old one to be changed.",
    ),
    "delete": Command("delete N[-M]", "take line N away, or lines N to M", _delete),
    "set": Command("set NAME=VALUE", "give a let or a symbol this value", _set),
    "explain": Command(
        "explain [LAYER]",
        "where a layer's numbers come from",
        _explain,
        "LAYER is a name, a number, or :7 for line 7; without it, the last layer.",
    ),
    "solve": Command(
        "solve",
        "the input sizes for which the network works",
        _solve,
        "solve near 350x525: the nearest sizes; why 350: what fails there;\n"
        "want 512x7x7: sizes that give this output; strict: that drop no pixel;\n"
        "solve conv 8 ? s=2 -> 8x5x5: what the ? of a layer that would come next may be.",
    ),
    "check": Command("check", "mark the answers behind ->", _check),
    "save": Command("save [FILE]", "write the network to a file", _save),
    "save!": Command("save! FILE", "write it over a file that is there already", _save_over),
    "load": Command("load NET", "go on with a file or a network of the zoo", _load),
    "new": Command("new", "begin a new network", _new),
    "zoo": Command("zoo [NAME]", "the networks of the zoo, or the text of one", _zoo),
    "help": Command("help [WORD]", "this, or about a command or a layer", _help),
    "quit": Command("quit", "leave, as Ctrl-D does", _quit),
}


def _overview() -> Iterator[str]:
    yield "A line of the language, such as conv 16 3x3, goes to the end of the network."
    yield "A second input SHAPE is another shape of the input. Commands:"
    yield ""
    margin = max(len(command.usage) for command in COMMANDS.values())
    for command in COMMANDS.values():
        yield f"  {command.usage:{margin}}  {command.summary}"
    yield ""
    yield "A def or a let goes before a command of its name; :undo always is the command."


def _changed(session: Session, what: str, lines: list[str]) -> Reply:
    """Make the change; show what is different, and what that adds up to."""
    reply = session.change(what, lines)
    return Reply("\n".join(filter(None, (reply.text, session.summary()))))


def _written(session: Session, path: str, *, replace: bool) -> Reply:
    target = path or session.state.document.file
    if target is None:
        raise wrong("the network has no file yet", "for example: save mynet.conv")
    if not session.state.lines:
        raise wrong("there is nothing to save")
    session.write(target, session.state.text, replace or target == session.state.document.file)
    session.keep(target)
    count = len(session.state.lines)
    return Reply(f"{printable(target)}: {count:,} {'line' if count == 1 else 'lines'}")


def _report(session: Session) -> Report:
    if session.report is None:
        raise wrong("there is no network yet", "a network begins with, say, input 3x224x224")
    return session.report


def _nothing(rest: str, name: str) -> None:
    if rest:
        raise wrong(f"{name} takes nothing behind it, not {printable(rest)}")


def _plain(session: Session, text: str) -> str:
    return "\n".join(map(session.spelling.text, text.splitlines()))


def _numbered(session: Session, rest: str, name: str, example: str) -> tuple[int, str]:
    """A line's number and what stands behind it."""
    match = re.fullmatch(r"([0-9]+)(?:\s+(.*))?", rest, re.DOTALL)
    if match is None:
        raise _no_number(session, rest, name, example)
    return _line(session, match[1]), match[2] or ""


def _line(session: Session, digits: str) -> int:
    count = len(session.state.lines)
    if not 1 <= int(digits[:9]) <= count:
        last = f"the last is line {count}" if count else "there are none yet"
        raise wrong(f"there is no line {digits[:9]}", last)
    return int(digits)


def _no_number(session: Session, rest: str, name: str, example: str) -> SpecError:
    word = rest.split(maxsplit=1)[0] if rest else ""
    for layer in session.report.layers if session.report else ():
        if layer.name == word:
            return wrong(f"{name} needs the number of a line", f"{word} is on line {layer.line}")
    return wrong(f"{name} needs the number of a line", f"for example: {example}; list has them all")
