"""Segments as they stand in the folder: reading them, checking that they are what their names say.

``docs/format.md`` describes the bytes. Nothing here writes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property
from pathlib import Path

from attrs import field, frozen

from kztimeline.canonical import event_ids, is_canonical, merkle_root
from kztimeline.errors import EventError, IntegrityError, LogNotFoundError
from kztimeline.log.files import LOCAL, Disk
from kztimeline.log.headers import (
    GENESIS,
    MAX_HEADER,
    RETURNS,
    Genesis,
    Header,
    file_name,
    genesis_of,
    header_line,
    header_of,
    known_header,
    marks,
    segment_id,
)
from kztimeline.log.redactions import Redaction, is_redacted, redaction_of

_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{32}\.jsonl", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)


@frozen(slots=False)
class Segment:
    """One append: its id (SHA-256 of the header line), file, header, and the bytes of the whole file.

    ``redacted`` are the positions of the lines that are redactions; ``known`` are the lines' ids where they were worked
    out already.
    """

    id: str
    path: Path = field(eq=False)
    header: Header = field(eq=False)
    data: bytes = field(eq=False, repr=False)
    redacted: tuple[int, ...] = field(eq=False, default=())
    known: tuple[str, ...] | None = field(eq=False, repr=False, default=None)

    @cached_property
    def name(self) -> str:
        """The year and name that its file has in the log's folder."""
        return file_name(self.header, self.id)

    @property
    def year(self) -> str:
        """The folder in which its file stands in the log's folder."""
        return self.header.recorded[:4]

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


Look = Mapping[str, Mapping[str, object]]
"""What a log is made of, each with its stamp: under ``""`` the genesis and the years, under a year its segments' files."""


def look_at(path: Path, disk: Disk = LOCAL) -> Look:
    """List the genesis, years and segments of a log. Raises :class:`IntegrityError` for a folder that cannot be listed."""
    top = {name: stamp for name, stamp in _names(disk, path).items() if name == GENESIS or _YEAR.fullmatch(name)}
    return {"": top, **{year: _segments(disk, path / year) for year in top if year != GENESIS}}


def _segments(disk: Disk, folder: Path) -> dict[str, object]:
    return {
        name: stamp
        for name, stamp in _names(disk, folder).items()
        if name.endswith(".jsonl") and not name.startswith(".")
    }


def _names(disk: Disk, folder: Path) -> Mapping[str, object]:
    try:
        return disk.names(folder)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise IntegrityError(f"cannot be read: {error.strerror}", path=str(folder)) from error


def segment_names(path: Path, look: Look, disk: Disk = LOCAL) -> list[str]:
    """Name the segment files of a log by year and name, sorted. Raises :class:`IntegrityError` for a year that is a link."""
    years = [year for year in look if year]
    for year in years:
        if disk.what(path / year) == "link":
            raise IntegrityError("a symbolic link; put the folder itself in its place", path=str(path / year))
    return sorted(f"{year}/{name}" for year in years for name in look[year])


def segment_files(path: Path, disk: Disk = LOCAL) -> list[Path]:
    """List the segment files of a log, sorted by name. Raises :class:`IntegrityError` for a folder that is none."""
    return [path / name for name in segment_names(path, look_at(path, disk), disk)]


def read_genesis(path: Path, disk: Disk = LOCAL) -> Genesis:
    """Read ``log.json``.

    Raises :class:`LogNotFoundError`, :class:`IntegrityError` or :class:`FormatTooNewError`.
    """
    file = path / GENESIS
    if disk.what(file) in (None, "folder"):
        raise LogNotFoundError("no log here; write one with `kztimeline init`", path=str(path))
    return genesis_of(_read(file, disk), file)


def read_segment(file: Path, disk: Disk = LOCAL, verified: Verified | None = None) -> Segment:
    """Read one segment and check it by itself: name, header, count, root.

    Bytes that ``verified`` knows under this name are hashed as a whole and not taken apart again; others are added to it.
    Raises :class:`IntegrityError` with the line where it can be told, :class:`FormatTooNewError`.
    """
    data = _read(file, disk)
    if verified is None:
        return segment_of(data, file)
    place = f"{file.parent.name}/{file.name}", hashlib.sha256(data).hexdigest()
    redacted = verified.get(place)
    if redacted is not None:
        first = data[: data.index(b"\n")]
        return Segment(segment_id(first), file, known_header(first), data, redacted)
    segment = segment_of(data, file)
    verified[place] = segment.redacted
    return segment


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
    header = header_of(first, file)
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


def segment_made(path: Path, header: Header, lines: Mapping[str, bytes]) -> Segment:
    """Make the segment of a header and its lines by id, to be placed in a log's folder: what :func:`segment_of` would give.

    Raises :class:`EventError` for a header that no reader would take, or a line that is several.
    """
    first = header_line(header)
    if len(first) > MAX_HEADER:
        raise EventError(
            f"a header of {len(first)} bytes, more than {MAX_HEADER}; append fewer lines, with a shorter note"
        )
    data = b"\n".join([first, *lines.values(), b""])
    if not data.count(b"\n") == len(lines) + 1 == header.count + 1:
        raise EventError("a line to append holds line breaks; write it as canonical_bytes does")
    identity, header = segment_id(first), known_header(first)
    return Segment(identity, path / file_name(header, identity), header, data, known=tuple(lines))


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
        return RETURNS
    try:
        whole = is_canonical(line)
    except EventError as error:
        return str(error)
    return "it does not hash to its mark in the header" if whole else "it is not written canonically"
