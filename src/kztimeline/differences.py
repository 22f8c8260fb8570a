"""Differences assembled: of two editions, of two days and of two views, with what accounts for each."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve

from kztimeline.accounted import Accounted, accounted
from kztimeline.diffs.difference import Difference, by_correction, difference
from kztimeline.diffs.said import offered
from kztimeline.editions import Edition, edition_on
from kztimeline.errors import NotationError
from kztimeline.events import Account, Stored, systems_of
from kztimeline.happenings import known
from kztimeline.layout import Part, during, flat, of_keys
from kztimeline.replies import Seen, face, resting_on, taken_out

if TYPE_CHECKING:
    import polars as pl

    from kztimeline.views import Standing

Laid = Mapping[str, Part]
"""The steps of a view laid out, account by account."""


def of_editions(seen: Seen, one: Edition, other: Edition, *, unchanged: bool, with_flows: bool = True) -> Accounted:
    """Make the answer to what changed between two editions of one holder, and what accounts for it."""
    if one.holder != other.holder:
        raise NotationError(
            f"{one.id} is of {one.holder} and {other.id} of {other.holder}; compare editions of one holder"
        )
    told = offered(seen.standing, one, other, one.holder) if with_flows else ()
    found = difference(one, other, seen.registry, *told)
    return _accounted(seen, found, f"difference of {one.id} and {other.id}", unchanged)


def of_days(
    seen: Seen, laid: Laid, days: tuple[datetime.date, datetime.date], holder: str, *, unchanged: bool
) -> Accounted:
    """Make the answer to what changed between two days; ``laid`` are the steps, account by account."""
    one, other = _as_editions([(seen, laid, day) for day in days], holder)
    return of_editions(seen, one, other, unchanged=unchanged)


def of_views(
    before: tuple[Seen, Laid],
    after: tuple[Seen, Laid],
    day: datetime.date,
    holder: str,
    *,
    unchanged: bool,
) -> Accounted:
    """Make the answer to what one view says of a day and another does not; each comes with its steps."""
    one, other = _as_editions([(*before, day), (*after, day)], holder)
    standings = before[0].standing, after[0].standing

    def told_otherwise(systems: tuple[str, ...]) -> tuple[str, ...]:
        sides = [{s.id for s in standing.claims if _names(s, set(systems), standing)} for standing in standings]
        return tuple(sorted(sides[0] ^ sides[1]))

    found = by_correction(difference(one, other, after[0].registry), told_otherwise)
    return _accounted(after[0], found, f"difference of two views on {day}", unchanged)


def _as_editions(sides: Sequence[tuple[Seen, Laid, datetime.date]], holder: str) -> list[Edition]:
    """Make of what each view says of a day an edition; all name the same systems, of which one may say none."""
    frames = [_held(laid, holder, day) for _, laid, day in sides]
    named = {system for frame in frames for system in frame["system"].to_list()}
    return [
        edition_on(day, holder, frame.iter_rows(named=True), named, seen.registry)
        for (seen, _, day), frame in zip(sides, frames, strict=True)
    ]


def _held(laid: Laid, holder: str, day: datetime.date) -> pl.DataFrame:
    """Give what was held on a day, system by system, with what is certainly 0."""
    parts = [during(of_keys(laid[account], holder, None), day, day) for account in laid if account == Account.HELD]
    return flat(parts, ("system", "low", "high"))


def _names(stored: Stored, systems: set[str], standing: Standing) -> bool:
    names = known(standing)
    return any(names.key(stored.event.holder, system) in systems for system in systems_of(stored.event))


def _accounted(seen: Seen, found: Difference, question: str, unchanged: bool) -> Accounted:
    editions = (found.before, found.after)
    told = {event for change in found.changes for share in change.shares for event in share.events}
    told |= {claim for one in found.unlisted for claim in one.claims}
    rows = {row.id for edition in editions for row in edition.rows}
    cited = {c.source for s in seen.standing.claims if s.id in told for c in s.event.citations}
    sources = tuple(sorted(({e.source for e in editions} | cited) - {""}))
    made = accounted(
        found,
        question=question,
        head=seen.head,
        policy=str(seen.policy),
        sources=sources,
        face=face(seen, sources, resting_on(rows | told)),
        unchanged=unchanged,
    )
    return evolve(made, findings=(*made.findings, *taken_out(seen)))
