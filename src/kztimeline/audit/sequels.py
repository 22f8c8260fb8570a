"""What never followed: agreements and plans without a unit, units without a fate."""

from __future__ import annotations

from collections.abc import Iterator

from kztimeline.agreements import pacts, status
from kztimeline.answers import Finding, Severity
from kztimeline.audit.case import LEFT, Case, subject
from kztimeline.events import (
    Kind,
    Organisation,
    Procurement,
    Stage,
    Statement,
)
from kztimeline.readings import LAST_DAY
from kztimeline.registry import ancestors


def without_sequel(case: Case) -> Iterator[Finding]:
    """Find agreements and plans whose time is over without a word of a unit that came of them.

    An agreement in force is one that is being carried out; one that ended is no promise any more.
    """
    for _, steps in pacts(case.standing, "*").items():
        stages = {step.claim.stage for step in steps}
        last = max(step.days.last for step in steps)
        if stages <= {Stage.ANNOUNCED, Stage.SIGNED, Stage.RATIFIED} and last + PATIENCE <= case.day:
            first = min(steps, key=lambda step: step.days.first)
            systems = {system for step in steps for system in step.claim.systems}
            if systems and not _followed(case, first.claim.holder, systems, first.days.first):
                about, date = "+".join(sorted(systems)), first.claim.occurred.text
                said = f"{about}: {first.claim.form} {first.claim.stage} {date}, and no unit of it is told of since"
                yield Finding("without-sequel", Severity.NOTE, about, tuple(sorted(s.id for s in steps)), said)
    for stored in case.told(Procurement):
        claim = stored.event
        if not isinstance(claim, Procurement) or claim.kind is not Kind.PLANNED or not _over(claim, case.day):
            continue
        if not _followed(case, claim.holder, set(claim.systems), claim.occurred.first or 0):
            about = subject(claim)
            said = f"{about}: planned {claim.occurred.text}, and no unit of it is told of since"
            yield Finding("without-sequel", Severity.NOTE, about, (stored.id,), said)


PATIENCE = 366
"""Days after which an agreement or plan without any sequel is a finding."""
_PROMISES = (Kind.ORDERED, Kind.ORDER_CHANGED, Kind.CANCELLED)


def _over(claim: Procurement, day: int) -> bool:
    last = claim.occurred.last
    return last is not None and last + PATIENCE <= day


def _followed(case: Case, holder: str, systems: set[str], since: int) -> bool:
    """Tell whether anything happened to a system, its family, or what is built under its licence."""
    wanted = {name for system in systems for name in _kin(case, case.names.key(holder, system))}
    return any(
        happening.holder == holder
        and happening.kind not in _PROMISES
        and happening.days.last >= since
        and any(wanted & _kin(case, system) for system in happening.systems)
        for happening in case.happenings
    )


def _kin(case: Case, system: str) -> set[str]:
    registry = case.standing.registry
    return {
        name for own in (system, registry.licences.get(system, system)) for name in (own, *ancestors(registry, own))
    }


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
