"""Rows and cells of anybody's table: CSV, Excel or Parquet, with the place of every cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import polars as pl
from attrs import frozen

from kztimeline.errors import FileError, MissingExtraError, TooLargeError
from kztimeline.importers.texts import decoded, records, separator
from kztimeline.limits import MAX_BYTES, MAX_CELL, MAX_VALUES, check_workbook, file_bytes, is_spreadsheet

_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]00:00:00(\.0+)?")
_DAYS = (-719_162, 2_932_896)
"""The first day of the year 1 and the last of 9999, in days since 1970."""
_SPANS = (-999_999_999, 999_999_999)
_UNITS_OF_A_DAY = {"ms": 86_400 * 10**3, "us": 86_400 * 10**6, "ns": 86_400 * 10**9}
_ESCAPED = re.compile(r"'[\s']*[=+\-@\t\r]")
_FORMULA = re.compile(r"=|@|[+\-][^0-9]*[(|!]")


@frozen
class Row:
    """One row of a table: its number as a spreadsheet program shows it, or its line in a text, and its cells."""

    number: int
    cells: tuple[str, ...]


@frozen(eq=False)
class Grid:
    """A table as columns of text: the headings, and the rows below that are not blank.

    ``cells`` has a column for each column of the table, in its order, ``""`` where nothing stands; ``numbers`` are the
    numbers of its rows, ``lists`` the columns, counted from 0, whose cells were lists.
    """

    name: str
    heading: Row
    numbers: pl.Series
    cells: pl.DataFrame
    sheet: str | None
    lists: frozenset[int] = frozenset()

    @property
    def rows(self) -> Iterator[Row]:
        """Each row by itself."""
        return map(Row, self.numbers, self.cells.iter_rows())


def place_of(sheet: str | None, number: int, column: int | None) -> str:
    """Name a cell: ``C7`` in a sheet; in a text the line stands beside it, and the column is named by its letter."""
    letters = "" if column is None else letters_of(column)
    return f"{letters}{number}" if sheet is not None else letters


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
    name, lists = None, frozenset[int]()
    if is_spreadsheet(path):
        name, numbers, cells = _sheet(path, sheet)
    elif path.suffix.lower() == ".parquet":
        frame = _parquet(path)
        numbers, cells = _headed(frame, str(path))
        lists = _lists(frame)
    else:
        numbers, cells = _text(path)
    numbers, cells = _not_blank(numbers, cells)
    _check_cells(numbers, cells, str(path))
    top = next(iter(numbers), None) if heading is None else heading
    at = next((at for at, number in enumerate(numbers) if number == top), None)
    if at is None:
        raise FileError("no headings; the first row names the columns", path=str(path), line=heading)
    return Grid(path.name, Row(numbers[at], cells.row(at)), numbers[at + 1 :], cells[at + 1 :], name, lists)


def frame_grid(frame: pl.DataFrame) -> Grid:
    """Take a frame for a table, its column names for the headings in row 1. Raises :class:`TooLargeError`."""
    numbers, cells = _headed(frame, "frame")
    _check_cells(numbers, cells, "frame")
    return Grid("frame", Row(1, tuple(frame.columns)), *_not_blank(numbers[1:], cells[1:]), None, _lists(frame))


def _lists(frame: pl.DataFrame) -> frozenset[int]:
    return frozenset(at for at, dtype in enumerate(frame.dtypes) if isinstance(dtype, pl.List | pl.Array))


def _headed(frame: pl.DataFrame, name: str) -> tuple[pl.Series, pl.DataFrame]:
    """Give a frame as rows of text, its column names as the first. Raises :class:`FileError`."""
    for at, column in enumerate(frame.get_columns()):
        _check_column(column, letters_of(at), name)
    names = pl.DataFrame([pl.Series(str(at), [heading]) for at, heading in enumerate(frame.columns)])
    cells = pl.concat([names, _texts(frame)])
    return _from(1, cells.height), cells


def _check_column(column: pl.Series, letters: str, name: str) -> None:
    """Refuse bytes, and days that no calendar has. Raises :class:`FileError`."""
    if column.dtype == pl.Binary:
        said = f"the column {column.name!r} holds bytes; write text: pl.col({column.name!r}).cast(pl.String)"
        raise FileError(said, path=name)
    if isinstance(column.dtype, pl.Date | pl.Datetime | pl.Duration):
        first, last = _SPANS if isinstance(column.dtype, pl.Duration) else _DAYS
        unit = 1 if isinstance(column.dtype, pl.Date) else _UNITS_OF_A_DAY[column.dtype.time_unit]
        zone = 1 if getattr(column.dtype, "time_zone", None) else 0  # there it may be the day before, or after
        outside = ~(column.to_physical() // unit).is_between(first + zone, last - zone)
        if outside.any():
            line = outside.arg_true()[0] + 2
            said = f"{letters}{line} is beyond the years 1 to 9999; write a day that was, or leave it out"
            raise FileError(said, path=name, line=line)


def _from(first: int, count: int) -> pl.Series:
    return pl.int_range(first, first + count, eager=True)


def _not_blank(numbers: pl.Series, cells: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    if not cells.width:
        return numbers.clear(), cells
    some = cells.select(pl.any_horizontal(pl.all() != "")).to_series()
    return numbers.filter(some), cells.filter(some)


def _check_cells(numbers: pl.Series, cells: pl.DataFrame, name: str) -> None:
    """Refuse a cell that no spreadsheet program takes. Raises :class:`TooLargeError`."""
    each = enumerate(column.str.len_chars() > MAX_CELL for column in cells.get_columns())
    large = [(long.arg_true()[0], at) for at, long in each if long.any()]
    if large:
        row, at = min(large)
        said = f"{letters_of(at)}{numbers[row]} has more than {MAX_CELL:,} characters; shorten it"
        raise TooLargeError(said, path=name, line=numbers[row])


def _text(path: Path) -> tuple[pl.Series, pl.DataFrame]:
    text = decoded(file_bytes(path), path)
    first = next((line for line in text.split("\n") if line.strip()), "")
    several = [*records(text, separator(first), path)]
    size = len(several) * max((len(record.cells) for record in several), default=0)
    if size > MAX_VALUES:
        raise TooLargeError(f"{size:,} cells; at most {MAX_VALUES:,} are read: split the file", path=str(path))
    columns = [*zip_longest(*(record.cells for record in several), fillvalue="")]
    cells = pl.DataFrame([pl.Series(str(at), column, pl.String) for at, column in enumerate(columns)])
    numbers = pl.Series([record.line for record in several], dtype=pl.Int64)
    _check_formulas(numbers, cells, path)
    return numbers, cells.with_columns(each_once(column, _unescaped) for column in cells.get_columns())


def _check_formulas(numbers: pl.Series, cells: pl.DataFrame, path: Path) -> None:
    """Refuse what a spreadsheet program would work out. Raises :class:`FileError`."""
    columns = cells.get_columns()
    formulas = [[*filter(_FORMULA.match, column.unique())] for column in columns]
    found = [(columns[at].is_in(some).arg_true()[0], at) for at, some in enumerate(formulas) if some]
    if found:
        row, at = min(found)
        cell = cells[row, at]
        where = f"{letters_of(at)}{numbers[row]}" if at < 26 else f"column {at + 1}"
        said = f"{where} is a formula: {cell[:30]!r}; write the value, or an apostrophe before it"
        raise FileError(said, path=str(path), line=numbers[row])


def _unescaped(cell: str) -> str:
    return cell[1:] if _ESCAPED.match(cell) else cell


def _sheet(path: Path, wanted: str | None) -> tuple[str, pl.Series, pl.DataFrame]:
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
    blank = [pl.lit("").alias(f"blank {at}") for at in range(before)]
    return name, _from(1, frame.height), _texts(frame.select(*blank, pl.all()))


def _parquet(path: Path) -> pl.DataFrame:
    if path.stat().st_size > MAX_BYTES:
        raise TooLargeError(f"more than {MAX_BYTES:,} bytes; split the file", path=str(path))
    try:
        lazy = pl.scan_parquet(path)
        names = lazy.collect_schema().names()
        height = int(lazy.select(pl.len()).collect().item())
        if height * len(names) > MAX_VALUES:
            raise TooLargeError(f"{height * len(names):,} cells; at most {MAX_VALUES:,} are read", path=str(path))
        return lazy.collect()
    except pl.exceptions.PolarsError as error:
        raise FileError(f"no Parquet file, or a damaged one: {str(error)[:120]}", path=str(path)) from error


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Write the cells of a frame as text, in columns that are named by their place."""
    columns = enumerate(map(_shortest, frame.get_columns()))
    return pl.DataFrame([each_once(column, _written).alias(str(at)) for at, column in columns])


def _shortest(column: pl.Series) -> pl.Series:
    """Take a broken number of four bytes for the shortest one that it may stand for: 12.3, not 12.300000190734863."""
    if column.dtype != pl.Float32:
        return column
    return column.cast(pl.Float64).zip_with(column == column.floor(), column.cast(pl.String).cast(pl.Float64))


def each_once(column: pl.Series, write: Callable[[Any], str]) -> pl.Series:
    """Put a text in the place of each cell, worked out once for cells that are equal."""
    if (
        column.dtype.is_nested() or column.dtype.is_float() or column.dtype in (pl.Object, pl.Null)
    ):  # nothing is equal to NaN
        return pl.Series(column.name, map(write, column.to_list()), pl.String)
    cells = column.to_frame("cell")
    distinct = cells.unique()
    told = distinct.with_columns(pl.Series("text", map(write, distinct["cell"]), pl.String))
    found = cells.join(told, on="cell", how="left", nulls_equal=True, maintain_order="left")
    return found["text"].alias(column.name)


def _written(cell: Any) -> str:
    """Give a cell's text: trimmed, a number without the point, a day without the midnight; ``""`` for nothing."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    listed = isinstance(cell, Sequence) and not isinstance(cell, str)
    text = ("; ".join(str(one) for one in cell if one is not None) if listed else str(cell)).strip()
    midnight = _MIDNIGHT.fullmatch(text) if "00:00:00" in text else None
    return text if midnight is None else midnight[1]
