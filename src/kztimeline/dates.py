"""Dates as sources give them: EDTF levels 0 to 2, kept as written, with bounds computed once (R8).

ISO 8601-2:2019 (Extended Date/Time Format). The text survives; ``earliest`` and ``latest`` are the
first and last day that it can mean. Uncertain dates have no ``<``: they answer :class:`Truth`.
"""

from __future__ import annotations

import datetime
from enum import StrEnum
from functools import lru_cache

import pendulum
from attrs import field, frozen

from kztimeline.edtf import EMPTY, LIMIT, Reading, advice, read_text
from kztimeline.errors import NotationError
from kztimeline.truth import Truth


class Shape(StrEnum):
    """How units spread over the days: one unknown day, anywhere in ``A/B``, or some in each set member."""

    DAY = "day"
    INTERVAL = "interval"
    SET = "set"


@frozen
class Period:
    """A stretch of days, closed-open; ``until`` ``None`` is for ever."""

    since: pendulum.Date
    until: pendulum.Date | None


@frozen(order=False)
class UncertainDate:
    """A date as written, with what it can mean.

    ``first`` and ``last`` are the bounds as proleptic Gregorian ordinals, ``None`` for an open or
    unknown end only. ``members`` are the stretches of a set or of alternatives, in ascending order;
    a stretch with an open end promises no unit of its own. ``clamped``: a year before 1 or after 9999
    was moved to the end of the calendar. ``?`` and ``~`` widen nothing.
    """

    text: str
    shape: Shape = field(eq=False)
    first: int | None = field(eq=False)
    last: int | None = field(eq=False)
    members: tuple[tuple[int | None, int | None], ...] = field(eq=False)
    uncertain: bool = field(eq=False)
    approximate: bool = field(eq=False)
    clamped: bool = field(eq=False)

    @property
    def earliest(self) -> pendulum.Date | None:
        """The first possible day; ``None`` for an open or unknown start."""
        return None if self.first is None else pendulum.Date.fromordinal(self.first)

    @property
    def latest(self) -> pendulum.Date | None:
        """The last possible day; ``None`` for an open or unknown end."""
        return None if self.last is None else pendulum.Date.fromordinal(self.last)

    def by(self, day: datetime.date) -> Truth:
        """Tell whether this lies on or before a day."""
        ordinal = day.toordinal()
        return Truth.of(
            certain=self.last is not None and self.last <= ordinal, possible=self.first is None or self.first <= ordinal
        )

    def within(self, period: Period) -> Truth:
        """Tell whether this lies inside a period."""
        since = period.since.toordinal()
        until = None if period.until is None else period.until.toordinal() - 1
        after = self.first is not None and self.first >= since
        before = until is None or (self.last is not None and self.last <= until)
        reaches = (self.last is None or self.last >= since) and (
            until is None or self.first is None or self.first <= until
        )
        return Truth.of(certain=after and before, possible=reaches)

    def __lt__(self, other: object) -> bool:
        raise TypeError("an uncertain date has no order; ask date.by(day) is Truth.YES")

    __le__ = __gt__ = __ge__ = __lt__

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=65536)
def parse_date(text: str) -> UncertainDate:
    """Read an EDTF string of level 0, 1 or 2.

    Raises :class:`NotationError` naming what to write instead.
    """
    if not isinstance(text, str):
        raise NotationError(f"a date is text, not {text!r}; write it in quotation marks")
    if len(text) > LIMIT:
        raise NotationError(f"not a date: {len(text)} characters are more than {LIMIT}; write an interval A/B")
    reading = read_text(text)
    if reading is None:
        raise NotationError(f"not a date: {text!r}{advice(text)}")
    return _date_of(text, reading)


def format_date(date: UncertainDate) -> str:
    """Write a date: its text, as it was read."""
    return date.text


def _date_of(text: str, reading: Reading) -> UncertainDate:
    if reading.first is not None and reading.last is not None and reading.first > reading.last:
        raise NotationError(f"not a date: {text!r} ends before it begins; write the earlier date first")
    bounds = [_ordinal(reading.first), _ordinal(reading.last)]
    members = tuple((_ordinal(a)[0], _ordinal(b)[0]) for a, b in reading.members)
    return UncertainDate(
        text=text,
        shape=Shape(reading.shape),
        first=bounds[0][0],
        last=bounds[1][0],
        members=tuple(sorted(set(members), key=lambda m: (m[0] or 0, m[1] or 10**9))),
        uncertain="?" in reading.flags or "%" in reading.flags,
        approximate="~" in reading.flags or "%" in reading.flags,
        clamped=any(clamped for _, clamped in bounds),
    )


def _ordinal(day: tuple[int, int, int] | None) -> tuple[int | None, bool]:
    """Turn year, month, day into an ordinal, clamped to the calendar."""
    if day is None:
        return None, False
    if day[0] < 1:
        return 1, True
    if day[0] > 9999:
        return datetime.date.max.toordinal(), True
    return datetime.date(*day).toordinal(), False


def period_of(text: str) -> Period:
    """Read a question's period: ``2016``, ``2016-05``, ``2016/2018``, ``2016/..``.

    Raises :class:`NotationError` for alternatives, sets and an open start.
    """
    date = parse_date(text)
    if date.shape is Shape.SET or date.members or date.first is None:
        raise NotationError(f"not a period: {text!r}; write 2016, 2016-05 or 2016/2018")
    since = pendulum.Date.fromordinal(date.first)
    until = None if date.last is None or date.last == EMPTY else pendulum.Date.fromordinal(date.last + 1)
    return Period(since, until)


def last_day(moment: str | datetime.date) -> pendulum.Date:
    """Give the day a moment means: a year or a month means its last day (R9).

    Raises :class:`NotationError` for intervals, sets and alternatives.
    """
    if isinstance(moment, datetime.datetime):
        moment = moment.date()
    if isinstance(moment, datetime.date):
        return pendulum.Date.fromordinal(moment.toordinal())
    date = parse_date(moment)
    if date.shape is not Shape.DAY or date.members or date.last is None:
        raise NotationError(f"not a moment: {moment!r}; write one day, month or year, such as 2016-12-31")
    return pendulum.Date.fromordinal(date.last)
