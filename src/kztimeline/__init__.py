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
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kztimeline.accounted import Accounted
    from kztimeline.answers import Answer, Finding
    from kztimeline.editions import Edition
    from kztimeline.importers import ingest, read_sipri_deliveries, read_sipri_register, read_table
    from kztimeline.log.redact import Redacted
    from kztimeline.registry import Resolution
    from kztimeline.timeline import Timeline

__all__ = [
    "Accounted", "Answer", "Edition", "Finding", "Resolution", "Timeline", "Truth", "__version__", "diff", "errors", "event",
    "ingest", "init", "load", "open", "parse_date", "parse_quantity", "read_edition", "read_sipri_deliveries",
    "read_sipri_register", "read_table", "redact", "resolve",
]  # fmt: skip
__version__ = "0.1.0.dev0"

_LAZY = {
    "Accounted": "accounted",
    "Answer": "answers",
    "Edition": "editions",
    "Finding": "answers",
    "Resolution": "registry",
    "Timeline": "timeline",
    "Truth": "truth",
    "ingest": "importers",
    "parse_date": "dates",
    "parse_quantity": "quantities",
    "read_sipri_deliveries": "importers",
    "read_sipri_register": "importers",
    "read_table": "importers",
}


def load() -> Timeline:
    """Open the log that is shipped with the library. Raises :class:`~kztimeline.errors.LogNotFoundError`."""
    from kztimeline.shipped import shipped_log

    return open(shipped_log())


def open(path: str | os.PathLike[str], *, mode: Literal["r", "a"] = "r", writer: str = "kztimeline") -> Timeline:
    """Open the log in a folder, to read (``"r"``) or to append (``"a"``).

    Raises :class:`~kztimeline.errors.LogNotFoundError`, :class:`~kztimeline.errors.IntegrityError`, and
    :class:`~kztimeline.errors.NotationError` for what is no path or no mode.
    """
    from kztimeline.timeline import open_timeline

    return open_timeline(_folder(path), mode=mode, writer=writer)


def init(
    path: str | os.PathLike[str], *, name: str, holder: str = "KAZ", store: Literal["segments", "delta"] = "segments"
) -> Timeline:
    """Begin an empty log in a folder and open it for appending.

    ``store="delta"`` keeps the lines in a Delta table beside the segments, for logs that outgrow text (needs the
    ``lake`` extra). Raises :class:`~kztimeline.errors.LogExistsError` where one is already.
    """
    from kztimeline.stores import begin_log

    begin_log(_folder(path), name=name, holder=holder, store=store)
    return open(path, mode="a")


def redact(
    path: str | os.PathLike[str], claims: Sequence[str], *, reason: str, writer: str, unsalted: bool = False
) -> Redacted:
    """Take events out of the log in a folder for good: a stub with id, reason and writer stays in the place of each.

    ``claims`` are ids, or 8 or more digits of one. Head and ids stay as they are; ``kztimeline verify`` and every answer
    tell of redactions. Tables kept of the log are removed. Raises :class:`~kztimeline.errors.EventError` where something
    else would change with it (a claim stand again because its correction goes), and for an event without a salt unless
    ``unsalted``; :class:`~kztimeline.errors.UnknownNameError` for an unknown id. Doing it twice is no news.
    """
    from kztimeline import redacting

    return redacting.redact(_folder(path), claims, reason=reason, writer=writer, unsalted=unsalted)


def read_edition(
    path: str | os.PathLike[str],
    mapping: str | os.PathLike[str] | Mapping[str, object] | None = None,
    *,
    edition: str | None = None,
    holder: str | None = None,
) -> Edition:
    """Read an edition from CSV (plain or gzipped) or Excel; what the file lacks comes from the shipped definitions.

    ``mapping`` names the file's own columns (a mapping, or the path of a TOML file). Of a file with several editions
    or holders ``edition`` and ``holder`` name one. Raises :class:`~kztimeline.errors.NotationError` for what cannot
    be read, :class:`~kztimeline.errors.FileError` for a file that is none or damaged, and
    :class:`~kztimeline.errors.UnknownNameError` where several would fit.
    """
    from kztimeline import comparing

    return comparing.read_edition(path, mapping, edition, holder)


def diff(
    one: Edition | Timeline | str,
    other: Edition | Timeline | str,
    *,
    on: str | None = None,
    unchanged: bool = False,
) -> Accounted:
    """Say what changed between two editions, or between two views of one day, and what accounts for it.

    Editions are values, or ids of the shipped log; values are compared by the shipped definitions alone, so that
    nothing is said to have come or gone. Two timelines need ``on``. See :meth:`Timeline.diff` for a log of your own.
    """
    from kztimeline import comparing

    return comparing.diff(one, other, on, unchanged)


def resolve(name: str) -> Resolution:
    """Say what a name means in the shipped log: a system's own name, an alias, or only like some names.

    Unknown names raise nothing; they have no ``system``. :meth:`Timeline.resolve` gives the id, or raises.
    """
    from kztimeline.registry import resolution

    return resolution(load().standing.registry, name)


def event(**fields: object) -> object:
    """Build a claim, link or definition from its fields, as a draft writes them.

    Raises :class:`~kztimeline.errors.EventError` with every problem.
    """
    from kztimeline.codec import event_of

    return event_of(fields)


def _folder(path: str | os.PathLike[str]) -> Path:
    """Take the path of a log's folder. Raises :class:`~kztimeline.errors.NotationError` for what can be none."""
    from kztimeline.paths import path_of

    return path_of(path, "the folder of a log", "my-log")


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(f"kztimeline.{_LAZY[name]}"), name)
    if name == "errors":
        return import_module("kztimeline.errors")
    raise AttributeError(f"module 'kztimeline' has no attribute {name!r}")
