"""Taking events out of a log: a line becomes a stub that keeps the id, the reason and who took it out.

Root, marks and head stay as they were. The file is replaced in one step, so that a crash leaves the old one or the
new one, and the same call again finishes what was begun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen

from kztimeline.errors import EventError, UnknownNameError
from kztimeline.log.files import LOCAL, Disk, replace
from kztimeline.log.headers import GENESIS
from kztimeline.log.history import read_log
from kztimeline.log.redactions import Redaction, redaction_line, redaction_of
from kztimeline.log.segments import Segment, segment_of


@frozen
class Redacted:
    """What a redaction did: the lines that are stubs now, file by file, and the ids that were redacted before."""

    lines: tuple[tuple[Path, int, Redaction], ...]
    known: tuple[str, ...]


def redact(path: Path, ids: Sequence[str], *, reason: str, writer: str, disk: Disk = LOCAL) -> Redacted:
    """Take events out of every segment that holds them; nothing is checked but that they are there.

    Raises :class:`UnknownNameError` for an id (64 digits) that the log does not hold, :class:`EventError` without a
    reason and a writer, and whatever reading the log raises. An :class:`OSError` leaves each file as it was or redacted.
    """
    stubs = {identity: _stub(identity, reason, writer) for identity in ids}
    if disk.what(path / GENESIS) != "file":
        read_log(path, disk)  # tells what is wrong: only a file can be locked
    with disk.locked(path / GENESIS):
        log = read_log(path, disk)
        held = {identity for segment in log.segments for identity in segment.ids}
        for identity in stubs.keys() - held:
            raise UnknownNameError(f"no event has the id {identity[:16]!r}; `kztimeline events` lists the ids")
        done: list[tuple[Path, int, Redaction]] = []
        for segment in log.segments:
            places = _shown(segment, stubs)
            if places:
                data = stubbed(segment, stubs)
                segment_of(data, segment.path)
                replace(disk, segment.path, data)
                done += [(segment.path, index + 2, stubs[segment.ids[index]]) for index in places]
            elif any(segment.ids[index] in stubs for index in segment.redacted):
                disk.sync_folder(segment.path.parent)
    changed = {stub.id for _, _, stub in done}
    return Redacted(tuple(done), tuple(identity for identity in stubs if identity not in changed))


def stubbed(segment: Segment, stubs: Mapping[str, Redaction]) -> bytes:
    """Give the bytes of a segment with stubs in the places of the events that they stand for."""
    lines = list(segment.lines)
    for index in _shown(segment, stubs):
        lines[index] = redaction_line(stubs[segment.ids[index]])
    return b"\n".join([segment.first, *lines]) + b"\n"


def _shown(segment: Segment, stubs: Mapping[str, Redaction]) -> list[int]:
    """Give the positions of the lines that show what is to be taken out."""
    return [i for i, identity in enumerate(segment.ids) if identity in stubs and i not in segment.redacted]


def _stub(identity: str, reason: str, writer: str) -> Redaction:
    for what, text in (("reason", reason), ("writer", writer)):
        if not isinstance(text, str) or not text.strip():
            raise EventError(f"a redaction says why and by whom; write the {what} in a few words")
    return redaction_of(redaction_line(Redaction(identity, reason, writer)))
