"""Append to a lake: one commit of the table, brought to the disk, and the segment that records it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve

from kztimeline.canonical import canonical_bytes, event_ids
from kztimeline.errors import IntegrityError
from kztimeline.lake.records import (
    ASIDE,
    COMMITS,
    FILE,
    KIND,
    TABLE,
    Piece,
    Recorded,
    commit_name,
    deltalake,
    recorded_in,
    with_table,
)
from kztimeline.log import Log, Pen, Receipt, append_held, check_lines, create
from kztimeline.log.files import LOCAL, make_folders

_MARK = "kztimeline"
_SETTINGS = {"delta.appendOnly": "true", "delta.dataSkippingNumIndexedCols": "0"}
"""No engine may take rows away, and no commit repeats the words of a line."""


def create_lake(path: Path, *, name: str, holder: str, created: str | None = None) -> Log:
    """Begin an empty log whose lines will stand in a Delta table.

    Raises what ``create`` raises, and :class:`MissingExtraError` without the ``lake`` extra.
    """
    delta = deltalake()
    log = create(path, name=name, holder=holder, created=created)
    columns = delta.Schema([delta.Field(column, "string", nullable=False) for column in ("id", "line")])
    delta.DeltaTable.create(
        path / TABLE, columns, configuration=_SETTINGS, commit_properties=_properties(delta, log.head)
    )
    _synced(path, [f"{COMMITS}/{commit_name(0)}"])
    return log


@contextlib.contextmanager
def hold_lake(path: Path) -> Iterator[tuple[Log, Callable[..., Receipt]]]:
    """Keep other writers out; gives the log with its table's lines, and what appends to it until the context ends.

    What appends takes lines, surely canonical, and the other arguments of :func:`append_lake`. Raises what
    :func:`read_lake` raises.
    """
    pen = Pen()
    with pen.hold(path) as plain:
        log = with_table(plain)
        yield log, partial(_append, pen, {identity for segment in log.segments for identity in segment.ids})


def append_lake(path: Path, lines: Sequence[bytes], **how: Any) -> Receipt:
    """Append events as one commit of the table and the segment that records it; what the log has is left out.

    Takes ``note``, ``writer``, ``recorded`` and ``expected_head`` and raises what ``append_lines`` does, and
    :class:`IntegrityError` where the table holds a commit of somebody else. What an append before this one left unrecorded is
    put aside first: nobody was told that it was there.
    """
    check_lines(lines)
    with hold_lake(path) as (_, append):
        return append(lines, **how)


def _append(
    pen: Pen,
    held: set[str],
    lines: Sequence[bytes],
    *,
    note: str,
    writer: str,
    recorded: str | None = None,
    expected_head: str | None = None,
) -> Receipt:
    delta = deltalake()
    told = partial(append_held, pen, note=note, writer=writer, recorded=recorded, expected_head=expected_head)
    head = told([]).head  # what is refused is refused before the table is touched
    plain = pen.log
    if plain is None:
        raise RuntimeError("a pen that holds no log")
    past = recorded_in(plain)
    version = max((said.version for said in past), default=-1)
    _put_aside(plain.path, past, version)
    ids = event_ids(lines)
    fresh = {identity: line for identity, line in zip(ids, lines, strict=True) if identity not in held}
    known = tuple(identity for identity in dict.fromkeys(ids) if identity in held)
    if not fresh:
        return Receipt(ids, (), known, head, None, None)
    done = told([_line(_committed(delta, plain.path, fresh, head, version))])
    held.update(fresh)
    return evolve(done, ids=ids, added=tuple(fresh), known=known)


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
    commits = [f"{COMMITS}/{commit_name(number)}" for number in range(version + 1, made + 1)]
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
    return canonical_bytes({"commits": commits, "files": files, "kind": KIND, "version": said.version})


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
    files = [path / TABLE / name for name in LOCAL.names(path / TABLE) if FILE.fullmatch(name) and name not in known]
    left = [*(commits[number] for number in sorted(commits, reverse=True)), *sorted(files)]
    if not left:
        return
    aside = path / TABLE / ASIDE / secrets.token_hex(8)
    make_folders(LOCAL, aside)
    for file in left:
        LOCAL.move(file, aside / file.name)
    for folder in (aside, path / TABLE / COMMITS, path / TABLE):
        LOCAL.sync_folder(folder)


def _properties(delta: Any, head: str) -> Any:
    return delta.CommitProperties(custom_metadata={_MARK: head})
