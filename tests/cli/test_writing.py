"""``--output``: the whole file or the old one."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from convcalc import SpecError
from convcalc.cli.writing import output


def write(path: Path, text: str) -> None:
    with output(str(path)) as stream:
        stream.write(text)


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    mask = os.umask(0o027)
    try:
        write(path, "6×28\n")
    finally:
        os.umask(mask)
    assert path.read_bytes() == "6×28\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["out.txt"]


def test_an_existing_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    path.chmod(0o604)
    write(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, MemoryError])
def test_what_is_not_whole_is_not_written(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")

    def broken() -> None:
        with output(str(path)) as stream:
            stream.write("half of it")
            stream.flush()
            raise error

    with pytest.raises(error):
        broken()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.txt"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def complaint(path: str) -> str:
        with pytest.raises(SpecError) as caught, output(path) as stream:
            stream.write("text")
        return str(caught.value)

    monkeypatch.chdir(tmp_path)
    missing = "error: cannot write the file: No such file or directory\n  nowhere/out.txt"
    assert complaint("nowhere/out.txt") == missing
    assert complaint(".") == "error: cannot write the file: Is a directory\n  ."
    Path("out.txt").write_text("old")
    monkeypatch.setattr("os.access", lambda _path, _mode: False)  # root may write any file
    assert complaint("out.txt") == "error: cannot write the file: Permission denied\n  out.txt"
    assert Path("out.txt").read_text() == "old"


def test_a_device_is_written_to_as_it_is() -> None:
    write(Path(os.devnull), "text")
    assert not os.path.isfile(os.devnull)


def test_a_wrong_spec_leaves_the_file_alone(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    status, out, _ = run("-e", "input 3x4x4; conv 8 5x5", "-o", str(path))
    assert (status, out, path.read_text()) == (2, "", "old")


def test_the_file_is_what_the_screen_would_show(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    for form in ("table", "json", "jsonl", "csv", "markdown", "latex"):
        path = tmp_path / form
        assert run("lenet5", "-f", form, "-o", str(path)) == (0, "", "")
        assert run("lenet5", "-f", form) == (0, path.read_bytes().decode(), "")
