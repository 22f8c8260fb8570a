"""One source alone, on one key: its statements, its flows, what it says of each day (R10, R11, R13, R15)."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from kztimeline.readings import FIRST_DAY, INF, Bound, Count
from kztimeline.sums import Item, Sum, at, best_steps, change_days, summed, walk

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
    """What a ledger says of a day: unclipped count, whether it is a conflict or rolled back."""

    count: Count
    conflict: bool
    inferred: bool
    anchor: Anchor | None


@frozen
class Ledger:
    """One source's words on one key.

    ``sized`` are deals whose size was changed, as steps beside the gains. ``complete`` are the periods
    (first, last day) that its scope of flows covers. ``opening`` is the first day of holder and system.
    ``reached`` tells that some ledger's gains reach the first statement (R13), ``inferred`` that every
    claim is the reader's conclusion.
    """

    source: str
    gains: tuple[Item, ...]
    losses: tuple[Item, ...]
    sized: tuple[tuple[Sum, ...], ...]
    anchors: tuple[Anchor, ...]
    complete: tuple[tuple[int, int], ...]
    lag: int
    opening: int | None
    reached: bool
    inferred: bool


def levels(ledger: Ledger) -> list[tuple[int, Level]]:
    """Give what a ledger says from day to day, as change points in ascending order."""
    segments = [_Segment.of(ledger, None), *(_Segment.of(ledger, anchor) for anchor in ledger.anchors)]
    points: set[int] = set()
    for segment in segments:
        points.update(segment.points)
    for anchor in ledger.anchors:
        points.update((anchor.first, anchor.last))
    start = _start(ledger)
    if start is None:
        return []
    points.update(_rollback_points(ledger))
    points.add(start)
    result: list[tuple[int, Level]] = []
    for day in sorted(point for point in points if point >= start):
        level = _level_on(ledger, segments, day)
        if level is not None and (not result or result[-1][1] != level):
            result.append((day, level))
    return result


def _start(ledger: Ledger) -> int | None:
    """Find the first day on which the ledger is evidence of anything (R13)."""
    days = [min(change_days(item)) for item in (*ledger.gains, *ledger.losses)]
    days += [sums[0].day for sums in ledger.sized if sums]
    if ledger.anchors:
        first = ledger.anchors[0]
        stated = min(anchor.first for anchor in ledger.anchors)
        days.append(stated if ledger.reached or first.silent else ledger.opening or FIRST_DAY)
    if not days:
        return None
    return max(min(days), ledger.opening or FIRST_DAY)


def _level_on(ledger: Ledger, segments: Sequence[_Segment], day: int) -> Level | None:
    current = segments[0]
    for segment in segments[1:]:
        if segment.anchor is not None and segment.anchor.last <= day:
            current = segment
    pending = [a for a in ledger.anchors if a.first <= day < a.last]
    level = _before(ledger, segments[0], day) if current.anchor is None else current.level(day)
    if not pending:
        return level
    return _hull(
        ([level] if level is not None else [Level(Count(0, 0, 0), False, False, None)]) + [_stated(a) for a in pending]
    )


def _stated(anchor: Anchor) -> Level:
    return Level(anchor.count, anchor.conflict, False, anchor)


def _hull(several: Sequence[Level]) -> Level:
    counts = [level.count for level in several]
    bests = {count.best for count in counts}
    count = Count(min(c.low for c in counts), max(c.high for c in counts), bests.pop() if len(bests) == 1 else None)
    return Level(count, any(s.conflict for s in several), any(s.inferred for s in several), several[0].anchor)


def _before(ledger: Ledger, segment: _Segment, day: int) -> Level | None:
    """Say what the ledger knows of a day before its first statement (R13)."""
    flows = segment.level(day)
    if not ledger.anchors:
        return flows
    first = ledger.anchors[0]
    if ledger.reached or first.silent:
        return flows if segment.touched(day) else None
    if any(start <= day + 1 and first.first <= end for start, end in ledger.complete):
        return Level(_rolled_back(ledger, first, day), first.conflict, True, None)
    return Level(Count(max(flows.count.low, 0), INF, None), False, True, None)


def _rolled_back(ledger: Ledger, first: Anchor, day: int) -> Count:
    gains, losses = _inside(ledger.gains, day, first.last), _inside(ledger.losses, day, first.last)
    best = None
    if None not in (first.count.best, gains.best, losses.best):
        best = first.count.best - gains.best + losses.best  # type: ignore[operator]
    low = first.count.low + losses.least - gains.greatest
    return Count(int(max(low, 0)), first.count.high + losses.greatest - gains.least, best)


def _inside(items: Sequence[Item], after: int, until: int) -> Sum:
    return at(summed(items, after), until)


def _rollback_points(ledger: Ledger) -> set[int]:
    if not ledger.complete or not ledger.anchors:
        return set()
    items = [*ledger.gains, *ledger.losses]
    days = {day for item in items for day in change_days(item)}
    days |= {day for item in items for part in walk(item) for day, _ in best_steps(part)}
    return days | {day - 1 for day in days} | {day for pair in ledger.complete for day in (pair[0] - 1, pair[1] + 1)}


@frozen
class _Segment:
    """Sums of a ledger's flows after one anchor, or from nothing."""

    anchor: Anchor | None
    gains: tuple[Sum, ...]
    losses: tuple[Sum, ...]
    sized: tuple[tuple[Sum, ...], ...]
    points: tuple[int, ...]
    inferred: bool

    @classmethod
    def of(cls, ledger: Ledger, anchor: Anchor | None) -> _Segment:
        after = BEFORE if anchor is None else anchor.last
        back = BEFORE if anchor is None else anchor.first - ledger.lag
        gains = tuple(summed(ledger.gains, after, min(back, after)))
        losses = tuple(summed(ledger.losses, after, min(back, after)))
        sized = ledger.sized if anchor is None else ()
        days = {s.day for sums in (gains, losses, *sized) for s in sums} | ({after} if anchor else set())
        return cls(anchor, gains, losses, sized, tuple(sorted(days)), ledger.inferred)

    def level(self, day: int) -> Level:
        """Add up from the anchor (or nothing) to a day."""
        start = Count(0, 0, 0) if self.anchor is None else self.anchor.count
        gains, losses = at(self.gains, day), at(self.losses, day)
        for sums in self.sized:
            size = at(sums, day)
            gains = Sum(day, gains.least + size.least, gains.greatest + size.greatest, _plus(gains.best, size.best))
        return Level(
            moved(start, gains, losses), bool(self.anchor and self.anchor.conflict), self.inferred, self.anchor
        )

    def touched(self, day: int) -> bool:
        """Tell whether any flow can lie on or before the day."""
        return any(sums and sums[0].day <= day for sums in (self.gains, self.losses, *self.sized))


def _plus(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


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
    return evolve(count, low=int(low), high=high, best=best)


def word_after(ledger: Ledger, day: int) -> int | None:
    """Find the first day after ``day`` on which a word of the ledger can lie; ``None`` if there is none."""
    starts = [
        max(part.flow.days.first, day + 1)
        for item in (*ledger.gains, *ledger.losses)
        for part in walk(item)
        if part.flow.days.last > day
    ]
    starts += [max(sums[0].day, day + 1) for sums in ledger.sized if sums and sums[-1].day > day]
    starts += [max(anchor.first, day + 1) for anchor in ledger.anchors if anchor.last > day]
    return min(starts, default=None)
