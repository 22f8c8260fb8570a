"""Adding one immutable segment: whole or not at all, and never the same event twice."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from kztimeline.canonical import canonical_bytes, event_id, merkle_root
from kztimeline.errors import EventError, HeadMovedError, LogError, LogExistsError
from kztimeline.log.segments import (
    FORMAT,
    GENESIS,
    Header,
    Log,
    file_name,
    header_line,
    joined_head,
    marks,
    read_log,
    read_segment,
    segment_id,
)

ATTRIBUTES = b"* -text\n"
"""Line endings are part of the hashes, so git must not touch them."""


@frozen
class Receipt:
    """What an append did: ids in the order given, which of them are new, the head after it.

    ``segment`` and ``path`` are ``None`` where everything was in the log already.
    """

    ids: tuple[str, ...]
    added: tuple[str, ...]
    known: tuple[str, ...]
    head: str
    segment: str | None
    path: Path | None


def now() -> str:
    """Give the moment as a log writes it: UTC, whole seconds."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def create(path: Path, *, name: str, holder: str, created: str | None = None) -> Log:
    """Begin an empty log in a folder that holds none. Raises :class:`LogExistsError`."""
    if (path / GENESIS).exists():
        raise LogExistsError("there is a log here already; open it, or choose another folder", path=str(path))
    path.mkdir(parents=True, exist_ok=True)
    fields = {"created": created or now(), "format": FORMAT, "holder": holder, "name": name}
    _place(path / GENESIS, canonical_bytes(fields) + b"\n")
    if not (path / ".gitattributes").exists():
        _place(path / ".gitattributes", ATTRIBUTES)
    return read_log(path)


def append_lines(
    path: Path,
    lines: Sequence[bytes],
    *,
    note: str,
    writer: str,
    recorded: str | None = None,
    expected_head: str | None = None,
) -> Receipt:
    """Append events as one segment; what the log already has is left out.

    Raises :class:`HeadMovedError` where ``expected_head`` is not the head, and whatever reading the log
    raises. Nothing is visible until the whole segment is on disk.
    """
    if any(b"\n" in line for line in lines):
        raise EventError("a line holds a line break; write one event a line")
    with _locked(path):
        log = read_log(path)
        if expected_head is not None and expected_head != log.head:
            raise HeadMovedError(
                f"the head is {log.head[:16]}, not {expected_head[:16]}; read the log again", path=str(path)
            )
        ids = tuple(event_id(line) for line in lines)
        held = {identity for segment in log.segments for identity in segment.ids}
        fresh = {identity: line for identity, line in zip(ids, lines, strict=True) if identity not in held}
        known = tuple(identity for identity in dict.fromkeys(ids) if identity in held)
        if not fresh:
            return Receipt(ids, (), known, log.head, None, None)
        return _write(log, fresh, ids, known, _later(log, recorded or now()), note, writer)


def _later(log: Log, recorded: str) -> str:
    """Never record before what is there already, whatever the clock says."""
    return max([recorded, *(log.by_id[head].header.recorded for head in log.heads)])


def _write(
    log: Log,
    fresh: dict[str, bytes],
    ids: tuple[str, ...],
    known: tuple[str, ...],
    recorded: str,
    note: str,
    writer: str,
) -> Receipt:
    header = Header(
        len(fresh), log.genesis.id, marks(fresh), note, log.heads, recorded, merkle_root(list(fresh)), writer
    )
    first = header_line(header)
    identity = segment_id(first)
    target = log.path / file_name(header, identity)
    made = not target.parent.exists()
    target.parent.mkdir(exist_ok=True)
    try:
        _place(target, b"\n".join([first, *fresh.values()]) + b"\n")
    except BaseException:
        if made:
            with contextlib.suppress(OSError):
                target.parent.rmdir()
        raise
    if made:
        _sync_folder(log.path)
    read_segment(target, log.genesis)
    return Receipt(ids, tuple(fresh), known, joined_head((identity,), log.genesis), identity, target)


def _place(target: Path, data: bytes) -> None:
    """Put a whole file in place: written aside, synced, read back, then linked under its name."""
    aside = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if aside.read_bytes() != data:
            raise LogError("what was written does not read back; check the disk", path=str(target))
        try:
            os.link(aside, target)
        except FileExistsError as error:
            raise LogExistsError("the file is there already", path=str(target)) from error
        _sync_folder(target.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            aside.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one writer at a time append; readers need no lock, since nothing legal is ever half there."""
    if not (path / GENESIS).exists():
        read_log(path)
    with (path / GENESIS).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
