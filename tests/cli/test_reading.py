"""Where a spec comes from, and every way in which that can go wrong."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convcalc import SpecError, zoo
from convcalc.cli.reading import MOST_BYTES, find, read

SPEC = "input 3x8x8\nconv 4 3x3\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def complaint(*nets: str, texts: tuple[str, ...] = ()) -> str:
    with pytest.raises(SpecError) as caught:
        find(nets, texts)
    return str(caught.value)


def test_a_file(folder: Path) -> None:
    (folder / "net.conv").write_text(SPEC)
    assert read("net.conv") == (SPEC, "net.conv")


def test_a_byte_order_mark_is_no_part_of_the_text_and_line_ends_stay(folder: Path) -> None:
    (folder / "net.conv").write_bytes(b"\xef\xbb\xbf" + SPEC.replace("\n", "\r\n").encode())
    assert read("net.conv")[0] == SPEC.replace("\n", "\r\n")


def test_the_zoo_by_name_and_by_prefix_in_any_case() -> None:
    assert read("lenet5") == (zoo.text("lenet5"), "zoo:lenet5")
    assert read("LeNet5") == read("zoo:lenet5") == read("zoo:LENET5") == read("lenet5")


def test_a_file_goes_before_the_zoo_unless_the_zoo_is_named(folder: Path) -> None:
    (folder / "lenet5").write_text(SPEC)
    assert read("lenet5") == (SPEC, "lenet5")
    assert read("zoo:lenet5")[0] == zoo.text("lenet5")


def test_a_directory_does_not_hide_a_network_of_the_zoo(folder: Path) -> None:
    (folder / "lenet5").mkdir()
    assert read("lenet5")[1] == "zoo:lenet5"


def test_the_text_itself() -> None:
    assert find((), ("input 3x8x8", "conv 4 3x3")) == ("input 3x8x8\nconv 4 3x3", "<text>")


def test_a_fifo(folder: Path) -> None:
    os.mkfifo(folder / "fifo")
    writer = threading.Thread(target=(folder / "fifo").write_text, args=(SPEC,))
    writer.start()
    assert read("fifo") == (SPEC, "fifo")
    writer.join()


def test_a_file_that_is_missing(folder: Path) -> None:
    (folder / "mynet.conv").write_text(SPEC)
    assert complaint("mynt.conv") == (
        "error: there is no file mynt.conv\n  help: did you mean mynet.conv?"
    )
    assert complaint("other.conv") == "error: there is no file other.conv"
    assert complaint("nets/a.conv") == (
        "error: there is no file nets/a.conv\n  help: there is no directory nets either"
    )
    assert complaint("mynet.conv/a.conv").startswith("error: there is no file mynet.conv/a.conv")


def test_neither_a_file_nor_in_the_zoo() -> None:
    neither = "is neither a file nor a network of the zoo"
    assert complaint("lenet") == f"error: lenet {neither}\n  help: did you mean lenet5?"
    assert complaint("zo") == f"error: zo {neither}\n  help: did you mean the command convcalc zoo?"
    assert complaint("qqq") == f"error: qqq {neither}\n  help: convcalc zoo lists the networks"
    assert complaint("zoo:resnet5") == (
        "error: the zoo has no network resnet5\n  help: did you mean resnet50?"
    )
    assert complaint("zoo:") == (
        "error: the zoo has no network without a name\n  help: convcalc zoo lists the networks"
    )
    assert "\x1b" not in complaint("\x1b[31m[red]")


def test_nothing_or_too_much_was_named() -> None:
    assert complaint() == (
        "error: no network was named\n  help: for example: convcalc lenet5; convcalc zoo lists more"
    )
    assert (
        complaint("a", "b") == "error: 2 networks were named: a, b\n  help: one network at a time"
    )
    assert complaint("lenet5", texts=("input 3",)) == (
        "error: both -e and lenet5 were given\n  help: one network at a time"
    )
    assert complaint("dcos", "language") == (
        "error: there is no command dcos\n  help: did you mean convcalc docs language?"
    )


def test_a_spec_where_a_name_belongs() -> None:
    assert complaint("input 3x8x8; conv 4 3x3") == (
        "error: there is no file input 3x8x8; conv 4 3x3\n"
        "  help: to give the spec itself, write -e before it"
    )
    assert complaint("input", "3x8x8") == (
        "error: 2 networks were named: input, 3x8x8\n"
        "  help: to give the spec itself, write -e before it and put it in quotes"
    )


def test_a_directory(folder: Path) -> None:
    (folder / "nets").mkdir()
    assert complaint("nets") == "error: this is a directory, not a spec\n  nets"
    (folder / "nets" / "a.conv").write_text(SPEC)
    assert complaint("nets") == (
        "error: this is a directory, not a spec\n  nets\n  help: it holds nets/a.conv"
    )


@pytest.mark.parametrize("text", ["", " \n\t\r\n"])
def test_an_empty_file(folder: Path, text: str) -> None:
    (folder / "net.conv").write_text(text)
    assert complaint("net.conv") == (
        "error: the spec is empty\n  net.conv\n"
        "  help: a spec is lines such as: input 3x32x32, then conv 16 3x3, then fc 10"
    )


def test_a_binary_file(folder: Path) -> None:
    (folder / "model.pt").write_bytes(b"PK\x03\x04\x00\x00")
    assert complaint("model.pt") == (
        "error: this is not a text file: byte 5 is zero\n  model.pt\n"
        "  help: a spec is a text file that describes the network; convcalc reads no trained models"
    )


def test_text_that_is_not_utf_8(folder: Path) -> None:
    (folder / "net.conv").write_bytes(SPEC.encode() + b"# caf\xe9\n")
    assert complaint("net.conv") == (
        "error: byte 0xe9 is not UTF-8 text (in Latin-1 it is é)\n"
        "  net.conv:3:6\n"
        "  3 | # caf\ufffd\n"
        "    |      ^\n"
        "  help: save the file as UTF-8"
    )
    (folder / "net.conv").write_text(SPEC, encoding="utf-16")
    assert complaint("net.conv") == (
        "error: the file is UTF-16, and a spec is UTF-8 text\n  net.conv\n  help: save it as UTF-8"
    )


def test_a_file_of_50_mb_is_not_even_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(folder / "net.conv", "wb") as file:
        file.truncate(50_000_000)

    def unwanted(*_: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr("builtins.open", unwanted)
    assert complaint("net.conv") == (
        "error: the file is larger than 8 MiB, the most that convcalc reads\n  net.conv\n"
        "  help: layers that come again and again take one line with repeat"
    )


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no endless file on this system")
def test_a_file_without_an_end() -> None:
    assert "larger than 8 MiB" in complaint("/dev/zero")


def test_a_file_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "net.conv").write_text(SPEC)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)  # root may read any file, so chmod proves nothing
    assert complaint("net.conv") == "error: cannot read the file: Permission denied\n  net.conv"


def test_standard_input(convcalc: Callable[..., tuple[int, str, str]]) -> None:
    status, out, err = convcalc("-", "-f", "csv", stdin=None, input=SPEC)
    assert (status, err) == (0, "")
    assert "4x6x6" in out
    too_large = "#" * (MOST_BYTES + 1)
    status, out, err = convcalc("-", stdin=None, input=too_large)
    assert (status, out) == (2, "")
    assert err.startswith("error: the file is larger than 8 MiB")
    status, out, err = convcalc("-")
    assert (status, out) == (2, "")
    assert err.startswith("error: the spec is empty\n  <stdin>\n")


@given(data=st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_text_or_a_located_error(data: bytes, folder: Path) -> None:
    (folder / "net.conv").write_bytes(data)
    try:
        text, _ = read("net.conv")
    except SpecError as error:
        assert str(error).startswith("error: ")
    else:
        assert text.encode() == data.removeprefix(b"\xef\xbb\xbf")
