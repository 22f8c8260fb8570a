"""The lines of a log as a frame: the columns of a table of events, and each line itself."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from kztimeline.codec import fields_of
from kztimeline.frames import table
from kztimeline.importers.fields import COLUMNS, row_of
from kztimeline.timeline import Timeline

LINES: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "segment": pl.String,
    **dict.fromkeys(COLUMNS, pl.String),
    "line": pl.String,
}
"""One row per line of a log, in its order: id, segment, the columns of an event, and the line as it is kept."""

DESCRIPTIONS = {
    "id": "SHA-256 of the line, as the log names it",
    "segment": "the append it stands in",
    **COLUMNS,
    "line": "the event as the log keeps it: canonical JSON, from which the other columns come",
}

_FORMULA = r"^[\s']*[=+\-@\t\r]"


def line_frame(timeline: Timeline) -> pl.DataFrame:
    """Give every line of the log that is not redacted."""
    return table(_rows(timeline), LINES)


def _rows(timeline: Timeline) -> Iterator[dict[str, object]]:
    lines = {identity: line for _, identity, line in timeline.log}
    for row in timeline.placed:
        cells: dict[str, object] = dict(row_of(fields_of(row.value)))
        yield {**cells, "id": row.id, "segment": row.segment, "line": lines[row.id].decode()}


def formula_safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before every text that a spreadsheet program would run; reading takes it away."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    safe = [
        pl.when(pl.col(name).str.contains(_FORMULA)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    ]
    return frame.with_columns(safe)
