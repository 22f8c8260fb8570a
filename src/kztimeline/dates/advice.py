"""What to write instead of a text that is not EDTF; every suggestion is itself read before it is made."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterator

from kztimeline.dates.bounds import days_in
from kztimeline.dates.grammar import read_text
from kztimeline.dates.words import MONTHS, SEASONS, THIRDS, in_current_signs, in_english
from kztimeline.errors import NotationError

_SOUTH = {"21": "29", "22": "30", "23": "31", "24": "32"}
_Y, _YY, _M, _D = r"(?P<y>[0-9]{4})", r"(?P<z>[0-9]{4})", r"(?P<m>[0-9]{1,2})", r"(?P<d>[0-9]{1,2})"
_WORD = r"(?P<w>[^\W\d_]{3,12})"

Match = re.Match[str]
Words = Iterator[tuple[str, str]]
"""Pairs of a suggestion and what to say after it."""


def advice(text: str) -> str:
    """Say what to write instead of a text that is not EDTF."""
    if not text:
        return "write a date such as 2016, or leave the field out"
    if text != text.strip():
        return f"write it without spaces around it{_if_read(text.strip(), ': ')}"
    if any(not char.isascii() and char.isdigit() for char in text):
        plain = "".join(str(unicodedata.digit(c, c)) if c.isdigit() else c for c in text)
        return f"write ASCII digits{_if_read(plain, ': ')}"
    told = [f"{suggestion}{said}" for suggestion, said in _suggested(text)]
    return f"write {', or '.join(told)}" if told else _on_parts(text)


def _readable(text: str) -> bool:
    try:
        return read_text(text) is not None
    except NotationError:
        return False


def _if_read(text: str, before: str) -> str:
    return before + text if _readable(text) else ""


def _suggested(text: str) -> Words:
    """Yield the suggestions of the first rule that has any, for the text or its English."""
    english = in_english(text)
    for version in (text, english) if english != text else (text,):
        if _readable(version) and version != text:
            yield version, ""
            return
        for pattern, rule in _RULES:
            found = pattern.fullmatch(version)
            told = [pair for pair in rule(found) if _readable(pair[0])] if found else []
            if told:
                yield from dict.fromkeys(told)
                return
        current = in_current_signs(version)
        if current != text and _readable(current):
            yield current, ""
            return


def _plain(text: str) -> str:
    """Turn words for one date into EDTF; the text itself where there is no advice."""
    text = text.strip()
    if _readable(text) or len(text) > 40:
        return text
    return next((suggestion for suggestion, _ in _suggested(text)), text)


# --- rules: a match to suggestions ---------------------------------------------------------------------


def _ymd(found: Match) -> Words:
    named = found.groupdict()
    yield from _day(named["y"], named.get("m") or "", named.get("d") or "")


def _day(year: str, month: str, day: str, said: str = "") -> Words:
    """Write numbers as a date; the month alone, and why, where it has no such day."""
    yield "-".join(part.zfill(2) for part in (year, month, day) if part), said
    if day and 1 <= int(month) <= 12 and int(day) > (last := days_in(int(year), int(month))):
        yield f"{year}-{month.zfill(2)}", f", since that month has {last} days"
        yield f"{year}-{month.zfill(2)}-{last}", " for its last"


def _month_year(found: Match) -> Words:
    year, month = found["y"], found["m"].zfill(2)
    yield f"{year}-{month}", ""
    yield f"[{int(year) - 2:04}..{year}-{month}]", " for a day within a stretch"


def _slashes(found: Match) -> Words:
    """Read 05/06/2016: day and month, in either order where both could be months."""
    a, b, year = found["d"], found["m"], found["y"]
    yield from _day(year, b, a, " (year, month, day)")
    if int(a) != int(b):
        yield f"{year}-{a.zfill(2)}-{b.zfill(2)}", " where the month came first"


def _two_years(found: Match) -> Words:
    years = sorted((found["y"], found["z"]))
    yield "/".join(years), ""
    yield f"[{'..'.join(years)}]", " for one day within it"


def _short_second(found: Match) -> Words:
    yield f"{found['y']}/{found['y'][:2]}{found['z']}", " for the years"


def _list_of_years(found: Match) -> Words:
    years = ",".join(re.findall(r"[0-9]{4}", found[0]))
    yield f"{{{years}}}", " for some in each"
    yield f"[{years}]", " for one of them"


def _either(found: Match) -> Words:
    yield f"[{_plain(found['a'])},{_plain(found['b'])}]", ""


def _both(found: Match) -> Words:
    start, end = _plain(found["a"]), _plain(found["b"])
    yield f"{{{start},{end}}}", " for some in each"
    yield f"{start}/{end}", " for what lies between"


def _week(found: Match) -> Words:
    try:
        year, week = (int(found[name] or found[f"{name}2"]) for name in "ym")
        first, last = (datetime.date.fromisocalendar(year, week, day) for day in (1, 7))
    except ValueError:
        return
    yield f"[{first}..{last}]", ", since weeks are not EDTF"


def _day_of_year(found: Match) -> Words:
    year, number = int(found["y"]), int(found["d"])
    if 1 <= number <= 337 + days_in(year, 2):
        day = datetime.date(2000 + year % 400, 1, 1) + datetime.timedelta(number - 1)
        yield f"{found['y']}{day.isoformat()[4:]}", ""


def _ends(found: Match) -> Words:
    """Read two dates joined by a word, a dash or dots."""
    start, end = _plain(found["a"]), _plain(found["b"])
    yield f"{start}/{end}", ""
    yield f"[{start}..{end}]", " for one day within it"


def _since(found: Match) -> Words:
    yield f"{_plain(found['r'])}/..", ""


def _until(found: Match) -> Words:
    yield f"../{_plain(found['r'])}", ""


def _before(found: Match) -> Words:
    if last := _beside(_plain(found["r"]), -1):
        yield f"../{last}", ""


def _after(found: Match) -> Words:
    if first := _beside(_plain(found["r"]), 1):
        yield f"{first}/..", ""


def _about(found: Match) -> Words:
    yield "/".join(f"{side}~" for side in _plain(found["r"]).split("/")), ""


def _perhaps(found: Match) -> Words:
    yield "/".join(f"{side}?" for side in _plain(found["r"]).split("/")), ""


def _joined(found: Match) -> Words:
    """Read two parts of one year, such as May-June 2016 or 10-12 May 2016."""
    start, end = (_plain(f"{found[side]} {found['r']}") for side in "ab")
    if found["s"].strip() == "or":
        yield f"[{start},{end}]", ""
        return
    yield f"{start}/{end}", ""
    yield f"[{start}..{end}]", " for one day within it"


def _part_of_month(found: Match) -> Words:
    """Read early, mid or late in a month as a third of it."""
    month = _plain(f"{found['n']} {found['y']}")
    if re.fullmatch(r"[0-9]{4}-(?:0[1-9]|1[0-2])", month, re.ASCII):
        last = days_in(int(month[:4]), int(month[5:]))
        first, until = {"early": (1, 10), "mid": (11, 20), "late": (21, last)}[found["w"].lower()]
        yield f"[{month}-{first:02}..{month}-{until}]", " for one day of that third"


def _part_of_decade(found: Match) -> Words:
    first, last = {"early": (0, 3), "mid": (4, 6), "late": (7, 9)}[found["w"].lower()]
    yield f"[{found['t']}{first}..{found['t']}{last}]", " for one day of those years"


def _era(found: Match) -> Words:
    year, before = int(found["d"] or found["d2"]), (found["e"] or "").lower().startswith("b")
    yield f"-{year - 1:04}" if before and year > 1 else f"{year - before:04}", ""


def _long_year(found: Match) -> Words:
    number = int(found["y"])
    if 20_000 <= number < 70_000:
        day = datetime.date(1899, 12, 30) + datetime.timedelta(days=number)
        yield day.isoformat(), " where it is a spreadsheet's number of a day"
    yield f"Y{number}", ""


def _short_year(found: Match) -> Words:
    yield f"{found['e']}{int(found['d']):04}", ""


def _bracketless(found: Match) -> Words:
    """Close brackets of two kinds, or of one end only."""
    inner = re.sub(r" ?; ?", ",", (found["r"] or found["r2"]).strip(" ,"))
    inner = in_current_signs(inner if "," in inner else re.sub(r"\s+", ",", inner)).replace("/", "..")
    for opening, closing, said in (("[", "]", " for one of them"), ("{", "}", " for some in each")):
        if found[0][0] + found[0][-1] not in ({"[": "{}", "{": "[]"}[opening]):
            yield f"{opening}{inner}{closing}", said


def _decade(found: Match) -> Words:
    year = found["y"]
    if year.endswith("00"):
        yield f"{year[:2]}XX", " for the century"
    yield f"{year[:3]}X", " for the ten years" if year.endswith("00") else ""


def _century(found: Match) -> Words:
    yield f"{int(found['m']) - 1:02}XX", ""


def _part_of_year(found: Match) -> Words:
    named = found.groupdict()
    word = (named.get("w") or "").lower()
    if named.get("q"):
        yield f"{found['y']}-{32 + int(found['q'])}", " (33 to 36 are the quarters)"
    elif named.get("h"):
        yield f"{found['y']}-{39 + int(found['h'])}", " (40 and 41 are the halves)"
    elif word in SEASONS:
        yield f"{found['y']}-{SEASONS[word]}", " (21 to 24 are the seasons)"
        if word == "winter":
            yield f"{found['y']}-12/{int(found['y']) + 1:04}-02", " for the winter that begins in it"
    elif word in THIRDS:
        yield f"{found['y']}-{THIRDS[word]}", " (37 to 39 are the thirds of a year)"


def _named_month(found: Match) -> Words:
    number = MONTHS.get(found["w"].lower()[:3])
    if number:
        yield from _day(found["y"], str(number), found.groupdict().get("d") or "")


def _moment(found: Match) -> Words:
    seconds = found["s"] or ":00"
    yield f"{found['t']}T{found['c']}{seconds}{(found['o'] or '').upper()}", ""
    yield found["t"], ", the day alone"


def _southern(found: Match) -> Words:
    yield f"{found['y']}-{_SOUTH.get(found['m'], found['m'])}", " (29 to 32 are the seasons of the south)"


def _basic(found: Match) -> Words:
    yield f"{found['y']}-{found['m']}-{found['d']}", ""


def _beside(text: str, step: int) -> str:
    """Give the year, month or day before (-1) or after (1) a plain one, as text."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text, re.ASCII) or not _readable(text):
        return ""
    year, month, day = (int(text[at : at + size] or 0) for at, size in ((0, 4), (5, 2), (8, 2)))
    if day and 1 <= day + step <= days_in(year, month):
        return f"{text[:8]}{day + step:02}"
    if month:
        year, month = divmod(12 * year + month - 1 + step, 12)
        month += 1
    else:
        year += step
    if not day:
        return f"{year:04}" + (f"-{month:02}" if month else "")
    return f"{year:04}-{month:02}-{days_in(year, month) if step < 0 else 1:02}"


_LEAD = r"(?P<r>.{4,20})"
_ONE = r"[^/]{4,20}?"
_SEP = r"(?P<s> ?[-–/] ?| to | bis | or | and )"
_RULES: tuple[tuple[re.Pattern[str], Callable[[Match], Words]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), rule)
    for pattern, rule in (
        (rf"{_M}[/.]{_Y}", _month_year),
        (rf"(?:xx|\?\?)[./-]{_M}[./-]{_Y}", _ymd),
        (rf"{_Y}[/.]{_M}", _ymd),
        (rf"{_D}[.]\s?{_M}[.]\s?{_Y}", _ymd),
        (rf"{_D}[/-]{_M}[/-]{_Y}", _slashes),
        (rf"{_Y}[-./]{_M}[-./]{_D}", _ymd),
        (rf"{_Y}-{_M}", _ymd),
        (r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})", _basic),
        (r"(?P<y>[0-9]{4})(?P<m>0[1-9]|1[0-2])", _ymd),
        (r"(?P<y>-?[1-9][0-9]{4,})", _long_year),
        (r"Y(?P<e>-?)0*(?P<d>[1-9][0-9]{0,3})", _short_year),
        (rf"{_Y} ?[-–—−] ?{_YY}", _two_years),
        (rf"{_Y}(?: to | bis |\.\.){_YY}", _two_years),
        (rf"{_Y}[-–—−/](?P<z>[0-9]{{2}})", _short_second),
        (r"[0-9]{4}(?: ?[,;&] ?[0-9]{4})+", _list_of_years),
        (rf"{_Y}[- ]?Q(?P<q>[1-4])", _part_of_year),
        (rf"Q(?P<q>[1-4])[- /]?{_Y}", _part_of_year),
        (rf"{_Y}[- ]?H(?P<h>[12])", _part_of_year),
        (rf"H(?P<h>[12])[- /]?{_Y}", _part_of_year),
        (rf"(?P<q>[1-4])(?:st|nd|rd|th|\.)? ?(?:q|quarter) ?{_Y}", _part_of_year),
        (rf"(?P<h>[12])(?:st|nd|rd|th|\.)? ?(?:h|half) ?{_Y}", _part_of_year),
        (rf"(?P<w>early|mid|late)[- ](?P<n>[^\W\d_]{{3,12}}\.?) {_Y}", _part_of_month),
        (r"(?P<w>early|mid|late)[- ](?:the )?(?P<t>[0-9]{3})0'?s", _part_of_decade),
        (rf"(?P<a>[^\W\d_]{{3,12}}\.?|Q[1-4]){_SEP}(?P<b>[^\W\d_]{{3,12}}\.?|Q[1-4]) (?P<r>[0-9]{{4}})", _joined),
        (rf"(?P<a>[0-9]{{1,2}})\.?{_SEP}(?P<b>[0-9]{{1,2}})\.? (?P<r>[^\W\d_]{{3,12}}\.? [0-9]{{4}})", _joined),
        (rf"{_WORD}(?: of |[- ]){_Y}", _part_of_year),
        (rf"{_Y}[- ]{_WORD}", _part_of_year),
        (rf"{_WORD}\.?[- ,]{{1,2}}{_Y}(?: ?г\.?| года)?", _named_month),
        (rf"{_D}(?:st|nd|rd|th|\.)?[- ]{_WORD}\.?[- ,]{{1,2}}{_Y}(?: ?г\.?| года)?", _named_month),
        (rf"{_WORD}\.? {_D}(?:st|nd|rd|th)?,? {_Y}", _named_month),
        (rf"{_Y}[- ]{_WORD}(?:[- ]{_D})?", _named_month),
        (rf"{_Y} ?(?:г\.?|года?|year)", _ymd),
        (rf"(?:the )?{_Y}'?s", _decade),
        (r"(?P<m>[0-9]{1,2})(?:st|nd|rd|th) century", _century),
        (rf"{_LEAD} ?(?:-|–|—|to|till|until|bis) ?(?:now|present|today)", _since),
        (rf"(?:since|from|starting) {_LEAD}", _since),
        (rf"{_LEAD} ?(?:-|–|onwards?|or later|ff\.?|\+)", _since),
        (rf"{_LEAD} ?\.\.", _since),
        (rf"\.\. ?{_LEAD}", _until),
        (rf"(?:until|till|by|up to|bis|к) {_LEAD}", _until),
        (rf"{_LEAD} or earlier", _until),
        (rf"(?:before|prior to|<) ?{_LEAD}", _before),
        (rf"(?:after|>) ?{_LEAD}", _after),
        (rf"(?:circa|ca?\.?|about|around|approximately|approx\.?|um|~) ?{_LEAD}", _about),
        (rf"(?:probably|perhaps|possibly|maybe) {_LEAD}", _perhaps),
        (r"(?P<r>.{3,19}[^?(-]) ?(?:\(\?\)|\?)", _perhaps),
        (r"(?P<d>[0-9]{1,4}) ?(?P<e>bce?|ce|ad)|(?P<e2>ad) ?(?P<d2>[0-9]{1,4})", _era),
        (rf"between (?P<a>{_ONE}) and (?P<b>{_ONE})", _ends),
        (rf"(?P<a>{_ONE}) or (?P<b>{_ONE})", _either),
        (rf"(?P<a>{_ONE}) (?:and|&) (?P<b>{_ONE})", _both),
        (rf"{_Y}-?W{_M}|week (?P<m2>[0-9]{{1,2}})[ /](?P<y2>[0-9]{{4}})", _week),
        (rf"{_Y}-(?P<d>[0-9]{{3}})", _day_of_year),
        (rf"\+{_Y}", _ymd),
        (rf"(?:between |from )?(?P<a>{_ONE})(?: ?[–—] ?| - | to | bis |\.\.| ?/ ?)(?P<b>{_ONE})", _ends),
        (r"[\[{(]?(?P<r>[^\[\]{}()]+)[\]})]|[\[{(](?P<r2>[^\[\]{}()]+)", _bracketless),
        (
            r"(?P<t>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<c>[0-9]{2}:[0-9]{2})(?P<s>:[0-9]{2})?(?P<o>z|[-+][0-9]{2}(?::?[0-9]{2})?)?",
            _moment,
        ),
        (rf"{_Y}-(?P<m>2[1-4])\^southern.*", _southern),
    )
)


def _on_parts(text: str) -> str:
    """Say what is wrong where no rewriting is at hand."""
    found = re.fullmatch(r"(-?[0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?", text, re.ASCII)
    if found and found[1] != "-0000":
        year, month = int(found[1]), int(found[2])
        if not 1 <= month <= 12:
            return "months are 01 to 12, and seasons 21 to 41 stand without a day"
        last = days_in(year, month)
        month_text = text[: found.end(2)]
        return f"that month has {last} days; write {month_text}-{last} for its last, {month_text} for all of it"
    if re.fullmatch(
        r"(unknown|undated|open|none|null|now|today|present|heute|n/?a|n\.? ?d\.?|k\.? ?a\.?|tbd|[-?~%])(/.*)?",
        text,
        re.IGNORECASE,
    ):
        return "write nothing at all where no date is stated, or .. for an open end, as in 2016/.."
    if any(char in text for char in "[]{}"):
        return (
            "write alternatives as [2014,2016..2018], and some in each as {2014,2016}, without / between the brackets"
        )
    if "/" in text:
        return "write an interval as 2016/2018, 2016/.. or ../2018: two whole dates, without times of day"
    if re.search(r"[0-9][Tt][0-9]", text):
        return "write a time as 2016-05-02T16:54:59Z or 2016-05-02T16:54:59+05:00, or the day alone"
    if text.startswith("-0000"):
        return "year nought has no sign; write 0000"
    if re.fullmatch(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}", text, re.ASCII):
        return "write the year first and with four digits, such as 2016-05-03"
    if re.fullmatch(r"Y?-?[0-9]+", text, re.ASCII):
        return "write a year with four digits, or with Y before five or more, such as Y-17000"
    if "X" in text:
        return "no day fits; write X for an unknown digit of a day that exists, such as 2016-0X-1X"
    return "write 2016, 2016-05, 2016-05-03, 2016/2018 (in between) or [2016..2018] (one day of it)"
