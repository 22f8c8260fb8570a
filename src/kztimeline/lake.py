"""A log whose lines stand in a Delta table: for logs that outgrow text, and engines that read Parquet.

The folder is a log like any other, with a table ``claims`` (``id``, ``line``) beside the segments. Each append is one
commit of the table, synced to the disk; then a segment of one line records the commit and its files with their
SHA-256, and with it the append is acknowledged. What no segment records is not of the log. ``docs/scale.md`` describes
the bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from kztimeline.canonical import canonical_bytes, event_ids, read_object
from kztimeline.errors import EventError, IntegrityError, LogError, MissingExtraError
from kztimeline.log import (
    Log,
    Receipt,
    Report,
    Segment,
    append_lines,
    check_lines,
    create,
    read_log,
    verify,
)
from kztimeline.log.files import LOCAL, make_folders

if TYPE_CHECKING:
    from deltalake import DeltaTable

TABLE = "claims"
"""The folder of the table, in the log's folder."""
COMMITS = "_delta_log"
ASIDE = "_unrecorded"
"""Where an append puts what one before it left behind; engines pass over names that begin with a line."""
_KIND = "stored-in-table"
_MARK = "kztimeline"
_FILE = re.compile(r"[^/\\\0]+\.parquet")
_HASH = re.compile(r"[0-9a-f]{64}")
_SETTINGS = {"delta.appendOnly": "true", "delta.dataSkippingNumIndexedCols": "0"}
"""No engine may take rows away, and no commit repeats the words of a line."""


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
    return (path / TABLE / COMMITS).is_dir()


def records_table(data: bytes) -> bool:
    """Tell whether the bytes of a segment record what stands in a table, be the table there or not."""
    return data.startswith(b'\n{"commits":', data.find(b"\n"))


# --- reading --------------------------------------------------------------------------------------------------


def read_lake(path: Path) -> Log:
    """Read a log with the lines of its table in the place of what its segments record.

    Raises what ``read_log`` raises, and :class:`IntegrityError` for a commit or file that is not as it was recorded.
    """
    log = read_log(path)
    return evolve(log, segments=tuple(_with_lines(segment, log.path) for segment in log.segments), look=None)


def recorded_in(log: Log) -> tuple[Recorded, ...]:
    """Give what the segments of a log record of its table, in order; ``log`` is as ``read_log`` reads it."""
    return tuple(_recorded(segment) for segment in log.segments)


def _with_lines(segment: Segment, path: Path) -> Segment:
    said = _recorded(segment)
    for commit in said.commits:
        _whole(path, commit)
    pairs = [pair for file in said.files for pair in _rows(path, file)]
    data = b"\n".join([segment.first, *(line for _, line in pairs), b""])
    return evolve(segment, data=data, known=tuple(identity for identity, _ in pairs))


def _recorded(segment: Segment) -> Recorded:
    """Read the one line of a segment that speaks of the table."""
    try:
        lines = segment.lines
        fields = read_object(lines[0]) if len(lines) == 1 else {}
        if set(fields) != {"kind", "version", "commits", "files"} or fields["kind"] != _KIND:
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
    if folder not in ("", COMMITS) or (folder == "" and not _FILE.fullmatch(name)) or not _HASH.fullmatch(str(digest)):
        raise EventError(f"not a file of the table: {path!r}")
    return Piece(str(path), str(digest), _number(item["size"]), _number(item["rows"]) if "rows" in more else None)


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise EventError(f"not a whole number: {value!r}")
    return value


def _whole(path: Path, piece: Piece) -> bytes:
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

    data, file = _whole(path, piece), str(path / TABLE / piece.path)
    try:
        frame = pl.read_parquet(io.BytesIO(data), columns=["id", "line"], schema={"id": pl.String, "line": pl.String})
    except pl.exceptions.PolarsError as error:
        raise IntegrityError(f"not a file of claims: {str(error).splitlines()[0]}", path=file) from error
    if len(frame) != piece.rows:
        raise IntegrityError(f"{len(frame)} rows where {piece.rows} were recorded", path=file)
    return zip(frame["id"].to_list(), (line.encode() for line in frame["line"].to_list()), strict=True)


# --- writing --------------------------------------------------------------------------------------------------


def create_lake(path: Path, *, name: str, holder: str, created: str | None = None) -> Log:
    """Begin an empty log whose lines will stand in a Delta table.

    Raises what ``create`` raises, and :class:`MissingExtraError` without the ``lake`` extra.
    """
    delta = _deltalake()
    log = create(path, name=name, holder=holder, created=created)
    columns = delta.Schema([delta.Field(column, "string", nullable=False) for column in ("id", "line")])
    delta.DeltaTable.create(
        path / TABLE, columns, configuration=_SETTINGS, commit_properties=_properties(delta, log.head)
    )
    _synced(path, [f"{COMMITS}/{_commit_name(0)}"])
    return log


def append_lake(
    path: Path,
    lines: Sequence[bytes],
    *,
    note: str,
    writer: str,
    recorded: str | None = None,
    expected_head: str | None = None,
) -> Receipt:
    """Append events as one commit of the table and the segment that records it; what the log has is left out.

    Raises what ``append_lines`` raises, and :class:`IntegrityError` where the table holds a commit of somebody else.
    What an append before this one left unrecorded is put aside first: nobody was told that it was there.
    """
    delta = _deltalake()
    check_lines(lines)
    with LOCAL.locked(path / TABLE / COMMITS / _commit_name(0)):
        append_lines(path, [], note=note, writer=writer, recorded=recorded, expected_head=expected_head)
        plain = read_log(path)
        past = recorded_in(plain)
        version = max((said.version for said in past), default=-1)
        _put_aside(path, past, version)
        held = {identity for segment in read_lake(path).segments for identity in segment.ids}
        ids = event_ids(lines)
        fresh = {identity: line for identity, line in zip(ids, lines, strict=True) if identity not in held}
        known = tuple(identity for identity in dict.fromkeys(ids) if identity in held)
        if not fresh:
            return Receipt(ids, (), known, plain.head, None, None)
        said = _committed(delta, path, fresh, plain.head, version)
        done = append_lines(path, [_line(said)], note=note, writer=writer, recorded=recorded, expected_head=plain.head)
    return Receipt(ids, tuple(fresh), known, done.head, done.segment, done.path)


def _committed(delta: Any, path: Path, fresh: Mapping[str, bytes], head: str, version: int) -> Recorded:
    """Commit lines to the table, bring every file of it to the disk, and say what is there."""
    import polars as pl

    frame = pl.DataFrame({"id": list(fresh), "line": [line.decode() for line in fresh.values()]})
    hooks = delta.PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
    delta.write_deltalake(
        path / TABLE, frame, mode="append", commit_properties=_properties(delta, head), post_commithook_properties=hooks
    )
    made = max(_commits(path))
    if made != max(version, 0) + 1:
        said = f"commit {made} where {max(version, 0) + 1} was due; somebody else writes to the table"
        raise IntegrityError(said, path=str(path / TABLE))
    commits = [f"{COMMITS}/{_commit_name(number)}" for number in range(version + 1, made + 1)]
    added = [name for commit in commits for name in _added(path / TABLE / commit)]
    _synced(path, [*added, *commits])
    files = tuple(_measured(path, name, rows) for name, rows in _row_counts(path, added))
    return Recorded(made, tuple(_measured(path, name, None) for name in commits), files)


def _row_counts(path: Path, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    import polars as pl

    return ((name, pl.scan_parquet(path / TABLE / name).select(pl.len()).collect().item()) for name in names)


def _measured(path: Path, name: str, rows: int | None) -> Piece:
    data = LOCAL.read(path / TABLE / name)
    return Piece(name, hashlib.sha256(data).hexdigest(), len(data), rows)


def _line(said: Recorded) -> bytes:
    """Write what a segment records of the table as its line."""
    commits = [{"path": p.path, "sha256": p.sha256, "size": p.size} for p in said.commits]
    files = [{"path": p.path, "rows": p.rows, "sha256": p.sha256, "size": p.size} for p in said.files]
    return canonical_bytes({"commits": commits, "files": files, "kind": _KIND, "version": said.version})


def _synced(path: Path, names: Sequence[str]) -> None:
    """Return when files of the table and the folders they stand in are on the disk."""
    for name in names:
        handle = os.open(path / TABLE / name, os.O_RDONLY)
        try:
            LOCAL.sync(handle)
        finally:
            LOCAL.close(handle)
    for folder in (path / TABLE / COMMITS, path / TABLE, path):
        LOCAL.sync_folder(folder)


def _commit_name(version: int) -> str:
    return f"{version:020}.json"


def _commits(path: Path) -> dict[int, Path]:
    """Find the commits in the table's folder by their numbers."""
    folder = path / TABLE / COMMITS
    named = [(name, re.fullmatch(r"([0-9]{20})\.json", name)) for name in sorted(LOCAL.names(folder))]
    return {int(found[1]): folder / name for name, found in named if found}


def _actions(commit: Path) -> list[dict[str, Any]] | None:
    """Read a commit of the table; ``None`` where it was cut short."""
    try:
        actions = [json.loads(line) for line in LOCAL.read(commit).splitlines()]
    except ValueError:
        return None
    return actions if actions and all(isinstance(action, dict) for action in actions) else None


def _added(commit: Path) -> list[str]:
    """Name the files that a commit adds, as they stand in the table's folder."""
    from urllib.parse import unquote

    return [unquote(action["add"]["path"]) for action in _actions(commit) or () if "add" in action]


def _put_aside(path: Path, past: Iterable[Recorded], version: int) -> None:
    """Put aside what an append left unrecorded, so that the table is what the log says it is.

    A whole commit that this log did not make is somebody's: it is refused, and nothing is moved.
    """
    commits = {number: commit for number, commit in _commits(path).items() if number > max(version, 0)}
    for number, commit in sorted(commits.items()):
        actions = _actions(commit)
        if actions is not None and not any(_MARK in action.get("commitInfo", {}) for action in actions):
            said = f"commit {number} of the table was not made by this log; move it and its files elsewhere"
            raise IntegrityError(said, path=str(commit))
    known = {file.path for said in past for file in said.files}
    files = [path / TABLE / name for name in LOCAL.names(path / TABLE) if _FILE.fullmatch(name) and name not in known]
    left = [*(commits[number] for number in sorted(commits, reverse=True)), *sorted(files)]
    if not left:
        return
    aside = path / TABLE / ASIDE / secrets.token_hex(8)
    make_folders(LOCAL, aside)
    for file in left:
        LOCAL.move(file, aside / file.name)
    for folder in (aside, path / TABLE / COMMITS, path / TABLE):
        LOCAL.sync_folder(folder)


# --- checking, and handing over to engines --------------------------------------------------------------------


def verify_lake(path: Path, *, seen: Sequence[str] = ()) -> Report:
    """Recompute everything that the segments and the table promise; nothing is changed.

    Where segments are damaged, the table is not looked at.
    """
    report = verify(path, seen=seen)
    notes = [note for note in report.notes if not note.startswith(f"{TABLE}/")]
    if report.damages:
        return evolve(report, notes=tuple(notes))
    damages: list[LogError] = []
    events, known = 0, set[str]()
    for segment in read_log(path).segments:
        try:
            said = _recorded(segment)
            known.update(piece.path for piece in (*said.commits, *said.files))
            whole = _with_lines(segment, path)
            events += whole.count
            damages += _misnamed(whole, said, path)
        except LogError as error:
            damages.append(error)
    notes += _unrecorded(path, known)
    return evolve(report, events=events, damages=tuple(damages), notes=tuple(notes))


def _misnamed(segment: Segment, said: Recorded, path: Path) -> Iterator[IntegrityError]:
    """Name a line of a segment's files that does not hash to its id."""
    for given, found in zip(segment.ids, event_ids(segment.lines), strict=True):
        if given != found:
            where = path / TABLE / said.files[0].path
            yield IntegrityError(f"the line of {given[:16]} hashes to {found[:16]}", path=str(where))


def _unrecorded(path: Path, known: Collection[str]) -> Iterator[str]:
    """Name files of the table that no segment records."""
    if not is_lake(path):
        return
    first = f"{COMMITS}/{_commit_name(0)}"
    here = [name for name in LOCAL.names(path / TABLE) if name not in (COMMITS, ASIDE)]
    here += [f"{COMMITS}/{name}" for name in LOCAL.names(path / TABLE / COMMITS)]
    for name in sorted(here):
        if name not in known and name != first:
            yield f"{TABLE}/{name}: no segment records it; the next append puts it aside, or move it elsewhere"


def table_at(path: Path, head: str | None = None) -> DeltaTable:
    """Open the Delta table as it stood at a head (default: now), for an engine that reads its ``file_uris()``.

    Every file is checked first. Raises :class:`IntegrityError` where the table lists others than were recorded.
    """
    delta = _deltalake()
    log = read_log(path)
    said = recorded_in(log if head is None else log.at(head))
    files = [file for one in said for file in one.files]
    for file in (*files, *(commit for one in said for commit in one.commits)):
        _whole(path, file)
    table: DeltaTable = delta.DeltaTable(path / TABLE, version=max((one.version for one in said), default=0))
    listed = {Path(uri).name for uri in table.file_uris()}
    if listed != {file.path for file in files}:
        raise IntegrityError("the table lists other files than the segments record", path=str(path / TABLE))
    return table


def _properties(delta: Any, head: str) -> Any:
    return delta.CommitProperties(custom_metadata={_MARK: head})


def _deltalake() -> Any:
    try:
        import deltalake
    except ImportError as error:
        raise MissingExtraError('pip install "kztimeline[lake]"') from error
    return deltalake
