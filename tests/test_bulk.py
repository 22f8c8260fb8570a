"""The fold over columns equals the fold over objects on every log of simple claims, and leaves all others alone."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline import bulk, columns
from kztimeline.errors import EventError
from kztimeline.frames import STEPS, step_frame
from kztimeline.layout import Part, flat
from kztimeline.steps import steps
from kztimeline.views import Placed, stand
from kztimeline.words import moves
from tests.strategies import DEAL_MOVES, cited, definitions, logs, placed, simple_claims_in

DAYS = ["2008-01-01", "2009-06-01", "2010-05-05", "2010-05-06", "2011-11-10", "2012-01-01"]
LOOSE = ["2009", "2010-05", "2011", "[2009..2011]", "2008/2011", "2010/2011-11-10", "2009/..", "../2011"]
COUNTS = ["1", "2", "3", "(5)", "2-4", "at least 1", "up to 3", "some", "unknown"]


@st.composite
def simple_claims(draw: st.DrawFn) -> dict[str, object]:
    """A claim that ``bulk`` folds, of system x (defined with a first day) or y."""
    kind = draw(st.sampled_from(["delivered", "delivered", "lost", "retired", "stated"]))
    place = draw(st.sampled_from(["in-service", "in-service", "in-store", "for-sale"]))
    fields: dict[str, object] = {
        "kind": kind, "holder": draw(st.sampled_from(["KAZ", "KAZ", "KGZ"])), "systems": [draw(st.sampled_from("xy"))],
        "quantity": draw(st.sampled_from(COUNTS)), "batch": draw(st.sampled_from(["p", "q", None])),
        "citations": cited("a", draw(st.sampled_from(["2013-02", "2013-02", "2010-08"]))), "note": f"number {draw(st.integers(0, 10**6))}",
    }  # fmt: skip
    if kind == "stated":
        quantity = draw(st.sampled_from(["0", "2", "4", "1-3", "some", "up to 9"]))
        place = draw(st.sampled_from([place, "active"]))
        day = draw(st.sampled_from(DAYS))
        return {**fields, "cutoff": day, "account": place, "role": "item", "quantity": quantity}
    return {
        **fields,
        "occurred": draw(st.sampled_from([*DAYS, *LOOSE])),
        "into" if kind == "delivered" else "out_of": place,
    }


@st.composite
def simple_logs(draw: st.DrawFn) -> list[Placed]:
    several = [placed(**draw(simple_claims())) for _ in range(draw(st.integers(1, 7)))]
    log = [*definitions(), *{row.id: row for row in several}.values()]
    for target in draw(st.lists(st.sampled_from(several), max_size=1)):
        if draw(st.booleans()):
            log.append(placed(kind="retracted", target=target.id, reason="test"))
    return log


def side_by_side(logs: Sequence[Sequence[Placed]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put the simple claims of several logs into one pair of frames, each log with holders of its own."""
    pairs = []
    for number, log in enumerate(logs):
        pair = moves(simple_claims_in(log))
        holder = pl.format("{} {}", pl.lit(number), "holder").alias("holder")
        pairs.append([frame.with_columns(holder) for frame in pair])
    claims, openings = (pl.concat(several) for several in zip(*pairs, strict=True))
    return claims, openings


def seeded(count: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Claims of all sorts on a few hundred keys: days from all ends of the calendar, counts with and without bounds."""
    chance = random.Random(seed)
    rows: list[tuple[object, ...]] = []
    levels: set[tuple[object, ...]] = set()
    begins = [1, 500_000, 730_000, 730_200, 730_485, 731_000, 3_652_000]
    spans = [0, 0, 0, 1, 27, 364, 365, 366, 1500, 40_000]
    while len(rows) < count:
        key = chance.choice("ABCDEF"), f"s{chance.randrange(count // 60 + 1)}"
        what = chance.choice([1, 1, 1, -1, -1, 2])
        first = chance.choice(begins) + chance.randrange(50)
        last = min(first + (0 if what == 2 else chance.choice(spans)), date.max.toordinal())
        if what == 2:
            if (*key, first) in levels:
                continue
            levels.add((*key, first))
        low = chance.choice([0, 1, 1, 2, 7])
        high = chance.choice([None, low or 1, low or 1, low + 1, low + 20])
        best = low if low == high else chance.choice([None, low, high, max(low, 1)])
        account = chance.choice(["in-service", "in-service", "in-store", "for-sale"]) if key[0] > "B" else "in-service"
        source = "q" if key[0] == "E" else "p"
        spread = what != 2 and chance.random() < 0.4
        rows.append((*key, source, account, what, first, last, spread, low, best, high, chance.randrange(3)))
    claims = pl.DataFrame(rows, columns.MOVES, orient="row")
    openings = claims.group_by("holder", "system", maintain_order=True).agg(as_of=pl.col("last").max())
    days = [chance.choice([None, 1, 730_100, 730_490]) for _ in range(openings.height)]
    return claims, openings.with_columns(opening=pl.Series(days, dtype=pl.Int32)).select(list(columns.OPENINGS))


def both_ways(log: Sequence[Placed]) -> tuple[pl.DataFrame, pl.DataFrame, set[tuple[str, str]]]:
    claims = simple_claims_in(log)
    keys = set(claims.select("holder", "system").rows())
    return bulk.step_frame_of(*moves(claims)), step_frame(steps(stand(log), keys=keys)), keys


@given(simple_logs())
def test_columns_equal_objects_on_every_log_of_simple_claims(log: list[Placed]) -> None:
    fast, slow, _ = both_ways(log)
    assert fast.schema == slow.schema == pl.Schema(STEPS)
    assert fast.rows() == slow.rows()


@given(st.one_of(logs(), logs(flow_scopes=True), logs(kinds=DEAL_MOVES)))
def test_columns_equal_objects_on_the_simple_keys_of_any_log(log: list[Placed]) -> None:
    fast, slow, _ = both_ways(log)
    assert fast.rows() == slow.rows()


@given(simple_logs(), st.integers(1, 4))
def test_columns_folded_in_stretches_of_keys_equal_objects(log: list[Placed], at_once: int) -> None:
    laid = bulk.laid_out(*moves(simple_claims_in(log)), at_once=at_once)
    assert flat(laid.values()).rows() == both_ways(log)[1].rows()


@given(st.lists(simple_logs(), min_size=1, max_size=6), st.integers(1, 12))
def test_in_however_many_stretches_keys_are_folded_they_lie_alike(logs: list[list[Placed]], at_once: int) -> None:
    claims, openings = side_by_side(logs)
    same(bulk.laid_out(claims, openings, at_once=at_once), bulk.laid_out(claims, openings, at_once=claims.height + 1))


@pytest.mark.parametrize("at_once", [1, 7, 100, 1500])
def test_many_claims_folded_in_stretches_lie_alike(at_once: int) -> None:
    claims, openings = seeded(2000, at_once)
    same(bulk.laid_out(claims, openings, at_once=at_once), bulk.laid_out(claims, openings))


def same(some: dict[str, Part], others: dict[str, Part]) -> None:
    """Parts are equal to the last row, name, place and type."""
    assert list(some) == list(others)
    for account, part in some.items():
        for name in ("rows", "keys", "told"):
            one, other = (getattr(found, name) for found in (part, others[account]))
            assert one.schema == other.schema
            assert one.rows() == other.rows()


@given(st.lists(st.integers(1, 9), max_size=12), st.integers(1, 40))
def test_stretches_have_each_key_once_and_no_more_claims_than_asked_for(sizes: list[int], at_once: int) -> None:
    keys = pl.DataFrame({"key": range(0, 3 * len(sizes), 3), "claims": sizes}, {"key": pl.UInt64, "claims": pl.UInt32})
    found = [keys.filter(pl.col("key").is_between(*ends)) for ends in bulk._stretches(keys, at_once)]
    assert pl.concat([keys.clear(), *found]).equals(keys)
    assert len(found) <= -(-sum(sizes) // at_once)
    assert all(own["claims"].sum() < at_once + own["claims"].max() for own in found)


@st.composite
def crossing_logs(draw: st.DrawFn) -> list[Placed]:
    """Claims of one key that lie across several levels, of batches that come and go between them."""
    base: dict[str, object] = {"holder": "KAZ", "systems": ["y"], "citations": cited("a", "2013-02")}
    log = definitions()
    for day in draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=5, unique=True)):
        level = draw(st.sampled_from(["0", "4", "1-3"]))
        log.append(placed(**base, kind="stated", cutoff=day, account="in-service", role="item", quantity=level))
    for number in range(draw(st.integers(2, 7))):
        kind, place = draw(st.sampled_from([("delivered", "into"), ("lost", "out_of")]))
        words = {"quantity": draw(st.sampled_from(COUNTS)), "batch": draw(st.sampled_from(["p", "q", None, None]))}
        days = draw(st.sampled_from(["2009", "2011", "[2009..2011]", "2008/2011", "2010-05/2012", "../2011"]))
        log.append(placed(**base, kind=kind, occurred=days, **words, **{place: "in-service"}, note=f"number {number}"))
    return list({row.id: row for row in log}.values())


@given(crossing_logs())
def test_claims_that_lie_across_levels_fold_in_columns_as_in_objects(log: list[Placed]) -> None:
    fast, slow, keys = both_ways(log)
    assert keys == {("KAZ", "y")}
    assert fast.rows() == slow.rows()


def across(batches: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two thousand claims across five hundred levels of one key: a million pairs."""
    days = range(730_000, 730_500)
    moves = [
        ("A", "s", "p", "in-service", number % 2 or -1, days[0], days[-1] + 1, False, 1, 1, 1, number % batches)
        for number in range(2000)
    ]
    levels = [("A", "s", "p", "in-service", 2, day, day, False, 5, 5, 5, 0) for day in days]
    claims = pl.DataFrame(moves + levels, columns.MOVES, orient="row")
    return claims, pl.DataFrame([("A", "s", None, days[-1])], columns.OPENINGS, orient="row")


@pytest.mark.parametrize(("batches", "best"), [(1, 5), (2, 5), (2000, None)])
def test_claims_that_lie_across_many_levels_enter_again_once_a_level(batches: int, best: int | None) -> None:
    claims, openings = across(batches)
    names = {name: bulk._sorted_names(claims[name]) for name in ("holder", "system", "source")}
    key = bulk._numbered(claims, names)
    coded = bulk._coded(claims, key.is_not_null(), key)
    changes = pl.concat(bulk._changes(coded, coded.filter(pl.col("what") == 2).sort("order")))
    assert changes.height < 3 * 2000 + 3 * 500
    held = bulk.laid_out(claims, openings)["held"].rows
    assert held.select("low", "best", "high").rows() == [(5, 5, 5), (0, best, 1005)]


@given(simple_logs())
def test_every_key_is_simple_where_no_two_levels_share_a_day(log: list[Placed]) -> None:
    view = stand(log)
    stated: dict[tuple[str, str], list[str]] = {}
    for stored in view.claims:
        if stored.event.kind == "stated":
            stated.setdefault((stored.event.holder, stored.event.systems[0]), []).append(stored.event.cutoff.text)  # type: ignore[union-attr]
    rivals = {key for key, days in stated.items() if len(days) > len(set(days))}
    keys = {(s.event.holder, s.event.systems[0]) for s in view.claims}  # type: ignore[union-attr]
    assert both_ways(log)[2] == keys - rivals


def test_an_empty_table_folds_into_an_empty_one() -> None:
    empty = bulk.step_frame_of(pl.DataFrame(schema=columns.MOVES), pl.DataFrame(schema=columns.OPENINGS))
    assert empty.is_empty()
    assert empty.schema == pl.Schema(STEPS)


MOVED = ("KAZ", "x", "a", "in-service", 1, 735964, 736329, False, 2, None, 3, 1)
WRONG: dict[str, tuple[dict[str, pl.Expr], str]] = {
    "no name": ({"holder": pl.lit(None, pl.String)}, "claims: holder: a row without it; only as_of, best, high, opening may be null"),
    "no day": ({"first": pl.lit(None, pl.Int32)}, "claims: first: a row without it; "),
    "dates": ({"first": pl.lit(date(2016, 1, 1))}, "claims: first: a column of Date; write one of Int32"),
    "parts of units": ({"low": pl.lit(2.5)}, "claims: low: a column of Float64; write one of Int64"),
    "another account": ({"account": pl.lit("held")}, "claims: account: 'held'; write one of in-service, in-store, for-sale"),
    "another change": ({"what": pl.lit(5, pl.Int8)}, "claims: what is 1, -1 or 2; a row says otherwise"),
    "days in no order": ({"last": pl.lit(9, pl.Int32)}, "claims: first and last are days from 1 to 3652059, in this order; "),
    "no day at all": ({"last": pl.lit(4_000_000, pl.Int32)}, "claims: first and last are days from 1 to 3652059, "),
    "a level of some day": ({"what": pl.lit(2, pl.Int8)}, "claims: a level is of one known day; a row says otherwise"),
    "most below least": ({"high": pl.lit(1, pl.Int64)}, "claims: low, best and high are numbers from 0, in this order; "),
    "a batch of several": ({"batch": pl.lit(2**32 - 1, pl.UInt32)}, "claims: batch is a number below 4294967295; a row says otherwise"),
    "less than none": ({"low": pl.lit(-1, pl.Int64)}, "claims: low, best and high are numbers from 0, in this order; "),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG)
def test_columns_that_the_fold_would_misread_are_refused(changes: dict[str, pl.Expr], said: str) -> None:
    claims = pl.DataFrame([MOVED], schema=columns.MOVES, orient="row")
    openings = pl.DataFrame([("KAZ", "x", None, 736329)], schema=columns.OPENINGS, orient="row")
    assert bulk.step_frame_of(claims, openings)["high"].max() == 3
    with pytest.raises(EventError, match=f"^{re.escape(said)}"):
        bulk.step_frame_of(pl.concat([claims, claims]).with_columns(**changes), openings)


def test_a_column_that_is_missing_and_what_is_no_frame_are_told() -> None:
    claims, openings = pl.DataFrame(schema=columns.MOVES), pl.DataFrame(schema=columns.OPENINGS)
    with pytest.raises(EventError, match=r"^claims: batch: there is no such column; write one of UInt32$"):
        bulk.laid_out(claims.drop("batch"), openings)
    with pytest.raises(EventError, match=r"^openings: no frame of Polars but LazyFrame; write a polars.DataFrame$"):
        bulk.laid_out(claims, openings.lazy())  # type: ignore[arg-type]


ADVICE = "; here a key has claims of one source, and one level a day; fold others as objects, by kztimeline.steps"
LEVEL = (*MOVED[:4], 2, 736000, 736000, False, 5, 5, 5, 1)
NOT_SIMPLE = {
    "two sources": ([MOVED, (*MOVED[:2], "b", *MOVED[3:])], f"claims: KAZ x: claims of a and b{ADVICE}"),
    "two levels": ([LEVEL, (*LEVEL[:8], 7, 7, 7, 1)], f"claims: KAZ x: several levels on 2016-02-06{ADVICE}"),
    "two accounts": ([LEVEL, (*LEVEL[:3], "in-store", *LEVEL[4:])], f"claims: KAZ x: several levels on 2016-02-06{ADVICE}"),
}  # fmt: skip


def beside_others(rows: Sequence[tuple[object, ...]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Claims of one key among those of others, which are simple."""
    others = [(holder, "x", f"source of {holder}", *row[3:]) for holder in ("AAA", "ZZZ") for row in (MOVED, LEVEL)]
    claims = pl.DataFrame([*others, *rows], schema=columns.MOVES, orient="row")
    return claims, claims.group_by("holder", "system").agg(opening=pl.lit(None, pl.Int32), as_of=pl.col("last").max())


@pytest.mark.parametrize(("rows", "said"), NOT_SIMPLE.values(), ids=NOT_SIMPLE)
@pytest.mark.parametrize("at_once", [1, bulk.AT_ONCE])
def test_keys_that_are_not_simple_are_refused(rows: list[tuple[object, ...]], said: str, at_once: int) -> None:
    assert bulk.laid_out(*beside_others(rows[:1]))["held"].keys.height == 3
    with pytest.raises(EventError, match=f"^{re.escape(said)}$"):
        bulk.laid_out(*beside_others(rows), at_once=at_once)


def test_a_key_whose_first_day_is_said_twice_is_refused() -> None:
    claims, openings = beside_others([MOVED])
    with pytest.raises(EventError, match=r"^openings: AAA x stands twice; write one row for each key$"):
        bulk.laid_out(claims, pl.concat([openings, openings.filter(holder="AAA")]))


@pytest.mark.parametrize("at_once", [0, -1, 2.5, True, "2", None])
def test_stretches_of_no_number_of_claims_are_refused(at_once: object) -> None:
    claims, openings = pl.DataFrame(schema=columns.MOVES), pl.DataFrame(schema=columns.OPENINGS)
    with pytest.raises(EventError, match=r"^at_once: .* is no number of claims; write a whole number from 1$"):
        bulk.laid_out(claims, openings, at_once=at_once)  # type: ignore[arg-type]
