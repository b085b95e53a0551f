"""What a user sees when something went wrong: problems, as text or as JSON, and an exit status."""

from __future__ import annotations

import sys

import click

from convcalc.cli import Status
from convcalc.errors import Problem, SpecError, printable, wrong


def complain(error: BaseException, arguments: list[str]) -> int:
    """Tell the user on standard error what went wrong; return the exit status."""
    status, problems = _diagnosis(error)
    if not problems or sys.stderr is None:
        return status
    if _wants_json(arguments):
        import json

        text = json.dumps({"errors": [problem.to_dict() for problem in problems]}, indent=2)
    else:
        text = "\n\n".join(map(str, problems))
    print(text, file=sys.stderr, flush=True)
    return status


def _diagnosis(error: BaseException) -> tuple[int, tuple[Problem, ...]]:
    if isinstance(error, SpecError):
        return Status.ERROR, error.problems
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code, ()
    if isinstance(error, click.Abort):
        return Status.INTERRUPTED, ()
    if isinstance(error, click.ClickException):
        return Status.ERROR, wrong(*_usage(error)).problems
    if isinstance(error, OSError) and error.filename is None:
        return Status.ERROR, wrong(f"cannot write the output: {error.strerror or error}").problems
    if isinstance(error, MemoryError):
        return Status.INTERNAL, wrong("not enough memory for this network").problems
    return Status.INTERNAL, wrong(
        _internal(error), "please report it together with the spec"
    ).problems


def _usage(error: click.ClickException) -> tuple[str, str]:
    """Click's complaint in convcalc's words, and what would help."""
    see = "convcalc --help shows every option and command"
    if isinstance(error, click.NoSuchOption):
        name = printable(error.option_name)
        near = error.possibilities
        return f"there is no option {name}", f"did you mean {near[0]}?" if near else see
    message = printable(error.format_message()).rstrip(".")
    return message[:1].lower() + message[1:], see


def _internal(error: BaseException) -> str:
    """One line on a bug: what was raised, and where."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals.get("__name__", "?")
        place = f" in {module}.{code.co_name}, line {trace.tb_lineno}"
    what = type(error).__name__
    if str(error):
        what += f": {printable(str(error).splitlines()[0])[:200]}"
    return f"internal error, a bug in convcalc: {what}{place}"


def _wants_json(arguments: list[str]) -> bool:
    """Whether --format json or jsonl was asked for, even where the options could not be parsed."""
    values = []
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if argument in ("--format", "-f"):
            values.append(following)
        elif argument.startswith("--format="):
            values.append(argument.removeprefix("--format="))
        elif argument.startswith("-f"):
            values.append(argument.removeprefix("-f"))
    return values[-1:] in (["json"], ["jsonl"])
