"""What a drafted event may not say, though it is well formed: names nobody defined, days and counts that cannot be."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from kztimeline.checks import Finding
from kztimeline.codec import Line, shown
from kztimeline.entries import near
from kztimeline.events import (
    Citation,
    Claim,
    Correction,
    Kind,
    Link,
    Observation,
    Organisation,
    Procurement,
    Relation,
    Revision,
    Role,
    StatedChange,
    Statement,
    Verb,
    Withdrawal,
    citations_of,
    when,
)
from kztimeline.happenings import PLANS
from kztimeline.quantities import PROFILES
from kztimeline.registry import (
    Alias,
    Body,
    Crosswalk,
    Definition,
    Document,
    Edition,
    Registry,
    Scheme,
    Scope,
    Source,
    System,
    Tied,
    fold,
    key_of,
    resolve,
)

_TABLES = {
    "source": ("sources", "title"),
    "document": ("documents", "title"),
    "edition": ("editions", "id"),
    "organisation": ("bodies", "name"),
    "scheme": ("schemes", "id"),
}


def objections(registry: Registry, value: Line) -> Iterator[Finding]:
    """Yield (path, advice) for names that no definition knows, and for days and counts that cannot be."""
    if isinstance(value, Definition):
        yield from _in_definition(registry, value)
        return
    if isinstance(value, Correction | Revision):
        for path, message in objections(registry, value.replacement):
            yield f"replacement.{path}", message
    if isinstance(value, Revision | Withdrawal):
        yield from undefined(registry, "source", value.source, "source")
    for position, citation in enumerate(getattr(value, "citations", ())):
        yield from _in_citation(registry, citation, f"citations[{position}]")
    for name in ("operator", "to_operator"):
        yield from undefined(registry, "organisation", getattr(value, name, None), name)
    if isinstance(value, Claim):
        yield from _too_late(value)
        yield from _nothing(value)
        yield from _twice(value)
    if isinstance(value, Procurement):
        yield from _to_itself(registry, value)


def undefined(registry: Registry, what: str, name: str | None, path: str) -> Iterator[Finding]:
    """Yield that nobody defined a source, document, edition, organisation or scheme of this id."""
    table_name, title = _TABLES[what]
    table: Mapping[str, object] = getattr(registry, table_name)
    if name is None or name in table:
        return
    called = [identity for identity, row in table.items() if fold(str(getattr(row, title))) == fold(name)]
    meant = f"; write {called[0]}" if called else near(name, table)
    yield path, f'no {what} is called {name!r}{meant}; or define it with kind = "defined-{what}"'


def unread(registry: Registry, fields: Mapping[str, object], within: str = "") -> Iterator[Finding]:
    """Yield the names nobody defined among the fields of an event that could not be built."""
    named = [(name, "organisation") for name in ("operator", "to_operator")]
    named += [("source", "source")] if fields.get("kind") in (Kind.REVISED, Kind.WITHDRAWN) else []
    for name, what in named:
        yield from _unread(registry, what, fields.get(name), within + name)
    citations = fields.get("citations")
    for position, citation in enumerate(citations if isinstance(citations, list | tuple) else ()):
        for name, what in (("source", "source"), ("via", "document"), ("edition", "edition")):
            if isinstance(citation, Mapping):
                yield from _unread(registry, what, citation.get(name), f"{within}citations[{position}].{name}")
    replacement = fields.get("replacement")
    if isinstance(replacement, Mapping) and not within:
        yield from unread(registry, replacement, "replacement.")


def _unread(registry: Registry, what: str, name: object, path: str) -> Iterator[Finding]:
    yield from undefined(registry, what, name, path) if isinstance(name, str) and name.strip() else ()


def system_id(registry: Registry, name: str, source: str | None) -> str:
    """Give the id a system's name means: an id is itself, then the source's own names, then all names.

    Raises :class:`UnknownNameError`, which may suggest near names.
    """
    return name if name in registry.systems else resolve(registry, name, source=source)


def _in_citation(registry: Registry, citation: Citation, path: str) -> Iterator[Finding]:
    yield from undefined(registry, "source", citation.source, f"{path}.source")
    yield from undefined(registry, "document", citation.via, f"{path}.via")
    yield from undefined(registry, "edition", citation.edition, f"{path}.edition")
    place = citation.locator
    if place is None:
        return
    if place.line < 1:
        yield f"{path}.locator.line", f"lines count from 1, not {place.line}"
    if not 0 <= place.start < place.end:
        yield f"{path}.locator.start", f"no passage from {place.start} to {place.end}; end stands after the last one"
    if not re.fullmatch(r"[0-9a-f]{64}", place.sha256):
        yield f"{path}.locator.sha256", f"not a SHA-256: {shown(place.sha256)}; write 64 digits 0-9 and a-f"


_DONE = (Procurement, Organisation, Observation, Statement, StatedChange)


def _too_late(claim: Claim) -> Iterator[Finding]:
    """What is told as done lies on or before the last possible day of its earliest publication (R8)."""
    if not isinstance(claim, _DONE) or claim.kind in PLANS:
        return
    first = when(claim).first
    ends = [(c.published.last, c) for c in claim.citations if c.published.last is not None]
    if first is None or not ends:
        return
    last, citation = min(ends, key=lambda end: end[0])
    if first > last:
        path = "cutoff" if isinstance(claim, Statement) else "occurred"
        said = f"{when(claim).text} lies after {citation.source} was published, {citation.published.text}"
        plan = '; write kind = "planned" for what is to come' if isinstance(claim, Procurement) else ""
        yield path, f"{said}{plan or '; mend one of the two'}"


def _nothing(claim: Claim) -> Iterator[Finding]:
    if not isinstance(claim, Procurement) or claim.kind in (Kind.ORDER_CHANGED, *PLANS) or claim.role is not Role.ITEM:
        return
    if claim.quantity is not None and claim.quantity.high == 0:
        yield "quantity", f'{claim.kind} with no unit is no event; write role = "total", or kind = "stated" for a level'


def _twice(claim: Claim) -> Iterator[Finding]:
    """A system that is named twice, by whichever of its names, is one system; the claim may have meant another."""
    named: tuple[str, ...] = getattr(claim, "systems", ())
    for position, system in enumerate(named):
        if system in named[:position]:
            yield f"systems[{position}]", f"{system} stands twice; name each system once, or the other one meant"


def _to_itself(registry: Registry, claim: Procurement) -> Iterator[Finding]:
    """Units that become what they are, or go where they stand, do nothing that a log could count (R18)."""
    names = [key_of(registry, system) for system in claim.systems]
    if claim.to_system is not None and key_of(registry, claim.to_system) in names:
        yield "to_system", f"{claim.to_system} is what it was; write the system it became, or an observed event"
    if claim.to_operator is not None and claim.to_operator == claim.operator:
        yield "to_operator", f"{claim.to_operator} has them already; write the one that they went to"


# --- definitions ------------------------------------------------------------------------------------------------


def _in_definition(registry: Registry, value: Definition) -> Iterator[Finding]:
    identity = getattr(value, "id", None)
    if isinstance(value, System | Body | Source | Document | Edition | Scheme) and not re.fullmatch(
        r"[a-z0-9]+([.-][a-z0-9]+)*", str(identity)
    ):
        yield "id", f"not an id: {shown(identity)}; write small letters, digits and hyphens, such as wing-loong-1"
    if isinstance(value, Alias | Document | Edition | Scheme | Scope):
        yield from undefined(registry, "source", value.source, "source")
    for name in ("scheme", "to_scheme"):
        if isinstance(value, Edition | Crosswalk):
            yield from undefined(registry, "scheme", getattr(value, name, None), name)
    if isinstance(value, Edition) and value.profile not in (None, *PROFILES):
        yield "profile", f"no profile is called {shown(value.profile)}; write one of {', '.join(PROFILES)}"
    for path, system in _systems_named(value):
        if system not in registry.systems:
            meant = registry.aliases.get((None, fold(system)))
            advice = f"; write {meant}" if meant in registry.systems else near(system, registry.systems)
            yield path, f"no system has the id {system!r}{advice}"
    if isinstance(value, Tied) and value.system == value.of:
        yield "of", f"{value.of} cannot be tied to itself; write the other system"


def _systems_named(value: Definition) -> Iterator[tuple[str, str]]:
    if isinstance(value, Alias | Tied):
        yield "system", value.system
    if isinstance(value, Tied):
        yield "of", value.of
    if isinstance(value, Scope):
        yield from ((f"systems[{position}]", system) for position, system in enumerate(value.systems))


def taken(
    registry: Registry, before: Iterable[Definition], own: Iterable[tuple[int, Definition]]
) -> Iterator[tuple[int, Finding]]:
    """Yield names that the drafts' definitions would take from another system, with the number each came with.

    A source's own alias may differ from everybody's, and a later alias replaces an earlier one.
    """
    systems: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for row in before:
        for _, name in _names_of(row):
            (aliases if isinstance(row, Alias) else systems)[fold(name)] = _means(row)
    for number, row in own:
        for path, name in _names_of(row):
            meant = systems.get(fold(name)) or (aliases.get(fold(name)) if isinstance(row, System) else None)
            if meant is not None and key_of(registry, meant) != key_of(registry, _means(row)):
                advice = 'write another name, or tie the two with kind = "defined-relation"'
                yield number, (path, f"{name!r} already means {meant}; {advice}")
            else:
                (aliases if isinstance(row, Alias) else systems)[fold(name)] = _means(row)


def _means(row: Definition) -> str:
    return row.system if isinstance(row, Alias) else str(getattr(row, "id", ""))


def _names_of(row: Definition) -> Iterator[tuple[str, str]]:
    """Yield the names that a definition gives to a system everywhere, with their paths."""
    if isinstance(row, System):
        yield from (("id", row.id), ("name", row.name))
        yield from ((f"names[{position}]", name) for position, name in enumerate(row.names))
    elif isinstance(row, Alias) and row.source is None:
        yield "name", row.name


# --- links ------------------------------------------------------------------------------------------------------


def unlike(link: Link, values: Mapping[str, Line]) -> Iterator[Finding]:
    """Yield claims of a link that are no claims, or of unlike kinds; ``values`` holds those at hand by id (R1)."""
    named = {identity: values[identity] for identity in link.claims if identity in values}
    for position, identity in enumerate(link.claims):
        if identity in named and not isinstance(named[identity], Claim | Correction | Revision):
            yield f"claims[{position}]", f"a {named[identity].kind} is no claim; a link names claims"
    kinds = {_kind(value) for value in named.values() if isinstance(value, Claim | Correction | Revision)}
    if len(kinds) > 1 and link.relation is not Relation.DISTINCT:
        said = " and ".join(sorted(kinds))
        yield "claims", f"{said} are unlike kinds, and one happening has one kind; link claims of one kind"


def _kind(value: Claim | Correction | Revision) -> str:
    return str(value.kind if isinstance(value, Claim) else value.replacement.kind)


# --- verbs ------------------------------------------------------------------------------------------------------


def lineages(lines: Mapping[str, Line]) -> dict[str, str]:
    """Lead every verb to the first line of what it acts on; other lines are their own."""
    roots: dict[str, str] = {}
    for identity in lines:
        chain = [identity]
        while chain[-1] not in roots and isinstance(value := lines.get(chain[-1]), Verb) and value.target in lines:
            if value.target in chain:
                break
            chain.append(value.target)
        roots.update(dict.fromkeys(chain, roots.get(chain[-1], chain[-1])))
    return roots


def speakers(lines: Mapping[str, Line], roots: Mapping[str, str]) -> dict[str, set[str]]:
    """Give the sources that each first line cites, as it was written and as we corrected it.

    Where the first line was redacted, what came next stands for it.
    """
    found: dict[str, set[str]] = {}
    for identity, root in roots.items():
        if identity == root or isinstance(lines[identity], Correction):
            found.setdefault(root, set()).update(c.source for c in citations_of(lines[identity]))
    return found


def astray(
    verb: Verb, lines: Mapping[str, Line], roots: Mapping[str, str], spoken: Mapping[str, Collection[str]]
) -> Iterator[Finding]:
    """Yield that a verb acts on what it cannot change, or that its source never said it (R24).

    ``lines`` are all at hand by id, ``roots`` their :func:`lineages`, ``spoken`` the :func:`speakers` of those.
    """
    root = roots.get(verb.target, verb.target)
    first = lines.get(root)
    if isinstance(first, Correction | Revision):  # the claim itself was redacted
        first = first.replacement
    if first is None:
        return
    if isinstance(verb, Correction | Revision) and not isinstance(first, Claim):
        yield "target", f"a line of kind {first.kind} is no claim; retract it, and write it anew"
    elif isinstance(verb, Withdrawal) and not isinstance(first, Claim | Link):
        yield "target", f"a line of kind {first.kind} is no claim; a source withdraws a claim or link that cites it"
    elif isinstance(verb, Revision | Withdrawal):
        cited = sorted(spoken.get(root, ()))
        if verb.source not in cited:
            said = f"{verb.source} has not said it; it cites {', '.join(cited) or 'no source'}"
            yield "source", f"{said}: write one of them, or a claim of its own"
