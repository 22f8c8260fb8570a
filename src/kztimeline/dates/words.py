"""What people write into dates, put into our words and signs: other languages, and the signs of older drafts."""

from __future__ import annotations

import re

MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
"""The first three letters of the English months; never the locale's, so that messages stay the same."""
SEASONS = {"spring": 21, "summer": 22, "autumn": 23, "fall": 23, "winter": 24}
THIRDS = {"early": 37, "mid": 38, "late": 39}

_ENGLISH = {
    "jan": "jänner januar январь января январе ocak",
    "feb": "feber februar февраль февраля феврале şubat",
    "mar": "märz март марта марте mart",
    "apr": "april апрель апреля апреле nisan",
    "may": "mai май мая мае mayıs",
    "jun": "juni июнь июня июне haziran",
    "jul": "juli июль июля июле temmuz",
    "aug": "август августа августе ağustos",
    "sep": "сентябрь сентября сентябре eylül",
    "oct": "okt oktober октябрь октября октябре ekim",
    "nov": "ноябрь ноября ноябре kasım",
    "dec": "dez dezember декабрь декабря декабре aralık",
    "spring": "frühling frühjahr весна весны весной ilkbahar",
    "summer": "sommer лето лета летом yaz",
    "autumn": "herbst осень осени осенью sonbahar",
    "winter": "зима зимы зимой kış",
    "early": "anfang beginning start начало начале",
    "mid": "mitte middle середина середине",
    "late": "ende end конец конце",
    "since": "seit ab с",
    "until": "до",
    "before": "vor",
    "after": "nach после",
    "about": "circa rund etwa ungefähr roughly около примерно",
    "probably": "vermutlich wohl wahrscheinlich возможно",
    "between": "zwischen",
    "from": "von",
    "to": "по",
    "or": "oder или",
    "and": "und и",
    "quarter": "quartal квартал квартале",
    "half": "halbjahr полугодие полугодии",
    "week": "kw calendarweek неделя",
    "now": "present today heute ongoing date",
    "earlier": "früher",
    "later": "später",
    "1": "first erstes ersten erste первый первое",
    "2": "second zweites zweiten zweite второй второе",
    "3": "third drittes dritten dritte третий",
    "4": "fourth viertes vierten vierte четвертый четвёртый",
    "": "in im the of der des die den year years jahr jahre jahren year г гг год года году yılı yıl",
}
_WORD_OF = {word: ours for ours, words in _ENGLISH.items() for word in words.split()}
_PHRASES = (
    (r"\b([0-9]{4})ern?(?:-jahren?)?\b", r"\1s"),
    (r"\b([0-9]{1,2})\. jahrhunderts?\b", r"\1th century"),
    (r"\b(?:no later than|not later than|spätestens|at the latest)\b", "until"),
    (r"\b(?:not before|no earlier than|at the earliest|frühestens)\b", "since"),
)
"""Longer wordings, before single words are looked up."""


def in_english(text: str) -> str:
    """Put English words for German, Russian and Turkish ones, and leave out those that say nothing."""
    for pattern, ours in _PHRASES:
        text = re.sub(pattern, ours, text, flags=re.IGNORECASE)
    text = re.sub(r"[^\W\d_]+\.?", _translated, text)
    return " ".join(text.split())


def _translated(found: re.Match[str]) -> str:
    return _WORD_OF.get(found[0].rstrip(".").casefold(), found[0])


def in_current_signs(text: str) -> str:
    """Turn the draft of 2012 and its kin into the standard of 2019, as far as that goes sign by sign."""
    text = re.sub(r"\s*(\.\.+|[\[\]{},/])\s*", lambda found: ".." if found[1][0] == "." else found[1], text)
    text = re.sub(r"\s+(?=[?~%]+(?:$|[/,\]}]))", "", text)
    text = re.sub(r"(?<![0-9-])([0-9]{2})\?\?(?=$|-)", r"\1XX", text)
    text = re.sub(r"-\?\??(?=$|-)", "-XX", text)
    text = re.sub(r"\((-?[0-9uxX-]+)\)([?~]{0,2})", _bracketed, text)
    text = text.replace("?~", "%").replace("~?", "%").replace("??", "?")
    text = re.sub(r"\bunknown\b", "", text, flags=re.IGNORECASE)
    text = re.sub(r"\b(open|now|present|ongoing)\b", "..", text, flags=re.IGNORECASE)
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    text = re.sub(r"(?<=[0-9uUxX-])[uUx]|[uUx](?=[0-9uUxX])", "X", text)
    text = re.sub(r"^y(?=-?[0-9])", "Y", text)
    text = re.sub(r"(?<=[0-9])e(?=[0-9])", "E", text)
    text = re.sub(r"(?<=[0-9])[ps](?=[0-9])", "S", text)
    text = re.sub(r"(?<=[0-9])t(?=[0-9])", "T", text)
    return re.sub(r"(?<=[0-9])z$", "Z", text)


def _bracketed(found: re.Match[str]) -> str:
    mark = {"?~": "%", "~?": "%"}.get(found[2], found[2][:1])
    return "-".join(mark + part for part in found[1].split("-") if part)
