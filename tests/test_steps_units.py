"""Parts of the fold by themselves: periods of scopes joined, what is on trial on a cutoff, orders without an order, old claims."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import kztimeline as kz
from kztimeline.combine import Answer
from kztimeline.dates import parse_date
from kztimeline.readings import Count
from kztimeline.steps import _hull, _stretches, steps
from kztimeline.views import stand
from tests.strategies import cited, definitions, placed


@pytest.mark.parametrize(
    ("periods", "joined"),
    [
        ([], []),
        (["1990/1992"], ["1990/1992"]),
        (["1990/1992", "1993/1995"], ["1990/1995"]),
        (["1993/1995", "1990/1992"], ["1990/1995"]),
        (["1990/1992", "1993-01-02/1995"], ["1990/1992", "1993-01-02/1995"]),
        (["1990/1995", "1991/1992"], ["1990/1995"]),
        (["1990/1995", "1991/1992", "1996/1997"], ["1990/1997"]),
        (["1990/1992", "1991/1994", "2000/2001", "2010/2011"], ["1990/1994", "2000/2001", "2010/2011"]),
        (["1990/1992", "2000/2001", "2001/2005"], ["1990/1992", "2000/2005"]),
        (["1990/1992", "2000/2010", "2001/2005"], ["1990/1992", "2000/2010"]),
    ],
    ids=str,
)
def test_periods_of_scopes_that_meet_or_overlap_are_one(periods: list[str], joined: list[str]) -> None:
    scopes: list[Any] = [SimpleNamespace(period=parse_date(period)) for period in periods]
    wanted = [parse_date(period) for period in joined]
    assert _stretches(scopes) == tuple((period.first, period.last) for period in wanted)


def answer(low: int, high: int, best: int | None) -> Answer:
    made: Any = SimpleNamespace(count=Count(low, high, best))
    found: Answer = made
    return found


@pytest.mark.parametrize(
    ("cutoff", "count"),
    [
        ((5, 5), Count(0, 0, 0)),
        ((10, 10), Count(1, 2, 2)),
        ((19, 19), Count(1, 2, 2)),
        ((20, 20), Count(4, 6, 5)),
        ((9, 10), Count(0, 2, None)),
        ((9, 9), Count(0, 0, 0)),
        ((10, 20), Count(1, 6, None)),
        ((20, 29), Count(4, 6, 5)),
        ((5, 35), Count(0, 6, None)),
        ((30, 40), Count(0, 0, 0)),
    ],
    ids=str,
)
def test_what_is_on_trial_on_a_cutoff_is_the_hull_over_its_days(cutoff: tuple[int, int], count: Count) -> None:
    answers = [(10, answer(1, 2, 2)), (20, answer(4, 6, 5)), (30, answer(0, 0, 0))]
    assert _hull(answers, cutoff) == count


@pytest.mark.parametrize(("kind", "ordered"), [("order-changed", [("x", 5, 5)]), ("planned", []), ("retired", [])])
def test_an_order_that_is_only_known_by_its_change_is_on_order(
    tmp_path: Path, kind: str, ordered: list[tuple[str, int, int]]
) -> None:
    event: dict[str, object] = {
        "kind": kind, "holder": "KAZ", "occurred": "2016", "systems": ["x"], "quantity": "5",
        "citations": [{"source": "b", "published": "2017"}],
    }  # fmt: skip
    deal = {"deal": "d"} if kind == "order-changed" else {}
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    names = [
        {"kind": "defined-source", "id": "b", "title": "B", "form": "prose"},
        {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
    ]
    tl.append([*names, {**event, **deal}])
    assert tl.refresh().orders(on="2018").frame.select("system", "low", "high").rows() == ordered


@pytest.mark.parametrize(
    "twice",
    [
        {"kind": "stated", "cutoff": "2016", "role": "group", "systems": ["x", "x"]},
        {"kind": "delivered", "occurred": "2016", "systems": ["x", "x"], "into": "in-service"},
        {"kind": "lost", "occurred": "2016", "systems": ["x", "y", "x"]},
    ],
    ids=lambda fields: fields["kind"],
)
def test_a_claim_that_names_a_system_twice_in_a_log_reads_as_one_that_names_it_once(twice: dict[str, Any]) -> None:
    base = {"holder": "KAZ", "quantity": "5", "citations": cited("a", "2017")}
    once = {**twice, "systems": list(dict.fromkeys(twice["systems"]))}
    if twice["kind"] == "stated":
        once["role"] = "item"
    held = placed(
        kind="stated", holder="KAZ", systems=["x"], quantity="9", cutoff="2015", role="item", citations=cited("b")
    )
    found = [steps(stand([*definitions(), held, placed(**{**base, **fields})])) for fields in (once, twice)]
    assert found[0] == found[1]
    assert found[0]
