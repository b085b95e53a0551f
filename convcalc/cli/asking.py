"""Asking for answers on a terminal, one by one: hints, second tries, skipping."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from convcalc.errors import SpecError, printable

if TYPE_CHECKING:
    from convcalc.homework.check import Marks, Question

Key = tuple[str, str]

TRIES = 3
"""After so many misses the answer is told."""

HELP = "type the answer; ? for a hint, s to skip, q to stop"


class Stopped(Exception):
    """The user wants to stop."""


class Asking:
    """Asks for the blanks of a sheet. `judge` marks the sheet with the answers given so far."""

    def __init__(
        self,
        judge: Callable[[dict[Key, str]], Marks],
        *,
        hide_answers: bool = False,
        heading: Callable[[Question], str] | None = None,
    ) -> None:
        self.judge = judge
        self.hide_answers = hide_answers
        self.heading = heading or _heading
        self.answers: dict[Key, str] = {}
        self.first_tries: dict[Key, Question] = {}
        """How each question was marked at the first try."""

    def run(self) -> None:
        """Ask for every blank. Raises `Stopped` when the user stops."""
        marks = self.judge(self.answers)
        skipped: set[Key] = set()
        total = len(marks.blanks)
        done = 0
        while True:
            waiting = [question for question in marks.blanks if question.key not in skipped]
            if not waiting:
                return
            done += 1
            question = waiting[0]
            click.echo()
            click.secho(f"{done}/{total}  {self.heading(question)}", bold=True)
            if not self.ask(question):
                skipped.add(question.key)
            marks = self.judge(self.answers)

    def ask(self, question: Question) -> bool:
        """Ask until the answer is right, the tries are used up, or it is skipped (False)."""
        hints = 0
        misses = 0
        while True:
            text = self.read(question)
            if text is None:
                return False
            if text == "?":
                hints += 1
                self.hint(question, hints)
                continue
            try:
                answers = self.with_answer(question, text)
                marked = self.find(self.judge(answers), question)
            except SpecError as error:
                click.echo(f"  {error.problems[0].message}")
                continue
            if marked.status == "unreadable":
                click.echo(f"  cannot read that: {marked.remark}")
                continue
            self.answers = answers
            self.first_tries.setdefault(question.key, marked)
            if self.told(marked):
                return True
            misses += 1
            if misses == TRIES:
                self.reveal(marked)
                return True
            if misses > hints:
                hints = misses
                self.hint(question, hints)

    @staticmethod
    def read(question: Question) -> str | None:
        """An answer, "?" for a hint, None to skip. Raises `Stopped`."""
        while True:
            typed = _line(f"  {question.label}? ").strip()
            word = typed.lower()
            if word in ("s", "skip"):
                return None
            if word in ("q", "quit"):
                raise Stopped
            if word in ("?", "h", "hint"):
                return "?"
            if typed:
                return typed
            click.echo(f"  ({HELP})")

    def with_answer(self, question: Question, text: str) -> dict[Key, str]:
        names = question.quantity.split(", ")
        if len(names) == 1:
            return {**self.answers, question.key: text}
        parts = text.replace(",", " ").split()
        values = [part.rpartition("=")[2] for part in parts]
        if len(values) != len(names):
            raise SpecError(*_several(names).problems)
        layer = question.layer
        return {**self.answers, **{(layer, n): v for n, v in zip(names, values, strict=True)}}

    @staticmethod
    def find(marks: Marks, question: Question) -> Question:
        return next(found for found in marks.questions if found.key == question.key)

    def told(self, marked: Question) -> bool:
        """Say what the answer was; whether it counts as right."""
        from convcalc.render.homework import reasons

        if marked.status in ("right", "consistent"):
            click.secho(f"  {marked.status}", fg="green")
        else:
            click.secho("  not right", fg="red")
        for reason in reasons(marked):
            click.echo(f"  {reason}")
        return marked.status in ("right", "consistent")

    def hint(self, question: Question, given: int) -> None:
        """First the formula, then the values put in."""
        if question.formula is None:
            click.echo("  there is no formula for this one")
            return
        put_in = question.put_in.split("; ") if given > 1 and question.put_in else []
        for line in [*question.formula.split("; "), *put_in]:
            click.echo(f"  hint: {line}")

    def reveal(self, marked: Question) -> None:
        from convcalc.homework.check import shown

        if not self.hide_answers:
            click.echo(f"  right is {shown(marked.expected)}")


def _heading(question: Question) -> str:
    """The layer that is asked about, with its label."""
    text = " ".join(question.text.partition("points=")[0].split())
    labelled = text.startswith(f"{question.layer}:")
    return printable(text if labelled else f"{question.layer}: {text}")


def _several(names: list[str]) -> SpecError:
    from convcalc.errors import wrong

    example = " ".join(f"{name}=1" for name in names)
    return wrong(f"answer with {len(names)} values, in this order: {example}")


def _line(prompt: str) -> str:
    """A line from the terminal. Ctrl-D and Ctrl-C stop."""
    with suppress(ImportError):
        import readline  # noqa: F401 (its import gives input() line editing)
    try:
        return input(prompt)
    except (EOFError, KeyboardInterrupt):
        click.echo()
        raise Stopped from None
