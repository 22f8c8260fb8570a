"""Quantities, amounts and truth."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.codec import event_of, line_of, value_of
from kztimeline.dates import Shape
from kztimeline.errors import NotationError
from kztimeline.events import Measure
from kztimeline.quantities import MILITARY_BALANCE, Mark, add_amounts, format_quantity, parse_amount, parse_quantity
from kztimeline.readings import Count, Days, inside
from kztimeline.truth import Truth, every, some


@pytest.mark.parametrize(
    ("text", "low", "best", "high", "mark"),
    [
        ("12", 12, 12, 12, None),
        ("(12)", 12, 12, 12, Mark.ESTIMATED),
        ("12?", 12, 12, 12, Mark.UNCERTAIN),
        ("~12", 12, 12, 12, Mark.APPROXIMATE),
        ("presumably 8", 8, 8, 8, Mark.HEDGED),
        ("at least 5", 5, None, None, Mark.AT_LEAST),
        ("40+", 40, None, None, Mark.AT_LEAST),
        ("more than 26", 27, None, None, Mark.AT_LEAST),
        ("up to 300", 0, 300, 300, Mark.UP_TO),
        ("fewer than 300", 0, None, 299, Mark.UP_TO),
        ("some", 1, None, None, Mark.SOME),
        ("unknown", 0, None, None, Mark.UNKNOWN),
        ("16-20", 16, None, 20, Mark.RANGE),
        ("0", 0, 0, 0, None),
    ],
)
def test_notations_give_bounds_and_marks(
    text: str, low: int, best: int | None, high: int | None, mark: Mark | None
) -> None:
    quantity = parse_quantity(text)
    assert (quantity.low, quantity.best, quantity.high) == (low, best, high)
    assert mark is None or mark in quantity.marks
    assert format_quantity(quantity) == text


@pytest.mark.parametrize(
    ("text", "advice"),
    [("1,000", "write 1000"), ("-3", "not negative"), ("2.5", "units are whole"), ("mindestens fünf", "write at least n"), ("einige", "write some"), ("", "leave the field out"), ("9-3", "smaller number first"), ("9" * 14, "more than"), ("１２", "ASCII"), (" 3", "without spaces"), ("lots", "write 12")],
)  # fmt: skip
def test_a_refused_count_names_what_to_write_instead(text: str, advice: str) -> None:
    with pytest.raises(NotationError, match=advice):
        parse_quantity(text)


@given(st.text(max_size=30))
def test_any_text_is_a_count_or_refused(text: str) -> None:
    try:
        quantity = parse_quantity(text)
    except NotationError:
        return
    assert quantity.high is None or quantity.low <= quantity.high
    assert format_quantity(quantity) == text


def test_counts_as_the_military_balance_writes_them(shared: Path) -> None:
    with (shared / "data/iiss/quantity_notations.csv").open(encoding="utf-8", newline="") as file:
        texts = [next(iter(row.values())) for row in csv.DictReader(file)]
    read = 0
    for text in texts:
        try:
            parse_quantity(text.strip(), profile=MILITARY_BALANCE)
            read += 1
        except NotationError:
            continue
    assert read >= 15


def test_amounts_are_decimal_text_and_unlike_units_do_not_add() -> None:
    assert str(add_amounts(parse_amount("7.59", "EUR"), parse_amount("0.01", "EUR")).best) == "7.60"
    with pytest.raises(NotationError, match="unlike units do not add: EUR and USD"):
        add_amounts(parse_amount("1", "EUR"), parse_amount("1", "USD"))
    with pytest.raises(NotationError, match=r"write 7\.59$"):
        parse_amount("7,59", "EUR")


ALL = list(Truth)


@pytest.mark.parametrize("a", ALL)
@pytest.mark.parametrize("b", ALL)
def test_kleene_laws(a: Truth, b: Truth) -> None:
    assert (a & b) is (b & a)
    assert ~(a & b) is (~a | ~b)
    assert (a & a) is a
    assert ~~a is a
    assert (a | (a & b)) is a
    for c in ALL:
        assert (a & (b | c)) is ((a & b) | (a & c))


def test_maybe_stays_maybe_and_truth_refuses_if() -> None:
    assert (Truth.MAYBE | ~Truth.MAYBE) is Truth.MAYBE
    assert every([]) is Truth.YES
    assert some([Truth.NO, Truth.MAYBE]) is Truth.MAYBE
    with pytest.raises(TypeError, match="cannot decide an if"):
        bool(Truth.YES)


@pytest.mark.parametrize("text", ["at most 1000000", "at least 13", "700-1000", "~81", "unknown", "0", "-2.5..1"])
def test_a_vague_amount_is_the_same_after_a_line_of_the_log(text: str) -> None:
    fields = {
        "kind": "measured",
        "holder": "KAZ",
        "period": "2016",
        "indicator": "military-expenditure",
        "value": {"text": text, "unit": "USD a year"},
        "citations": [{"source": "a", "published": "2017"}],
    }
    read = value_of(line_of(event_of(fields)))
    assert isinstance(read, Measure)
    assert read.value == parse_amount(text, "USD a year")
    assert read.value.low == parse_amount(text, "USD a year").low


def test_what_ends_on_a_day_is_all_there_on_that_day() -> None:
    days, count = Days(Shape.INTERVAL, 10, 20, ()), Count(2, 3, None)
    assert [inside(days, count, 0, 0, until) for until in (9, 10, 19, 20)] == [(0, 0), (0, 3), (0, 3), (2, 3)]
