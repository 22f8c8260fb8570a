"""What can be said: the families of claims, and what each kind needs.

A claim is one dated, sourced line of the log. Stored fields have no defaults: a field that nobody
stated is ``None`` (or an empty tuple), and that is not zero. Families are closed; shades go into
``form``, ``stage`` and ``indicator``. A ``salt`` is random text that says nothing: with it the id of a
claim that was redacted cannot be guessed back from its few possible words.

Annotations are types here and no text, since readers and writers of lines are made from them in every process.
"""

from enum import StrEnum

from attrs import field, frozen

from kztimeline.dates import UncertainDate
from kztimeline.quantities import Amount, Quantity


class Kind(StrEnum):
    """The kinds of a claim or verb, as written in a line."""

    ORDERED = "ordered"
    ORDER_CHANGED = "order-changed"
    CANCELLED = "cancelled"
    DELIVERED = "delivered"
    PRODUCED = "produced"
    INTRODUCED = "introduced"
    STORED = "stored"
    RETURNED = "returned"
    OFFERED_FOR_SALE = "offered-for-sale"
    TRANSFERRED = "transferred"
    RETIRED = "retired"
    LOST = "lost"
    EXPORTED = "exported"
    DONATED = "donated"
    MODERNISED = "modernised"
    PLANNED = "planned"
    TRIALLED = "trialled"
    AGREEMENT = "agreement"
    FORMED = "formed"
    REORGANISED = "reorganised"
    DISSOLVED = "dissolved"
    MEASURED = "measured"
    OBSERVED = "observed"
    STATED = "stated"
    CHANGED = "changed"
    LINKED = "linked"
    CORRECTED = "corrected"
    REVISED = "revised"
    RETRACTED = "retracted"
    WITHDRAWN = "withdrawn"


class Account(StrEnum):
    """Where a unit is counted (R18).

    ``active`` is an edition's word: in service plus on trial (R19). ``production`` is where units can leave from that
    nobody had received yet: sold or lost from the factory, they are no loss of the forces.
    """

    ON_ORDER = "on-order"
    ON_TRIAL = "on-trial"
    IN_SERVICE = "in-service"
    IN_STORE = "in-store"
    FOR_SALE = "for-sale"
    ACTIVE = "active"
    HELD = "held"
    PRODUCTION = "production"


HELD_ACCOUNTS = (Account.ON_TRIAL, Account.IN_SERVICE, Account.IN_STORE, Account.FOR_SALE)


class Role(StrEnum):
    """What one figure speaks of: an event or item of its own, a total over others, a group of systems."""

    ITEM = "item"
    TOTAL = "total"
    GROUP = "group"


class Stage(StrEnum):
    """How far an agreement has come; ``not-a-party`` is a source's word that the holder has not joined it."""

    ANNOUNCED = "announced"
    SIGNED = "signed"
    RATIFIED = "ratified"
    IN_FORCE = "in-force"
    ENDED = "ended"
    NOT_A_PARTY = "not-a-party"


class Relation(StrEnum):
    """What a link says of two or more claims (R5, R7)."""

    SAME = "same"
    PART_OF = "part-of"
    DISTINCT = "distinct"


class Basis(StrEnum):
    """Whether a publication day is printed in the document or inferred by the reader of it."""

    PRINTED = "printed"
    INFERRED = "inferred"


class Flag(StrEnum):
    """Marks on a claim. They never change a bound.

    A stated change that is ``re-evaluated`` is by the source's own word a new reading, not a change in the world.
    """

    INFERRED = "inferred"
    HEDGED = "hedged"
    COMBAT_CAPABLE = "combat-capable"
    GROUP_FIGURE = "group-figure"
    MODERNISED = "modernised"
    RE_EVALUATED = "re-evaluated"


@frozen
class Locator:
    """A passage of a document: 1-based lines (split on LF), character positions, SHA-256 of the passage.

    ``start`` and ``end`` count characters from the beginning of ``line``; ``end`` is exclusive. The
    hash is over the UTF-8 bytes of the passage, which itself is never stored.
    """

    line: int
    start: int
    end: int
    sha256: str


@frozen
class Citation:
    """Who says so, and where it was read (R4).

    ``source`` names the publication (its ledger), ``via`` the document read, ``edition`` the state of
    the publication; ``published`` is when the word became public, ``basis`` whether that is printed;
    ``data_day`` is the last day that the source says its data cover.
    """

    source: str
    via: str | None
    edition: str | None
    published: UncertainDate
    basis: Basis
    data_day: UncertainDate | None
    locator: Locator | None


@frozen
class Price:
    """Money as text, with its unit (ISO 4217 or ``TIV``) and what the figure is measured in."""

    amount: Amount
    basis: str | None


@frozen
class Procurement:
    """Units ordered, delivered, moved or gone (R18). Quantities count units."""

    kind: Kind
    holder: str
    occurred: UncertainDate
    systems: tuple[str, ...]
    quantity: Quantity | None
    role: Role
    covers: tuple[str, ...]
    suppliers: tuple[str, ...]
    recipients: tuple[str, ...]
    operator: str | None
    to_operator: str | None
    to_system: str | None
    into: Account | None
    out_of: Account | None
    deal: str | None
    form: str | None
    price: Price | None
    batch: str | None
    flags: tuple[Flag, ...]
    note: str | None
    salt: str | None
    citations: tuple[Citation, ...]


@frozen
class Agreement:
    """A memorandum, roadmap, contract, licence or treaty, at one stage of its life."""

    kind: Kind
    holder: str
    occurred: UncertainDate
    form: str
    stage: Stage
    parties: tuple[str, ...]
    systems: tuple[str, ...]
    quantity: Quantity | None
    agreement: str | None
    deal: str | None
    price: Price | None
    period: UncertainDate | None
    batch: str | None
    flags: tuple[Flag, ...]
    note: str | None
    salt: str | None
    citations: tuple[Citation, ...]


@frozen
class Organisation:
    """A branch or unit formed, reorganised or dissolved."""

    kind: Kind
    holder: str
    occurred: UncertainDate
    operator: str
    systems: tuple[str, ...]
    into: str | None
    batch: str | None
    flags: tuple[Flag, ...]
    note: str | None
    salt: str | None
    citations: tuple[Citation, ...]


@frozen
class Measure:
    """One value of an indicator for a period: spending, personnel, an index rank.

    ``category`` says what part of the whole the value is of: goods, a good's share, a group of people.
    """

    kind: Kind
    holder: str
    period: UncertainDate
    indicator: str
    category: str | None
    value: Amount
    basis: str | None
    partner: str | None
    operator: str | None
    batch: str | None
    flags: tuple[Flag, ...]
    note: str | None
    salt: str | None
    citations: tuple[Citation, ...]


@frozen
class Observation:
    """Something seen, said or done that moves no unit; ``form`` says what: doctrine, training, incident, report."""

    kind: Kind
    holder: str
    occurred: UncertainDate
    form: str | None
    parties: tuple[str, ...]
    systems: tuple[str, ...]
    quantity: Quantity | None
    operator: str | None
    batch: str | None
    flags: tuple[Flag, ...]
    note: str | None
    salt: str | None
    citations: tuple[Citation, ...]


@frozen
class Statement:
    """One source's stated level on its cutoff: an item, a printed total, or a group (R16, R19).

    ``item`` is the row as printed, ``category`` a path such as ``air/fighter``; ``covers`` names the
    statements that a printed total adds up.
    """

    kind: Kind
    holder: str
    cutoff: UncertainDate
    role: Role
    systems: tuple[str, ...]
    category: str | None
    item: str | None
    quantity: Quantity
    account: Account | None
    operator: str | None
    covers: tuple[str, ...]
    batch: str | None
    flags: tuple[Flag, ...]
    note: str | None
    salt: str | None
    citations: tuple[Citation, ...]


@frozen
class StatedChange:
    """A source's word that its figure went from one value to another."""

    kind: Kind
    holder: str
    occurred: UncertainDate
    systems: tuple[str, ...]
    category: str | None
    account: Account | None
    operator: str | None
    before: Quantity
    after: Quantity
    batch: str | None
    flags: tuple[Flag, ...]
    note: str | None
    salt: str | None
    citations: tuple[Citation, ...]


Claim = Procurement | Agreement | Organisation | Measure | Observation | Statement | StatedChange


@frozen
class Link:
    """Claims that speak of one happening, of a part and its whole, or of distinct ones (R5, R7).

    For ``part-of`` the last claim is the whole. Without citations the link is ours: it has no
    publication day, and stands wherever the claims it names stand.
    """

    kind: Kind
    relation: Relation
    claims: tuple[str, ...]
    reason: str
    citations: tuple[Citation, ...]


@frozen
class Correction:
    """We mistyped: every view changes, except one recorded before (R24)."""

    kind: Kind
    target: str
    replacement: Claim
    reason: str


@frozen
class Revision:
    """The source changed its word: views from the replacement's publication on change (R24)."""

    kind: Kind
    target: str
    source: str
    replacement: Claim


@frozen
class Retraction:
    """We should not have written it: gone from every view, except one recorded before (R24)."""

    kind: Kind
    target: str
    reason: str


@frozen
class Withdrawal:
    """The source took its word back, from the publication of the citation on (R24)."""

    kind: Kind
    target: str
    source: str
    citations: tuple[Citation, ...]


Verb = Correction | Revision | Retraction | Withdrawal
Event = Claim | Link | Verb

PROCUREMENT_KINDS = tuple(Kind)[: tuple(Kind).index(Kind.AGREEMENT)]
CLASS_OF_KIND: dict[Kind, type] = {
    **dict.fromkeys(PROCUREMENT_KINDS, Procurement),
    Kind.AGREEMENT: Agreement,
    Kind.FORMED: Organisation,
    Kind.REORGANISED: Organisation,
    Kind.DISSOLVED: Organisation,
    Kind.MEASURED: Measure,
    Kind.OBSERVED: Observation,
    Kind.STATED: Statement,
    Kind.CHANGED: StatedChange,
    Kind.LINKED: Link,
    Kind.CORRECTED: Correction,
    Kind.REVISED: Revision,
    Kind.RETRACTED: Retraction,
    Kind.WITHDRAWN: Withdrawal,
}


@frozen
class Stored:
    """A claim with the id it has in the log: SHA-256 of its line (RFC 6962 leaf)."""

    id: str
    event: Claim = field(repr=False)


def when(claim: Claim) -> UncertainDate:
    """Give the time a claim speaks of: ``occurred``, a statement's ``cutoff``, a measure's ``period``."""
    if isinstance(claim, Statement):
        return claim.cutoff
    return claim.period if isinstance(claim, Measure) else claim.occurred


def systems_of(claim: Event) -> tuple[str, ...]:
    """Give the systems a claim names, in its order; a modernisation names the new one too."""
    named: tuple[str, ...] = getattr(claim, "systems", ())
    target = getattr(claim, "to_system", None)
    return (*named, target) if target else named


def citations_of(line: object) -> tuple[Citation, ...]:
    """Give every citation that a line of the log carries, those of its replacement too."""
    own: tuple[Citation, ...] = getattr(line, "citations", ())
    return own + (citations_of(line.replacement) if isinstance(line, Correction | Revision) else ())
