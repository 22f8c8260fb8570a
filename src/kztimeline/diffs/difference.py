"""The accounted difference of two editions: a result for each block and printed total, and what to say of all (R25)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum

from attrs import evolve, frozen

from kztimeline.diffs.alternatives import without_alternatives
from kztimeline.diffs.causes import NO_OFFERS, Cause, Share, Split, compared, split
from kztimeline.diffs.flows import Asked
from kztimeline.diffs.matching import Block, alone, blocks, doubled
from kztimeline.diffs.places import Places, operators_of, places
from kztimeline.diffs.spans import ZERO, Span, span_of
from kztimeline.diffs.totals import Checked, checked, split_alone, split_total
from kztimeline.editions import Edition, Row
from kztimeline.registry import Registry
from kztimeline.truth import Truth


class State(StrEnum):
    """What became of a row: a flow on an unchanged figure is no change, and told apart."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FLOW_UNCHANGED = "flow recorded, figure unchanged"
    NOT_COMPARED = "not compared"
    NOT_PRINTED = "not printed"


@frozen
class Change:
    """One result: a block of systems, or a printed total, with its accounts side by side and its causes."""

    kind: str
    service: str
    state: State
    before: tuple[Row, ...]
    after: tuple[Row, ...]
    active: Span
    stored: Span
    shares: tuple[Share, ...]
    left_active: Span
    left_stored: Span
    unexplained: Truth
    perhaps_renamed: bool
    systems: tuple[str, ...]
    near: tuple[tuple[str, str], ...]


@frozen
class Unlisted:
    """Units that came or went of a system that neither edition has a row for."""

    system: str
    amount: Span
    claims: tuple[str, ...]


@frozen
class Difference:
    """The changes between two editions of one holder, and their printed totals checked against their parts.

    ``unlisted`` is what a log tells of systems without a row, which no change counts.
    ``alternatives`` are rows of one edition that differ in their figure alone, counted once. ``failure`` says why nothing is compared, where one of the two cannot be what it claims to be; else it is empty.
    """

    before: Edition
    after: Edition
    changes: tuple[Change, ...]
    checks: tuple[tuple[str, Checked], ...]
    alternatives: tuple[tuple[str, tuple[Row, ...]], ...]
    unlisted: tuple[Unlisted, ...]
    failure: str


def difference(
    one: Edition, other: Edition, registry: Registry, asked: Asked | None = None, moving: Iterable[str] = ()
) -> Difference:
    """Compare two editions; the later one read against the earlier, and mirrored where they were given so (R26).

    ``asked`` tells what a log offers, ``moving`` the systems of which it tells that units may have moved.
    """
    if is_later(one, other):
        return mirrored(difference(other, one, registry, asked, moving))
    failure = _failure(one, other)
    (one, twice), (other, again) = without_alternatives(one), without_alternatives(other)
    if failure:
        one, other = (evolve(edition, coverage={}) for edition in (one, other))
    matched = blocks(one, other, registry)
    if failure:
        matched = [apart for block in matched for apart in alone(block)]
    services = {row.service for edition in (one, other) for row in edition.rows}
    where = places(matched, registry, operators_of(services, registry, one.holder))
    outcomes = [
        (block, split(block, one, other, asked(where.block(index)) if asked and block.systems else NO_OFFERS))
        for index, block in enumerate(matched)
    ]
    lost = _perhaps_renamed(outcomes, one, other)
    changes = [_change(block, found, one, other, id(block) in lost) for block, found in outcomes]
    sides = checked(one), checked(other)
    changes += _totals(*sides, outcomes, where, asked) if not failure else []
    checks = tuple((edition.id, check) for edition, side in ((one, sides[0]), (other, sides[1])) for check in side)
    rivals = tuple((edition.id, rows) for edition, side in ((one, twice), (other, again)) for rows in side)
    beside = _unlisted(changes, where, asked, moving) if asked and not failure else ()
    return Difference(one, other, tuple(changes), checks, rivals, tuple(beside), failure)


def _failure(one: Edition, other: Edition) -> str:
    for edition in (one, other):
        if not edition.rows:
            return f"{edition.id} has no rows: nothing is compared, and nothing was lost"
    if doubled(one, other):
        return f"{one.id} and {other.id} differ by a factor of two in nearly every row: one of them was read twice"
    return ""


def is_later(one: Edition, other: Edition) -> bool:
    """Tell whether the first of two editions is the later reading: by cutoff, where both have one, publication, id."""
    keys = [
        ((e.cutoff or (0, 0)) if one.cutoff and other.cutoff else (0, 0), e.published or "", e.id) for e in (one, other)
    ]
    return keys[1] < keys[0]


def mirrored(found: Difference) -> Difference:
    """Change every sign and keep the causes."""
    changes = tuple(
        evolve(
            c,
            before=c.after,
            after=c.before,
            active=-c.active,
            stored=-c.stored,
            shares=tuple(evolve(s, active=-s.active, stored=-s.stored) for s in c.shares),
            left_active=-c.left_active,
            left_stored=-c.left_stored,
        )
        for c in found.changes
    )
    beside = tuple(evolve(one, amount=-one.amount) for one in found.unlisted)
    return evolve(found, before=found.after, after=found.before, changes=changes, unlisted=beside)


def _unlisted(changes: Sequence[Change], where: Places, asked: Asked, moving: Iterable[str]) -> Iterator[Unlisted]:
    """Ask for what moved of systems that no row counts, and no printed total without rows (R26: flows are named)."""
    counted = {event for change in changes for share in change.shares for event in share.events}
    for system in sorted(moving):
        wanted = where.without_row(system)
        offers = asked(wanted) if wanted is not None else NO_OFFERS
        claims = {*offers.came.claims, *offers.went.claims} - counted
        if claims:
            yield Unlisted(system, offers.came.span - offers.went.span, tuple(sorted(claims)))


def _change(block: Block, found: Split, before: Edition, after: Edition, renamed: bool) -> Change:
    rows = block.rows
    state = State.CHANGED
    if not any(compared(pair, before, after) for pair in block.pairs):
        state = State.NOT_COMPARED
    elif all(_same(pair.before, pair.after) for pair in block.pairs):
        flowed = any(share.cause in (Cause.INFLOW, Cause.OUTFLOW) for share in found.shares)
        state = State.FLOW_UNCHANGED if flowed else State.UNCHANGED
    return Change(
        "item",
        block.service,
        state,
        *rows,
        found.active,
        found.stored,
        found.shares,
        found.left_active,
        found.left_stored,
        found.unexplained,
        renamed,
        tuple(sorted(block.systems)),
        found.near,
    )


def _same(before: Row | None, after: Row | None) -> bool:
    """Tell whether figure, name, path and account are the same (R26)."""
    if before is None or after is None:
        return False
    return (before.text, before.item, before.path, before.account) == (
        after.text,
        after.item,
        after.path,
        after.account,
    )


def _perhaps_renamed(outcomes: Sequence[tuple[Block, Split]], before: Edition, after: Edition) -> set[int]:
    """Find unresolved blocks that vanish or appear where another unresolved one appears or vanishes (R26)."""
    gone: dict[tuple[str, str], list[Block]] = {}
    come: dict[tuple[str, str], list[Block]] = {}
    for block, _ in outcomes:
        rows = block.rows
        if not block.unresolved or (rows[0] and rows[1]):
            continue
        if not all(compared(pair, before, after) for pair in block.pairs):
            continue
        side, own = (gone, rows[0]) if rows[0] else (come, rows[1])
        side.setdefault((block.service, own[0].path[0] if own[0].path else ""), []).append(block)
    return {id(b) for place in gone.keys() & come.keys() for b in (*gone[place], *come[place])}


def _totals(
    before: Sequence[Checked],
    after: Sequence[Checked],
    outcomes: Sequence[tuple[Block, Split]],
    where: Places,
    asked: Asked | None,
) -> list[Change]:
    """Pair printed totals by service and path; one that only one side prints has no difference."""
    left = {(c.row.service, c.row.path, c.row.account): c for c in before}
    right = {(c.row.service, c.row.path, c.row.account): c for c in after}
    services = [
        {c.row.service for c in side} | {row.service for b, _ in outcomes for row in b.rows[n]}
        for n, side in enumerate((before, after))
    ]
    changes = []
    for key in sorted({**left, **right}, key=lambda k: (k[0], k[1], str(k[2]))):
        a, b = left.get(key), right.get(key)
        if a is None or b is None:
            known = key[0] in services[0] & services[1]
            rows = tuple(() if one is None else (one.row,) for one in (a, b))
            changes.append(_total(key[0], State.NOT_PRINTED if known else State.NOT_COMPARED, *rows))
            continue
        offers = NO_OFFERS
        if a.parts or b.parts:
            amount, shares, rest = split_total(a, b, outcomes)
        else:
            offers = asked(where.category(key[1], key[0], span_of(a.row.quantity))) if asked else NO_OFFERS
            amount, shares, rest = split_alone(a, b, offers)
        state = State.UNCHANGED if a.row.text == b.row.text and a.counts is b.counts else State.CHANGED
        truth = Truth.of(certain=rest.excludes_zero, possible=not rest.zero)
        bare = _total(key[0], state, (a.row,), (b.row,))
        changes.append(
            evolve(bare, active=amount, shares=shares, left_active=rest, unexplained=truth, near=offers.near)
        )
    return changes


def _total(service: str, state: State, before: tuple[Row, ...], after: tuple[Row, ...]) -> Change:
    """Give a printed total whose change is not split yet."""
    nothing: dict[str, Span] = dict.fromkeys(("active", "stored", "left_active", "left_stored"), ZERO)
    return Change(
        kind="total",
        service=service,
        state=state,
        before=before,
        after=after,
        shares=(),
        unexplained=Truth.NO,
        perhaps_renamed=False,
        systems=(),
        near=(),
        **nothing,
    )


def by_correction(found: Difference, told_otherwise: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Difference:
    """Account for a difference of two views of one day: what one view knows and the other does not (cause 10).

    ``told_otherwise`` gives the claims about some systems that stand in one view alone; where there are none,
    the change stays unexplained.
    """
    changes = []
    for change in found.changes:
        events = told_otherwise(change.systems)
        if not events or (change.active.zero and change.stored.zero):
            changes.append(change)
            continue
        share = Share(Cause.LATE_ENTRY, change.active, change.stored, "claims that one view alone knows", events, False)
        changes.append(evolve(change, shares=(share,), left_active=ZERO, left_stored=ZERO, unexplained=Truth.NO))
    return evolve(found, changes=tuple(changes))
