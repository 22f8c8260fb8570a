"""What to write in the place of a count or amount that cannot be read; nothing is advised that is not read itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from kztimeline.quantities.notation import Profile, joined, read

NOTHING = {
    "", "-", "–", "—", ".", "*", "?", "/", "na", "n/a", "n.a", "n.a.", "tbd", "k. a.", "k.a.", "none given",
    "no data", "no numbers given", "..", "...", "…",
}  # fmt: skip
EMPTY = "write 0 for none, unknown where the source says so, or leave the field out"
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


def advice(text: str, profile: Profile) -> str:
    """Say what to write in the place of a count: a mended text that is read, or a hint."""
    folded = text.strip().casefold()
    if folded in NOTHING:
        return f"; {EMPTY}"
    if said := mended(text, r"[,. '’\u00a0\u202f]", lambda better: read(better, profile) is not None):
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


def mended(text: str, separators: str, is_read: Callable[[str], bool]) -> str:
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
        (lambda t: joined(t, separators), "{}"),
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
