"""Top-k accuracy: a second way to count, the forms of the files, what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.errors import SpecError
from convcalc.evaluation import topk, topk_csv

SCORES = "0.1,0.7,0.2\n0.5,0.1,0.4\n0.2,0.3,0.5\n"


def right(result: Any) -> list[int]:
    return [count.right for count in result.counts]


rows_and_labels = st.integers(1, 6).flatmap(
    lambda classes: st.lists(
        st.tuples(
            # few values, so that ties are the rule
            st.lists(
                st.sampled_from([0.0, -0.0, 0.25, 1.0, -1.5, math.inf, -math.inf]),
                min_size=classes,
                max_size=classes,
            ),
            st.integers(0, classes - 1),
        ),
        min_size=1,
        max_size=8,
    )
)


@given(rows_and_labels)
def test_counts_are_those_of_sorting(examples: list[tuple[list[float], int]]) -> None:
    """Sorted by score, a class is right where it stands among the first k; ties by index, and with
    the true class put in front of and behind those it is tied with."""
    rows = [row for row, _ in examples]
    labels = [label for _, label in examples]
    classes = len(rows[0])
    result = topk(rows, labels, range(1, classes + 1))
    assert (result.rows, result.classes) == (len(rows), classes)

    def places(tie: Callable[[int, int], int]) -> list[int]:
        found = []
        for row, label in examples:
            order = sorted((-score, tie(c, label), c) for c, score in enumerate(row))
            found.append([c for _, _, c in order].index(label))
        return found

    by_index = places(lambda c, _: c)
    favoured = places(lambda c, true: c != true)
    disfavoured = places(lambda c, true: c == true)
    for count in result.counts:
        assert count.right == sum(place < count.k for place in by_index)
        assert count.most == sum(place < count.k for place in favoured)
        assert count.fewest == sum(place < count.k for place in disfavoured)
        assert Fraction(count.right, count.rows) == Fraction(count.accuracy).limit_denominator(8)
        assert count.accuracy + count.error == pytest.approx(1)


@given(rows_and_labels)
def test_ranked_classes_give_what_their_scores_give(
    examples: list[tuple[list[float], int]],
) -> None:
    rows = [row for row, _ in examples]
    labels = [label for _, label in examples]
    classes = len(rows[0])
    ranked = [[c for _, c in sorted((-score, c) for c, score in enumerate(row))] for row in rows]
    every = range(1, classes + 1)
    assert right(topk(ranked, labels, every, ranked=True)) == right(topk(rows, labels, every))


@given(rows_and_labels, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]))
def test_a_file_gives_what_its_numbers_give(
    examples: list[tuple[list[float], int]], delimiter: str, end: str
) -> None:
    rows = [row for row, _ in examples]
    labels = [label for _, label in examples]
    scores = [delimiter.join(map(repr, row)) + end for row in rows]
    result = topk_csv(scores, [f"{label}{end}" for label in labels], [1], header=False)
    assert result == topk(rows, labels, [1])


def test_a_constant_answer_is_right_only_for_the_first_class() -> None:
    result = topk([[0.5] * 4] * 4, [0, 1, 2, 3], [1, 2])
    assert [(c.right, c.fewest, c.most) for c in result.counts] == [(1, 0, 4), (2, 0, 4)]


def test_results_as_data() -> None:
    result = convcalc.topk([[0.1, 0.7, 0.2], [0.5, 0.1, 0.4]], [1, 2], k=[1, 2])
    assert result.to_dict() == {
        "rows": 2,
        "classes": 3,
        "results": [
            {
                "k": 1,
                "right": 1,
                "accuracy": 0.5,
                "error": 0.5,
                "fewest_right": 1,
                "most_right": 1,
            },
            {
                "k": 2,
                "right": 2,
                "accuracy": 1.0,
                "error": 0.0,
                "fewest_right": 2,
                "most_right": 2,
            },
        ],
    }


@pytest.mark.parametrize(("classes", "depths"), [(1, [1]), (4, [1]), (5, [1, 5]), (9, [1, 5])])
def test_k_is_1_and_5_as_far_as_rows_are_that_long(classes: int, depths: list[int]) -> None:
    rows = [list(range(classes))]
    assert [count.k for count in topk(rows, [0]).counts] == depths
    assert [count.k for count in topk(rows, [0], ranked=True).counts] == depths


def test_k_is_taken_once_and_in_its_order() -> None:
    assert [count.k for count in topk([[1, 2, 3]], [0], [3, 1, 3]).counts] == [3, 1]
    for wrong in ([], [0], [1, -1]):
        with pytest.raises(ValueError, match="k must be at least 1"):
            topk([[1, 2]], [0], wrong)


def test_rows_and_labels_are_read_one_by_one() -> None:
    happened: list[str] = []

    def telling(name: str, lines: list[str]) -> Iterator[str]:
        for line in lines:
            happened.append(name)
            yield line

    topk_csv(telling("row", ["1,2", "2,1", "1,1"]), telling("label", ["0", "1", "1"]), [1])
    assert "".join(word[0] for word in happened) in ("rlrlrl", "rllrlr", "rrlrll", "rlrllr")


@pytest.mark.parametrize(
    ("scores", "labels", "options"),
    [
        (SCORES, "1\n0\n0\n", {}),
        (SCORES, "label\n1\n0\n0\n", {}),
        (SCORES, "Target\n1\n0\n0\n\n\n", {}),
        (SCORES, "file,Label\na,1\nb,0\nc,0\n", {}),
        (SCORES, '"file";"class"\n"a;b";1\n"b";0\nc;0\n', {}),
        (SCORES, "2\n1\n1\n", {"one_based": True}),
        ("cat,dog,emu\n" + SCORES, "dog\ncat\ncat\n", {}),
        ("cat,dog,emu\n" + SCORES, "class\ndog\ncat\n0\n", {}),
        ("cat,dog,label\n" + SCORES, "dog\ncat\ncat\n", {}),
        ('cat,"dog, wild",emu\n' + SCORES, '"dog, wild"\ncat\ncat\n', {}),
        ("0,1,2\n" + SCORES, "1\n0\n0\n", {}),
        (",0,1,2\n0,0.1,0.7,0.2\n1,0.5,0.1,0.4\n2,0.2,0.3,0.5\n", "1\n0\n0\n", {}),
        ("1,2,3\n" + SCORES, "2\n1\n1\n", {"header": True}),
        ("0,b,7\n" + SCORES, "b\n0\n0\n", {"header": True}),
        ("1e-1, 7e-1 ,.2\n5,1,4\n-3,-2,-1\n", "1\n0\n0\n", {}),
        ("1,0,2\n1,2,0\n2,0,1\n", "1\n1\n0\n", {"ranked": True}),
        ("dog,cat\ncat,dog\nemu,dog\n", "dog\ncat\ncat\n", {"ranked": True}),
        ("rank1,rank2\ndog,cat\ncat,dog\nemu,dog\n", "dog\ncat\ncat\n", {"ranked": True}),
        ("Top-0;Top-1\ndog;cat\ncat;dog\nemu;dog\n", "dog\ncat\ncat\n", {"ranked": True}),
        ("a,b\n01,2\n1,02\n2,0\n", "1\n1\n0\n", {"ranked": True, "header": True}),
        ("1,0\n1,2\n2,0\n", "2\n2\n1\n", {"ranked": True, "one_based": True}),
    ],
)
def test_forms_of_the_files(scores: str, labels: str, options: dict[str, Any]) -> None:
    result = topk_csv(
        scores.splitlines(keepends=True), labels.splitlines(keepends=True), [1], **options
    )
    assert (result.rows, right(result)) == (3, [2])


def test_a_quoted_cell_may_have_lines() -> None:
    scores = ['"a\n', 'b",c\n', "1,2\n", "3,1\n"]
    assert right(topk_csv(scores, ['"a\n', 'b"\n', "c\n"], [1])) == [0]


@pytest.mark.parametrize(
    ("scores", "labels", "options", "told"),
    [
        ("", "", {}, "the file is empty\n  scores"),
        ("\n\n", "", {}, "the file is empty\n  scores"),
        ("a,b\n", "0\n", {}, "there is a header and nothing below it\n  scores"),
        ("rank1,rank2\n", "0\n", {"ranked": True}, "there are no rows\n  scores"),
        ("1,2\n3\n", "0\n0\n", {}, "row 2 has 1 score, the rows above have 2\n  scores"),
        ("1,2\n3,4,5\n", "0\n0\n", {}, "row 2 has 3 scores, the rows above have 2\n  scores"),
        (
            "a,b,c\n1,2\n",
            "a\n",
            {},
            "the header names 3 classes, and row 1 has 2 scores\n  scores",
        ),
        ("a,b,a\n1,2,3\n", "a\n", {}, "the header names a twice\n  scores"),
        ("1,2\n\n3,4\n", "0\n0\n", {}, "line 2 is empty\n  scores"),
        ("1,2\n3,4\n", "0\n\n1\n", {}, "line 2 is empty\n  labels"),
        (
            "1,2\n3,x\n",
            "0\n0\n",
            {},
            "row 2, column 2: x is not a number\n  scores\n"
            "  help: rows that list classes, best first, need --ranked",
        ),
        (
            "a,b\n1,2\n3,\n",
            "0\n0\n",
            {},
            "row 2, column 2: a score is missing\n  scores",
        ),
        (
            "1,x\n3,4\n",
            "0\n0\n",
            {},
            "row 1, column 2: x is not a number\n  scores\n"
            "  help: a row that names the classes needs --header",
        ),
        ("1,2\n3,nan\n", "0\n0\n", {}, "row 2, column 2: the score is NaN\n  scores"),
        (
            "1,2\n3,4\n",
            "0\n2\n",
            {},
            "row 2: there is no class 2: they are 0 to 1\n  labels\n"
            "  help: labels that count from 1 need --one-based",
        ),
        (
            "1,2\n3,4\n",
            "0\n3\n",
            {},
            "row 2: there is no class 3: they are 0 to 1\n  labels",
        ),
        (
            "1,2\n",
            "0\n",
            {"one_based": True},
            "row 1: there is no class 0 where labels count from 1\n  labels",
        ),
        (
            "1,2\n",
            "-1\n",
            {},
            "row 1: -1 is no class\n  labels\n"
            "  help: names of classes need a header above the scores that has them",
        ),
        (
            "cat,dog\n1,2\n1,2\n",
            "cat\nhog\n",
            {},
            "row 2: hog is no class\n  labels\n  help: did you mean dog?",
        ),
        (
            "1,2\n",
            "a.png,0\n",
            {},
            "there are 2 columns, and no header says which are the labels\n  labels\n"
            "  help: call the column label, class or target",
        ),
        (
            "1,2\n3,4\n",
            "file,label\na,0\n0\n",
            {},
            "row 2 has 1 column, the rows above have 2\n  labels",
        ),
        ("1,2\n", "file,label\na,\n", {}, "row 1: the label is missing\n  labels"),
        ("1,2\n3,4\n", "0\n", {}, "row 2 has no label\n  labels"),
        ("1,2\n3,4\n", "", {}, "row 1 has no label\n  labels"),
        ("1,2\n3,4\n", "0\n0\n0\n", {}, "label 3 has no row of scores\n  labels"),
        ("1,2\n", "0\n", {"k": [3]}, "top-3 needs rows of 3 scores, and they have 2\n  scores"),
        (
            "1,2\n",
            "0\n",
            {"k": [3], "ranked": True},
            "top-3 needs rows of 3 classes, and they have 2\n  scores",
        ),
        (
            "1,2\n3\n",
            "1\n1\n",
            {"k": [2], "ranked": True},
            "row 2 lists 1 class, and top-2 needs 2\n  scores",
        ),
        (
            "1,2\n3,03\n",
            "1\n1\n",
            {"ranked": True},
            "row 2 lists the class 3 twice\n  scores",
        ),
        ('a,b\n1,2\n"3,4\n', "a\na\n", {}, "line 3 is not CSV: unexpected end of data\n  scores"),
        (
            "1,2\n\x1b[31mred,2\n",
            "0\n0\n",
            {},
            "row 2, column 1: ?[31mred is not a number\n  scores\n"
            "  help: rows that list classes, best first, need --ranked",
        ),
    ],
)
def test_what_is_refused(scores: str, labels: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(SpecError) as error:
        topk_csv(scores.splitlines(keepends=True), labels.splitlines(keepends=True), **options)
    assert str(error.value) == f"error: {told}"
