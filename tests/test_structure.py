"""How the project is built: who may import whom, what start-up loads, what lies at the top."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "convcalc"

PLAIN = {"errors", "source"}
RESULTS = {"report", "field_report", "solving", "homework", "verification"}
"""Where the plain data stands that renderers show."""

MAY_IMPORT = {
    "source": set[str](),
    "errors": {"source"},
    "arithmetic": set[str](),
    "language": PLAIN,
    "layers": {"arithmetic", "errors"},
    "graph": {"language", "layers", "arithmetic"} | PLAIN,
    "report": {"arithmetic"},
    "field_report": {"arithmetic", "report"},
    "analysis": {"graph", "layers", "arithmetic", "report", "field_report"} | PLAIN,
    "solving": {"graph", "layers", "arithmetic"} | PLAIN,
    "homework": {"analysis", "graph", "layers", "language", "arithmetic", "report"} | PLAIN,
    "reference": {"graph", "layers"},
    "verification": {"reference", "analysis", "graph", "layers", "report"} | PLAIN,
    "evaluation": PLAIN,
    "render": {"arithmetic"} | RESULTS | PLAIN,
    "zoo": set[str](),
    "docs": {"layers", "arithmetic"},
    "repl": {"render", "report", "graph", "layers", "language", "homework", "zoo", "docs", ""}
    | PLAIN,
    "cli": {"arithmetic", "render", "zoo", "docs", "evaluation", "repl", ""} | RESULTS | PLAIN,
    "": {"analysis", "evaluation", "graph", "language", "arithmetic"} | RESULTS | PLAIN,
    "__main__": {"cli"},
}
"""What each part of convcalc (a package or a module at its top; "" is ``import convcalc`` itself)
may import besides itself. What is not listed is not allowed, not in functions nor for types."""

EXCEPTIONS = {
    ("convcalc.report", "convcalc.render.html"): "a notebook asks the report itself for HTML",
}

ONLY_IN = {
    "click": ("convcalc.cli",),
    "rich": ("convcalc.cli", "convcalc.render.terminal"),
    "sympy": ("convcalc.arithmetic.typeset",),
    "hypothesis": (),
    "pytest": (),
    "jsonschema": (),
}
"""Where packages from elsewhere may be imported."""


def imported(source: str) -> Iterator[str]:
    """The full name of everything that a module's text imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide their direction"
            # `from package import module` names the module only here
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(module: str) -> str:
    """The part of convcalc that a module, or a name in one, belongs to; "" for convcalc itself."""
    name = module.split(".")[1] if "." in module else ""
    return name if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file() else ""


def wrong_imports(module: str, source: str) -> list[str]:
    """The imports of a module that go against the directions."""
    found = []
    for name in imported(source):
        top = name.partition(".")[0]
        if top in ONLY_IN:
            allowed = any(module == home or module.startswith(home + ".") for home in ONLY_IN[top])
        elif top == "convcalc":
            mine, other = part(module), part(name)
            allowed = (
                mine == other
                or other in MAY_IMPORT[mine]
                or any(module == a and name.startswith(b) for a, b in EXCEPTIONS)
            )
        else:
            allowed = top in sys.stdlib_module_names
        if not allowed:
            found.append(f"{module} imports {name}")
    return found


def module_name(path: Path) -> str:
    names = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module: str) -> None:
    assert wrong_imports(module, MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("convcalc.language.parser", "from convcalc.layers import catalog"),
        ("convcalc.language.parser", "def f():\n    import convcalc.graph.build"),
        ("convcalc.layers.windows", "from convcalc.source import Span"),
        ("convcalc.layers.windows", "from convcalc import SpecError"),
        ("convcalc.arithmetic.formulas", "if 1:\n    from sympy import Symbol"),
        ("convcalc.render.data", "import rich.table"),
        ("convcalc.render.data", "from convcalc.graph.graph import Graph"),
        ("convcalc.report", "from convcalc.render import table"),
        ("convcalc.analysis.analyse", "from convcalc.render import write"),
        ("convcalc.zoo", "import yaml"),
        ("convcalc", "from convcalc.cli import main"),
    ],
)
def test_the_test_of_imports_can_fail(module: str, source: str) -> None:
    assert len(wrong_imports(module, source)) == 1


def test_the_test_of_imports_can_pass() -> None:
    assert wrong_imports("convcalc.report", "from convcalc.render.html import render") == []
    assert wrong_imports("convcalc.cli.app", "import click, convcalc\nfrom click import echo") == []
    assert wrong_imports("convcalc.arithmetic.typeset", "import sympy.core") == []


def test_every_part_is_listed_and_every_exception_exists() -> None:
    assert {part(module) for module in MODULES} <= set(MAY_IMPORT)
    for importer, imported_name in EXCEPTIONS:
        assert {importer, imported_name} <= set(MODULES)


def test_only_building_sees_language_and_layers() -> None:
    both = set()
    for module, path in MODULES.items():
        parts = {part(name) for name in imported(path.read_text()) if name.startswith("convcalc.")}
        if {"language", "layers"} <= parts:
            both.add(module)
    assert both == {
        "convcalc.graph.answers",
        "convcalc.graph.arguments",
        "convcalc.graph.build",
        "convcalc.graph.evaluate",
        "convcalc.graph.wording",
    }


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after running some code."""
    program = f"{code}\nimport sys\nsys.stdout = sys.__stderr__\nprint(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    finished = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT / "tests",
        check=True,
    )
    return set(finished.stderr.split())


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        (
            "import convcalc",
            {
                "click",
                "rich",
                "sympy",
                "json",
                "dataclasses_json",
                "pathlib",
                "tomllib",
                "fractions",
            },
        ),
        (
            "import convcalc; convcalc.analyze('input 3x8x8; conv 4 3x3')",
            {"click", "rich", "sympy"},
        ),
        ("from convcalc.cli import main; main(['--version'])", {"rich", "sympy", "json"}),
        ("from convcalc.cli import main; main(['--help'])", {"rich", "sympy", "json"}),
        (
            "from convcalc.cli import main; main(['lenet5', '-f', 'json'])",
            {"rich", "sympy", "fractions", "shutil", "tomllib", "convcalc.zoo.published"},
        ),
        ("from convcalc.cli import main; main(['lenet5', '-f', 'jsonl'])", {"rich", "sympy"}),
        ("from convcalc.cli import main; main(['lenet5', '-f', 'csv'])", {"rich", "sympy"}),
        ("from convcalc.cli import main; main(['lenet5'])", {"rich", "sympy"}),
    ],
)
def test_start_up_loads_only_what_it_needs(code: str, unwanted: set[str]) -> None:
    assert not loaded_by(code) & unwanted


def test_the_test_of_start_up_can_fail() -> None:
    assert "json" in loaded_by("import json")


def test_the_top_level_is_fixed() -> None:
    listed = {name for name in os.listdir(ROOT) if not name.startswith(".")}
    allowed = {"convcalc", "tests", "pyproject.toml", "README.md", "CHANGELOG.md"}
    assert listed - {"build", "dist"} == allowed  # what building leaves behind is ignored by git


def test_every_module_of_the_tests_lies_beside_what_it_tests() -> None:
    packages = {path.name for path in PACKAGE.iterdir() if path.is_dir()} - {"__pycache__"}
    others = {"data", "golden", "errors", "benchmarks", "oracle", "__pycache__"}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert folders <= packages | others


def test_the_version_stands_in_one_place() -> None:
    import tomllib

    import convcalc

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert f"## {convcalc.__version__}" in (ROOT / "CHANGELOG.md").read_text()
