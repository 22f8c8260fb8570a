"""Which keys have to be folded together, and what their fold rests on: a key changes only where its own claims do.

Two keys (holder and system) belong together where one claim, lineage, link, total or deal names both. All else that a
fold reads is told by a fingerprint: equal fingerprints, equal steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Protocol, TypeVar

from attrs import frozen

from kztimeline.events import Procurement, Statement, Stored, systems_of
from kztimeline.groups import Groups
from kztimeline.happenings import Known, known
from kztimeline.registry import Covers, Registry, first_day, in_scope
from kztimeline.views import Standing, once

Key = tuple[str, str]
"""A holder and the id that a system counts under."""


@frozen
class Related:
    """Keys in groups that are folded together, each group with its claims and links in the order of the log."""

    group_of: Mapping[Key, Key]
    claims: Mapping[Key, Sequence[Stored]]
    links: Mapping[Key, Sequence[str]]

    def claims_of(self, keys: Iterable[Key]) -> tuple[Stored, ...]:
        """Give all claims that the fold of some keys needs."""
        groups = {self.group_of[key] for key in keys if key in self.group_of}
        return tuple(stored for group in sorted(groups) for stored in self.claims[group])


@once
def related(standing: Standing) -> Related:
    """Put the keys that standing claims name into groups."""
    names, groups = known(standing), Groups[Key]()
    places: dict[object, Key] = {}
    keyed: list[tuple[Stored, Key]] = []
    for stored in standing.claims:
        keys = _keys(stored, names)
        if not keys:
            continue
        keyed.append((stored, keys[0]))
        groups.join(keys)
        for tie in _ties(stored, standing):
            groups.join((keys[0], places.setdefault(tie, keys[0])))
    for several in _named_together(standing, keyed):
        found = [places[root] for identity in several if (root := standing.roots.get(identity, identity)) in places]
        groups.join(found)
    for holder, systems in listed(standing).items():
        for system in systems:
            groups.find((holder, system))
    claims: dict[Key, list[Stored]] = defaultdict(list)
    for stored, key in keyed:
        claims[groups.find(key)].append(stored)
    links: dict[Key, list[str]] = defaultdict(list)
    for identity, link in standing.links:
        roots = (standing.roots.get(claim, claim) for claim in link.claims)
        for group in {groups.find(places[root]) for root in roots if root in places}:
            links[group].append(identity)
    return Related({key: groups.find(key) for key in list(groups.parent)}, claims, links)


@once
def listed(standing: Standing) -> Mapping[str, set[str]]:
    """Name, by holder, the systems that complete lists cover, whether a row names them or not: silence is zero (R3)."""
    names, registry = known(standing), standing.registry
    printed = {
        (stored.event.holder, citation.source)
        for stored in standing.claims
        if isinstance(stored.event, Statement)
        for citation in stored.event.citations
    }
    found: dict[str, set[str]] = defaultdict(set)
    for scope in registry.scopes:
        if scope.of is Covers.LEVELS and (scope.holder, scope.source) in printed:
            keys = {names.key(scope.holder, system) for system in registry.systems}
            found[scope.holder] |= {key for key in keys if in_scope(registry, scope, key)}
    return found


class Held(Protocol):
    """Whatever has a holder."""

    @property
    def holder(self) -> str: ...


_H = TypeVar("_H", bound=Held)


def by_holder(several: Iterable[_H]) -> Mapping[str, Sequence[_H]]:
    """Sort things by their holder, in their order."""
    found: dict[str, list[_H]] = defaultdict(list)
    for one in several:
        found[one.holder].append(one)
    return found


def _keys(stored: Stored, names: Known) -> list[Key]:
    event = stored.event
    if not isinstance(event, Procurement | Statement):
        return []
    return [(event.holder, names.key(event.holder, system)) for system in systems_of(event)]


def _ties(stored: Stored, standing: Standing) -> Iterator[object]:
    """Yield what ties a claim to others: its lineage, and its deal."""
    yield standing.roots[stored.id]
    deal = getattr(stored.event, "deal", None)
    if deal is not None:
        yield stored.event.holder, deal


def _named_together(standing: Standing, keyed: Iterable[tuple[Stored, Key]]) -> Iterator[Sequence[str]]:
    """Yield ids of claims that a link, or a total and its parts, name together."""
    for _, link in standing.links:
        yield link.claims
    for stored, _ in keyed:
        covers = getattr(stored.event, "covers", ())
        if covers:
            yield [stored.id, *covers]


# --- fingerprints ---------------------------------------------------------------------------------------


def fingerprints(standing: Standing, names: Known, found: Related, spoken: Mapping[Key, int]) -> dict[Key, str]:
    """Hash, for each key, everything that its steps rest on; ``spoken`` is the last day that claims speak of."""
    common = shared_mark(names)
    editions = _editions(standing, names)
    members: dict[Key, list[str]] = defaultdict(list)
    for key, name in sorted(found.group_of.items()):
        members[name].append(_defined(names.registry, key))
    group = {
        name: mark_of(
            [*mates, *map(_said, several), *(standing.roots[s.id] for s in several), *found.links.get(name, ())]
        )
        for name, mates in members.items()
        for several in [found.claims.get(name, ())]
    }
    return {
        key: mark_of([common, group[name], editions.get(key[0], ""), str(spoken.get(key))])
        for key, name in found.group_of.items()
    }


def _said(stored: Stored) -> str:
    """Write what a view lets stand of a claim: its id fixes the line, the citations may be fewer."""
    cited = (
        f"{c.source} {c.published.text} {'' if c.data_day is None else c.data_day.text}" for c in stored.event.citations
    )
    return f"{stored.id} {'|'.join(cited)}"


def shared_mark(names: Known) -> str:
    """Hash the definitions that may touch any key."""
    return mark_of(_common(names))


def mark_of(parts: Iterable[str]) -> str:
    """Hash parts, in their order."""
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _common(names: Known) -> Iterator[str]:
    """Yield the definitions that may touch any key: names, families, scopes, lags, holders, civil operators."""
    registry = names.registry
    yield from sorted(map(repr, (*registry.keys.items(), *registry.families.items(), *names.only_member.items())))
    yield from map(repr, registry.scopes)
    yield from sorted(f"lag {source.id} {source.lag}" for source in registry.sources.values() if source.lag)
    yield from sorted(map(repr, registry.holders.values()))
    yield from sorted(f"civil {body.id}" for body in registry.bodies.values() if body.civil)


def _defined(registry: Registry, key: Key) -> str:
    system = registry.systems.get(key[1])
    return f"{key} {system and system.category} {first_day(registry, *key)}"


def _editions(standing: Standing, names: Known) -> dict[str, str]:
    """Hash, by holder, what the sources list whose silence means zero: their rows touch the keys that they leave out."""
    scoped = {scope.source for scope in names.registry.scopes if scope.of is Covers.LEVELS}
    listed: dict[str, list[str]] = defaultdict(list)
    for stored in standing.claims if scoped else ():
        event = stored.event
        if isinstance(event, Statement) and any(citation.source in scoped for citation in event.citations):
            listed[event.holder].append(_said(stored))
    return {holder: mark_of(sorted(rows)) for holder, rows in listed.items()}
