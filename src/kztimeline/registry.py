"""What can be named: systems, organisations, sources, editions, and how names lead to them.

Definitions stand in the log beside the claims, so that a head fixes what every name meant. Annotations are types here
and no text, as in :mod:`kztimeline.events`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from functools import cache, cached_property
from typing import Protocol, TypeVar

from attrs import frozen

from kztimeline.dates import UncertainDate
from kztimeline.errors import UnknownNameError


class Tie(StrEnum):
    """How one system relates to another (R17)."""

    VARIANT_OF = "variant-of"
    SAME_AS = "same-as"
    SERVICE_NAME_OF = "service-name-of"
    LICENCE_BUILT_AS = "licence-built-as"


class Covers(StrEnum):
    """What a scope claims to be complete for (R3)."""

    LEVELS = "levels"
    FLOWS = "flows"


@frozen
class Holder:
    """Whose forces: ISO 3166 alpha-3 (former states too), with the days it existed."""

    kind: str
    id: str
    name: str
    since: UncertainDate | None
    until: UncertainDate | None


@frozen
class System:
    """A weapon system: id, names in any language, category path, first day it can have been held.

    ``first`` is when the type can first have existed (first flight, first vehicle); before it there is
    no evidence of anything (R13).
    """

    kind: str
    id: str
    name: str
    names: tuple[str, ...]
    category: str
    first: UncertainDate | None


@frozen
class Alias:
    """Another name of a system, everywhere or in one source only (R17)."""

    kind: str
    name: str
    system: str
    source: str | None


@frozen
class Tied:
    """A typed relation between two systems: ``system`` is ``tie`` ``of``."""

    kind: str
    system: str
    tie: Tie
    of: str


@frozen
class Body:
    """A branch, ministry, company or agency; ``civil`` ones count only when named (R17)."""

    kind: str
    id: str
    name: str
    holder: str | None
    civil: bool


@frozen
class Source:
    """A publication: its ledger's name, who publishes it, and how many days its levels lag (R11)."""

    kind: str
    id: str
    title: str
    publisher: str | None
    form: str
    lag: int


@frozen
class Document:
    """A text that was read: what ``via`` names, with the SHA-256 of its bytes."""

    kind: str
    id: str
    title: str
    source: str
    sha256: str | None


@frozen
class Edition:
    """A state of a publication, with its own cutoff and publication."""

    kind: str
    id: str
    source: str
    cutoff: UncertainDate | None
    published: UncertainDate
    scheme: str | None
    profile: str | None


@frozen
class Scheme:
    """A tree of categories, with the parts of each printed total and whether totals count stores."""

    kind: str
    id: str
    source: str
    parts: Mapping[str, tuple[str, ...]]
    counts_stores: bool | None


@frozen
class Crosswalk:
    """How one scheme's category reads in another; the two are never merged."""

    kind: str
    scheme: str
    category: str
    to_scheme: str
    to_category: str


@frozen
class Scope:
    """Where a ledger claims to be complete, so that silence is zero (R3).

    ``levels`` hold on the cutoffs inside ``period``; ``flows`` in every day of it. ``total`` names the
    printed total that quoted parts add up to. Empty ``systems`` means every system of ``category``.
    ``published`` is when the state of the source that is so complete became public: views of an earlier
    day do not know of it. ``None`` stands in every view.
    """

    kind: str
    source: str
    holder: str
    operator: str | None
    category: str | None
    systems: tuple[str, ...]
    of: Covers
    period: UncertainDate
    published: UncertainDate | None
    total: str | None
    note: str | None


Definition = Holder | System | Alias | Tied | Body | Source | Document | Edition | Scheme | Crosswalk | Scope

CLASS_OF_DEFINITION: dict[str, type] = {
    "defined-holder": Holder,
    "defined-system": System,
    "defined-alias": Alias,
    "defined-relation": Tied,
    "defined-organisation": Body,
    "defined-source": Source,
    "defined-document": Document,
    "defined-edition": Edition,
    "defined-scheme": Scheme,
    "defined-mapping": Crosswalk,
    "defined-scope": Scope,
}


@frozen(slots=False)
class Registry:
    """All definitions of one state of a log, ready to be asked. A later definition of an id replaces."""

    holders: Mapping[str, Holder]
    systems: Mapping[str, System]
    bodies: Mapping[str, Body]
    sources: Mapping[str, Source]
    documents: Mapping[str, Document]
    editions: Mapping[str, Edition]
    schemes: Mapping[str, Scheme]
    scopes: tuple[Scope, ...]
    mappings: tuple[Crosswalk, ...]
    named: tuple[Alias, ...]
    keys: Mapping[str, str]
    families: Mapping[str, tuple[str, ...]]
    licences: Mapping[str, str]

    @cached_property
    def aliases(self) -> Mapping[tuple[str | None, str], str]:
        """Every name of every system, folded, with the source that it holds in; most questions ask by no name."""
        return _names(self.systems.values(), self.named)

    @cached_property
    def others(self) -> Mapping[str, Sequence[str]]:
        """The other names of each system that has some."""
        found: dict[str, list[str]] = {}
        for name, key in self.keys.items():
            found.setdefault(key, []).append(name)
        return found

    @cached_property
    def kin(self) -> Callable[[str], frozenset[str]]:
        """Gives a system and every family it belongs to; each is worked out once, since scopes ask again and again."""
        return cache(lambda system: frozenset((system, *ancestors(self, system))))


def build(definitions: Iterable[Definition]) -> Registry:
    """Assemble definitions, in the order of the log, into a registry."""
    rows = list(definitions)
    ties = [row for row in rows if isinstance(row, Tied)]
    keys = _keys(ties)
    families: dict[str, list[str]] = {}
    for tie in ties:
        if tie.tie is Tie.VARIANT_OF:
            families.setdefault(keys.get(tie.system, tie.system), []).append(keys.get(tie.of, tie.of))
    return Registry(
        holders=_latest(rows, Holder),
        systems=_latest(rows, System),
        bodies=_latest(rows, Body),
        sources=_latest(rows, Source),
        documents=_latest(rows, Document),
        editions=_latest(rows, Edition),
        schemes=_latest(rows, Scheme),
        scopes=tuple(row for row in rows if isinstance(row, Scope)),
        mappings=tuple(row for row in rows if isinstance(row, Crosswalk)),
        named=tuple(row for row in rows if isinstance(row, Alias)),
        keys=keys,
        families={system: tuple(dict.fromkeys(above)) for system, above in families.items()},
        licences={tie.system: tie.of for tie in ties if tie.tie is Tie.LICENCE_BUILT_AS},
    )


def _keys(ties: Iterable[Tied]) -> dict[str, str]:
    """Lead every system that is *same as* or *service name of* another to the one id they all count under (R17).

    That is the id which is itself no other name; of several, or where names lead in a circle, the least.
    """
    named = [(tie.system, tie.of) for tie in ties if tie.tie in (Tie.SAME_AS, Tie.SERVICE_NAME_OF)]
    group: dict[str, set[str]] = {}
    for pair in named:
        joined = set(pair).union(*(group.get(system, ()) for system in pair))
        group.update(dict.fromkeys(joined, joined))
    others = {system for system, _ in named}
    leads = {system: min(joined - others or joined) for system, joined in group.items()}
    return {system: lead for system, lead in leads.items() if system != lead}


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_N = TypeVar("_N", bound=_Named)


def _latest(rows: Iterable[object], of: type[_N]) -> dict[str, _N]:
    return {row.id: row for row in rows if isinstance(row, of)}


def _names(systems: Iterable[System], aliases: Iterable[Alias]) -> dict[tuple[str | None, str], str]:
    table: dict[tuple[str | None, str], str] = {}
    for system in systems:
        for name in (system.id, system.name, *system.names):
            table[(None, fold(name))] = system.id
    for alias in aliases:
        table[(alias.source, fold(alias.name))] = alias.system
    return table


def fold(name: str) -> str:
    """Fold case, compatibility forms and punctuation: what two spellings of one name share."""
    if not isinstance(name, str):
        raise UnknownNameError(f"a name is text, not {name!r}; write it in quotation marks")
    text = unicodedata.normalize("NFKC", name).casefold()
    return text if text.isalnum() else re.sub(r"[\W_]+", "", text)


def key_of(registry: Registry, system: str) -> str:
    """Follow *same as* and *service name of* to the id that the fold counts under (R17)."""
    return registry.keys.get(system, system)


def ancestors(registry: Registry, system: str) -> tuple[str, ...]:
    """Give the families a system belongs to, nearest first; not the system itself."""
    own = key_of(registry, system)
    below = [own]
    for current in below:  # grows while it is read: parents, then theirs
        below += [name for name in registry.families.get(current, ()) if name not in below]
    return tuple(below[1:])


def members(registry: Registry, system: str) -> tuple[str, ...]:
    """Give the system and every variant below it, sorted."""
    top = key_of(registry, system)
    below = {key_of(registry, name) for name in registry.systems if top in ancestors(registry, name)}
    return tuple(sorted({top, *below}))


def first_day(registry: Registry, holder: str, system: str) -> int | None:
    """Give the later of the holder's and the system's first day as an ordinal; ``None`` if neither is known.

    A system that has none of its own takes the earliest of its other names.
    """
    days = []
    if (owner := registry.holders.get(holder)) and owner.since and owner.since.first is not None:
        days.append(owner.since.first)
    others = registry.others.get(system, ())
    named = [day for name in others if (day := _first(registry, name)) is not None]
    own = _first(registry, system)
    days += [own] if own is not None else [min(named)] if named else []
    return max(days, default=None)


def _first(registry: Registry, system: str) -> int | None:
    found = registry.systems.get(system)
    return found.first.first if found is not None and found.first is not None else None


def in_scope(registry: Registry, scope: Scope, system: str) -> bool:
    """Tell whether a scope covers a system: by id or family where it lists systems, else by category path (R3)."""
    if scope.systems:
        return not registry.kin(system).isdisjoint(map(registry.keys.get, scope.systems, scope.systems))
    if scope.category is None:
        return True
    known = registry.systems.get(system)
    return known is not None and (known.category + "/").startswith(scope.category + "/")


@frozen
class Resolution:
    """What a name means: ``how`` is ``exact`` (a system's own name), ``alias``, ``suggestion`` or ``unknown``.

    ``system`` is the id, ``None`` where the name is not known; ``suggestions`` are then ids with like names.
    """

    name: str
    how: str
    system: str | None
    suggestions: tuple[str, ...]


def resolution(registry: Registry, name: str, *, source: str | None = None) -> Resolution:
    """Say what a name means: exact after folding; near names are only suggested."""
    folded = fold(name)
    for scope in (source, None):
        if (found := registry.aliases.get((scope, folded))) is not None:
            own = registry.systems.get(found)
            names = () if own is None else (own.id, own.name, *own.names)
            return Resolution(name, "exact" if folded in map(fold, names) else "alias", found, ())
    near = _near(registry, folded)
    return Resolution(name, "suggestion" if near else "unknown", None, near)


def resolve(registry: Registry, name: str, *, source: str | None = None) -> str:
    """Find the system a name means. Raises :class:`UnknownNameError`, with near names if there are any."""
    if not isinstance(name, str):
        raise UnknownNameError(f"a system's name is text, not {name!r}; write it in quotation marks")
    found = resolution(registry, name, source=source)
    if found.system is not None:
        return found.system
    meant = f"did you mean {' or '.join(found.suggestions)}" if found.suggestions else ""
    raise UnknownNameError(
        f"no system is called {name!r}; {meant or 'tl.systems lists those that are; a [[events]] of kind defined-system adds one'}"
    )


def _near(registry: Registry, folded: str) -> tuple[str, ...]:
    known = {text: system for (_, text), system in registry.aliases.items()}
    begun = [text for text in sorted(known) if len(folded) >= 3 and text.startswith(folded)]
    start = [text for text in known if len(text) >= 3 and folded.startswith(text)]
    close = get_close_matches(folded, known, n=3, cutoff=0.7)
    longest = sorted(start, key=lambda text: (-len(text), text))[:1]
    return tuple(dict.fromkeys(known[text] for text in [*close, *begun[:3], *longest]))
