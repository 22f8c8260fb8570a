"""A deal as a register tells it: who buys what from whom, ordered when, delivered how many in which years."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from attrs import field, frozen

from kztimeline.importers.categories import path_of, top_of
from kztimeline.importers.parties import UNKNOWN
from kztimeline.registry import fold

SOURCE = "sipri-at"
REGISTER, DELIVERIES = "sipri-at-register", "sipri-at-deliveries"
"""The two tables; each is a batch, whose rows are distinct (R5)."""
ORDERED = "ordered"
LICENCE = "licence production"
_GAP = " · "
_WORDS = ("holder", "suppliers", "systems", "form", "into", "occurred", "quantity")


@frozen
class Figure:
    """A number as a register prints it; ``number`` ``None`` where the cell is empty, ``uncertain`` where it has a mark.

    ``most`` is beyond ``number`` only where a narrower export left the rest of a total open.
    """

    number: int | None
    uncertain: bool = False
    most: int | None = None

    @property
    def text(self) -> str | None:
        """The figure in the notation of the log; ``None`` for an empty cell, which is unknown and not zero."""
        if self.number is None:
            return None
        said = str(self.number) if self.most is None else f"{self.number}..{self.most}"
        return said + ("?" if self.uncertain and self.most is None else "")


@frozen
class Tranche:
    """Units delivered over a set of years, at least one in each."""

    years: tuple[int, ...]
    figure: Figure
    uncertain: bool = False

    @property
    def occurred(self) -> str:
        """The years as a date: one year, or a set of several (R8)."""
        mark = "?" if self.uncertain else ""
        if len(self.years) == 1:
            return f"{self.years[0]}{mark}"
        return "{" + ",".join(f"{year}{mark}" for year in self.years) + "}"


@frozen
class Deal:
    """One deal of a register, or what a delivery table says of one.

    Parties are codes; ``id`` names the deal for ever once it is in a log. ``line`` is where it stands in
    its file. ``form`` is ``None`` for what is new and not made by the recipient. ``systems`` is what the
    names lead to, empty until they are resolved.
    """

    id: str
    line: int
    recipient: str
    supplier: str
    year: int
    year_uncertain: bool
    ordered: Figure
    designation: str
    description: str
    comment: str
    form: str | None
    tranches: tuple[Tranche, ...]
    systems: tuple[str, ...] = field(factory=tuple)

    @property
    def category(self) -> str:
        """The category path of the description."""
        return path_of(self.description)

    @property
    def top(self) -> str:
        """The broadest category of the description."""
        return top_of(self.category)

    @property
    def years(self) -> frozenset[int]:
        """Every year of delivery."""
        return frozenset(year for tranche in self.tranches for year in tranche.years)

    @property
    def delivered(self) -> int:
        """Units delivered in all."""
        return sum(tranche.figure.number or 0 for tranche in self.tranches)

    @property
    def note(self) -> str:
        """What the row calls the weapon and says of it, in one line that :func:`noted` reads back."""
        parts = [self.designation, self.description, self.comment]
        return _GAP.join(part.replace("·", "-") for part in parts if part)


def noted(note: str) -> tuple[str, str, str]:
    """Read designation, description and comment back from a note."""
    designation, description, comment, *_ = [*note.split(_GAP, 2), "", "", ""]
    return designation, description, comment


def slug(text: str) -> str:
    """Make an id of a name: lower case ASCII letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "x"


def names_in(comment: str) -> Iterator[str]:
    """Yield the names that a comment gives the weapon: a version, a local designation, "produced as …"."""
    for clause in comment.split(";"):
        words = clause.strip()
        for pattern in _NAMING:
            if (found := pattern.search(words)) is not None:
                yield found[1].strip()


_NAMING = (
    re.compile(r"^(?:incl )?(.{2,40}) version$"),
    re.compile(r"^\w+ designation (.{2,40})$"),
    re.compile(r"^(?:produced|assembled|built|incl \w+)\b.* as ([A-Z][\w./-]{1,30})$", re.IGNORECASE),
)
_MADE = re.compile(r"\b(?:produc|assembl|buil)\w*\b.*\b(?:under licen[cs]e|from kits)\b", re.IGNORECASE)
_HEDGE = re.compile(r"\b(?:possibly|probably|perhaps|may|planned)\b", re.IGNORECASE)
_USED = {"second hand": "second hand", "second hand but modernized": "second hand but modernised"}


@lru_cache(maxsize=1 << 15)
def form_of(status: str, comment: str) -> str | None:
    """Read the form of a deal from its status, or from a comment that the recipient makes it under licence."""
    used = _USED.get(" ".join(status.casefold().replace("-", " ").replace("modernised", "modernized").split()))
    if used:
        return used
    clauses = (clause for clause in comment.split(";") if not _HEDGE.search(clause))
    return LICENCE if any(_MADE.search(clause) for clause in clauses) else None


def numbered(deals: Sequence[Deal]) -> list[str]:
    """Give ids for deals that have no number of their own, which no order of the rows changes.

    An id is made of what the row says; rows that share all of that are counted.
    """
    groups: dict[tuple[str, str, str, int], list[int]] = defaultdict(list)
    for index, deal in enumerate(deals):
        groups[(deal.recipient, deal.supplier, deal.designation, deal.year)].append(index)
    ids = [""] * len(deals)
    used: Counter[str] = Counter()
    for key in sorted(groups):
        stem = f"{SOURCE}-{slug(' '.join(map(str, key)))}"
        members = groups[key]
        ranked = sorted(members, key=lambda at: (*content(deals[at]), deals[at].comment)) if members[1:] else members
        for index in ranked:
            used[stem] += 1
            ids[index] = stem if used[stem] == 1 else f"{stem}-{used[stem]}"
    return ids


def content(deal: Deal) -> tuple[object, ...]:
    """Give what a deal says of the world, without flags and wording, ready to be sorted and compared."""
    return (
        deal.recipient,
        deal.supplier,
        fold(deal.designation),
        deal.year,
        -1 if deal.ordered.number is None else deal.ordered.number,
        tuple((t.years, t.figure.number) for t in deal.tranches),
        deal.form or "",
    )


def claims(deal: Deal, batch: str, cited: Sequence[Mapping[str, object]]) -> dict[str, dict[str, object]]:
    """Write a deal as the fields of its claims: ``ordered``, and one delivery for each tranche.

    Keys name the claims within the deal: a register has one total, a delivery table one for each year.
    """
    base: dict[str, object] = {
        "batch": batch,
        "citations": list(cited),
        "deal": deal.id,
        "holder": deal.recipient,
        "systems": list(deal.systems),
    }
    if deal.supplier != UNKNOWN:
        base["suppliers"] = [deal.supplier]
    if deal.form is not None:
        base["form"] = deal.form
    order = {**base, "kind": "ordered", "occurred": f"{deal.year}{'?' if deal.year_uncertain else ''}"}
    if deal.ordered.text is not None:
        order["quantity"] = deal.ordered.text
    found = {ORDERED: {**order, "note": deal.note}}
    for tranche in deal.tranches:
        key = "delivered" if batch == REGISTER else str(tranche.years[0])
        delivered = {**base, "kind": "delivered", "into": "in-service", "occurred": tranche.occurred}
        found[key] = {**delivered, "quantity": tranche.figure.text}
    return found


def said_otherwise(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """Name the fields in which two words on one claim differ in the world; marks of doubt move nothing."""
    return [name for name in _WORDS if _bare(old.get(name)) != _bare(new.get(name))]


def _bare(value: object) -> object:
    return value.replace("?", "") if isinstance(value, str) else value


def one_category(deals: Iterable[Deal]) -> dict[str, str]:
    """Give, for each folded designation, the category path that most of its rows have."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for (designation, description), count in Counter((d.designation, d.description) for d in deals).items():
        seen[fold(designation)][path_of(description)] += count
    return {name: min(paths, key=lambda path: (-paths[path], path)) for name, paths in seen.items()}
