"""Totals against their parts, printed twice, or over several periods (R6, R26)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from kztimeline.answers import Finding, Severity
from kztimeline.audit.case import Case, apart, between, bounds, days, total_of
from kztimeline.events import (
    Account,
    Measure,
    Role,
    Statement,
    Stored,
)
from kztimeline.readings import Bound
from kztimeline.series import measures, rivals, thing


def printed_totals(case: Case) -> Iterator[Finding]:
    """Find printed totals that the parts they cover do not add up to, with the part without which they would."""
    by_root = _by_root(case)
    for stored in case.told(Statement):
        total = stored.event
        if not isinstance(total, Statement) or total.role is not Role.TOTAL or not total.covers:
            continue
        parts = [part for claim in total.covers for part in by_root.get(case.standing.roots.get(claim, claim), ())]
        levels = [(part.id, part.event) for part in parts if isinstance(part.event, Statement)]
        low, high = total_of(level.quantity for _, level in levels)
        whole = bounds(total.quantity)
        if levels and apart([whole, (low, high)]):
            subject = total.category or ""
            sums = f"{subject}: printed total {total.quantity.text} against {between(low, high)} of its parts"
            hint = _without(whole, [level for _, level in levels])
            ids = tuple(sorted((stored.id, *(identity for identity, _ in levels))))
            yield Finding("total-against-parts", Severity.CONTRADICTION, subject, ids, sums + hint)


def _by_root(case: Case) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = defaultdict(list)
    for stored in case.standing.claims:
        found[case.standing.roots[stored.id]].append(stored)
    return found


def _without(whole: tuple[Bound, Bound], levels: Sequence[Statement]) -> str:
    """Say which one or two parts would have to be left out for the total to fit."""
    for count in (1, 2):
        for left in combinations(range(len(levels)), count):
            kept = [level.quantity for at, level in enumerate(levels) if at not in left]
            if kept and not apart([whole, total_of(kept)]):
                names = " and ".join("+".join(levels[at].systems) or str(levels[at].category) for at in left)
                return f"; it fits only without {names}"
    return ""


def rival_totals(case: Case) -> Iterator[Finding]:
    """Find totals that one edition prints twice for one category with figures that exclude each other."""
    groups: dict[tuple[str, ...], list[Stored]] = defaultdict(list)
    for stored in case.told(Statement):
        total = stored.event
        if isinstance(total, Statement) and total.role is Role.TOTAL:
            for source in sorted({c.source for c in total.citations}):
                groups[(source, total.holder, total.cutoff.text, total.category or "", str(total.account))].append(
                    stored
                )
    for (source, _, cutoff, category, _), several in sorted(groups.items()):
        totals = [(stored, stored.event) for stored in several if isinstance(stored.event, Statement)]
        for (one, a), (other, b) in combinations(totals, 2):
            if a.operator in (b.operator, None) and apart([bounds(a.quantity), bounds(b.quantity)]):
                said = f"{category}: {source} prints {a.quantity.text} and {b.quantity.text} for {cutoff}"
                ids = tuple(sorted((one.id, other.id)))
                yield Finding("rival-totals", Severity.CONTRADICTION, category, ids, said + _stored(case, source, a, b))


def _stored(case: Case, source: str, one: Statement, other: Statement) -> str:
    """Say whether the units that the edition counts in store, or for sale, make the difference of two totals."""
    if one.quantity.best is None or other.quantity.best is None:
        return ""
    gap = abs(one.quantity.best - other.quantity.best)
    by_category: dict[str, int] = defaultdict(int)
    for stored in case.told(Statement):
        row = stored.event
        if (
            isinstance(row, Statement)
            and row.role is Role.ITEM
            and row.account in (Account.IN_STORE, Account.FOR_SALE)
            and row.cutoff.text == one.cutoff.text
            and any(c.source == source for c in row.citations)
        ):
            by_category[row.category or ""] += row.quantity.best or 0
    fits = [f"{count} in store or for sale as {name}" for name, count in sorted(by_category.items()) if count == gap]
    return f"; the {' or the '.join(fits)} would make the difference" if fits else ""


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
    if (printed.low is not None and printed.low > high) or (printed.high is not None and printed.high < low):
        said = f"{claim.indicator}, {claim.period.text}: printed {printed.text}, the periods add up to {between(low, high)}"
        ids = tuple(sorted((whole.id, *(part.id for part in parts))))
        yield Finding("sum-of-periods", Severity.CONTRADICTION, claim.indicator, ids, said)


def rival_measures(case: Case) -> Iterator[Finding]:
    """Find values of one thing and period that exclude each other."""
    for group in rivals(case.standing.claims):
        claims = [stored.event for stored in group if isinstance(stored.event, Measure)]
        said = " against ".join(dict.fromkeys(f"{claim.value.text} {claim.value.unit}" for claim in claims))
        subject, period = claims[0].indicator, claims[0].period.text
        ids = tuple(stored.id for stored in group)
        yield Finding("rival-values", Severity.CONTRADICTION, subject, ids, f"{subject}, {period}: {said}")
