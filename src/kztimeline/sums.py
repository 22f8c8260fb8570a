"""Running sums of one ledger's flows: totals with their tranches, batches, windows (R5, R6, R11, R15)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from attrs import define, frozen

from kztimeline.dates import Shape
from kztimeline.deals import Flow
from kztimeline.events import Kind
from kztimeline.readings import (
    FIRST_DAY,
    INF,
    LAST_DAY,
    Bound,
    Count,
    Days,
    best_days,
    inside,
    outside,
    shares,
    year_ends,
)

MAX_CLIQUES = 4096
MAX_NODES = 300
"""Beyond so many sets of distinct happenings, or so many of them, the least is of single batches: wider, still sound."""


@frozen
class Item:
    """A flow, and if it is a total, the tranches it covers (R6).

    ``elsewhere`` marks a happening of the same ledger that moves units of other accounts: its units are
    taken off the total that covers it, and count nothing here.
    """

    flow: Flow
    tranches: tuple[Item, ...]
    elsewhere: bool


@frozen
class Node:
    """An item or a tranche below one, and where it stands among the sets of distinct happenings (R5).

    ``outer`` items add to the greatest and the best; ``best`` places their best units, ``None`` for no single best.
    """

    item: Item
    outer: bool
    sets: tuple[int, ...]
    best: tuple[tuple[int, int], ...] | None


@frozen(eq=False)
class Flows:
    """The items of one ledger, key and direction, and all their nodes, in ``sets`` sets of distinct happenings."""

    items: tuple[Item, ...]
    nodes: tuple[Node, ...]
    sets: int

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@frozen
class Sum:
    """From ``day`` on: the least, greatest and best number of units (``None``: no single best)."""

    day: int
    least: int
    greatest: Bound
    best: int | None


def itemised(flows: Sequence[Flow], beside: Sequence[Flow] = ()) -> Flows:
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

    tops = [item for item in map(nest, below[None]) if any(not part.elsewhere for part in walk(item))]
    return _arranged(tuple(tops))


def _shortest(flow: Flow) -> tuple[int, str]:
    return flow.days.last - flow.days.first, flow.happening.id


def _arranged(items: tuple[Item, ...]) -> Flows:
    outer = {id(item) for item in items}
    walked = [part for item in items for part in walk(item)]
    sets = distinct_sets(walked, [id(part) in outer for part in walked])
    sets_of: list[list[int]] = [[] for _ in walked]
    for index, group in enumerate(sets):
        for node in group:
            sets_of[node].append(index)
    nodes = [
        Node(part, id(part) in outer, tuple(mine), None if best_of(part) is None else tuple(best_steps(part)))
        for part, mine in zip(walked, sets_of, strict=True)
    ]
    return Flows(items, tuple(nodes), len(sets))


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


# --- sums over the items of one direction ------------------------------------------------------------


def summed(flows: Flows, after: int = FIRST_DAY - 1, back: int | None = None, until: int = LAST_DAY) -> list[Sum]:
    """Add up items over (after, day] for every day to ``until`` on which that changes (R5, R11, R15).

    ``back`` (default ``after``) is where the view of the statement at ``after`` may have ended.
    """
    if not flows.nodes:
        return []
    early = after if back is None else back
    changes = [change for node in flows.nodes for change in _changes(node, after, early, until) if change.day <= until]
    if not changes:
        return []
    changes.sort(key=_DAY)
    running = _Running([0] * flows.sets, [0] * flows.sets)
    sums = []
    for day, group in groupby(changes, key=_DAY):
        for change in group:
            running.add(change)
        sums.append(running.read(day))
    return sums


class _Change(NamedTuple):
    """What one node adds on a day; ``unbounded``, ``unknown`` and ``active`` count happenings."""

    day: int
    sets: tuple[int, ...]
    least: int = 0
    greatest: int = 0
    unbounded: int = 0
    best: int = 0
    unknown: int = 0
    active: int = 0


_DAY = attrgetter("day")


def _changes(node: Node, after: int, back: int, until: int) -> Iterator[_Change]:
    item = node.item
    if not item.tranches:
        days, count = item.flow.days, item.flow.count
        if item.elsewhere or days.last <= back or days.first > until:
            return
        if days.shape is not Shape.SET:
            yield from _plain_changes(node, days, count, after)
            return
    yield from _item_changes(node, after, back)


def _plain_changes(node: Node, days: Days, count: Count, after: int) -> Iterator[_Change]:
    """Yield what a flow without members or tranches adds: its most at once, its least when all days are over."""
    start = max(days.first, after + 1)
    if node.outer and count.high > 0:
        unbounded = count.high == INF
        yield _Change(start, node.sets, greatest=0 if unbounded else int(count.high), unbounded=unbounded, active=1)
        yield from _best_changes(node, start, after)
    if days.first > after and count.low:
        yield _Change(days.last, node.sets, least=count.low)


def _item_changes(node: Node, after: int, back: int) -> Iterator[_Change]:
    least, greatest = 0, 0
    seen: Bound = 0
    for day in sorted({max(day, after + 1) for day in change_days(node.item)}):
        low, high = within(node.item, after, back, day)
        step = 0 if high == INF else int(high) - greatest
        if low != least or high != seen:
            grown = node.outer and high != seen
            yield _Change(
                day, node.sets, low - least, step if node.outer else 0, int(grown and high == INF),
                active=int(grown and seen == 0),
            )  # fmt: skip
        least, seen = low, high
        greatest += step
    if node.outer and seen:
        yield from _best_changes(node, max(min(change_days(node.item)), after + 1), after)


def _best_changes(node: Node, start: int, after: int) -> Iterator[_Change]:
    if node.best is None:
        yield _Change(start, node.sets, unknown=1)
        return
    for day, units in node.best:
        if day > after:
            yield _Change(day, node.sets, best=units)


@define
class _Running:
    """Sums as the days pass: per set of distinct happenings for the least, over all for the greatest."""

    least_of: list[int]
    active_of: list[int]
    least: int = 0
    greatest: int = 0
    unbounded: int = 0
    best: int = 0
    unknown: int = 0
    active: int = 0
    together: int = 0

    def add(self, change: _Change) -> None:
        if change.least or change.active:
            for index in change.sets:
                self.least_of[index] += change.least
                self.active_of[index] += change.active
                self.least = max(self.least, self.least_of[index])
                self.together = max(self.together, self.active_of[index])
        self.greatest += change.greatest
        self.unbounded += change.unbounded
        self.best += change.best
        self.unknown += change.unknown
        self.active += change.active

    def read(self, day: int) -> Sum:
        greatest: Bound = INF if self.unbounded else self.greatest
        if self.least == greatest:
            return Sum(day, self.least, greatest, self.least)
        best = self.best if self.together == self.active and not self.unknown else None
        return Sum(day, self.least, greatest, best)


def distinct_sets(nodes: Sequence[Item], outer: Sequence[bool]) -> list[frozenset[int]]:
    """Give the largest sets of pairwise distinct happenings (R5): batches, unless links join them.

    What was cancelled was never delivered, whatever the batches.
    """
    kinds = {node.flow.happening.kind is Kind.CANCELLED for node in nodes}
    told = len(kinds) > 1 or any(node.flow.happening.distinct or node.tranches for node in nodes)
    if not told or len(nodes) > MAX_NODES:
        return _batches(nodes, outer)
    families = [{part.flow.happening.id for part in walk(node)} for node in nodes]

    def distinct(a: int, b: int) -> bool:
        one, two = nodes[a].flow.happening, nodes[b].flow.happening
        if two.id in families[a] or one.id in families[b]:
            return False
        linked = two.id in one.distinct or one.id in two.distinct
        return bool(one.batches & two.batches) or linked or (one.kind is Kind.CANCELLED) != (two.kind is Kind.CANCELLED)

    near = {a: {b for b in range(len(nodes)) if a != b and distinct(a, b)} for a in range(len(nodes))}
    found: list[frozenset[int]] = []
    for clique in _cliques(set(), set(near), set(), near):
        found.append(frozenset(clique))
        if len(found) > MAX_CLIQUES:
            return _batches(nodes, outer)
    return found


def _batches(nodes: Sequence[Item], outer: Sequence[bool]) -> list[frozenset[int]]:
    """Group outermost items by batch: without links or totals each batch is a largest set of distinct happenings."""
    groups: dict[str, set[int]] = defaultdict(set)
    for index, node in enumerate(nodes):
        for batch in (node.flow.happening.batches or {f"alone {index}"}) if outer[index] else ():
            groups[batch].add(index)
    return [frozenset(group) for _, group in sorted(groups.items())]


def _cliques(chosen: set[int], open_: set[int], closed: set[int], near: dict[int, set[int]]) -> Iterator[set[int]]:
    """Enumerate maximal cliques (Bron and Kerbosch 1973, with a pivot)."""
    if not open_ and not closed:
        yield chosen
        return
    pivot = max(sorted(open_ | closed), key=lambda node: len(near[node] & open_))
    for node in sorted(open_ - near[pivot]):
        yield from _cliques(chosen | {node}, open_ & near[node], closed & near[node], near)
        open_ = open_ - {node}
        closed = closed | {node}


# --- step functions -------------------------------------------------------------------------------------


NOTHING = Sum(FIRST_DAY - 1, 0, 0, 0)


def at(sums: Sequence[Sum], day: int) -> Sum:
    """Read sums on a day; nothing before the first."""
    index = bisect_right(sums, day, key=_DAY)
    return sums[index - 1] if index else NOTHING
