"""Passages named by their words: what a draft writes of a citation's place, made into positions and a hash.

A locator in a draft may say ``{ line = 125 }`` for a whole line, or ``{ line = 125, from = "first words",
to = "last words" }`` for a passage of it. The document's text turns that into characters and a SHA-256; no word
of the document enters the log.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from kztimeline.entries import Draft, Entry
from kztimeline.errors import Problem
from kztimeline.events import Citation
from kztimeline.places import line_at
from kztimeline.registry import Definition, Document

Texts = Mapping[str, Sequence[str] | None]
"""The lines of each document, split on LF; ``None`` where no file of the folder has its SHA-256."""


@frozen
class Gap:
    """A stretch of a document's line (1-based; characters, ``end`` exclusive) that no citation covers."""

    document: str
    line: int
    start: int
    end: int
    text: str


def gaps(citations: Iterable[Citation], texts: Texts) -> Iterator[Gap]:
    """Yield the stretches with letters or digits that no citation covers, document by document, in their order."""
    covered: dict[tuple[str, int], set[int]] = defaultdict(set)
    for citation in citations:
        place = citation.locator
        if place is not None and citation.via is not None:
            covered[(citation.via, place.line)].update(range(place.start, place.end))
    for document, lines in sorted(texts.items()):
        for number, line in enumerate(lines or (), start=1):
            yield from _gaps(document, number, line, covered[(document, number)])


def _gaps(document: str, number: int, line: str, covered: set[int]) -> Iterator[Gap]:
    start = 0
    for at in range(len(line) + 1):
        if at == len(line) or at in covered:
            if any(c.isalnum() for c in line[start:at]):
                yield Gap(document, number, start, at, line[start:at])
            start = at + 1


def passage_hash(passage: str) -> str:
    """Hash a passage: SHA-256 of its UTF-8 bytes, as hex."""
    return hashlib.sha256(passage.encode("utf-8")).hexdigest()


def texts_of(documents: Mapping[str, str | None], folder: Path) -> dict[str, list[str] | None]:
    """Find documents (id to SHA-256) among the files of a folder by their hash, and split them into lines."""
    files = {
        hashlib.sha256(data := file.read_bytes()).hexdigest(): data
        for file in sorted(folder.iterdir())
        if file.is_file()
    }
    found = {identity: files.get(sha256 or "") for identity, sha256 in documents.items()}
    return {name: None if data is None else data.decode("utf-8", "replace").split("\n") for name, data in found.items()}


def documents_named(definitions: Sequence[Definition], drafts: Sequence[Draft]) -> dict[str, str | None]:
    """Give the SHA-256 of every document that the log or the drafts define, by id."""
    known = {row.id: row.sha256 for row in definitions if isinstance(row, Document)}
    for draft in drafts:
        for entry in draft.entries:
            fields = entry.fields
            if fields.get("kind") == "defined-document" and isinstance(fields.get("id"), str):
                known[str(fields["id"])] = str(fields["sha256"]) if "sha256" in fields else None
    return known


def located(draft: Draft, texts: Texts) -> Draft:
    """Give a draft whose locators all say characters and hash; what cannot be found is one of its problems."""
    problems = list(draft.problems)
    entries = []
    for position, entry in enumerate(draft.entries):
        fields, found = _fields(entry.fields, texts, "")
        problems += [_problem(draft, position, entry, path, message) for path, message in found]
        entries.append(evolve(entry, fields=fields))
    return evolve(draft, entries=tuple(entries), problems=tuple(problems))


def _problem(draft: Draft, position: int, entry: Entry, path: str, message: str) -> Problem:
    line = line_at(entry.places, path)
    return Problem(draft.name, line, path if line is not None else f"events[{position}].{path}", message)


def _fields(fields: Mapping[str, object], texts: Texts, above: str) -> tuple[dict[str, object], list[tuple[str, str]]]:
    result = dict(fields)
    problems: list[tuple[str, str]] = []
    citations = fields.get("citations")
    if isinstance(citations, list | tuple):
        pairs = [_citation(citation, texts, f"{above}citations[{at}]") for at, citation in enumerate(citations)]
        result["citations"] = [citation for citation, _ in pairs]
        problems += [finding for _, found in pairs for finding in found]
    replacement = fields.get("replacement")
    if isinstance(replacement, Mapping) and not above:
        result["replacement"], found = _fields(replacement, texts, "replacement.")
        problems += found
    return result, problems


def _citation(citation: object, texts: Texts, path: str) -> tuple[object, list[tuple[str, str]]]:
    place = citation.get("locator") if isinstance(citation, Mapping) else None
    if not isinstance(citation, Mapping) or not isinstance(place, Mapping) or "sha256" in place:
        return citation, []
    try:
        locator = _locator(place, citation.get("via"), texts)
    except ValueError as error:
        return citation, [(f"{path}.locator", str(error))]
    return {**citation, "locator": locator}, []


def _locator(place: Mapping[str, object], via: object, texts: Texts) -> dict[str, object]:
    lines = texts.get(via) if isinstance(via, str) else None
    if lines is None:
        raise ValueError(f"no file of the folder is the document {via!r}; name the folder that holds it")
    number = place.get("line")
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= len(lines):
        raise ValueError(f"{via} has lines 1 to {len(lines)}, not {number!r}")
    start, end = _span(lines[number - 1], place)
    passage = lines[number - 1][start:end]
    if not passage.strip():
        raise ValueError(f"line {number} of {via} is empty there; name a line with words")
    return {"line": number, "start": start, "end": end, "sha256": passage_hash(passage)}


def _span(line: str, place: Mapping[str, object]) -> tuple[int, int]:
    """Find a passage by its first and its last words; each must stand once in what is left of the line."""
    unknown = sorted(set(place) - {"line", "from", "to"})
    if unknown:
        raise ValueError(f"unknown here: {', '.join(unknown)}; write line, from and to, or line, start, end and sha256")
    start, end = 0, len(line)
    if "from" in place:
        start = _once(line, place["from"], 0, "from")
    if "to" in place:
        last = place["to"]
        end = _once(line, last, start, "to") + len(str(last))
    return start, end


def _once(line: str, words: object, after: int, name: str) -> int:
    if not isinstance(words, str) or not words:
        raise ValueError(f"{name} is text of the document, not {words!r}")
    found = list(_places(line, words, after))
    if not found:
        raise ValueError(f"{name} = {words!r} does not stand in the line; write its own words")
    if len(found) > 1:
        raise ValueError(f"{name} = {words!r} stands there {len(found)} times; write more words")
    return found[0]


def _places(line: str, words: str, after: int) -> Iterator[int]:
    at = line.find(words, after)
    while at >= 0:
        yield at
        at = line.find(words, at + 1)
