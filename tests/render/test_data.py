"""JSON, its schema and its documentation; JSON lines; CSV."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from convcalc import SpecError, analyze, docs
from convcalc.render import ALL, FORMATS
from convcalc.render.columns import COLUMNS
from convcalc.report import Report
from tests.render.conftest import BRANCHES, GOLDEN, SYMBOLS, WRONG, written

Reports = Callable[[str], Report]
SCHEMA = json.loads(docs.schema())
VALIDATOR = Draft202012Validator(SCHEMA)

SHEETS = [
    WRONG,
    BRANCHES,
    SYMBOLS,
    "input 3x8x8",
    "input 3xHxW\nconv 8 3x3 s=2 pad=same -> pad=1\nupsample 1.5\ngap",
    "layout hwc\ninput 9x3\nconv 4 3 -> 7x4 memory=112",
]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    "name", ["lenet5", "alexnet", "googlenet", "googlenet-bn", "resnet18", "vgg16", "zfnet"]
)
def test_networks_are_as_the_schema_says(report: Reports, name: str) -> None:
    VALIDATOR.validate(report(name).to_dict())


@pytest.mark.parametrize("text", SHEETS)
def test_sheets_are_as_the_schema_says(text: str) -> None:
    VALIDATOR.validate(analyze(text).to_dict())


def objects(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths to every object in JSON data."""
    if isinstance(data, dict):
        yield path
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from objects(value, (*path, key))


OPTIONAL = {"shared_with", "symbol", "smallest", "whole", "whole_through", "misaligned", "input"}


@pytest.mark.parametrize("text", SHEETS)
def test_the_schema_is_strict(text: str) -> None:
    """No object may have a field more, or one less of those that are always there."""
    data = analyze(text).to_dict()
    seen = set()
    for path in list(objects(data)):
        target: Any = data
        for key in path:
            target = target[key]
        fields = list(target)
        pattern = (*[key for key in path if isinstance(key, str)], *fields)
        if pattern in seen:
            continue
        seen.add(pattern)
        target["surprise"] = 1
        assert not VALIDATOR.is_valid(data), path
        del target["surprise"]
        for field in fields:
            if field not in OPTIONAL:
                kept = target.pop(field)
                assert not VALIDATOR.is_valid(data), (path, field)
                target[field] = kept
    assert VALIDATOR.is_valid(data)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("layers", 0, "output_shape"), [6, 26.5, 26]),
        (("layers", 0, "macs"), None),
        (("layers", 0, "index"), 0),
        (("layers", 0, "window", "padding"), [[0, 0, 0]]),
        (("layout",), "nchw"),
        (("dtype",), "float8"),
        (("convcalc", "schema"), 2),
        (("expectations", 0, "quantity"), "size"),
    ],
)
def test_the_schema_finds_wrong_values(path: tuple[str | int, ...], value: Any) -> None:
    data = analyze(WRONG).to_dict()
    target: Any = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    assert not VALIDATOR.is_valid(data)


def test_errors_are_as_the_schema_says() -> None:
    errors = Draft202012Validator({"$ref": "#/$defs/errors", "$defs": SCHEMA["$defs"]})
    with pytest.raises(SpecError) as caught:
        analyze("input 3x8x8\nconv 6 9x9\nconve 3")
    errors.validate({"errors": [problem.to_dict() for problem in caught.value.problems]})
    assert not errors.is_valid({"errors": []})


def properties(schema: Any) -> Iterator[str]:
    """The names of all fields in a schema."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def test_every_field_is_documented() -> None:
    described = set(re.findall(r"\w+", docs.text("json")))
    assert set(properties(SCHEMA)) <= described


def test_every_csv_column_is_documented() -> None:
    section = docs.text("json").partition("## CSV")[2]
    assert {column.key for column in COLUMNS} <= set(re.findall(r"`([^`]+)`", section))


@pytest.mark.parametrize("text", SHEETS)
def test_json_is_the_report(text: str) -> None:
    report = analyze(text)
    data = written(report, format="json")
    assert json.loads(data) == report.to_dict()
    assert list(json.loads(data)) == list(report.to_dict())
    assert data.isascii()


def test_json_has_an_item_a_line(report: Reports, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "lenet5.json", written(report("lenet5"), format="json"))


def test_json_lines_are_the_layers(report: Reports) -> None:
    lines = written(report("resnet18"), format="jsonl").splitlines()
    assert [json.loads(line) for line in lines] == report("resnet18").to_dict()["layers"]


@pytest.mark.parametrize("format", ["json", "jsonl"])
@pytest.mark.parametrize(
    ("options", "message"),
    [({"columns": ("name",)}, "has no columns"), ({"depth": 1}, "has no depth")],
)
def test_json_cannot_be_made_less(
    report: Reports, format: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError, match=f"{format} {message}"):
        written(report("lenet5"), format=format, **options)


def test_an_unknown_format(report: Reports) -> None:
    with pytest.raises(SpecError, match="there is no format xml") as caught:
        written(report("lenet5"), format="xml")
    assert caught.value.problems[0].help == f"the formats are {', '.join(FORMATS)}"


def test_csv(report: Reports, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "lenet5.csv", written(report("lenet5"), format="csv"))


def test_csv_of_symbols(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "symbols.csv", written(analyze(SYMBOLS), format="csv"))


@pytest.mark.parametrize("name", ["alexnet", "googlenet", "resnet50"])
def test_csv_adds_up(report: Reports, name: str) -> None:
    network = report(name)
    rows = list(csv.DictReader(StringIO(written(network, format="csv"))))
    held = network.totals.parameters
    assert [row["name"] for row in rows] == [layer.name for layer in network.layers]
    for column, total in (
        ("parameters", held.total),
        ("weights", held.weights),
        ("biases", held.biases),
        ("trainable", held.trainable),
        ("buffers", held.buffers),
        ("macs", network.totals.macs),
        ("connections", network.totals.connections),
        ("memory", network.totals.activation_bytes),
    ):
        assert sum(int(row[column]) for row in rows) == total


def test_csv_of_chosen_columns() -> None:
    text = "input 3x9x9\na: conv 4 3x3 pad=0:1x2:2 s=2\nconcat { relu | relu }"
    columns = ("name", "padding", "input", "inputs", "macs%", "macs_share")
    assert written(analyze(text), format="csv", columns=columns) == (
        "name,padding,input,inputs,macs%,macs_share\n"
        "a,0:1x2,3x9x9,input,100.0,100.0\n"
        "relu1,,4x4x6,a,0.0,0.0\n"
        "relu2,,4x4x6,a,0.0,0.0\n"
        "concat1,,4x4x6 4x4x6,relu1 relu2,0.0,0.0\n"
    )


def test_csv_with_a_depth_has_the_rows_of_the_table(report: Reports) -> None:
    columns = ("index", "name", "kind", "output", "parameters")
    lines = written(report("resnet50"), format="csv", columns=columns, depth=0).splitlines()
    assert lines[1:6] == [
        "1,conv1,conv,64x112x112,9408",
        "2,bn1,bn,64x112x112,128",
        "3,relu1,relu,64x112x112,0",
        "4,maxpool1,maxpool,64x56x56,0",
        "5,layer1,block,256x56x56,215808",
    ]
    whole = written(report("vgg16"), format="csv", depth=ALL).splitlines()
    assert len(whole) == 1 + len(report("vgg16").layers) + len(report("vgg16").blocks)


def test_csv_quotes_what_it_must() -> None:
    lines = written(analyze(SYMBOLS), format="csv", columns=("text", "inputs")).splitlines()
    assert all(len(next(csv.reader([line]))) == 2 for line in lines)
