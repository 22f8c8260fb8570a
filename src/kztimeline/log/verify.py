"""Recomputing everything a log promises, and naming all that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from kztimeline.errors import IntegrityError, LogError, RollbackError
from kztimeline.log.history import Log, joined_head, misfits, ordered
from kztimeline.log.segments import (
    GENESIS,
    STEM,
    Genesis,
    Segment,
    is_redacted,
    read_genesis,
    read_segment,
    segment_files,
)

_ENDINGS = re.compile(rb"[\s!-](text|eol|crlf|filter|ident|working-tree-encoding)\b")
_ASIDE = re.compile(r"\.[0-9a-f]{16}\.part", re.ASCII)


@frozen
class Report:
    """What was checked and what is wrong. ``damages`` are errors; ``notes`` are foreign files and the like.

    ``head`` is ``None`` where damage leaves it unknown.
    """

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

    ``seen`` are heads known from before: one that is gone is a :class:`RollbackError`. Every damage is in
    the report. Raises only where there is no genesis to begin with, or it is damaged itself.
    """
    genesis = read_genesis(path)
    segments: list[Segment] = []
    damages: list[LogError] = []
    for file in segment_files(path):
        try:
            segments.append(read_segment(file))
        except LogError as error:
            damages.append(error)
    damaged = frozenset(Path(error.path).stem[-STEM:] for error in damages)
    damages += misfits(path, genesis, segments, damaged)
    head = None if damages else Log(path, genesis, ordered(segments)).head
    damages += _rolled_back(path, genesis, segments, damaged, seen)
    damages += _attributes(path / ".gitattributes")
    redacted = sum(is_redacted(line) for segment in segments for line in segment.lines)
    events = sum(len(segment.lines) for segment in segments)
    notes = (*_bared(segments), *_foreign(path))
    return Report(path, len(segments), events, redacted, head, tuple(damages), notes)


def _rolled_back(
    path: Path, genesis: Genesis, segments: Sequence[Segment], damaged: Collection[str], seen: Sequence[str]
) -> Iterator[RollbackError]:
    """Name the heads that are gone; a segment that is there but damaged is named as such already."""
    named = {parent for segment in segments for parent in segment.header.parents}
    now = joined_head(sorted(s.id for s in segments if s.id not in named), genesis)
    held = {genesis.id, now, *(segment.id for segment in segments)}
    for lost in seen:
        if lost not in held and lost[:STEM] not in damaged:
            said = f"the head {lost[:16]}, seen before, is gone; fetch the segments that led to it"
            yield RollbackError(said, path=str(path))


def _attributes(file: Path) -> Iterator[IntegrityError]:
    """Name what would let git change line endings, and with them the hashes."""
    lines = file.read_bytes().split(b"\n") if file.is_file() else []
    if b"* -text" not in lines:
        yield IntegrityError("git may change line endings here; write `* -text`", path=str(file), line=1)
    for number, line in enumerate(lines, start=1):
        if line != b"* -text" and not line.startswith(b"#") and _ENDINGS.search(line):
            said = "git may change bytes by this line; leave `* -text` alone to speak of them"
            yield IntegrityError(said, path=str(file), line=number)


def _bared(segments: Sequence[Segment]) -> Iterator[str]:
    """Name events that one segment keeps redacted while another still shows them."""
    pairs = [(s, i, line) for s in segments for i, line in zip(s.ids, s.lines, strict=True)]
    hidden = {identity for _, identity, line in pairs if is_redacted(line)}
    for segment, identity, line in pairs:
        if identity in hidden and not is_redacted(line):
            yield f"{segment.path.parent.name}/{segment.path.name}: shows {identity[:16]}, redacted elsewhere"


def _foreign(path: Path) -> Iterator[str]:
    """Name what is not the log's own; the folder of git itself may stand beside it."""
    own = {path / GENESIS, path / ".gitattributes", *segment_files(path)}
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path)
        if name.parts[0] == ".git":
            continue
        if file.is_symlink():
            yield f"{name}: a symbolic link; put what it leads to in its place"
        elif _ASIDE.fullmatch(file.name):
            yield f"{name}: left by an append that was cut short; it can be removed"
        elif file not in own and not file.is_dir():
            yield f"{name}: not part of the log; move it elsewhere"
