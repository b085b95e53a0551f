"""What stands around the layers: the title, totals in words, answers that are wrong, notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.render.rows import Outline, Row
from convcalc.render.units import Spelling, bytes_text, human
from convcalc.report import LayerReport

if TYPE_CHECKING:
    from convcalc.report import Expectation, Note, Report

MOST_NEEDS = 6
"""How many requirements of symbols are shown, the last and strongest ones."""
SHOWN_ALIKE = 3
"""Notes of one kind that are shown one by one."""

QUANTITIES = {"output_shape": "output", "macs": "MACs", "activation_bytes": "activation bytes"}


class Message(NamedTuple):
    """A line under a table: its kind (``wrong``, ``right``, ``note``) and its text."""

    kind: str
    text: str


def total_row(report: Report) -> Row:
    """The last row, with the report's totals."""
    totals = report.totals
    item = LayerReport(
        index=0,
        name="total",
        kind="",
        text="",
        line=0,
        column=0,
        inputs=(),
        input_shapes=(),
        output_shape=(),
        window=None,
        parameters=totals.parameters,
        macs=totals.macs,
        connections=totals.connections,
        activation_bytes=totals.activation_bytes,
    )
    return Row("total", (True,), item)


def facts(report: Report, spelling: Spelling) -> str:
    """``input 3×224×224 · batch 1 · float32``"""
    shapes = [spelling.shape(item.shape) for item in report.inputs]
    if len(shapes) == 1:
        inputs = f"input {shapes[0]}"
    else:
        named = [f"{item.name} {shape}" for item, shape in zip(report.inputs, shapes, strict=True)]
        inputs = f"inputs {', '.join(named)}"
    parts = [inputs, f"batch {report.batch:,}", report.dtype]
    if report.layout != "chw":
        parts.append(report.layout)
    return spelling.dot.join(parts)


def totals(report: Report, spelling: Spelling) -> Iterator[tuple[str, str]]:
    """The totals in exact and in human units: what, and how much."""
    sums = report.totals
    own = sums.parameters
    weights = f"{_amount(sums.weight_bytes, spelling)} as {report.dtype}"
    text = f"{_counted(own.total, spelling)}, {weights}" if own.total != 0 else "none"
    yield "parameters", text
    if own.trainable != own.total:
        yield (
            "trained",
            f"{_counted(own.trainable, spelling)}; "
            f"{_counted(own.total - own.trainable, spelling)} are frozen",
        )
    if own.buffers != 0:
        yield "buffers", f"{_counted(own.buffers, spelling)} besides the parameters"
    example = " for one example" if report.batch > 1 else ""
    yield "MACs", _counted(sums.macs, spelling) + example if sums.macs != 0 else "none"
    peak = _amount(sums.peak_activation_bytes, spelling)
    batch = f" for a batch of {report.batch:,}" if report.batch > 1 else ""
    yield (
        "activations",
        f"{_amount(sums.activation_bytes, spelling)}{batch}, at most {peak} alive at once",
    )


def shortened_by(outline: Outline, report: Report) -> str:
    """What was done to make a table short, and how to see all of it."""
    done = []
    if outline.merged:
        done.append("norms and activations on the row of their layer")
    if outline.counted:
        done.append("equal blocks counted")
    if outline.folded:
        done.append("inner blocks folded")
    if not done:
        return ""
    return f"short form: {', '.join(done)}; --depth all shows all {len(report.layers):,} layers"


def messages(report: Report, spelling: Spelling) -> Iterator[Message]:
    """The answers that are wrong, the count of those that are right, the notes."""
    wrong = [expectation for expectation in report.expectations if not expectation.ok]
    for expectation in wrong:
        yield Message("wrong", _wrong(expectation, spelling))
    count = len(report.expectations)
    right = count - len(wrong)
    if right:
        of = "" if right == count else f" of {count:,}"
        yield Message("right", f"{right:,}{of} expected {_plural('value', count)}")
    yield from _needs(report, spelling)
    kinds: dict[str, list[Note]] = {}
    for note in report.notes:
        kinds.setdefault(note.code, []).append(note)
    for alike in kinds.values():
        for text in _noted(alike):
            yield Message("note", spelling.text(text))


def _needs(report: Report, spelling: Spelling) -> Iterator[Message]:
    """What must hold of the symbols: the sizes that each requirement leaves, and who asks."""
    if not report.requirements:
        return
    from convcalc.solving.forms import words  # only networks with symbols need it

    symbols: dict[tuple[str, str, str], list[str]] = {}
    for item in report.requirements:
        said = item.text
        if item.symbol:
            said = words(item.sizes) if item.sizes else "no size works"
        names = symbols.setdefault((item.layer, said, item.reason), [])
        if item.symbol:
            names.append(item.symbol)
    for (layer, said, reason), names in list(symbols.items())[-MOST_NEEDS:]:
        of = f"{' and '.join(names)}: " if names else ""
        yield Message("needs", spelling.text(f"{of}{said} ({layer}: {reason})"))
    more = len(symbols) - MOST_NEEDS
    if more > 0:
        yield Message("needs", f"and {more:,} weaker ones before (--format json lists all)")


def _noted(notes: list[Note]) -> Iterator[str]:
    """Notes of one kind; where there are many, the first, and whom else it is about."""
    names = [note.layer for note in notes[1:] if note.layer is not None]
    if len(notes) <= SHOWN_ALIKE or not names:
        for note in notes:
            yield _located(note)
        return
    listed = ", ".join(names[:2]) + (f" and {len(names) - 2:,} more" if len(names) > 2 else "")
    yield f"{_located(notes[0])}; likewise {listed}"


def _located(note: Note) -> str:
    return note.text if note.layer is None else f"{note.layer}: {note.text}"


def _wrong(expectation: Expectation, spelling: Spelling) -> str:
    quantity = QUANTITIES.get(expectation.quantity, expectation.quantity)
    actual = _value(expectation.actual, spelling)
    expected = _value(expectation.expected, spelling)
    return (
        f"line {expectation.line}, {spelling.text(expectation.layer)}: "
        f"expected {quantity} {expected}, actual {actual}"
    )


def _value(value: Any, spelling: Spelling) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        is_padding = bool(value) and isinstance(value[0], tuple)
        return spelling.each_padding(value) if is_padding else spelling.shape(value)
    return spelling.number(value)


def _counted(value: Any, spelling: Spelling) -> str:
    """``25,557,032 = 25.6 M``"""
    text = spelling.number(value)
    return f"{text} = {human(value)}" if isinstance(value, int) and value >= 1000 else text


def _amount(value: Any, spelling: Spelling) -> str:
    if isinstance(value, int):
        return bytes_text(value)
    text = spelling.number(value)
    return f"({text}) B" if " " in text else f"{text} B"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
