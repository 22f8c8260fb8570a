"""Dates: the standard's examples, other suites' verdicts, bounds, and what to write instead."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.dates import Shape, format_date, last_day, parse_date, period_of
from kztimeline.errors import NotationError
from kztimeline.truth import Truth

PADDED = {"/2006", "2004-06-01/", "1984-06-02?/"}
"""One suite gives an unknown bound a padding of ten years; here it is no bound."""


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def valid(text: str) -> bool:
    try:
        return format_date(parse_date(text)) == text
    except NotationError:
        return False


def test_every_example_of_the_standard_is_read_and_written_back(shared: Path) -> None:
    refused = [row["input"] for row in read(shared / "data/edtf/spec_2019_examples.csv") if not valid(row["input"])]
    assert refused == []


def test_what_two_suites_agree_on_gets_their_verdict(shared: Path) -> None:
    rows = [row for row in read(shared / "data/edtf/consensus.csv") if int(row["n_libraries"]) >= 2]
    assert len(rows) > 100
    assert [row["input"] for row in rows if valid(row["input"]) != (row["verdict"] == "valid")] == []


def test_bounds_equal_another_suites_bounds_once_clamped(shared: Path) -> None:
    def clamped(text: str) -> str:
        year = text.rpartition("-")[0].rpartition("-")[0]
        if text.endswith("inf") or not year.lstrip("-").isdigit():
            return text
        return "0001-01-01" if int(year) < 1 else "9999-12-31" if int(year) > 9999 else text

    for row in read(shared / "data/edtf/bounds.csv"):
        if row["input"] in PADDED:
            continue
        date = parse_date(row["input"])
        assert str(date.earliest or "-inf") == clamped(row["lower"]), row["input"]
        assert str(date.latest or "inf") == clamped(row["upper"]), row["input"]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("05/2016", "write 2016-05, or"),
        ("2016/05", "write 2016-05"),
        ("1.5.2016", "write 2016-05-01"),
        ("May 2016", "write 2016-05"),
        ("5 May 2016", "write 2016-05-05"),
        ("ca. 2016", "write 2016~"),
        ("2016-2018", r"write 2016/2018, or \[2016..2018\]"),
        ("since 2016", "write 2016/.."),
        ("before 2016", "write ../2015"),
        ("2010s", "write 201X"),
        ("2016Q1", "write 2016-33"),
        ("199u", "199X"),
        ("2016-1-2", "write 2016-01-02"),
        ("2016-13", "months are 01 to 12"),
        ("2015-02-29", "that month has 28 days"),
        (" 2016", "without spaces"),
        ("２０１６", "ASCII digits"),
        ("2016/2015", "ends before it begins"),
        ("unknown", "nothing at all"),
        ("x" * 5000, "more than 1000"),
        ("", "leave the field out"),
        ("[2016", r"write \[2016\] for one of them, or \{2016\} for some in each"),
        ("[,]", "alternatives"),
    ],
)
def test_a_refused_date_names_what_to_write_instead(text: str, advice: str) -> None:
    with pytest.raises(NotationError, match=advice):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "shape", "members"),
    [
        ("2016", Shape.DAY, 0),
        ("[2014..2016]", Shape.DAY, 3),
        ("2011/2017", Shape.INTERVAL, 0),
        ("{2011..2017}", Shape.SET, 7),
        ("{2011,2013}", Shape.SET, 2),
    ],
)
def test_shapes_say_how_units_spread(text: str, shape: Shape, members: int) -> None:
    date = parse_date(text)
    assert (date.shape, len(date.members)) == (shape, members)


def test_qualifiers_are_flags_and_widen_nothing() -> None:
    assert (parse_date("2016?").first, parse_date("2016~").last) == (parse_date("2016").first, parse_date("2016").last)
    assert parse_date("2016%").uncertain
    assert parse_date("2016%").approximate


def test_years_beyond_the_calendar_are_clamped_and_open_ends_are_not() -> None:
    assert parse_date("-0999").clamped
    assert str(parse_date("Y17E7").latest) == "9999-12-31"
    assert parse_date("2016/..").latest is None


def test_uncertain_dates_have_no_order() -> None:
    with pytest.raises(TypeError, match=r"ask date\.by\(day\)"):
        assert parse_date("2016") < parse_date("2017")


def test_a_year_or_month_as_a_moment_means_its_last_day() -> None:
    assert [str(last_day(m)) for m in ("2016", "2016-02", "2016-02-03", datetime.date(2016, 5, 1))] == [
        "2016-12-31",
        "2016-02-29",
        "2016-02-03",
        "2016-05-01",
    ]
    with pytest.raises(NotationError, match="write one day, month or year"):
        last_day("2016/2018")


def test_a_period_is_closed_open() -> None:
    assert str(period_of("2016").until) == "2017-01-01"
    with pytest.raises(NotationError, match="not a period"):
        period_of("{2016,2018}")


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_with_advice(text: str) -> None:
    said = ""
    try:
        assert format_date(parse_date(text)) == text
    except NotationError as error:
        said = str(error)
    assert not said or said.startswith("not a date")


DATES = st.sampled_from(
    [
        "2016",
        "2016-05",
        "2016-05-03",
        "201X",
        "2016-0X-1X",
        "2016/2017",
        "[2014..2016]",
        "{2011,2013}",
        "2001-21",
        "../2016",
        "2016/..",
    ]
)


@given(DATES, st.dates(datetime.date(2000, 1, 1), datetime.date(2025, 1, 1)))
def test_by_agrees_with_the_possible_days(text: str, day: datetime.date) -> None:
    date = parse_date(text)
    first, last = date.first or 0, date.last or 10**9
    expected = Truth.YES if last <= day.toordinal() else Truth.MAYBE if first <= day.toordinal() else Truth.NO
    assert date.by(day) is expected
