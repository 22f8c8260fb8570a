"""What lists count without naming a type: printed totals less the rows that detail them (R16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kztimeline.answers import Finding, Severity
from kztimeline.events import Role, Statement, Stored
from kztimeline.readings import INF, LAST_DAY, Bound

if TYPE_CHECKING:
    from kztimeline.views import Standing


def totalled(standing: Standing) -> tuple[Stored, ...]:
    """Give the statements of every source that prints totals for a holder: all that :func:`untyped` looks at."""
    rows = [(stored, stored.event) for stored in standing.claims if isinstance(stored.event, Statement)]
    lists = {(row.holder, c.source) for _, row in rows if row.role is Role.TOTAL for c in row.citations}
    return tuple(stored for stored, row in rows if any((row.holder, c.source) in lists for c in row.citations))


def untyped(claims: Sequence[Stored], holder: str, day: int) -> list[Finding]:
    """Say, for each category of the latest list before a day, how many units it counts without naming their type.

    A category is no system and is never summed with systems; without this its units would go unmentioned.
    """
    latest = _latest(claims, holder, day)
    found = []
    for (source, category, operator), totals in sorted(latest.items()):
        rows = [row for _, row in totals]
        cutoff = rows[0].cutoff
        named = _named(claims, holder, source, category, operator, cutoff.text)
        low = min(max(row.quantity.low - named[1], 0) for row in rows)
        high = max(INF if row.quantity.high is None else row.quantity.high - named[0] for row in rows)
        if low > 0:
            whole = " or ".join(dict.fromkeys(row.quantity.text for row in rows))
            branch = f", {operator}" if operator else ""
            said = f"{category}{branch}: {source} counts {whole} for {cutoff.text}, {_between(low, high)} of a type not stated"
            ids = tuple(sorted(stored.id for stored, _ in totals))
            found.append(Finding("type-not-stated", Severity.NOTE, category, ids, said))
    return found


Category = tuple[str, str, str]


def _latest(claims: Sequence[Stored], holder: str, day: int) -> dict[Category, list[tuple[Stored, Statement]]]:
    """Give the printed totals of each source, category and operator with the latest cutoff by a day."""
    found: dict[Category, list[tuple[Stored, Statement]]] = defaultdict(list)
    for stored in claims:
        row = stored.event
        if isinstance(row, Statement) and row.role is Role.TOTAL and row.holder == holder and _end(row) <= day:
            for source in sorted({citation.source for citation in row.citations}):
                found[(source, row.category or "", row.operator or "")].append((stored, row))
    for key, totals in found.items():
        last = max(_end(row) for _, row in totals)
        found[key] = [(stored, row) for stored, row in totals if _end(row) == last]
    return found


def _end(row: Statement) -> int:
    return LAST_DAY if row.cutoff.last is None else row.cutoff.last


def _named(
    claims: Sequence[Stored], holder: str, source: str, category: str, operator: str, cutoff: str
) -> tuple[int, Bound]:
    """Add up the rows by type that an edition has for a category."""
    rows: Sequence[Statement] = [
        row
        for stored in claims
        if isinstance(row := stored.event, Statement)
        and row.role is not Role.TOTAL
        and (row.holder, row.cutoff.text, row.operator or "") == (holder, cutoff, operator)
        and f"{row.category}/".startswith(f"{category}/")
        and any(citation.source == source for citation in row.citations)
    ]
    highs = [INF if row.quantity.high is None else row.quantity.high for row in rows]
    return sum(row.quantity.low for row in rows), sum(highs)


def _between(low: Bound, high: Bound) -> str:
    if low == high:
        return str(low)
    return f"{low} or more" if high == INF else f"{low}..{high}"
