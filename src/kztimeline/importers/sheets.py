"""The table in an export: preamble, header and records, whatever separates, breaks or ends them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from attrs import frozen

from kztimeline.errors import FileError
from kztimeline.importers.parties import code_of
from kztimeline.importers.texts import Record, records, separator
from kztimeline.registry import fold

_STATUS = ("new", "second hand", "second hand but modernized", "second hand but modernised")
PREAMBLE = 60
"""A header is looked for among so many first lines."""


@frozen
class Sheet:
    """A table found in a file: where each column stands, which of them have a flag after them, the records."""

    columns: Mapping[str, int]
    flags: Mapping[str, int]
    width: int
    delimiter: str
    preamble: tuple[str, ...]
    records: tuple[Record, ...]


def sheet_of(text: str, path: Path, needed: Mapping[str, Sequence[str]], more: Mapping[str, Sequence[str]]) -> Sheet:
    """Find the header among the first lines, and what follows it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = header_at(lines)
    if at is None:
        first = ", ".join(list(needed)[:2])
        said = f"no header with {first} among the first {PREAMBLE} lines; export the table whole"
        raise FileError(said, path=str(path))
    cells, delimiter = cells_of(lines[at]), separator(lines[at])
    if party := next((cell for cell in cells if code_of(cell) is not None), None):
        said = f"{party} is no heading: a row stands on the line of the header; break the line before it"
        raise FileError(said, path=str(path), line=at + 1)
    names = [fold(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    wanted = {**needed, **more}
    places = {key: [at for at, name in enumerate(names) if name in words] for key, words in wanted.items()}
    if twice := next((several for several in places.values() if len(several) > 1), None):
        said = f"{' and '.join(f'column {at + 1} ({cells[at]})' for at in twice)} mean the same; take one out"
        raise FileError(said, path=str(path), line=at + 1)
    columns = {key: several[0] for key, several in places.items() if several}
    if missing := [key for key in needed if key not in columns]:
        known = ", ".join(cell for cell in cells if cell)
        said = f"no column for {', '.join(missing)}; the header has {known}"
        raise FileError(said, path=str(path), line=at + 1)
    flags = {key: place + 1 for key, place in columns.items() if place + 1 < len(names) and not names[place + 1]}
    body = "\n".join(lines[at + 1 :])
    found = tuple(records(body, delimiter, path, after=at + 1))
    preamble = tuple(before.strip().rstrip(f"{delimiter};") for before in lines[:at])
    return Sheet(columns, flags, len(names), delimiter, preamble, found)


def header_at(lines: Sequence[str]) -> int | None:
    """Find the first line that names recipient and supplier."""
    for number, line in enumerate(lines[:PREAMBLE]):
        if {"recipient", "supplier"} <= {fold(cell) for cell in cells_of(line)}:
            return number
    return None


def cells_of(line: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(separator(line))]


def comment_at(sheet: Sheet) -> int:
    """Give the column of the comments, else the last one: a record breaks in it, if it does."""
    return sheet.columns.get("comment", sheet.width - 1)


def fitted(record: Record, sheet: Sheet) -> Record:
    """Bring a record to the header's width: empty cells at its end go, a comment cut by separators is joined.

    Two rows on one line stay as they are, too many cells, and are refused as such.
    """
    cells = list(record.cells)
    if cells and cells[-1].endswith(";"):
        cells[-1] = cells[-1].rstrip("; ")
    while len(cells) > sheet.width and not cells[-1]:
        cells.pop()
    if len(cells) > sheet.width and "comment" in sheet.columns:
        end = _end_of_years(cells, sheet)
        cells = cells if _two_rows(cells, end, sheet) else _rejoined(cells, end, sheet)
    return Record(record.line, tuple(cells))


def _end_of_years(cells: Sequence[str], sheet: Sheet) -> int:
    """Find where the years end that the separator itself cut apart."""
    end = sheet.columns["years"] + 1
    while end < len(cells) and re.fullmatch(r"[12][0-9]{3}", cells[end]):
        end += 1
    return end


def _two_rows(cells: Sequence[str], end: int, sheet: Sheet) -> bool:
    """Tell whether a second row begins inside: another supplier and year of order, another delivery and status."""
    if any(re.fullmatch(r"[12][0-9]{3}", year) and code_of(party) is not None for party, year in pairwise(cells[3:])):
        return True
    found = [
        at
        for at in range(end, len(cells))
        if cells[at].casefold() in _STATUS and re.fullmatch(r"[0-9; ]*", cells[at - 1])
    ]
    own = sheet.columns.get("status")
    return found != ([] if own is None else [end + own - sheet.columns["years"] - 1])


def _rejoined(cells: Sequence[str], end: int, sheet: Sheet) -> list[str]:
    """Join years and comments that the separator itself cut apart."""
    years_at, last_named = sheet.columns["years"], sheet.columns["comment"]
    after = sheet.width - last_named - 1
    between = last_named - years_at - 1
    head, years, status = cells[:years_at], cells[years_at:end], cells[end : end + between]
    last = len(cells) - after
    comment = cells[end + between : last]
    return [*head, "; ".join(years), *status, f"{sheet.delimiter} ".join(comment), *cells[last:]]
