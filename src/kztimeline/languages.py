"""Names and dates in four languages; the words of the faces in English and German."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from kztimeline.errors import NotationError
from kztimeline.phrases import ENGLISH, GERMAN

DATES = ("en", "de", "ru", "kk")
"""The languages that names and dates can be written in."""
TEXTS = ("en", "de")
"""The languages that whole pages can be written in."""

_WORDS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN}
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_KAZAKH = re.compile(r"[әғқңөұүһіӘҒҚҢӨҰҮҺІ]")
_PLAIN = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?([?~%]?)", re.ASCII)
_PART = r"[+-]\d+(?: \([+-]\d+ perhaps\))?"
_HEADLINE = re.compile(
    rf"(?:.*: )?of (?P<total>[+-]\d+): (?P<paper>{_PART}) on paper, (?P<world>{_PART}) in the world, (?P<left>{_PART}) unexplained"
    r"(?:; (?P<vague>\d+) without a single figure)?"
    r"(?:; changes: (?P<a>\d+) explained, (?P<b>\d+) perhaps, (?P<c>\d+) not)?"
)
_COUNTED = re.compile("|".join(key.removeprefix("count.") for key in ENGLISH if key.startswith("count.")))
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
}
_PARTS = {
    "en": {
        21: "spring {y}", 22: "summer {y}", 23: "autumn {y}", 24: "winter {y}",
        **{32 + n: f"quarter {n} of {{y}}" for n in range(1, 5)}, 37: "early {y}", 38: "mid {y}", 39: "late {y}",
        40: "first half of {y}", 41: "second half of {y}",
    },
    "de": {
        21: "Frühjahr {y}", 22: "Sommer {y}", 23: "Herbst {y}", 24: "Winter {y}",
        **{32 + n: f"{n}. Quartal {{y}}" for n in range(1, 5)}, 37: "Anfang {y}", 38: "Mitte {y}", 39: "Ende {y}",
        40: "1. Halbjahr {y}", 41: "2. Halbjahr {y}",
    },
    "ru": {
        21: "весна {y} г.", 22: "лето {y} г.", 23: "осень {y} г.", 24: "зима {y} г.",
        **{32 + n: f"{n}-й квартал {{y}} г." for n in range(1, 5)}, 37: "начало {y} г.", 38: "середина {y} г.",
        39: "конец {y} г.", 40: "1-е полугодие {y} г.", 41: "2-е полугодие {y} г.",
    },
    "kk": {
        21: "{y} ж. көктем", 22: "{y} ж. жаз", 23: "{y} ж. күз", 24: "{y} ж. қыс",
        **{32 + n: f"{{y}} ж. {n}-тоқсан" for n in range(1, 5)}, 37: "{y} ж. басы", 38: "{y} ж. ортасы",
        39: "{y} ж. соңы", 40: "{y} ж. 1-жартыжылдық", 41: "{y} ж. 2-жартыжылдық",
    },
}  # fmt: skip
"""Parts of a year by their number in EDTF: seasons, quarters, thirds, halves."""
_ALONE = {"ru": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь"}
_DAY = {"en": "{d} {m} {y}", "de": "{d}. {m} {y}", "ru": "{d} {m} {y} г.", "kk": "{y} ж. {d} {m}"}
_MONTH = {"en": "{m} {y}", "de": "{m} {y}", "ru": "{m} {y} г.", "kk": "{y} ж. {m}"}
_FORMS = {
    "between": {
        "en": "between {a} and {b}",
        "de": "zwischen {a} und {b}",
        "ru": "между {a} и {b}",
        "kk": "{a} – {b} аралығында",
    },
    "from": {"en": "from {a} on", "de": "ab {a}", "ru": "начиная с {a}", "kk": "{a} бастап"},
    "until": {"en": "by {b}", "de": "bis {b}", "ru": "до {b}", "kk": "{b} дейін"},
    "each": {"en": "in each of {a}", "de": "jeweils {a}", "ru": "в каждом из {a}", "kk": "{a} әрқайсысында"},
    "one": {"en": "one of {a}", "de": "eines von {a}", "ru": "одно из {a}", "kk": "{a} бірі"},
    "about": {"en": "about {a}", "de": "etwa {a}", "ru": "около {a}", "kk": "шамамен {a}"},
    "perhaps": {"en": "perhaps {a}", "de": "vielleicht {a}", "ru": "возможно, {a}", "kk": "мүмкін {a}"},
}


def day(moment: datetime.date, lang: str) -> str:
    """Write a day in a language. Raises :class:`NotationError` for one that is not known."""
    return date(f"{moment.year:04}-{moment.month:02}-{moment.day:02}", lang)


def date(text: str, lang: str) -> str:
    """Write an EDTF date in words of a language; what has no words here stays as it was written.

    Raises :class:`NotationError` for a language that is not known.
    """
    _known(lang, DATES)
    if (found := _PLAIN.fullmatch(text)) is not None:
        return _plain(found, lang)
    if text[:1] + text[-1:] in ("{}", "[]") and ".." not in text.strip("{}[]").partition("..")[0]:
        return _form("each" if text[0] == "{" else "one", lang, a=_listed(text[1:-1], lang))
    first, slash, last = text.partition("/")
    if not slash or not all(part in ("..", "") or _PLAIN.fullmatch(part) for part in (first, last)):
        return text
    if first in ("..", ""):
        return _form("until", lang, b=date(last, lang)) if last not in ("..", "") else text
    return (
        _form("from", lang, a=date(first, lang))
        if last in ("..", "")
        else _form("between", lang, a=date(first, lang), b=date(last, lang))
    )


def _listed(text: str, lang: str) -> str:
    parts = re.split(r"(,|\.\.)", text)
    return "".join({",": ", ", "..": "–"}.get(p) or (date(p, lang) if _PLAIN.fullmatch(p) else p) for p in parts)


def _plain(found: re.Match[str], lang: str) -> str:
    year, month, number, mark = found.groups()
    y = str(int(year))
    if month is None:
        said = y
    elif number is None and int(month) in _PARTS[lang]:
        said = _PARTS[lang][int(month)].format(y=y)
    elif not 1 <= int(month) <= 12:
        return found[0]
    else:
        names = _MONTHS if number is not None else {**_MONTHS, **_ALONE}
        pattern = _MONTH if number is None else _DAY
        said = pattern[lang].format(d=int(number or 0), m=names[lang].split()[int(month) - 1], y=y)
    return _form({"?": "perhaps", "~": "about", "%": "about"}[mark], lang, a=said) if mark else said


def _form(name: str, lang: str, **values: str) -> str:
    return _FORMS[name][lang].format(**values)


def name(own: str, others: Iterable[str], lang: str) -> str:
    """Choose a name for a language: one in Cyrillic letters for Russian and Kazakh, if there is one; else its own.

    For Kazakh a name with letters of Kazakh alone comes first.
    """
    _known(lang, DATES)
    cyrillic = [other for other in others if _CYRILLIC.search(other)]
    if lang not in ("ru", "kk") or not cyrillic:
        return own
    kazakh = [other for other in cyrillic if _KAZAKH.search(other)]
    rest = [other for other in cyrillic if other not in kazakh]
    return (kazakh or rest)[0] if lang == "kk" else (rest or kazakh)[0]


def territory(code: str, own: str, lang: str) -> str:
    """Give the name of a country (ISO 3166 alpha-3) in a language, from CLDR; else its own name."""
    _known(lang, DATES)
    return _territories().get(code, {}).get(lang, own)


@cache
def _territories() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = json.loads((Path(__file__).parent / "territories.json").read_text("utf-8"))
    return found


def _known(lang: str, known: tuple[str, ...]) -> str:
    if lang not in known:
        raise NotationError(f"not a language known here: {lang!r}; write one of {', '.join(known)}")
    return lang


def words(lang: str) -> Mapping[str, str]:
    """Give the words of pages in a language. Raises :class:`NotationError` for one that has none."""
    return _WORDS[_known(lang, TEXTS)]


def worded(lang: str, group: str, word: str) -> str:
    """Give one of the library's own words (an account, a kind, a stage …) in a language; else itself."""
    return words(lang).get(f"{group}.{word}", word)


def headline(line: str, lang: str) -> str:
    """Write a headline of a difference in a language; one that has no words here stays as it is."""
    said = words(lang)
    if line == ENGLISH["headline.none"]:
        return said["headline.none"]
    found = _HEADLINE.fullmatch(line)
    if found is None:
        return line
    values = {
        name: (value or "").replace("perhaps", said["headline.perhaps"]) for name, value in found.groupdict().items()
    }
    parts = ["headline"]
    parts += ["headline.vague"] if values["vague"] else []
    parts += ["headline.tally"] if values["a"] else []
    return "; ".join(said[part].format(**values) for part in parts)


def question(asked: str, lang: str) -> str:
    """Write what was asked in a language; a question that has no words here stays as it is."""
    said = words(lang)
    for key in (key for key in ENGLISH if key.startswith("asked.")):
        pattern = re.escape(ENGLISH[key]).replace(r"\{a\}", "(?P<a>.+?)").replace(r"\{b\}", "(?P<b>.+)")
        if (found := re.fullmatch(pattern, asked)) is not None:
            return said[key].format(**{name: date(value, lang) for name, value in found.groupdict().items()})
    return asked


def count(written: str, lang: str) -> str:
    """Write a quantity in a language: its signs and figures stay."""
    said = words(lang)
    return _COUNTED.sub(lambda found: said[f"count.{found[0]}"], written)


def bounds(low: object, high: object, best: object = None, lang: str = "en") -> str:
    """Write bounds as people do: 3, 2..4, 5 or more, 0..50 (33); not stated is a dash."""
    if low is None and high is None:
        return "–"
    if low == high:
        return str(low)
    said = words(lang)["or more"].format(low=low) if high is None else f"{'' if low is None else low}..{high}"
    return f"{said} ({best})" if best is not None else said
