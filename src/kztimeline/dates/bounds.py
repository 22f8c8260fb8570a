"""Days as whole numbers on a calendar without ends, and the first and last day that a mask of digits allows.

Day 1 is 0001-01-01 of the proleptic Gregorian calendar, as in ``datetime.date.toordinal``; days before it are zero
and negative. Year 0 is the year before year 1 (ISO 8601-1).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

LAST = datetime.date.max.toordinal()
"""The ordinal of 9999-12-31, the last day that a date object can hold."""
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

SEASONS: dict[int, tuple[int, int]] = {
    **dict.fromkeys((21, 25, 31), (3, 3)),
    **dict.fromkeys((22, 26, 32), (6, 3)),
    **dict.fromkeys((23, 27, 29), (9, 3)),
    **dict.fromkeys((24, 28, 30), (12, 1)),
    **{33 + quarter: (3 * quarter + 1, 3) for quarter in range(4)},
    **{37 + third: (4 * third + 1, 4) for third in range(3)},
    **{40 + half: (6 * half + 1, 6) for half in range(2)},
}
"""First month and number of months of the codes 21 to 41 (ISO 8601-2:2019, 4.8).

Seasons of no place (21–24), of the north (25–28) and of the south (29–32), quarters, quadrimesters, semesters. What
begins in December keeps to the December of its own year, as other libraries have it: no day of another year.
"""


def days_in(year: int, month: int) -> int:
    """Count the days of a month."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _LENGTHS[month - 1]


def ordinal(year: int, month: int, day: int) -> int:
    """Number a day of any year; it must exist.

    Counts in eras of 400 years that begin in March, where a leap day is the last of its year.
    """
    year -= month < 3
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day
    return 365 * year + year // 4 - year // 100 + year // 400 + day_of_year - 306


def months(index: int, count: int = 1) -> tuple[int, int]:
    """Give first and last day of some months; month 0 is January of year 0."""
    year, month = divmod(index, 12)
    year_after, month_after = divmod(index + count, 12)
    return ordinal(year, month + 1, 1), ordinal(year_after, month_after + 1, 1) - 1


def clamp(day: int) -> int:
    """Move a day before 0001-01-01 or after 9999-12-31 to the end of the calendar."""
    return max(1, min(day, LAST))


def masked(year: str, month: str, day: str) -> tuple[int, int] | None:
    """Find the first and the last existing day that fits digits and ``X``; ``None`` where no day fits."""
    first, last = _fitting(year, month, day, 1), _fitting(year, month, day, -1)
    return None if first is None or last is None else (first, last)


def masked_years(year: str) -> tuple[int, int] | None:
    """Give the first and the last year that fits; ``None`` for year minus nought."""
    first, last = next(_years(year, 1), None), next(_years(year, -1), None)
    return None if first is None or last is None else (first, last)


def _fitting(year: str, month: str, day: str, step: int) -> int | None:
    """Walk the years up (step 1) or down (step -1) to the first day that fits."""
    found = _numbers(month, 12)[::step]
    days = _numbers(day, 31)[::step]
    for number in _years(year, step):
        for month_number in found:
            length = days_in(number, month_number)
            for day_number in days:
                if day_number <= length:
                    return ordinal(number, month_number, day_number)
    return None


def _years(mask: str, step: int) -> Iterator[int]:
    """Yield the years that fit, up or down; lazily, since the first one nearly always serves."""
    sign = -1 if mask.startswith("-") else 1
    digits = range(10)[:: sign * step]
    for chosen in product(*(digits if char == "X" else (int(char),) for char in mask.lstrip("-"))):
        value = 1000 * chosen[0] + 100 * chosen[1] + 10 * chosen[2] + chosen[3]
        if value or sign > 0:
            yield sign * value


@lru_cache(maxsize=1024)
def _numbers(mask: str, most: int) -> tuple[int, ...]:
    return tuple(n for n in range(1, most + 1) if all(c in ("X", d) for c, d in zip(mask, f"{n:02}", strict=True)))
