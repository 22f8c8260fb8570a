"""Names that no definition knows, as lines that a person may append: an alias for each like name."""

from __future__ import annotations

from kztimeline.editions.values import Edition
from kztimeline.registry import Registry, resolution


def candidates(edition: Edition, registry: Registry) -> tuple[str, ...]:
    """Write each unresolved name once, as a draft's event: an alias where a name is like it, else a bare question."""
    return tuple(_line(name, edition.source, registry) for name in edition.unresolved)


def _line(name: str, source: str, registry: Registry) -> str:
    near = resolution(registry, name, source=source).suggestions
    if not near:
        return f"# {name!r}: no name is like it; define a system, if it is to be followed"
    others = f"  # or {', '.join(near[1:])}" if near[1:] else ""
    fields = f'kind = "defined-alias", name = "{name}", system = "{near[0]}", source = "{source}"'
    return f"# perhaps: {{ {fields} }}{others}"
