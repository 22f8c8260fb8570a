"""A log as one file: JSON Lines, CSV, Parquet, Excel."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import polars as pl

from kztimeline.errors import MissingExtraError, NotationError
from kztimeline.exports.lines import DESCRIPTIONS, formula_safe, line_frame
from kztimeline.log import is_redacted
from kztimeline.timeline import Timeline

_LONGEST = 32_767


def write_jsonl(timeline: Timeline, path: Path) -> list[Path]:
    """Write the lines of a log as they are kept, redactions apart, one a line: a draft that appends to the same ids."""
    lines = [line for _, _, line in timeline.log if not is_redacted(line)]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return [path]


def write_csv(timeline: Timeline, path: Path) -> list[Path]:
    """Write CSV in UTF-8; what a spreadsheet program would run as a formula begins with an apostrophe."""
    formula_safe(line_frame(timeline)).write_csv(path)
    return [path]


def write_parquet(timeline: Timeline, path: Path) -> list[Path]:
    """Write Parquet whose metadata name the log, its head, and what each column is."""
    genesis = timeline.log.genesis
    said = {
        "kztimeline.columns": json.dumps(DESCRIPTIONS, sort_keys=True),
        "kztimeline.genesis": genesis.id,
        "kztimeline.head": timeline.head,
        "kztimeline.holder": genesis.holder,
        "kztimeline.name": genesis.name,
    }
    line_frame(timeline).write_parquet(path, metadata=said)
    return [path]


def write_excel(timeline: Timeline, path: Path) -> list[Path]:
    """Write a workbook: a sheet of events, every cell text, and a sheet that says what the columns are."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingExtraError('pip install "kztimeline[excel]"') from error
    frame = line_frame(timeline)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties(
            {"title": timeline.log.genesis.name, "created": datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)}
        )
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("events")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, frame.columns, bold)
        for number, row in enumerate(frame.iter_rows(), start=1):
            for column, cell in enumerate(row):
                if cell is not None:
                    _check_length(cell, frame, number)
                    sheet.write_string(number, column, cell)
        columns = book.add_worksheet("columns")
        columns.write_row(0, 0, ["column", "what it is"], bold)
        for number, (name, said) in enumerate(DESCRIPTIONS.items(), start=1):
            columns.write_row(number, 0, [name, said])
    return [path]


def _check_length(cell: str, frame: pl.DataFrame, number: int) -> None:
    if len(cell) > _LONGEST:
        identity = frame["id"][number - 1]
        raise NotationError(f"{identity[:16]} has more characters than a cell of Excel takes; export to JSON Lines")
