"""What ``docs/json.md`` says of the commands' JSON: fields and examples are the real ones."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from convcalc import docs
from convcalc.cli import main

SECTIONS = dict(
    re.findall(r"^### (\w+)\n(.*?)(?=^##)", docs.text("json"), re.MULTILINE | re.DOTALL)
)
COMMANDS = ("solve", "explain", "check", "field", "verify", "topk")


def example(name: str) -> tuple[list[str], Any]:
    """The arguments of a section's command, and what it is said to print."""
    section = SECTIONS[name]
    command = re.search(r"^    convcalc (.*)$", section, re.MULTILINE)
    printed = re.search(r"^```json\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert command
    assert printed
    return shlex.split(command[1]), json.loads(printed[1])


def documented(name: str) -> list[str]:
    """The fields in the first table of a section."""
    table = SECTIONS[name].partition("\n| field | type |")[2].partition("\n\n")[0]
    rows = table.splitlines()[2:]
    return [field for row in rows for field in re.findall(r"`(\w+)`", row.split(" | ")[0])]


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the example of topk reads."""
    monkeypatch.chdir(tmp_path)
    Path("scores.csv").write_text("1,2,3\n3,1,0\n")
    Path("labels.txt").write_text("2\n1\n")


def answer(name: str, capsys: pytest.CaptureFixture[str]) -> Any:
    """What the command of a section prints."""
    assert main(example(name)[0]) in (0, 1)
    printed = capsys.readouterr()
    assert printed.err == ""
    return json.loads(printed.out)


@pytest.mark.parametrize("name", COMMANDS)
def test_fields_are_the_real_ones(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    fields = list(answer(name, capsys))
    assert sorted(documented(name)) == sorted(fields)
    assert list(example(name)[1]) == fields


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_real(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown, real = example(name)[1], answer(name, capsys)
    if name == "verify":  # the first of what is checked stand for the rest
        real["checked"] = real["checked"][: len(shown["checked"])]
    assert shown == real


@pytest.mark.parametrize("name", COMMANDS)
def test_inner_fields_are_documented(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = re.findall(r"`([^`\n]+)`", docs.text("json") + docs.text("solving"))
    assert names(answer(name, capsys)) <= set(re.findall(r"\w+", " ".join(code)))


def names(data: Any) -> set[str]:
    """The fields of all objects in JSON data; keys that are no fields are left out."""
    if isinstance(data, list):
        return set().union(*map(names, data))
    if not isinstance(data, dict):
        return set()
    keyed = {
        "values",
        "sizes",
        "without_dropped_pixels",
        "smallest",
        "forms",
        "refusals",
        "choices",
    }
    return set(data) | set().union(*(names(data[key]) for key in data.keys() - keyed))


def test_topics_that_are_commands_have_a_section() -> None:
    assert set(COMMANDS) <= set(SECTIONS)
