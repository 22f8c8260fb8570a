"""The fold over columns equals the fold over objects on every log of simple claims, and leaves all others alone."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from kztimeline import bulk, columns
from kztimeline.frames import STEPS, step_frame
from kztimeline.happenings import known
from kztimeline.related import related
from kztimeline.steps import last_words, steps
from kztimeline.views import Placed, Standing, stand
from tests.strategies import DEAL_MOVES, cited, definitions, logs, placed

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


def both_ways(view: Standing) -> tuple[pl.DataFrame, pl.DataFrame, set[tuple[str, str]]]:
    names = known(view)
    found = related(view, names)
    keys = columns.simple(view, found)
    return (
        bulk.step_frame_of(*columns.moves(keys, names, found, last_words(view))),
        step_frame(steps(view, keys=keys)),
        keys,
    )


@given(simple_logs())
def test_columns_equal_objects_on_every_log_of_simple_claims(log: list[Placed]) -> None:
    fast, slow, _ = both_ways(stand(log))
    assert fast.schema == slow.schema == pl.Schema(STEPS)
    assert fast.rows() == slow.rows()


@given(st.one_of(logs(), logs(flow_scopes=True), logs(kinds=DEAL_MOVES)))
def test_columns_equal_objects_on_the_simple_keys_of_any_log(log: list[Placed]) -> None:
    fast, slow, _ = both_ways(stand(log))
    assert fast.rows() == slow.rows()


@given(simple_logs())
def test_every_key_is_simple_where_no_two_levels_share_a_day(log: list[Placed]) -> None:
    view = stand(log)
    stated: dict[tuple[str, str], list[str]] = {}
    for stored in view.claims:
        if stored.event.kind == "stated":
            stated.setdefault((stored.event.holder, stored.event.systems[0]), []).append(stored.event.cutoff.text)  # type: ignore[union-attr]
    rivals = {key for key, days in stated.items() if len(days) > len(set(days))}
    keys = {(s.event.holder, s.event.systems[0]) for s in view.claims}  # type: ignore[union-attr]
    assert columns.simple(view, related(view, known(view))) == keys - rivals


def test_an_empty_table_folds_into_an_empty_one() -> None:
    empty = bulk.step_frame_of(pl.DataFrame(schema=columns.MOVES), pl.DataFrame(schema=columns.OPENINGS))
    assert empty.is_empty()
    assert empty.schema == pl.Schema(STEPS)
