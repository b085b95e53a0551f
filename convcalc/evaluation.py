"""Top-k accuracy and error, by which the networks of the literature are compared.

A row has a score for every class, or the classes themselves, best first. Rows and labels are read
one by one and never kept. `convcalc/docs/evaluation.md` says what the files may look like.

The true class takes the place behind every class with a larger score, and behind those with the
same score and a lower index: the first of the largest is the prediction, as for argmax. How many
rows would count otherwise with ties broken the other way is part of the result.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from convcalc.errors import Problem, SpecError, nearest, printable
from convcalc.source import Source

DEFAULT_K = (1, 5)
LABEL_COLUMNS = ("label", "class", "target")
"""What the header of a file of labels may call its column."""

_RANK = re.compile(r"(?:rank|top|class|pred|prediction)?[ _-]?([0-9]+)", re.IGNORECASE)


class Count(NamedTuple):
    """The rows whose true class is among the first `k`.

    `fewest` and `most` are what `right` would be with every tie broken against the true class, and
    in its favour.
    """

    k: int
    right: int
    fewest: int
    most: int
    rows: int

    @property
    def accuracy(self) -> float:
        """The share of rows that are right, from 0 to 1."""
        return self.right / self.rows

    @property
    def error(self) -> float:
        """The share of rows that are wrong, from 0 to 1."""
        return (self.rows - self.right) / self.rows

    def to_dict(self) -> dict[str, Any]:
        return {
            "k": self.k,
            "right": self.right,
            "accuracy": self.accuracy,
            "error": self.error,
            "fewest_right": self.fewest,
            "most_right": self.most,
        }


class TopK(NamedTuple):
    """How often the true class was among the first k.

    `classes` is how many scores a row has; None for ranked classes.
    """

    rows: int
    classes: int | None
    counts: tuple[Count, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "classes": self.classes,
            "results": [count.to_dict() for count in self.counts],
        }


def topk(
    scores: Iterable[Sequence[Any]],
    labels: Iterable[Any],
    k: Sequence[int] | None = None,
    *,
    ranked: bool = False,
    names: tuple[str, str] = ("scores", "labels"),
) -> TopK:
    """Top-k accuracy of rows of class scores; a label is the index of the true class, from 0.

    With `ranked` a row lists classes, best first, and a label is equal to one of them or to none.
    `k` is 1 and 5 by default, as far as rows are that long. `names` are what errors call the two.
    Raises `SpecError`, with the number of the row: for rows of different lengths, scores that are
    no numbers, labels that are no class, rows without a label or labels without a row.

    >>> topk([[0.1, 0.7, 0.2], [0.5, 0.1, 0.4]], [1, 2], k=[1, 2]).counts[0].accuracy
    0.5
    """
    wanted = list(dict.fromkeys(DEFAULT_K if k is None else k))
    if not wanted or min(wanted) < 1:
        raise ValueError("k must be at least 1")
    remaining = iter(labels)
    right, fewest, most = ([0] * len(wanted) for _ in range(3))
    width = number = 0
    for number, row in enumerate(scores, 1):
        if number == 1:
            width = len(row)
            if k is None:
                wanted = [n for n in wanted if n <= width] or wanted[:1]
            if max(wanted) > width:
                what = "classes" if ranked else "scores"
                raise _wrong(
                    f"top-{max(wanted):,} needs rows of {max(wanted):,} {what}, "
                    f"and they have {width:,}",
                    names[0],
                )
        try:
            label = next(remaining)
        except StopIteration:
            raise _wrong(f"row {number:,} has no label", names[1]) from None
        if ranked:
            place = _listed(row, label, max(wanted), number, names[0])
            best = worst = place
        else:
            if len(row) != width:
                raise _wrong(
                    f"row {number:,} has {_many(len(row), 'score')}, the rows above have {width:,}",
                    names[0],
                )
            best, place, worst = _placed(row, label, number, names)
        for position, n in enumerate(wanted):
            right[position] += place < n
            fewest[position] += worst < n
            most[position] += best < n
    if number == 0:
        raise _wrong("there are no rows", names[0])
    for _ in remaining:
        raise _wrong(f"label {number + 1:,} has no row of scores", names[1])
    counts = zip(wanted, right, fewest, most, strict=False)
    return TopK(number, None if ranked else width, tuple(Count(*c, number) for c in counts))


def _placed(
    row: Sequence[Any], label: Any, number: int, names: tuple[str, str]
) -> tuple[int, int, int]:
    """The true class's place from 0, with ties broken in its favour, by index, and against it."""
    if not 0 <= label < len(row):
        raise _wrong(
            f"row {number:,}: there is no class {label}: they are 0 to {len(row) - 1:,}",
            names[1],
            "labels that count from 1 need --one-based" if label == len(row) else None,
        )
    if math.isnan(sum(row)):
        for column, score in enumerate(row, 1):
            if math.isnan(score):
                raise _wrong(f"row {number:,}, column {column:,}: the score is NaN", names[0])
    own = row[label]
    larger = len([score for score in row if score > own])
    tied = (
        [index for index, score in enumerate(row) if score == own]
        if list(row).count(own) > 1
        else []
    )
    return larger, larger + (tied.index(label) if tied else 0), larger + max(len(tied) - 1, 0)


def _listed(row: Sequence[Any], label: Any, depth: int, number: int, name: str) -> int:
    """The place from 0 of a class in a list of the best; beyond its end where it is missing."""
    if len(row) < depth:
        raise _wrong(
            f"row {number:,} lists {_many(len(row), 'class')}, and top-{depth:,} needs {depth:,}",
            name,
        )
    if len(set(row)) < len(row):
        twice = next(item for place, item in enumerate(row) if item in row[:place])
        raise _wrong(f"row {number:,} lists the class {_shown(str(twice))} twice", name)
    return row.index(label) if label in row else len(row)


def topk_csv(
    scores: Iterable[str],
    labels: Iterable[str],
    k: Sequence[int] | None = None,
    *,
    ranked: bool = False,
    header: bool | None = None,
    one_based: bool = False,
    names: tuple[str, str] = ("scores", "labels"),
) -> TopK:
    """`topk` of the lines of two CSV files.

    `header` says whether the first row of scores is one; by default that is seen from what is in
    it. With `one_based`, labels that are numbers count the classes from 1.
    """
    records = _records(scores, names[0])
    first = next(records, None)
    if first is None:
        raise _wrong("the file is empty", names[0])
    skipped = 0
    classes: dict[str, int] = {}
    if ranked:
        if _is_ranks(first) if header is None else header:
            first = None
        parsed: Iterator[Sequence[Any]] = (
            [_class(cell) for cell in row]
            for row in (chain([first], records) if first else records)
        )
        shift = int(one_based)
        known = (
            label - shift if isinstance(label := _class(cell), int) else label
            for _, cell in _labels(labels, names[1], {})
        )
        return topk(parsed, known, k, ranked=True, names=names)
    if _is_header(first, names[0]) if header is None else header:
        skipped = int(not first[0].strip())  # a data frame's index has no name
        classes = _named(first[skipped:], names[0])
        first = next(records, None)
        if first is None:
            raise _wrong("there is a header and nothing below it", names[0])
    width = len(first) - skipped
    if classes and len(classes) != width:
        raise _wrong(
            f"the header names {_many(len(classes), 'class')}, "
            f"and row 1 has {_many(width, 'score')}",
            names[0],
        )
    rows = _numbers(chain([first], records), skipped, names[0])
    indices = (
        _index(cell, classes, one_based, number, names[1])
        for number, cell in _labels(labels, names[1], classes)
    )
    return topk(rows, indices, k, names=names)


def _records(lines: Iterable[str], name: str) -> Iterator[list[str]]:
    """The cells of each row. An empty line may only stand at the end."""
    source = iter(lines)
    delimiter = ""
    number = empty = 0
    for line in source:
        number += 1
        if not line.strip():
            empty = empty or number
            continue
        if empty:
            raise _wrong(f"line {empty:,} is empty", name)
        if not delimiter:
            bare = re.sub(r'"[^"]*"', "", line)
            delimiter = next((sign for sign in ",\t;" if sign in bare), "")
        if '"' not in line:
            yield line.rstrip("\r\n").split(delimiter or ",")
            continue
        reader = csv.reader(chain([line], source), delimiter=delimiter or ",", strict=True)
        try:
            yield next(reader)
        except csv.Error as error:
            raise _wrong(f"line {number:,} is not CSV: {error}", name) from None
        number += reader.line_num - 1


def _numbers(records: Iterable[list[str]], skipped: int, name: str) -> Iterator[list[float]]:
    for number, row in enumerate(records, 1):
        try:
            yield list(map(float, row[skipped:] if skipped else row))
        except ValueError:
            column = next(
                n for n, cell in enumerate(row, 1) if n > skipped and not _is_number(cell)
            )
            cell = row[column - 1].strip()
            what = f"{_shown(cell)} is not a number" if cell else "a score is missing"
            raise _wrong(
                f"row {number:,}, column {column:,}: {what}",
                name,
                "rows that list classes, best first, need --ranked" if cell else None,
            ) from None


def _labels(lines: Iterable[str], name: str, classes: dict[str, int]) -> Iterator[tuple[int, str]]:
    """The label of each row, with the row's number."""
    records = _records(lines, name)
    first = next(records, None)
    if first is None:
        return
    titles = [cell.strip().lower() for cell in first]
    column = next((titles.index(title) for title in LABEL_COLUMNS if title in titles), None)
    if column is None or (len(first) == 1 and first[0].strip() in classes):
        if len(first) > 1:
            raise _wrong(
                f"there are {len(first):,} columns, and no header says which are the labels",
                name,
                f"call the column {', '.join(LABEL_COLUMNS[:-1])} or {LABEL_COLUMNS[-1]}",
            )
        column = 0
        records = chain([first], records)
    for number, row in enumerate(records, 1):
        if len(row) != len(first):
            raise _wrong(
                f"row {number:,} has {_many(len(row), 'column')}, "
                f"the rows above have {len(first):,}",
                name,
            )
        yield number, row[column].strip()


def _index(cell: str, classes: dict[str, int], one_based: bool, number: int, name: str) -> int:
    """The class that a label means: its name in the header, or its number."""
    if cell in classes:
        return classes[cell]
    if cell.isascii() and cell.isdecimal() and len(cell) < 20:
        index = int(cell) - one_based
        if index >= 0:
            return index
        raise _wrong(f"row {number:,}: there is no class 0 where labels count from 1", name)
    if not cell:
        raise _wrong(f"row {number:,}: the label is missing", name)
    near = nearest(cell, list(classes))
    help = None if classes else "names of classes need a header above the scores that has them"
    raise _wrong(
        f"row {number:,}: {_shown(cell)} is no class",
        name,
        f"did you mean {near}?" if near else help,
    )


def _is_header(cells: Sequence[str], name: str) -> bool:
    """Whether the first row names the classes: nothing in it is a number, or it is 0, 1, 2, …"""
    names = cells[1:] if not cells[0].strip() else cells
    if [cell.strip() for cell in names] == [str(index) for index in range(len(names))]:
        return len(names) > 2 or len(names) < len(cells)
    numbers = [_is_number(cell) for cell in cells]
    if any(numbers) and not all(numbers):
        column = numbers.index(False)
        raise _wrong(
            f"row 1, column {column + 1:,}: {_shown(cells[column]) or 'nothing'} is not a number",
            name,
            "a row that names the classes needs --header",
        )
    return not any(numbers)


def _is_ranks(cells: Sequence[str]) -> bool:
    """Whether a row only numbers the columns in words: rank1, rank2, …"""
    matches = [_RANK.fullmatch(cell.strip()) for cell in cells]
    if not all(matches) or all(_is_number(cell) for cell in cells):
        return False
    numbers = [int(match[1]) for match in matches if match]
    return numbers in (list(range(len(cells))), list(range(1, len(cells) + 1)))


def _named(cells: Sequence[str], name: str) -> dict[str, int]:
    classes: dict[str, int] = {}
    for index, cell in enumerate(cells):
        if classes.setdefault(cell.strip(), index) != index:
            raise _wrong(f"the header names {_shown(cell.strip()) or 'nothing'} twice", name)
    return classes


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _class(cell: str) -> int | str:
    cell = cell.strip()
    return int(cell) if cell.isascii() and cell.isdecimal() and len(cell) < 20 else cell


def _many(count: int, word: str) -> str:
    ending = "" if count == 1 else "es" if word.endswith("s") else "s"
    return f"{count:,} {word}{ending}"


def _shown(cell: str) -> str:
    text = printable(cell)
    return text if len(text) <= 40 else text[:39] + "…"


def _wrong(message: str, name: str, help: str | None = None) -> SpecError:
    return SpecError(Problem(message, Source("", name), help=help))
