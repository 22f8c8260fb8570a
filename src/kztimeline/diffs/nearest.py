"""The claims nearest to a gap that they do not fill, and why they do not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from kztimeline.deals import GONE
from kztimeline.diffs.places import Wanted
from kztimeline.events import Account, Agreement, Kind, Procurement, Stored, when
from kztimeline.happenings import closing_day, known
from kztimeline.readings import days_of
from kztimeline.truth import Truth
from kztimeline.views import Standing

MOST = 3
"""So many claims are named for each gap."""

_NO_MOVE = {
    **dict.fromkeys((Kind.ORDERED, Kind.ORDER_CHANGED, Kind.CANCELLED), "an order is no arrival"),
    Kind.INTRODUCED: "its units were held already",
    Kind.PLANNED: "a plan moves no unit",
    Kind.TRIALLED: "a trial moves no unit",
    Kind.AGREEMENT: "an agreement moves no unit",
}


class Near(NamedTuple):
    """A claim that does not fill a gap, in words, with the reason; ``distance`` is of the farthest day it allows."""

    distance: int
    claim: str
    said: str


def nearest(
    standing: Standing,
    holder: str,
    window: tuple[tuple[int, int], tuple[int, int]],
    wanted: Wanted,
    used: Collection[str],
) -> tuple[Near, ...]:
    """Name the claims about a block's systems that lie nearest to the days between two cutoffs, and do not count."""
    names = known(standing)
    found = []
    for stored in standing.claims:
        event = stored.event
        if stored.id in used or event.holder != holder or not isinstance(event, Procurement | Agreement):
            continue
        systems = [names.key(holder, system) for system in event.systems]
        if any(wanted.of(system, None) is not Truth.NO for system in systems):
            found += list(_near(stored, systems, window, wanted))
    return tuple(sorted(found)[:MOST])


def _near(
    stored: Stored, systems: list[str], window: tuple[tuple[int, int], tuple[int, int]], wanted: Wanted
) -> Iterator[Near]:
    days = days_of(when(stored.event), opens=None, closes=closing_day(stored))
    before, after = window[0][0] - days.last, days.first - window[1][1]
    operator = getattr(stored.event, "operator", None)
    kind = stored.event.kind
    reason = _NO_MOVE.get(kind)
    if kind in GONE and getattr(stored.event, "out_of", None) is Account.PRODUCTION:
        reason = "its units had not been received"
    elif reason is None and before >= 0:
        reason = "before the earlier cutoff"
    elif reason is None and after > 0:
        reason = "after the later cutoff"
    elif reason is None and all(wanted.of(system, operator) is Truth.NO for system in systems):
        reason = "units of another operator"
    elif reason is None:
        reason = "no number received"
    farthest = max(window[0][0] - days.first, days.last - window[1][1], 0)
    yield Near(farthest, stored.id, f"{kind} {when(stored.event).text} ({reason})")
