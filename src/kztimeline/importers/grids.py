"""Rows and cells of anybody's table: CSV, Excel or Parquet, with the place of every cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl
from attrs import frozen

from kztimeline.errors import FileError, MissingExtraError, TooLargeError
from kztimeline.importers.texts import decoded, records, separator
from kztimeline.limits import MAX_BYTES, MAX_CELL, MAX_CELLS, check_workbook, file_bytes, is_spreadsheet

_ESCAPED = re.compile(r"'[\s']*[=+\-@\t\r]")
_FORMULA = re.compile(r"=|@|[+\-][^0-9]*[(|!]")


@frozen
class Row:
    """One row of a table: its number as a spreadsheet program shows it, or its line in a text, and its cells."""

    number: int
    cells: tuple[str, ...]


@frozen
class Grid:
    """A table as cells of text: headings, and the rows below that are not blank."""

    name: str
    heading: Row
    rows: tuple[Row, ...]
    sheet: str | None

    def place(self, number: int, column: int | None) -> str:
        """Name a cell: ``C7`` in a sheet; in a text the line stands beside it, and the column is named by its letter."""
        letters = "" if column is None else letters_of(column)
        return f"{letters}{number}" if self.sheet is not None else letters


def letters_of(column: int) -> str:
    """Give the letters of a column counted from 0: A, B, … Z, AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def read_grid(path: Path, *, sheet: str | None = None, heading: int | None = None) -> Grid:
    """Read a table. ``heading`` is the row of the headings; without it the first one that is not blank.

    Raises :class:`FileError` (formulas, no such sheet, no rows), :class:`TooLargeError`.
    """
    if is_spreadsheet(path):
        name, listed = _sheet(path, sheet)
    elif path.suffix.lower() == ".parquet":
        name, listed = None, _parquet(path)
    else:
        name, listed = None, list(_text(path))
    rows = fitting((row for row in listed if any(row.cells)), str(path))
    top = rows[0].number if rows and heading is None else heading
    head = next((row for row in rows if row.number == top), None)
    if head is None:
        raise FileError("no headings; the first row names the columns", path=str(path), line=heading)
    return Grid(path.name, head, tuple(row for row in rows if row.number > head.number), name)


def fitting(rows: Iterable[Row], name: str) -> list[Row]:
    """Give rows, if each cell is one that a spreadsheet program takes. Raises :class:`TooLargeError`."""
    kept = []
    for row in rows:
        large = next((at for at, cell in enumerate(row.cells) if len(cell) > MAX_CELL), None)
        if large is not None:
            said = f"{letters_of(large)}{row.number} has more than {MAX_CELL:,} characters; shorten it"
            raise TooLargeError(said, path=name, line=row.number)
        kept.append(row)
    return kept


def _text(path: Path) -> Iterator[Row]:
    text = decoded(file_bytes(path), path)
    first = next((line for line in text.split("\n") if line.strip()), "")
    for record in records(text, separator(first), path):
        for column, cell in enumerate(record.cells):
            if _FORMULA.match(cell):
                where = f"{letters_of(column)}{record.line}" if column < 26 else f"column {column + 1}"
                said = f"{where} is a formula: {cell[:30]!r}; write the value, or an apostrophe before it"
                raise FileError(said, path=str(path), line=record.line)
        yield Row(record.line, tuple(cell[1:] if _ESCAPED.match(cell) else cell for cell in record.cells))


def _sheet(path: Path, wanted: str | None) -> tuple[str, list[Row]]:
    check_workbook(path)
    try:
        import fastexcel
    except ImportError as error:
        raise MissingExtraError('pip install "kztimeline[excel]"') from error
    try:
        book = fastexcel.read_excel(path)
        name = wanted or book.sheet_names[0]
        if name not in book.sheet_names:
            raise FileError(f"no sheet {name!r}; it has {', '.join(book.sheet_names)}", path=str(path))
        sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        before = min((column.absolute_index for column in sheet.available_columns()), default=0)
        frame = sheet.to_polars()
    except fastexcel.FastExcelError as error:
        raise FileError(f"a damaged workbook: {error}; save it again as .xlsx", path=str(path)) from error
    blank = ("",) * before
    rows = enumerate(frame.iter_rows(), start=1)
    return name, [Row(number, (*blank, *map(_plain, cells))) for number, cells in rows]


def _parquet(path: Path) -> list[Row]:
    if path.stat().st_size > MAX_BYTES:
        raise TooLargeError(f"more than {MAX_BYTES:,} bytes; split the file", path=str(path))
    try:
        lazy = pl.scan_parquet(path)
        names = lazy.collect_schema().names()
        height = int(lazy.select(pl.len()).collect().item())
        if height * len(names) > MAX_CELLS:
            raise TooLargeError(f"{height * len(names):,} cells; at most {MAX_CELLS:,} are read", path=str(path))
        frame = lazy.collect()
    except pl.exceptions.PolarsError as error:
        raise FileError(f"no Parquet file, or a damaged one: {str(error)[:120]}", path=str(path)) from error
    return grid_rows(frame)


def grid_rows(frame: pl.DataFrame) -> list[Row]:
    """Give a frame as rows of text, its column names as the first."""
    rows = [Row(1, tuple(frame.columns))]
    for number, cells in enumerate(frame.iter_rows(), start=2):
        rows.append(Row(number, tuple("" if cell is None else _plain(_written(cell)) for cell in cells)))
    return rows


def _written(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "; ".join(map(str, cell)) if isinstance(cell, Sequence) and not isinstance(cell, str) else str(cell)


def _plain(cell: str | None) -> str:
    """Give a cell's text: trimmed, a day without the midnight."""
    text = "" if cell is None else cell.strip()
    return re.sub(r"^(\d{4}-\d{2}-\d{2})[ T]00:00:00(\.0+)?$", r"\1", text)
