"""What a file gave: its deals or events, what was refused and why, what it covers; as columns too."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import polars as pl
from attrs import define, field

from kztimeline.dates import parse_date
from kztimeline.entries import Draft
from kztimeline.errors import Problem
from kztimeline.frames import day, table
from kztimeline.importers.coverage import Coverage, data_year
from kztimeline.importers.deals import REGISTER, SOURCE, Deal, claims
from kztimeline.importers.tables import Table
from kztimeline.quantities import parse_quantity

ROWS: dict[str, pl.DataType | type[pl.DataType]] = {
    "line": pl.Int64,
    "kind": pl.String,
    "holder": pl.String,
    "supplier": pl.String,
    "system": pl.String,
    "designation": pl.String,
    "category": pl.String,
    "account": pl.String,
    "form": pl.String,
    "deal": pl.String,
    "time_edtf": pl.String,
    "time_earliest": pl.Date,
    "time_latest": pl.Date,
    "quantity": pl.String,
    "low": pl.Int64,
    "best": pl.Int64,
    "high": pl.Int64,
    "source": pl.String,
    "published_edtf": pl.String,
    "note": pl.String,
}
"""One row per event of a file: the columns of ``tl.events()``, with line, supplier and designation as printed.

``system`` is the id that the designation leads to, or would be defined as.
"""


@define(frozen=True, slots=False)
class Reading:
    """A file as it was read: nothing is in a log yet.

    ``events`` are those of a table or draft. ``table`` says which: ``"sipri-at-register"``, ``"sipri-at-deliveries"`` or ``"events"``. ``rows`` counts the
    records of the file; each is a deal or event, or stands in ``refused``. ``release`` is the day of the file.
    ``columns`` says in which column of a table, counted from 0, each field stands, ``sheet`` in which sheet.
    """

    name: str
    sha256: str
    table: str
    rows: int
    deals: tuple[Deal, ...] = field(repr=False)
    events: Draft | Table | None = field(repr=False)
    refused: tuple[Problem, ...] = field(repr=False)
    release: str | None
    coverage: Coverage | None = field(repr=False)
    columns: Mapping[str, int] = field(factory=dict, repr=False)
    sheet: str | None = field(default=None, repr=False)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The events as columns; see :data:`ROWS`."""
        return table(_event_rows(self), ROWS)

    @property
    def read(self) -> int:
        """How many records became claims: with those refused they are all of the file."""
        if self.events is not None:
            return self.rows
        return len(self.deals) if self.table == REGISTER else sum(len(deal.tranches) for deal in self.deals)

    @property
    def edition(self) -> str:
        """The id of this state of the register."""
        return edition(self.table, str(self.release))

    @cached_property
    def data_day(self) -> str | None:
        """The last day that the data cover: the end of the last year asked about."""
        if self.coverage is None or self.release is None:
            return None
        year = data_year(self.coverage, self.deals, self.release)
        return None if year is None else f"{year}-12-31"

    def cited(self) -> list[Mapping[str, object]]:
        """Give the citation of every claim of a release."""
        stated = self.coverage is not None and self.coverage.stated and self.coverage.last is not None
        return cited(self.table, str(self.release), self.data_day if stated else None)

    def __len__(self) -> int:
        return self.rows


def edition(table: str, release: str) -> str:
    """Name a state of a table of the register."""
    return f"{table}-{release}"


def cited(table: str, release: str, data_day: str | None = None) -> list[Mapping[str, object]]:
    """Cite a release."""
    said = {"edition": edition(table, release), "published": release, "source": SOURCE}
    return [said if data_day is None else {**said, "data_day": data_day}]


def digest(data: bytes) -> str:
    """Hash the bytes of a file: SHA-256, as hex."""
    return hashlib.sha256(data).hexdigest()


def _event_rows(reading: Reading) -> Iterator[dict[str, object]]:
    if reading.events is not None:
        draft = reading.events.draft() if isinstance(reading.events, Table) else reading.events
        for entry in draft.entries:
            yield _row(entry.fields, entry.line)
        return
    for deal in reading.deals:
        for fields in claims(deal, reading.table, reading.cited()).values():
            row = _row(fields, deal.line)
            yield {**row, "designation": deal.designation, "category": deal.category, "supplier": deal.supplier}


def _row(fields: Mapping[str, object], line: int | None) -> dict[str, object]:
    """Give one event's fields as a row; what cannot be read as a date or count keeps its text alone."""
    row: dict[str, object] = {name: fields.get(name) for name in ("kind", "holder", "form", "deal", "category", "note")}
    row |= {"line": line, "account": fields.get("account") or fields.get("into")}
    row |= {"system": _joined(fields.get("systems")), "supplier": _joined(fields.get("suppliers"))}
    cited = fields.get("citations")
    first = cited[0] if isinstance(cited, Sequence) and cited and isinstance(cited[0], Mapping) else {}
    row |= {"source": first.get("source"), "published_edtf": first.get("published")}
    row["time_edtf"] = time = fields.get("occurred") or fields.get("cutoff") or fields.get("period")
    row["quantity"] = count = fields.get("quantity")
    try:
        if isinstance(time, str):
            when = parse_date(time)
            row |= {"time_earliest": day(when.first), "time_latest": day(when.last)}
        if isinstance(count, str | int):
            number = parse_quantity(str(count))
            row |= {"low": number.low, "best": number.best, "high": number.high}
            row["quantity"] = number.text
    except ValueError:
        row["quantity"] = None if count is None else str(count)
    return row


def _joined(value: object) -> str | None:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) and value else None
