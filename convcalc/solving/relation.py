"""What holds in general between the open numbers of a layer: k = 2·p + 1 or 2·p + 2.

A single open number is solved: a size never goes up and down with it, so all numbers that give the
wanted size lie side by side, and halving finds the first and the last of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd
from typing import Any

from convcalc.arithmetic import formulas
from convcalc.arithmetic.affine import Progression
from convcalc.arithmetic.number import FormulaLimitError, Number
from convcalc.arithmetic.polynomial import Polynomial, Symbol
from convcalc.graph.holes import Blank
from convcalc.layers.arguments import Factor
from convcalc.layers.base import Check, LayerProblem, Shape, Window, axis_names, each_axis
from convcalc.layers.geometry import Upsample
from convcalc.layers.windows import Deconv, Windowed
from convcalc.solving.blanks import (
    COUNTS,
    SILENT,
    Assignment,
    Place,
    Unknown,
    filled,
    least,
)

SEARCHED = 64
"""How far from the window's extent a padding is looked for on symbolic sizes with a stride."""
FAR = 10**50
"""Larger than any size: numbers that do up to here do without end."""


class Requirements(Check):
    """Keeps what must be at least 0."""

    def __init__(self) -> None:
        self.differences: list[Any] = []

    def record(self, left: Number, relation: str, right: Number, reason: str) -> None:
        if relation == ">=":
            self.differences.append(left - right)
        elif relation == "<=":
            self.differences.append(right - left)


# --- one open number


def solutions(
    place: Place,
    unknown: Unknown,
    known: Assignment,
    axis: int | None,
    *,
    negative: bool = False,
    required: bool = True,
) -> range | None:
    """The numbers for one hole with which the sizes come out that hang on it alone.

    On an axis by itself, or (None) in the whole layer with its counts. The range ends at `FAR`
    where it has no end; an empty one stands where the sizes pass the wanted ones. With `negative`
    they are numbers below 0; without `required` the layer need not work with them. None where no
    wanted size hangs on the hole alone.
    """
    layer, inputs, wanted = place.layer, place.inputs, place.wanted
    if axis is not None:
        layer, inputs = place.on_axis(axis)
        wanted = (None, place.wanted[axis + 1])
    if getattr(layer, "pad", None) == "half" and unknown.name in ("kernel", "dilation"):
        return None  # then a size does go up and down
    symbol = Polynomial.symbol("?")  # stands for numbers from 1
    start = 0 if negative else (least(layer, unknown) or 0) - 1
    layer = filled(layer, {**known, unknown.hole: -symbol if negative else symbol + start})
    check = Requirements()
    try:
        output = layer.output(inputs, check)
        pairs: list[tuple[Any, Any]] = [*zip(output.sizes, wanted, strict=True)]
        if axis is None:
            pairs += [
                (COUNTS[name](layer, inputs, output), count)
                for name, count in place.counted
                if unknown.alone or name in ("parameters", "weights")
            ]
    except LayerProblem:  # whatever the number is
        return range(start + 1, start + 1)
    except FormulaLimitError:
        return None
    ranges = [
        numbers(formula, *bounds)
        for formula, want in pairs
        if alone_in(formula) and (bounds := least_and_most(want)) is not None
    ]
    if not ranges:
        return None
    if required:
        ranges += [numbers(size, 0, None) for size in check.differences if alone_in(size)]
    first, end = max(r.start for r in ranges), min(r.stop for r in ranges)
    if first == FAR:
        first = end = 1
    if negative:
        return range(1 - max(first, end), 1 - first)
    return range(first + start, max(first, end) + (start if end < FAR else 0))


def alone_in(formula: Any) -> bool:
    """Whether a number is a formula of the one unknown."""
    return isinstance(formula, Polynomial) and formula.symbols() == ("?",)


def least_and_most(want: Any) -> tuple[int, int] | None:
    """The bounds of a wanted size, or of a set of them; None where there are none."""
    if isinstance(want, int):
        return want, want
    if isinstance(want, tuple) and want and all(isinstance(part, Progression) for part in want):
        lasts = [part.last for part in want if part.last is not None]
        if len(lasts) == len(want):
            return min(part.first for part in want), max(lasts)
    return None


def numbers(formula: Polynomial, low: int, high: int | None) -> range:
    """The whole numbers from 1 for which low ≤ formula ≤ high; it never goes up and down."""
    high = FAR**9 if high is None else high

    def value(number: int) -> Any:
        return formula.evaluate({"?": number})

    sign = 1 if value(1) <= value(FAR) else -1
    if sign < 0:
        low, high = -high, -low
    first = first_of(lambda number: sign * value(number) >= low)
    end = first_of(lambda number: sign * value(number) > high)
    return range(first, end)


def first_of(condition: Callable[[int], bool]) -> int:
    """The first number from 1 where a condition holds that holds from then on; `FAR` for none."""
    high = 1
    while not condition(high):
        high *= 2
        if high > FAR:
            return FAR
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if condition(middle) else (middle, high)
    return high


# --- in words


def relation(place: Place, unknowns: Sequence[Unknown]) -> str | None:
    """What must hold of the open numbers for a layer to give the wanted sizes, in words.

    None for layers that slide no window nor resize.
    """
    layer, wanted = place.layer, place.wanted
    if isinstance(layer, Upsample):
        return resizing(layer, place.inputs[0], wanted)
    if not isinstance(layer, Windowed):
        return None
    lines: dict[str, str] = {}
    names = axis_names(place.inputs[0].rank)
    for axis, name in enumerate(names):
        here = [u for u in unknowns if not u.alone and u.axis in (None, axis)]
        if here and isinstance(wanted[axis + 1], int):
            line = on_axis(place, here, axis)
            if line is None:
                return None
            lines[name] = line
    if len(lines) == len(names) and len(set(lines.values())) == 1:
        return lines[names[0]]
    return "; ".join(f"{name}: {line}" for name, line in lines.items()) or None


def resizing(layer: Upsample, shape: Shape, wanted: tuple[Any, ...]) -> str | None:
    """The factors that resize to the wanted sizes: want ≤ n·factor < want + 1."""
    from fractions import Fraction

    if layer.scale is None or not isinstance(layer.scale[0][0], Blank):
        return None
    pairs = {(n, want) for n, want in zip(shape.spatial, wanted[1:], strict=True)}
    if len(pairs) > 1 or not all(isinstance(number, int) for pair in pairs for number in pair):
        return None
    (n, want), *_ = pairs
    least, most = (
        Factor().text((bound.numerator, bound.denominator)).strip("()")
        for bound in (Fraction(want, n), Fraction(want + 1, n))
    )
    return f"{least} ≤ scale < {most}"


def on_axis(where: Place, unknowns: Sequence[Unknown], axis: int) -> str | None:
    """The relation on one axis between the numbers that are open there."""
    layer, inputs = where.on_axis(axis)
    want = where.wanted[axis + 1]
    letters = {u.hole: Polynomial.symbol(u.letter, place) for place, u in enumerate(unknowns)}
    named = filled(layer, letters)
    assert isinstance(named, Windowed)
    try:
        window = named.windows(inputs)[0]
        output = named.output(inputs, SILENT).sizes[1]
    except (LayerProblem, FormulaLimitError):
        return None
    used = output.symbols() if isinstance(output, Polynomial) else ()
    idle = [unknown for unknown in unknowns if unknown.letter not in used]
    free = " and ".join(f"any {u.argument}" for u in idle if u.name != "output_pad")
    bound = [unknown for unknown in unknowns if unknown.letter in used]
    if not bound:
        return f"{free} does" if free and output == want else None
    found = None
    if len(bound) == 1:
        others = {unknown.hole: least(layer, unknown) for unknown in idle}
        found = single(bound[0].letter, solutions(where, bound[0], others, axis))
    elif is_sum(output):
        found = solved(output, want, want)
    elif isinstance(window.stride, int) and isinstance(window.padding, tuple):
        found = equation(named, window, inputs[0], want)
    return (found or f"{output} = {want}") + (f", with {free}" if free else "")


def single(letter: str, found: range | None) -> str | None:
    """What one number may be; None where nothing does it, or all was not found."""
    if not found:
        return None
    if found.stop == FAR:
        return f"{letter} ≥ {found.start}"
    return f"{letter} = {alternatives(found.start, found.stop - 1)}"


def equation(layer: Windowed, window: Window, shape: Shape, want: int) -> str | None:
    """The relation between several numbers of a window, solved for one of them where that is
    possible; None where rounding up is in the way.
    """
    n, stride = shape.spatial[0], window.stride
    before, after = window.padding
    if window.rounding == "ceil" or not isinstance(n, int):
        return None
    if isinstance(layer, Deconv):
        # extent − padding + output_pad is what the input's pixels, a stride apart, leave over
        pads = each_axis(layer.output_pad, 1, "output_pad", shape)[0]
        low = high = want - formulas.transposed_size(n, 0, stride, 0, 0)
    else:
        pads = 0
        low, high = formulas.extents_less_padding(n, stride, want)
    total = before + after - pads
    left = window.extent - total
    if is_sum(left):
        return solved(left, low, high)
    if is_sum(total):
        return f"{window.dilation * (window.kernel - 1)} = {choices(total - 1, low, high)}"
    return None


def is_sum(number: Any) -> bool:
    """Whether nothing but multiples of letters and a number are added."""
    return not isinstance(number, Polynomial) or all(
        len(monomial) < 2 and all(isinstance(atom, Symbol) for atom in monomial)
        for monomial in number.terms
    )


def solved(left: Any, low: int, high: int) -> str | None:
    """low ≤ left ≤ high for a sum of letters: a sum of them, or one of them by the others."""
    terms: dict[Any, Any] = dict(left.terms)
    constant = terms.pop((), 0)
    common = gcd(*terms.values())
    low, high = -(-(low - constant) // common), (high - constant) // common
    if low > high:
        return None
    sides: dict[bool, list[Any]] = {True: [], False: []}
    for (letter,), factor in terms.items():
        sides[factor > 0].append(Polynomial({(letter,): abs(factor) // common}))
    if not sides[True]:
        sides, low, high = {True: sides[False], False: []}, -high, -low
    if not sides[False]:
        return f"{sum(sides[True])} = {alternatives(low, high)}"
    leads = [(x, sign) for sign in (True, False) for x in sides[sign] if 1 in x.terms.values()]
    if leads:
        lead, sign = min(leads, key=lambda lead: {"k": 0, "d": 1}.get(str(lead[0]), 2))
        rest = sum(sides[not sign]) - (sum(sides[sign]) - lead)
        first, last = (low, high) if sign else (-high, -low)
        return f"{lead} = {choices(rest, first, last)}"
    return f"{sum(sides[True])} = {choices(sum(sides[False]), low, high)}"


def choices(base: Any, low: int, high: int) -> str:
    """base + low to base + high."""
    texts = [str(base + number) for number in range(low, min(high, low + 2) + 1)]
    if high - low > 2:
        return f"{texts[0]} to {base + high}"
    return " or ".join(texts)


def alternatives(low: int, high: int) -> str:
    """A range of numbers: 5, 5 or 6, 5 to 8."""
    if low == high:
        return str(low)
    return f"{low} or {high}" if high == low + 1 else f"{low} to {high}"


# --- a padding by formula


def pad_totals(
    layer: Windowed, shape: Shape, wanted: tuple[Any, ...], axis: int | None
) -> list[Any] | None:
    """The padding of both sides together that gives the wanted sizes, as formulas; each is checked
    by the layer's own rule. None where the axes do not agree.

    `axis` is the one whose padding is open, None for every one.
    """
    position = next(i for i, argument in enumerate(layer.arguments) if argument.name == "pad")
    answers: list[list[Any]] = []
    for each in range(shape.rank) if axis is None else (axis,):
        window = layer.windows((shape,))[each]
        n, want = shape.spatial[each], wanted[each + 1]
        extent, stride = window.extent, window.stride
        if isinstance(layer, Deconv):
            added = each_axis(layer.output_pad, shape.rank, "output_pad", shape)[each]
            guesses = [formulas.transposed_size(n, extent, stride, 0, added) - want]
        elif stride == 1:
            guesses = [tidy(formulas.unit_stride_padding(n, extent, want), window)]
        else:
            guesses = [extent + more for more in range(-SEARCHED, SEARCHED + 1)]
        found = []
        for total in guesses:
            values = list(layer.values)
            values[position] = tuple((0, total) if i == each else (0, 0) for i in range(shape.rank))
            try:
                size = type(layer)(*values).output((shape,), Check()).spatial[each]
            except LayerProblem:
                continue
            if size == want and not (isinstance(total, int) and total < 0):
                found.append(total)
        answers.append(found)
    common = [total for total in answers[0] if all(total in other for other in answers[1:])]
    return common if common or not all(answers) else None


def tidy(total: Any, window: Window) -> Any:
    """A padding, as the product d·(k − 1) where it is one: easier to read."""
    product = window.dilation * (window.kernel - 1)
    return product if product == total else total
