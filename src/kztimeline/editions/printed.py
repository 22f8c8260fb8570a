"""Names as an edition prints them: one row may name several systems, and a system twice.

Only general steps: "(…)" after a name is a second name, unless the name alone is another row of the same edition; "/"
separates the systems that share a number, and a part that begins with a digit takes the letters of the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from kztimeline.registry import fold

_SECOND = re.compile(r"^(.*?)\s*\(([^()]+)\)\s*$")
_LETTERS = re.compile(r"^[^0-9]*")
_ENDING = re.compile(r"[A-Za-z]+$")


def members_of(item: str, rows: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Give the names of each system that a row names, main name first; ``rows`` are the folded names of all rows.

    >>> members_of("BTR-80A/82A", ())
    (('BTR-80A',), ('BTR-82A',))
    >>> members_of("9K79 Tochka (SS-21)", ())
    (('9K79 Tochka', 'SS-21'),)
    """
    whole = _names(item.strip(), rows)
    if len(whole) > 1 and "/" not in whole[0]:
        return (whole,)
    found: list[tuple[str, ...]] = []
    for part in _parts(item):
        name = _inherited(part, found[-1][0]) if found else part
        found.append(_names(name, rows))
    return tuple(found)


def _names(name: str, rows: Collection[str]) -> tuple[str, ...]:
    """Take "(…)" for a second name, unless the name alone stands in a row of its own."""
    second = _SECOND.match(name)
    if second is None or not second[1] or fold(second[1]) in rows:
        return (name,)
    return (second[1], second[2].strip())


def _parts(item: str) -> list[str]:
    """Split at "/" outside brackets, and at commas of a list that ends in "and"."""
    text = re.sub(r",?\s+and\s+", ", ", item) if re.search(r",.*\band\b", item) else item
    marks = "/," if text != item else "/"
    parts, depth, current = [], 0, ""
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign in marks and depth <= 0:
            parts.append(current)
            current = ""
        else:
            current += sign
    return [part.strip() for part in (*parts, current) if part.strip()]


def _inherited(part: str, before: str) -> str:
    """Complete a part by the one before it: "82A" after "BTR-80A", "B" after "AIM-120A"."""
    if part[0].isdigit():
        letters = _LETTERS.match(before)
        return (letters[0] if letters else "") + part
    ending = _ENDING.search(before)
    if len(part) <= 2 and part.isalpha() and ending is not None and len(ending[0]) <= 2 and ending.start() > 0:
        return before[: ending.start()] + part
    return part
