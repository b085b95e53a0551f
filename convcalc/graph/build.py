"""tree → graph: the only place that sees both the language and the layers.

Statements run in the order of the text. Each layer becomes a node with its output's shape, so that
`depth` is known where a statement asks for it and a size that does not work is reported where it
arises. A mistake poisons what depends on it and nothing else: all mistakes of a file are reported
together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.arithmetic.number import FormulaLimitError, Number
from convcalc.errors import Problem, SpecError, nearest
from convcalc.graph.answers import depth_first, expectations
from convcalc.graph.arguments import argument_span, arguments
from convcalc.graph.evaluate import (
    Bound,
    Closure,
    Context,
    Frame,
    Label,
    LayerName,
    LimitReached,
    Located,
    Poison,
    Poisoned,
    Symbols,
    UnknownName,
    argument,
    number,
    reference,
)
from convcalc.graph.graph import Answer, Graph, Node, Remark, Stated
from convcalc.graph.names import Entry, Level, assign
from convcalc.graph.wording import (
    found_elsewhere,
    is_input,
    statements_in,
    unknown_layer,
    wrong_call,
)
from convcalc.language import tree
from convcalc.layers.arguments import (
    LayerProblem,
    SizeOf,
    Target,
    describe,
    is_number,
)
from convcalc.layers.base import Check, Layer, Shape
from convcalc.layers.catalog import JOINS, LAYERS
from convcalc.layers.joins import Input
from convcalc.layers.windows import Windowed
from convcalc.source import Source, Span

MAX_LAYERS = 120_000
MAX_STATEMENTS = 500_000
MAX_CALLS = 100
"""How deep defs, blocks and repeats may stand in each other while a spec is expanded."""
MAX_AXES = 4
MAX_PROBLEMS = 20
FREE_NAMES = ((), ("L",), ("H", "W"), ("D", "H", "W"))
"""What the sizes of an input are called where they are to be solved."""

WITH_NUMBERS = "put numbers in for some symbols: --set H=224"

POISON = -1
"""The value of a step that is wrong."""


def build(
    file: tree.File,
    source: Source,
    *,
    settings: Mapping[str, tree.Argument] | None = None,
    inputs: Mapping[str, tree.Argument] | None = None,
    free: bool = False,
    problems: Sequence[Problem] = (),
) -> Graph:
    """The graph of a spec.

    `settings` replace the values of top-level lets and symbols, `inputs` the shapes of inputs by
    their label ("" for the only one). With `free`, the spatial sizes of inputs are unknowns where
    no input has symbols. `problems` were found in the text before; they are reported
    with what is found here. Raises `SpecError` with every mistake found.
    """
    builder = Builder(source, settings or {}, inputs or {})
    builder.free = free
    builder.run(file)
    if builder.freed and builder.named_sizes:  # then numbers are meant as they are
        return build(file, source, settings=settings, inputs=inputs, problems=problems)
    found = [*problems, *builder.problems]
    if not found and not builder.nodes:
        raise SpecError(
            Problem(
                "there is no network in this text",
                source,
                help="a spec begins with an input, for example: input 3x224x224",
            )
        )
    assert found or not builder.poisoned, "a mistake was not reported"
    if found:
        located = sorted((p for p in found if p.span), key=lambda problem: problem.span or (0, 0))
        others = [problem for problem in found if not problem.span]
        more = len(located) - MAX_PROBLEMS
        if more > 0 and not others:
            others = [Problem(f"{more} more mistakes, not shown", source)]
        del located[MAX_PROBLEMS:]
        raise SpecError(*located, *others)
    return builder.graph()


class EnoughProblems(LimitReached):
    """There are as many problems as are shown."""


class Recorder(Check):
    """Keeps the requirements between formulas."""

    def __init__(self) -> None:
        self.recorded: list[tuple[Number, str, Number, str]] = []

    def record(self, left: Number, relation: str, right: Number, reason: str) -> None:
        self.recorded.append((left, relation, right, reason))


class Place(NamedTuple):
    """Where statements run: whose names, under which level, in which def calls, frozen or not."""

    frame: Frame
    level: Level
    calls: tuple[Span, ...] = ()
    frozen: bool = False
    depth: int = 0


class Builder:
    """Runs the statements of a file; `nodes` grow, mistakes gather in `problems`."""

    def __init__(
        self,
        source: Source,
        settings: Mapping[str, tree.Argument],
        inputs: Mapping[str, tree.Argument],
    ) -> None:
        self.source = source
        self.file = tree.File(())
        self.settings = dict(settings)
        self.inputs = dict(inputs)
        self.free = False
        self.poisoned = False
        self.freed: dict[tuple[str, int], Any] = {}
        self.named_sizes = False
        """Whether some input's sizes have symbols of the spec's own."""
        self.title: str | None = None
        self.layout = "chw"
        self.nodes: list[Node] = []
        self.problems: list[Problem] = []
        self.symbols = Symbols()
        self.requirements: list[Stated] = []
        self.answers: list[tuple[Level | None, Answer]] = []
        self.remarks: list[Remark] = []
        self.found_inputs: list[tuple[str | None, Span]] = []
        self.sides: set[int] = set()
        self.ends: set[int] = set()
        self.root = Level("", 0)
        self.order = 0
        self.statements = 0
        self.layers: dict[Any, Layer] = {}
        self.shapes: dict[Any, Shape] = {}
        self.seen: set[tuple[Span, str]] = set()

    # --- the whole file

    def run(self, file: tree.File) -> None:
        self.file = file
        place = Place(Frame(), self.root)
        self.declared = tree.declared_symbols(file)
        lets = {item.name for item in file.statements if isinstance(item, tree.Let)}
        inputs = sum(is_input(item) for item, _ in statements_in(file.statements, None))
        if "" in self.inputs and inputs > 1:
            del self.inputs[""]
            self.override_problem(
                "--input: this spec has several inputs; say which",
                "label them (left: input 1x28x28) and write --input left=3x64x64",
            )
        try:
            for name in self.settings:
                if name not in lets:
                    value = self.setting(name, file.span, place, None)
                    if not is_number(value):
                        raise Located(f"--set {name}: a symbol is a number", file.span)
                    self.symbols.given[name] = value
            end = self.statement_list(file.statements, place, None)
        except EnoughProblems:
            self.override_problem("there are more mistakes, not shown", None)
            return
        except LimitReached as error:
            self.report(error, place)
            return
        except Located as error:  # what was set for a symbol is no number
            self.override_problem(error.message, error.help)
            return
        if end is not None:
            self.ends.add(end)
        self.check_overrides(file)

    def check_overrides(self, file: tree.File) -> None:
        """--set and --input must name something."""
        lets = [item.name for item in file.statements if isinstance(item, tree.Let)]
        names = [*lets, *self.symbols.known]
        for name in self.settings:
            if name not in names:
                near = nearest(name, names)
                known = f"what can be set: {', '.join(names)}" if names else None
                self.override_problem(
                    f"--set {name}: there is no let or symbol {name} at the top level",
                    f"did you mean {near}?" if near else self.with_sizes_named(name) or known,
                )
        labels = [label for label, _ in self.found_inputs if label]
        for label in self.inputs:
            if label and label not in labels:
                known = ", ".join(labels)
                self.override_problem(
                    f"--input {label}=: there is no input labelled {label}",
                    f"the labelled inputs are {known}" if labels else None,
                )
        if "" in self.inputs and not self.found_inputs:
            self.override_problem("--input: this spec has no input", None)

    def with_sizes_named(self, name: str) -> str | None:
        """How the one input's size could have that name."""
        inputs = [node.shape for node in self.nodes if isinstance(node.layer, Input)]
        if len(inputs) != 1 or name not in FREE_NAMES[inputs[0].rank]:
            return None
        shape = "x".join(map(str, (inputs[0].depth, *FREE_NAMES[inputs[0].rank])))
        return f"--input {shape} makes symbols of the input's sizes"

    def override_problem(self, message: str, help: str | None) -> None:
        self.problems.append(Problem(message, Source("", self.source.name), help=help))

    def graph(self) -> Graph:
        names, groups = assign(self.root, self.nodes)
        used = {source for node in self.nodes for source in node.inputs}
        inputs = tuple(i for i, node in enumerate(self.nodes) if isinstance(node.layer, Input))
        outputs = tuple(i for i in range(len(self.nodes)) if i not in used or i in self.sides)
        remarks = list(self.remarks)
        for index in outputs:
            if index not in self.ends and index not in self.sides:
                kind = "input" if index in inputs else "output"
                remarks.append(
                    Remark(
                        index,
                        "unused",
                        f"nothing uses {names[index]}, so it is an output of the network"
                        if kind == "output"
                        else f"nothing uses {names[index]}, an input",
                    )
                )
        answers = [
            answer._replace(name=names[answer.output] if level is None else level.name)
            for level, answer in self.answers
        ]
        return Graph(
            self.source,
            self.title,
            tuple(self.nodes),
            names,
            groups,
            inputs,
            outputs,
            tuple(self.requirements),
            tuple(answers),
            tuple(sorted(remarks)),
            self.symbols.free(),
            self.layout,
            tuple(size for _, size in self.freed),
        )

    def report(self, error: Located, place: Place) -> None:
        """Keep a mistake, unless the same was found at the same place before."""
        key = (error.span, error.message)
        if key in self.seen:
            return
        self.seen.add(key)
        if len(self.problems) >= MAX_PROBLEMS:
            raise EnoughProblems(error.message, error.span)
        if isinstance(error, UnknownName):
            found_elsewhere(error, self.file, self.source)
        calls = place.calls
        if len(calls) > 6:
            calls = (*calls[:3], *calls[-3:])
        self.problems.append(
            Problem(
                error.message,
                self.source,
                error.span,
                error.details,
                error.help,
                calls,
                error.about_size,
            )
        )

    # --- statements

    def statement_list(
        self, statements: Sequence[tree.Statement], place: Place, current: int | None
    ) -> int | None:
        """Run statements from a current value; the value at their end."""
        for statement in statements:
            self.statements += 1
            if self.statements > MAX_STATEMENTS:
                raise LimitReached(
                    f"the spec expands to more than {MAX_STATEMENTS:,} statements", statement.span
                )
            if isinstance(statement, tree.Step):
                current = self.step(statement, place, current)
            elif isinstance(statement, tree.Broken):
                current = POISON
                if statement.label is not None:
                    place.frame.labels[statement.label] = Label(POISON, 0, 0, None)
            else:
                try:
                    self.declaration(statement, place, current)
                except Poisoned:
                    pass
                except FormulaLimitError as error:
                    message = f"this needs {error}"
                    raise LimitReached(message, statement.span, help=WITH_NUMBERS) from None
                except Located as error:
                    self.report(error, place)
        return current

    def declaration(self, statement: tree.Statement, place: Place, current: int | None) -> None:
        top = place.level is self.root and place.depth == 0
        if isinstance(statement, tree.Let):
            self.let(statement, place, current, top)
        elif isinstance(statement, tree.Define):
            self.order += 1
            self.check_name(statement.name, statement.span, place, "def")
            parameters = [parameter.name for parameter in statement.parameters]
            place.frame.names[statement.name] = Bound(Poison(), self.order)
            for parameter in statement.parameters:
                if parameters.count(parameter.name) > 1:
                    raise Located(f"the parameter {parameter.name} stands twice", parameter.span)
                if parameter.name == "depth":
                    raise Located(
                        "depth has a meaning already: the depth that arrives", parameter.span
                    )
            closure = Closure(statement, place.frame, self.order)
            place.frame.names[statement.name] = Bound(closure, self.order)
        elif isinstance(statement, tree.Title):
            if self.title is not None or not top:
                raise Located("a file has one title, at its top level", statement.span)
            self.title = statement.text
        elif isinstance(statement, tree.Layout):
            if statement.name not in ("chw", "hwc"):
                raise Located(f"layout is chw or hwc, not {statement.name}", statement.span)
            if self.nodes or not top:
                raise Located("layout stands at the top, before the first input", statement.span)
            self.layout = statement.name
        elif isinstance(statement, tree.Symbols):
            self.declare_symbols(statement, place, current, top)

    def declare_symbols(
        self, statement: tree.Symbols, place: Place, current: int | None, top: bool
    ) -> None:
        if not top:
            raise Located("symbols are declared at the top level", statement.span)
        for name in statement.names:
            self.order += 1
            self.check_name(name, statement.span, place, "symbol")
            place.frame.names[name] = Bound(self.symbols.of(name), self.order)

    def let(self, statement: tree.Let, place: Place, current: int | None, top: bool) -> None:
        self.order += 1
        name = statement.name
        bound = place.frame.names.get(name)
        order = bound.order if bound is not None and place.frame.repeats else self.order
        if bound is None or not place.frame.repeats:
            self.check_name(name, statement.span, place, "let")
        try:
            if top and name in self.settings:
                value = self.setting(name, statement.span, place, current)
            else:
                value = argument(statement.value, self.context(place, current))
        except (Located, Poisoned):
            place.frame.names[name] = Bound(Poison(), order)
            raise
        place.frame.names[name] = Bound(value, order)

    def setting(self, name: str, span: Span, place: Place, current: int | None) -> Any:
        """The value that the user gave a let or symbol."""
        try:
            return argument(self.settings[name], self.context(place, current))
        except Located as error:
            help = None if isinstance(error, UnknownName) else error.help
            raise Located(f"--set {name}: {error.message}", span, help=help) from None

    def check_name(self, name: str, span: Span, place: Place, what: str) -> None:
        """A new name may not be taken."""
        if name in place.frame.names or (what != "symbol" and name in self.symbols.known):
            raise Located(
                f"{name} is defined already",
                span,
                help="choose another name; names are not set again",
            )
        if name == "depth":
            raise Located("depth has a meaning already: the depth that arrives", span)
        if what == "def" and name in LAYERS:
            raise Located(f"{name} is a layer; a def cannot take its name", span)

    def context(self, place: Place, current: int | None, *, shape: bool = False) -> Context:
        depth: Any = None
        if current is not None:
            depth = self.nodes[current].shape.sizes[0] if current >= 0 else Poison()
        return Context(place.frame, depth, self.symbols, shape)

    # --- steps

    def step(self, step: tree.Step, place: Place, current: int | None) -> int | None:
        """Run a labelled action with its answer; the new current value."""
        first = len(self.nodes)
        level: Level | None = None
        value: int | None
        try:
            if step.label is not None:
                self.check_label(step.label, step, place)
            value, level = self.action(step, place, current)
        except Poisoned:
            value = POISON
        except LimitReached:
            raise
        except Located as error:
            self.report(error, place)
            value = POISON
        except FormulaLimitError as error:
            raise LimitReached(f"this needs {error}", step.action.span, help=WITH_NUMBERS) from None
        if value is None and step.label is not None:
            span = Span(step.span.start, step.span.start + len(step.label))
            self.report(Located(f"the label {step.label} has nothing to name", span), place)
            value = POISON
        self.poisoned |= value == POISON
        result = value
        if isinstance(step.action, tree.Side):
            value = current
        if step.label is not None:
            known = POISON if result is None else result
            place.frame.labels[step.label] = Label(known, first, len(self.nodes), current)
        if step.answer is not None and result is not None and result >= 0:
            self.answer(step, place, level, first, result)
        return value

    def check_label(self, label: str, step: tree.Step, place: Place) -> None:
        if label in place.frame.labels and not place.frame.repeats:
            raise Located(
                f"the label {label} is set already",
                Span(step.span.start, step.span.start + len(label)),
                help="choose another label; only inside repeat may one be set again",
            )

    def action(
        self, step: tree.Step, place: Place, current: int | None
    ) -> tuple[int | None, Level | None]:
        """The value of an action, and its level if it made one."""
        action, label = step.action, step.label
        if isinstance(action, tree.Apply):
            return self.apply(action, label, place, current)
        if isinstance(action, tree.Join):
            return self.join(action, label, place, current)
        if isinstance(action, tree.From):
            return reference(action.reference, place.frame).value, None
        if isinstance(action, tree.Reuse):
            return self.reuse(action, label, place, current)
        if isinstance(action, tree.Block):
            text, block = "block", action
        elif isinstance(action, tree.Repeat):
            text, block = "repeat", action.block
        else:
            text, block = ("freeze" if isinstance(action, tree.Freeze) else "side"), action.block
        level = self.open(label, text, place) if label is not None else None
        inner = self.deeper(place, action.span, level=level or place.level)
        if isinstance(action, tree.Freeze):
            inner = inner._replace(frozen=True)
        if isinstance(action, tree.Repeat):
            value = self.repeat(action, inner, current)
        else:
            value = self.statement_list(block.statements, inner, current)
        if isinstance(action, tree.Side) and value is not None and value >= 0:
            if value == current:
                raise Located(
                    "this side is empty", action.span, help="put the head's layers into it"
                )
            self.ends.add(value)
            if label is not None:
                self.sides.add(value)
        self.close(level, value)
        return value, level

    def open(
        self, label: str | None, text: str, place: Place, base: str = "", node: int | None = None
    ) -> Level:
        """Begin a level under its label, or numbered by `base`."""
        level = Level(text, len(self.nodes))
        place.level.entries.append(Entry(label or base, label is not None, node, level))
        return level

    def close(self, level: Level | None, value: int | None) -> None:
        if level is not None:
            level.last = len(self.nodes)
            level.output = -1 if value is None else value

    def deeper(self, place: Place, span: Span, **changes: Any) -> Place:
        """The place inside a block. Raises `Located` past the limit."""
        if place.depth >= MAX_CALLS:
            raise LimitReached(
                f"blocks and defs stand more than {MAX_CALLS} deep in each other", span
            )
        return place._replace(depth=place.depth + 1, **changes)

    def repeat(self, action: tree.Repeat, place: Place, current: int | None) -> int | None:
        count = number(action.count, self.context(place, current))
        if not isinstance(count, int):
            raise Located("how often to repeat must be a whole number", action.count.span)
        if count < 0:
            raise Located(f"cannot repeat {count} times", action.count.span)
        if count * max(len(action.block.statements), 1) > MAX_STATEMENTS:
            raise Located(
                f"repeating {count:,} times makes more than {MAX_STATEMENTS:,} statements",
                action.count.span,
            )
        frame = place.frame
        previous = frame.names.get(action.index) if action.index else None
        if action.index is not None and previous is not None and not frame.repeats:
            raise Located(f"{action.index} is defined already", action.span)
        frame.repeats += 1
        try:
            for index in range(count):
                self.statements += 1
                if action.index is not None:
                    self.order += 1
                    frame.names[action.index] = Bound(index, self.order)
                current = self.statement_list(action.block.statements, place, current)
        finally:
            frame.repeats -= 1
            if action.index is not None:
                frame.names.pop(action.index, None)
                if previous is not None:
                    frame.names[action.index] = previous
        return current

    # --- layers and defs

    def apply(
        self, action: tree.Apply, label: str | None, place: Place, current: int | None
    ) -> tuple[int | None, Level | None]:
        name = action.name
        name_span = Span(action.span.start, action.span.start + len(name))
        called = place.frame.find(name, name_span)
        if isinstance(called, Poison):
            raise Poisoned
        if isinstance(called, Closure):
            return self.call(called, action, label, place, current)
        if isinstance(called, LayerName):
            name = called.name
        elif called is not None:
            raise Located(f"{name} holds {describe(called)}; it cannot be called", name_span)
        kind = LAYERS.get(name)
        if kind is None or name in JOINS:
            raise unknown_layer(name, name_span, place.frame.known())
        return self.layer(kind, name, action, label, place, current), None

    def layer(
        self,
        kind: type[Layer],
        name: str,
        action: tree.Apply,
        label: str | None,
        place: Place,
        current: int | None,
    ) -> int:
        """Add the node of a layer."""
        if kind is Input:
            return self.add_input(action, label, place, current)
        values = self.arguments(kind, name, action, place, current)
        if current is None:
            raise Located(
                f"{name} needs something to work on",
                action.span,
                help="begin with an input: input 3x224x224",
            )
        if current < 0:
            raise Poisoned
        if kind.kind == "reshape" and self.layout == "hwc":
            values = (depth_first(values[0]),)
        inputs = [current]
        if any(isinstance(value, SizeOf) for value in values):
            inputs.append(self.target(action, place))
        return self.node(self.interned(kind, values, name), tuple(inputs), action, label, place)

    def target(self, action: tree.Apply, place: Place) -> int:
        """The node that ``size=@label`` names."""
        for option in action.options:
            if isinstance(option.value, tree.Reference):
                return reference(option.value, place.frame).value
            if isinstance(option.value, tree.Name):
                value = place.frame.find(option.value.name, option.value.span)
                if isinstance(value, Target):
                    return value.node
        raise Poisoned

    def interned(self, kind: type[Layer], values: tuple[Any, ...], name: str) -> Layer:
        key = (kind, values, name)
        layer = self.layers.get(key)
        if layer is None:
            called = name if kind.aliases.get(name) is not None else None
            layer = self.layers[key] = kind(*values, called=called)
        return layer

    def add_input(
        self, action: tree.Apply, label: str | None, place: Place, current: int | None
    ) -> int:
        """Add an input, with the shape that the user asked for instead, if any."""
        key = label if label in self.inputs else "" if "" in self.inputs else None
        self.found_inputs.append((label, action.span))
        written: Any = action.arguments
        if key is None:
            values = self.arguments(Input, "input", action, place, current)
        else:
            written = self.inputs[key]
            replaced = tree.Apply("input", (self.inputs[key],), (), action.span)
            try:
                values = self.arguments(Input, "input", replaced, place, current)
            except Located as error:
                raise Located(f"--input: {error.message}", action.span, help=error.help) from None
        sizes, ones = values[0], written_ones(action)
        if self.layout == "hwc":
            sizes, ones = depth_first(sizes), depth_first(ones)
        if len(sizes) > MAX_AXES:
            raise Located(
                f"an input has at most {MAX_AXES} axes (CxDxHxW), this has {len(sizes)}",
                action.span,
            )
        numbers = all(isinstance(size, int) for size in sizes)
        if self.has_symbols(written):
            self.named_sizes = True
        elif self.free and numbers:
            sizes = self.freed_sizes(sizes)
        node = self.node(self.interned(Input, (sizes,), "input"), (), action, label, place)
        varies = tuple(
            axis >= len(ones) or not ones[axis] or size != 1
            for axis, size in enumerate(sizes[1:], start=1)
        )
        known = self.nodes[node].shape
        depths = written_sizes(action)[-1 if self.layout == "hwc" else 0 :][:1]
        shape = Shape(known.sizes, (known.varies[0] or self.has_symbols(depths), *varies))
        self.nodes[node] = self.nodes[node]._replace(shape=shape)
        if len(sizes) == 2 and sizes[0] == sizes[1] and isinstance(sizes[0], int) and sizes[0] > 3:
            self.remarks.append(
                Remark(
                    node,
                    "input-axes",
                    f"input {sizes[0]}x{sizes[1]} is 1-D: depth {sizes[0]}, length {sizes[1]};"
                    f" a grey image is 1x{sizes[0]}x{sizes[1]}",
                )
            )
        if len(sizes) == 4 and sizes[0] == 1 and sizes[1] in (1, 3, 4):
            rest = "x".join(str(size) for size in sizes[1:])
            self.remarks.append(
                Remark(
                    node,
                    "input-axes",
                    f"input 1x{rest} is 3-D of depth 1; for a batch of one write {rest}",
                )
            )
        return node

    def has_symbols(self, node: Any) -> bool:
        """Whether a part of the text names a symbol, perhaps one with a number put in."""
        names = (inner.name for inner in tree.inside(node) if isinstance(inner, tree.Name))
        return any(name in self.symbols.known for name in names)

    def freed_sizes(self, sizes: tuple[Any, ...]) -> tuple[Any, ...]:
        """An input's sizes with an unknown for each spatial axis that is not 1; equal ones are
        shared.
        """
        from convcalc.arithmetic.affine import Opaque  # only solving pays for it

        free = [sizes[0]]
        for axis, size in zip(FREE_NAMES[len(sizes) - 1], sizes[1:], strict=True):
            if size == 1:
                free.append(size)
                continue
            if (axis, size) not in self.freed:
                number, name = 1, axis
                while name in self.symbols.known or name in self.declared:
                    number += 1
                    name = f"{axis}{number}"
                free_size = self.symbols.given.get(name, Opaque(name))
                self.symbols.known[name] = self.freed[axis, size] = free_size
            free.append(self.freed[axis, size])
        return tuple(free)

    def node(
        self,
        layer: Layer,
        inputs: tuple[int, ...],
        action: tree.Action,
        label: str | None,
        place: Place,
        *,
        level: Level | None = None,
    ) -> int:
        """Add a node and find its shape. Raises `Located` where numbers break a requirement."""
        index = len(self.nodes)
        if index >= MAX_LAYERS:
            raise LimitReached(f"the network has more than {MAX_LAYERS:,} layers", action.span)
        shapes = tuple(self.nodes[source].shape for source in inputs)
        try:
            shape = self.shape(layer, shapes, index)
        except LayerProblem as problem:
            raise self.located(problem, action, layer) from None
        self.nodes.append(Node(layer, inputs, shape, action.span, place.calls, place.frozen))
        if level is None:
            entry = index if label is None else Entry(label, True, index, None)
            place.level.entries.append(entry)
        return index

    def shape(self, layer: Layer, shapes: tuple[Shape, ...], index: int) -> Shape:
        key = (layer, shapes)
        known = self.shapes.get(key)
        if known is None:
            recorder = Recorder()
            if len(self.symbols.known) > len(self.freed):
                layer.check_arguments(recorder)
            known = self.shapes[key] = layer.output(shapes, recorder)
            self.requirements += (Stated(index, *stated) for stated in recorder.recorded)
        return known

    def located(self, problem: LayerProblem, action: tree.Action, layer: Layer) -> Located:
        """A layer's problem at the argument it is about."""
        return Located(
            problem.message,
            argument_span(problem.argument, action, layer.arguments),
            details=problem.details,
            help=problem.help,
            about_size=problem.about_size,
        )

    def arguments(
        self,
        kind: type[Layer],
        name: str,
        action: tree.Apply,
        place: Place,
        current: int | None,
    ) -> tuple[Any, ...]:
        """The values of a layer's arguments, in the order of their declaration."""
        return arguments(kind, name, action, self.context(place, current, shape=kind is Input))

    def call(
        self,
        closure: Closure,
        action: tree.Apply,
        label: str | None,
        place: Place,
        current: int | None,
    ) -> tuple[int | None, Level]:
        """Run a def's body with its parameters bound."""
        definition = closure.definition
        frame = Frame(closure)
        context = self.context(place, current)
        given: dict[str, tree.Argument] = {}
        parameters = [parameter.name for parameter in definition.parameters]
        if len(action.arguments) > len(parameters):
            count = f"{len(parameters)} argument{'s' * (len(parameters) != 1)}"
            extra = action.arguments[len(parameters)]
            raise wrong_call(definition, f"takes {count}", extra.span)
        given.update(zip(parameters, action.arguments, strict=False))
        for option in action.options:
            if option.name not in parameters:
                message = f"has no parameter {option.name}"
                raise wrong_call(definition, message, option.span, option.name)
            if option.name in given:
                raise Located(f"{option.name} is given twice", option.span)
            given[option.name] = option.value
        for parameter in definition.parameters:
            if parameter.name in given:
                value = argument(given[parameter.name], context)
            elif parameter.default is not None:
                value = argument(parameter.default, context._replace(frame=frame))
            else:
                raise wrong_call(definition, f"needs {parameter.name}", action.span)
            frame.names[parameter.name] = Bound(value, 0)
        text = " ".join([definition.name, *called_with(definition, action, frame)])
        level = self.open(label, text, place, definition.name)
        inner = self.deeper(
            place, action.span, frame=frame, level=level, calls=(action.span, *place.calls)
        )
        value = self.statement_list(definition.body.statements, inner, current)
        self.close(level, value)
        return value, level

    # --- joins and reuse

    def join(
        self, action: tree.Join, label: str | None, place: Place, current: int | None
    ) -> tuple[int, Level | None]:
        kind = LAYERS[action.kind]
        as_layer = tree.Apply(action.kind, (), action.options, action.span)
        values = self.arguments(kind, action.kind, as_layer, place, current)
        level = None
        if action.branches:
            parts, level = self.branches(action, label, place, current)
        else:
            if current is None:
                raise Located(
                    f"{action.kind} needs something to work on",
                    action.span,
                    help="begin with an input: input 3x224x224",
                )
            parts = [current]
            for item in action.references:
                parts.append(reference(item, place.frame).value)
        if any(part < 0 for part in parts):
            raise Poisoned
        layer = self.interned(kind, values, action.kind)
        value = self.node(layer, tuple(parts), action, label, place, level=level)
        if level is not None:
            entries = place.level.entries
            for position in range(len(entries) - 1, -1, -1):
                entry = entries[position]
                if isinstance(entry, Entry) and entry.level is level:
                    entries[position] = entry._replace(node=value)
                    break
            self.close(level, value)
        return value, level

    def branches(
        self, action: tree.Join, label: str | None, place: Place, current: int | None
    ) -> tuple[list[int], Level | None]:
        """The ends of the branches, each begun at the current value."""
        level = self.open(label, action.kind, place) if label is not None else None
        inner = self.deeper(place, action.span, level=level or place.level)
        parts = []
        for branch in action.branches:
            end = self.statement_list(branch.statements, inner, current)
            if end is None:
                raise Located(
                    f"a branch of this {action.kind} has nothing to work on",
                    branch.span,
                    help="begin with an input: input 3x224x224",
                )
            parts.append(end)
        return parts, level

    def reuse(
        self, action: tree.Reuse, label: str | None, place: Place, current: int | None
    ) -> tuple[int, Level | None]:
        """Run a label's nodes again, from the current value, with the same weights."""
        name = action.reference.name
        found = reference(action.reference, place.frame)
        if current is None:
            raise Located("reuse needs something to work on", action.span)
        if current < 0:
            raise Poisoned
        if found.first >= found.last or found.entry is None:
            raise Located(
                f"@{name} names no layers that could run again",
                action.reference.span,
                help="reuse takes the label of a layer or a block",
            )
        if any(not self.nodes[i].inputs for i in range(found.first, found.last)):
            raise Located(f"@{name} has an input in it; it cannot run again", action.reference.span)
        single = found.last - found.first == 1
        level = None if single else self.open(label, f"reuse @{name}", place, "reuse")
        moved = {found.entry: current}
        for index in range(found.first, found.last):
            node = self.nodes[index]
            inputs = tuple(moved.get(source, source) for source in node.inputs)
            inner = place if level is None else place._replace(level=level)
            again = self.node(node.layer, inputs, action, label if single else None, inner)
            self.check_reuse(node, self.nodes[again], name, action)
            origin = index if node.shared is None else node.shared
            self.nodes[again] = self.nodes[again]._replace(shared=origin, frozen=node.frozen)
            moved[index] = again
            if index in self.ends:
                self.ends.add(again)
        value = moved.get(found.value, found.value)
        self.close(level, value)
        return value, level

    def check_reuse(self, node: Node, again: Node, name: str, action: tree.Reuse) -> None:
        """Weights only fit inputs for which they were made."""
        before = [self.nodes[source].shape for source in node.inputs]
        now = [self.nodes[source].shape for source in again.inputs]
        weights = node.layer.count_weights(before)
        if weights != node.layer.count_weights(now):
            raise Located(
                f"the weights of @{name} were made for {before[0]}, here comes {now[0]}",
                action.span,
                details=(f"{node.layer.text} holds {weights.weights} weights there",),
            )

    def answer(
        self, step: tree.Step, place: Place, level: Level | None, first: int, value: int
    ) -> None:
        """Keep what the spec expects of a step."""
        assert step.answer is not None
        windows = sum(isinstance(node.layer, Windowed) for node in self.nodes[first:])
        try:
            expected = expectations(
                step.answer, self.context(place, value), hwc=self.layout == "hwc", windows=windows
            )
        except Poisoned:
            return
        except Located as error:
            self.report(error, place)
            return
        if expected:
            self.answers.append((level, Answer("", value, first, len(self.nodes), expected)))


def called_with(definition: tree.Define, action: tree.Apply, frame: Frame) -> Iterator[str]:
    """What a def was called with, as it was written but with numbers put in."""
    given = {option.name: option.value for option in action.options}
    for position, parameter in enumerate(definition.parameters):
        by_name = parameter.name in given
        if position < len(action.arguments) or by_name:
            value = frame.names[parameter.name].value
            node = given[parameter.name] if by_name else action.arguments[position]
            if isinstance(value, Closure):
                text = value.definition.name
            elif isinstance(value, Target):
                text = f"@{node.name}" if isinstance(node, tree.Reference) else parameter.name
            elif isinstance(value, LayerName):
                text = value.name
            else:
                text = describe(value).removeprefix("the word ")
            yield f"{parameter.name}={text}" if by_name else text


def written_ones(action: tree.Apply) -> tuple[bool, ...]:
    """Which sizes of an input are a 1 in the text: meant so, while any other 1 happens to be."""
    return tuple(
        isinstance(size, tree.Number) and size.value == 1 for size in written_sizes(action)
    )


def written_sizes(action: tree.Apply) -> tuple[tree.Argument, ...]:
    """The sizes of an input as the text has them."""
    if len(action.arguments) == 1 and isinstance(action.arguments[0], tree.Dims):
        return tuple(pair.first for pair in action.arguments[0].pairs)
    return action.arguments
