"""The reference that is read off the code: every layer, every formula."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.layers.arguments import Argument
from convcalc.layers.base import Layer


def layers() -> str:
    """Every kind of layer with its arguments, as Markdown."""
    from convcalc.layers.catalog import JOINS, KINDS

    lines = [
        "# Layers",
        "",
        "Arguments in capitals are given by place, the others by name (`stride=2`); short names",
        "stand in brackets. One number means every axis.",
    ]
    for kind in KINDS:
        if kind.kind not in JOINS:
            lines += _layer(kind)
    return "\n".join(lines) + "\n"


def _layer(kind: type[Layer]) -> Iterator[str]:
    yield ""
    yield f"## {usage(kind)}"
    yield ""
    if kind.aliases:
        yield f"Also: {', '.join(kind.aliases)}."
        yield ""
    yield from (line.strip() for line in (kind.__doc__ or "").strip().splitlines())
    if kind.arguments:
        yield ""
    for argument in kind.arguments:
        takes = argument.kind.syntax + _default(argument)
        yield f"- `{argument.name}`{_short(argument)}: {argument.help}. Takes {takes}."


def usage(kind: type[Layer]) -> str:
    """A layer as it is written: ``conv FILTERS KERNEL``."""
    return " ".join(
        [kind.kind]
        + [
            argument.name.upper() if argument.required else f"[{argument.name.upper()}]"
            for argument in kind.arguments
            if argument.place
        ]
    )


def _short(argument: Argument) -> str:
    return f" [{', '.join(argument.aliases)}]" if argument.aliases else ""


def _default(argument: Argument) -> str:
    if argument.required or argument.default is None:
        return ""
    return f"; {argument.kind.text(argument.default)} unless given"


def formulas() -> str:
    """Every formula of `convcalc.arithmetic.formulas` with its docstring, as Markdown."""
    from inspect import getdoc, getmembers, isfunction

    from convcalc.arithmetic import formulas as module

    functions = [
        function
        for _, function in getmembers(module, isfunction)
        if function.__module__ == module.__name__
    ]
    functions.sort(key=lambda function: function.__code__.co_firstlineno)
    lines = ["", "## Every formula", ""]
    for function in functions:
        text = (getdoc(function) or "").partition(">>>")[0].strip()
        formula, _, rest = text.partition("\n")
        lines += [f"**{function.__name__}**: {formula}", "", rest.strip(), ""]
    return "\n".join(lines)
