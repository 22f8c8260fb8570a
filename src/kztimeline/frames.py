"""The only border between objects and columns: one schema for each table, dates as days, null as no bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import attrs
import polars as pl

STEPS: dict[str, pl.DataType | type[pl.DataType]] = {
    "holder": pl.String,
    "system": pl.String,
    "account": pl.String,
    "since": pl.Date,
    "until": pl.Date,
    "low": pl.Int64,
    "best": pl.Int64,
    "high": pl.Int64,
    "open": pl.Boolean,
    "conflict": pl.Boolean,
    "inferred": pl.Boolean,
    "low_from": pl.String,
    "high_from": pl.String,
    "ledgers": pl.String,
    "as_of": pl.Date,
}
"""One row per key and closed-open period in which nothing changes; ``until`` null is for ever."""


def table(rows: Iterable[Mapping[str, object]], schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    """Build a frame of a schema from rows; a column that a row lacks is null."""
    listed = list(rows)
    return pl.DataFrame({name: [row.get(name) for row in listed] for name in schema}, schema=dict(schema))


def step_frame(rows: Sequence[object]) -> pl.DataFrame:
    """Turn steps (attrs values with the fields of ``STEPS``, days as ordinals) into their frame, sorted."""
    columns: dict[str, list[object]] = {name: [] for name in STEPS}
    for row in rows:
        for name in STEPS:
            columns[name].append(getattr(row, name))
    frame = pl.DataFrame(
        columns,
        schema={name: (pl.Int64 if kind is pl.Date else kind) for name, kind in STEPS.items()},
    )
    days = [name for name, kind in STEPS.items() if kind is pl.Date]
    frame = frame.with_columns((pl.col(name) - _EPOCH).cast(pl.Int32).cast(pl.Date) for name in days)
    return frame.sort("holder", "system", "account", "since")


_EPOCH = date(1970, 1, 1).toordinal()


def day(ordinal: int | None) -> date | None:
    """Give the day of an ordinal; ``None`` for an open end."""
    return None if ordinal is None else date.fromordinal(ordinal)


def plain(value: object) -> dict[str, object]:
    """Give the fields of an attrs value as a row."""
    return attrs.asdict(value, recurse=False)  # type: ignore[arg-type]
