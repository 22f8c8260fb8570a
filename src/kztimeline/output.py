"""Writing an answer for people and programs: a table on the terminal, JSON, CSV or Parquet."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from kztimeline.answers import Answer
from kztimeline.errors import MissingExtraError, NotationError

_FORMULA = "^[=+\\-@\t\r]"
_HIDDEN = {
    "holder", "last_low", "last_best", "last_high", "low_from", "high_from", "inferred", "conflict", "as_of", "via", "category",
    "time_earliest", "time_latest", "low", "best", "high", "open", "published_earliest", "published_latest",
    "published_inferred", "flags", "note", "role", "form", "stage", "account", "operator", "deal",
}  # fmt: skip


def write(answer: Answer, *, form: str | None, output: Path | None) -> None:
    """Write an answer's frame; ``form`` ``None`` means by the file's name, else a table.

    Raises :class:`NotationError` for Parquet on a terminal.
    """
    chosen = form or {".json": "json", ".csv": "csv", ".parquet": "parquet"}.get(
        output.suffix if output else "", "table"
    )
    if chosen == "parquet":
        if output is None and sys.stdout.isatty():
            raise NotationError("parquet is not for reading; write it to a file with -o holdings.parquet")
        answer.frame.write_parquet(output or sys.stdout.buffer)
        return
    text = {"table": _table, "json": _json, "csv": _csv}[chosen](answer)
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, "utf-8")


def _json(answer: Answer) -> str:
    return answer.frame.write_json() + "\n"


def _csv(answer: Answer) -> str:
    """Write CSV; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    texts = [name for name, kind in answer.frame.schema.items() if kind == pl.String]
    safe = [
        pl.when(pl.col(name).str.contains(_FORMULA)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    ]
    return answer.frame.with_columns(safe).write_csv()


def _table(answer: Answer) -> str:
    """Write a table with the number as low..high, its best, and whether it is open."""
    try:
        from rich.console import Console
        from rich.table import Table
    except ImportError as error:
        raise MissingExtraError('pip install "kztimeline[cli]"') from error
    frame = _with_number(answer.frame)
    grid = Table(title=answer.question, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in frame.columns:
        grid.add_column(name, overflow="fold")
    for row in frame.iter_rows():
        grid.add_row(*("" if value is None else str(value) for value in row))
    console = Console(
        width=None if sys.stdout.isatty() else 160,
        no_color=not sys.stdout.isatty() or None,
        markup=False,
        highlight=False,
    )
    with console.capture() as caught:
        console.print(grid)
        console.print(f"{len(frame)} rows, head {answer.head[:16]}")
    return caught.get()


def _with_number(frame: pl.DataFrame) -> pl.DataFrame:
    shown = [name for name in frame.columns if name not in _HIDDEN or "segment" in frame.columns]
    if "account" in frame.columns and frame["account"].n_unique() > 1:
        shown.insert(shown.index("system") + 1, "account")
    if "low" not in frame.columns or "time_edtf" in frame.columns:
        keep = [name for name in frame.columns if name in shown]
        ids = [pl.col(name).str.head(16) for name in keep if name in ("id", "segment")]
        return frame.select(keep).with_columns(ids)
    low, high = pl.col("low").cast(pl.String), pl.col("high").cast(pl.String)
    number = (
        pl.when(pl.col("high").is_null())
        .then(low + " or more")
        .when(pl.col("low") == pl.col("high"))
        .then(low)
        .otherwise(low + ".." + high)
    )
    marks = [
        pl.when(pl.col(name)).then(pl.lit(name)).otherwise(None)
        for name in ("open", "conflict", "inferred")
        if name in frame.columns
    ]
    extra = [number.alias("number"), pl.concat_str(marks, separator=", ", ignore_nulls=True).alias("marks")]
    dates = [name for name in ("as_of",) if name in frame.columns]
    return frame.select(*shown, *extra, *dates)
