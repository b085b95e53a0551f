"""Marking a sheet: what is right, what follows from an earlier slip, which mistake it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any

from convcalc.analysis.analyse import PER_AXIS, Analysis
from convcalc.arithmetic.formulas import elements
from convcalc.arithmetic.number import DTYPES, is_rational, to_data
from convcalc.arithmetic.quoted import named
from convcalc.errors import Problem, SpecError
from convcalc.graph.answers import QUANTITIES
from convcalc.graph.build import build
from convcalc.graph.evaluate import Context, Frame, Located, Poisoned, Symbols
from convcalc.graph.evaluate import argument as evaluated
from convcalc.graph.graph import Answer, Graph
from convcalc.homework import sheet as sheets
from convcalc.homework.diagnosis import (
    Candidate,
    argument_names,
    candidates,
    cases,
    equal,
    following,
    ranked,
)
from convcalc.homework.explain import Working, field_workings, workings_of
from convcalc.homework.sheet import Open, Sheet
from convcalc.language import tree
from convcalc.language.unparse import unparse
from convcalc.source import Source, Span

RIGHT, CONSISTENT, WRONG, UNREADABLE, BLANK = "right", "consistent", "wrong", "unreadable", "blank"
"""What an answer can be. "consistent": right if an earlier wrong answer were right."""

LABELS = {
    "output_shape": "output",
    "parameters": "parameters",
    "macs": "MACs",
    "activation_bytes": "memory in bytes",
    "receptive_field": "receptive field",
}
"""What quantities are called for people, where it is not their name."""

WORDS = {**QUANTITIES, **dict.fromkeys(("shape", "output", "size"), "output_shape")}
"""What an answer's quantity may be called, and what the report calls it."""

FIRST_TRIED = {
    "kernel": (3, 2, 1, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16),
    "stride": (1, 2, 3, 4, 5, 6, 7, 8),
    "pad": (0, 1, 2, 3, 4, 5, 6, 7),
    "dilation": (1, 2, 3, 4, 5, 6),
    "output_pad": (0, 1, 2, 3),
    "groups": (1, 2, 4, 8, 16, 32),
}
MOST_TRIED = 4_000
"""The most values tried for the blanks of one layer to find an example of a right answer."""

Key = tuple[str, str]
"""A question: the layer's name, and the quantity as the report calls it or the arguments."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its mark.

    `expected` is what is right, `own` what would be right with the student's earlier answers where
    that is something else. `typed` are the answers given to blanks, not those in the sheet itself.
    `mistakes` say what gives the answer, likeliest first; `alone` whether one is named as the one.
    `formula` and `put_in` are hints.
    """

    layer: str
    text: str
    quantity: str
    line: int
    points: int
    status: str
    answer: str | None
    expected: Any
    span: Span
    typed: tuple[str | None, ...] = ()
    own: Any = None
    mistakes: tuple[Candidate, ...] = ()
    alone: bool = False
    remark: str | None = None
    formula: str | None = None
    put_in: str | None = None

    @property
    def key(self) -> Key:
        return (self.layer, self.quantity)

    @property
    def label(self) -> str:
        """What is asked, for people."""
        return LABELS.get(self.quantity, self.quantity)

    @property
    def earned(self) -> int:
        """The points for the answer; what follows rightly from an earlier slip has them too."""
        return self.points if self.status in (RIGHT, CONSISTENT) else 0

    def to_dict(self, *, hide_answers: bool = False) -> dict[str, Any]:
        """As JSON data; with `hide_answers` without what is right."""
        data: dict[str, Any] = {
            "layer": self.layer,
            "quantity": self.quantity,
            "line": self.line,
            "status": self.status,
            "points": self.points,
            "earned": self.earned,
            "answer": self.answer,
        }
        if not hide_answers:
            data["expected"] = _data(self.expected)
            if self.own is not None:
                data["expected_with_own_answers"] = _data(self.own)
        return {
            **data,
            "mistakes": [
                {"key": item.mistake.key, "part": item.part, "text": item.text}
                for item in self.mistakes
            ],
            "alone": self.alone,
            "remark": self.remark,
        }


@dataclass(frozen=True, slots=True)
class Marks:
    """A marked sheet."""

    title: str | None
    source: str
    questions: tuple[Question, ...]

    @property
    def score(self) -> int:
        """The points earned."""
        return sum(question.earned for question in self.questions)

    @property
    def out_of(self) -> int:
        """The points of all questions."""
        return sum(question.points for question in self.questions)

    @property
    def ok(self) -> bool:
        """Whether every question is answered rightly."""
        return all(question.status == RIGHT for question in self.questions)

    @property
    def blanks(self) -> tuple[Question, ...]:
        """The questions without an answer."""
        return tuple(question for question in self.questions if question.status == BLANK)

    def to_dict(self, *, hide_answers: bool = False) -> dict[str, Any]:
        """As JSON data."""
        return {
            "title": self.title,
            "source": self.source,
            "score": self.score,
            "out_of": self.out_of,
            "ok": self.ok,
            "questions": [item.to_dict(hide_answers=hide_answers) for item in self.questions],
        }


def _data(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_data(item) for item in value]
    if is_rational(value) and not isinstance(value, int):
        return str(value)
    return to_data(value)


def check(
    source: Source,
    answers: Mapping[Key, str] | None = None,
    *,
    settings: Mapping[str, tree.Argument] | None = None,
    inputs: Mapping[str, tree.Argument] | None = None,
    batch: int = 1,
    dtype: str = "float32",
) -> Marks:
    """The marks of a sheet, its blanks filled with `answers` where there are some.

    An answer's key is the layer's name and a quantity (an open layer's argument: ``("conv1",
    "stride")``). Raises `SpecError` for a sheet that is no network, and for an answer to a question
    that is not asked.
    """
    checker = _Checker(sheets.read(source), answers or {}, settings, inputs, batch, dtype)
    return checker.marks()


def filled_sheet(source: Source, marks: Marks) -> str:
    """The text of a sheet with its blanks filled in; a blank that stands for several questions (in
    a def or repeat) is filled if their answers agree.
    """
    sheet = sheets.read(source)
    typed: dict[Span, set[str | None]] = {}
    places = {layer.step.action.span: sheets.spans_of(layer) for layer in sheet.open_layers}
    for question in marks.questions:
        spans = places.get(question.span, [question.span])
        for span, text in zip(spans, question.typed, strict=False):
            typed.setdefault(span, set()).add(text)
    filling = {
        span: text
        for span, texts in typed.items()
        for text in texts
        if len(texts) == 1 and text is not None and _readable(text)
    }
    return sheets.with_answers(sheet, filling)


def _readable(text: str) -> bool:
    try:
        sheets.argument(text, "")
    except SpecError:
        return False
    return True


class _Checker:
    def __init__(
        self,
        sheet: Sheet,
        answers: Mapping[Key, str],
        settings: Mapping[str, tree.Argument] | None,
        inputs: Mapping[str, tree.Argument] | None,
        batch: int,
        dtype: str,
    ) -> None:
        self.sheet = sheet
        self.settings = settings
        self.inputs = inputs
        self.value_bytes = batch * DTYPES[dtype]
        self.answers = answers
        self.used: set[Key] = set()

    def marks(self) -> Marks:
        fillings: dict[int, Sequence[tree.Argument]] = {}
        opened = [self.open_layer(layer, fillings) for layer in self.sheet.open_layers]
        graph = self.build(sheets.filled(self.sheet, fillings))
        questions = [*opened, *self.stated(graph)]
        questions.sort(key=lambda question: question.span)
        unknown = [key for key in self.answers if key not in self.used]
        if unknown:
            layer, quantity = unknown[0]
            asked = ", ".join(f"{q.layer} {q.quantity}" for q in questions[:6])
            raise SpecError(
                Problem(
                    f"the sheet does not ask for {quantity} of {layer}",
                    Source("", self.sheet.source.name),
                    help=f"it asks for {asked}" if asked else "it asks for nothing",
                )
            )
        return Marks(graph.title, self.sheet.source.name, tuple(questions))

    def build(self, file: tree.File) -> Graph:
        return build(file, self.sheet.source, settings=self.settings, inputs=self.inputs)

    def analysis(self, graph: Graph) -> Analysis:
        analysis = Analysis(graph, self.value_bytes, "chw")
        analysis.report("", 1, "float32")
        return analysis

    # --- layers with blanks among their arguments

    def open_layer(self, layer: Open, fillings: dict[int, Sequence[tree.Argument]]) -> Question:
        """The question that a layer with blanks is; its arguments, if they are right, or else an
        example's go into the fillings.
        """
        action = layer.step.action
        assert isinstance(action, tree.Apply)
        names = argument_names(action.name, layer.places)
        if names is None:
            raise SpecError(
                Problem(
                    "only a layer's own arguments can be a ? on a sheet",
                    self.sheet.source,
                    action.span,
                )
            )
        example = self.example(layer, names, fillings)
        graph = self.build(
            sheets.filled(self.sheet, {**fillings, layer.statement: example}, until=layer.statement)
        )
        name = graph.names[-1]
        line, _ = self.sheet.source.position(layer.step.span.start)
        points = max(
            (
                p
                for span, p in self.sheet.points.items()
                if layer.step.span.start <= span.start < layer.step.span.end
            ),
            default=1,
        )
        question = Question(
            layer=name,
            text=self.sheet.source.text[layer.step.span.start : layer.step.span.end],
            quantity=", ".join(names),
            line=line,
            points=points,
            status=BLANK,
            answer=None,
            expected=" ".join(
                f"{argument}={unparse(value)}"
                for argument, value in zip(names, example, strict=True)
            ),
            span=action.span,
        )
        whole = Answer(name, len(graph.nodes) - 1, len(graph.nodes) - 1, len(graph.nodes), ())
        question = replace(question, formula=self.hints(graph, whole, "output_shape")[0])
        fillings[layer.statement] = example
        typed = [
            self.answer_for(name, argument, lambda word: argument_names(action.name, [word]))
            for argument in names
        ]
        question = replace(question, typed=tuple(typed))
        if any(text is None for text in typed):
            return question
        shown = " ".join(f"{n}={t}" for n, t in zip(names, typed, strict=True))
        question = replace(question, answer=shown)
        try:
            arguments = [sheets.argument(text or "", "the answer") for text in typed]
        except SpecError as error:
            return replace(question, status=UNREADABLE, remark=error.problems[0].message)
        remark = self.misses(layer, {**fillings, layer.statement: arguments})
        if remark is not None:
            return replace(question, status=WRONG, remark=remark)
        fillings[layer.statement] = arguments
        return replace(question, status=RIGHT)

    def answer_for(
        self, layer: str, quantity: str, names: Callable[[str], list[str] | None]
    ) -> str | None:
        """The answer given to a question; `names` is what a word for a quantity means."""
        found = None
        for key, text in self.answers.items():
            if key[0] == layer and names(key[1]) == [quantity]:
                self.used.add(key)
                found = text.strip() or None
        return found

    def misses(self, layer: Open, fillings: Mapping[int, Sequence[tree.Argument]]) -> str | None:
        """What is wrong with the arguments given for the blanks of a layer, None if nothing is."""
        if any(sheets.has_hole(argument) for argument in fillings[layer.statement]):
            return "a ? is no answer"
        try:
            graph = self.build(sheets.filled(self.sheet, fillings, until=layer.statement))
        except SpecError as error:
            problem = error.problems[0]
            return "; ".join((problem.message, *problem.details))
        analysis = self.analysis(graph)
        for answer in graph.answers:
            if not layer.step.span.start <= answer.expected[0][2].start < layer.step.span.end:
                continue
            for quantity, stated, _ in answer.expected:
                actual = self.actual(analysis, answer, quantity)
                wanted = self.widened(quantity, stated, actual)
                if not equal(actual, wanted):
                    label = LABELS.get(quantity, quantity)
                    return f"{label}: that gives {shown(actual)}, not {shown(wanted)}"
        return None

    def example(
        self,
        layer: Open,
        names: Sequence[str],
        fillings: Mapping[int, Sequence[tree.Argument]],
    ) -> Sequence[tree.Argument]:
        """Right arguments for the blanks of a layer. Raises `SpecError` if none are found."""
        answer = layer.step.answer
        sizes = []
        if answer is not None and isinstance(answer.shape, tree.Dims):
            sizes = [p.first.value for p in answer.shape.pairs if isinstance(p.first, tree.Number)]
        elif answer is not None and isinstance(answer.shape, tree.Number):
            sizes = [answer.shape.value]
        general = tuple(dict.fromkeys([*(s for s in sizes if isinstance(s, int)), *range(1, 17)]))
        choices = [FIRST_TRIED.get(name, general) for name in names]
        for values in islice(product(*choices), MOST_TRIED):
            arguments = [sheets.number(value) for value in values]
            if self.misses(layer, {**fillings, layer.statement: arguments}) is None:
                return arguments
        raise SpecError(
            Problem(
                "no value was found for this ? that gives what is stated",
                self.sheet.source,
                layer.step.action.span,
                help="check the numbers behind ->; blanks for each axis apart are not searched",
            )
        )

    # --- answers behind ->

    def stated(self, graph: Graph) -> Iterator[Question]:
        """The questions that the answers of a graph are, but for those of open layers."""
        open_spans = [layer.step.span for layer in self.sheet.open_layers]
        asked = [
            (answer, quantity, written, span)
            for answer in graph.answers
            for quantity, written, span in answer.expected
            if not any(step.start <= span.start < step.end for step in open_spans)
        ]
        analysis = self.analysis(graph)
        given: list[tuple[Any, str | None, str | None]] = []
        for answer, quantity, written, span in asked:
            given.append(self.given(graph, answer, quantity, written, span))
        right = [self.actual(analysis, answer, quantity) for answer, quantity, _, _ in asked]
        for (answer, quantity, _, span), actual in zip(asked, right, strict=True):
            if actual is None:
                label = LABELS.get(quantity, quantity)
                raise SpecError(
                    Problem(f"{answer.name} has no {label} to ask for", self.sheet.source, span)
                )
        values = [
            self.widened(quantity, value, actual)
            for (_, quantity, _, _), (value, _, _), actual in zip(asked, given, right, strict=True)
        ]
        own = self.own(graph, asked, values, right)
        questions = []
        found: list[list[Candidate]] = []
        true_cases = cases(graph.nodes, self.value_bytes)
        own_cases = cases(own.nodes, self.value_bytes)
        for position, (answer, quantity, written, span) in enumerate(asked):
            _, text, problem = given[position]
            value = values[position]
            actual, mine = right[position], own.values[position]
            question = self.question(graph, answer, quantity, span, text, actual)
            if written is None:
                question = replace(question, typed=(text,))
            mine = None if equal(mine, actual) else mine
            question = replace(question, own=mine)
            matching: list[Candidate] = []
            if problem is not None:
                question = replace(question, status=UNREADABLE, remark=problem)
            elif value is not None and equal(value, actual):
                question = replace(question, status=RIGHT)
            elif value is not None and mine is not None and equal(value, mine):
                question = replace(
                    question, status=CONSISTENT, remark=own.because(graph, answer, quantity)
                )
            elif value is not None:
                question = replace(
                    question, status=WRONG, remark=_shape_remark(quantity, value, actual)
                )
                nodes = range(answer.first, answer.last)
                if answer.output not in nodes:
                    nodes = range(answer.output, answer.output + 1)
                for rule, true in ((true_cases, actual), (own_cases, mine)):
                    if true is not None:
                        about = [rule[node] for node in nodes]
                        if quantity in ("output_shape", "receptive_field"):
                            about = [rule[answer.output]]
                        matching += candidates(quantity, value, true, about)
            questions.append(question)
            found.append(matching)
        counts = Counter(
            key for matching in found for key in {candidate.mistake.key for candidate in matching}
        )
        for question, matching, (answer, *_) in zip(questions, found, asked, strict=True):
            mistakes, alone = ranked(matching, counts)
            formula, put_in = None, None
            if question.status != RIGHT:
                formula, put_in = self.hints(graph, answer, question.quantity)
            yield replace(question, mistakes=mistakes, alone=alone, formula=formula, put_in=put_in)

    def question(
        self,
        graph: Graph,
        answer: Answer,
        quantity: str,
        span: Span,
        text: str | None,
        actual: Any,
    ) -> Question:
        line, _ = self.sheet.source.position(span.start)
        return Question(
            layer=answer.name,
            text=graph.nodes[answer.output].layer.text,
            quantity=quantity,
            line=line,
            points=self.sheet.points.get(span, 1),
            status=BLANK,
            answer=text,
            expected=actual,
            span=span,
        )

    def given(
        self, graph: Graph, answer: Answer, quantity: str, written: Any, span: Span
    ) -> tuple[Any, str | None, str | None]:
        """An answer's value, its text, and what is wrong with the text."""
        if written is not None:
            stated = self.sheet.source.text[span.start : span.end]
            return written, stated.partition("=")[2] or stated, None
        text = self.answer_for(answer.name, quantity, lambda word: [WORDS.get(word, word)])
        if text is None or text == "?":
            return None, None, None
        try:
            return value_of(text, quantity, graph), text, None
        except SpecError as error:
            return None, text, error.problems[0].message

    def actual(self, analysis: Analysis, answer: Answer, quantity: str) -> Any:
        first, last = analysis.before[answer.first], analysis.before[answer.last]
        return analysis.actual(quantity, answer, analysis.layers[first:last])

    @staticmethod
    def widened(quantity: str, value: Any, actual: Any) -> Any:
        """One value for every axis as a value for each."""
        if quantity in PER_AXIS and value is not None and actual is not None and len(value) == 1:
            return value * len(actual)
        return value

    def own(
        self,
        graph: Graph,
        asked: Sequence[tuple[Answer, str, Any, Span]],
        values: Sequence[Any],
        right: Sequence[Any],
    ) -> _Own:
        """What is right if the student's wrong shapes were right."""
        stated = {
            answer.output: value
            for (answer, quantity, _, _), value, actual in zip(asked, values, right, strict=True)
            if quantity == "output_shape" and _is_shape(value) and not equal(value, actual)
        }
        if not stated:
            return _Own(graph.nodes, tuple(right), {})
        nodes, by_rule = following(graph, stated)
        followed = graph._replace(nodes=tuple(nodes))
        analysis = self.analysis(followed)
        found = tuple(
            by_rule[answer.output].sizes
            if quantity == "output_shape"
            else self.actual(analysis, answer, quantity)
            for answer, quantity, _, _ in asked
        )
        slips = frozenset(
            node for node, value in stated.items() if not equal(value, by_rule[node].sizes)
        )
        return _Own(followed.nodes, found, stated, slips)

    # --- hints

    def hints(self, graph: Graph, answer: Answer, quantity: str) -> tuple[str | None, str | None]:
        """The formula, and the formula with the values put in."""
        if quantity not in ("output_shape", "receptive_field") and answer.last - answer.first > 1:
            names = [graph.names[i] for i in range(answer.first, answer.last)]
            return "the sum over " + ", ".join(names[:6]) + (", …" if names[6:] else ""), None
        node = graph.nodes[answer.output]
        if not node.inputs:
            return None, None
        inputs = [graph.nodes[source].shape for source in node.inputs]
        if quantity == "activation_bytes":
            letters = [named(f"n{i}", size) for i, size in enumerate(node.shape.sizes, 1)]
            memory = elements(letters) * named("B", self.value_bytes)
            return f"values · bytes of a value: {memory}", memory.steps()[0]
        wanted = {
            "output_shape": ("padding", "size", "depth"),
            "receptive_field": ("receptive_field",),
            "buffers": ("buffers",),
            "macs": ("macs",),
            "connections": ("connections", "macs"),
            "padding": ("padding",),
        }.get(quantity, ("parameters",))
        found: list[Working] = list(workings_of(node.layer, inputs, node.shape))
        if quantity == "receptive_field":
            from convcalc.analysis.field import Fields

            found = list(field_workings(Fields(graph), answer.output, node, inputs))
        workings = [working for working in found if working.quantity in wanted]
        if not workings:
            return None, None
        several = len(workings) > 1
        formulas = [
            f"{working.title}: {working.expression}" if several else str(working.expression)
            for working in workings
        ]
        put_in = [
            f"{working.title}: {working.expression.steps()[0]}"
            if several
            else working.expression.steps()[0]
            for working in workings
            if working.expression.parts
        ]
        return "; ".join(formulas), "; ".join(put_in) or None


class _Own:
    """The network as the student's wrong shapes make it: `values` are what is right there.

    `stated` are the wrong shapes by their node; `slips` the nodes where one does not even follow
    from those before it.
    """

    def __init__(
        self,
        nodes: Sequence[Any],
        values: Sequence[Any],
        stated: Mapping[int, tuple[Any, ...]],
        slips: frozenset[int] = frozenset(),
    ) -> None:
        self.nodes = nodes
        self.values = values
        self.stated = stated
        self.slips = slips

    def because(self, graph: Graph, answer: Answer, quantity: str) -> str:
        """The wrong answer that a consistent one follows from: the nearest slip above."""
        waiting = list(graph.nodes[answer.output].inputs)
        if quantity != "output_shape":
            waiting.insert(0, answer.output)
        seen: set[int] = set()
        while waiting:
            node = waiting.pop(0)
            if node in self.slips:
                text = shown(self.stated[node])
                return f"consistent with your {text} for {graph.names[node]}, but that was wrong"
            if node not in seen:
                seen.add(node)
                waiting += graph.nodes[node].inputs
        return "consistent with your earlier answers, but one of them was wrong"


def _is_shape(value: Any) -> bool:
    """Whether a network can go on with an answer: whole sizes from 1, or formulas."""
    if not isinstance(value, tuple):
        return False
    return all(size >= 1 if isinstance(size, int) else not is_rational(size) for size in value)


def _shape_remark(quantity: str, value: Any, actual: Any) -> str | None:
    """What is odd about a shape as such: no depth, another order."""
    if quantity != "output_shape" or not isinstance(value, tuple):
        return None
    if len(value) != len(actual):
        if equal(value, actual[1:]):
            return "the depth is missing: a shape is depth x height x width"
        if len(actual) == 1:
            return "the output is a vector: one number"
        return f"a shape here has {len(actual)} sizes, depth first"
    if len(value) > 1 and equal((value[-1], *value[:-1]), actual):
        return "the depth comes first: depth x height x width"
    return None


def value_of(text: str, quantity: str, graph: Graph) -> Any:
    """The value of an answer's text; names in it are the network's symbols. Raises `SpecError`."""
    source = Source(text, "the answer")
    node = sheets.argument(text, "the answer")
    symbols = Symbols()
    for name in graph.symbols:
        symbols.of(name)
    try:
        value = evaluated(node, Context(Frame(), None, symbols))
    except Located as error:
        raise SpecError(Problem(error.message, source, error.span, help=error.help)) from None
    except Poisoned:
        raise SpecError(Problem("this has no value", source)) from None
    pairs = getattr(value, "pairs", None)
    if quantity == "padding":
        if pairs is not None:
            return tuple((a, a if b is None else b) for a, b in pairs)
        if _is_number(value):
            return ((value, value),)
    elif quantity in ("output_shape", "receptive_field"):
        if pairs is not None and all(b is None for _, b in pairs):
            sizes = tuple(a for a, _ in pairs)
            hwc = graph.layout == "hwc" and quantity == "output_shape"
            return (sizes[-1], *sizes[:-1]) if hwc else sizes
        if _is_number(value):
            return (value,)
    elif _is_number(value):
        return value
    wanted = "a shape such as 6x28x28" if quantity == "output_shape" else "a number"
    raise SpecError(Problem(f"this is not {wanted}", source))


def _is_number(value: Any) -> bool:
    return is_rational(value) or hasattr(value, "terms")


def shown(value: Any) -> str:
    """A value for people: 6×28×28, 156."""
    if isinstance(value, tuple):
        parts = [
            ("" if item[0] == item[1] else f"{shown(item[0])}:") + shown(item[1])
            if isinstance(item, tuple)
            else str(item)
            for item in value
        ]
        return "×".join(part if part.replace(":", "").isalnum() else f"({part})" for part in parts)
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
