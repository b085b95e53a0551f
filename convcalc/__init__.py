"""convcalc: convolution arithmetic for networks written down in a few lines of text.

>>> import convcalc
>>> report = convcalc.analyze("input 3x227x227; conv 96 11x11 stride=4")
>>> report.layers[0].output_shape, report.totals.parameters.total
((96, 55, 55), 34944)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from convcalc.errors import Problem, SpecError
from convcalc.source import Source

if TYPE_CHECKING:
    from convcalc.field_report import FieldsReport
    from convcalc.graph.graph import Graph
    from convcalc.homework.explain import Explanation
    from convcalc.language.tree import File, Repeat
    from convcalc.report import Report
    from convcalc.solving.solution import Solution
    from convcalc.verification import Estimate, Progress, Verification

__version__ = "0.1.0"
__all__ = [
    "Problem",
    "Source",
    "SpecError",
    "__version__",
    "analyze",
    "build",
    "explain",
    "field",
    "parse",
    "solve",
    "verify",
]


def parse(text: str, *, name: str = "<text>") -> File:
    """The syntax tree of a spec. `name` is what errors call the text. Raises `SpecError`."""
    from convcalc.language.parser import parse as parse_source

    return parse_source(Source(text, name))


def build(
    text: str,
    *,
    name: str = "<text>",
    input: str | None = None,
    set: Mapping[str, str | int] | None = None,
    free: bool = False,
) -> Graph:
    """The graph of a spec: its layers, the edges between them, every shape.

    `input` replaces the input's shape ("3x128x128", or "left=3x128x128" where there are several),
    `set` the values of top-level lets. With `free` the spatial sizes of inputs without symbols are
    unknowns, as `solve` wants them. Raises `SpecError` with every mistake of the spec.
    """
    from convcalc.graph.build import build as build_tree
    from convcalc.language.parser import parse_argument, parse_tolerant

    settings = {
        key: parse_argument(Source(str(value), f"--set {key}"))
        for key, value in (set or {}).items()
    }
    inputs = {}
    if input is not None:
        label, _, shape = input.rpartition("=")
        inputs[label] = parse_argument(Source(shape, "--input"))
    source = Source(text, name)
    file, problems, sound = parse_tolerant(source)
    if not sound:
        raise SpecError(*problems)
    return build_tree(file, source, settings=settings, inputs=inputs, free=free, problems=problems)


def analyze(
    text: str,
    *,
    name: str = "<text>",
    input: str | None = None,
    set: Mapping[str, str | int] | None = None,
    layout: str = "chw",
    batch: int = 1,
    dtype: str = "float32",
) -> Report:
    """Everything convcalc knows of the network that a text describes.

    `input` and `set` as for `build`. `layout` ("chw" or "hwc") is the order of the shapes in the
    report; `batch` and `dtype` (float16, bfloat16, float32, float64, int8) rule its memory figures.
    Raises `SpecError` with every mistake of the spec, `ValueError` for a layout, batch or dtype
    that there is none of.
    """
    from convcalc.analysis.analyse import analyse

    graph = build(text, name=name, input=input, set=set)
    return analyse(graph, version=__version__, batch=batch, dtype=dtype, layout=layout)


def solve(
    text: str,
    *,
    name: str = "<text>",
    input: str | None = None,
    set: Mapping[str, str | int] | None = None,
    strict: bool = False,
    want: str | None = None,
    near: str | None = None,
    why: str | None = None,
) -> Solution:
    """The exact input sizes for which the network that a text describes works.

    Sizes are solved for each symbol of the inputs; an input of numbers is taken as free on each
    spatial axis. `strict` demands that no window drops a pixel, `want` an output's shape
    ("512x7x7", "conv5=256x13x13"); `near` and `why` ask about sizes ("350", "350x525"). Raises
    `SpecError`.
    """
    from convcalc.solving.solution import solution

    graph = build(text, name=name, input=input, set=set, free=True)
    try:
        declared = build(text, name=name, input=input, set=set)
    except SpecError:  # the numbers in the spec need not work
        declared = None
    if declared is not None and declared.symbols:
        declared = None
    return solution(graph, declared, strict=strict, want=want, near=near, why_not=why)


def field(
    text: str,
    *,
    name: str = "<text>",
    input: str | None = None,
    set: Mapping[str, str | int] | None = None,
    layer: str | None = None,
    at: Sequence[int] | None = None,
    see: Sequence[int] | None = None,
    size: int | None = None,
    on: str | None = None,
) -> FieldsReport:
    """What the outputs of every layer see of the input: receptive fields over all paths, and exact regions.

    Positions count from 0. `at` is an output of `layer` (by default the last that does not see the whole input)
    whose exact region is wanted, `see` a pixel of the input: which outputs see it; `size` asks where the field
    first reaches so many pixels. `on` names the input where there are several. Raises `SpecError`.
    """
    from convcalc.analysis.field_answers import fields_report

    graph = build(text, name=name, input=input, set=set)
    again: Iterator[tuple[int, str, Callable[[int], Graph]]] = iter(())
    if size is not None:
        again = _repeats(text, name, input, set)
    return fields_report(
        graph, version=__version__, on=on, layer=layer, at=at, see=see, size=size, repeats=again
    )


def _repeats(
    text: str, name: str, input: str | None, set: Mapping[str, str | int] | None
) -> Iterator[tuple[int, str, Callable[[int], Graph]]]:
    """Each repeat of a spec: its line, its count as written, and how to build the network with another count."""
    from convcalc.graph.repeats import repeats, with_count
    from convcalc.language.unparse import unparse

    source = Source(text, name)
    file = parse(text, name=name)
    for repeat in repeats(file):

        def rebuild(count: int, repeat: Repeat = repeat) -> Graph:
            return build(unparse(with_count(file, repeat, count)), name=name, input=input, set=set)

        line, _ = source.position(repeat.span.start)
        yield line, source.text[repeat.count.span.start : repeat.count.span.end], rebuild


def explain(
    text: str,
    layer: str | None = None,
    *,
    name: str = "<text>",
    input: str | None = None,
    set: Mapping[str, str | int] | None = None,
) -> tuple[str | None, tuple[Explanation, ...]]:
    """The network's title, and how the numbers of each layer come about, or of those `layer` names.

    `layer` is a layer's or block's name, a layer's number from 1, or ``:7`` for line 7. Raises
    `SpecError`, also for a layer that there is not.
    """
    from convcalc.homework.explain import UnknownLayer
    from convcalc.homework.explain import explain as explain_graph

    graph = build(text, name=name, input=input, set=set)
    try:
        return graph.title, explain_graph(graph, layer)
    except UnknownLayer as unknown:
        help = f"did you mean {unknown.near}?" if unknown.near else unknown.known
        raise SpecError(Problem(str(unknown), Source("", name), help=help)) from None


def verify(
    text: str,
    *,
    name: str = "<text>",
    input: str | None = None,
    set: Mapping[str, str | int] | None = None,
    full: bool = False,
    announce: Callable[[Estimate], object] | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Run the network on whole numbers, layer by layer, and compare all that can be counted with its analysis.

    A small network is run whole, a larger one thinned (one channel stands for all that are equal, at the real
    sizes) unless `full`. `announce` is told what a whole run will take before it begins, `progress`
    how much is done and out of how much. Raises `SpecError`, also for a network with symbols or one
    too large to run.
    """
    from convcalc.analysis.analyse import analyse
    from convcalc.verification import estimate
    from convcalc.verification import verify as verify_graph

    graph = build(text, name=name, input=input, set=set)
    report = analyse(graph, version=__version__)
    if full and announce is not None:
        announce(estimate(graph, report))
    return verify_graph(graph, report, full=full, progress=progress)
