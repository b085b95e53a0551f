"""Settings and fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

collect_ignore = ["data"]  # programs that made data need what the tests do not

settings.register_profile("convcalc", derandomize=True, deadline=None, database=None)
settings.load_profile("convcalc")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what the program says now into the files with expected text",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a file exactly, or with --update-golden write the file."""

    def check(path: Path, actual: str) -> None:
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8", newline="")
        expected = path.read_bytes().decode("utf-8") if path.exists() else ""
        assert actual == expected, f"{path.name} is not as expected (--update-golden rewrites it)"

    return check
