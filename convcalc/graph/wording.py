"""What is said about mistakes with names and arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from convcalc.errors import nearest
from convcalc.graph.evaluate import Located, UnknownName
from convcalc.language import tree
from convcalc.language.unparse import unparse
from convcalc.layers.arguments import Argument
from convcalc.layers.catalog import JOINS, LAYERS
from convcalc.source import Source, Span

KEYWORDS = (
    *("title", "layout", "symbol", "let", "def", "freeze", "side", "repeat", "from", "reuse"),
    *JOINS,
)
EXAMPLES = {"filters": "64", "kernel": "3x3", "units": "1000", "shape": "3x224x224"}


def unknown_layer(name: str, span: Span, known: Sequence[str]) -> Located:
    """A name that is neither a layer nor a def; `known` are the defs in sight."""
    near = nearest(name, [*(n for n in LAYERS if n not in JOINS), *known, *KEYWORDS])
    return Located(
        f"there is no layer or def {name}",
        span,
        help=f"did you mean {near}?" if near else "convcalc docs layers lists the layers",
    )


def too_many(name: str, action: tree.Apply, declared: Sequence[Argument]) -> Located:
    """More arguments than a layer takes by place."""
    places = [item.name for item in declared if item.place]
    extra = action.arguments[len(places)]
    named = ", ".join(f"{item.name}=" for item in declared if not item.place)
    help = f"everything else is given by name: {named}" if named else None
    if isinstance(extra, tree.Name) and (extra.name in LAYERS or extra.name in KEYWORDS):
        help = f"a layer ends with ; or a new line: {name} … ; {extra.name}"
    return Located(
        f"{name} takes {', '.join(places) or 'no arguments'}; there is one argument too many",
        extra.span,
        help=help,
    )


def unknown_option(name: str, option: tree.Option, declared: Sequence[Argument]) -> Located:
    """An option that a layer does not have."""
    near = nearest(option.name, [n for item in declared for n in (item.name, *item.aliases)])
    options = ", ".join(item.name for item in declared)
    known = f"{name} has {options}" if options else f"{name} takes nothing"
    return Located(
        f"{name} has no option {option.name}",
        option.span,
        help=f"did you mean {near}=?" if near else known,
    )


def missing(name: str, item: Argument, span: Span, declared: Sequence[Argument]) -> Located:
    """An argument that must be given."""
    usage = " ".join(EXAMPLES.get(i.name, "2") for i in declared if i.required)
    return Located(
        f"{name} needs {item.name} ({item.help})", span, help=f"for example: {name} {usage}"
    )


def wrong_call(definition: tree.Define, message: str, span: Span, given: str = "") -> Located:
    """A def called with other arguments than it has; `given` is a misspelt one."""
    parameters = [parameter.name for parameter in definition.parameters]
    near = nearest(given, parameters) if given else None
    head = unparse(replace(definition, body=tree.Block(()))).partition("{")[0].strip()
    return Located(
        f"{definition.name} {message}",
        span,
        help=f"did you mean {near}=?" if near else f"it is defined as: {head}",
    )


def found_elsewhere(error: UnknownName, file: tree.File, source: Source) -> None:
    """Say so where an unknown name stands below, or a label inside a def."""
    for statement, inside in statements_in(file.statements, None):
        if error.label:
            if not isinstance(statement, tree.Step) or statement.label != error.name:
                continue
        elif not (isinstance(statement, tree.Let | tree.Define) and statement.name == error.name):
            continue
        line = source.position(statement.span.start)[0]
        if inside is not None and error.label:
            error.message = f"{error.name} is a label inside the def {inside}, not here"
            error.help = f"label the call, and refer to that: b: {inside}"
        elif inside is None and statement.span.start > error.span.start:
            what = "set" if error.label else "defined"
            error.message = f"{error.name} is {what} below, at line {line}"
            error.help = (
                "a reference looks upwards: set the label before it"
                if error.label
                else "definitions come before their use: move it up"
            )
        else:
            continue
        return
    if error.label and error.name == "input":
        error.help = "label the input to refer to it: image: input 3x224x224"


def is_input(statement: tree.Statement) -> bool:
    """Whether a statement is an input."""
    action = statement.action if isinstance(statement, tree.Step) else None
    return isinstance(action, tree.Apply) and action.name == "input"


def statements_in(
    statements: Sequence[tree.Statement], inside: str | None
) -> Iterator[tuple[tree.Statement, str | None]]:
    """Every statement of a text, and the def it stands in."""
    for statement in statements:
        yield statement, inside
        if isinstance(statement, tree.Define):
            yield from statements_in(statement.body.statements, statement.name)
        elif isinstance(statement, tree.Step):
            action = statement.action
            blocks: Sequence[tree.Block] = ()
            if isinstance(action, tree.Block):
                blocks = (action,)
            elif isinstance(action, tree.Freeze | tree.Side | tree.Repeat):
                blocks = (action.block,)
            elif isinstance(action, tree.Join):
                blocks = action.branches
            for block in blocks:
                yield from statements_in(block.statements, inside)
