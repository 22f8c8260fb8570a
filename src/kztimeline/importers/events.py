"""Tables of events into drafts: anybody's by a mapping, our own exports and filled-in templates as they are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import polars as pl
from attrs import evolve

from kztimeline.canonical import event_id, read_object
from kztimeline.codec import fields_of, value_of
from kztimeline.entries import Draft, Entry, near, parse_draft, read_draft
from kztimeline.errors import DraftError, EventError, FileError, NotationError, Problem
from kztimeline.importers.fields import COLUMNS, column_of, event_fields, row_of
from kztimeline.importers.grids import Grid, Row, each_once, frame_grid, place_of, read_grid
from kztimeline.importers.mapping import (
    TableMapping,
    columns_under,
    mapping_of,
    placed,
    read_mapping,
    translated,
    translates,
    twice,
)
from kztimeline.importers.reading import Reading, digest
from kztimeline.importers.tables import Table
from kztimeline.limits import file_bytes
from kztimeline.paths import path_of
from kztimeline.registry import fold
from kztimeline.wire import many_values

EVENTS = "events"
PACKAGED = "events.csv"
"""The events in the folder of a data package."""
LINE, ID = "line", "id"
"""Columns of an export: an event's line as the log keeps it, and its id."""


@many_values()
def read_table(
    path: str | os.PathLike[str] | pl.DataFrame,
    *,
    mapping: str | os.PathLike[str] | Mapping[str, object] | None = None,
) -> Reading:
    """Read anybody's table of events: CSV, Excel, Parquet or a frame; ``mapping`` is a TOML file, or the same as values.

    Without a mapping the headings are the fields' own names, as in a template. Nothing is resolved yet:
    what names lead to, and what is wrong with a row, is told when the reading is ingested. Raises
    :class:`DraftError` with every problem of the mapping, :class:`FileError` for a file that is no table.
    """
    if isinstance(path, pl.DataFrame):
        return _frame_events(path, mapping)
    refuse_other_tables(path)
    where = path_of(path, "the file of a table", "table.csv")
    if mapping is None:
        return read_events(where)
    used, name = _mapping(mapping)
    grid = read_grid(where, sheet=used.sheet, heading=used.heading)
    return _mapped(grid, used, placed(used, grid, name), digest(file_bytes(where)))


def refuse_other_tables(one: object) -> None:
    """Say what to write for what is a table, but none that is read. Raises :class:`NotationError`."""
    if isinstance(one, pl.LazyFrame):
        raise NotationError("a lazy frame has no rows yet; write .collect() behind it")
    if isinstance(one, Mapping):
        raise NotationError('an event given by its fields is no file; write kz.open(log, mode="a").append(…)')
    if not isinstance(one, pl.DataFrame | pl.Series) and any(
        hasattr(one, name) for name in ("__dataframe__", "__arrow_c_stream__")
    ):
        kind = f"{type(one).__module__.split('.')[0]}.{type(one).__name__}"
        raise NotationError(f"a {kind} is no Polars frame; write pl.DataFrame(…) around it")


def _mapping(given: str | os.PathLike[str] | Mapping[str, object]) -> tuple[TableMapping, str]:
    """Check a mapping, and give it with its name. Raises :class:`DraftError`."""
    if isinstance(given, Mapping):
        return mapping_of(given, "mapping", {}), "mapping"
    file = path_of(given, "a mapping", "mapping.toml")
    return read_mapping(file), file.name


def _frame_events(frame: pl.DataFrame, mapping: str | os.PathLike[str] | Mapping[str, object] | None) -> Reading:
    """Read a frame by a mapping, or one whose columns are the fields' names, or those of an export."""
    grid = frame_grid(frame)
    if mapping is None:
        return _own(grid, "")
    used, name = _mapping(mapping)
    if needless := [part for part in ("sheet", "heading") if getattr(used, part) is not None]:
        said = "a frame has none; its column names are the headings: leave this out"
        raise DraftError([Problem(name, None, part, said) for part in needless])
    return _mapped(grid, used, placed(used, grid, name), "")


def read_events(path: Path) -> Reading:
    """Read a draft, an export of ours, or a table whose headings are the fields' names; of a data package its events."""
    if (path / PACKAGED).is_file():
        path /= PACKAGED
    if path.suffix.lower() in (".jsonl", ".toml"):
        data = file_bytes(path)
        draft = parse_draft(data, path.name, "jsonl") if path.suffix.lower() == ".jsonl" else read_draft(path)
        return _drafted(draft, digest(data))
    grid = read_grid(path)
    return _own(grid, digest(file_bytes(path)))


def _own(grid: Grid, sha256: str) -> Reading:
    headings = [fold(heading) for heading in grid.heading.cells]
    if LINE in headings and ID in headings:
        return _drafted(_lines(grid, headings), sha256)
    known = {fold(name): name for name in COLUMNS}
    columns = {known[name]: at for at, name in enumerate(headings) if name in known}
    foreign = [heading for heading in grid.heading.cells if heading and fold(heading) not in known]
    if not columns:
        said = f"no column of events; it has {', '.join(foreign)[:200] or 'none'}: write a mapping, or start from a template"
        raise FileError(said, path=grid.name, line=grid.heading.number)
    if doubled := [name for name in columns if len(columns_under(name, grid)) > 1]:
        at = grid.heading.number
        raise DraftError([Problem(grid.name, at, x, twice(x, columns_under(x, grid), grid)) for x in doubled])
    if foreign:
        where = grid.heading.number
        problems = [
            Problem(
                grid.name,
                where,
                heading,
                f"no column of events{near(fold(heading), known)}; take it out, or write a mapping",
            )
            for heading in foreign
        ]
        raise DraftError(problems)
    return _mapped(grid, TableMapping(), columns, sha256)


def _mapped(grid: Grid, mapping: TableMapping, columns: Mapping[str, int], sha256: str) -> Reading:
    """Put the cells of each field's column into our words. Raises :class:`DraftError` where lists would be split."""
    if whole := [name for name in mapping.split if columns.get(name) in grid.lists]:
        said = "its column holds lists, which need no splitting; leave this out"
        raise DraftError([Problem(grid.name, None, f"split.{name}", said) for name in whole])
    blank = pl.Series([""]).new_from_index(0, grid.cells.height)
    names = [name for name in COLUMNS if name in columns or name in mapping.defaults]
    told = {name: grid.cells.to_series(columns[name]) if name in columns else blank for name in names}
    cells = [
        (each_once(told[name], partial(translated, mapping, name)) if translates(mapping, name) else told[name]).alias(
            name
        )
        for name in names
    ]
    table = Table(
        grid.name, mapping.note or f"table {grid.name}", grid.numbers, pl.DataFrame(cells), dict(mapping.split)
    )
    return evolve(_drafted(table, sha256), columns=dict(columns), sheet=grid.sheet)


def _drafted(told: Draft | Table, sha256: str) -> Reading:
    rows = len(told) if isinstance(told, Table) else len(told.entries)
    return Reading(told.name, sha256, EVENTS, rows, (), told, (), None, None)


def _lines(grid: Grid, headings: Sequence[str]) -> Draft:
    """Take the events of an export from their lines, or from the cells of a row whose id and line are empty.

    A row edited beside its line is told.
    """
    entries: list[Entry] = []
    problems: list[Problem] = []
    for row in grid.rows:
        cells = dict(zip(headings, row.cells, strict=False))
        if not cells[LINE] and not cells[ID]:
            fields = event_fields({name: cells.get(fold(name), "") for name in COLUMNS}, {})
            entries.append(Entry(row.number, None, fields, {"": row.number}, frozenset()))
            continue
        try:
            fields = read_object(cells[LINE].encode())
            problems += _edited(grid, row, headings, cells)
        except EventError as error:
            problems.append(Problem(grid.name, row.number, LINE, str(error)))
            continue
        entries.append(Entry(row.number, None, fields, {"": row.number}, frozenset()))
    if problems:
        raise DraftError(problems)
    return Draft(grid.name, f"export {grid.name}", tuple(entries), (), True)


def _edited(grid: Grid, row: Row, headings: Sequence[str], cells: Mapping[str, str]) -> Iterator[Problem]:
    """Tell where a row of an export says something else than its line."""
    line = cells[LINE].encode()
    if cells.get(ID, "") != event_id(line):
        yield Problem(grid.name, row.number, ID, "not the id of this line; take the line from the export as it was")
        return
    told = row_of(fields_of(value_of(line)))
    by_name = {fold(name): name for name in COLUMNS}
    for heading in headings:
        name = by_name.get(heading)
        if name is not None and _spaced(cells.get(heading, "")) != _spaced(told.get(name, "")):
            said = f"{cells.get(heading, '')[:60]!r} here, {told.get(name, '')[:60]!r} in the line"
            yield Problem(grid.name, row.number, name, f"{said}; clear the cells id and line to write a new event")


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def in_cells(reading: Reading, problems: Sequence[Problem]) -> list[Problem]:
    """Name the cell of each problem of a table: ``C7`` in a sheet, the column in a text."""
    if not reading.columns:
        return list(problems)
    told = []
    for problem in problems:
        column = column_of(problem.path)
        at = reading.columns.get(column) if column is not None else None
        if problem.line is None:
            told.append(problem)
            continue
        place = place_of(reading.sheet, problem.line, at)
        named = " ".join(part for part in (place, f"({column})" if column else "") if part)
        told.append(evolve(problem, path=named or problem.path))
    return told
