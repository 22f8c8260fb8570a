"""Editions read from the log: the statements that cite one, and what a source says its figures were before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kztimeline.editions.values import Coverage, Edition, Member, Row
from kztimeline.errors import NotationError, UnknownNameError
from kztimeline.events import Account, Role, StatedChange, Statement, Stored
from kztimeline.quantities import PLAIN, Quantity
from kztimeline.readings import FIRST_DAY, LAST_DAY
from kztimeline.registry import Edition as Defined
from kztimeline.registry import Registry, fold, key_of
from kztimeline.views import Standing


def edition_of(standing: Standing, name: str, holder: str) -> Edition:
    """Give an edition by the id of its definition, as far as standing claims tell of it (coverage: partial).

    A stated change gives its first figure to the source's last edition before it, and its second to the first
    edition that may be after. Raises :class:`UnknownNameError` for an edition that no definition knows, and
    :class:`NotationError` for all holders together (``*``).
    """
    if holder == "*":
        raise NotationError('an edition is read for one holder; write holder="KAZ"')
    defined = standing.registry.editions.get(name) if isinstance(name, str) else None
    if defined is None:
        known = ", ".join(sorted(standing.registry.editions)) or "none"
        raise UnknownNameError(f"no edition is called {name!r}; known: {known}")
    own = [stored for stored in standing.claims if stored.event.holder == holder]
    rows = [*_stated(own, defined, standing), *_changed(own, defined, standing.registry)]
    return Edition(
        id=name,
        source=defined.source,
        holder=holder,
        cutoff=_cutoff(defined),
        published=defined.published.text,
        profile=PLAIN.name,
        coverage=dict.fromkeys(sorted({row.service for row in rows}), Coverage.PARTIAL),
        rows=tuple(rows),
        unresolved=(),
        refused=(),
    )


def _cutoff(defined: Defined) -> tuple[int, int] | None:
    if defined.cutoff is None:
        return None
    first, last = defined.cutoff.first, defined.cutoff.last
    return FIRST_DAY if first is None else first, LAST_DAY if last is None else last


def _is_of(claim: Statement, defined: Defined, revised: bool) -> bool:
    """Tell whether a statement is a row of an edition: it cites it, or once did, and speaks of the edition's day."""
    cited = {citation.edition for citation in claim.citations if citation.source == defined.source}
    if defined.id not in cited and not (cited and revised and defined.cutoff is not None):
        return False
    own, day = defined.cutoff, claim.cutoff
    bounds = [
        (FIRST_DAY if d.first is None else d.first, LAST_DAY if d.last is None else d.last) for d in (own or day, day)
    ]
    return bounds[0][0] <= bounds[1][1] and bounds[1][0] <= bounds[0][1]


def _stated(own: Iterable[Stored], defined: Defined, standing: Standing) -> Iterator[Row]:
    roots = standing.roots
    stated = [s for s in own if isinstance(s.event, Statement) and _is_of(s.event, defined, roots[s.id] != s.id)]
    ids = {roots[stored.id]: stored.id for stored in stated}
    for stored in stated:
        claim = stored.event
        if isinstance(claim, Statement):
            covers = tuple(ids[roots.get(c, c)] for c in claim.covers if roots.get(c, c) in ids)
            yield _row(stored.id, claim, claim.quantity, claim.role, covers, standing.registry)


def _changed(own: Iterable[Stored], defined: Defined, registry: Registry) -> Iterator[Row]:
    for stored in own:
        change = stored.event
        if isinstance(change, StatedChange) and any(c.source == defined.source for c in change.citations):
            before, after = _around(change, defined.source, registry)
            for edition, quantity in ((before, change.before), (after, change.after)):
                if edition == defined.id:
                    role = Role.ITEM if change.systems else Role.TOTAL
                    yield _row(stored.id, change, quantity, role, (), registry)


def _around(change: StatedChange, source: str, registry: Registry) -> tuple[str | None, str | None]:
    """Name the source's last edition that speaks of a day before the change, and the first that may speak of one after."""
    first = FIRST_DAY if change.occurred.first is None else change.occurred.first
    editions = sorted(
        (cutoff, edition.id)
        for edition in registry.editions.values()
        if edition.source == source and (cutoff := _cutoff(edition)) is not None
    )
    earlier = [identity for cutoff, identity in editions if cutoff[1] < first]
    later = [identity for cutoff, identity in editions if cutoff[1] >= first]
    return (earlier[-1] if earlier else None), (later[0] if later else None)


def _row(
    identity: str,
    claim: Statement | StatedChange,
    quantity: Quantity,
    role: Role,
    covers: tuple[str, ...],
    registry: Registry,
) -> Row:
    path = tuple((claim.category or "").split("/")) if claim.category else ()
    item = getattr(claim, "item", None) or " / ".join(claim.systems) or None
    return Row(
        id=identity,
        service=claim.operator or "",
        path=path,
        item=item if role is not Role.TOTAL else None,
        text=quantity.text,
        quantity=quantity,
        account=claim.account if claim.account is not Account.HELD else None,
        role=Role.TOTAL if role is Role.TOTAL else Role.ITEM,
        members=tuple(
            Member(key_of(registry, system), (fold(system),))
            for system in (claim.systems if role is not Role.TOTAL else ())
        ),
        covers=covers,
        note=claim.note,
    )
