"""What to say about a mistake in a text: where it is, what is wrong, what would work.

The parser calls these with its cursor on the token that it cannot use. Each returns the `Mistake`
to raise. `start` is where the statement, or the part that the suggestion should quote, begins.
"""

from __future__ import annotations

import re
from typing import Final

from convcalc.errors import printable
from convcalc.language import tree
from convcalc.language.tokens import (
    CAPS,
    END,
    NAME,
    NEWLINE,
    NUMBER,
    REF,
    STRING,
    TIMES,
    UNCLOSED,
    UNKNOWN,
    Tokens,
)
from convcalc.source import Span

_LAYER_EXAMPLE = "conv 64 3x3 s=2 pad=1"
_NOTHING_FOLLOWS = frozenset((NEWLINE, ";", "}", "|", END))
_OPERATORS = frozenset(("+", "-", "*", "/", "//", "**"))
_BLOCK_WORDS = ["def", "repeat", "freeze", "side", "add", "mul", "concat"]
_QUOTED = 200
"""How far back a suggestion looks for the beginning of what it quotes."""

_SIGNS: Final = {
    "%": ("there is no operator %", "the remainder of n by m is n - n//m*m"),
    "^": ("there is no operator ^", "a power is written 2**3"),
    "@": ("the name of a label is missing after @", "it stands right after the @, as in @c1"),
    "]": ("square brackets mean nothing here", "a shape is written 3x3, a calculation (n + 1)"),
    ">": ("> means nothing here", "an answer is written ->"),
    "\\": ("\\ means nothing here", "a statement stands on one line, or in lines between { and }"),
}

_LOOK_ALIKES: Final = {
    **dict.fromkeys("“”„‟″«»‘’‚‛′´`", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys("→⇒⟶➔➜", "->"),
    **dict.fromkeys("·•∙⋅∗＊", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("хХχ✕✖⨯╳", "x"),
    "²": "**2",
    "³": "**3",
    "＝": "=",
    "：": ":",
    "；": ";",
}


_SMALL_LETTERS = "a name in small letters stands in parentheses inside a shape"

_INSTEAD: Final = {
    **dict.fromkeys(("for", "loop", "while"), "repeat"),
    **dict.fromkeys(("residual", "sum", "plus"), "add"),
    **dict.fromkeys(("cat", "concatenate", "parallel"), "concat"),
}
"""What people may look for by another name."""


class Mistake(Exception):
    """A statement that cannot be parsed; `fatal` ends the parsing, `structural` is always shown."""

    def __init__(
        self,
        start: int,
        end: int,
        message: str,
        help: str | None = None,
        *,
        fatal: bool = False,
        structural: bool = False,
    ) -> None:
        super().__init__(message)
        self.span = Span(start, end)
        self.message = message
        self.help = help
        self.fatal = fatal
        self.structural = structural or fatal


def tidy(text: str, width: int = 60) -> str:
    """Text from a spec as an error may quote it: printable, on one line, not too long."""
    text = printable(text[: width + 1]).strip()
    return text if len(text) <= width else text[: width - 1] + "…"


def _here(tokens: Tokens, message: str, help: str | None = None) -> Mistake:
    return Mistake(tokens.start, tokens.end, message, help)


def _found(tokens: Tokens) -> str:
    """What stands here."""
    if tokens.kind in (NEWLINE, END):
        return tokens.kind
    return f"'{tidy(tokens.word, 30)}'"


def _statement(tokens: Tokens, start: int) -> str:
    """The statement that starts there, up to its end or its first brace."""
    return _match(r"[^\n;#{}|]*+", tokens.text, start).rstrip()


def _word(tokens: Tokens, start: int) -> str:
    """What stands there without a blank in it."""
    return _match(r"[^\s;#{}|]*+", tokens.text, start)


def _next_word(tokens: Tokens) -> str:
    """What stands behind this token, after blanks if need be."""
    return _match(r"[ \t]*+[^\s;#{}|]*+", tokens.text, tokens.end).strip()


def _name_at(tokens: Tokens, start: int) -> str:
    """The name that stands there."""
    return _match(r"(?:[A-Za-z_][A-Za-z0-9_]*+)?", tokens.text, start)


def _match(pattern: str, text: str, start: int) -> str:
    """The part of the text at `start` that fits a pattern; the empty text if none does."""
    match = re.compile(pattern).match(text, start)  # compiled once something is wrong, then cached
    return match[0] if match else ""


def _word_start(tokens: Tokens, start: int) -> int:
    """Where the blank-free text around this token begins, not before `start`."""
    text, end = tokens.text, tokens.start
    start = max(start, end - _QUOTED)
    return max(start, *(text.rfind(blank, start, end) + 1 for blank in "\n \t=;"))


def _write(text: str) -> str:
    return f"write: {tidy(text)}"


def anywhere(tokens: Tokens, start: int) -> Mistake | None:
    """The mistakes that are the same wherever they stand."""
    kind = tokens.kind
    if kind == UNKNOWN:
        return unknown(tokens)
    if kind == UNCLOSED:
        return _here(tokens, "the closing quote is missing", _write(f'{tokens.word.strip()}"'))
    if kind == ",":
        return comma(tokens, start)
    if kind == ")":
        return _here(tokens, "this ) closes nothing")
    if kind == "=" and tokens.text.startswith("=>", tokens.start):
        answer = _statement(tokens, tokens.start + 2).strip()
        return Mistake(
            tokens.start,
            tokens.start + 2,
            "an answer is written with ->, not =>",
            _write(f"-> {answer or '6x28x28'}"),
        )
    return None


def expected(tokens: Tokens, message: str, help: str | None = None) -> Mistake:
    """Something is needed here, and something else is found."""
    found = f", found {_found(tokens)}"
    return anywhere(tokens, tokens.start) or _here(tokens, message + found, help)


def unknown(tokens: Tokens) -> Mistake:
    """A character that is in no token."""
    start, text = tokens.start, tokens.text
    character = text[start]
    if character == ".":
        return _point(tokens)
    if character in _SIGNS:
        return _here(tokens, *_SIGNS[character])
    if character == "[":
        shape = _shape_of_list(text, start, "[]") or _SIGNS["]"][1]
        return _here(tokens, "square brackets mean nothing here", shape)
    if character == "'":
        inside = _match(r"'[^'\n]*'?", text, start)
        end = start + len(inside)
        word = inside.strip("'")
        return Mistake(start, end, "only a title is put in quotes", _write(word) if word else None)
    if character == "×":
        if tokens.glued and tokens.previous == NAME:
            begin = _word_start(tokens, 0)
            name = text[begin:start]
            return Mistake(
                begin, start, _SMALL_LETTERS, _write(f"({name})×{_word(tokens, start + 1)}")
            )
        return _here(tokens, "a shape has no blanks around its ×", "write: 3×3, or 3x3")
    if character.isascii() and character.isprintable():
        return _here(tokens, f"{character} means nothing here")
    import unicodedata

    code = f"U+{ord(character):04X}"
    description = unicodedata.name(character, "").lower()
    if character.isprintable() and not character.isspace():
        shown = f"{character} ({code}, {description})"
    else:
        shown = f"the character {code}" + (f" ({description})" if description else "")
    alike = _LOOK_ALIKES.get(character) or unicodedata.normalize("NFKC", character)
    help: str | None = None
    if character.isspace() or character in "\u200b\u200c\u200d\ufeff":
        help = "replace it by a plain blank"
    elif alike.isascii() and alike.isprintable():
        help = f"write {alike} instead"
    elif character.isalpha():
        help = "names have the letters a to z and A to Z, digits and _"
    return _here(tokens, f"{shown} means nothing here", help)


def _point(tokens: Tokens) -> Mistake:
    """A point outside a number."""
    start, end, text = tokens.start, tokens.end, tokens.text
    next_word = _word(tokens, end)
    if tokens.glued and tokens.previous == NUMBER:
        begin = _word_start(tokens, 0)
        number = text[begin:start]
        if next_word[:1].isdigit():
            return Mistake(begin, end, "a number has one point at most")
        help = f"write: {tidy(number)}" if number.isdigit() else None
        return Mistake(begin, end, "a digit is missing after the point", help)
    if next_word[:1].isdigit():
        number = _match("[0-9]+", text, end)
        return Mistake(
            start, end + len(number), "a digit is missing before the point", _write(f"0.{number}")
        )
    if tokens.glued and tokens.previous in (NAME, CAPS):
        help = f"a layer is written like {_LAYER_EXAMPLE}" if "(" in next_word else None
        return _here(tokens, "a name has no point in it", help)
    return _here(tokens, ". means nothing here")


def comma(tokens: Tokens, start: int) -> Mistake:
    """A comma outside parentheses."""
    begin = _word_start(tokens, start)
    if tokens.text[begin - 1 : begin] == "=" and _word(tokens, tokens.end)[:1].isalnum():
        shape = _word(tokens, begin).rstrip(",").replace(",", "x")
        return _here(tokens, "a shape is written with x, not with commas", _write(shape))
    number = _match(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9A-Za-z_,])", tokens.text, begin)
    if number:
        joined, apart = number.replace(",", ""), number.replace(",", " ")
        help = f"write: {tidy(joined)}, or {tidy(apart)} for two arguments"
        return Mistake(begin, begin + len(number), "a number has no commas in it", help)
    statement = _statement(tokens, start)
    help = _write(re.sub(r"[ \t]*,[ \t]*", " ", statement))
    if re.search(r"[0-9?],[0-9?]", statement):
        help += "; a shape is written with x: 3x32x32"
    return _here(tokens, "arguments are separated by blanks, not by commas", help)


def stray_closer(tokens: Tokens) -> Mistake:
    """A } that no { opened, or a | outside branches."""
    if tokens.kind == "|":
        return _here(
            tokens,
            "this | separates nothing: only add, mul and concat have branches",
            "write: add { … | … }",
        )
    help = "there is one } too many, or a { is missing above"
    return Mistake(tokens.start, tokens.end, "this } closes nothing", help, structural=True)


def unclosed_brace(tokens: Tokens, opener: int) -> Mistake:
    """The text ends inside a block."""
    help = "a } is missing"
    suspect = _closed_further_left(tokens.text)
    if suspect is not None:
        opened, closed = suspect
        help = (
            f"the }} in line {closed} closes the {{ of line {opened}, but stands further left: "
            "is a } missing above it?"
        )
    return Mistake(opener, opener + 1, "this { is never closed", help, structural=True)


def _closed_further_left(text: str) -> tuple[int, int] | None:
    """The lines of the first { whose } begins a line that is indented less than its own."""
    tokens = Tokens(text)
    line, indent, at_line_start = 1, tokens.start, True
    opened: list[tuple[int, int]] = []
    while tokens.kind != END:
        if tokens.kind == NEWLINE:
            line += 1
            line_start = tokens.end
            tokens.advance()
            indent, at_line_start = tokens.start - line_start, True
            continue
        if tokens.kind == "{":
            opened.append((line, indent))
        elif tokens.kind == "}" and opened:
            opener_line, opener_indent = opened.pop()
            if at_line_start and indent < opener_indent:
                return opener_line, line
        at_line_start = False
        tokens.advance()
    return None


def too_deep(tokens: Tokens, limit: int) -> Mistake:
    """A { or ( inside too many others; behind a { there is no use in going on."""
    message = f"this {tokens.kind} is inside {limit} others, the most that is allowed"
    return Mistake(tokens.start, tokens.end, message, fatal=tokens.kind == "{")


def too_many_digits(start: int, end: int, digits: int, limit: int) -> Mistake:
    """A number that is too long."""
    return Mistake(start, end, f"a number of {digits:,} digits; at most {limit} are allowed")


def too_many_axes(tokens: Tokens, start: int, limit: int) -> Mistake:
    """A shape that is too long."""
    end = start + len(_word(tokens, start))
    return Mistake(start, end, f"a shape of more than {limit} axes, the most that is allowed")


def too_many_operations(tokens: Tokens, limit: int) -> Mistake:
    """A calculation that is too long."""
    return _here(
        tokens,
        f"more than {limit} operations in one argument, the most that is allowed",
        "give parts of it a name: let k = …",
    )


def no_action(tokens: Tokens, label: str | None) -> Mistake:
    """Something that no statement starts with."""
    word = _word(tokens, tokens.start)
    if tokens.kind == NUMBER and word.endswith(":"):
        end = tokens.start + len(word) - 1
        return Mistake(tokens.start, end, "a label starts with a letter", _write(f"c{word}"))
    if tokens.kind == STRING and label is not None:
        return _here(tokens, f"no : after {tidy(label, 30)}", _write(f"title {tokens.word}"))
    help = {
        "->": "an answer stands on the line of its layer: conv 6 5x5 -> 6x28x28",
        REF: f"to go on from a value, write: from {tidy(tokens.word)}",
        STRING: f"write: title {tidy(tokens.word)}",
        "//": "a comment starts with #",
        "*": "a comment starts with #",
        "?": "a ? stands for an argument, as in conv ? 3x3",
        ":": "a label is missing before it, as in c1: conv 6 5x5",
        "(": "a group of layers is put in { }",
        NUMBER: f"a layer comes first, then its arguments: {_LAYER_EXAMPLE}",
        TIMES: f"a layer comes first, then its arguments: {_LAYER_EXAMPLE}",
        "=": "a value gets its name with let: let width = 64",
    }.get(tokens.kind)
    mistake = anywhere(tokens, tokens.start)
    if mistake is not None and tokens.kind != ",":
        return mistake
    where = "a statement" if label is None else f"what {tidy(label, 30)}: names"
    return _here(tokens, f"{where} cannot start with {_found(tokens)}", help)


def labelled_definition(tokens: Tokens) -> Mistake:
    """A label before let, def, title, layout or symbol."""
    return _here(tokens, f"{tokens.word} cannot have a label", "a label names a layer or a block")


def label_alone(tokens: Tokens, label: str, start: int) -> Mistake:
    """A label with nothing behind it."""
    label = tidy(label, 30)
    return Mistake(
        start,
        tokens.before,
        f"nothing stands after the label {label}",
        f"write the layer on the same line: {label}: conv 6 5x5",
    )


def blank_before_colon(tokens: Tokens, action: tree.Apply) -> Mistake:
    """ "c1 : conv" """
    message = "a label and its colon have no blank between them"
    return Mistake(action.span.start, tokens.end, message, _write(f"{action.name}:"))


def title(tokens: Tokens) -> Mistake:
    """Something that is no text in quotes behind "title"."""
    if tokens.kind == UNCLOSED:
        return Mistake(
            tokens.start,
            tokens.end,
            "the closing quote of the title is missing",
            _write(f'title {tokens.word.strip()}"'),
        )
    rest = _match(r"[^\n#]*", tokens.text, tokens.start).strip()
    rest = rest.lstrip("=:").strip().strip("'\"“”‘’«»„").strip()
    end = tokens.start + max(len(rest), 1)
    if tokens.kind in (NEWLINE, END, ";"):
        rest, end = "LeNet", tokens.end
    return Mistake(tokens.start, end, "a title is put in double quotes", _write(f'title "{rest}"'))


def after_symbol(tokens: Tokens, start: int, name: str) -> Mistake:
    """Something that is no name behind "symbol F"."""
    if tokens.kind == "=":
        value = _word(tokens, tokens.end) or _statement(tokens, tokens.end).strip()
        message = "symbol only declares names, it gives them no value"
        return _here(tokens, message, _write(f"let {name} = {value}"))
    return anywhere(tokens, start) or _here(
        tokens, f"symbol is followed by names, found {_found(tokens)}", "write: symbol F S"
    )


def let_equals(tokens: Tokens, start: int, name: str) -> Mistake:
    """No "=" behind "let x"."""
    name = tidy(name, 30)
    if tokens.kind == "-" and tokens.glued:
        whole = _word(tokens, _word_start(tokens, start))
        return Mistake(
            tokens.start,
            tokens.end,
            "a name has no - in it",
            _write(f"let {whole.split('=')[0].replace('-', '_')} = …"),
        )
    if tokens.kind == "(":
        return _here(
            tokens, "let names a value", f"a block with parameters is: def {name} n {{ … }}"
        )
    if tokens.kind in (":", NUMBER, CAPS, NAME, "?", "-", *_NOTHING_FOLLOWS):
        value = _statement(tokens, tokens.start).lstrip(":= ") or "64"
        return Mistake(
            tokens.start,
            tokens.end,
            f"a = is missing after let {name}",
            _write(f"let {name} = {value}"),
        )
    return expected(tokens, f"let {name} is followed by =")


def let_value(value: tree.Reference | tree.Hole) -> Mistake:
    """A reference or a hole as the value of a let."""
    if isinstance(value, tree.Hole):
        message, help = "a let needs a value, ? is none", "a ? stands in the layer itself"
    else:
        message = "a let names a number, a shape or a word, not a value of the network"
        help = f"write @{tidy(value.name, 30)} where it is used"
    return Mistake(*value.span, message, help)


def define_name(tokens: Tokens) -> Mistake:
    """ "def" without a name."""
    return expected(
        tokens,
        "def is followed by a name",
        "write: def body mid s=1 { conv mid 3x3 s=s ; bn ; relu }",
    )


def reserved(tokens: Tokens, name: str) -> Mistake:
    """A def with the name of a word of the language."""
    return _here(tokens, f"{name} is a word of the language, no name for a def")


def no_block(tokens: Tokens, word: str, start: int, parameters: bool) -> Mistake:
    """No { where a block belongs."""
    kind = tokens.kind
    header = tokens.text[start : tokens.before]
    if parameters:
        if kind == "(":
            inside = tokens.text[tokens.end : start + len(_statement(tokens, start))]
            inside = re.sub(r"[ \t]*[,)][ \t]*", " ", inside).strip()
            return _here(
                tokens,
                "the parameters of a def are not put in parentheses",
                _write(f"{header} {re.sub('[ ]*=[ ]*', '=', inside)} {{"),
            )
        if kind == ":":
            return _here(tokens, "no : here, the { follows", _write(f"{header} {{"))
        if kind == ",":
            repaired = re.sub(r"[ \t]*,[ \t]*", " ", _statement(tokens, start))
            message = "parameters are separated by blanks, not by commas"
            return _here(tokens, message, _write(f"{repaired} {{"))
        if kind not in _NOTHING_FOLLOWS and kind not in ("->", UNKNOWN, UNCLOSED, ")"):
            return _here(
                tokens,
                f"a parameter is a name, found {_found(tokens)}",
                "write: def body mid s=1 { … }",
            )
    elif kind in _OPERATORS:
        return blanks_in_argument(tokens, start)
    elif kind == "=":
        return expected(tokens, f"{word} is followed by {{")
    mistake = anywhere(tokens, start)
    if mistake is not None:
        return mistake
    rest = "" if kind in (*_NOTHING_FOLLOWS, "->") else _statement(tokens, tokens.start)
    after = tokens.start + len(rest)
    if tokens.text[after : after + 1] == "{" or tokens.text.startswith(" {", after):
        message = f"{word} is followed by {{, found {_found(tokens)}"
        return _here(tokens, message, _write(f"{header} {{ … }}"))
    end = start + len(_name_at(tokens, start))
    return Mistake(
        start,
        max(end, start + 1),
        f"{word} needs a block in {{ }}",
        _write(f"{header} {{ {rest or '…'} }}"),
    )


def brace_below(tokens: Tokens, word: str, header: str) -> Mistake:
    """A { on a line below the word that it belongs to."""
    return _here(
        tokens, f"this {{ belongs on the line of its {tidy(word, 30)}", _write(f"{header} {{")
    )


def no_count(tokens: Tokens, start: int) -> Mistake:
    """ "repeat" without a count."""
    return Mistake(start, tokens.before, "repeat needs a count", "write how often: repeat 3 { … }")


def no_reference(tokens: Tokens, start: int) -> Mistake:
    """No reference behind "from" or "reuse"."""
    word = tokens.text[start : tokens.before]
    if tokens.kind in (NAME, CAPS):
        message = f"{word} is followed by a reference, with an @"
        return _here(tokens, message, _write(f"{word} @{tokens.word}"))
    return expected(
        tokens, f"{word} is followed by a reference", f"write: {word} @c1, where c1 is a label"
    )


def in_join(tokens: Tokens, word: str, start: int) -> Mistake:
    """Something behind add, mul or concat that is no option, reference or {."""
    if tokens.kind in (NAME, CAPS):
        names = _statement(tokens, tokens.start).split("->")[0].split()
        if tokens.text.startswith(" =", tokens.end):
            return in_arguments_blank_equals(tokens)
        return _here(
            tokens,
            f"{word} joins references, with an @, or branches in {{ }}",
            _write(" ".join([word, *(f"@{name.lstrip('@').rstrip(',')}" for name in names)])),
        )
    if tokens.kind in (NUMBER, "?", "(", "-"):
        return _here(
            tokens,
            f"{word} joins references or branches, found {_found(tokens)}",
            f"write: {word} @a @b, or {word} {{ … | … }}",
        )
    return in_arguments(tokens, start)


def in_arguments_blank_equals(tokens: Tokens) -> Mistake:
    """An option with a blank before its "=", seen from its name."""
    name = tokens.word
    start = tokens.start
    tokens.advance()
    return option_blank(tokens, start, name)


def empty_join(word: str, start: int) -> Mistake:
    """ "add" with nothing to add."""
    return Mistake(
        start,
        start + len(word),
        f"{word} needs branches or references",
        f"write: {word} {{ … | … }}, or {word} @a with a label a",
    )


def one_branch(word: str, start: int) -> Mistake:
    """ "add { … }" """
    return Mistake(
        start,
        start + len(word),
        f"{word} needs two branches or more, this is one",
        f"separate them by |; an empty branch is the identity: {word} {{ … | }}",
    )


def pipe_between_references(tokens: Tokens, word: str, start: int) -> Mistake:
    """ "add @a | @b" """
    names = re.findall(r"@\w+", _match(r"[^\n;#{}]*", tokens.text, start))
    message = "references have no | between them"
    return _here(tokens, message, _write(" ".join((word, *names))))


def both(tokens: Tokens, word: str) -> Mistake:
    """ "add @a { … }" """
    return _here(
        tokens,
        f"{word} takes references or branches, not both",
        f"a branch can start at a reference: {word} {{ from @a | … }}",
    )


def blanks_in_shape(tokens: Tokens, start: int) -> Mistake:
    """The x of "3 x 3"."""
    repaired = re.sub(r"(?<=[0-9A-Z?)])[ \t]+x[ \t]+", "x", _statement(tokens, start))
    return _here(tokens, "a shape has no blanks around its x", _write(repaired))


def glued(tokens: Tokens, start: int) -> Mistake:
    """Something right behind an argument, or behind the name of a layer."""
    kind, text, word = tokens.kind, tokens.text, tokens.word
    name = _name_at(tokens, start)
    first = bool(name) and tokens.before == start + len(name)
    begin = _word_start(tokens, start)
    if kind == "(" and first:
        return _called(tokens, start, name)
    if kind == "=":
        return anywhere(tokens, start) or _assignment(tokens, start, name, first)
    if kind == ":":
        if tokens.previous == NAME:
            return _missing_semicolon(tokens, begin)
        return _here(tokens, "this : means nothing here", "a pair is before:after, as in pad=0:1")
    if kind == TIMES:
        shape = f"({text[begin : tokens.start]})x{_word(tokens, tokens.end)}"
        return Mistake(begin, tokens.start, _SMALL_LETTERS, _write(shape))
    if kind == STRING:
        return in_arguments(tokens, start)
    if kind in (NAME, CAPS):
        return _letters(tokens, begin)
    mistake = anywhere(tokens, start)
    if mistake is not None:
        return mistake
    if kind in _OPERATORS:
        if first:
            help = _write(_match(r"[\w-]+", text, start).replace("-", "_")) if kind == "-" else None
            return _here(tokens, f"a name has no {kind} in it", help)
        if tokens.previous == REF:
            return _here(tokens, "a reference cannot be calculated with")
        return operator_after_shape(tokens)
    if kind == "{":
        return _no_block_here(tokens, name)
    help = f"write: {tidy(text[begin : tokens.start])} {tidy(_word(tokens, tokens.start), 30)}"
    if kind == "(":
        help += f", or {tidy(text[begin : tokens.start])}*(…) to multiply"
    return _here(tokens, f"a blank is missing before '{tidy(word, 30)}'", help)


def _letters(tokens: Tokens, begin: int) -> Mistake:
    """Letters right behind a number or a shape."""
    text, word = tokens.text, tokens.word
    end = begin + len(_word(tokens, begin))
    if text.startswith("=", tokens.end):
        option = _word(tokens, tokens.start)
        return Mistake(
            tokens.start,
            tokens.start + len(option),
            f"a blank is missing before {tidy(option, 30)}",
        )
    if word[0] == "X":
        return Mistake(
            begin,
            end,
            "a shape is written with a small x",
            _write(text[begin:end].replace("X", "x")),
        )
    exponent = re.match(r"([0-9.]+)[eE]([+-]?)([0-9]+)$", text[begin:end])
    if exponent:
        sign = "/" if exponent[2] == "-" else "*"
        return Mistake(
            begin,
            end,
            "a number has no exponent",
            _write(f"{exponent[1]}{sign}10**{exponent[3].lstrip('0') or '0'}"),
        )
    if tokens.previous == NUMBER and word[0] == "_":
        digits = text[begin:end].replace("_", "")
        help = _write(digits) if digits.isdigit() else None
        return Mistake(begin, end, "a number has no _ in it", help)
    number = text[begin : tokens.start]
    return Mistake(
        begin,
        end,
        f"'{tidy(word, 30)}' stands right after '{tidy(number, 30)}'",
        "a name starts with a letter; two arguments have a blank between them; a product has a *",
    )


def _called(tokens: Tokens, start: int, name: str) -> Mistake:
    """ "conv(64, 3)" """
    message = f"the arguments of {tidy(name, 30)} are not put in parentheses"
    inside = _statement(tokens, tokens.end)
    if name[0].isupper():
        help = f"a layer is written like {_LAYER_EXAMPLE}; its input depth is known"
    elif "(" in inside:
        help = f"a layer is written like {_LAYER_EXAMPLE}"
    else:
        inside = re.sub(r"[ \t]*[,)][ \t]*", " ", inside).strip()
        block = " { … }" if name in _BLOCK_WORDS else ""
        help = _write(f"{name} {re.sub('[ ]*=[ ]*', '=', inside)}{block}")
    return Mistake(start, tokens.end, message, help)


def _assignment(tokens: Tokens, start: int, name: str, first: bool) -> Mistake:
    """A "=" that is in no option."""
    if first:
        value = _statement(tokens, tokens.end).strip(" \t=")
        number = value[:1].isdigit() or not value
        help = f"let {name} = {value or 64}" if number else f"{name}: {value}"
        what = "let" if number else "a label"
        message = f"a line cannot start with {tidy(name, 30)} ="
        return Mistake(start, tokens.end, message, f"with {what}: {tidy(help)}")
    return _here(tokens, "this = follows no name", "an option is name=value, as in s=2")


def _missing_semicolon(tokens: Tokens, begin: int) -> Mistake:
    """ "relu c2: conv" """
    label = _name_at(tokens, begin)
    end = begin + len(label)
    return Mistake(begin, end, f"a ; or a new line is missing before {tidy(label, 30)}:")


def _no_block_here(tokens: Tokens, name: str) -> Mistake:
    """A { behind a layer or a def."""
    from difflib import get_close_matches

    matches = get_close_matches(name[:40].lower(), _BLOCK_WORDS, n=1, cutoff=0.85)
    guess = _INSTEAD.get(name) or (matches[0] if matches else None)
    help = f"did you mean {guess}?" if guess else "a block needs a ; or a new line before it"
    message = f"{tidy(name, 30)} takes no block in {{ }}"
    return _here(tokens, message, help)


def in_arguments(tokens: Tokens, start: int) -> Mistake:
    """Something with a blank before it that is no argument and no option."""
    kind, text = tokens.kind, tokens.text
    mistake = anywhere(tokens, start)
    if mistake is not None:
        return mistake
    name = _name_at(tokens, start)
    if kind in _OPERATORS:
        return blanks_in_argument(tokens, start)
    if kind == "=":
        if name and tokens.before == start + len(name):
            return _assignment(tokens, start, name, True)
        answer = _next_word(tokens)
        if answer and tokens.previous not in (NAME, CAPS):
            return _here(tokens, "an answer is written with ->, not =", _write(f"-> {answer}"))
        if tokens.previous in (NAME, CAPS):
            begin = _previous_word(tokens, start)
            return option_blank(tokens, begin, text[begin : tokens.before])
        return _assignment(tokens, start, name, False)
    if kind == ":":
        if tokens.previous in (NAME, CAPS):
            return _missing_semicolon(tokens, _previous_word(tokens, start))
        return _here(
            tokens, "this : has a blank before it", "a pair is written 0:1, without blanks"
        )
    if kind == "{":
        return _no_block_here(tokens, name)
    if kind == STRING:
        help = _write(tokens.word.strip('"')) if tokens.word.strip('"') else None
        return _here(tokens, "only a title is put in quotes", help)
    return expected(tokens, "an argument or an option belongs here")


def _previous_word(tokens: Tokens, start: int) -> int:
    """Where the blank-free text before this token begins."""
    text, end = tokens.text, tokens.before
    start = max(start, end - _QUOTED)
    return max(start, *(text.rfind(blank, start, end) + 1 for blank in " \t"))


def blanks_in_argument(tokens: Tokens, start: int) -> Mistake:
    """An operator with a blank before it."""
    sign, text = tokens.kind, tokens.text
    right = _word(tokens, tokens.end)
    if sign == "-" and right:
        return Mistake(
            tokens.start,
            tokens.end + len(right),
            "a negative argument is put in parentheses",
            f"write (-{tidy(right, 30)}) for a negative number, or the difference without blanks",
        )
    begin = _previous_word(tokens, start)
    if begin == start or tokens.previous == "->":
        return _here(tokens, f"an argument cannot start with {sign}")
    left = text[begin : tokens.before]
    right = right or _next_word(tokens)
    if sign == "//" and not right[:1].isdigit():
        return _here(
            tokens, "// divides and rounds down, without blanks", "a comment starts with #"
        )
    left, right = tidy(left, 30), tidy(right, 30)
    help = f"write: {left}{sign}{right}, or ({left} {sign} {right})"
    if sign == "//":
        help += "; a comment starts with #"
    return _here(tokens, f"an argument has no blanks around its {sign}", help)


def blank_after_operator(tokens: Tokens, operator: int) -> Mistake:
    """ "n- 1", or nothing behind the operator."""
    sign = tokens.text[operator : tokens.before]
    if tokens.kind in _NOTHING_FOLLOWS:
        return Mistake(operator, tokens.before, f"a value is missing after {sign}")
    return Mistake(
        operator,
        tokens.before,
        f"an argument has no blanks around its {sign}",
        "blanks may stand inside parentheses: (n - 1)",
    )


def option_blank(tokens: Tokens, start: int, name: str) -> Mistake:
    """An option without a value, or with blanks around its "="."""
    text = tokens.text
    equals = text.find("=", start)
    while tokens.kind == "=":
        tokens.advance()
    value = "" if tokens.kind in (*_NOTHING_FOLLOWS, "->") else _word(tokens, tokens.start)
    if not value or "=" in value:
        message = f"{tidy(name, 30)}= has no value"
        return Mistake(start, equals + 1, message, "it stands right after the =, as in s=2")
    message = "a name, its = and its value have no blanks between them"
    return Mistake(start, tokens.end, message, _write(f"{name}={value}"))


def option_value(tokens: Tokens, start: int) -> Mistake:
    """Something right behind "s=" that is no argument."""
    text = tokens.text
    if tokens.kind == "-":
        value = _word(tokens, tokens.start)
        name = text[start : tokens.before]
        return Mistake(
            tokens.start,
            tokens.start + len(value),
            "a negative value is put in parentheses",
            _write(f"{name}({value})"),
        )
    if tokens.kind == "=" and not text.startswith("=>", tokens.start):
        name = text[start : tokens.before - 1]
        return _here(tokens, "one = is enough", _write(f"{name}={_word(tokens, tokens.end)}"))
    if tokens.kind == "=":
        return _here(tokens, "an answer is written with ->, not =>")
    if tokens.kind == STRING:
        word = text[start : tokens.before] + tokens.word.strip('"')
        return _here(tokens, "only a title is put in quotes", _write(word))
    return expected(tokens, f"{tidy(text[start : tokens.before], 30)} is followed by its value")


def no_answer(tokens: Tokens, start: int) -> Mistake:
    """ "->" with nothing behind it."""
    return Mistake(
        start,
        tokens.before,
        "nothing stands after ->",
        "write the shape (-> 6x28x28), a total (-> params=156), or -> ? to be asked for it",
    )


def in_answer(tokens: Tokens, start: int) -> Mistake:
    """Something that does not go on with an answer."""
    if tokens.kind == "->":
        return _here(tokens, "a layer has one answer", "write: -> 6x28x28 params=156")
    if tokens.kind in (NUMBER, CAPS, "?", "(", NAME, REF):
        if tokens.kind == NAME and tokens.text.startswith(" =", tokens.end):
            return in_arguments_blank_equals(tokens)
        words = _statement(tokens, start + 2).split()
        sizes = [word for word in words if "=" not in word and word != "x"]
        rest = [word for word in words if "=" in word]
        if len(sizes) > 1:
            return _here(
                tokens,
                "an answer is one shape, without blanks",
                _write(" ".join(["->", "x".join(sizes), *rest])),
            )
        return _here(
            tokens,
            "the shape stands before the totals",
            _write(" ".join(["->", *sizes, *rest])),
        )
    if tokens.kind == "{":
        return _here(tokens, "an answer takes no block in { }", "the answer stands after the }")
    return in_arguments(tokens, start)


def not_a_function(tokens: Tokens, name: tree.Name) -> Mistake:
    """A "(" right behind a name inside an argument."""
    shown = tidy(name.name, 30)
    return Mistake(
        name.span.start,
        tokens.end,
        f"{shown} is not a function",
        f"the functions are min, max, floor and ceil; {shown}*(…) multiplies",
    )


def double_equals(tokens: Tokens) -> Mistake:
    """ "let x == 3" """
    return _here(tokens, "one = is enough")


def function_arguments(name: str, count: int, span: Span) -> Mistake:
    """ "floor(a, b)" """
    return Mistake(*span, f"{name} takes one value, not {count}", f"write: {name}(n/2)")


def hole_in_sum(tokens: Tokens) -> Mistake:
    """ "?+1" """
    return _here(tokens, "a ? cannot be calculated with", "it stands alone, or in a shape: ?x3")


def long_pair(tokens: Tokens, start: int) -> Mistake:
    """ "0:1:2" """
    end = start + len(_word(tokens, start))
    return Mistake(start, max(end, tokens.end), "a pair is two values, before:after")


def operator_after_shape(tokens: Tokens) -> Mistake:
    """ "3x3*2" """
    return _here(
        tokens,
        "a shape cannot be calculated with",
        "calculate inside it, in parentheses: 3x(2*k)",
    )


def name_in_shape(tokens: Tokens, start: int) -> Mistake:
    """ "3xmid" """
    if tokens.kind == REF:
        return _here(tokens, "a reference cannot stand in a shape")
    parts = tokens.word.split("x")
    if not all(parts) or max(map(len, parts[1:]), default=0) > 2:
        parts = [tokens.word]
    word = "x".join(part if part.isdigit() or part.isupper() else f"({part})" for part in parts)
    shape = tokens.text[start : tokens.start]
    if tokens.previous == ":":
        message = "a name in small letters stands in parentheses after a :"
    else:
        message = _SMALL_LETTERS
    return _here(tokens, message, _write(f"{shape}{word}"))


def in_shape(tokens: Tokens, start: int) -> Mistake:
    """Nothing, or nothing useful, behind the x or the : of a shape."""
    sign = tokens.text[tokens.before - 1 : tokens.before]
    following = tokens.kind not in (*_NOTHING_FOLLOWS, "{", "->")
    if sign == ":" and tokens.start != tokens.before and following:
        label = _name_at(tokens, start)
        if label and start + len(label) == tokens.before - 1:
            return _missing_semicolon(tokens, start)
    if tokens.start != tokens.before and following:
        message = f"a shape has no blanks around its {sign}"
        shape = tokens.text[start : tokens.before] + _word(tokens, tokens.start)
        return Mistake(start, tokens.before, message, _write(shape))
    if tokens.kind == "-":
        value = _word(tokens, tokens.start)
        shape = tokens.text[start : tokens.start]
        message = "a negative value is put in parentheses"
        return _here(tokens, message, _write(f"{shape}({value})"))
    mistake = anywhere(tokens, start) if tokens.start == tokens.before else None
    if mistake is not None:
        return mistake
    message = f"a size is missing after the {sign}"
    return Mistake(start, tokens.before, message, "a shape is written 3x32x32, a pair 0:1")


def operand(tokens: Tokens) -> Mistake:
    """No value where a calculation needs one."""
    kind = tokens.kind
    if kind == "?":
        return hole_in_sum(tokens)
    if kind == REF:
        return _here(tokens, "a reference cannot be calculated with")
    if kind == ")" and tokens.previous == "(":
        return Mistake(tokens.before - 1, tokens.end, "nothing stands in these parentheses")
    if kind not in (")", ","):
        mistake = anywhere(tokens, tokens.start)
        if mistake is not None:
            return mistake
    if tokens.before == tokens.start == 0:
        return _here(tokens, f"a value is missing, found {_found(tokens)}")
    behind = tokens.text[tokens.before - 1 : tokens.before]
    if tokens.previous in _OPERATORS:
        behind = tokens.previous
    start = tokens.before - len(behind)
    found = "" if kind in _NOTHING_FOLLOWS else f", found {_found(tokens)}"
    behind = "the comma" if behind == "," else behind
    return Mistake(start, tokens.before, f"a value is missing after {behind}{found}")


def in_parentheses(tokens: Tokens, opener: int) -> Mistake:
    """Something inside ( ) that does not go on with a calculation."""
    kind, text = tokens.kind, tokens.text
    if kind == ",":
        help = _shape_of_list(text, opener, "()")
        return _here(tokens, "a shape is written with x, not with commas", help)
    if kind in (TIMES, ":"):
        inside = _match(r"\([^\n() \t]*\)", text, opener)[1:-1]
        help = _write(inside) if inside else None
        return _here(tokens, "a shape is not put in parentheses", help)
    if kind in (*_NOTHING_FOLLOWS, "->", "{"):
        return Mistake(opener, opener + 1, "this ( is never closed")
    if kind == "=":
        return _here(tokens, "no = inside parentheses", "they hold a calculation: (n + 1)")
    return anywhere(tokens, tokens.start) or _here(
        tokens, f"an operator or a ) is missing before {_found(tokens)}"
    )


def _shape_of_list(text: str, opener: int, brackets: str) -> str | None:
    """How to write "(3, n)" as a shape, if it is a plain one."""
    inside = _match(r"[\[(][^\n\[\]()]*[\])]", text, opener)
    if not inside.endswith(brackets[1]):
        return None
    parts = [part.strip() for part in inside[1:-1].split(",")]
    if not all(re.fullmatch(r"[0-9.]+|[A-Za-z_][A-Za-z0-9_]*|\?", part) for part in parts):
        return None
    return _write("x".join(f"({part})" if re.search("[a-z]", part) else part for part in parts))


def after_action(tokens: Tokens, action: tree.Action) -> Mistake:
    """Something behind a complete action."""
    kind = tokens.kind
    if isinstance(action, tree.Apply) and kind == ":":
        return Mistake(action.span.start, tokens.end, "a layer has one label")
    if isinstance(action, tree.Join):
        if kind == "{":
            return _here(
                tokens,
                "the branches stand in one pair of braces",
                f"separate them by |: {action.kind} {{ … | … }}",
            )
        if kind in (NAME, CAPS) and tokens.text.startswith("=", tokens.end):
            option = _word(tokens, tokens.start)
            return _here(
                tokens,
                f"the options of {action.kind} stand before its {{",
                f"write: {action.kind} {tidy(option, 30)} {{ … | … }}",
            )
    if isinstance(action, tree.From | tree.Reuse) and kind == REF:
        word = "from" if isinstance(action, tree.From) else "reuse"
        return _here(tokens, f"{word} takes one reference")
    return trailing(tokens, "a statement")


def trailing(tokens: Tokens, what: str) -> Mistake:
    """Something behind a complete statement."""
    mistake = anywhere(tokens, tokens.start)
    if mistake is not None and tokens.kind != ",":
        return mistake
    kind = tokens.kind
    if what in ("a let", "a value"):
        if kind == NAME and tokens.word == "x":
            return blanks_in_shape(tokens, _previous_word(tokens, 0))
        if kind in (NAME, CAPS) and tokens.glued:
            return _letters(tokens, _word_start(tokens, 0))
        if kind == "=":
            return _here(tokens, "one = is enough")
        if kind == ",":
            return _here(tokens, f"{what} is one value, without commas")
        if kind in (NUMBER, NAME, CAPS, "(", "?", REF, ":", TIMES):
            numbers = kind == NUMBER and tokens.previous == NUMBER
            help = "a shape is written with x and without blanks: 3x3" if numbers else None
            return _here(tokens, f"{what} is one value, found {_found(tokens)} after it", help)
    if kind == "->":
        return _here(tokens, f"{what} has no answer", "answers stand after layers and blocks")
    if kind in (NAME, CAPS, "{"):
        return _here(tokens, f"a ; or a new line is missing before {_found(tokens)}")
    return _here(tokens, f"nothing more belongs to {what}, found {_found(tokens)}")
