"""The table as text: exact at several widths, and what must hold at any."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from convcalc import SpecError, analyze, zoo
from convcalc.render import ALL, table, write
from convcalc.render.columns import BY_KEY, COLUMNS, brief
from convcalc.render.grid import CONCESSIONS, EXTRAS, STANDARD, WIDE
from convcalc.render.table import render
from convcalc.render.units import UNICODE
from convcalc.report import Report
from tests.render.conftest import BRANCHES, DEEP, GOLDEN, SYMBOLS, WRONG, long_network, written

Golden = Callable[[Path, str], None]
Reports = Callable[[str], Report]


class Terminal(StringIO):
    """A stream that takes itself for a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Recorder(StringIO):
    """Counts what is written and forgets it."""

    longest = 0
    total = 0

    def write(self, text: str, /) -> int:
        self.longest = max(self.longest, len(text))
        self.total += len(text)
        return len(text)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "WT_SESSION", "ANSICON"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize("width", [60, 80, 120, 200, None])
@pytest.mark.parametrize("name", ["lenet5", "resnet50", "googlenet"])
def test_networks(golden: Golden, report: Reports, name: str, width: int | None) -> None:
    golden(GOLDEN / f"{name}-{width or 'pipe'}.txt", render(report(name), width))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("wrong", WRONG),
        ("branches", BRANCHES),
        ("symbols", SYMBOLS),
        ("deep", DEEP),
        ("500-layers", long_network(500)),
    ],
)
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_sheets(golden: Golden, name: str, text: str, width: int) -> None:
    golden(GOLDEN / f"{name}-{width}.txt", render(analyze(text), width))


def test_ascii(golden: Golden, report: Reports) -> None:
    parts = [
        render(report("resnet18"), 80, unicode=False),
        render(analyze(WRONG, batch=4, dtype="float16"), 100, unicode=False),
        render(analyze(SYMBOLS), 120, unicode=False),
        render(analyze('title "Größe – 日本"\ninput 8x8x3', layout="hwc"), 60, unicode=False),
    ]
    assert all(part.isascii() for part in parts)
    golden(GOLDEN / "ascii.txt", "\n".join(parts))


@pytest.mark.parametrize("depth", [0, 1])
def test_folded(golden: Golden, report: Reports, depth: int) -> None:
    golden(GOLDEN / f"resnet50-depth-{depth}.txt", render(report("resnet50"), 100, depth=depth))


def test_whole(golden: Golden, report: Reports) -> None:
    golden(GOLDEN / "resnet18-all.txt", render(report("resnet18"), 120, depth=ALL))


def test_every_column_there_is(golden: Golden, report: Reports) -> None:
    columns = [column.key for column in COLUMNS]
    golden(GOLDEN / "lenet5-columns.txt", render(report("lenet5"), columns=columns))


@pytest.mark.parametrize("width", [*range(24, 64, 3), *range(64, 210, 7)])
@pytest.mark.parametrize("name", ["lenet5", "resnet50", "googlenet", "vgg16"])
def test_it_fits_and_no_number_is_cut(report: Reports, name: str, width: int) -> None:
    network = report(name)
    text = render(network, width)
    assert max(map(len, text.splitlines())) <= max(width, 36)
    number = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w])|(?<![\w.,×])\d+(?:×\d+)+")
    whole = set(number.findall(render(network, None)))
    found = number.findall(text)
    assert found
    assert set(found) <= whole


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_network_of_the_zoo_fits(report: Reports, name: str, width: int) -> None:
    text = render(report(name), width)
    assert max(map(len, text.splitlines())) <= width
    assert "\t" not in text
    assert not re.search(r" $", text, re.MULTILINE)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_columns_that_are_asked_for_fit_too(report: Reports, width: int) -> None:
    columns = [column.key for column in reversed(COLUMNS)]
    lines = render(report("alexnet"), width, columns=columns).splitlines()
    assert max(map(len, lines)) <= width
    dropped = " ".join(lines).partition(f"not shown at {width} columns: ")[2].split(", ")
    heading = re.split(" {2,}", lines[2].strip())
    for column in COLUMNS:
        if column.heading != "share":
            assert (column.heading in dropped) != (column.heading in heading), column.key


def test_columns_stand_in_the_order_asked_for(report: Reports) -> None:
    lines = render(report("lenet5"), 80, columns=("macs", "name", "kernel")).splitlines()
    assert lines[2] == "   MACs   layer      kernel"
    assert lines[4] == "117,600   c1              5"
    assert "326,520   total" in lines


def test_without_a_padding_column_the_operation_has_it(report: Reports) -> None:
    lines = render(report("alexnet"), columns=("name", "text")).splitlines()
    assert lines[8] == "conv2      conv 256 5x5 pad=2 g=2"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            ("outptu",),
            "there is no column outptu\n  help: did you mean output? the columns are index",
        ),
        (("name", "xyzzy"), "there is no column xyzzy\n  help: the columns are index, name, kind"),
        (("",), "a column has no name\n  help: the columns are index"),
        ((), "no column is named\n  help: the columns are index"),
        (("a\x1b[1m",), "there is no column a?[1m\n  help: the columns are"),
    ],
)
@pytest.mark.parametrize("format", ["table", "csv", "markdown", "latex", "html"])
def test_unknown_columns(
    report: Reports, format: str, columns: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        written(report("lenet5"), format=format, columns=columns)
    assert str(caught.value).startswith(f"error: {message}")
    assert isinstance(caught.value, ValueError)


def test_quiet_leaves_out_what_is_said_around_the_table() -> None:
    network = analyze(WRONG)
    quiet, loud = render(network, 80, quiet=True), render(network, 80)
    assert loud.startswith(quiet)
    assert "wrong: " in loud
    assert "note: " in loud
    assert "note: " not in quiet
    assert [line[:5] for line in quiet.splitlines()[-3:]] == ["", "wrong", "wrong"]


def test_the_order_of_what_is_said() -> None:
    lines = render(analyze(WRONG), 200).splitlines()
    assert lines[lines.index("") + 1].startswith("layer")
    assert [line.partition(":")[0] for line in lines[-4:]] == ["wrong", "wrong", "right", "note"]


def test_what_is_wrong_says_what_was_expected() -> None:
    text = "input 3x8x8\nc1: conv 4 3x3 pad=1 -> 4x6x6 pad=0 params=7 macs=1"
    lines = render(analyze(text)).splitlines()
    assert [line for line in lines if line.startswith("wrong")] == [
        "wrong: line 2, c1: expected output 4×6×6, actual 4×8×8",
        "wrong: line 2, c1: expected padding 0×0, actual 1×1",
        "wrong: line 2, c1: expected parameters 7, actual 112",
        "wrong: line 2, c1: expected MACs 1, actual 6,912",
    ]
    assert render(analyze("input 3x8x8 ; relu -> 3x8x8")).splitlines()[-1] == (
        "right: 1 expected value"
    )


def test_many_notes_of_a_kind_are_one() -> None:
    branches = " | ".join(["maxpool 2x2"] * 6)
    lines = render(analyze(f"input 3x15x15\nconcat {{ {branches} }}")).splitlines()
    notes = [line for line in lines if line.startswith("note")]
    assert notes == [
        "note: maxpool1: drops 1 row and 1 column at the end (stride 2 on 15); "
        "likewise maxpool2, maxpool3 and 3 more"
    ]


def test_units_of_a_batch() -> None:
    lines = render(analyze(WRONG, batch=1000, dtype="float64")).splitlines()
    assert "float64" in lines[0]
    assert "batch 1,000" in lines[0]
    assert "parameters   7,426 = 7.43 k, 58.0 KiB as float64" in lines
    assert "trained      156; 7,270 = 7.27 k are frozen" in lines
    assert "MACs         93,660 = 93.7 k for one example" in lines
    assert "activations  58.3 MiB for a batch of 1,000, at most 52.7 MiB alive at once" in lines


def test_a_network_without_layers() -> None:
    lines = render(analyze("input 3x8x8"), 80).splitlines()
    assert lines[0] == "input 3×8×8 · batch 1 · float32"
    assert lines[-3:-1] == ["parameters   none", "MACs         none"]


def test_several_inputs_are_named() -> None:
    text = "left: input 4\na: fc 3\nright: input 5\nfc 3\nadd @a"
    assert render(analyze(text), 80).splitlines()[0] == (
        "inputs left 4, right 5 · batch 1 · float32"
    )


def test_long_titles_and_labels_stay_inside() -> None:
    label = "a" * 50 + "_conv1"
    title = "語" * 50 + " " + "x" * 90
    network = analyze(f'title "{title}"\ninput 3x8x8\n{label}: conv 4 3x3')
    lines = render(network, 60).splitlines()
    assert lines[:5] == [
        "語" * 30,
        "語" * 20,
        "x" * 60,
        "x" * 30,
        "input 3×8×8 · batch 1 · float32",
    ]
    assert lines[8].startswith("aaaaaaaaaaa…aaaaaa_conv1  ")
    assert "4×6×6" in lines[8]


def test_a_terminal_rules_the_width(report: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "66")
    stream = Terminal()
    table.write(report("vgg16"), stream)
    assert stream.getvalue() == render(report("vgg16"), 66)


def test_a_pipe_is_as_wide_as_it_takes(report: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert written(report("vgg16")) == render(report("vgg16"), None)


def uncoloured(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    ("variables", "terminal", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour(
    variables: dict[str, str], terminal: bool, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if terminal else StringIO()
    table.write(analyze(WRONG), stream, width=90)
    text = stream.getvalue()
    assert ("\x1b[" in text) == coloured
    lines = [line.rstrip() for line in uncoloured(text).splitlines()]
    assert lines == render(analyze(WRONG), 90).splitlines()


def test_what_is_coloured(golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    text = written(analyze(WRONG), width=80)
    golden(GOLDEN / "colours.txt", text.replace("\x1b", "ESC"))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437"])
def test_an_encoding_without_the_signs_gets_ascii(report: Reports, encoding: str) -> None:
    class Stream(StringIO):
        pass

    Stream.encoding = encoding
    stream = Stream()
    table.write(report("resnet18"), stream, width=100)
    assert stream.getvalue() == render(report("resnet18"), 100, unicode=False)


@pytest.mark.parametrize("format", ["table", "json", "jsonl", "csv", "markdown", "latex", "html"])
def test_a_large_report_is_written_in_pieces(report: Reports, format: str) -> None:
    stream = Recorder()
    depth = None if format in ("json", "jsonl", "csv") else ALL
    write(report("resnet152"), stream, format=format, depth=depth)
    assert stream.total > 25_000
    assert stream.longest < 1_500


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("conv 64 7x7 stride=2 pad=3 bias=no", "conv 64 7x7 s=2 bias=no"),
        ("conv 8 3x3 stride=2x1 dilation=2 groups=4", "conv 8 3x3 s=2x1 d=2 g=4"),
        ("deconv 8 3x3 output_pad=1", "deconv 8 3x3 output_pad=1"),
        ("conv (H//2 + 1) 3x3 pad=(H - 1)", "conv (H//2 + 1) 3x3"),
        ("relu", "relu"),
    ],
)
def test_brief(text: str, short: str) -> None:
    assert brief(text, padding=False) == short


def test_brief_without_bias() -> None:
    assert brief("conv 8 3x3 pad=1 bias=no", bias=False) == "conv 8 3x3 pad=1"


def test_the_layout_knows_its_columns() -> None:
    assert set(STANDARD) <= set(WIDE) == set(STANDARD) | set(EXTRAS)
    assert set(BY_KEY) - set(CONCESSIONS) == {"name", "parameters"}


def test_words_are_not_cut_inside_numbers(report: Reports) -> None:
    lines = render(report("googlenet"), 80).splitlines()
    assert any("inception 128…  " in line for line in lines)
    assert UNICODE.ellipsis in "".join(lines)
