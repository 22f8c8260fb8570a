"""Recomputing everything a log promises, and naming all that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from kztimeline.errors import IntegrityError, LogError, RollbackError
from kztimeline.log.segments import GENESIS, Log, Segment, ordered, read_genesis, read_segment, segment_files


@frozen
class Report:
    """What was checked and what is wrong. ``damages`` are errors; ``notes`` are foreign files and the like."""

    path: Path
    segments: int
    events: int
    redacted: int
    head: str | None
    damages: tuple[LogError, ...]
    notes: tuple[str, ...]

    def raise_for_damage(self) -> None:
        """Raise the first damage, if there is any."""
        if self.damages:
            raise self.damages[0]


def verify(path: Path, *, seen: Sequence[str] = ()) -> Report:
    """Recompute every hash, root and name of a log; nothing is changed.

    ``seen`` are heads known from before: one that is gone is a :class:`RollbackError`. Raises only where
    there is no genesis to begin with.
    """
    genesis = read_genesis(path)
    segments: list[Segment] = []
    damages: list[LogError] = []
    for file in segment_files(path):
        try:
            segments.append(read_segment(file, genesis))
        except LogError as error:
            damages.append(error)
    head = None
    try:
        head = Log(path, genesis, ordered(segments)).head
    except LogError as error:
        damages.append(error)
    ids = {segment.id for segment in segments}
    for lost in seen:
        if lost not in ids and not damages:
            damages.append(RollbackError(f"the head {lost[:16]}, seen before, is gone", path=str(path)))
    attributes = path / ".gitattributes"
    if not attributes.exists() or b"* -text" not in attributes.read_bytes().split(b"\n"):
        damages.append(IntegrityError("git may change line endings here; write `* -text`", path=str(attributes)))
    redacted = sum(line.startswith(b'{"redacted":"') for s in segments for line in s.lines)
    events = sum(len(segment.lines) for segment in segments)
    return Report(path, len(segments), events, redacted, head, tuple(damages), tuple(_foreign(path)))


def _foreign(path: Path) -> list[str]:
    own = {path / GENESIS, path / ".gitattributes", *segment_files(path)}
    return [
        f"{file.relative_to(path)}: not part of the log; move it elsewhere"
        for file in sorted(path.rglob("*"))
        if file.is_file() and file not in own
    ]
