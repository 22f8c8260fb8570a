"""Writing an answer for people and programs: a table on the terminal, JSON, CSV or Parquet."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import Protocol

import polars as pl

from kztimeline.errors import MissingExtraError, NotationError
from kztimeline.lines import printable, printable_json

_ENDINGS = {".json": "json", ".csv": "csv", ".parquet": "parquet", ".txt": "table", "": "table"}
_BY_MARK = {
    "unexplained": "service category_after item_before item_after state active_before active_after stored_before stored_after causes residual stored_residual unexplained",
    "cause": "change service item cause active stored inferred ground events",
    "severity": "code severity subject sentence claims",
    "indicator": "holder indicator category partner operator period_edtf value unit basis conflict source",
    "agreement": "agreement form truth stage perhaps parties systems stage_edtf period_edtf sources",
    "path": "service path item figure account role systems",
}
"""The columns that a table shows of a frame that has the column before the colon; ids are shortened."""
_LEAST = 4
"""So many columns of a terminal a broken cell takes at least, with what parts it from the next: rich drops what gets less."""
_FORMULA = "^[=+\\-@\t\r]"
_HIDDEN = {
    "holder", "last_low", "last_best", "last_high", "low_from", "high_from", "inferred", "conflict", "as_of", "via", "category",
    "time_earliest", "time_latest", "low", "best", "high", "open", "published_earliest", "published_latest",
    "published_inferred", "flags", "note", "role", "form", "stage", "account", "operator", "deal",
}  # fmt: skip


class Written(Protocol):
    """What can be written: an answer, or the difference of two readings."""

    @property
    def question(self) -> str:
        """What was asked."""
        ...

    @property
    def head(self) -> str:
        """The state of the log that it holds for."""
        ...

    @property
    def frame(self) -> pl.DataFrame:
        """The rows."""
        ...


def write(answer: Written, *, form: str | None, output: Path | None) -> None:
    """Write an answer's frame; ``form`` ``None`` means by the file's name, else a table.

    JSON and CSV are UTF-8 whatever the terminal speaks; what it would obey is written out there. Raises :class:`NotationError` for Parquet on a
    terminal and for a file whose name tells no form.
    """
    data = _bytes(answer, form or _by_name(output), aside=output is not None)
    if output is not None:
        output.write_bytes(data)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


def _by_name(output: Path | None) -> str:
    ending = "" if output is None else output.suffix.lower()
    if ending not in _ENDINGS:
        known = ", ".join(name for name in _ENDINGS if name)
        raise NotationError(f"{output} does not tell how to write; end it in {known}, or add --format")
    return _ENDINGS[ending]


def _bytes(answer: Written, form: str, *, aside: bool) -> bytes:
    shown = not aside and sys.stdout.isatty()
    if form == "parquet":
        if shown:
            raise NotationError("parquet is not for reading; write it to a file with -o holdings.parquet")
        buffer = io.BytesIO()
        answer.frame.write_parquet(buffer)
        return buffer.getvalue()
    if form == "table":
        encoding = "utf-8" if aside else sys.stdout.encoding
        return _table(answer, for_terminal=shown).encode(encoding, "backslashreplace")
    text = _json(answer) if form == "json" else _csv(answer)
    return ("\n".join(map(printable, text.split("\n"))) if shown else text).encode("utf-8")


def _json(answer: Written) -> str:
    return printable_json(answer.frame.write_json()) + "\n"


def _csv(answer: Written) -> str:
    """Write CSV; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    texts = [name for name, kind in answer.frame.schema.items() if kind == pl.String]
    safe = [
        pl.when(pl.col(name).str.contains(_FORMULA)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    ]
    return answer.frame.with_columns(safe).write_csv()


def _table(answer: Written, *, for_terminal: bool) -> str:
    """Write a table with the number as low..high, its best, and whether it is open.

    On a terminal it is as wide as that; elsewhere no cell is broken, so that each row is one line.
    """
    frame = _with_number(answer.frame)
    rows = [
        ["" if cell is None else printable(str(cell)) for cell in row] for row in (frame.columns, *frame.iter_rows())
    ]
    title = printable(answer.question)
    told = f"{len(frame)} row{'' if len(frame) == 1 else 's'}, head {answer.head[:16]}"
    lines = [title, *aligned(rows), told]
    if for_terminal:
        lines = _on_terminal(lines) or _broken(title, rows, told)
    return "".join(f"{line.rstrip(' ')}\n" for line in lines)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write each row as a line, every column as wide as its widest cell."""
    cell_len = _measure()
    columns = []
    for column in zip(*rows, strict=True):
        taken = [cell_len(cell) for cell in column]
        widest = max(taken)
        columns.append([cell + " " * (widest - width) for cell, width in zip(column, taken, strict=True)])
    return ["  ".join(row) for row in zip(*columns, strict=True)]


def _on_terminal(lines: Sequence[str]) -> list[str] | None:
    """Give the lines of a table with its second, the names of columns, in bold; nothing where one is too wide."""
    cell_len = _measure()
    if max(map(cell_len, lines)) > get_terminal_size().columns:
        return None
    title, header, *others = lines
    bold = f"\x1b[1m{header.rstrip(' ')}\x1b[0m" if _in_colour() else header
    return [title, bold, *others]


def _in_colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def _measure() -> Callable[[str], int]:
    """Give what tells how many columns of a terminal a text takes."""
    try:
        from rich.cells import cell_len
    except ImportError as error:
        raise MissingExtraError('pip install "kztimeline[cli]"') from error
    return cell_len


def _broken(title: str, rows: Sequence[Sequence[str]], told: str) -> list[str]:
    """Draw a table whose cells are broken until it fits the terminal: only then rich is worth its loading and drawing."""
    from rich.console import Console
    from rich.table import Table

    header, *others = rows
    grid = Table(title=title, title_justify="left", title_style="none", box=None, pad_edge=False, header_style="bold")
    for name in header:
        grid.add_column(name, overflow="fold")
    for row in others:
        grid.add_row(*row)
    width, height = get_terminal_size()
    width = max(width, _LEAST * len(header))
    console = Console(
        width=width, height=height, force_terminal=_in_colour(), markup=False, highlight=False, emoji=False
    )
    with console.capture() as caught:
        console.print(grid)
        console.print(told)
    return caught.get().removesuffix("\n").split("\n")


def _with_number(frame: pl.DataFrame) -> pl.DataFrame:
    for mark, columns in _BY_MARK.items():
        if mark in frame.columns:
            return _with_spans(frame).select(columns.split())
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


def _with_spans(frame: pl.DataFrame) -> pl.DataFrame:
    """Join low and high of each change to one cell, and shorten ids."""
    spans = [name.removesuffix("_low") for name in frame.columns if name.endswith("_low")]
    cells = [_span(name).alias(name) for name in spans]
    ids = [
        pl.col(name).str.split(" ").list.eval(pl.element().str.head(8)).list.join(" ")
        for name in ("claims", "events")
        if name in frame.columns
    ]
    return frame.with_columns(*cells, *ids)


def _span(name: str) -> pl.Expr:
    low, high = pl.col(f"{name}_low").cast(pl.String), pl.col(f"{name}_high").cast(pl.String)
    return pl.when(low == high).then(low).otherwise(low.fill_null("") + ".." + high.fill_null(""))
