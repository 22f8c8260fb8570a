"""kztimeline: dated, sourced claims about arms and armed forces, asked at a point in time.

>>> import kztimeline as kz
>>> tl = kz.load()
>>> answer = tl.fielded("2016", system="wing-loong-1")

Importing does no work: Polars and the rest load with the first timeline.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kztimeline.answers import Answer, Finding
    from kztimeline.timeline import Timeline

__all__ = ["Answer", "Finding", "Timeline", "Truth", "__version__", "errors", "event", "init", "load", "open", "parse_date", "parse_quantity", "resolve"]  # fmt: skip
__version__ = "0.1.0.dev0"

_LAZY = {
    "Answer": "answers",
    "Finding": "answers",
    "Timeline": "timeline",
    "Truth": "truth",
    "parse_date": "dates",
    "parse_quantity": "quantities",
}


def load() -> Timeline:
    """Open the log that is shipped with the library. Raises :class:`~kztimeline.errors.LogNotFoundError`."""
    from kztimeline.shipped import shipped_log

    return open(shipped_log())


def open(path: str | os.PathLike[str], *, mode: Literal["r", "a"] = "r", writer: str = "kztimeline") -> Timeline:
    """Open the log in a folder, to read (``"r"``) or to append (``"a"``).

    Raises :class:`~kztimeline.errors.LogNotFoundError` and :class:`~kztimeline.errors.IntegrityError`.
    """
    from pathlib import Path

    from kztimeline.timeline import open_timeline

    return open_timeline(Path(path), mode=mode, writer=writer)


def init(path: str | os.PathLike[str], *, name: str, holder: str = "KAZ") -> Timeline:
    """Begin an empty log in a folder and open it for appending.

    Raises :class:`~kztimeline.errors.LogExistsError` where one is already.
    """
    from pathlib import Path

    from kztimeline.log import create

    create(Path(path), name=name, holder=holder)
    return open(path, mode="a")


def resolve(name: str) -> str:
    """Give the id of a system of the shipped log by any of its names.

    Raises :class:`~kztimeline.errors.UnknownNameError` with near names.
    """
    return load().resolve(name)


def event(**fields: object) -> object:
    """Build a claim, link or definition from its fields, as a draft writes them.

    Raises :class:`~kztimeline.errors.EventError` with every problem.
    """
    from kztimeline.codec import event_of

    return event_of(fields)


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(f"kztimeline.{_LAZY[name]}"), name)
    if name == "errors":
        return import_module("kztimeline.errors")
    raise AttributeError(f"module 'kztimeline' has no attribute {name!r}")
