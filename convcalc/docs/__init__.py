"""The reference that comes with convcalc, as Markdown; ``convcalc docs`` shows it."""

from __future__ import annotations

import os

FOLDER = os.path.dirname(__file__)

TOPICS = {
    "language": "how a network is written down, statement by statement",
    "layers": "every layer: its arguments, and how its size and parameters are counted",
    "solving": "which input sizes work, and how that is found; holes; budgets",
    "formulas": "the arithmetic: sizes, padding, parameters, work, memory, and where they are from",
    "homework": "explain, check and quiz: sheets, marks, mistakes, exercises",
    "json": "the output for scripts, field by field",
    "evaluation": "top-k accuracy: what the files look like, how ties count",
    "architecture": "how convcalc is built, for whoever changes it",
}
"""What can be read, and what it is about."""


def text(topic: str) -> str:
    """A topic as Markdown. Raises KeyError for an unknown one."""
    if topic not in TOPICS:
        raise KeyError(topic)
    if topic == "layers":
        from convcalc.docs import reference

        return reference.layers()
    with open(os.path.join(FOLDER, topic + ".md"), encoding="utf-8") as file:
        written = file.read()
    if topic == "formulas":
        from convcalc.docs import reference

        return written + reference.formulas()
    return written


def schema() -> str:
    """The JSON Schema of ``convcalc NET --format json``."""
    with open(os.path.join(FOLDER, "schema.json"), encoding="utf-8") as file:
        return file.read()
