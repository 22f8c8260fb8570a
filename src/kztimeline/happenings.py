"""What in the world several claims speak of: links joined, words merged, ledgers entered (R1, R4, R7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from kztimeline.dates import Shape
from kztimeline.events import Account, Flag, Kind, Procurement, Relation, Role, Statement, Stored, systems_of, when
from kztimeline.groups import Groups
from kztimeline.readings import FIRST_DAY, Count, Days, count_of, days_of, merge_counts, merge_days, promises, says_less
from kztimeline.registry import Registry, ancestors, first_day, key_of
from kztimeline.views import Standing, once


@frozen
class Happening:
    """Merged claims of one kind: when, how many, of what, in whose ledgers.

    ``systems`` of one number form a group; ``candidates`` tells that the claims name rival systems, of
    which one is right. ``weaker`` and ``rivals`` name the claims that say less, and that conflict.
    ``covers`` are the happenings that claims or links name as its parts; ``by_period`` tells that a
    total names none itself and so covers what lies inside its period (R6).
    """

    id: str
    claims: tuple[str, ...]
    kind: Kind
    holder: str
    days: Days
    count: Count
    systems: tuple[str, ...]
    candidates: bool
    operators: tuple[str, ...]
    into: tuple[Account, ...]
    out_of: tuple[Account, ...]
    to_system: str | None
    to_operator: str | None
    deal: str | None
    suppliers: frozenset[str]
    total: bool
    by_period: bool
    covers: frozenset[str]
    batches: frozenset[str]
    sources: frozenset[str]
    distinct: frozenset[str]
    weaker: frozenset[str]
    rivals: frozenset[str]
    void: str
    inferred: bool


@frozen
class Known:
    """What merging needs to know beside the claims: names, families that have one member, first days."""

    registry: Registry
    only_member: Mapping[tuple[str, str], str]

    def key(self, holder: str, system: str) -> str:
        """Lead a system to the id it counts under, a family with one known member to that member (R17)."""
        name = key_of(self.registry, system)
        return self.only_member.get((holder, name), name)


PLANS = (Kind.PLANNED, Kind.TRIALLED)
ARRIVED = (Kind.DELIVERED, Kind.PRODUCED)


@once
def known(standing: Standing) -> Known:
    """Find, for each holder and family, the only member that standing claims name, if there is one.

    A family that some table or sentence names beside its member counts units of its own there, so its
    claims stay with the family.
    """
    registry = standing.registry
    named: dict[str, set[str]] = defaultdict(set)
    tables: dict[tuple[str, str], set[str]] = defaultdict(set)
    for stored in standing.claims:
        event = stored.event
        if isinstance(event, (Procurement, Statement)):
            keys = {key_of(registry, system) for system in event.systems}
            named[event.holder] |= keys
            for table in _tables(event):
                tables[(event.holder, table)] |= keys
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for holder, systems in named.items():
        for system in systems:
            for family in ancestors(registry, system):
                found[(holder, family)].add(system)
    apart = {(h, f) for (h, _), keys in tables.items() for key in keys for f in ancestors(registry, key) if f in keys}
    only = {}
    for key, below in found.items():
        leaves = {m for m in below if not any(m in ancestors(registry, other) for other in below)}
        if len(leaves) == 1 and key not in apart:
            only[key] = next(iter(leaves))
    return Known(registry, only)


def _tables(event: Procurement | Statement) -> list[str]:
    """Name what a claim shares with its neighbours: its batch, and its edition's cutoff."""
    tables = [f"batch {event.batch}"] if event.batch else []
    if isinstance(event, Statement):
        tables += [f"edition {c.source} {event.cutoff.text}" for c in event.citations]
    return tables


def closing_day(stored: Stored) -> int | None:
    """Give the latest day a claim that something was done can speak of (R8): publication or data day."""
    ends = []
    for citation in stored.event.citations:
        day = citation.published.last
        if citation.data_day is not None and citation.data_day.last is not None:
            day = citation.data_day.last if day is None else min(day, citation.data_day.last)
        if day is not None:
            ends.append(day)
    return min(ends, default=None)


@once
def last_words(standing: Standing) -> dict[tuple[str, str], int]:
    """Give, for each holder and system, the last day that any claim speaks of; plans do not count (R12)."""
    names = known(standing)
    spoken: dict[tuple[str, str], int] = {}
    for stored in standing.claims:
        event = stored.event
        if event.kind is Kind.PLANNED:
            continue
        day = spoken_day(stored)
        for system in systems_of(event):
            key = (event.holder, names.key(event.holder, system))
            if day is not None and day > spoken.get(key, 0):
                spoken[key] = day
    return spoken


def spoken_day(stored: Stored) -> int | None:
    """Give the last day that a claim speaks of (R12)."""
    event = stored.event
    last = when(event).last
    if isinstance(event, Statement):
        return last
    closes = closing_day(stored)
    if last is None or closes is None:
        return closes if last is None else last
    return min(last, closes)


def happenings(standing: Standing, names: Known) -> tuple[Happening, ...]:
    """Merge the standing procurement claims into happenings, sorted by id."""
    claims = {s.id: s for s in standing.claims if isinstance(s.event, Procurement) and s.event.kind not in PLANS}
    groups = _joined(claims, standing)
    home = {claim: root for root, group in groups.items() for claim in group}
    homes = _homes(claims, home, standing)
    apart, parts = _other_links(standing, homes)
    merged = {root: _merge(root, [claims[claim] for claim in group], names) for root, group in groups.items()}
    finished = []
    for root, happening in merged.items():
        named = {h for i in happening.covers for h in homes.get(standing.roots.get(i, i), ())} | parts.get(root, set())
        partners = apart.get(root, set())
        sources = happening.sources.union(*(merged[p].sources for p in partners))
        finished.append(
            evolve(
                happening,
                covers=frozenset(named - {root}),
                distinct=frozenset(partners),
                sources=sources,
                total=happening.total or bool(parts.get(root)),
            )
        )
    return tuple(sorted(_introduced(finished), key=lambda h: h.id))


def _introduced(several: Sequence[Happening]) -> Iterator[Happening]:
    """Give an introduction without an operator those of its deal's units, where all are stated (R17, R18)."""
    operators: dict[tuple[str, str | None], set[str | None]] = defaultdict(set)
    for happening in several:
        if happening.kind in ARRIVED:
            operators[(happening.holder, happening.deal)].update(happening.operators or (None,))
    for happening in several:
        units = operators.get((happening.holder, happening.deal), set())
        named = {name for name in units if name is not None}
        if happening.kind is Kind.INTRODUCED and happening.deal and not happening.operators and named == units:
            happening = evolve(happening, operators=tuple(sorted(named)))
        yield happening


def _homes(claims: Mapping[str, Stored], home: Mapping[str, str], standing: Standing) -> dict[str, set[str]]:
    """Lead every lineage to the happenings that its standing claims are in."""
    found: dict[str, set[str]] = defaultdict(set)
    for claim in claims:
        found[standing.roots[claim]].add(home[claim])
    return found


def _joined(claims: Mapping[str, Stored], standing: Standing) -> dict[str, list[str]]:
    """Join claims by lineage and by `same` links, of one holder and kind; the lowest id stands for the group."""
    groups = Groups[str]()
    for several in _sames(claims, standing):
        groups.join(several)
    found: dict[str, list[str]] = defaultdict(list)
    for claim in sorted(claims):
        found[groups.find(claim)].append(claim)
    return dict(found)


def _sames(claims: Mapping[str, Stored], standing: Standing) -> Iterator[list[str]]:
    lineage: dict[str, list[str]] = defaultdict(list)
    for claim in claims:
        lineage[standing.roots[claim]].append(claim)
    joined = list(lineage.values())
    for _, link in standing.links:
        if link.relation is Relation.SAME:
            joined.append([c for root in _roots(link.claims, standing) for c in lineage.get(root, ())])
    for found in joined:
        kinds: dict[tuple[str, Kind], list[str]] = defaultdict(list)
        for claim in found:
            kinds[(claims[claim].event.holder, claims[claim].event.kind)].append(claim)
        yield from (group for group in kinds.values() if len(group) > 1)


def _roots(ids: Iterable[str], standing: Standing) -> list[str]:
    return [standing.roots.get(identity, identity) for identity in ids]


def _other_links(standing: Standing, homes: Mapping[str, set[str]]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Read `distinct` and `part-of` links as relations between happenings."""
    apart: dict[str, set[str]] = defaultdict(set)
    parts: dict[str, set[str]] = defaultdict(set)
    for _, link in standing.links:
        groups = [sorted(homes.get(root, ())) for root in _roots(link.claims, standing)]
        if link.relation is Relation.DISTINCT:
            flat = [g for group in groups for g in group]
            for a in flat:
                apart[a].update(b for b in flat if b != a)
        elif link.relation is Relation.PART_OF and len(groups) == 2:
            for whole in groups[1]:
                parts[whole].update(part for part in groups[0] if part != whole)
    return apart, parts


def _merge(root: str, group: Sequence[Stored], names: Known) -> Happening:
    claims: list[Procurement] = [stored.event for stored in group]  # type: ignore[misc]
    first = claims[0]
    systems, candidates = _systems(claims, names)
    opens = _opening(first.holder, systems, names.registry)
    day_words = [days_of(s.event.occurred, opens=opens, closes=closing_day(s)) for s in group]  # type: ignore[union-attr]
    counted = [count_of(claim.quantity) for claim in claims]
    days, days_conflict = merge_days(day_words)
    count, count_conflict = merge_counts(counted)
    days, count, few = promises(days, count)
    void = "fewer units than members of the set" if few else _cut_short(group, day_words)
    weaker = frozenset(
        stored.id
        for stored, d, c in zip(group, day_words, counted, strict=True)
        if len(group) > 1 and says_less(d, c, days, count)
    )
    weaker = weaker if len(weaker) < len(group) else frozenset()
    conflict = days_conflict or count_conflict or candidates or _rival(claims, names)
    return Happening(
        id=root,
        claims=tuple(stored.id for stored in group),
        kind=first.kind,
        holder=first.holder,
        days=days,
        count=count,
        systems=systems,
        candidates=candidates,
        operators=tuple(sorted({c.operator for c in claims if c.operator})),
        into=tuple(sorted({c.into for c in claims if c.into})),
        out_of=tuple(sorted({c.out_of for c in claims if c.out_of})),
        to_system=next((names.key(c.holder, c.to_system) for c in claims if c.to_system), None),
        to_operator=next((c.to_operator for c in claims if c.to_operator), None),
        deal=next((c.deal for c in claims if c.deal), None),
        suppliers=frozenset(s for c in claims for s in c.suppliers),
        total=all(c.role is Role.TOTAL for c in claims),
        by_period=all(c.role is Role.TOTAL and not c.covers for c in claims),
        covers=frozenset(i for c in claims for i in c.covers),
        batches=frozenset(f"{cite.source} {c.batch}" for c in claims if c.batch for cite in c.citations),
        sources=frozenset(cite.source for c in claims for cite in c.citations),
        distinct=frozenset(),
        weaker=weaker,
        rivals=frozenset(s.id for s in group if s.id not in weaker) if conflict else frozenset(),
        void=void,
        inferred=all(inferred(s) for s in group),
    )


def _cut_short(group: Sequence[Stored], words: Sequence[Days]) -> str:
    """Say that a set names a day by which its claim was public already; nothing where none does."""
    dates = (stored.event.occurred for stored in group)  # type: ignore[union-attr]
    cut = (
        d.shape is Shape.SET and len(d.members) > 1 and not word.members for d, word in zip(dates, words, strict=True)
    )
    return "a member of the set lies after its publication" if any(cut) else ""


def _rival(claims: Sequence[Procurement], names: Known) -> bool:
    """Tell whether claims of one happening state different operators, accounts, deals or results (R1)."""
    said = (
        {c.operator for c in claims},
        {c.to_operator for c in claims},
        {names.key(c.holder, c.to_system) for c in claims if c.to_system},
        {c.into for c in claims},
        {c.out_of for c in claims},
        {c.deal for c in claims},
    )
    return any(len(words - {None}) > 1 for words in said)


def _systems(claims: Sequence[Procurement], names: Known) -> tuple[tuple[str, ...], bool]:
    """Merge the systems that claims name (R1, R17): members before families; rivals are candidates."""
    words = [frozenset(names.key(claim.holder, system) for system in claim.systems) for claim in claims]
    registry = names.registry

    def wider(a: frozenset[str], b: frozenset[str]) -> bool:
        return a != b and all(any(x == y or x in ancestors(registry, y) for x in a) for y in b) and len(a) >= len(b)

    left = {word for word in words if not any(wider(word, other) for other in words)}
    if len(left) == 1:
        return tuple(sorted(left.pop())), False
    common = frozenset.intersection(*left)
    if common:
        return tuple(sorted(common)), False
    return tuple(sorted(frozenset.union(*left))), True


def _opening(holder: str, systems: Sequence[str], registry: Registry) -> int:
    days = [day for system in systems if (day := first_day(registry, holder, system)) is not None]
    return min(days, default=FIRST_DAY)


def inferred(stored: Stored) -> bool:
    """Tell whether the reader of the document, not the document, drew the conclusion."""
    return Flag.INFERRED in getattr(stored.event, "flags", ())
