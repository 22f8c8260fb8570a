"""The grammar of EDTF (ISO 8601-2:2019, levels 0 to 2): from text to days on a calendar without ends."""

from __future__ import annotations

import re

from attrs import frozen

from kztimeline.dates.bounds import LAST, SEASONS, clamp, masked, masked_years, months, ordinal
from kztimeline.errors import NotationError

MAX_MEMBERS = 4000
"""A set with more members than this is refused."""

Stretch = tuple[int | None, int | None]
"""First and last day; ``None`` for an open end."""


@frozen
class Part:
    """One date: first and last day, and its unit in months (12, 1, 0 for a day; ``None`` for what is not stepped)."""

    first: int
    last: int
    unit: int | None = None
    index: int = 0


@frozen
class Reading:
    """What a text can mean: ``day``, ``interval`` or ``set``, first and last day, and the members of a list."""

    shape: str
    first: int | None
    last: int | None
    members: tuple[Stretch, ...]


_MARK = "[?~%]?"
_YEAR, _TWO = rf"{_MARK}(-?[0-9X]{{4}}){_MARK}", rf"{_MARK}([0-9X]{{2}}){_MARK}"
_DATE = re.compile(rf"{_YEAR}(?:-{_TWO}(?:-{_TWO})?)?", re.ASCII)
_SHORT = re.compile(rf"(-?)([0-9]{{2,3}}){_MARK}", re.ASCII)
_LONG = re.compile(r"Y(-?)([1-9][0-9]*)(?:E([1-9][0-9]{0,2}))?(?:S[1-9][0-9]*)?", re.ASCII)
_SIGNIFICANT = re.compile(r"(-?[0-9]{4})S[1-9][0-9]*", re.ASCII)
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?"
_EAST = r"\+(?:0[0-9]|1[0-3])(?::?[0-5][0-9])?|\+14(?::?00)?"
_WEST = r"-(?!00(?::?00)?$)(?:0[0-9]|1[01])(?::?[0-5][0-9])?|-12(?::?00)?"
_TIME = re.compile(rf"(-?[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})T(?:{_CLOCK})(?:Z|{_EAST}|{_WEST})?", re.ASCII)


def read_text(text: str) -> Reading | None:
    """Read a whole string; ``None`` where it is not in the grammar.

    Raises :class:`NotationError` with the reason alone where the form is right and the days are not.
    """
    if text[:1] + text[-1:] in ("[]", "{}"):
        return _list(text[1:-1].split(","), "set" if text[0] == "{" else "day")
    if "/" in text:
        return _interval(*text.partition("/")[::2])
    time = _TIME.fullmatch(text)
    part = _part(time[1] if time else text)
    return None if part is None else Reading("day", part.first, part.last, ())


def _interval(start: str, end: str) -> Reading | None:
    bounds: list[Part | None] = []
    for side in (start, end):
        if side in ("", ".."):
            bounds.append(None)
            continue
        part = None if _SHORT.fullmatch(side) else _part(side)
        if part is None:
            return None
        bounds.append(part)
    first, last = (None if part is None else part for part in bounds)
    if first is not None and last is not None and first.first > last.last:
        raise NotationError(f"it ends before it begins; write the earlier date first: {end}/{start}")
    return Reading("interval", first.first if first else None, last.last if last else None, ())


def _list(items: list[str], shape: str) -> Reading | None:
    members: list[Stretch] = []
    for index, item in enumerate(items):
        # Spaces stand around commas only, not inside the brackets' ends.
        item = item if index == 0 else item.lstrip(" ")
        item = item if index == len(items) - 1 else item.rstrip(" ")
        left, dots, right = item.partition("..")
        if dots and ((not left and index) or (not right and index < len(items) - 1)):
            return None
        stretches = _range(left, right, shape, MAX_MEMBERS - len(members)) if dots else _single(item)
        if stretches is None:
            return None
        members.extend(stretches)
    return Reading(shape, *_hull(members), _disjoint(members))


def _single(item: str) -> list[Stretch] | None:
    part = _part(item)
    return None if part is None else [(part.first, part.last)]


def _range(left: str, right: str, shape: str, room: int) -> list[Stretch] | None:
    start, end = (None if not side else _part(side) for side in (left, right))
    if (start is None) is bool(left) or (end is None) is bool(right) or start is end:
        return None
    if start is None or end is None:
        return [(start.first if start else None, end.last if end else None)]
    if start.first > end.last:
        raise NotationError(f"{left}..{right} ends before it begins; write the earlier date first: {right}..{left}")
    steps = _steps(start, end)
    if len(steps) <= 1 or (len(steps) > room and shape == "day"):
        return [(start.first, end.last)]
    if len(steps) > room:
        raise NotationError(f"a set of more than {MAX_MEMBERS} members; write an interval {left}/{right}")
    return [months(step, start.unit) if start.unit else (step, step) for step in steps]


def _steps(start: Part, end: Part) -> range:
    """Count years, months or days from start to end, as far as the calendar reaches; none for unlike ends."""
    if start.unit is None or start.unit != end.unit:
        return range(0)
    low, high = (0, LAST + 1) if not start.unit else (0, 120_000)
    return range(max(start.index, low), min(end.index, high) + 1, start.unit or 1)


def _hull(members: list[Stretch]) -> Stretch:
    starts, ends = [a for a, _ in members if a is not None], [b for _, b in members if b is not None]
    first = min(starts) if len(starts) == len(members) else None
    return first, max(ends) if len(ends) == len(members) else None


def _disjoint(members: list[Stretch]) -> tuple[Stretch, ...]:
    """Clamp and sort stretches, and join those that share a day: one unit could keep the promise of both."""
    found: list[Stretch] = []
    clamped = [(None if a is None else clamp(a), None if b is None else clamp(b)) for a, b in members]
    for first, last in sorted(clamped, key=lambda m: m[0] or 0):
        before = found[-1] if found else None
        if before is None or (before[1] is not None and first is not None and first > before[1]):
            found.append((first, last))
        else:
            end = None if before[1] is None or last is None else max(before[1], last)
            found[-1] = (before[0], end)
    return tuple(found)


def _part(text: str) -> Part | None:
    found = _DATE.fullmatch(text)
    if found is not None:
        return _dated(found[1], found[2], found[3])
    return _short(text) or _long(text)


def _dated(year: str, month: str | None, day: str | None) -> Part | None:
    unknown = "X" in year or "X" in (month or "") or "X" in (day or "")
    if not unknown and day is None and (month is None or "01" <= month <= "12") and year != "-0000":
        count = 12 if month is None else 1
        index = int(year) * 12 + (int(month) - 1 if month else 0)
        return Part(*months(index, count), count, index)
    if day is None and month is not None and month.isdigit() and int(month) in SEASONS:
        return _season(year, *SEASONS[int(month)])
    bounds = masked(year, month or "XX", day or "XX")
    if bounds is None:
        return None
    return Part(*bounds) if unknown else Part(*bounds, 0, bounds[0])


def _season(year: str, month: int, count: int) -> Part | None:
    years = masked_years(year)
    if years is None:
        return None
    first, last = (12 * number + month - 1 for number in years)
    return Part(months(first, count)[0], months(last, count)[1])


def _short(text: str) -> Part | None:
    """Read a century (two digits) or a decade (three)."""
    found = _SHORT.fullmatch(text)
    if found is None or (found[1] and not int(found[2])):
        return None
    return _whole_years(*(masked_years((found[1] + found[2]).ljust(4 + len(found[1]), "X")) or (0, 0)))


def _long(text: str) -> Part | None:
    """Read a year of more than four digits, or one with significant digits: the year itself, not the digits' reach."""
    if (found := _SIGNIFICANT.fullmatch(text)) and found[1] != "-0000":
        return _whole_years(int(found[1]), int(found[1]))
    found = _LONG.fullmatch(text)
    if found is None:
        return None
    year = int(found[2]) * 10 ** int(found[3] or 0)
    if year <= 9999:
        return None
    return _whole_years(-year, -year) if found[1] else _whole_years(year, year)


def _whole_years(first: int, last: int) -> Part:
    return Part(ordinal(first, 1, 1), ordinal(last, 12, 31))
