"""One happening told twice: claims that are held to be one and exclude each other (R1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import combinations

from kztimeline.answers import Finding, Severity
from kztimeline.audit.case import Case, apart, days, subject
from kztimeline.events import Claim, Measure, Relation, Statement, Stored, systems_of, when
from kztimeline.quantities import Quantity
from kztimeline.readings import INF, Bound
from kztimeline.registry import ancestors


def told_twice(case: Case) -> Iterator[Finding]:
    """Find claims that are linked as one happening, or revised, whose days, figures or systems exclude each other."""
    for group in _same(case):
        about = subject(group[0].event)
        ids = tuple(sorted(stored.id for stored in group))
        dated = _sharpest([(*days(stored.event), when(stored.event).text) for stored in group])
        if apart([(first, last) for first, last, _ in dated]):
            said = _listed(text for _, _, text in dated)
            yield Finding("rival-dates", Severity.CONTRADICTION, about, ids, f"{about}: one happening dated {said}")
        figures = [figure for stored in group if (figure := _figure(stored.event)) is not None]
        if apart([(low, high) for low, high, _ in figures]):
            said = _listed(text for _, _, text in figures)
            yield Finding("rival-values", Severity.CONTRADICTION, about, ids, f"{about}: one happening told as {said}")
        if _unlike(case, group):
            said = _listed("+".join(systems_of(stored.event)) for stored in group)
            yield Finding("rival-systems", Severity.CONTRADICTION, about, ids, f"one happening told of {said}")
        yield from _rival_accounts(group, about, ids)


def _sharpest(dated: list[tuple[Bound, Bound, str]]) -> list[tuple[Bound, Bound, str]]:
    """Leave out days that only say less than others: 2017 beside 2017-09 (R1)."""
    return [
        one
        for one in dated
        if not any(one[0] <= o[0] and o[1] <= one[1] and (one[0], one[1]) != (o[0], o[1]) for o in dated)
    ]


def _unlike(case: Case, group: list[Stored]) -> bool:
    """Tell whether two claims of a group name systems of which none is the other's, nor of its family."""
    registry = case.standing.registry
    named = [{s for name in systems_of(stored.event) for s in (name, *ancestors(registry, name))} for stored in group]
    told = [names for names in named if names]
    return any(not (one & other) for one, other in combinations(told, 2))


def _rival_accounts(group: list[Stored], about: str, ids: tuple[str, ...]) -> Iterator[Finding]:
    rows = [stored.event for stored in group if isinstance(stored.event, Statement)]
    accounts = {str(row.account) for row in rows}
    if len(accounts) > 1:
        said = " and ".join(dict.fromkeys(f"{row.quantity.text} {row.account or 'held'}" for row in rows))
        yield Finding("rival-accounts", Severity.CONTRADICTION, about, ids, f"{about}: the same units as {said}")


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
