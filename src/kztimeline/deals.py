"""What a happening moves: units between accounts, and the size of a deal (R18).

A flow is one happening's effect on one key. Effects are a table; deals are joined before the fold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from kztimeline.events import HELD_ACCOUNTS, Account, Kind
from kztimeline.happenings import Happening
from kztimeline.readings import INF, Bound, Count, Days, share_of, without_promise


@frozen
class Flow:
    """Units of one happening that come into (``gain``) or leave one account of one system."""

    happening: Happening
    system: str
    account: Account
    gain: bool
    days: Days
    count: Count


@frozen
class Move:
    """One effect of a kind: the account, whether units come, and whether that is certain."""

    account: Account
    gain: bool
    sure: bool


GONE = (Kind.RETIRED, Kind.LOST, Kind.EXPORTED, Kind.DONATED)
ARRIVED = (Kind.DELIVERED, Kind.PRODUCED)
_SHIFTS = {
    Kind.INTRODUCED: (Account.ON_TRIAL, Account.IN_SERVICE),
    Kind.STORED: (Account.IN_SERVICE, Account.IN_STORE),
    Kind.RETURNED: (Account.IN_STORE, Account.IN_SERVICE),
}
_UNSTATED_ORIGIN = {
    Kind.OFFERED_FOR_SALE: (Account.IN_SERVICE, Account.IN_STORE),
    **dict.fromkeys(GONE, (Account.IN_SERVICE, Account.IN_STORE, Account.FOR_SALE)),
}


def trial_deals(happenings: Iterable[Happening]) -> frozenset[tuple[str, str]]:
    """Name the deals whose deliveries are on trial until they are introduced (R18)."""
    return frozenset((h.holder, h.deal) for h in happenings if h.kind is Kind.INTRODUCED and h.deal is not None)


def flows(happening: Happening, trials: frozenset[tuple[str, str]], operator: str | None = None) -> Iterator[Flow]:
    """Yield what one happening does to each key (R16 for several systems, R18 for accounts).

    ``operator`` is the branch whose view is asked for: a transfer takes from one and gives to the other,
    and moves nothing in the holder's own view (R17).
    """
    if happening.kind is Kind.TRANSFERRED and operator is not None:
        for account in (*_origin(happening, (Account.IN_SERVICE,)), Account.HELD):
            for system in happening.systems:
                yield _flow(happening, system, Move(account, operator == happening.to_operator, True))
    for move in moves(happening, trials):
        for system in happening.systems:
            yield _flow(happening, system, move)
    if happening.kind is Kind.MODERNISED and happening.to_system is not None:
        for account in (*_origin(happening, (Account.IN_SERVICE,)), Account.HELD):
            yield _flow(happening, happening.to_system, Move(account, True, True))


def _flow(happening: Happening, system: str, move: Move) -> Flow:
    count = share_of(happening.count, 1 if happening.candidates else len(happening.systems))
    unsure = (happening.candidates and system != happening.to_system) or not move.sure
    if unsure:
        count = Count(0, count.high, None)
    alone = len(happening.systems) == 1 and not unsure
    days = happening.days if alone else without_promise(happening.days)
    return Flow(happening, system, move.account, move.gain, days, count)


def moves(happening: Happening, trials: frozenset[tuple[str, str]]) -> Iterator[Move]:
    """Yield the effects of a happening's kind on the accounts of the systems it names (R18)."""
    kind = happening.kind
    if kind is Kind.ORDERED:
        yield Move(Account.ON_ORDER, True, True)
    elif kind is Kind.CANCELLED:
        yield Move(Account.ON_ORDER, False, True)
    elif kind in ARRIVED:
        yield from _arrival(happening, trials)
    elif kind in _SHIFTS:
        origin, into = _SHIFTS[kind]
        yield Move(origin, False, True)
        yield Move(into, True, True)
    elif kind is Kind.OFFERED_FOR_SALE or kind in GONE:
        origins = _origin(happening, _UNSTATED_ORIGIN[kind])
        yield from (Move(account, False, len(origins) == 1) for account in origins)
        yield Move(Account.FOR_SALE, True, True) if kind is Kind.OFFERED_FOR_SALE else Move(Account.HELD, False, True)
    elif kind is Kind.MODERNISED:
        yield from (Move(account, False, True) for account in _origin(happening, (Account.IN_SERVICE,)))
        yield Move(Account.HELD, False, True)


def _arrival(happening: Happening, trials: frozenset[tuple[str, str]]) -> Iterator[Move]:
    if not counts_as_received(happening):
        return
    if happening.deal is not None:
        yield Move(Account.ON_ORDER, False, True)
    into: Sequence[Account] = happening.into or (Account.IN_SERVICE,)
    if (happening.holder, happening.deal) in trials:
        into = (Account.ON_TRIAL,)
    yield from (Move(account, True, len(into) == 1) for account in into)
    yield Move(Account.HELD, True, True)


def counts_as_received(happening: Happening) -> bool:
    """Produced moves units only with a number and a receiving operator (R18)."""
    return happening.kind is Kind.DELIVERED or (bool(happening.operators) and happening.count.high < INF)


def _origin(happening: Happening, unstated: tuple[Account, ...]) -> tuple[Account, ...]:
    return happening.out_of or unstated


@frozen
class Size:
    """How large a deal can be from a day on, before anything was delivered."""

    day: int
    low: int
    high: Bound
    best: int | None


def deal_sizes(orders: Sequence[Happening], changes: Sequence[Happening], ordered: Sequence[Size]) -> list[Size]:
    """Let order changes set a deal's size *to* their number (R18).

    ``ordered`` is the size that the orders alone give, from day to day. While a change may or may not
    have come, the size is the hull of before and after.
    """
    points = sorted({size.day for size in ordered} | {d for c in changes for d in (c.days.first, c.days.last)})
    return [_size_on(day, changes, ordered) for day in points] if orders or changes else []


def _size_on(day: int, changes: Sequence[Happening], ordered: Sequence[Size]) -> Size:
    sure = [c for c in changes if c.days.last <= day]
    latest = max((c.days.last for c in sure), default=None)
    values = [Count(c.count.low, c.count.high, c.count.best) for c in sure if c.days.last == latest]
    if latest is None:
        before = [size for size in ordered if size.day <= day]
        values = [Count(before[-1].low, before[-1].high, before[-1].best)] if before else [Count(0, 0, 0)]
    values += [c.count for c in changes if c.days.first <= day < c.days.last]
    values += [c.count for c in sure if latest is not None and c.days.last < latest and _may_be_last(c, sure)]
    bests = {value.best for value in values}
    return Size(day, min(v.low for v in values), max(v.high for v in values), bests.pop() if len(bests) == 1 else None)


def _may_be_last(change: Happening, sure: Sequence[Happening]) -> bool:
    return all(change.days.last >= other.days.first for other in sure)


def received_by(happening: Happening) -> tuple[Account, ...]:
    """Give the accounts that a happening can bring units into, for telling where units may be (R19)."""
    return happening.into if happening.kind in ARRIVED else tuple(a for a in HELD_ACCOUNTS if a in _targets(happening))


def _targets(happening: Happening) -> tuple[Account, ...]:
    if happening.kind in _SHIFTS:
        return (_SHIFTS[happening.kind][1],)
    return (Account.FOR_SALE,) if happening.kind is Kind.OFFERED_FOR_SALE else ()
