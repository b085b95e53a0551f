"""What is published about the networks of the zoo: ``facts.toml``, read when it is asked for."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from typing import Any

from convcalc.zoo import FOLDER, known


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One published result: top-1 and top-5 error in percent (None where not given), and how it was
    measured: which images, how many crops, one network or several."""

    top1: float | None
    top5: float | None
    setting: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is published about a network of the zoo; None where nothing is known.

    `published_parameters` and `published_macs` are as printed in `source`, rounded as it does.
    `parameters` and `macs` (of convolutions and dense layers, without side classifiers) were
    counted by what `measured` names, and the spec gives the same. The first of `results` is the
    one to compare by.
    """

    name: str
    title: str
    year: int
    source: str
    parameters: int | None
    macs: int | None
    measured: str | None
    published_parameters: int | None
    published_macs: int | None
    results: tuple[Accuracy, ...]
    notes: str | None

    @property
    def top1(self) -> float | None:
        """The top-1 error of the first result, in percent."""
        return self.results[0].top1 if self.results else None

    @property
    def top5(self) -> float | None:
        """The top-5 error of the first result, in percent."""
        return self.results[0].top5 if self.results else None


def facts(name: str) -> Facts:
    """What is published about a network. Raises KeyError for an unknown name."""
    name = known(name)
    return _facts(name, _table()[name])


def all_facts() -> tuple[Facts, ...]:
    """What is published about every network, the oldest first."""
    found = (_facts(name, entry) for name, entry in _table().items())
    return tuple(sorted(found, key=lambda item: item.year))


def _table() -> dict[str, dict[str, Any]]:
    with open(os.path.join(FOLDER, "facts.toml"), "rb") as file:
        return tomllib.load(file)


def _facts(name: str, entry: dict[str, Any]) -> Facts:
    return Facts(
        name=name,
        title=entry["title"],
        year=entry["year"],
        source=entry["source"],
        parameters=entry.get("parameters"),
        macs=entry.get("macs"),
        measured=entry.get("measured"),
        published_parameters=entry.get("published_parameters"),
        published_macs=entry.get("published_macs"),
        results=tuple(
            Accuracy(result.get("top1"), result.get("top5"), result["setting"])
            for result in entry.get("results", ())
        ),
        notes=entry.get("notes"),
    )
