"""Tokens to a syntax tree, by recursive descent.

    file      = body END
    body      = [statement] {(";" | NEWLINE) [statement]}
    statement = "title" STRING | "layout" id | "symbol" id {id}
              | "let" id "=" (dims | sum)                     (blanks free; no "?")
              | "def" id {id ["=" arg]} block
              | [id ":"] action ["->" answer]                 (":" glued to id)
    action    = block | ("freeze" | "side") block | "repeat" arg ["as" id] block
              | ("add" | "mul" | "concat") {option} (REF {REF | option} | branches)
              | ("from" | "reuse") REF
              | id {arg | option}         a layer, a def, or a parameter that holds one
    block     = "{" body "}"              ("{" on the action's line)
    branches  = "{" body "|" body {"|" body} "}"
    option    = id "=" arg                (all glued)
    answer    = arg {option} | option {option}
    arg       = "?" | REF | dims | word   (a blank stands before each argument)
    word      = sum                       all glued outside ( ); does not start with "-"
    dims      = pair {TIMES pair}         glued; at least one TIMES or ":"
    pair      = atom [":" atom]
    atom      = NUMBER | CAPS | "?" | "(" sum ")"
    sum       = product {("+" | "-") product}                 (blanks free inside ( ))
    product   = power {("*" | "/" | "//") power}
    power     = "-" power | primary ["**" power]
    primary   = NUMBER | id ["(" sum {"," sum} ")"] | "(" sum ")"
    id        = NAME | CAPS

`tokens` has the tokens. The words of the language may be labels, and names inside arguments.
A name ``x`` alone between two arguments is taken for a shape written with blanks (``3 x 3``), an
error; ``(x)`` is the name.

A statement that is wrong is reported once, becomes a `tree.Broken`, and parsing goes on after it.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from convcalc.errors import Problem, SpecError
from convcalc.language import tree, wording
from convcalc.language.tokens import (
    CAPS,
    END,
    NAME,
    NEWLINE,
    NUMBER,
    REF,
    STRING,
    TIMES,
    Tokens,
)
from convcalc.language.wording import Mistake
from convcalc.source import Source, Span

if TYPE_CHECKING:
    from fractions import Fraction

MAX_DEPTH: Final = 100
"""The most ``{`` and ``(`` inside each other."""
MAX_OPERATIONS: Final = 200
"""The most operations and function calls in one argument."""
MAX_DIGITS: Final = 40
"""The most digits of a number."""
MAX_AXES: Final = 8
"""The most axes of a shape."""
MAX_PROBLEMS: Final = 20
"""The most mistakes that are shown; more are counted."""

FUNCTIONS: Final = {"min": None, "max": None, "floor": 1, "ceil": 1}
"""The functions, and how many arguments each takes (None: one or more)."""

_STATEMENT_END = frozenset((NEWLINE, ";", "}", "|", END))
_ACTION_END = _STATEMENT_END | {"->"}
_ID = frozenset((NAME, CAPS))
_ARGUMENT_START = frozenset((NUMBER, CAPS, NAME, "?", "(", REF))
_SHAPE_PART_END = frozenset((NUMBER, CAPS, "?", ")"))
_OPERATORS = frozenset(("+", "-", "*", "/", "//", "**"))


def parse(source: Source) -> tree.File:
    """The syntax tree of a spec; raises `SpecError` with every mistake found."""
    file, problems, _ = parse_tolerant(source)
    if problems:
        raise SpecError(*problems)
    return file


def parse_tolerant(source: Source) -> tuple[tree.File, tuple[Problem, ...], bool]:
    """The tree, with a `tree.Broken` for each statement that is wrong; the problems; is it sound?

    It is not sound if the braces don't match, or if a broken statement may have defined names: then
    building a graph from it would report what only follows from these mistakes.
    """
    collecting = gc.isenabled()
    gc.disable()  # a tree has no cycles; looking for them again and again doubles the time
    try:
        parser = _Parser(source)
        file = parser.file()
        return file, parser.found(), parser.sound
    finally:
        if collecting:
            gc.enable()


def parse_argument(source: Source) -> tree.Argument:
    """The argument that is the whole text: a number, a shape, a word, a calculation (blanks free).

    Raises `SpecError`.
    """
    parser = _Parser(source)
    try:
        value = parser.whole_argument()
    except Mistake as mistake:
        parser.report(mistake)
        raise SpecError(*parser.found()) from None
    return value


class _Parser(Tokens):
    """The rules, each a method that starts at its first token and ends behind its last."""

    __slots__ = (
        "depth",
        "free",
        "mistakes",
        "operations",
        "reported",
        "sound",
        "source",
        "statements",
        "unclosed",
    )

    def __init__(self, source: Source) -> None:
        self.source = source
        self.statements: list[tree.Statement] = []
        self.mistakes: list[Mistake] = []
        self.reported = 0
        self.sound = True
        self.unclosed = False
        self.depth = 0
        self.free = 0  # above 0, blanks may stand around operators
        self.operations = 0
        super().__init__(source.text)

    def report(self, mistake: Mistake) -> None:
        """Keep a mistake that parsing can go on from."""
        self.reported += 1
        if len(self.mistakes) < MAX_PROBLEMS or mistake.structural:
            self.mistakes.append(mistake)

    def found(self) -> tuple[Problem, ...]:
        """The problems, in the order of the text."""
        self.mistakes.sort(key=lambda mistake: mistake.span)
        problems = [
            Problem(mistake.message, self.source, mistake.span, help=mistake.help)
            for mistake in self.mistakes[:MAX_PROBLEMS]
        ]
        more = self.reported - len(problems)
        if more > 0:
            message = f"{more} more mistake{'s' if more > 1 else ''}, not shown"
            problems.append(Problem(message, self.source))
        return tuple(problems)

    def file(self) -> tree.File:
        """file = body END"""
        try:
            while True:
                self.body(self.statements)
                if self.kind == END:
                    break
                self.report(wording.stray_closer(self))
                self.sound = self.sound and self.kind == "|"
                self.advance()
        except Mistake as mistake:
            self.report(mistake)
            self.sound = False
        return tree.File(tuple(self.statements), Span(0, len(self.text)))

    def whole_argument(self) -> tree.Argument:
        """arg | sum, blanks free, and nothing else"""
        while self.kind == NEWLINE:
            self.advance()
        value = self.value("a value is missing")
        while self.kind == NEWLINE:
            self.advance()
        if self.kind != END:
            raise wording.trailing(self, "a value")
        return value

    def body(self, statements: list[tree.Statement]) -> None:
        """body = [statement] {(";" | NEWLINE) [statement]}"""
        while True:
            kind = self.kind
            if kind == NEWLINE or kind == ";":  # noqa: PLR1714 - the hottest comparison here
                self.advance()
            elif kind in _STATEMENT_END:
                return
            else:
                statements.append(self.statement())

    def statement(self) -> tree.Statement:
        """statement = title | layout | symbol | let | def | [id ":"] action ["->" answer]"""
        start = self.start
        depth = self.depth
        label = definition = None
        try:
            if self.kind in _ID:
                if self.text.startswith(":", self.end):
                    label = self.label()
                else:
                    definition = _DEFINITIONS.get(self.word)
                    if definition is not None:
                        return definition(self)
            action = self.action(start, label)
            if label is None and self.kind == ":" and isinstance(action, tree.Apply):
                self.report(wording.blank_before_colon(self, action))
                label = action.name
                self.advance()
                action = self.action(start, label)
            answer = self.answer() if self.kind == "->" else None
            if self.kind not in _STATEMENT_END:
                raise wording.after_action(self, action)
            alone = label is None and answer is None
            span = action.span if alone else Span(start, self.before)
            return tree.Step(label, action, answer, span)
        except Mistake as mistake:
            if mistake.fatal:
                raise
            self.report(mistake)
            self.depth = depth
            self.free = 0
            self.sound = self.sound and definition in (None, _Parser.title)
            self.skip()
            return tree.Broken(label, Span(start, self.before))

    def skip(self) -> None:
        """Go to the end of a statement that is wrong, looking for more mistakes in its blocks."""
        while self.kind not in _STATEMENT_END:
            if self.kind == "{":
                self.sound = False
                self.branches()
            else:
                self.advance()

    def label(self) -> str:
        """id ":", glued"""
        label = self.word
        start = self.start
        self.advance()
        self.advance()
        if self.kind in _ACTION_END and not (self.kind == NEWLINE and self.brace_follows()):
            raise wording.label_alone(self, label, start)
        return label

    def title(self) -> tree.Title:
        """statement = "title" STRING"""
        start = self.start
        self.advance()
        if self.kind != STRING:
            raise wording.title(self)
        text = self.text[self.start + 1 : self.end - 1]
        self.advance()
        self.ended("a title")
        return tree.Title(text, Span(start, self.before))

    def layout(self) -> tree.Layout:
        """statement = "layout" id"""
        start = self.start
        self.advance()
        if self.kind not in _ID:
            raise wording.expected(self, "layout is followed by chw or hwc", "write: layout hwc")
        name = self.word
        self.advance()
        self.ended("a layout")
        return tree.Layout(name, Span(start, self.before))

    def symbols(self) -> tree.Symbols:
        """statement = "symbol" id {id}"""
        start = self.start
        self.advance()
        names: list[str] = []
        while self.kind in _ID and not (names and self.glued):
            names.append(self.word)
            self.advance()
        if not names:
            raise wording.expected(self, "symbol is followed by names", "write: symbol F S")
        if self.kind not in _STATEMENT_END:
            raise wording.after_symbol(self, start, names[-1])
        return tree.Symbols(tuple(names), Span(start, self.before))

    def let(self) -> tree.Let:
        """statement = "let" id "=" (dims | sum), blanks free, no "?" """
        start = self.start
        self.advance()
        if self.kind not in _ID:
            raise wording.expected(self, "let is followed by a name", "write: let width = 64")
        name = self.word
        self.advance()
        if self.kind != "=":
            raise wording.let_equals(self, start, name)
        self.advance()
        value = self.value(f"{wording.tidy(name)} gets no value", f"write: let {name} = 64")
        if isinstance(value, tree.Reference | tree.Hole):
            raise wording.let_value(value)
        if isinstance(value, tree.Dims):
            for pair in value.pairs:
                for part in (pair.first, pair.second):
                    if isinstance(part, tree.Hole):
                        raise wording.let_value(part)
        self.ended("a let")
        return tree.Let(name, value, Span(start, self.before))

    def value(self, message: str, help: str | None = None) -> tree.Argument:
        """arg | sum, blanks free"""
        if self.kind in _STATEMENT_END:
            raise wording.expected(self, message, help)
        if self.kind == "=" and not self.text.startswith("=>", self.start):
            raise wording.double_equals(self)
        self.free = 1
        if self.kind == "-":
            self.operations = 0
            value: tree.Argument = self.sum()
        else:
            value = self.argument()
        self.free = 0
        return value

    def define(self) -> tree.Define:
        """statement = "def" id {id ["=" arg]} block"""
        start = self.start
        self.advance()
        if self.kind not in _ID:
            raise wording.define_name(self)
        name = self.word
        if name in _ACTIONS or name in _DEFINITIONS:
            raise wording.reserved(self, name)
        self.advance()
        parameters = []
        while self.kind in _ID:
            if self.glued:
                raise wording.glued(self, start)
            parameters.append(self.parameter())
        self.brace("def", start, parameters=True)
        body = self.block()
        self.ended("a def")
        return tree.Define(name, tuple(parameters), body, Span(start, self.before))

    def parameter(self) -> tree.Parameter:
        """id ["=" arg], glued"""
        start = self.start
        name = self.word
        self.advance()
        default = None
        if self.kind == "=":
            default = self.option_value(start, name)
        return tree.Parameter(name, default, Span(start, self.before))

    def ended(self, what: str) -> None:
        """The end of a statement."""
        if self.kind not in _STATEMENT_END:
            raise wording.trailing(self, what)

    def action(self, start: int, label: str | None) -> tree.Action:
        """action = block | freeze | side | repeat | join | from | reuse | id {arg | option}"""
        kind = self.kind
        if kind in _ID:
            word = self.word
            rule = _ACTIONS.get(word)
            if rule is not None:
                return rule(self)
            if label is not None and word in _DEFINITIONS:
                raise wording.labelled_definition(self)
            return self.apply()
        if kind == "{":
            return self.block()
        if kind == NEWLINE and label is not None and self.brace_follows():
            self.brace(f"{label}:", start)
            return self.block()
        raise wording.no_action(self, label)

    def block(self) -> tree.Block:
        """block = "{" body "}" """
        start = self.start
        statements: list[tree.Statement] = []
        self.open()
        self.body(statements)
        while self.kind == "|":
            self.report(wording.stray_closer(self))
            self.advance()
            self.body(statements)
        self.close(start)
        return tree.Block(tuple(statements), Span(start, self.before))

    def branches(self) -> tuple[tree.Block, ...]:
        """branches = "{" body "|" body {"|" body} "}" """
        opener = self.start
        branches = []
        self.open()
        while True:
            start = self.before
            statements: list[tree.Statement] = []
            self.body(statements)
            branches.append(tree.Block(tuple(statements), Span(start, self.start)))
            if self.kind != "|":
                break
            self.advance()
        self.close(opener)
        return tuple(branches)

    def open(self) -> None:
        """ "{" or "(", not too deep"""
        if self.depth == MAX_DEPTH:
            raise wording.too_deep(self, MAX_DEPTH)
        self.depth += 1
        self.advance()

    def close(self, opener: int) -> None:
        """ "}" """
        self.depth -= 1
        if self.kind == "}":
            self.advance()
        elif not self.unclosed:
            self.unclosed = True
            self.sound = False
            self.report(wording.unclosed_brace(self, opener))

    def brace_follows(self) -> bool:
        """Whether the next thing in the text, on this line or below, is a "{"."""
        pattern = re.compile(r"(?:[ \t\r\n]|#[^\n]*+)*+\{")
        return pattern.match(self.text, self.start) is not None

    def brace(self, word: str, start: int, parameters: bool = False) -> None:
        """The "{" that belongs to a word is next."""
        if self.kind == NEWLINE and self.brace_follows():
            header = self.text[start : self.before]
            while self.kind == NEWLINE:
                self.advance()
            self.report(wording.brace_below(self, word, header))
        if self.kind != "{":
            raise wording.no_block(self, word, start, parameters)

    def freeze(self) -> tree.Freeze:
        """action = "freeze" block"""
        start = self.start
        self.advance()
        self.brace("freeze", start)
        block = self.block()
        return tree.Freeze(block, Span(start, self.before))

    def side(self) -> tree.Side:
        """action = "side" block"""
        start = self.start
        self.advance()
        self.brace("side", start)
        block = self.block()
        return tree.Side(block, Span(start, self.before))

    def repeat(self) -> tree.Repeat:
        """action = "repeat" arg ["as" id] block"""
        start = self.start
        self.advance()
        if self.kind in _ACTION_END or self.kind == "{":
            raise wording.no_count(self, start)
        if self.glued:
            raise wording.glued(self, start)
        count = self.argument()
        index = None
        if self.kind == NAME and self.word == "as":
            self.advance()
            if self.kind not in _ID:
                raise wording.expected(
                    self, "as is followed by a name", "write: repeat 3 as i { … }"
                )
            index = self.word
            self.advance()
        self.brace("repeat", start)
        block = self.block()
        return tree.Repeat(count, index, block, Span(start, self.before))

    def join(self) -> tree.Join:
        """action = ("add" | "mul" | "concat") {option} (REF {REF | option} | branches)"""
        start = self.start
        word = self.word
        self.advance()
        options: list[tree.Option] = []
        references: list[tree.Reference] = []
        branches: tuple[tree.Block, ...] = ()
        while self.kind not in _ACTION_END and self.kind != "{":
            if self.glued:
                raise wording.glued(self, start)
            if self.kind == REF:
                references.append(self.reference())
            elif self.kind in _ID and self.text.startswith("=", self.end):
                options.append(self.option())
            else:
                raise wording.in_join(self, word, start)
        if not references:
            if self.kind == NEWLINE and self.brace_follows():
                header = self.text[start : self.before]
                while self.kind == NEWLINE:
                    self.advance()
                self.report(wording.brace_below(self, word, header))
            if self.kind != "{":
                raise wording.empty_join(word, start)
            branches = self.branches()
            if len(branches) == 1 and not self.unclosed and self.kind != "{":
                raise wording.one_branch(word, start)
        elif self.kind == "{":
            raise wording.both(self, word)
        elif self.kind == "|" and re.compile(r"[ \t]*+@").match(self.text, self.end):
            mistake = wording.pipe_between_references(self, word, start)
            self.advance()
            raise mistake
        span = Span(start, self.before)
        return tree.Join(word, tuple(options), tuple(references), branches, span)

    def from_(self) -> tree.From:
        """action = "from" REF"""
        start = self.start
        reference = self.only_reference()
        return tree.From(reference, Span(start, self.before))

    def reuse(self) -> tree.Reuse:
        """action = "reuse" REF"""
        start = self.start
        reference = self.only_reference()
        return tree.Reuse(reference, Span(start, self.before))

    def only_reference(self) -> tree.Reference:
        """REF, behind a word"""
        start = self.start
        self.advance()
        if self.kind != REF:
            raise wording.no_reference(self, start)
        if self.glued:
            raise wording.glued(self, start)
        return self.reference()

    def reference(self) -> tree.Reference:
        """REF"""
        start = self.start
        name = self.text[start + 1 : self.end]
        self.advance()
        return tree.Reference(name, Span(start, self.before))

    def apply(self) -> tree.Apply:
        """action = id {arg | option}"""
        start = self.start
        name = self.word
        text = self.text
        self.advance()
        arguments: list[tree.Argument] = []
        options: list[tree.Option] = []
        while True:
            kind = self.kind
            if kind in _ACTION_END:
                break
            if kind == ":" and not arguments and not options:
                break  # a label with a blank before its colon
            if self.start == self.before:
                raise wording.glued(self, start)
            if kind in _ID and text.startswith("=", self.end):
                options.append(self.option())
            elif kind in _ARGUMENT_START:
                if kind == NAME and self.shape_with_blanks():
                    raise wording.blanks_in_shape(self, start)
                arguments.append(self.argument())
            else:
                raise wording.in_arguments(self, start)
        return tree.Apply(name, tuple(arguments), tuple(options), Span(start, self.before))

    def shape_with_blanks(self) -> bool:
        """Whether this is the x of a shape with blanks in it, "3 x 3"."""
        return (
            self.end - self.start == 1
            and self.previous in _SHAPE_PART_END
            and self.text[self.start] == "x"
            and re.compile(r"[ \t]+[0-9A-Z(?]").match(self.text, self.end) is not None
        )

    def option(self) -> tree.Option:
        """option = id "=" arg, all glued"""
        start = self.start
        name = self.word
        self.advance()
        value = self.option_value(start, name)
        return tree.Option(name, value, Span(start, self.before))

    def option_value(self, start: int, name: str) -> tree.Argument:
        """ "=" arg, glued to the id before"""
        if self.start != self.before:
            raise wording.option_blank(self, start, name)
        self.advance()
        if self.kind in _ACTION_END or self.start != self.before:
            raise wording.option_blank(self, start, name)
        if self.kind not in _ARGUMENT_START:
            raise wording.option_value(self, start)
        return self.argument()

    def answer(self) -> tree.Answer:
        """answer = arg {option} | option {option}, behind "->" """
        start = self.start
        shape: tree.Argument | None = None
        options: list[tree.Option] = []
        self.advance()
        if self.kind in _STATEMENT_END:
            raise wording.no_answer(self, start)
        while self.kind not in _STATEMENT_END:
            if self.start == self.before and (shape is not None or options):
                raise wording.glued(self, start)
            if self.kind in _ID and self.text.startswith("=", self.end):
                options.append(self.option())
            elif self.kind in _ARGUMENT_START and shape is None and not options:
                shape = self.argument()
            else:
                raise wording.in_answer(self, start)
        return tree.Answer(shape, tuple(options), Span(start, self.before))

    def argument(self) -> tree.Argument:
        """arg = "?" | REF | dims | word"""
        kind = self.kind
        start = self.start
        self.operations = 0
        if kind == REF:
            return self.reference()
        if kind == NAME:
            return self.sum()
        atom = self.atom()
        if self.start == self.before:
            kind = self.kind
            if kind == TIMES or kind == ":":  # noqa: PLR1714 - the hottest comparison here
                return self.dims(atom, start)
            if kind == "(" and isinstance(atom, tree.Name):
                raise wording.not_a_function(self, atom)
        if self.operator():
            if isinstance(atom, tree.Hole):
                raise wording.hole_in_sum(self)
            return self.sum(atom, start)
        return atom

    def dims(self, atom: tree.Expression, start: int) -> tree.Dims:
        """dims = pair {TIMES pair}, glued; `atom`, its first part, is behind us"""
        pairs = []
        begin = start
        while True:
            second = None
            if self.kind == ":" and self.start == self.before:
                self.advance()
                second = self.dims_atom(start)
                if self.kind == ":" and self.start == self.before:
                    raise wording.long_pair(self, begin)
            span = atom.span if second is None else Span(begin, self.before)
            pairs.append(tree.Pair(atom, second, span))
            if self.kind != TIMES:
                break
            if len(pairs) == MAX_AXES:
                raise wording.too_many_axes(self, start, MAX_AXES)
            self.advance()
            begin = self.start
            atom = self.dims_atom(start)
        if self.operator():
            raise wording.operator_after_shape(self)
        return tree.Dims(tuple(pairs), Span(start, self.before))

    def dims_atom(self, start: int) -> tree.Expression:
        """pair = atom [":" atom], one of the atoms behind the first, glued"""
        if self.start != self.before or self.kind not in _ARGUMENT_START:
            raise wording.in_shape(self, start)
        if self.kind in (NAME, REF):
            raise wording.name_in_shape(self, start)
        return self.atom()

    def atom(self) -> tree.Expression:
        """atom = NUMBER | CAPS | "?" | "(" sum ")" """
        kind = self.kind
        if kind == NUMBER:
            return self.number()
        if kind == "(":
            return self.parentheses()
        start = self.start
        if kind == CAPS:
            name = self.word
            self.advance()
            return tree.Name(name, Span(start, self.before))
        if kind == "?":
            self.advance()
            return tree.Hole(Span(start, self.before))
        raise wording.operand(self)

    def number(self) -> tree.Number:
        """NUMBER"""
        start, end = self.start, self.end
        text = self.text[start:end]
        self.advance()
        whole, point, part = text.partition(".")
        if len(whole) + len(part) > MAX_DIGITS:
            raise wording.too_many_digits(start, end, len(whole) + len(part), MAX_DIGITS)
        if not point or not part.strip("0"):
            return tree.Number(int(whole), Span(start, end))
        return tree.Number(_fraction(text), Span(start, end))

    def parentheses(self) -> tree.Expression:
        """ "(" sum ")", blanks free inside"""
        opener = self.start
        self.open()
        self.free += 1
        value = self.sum()
        if self.kind != ")":
            raise wording.in_parentheses(self, opener)
        self.free -= 1
        self.depth -= 1
        self.advance()
        return value

    def operator(self) -> bool:
        """Whether an operator goes on with the sum: glued, or where blanks are free."""
        return self.kind in _OPERATORS and (self.start == self.before or self.free > 0)

    def count(self) -> None:
        """One more operation in this argument."""
        self.operations += 1
        if self.operations > MAX_OPERATIONS:
            raise wording.too_many_operations(self, MAX_OPERATIONS)

    def operand(self) -> None:
        """Step behind an operator."""
        self.count()
        operator = self.start
        self.advance()
        if self.start != self.before and self.free == 0:
            raise wording.blank_after_operator(self, operator)

    def sum(self, first: tree.Expression | None = None, start: int = -1) -> tree.Expression:
        """sum = product {("+" | "-") product}

        `first`, if given, is its first primary, which began at `start` and has been read.
        """
        start = self.start if first is None else start
        left = self.product(first, start)
        while (self.kind == "+" or self.kind == "-") and self.operator():  # noqa: PLR1714
            sign = self.kind
            self.operand()
            right = self.product(None, self.start)
            left = tree.Binary(sign, left, right, Span(start, self.before))
        return left

    def product(self, first: tree.Expression | None, start: int) -> tree.Expression:
        """product = power {("*" | "/" | "//") power}"""
        left = self.power(first, start)
        while self.kind in ("*", "/", "//") and self.operator():
            sign = self.kind
            self.operand()
            right = self.power(None, self.start)
            left = tree.Binary(sign, left, right, Span(start, self.before))
        return left

    def power(self, first: tree.Expression | None, start: int) -> tree.Expression:
        """power = "-" power | primary ["**" power]"""
        pending: list[tuple[int, tree.Expression | None]] = []  # a base, or None for a minus
        while True:
            if first is None and self.kind == "-":
                pending.append((start, None))
                self.operand()
            else:
                value = self.primary() if first is None else first
                first = None
                if self.kind != "**" or not self.operator():
                    break
                pending.append((start, value))
                self.operand()
            start = self.start
        for start, base in reversed(pending):
            span = Span(start, self.before)
            value = tree.Negate(value, span) if base is None else _power(base, value, span)
        return value

    def primary(self) -> tree.Expression:
        """primary = NUMBER | id ["(" sum {"," sum} ")"] | "(" sum ")" """
        kind = self.kind
        if kind in _ID:
            name = tree.Name(self.word, Span(self.start, self.end))
            self.advance()
            if self.kind == "(" and (self.start == self.before or self.free > 0):
                return self.call(name)
            return name
        if kind == NUMBER:
            return self.number()
        if kind == "(":
            return self.parentheses()
        raise wording.operand(self)

    def call(self, name: tree.Name) -> tree.Call:
        """id "(" sum {"," sum} ")" """
        if name.name not in FUNCTIONS:
            raise wording.not_a_function(self, name)
        self.count()
        opener = self.start
        self.open()
        self.free += 1
        arguments = [self.sum()]
        while self.kind == ",":
            self.advance()
            arguments.append(self.sum())
        if self.kind != ")":
            raise wording.in_parentheses(self, opener)
        self.free -= 1
        self.depth -= 1
        self.advance()
        span = Span(name.span.start, self.before)
        allowed = FUNCTIONS[name.name]
        if allowed is not None and len(arguments) != allowed:
            raise wording.function_arguments(name.name, len(arguments), span)
        return tree.Call(name.name, tuple(arguments), span)


def _power(base: tree.Expression, exponent: tree.Expression, span: Span) -> tree.Binary:
    return tree.Binary("**", base, exponent, span)


def _fraction(text: str) -> Fraction:
    from fractions import Fraction  # most specs have whole numbers only

    return Fraction(text)


_DEFINITIONS: Final[dict[str, Callable[[_Parser], tree.Statement]]] = {
    "title": _Parser.title,
    "layout": _Parser.layout,
    "symbol": _Parser.symbols,
    "let": _Parser.let,
    "def": _Parser.define,
}
_ACTIONS: Final[dict[str, Callable[[_Parser], tree.Action]]] = {
    "freeze": _Parser.freeze,
    "side": _Parser.side,
    "repeat": _Parser.repeat,
    "add": _Parser.join,
    "mul": _Parser.join,
    "concat": _Parser.join,
    "from": _Parser.from_,
    "reuse": _Parser.reuse,
}
WORDS: Final = (*_DEFINITIONS, *_ACTIONS)
"""The words of the language: none can be the name of a def. They may be labels."""
