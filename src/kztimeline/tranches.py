"""Totals with the tranches they cover, and how many of their units can lie in a stretch of days (R6, R11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from kztimeline.deals import Flow
from kztimeline.readings import INF, Bound, best_days, inside, outside, shares, year_ends


@frozen
class Item:
    """A flow, and if it is a total, the tranches it covers (R6).

    ``elsewhere`` marks a happening of the same ledger that moves units of other accounts: its units are
    taken off the total that covers it, and count nothing here.
    """

    flow: Flow
    tranches: tuple[Item, ...]
    elsewhere: bool


def nested(flows: Sequence[Flow], beside: Sequence[Flow] = ()) -> tuple[Item, ...]:
    """Nest the flows of one ledger, key and direction under the totals that cover them (R6).

    ``beside`` are flows of the same kinds that touch other accounts only.
    """
    here = {flow.happening.id for flow in flows}
    others = [f for f in beside if f.happening.id not in here]
    totals = sorted((f for f in (*flows, *others) if f.happening.total), key=_shortest)
    others = others if totals else []
    owner: dict[str, str] = {}
    for declared in (True, False):
        for flow in sorted((*flows, *others), key=lambda f: f.happening.id):
            fit = (t for t in totals if (flow.happening.id in t.happening.covers) is declared and covers(t, flow))
            cover = next((t for t in fit if not _owns(owner, flow, t)), None)
            if cover is not None:
                owner.setdefault(flow.happening.id, cover.happening.id)
    below: dict[str | None, list[Flow]] = defaultdict(list)
    for flow in sorted((*flows, *others), key=lambda f: f.happening.id):
        below[owner.get(flow.happening.id)].append(flow)

    def nest(flow: Flow) -> Item:
        parts = tuple(nest(tranche) for tranche in below.get(flow.happening.id, ()))
        return Item(flow, parts, flow.happening.id not in here)

    tops = map(nest, below[None])
    return tuple(item for item in tops if any(not part.elsewhere for part in walk(item)))


def _shortest(flow: Flow) -> tuple[int, str]:
    return flow.days.last - flow.days.first, flow.happening.id


def _owns(owner: dict[str, str], flow: Flow, total: Flow) -> bool:
    """Tell whether the flow already stands above the total, so that nesting would go in a circle."""
    current: str | None = total.happening.id
    while current is not None:
        if current == flow.happening.id:
            return True
        current = owner.get(current)
    return False


def covers(total: Flow, flow: Flow) -> bool:
    """Tell whether a total covers a flow: by name, or by kind, supplier and a period inside its own (R6).

    A flow of another deal or another operator than the total's own is no part of it.
    """
    whole, part = total.happening, flow.happening
    if whole.id == part.id or whole.kind is not part.kind:
        return False
    if part.id in whole.covers or not whole.by_period:
        return part.id in whole.covers
    if whole.suppliers and not part.suppliers <= whole.suppliers:
        return False
    if whole.deal and part.deal and whole.deal != part.deal:
        return False
    if whole.operators and part.operators and not set(whole.operators) & set(part.operators):
        return False
    within = total.days.first <= flow.days.first and flow.days.last <= total.days.last
    shorter = (flow.days.first, flow.days.last) != (total.days.first, total.days.last)
    return within and (shorter or not part.total)


def within(item: Item, after: int, back: int, until: int) -> tuple[int, Bound]:
    """Give an item's least and greatest number of units in (after, until]; see ``readings.inside``."""
    days, count = item.flow.days, item.flow.count
    if not item.tranches:
        return (0, 0) if item.elsewhere else inside(days, count, after, back, until)
    parts = [within(part, after, back, until) for part in item.tranches]
    least, greatest = sum(low for low, _ in parts), sum(high for _, high in parts)
    if item.elsewhere:
        return least, greatest
    if days.first > after and days.last <= until:
        least = max(least, _rest(count.low, (beyond(part, after, until)[1] for part in item.tranches)))
    if days.first <= until and days.last > back:
        greatest = max(greatest, count.high - sum(beyond(part, back, until)[0] for part in item.tranches))
    return least, greatest


def beyond(item: Item, after: int, until: int) -> tuple[int, Bound]:
    """Give an item's least and greatest number of units outside (after, until], or in another account."""
    days, count = item.flow.days, item.flow.count
    if not item.tranches:
        if item.elsewhere:
            return count.low, count.high
        least, greatest = outside(days, item.flow.whole, after, until)
        return least, greatest if item.flow.sure else count.high
    parts = [beyond(part, after, until) for part in item.tranches]
    least, greatest = sum(low for low, _ in parts), sum(high for _, high in parts)
    loose = item.elsewhere or not item.flow.sure
    if item.elsewhere or days.first > until or days.last <= after:
        least = max(least, _rest(count.low, (within(part, after, after, until)[1] for part in item.tranches)))
    if loose or days.first <= after or days.last > until:
        greatest = max(greatest, count.high - sum(within(part, after, after, until)[0] for part in item.tranches))
    return least, greatest


def _rest(low: int, taken: Iterable[Bound]) -> int:
    used = sum(taken)
    return 0 if used == INF else low - int(used)


def walk(item: Item) -> Iterator[Item]:
    """Yield an item and everything below it."""
    yield item
    for part in item.tranches:
        yield from walk(part)


def change_days(item: Item) -> set[int]:
    """Give the days on which an item's sums can change."""
    days: set[int] = set()
    for part in walk(item):
        if part.elsewhere:
            continue
        days.update((part.flow.days.first, part.flow.days.last))
        for start, end in part.flow.days.members:
            days.update((start, end))
    return days


def best_of(item: Item) -> int | None:
    """Give the best number of an item: the total's own, or its tranches' where they are more."""
    parts = [best_of(part) for part in item.tranches]
    if item.flow.count.best is None or None in parts:
        return None
    return max(item.flow.count.best, sum(part for part in parts if part is not None))


def best_steps(item: Item) -> Iterator[tuple[int, int]]:
    """Place an item's best units on days: tranches on theirs, the remainder over the total's period."""
    best = best_of(item)
    if best is None:
        return
    if not item.tranches:
        yield from () if item.elsewhere else best_days(item.flow.days, best)
        return
    rest = best
    for part in item.tranches:
        yield from best_steps(part)
        rest -= best_of(part) or 0
    if rest and not item.elsewhere:
        days = item.flow.days
        yield from shares(year_ends(days.first, days.last), rest, level=False)
