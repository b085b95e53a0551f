"""A network run layer by layer, and what is seen of each layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any, NamedTuple

from convcalc.graph.graph import Graph
from convcalc.reference import fast
from convcalc.reference.definitions import Tally
from convcalc.reference.execute import walks
from convcalc.reference.held import numbers
from convcalc.reference.run import Thinned, Whole, some_values
from convcalc.reference.walk import Walk, slide


class Observation(NamedTuple):
    """What one layer did: its node's number, its output's sizes, the numbers made for it.

    `fresh` are the values of a new tensor (0 for a view of another), `alive` those of all tensors
    still needed while it ran; neither is known of a thinned run (None). `windows` are the walks of
    a layer that slides or spreads.
    """

    node: int
    sizes: tuple[int, ...]
    weights: int
    biases: int
    buffers: int
    multiplications: int
    connections: int
    fresh: int | None
    alive: int | None
    windows: Sequence[Walk]


def observe(
    graph: Graph, *, thinned: bool = False, watch: Callable[[int], object] | None = None
) -> Iterator[Observation]:
    """Run a network on whole numbers, layer by layer.

    `watch` is told the multiplications as they are made. A value is dropped after the last layer
    that reads it. Where an output's size is not what the graph says, the layers after it go on from
    what the graph says.
    """
    machine: Any = Thinned(watch) if thinned else Whole(watch)
    nodes = graph.nodes
    last = last_readers(graph)
    values: dict[int, Any] = {
        index: machine.some(tuple(node.shape.sizes), index)
        for index, node in enumerate(nodes)
        if not node.inputs
    }
    for index, node in enumerate(nodes):
        if node.inputs:
            inputs = [values[source] for source in node.inputs]
            spatial = inputs[0].sizes[1:]
            owner = index if node.shared is None else node.shared
            held = machine.weigh(node.layer, inputs[0].sizes, owner)
            tally = Tally()
            value = values[index] = machine.run(node.layer, inputs, held, tally)
            fresh = alive = None
            if not thinned:
                fresh = 0 if any(value.values is x.values for x in inputs) else len(value.values)
                alive = _alive(values.values()) if fresh else 0
            made = node.shared is None  # otherwise the numbers are another layer's
            yield Observation(
                index,
                value.sizes,
                sum(len(held.weights[i]) for i in range(len(held.weights))) if made else 0,
                len(held.biases) if made else 0,
                len(held.buffers) if made else 0,
                tally.multiplications,
                tally.connections,
                fresh,
                alive,
                walks(node.layer, spatial),
            )
            del inputs, value
            if values[index].sizes != tuple(node.shape.sizes):
                values[index] = machine.some(tuple(node.shape.sizes), index)
        for done in {index, *node.inputs}:
            if last[done] <= index:
                del values[done]


def last_readers(graph: Graph) -> list[int]:
    """For each node the last one that reads it; outputs of the network are read after the end."""
    last = list(range(len(graph.nodes)))
    for index, node in enumerate(graph.nodes):
        for source in node.inputs:
            last[source] = index
    for index in graph.outputs:
        last[index] = len(graph.nodes)
    return last


def _alive(values: Any) -> int:
    """How many values some tensors hold together; views of one another count once."""
    held: dict[int, int] = {}
    for value in values:
        held[id(value.values)] = len(value.values)
    return sum(held.values())


def pace() -> float:
    """Seconds for one multiplication on this machine, from a 3x3 convolution of 32 channels at
    28x28 run now.
    """
    x = some_values((32, 28, 28), 0)
    filters = [numbers(32 * 9, seed) for seed in range(32)]
    along = [slide(28, 3, 1, 1, (1, 1))] * 2
    best = 1.0
    for _ in range(2):
        tally = Tally()
        start = perf_counter()
        fast.convolve(x, filters, (), along, [range(32)] * 32, tally)
        best = min(best, (perf_counter() - start) / tally.multiplications)
    return best
