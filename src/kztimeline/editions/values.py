"""An edition as a value: its rows as printed and as read, and what it covers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from kztimeline.errors import NotationError
from kztimeline.events import Account, Role
from kztimeline.quantities import Quantity

STORED = (Account.IN_STORE, Account.FOR_SALE)


class Coverage(StrEnum):
    """How much of a service's rows are at hand: only where they are whole is an absent row a zero (R3)."""

    WHOLE = "whole"
    PARTIAL = "partial"
    NONE = "none"


@frozen
class Member:
    """One system that a row names: its id, if a definition knows one of its names, and the folded names."""

    system: str | None
    names: tuple[str, ...]


@frozen
class Row:
    """One statement of an edition.

    ``path`` is the category path in words, ``item`` the label as printed (``None`` for a printed total), ``text`` the
    figure as printed and ``quantity`` as read. A row of several members states one number for all of them (R16). ``covers``
    names the rows that a printed total says it adds up; empty where the category path says it.
    """

    id: str
    service: str
    path: tuple[str, ...]
    item: str | None
    text: str
    quantity: Quantity
    account: Account | None
    role: Role
    members: tuple[Member, ...]
    covers: tuple[str, ...]
    note: str | None

    @property
    def stored(self) -> bool:
        """Whether the row counts units in store or for sale."""
        return self.account in STORED


@frozen
class Refused:
    """A figure or row that could not be read, with where it stands and why."""

    place: str
    text: str
    reason: str


@frozen
class Edition:
    """One state of a publication for one holder: rows, the day they speak of, and what they cover.

    ``cutoff`` is the first and last possible day that the rows speak of, as ordinals; ``unresolved`` are names that no
    definition knows, ``refused`` the figures that could not be read (their rows count as unknown).
    """

    id: str
    source: str
    holder: str
    cutoff: tuple[int, int] | None
    published: str | None
    profile: str
    coverage: Mapping[str, Coverage]
    rows: tuple[Row, ...] = field(repr=False)
    unresolved: tuple[str, ...] = field(repr=False)
    refused: tuple[Refused, ...] = field(repr=False)

    def covers(self, service: str) -> bool:
        """Tell whether an absent row of a service is a zero. Raises :class:`NotationError` for what is no text."""
        if not isinstance(service, str):
            raise NotationError(f"a service is text, not {service!r}; write it in quotation marks")
        return self.coverage.get(service, Coverage.NONE) is Coverage.WHOLE

    def __len__(self) -> int:
        return len(self.rows)
