"""Finding what ``show`` was asked for: a segment by id or file, or one event."""

from __future__ import annotations

from pathlib import Path

from kztimeline.codec import Line, value_of
from kztimeline.errors import UnknownNameError
from kztimeline.log import Segment
from kztimeline.timeline import Timeline


def found(timeline: Timeline, what: str) -> tuple[str, list[tuple[str, Line]]]:
    """Give the note and the (id, value) pairs of a segment or event; redacted lines are left out.

    Raises :class:`UnknownNameError` where nothing, or more than one thing, is meant.
    """
    stem = Path(what).name.removesuffix(".jsonl").rpartition("-")[2]
    if len(stem) >= 8:
        segments = [s for s in timeline.log.segments if s.id.startswith(stem)]
        if len(segments) == 1:
            return segments[0].header.note, _values(segments[0])
        events = [(i, line) for _, i, line in timeline.log if i.startswith(stem)]
        if len(events) + len(segments) == 1:
            return "", [(identity, value_of(line)) for identity, line in events]
        if len(events) + len(segments) > 1:
            raise UnknownNameError(f"several segments or events begin with {what!r}; write more digits")
    raise UnknownNameError(
        f"no segment or event is {what!r}; write 8 or more digits of an id, `kztimeline log` lists them"
    )


def _values(segment: Segment) -> list[tuple[str, Line]]:
    return [
        (identity, value_of(line))
        for identity, line in zip(segment.ids, segment.lines, strict=True)
        if not line.startswith(b'{"redacted":"')
    ]
