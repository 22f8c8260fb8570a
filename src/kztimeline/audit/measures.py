"""Figures of series against each other: sums of periods, rival values, parts above their whole."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from kztimeline.answers import Finding, Severity
from kztimeline.audit.case import Case, between, days
from kztimeline.events import Measure, Stored
from kztimeline.series import measures, rivals, thing


def sums_of_periods(case: Case) -> Iterator[Finding]:
    """Find figures for several periods together that the figures of the single ones do not add up to."""
    groups: dict[tuple[object, ...], list[Stored]] = defaultdict(list)
    for stored in measures(case.standing, "*", None):
        claim = stored.event
        if isinstance(claim, Measure) and claim.value.unit not in _NOT_ADDED:
            for source in sorted({c.source for c in claim.citations}):
                groups[(*thing(claim), source)].append(stored)
    for several in groups.values():
        for stored in several:
            parts = _tiles(stored, several)
            if parts:
                yield from _sum_finding(stored, parts)


_NOT_ADDED = {"%", "rank", "index", "points", "share", "per 1000", "months", "years"}
"""Units of shares, ranks and levels: their figures for years do not add up to one for all the years."""


def _tiles(whole: Stored, several: Iterable[Stored]) -> list[Stored]:
    """Give the measures whose periods fill that of another one without gap or overlap; none where they do not."""
    first, last = days(whole.event)
    inside = sorted(
        (s for s in several if s is not whole and first <= days(s.event)[0] and days(s.event)[1] <= last),
        key=lambda s: days(s.event),
    )
    edges = [days(s.event) for s in inside]
    joined = all(b[0] == a[1] + 1 for a, b in pairwise(edges))
    fills = len(inside) > 1 and joined and edges[0][0] == first and edges[-1][1] == last
    return inside if fills else []


def _sum_finding(whole: Stored, parts: Sequence[Stored]) -> Iterator[Finding]:
    claim = whole.event
    values = [part.event.value for part in parts if isinstance(part.event, Measure)]
    if not isinstance(claim, Measure) or any(value.low is None or value.high is None for value in values):
        return
    low, high = sum(v.low for v in values if v.low is not None), sum(v.high for v in values if v.high is not None)
    printed = claim.value
    gap = max(
        printed.low - high if printed.low is not None else 0, low - printed.high if printed.high is not None else 0
    )
    if gap > 0:
        rounded = gap <= Decimal(len(values) + 1) / 2 * max(_unit(value.text) for value in values)
        severity = Severity.NOTE if rounded else Severity.CONTRADICTION
        hint = ", which rounding can make" if rounded else ""
        said = f"{claim.indicator}, {claim.period.text}: printed {printed.text}, the periods add up to {between(low, high)}"
        ids = tuple(sorted((whole.id, *(part.id for part in parts))))
        yield Finding("sum-of-periods", severity, claim.indicator, ids, said + hint)


def _unit(text: str) -> Decimal:
    """Give one unit of the last place that a figure is printed to."""
    found = re.search(r"\.([0-9]+)", text)
    return Decimal(1).scaleb(-len(found[1])) if found else Decimal(1)


def rival_measures(case: Case) -> Iterator[Finding]:
    """Find values of one thing and period that exclude each other."""
    for group in rivals(case.standing.claims):
        claims = [stored.event for stored in group if isinstance(stored.event, Measure)]
        said = " against ".join(dict.fromkeys(f"{claim.value.text} {claim.value.unit}" for claim in claims))
        subject, period = claims[0].indicator, claims[0].period.text
        ids = tuple(stored.id for stored in group)
        yield Finding("rival-values", Severity.CONTRADICTION, subject, ids, f"{subject}, {period}: {said}")


def part_above_whole(case: Case) -> Iterator[Finding]:
    """Find figures for one partner that exceed the figure for all partners, of one thing and period."""
    groups: dict[tuple[object, ...], list[Stored]] = defaultdict(list)
    for stored in measures(case.standing, "*", None):
        claim = stored.event
        if isinstance(claim, Measure) and claim.value.unit not in _NOT_ADDED:
            holder, indicator, category, _, operator, unit, basis = thing(claim)
            groups[(holder, indicator, category, operator, unit, basis, claim.period.text)].append(stored)
    for several in groups.values():
        claims = [(stored, stored.event) for stored in several if isinstance(stored.event, Measure)]
        for whole, all_of in claims:
            for part, one_of in claims:
                high, low = all_of.value.high, one_of.value.low
                if all_of.partner is None and one_of.partner and high is not None and low is not None and low > high:
                    said = (
                        f"{all_of.indicator}, {all_of.period.text}: {one_of.value.text} with {one_of.partner} alone, "
                        f"{all_of.value.text} with all"
                    )
                    ids = tuple(sorted((whole.id, part.id)))
                    yield Finding("part-above-whole", Severity.CONTRADICTION, all_of.indicator, ids, said)
