"""Amounts: decimals with a unit, in the notation of counts, never floats (R14)."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from functools import lru_cache

from attrs import Attribute, field, frozen

from kztimeline.errors import NotationError
from kztimeline.quantities.notation import Mark, formed

LONGEST_AMOUNT = 100


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
        # The usual 28 digits would round a long sum without a word; no sum has more digits than both texts together.
        context.prec = len(one.text) + len(other.text)
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
    form = formed(text, _DECIMAL, _DECIMALS)
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
    from kztimeline.quantities.advice import EMPTY, NOTHING, mended

    if text.strip().casefold() in NOTHING:
        return EMPTY
    told: dict[str, None] = {}
    for thousands in (True, False):
        better = _NUMERAL.sub(lambda found: _pointed(found[0], thousands=thousands), text)  # noqa: B023
        said = better if better != text and _is_read(better) else mended(better, "[ '’\u00a0\u202f]", _is_read)
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
    return formed(text, _DECIMAL, _DECIMALS) is not None
