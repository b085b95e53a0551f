"""One mistake a file: NAME.conv is the spec, NAME.txt all that convcalc says of it.

``pytest tests/errors --update-golden`` writes the texts; read what it wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from convcalc.cli import main

FOLDER = Path(__file__).parent
SPECS = sorted(FOLDER.glob("*.conv"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_the_whole_text_of_an_error(
    spec: Path,
    golden: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(FOLDER)
    status = main([spec.name])
    out, err = capsys.readouterr()
    golden(spec.with_suffix(".txt"), f"{out}{err}exit status {status}\n")


def test_every_text_belongs_to_a_spec_that_is_wrong() -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt")}
    assert set(texts) == {spec.stem for spec in SPECS}
    assert len(texts) >= 60
    for name, text in texts.items():
        assert text.endswith(("exit status 1\n", "exit status 2\n")), name
        assert "internal error" not in text, name
        assert "Traceback" not in text, name
