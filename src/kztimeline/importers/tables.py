"""Tables of events as columns: what is plainly right is written without an object for any row, the rest as a draft is.

A field is read once for all rows whose cells for it are equal, and what tells one row from another is judged once
(:mod:`kztimeline.together`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, get_args

import polars as pl
from attrs import cmp_using, field, frozen

from kztimeline.canonical import event_id
from kztimeline.codec import CLASS_OF_WORD
from kztimeline.desk import Desk
from kztimeline.drafts import prepare
from kztimeline.entries import Draft, Entry
from kztimeline.errors import DraftError, Problem
from kztimeline.events import Claim
from kztimeline.importers.fields import CELLS, event_fields, field_of
from kztimeline.named import system_id
from kztimeline.registry import Registry
from kztimeline.together import DOUBTS, lines_of_columns
from kztimeline.wire import many_values, readers_of

AT_ONCE = 32_768
"""So many rows are written at once, which bounds what that takes beside cells and lines."""
FEW = 64
"""So few rows, among which some need a closer look, all get it."""
_CLAIMS = {word: cls for word, cls in CLASS_OF_WORD.items() if cls in get_args(Claim)}
_NAMES = ("systems", "to_system")


@frozen
class Table:
    """A table of events in our words: ``cells`` has a column of text for each field's, ``""`` where nothing is stated.

    ``numbers`` are those of its rows in the file; ``split`` says what separates the members of a list.
    """

    name: str
    note: str
    numbers: pl.Series = field(eq=cmp_using(eq=pl.Series.equals))
    cells: pl.DataFrame = field(eq=cmp_using(eq=pl.DataFrame.equals))
    split: Mapping[str, str]

    def __len__(self) -> int:
        return self.cells.height

    def draft(self, rows: Sequence[int] | None = None) -> Draft:
        """Make a draft of some rows, or of all."""
        some = slice(None) if rows is None else pl.Series(rows, dtype=pl.UInt32)
        several = zip(self.numbers[some], self.cells[some].iter_rows(named=True), strict=True)
        entries = (Entry(line, None, event_fields(row, self.split), {"": line}, frozenset()) for line, row in several)
        return Draft(self.name, self.note, tuple(entries), (), True)


def event_lines(told: Draft | Table, desk: Desk) -> Sequence[bytes]:
    """Write the lines of events for the log on a desk. Raises :class:`DraftError` with every problem."""
    if isinstance(told, Draft):
        return _prepared(told, desk)
    if not len(told):
        raise DraftError([Problem(told.name, None, "", "no row below the headings; write one for each event")])
    lines = _plain_lines(told, desk.registry)
    odd = [row for row in range(len(told)) if row not in lines]
    if odd:
        lines.update(zip(odd, _prepared(told.draft(odd), desk, [*lines.values()]), strict=True))
    return [lines[row] for row in range(len(told))]


def _prepared(draft: Draft, desk: Desk, beside: Sequence[bytes] = ()) -> Sequence[bytes]:
    """Write the lines of a draft, of which some may name lines that are written beside it."""
    (found,) = prepare(
        [draft],
        desk.definitions,
        desk.known,
        desk.lines,
        registry=desk.registry,
        gone=desk.gone,
        beside=lambda: {*map(event_id, beside)},
    )
    return found.lines


def _plain_lines(table: Table, registry: Registry) -> dict[int, bytes]:
    """Write the rows that are plainly right, each under its number; rows count from 0."""
    cells, lines = table.cells.with_row_index("row"), dict[int, bytes]()
    with many_values():
        for cls in {*_CLAIMS.values()} if "kind" in cells.columns else ():
            own = cells.filter(pl.col("kind").is_in([word for word, of in _CLAIMS.items() if of is cls]))
            for part in own.iter_slices(AT_ONCE):
                lines.update(_tried(cls, part, partial(_lines, cls, split=table.split, registry=registry)))
    return lines


def _tried(cls: type, cells: pl.DataFrame, write: Callable[[pl.DataFrame], list[bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of rows of one class; where some need a closer look, of those stretches that do not."""
    try:
        lines = write(cells.drop("row"))
    except DOUBTS:
        half = cells.height // 2
        for part in (cells[:half], cells[half:]) if cells.height > FEW else ():
            yield from _tried(cls, part, write)
        return
    yield from zip(cells["row"], lines, strict=True)


def _lines(cls: type, cells: pl.DataFrame, *, split: Mapping[str, str], registry: Registry) -> list[bytes]:
    """Write rows of one class. Raises one of :data:`DOUBTS` for what needs a closer look."""
    stated = cells.select(column.name for column in cells.get_columns() if (column != "").any())
    readers, unstated = readers_of(cls)
    columns, left = {}, {*stated.columns}
    for name, read in readers.items():
        own = [column for column in CELLS.get(name, (name,)) if column in stated.columns]
        left.difference_update(own)
        if own:
            beside = ["source"] if name in _NAMES and "source" in stated.columns else []
            field = partial(_field, name, read, split, registry, unstated)
            columns[name] = _column(stated.select(own + beside), field)
        else:
            columns[name] = [unstated[name]]
    if left:
        raise LookupError
    return lines_of_columns(cls, columns, range(cells.height), partial(_claim, cls, columns), registry)


def _field(
    name: str, read: Callable[[Any], Any], split: Mapping[str, str], registry: Registry, unstated: Mapping[str, object],
    cells: Mapping[str, str],
) -> object:  # fmt: skip
    """Give what some cells say of a field."""
    told: Any = field_of(name, cells, split)
    if told is None:
        return unstated[name]
    if name in _NAMES:
        named = partial(system_id, registry, source=cells.get("source") or None)
        told = named(told) if isinstance(told, str) else [named(one) for one in told]
    return read(told)


def _column(cells: pl.DataFrame, read: Callable[[Mapping[str, str]], object]) -> list[object]:
    """Read each row of cells, equal ones once; one item where all are equal."""
    distinct = cells.unique(maintain_order=True)
    values = [*map(read, distinct.iter_rows(named=True))]
    if len(values) == 1:
        return values
    numbered = distinct.with_row_index("number")
    numbers = cells.join(numbered, on=cells.columns, how="left", maintain_order="left")["number"]
    return [*map(values.__getitem__, numbers.to_list())]


def _claim(cls: type, columns: Mapping[str, Sequence[object]], row: int) -> object:
    return cls(**{name: column[row if len(column) > 1 else 0] for name, column in columns.items()})
