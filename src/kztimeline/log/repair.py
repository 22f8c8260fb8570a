"""Mending a log from another copy of it: what is missing is copied by hash, what is damaged is put aside.

Nothing is deleted. What is put aside goes into a folder beside the log, ``<log>.quarantine``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from kztimeline.errors import EventError, FormatTooNewError, LogError, LogNotFoundError
from kztimeline.log.append import ATTRIBUTES
from kztimeline.log.files import LOCAL, Disk, make_folders, place
from kztimeline.log.headers import GENESIS, Genesis
from kztimeline.log.redact import stubbed
from kztimeline.log.redactions import Redaction, is_redacted, redaction_of
from kztimeline.log.segments import Segment, read_genesis, read_segment, segment_files
from kztimeline.log.verify import Report, attributes, verify


@frozen
class Repaired:
    """What a repair did: files copied, files put aside with where they are now, and the log as it is after.

    ``shown`` are events that this copy shows and the other one keeps redacted, each with file and line of the other.
    """

    copied: tuple[Path, ...]
    aside: tuple[tuple[Path, Path], ...]
    shown: tuple[tuple[Path, int, Redaction], ...]
    report: Report


def repair(path: Path, other: Path, disk: Disk = LOCAL) -> Repaired:
    """Mend the log in a folder from a copy of the same log; run it again after an interruption.

    A segment that the other copy lacks or holds damaged too stays put aside, and the report names what
    misses it. Segments of a newer format are left alone. What this copy keeps redacted stays so in what is copied,
    and nothing becomes redacted here because it is in the other copy, unless that copy alone has it. Raises
    :class:`LogNotFoundError`, and :class:`LogError` where the other folder holds another log.
    """
    genesis = read_genesis(other, disk)
    stubs = dict(_stubs(path, disk))
    aside: list[tuple[Path, Path]] = []
    for name in disk.names(path) if disk.what(path) == "folder" else ():
        if disk.what(path / name) == "link":
            _put_aside(path, path / name, aside, disk)
    copied = [*_genesis(path, other, genesis, aside, disk)]
    with disk.locked(path / GENESIS):
        known = {segment.id: segment for segment in _whole(path, genesis, aside, disk)}
        shown: list[tuple[Path, int, Redaction]] = []
        if any(attributes(path / ".gitattributes", disk)):
            _put_aside(path, path / ".gitattributes", aside, disk)
            place(disk, path / ".gitattributes", ATTRIBUTES)
        for segment in _readable(other, disk):
            if segment.header.genesis == genesis.id and segment.id not in known:
                target = path / segment.path.relative_to(other)
                if disk.what(target.parent) is None:
                    make_folders(disk, target.parent)
                    disk.open_to(target.parent, path)
                place(disk, target, stubbed(segment, stubs))
                copied.append(target)
            elif segment.id in known:
                here = known[segment.id].redacted
                shown += [(segment.path, number, stub) for number, stub in segment.stubs if number - 2 not in here]
    return Repaired(tuple(copied), tuple(aside), tuple(shown), verify(path, disk=disk))


def _stubs(path: Path, disk: Disk) -> Iterator[tuple[str, Redaction]]:
    """Yield every redaction of a copy by the id that it stands for; those in damaged files and put aside count too."""
    for file in _all_files(path, disk):
        for line in disk.read(file).split(b"\n"):
            with contextlib.suppress(EventError):
                if is_redacted(line):
                    stub = redaction_of(line)
                    yield stub.id, stub


def _all_files(path: Path, disk: Disk) -> Iterator[Path]:
    """Yield the files of a copy's years, and of those in its quarantine."""
    for root in (path, _quarantine(path)):
        for year in disk.names(root) if disk.what(root) == "folder" else ():
            with contextlib.suppress(OSError):
                names = disk.names(root / year)
                yield from (root / year / name for name in names if disk.what(root / year / name) == "file")


def _quarantine(path: Path) -> Path:
    """Name the folder beside a log where what is damaged goes."""
    return path.with_name(f"{path.name}.quarantine")


def _genesis(path: Path, other: Path, genesis: Genesis, aside: list[tuple[Path, Path]], disk: Disk) -> Iterator[Path]:
    """Put back the genesis where it is not the one that the segments here name."""
    try:
        ours: str | None = read_genesis(path, disk).id
    except FormatTooNewError:
        raise
    except LogError:
        ours = None
    if ours == genesis.id:
        return
    segments = list(_readable(path, disk))
    if ours is None and not segments and disk.what(path / GENESIS) is None:
        raise LogNotFoundError("no log here that could be mended; copy the other one whole", path=str(path))
    if (ours is not None or segments) and not any(segment.header.genesis == genesis.id for segment in segments):
        raise LogError("the other folder holds another log; name a copy of this one", path=str(other))
    _put_aside(path, path / GENESIS, aside, disk)
    place(disk, path / GENESIS, disk.read(other / GENESIS))
    yield path / GENESIS


def _readable(path: Path, disk: Disk) -> Iterator[Segment]:
    for file in segment_files(path, disk):
        try:
            yield read_segment(file, disk)
        except LogError:
            continue


def _whole(path: Path, genesis: Genesis, aside: list[tuple[Path, Path]], disk: Disk) -> list[Segment]:
    """Give the whole segments of a log, and put the others aside."""
    found = []
    for file in segment_files(path, disk):
        try:
            segment = read_segment(file, disk)
        except FormatTooNewError:
            continue
        except LogError:
            _put_aside(path, file, aside, disk)
            continue
        if segment.header.genesis == genesis.id:
            found.append(segment)
        else:
            _put_aside(path, file, aside, disk)
    return found


def _put_aside(path: Path, file: Path, aside: list[tuple[Path, Path]], disk: Disk) -> None:
    """Move what stands under a name into the quarantine, under a name that is free there."""
    if disk.what(file) is None:
        return
    folder = _quarantine(path) / file.parent.relative_to(path)
    make_folders(disk, folder)
    number, target = 0, folder / file.name
    while disk.what(target) is not None:
        number += 1
        target = folder / f"{file.name}.{number}"
    disk.move(file, target)
    disk.sync_folder(folder)
    disk.sync_folder(file.parent)
    aside.append((file, target))
