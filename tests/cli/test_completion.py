"""Shell completion, as bash, zsh and fish ask for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from convcalc import docs, zoo
from convcalc.cli.app import COMMANDS
from tests.cli.conftest import Result

Run = Callable[..., Result]


@pytest.fixture
def complete(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[str], list[str]]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lesson.conv").touch()
    (tmp_path / "other.txt").touch()

    def call(line: str) -> list[str]:
        monkeypatch.setenv("_CONVCALC_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        status, out, err = run()
        assert (status, err) == (0, "")
        return [item.removeprefix("plain,") for item in out.splitlines()]

    return call


def test_networks_specs_and_files(complete: Callable[[str], list[str]]) -> None:
    assert complete("convcalc le") == ["lenet5", "lenet5-modern", "lesson.conv", "file,le"]
    assert complete("convcalc ./l") == ["file,./l"]
    assert complete("convcalc zoo:lenet5-") == ["zoo:lenet5-modern", "file,zoo:lenet5-"]
    assert complete("convcalc -q le") == complete("convcalc le")


def test_commands_stand_before_networks(complete: Callable[[str], list[str]]) -> None:
    everything = complete("convcalc ")
    assert everything[: len(COMMANDS)] == list(COMMANDS)
    assert set(zoo.names()) < set(everything)


def test_what_belongs_to_a_command(complete: Callable[[str], list[str]]) -> None:
    assert complete("convcalc docs ") == list(docs.TOPICS)
    assert complete("convcalc zoo lenet5") == ["lenet5", "lenet5-modern"]
    assert complete("convcalc zoo --sort top") == ["top5", "top1"]


def test_options_and_their_words(complete: Callable[[str], list[str]]) -> None:
    assert complete("convcalc --fo") == ["--format"]
    assert complete("convcalc lenet5 --fo") == ["--format"]
    assert complete("convcalc --v") == ["--version"]
    assert complete("convcalc lenet5 --format j") == ["json", "jsonl"]
    assert complete("convcalc lenet5 --dtype=fl") == ["float16", "float32", "float64"]
    assert complete("convcalc lenet5 --output ") == ["file,"]
    options = complete("convcalc -")
    assert len(options) == len(set(options))


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_scripts_that_the_readme_names(
    run: Run, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setenv("_CONVCALC_COMPLETE", f"{shell}_source")
    status, out, err = run()
    assert (status, err) == (0, "")
    assert "_CONVCALC_COMPLETE" in out
