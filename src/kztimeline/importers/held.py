"""What a log already holds of a register: each claim's words by publication, and the deals they make up.

Works on plain fields, since a register has tens of thousands of lines; :mod:`kztimeline.views` gives the
same answer for objects, and a test compares the two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec
from attrs import define, field, frozen

from kztimeline.codec import value_of
from kztimeline.dates import parse_date
from kztimeline.importers.deals import DELIVERIES, ORDERED, REGISTER, SOURCE, Deal, Figure, Tranche, noted
from kztimeline.importers.parties import UNKNOWN
from kztimeline.log import Log, is_redacted
from kztimeline.quantities import parse_quantity
from kztimeline.registry import Definition, Registry, build

Fields = Mapping[str, object]
_DECODE = msgspec.json.Decoder().decode


@define
class Told:
    """One claim of the log with all that was later said of it: ``said`` in the order of the log.

    Each word is the day of its publication, and the fields it says, ``None`` for taken back.
    """

    id: str
    deal: str
    key: str
    said: list[tuple[str, Fields | None]] = field(factory=list)
    gone: bool = False

    def word(self, by: str | None) -> Fields | None:
        """Give what is said by a day, ``None`` for nothing: the word published latest."""
        if self.gone:
            return None
        public = [(day, at) for at, (day, _) in enumerate(self.said) if by is None or day <= by]
        return self.said[max(public)[1]][1] if public else None

    @property
    def first(self) -> str:
        """The day on which the claim was first made."""
        return self.said[0][0]

    def speaks_on(self, after: str, until: str) -> bool:
        """Tell whether some word was published in (after, until]."""
        return any(after < day <= until for day, _ in self.said)


@frozen
class Holds:
    """A log as the importer sees it: definitions that stand, the register's claims by table, all ids.

    ``gone`` are the ids of lines that were taken back or redacted: such a line does not stand again because it is repeated.

    ``linked`` are claims that stand in a link already, ``apart`` those declared distinct; ``quotes`` are single orders and deliveries of the
    register that another document tells, as nobody has changed them since.
    """

    registry: Registry
    tables: Mapping[str, Mapping[str, Mapping[str, Told]]]
    ids: frozenset[str]
    linked: frozenset[str]
    apart: frozenset[str]
    quotes: Mapping[str, Fields]
    definitions: tuple[Definition, ...]
    gone: frozenset[str]

    def releases(self, table: str) -> list[str]:
        """Give the days of the releases of a table that are in the log."""
        known = self.registry.editions.values()
        return sorted(e.published.text for e in known if e.source == SOURCE and e.id.startswith(f"{table}-"))


@define
class _Read:
    """What is gathered while a log is read."""

    claims: dict[str, Told] = field(factory=dict)
    lineage: dict[str, str] = field(factory=dict)
    definitions: dict[str, Definition] = field(factory=dict)
    gone: set[str] = field(factory=set)
    ids: set[str] = field(factory=set)
    linked: set[str] = field(factory=set)
    apart: set[str] = field(factory=set)
    quotes: dict[str, Fields] = field(factory=dict)

    def take(self, identity: str, line: bytes) -> None:
        """Take one line of the log in."""
        self.ids.add(identity)
        if is_redacted(line):
            self.gone.add(identity)
            return
        fields = _DECODE(line)
        kind, target = fields["kind"], fields.get("target")
        if kind == "retracted":
            self.gone.add(target)
        if kind.startswith("defined-"):
            value = value_of(line)
            if isinstance(value, Definition):
                self.definitions[identity] = value
        elif kind == "linked":
            self.linked.update(fields["claims"][:1] if fields["relation"] == "part-of" else fields["claims"])
            self.apart.update(fields["claims"] if fields["relation"] == "distinct" else ())
        elif fields.get("batch") in (REGISTER, DELIVERIES):
            self.claims[identity] = Told(identity, fields["deal"], _key(fields), [(_day(fields), fields)])
            self.lineage[identity] = identity
        elif _is_quote(fields):
            self.quotes[identity] = fields
        elif target in self.quotes:
            del self.quotes[target]
        elif (root := self.lineage.get(target)) is not None:
            self.lineage[identity] = root
            _retold(self.claims[root], fields)


def held(log: Log) -> Holds:
    """Read a log for the importer."""
    read = _Read()
    for _, identity, line in log:
        read.take(identity, line)
    tables: dict[str, dict[str, dict[str, Told]]] = {REGISTER: defaultdict(dict), DELIVERIES: defaultdict(dict)}
    for told in read.claims.values():
        batch = str((told.said[0][1] or {}).get("batch"))
        tables[batch][told.deal][told.key] = told
    definitions = tuple(value for identity, value in read.definitions.items() if identity not in read.gone)
    return Holds(
        build(definitions),
        tables,
        frozenset(read.ids),
        frozenset(read.linked),
        frozenset(read.apart),
        read.quotes,
        definitions,
        frozenset(read.gone),
    )


def _is_quote(fields: Fields) -> bool:
    if fields["kind"] not in ("ordered", "delivered") or fields.get("role", "item") != "item":
        return False
    cited = fields.get("citations")
    return isinstance(cited, list) and [citation["source"] for citation in cited] == [SOURCE]


def _retold(told: Told, fields: Fields) -> None:
    """Add what a verb says of a claim; a correction of ours replaces the first word."""
    kind, replacement = fields["kind"], fields.get("replacement")
    if kind == "retracted":
        told.gone = True
    elif kind == "withdrawn" and fields["source"] == SOURCE:
        told.said.append((_day(fields), None))
    elif isinstance(replacement, Mapping) and kind == "revised" and fields["source"] == SOURCE:
        told.said.append((_day(replacement), replacement))
    elif isinstance(replacement, Mapping) and kind == "corrected":
        told.said[0] = (_day(replacement), replacement)


def _day(fields: Fields) -> str:
    """Give the last day on which the register's word can have become public, as ISO text."""
    cited = fields.get("citations")
    days = [c["published"] for c in cited if c["source"] == SOURCE] if isinstance(cited, Sequence) else []
    return max((last for day in days if (last := _last(str(day))) is not None), default="9999-12-31")


@lru_cache(maxsize=4096)
def _last(published: str) -> str | None:
    """Give the last day of a publication, which thousands of claims have in common."""
    latest = parse_date(published).latest
    return None if latest is None else str(latest)


def _key(fields: Fields) -> str:
    if fields["kind"] == "ordered":
        return ORDERED
    return "delivered" if fields["batch"] == REGISTER else str(fields["occurred"]).strip("?")


def deal_of(identity: str, told: Iterable[Told], by: str | None) -> Deal | None:
    """Put a deal together from what is said of it by a day; ``None`` where nothing is said."""
    words = {one.key: word for one in told if (word := one.word(by)) is not None}
    order = words.pop(ORDERED, None)
    if order is None:
        return None
    designation, description, comment = noted(str(order.get("note", "")))
    tranches = [_tranche(fields) for _, fields in sorted(words.items())]
    suppliers, systems, form = order.get("suppliers"), order.get("systems"), order.get("form")
    return Deal(
        id=identity,
        line=0,
        recipient=str(order["holder"]),
        supplier=str(suppliers[0]) if isinstance(suppliers, list) else UNKNOWN,
        year=int(str(order["occurred"])[:4]),
        year_uncertain=str(order["occurred"]).endswith("?"),
        ordered=_figure(order.get("quantity")),
        designation=designation,
        description=description,
        comment=comment,
        form=str(form) if form is not None else None,
        tranches=tuple(tranches),
        systems=tuple(systems) if isinstance(systems, list) else (),
    )


def _tranche(fields: Fields) -> Tranche:
    text = str(fields["occurred"])
    years = tuple(int(part.strip("?")) for part in text.strip("{}").split(","))
    return Tranche(years, _figure(fields.get("quantity")), "?" in text)


def _figure(text: object) -> Figure:
    if text is None:
        return Figure(None)
    count = parse_quantity(str(text))
    most = count.high if count.high is not None and count.high != count.low else None
    return Figure(count.low, str(text).endswith("?"), most)


def deals_on(table: Mapping[str, Mapping[str, Told]], by: str | None, skip: Collection[str] = ()) -> list[Deal]:
    """Give the deals that stand by a day, in the order of their ids."""
    found = (deal_of(name, told.values(), by) for name, told in sorted(table.items()) if name not in skip)
    return [deal for deal in found if deal is not None]
