"""Citations checked against the documents themselves: is the passage still where the claim says it is?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from kztimeline.events import Citation, Locator, Stored
from kztimeline.passages import Texts, passage_hash, texts_of
from kztimeline.registry import Document


@frozen
class Check:
    """One citation checked: ``ok``, ``moved`` (the passage is elsewhere), ``missing``, or ``document absent``."""

    claim: str
    via: str
    line: int
    verdict: str


def checked(claims: Iterable[Stored], documents: Mapping[str, Document], folder: Path) -> list[Check]:
    """Check every located citation against the files of a folder, which are found by their SHA-256."""
    texts = texts_of({name: document.sha256 for name, document in documents.items()}, folder)
    return sorted(_checks(claims, texts), key=lambda check: (check.via, check.line, check.claim))


def _checks(claims: Iterable[Stored], texts: Texts) -> Iterator[Check]:
    for stored in claims:
        citations: tuple[Citation, ...] = getattr(stored.event, "citations", ())
        for citation in citations:
            if citation.locator is not None and citation.via is not None:
                verdict = _verdict(citation.locator, texts.get(citation.via))
                yield Check(stored.id, citation.via, citation.locator.line, verdict)


def _verdict(locator: Locator, lines: Sequence[str] | None) -> str:
    if lines is None:
        return "document absent"
    if (
        locator.line <= len(lines)
        and passage_hash(lines[locator.line - 1][locator.start : locator.end]) == locator.sha256
    ):
        return "ok"
    return "moved" if any(_holds(line, locator) for line in lines) else "missing"


def _holds(line: str, locator: Locator) -> bool:
    width = locator.end - locator.start
    return any(
        passage_hash(line[start : start + width]) == locator.sha256 for start in range(max(len(line) - width + 1, 0))
    )
