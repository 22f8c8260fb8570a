"""Laws of dates: every string of the grammar comes back, bounds are those of the days that fit, nothing else is raised."""

from __future__ import annotations

import datetime
from fnmatch import fnmatchcase
from functools import cache
from itertools import pairwise

import pytest
from attrs import asdict
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.dates import LIMIT, Shape, format_date, parse_date, period_of, values
from kztimeline.errors import NotationError
from kztimeline.truth import Truth

FIRST, LAST = datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)
DAYS = {
    day.isoformat(): day.toordinal()
    for day in map(datetime.date.fromordinal, range(FIRST.toordinal(), LAST.toordinal() + 1))
}
"""Every day of a small world, which the slow oracle compares with a mask letter by letter."""
SEASON_MONTHS = {
    **dict.fromkeys(("21", "25", "31"), "03 04 05"),
    **dict.fromkeys(("22", "26", "32"), "06 07 08"),
    **dict.fromkeys(("23", "27", "29"), "09 10 11"),
    **dict.fromkeys(("24", "28", "30"), "12"),
    "33": "01 02 03",
    "34": "04 05 06",
    "35": "07 08 09",
    "36": "10 11 12",
    "37": "01 02 03 04",
    "38": "05 06 07 08",
    "39": "09 10 11 12",
    "40": "01 02 03 04 05 06",
    "41": "07 08 09 10 11 12",
}

two = st.sampled_from(["01", "02", "04", "09", "11", "12", "0X", "1X", "X2", "XX"])
days = st.sampled_from(["01", "07", "28", "29", "30", "31", "0X", "1X", "2X", "3X", "X0", "XX"])
years = st.one_of(st.integers(2000, 2099).map(str), st.sampled_from(["200X", "209X", "20X4", "20XX"]))
mark = st.sampled_from(["", "", "", "?", "~", "%"])


numbers = st.integers(0, 9999).map("{:04}".format)
short = st.one_of(st.integers(0, 13), st.integers(20, 42)).map("{:02}".format)
whole = st.tuples(numbers, short, st.integers(0, 32).map("{:02}".format))
common = st.tuples(whole, st.integers(1, 3)).map(lambda drawn: "-".join(drawn[0][: drawn[1]]))


@given(
    st.one_of(
        common, st.tuples(common, common).map("/".join), st.tuples(common, st.sampled_from("/?X\n ")).map("".join)
    )
)
def test_the_quick_way_reads_a_date_as_the_grammar_does(text: str) -> None:
    quick = values._plain(text)
    if quick is not None:
        assert asdict(quick) == asdict(values._by_grammar(text))


@pytest.mark.parametrize(
    "text", ["2016", "2016-02", "2016-02-29", "0001/9999", "2016-12/2017", "9999-12", "2016-05-17/2016-05"]
)
def test_the_commonest_dates_are_read_the_quick_way(text: str) -> None:
    quick = values._plain(text)
    assert quick is not None
    assert asdict(quick) == asdict(values._by_grammar(text))


def fit(mask: str) -> frozenset[int]:
    """The days that a date allows, marks aside, found by looking at each."""
    plain = mask.translate(dict.fromkeys(map(ord, "?~%")))
    return _fit(plain)


@cache
def _fit(plain: str) -> frozenset[int]:
    year, _, rest = plain.partition("-")
    if rest in SEASON_MONTHS:
        return frozenset[int]().union(*(_fit(f"{year}-{month}") for month in SEASON_MONTHS[rest].split()))
    pattern = plain.replace("X", "?").ljust(4, "?")
    pattern += {4: "-??-??", 7: "-??", 10: ""}[len(pattern)]
    return frozenset(number for text, number in DAYS.items() if fnmatchcase(text, pattern))


@st.composite
def masks(draw: st.DrawFn) -> str:
    """A single date of the small world, at least one day of which exists."""
    year, month, day = draw(years), draw(two), draw(days)
    text = draw(
        st.sampled_from(
            [year, f"{year}-{month}", f"{year}-{month}-{day}", f"{year}-{draw(st.sampled_from(sorted(SEASON_MONTHS)))}"]
        )
    )
    return text if fit(text) else year


def scattered(text: str) -> bool:
    """Whether a date leaves digits open before others, so that its days need not follow each other."""
    return any(letter == "X" and any(map(str.isdigit, text[place:])) for place, letter in enumerate(text))


periods = masks().filter(lambda text: not scattered(text))


@st.composite
def marked(draw: st.DrawFn) -> str:
    """A single date with marks of doubt before and after its parts."""
    return "-".join(draw(mark) + part + draw(mark) for part in draw(masks()).split("-"))


@st.composite
def intervals(draw: st.DrawFn) -> str:
    """An interval, with closed, open and unknown ends."""
    start, end = draw(marked()), draw(marked())
    if min(fit(start)) > max(fit(end)):
        start, end = end, start
    return "/".join(draw(st.sampled_from([side, side, "..", ""])) for side in (start, end))


@st.composite
def lists(draw: st.DrawFn) -> str:
    """A list of dates and of ranges of years."""
    spans = st.tuples(st.integers(2000, 2099), st.integers(0, 12)).map(lambda s: f"{s[0]}..{min(s[0] + s[1], 2099)}")
    items = draw(st.lists(st.one_of(marked(), spans), min_size=1, max_size=4))
    opening, closing = draw(st.sampled_from([("[", "]"), ("{", "}")]))
    return f"{opening}{draw(st.sampled_from([',', ', ', ' , '])).join(items)}{closing}"


def stretch_of(item: str) -> frozenset[int]:
    """All days from the first to the last of an item of a list, or of a closed interval."""
    start, _, end = item.replace("/", "..").partition("..")
    return frozenset(range(min(fit(start)), max(fit(end or start)) + 1))


def judged(found: frozenset[int], inside: frozenset[int]) -> Truth:
    """Whether a day out of some lies inside others, by counting."""
    return Truth.of(certain=found <= inside, possible=bool(found & inside))


@given(marked(), st.integers(FIRST.toordinal(), LAST.toordinal()))
def test_a_date_reaches_from_the_first_to_the_last_day_that_fits(text: str, day: int) -> None:
    date = parse_date(text)
    assert (date.first, date.last) == (min(fit(text)), max(fit(text)))
    assert (date.shape, date.members, format_date(date), date.clamped) == (Shape.DAY, (), text, False)
    assert date.by(datetime.date.fromordinal(day)) is judged(fit(text), frozenset(range(1, day + 1)))


@given(intervals(), st.integers(FIRST.toordinal(), LAST.toordinal()))
def test_an_interval_reaches_from_its_start_to_its_end_and_none_is_for_open_ends(text: str, day: int) -> None:
    date = parse_date(text)
    assert (date.shape, format_date(date)) == (Shape.INTERVAL, text)
    start, _, end = text.partition("/")
    assert (date.first is None, date.last is None) == (start in ("", ".."), end in ("", ".."))
    if date.first is not None and date.last is not None:
        found = stretch_of(text)
        assert frozenset(range(date.first, date.last + 1)) == found
        assert date.by(datetime.date.fromordinal(day)) is judged(found, frozenset(range(1, day + 1)))


@given(masks())
def test_a_period_is_one_stretch_of_all_the_days_that_fit(text: str) -> None:
    if scattered(text):
        with pytest.raises(NotationError, match=r"not a period: .* may mean several"):
            period_of(text)
    else:
        period = period_of(text)
        assert period.until is not None
        assert fit(text) == frozenset(range(period.since.toordinal(), period.until.toordinal()))


@given(lists(), periods)
def test_a_list_has_the_days_of_its_items_in_members_that_share_none(text: str, asked: str) -> None:
    date = parse_date(text)
    found = frozenset[int]().union(*(stretch_of(item.strip()) for item in text[1:-1].split(",")))
    assert (date.shape, format_date(date)) == (Shape.SET if text.startswith("{") else Shape.DAY, text)
    assert (date.first, date.last) == (min(found), max(found))
    members = [(a, b) for a, b in date.members if a is not None and b is not None]
    assert len(members) == len(date.members)
    assert all(before[1] < after[0] for before, after in pairwise(members))
    assert frozenset[int]().union(*(range(a, b + 1) for a, b in members)) == found
    period = period_of(asked)
    assert period.until is not None
    asked_days = frozenset(range(period.since.toordinal(), period.until.toordinal()))
    assert date.within(period) is judged(found, asked_days)


@given(marked(), periods)
def test_within_never_says_more_than_the_days_do(text: str, asked: str) -> None:
    period = period_of(asked)
    assert period.until is not None
    exact = judged(fit(text), frozenset(range(period.since.toordinal(), period.until.toordinal())))
    told = parse_date(text).within(period)
    assert told is exact or (told is Truth.MAYBE and "X" in text)


@pytest.mark.parametrize("season", SEASON_MONTHS)
def test_a_season_has_the_days_of_its_months(season: str) -> None:
    date, found = parse_date(f"2016-{season}"), fit(f"2016-{season}")
    assert (date.first, date.last) == (min(found), max(found))


@given(st.integers(0, 9989), st.integers(0, 9), st.sampled_from(["", "-01", "-02", "-12"]))
def test_a_range_in_a_set_has_a_member_for_each_unit_as_written(low: int, more: int, month: str) -> None:
    low += 1
    date = parse_date(f"{{{low:04}{month}..{low + more:04}{month}}}")
    assert len(date.members) == (12 * more + 1 if month else more + 1)


signs = st.sampled_from([*"0123456789X-/.[]{},?~%TYSEZ:+ u^()", "\ud800", "५", "\n", "\0", "..", "２", "é"])


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A string of the grammar with up to three places changed."""
    text = draw(st.one_of(marked(), intervals(), lists(), st.sampled_from(ODD)))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.one_of(st.just(""), signs)) + text[place + draw(st.integers(0, 2)) :]
    return text


ODD = [
    "2016-05-02T16:54:59+02:30", "Y-17E7", "1950S2", "Y3388E2S3", "-019", "-04", "2001-21~", "XXXX-12-XX", "since May 2016",
    "between 2016 and 2018", "(2011)-06-04~", "5 мая 2016 года", "ca. 2016", "2016-W05", "2010s", "[1760-12..]", "{..1984}",
]  # fmt: skip


HOSTILE = [
    "[", "X", "{", "?", "~", "%", "(", "9", "-", "/", "..", ",", " ", "\n", "２", "½", "a", "a ", "May ", "2016,", "2016-",
    "2016 or ", "2016 and ", "between ", "XXXX-02-30,", "XXXX-XX-XX,", "0001..9999,", "?2016?,", "since ", "1 ", "Y", "T",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize(("before", "after"), [("", "!"), ("[", "!]"), ("2016", "!"), ("since ", "!")])
def test_a_hostile_text_is_refused_soon(piece: str, before: str, after: str) -> None:
    room = LIMIT - len(before) - len(after)
    with pytest.raises(NotationError, match=r"(?s)^not a date: .*write "):
        parse_date(before + (piece * room)[:room] + after)


@given(mutated())
def test_a_changed_string_is_read_or_refused_and_nothing_else(text: str) -> None:
    said, date = "", None
    try:
        date = parse_date(text)
    except NotationError as error:
        said = str(error)
    if date is None:
        assert said.startswith("not a date: ")
        assert len(said) < 400
    else:
        assert format_date(date) == text
        assert text.isascii()
        assert date.first is None or date.last is None or date.first <= date.last
