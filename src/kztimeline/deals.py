"""What a happening moves: units between accounts, and the size of a deal (R18).

A flow is one happening's effect on one key. Effects are a table; deals are joined before the fold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from kztimeline.events import Account, Kind
from kztimeline.happenings import ARRIVED, Happening
from kztimeline.readings import SOME, Bound, Count, Days, share_of, without_promise


@frozen
class Flow:
    """Units of one happening that come into (``gain``) or leave one account of one system.

    Without ``sure`` some or all of the ``whole`` number may be another account's, system's or operator's.
    """

    happening: Happening
    system: str
    account: Account
    gain: bool
    days: Days
    count: Count
    whole: Count
    sure: bool


@frozen
class Move:
    """One effect of a kind: the account, whether units come, and whether that is certain."""

    account: Account
    gain: bool
    sure: bool


GONE = (Kind.RETIRED, Kind.LOST, Kind.EXPORTED, Kind.DONATED)
_SHIFTS = {
    Kind.INTRODUCED: (Account.ON_TRIAL, Account.IN_SERVICE),
    Kind.STORED: (Account.IN_SERVICE, Account.IN_STORE),
    Kind.RETURNED: (Account.IN_STORE, Account.IN_SERVICE),
}
_UNSTATED_ORIGIN = {
    Kind.OFFERED_FOR_SALE: (Account.IN_SERVICE, Account.IN_STORE),
    **dict.fromkeys(GONE, (Account.IN_SERVICE, Account.IN_STORE, Account.FOR_SALE)),
}


Trials = Mapping[tuple[str, str, str], int]
"""For (holder, deal, system): the last day on which an introduction of the deal's units can lie."""


def trial_deals(happenings: Iterable[Happening]) -> Trials:
    """Find the deals whose deliveries are on trial until they are introduced, system by system (R18)."""
    last: dict[tuple[str, str, str], int] = {}
    for happening in happenings:
        if happening.kind is Kind.INTRODUCED and happening.deal is not None:
            for system in happening.systems:
                key = (happening.holder, happening.deal, system)
                last[key] = max(happening.days.last, last.get(key, 0))
    return last


Wanted = Callable[[str | None], bool]
"""Whether an operator (``None``: not stated) is one that the view is about (R17)."""


def flows(happening: Happening, trials: Trials, wanted: Wanted) -> Iterator[Flow]:
    """Yield what one happening does to each key (R16 for several systems, R18 for accounts).

    Where claims name rival operators of which not all are wanted, or a loss names none in the view of
    one, the units are only possible. A transfer moves units where one side of it is wanted (R17).
    """
    sure = all(wanted(name) for name in happening.operators or (None,))
    if happening.kind is Kind.TRANSFERRED:
        into = wanted(happening.to_operator)
        if into != any(wanted(name) for name in happening.operators):
            sure = len(happening.operators) == 1
            for account in (*_origin(happening, (Account.IN_SERVICE,)), Account.HELD):
                for system in happening.systems:
                    yield _flow(happening, system, Move(account, into, sure))
    for system in happening.systems:
        for move in moves(happening, system, trials):
            yield _flow(happening, system, evolve(move, sure=move.sure and sure))
    if happening.kind is Kind.MODERNISED and happening.to_system is not None:
        for account in (*_origin(happening, (Account.IN_SERVICE,)), Account.HELD):
            yield _flow(happening, happening.to_system, Move(account, True, sure))


def _flow(happening: Happening, system: str, move: Move) -> Flow:
    systems = 1 if happening.candidates else len(happening.systems)
    whole = share_of(happening.count, systems)
    unsure = (happening.candidates and system != happening.to_system) or not move.sure
    count = Count(0, whole.high, None) if unsure else whole
    days = happening.days if systems == 1 and not unsure else without_promise(happening.days)
    return Flow(happening, system, move.account, move.gain, days, count, whole, not unsure)


def arrived(happening: Happening, system: str) -> Flow:
    """Give what a delivery or production brings into existence, received by somebody or not (R13)."""
    return _flow(happening, system, Move(Account.HELD, True, True))


def moves(happening: Happening, system: str, trials: Trials) -> Iterator[Move]:
    """Yield the effects of a happening's kind on the accounts of one system that it names (R18)."""
    kind = happening.kind
    if kind is Kind.ORDERED:
        yield Move(Account.ON_ORDER, True, True)
    elif kind is Kind.CANCELLED:
        yield Move(Account.ON_ORDER, False, True)
    elif kind in ARRIVED:
        yield from _arrival(happening, system, trials)
    elif kind in _SHIFTS:
        origin, into = _SHIFTS[kind]
        yield Move(origin, False, True)
        yield Move(into, True, True)
    elif kind in GONE and happening.out_of == (Account.PRODUCTION,):
        return
    elif kind is Kind.OFFERED_FOR_SALE or kind in GONE:
        origins = _origin(happening, _UNSTATED_ORIGIN[kind])
        yield from (Move(account, False, len(origins) == 1) for account in origins)
        yield Move(Account.FOR_SALE, True, True) if kind is Kind.OFFERED_FOR_SALE else Move(Account.HELD, False, True)
    elif kind is Kind.MODERNISED:
        yield from (Move(account, False, True) for account in _origin(happening, (Account.IN_SERVICE,)))
        yield Move(Account.HELD, False, True)


def _arrival(happening: Happening, system: str, trials: Trials) -> Iterator[Move]:
    if not counts_as_received(happening):
        return
    if happening.deal is not None:
        yield Move(Account.ON_ORDER, False, True)
    into: Sequence[Account] = happening.into or (Account.IN_SERVICE,)
    if happening.deal and happening.days.first <= trials.get((happening.holder, happening.deal, system), 0):
        into = (Account.ON_TRIAL,)
    yield from (Move(account, True, len(into) == 1) for account in into)
    yield Move(Account.HELD, True, True)


def counts_as_received(happening: Happening) -> bool:
    """Produced moves units only with a number and a receiving operator (R18)."""
    return happening.kind is Kind.DELIVERED or (bool(happening.operators) and happening.count != SOME)


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
    """Let order changes set a deal's size *to* their number, or to a system's share of it (R16, R18).

    ``ordered`` is the size that the orders alone give, from day to day. While a change may or may not
    have come, the size is the hull of before and after; one whose claims name rival systems may be of another for ever.
    """
    points = sorted({size.day for size in ordered} | {d for c in changes for d in (c.days.first, c.days.last)})
    return [_size_on(day, changes, ordered) for day in points] if orders or changes else []


def _size_on(day: int, changes: Sequence[Happening], ordered: Sequence[Size]) -> Size:
    past = [c for c in changes if c.days.last <= day]
    sure = [c for c in past if not c.candidates]
    latest = max((c.days.last for c in sure), default=None)
    values = [_set_to(c) for c in sure if c.days.last == latest]
    if latest is None:
        before = [size for size in ordered if size.day <= day]
        values = [Count(before[-1].low, before[-1].high, before[-1].best)] if before else [Count(0, 0, 0)]
    values += [_set_to(c) for c in changes if c.days.first <= day < c.days.last]
    values += [_set_to(c) for c in past if (c.candidates or c.days.last != latest) and _may_be_last(c, sure)]
    bests = {value.best for value in values}
    return Size(day, min(v.low for v in values), max(v.high for v in values), bests.pop() if len(bests) == 1 else None)


def _set_to(change: Happening) -> Count:
    return change.count if change.candidates else share_of(change.count, len(change.systems))


def _may_be_last(change: Happening, sure: Sequence[Happening]) -> bool:
    return all(change.days.last >= other.days.first for other in sure)
