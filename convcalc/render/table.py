"""The table for people, fitted to the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from convcalc.errors import display_width
from convcalc.render.columns import BY_KEY, chosen
from convcalc.render.grid import Layout
from convcalc.render.rows import outline
from convcalc.render.summary import facts, messages, shortened_by, total_row, totals
from convcalc.render.terminal import Line, plain, spelling_of, width_of, write_lines
from convcalc.render.units import ASCII, UNICODE, Spelling

if TYPE_CHECKING:
    from convcalc.report import Report


def write(
    report: Report,
    stream: TextIO,
    *,
    columns: Sequence[str] | None = None,
    depth: int | None = None,
    quiet: bool = False,
    width: int | None = None,
) -> None:
    """Print the table to a stream, no wider than a terminal, in signs and colours it can show.

    Anything but a terminal gets every column in full and no colour. Raises `SpecError` for a
    column that there is not.
    """
    lines = layout(
        report,
        width_of(stream) if width is None else width,
        columns=columns,
        depth=depth,
        quiet=quiet,
        spelling=spelling_of(stream),
    )
    write_lines(lines, stream)


def render(
    report: Report,
    width: int | None = None,
    *,
    columns: Sequence[str] | None = None,
    depth: int | None = None,
    quiet: bool = False,
    unicode: bool = True,
) -> str:
    """The table as plain text."""
    spelling = UNICODE if unicode else ASCII
    lines = layout(report, width, columns=columns, depth=depth, quiet=quiet, spelling=spelling)
    return "".join(map(plain, lines))


def layout(
    report: Report,
    width: int | None,
    *,
    columns: Sequence[str] | None,
    depth: int | None,
    quiet: bool,
    spelling: Spelling,
) -> Iterator[Line]:
    """The lines of the whole table."""
    keys = [column.key for column in chosen(columns)] if columns is not None else None
    shown = outline(report, depth)
    grid = Layout(shown.rows, total_row(report), report.totals, spelling).fit(width, keys)
    yield from _heading(report, grid.width, width, spelling)
    yield from grid.lines
    yield []
    sums = list(totals(report, spelling))
    margin = max(len(name) for name, _ in sums)
    for name, text in sums:
        yield from _wrapped(f"{name:<{margin}}  ", text, width, "bold")
    remarks = [shortened_by(shown, report), _not_shown(grid.dropped, width)]
    found = list(messages(report, spelling))
    if quiet:  # a wrong answer, which rules the exit status, is never left out
        remarks, found = [], [message for message in found if message.kind == "wrong"]
    if found or any(remarks):
        yield []
    for kind, text in found:
        if kind != "note":
            yield from _wrapped(f"{kind}: ", text, width, "wrong" if kind == "wrong" else "bold")
    for remark in filter(None, remarks):
        yield from _wrapped("", spelling.text(remark), width, "dim")
    for kind, text in found:
        if kind == "note":
            yield from _wrapped("note: ", text, width, "bold")


def _heading(
    report: Report, grid_width: int, width: int | None, spelling: Spelling
) -> Iterator[Line]:
    """The title, and at the table's right edge the input; two lines where there is no room."""
    title = spelling.text(report.title or "")
    about = facts(report, spelling)
    taken = display_width(title) + len(about)
    gap = max(grid_width - taken, 3)
    if title and (width is None or taken + gap <= width):
        yield [(title, "bold"), (" " * gap, ""), (about, "")]
    else:
        if title:
            yield from _wrapped("", title, width, "bold")
        yield from _wrapped("", about, width, "")
    yield []


def _not_shown(dropped: Sequence[str], width: int | None) -> str:
    if not dropped:
        return ""
    names = [BY_KEY[key].name or BY_KEY[key].heading for key in dropped]
    return f"not shown at {width} columns: {', '.join(names)}"


def _words(text: str) -> Iterator[str]:
    """The pieces of a text between blanks; ⌊(H + 4)/16⌋ is one."""
    word, inside = "", 0
    for piece in text.split(" "):
        word = f"{word} {piece}" if inside else piece
        inside += sum(map(piece.count, "⌊⌈")) - sum(map(piece.count, "⌋⌉"))
        if not inside:
            yield word
    if inside:
        yield word


def _wrapped(label: str, text: str, width: int | None, style: str) -> Iterator[Line]:
    """A text in lines, those after the first below its beginning; `style` is for the label."""
    room = max(width - len(label), 20) if width is not None else len(text) * 2 + 1
    text_style = "" if label else style
    before, line = label, ""
    for whole in _words(text):
        word = whole
        longer = f"{line} {word}" if line else word
        if display_width(longer) <= room:
            line = longer
            continue
        if line:
            yield [(before, style), (line, text_style)]
            before = " " * len(label)
        while display_width(word) > room:
            cut = next(n for n in range(1, len(word)) if display_width(word[: n + 1]) > room)
            yield [(before, style), (word[:cut], text_style)]
            before, word = " " * len(label), word[cut:]
        line = word
    yield [(before, style), (line, text_style)]
