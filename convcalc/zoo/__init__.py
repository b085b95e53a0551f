"""The networks that come with convcalc: specs (``*.conv``), and in `published` what is published
about them.
"""

from __future__ import annotations

import os

FOLDER = os.path.dirname(__file__)


def names() -> tuple[str, ...]:
    """The networks' names, in alphabetical order."""
    files = (file for file in os.listdir(FOLDER) if file.endswith(".conv"))
    return tuple(sorted(file.removesuffix(".conv") for file in files))


def text(name: str) -> str:
    """The spec of a network; upper and lower case are the same.

    Raises KeyError for an unknown name; only names of the zoo are looked up, never a path.
    """
    with open(os.path.join(FOLDER, known(name) + ".conv"), encoding="utf-8") as file:
        return file.read()


def known(name: str) -> str:
    """The name of a network, whatever its case. Raises KeyError for an unknown one."""
    folded = name.lower()
    if folded not in names():
        raise KeyError(name)
    return folded
