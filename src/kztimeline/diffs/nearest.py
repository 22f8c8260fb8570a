"""The claims nearest to a gap that they do not fill, and why they do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from kztimeline.deals import GONE
from kztimeline.diffs.flows import Window
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
    """A claim that does not fill a gap, in words, with the reason; ``distance`` is of the farthest day it allows.

    Of equally near ones those that move units come first.
    """

    distance: int
    moves_nothing: bool
    claim: str
    said: str


Claims = Mapping[str, Sequence[Stored]]
"""One holder's claims about units, by the key of each system that they name."""


def claims_of(standing: Standing, holder: str) -> Claims:
    """Gather what a view knows of a holder's units, done, ordered, planned or agreed."""
    names = known(standing)
    found: dict[str, list[Stored]] = defaultdict(list)
    for stored in standing.claims:
        if stored.event.holder == holder and isinstance(stored.event, Procurement | Agreement):
            for system in dict.fromkeys(names.key(holder, name) for name in stored.event.systems):
                found[system].append(stored)
    return found


def nearest(claims: Claims, window: Window, wanted: Wanted, used: Collection[str]) -> tuple[Near, ...]:
    """Name the claims about a block's systems that lie nearest to the days between two cutoffs, and do not count."""
    systems = [system for system in claims if wanted.of(system, None) is not Truth.NO]
    found = {
        stored.id: _near(stored, systems, window, wanted)
        for system in systems
        for stored in claims[system]
        if stored.id not in used
    }
    return tuple(sorted(found.values())[:MOST])


def _near(stored: Stored, systems: Sequence[str], window: Window, wanted: Wanted) -> Near:
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
    return Near(farthest, kind in _NO_MOVE, stored.id, f"{kind} {when(stored.event).text} ({reason})")
