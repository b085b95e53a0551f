"""Everything in a block of the README is true: commands give the output shown, specs are right,
Python runs. ``--update-golden`` writes the output of the commands into the README."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from convcalc import analyze

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

TEXT = README.read_text(encoding="utf-8")
BLOCKS = [(match[1], match[2]) for match in BLOCK.finditer(TEXT)]


def commands_in(block: str) -> list[str]:
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def is_for_ci(command: str) -> bool:
    """Whether a command sets up or checks the project itself: .ci/run runs those."""
    return command.startswith(("python3 -m venv", ".venv/bin/"))


def outputs(folder: Path) -> str:
    """The README as it would be with what its commands print now.

    Specs that begin with a comment such as ``# tiny.conv`` are files beside the commands.
    """
    program = folder / "bin" / "convcalc"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convcalc "$@"\n')
    program.chmod(0o755)
    for language, block in BLOCKS:
        if language == "conv" and (name := re.match(r"# (\S+\.conv)\n", block)):
            (folder / name[1]).write_text(block, encoding="utf-8")
    environment = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
    }

    def replaced(match: re.Match[str]) -> str:
        commands = commands_in(match[2])
        if match[1] != "console" or any(map(is_for_ci, commands)):
            return match[0]
        text = ""
        for command in commands:
            finished = subprocess.run(
                ["bash", "-c", command],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
                encoding="utf-8",
                check=False,
            )
            text += f"$ {command}\n{finished.stdout}"
        return f"```console\n{text}```"

    return BLOCK.sub(replaced, TEXT)


def test_commands_print_what_is_shown(tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    golden(README, outputs(tmp_path))


def test_no_command_fails_unnoticed() -> None:
    assert "internal error" not in TEXT
    assert "Traceback" not in TEXT.replace("Traceback (most recent call last):\n    ...\n", "")
    assert "not found" not in TEXT


@pytest.mark.parametrize("spec", [block for language, block in BLOCKS if language == "conv"])
def test_specs_are_right(spec: str) -> None:
    assert analyze(spec).ok


@pytest.mark.parametrize("code", [block for language, block in BLOCKS if language == "python"])
def test_python_runs(code: str) -> None:
    example = doctest.DocTestParser().get_doctest(code, {}, "README", "README.md", 0)
    assert example.examples
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert runner.run(example).failed == 0


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    assert {language for language, _ in BLOCKS} == {"console", "conv", "python"}


def test_ci_runs_the_commands_for_the_project_itself() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    commands = [
        command
        for language, block in BLOCKS
        if language == "console"
        for command in commands_in(block)
        if is_for_ci(command)
    ]
    setting_up = [command for command in commands if command.startswith("python3 -m venv")]
    assert commands[:2] == setting_up  # which .ci/run reads from the README
    assert TEXT.index("```console") < 800
    for command in commands[2:]:
        assert f"\n{command}\n" in script or setting_up[1].endswith(command)
