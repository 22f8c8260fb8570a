"""Bytes of a file that somebody else made, never more than a real one has: bombs are refused before they open."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from kztimeline.errors import FileError, KztimelineError, TooLargeError
from kztimeline.paths import file_in

MAX_BYTES = 64_000_000
"""A text file, packed or not, and all parts of a spreadsheet together; the largest register has four million."""
MAX_CELLS = 4_000_000
"""Cells of the rectangle that a sheet spans; empty ones take memory too."""
MAX_VALUES = 40_000_000
"""Cells of a table in a text or Parquet file, blank ones too: a few bytes may stand for millions."""
MAX_CELL = 32_767
"""Characters of one cell: what a spreadsheet program takes."""
MAX_COLUMNS = 1_000
MAX_PARTS = 1_000
_BLOCK = 1 << 16
_GZIP = b"\x1f\x8b"
_REFERENCE = re.compile(rb"""\br\s{0,9}=\s{0,9}["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_ROW = re.compile(rb"""\br\s{0,9}=\s{0,9}["']([0-9]{1,7})["']""")
_FORMULA = re.compile(rb"<f[\s>/]")


def file_bytes(path: Path) -> bytes:
    """Read a file, unpacked where it is gzipped.

    Raises :class:`TooLargeError` beyond :data:`MAX_BYTES`, :class:`FileError` for a damaged archive, and
    :class:`PathError` for a folder or where there is nothing to read.
    """
    with file_in(path).open("rb") as file:
        start = file.read(2)
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise TooLargeError(f"{size:,} bytes; at most {MAX_BYTES:,} are read: split the file", path=str(path))
        data = start + file.read(MAX_BYTES)
    return _unpacked(data, path) if start == _GZIP else data


def _unpacked(data: bytes, path: Path) -> bytes:
    parts, total = [], 0
    try:
        for block in _inflated(data):
            total += len(block)
            if total > MAX_BYTES:
                raise TooLargeError(f"unpacks to more than {MAX_BYTES:,} bytes; split the file", path=str(path))
            parts.append(block)
    except (zlib.error, EOFError) as error:
        raise FileError(f"a damaged gzip file: {error}; fetch it again", path=str(path)) from error
    return b"".join(parts)


def _inflated(data: bytes) -> Iterator[bytes]:
    """Yield what a gzip file holds, member after member, a block at a time."""
    while data.startswith(_GZIP):
        member = zlib.decompressobj(wbits=31)
        while data and not member.eof:
            yield member.decompress(data, _BLOCK)
            data = member.unconsumed_tail
        if not member.eof:
            yield member.flush(_BLOCK)
        if not member.eof:
            raise EOFError("it ends too early")
        data = member.unused_data


def is_spreadsheet(path: Path) -> bool:
    """Tell whether a file is an Excel workbook, by its first bytes and its name."""
    with file_in(path).open("rb") as file:
        return file.read(4) == b"PK\x03\x04" or path.suffix.lower() in (".xlsx", ".xlsm")


def check_workbook(path: Path) -> None:
    """Refuse a workbook that would not fit in memory, holds formulas, or is none.

    Every part is unpacked once and thrown away, since what a zip directory says of sizes may be wrong.
    Raises :class:`TooLargeError`, and :class:`FileError` that names the first cell with a formula.
    """
    if path.stat().st_size > MAX_BYTES:
        raise TooLargeError(f"more than {MAX_BYTES:,} bytes; split the workbook", path=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_BYTES:
                raise TooLargeError(f"unpacks to more than {MAX_BYTES:,} bytes; split the workbook", path=str(path))
            if "xl/workbook.xml" not in archive.namelist():
                raise FileError("a zip file, but no Excel workbook; save it as .xlsx or as CSV", path=str(path))
            left = MAX_BYTES
            for part in parts:
                left = _check_part(archive, part, left, path)
    except KztimelineError:
        raise
    # zipfile says NotImplementedError for a compression it does not know, RuntimeError for a part under a password,
    # OSError and ValueError for places and names that cannot be
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise FileError(f"a damaged workbook: {error}; save it again as .xlsx", path=str(path)) from error


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int, path: Path) -> int:
    sheet = part.filename.startswith("xl/worksheets/")
    span, rest = _Span(), b""
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise TooLargeError(f"unpacks to more than {MAX_BYTES:,} bytes; split the workbook", path=str(path))
            if sheet:
                span.see(rest + block, part.filename, path)
                rest = block[-512:]
    return left


class _Span:
    """The rectangle that the cells of one sheet span."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.columns: list[int] = []

    def see(self, data: bytes, sheet: str, path: Path) -> None:
        """Take note of cells in a stretch of a sheet; refuse a rectangle too large, and formulas."""
        found = _REFERENCE.findall(data)
        self.rows += [int(row) for _, row in found] + [int(row) for row in _ROW.findall(data)]
        self.columns += [_column(letters) for letters, _ in found]
        self.rows = [min(self.rows), max(self.rows)] if self.rows else []
        self.columns = [min(self.columns), max(self.columns)] if self.columns else []
        if self.rows and self.columns:
            cells = (self.rows[-1] - self.rows[0] + 1) * (self.columns[-1] - self.columns[0] + 1)
            if cells > MAX_CELLS:
                said = f"{sheet} spans {cells:,} cells; at most {MAX_CELLS:,} are read: delete what lies far outside"
                raise TooLargeError(said, path=str(path))
        if (formula := _FORMULA.search(data)) is not None:
            before = [*_REFERENCE.finditer(data, 0, formula.start())]
            cell = (before[-1][1] + before[-1][2]).decode() if before else "a cell"
            raise FileError(f"{sheet}: {cell} holds a formula; copy the sheet and paste it as values", path=str(path))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
