"""Every command: what it prints, its help, and what it says to wrong options."""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from convcalc import analyze, docs, zoo
from convcalc.cli.app import COMMANDS
from tests.cli.conftest import Result

Run = Callable[..., Result]

NET = ("-e", "input 3x8x8; conv 4 3x3; fc 10")


def test_plain_convcalc_shows_help(run: Run) -> None:
    status, out, err = run()
    assert (status, err) == (0, "")
    assert out.startswith("Usage: convcalc [OPTIONS] NET\n       convcalc COMMAND [ARGUMENTS]\n")
    assert out == run("--help").out == run("-h").out == run("lenet5", "--help").out


def test_help_names_every_command_and_no_other(run: Run) -> None:
    _, _, listed = run().out.partition("Commands:\n")
    assert tuple(re.findall(r"^  (\w+) ", listed, re.MULTILINE)) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(
    run: Run, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    (tmp_path / "scores.csv").write_text("1,2,3,4,5\n")
    (tmp_path / "ranked.csv").write_text("4,3,2,1,0\n")
    (tmp_path / "labels.txt").write_text("0\n")
    (tmp_path / "labels.csv").write_text("label\n4\n")
    status, out, err = run(command, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: convcalc {command}")
    examples = re.findall(r"^    convcalc (.*)$", out.partition("Example")[2], re.MULTILINE)
    assert examples
    for example in examples:
        words = shlex.split(example.partition(" > ")[0])
        assert run(*words).status == 0, example


def test_the_examples_of_plain_help_work(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mynet.conv").write_text(zoo.text("lenet5").replace("1x32x32", "3x32x32"))
    examples = re.findall(r"^    convcalc (.*)$", run().out, re.MULTILINE)
    assert len(examples) == 5
    for example in examples:
        words = shlex.split(example.partition(" > ")[0])
        if "mynet.conv" in words:
            continue  # its input is changed, which its expectations don't allow
        assert run(*words).status == 0, example
    assert json.loads((tmp_path / "vgg16.json").read_text())["title"] == "VGG-16"


def test_options_reach_the_analysis(run: Run) -> None:
    spec = "let w = 4\ninput 3x8x8\nconv w 3x3"
    options = ("--set", "w=6", "--input", "3x10x12", "--batch", "2", "--dtype", "float16")
    status, out, err = run("-e", spec, *options, "--layout", "hwc", "-f", "json")
    assert (status, err) == (0, "")
    expected = analyze(
        spec,
        name="<text>",
        set={"w": "6"},
        input="3x10x12",
        batch=2,
        dtype="float16",
        layout="hwc",
    )
    assert json.loads(out) == json.loads(json.dumps(expected.to_dict()))
    assert json.loads(out)["layers"][0]["output_shape"] == [8, 10, 6]
    assert json.loads(out)["layers"][0]["activation_bytes"] == 6 * 8 * 10 * 2 * 2


def test_columns_depth_and_quiet_reach_the_table(run: Run) -> None:
    assert run(*NET, "-f", "csv", "--columns", "output,name").out.startswith("output,name")
    whole = run("resnet50", "-f", "csv", "--depth", "all").out.splitlines()
    folded = run("resnet50", "-f", "csv", "--depth", "0").out.splitlines()
    assert len(whole) > 100 > len(folded)
    assert "note" in run("resnet50").out
    assert "note" not in run("resnet50", "-q").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--formt", "json"), "there is no option --formt\n  help: did you mean --format?"),
        (("--format", "jsn"), "--format cannot be jsn\n  help: did you mean json?"),
        (
            ("--format", "pdf"),
            "--format cannot be pdf\n  help: it is one of table, json, jsonl, csv, markdown, latex",
        ),
        (("--dtype", "flaot16"), "--dtype cannot be flaot16\n  help: did you mean float16?"),
        (("--layout", ""), "--layout cannot be (empty)\n  help: it is one of chw, hwc"),
        (("--batch", "0"), "--batch needs a whole number from 1 to 999,999,999, not 0"),
        (("--batch", "-1"), "--batch needs a whole number from 1 to 999,999,999, not -1"),
        (("--batch", "²"), "--batch needs a whole number from 1 to 999,999,999, not ²"),
        (("--depth", "al"), "--depth needs a whole number from 0 to 999,999,999, or all, not al"),
        (("--set", "w"), "--set needs NAME=VALUE, not w\n  help: for example --set width=32"),
        (("--set", "=1"), "--set needs NAME=VALUE, not =1\n  help: for example --set width=32"),
        (
            ("--output",),
            "option '--output' requires an argument\n"
            "  help: convcalc --help shows every option and command",
        ),
    ],
)
def test_wrong_options(run: Run, arguments: tuple[str, ...], told: str) -> None:
    assert run(*NET, *arguments) == (2, "", f"error: {told}\n")


def test_what_the_engine_says_of_wrong_options(run: Run) -> None:
    for arguments in (
        ("--columns", "name,nonsense"),
        ("--columns", ""),
        ("--set", "nothing=3"),
        ("--set", "w=4 5"),
        ("--input", "3x"),
        ("--input", "other=3x8x8"),
        ("--input", "3x2x2"),
    ):
        status, out, err = run(*NET, *arguments)
        assert (status, out) == (2, ""), arguments
        assert err.startswith("error: "), arguments
        assert "internal" not in err, arguments


def test_zoo_lists_every_network_by_year(run: Run) -> None:
    status, out, err = run("zoo")
    assert (status, err) == (0, "")
    title, *rows = out.splitlines()
    assert title.split()[:4] == ["name", "year", "parameters", "published"]
    assert {row.split()[0] for row in rows} == set(zoo.names())
    years = [int(row.split()[1]) for row in rows]
    assert years == sorted(years)
    assert "60,965,224" in next(row for row in rows if row.startswith("alexnet "))
    published = next(row for row in rows if row.startswith("vgg19 ")).split()[2:9]
    assert published == ["143,667,240", "144", "M", "19.6", "G", "25.5", "8.0"]


@pytest.mark.parametrize("by", ["top5", "top1", "parameters", "name", "year"])
def test_zoo_is_sorted_with_what_is_unknown_last(run: Run, by: str) -> None:
    listed = json.loads(run("zoo", "--sort", by, "-f", "json").out)
    assert len(listed) == len(zoo.names())
    if by in ("top1", "top5"):
        values = [item["results"][0][by] if item["results"] else None for item in listed]
    else:
        values = [item[by] for item in listed]
    known = [value for value in values if value is not None]
    assert known == sorted(known)
    assert values == known + [None] * (len(values) - len(known))


def test_zoo_prints_a_spec_as_it_is(run: Run) -> None:
    for name in zoo.names():
        assert run("zoo", name) == (0, zoo.text(name), "")
    assert run("zoo", "zoo:lenet5") == run("zoo", "lenet5")
    assert run("zoo", "lenet") == (
        2,
        "",
        "error: the zoo has no network lenet\n  help: did you mean lenet5?\n",
    )


def test_docs_lists_its_topics_and_shows_them(run: Run) -> None:
    out = run("docs").out
    assert [line.split()[0] for line in out.splitlines()] == list(docs.TOPICS)
    for topic in docs.TOPICS:
        status, out, err = run("docs", topic)
        assert (status, out, err) == (0, docs.text(topic), "")
        assert out.startswith("# ")
    assert run("docs", "langage") == (
        2,
        "",
        "error: there is no topic langage\n  help: did you mean language?\n",
    )


def test_schema_is_a_json_schema_that_fits_the_output(run: Run) -> None:
    import jsonschema

    schema = json.loads(run("schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(run("lenet5", "-f", "json").out), schema)
