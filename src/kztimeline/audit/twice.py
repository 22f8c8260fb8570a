"""One happening told twice: claims that are held to be one and exclude each other (R1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from kztimeline.answers import Finding, Severity
from kztimeline.audit.case import Case, apart, days, subject
from kztimeline.events import (
    Claim,
    Measure,
    Relation,
    Stored,
    when,
)
from kztimeline.quantities import Quantity
from kztimeline.readings import INF, Bound


def told_twice(case: Case) -> Iterator[Finding]:
    """Find claims that are linked as one happening, or revised, whose days or figures exclude each other."""
    for group in _same(case):
        about = subject(group[0].event)
        ids = tuple(sorted(stored.id for stored in group))
        if apart([days(stored.event) for stored in group]):
            said = _listed(when(stored.event).text for stored in group)
            yield Finding("rival-dates", Severity.CONTRADICTION, about, ids, f"{about}: one happening dated {said}")
        figures = [figure for stored in group if (figure := _figure(stored.event)) is not None]
        if apart([(low, high) for low, high, _ in figures]):
            said = _listed(text for _, _, text in figures)
            yield Finding("rival-values", Severity.CONTRADICTION, about, ids, f"{about}: one happening told as {said}")


def _same(case: Case) -> list[list[Stored]]:
    """Gather standing claims of one kind (and stage) that lineages and `same` links hold to be one."""
    roots = case.standing.roots
    home = {stored.id: roots[stored.id] for stored in case.standing.claims}
    for _, link in case.standing.links:
        if link.relation is Relation.SAME:
            joined = {roots.get(claim, claim) for claim in link.claims}
            first = min(joined)
            home = {i: first if root in joined else root for i, root in home.items()}
    groups: dict[tuple[str, str, str], list[Stored]] = defaultdict(list)
    for stored in case.standing.claims:
        stage = str(getattr(stored.event, "stage", ""))
        groups[(home[stored.id], str(stored.event.kind), stage)].append(stored)
    return [group for _, group in sorted(groups.items()) if len(group) > 1]


def _figure(claim: Claim) -> tuple[Bound | Decimal, Bound | Decimal, str] | None:
    quantity = getattr(claim, "quantity", None)
    if isinstance(quantity, Quantity):
        return quantity.low, INF if quantity.high is None else quantity.high, quantity.text
    if isinstance(claim, Measure):
        amount = claim.value
        low, high = amount.low, amount.high
        return -INF if low is None else low, INF if high is None else high, f"{amount.text} {amount.unit}"
    return None


def _listed(texts: Iterable[str]) -> str:
    return " and as ".join(dict.fromkeys(texts))
