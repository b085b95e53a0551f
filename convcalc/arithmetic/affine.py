"""Sizes as lines over a domain: the number-like that solves for valid input sizes.

The sizes along one axis of a network are walked with `Affine` numbers a·t + b for all whole t in a
`Domain`. What such a number cannot answer for every t at once, a division that leaves different
rests or a maximum that changes hands, it answers by raising `Split`, which says how to cut the
domain up so that it can. A walk over a graph then reads:

    domains = [Domain.of_sizes()]                 # the input: H = t for t ≥ 1
    for each node, for each domain:
        try: calculate the node's sizes from domain.values
        except Split as split:                    # go on from this node in each part
            domains += the domain.within(part) for part in split.parts(), where not None
        for each requirement: match where(left, relation, right)
            True: go on;  False: drop the domain;  a Part: go on in domain.within(part)
        domain = domain.with_values(those still needed later)
    domains = merged(domains)                     # after every node: keeps them few
    progressions(band for domain in domains for band in domain.bands)

Domains whose values are the same lines can be calculated together, with `values_over` all of them.
Values that don't depend on t are plain ints. The other axes are `Opaque`: they calculate without
being known, and comparing one with this axis raises `Meeting`. Nothing here is an approximation:
bounds of None mean that there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import gcd, lcm
from typing import Any, NamedTuple

from convcalc.arithmetic.number import is_rational, product

MAX_PIECES = 100_000
"""The most separate ranges of sizes that `progressions` sorts out."""


class Part(NamedTuple):
    """A part of a domain: t = step·u + start for low ≤ u ≤ high; u is the t of the part."""

    step: int
    start: int
    low: int
    high: int | None


class Split(Exception):
    """Nobody can say for the whole domain, but for each of its `parts()`; there are `count`."""

    def __init__(self, low: int, high: int | None, *, step: int = 1, cut: int = 0) -> None:
        """low ≤ t ≤ high by the rests of t by `step`, or (for a step of 1) t < cut and t ≥ cut."""
        super().__init__()
        self.low, self.high, self.step, self.cut = low, high, step, cut
        span = step if high is None else high - low + 1
        self.count = 2 if step == 1 else min(step, span)

    def parts(self) -> Iterator[Part]:
        """The parts, none of them empty."""
        low, high, step = self.low, self.high, self.step
        if step == 1:
            yield Part(1, 0, low, self.cut - 1)
            yield Part(1, 0, self.cut, high)
            return
        for first in range(low, low + self.count):
            start = first % step
            yield Part(
                step,
                start,
                (first - start) // step,
                None if high is None else (high - start) // step,
            )


class Meeting(Exception):
    """Sizes of different symbols, or a product of sizes, would have to be compared.

    `names` are the symbols of the other axes, as far as they are known.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(*names)
        self.names = names


class SolvingLimitError(ValueError):
    """The answer is too long to be written out."""


class Affine:
    """The numbers slope·t + offset for low ≤ t ≤ high (None: without end); the slope is not 0.

    Between two of them, both must be of the same domain. Products of two are `Opaque`.
    """

    __slots__ = ("high", "low", "offset", "slope")

    def __init__(self, slope: Any, offset: Any, low: int, high: int | None) -> None:
        self.slope = slope
        self.offset = offset
        self.low = low
        self.high = high

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Affine):
            return self._key() == other._key()
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"Affine({self.slope}, {self.offset}, {self.low}, {self.high})"

    def __add__(self, other: Any) -> Any:
        if other.__class__ is int or is_rational(other):
            if not other:
                return self
            return Affine(self.slope, self.offset + other, self.low, self.high)
        if isinstance(other, Affine):
            return self._line(self.slope + other.slope, self.offset + other.offset)
        return NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Affine:
        return Affine(-self.slope, -self.offset, self.low, self.high)

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, Affine) or is_rational(other):
            return self + -other
        return NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Affine):
            return Opaque(mixed=True)
        if not is_rational(other):
            return NotImplemented
        return self._line(self.slope * other, self.offset * other)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Any:
        return product((self,) * exponent)

    def __floordiv__(self, other: Any) -> Any:
        """⌊self/other⌋; raises `Split` by the rests of t where they make a difference."""
        if isinstance(other, Affine):
            return Opaque(mixed=True)
        if not is_rational(other):
            return NotImplemented
        slope, offset = self.slope, self.offset
        if other == 1 and slope.__class__ is offset.__class__ is int:
            return self
        scale = lcm(slope.denominator, offset.denominator, other.denominator)
        slope, offset, other = ((n * scale).numerator for n in (slope, offset, other))
        if other < 0:
            slope, offset, other = -slope, -offset, -other
        step = other // gcd(slope, other)
        if step != 1:
            raise Split(self.low, self.high, step=step)
        return self._line(slope // other, offset // other)

    def __rfloordiv__(self, other: Any) -> Any:
        return Opaque(mixed=True) if is_rational(other) else NotImplemented

    def __mod__(self, other: Any) -> Any:
        quotient = self.__floordiv__(other)
        return NotImplemented if quotient is NotImplemented else self - quotient * other

    __rmod__ = __rfloordiv__

    def ceil_div(self, other: Any) -> Any:
        """⌈self/other⌉ for other ≥ 1; raises `Split` as // does."""
        return (self + (other - 1)) // other

    def rceil_div(self, other: Any) -> Any:
        """⌈other/self⌉, which is not known."""
        return other // self

    def maximum(self, other: Any) -> Any:
        """The larger of both; raises `Split` at the crossing where neither is always the larger."""
        if where(other, ">=", self) is True:
            return other
        return self if holds(self, ">=", other) else other

    def by_residue(self, modulo: Any, rule: Any) -> Any:
        """A rule that reads only self mod `modulo`; raises `Split` as // does."""
        return rule(self % modulo)

    def _line(self, slope: Any, offset: Any) -> Any:
        return Affine(slope, offset, self.low, self.high) if slope else offset

    def _key(self) -> tuple[Any, ...]:
        return self.slope, self.offset, self.low, self.high


class Opaque:
    """A size that is not known here: of another axis, or (`mixed`) made of this one and others.

    Calculating with it gives another. Other axes are judged when it is their turn, so nothing is
    compared among them; a mixed one can be compared with nothing.
    """

    __slots__ = ("mixed", "names")

    def __init__(self, *names: str, mixed: bool = False) -> None:
        self.names = names
        self.mixed = mixed

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Opaque):
            return (self.names, self.mixed) == (other.names, other.mixed)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.names, self.mixed))

    def __repr__(self) -> str:
        return f"Opaque({', '.join(map(repr, self.names))}{', mixed=True' * self.mixed})"

    def __str__(self) -> str:
        return "?"

    def _with(self, other: Any) -> Any:
        if isinstance(other, Opaque):
            names = tuple(dict.fromkeys(self.names + other.names))
            return Opaque(*names, mixed=self.mixed or other.mixed)
        if isinstance(other, Affine):
            return Opaque(*self.names, mixed=True)
        if hasattr(other, "symbols"):  # a formula, of symbols that are not known here either
            return Opaque(*dict.fromkeys((*self.names, *other.symbols())), mixed=self.mixed)
        return self if is_rational(other) else NotImplemented

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _with
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = ceil_div = rceil_div = _with

    def __neg__(self) -> Opaque:
        return self

    def maximum(self, other: Any) -> Any:
        """The larger of both, as little known; raises `Meeting` for this axis's sizes."""
        where(self, ">=", other)
        return self._with(other)

    def by_residue(self, modulo: Any, rule: Any) -> Any:
        """A rule applied to a rest that is not known either."""
        return rule(self % modulo)


def where(left: Any, relation: str, right: Any) -> bool | Part:
    """Where ``left relation right`` holds (one of ``>= <= ==``): everywhere, nowhere, or in a part
    of the domain.

    Raises `Meeting` where a size of this axis meets an opaque one, or a mixed one anything.
    """
    if isinstance(left, Opaque) or isinstance(right, Opaque):
        unknown = [side for side in (left, right) if isinstance(side, Opaque)]
        known = [side for side in (left, right) if isinstance(side, Affine)]
        if known or any(side.mixed for side in unknown):
            raise Meeting(tuple(dict.fromkeys(name for side in unknown for name in side.names)))
        return True
    (slope, offset), (other, constant) = line_of(left), line_of(right)
    slope, offset = slope - other, offset - constant
    if relation == "<=":
        slope, offset = -slope, -offset
    if not slope:
        return bool(offset == 0 if relation == "==" else offset >= 0)
    domain = left if isinstance(left, Affine) else right
    low: int = domain.low
    high: int | None = domain.high
    if relation == "==":
        if offset % slope:
            return False
        root = -(offset // slope)
        low, high = max(low, root), root if high is None else min(high, root)
    elif slope > 0:
        low = max(low, -(offset // slope))
    else:
        last = offset // -slope
        high = last if high is None else min(high, last)
    if high is not None and low > high:
        return False
    if low == domain.low and high == domain.high:
        return True
    return Part(1, 0, low, high)


def holds(left: Any, relation: str, right: Any) -> bool:
    """Whether ``left relation right`` holds, one of ``>= <=``; raises `Split` where it does in a
    part of the domain only, and `Meeting` as `where` does.
    """
    found = where(left, relation, right)
    if isinstance(found, bool):
        return found
    domain = left if isinstance(left, Affine) else right
    cut = found.low if found.low > domain.low else (found.high or 0) + 1
    raise Split(domain.low, domain.high, cut=cut)


class Band(NamedTuple):
    """The sizes step·t + r for low ≤ t ≤ high (None: without end) and first ≤ r ≤ last."""

    step: int
    first: int
    last: int
    low: int
    high: int | None

    def within(self, part: Part) -> Band | None:
        """The sizes whose t is in the part, by the t of the part; None if there are none."""
        low = max(part.low, -((part.start - self.low) // part.step))
        high = part.high
        if self.high is not None:
            last = (self.high - part.start) // part.step
            high = last if high is None else min(high, last)
        if high is not None and low > high:
            return None
        move = self.step * part.start
        return Band(self.step * part.step, self.first + move, self.last + move, low, high)

    def moved(self, shift: int) -> Band:
        """The same sizes by u, where t = u + shift."""
        move = self.step * shift
        high = None if self.high is None else self.high - shift
        return Band(self.step, self.first + move, self.last + move, self.low - shift, high)


Line = tuple[Any, Any]
"""Slope and offset of a value; (0, value) for one that does not depend on t."""


class Domain:
    """Input sizes that all lead to the same sizes further on, as functions of t.

    `bands` are the input sizes, each with its own bounds of t, all within low ≤ t ≤ high. `lines`
    are the sizes that are still needed. Immutable.
    """

    __slots__ = ("bands", "high", "lines", "low")

    def __init__(
        self, bands: tuple[Band, ...], low: int, high: int | None, lines: tuple[Line, ...]
    ) -> None:
        self.bands = bands
        self.low = low
        self.high = high
        self.lines = lines

    @staticmethod
    def of_sizes(low: int = 1, high: int | None = None) -> Domain:
        """Every size from low to high, as its one value."""
        return _domain((Band(1, 0, 0, low, high),), [(1, 0)])

    def __repr__(self) -> str:
        return f"Domain({self.bands}, {self.low}, {self.high}, {self.lines})"

    @property
    def values(self) -> list[Any]:
        """The sizes that are still needed: `Affine` over this domain, ints or `Opaque`."""
        return values_over([self], self.lines)

    def within(self, part: Part) -> Domain | None:
        """The part of the domain, its values by the part's t; None if it is empty."""
        bands = tuple([band for b in self.bands if (band := b.within(part)) is not None])
        if not bands:
            return None
        step, start = part.step, part.start
        return _domain(
            bands, [(slope * step, slope * start + offset) for slope, offset in self.lines]
        )

    def with_values(self, values: Iterable[Any]) -> Domain:
        """The same input sizes with other values, which were calculated from the present ones."""
        return self.with_lines(tuple(map(line_of, values)))

    def with_lines(self, lines: tuple[Line, ...]) -> Domain:
        """The same input sizes with other values."""
        return Domain(self.bands, self.low, self.high, lines)


def line_of(value: Any) -> Line:
    """A value as a line of t."""
    return (value.slope, value.offset) if isinstance(value, Affine) else (0, value)


def values_over(domains: Sequence[Domain], lines: Iterable[Line]) -> list[Any]:
    """The values that lines take over all of some domains together."""
    low = min([domain.low for domain in domains])
    highs = [domain.high for domain in domains if domain.high is not None]
    high = max(highs) if len(highs) == len(domains) else None
    return [Affine(slope, offset, low, high) if slope else offset for slope, offset in lines]


def _domain(bands: tuple[Band, ...], lines: Iterable[Line]) -> Domain:
    """The domain of the bands; the lines of one with a single t are constants."""
    if len(bands) == 1:
        _, _, _, low, high = bands[0]
    else:
        low = min([band.low for band in bands])
        highs = [band.high for band in bands if band.high is not None]
        high = max(highs) if len(highs) == len(bands) else None
    if low == high:
        lines = [(0, slope * low + offset) if slope else (slope, offset) for slope, offset in lines]
    return Domain(bands, low, high, tuple(lines))


def merged(domains: Sequence[Domain]) -> list[Domain]:
    """The domains with those joined whose values are the same functions of some t."""
    if len(domains) == 1:
        return list(domains)
    groups: dict[tuple[Line, ...], list[tuple[Domain, int]]] = {}
    for domain in domains:
        shift, lines = 0, domain.lines
        for slope, offset in lines:
            if slope:  # t moves so that its offset is in 0..|slope| − 1
                shift = -(offset // slope) if slope > 0 else offset // -slope
                break
        if shift:
            lines = tuple([(slope, slope * shift + offset) for slope, offset in lines])
        groups.setdefault(lines, []).append((domain, shift))
    result = []
    for lines, group in groups.items():
        if len(group) == 1:
            result.append(group[0][0])
        else:
            bands = [band.moved(shift) for domain, shift in group for band in domain.bands]
            result.append(_domain(_joined(bands), lines))
    return result


def _joined(bands: list[Band]) -> tuple[Band, ...]:
    """The bands with neighbours in r, and then neighbours in t, made one."""
    bands.sort(
        key=lambda band: (band.step, band.low, band.high or -1, band.high is None, band.first)
    )
    wide: list[Band] = []
    for band in bands:
        if wide:
            last = wide[-1]
            if (last.step, last.low, last.high, last.last + 1) == (*_place(band), band.first):
                wide[-1] = last._replace(last=band.last)
                continue
        wide.append(band)
    wide.sort(key=lambda band: band[:4])
    long: list[Band] = []
    for band in wide:
        if long and long[-1][:3] == band[:3] and long[-1].high == band.low - 1:
            long[-1] = long[-1]._replace(high=band.high)
        else:
            long.append(band)
    return tuple(long)


def _place(band: Band) -> tuple[int, int, int | None]:
    return band.step, band.low, band.high


# The answer


@dataclass(frozen=True, slots=True)
class Progression:
    """The sizes n with first ≤ n ≤ last (None: without end) and (n − first) mod step < width."""

    first: int
    step: int
    width: int
    last: int | None

    def __contains__(self, size: int) -> bool:
        if size < self.first or (self.last is not None and size > self.last):
            return False
        return (size - self.first) % self.step < self.width

    def __str__(self) -> str:
        if self.step == 1:
            if self.last is None:
                return f"every size from {self.first:,}"
            return _range(self.first, self.last)
        if self.width > 1:
            end = "" if self.last is None else f", up to {self.last:,}"
            range = _range(self.first, self.first + self.width - 1)
            return f"{range} and every {self.step:,} further{end}"
        rest = self.first % self.step
        line = f"{self.step:,}·t + {rest:,}" if rest else f"{self.step:,}·t"
        return f"{line} from {self.first:,}" + ("" if self.last is None else f" to {self.last:,}")

    def to_dict(self) -> dict[str, int | None]:
        return {"first": self.first, "step": self.step, "width": self.width, "last": self.last}


def _range(first: int, last: int) -> str:
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def progressions(bands: Iterable[Band]) -> tuple[Progression, ...]:
    """All the sizes in the bands, in the fewest words: equal sets of sizes give equal answers.

    The sizes are sorted into ranges without a gap. From somewhere on these repeat: each range of
    the shortest period gives one progression, reaching down as far as that very range is there. The
    others stay ranges, or progressions with an end where at least three are alike. Raises
    `SolvingLimitError` past `MAX_PIECES` ranges.

    >>> [str(p) for p in progressions([Band(16, 12, 12, 11, None)])]
    ['16·t + 12 from 188']
    >>> [str(p) for p in progressions([Band(2, 0, 0, 1, None), Band(2, 1, 1, 3, None)])]
    ['2', '4', 'every size from 6']
    """
    finite: list[tuple[int, int]] = []
    endless: list[Band] = []
    budget = MAX_PIECES
    for band in bands:
        if band.last - band.first + 1 >= band.step:  # no gaps
            start = band.step * band.low + band.first
            if band.high is None:
                endless.append(Band(1, 0, 0, start, None))
            else:
                finite.append((start, band.step * band.high + band.last))
        elif band.high is None:
            endless.append(band)
        else:
            budget = _spent(budget, band.high - band.low + 1)
            finite += _ranges(band, band.high)
    if not endless:
        return tuple(_grouped(_united(finite)))
    starts = [band.step * band.low + band.first for band in endless]
    whole = min(
        (start for band, start in zip(endless, starts, strict=True) if band.step == 1), default=None
    )
    period = 1 if whole is not None else lcm(*(band.step for band in endless))
    tail = whole if whole is not None else max(starts + [last + 1 for _, last in finite])
    end = tail + 2 * period
    for band, start in zip(endless, starts, strict=True):
        if band.step == 1:
            finite.append((start, max(start, end)))
        elif start <= end:
            high = (end - band.first) // band.step
            budget = _spent(budget, high - band.low + 1)
            finite += _ranges(band, high)
    ranges = _united(finite)
    at = next(i for i, (_, last) in enumerate(ranges) if last >= tail)
    if whole is not None or (ranges[at][0] <= tail and ranges[at][1] >= tail + period - 1):
        return (*_grouped(ranges[:at]), Progression(ranges[at][0], 1, 1, None))
    if ranges[at][0] <= tail:  # begin the pattern in a gap
        tail = ranges[at][1] + 1
        at += 1
    pattern = [(first, last) for first, last in ranges[at:] if first < tail + period]
    pattern, period = _shortest(pattern, period)
    before = dict(ranges[:at])
    result = []
    for first, last in pattern:
        width, lowest = last - first + 1, first
        while before.get(lowest - period) == lowest - period + width - 1:
            lowest -= period
            del before[lowest]
        result.append(Progression(lowest, period, width, None))
    return tuple(sorted([*_grouped(list(before.items())), *result], key=lambda item: item.first))


def _spent(budget: int, pieces: int) -> int:
    if pieces > budget:
        raise SolvingLimitError(
            f"the valid sizes fall into more than {MAX_PIECES:,} ranges before they repeat"
        )
    return budget - pieces


def _ranges(band: Band, high: int) -> list[tuple[int, int]]:
    """The ranges of the band up to t = high."""
    return [
        (band.step * t + band.first, band.step * t + band.last) for t in range(band.low, high + 1)
    ]


def _united(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges in order, those that touch or overlap made one."""
    result: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return result


def _shortest(pattern: list[tuple[int, int]], period: int) -> tuple[list[tuple[int, int]], int]:
    """The pattern's first repetition and its length; the pattern repeats after the period."""
    divisor = 2
    while divisor <= len(pattern):
        count, rest = divmod(len(pattern), divisor)
        shift, odd = divmod(period, divisor)
        if (
            not rest
            and not odd
            and all(
                (first + shift, last + shift) == later
                for (first, last), later in zip(pattern, pattern[count:], strict=False)
            )
        ):
            pattern, period = pattern[:count], shift
        else:
            divisor += 1
    return pattern, period


def _grouped(ranges: list[tuple[int, int]]) -> Iterator[Progression]:
    """The ranges, three or more of one width at one distance as a progression."""
    index = 0
    while index < len(ranges):
        first, last = ranges[index]
        step = ranges[index + 1][0] - first if index + 1 < len(ranges) else 0
        count = 1
        while index + count < len(ranges) and ranges[index + count] == (
            first + count * step,
            last + count * step,
        ):
            count += 1
        if count >= 3:
            yield Progression(first, step, last - first + 1, ranges[index + count - 1][1])
            index += count
        else:
            yield Progression(first, 1, 1, last)
            index += 1
