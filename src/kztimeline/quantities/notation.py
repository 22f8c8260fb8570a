"""The notation of counts and amounts: words, signs, marks, and what one publication writes otherwise (R14)."""

from __future__ import annotations

import re
from enum import StrEnum

from attrs import frozen


class Mark(StrEnum):
    """What the notation says about a figure beside its bounds."""

    UNCERTAIN = "uncertain"
    APPROXIMATE = "approximate"
    ESTIMATED = "estimated"
    HEDGED = "hedged"
    AT_LEAST = "at-least"
    MORE_THAN = "more-than"
    UP_TO = "up-to"
    LESS_THAN = "less-than"
    SOME = "some"
    UNKNOWN = "unknown"
    RANGE = "range"
    NOTED = "noted"


@frozen
class Quantity:
    """A number of units as written. ``high`` ``None``: no upper bound; ``best`` ``None``: no single best.

    Zero, "some", "unknown" and nothing stated (no ``Quantity`` at all) are four things.
    """

    text: str
    low: int
    best: int | None
    high: int | None
    marks: frozenset[Mark]


@frozen
class Override:
    """A notation of one publication, what it means in plain notation, and a mark it adds.

    ``{}`` stands for the number: ``Override("some {}", "~{}", None)``.
    """

    written: str
    means: str
    mark: Mark | None


@frozen
class Profile:
    """How one publication, in some years, writes counts (R14): what means something else there.

    ``thousands`` is the sign between groups of three digits, empty where there is none.
    """

    name: str
    overrides: tuple[Override, ...]
    thousands: str


PLAIN = Profile("plain", (), "")
MILITARY_BALANCE = Profile(
    "military-balance",
    (
        Override("ε{}", "({})", None),
        Override("ε {}", "({})", None),
        Override("est {}", "({})", None),
        Override("some {}", "~{}", None),
        Override("{}*", "{}", Mark.NOTED),
    ),
    ",",
)

PROFILES = {profile.name: profile for profile in (PLAIN, MILITARY_BALANCE)}
"""Profiles by name, as the definition of an edition names them."""

COUNT = re.compile(r"0|[1-9][0-9]*", re.ASCII)
COUNTS = re.compile(r"(0|[1-9][0-9]*) ?(?:-|–|\.\.) ?(0|[1-9][0-9]*)", re.ASCII)
_WORDS = {"some": Mark.SOME, "several": Mark.SOME, "unknown": Mark.UNKNOWN}
_COMPARED: tuple[tuple[re.Pattern[str], str, frozenset[Mark]], ...] = tuple(
    (re.compile(pattern), word, frozenset(marks))
    for pattern, word, marks in (
        (r"(?:at least |>= ?|≥ ?)(.+)|(.+)\+", "least", {Mark.AT_LEAST}),
        (r"(?:more than |over |> ?)(.+)", "above", {Mark.AT_LEAST, Mark.MORE_THAN}),
        (r"(?:up to |at most |<= ?|≤ ?)(.+)", "upto", {Mark.UP_TO}),
        (r"(?:fewer than |less than |< ?)(.+)", "below", {Mark.UP_TO, Mark.LESS_THAN}),
    )
)
_SIGNS = (
    (re.compile(r"\((.+)\)"), Mark.ESTIMATED),
    (re.compile(r"(.+)\?"), Mark.UNCERTAIN),
    (re.compile(r"(.+)~"), Mark.APPROXIMATE),
    (re.compile(r"(?:~ ?|ca\. ?|c\. ?|about |ε ?)(.+)"), Mark.APPROXIMATE),
    (re.compile(r"(?:presumably |reportedly |probably )(.+)"), Mark.HEDGED),
)


@frozen
class Form:
    """How a figure is said: the word before it, its numbers as written (two for a range), the marks."""

    word: str
    numbers: tuple[str, ...]
    marks: frozenset[Mark]


def formed(text: str, number: re.Pattern[str], span: re.Pattern[str]) -> Form | None:
    """Take a notation apart; ``None`` where the text is in no known form."""
    rest, outer = _unsigned(text)
    if rest in _WORDS:
        return Form(_WORDS[rest], (), outer | {_WORDS[rest]})
    if between := span.fullmatch(rest):
        return Form("range", tuple(n for n in between.groups() if n), outer | {Mark.RANGE})
    for pattern, word, marks in _COMPARED:
        if found := pattern.fullmatch(rest):
            inside, inner = _unsigned(found[found.lastindex or 0])
            return Form(word, (inside,), outer | inner | marks) if number.fullmatch(inside) else None
    return Form("exactly", (rest,), outer) if number.fullmatch(rest) else None


def read(text: str, profile: Profile) -> Quantity | None:
    """Read without asking whether the bounds make sense; ``None`` where the text is in no known form."""
    plain, noted = _translated(text, profile)
    form = formed(plain, COUNT, COUNTS)
    if form is None:
        return None
    return Quantity(text, *_meaning(form.word, *map(int, form.numbers)), form.marks | noted)


def _meaning(word: str, number: int = 0, end: int = 0) -> tuple[int, int | None, int | None]:
    """Low, best and high of a count (R14)."""
    if word == "exactly":
        return number, number, number
    if word == "range":
        return number, number if number == end else None, end
    if word in ("least", "unknown"):
        return number, None, None
    if word in ("above", "some"):
        return number + 1, None, None
    if word == "upto":
        return 0, number, number
    return 0, 0 if number == 1 else None, number - 1


def _unsigned(text: str) -> tuple[str, frozenset[Mark]]:
    """Take off signs and hedges, outermost first, each at most once."""
    marks: set[Mark] = set()
    while True:
        for pattern, mark in _SIGNS:
            if mark not in marks and (found := pattern.fullmatch(text)):
                text = found[1]
                marks.add(mark)
                break
        else:
            return text, frozenset(marks)


def _translated(text: str, profile: Profile) -> tuple[str, frozenset[Mark]]:
    """Say in plain notation what a publication wrote; the marks are those that only its sign carries."""
    if profile.thousands:
        text = joined(text, re.escape(profile.thousands))
    marks: set[Mark] = set()
    for override in profile.overrides:
        before, _, after = override.written.partition("{}")
        inner = text[len(before) : len(text) - len(after)]
        if text == before + inner + after and inner[:1].isdigit():
            text = override.means.replace("{}", inner)
            marks |= {override.mark} if override.mark else set()
    return text, frozenset(marks)


def joined(text: str, separators: str) -> str:
    """Take the separators out of numbers that are written in whole groups of three."""
    grouped = rf"(?<![0-9.,])[1-9][0-9]{{0,2}}(?:{separators}[0-9]{{3}})+(?![0-9]|[.,][0-9])"
    return re.sub(grouped, lambda found: re.sub(r"[^0-9]", "", found[0]), text)
