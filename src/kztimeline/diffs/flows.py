"""What came and went between two cutoffs by all that a view knows, for the accounted difference (R11, R26)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from kztimeline.deals import Flow, arrived, flows, trial_deals
from kztimeline.diffs.causes import NO_FLOWS, Flows
from kztimeline.diffs.spans import ZERO, Span
from kztimeline.diffs.spans import total as added
from kztimeline.events import Account, Kind
from kztimeline.happenings import Happening, happenings, known
from kztimeline.readings import INF, Count, without_promise
from kztimeline.registry import members
from kztimeline.sums import Flows as Items
from kztimeline.sums import at, itemised, summed
from kztimeline.views import Standing

Window = tuple[tuple[int, int], tuple[int, int]]
"""The earlier and the later cutoff, each as first and last possible day."""
Asked = Callable[[frozenset[str]], Flows]


@frozen
class Told:
    """One holder's flows of what is held, by source and system; and how many days each source lags."""

    by_source: Mapping[str, Mapping[str, Sequence[Flow]]]
    lags: Mapping[str, int]
    standing: Standing


def told(standing: Standing, holder: str) -> Told:
    """Gather what a view knows of a holder's gains and losses; civil operators' are not the forces' (R17)."""
    names = known(standing)
    civil = {body.id for body in standing.registry.bodies.values() if body.civil}
    own = [
        h
        for h in happenings(standing, names)
        if h.holder == holder and (not h.operators or not civil.issuperset(h.operators))
    ]
    trials = trial_deals(own)
    found: dict[str, dict[str, list[Flow]]] = defaultdict(lambda: defaultdict(list))
    for happening in own:
        moved = flows(happening, trials, lambda stated: stated not in civil)
        held = [flow for flow in moved if flow.account is Account.HELD]
        for flow in held or _unreceived(happening):
            for source in happening.sources:
                found[source][flow.system].append(flow)
    lags = {source: entry.lag for source, entry in standing.registry.sources.items()}
    return Told(found, lags, standing)


def _unreceived(happening: Happening) -> Iterator[Flow]:
    """Count a number of units made, which nobody is said to have received, as a gain that may have been (R18)."""
    if happening.kind is Kind.PRODUCED and happening.count.high < INF:
        for system in happening.systems:
            flow = arrived(happening, system)
            count = Count(0, flow.count.high, None)
            yield evolve(flow, count=count, days=without_promise(flow.days), sure=False)


def between(what: Told, window: Window, besides: str) -> Asked:
    """Give a function that says what came and went of some systems between two cutoffs, by every source but one."""

    def asked(systems: frozenset[str]) -> Flows:
        wanted = {name for system in systems for name in members(what.standing.registry, system)}
        voices = [
            _voice(by_system, wanted, window, what.lags.get(source, 0))
            for source, by_system in sorted(what.by_source.items())
            if source != besides and wanted & by_system.keys()
        ]
        return _combined(voices)

    return asked


def _voice(by_system: Mapping[str, Sequence[Flow]], wanted: set[str], window: Window, lag: int) -> Flows:
    """Say what one source knows of the window; gains and losses of each system are added."""
    came, went, earlier, arrivals, losses = [], [], [], set(), set()
    for system in sorted(wanted & by_system.keys()):
        gains = itemised([flow for flow in by_system[system] if flow.gain])
        gone = itemised([flow for flow in by_system[system] if not flow.gain])
        came.append(_inside(gains, window, lag))
        went.append(_inside(gone, window, lag))
        earlier.append(_before(gains, window[0]))
        arrivals |= _ids(gains, window)
        losses |= _ids(gone, window)
    return Flows(added(came), added(went), added(earlier), tuple(sorted(arrivals)), tuple(sorted(losses)))


def _inside(items: Items, window: Window, lag: int) -> Span:
    """Count units in (earlier, later]: surely after the one and by the other, or possibly (R11)."""
    (first, last), (begin, end) = window
    sure = at(summed(items, last), begin) if begin > last else None
    may = at(summed(items, last, min(first - lag, last)), end)
    return Span(0 if sure is None else sure.least, may.greatest, may.best)


def _before(items: Items, cutoff: tuple[int, int]) -> Span:
    sums = summed(items)
    return Span(at(sums, cutoff[0]).least, at(sums, cutoff[1]).greatest, at(sums, cutoff[1]).best)


def _ids(items: Items, window: Window) -> set[str]:
    """Name the claims of what can lie on or before the later cutoff."""
    return {c for item in items for c in item.flow.happening.claims if item.flow.days.first <= window[1][1]}


def _combined(voices: Sequence[Flows]) -> Flows:
    """Combine sources that tell of the same units: the greatest sure and the greatest possible, nothing added (R2)."""
    if not voices:
        return NO_FLOWS
    return Flows(
        _hull([v.came for v in voices]),
        _hull([v.went for v in voices]),
        _hull([v.earlier for v in voices]),
        tuple(sorted({claim for v in voices for claim in v.arrivals})),
        tuple(sorted({claim for v in voices for claim in v.losses})),
    )


def _hull(spans: Sequence[Span]) -> Span:
    low, high = max(s.low for s in spans), max(s.high for s in spans)
    bests = {s.best for s in spans if s != ZERO} or {0}
    best = bests.pop() if len(bests) == 1 else None
    return Span(low, high, best if best is not None and low <= best <= high else None)
