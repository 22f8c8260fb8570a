"""What never followed: agreements and plans without a unit, units without a fate."""

from __future__ import annotations

from collections.abc import Iterator

from kztimeline.agreements import pacts, status
from kztimeline.answers import Finding, Severity
from kztimeline.audit.case import LEFT, Case, subject
from kztimeline.events import (
    Agreement,
    Claim,
    Kind,
    Organisation,
    Procurement,
    Statement,
    systems_of,
    when,
)
from kztimeline.happenings import PLANS
from kztimeline.readings import LAST_DAY
from kztimeline.registry import ancestors


def without_sequel(case: Case) -> Iterator[Finding]:
    """Find agreements and plans whose time is over without a word of a unit that came of them."""
    for stored in case.told(Agreement, Procurement):
        claim = stored.event
        date = claim.period if isinstance(claim, Agreement) and claim.period is not None else when(claim)
        planned = isinstance(claim, Agreement) or claim.kind in (*PLANS[:1], Kind.ORDERED)
        if not planned or not systems_of(claim) or date.last is None or date.last + PATIENCE > case.day:
            continue
        if isinstance(claim, Agreement) and claim.form in _NO_UNITS:
            continue
        if not _followed(case, claim, date.first or 0):
            about = subject(claim)
            said = f"{about}: {claim.kind} {date.text}, and no unit of it is told of since"
            yield Finding("without-sequel", Severity.NOTE, about, (stored.id,), said)


PATIENCE = 366
"""Days after which an agreement or plan without any sequel is a finding."""
_NO_UNITS = ("treaty",)


def _followed(case: Case, claim: Claim, since: int) -> bool:
    registry = case.standing.registry
    wanted = {case.names.key(claim.holder, system) for system in systems_of(claim)}
    for happening in case.happenings:
        if happening.kind in (Kind.ORDERED, Kind.ORDER_CHANGED, Kind.CANCELLED) or happening.days.last < since:
            continue
        kin = {name for system in happening.systems for name in (system, *ancestors(registry, system))}
        family = {name for system in wanted for name in (system, *ancestors(registry, system))}
        if happening.holder == claim.holder and kin & family:
            return True
    return False


def dissolved(case: Case) -> Iterator[Finding]:
    """Find units dissolved of whose holdings nobody says where they went."""
    for stored in case.told(Organisation):
        unit = stored.event
        if not isinstance(unit, Organisation) or unit.kind is not Kind.DISSOLVED or unit.into is not None:
            continue
        held = [
            (s.id, s.event)
            for s in case.told(Statement)
            if isinstance(s.event, Statement) and s.event.operator == unit.operator and s.event.quantity.low > 0
        ]
        moved = any(
            unit.operator in (getattr(s.event, "operator", None),)
            and s.event.kind in (Kind.TRANSFERRED, Kind.STORED, *LEFT)
            for s in case.told(Procurement)
        )
        if held and not moved:
            what = ", ".join(sorted(f"{row.quantity.text} {'+'.join(row.systems) or row.category}" for _, row in held))
            ids = tuple(sorted((stored.id, *(identity for identity, _ in held))))
            said = f"{unit.operator}: dissolved {unit.occurred.text}, and no word of where its {what} went"
            yield Finding("units-without-fate", Severity.ODD, unit.operator, ids, said)


def disputed_parties(case: Case) -> Iterator[Finding]:
    """Find agreements that the holder has joined by one claim and has not joined by another."""
    for name, steps in pacts(case.standing, "*").items():
        if status(steps, LAST_DAY).conflict:
            ids = tuple(sorted(step.id for step in steps))
            said = f"{name}: a party by one claim, none by another"
            yield Finding("disputed-party", Severity.CONTRADICTION, name, ids, said)
