"""Receptive fields measured by gradients in stacks of PyTorch layers.

Each measured row is written in the language; every probe is compared with the exact regions, and
the span over outputs in the middle of a long input with the periodic fields.
"""

from __future__ import annotations

from typing import Any

import pytest

import convcalc
from convcalc import SpecError
from convcalc.analysis.field import Fields
from convcalc.analysis.field_regions import Regions, flagged
from tests.oracle.specs import Row, dims, rows, torch

MEASURED = list(rows("receptive"))


def stack(row: Row) -> str:
    """A measured stack as a spec."""
    lines = [f"input {dims(row['input'])}"]
    for layer in row["args"]["layers"]:
        args = dict(layer["args"])
        if layer["op"].startswith("Conv"):
            args = {"in_channels": 1, "out_channels": 1, "bias": False, **args}
        lines.append(torch(layer["op"], args, [1, 1]) + mode(args))
    return "; ".join(lines)


def mode(args: dict[str, Any]) -> str:
    return " mode=bilinear" if args.get("mode") == "linear" else ""


def test_nothing_is_left_out() -> None:
    assert len(MEASURED) == 315
    assert sum(len(row.get("probes", [])) for row in MEASURED) == 879


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: row["id"])
def test_measured(row: Row) -> None:
    if "error" in row:
        with pytest.raises(SpecError):
            convcalc.build(stack(row))
        return
    graph = convcalc.build(stack(row))
    assert [node.shape.sizes[1] for node in graph.nodes[1:]] == row["lens"]
    fields = Fields(graph)
    last = len(graph.nodes) - 1
    regions = Regions(fields, 0)
    for position, first, end, count in row["probes"]:
        seen = list(flagged(regions.seen_at(last, position, 0)))
        measured = (first, end, count)
        assert (seen[0] if seen else None, seen[-1] if seen else None, len(seen)) == measured
    report = fields.report(last)
    assert report is not None
    if row["span24"] is not None:
        smallest = report.size if report.smallest is None else report.smallest
        assert [smallest[0], report.size[0]] == row["span24"]
