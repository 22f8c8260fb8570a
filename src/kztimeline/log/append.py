"""Adding one immutable segment: whole or not at all, and never the same event twice."""

from __future__ import annotations

import contextlib
import datetime
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from kztimeline.canonical import canonical_bytes, event_id, merkle_root, read_object
from kztimeline.checks import is_holder
from kztimeline.errors import EventError, HeadMovedError, LogError, LogExistsError
from kztimeline.log.history import Log, joined_head, read_log
from kztimeline.log.segments import (
    FORMAT,
    GENESIS,
    Header,
    file_name,
    header_line,
    is_redacted,
    marks,
    moment,
    segment_id,
    segment_of,
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
    """Begin an empty log in a folder that holds none; ``log.json`` comes last, and with it the log.

    Raises :class:`LogExistsError`, and :class:`EventError` for a name, a holder or a ``created`` that is none.
    """
    if not name.strip() or not name.isprintable():
        raise EventError(f"not a name: {name!r}; write what the log is about, in one line")
    if not is_holder(holder):
        raise EventError(f"not an ISO 3166 code: {holder!r}; write three capital letters, such as KAZ")
    if (path / GENESIS).exists():
        raise LogExistsError("there is a log here already; open it, or choose another folder", path=str(path))
    fields = {"created": moment(created or now()), "format": FORMAT, "holder": holder, "name": name}
    genesis = canonical_bytes(fields) + b"\n"
    path.mkdir(parents=True, exist_ok=True)
    if not (path / ".gitattributes").exists():
        _place(path / ".gitattributes", ATTRIBUTES)
    _place(path / GENESIS, genesis)
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

    Raises :class:`EventError` for a line that is not canonical or a ``recorded`` that is no moment,
    :class:`HeadMovedError` where ``expected_head`` is not the head, and whatever reading the log raises.
    Nothing is visible until the whole segment is on disk. An :class:`OSError` leaves the log as it was;
    if it comes from the very last sync the segment may be there, and the same call again tells.
    """
    for what, text in (("note", note), ("writer", writer)):
        if not isinstance(text, str):
            raise EventError(f"a {what} is text, not {text!r}; write it in quotation marks")
    for number, line in enumerate(lines, start=1):
        _check(line, number)
    stamp = moment(recorded or now())
    with _locked(path):
        log = read_log(path)
        _expect(log, expected_head)
        ids = tuple(event_id(line) for line in lines)
        held = {identity for segment in log.segments for identity in segment.ids}
        fresh = {identity: line for identity, line in zip(ids, lines, strict=True) if identity not in held}
        known = tuple(identity for identity in dict.fromkeys(ids) if identity in held)
        if not fresh:
            return Receipt(ids, (), known, log.head, None, None)
        return _write(log, fresh, ids, known, _later(log, stamp), note, writer)


def _expect(log: Log, head: str | None) -> None:
    """Refuse to append to another state than the one that was read; 8 digits of its head will do."""
    if head is None or (len(head) >= 8 and log.head.startswith(head)):
        return
    if len(head) < 8:
        raise HeadMovedError(f"{head!r} is too short for a head; write 8 or more of its digits", path=str(log.path))
    raise HeadMovedError(f"the head is {log.head[:16]}, not {head[:16]}; read the log again", path=str(log.path))


def _check(line: bytes, number: int) -> None:
    """Refuse what readers would refuse, before it is in a log for ever."""
    try:
        whole = canonical_bytes(read_object(line)) == line
    except EventError as error:
        raise EventError(f"line {number} of what was to be appended: {error}") from error
    if not whole or is_redacted(line):
        said = "an event, not a redaction" if whole else "it as canonical_bytes does"
        raise EventError(f"line {number} of what was to be appended is not an event as the log keeps it; write {said}")


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
    data = b"\n".join([first, *fresh.values()]) + b"\n"
    segment_of(data, target)
    made = not target.parent.exists()
    target.parent.mkdir(exist_ok=True)
    try:
        _place(target, data)
    except BaseException:
        if made:
            with contextlib.suppress(OSError):
                target.parent.rmdir()
        raise
    if made:
        _sync_folder(log.path)
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
    try:
        import fcntl
    except ImportError as error:
        said = "this system has no file locks that the library knows; append on another one, reading works here"
        raise LogError(said, path=str(path)) from error
    if not (path / GENESIS).exists():
        read_log(path)
    with (path / GENESIS).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
