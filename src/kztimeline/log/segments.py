"""Segments as they stand in the folder: reading them, checking that they are what their names say.

``docs/format.md`` describes the bytes. Nothing here writes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from attrs import define, field, frozen

from kztimeline.canonical import MAX_LINE, canonical_bytes, event_id, merkle_root, read_object
from kztimeline.errors import (
    EventError,
    FormatTooNewError,
    IntegrityError,
    LogError,
    LogNotFoundError,
    MissingParentError,
    UnknownNameError,
)

FORMAT = 1
GENESIS = "log.json"
MAX_HEADER = 100_000_000
"""A header carries four bytes for each line of its segment."""
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{32}\.jsonl", re.ASCII)
_RECORDED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_MARKS = re.compile(r"(?:[0-9a-f]{4})*", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


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


@frozen
class Segment:
    """One append: its id (SHA-256 of the header line), file, header, and lines with their ids."""

    id: str
    path: Path = field(eq=False)
    header: Header = field(eq=False)
    lines: tuple[bytes, ...] = field(eq=False, repr=False)
    ids: tuple[str, ...] = field(eq=False, repr=False)


@define(frozen=True, slots=False)
class Log:
    """A log as it stood when it was read: segments with parents before children."""

    path: Path
    genesis: Genesis
    segments: tuple[Segment, ...] = field(repr=False)

    @cached_property
    def by_id(self) -> Mapping[str, Segment]:
        """Segments by their full ids."""
        return {segment.id: segment for segment in self.segments}

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """Ids of the segments that no other names as a parent, sorted."""
        named = {parent for segment in self.segments for parent in segment.header.parents}
        return tuple(sorted(segment.id for segment in self.segments if segment.id not in named))

    @cached_property
    def head(self) -> str:
        """The id of this state: the one head, the genesis of an empty log, or a hash over several heads."""
        return joined_head(self.heads, self.genesis)

    def ancestry(self, tips: Iterable[str]) -> frozenset[str]:
        """Give the segments that are tips or come before them."""
        found: set[str] = set()
        waiting = list(tips)
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(self.by_id[current].header.parents)
        return frozenset(found)

    def before(self, earlier: str, later: str) -> bool:
        """Tell whether one segment is an ancestor of another."""
        return earlier != later and earlier in self.ancestry([later])

    def at(self, head: str) -> Log:
        """Give the log as it ended at a head: a segment, the genesis, or a joined head; a prefix of 8 will do.

        Raises :class:`UnknownNameError` where no state of this log has that head.
        """
        if head == self.head or (len(head) >= 8 and self.head.startswith(head)):
            return self
        if len(head) >= 8 and self.genesis.id.startswith(head):
            return Log(self.path, self.genesis, ())
        found = [segment.id for segment in self.segments if len(head) >= 8 and segment.id.startswith(head)]
        if len(found) != 1:
            said = "several segments begin with" if found else "no state of this log is"
            raise UnknownNameError(f"{said} {head!r}; `kztimeline log` lists the heads")
        kept = self.ancestry(found)
        return Log(self.path, self.genesis, tuple(s for s in self.segments if s.id in kept))

    def recorded_until(self, moment: str) -> Log:
        """Give the log as it stood at a moment (ISO 8601, UTC): the segments recorded by then, with their parents."""
        kept = self.ancestry(s.id for s in self.segments if s.header.recorded <= moment)
        return Log(self.path, self.genesis, tuple(s for s in self.segments if s.id in kept))

    def __iter__(self) -> Iterator[tuple[Segment, str, bytes]]:
        """Yield every line once, in order, with its segment and id; a redacted line stays itself."""
        seen: set[str] = set()
        for segment in self.segments:
            for identity, line in zip(segment.ids, segment.lines, strict=True):
                if identity not in seen:
                    seen.add(identity)
                    yield segment, identity, line


def joined_head(heads: tuple[str, ...], genesis: Genesis) -> str:
    """Name a state by its heads: the only one, the genesis if there is none, else a hash over all."""
    if not heads:
        return genesis.id
    return heads[0] if len(heads) == 1 else hashlib.sha256(b"\x02" + "".join(heads).encode()).hexdigest()


def segment_id(header_line: bytes) -> str:
    """Hash a header line without its newline: SHA-256, as hex."""
    return hashlib.sha256(header_line).hexdigest()


def file_name(header: Header, identity: str) -> str:
    """Name a segment's file by when it was recorded and the first 32 digits of its id."""
    stamp = header.recorded.replace("-", "").replace(":", "")
    return f"{header.recorded[:4]}/{stamp}-{identity[:32]}.jsonl"


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


def read_log(path: Path) -> Log:
    """Read a log and check every hash on the way.

    Raises :class:`LogNotFoundError`, :class:`IntegrityError` (with file and line),
    :class:`MissingParentError` or :class:`FormatTooNewError`; changes nothing.
    """
    genesis = read_genesis(path)
    segments = [read_segment(file, genesis) for file in segment_files(path)]
    return Log(path, genesis, ordered(segments))


def segment_files(path: Path) -> list[Path]:
    """List the segment files of a log, sorted by name."""
    return sorted(file for file in path.glob("[0-9][0-9][0-9][0-9]/*.jsonl") if not file.name.startswith("."))


def read_genesis(path: Path) -> Genesis:
    """Read ``log.json``."""
    file = path / GENESIS
    try:
        data = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise LogNotFoundError("no log here; write one with `kztimeline init`", path=str(path)) from error
    fields = _object(data.removesuffix(b"\n"), file, 1)
    _check_format(fields, file)
    if set(fields) != {"created", "format", "holder", "name"} or canonical_bytes(fields) + b"\n" != data:
        raise IntegrityError("the genesis is not as it was written", path=str(file), line=1)
    return Genesis(hashlib.sha256(data).hexdigest(), str(fields["name"]), str(fields["holder"]), str(fields["created"]))


def read_segment(file: Path, genesis: Genesis) -> Segment:
    """Read one segment and check name, header, count and root."""
    if not _NAME.fullmatch(file.name):
        raise IntegrityError("not the name of a segment; move foreign files elsewhere", path=str(file))
    data = file.read_bytes()
    if not data.endswith(b"\n"):
        raise IntegrityError("the last line has no end: the file was cut", path=str(file), line=data.count(b"\n") + 1)
    first, *lines = data[:-1].split(b"\n")
    header = _header(first, file)
    identity = segment_id(first)
    if file_name(header, identity) != f"{file.parent.name}/{file.name}":
        raise IntegrityError("the header does not hash to the file's name", path=str(file), line=1)
    if header.genesis != genesis.id:
        raise IntegrityError("the segment belongs to another log", path=str(file), line=1)
    if len(lines) != header.count:
        raise IntegrityError(
            f"{len(lines)} lines where the header says {header.count}", path=str(file), line=len(lines) + 1
        )
    ids = tuple(_leaf(line, file, number) for number, line in enumerate(lines, start=2))
    if merkle_root(ids) != header.root or marks(ids) != header.marks:
        raise _damage(header, lines, ids, file)
    return Segment(identity, file, header, tuple(lines), ids)


def _leaf(line: bytes, file: Path, number: int) -> str:
    """Hash a line, or take the id that a redaction keeps in its place."""
    if line.startswith(b'{"redacted":"'):
        redacted = _object(line, file, number).get("redacted")
        if not isinstance(redacted, str) or not _HASH.fullmatch(redacted):
            raise IntegrityError("a redaction without the id it stands for", path=str(file), line=number)
        return redacted
    return event_id(line)


def marks(ids: Iterable[str]) -> str:
    """Shorten ids to what tells a damaged line from the others."""
    return "".join(identity[:4] for identity in ids)


def _damage(header: Header, lines: list[bytes], ids: tuple[str, ...], file: Path) -> IntegrityError:
    """Name the line that does not hash to its mark, or else the segment."""
    for number, (line, identity) in enumerate(zip(lines, ids, strict=True), start=2):
        if header.marks[4 * (number - 2) : 4 * (number - 1)] != identity[:4]:
            return IntegrityError(f"a damaged line: {_complaint(line)}", path=str(file), line=number)
    return IntegrityError("the lines do not hash to the root in the header", path=str(file), line=1)


def _complaint(line: bytes) -> str:
    try:
        whole = canonical_bytes(read_object(line)) == line
    except EventError as error:
        return str(error)
    return "it does not hash to its mark in the header" if whole else "it is not written canonically"


def _header(line: bytes, file: Path) -> Header:
    fields = _object(line, file, 1, limit=MAX_HEADER)
    _check_format(fields, file)
    try:
        header = Header(
            count=_whole(fields["count"]),
            genesis=_matched(fields["genesis"], _HASH),
            marks=_matched(fields["marks"], _MARKS),
            note=str(fields["note"]),
            parents=tuple(_matched(parent, _HASH) for parent in _items(fields["parents"])),
            recorded=_matched(fields["recorded"], _RECORDED),
            root=_matched(fields["root"], _HASH),
            writer=str(fields["writer"]),
        )
    except (KeyError, ValueError) as error:
        raise IntegrityError(f"a header without a proper {error}", path=str(file), line=1) from error
    if header_line(header) != line:
        raise IntegrityError("the header is not as it was written", path=str(file), line=1)
    return header


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("count")
    return value


def _matched(value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"hash or moment: {value!r}")
    return value


def _items(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("list of parents")
    return value


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


def ordered(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Put parents before children; among equals by when they were recorded, then id."""
    left = {segment.id: segment for segment in sorted(segments, key=lambda s: (s.header.recorded, s.id))}
    placed: dict[str, Segment] = {}
    known = set(left)
    while left:
        ready = [s for s in left.values() if all(parent in placed for parent in s.header.parents)]
        if not ready:
            segment = next(iter(left.values()))
            missing = sorted({p for s in left.values() for p in s.header.parents if p not in known})
            _no_parent(segment, missing)
        for segment in ready:
            placed[segment.id] = left.pop(segment.id)
    return tuple(placed.values())


def _no_parent(segment: Segment, missing: list[str]) -> None:
    if missing:
        raise MissingParentError(f"its parent {missing[0][:16]} is not in the log", path=str(segment.path), line=1)
    raise LogError("segments name each other as parents", path=str(segment.path), line=1)
