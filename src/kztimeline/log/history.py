"""A log as it stood: its segments in order, its heads, and every earlier state.

``docs/format.md`` describes the order and the heads. Nothing here writes.
"""

from __future__ import annotations

import hashlib
import heapq
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import combinations
from pathlib import Path

from attrs import define, field

from kztimeline.errors import IntegrityError, LogError, MissingParentError, UnknownNameError
from kztimeline.log.files import LOCAL, Disk
from kztimeline.log.headers import GENESIS, STEM, Genesis
from kztimeline.log.redactions import Redaction, is_redacted
from kztimeline.log.segments import Look, Segment, Verified, look_at, read_genesis, read_segment, segment_names

THREADS = 4
"""So many files are hashed side by side, where there are as many processors."""
LATEST = 1_000
"""A state of two heads that nothing was appended to is looked for among so many of the latest segments."""


@define(frozen=True, slots=False)
class Log:
    """A log as it stood when it was read: segments with parents before children."""

    path: Path
    genesis: Genesis
    segments: tuple[Segment, ...] = field(repr=False)
    whole: Log | None = field(default=None, repr=False, eq=False)
    """The log that this earlier state was cut from: what it keeps redacted is shown in no state."""
    look: Look | None = field(default=None, repr=False, eq=False)
    """What its files were before they were read, where these segments are what stands in them."""

    @cached_property
    def by_id(self) -> Mapping[str, Segment]:
        """Segments by their full ids."""
        return {segment.id: segment for segment in self.segments}

    @cached_property
    def by_name(self) -> Mapping[str, Segment]:
        """Segments by the year and name of their files."""
        return {segment.name: segment for segment in self.segments}

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """Ids of the segments that no other names as a parent, sorted."""
        named = {parent for segment in self.segments for parent in segment.header.parents}
        return tuple(sorted(segment.id for segment in self.segments if segment.id not in named))

    @cached_property
    def head(self) -> str:
        """The id of this state: the one head, the genesis of an empty log, or a hash over several heads."""
        return joined_head(self.heads, self.genesis)

    def grown(self, segment: Segment, look: Look | None) -> Log:
        """Give the log with one segment more, of events alone, which stands on all of its heads.

        What follows from that is not worked out anew.
        """
        log = Log(self.path, self.genesis, (*self.segments, segment), look=look)
        vars(log).update(heads=(segment.id,), by_id={**self.by_id, segment.id: segment}, redacted=self.redacted)
        return log

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

        A joined head is found where something was appended to its state. One of two heads that nothing was
        appended to is found by all of its 64 digits. Raises :class:`UnknownNameError` where no state of this
        log has that head, or several have.
        """
        if len(head) < 8:
            raise UnknownNameError(f"{head!r} is too short for a head; write 8 or more of its digits")
        found = {name: tips for name, tips in self._states() if name.startswith(head)}
        if not found and len(head) == 64:
            found.update((head, tips) for tips in self._pairs() if joined_head(tips, self.genesis) == head)
        if len(found) != 1:
            said = "several segments begin with" if found else "no state of this log is"
            raise UnknownNameError(f"{said} {head!r}; `kztimeline log` lists the heads")
        return self._until(*found.values())

    def recorded_until(self, moment: str) -> Log:
        """Give the log as it stood at a moment, written as in a header (``2026-11-24T11:00:00Z``)."""
        return self._until(s.id for s in self.segments if s.header.recorded <= moment)

    def _until(self, tips: Iterable[str]) -> Log:
        kept = self.ancestry(tips)
        segments = tuple(s for s in self.segments if s.id in kept)
        return Log(self.path, self.genesis, segments, self.whole or self)

    def _states(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the heads that a state is sure to have had, each with the segments it ended with."""
        yield self.genesis.id, ()
        yield self.head, self.heads
        for segment in self.segments:
            yield segment.id, (segment.id,)
            yield joined_head(segment.header.parents, self.genesis), segment.header.parents

    def _pairs(self) -> Iterator[tuple[str, str]]:
        return combinations(sorted(segment.id for segment in self.segments[-LATEST:]), 2)

    def __iter__(self) -> Iterator[tuple[Segment, str, bytes]]:
        """Yield every line once, in order, with its segment and id.

        A redaction is yielded as it stands; an event that any segment keeps redacted is nowhere shown.
        """
        seen: set[str] = set()
        redacted = self.redacted
        for segment in self.segments:
            for identity, line in zip(segment.ids, segment.lines, strict=True):
                if identity not in seen and (identity not in redacted or is_redacted(line)):
                    seen.add(identity)
                    yield segment, identity, line

    @cached_property
    def redacted(self) -> Mapping[str, Redaction]:
        """The redactions by the ids of the events they stand for; one with a reason before one without."""
        if self.whole is not None:
            return self.whole.redacted
        stubs = [stub for segment in self.segments if segment.redacted for _, stub in segment.stubs]
        return {stub.id: stub for stub in sorted(stubs, key=lambda stub: (stub.reason is not None, stub.id))}


def joined_head(heads: Sequence[str], genesis: Genesis) -> str:
    """Name a state by its heads: the only one, the genesis if there is none, else a hash over all."""
    if not heads:
        return genesis.id
    return heads[0] if len(heads) == 1 else hashlib.sha256(b"\x02" + "".join(heads).encode()).hexdigest()


def read_log(path: Path, disk: Disk = LOCAL, *, verified: Verified | None = None, before: Log | None = None) -> Log:
    """Read a log and check every hash on the way; for ``verified`` see :func:`read_segment`.

    Segments that ``before`` read are read again only if their files changed.

    Raises :class:`LogNotFoundError`, :class:`IntegrityError` (with file and line),
    :class:`MissingParentError` or :class:`FormatTooNewError`; changes nothing.
    """
    before = None if before is None or before.path != path else before.whole or before
    look = look_at(path, disk)
    if before is not None and before.look == look:
        return before
    while True:
        genesis, names = read_genesis(path, disk), segment_names(path, look, disk)
        segments = _read(path, names, disk, _unchanged(before, look), verified)
        if before is not None and before.genesis == genesis and _same(segments, before.segments):
            return Log(path, genesis, before.segments, look=look)
        damage = next(misfits(path, genesis, segments), None)
        if damage is None:
            return Log(path, genesis, ordered(segments), look=look)
        look = look_at(path, disk)
        if segment_names(path, look, disk) == names or not isinstance(damage, MissingParentError):
            raise damage  # else a writer was faster than the listing, which saw a child and not its parent


def _unchanged(before: Log | None, look: Look) -> Mapping[str, Segment]:
    """Give the segments, by year and name, whose files are as they were before they were read."""
    if before is None or before.look is None:
        return {}
    old = before.look
    same = {
        f"{year}/{name}" for year in look.keys() & old for name in look[year] if look[year][name] == old[year].get(name)
    }
    return {name: segment for name, segment in before.by_name.items() if name in same}


def _read(
    path: Path, names: Iterable[str], disk: Disk, before: Mapping[str, Segment], verified: Verified | None
) -> list[Segment]:
    """Read segments, those excepted that are at hand from ``before``.

    Those that need only be hashed are read in threads, since reading and hashing leave other threads free.
    """

    def one(name: str) -> Segment:
        return before[name] if name in before else read_segment(path / name, disk, verified)

    if not verified:
        return [*map(one, names)]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, THREADS)) as pool:
        return list(pool.map(one, names))


def _same(segments: Collection[Segment], before: Collection[Segment]) -> bool:
    """Tell whether these are the very values that were read before."""
    return len(segments) == len(before) and {*map(id, segments)} == {*map(id, before)}


def misfits(
    path: Path, genesis: Genesis, segments: Sequence[Segment], damaged: Collection[str] = ()
) -> Iterator[IntegrityError]:
    """Name what does not fit together although each file is whole.

    ``damaged`` are the first 32 digits of segments that stand in the folder but cannot be read: they are
    not missing.
    """
    yield from _strangers(path, genesis, segments)
    by_id = {segment.id: segment for segment in segments}
    for segment in segments:
        for parent in segment.header.parents:
            if parent not in by_id and parent[:STEM] not in damaged:
                said = f"its parent {parent[:16]} is not in the log; fetch the segment that the name ends with"
                yield MissingParentError(said, path=str(segment.path), line=1)


def _strangers(path: Path, genesis: Genesis, segments: Sequence[Segment]) -> Iterator[IntegrityError]:
    """Name segments of another log; where all name the same one, the genesis is what is wrong."""
    others = [segment for segment in segments if segment.header.genesis != genesis.id]
    named = {segment.header.genesis for segment in others}
    if len(others) == len(segments) and len(named) == 1:
        said = "not the genesis that the segments name; put back the log.json that they were written with"
        yield IntegrityError(said, path=str(path / GENESIS), line=1)
        return
    for segment in others:
        yield IntegrityError("the segment belongs to another log", path=str(segment.path), line=1)


def ordered(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Put parents before children; among those that may come next, by when they were recorded, then id."""
    by_id = {segment.id: segment for segment in segments}
    children: dict[str, list[Segment]] = {}
    waiting: dict[str, int] = {}
    for segment in by_id.values():
        waiting[segment.id] = len(segment.header.parents)
        for parent in segment.header.parents:
            children.setdefault(parent, []).append(segment)
    ready = [(s.header.recorded, s.id) for s in by_id.values() if not waiting[s.id]]
    heapq.heapify(ready)
    placed: list[Segment] = []
    while ready:
        segment = by_id[heapq.heappop(ready)[1]]
        placed.append(segment)
        for child in children.get(segment.id, ()):
            waiting[child.id] -= 1
            if not waiting[child.id]:
                heapq.heappush(ready, (child.header.recorded, child.id))
    if len(placed) < len(by_id):
        stuck = min((s for s in by_id.values() if waiting[s.id]), key=lambda s: s.path)
        raise LogError("segments name each other as parents", path=str(stuck.path), line=1)
    return tuple(placed)
