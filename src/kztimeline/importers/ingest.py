"""Files into a log: the first release whole, of every other one what changed, tables as drafts are."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from attrs import evolve, frozen

from kztimeline.canonical import event_id
from kztimeline.desk import Desk
from kztimeline.errors import DraftError, FileError, LogNotFoundError, NotationError, Problem, UnknownNameError
from kztimeline.importers.accounts import Account, Ingested
from kztimeline.importers.coverage import FIRST_YEAR, Coverage
from kztimeline.importers.deals import DELIVERIES, REGISTER, SOURCE, Deal
from kztimeline.importers.events import in_cells, read_events, read_table, refuse_other_tables
from kztimeline.importers.held import Holds, deals_on, held
from kztimeline.importers.levels import REASON as LEVELS
from kztimeline.importers.levels import counterparts, level_links
from kztimeline.importers.lines import line_bytes
from kztimeline.importers.matching import same_name
from kztimeline.importers.names import NewName, Resolver, defined, refusal, resolved
from kztimeline.importers.parties import UNKNOWN, code_of, name_of
from kztimeline.importers.quoted import REASON as QUOTED
from kztimeline.importers.quoted import quote_links
from kztimeline.importers.reading import Reading
from kztimeline.importers.releases import OUTSIDE, Match, Outcome, When, history, lost_marks, paired
from kztimeline.importers.sipri import deliveries_of, kind_of, register_of
from kztimeline.importers.tables import event_lines
from kztimeline.importers.texts import decoded
from kztimeline.limits import file_bytes, is_spreadsheet
from kztimeline.log import Receipt
from kztimeline.paths import path_of
from kztimeline.registry import Covers, fold
from kztimeline.stores import begin_log, read_stored, store_lines
from kztimeline.wire import many_values

LARGEST_SEGMENT = 20_000
"""Lines of one segment of a bulk import; a world register of one release needs a few."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@frozen
class _How:
    """What a caller wants of an import."""

    new_systems: str | frozenset[str]
    holders: frozenset[str] | None
    parties: frozenset[str] | None
    writer: str
    recorded: str | None
    progress: Progress


@many_values()
def ingest(
    inputs: Iterable[str | os.PathLike[str] | Reading | pl.DataFrame] | str | os.PathLike[str] | Reading | pl.DataFrame,
    *,
    into: str | os.PathLike[str],
    release: str | None = None,
    mapping: str | os.PathLike[str] | Mapping[str, object] | None = None,
    new_systems: str | Collection[str] = "refuse",
    holders: Iterable[str] | None = None,
    parties: Iterable[str] | None = None,
    writer: str = "kztimeline",
    recorded: str | None = None,
    progress: Progress | None = None,
) -> Ingested:
    """Read files into a log, which is begun where there is none; releases of a register become its history.

    Of the first release all is written, of each other one what it changed, as the source's revisions and
    withdrawals from its day on; the order of the files does not matter. ``release`` is the day of one file
    that does not say so. ``mapping`` says how tables and frames read, see :func:`read_table`. ``new_systems``
    says what becomes of names that no system of the log has: ``"refuse"`` (an error lists them), ``"define"``
    (each becomes a system), ``"skip"`` (their rows are left out), or a list of those to define. ``holders``
    keeps the recipients named, by code or name, ``parties`` what they received or supplied.

    Raises :class:`FileError`, :class:`NewNamesError`, :class:`DraftError`; nothing is written of a file that
    raises.
    """
    where = path_of(into, "the folder of a log", "my-log")
    if progress is not None and not callable(progress):
        raise NotationError(f"progress is a function of what is done, how much and of how much, not {progress!r}")
    how = _How(
        _wanted_systems(new_systems), _codes(holders), _codes(parties), writer, recorded, progress or (lambda *_: None)
    )
    several = _inputs(inputs)
    readings = []
    for number, one in enumerate(several):
        how.progress(f"reading file {number + 1} of {len(several)}", number, len(several))
        readings.append(_read(one, release if len(several) == 1 else None, mapping))
    for reading in readings:
        if reading.deals and reading.release is None:
            said = "no day of release in its preamble; give release= (--release), the day the register was made"
            raise FileError(said, path=reading.name)
    _begun(where, how)
    accounts = [
        _release(where, one, how) if one.events is None else _events(where, one, how)
        for one in sorted(readings, key=lambda one: (one.release or "", one.table != REGISTER))
    ]
    return Ingested(where, tuple(accounts), read_stored(where).head)


def _begun(where: Path, how: _How) -> None:
    """Begin a log where there is none, for the one holder named, if one is."""
    try:
        read_stored(where)
    except LogNotFoundError:
        only = next(iter(how.holders)) if how.holders is not None and len(how.holders) == 1 else "KAZ"
        begin_log(where, name=where.resolve().name or "log", holder=only, created=how.recorded)


def _wanted_systems(new_systems: str | Collection[str]) -> str | frozenset[str]:
    if not isinstance(new_systems, str):
        return frozenset(fold(name) for name in _several(new_systems, "new systems", str))
    if new_systems not in ("refuse", "define", "skip"):
        raise NotationError(
            f"not a way with new systems: {new_systems!r}; write refuse, define, skip, or a list of names"
        )
    return new_systems


def _several(given: Any, what: str, *kinds: type) -> list[Any]:
    """Take one thing, or several, of some kinds. Raises :class:`NotationError` for anything else."""
    listed = list(given) if isinstance(given, Iterable) and not isinstance(given, (*kinds, bytes, Mapping)) else [given]
    for one in listed:
        if not isinstance(one, kinds):
            raise NotationError(f"{what} are text or a list of it, not {one!r}; write each in quotation marks")
    return listed


def _codes(holders: Iterable[str] | None) -> frozenset[str] | None:
    if holders is None:
        return None
    found = set()
    for name in _several(holders, "parties", str):
        code = code_of(name)
        if code is None:
            raise UnknownNameError(f"no party is called {name!r}; write an ISO 3166 code, such as KAZ")
        found.add(code)
    return frozenset(found)


def _inputs(given: Any) -> list[str | os.PathLike[str] | Reading | pl.DataFrame]:
    """Take what is to be ingested, one or several. Raises :class:`NotationError` for what is not read."""
    refuse_other_tables(given)
    alone = isinstance(given, (str, bytes, os.PathLike, Reading, pl.DataFrame)) or not isinstance(given, Iterable)
    listed = [given] if alone else [*given]
    for one in listed:
        refuse_other_tables(one)
    return _several(listed, "files", str, os.PathLike, Reading, pl.DataFrame)


def _read(one: object, release: str | None, mapping: str | os.PathLike[str] | Mapping[str, object] | None) -> Reading:
    if isinstance(one, Reading):
        if mapping is not None:
            raise NotationError(f"{one.name} was read already; give the mapping to kz.read_table")
        return one if release is None else evolve(one, release=release)
    if isinstance(one, pl.DataFrame):
        return read_table(one, mapping=mapping)
    path = path_of(one, "a file to read", "register.csv")
    if mapping is not None:
        return read_table(path, mapping=mapping)
    if path.is_dir():
        return read_events(path)
    if not is_spreadsheet(path) and path.suffix not in (".jsonl", ".parquet", ".toml"):
        data = file_bytes(path)
        kind = kind_of(decoded(data, path))
        if kind is not None:
            return (register_of if kind == REGISTER else deliveries_of)(data, path, release)
    return read_events(path)


# --- one release ------------------------------------------------------------------------------------------------


def _release(where: Path, reading: Reading, how: _How) -> Account:
    """Write what a release of the register says anew."""
    if reading.release is None or reading.coverage is None:
        raise FileError("a register without a day of release", path=reading.name)
    how.progress(f"reading {where.name}", 0, 1)
    log = read_stored(where)
    holds = held(log)
    coverage = _narrowed(reading, how)
    deals = [deal for deal in reading.deals if _kept(deal, how)]
    day = reading.release
    known = holds.tables[reading.table]
    later = [other for other in holds.releases(reading.table) if other > day]
    stated = coverage.stated and coverage.last is not None
    when = When(reading.table, day, reading.data_day if stated else None, min(later, default=None))
    how.progress(f"matching {reading.name}", 0, len(deals))
    matches = paired(known, deals, day, coverage, by_number=reading.table == DELIVERIES)
    matches, new, aliases = _named(matches, holds, how, reading)
    how.progress(f"writing {reading.name}", 0, len(matches))
    covers_next = frozenset(s.holder for s in holds.registry.scopes if s.source == SOURCE and s.of is Covers.FLOWS)
    written = history(known, matches, when, coverage, covers_next)
    head = [*_definitions(holds, reading, matches, new), *aliases]
    scopes = list(_scopes(reading, coverage, written.outcomes))
    lines = [line_bytes(fields) for fields in (*head, *written.lines, *scopes)]
    _none_gone(lines[: len(head)], lines, holds, reading.name)
    receipts = _appended(where, lines, f"{reading.table} of {day}: {reading.name}", holds, how)
    for reason, links in _links(where):
        receipts += _appended(where, links, reason, None, how)
    outcomes = tuple(written.outcomes)
    lost = tuple(lost_marks(outcomes))
    return Account(
        reading.name, reading.table, day, reading.rows, reading.read, reading.refused, outcomes, lost, tuple(receipts)
    )


def _kept(deal: Deal, how: _How) -> bool:
    received = how.holders is None or deal.recipient in how.holders
    return received and (how.parties is None or bool(how.parties & {deal.recipient, deal.supplier}))


def _narrowed(reading: Reading, how: _How) -> Coverage:
    """Cut what a file covers down to what the caller keeps of it."""
    coverage = reading.coverage
    if coverage is None:
        raise FileError("a register that covers nothing", path=reading.name)
    if how.holders is not None:
        own = how.holders if coverage.recipients is None else coverage.recipients & how.holders
        coverage = evolve(coverage, recipients=own)
    return evolve(coverage, parties=how.parties)


def _named(
    matches: Sequence[Match], holds: Holds, how: _How, reading: Reading
) -> tuple[list[Match], list[NewName], list[dict[str, object]]]:
    """Lead rows to systems: a name that stayed keeps its system, another one is resolved, a spelling gets an alias.

    A row that the other level of the register has too is of that one's system.
    """
    resolver = Resolver(holds.registry)
    other = DELIVERIES if reading.table == REGISTER else REGISTER
    fresh = [match.new for match in matches if match.new is not None and match.old is None]
    beside = counterparts(reading.table, fresh, deals_on(holds.tables[other], None))
    kept: list[Match] = []
    aliases: dict[str, dict[str, object]] = {}
    for match in matches:
        old, new = match.old, match.new
        if new is None:
            kept.append(match)
        elif old is None:
            twin = beside.get(new.id)
            kept.append(Match(None, evolve(new, systems=() if twin is None else twin.systems)))
        else:
            kept.append(Match(old, evolve(new, systems=_systems_now(old, new, resolver))))
            if kept[-1].new is not None and kept[-1].new.systems == old.systems:
                aliases.update(_spelling(old, new, resolver))
    return *_with_new(kept, resolver, how, reading), list(aliases.values())


def _systems_now(old: Deal, new: Deal, resolver: Resolver) -> tuple[str, ...]:
    """Give the system of a row whose deal is known; empty where its name is another one that nobody knows."""
    if fold(old.designation) == fold(new.designation):
        return old.systems
    system = resolver.system(new)
    if system is None:
        return old.systems if same_name(old.designation, new.designation) else ()
    return (system,)


def _spelling(old: Deal, new: Deal, resolver: Resolver) -> Iterator[tuple[str, dict[str, object]]]:
    folded = fold(new.designation)
    if folded != fold(old.designation) and resolver.system(new) is None:
        alias: dict[str, object] = {
            "kind": "defined-alias",
            "name": new.designation,
            "source": SOURCE,
            "system": old.systems[0],
        }
        yield folded, alias


def _with_new(
    matches: Sequence[Match], resolver: Resolver, how: _How, reading: Reading
) -> tuple[list[Match], list[NewName]]:
    """Resolve rows without a system; names of no system are refused, defined or skipped, as the caller says."""
    open_ = [match.new for match in matches if match.new is not None and not match.new.systems]
    placed, unknown = resolved(open_, resolver)
    new = unknown if how.new_systems == "define" else []
    if isinstance(how.new_systems, frozenset):
        new = [name for name in unknown if fold(name.name) in how.new_systems or name.id in how.new_systems]
        unknown = [name for name in unknown if name not in new]
    if how.new_systems != "skip" and how.new_systems != "define" and unknown:
        raise refusal(unknown, resolver.registry, reading.name)
    ready = iter(defined(placed, new))
    full = [match if match.new is None or match.new.systems else Match(match.old, next(ready)) for match in matches]
    return [match for match in full if match.new is None or match.new.systems], new


def _definitions(
    holds: Holds, reading: Reading, matches: Sequence[Match], new: Sequence[NewName]
) -> Iterator[dict[str, object]]:
    """Define what the claims name: source, edition, holders, systems."""
    registry = holds.registry
    if SOURCE not in registry.sources:
        title = "SIPRI Arms Transfers Database"
        yield {"form": "register", "id": SOURCE, "kind": "defined-source", "publisher": "SIPRI", "title": title}
    if reading.edition not in registry.editions:
        said: dict[str, object] = {
            "id": reading.edition,
            "kind": "defined-edition",
            "published": str(reading.release),
            "source": SOURCE,
        }
        yield {**said, "cutoff": reading.data_day} if reading.data_day else said
    parties = {code for match in matches if match.new for code in (match.new.recipient, match.new.supplier)}
    for code in sorted(parties - set(registry.holders) - {UNKNOWN}):
        yield {"id": code, "kind": "defined-holder", "name": name_of(code)}
    for name in new:
        yield name.definition()


def _scopes(reading: Reading, coverage: Coverage, outcomes: Sequence[Outcome]) -> Iterator[dict[str, object]]:
    """Say where the release is complete: the inflows of each recipient, of the systems it names (R20)."""
    if not coverage.stated or coverage.suppliers is not None or reading.data_day is None:
        return
    named: dict[str, set[str]] = defaultdict(set)
    for outcome in outcomes:
        deal = outcome.new or (outcome.old if outcome.verdict == OUTSIDE else None)
        if deal is not None and (coverage.parties is None or deal.recipient in coverage.parties):
            named[deal.recipient].update(deal.systems)
    first = max(coverage.first or FIRST_YEAR, FIRST_YEAR)
    for holder, systems in sorted(named.items()):
        if coverage.recipients is None or holder in coverage.recipients:
            scope = {"holder": holder, "kind": "defined-scope", "of": "flows", "source": SOURCE}
            scope |= {"period": f"{first}/{reading.data_day[:4]}", "published": str(reading.release)}
            yield {**scope, "systems": sorted(systems)}


def _none_gone(defining: Sequence[bytes], lines: Sequence[bytes], holds: Holds, name: str) -> None:
    """Raise :class:`DraftError` where lines to be written would rest on a definition that the log took back."""
    gone = [line for line in defining if event_id(line) in holds.gone]
    if gone and any(event_id(line) not in holds.ids for line in lines):
        said = "the log took back these very words; define it first in others, or by an alias, and import again"
        raise DraftError([Problem(name, None, "", f"{line.decode()}: {said}") for line in gone])


def _links(where: Path) -> Iterator[tuple[str, list[bytes]]]:
    """Link what is one thing told twice: at the register's two levels, and by documents that quote it."""
    holds = held(read_stored(where))
    register = holds.tables[REGISTER]
    levels = level_links(register, holds.tables[DELIVERIES], holds.linked)
    yield LEVELS, [line_bytes(link) for link in levels]
    quotes = quote_links(holds.quotes, register, holds.registry, holds.apart)
    yield QUOTED, [line_bytes(link) for link in quotes]


def _appended(where: Path, lines: Sequence[bytes], note: str, holds: Holds | None, how: _How) -> list[Receipt]:
    """Append lines in segments of a size that git and people can handle; nothing where all is known."""
    fresh = [line for line in lines if holds is None or event_id(line) not in holds.ids]
    receipts = []
    for start in range(0, len(fresh), LARGEST_SEGMENT):
        part = fresh[start : start + LARGEST_SEGMENT]
        how.progress("appending", start, len(fresh))
        receipts.append(store_lines(where, part, note=note, writer=how.writer, recorded=how.recorded))
    return receipts


# --- tables of events -------------------------------------------------------------------------------------------


def _events(where: Path, reading: Reading, how: _How) -> Account:
    """Append the events of a table as a draft is: every problem at once, all or nothing."""
    told = reading.events
    if told is None:
        raise FileError("a reading without events", path=reading.name)
    desk = Desk(where)
    how.progress(f"checking {reading.name}", 0, reading.rows)
    try:
        with desk.writing() as put:
            receipt = put(event_lines(told, desk), note=told.note, writer=how.writer, recorded=how.recorded)
    except DraftError as error:
        raise DraftError(in_cells(reading, error.problems)) from None
    return Account(reading.name, reading.table, None, reading.rows, reading.read, reading.refused, (), (), (receipt,))
