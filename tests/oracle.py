"""The slow oracle: R1 to R20 applied literally, day by day, by enumerating worlds.

It shares no arithmetic with the library: sums are minima and maxima over enumerated placements of
units, readings are sets, and every day is worked out alone, from nothing. It reads claims that stand.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from attrs import frozen

from kztimeline.dates import Shape
from kztimeline.events import Link, Procurement, Role, Statement, Stored
from kztimeline.registry import Registry, Scope

INF = float("inf")
HELD = ("on-trial", "in-service", "in-store", "for-sale")


@frozen
class Reading:
    """What the oracle says of a day."""

    low: int
    best: int | None
    high: float
    open: bool
    conflict: bool


@frozen
class Unit:
    """A merged happening: shape, first and last day, members, counts, and where it stands."""

    id: str
    kind: str
    shape: Shape
    first: int
    last: int
    members: tuple[tuple[int, int], ...]
    low: int
    high: float
    best: int | None
    total: bool
    batches: frozenset[str]
    sources: frozenset[str]
    apart: frozenset[str]
    deal: str | None
    into: frozenset[str]
    out_of: frozenset[str]
    suppliers: frozenset[str]
    system: str
    shares: int
    operator: str | None


@frozen
class World:
    """A small log as the oracle sees it: claims, links, the registry."""

    claims: tuple[Stored, ...]
    links: tuple[Link, ...]
    registry: Registry


# --- R1, R8: readings ---------------------------------------------------------------------------------------


def closing(stored: Stored) -> int:
    days = []
    for citation in stored.event.citations:
        ends = [d.last for d in (citation.published, citation.data_day) if d is not None and d.last is not None]
        days.extend([min(ends)] if ends else [])
    return min(days)


def opening(world: World, holder: str, system: str) -> int | None:
    days = []
    known_holder, known_system = world.registry.holders.get(holder), world.registry.systems.get(system)
    if known_holder and known_holder.since and known_holder.since.first:
        days.append(known_holder.since.first)
    if known_system and known_system.first and known_system.first.first:
        days.append(known_system.first.first)
    return max(days) if days else None


def merged(world: World, group: Sequence[Stored]) -> list[Unit]:
    """Merge the claims of one happening, attribute by attribute; one unit for each system named."""
    claims: list[Procurement] = [s.event for s in group]  # type: ignore[misc]
    start = min((d for s in claims[0].systems if (d := opening(world, claims[0].holder, s)) is not None), default=1)
    end = min(closing(s) for s in group)
    dates = []
    for claim in claims:
        first = claim.occurred.first if claim.occurred.first is not None else start
        last = min(claim.occurred.last if claim.occurred.last is not None else 10**7, end)
        last = max(last, first)
        members = [(max(a or first, first), min(b or last, last)) for a, b in claim.occurred.members]
        members = [m for m in members if m[0] <= m[1]] if claim.occurred.shape is Shape.SET else []
        shape = claim.occurred.shape if len(members) > 1 or claim.occurred.shape is not Shape.SET else Shape.DAY
        dates.append((shape, first, last, tuple(members) if shape is Shape.SET else ()))
    shape, first, last, members = one_date(dates)
    low, high, best = one_count([count_words(claim) for claim in claims])
    if shape is Shape.SET and high < len(members):
        shape, members = Shape.INTERVAL, ()
    if shape is Shape.SET:
        low = max(low, len(members))
    systems = min((frozenset(c.systems) for c in claims), key=len)
    shares = len(systems)
    apart: set[str] = set()
    ids = {s.id for s in group}
    for link in world.links:
        if link.relation == "distinct" and ids & set(link.claims):
            apart |= set(link.claims) - ids
    return [
        Unit(
            id=min(ids), kind=str(claims[0].kind), shape=shape, first=first, last=last, members=members, low=low, high=high,
            best=best, total=all(c.role is Role.TOTAL for c in claims),
            batches=frozenset(c.batch for c in claims if c.batch),
            sources=frozenset(x.source for c in claims for x in c.citations), apart=frozenset(apart),
            deal=next((c.deal for c in claims if c.deal), None), into=frozenset(str(c.into) for c in claims if c.into),
            out_of=frozenset(str(c.out_of) for c in claims if c.out_of),
            suppliers=frozenset(x for c in claims for x in c.suppliers), system=system, shares=shares,
            operator=next((c.operator for c in claims if c.operator), None),
        )
        for system in sorted(systems)
    ]  # fmt: skip


def count_words(claim: Procurement) -> tuple[int, float, int | None]:
    quantity = claim.quantity
    if quantity is None or quantity.text == "unknown":
        return 1, INF, None
    return quantity.low, INF if quantity.high is None else quantity.high, quantity.best


def one_count(words: Sequence[tuple[int, float, int | None]]) -> tuple[int, float, int | None]:
    """Readings as sets of numbers up to a cap that no test reaches."""
    cap = 60
    sets = [frozenset(range(low, int(min(high, cap)) + 1)) for low, high, _ in words]
    left = [i for i, one in enumerate(sets) if not any(other < one for other in sets)]
    common = frozenset.intersection(*(sets[i] for i in left))
    values = common or frozenset(range(min(min(sets[i]) for i in left), max(max(sets[i]) for i in left) + 1))
    low, high = min(values), max(values)
    if low == high:
        return low, low, low
    bests = {words[i][2] for i in left} - {None}
    best = bests.pop() if len(bests) == 1 else None
    return low, INF if high == cap else high, best if best in values else None


def one_date(
    words: list[tuple[Shape, int, int, tuple[tuple[int, int], ...]]],
) -> tuple[Shape, int, int, tuple[tuple[int, int], ...]]:
    left = [w for w in words if not any((o[1], o[2]) != (w[1], w[2]) and o[1] >= w[1] and o[2] <= w[2] for o in words)]
    first, last = max(w[1] for w in left), min(w[2] for w in left)
    sets = [w for w in words if w[0] is Shape.SET]
    if first > last:
        return Shape.INTERVAL, min(w[1] for w in left), max(w[2] for w in left), ()
    if not sets:
        return (Shape.DAY if any(w[0] is Shape.DAY for w in left) else Shape.INTERVAL), first, last, ()
    members: list[tuple[int, int]] = list(sets[0][3])
    agree = all(len(s[3]) == len(members) for s in sets)
    for other in sets[1:] if agree else []:
        members = [(max(a, c), min(b, d)) for (a, b), (c, d) in zip(members, other[3], strict=True)]
    members = [(max(a, first), min(b, last)) for a, b in members]
    if not agree or any(a > b for a, b in members):
        several = [*left, *sets]
        return Shape.INTERVAL, min(w[1] for w in several), max(w[2] for w in several), ()
    return Shape.SET, first, last, tuple(members)


def units(world: World) -> list[Unit]:
    """Join claims that are linked as the same, kind by kind, and merge each group."""
    claims = [
        s for s in world.claims if isinstance(s.event, Procurement) and s.event.kind not in ("planned", "trialled")
    ]
    groups = [{s.id} for s in claims]
    by_id = {s.id: s for s in claims}
    for link in world.links:
        if link.relation == "same":
            for kind in {by_id[c].event.kind for c in link.claims if c in by_id}:
                same = {c for c in link.claims if c in by_id and by_id[c].event.kind == kind}
                hit = [g for g in groups if g & same]
                groups = [g for g in groups if not g & same] + ([set().union(*hit)] if hit else [])
    found = [u for g in groups for u in merged(world, [by_id[i] for i in sorted(g)])]
    home = {claim: min(g) for g in groups for claim in g}
    return [_with_partners(u, found, home) for u in found]


def _with_partners(unit: Unit, every: Sequence[Unit], home: dict[str, str]) -> Unit:
    from attrs import evolve

    apart = frozenset(home[c] for c in unit.apart if c in home) - {unit.id}
    sources = unit.sources.union(*(other.sources for other in every if other.id in apart))
    return evolve(unit, apart=apart, sources=sources)


# --- R18: what a happening does -----------------------------------------------------------------------------


def effects(unit: Unit, trials: set[str]) -> Iterator[tuple[str, int, bool]]:
    """Yield (account, +1 or -1, sure) for one unit of a happening."""
    gone = {"retired", "lost", "exported", "donated"}
    if unit.kind == "ordered":
        yield "on-order", 1, True
    elif unit.kind == "cancelled":
        yield "on-order", -1, True
    elif unit.kind == "delivered" or (unit.kind == "produced" and unit.operator and unit.high < INF):
        if unit.deal:
            yield "on-order", -1, True
        into = {"on-trial"} if unit.deal in trials else unit.into or {"in-service"}
        for account in into:
            yield account, 1, len(into) == 1
        yield "held", 1, True
    elif unit.kind in ("introduced", "stored", "returned"):
        a, b = {
            "introduced": ("on-trial", "in-service"),
            "stored": ("in-service", "in-store"),
            "returned": ("in-store", "in-service"),
        }[unit.kind]
        yield a, -1, True
        yield b, 1, True
    elif unit.kind in gone:
        yield "held", -1, True
        for account in unit.out_of or ("in-service", "in-store", "for-sale"):
            yield account, -1, len(unit.out_of) == 1


@frozen
class Part:
    """One happening's units on one key: least and most of them, the happening itself."""

    unit: Unit
    low: int
    high: float
    best: int | None


def parts(world: World, system: str, account: str, source: str) -> tuple[list[Part], list[Part]]:
    every = units(world)
    trials = {u.deal for u in every if u.kind == "introduced" and u.deal}
    gains: list[Part] = []
    losses: list[Part] = []
    for unit in every:
        if unit.system != system or source not in unit.sources:
            continue
        low, high, best = unit.low, unit.high, unit.best
        if unit.shares > 1:
            low, high, best = min(1, int(min(high, 1))), max(high - unit.shares + 1, min(high, 1)), None
        for name, sign, sure in effects(unit, trials):
            if name == account:
                alone = unit if (sure and unit.shares == 1) or unit.shape is not Shape.SET else _spread(unit)
                part = Part(alone, low if sure else 0, high, best if sure else None)
                (gains if sign > 0 else losses).append(part)
    return gains, losses


# --- worlds: placements of units ------------------------------------------------------------------------------


Slot = tuple[int, bool]


def slots(part: Part, after: int, until: int) -> list[Slot]:
    """Where one unit can lie: which member of a set, and whether inside the window (after, until]."""
    stretches = part.unit.members if part.unit.shape is Shape.SET else ((part.unit.first, part.unit.last),)
    found = []
    for index, (start, end) in enumerate(stretches):
        if max(start, after + 1) <= min(end, until):
            found.append((index, True))
        if start <= after or end > until:
            found.append((index, False))
    return found


@cache
def placements(part: Part, after: int, until: int, cap: int) -> frozenset[tuple[int, int]]:
    """Every (inside, outside) that some number of units, placed on some days, can give."""
    found = set()
    where = slots(part, after, until)
    for number in range(part.low, int(min(part.high, max(part.low, cap))) + 1):
        for chosen in itertools.combinations_with_replacement(where, number):
            members = {index for index, _ in chosen}
            if part.unit.shape is Shape.SET and members != set(range(len(part.unit.members))):
                continue
            if part.unit.shape is Shape.DAY and len(set(chosen)) > 1:
                continue
            inside = sum(1 for _, within in chosen if within)
            found.add((inside, number - inside))
    return frozenset(found)


def tree(several: Sequence[Part]) -> dict[str | None, list[Part]]:
    """Put each part under the shortest total that covers it (R6)."""
    totals = sorted((p for p in several if p.unit.total), key=lambda p: (p.unit.last - p.unit.first, p.unit.id))
    owner: dict[str, str | None] = {}

    def above(name: str | None) -> set[str]:
        seen: set[str] = set()
        while name is not None and name not in seen:
            seen.add(name)
            name = owner.get(name)
        return seen

    for part in several:
        owner[part.unit.id] = None
    for part in several:
        for total in totals:
            if covers(total.unit, part.unit) and part.unit.id not in above(total.unit.id):
                owner[part.unit.id] = total.unit.id
                break
    result: dict[str | None, list[Part]] = {None: []}
    for part in several:
        result.setdefault(owner[part.unit.id], []).append(part)
    return result


def covers(total: Unit, part: Unit) -> bool:
    if total.id == part.id or total.kind != part.kind:
        return False
    if total.suppliers and not part.suppliers <= total.suppliers:
        return False
    inside = total.first <= part.first and part.last <= total.last
    return inside and not (part.total and (total.first, total.last) == (part.first, part.last))


def totals(part: Part, below: dict[str | None, list[Part]], after: int, until: int, cap: int) -> set[tuple[int, int]]:
    """Every (inside, outside) of a part with its tranches and, for a total, its remainder."""
    tranches = below.get(part.unit.id, [])
    if not tranches:
        return set(placements(part, after, until, cap))
    sums = {(0, 0)}
    for tranche in tranches:
        choices = totals(tranche, below, after, until, cap)
        sums = {(a + c, b + d) for a, b in sums for c, d in choices}
    found = set()
    where = [within for _, within in slots(Part(_spread(part.unit), part.low, part.high, None), after, until)]
    for inside, outside in sums:
        for number in range(part.low, int(min(part.high, max(part.low, cap))) + 1):
            rest = max(0, number - inside - outside)
            for more in range(rest + 1):
                if (more == 0 or True in where) and (more == rest or False in where):
                    found.add((inside + more, outside + rest - more))
    return found


def _spread(unit: Unit) -> Unit:
    from attrs import evolve

    return evolve(unit, shape=Shape.INTERVAL, members=())


def distinct(a: Part, b: Part) -> bool:
    return bool(a.unit.batches & b.unit.batches) or b.unit.id in a.unit.apart or a.unit.id in b.unit.apart


def summed(several: Sequence[Part], after: int, back: int, until: int) -> tuple[int, float]:
    """Least and greatest number of units in (after, until]; those that may lie after ``back`` count as greatest."""
    if not several or until <= after:
        return 0, 0
    below = tree(several)
    cap = max(p.low for p in several) + max((int(p.high) for p in several if p.high < INF), default=0) + 2
    nodes = [(part, below) for part in several]
    least = {p.unit.id: min(i for i, _ in totals(p, below, after, until, cap)) for p, _ in nodes}
    inside_of = {p.unit.id: _family(p, below) for p in several}
    low = 0
    for size in range(1, len(several) + 1):
        for chosen in itertools.combinations(several, size):
            pairs = itertools.combinations(chosen, 2)
            if all(
                distinct(a, b) and b.unit.id not in inside_of[a.unit.id] and a.unit.id not in inside_of[b.unit.id]
                for a, b in pairs
            ):
                low = max(low, sum(least[p.unit.id] for p in chosen))
    high: float = 0
    for part in below[None]:
        worlds = totals(part, below, min(back, after), until, cap)
        top: float = max(i for i, _ in worlds)
        if top and any(
            p.high == INF and any(w for _, w in slots(p, min(back, after), until)) for p in _members(part, below)
        ):
            top = INF
        high += top
    return low, high


def _members(part: Part, below: dict[str | None, list[Part]]) -> list[Part]:
    return [part, *(m for tranche in below.get(part.unit.id, []) for m in _members(tranche, below))]


def _family(part: Part, below: dict[str | None, list[Part]]) -> set[str]:
    return {p.unit.id for p in _members(part, below)}


# --- statements (R3, R10, R16, R19) ---------------------------------------------------------------------------


@frozen
class Stated:
    """One source's level of one key on one cutoff."""

    first: int
    last: int
    low: int
    high: float
    best: int | None
    closed: bool
    conflict: bool
    silent: bool


def stated(world: World, holder: str, system: str, account: str, source: str) -> list[Stated]:
    rows = [
        s
        for s in world.claims
        if isinstance(s.event, Statement)
        and s.event.role is not Role.TOTAL
        and any(c.source == source for c in s.event.citations)
    ]
    cutoffs = sorted({(s.event.cutoff.last, s.event.cutoff.first) for s in rows})  # type: ignore[union-attr]
    found = []
    for last, first in cutoffs:
        edition = [s for s in rows if (s.event.cutoff.last, s.event.cutoff.first) == (last, first)]  # type: ignore[union-attr]
        level = _stated_on(world, edition, system, account, first, last)
        closed = any(_closes(scope, source, holder, system, account, first, last) for scope in world.registry.scopes)
        if level is None:
            own = [s for s in edition if system in s.event.systems]  # type: ignore[union-attr]
            named = any(s.event.account is None for s in own)  # type: ignore[union-attr]
            if closed and not named:
                found.append(Stated(first, last, 0, 0, 0, True, False, True))
            continue
        found.append(Stated(first, last, *level[:3], closed, level[3], False))
    return found


def _closes(scope: Scope, source: str, holder: str, system: str, account: str, first: int, last: int) -> bool:
    period = (scope.period.first or 1, scope.period.last or 10**7)
    return (
        scope.of == "levels"
        and (scope.source, scope.holder) == (source, holder)
        and account not in ("on-order", "on-trial")
        and period[0] <= first
        and last <= period[1]
        and (not scope.systems or system in scope.systems)
        and scope.operator is None
    )


def _stated_on(
    world: World, edition: Sequence[Stored], system: str, account: str, first: int, last: int
) -> tuple[int, float, int | None, bool] | None:
    own = [s for s in edition if system in s.event.systems]  # type: ignore[union-attr]
    groups = [{s.id} for s in own]
    by_id = {s.id: s for s in own}
    for a, b in itertools.combinations(own, 2):
        x, y = a.event, b.event
        linked = any(link.relation == "same" and {a.id, b.id} <= set(link.claims) for link in world.links)
        if linked or (x.operator, x.category, x.account) == (y.operator, y.category, y.account):  # type: ignore[union-attr]
            hit = [g for g in groups if g & {a.id, b.id}]
            groups = [g for g in groups if not g & {a.id, b.id}] + [set().union(*hit)]
    pieces = [p for g in groups if (p := _piece(world, [by_id[i] for i in sorted(g)], system, account, first, last))]
    if not pieces:
        return None
    bests = [p[2] for p in pieces]
    best = None if None in bests else sum(b for b in bests if b is not None)
    return sum(p[0] for p in pieces), sum(p[1] for p in pieces), best, any(p[3] for p in pieces)


def _piece(
    world: World, rows: Sequence[Stored], system: str, account: str, first: int, last: int
) -> tuple[int, float, int | None, bool] | None:
    words = []
    for stored in rows:
        event: Statement = stored.event  # type: ignore[assignment]
        low, high, best = (
            event.quantity.low,
            INF if event.quantity.high is None else event.quantity.high,
            event.quantity.best,
        )
        k = len(event.systems)
        words.append(
            (low, high, best) if k == 1 else (min(1, int(min(high, 1))), max(high - k + 1, min(high, 1)), None)
        )
    low, high, best = one_count(words)
    sets = [frozenset(range(w[0], int(min(w[1], 60)) + 1)) for w in words]
    left = [s for s in sets if not any(o < s for o in sets)]
    conflict = not frozenset.intersection(*left)
    accounts = {None if s.event.account is None else str(s.event.account) for s in rows}  # type: ignore[union-attr]
    if account == "held":
        return None if accounts == {"on-order"} else (low, high, best, conflict or len(accounts) > 1)
    if len(accounts) > 1:
        named = account in accounts or None in accounts or (account == "in-service" and "active" in accounts)
        return (0, high, None, True) if named else None
    only = accounts.pop()
    if only == account:
        return low, high, best, conflict
    if account == "in-service" and only == "active":
        trial = [
            answer(world, "KAZ", system, "on-trial", day)
            for day in range(first, last + 1)
            if day in (first, last) or day in points(world)
        ]
        lows, highs = [t.low if t else 0 for t in trial], [t.high if t else 0 for t in trial]
        low2 = 0 if max(highs) == INF else max(0, low - int(max(highs)))
        return low2, max(high - min(lows), 0), None, conflict
    if account == "in-service" and only is None:
        return (0, high, None, conflict) if _elsewhere(world, system, last) else (low, high, best, conflict)
    return None


def _elsewhere(world: World, system: str, day: int) -> bool:
    for stored in world.claims:
        if (
            (
                isinstance(stored.event, Statement)
                and system in stored.event.systems
                and stored.event.role is not Role.TOTAL
            )
            and stored.event.account in ("on-trial", "in-store", "for-sale")
            and (stored.event.cutoff.first or 1) <= day
        ):
            return True
    for unit in units(world):
        if unit.system == system and unit.first <= day:
            if unit.kind in ("delivered", "produced") and unit.into - {"in-service"}:
                return True
            if unit.kind == "stored":
                return True
    return False


def points(world: World) -> set[int]:
    """Every day on which anything can change."""
    days: set[int] = set()
    for unit in units(world):
        days |= {unit.first, unit.last} | {d for m in unit.members for d in m}
    for stored in world.claims:
        if isinstance(stored.event, Statement):
            days |= {stored.event.cutoff.first or 1, stored.event.cutoff.last or 1}
    return {d + k for d in days for k in (-1, 0, 1)}


# --- one ledger on one day (R11, R13, R15) --------------------------------------------------------------------


def lag_of(world: World, source: str) -> int:
    entry = world.registry.sources.get(source)
    return entry.lag if entry else 0


def alone(world: World, holder: str, system: str, account: str, source: str, day: int) -> Reading | None:
    """What one ledger says of a day, clipped at 0."""
    start = opening(world, holder, system)
    if start is not None and day < start:
        return None
    gains, losses = parts(world, system, account, source)
    anchors = stated(world, holder, system, account, source)
    past = [a for a in anchors if a.last <= day]
    pending = [a for a in anchors if a.first <= day < a.last]
    flows = any(p.unit.first <= day for p in (*gains, *losses))
    if past:
        anchor = past[-1]
        back = anchor.first - lag_of(world, source)
        low, high = window(gains, losses, anchor.low, anchor.high, anchor.last, back, day)
        levels = [(low, high, anchor.conflict)]
    elif not anchors:
        if not flows:
            return None
        levels = [(*window(gains, losses, 0, 0, 0, 0, day), False)]
    elif silent(world, holder, system, account, anchors[0]):
        if not flows and not pending:
            return None
        levels = [(*window(gains, losses, 0, 0, 0, 0, day), False)] if flows else [(0, 0, False)]
    else:
        low, _ = window(gains, losses, 0, 0, 0, 0, day)
        levels = [(low, INF, False)]
    levels += [(a.low, a.high, a.conflict) for a in pending]
    low, high = min(x[0] for x in levels), max(x[1] for x in levels)
    return Reading(int(max(low, 0)) if low > -INF else 0, None, max(high, 0), True, any(x[2] for x in levels))


def silent(world: World, holder: str, system: str, account: str, first: Stated) -> bool:
    if first.silent:
        return True
    reach: float = 0
    for source in {s for u in units(world) for s in u.sources}:
        gains, _ = parts(world, system, account, source)
        reach = max(reach, summed(gains, 0, 0, first.last)[1])
        if account not in ("on-order", "on-trial"):
            made = [
                u
                for u in units(world)
                if u.system == system
                and source in u.sources
                and u.kind in ("delivered", "produced")
                and u.first <= first.last
            ]
            reach = max(reach, sum(u.high for u in made))
    return reach >= max(first.low, 1)


def window(
    gains: Sequence[Part], losses: Sequence[Part], low: int, high: float, after: int, back: int, day: int
) -> tuple[float, float]:
    came, went = summed(gains, after, back, day), summed(losses, after, back, day)
    return low + came[0] - went[1], high + came[1] - went[0]


# --- all ledgers on one day (R2) ------------------------------------------------------------------------------


def sources(world: World) -> list[str]:
    return sorted({c.source for s in world.claims for c in s.event.citations})


def answer(world: World, holder: str, system: str, account: str, day: int) -> Reading | None:
    """What all ledgers together say of a day; ``None`` is no evidence."""
    heard = {s: r for s in sources(world) if (r := alone(world, holder, system, account, s, day)) is not None}
    if not heard:
        return None
    anchors = {s: stated(world, holder, system, account, s) for s in sources(world)}
    closing_days = sorted({a.last for several in anchors.values() for a in several if a.closed and a.last <= day})
    closing_days = [d for d in closing_days if (o := opening(world, holder, system)) is None or d >= o]
    if closing_days and closing_days[-1] == day:
        return _closed(heard, anchors, day)
    if closing_days:
        return _after(world, holder, system, account, heard, anchors, closing_days[-1], day)
    low = max(
        heard[s].low - _unseen(world, system, account, s, [a.last for a in anchors[s] if a.last <= day], day)
        for s in heard
    )
    claimed = [r.high for r in heard.values() if r.high < INF]
    high = max(claimed) if claimed else INF
    low = max(low, 0)
    return Reading(int(low), None, high if high >= low else INF, True, any(r.conflict for r in heard.values()))


def _closed(heard: dict[str, Reading], anchors: dict[str, list[Stated]], day: int) -> Reading:
    lists = [s for s in heard if any(a.closed and a.last == day for a in anchors[s])]
    low, high = max(heard[s].low for s in lists), min(heard[s].high for s in lists)
    conflict = any(heard[s].conflict for s in lists)
    if low > high:
        low, high, conflict = min(heard[s].low for s in lists), max(heard[s].high for s in lists), True
    ceiling = high
    for source in heard:
        if source in lists:
            continue
        if heard[source].low > high and any(a.last == day for a in anchors[source]):
            high, conflict = heard[source].low, True
        else:
            low = max(low, int(min(heard[source].low, ceiling)))
    return Reading(low, None, high, False, conflict)


def _after(
    world: World,
    holder: str,
    system: str,
    account: str,
    heard: dict[str, Reading],
    anchors: dict[str, list[Stated]],
    base: int,
    day: int,
) -> Reading:
    then = answer(world, holder, system, account, base)
    assert then is not None
    lists = [s for s in heard if any(a.closed and a.last == base for a in anchors[s])]
    own = max((summed(parts(world, system, account, s)[1], base, base, day)[1] for s in lists), default=0)
    others = max(
        (summed(parts(world, system, account, s)[1], base, base, day)[1] for s in sources(world) if s not in lists),
        default=0,
    )
    old = {s: alone(world, holder, system, account, s, base) for s in lists}
    was, now = _meet([r for r in old.values() if r]), _meet([heard[s] for s in lists])
    low: float = then.low + now[0] - was[0] - (max(others - own, 0) if own < INF else 0)
    high = INF if INF in (then.high, now[1]) else then.high + now[1] - was[1]
    conflict = then.conflict or any(heard[s].conflict for s in lists)
    for source in heard:
        if source in lists or not _word_between(world, system, account, source, anchors[source], base, day):
            continue
        conflict = conflict or heard[source].conflict
        past = [a.last for a in anchors[source] if a.last <= day]
        low = max(low, heard[source].low - _unseen(world, system, account, source, past, day))
        if heard[source].high < INF:
            high = max(high, heard[source].high)
    return Reading(int(max(low, 0)) if low > -INF else 0, None, high if high >= low else INF, True, conflict)


def _meet(several: Sequence[Reading]) -> tuple[int, float]:
    low, high = max(r.low for r in several), min(r.high for r in several)
    return (low, high) if low <= high else (min(r.low for r in several), max(r.high for r in several))


def _word_between(
    world: World, system: str, account: str, source: str, anchors: Iterable[Stated], base: int, day: int
) -> bool:
    gains, losses = parts(world, system, account, source)
    flow = any(p.unit.last > base and p.unit.first <= day for p in (*gains, *losses))
    return flow or any(a.last > base and a.first <= day for a in anchors)


def _unseen(world: World, system: str, account: str, source: str, past: Sequence[int], day: int) -> float:
    """Losses that another ledger tells of after this one's anchor, beyond its own ("R2 as completed")."""
    after = max(past, default=0)
    own = summed(parts(world, system, account, source)[1], after, after, day)[1]
    most = max(
        (summed(parts(world, system, account, s)[1], after, after, day)[1] for s in sources(world) if s != source),
        default=0,
    )
    return max(most - own, 0) if own < INF else 0
