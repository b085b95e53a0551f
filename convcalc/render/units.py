"""How numbers, sizes, padding and shares are written.

Everything that is shown goes through a `Spelling`: `UNICODE` for people, `ASCII` for terminals and
encodings that cannot show more, `LANGUAGE` for machines (no separators, formulas as the language
writes them).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcalc.arithmetic.number import Number
from convcalc.errors import printable

DECIMAL_UNITS = ("", "k", "M", "G", "T", "P", "E")
BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")

_TO_ASCII = str.maketrans(
    {
        "×": "x",
        "−": "-",
        "–": "-",
        "—": "-",
        "·": "*",
        "…": "...",
        "→": "->",
        "←": "<-",
        "≥": ">=",
        "≤": "<=",
        "≠": "!=",
        "⌊": "floor(",
        "⌋": ")",
        "⌈": "ceil(",
        "⌉": ")",
        "²": "**2",
        "³": "**3",
        "“": '"',
        "”": '"',
        "’": "'",
    }
)


class Spelling(NamedTuple):
    """The signs that a kind of output may use."""

    times: str
    """between the sizes of a shape"""
    nothing: str
    """instead of a zero in a column where most rows have nothing"""
    ellipsis: str
    dot: str
    """between the parts of a line"""
    dash: str
    """between the first and the last of several names"""
    source: str
    """before the layers that a layer reads"""
    comma: str
    """between thousands"""
    plain: bool
    """whether only ASCII may be used"""

    def number(self, value: Any) -> str:
        """``1,234,567``, or the text of a formula."""
        if isinstance(value, int):
            return f"{value:,}" if self.comma else str(value)
        return str(value.to_data()) if self.plain else str(value)

    def shape(self, sizes: Sequence[Number]) -> str:
        """``64×112×112``"""
        return self.times.join([self._factor(size) for size in sizes])

    def padding(self, pads: Any) -> str:
        """``3``; ``0:1`` where before and after differ; ``1×0:1`` where the axes do."""
        if not isinstance(pads, tuple):
            return self.text(str(pads))
        axes = {self._pair(pair) for pair in pads}
        return axes.pop() if len(axes) == 1 else self.each_padding(pads)

    def each_padding(self, pads: Any) -> str:
        """The same with every axis written out: ``3×3``."""
        if not isinstance(pads, tuple):
            return self.text(str(pads))
        between = self.times if all(isinstance(pair, tuple) for pair in pads) else "; "
        return between.join([self._pair(pair) for pair in pads])

    def window(self, sizes: Sequence[Number]) -> str:
        """``3`` where every axis has the same, else ``1×7``."""
        if len(set(sizes)) == 1:
            return self._factor(sizes[0])
        return self.shape(sizes)

    def text(self, text: str) -> str:
        """A text with nothing in it that the output cannot show."""
        text = printable(text)
        if self.plain and not text.isascii():
            text = text.translate(_TO_ASCII).encode("ascii", "replace").decode("ascii")
        return text

    def _pair(self, pair: Any) -> str:
        if not isinstance(pair, tuple):
            return self.text(str(pair))
        before, after = pair
        first = self._factor(before)
        return first if before == after else f"{first}:{self._factor(after)}"

    def _factor(self, value: Any) -> str:
        """A number inside a shape, in parentheses where it would otherwise be torn apart."""
        if isinstance(value, int):
            return str(value)
        text = self.number(value)
        return text if is_whole(text) else f"({text})"


UNICODE = Spelling("×", "–", "…", " · ", "–", "← ", ",", False)
ASCII = Spelling("x", "-", "..", " | ", "..", "<- ", ",", True)
LANGUAGE = Spelling("x", "", "...", ", ", "..", "from ", "", True)


def human(value: int) -> str:
    """Three digits and a decimal unit: ``4.09 G``, ``61.7 k``, ``999``."""
    if value < 1000:
        return str(value)
    power = min((len(str(value)) - 1) // 3, len(DECIMAL_UNITS) - 1)
    for places in (2, 1, 0):
        digits = _rounded(value * 10**places, 1000**power)
        if digits < 1000:
            whole, rest = divmod(digits, 10**places)
            fraction = f".{rest:0{places}}" if places else ""
            return f"{whole}{fraction} {DECIMAL_UNITS[power]}"
    if power < len(DECIMAL_UNITS) - 1:
        return f"1.00 {DECIMAL_UNITS[power + 1]}"
    return f"{digits:,} {DECIMAL_UNITS[power]}"


def bytes_text(value: int) -> str:
    """Bytes in binary units: ``97.5 MiB``, ``784 B``."""
    power = 0
    while value >= 1024 ** (power + 1) and power < len(BINARY_UNITS) - 1:
        power += 1
    if power == 0:
        return f"{value} B"
    tenths = _rounded(value * 10, 1024**power)
    if tenths >= 10240 and power < len(BINARY_UNITS) - 1:
        power, tenths = power + 1, 10
    return f"{tenths // 10:,}.{tenths % 10} {BINARY_UNITS[power]}"


def share(part: Any, whole: Any) -> float | None:
    """part/whole, or None where there is nothing to divide or one of them is a formula."""
    if not isinstance(part, int) or not isinstance(whole, int) or whole <= 0:
        return None
    return part / whole


def percent(part: Any, whole: Any) -> str:
    """``35.8%``; empty where there is no share. What is not nothing or all doesn't look like it."""
    if share(part, whole) is None or part == 0:
        return ""
    tenths = _rounded(part * 1000, whole)
    if tenths == 0:
        return "<0.1%"
    if tenths == 1000 and part != whole:
        return ">99.9%"
    return f"{tenths // 10}.{tenths % 10}%"


def _rounded(numerator: int, denominator: int) -> int:
    """The quotient, halves rounded up."""
    return (2 * numerator + denominator) // (2 * denominator)


def is_whole(text: str) -> bool:
    """Whether a formula's text holds together without parentheses: a word, or one bracket."""
    if text.replace("_", "a").isalnum():
        return True
    if text[0] not in "⌊⌈(":
        return False
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "⌊⌈(") - (character in "⌋⌉)")
        if depth == 0:
            return position == len(text) - 1
    return False
