"""convcalc: convolution arithmetic for networks written down in a few lines of text.

>>> import convcalc
>>> report = convcalc.analyze("input 3x227x227; conv 96 11x11 stride=4")
>>> report.layers[0].output_shape, report.totals.parameters.total
((96, 55, 55), 34944)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from convcalc.errors import Problem, SpecError
from convcalc.source import Source

if TYPE_CHECKING:
    from convcalc.evaluation import TopK
    from convcalc.field_report import FieldsReport
    from convcalc.graph.graph import Graph
    from convcalc.homework.check import Marks
    from convcalc.homework.explain import Explanation
    from convcalc.language.tree import Argument, File, Repeat
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
    "check",
    "explain",
    "field",
    "parse",
    "solve",
    "to_sympy",
    "topk",
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
    input: str | Mapping[str, str] | None = None,
    set: Mapping[str, str | int] | None = None,
    free: bool = False,
) -> Graph:
    """The graph of a spec: its layers, the edges between them, every shape.

    `input` replaces the input's shape ("3x128x128"; where there are several "left=3x128x128", or a
    mapping of labels to shapes), `set` the values of top-level lets. With `free` the spatial sizes
    of inputs are unknowns where no input has symbols, as `solve` wants them. Raises `SpecError`
    with every mistake of the spec.
    """
    from convcalc.graph.build import build as build_tree
    from convcalc.language.parser import parse_tolerant

    settings, inputs = _changes(input, set)
    source = Source(text, name)
    file, problems, sound = parse_tolerant(source)
    if not sound:
        raise SpecError(*problems)
    return build_tree(file, source, settings=settings, inputs=inputs, free=free, problems=problems)


def _changes(
    input: str | Mapping[str, str] | None, set: Mapping[str, str | int] | None
) -> tuple[dict[str, Argument], dict[str, Argument]]:
    """The trees of what is changed about a spec: values by their names, shapes by their inputs."""
    from convcalc.language.parser import parse_argument

    settings = {
        key: parse_argument(Source(str(value), f"--set {key}"))
        for key, value in (set or {}).items()
    }
    shapes = {"": input} if isinstance(input, str) else dict(input or {})
    if isinstance(input, str) and "=" in input:
        label, _, shape = input.partition("=")
        shapes = {label: shape}
    inputs = {label: parse_argument(Source(shape, "--input")) for label, shape in shapes.items()}
    return settings, inputs


def analyze(
    text: str,
    *,
    name: str = "<text>",
    input: str | Mapping[str, str] | None = None,
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

    try:
        graph = build(text, name=name, input=input, set=set)
    except SpecError as error:
        from convcalc.solving.advice import advised

        free = partial(build, text, name=name, input=input, set=set, free=True)
        raise advised(error, free) from None
    return analyse(
        graph,
        version=__version__,
        batch=batch,
        dtype=dtype,
        layout=layout,
        other_input=input is not None,
    )


def solve(
    text: str,
    *,
    name: str = "<text>",
    input: str | Mapping[str, str] | None = None,
    set: Mapping[str, str | int] | None = None,
    strict: bool = False,
    want: str | None = None,
    near: str | None = None,
    why: str | None = None,
    max: str | Sequence[str] = (),
    bound: int | None = None,
) -> Solution:
    """The exact input sizes for which the network that a text describes works.

    Sizes are solved for each symbol of the inputs; an input of numbers is taken as free on each
    spatial axis. `strict` demands that no window drops a pixel, `want` an output's shape
    ("512x7x7", "conv5=256x13x13"); `near` and `why` ask about sizes ("350", "350x525").

    Two other things are solved instead where they are asked for: what each ``?`` among the
    arguments of layers may be, with numbers up to `bound` (by default as the answer states); and
    the largest value of a symbol with a budget `max` ("params=1M", "macs=500M", "memory=64MiB",
    "peak=8MiB"; several must all hold). Raises `SpecError`.
    """
    from convcalc.solving.solution import only_alone, solution

    if "?" in text:
        from convcalc.graph.holes import has_holes

        if has_holes(parse(text, name=name)):
            only_alone("holes (?)", near=near, why=why, strict=strict, max=max)
            return _solve_holes(text, name, input, set, want, bound)
    if bound is not None:
        raise SpecError(
            Problem("--bound is for holes (?), and this spec has none", Source("", name))
        )
    if max:
        only_alone("--max", near=near, why=why, strict=strict, want=want)
        return _solve_budget(text, name, input, set, (max,) if isinstance(max, str) else max)
    try:
        graph = build(text, name=name, input=input, set=set, free=True)
    except SpecError as mistakes:
        try:
            build(text, name=name, input=input, set=set)
        except SpecError as error:  # the same, in the numbers that the text has
            if all(problem.span for problem in error.problems):
                raise error from None
        raise mistakes from None

    def declared() -> Graph | None:
        try:
            return build(text, name=name, input=input, set=set)
        except SpecError:  # the numbers in the spec need not work
            return None

    return solution(graph, declared, strict=strict, want=want, near=near, why_not=why)


def _solve_holes(
    text: str,
    name: str,
    input: str | Mapping[str, str] | None,
    set: Mapping[str, str | int] | None,
    want: str | None,
    bound: int | None,
) -> Solution:
    """What each ``?`` among the arguments of layers may be."""
    from convcalc.graph.holes import open_graph
    from convcalc.solving.holes import all_holes, stand_in
    from convcalc.solving.solution import Solution, wanted_sizes

    settings, inputs = _changes(input, set)
    source, file = Source(text, name), parse(text, name=name)
    graph, opened = open_graph(file, source, stand_in, settings=settings, inputs=inputs)
    wanted = {} if want is None else wanted_sizes(graph, want)
    holes = all_holes(graph, opened, want=wanted, bound=bound)
    return Solution(graph.title, name, wanted=want, holes=holes)


def _solve_budget(
    text: str,
    name: str,
    input: str | Mapping[str, str] | None,
    set: Mapping[str, str | int] | None,
    limits: Sequence[str],
) -> Solution:
    """The largest value of a symbol within limits."""
    from convcalc.analysis.analyse import analyse
    from convcalc.language.tree import declared_symbols
    from convcalc.solving.budget import budget, read_limit
    from convcalc.solving.solution import Solution

    def at(values: Mapping[str, int]) -> tuple[Graph, Report]:
        graph = build(text, name=name, input=input, set={**(set or {}), **values})
        return graph, analyse(graph, version=__version__)

    file = parse(text, name=name)
    free = [symbol for symbol in declared_symbols(file) if symbol not in (set or {})]
    found = budget(at, [read_limit(limit) for limit in limits], free)
    title = next((item.text for item in file.statements if hasattr(item, "text")), None)
    return Solution(title, name, budget=found)


def field(
    text: str,
    *,
    name: str = "<text>",
    input: str | Mapping[str, str] | None = None,
    set: Mapping[str, str | int] | None = None,
    layer: str | None = None,
    at: Sequence[int] | None = None,
    see: Sequence[int] | None = None,
    size: int | None = None,
    on: str | None = None,
) -> FieldsReport:
    """What the outputs of every layer see of the input: receptive fields over all paths.

    Positions count from 0. `at` is an output of `layer` (by default the last that does not see the
    whole input) whose exact region is wanted, `see` a pixel of the input: which outputs see it;
    `size` asks where the field first reaches so many pixels. `on` names the input where there are
    several. Raises `SpecError`.
    """
    from convcalc.analysis.field_answers import fields_report

    graph = build(text, name=name, input=input, set=set)
    again: Iterator[tuple[int, str, Callable[[int, str | None], Graph]]] = iter(())
    if size is not None:
        again = _repeats(text, name, input, set)
    return fields_report(
        graph, version=__version__, on=on, layer=layer, at=at, see=see, size=size, repeats=again
    )


def _repeats(
    text: str, name: str, input: str | Mapping[str, str] | None, set: Mapping[str, str | int] | None
) -> Iterator[tuple[int, str, Callable[[int, str | None], Graph]]]:
    """Each repeat of a spec: its line, its count as written, and how to build the network with
    another count (and another input shape)."""
    from convcalc.graph.repeats import repeats, with_count
    from convcalc.language.unparse import unparse

    source = Source(text, name)
    file = parse(text, name=name)
    for repeat in repeats(file):

        def rebuild(count: int, shape: str | None, repeat: Repeat = repeat) -> Graph:
            spec = unparse(with_count(file, repeat, count))
            return build(spec, name=name, input=shape or input, set=set)

        line, _ = source.position(repeat.span.start)
        yield line, source.text[repeat.count.span.start : repeat.count.span.end], rebuild


def explain(
    text: str,
    layer: str | None = None,
    *,
    name: str = "<text>",
    input: str | Mapping[str, str] | None = None,
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
    input: str | Mapping[str, str] | None = None,
    set: Mapping[str, str | int] | None = None,
    full: bool = False,
    announce: Callable[[Estimate], object] | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Run the network on whole numbers, and compare all that can be counted with its analysis.

    A small network is run whole, a larger one thinned (one channel stands for all that are equal,
    at the real sizes) unless `full`. `announce` is told what a whole run will take before it
    begins, `progress` how much is done and out of how much. Raises `SpecError`, also for a network
    with symbols or one too large to run.
    """
    from convcalc.analysis.analyse import analyse
    from convcalc.verification import estimate
    from convcalc.verification import verify as verify_graph

    graph = build(text, name=name, input=input, set=set)
    report = analyse(graph, version=__version__)
    if full and announce is not None:
        announce(estimate(graph, report))
    return verify_graph(graph, report, full=full, progress=progress)


def topk(
    scores: Iterable[Sequence[Any]],
    labels: Iterable[Any],
    k: Sequence[int] | None = None,
    *,
    ranked: bool = False,
) -> TopK:
    """Top-k accuracy and error of rows of class scores; a label is the true class's index from 0.

    With `ranked` a row lists classes, best first. `k` is 1 and 5 by default, as far as rows are
    that long. Rows and labels are read one by one and not kept. Raises `SpecError` with the number
    of the row that is wrong.
    """
    from convcalc.evaluation import topk as evaluate

    return evaluate(scores, labels, k, ranked=ranked)


def check(
    text: str,
    answers: Mapping[tuple[str, str], str] | None = None,
    *,
    name: str = "<text>",
    input: str | Mapping[str, str] | None = None,
    set: Mapping[str, str | int] | None = None,
    batch: int = 1,
    dtype: str = "float32",
) -> Marks:
    """The marks of a sheet of homework: a spec with answers, some of them wrong perhaps.

    `answers` fill its blanks: ``{("conv1", "params"): "34944"}``. Raises `SpecError` for a sheet
    that is no network, and for an answer to what it does not ask.
    """
    from convcalc.homework.check import check as check_sheet

    settings, inputs = _changes(input, set)
    return check_sheet(
        Source(text, name), answers, settings=settings, inputs=inputs, batch=batch, dtype=dtype
    )


def to_sympy(number: Any) -> Any:
    """A size or count of a report as a SymPy expression, its symbols positive integers.

    `convcalc.arithmetic.typeset` can also factor one, solve it for a symbol and set it in LaTeX.
    """
    from convcalc.arithmetic.typeset import to_sympy as convert

    return convert(number)
