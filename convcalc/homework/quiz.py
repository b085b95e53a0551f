"""Exercises made up on the spot: a sheet of layers drawn so that every mistake shows.

An exercise is some lines of a spec with blanks. It is drawn again until all mistakes that can be
made in a blank give different wrong values: then each of them is recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

from convcalc.analysis.analyse import Analysis
from convcalc.arithmetic.number import DTYPES
from convcalc.errors import SpecError
from convcalc.graph.build import build
from convcalc.graph.graph import Answer, Graph
from convcalc.homework.check import Marks, Question, shown
from convcalc.homework.diagnosis import all_values, cases, equal
from convcalc.language.parser import parse
from convcalc.source import Source

LEVELS = range(1, 6)
MOST_DRAWS = 30
MOST_STARTS = 300
"""How often a line is drawn again, and how often a whole exercise is begun again."""

TOPICS = {
    "size": "the output size of a convolution",
    "pool": "the output size of a pool",
    "same": "padding that keeps ⌈n/stride⌉",
    "dilation": "convolutions with holes",
    "transposed": "the output size of a transposed convolution",
    "params": "parameters",
    "macs": "multiply-accumulates",
    "memory": "bytes of activations",
    "inception": "branches joined in depth",
    "field": "receptive fields",
    "network": "a small network, layer by layer",
}
"""What can be practised."""


class Exercise(NamedTuple):
    """One exercise: its lines in a sheet, whose labels begin with `label`."""

    label: str
    topic: str
    lines: tuple[str, ...]


class Quiz(NamedTuple):
    """Exercises and the sheet that they make together."""

    title: str
    exercises: tuple[Exercise, ...]

    @property
    def text(self) -> str:
        """The sheet, to be filled in and checked."""
        parts = [f'title "{self.title}"']
        for exercise in self.exercises:
            parts += ["", f"# {exercise.label}: {TOPICS[exercise.topic]}", *exercise.lines]
        return "\n".join(parts) + "\n"

    def exercise(self, question: Question) -> Exercise:
        """The exercise that a question belongs to."""
        number = question.layer.partition("_")[0]
        return next(item for item in self.exercises if item.label == number)


class NotDrawn(Exception):
    """No exercise that fits was drawn: a bug in the topic's drawing."""


def make(topics: Sequence[str], level: int, count: int, seed: int) -> Quiz:
    """A quiz of `count` exercises on some topics (none: all of them), from level 1 to 5. The same
    seed makes the same quiz.
    """
    random = Random(f"{seed} {level} {count} {' '.join(topics)}")
    wanted = list(topics) or list(TOPICS)
    order = [wanted[position % len(wanted)] for position in range(count)]
    exercises: list[Exercise] = []
    drawn: set[tuple[str, ...]] = set()
    for number, topic in enumerate(order, 1):
        label = f"q{number}"
        for _ in range(100):
            lines = draw(topic, level, random, label)
            if lines not in drawn:
                break
        drawn.add(tuple(line.replace(label, "q") for line in lines))
        exercises.append(Exercise(label, topic, lines))
    about = ", ".join(topics) if topics else "everything"
    return Quiz(f"Quiz: {about}, level {level}, seed {seed}", tuple(exercises))


def draw(topic: str, level: int, random: Random, label: str) -> tuple[str, ...]:
    """The lines of an exercise, drawn layer by layer; after many misses from the start again."""
    for _ in range(MOST_STARTS):
        lines: list[str] = []
        steps = STEPS[topic](level, random)
        for step in steps:
            for _ in range(MOST_DRAWS):
                line = step(random)
                asking = f"{label}_{len(lines) + 1}: {line}" if "?" in line else line
                if sensible([*lines, asking], level, topic):
                    lines.append(asking)
                    break
            else:
                break
        if len(lines) == len(steps):
            return tuple(lines)
    raise NotDrawn(f"{topic}, level {level}")


Step = Callable[[Random], str]


def sensible(lines: Sequence[str], level: int, topic: str) -> bool:
    """Whether the last of some lines works, leaves no pixels over unless the level is about that,
    and shows every mistake that can be made in its blanks.
    """
    source = Source("\n".join(lines))
    try:
        graph = build(parse(source), source)
    except SpecError:
        return False
    if not graph.answers or "?" not in lines[-1]:
        return True
    analysis = Analysis(graph, DTYPES["float32"], "chw")
    report = analysis.report("", 1, "float32")
    if topic != "memory" and (level < 4 or topic == "field"):
        name = graph.names[-1]
        if any(note.code == "dropped-pixels" and note.layer == name for note in report.notes):
            return False
    answer = graph.answers[-1]
    first, last = analysis.before[answer.first], analysis.before[answer.last]
    for quantity, _, _ in answer.expected:
        right = analysis.actual(quantity, answer, analysis.layers[first:last])
        if right is None or not _tells_apart(graph, answer, quantity, right):
            return False
    return True


def _tells_apart(graph: Graph, answer: Answer, quantity: str, right: Any) -> bool:
    """Whether no two mistakes give the same wrong answer, and some mistake can be made."""
    found = cases(graph.nodes, DTYPES["float32"])
    nodes = range(answer.first, answer.last)
    about = [found[node] for node in nodes]
    if quantity in ("output_shape", "receptive_field"):
        about = [found[answer.output]]
    some = False
    for part, value_right, values in all_values(quantity, right, about):
        del part
        wrong = [value for value in values if not equal(value, value_right)]
        some = some or bool(wrong)
        if len(set(wrong)) < len(wrong):
            return False
    return some


def key(quiz: Quiz, marks: Marks) -> str:
    """The sheet with every blank filled in rightly."""
    from convcalc.homework import sheet as sheets

    source = Source(quiz.text)
    answers = {question.span: _in_language(question) for question in marks.questions}
    return sheets.with_answers(sheets.read(source), answers)


def _in_language(question: Question) -> str:
    return shown(question.expected).replace("×", "x").replace(",", "")


# --- what is drawn for each topic


def picture(random: Random, *, depths: Sequence[int] = (3, 8, 16, 32), most: int = 64) -> str:
    sizes = [size for size in (12, 13, 14, 16, 20, 24, 27, 28, 31, 32, 48, 56, 64) if size <= most]
    size = random.choice(sizes)
    return f"input {random.choice(depths)}x{size}x{size}"


def oblong(random: Random) -> str:
    height, width = random.sample((14, 17, 20, 23, 28, 33, 40, 45, 56), 2)
    return f"input {random.choice((3, 8, 16))}x{height}x{width}"


def filters(random: Random) -> int:
    return random.choice((4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64))


def size_steps(level: int, random: Random) -> list[Step]:
    padded = level == 2 or (level > 2 and random.random() < 0.7)

    def layer(r: Random) -> str:
        kernel = r.choice(((3, 5), (2, 3, 5, 7), (3, 4, 5, 6, 7))[min(level, 3) - 1])
        text = f"conv {filters(r)} {kernel}x{kernel}"
        if level >= 3:
            text += f" stride={r.choice([s for s in (2, 3, 4) if s <= kernel])}"
        if padded:
            text += f" pad={r.randint(1, kernel // 2 + 1)}"
        if level == 5 and r.random() < 0.5:
            text += " dilation=2"
        return text + " -> ?"

    return [oblong if level >= 4 else picture, layer]


def pool_steps(level: int, random: Random) -> list[Step]:
    padded = level == 3 or (level > 3 and random.random() < 0.5)

    def layer(r: Random) -> str:
        kernel = r.choice((2, 3, 4)[level > 1 :] if level < 3 else (3, 4, 5, 6, 7))
        text = f"{r.choice(('maxpool', 'avgpool'))} {kernel}x{kernel}"
        if level >= 2:
            least = 2 if level >= 4 else 1
            text += f" stride={r.choice([s for s in (1, 2, 3, 4) if least <= s < kernel])}"
        if padded:
            text += f" pad={r.randint(1, kernel // 2)}"
        if level == 5:
            text += " round=ceil"
        return text + " -> ?"

    return [oblong if level >= 4 else picture, layer]


def same_steps(level: int, _: Random) -> list[Step]:
    def layer(r: Random) -> str:
        kernel = r.choice((3, 5) if level < 3 else (2, 3, 4, 5, 7))
        stride = 1 if level == 1 else r.choice((2,) if level == 2 else (2, 3, 4))
        text = f"conv {filters(r)} {kernel}x{kernel} pad=same"
        if stride > 1:
            text += f" stride={stride}"
        return text + (" -> padding=?" if level == 5 and r.random() < 0.5 else " -> ?")

    return [oblong if level >= 4 else picture, layer]


def dilation_steps(level: int, _: Random) -> list[Step]:
    def layer(r: Random) -> str:
        kernel = r.choice((3,) if level == 1 else (3, 5))
        text = f"conv {filters(r)} {kernel}x{kernel}"
        if level >= 3:
            text += f" stride={r.choice((1, 2))}"
        if level >= 2:
            text += f" pad={r.choice((1, 2, 3, 4))}"
        text += f" dilation={r.choice((3, 4) if level == 1 else (2, 3, 4))}"
        return text.replace(" stride=1", "") + " -> ?"

    return [oblong if level >= 4 else picture, layer]


def transposed_steps(level: int, _: Random) -> list[Step]:
    def layer(r: Random) -> str:
        stride = r.choice((2,) if level == 1 else (2, 3, 4))
        kernel = r.choice((3, 4) if level == 1 else (3, 4, 5, 6))
        text = f"deconv {filters(r)} {kernel}x{kernel} stride={stride}"
        if level >= 2:
            text += f" pad={r.choice((1, 2))}"
        if level >= 3:
            text += f" output_pad={r.randint(0, stride - 1)}"
        return text.replace(" output_pad=0", "") + " -> ?"

    def small(r: Random) -> str:
        return picture(r, most=16)

    return [oblong if level == 5 else small, layer]


def params_steps(level: int, _: Random) -> list[Step]:
    def layer(r: Random) -> str:
        kernel = r.choice((3, 5, 7))
        square = f"{kernel}x{kernel}"
        choices = [f"conv {filters(r)} {square}"]
        if level >= 2:
            choices = [*choices, f"conv {filters(r)} {square} bias=no", f"fc {filters(r)}"]
        if level >= 3:
            choices = [f"conv {filters(r)} {square} groups={r.choice((2, 4))}", "bn", *choices]
        if level >= 4:
            choices = [f"dwconv {square}", f"sepconv {filters(r)} {square}", choices[0]]
        if level == 5:
            rectangle = f"{r.choice((1, 3))}x{r.choice((5, 7))}"
            choices = [f"conv {filters(r)} {rectangle}", f"deconv {filters(r)} {square}", *choices]
        return r.choice(choices) + " -> params=?"

    def small(r: Random) -> str:
        return picture(r, depths=(3, 8, 12, 16, 24), most=32)

    return [small, layer]


def macs_steps(level: int, _: Random) -> list[Step]:
    def layer(r: Random) -> str:
        kernel = r.choice((3, 5) if level < 3 else (3, 5, 7))
        text = f"conv {filters(r)} {kernel}x{kernel}"
        if level >= 3:
            text += " stride=2"
        if level >= 2:
            text += f" pad={r.choice((1, 2, 3))}"
        if level >= 4:
            text += " groups=4"
        if level == 5:
            name = r.choice(("dwconv", f"sepconv {filters(r)}", f"deconv {filters(r)}"))
            text = f"{name} {kernel}x{kernel} stride=2 pad={r.choice((1, 2))}"
        return text + " -> macs=?"

    def small(r: Random) -> str:
        return picture(r, depths=(3, 8, 12, 16, 24), most=32)

    return [small, layer]


def memory_steps(level: int, _: Random) -> list[Step]:
    def layer(r: Random) -> str:
        kernel = r.choice((3, 5))
        stride = f" stride={r.choice((2, 3))}" if level >= 3 else ""
        return f"conv {filters(r)} {kernel}x{kernel}{stride} -> memory=?"

    return [oblong if level >= 4 else picture, layer]


def inception_steps(level: int, _: Random) -> list[Step]:
    def block(r: Random) -> str:
        count = (2, 3, 3, 4, 4)[level - 1]
        branches = [f"conv {filters(r)} 1x1"]
        for kernel in (3, 5)[: count - 1]:
            reduce = f"conv {filters(r)} 1x1 ; " if level >= 3 else ""
            branches.append(f"{reduce}conv {filters(r)} {kernel}x{kernel} pad={kernel // 2}")
        if count == 4:
            branches.append(f"maxpool 3x3 stride=1 pad=1 ; conv {filters(r)} 1x1")
        asked = "? params=?" if level >= 4 else "?"
        return f"concat {{ {' | '.join(branches[:count])} }} -> {asked}"

    def deep(r: Random) -> str:
        return picture(r, depths=(16, 32, 64, 96), most=28)

    return [deep, block]


def field_steps(level: int, _: Random) -> list[Step]:
    def window(r: Random, last: bool = False) -> str:
        if r.random() < 0.35:
            text = r.choice(("maxpool 2x2", "maxpool 3x3 stride=2"))
        else:
            kernel = r.choice((3, 5, 7))
            text = f"conv 8 {kernel}x{kernel}"
            if level >= 2 and r.random() < 0.4:
                text += " stride=2"
            if level >= 4 and r.random() < 0.4:
                text += " dilation=2"
        return text + (" -> field=?" if last else "")

    count = (2, 2, 3, 3, 4)[level - 1]

    def stack(r: Random) -> str:
        inner = [window(r) for _ in range(count - 1)]
        return " ; ".join([*inner, window(r, last=True)])

    return [lambda _: "input 3x224x224", _labelled_last(stack)]


def _labelled_last(step: Step) -> Step:
    """Several layers as one block, so that the label stands before all of them."""

    def block(r: Random) -> str:
        text = step(r)
        layers, _, asked = text.rpartition(" -> ")
        return f"{{ {layers} }} -> {asked}"

    return block


def network_steps(level: int, _: Random) -> list[Step]:
    def convolution(r: Random) -> str:
        kernel = r.choice((3, 5))
        pad = r.choice((0, 1, 2)) if level >= 2 else 0
        stride = r.choice((1, 2)) if level >= 3 else 1
        text = f"conv {filters(r)} {kernel}x{kernel}"
        text += f" stride={stride}" if stride > 1 else ""
        return text + (f" pad={pad}" if pad else "") + " -> ?"

    def pool(r: Random) -> str:
        return r.choice(("maxpool 2x2", "maxpool 3x3 stride=2")) + " -> ?"

    def dense(r: Random) -> str:
        return f"fc {r.choice((10, 20, 100))} -> params=?"

    steps: list[Step] = [picture, convolution, pool]
    steps += [convolution, pool] if level >= 3 else [convolution] if level == 2 else []
    return [*steps, dense]


STEPS: dict[str, Callable[[int, Random], list[Step]]] = {
    "size": size_steps,
    "pool": pool_steps,
    "same": same_steps,
    "dilation": dilation_steps,
    "transposed": transposed_steps,
    "params": params_steps,
    "macs": macs_steps,
    "memory": memory_steps,
    "inception": inception_steps,
    "field": field_steps,
    "network": network_steps,
}
