"""Every measured row that the language can say: the same sizes, pads, parameters, MACs and
refusals.

Rows in which convcalc differs on purpose are listed with the reason in docs/formulas.md; here each
must still differ, so that the list stays true. Rows marked `varies` (backends of one framework
disagree), `quirk` or `unsupported` are no arithmetic and only have to give a report or a located
error.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import convcalc
from convcalc import SpecError
from convcalc.report import Report
from tests.oracle.specs import Row, Unwritable, rows, spec

FILES = ("torch_conv", "torch_convtranspose", "torch_pool", "torch_misc", "same_padding", "macs")
DOCS = Path(convcalc.__file__).parent / "docs" / "formulas.md"
WRITTEN = {
    "torch_conv": 2347,
    "torch_convtranspose": 1111,
    "torch_pool": 1905,
    "torch_misc": 937,
    "same_padding": 1176,
    "macs": 210,
}
"""How many rows are compared: none may be lost by a mistake in writing them as specs."""


def documented() -> dict[str, set[str]]:
    """The reasons in docs/formulas.md and the rows that each one explains."""
    reasons: dict[str, set[str]] = {}
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        match = re.match(r"- (.+?) Rows: ([a-z0-9, ]+)\.$", line)
        if match:
            reasons[match[1]] = set(match[2].split(", "))
    return reasons


def analysed(row: Row) -> Report | None:
    """The report on a row, or None where convcalc refuses it."""
    try:
        return convcalc.analyze(spec(row))
    except SpecError as error:
        assert all(problem.span is not None for problem in error.problems)
        return None


def disagreement(row: Row, report: Report | None) -> str | None:
    """What convcalc says otherwise than the framework, if anything."""
    if report is None:
        return None if "error" in row else "convcalc refuses"
    if "error" in row:
        return "the framework refuses"
    layer = report.layers[0]
    if list(layer.output_shape) != row["output"]:
        return f"output {layer.output_shape}, measured {row['output']}"
    if report.totals.parameters.total != row["params"]:
        return f"parameters {report.totals.parameters.total}, measured {row['params']}"
    if "macs" in row and report.totals.macs != row["macs"]:
        return f"MACs {report.totals.macs}, measured {row['macs']}"
    return pads_disagreement(row, report)


def pads_disagreement(row: Row, report: Report) -> str | None:
    """Measured pads: `before` as it is, `after` as far as the last window reaches."""
    window = report.layers[0].window
    if not row.get("pads") or window is None:
        return None
    for axis, measured in enumerate(row["pads"]):
        if measured is None:
            continue
        n, out = row["input"][1 + axis], row["output"][1 + axis]
        kernel, stride, dilation = window.kernel[axis], window.stride[axis], window.dilation[axis]
        before, after = window.padding[axis]
        extent = dilation * (kernel - 1) + 1
        if "ranspose" in row["op"]:
            seen = [before, (n - 1) * stride + extent - out - before]
        else:
            seen = [before, max((out - 1) * stride + extent - before - n, 0)]
            if seen[1] > after and row["args"].get("ceil_mode") != 1:
                return f"the last window reaches {seen[1]} past the end, with padding {after}"
        if seen != measured:
            return f"padding {seen} on axis {axis}, measured {measured}"
    return None


@pytest.mark.parametrize("name", FILES)
def test_every_row_agrees_or_is_documented(name: str) -> None:
    excused = {row for ids in documented().values() for row in ids}
    wrong, compared = [], 0
    for row in rows(name):
        try:
            text = spec(row)
        except Unwritable:
            continue
        report = analysed(row)
        if row.keys() & {"varies", "quirk", "unsupported"}:
            continue
        compared += 1
        found = disagreement(row, report)
        if (found is not None) != (row["id"] in excused):
            wrong.append(f"{row['id']}: {text}: {found or 'documented as different, but agrees'}")
    assert wrong == []
    assert compared == WRITTEN[name]


def test_documented_differences_exist() -> None:
    known = {row["id"] for name in FILES for row in rows(name)}
    listed = Counter(row for ids in documented().values() for row in ids)
    assert sum(listed.values()) > 80
    assert set(listed) <= known
    assert max(listed.values()) == 1
