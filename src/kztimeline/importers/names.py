"""From a register's names to systems of a log: exact, kind against kind; what does not resolve is told once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from attrs import define, evolve, field, frozen

from kztimeline.errors import NewNamesError, Problem
from kztimeline.importers.categories import OTHER, top_of
from kztimeline.importers.deals import SOURCE, Deal, names_in, one_category, slug
from kztimeline.registry import Registry, fold

MOST_SUGGESTED = 200
"""Near names are looked for among so many unknown ones; the others are told without."""


@define
class Resolver:
    """Leads a deal to a system: by the names in its comment, then by its designation.

    A name that means another kind of thing is not taken: "Shmel" is a missile and a patrol craft.
    """

    registry: Registry
    found: dict[tuple[str, str, tuple[str, ...]], str | None] = field(factory=dict)

    def system(self, deal: Deal) -> str | None:
        """Give the id of a deal's system, or ``None``."""
        key = (deal.designation, deal.top, tuple(names_in(deal.comment)))
        if key not in self.found:
            names = (*key[2], deal.designation, f"{deal.designation} {deal.top}")
            self.found[key] = next((s for name in names if (s := self._of_kind(name, deal.top)) is not None), None)
        return self.found[key]

    def _of_kind(self, name: str, top: str) -> str | None:
        folded = fold(name)
        for scope in (SOURCE, None):
            system = self.registry.aliases.get((scope, folded))
            if system is not None and self._alike(system, top):
                return system
        return None

    def _alike(self, system: str, top: str) -> bool:
        known = self.registry.systems.get(system)
        kind = OTHER if known is None else top_of(known.category)
        return OTHER in (kind, top) or kind == top


@frozen
class NewName:
    """A designation that no system has: what it would be defined as, and how often it stands in the file."""

    name: str
    id: str
    category: str
    line: int
    count: int

    def definition(self) -> dict[str, object]:
        """Give the fields of the definition."""
        return {"category": self.category, "id": self.id, "kind": "defined-system", "name": self.name}


def proposals(deals: Sequence[Deal]) -> list[str]:
    """Give the id that each deal's designation would be defined as."""
    main = one_category(deals)
    known: dict[tuple[str, str], str] = {}
    found = []
    for deal in deals:
        key = (deal.designation, deal.description)
        if key not in known:
            known[key] = slug(_proper(deal, main))
        found.append(known[key])
    return found


def _proper(deal: Deal, main: Mapping[str, str]) -> str:
    """Name a system: a designation that mostly means another kind of thing carries its kind."""
    usual = top_of(main.get(fold(deal.designation), deal.category))
    return deal.designation if usual == deal.top else f"{deal.designation} ({deal.top})"


def resolved(deals: Sequence[Deal], resolver: Resolver) -> tuple[list[Deal], list[NewName]]:
    """Lead deals to systems; those that lead nowhere keep no system, and their names are listed once."""
    placed = [evolve(deal, systems=(system,) if (system := resolver.system(deal)) else ()) for deal in deals]
    return placed, list(_new([deal for deal in placed if not deal.systems], deals, resolver.registry))


def _new(unplaced: Sequence[Deal], every: Sequence[Deal], registry: Registry) -> Iterator[NewName]:
    main = one_category(every)
    groups: dict[tuple[str, str], list[Deal]] = defaultdict(list)
    for deal in unplaced:
        groups[(fold(deal.designation), deal.top)].append(deal)
    taken = set(registry.systems)
    for (folded, _), group in sorted(groups.items(), key=lambda item: min(deal.line for deal in item[1])):
        first = min(group, key=lambda deal: deal.line)
        name = _proper(first, main)
        if (None, fold(name)) in registry.aliases:
            name = f"{first.designation} ({first.top})"
        identity = _free(slug(name), taken)
        taken.add(identity)
        paths = Counter(deal.category for deal in group)
        category = min(paths, key=lambda path: (-paths[path], path))
        yield NewName(name if folded else identity, identity, category, first.line, len(group))


def _free(identity: str, taken: Collection[str]) -> str:
    number, chosen = 2, identity
    while chosen in taken:
        chosen, number = f"{identity}-{number}", number + 1
    return chosen


def defined(deals: Iterable[Deal], new: Sequence[NewName]) -> list[Deal]:
    """Give deals without a system the one that is about to be defined for their name."""
    by_name = {(fold(name.name), top_of(name.category)): name.id for name in new}
    placed = []
    for deal in deals:
        names = (deal.designation, f"{deal.designation} ({deal.top})")
        found = [by_name[(fold(name), deal.top)] for name in names if (fold(name), deal.top) in by_name]
        placed.append(deal if deal.systems or not found else evolve(deal, systems=(found[0],)))
    return placed


def refusal(new: Sequence[NewName], registry: Registry, file: str) -> NewNamesError:
    """Make the error that lists each unknown name once, with near names of the log."""
    suggest = suggester(registry)
    problems = []
    for number, name in enumerate(new):
        near = suggest(name.name) if number < MOST_SUGGESTED else []
        meant = f"did you mean {' or '.join(near)}?" if near else f"it would be {name.id} ({name.category})"
        rows = f"{name.count} row{'s' if name.count > 1 else ''}"
        problems.append(Problem(file, name.line, name.name, f"{rows}; {meant}"))
    advice = 'give them an alias in the log, or define new systems by new_systems="define" (--new-systems define)'
    return NewNamesError([name.name for name in new], problems, advice)


def suggester(registry: Registry) -> Callable[[str], list[str]]:
    """Give a function that finds up to three systems with names near to a name; it only suggests."""
    known = {text: system for (_, text), system in registry.aliases.items()}
    try:
        from rapidfuzz import process
    except ImportError:
        return lambda name: list(
            dict.fromkeys(known[text] for text in get_close_matches(fold(name), known, n=3, cutoff=0.75))
        )
    listed = list(known)

    def near(name: str) -> list[str]:
        best = process.extract(fold(name), listed, limit=3, score_cutoff=80)
        return list(dict.fromkeys(known[text] for text, _, _ in best))

    return near
