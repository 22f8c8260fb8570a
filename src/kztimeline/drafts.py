"""Drafts made ready to append: names become ids, every problem of every draft is told at once.

A draft is TOML (``note``, ``[defaults]``, ``[[events]]``) or JSON Lines. Nothing is guessed: names must
be defined, dates and counts written in their notation. ``docs/drafts.md`` shows one.
"""

from __future__ import annotations

import bisect
import contextlib
import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from attrs import define, field, frozen

from kztimeline.canonical import MAX_LINE, event_id
from kztimeline.checks import Finding
from kztimeline.codec import Line, beside, patched_up, shown, structured
from kztimeline.entries import (
    DEEPEST,
    Draft,
    Entry,
    from_fields,
    near,
    parse_draft,
    read_draft,
    read_drafts,
)
from kztimeline.errors import DraftError, EventError, Problem, UnknownNameError
from kztimeline.events import Link, Verb
from kztimeline.named import astray, lineages, objections, speakers, system_id, taken, unlike, unread
from kztimeline.places import line_at
from kztimeline.registry import Definition, Registry, build
from kztimeline.wire import built, many_values, written

__all__ = ["Draft", "Entry", "Prepared", "from_fields", "parse_draft", "prepare", "read_draft", "read_drafts"]

_REFERRING = ("claims", "covers", "target", "total")


@frozen
class Prepared:
    """A draft ready to be appended: values, their lines and ids."""

    note: str
    values: tuple[Line, ...]
    lines: tuple[bytes, ...]
    ids: tuple[str, ...]


@define
class _Row:
    """One entry on the desk: which draft and place it has, and what has become of it."""

    draft: int
    position: int
    name: str
    entry: Entry
    value: Line | None = None
    line: bytes = b""
    id: str | None = None
    problems: list[Problem] = field(factory=list)


@define
class _Desk:
    """All entries at hand while drafts are prepared; ``whole`` if none is missing for want of reading."""

    registry: Registry
    known: Collection[str]
    rows: list[_Row]
    whole: bool
    refs: dict[str, int] = field(factory=dict)
    in_order: list[str] = field(factory=list)
    unfound: list[tuple[int, str, str]] = field(factory=list)

    def note(self, index: int, path: str, message: str) -> None:
        row = self.rows[index]
        line = line_at(row.entry.places, path)
        if path and re.split(r"[.\[]", path)[0] in row.entry.inherited:
            path = f"defaults.{path}"
        elif line is None:
            path = f"events[{row.position}].{path}".rstrip(".")
        problem = Problem(row.name, line, path, message)
        if problem not in row.problems:
            row.problems.append(problem)


def prepare(
    drafts: Sequence[Draft],
    definitions: Sequence[Definition],
    known: Collection[str],
    lines: Callable[[Collection[str]], Mapping[str, Line]] = lambda _named: {},
    *,
    registry: Registry | None = None,
    gone: Callable[[str], bool] = lambda _identity: False,
    beside: Callable[[], Collection[str]] = frozenset,
) -> tuple[Prepared, ...]:
    """Check drafts against the log and each other, and give the lines to append.

    ``definitions`` are those of the log, and ``registry`` what they come to, where somebody has assembled it already;
    ``known`` the ids in it, ``lines`` gives lines of it by id, with all that they act on and that acts on them. ``gone``
    tells of an id whether its line was taken back or redacted: a definition that is does not stand again because a draft
    repeats it word for word. ``beside`` gives the ids of other lines that are appended with the drafts, which may be named too. Raises
    :class:`DraftError` with every problem of every draft, in the order of the drafts and of their lines. Where a draft
    could not be read whole, names that may stand in it are not called unknown.
    """
    with many_values():
        desk, own, dead = _desk(drafts, definitions, known, registry, gone)
        for index in _in_turn(desk):
            _settle(desk, index)
    if desk.whole and own:
        for index, (path, message) in taken(desk.registry, definitions, own):
            if desk.rows[index].id not in known:
                desk.note(index, path, message)
    _look_again(desk, lines, beside)
    for index in dead if any(row.problems for row in desk.rows) else ():
        desk.note(index, "", "the log took back these very words; to define it again, change one of them")
    problems = list(_told(desk, drafts))
    if problems:
        raise DraftError(problems)
    return tuple(_prepared(desk, number, draft) for number, draft in enumerate(drafts))


def _desk(
    drafts: Sequence[Draft],
    definitions: Sequence[Definition],
    known: Collection[str],
    registry: Registry | None,
    gone: Callable[[str], bool],
) -> tuple[_Desk, list[tuple[int, Definition]], list[int]]:
    """Lay out all entries, with the definitions among them, and the places of those that would not stand."""
    rows = [
        _Row(number, position, draft.name, entry)
        for number, draft in enumerate(drafts)
        for position, entry in enumerate(draft.entries)
    ]
    own, dead = [], []
    for index, row in enumerate(rows):
        defines = str(row.entry.fields.get("kind")).startswith("defined-") and not _too_deep(row.entry.fields)
        if defines and isinstance(value := _read(row.entry.fields)[0], Definition):
            if _is_gone(value, gone):
                dead.append(index)
            else:
                own.append((index, value))
    if own or registry is None:
        registry = build([*definitions, *(value for _, value in own)])
    desk = _Desk(registry, known, rows, all(draft.whole for draft in drafts))
    for index, row in enumerate(rows):
        ref = row.entry.ref
        if ref is not None and desk.refs.setdefault(ref, index) != index:
            desk.note(index, "ref", f"the name {ref!r} stands twice; give each event its own")
    return desk, own, dead


def _is_gone(value: Definition, gone: Callable[[str], bool]) -> bool:
    with contextlib.suppress(EventError):  # told where the line is written
        return gone(event_id(written(value)))
    return False


def _told(desk: _Desk, drafts: Sequence[Draft]) -> Iterator[Problem]:
    """Yield all problems, by draft and line, each once."""
    for number, draft in enumerate(drafts):
        problems = [*draft.problems, *(p for row in desk.rows if row.draft == number for p in row.problems)]
        if draft.whole and not draft.entries:
            problems.append(
                Problem(draft.name, None, "events", "the draft holds no event; write at least one [[events]]")
            )
        yield from sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)


def _prepared(desk: _Desk, number: int, draft: Draft) -> Prepared:
    rows = [(row.value, row.line, row.id) for row in desk.rows if row.draft == number]
    made = [(value, line, identity) for value, line, identity in rows if value is not None and identity is not None]
    return Prepared(
        draft.note, tuple(v for v, _, _ in made), tuple(b for _, b, _ in made), tuple(i for _, _, i in made)
    )


# --- one entry ------------------------------------------------------------------------------------------------


def _settle(desk: _Desk, index: int) -> None:
    """Build the value, line and id of an entry; what stands in the way is noted."""
    row = desk.rows[index]
    if _too_deep(row.entry.fields):
        desk.note(index, "", "nested too deeply; an event has fields, citations and a replacement")
        return
    fields = _resolved(desk, index, dict(row.entry.fields))
    value, findings = _read(fields)
    for path, message in findings:
        desk.note(index, path, message)
    if value is None:
        _look_at_the_rest(desk, index, fields, findings)
        return
    try:
        row.line = written(value)
    except EventError as error:
        desk.note(index, "", str(error))
        return
    if len(row.line) > MAX_LINE:
        desk.note(index, "", f"a line of {len(row.line)} bytes; an event has at most {MAX_LINE}")
    row.value, row.id = value, event_id(row.line)
    if row.id not in desk.known and desk.whole:
        for path, message in objections(desk.registry, value):
            desk.note(index, path, message)


def _read(fields: Mapping[str, object]) -> tuple[Line | None, list[Finding]]:
    """Build an event, the quick way if it is plainly right; else everything that stands in the way is said."""
    value = built(fields)
    return structured(fields) if value is None else (value, [])


def _look_at_the_rest(desk: _Desk, index: int, fields: Mapping[str, object], wrong: Sequence[tuple[str, str]]) -> None:
    """Note what is wrong with the fields that can be read, although others cannot."""
    if not desk.whole:
        return
    patched, said = patched_up(fields, wrong), {path for path, _ in wrong}
    found = [] if patched is None else list(beside(wrong, objections(desk.registry, patched)))
    for path, message in [*found, *(name for name in unread(desk.registry, fields) if name[0] not in said)]:
        desk.note(index, path, message)


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level if type(outer) is not str for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _resolved(desk: _Desk, index: int, fields: dict[str, object], path: str = "") -> dict[str, object]:
    """Replace references and systems' names by ids, in an event and in its replacement."""
    for name in _REFERRING:
        if name in fields:
            fields[name] = _each(fields[name], path + name, partial(_identity, desk, index))
    cited = [citation.get("source") for citation in _inside(fields.get("citations")) if isinstance(citation, Mapping)]
    source = cited[0] if cited and isinstance(cited[0], str) else None
    for name in () if str(fields.get("kind")).startswith("defined-") else ("systems", "to_system"):
        if name in fields:
            fields[name] = _each(fields[name], path + name, partial(_system, desk, index, source))
    replacement = fields.get("replacement")
    if isinstance(replacement, Mapping) and not path:
        fields["replacement"] = _resolved(desk, index, dict(replacement), "replacement.")
    return fields


def _each(value: object, path: str, resolve: Callable[[str, str], str]) -> object:
    """Resolve a text, or each text of a list; anything else stays for the reading of fields to refuse."""
    if isinstance(value, list | tuple):
        several = enumerate(value)
        return [resolve(f"{path}[{at}]", item) if isinstance(item, str) else item for at, item in several]
    return resolve(path, value) if isinstance(value, str) else value


def _system(desk: _Desk, index: int, source: str | None, path: str, name: str) -> str:
    try:
        return system_id(desk.registry, name, source)
    except UnknownNameError as error:
        if desk.whole and name.strip():
            desk.note(index, path, str(error))
        return name


# --- ids and references ---------------------------------------------------------------------------------------


def _identity(desk: _Desk, index: int, path: str, text: str) -> str:
    if text.startswith("@"):
        return _referred(desk, index, path, text[1:])
    if not re.fullmatch(r"[0-9a-f]{8,64}", text):
        advice = "write 8 or more of its digits 0-9 and a-f, or @name of an event in the drafts"
        desk.note(index, path, f"not an id: {shown(text)}; {advice}")
        return text
    found = _beginning(desk, text)
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(identity[: len(text) + 8] for identity in found)
        desk.note(index, path, f"several events begin with {text!r}; write more digits: {several}")
    else:
        desk.unfound.append((index, path, text))
    return text


def _beginning(desk: _Desk, text: str) -> list[str]:
    """Give up to three ids of the log that begin with some digits."""
    if len(text) == 64:
        return [text] if text in desk.known else []
    if len(desk.in_order) != len(desk.known):
        desk.in_order = sorted(desk.known)
    start = bisect.bisect_left(desk.in_order, text)
    return [identity for identity in desk.in_order[start : start + 3] if identity.startswith(text)]


def _referred(desk: _Desk, index: int, path: str, name: str) -> str:
    target = desk.refs.get(name)
    if target is None and desk.whole:
        desk.note(index, path, f"no event of the drafts has ref = {shown(name)}{near(name, desk.refs)}")
    found = None if target is None else desk.rows[target].id
    return found or hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def _in_turn(desk: _Desk) -> list[int]:
    """Order entries so that those referred to come first; circles are noted and cut."""
    turn: list[int] = []
    state: dict[int, bool] = {}
    for start in range(len(desk.rows)):
        stack = [(start, iter(_references(desk, start)))] if start not in state else []
        state.setdefault(start, False)
        while stack:
            index, waiting = stack[-1]
            path, target = next(waiting, ("", -1))
            if target < 0:
                stack.pop()
                state[index] = True
                turn.append(index)
            elif target not in state:
                state[target] = False
                stack.append((target, iter(_references(desk, target))))
            elif not state[target]:
                ref = desk.rows[target].entry.ref
                desk.note(index, path, f"@{ref} leads back to itself; an event cannot name itself")
    return turn


def _references(desk: _Desk, index: int) -> list[tuple[str, int]]:
    """List the entries that an entry refers to, with the path of each reference."""
    fields = desk.rows[index].entry.fields
    replacement = fields.get("replacement")
    found: list[tuple[str, int]] = []

    def add(path: str, text: str) -> str:
        if text.startswith("@") and text[1:] in desk.refs:
            found.append((path, desk.refs[text[1:]]))
        return text

    inner = replacement if isinstance(replacement, Mapping) else {}
    for name in _REFERRING:
        _each(fields.get(name), name, add)
        _each(inner.get(name), f"replacement.{name}", add)
    return found


def _look_again(
    desk: _Desk, lines: Callable[[Collection[str]], Mapping[str, Line]], beside: Callable[[], Collection[str]]
) -> None:
    """Look for ids among the drafts' own events, and judge links and verbs by the lines that they name."""
    values = {row.id: row.value for row in desk.rows if row.id is not None and row.value is not None}
    others = beside() if desk.unfound else ()
    for index, path, text in desk.unfound:
        if text not in values and text not in others and desk.whole:
            desk.note(index, path, f"no event of the log has the id {text!r}; `kztimeline events` lists the ids")
    naming = [
        (i, row) for i, row in enumerate(desk.rows) if isinstance(row.value, Link | Verb) and row.id not in desk.known
    ]
    named = {identity for _, row in naming for identity in _named(row.value)}
    every = {**lines(named), **values} if naming else {}
    roots = lineages(every) if any(isinstance(row.value, Verb) for _, row in naming) else {}
    spoken = speakers(every, roots)
    for index, row in naming:
        if isinstance(row.value, Link):
            found = unlike(row.value, every)
        elif isinstance(row.value, Verb):
            found = astray(row.value, every, roots, spoken)
        for path, message in found:
            desk.note(index, path, message)


def _named(value: object) -> Sequence[str]:
    """Give the ids that a link or a verb names."""
    if isinstance(value, Link):
        return value.claims
    return (value.target,) if isinstance(value, Verb) else ()
