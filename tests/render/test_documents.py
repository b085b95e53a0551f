"""Markdown, LaTeX and HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from convcalc import analyze, zoo
from convcalc.render import ALL, html, latex, markdown
from convcalc.report import Report
from tests.render.conftest import BRANCHES, GOLDEN, SYMBOLS, WRONG, written

Golden = Callable[[Path, str], None]
Reports = Callable[[str], Report]
FORMATS = {"markdown": "md", "latex": "tex", "html": "html"}


@pytest.mark.parametrize(("format", "suffix"), FORMATS.items())
def test_networks(golden: Golden, report: Reports, format: str, suffix: str) -> None:
    for name in ("lenet5", "resnet50"):
        golden(GOLDEN / f"{name}.{suffix}", written(report(name), format=format))


@pytest.mark.parametrize(("format", "suffix"), FORMATS.items())
def test_sheets(golden: Golden, format: str, suffix: str) -> None:
    for name, text in (("wrong", WRONG), ("symbols", SYMBOLS), ("branches", BRANCHES)):
        golden(GOLDEN / f"{name}.{suffix}", written(analyze(text), format=format))


@pytest.mark.parametrize("format", FORMATS)
def test_quiet_leaves_out_notes_but_no_wrong_answer(format: str) -> None:
    loud = written(analyze(WRONG), format=format)
    quiet = written(analyze(WRONG), format=format, quiet=True)
    assert "wrong" in loud
    assert "drops" in loud
    assert "wrong" in quiet
    assert "drops" not in quiet
    assert "93,660" in quiet


@pytest.mark.parametrize("format", FORMATS)
def test_columns_and_depth(report: Reports, format: str) -> None:
    text = written(report("resnet50"), format=format, columns=("macs", "name"), depth=0, quiet=True)
    assert "stage" not in text
    assert "body1" not in text
    assert "667,942,912" in text


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("depth", [None, ALL])
def test_a_latex_table_is_well_formed(report: Reports, name: str, depth: int | None) -> None:
    lines = written(report(name), format="latex", depth=depth).splitlines()
    code = [line for line in lines if not line.startswith("%")]
    assert code[0] == r"\begin{tabular}{llrrrr}"
    assert code[-1] == r"\end{tabular}"
    assert [line for line in code if "rule" in line] == [
        r"  \toprule",
        r"  \midrule",
        r"  \midrule",
        r"  \bottomrule",
    ]
    for line in code[1:-1]:
        if "rule" not in line:
            check_latex(line, 6)


COMMANDS = re.compile(
    r"\\(cdot|dots|frac|geq|[lr](ceil|floor)|leftarrow|leq|left|mathit|max|min|quad|right"
    r"|textasciitilde|times)"
)
"""What stands in a table; a command that runs into a letter is another."""


def check_latex(line: str, columns: int) -> None:
    """A row with as many cells as columns and nothing that LaTeX would read otherwise."""
    assert line.endswith(r" \\")
    row = line.removesuffix(r" \\")
    assert len(re.findall(r"(?<!\\)&", row)) == columns - 1
    for cell in re.split(r"(?<!\\)&", row):
        assert len(re.findall(r"(?<!\\)\$", cell)) % 2 == 0
        assert not re.search(r"(?<!\\)[#%_~^{}]", re.sub(r"\$[^$]*\$|\\\w+\{\}", "", cell))
        assert cell.isascii()
        assert all(map(COMMANDS.fullmatch, re.findall(r"\\[A-Za-z]+", cell)))


@pytest.mark.parametrize("text", [WRONG, SYMBOLS, BRANCHES, "input 3xHxW; conv 8 3x3 pad=1"])
def test_latex_of_sheets_is_well_formed(text: str) -> None:
    for line in written(analyze(text), format="latex").splitlines():
        if line.endswith(r"\\"):
            check_latex(line, 6)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        (
            "a_b & 50% #1 {x} ~ ^ \\ $",
            r"a\_b \& 50\% \#1 \{x\} \textasciitilde{} "
            r"\textasciicircum{} \textbackslash{} \$",
        ),
        ("⌊(H − 7)/4⌋·⌈W/2⌉", r"$\lfloor$(H $-$ 7)/4$\rfloor\cdot\lceil$W/2$\rceil$"),
        ("18·F² + 3×4", r"18$\cdot$F$^2$ + 3$\times$4"),
        ("Größe", "Gr??e"),
    ],
)
def test_latex_escapes(text: str, escaped: str) -> None:
    assert latex.escaped(text) == escaped


def test_a_title_cannot_leave_its_latex_comment() -> None:
    text = written(analyze('title "a\\end{document} % \x85 b"\ninput 3'), format="latex")
    assert text.splitlines()[0] == "% a\\end{document} % ? b"


def test_markdown_escapes() -> None:
    assert markdown.escaped("a|b *c* [d](e) `f` <g> _h_ # ~") == (
        r"a\|b \*c\* \[d\](e) \`f\` \<g\> \_h\_ \# \~"
    )


@pytest.mark.parametrize("text", [WRONG, SYMBOLS, BRANCHES])
def test_markdown_rows_have_equally_many_cells(text: str) -> None:
    rows = [
        line
        for line in written(analyze(text), format="markdown").splitlines()
        if line.startswith("|")
    ]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}


class Reader(HTMLParser):
    """The texts of the cells, and whether every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_html_is_well_formed(report: Reports) -> None:
    reader = read(html.render(report("lenet5")))
    assert reader.rows[0] == [
        "layer",
        "operation",
        "output",
        "pad",
        "parameters",
        "share",
        "MACs",
        "share",
    ]
    assert reader.rows[5][:5] == ["c3", "conv 16 5x5 connections=60", "16×10×10", "0", "1,516"]
    assert reader.rows[-1] == ["total", "", "", "", "60,840", "", "326,520", ""]
    assert {len(row) for row in reader.rows} == {8}
    assert reader.attributes == {"class", "style"}


def test_html_is_what_a_notebook_shows(report: Reports) -> None:
    network: Any = report("resnet50")
    assert network._repr_html_() == html.render(network) == written(network, format="html")


def test_html_runs_nothing() -> None:
    title = "<script>alert('&')</script>"
    text = written(analyze(f'title "{title}"\ninput 3'), format="html")
    assert "<script" not in text
    assert "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;" in text
