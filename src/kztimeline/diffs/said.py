"""What a source says itself of the figures it printed: other figures for an earlier day, and new readings (10, 11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from attrs import evolve, frozen

from kztimeline.dates import UncertainDate
from kztimeline.diffs.causes import OFFERED, Offers, Units
from kztimeline.diffs.difference import is_later
from kztimeline.diffs.flows import Asked, Window, between, moved_in, told
from kztimeline.diffs.nearest import claims_of, nearest
from kztimeline.diffs.places import Wanted
from kztimeline.diffs.spans import ZERO, Span, span_of, total
from kztimeline.editions import Edition
from kztimeline.editions.values import STORED
from kztimeline.events import Citation, Flag, Role, StatedChange, Statement, Stored
from kztimeline.happenings import known
from kztimeline.readings import FIRST_DAY, LAST_DAY
from kztimeline.truth import Truth, every
from kztimeline.views import Standing


@frozen
class _Word:
    """One statement or stated change of the source: its amount, and how surely it is about a block."""

    claim: str
    amount: Span
    about: Callable[[Wanted], Truth]


def offered(standing: Standing, one: Edition, other: Edition, holder: str) -> tuple[Asked | None, frozenset[str]]:
    """Give what a view offers to account for the difference of two editions, and the systems of which units may have moved.

    ``None`` stands for nothing where an edition has no cutoff.

    Beside what came and went stand the source's own later words on its figures. A statement whose cutoff is the earlier
    edition's, published after it and in another edition, is another figure for that day. A change that the source marks
    as re-evaluated is its new reading where it cites the later edition, or lies between the cutoffs.
    """
    before, after = (other, one) if is_later(one, other) else (one, other)
    if before.cutoff is None or after.cutoff is None:
        return None, frozenset()
    window, same_source = (before.cutoff, after.cutoff), before.source == after.source
    claims = claims_of(standing, holder)
    what = told(standing, holder)
    flows = between(what, window, one_day=same_source and before.cutoff == after.cutoff)
    others = list(_others(standing, before, window)) if same_source else []
    anew = list(_anew(standing, after, window)) if same_source else []

    def asked(wanted: Wanted) -> Offers:
        figures = [(word, truth) for word in others if (truth := word.about(wanted)) is not Truth.NO]
        changes = [(word, truth) for word in anew if (truth := word.about(wanted)) is not Truth.NO]
        found = evolve(flows(wanted), corrected=_corrected(figures, wanted), restated=_restated(changes))
        used = {claim for name in OFFERED if name != "earlier" for claim in getattr(found, name).claims}
        near = nearest(claims, window, wanted, used)
        return evolve(found, near=tuple((one.claim, one.said) for one in near))

    return asked, moved_in(what, window)


def _corrected(figures: Sequence[tuple[_Word, Truth]], wanted: Wanted) -> Units:
    if not figures:
        return Units(ZERO, ())
    amount = total(word.amount for word, _ in figures) - wanted.opening
    certain = every(truth for _, truth in figures)
    return Units(_weighed(amount, certain), tuple(sorted(word.claim for word, _ in figures)))


def _restated(changes: Sequence[tuple[_Word, Truth]]) -> Units:
    amount = total(_weighed(word.amount, truth) for word, truth in changes)
    return Units(amount, tuple(sorted(word.claim for word, _ in changes)))


def _weighed(amount: Span, certain: Truth) -> Span:
    if certain is Truth.YES:
        return amount
    return Span(min(amount.low, 0), max(amount.high, 0), None)


def _others(standing: Standing, before: Edition, window: Window) -> Iterator[_Word]:
    """Give the source's statements of the earlier day that the earlier edition did not print."""
    printed = {row.id for row in before.rows}
    for stored in standing.claims:
        claim = stored.event
        if not isinstance(claim, Statement) or stored.id in printed or claim.role is Role.TOTAL:
            continue
        cutoff = _bounds(claim.cutoff)
        if claim.account in STORED or not _meets(cutoff, window[0]) or _meets(cutoff, window[1]):
            continue
        if any(_is_later(cited, before) for cited in claim.citations):
            yield _Word(stored.id, span_of(claim.quantity), _about(stored, standing, before.holder))


def _is_later(cited: Citation, before: Edition) -> bool:
    other = cited.source == before.source and cited.edition != before.id
    return other and (before.published is None or cited.published.text > before.published)


def _anew(standing: Standing, after: Edition, window: Window) -> Iterator[_Word]:
    """Give the changes that the source calls its new reading, and that the later edition can be the first to show."""
    for stored in standing.claims:
        claim = stored.event
        if not isinstance(claim, StatedChange) or Flag.RE_EVALUATED not in claim.flags:
            continue
        cited = [citation for citation in claim.citations if citation.source == after.source]
        first, last = _bounds(claim.occurred)
        inside = Truth.of(
            certain=first > window[0][1] and last <= window[1][0],
            possible=last > window[0][0] and first <= window[1][1],
        )
        when = Truth.YES if any(c.edition == after.id for c in cited) else inside
        if cited and when is not Truth.NO:
            about = _about(stored, standing, after.holder)
            amount = _weighed(span_of(claim.after) - span_of(claim.before), when)
            yield _Word(stored.id, amount, about)


def _about(stored: Stored, standing: Standing, holder: str) -> Callable[[Wanted], Truth]:
    """Give a function that tells whether a claim is about what a block or printed total counts."""
    names = known(standing)
    claim = stored.event
    systems = [names.key(holder, system) for system in getattr(claim, "systems", ())]
    path = tuple((getattr(claim, "category", None) or "").split("/"))
    operator = getattr(claim, "operator", None)

    def about(wanted: Wanted) -> Truth:
        if claim.holder != holder:
            return Truth.NO
        if not systems:
            return wanted.served(operator) if path == wanted.path else Truth.NO
        counted = [wanted.of(system, operator) for system in systems]
        possible = any(truth is not Truth.NO for truth in counted)
        return Truth.of(certain=every(counted) is Truth.YES, possible=possible) if not wanted.path else Truth.NO

    return about


def _bounds(date: UncertainDate) -> tuple[int, int]:
    return FIRST_DAY if date.first is None else date.first, LAST_DAY if date.last is None else date.last


def _meets(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
