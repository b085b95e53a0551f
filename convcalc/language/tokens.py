"""Text to tokens.

    skip    = blanks, tabs, CR; "#" to the end of the line    NEWLINE = "\\n"
    TIMES   = "x" | "×"                   only glued after NUMBER, CAPS, ")" or "?"
    STRING  = '"' [^"\\n]* '"'            REF  = "@" [A-Za-z_][A-Za-z0-9_]*
    NUMBER  = [0-9]+ ("." [0-9]+)?        NAME = [A-Za-z_][A-Za-z0-9_]*
    CAPS    = [A-Z][A-Z0-9_]*             if next is not [A-Za-z0-9_], or is x + [0-9A-Z(?]

"Glued" means that no blank stands before it. Everything else is a token of its own: ``** // ->``
and ``+ - * / ( ) { } | ; : = , ?``. Any other character is `UNKNOWN`: no text fails here, the
parser, which knows what it was looking for, says what is wrong.
"""

from __future__ import annotations

import re
from typing import Final

NUMBER: Final = "a number"
TIMES: Final = "the x of a shape"
CAPS: Final = "a name in capitals"
NAME: Final = "a name"
NEWLINE: Final = "the end of the line"
REF: Final = "a reference"
STRING: Final = "a text in quotes"
UNCLOSED: Final = "a text whose closing quote is missing"
END: Final = "the end of the text"
UNKNOWN: Final = "an unknown character"

_SIGN = ""
_KINDS = (_SIGN, NUMBER, TIMES, CAPS, NAME, NEWLINE, _SIGN, REF, STRING, UNCLOSED, END, UNKNOWN)
"""The kind of each group below; a sign's kind is its text."""

_TOKEN = re.compile(
    r"[ \t\r]*+(?:#[^\n]*+)?+"
    r"(?:([0-9]++(?:\.[0-9]++)?+)"
    r"|((?<=[0-9A-Z_)?])[x×])"
    r"|([A-Z][A-Z0-9_]*+(?:(?![A-Za-z0-9_])|(?=x[0-9A-Z(?])))"
    r"|([A-Za-z_][A-Za-z0-9_]*+)"
    r"|(\n)"
    r"|(\*\*|//|->|[-+*/(){}|;:=,?])"
    r"|(@[A-Za-z_][A-Za-z0-9_]*+)"
    r'|("[^"\n]*+")'
    r'|("[^"\n]*+)'
    r"|(\Z)"
    r"|(.))",
    re.DOTALL,
)


class Tokens:
    """A cursor over the tokens of a text, made one at a time.

    `kind`, `start` and `end` belong to the token here, `previous` and `before` are the kind and the
    end of the one before it.
    """

    __slots__ = ("_next", "before", "end", "kind", "previous", "start", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.kind: str = NEWLINE
        self.start = self.end = 0
        self._next = _TOKEN.finditer(text).__next__
        self.advance()

    def advance(self) -> None:
        """Go on to the next token; not allowed at the `END`."""
        match = self._next()
        group = match.lastindex or 0
        self.previous = self.kind
        self.before = self.end
        self.kind = _KINDS[group] or match[group]
        self.start = match.start(group)
        self.end = match.end()

    @property
    def glued(self) -> bool:
        """Whether no blank stands before this token."""
        return self.start == self.before

    @property
    def word(self) -> str:
        """The text of this token."""
        return self.text[self.start : self.end]
