"""The values of time: a date as written with its bounds, a period, a moment's last day (R8, R9)."""

from __future__ import annotations

import datetime
import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import field, frozen

from kztimeline.dates.bounds import LAST, clamp, days_in
from kztimeline.errors import NotationError
from kztimeline.truth import Truth

if TYPE_CHECKING:
    import pendulum

LIMIT = 1000
"""Longer texts are refused unread."""
_DAYS = "([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
_PLAIN = re.compile(f"{_DAYS}(?:/{_DAYS})?", re.ASCII)
_MARKS = re.compile(r"[?~%X]")
_SCATTERED = re.compile(r"X[^/]*[0-9]")
"""Digits left open before others name years or days that do not follow each other."""


class Shape(StrEnum):
    """How units spread over the days: one unknown day, anywhere in ``A/B``, or some in each set member."""

    DAY = "day"
    INTERVAL = "interval"
    SET = "set"


@frozen
class Period:
    """A stretch of days, closed-open; ``until`` ``None`` is for ever."""

    since: datetime.date
    until: datetime.date | None


@frozen(order=False)
class UncertainDate:
    """A date as written, with what it can mean; equal if the texts are.

    ``first`` and ``last`` are the bounds as proleptic Gregorian ordinals (``date.toordinal()``), ``None`` for an open
    or unknown end only. ``members`` are the stretches of a list (``{…}`` and ``[…]``) in ascending order, without a
    common day; empty for dates that are no list. A stretch with an open end is one member, and promises no unit of
    each of its years. ``clamped``: a bound before year 1 or after 9999 was moved to the end of the calendar.
    ``?``, ``~`` and ``%`` are flags and widen nothing (R8).
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
        return None if self.first is None else _day(self.first)

    @property
    def latest(self) -> pendulum.Date | None:
        """The last possible day; ``None`` for an open or unknown end."""
        return None if self.last is None else _day(self.last)

    def by(self, day: datetime.date) -> Truth:
        """Tell whether a day of this date lies on or before a day: yes if all its days do, no if none does."""
        ordinal = day.toordinal()
        return Truth.of(
            certain=self.last is not None and self.last <= ordinal, possible=self.first is None or self.first <= ordinal
        )

    def within(self, period: Period) -> Truth:
        """Tell whether a day of this date lies inside a period: yes if all its days do, no if none does.

        Exact but for masks with gaps (``2016-XX-25``), which count as the whole stretch between their bounds.
        """
        since = period.since.toordinal()
        until = None if period.until is None else period.until.toordinal()
        whole = self.first is not None and self.first >= since
        whole = whole and (until is None or (self.last is not None and self.last < until))
        meets = any(
            (last is None or last >= since) and (until is None or first is None or first < until)
            for first, last in self.members or ((self.first, self.last),)
        )
        return Truth.of(certain=whole and meets, possible=meets)

    def __lt__(self, other: object) -> bool:
        raise TypeError("an uncertain date has no order; ask date.by(day) is Truth.YES")

    __le__ = __gt__ = __ge__ = __lt__

    def __str__(self) -> str:
        return self.text


def parse_date(text: str) -> UncertainDate:
    """Read an EDTF string of level 0, 1 or 2 (ISO 8601-2:2019); what was read once is remembered.

    Raises :class:`NotationError` naming what to write instead, and nothing else, whatever it is given.
    """
    if not isinstance(text, str):
        raise NotationError(f"not a date: {_shown(repr(text))}; write it as text, in quotation marks")
    if len(text) > LIMIT:
        raise NotationError(
            f"not a date: {_shown(repr(text))} has {len(text)} characters, more than {LIMIT}; write an interval A/B"
        )
    return _parsed(str.__str__(text))  # what is remembered holds no other kind of text


def format_date(date: UncertainDate) -> str:
    """Write a date: its text, as it was read."""
    return date.text


def period_of(text: str) -> Period:
    """Read a question's period: ``2016``, ``2016-05``, ``2016/2018``, ``2016/..``.

    Raises :class:`NotationError` for lists, an open start, an unknown end, and digits left open before others (20X6).
    """
    date = parse_date(text)
    if _SCATTERED.search(text):
        raise NotationError(
            f"not a period: {_shown(repr(text))} may mean several; write one, such as 2016 or 2010/2019"
        )
    if date.members:
        raise NotationError(f"not a period: {_shown(repr(text))} is a list; write 2016, 2016-05 or 2016/2018")
    if date.first is None:
        raise NotationError(f"not a period: {_shown(repr(text))} has no first day; write one, such as 1991-12-16/2016")
    if text.endswith("/"):
        raise NotationError(f"not a period: {_shown(repr(text))} has an unknown end; write {text}.. for ever after")
    until = None if date.last is None or date.last == LAST else datetime.date.fromordinal(date.last + 1)
    return Period(datetime.date.fromordinal(date.first), until)


def last_day(moment: str | datetime.date) -> datetime.date:
    """Give the day a moment means: a year, a month or a season means its last day (R9).

    Takes text and date objects (of a ``datetime``, the day). Raises :class:`NotationError` for intervals, lists,
    unspecified digits, marks of doubt and years beyond the calendar.
    """
    if isinstance(moment, datetime.date):
        return datetime.date.fromordinal(moment.toordinal())
    date = parse_date(moment)
    if date.shape is not Shape.DAY or date.members or date.last is None or date.clamped or _MARKS.search(moment):
        raise NotationError(
            f"not a moment: {_shown(repr(moment))} may mean several; write one day, month or year, such as 2016-12-31"
        )
    return datetime.date.fromordinal(date.last)


def _day(ordinal: int) -> pendulum.Date:
    """Give a day to whoever goes on with it; pendulum is loaded by the first one, since questions compare plain days."""
    import pendulum

    return pendulum.Date.fromordinal(ordinal)


@lru_cache(maxsize=65536)
def _parsed(text: str) -> UncertainDate:
    return _plain(text) or _by_grammar(text)


def _by_grammar(text: str) -> UncertainDate:
    from kztimeline.dates.grammar import read_text

    try:
        reading = read_text(text)
    except NotationError as reason:
        raise NotationError(f"not a date: {_shown(repr(text))}; {reason}") from None
    if reading is None:
        from kztimeline.dates.advice import advice

        raise NotationError(f"not a date: {_shown(repr(text))}; {advice(text)}")
    doubt = "%" in text
    return UncertainDate(
        text=text,
        shape=Shape(reading.shape),
        first=None if reading.first is None else clamp(reading.first),
        last=None if reading.last is None else clamp(reading.last),
        members=reading.members,
        uncertain=doubt or "?" in text,
        approximate=doubt or "~" in text or "S" in text,
        clamped=any(day is not None and clamp(day) != day for day in (reading.first, reading.last)),
    )


def _plain(text: str) -> UncertainDate | None:
    """Read the commonest forms without the grammar: a day, a month, a year, and ``A/B`` of them; ``None`` for others."""
    found = _PLAIN.fullmatch(text)
    if found is None:
        return None
    year, month, day, end, end_month, end_day = found.groups()
    try:
        first, last = _bounds(year, month, day)
        if end is None:
            return UncertainDate(text, Shape.DAY, first, last, (), False, False, False)
        last = _bounds(end, end_month, end_day)[1]
    except ValueError:
        return None
    return None if first > last else UncertainDate(text, Shape.INTERVAL, first, last, (), False, False, False)


def _bounds(year: str, month: str | None, day: str | None) -> tuple[int, int]:
    """Give first and last day of a day, month or year. Raises :class:`ValueError` for what no calendar has."""
    if month is None:
        first = datetime.date(int(year), 1, 1)
        return first.toordinal(), first.replace(month=12, day=31).toordinal()
    if day is None:
        first = datetime.date(int(year), int(month), 1)
        return first.toordinal(), first.toordinal() + days_in(first.year, first.month) - 1
    ordinal = datetime.date(int(year), int(month), int(day)).toordinal()
    return ordinal, ordinal


def _shown(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}…"
