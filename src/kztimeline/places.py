"""On which line of a TOML draft each event and each of its keys stands.

The text is one that a TOML reader has accepted. Strings and comments are blanked first, so that what
stands inside them is never taken for a key; what is not certain gets no line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import define, field, frozen

_STRING_OR_COMMENT = re.compile(
    r"""
      \"{3} (?: \\. | [^\\] )*? \"{3} \"{0,2}
    | '{3} .*? '{3} '{0,2}
    | \" (?: \\. | [^"\\\n] )* \"
    | ' [^'\n]* '
    | \# [^\n]*
    """,
    re.DOTALL | re.VERBOSE,
)
_NAME = r"[A-Za-z0-9_\-. \t]+?"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_NAME})[ \t]*\]")
_KEY = re.compile(rf"[ \t]*({_NAME})[ \t]*=")


@frozen
class Places:
    """Lines, counted from 1: of the keys at the top, of the defaults, and of each event (``""`` is its header)."""

    top: dict[str, int]
    defaults: dict[str, int]
    events: list[dict[str, int]]


@define
class _Cursor:
    places: Places
    current: dict[str, int] | None
    prefix: str = ""
    arrays: dict[str, dict[str, int]] = field(factory=dict)


def places_of(text: str, count: int) -> Places:
    """Find the lines of a draft with ``count`` events; if they are not all found, none of them has lines."""
    found = Places({}, {}, [])
    cursor = _Cursor(found, found.top)
    depth = 0
    for number, line in enumerate(_blanked(text).split("\n"), start=1):
        if depth == 0:
            _read(cursor, line, number)
        depth += sum(line.count(mark) for mark in "[{") - sum(line.count(mark) for mark in "]}")
    if len(found.events) == count:
        return found
    alone = {"": found.top["events"]} if "events" in found.top else {}
    return Places(found.top, found.defaults, [alone for _ in range(count)])


def line_at(places: Mapping[str, int], path: str) -> int | None:
    """Give the line of a path such as ``citations[0].published``, or of the nearest thing that holds it."""
    while path not in places and path:
        path = re.sub(r"(\[[^\[\]]*\]|\.?[^.\[\]]+|.)$", "", path, count=1, flags=re.DOTALL)
    return places.get(path)


def _blanked(text: str) -> str:
    return _STRING_OR_COMMENT.sub(lambda found: re.sub(r"[^\n]", "\x00", found[0]), text)


def _read(cursor: _Cursor, line: str, number: int) -> None:
    if header := _HEADER.match(line):
        _open(cursor, [part.strip() for part in header[2].split(".")], header[1] == "[[", number)
    elif line.lstrip(" \t").startswith("["):
        cursor.current = None
    elif (key := _KEY.match(line)) and cursor.current is not None:
        name = ".".join(part.strip() for part in key[1].split("."))
        cursor.current.setdefault(f"{cursor.prefix}.{name}" if cursor.prefix else name, number)


def _open(cursor: _Cursor, parts: list[str], double: bool, number: int) -> None:
    places, top = cursor.places, parts[0]
    places.top.setdefault(top, number)
    if top == "defaults":
        places.defaults.setdefault("", number)
    if parts == ["events"] and double:
        places.events.append({"": number})
        cursor.arrays["events"] = {}
    cursor.current = {"defaults": places.defaults, "events": places.events[-1] if places.events else None}.get(top)
    cursor.prefix = _numbered(cursor.arrays.setdefault(top, {}), parts[1:], double)
    if cursor.current is not None and len(parts) > 1:
        cursor.current.setdefault(parts[1], number)
        cursor.current.setdefault(cursor.prefix, number)


def _numbered(arrays: dict[str, int], parts: list[str], double: bool) -> str:
    """Write a header's path with the position in each array of tables that it goes through."""
    path = ""
    for position, part in enumerate(parts, start=1):
        path = f"{path}.{part}" if path else part
        if double and position == len(parts):
            arrays[path] = arrays.get(path, -1) + 1
        if path in arrays:
            path = f"{path}[{arrays[path]}]"
    return path
