"""A log as an SQLite database, with the metadata that Datasette shows beside it."""

from __future__ import annotations

import contextlib
import datetime
import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from kztimeline.errors import PathError
from kztimeline.events import citations_of
from kztimeline.exports.lines import DESCRIPTIONS, line_frame
from kztimeline.frames import table
from kztimeline.registry import key_of
from kztimeline.tables import EVENTS, event_rows
from kztimeline.timeline import Timeline

_TYPES: Mapping[type[pl.DataType], str] = {pl.Int64: "INTEGER", pl.Boolean: "INTEGER"}
_CITATIONS = dict.fromkeys(("event", "source", "via", "edition", "published", "basis", "data_day"), pl.String)
_SYSTEMS = dict.fromkeys(("id", "name", "category", "first", "family"), pl.String)
_NAMES = dict.fromkeys(("name", "system", "source"), pl.String)
_SOURCES = dict.fromkeys(("id", "title", "publisher", "form"), pl.String)
_ABOUT = {
    "events": "Every line of the log, in its order, with the line itself.",
    "claims": "The claims that stand today, with bounds of their dates and counts.",
    "citations": "Who says so: one row per event and citation.",
    "systems": "What can be named, with its category and family.",
    "names": "Folded names and the systems they lead to; source is set where a name holds in one source only.",
    "sources": "Publications.",
    "steps": "One row per holder, system, account and closed-open period in which nothing changes.",
}
_INDEXES = (("events", "kind"), ("claims", "system"), ("citations", "event"), ("steps", "holder, system, account"))


def write_sqlite(timeline: Timeline, path: Path) -> list[Path]:
    """Write a database anew, and ``NAME.metadata.json`` for ``datasette NAME --metadata NAME.metadata.json``."""
    if path.exists() and not path.is_file():
        raise PathError("no file that a database could take the place of; name another", path=str(path))
    path.unlink(missing_ok=True)
    frames = dict(_frames(timeline))
    with contextlib.closing(sqlite3.connect(path)) as base, base:
        base.execute("PRAGMA user_version = 1")
        for name, frame in frames.items():
            _write(base, name, frame)
        for name, columns in _INDEXES:
            base.execute(f"CREATE INDEX {name}_{columns.replace(', ', '_')} ON {name} ({columns})")
    beside = path.with_suffix(".metadata.json")
    beside.write_text(json.dumps(_metadata(timeline, path, frames), indent=2, ensure_ascii=False) + "\n", "utf-8")
    return [path, beside]


def _frames(timeline: Timeline) -> Iterable[tuple[str, pl.DataFrame]]:
    registry = timeline.standing.registry
    yield "events", line_frame(timeline)
    yield "claims", table(event_rows(timeline.standing.claims), EVENTS)
    cited = (
        {"event": row.id, "source": c.source, "via": c.via, "edition": c.edition, "published": c.published.text,
         "basis": str(c.basis), "data_day": c.data_day.text if c.data_day else None}
        for row in timeline.placed
        for c in citations_of(row.value)
    )  # fmt: skip
    yield "citations", table(cited, _CITATIONS)
    systems = (
        {"id": s.id, "name": s.name, "category": s.category, "first": s.first.text if s.first else None,
         "family": " ".join(registry.families.get(key_of(registry, s.id), ())) or None}
        for s in registry.systems.values()
    )  # fmt: skip
    yield "systems", table(systems, _SYSTEMS)
    names = ({"name": n, "system": system, "source": source} for (source, n), system in registry.aliases.items())
    yield "names", table(names, _NAMES)
    sources = (
        {"id": s.id, "title": s.title, "publisher": s.publisher, "form": s.form} for s in registry.sources.values()
    )
    yield "sources", table(sources, _SOURCES)
    yield "steps", timeline.steps


def _write(base: sqlite3.Connection, name: str, frame: pl.DataFrame) -> None:
    columns = ", ".join(f'"{column}" {_TYPES.get(type(kind), "TEXT")}' for column, kind in frame.schema.items())
    base.execute(f"CREATE TABLE {name} ({columns})")
    marks = ", ".join("?" * frame.width)
    base.executemany(f"INSERT INTO {name} VALUES ({marks})", (tuple(map(_cell, row)) for row in frame.iter_rows()))


def _cell(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime.date) else value


def _metadata(timeline: Timeline, path: Path, frames: Mapping[str, pl.DataFrame]) -> dict[str, object]:
    tables = {
        name: {"description": _ABOUT[name], "columns": {c: DESCRIPTIONS[c] for c in frame.columns if c in DESCRIPTIONS}}
        for name, frame in frames.items()
    }
    about = f"Exported at head {timeline.head}. Dates are text in EDTF; a null bound is no bound."
    return {
        "title": timeline.log.genesis.name,
        "description": about,
        "databases": {path.stem: {"tables": tables}},
    }
