"""Taking words out of a log for good: which events may go, and what would come back without them.

The log itself only puts stubs in the places of lines (:mod:`kztimeline.log.redact`). Here it is made sure that nothing
else changes with them: a claim that was corrected does not stand again because its correction was taken out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from kztimeline import asked, cache
from kztimeline.errors import EventError, LogError
from kztimeline.events import Claim, Correction, Link, Revision
from kztimeline.lake import is_lake
from kztimeline.log.redact import Redacted
from kztimeline.log.redact import redact as redact_lines
from kztimeline.registry import Definition, build
from kztimeline.timeline import Timeline, open_timeline
from kztimeline.views import Placed, Standing, stand, standing_definitions
from kztimeline.writing import full_id


def redact(path: Path, claims: Sequence[str], *, reason: str, writer: str, unsalted: bool = False) -> Redacted:
    """Take events out of a log; see :func:`kztimeline.redact`."""
    if is_lake(path):
        raise LogError(
            "lines in a Delta table cannot be redacted; keep what may have to go in segments", path=str(path)
        )
    timeline = open_timeline(path)
    ids = list(dict.fromkeys(_identity(timeline, claim) for claim in asked.identities(claims)))
    taken = {row.id: row for row in timeline.placed if row.id in set(ids)}
    for row in () if unsalted else taken.values():
        if _salt(row) is None:
            raise EventError(
                f"{row.id[:16]} carries no salt: whoever tries its few possible words finds those that hash to its id; "
                "redact it with --unsalted (unsalted=True) all the same"
            )
    for problem in _changed(timeline, frozenset(taken)):
        raise EventError(problem)
    done = redact_lines(path, ids, reason=reason, writer=writer)
    cache.forget(timeline.log.genesis.id)
    return done


def _identity(timeline: Timeline, prefix: str) -> str:
    """Find an event by 8 or more digits of its id, one that is redacted already too."""
    stubs = [identity for identity in timeline.log.redacted if identity.startswith(prefix)]
    shown = any(row.id.startswith(prefix) for row in timeline.placed)
    return (
        stubs[0]
        if len(prefix) >= 8 and len(stubs) == 1 and not shown
        else full_id((row.id for row in timeline.placed), prefix)
    )


def _salt(row: Placed) -> str | None:
    said = row.value.replacement if isinstance(row.value, Correction | Revision) else row.value
    return said.salt if isinstance(said, Claim) else None


def _changed(timeline: Timeline, taken: frozenset[str]) -> Iterator[str]:
    """Say what would change beside the words that are taken out, in the view of any publication day."""
    rows = timeline.placed
    left = [row for row in rows if row.id not in taken]
    if build(standing_definitions(rows)) != build(standing_definitions(left)):
        yield "a definition that is in use cannot go; append the definition anew, or retract it, and redact the old one"
    for day in _days(timeline, taken):
        was = stand(rows, published_by=day, before=timeline.log.before)
        now = stand(left, published_by=day, before=timeline.log.before)
        yield from _differing(was, now, taken)


def _days(timeline: Timeline, taken: frozenset[str]) -> list[int | None]:
    """List the days from which on a lineage of what is taken out is seen differently; ``None`` is for ever."""
    roots = timeline.standing.roots
    touched = {roots.get(identity, identity) for identity in taken}
    days: set[int] = set()
    for row in timeline.placed:
        if roots.get(row.id, row.id) in touched and not isinstance(row.value, Definition):
            said = row.value.replacement if isinstance(row.value, Correction | Revision) else row.value
            days |= {c.published.last for c in getattr(said, "citations", ()) if c.published.last is not None}
    return [None, *sorted(days)]


def _differing(was: Standing, now: Standing, taken: frozenset[str]) -> Iterator[str]:
    before = {claim.id: claim.event for claim in was.claims if claim.id not in taken}
    after = {claim.id: claim.event for claim in now.claims}
    for identity in sorted(after.keys() - before.keys()):
        yield (
            f"{identity[:16]} would stand again without what takes its place; redact it too, or name it itself in a "
            "correction or retraction that stays"
        )
    for identity in sorted(before):
        if before[identity] != after.get(identity):
            yield f"{identity[:16]} rests on what would be taken out; redact it too, or write it anew first"
    joins = {(link.relation, link.claims) for _, link in now.links}
    for identity, link in was.links:
        if identity in taken and isinstance(link, Link) and (link.relation, link.claims) not in joins:
            yield f"{identity[:16]} is a link in use; write the link anew, or retract it, and redact the old one"
