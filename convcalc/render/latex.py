"""A report's table for LaTeX: a complete tabular in the style of booktabs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from convcalc.render.columns import chosen, row_cells, total_cells
from convcalc.render.markdown import COLUMNS
from convcalc.render.rows import outline
from convcalc.render.summary import facts, messages, shortened_by, total_row, totals
from convcalc.render.units import UNICODE, Spelling, is_whole

if TYPE_CHECKING:
    from convcalc.report import Report

MATH = ("\ue000", "\ue001")
"""What stands around LaTeX for math mode inside a cell, until the cell is `escaped`."""


class Typeset(Spelling):
    """Formulas set by LaTeX, everything else as people read it."""

    def number(self, value: Any) -> str:
        return super().number(value) if isinstance(value, int) else _math(value, "{}")

    def _factor(self, value: Any) -> str:
        if isinstance(value, int):
            return str(value)
        return _math(value, "{}" if is_whole(str(value)) else r"\left({}\right)")


def _math(value: Any, form: str) -> str:
    from convcalc.arithmetic.typeset import latex  # only networks with symbols need it

    return MATH[0] + form.replace("{}", latex(value)) + MATH[1]


TYPESET = Typeset(*UNICODE)

_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
    "*": r"$*$",
    '"': "''",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": r"$-$",
    "–": "--",
    "…": r"\dots{}",
    "←": r"$\leftarrow$",
    "⌊": r"$\lfloor$",
    "⌋": r"$\rfloor$",
    "⌈": r"$\lceil$",
    "⌉": r"$\rceil$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
} | {sign: f"$^{digit}$" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}


def write(
    report: Report,
    stream: TextIO,
    *,
    columns: Sequence[str] | None = None,
    depth: int | None = None,
    quiet: bool = False,
) -> None:
    """The tabular; title, totals in words and (unless `quiet`) notes are comments around it.

    Raises `SpecError` for a column that there is not.
    """
    shown = chosen(COLUMNS if columns is None else columns)
    name = next((place for place, column in enumerate(shown) if column.key == "name"), None)
    rows = outline(report, depth)
    stream.write(_comment(report.title or "a network"))
    stream.write(_comment(facts(report, UNICODE)))
    stream.write(_comment(r"needs \usepackage{booktabs}"))
    stream.write(f"\\begin{{tabular}}{{{''.join('r' if c.right else 'l' for c in shown)}}}\n")
    stream.write("  \\toprule\n")
    stream.write(_row([escaped(column.heading) for column in shown]))
    stream.write("  \\midrule\n")
    for row in rows.rows:
        cells = [escaped(cell) for cell in row_cells(row, shown, TYPESET, report.totals)]
        if name is not None:
            cells[name] = r"\quad " * (len(row.last) - 1) + cells[name]
        stream.write(_row(cells))
    stream.write("  \\midrule\n")
    total = total_cells(total_row(report), shown, TYPESET, report.totals)
    stream.write(_row([escaped(cell) for cell in total]))
    stream.write("  \\bottomrule\n\\end{tabular}\n")
    stream.writelines(_comment(f"{what}: {text}") for what, text in totals(report, UNICODE))
    stream.writelines(
        _comment(f"{message.kind}: {message.text}")
        for message in messages(report, UNICODE)
        if not quiet or message.kind == "wrong"
    )
    if not quiet and (remark := shortened_by(rows, report)):
        stream.write(_comment(remark))


def escaped(text: str) -> str:
    """A text that LaTeX sets as it is; a sign it may not know becomes a question mark."""
    parts: list[str] = []
    for place, piece in enumerate(text.replace(MATH[1], MATH[0]).split(MATH[0])):
        pieces = [f"${piece}$"] if place % 2 else map(_sign, UNICODE.text(piece))
        for known in pieces:
            if known[0] == "$" and parts and parts[-1][0] == "$":  # one formula, not two
                gap = " " if known[1].isalpha() else ""  # \times H, not \timesH
                parts[-1] = parts[-1][:-1] + gap + known[1:]
            else:
                parts.append(known)
    return "".join(parts)


def _sign(sign: str) -> str:
    return _SIGNS.get(sign) or (sign if sign.isascii() else "?")


def _comment(text: str) -> str:
    return f"% {UNICODE.text(text)}\n"


def _row(cells: Sequence[str]) -> str:
    return f"  {' & '.join(cells)} \\\\\n"
