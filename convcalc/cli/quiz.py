"""``convcalc quiz``: exercises made up on the spot."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from convcalc.cli import Status
from convcalc.cli.options import count, one_of
from convcalc.errors import nearest, printable, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcalc.homework.check import Marks, Question
    from convcalc.homework.quiz import Quiz

TOPICS = (
    *("size", "pool", "same", "dilation", "transposed", "params", "macs", "memory"),
    *("inception", "field", "network"),
)


def _topics(
    ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Topics, given one by one or with commas."""
    words = [word.strip() for value in values for word in value.split(",")]
    for word in words:
        if word not in TOPICS and not ctx.resilient_parsing:
            near = nearest(word, list(TOPICS))
            raise wrong(
                f"--topic cannot be {printable(word) or '(empty)'}",
                f"did you mean {near}?" if near else f"the topics are {', '.join(TOPICS)}",
            )
    return tuple(dict.fromkeys(words))


@click.command(short_help="Exercises made up on the spot, marked at once.")
@click.option(
    "--topic",
    "topics",
    multiple=True,
    callback=_topics,
    metavar="TOPIC",
    help=f"What to practise: {', '.join(TOPICS)}. May be given several times.  [default: all]",
)
@click.option(
    "--level",
    default="2",
    metavar="1..5",
    **one_of("1", "2", "3", "4", "5"),
    help="How hard: 1 is a window without padding, 5 has everything.  [default: 2]",
)
@click.option(
    "--count",
    "exercises",
    default="5",
    metavar="N",
    **count(least=1),
    help="How many exercises.  [default: 5]",
)
@click.option(
    "--seed",
    default=None,
    metavar="N",
    **count(least=0),
    help="Make the same exercises again.",
)
@click.option(
    "--export",
    type=click.Path(),
    metavar="FILE",
    help="Write the exercises to FILE as a sheet, and what is right to FILE-key beside it.",
)
@click.option("--hide-answers", is_flag=True, help="Never tell what is right.")
def command(
    topics: tuple[str, ...],
    *,
    level: str,
    exercises: int,
    seed: int | None,
    export: str | None,
    hide_answers: bool,
) -> int:
    """Ask exercises, mark the answers at once, and say at the end what to practise.

    Every exercise is drawn so that each mistake gives another number: then convcalc knows which one
    was made. Where there is no terminal, the exercises are printed as a sheet for convcalc check.

    \b
    Examples:
      convcalc quiz --topic size,pool --level 2
      convcalc quiz --count 3 --seed 7
    """
    from convcalc.homework.quiz import make

    if exercises > MOST_EXERCISES:
        raise wrong(f"--count is at most {MOST_EXERCISES}")
    if seed is None:
        from random import SystemRandom

        seed = SystemRandom().randrange(10_000)
    quiz = make(topics, int(level), exercises, seed)
    if export is not None:
        _export(quiz, export)
        return Status.OK
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo(quiz.text, nl=False)
        return Status.OK
    return _ask(quiz, seed, hide_answers)


MOST_EXERCISES = 200


def _export(quiz: Quiz, export: str) -> None:
    import os

    import convcalc
    from convcalc.cli.writing import output
    from convcalc.homework.quiz import key

    root, suffix = os.path.splitext(export)
    key_path = f"{root}-key{suffix}"
    right = key(quiz, convcalc.check(quiz.text))
    with output(key_path) as key_stream, output(export) as stream:
        stream.write(quiz.text)
        key_stream.write(right)
    click.echo(f"wrote {printable(export)}, and what is right to {printable(key_path)}")


def _ask(quiz: Quiz, seed: int, hide_answers: bool) -> int:
    import convcalc
    from convcalc.cli.asking import HELP, Asking, Stopped

    click.secho(quiz.title, bold=True)
    click.echo(HELP)

    def judge(answers: Mapping[tuple[str, str], str]) -> Marks:
        return convcalc.check(quiz.text, answers)

    def heading(question: Question) -> str:
        exercise = quiz.exercise(question)
        lines = [line.partition(": ")[2] or line for line in exercise.lines]
        asked = next(
            i for i, line in enumerate(exercise.lines) if line.startswith(f"{question.layer}:")
        )
        shown = [line.partition(" ->")[0] for line in lines[: asked + 1]]
        return "\n     ".join(shown)

    asking = Asking(judge, hide_answers=hide_answers, heading=heading)
    try:
        asking.run()
    except Stopped:
        click.echo("stopped")
    _summary(quiz, asking.first_tries, seed)
    right = [question.status == "right" for question in asking.first_tries.values()]
    return Status.OK if right and all(right) and not judge(asking.answers).blanks else Status.WRONG


def _summary(quiz: Quiz, first_tries: Mapping[tuple[str, str], Question], seed: int) -> None:
    """How many were right at the first try, what to practise, which mistakes were made."""
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    made: Counter[str] = Counter()
    for question in first_tries.values():
        topic = quiz.exercise(question).topic
        asked[topic] += 1
        right[topic] += question.status in ("right", "consistent")
        if question.mistakes and question.alone:
            made.update(item.mistake.text.rstrip(",") for item in question.mistakes)
    if not asked:
        return
    click.echo()
    click.secho(f"{right.total()} of {asked.total()} right at the first try", bold=True)
    weak = sorted(
        (topic for topic in asked if right[topic] < asked[topic]),
        key=lambda topic: right[topic] / asked[topic],
    )
    if weak:
        said = ", ".join(f"{topic} ({right[topic]} of {asked[topic]})" for topic in weak)
        click.echo(f"to practise: {said}")
    for text, times in made.most_common(3):
        click.echo(f"mistake: {text}" + (f", {times} times" if times > 1 else ""))
    if weak:
        click.echo(
            f"convcalc quiz --topic {','.join(weak[:3])} makes more; --seed {seed} these again"
        )
