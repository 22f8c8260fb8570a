"""Printed totals of two editions compared, and each checked against its own parts, as bounds (R26)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from attrs import frozen

from kztimeline.diffs.causes import Cause, Offers, Share, Split, flowed, reread
from kztimeline.diffs.matching import Block, begins
from kztimeline.diffs.spans import ZERO, Span, span_of, total
from kztimeline.editions import Edition, Row
from kztimeline.events import Role


class Counts(StrEnum):
    """Which of its parts a printed total counts, read off the sum that fits."""

    ACTIVE = "active"
    ALL = "active and stored"
    UNDECIDED = "undecided"
    NEITHER = "neither"
    NOT_CHECKABLE = "not checkable"


@frozen
class Checked:
    """A printed total with the parts that its path (or its own word) names, and which sum of them it fits."""

    row: Row
    parts: tuple[Row, ...]
    counts: Counts

    def added(self, how: Counts) -> Span:
        """Add up the parts that a way of counting takes in."""
        return total(span_of(part.quantity) for part in self.parts if how is Counts.ALL or not part.stored)

    @property
    def fits(self) -> bool:
        """Whether the total can be the sum of its parts."""
        return self.counts is not Counts.NEITHER


def checked(edition: Edition) -> list[Checked]:
    """Check every printed total of an edition, in the order of its rows."""
    return [_checked(row, edition) for row in edition.rows if row.role is Role.TOTAL]


def _checked(row: Row, edition: Edition) -> Checked:
    parts = parts_of(row, edition)
    bare = Checked(row, parts, Counts.NOT_CHECKABLE)
    if not parts or not row.path:
        return bare
    printed = span_of(row.quantity)
    fitting = [how for how in (Counts.ACTIVE, Counts.ALL) if _meet(printed, bare.added(how))]
    if not fitting:
        return Checked(row, parts, Counts.NEITHER)
    if len(fitting) == 1 or not any(part.stored for part in parts):
        return Checked(row, parts, fitting[0])
    return Checked(row, parts, Counts.UNDECIDED)


def parts_of(row: Row, edition: Edition) -> tuple[Row, ...]:
    """Give the item rows that a total adds up: those it names, else those whose path its own path begins."""
    items = [other for other in edition.rows if other.role is not Role.TOTAL]
    if row.covers:
        return tuple(other for other in items if other.id in row.covers)
    return tuple(other for other in items if other.service == row.service and begins(row.path, other.path))


def _meet(one: Span, other: Span) -> bool:
    return one.low <= other.high and other.low <= one.high


def split_total(
    before: Checked, after: Checked, outcomes: Sequence[tuple[Block, Split]]
) -> tuple[Span, tuple[Share, ...], Span]:
    """Split a printed total's change: its parts' causes, and 2, 3 and 12 of its own; the rest is what is left."""
    change = ZERO if before.row.text == after.row.text else span_of(after.row.quantity) - span_of(before.row.quantity)
    how = after.counts if after.counts in (Counts.ACTIVE, Counts.ALL) else before.counts
    how = how if how is Counts.ALL else Counts.ACTIVE
    shares = [*_definition(before, after), *_moved(before, after, outcomes, how)]
    shares += _parts(before, after, outcomes, how)
    shares += _mismatch(before, after)
    return change, tuple(shares), change - total(share.active for share in shares)


def split_alone(before: Checked, after: Checked, offers: Offers) -> tuple[Span, tuple[Share, ...], Span]:
    """Split the change of a category that neither edition details by what a log offers for its systems."""
    change = ZERO if before.row.text == after.row.text else span_of(after.row.quantity) - span_of(before.row.quantity)
    shares: list[Share] = []
    rest = reread(shares, flowed(shares, change, offers), offers, late=False)
    return change, tuple(shares), rest


def _definition(before: Checked, after: Checked) -> list[Share]:
    """Restate the earlier total by the later definition, where the two count different parts."""
    decided = (Counts.ACTIVE, Counts.ALL)
    if before.counts not in decided or after.counts not in decided or before.counts is after.counts:
        return []
    if not any(part.stored for part in (*before.parts, *after.parts)):
        return []
    amount = before.added(after.counts) - before.added(before.counts)
    ground = f"counts {after.counts} units, where it counted {before.counts}"
    return [Share(Cause.DEFINITION, amount, ZERO, ground, (), False)]


def _moved(before: Checked, after: Checked, outcomes: Sequence[tuple[Block, Split]], how: Counts) -> list[Share]:
    """Sum the rows that left the category for another one, or came into it."""
    amount, names = ZERO, []
    for block, _ in outcomes:
        for pair in block.pairs:
            if pair.before is None or pair.after is None or (pair.stored and how is not Counts.ALL):
                continue
            was, is_now = pair.before in before.parts, pair.after in after.parts
            if was and not is_now:
                amount -= span_of(pair.before.quantity)
                names.append(f"{pair.before.item} out")
            elif is_now and not was:
                amount += span_of(pair.after.quantity)
                names.append(f"{pair.after.item} in")
    return [Share(Cause.MOVED, amount, ZERO, ", ".join(names), (), False)] if names else []


def _parts(before: Checked, after: Checked, outcomes: Sequence[tuple[Block, Split]], how: Counts) -> list[Share]:
    """Take over the causes of the blocks that lie in the category on both sides; what moved is counted above."""
    shares = []
    for block, found in outcomes:
        rows = block.rows
        inside = all(row in before.parts for row in rows[0]) and all(row in after.parts for row in rows[1])
        if not inside or not (rows[0] or rows[1]):
            continue
        name = (rows[0] or rows[1])[0].item
        for share in found.shares:
            amount = share.active + share.stored if how is Counts.ALL else share.active
            if not amount.zero:
                shares.append(Share(share.cause, amount, ZERO, f"{name}: {share.ground}", share.events, share.inferred))
    return shares


def _mismatch(before: Checked, after: Checked) -> list[Share]:
    """Count what a printed total differs from its own parts, where it fits no sum of them."""
    if before.fits and after.fits:
        return []
    gaps = [ZERO if one.fits else span_of(one.row.quantity) - one.added(Counts.ACTIVE) for one in (before, after)]
    ground = "; ".join(
        f"printed {one.row.text}, parts {one.added(Counts.ACTIVE).best}" for one in (before, after) if not one.fits
    )
    return [Share(Cause.MISMATCH, gaps[1] - gaps[0], ZERO, ground, (), False)]
