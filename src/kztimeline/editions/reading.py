"""Editions read from files: every row accounted for, every figure read or refused with its reason."""

from __future__ import annotations

import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kztimeline.editions.mapping import OPERATORS, PRESENT, Columns, mapping_of, missing
from kztimeline.editions.printed import members_of
from kztimeline.editions.values import Coverage, Edition, Member, Refused, Row
from kztimeline.errors import FileError, MissingExtraError, NotationError, UnknownNameError
from kztimeline.events import Account, Role
from kztimeline.limits import check_workbook, file_bytes
from kztimeline.paths import file_in, path_of
from kztimeline.quantities import PROFILES, Profile, Quantity, parse_quantity
from kztimeline.registry import Registry, fold, key_of

Record = Mapping[str, str]


def read_editions(
    path: str | os.PathLike[str],
    registry: Registry,
    mapping: str | os.PathLike[str] | Mapping[str, object] | None = None,
) -> dict[tuple[str, str], Edition]:
    """Read all editions of a CSV file (plain or gzipped) or an Excel sheet, by (edition, holder), sorted.

    Raises :class:`NotationError` where its columns cannot be read, :class:`FileError` for a file that is none, or damaged.
    """
    file = file_in(path_of(path, "the file of an edition", "edition.csv"))
    chosen = mapping_of(mapping)
    groups: dict[tuple[str, str], list[tuple[int, Record]]] = defaultdict(list)
    for number, record in enumerate(_records(file, chosen), start=2):
        holder = record.get(chosen.holder or "", "")
        key = (record.get(chosen.edition or "", ""), chosen.holders.get(holder, holder) or "KAZ")
        groups[key].append((number, record))
    return {key: _edition(*key, rows, chosen, registry) for key, rows in sorted(groups.items())}


def read_one(
    path: str | os.PathLike[str],
    registry: Registry,
    mapping: str | os.PathLike[str] | Mapping[str, object] | None,
    edition: str | None,
    holder: str | None,
) -> Edition:
    """Read the one edition of a file that fits. Raises :class:`UnknownNameError` where none or several do."""
    found = read_editions(path, registry, mapping)
    fits = [key for key in found if edition in (None, key[0]) and holder in (None, key[1])]
    if len(fits) != 1:
        names = ", ".join(" ".join(key) for key in list(found)[:20])
        said = "several editions" if fits else f"no edition {edition or ''} of {holder or 'any holder'}"
        raise UnknownNameError(f"{path} holds {said}; name one with edition= and holder=: {names}")
    return found[fits[0]]


def _records(path: Path, mapping: Columns) -> Iterator[Record]:
    rows = _sheet(path) if path.suffix.lower() in (".xlsx", ".xls", ".ods") else _lines(path)
    first = next(iter(rows), None)
    if first is None:
        raise NotationError(f"{path}: no row below the header; name a file with rows")
    if absent := missing(mapping, list(first)):
        advice = "name the file's own columns in a mapping"
        raise NotationError(f"{path}: no column {', '.join(absent)} among {', '.join(first)}; {advice}")
    yield first
    yield from rows


def _lines(path: Path) -> Iterator[Record]:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), restval="")
    try:
        yield from ({str(k): v or "" for k, v in row.items() if isinstance(v, str) or v is None} for row in reader)
    except csv.Error as error:
        raise FileError(f"not CSV: {error}; save it anew", path=str(path), line=reader.line_num + 1) from error


def _text(path: Path) -> str:
    data = file_bytes(path)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotationError(f"{path}: neither UTF-8 nor Windows-1252; save it as UTF-8")


def _sheet(path: Path) -> Iterator[Record]:
    try:
        import fastexcel
    except ImportError as error:
        raise MissingExtraError('pip install "kztimeline[excel]"') from error
    if path.suffix.lower() == ".xlsx":
        check_workbook(path)
    try:
        sheet = fastexcel.read_excel(str(path)).load_sheet(0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise FileError(f"a damaged workbook: {error}; save it again as .xlsx", path=str(path)) from error
    yield from ({str(k): "" if v is None else str(v) for k, v in row.items()} for row in sheet.iter_rows(named=True))


def _edition(
    name: str, holder: str, records: Sequence[tuple[int, Record]], mapping: Columns, registry: Registry
) -> Edition:
    """Read the rows of one edition; what the file lacks comes from the edition's definition."""
    identity = f"{mapping.source}-{name}" if name.isdigit() else name or mapping.source
    defined = registry.editions.get(identity)
    profile = _profile(identity, (defined and defined.profile) or mapping.profile)
    rows: list[Row] = []
    refused: list[Refused] = []
    items = [_joined(record, mapping.item) for _, record in records]
    labels = {fold(item) for item in items if item}
    for (number, record), item in zip(records, items, strict=True):
        row, problem = _row(number, record, item, labels, mapping, profile, registry)
        rows.append(row)
        refused += problem
    services = sorted({row.service for row in rows})
    cutoff = None
    if defined is not None and defined.cutoff is not None and None not in (defined.cutoff.first, defined.cutoff.last):
        cutoff = (int(defined.cutoff.first or 0), int(defined.cutoff.last or 0))
    return Edition(
        id=identity,
        source=mapping.source,
        holder=holder,
        cutoff=cutoff,
        published=None if defined is None else defined.published.text,
        profile=profile.name,
        coverage=dict.fromkeys(services, Coverage(mapping.coverage)),
        rows=tuple(rows),
        unresolved=_unresolved(rows),
        refused=tuple(refused),
    )


def _profile(identity: str, name: str) -> Profile:
    if name not in PROFILES:
        raise NotationError(f"{identity} is of a profile {name!r} that is none; known: {', '.join(PROFILES)}")
    return PROFILES[name]


def _row(
    number: int, record: Record, item: str, labels: set[str], mapping: Columns, profile: Profile, registry: Registry
) -> tuple[Row, list[Refused]]:
    quantity, problems = _quantity(number, record, mapping, profile)
    role = Role(_known(number, record, mapping.role, mapping.roles, "roles"))
    printed = members_of(item, labels - {fold(item)}) if item and role is Role.ITEM else ()
    account = _known(number, record, mapping.account, mapping.accounts, "accounts")
    stated = record.get(mapping.role or "", "").strip()
    if not item and role is not Role.TOTAL and stated:
        said = f"an {stated} without a name; it is read as a printed total of its category"
        problems = [*problems, Refused(f"row {number}", "", said)]
    row = Row(
        id=f"row {number}",
        service=" ".join(_words(record, mapping.service)).casefold(),
        path=tuple(word for text in _words(record, mapping.category) for word in text.split()),
        item=item or None,
        text=next((refused.text for refused in problems if refused.text), quantity.text),
        quantity=quantity,
        account=Account(account) if account else None,
        role=role if item or role is Role.TOTAL else Role.TOTAL,
        members=tuple(member(names, mapping.source, registry) for names in printed),
        covers=(),
        note=record.get(mapping.note or "", "") or None,
    )
    return row, problems


def _known(number: int, record: Record, column: str | None, meanings: Mapping[str, str], name: str) -> str:
    """Read a word by its meaning in the mapping. Raises :class:`NotationError` for one that has none."""
    word = record.get(column or "", "").strip()
    if word not in meanings:
        known = ", ".join(repr(one) for one in meanings if one)
        raise NotationError(f"row {number}, {column}: no meaning for {word!r}; known: {known}; name it under {name}")
    return meanings[word]


def _quantity(number: int, record: Record, mapping: Columns, profile: Profile) -> tuple[Quantity, list[Refused]]:
    written = record.get(mapping.figure, "").strip()
    sign = record.get(mapping.operator or "", "").strip()
    if sign not in (*OPERATORS, *PRESENT):
        known = ", ".join(one for one in (*OPERATORS, *PRESENT) if one)
        return parse_quantity("unknown"), [
            Refused(f"row {number}", f"{sign} {written}", f"no sign {sign!r}; known: {known}")
        ]
    if sign in PRESENT and not written:
        return parse_quantity("some", profile=profile), []
    if not written:
        return parse_quantity("unknown"), []
    try:
        return parse_quantity(OPERATORS.get(sign, "{}").format(_whole(written)), profile=profile), []
    except NotationError as error:
        return parse_quantity("unknown"), [Refused(f"row {number}", written, str(error))]


def _whole(text: str) -> str:
    """Take the needless decimal of a whole number away: 110.0 is 110."""
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def _words(record: Record, columns: Iterable[str]) -> list[str]:
    return [text for name in columns if (text := record.get(name, "").strip())]


def _joined(record: Record, columns: Iterable[str]) -> str:
    return " ".join(_words(record, columns))


def member(names: Sequence[str], source: str, registry: Registry) -> Member:
    """Resolve the names of one system: the first that a definition of the source, or of everybody, knows."""
    folded = tuple(dict.fromkeys(fold(name) or name for name in names))
    for name in folded:
        for scope in (source, None):
            if (system := registry.aliases.get((scope, name))) is not None:
                return Member(key_of(registry, system), folded)
    return Member(None, folded)


def _unresolved(rows: Iterable[Row]) -> tuple[str, ...]:
    names = {row.item or "" for row in rows if any(part.system is None for part in row.members)}
    return tuple(sorted(names))
