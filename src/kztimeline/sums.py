"""Running sums of one ledger's flows: batches, windows, least and greatest as the days pass (R5, R11, R15)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, groupby
from operator import attrgetter
from typing import NamedTuple

from attrs import define, frozen

from kztimeline.dates import Shape
from kztimeline.deals import Flow
from kztimeline.events import Kind
from kztimeline.readings import FIRST_DAY, INF, LAST_DAY, Bound, Count, Days
from kztimeline.tranches import Item, best_of, best_steps, change_days, nested, walk, within

MAX_CLIQUES = 4096
MAX_NODES = 300
"""Beyond so many sets of distinct happenings, or so many of them, the least is of single batches: wider, still sound."""


@frozen
class Node:
    """An item or a tranche below one, and where it stands among the sets of distinct happenings (R5).

    ``outer`` items add to the greatest and the best; ``best`` places their best units, ``None`` for no single best.
    """

    item: Item
    outer: bool
    sets: tuple[int, ...]
    best: tuple[tuple[int, int], ...] | None


@frozen(eq=False, slots=False)
class Flows:
    """The items of one ledger, key and direction, and all their nodes, in ``sets`` sets of distinct happenings."""

    items: tuple[Item, ...]
    nodes: tuple[Node, ...]
    sets: int

    def during(self, after: int, until: int) -> list[Node]:
        """Give, in their order, the nodes whose days may lie in (after, until], and all that have tranches."""
        places, firsts, reach = self._by_day
        start, end = bisect_right(reach, after), bisect_right(firsts, until)
        return [self.nodes[place] for place in sorted(places[start:end])]

    @cached_property
    def _by_day(self) -> tuple[list[int], list[int], list[int]]:
        """The places of the nodes by their first days, those days, and the latest last day of each and those before it."""
        spans = sorted((*_span(node), place) for place, node in enumerate(self.nodes))
        return [place for *_, place in spans], [first for first, *_ in spans], [*accumulate((s[1] for s in spans), max)]

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
    """Nest the flows of one ledger, key and direction under their totals, and find their sets of distinct happenings.

    ``beside`` are flows of the same kinds that touch other accounts only.
    """
    return _arranged(nested(flows, beside))


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


# --- sums over the items of one direction ------------------------------------------------------------


def summed(flows: Flows, after: int = FIRST_DAY - 1, back: int | None = None, until: int = LAST_DAY) -> list[Sum]:
    """Add up items over (after, day] for every day to ``until`` on which that changes (R5, R11, R15).

    ``back`` (default ``after``) is where the view of the statement at ``after`` may have ended.
    """
    if not flows.nodes:
        return []
    early = after if back is None else back
    nodes = flows.during(early, until)
    changes = [change for node in nodes for change in _changes(node, after, early) if change.day <= until]
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


def _span(node: Node) -> tuple[int, int]:
    """Give the first and last day that a node may add anything on."""
    days = node.item.flow.days
    return (FIRST_DAY, LAST_DAY) if node.item.tranches else (days.first, days.last)


def _changes(node: Node, after: int, back: int) -> Iterator[_Change]:
    item = node.item
    if not item.tranches:
        days, count = item.flow.days, item.flow.count
        if item.elsewhere or days.last <= back:
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
