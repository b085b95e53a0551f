"""Exercises: reproducible, sensible, and every mistake in them recognised."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.cli.quiz import TOPICS as ON_THE_COMMAND_LINE
from convcalc.homework.check import shown
from convcalc.homework.diagnosis import all_values, cases, equal
from convcalc.homework.quiz import LEVELS, TOPICS, Quiz, key, make

EVERY = [(topic, level) for topic in TOPICS for level in LEVELS]


def quizzes(topic: str, level: int) -> list[Quiz]:
    return [make([topic], level, 4, seed) for seed in range(3)]


def test_the_same_seed_makes_the_same_quiz() -> None:
    assert make([], 3, 11, 7) == make([], 3, 11, 7)
    assert make([], 3, 11, 7) != make([], 3, 11, 8)
    assert [item.topic for item in make([], 3, 11, 7).exercises] == list(TOPICS)


def test_a_quiz_is_the_same_everywhere() -> None:
    assert make(["size", "pool"], 2, 2, 7).text == GOLDEN


def test_the_command_line_has_the_topics() -> None:
    assert tuple(TOPICS) == ON_THE_COMMAND_LINE


@pytest.mark.parametrize(("topic", "level"), EVERY)
def test_the_key_is_right(topic: str, level: int) -> None:
    for quiz in quizzes(topic, level):
        marks = convcalc.check(quiz.text)
        assert {question.status for question in marks.questions} == {"blank"}
        assert all(quiz.exercise(question).topic == topic for question in marks.questions)
        filled = convcalc.check(key(quiz, marks))
        assert filled.ok
        assert len(filled.questions) == len(marks.questions) >= 4


@pytest.mark.parametrize(("topic", "level"), EVERY)
def test_every_mistake_is_recognised(topic: str, level: int) -> None:
    """Make each mistake that can be made in each exercise: it is the only one named."""
    count = 0
    for quiz in quizzes(topic, level):
        for exercise in quiz.exercises:
            text = "\n".join(exercise.lines)
            graph = convcalc.build(text)
            found = cases(graph.nodes, 4)
            for question in convcalc.check(text).questions:
                answer = next(a for a in graph.answers if a.name == question.layer)
                about = [found[node] for node in range(answer.first, answer.last)]
                if question.quantity in ("output_shape", "receptive_field"):
                    about = [found[answer.output]]
                for part, right, values in all_values(question.quantity, question.expected, about):
                    wrong = [value for value in values if not equal(value, right)]
                    for value in wrong:
                        given = value
                        if part == "size":
                            given = (question.expected[0], *value)
                        elif part == "depth":
                            given = (value, *question.expected[1:])
                        typed = shown(given).replace("×", "x").replace(",", "")
                        marks = convcalc.check(text, {question.key: typed})
                        marked = next(q for q in marks.questions if q.key == question.key)
                        assert marked.status == "wrong", (text, typed)
                        assert marked.alone, (text, typed, marked.mistakes)
                        assert len(marked.mistakes) == 1
                        count += 1
    assert count > 20


@pytest.mark.parametrize(("topic", "level"), EVERY)
def test_numbers_are_sensible(topic: str, level: int) -> None:
    for quiz in quizzes(topic, level):
        report = convcalc.analyze(quiz.text)
        codes = {note.code for note in report.notes}
        if level < 4 and topic not in ("memory", "field"):
            assert "dropped-pixels" not in codes
        assert codes <= {"dropped-pixels", "dropped-padding", "uneven-padding", "unused"}


GOLDEN = """\
title "Quiz: size, pool, level 2, seed 7"

# q1: the output size of a convolution
input 8x28x28
q1_2: conv 8 7x7 pad=3 -> ?

# q2: the output size of a pool
input 8x20x20
q2_2: maxpool 3x3 stride=1 -> ?
"""
