"""Counts and amounts: every notation, every refusal, the laws between them (R14)."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import example, given
from hypothesis import strategies as st

from kztimeline.errors import NotationError
from kztimeline.quantities import (
    LARGEST,
    MILITARY_BALANCE,
    PLAIN,
    Amount,
    Mark,
    Override,
    Profile,
    Quantity,
    add_amounts,
    contains,
    format_quantity,
    parse_amount,
    parse_quantity,
)

PAGE = (Path(__file__).parent.parent / "docs" / "quantities.md").read_text("utf-8")
NUMBERS = st.integers(0, LARGEST - 1)
PROFILES = st.sampled_from([PLAIN, MILITARY_BALANCE])
MARKED = ["{}", "({})", "{}?", "{}~", "~{}", "ε{}", "ca. {}", "about {}", "presumably {}", "({})?", "~({})"]
COMPARED = ["at least {}", "{}+", ">={}", "more than {}", ">{}", "up to {}", "at most {}", "<={}"]


def rows(section: str, columns: int) -> list[list[str]]:
    """The rows of the table in one section of the page."""
    body = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines() if line[:1] == "|"]
    return [
        row
        for row in cells
        if len(row) == columns and not set(row[0]) <= {"-"} and row[0] not in ("written", "refused")
    ]


def bounds(quantity: Quantity) -> tuple[int, int | None, int | None]:
    return quantity.low, quantity.best, quantity.high


def decimal(cell: str) -> Decimal | None:
    return Decimal(cell) if re.fullmatch(r"-?[0-9.]+", cell) else None


def printed(cell: str) -> int | None:
    return int(cell) if cell.isdigit() else None


@st.composite
def counts(draw: st.DrawFn) -> str:
    """A count in plain notation."""
    number = draw(st.sampled_from(MARKED)).format(draw(NUMBERS))
    form = draw(st.sampled_from(["plain", "compared", "range", "word"]))
    if form == "range":
        low, high = sorted([draw(NUMBERS), draw(NUMBERS)])
        return f"{low}{draw(st.sampled_from(['-', '..', ' - ']))}{high}"
    if form == "word":
        return draw(st.sampled_from(["some", "several", "unknown", "(some)", "some?"]))
    return draw(st.sampled_from(COMPARED)).format(number) if form == "compared" else number


@pytest.mark.parametrize("row", rows("Plain notation", 5), ids=lambda row: row[0])
def test_each_plain_notation_means_what_the_page_says(row: list[str]) -> None:
    written, low, best, high, marks = row
    for text in re.findall(r"`([^`]+)`", written):
        quantity = parse_quantity(text)
        assert bounds(quantity) == (int(low), printed(best), printed(high)), text
        assert quantity.marks == frozenset(Mark(word) for word in marks.split(", ") if word), text


@pytest.mark.parametrize("row", rows("Amounts", 5), ids=lambda row: row[0])
def test_each_amount_means_what_the_page_says(row: list[str]) -> None:
    written, low, best, high, marks = row
    for text in re.findall(r"`([^`]+)`", written):
        amount = parse_amount(text, "%")
        assert (amount.low, amount.best, amount.high) == (decimal(low), decimal(best), decimal(high)), text
        assert amount.marks == frozenset(Mark(word) for word in marks.split(", ") if word), text
        assert (amount.text, amount.unit) == (text, "%")


@pytest.mark.parametrize("row", rows("Plain notation", 2), ids=lambda row: row[0])
def test_each_refused_count_on_the_page_is_answered_with_the_words_on_the_page(row: list[str]) -> None:
    refused, instead = (re.findall(r"`([^`]+)`", cell) for cell in row)
    for text in refused:
        with pytest.raises(NotationError, match=rf"^not a quantity: .*; write (.*: )?{re.escape(instead[0])}$"):
            parse_quantity(text)
        assert format_quantity(parse_quantity(instead[0])) == instead[0]


@pytest.mark.parametrize("row", rows("Profiles", 6), ids=lambda row: row[0])
def test_the_military_balance_means_what_the_page_says(row: list[str]) -> None:
    written, means, low, best, high, marks = (cell.strip("`") for cell in row)
    quantity = parse_quantity(written, profile=MILITARY_BALANCE)
    assert bounds(quantity) == bounds(parse_quantity(means)) == (int(low), printed(best), printed(high))
    assert quantity.marks == {Mark(marks)}
    assert format_quantity(quantity) == written


def test_the_page_has_its_tables() -> None:
    assert len(rows("Plain notation", 5)) >= 17
    assert len(rows("Plain notation", 2)) >= 12
    assert len(rows("Profiles", 6)) >= 7
    assert len(rows("Amounts", 5)) >= 12


ADVICE = [
    ("", "write 0 for none, unknown where the source says so, or leave the field out"),
    ("-", "leave the field out"),
    ("n/a", "leave the field out"),
    (" 12", "write it without spaces around it: 12"),
    ("12\n", "write it without spaces around it: 12"),
    ("１２", "write ASCII digits: 12"),
    ("١٢", "write ASCII digits: 12"),
    ("12²", "write ASCII digits"),
    ("mindestens viele", "write at least n"),
    ("max. 30", "write up to n: up to 30"),
    ("no more than 6 boats", "write up to n: up to 6"),
    ("between 16 and 20", "write 16-20"),
    ("16 to 20", "write 16-20"),
    ("10 or so", "write about 10"),
    ("3 or fewer", "write up to 3"),
    ("≈12", "write about n: about 12"),
    ("1.5 million", "write the number in full: 1500000"),
    ("7 Mio.", "write the number in full: 7000000"),
    ("5 trillion", "write 12, "),
    ("12 boats", "write the number alone: 12"),
    ("1g", "write 12, "),
    ("?", "leave the field out"),
    ("½", "units are whole"),
    ("10^30", "write 12, "),
    ("At Least 5", "write it in small letters: at least 5"),
    ("1,000", "write 1000"),
    ("1 000 000", "write 1000000"),
    ("at least 1’000", "write at least 1000"),
    ("1,000-2,000", "write 1000-2000"),
    (" Up to 1,000", "write up to 1000"),
    ("012", "write it without leading zeros: 12"),
    ("-3", "a number of units is not negative; write retired, lost or exported with the number"),
    ("−3", "is not negative"),
    ("65-", "read in two ways; write up to 65, or both ends, 60-65"),
    ("some 300", "write about 300, at least 300 or some"),
    ("2.5", "units are whole; write money and shares as amounts with a unit"),
    ("at least 2,5", "units are whole"),
    (".5", "units are whole"),
    ("einige", "write some"),
    ("mindestens fünf", "write at least n: at least 5"),
    ("bis zu 30", "write up to n: up to 30"),
    ("не менее 5", "write at least n: at least 5"),
    ("en az 5", "write at least n: at least 5"),
    ("до 5", "write up to n: up to 5"),
    ("keine", "write 0"),
    ("двенадцать", "write 12"),
    ("zwölf", "write 12"),
    ("iki", "write 2"),
    ("twelve", "write 12"),
    ("nonexistent", "write 12, (12), 12?, at least 5, more than 26, up to 300, 16-20, some or unknown"),
    ("12??", "write 12, "),
    ("((12))", "write 12, "),
    ("at least some", "write 12, "),
    ("1e3", "write 12, "),
    ("20-16", "ends below its start; write the smaller number first"),
    ("fewer than 0", "nothing is fewer than 0; write 0 for none"),
    (str(LARGEST + 1), f"is more than {LARGEST}; write the count in single units"),
    (f"more than {LARGEST}", f"is more than {LARGEST}"),
    ("9" * 201, "is longer than 200 characters"),
]


@pytest.mark.parametrize(("text", "advice"), ADVICE)
def test_a_refusal_says_what_to_write_instead(text: str, advice: str) -> None:
    with pytest.raises(NotationError, match=f"^not a quantity: .*{re.escape(advice)}") as e:
        parse_quantity(text)
    assert len(str(e.value)) < 250


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (12, "dozen Dutzend"),
        (100, "hundred hundert"),
        (1000, "thousand tausend тыс тыс."),
        (10**6, "million millions Millionen Mio. mln млн"),
        (10**9, "Milliarde Milliarden Mrd. bn млрд"),
    ],
)
def test_a_large_number_in_words_is_told_in_full(times: int, words: str) -> None:
    for word in words.split():
        for number, factor in (("2", 2), ("2.5", Fraction(5, 2)), ("0.25", Fraction(1, 4))):
            with pytest.raises(NotationError) as caught:
                parse_quantity(f"{number} {word}")
            assert str(caught.value).endswith(f"; write the number in full: {factor * times}"), word


@pytest.mark.parametrize(
    "words",
    [
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
        "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn",
        "один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
        "bir iki üç dört beş altı yedi sekiz dokuz on",
    ],
)
def test_a_number_in_words_is_told_in_digits(words: str) -> None:
    for number, word in enumerate(words.split(), start=1):
        with pytest.raises(NotationError, match=f"; write {number}$"):
            parse_quantity(word)


@pytest.mark.parametrize("value", [12, 12.0, None, True, ["12"], b"12"])
def test_what_is_not_text_is_refused_also_where_it_cannot_be_hashed(value: object) -> None:
    with pytest.raises(NotationError, match=r"a quantity is text, not .*; write it in quotation marks"):
        parse_quantity(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "advice"), [row for row in ADVICE if re.fullmatch(r"write .*: .*", row[1])])
def test_advice_that_names_a_text_names_one_that_is_read(text: str, advice: str) -> None:
    assert parse_quantity(advice.rsplit(": ", 1)[1]).high != 0


def test_the_greatest_number_is_still_read() -> None:
    assert parse_quantity("1000000000000").high == LARGEST
    with pytest.raises(NotationError, match="is more than 1000000000000; write the count in single units"):
        parse_quantity("1000000000001")


@given(counts())
@example("fewer than 1")
def test_bounds_stand_in_order_and_the_text_comes_back(text: str) -> None:
    quantity = parse_quantity(text)
    assert format_quantity(quantity) == text
    assert parse_quantity(format_quantity(quantity)) == quantity
    assert hash(parse_quantity(format_quantity(quantity))) == hash(quantity)
    assert quantity.low >= 0
    assert quantity.high is None or quantity.low <= quantity.high
    if quantity.best is not None:
        assert quantity.high is not None
        assert quantity.low <= quantity.best <= quantity.high
    if quantity.low == quantity.high:
        assert quantity.best == quantity.low


@given(NUMBERS, st.sampled_from(MARKED))
def test_signs_never_change_a_bound(number: int, sign: str) -> None:
    assert bounds(parse_quantity(sign.format(number))) == (number, number, number)


@given(NUMBERS)
def test_more_than_n_begins_above_n_and_fewer_than_ends_below(number: int) -> None:
    assert bounds(parse_quantity(f"more than {number}")) == (number + 1, None, None)
    fewer = parse_quantity(f"fewer than {number + 1}")
    assert (fewer.low, fewer.high) == (0, number)


PIECES = [
    "12",
    "0",
    "(",
    ")",
    "?",
    "~",
    "+",
    "-",
    "..",
    "at least ",
    "some",
    "ε",
    ",",
    " ",
    "*",
    "unknown",
    "１",
    "до ",
]


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=8).map("".join)), PROFILES)
@example("\ud800", PLAIN)
@example("{}", MILITARY_BALANCE)
@example("ε", MILITARY_BALANCE)
@example("*", MILITARY_BALANCE)
@example(".12", PLAIN)
def test_any_text_is_a_count_or_refused_with_advice(text: str, profile: Profile) -> None:
    try:
        quantity = parse_quantity(text, profile=profile)
    except NotationError:
        with pytest.raises(NotationError, match=r"(?s)^not a quantity: .*write "):
            parse_quantity(text, profile=profile)
        return
    assert quantity.text == text
    assert text.isascii() or not any(char.isdigit() and not char.isascii() for char in text)
    assert quantity.high is None or 0 <= quantity.low <= quantity.high <= LARGEST


@given(counts())
def test_what_the_profile_does_not_name_is_read_as_in_plain(text: str) -> None:
    if "ε" not in text and not text.startswith("some "):
        assert parse_quantity(text, profile=MILITARY_BALANCE) == parse_quantity(text)


def test_zero_some_and_unknown_are_three_things() -> None:
    read = {(bounds(q), q.marks) for q in map(parse_quantity, ["0", "some", "unknown"])}
    assert len(read) == 3


def test_another_profile_may_turn_a_sign_round() -> None:
    odd = Profile("odd", (Override("{}+", "more than {}", None),), ".")
    assert bounds(parse_quantity("1.200+", profile=odd)) == (1201, None, None)
    assert bounds(parse_quantity("12+")) == (12, None, None)


def test_a_thousands_sign_is_read_only_between_whole_groups() -> None:
    for text in ["1,00", "1000,000", "1,0000", "0,123", "1,000,00"]:
        with pytest.raises(NotationError, match="units are whole"):
            parse_quantity(text, profile=MILITARY_BALANCE)


@given(counts(), counts(), counts())
def test_containing_is_an_order(a: str, b: str, c: str) -> None:
    one, two, three = parse_quantity(a), parse_quantity(b), parse_quantity(c)
    assert contains(one, one)
    assert contains(parse_quantity("unknown"), one)
    if contains(one, two) and contains(two, one):
        assert (one.low, one.high) == (two.low, two.high)
    if contains(one, two) and contains(two, three):
        assert contains(one, three)


def test_an_open_count_is_not_inside_a_bounded_one() -> None:
    assert contains(parse_quantity("at least 5"), parse_quantity("6-9"))
    assert not contains(parse_quantity("5-9"), parse_quantity("at least 5"))
    assert not contains(parse_quantity("5-9"), parse_quantity("4-6"))
    assert not contains(parse_quantity("5-9"), parse_quantity("6-10"))


REFUSED_AS_SLIPS = {
    "65-", "5-", "25-", "7-", "95-", "21-", "1-", "*", "n//a", "NS", "N0", "MA", "BA", "A", "B", "o", "\\", "`",
    "j8", "a7", "1g", "18]", "N500", "NA6", "`0", "`13", "M-20", "HJ-5", "Zeltin", "(diving)", "unit_count",
}  # fmt: skip
NOTHING_STATED = {"", "na", "n/a", "n.a", "no numbers given"}


def test_the_figures_of_the_military_balance_are_read_but_for_the_slips_that_the_page_lists(shared: Path) -> None:
    with (shared / "data/iiss/quantity_notations.csv").open(encoding="utf-8", newline="") as file:
        texts = {row["unit_count_as_typed"].strip() for row in csv.DictReader(file)}
    refused = set()
    for text in texts:
        try:
            parse_quantity(text, profile=MILITARY_BALANCE)
        except NotationError:
            refused.add(text)
    assert {text for text in refused if text.casefold() not in NOTHING_STATED} == REFUSED_AS_SLIPS
    assert len(texts - refused) >= 55


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6))
def test_an_amount_is_its_text_exactly(number: Decimal) -> None:
    amount = parse_amount(f"{number:f}", "EUR")
    assert amount.low == amount.best == amount.high == number
    assert amount.text == f"{number:f}"
    assert hash(amount) == hash(Amount(amount.text, "EUR"))


@given(st.integers(-(10**30), 10**30), st.integers(0, 9), st.integers(-(10**30), 10**30), st.integers(0, 9))
def test_amounts_of_one_unit_add_exactly(a: int, places: int, b: int, others: int) -> None:
    one = parse_amount(f"{Decimal(f'{a}e-{places}'):f}", "%")
    other = parse_amount(f"{Decimal(f'{b}e-{others}'):f}", "%")
    total = add_amounts(one, other)
    assert total == add_amounts(other, one)
    assert Fraction(total.best or 0) == Fraction(a, 10**places) + Fraction(b, 10**others)
    assert "E" not in total.text


DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**6, places=3)


@st.composite
def amounts(draw: st.DrawFn) -> Amount:
    """An amount, exact or vague, of one unit."""
    form = draw(st.sampled_from([*MARKED, *COMPARED, "{}-", "-{}", "some", "unknown", "at least -{}"]))
    low, high = sorted((draw(DECIMALS), draw(DECIMALS)))
    text = f"{low:f}{draw(st.sampled_from(['-', '..', ' - ']))}{high:f}" if form == "{}-" else form.format(f"{high:f}")
    return parse_amount(text, "EUR")


@pytest.mark.parametrize(
    "piece", ["0", "9,", "1.", "２", "(", "~", "at least ", "0001..9999,", " ", "+", "1 ", "or ", "½"]
)
def test_a_hostile_text_is_refused_soon_however_long_it_is(piece: str) -> None:
    with pytest.raises(NotationError, match=r"not an amount: .*; write fewer digits"):
        Amount(piece * 20_000 + "!", "EUR")
    with pytest.raises(NotationError, match="not a quantity"):
        parse_quantity((piece * 200)[:199] + "!")
    with pytest.raises(NotationError, match="not an amount"):
        parse_amount((piece * 100)[:99] + "!", "EUR")


@given(amounts())
def test_the_bounds_of_an_amount_stand_in_order(amount: Amount) -> None:
    low, best, high = amount.low, amount.best, amount.high
    assert parse_amount(amount.text, amount.unit) == amount
    assert low is None or high is None or low <= high
    assert (low is None) is (Mark.UNKNOWN in amount.marks)
    assert best is None or (low is not None and high is not None and low <= best <= high)
    assert low is None or low != high or best == low


@given(amounts(), amounts())
def test_vague_amounts_add_bound_to_bound_and_keep_their_signs(one: Amount, other: Amount) -> None:
    total = add_amounts(one, other)
    assert total == add_amounts(other, one)
    assert total.low == (None if one.low is None or other.low is None else one.low + other.low)
    assert total.high == (None if one.high is None or other.high is None else one.high + other.high)
    signs = {Mark.ESTIMATED, Mark.UNCERTAIN, Mark.APPROXIMATE, Mark.HEDGED}
    assert total.marks & signs == (one.marks | other.marks) & signs
    if one.low == one.high and other.low == other.high:
        assert total.best == total.low


@pytest.mark.parametrize(
    ("one", "other", "total"),
    [
        ("~50", "13", "~63"),
        ("(1.5)?", "presumably 1", "presumably (2.5)?"),
        ("at least 13", "2", "at least 15"),
        ("more than 13", "at least 2", "more than 15"),
        ("some", "2.5", "more than 2.5"),
        ("at most 3", "2", "2..5"),
        ("700-1000", "-800", "-100..200"),
        ("unknown", "5", "unknown"),
        ("at least 5", "-8", "at least -3"),
        ("0", "0", "0"),
        ("9", "9", "18"),
        ("99.9", "0.11", "100.01"),
    ],
)
def test_a_sum_is_written_in_the_notation_of_amounts(one: str, other: str, total: str) -> None:
    assert add_amounts(Amount(one, "EUR"), Amount(other, "EUR")) == Amount(total, "EUR")


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from([*PIECES, ".", "5", "EUR"]), max_size=8).map("".join)))
@example("\ud800")
@example("1.")
@example("-0")
def test_any_text_is_an_amount_or_refused_with_advice(text: str) -> None:
    said = ""
    try:
        assert parse_amount(text, "EUR").text == text
    except NotationError as error:
        said = str(error)
    assert not said or re.match(r"(?s)not an amount: .*write ", said)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("7,59", "write 7.59"),
        ("1,000", "write 1000, or 1.000 where the sign is a decimal point"),
        ("rund 1.900", "write about n: about 1900, or about n: about 1.900 where the sign is a decimal point"),
        ("1,000,000.50", "write 1000000.50"),
        ("1.234,56", "write 1234.56"),
        ("1.000.000", "write 1000000"),
        ("1 500", "write 1500"),
        ("0,125", "write 0.125"),
        ("knapp 81", "write about n: about 81"),
        ("16.4 %", "write the number alone: 16.4"),
        ("at most 1000000 USD", "write the number alone: at most 1000000"),
        ("33 Millionen", "write the number in full: 33000000"),
        ("2.5 bn", "write the number in full: 2500000000"),
        ("mindestens dreizehn", "write at least n: at least 13"),
        ("１２", "write ASCII digits: 12"),
        ("007", "write it without leading zeros: 7"),
        ("-", "write 0 for none, unknown where the source says so, or leave the field out"),
        ("", "leave the field out"),
        ("1e3", "write digits with a point, such as 7.59, about 50, at least 13, at most 1, 700-1000 or unknown"),
        ("NaN", "digits with a point"),
        ("Infinity", "digits with a point"),
        ("1_000", "digits with a point"),
        ("+5", "digits with a point"),
        ("5.\n", "digits with a point"),
        ("10^30", "digits with a point"),
        ("-5--3", "digits with a point"),
        ("1000-700", "ends below its start; write the smaller number first"),
        ("at most -5", "begins at 0; write a range such as -10..-5 for a loss"),
        ("less than 0", "begins at 0; write a range"),
    ],
)
def test_what_is_no_amount_is_refused_with_what_to_write(text: str, advice: str) -> None:
    with pytest.raises(NotationError, match=f"^not an amount: .*{re.escape(advice)}"):
        parse_amount(text, "EUR")
    with pytest.raises(NotationError, match="not an amount"):
        Amount(text, "EUR")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("7,59", "7.59"),
        ("0,125", "0.125"),
        ("1,2345", "1.2345"),
        ("1234,567", "1234.567"),
        ("1,234.5", "1234.5"),
        ("1.234,56", "1234.56"),
        ("1.234.567", "1234567"),
        ("1,000", "1000, or 1.000 where the sign is a decimal point"),
        ("123,456", "123456, or 123.456 where the sign is a decimal point"),
    ],
)
def test_a_comma_is_told_both_ways_only_where_it_could_be_both(text: str, told: str) -> None:
    with pytest.raises(NotationError) as caught:
        parse_amount(text, "EUR")
    assert str(caught.value) == f"not an amount: {text!r}; write {told}"


def test_every_text_that_a_refused_amount_is_told_to_write_is_read() -> None:
    for text in ("7,59", "1,000", "rund 1.900", "knapp 81", "16.4 %", "33 Millionen", "１２", "007", "1.234,56"):
        with pytest.raises(NotationError) as caught:
            parse_amount(text, "EUR")
        told = str(caught.value).partition("; write ")[2].removesuffix(" where the sign is a decimal point")
        for better in told.split(", or "):
            assert parse_amount(better.rpartition(": ")[2], "EUR").best is not None


def test_zero_some_and_unknown_are_three_amounts() -> None:
    read = [parse_amount(text, "EUR") for text in ("0", "some", "unknown")]
    assert [(a.low, a.high) for a in read] == [(0, 0), (0, None), (None, None)]


def test_an_amount_of_too_many_digits_is_refused() -> None:
    with pytest.raises(NotationError, match="longer than 100 characters; write fewer digits"):
        parse_amount("9" * 101, "EUR")
    assert parse_amount("9" * 100, "EUR").high == Decimal("9" * 100)


@pytest.mark.parametrize("value", [7.59, 7, None, Decimal("7.59")])
def test_an_amount_is_never_a_float(value: object) -> None:
    with pytest.raises(NotationError, match=r"an amount is text, not .*; write it in quotation marks"):
        parse_amount(value, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("unit", "advice"),
    [("", "write one such as EUR"), (" ", "write one such as EUR"), (" EUR", "without spaces"), ("E\nUR", "one line")],
)
def test_an_amount_has_a_unit(unit: str, advice: str) -> None:
    with pytest.raises(NotationError, match=advice):
        parse_amount("7.59", unit)


def test_unlike_units_do_not_add() -> None:
    with pytest.raises(NotationError, match="unlike units do not add: EUR and USD; convert one of them first"):
        add_amounts(Amount("1", "EUR"), Amount("1", "USD"))


def test_quantities_and_amounts_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        parse_quantity("12").low = 3  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        Amount("1", "EUR").text = "2"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("wide", "narrow", "inside"),
    [
        ("2-5", "3-4", True),
        ("2-5", "2-5", True),
        ("2-5", "2-6", False),
        ("2-5", "1-5", False),
        ("at least 2", "3", True),
        ("at least 2", "at least 2", True),
        ("at least 2", "1", False),
        ("2-5", "at least 3", False),
        ("unknown", "some", True),
        ("some", "unknown", False),
    ],
)
def test_one_count_lies_inside_another_where_every_number_of_it_does(wide: str, narrow: str, inside: bool) -> None:
    assert contains(parse_quantity(wide), parse_quantity(narrow)) is inside


def test_of_a_long_text_the_first_sixty_characters_are_shown() -> None:
    for act, what in (
        (lambda: parse_quantity("y" * 100), "y"),
        (lambda: parse_amount("y" * 100, "EUR"), "y"),
        (lambda: parse_amount("1", " " + "y" * 100), "y"),
    ):
        with pytest.raises(NotationError) as caught:
            act()
        shown = re.search(r"'([^']*)'", str(caught.value))
        assert shown is not None
        assert (len(shown[1]), shown[1].strip(what + " ")) == (60, "")


@pytest.mark.parametrize("text", ["9" * 70 + "-1", "at most -" + "9" * 70, "less than -" + "9" * 70])
def test_of_a_long_amount_that_cannot_be_the_first_sixty_characters_are_shown(text: str) -> None:
    with pytest.raises(NotationError, match=f"^not an amount: '{text[:60]}' "):
        parse_amount(text, "EUR")


@pytest.mark.parametrize("text", ["9" * 70, "more than " + "9" * 70])
def test_of_a_long_count_that_is_too_large_the_first_sixty_characters_are_shown(text: str) -> None:
    with pytest.raises(NotationError, match=f"^not a quantity: '{text[:60]}' is more than"):
        parse_quantity(text)
