"""What an answer rests on, as things that can be cited: editions, documents, publications, and the log itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from attrs import frozen

from kztimeline.dates import UncertainDate
from kztimeline.events import Basis, Citation, Stored
from kztimeline.registry import Registry
from kztimeline.views import Standing


@frozen
class Work:
    """One thing to cite: a state of a publication as far as an answer rests on it.

    ``id`` is the edition's, the document's or the publication's own; ``published`` the latest day of publication that a
    claim names (``None`` where no claim is at hand), ``inferred`` whether the reader concluded it; ``quoted_in`` are the
    titles of the documents that it was read in, where they are somebody else's.
    """

    id: str
    source: str
    title: str
    publisher: str | None
    form: str
    published: UncertainDate | None
    inferred: bool
    quoted_in: tuple[str, ...]


@frozen
class State:
    """The state of a log that an answer holds for: name, head, when it was last written, and how it was asked."""

    name: str
    head: str
    recorded: str
    policy: str
    view: str


def works_of(
    standing: Standing, sources: Iterable[str], chosen: Callable[[Stored], bool] | None = None
) -> tuple[Work, ...]:
    """Give the works behind some sources, sorted by id; only as far as ``chosen`` claims cite them, if that is given."""
    wanted = set(sources)
    found: dict[str, list[Citation]] = defaultdict(list)
    owner: dict[str, str] = {}
    for stored in standing.claims:
        if chosen is None or chosen(stored):
            for citation in stored.event.citations:
                if citation.source in wanted:
                    name = _name(citation, standing.registry)
                    found[name].append(citation)
                    owner[name] = citation.source
    for source in sorted(wanted - set(owner.values())):
        found[source] = []
        owner[source] = source
    return tuple(_work(name, owner[name], found[name], standing.registry) for name in sorted(found))


def _name(citation: Citation, registry: Registry) -> str:
    """Name the state cited: the edition, else the publication's own document, else the publication."""
    if citation.edition is not None:
        return citation.edition
    document = registry.documents.get(citation.via or "")
    return document.id if document is not None and document.source == citation.source else citation.source


def _work(name: str, source: str, citations: list[Citation], registry: Registry) -> Work:
    entry = registry.sources.get(source)
    own = registry.documents.get(name)
    latest = max(citations, key=lambda c: (c.published.last or 0, c.published.text), default=None)
    quoting = {c.via for c in citations if c.via is not None}
    return Work(
        id=name,
        source=source,
        title=own.title if own is not None else entry.title if entry is not None else source,
        publisher=None if entry is None else entry.publisher,
        form="" if entry is None else entry.form,
        published=None if latest is None else latest.published,
        inferred=latest is not None and latest.basis is Basis.INFERRED,
        quoted_in=tuple(
            sorted(
                registry.documents[via].title
                for via in quoting
                if via in registry.documents and registry.documents[via].source != source
            )
        ),
    )
