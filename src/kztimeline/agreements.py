"""Agreements on a day: which stood, how far they had certainly come, and what had perhaps happened (R8, R9).

Nothing stores a status: it is read off the dated stages. A stage holds from its day on, until a later one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl
from attrs import frozen

from kztimeline.events import Agreement, Relation, Stage, Stored
from kztimeline.frames import day
from kztimeline.happenings import closing_day
from kztimeline.readings import Days, days_of
from kztimeline.registry import Registry
from kztimeline.truth import Truth
from kztimeline.views import Standing

AGREEMENTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "holder": pl.String,
    "agreement": pl.String,
    "form": pl.String,
    "truth": pl.String,
    "stage": pl.String,
    "perhaps": pl.String,
    "parties": pl.String,
    "systems": pl.String,
    "stage_edtf": pl.String,
    "stage_earliest": pl.Date,
    "stage_latest": pl.Date,
    "period_edtf": pl.String,
    "conflict": pl.Boolean,
    "as_of": pl.Date,
    "sources": pl.String,
    "claims": pl.String,
    "note": pl.String,
}
"""One row per agreement that may stand, or that a source says the holder has not joined.

``truth`` tells whether it stood on the day; ``stage`` is the furthest stage certainly reached (null: none is certain),
``perhaps`` the further ones that may have been; ``stage_*`` is the day of the claim that ``stage`` rests on, or of the
first possible one; ``conflict`` marks a party by one claim and none by another. Lists are joined by spaces.
"""

_STANDING = (Stage.ANNOUNCED, Stage.SIGNED, Stage.RATIFIED, Stage.IN_FORCE)
_RANK = {stage: rank for rank, stage in enumerate((Stage.NOT_A_PARTY, *_STANDING, Stage.ENDED))}


@frozen
class Step:
    """One stage of one agreement, with the days on which it can have been reached."""

    id: str
    claim: Agreement
    days: Days


@frozen
class Status:
    """What is known of an agreement on a day."""

    truth: Truth
    sure: tuple[Step, ...]
    perhaps: tuple[Step, ...]
    conflict: bool


def pacts(standing: Standing, holder: str) -> dict[str, tuple[Step, ...]]:
    """Gather the stages of each agreement of a holder (``"*"``: of all), by its name or first claim, in log order."""
    claims = [
        (s, s.event) for s in standing.claims if isinstance(s.event, Agreement) and holder in ("*", s.event.holder)
    ]
    home = _homes(standing, [(s, claim) for s, claim in claims])
    found: dict[str, list[Step]] = defaultdict(list)
    for stored, claim in claims:
        found[home[stored.id]].append(Step(stored.id, claim, _days(stored, claim, standing.registry)))
    return {name: tuple(steps) for name, steps in sorted(found.items())}


def _homes(standing: Standing, claims: Sequence[tuple[Stored, Agreement]]) -> dict[str, str]:
    """Name the agreement of each claim: by the name it states, its lineage, and `same` links."""
    home = {s.id: f"{claim.holder} {claim.agreement or standing.roots[s.id][:16]}" for s, claim in claims}
    by_root: dict[str, list[str]] = defaultdict(list)
    for stored, _ in claims:
        by_root[standing.roots[stored.id]].append(stored.id)
    for _, link in standing.links:
        if link.relation is Relation.SAME:
            joined = {home[i] for c in link.claims for i in by_root.get(standing.roots.get(c, c), ())}
            if len(joined) > 1:
                first = min(joined)
                home = {i: first if name in joined else name for i, name in home.items()}
    return home


def _days(stored: Stored, claim: Agreement, registry: Registry) -> Days:
    owner = registry.holders.get(claim.holder)
    opens = owner.since.first if owner is not None and owner.since is not None else None
    return days_of(claim.occurred, opens=opens, closes=closing_day(stored))


def status(steps: Sequence[Step], on: int) -> Status:
    """Tell how far an agreement had come on a day, and whether it stood."""
    sure = tuple(step for step in steps if step.days.last <= on)
    perhaps = tuple(step for step in steps if step.days.first <= on < step.days.last)
    joined = Truth.of(certain=_any(sure, _STANDING), possible=_any(perhaps, _STANDING))
    ended = Truth.of(certain=_any(sure, (Stage.ENDED,)), possible=_any(perhaps, (Stage.ENDED,)))
    conflict = _denied(sure)
    truth = joined & ~ended & ~_lapsed(sure, on)
    return Status(Truth.MAYBE if conflict else truth, sure, perhaps, conflict)


def _denied(sure: Sequence[Step]) -> bool:
    """Tell whether a claim says "no party" of a day on which another may already have joined."""
    absent = [step for step in sure if step.claim.stage is Stage.NOT_A_PARTY]
    joined = [step for step in sure if step.claim.stage in _STANDING]
    return any(no.days.last >= yes.days.first for no in absent for yes in joined)


def _any(steps: Iterable[Step], stages: Iterable[Stage]) -> bool:
    wanted = set(stages)
    return any(step.claim.stage in wanted for step in steps)


def _lapsed(sure: Sequence[Step], on: int) -> Truth:
    """Tell whether the term that the agreement was made for is over; no term, never."""
    ends = [step.claim.period.last for step in sure if step.claim.period is not None]
    return Truth.YES if any(end is not None and end < on for end in ends) else Truth.NO


def agreement_rows(
    standing: Standing, holder: str, on: int, *, systems: frozenset[str] | None, form: str | None
) -> Iterator[dict[str, object]]:
    """Give the rows of ``AGREEMENTS`` for a day (an ordinal), sorted by holder and agreement."""
    for name, steps in pacts(standing, holder).items():
        named = {system for step in steps for system in step.claim.systems}
        if (systems is None or named & systems) and (form is None or any(s.claim.form == form for s in steps)):
            found = status(steps, on)
            if found.sure or found.perhaps:
                yield _row(name.split(" ", 1)[1], steps, found)


def _row(name: str, steps: Sequence[Step], found: Status) -> dict[str, object]:
    stage, perhaps = _stages(found)
    shown = min((s for s in found.sure if s.claim.stage is stage), key=_vagueness, default=None)
    shown = shown or min(found.perhaps, key=_vagueness)
    claim = shown.claim
    return {
        "holder": claim.holder,
        "agreement": name,
        "form": claim.form,
        "truth": str(found.truth),
        "stage": None if stage is None else str(stage),
        "perhaps": " ".join(map(str, perhaps)) or None,
        **_lists(steps),
        "stage_edtf": claim.occurred.text,
        "stage_earliest": day(shown.days.first),
        "stage_latest": day(shown.days.last),
        "period_edtf": next((s.claim.period.text for s in steps if s.claim.period is not None), None),
        "conflict": found.conflict,
        "as_of": day(max(s.days.last for s in (*found.sure, *found.perhaps))),
        "note": claim.note,
    }


def _vagueness(step: Step) -> tuple[int, int]:
    """Order the claims of one stage: those that say most of the day first (R1), then the earlier."""
    return step.days.last - step.days.first, step.days.first


def _stages(found: Status) -> tuple[Stage | None, list[Stage]]:
    reached = max((s.claim.stage for s in found.sure), key=_RANK.__getitem__, default=None)
    least = -1 if reached is None else _RANK[reached]
    further = {s.claim.stage for s in found.perhaps if _RANK[s.claim.stage] > least}
    return reached, sorted(further, key=_RANK.__getitem__)


def _lists(steps: Sequence[Step]) -> Mapping[str, str | None]:
    def joined(words: Iterable[str]) -> str | None:
        return " ".join(dict.fromkeys(words)) or None

    return {
        "parties": joined(party for step in steps for party in step.claim.parties),
        "systems": joined(system for step in steps for system in step.claim.systems),
        "sources": joined(sorted({c.source for step in steps for c in step.claim.citations})),
        "claims": joined(step.id for step in steps),
    }
