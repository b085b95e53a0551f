"""A tensor: a flat list of values and a shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


class Tensor(NamedTuple):
    """Values in row-major order, depth first: CxHxW, CxL, CxDxHxW, or a vector of length C."""

    sizes: tuple[int, ...]
    values: list[Any]

    @property
    def depth(self) -> int:
        return self.sizes[0]

    @property
    def spatial(self) -> tuple[int, ...]:
        return self.sizes[1:]

    @property
    def pixels(self) -> int:
        """Values of one channel."""
        return count(self.sizes[1:])

    def channel(self, index: int) -> list[Any]:
        """The values of one channel."""
        pixels = self.pixels
        return self.values[index * pixels : (index + 1) * pixels]

    def channels(self) -> list[list[Any]]:
        """The values of each channel."""
        return [self.channel(index) for index in range(self.depth)]


def stacked(channels: Sequence[Sequence[Any]], spatial: tuple[int, ...]) -> Tensor:
    """The tensor that has these channels, each a flat list of the map's values."""
    return Tensor((len(channels), *spatial), [value for channel in channels for value in channel])


def count(sizes: Iterable[int]) -> int:
    """How many values a shape holds."""
    result = 1
    for size in sizes:
        result *= size
    return result
