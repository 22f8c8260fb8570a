"""How many, as sources say it: kept as written, with low, best, high and marks (R14).

Counts are whole units. Money and shares are :class:`Amount`: decimal text with a unit, never a float.
"""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import Attribute, evolve, field, frozen

from kztimeline.errors import NotationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST = 10**12
LONGEST = 200


class Mark(StrEnum):
    """What the notation says about a figure beside its bounds."""

    UNCERTAIN = "uncertain"
    APPROXIMATE = "approximate"
    ESTIMATED = "estimated"
    HEDGED = "hedged"
    AT_LEAST = "at-least"
    MORE_THAN = "more-than"
    UP_TO = "up-to"
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

_NUMBER = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_RANGE = re.compile(r"(0|[1-9][0-9]*) ?(?:-|–|\.\.) ?(0|[1-9][0-9]*)", re.ASCII)
_WORDS = {"some": Mark.SOME, "several": Mark.SOME, "unknown": Mark.UNKNOWN}
_COMPARED: tuple[tuple[re.Pattern[str], str, frozenset[Mark]], ...] = tuple(
    (re.compile(pattern), word, frozenset(marks))
    for pattern, word, marks in (
        (r"(?:at least |>= ?|≥ ?)(.+)|(.+)\+", "least", {Mark.AT_LEAST}),
        (r"(?:more than |over |> ?)(.+)", "above", {Mark.AT_LEAST, Mark.MORE_THAN}),
        (r"(?:up to |at most |<= ?|≤ ?)(.+)", "upto", {Mark.UP_TO}),
        (r"(?:fewer than |less than |< ?)(.+)", "below", {Mark.UP_TO}),
    )
)
_SIGNS = (
    (re.compile(r"\((.+)\)"), Mark.ESTIMATED),
    (re.compile(r"(.+)\?"), Mark.UNCERTAIN),
    (re.compile(r"(.+)~"), Mark.APPROXIMATE),
    (re.compile(r"(?:~ ?|ca\. ?|c\. ?|about |ε ?)(.+)"), Mark.APPROXIMATE),
    (re.compile(r"(?:presumably |reportedly |probably )(.+)"), Mark.HEDGED),
)


def parse_quantity(text: str, *, profile: Profile = PLAIN) -> Quantity:
    """Read a count, such as ``12``, ``(12)``, ``at least 5``, ``up to 300``, ``some``, ``16-20`` (R14).

    The text is kept. Answers are cached. Raises :class:`NotationError` naming what to write instead.
    """
    if not isinstance(text, str):
        raise NotationError(f"a quantity is text, not {text!r}; write it in quotation marks")
    if len(text) > LONGEST:
        raise NotationError(f"not a quantity: {text[:60]!r}… is longer than {LONGEST} characters; write only the count")
    return _parsed(text, profile)


def format_quantity(quantity: Quantity) -> str:
    """Write a quantity: its text, as it was read."""
    return quantity.text


def contains(wide: Quantity, narrow: Quantity) -> bool:
    """Whether every number that ``narrow`` allows is one that ``wide`` allows."""
    below = wide.high is None or (narrow.high is not None and narrow.high <= wide.high)
    return wide.low <= narrow.low and below


@lru_cache(maxsize=65536)
def _parsed(text: str, profile: Profile) -> Quantity:
    quantity = _read(text, profile)
    if quantity is None:
        raise NotationError(f"not a quantity: {text[:60]!r}{_advice(text, profile)}")
    if max(quantity.low, quantity.high or 0) > LARGEST:
        raise NotationError(f"not a quantity: {text[:60]!r} is more than {LARGEST}; write the count in single units")
    if quantity.high is not None and quantity.high < 0:
        raise NotationError(f"not a quantity: {text!r}: nothing is fewer than 0; write 0 for none")
    if quantity.high is not None and quantity.low > quantity.high:
        raise NotationError(f"not a quantity: {text!r} ends below its start; write the smaller number first")
    return quantity


def _read(text: str, profile: Profile) -> Quantity | None:
    """Read without asking whether the bounds make sense; ``None`` where the text is in no known form."""
    plain, noted = _translated(text, profile)
    rest, outer = _unsigned(plain)
    found = _read_form(rest)
    if found is None:
        return None
    return evolve(found, text=text, marks=found.marks | outer | noted)


def _read_form(text: str) -> Quantity | None:
    if text in _WORDS:
        mark = _WORDS[text]
        return Quantity(text, 1 if mark is Mark.SOME else 0, None, None, frozenset({mark}))
    if between := _RANGE.fullmatch(text):
        low, high = int(between[1]), int(between[2])
        return Quantity(text, low, low if low == high else None, high, frozenset({Mark.RANGE}))
    for pattern, word, marks in _COMPARED:
        if found := pattern.fullmatch(text):
            rest, inner = _unsigned(found[found.lastindex or 0])
            return Quantity(text, *_meaning(word, int(rest)), marks | inner) if _NUMBER.fullmatch(rest) else None
    return Quantity(text, int(text), int(text), int(text), frozenset()) if _NUMBER.fullmatch(text) else None


def _meaning(word: str, number: int) -> tuple[int, int | None, int | None]:
    """Low, best and high of a compared number (R14)."""
    if word == "least":
        return number, None, None
    if word == "above":
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
        text = _joined(text, re.escape(profile.thousands))
    marks: set[Mark] = set()
    for override in profile.overrides:
        before, _, after = override.written.partition("{}")
        inner = text[len(before) : len(text) - len(after)]
        if text == before + inner + after and inner[:1].isdigit():
            text = override.means.replace("{}", inner)
            marks |= {override.mark} if override.mark else set()
    return text, frozenset(marks)


def _joined(text: str, separators: str) -> str:
    """Take the separators out of numbers that are written in whole groups of three."""
    grouped = rf"(?<![0-9.,])[1-9][0-9]{{0,2}}(?:{separators}[0-9]{{3}})+(?![0-9]|[.,][0-9])"
    return re.sub(grouped, lambda found: re.sub(r"[^0-9]", "", found[0]), text)


_NOTHING = {"", "-", "–", "—", ".", "*", "na", "n/a", "n.a", "n.a.", "none given", "no numbers given", "k. a.", "k.a."}
_ELSEWHERE = {
    "some": ("einige", "некоторые", "bazı"),
    "several": ("mehrere", "несколько", "birkaç"),
    "unknown": ("unbekannt", "неизвестно", "bilinmiyor"),
    "at least n": ("mindestens", "wenigstens", "не менее", "как минимум", "en az"),
    "more than n": ("mehr als", "über", "более", "свыше", "больше"),
    "up to n": ("bis zu", "höchstens", "maximal", "до", "не более", "en fazla"),
    "fewer than n": ("weniger als", "менее", "меньше"),
    "about n": ("rund", "etwa", "circa", "ungefähr", "approximately", "около", "примерно", "yaklaşık"),
    "presumably n": ("mutmaßlich", "vermutlich", "wohl", "предположительно", "muhtemelen"),
    "0": ("none", "nil", "zero", "keine", "нет", "yok"),
}
_COUNTING = (
    "one two three four five six seven eight nine ten eleven twelve",
    "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
    "bir iki üç dört beş altı yedi sekiz dokuz on",
)
_SPELLED = {word: number for words in _COUNTING for number, word in enumerate(words.split(), 1)}
_HINTS = (
    (r"[-−–] ?[0-9]+", "a number of units is not negative; write retired, lost or exported with the number"),
    (r"[0-9]+ ?[-−–]", "a number with an open end is read in two ways; write up to 65, or both ends, 60-65"),
    (r"some [0-9]+", "some with a number means about in some publications; write about 300, at least 300 or some"),
    (r".*[0-9][.,][0-9].*|[.,][0-9]+", "units are whole; write money and shares as amounts with a unit"),
)


def _advice(text: str, profile: Profile) -> str:
    folded = text.strip().casefold()
    if folded in _NOTHING:
        return "; write 0 for none, unknown where the source says so, or leave the field out"
    for better, how in _repairs(text):
        if better != text and _read(better, profile):
            return f"; write {how.format(better)}"
    for pattern, hint in _HINTS:
        if re.fullmatch(pattern, folded, re.ASCII):
            return f"; {hint}"
    for ours, words in _ELSEWHERE.items():
        if any(folded == word or folded.startswith(f"{word} ") for word in words):
            return f"; write {ours}"
    if folded in _SPELLED:
        return f"; write {_SPELLED[folded]}"
    if any(char.isdigit() and not char.isascii() for char in text):
        return "; write ASCII digits"
    return "; write 12, (12), 12?, at least 5, more than 26, up to 300, 16-20, some or unknown"


def _repairs(text: str) -> Iterator[tuple[str, str]]:
    """Give the text with one fault mended at a time, then with all, each with how to say so."""
    mends: tuple[tuple[Callable[[str], str], str], ...] = (
        (str.strip, "it without spaces around it: {}"),
        (lambda t: "".join(str(int(c)) if c.isdecimal() else c for c in t), "ASCII digits: {}"),
        (str.casefold, "it in small letters: {}"),
        (lambda t: _joined(t, "[,. '’\u00a0\u202f]"), "{}"),
        (lambda t: re.sub(r"(?<![0-9.,])0+(?=[0-9])", "", t), "it without leading zeros: {}"),
    )
    for mend, how in mends:
        yield mend(text), how
    for mend, _ in mends:
        text = mend(text)
    yield text, "{}"


_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)


def _is_decimal(_amount: Amount, _field: Attribute[str], text: str) -> None:
    if not isinstance(text, str):
        raise NotationError(f"an amount is text, not {text!r}; write it in quotation marks")
    if not _DECIMAL.fullmatch(text):
        raise NotationError(f"not a decimal: {text[:60]!r}; write {_better_decimal(text)}")


def _is_unit(amount: Amount, _field: Attribute[str], unit: str) -> None:
    if not isinstance(unit, str) or not unit.strip():
        raise NotationError(f"no unit beside {amount.text!r}; write one such as EUR, USD, TIV or %")
    if unit != unit.strip() or not unit.isprintable():
        raise NotationError(f"not a unit: {unit[:60]!r}; write it on one line without spaces around it")


@frozen
class Amount:
    """A decimal with its unit, such as ``7.59`` ``EUR``; the text as written, so 7.5 and 7.50 are two texts.

    Raises :class:`NotationError` for separators, exponents, floats and missing units.
    """

    text: str = field(validator=_is_decimal)
    unit: str = field(validator=_is_unit)

    @property
    def value(self) -> Decimal:
        """The exact value of the text."""
        return Decimal(self.text)


def parse_amount(text: str, unit: str) -> Amount:
    """Read a decimal such as ``7.59`` with its unit (``EUR``, ``USD``, ``TIV``, ``share``, ``%``).

    Raises :class:`NotationError` as :class:`Amount` does, and for more than 40 characters.
    """
    if isinstance(text, str) and len(text) > 40:
        raise NotationError(f"not a decimal: {text[:60]!r} is longer than 40 characters; write fewer digits")
    return Amount(text, unit)


def add_amounts(one: Amount, other: Amount) -> Amount:
    """Add two amounts of one unit, exactly. Raises :class:`NotationError` for unlike units."""
    if one.unit != other.unit:
        raise NotationError(f"unlike units do not add: {one.unit} and {other.unit}; convert one of them first")
    with localcontext() as context:
        # The usual 28 digits would round a long sum without a word.
        context.prec = len(one.text) + len(other.text) + 1
        return Amount(f"{one.value + other.value:f}", one.unit)


def _better_decimal(text: str) -> str:
    plain = text.strip().replace(" ", "")
    if re.fullmatch(r"-?[1-9][0-9]{0,2},[0-9]{3}", plain, re.ASCII):
        return f"{plain.replace(',', '')}, or {plain.replace(',', '.')} where the comma is a decimal point"
    whole, point, part = plain.partition(".")
    if _DECIMAL.fullmatch(better := _joined(whole, "[,'’\u00a0\u202f]") + point + part):
        return better
    pointed = plain.replace(",", ".")
    return f"digits with a point, such as {pointed if _DECIMAL.fullmatch(pointed) else '7.59'}"
