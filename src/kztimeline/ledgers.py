"""One source alone, on one key: its statements, its flows, what it says of each day (R10, R11, R13, R15)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from attrs import field, frozen

from kztimeline.readings import FIRST_DAY, INF, LAST_DAY, Bound, Count
from kztimeline.sums import Flows, Sum, at, summed
from kztimeline.tranches import best_steps, change_days, walk

BEFORE = FIRST_DAY - 1


@frozen
class Anchor:
    """A level stated for a cutoff (first..last possible day); ``closed`` where its scope is complete (R3).

    ``silent`` marks a zero that nobody printed: the scope covers the system and no row names it.
    """

    first: int
    last: int
    count: Count
    closed: bool
    conflict: bool
    silent: bool
    claims: tuple[str, ...]


@frozen
class Level:
    """What a ledger says of a day: unclipped count, whether it is a conflict or rolled back.

    Losses after ``since`` are in the count only if they are the ledger's own (R11).
    """

    count: Count
    conflict: bool
    inferred: bool
    since: int


@frozen(slots=False)
class Ledger:
    """One source's words on one key.

    ``disputed`` are the stretches of days of happenings whose claims exclude each other (R1).
    ``sized`` are deals whose size was changed, as steps beside the gains. ``complete`` are the periods
    (first, last day) that its scope of flows covers. ``opening`` is the first day of holder and system.
    ``reached`` tells that some ledger's gains reach the first statement (R13), ``inferred`` that every
    claim is the reader's conclusion.
    """

    source: str
    gains: Flows
    losses: Flows
    disputed: tuple[tuple[int, int], ...]
    sized: tuple[tuple[Sum, ...], ...]
    anchors: tuple[Anchor, ...]
    complete: tuple[tuple[int, int], ...]
    lag: int
    opening: int | None
    reached: bool
    inferred: bool

    @cached_property
    def newest(self) -> list[int]:
        """Give, for the first n anchors, the latest of their earliest days; those that end before are over."""
        return [BEFORE, *accumulate((anchor.first for anchor in self.anchors), max)]

    @cached_property
    def begins(self) -> int | None:
        """Give the first day on which any of its flows can lie; ``None`` without flows."""
        days = [min(change_days(item)) for item in (*self.gains, *self.losses)]
        return min([*days, *(sums[0].day for sums in self.sized if sums)], default=None)

    def disputes(self, after: int, day: int) -> bool:
        """Tell whether units of a disputed happening can lie after one day, up to another."""
        return any(last > after and first <= day for first, last in self.disputed)


def levels(ledger: Ledger) -> list[tuple[int, Level]]:
    """Give what a ledger says from day to day, as change points in ascending order."""
    segments = [_Segment.of(ledger, None), *(_Segment.of(ledger, anchor) for anchor in ledger.anchors)]
    vague = [(s, s.anchor) for s in segments if s.anchor is not None and s.anchor.first < s.anchor.last]
    points: set[int] = set()
    for segment in segments:
        points.update(segment.points)
    for anchor in ledger.anchors:
        points.update((anchor.first, anchor.last))
    start = _start(ledger)
    if start is None:
        return []
    points.update(_rollback_points(ledger))
    points.update(day for stretch in ledger.disputed for day in stretch)
    points.update(anchor.last + 1 for anchor in ledger.anchors if ledger.disputed)
    points.add(start)
    result: list[tuple[int, Level]] = []
    for day in sorted(point for point in points if point >= start):
        pending = [segment.perhaps(day) for segment, anchor in vague if anchor.first <= day < anchor.last]
        level = _level_on(ledger, segments, pending, day)
        if level is not None and (not result or result[-1][1] != level):
            result.append((day, level))
    return result


def _start(ledger: Ledger) -> int | None:
    """Find the first day on which the ledger is evidence of anything (R13)."""
    days = [] if ledger.begins is None else [ledger.begins]
    if ledger.anchors:
        first = ledger.anchors[0]
        stated = min(anchor.first for anchor in ledger.anchors)
        days.append(stated if ledger.reached or first.silent else ledger.opening or FIRST_DAY)
    if not days:
        return None
    return max(min(days), ledger.opening or FIRST_DAY)


def _level_on(ledger: Ledger, segments: Sequence[_Segment], pending: Sequence[Level], day: int) -> Level | None:
    """Hull what each statement says that may be the latest one of the day (R10), or say what came before.

    ``pending`` is what those say whose uncertain cutoff may still lie ahead.
    """
    past = bisect_right(ledger.anchors, day, key=lambda anchor: anchor.last)
    newest = ledger.newest[past]
    said = []
    for segment in reversed(segments[1 : past + 1]):
        if segment.anchor is None or segment.anchor.last < newest:
            break
        said.append(segment.level(day))
    if not past:
        before = _before(ledger, segments[0], day)
        if before is None and not pending:
            return None
        said = [before or Level(Count(0, 0, 0), False, False, BEFORE)]
    return said[0] if len(said) == 1 and not pending else _hull([*said, *pending])


def _hull(several: Sequence[Level]) -> Level:
    counts = [level.count for level in several]
    bests = {count.best for count in counts}
    count = Count(min(c.low for c in counts), max(c.high for c in counts), bests.pop() if len(bests) == 1 else None)
    conflict, inferred = any(s.conflict for s in several), any(s.inferred for s in several)
    return Level(count, conflict, inferred, min(level.since for level in several))


def _before(ledger: Ledger, segment: _Segment, day: int) -> Level | None:
    """Say what the ledger knows of a day before its first statement (R13)."""
    flows = segment.level(day)
    if not ledger.anchors:
        return flows
    first = ledger.anchors[0]
    if ledger.reached or first.silent:
        return flows if ledger.begins is not None and ledger.begins <= day else None
    if any(start <= day + 1 and first.last <= end for start, end in ledger.complete):
        conflict = first.conflict or ledger.disputes(day, first.last)
        return Level(_rolled_back(ledger, first, day), conflict, True, LAST_DAY)
    return Level(Count(max(flows.count.low, 0), INF, None), flows.conflict, True, BEFORE)


def _rolled_back(ledger: Ledger, first: Anchor, day: int) -> Count:
    """Undo the flows between a day and a cutoff; those that may lie after it are only possible (R11, R13)."""
    sure = first.first - ledger.lag
    gains, losses = summed(ledger.gains, day), summed(ledger.losses, day)
    came, went = at(gains, first.last), at(losses, first.last)
    best = None
    if None not in (first.count.best, came.best, went.best):
        best = first.count.best - came.best + went.best  # type: ignore[operator]
    low = first.count.low + at(losses, sure).least - came.greatest
    return Count(int(max(low, 0)), first.count.high + went.greatest - at(gains, sure).least, best)


def _rollback_points(ledger: Ledger) -> set[int]:
    if not ledger.complete or not ledger.anchors:
        return set()
    items = [*ledger.gains, *ledger.losses]
    days = {day for item in items for day in change_days(item)}
    days |= {day for item in items for part in walk(item) for day, _ in best_steps(part)}
    return days | {day - 1 for day in days} | {day for pair in ledger.complete for day in (pair[0] - 1, pair[1] + 1)}


@frozen
class _Segment:
    """Sums of a ledger's flows after one anchor, or from nothing.

    ``near`` are the gains and losses since the anchor's cutoff may have been: all of them only possible.
    """

    ledger: Ledger
    anchor: Anchor | None
    back: int
    after: int
    gains: tuple[Sum, ...]
    losses: tuple[Sum, ...]
    near: tuple[tuple[Sum, ...], tuple[Sum, ...]]
    points: tuple[int, ...]

    @classmethod
    def of(cls, ledger: Ledger, anchor: Anchor | None) -> _Segment:
        after = BEFORE if anchor is None else anchor.last
        back = BEFORE if anchor is None else min(anchor.first - ledger.lag, after)
        until = _over(ledger, anchor)
        gains = tuple(summed(ledger.gains, after, back, until))
        losses = tuple(summed(ledger.losses, after, back, until))
        near: tuple[tuple[Sum, ...], tuple[Sum, ...]] = ((), ())
        if anchor is not None and anchor.first < anchor.last:
            near = tuple(summed(ledger.gains, back, back, after)), tuple(summed(ledger.losses, back, back, after))
        days = {s.day for sums in (gains, losses, *near, *ledger.sized) for s in sums}
        points = days | ({after} if anchor else set())
        return cls(ledger, anchor, back, after, gains, losses, near, tuple(sorted(points)))

    def level(self, day: int) -> Level:
        """Add up from the anchor (or nothing) to a day."""
        if self.anchor is not None and self.anchor.first < self.anchor.last == day:
            return self.perhaps(day)
        start = Count(0, 0, 0) if self.anchor is None else self.anchor.count
        count = moved(start, at(self.gains, day), at(self.losses, day))
        for sums in self.ledger.sized:
            count = _plus(count, _resized(sums, self.back, self.after, day))
        return self._level(count, disputed=day > self.after and self.ledger.disputes(self.back, day))

    def perhaps(self, day: int) -> Level:
        """Say what the anchor means for a day of its uncertain cutoff: flows may lie after it (R10, R11)."""
        start = Count(0, 0, 0) if self.anchor is None else self.anchor.count
        gains, losses = (at(sums, day).greatest for sums in self.near)
        best = start.best if gains == losses == 0 else None
        count = Count(start.low - losses, start.high + gains, best)  # type: ignore[arg-type]  # signed, as in moved
        for sums in self.ledger.sized:
            size = _resized(sums, self.back, day, day)
            count = _plus(count, Count(min(size.low, 0), max(size.high, 0), None if size.high else 0))
        return self._level(count, disputed=self.ledger.disputes(self.back, day))

    def _level(self, count: Count, *, disputed: bool) -> Level:
        conflict = disputed or bool(self.anchor and self.anchor.conflict)
        return Level(count, conflict, self.ledger.inferred, self.back)


def _over(ledger: Ledger, anchor: Anchor | None) -> int:
    """Find the day on which a statement, or what was before any, is certainly no longer the latest (R10)."""
    after = BEFORE if anchor is None else anchor.last
    return min((a.last for a in ledger.anchors if a.first > after), default=LAST_DAY)


def _resized(sums: Sequence[Sum], back: int, after: int, day: int) -> Count:
    """Give what a deal's size adds since a statement that speaks of some day from ``back`` to ``after`` (R18)."""
    now = at(sums, day)
    if back <= BEFORE:
        return Count(now.least, now.greatest, now.best)
    was = [at(sums, back), *(s for s in sums if back < s.day <= min(after, day))]
    if now == was[0] and len(was) == 1:
        return Count(0, 0, 0)
    best = now.best - was[0].best if len(was) == 1 and None not in (now.best, was[0].best) else None  # type: ignore[operator]
    most: Bound = max(s.greatest for s in was)
    least = -INF if most == INF else now.least - most
    return Count(least, now.greatest - min(s.least for s in was), best)  # type: ignore[arg-type]  # signed, as in moved


def _plus(one: Count, other: Count) -> Count:
    best = None if one.best is None or other.best is None else one.best + other.best
    return Count(one.low + other.low, one.high + other.high, best)


def moved(start: Count, gains: Sum, losses: Sum) -> Count:
    """Move a level by gains and losses; signed, ``low`` may be minus infinity where a loss has no bound (R15)."""
    low: Bound = start.low + gains.least - losses.greatest
    high = start.high + gains.greatest - losses.least
    if None in (start.best, gains.best, losses.best):
        return Count(low, high, None)  # type: ignore[arg-type]  # an unbounded loss makes low minus infinity
    return Count(low, high, start.best + gains.best - losses.best)  # type: ignore[operator,arg-type]


def read(count: Count) -> Count:
    """Clip the value read at 0 (R15); a best outside the bounds is moved to the nearer one."""
    low, high = max(count.low, 0), max(count.high, 0)
    best = count.best
    if low == high:
        best = int(low)
    elif best is not None:
        best = int(min(max(best, low), high))
    return Count(int(low), high, best)


def _word_after(ledger: Ledger, day: int) -> int | None:
    """Find the first day after ``day`` on which a word of the ledger can lie; ``None`` if there is none."""
    starts = [
        max(part.flow.days.first, day + 1)
        for item in (*ledger.gains, *ledger.losses)
        for part in walk(item)
        if part.flow.days.last > day and not part.elsewhere
    ]
    starts += [max(sums[0].day, day + 1) for sums in ledger.sized if sums and sums[-1].day > day]
    starts += [max(anchor.first, day + 1) for anchor in ledger.anchors if anchor.last > day]
    return min(starts, default=None)


@frozen(eq=False)
class Voice:
    """A ledger from day to day: its words with the days on which they change, clipped at 0 (R15)."""

    ledger: Ledger
    days: tuple[int, ...]
    words: tuple[Level, ...]
    flows: dict[tuple[int, int], tuple[list[Sum], list[Sum]]] = field(factory=dict, repr=False)
    next_words: dict[int, int | None] = field(factory=dict, repr=False)

    def on(self, day: int) -> Level | None:
        """Give what the ledger says on a day; ``None`` before its first word."""
        index = bisect_right(self.days, day)
        return self.words[index - 1] if index else None

    def since(self, after: int, back: int, day: int) -> tuple[Sum, Sum]:
        """Give the ledger's gains and losses after a day; those that may lie after ``back`` are possible."""
        if (after, back) not in self.flows:
            ledger = self.ledger
            self.flows[(after, back)] = summed(ledger.gains, after, back), summed(ledger.losses, after, back)
        gains, losses = self.flows[(after, back)]
        return at(gains, day), at(losses, day)

    def restated(self, since: int, day: int) -> bool:
        """Tell whether the ledger may have stated a level after one day, up to another."""
        return any(anchor.last > since and anchor.first <= day for anchor in self.ledger.anchors)

    def word_after(self, day: int) -> int | None:
        """Find the first day after ``day`` on which a word of the ledger can lie."""
        if day not in self.next_words:
            self.next_words[day] = _word_after(self.ledger, day)
        return self.next_words[day]


def voice_of(ledger: Ledger) -> Voice | None:
    """Let a ledger speak of each day; ``None`` where it never says a word."""
    said = levels(ledger)
    words = tuple(Level(read(level.count), level.conflict, level.inferred, level.since) for _, level in said)
    return Voice(ledger, tuple(day for day, _ in said), words) if said else None
