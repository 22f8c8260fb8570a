"""What the segments of a lake record of its table, and the lines that stand there."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from kztimeline.canonical import read_object
from kztimeline.errors import EventError, IntegrityError, MissingExtraError
from kztimeline.log import Log, Segment, read_log
from kztimeline.log.files import LOCAL

TABLE = "claims"
"""The folder of the table, in the log's folder."""
COMMITS = "_delta_log"
ASIDE = "_unrecorded"
"""Where an append puts what one before it left behind; engines pass over names that begin with a line."""
KIND = "stored-in-table"
FILE = re.compile(r"[^/\\\0]+\.parquet")
_HASH = re.compile(r"[0-9a-f]{64}")


@frozen
class Piece:
    """A file of the table as it was recorded: its path in the table's folder, size in bytes, hash, rows.

    A commit has no rows of its own.
    """

    path: str
    sha256: str
    size: int
    rows: int | None = None


@frozen
class Recorded:
    """What one segment records of the table: its commits since the segment before, and the files they added."""

    version: int
    commits: tuple[Piece, ...]
    files: tuple[Piece, ...]


def is_lake(path: Path) -> bool:
    """Tell whether a folder's lines stand in a Delta table."""
    return os.access(path / TABLE, os.F_OK) and (path / TABLE / COMMITS).is_dir()  # of most logs the first says it


def records_table(data: bytes) -> bool:
    """Tell whether the bytes of a segment record what stands in a table, be the table there or not."""
    return data.startswith(b'\n{"commits":', data.find(b"\n"))


def read_lake(path: Path) -> Log:
    """Read a log with the lines of its table in the place of what its segments record.

    Raises what ``read_log`` raises, and :class:`IntegrityError` for a commit or file that is not as it was recorded.
    """
    return with_table(read_log(path))


def with_table(log: Log) -> Log:
    """Put the lines of the table in the place of what the segments of a log record."""
    return evolve(log, segments=tuple(with_lines(segment, log.path) for segment in log.segments), look=None)


def recorded_in(log: Log) -> tuple[Recorded, ...]:
    """Give what the segments of a log record of its table, in order; ``log`` is as ``read_log`` reads it."""
    return tuple(recorded_by(segment) for segment in log.segments)


def with_lines(segment: Segment, path: Path) -> Segment:
    said = recorded_by(segment)
    for commit in said.commits:
        whole(path, commit)
    pairs = [pair for file in said.files for pair in _rows(path, file)]
    data = b"\n".join([segment.first, *(line for _, line in pairs), b""])
    return evolve(segment, data=data, known=tuple(identity for identity, _ in pairs))


def recorded_by(segment: Segment) -> Recorded:
    """Read the one line of a segment that speaks of the table."""
    try:
        lines = segment.lines
        fields = read_object(lines[0]) if len(lines) == 1 else {}
        if set(fields) != {"kind", "version", "commits", "files"} or fields["kind"] != KIND:
            raise EventError("a segment beside a table that does not record one commit of it")
        return Recorded(_number(fields["version"]), _pieces(fields["commits"], ()), _pieces(fields["files"], ("rows",)))
    except EventError as error:
        raise IntegrityError(
            f"{error}; only appends of the library write here", path=str(segment.path), line=2
        ) from error


def _pieces(value: object, more: tuple[str, ...]) -> tuple[Piece, ...]:
    if not isinstance(value, list):
        raise EventError("files of the table are a list")
    return tuple(_piece(item, more) for item in value)


def _piece(item: object, more: tuple[str, ...]) -> Piece:
    if not isinstance(item, dict) or set(item) != {"path", "sha256", "size", *more}:
        raise EventError("a file of the table has a path, sha256 and size, and rows where it holds claims")
    path, digest = item["path"], item["sha256"]
    folder, _, name = str(path).rpartition("/")
    if folder not in ("", COMMITS) or (folder == "" and not FILE.fullmatch(name)) or not _HASH.fullmatch(str(digest)):
        raise EventError(f"not a file of the table: {path!r}")
    return Piece(str(path), str(digest), _number(item["size"]), _number(item["rows"]) if "rows" in more else None)


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise EventError(f"not a whole number: {value!r}")
    return value


def whole(path: Path, piece: Piece) -> bytes:
    """Read a file of the table and check that it is the one that was recorded."""
    file = path / TABLE / piece.path
    if LOCAL.what(file) != "file":
        raise IntegrityError("a file of the table is gone; put it back from a copy", path=str(file))
    try:
        data = LOCAL.read(file)
    except OSError as error:
        raise IntegrityError(f"cannot be read: {error.strerror}", path=str(file)) from error
    if len(data) != piece.size:
        raise IntegrityError(f"{len(data)} bytes where {piece.size} were recorded", path=str(file))
    if hashlib.sha256(data).hexdigest() != piece.sha256:
        raise IntegrityError("not the bytes that were recorded", path=str(file))
    return data


def _rows(path: Path, piece: Piece) -> Iterator[tuple[str, bytes]]:
    import polars as pl

    data, file = whole(path, piece), str(path / TABLE / piece.path)
    try:
        frame = pl.read_parquet(io.BytesIO(data), columns=["id", "line"], schema={"id": pl.String, "line": pl.String})
    except pl.exceptions.PolarsError as error:
        raise IntegrityError(f"not a file of claims: {str(error).splitlines()[0]}", path=file) from error
    if len(frame) != piece.rows:
        raise IntegrityError(f"{len(frame)} rows where {piece.rows} were recorded", path=file)
    return zip(frame["id"].to_list(), (line.encode() for line in frame["line"].to_list()), strict=True)


def commit_name(version: int) -> str:
    """Name the file of a commit, as Delta does."""
    return f"{version:020}.json"


def deltalake() -> Any:
    """Load the package of the ``lake`` extra."""
    try:
        import deltalake
    except ImportError as error:
        raise MissingExtraError('pip install "kztimeline[lake]"') from error
    return deltalake
