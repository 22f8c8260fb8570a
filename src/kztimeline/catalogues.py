"""What a log can name, to look through: systems, sources and holders, each with what is said of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import polars as pl
from attrs import evolve, field, frozen

from kztimeline.errors import UnknownNameError
from kztimeline.events import systems_of
from kztimeline.frames import table
from kztimeline.grids import grid
from kztimeline.happenings import known
from kztimeline.markup import text
from kztimeline.registry import Registry, fold, key_of, resolution
from kztimeline.views import Standing

SYSTEMS = {
    "id": pl.String, "name": pl.String, "names": pl.String, "category": pl.String, "first_edtf": pl.String,
    "family": pl.String, "counted_as": pl.String, "licence_of": pl.String, "claims": pl.Int64,
}  # fmt: skip
"""One row per system; ``names`` are joined by `` | ``, ids in ``family`` by spaces; ``claims`` counts the standing ones that name it."""
SOURCES = {
    "id": pl.String, "title": pl.String, "publisher": pl.String, "form": pl.String, "lag": pl.Int64,
    "editions": pl.String, "documents": pl.String, "claims": pl.Int64,
}  # fmt: skip
"""One row per publication; ``lag`` is in days; ``editions`` and ``documents`` are ids, joined by spaces."""
HOLDERS = {
    "id": pl.String, "name": pl.String, "since_edtf": pl.String, "until_edtf": pl.String, "claims": pl.Int64,
}  # fmt: skip
"""One row per holder (ISO 3166 alpha-3), with the days it existed."""


@frozen
class Catalogue:
    """What of one sort a log can name: ``frame`` has a row for each, ``info`` one of them, ``search`` those alike."""

    what: str
    head: str
    frame: pl.DataFrame = field(eq=False, repr=False)
    registry: Registry = field(eq=False, repr=False)

    def info(self, name: str) -> dict[str, object]:
        """Give what is said of one, by its id or one of its names; what nobody said is left out.

        Raises :class:`~kztimeline.errors.UnknownNameError` with near names.
        """
        found = [row for row in self.frame.iter_rows(named=True) if row["id"] == self._id(name)]
        if not found:
            near = self.search(name).frame["id"].to_list()[:3]
            meant = f"did you mean {' or '.join(near)}" if near else f"look through {self.what} with .search(text)"
            raise UnknownNameError(f"none of the {self.what} is called {name!r}; {meant}")
        return {column: value for column, value in found[0].items() if value not in (None, "")}

    def search(self, words: str) -> Catalogue:
        """Keep those of which some column holds the words, whatever their case and punctuation."""
        wanted = fold(words)
        rows = [any(wanted in fold(str(value)) for value in row if value is not None) for row in self.frame.iter_rows()]
        return evolve(
            self, what=f"{self.what} like {words!r}", frame=self.frame.filter(pl.Series(rows, dtype=pl.Boolean))
        )

    def _id(self, name: str) -> str:
        if name in self or "category" not in self.frame.columns:
            return name
        return resolution(self.registry, name).system or name

    def __contains__(self, name: object) -> bool:
        return name in self.frame["id"].to_list()

    def __iter__(self) -> Iterator[str]:
        return iter(self.frame["id"].to_list())

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return f"<{len(self)} {self.what}, head {self.head[:12]}; next .search(text) .info(name) .frame>"

    def _repr_html_(self) -> str:
        return f"<div>{grid(text(f'{len(self)} {self.what}'), self.frame, ())}</div>"


def systems(standing: Standing, head: str) -> Catalogue:
    """List the systems that the log defines."""
    registry, names = standing.registry, known(standing)
    counted = Counter(
        name
        for stored in standing.claims
        for name in {k for s in systems_of(stored.event) for k in (s, names.key(stored.event.holder, s))}
    )
    rows = (
        {
            "id": system.id, "name": system.name, "names": " | ".join(system.names) or None, "category": system.category,
            "first_edtf": system.first and system.first.text, "family": " ".join(registry.families.get(key_of(registry, system.id), ())) or None,
            "counted_as": registry.keys.get(system.id), "licence_of": registry.licences.get(system.id),
            "claims": counted[system.id],
        }
        for system in registry.systems.values()
    )  # fmt: skip
    return Catalogue("systems", head, table(rows, SYSTEMS).sort("id"), registry)


def sources(standing: Standing, head: str) -> Catalogue:
    """List the publications that the log defines."""
    registry = standing.registry
    counted = Counter(name for s in standing.claims for name in {c.source for c in s.event.citations})
    editions, documents = defaultdict(list), defaultdict(list)
    for identity, edition in sorted(registry.editions.items()):
        editions[edition.source].append(identity)
    for identity, document in sorted(registry.documents.items()):
        documents[document.source].append(identity)
    rows = (
        {
            "id": source.id, "title": source.title, "publisher": source.publisher, "form": source.form,
            "lag": source.lag, "editions": " ".join(editions[source.id]) or None,
            "documents": " ".join(documents[source.id]) or None, "claims": counted[source.id],
        }
        for source in registry.sources.values()
    )  # fmt: skip
    return Catalogue("sources", head, table(rows, SOURCES).sort("id"), registry)


def holders(standing: Standing, head: str) -> Catalogue:
    """List the holders that the log defines."""
    counted = Counter(stored.event.holder for stored in standing.claims)
    rows = (
        {
            "id": holder.id, "name": holder.name, "since_edtf": holder.since and holder.since.text,
            "until_edtf": holder.until and holder.until.text, "claims": counted[holder.id],
        }
        for holder in standing.registry.holders.values()
    )  # fmt: skip
    return Catalogue("holders", head, table(rows, HOLDERS).sort("id"), standing.registry)
