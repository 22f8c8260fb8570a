"""What came and went between two cutoffs by all that a view knows, for the accounted difference (R11, R26)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from kztimeline.deals import Flow, arrived, flows, trial_deals
from kztimeline.diffs.causes import OFFERED, Offers, Units, offers_of
from kztimeline.diffs.places import Wanted
from kztimeline.diffs.spans import ZERO, Span
from kztimeline.diffs.spans import total as added
from kztimeline.events import Account, Kind
from kztimeline.happenings import Happening, happenings, known
from kztimeline.readings import INF, Count, without_promise
from kztimeline.sums import Flows as Items
from kztimeline.sums import at, itemised, summed
from kztimeline.tranches import walk
from kztimeline.truth import Truth
from kztimeline.views import Standing

Window = tuple[tuple[int, int], tuple[int, int]]
"""The earlier and the later cutoff, each as first and last possible day."""
Asked = Callable[[Wanted], Offers]


@frozen
class Told:
    """One holder's gains, losses and transfers of what is held, by source; and how many days each source lags."""

    by_source: Mapping[str, Sequence[Flow]]
    lags: Mapping[str, int]


_MOVED = {
    Kind.TRANSFERRED: ("into", "out_of"),
    Kind.STORED: ("shelved", "shelved"),
    Kind.OFFERED_FOR_SALE: ("shelved", "shelved"),
    Kind.RETURNED: ("unshelved", "unshelved"),
}
"""What is no gain or loss of the holder's, and which offers it makes as a gain and as a loss of a place."""


def told(standing: Standing, holder: str) -> Told:
    """Gather what a view knows of a holder's gains and losses; civil operators' are not the forces' (R17)."""
    civil = {body.id for body in standing.registry.bodies.values() if body.civil}
    own = [h for h in happenings(standing, known(standing)) if h.holder == holder]
    trials = trial_deals(own)
    found: dict[str, list[Flow]] = defaultdict(list)
    for happening in own:
        for flow in _held(happening, trials, civil):
            for source in happening.sources:
                found[source].append(flow)
    return Told(found, {source: entry.lag for source, entry in standing.registry.sources.items()})


def _held(happening: Happening, trials: Mapping[tuple[str, str, str], int], civil: set[str]) -> Iterator[Flow]:
    """Yield a happening's flows of what is held; what only moved is a gain here; :func:`between` says whose."""
    if happening.kind in _MOVED:
        yield from (arrived(happening, system) for system in happening.systems)
    elif not happening.operators or not civil.issuperset(happening.operators):
        moved = flows(happening, trials, lambda stated: stated not in civil)
        held = [flow for flow in moved if flow.account is Account.HELD]
        yield from held or _unreceived(happening)


def _unreceived(happening: Happening) -> Iterator[Flow]:
    """Count a number of units made, which nobody is said to have received, as a gain that may have been (R18)."""
    if happening.kind is Kind.PRODUCED and happening.count.high < INF:
        for system in happening.systems:
            yield _possible(arrived(happening, system))


def between(what: Told, window: Window, *, one_day: bool) -> Asked:
    """Give a function that says what came and went of some units between two cutoffs, by every source.

    ``one_day`` says that both cutoffs are the same day, known or not: nothing came or went in between.
    """

    def asked(wanted: Wanted) -> Offers:
        voices = [
            _voice(offered, window, what.lags.get(source, 0), one_day=one_day)
            for source, told_of in sorted(what.by_source.items())
            if (offered := [part for flow in told_of for part in _offered(flow, wanted)])
        ]
        return _combined(voices)

    return asked


def moved_in(what: Told, window: Window) -> frozenset[str]:
    """Name the systems of which some unit may have come or gone between two cutoffs."""
    return frozenset(
        flow.system
        for source, flows_told in what.by_source.items()
        for flow in flows_told
        if flow.days.first <= window[1][1] and flow.days.last > window[0][0] - what.lags.get(source, 0)
    )


def _offered(flow: Flow, wanted: Wanted) -> Iterator[Flow]:
    """Yield a flow as far as its units are wanted: wholly, as possible only, or not at all."""
    happening = flow.happening
    if happening.kind is not Kind.TRANSFERRED:
        yield from _weighed(flow, wanted.any_of(flow.system, happening.operators))
        return
    out_of, into = wanted.any_of(flow.system, happening.operators), wanted.of(flow.system, happening.to_operator)
    yield from _weighed(flow, into & ~out_of)
    yield from _weighed(evolve(flow, gain=False), out_of & ~into)


def _weighed(flow: Flow, counts: Truth) -> Iterator[Flow]:
    if counts is not Truth.NO:
        yield flow if counts is Truth.YES else _possible(flow)


def _possible(flow: Flow) -> Flow:
    return evolve(flow, count=Count(0, flow.count.high, None), days=without_promise(flow.days), sure=False)


def _voice(offered: Sequence[Flow], window: Window, lag: int, *, one_day: bool) -> Offers:
    """Say what one source knows of the window; gains and losses of each system are added."""
    groups: dict[tuple[str, str], list[Flow]] = defaultdict(list)
    for flow in offered:
        gain, loss = _MOVED.get(flow.happening.kind, ("came", "went"))
        groups[(flow.system, gain if flow.gain else loss)].append(flow)
    spans: dict[str, list[Span]] = defaultdict(list)
    claims: dict[str, set[str]] = defaultdict(set)
    for (_, name), several in sorted(groups.items()):
        items = itemised(several)
        if not one_day:
            spans[name].append(_inside(items, window, lag))
            claims[name] |= _claims(items, window[0][0] - lag, window[1][1])
        if name == "came":
            spans["earlier"].append(_before(items, window[0]))
            claims["earlier"] |= _claims(items, -1, window[0][1])
    return offers_of({name: Units(added(spans[name]), tuple(sorted(claims[name]))) for name in spans})


def _inside(items: Items, window: Window, lag: int) -> Span:
    """Count units in (earlier, later]: surely after the one and by the other, or possibly (R11)."""
    (first, last), (begin, end) = window
    sure = at(summed(items, last), begin) if begin > last else None
    may = at(summed(items, last, min(first - lag, last)), end)
    return Span(0 if sure is None else sure.least, may.greatest, may.best)


def _before(items: Items, cutoff: tuple[int, int]) -> Span:
    sums = summed(items)
    return Span(at(sums, cutoff[0]).least, at(sums, cutoff[1]).greatest, at(sums, cutoff[1]).best)


def _claims(items: Items, after: int, until: int) -> set[str]:
    """Name the claims of what can lie in (after, until]."""
    parts = [part.flow for item in items for part in walk(item) if not part.elsewhere]
    return {c for flow in parts if flow.days.first <= until and flow.days.last > after for c in flow.happening.claims}


def _combined(voices: Sequence[Offers]) -> Offers:
    """Combine sources that tell of the same units: the greatest sure and the greatest possible, nothing added (R2)."""
    return offers_of({name: _hull([getattr(voice, name) for voice in voices]) for name in OFFERED[:7]})


def _hull(several: Sequence[Units]) -> Units:
    spans = [units.span for units in several]
    low, high = max((s.low for s in spans), default=0), max((s.high for s in spans), default=0)
    bests = {s.best for s in spans if s != ZERO} or {0}
    best = bests.pop() if len(bests) == 1 else None
    span = Span(low, high, best if best is not None and low <= best <= high else None)
    return Units(span, tuple(sorted({claim for units in several for claim in units.claims})))
