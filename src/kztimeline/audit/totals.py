"""Totals against their parts, printed twice, or over several periods (R6, R26)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from kztimeline.answers import Finding, Severity
from kztimeline.audit.case import Case, apart, between, bounds, total_of
from kztimeline.events import (
    Account,
    Role,
    Statement,
    Stored,
)
from kztimeline.readings import Bound


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
    return _difference(case, source, one, abs(one.quantity.best - other.quantity.best))


def _difference(case: Case, source: str, one: Statement, gap: int) -> str:
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


def other_parts(case: Case) -> Iterator[Finding]:
    """Find totals of totals that would be another figure by the rival totals that the edition prints for their parts."""
    by_root = _by_root(case)
    for stored in case.told(Statement):
        total = stored.event
        if not isinstance(total, Statement) or total.role is not Role.TOTAL or not total.covers:
            continue
        named = [part for claim in total.covers for part in by_root.get(case.standing.roots.get(claim, claim), ())]
        parts = [(part, part.event) for part in named if isinstance(part.event, Statement)]
        if any(part.role is not Role.TOTAL for _, part in parts):
            continue
        others = [_rival(case, one, part) for one, part in parts]
        low, high = total_of(row.quantity for _, row in others)
        if parts and _labels(others) != _labels(parts) and apart([bounds(total.quantity), (low, high)]):
            about = total.category or ""
            figures = [", ".join(row.quantity.text for _, row in rows) for rows in (parts, others)]
            said = (
                f"{about}: printed total {total.quantity.text} is {figures[0]} in one place; the edition also prints "
                f"{figures[1]}, which is {between(low, high)}"
            )
            gap = _gap_filled(case, total, int(low)) if low == high else ""
            ids = tuple(sorted({stored.id, *(s.id for s, _ in parts), *(s.id for s, _ in others)}))
            yield Finding("rival-totals", Severity.CONTRADICTION, about, ids, said + gap)


def _labels(rows: Iterable[tuple[Stored, Statement]]) -> list[str]:
    return sorted(stored.id for stored, _ in rows)


def _rival(case: Case, stored: Stored, part: Statement) -> tuple[Stored, Statement]:
    """Give another total that the same edition prints for the category of one, or itself where there is none."""
    sources = {c.source for c in part.citations}
    for other in case.told(Statement):
        row = other.event
        if (
            isinstance(row, Statement)
            and other.id != stored.id
            and row.role is Role.TOTAL
            and (row.category, row.cutoff.text, row.operator) == (part.category, part.cutoff.text, part.operator)
            and sources & {c.source for c in row.citations}
            and apart([bounds(row.quantity), bounds(part.quantity)])
        ):
            return other, row
    return stored, part


def _gap_filled(case: Case, total: Statement, low: int) -> str:
    source = total.citations[0].source
    best = total.quantity.best
    return "" if best is None else _difference(case, source, total, abs(best - low))
