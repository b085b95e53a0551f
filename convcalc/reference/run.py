"""A whole network, executed: every value of it, or one channel for all that are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.graph.graph import Graph
from convcalc.layers.base import Layer
from convcalc.reference import fast
from convcalc.reference.definitions import Tally
from convcalc.reference.execute import execute, walks
from convcalc.reference.held import Held, equal_numbers, numbers, seen, whole_numbers
from convcalc.reference.tensor import Tensor, count, stacked
from convcalc.reference.walk import slide

LARGEST = 127
"""Between layers values are whole numbers from −127 to 127, as in a network of 8 bits."""

Watch = Callable[[int], object]
"""Told every number of multiplications that is made."""

Weigh = Callable[[Layer, tuple[int, ...], int], Held]
"""Makes a layer's numbers for an input's sizes and a seed."""


def run(
    graph: Graph,
    inputs: Mapping[str, Tensor] | None = None,
    weigh: Weigh = whole_numbers,
    *,
    quick: bool = True,
) -> dict[str, Tensor]:
    """Every layer's output by its name, exactly as the definitions give it.

    `inputs` are by the inputs' names; one that is not given gets whole numbers that look random.
    `weigh` makes the numbers that a layer holds, from the layer, its input's sizes and the number
    of its node.
    """
    given = inputs or {}
    values: list[Tensor] = []
    for index, (name, node) in enumerate(zip(graph.names, graph.nodes, strict=True)):
        if not node.inputs:
            sizes: Any = node.shape.sizes
            values.append(given.get(name) or some_values(sizes, index))
            continue
        arriving = [values[source] for source in node.inputs]
        owner = index if node.shared is None else node.shared
        held = weigh(node.layer, arriving[0].sizes, owner)
        values.append(execute(node.layer, arriving, held, quick=quick))
    return dict(zip(graph.names, values, strict=True))


def some_values(sizes: tuple[int, ...], seed: int) -> Tensor:
    """A tensor of whole numbers that look random and are always the same."""
    base = numbers(count(sizes), seed)
    return Tensor(sizes, [value * (1 + place % 29) for place, value in enumerate(base)])


def settled(x: Tensor) -> Tensor:
    """The values as whole numbers from −127 to 127; scaled if they are larger or not whole."""
    values = x.values
    largest = max(max(values, default=0), -min(values, default=0))
    if fast.whole(values) and largest <= LARGEST:
        return x
    if not largest:
        return Tensor(x.sizes, [0] * len(values))
    if fast.whole(values):
        return Tensor(x.sizes, [value * LARGEST // largest for value in values])
    factor = LARGEST / largest
    return Tensor(x.sizes, [round(value * factor) for value in values])


class Whole:
    """Runs layers on all their values. `watch` is told the multiplications that are made."""

    weigh = staticmethod(whole_numbers)

    def __init__(self, watch: Watch | None = None) -> None:
        self.watch = watch

    @staticmethod
    def some(sizes: tuple[int, ...], seed: int) -> Tensor:
        """An input."""
        return some_values(sizes, seed)

    def run(self, layer: Any, inputs: Sequence[Tensor], held: Held, tally: Tally) -> Tensor:
        """A layer's output, settled; `tally` counts what it does."""
        tally.watch = self.watch
        return settled(execute(layer, inputs, held, tally))


class Equal(NamedTuple):
    """A tensor many of whose channels are equal.

    `planes` has each different one once, `channels` says for each channel which one it is.
    """

    planes: Tensor
    channels: list[int]

    @property
    def sizes(self) -> tuple[int, ...]:
        return (len(self.channels), *self.planes.spatial)

    def expanded(self) -> Tensor:
        """All the channels."""
        planes = self.planes.channels()
        return stacked([planes[channel] for channel in self.channels], self.planes.spatial)


def compressed(x: Tensor) -> Equal:
    """A tensor with each different channel once."""
    found: dict[tuple[Any, ...], int] = {}
    channels = [found.setdefault(tuple(plane), len(found)) for plane in x.channels()]
    return Equal(stacked(list(found), x.spatial), channels)


class Thinned:
    """Runs layers of a network whose inputs have equal channels and whose layers equal filters.

    Then all channels of a layer are equal as well, but for branches and groups that differ, and one
    stands for all: what comes out is exactly what a whole run gives, and what is counted is counted
    for every channel. `watch` is told the multiplications that are really made.
    """

    weigh = staticmethod(equal_numbers)

    def __init__(self, watch: Watch | None = None) -> None:
        self.watch = watch

    @staticmethod
    def some(sizes: tuple[int, ...], seed: int) -> Equal:
        """An input."""
        return Equal(some_values((1, *sizes[1:]), seed), [0] * sizes[0])

    def run(self, layer: Any, inputs: Sequence[Equal], held: Held, tally: Tally) -> Equal:
        """A layer's output, settled; `tally` counts what it would do on all channels."""
        special = getattr(self, f"_{layer.kind}", None)
        if special is not None:
            planes, channels = special(layer, inputs, held, tally)
        elif layer.kind in MIXING:
            return compressed(settled(execute(layer, [x.expanded() for x in inputs], held, tally)))
        else:
            planes, channels = self._each(layer, inputs, held, tally)
        return Equal(settled(planes), channels)

    def _each(self, layer: Any, inputs: Sequence[Equal], held: Held, tally: Tally) -> Equal:
        """A layer that keeps channels apart; a second input is a reference for its size."""
        x = inputs[0]
        different = x.planes.depth
        half = len(held.buffers) // 2
        few = Held(
            held.weights[:different],
            held.biases[:different],
            [*held.buffers[:different], *held.buffers[half : half + different]],
        )
        own = Tally(self.watch)
        arriving = [x.planes, *(reference.planes for reference in inputs[1:])]
        planes = execute(layer, arriving, few, own)
        tally.connections += own.connections // different * len(x.channels)
        return Equal(planes, x.channels)

    def _filtered(
        self,
        x: Equal,
        filters: Sequence[Sequence[Any]],
        biases: Sequence[Any],
        channels: Sequence[Sequence[int]],
        run: Callable[..., Tensor],
        along: Sequence[Any],
        tally: Tally,
    ) -> Equal:
        """Filters that see `channels`.

        Each different mixture of planes is run once, with the weights of equal channels added up.
        """
        taps = count(len(walk.taps) for walk in along)
        found: dict[Any, int] = {}
        planes: list[list[Any]] = []
        made: list[tuple[int, int]] = []
        which = []
        mixed: tuple[Any, Any] = (None, None)
        for number, sees in enumerate(channels):
            if sees is not mixed[0]:
                mixed = (sees, Counter(x.channels[channel] for channel in sees))
            key = frozenset(mixed[1].items())
            if key not in found:
                found[key] = len(found)
                row = filters[number][:taps]
                weights = [weight * times for times in mixed[1].values() for weight in row]
                different = stacked([x.planes.channel(c) for c in mixed[1]], x.planes.spatial)
                own = Tally(self.watch)
                y = run(different, [weights], biases[:1], along, [range(different.depth)], own)
                planes.append(y.values)
                made.append(
                    (
                        own.multiplications // max(different.depth, 1),
                        own.connections - own.multiplications,
                    )
                )
                spatial = y.spatial
            which.append(found[key])
            each, biased = made[found[key]]
            tally.add(each * len(sees), biased)
        return Equal(stacked(planes, spatial), which)

    def _conv(self, layer: Any, inputs: Sequence[Equal], held: Held, tally: Tally) -> Equal:
        x = inputs[0]
        along = walks(layer, x.planes.spatial)
        run = fast.convolve if layer.kind == "conv" else fast.scatter
        channels = seen(layer, len(x.channels))
        return self._filtered(x, held.weights, held.biases, channels, run, along, tally)

    _deconv = _conv

    def _depthwise(self, layer: Any, x: Equal, filters: Any, biases: Any, tally: Tally) -> Equal:
        channels = [
            range(channel, channel + 1)
            for channel in range(len(x.channels))
            for _ in range(layer.multiplier)
        ]
        along = walks(layer, x.planes.spatial)
        return self._filtered(x, filters, biases, channels, fast.convolve, along, tally)

    def _dwconv(self, layer: Any, inputs: Sequence[Equal], held: Held, tally: Tally) -> Equal:
        return self._depthwise(layer, inputs[0], held.weights, held.biases, tally)

    def _sepconv(self, layer: Any, inputs: Sequence[Equal], held: Held, tally: Tally) -> Equal:
        middle = self._depthwise(layer, inputs[0], held.weights, (), tally)
        along = [slide(n, 1, 1, 1, "valid") for n in middle.planes.spatial]
        depth = len(middle.channels)
        channels = [range(depth)] * layer.filters
        pointwise = held.weights[depth:]
        return self._filtered(middle, pointwise, held.biases, channels, fast.convolve, along, tally)

    def _fc(self, _layer: Any, inputs: Sequence[Equal], held: Held, tally: Tally) -> Equal:
        x = inputs[0].expanded()
        own = Tally(self.watch)
        y = fast.dense(x, held.weights[:1], held.biases[:1], own)
        for _ in held.weights:
            tally.add(own.multiplications, own.connections - own.multiplications)
        return Equal(y, [0] * len(held.weights))

    @staticmethod
    def _rearranged(layer: Any, x: Equal) -> Equal:
        """The layer run on the numbers of the channels."""
        order = Tensor((len(x.channels), *(1 for _ in x.planes.spatial)), x.channels)
        return Equal(x.planes, execute(layer, [order]).values)

    def _slice(self, layer: Any, inputs: Sequence[Equal], _held: Held, _tally: Tally) -> Equal:
        return self._rearranged(layer, inputs[0])

    _channelshuffle = _slice

    def _pad(self, layer: Any, inputs: Sequence[Equal], held: Held, tally: Tally) -> Equal:
        """The channels of zeros that a padding of the depth adds are equal, too."""
        if not layer.depth:
            return self._each(layer, inputs, held, tally)
        x = inputs[0]
        padded = execute(layer, [x.planes])
        before, after = layer.depth
        zeros = 0 if before else padded.depth - 1
        channels = [before + channel for channel in x.channels]
        return Equal(padded, [zeros] * before + channels + [zeros] * after)

    @staticmethod
    def _concat(layer: Any, inputs: Sequence[Equal], _held: Held, _tally: Tally) -> Equal:
        channels: list[int] = []
        before = 0
        for part in inputs:
            channels += [before + channel for channel in part.channels]
            before += part.planes.depth
        return Equal(execute(layer, [part.planes for part in inputs]), channels)

    @staticmethod
    def _add(layer: Any, inputs: Sequence[Equal], _held: Held, _tally: Tally) -> Equal:
        depth = max(len(part.channels) for part in inputs)
        spread = [part.channels * (depth // len(part.channels)) for part in inputs]
        found: dict[tuple[int, ...], int] = {}
        channels = [
            found.setdefault(together, len(found)) for together in zip(*spread, strict=True)
        ]
        chosen = []
        for number, part in enumerate(inputs):
            planes = part.planes.channels()
            spatial = part.planes.spatial
            chosen.append(stacked([planes[together[number]] for together in found], spatial))
        return Equal(execute(layer, chosen), channels)

    _mul = _add


MIXING = (
    "flatten",
    "reshape",
    "ln",
    "gn",
    "lrn",
    "softmax",
    "logsoftmax",
    "pixelshuffle",
    "pixelunshuffle",
)
"""Kinds that mix channels, and do too little for it to matter that they do it on all of them."""
