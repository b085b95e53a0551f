"""The one located error, and the one place that draws it.

Syntax, names, sizes: whatever is wrong with a spec becomes a `Problem` that says where (a span of
the source), what (in the field's words), the numbers behind it, and where possible what would work.
All the problems of a file travel together in one `SpecError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convcalc.source import Source, Span

QUOTED_WIDTH = 100
"""The most characters of a source line that an error quotes."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a spec.

    `span` is None for a problem with no place in the text (a file that cannot be read, say).
    `details` are lines of working, `calls` the spans of the def calls that led here, innermost
    first. `about_size` says that another input size might have no such problem.
    """

    message: str
    source: Source
    span: Span | None = None
    details: tuple[str, ...] = ()
    help: str | None = None
    calls: tuple[Span, ...] = ()
    about_size: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The problem as JSON data: file, line, column (from 1, or None), message, help."""
        line, column = self.source.position(self.span.start) if self.span else (None, None)
        message = "\n".join((self.message, *self.details))
        return {
            "file": printable(self.source.name) or None,
            "line": line,
            "column": column,
            "message": message,
            "help": self.help,
        }

    def __str__(self) -> str:
        lines = [f"error: {self.message}"]
        if self.span is not None:
            lines += _drawn(self.source, self.span)
        elif self.source.name:
            lines.append(f"  {printable(self.source.name)}")
        lines += (f"  {detail}" for detail in self.details)
        for call in self.calls:
            line, column = self.source.position(call.start)
            quoted = printable(self.source.text[call.start : call.end].split("\n")[0])
            place = f"{printable(self.source.name)}:{line}:{column}"
            lines.append(f"  called at {place}: {_shortened(quoted, 60)}")
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)


class SpecError(ValueError):
    """Something is wrong with a spec; `problems` has every mistake that was found, in the text's
    order.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.problems))


def wrong(message: str, help: str | None = None, file: str = "") -> SpecError:
    """What is wrong with what was asked for, or with a whole file; it has no place in a text."""
    return SpecError(Problem(message, Source("", file), help=help))


def printable(text: str) -> str:
    """The text with tabs as blanks and every other character a terminal would act on as ``?``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c == "\t" else "?" for c in text)


def nearest(word: str, known: list[str]) -> str | None:
    """The known word that a misspelt one most likely means, if any is near."""
    from difflib import get_close_matches  # only ever needed once something is wrong

    folded = {name.lower(): name for name in reversed(known)}
    matches = get_close_matches(word.lower()[:40], folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _drawn(source: Source, span: Span) -> list[str]:
    """The place, the quoted line and the underline below the span."""
    line, column = source.position(span.start)
    text = source.line(line)
    start = column - 1
    end = min(max(start + span.end - span.start, start + 1), max(len(text), start + 1))
    left = 0
    if len(text) > QUOTED_WIDTH:  # quote the part of a long line around the span
        left = max(0, min(start - 20, len(text) - QUOTED_WIDTH))
        end = min(end, left + QUOTED_WIDTH)
    part = text[left : left + QUOTED_WIDTH]
    prefix = "…" if left else ""
    suffix = "…" if left + QUOTED_WIDTH < len(text) else ""
    before = prefix + printable(text[left:start])
    marked = printable(text[start:end])
    number = str(line)
    underline = "^" * max(display_width(marked), 1)
    return [
        f"  {printable(source.name)}:{line}:{column}",
        f"  {number} | {prefix}{printable(part)}{suffix}",
        f"  {' ' * len(number)} | {' ' * display_width(before)}{underline}",
    ]


def display_width(text: str) -> int:
    """The columns a text takes in a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
