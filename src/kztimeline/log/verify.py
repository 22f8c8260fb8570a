"""Recomputing everything a log promises, and naming all that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from kztimeline.errors import IntegrityError, LogError, MissingParentError, RollbackError
from kztimeline.log.files import LOCAL, Disk
from kztimeline.log.headers import GENESIS, STEM, Genesis
from kztimeline.log.history import Log, joined_head, misfits, ordered
from kztimeline.log.redactions import Redaction
from kztimeline.log.segments import Segment, read_genesis, read_segment, segment_files

_ENDINGS = re.compile(rb"[\s!-](text|eol|crlf|filter|ident|working-tree-encoding)\b")
_ASIDE = re.compile(r"\.[0-9a-f]{16}\.part", re.ASCII)


@frozen
class Report:
    """What was checked and what is wrong. ``damages`` are errors; ``notes`` are foreign files and the like.

    ``redactions`` are the lines that were taken out: file, line, and who did so and why. ``head`` is ``None`` where
    damage leaves it unknown.
    """

    path: Path
    segments: int
    events: int
    redactions: tuple[tuple[Path, int, Redaction], ...]
    head: str | None
    damages: tuple[LogError, ...]
    notes: tuple[str, ...]

    @property
    def redacted(self) -> int:
        """How many lines were taken out."""
        return len(self.redactions)

    def raise_for_damage(self) -> None:
        """Raise the first damage, if there is any."""
        if self.damages:
            raise self.damages[0]


def verify(path: Path, *, seen: Sequence[str] = (), disk: Disk = LOCAL) -> Report:
    """Recompute every hash, root and name of a log; nothing is changed.

    ``seen`` are heads known from before: one that is gone is a :class:`RollbackError`. Every damage is in
    the report. Raises only where there is no genesis to begin with, or it is damaged itself.
    """
    genesis = read_genesis(path, disk)
    segments, damages = _read(path, genesis, disk)
    damaged = frozenset(Path(error.path).stem[-STEM:] for error in damages)
    damages += misfits(path, genesis, segments, damaged)
    head = None if damages else Log(path, genesis, ordered(segments)).head
    damages += _rolled_back(path, genesis, segments, damaged, seen)
    damages += attributes(path / ".gitattributes", disk)
    redactions = tuple((s.path, number, stub) for s in segments for number, stub in s.stubs)
    events = sum(segment.count for segment in segments)
    notes = (*_bared(segments), *_foreign(path, disk))
    return Report(path, len(segments), events, redactions, head, tuple(damages), notes)


def _read(path: Path, genesis: Genesis, disk: Disk) -> tuple[list[Segment], list[LogError]]:
    """Read every segment that can be read; list again where a writer was faster than the listing."""
    try:
        files = segment_files(path, disk)
    except LogError as error:
        return [], [error]
    while True:
        segments: list[Segment] = []
        damages: list[LogError] = []
        for file in files:
            try:
                segments.append(read_segment(file, disk))
            except LogError as error:
                damages.append(error)
        missing = any(isinstance(damage, MissingParentError) for damage in misfits(path, genesis, segments))
        listed, files = files, segment_files(path, disk) if missing else files
        if files == listed:
            return segments, damages


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


def attributes(file: Path, disk: Disk) -> Iterator[IntegrityError]:
    """Name what would let git change line endings, and with them the hashes."""
    try:
        lines = disk.read(file).split(b"\n") if disk.what(file) == "file" else []
    except OSError as error:
        yield IntegrityError(f"cannot be read: {error.strerror}", path=str(file))
        return
    if b"* -text" not in lines:
        yield IntegrityError("git may change line endings here; write `* -text`", path=str(file), line=1)
    for number, line in enumerate(lines, start=1):
        if line != b"* -text" and not line.startswith(b"#") and _ENDINGS.search(line):
            said = "git may change bytes by this line; leave `* -text` alone to speak of them"
            yield IntegrityError(said, path=str(file), line=number)


def _bared(segments: Sequence[Segment]) -> Iterator[str]:
    """Name events that one segment keeps redacted while another still shows them."""
    hidden = {stub.id for segment in segments for _, stub in segment.stubs}
    for segment in segments if hidden else ():
        for index, identity in enumerate(segment.ids):
            if identity in hidden and index not in segment.redacted:
                said = f"shows {identity[:16]}, redacted elsewhere; redact it here too"
                yield f"{segment.path.parent.name}/{segment.path.name}: {said}"


def _foreign(path: Path, disk: Disk) -> Iterator[str]:
    """Name what is not the log's own; the folder of git itself, and what an append is just writing, are left out."""
    own = {path / GENESIS, path / ".gitattributes", *_files(path, disk)}
    found = [file for file in _below(path, disk) if file not in own and file != path / ".git"]
    if not found:
        return
    with disk.locked(path / GENESIS, wait=False) as idle:
        own.update(_files(path, disk))
        for file in found:
            said = None if file in own else _strange(file, disk, idle)
            if said is not None:
                yield f"{file.relative_to(path)}: {said}"


def _strange(file: Path, disk: Disk, idle: bool) -> str | None:
    """Say what to do with something that is not of the log, ``None`` where it is gone or not finished yet."""
    what, aside = disk.what(file), _ASIDE.fullmatch(file.name)
    if what == "folder":
        try:
            left = idle and not disk.names(file)
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        return "an empty folder, which git does not keep; it can be removed" if left else None
    if what is None or (aside and not idle):
        return None
    if what == "link":
        return "a symbolic link; put what it leads to in its place"
    return (
        "left by an append that was cut short; it can be removed" if aside else "not part of the log; move it elsewhere"
    )


def _files(path: Path, disk: Disk) -> list[Path]:
    try:
        return segment_files(path, disk)
    except LogError:
        return []


def _below(path: Path, disk: Disk) -> Iterator[Path]:
    """Yield what stands in a folder and below it; a folder that cannot be read is yielded alone."""
    try:
        names = {name: disk.what(path / name) for name in sorted(disk.names(path))}
    except OSError:
        return
    for name, what in names.items():
        yield path / name
        if what == "folder" and name != ".git":
            yield from _below(path / name, disk)
