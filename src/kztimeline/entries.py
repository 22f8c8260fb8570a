"""Drafts as they were written: their notes, defaults and events, with the line of each key."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence

from attrs import define, field, frozen

from kztimeline.canonical import read_object
from kztimeline.codec import CLASS_OF_WORD, field_names, shown
from kztimeline.errors import DraftError, EventError, NotationError, Problem
from kztimeline.paths import path_of
from kztimeline.places import line_at, places_of

MAX_BYTES = 50_000_000
DEEPEST = 16
"""An event nested more deeply than this is not one that anybody wrote."""

_BOM = b"\xef\xbb\xbf"
_TOP = ("note", "defaults", "events")


@frozen
class Entry:
    """One event of a draft as it was written, the defaults filled in.

    ``places`` gives the line of each key (``""`` is the event itself); ``inherited`` names the fields
    that came from the defaults.
    """

    line: int | None
    ref: str | None
    fields: Mapping[str, object]
    places: Mapping[str, int]
    inherited: frozenset[str]


@frozen
class Draft:
    """A draft as it was written: its name, the segment's note, its entries.

    ``problems`` are those of its head (note, defaults, unknown keys) and of lines that could not be
    read; they are told with the others when the draft is prepared. Not ``whole``: some entry is missing.
    """

    name: str
    note: str
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    whole: bool


@define
class _Head:
    """The head of a draft while it is read."""

    name: str
    note: str = ""
    defaults: Mapping[str, object] = field(factory=dict)
    places: Mapping[str, int] = field(factory=dict)
    problems: list[Problem] = field(factory=list)


def read_draft(path: str | os.PathLike[str]) -> Draft:
    """Read a draft file; ``.jsonl`` is JSON Lines, everything else TOML.

    Raises :class:`DraftError` where it cannot be read, :class:`NotationError` for what is no path.
    """
    return _certain(_file(path))


def read_drafts(paths: Iterable[str | os.PathLike[str]] | str | os.PathLike[str]) -> list[Draft]:
    """Read several drafts; what cannot be read is told when they are prepared, with all the rest."""
    several = paths if isinstance(paths, Iterable) and not isinstance(paths, str) else [paths]
    return [_file(path) for path in several]


def parse_draft(data: bytes, name: str, form: str = "toml") -> Draft:
    """Read a draft from bytes, ``form`` being ``toml`` or ``jsonl``.

    Raises :class:`DraftError` where it cannot be read. Unknown keys at the top and bad defaults do not
    stop the reading; :func:`kztimeline.drafts.prepare` tells them.
    """
    return _certain(_parsed(data, name, form))


def from_fields(several: Sequence[Mapping[str, object]], note: str) -> Draft:
    """Make a draft of events given as fields; their position stands for the line."""
    head = _Head("events", note)
    entries = [_entry(head, fields, {"": number}) for number, fields in enumerate(several, start=1)]
    return Draft(head.name, note, tuple(entries), tuple(head.problems), True)


def near(word: str, known: Iterable[str]) -> str:
    """Suggest known words like an unknown one: ``; did you mean …``, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(close)}" if close else ""


def _certain(draft: Draft) -> Draft:
    if not draft.whole:
        raise DraftError(draft.problems)
    return draft


def _file(given: object) -> Draft:
    path = path_of(given, "a draft", "draft.toml")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return _unread(str(path), None, f"cannot be read: {error.strerror}")
    return _parsed(data, str(path), "jsonl" if path.suffix.lower() == ".jsonl" else "toml")


def _unread(name: str, line: int | None, message: str) -> Draft:
    return Draft(name, "", (), (Problem(name, line, "", message),), False)


def _parsed(data: bytes, name: str, form: str) -> Draft:
    if form not in ("toml", "jsonl"):
        raise NotationError(f"not a form of drafts: {form!r}; write toml or jsonl")
    if not isinstance(data, bytes):
        raise NotationError(f"a draft is bytes, not {type(data).__name__}; write text.encode()")
    if len(data) > MAX_BYTES:
        return _unread(name, None, f"more than {MAX_BYTES} bytes; split it, a segment is one table or paragraph")
    if data.startswith(_BOM):
        return _unread(name, 1, "begins with a byte order mark; save the draft as UTF-8 without it")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return _unread(name, line, f"not UTF-8 at byte {error.start}; save the draft as UTF-8")
    return _from_lines(data, name) if form == "jsonl" else _from_toml(text, name)


# --- TOML ---------------------------------------------------------------------------------------------------


def _from_toml(text: str, name: str) -> Draft:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        hint = next((advice for part, advice in _HINTS.items() if part in said), "")
        return _unread(name, _line_in(said, text), f"not TOML: {said[:200]}{hint}")
    except RecursionError:
        return _unread(name, None, "nested too deeply to be a draft")
    except ValueError:  # an integer of more digits than Python reads
        return _unread(name, _line_of_digits(text), "a number too long to be meant; write it as text")
    events = table.get("events", [])
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        line = line_at(places_of(text, 0).top, "events")
        return _unread(name, line, "events are written as [[events]], each below a line of its own")
    places = places_of(text, len(events))
    head = _Head(name, places=places.defaults)
    for key in table:
        if key not in _TOP:
            message = f"unknown at the top: {shown(key)}; write {', '.join(_TOP)}{near(key, _TOP)}"
            head.problems.append(Problem(name, line_at(places.top, key), "", message))
    _fill(head, table, places.top)
    entries = tuple(_entry(head, event, lines) for event, lines in zip(events, places.events, strict=True))
    return Draft(name, head.note, entries, tuple(head.problems), True)


_HINTS = {
    "Cannot overwrite a value": "; the key stands twice, write it once",
    "Cannot declare": "; the table stands twice, write it once",
    "Expected newline": "; write each key on a line of its own, and text in quotation marks",
    "Illegal character": "; write it as an escape, such as \\u001b",
    "Invalid value": "; write text in quotation marks",
}


def _line_in(message: str, text: str) -> int:
    found = re.search(r"at line (\d+)", message)
    return int(found[1]) if found else text.count("\n") + 1


def _line_of_digits(text: str) -> int | None:
    found = re.search(r"\d[\d_]{4000}", text)
    return text.count("\n", 0, found.start()) + 1 if found else None


# --- JSON Lines -----------------------------------------------------------------------------------------------


def _from_lines(data: bytes, name: str) -> Draft:
    head = _Head(name)
    entries: list[Entry] = []
    whole, first = True, True
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = read_object(line)
        except EventError as error:
            head.problems.append(Problem(name, number, "", str(error)))
            whole = False
        except ValueError:  # an integer of more digits than Python reads
            head.problems.append(Problem(name, number, "", "a number too long to be meant; write it as text"))
            whole = False
        else:
            if first and "kind" not in fields and set(fields) <= {"note", "defaults"}:
                head.places = {"": number}
                _fill(head, fields, {"note": number, "defaults": number})
            else:
                entries.append(_entry(head, fields, {"": number}))
        first = False
    return Draft(name, head.note, tuple(entries), tuple(head.problems), whole)


# --- both -----------------------------------------------------------------------------------------------------


def _fill(head: _Head, table: Mapping[str, object], top: Mapping[str, int]) -> None:
    """Take note and defaults from a draft's head."""
    note, defaults = table.get("note", ""), table.get("defaults", {})
    if isinstance(note, str):
        head.note = note
    else:
        head.problems.append(Problem(head.name, top.get("note"), "note", "a note is text; write it in quotation marks"))
    if not isinstance(defaults, Mapping):
        message = "defaults are fields; write them below a line [defaults]"
        head.problems.append(Problem(head.name, top.get("defaults"), "defaults", message))
        return
    head.defaults = defaults
    known = {name for cls in CLASS_OF_WORD.values() for name in field_names(cls)}
    for key in defaults:
        if key not in known:
            message = f"no event has a field {shown(key)}{near(key, sorted(known))}"
            line = line_at(head.places, key) or top.get("defaults")
            head.problems.append(Problem(head.name, line, "defaults", message))


def _entry(head: _Head, fields: Mapping[str, object], places: Mapping[str, int]) -> Entry:
    """Fill the defaults in, where the event's kind has the field and the event does not say otherwise."""
    kind = fields.get("kind", head.defaults.get("kind"))
    known = field_names(CLASS_OF_WORD[kind]) if isinstance(kind, str) and kind in CLASS_OF_WORD else ("kind",)
    filled = {key: value for key, value in head.defaults.items() if key in known and key not in fields}
    below = {key: line for key in filled if (line := line_at(head.places, key)) is not None}
    below |= {path: line for path, line in head.places.items() if re.split(r"[.\[]", path)[0] in filled}
    ref = fields.get("ref")
    if "ref" in fields and (not isinstance(ref, str) or not re.fullmatch(r"[\w.-]+", ref)):
        message = f"not a name: {shown(ref)}; write letters, digits, points and hyphens, without the @"
        head.problems.append(Problem(head.name, line_at(places, "ref"), "ref", message))
        ref = None
    own = {key: value for key, value in fields.items() if key != "ref"}
    ref = ref if isinstance(ref, str) else None
    return Entry(places.get(""), ref, {**filled, **own}, {**below, **places}, frozenset(filled))
