"""Sums over a stretch of days look at what may lie in it, and at little else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kztimeline.readings import FIRST_DAY, LAST_DAY
from kztimeline.steps import fold
from kztimeline.sums import Flows, _changes, summed
from kztimeline.views import Placed, stand
from kztimeline.wire import built
from tests.strategies import DEAL_MOVES, logs

SPOKEN = st.integers(732_677, 735_600)  # 2007 to 2014
DAYS = st.one_of(SPOKEN, st.sampled_from([FIRST_DAY - 1, LAST_DAY]))


def flows_of(log: list[Placed]) -> list[Flows]:
    ledgers = [ledger for _, several in fold(stand(log)) for key in several for ledger in key.ledgers]
    return [flows for ledger in ledgers for flows in (ledger.gains, ledger.losses)]


@given(st.one_of(logs(), logs(kinds=DEAL_MOVES)), DAYS, st.integers(0, 400), DAYS)
def test_whatever_adds_to_a_stretch_is_among_its_flows(log: list[Placed], after: int, earlier: int, until: int) -> None:
    back = max(after - earlier, FIRST_DAY - 1)
    for flows in flows_of(log):
        found = [id(node) for node in flows.during(back, until)]
        assert found == [id(node) for node in flows.nodes if id(node) in found]
        adding = [n for n in flows.nodes if any(change.day <= until for change in _changes(n, after, back))]
        assert {*map(id, adding)} <= {*found}
        assert summed(flows, after, back, until) == [s for s in summed(flows, after, back) if s.day <= until]


def test_stretches_that_follow_each_other_look_at_each_flow_of_a_known_day_once() -> None:
    years = range(1950, 2000)
    fields = [
        {
            "kind": "delivered", "holder": "KAZ", "systems": ["x"], "occurred": f"{year}-05-01", "quantity": 1,
            "into": "in-service", "citations": [{"source": "p", "published": "2020"}], "note": str(year),
        }
        for year in years
    ]  # fmt: skip
    claims = [built(stated) for stated in fields]
    log = [Placed(f"{place:064x}", claim, "s") for place, claim in enumerate(claims) if claim is not None]
    gains = next(flows for flows in flows_of(log) if len(flows) == len(years))
    ends = [(year * 365, year * 365 + 365) for year in range(1900, 2100)]
    assert sum(len(gains.during(*stretch)) for stretch in ends) == len(years)
