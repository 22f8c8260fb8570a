"""How many, as sources say it: kept as written, with low, best, high and flags (R14).

Counts are whole units. Money and shares are :class:`Amount`: decimal text with a unit, never a float.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from attrs import frozen

from kztimeline.errors import NotationError

LARGEST = 10**12


class Mark(StrEnum):
    """What the notation says about a figure beside its bounds."""

    UNCERTAIN = "uncertain"
    APPROXIMATE = "approximate"
    ESTIMATED = "estimated"
    HEDGED = "hedged"
    AT_LEAST = "at-least"
    UP_TO = "up-to"
    SOME = "some"
    UNKNOWN = "unknown"
    RANGE = "range"


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
class Amount:
    """A decimal with its unit, such as ``7.59`` ``EUR``; the text as written."""

    text: str
    unit: str

    @property
    def value(self) -> Decimal:
        """The exact value of the text."""
        return Decimal(self.text)


@frozen
class Profile:
    """How one publication writes counts (R14): words and signs that mean something else there."""

    name: str
    words: tuple[tuple[str, str], ...]


PLAIN = Profile("plain", ())
MILITARY_BALANCE = Profile("military-balance", (("ε", "~"), ("some ", "~"), ("about ", "~"), ("est ", "~")))

_N = r"[0-9]+"
_FORMS: tuple[tuple[str, Mark | None], ...] = (
    (rf"(?P<a>{_N})", None),
    (rf"(?:at least |>= ?|≥ ?)(?P<least>{_N})|(?P<b>{_N})\+", Mark.AT_LEAST),
    (rf"(?:more than |over |> ?)(?P<above>{_N})", Mark.AT_LEAST),
    (rf"(?:up to |at most |<= ?|≤ ?)(?P<upto>{_N})", Mark.UP_TO),
    (rf"(?:fewer than |less than |< ?)(?P<below>{_N})", Mark.UP_TO),
    (rf"(?P<from>{_N}) ?(?:-|–|\.\.) ?(?P<to>{_N})", Mark.RANGE),
    (r"(?P<some>some|several)", Mark.SOME),
    (r"(?P<unknown>unknown)", Mark.UNKNOWN),
)
_SIGNS = (
    (re.compile(r"\((.+)\)", re.ASCII), Mark.ESTIMATED),
    (re.compile(r"(.+)\?", re.ASCII), Mark.UNCERTAIN),
    (re.compile(r"(.+)~", re.ASCII), Mark.APPROXIMATE),
    (re.compile(r"(?:~ ?|ca\. ?|c\. ?|about |ε ?)(.+)"), Mark.APPROXIMATE),
    (re.compile(r"(?:presumably |reportedly |probably )(.+)", re.ASCII), Mark.HEDGED),
)
_ELSEWHERE = {
    "einige": "some", "mehrere": "several", "unbekannt": "unknown", "mindestens": "at least n",
    "bis zu": "up to n", "mehr als": "more than n", "rund": "about n", "mutmaßlich": "presumably n",
    "несколько": "several", "неизвестно": "unknown", "birkaç": "several", "none": "0", "nil": "0",
}  # fmt: skip


@lru_cache(maxsize=65536)
def parse_quantity(text: str, *, profile: Profile = PLAIN) -> Quantity:
    """Read a count, such as ``12``, ``(12)``, ``at least 5``, ``up to 300``, ``some``, ``16-20``.

    Raises :class:`NotationError` naming what to write instead.
    """
    if not isinstance(text, str):
        raise NotationError(f"a quantity is text, not {text!r}; write it in quotation marks")
    inner, marks = _unmarked(_profiled(text, profile) if len(text) <= 200 else "")
    bounds = _bounds(inner)
    if bounds is None:
        raise NotationError(f"not a quantity: {text[:60]!r}{_advice(text)}")
    low, best, high, mark = bounds
    if max(low, high or 0) > LARGEST:
        raise NotationError(f"not a quantity: {text[:60]!r} is more than {LARGEST}")
    if high is not None and low > high:
        raise NotationError(f"not a quantity: {text!r} ends below its start; write the smaller number first")
    return Quantity(text, low, best, high, frozenset(marks | ({mark} if mark else set())))


def format_quantity(quantity: Quantity) -> str:
    """Write a quantity: its text, as it was read."""
    return quantity.text


def _profiled(text: str, profile: Profile) -> str:
    for word, meaning in profile.words:
        if text.startswith(word) and text[len(word) :].strip()[:1].isdigit():
            return meaning + text[len(word) :]
    return text


def _unmarked(text: str) -> tuple[str, set[Mark]]:
    """Take off signs and hedges, outermost first."""
    marks: set[Mark] = set()
    for _ in range(4):
        for pattern, mark in _SIGNS:
            if found := pattern.fullmatch(text):
                text = found[1]
                marks.add(mark)
                break
        else:
            break
    return text, marks


def _bounds(text: str) -> tuple[int, int | None, int | None, Mark | None] | None:
    for pattern, mark in _FORMS:
        found = re.fullmatch(pattern, text, re.ASCII)
        if found:
            named = {name: value for name, value in found.groupdict().items() if value is not None}
            return (
                (*_meaning(named), mark)
                if all(len(v) <= 15 for v in named.values())
                else (LARGEST + 1, None, None, mark)
            )
    return None


def _meaning(named: dict[str, str]) -> tuple[int, int | None, int | None]:
    if "some" in named:
        return 1, None, None
    if "unknown" in named:
        return 0, None, None
    if "from" in named:
        low, high = int(named["from"]), int(named["to"])
        return low, low if low == high else None, high
    ((name, digits),) = named.items()
    number = int(digits)
    if name == "above":
        return number + 1, None, None
    if name in ("b", "least"):
        return number, None, None
    if name == "upto":
        return 0, number, number
    if name == "below":
        return 0, None, number - 1 if number else 0
    return number, number, number


def _advice(text: str) -> str:
    folded = text.strip().casefold()
    if not folded or folded == "-":
        return "; write 0 for none, unknown where the source says so, or leave the field out"
    if text != text.strip():
        return f"; write it without spaces around it: {text.strip()!r}"
    for word, meaning in _ELSEWHERE.items():
        if folded.startswith(word):
            return f"; write {meaning}"
    if re.fullmatch(r"[0-9]{1,3}([,. '’\u00a0\u202f][0-9]{3})+", folded):
        return f"; write {re.sub(r'[^0-9]', '', folded)}"
    if re.fullmatch(r"-[0-9]+", folded):
        return "; a number of units is not negative; write retired, lost or exported with the number"
    if re.fullmatch(r"[0-9]+[.,][0-9]+", folded):
        return "; units are whole; money and shares are amounts with a unit"
    if any(char.isdigit() and not char.isascii() for char in text):
        return "; write ASCII digits"
    return "; write 12, (12), 12?, at least 5, more than 26, up to 300, 16-20, some or unknown"


def parse_amount(text: str, unit: str) -> Amount:
    """Read a decimal such as ``7.59`` with its unit (``EUR``, ``USD``, ``TIV``, ``%``).

    Raises :class:`NotationError` for separators, exponents and missing units.
    """
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", text, re.ASCII) or len(text) > 40:
        plain = text.replace(" ", "").replace(",", ".")
        better = plain if re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", plain, re.ASCII) else "7.59"
        raise NotationError(f"not a decimal: {text[:60]!r}; write digits with a point, such as {better}")
    if not unit.strip():
        raise NotationError(f"no unit beside {text!r}; write one such as EUR, USD, TIV or %")
    return Amount(text, unit)


def add_amounts(one: Amount, other: Amount) -> Amount:
    """Add two amounts of one unit. Raises :class:`NotationError` for unlike units."""
    if one.unit != other.unit:
        raise NotationError(f"unlike units do not add: {one.unit} and {other.unit}; convert one of them first")
    return Amount(str(one.value + other.value), one.unit)
