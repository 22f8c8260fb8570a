"""Segments as they stand in the folder: reading them, checking that they are what their names say.

``docs/format.md`` describes the bytes. Nothing here writes.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property
from pathlib import Path

import msgspec
from attrs import evolve, field, frozen

from kztimeline.canonical import MAX_LINE, canonical_bytes, event_ids, merkle_root, read_object
from kztimeline.errors import EventError, FormatTooNewError, IntegrityError, LogNotFoundError
from kztimeline.log.files import LOCAL, Disk

FORMAT = 1
GENESIS = "log.json"
MAX_HEADER = 100_000_000
"""A header carries four bytes for each line of its segment."""
STEM = 32
"""So many digits of a segment's id stand in its file's name."""
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{32}\.jsonl", re.ASCII)
_RECORDED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_MARKS = re.compile(r"[0-9a-f]*", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_REDACTION = {"reason", "redacted", "sha256", "writer"}
_REDACTED = re.compile(rb'\{(?:"reason":"(?:[^"\\]|\\.)*",)?"redacted":')


@frozen
class Genesis:
    """The line that never changes: the log's name, default holder, when it began; ``id`` hashes its bytes."""

    id: str
    name: str
    holder: str
    created: str


@frozen
class Header:
    """Line 0 of a segment: how many lines, their Merkle root, the segments before it, who and when.

    ``marks`` are the first four digits of each line's id, one after the other: they say which line was damaged.
    """

    count: int
    genesis: str
    marks: str
    note: str
    parents: tuple[str, ...]
    recorded: str
    root: str
    writer: str


@frozen(slots=False)
class Segment:
    """One append: its id (SHA-256 of the header line), file, header, and the bytes of the whole file.

    ``redacted`` are the positions of the lines that are redactions; ``known`` are the lines' ids where they were worked
    out already; ``stamp`` is what the disk said of the file before it was read, ``None`` where nothing tells whether it
    has changed since.
    """

    id: str
    path: Path = field(eq=False)
    header: Header = field(eq=False)
    data: bytes = field(eq=False, repr=False)
    redacted: tuple[int, ...] = field(eq=False, default=())
    known: tuple[str, ...] | None = field(eq=False, repr=False, default=None)
    stamp: object = field(eq=False, repr=False, default=None)

    @property
    def first(self) -> bytes:
        """The header as its line."""
        return self.data[: self.data.index(b"\n")]

    @property
    def lines(self) -> tuple[bytes, ...]:
        """The lines after the header, cut from the bytes each time that they are asked for."""
        return tuple(self.data.split(b"\n")[1:-1])

    @property
    def count(self) -> int:
        """How many lines there are after the header."""
        return max(self.data.count(b"\n") - 1, 0)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the lines; a redaction has the id of what it stands for."""
        return _ids(self.lines, self.redacted, self.path) if self.known is None else self.known

    @property
    def stubs(self) -> Iterator[tuple[int, Redaction]]:
        """Yield the redactions, each with the number of its line in the file."""
        lines = self.lines if self.redacted else ()
        return ((index + 2, redaction_of(lines[index])) for index in self.redacted)


Verified = MutableMapping[tuple[str, str], tuple[int, ...]]
"""Segments that were checked line by line: name in the log's folder and SHA-256 of all bytes, to ``redacted``."""


@frozen
class Redaction:
    """What stands in the place of an event that was taken out: its id, and who took it out and why, if they said."""

    id: str
    reason: str | None
    writer: str | None

    def __str__(self) -> str:
        """Say who took the event out, and why."""
        return f"redacted by {self.writer or 'nobody named'}: {self.reason or 'no reason'}"


def segment_id(header_line: bytes) -> str:
    """Hash a header line without its newline: SHA-256, as hex."""
    return hashlib.sha256(header_line).hexdigest()


def file_name(header: Header, identity: str) -> str:
    """Name a segment's file by when it was recorded and the first digits of its id."""
    stamp = header.recorded.replace("-", "").replace(":", "")
    return f"{header.recorded[:4]}/{stamp}-{identity[:STEM]}.jsonl"


def header_line(header: Header) -> bytes:
    """Write a header as its line."""
    return canonical_bytes(
        {
            "count": header.count,
            "format": FORMAT,
            "genesis": header.genesis,
            "marks": header.marks,
            "note": header.note,
            "parents": list(header.parents),
            "recorded": header.recorded,
            "root": header.root,
            "writer": header.writer,
        }
    )


def segment_files(path: Path, disk: Disk = LOCAL) -> list[Path]:
    """List the segment files of a log, sorted by name. Raises :class:`IntegrityError` for a folder that is none."""
    return [path / name for name in segment_names(path, disk)]


def segment_names(path: Path, disk: Disk = LOCAL) -> list[str]:
    """List the segment files of a log by year and name, sorted. Raises :class:`IntegrityError` for a folder that is none."""
    years = [name for name in _names(disk, path) if _YEAR.fullmatch(name)]
    for year in years:
        if disk.what(path / year) == "link":
            raise IntegrityError("a symbolic link; put the folder itself in its place", path=str(path / year))
    return sorted(
        f"{year}/{name}"
        for year in years
        for name in _names(disk, path / year)
        if name.endswith(".jsonl") and not name.startswith(".")
    )


def _names(disk: Disk, folder: Path) -> list[str]:
    try:
        return disk.names(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise IntegrityError(f"cannot be read: {error.strerror}", path=str(folder)) from error


def read_genesis(path: Path, disk: Disk = LOCAL) -> Genesis:
    """Read ``log.json``.

    Raises :class:`LogNotFoundError`, :class:`IntegrityError` or :class:`FormatTooNewError`.
    """
    file = path / GENESIS
    if disk.what(file) in (None, "folder"):
        raise LogNotFoundError("no log here; write one with `kztimeline init`", path=str(path))
    return genesis_of(_read(file, disk), file)


def genesis_of(data: bytes, file: Path) -> Genesis:
    """Take the bytes of ``log.json`` apart. Raises :class:`IntegrityError` or :class:`FormatTooNewError`."""
    fields = _object(data.removesuffix(b"\n"), file, 1)
    _check_format(fields, file)
    texts = [fields.get(key) for key in ("name", "holder", "created")]
    known = len(fields) == 4 and all(isinstance(text, str) for text in texts)
    if not known or _canonical(fields) != data.removesuffix(b"\n") or not data.endswith(b"\n"):
        raise IntegrityError("the genesis is not as it was written", path=str(file), line=1)
    return Genesis(hashlib.sha256(data).hexdigest(), *(str(text) for text in texts))


def read_segment(file: Path, disk: Disk = LOCAL, verified: Verified | None = None) -> Segment:
    """Read one segment and check it by itself: name, header, count, root.

    Bytes that ``verified`` knows under this name are hashed as a whole and not taken apart again; others are added to it.
    Raises :class:`IntegrityError` with the line where it can be told, :class:`FormatTooNewError`.
    """
    stamp, data = stamp_of(file, disk), _read(file, disk)
    if verified is None:
        return evolve(segment_of(data, file), stamp=stamp)
    place = f"{file.parent.name}/{file.name}", hashlib.sha256(data).hexdigest()
    redacted = verified.get(place)
    if redacted is not None:
        first = data[: data.index(b"\n")]
        return Segment(segment_id(first), file, _decode_header(first), data, redacted, stamp=stamp)
    segment = evolve(segment_of(data, file), stamp=stamp)
    verified[place] = segment.redacted
    return segment


def stamp_of(file: Path, disk: Disk) -> object:
    """Give a file's stamp; ``None`` where the disk does not tell."""
    try:
        return disk.stamp(file)
    except OSError:
        return None


def _read(file: Path, disk: Disk) -> bytes:
    """Read a file of the log; one that stands elsewhere, or is none, is not what git would keep."""
    try:
        found = disk.what(file)
        if found == "link":
            raise IntegrityError("a symbolic link; put the file itself in its place", path=str(file))
        if found == "other":
            raise IntegrityError("not a file; put the segment in its place", path=str(file))
        return disk.read(file)
    except OSError as error:
        raise IntegrityError(f"cannot be read: {error.strerror}", path=str(file)) from error


def segment_of(data: bytes, file: Path, *, named: bool = True) -> Segment:
    """Take the bytes of a segment apart and check that they are what the file's name says.

    Not ``named`` is a copy of a segment under any name, such as git makes one.
    """
    if named and not _NAME.fullmatch(file.name):
        raise IntegrityError("not the name of a segment; move foreign files elsewhere", path=str(file))
    if not data.endswith(b"\n"):
        raise IntegrityError("the last line has no end: the file was cut", path=str(file), line=data.count(b"\n") + 1)
    first, *lines = data[:-1].split(b"\n")
    header = _header(first, file)
    identity = segment_id(first)
    if named and file_name(header, identity) != f"{file.parent.name}/{file.name}":
        raise IntegrityError("the header does not hash to the file's name", path=str(file), line=1)
    taken = tuple(index for index, line in enumerate(lines) if line.startswith(b'{"re') and is_redacted(line))
    ids = _ids(lines, taken, file)
    if len(lines) != header.count:
        said = f"{len(lines)} lines where the header says {header.count}"
        raise IntegrityError(said, path=str(file), line=_first_wrong(header, ids) or len(lines) + 2)
    if merkle_root(ids) != header.root or marks(ids) != header.marks:
        raise _damage(header, lines, ids, file)
    return Segment(identity, file, header, data, taken, ids)


def segment_made(data: bytes, lines: Mapping[str, bytes], file: Path) -> Segment:
    """Give what :func:`segment_of` would of bytes that were just made of these lines by id: the header is read back."""
    first = data[: data.index(b"\n")]
    header = _header(first, file)
    if data.count(b"\n") != len(lines) + 1 or header.count != len(lines):
        raise IntegrityError("a line to append holds line breaks; write it as canonical_bytes does", path=str(file))
    return Segment(segment_id(first), file, header, data, known=tuple(lines))


def is_redacted(line: bytes) -> bool:
    """Tell whether a line of a segment is what a redaction left in the place of an event."""
    return line.startswith(b'{"re') and _REDACTED.match(line) is not None


def redaction_line(redaction: Redaction) -> bytes:
    """Write what is to stand in the place of an event. Raises :class:`EventError` for a reason without a writer."""
    fields = {"redacted": redaction.id}
    if redaction.reason is not None and redaction.writer is not None:
        fields.update(reason=redaction.reason, writer=redaction.writer)
        fields["sha256"] = hashlib.sha256(canonical_bytes(fields)).hexdigest()
    elif redaction.reason is not None or redaction.writer is not None:
        raise EventError("a redaction says both why and by whom, or neither; write reason and writer")
    return canonical_bytes(fields)


def redaction_of(line: bytes) -> Redaction:
    """Read what a redaction left: ``{"redacted":id}``, or the same with a reason, a writer and a hash over them.

    Raises :class:`EventError` where anything else stands in it, or it is not written canonically.
    """
    fields = read_object(line)
    identity, reason, writer = (fields.get(name) for name in ("redacted", "reason", "writer"))
    if not isinstance(identity, str) or not _HASH.fullmatch(identity):
        raise EventError("a redaction without the id it stands for; write its 64 digits")
    if set(fields) == {"redacted"}:
        found = Redaction(identity, None, None)
    elif set(fields) == _REDACTION and isinstance(reason, str) and isinstance(writer, str):
        found = Redaction(identity, reason, writer)
    else:
        raise EventError("a redaction keeps the id alone, or with it a reason and a writer as text, and their sha256")
    if _canonical(fields) != line:
        raise EventError("a redaction that is not written canonically; write it as canonical_bytes does")
    if redaction_line(found) != line:
        raise EventError("a redaction that does not hash to its sha256; put its words back as they were written")
    return found


def _ids(lines: Sequence[bytes], taken: Iterable[int], file: Path) -> tuple[str, ...]:
    """Hash lines; in the places of ``taken`` stand the ids that redactions keep."""
    hashed = event_ids(lines)
    if not taken:
        return hashed
    found = list(hashed)
    for index in taken:
        try:
            found[index] = redaction_of(lines[index]).id
        except EventError as error:
            raise IntegrityError(str(error), path=str(file), line=index + 2) from error
    return tuple(found)


def marks(ids: Iterable[str]) -> str:
    """Shorten ids to what tells a damaged line from the others."""
    return "".join([identity[:4] for identity in ids])


def _first_wrong(header: Header, ids: tuple[str, ...]) -> int | None:
    """Give the first line that does not hash to its mark; ``None`` if each that is there does."""
    for index, identity in enumerate(ids):
        if header.marks[4 * index : 4 * index + 4] != identity[:4]:
            return index + 2
    return None


def _damage(header: Header, lines: list[bytes], ids: tuple[str, ...], file: Path) -> IntegrityError:
    """Name the line that does not hash to its mark, or else the segment."""
    number = _first_wrong(header, ids)
    if number is None:
        return IntegrityError("the lines do not hash to the root in the header", path=str(file), line=1)
    return IntegrityError(f"a damaged line: {_complaint(lines[number - 2])}", path=str(file), line=number)


def _complaint(line: bytes) -> str:
    if line.endswith(b"\r"):
        return "it ends in a carriage return; fetch the file again with `* -text` in .gitattributes"
    try:
        whole = _canonical(read_object(line)) == line
    except EventError as error:
        return str(error)
    return "it does not hash to its mark in the header" if whole else "it is not written canonically"


def _canonical(fields: Mapping[str, object]) -> bytes | None:
    try:
        return canonical_bytes(fields)
    except EventError:
        return None


def moment(text: str) -> str:
    """Give back a moment that is written as a header writes it. Raises :class:`EventError`."""
    try:
        if (
            isinstance(text, str)
            and _RECORDED.fullmatch(text)
            and datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
        ):
            return text
    except ValueError as error:
        raise EventError(f"not a moment: {text!r}; {error}") from error
    raise EventError(f"not a moment: {text!r}; write UTC in whole seconds, 2026-11-24T11:00:00Z")


def _header(line: bytes, file: Path) -> Header:
    fields = _object(line, file, 1, limit=MAX_HEADER)
    _check_format(fields, file)
    try:
        header = Header(
            count=_whole(fields["count"]),
            genesis=_matched(fields["genesis"], _HASH),
            marks=_fours(_matched(fields["marks"], _MARKS)),
            note=str(fields["note"]),
            parents=_parents(fields["parents"]),
            recorded=moment(str(fields["recorded"])),
            root=_matched(fields["root"], _HASH),
            writer=str(fields["writer"]),
        )
    except KeyError as error:
        raise IntegrityError(f"a damaged header: no {error}", path=str(file), line=1) from error
    except ValueError as error:
        raise IntegrityError(f"a damaged header: {error}", path=str(file), line=1) from error
    if header_line(header) != line:
        said = "the header is not as it was written"
        raise IntegrityError(f"{said}: {_complaint(line)}" if line.endswith(b"\r") else said, path=str(file), line=1)
    return header


_decode_header = msgspec.json.Decoder(Header).decode
"""Reads the line of a header that was checked before."""


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("the count is not a whole number")
    return value


def _matched(value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError("a hash or the marks are not hexadecimal digits")
    return value


def _fours(digits: str) -> str:
    if len(digits) % 4:
        raise ValueError("a hash or the marks are not hexadecimal digits")
    return digits


def _parents(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("the parents are not a list")
    parents = tuple(_matched(parent, _HASH) for parent in value)
    if list(parents) != sorted(set(parents)):
        raise ValueError("the parents are not sorted, each once")
    return parents


def _object(line: bytes, file: Path, number: int, *, limit: int = MAX_LINE) -> dict[str, object]:
    try:
        return read_object(line, limit=limit)
    except EventError as error:
        raise IntegrityError(f"a damaged line: {error}", path=str(file), line=number) from error


def _check_format(fields: Mapping[str, object], file: Path) -> None:
    version = fields.get("format")
    if isinstance(version, bool) or not isinstance(version, int):
        raise IntegrityError("no format number", path=str(file), line=1)
    if version > FORMAT:
        raise FormatTooNewError(
            f"format {version} is newer than {FORMAT}, which this version reads; upgrade kztimeline",
            path=str(file),
            line=1,
        )
    if version < 1:
        raise IntegrityError(f"not a format: {version}", path=str(file), line=1)
