"""Where single suites are followed and where not, what is refused, and what the messages tell one to write."""

from __future__ import annotations

import csv
import datetime
import re
from pathlib import Path
from typing import Any

import attrs
import pendulum
import pytest

from kztimeline.dates import LIMIT, Period, Shape, last_day, parse_date, period_of
from kztimeline.errors import NotationError
from kztimeline.truth import Truth

PAGE = Path(__file__).parent.parent / "docs" / "dates.md"
DIFFERENT = {
    "0000-02/0000",
    "0000-01-03/0000-01",
    "2004-06-11%/2004-06~",
    "2004-06-11%/2004-%06",
    "2012-21/2012-22",
    "Y-61000/-2000",
    "[1667,1668, 1670..1672]",
    "{-1667,1668, 1670..1672}",
}
"""Strings that one suite refuses and that are read here; docs/dates.md says why for each."""


def valid(text: str) -> bool:
    try:
        return str(parse_date(text)) == text
    except NotationError:
        return False


def test_single_suites_are_followed_but_where_the_page_says_why(shared: Path) -> None:
    with (shared / "data/edtf/consensus.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    other = {row["input"] for row in rows if valid(row["input"]) != (row["verdict"] == "valid")}
    assert other == DIFFERENT
    assert {row["n_libraries"] for row in rows if row["input"] in other} == {"1"}


def test_every_difference_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    assert [text for text in sorted(DIFFERENT) if f"`{text}`" not in page] == []


def test_every_refused_string_on_the_page_is_refused_with_the_words_on_the_page() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)`", PAGE.read_text("utf-8").partition("## What is refused")[2], re.M)
    assert len(rows) > 20
    for refused, instead in rows:
        with pytest.raises(NotationError, match=rf"write (.* or )?{re.escape(instead)}"):
            parse_date(refused)
        assert valid(instead), instead


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("circa May 2016", "2016-05~"),
        ("since May 2016", "2016-05/.."),
        ("before 2016-03-01", "../2016-02-29"),
        ("before 2016-01", "../2015-12"),
        ("after 2016-12-31", "2017-01-01/.."),
        ("after 2016", "2017/.."),
        ("until 2016", "../2016"),
        ("probably 2016", "2016?"),
        ("1900s", "19XX for the century, or 190X"),
        ("19th century", "18XX"),
        ("spring 2016", "2016-21"),
        ("early 2016", "2016-37"),
        ("Q2 2016", "2016-34"),
        ("2016H2", "2016-41"),
        ("2016/17", "2016/2017"),
        ("2019; 2020", "{2019,2020} for some in each, or [2019,2020]"),
        ("2016 or 2017", "[2016,2017]"),
        ("2012 and 2013", "{2012,2013}"),
        ("May 2016 - June 2017", "2016-05/2017-06"),
        ("2016–2018", "2016/2018"),
        ("2016..2018", "2016/2018"),
        ("05/06/2016", "2016-06-05 (year, month, day), or 2016-05-06"),
        ("20160503", "2016-05-03"),
        ("May 5, 2016", "2016-05-05"),
        ("5 мая 2016 года", "2016-05-05"),
        ("2016-123", "2016-05-02"),
        ("2016-366", "2016-12-31"),
        ("1900-060", "1900-03-01"),
        ("1984-05??", "1984-05?"),
        ("2016-W05", "[2016-02-01..2016-02-07]"),
        ("2016-05-02 16:54", "2016-05-02T16:54:00"),
        ("2018/2016", "the earlier date first: 2016/2018"),
        ("[2018..2016]", "the earlier date first: 2016..2018"),
        ("{1900-01-01..1999-12-31}", "an interval 1900-01-01/1999-12-31"),
        ("unknown/2006", "/2006"),
        ("2004-06-01/open", "2004-06-01/.."),
        ("1984?~", "1984%"),
        ("y17101e4p3", "Y17101E4S3"),
        ("2001-21^southernHemisphere", "2001-29"),
        ("-0000", "0000"),
        ("2016-05\n", "without spaces around it: 2016-05"),
        ("２０１６-05", "ASCII digits: 2016-05"),
        ("Ende November 2023", "[2023-11-21..2023-11-30]"),
        ("mid-May 2016", "[2016-05-11..2016-05-20]"),
        ("early 2000s", "[2000..2003]"),
        ("Anfang der 2000er", "[2000..2003]"),
        ("late 1990s", "[1997..1999]"),
        ("1990er-Jahre", "199X"),
        ("Anfang 2016", "2016-37"),
        ("end of 2016", "2016-39"),
        ("Frühjahr 2014", "2014-21"),
        ("Winter 2014", "2014-24 (21 to 24 are the seasons), or 2014-12/2015-02"),
        ("весна 2016", "2016-21"),
        ("März 2016", "2016-03"),
        ("5. Mai 2016", "2016-05-05"),
        ("the 16th of May 2016", "2016-05-16"),
        ("16 May 2016", "2016-05-16"),
        ("16.05.2016", "2016-05-16"),
        ("im Mai 2016", "2016-05"),
        ("bis 2017", "../2017"),
        ("spätestens 2016", "../2016"),
        ("2016 or earlier", "../2016"),
        ("seit Mai 2014", "2014-05/.."),
        ("seit Anfang 2016", "2016-37/.."),
        ("2016 onwards", "2016/.."),
        ("2014-present", "2014/.."),
        ("zwischen 2014 und 2016", "2014/2016"),
        ("3. Quartal 2016", "2016-35"),
        ("second half of 2016", "2016-41"),
        ("KW 5 2016", "[2016-02-01..2016-02-07]"),
        ("May/June 2016", "2016-05/2016-06"),
        ("May or June 2016", "[2016-05,2016-06]"),
        ("10-12 May 2016", "2016-05-10/2016-05-12"),
        ("Ende 2016/Anfang 2017", "2016-39/2017-37"),
        ("~2014-2016", "2014~/2016~"),
        ("2016 (?)", "2016?"),
        ("vermutlich 2016", "2016?"),
        ("rund 2016", "2016~"),
        ("20??", "20XX"),
        ("2016-??", "2016-XX"),
        ("2016-05-??", "2016-05-XX"),
        ("xx.05.2016", "2016-05"),
        ("31 June 2016", "2016-06, since that month has 30 days, or 2016-06-30 for its last"),
        ("44 BC", "-0043"),
        ("AD 800", "0800"),
        ("20. Jahrhundert", "19XX"),
        ("201605", "2016-05"),
        ("12345", "Y12345"),
        ("42493", "2016-05-03 where it is a spreadsheet's number of a day, or Y42493"),
        ("Y1702", "1702"),
        ("2016 / 2017", "2016/2017"),
        ("[ 1984]", "[1984]"),
        ("[1984 ]", "[1984]"),
        ("[1984/1985]", "[1984..1985]"),
        ("[1984;1985]", "[1984,1985]"),
        ("[1984", "[1984] for one of them, or {1984}"),
        ("1984,1985", "{1984,1985}"),
        ("..1984", "../1984"),
        ("1984..", "1984/.."),
        ("20xx", "20XX"),
        ("2016-05-16T10:00+05:00", "2016-05-16T10:00:00+05:00"),
        ("16.5.16", "the year first and with four digits"),
        ("undated", "nothing at all"),
        ("-0000-01", "0000"),
    ],
)
def test_a_common_mistake_is_answered_with_what_to_write(text: str, instead: str) -> None:
    with pytest.raises(NotationError, match=re.escape(instead)):
        parse_date(text)


def test_whatever_a_message_says_to_write_is_itself_read() -> None:
    told: list[str] = []
    for text in SAID:
        with pytest.raises(NotationError) as caught:
            parse_date(text)
        told += str(caught.value).partition("; write ")[2].split(", or ")
    assert len(told) > len(SAID)
    assert [said for said in told if not valid(said.split()[0].rstrip(","))] == []


SAID = (
    "Ende November 2023", "early 2000s", "Winter 2014", "May/June 2016", "31 June 2016", "30.02.2016", "2015-02-29",
    "05/2016", "05/06/2016", "2014-2016", "2016 and 2017", "1900s", "[1984", "2019; 2020", "2016-05-02 16:54", "31/02/2016",
)  # fmt: skip


@pytest.mark.parametrize("text", ["31/02/2016", "13/2016", "2016-17-40", "2016-W60", "before nothing", "2016-400"])
def test_no_suggestion_is_made_that_would_be_refused_too(text: str) -> None:
    with pytest.raises(NotationError) as caught:
        parse_date(text)
    told = str(caught.value).partition("; ")[2]
    assert [word for word in re.findall(r"[0-9]{4}(?:-[0-9X]{2})*", told) if not valid(word)] == []


@pytest.mark.parametrize("given", [None, 2016, b"2016", ["2016"], {}, datetime.date(2016, 1, 1)])
def test_what_is_not_text_is_refused_as_such(given: Any) -> None:
    with pytest.raises(NotationError, match="write it as text, in quotation marks"):
        parse_date(given)


def test_a_text_of_the_greatest_length_is_read_and_a_longer_one_refused() -> None:
    longest = "Y" + "9" * (LIMIT - 1)
    assert parse_date(longest).clamped
    with pytest.raises(NotationError, match="1001 characters, more than 1000"):
        parse_date(longest + "9")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("20XX-02-29", "2000-02-29", "2096-02-29"),
        ("19XX-02-29", "1904-02-29", "1996-02-29"),
        ("2015-XX-31", "2015-01-31", "2015-12-31"),
        ("2015-0X-31", "2015-01-31", "2015-08-31"),
        ("15XX-01-3X", "1500-01-30", "1599-01-31"),
        ("2010-24", "2010-12-01", "2010-12-31"),
        ("2010-30", "2010-12-01", "2010-12-31"),
        ("2010-32", "2010-06-01", "2010-08-31"),
        ("2010-31", "2010-03-01", "2010-05-31"),
        ("2010-33", "2010-01-01", "2010-03-31"),
        ("2010-37", "2010-01-01", "2010-04-30"),
        ("2010-41", "2010-07-01", "2010-12-31"),
        ("201X-36", "2010-10-01", "2019-12-31"),
        ("19", "1900-01-01", "1999-12-31"),
        ("193", "1930-01-01", "1939-12-31"),
        ("2016-05-02T24:00:00", "2016-05-02", "2016-05-02"),
        ("1950S2", "1950-01-01", "1950-12-31"),
        ("XXXX", "0001-01-01", "9999-12-31"),
        ("-0275", "0001-01-01", "0001-01-01"),
        ("Y17E7", "9999-12-31", "9999-12-31"),
        ("Y-17000", "0001-01-01", "0001-01-01"),
    ],
)
def test_the_bounds_are_days_that_exist(text: str, first: str, last: str) -> None:
    date = parse_date(text)
    assert (str(date.earliest), str(date.latest)) == (first, last)
    assert isinstance(date.earliest, pendulum.Date)


@pytest.mark.parametrize(
    "text", ["21X1-02-29", "2100-02-29", "15XX-02-3X", "XXXX-04-31", "2016-2X", "-000X-13", "2001-21-01"]
)
def test_a_mask_that_no_day_fits_is_refused(text: str) -> None:
    assert not valid(text)


def test_years_before_nought_count_downwards_and_have_no_nought() -> None:
    assert valid("-XXXX-12-XX")
    assert valid("-0400/-0300")
    assert not valid("-0300/-0400")
    assert valid("-019X/-018X")
    assert not valid("-0000-02-29")
    assert not valid("-0000S2")
    assert not valid("-000")


def test_members_that_share_a_day_are_one_since_one_unit_keeps_both_promises() -> None:
    assert len(parse_date("{2011,2011-05}").members) == 1
    assert parse_date("{2011,2011}").members == parse_date("{2011}").members
    assert len(parse_date("{2016-21,2016-34}").members) == 1
    assert len(parse_date("{2011,2012}").members) == 2


def test_an_open_member_is_one_stretch_without_a_bound() -> None:
    last = datetime.date(1984, 12, 31).toordinal()
    assert parse_date("{..1984}").members == ((None, last),)
    assert [a for a, _ in parse_date("{..1984,1990..}").members] == [None, datetime.date(1990, 1, 1).toordinal()]
    assert parse_date("[1760-12..]").latest is None


def test_a_long_range_of_alternatives_is_one_stretch_and_a_set_of_as_many_is_refused() -> None:
    assert len(parse_date("[1900-01-01..1999-12-31]").members) == 1
    assert len(parse_date("{0001..4000}").members) == 4000
    with pytest.raises(NotationError, match="more than 4000 members; write an interval 0001/4001"):
        parse_date("{0001..4001}")
    assert len(parse_date("{0001..3000,3001..4000}").members) == 4000
    with pytest.raises(NotationError, match="more than 4000 members; write an interval 3001/4001"):
        parse_date("{0001..3000,3001..4001}")


def test_unlike_ends_of_a_range_promise_one_unit_between_them() -> None:
    assert len(parse_date("{1960..1961-12}").members) == 1


def test_alternatives_with_a_gap_are_never_in_the_gap() -> None:
    date = parse_date("[2011,2013]")
    assert date.within(period_of("2012")) is Truth.NO
    assert date.within(period_of("2013")) is Truth.MAYBE
    assert date.within(period_of("2011/2013")) is Truth.YES
    assert parse_date("2014/..").within(period_of("2016")) is Truth.MAYBE
    assert parse_date("../2016").by(datetime.date(2016, 12, 31)) is Truth.YES
    assert parse_date("2016/..").by(datetime.date(2015, 12, 31)) is Truth.NO


def test_dates_are_frozen_hashable_and_equal_by_their_text() -> None:
    date: Any = parse_date("2016-05")
    assert date == parse_date("2016-05")
    assert len({date, parse_date("2016-05"), parse_date("2016")}) == 2
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        date.text = "2017"


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2016", "2016-01-01", "2017-01-01"),
        ("2016-05", "2016-05-01", "2016-06-01"),
        ("2016/2018", "2016-01-01", "2019-01-01"),
    ],
)
def test_a_period_ends_on_the_day_after(text: str, since: str, until: str) -> None:
    period = period_of(text)
    assert (str(period.since), str(period.until)) == (since, until)


def test_a_period_may_last_for_ever() -> None:
    assert period_of("2016/..") == Period(pendulum.date(2016, 1, 1), None)
    assert period_of("9999").until is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[2016,2018]", "is a list; write 2016, 2016-05 or 2016/2018"),
        ("../2016", "has no first day; write one"),
        ("2016/", r"unknown end; write 2016/\.\. for ever after"),
        ("20X6", r"not a period: '20X6' may mean several; write one, such as 2016 or 2010/2019"),
        ("2010/XXXX-05", r"not a period: '2010/XXXX-05' may mean several"),
        ("soon", "not a date: 'soon'"),
    ],
)
def test_what_is_no_period_is_refused_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(NotationError, match=message):
        period_of(text)


@pytest.mark.parametrize(
    "text", ["2016/2018", "2016/..", "[2016..2018]", "{2016}", "201X", "2016-XX", "2016?", "Y17E7", "-0001"]
)
def test_what_may_mean_several_days_is_no_moment(text: str) -> None:
    with pytest.raises(NotationError, match="write one day, month or year, such as 2016-12-31"):
        last_day(text)


def test_a_moment_may_be_any_date_object_a_season_or_a_time() -> None:
    given: list[Any] = [
        pendulum.date(2016, 5, 1),
        datetime.datetime(2016, 5, 1, 23, 59, tzinfo=datetime.UTC),
        "2016-05-01T23:59:59Z",
    ]
    assert {last_day(moment) for moment in given} == {datetime.date(2016, 5, 1)}
    assert {type(last_day(moment)) for moment in given} == {datetime.date}
    assert str(last_day("2016-33")) == "2016-03-31"


def test_significant_digits_make_a_year_approximate() -> None:
    assert parse_date("1950S2").approximate
    assert parse_date("1950S2").shape is Shape.DAY
    assert not parse_date("1950").approximate


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("early May 2016", "write [2016-05-01..2016-05-10] for one day of that third"),
        ("mid May 2016", "write [2016-05-11..2016-05-20] for one day of that third"),
        ("late Feb 2016", "write [2016-02-21..2016-02-29] for one day of that third"),
        ("after 10 May 2016", "write 2016-05-11/.."),
        ("before 10 May 2016", "write ../2016-05-09"),
        ("after 31 May 2016", "write 2016-06-01/.."),
        ("before 1 January 2016", "write ../2015-12-31"),
        ("after December 2016", "write 2017-01/.."),
        ("before January 2016", "write ../2015-12"),
        ("before 2016", "write ../2015"),
        ("2016-001", "write 2016-01-01"),
        ("2016-366", "write 2016-12-31"),
        ("2016-000", "write 2016, 2016-05,"),
        ("2015-366", "write 2016, 2016-05,"),
        ("1 BC", "write 0000"),
        ("2 BC", "write -0001"),
        ("500 BCE", "write -0499"),
        ("AD 500", "write 0500"),
    ],
)
def test_words_beside_a_day_and_parts_of_a_month_are_counted_out(text: str, advice: str) -> None:
    with pytest.raises(NotationError) as caught:
        parse_date(text)
    assert str(caught.value).startswith(f"not a date: {text!r}; {advice}")


@pytest.mark.parametrize(
    ("number", "name"),
    list(enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1)),
)
def test_every_month_has_its_number(number: int, name: str) -> None:
    with pytest.raises(NotationError, match=f"write 2016-{number:02}-05$"):
        parse_date(f"5 {name} 2016")


def test_every_day_month_and_year_of_a_written_out_range_is_a_member() -> None:
    for text, several in (
        ("{2016-05-30..2016-06-02}", ["2016-05-30", "2016-05-31", "2016-06-01", "2016-06-02"]),
        ("{2016-11..2017-02}", ["2016-11", "2016-12", "2017-01", "2017-02"]),
        ("{2016..2018}", ["2016", "2017", "2018"]),
    ):
        assert parse_date(text).members == tuple((d.first, d.last) for d in map(parse_date, several)), text


@pytest.mark.parametrize("text", ["{0000..0002}", "{-0001..0002}", "{0000-12,0001..0002}"])
def test_years_before_the_calendar_are_members_at_its_first_day(text: str) -> None:
    first, second = parse_date("0001"), parse_date("0002")
    assert parse_date(text).members == ((first.first, first.last), (second.first, second.last))


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("2016-05-10", Truth.YES),
        ("2016-05-09", Truth.NO),
        ("2016-05-12", Truth.YES),
        ("2016-05-13", Truth.NO),
        ("2016-05-09/2016-05-10", Truth.MAYBE),
        ("2016-05-12/2016-05-13", Truth.MAYBE),
        ("2016-05-10/2016-05-12", Truth.YES),
        ("{2016-05-09,2016-05-13}", Truth.NO),
        ("../2016-05-10", Truth.MAYBE),
        ("../2016-05-09", Truth.NO),
        ("2016-05-12/..", Truth.MAYBE),
        ("2016-05-13/..", Truth.NO),
    ],
)
def test_both_ends_of_a_period_are_days_of_it_and_the_days_beside_are_not(text: str, truth: Truth) -> None:
    period = Period(pendulum.date(2016, 5, 10), pendulum.date(2016, 5, 13))
    assert parse_date(text).within(period) is truth


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2016-00-10", "months are 01 to 12"),
        ("2016-00", "months are 01 to 12"),
        ("2016-13", "months are 01 to 12"),
        ("2016-13-01", "months are 01 to 12"),
        ("2016-01-32", "write 2016-01, since that month has 31 days, or 2016-01-31 for its last"),
        ("2016-12-32", "write 2016-12, since that month has 31 days, or 2016-12-31 for its last"),
        ("2015-02-29", "write 2015-02, since that month has 28 days, or 2015-02-28 for its last"),
        ("-0043-01-32", "that month has 31 days; write -0043-01-31 for its last, -0043-01 for all of it"),
    ],
)
def test_a_month_or_day_that_is_none_is_told_with_what_there_is(text: str, said: str) -> None:
    with pytest.raises(NotationError, match=re.escape(said)):
        parse_date(text)


@pytest.mark.parametrize(("text", "clamped"), [("000X", True), ("0000", True), ("0001", False), ("001X", False)])
def test_a_mask_that_reaches_the_year_nought_is_clamped(text: str, clamped: bool) -> None:
    assert parse_date(text).clamped is clamped


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("12345", "write Y12345"),
        ("19999", "write Y19999"),
        ("20000", "write 1954-10-03 where it is a spreadsheet's number of a day, or Y20000"),
        ("69999", "write 2091-08-24 where it is a spreadsheet's number of a day, or Y69999"),
        ("70000", "write Y70000"),
        ("31.05.2016", "write 2016-05-31"),
        ("05/05/2016", "write 2016-05-05 (year, month, day)"),
        ("13/05/2016", "write 2016-05-13 (year, month, day)"),
        ("02/2001", "write 2001-02, or [1999..2001-02] for a day within a stretch"),
        (
            "Winter 2015",
            "write 2015-24 (21 to 24 are the seasons), or 2015-12/2016-02 for the winter that begins in it",
        ),
        ("winter 9999", "write 9999-24 (21 to 24 are the seasons)"),
        ("H1 2016", "write 2016-40 (40 and 41 are the halves)"),
        ("Q4 2016", "write 2016-36 (33 to 36 are the quarters)"),
        ("1900s", "write 19XX for the century, or 190X for the ten years"),
        ("1910s", "write 191X"),
        ("1st century", "write 00XX"),
        ("mid-1990s", "write [1994..1996] for one day of those years"),
        ("late April 2015", "write [2015-04-21..2015-04-30] for one day of that third"),
        ("2015-W53", "write [2015-12-28..2016-01-03], since weeks are not EDTF"),
        ("2015-365", "write 2015-12-31"),
        ("2016-060", "write 2016-02-29"),
        ("before 2 May 2016", "write ../2016-05-01"),
        ("after 28 February 2015", "write 2015-03-01/.."),
        ("AD 1", "write 0001"),
        ("2016-05-02T16:54", "write 2016-05-02T16:54:00, or 2016-05-02, the day alone"),
        ("[1984;1985]", "write [1984,1985] for one of them"),
        ("(2011)?~-06-04", "write %2011-06-04"),
        ("2011-(06-04)~", "write 2011-~06-~04"),
        ("-0000-01", "year nought has no sign; write 0000"),
        ("{1984;1985}", "write {1984,1985} for some in each"),
        ("[1984}", "write [1984] for one of them, or {1984} for some in each"),
    ],
)
def test_no_more_is_suggested_than_could_be_meant(text: str, told: str) -> None:
    with pytest.raises(NotationError) as caught:
        parse_date(text)
    assert str(caught.value) == f"not a date: {text!r}; {told}"
