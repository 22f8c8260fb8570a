"""What lies at hand between two appends of one timeline, so that each reads only what is new in the log."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import is_
from pathlib import Path
from threading import Lock
from weakref import WeakSet

from attrs import define, field

from kztimeline.codec import Line
from kztimeline.events import Retraction
from kztimeline.groups import Groups
from kztimeline.log import Log, Pen, Receipt, Segment
from kztimeline.registry import Definition, Registry, build
from kztimeline.stores import hold, read_stored
from kztimeline.views import read_placed
from kztimeline.wire import many_values

Put = Callable[..., Receipt]
"""Appends canonical lines as one segment, perhaps with the values that they were written from; told its ``note``,
``writer``, ``recorded`` and ``expected_head``."""
_DEFINED = b'"kind":"defined-'
"""Stands in every line that defines something, and in no claim."""
_TAKEN_BACK = b'"kind":"retracted"'
"""Stands in every line that takes another back, and in no claim."""
_ACTS = re.compile(rb'"target":"([0-9a-f]{64})"')
"""Stands in every line that acts on another, and in no claim."""


@define(eq=False)
class Desk:
    """The log as it was last read for writing: a pen, its lines as values, and what they define.

    ``known`` are the ids that it shows. Claims are read only once somebody asks, definitions at once; ``own`` holds those that
    were appended from here since, by segment and id. ``lock`` keeps two threads apart.
    """

    path: Path
    pen: Pen = field(init=False, factory=Pen)
    lock: Lock = field(init=False, factory=Lock)
    own: dict[str, Mapping[str, Definition]] = field(init=False, factory=dict)
    known: set[str] = field(init=False, factory=set)
    _defined: dict[str, Definition] = field(init=False, factory=dict)
    _taken_back: set[str] = field(init=False, factory=set)
    _read: tuple[Segment, ...] = field(init=False, default=())
    _segments: list[tuple[Segment, Mapping[str, bytes] | None]] = field(init=False, factory=list)
    """Each segment with the lines that it shows, by id; ``None`` for all of them."""
    _registry: Registry | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        _DESKS.add(self)

    def __reduce__(self) -> tuple[type[Desk], tuple[Path]]:
        """A copy in another process begins anew."""
        return Desk, (self.path,)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """What defines something and was not taken back, in the order of the log."""
        return tuple(value for identity, value in self._defined.items() if identity not in self._taken_back)

    def gone(self, identity: str) -> bool:
        """Tell whether the log has a line with this id that was taken back or redacted."""
        return identity in self._taken_back or (identity in self.pen.held and identity not in self.known)

    @property
    def registry(self) -> Registry:
        """What can be named; assembled again only where something was defined since."""
        if self._registry is None:
            self._registry = build(self.definitions)
        return self._registry

    def lines(self, named: Collection[str]) -> dict[str, Line]:
        """Read lines by their ids, each with the lines that it acts on and all that act on it, or on the same.

        What the log does not show is left out. Raises :class:`IntegrityError` for one that says nothing we know.
        """
        families = Groups[str]()
        for _, identity, line in self._shown(lambda segment: _ACTS.search(segment.data)):
            if (found := _ACTS.search(line)) is not None:
                families.join((identity, found[1].decode()))
        wanted = {families.find(identity) for identity in named}
        members = {identity for identity in [*families.parent] if families.find(identity) in wanted}
        shown = self._shown(lambda segment: not members.isdisjoint(segment.ids))
        return {i: read_placed(segment, i, line).value for segment, i, line in shown if i in members}

    def _shown(self, of: Callable[[Segment], object]) -> Iterator[tuple[Segment, str, bytes]]:
        """Yield the lines that some segments show, each with its id."""
        for segment, shown in self._segments:
            if of(segment):
                pairs = zip(segment.ids, segment.lines, strict=True) if shown is None else shown.items()
                yield from ((segment, identity, line) for identity, line in pairs)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Put]:
        """Keep every other writer out, take up what is new in the log, and give what appends canonical lines to it.

        What is found right is then still right when it is written. Raises what reading a log raises.
        """
        with self.lock:
            if not self._read:
                self._see(read_stored(self.path, self.pen))  # the first reading is long: nobody has to wait for it
            with hold(self.path, self.pen) as (log, append), many_values():
                self._see(log)

                def put(lines: Sequence[bytes], values: Sequence[Line] = (), **told: str | None) -> Receipt:
                    done = append(lines, **told)
                    if done.segment is not None:
                        self.own[done.segment] = _as_read(done.ids, values, lines)
                    return done

                yield put

    @contextlib.contextmanager
    def looking(self) -> Iterator[Desk]:
        """Take up what is new in the log, and lie still until the context ends. Raises what reading a log raises."""
        with self.lock:
            self._see(read_stored(self.path, self.pen))
            yield self

    def _see(self, log: Log) -> None:
        """Take up what is new in a log that was just read; where old lines are others now, all of them."""
        new = log.segments[len(self._read) :]
        same = len(self._read) <= len(log.segments) and all(map(is_, self._read, log.segments))
        if not same or any(segment.redacted for segment in new):
            self._clear()
            new = log.segments
        try:
            for segment in new:
                self._take(segment, log)
        except BaseException:
            self._clear()
            raise
        self._read = log.segments

    def _take(self, segment: Segment, log: Log) -> None:
        """Take up a segment: the ids that it shows, and what it defines or takes back; its claims are read once somebody asks."""
        shown = None
        if log.redacted or not self.known.isdisjoint(segment.ids):
            lines = zip(segment.ids, segment.lines, strict=True)
            shown = {i: line for i, line in lines if i not in self.known and i not in log.redacted}
        self.known.update(segment.ids if shown is None else shown)
        self._segments.append((segment, shown))
        if _defines(segment.data):
            pairs = zip(segment.ids, segment.lines, strict=True) if shown is None else shown.items()
            at_hand = self.own.pop(segment.id, {})
            self._define(
                (i, at_hand.get(i) or read_placed(segment, i, line).value) for i, line in pairs if _defines(line)
            )

    def _define(self, lines: Iterable[tuple[str, Line]]) -> None:
        """Take up what lines define, and what they take back."""
        for identity, value in lines:
            if isinstance(value, Definition):
                self._defined[identity] = value
            elif isinstance(value, Retraction):
                self._taken_back.add(value.target)
            else:
                continue
            self._registry = None

    def _clear(self) -> None:
        """Forget what was read."""
        self._read, self._registry = (), None
        for several in (self.known, self._defined, self._taken_back, self._segments):
            several.clear()

    def begin_anew(self) -> None:
        """Lie as if nothing was read yet: what a thread held when the process was forked is given back by nobody here."""
        self.pen, self.lock = Pen(), Lock()
        self.own.clear()
        self._clear()


def _defines(data: bytes) -> bool:
    return _DEFINED in data or _TAKEN_BACK in data


def _as_read(ids: Sequence[str], values: Sequence[Line], lines: Sequence[bytes]) -> dict[str, Definition]:
    """Give the definitions among values that are surely what their lines read back to: text beyond ASCII may be NFC there."""
    found = zip(ids, values, lines, strict=False)
    return {i: value for i, value, line in found if isinstance(value, Definition) and line.isascii()}


_DESKS = WeakSet[Desk]()


def _begin_anew() -> None:
    for desk in [*_DESKS]:
        desk.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
