"""The table of steps laid out for questions says what the table says, whoever asks of whatever part of it."""

from __future__ import annotations

import datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from kztimeline import bulk, holdings
from kztimeline.frames import STEPS, step_frame
from kztimeline.layout import during, flat, of_keys, parts
from kztimeline.steps import steps
from kztimeline.views import Placed, stand
from kztimeline.words import moves
from tests.strategies import DEAL_MOVES, logs, simple_claims_in
from tests.test_bulk import simple_logs

ANY = st.one_of(logs(), logs(kinds=DEAL_MOVES), simple_logs())
DAYS = st.dates(datetime.date(2007, 1, 1), datetime.date(2014, 12, 31)) | st.sampled_from(
    [datetime.date.min, datetime.date.max]
)


def table(log: list[Placed]) -> pl.DataFrame:
    return step_frame(steps(stand(log)))


@given(ANY)
def test_a_laid_out_table_is_written_back_row_by_row(log: list[Placed]) -> None:
    whole = table(log)
    assert flat(parts(whole).values()).rows() == whole.rows()


HOLDERS = st.sampled_from(["*", "KAZ", "KGZ", "UZB"])
SYSTEMS = st.sampled_from([None, ["x"], ["y", "x"], ["z"], []])


def of(holder: str, systems: list[str] | None) -> pl.Expr:
    wanted = pl.lit(value=True) if holder == "*" else pl.col("holder") == holder
    return wanted if systems is None else wanted & pl.col("system").is_in(systems)


@given(ANY, HOLDERS, SYSTEMS)
def test_the_rows_of_some_keys_are_those_of_a_filter(log: list[Placed], holder: str, systems: list[str] | None) -> None:
    whole = table(log)
    found = flat(of_keys(part, holder, systems) for part in parts(whole).values())
    assert found.rows() == whole.filter(of(holder, systems)).rows()


@given(ANY, HOLDERS, SYSTEMS, DAYS)
def test_what_some_keys_hold_on_a_day_is_what_the_table_says_of_them_that_is_not_certainly_0(
    log: list[Placed], holder: str, systems: list[str] | None, day: datetime.date
) -> None:
    whole = table(log)
    found = holdings.holdings([of_keys(part, holder, systems) for part in parts(whole).values()], day)
    rows = holdings.on_day(whole, day).filter(of(holder, systems), pl.col("high").is_null() | (pl.col("high") > 0))
    assert found.rows() == rows.select(holdings.HOLDINGS).rows()


@given(simple_logs())
def test_what_is_kept_beside_an_account_serves_one_question_after_another(log: list[Placed]) -> None:
    whole = table(log)
    questions = (("*", ["y", "x"]), ("KAZ", None), ("KGZ", ["x"]), ("*", ["x"]), ("KAZ", ["y", "x"]), ("*", None))
    for account, part in parts(whole).items():
        for holder, systems in questions:
            wanted = of(holder, systems) & (pl.col("account") == account)
            assert flat([of_keys(part, holder, systems)]).rows() == whole.filter(wanted).rows()


@given(ANY, DAYS, DAYS)
def test_the_rows_of_a_period_are_those_that_overlap_it(
    log: list[Placed], one: datetime.date, other: datetime.date
) -> None:
    whole, (first, last) = table(log), sorted((one, other))
    wanted = (pl.col("since") <= last) & (pl.col("until").is_null() | (pl.col("until") > first))
    assert flat(during(part, first, last) for part in parts(whole).values()).rows() == whole.filter(wanted).rows()


@given(ANY)
def test_on_the_day_of_a_change_one_row_of_a_key_holds(log: list[Placed]) -> None:
    whole = table(log)
    for day in whole["since"].unique():
        rows = holdings.on_day(whole, day)
        assert not rows.select("holder", "system", "account").is_duplicated().any()
        assert rows.rows() == flat(during(part, day, day) for part in parts(whole).values()).rows()


@given(simple_logs(), DAYS)
def test_what_columns_fold_answers_like_what_objects_fold(log: list[Placed], day: datetime.date) -> None:
    view = stand(log)
    laid = bulk.laid_out(*moves(simple_claims_in(log)))
    keys = {
        (holder, system) for part in laid.values() for holder, system in part.keys.select("holder", "system").rows()
    }
    slow = parts(step_frame(steps(view, keys=keys)))
    assert list(laid) == list(slow)
    for account, part in laid.items():
        assert holdings.holdings([part], day).equals(holdings.holdings([slow[account]], day))
        assert holdings.history([part]).equals(holdings.history([slow[account]]))


def test_an_empty_table_has_no_parts() -> None:
    assert parts(pl.DataFrame(schema=STEPS)) == {}
    assert flat([]).schema == pl.Schema(STEPS)
