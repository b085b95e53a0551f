"""convcalc: convolution arithmetic for networks written down in a few lines of text.

>>> import convcalc
>>> report = convcalc.analyze("input 3x227x227; conv 96 11x11 stride=4")
>>> report.layers[0].output_shape, report.totals.parameters.total
((96, 55, 55), 34944)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from convcalc.errors import Problem, SpecError
from convcalc.source import Source

if TYPE_CHECKING:
    from convcalc.graph.graph import Graph
    from convcalc.language.tree import File
    from convcalc.report import Report

__version__ = "0.1.0"
__all__ = ["Problem", "Source", "SpecError", "__version__", "analyze", "build", "parse"]


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
) -> Graph:
    """The graph of a spec: its layers, the edges between them, every shape.

    `input` replaces the input's shape ("3x128x128", or "left=3x128x128" where there are several),
    `set` the values of top-level lets. Raises `SpecError` with every mistake of the spec.
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
    return build_tree(file, source, settings=settings, inputs=inputs, problems=problems)


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
