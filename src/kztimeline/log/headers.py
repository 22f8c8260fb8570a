"""First lines: what ``log.json`` and the header of a segment say, how they are written, read and named.

``docs/format.md`` describes the bytes. Nothing here touches a file.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from attrs import frozen

from kztimeline.canonical import MAX_LINE, canonical_bytes, is_canonical, read_object
from kztimeline.errors import EventError, FormatTooNewError, IntegrityError

FORMAT = 1
GENESIS = "log.json"
MAX_HEADER = 100_000_000
"""A header carries four bytes for each line of its segment."""
STEM = 32
"""So many digits of a segment's id stand in its file's name."""
RETURNS = "it ends in a carriage return; fetch the file again with `* -text` in .gitattributes"
_RECORDED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z", re.ASCII)
_MARKS = re.compile(r"[0-9a-f]*", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ENCODE = msgspec.json.Encoder().encode


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


def segment_id(header_line: bytes) -> str:
    """Hash a header line without its newline: SHA-256, as hex."""
    return hashlib.sha256(header_line).hexdigest()


def file_name(header: Header, identity: str) -> str:
    """Name a segment's file by when it was recorded and the first digits of its id."""
    stamp = header.recorded.replace("-", "").replace(":", "")
    return f"{header.recorded[:4]}/{stamp}-{identity[:STEM]}.jsonl"


def header_line(header: Header) -> bytes:
    """Write a header as its line: at once where it is of ASCII, which is NFC, else the strict way."""
    fields = {
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
    line = b""
    with contextlib.suppress(TypeError, UnicodeEncodeError):  # text of a kind of its own, half a character
        line = _ENCODE(fields)
    return line if line and line.isascii() else canonical_bytes(fields)


def marks(ids: Iterable[str]) -> str:
    """Shorten ids to what tells a damaged line from the others."""
    return "".join([identity[:4] for identity in ids])


def moment(text: str) -> str:
    """Give back a moment that is written as a header writes it. Raises :class:`EventError`."""
    if isinstance(text, str) and _RECORDED.fullmatch(text):
        try:
            datetime.date.fromisoformat(text[:10])
        except ValueError as error:
            raise EventError(f"not a moment: {text!r}; {error}") from error
        return text
    raise EventError(f"not a moment: {text!r}; write UTC in whole seconds, 2026-11-24T11:00:00Z")


def genesis_id(data: bytes) -> str:
    """Hash the bytes of ``log.json``: SHA-256, as hex."""
    return hashlib.sha256(data).hexdigest()


def genesis_of(data: bytes, file: Path) -> Genesis:
    """Take the bytes of ``log.json`` apart. Raises :class:`IntegrityError` or :class:`FormatTooNewError`."""
    fields = _object(data.removesuffix(b"\n"), file, 1)
    _check_format(fields, file)
    texts = [fields.get(key) for key in ("name", "holder", "created")]
    known = len(fields) == 4 and all(isinstance(text, str) for text in texts)
    if not known or not is_canonical(data.removesuffix(b"\n")) or not data.endswith(b"\n"):
        raise IntegrityError("the genesis is not as it was written", path=str(file), line=1)
    return Genesis(genesis_id(data), *(str(text) for text in texts))


def header_of(line: bytes, file: Path) -> Header:
    """Take the first line of a segment apart. Raises :class:`IntegrityError` or :class:`FormatTooNewError`."""
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
        raise IntegrityError(f"{said}: {RETURNS}" if line.endswith(b"\r") else said, path=str(file), line=1)
    return header


known_header = msgspec.json.Decoder(Header).decode
"""Reads the first line of a segment that was checked before."""


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
