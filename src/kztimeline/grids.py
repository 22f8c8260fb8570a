"""Frames as HTML tables: bounds joined to one cell, marks in words, sources as numbers into a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from kztimeline.languages import bounds
from kztimeline.markup import table, text

LONGEST = 60
"""More rows than this are counted, not shown; ``.frame`` has them."""
_SOURCES = ("ledgers", "source", "sources")
_IDS = ("id", "claims", "events", "segment", "parents")
_LEFT_OUT = {"low_from", "high_from", "time_earliest", "time_latest", "published_inferred", "stage_earliest"}
_OFTEN_SAME = ("holder", "account")
"""Columns that are said once, in the caption, where every row has the same."""
_MARKS = ("open", "conflict", "inferred", "perhaps_renamed")


class Framed(Protocol):
    """What a data frame gives: names of columns, and rows."""

    @property
    def columns(self) -> list[str]:
        """The names."""
        ...

    def iter_rows(self, *, named: Any) -> Any:
        """The rows, each a mapping."""
        ...


def grid(caption: str, frame: Framed, sources: Sequence[str]) -> str:
    """Write the first rows of a frame as a table; ``sources`` are the ids that the numbers in it point to."""
    every = list(frame.iter_rows(named=True))
    same = [name for name in _OFTEN_SAME if every and len({row.get(name) for row in every}) == 1 and every[0].get(name)]
    columns = [name for name in shown(frame.columns) if name not in same]
    caption += "".join(f" · {name} {text(every[0][name])}" for name in same)
    rows = [[_cell(name, row, sources) for name in columns] for row in every[:LONGEST]]
    more = f"<p>… and {len(every) - LONGEST} more rows in <code>.frame</code></p>" if len(every) > LONGEST else ""
    return table(caption, columns, rows) + more


def shown(columns: Sequence[str]) -> list[str]:
    """Name the columns of the table: ``number`` for bounds, ``marks`` for what is true of them."""
    names: list[str] = []
    for column in columns:
        name = column
        stem, _, last = column.rpartition("_")
        if last in ("low", "best", "high") and f"{stem}_low" in columns:
            name = stem
        elif column in ("low", "best", "high"):
            name = "number"
        elif column in _MARKS:
            name = "marks"
        elif column in _LEFT_OUT or (last in ("earliest", "latest") and f"{stem}_edtf" in columns):
            continue
        if name not in names:
            names.append(name)
    return names


def _cell(name: str, row: Mapping[str, Any], sources: Sequence[str]) -> str:
    if name == "number" and "low" in row:
        return text(bounds(row["low"], row["high"], row.get("best")))
    if name == "marks":
        return text(", ".join(mark.replace("_", " ") for mark in _MARKS if row.get(mark)))
    if f"{name}_low" in row:
        return text(bounds(row[f"{name}_low"], row[f"{name}_high"], row.get(f"{name}_best")))
    value = row.get(name)
    if value is None:
        return ""
    if name in _SOURCES:
        return "".join(_mark(source, sources) for source in str(value).split())
    return text(" ".join(part[:8] for part in str(value).split())) if name in _IDS else text(value)


def _mark(source: str, sources: Sequence[str]) -> str:
    number = str(sources.index(source) + 1) if source in sources else text(source)
    return f'<sup title="{text(source)}">[{number}]</sup>'


def numbered(titles: Iterable[str]) -> str:
    """Write the titles that the numbers point to."""
    items = "".join(f"<li>{text(title)}</li>" for title in titles)
    return f"<ol>{items}</ol>" if items else ""
