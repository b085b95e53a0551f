"""Values of every kind of layer, as PyTorch gives them (``tests/data/reference/generate.py``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.layers.catalog import KINDS
from convcalc.reference.execute import EXECUTIONS
from convcalc.reference.held import Held, lengths
from convcalc.reference.run import run
from convcalc.reference.tensor import Tensor

DATA = Path(__file__).parents[1] / "data" / "reference" / "measured.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in DATA.read_text().splitlines()]


def executed(row: dict[str, Any]) -> tuple[str, Tensor, Held]:
    """The kind of a row's layer, its output by the reference, and the numbers it was given."""
    graph = convcalc.build(row["spec"])
    inputs = {
        name: Tensor(tuple(given["shape"]), given["values"])
        for name, given in row["inputs"].items()
    }
    held = Held(row["weights"], row["biases"], row["buffers"])
    values = run(graph, inputs, lambda *_: held)
    return graph.nodes[-1].layer.kind, values[graph.names[-1]], held


@pytest.mark.parametrize("row", ROWS, ids=[row["spec"] for row in ROWS])
def test_values_are_those_of_pytorch(row: dict[str, Any]) -> None:
    _, value, _ = executed(row)
    assert value.sizes == tuple(row["shape"])
    assert value.values == pytest.approx(row["values"], rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("row", ROWS, ids=[row["spec"] for row in ROWS])
def test_numbers_held_are_as_many_as_pytorch_has(row: dict[str, Any]) -> None:
    graph = convcalc.build(row["spec"])
    source = graph.nodes[graph.nodes[-1].inputs[0]].shape.sizes
    needed = lengths(graph.nodes[-1].layer, source)  # type: ignore[arg-type]
    assert needed.weights == [len(part) for part in row["weights"]]
    assert needed.biases == len(row["biases"])
    assert needed.buffers == len(row["buffers"])


def test_every_kind_has_an_execution_and_a_measured_row() -> None:
    kinds = {kind.kind for kind in KINDS}
    assert set(EXECUTIONS) == kinds
    assert {executed(row)[0] for row in ROWS} == kinds - {"input"}
