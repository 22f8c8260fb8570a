"""Labels against categories: what an edition calls a row, and what its units are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from kztimeline.answers import Finding, Severity
from kztimeline.audit.case import Case
from kztimeline.events import Statement


def swapped_labels(case: Case) -> Iterator[Finding]:
    """Find rows whose printed label means another category, by the mapping of its scheme, than the row's units have."""
    meanings = _meanings(case)
    for stored in case.told(Statement):
        row = stored.event
        if not isinstance(row, Statement) or row.item is None or row.category is None:
            continue
        for source in sorted({citation.source for citation in row.citations}):
            meant = meanings.get((source, row.item), set())
            if meant and not any(_kin(category, row.category) for category in meant):
                said = (
                    f"{row.category}: {source} labels its {row.quantity.text} for {row.cutoff.text} as {row.item}, "
                    f"which means {' or '.join(sorted(meant))}"
                )
                yield Finding("label-against-category", Severity.CONTRADICTION, row.category, (stored.id,), said)


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
