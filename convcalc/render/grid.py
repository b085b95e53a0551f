"""Rows and columns set in lines of a given width.

A number is never cut. Where the width does not do, the layout gives up one thing after another, the
least important first (`CONCESSIONS`), and says which columns those were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from convcalc.render.columns import BY_KEY, Column, operation
from convcalc.render.rows import ACTIVATIONS, Row
from convcalc.render.terminal import Line
from convcalc.render.units import Spelling, share
from convcalc.report import LayerReport, Totals

STANDARD = (
    "name",
    "text",
    "output",
    "padding",
    "parameters",
    "parameters_share",
    "macs",
    "macs_share",
)
"""The columns of a table, unless others are asked for."""

WIDE = (
    "name",
    "text",
    "input",
    "output",
    "padding",
    "field",
    "memory",
    "parameters",
    "parameters%",
    "parameters_share",
    "macs",
    "macs%",
    "macs_share",
)
EXTRAS = ("macs%", "parameters%", "memory", "field", "input")
"""What a wide terminal shows besides, the most important first; `WIDE` has their places."""

SHORT_TEXT, SHORT_BARS, SHORT_NAMES = "short texts", "short bars", "short names"
NARROW_TEXT, NARROW_NAMES = "narrow texts", "narrow names"
CONCESSIONS = (
    "line",
    "index",
    SHORT_TEXT,
    SHORT_BARS,
    "inputs",
    "parameters%",
    "macs%",
    "kind",
    SHORT_NAMES,
    NARROW_TEXT,
    "dilation",
    "stride",
    "kernel",
    "input",
    "field",
    "padding",
    "memory",
    "connections",
    "buffers",
    "trainable",
    "biases",
    "weights",
    "text",
    "parameters_share",
    "macs_share",
    NARROW_NAMES,
    "macs",
    "output",
)
"""What is given up for want of width, one after another: columns, and how others are written."""

TURN = {concession: turn for turn, concession in enumerate(CONCESSIONS)}

LEAST = {SHORT_NAMES: 24, NARROW_TEXT: 14, NARROW_NAMES: 14}
"""The width that a text or a name keeps after a concession."""

BAR_WIDTH = 8
EIGHTHS = "▏▎▍▌▋▊▉█"
MARKS = "▁▂▃▄▅▆▇█"
MARKS_ASCII = ".:#"

HOT = 0.1
"""The share of a total from which on a number stands out."""


class Grid(NamedTuple):
    """A table that is laid out: its lines, their width, and the columns there was no room for."""

    lines: Iterator[Line]
    width: int
    dropped: tuple[str, ...]


class _Set(NamedTuple):
    """A column that is set: its heading, its cells down to the total, and the width they get.

    `fuller` are the same cells with more in them, each to be taken where it fits.
    """

    column: Column
    heading: str
    cells: list[str]
    width: int
    fuller: list[str] | None = None


class Layout:
    """Rows and their total as cells, made a column at a time and only where one is wanted."""

    def __init__(self, rows: Iterable[Row], total: Row, totals: Totals, spelling: Spelling) -> None:
        self.rows = [*rows, total]
        self.totals = totals
        self.spelling = spelling
        self.made: dict[tuple[str, bool], _Set] = {}
        self.padding = True

    def fit(self, width: int | None, keys: Sequence[str] | None = None) -> Grid:
        """Lay out the columns in at most `width`; None is as wide as it takes."""
        wanted = tuple(keys or [key for key in STANDARD if not self._is_empty(BY_KEY[key])])
        self.padding = "padding" not in wanted
        if width is None:
            return self._grid(wanted, -1, None, ())
        shown, turn = wanted, -1
        while self._least(shown, turn) > width and turn < len(CONCESSIONS):
            turn += 1
            if len(shown) > 1:
                shown = tuple([key for key in shown if TURN.get(key) != turn])
        for key in reversed(CONCESSIONS[: turn + 1]):
            # What went early may fit beside what went late, not at the cost of what outlived it.
            more = tuple([k for k in wanted if k in shown or k == key])
            if len(more) > len(shown) and self._least(more, TURN[key]) <= width:
                shown = more
        if keys is None and turn < 0:
            for key in [key for key in EXTRAS if not self._is_empty(BY_KEY[key])]:
                more = tuple([k for k in WIDE if k in shown or k == key])
                if self._least(more, turn, gap=3) <= width:
                    shown = more
        dropped = tuple([key for key in wanted if key not in shown])
        return self._grid(shown, turn, width, dropped)

    def _is_empty(self, column: Column) -> bool:
        """Whether a column has shares of a total that is a formula or 0."""
        key = column.key
        return key.endswith(("%", "_share")) and column.value(self._whole, self.totals) is None

    def _least(self, keys: Sequence[str], turn: int, gap: int = 2) -> int:
        """The width that columns need at least once all concessions up to `turn` are made."""
        return sum([self._need(key, turn) for key in keys]) + _gaps(keys, gap)

    def _need(self, key: str, turn: int) -> int:
        need = self._set(key, turn).width
        cuts = {"text": (NARROW_TEXT,), "name": (SHORT_NAMES, NARROW_NAMES)}.get(key, ())
        return min([need, *[LEAST[cut] for cut in cuts if turn >= TURN[cut]]])

    def _grid(
        self, keys: Sequence[str], turn: int, width: int | None, dropped: tuple[str, ...]
    ) -> Grid:
        columns = [self._set(key, turn) for key in keys]
        natural = sum([column.width for column in columns])
        gap = 3 if width is None or natural + _gaps(keys, 3) <= width else 2
        spare = 0 if width is None else width - self._least(keys, turn)
        spare -= _gaps(keys, gap) - _gaps(keys, 2)
        for place, key in enumerate(keys):
            column = columns[place]
            need = self._need(key, turn)
            most = max(map(len, column.fuller)) if column.fuller else column.width
            if need < most and width is not None:
                columns[place] = column._replace(width=min(need + spare, most))
                spare -= columns[place].width - need
            if key.endswith("_share") and place and keys[place - 1].endswith("%"):
                columns[place] = column._replace(heading="")  # the share's heading does for its bar
        total = sum([column.width for column in columns]) + _gaps(keys, gap)
        return Grid(self._lines(columns, gap, total), total, dropped)

    def _set(self, key: str, turn: int) -> _Set:
        column = BY_KEY[key]
        style = SHORT_BARS if column.bar else SHORT_TEXT if key == "text" else None
        short = style is not None and turn >= TURN[style]
        made = self.made.get((key, short))
        if made is None:
            heading = "" if column.bar and short else column.heading
            cells = list(self._cells(column, short))
            made = _Set(column, heading, cells, max(len(heading), *map(len, cells)))
            if key == "text" and short:
                made = made._replace(fuller=[*self._texts(bias=False, sources=True), ""])
            self.made[key, short] = made
        return made

    def _texts(self, *, bias: bool, sources: bool) -> Iterator[str]:
        for row in self.rows[:-1]:
            yield operation(row, self.spelling, padding=self.padding, bias=bias, sources=sources)

    def _cells(self, column: Column, short: bool) -> Iterator[str]:
        *rows, total = self.rows
        spelling, totals = self.spelling, self.totals
        if column.key == "name":
            for row in rows:
                yield tree(row, spelling) + spelling.text(row.label)
            yield total.label
            return
        if column.bar:
            draw = mark if short else bar
            highest = max((column.value(row.item, totals) or 0 for row in rows), default=0)
            for row in rows:
                yield draw(column.value(row.item, totals) or 0, highest, spelling)
            yield ""
            return
        if column.key == "text":
            yield from self._texts(bias=not short, sources=not short)
            yield ""
            return
        cells = [column.show(row.item, spelling, totals) for row in rows]
        yield from cells
        whole = ""
        if column.total and not column.key.endswith("%"):
            whole = column.show(total.item, spelling, totals)
            if not isinstance(column.value(total.item, totals), int):  # a formula
                widest = max(map(len, [column.heading, *cells]))
                whole = whole if len(whole) <= widest else "below"
        yield whole

    def _lines(self, columns: Sequence[_Set], gap: int, width: int) -> Iterator[Line]:
        rule: Line = [(("-" if self.spelling.plain else "─") * width, "dim")]
        gaps = ["", *[" " if column.column.bar else " " * gap for column in columns[1:]]]
        heading: Line = []
        for (column, text, _, wide, _), blanks in zip(columns, gaps, strict=True):
            right = column.right and not column.bar
            heading += [(blanks, ""), (text.rjust(wide) if right else text.ljust(wide), "bold")]
        yield heading
        yield rule
        for index, row in enumerate(self.rows):
            is_total = index == len(self.rows) - 1
            if is_total:
                yield rule
            line: Line = []
            for (column, _, cells, wide, fuller), blanks in zip(columns, gaps, strict=True):
                cell = cells[index]
                if fuller is not None:
                    cell = self._fullest(cell, fuller[index], wide, row)
                if len(cell) > wide:
                    cell = self._shortened(cell, wide, row if column.key == "name" else None)
                right = column.right and not column.bar
                space = " " * (wide - len(cell))
                style = self._style(column, row, is_total)
                line.append((blanks + space if right else blanks, ""))
                if column.key == "name" and not is_total:
                    branches = 2 * (len(row.last) - 1)
                    line.append((cell[:branches], "dim"))
                    cell = cell[branches:]
                line.append((cell, style))
                if not right:
                    line.append((space, ""))
            yield line

    def _fullest(self, cell: str, fuller: str, width: int, row: Row) -> str:
        """The most of an operation that fits; at least that it reads not just the row before."""
        if len(fuller) <= width:
            return fuller
        if row.sources:
            hint = f"{cell} {self.spelling.source}{self.spelling.ellipsis}"
            return hint if len(hint) <= width else cell
        return cell

    def _shortened(self, cell: str, width: int, row: Row | None) -> str:
        """A cell cut to a width; of a name (in `row`) tree and last component stay longest."""
        sign = self.spelling.ellipsis
        if row is None:
            kept = cell[: width - len(sign) + 1].rpartition(" ")[0]  # no number is cut
            return (kept or cell[: width - len(sign)]).rstrip(" +,") + sign
        branches = tree(row, self.spelling)
        label = self.spelling.text(row.label)
        room = max(width - len(branches), len(sign) + 1)
        end = label.rpartition("/")[2]
        if len(end) + len(sign) + 1 <= room and "/" in label:
            return f"{branches}{sign}/{end}"
        left = (room - len(sign)) // 2
        right = room - len(sign) - left
        return f"{branches}{end[:left]}{sign}{end[len(end) - right :]}"

    def _style(self, column: Column, row: Row, is_total: bool) -> str:
        if is_total:
            return "bold"
        if column.bar:
            return "accent"
        if column.total:
            part = share(
                column.value(row.item, self.totals), column.value(self._whole, self.totals)
            )
            return "accent" if part is not None and part >= HOT and not row.is_open else ""
        if len(row.parts) == 1 and row.parts[0].kind in ACTIVATIONS:
            return "dim"
        return "bold" if row.is_open and column.key == "name" else ""

    @property
    def _whole(self) -> LayerReport:
        return self.rows[-1].item


def tree(row: Row, spelling: Spelling) -> str:
    """The branches before a row's label, two columns a level."""
    if len(row.last) == 1:
        return ""
    through, fork, end = ("| ", "|-", "`-") if spelling.plain else ("│ ", "├ ", "└ ")
    above = "".join(["  " if last else through for last in row.last[1:-1]])
    return above + (end if row.last[-1] else fork)


def bar(part: float, highest: float, spelling: Spelling) -> str:
    """A part as a bar, in eighths of a column, where `highest` is `BAR_WIDTH` long."""
    if highest <= 0:
        return ""
    if spelling.plain:
        return "#" * round(BAR_WIDTH * part / highest)
    full, rest = divmod(round(8 * BAR_WIDTH * part / highest), 8)
    return "█" * full + (EIGHTHS[rest - 1] if rest else "")


def mark(part: float, highest: float, spelling: Spelling) -> str:
    """A part as one sign that is the taller the nearer it comes to `highest`."""
    signs = MARKS_ASCII if spelling.plain else MARKS
    height = round(len(signs) * part / highest) if highest > 0 else 0
    return signs[height - 1] if height else ""


def _gaps(keys: Sequence[str], gap: int) -> int:
    """The blanks between columns; a bar stands close to its number."""
    return sum([1 if BY_KEY[key].bar else gap for key in keys[1:]])
