"""Which columns of a file say what: the mapping of a table of rows to an edition's fields."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from attrs import field, frozen

from kztimeline.editions.values import Coverage
from kztimeline.errors import FileError, NotationError
from kztimeline.events import HELD_ACCOUNTS, Account, Role
from kztimeline.limits import file_bytes
from kztimeline.paths import path_of
from kztimeline.quantities import PROFILES

OPERATORS = {"=": "{}", "": "{}", ">=": "at least {}", "<=": "up to {}", ">": "more than {}", "~": "~{}"}
"""How the sign in a file's column of operators reads in the notation of counts."""
PRESENT = ("present", "some")
"""Signs that stand alone: some, the number not stated."""


ROLES = {"item": "item", "printed-total": "total", "group": "group", "total": "total", "": "item"}
ACCOUNTS = {"": "", "held": "", **{str(account): str(account) for account in (Account.ACTIVE, *HELD_ACCOUNTS)}}


@frozen
class Columns:
    """Columns by field, constants, and how values read. Lists of columns are joined to a category path.

    ``roles`` and ``accounts`` say what words of the file mean, beside those that are known.
    """

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
    roles: Mapping[str, str] = field(default=ROLES)
    accounts: Mapping[str, str] = field(default=ACCOUNTS)
    holders: Mapping[str, str] = field(factory=dict)


FIELDS = tuple(a.name for a in Columns.__attrs_attrs__)


_SEVERAL = ("service", "category", "item")
_WORDS = ("roles", "accounts", "holders")
_NEEDED = ("figure", "source", "profile", "coverage")


def mapping_of(given: str | os.PathLike[str] | Mapping[str, object] | None) -> Columns:
    """Read a mapping: ``None`` is the plain one, a path is TOML.

    Raises :class:`NotationError` for unknown fields and for values that are none, :class:`FileError` for a file that is no TOML.
    """
    if given is None:
        return Columns()
    table = dict(given) if isinstance(given, Mapping) else _from_toml(path_of(given, "a mapping", "mapping.toml"))
    for name in table:
        if name not in FIELDS:
            near = get_close_matches(str(name), FIELDS, n=1)
            meant = f"did you mean {near[0]}" if near else f"known: {', '.join(FIELDS)}"
            raise NotationError(f"unknown field in a mapping: {name!r}; {meant}")
        _checked(name, table[name])
    _allowed(table, "profile", PROFILES)
    _allowed(table, "coverage", tuple(Coverage))
    roles = _words(table, "roles", ROLES, tuple(Role))
    accounts = _words(table, "accounts", ACCOUNTS, tuple(ACCOUNTS))
    several: dict[str, Any] = {
        name: [value] if isinstance(value, str) else value for name, value in table.items() if name in _SEVERAL
    }
    return Columns(**{**table, **several, "roles": roles, "accounts": accounts})


def _from_toml(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file_bytes(file).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise FileError(f"not TOML: {str(error)[:200]}", path=str(file)) from error


def _checked(name: str, value: object) -> None:
    """Raise :class:`NotationError` where the value of a field is of another shape than the field."""
    if name in _WORDS:
        right = isinstance(value, Mapping) and all(isinstance(text, str) for pair in value.items() for text in pair)
        shape = f'words and what they mean; write {name} = {{ "word" = "meaning" }}'
    elif name in _SEVERAL:
        listed = [value] if isinstance(value, str) else value
        right = isinstance(listed, list | tuple) and all(isinstance(text, str) for text in listed)
        shape = f'a column or a list of columns; write {name} = ["{name}"]'
    else:
        right = isinstance(value, str) or (value is None and name not in _NEEDED)
        shape = "text; write it in quotation marks"
    if not right:
        raise NotationError(f"{name} in a mapping is {shape}, not {value!r}")


def _words(
    table: Mapping[str, object], name: str, known: Mapping[str, str], allowed: Collection[str]
) -> dict[str, str]:
    """Give the words of a file and what they mean: the known ones, and those that the mapping adds."""
    given = table.get(name, {})
    words = {**known, **(given if isinstance(given, Mapping) else {})}
    for word, meaning in words.items():
        _allowed({f"{name}.{word}": meaning}, f"{name}.{word}", allowed)
    return words


def _allowed(table: Mapping[str, object], name: str, allowed: Collection[str]) -> None:
    """Raise :class:`NotationError` where a field has a value that means nothing."""
    if name in table and table[name] not in allowed:
        known = ", ".join(one for one in allowed if one)
        raise NotationError(f"not a value of {name} in a mapping: {table[name]!r}; write one of {known}")


def missing(mapping: Columns, columns: Sequence[str]) -> list[str]:
    """List the columns that a mapping names and the file lacks; only what cannot be done without counts."""
    needed = [*mapping.category[:1], *mapping.item[:1], mapping.figure]
    return [name for name in needed if name not in columns]
