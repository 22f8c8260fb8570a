"""What came against what is held, ordered or stated (R13, R18, R20)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from kztimeline.answers import Finding, Severity
from kztimeline.audit.case import LEFT, Case, apart, between, bounds, total_of
from kztimeline.deals import Size
from kztimeline.deals import deal_sizes as sizes_of
from kztimeline.events import (
    Account,
    Kind,
    Role,
    StatedChange,
    Statement,
)
from kztimeline.happenings import Happening
from kztimeline.ledgers import Anchor
from kztimeline.readings import INF, LAST_DAY, Bound


def came_against_held(case: Case) -> Iterator[Finding]:
    """Find types that cannot be inherited of which a list holds another number than ever came and left."""
    for key in case.folded:
        asked = key.asked
        if (
            asked.account is not Account.HELD
            or asked.operator is not None
            or inheritable(case, asked.holder, asked.system)
        ):
            continue
        anchors = [a for ledger in key.ledgers for a in ledger.anchors if a.count.best is not None and not a.silent]
        came = [h for h in case.happenings if h.holder == asked.holder and asked.system in h.systems]
        if anchors and came:
            latest = max(anchors, key=lambda a: (a.last, a.first))
            yield from _arrivals_against(asked.system, came, latest)


def inheritable(case: Case, holder: str, system: str) -> bool:
    """Tell whether the holder can have begun with units of a system: the type is older than the state, or undated."""
    owner, kind = case.standing.registry.holders.get(holder), case.standing.registry.systems.get(system)
    since = owner.since.first if owner is not None and owner.since is not None else None
    first = kind.first.first if kind is not None and kind.first is not None else None
    return since is None or first is None or first <= since


def _arrivals_against(system: str, several: Sequence[Happening], listed: Anchor) -> Iterator[Finding]:
    """Compare every sum that the arrivals allow with what a list holds."""
    came = [h for h in several if h.kind in (Kind.DELIVERED, Kind.PRODUCED) and len(h.systems) == 1]
    low, high = listed.count.low, listed.count.high
    if not came or any(h.kind in LEFT for h in several):
        return
    sums = _possible_sums(came)
    if any(most >= low and least <= high for least, most in sums):
        return
    ids = tuple(sorted({c for h in came for c in h.claims} | set(listed.claims)))
    numbers = " or ".join(dict.fromkeys(between(*pair) for pair in sorted(sums)[:4]))
    later = max(h.days.last for h in came) > listed.first
    hint = "perhaps some after that list" if later else "no loss is told"
    said = f"{system}: {numbers} made or delivered by all that is told, {between(low, high)} listed; {hint}"
    severity = Severity.ODD if later else Severity.CONTRADICTION
    yield Finding("came-against-held", severity, system, ids, said)


def _possible_sums(came: Sequence[Happening]) -> Sequence[tuple[Bound, Bound]]:
    """Give the sums of arrivals: totals for themselves; batches apart, or one a part of another (R5, R6)."""
    totals = [h for h in came if h.total]
    singles = [h for h in came if not h.total]
    batches: dict[str, list[Happening]] = defaultdict(list)
    for happening in singles:
        batches[min(happening.batches, default=happening.id)].append(happening)
    parts = [(sum(h.count.low for h in group), sum(h.count.high for h in group)) for group in batches.values()]
    parts += [(h.count.low, h.count.high) for h in totals if not singles or not _covered(h, singles)]
    wholes = [(h.count.low, h.count.high) for h in totals]
    chosen = (
        [c for n in range(1, len(parts) + 1) for c in combinations(parts, n)] if len(parts) <= 8 else [tuple(parts)]
    )
    least = max((low for low, _ in parts), default=0)
    sums = [(sum(low for low, _ in c), sum(high for _, high in c)) for c in chosen]
    return wholes or [pair for pair in sums if pair[1] >= least]


def _covered(total: Happening, singles: Iterable[Happening]) -> bool:
    return any(total.days.first <= h.days.first and h.days.last <= total.days.last for h in singles)


def deal_sizes(case: Case) -> Iterator[Finding]:
    """Find deals of which more was certainly delivered than can have been ordered, and uses before delivery."""
    deals: dict[tuple[str, str, str], list[Happening]] = defaultdict(list)
    for happening in case.happenings:
        if happening.deal is not None:
            for system in happening.systems:
                deals[(happening.holder, happening.deal, system)].append(happening)
    for (_, deal, system), several in sorted(deals.items()):
        ordered = [h for h in several if h.kind is Kind.ORDERED]
        came = [h for h in several if h.kind in (Kind.DELIVERED, Kind.PRODUCED)]
        used = [h for h in several if h.kind is Kind.INTRODUCED]
        ids = tuple(sorted(c for h in several for c in h.claims))
        least, most = max((h.count.low for h in came), default=0), _final_size(several, ordered)
        if ordered and least > most:
            said = f"{system}, deal {deal}: {least} or more delivered, {between(most, most)} ordered"
            yield Finding("delivered-above-ordered", Severity.CONTRADICTION, system, ids, said)
        if came and used and max(h.days.last for h in used) < min(h.days.first for h in came):
            said = f"{system}, deal {deal}: introduced before any was delivered"
            yield Finding("introduced-before-delivered", Severity.CONTRADICTION, system, ids, said)


def _final_size(several: Sequence[Happening], ordered: Sequence[Happening]) -> Bound:
    """Give the most that a deal can have been for after all that changed its size (R18)."""
    changes = [h for h in several if h.kind is Kind.ORDER_CHANGED]
    day = max((h.days.last for h in ordered), default=0)
    first = Size(day, sum(h.count.low for h in ordered), sum(h.count.high for h in ordered), None)
    return sizes_of(ordered, changes, [first])[-1].high if ordered else INF


def changes_against_rows(case: Case) -> Iterator[Finding]:
    """Find stated changes whose new figure differs from what the next edition's rows of that category add up to."""
    for stored in case.told(StatedChange):
        change = stored.event
        if not isinstance(change, StatedChange) or change.category is None or change.systems:
            continue
        rows = _next_rows(case, change)
        low, high = total_of(row.quantity for _, row in rows)
        if rows and apart([bounds(change.after), (low, high)]):
            ids = tuple(sorted((stored.id, *(identity for identity, _ in rows))))
            said = (
                f"{change.category}: {change.after.text} after the change of {change.occurred.text}, "
                f"{between(low, high)} by type for {rows[0][1].cutoff.text}"
            )
            yield Finding("change-against-rows", Severity.CONTRADICTION, change.category, ids, said)


def _next_rows(case: Case, change: StatedChange) -> list[tuple[str, Statement]]:
    """Give the rows by type of the change's source and category, of the first edition that speaks after it."""
    sources = {c.source for c in change.citations}
    after = change.occurred.first or 0
    rows = [
        (stored.id, row)
        for stored in case.told(Statement)
        if isinstance(row := stored.event, Statement)
        and row.role is not Role.TOTAL
        and row.holder == change.holder
        and f"{row.category}/".startswith(f"{change.category}/")
        and sources & {c.source for c in row.citations}
        and change.operator in (None, row.operator)
        and (row.cutoff.last or LAST_DAY) >= after
    ]
    first = min((row.cutoff.last or LAST_DAY for _, row in rows), default=0)
    return [(identity, row) for identity, row in rows if (row.cutoff.last or LAST_DAY) == first]
