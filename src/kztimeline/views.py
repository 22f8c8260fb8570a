"""Which claims stand, for whom: publication, our corrections, the sources' revisions (R9, R24).

Corrections and retractions are ours and act on the record clock; revisions and withdrawals are the
source's and act from their publication. A view is a value computed from the log as it stood.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from attrs import define, evolve, field, frozen

from kztimeline.dates import UncertainDate
from kztimeline.errors import IntegrityError
from kztimeline.events import Citation, Claim, Correction, Link, Retraction, Revision, Stored, Verb, Withdrawal
from kztimeline.log import Segment
from kztimeline.registry import Definition, Registry, Scope, build
from kztimeline.wire import read_line


class Reason(StrEnum):
    """Why an event counts or does not (R23)."""

    COUNTED = "counted"
    POSSIBLE = "counted only as possible"
    SAYS_LESS = "says less than another"
    ALTERNATIVE = "alternative of"
    PART_OF_TOTAL = "part of a total"
    NOT_YET_PUBLIC = "not yet public"
    PERHAPS_PUBLIC = "perhaps public"
    CORRECTED = "corrected"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"
    RETRACTED = "retracted"
    OTHER_LEDGER = "other ledger"
    OUTSIDE_SCOPE = "outside scope"
    NO_EFFECT = "no effect"


@frozen
class Placed:
    """A line of the log with its id and the segment it stands in, in an order where parents come first."""

    id: str
    value: Claim | Link | Verb | Definition
    segment: str


def read_placed(segment: Segment, identity: str, line: bytes) -> Placed:
    """Read a line of the log as a value. Raises :class:`IntegrityError` with file and line where it says nothing we know."""
    try:
        return Placed(identity, read_line(line), segment.id)
    except ValueError as error:
        number = segment.ids.index(identity) + 2
        raise IntegrityError(
            f"a line that says nothing we know: {error}", path=str(segment.path), line=number
        ) from error


@frozen(eq=False)
class Standing:
    """What a view lets stand, in the order of the log; a value of its own, equal to no other.

    ``claims`` carry only their standing citations; ``roots`` leads from every id of a lineage to the
    first one; ``absent`` says why a claim of the log does not stand; ``contested`` lists lineages that
    two branches changed differently.
    """

    claims: tuple[Stored, ...]
    links: tuple[tuple[str, Link], ...]
    registry: Registry
    roots: Mapping[str, str]
    absent: Mapping[str, tuple[Reason, Claim]]
    contested: tuple[tuple[str, ...], ...]


_Found = TypeVar("_Found")


def once(work: Callable[[Standing], _Found]) -> Callable[[Standing], _Found]:
    """Let what follows from a view alone be worked out once for it, and be forgotten with it."""
    found: WeakKeyDictionary[Standing, _Found] = WeakKeyDictionary()

    @wraps(work)
    def kept(standing: Standing) -> _Found:
        if standing not in found:
            found[standing] = work(standing)
        return found[standing]

    return kept


@define
class _Lineage:
    """One claim, its corrections by version, and what its sources said later.

    Of a claim that was redacted only the id is left; what was later said in its place stands all the same.
    """

    first: str
    claim: Claim | None
    versions: dict[str, list[Placed]] = field(factory=dict)
    revisions: list[Placed] = field(factory=list)
    withdrawals: dict[str, Placed] = field(factory=dict)


def stand(
    placed: Sequence[Placed],
    *,
    published_by: int | None = None,
    sources: frozenset[str] | None = None,
    before: Callable[[str, str], bool] = lambda _earlier, _later: True,
) -> Standing:
    """Select what stands for those who read everything certainly public by a day (an ordinal).

    ``before(a, b)`` tells whether segment a is an ancestor of segment b; two changes of one claim of
    which neither precedes the other are contested.
    """
    lineages, roots, links, gone = _lineages(placed)
    defined = (row.value for row in placed if isinstance(row.value, Definition) and row.id not in gone)
    registry = build(value for value in defined if _declared(value, published_by))
    claims: list[Stored] = []
    absent: dict[str, tuple[Reason, Claim]] = {}
    contested: list[tuple[str, ...]] = []
    for lineage in lineages.values():
        for word in _words(lineage, published_by, before, absent, contested):
            kept = _cited(word, published_by, sources, absent)
            if kept is not None:
                claims.append(kept)
    withdrawn = _withdrawn(placed, gone, published_by)
    standing_links = tuple(
        (row.id, row.value)
        for row in links
        if isinstance(row.value, Link)
        and row.id not in gone
        and _tied(row.value, withdrawn.get(row.id, ()), published_by, sources)
    )
    return Standing(tuple(claims), standing_links, registry, roots, absent, tuple(contested))


def standing_definitions(placed: Iterable[Placed]) -> tuple[Definition, ...]:
    """Give the definitions that we did not take back, in the order of the log; every view has them."""
    rows = list(placed)
    gone = {row.value.target for row in rows if isinstance(row.value, Correction | Retraction)}
    return tuple(row.value for row in rows if isinstance(row.value, Definition) and row.id not in gone)


def _declared(value: Definition, published_by: int | None) -> bool:
    """Tell whether a view has a definition: all of ours, and what a source covers once that is public (R3, R9)."""
    return not isinstance(value, Scope) or value.published is None or _public(value.published, published_by)


def _tied(link: Link, withdrawn: Collection[str], published_by: int | None, sources: frozenset[str] | None) -> bool:
    """Tell whether a link stands: ours always, a source's where it is public, asked for and not ``withdrawn``."""
    return not link.citations or any(
        _public(c.published, published_by) and c.source not in withdrawn and (sources is None or c.source in sources)
        for c in link.citations
    )


def _withdrawn(placed: Iterable[Placed], gone: Collection[str], published_by: int | None) -> Mapping[str, set[str]]:
    """Name, for each line, the sources that have taken it back by the day of the view, unless we say they did not."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in placed:
        if isinstance(row.value, Withdrawal) and row.id not in gone and _public(_day_of(row.value), published_by):
            found[row.value.target].add(row.value.source)
    return found


def _lineages(
    placed: Sequence[Placed],
) -> tuple[dict[str, _Lineage], dict[str, str], list[Placed], set[str]]:
    """Gather every claim with all that was later said of it; ``roots`` maps each id to its first claim.

    The last value names links and definitions that we took back.
    """
    lineages: dict[str, _Lineage] = {}
    roots: dict[str, str] = {}
    version_of: dict[str, str] = {}
    links: list[Placed] = []
    gone: set[str] = set()
    there = {row.id for row in placed}
    for row in placed:
        said = row.value
        if isinstance(said, Link):
            links.append(row)
        elif isinstance(said, Claim):
            lineages[row.id] = _Lineage(row.id, said)
            roots[row.id] = version_of[row.id] = row.id
        elif isinstance(said, Correction | Revision) and said.target not in there:
            lineages.setdefault(said.target, _Lineage(said.target, None))
            roots[said.target] = version_of[said.target] = said.target
    for row in placed:
        if isinstance(row.value, Verb):
            root = roots.get(row.value.target)
            if root is not None:
                roots[row.id] = root
                _file(lineages[root], row, version_of)
            elif isinstance(row.value, Correction | Retraction):
                gone.add(row.value.target)
    return lineages, roots, links, gone


def _file(lineage: _Lineage, row: Placed, version_of: dict[str, str]) -> None:
    """Put a verb where it acts: ours on one version of the claim, or on a withdrawal that we take back."""
    value = row.value
    if isinstance(value, Revision):
        version_of[row.id] = row.id
        lineage.revisions.append(row)
    elif isinstance(value, Withdrawal):
        version_of[row.id] = version_of[value.target]
        lineage.withdrawals[row.id] = row
    elif isinstance(value, Correction | Retraction):
        version_of[row.id] = version_of[value.target]
        withdrawal = isinstance(value, Retraction) and value.target in lineage.withdrawals
        lineage.versions.setdefault(value.target if withdrawal else version_of[row.id], []).append(row)


def _words(
    lineage: _Lineage,
    published_by: int | None,
    before: Callable[[str, str], bool],
    absent: dict[str, tuple[Reason, Claim]],
    contested: list[tuple[str, ...]],
) -> list[Stored]:
    """Give what each source of a lineage says in the view: its own words, after our corrections."""
    original = _version(lineage, lineage.first, lineage.claim, before, absent, contested)
    revised = [
        (row, _version(lineage, row.id, row.value.replacement, before, absent, contested))
        for row in lineage.revisions
        if isinstance(row.value, Revision)
    ]
    spoken = [*_spoken_words(revised), *_spoken_withdrawals(lineage)]
    replaced: dict[str, tuple[Reason, list[str]]] = {}
    for source in sorted({_speaker(row) for row, _ in spoken}):
        own = [(row, day) for row, day in spoken if _speaker(row) == source and _public(day, published_by)]
        replaced[source] = _latest_word(own, before, contested)
    words = [_without(word, replaced, absent) for word in original]
    chosen = {identity for _, ids in replaced.values() for identity in ids}
    for row, several in revised:
        for word in several:
            if row.id in chosen:
                words.append(_only(word, _speaker(row)))
            else:
                absent[word.id] = (_unchosen(_day_of_claim(word.event, _speaker(row)), published_by), word.event)
    return [word for word in words if word is not None]


def _spoken_words(revised: Iterable[tuple[Placed, Sequence[Stored]]]) -> Iterator[tuple[Placed, UncertainDate]]:
    """Yield the revisions that we did not take back, each with its publication as we last wrote it."""
    for row, words in revised:
        if words:
            yield row, max((_day_of_claim(word.event, _speaker(row)) for word in words), key=_last)


def _spoken_withdrawals(lineage: _Lineage) -> Iterator[tuple[Placed, UncertainDate]]:
    for row in lineage.withdrawals.values():
        if isinstance(row.value, Withdrawal) and row.id not in lineage.versions:
            yield row, _day_of(row.value)


def _speaker(row: Placed) -> str:
    """Name the source that revised or withdrew."""
    if not isinstance(row.value, Revision | Withdrawal):
        raise TypeError(f"{row.id} is neither a revision nor a withdrawal")
    return row.value.source


def _unchosen(published: UncertainDate, published_by: int | None) -> Reason:
    if _public(published, published_by):
        return Reason.REVISED
    return Reason.PERHAPS_PUBLIC if _perhaps(published, published_by) else Reason.NOT_YET_PUBLIC


def _version(
    lineage: _Lineage,
    identity: str,
    claim: Claim | None,
    before: Callable[[str, str], bool],
    absent: dict[str, tuple[Reason, Claim]],
    contested: list[tuple[str, ...]],
) -> list[Stored]:
    """Apply our corrections to one version of a claim: the last one, or all that contest it."""
    changes = lineage.versions.get(identity, [])
    if not changes:
        return [] if claim is None else [Stored(identity, claim)]
    final = _final(changes, before)
    kept = [Stored(change.id, change.value.replacement) for change in final if isinstance(change.value, Correction)]
    if len(final) > 1:
        contested.append(tuple(sorted(change.id for change in final)))
    reason = Reason.CORRECTED if kept else Reason.RETRACTED
    if claim is not None:
        absent[identity] = (reason, claim)
    for change in changes:
        if change not in final and isinstance(change.value, Correction):
            absent[change.id] = (reason, change.value.replacement)
    return kept


def _final(changes: Sequence[Placed], before: Callable[[str, str], bool]) -> list[Placed]:
    """Drop every change that a later one of the same branch overrides."""
    return [
        change
        for index, change in enumerate(changes)
        if not any(
            later.segment == change.segment or before(change.segment, later.segment) for later in changes[index + 1 :]
        )
    ]


def _latest_word(
    spoken: Sequence[tuple[Placed, UncertainDate]],
    before: Callable[[str, str], bool],
    contested: list[tuple[str, ...]],
) -> tuple[Reason, list[str]]:
    """Choose what one source published latest, a revision or a withdrawal; ids of what it says now."""
    if not spoken:
        return Reason.COUNTED, []
    latest = max(_last(day) for _, day in spoken)
    final = _final([row for row, day in spoken if _last(day) == latest], before)
    if len(final) > 1:
        contested.append(tuple(sorted(row.id for row in final)))
    revised = [row.id for row in final if isinstance(row.value, Revision)]
    return (Reason.REVISED if revised else Reason.WITHDRAWN), revised


def _day_of(withdrawal: Withdrawal) -> UncertainDate:
    return max((c.published for c in withdrawal.citations if c.source == withdrawal.source), key=_last)


def _day_of_claim(claim: Claim, source: str) -> UncertainDate:
    """Give the publication of a revision: that of its source's citation, or of any where a correction dropped it."""
    own = [c.published for c in claim.citations if c.source == source]
    return max(own or [c.published for c in claim.citations], key=_last)


def _last(published: UncertainDate) -> int:
    return published.last if published.last is not None else 10**9


def _without(
    word: Stored, replaced: Mapping[str, tuple[Reason, list[str]]], absent: dict[str, tuple[Reason, Claim]]
) -> Stored | None:
    """Take away the citations of those sources that have said something else since."""
    claim = word.event
    kept = tuple(c for c in claim.citations if replaced.get(c.source, (Reason.COUNTED, []))[0] is Reason.COUNTED)
    if len(kept) == len(claim.citations):
        return word
    if not kept:
        reasons = {replaced[c.source][0] for c in claim.citations}
        absent[word.id] = (Reason.REVISED if Reason.REVISED in reasons else Reason.WITHDRAWN, claim)
        return None
    return Stored(word.id, evolve(claim, citations=kept))


def _only(word: Stored, source: str) -> Stored:
    claim = word.event
    return Stored(word.id, evolve(claim, citations=tuple(c for c in claim.citations if c.source == source)))


def _cited(
    word: Stored,
    published_by: int | None,
    sources: frozenset[str] | None,
    absent: dict[str, tuple[Reason, Claim]],
) -> Stored | None:
    """Keep the citations that are certainly public and of the sources asked for."""
    claim = word.event
    wanted = [c for c in claim.citations if sources is None or c.source in sources]
    kept = tuple(c for c in wanted if _public(c.published, published_by))
    if len(kept) == len(claim.citations):
        return word
    if kept:
        return Stored(word.id, evolve(claim, citations=kept))
    absent[word.id] = (_why_unread(wanted, published_by), claim)
    return None


def _why_unread(wanted: Iterable[Citation], published_by: int | None) -> Reason:
    citations = list(wanted)
    if not citations:
        return Reason.OUTSIDE_SCOPE
    if any(_perhaps(c.published, published_by) for c in citations):
        return Reason.PERHAPS_PUBLIC
    return Reason.NOT_YET_PUBLIC


def _public(published: UncertainDate, by: int | None) -> bool:
    return by is None or (published.last is not None and published.last <= by)


def _perhaps(published: UncertainDate, by: int | None) -> bool:
    return by is None or published.first is None or published.first <= by
