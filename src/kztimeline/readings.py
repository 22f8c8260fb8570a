"""The algebra of readings: when units can have come, how many, and how several words become one (R1, R8).

Days are ordinals (``datetime.date.toordinal``); ``INF`` is "no upper bound" and never leaves the fold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar

from attrs import evolve, frozen

from kztimeline.dates import Shape, UncertainDate
from kztimeline.quantities import Quantity

INF = math.inf
FIRST_DAY = 1
LAST_DAY = 3_652_059
"""0001-01-01 and 9999-12-31: the ends of the calendar."""

Bound = int | float
_RANK = {Shape.INTERVAL: 0, Shape.DAY: 1, Shape.SET: 2}


@frozen
class Days:
    """The days on which units can have come: first and last, and the members of a set (R8)."""

    shape: Shape
    first: int
    last: int
    members: tuple[tuple[int, int], ...]


@frozen
class Count:
    """How many: lowest, highest (``INF``: no bound), best (``None``: no single best)."""

    low: int
    high: Bound
    best: int | None


SOME = Count(1, INF, None)


def days_of(date: UncertainDate, *, opens: int | None, closes: int | None) -> Days:
    """Clamp a date to the days its claim allows (R8): an open start to ``opens``, any end to ``closes``.

    A date wholly after ``closes``, or before ``opens``, stays as it was written: no day that the claim names can be kept. A
    set of which a member is cut away promises nothing in any other: its units lie somewhere in what is left.
    """
    last = date.last if date.last is not None else LAST_DAY
    start = FIRST_DAY if opens is None or opens > last else opens
    first = date.first if date.first is not None else start
    if closes is not None and first <= closes:
        last = min(last, closes)
    if date.shape is not Shape.SET:
        return Days(date.shape, first, last, ())
    named = ((a if a is not None else first, b if b is not None else last) for a, b in date.members)
    members = _cut(named, first, last)
    if len(members) < len(date.members):
        return Days(Shape.INTERVAL, first, last, ())
    return Days(Shape.SET, first, last, members) if len(members) > 1 else Days(Shape.DAY, first, last, ())


def _cut(members: Iterable[tuple[int, int]], first: int, last: int) -> tuple[tuple[int, int], ...]:
    return tuple((max(a, first), min(b, last)) for a, b in members if a <= last and b >= first)


def count_of(quantity: Quantity | None) -> Count:
    """Read a happening's number: nothing stated, or stated as unknown, is one or more."""
    if quantity is None or (quantity.low == 0 and quantity.high is None):
        return SOME
    return Count(quantity.low, INF if quantity.high is None else quantity.high, quantity.best)


def share_of(count: Count, systems: int) -> Count:
    """Give what one of k systems under one number can be (R16): 1..n−k+1, or 0..n where n is less than k."""
    if systems < 2:
        return count
    if count.high < systems:
        return Count(0, count.high, None)
    return Count(1, count.high - systems + 1, None)


def merge_counts(counts: Sequence[Count]) -> tuple[Count, bool]:
    """Merge several words on one number (R1). The second value says that they exclude each other."""
    left = _sharpest(counts, lambda a, b: a.low <= b.low and a.high >= b.high, lambda c: (c.low, c.high))
    low, high = max(c.low for c in left), min(c.high for c in left)
    conflict = low > high
    if conflict:
        low, high = min(c.low for c in left), max(c.high for c in left)
    if low == high:
        return Count(low, high, low), conflict
    bests = {c.best for c in left if c.best is not None}
    best = bests.pop() if len(bests) == 1 else None
    return Count(low, high, best if best is not None and low <= best <= high else None), conflict


def merge_days(several: Sequence[Days]) -> tuple[Days, bool]:
    """Merge several words on when (R1): bounds first, then the shape that promises most."""
    left = _sharpest(several, lambda a, b: a.first <= b.first and a.last >= b.last, lambda d: (d.first, d.last))
    first, last = max(d.first for d in left), min(d.last for d in left)
    strongest = max((d.shape for d in several), key=_RANK.__getitem__)
    if first > last:
        return _hull(left), True
    if strongest is not Shape.SET:
        return Days(max((d.shape for d in left), key=_RANK.__getitem__), first, last, ()), False
    members = _common_members([d for d in several if d.shape is Shape.SET], first, last)
    if members is None:
        return _hull([*left, *(d for d in several if d.shape is Shape.SET)]), True
    return Days(Shape.SET, first, last, members), False


def _hull(days: Sequence[Days]) -> Days:
    return Days(Shape.INTERVAL, min(d.first for d in days), max(d.last for d in days), ())


def _common_members(sets: Sequence[Days], first: int, last: int) -> tuple[tuple[int, int], ...] | None:
    """Cut the members of all sets to each other and to the bounds; ``None`` where one becomes empty."""
    members = sets[0].members
    for other in sets[1:]:
        if len(other.members) != len(members):
            return None
        members = tuple((max(a, c), min(b, d)) for (a, b), (c, d) in zip(members, other.members, strict=True))
    members = tuple((max(a, first), min(b, last)) for a, b in members)
    return members if all(a <= b for a, b in members) else None


_T = TypeVar("_T", Days, Count)


def _sharpest(values: Sequence[_T], contains: Callable[[_T, _T], bool], bounds: Callable[[_T], object]) -> list[_T]:
    """Drop what strictly contains another; keep equals."""
    return [
        value
        for value in values
        if not any(contains(value, other) and bounds(value) != bounds(other) for other in values)
    ]


def says_less(days: Days, count: Count, merged_days: Days, merged_count: Count) -> bool:
    """Tell whether a claim's word adds nothing to what its happening says after the merge."""
    wider = days.first < merged_days.first or days.last > merged_days.last
    vaguer = count.low < merged_count.low or count.high > merged_count.high
    looser = wider or _RANK[days.shape] < _RANK[merged_days.shape]
    return (looser and (vaguer or count == merged_count)) or (
        vaguer and (days.first, days.last) == (merged_days.first, merged_days.last)
    )


def without_promise(days: Days) -> Days:
    """Give a set's days without its promise: what one of several systems can count on."""
    return evolve(days, shape=Shape.INTERVAL, members=()) if days.shape is Shape.SET else days


def promises(days: Days, count: Count) -> tuple[Days, Count, bool]:
    """Keep or void a set's promise of a unit in each member (R8). The last value says that it was void."""
    if days.shape is not Shape.SET:
        return days, count, False
    if count.high < len(days.members):
        return without_promise(days), count, True
    return days, evolve(count, low=max(count.low, len(days.members))), False


def inside(days: Days, count: Count, after: int, back: int, until: int) -> tuple[int, Bound]:
    """Give the least and greatest number of units whose day lies in (after, until].

    ``back`` ≤ ``after`` is where a statement's view may have ended already: units that may lie between
    the two count in the greatest only (R11).
    """
    if days.first > until or days.last <= back:
        return 0, 0
    sure = days.first > after
    if days.shape is not Shape.SET:
        return (count.low if sure and days.last <= until else 0), count.high
    if not any(start <= until and end > back for start, end in days.members):
        return 0, 0
    early = sum(1 for _, end in days.members if end <= back)
    late = sum(1 for start, _ in days.members if start > until)
    whole = sum(1 for start, end in days.members if start > after and end <= until)
    least = count.low if sure and days.last <= until else whole
    return least, max(count.high - early - late, 0)


def outside(days: Days, count: Count, after: int, until: int) -> tuple[int, Bound]:
    """Give the least and greatest number of units whose day lies outside (after, until]."""
    if days.first > after and days.last <= until:
        return 0, 0
    if days.first > until or days.last <= after:
        return count.low, count.high
    if days.shape is not Shape.SET:
        return 0, count.high
    beyond = sum(1 for start, end in days.members if start > until or end <= after)
    if beyond == len(days.members):
        return count.low, count.high
    whole = sum(1 for start, end in days.members if start > after and end <= until)
    return beyond, max(count.high - whole, 0)


def best_days(days: Days, units: int) -> list[tuple[int, int]]:
    """Place a best number on few days (R8), as (day, units) in ascending order."""
    if units == 0:
        return []
    if days.shape is Shape.DAY:
        return [(days.first + (days.last - days.first) // 2, units)]
    if days.shape is Shape.SET:
        return shares([start + (end - start) // 2 for start, end in days.members], units, level=True)
    return shares(year_ends(days.first, days.last), units, level=False)


def shares(places: Sequence[int], units: int, *, level: bool) -> list[tuple[int, int]]:
    """Spread units in equal whole shares; the remainder one each on the last places, or whole on the last one."""
    share, rest = divmod(units, len(places))
    if level:
        amounts = [share + (1 if index >= len(places) - rest else 0) for index in range(len(places))]
    else:
        amounts = [share] * (len(places) - 1) + [share + rest]
    return [(day, amount) for day, amount in zip(places, amounts, strict=True) if amount]


def year_ends(first: int, last: int) -> list[int]:
    """Give the last day of every year that a stretch touches, the last cut to the stretch."""
    years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
    return [min(date(year, 12, 31).toordinal(), last) for year in years]
