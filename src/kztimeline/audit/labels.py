"""Labels against categories: what an edition calls a row, and what its units are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from kztimeline.answers import Finding, Severity
from kztimeline.audit.case import Case
from kztimeline.events import Statement


def swapped_labels(case: Case) -> Iterator[Finding]:
    """Find editions whose printed labels mean, by the mapping of their scheme, other categories than the rows' units."""
    meanings = _meanings(case)
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for stored in case.told(Statement):
        row = stored.event
        if not isinstance(row, Statement) or row.item is None or row.category is None:
            continue
        for source in sorted({citation.source for citation in row.citations}):
            meant = meanings.get((source, row.item), set())
            if meant and not any(_kin(category, row.category) for category in meant):
                said = f"the {row.quantity.text} of {row.category} as {row.item} ({' or '.join(sorted(meant))})"
                found[(source, row.holder, row.cutoff.text)].append((stored.id, said))
    for (source, _, cutoff), several in sorted(found.items()):
        words = "; ".join(said for _, said in sorted(several, key=lambda one: one[1]))
        ids = tuple(sorted(identity for identity, _ in several))
        sentence = f"{source} labels, for {cutoff}, {words}"
        yield Finding("label-against-category", Severity.CONTRADICTION, source, ids, sentence)


def _meanings(case: Case) -> dict[tuple[str, str], set[str]]:
    """Give the categories that each label of a source means in another scheme."""
    registry = case.standing.registry
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mapping in registry.mappings:
        scheme = registry.schemes.get(mapping.scheme)
        if scheme is not None:
            found[(scheme.source, mapping.category)].add(mapping.to_category)
    return found


def _kin(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
