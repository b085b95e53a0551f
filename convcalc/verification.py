"""The analysis against the reference: a network is run, and all that can be counted is compared
with its report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from convcalc.analysis.field import Fields
from convcalc.analysis.field_regions import Flags, Regions
from convcalc.errors import Problem, SpecError
from convcalc.graph.graph import Graph
from convcalc.reference.dependence import dependence
from convcalc.reference.observe import Observation, observe, pace
from convcalc.report import SCHEMA_VERSION

if TYPE_CHECKING:
    from convcalc.reference.walk import Walk
    from convcalc.report import LayerReport, Report

SMALL = 100_000_000
"""The most work, in multiplications, that is all done without being asked for."""

VALUE = 200
"""How many multiplications take as long as everything else about one value of a layer."""

MOST_VALUES = 50_000_000
"""The most values of a tensor (of one channel, in a thinned run): Python needs 8 to 80 bytes for
each.
"""

MOST_READS = 100_000_000
"""The most pixels that the windows of a layer hold, on one channel."""

LONGEST = 1_000_000
"""The longest axis, and the most channels of a map."""

Progress = Callable[[int, int], object]
"""Told how much is done, and out of how much: multiplications, or layers where the network is
thinned.
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the analysis and the reference disagree: the layer ("" for the whole network), in what,
    both values.
    """

    layer: str
    quantity: str
    analysis: Any
    reference: Any

    def to_dict(self) -> dict[str, Any]:
        """As JSON data; tuples become lists."""
        return {
            "layer": self.layer,
            "quantity": self.quantity,
            "analysis": _data(self.analysis),
            "reference": _data(self.reference),
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """A quantity that was compared: how often, and its sum over the network where it has one."""

    quantity: str
    times: int
    total: int | None

    def to_dict(self) -> dict[str, Any]:
        return {"quantity": self.quantity, "times": self.times, "total": self.total}


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of running a network beside its analysis.

    `thinned`: one channel stood for all that are equal, at the real sizes; otherwise every
    multiplication was made. `made` are the multiplications really made.
    """

    version: str
    title: str | None
    source: str
    inputs: tuple[tuple[str, tuple[int, ...]], ...]
    layers: int
    thinned: bool
    made: int
    checked: tuple[Checked, ...]
    differences: tuple[Difference, ...]

    @property
    def ok(self) -> bool:
        """Whether the reference agrees with the analysis in everything."""
        return not self.differences

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "convcalc": {"version": self.version, "schema": SCHEMA_VERSION},
            "title": self.title,
            "inputs": [{"name": name, "shape": list(shape)} for name, shape in self.inputs],
            "ok": self.ok,
            "layers": self.layers,
            "thinned": self.thinned,
            "multiplications_made": self.made,
            "checked": [item.to_dict() for item in self.checked],
            "differences": [item.to_dict() for item in self.differences],
        }


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a whole run takes, roughly: multiplications, seconds on this machine, bytes."""

    multiplications: int
    seconds: float
    bytes: int


def _data(value: Any) -> Any:
    return [_data(item) for item in value] if isinstance(value, tuple | list) else value


def verify(
    graph: Graph, report: Report, *, full: bool = False, progress: Progress | None = None
) -> Verification:
    """Run a network and compare it with its report.

    The report's shapes must be depth first, its memory that of one float32 example. A small network
    is run whole, and with `full` any other; otherwise the network is thinned. A layer that differs
    does not spoil those after it: they go on from what the analysis says arrives. Raises
    `SpecError` for a network with symbols, or one too large to run.
    """
    thinned = not (full or is_small(graph, report))
    check_runnable(graph, report, thinned=thinned)
    return _Verifier(graph, report, thinned, progress).verification()


def _values(report: Report) -> Any:
    return report.totals.activation_bytes // 4


def is_small(graph: Graph, report: Report) -> bool:
    """Whether a network is run whole without being asked for."""
    return not graph.symbols and report.totals.macs + VALUE * _values(report) <= SMALL


def estimate(graph: Graph, report: Report) -> Estimate:
    """What a whole run takes, judged by a small convolution that is run now. Raises `SpecError`."""
    check_runnable(graph, report, thinned=False)
    macs: Any = report.totals.macs
    work = macs + VALUE * _values(report)
    # A value takes 8 bytes in a list and up to 32 itself, and twice that while it is made.
    most: Any = report.totals.peak_activation_bytes // 4 * 40
    return Estimate(macs, work * pace(), most)


def check_runnable(graph: Graph, report: Report, *, thinned: bool) -> None:
    """Raises `SpecError` for a network that cannot be run: with symbols, or beyond the limits."""
    if graph.symbols:
        names = " and ".join(graph.symbols)
        are = "is a symbol" if len(graph.symbols) == 1 else "are symbols"
        raise SpecError(
            Problem(
                f"only numbers can be run, and {names} {are}",
                graph.source,
                help="put numbers in: --at " + ",".join(f"{name}=64" for name in graph.symbols),
            )
        )
    claims = {layer.name: layer for layer in report.layers}
    for name, node in zip(graph.names, graph.nodes, strict=True):
        sizes: Any = node.shape.sizes
        problem = too_large(sizes, claims.get(name), thinned=thinned)
        if problem:
            raise SpecError(
                Problem(
                    f"{name} is too large to run: {problem}",
                    graph.source,
                    node.span,
                    help="--input gives the network a smaller input to be verified with",
                )
            )


def too_large(sizes: Sequence[int], claim: LayerReport | None, *, thinned: bool) -> str | None:
    """Which limit a layer with an output of these sizes goes beyond, if any."""
    spatial = sizes[1:]
    if spatial and max(sizes) > LONGEST:
        return f"{max(sizes):,} along one axis, {LONGEST:,} at most"
    held = prod(spatial) if thinned and spatial else prod(sizes)
    if held > MOST_VALUES:
        return (
            f"{held:,} values{' a channel' if thinned and spatial else ''}, {MOST_VALUES:,} at most"
        )
    if claim is not None and claim.window is not None:
        positions = claim.input_shapes[0][1:] if claim.kind == "deconv" else spatial
        reads: Any = prod([*positions, *claim.window.kernel])
        if reads > MOST_READS:
            return f"its windows hold {reads:,} pixels of a channel, {MOST_READS:,} at most"
    return None


class _Verifier:
    def __init__(
        self, graph: Graph, report: Report, thinned: bool, progress: Progress | None
    ) -> None:
        self.graph = graph
        self.report = report
        self.thinned = thinned
        self.progress = progress
        self.differences: list[Difference] = []
        self.compared: dict[str, list[int]] = {}
        self.made = 0

    def verification(self) -> Verification:
        graph, report = self.graph, self.report
        shapes: Any = [node.shape for node in graph.nodes]
        claims = {layer.name: layer for layer in report.layers}
        peak = 0
        for seen in observe(graph, thinned=self.thinned, watch=self.watch):
            self.compare_layer(claims[graph.names[seen.node]], seen)
            peak = max(peak, seen.alive or 0)
            if self.progress is not None and self.thinned:
                self.progress(seen.node, len(graph.nodes))
        self.compare_fields()
        for quantity, claimed in (
            ("parameters", report.totals.parameters.total),
            ("multiplications", report.totals.macs),
            ("connections", report.totals.connections),
            ("activations", _values(report)),
        ):
            if quantity in self.compared and not self.known(quantity):
                self.compare("", quantity, claimed, self.compared[quantity][1], counted=False)
        if not self.thinned:
            self.compare("", "peak activations", report.totals.peak_activation_bytes // 4, peak)
        return Verification(
            version=report.version,
            title=graph.title,
            source=graph.source.name,
            inputs=tuple((graph.names[i], tuple(shapes[i].sizes)) for i in graph.inputs),
            layers=len(report.layers),
            thinned=self.thinned,
            made=self.made,
            checked=tuple(
                Checked(quantity, times, total if quantity in SUMMED else None)
                for quantity, (times, total) in self.compared.items()
            ),
            differences=tuple(self.differences),
        )

    def watch(self, multiplications: int) -> None:
        """Count multiplications that were really made."""
        self.made += multiplications
        if self.progress is not None and not self.thinned:
            self.progress(self.made, self.report.totals.macs)  # type: ignore[arg-type]

    def known(self, quantity: str) -> bool:
        """Whether some layer differs in a quantity."""
        return any(item.quantity == quantity for item in self.differences)

    def compare(
        self, layer: str, quantity: str, claimed: Any, found: Any, *, counted: bool = True
    ) -> bool:
        """Compare one thing; a number counts towards the sum over the network."""
        if counted:
            entry = self.compared.setdefault(quantity, [0, 0])
            entry[0] += 1
            entry[1] += found if isinstance(found, int) else 0
        if claimed != found:
            self.differences.append(Difference(layer, quantity, claimed, found))
        return bool(claimed == found)

    def compare_layer(self, claim: LayerReport, seen: Observation) -> None:
        """Everything about one layer."""
        name = claim.name
        self.compare(name, "output shape", tuple(claim.output_shape), seen.sizes)
        self.compare_parameters(claim, seen)
        self.compare(name, "multiplications", claim.macs, seen.multiplications)
        self.compare(name, "connections", claim.connections, seen.connections)
        if seen.fresh is not None:
            self.compare(name, "activations", claim.activation_bytes // 4, seen.fresh)
        self.compare_windows(claim, seen.windows)

    def compare_parameters(self, claim: LayerReport, seen: Observation) -> None:
        """The sum, and where it agrees its parts."""
        said = claim.parameters
        learnt = seen.weights + seen.biases
        trainable = 0 if self.graph.nodes[seen.node].frozen else learnt
        if self.compare(claim.name, "parameters", said.total, learnt):
            parts = ("weights", "biases", "trainable")
            for part, found in zip(parts, (seen.weights, seen.biases, trainable), strict=True):
                self.compare(claim.name, part, getattr(said, part), found, counted=False)
        self.compare(claim.name, "buffers", said.buffers, seen.buffers)

    def compare_windows(self, claim: LayerReport, found: Sequence[Walk]) -> None:
        """The padding, and what each output reads if the layer's window is as the analysis says."""
        window = claim.window
        if not found or window is None:
            self.compare(claim.name, "windows", window is not None, bool(found), counted=False)
            return
        padding = tuple((walk.before, walk.after) for walk in found)
        self.compare(claim.name, "padding", tuple(window.padding), padding)
        read = _spread if claim.kind == "deconv" else _slid
        axes = zip(
            window.kernel, window.stride, window.dilation, window.padding, found, strict=True
        )
        for kernel, stride, dilation, (before, _), walk in axes:
            said = read(walk, kernel, stride, dilation, before)
            texts = ("", "")
            for o, (claimed, real) in enumerate(zip(said, walk.reads, strict=True)):
                if claimed != real:
                    texts = _first_difference(o, claimed, real)
                    break
            self.compare(claim.name, "positions read", *texts)

    def compare_fields(self) -> None:
        """Which outputs depend on an input's first, middle and last pixel, along each axis."""
        graph = self.graph
        if self.known("output shape"):
            return  # positions mean something else
        fields = Fields(graph)
        for origin in graph.inputs:
            regions = Regions(fields, origin)
            for axis, size in enumerate(graph.nodes[origin].shape.spatial):
                pixels = sorted({0, size // 2, size - 1})
                sets = dependence(graph, origin, axis, pixels)
                for bit, pixel in enumerate(pixels):
                    flags = Flags(size)
                    flags[pixel] = 1
                    for index, said in enumerate(regions.seeing(flags, axis)):
                        if said is None or not graph.nodes[index].inputs:
                            continue
                        found = [reads >> bit & 1 for reads in sets[index] or ()]
                        where = f"pixel {pixel} of {graph.names[origin]}, axis {axis + 1}"
                        self.compare(graph.names[index], "dependency", *_depend(said, found, where))


SUMMED = (
    "parameters",
    "buffers",
    "multiplications",
    "connections",
    "activations",
    "peak activations",
)
"""Quantities whose sum over the network is told."""


def _slid(walk: Walk, kernel: Any, stride: Any, dilation: Any, before: Any) -> Iterator[list[int]]:
    """What each output reads through a window as the analysis describes it, as far as the padding
    goes.
    """
    end = walk.size + walk.after
    for o in range(len(walk.reads)):
        first = o * stride - before
        taps = range(first, first + kernel * dilation, dilation)
        yield [at for at in taps if at < max(end, walk.reads[o][-1] + 1)]


def _spread(
    walk: Walk, kernel: Any, stride: Any, dilation: Any, before: Any
) -> Iterator[list[int]]:
    """What lands on each output of a transposed convolution as the analysis describes it."""
    for o in range(len(walk.reads)):
        steps = [o + before - dilation * tap for tap in range(kernel)]
        found = [step // stride for step in steps if step % stride == 0]
        yield sorted(pixel for pixel in found if 0 <= pixel < walk.size)


def _first_difference(o: int, said: list[int], found: list[int]) -> tuple[str, str]:
    """Two different lists of the positions that an output reads, as texts that differ."""
    longest = range(max(len(said), len(found)))
    tap = next(tap for tap in longest if said[tap : tap + 1] != found[tap : tap + 1])

    def text(positions: list[int]) -> str:
        reads = f"reads {positions[tap]}" if tap < len(positions) else "reads nothing"
        return f"output {o} {reads} with tap {tap}"

    return text(said), text(found)


def _depend(said: Sequence[int], found: Sequence[int], where: str) -> tuple[str, str]:
    """Flags of the outputs that depend on a pixel, by the analysis and really, as texts.

    The texts are equal where the flags are.
    """
    for o in range(max(len(said), len(found))):
        flags = [flags[o] if o < len(flags) else 0 for flags in (said, found)]
        if bool(flags[0]) != bool(flags[1]):
            texts = [
                f"output {o} {'depends' if f else 'does not depend'} on {where}" for f in flags
            ]
            return texts[0], texts[1]
    return "", ""
