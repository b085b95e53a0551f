"""The largest value of a symbol for which a network keeps within a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, lcm, log
from typing import Any, NamedTuple

from convcalc.arithmetic.affine import Progression
from convcalc.arithmetic.interval import extents, period_of
from convcalc.arithmetic.number import FormulaLimitError, to_data
from convcalc.arithmetic.polynomial import Polynomial
from convcalc.errors import SpecError, nearest, wrong
from convcalc.graph.graph import Graph, Stated
from convcalc.solving.walk import symbols_in

LARGEST = 10**9
"""No larger value of the symbol is looked at alone."""
FEWER = 1_000
"""The largest value that is looked at where those up to `LARGEST` fall into too many cases."""
MAX_JUDGED = 30_000
"""The most limits and requirements that are judged, counting one once for each part of the values.
"""
MAX_LINES = 256
"""The most lines that the values fall into for the sake of floors."""
MAX_TRIED = 256
"""The most values in a row that are analysed with numbers."""

FIRST, NEAR = 8, 32
"""Without formulas: the first values, all tried, and how many in a row for one that works."""
MAX_LAYERS = 10_000
"""About the largest network that is tried without formulas."""
MAX_WORK = 30_000
"""About the most layers of all networks that are tried without formulas."""

QUANTITIES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "params": ("parameters", lambda totals: totals.parameters.total),
    "macs": ("MACs", lambda totals: totals.macs),
    "memory": ("bytes of activations", lambda totals: totals.activation_bytes),
    "peak": ("bytes of activations alive at once", lambda totals: totals.peak_activation_bytes),
}
"""What can be limited: how it is called, and where a report's totals have it."""
THOUSANDS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
BYTES = {
    **{unit + end: size for unit, size in THOUSANDS.items() for end in ("", "b")},
    **{f"{unit}ib": 2 ** (10 * power) for power, unit in enumerate("kmgt", start=1)},
}

Analyse = Callable[[Mapping[str, int]], tuple[Graph, Any]]
"""The network with these values for symbols, and the report on it. Raises `SpecError`."""
Test = Callable[["Line", int, float], bool | None]
"""Whether something holds for all of these values, for none, or (None) nobody can say."""
EVERY: tuple[Progression, ...] = (Progression(1, 1, 1, None),)
"""Every value."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of a quantity that is allowed, as it was written in `text`."""

    quantity: str
    most: int
    text: str


@dataclass(frozen=True, slots=True)
class Amount:
    """What a limited quantity comes to: `count` at the value found, `beyond` at the next one (both
    None where there is none). `formula` is the quantity in the symbol, if there is one.
    """

    limit: Limit
    count: int | None
    beyond: int | None
    formula: Any

    def to_dict(self) -> dict[str, Any]:
        return {
            "quantity": self.limit.quantity,
            "most": self.limit.most,
            "count": self.count,
            "beyond": self.beyond,
            "formula": to_data(self.formula),
        }


@dataclass(frozen=True, slots=True)
class Budget:
    """The largest `value` of a symbol that keeps within every limit; None where there is none.

    Where all from some value on keep within them there is no largest: then `endless` is true, and
    `value` is the first of them. `next` is the next larger value for which the network works: it
    breaks a limit. `passed` says that larger values than `value` would fit the budget, but the
    network does not work for them. No value above `bound` was looked at; it is None where the
    answer holds for all.
    """

    symbol: str
    value: int | None
    endless: bool
    next: int | None
    passed: bool
    bound: int | None
    amounts: tuple[Amount, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "value": None if self.endless else self.value,
            "from": self.value if self.endless else None,
            "next": self.next,
            "passed": self.passed,
            "bound": self.bound,
            "amounts": [amount.to_dict() for amount in self.amounts],
        }


def read_limit(text: str) -> Limit:
    """A limit such as ``params=1M`` or ``memory=64MiB``. Raises `SpecError`."""
    name, equals, amount = text.partition("=")
    quantity = {"parameters": "params"}.get(name.strip().lower(), name.strip().lower())
    if quantity not in QUANTITIES:
        near = nearest(quantity, list(QUANTITIES)) if equals else None
        raise wrong(
            f"--max {text}: there is no such quantity" if equals else f"--max {text} has no =",
            f"did you mean {near}=?"
            if near
            else "write params=1M, macs=500M, memory=64MiB or peak=8MiB",
        )
    written = amount.strip().replace("_", "").replace(",", "")
    digits = written.rstrip("kKmMgGtTiIbB")
    unit = written[len(digits) :].lower()
    units = BYTES if quantity in ("memory", "peak") else THOUSANDS
    whole, point, fraction = digits.partition(".")
    plain = (whole + fraction).isascii() and (whole + fraction).isdecimal() and len(digits) <= 18
    if not plain or unit not in units or (point and not fraction):
        known = "k, M, G, or KiB, MiB, GiB" if units is BYTES else "k, M, G"
        raise wrong(f"--max {text}: {amount or 'nothing'} is not an amount", f"units are {known}")
    most = int(whole + fraction) * units[unit] // 10 ** len(fraction)
    return Limit(quantity, most, amount.strip())


def budget(analyse: Analyse, limits: Sequence[Limit], declared: Sequence[str]) -> Budget:
    """The largest value of the network's symbol within all the limits.

    `declared` are the symbols that the spec declares and nothing sets. Raises `SpecError` where
    another number of symbols than one decides.
    """
    try:
        graph, report = analyse({})
    except SpecError as error:
        if len(declared) != 1 or is_wrong_anyway(error, analyse, declared[0]):
            raise
        return Trials(analyse, limits, declared[0]).answer()  # a count of repeats, say
    counts = zip(limits, counts_of(report, limits), strict=True)
    formulas = {limit.quantity: count for limit, count in counts}
    symbol = the_symbol(formulas, declared)
    return Search(analyse, limits, symbol, formulas, graph, report).answer()


def is_wrong_anyway(error: SpecError, analyse: Analyse, symbol: str) -> bool:
    """Whether a mistake stays the same with a number for the symbol."""
    try:
        analyse({symbol: 1})
    except SpecError as again:
        return str(again) == str(error)
    return False


def counts_of(report: Any, limits: Sequence[Limit]) -> list[Any]:
    """Each limited quantity in a report."""
    return [QUANTITIES[limit.quantity][1](report.totals) for limit in limits]


def the_symbol(formulas: Mapping[str, Any], declared: Sequence[str]) -> str:
    """The one symbol in some quantities. Raises `SpecError`."""
    found = sorted(set().union(*map(symbols_in, formulas.values())))
    if len(found) > 1:
        raise several_symbols(formulas, found, declared)
    if not found:
        counts = " and ".join(f"{count:,}" for count in formulas.values())
        raise wrong(
            f"there is no symbol to be found: the {called(formulas)} are {counts} whatever happens",
            "put a symbol into the spec: symbol w, then for example conv w 3x3",
        )
    return found[0]


def several_symbols(
    quantities: Iterable[str], found: Sequence[str], declared: Sequence[str]
) -> SpecError:
    """What is wrong where several symbols rule some quantities."""
    kept = next((name for name in declared if name in found), found[0])
    others = " ".join(f"--set {name}=64" for name in found if name != kept)
    return wrong(
        f"the {called(quantities)} depend on {', '.join(found[:-1])} and {found[-1]}:"
        " --max finds one number",
        f"fix the others, for example {others}",
    )


def called(quantities: Iterable[str]) -> str:
    """Quantities in words."""
    return " and ".join(QUANTITIES[quantity][0] for quantity in quantities)


class Finder:
    """What all ways to look for the value share: the network analysed with a number for the symbol.

    `bound` is up to where values were looked at, None as long as the answer holds for all.
    """

    def __init__(self, analyse: Analyse, limits: Sequence[Limit], symbol: str) -> None:
        self.analyse = analyse
        self.limits = limits
        self.symbol = symbol
        self.bound: int | None = None
        self.counted: dict[int, list[int] | None] = {}
        self.layers: dict[int, int] = {}
        self.work = 0
        """How many layers were analysed in all."""

    def counts(self, value: int) -> list[int] | None:
        """Each limited quantity at a value, None where the network does not work.

        Raises `SpecError` where another symbol rules a quantity.
        """
        if value not in self.counted:
            try:
                _, report = self.analyse({self.symbol: value})
            except SpecError:
                self.counted[value] = None
                self.work += max(self.layers.values(), default=1)
            else:
                counts = counts_of(report, self.limits)
                others = sorted(set().union(*map(symbols_in, counts)))
                if others:
                    quantities = dict.fromkeys(limit.quantity for limit in self.limits)
                    raise several_symbols(quantities, sorted([self.symbol, *others]), [self.symbol])
                self.counted[value] = counts
                self.layers[value] = len(report.layers)
                self.work += self.layers[value]
        return self.counted[value]

    def keeps(self, value: int) -> bool:
        """Whether the network works with a value and keeps to every limit."""
        counts = self.counts(value)
        return counts is not None and all(
            count <= limit.most for count, limit in zip(counts, self.limits, strict=True)
        )

    def found(
        self,
        value: int | None,
        following: int | None,
        *,
        passed: bool,
        endless: bool = False,
        formulas: Mapping[str, Any] | None = None,
    ) -> Budget:
        """The answer, with what the quantities come to. Raises `SpecError` if nothing works."""
        if value is None and following is None:
            self.analyse({self.symbol: 1})  # says why
        count = None if value is None else self.counts(value)
        beyond = None if following is None else self.counts(following)
        amounts = tuple(
            Amount(
                limit,
                None if count is None else count[index],
                None if beyond is None else beyond[index],
                (formulas or {}).get(limit.quantity),
            )
            for index, limit in enumerate(self.limits)
        )
        return Budget(self.symbol, value, endless, following, passed, self.bound, amounts)


class TooManyCases(Exception):
    """Values fall into more cases than are judged."""


class Rule(NamedTuple):
    """A requirement, or a limit, on the symbol: `formula` compared with a number.

    A formula of None is not known.
    """

    formula: Any
    relation: str
    right: int


class Line(NamedTuple):
    """The values step·t + start for 1 ≤ t ≤ last, and the rules on them as formulas of t."""

    step: int
    start: int
    last: float
    costs: tuple[Rule, ...]
    requirements: tuple[Rule, ...]


class Search(Finder):
    """The search by formulas, which are known for all values at once.

    Each of the lines that the values fall into is cut up until it is certain of every part that all
    of it or nothing of it will do; nothing is taken to grow. Of requirements between lines the
    exact sizes that they leave are known; the others are judged like the limits.
    """

    def __init__(
        self,
        analyse: Analyse,
        limits: Sequence[Limit],
        symbol: str,
        formulas: Mapping[str, Any],
        graph: Graph,
        report: Any,
    ) -> None:
        super().__init__(analyse, limits, symbol)
        self.formulas = formulas
        self.costs = [Rule(formulas[limit.quantity], "<=", limit.most) for limit in limits]
        self.requirements: list[Rule] = []
        self.judged: float = 0
        sizes: Sequence[Progression] = EVERY
        undecided = set()
        for requirement in report.requirements:
            if requirement.symbol == symbol:
                sizes = requirement.sizes  # those of the ones before besides
            elif requirement.symbol is None:
                undecided.add((requirement.layer, requirement.reason))
        for stated in graph.requirements:
            if (graph.names[stated.node], stated.reason) in undecided:
                rule = rule_of(stated, symbol)
                if rule is not None:
                    self.requirements.append(rule)
        self.sizes = sizes
        self.lines: list[Line] = []

    def lines_of(self, sizes: Sequence[Progression]) -> list[Line]:
        """The lines that sizes fall into, such that few floors are left in the formulas of t.

        Raises `TooManyCases`.
        """
        known = [rule.formula for rule in (*self.costs, *self.requirements)]
        period = lcm(*map(period_of, known))
        if sum(p.width * (lcm(p.step, period) // p.step) for p in sizes) > MAX_LINES:
            period = 1
        if sum(p.width for p in sizes) > MAX_LINES:
            raise TooManyCases
        lines = []
        for p in sizes:
            step = lcm(p.step, period)
            for run in range(p.first, p.first + step, p.step):
                for start in range(run, run + p.width):
                    last = inf if p.last is None else (p.last - start) // step + 1
                    if last > 0:
                        lines.append(self.line(step, start - step, last))
        return lines

    def line(self, step: int, start: int, last: float) -> Line:
        """A line with the rules on it."""
        value = Polynomial.symbol(self.symbol) * step + start

        def on_line(rule: Rule) -> Rule:
            if not symbols_in(rule.formula):
                return rule
            try:
                return rule._replace(formula=rule.formula.evaluate({self.symbol: value}))
            except (FormulaLimitError, ZeroDivisionError):
                return rule._replace(formula=None)

        costs, requirements = map(on_line, self.costs), map(on_line, self.requirements)
        return Line(step, start, last, tuple(costs), tuple(requirements))

    def answer(self) -> Budget:
        """The answer for all values, or for the first ones where they fall into too many cases."""
        try:
            self.lines = self.lines_of(self.sizes)
            return self.up_to(inf)
        except TooManyCases:
            self.judged, self.bound = -inf, FEWER
            first = [n for n in range(1, FEWER + 1) if any(n in p for p in self.sizes)]
            self.lines = [self.line(1, value - 1, 1) for value in first]
            return self.up_to(FEWER)

    def up_to(self, top: float) -> Budget:
        """The answer for the values that are at most `top`."""
        last = self.end(self.keeping, self.lines, 1, top, down=True)
        if last == inf:
            breaking = self.end(self.breaking, self.lines, 1, top, down=True)
            if breaking != inf and self.bound is None:
                return self.endless(int(breaking or 0) + 1)
            last, self.bound = LARGEST, LARGEST  # now and then one breaks a limit
        value = self.tried(self.keeps, self.keeping, 1, last or 0, down=True)
        top = self.bound or top
        following = self.tried(self.works, self.fitting, (value or 0) + 1, top)
        between = top if following is None else following - 1
        passed = value is not None and self.any_of_all(self.allowed, value + 1, between)
        return self.found(value, following, passed=passed, formulas=self.formulas)

    def endless(self, first: int) -> Budget:
        """The answer where every value from `first` on that works keeps within the limits."""
        value = self.tried(self.keeps, self.fitting, first, inf)
        whole = [p.first for p in self.sizes if p.step == 1 and p.last is None]
        passed = value is not None and (
            not any(start <= value for start in whole) or self.any_of_all(self.unfit, value, inf)
        )
        return self.found(value, None, passed=passed, endless=True, formulas=self.formulas)

    def works(self, value: int) -> bool:
        """Whether the network works with a value."""
        return self.counts(value) is not None

    def tried(
        self,
        trial: Callable[[int], bool],
        test: Test,
        low: int,
        high: float,
        *,
        down: bool = False,
    ) -> int | None:
        """The first value from low to high, or the last, that passes a test and a trial besides."""
        for _ in range(MAX_TRIED):
            found = self.end(test, self.lines, low, high, down=down)
            if found is None or trial(int(found)):
                return None if found is None else int(found)
            low, high = (low, found - 1) if down else (int(found) + 1, high)
        raise wrong(
            f"no answer: {MAX_TRIED} values of {self.symbol} meet what the layers require and do"
            f" not work, the last of them {int(high if down else low) + (1 if down else -1):,}",
            None,
        )

    def any_of_all(self, test: Test, low: int, high: float) -> bool:
        """Whether a test holds for some value, whether the network works with it or not."""
        return self.end(test, self.lines_of(EVERY), low, high) is not None

    def end(
        self, test: Test, lines: Sequence[Line], low: int, high: float, *, down: bool = False
    ) -> float | None:
        """The smallest value from low to high for which a test holds, or the largest; infinite
        where there is no largest, None where there is none.
        """
        best: float | None = None
        for line in lines:
            found = self.end_of_line(test, line, low, high, down)
            if found is not None:
                best = found
                low, high = (int(found) + 1, high) if down and found < inf else (low, found - 1)
            if best == inf:
                break
        return best

    def end_of_line(
        self, test: Test, line: Line, low: int, high: float, down: bool
    ) -> float | None:
        """The same of one line. Past `LARGEST` it is not cut up: `bound` says so then."""
        step, start = line.step, line.start
        last = line.last if high == inf else min(line.last, (int(high) - start) // step)
        waiting: list[tuple[int, float]] = [(max(1, -((start - low) // step)), last)]
        looked_at = (LARGEST - start) // step
        while waiting:
            one, two = waiting.pop()
            found = test(line, one, two) if one <= two else False
            if found:
                end = two if down else one
                return end if end == inf else step * int(end) + start
            if found is None and one > looked_at:
                self.bound = LARGEST
            elif found is None:
                middle = min(2 * one, looked_at) if two == inf else (one + int(two)) // 2
                halves = [(one, middle), (middle + 1, two)]
                waiting += halves if down else reversed(halves)
        return None

    def keeping(self, line: Line, low: int, high: float) -> bool | None:
        """Whether values work and keep within the limits: all, none, or None for unknown."""
        return self.judge((*line.costs, *line.requirements), low, high)

    def fitting(self, line: Line, low: int, high: float) -> bool | None:
        """The same of working only."""
        return self.judge(line.requirements, low, high)

    def unfit(self, line: Line, low: int, high: float) -> bool | None:
        """The same of not working."""
        works = self.fitting(line, low, high)
        return None if works is None else not works

    def allowed(self, line: Line, low: int, high: float) -> bool | None:
        """The same of keeping within the limits, working or not."""
        return self.judge(line.costs, low, high)

    def breaking(self, line: Line, low: int, high: float) -> bool | None:
        """The same of working and breaking a limit."""
        works, kept = self.fitting(line, low, high), self.allowed(line, low, high)
        if works is False or kept is True:
            return False
        return True if works and kept is False else None

    def judge(self, rules: Sequence[Rule], low: int, high: float) -> bool | None:
        """Whether rules hold for t from low to high: all always, one never, or None."""
        sure = True
        for rule in rules:
            self.judged += 1
            if self.judged > MAX_JUDGED:
                raise TooManyCases
            for least, most in extents(rule.formula, self.symbol, low, high):
                if rule.relation == "<=":
                    always, never = most <= rule.right, least > rule.right
                elif rule.relation == ">=":
                    always, never = least >= rule.right, most < rule.right
                else:
                    always = least == most == rule.right
                    never = least > rule.right or most < rule.right
                if never:
                    return False
                if always:
                    break
            else:
                sure = False
        return sure or None


class Trials(Finder):
    """The search by values tried out, where there are no formulas: a count of repeats is a number.

    Costs are taken to grow if they do among the values that were tried, or else every value is.
    """

    def answer(self) -> Budget:
        low, high = self.bracket()
        guessing = True
        while high is not None and high - low > 1 and not self.falls():
            reached = self.reached(low, high) if guessing else None
            middle = (low + high) // 2 if reached is None else reached
            middle = min(max(middle, low + 1), high - 1)
            guessing = not guessing
            if self.kept(middle):
                low = middle
            else:
                high = middle
        if self.falls():
            return self.each()
        following = None if high is None else self.near(low + 1)
        if high is not None and following is None:
            self.bound = low + NEAR
        passed = low > 0 and high is not None and following is None
        return self.found(low or None, following, passed=passed)

    def bracket(self) -> tuple[int, int | None]:
        """A value that keeps within the limits (0 for none) and a larger one that does not; None
        where no larger value is tried.
        """
        for number in range(1, FIRST + 1):
            if self.affordable(number):
                self.counts(number)  # all of them, to see whether costs grow
        before = low = 0
        while low < LARGEST:
            value = next(filter(self.affordable, self.further(before, low)), None)
            if value is None:
                break
            if not self.kept(value):
                return low, value
            before, low = low, value
        self.bound = low
        return low, None

    def further(self, before: int, low: int) -> list[int]:
        """Larger values to go on with after two that keep within the limits, the best first."""
        if low < FIRST:
            return [low + 1]
        reached = self.reached(before, low)
        further = [2 * low] if reached is None else [min(reached + 1, 16 * low), 2 * low]
        return [min(value, LARGEST) for value in further if value > low]

    def affordable(self, value: int) -> bool:
        """Whether the network is small enough, going by those of smaller values."""
        known = [number for number in sorted(self.layers) if number < value][-2:]
        if value in self.counted or len(known) < 2:
            return True
        if self.work > MAX_WORK:
            return False
        (one, less), (two, more) = ((number, max(self.layers[number], 1)) for number in known)
        power = log(more / less) / log(two / one)
        return log(more) + power * log(value / two) <= log(MAX_LAYERS)

    def near(self, value: int) -> int | None:
        """The first value from here on for which the network works; None if it is not near."""
        tried = range(value, value + NEAR)
        return next((number for number in tried if self.counts(number) is not None), None)

    def kept(self, value: int) -> bool:
        """Whether the first value from here on that works keeps within the limits."""
        near = self.near(value)
        return near is not None and self.keeps(near)

    def reached(self, low: int, high: int) -> int | None:
        """The last value within the limits if costs are a line through those of two values."""
        near = [self.near(value) if value else None for value in (low, high)]
        one, two = (None if value is None else self.counts(value) for value in near)
        if one is None or two is None:
            return None
        reached = [
            low + (limit.most - less) * (high - low) // (more - less)
            for limit, less, more in zip(self.limits, one, two, strict=True)
            if more > less
        ]
        return min(reached, default=None)

    def falls(self) -> bool:
        """Whether a quantity was seen to become less at a larger value."""
        counted = [counts for _, counts in sorted(self.counted.items()) if counts is not None]
        return any(
            less > more
            for one, two in pairwise(counted)
            for less, more in zip(one, two, strict=True)
        )

    def each(self) -> Budget:
        """The answer for the first values, each of which is tried."""
        self.bound = 0
        for value in range(1, MAX_TRIED + 1):
            if not self.affordable(value):
                break
            self.counts(value)
            self.bound = value
        tried = range(1, self.bound + 1)
        value = max(filter(self.keeps, tried), default=0)
        works = (number for number in tried[value:] if self.counts(number) is not None)
        following = next(works, None)
        passed = following is None and 0 < value < self.bound
        return self.found(value or None, following, passed=passed)


def rule_of(stated: Stated, symbol: str) -> Rule | None:
    """A requirement as a rule, if the symbol is the only one in it."""
    try:
        formula = stated.left - stated.right
    except FormulaLimitError:
        return Rule(None, "==", 0)
    return Rule(formula, stated.relation, 0) if symbols_in(formula) == {symbol} else None
