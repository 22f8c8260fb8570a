"""SIPRI's trade register and its table of deliveries, as exported in any release since 2022: rows into deals."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from attrs import evolve

from kztimeline.dates import parse_date
from kztimeline.errors import NotationError, Problem, RowError
from kztimeline.importers.coverage import Coverage, covered, stated
from kztimeline.importers.deals import (
    DELIVERIES,
    LICENCE,
    REGISTER,
    SOURCE,
    Deal,
    Figure,
    Tranche,
    form_of,
    numbered,
)
from kztimeline.importers.names import proposals
from kztimeline.importers.parties import code_of
from kztimeline.importers.reading import Reading, digest
from kztimeline.importers.sheets import PREAMBLE, Sheet, cells_of, comment_at, fitted, header_at, sheet_of
from kztimeline.importers.texts import Record, decoded, mended
from kztimeline.limits import file_bytes
from kztimeline.paths import path_of
from kztimeline.registry import fold

_REGISTER = {
    "recipient": ("recipient",),
    "supplier": ("supplier",),
    "year": ("yearoforder", "orderdate", "orderyear"),
    "ordered": ("numberordered", "noordered"),
    "designation": ("weapondesignation", "designation"),
    "description": ("weapondescription", "description"),
    "delivered": ("numberdelivered", "nodelivered", "numbersdelivered"),
    "years": ("yearsofdelivery", "yearsofdeliveries", "yearofdelivery"),
}
_REGISTER_MORE = {"status": ("status",), "comment": ("comments", "comment")}
_DELIVERIES = {
    "id": ("sipriatdatabaseid",),
    "recipient": ("recipient",),
    "supplier": ("supplier",),
    "year": ("orderdate", "yearoforder"),
    "designation": ("designation", "weapondesignation"),
    "description": ("description", "weapondescription"),
    "delivered": ("numbersdelivered", "numberdelivered"),
    "years": ("deliveryyear", "yearofdelivery"),
}
_DELIVERIES_MORE = {
    "year_flag": ("orderdateisestimate",),
    "delivered_flag": ("numbersdeliveredisestimate", "numberdeliveredisestimate"),
    "years_flag": ("deliveryyearisestimate",),
    "status": ("status",),
    "local": ("localproduction",),
}
_FIRST = 1900
"""No order of the register is of an earlier year."""
_MOST = 10_000_000
"""No deal has more units than this; a larger figure is a cell gone astray."""


def read_sipri_register(path: str | os.PathLike[str], *, release: str | None = None) -> Reading:
    """Read a trade register: one row per deal, plain or gzipped, of any release since 2022.

    ``release`` is the day that the register was made, where its preamble does not say so. Raises
    :class:`FileError` where the file is no register, :class:`TooLargeError` where it is too large to be one.
    """
    where = path_of(path, "the file of a register", "register.csv")
    return register_of(file_bytes(where), where, release)


def read_sipri_deliveries(path: str | os.PathLike[str], *, release: str | None = None) -> Reading:
    """Read a table of deliveries: one row per deal and year, with SIPRI's own number of the deal."""
    where = path_of(path, "the file of deliveries", "deliveries.csv")
    return deliveries_of(file_bytes(where), where, release)


def kind_of(text: str) -> str | None:
    """Tell which of the two tables a text holds by its header; ``None`` for neither."""
    lines = text[: PREAMBLE * 32_767].splitlines()
    at = header_at(lines)
    if at is None:
        return None
    return DELIVERIES if "sipriatdatabaseid" in map(fold, cells_of(lines[at])) else REGISTER


def register_of(data: bytes, path: Path, release: str | None) -> Reading:
    """Read a trade register from its bytes; ``path`` is for messages."""
    sheet = sheet_of(decoded(data, path), path, _REGISTER, _REGISTER_MORE)
    rows = [fitted(record, sheet) for record in mended(sheet.records, sheet.width, comment_at(sheet))]
    said, day = _said(sheet, release)
    deals, refused = _each(rows, path, lambda record: _in_time(_register_deal(record, sheet), day))
    return _reading(data, path, REGISTER, len(rows), deals, refused, day, said)


def deliveries_of(data: bytes, path: Path, release: str | None) -> Reading:
    """Read a table of deliveries from its bytes; ``path`` is for messages."""
    sheet = sheet_of(decoded(data, path), path, _DELIVERIES, _DELIVERIES_MORE)
    rows = [fitted(record, sheet) for record in sheet.records]
    said, day = _said(sheet, release)
    single, refused = _each(rows, path, lambda record: _in_time(_delivery(record, sheet), day))
    joined, clashes = _gathered(single, path)
    return _reading(data, path, DELIVERIES, len(rows), joined, [*refused, *clashes], day, said)


def _said(sheet: Sheet, release: str | None) -> tuple[Coverage | None, str | None]:
    """Give what a preamble says of the coverage, and the day of release: as given, else the preamble's."""
    said, day = stated(sheet.preamble)
    return said, day if release is None else release_day(release)


def _reading(
    data: bytes,
    path: Path,
    table: str,
    rows: int,
    deals: Sequence[Deal],
    refused: Sequence[Problem],
    day: str | None,
    said: Coverage | None,
) -> Reading:
    ordered = tuple(sorted(refused, key=lambda problem: problem.line or 0))
    return Reading(
        path.name, digest(data), table, rows, _placed(deals, table), None, ordered, day, covered(said, deals)
    )


def _placed(deals: Sequence[Deal], table: str) -> tuple[Deal, ...]:
    """Give deals the systems that their names would be, and ids where the table has none."""
    ids = numbered(deals) if table == REGISTER else [deal.id for deal in deals]
    return tuple(
        evolve(deal, id=identity, systems=(system,))
        for deal, identity, system in zip(deals, ids, proposals(deals), strict=True)
    )


def release_day(text: str) -> str:
    """Check the day of a release. Raises :class:`NotationError`."""
    day = parse_date(text)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) or day.first != day.last:
        raise NotationError(f"a release is a day, not {text!r}; write 2024-03-18")
    return text


def _each(rows: Sequence[Record], path: Path, read: Callable[[Record], Deal]) -> tuple[list[Deal], list[Problem]]:
    """Read each record; what it cannot mean is refused with its reason, and the others stand."""
    deals, refused = [], []
    for record in rows:
        try:
            deals.append(read(record))
        except RowError as error:
            refused.append(Problem(path.name, record.line, error.column, str(error)))
    return deals, refused


# --- one row ----------------------------------------------------------------------------------------------------


def _cell(record: Record, sheet: Sheet, key: str) -> str:
    at = sheet.columns.get(key)
    return "" if at is None or at >= len(record.cells) else record.cells[at]


def _flagged(record: Record, sheet: Sheet, key: str) -> bool:
    at = sheet.flags.get(key)
    mark = "" if at is None or at >= len(record.cells) else record.cells[at]
    if mark not in ("", "?"):
        raise RowError(key, f"the mark after it is {mark[:40]!r}, not '?' or nothing; a cell is missing or too many")
    return mark == "?"


def _misfit(record: Record, sheet: Sheet) -> RowError:
    cause = "the row is cut" if len(record.cells) < sheet.width else "a separator too many, or two rows on one line"
    return RowError("", f"{len(record.cells)} cells where the header has {sheet.width}: {cause}; mend the row")


def _register_deal(record: Record, sheet: Sheet) -> Deal:
    least = sheet.columns["years"] + 1
    if not least <= len(record.cells) <= sheet.width:
        raise _misfit(record, sheet)
    comment = _cell(record, sheet, "comment")
    order_year, guessed = _year(record, sheet, "year")
    figure = _figure(record, sheet, "delivered")
    years, years_guessed = _years(_cell(record, sheet, "years"))
    return Deal(
        id="",
        line=record.line,
        recipient=_party(record, sheet, "recipient"),
        supplier=_party(record, sheet, "supplier"),
        year=order_year,
        year_uncertain=guessed,
        ordered=_figure(record, sheet, "ordered"),
        designation=_named(record, sheet),
        description=_cell(record, sheet, "description"),
        comment=comment,
        form=form_of(_cell(record, sheet, "status"), comment),
        tranches=_total(figure, years, years_guessed),
    )


def _in_time(deal: Deal, day: str | None) -> Deal:
    """Refuse a row that speaks of a year before any arms were counted, or after its own release."""
    years = sorted({deal.year, *deal.years})
    if years[0] < _FIRST:
        raise RowError("years", f"{years[0]} is before {_FIRST}; mend the year")
    if day is not None and years[-1] > int(day[:4]):
        raise RowError("years", f"{years[-1]} is after the release of {day}; mend the year")
    return deal


def _total(figure: Figure, years: tuple[int, ...], guessed: bool) -> tuple[Tranche, ...]:
    """Make the total of a deal's deliveries; none where nothing was delivered."""
    if not figure.number and not years:
        return ()
    if not figure.number:
        raise RowError("years", f"delivered in {years[0]}, but no unit")
    if not years:
        raise RowError("years", f"{figure.number} delivered, but in no year")
    if len(years) > figure.number:
        raise RowError("years", f"{figure.number} delivered over {len(years)} years; at least one belongs to each")
    return (Tranche(years, figure, guessed),)


def _delivery(record: Record, sheet: Sheet) -> Deal:
    if len(record.cells) < sheet.columns["years"] + 1 or len(record.cells) > sheet.width:
        raise _misfit(record, sheet)
    number = _cell(record, sheet, "id")
    if not re.fullmatch(r"[0-9]{1,12}", number, re.ASCII):
        raise RowError("id", f"not a number of SIPRI's: {number[:40]!r}")
    order_year, guessed = _year(record, sheet, "year")
    figure = _figure(record, sheet, "delivered")
    years, years_guessed = _years(_cell(record, sheet, "years"))
    if not figure.number or len(years) != 1:
        raise RowError("delivered", "a delivery is a number of units in one year")
    made = _yes(record, sheet, "local")
    return Deal(
        id=f"{SOURCE}-{int(number)}",
        line=record.line,
        recipient=_party(record, sheet, "recipient"),
        supplier=_party(record, sheet, "supplier"),
        year=order_year,
        year_uncertain=guessed or _yes(record, sheet, "year_flag"),
        ordered=Figure(None),
        designation=_named(record, sheet),
        description=_cell(record, sheet, "description"),
        comment="",
        form=form_of(_cell(record, sheet, "status"), "") or (LICENCE if made else None),
        tranches=(
            Tranche(
                years,
                evolve(figure, uncertain=figure.uncertain or _yes(record, sheet, "delivered_flag")),
                years_guessed or _yes(record, sheet, "years_flag"),
            ),
        ),
    )


def _gathered(single: Sequence[Deal], path: Path) -> tuple[list[Deal], list[Problem]]:
    """Join the rows of one number into one deal, its years in order; rows that contradict it are refused."""
    deals, refused = [], []
    for _, group in groupby(sorted(single, key=lambda deal: (deal.id, min(deal.years))), key=lambda deal: deal.id):
        first, *others = group
        kept = list(first.tranches)
        for other in others:
            if (problem := _contradicts(first, kept, other)) is not None:
                refused.append(Problem(path.name, other.line, *problem))
            else:
                kept += other.tranches
        deals.append(evolve(first, tranches=tuple(kept)))
    return deals, refused


def _contradicts(first: Deal, kept: Sequence[Tranche], other: Deal) -> tuple[str, str] | None:
    if (first.recipient, first.supplier, first.year) != (other.recipient, other.supplier, other.year):
        return "id", f"the number of this deal is that of another one on line {first.line}"
    if other.years & {year for tranche in kept for year in tranche.years}:
        return "years", f"the deal on line {first.line} has deliveries of this year already"
    return None


def _party(record: Record, sheet: Sheet, key: str) -> str:
    name = _cell(record, sheet, key)
    code = code_of(name)
    if code is None:
        said = "nobody" if not name else f"no party is called {name[:60]!r}"
        raise RowError(key, f"{said}; add the name to parties.toml, or mend the row")
    return code


def _named(record: Record, sheet: Sheet) -> str:
    name = " ".join(_cell(record, sheet, "designation").rstrip("- ").split())
    name = name or _cell(record, sheet, "description")
    if not name:
        raise RowError("designation", "no weapon is named")
    return name


def _year(record: Record, sheet: Sheet, key: str) -> tuple[int, bool]:
    text = _cell(record, sheet, key)
    years, guessed = _years(text)
    if len(years) != 1:
        raise RowError(key, f"not a year: {text[:40]!r}; write 2019")
    return years[0], guessed or _flagged(record, sheet, key)


@lru_cache(maxsize=1 << 14)
def _years(text: str) -> tuple[tuple[int, ...], bool]:
    """Read ``2019; 2020``, also with marks or brackets around a year; sorted, each once."""
    found: set[int] = set()
    guessed = False
    for part in filter(None, re.split(r"\s*[;,/]\s*|\s+", text.strip())):
        match = re.fullmatch(r"\(?([12][0-9]{3})\)?(\?)?", part, re.ASCII)
        if match is None:
            raise RowError("years", f"not years: {text[:60]!r}; they are written 2019; 2020")
        found.add(int(match[1]))
        guessed = guessed or match[2] is not None or part.startswith("(")
    return tuple(sorted(found)), guessed


def _figure(record: Record, sheet: Sheet, key: str) -> Figure:
    return _figured(_cell(record, sheet, key), _flagged(record, sheet, key), key)


@lru_cache(maxsize=1 << 14)
def _figured(text: str, flagged: bool, key: str) -> Figure:
    if not text:
        return Figure(None, flagged)
    match = re.fullmatch(r"(\()?([0-9]{1,9})(\))?\s*(\?)?", text, re.ASCII)
    if match is None or int(match[2]) > _MOST:
        raise RowError(key, f"not a number of units: {text[:40]!r}; write digits alone, or leave the cell empty")
    return Figure(int(match[2]), bool(match[1] or match[4]) or flagged)


def _yes(record: Record, sheet: Sheet, key: str) -> bool:
    word = _cell(record, sheet, key).casefold()
    if word not in ("", "no", "yes"):
        raise RowError(key, f"neither Yes nor No: {word[:40]!r}")
    return word == "yes"
