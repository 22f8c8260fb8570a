"""Text and records out of bytes whose encoding, separator and line ends nobody wrote down."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from kztimeline.errors import FileError, TooLargeError
from kztimeline.limits import MAX_CELL, MAX_COLUMNS

_BOM = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")


@frozen
class Record:
    """One record of a file: the line it begins on, counted from 1, and its cells."""

    line: int
    cells: tuple[str, ...]


def decoded(data: bytes, path: Path) -> str:
    """Decode a file: UTF-8 with or without a mark, else Windows-1252; the two mixed are refused.

    Raises :class:`FileError` with the line.
    """
    if data[:2] in _WIDE:
        raise FileError("UTF-16; save it as UTF-8", path=str(path), line=1)
    if (at := data.find(b"\0")) >= 0:
        said = "a NUL byte; this is no text, or a damaged one"
        raise FileError(said, path=str(path), line=data.count(b"\n", 0, at) + 1)
    data = data.removeprefix(_BOM)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_mixed(data, data.count(b"\n", 0, error.start) + 1, path)
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        said = f"byte {data[error.start]:#04x} is no letter in UTF-8 nor in Windows-1252; save it as UTF-8"
        raise FileError(said, path=str(path), line=line) from error


def _refuse_mixed(data: bytes, first: int, path: Path) -> None:
    """Refuse a file of which some lines are UTF-8 and others are not."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        said = f"UTF-8 here, Windows-1252 on line {first}; save the whole file as UTF-8"
        raise FileError(said, path=str(path), line=number)


def separator(header: str) -> str:
    """Tell what separates the cells of a header line: the most frequent of comma, semicolon and tab."""
    return max(",;\t", key=header.count)


def records(text: str, delimiter: str, path: Path, *, after: int = 0) -> Iterator[Record]:
    """Split text into records; blank lines are left out, cells are trimmed. ``after`` lines stand before the text.

    Raises :class:`TooLargeError` for a cell or a record beyond all measure, :class:`FileError` for
    quotation marks that do not close.
    """
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = after
    try:
        for cells in reader:
            line, before = before + 1, after + reader.line_num
            if len(cells) > MAX_COLUMNS:
                raise TooLargeError(f"{len(cells):,} cells in one row", path=str(path), line=line)
            if any(cells):
                yield Record(line, tuple(map(str.strip, cells)))
    except csv.Error as error:
        line = before + 1
        if "field larger" in str(error):
            said = f"a cell of more than {MAX_CELL:,} characters; a quotation mark may be missing"
            raise TooLargeError(said, path=str(path), line=line) from error
        raise FileError(f"not a table: {error}; a quotation mark may be missing", path=str(path), line=line) from error


def mended(found: Sequence[Record], width: int, join_at: int) -> Iterator[Record]:
    """Join records that were broken over several lines inside one cell.

    A record with fewer than ``width`` cells that ends in cell ``join_at`` or before is continued by the
    next ones, as long as they fit and only figures follow that cell; what does not fit is yielded as it stands.
    """
    waiting: Record | None = None
    for record in found:
        if waiting is None:
            waiting = record
        elif len(waiting.cells) <= join_at + 1 and _continues(waiting, record, width, join_at):
            waiting = _joined(waiting, record)
        else:
            yield waiting
            waiting = record
        if len(waiting.cells) >= width:
            yield waiting
            waiting = None
    if waiting is not None:
        yield waiting


def _continues(first: Record, second: Record, width: int, join_at: int) -> bool:
    """Tell whether a record is the rest of another one: it fits, and what follows the broken cell are figures."""
    if len(first.cells) + len(second.cells) - 1 > width:
        return False
    after = second.cells[join_at + 2 - len(first.cells) :]
    return all(re.fullmatch(r"[0-9.,]*", cell) for cell in after)


def _joined(first: Record, second: Record) -> Record:
    seam = f"{first.cells[-1]} {second.cells[0]}".strip()
    return Record(first.line, (*first.cells[:-1], seam, *second.cells[1:]))
