"""The largest value of a symbol for which a network keeps within a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convcalc.arithmetic.number import to_data
from convcalc.errors import Problem, SpecError, nearest
from convcalc.solving.walk import symbols_in
from convcalc.source import Source

LARGEST = 10**9
"""No larger value of the symbol is tried."""
MAX_SKIPPED = 1024
"""The most values in a row that are passed over because the network does not work for them."""

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

Analyse = Callable[[Mapping[str, int]], Any]
"""The report on the network with these values for symbols. Raises `SpecError`."""


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

    `next` is the next larger value for which the network works: it breaks a limit. None where every
    value up to the largest one that is tried keeps within the limits. `passed` says that larger
    values than `value` would fit the budget, but the network does not work for them.
    """

    symbol: str
    value: int | None
    next: int | None
    passed: bool
    amounts: tuple[Amount, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "value": self.value,
            "next": self.next,
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
    formulas: dict[str, Any] = {}
    try:
        totals = analyse({}).totals
        formulas = {limit.quantity: QUANTITIES[limit.quantity][1](totals) for limit in limits}
    except SpecError:
        if len(declared) != 1:  # a count of repeats, say, has to be a number
            raise
        symbol = declared[0]
    else:
        symbol = the_symbol(formulas, declared)
    return Search(analyse, limits, symbol, formulas).answer()


def the_symbol(formulas: Mapping[str, Any], declared: Sequence[str]) -> str:
    """The one symbol in some quantities. Raises `SpecError`."""
    found = sorted(set().union(*map(symbols_in, formulas.values())))
    names = " and ".join(QUANTITIES[quantity][0] for quantity in formulas)
    if len(found) > 1:
        kept = next((name for name in declared if name in found), found[0])
        others = " ".join(f"--set {name}=64" for name in found if name != kept)
        raise wrong(
            f"the {names} depend on {', '.join(found[:-1])} and {found[-1]}:"
            " --max finds one number",
            f"fix the others, for example {others}",
        )
    if not found:
        counts = " and ".join(f"{count:,}" for count in formulas.values())
        raise wrong(
            f"there is no symbol to be found: the {names} are {counts} whatever happens",
            "put a symbol into the spec: symbol w, then for example conv w 3x3",
        )
    return found[0]


class Search:
    """The search for the largest value; counts grow with it, so halving finds it."""

    def __init__(
        self,
        analyse: Analyse,
        limits: Sequence[Limit],
        symbol: str,
        formulas: Mapping[str, Any],
    ) -> None:
        self.analyse = analyse
        self.limits = limits
        self.symbol = symbol
        self.formulas = formulas

    def counts(self, value: int) -> list[int] | None:
        """Each limited quantity at a value, None where the network does not work."""
        try:
            totals = self.analyse({self.symbol: value}).totals
        except SpecError:
            return None
        return [QUANTITIES[limit.quantity][1](totals) for limit in self.limits]

    def within(self, value: int) -> bool:
        """Whether a value keeps to every limit; by the formulas, if there are any."""
        counts: list[int] | None
        if self.formulas:
            counts = [
                formula.evaluate({self.symbol: value}) if symbols_in(formula) else formula
                for formula in (self.formulas[limit.quantity] for limit in self.limits)
            ]
        else:
            near = self.working(range(value, value + 65))
            counts = None if near is None else self.counts(near)
        return counts is not None and self.allowed(counts)

    def allowed(self, counts: Sequence[int]) -> bool:
        return all(count <= limit.most for count, limit in zip(counts, self.limits, strict=True))

    def working(self, values: Sequence[int]) -> int | None:
        """The first of some values for which the network works."""
        return next((value for value in values if self.counts(value) is not None), None)

    def last_within(self) -> int:
        """The largest value that the limits allow, whether the network works or not; 0 for none."""
        high = 1
        while high <= LARGEST and self.within(high):
            high *= 2
        if high > LARGEST:
            return LARGEST
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            if self.within(middle):
                low = middle
            else:
                high = middle
        return low

    def answer(self) -> Budget:
        last = self.last_within()
        value = self.working(range(last, max(last - MAX_SKIPPED, 0), -1))
        following = None
        if last < LARGEST:
            following = self.working(range(last + 1, last + 1 + MAX_SKIPPED))
        if value is None and following is None:
            self.analyse({self.symbol: max(last, 1)})  # says why it never works
        count = self.counts(value) if value is not None else None
        beyond = self.counts(following) if following is not None else None
        amounts = [
            Amount(
                limit,
                None if count is None else count[index],
                None if beyond is None else beyond[index],
                self.formulas.get(limit.quantity),
            )
            for index, limit in enumerate(self.limits)
        ]
        passed = value is not None and value != last
        return Budget(self.symbol, value, following, passed, tuple(amounts))


def wrong(message: str, help: str | None) -> SpecError:
    """What is wrong with what was asked for."""
    return SpecError(Problem(message, Source("", ""), help=help))
