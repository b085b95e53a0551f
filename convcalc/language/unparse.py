"""A syntax tree as canonical text, such that ``parse(unparse(tree)) == tree``.

One statement a line, four blanks a level, no parentheses that are not needed. A block of at most
one short statement stays on the line of its word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from convcalc.language import tree

if TYPE_CHECKING:
    from fractions import Fraction

_INDENT = "    "
_SHORT = 72
"""The most characters of a line with a whole block on it."""

_SUM, _PRODUCT, _POWER, _PRIMARY = range(4)
_BINDING = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "//": _PRODUCT, "**": _POWER}

Node = tree.File | tree.Statement | tree.Action | tree.Argument


def unparse(node: Node) -> str:
    """The text of a file (with a line end), a statement, an action or an argument (without).

    Raises `ValueError` for a `tree.Broken`, which has no text.
    """
    match node:
        case tree.File():
            return "".join(line + "\n" for line in _body(node.statements, apart=True))
        case (
            tree.Step()
            | tree.Title()
            | tree.Layout()
            | tree.Symbols()
            | tree.Let()
            | tree.Define()
            | tree.Broken()
        ):
            return "\n".join(_statement(node))
        case (
            tree.Block()
            | tree.Freeze()
            | tree.Side()
            | tree.Repeat()
            | tree.Join()
            | tree.From()
            | tree.Reuse()
            | tree.Apply()
        ):
            return "\n".join(_action(node))
        case _:
            return _argument(node)


def _body(statements: Sequence[tree.Statement], *, apart: bool = False) -> list[str]:
    """The lines of statements; `apart` puts empty lines around defs."""
    lines: list[str] = []
    after_define = False
    for statement in statements:
        is_define = isinstance(statement, tree.Define)
        if apart and lines and (is_define or after_define):
            lines.append("")
        lines += _statement(statement)
        after_define = is_define
    return lines


def _statement(statement: tree.Statement) -> list[str]:
    match statement:
        case tree.Title(text):
            return [f'title "{text}"']
        case tree.Layout(name):
            return [f"layout {name}"]
        case tree.Symbols(names):
            return [" ".join(("symbol", *names))]
        case tree.Let(name, value):
            if isinstance(value, tree.Dims | tree.Reference):
                return [f"let {name} = {_argument(value)}"]
            return [f"let {name} = {_sum(value)}"]
        case tree.Define(name, parameters, body):
            words = ["def", name, *map(_parameter, parameters)]
            return _braced(" ".join(words) + " ", [body])
        case tree.Broken():
            raise ValueError("a broken statement has no text")
        case tree.Step(label, action, answer):
            lines = _action(action)
            if label is not None:
                lines[0] = f"{label}: {lines[0]}"
            if answer is not None:
                shape = [] if answer.shape is None else [_argument(answer.shape)]
                lines[-1] += " ".join([" ->", *shape, *map(_option, answer.options)])
            return lines


def _action(action: tree.Action) -> list[str]:
    match action:
        case tree.Block():
            return _braced("", [action])
        case tree.Freeze(block):
            return _braced("freeze ", [block])
        case tree.Side(block):
            return _braced("side ", [block])
        case tree.Repeat(count, index, block):
            suffix = "" if index is None else f"as {index} "
            return _braced(f"repeat {_argument(count)} {suffix}", [block])
        case tree.Join(kind, options, references, branches):
            words = [kind, *map(_option, options), *map(_argument, references)]
            return _braced(" ".join(words) + " ", branches) if branches else [" ".join(words)]
        case tree.From(reference):
            return [f"from {_argument(reference)}"]
        case tree.Reuse(reference):
            return [f"reuse {_argument(reference)}"]
        case tree.Apply(name, arguments, options):
            return [" ".join((name, *map(_argument, arguments), *map(_option, options)))]


def _braced(head: str, blocks: Iterable[tree.Block]) -> list[str]:
    """Blocks in one pair of braces, separated by ``|``."""
    bodies = [_body(block.statements) for block in blocks]
    if all(len(body) <= 1 for body in bodies):
        line = _one_line(head, bodies)
        if len(line) <= _SHORT:
            return [line]
    lines = [head + "{"]
    for number, body in enumerate(bodies):
        if number:
            lines.append("|")
        lines += [_INDENT + line for line in body]
    lines.append("}")
    return lines


def _one_line(head: str, bodies: list[list[str]]) -> str:
    """The bodies, of one line at most each, on one line."""
    words = [head + "{"]
    for number, body in enumerate(bodies):
        words += ["|"] * (number > 0) + body
    return " ".join((*words, "}"))


def _parameter(parameter: tree.Parameter) -> str:
    default = parameter.default
    return parameter.name if default is None else f"{parameter.name}={_argument(default)}"


def _option(option: tree.Option) -> str:
    return f"{option.name}={_argument(option.value)}"


def _argument(argument: tree.Argument) -> str:
    """An argument: without blanks outside parentheses."""
    match argument:
        case tree.Hole():
            return "?"
        case tree.Reference(name):
            return f"@{name}"
        case tree.Dims(pairs):
            return "x".join(map(_pair, pairs))
        case tree.Name("x"):
            return "(x)"  # alone it would be the x of a shape written with blanks
        case _:
            text = _sum(argument)
            return f"({text})" if text.startswith("-") else text


def _pair(pair: tree.Pair) -> str:
    first = _atom(pair.first)
    return first if pair.second is None else f"{first}:{_atom(pair.second)}"


def _atom(part: tree.Expression) -> str:
    """A part of a shape: names in small letters and calculations in parentheses."""
    match part:
        case tree.Hole():
            return "?"
        case tree.Name(name) if name.upper() == name and not name.startswith("_"):
            return name
        case tree.Number(value) if _literal(value):
            return _number(value)
        case _:
            return f"({_sum(part)})"


def _sum(expression: tree.Expression, binding: int = _SUM) -> str:
    """A calculation, in parentheses if it binds less tightly than needed."""
    match expression:
        case tree.Number(value):
            text = _number(value)
            own = _PRIMARY if _literal(value) else _PRODUCT if value > 0 else _POWER
        case tree.Name(name):
            return name
        case tree.Call(function, arguments):
            return f"{function}({', '.join(map(_sum, arguments))})"
        case tree.Negate(operand):
            text, own = f"-{_sum(operand, _POWER)}", _POWER
        case tree.Binary(operator, left, right):
            own = _BINDING[operator]
            if operator == "**":
                text = f"{_sum(left, _PRIMARY)}**{_sum(right, _POWER)}"
            else:
                text = f"{_sum(left, own)}{operator}{_sum(right, own + 1)}"
        case tree.Hole():
            return "?"
    return f"({text})" if own < binding else text


def _literal(value: int | Fraction) -> bool:
    """Whether a number can be written with digits and a point alone."""
    if value < 0:
        return False
    denominator = value.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def _number(value: int | Fraction) -> str:
    if not _literal(value):
        return str(value)  # only a program makes these: "-3", "1/3"
    if isinstance(value, int) or value.denominator == 1:
        return str(int(value))
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = str(int(value * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
