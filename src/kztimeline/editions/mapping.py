"""Which columns of a file say what: the mapping of a table of rows to an edition's fields."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from attrs import field, frozen

from kztimeline.errors import NotationError

OPERATORS = {"=": "{}", "": "{}", ">=": "at least {}", "<=": "up to {}", ">": "more than {}", "~": "~{}"}
"""How the sign in a file's column of operators reads in the notation of counts."""


@frozen
class Columns:
    """Columns by field, constants, and how values read. Lists of columns are joined to a category path."""

    edition: str | None = "edition"
    holder: str | None = None
    service: Sequence[str] = ("service",)
    category: Sequence[str] = ("category", "subcategory")
    item: Sequence[str] = ("item",)
    figure: str = "qty"
    operator: str | None = "qty_op"
    account: str | None = "state"
    role: str | None = "row_kind"
    note: str | None = "note"
    source: str = "iiss-mb"
    profile: str = "military-balance"
    coverage: str = "whole"
    roles: Mapping[str, str] = field(factory=lambda: {"item": "item", "printed-total": "total", "": "item"})
    accounts: Mapping[str, str] = field(factory=lambda: {"active": "active", "in-store": "in-store", "": ""})
    holders: Mapping[str, str] = field(factory=dict)


FIELDS = tuple(a.name for a in Columns.__attrs_attrs__)


def mapping_of(given: str | Path | Mapping[str, object] | None) -> Columns:
    """Read a mapping: ``None`` is the plain one, a path is TOML. Raises :class:`NotationError` for unknown fields."""
    if given is None:
        return Columns()
    table = tomllib.loads(Path(given).read_text("utf-8")) if isinstance(given, str | Path) else dict(given)
    for name in table:
        if name not in FIELDS:
            near = get_close_matches(str(name), FIELDS, n=1)
            meant = f"did you mean {near[0]}" if near else f"known: {', '.join(FIELDS)}"
            raise NotationError(f"unknown field in a mapping: {name!r}; {meant}")
    several = {
        name: [value] if isinstance(value, str) else value
        for name, value in table.items()
        if name in ("service", "category", "item")
    }
    return Columns(**{**table, **several})


def missing(mapping: Columns, columns: Sequence[str]) -> list[str]:
    """List the columns that a mapping names and the file lacks; only what cannot be done without counts."""
    needed = [*mapping.category[:1], *mapping.item[:1], mapping.figure]
    return [name for name in needed if name not in columns]
