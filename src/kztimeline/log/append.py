"""Adding one immutable segment: whole or not at all, and never the same event twice."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import define, field, frozen

from kztimeline.canonical import canonical_bytes, event_ids, is_canonical, merkle_root
from kztimeline.checks import is_holder
from kztimeline.errors import EventError, HeadMovedError, LogError, LogExistsError
from kztimeline.log.files import LOCAL, Disk, make_folders, place
from kztimeline.log.headers import FORMAT, GENESIS, Header, marks, moment
from kztimeline.log.history import Log, read_log
from kztimeline.log.redactions import is_redacted
from kztimeline.log.segments import Look, Segment, segment_made

ATTRIBUTES = b"* -text\n"
"""Line endings are part of the hashes, so git must not touch them."""
AHEAD = datetime.timedelta(days=1)
"""Clocks may differ by so much before one of them is called wrong."""


@define(eq=False)
class Pen:
    """What one writer knows of a log between two appends: the state last read, its ids, its own last segment.

    With it an append reads only the files that are new or were changed, and brings to the disk only what may not be
    there. One thread at a time may use it.
    """

    log: Log | None = field(init=False, default=None)
    held: set[str] = field(init=False, factory=set)
    last: Segment | None = field(init=False, default=None)
    """The segment that this writer was last told is on the disk, with everything before it."""
    holding: bool = field(init=False, default=False)
    """Whether every other writer is kept out, so that the log is still as this one knows it."""

    def take(self, log: Log) -> Log:
        """Take up a state of the log that was just read."""
        if log is not self.log:
            old = () if self.log is None else self.log.segments
            if log.segments[: len(old)] != old:
                old, self.held = (), set()
            self.held.update(*(segment.ids for segment in log.segments[len(old) :]))
            self.log = log
        return log

    @contextlib.contextmanager
    def hold(self, path: Path, disk: Disk = LOCAL) -> Iterator[Log]:
        """Keep every other writer out, and give the log as it stands until the context ends. Raises what reading raises."""
        genesis = path / GENESIS
        if disk.what(genesis) != "file":
            read_log(path, disk)  # tells what is wrong: only a file can be locked
        with disk.locked(genesis):
            log = self.take(read_log(path, disk, before=self.log))
            self.holding = True
            try:
                yield log
            finally:
                self.holding = False


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
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def create(path: Path, *, name: str, holder: str, created: str | None = None, disk: Disk = LOCAL) -> Log:
    """Begin an empty log in a folder that holds none; ``log.json`` comes last, and with it the log.

    Raises :class:`LogExistsError`, and :class:`EventError` for a name, a holder or a ``created`` that is none.
    """
    if not name.strip() or not name.isprintable():
        raise EventError(f"not a name: {name!r}; write what the log is about, in one line")
    if not is_holder(holder):
        raise EventError(f"not an ISO 3166 code: {holder!r}; write three capital letters, such as KAZ")
    if disk.what(path / GENESIS) is not None:
        raise LogExistsError("there is a log here already; open it, or choose another folder", path=str(path))
    began = moment(now() if created is None else created)
    fields = {"created": began, "format": FORMAT, "holder": holder, "name": name}
    genesis = canonical_bytes(fields) + b"\n"
    make_folders(disk, path)
    if disk.what(path / ".gitattributes") is None:
        place(disk, path / ".gitattributes", ATTRIBUTES)
    place(disk, path / GENESIS, genesis)
    return read_log(path, disk)


def append_lines(
    path: Path,
    lines: Sequence[bytes],
    *,
    note: str,
    writer: str,
    recorded: str | None = None,
    expected_head: str | None = None,
    disk: Disk = LOCAL,
    pen: Pen | None = None,
) -> Receipt:
    """Append events as one segment; what the log already has is left out.

    A ``pen`` that was used before spares reading the log again, and is changed by what is read and written.

    Raises :class:`EventError` for a line that is not canonical or a ``recorded`` that is no moment,
    :class:`HeadMovedError` where ``expected_head`` is not the head, and whatever reading the log raises.
    Nothing is visible until the whole segment is on disk. An :class:`OSError` leaves the log as it was;
    if it comes from the very last sync the segment may be there, and the same call again tells.
    """
    check_lines(lines)
    pen = Pen() if pen is None else pen
    with pen.hold(path, disk):
        return append_held(
            pen, lines, note=note, writer=writer, recorded=recorded, expected_head=expected_head, disk=disk
        )


def append_held(
    pen: Pen,
    lines: Sequence[bytes],
    *,
    note: str,
    writer: str,
    recorded: str | None = None,
    expected_head: str | None = None,
    disk: Disk = LOCAL,
) -> Receipt:
    """Append lines, surely canonical, to the log that a pen holds, as :func:`append_lines` does, and raise what that does.

    Raises :class:`RuntimeError` for a pen that holds none.
    """
    log = pen.log
    if log is None or not pen.holding:
        raise RuntimeError("a pen that holds no log; append inside of `with pen.hold(path)`")
    for what, text in (("note", note), ("writer", writer)):
        if not isinstance(text, str):
            raise EventError(f"a {what} is text, not {text!r}; write it in quotation marks")
    stamp = now() if recorded is None else moment(recorded)
    _expect(log, expected_head)
    ids = event_ids(lines)
    fresh = dict(zip(ids, lines, strict=True))
    known = () if pen.held.isdisjoint(fresh) else tuple(identity for identity in fresh if identity in pen.held)
    for identity in known:
        del fresh[identity]
    if not fresh:
        if not _rests(pen, log):
            _settle(log, disk)
        return Receipt(ids, (), known, log.head, None, None)
    segment = segment_made(log.path, _header(log, fresh, note, writer, _later(log, stamp)), fresh)
    _put(log, segment, disk, settled=_rests(pen, log, segment))
    pen.last = segment
    pen.take(log.grown(segment, _with(log, segment, disk)))
    return Receipt(ids, tuple(fresh), known, segment.id, segment.id, segment.path)


def _expect(log: Log, head: str | None) -> None:
    """Refuse to append to another state than the one that was read; 8 digits of its head will do."""
    if head is not None and not isinstance(head, str):
        raise EventError(f"a head is text, not {head!r}; write 8 or more of its digits in quotation marks")
    if head is None or (len(head) >= 8 and log.head.startswith(head)):
        return
    if len(head) < 8:
        raise HeadMovedError(f"{head!r} is too short for a head; write 8 or more of its digits", path=str(log.path))
    raise HeadMovedError(f"the head is {log.head[:16]}, not {head[:16]}; read the log again", path=str(log.path))


def check_lines(lines: Sequence[bytes]) -> None:
    """Refuse what readers would refuse, before it is in a log for ever. Raises :class:`EventError`."""
    for number, line in enumerate(lines, start=1):
        _check(line, number)


def _check(line: bytes, number: int) -> None:
    try:
        whole = is_canonical(line)
    except EventError as error:
        raise EventError(f"line {number} of what was to be appended: {error}") from error
    if not whole or is_redacted(line):
        said = "an event, not a redaction" if whole else "it as canonical_bytes does"
        raise EventError(f"line {number} of what was to be appended is not an event as the log keeps it; write {said}")


def _later(log: Log, recorded: str) -> str:
    """Never record before what is there already, unless it is what lies ahead of its time.

    Where most of the log is more than :data:`AHEAD` ahead of a moment, that moment is behind; where only
    some segments are, they are, and later ones keep their own time.
    """
    heads = [log.by_id[head].header.recorded for head in log.heads]
    if max(heads, default="") <= recorded:
        return recorded
    limit = _day_after(recorded)
    near = [stamp for stamp in heads if stamp <= limit]
    if len(near) < len(heads):
        known = [log.genesis.created, *(segment.header.recorded for segment in log.segments)]
        near = heads if 2 * sum(stamp > limit for stamp in known) > len(known) else near
    return max([recorded, *near])


def _day_after(recorded: str) -> str:
    try:
        return (datetime.datetime.fromisoformat(recorded) + AHEAD).isoformat()[:19] + "Z"
    except OverflowError:
        return recorded


def _header(log: Log, fresh: Mapping[str, bytes], note: str, writer: str, recorded: str) -> Header:
    root = merkle_root(tuple(fresh))
    return Header(len(fresh), log.genesis.id, marks(fresh), note, log.heads, recorded, root, writer)


def _rests(pen: Pen, log: Log, segment: Segment | None = None) -> bool:
    """Tell whether all of a log is surely on the disk, and the folder of a new segment too.

    It is where the log ends with the pen's own last segment: nobody has touched that file since it was acknowledged,
    and before it was, everything under it was brought to the disk.
    """
    last = pen.last
    if last is None or log.heads != (last.id,) or log.by_id[last.id] is not last:
        return False
    return segment is None or segment.year == last.year


def _put(log: Log, segment: Segment, disk: Disk, *, settled: bool) -> None:
    """Put a segment in place, with nothing under it that could still be lost."""
    folder = segment.path.parent
    listed = log.look is not None and log.look.get(segment.year)  # where segments were just seen there is a folder
    what = "folder" if listed else disk.what(folder)
    made = what is None
    if made:
        disk.make_folder(folder)
    elif what != "folder":
        raise LogError(f"a {what} in the place of the year's folder; move it elsewhere", path=str(folder))
    try:
        if made:
            disk.open_to(folder, log.path)
        if not settled:
            _settle(log, disk)
        place(disk, segment.path, segment.data)
    except BaseException:
        if made:
            with contextlib.suppress(OSError):
                disk.remove_folder(folder)
        raise


def _with(log: Log, segment: Segment, disk: Disk) -> Look | None:
    """Give what a log's files are now that one more was placed; ``None`` where nothing can tell."""
    if log.look is None:
        return None
    year, top = segment.year, log.look[""]
    with contextlib.suppress(OSError):
        if year not in top:
            top = {**top, year: disk.stamp(segment.path.parent)}
        names = {**log.look.get(year, {}), segment.path.name: disk.stamp(segment.path)}
        return {**log.look, "": top, year: names}
    return None


def _settle(log: Log, disk: Disk) -> None:
    """Bring to the disk what an append before may have linked and not synced, before anything rests on it."""
    folders = {log.by_id[head].path.parent for head in log.heads}
    for folder in (log.path, *sorted(folders)):
        disk.sync_folder(folder)
