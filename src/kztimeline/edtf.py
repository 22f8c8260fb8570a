"""The grammar of EDTF (ISO 8601-2:2019, levels 0 to 2): text to first and last day, years unbounded."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from itertools import product

from attrs import frozen

LIMIT = 1000
"""Longer texts are refused unread."""
EMPTY = 3_652_059
"""The ordinal of the calendar's last day."""
MAX_MEMBERS = 4000
"""A range inside a list with more members than this is read as one stretch."""

Day = tuple[int, int, int]
Stretch = tuple[Day | None, Day | None]


@frozen
class Reading:
    """What a text can mean: its shape, first and last day, the members of a set, the flags seen."""

    shape: str
    first: Day | None
    last: Day | None
    members: tuple[Stretch, ...]
    flags: str


@frozen
class Part:
    """One date: its bounds, and its precision (``year``, ``month``, ``day`` or ``other``)."""

    first: Day
    last: Day
    precision: str


_Q = "[?~%]"
_DATE = re.compile(
    rf"({_Q})?(-?[0-9X]{{4}})({_Q})?(?:-({_Q})?([0-9X]{{2}})({_Q})?(?:-({_Q})?([0-9X]{{2}})({_Q})?)?)?", re.ASCII
)
_SHORT = re.compile(rf"(-?)([0-9]{{2,3}}){_Q}?", re.ASCII)
_LONG = re.compile(r"Y(-?)([1-9][0-9]*)(?:E([1-9][0-9]?))?(?:S([1-9][0-9]*))?", re.ASCII)
_SIGNIFICANT = re.compile(r"(-?[0-9]{4})S([1-9][0-9]*)", re.ASCII)
_TIME = re.compile(
    r"(-?[0-9]{4}-[0-9]{2}-[0-9]{2})T(?:([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.[0-9]{1,12})?|24:00:00)(?:Z|([+-])([0-9]{2})(?::?([0-5][0-9]))?)?",
    re.ASCII,
)

_MONTHS: dict[int, tuple[int, int]] = {
    **dict.fromkeys((21, 25, 31), (3, 5)),
    **dict.fromkeys((22, 26, 32), (6, 8)),
    **dict.fromkeys((23, 27, 29), (9, 11)),
    **dict.fromkeys((24, 28, 30), (12, 12)),
    **{33 + quarter: (3 * quarter + 1, 3 * quarter + 3) for quarter in range(4)},
    **{37 + third: (4 * third + 1, 4 * third + 4) for third in range(3)},
    **{40 + half: (6 * half + 1, 6 * half + 6) for half in range(2)},
}
"""Seasons, quarters, quadrimesters, semesters; a winter that begins in December keeps to its year."""


def read_text(text: str) -> Reading | None:
    """Read a whole string; ``None`` where it is not EDTF."""
    flags = "".join(sorted(set(text) & set("?~%")))
    if text[:1] + text[-1:] in ("[]", "{}"):
        return _list(text[1:-1], "set" if text[0] == "{" else "day", flags)
    if "/" in text:
        return _interval(text, flags)
    moment = _moment(text)
    part = moment or _part(text)
    if part is None:
        return None
    return Reading("day", part.first, part.last, (), flags + ("~" if "S" in text else ""))


def _interval(text: str, flags: str) -> Reading | None:
    start, slash, end = text.partition("/")
    if "/" in end or not slash:
        return None
    ends: list[Part | None] = []
    for side in (start, end):
        part = None if side in ("", "..") or _SHORT.fullmatch(side) else _part(side)
        if part is None and side not in ("", ".."):
            return None
        ends.append(part)
    first, last = ends
    return Reading("interval", first.first if first else None, last.last if last else None, (), flags)


def _list(inner: str, shape: str, flags: str) -> Reading | None:
    members: list[Stretch] = []
    items = [item.strip(" ") for item in inner.split(",")]
    for index, item in enumerate(items):
        stretches = _item(item, first=index == 0, last=index == len(items) - 1)
        if stretches is None:
            return None
        members.extend(stretches)
    starts, ends = [a for a, _ in members], [b for _, b in members]
    first = None if None in starts else min(a for a in starts if a is not None)
    last = None if None in ends else max(b for b in ends if b is not None)
    return Reading(shape, first, last, tuple(members), flags)


def _item(item: str, *, first: bool, last: bool) -> list[Stretch] | None:
    if ".." not in item:
        part = _part(item)
        return None if part is None else [(part.first, part.last)]
    left, _, right = item.partition("..")
    start, end = _part(left) if left else None, _part(right) if right else None
    if (left and start is None) or (right and end is None) or (start is None and end is None):
        return None
    if start is None or end is None:
        allowed = first if start is None else last
        return [(start.first if start else None, end.last if end else None)] if allowed else None
    if start.first > end.last:
        return None
    return list(_expanded(start, end))


def _expanded(start: Part, end: Part) -> Iterator[Stretch]:
    """Yield a member for each year, month or day from start to end; one stretch where that is not told."""
    units = {"year": 1, "month": 12, "day": 366}.get(start.precision, 0) * (end.last[0] - start.first[0] + 1)
    if start.precision != end.precision or not units or units > MAX_MEMBERS:
        yield start.first, end.last
        return
    current = start.first
    while current <= end.last:
        last = _unit_end(current, start.precision)
        yield current, last
        current = _next(last)


def _unit_end(day: Day, precision: str) -> Day:
    if precision == "year":
        return day[0], 12, 31
    return (day[0], day[1], _days(day[0], day[1])) if precision == "month" else day


def _next(day: Day) -> Day:
    year, month, number = day
    if number < _days(year, month):
        return year, month, number + 1
    return (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)


def _moment(text: str) -> Part | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    sign, hours, minutes = found[5], int(found[6] or 0), int(found[7] or 0)
    offset = hours * 60 + minutes
    if sign and (offset > (14 * 60 if sign == "+" else 12 * 60) or (sign == "-" and offset == 0)):
        return None
    return _part(found[1])


def _part(text: str) -> Part | None:
    found = _DATE.fullmatch(text)
    if found is not None:
        return _masked(found[2], found[5], found[8])
    return _short(text) or _long(text)


def _short(text: str) -> Part | None:
    """Read a century (two digits) or a decade (three)."""
    found = _SHORT.fullmatch(text)
    if found is None or (found[1] and not int(found[2])):
        return None
    width = 10 ** (4 - len(found[2]))
    low = int(found[2]) * width
    first, last = (low, low + width - 1) if not found[1] else (-(low + width - 1), -low)
    return Part((first, 1, 1), (last, 12, 31), "other")


def _long(text: str) -> Part | None:
    if (found := _SIGNIFICANT.fullmatch(text)) and found[1] != "-0000":
        return Part((int(found[1]), 1, 1), (int(found[1]), 12, 31), "other")
    found = _LONG.fullmatch(text)
    if found is None or len(found[2]) > 30:
        return None
    year = int(found[2]) * 10 ** int(found[3] or 0)
    if year <= 9999:
        return None
    year = -year if found[1] else year
    return Part((year, 1, 1), (year, 12, 31), "other")


def _masked(year: str, month: str | None, day: str | None) -> Part | None:
    if year == "-0000":
        return None
    if month is not None and day is None and month.isdigit() and int(month) in _MONTHS:
        start, end = _MONTHS[int(month)]
        years = _years(year)
        return Part((years[0], start, 1), (years[-1], end, _days(years[-1], end)), "other")
    first = _first_day(year, month, day, latest=False)
    last = _first_day(year, month, day, latest=True)
    if first is None or last is None:
        return None
    masked = "X" in year + (month or "") + (day or "")
    precision = "other" if masked else "day" if day else "month" if month else "year"
    return Part(first, last, precision)


def _first_day(year: str, month: str | None, day: str | None, *, latest: bool) -> Day | None:
    """Find the earliest (or latest) existing day that fits a mask."""
    step = -1 if latest else 1
    months = _fits(month or "XX", 1, 12)[::step]
    numbers = _fits(day or "XX", 1, 31)[::step]
    for one, month_number in product(_years(year)[::step], months):
        limit = _days(one, month_number)
        for number in numbers:
            if number <= limit:
                return one, month_number, number
    return None


def _years(mask: str) -> list[int]:
    sign = -1 if mask.startswith("-") else 1
    return sorted(sign * value for value in _fits(mask.lstrip("-"), 0, 9999))


def _fits(mask: str, low: int, high: int) -> list[int]:
    """List the numbers from low to high that a mask of digits and X allows, ascending."""
    choices = [range(10) if char == "X" else (int(char),) for char in mask]
    values = (int("".join(map(str, digits))) for digits in product(*choices))
    return [value for value in values if low <= value <= high]


def _days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


# --- what to write instead ----------------------------------------------------------------------------

_MONTH_NAMES = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTH_NAMES |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_WORDS = r"(?P<word>since|from|after|before|until|by|ca\.?|c\.|circa|about|around|early|late|mid)"
_HINTS: tuple[tuple[str, str], ...] = (
    (r"(?P<m>0?[1-9]|1[0-2])[/.](?P<y>[0-9]{4})", "{y}-{m:0>2}, or [2014..{y}-{m:0>2}] for a day within a stretch"),
    (r"(?P<y>[0-9]{4})[/.](?P<m>0?[1-9]|1[0-2])", "{y}-{m:0>2}"),
    (r"(?P<d>[0-9]{1,2})[./](?P<m>[0-9]{1,2})[./](?P<y>[0-9]{4})", "{y}-{m:0>2}-{d:0>2} (year, month, day)"),
    (r"(?P<y>[0-9]{4})[./](?P<m>[0-9]{1,2})[./](?P<d>[0-9]{1,2})", "{y}-{m:0>2}-{d:0>2}"),
    (r"(?P<y>[0-9]{4})-(?P<m>[0-9])", "{y}-{m:0>2}"),
    (r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9])", "{y}-{m:0>2}-{d:0>2}"),
    (r"(?P<y>[0-9]{4}) ?(?:-|–|—|to|bis) ?(?P<z>[0-9]{4})", "{y}/{z}, or [{y}..{z}] for one day within it"),
    (r"(?:since|from|seit|с) ?(?P<y>[0-9]{4})", "{y}/.."),
    (r"(?:before|vor) ?(?P<y>[0-9]{4})", "../{y} less one year"),
    (r"(?:until|by|to|bis) ?(?P<y>[0-9]{4})", "../{y}"),
    (r"(?:ca\.?|c\.|circa|about|around|um) ?(?P<y>[0-9]{4})", "{y}~"),
    (r"(?P<y>[0-9]{3})0'?s", "{y}X"),
    (r"(?P<y>[0-9]{2})(?P<z>[0-9])u|(?P<w>[0-9]{4}) ?\?\?", "X for an unknown digit, such as 199X"),
    (r"(?P<y>[0-9]{4}) ?-?Q(?P<q>[1-4])", "{y}-3{q} plus 2 (33 to 36 are the quarters)"),
    (r"(?:unknown|open|none|n/?a|-)(?:/.*)?", "nothing at all where no date is stated, or .. for an open end"),
)


def advice(text: str) -> str:
    """Say what to write instead of a text that is not EDTF."""
    if not text:
        return "; write a date such as 2016, or leave the field out"
    if text != text.strip():
        return f"; write it without spaces around it: {text.strip()!r}"
    if not text.isascii() and any(char.isdigit() and not char.isascii() for char in text):
        return "; write ASCII digits"
    for pattern, template in _HINTS:
        found = re.fullmatch(pattern, text, re.ASCII | re.IGNORECASE)
        if found:
            named = {name: value or "" for name, value in found.groupdict().items()}
            return f"; write {_filled(template, named)}"
    return _advice_on_parts(text)


def _filled(template: str, named: dict[str, str]) -> str:
    if template.startswith("{y}-3{q}"):
        return f"{named['y']}-{32 + int(named['q'])}"
    if template.startswith("../{y} less"):
        return f"../{int(named['y']) - 1}"
    return template.format(**named)


def _advice_on_parts(text: str) -> str:
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?", text, re.ASCII)
    if found:
        month = int(found[2])
        if not 1 <= month <= 12:
            return "; months are 01 to 12, seasons 21 to 41"
        return f"; that month has {_days(int(found[1]), month)} days"
    words = re.findall(r"[A-Za-z]+|[0-9]+", text)
    month_named = next((_MONTH_NAMES[w.lower()] for w in words if w.lower() in _MONTH_NAMES), None)
    year = next((w for w in words if len(w) == 4 and w.isdigit()), None)
    if month_named and year:
        day = next((w for w in words if w.isdigit() and len(w) <= 2), None)
        return f"; write {year}-{month_named:02}" + (f"-{int(day):02}" if day else "")
    if "T" in text and "-" in text:
        return "; write a time as 2016-05-02T16:54:59Z, or the day alone"
    if any(char in text for char in "[]{}"):
        return "; write alternatives as [2014, 2016..2018], a unit in each as {2014, 2016}"
    return "; write 2016, 2016-05, 2016-05-03, 2016/2018 (in between), [2016..2018] (one day of it)"
