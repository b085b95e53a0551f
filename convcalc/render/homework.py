"""Marks of homework as text, as tables of many sheets, as CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

from convcalc.render.terminal import Line, spelling_of, write_lines
from convcalc.render.units import Spelling

if TYPE_CHECKING:
    from convcalc.homework.check import Marks, Question

MARK_STYLES = {
    "right": "bold",
    "consistent": "accent",
    "wrong": "wrong",
    "unreadable": "wrong",
    "blank": "dim",
}


class Sheet(NamedTuple):
    """One student's sheet: its name, and its marks or what is wrong with it."""

    name: str
    marks: Marks | None
    problem: str = ""


def write(marks: Marks, stream: TextIO, *, hide_answers: bool = False) -> None:
    """Write the marks of a sheet, a question after the other; without what is right if
    `hide_answers`.
    """
    write_lines(lines(marks, spelling_of(stream), hide_answers=hide_answers), stream)


def lines(marks: Marks, spelling: Spelling, *, hide_answers: bool = False) -> Iterator[Line]:
    """The lines of a marked sheet."""
    if marks.title:
        yield [(spelling.text(marks.title), "bold")]
        yield []
    if not marks.questions:
        yield [("nothing is asked: answers stand behind ->, blanks are ?", "")]
        return
    names = [f"{question.layer} {question.label}" for question in marks.questions]
    margin = max(map(len, names))
    words = max(len(question.status) for question in marks.questions)
    for question, name in zip(marks.questions, names, strict=True):
        head: Line = [
            (f"{question.status:<{words}}", MARK_STYLES[question.status]),
            (f"  {spelling.text(name):<{margin}}", ""),
        ]
        if question.answer is not None:
            head.append((f"  {spelling.text(question.answer)}", ""))
            if question.status in ("wrong", "unreadable") and not hide_answers:
                head.append((f", right is {right(question, spelling)}", ""))
        yield head
        for reason in reasons(question):
            yield [(" " * (words + 2), ""), (spelling.text(reason), "dim")]
    yield []
    yield [(score(marks), "bold")]


def right(question: Question, spelling: Spelling) -> str:
    """What is right, for people."""
    from convcalc.homework.check import shown

    text = spelling.text(shown(question.expected))
    return f"{text}, for example" if question.status == "wrong" and "=" in text else text


def reasons(question: Question) -> Iterator[str]:
    """Why an answer has its mark: what gives this number, what it follows from."""
    if question.remark:
        yield question.remark
    for part in dict.fromkeys(item.part for item in question.mistakes):
        mine = [item for item in question.mistakes if item.part == part]
        if len(mine) == 1:
            yield mine[0].text
        else:
            given = mine[0].text.rpartition(" gives ")[2]
            texts = "; ".join(item.mistake.text.rstrip(",") for item in mine)
            yield f"{given} comes from one of these, perhaps: {texts}"


def score(marks: Marks) -> str:
    """``7 of 10 points: 5 right, 1 consistent, 2 wrong``"""
    counts = Counter(question.status for question in marks.questions)
    said = ", ".join(f"{counts[status]} {status}" for status in MARK_STYLES if counts[status])
    return f"{marks.score} of {marks.out_of} point{'s' * (marks.out_of != 1)}: {said}"


def write_table(sheets: Sequence[Sheet], stream: TextIO) -> None:
    """Write a row a sheet, the best first as they come."""
    spelling = spelling_of(stream)
    heads = ("sheet", "points", "of", *MARK_STYLES)
    rows = [list(heads)]
    for sheet in sheets:
        name = spelling.text(sheet.name)
        if sheet.marks is None:
            rows.append([name, "-", "-", *("-" for _ in MARK_STYLES)])
            continue
        counts = Counter(question.status for question in sheet.marks.questions)
        rows.append(
            [
                name,
                str(sheet.marks.score),
                str(sheet.marks.out_of),
                *(str(counts[status]) for status in MARK_STYLES),
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        stream.write("  ".join(cells).rstrip() + "\n")
    for sheet in sheets:
        if sheet.problem:
            stream.write(f"\n{spelling.text(sheet.name)}: {spelling.text(sheet.problem)}\n")


def write_csv(sheets: Sequence[Sheet], stream: TextIO) -> None:
    """A row a sheet: points, and the mark of each question that any sheet has."""
    import csv

    keys: dict[tuple[str, str], None] = {}
    for sheet in sheets:
        if sheet.marks is not None:
            keys.update(dict.fromkeys(question.key for question in sheet.marks.questions))
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["sheet", "score", "out_of", "problem", *(" ".join(key) for key in keys)])
    for sheet in sheets:
        if sheet.marks is None:
            writer.writerow([sheet.name, "", "", sheet.problem, *("" for _ in keys)])
            continue
        status = {question.key: question.status for question in sheet.marks.questions}
        marks = [status.get(key, "") for key in keys]
        writer.writerow([sheet.name, sheet.marks.score, sheet.marks.out_of, "", *marks])
