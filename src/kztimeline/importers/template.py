"""A spreadsheet to fill in, its allowed values as drop-downs, and the same with its errors marked cell by cell."""

from __future__ import annotations

import datetime
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kztimeline.errors import FileError, MissingExtraError, Problem
from kztimeline.events import HELD_ACCOUNTS, Account, Basis, Flag, Kind, Role, Stage
from kztimeline.importers.fields import COLUMNS, LISTS, column_of
from kztimeline.importers.grids import read_grid
from kztimeline.importers.reading import Reading
from kztimeline.paths import file_out, path_of
from kztimeline.registry import Registry

if TYPE_CHECKING:
    import xlsxwriter

ROWS = 2_000
"""So many rows of a template have drop-downs."""
_VERBS = (Kind.LINKED, Kind.CORRECTED, Kind.REVISED, Kind.RETRACTED, Kind.WITHDRAWN)
_CREATED = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)  # the same template, the same bytes


def _book(path: Path) -> xlsxwriter.Workbook:
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingExtraError('pip install "kztimeline[excel]"') from error
    book = xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": "events", "created": _CREATED})
    return book


def allowed(registry: Registry) -> dict[str, list[str]]:
    """Give the values that a log knows for each column that has a list of them."""
    accounts = [str(account) for account in HELD_ACCOUNTS]
    return {
        "kind": [str(kind) for kind in Kind if kind not in _VERBS],
        "holder": sorted(registry.holders),
        "systems": sorted(registry.systems),
        "into": accounts,
        "out_of": accounts,
        "account": [str(account) for account in Account],
        "operator": sorted(registry.bodies),
        "to_operator": sorted(registry.bodies),
        "to_system": sorted(registry.systems),
        "role": [str(role) for role in Role],
        "stage": [str(stage) for stage in Stage],
        "flags": [str(flag) for flag in Flag],
        "source": sorted(registry.sources),
        "via": sorted(registry.documents),
        "edition": sorted(registry.editions),
        "published_basis": [str(basis) for basis in Basis],
    }


def write_template(path: str | os.PathLike[str], registry: Registry) -> Path:
    """Write an empty spreadsheet of events: a column per field, drop-downs of what the log knows.

    Columns that take several values warn about others, columns of words that are fixed refuse them.
    """
    target = file_out(path_of(path, "the file of a template", "events.xlsx"))
    values = allowed(registry)
    with _book(target) as book:
        sheet = book.add_worksheet("events")
        lists = book.add_worksheet("allowed")
        _headings(book, sheet)
        for column, (name, words) in enumerate(values.items()):
            lists.write_column(0, column, [name, *words])
            if words:
                _drop_down(sheet, name, column, len(words))
    return target


def _headings(book: Any, sheet: Any) -> None:
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(COLUMNS) - 1, 16, text)
    for at, (name, said) in enumerate(COLUMNS.items()):
        sheet.write_string(0, at, name, bold)
        sheet.write_comment(0, at, said)


_FIXED = ("kind", "into", "out_of", "account", "role", "stage", "published_basis")


def _drop_down(sheet: Any, name: str, column: int, count: int) -> None:
    from xlsxwriter.utility import xl_col_to_name

    letters = xl_col_to_name(column)
    at = list(COLUMNS).index(name)
    several = " Several values are separated by semicolons." if name in LISTS else ""
    sheet.data_validation(
        1, at, ROWS, at,
        {
            "validate": "list",
            "source": f"=allowed!${letters}$2:${letters}${count + 1}",
            "error_type": "stop" if name in _FIXED else "warning",
            "error_title": name,
            "error_message": f"Not a value that the log knows.{several}",
        },
    )  # fmt: skip


def mark_problems(
    source: str | os.PathLike[str], reading: Reading, problems: Sequence[Problem], path: str | os.PathLike[str]
) -> Path:
    """Write a table again with every problem as a red cell and a comment; what is no cell's is in a last sheet.

    ``problems`` are those of the reading's ingestion. Raises :class:`FileError` where the table has no cells.
    """
    if not reading.columns:
        raise FileError("no table of cells; its problems have lines", path=str(source))
    grid = read_grid(Path(source), sheet=reading.sheet)
    cells, rest = _by_cell(reading, problems)
    target = file_out(path_of(path, "the file of a template", "events.xlsx"))
    with _book(target) as book:
        sheet = book.add_worksheet((reading.sheet or "events")[:31])
        red = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
        rows = {row.number: row.cells for row in (grid.heading, *grid.rows)}
        for number, shown in rows.items():
            for column, cell in enumerate(shown):
                sheet.write_string(number - 1, column, cell)
        for (number, column), said in sorted(cells.items()):
            sheet.write_string(number - 1, column, rows[number][column] if number in rows else "", red)
            sheet.write_comment(number - 1, column, "\n".join(said))
        notes = book.add_worksheet("problems")
        notes.write_column(0, 0, ["where no single cell is wrong", *(str(problem) for problem in rest)])
    return target


def _by_cell(
    reading: Reading, problems: Iterable[Problem]
) -> tuple[Mapping[tuple[int, int], list[str]], list[Problem]]:
    """Sort problems by cell; a missing field is marked in its own empty cell, where the table has the column."""
    cells: dict[tuple[int, int], list[str]] = defaultdict(list)
    rest: list[Problem] = []
    for problem in problems:
        inside = problem.path[problem.path.find("(") + 1 : -1] if problem.path.endswith(")") else problem.path
        column = reading.columns.get(column_of(inside) or "")
        if problem.line is None or column is None:
            rest.append(problem)
        else:
            cells[(problem.line, column)].append(problem.message)
    return cells, rest
