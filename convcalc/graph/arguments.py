"""The arguments of a layer as the text gives them, by place or by name, each read by its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.graph.evaluate import Context, Located, argument
from convcalc.graph.wording import missing, too_many, unknown_option
from convcalc.language import tree
from convcalc.layers.arguments import Argument, Axes, Choice, Flag, LayerProblem, Word, describe
from convcalc.layers.base import Layer
from convcalc.source import Span


def arguments(
    kind: type[Layer], name: str, action: tree.Apply, context: Context
) -> tuple[Any, ...]:
    """The values of a layer's arguments, in the order of their declaration.

    `name` is what the layer is called in the text. Raises `Located` and `Poisoned`.
    """
    declared = kind.arguments
    given: dict[str, tuple[tree.Argument, Span]] = {}
    places = [item for item in declared if item.place]
    for node, item in zip(action.arguments, places, strict=False):
        given[item.name] = (node, node.span)
    if len(action.arguments) > len(places):
        raise too_many(name, action, declared)
    for option in action.options:
        found = find(option.name, declared)
        if found is None:
            raise unknown_option(name, option, declared)
        if found.name in given:
            raise Located(f"{found.name} is given twice", option.span)
        given[found.name] = (option.value, option.span)
    values = []
    for item in declared:
        if item.name not in given:
            if item.required:
                raise missing(name, item, action.span, declared)
            values.append(item.default)
            continue
        node, span = given[item.name]
        if isinstance(node, tree.Hole):
            raise Located(
                f"{item.name} is left open: a ? stands for a number that is to be found",
                span,
                help="convcalc solve finds what it may be",
            )
        value = word_or_value(node, item, context)
        try:
            values.append(item.kind.read(value, item.name))
        except LayerProblem as problem:
            help = problem.help
            if item.name == "filters" and isinstance(value, Axes):
                help = f"the number of filters comes first: {name} 64 {describe(value)}"
            raise Located(problem.message, span, help=help) from None
    return tuple(values)


def word_or_value(node: tree.Argument, item: Argument, context: Context) -> Any:
    """An argument's value; where it takes words, a name is one unless the spec defines it."""
    if isinstance(node, tree.Name) and item.kind.words:
        defined = context.frame.find(node.name, node.span)
        only_words = isinstance(item.kind, Choice | Flag)
        if defined is None and (only_words or node.name in item.kind.words):
            return Word(node.name)
    return argument(node, context._replace(words=item.kind.words))


def find(name: str, declared: Sequence[Argument]) -> Argument | None:
    """The declared argument that an option names."""
    for item in declared:
        if name == item.name or name in item.aliases:
            return item
    return None


def argument_span(name: str | None, action: tree.Action, declared: Sequence[Argument]) -> Span:
    """Where an argument stands in the text of an action; the whole action if it was left out."""
    if name is None or not isinstance(action, tree.Apply | tree.Join):
        return action.span
    for option in action.options:
        found = find(option.name, declared)
        if found is not None and found.name == name:
            return option.span
    if isinstance(action, tree.Apply):
        places = [item.name for item in declared if item.place]
        for node, place_name in zip(action.arguments, places, strict=False):
            if place_name == name:
                return node.span
    return action.span
