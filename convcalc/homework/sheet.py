"""A sheet of homework as text: its blanks, the points of its questions, filling it in.

A sheet is a spec with answers. This module reads and changes its text and tree; what the answers
are worth is decided in `check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from convcalc.errors import Problem, SpecError
from convcalc.graph.answers import POINTS
from convcalc.language import tree
from convcalc.language.parser import parse_argument, parse_tolerant
from convcalc.language.unparse import unparse
from convcalc.source import Source, Span


class Open(NamedTuple):
    """A layer with ``?`` among its arguments: a question whose blanks are those arguments.

    `statement` counts the statements of the file; `places` are the open arguments, by the number of
    their place or by their option's name; `step` is the statement itself.
    """

    statement: int
    step: tree.Step
    places: tuple[int | str, ...]


class Sheet(NamedTuple):
    """A sheet's text and tree, its layers with blanks, and the points of what each span states."""

    source: Source
    file: tree.File
    open_layers: tuple[Open, ...]
    points: dict[Span, int]


def read(source: Source) -> Sheet:
    """The sheet in a text. Raises `SpecError`."""
    file, problems, _ = parse_tolerant(source)
    if problems:
        raise SpecError(*problems)
    points: dict[Span, int] = {}
    for step in _steps(file.statements):
        if step.answer is not None:
            _read_points(step.answer, source, points)
    layers = []
    for position, statement in enumerate(file.statements):
        if isinstance(statement, tree.Step):
            places = tuple(_open_places(statement.action))
            if places:
                layers.append(Open(position, statement, places))
    inner = [
        step
        for step in _steps(file.statements)
        if any(_open_places(step.action)) and all(step is not found.step for found in layers)
    ]
    if inner:
        raise SpecError(
            Problem(
                "a layer with a ? must stand at the top level of a sheet",
                source,
                inner[0].span,
                help="take it out of the block, repeat or def; a ? behind -> may stand anywhere",
            )
        )
    for layer in layers:
        if not _states_all(layer.step.answer):
            raise SpecError(
                Problem(
                    "nothing says which values of this ? are right",
                    source,
                    layer.step.span,
                    help="state what must come out: conv 6 ? stride=? -> 6x14x14",
                )
            )
    return Sheet(source, file, tuple(layers), points)


def _steps(statements: Sequence[tree.Statement]) -> Iterator[tree.Step]:
    """Every step, in blocks and defs too."""
    for statement in statements:
        if isinstance(statement, tree.Define):
            yield from _steps(statement.body.statements)
        if not isinstance(statement, tree.Step):
            continue
        yield statement
        action = statement.action
        if isinstance(action, tree.Block):
            yield from _steps(action.statements)
        elif isinstance(action, tree.Freeze | tree.Side | tree.Repeat):
            yield from _steps(action.block.statements)
        elif isinstance(action, tree.Join):
            for branch in action.branches:
                yield from _steps(branch.statements)


def _read_points(answer: tree.Answer, source: Source, points: dict[Span, int]) -> None:
    for option in answer.options:
        if option.name != POINTS:
            continue
        value = option.value
        if not isinstance(value, tree.Number) or not isinstance(value.value, int):
            raise SpecError(Problem("points are a whole number", source, option.span))
        if answer.shape is not None:
            points[answer.shape.span] = value.value
        points.update((other.span, value.value) for other in answer.options)


def _open_places(action: tree.Action) -> Iterator[int | str]:
    if isinstance(action, tree.Apply):
        for position, argument in enumerate(action.arguments):
            if has_hole(argument):
                yield position
        for option in action.options:
            if has_hole(option.value):
                yield option.name


def has_hole(argument: tree.Argument | None) -> bool:
    """Whether there is a ``?`` in an argument."""
    if isinstance(argument, tree.Dims):
        return any(has_hole(pair.first) or has_hole(pair.second) for pair in argument.pairs)
    return isinstance(argument, tree.Hole)


def _states_all(answer: tree.Answer | None) -> bool:
    """Whether an answer states something and leaves nothing open."""
    if answer is None or has_hole(answer.shape):
        return False
    stated = [option for option in answer.options if option.name != POINTS]
    return not any(has_hole(option.value) for option in stated) and bool(answer.shape or stated)


def filled(
    sheet: Sheet, fillings: Mapping[int, Sequence[tree.Argument]], *, until: int | None = None
) -> tree.File:
    """The tree with arguments in place of the blanks of open layers, for the `graph` builder.

    `fillings` has the arguments of a layer by its statement's number; `until` ends the file behind
    that statement. Blanks in the shapes of answers become one blank.
    """
    statements: list[tree.Statement] = []
    for position, statement in enumerate(
        sheet.file.statements[: None if until is None else until + 1]
    ):
        layer = next((found for found in sheet.open_layers if found.statement == position), None)
        if layer is not None and position in fillings:
            statements.append(_fill(layer, fillings[position]))
        else:
            statements.append(statement)
    return tree.File(_blanks_whole(tuple(statements)), sheet.file.span)


def _fill(layer: Open, arguments: Sequence[tree.Argument]) -> tree.Step:
    action = layer.step.action
    assert isinstance(action, tree.Apply)
    given = dict(zip(layer.places, arguments, strict=True))
    return replace(
        layer.step,
        action=replace(
            action,
            arguments=tuple(given.get(i, old) for i, old in enumerate(action.arguments)),
            options=tuple(
                replace(option, value=given.get(option.name, option.value))
                for option in action.options
            ),
        ),
    )


def _blanks_whole(statements: tuple[Any, ...]) -> tuple[Any, ...]:
    """The statements with answers such as ``6x?x?`` made ``?``, inside blocks too."""
    return tuple(_blank_whole(statement) for statement in statements)


def _blank_whole(node: Any) -> Any:
    if isinstance(node, tree.Define):
        return replace(node, body=_blank_whole(node.body))
    if isinstance(node, tree.Block):
        return replace(node, statements=_blanks_whole(node.statements))
    if isinstance(node, tree.Freeze | tree.Side | tree.Repeat):
        return replace(node, block=_blank_whole(node.block))
    if isinstance(node, tree.Join):
        return replace(node, branches=tuple(_blank_whole(branch) for branch in node.branches))
    if not isinstance(node, tree.Step):
        return node
    answer = node.answer
    if answer is not None and isinstance(answer.shape, tree.Dims) and has_hole(answer.shape):
        answer = replace(answer, shape=tree.Hole(answer.shape.span))
    return replace(node, action=_blank_whole(node.action), answer=answer)


def argument(text: str, what: str) -> tree.Argument:
    """A typed answer as a tree, numbers in the ways that people write them too: ``96, 55, 55``,
    ``34,944``. Raises `SpecError`.
    """
    return parse_argument(Source(_tidied(text), what))


def _tidied(text: str) -> str:
    """Lists of plain numbers as shapes, digits without separators; anything else as it is."""
    import re

    plain = text.strip()
    if re.fullmatch(r"\d{1,3}(,\d{3})+", plain):
        return plain.replace(",", "")
    listed = re.fullmatch(r"[\[(]?\s*(\d+(?:\s*[,;×xX]\s*|\s+))+\d+\s*[\])]?", plain)
    if listed:
        return "x".join(re.findall(r"\d+", plain))
    return plain


def with_answers(sheet: Sheet, answers: Mapping[Span, str]) -> str:
    """The sheet's text with answers in the place of blanks, for a span of a ``?`` or ``name=?``."""
    text = sheet.source.text
    for span in sorted(answers, reverse=True):
        old = text[span.start : span.end]
        name, equals, _ = old.partition("=")
        new = unparse(argument(answers[span], "the answer"))
        text = text[: span.start] + (name + equals if equals else "") + new + text[span.end :]
    return text


def spans_of(layer: Open) -> list[Span]:
    """Where the blanks of an open layer stand."""
    action = layer.step.action
    assert isinstance(action, tree.Apply)
    options = {option.name: option.span for option in action.options}
    return [
        action.arguments[place].span if isinstance(place, int) else options[place]
        for place in layer.places
    ]


def number(value: int) -> tree.Argument:
    """A number as a tree."""
    return tree.Number(value)


def pair(value: int, count: int) -> tree.Argument:
    """The same number on each of some axes."""
    return tree.Dims((tree.Pair(tree.Number(value)),) * count)
