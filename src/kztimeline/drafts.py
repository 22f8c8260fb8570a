"""Drafts: what people write, read whole, with every problem told at once.

A draft is TOML (``note``, ``[defaults]``, ``[[events]]``) or JSON Lines. Nothing is guessed: names must
be defined, dates and counts written in their notation. ``docs/drafts.md`` shows one.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import define, field, frozen

from kztimeline.canonical import canonical_bytes, event_id, read_object
from kztimeline.codec import CLASS_OF_WORD, Line, field_names, fields_of, structured
from kztimeline.errors import DraftError, EventError, Problem, UnknownNameError
from kztimeline.events import Correction, Procurement, Revision
from kztimeline.happenings import PLANS
from kztimeline.registry import Definition, Registry, build, resolve

MAX_BYTES = 50_000_000
_REFERRING = ("claims", "covers", "target", "total")
_BODIES = ("operator", "to_operator")


@frozen
class Entry:
    """One event of a draft as it was written, with the lines of its start and of its fields."""

    line: int | None
    ref: str | None
    fields: Mapping[str, object]
    places: Mapping[str, int]


@frozen
class Draft:
    """A draft as it was written: its name, the segment's note, the entries with the defaults filled in."""

    name: str
    note: str
    entries: tuple[Entry, ...]


@frozen
class Prepared:
    """A draft ready to be appended: values, their lines and ids."""

    note: str
    values: tuple[Line, ...]
    lines: tuple[bytes, ...]
    ids: tuple[str, ...]


def read_draft(path: Path) -> Draft:
    """Read a draft file; ``.jsonl`` is JSON Lines, everything else TOML. Raises :class:`DraftError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DraftError([Problem(str(path), None, "", f"cannot be read: {error.strerror}")]) from error
    return parse_draft(data, str(path), "jsonl" if path.suffix == ".jsonl" else "toml")


def read_drafts(paths: Iterable[Path]) -> list[Draft]:
    """Read several drafts. Raises :class:`DraftError` with the problems of all of them."""
    found: list[Draft] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found.append(read_draft(path))
        except DraftError as error:
            problems.extend(error.problems)
    if problems:
        raise DraftError(problems)
    return found


def parse_draft(data: bytes, name: str, form: str = "toml") -> Draft:
    """Read a draft from bytes. Raises :class:`DraftError` with all that cannot be read."""
    if len(data) > MAX_BYTES:
        raise DraftError([Problem(name, None, "", f"{len(data)} bytes; split it, a segment has at most 25 claims")])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DraftError(
            [Problem(name, line, "", f"not UTF-8 at byte {error.start}; save the draft as UTF-8")]
        ) from error
    return _from_lines(data, name) if form == "jsonl" else _from_toml(text, name)


def from_fields(several: Sequence[Mapping[str, object]], note: str) -> Draft:
    """Make a draft of events given as fields; their position stands for the line."""
    entries = [_entry(fields, {}, {"": number}) for number, fields in enumerate(several, start=1)]
    return Draft("events", note, tuple(entries))


# --- reading ------------------------------------------------------------------------------------------------


def _from_toml(text: str, name: str) -> Draft:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else None
        raise DraftError([Problem(name, line, "", f"not TOML: {str(error)[:200]}")]) from error
    except RecursionError as error:
        raise DraftError([Problem(name, None, "", "nested too deeply to be a draft")]) from error
    unknown = sorted(set(table) - {"note", "defaults", "events"})
    problems = [
        Problem(
            name,
            _line_of(text, key),
            key,
            f"unknown at the top; write note, defaults, events{_near(key, ('note', 'defaults', 'events'))}",
        )
        for key in unknown
    ]
    events, defaults, note = table.get("events", []), table.get("defaults", {}), table.get("note", "")
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        problems.append(Problem(name, None, "events", "events are written as [[events]]"))
    if not isinstance(defaults, dict):
        problems.append(Problem(name, None, "defaults", "defaults are written as [defaults]"))
    if not isinstance(note, str):
        problems.append(Problem(name, None, "note", "a note is text in quotation marks"))
    if problems:
        raise DraftError(problems)
    places = _places(text, len(events))
    return Draft(name, note, tuple(_entry(e, defaults, p) for e, p in zip(events, places, strict=True)))


def _from_lines(data: bytes, name: str) -> Draft:
    problems: list[Problem] = []
    entries: list[Entry] = []
    note = ""
    defaults: Mapping[str, object] = {}
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = read_object(line)
        except EventError as error:
            problems.append(Problem(name, number, "", str(error)))
            continue
        if number == 1 and "kind" not in fields and set(fields) <= {"note", "defaults"}:
            note, given = str(fields.get("note", "")), fields.get("defaults", {})
            if isinstance(given, dict):
                defaults = given
            else:
                problems.append(Problem(name, 1, "defaults", "defaults are an object"))
            continue
        entries.append(_entry(fields, defaults, {"": number}))
    if problems:
        raise DraftError(problems)
    return Draft(name, note, tuple(entries))


def _entry(fields: Mapping[str, object], defaults: Mapping[str, object], places: Mapping[str, int]) -> Entry:
    kind = fields.get("kind")
    known = field_names(CLASS_OF_WORD[kind]) if isinstance(kind, str) and kind in CLASS_OF_WORD else ()
    filled = {key: value for key, value in defaults.items() if key in known}
    own = {key: value for key, value in fields.items() if key != "ref"}
    ref = fields.get("ref")
    return Entry(places.get(""), ref if isinstance(ref, str) else None, {**filled, **own}, places)


def _places(text: str, count: int) -> list[dict[str, int]]:
    """Find the line of each ``[[events]]`` and of its keys; where that is not certain, no line is given."""
    places: list[dict[str, int]] = []
    inside, quote = False, ""
    prefix = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if inside:
            inside = quote not in line
            continue
        header = re.match(r"\s*\[\[?\s*([A-Za-z_.]+)\s*\]\]?", line)
        key = re.match(r"\s*([A-Za-z_-]+)\s*=", line)
        if header and header[1] == "events":
            places.append({"": number})
            prefix = ""
        elif header:
            prefix = header[1].partition(".")[2] if header[1].startswith("events.") else "\0"
            if places and prefix != "\0":
                places[-1].setdefault(prefix.partition(".")[0], number)
        elif key and places and prefix != "\0":
            places[-1].setdefault(f"{prefix}.{key[1]}" if prefix else key[1], number)
        for mark in ('"""', "'''"):
            if line.count(mark) % 2:
                inside, quote = True, mark
    return places if len(places) == count else [{} for _ in range(count)]


def _line_of(text: str, key: str) -> int | None:
    for number, line in enumerate(text.split("\n"), start=1):
        if re.match(rf"\s*\[*\s*{re.escape(key)}\b", line):
            return number
    return None


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}" if near else ""


# --- preparing ----------------------------------------------------------------------------------------------


@define
class _Desk:
    """All entries at hand while drafts are prepared."""

    registry: Registry
    known: Collection[str]
    entries: list[tuple[Draft, Entry]]
    refs: dict[str, int]
    problems: dict[int, list[Problem]] = field(factory=dict)
    values: dict[int, Line | None] = field(factory=dict)
    busy: list[int] = field(factory=list)

    def note(self, index: int, path: str, message: str) -> None:
        draft, entry = self.entries[index]
        problem = Problem(draft.name, _place(entry, path), path, message)
        if problem not in self.problems.setdefault(index, []):
            self.problems[index].append(problem)


def prepare(drafts: Sequence[Draft], definitions: Sequence[Definition], known: Collection[str]) -> tuple[Prepared, ...]:
    """Check drafts against the log and each other, and give the lines to append.

    ``definitions`` are those of the log, ``known`` the ids in it. Raises :class:`DraftError` with every
    problem of every draft.
    """
    entries = [(draft, entry) for draft in drafts for entry in draft.entries]
    own = [value for _, entry in entries if isinstance(value := structured(entry.fields)[0], Definition)]
    desk = _Desk(build([*definitions, *own]), known, entries, {})
    for index, (_, entry) in enumerate(entries):
        if entry.ref is not None and entry.ref in desk.refs:
            desk.note(index, "ref", f"the name {entry.ref!r} stands twice; give each event its own")
        elif entry.ref is not None:
            desk.refs[entry.ref] = index
    for index in range(len(entries)):
        _value(desk, index)
    problems = [problem for index in sorted(desk.problems) for problem in desk.problems[index]]
    problems += [
        Problem(d.name, None, "events", "the draft holds no event; write at least one [[events]]")
        for d in drafts
        if not d.entries
    ]
    if problems:
        raise DraftError(problems)
    return tuple(_prepared(desk, draft) for draft in drafts)


def _prepared(desk: _Desk, draft: Draft) -> Prepared:
    values = [
        value
        for index, (owner, _) in enumerate(desk.entries)
        if owner is draft and (value := desk.values[index]) is not None
    ]
    lines = tuple(canonical_bytes(fields_of(value)) for value in values)
    return Prepared(draft.note, tuple(values), lines, tuple(event_id(line) for line in lines))


def _value(desk: _Desk, index: int) -> Line | None:
    """Build the value of an entry, names resolved and references replaced by ids."""
    if index in desk.values:
        return desk.values[index]
    desk.busy.append(index)
    fields = _resolved(desk, index, dict(desk.entries[index][1].fields))
    desk.busy.pop()
    value, findings = structured(fields)
    for path, message in findings:
        desk.note(index, path, message)
    if value is not None:
        for path, message in _unnamed(desk.registry, value):
            desk.note(index, path, message)
        try:
            canonical_bytes(fields_of(value))
        except EventError as error:
            desk.note(index, "", str(error))
    desk.values[index] = value if not desk.problems.get(index) else None
    return desk.values[index]


def _resolved(desk: _Desk, index: int, fields: dict[str, object], path: str = "") -> dict[str, object]:
    for name in _REFERRING:
        if name in fields:
            fields[name] = _ids(desk, index, fields[name], path + name)
    sources = [c.get("source") for c in _listed(fields.get("citations")) if isinstance(c, Mapping)]
    source = sources[0] if sources and isinstance(sources[0], str) else None
    if isinstance(fields.get("kind"), str) and not str(fields["kind"]).startswith("defined-"):
        for name in ("systems", "to_system"):
            if name in fields:
                fields[name] = _systems(desk, index, fields[name], path + name, source)
    if isinstance(fields.get("replacement"), Mapping):
        fields["replacement"] = _resolved(desk, index, dict(fields["replacement"]), "replacement.")  # type: ignore[call-overload]
    return fields


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _ids(desk: _Desk, index: int, value: object, path: str) -> object:
    if isinstance(value, list):
        return [_ids(desk, index, item, path) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith("@"):
        return _referred(desk, index, value[1:], path)
    if re.fullmatch(r"[0-9a-f]{8,64}", value):
        found = [identity for identity in desk.known if identity.startswith(value)]
        if len(found) == 1:
            return found[0]
        said = "several events begin with" if found else "no event of the log has the id"
        desk.note(index, path, f"{said} {value!r}; `kztimeline events` lists the ids")
    else:
        desk.note(
            index, path, f"not an id: {value!r}; write 8 or more digits of one, or @name of an event in the draft"
        )
    return value


def _referred(desk: _Desk, index: int, name: str, path: str) -> str:
    target = desk.refs.get(name)
    if target is None:
        desk.note(index, path, f"no event of the draft has ref = {name!r}{_near(name, desk.refs)}")
        return "0" * 64
    if target in desk.busy:
        desk.note(index, path, f"@{name} leads back to itself; an event cannot name itself")
        return "0" * 64
    value = _value(desk, target)
    return event_id(canonical_bytes(fields_of(value))) if value is not None else "0" * 64


def _systems(desk: _Desk, index: int, value: object, path: str, source: str | None) -> object:
    if isinstance(value, list):
        return [_systems(desk, index, item, path, source) for item in value]
    if not isinstance(value, str):
        return value
    try:
        return resolve(desk.registry, value, source=source)
    except UnknownNameError as error:
        desk.note(index, path, str(error))
        return value


def _unnamed(registry: Registry, value: Line) -> Iterator[tuple[str, str]]:
    """Yield the sources, documents, editions and operators that nobody defined, and deeds after their word."""
    if isinstance(value, Correction | Revision):
        yield from ((f"replacement.{path}", message) for path, message in _unnamed(registry, value.replacement))
        return
    for position, citation in enumerate(getattr(value, "citations", ())):
        for name, table in (("source", registry.sources), ("via", registry.documents), ("edition", registry.editions)):
            cited = getattr(citation, name)
            if cited is not None and cited not in table:
                yield f"citations[{position}].{name}", _undefined(name, cited, table)
    for name in _BODIES:
        body = getattr(value, name, None)
        if body is not None and body not in registry.bodies and not isinstance(value, Definition):
            yield name, _undefined("operator", body, registry.bodies)
    yield from _too_late(value)


def _undefined(what: str, name: str, table: Mapping[str, object]) -> str:
    kind = {"source": "source", "via": "document", "edition": "edition", "operator": "organisation"}[what]
    return f'no {kind} is called {name!r}{_near(name, table)}; or define it with kind = "defined-{kind}"'


def _too_late(value: Line) -> Iterator[tuple[str, str]]:
    if not isinstance(value, Procurement) or value.kind in PLANS or value.occurred.first is None:
        return
    ends = [c.published.last for c in value.citations if c.published.last is not None]
    if ends and value.occurred.first > max(ends):
        yield (
            "occurred",
            f'{value.occurred.text} lies after every publication; write kind = "planned" for what is to come',
        )


def _place(entry: Entry, path: str) -> int | None:
    plain = re.sub(r"\[\d+\]", "", path)
    while plain:
        if plain in entry.places:
            return entry.places[plain]
        plain = plain.rpartition(".")[0]
    return entry.line
