"""How many, as sources say it: kept as written, with low, best, high and marks (R14).

Counts are whole units. Money and shares are :class:`Amount`: decimals in the same notation, with a unit, never floats.
"""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import Attribute, field, frozen

from kztimeline.errors import NotationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST = 10**12
LONGEST = 200
LONGEST_AMOUNT = 100


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

_COUNT = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_COUNTS = re.compile(r"(0|[1-9][0-9]*) ?(?:-|–|\.\.) ?(0|[1-9][0-9]*)", re.ASCII)
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


@frozen
class _Form:
    """How a figure is said: the word before it, its numbers as written (two for a range), the marks."""

    word: str
    numbers: tuple[str, ...]
    marks: frozenset[Mark]


def _formed(text: str, number: re.Pattern[str], span: re.Pattern[str]) -> _Form | None:
    """Take a notation apart; ``None`` where the text is in no known form."""
    rest, outer = _unsigned(text)
    if rest in _WORDS:
        return _Form(_WORDS[rest], (), outer | {_WORDS[rest]})
    if between := span.fullmatch(rest):
        return _Form("range", tuple(n for n in between.groups() if n), outer | {Mark.RANGE})
    for pattern, word, marks in _COMPARED:
        if found := pattern.fullmatch(rest):
            inside, inner = _unsigned(found[found.lastindex or 0])
            return _Form(word, (inside,), outer | inner | marks) if number.fullmatch(inside) else None
    return _Form("exactly", (rest,), outer) if number.fullmatch(rest) else None


def _read(text: str, profile: Profile) -> Quantity | None:
    """Read without asking whether the bounds make sense; ``None`` where the text is in no known form."""
    plain, noted = _translated(text, profile)
    form = _formed(plain, _COUNT, _COUNTS)
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


_NOTHING = {
    "", "-", "–", "—", ".", "*", "?", "/", "na", "n/a", "n.a", "n.a.", "tbd", "k. a.", "k.a.", "none given",
    "no data", "no numbers given", "..", "...", "…",
}  # fmt: skip
_EMPTY = "write 0 for none, unknown where the source says so, or leave the field out"
_ELSEWHERE = {
    "at least ": ("mindestens", "wenigstens", "mind.", "min.", "minimum", "no fewer than", "no less than", "не менее", "как минимум", "en az"),
    "more than ": ("mehr als", "über", "above", "более", "свыше", "больше"),
    "up to ": ("bis zu", "höchstens", "maximal", "max.", "max", "maximum", "no more than", "not more than", "nicht mehr als", "до", "не более", "en fazla"),
    "fewer than ": ("weniger als", "unter", "under", "below", "менее", "меньше"),
    "about ": ("rund", "etwa", "circa", "ungefähr", "knapp", "fast", "nearly", "almost", "just under", "roughly", "around", "approximately", "approx.", "≈", "около", "примерно", "почти", "yaklaşık"),
    "presumably ": ("mutmaßlich", "vermutlich", "wohl", "possibly", "perhaps", "предположительно", "muhtemelen"),
    "some": ("einige", "mehrere", "a few", "many", "dozens", "dutzende", "hundreds", "hunderte", "некоторые", "несколько", "bazı", "birkaç"),
    "unknown": ("unbekannt", "not known", "unspecified", "неизвестно", "bilinmiyor"),
    "0": ("none", "nil", "zero", "no", "null", "keine", "нет", "yok"),
}  # fmt: skip
"""Our words, and those that are written for them elsewhere; ours end with a space where a number follows."""
_COUNTING = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
    "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn",
    "один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
    "bir iki üç dört beş altı yedi sekiz dokuz on",
)
_SPELLED = {word: str(number) for words in _COUNTING for number, word in enumerate(words.split(), 1)}
_TIMES = {"dozen": 12, "dutzend": 12, "hundred": 100, "hundert": 100, "thousand": 1000, "tausend": 1000, "тыс": 1000}
_TIMES |= dict.fromkeys(("million", "millions", "millionen", "mio", "mln", "млн"), 10**6)
_TIMES |= dict.fromkeys(("milliarde", "milliarden", "mrd", "bn", "млрд"), 10**9)
_LARGE = re.compile(rf"([0-9]+(?:\.[0-9]+)?) ?({'|'.join(sorted(_TIMES, key=len, reverse=True))})\b\.?", re.I)
_SIZES = r"bil|tri|quad|thou|mil|mio|mrd|m\b|k\b|x\b|e\d|hund|do?z|тр|бил|мил|млн|тыс|or\b"
_LETTER = r"[^\W\d_\u00b2-\u00be\u2070-\u218b]"
_NAMED = re.compile(rf"^(.*[0-9][)?~+]*)(?: ?[%€$£]| (?!{_SIZES}){_LETTER}[^0-9]*)$", re.I)
_JOINED = re.compile(
    r"^(?:between |from |zwischen |von |от )?([0-9.]+) ?(?:to|or|and|bis|oder|und|или|до|/|—|−) ?([0-9.]+)$", re.I
)
_AFTER = (
    (re.compile(r"^(.+) (?:or|and|oder|und|и) (?:more|mehr|более)$", re.I), r"at least \1"),
    (re.compile(r"^(.+) (?:or|oder) (?:less|fewer|weniger)$", re.I), r"up to \1"),
    (re.compile(r"^(.+) or so$", re.I), r"about \1"),
)
_HINTS = (
    (r"[-−–] ?[0-9]+", "a number of units is not negative; write retired, lost or exported with the number"),
    (r"[0-9]+ ?[-−–]", "a number with an open end is read in two ways; write up to 65, or both ends, 60-65"),
    (r"some [0-9]+", "some with a number means about in some publications; write about 300, at least 300 or some"),
    (r".*[0-9][.,][0-9].*|[.,][0-9]+|.*[¼½¾⅓⅔].*", "units are whole; write money and shares as amounts with a unit"),
)


def _advice(text: str, profile: Profile) -> str:
    folded = text.strip().casefold()
    if folded in _NOTHING:
        return f"; {_EMPTY}"
    if said := _mended(text, r"[,. '’\u00a0\u202f]", lambda better: _read(better, profile) is not None):
        return f"; write {said}"
    for pattern, hint in _HINTS:
        if re.fullmatch(pattern, folded):
            return f"; {hint}"
    for ours, words in _ELSEWHERE.items():
        if ours.endswith(" ") and any(folded.startswith(word) for word in words):
            return f"; write {ours}n"
    if any(char.isdigit() and not char.isascii() for char in text):
        return "; write ASCII digits"
    return "; write 12, (12), 12?, at least 5, more than 26, up to 300, 16-20, some or unknown"


def _mended(text: str, separators: str, is_read: Callable[[str], bool]) -> str:
    """Say what to write where one mend, or all of them, give a text that is read; empty where none does."""
    for better, how in _repairs(text, separators):
        if better != text and is_read(better):
            return how.format(better)
    return ""


def _repairs(text: str, separators: str) -> Iterator[tuple[str, str]]:
    """Give the text with one fault mended at a time, then with all, each with how to say so."""
    ours = _word_for(text.strip().casefold())[0]
    worded = f"{ours}n: {{}}" if ours.endswith(" ") else "{}"
    mends: tuple[tuple[Callable[[str], str], str], ...] = (
        (str.strip, "it without spaces around it: {}"),
        (lambda t: "".join(str(int(c)) if c.isdecimal() else c for c in t), "ASCII digits: {}"),
        (str.casefold, "it in small letters: {}"),
        (lambda t: "".join(_word_for(t)), worded),
        (lambda t: re.sub(r"[^\W\d_]+", lambda found: _SPELLED.get(found[0], found[0]), t), "{}"),
        (lambda t: _joined(t, separators), "{}"),
        (lambda t: _LARGE.sub(_in_full, t), "the number in full: {}"),
        (lambda t: _NAMED.sub(r"\1", t), "the number alone: {}"),
        (_reordered, "{}"),
        (lambda t: re.sub(r"(?<![0-9.,])0+(?=[0-9])", "", t), "it without leading zeros: {}"),
    )
    for mend, how in mends:
        yield mend(text), how
    for mend, _ in mends:
        text = mend(text)
    yield text, worded


def _reordered(text: str) -> str:
    """Turn "12 or 13" into a range, and "5 or more" into a number with our word before it."""
    text = _JOINED.sub(r"\1-\2", text)
    for pattern, ours in _AFTER:
        text = pattern.sub(ours, text)
    return text


def _word_for(text: str) -> tuple[str, str]:
    """Split off what begins a text in other words than ours: our word for it, and the rest."""
    for ours, words in _ELSEWHERE.items():
        for word in words:
            rest = text.removeprefix(word)
            if rest != text and (not rest or not rest[0].isalpha() or not word[-1].isalpha()):
                return ours, rest.strip() if ours.endswith(" ") else ""
    return "", text


def _in_full(found: re.Match[str]) -> str:
    number = Decimal(found[1]) * _TIMES[found[2].casefold()]
    return f"{number:f}".rstrip("0").rstrip(".") if number % 1 else f"{number:.0f}"


_UNSIGNED = r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
_DECIMAL = re.compile(rf"-?{_UNSIGNED}", re.ASCII)
_DECIMALS = re.compile(rf"({_UNSIGNED}) ?[-–] ?({_UNSIGNED})|(-?{_UNSIGNED}) ?\.\. ?(-?{_UNSIGNED})", re.ASCII)
_SIGNED = {Mark.ESTIMATED: "({})", Mark.UNCERTAIN: "{}?", Mark.APPROXIMATE: "~{}", Mark.HEDGED: "presumably {}"}

Span = tuple[Decimal | None, Decimal | None, Decimal | None]
"""Low, best and high; ``None`` for no bound and no single best."""


def _is_amount(_amount: Amount, _field: Attribute[str], text: str) -> None:
    if not isinstance(text, str):
        raise NotationError(f"an amount is text, not {text!r}; write it in quotation marks")
    _said(text)


def _is_unit(amount: Amount, _field: Attribute[str], unit: str) -> None:
    if not isinstance(unit, str) or not unit.strip():
        raise NotationError(f"no unit beside {amount.text!r}; write one such as EUR, USD, TIV or %")
    if unit != unit.strip() or not unit.isprintable():
        raise NotationError(f"not a unit: {unit[:60]!r}; write it on one line without spaces around it")


@frozen
class Amount:
    """A decimal with its unit, such as ``7.59`` ``EUR`` or ``at least 13`` ``%``, in the notation of counts (R14).

    The text is kept as written, so 7.5 and 7.50 are two texts. ``high`` ``None``: no upper bound; ``best`` ``None``:
    no single best; ``low`` ``None``: unknown, since an amount may be negative. "More than 5" begins at 5 and "less
    than 5" ends there: the marks say that the end itself is left out.
    Raises :class:`NotationError` for separators, exponents, floats and missing units.
    """

    text: str = field(validator=_is_amount)
    unit: str = field(validator=_is_unit)

    @property
    def low(self) -> Decimal | None:
        """The least that it can be, exactly."""
        return _said(self.text)[0][0]

    @property
    def best(self) -> Decimal | None:
        """The one figure that the text names, if there is one."""
        return _said(self.text)[0][1]

    @property
    def high(self) -> Decimal | None:
        """The most that it can be, exactly."""
        return _said(self.text)[0][2]

    @property
    def marks(self) -> frozenset[Mark]:
        """What the notation says beside the bounds."""
        return _said(self.text)[1]


def parse_amount(text: str, unit: str) -> Amount:
    """Read an amount such as ``7.59``, ``~50``, ``at least 13``, ``700-1000`` with its unit (``EUR``, ``TIV``, ``%``).

    Raises :class:`NotationError` as :class:`Amount` does, and for more than 100 characters.
    """
    if isinstance(text, str) and len(text) > LONGEST_AMOUNT:
        raise NotationError(
            f"not an amount: {text[:60]!r}… is longer than {LONGEST_AMOUNT} characters; write fewer digits"
        )
    return Amount(text, unit)


def add_amounts(one: Amount, other: Amount) -> Amount:
    """Add two amounts of one unit, exactly: bounds to bounds, the signs of both kept.

    ``best`` is kept where both name nothing but one figure. Raises :class:`NotationError` for unlike units.
    """
    if one.unit != other.unit:
        raise NotationError(f"unlike units do not add: {one.unit} and {other.unit}; convert one of them first")
    with localcontext() as context:
        # The usual 28 digits would round a long sum without a word.
        context.prec = len(one.text) + len(other.text) + 1
        low = None if one.low is None or other.low is None else one.low + other.low
        high = None if one.high is None or other.high is None else one.high + other.high
    marks = one.marks | other.marks
    text = _between(low, high, above=bool(marks & {Mark.MORE_THAN, Mark.SOME}))
    for mark, sign in _SIGNED.items():
        text = sign.format(text) if mark in marks else text
    return Amount(text, one.unit)


def _between(low: Decimal | None, high: Decimal | None, *, above: bool) -> str:
    """Write bounds in the notation of amounts."""
    if low is None:
        return "unknown"
    if high is None:
        return f"{'more than' if above else 'at least'} {low:f}"
    return f"{low:f}" if low == high else f"{low:f}..{high:f}"


@lru_cache(maxsize=65536)
def _said(text: str) -> tuple[Span, frozenset[Mark]]:
    form = _formed(text, _DECIMAL, _DECIMALS)
    if form is None:
        raise NotationError(f"not an amount: {text[:60]!r}; {_better_amount(text)}")
    numbers = tuple(map(Decimal, form.numbers))
    if form.word == "range" and numbers[0] > numbers[1]:
        raise NotationError(f"not an amount: {text[:60]!r} ends below its start; write the smaller number first")
    if (form.word == "upto" and numbers[0] < 0) or (form.word == "below" and numbers[0] <= 0):
        raise NotationError(f"not an amount: {text[:60]!r} begins at 0; write a range such as -10..-5 for a loss")
    return _span(form.word, *numbers), form.marks


def _span(word: str, number: Decimal = Decimal(0), end: Decimal = Decimal(0)) -> Span:
    """Low, best and high of an amount: as of counts, but that there is no next number."""
    if word == "exactly":
        return number, number, number
    if word == "range":
        return number, number if number == end else None, end
    if word == "unknown":
        return None, None, None
    if word in ("least", "above", "some"):
        return number, None, None
    return Decimal(0), number if word == "upto" else None, number


def _better_amount(text: str) -> str:
    if len(text) > LONGEST_AMOUNT:
        return "write fewer digits"
    if text.strip().casefold() in _NOTHING:
        return _EMPTY
    told: dict[str, None] = {}
    for thousands in (True, False):
        better = _NUMERAL.sub(lambda found: _pointed(found[0], thousands=thousands), text)  # noqa: B023
        said = better if better != text and _is_read(better) else _mended(better, "[ '’\u00a0\u202f]", _is_read)
        told |= {said: None} if said else {}
    if told:
        return f"write {', or '.join(told)}{' where the sign is a decimal point' if len(told) > 1 else ''}"
    return "write digits with a point, such as 7.59, about 50, at least 13, at most 1, 700-1000 or unknown"


_NUMERAL = re.compile(r"[0-9][0-9.,]*[.,][0-9]+", re.ASCII)


def _pointed(number: str, *, thousands: bool) -> str:
    """Write a number with commas and points with a decimal point alone; the last sign is it, unless it cannot be."""
    last = max(number.rfind(","), number.rfind("."))
    grouped = thousands and len(number) - last == 4 and last <= 3 and number[0] != "0"
    if grouped or number.count(number[last]) > 1:
        return re.sub("[.,]", "", number)
    return f"{re.sub('[.,]', '', number[:last])}.{number[last + 1 :]}"


def _is_read(text: str) -> bool:
    return _formed(text, _DECIMAL, _DECIMALS) is not None
