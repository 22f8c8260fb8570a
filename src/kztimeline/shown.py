"""Finding what ``show`` was asked for: a segment by id or file, or one event."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from kztimeline.codec import Line
from kztimeline.errors import EventError, IntegrityError, UnknownNameError
from kztimeline.lines import draft_toml, printable, readable, taken_out
from kztimeline.log import Redaction, Segment, is_redacted, redaction_of, segment_of
from kztimeline.timeline import Timeline
from kztimeline.wire import read_line


@frozen
class Shown:
    """What was found: the segment's note (none for one event), and each line as an id with what it says."""

    note: str
    rows: tuple[tuple[str, Line | Redaction], ...]


def found(timeline: Timeline, what: str) -> Shown:
    """Find a segment or event by 8 or more digits of its id, a segment also by its file's name.

    Raises :class:`UnknownNameError` where nothing, or more than one thing, is meant.
    """
    stem = Path(what).name.removesuffix(".jsonl").rpartition("-")[2]
    if len(stem) < 8:
        raise UnknownNameError(f"{what!r} is too short for an id; write 8 or more of its digits")
    segments = [segment for segment in timeline.log.segments if segment.id.startswith(stem)]
    events = [row for row in timeline.log if row[1].startswith(stem)]
    if len(segments) + len(events) > 1:
        raise UnknownNameError(f"several segments or events begin with {stem!r}; write more digits")
    if segments:
        return Shown(segments[0].header.note, tuple(_rows(segments[0])))
    if events:
        return Shown("", tuple((identity, _said(segment, identity, line)) for segment, identity, line in events))
    raise UnknownNameError(f"no segment or event is {what!r}; `kztimeline log` and `kztimeline events` list the ids")


def in_file(file: Path) -> Shown:
    """Read a segment's file by itself, or a copy of it under any name. Raises :class:`IntegrityError`."""
    segment = segment_of(file.read_bytes(), file, named=False)
    return Shown(segment.header.note, tuple(_rows(segment)))


def _rows(segment: Segment) -> Iterator[tuple[str, Line | Redaction]]:
    for identity, line in zip(segment.ids, segment.lines, strict=True):
        yield identity, _said(segment, identity, line)


def _said(segment: Segment, identity: str, line: bytes) -> Line | Redaction:
    if is_redacted(line):
        return redaction_of(line)
    try:
        return read_line(line)
    except EventError as error:
        said = f"a line that says nothing we know: {error}"
        raise IntegrityError(said, path=str(segment.path), line=segment.ids.index(identity) + 2) from error


def told(known: Shown) -> Iterator[str]:
    """Give what was found as lines for people: the note, then one for each event or redaction."""
    if known.note:
        yield f"# {printable(known.note)}"
    for identity, value in known.rows:
        yield _taken_out(value) if isinstance(value, Redaction) else readable(identity, value)


def told_toml(known: Shown) -> Iterator[str]:
    """Give what was found as the lines of a draft; a redacted event is a comment at its end."""
    values = [value for _, value in known.rows if not isinstance(value, Redaction)]
    yield from draft_toml(known.note, values).removesuffix("\n").split("\n")
    yield from (f"# {_taken_out(value)}" for _, value in known.rows if isinstance(value, Redaction))


def _taken_out(value: Redaction) -> str:
    return taken_out(value.id, value.reason, value.writer)
