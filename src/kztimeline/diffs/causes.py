"""Why a figure changed: the thirteen causes in their order of precedence, each with its amount (R26)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum

from attrs import frozen

from kztimeline.diffs.matching import Block, Pair, begins
from kztimeline.diffs.spans import (
    ZERO,
    Span,
    left_active,
    left_stored,
    moved,
    span_of,
    taken,
    total,
    untaken,
)
from kztimeline.editions import Edition
from kztimeline.registry import fold
from kztimeline.truth import Truth


class Cause(IntEnum):
    """What accounts for a change, in order of precedence; 6 to 9 are changes in the world, the others on paper."""

    NOTATION = 1
    DEFINITION = 2
    MOVED = 3
    RENAMED = 4
    SCOPE = 5
    STORE = 6
    TRANSFER = 7
    INFLOW = 8
    OUTFLOW = 9
    LATE_ENTRY = 10
    RE_EVALUATION = 11
    MISMATCH = 12
    UNEXPLAINED = 13

    @property
    def word(self) -> str:
        """The cause as a word, such as ``late-entry``."""
        return self.name.lower().replace("_", "-")


WORLD = (Cause.STORE, Cause.TRANSFER, Cause.INFLOW, Cause.OUTFLOW)


@frozen
class Share:
    """One cause of one change: how much of the figures active and stored it accounts for, and on what ground."""

    cause: Cause
    active: Span
    stored: Span
    ground: str
    events: tuple[str, ...]
    inferred: bool


@frozen
class Units:
    """A number of units that a log tells of, and the claims that tell it."""

    span: Span
    claims: tuple[str, ...]


NO_UNITS = Units(ZERO, ())


@frozen
class Offers:
    """What a log offers to account for a change between two cutoffs.

    ``came`` and ``went`` are gains and losses in between, ``into`` and ``out_of`` transfers between operators,
    ``shelved`` and ``unshelved`` what was put into store (or up for sale) and taken out, ``earlier`` what had come before the first cutoff. By the edition's own source: ``corrected`` is another figure for
    the earlier day less the one printed then, ``restated`` a change that it calls its own new reading. ``near`` are
    claims that lie near and account for nothing, each with its words and the reason.
    """

    came: Units
    went: Units
    into: Units
    out_of: Units
    shelved: Units
    unshelved: Units
    earlier: Units
    corrected: Units
    restated: Units
    near: tuple[tuple[str, str], ...]


OFFERED = ("came", "went", "into", "out_of", "shelved", "unshelved", "earlier", "corrected", "restated")


def offers_of(units: Mapping[str, Units], near: tuple[tuple[str, str], ...] = ()) -> Offers:
    """Make offers of those that there are, by name."""
    came, went, into, out_of, shelved, unshelved, earlier, corrected, restated = (
        units.get(name, NO_UNITS) for name in OFFERED
    )
    return Offers(came, went, into, out_of, shelved, unshelved, earlier, corrected, restated, near)


NO_OFFERS = offers_of({})


@frozen
class Split:
    """A change split into causes: the change in active and stored, the shares, and what is left."""

    active: Span
    stored: Span
    shares: tuple[Share, ...]
    left_active: Span
    left_stored: Span
    near: tuple[tuple[str, str], ...]

    @property
    def unexplained(self) -> Truth:
        """Whether something is left: yes if the rest excludes 0, no if it is 0, else maybe (R25)."""
        rests = (self.left_active, self.left_stored)
        return Truth.of(
            certain=any(rest.excludes_zero for rest in rests), possible=not all(rest.zero for rest in rests)
        )


def delta(pair: Pair, before: Edition, after: Edition) -> Span:
    """Give the change of one pair: 0 where text and notation are the same, since that is one unknown (R25)."""
    unchanged = pair.before is not None and pair.after is not None and pair.before.text == pair.after.text
    if unchanged and before.profile == after.profile:
        return ZERO
    a = span_of(pair.before.quantity if pair.before is not None else None)
    b = span_of(pair.after.quantity if pair.after is not None else None)
    return b - a


def compared(pair: Pair, before: Edition, after: Edition) -> bool:
    """Tell whether both editions speak of a pair: an absent row counts only where the edition is whole there."""
    if pair.before is None:
        return before.covers((pair.after or pair.before).service)  # type: ignore[union-attr]  # one of them is there
    return pair.after is not None or after.covers(pair.before.service)


def split(block: Block, before: Edition, after: Edition, offers: Offers) -> Split:
    """Split a block's change into its causes, in order; what one took is not offered to the next."""
    pairs = [pair for pair in block.pairs if compared(pair, before, after)]
    if not pairs:
        return Split(ZERO, ZERO, (), ZERO, ZERO, ())
    active = total(delta(pair, before, after) for pair in pairs if not pair.stored)
    stored = total(delta(pair, before, after) for pair in pairs if pair.stored)
    shares = [*_on_paper(block, pairs, before, after)]
    paper = total(share.active for share in shares), total(share.stored for share in shares)
    rest_active, rest_stored = active - paper[0], stored - paper[1]
    rest_active, rest_stored = _stored(shares, rest_active, rest_stored, offers, printed=any(p.stored for p in pairs))
    rest_active = flowed(shares, rest_active, offers)
    rest_active = reread(shares, rest_active, offers, late=not block.rows[0])
    return Split(active, stored, tuple(shares), rest_active, rest_stored, offers.near)


def _stored(
    shares: list[Share], rest_active: Span, rest_stored: Span, offers: Offers, *, printed: bool
) -> tuple[Span, Span]:
    """Take what moved between active and store: by the printed rows of both, or by what claims tell of it (R26).

    Where neither edition prints a row in store, what claims tell takes no more than is left of the change in active.
    """
    claims = tuple(sorted({*offers.shelved.claims, *offers.unshelved.claims}))
    loss = -rest_active
    gain = rest_stored if printed else offers.shelved.span - offers.unshelved.span
    move = moved(loss, gain)
    if not move.zero:
        ground = "the lesser of the loss in active and the gain in store" if printed else "put into store, by claims"
        shares.append(Share(Cause.STORE, -move, move if printed else ZERO, ground, claims, not claims))
    return left_active(loss, gain), left_stored(loss, gain) if printed else rest_stored


def _on_paper(block: Block, pairs: Sequence[Pair], before: Edition, after: Edition) -> list[Share]:
    shares = []
    if before.profile != after.profile:
        reread = [p for p in pairs if p.before and p.after and p.before.text == p.after.text]
        amount = [total(delta(p, before, after) for p in reread if p.stored is side) for side in (False, True)]
        if not (amount[0].zero and amount[1].zero):
            ground = f"the same text, read by the notation of {after.profile} instead of {before.profile}"
            shares.append(Share(Cause.NOTATION, amount[0], amount[1], ground, (), False))
    elsewhere = [p for p in pairs if p.before and p.after and _is_moved(p)]
    if elsewhere:
        ways = sorted(
            {f"{' '.join(p.before.path)} to {' '.join(p.after.path)}" for p in elsewhere if p.before and p.after}
        )
        shares.append(Share(Cause.MOVED, ZERO, ZERO, "; ".join(ways), (), False))
    if block.rows[0] and block.rows[1] and (block.before != block.after or _renamed(pairs)):
        names = [" + ".join(dict.fromkeys(row.item or "" for row in rows)) for rows in block.rows]
        shares.append(Share(Cause.RENAMED, ZERO, ZERO, f"{names[0]} to {names[1]}", (), False))
    return shares


def _is_moved(pair: Pair) -> bool:
    if pair.before is None or pair.after is None:
        return False
    return not begins(pair.before.path, pair.after.path) and not begins(pair.after.path, pair.before.path)


def _renamed(pairs: Sequence[Pair]) -> bool:
    return any(
        pair.before is not None
        and pair.after is not None
        and fold(pair.before.item or "") != fold(pair.after.item or "")
        for pair in pairs
    )


def flowed(shares: list[Share], rest: Span, offers: Offers) -> Span:
    """Take what was transferred, came and went between the cutoffs, whole: the rest may change its sign (R26)."""
    transferred = offers.into.span - offers.out_of.span
    claims = tuple(sorted({*offers.into.claims, *offers.out_of.claims}))
    for cause, amount, ground, events in (
        (Cause.TRANSFER, transferred, "transfers between operators", claims),
        (Cause.INFLOW, offers.came.span, "arrivals between the cutoffs", offers.came.claims),
        (Cause.OUTFLOW, -offers.went.span, "losses between the cutoffs", offers.went.claims),
    ):
        if not amount.zero or (events and cause is Cause.TRANSFER):
            shares.append(Share(cause, amount, ZERO, ground, events, False))
            rest -= amount
    return rest


def reread(shares: list[Share], rest: Span, offers: Offers, *, late: bool) -> Span:
    """Let what was known too late, or read anew by the source, explain what is left, and never more than that."""
    for cause, offered, ground, inferred in (
        (Cause.LATE_ENTRY, offers.corrected, "the source gives another figure for the earlier day", False),
        (Cause.LATE_ENTRY, offers.earlier if late else NO_UNITS, LATE, True),
        (Cause.RE_EVALUATION, offers.restated, "by the source's own word a new reading", False),
    ):
        amount = taken(rest, offered.span)
        if not amount.zero:
            shares.append(Share(cause, amount, ZERO, ground, offered.claims, inferred))
            rest = untaken(rest, offered.span)
    return rest


LATE = "it had come before the earlier edition, which has no row of it"
