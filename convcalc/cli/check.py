"""``convcalc check SHEET``: marking homework."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from convcalc.cli import Status
from convcalc.cli.options import TO_FILE, Network, one_of, takes_spec
from convcalc.errors import SpecError, printable, wrong

if TYPE_CHECKING:
    from convcalc.homework.check import Marks
    from convcalc.render.homework import Sheet


def or_folder(function: Callable[..., Any]) -> Callable[..., Any]:
    """A folder in the place of SHEET means all sheets in it."""

    @functools.wraps(function)
    def wrapped(*, net: tuple[str, ...], text: tuple[str, ...], **options: Any) -> Any:
        if not text and len(net) == 1 and os.path.isdir(net[0]):
            return check_folder(net[0], **options)
        return function(net=net, text=text, **options)

    return wrapped


@click.command(short_help="Mark homework: right, wrong, and which mistake it was.")
@or_folder
@takes_spec
@click.option(
    "--answers",
    "answers_path",
    type=click.Path(),
    metavar="FILE",
    help="Answers for the blanks: CSV or JSON with layer, quantity, answer.",
)
@click.option("--hide-answers", is_flag=True, help="Say what is wrong, but never what is right.")
@click.option("--save", type=click.Path(), metavar="FILE", help="Keep the filled sheet in FILE.")
@click.option(
    "-f",
    "--format",
    "format_",
    default="table",
    metavar="FORMAT",
    help="table (text), json, or for a folder csv.  [default: table]",
    **one_of("table", "json", "csv"),
)
@TO_FILE
def command(
    network: Network,
    *,
    answers_path: str | None,
    hide_answers: bool,
    save: str | None,
    format_: str,
    path: str | None,
) -> int:
    """Mark the answers behind -> in a sheet, ask for its blanks, and name the mistakes made.

    A sheet is a spec with answers: conv 6 5x5 -> 6x28x28 params=? points=2. A ? is a blank; on a
    terminal convcalc asks for it. An answer may be a calculation, (227-11)/4+1. A folder in the
    place of SHEET gives a row a sheet. The exit status is 0 if everything is right, 1 if not.

    \b
    Examples:
      convcalc check lenet5
      convcalc check lenet5 --format json --hide-answers
    """
    if format_ == "csv":
        raise wrong("--format csv is for a folder of sheets", "one sheet has table and json")
    answers = read_answers(answers_path) if answers_path is not None else {}

    def judge(more: dict[tuple[str, str], str]) -> Marks:
        import convcalc

        return convcalc.check(
            network.text, {**answers, **more}, name=network.name, **network.changes
        )

    asks = format_ == "table" and answers_path is None and path is None
    marks = judge({})
    if asks and marks.blanks and _is_terminal():
        marks = _asked(judge, marks, hide_answers, save)
    if save is not None:
        _save(save, network, marks)
    _write(marks, path, format_, hide_answers)
    return Status.OK if marks.ok else Status.WRONG


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _asked(
    judge: Callable[[dict[tuple[str, str], str]], Marks],
    marks: Marks,
    hide_answers: bool,
    save: str | None,
) -> Marks:
    """Ask for the blanks; the marks then."""
    from convcalc.cli.asking import HELP, Asking, Stopped

    blanks = len(marks.blanks)
    if marks.title:
        click.secho(printable(marks.title), bold=True)
    click.echo(f"{blanks} blank{'s' * (blanks != 1)} to fill: {HELP}")
    asking = Asking(judge, hide_answers=hide_answers)
    try:
        asking.run()
    except Stopped:
        kept = f"{printable(save)} keeps" if save else "with --save FILE a sheet keeps"
        click.echo(f"stopped; {kept} what was answered")
    click.echo()
    return judge(asking.answers)


def _save(save: str, network: Network, marks: Marks) -> None:
    from convcalc.cli.writing import output
    from convcalc.homework.check import filled_sheet
    from convcalc.source import Source

    with output(save) as stream:
        stream.write(filled_sheet(Source(network.text, network.name), marks))


def _write(marks: Marks, path: str | None, format_: str, hide_answers: bool) -> None:
    from convcalc.cli.writing import output

    with output(path) as stream:
        if format_ == "json":
            import json

            json.dump(marks.to_dict(hide_answers=hide_answers), stream, indent=2)
            stream.write("\n")
        else:
            from convcalc.render.homework import write

            write(marks, stream, hide_answers=hide_answers)


def check_folder(
    folder: str,
    *,
    set_: dict[str, str],
    input_: str | dict[str, str] | None,
    at: dict[str, str],
    answers_path: str | None,
    hide_answers: bool,
    save: str | None,
    format_: str,
    path: str | None,
) -> int:
    """Mark every sheet of a folder, a row a sheet."""
    if answers_path is not None or save is not None:
        option = "--answers" if answers_path is not None else "--save"
        raise wrong(f"{option} is for one sheet, not for a folder")
    names = sorted(name for name in os.listdir(folder) if name.endswith(".conv"))
    if not names:
        raise wrong("there is no sheet (*.conv) in this folder", file=folder)
    sheets = [
        _marked(os.path.join(folder, name), name.removesuffix(".conv"), set_ | at, input_)
        for name in names
    ]
    from convcalc.cli.writing import output
    from convcalc.render import homework

    with output(path) as stream:
        if format_ == "json":
            import json

            data = [
                {"sheet": sheet.name, "problem": sheet.problem or None}
                | (sheet.marks.to_dict(hide_answers=hide_answers) if sheet.marks else {})
                for sheet in sheets
            ]
            json.dump(data, stream, indent=2)
            stream.write("\n")
        elif format_ == "csv":
            homework.write_csv(sheets, stream)
        else:
            homework.write_table(sheets, stream)
    if any(sheet.marks is None for sheet in sheets):
        return Status.ERROR
    return Status.OK if all(s.marks is not None and s.marks.ok for s in sheets) else Status.WRONG


def _marked(
    path: str, name: str, set_: dict[str, str], input_: str | dict[str, str] | None
) -> Sheet:
    import convcalc
    from convcalc.cli.reading import read
    from convcalc.render.homework import Sheet

    try:
        text, shown = read(path)
        return Sheet(name, convcalc.check(text, name=shown, set=set_, input=input_))
    except SpecError as error:
        problem = error.problems[0]
        line = problem.to_dict()["line"]
        where = f"line {line}: " if line is not None else ""
        return Sheet(name, None, where + problem.message)


def read_answers(path: str) -> dict[tuple[str, str], str]:
    """The answers in a CSV or JSON file. Raises `SpecError` that says where it is wrong."""
    from convcalc.cli.reading import read

    text, name = read(path)
    if text.lstrip()[:1] in ("{", "["):
        return _json_answers(text, name)
    import csv
    import io

    rows = list(csv.reader(io.StringIO(text)))
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    columns = ("layer", "quantity", "answer")
    if not set(columns) <= set(header):
        raise wrong(
            "the first row of the answers must name the columns layer, quantity and answer",
            "for example: layer,quantity,answer then conv1,params,34944",
            name,
        )
    places = [header.index(column) for column in columns]
    answers: dict[tuple[str, str], str] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(places):
            raise wrong(f"row {number} has {len(row)} cells, too few for its columns", None, name)
        layer, quantity, answer = (row[place].strip() for place in places)
        _add(answers, layer, quantity, answer, f"row {number}", name)
    return answers


def _json_answers(text: str, name: str) -> dict[tuple[str, str], str]:
    import json

    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise wrong(f"the answers are no JSON: {printable(str(error))}", None, name) from None
    answers: dict[tuple[str, str], str] = {}
    help = (
        '[{"layer": "conv1", "quantity": "params", "answer": "34944"}]'
        ' or {"conv1": {"params": 34944}}'
    )
    if isinstance(data, list):
        for number, item in enumerate(data, 1):
            if not isinstance(item, dict) or not {"layer", "quantity", "answer"} <= set(item):
                raise wrong(f"answer {number} has no layer, quantity and answer", help, name)
            _add(answers, item["layer"], item["quantity"], item["answer"], f"answer {number}", name)
    else:
        for layer, quantities in data.items():
            if not isinstance(quantities, dict):
                raise wrong(f"{printable(layer)} has no quantities", help, name)
            for quantity, answer in quantities.items():
                _add(answers, layer, quantity, answer, f"{layer} {quantity}", name)
    return answers


def _add(
    answers: dict[tuple[str, str], str],
    layer: object,
    quantity: object,
    answer: object,
    where: str,
    name: str,
) -> None:
    if isinstance(answer, list) and all(isinstance(size, int | str) for size in answer):
        answer = "x".join(map(str, answer))
    if not isinstance(layer, str) or not isinstance(quantity, str) or isinstance(answer, bool):
        raise wrong(f"{printable(where)} is no answer", None, name)
    if answer is None:
        return
    if not isinstance(answer, str | int | float):
        raise wrong(f"{printable(where)} is no answer", "a number, a shape or a text", name)
    if (layer, quantity) in answers:
        raise wrong(f"{printable(where)}: {quantity} of {layer} is answered twice", None, name)
    answers[layer, quantity] = str(answer)
