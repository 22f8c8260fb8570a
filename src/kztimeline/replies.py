"""Answers assembled: frame, sources, findings and reasons of one question to one view.

A question of numbers to a kept table rests on little: what only other questions need is imported where they need it.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, field, frozen

from kztimeline.answers import Answer, Face, Finding, Severity
from kztimeline.events import Stored, citations_of, systems_of
from kztimeline.frames import table

if TYPE_CHECKING:
    import polars as pl

    from kztimeline.cache import Names
    from kztimeline.editions import Edition
    from kztimeline.happenings import Known
    from kztimeline.log import Log
    from kztimeline.picture import Picture
    from kztimeline.policies import Policy
    from kztimeline.registry import Registry
    from kztimeline.steps import Folded
    from kztimeline.views import Placed, Standing
    from kztimeline.works import State


@frozen(slots=False)
class Seen:
    """A view that is asked: what names mean in it, its policy, the head that fixes it; ``stood`` gives what stands in it.

    ``name`` and ``recorded`` are the log's name and when it was last written; ``published_by`` and ``only`` limit the
    view.

    Numbers come from the table of steps, so that what stands is read only where reasons are asked for, and definitions
    only where something is asked for by its name or shown with it.
    """

    names: Names = field(repr=False, eq=False)
    policy: Policy
    head: str
    name: str
    recorded: str
    published_by: str | None
    only: frozenset[str] | None
    stood: Callable[[], Standing] = field(repr=False, eq=False)
    redacted: int = 0

    @property
    def registry(self) -> Registry:
        """The definitions of the view."""
        return self.names.registry

    @cached_property
    def standing(self) -> Standing:
        """The claims that stand in this view."""
        return self.stood()

    @cached_property
    def known(self) -> Known:
        """What leads a system to the id it counts under, by the claims that stand."""
        from kztimeline.happenings import known

        return known(self.standing)

    @property
    def state(self) -> State:
        """The state of the log and the view of it, as citations name them."""
        from kztimeline.works import State

        by = [f"published by {self.published_by}"] if self.published_by else []
        by += [f"sources {' '.join(sorted(self.only)) or 'none'}"] if self.only is not None else []
        return State(self.name, self.head, self.recorded, str(self.policy), "; ".join(by))


@frozen
class Question:
    """A question about numbers: its words, the last day it asks of, and whose.

    ``about`` is the kind of question, ``systems`` are the keys asked for (``None``: all), ``name`` what the asker called
    them, ``accounts`` those asked for.
    """

    about: str
    text: str
    moment: datetime.date
    holder: str
    operator: str | None
    systems: frozenset[str] | None
    name: str | None
    accounts: tuple[str, ...]

    @property
    def stock(self) -> bool:
        """Tell whether all that is held is asked for, so that units of no stated type are to be mentioned."""
        return self.about in ("fielded", "holdings") and self.operator is None


def answered(seen: Seen, question: Question, frame: pl.DataFrame) -> Answer:
    """Make the answer to a question about numbers."""
    found: list[Finding] = []
    if question.systems is None:
        if question.stock:
            from kztimeline.untyped import untyped

            found = untyped(seen.names.totalled, question.holder, question.moment.toordinal())
        if frame.is_empty():
            found.append(_nothing_yet(seen, question))
    else:
        from kztimeline import explain

        folds = _folded(seen, question.systems, question.operator, question.holder)
        folded = [key for several in folds.values() for key in several]
        found = explain.findings(seen.standing, folded, question.moment.toordinal())
        if frame.is_empty():
            found.append(_stated_zero(question, folded) or _no_evidence(question.name or "", question.text))
    cited = {source for text in frame["ledgers"].unique().to_list() if text for source in text.split()}
    keys = cache(lambda: frozenset(frame["system"].to_list()) if question.systems is None else question.systems)
    return made(
        seen, question.text, frame, cited, found,
        lambda: explained(seen, f"why: {question.text}", keys(), question.moment, question.holder),
        about=question.about, chosen=_about(seen, keys),
    )  # fmt: skip


def _about(seen: Seen, keys: Callable[[], Collection[str]]) -> Callable[[Stored], bool]:
    """Give a function that tells whether a claim speaks of some keys; what stands is read when it is first asked."""

    def speaks(stored: Stored) -> bool:
        names = seen.known
        named = systems_of(stored.event)
        return any(name in keys() or names.key(stored.event.holder, name) in keys() for name in named)

    return speaks


def _nothing_yet(seen: Seen, question: Question) -> Finding:
    """Say that nothing speaks of what was asked, and what did stand in the view."""
    kinds = Counter(str(stored.event.kind) for stored in seen.standing.claims)
    count = sum(kinds.values())
    told = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items(), key=lambda row: (-row[1], row[0])))
    view = f"public by {seen.published_by}" if seen.published_by else "standing in this view"
    what = f"{count} claim{'' if count == 1 else 's'}{f' ({told})' if told else ''}"
    said = f"no evidence for {question.text}, which is not zero; {view}: {what}, none that gives units for it"
    return Finding("no-evidence", Severity.NOTE, "", (), said)


def explained(seen: Seen, text: str, keys: Iterable[str], moment: datetime.date, holder: str) -> Answer:
    """Give every event of some keys with its one reason on a day, and what does not fit."""
    from kztimeline import explain
    from kztimeline.tables import EXPLANATION

    wanted = frozenset(keys)
    kin = {mate for key in wanted for mate in _group_mates(seen, key)}
    folded = _folded(seen, wanted | kin, None, holder)
    own = [key for system, several in folded.items() if system in wanted for key in several]
    ordinal = moment.toordinal()
    lines = explain.explained(seen.standing, own, wanted, holder, ordinal)
    frame = table(({name: getattr(line, name) for name in EXPLANATION} for line in lines), EXPLANATION)
    found = explain.findings(seen.standing, own, ordinal)
    for key in sorted(wanted):
        for sentence in explain.group_notes(seen.standing, folded, key, holder, ordinal):
            found.append(Finding("group-leaves", Severity.NOTE, key, (), sentence))
    cited = {s for line in lines for s in line.source.split()}
    return made(seen, text, frame, cited, found, about="explain", chosen=resting_on(frame["id"]))


def resting_on(ids: Iterable[str]) -> Callable[[Stored], bool]:
    wanted = frozenset(identity for text in ids for identity in text.split())
    return lambda stored: stored.id in wanted


@frozen
class Wanted:
    """Which claims are asked for: a holder (``"*"``: all), a kind, a source, some keys (``None``: every one)."""

    holder: str
    kind: str | None
    source: str | None
    systems: frozenset[str] | None


def listed(seen: Seen, text: str, wanted: Wanted) -> Answer:
    """Make the answer that lists claims."""
    from kztimeline.tables import EVENTS, event_rows

    names = seen.known
    several = [stored for stored in seen.standing.claims if _is_wanted(stored, wanted, names)]
    frame = table(event_rows(several), EVENTS).sort("time_earliest", "kind", "id", nulls_last=False)
    cited = {c.source for s in several for c in s.event.citations}
    return made(seen, text, frame, cited, about="events", chosen=resting_on(frame["id"]))


def _is_wanted(stored: Stored, wanted: Wanted, names: Known) -> bool:
    claim = stored.event
    if wanted.holder not in ("*", claim.holder) or wanted.kind not in (None, str(claim.kind)):
        return False
    if wanted.source is not None and all(c.source != wanted.source for c in claim.citations):
        return False
    named = {name for system in systems_of(claim) for name in (system, names.key(claim.holder, system))}
    return wanted.systems is None or bool(named & wanted.systems)


def uncited(seen: Seen, placed: Iterable[Placed], folder: Path) -> Answer:
    """Make the answer to what no citation covers; the documents are those that the log defines."""
    from kztimeline.passages import gaps, texts_of
    from kztimeline.tables import UNCITED

    documents = seen.registry.documents
    texts = texts_of({name: document.sha256 for name, document in documents.items()}, folder)
    cited = [c for row in placed for c in citations_of(row.value)]
    rows = [asdict(gap) for gap in gaps(cited, texts)]
    absent = [
        Finding("document-absent", Severity.NOTE, name, (), f"{name}: no file of the folder has its SHA-256")
        for name, lines in sorted(texts.items())
        if lines is None
    ]
    cited_documents = {documents[str(r["document"])].source for r in rows}
    return made(seen, "uncited", table(rows, UNCITED), cited_documents, absent, about="uncited")


def printed(seen: Seen, edition: Edition) -> Answer:
    """Make the answer that shows an edition's rows, what could not be read, and names that nobody defined."""
    from kztimeline.editions import candidates
    from kztimeline.tables import ROWS, printed_rows

    found = [
        Finding("figure-refused", Severity.ODD, r.text, (), f"{r.place}: {r.text}: {r.reason}") for r in edition.refused
    ]
    registry = seen.registry
    found += [Finding("name-unresolved", Severity.NOTE, "", (), line) for line in candidates(edition, registry)]
    sources = [edition.source] if edition.source else []
    frame = table(printed_rows(edition), ROWS)
    return made(seen, f"edition {edition.id}", frame, sources, found, about="rows", chosen=resting_on(frame["id"]))


def agreed(seen: Seen, moment: datetime.date, holder: str, systems: frozenset[str] | None, form: str | None) -> Answer:
    """Make the answer to which agreements stood on a day."""
    from kztimeline.agreements import AGREEMENTS, agreement_rows

    rows = list(agreement_rows(seen.standing, holder, moment.toordinal(), systems=systems, form=form))
    frame = table(rows, AGREEMENTS).sort("holder", "agreement")
    cited = {s for row in rows for s in str(row["sources"]).split()}
    chosen = resting_on(frame["claims"])
    return made(seen, f"agreements on {moment}", frame, cited, about="agreements", chosen=chosen)


def measured(seen: Seen, indicator: str, holder: str) -> Answer:
    """Make the answer that gives a series; ``"*"`` is every indicator."""
    from kztimeline.series import ORDER, SERIES, measures, series_rows

    several = measures(seen.standing, holder, None if indicator == "*" else indicator)
    frame = table(series_rows(several), SERIES).sort(*ORDER, nulls_last=False)
    found = [] if several else [_no_evidence(indicator, f"the series of {holder}")]
    cited = {c.source for s in several for c in s.event.citations}
    chosen = resting_on(frame["id"])
    return made(seen, f"series {indicator}", frame, cited, found, about="series", chosen=chosen)


def audit(seen: Seen, holder: str) -> Answer:
    """Make the answer to where the sources contradict each other or themselves."""
    from kztimeline.audit import audited
    from kztimeline.steps import fold
    from kztimeline.tables import FINDINGS, finding_rows

    folded = [key for _, several in fold(seen.standing, policy=seen.policy) for key in several]
    found = audited(seen.standing, folded, holder)
    claims = {stored.id: stored.event for stored in seen.standing.claims}
    frame = table(finding_rows(found, claims), FINDINGS).sort("code", "subject", "claims")
    cited = {c.source for f in found for i in f.claims if i in claims for c in claims[i].citations}
    return made(seen, "audit", frame, cited, found, about="audit", chosen=resting_on(frame["claims"]))


def segments(seen: Seen, log: Log) -> Answer:
    """Make the answer that lists the segments of a log, newest last."""
    from kztimeline.tables import SEGMENTS

    rows = [
        {
            "segment": segment.id,
            "recorded": segment.header.recorded,
            "events": segment.count,
            "parents": " ".join(parent[:16] for parent in segment.header.parents),
            "writer": segment.header.writer,
            "note": segment.header.note,
        }
        for segment in log.segments
    ]
    return made(seen, "log", table(rows, SEGMENTS), (), about="log")


def described(seen: Seen) -> Answer:
    """Make the answer to what the columns of every answer mean."""
    from kztimeline.codebook import codebook_frame

    return made(seen, "codebook", codebook_frame(), (), about="codebook")


def made(
    seen: Seen, text: str, frame: pl.DataFrame, cited: Iterable[str],
    found: Sequence[Finding] = (), reasons: Callable[[], Answer] | None = None,
    *, about: str, chosen: Callable[[Stored], bool] | None = None,
) -> Answer:  # fmt: skip
    """Make an answer of its parts; ``chosen`` tells which claims it rests on (``None``: all of its sources)."""
    sources = tuple(sorted(cited))
    return Answer(
        question=text, frame=frame, sources=sources, head=seen.head, policy=str(seen.policy),
        findings=(*found, *taken_out(seen)), reasons=reasons, about=about, face=face(seen, sources, chosen),
    )  # fmt: skip


def taken_out(seen: Seen) -> Iterator[Finding]:
    """Say that a head no longer says all that it once did."""
    if seen.redacted:
        events = "an event is" if seen.redacted == 1 else f"{seen.redacted} events are"
        said = f"{events} redacted in this log; the answer rests on what is left"
        yield Finding("redacted", Severity.NOTE, "", (), said)


def face(seen: Seen, sources: Sequence[str], chosen: Callable[[Stored], bool] | None) -> Face:
    """Say how an answer is cited, drawn and shown; nothing of it is worked out before it is asked for."""

    def citing(form: str, question: str) -> tuple[str, ...] | str:
        from kztimeline.cite import cited
        from kztimeline.works import works_of

        return cited(works_of(seen.standing, sources, chosen), seen.state, question, form)

    def drawing(answer: Any, lang: str) -> Picture:
        from kztimeline import plots

        return plots.drawn(answer, seen.standing, lang)

    return Face(citing, drawing, lambda: tuple(_title(seen.registry, source) for source in sources))


def _title(registry: Registry, source: str) -> str:
    """Give a source's title with its publisher; its id where nothing defines it."""
    entry = registry.sources.get(source)
    if entry is None:
        return source
    return f"{entry.title}, {entry.publisher}" if entry.publisher else entry.title


def _folded(seen: Seen, systems: Iterable[str], operator: str | None, holder: str) -> dict[str, list[Folded]]:
    """Fold some systems of a holder (``"*"``: of every one), by system."""
    from kztimeline.steps import fold

    found: dict[str, list[Folded]] = {}
    for system, several in fold(seen.standing, operator=operator, policy=seen.policy, only=set(systems)):
        found.setdefault(system, []).extend(key for key in several if holder in ("*", key.asked.holder))
    return found


def _group_mates(seen: Seen, key: str) -> set[str]:
    names = seen.known
    mates: set[str] = set()
    for stored in seen.standing.claims:
        keys = {names.key(stored.event.holder, system) for system in systems_of(stored.event)}
        if key in keys:
            mates |= keys
    return mates


def _stated_zero(question: Question, folded: Sequence[Folded]) -> Finding | None:
    """Say that the sources tell of none, where they do: an answer without rows is then no silence."""
    from kztimeline import explain

    day = question.moment.toordinal()
    own = [key for key in folded if key.asked.account in question.accounts]
    said = [answer for key in own if (answer := explain.on(key, day)) is not None]
    if not said or any(answer.count.high > 0 for answer in said):
        return None
    ledgers = " ".join(sorted({ledger for answer in said for ledger in answer.ledgers}))
    name = question.name or ""
    sentence = f"{name}: none for {question.text}, by {ledgers}"
    if any(answer.open for answer in said):
        return Finding("open-zero", Severity.NOTE, name, (), f"{sentence}; no list of the day says there were no more")
    return Finding("known-zero", Severity.NOTE, name, (), sentence)


def _no_evidence(what: str, question: str) -> Finding:
    return Finding("no-evidence", Severity.NOTE, what, (), f"{what}: no evidence for {question}; that is not zero")
