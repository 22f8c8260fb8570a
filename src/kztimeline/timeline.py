"""The value users hold: a log seen at one point in time, and the questions asked of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from attrs import define, evolve, field

from kztimeline import asked, codec, drafts, explain, holdings, writing
from kztimeline.answers import Answer, Finding, Severity
from kztimeline.asked import Moment
from kztimeline.combine import Policy
from kztimeline.dates import last_day, period_of
from kztimeline.errors import IntegrityError, NotationError, ReadOnlyLogError, UnknownNameError
from kztimeline.events import Account, Claim, Kind, Link, Verb, systems_of
from kztimeline.frames import step_frame, table
from kztimeline.happenings import known
from kztimeline.log import Log, Receipt, Segment, is_redacted, read_log
from kztimeline.registry import Definition, members, resolve
from kztimeline.steps import Folded, fold, steps
from kztimeline.tables import EVENTS, EXPLANATION, SEGMENTS, event_rows
from kztimeline.views import Placed, Standing, stand

if TYPE_CHECKING:
    import polars as pl


@define(frozen=True, slots=False, eq=False, repr=False)
class Timeline:
    """A log as it stood, seen by someone: immutable, safe to share, cheap to derive from.

    ``view`` gives another one; questions give :class:`~kztimeline.answers.Answer` values. Opened with
    mode ``"a"`` it also writes; what it wrote is seen by ``refresh()``.
    """

    log: Log
    holder: str
    policy: Policy = Policy.ANCHORED
    published_by: str | None = None
    sources: frozenset[str] | None = None
    mode: str = "r"
    writer: str = field(default="kztimeline", repr=False)

    # --- what stands ---------------------------------------------------------------------------------

    @property
    def head(self) -> str:
        """The id of this state of the log, for ever."""
        return self.log.head

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Every line of the log as a value, parents first."""
        return tuple(
            Placed(identity, _value(line, segment, identity), segment.id)
            for segment, identity, line in self.log
            if not is_redacted(line)
        )

    @cached_property
    def standing(self) -> Standing:
        """The claims that stand in this view, with their standing citations."""
        by = None if self.published_by is None else last_day(self.published_by).toordinal()
        return stand(self.placed, published_by=by, sources=self.sources, before=self.log.before)

    @cached_property
    def steps(self) -> pl.DataFrame:
        """The table of steps of this view; see :data:`kztimeline.frames.STEPS`."""
        return step_frame(steps(self.standing, policy=self.policy))

    def view(
        self,
        *,
        published_by: Moment | None = None,
        recorded_by: Moment | None = None,
        sources: Iterable[str] | None = None,
        policy: str | None = None,
    ) -> Timeline:
        """Give the timeline as others saw it: by publication, by our record, from some sources only.

        ``published_by`` and ``recorded_by`` given as a year or month mean its last day (R9);
        ``recorded_by`` also takes a head (or 8 digits of one). Raises :class:`UnknownNameError` for a
        head or source that the log does not have.
        """
        chosen = self
        if published_by is not None:
            chosen = evolve(chosen, published_by=str(last_day(published_by)))
        if recorded_by is not None:
            chosen = evolve(chosen, log=asked.recorded(chosen.log, recorded_by))
        if sources is not None:
            chosen = evolve(chosen, sources=frozenset(self._known_source(source) for source in asked.listed(sources)))
        if policy is not None:
            chosen = evolve(chosen, policy=asked.policy(policy))
        return chosen

    def refresh(self) -> Timeline:
        """Read the log again, with what was appended since."""
        return evolve(self, log=read_log(self.log.path))

    def resolve(self, name: str) -> str:
        """Give the id of a system by any of its names. Raises :class:`UnknownNameError` with near ones."""
        return resolve(self.standing.registry, name)

    # --- questions -----------------------------------------------------------------------------------

    def fielded(
        self,
        period: str,
        *,
        system: str | None = None,
        holder: str | None = None,
        operator: str | None = None,
        exact: bool = False,
    ) -> Answer:
        """Say what was in service in a period: yes, maybe or no, with bounds (R22).

        ``period`` is ``"2016"``, ``"2016-05"`` or ``"2016/2018"``. Columns: see
        :func:`kztimeline.holdings.fielded`.
        """
        stretch = period_of(period)
        last = datetime.date.max if stretch.until is None else stretch.until - datetime.timedelta(days=1)
        wanted = self._systems(system, exact)
        rows = holdings.kept(self._steps(operator), holder or self.holder, wanted, [Account.IN_SERVICE])
        frame = holdings.fielded(rows, stretch.since, last)
        return self._answer(f"fielded {period}", frame, wanted, last, system, operator)

    def holdings(
        self,
        *,
        on: Moment,
        system: str | None = None,
        holder: str | None = None,
        account: str = "held",
        operator: str | None = None,
        exact: bool = False,
    ) -> Answer:
        """Say what was held on a day (a year or month: its last day). ``account="*"`` shows every account."""
        moment = last_day(on)
        wanted = self._systems(system, exact)
        rows = holdings.kept(self._steps(operator), holder or self.holder, wanted, asked.accounts(account))
        frame = holdings.holdings(rows, moment)
        return self._answer(f"holdings on {moment}", frame, wanted, moment, system, operator)

    def orders(
        self, *, on: Moment, system: str | None = None, holder: str | None = None, exact: bool = False
    ) -> Answer:
        """Say what was ordered and not yet delivered on a day."""
        moment = last_day(on)
        wanted = self._systems(system, exact)
        rows = holdings.kept(self.steps, holder or self.holder, wanted, [Account.ON_ORDER])
        return self._answer(f"orders on {moment}", holdings.orders(rows, moment), wanted, moment, system, None)

    def history(
        self,
        system: str,
        *,
        account: str = "held",
        holder: str | None = None,
        operator: str | None = None,
        exact: bool = False,
    ) -> Answer:
        """Give the periods of a system in which nothing changed, closed-open."""
        wanted = self._systems(system, exact)
        rows = holdings.kept(self._steps(operator), holder or self.holder, wanted, asked.accounts(account))
        return self._answer(f"history of {system}", holdings.history(rows), wanted, datetime.date.max, system, operator)

    def events(
        self,
        *,
        system: str | None = None,
        kind: str | None = None,
        source: str | None = None,
        holder: str | None = None,
        exact: bool = False,
    ) -> Answer:
        """List the claims that stand in this view, sorted by time, kind and id."""
        if kind is not None and kind not in list(Kind):
            raise NotationError(f"not a kind: {kind!r}; write one of {', '.join(Kind)}")
        if source is not None:
            self._known_source(source)
        wanted = self._systems(system, exact)
        chosen = holder or self.holder
        names = known(self.standing)
        stored = [
            s
            for s in self.standing.claims
            if chosen in ("*", s.event.holder)
            and (kind is None or s.event.kind == kind)
            and (source is None or any(c.source == source for c in s.event.citations))
            and (
                wanted is None
                or any(name in wanted for name in systems_of(s.event))
                or any(names.key(s.event.holder, name) in wanted for name in systems_of(s.event))
            )
        ]
        frame = table(event_rows(stored), EVENTS).sort("time_earliest", "kind", "id", nulls_last=False)
        cited = {c.source for s in stored for c in s.event.citations}
        return self._made("events" + (f" of {system}" if system else ""), frame, cited, (), None)

    def explain(self, system: str, *, on: Moment, holder: str | None = None, exact: bool = False) -> Answer:
        """Give every event of a system, each with exactly one reason (R23), and what does not fit."""
        wanted = self._systems(system, exact) or frozenset()
        return self._explained(f"why {system} on {last_day(on)}", wanted, last_day(on), holder or self.holder)

    def segments(self) -> Answer:
        """List the segments of the log, newest last."""
        rows = [
            {
                "segment": s.id,
                "recorded": s.header.recorded,
                "events": len(s.lines),
                "parents": " ".join(p[:16] for p in s.header.parents),
                "writer": s.header.writer,
                "note": s.header.note,
            }
            for s in self.log.segments
        ]
        return self._made("log", table(rows, SEGMENTS), set(), (), None)

    # --- writing -------------------------------------------------------------------------------------

    def append(
        self,
        events: object,
        *,
        note: str = "",
        expected_head: str | None = None,
        recorded: str | None = None,
    ) -> Receipt:
        """Append events, all or none: event values, mappings of fields, a draft or the path of one.

        Raises :class:`DraftError` with every problem; appending the same event twice is a no-op.
        """
        return self.append_drafts(writing.drafted(events, note), expected_head=expected_head, recorded=recorded)[-1]

    def append_drafts(
        self, several: Sequence[drafts.Draft], *, expected_head: str | None = None, recorded: str | None = None
    ) -> tuple[Receipt, ...]:
        """Check drafts together, then append each as a segment of its own."""
        self._writable()
        current = self.refresh()
        return writing.append(
            current.log, current.placed, several, writer=self.writer, expected_head=expected_head, recorded=recorded
        )

    def correct(self, claim: str, changes: Mapping[str, object], *, reason: str, note: str = "") -> Receipt:
        """Correct our mistake in a claim: ``changes`` replaces fields; every view sees it from now on (R24)."""
        return self.append([writing.correction(self._now(), claim, changes, reason)], note=note)

    def revise(self, claim: str, changes: Mapping[str, object], *, source: str, note: str = "") -> Receipt:
        """Write down that a source changed its word; ``changes`` holds the new ``citations`` too (R24)."""
        return self.append([writing.revision(self._now(), claim, changes, source)], note=note)

    def retract(self, claim: str, *, reason: str, note: str = "") -> Receipt:
        """Take back a claim or link of ours from every view (R24)."""
        fields = {"kind": "retracted", "target": writing.full_id(self._now(), claim), "reason": reason}
        return self.append([fields], note=note)

    def withdraw(
        self, claim: str, *, source: str, citations: Sequence[Mapping[str, object]], note: str = ""
    ) -> Receipt:
        """Write down that a source took its word back, from the publication of the citation on (R24)."""
        target = writing.full_id(self._now(), claim)
        fields = {"kind": "withdrawn", "target": target, "source": source, "citations": list(citations)}
        return self.append([fields], note=note)

    def link(self, relation: str, claims: Sequence[str], *, reason: str, note: str = "") -> Receipt:
        """Say that claims are the ``same`` happening, ``distinct``, or the first ``part-of`` the second (R7)."""
        ids = [writing.full_id(self._now(), claim) for claim in claims]
        return self.append([{"kind": "linked", "relation": relation, "claims": ids, "reason": reason}], note=note)

    # --- inside --------------------------------------------------------------------------------------

    def _steps(self, operator: str | None) -> pl.DataFrame:
        if operator is None:
            return self.steps
        if operator not in self.standing.registry.bodies:
            raise UnknownNameError(
                f"no operator is called {operator!r}; known: {', '.join(sorted(self.standing.registry.bodies))}"
            )
        return step_frame(steps(self.standing, operator=operator, policy=self.policy))

    def _systems(self, system: str | None, exact: bool) -> frozenset[str] | None:
        """Give the keys a system filter asks for: the system, its variants, and the key it counts under."""
        if system is None:
            return None
        name = self.resolve(system)
        key = known(self.standing).key(self.holder, name)
        return frozenset({name, key}) if exact else frozenset({*members(self.standing.registry, name), key})

    def _folded(self, systems: Iterable[str], operator: str | None) -> dict[str, list[Folded]]:
        wanted = set(systems)
        return dict(fold(self.standing, operator=operator, policy=self.policy, only=wanted))

    def _answer(
        self,
        question: str,
        frame: pl.DataFrame,
        wanted: frozenset[str] | None,
        moment: datetime.date,
        name: str | None,
        operator: str | None,
    ) -> Answer:
        found: list[Finding] = []
        keys = frozenset(frame["system"].to_list()) if wanted is None else wanted
        if wanted is not None:
            folded = [key for several in self._folded(keys, operator).values() for key in several]
            found = explain.findings(self.standing, folded, moment.toordinal())
            if frame.is_empty():
                found.append(_no_evidence(name or "", question))
        cited = {source for text in frame["ledgers"].to_list() if text for source in text.split()}
        reasons = partial(self._explained, f"why: {question}", keys, moment, self.holder)
        return self._made(question, frame, cited, found, reasons)

    def _explained(self, question: str, keys: Iterable[str], moment: datetime.date, holder: str) -> Answer:
        wanted = frozenset(keys)
        kin = {m for key in wanted for m in self._group_mates(key)}
        folded = self._folded(wanted | kin, None)
        own = [key for s, several in folded.items() if s in wanted for key in several]
        ordinal = moment.toordinal()
        lines = explain.explained(self.standing, own, wanted, holder, ordinal)
        frame = table(({name: getattr(line, name) for name in EXPLANATION} for line in lines), EXPLANATION)
        found = explain.findings(self.standing, own, ordinal)
        for key in sorted(wanted):
            for sentence in explain.group_notes(self.standing, folded, key, ordinal):
                found.append(Finding("group-leaves", Severity.NOTE, key, (), sentence))
        return self._made(question, frame, {s for line in lines for s in line.source.split()}, found, None)

    def _group_mates(self, key: str) -> set[str]:
        names = known(self.standing)
        mates: set[str] = set()
        for stored in self.standing.claims:
            keys = {names.key(stored.event.holder, s) for s in systems_of(stored.event)}
            if key in keys:
                mates |= keys
        return mates

    def _made(
        self, question: str, frame: pl.DataFrame, cited: Iterable[str], found: Sequence[Finding], reasons: object
    ) -> Answer:
        sources = tuple(sorted(cited))
        titles = []
        for source in sources:
            entry = self.standing.registry.sources.get(source)
            titles.append(
                source if entry is None else f"{entry.title}" + (f", {entry.publisher}" if entry.publisher else "")
            )
        return Answer(
            question=question, frame=frame, sources=sources, head=self.head, policy=str(self.policy),
            findings=tuple(found), reasons=reasons, titles=tuple(titles),  # type: ignore[arg-type]
        )  # fmt: skip

    def _known_source(self, source: str) -> str:
        if source not in self.standing.registry.sources:
            raise UnknownNameError(
                f"no source is called {source!r}; known: {', '.join(sorted(self.standing.registry.sources))}"
            )
        return source

    def _now(self) -> tuple[Placed, ...]:
        """Read the lines of the log as it is now, for naming a claim in what is written next."""
        self._writable()
        return self.refresh().placed

    def _writable(self) -> None:
        if self.mode != "a":
            raise ReadOnlyLogError('opened for reading; open it with kz.open(path, mode="a")', path=str(self.log.path))

    def __repr__(self) -> str:
        count = sum(len(segment.lines) for segment in self.log.segments)
        seen = "".join(
            f", {name} {value}"
            for name, value in (
                ("published by", self.published_by),
                ("sources", self.sources and " ".join(sorted(self.sources))),
            )
            if value
        )
        return f"<Timeline {self.log.genesis.name}: {count} events, head {self.head[:12]}{seen}>"


def open_timeline(path: Path, *, mode: Literal["r", "a"] = "r", writer: str = "kztimeline") -> Timeline:
    """Open the log in a folder. Raises :class:`LogNotFoundError`, :class:`IntegrityError`."""
    if mode not in ("r", "a"):
        raise NotationError(f"not a mode: {mode!r}; write 'r' to read, 'a' to append")
    found = read_log(path)
    return Timeline(found, found.genesis.holder, mode=mode, writer=writer)


def _value(line: bytes, segment: Segment, identity: str) -> Claim | Link | Verb | Definition:
    try:
        return codec.value_of(line)
    except ValueError as error:
        number = segment.ids.index(identity) + 2
        raise IntegrityError(
            f"a line that says nothing we know: {error}", path=str(segment.path), line=number
        ) from error


def _no_evidence(system: str, question: str) -> Finding:
    return Finding("no-evidence", Severity.NOTE, system, (), f"{system}: no evidence for {question}; that is not zero")
