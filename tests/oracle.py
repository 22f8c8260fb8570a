"""The slow oracle: R1 to R20 applied literally, day by day, by enumerating worlds.

It shares no arithmetic with the library: sums are minima and maxima over enumerated placements of
units, readings are sets, and every day is worked out alone, from nothing. It reads claims that stand.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from attrs import evolve, frozen

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
    names: frozenset[str]
    parts: frozenset[str]
    batches: frozenset[tuple[str, str]]
    sources: frozenset[str]
    apart: frozenset[str]
    deal: str | None
    into: frozenset[str]
    out_of: frozenset[str]
    suppliers: frozenset[str]
    system: str
    shares: int
    operators: frozenset[str]
    to_operator: str | None
    to_system: str | None
    rival: bool
    candidates: bool


@frozen(eq=False)
class World:
    """A small log as the oracle sees it: claims, links, the registry, the branch asked for."""

    claims: tuple[Stored, ...]
    links: tuple[Link, ...]
    registry: Registry
    operator: str | None


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
    dates = []
    for stored, claim in zip(group, claims, strict=True):
        end = closing(stored)
        first = claim.occurred.first if claim.occurred.first is not None else start
        last = claim.occurred.last if claim.occurred.last is not None else 3652059
        last = min(last, end) if first <= end else last
        members = [(max(a or first, first), min(b or last, last)) for a, b in claim.occurred.members]
        shape = claim.occurred.shape
        if shape is Shape.SET and any(a > b for a, b in members):
            shape = Shape.INTERVAL
        shape = Shape.DAY if shape is Shape.SET and len(members) < 2 else shape
        dates.append((shape, first, last, tuple(members) if shape is Shape.SET else ()))
    shape, first, last, members = one_date(dates)
    rival = _exclude(dates, [count_words(claim) for claim in claims]) or any(
        len({getattr(c, name) for c in claims} - {None}) > 1
        for name in ("operator", "to_operator", "to_system", "into", "out_of", "deal")
    )
    low, high, best = one_count([count_words(claim) for claim in claims])
    if shape is Shape.SET and high < len(members):
        shape, members = Shape.INTERVAL, ()
    if shape is Shape.SET:
        low = max(low, len(members))
    systems, candidates = one_system([frozenset(c.systems) for c in claims])
    shares = 1 if candidates else len(systems)
    apart: set[str] = set()
    ids = {s.id for s in group}
    for link in world.links:
        if link.relation == "distinct" and ids & set(link.claims):
            apart |= set(link.claims) - ids
    return [
        Unit(
            id=min(ids), kind=str(claims[0].kind), shape=shape, first=first, last=last, members=members, low=low, high=high,
            best=best, total=all(c.role is Role.TOTAL for c in claims), names=frozenset(i for c in claims for i in c.covers),
            parts=frozenset(), batches=frozenset((x.source, c.batch) for c in claims if c.batch for x in c.citations),
            sources=frozenset(x.source for c in claims for x in c.citations), apart=frozenset(apart),
            deal=next((c.deal for c in claims if c.deal), None), into=frozenset(str(c.into) for c in claims if c.into),
            out_of=frozenset(str(c.out_of) for c in claims if c.out_of),
            suppliers=frozenset(x for c in claims for x in c.suppliers), system=system, shares=shares,
            operators=frozenset(c.operator for c in claims if c.operator),
            to_operator=next((c.to_operator for c in claims if c.to_operator), None),
            to_system=next((c.to_system for c in claims if c.to_system), None),
            rival=rival or candidates, candidates=candidates,
        )
        for system in sorted(systems)
    ]  # fmt: skip


def _exclude(
    dates: list[tuple[Shape, int, int, tuple[tuple[int, int], ...]]], counts: Sequence[tuple[int, float, int | None]]
) -> bool:
    """Whether the words that none of the others sharpens have no day, or no number, in common."""
    days = [d for d in dates if not any((o[1], o[2]) != (d[1], d[2]) and o[1] >= d[1] and o[2] <= d[2] for o in dates)]
    numbers = [c for c in counts if not any(o[:2] != c[:2] and o[0] >= c[0] and o[1] <= c[1] for o in counts)]
    apart = max(d[1] for d in days) > min(d[2] for d in days) or max(c[0] for c in numbers) > min(c[1] for c in numbers)
    sets = any(d[0] is Shape.SET for d in dates)
    return apart or (sets and one_date(dates)[0] is not Shape.SET)


def one_system(words: Sequence[frozenset[str]]) -> tuple[frozenset[str], bool]:
    """The systems that the words which none of the others sharpens have in common; else any of theirs is possible (R1)."""
    left = [one for one in words if not any(other < one for other in words)]
    common = frozenset.intersection(*left)
    return (common, False) if common else (frozenset.union(*left), True)


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


@lru_cache(maxsize=8192)
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
    return [_with_partners(world, u, found, home) for u in found]


def _with_partners(world: World, unit: Unit, every: Sequence[Unit], home: dict[str, str]) -> Unit:
    apart = frozenset(home[c] for c in unit.apart if c in home) - {unit.id}
    sources = unit.sources.union(*(other.sources for other in every if other.id in apart))
    parts = {
        home[link.claims[0]]
        for link in world.links
        if link.relation == "part-of" and all(c in home for c in link.claims) and home[link.claims[1]] == unit.id
    }
    return evolve(unit, apart=apart, sources=sources, parts=frozenset(parts) - {unit.id})


# --- R18: what a happening does -----------------------------------------------------------------------------


GONE = ("retired", "lost", "exported", "donated")
CAME = ("delivered", "produced")


def effects(world: World, unit: Unit, every: Sequence[Unit]) -> Iterator[tuple[str, int, bool]]:
    """Yield (account, +1 or -1, sure) for one unit of a happening."""
    if unit.kind == "ordered":
        yield "on-order", 1, True
    elif unit.kind == "cancelled":
        yield "on-order", -1, True
    elif unit.kind == "delivered" or (unit.kind == "produced" and unit.operators and (unit.low, unit.high) != (1, INF)):
        if unit.deal:
            yield "on-order", -1, True
        into = {"on-trial"} if _on_trial(unit, every) else unit.into or {"in-service"}
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
    elif unit.kind == "offered-for-sale":
        for account in unit.out_of or ("in-service", "in-store"):
            yield account, -1, len(unit.out_of) == 1
        yield "for-sale", 1, True
    elif unit.kind in GONE:
        yield "held", -1, True
        for account in unit.out_of or ("in-service", "in-store", "for-sale"):
            yield account, -1, len(unit.out_of) == 1


def _on_trial(unit: Unit, every: Sequence[Unit]) -> bool:
    """A deal's units of a system are on trial if an introduction of them may still come when they do."""
    return any(
        other.kind == "introduced"
        and other.deal == unit.deal
        and other.system == unit.system
        and unit.first <= other.last
        for other in every
        if unit.deal
    )


@frozen
class Part:
    """One happening's units on one key.

    ``here`` is yes where all of them move this account, maybe where each may be another's, no where none does.
    """

    unit: Unit
    low: int
    high: float
    here: str


@lru_cache(maxsize=8192)
def parts(world: World, system: str, account: str, source: str) -> tuple[list[Part], list[Part]]:
    """The parts that come into and leave an account in one ledger, those of its totals elsewhere among them."""
    resized = changed_deals(world, source, system) if account == "on-order" else {}
    every = units(world)
    gains: list[Part] = []
    losses: list[Part] = []
    for unit in every:
        if unit.system != system or source not in unit.sources:
            continue
        concerned, certain = concerns(world, unit, every, world.operator)
        certain = certain and not unit.candidates
        if not concerned or (unit.kind == "ordered" and unit.deal in resized):
            continue
        low, high = share(unit)
        touched = set()
        for name, sign, sure in effects(world, unit, every):
            if name == account:
                alone = (
                    unit if (sure and certain and unit.shares == 1) or unit.shape is not Shape.SET else _spread(unit)
                )
                part = Part(alone, low, high, "yes" if sure and certain else "maybe")
                (gains if sign > 0 else losses).append(part)
                touched.add(sign)
        if account not in ("held", "on-order"):
            if unit.kind in CAME and 1 not in touched and (unit.kind == "delivered" or unit.operators):
                gains.append(Part(_spread(unit), low, high, "no"))
            if unit.kind in GONE and -1 not in touched:
                losses.append(Part(_spread(unit), low, high, "no"))
    return _useful(gains), _useful(losses)


def _useful(several: list[Part]) -> list[Part]:
    return several if any(p.here != "no" for p in several) else []


def share(unit: Unit) -> tuple[int, float]:
    """Of a group each is at least one, together the number; too few units promise nothing (R16)."""
    if unit.shares == 1:
        return unit.low, unit.high
    return (0, unit.high) if unit.high < unit.shares else (1, unit.high - unit.shares + 1)


def concerns(world: World, unit: Unit, every: Sequence[Unit], operator: str | None) -> tuple[bool, bool]:
    """Whether a happening is in a view, and whether for certain (R17)."""
    civil = {b.id for b in world.registry.bodies.values() if b.civil}
    named: set[str | None] = set(unit.operators) or {None}
    if unit.kind == "introduced" and unit.deal and not unit.operators:
        deal = [o for u in every if u.kind in CAME and u.deal == unit.deal for o in (u.operators or {None})]
        named = set(deal) if deal and None not in deal else named
    if operator is None:
        wanted = [o is None or o not in civil for o in named]
    else:
        wanted = [o == operator for o in named]
        if named == {None} and unit.kind in GONE and operator not in civil:
            return _has(world, every, unit.system, operator), False
    return any(wanted), all(wanted)


def _has(world: World, every: Sequence[Unit], system: str, operator: str) -> bool:
    rows = [s.event for s in world.claims if isinstance(s.event, Statement) and s.event.role is not Role.TOTAL]
    stated = any(r.operator == operator and system in r.systems for r in rows)
    return stated or any(u.system == system and concerns(world, u, (), operator)[1] for u in every if u.operators)


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


@lru_cache(maxsize=8192)
def placements(part: Part, after: int, until: int, cap: int) -> frozenset[tuple[int, int]]:
    """Every (inside, outside) that some number of units, placed on some days, can give."""
    found = set()
    where = slots(part, after, until)
    for number in range(part.low, int(min(part.high, max(part.low, cap))) + 1):
        if part.here == "no":
            found.add((0, number))
            continue
        for chosen in itertools.combinations_with_replacement(where, number):
            members = {index for index, _ in chosen}
            if part.unit.shape is Shape.SET and members != set(range(len(part.unit.members))):
                continue
            if part.unit.shape is Shape.DAY and len(set(chosen)) > 1:
                continue
            inside = sum(1 for _, within in chosen if within)
            fewer = range(inside + 1) if part.here == "maybe" else (inside,)
            found |= {(some, number - some) for some in fewer}
    return frozenset(found)


def tree(several: Sequence[Part]) -> dict[str | None, list[Part]]:
    """Put each part under the shortest total that covers it (R6)."""
    totals = sorted(
        (p for p in several if p.unit.total or p.unit.parts), key=lambda p: (p.unit.last - p.unit.first, p.unit.id)
    )
    owner: dict[str, str | None] = {}

    def above(name: str | None) -> set[str]:
        seen: set[str] = set()
        while name is not None and name not in seen:
            seen.add(name)
            name = owner.get(name)
        return seen

    for part in several:
        owner[part.unit.id] = None
    for named in (True, False):
        for part in sorted(several, key=lambda p: p.unit.id):
            for total in totals:
                declared = part.unit.id in total.unit.parts | total.unit.names
                if declared is named and covers(total.unit, part.unit) and part.unit.id not in above(total.unit.id):
                    owner[part.unit.id] = owner[part.unit.id] or total.unit.id
    result: dict[str | None, list[Part]] = {None: []}
    for part in several:
        result.setdefault(owner[part.unit.id], []).append(part)
    return result


def covers(total: Unit, part: Unit) -> bool:
    if total.id == part.id or total.kind != part.kind:
        return False
    if part.id in total.parts or part.id in total.names:
        return True
    if total.names or not total.total:
        return False
    if total.suppliers and not part.suppliers <= total.suppliers:
        return False
    if total.deal and part.deal and total.deal != part.deal:
        return False
    if total.operators and part.operators and not total.operators & part.operators:
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
    where = [within for _, within in slots(evolve(part, unit=_spread(part.unit)), after, until)]
    where = [False] if part.here == "no" else [*where, False] if part.here == "maybe" else where
    for inside, outside in sums:
        for number in range(part.low, int(min(part.high, max(part.low, cap))) + 1):
            rest = max(0, number - inside - outside)
            for more in range(rest + 1):
                if (more == 0 or True in where) and (more == rest or False in where):
                    found.add((inside + more, outside + rest - more))
    return found


def _spread(unit: Unit) -> Unit:
    return evolve(unit, shape=Shape.INTERVAL, members=())


def distinct(a: Part, b: Part) -> bool:
    if (a.unit.kind == "cancelled") != (b.unit.kind == "cancelled"):
        return True
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
        unbounded = [p for p in _members(part, below) if p.high == INF and p.here != "no"]
        if any(w for p in unbounded for _, w in slots(p, min(back, after), until)):
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
    closed: bool
    conflict: bool
    silent: bool


def wanted(world: World, operator: str | None) -> bool:
    if world.operator is not None:
        return operator == world.operator
    return operator not in {b.id for b in world.registry.bodies.values() if b.civil}


def statements(world: World, source: str) -> list[tuple[Stored, Statement]]:
    return [
        (s, s.event)
        for s in world.claims
        if isinstance(s.event, Statement)
        and s.event.role is not Role.TOTAL
        and any(c.source == source for c in s.event.citations)
    ]


@lru_cache(maxsize=8192)
def stated(world: World, holder: str, system: str, account: str, source: str) -> list[Stated]:
    every = statements(world, source)
    rows = [(s, e) for s, e in every if wanted(world, e.operator)]
    cutoffs = sorted({(e.cutoff.last or 1, e.cutoff.first or 1) for _, e in rows})
    civil = {b.id for b in world.registry.bodies.values() if b.civil}
    found = []
    for last, first in cutoffs:
        edition = [(s, e) for s, e in rows if (e.cutoff.last, e.cutoff.first) == (last, first)]
        level = _stated_on(world, edition, system, account, first, last)
        closed = any(
            _closes(world, scope, source, holder, system, account, first, last) for scope in world.registry.scopes
        )
        if world.operator is not None and world.operator not in civil:
            closed = closed and not any(
                e.operator is None and system in e.systems and (e.cutoff.last, e.cutoff.first) == (last, first)
                for _, e in every
            )
        if level is None:
            vague = any(e.account in (None, "held") for _, e in edition if system in e.systems)
            if closed and not vague:
                found.append(Stated(first, last, 0, 0, True, False, True))
            continue
        found.append(Stated(first, last, *level[:2], closed, level[2], False))
    return found


def _closes(
    world: World, scope: Scope, source: str, holder: str, system: str, account: str, first: int, last: int
) -> bool:
    period = (scope.period.first or 1, scope.period.last or 10**7)
    return (
        scope.of == "levels"
        and (scope.source, scope.holder) == (source, holder)
        and account not in ("on-order", "on-trial")
        and period[0] <= first
        and last <= period[1]
        and (not scope.systems or system in scope.systems)
        and scope.operator in (None, world.operator)
    )


def _stated_on(
    world: World, edition: Sequence[tuple[Stored, Statement]], system: str, account: str, first: int, last: int
) -> tuple[int, float, bool] | None:
    own = [(s, e) for s, e in edition if system in e.systems]
    groups = [{s.id} for s, _ in own]
    by_id = {s.id: e for s, e in own}
    for (a, x), (b, y) in itertools.combinations(own, 2):
        linked = any(link.relation == "same" and {a.id, b.id} <= set(link.claims) for link in world.links)
        if linked or (x.operator, x.category, _place(x)) == (y.operator, y.category, _place(y)):
            hit = [g for g in groups if g & {a.id, b.id}]
            groups = [g for g in groups if not g & {a.id, b.id}] + [set().union(*hit)]
    pieces = [p for g in groups if (p := _piece(world, [by_id[i] for i in sorted(g)], system, account, first, last))]
    if not pieces:
        return None
    return sum(p[0] for p in pieces), sum(p[1] for p in pieces), any(p[2] for p in pieces)


def _place(row: Statement) -> str | None:
    return None if row.account in (None, "held") else str(row.account)


def _piece(
    world: World, rows: Sequence[Statement], system: str, account: str, first: int, last: int
) -> tuple[int, float, bool] | None:
    words = []
    for event in rows:
        low, high = event.quantity.low, INF if event.quantity.high is None else event.quantity.high
        k = len(event.systems)
        if k > 1:
            low, high = (0, high) if high < k else (1, high - k + 1)
        words.append((low, high, None))
    low, high, _ = one_count(words)
    sets = [frozenset(range(w[0], int(min(w[1], 60)) + 1)) for w in words]
    left = [s for s in sets if not any(o < s for o in sets)]
    conflict = not frozenset.intersection(*left)
    accounts = {_place(e) for e in rows}
    if account == "held":
        return None if accounts == {"on-order"} else (low, high, conflict or len(accounts) > 1)
    if len(accounts) > 1:
        named = account in accounts or None in accounts or (account == "in-service" and "active" in accounts)
        return (0, high, True) if named else None
    only = accounts.pop()
    if only == account:
        return low, high, conflict
    if account == "in-service" and only == "active":
        days = [day for day in range(first, last + 1) if day in (first, last) or day in points(world)]
        trial = [answer(world, "KAZ", system, "on-trial", day) for day in days]
        lows, highs = [t.low if t else 0 for t in trial], [t.high if t else 0 for t in trial]
        low2 = 0 if max(highs) == INF else max(0, low - int(max(highs)))
        return low2, max(high - min(lows), 0), conflict
    if account == "in-service" and only is None:
        return (0, high, conflict) if _elsewhere(world, system, last) else (low, high, conflict)
    return None


def _elsewhere(world: World, system: str, day: int) -> bool:
    """Whether some claim of any source puts a unit into another account by a day (R19)."""
    for source in sources(world):
        for _, row in statements(world, source):
            somewhere = row.account in ("on-trial", "in-store", "for-sale") and row.quantity.high != 0
            if wanted(world, row.operator) and system in row.systems and somewhere and (row.cutoff.first or 1) <= day:
                return True
        for account in ("on-trial", "in-store", "for-sale"):
            gains, _ = parts(world, system, account, source)
            if any(p.unit.first <= day and p.high > 0 and p.here != "no" for p in gains):
                return True
    return False


@lru_cache(maxsize=8192)
def points(world: World) -> set[int]:
    """Every day on which anything can change."""
    days: set[int] = set()
    for unit in units(world):
        days |= {unit.first, unit.last} | {d for m in unit.members for d in m}
    for stored in world.claims:
        if isinstance(stored.event, Statement):
            days |= {stored.event.cutoff.first or 1, stored.event.cutoff.last or 1}
    for scope in world.registry.scopes:
        days |= {scope.period.first or 1, scope.period.last or 1}
    return {d + k for d in days for k in (-1, 0, 1)}


# --- deals whose size is changed (R18) ---------------------------------------------------------------------------


def changed_deals(world: World, source: str, system: str) -> dict[str | None, list[Unit]]:
    found: dict[str | None, list[Unit]] = {}
    for unit in units(world):
        mine = unit.kind == "order-changed" and unit.system == system and source in unit.sources
        if mine and concerns(world, unit, (), world.operator)[0]:
            found.setdefault(unit.deal, []).append(unit)
    return found


def ordered(world: World, source: str, system: str) -> Iterator[tuple[Unit, bool]]:
    """Orders that the view asked for has in a ledger, and whether for certain."""
    for unit in units(world):
        concerned, certain = concerns(world, unit, (), world.operator)
        if unit.kind == "ordered" and unit.system == system and source in unit.sources and concerned:
            yield unit, certain


def size(world: World, source: str, system: str, deal: str | None, day: int) -> tuple[int, float]:
    """What a deal is of: every order of the changes' days, the last one setting the number."""
    changes = changed_deals(world, source, system)[deal]
    orders = [
        Part(u if u.shares == 1 else _spread(u), *share(u), "yes" if certain and not u.candidates else "maybe")
        for u, certain in ordered(world, source, system)
        if u.deal == deal
    ]
    spots = sorted({d for c in changes for d in (c.first, c.last)} | {day, day + 1})
    values: list[tuple[int, float]] = []
    never = 10**7  # rival systems: the change may be another's
    options = ([d for d in spots if c.first <= d <= c.last] + [never] * c.candidates for c in changes)
    for days in itertools.product(*options):
        past = [(when, c) for when, c in zip(days, changes, strict=True) if when <= day]
        if not past:
            values.append(summed(orders, 0, 0, day))
        for when, change in past:
            if when == max(w for w, _ in past):
                values.append(share(change))
    return min(v[0] for v in values), max(v[1] for v in values)


# --- one ledger on one day (R11, R13, R15) --------------------------------------------------------------------


@frozen
class Alone:
    """A ledger's signed bounds; foreign losses after ``since`` are not in them."""

    low: float
    high: float
    conflict: bool
    since: int


def disputed(world: World, system: str, account: str, source: str, after: int, day: int) -> bool:
    """Whether units of a happening whose claims exclude each other can lie in (after, day]."""
    several = [p.unit for side in parts(world, system, account, source) for p in side if p.here != "no"]
    if account == "on-order":
        deals = changed_deals(world, source, system)
        several += [u for changes in deals.values() for u in changes]
        several += [u for u, _ in ordered(world, source, system) if u.deal in deals]
    return any(u.rival and u.last > after and u.first <= day for u in several)


def lag_of(world: World, source: str) -> int:
    entry = world.registry.sources.get(source)
    return entry.lag if entry else 0


def flow_periods(world: World, source: str, system: str) -> list[set[int]]:
    """The days, from 2005 to 2014, that a source's scopes of flows cover, in unbroken runs."""
    days: set[int] = set()
    for scope in world.registry.scopes:
        named = not scope.systems or system in scope.systems
        if scope.of == "flows" and scope.source == source and named and scope.operator in (None, world.operator):
            days |= set(range(scope.period.first or 1, (scope.period.last or 10**6) + 1))
    runs: list[set[int]] = []
    for day in sorted(days):
        if runs and day - 1 in runs[-1]:
            runs[-1].add(day)
        else:
            runs.append({day})
    return runs


def alone(world: World, holder: str, system: str, account: str, source: str, day: int) -> Alone | None:
    """What one ledger says of a day, not clipped."""
    start = opening(world, holder, system)
    if start is not None and day < start:
        return None
    gains, losses = parts(world, system, account, source)
    anchors = stated(world, holder, system, account, source)
    lag = lag_of(world, source)
    past = [a for a in anchors if a.last <= day]
    said = []
    for a in past:
        if all(a.last >= other.first for other in past) and not a.first < a.last == day:
            low, high = window(gains, losses, a.low, a.high, a.last, a.first - lag, day)
            clash = day > a.last and disputed(world, system, account, source, a.first - lag, day)
            said.append(Alone(low, high, a.conflict or clash, a.first - lag))
    pending = [a for a in anchors if a.first <= day < a.last]
    pending += [a for a in past if a.first < a.last == day]
    if not past:
        before = _before(world, holder, system, account, source, day)
        if before is None and not pending:
            return None
        said = [before or Alone(0, 0, False, 0)]
    for a in pending:
        back = a.first - lag
        low, high = a.low - summed(losses, back, back, day)[1], a.high + summed(gains, back, back, day)[1]
        clash = disputed(world, system, account, source, back, day)
        said.append(Alone(low, high, a.conflict or clash, back))
    return Alone(
        min(x.low for x in said), max(x.high for x in said), any(x.conflict for x in said), min(x.since for x in said)
    )


def _before(world: World, holder: str, system: str, account: str, source: str, day: int) -> Alone | None:
    """Before any statement of the ledger (R13): its flows from nothing, rolled back, or anything."""
    gains, losses = parts(world, system, account, source)
    anchors = stated(world, holder, system, account, source)
    deals = changed_deals(world, source, system) if account == "on-order" else {}
    low, high = window(gains, losses, 0, 0, 0, 0, day)
    for deal in deals:
        sized = size(world, source, system, deal, day)
        low, high = low + sized[0], high + sized[1]
    firsts = [p.unit.first for p in (*gains, *losses) if p.here != "no"] + [u.first for d in deals.values() for u in d]
    firsts += [u.first for u, _ in ordered(world, source, system) if u.deal in deals]
    begun = any(first <= day for first in firsts)
    if not anchors or silent(world, holder, system, account, anchors[0]):
        return Alone(low, high, disputed(world, system, account, source, 0, day), 0) if begun else None
    first = anchors[0]
    if any(set(range(day + 1, first.last + 1)) <= run for run in flow_periods(world, source, system)):
        sure, last = first.first - lag_of(world, source), first.last
        low = first.low + summed(losses, day, day, sure)[0] - summed(gains, day, day, last)[1]
        high = first.high + summed(losses, day, day, last)[1] - summed(gains, day, day, sure)[0]
        clash = disputed(world, system, account, source, day, last)
        return Alone(max(low, 0), high, first.conflict or clash, 10**7)
    return Alone(max(low, 0), INF, disputed(world, system, account, source, 0, day), 0)


def silent(world: World, holder: str, system: str, account: str, first: Stated) -> bool:
    if first.silent:
        return True
    reach: float = 0
    for source in sources(world):
        gains, _ = parts(world, system, account, source)
        reach = max(reach, summed(gains, 0, 0, first.last)[1])
        if account not in ("on-order", "on-trial"):
            made = [
                Part(u if u.shares == 1 else _spread(u), *share(u), "yes")
                for u in units(world)
                if u.system == system and source in u.sources and u.kind in CAME
                and concerns(world, u, units(world), world.operator)[0]
            ]  # fmt: skip
            reach = max(reach, summed(made, 0, 0, first.last)[1])
    return reach >= max(first.low, 1)


def window(
    gains: Sequence[Part], losses: Sequence[Part], low: int, high: float, after: int, back: int, day: int
) -> tuple[float, float]:
    came, went = summed(gains, after, back, day), summed(losses, after, back, day)
    return low + came[0] - went[1], high + came[1] - went[0]


# --- all ledgers on one day (R2, R20) -------------------------------------------------------------------------


def sources(world: World) -> list[str]:
    return sorted({c.source for s in world.claims for c in s.event.citations})


@frozen
class Day:
    """All ledgers on one day: what each says, what of its low is left, who is closed, the answer."""

    said: dict[str, Alone]
    left: dict[str, float]
    closed: list[str]
    stating: list[str]
    answer: Reading | None


def answer(world: World, holder: str, system: str, account: str, day: int) -> Reading | None:
    """What all ledgers together say of a day; ``None`` is no evidence."""
    return state(world, holder, system, account, day).answer


@lru_cache(maxsize=8192)
def state(world: World, holder: str, system: str, account: str, day: int) -> Day:
    """The day as the lists close it that have come for certain, hulled with those that perhaps have (R10)."""
    found = _certain(world, holder, system, account, day)
    if found.answer is None or found.stating:
        return found
    reading = found.answer
    for s in sources(world):
        gains, losses = parts(world, system, account, s)
        for a in stated(world, holder, system, account, s):
            if a.closed and a.first <= day < a.last:
                back = a.first - lag_of(world, s)
                low = a.low - summed(losses, back, back, day)[1] - _unseen(world, system, account, [s], back, day)
                high = a.high + summed(gains, back, back, day)[1]
                reading = evolve(
                    reading,
                    low=int(max(min(reading.low, low), 0)),
                    high=max(reading.high, high),
                    conflict=reading.conflict or a.conflict,
                )
    return evolve(found, answer=reading)


def _certain(world: World, holder: str, system: str, account: str, day: int) -> Day:
    every = sources(world)
    anchors = {s: stated(world, holder, system, account, s) for s in every}
    begins = opening(world, holder, system)
    lists = sorted(
        {a.last for s in every for a in anchors[s] if a.closed and a.last <= day and (begins or 0) <= a.last}
    )
    stating = [s for s in every if any(a.closed and a.last == day for a in anchors[s])] if day in lists else []
    said = {s: r for s in every if (r := alone(world, holder, system, account, s, day)) is not None}
    registers: dict[str, int] = {}
    before = [d for d in lists if d < day]
    if before:
        then = state(world, holder, system, account, before[-1])
        assert then.answer is not None
        stood = [s for s in every if any(a.closed and a.last == before[-1] for a in anchors[s])]
        back = min(then.said[s].since for s in stood)
        for s in every:
            gains, losses = parts(world, system, account, s)
            runs = flow_periods(world, s, system)
            if runs and (gains or losses) and s not in stood and s not in stating:
                low, high = window(gains, losses, then.answer.low, then.answer.high, before[-1], back, day)
                said[s] = Alone(low, high, disputed(world, system, account, s, back, day), back)
                registers[s] = max((max(run) for run in runs if before[-1] + 1 in run), default=0)
    left = {s: max(r.low, 0) - _unseen(world, system, account, [s], r.since, day) for s, r in said.items()}
    closed = [s for s in said if s in stating] or [s for s in said if registers.get(s, 0) >= day]
    if not said:
        return Day(said, left, closed, stating, None)
    if closed:
        return Day(said, left, closed, stating, _closed(world, system, said, left, closed, anchors, day))
    if not before:
        low = max(0, *left.values())
        claimed = [r.high for r in said.values() if r.high < INF]
        high = max(0, *claimed) if claimed else INF
        conflict = any(r.conflict for r in said.values())
        return Day(said, left, closed, stating, Reading(int(low), None, high if high >= low else INF, True, conflict))
    base = max([before[-1], *(min(end, day - 1) for end in registers.values())])
    return Day(said, left, closed, stating, _after(world, holder, system, account, said, left, anchors, base, day))


def _closed(
    world: World, system: str, said: dict[str, Alone], left: dict[str, float], closed: list[str],
    anchors: dict[str, list[Stated]], day: int,
) -> Reading:  # fmt: skip
    low, high, conflict = _meet([(max(left[s], 0), max(said[s].high, 0)) for s in closed])
    conflict = conflict or any(said[s].conflict for s in closed)
    ceiling = high
    for s in said:
        if s in closed:
            continue
        if said[s].low > ceiling and any(a.last == day for a in anchors[s]):
            high, conflict = max(high, said[s].low), True
        elif not flow_periods(world, s, system):
            low = max(low, min(left[s], ceiling))
    return Reading(int(low), None, high, False, conflict)


def _after(
    world: World, holder: str, system: str, account: str, said: dict[str, Alone], left: dict[str, float],
    anchors: dict[str, list[Stated]], base: int, day: int,
) -> Reading:  # fmt: skip
    then = state(world, holder, system, account, base)
    assert then.answer is not None
    stood = [s for s in then.closed if any(a.closed and a.last == base for a in anchors[s])]
    back = min([base, *(then.said[s].since for s in stood)])
    moves = [parts(world, system, account, s) for s in then.closed]
    came = [summed(gains, base, back, day) for gains, _ in moves]
    went = [summed(losses, base, back, day) for _, losses in moves]
    low = then.answer.low + max(c[0] for c in came) - max(w[1] for w in went)
    low -= _unseen(world, system, account, then.closed, back, day)
    silent = [s for s in then.closed if not any(a.last > base and a.first <= day for a in anchors[s])]
    if silent:
        low = max(low, _meet([(max(left[s], 0), max(said[s].high, 0)) for s in silent])[0])
    high = then.answer.high + max(c[1] for c in came) - max(w[0] for w in went)
    if (
        silent
        and then.answer.high <= _meet([(max(then.said[s].low, 0), max(then.said[s].high, 0)) for s in then.closed])[1]
    ):
        high = min(high, _meet([(max(said[s].low, 0), max(said[s].high, 0)) for s in silent])[1])
    conflict = then.answer.conflict or any(said[s].conflict for s in silent)
    for s in said:
        if s in silent or not _word_between(world, system, account, s, anchors[s], base, day):
            continue
        conflict = conflict or said[s].conflict
        low = max(low, left[s])
        if said[s].high < INF:
            high = max(high, said[s].high)
    low, high = max(low, 0), max(high, 0)
    return Reading(int(low), None, high if high >= low else INF, True, conflict)


def _meet(several: Sequence[tuple[float, float]]) -> tuple[float, float, bool]:
    low, high = max(r[0] for r in several), min(r[1] for r in several)
    if low <= high:
        return low, high, False
    return min(r[0] for r in several), max(r[1] for r in several), True


def _word_between(
    world: World, system: str, account: str, source: str, anchors: Iterable[Stated], base: int, day: int
) -> bool:
    gains, losses = parts(world, system, account, source)
    flow = any(p.unit.last > base and p.unit.first <= day for p in (*gains, *losses) if p.here != "no")
    deals = changed_deals(world, source, system) if account == "on-order" else {}
    sized = any(u.last > base and u.first <= day for several in deals.values() for u in several)
    return flow or sized or any(a.last > base and a.first <= day for a in anchors)


def _unseen(world: World, system: str, account: str, own: Sequence[str], after: int, day: int) -> float:
    """Losses after a day that another ledger tells of, beyond these ledgers' own ("R2 as completed")."""
    told = {s: summed(parts(world, system, account, s)[1], after, after, day)[1] for s in sources(world)}
    mine = max((told[s] for s in told if s in own), default=0)
    most = max((told[s] for s in told if s not in own), default=0)
    return max(most - mine, 0) if mine < INF else 0
