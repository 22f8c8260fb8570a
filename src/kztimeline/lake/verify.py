"""Everything that the segments and the table of a lake promise, recomputed; and the table for engines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from kztimeline.canonical import event_ids
from kztimeline.errors import IntegrityError, LogError
from kztimeline.lake.records import (
    ASIDE,
    COMMITS,
    TABLE,
    Recorded,
    commit_name,
    deltalake,
    is_lake,
    recorded_by,
    recorded_in,
    whole,
    with_lines,
)
from kztimeline.log import Report, Segment, read_log, verify
from kztimeline.log.files import LOCAL

if TYPE_CHECKING:
    from deltalake import DeltaTable


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
            said = recorded_by(segment)
            known.update(piece.path for piece in (*said.commits, *said.files))
            whole = with_lines(segment, path)
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
    first = f"{COMMITS}/{commit_name(0)}"
    here = [name for name in LOCAL.names(path / TABLE) if name not in (COMMITS, ASIDE)]
    here += [f"{COMMITS}/{name}" for name in LOCAL.names(path / TABLE / COMMITS)]
    for name in sorted(here):
        if name not in known and name != first:
            yield f"{TABLE}/{name}: no segment records it; the next append puts it aside, or move it elsewhere"


def table_at(path: Path, head: str | None = None) -> DeltaTable:
    """Open the Delta table as it stood at a head (default: now), for an engine that reads its ``file_uris()``.

    Every file is checked first. Raises :class:`IntegrityError` where the table lists others than were recorded.
    """
    delta = deltalake()
    log = read_log(path)
    said = recorded_in(log if head is None else log.at(head))
    files = [file for one in said for file in one.files]
    for file in (*files, *(commit for one in said for commit in one.commits)):
        whole(path, file)
    table: DeltaTable = delta.DeltaTable(path / TABLE, version=max((one.version for one in said), default=0))
    listed = {Path(uri).name for uri in table.file_uris()}
    if listed != {file.path for file in files}:
        raise IntegrityError("the table lists other files than the segments record", path=str(path / TABLE))
    return table
