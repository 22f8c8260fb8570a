"""How somebody's table reads as events: a small TOML file, checked before a row is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import define, field, frozen

from kztimeline.entries import near
from kztimeline.errors import DraftError, Problem
from kztimeline.importers.fields import COLUMNS, LISTS
from kztimeline.importers.grids import Grid, letters_of
from kztimeline.limits import file_bytes
from kztimeline.places import places_of
from kztimeline.registry import fold

_DATED = ("occurred", "cutoff", "period", "published", "data_day")
_AMOUNTS = ("value", "price", "before", "after")
_TOP = ("note", "sheet", "heading", "decimal", "columns", "defaults", "values", "split", "dates")
_PARTS = ("day", "month", "year")
_HALF = re.compile("[\ud800-\udfff]")


@frozen
class TableMapping:
    """A mapping as it was written.

    ``columns`` leads from fields to headings, ``defaults`` from fields to the value of an empty cell,
    ``decimal`` is the sign before the tenths of an amount, ``values`` leads from fields and words of the table to values, ``split`` to what separates the members of a
    list, ``dates`` to the order in which a date's parts are written, such as ``day month year``.
    """

    note: str = ""
    sheet: str | None = None
    heading: int | None = None
    decimal: str = "."
    columns: Mapping[str, str] = field(factory=dict)
    defaults: Mapping[str, str] = field(factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(factory=dict)
    split: Mapping[str, str] = field(factory=dict)
    dates: Mapping[str, tuple[str, ...]] = field(factory=dict)


@define
class _Checked:
    """A mapping while it is checked: its problems with their lines."""

    name: str
    lines: Mapping[str, int]
    problems: list[Problem] = field(factory=list)

    def note(self, path: str, message: str) -> None:
        keys = [path.rsplit(".", drop)[0] for drop in range(path.count(".") + 1)]
        line = next((self.lines[key] for key in keys if key in self.lines), None)
        self.problems.append(Problem(self.name, line, path, message))


def read_mapping(path: Path) -> TableMapping:
    """Read and check a mapping. Raises :class:`DraftError` with every problem and its line."""
    data = file_bytes(path)
    try:
        text = data.decode("utf-8-sig")
        found = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise DraftError([Problem(path.name, None, "", f"not TOML: {str(error)[:200]}")]) from error
    return mapping_of(found, path.name, _lines(text))


def _lines(text: str) -> dict[str, int]:
    """Find the line of each key of a mapping, by table and name."""
    places = places_of(text, 0).top
    found = dict(places)
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := re.match(r"\s*\[([\w.-]+)\]", line):
            table = header[1]
            found.setdefault(table, number)
        elif table and (key := re.match(r"\s*[\"']?([^\"'=]+?)[\"']?\s*=", line)):
            found.setdefault(f"{table}.{key[1]}", number)
    return found


def mapping_of(found: Mapping[str, object], name: str, lines: Mapping[str, int]) -> TableMapping:
    """Check a mapping given as plain values. Raises :class:`DraftError` with every problem."""
    checked = _Checked(name, lines)
    for key in found:
        if key not in _TOP:
            checked.note(str(key), f"no part of a mapping{near(str(key), _TOP)}; known: {', '.join(_TOP)}")
    heading, sheet, note = found.get("heading"), found.get("sheet"), found.get("note", "")
    if heading is not None and (isinstance(heading, bool) or not isinstance(heading, int) or heading < 1):
        checked.note("heading", "the row of the headings is a whole number from 1")
        heading = None
    decimal = found.get("decimal", ".")
    if decimal not in (".", ","):
        checked.note("decimal", 'the sign before the tenths; write decimal = "," or "."')
    for key, value in (("sheet", sheet), ("note", note)):
        if value is not None and not isinstance(value, str):
            checked.note(key, "this is text; write it in quotation marks")
    made = TableMapping(
        str(note),
        str(sheet) if sheet is not None else None,
        heading if isinstance(heading, int) else None,
        str(decimal),
        _texts(found, "columns", checked),
        _texts(found, "defaults", checked),
        {key: _texts(words, key, checked, "values.") for key, words in _tables(found, "values", checked)},
        _texts(found, "split", checked, only=LISTS),
        dict(_orders(_texts(found, "dates", checked, only=_DATED), checked)),
    )
    if not made.columns:
        checked.note("columns", 'no column is named; write [columns] and, say, occurred = "Date"')
    if checked.problems:
        raise DraftError(checked.problems)
    return made


def _texts(
    found: Mapping[str, object], part: str, checked: _Checked, above: str = "", only: Sequence[str] = ()
) -> dict[str, str]:
    """Take a table of texts; at the top its keys are fields."""
    table = found.get(part, {}) if not above else found
    if not isinstance(table, Mapping):
        checked.note(part, f"a table; write [{part}] and its keys below")
        return {}
    kept: dict[str, str] = {}
    for key, value in table.items():
        path = f"{above}{part}.{key}"
        if not above and key not in (known := only or tuple(COLUMNS)):
            checked.note(path, f"no such field{near(str(key), known)}; known: {', '.join(known)}")
        elif isinstance(value, bool) or not isinstance(value, str | int):
            checked.note(path, "this is text; write it in quotation marks")
        elif _HALF.search(str(value)):
            checked.note(path, "text with half a character (a lone surrogate); write it as valid Unicode")
        elif part == "split" and not above and not value:
            checked.note(path, 'empty text separates nothing; write the sign between two, such as "/"')
        else:
            kept[key] = str(value)
    return kept


def _tables(found: Mapping[str, object], part: str, checked: _Checked) -> Iterator[tuple[str, Mapping[str, object]]]:
    table = found.get(part, {})
    if not isinstance(table, Mapping):
        checked.note(part, f'tables of words; write [{part}.kind] and, say, "sold" = "exported"')
        return
    for key, words in table.items():
        if key not in COLUMNS:
            checked.note(f"{part}.{key}", f"no such field{near(str(key), COLUMNS)}")
        elif not isinstance(words, Mapping):
            checked.note(f"{part}.{key}", f'words and their values; write [{part}.{key}] and, say, "sold" = "exported"')
        else:
            yield key, words


def _orders(dates: Mapping[str, str], checked: _Checked) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, text in dates.items():
        parts = tuple(text.split())
        if "year" not in parts or len(set(parts)) < len(parts) or set(parts) - set(_PARTS):
            checked.note(f"dates.{key}", f'not an order: {text!r}; write, say, "day month year" or "month year"')
        else:
            yield key, parts


def placed(mapping: TableMapping, grid: Grid, name: str) -> dict[str, int]:
    """Find the columns of a table that a mapping names. Raises :class:`DraftError` with near headings."""
    found, problems = {}, []
    for column, heading in mapping.columns.items():
        over = columns_under(heading, grid)
        if len(over) == 1:
            found[column] = over[0]
        else:
            said = twice(heading, over, grid) if over else f"no heading {heading!r} in {_elsewhere(heading, grid)}"
            problems.append(Problem(name, None, f"columns.{column}", said))
    if problems:
        raise DraftError(problems)
    return found


def columns_under(heading: str, grid: Grid) -> list[int]:
    """Give the columns, counted from 0, that a heading stands over."""
    return [at for at, cell in enumerate(grid.heading.cells) if fold(cell) == fold(heading)]


def twice(heading: str, over: Sequence[int], grid: Grid) -> str:
    """Say that a heading stands over several columns."""
    letters = " and ".join(letters_of(at) for at in over)
    return f"{heading!r} stands over the columns {letters} of {grid.name}; give each a heading of its own"


def _elsewhere(heading: str, grid: Grid) -> str:
    """Say what the row of the headings has instead, and in which other row the heading stands."""
    row = next((row.number for row in grid.rows if fold(heading) in map(fold, row.cells)), None)
    shown = [cell for cell in grid.heading.cells if cell]
    if row is not None:
        return f"row {grid.heading.number} of {grid.name}, but in row {row}; write heading = {row}"
    return f"{grid.name}{near(heading, shown)}; it has {', '.join(shown)[:300]}"


def translates(mapping: TableMapping, column: str) -> bool:
    """Tell whether a mapping may put anything in the place of a column's cells."""
    decimal = mapping.decimal == "," and column in _AMOUNTS
    return decimal or any(column in words for words in (mapping.defaults, mapping.values, mapping.dates))


def translated(mapping: TableMapping, column: str, text: str) -> str:
    """Give a cell's value: the default where it is empty, a word's value, a date in our order."""
    if not text:
        return mapping.defaults.get(column, "")
    words = mapping.values.get(column, {})
    text = next((value for word, value in words.items() if fold(word) == fold(text)), text)
    if mapping.decimal == "," and column in _AMOUNTS:
        return re.sub(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?(?![0-9])|[0-9]+,[0-9]+", _point, text)
    order = mapping.dates.get(column)
    return text if order is None else _dated(text, order)


def _point(found: re.Match[str]) -> str:
    return found[0].replace(".", "").replace(",", ".")


def _dated(text: str, order: Sequence[str]) -> str:
    """Bring a date like 3.5.2016, or 5.2016, into the notation of the log; what has other parts stays as it is."""
    parts = [part for part in re.split(r"[\s./-]+", text) if part]
    if len(parts) == 2:
        order = [part for part in order if part != "day"]
    if len(parts) != len(order) or not all(part.isascii() and part.isdigit() for part in parts):
        return text
    named = dict(zip(order, parts, strict=True))
    if [len(part) for name, part in named.items() if name == "year" or len(part) > 2] != [4]:
        return text
    return "-".join([named["year"], *(named[part].zfill(2) for part in ("month", "day") if part in named)])
