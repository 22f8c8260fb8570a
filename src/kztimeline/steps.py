"""The one fold: from standing claims to the table of steps (R1 to R21).

A row per holder, system and account, and closed-open period in which nothing changes. Every question
filters this table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from kztimeline.branches import concerning, wanted
from kztimeline.combine import Answer, combined
from kztimeline.deals import GONE, Flow, Size, Trials, arrived, deal_sizes, flows, trial_deals
from kztimeline.events import Account, Kind
from kztimeline.happenings import ARRIVED, Happening, Known, happenings, known, last_words
from kztimeline.ledgers import Anchor, Ledger
from kztimeline.policies import Policy
from kztimeline.readings import FIRST_DAY, INF, LAST_DAY, Count
from kztimeline.registry import Covers, Scope, first_day, in_scope
from kztimeline.related import Key, by_holder, listed, related
from kztimeline.statements import (
    Asked,
    Cutoff,
    Editions,
    Listing,
    Row,
    anchors,
    editions,
    listing,
    puts_elsewhere,
)
from kztimeline.sums import Sum, at, itemised, summed
from kztimeline.views import Standing

ACCOUNTS = (
    Account.ON_TRIAL,
    Account.ON_ORDER,
    Account.IN_SERVICE,
    Account.IN_STORE,
    Account.FOR_SALE,
    Account.HELD,
)
"""On-trial comes first: what an edition calls active is read against it (R19)."""


@frozen
class Step:
    """What is known of one key in a period: days are ordinals, ``until`` is exclusive, ``None`` is open."""

    holder: str
    system: str
    account: str
    since: int
    until: int | None
    low: int
    best: int | None
    high: int | None
    open: bool
    conflict: bool
    inferred: bool
    low_from: str
    high_from: str
    ledgers: str
    as_of: int | None


@frozen
class Folded:
    """One key after the fold: its ledgers, and the answer from day to day."""

    asked: Asked
    ledgers: tuple[Ledger, ...]
    answers: tuple[tuple[int, Answer], ...]


@frozen
class _Claims:
    """One holder's happenings, flows and rows, arranged for the fold."""

    standing: Standing
    names: Known
    table: Listing
    operator: str | None
    flows: Mapping[tuple[str, Account], Sequence[Flow]]
    happenings: Mapping[str, Sequence[Happening]]
    printed: Editions
    scoped: Mapping[str, Sequence[Scope]]
    arrivals: dict[str, list[list[Sum]]]


def fold(
    standing: Standing,
    *,
    operator: str | None = None,
    policy: Policy = Policy.ANCHORED,
    only: Collection[str] | None = None,
    keys: Collection[Key] | None = None,
) -> Iterator[tuple[str, list[Folded]]]:
    """Fold what stands, one holder and system after the other, in order.

    ``operator`` asks for one branch alone; ``None`` for every one that is not civil (R17). ``only``
    names the systems wanted, ``keys`` the holders and systems.
    """
    names = known(standing)
    own, keys = _own(standing, only, keys)
    every = happenings(own, names)
    rows = listing(standing, names, wanted(names, operator))
    concerned = concerning(every, names, operator, {(row.holder, row.system) for row in rows.rows})
    trials, covered = trial_deals(every), listed(standing)
    moved, printed = by_holder(concerned), by_holder(rows.rows)
    for holder in sorted({*moved, *printed}):
        claims = _arranged(
            standing, names, rows, holder, moved.get(holder, ()), printed.get(holder, ()), trials, operator
        )
        yield from _fold_holder(claims, holder, covered.get(holder, ()), policy, keys)


def _own(
    standing: Standing, only: Collection[str] | None, keys: Collection[Key] | None
) -> tuple[Standing, Collection[Key] | None]:
    """Leave what the fold of the keys wanted rests on; ``None`` is every key."""
    if only is None and keys is None:
        return standing, None
    found = related(standing)
    wanted = {key for key in found.group_of if (only is None or key[1] in only) and (keys is None or key in keys)}
    return evolve(standing, claims=found.claims_of(wanted)), wanted


def _fold_holder(
    claims: _Claims, holder: str, covered: Collection[str], policy: Policy, keys: Collection[Key] | None
) -> Iterator[tuple[str, list[Folded]]]:
    for system in sorted({system for system, _ in claims.flows}.union(claims.printed.own, covered)):
        if keys is not None and (holder, system) not in keys:
            continue
        folded: list[Folded] = []
        trial: list[tuple[int, Answer]] = []
        served: list[tuple[int, Answer]] = []
        for account in ACCOUNTS:
            asked = Asked(holder, system, account, claims.operator)
            ledgers = _ledgers(claims, asked, trial, policy)
            if account is Account.HELD and served and _all_in_service(claims, holder, system):
                answers = served
            else:
                answers = combined(ledgers, policy)
            if account is Account.ON_TRIAL:
                trial = answers
            if account is Account.IN_SERVICE:
                served = answers
            if answers:
                folded.append(Folded(asked, tuple(ledgers), tuple(answers)))
        if folded:
            yield system, folded


def _all_in_service(claims: _Claims, holder: str, system: str) -> bool:
    """Tell whether the same flows make what is held and what is in service, and no list speaks of either: one answer is both."""
    if system in claims.printed.own or holder in claims.table.scopes:
        return False
    served, held = (claims.flows.get((system, account), ()) for account in (Account.IN_SERVICE, Account.HELD))
    return len(served) == len(held) and all(
        evolve(one, account=Account.HELD) == other for one, other in zip(served, held, strict=True)
    )


def _arranged(
    standing: Standing,
    names: Known,
    rows: Listing,
    holder: str,
    own: Sequence[Happening],
    stated: Sequence[Row],
    trials: Trials,
    operator: str | None,
) -> _Claims:
    own_operator = wanted(names, operator)
    by_key: dict[tuple[str, Account], list[Flow]] = defaultdict(list)
    by_system: dict[str, list[Happening]] = defaultdict(list)
    had = set() if operator is None else {row.system for row in stated}.union(*(h.systems for h in own if h.operators))
    for happening in own:
        beside = () if operator is None or happening.operators else {*happening.systems} - had  # none of the branch's
        for system in happening.systems:
            if system not in beside:
                by_system[system].append(happening)
        for flow in flows(happening, trials, own_operator):
            if flow.system not in beside:
                by_key[(flow.system, flow.account)].append(flow)
    for system in by_system:
        if any(h.kind is Kind.ORDER_CHANGED for h in by_system[system]):
            by_key.setdefault((system, Account.ON_ORDER), [])
    printed = editions(stated)
    scoped: dict[str, list[Scope]] = defaultdict(list)
    for scope in standing.registry.scopes:
        if scope.holder == holder and scope.of is Covers.FLOWS and scope.operator in (None, operator):
            scoped[scope.source].append(scope)
    return _Claims(standing, names, rows, operator, by_key, by_system, printed, scoped, {})


# --- ledgers of one key -----------------------------------------------------------------------------------


def _ledgers(claims: _Claims, asked: Asked, trial: Sequence[tuple[int, Answer]], policy: Policy) -> list[Ledger]:
    own = claims.flows.get((asked.system, asked.account), ())
    stated = _anchors(claims, asked, trial) if policy is not Policy.FLOWS else {}
    if policy is Policy.STATEMENTS:
        own = ()
    by_source: dict[str, list[Flow]] = defaultdict(list)
    for flow in own:
        for source in flow.happening.sources:
            by_source[source].append(flow)
    if asked.account is Account.ON_ORDER and policy is not Policy.STATEMENTS:
        for happening in claims.happenings.get(asked.system, ()):
            for source in happening.sources if happening.kind is Kind.ORDER_CHANGED else ():
                by_source.setdefault(source, [])
    opening = first_day(claims.names.registry, asked.holder, asked.system)
    ledgers = []
    for source in sorted(set(by_source) | set(stated)):
        ledgers.append(_ledger(claims, asked, source, by_source.get(source, ()), stated.get(source, ()), opening))
    return _with_reach(ledgers, claims, asked)


def _ledger(
    claims: _Claims, asked: Asked, source: str, own: Sequence[Flow], stated: Sequence[Anchor], opening: int | None
) -> Ledger:
    publication = claims.names.registry.sources.get(source)
    sized, ordered = _sized(claims, asked, source, own)
    plain = [flow for flow in own if flow.happening.id not in ordered]
    beside = _beside(claims, asked, source)
    return Ledger(
        source=source,
        gains=itemised([flow for flow in plain if flow.gain], [flow for flow in beside if flow.gain]),
        losses=itemised([flow for flow in plain if not flow.gain], [flow for flow in beside if not flow.gain]),
        disputed=_disputed(claims, asked, source, own),
        sized=sized,
        anchors=tuple(stated),
        complete=_stretches(
            s for s in claims.scoped.get(source, ()) if in_scope(claims.names.registry, s, asked.system)
        ),
        lag=publication.lag if publication is not None else 0,
        opening=opening,
        reached=False,
        inferred=bool(own) and not stated and all(flow.happening.inferred for flow in own),
    )


def _disputed(claims: _Claims, asked: Asked, source: str, own: Sequence[Flow]) -> tuple[tuple[int, int], ...]:
    """Find when the happenings lie whose claims exclude each other (R1)."""
    several = {flow.happening.id: flow.days for flow in own if flow.happening.rivals}
    if asked.account is Account.ON_ORDER:
        for happening in claims.happenings.get(asked.system, ()):
            if happening.kind is Kind.ORDER_CHANGED and source in happening.sources and happening.rivals:
                several[happening.id] = happening.days
    return tuple(sorted({(days.first, days.last) for days in several.values()}))


def _beside(claims: _Claims, asked: Asked, source: str) -> list[Flow]:
    """Find the arrivals and losses of a ledger in any account: a total may cover tranches of several (R6)."""
    if asked.account in (Account.HELD, Account.ON_ORDER):
        return []
    held = claims.flows.get((asked.system, Account.HELD), ())
    return [flow for flow in held if flow.happening.kind in (*ARRIVED, *GONE) and source in flow.happening.sources]


def _stretches(scopes: Iterable[Scope]) -> tuple[tuple[int, int], ...]:
    """Give the periods of scopes as days; those that meet or overlap are one."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted((s.period.first or FIRST_DAY, s.period.last or LAST_DAY) for s in scopes):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def _sized(
    claims: _Claims, asked: Asked, source: str, own: Sequence[Flow]
) -> tuple[tuple[tuple[Sum, ...], ...], frozenset[str]]:
    """Fold the deals whose size was changed into steps of their own (R18)."""
    if asked.account is not Account.ON_ORDER:
        return (), frozenset()
    changes: dict[str, list[Happening]] = defaultdict(list)
    for happening in claims.happenings.get(asked.system, ()):
        if happening.kind is Kind.ORDER_CHANGED and source in happening.sources and happening.deal is not None:
            changes[happening.deal].append(happening)
    sized: list[tuple[Sum, ...]] = []
    taken: set[str] = set()
    for deal, later in sorted(changes.items()):
        orders = [flow for flow in own if flow.happening.kind is Kind.ORDERED and flow.happening.deal == deal]
        taken.update(flow.happening.id for flow in orders)
        before = [Size(s.day, s.least, s.greatest, s.best) for s in summed(itemised(orders))]
        sizes = deal_sizes([flow.happening for flow in orders], later, before)
        sized.append(tuple(Sum(s.day, s.low, s.high, s.best) for s in sizes))
    return tuple(sized), frozenset(taken)


def _anchors(claims: _Claims, asked: Asked, trial: Sequence[tuple[int, Answer]]) -> dict[str, tuple[Anchor, ...]]:
    def elsewhere(day: int) -> bool:
        moved = any(
            flow.gain and flow.days.first <= day and flow.count.high > 0
            for account in (Account.ON_TRIAL, Account.IN_STORE, Account.FOR_SALE)
            for flow in claims.flows.get((asked.system, account), ())
        )
        return moved or puts_elsewhere(claims.printed, asked.system, day)

    return anchors(claims.table, claims.printed, asked, lambda cutoff: _hull(trial, cutoff), elsewhere)


def _hull(answers: Sequence[tuple[int, Answer]], cutoff: Cutoff) -> Count:
    """Give what is on trial on some day of a cutoff; nothing where no claim says so (R19)."""
    inside = [answer.count for day, answer in answers if cutoff[0] < day <= cutoff[1]]
    before = [answer.count for day, answer in answers if day <= cutoff[0]]
    counts = [*(before[-1:] or [Count(0, 0, 0)]), *inside]
    bests = {count.best for count in counts}
    return Count(min(c.low for c in counts), max(c.high for c in counts), bests.pop() if len(bests) == 1 else None)


def _with_reach(ledgers: Sequence[Ledger], claims: _Claims, asked: Asked) -> list[Ledger]:
    """Mark the ledgers that are silent before their first statement, since inflows can explain it (R13)."""
    if not any(ledger.anchors for ledger in ledgers):
        return list(ledgers)
    inflows = [summed(ledger.gains) for ledger in ledgers if ledger.gains]
    if asked.account not in (Account.ON_ORDER, Account.ON_TRIAL):
        inflows += _arrivals(claims, asked.system)
    return [evolve(ledger, reached=_reached(ledger, inflows)) for ledger in ledgers]


def _reached(ledger: Ledger, inflows: Sequence[Sequence[Sum]]) -> bool:
    if not ledger.anchors:
        return False
    first = ledger.anchors[0]
    return any(at(sums, first.last).greatest >= max(first.count.low, 1) for sums in inflows)


def _arrivals(claims: _Claims, system: str) -> list[list[Sum]]:
    """Add up, ledger by ledger, what came or was made, productions without a receiving operator too (R13)."""
    if system not in claims.arrivals:
        by_source: dict[str, list[Flow]] = defaultdict(list)
        for happening in claims.happenings.get(system, ()):
            if happening.kind in ARRIVED:
                for source in happening.sources:
                    by_source[source].append(arrived(happening, system))
        claims.arrivals[system] = [summed(itemised(several)) for _, several in sorted(by_source.items())]
    return claims.arrivals[system]


# --- rows ---------------------------------------------------------------------------------------------------


def steps(
    standing: Standing,
    *,
    operator: str | None = None,
    policy: Policy = Policy.ANCHORED,
    keys: Collection[Key] | None = None,
) -> list[Step]:
    """Fold what stands into rows, sorted by holder, system, account and day; ``keys`` names those wanted."""
    spoken = last_words(standing)
    rows: list[Step] = []
    for system, folded in fold(standing, operator=operator, policy=policy, keys=keys):
        for key in folded:
            rows.extend(_rows(key, spoken.get((key.asked.holder, system))))
    return sorted(rows, key=lambda row: (row.holder, row.system, row.account, row.since))


def _rows(key: Folded, as_of: int | None) -> Iterable[Step]:
    ends = [*(day for day, _ in key.answers[1:]), None]
    if as_of is None:  # no claim names the system: a list that leaves it out speaks of it
        as_of = max((anchor.last for ledger in key.ledgers for anchor in ledger.anchors), default=None)
    for (since, answer), until in zip(key.answers, ends, strict=True):
        count = answer.count
        yield Step(
            holder=key.asked.holder,
            system=key.asked.system,
            account=str(key.asked.account),
            since=since,
            until=until,
            low=count.low,
            best=count.best,
            high=None if count.high == INF else int(count.high),
            open=answer.open,
            conflict=answer.conflict,
            inferred=answer.inferred,
            low_from=answer.low_from,
            high_from=answer.high_from,
            ledgers=" ".join(answer.ledgers),
            as_of=as_of,
        )
