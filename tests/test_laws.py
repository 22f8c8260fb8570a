"""The laws: the fold equals the oracle on every day, and no claim that agrees or says less ever widens."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import polars as pl
from hypothesis import assume, given
from hypothesis import strategies as st

from kztimeline.dates import UncertainDate
from kztimeline.events import Link
from kztimeline.frames import step_frame
from kztimeline.holdings import history, holdings
from kztimeline.layout import parts
from kztimeline.registry import Scope
from kztimeline.steps import Step, steps
from kztimeline.views import Placed, stand
from tests import oracle
from tests.strategies import DEAL_MOVES, cited, definitions, logs, placed, standing, world

ACCOUNTS = ("in-service", "in-store", "on-trial", "held")


def on(rows: Sequence[Step], account: str, day: int) -> tuple[int, float, bool, bool] | None:
    """Read the table of steps on a day."""
    for row in rows:
        if row.system == "x" and row.account == account and row.since <= day and (row.until is None or day < row.until):
            return row.low, oracle.INF if row.high is None else row.high, row.open, row.conflict
    return None


def differences(log: Sequence[Placed], accounts: Sequence[str], operator: str | None = None) -> list[str]:
    """Every day and account on which the fold and the oracle differ."""
    rows, small = steps(standing(log), operator=operator), world(log, operator)
    found = []
    for account in accounts:
        for day in sorted(oracle.points(small)):
            said = on(rows, account, day)
            slow = oracle.answer(small, "KAZ", "x", account, day)
            expected = slow and (slow.low, slow.high, slow.open, slow.conflict)
            if said != expected:
                found.append(f"{account} on {day}: fold {said}, oracle {expected}")
    return found


@given(logs(rows=0))
def test_happenings_batches_and_totals_equal_the_oracle(log: list[Placed]) -> None:
    assert differences(log, ACCOUNTS) == []


@given(logs(most=2, rows=3))
def test_ledgers_with_statements_equal_the_oracle(log: list[Placed]) -> None:
    assert differences(log, ACCOUNTS) == []


def test_a_total_that_went_elsewhere_is_a_word_of_nothing_here() -> None:
    """One unit in all, one of them on trial: none came into service, which is evidence, before a statement and after."""
    whole = {
        "kind": "delivered",
        "holder": "KAZ",
        "occurred": "2010/2012",
        "systems": ["x"],
        "quantity": 1,
        "role": "total",
    }
    log = [
        *definitions(),
        placed(**whole, into="in-service", batch="p", citations=cited("c")),
        placed(**whole, into="on-trial", batch="p", citations=cited("c", "2011-08")),
        placed(
            kind="stated", holder="KAZ", cutoff="2010-11", role="group", systems=["x", "y"], quantity=0,
            account="active", category="air", citations=cited("c"),
        ),
    ]  # fmt: skip
    assert differences(log, ACCOUNTS) == []
    assert on(steps(standing(log)), "in-service", datetime.date(2010, 6, 1).toordinal()) == (0, 0, True, False)


@given(logs(most=3, rows=2, flow_scopes=True))
def test_registers_and_rollbacks_equal_the_oracle(log: list[Placed]) -> None:
    assert differences(log, ("in-service", "held")) == []


@given(logs(kinds=DEAL_MOVES, most=4, rows=1))
def test_deals_and_orders_equal_the_oracle(log: list[Placed]) -> None:
    assert differences(log, ("on-order", "on-trial", "in-service")) == []


BRANCHES = (None, "army", "army", "navy", "police")


@given(logs(most=3, rows=2, operators=BRANCHES), st.sampled_from([None, "army", "police"]))
def test_views_of_branches_equal_the_oracle(log: list[Placed], operator: str | None) -> None:
    assert differences(log, ("in-service", "held"), operator) == []


@given(logs(kinds=DEAL_MOVES, most=3, rows=0, operators=BRANCHES), st.sampled_from([None, "army"]))
def test_deals_of_branches_equal_the_oracle(log: list[Placed], operator: str | None) -> None:
    assert differences(log, ("on-order", "on-trial", "in-service"), operator) == []


@given(logs(), st.randoms())
def test_the_order_of_claims_never_matters(log: list[Placed], random: object) -> None:
    shuffled = list(log)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert steps(stand(shuffled)) == steps(stand(log))


@given(logs())
def test_bounds_are_ordered_and_a_best_lies_between(log: list[Placed]) -> None:
    for row in steps(standing(log)):
        assert row.low >= 0
        assert row.high is None or row.low <= row.high
        assert row.best is None or (row.low <= row.best and (row.high is None or row.best <= row.high))
        assert row.until is None or row.since < row.until


@given(logs(), st.data())
def test_a_second_report_of_a_happening_never_raises_a_sum(log: list[Placed], data: st.DataObject) -> None:
    """An agreeing or vaguer claim, linked as the same, never widens."""
    flows = [row for row in log if getattr(row.value, "kind", "") in ("delivered", "retired", "lost")]
    linked = {c for row in log for c in getattr(row.value, "claims", ())}
    assume(any(row.id not in linked for row in flows))
    first = data.draw(st.sampled_from([row for row in flows if row.id not in linked]))
    value = first.value
    if value.occurred.first is not None:  # what lies wholly after its publication agrees with no report
        assume(value.occurred.first <= value.citations[0].published.last)
    again = {
        "kind": str(value.kind), "holder": "KAZ", "occurred": data.draw(st.sampled_from([value.occurred.text, "2009/2013"])),
        "systems": list(value.systems), "quantity": value.quantity and value.quantity.text, "role": str(value.role),
        "into": value.into and str(value.into), "out_of": value.out_of and str(value.out_of), "batch": value.batch,
        "suppliers": list(value.suppliers),
        "citations": [{"source": value.citations[0].source, "published": value.citations[0].published.text}],
        "note": "said again",
    }  # type: ignore[union-attr]  # fmt: skip
    echo = placed(**again)
    more = [*log, echo, placed(kind="linked", relation="same", claims=[first.id, echo.id], reason="test")]
    before, after = steps(stand(log)), steps(stand(more))
    days = {row.since for row in (*before, *after)}
    for account in ACCOUNTS:
        for day in days:
            old, new = on(before, account, day), on(after, account, day)
            if old is not None and new is not None:
                assert new[0] >= old[0], (account, day)
                assert new[1] <= old[1], (account, day)


PLACES = ("in-service", "in-store", "on-trial", "for-sale")


@given(logs(kinds=["delivered"], rows=0, most=5))
def test_units_are_conserved_between_accounts(log: list[Placed]) -> None:
    """What came into the accounts at least is not more than came at most, and the other way round."""
    for source in ("a", "b", "c"):
        rows = steps(stand(log, sources=frozenset({source})))
        for day in sorted({row.since for row in rows}):
            found = [value for account in PLACES if (value := on(rows, account, day)) is not None]
            held = on(rows, "held", day)
            if held is not None:
                assert sum(value[0] for value in found) <= held[1], (source, day)
                assert sum(value[1] for value in found) >= held[0], (source, day)


@given(logs(rows=3, flow_scopes=True))
def test_history_on_a_day_equals_holdings_on_that_day(log: list[Placed]) -> None:
    laid = list(parts(step_frame(steps(standing(log)))).values())
    for row in history(laid).iter_rows(named=True):
        last = row["until"] - datetime.timedelta(days=1) if row["until"] else row["since"] + datetime.timedelta(days=9)
        for day in (row["since"], last):
            same = holdings(laid, day).filter(pl.col("system") == row["system"], pl.col("account") == row["account"])
            expected = [] if row["high"] == 0 else [(row["low"], row["best"], row["high"], row["open"])]
            assert same.select("low", "best", "high", "open").rows() == expected


@given(logs(rows=0, most=3))
def test_nothing_is_added_across_ledgers(log: list[Placed]) -> None:
    """Without links (R7) and with flows alone the low is never above the highest that one ledger says itself."""
    unlinked = [row for row in log if not isinstance(row.value, Link)]
    every = steps(standing(unlinked))
    alone = [steps(stand(unlinked, sources=frozenset({source}))) for source in ("a", "b", "c")]
    for row in every:
        if row.system != "x":
            continue
        own = [value for rows in alone if (value := on(rows, row.account, row.since)) is not None]
        assert row.low <= max((value[0] for value in own), default=0)


def published(row: Placed) -> list[UncertainDate]:
    """When a line's sources, or the state of a source whose scope it is, became public."""
    if isinstance(row.value, Scope):
        return [row.value.published] if row.value.published else []
    return [citation.published for citation in getattr(row.value, "citations", ())]


@given(logs(rows=2, flow_scopes=True), st.sampled_from([734300, 734600, 734800, 735000]))
def test_a_view_sees_nothing_that_is_published_later(log: list[Placed], day: int) -> None:
    public = [row for row in log if all(date.last is not None and date.last <= day for date in published(row))]
    assert steps(stand(log, published_by=day)) == steps(stand(public))
