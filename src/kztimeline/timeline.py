"""The value users hold: a log seen at one point in time, and the questions asked of it."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from attrs import define

from kztimeline import asked, holdings, replies
from kztimeline.dates import last_day, period_of
from kztimeline.errors import NotationError, ReadOnlyLogError
from kztimeline.events import Account, Kind
from kztimeline.layout import Part, of_keys
from kztimeline.standpoint import Standpoint
from kztimeline.stores import read_stored

if TYPE_CHECKING:
    from kztimeline import drafts
    from kztimeline.accounted import Accounted
    from kztimeline.answers import Answer
    from kztimeline.asked import Moment
    from kztimeline.catalogues import Catalogue
    from kztimeline.desk import Desk
    from kztimeline.editions import Edition
    from kztimeline.log import Receipt
    from kztimeline.picture import Picture


@define(frozen=True, slots=False, eq=False, repr=False)
class Timeline(Standpoint):
    """A log as it stood, seen by someone: immutable, safe to share, cheap to derive from.

    ``view`` gives another one; questions give :class:`~kztimeline.answers.Answer` values. Opened with
    mode ``"a"`` it also writes; what it wrote is seen by ``refresh()``.
    """

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
        question = replies.Question(
            "fielded", f"fielded {period}", last, self._holder(holder), operator, self._keys(system, exact), system,
            (Account.IN_SERVICE,),
        )  # fmt: skip
        return replies.answered(self.seen, question, holdings.fielded(self._rows(question), stretch.since, last))

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
        wanted, accounts = self._keys(system, exact), asked.accounts(account)
        question = replies.Question(
            "holdings", f"holdings on {moment}", moment, self._holder(holder), operator, wanted, system, accounts
        )
        return replies.answered(self.seen, question, holdings.holdings(self._rows(question), moment))

    def orders(
        self, *, on: Moment, system: str | None = None, holder: str | None = None, exact: bool = False
    ) -> Answer:
        """Say what was ordered and not yet delivered on a day."""
        moment = last_day(on)
        wanted, accounts = self._keys(system, exact), (Account.ON_ORDER,)
        question = replies.Question(
            "orders", f"orders on {moment}", moment, self._holder(holder), None, wanted, system, accounts
        )
        return replies.answered(self.seen, question, holdings.holdings(self._rows(question), moment))

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
        wanted, accounts = asked.system(self.names.known, self.holder, system, exact), asked.accounts(account)
        question = replies.Question(
            "history",
            f"history of {system}",
            datetime.date.max,
            self._holder(holder),
            operator,
            wanted,
            system,
            accounts,
        )
        return replies.answered(self.seen, question, holdings.history(self._rows(question)))

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
            asked.source(self.names.registry, source)
        asked_for = replies.Wanted(self._holder(holder), kind, source, self._keys(system, exact))
        return replies.listed(self.seen, "events" + (f" of {system}" if system else ""), asked_for)

    def agreements(
        self,
        *,
        on: Moment,
        system: str | None = None,
        form: str | None = None,
        holder: str | None = None,
        exact: bool = False,
    ) -> Answer:
        """Say which agreements stood on a day, and how far they had come.

        ``form`` is ``"licence"``, ``"treaty"`` …; columns: see :data:`kztimeline.agreements.AGREEMENTS`.
        """
        wanted, shape = self._keys(system, exact), asked.form(self.standing, form)
        return replies.agreed(self.seen, last_day(on), self._holder(holder), wanted, shape)

    def series(self, indicator: str, *, holder: str | None = None) -> Answer:
        """Give what was measured of an indicator, such as ``"military-expenditure"``, by period; ``"*"`` is all.

        Columns: see :data:`kztimeline.series.SERIES`. Raises :class:`UnknownNameError` with near names.
        """
        return replies.measured(self.seen, asked.indicator(self.standing, indicator), self._holder(holder))

    def audit(self, *, holder: str | None = None) -> Answer:
        """Say where the sources contradict each other or themselves, each finding with its claims.

        Columns: see :data:`kztimeline.tables.FINDINGS`; the codes are described in ``docs/audit.md``.
        """
        return replies.audit(self.seen, self._holder(holder))

    def explain(self, system: str, *, on: Moment, holder: str | None = None, exact: bool = False) -> Answer:
        """Give every event of a system, each with exactly one reason (R23), and what does not fit."""
        wanted, moment = asked.system(self.names.known, self.holder, system, exact), last_day(on)
        return replies.explained(self.seen, f"why {system} on {moment}", wanted, moment, self._holder(holder))

    def edition(self, name: str, *, holder: str | None = None) -> Edition:
        """Give an edition that the log defines, with what standing claims tell of it.

        Raises :class:`UnknownNameError` for an edition that no definition knows, :class:`NotationError` for ``holder="*"``.
        """
        from kztimeline.editions import edition_of

        return edition_of(self.standing, name, self._holder(holder))

    def read_edition(
        self,
        path: str | os.PathLike[str],
        mapping: str | os.PathLike[str] | Mapping[str, object] | None = None,
        *,
        edition: str | None = None,
        holder: str | None = None,
    ) -> Edition:
        """Read an edition from a file as :func:`kztimeline.read_edition` does, by this log's definitions."""
        from kztimeline.editions import read_one

        return read_one(path, self.names.registry, mapping, edition, holder)

    def rows(self, edition: Edition | str, *, holder: str | None = None) -> Answer:
        """Show the rows of an edition as printed and as read; its findings list what could not be.

        Columns: see :data:`kztimeline.tables.ROWS`.
        """
        from kztimeline.editions import Edition

        found = edition if isinstance(edition, Edition) else self.edition(edition, holder=holder)
        return replies.printed(self.seen, found)

    def diff(
        self, one: Edition | Moment, other: Edition | Moment, *, holder: str | None = None, unchanged: bool = False
    ) -> Accounted:
        """Say what changed between two editions, or between two days, and what accounts for it.

        Editions are :class:`~kztimeline.editions.Edition` values or ids (``"iiss-mb-2024"``). What came and went in
        between is taken from this view. Columns: see :data:`kztimeline.accounted.DIFFERENCE`.
        """
        from kztimeline import differences

        chosen = self._holder(holder)
        listed = self.names.registry.editions
        first, second = (
            self.edition(x, holder=chosen) if isinstance(x, str) and x in listed else x for x in (one, other)
        )
        pair = asked.editions(first, second, listed)
        if pair is not None:
            return differences.of_editions(self.seen, *pair, unchanged=unchanged)
        if chosen == "*":
            raise NotationError('a difference is of one holder; write holder="KAZ"')
        days = (last_day(one), last_day(other))  # type: ignore[arg-type]  # no edition is among them
        return differences.of_days(self.seen, self.laid, days, chosen, unchanged=unchanged)

    def uncited(self, sources: str | Path) -> Answer:
        """List what no citation of the log covers in the documents of a folder, stretch by stretch.

        Columns: see :data:`kztimeline.tables.UNCITED`. A document is found by its SHA-256.
        """
        return replies.uncited(self.seen, self.placed, asked.documents(sources))

    def segments(self) -> Answer:
        """List the segments of the log, newest last."""
        return replies.segments(self.seen, self.log)

    def plot(self, what: str, *, holder: str | None = None, lang: str = "en") -> Picture:
        """Draw the whole view: ``"deals"``, ``"suppliers"`` by five years, or ``"evidence"`` by category and year.

        Answers draw themselves: ``tl.history("su-30sm").plot()``. ``lang`` is ``"en"`` or ``"de"``. Needs ``pip install "kztimeline[static]"``.
        """
        from kztimeline import plots

        return plots.whole(what, self.standing, lambda: self.steps, self._holder(holder), lang)

    def report(
        self,
        path: str | Path,
        *,
        lang: str = "en",
        on: Moment | None = None,
        holder: str | None = None,
        interactive: bool = False,
    ) -> Path:
        """Write a report as one HTML file that opens offline: holdings, changes, orders, agreements, findings, sources.

        ``lang`` is ``"en"`` or ``"de"``; ``on`` the day (default: the last that a claim of units speaks of);
        ``interactive`` inlines Vega. Needs ``pip install "kztimeline[static]"``.
        """
        from kztimeline import report

        day = None if on is None else last_day(on)
        return report.written(
            self, self.seen.state, path, self._holder(holder), day, lang=lang, interactive=interactive
        )

    def codebook(self) -> Answer:
        """Say what every column of every answer means: type, unit, and what null says."""
        return replies.described(self.seen)

    @cached_property
    def systems(self) -> Catalogue:
        """The systems that the log defines, to search and look up; columns: see ``kztimeline.catalogues.SYSTEMS``."""
        from kztimeline import catalogues

        return catalogues.systems(self.standing, self.head)

    @cached_property
    def sources(self) -> Catalogue:
        """The publications that the log defines, with their editions and how many standing claims cite them."""
        from kztimeline import catalogues

        return catalogues.sources(self.standing, self.head)

    @cached_property
    def holders(self) -> Catalogue:
        """The holders that the log defines, with the days they existed."""
        from kztimeline import catalogues

        return catalogues.holders(self.standing, self.head)

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
        from kztimeline import writing

        handed = writing.handed(events)
        self._writable()
        return writing.append_events(
            self._desk, handed, note, writer=self.writer, expected_head=expected_head, recorded=recorded
        )

    def append_drafts(
        self,
        several: Sequence[drafts.Draft],
        *,
        sources: str | Path | None = None,
        expected_head: str | None = None,
        recorded: str | None = None,
    ) -> tuple[Receipt, ...]:
        """Check drafts together, then append each as a segment of its own.

        ``sources`` is the folder of the documents cited: a locator may then name a passage by its line, or by
        the line and the passage's first and last words (``from``, ``to``). Raises what ``append`` raises, and
        :class:`kztimeline.errors.UnfinishedError` where the disk stops after some of them.
        """
        from kztimeline import writing

        handed = writing.handed_drafts(several)
        self._writable()
        folder = None if sources is None else asked.documents(sources)
        return writing.append_drafts(
            self._desk, handed, folder, writer=self.writer, expected_head=expected_head, recorded=recorded
        )

    def correct(self, claim: str, changes: Mapping[str, object], *, reason: str, note: str = "") -> Receipt:
        """Correct our mistake in a claim: ``changes`` replaces fields; every view sees it from now on (R24)."""
        from kztimeline import writing

        self._writable()
        identity, changed = asked.identity(claim), dict(asked.changes(changes))
        with self._desk.looking() as desk:
            fields = writing.correction(desk, identity, changed, reason)
        return self.append([fields], note=note)

    def revise(self, claim: str, changes: Mapping[str, object], *, source: str, note: str = "") -> Receipt:
        """Write down that a source changed its word; ``changes`` holds the new ``citations`` too (R24)."""
        from kztimeline import writing

        self._writable()
        identity, changed = asked.identity(claim), dict(asked.changes(changes))
        with self._desk.looking() as desk:
            fields = writing.revision(desk, identity, changed, source)
        return self.append([fields], note=note)

    def retract(self, claim: str, *, reason: str, note: str = "") -> Receipt:
        """Take back a claim or link of ours from every view (R24)."""
        (target,) = self._named([claim])
        return self.append([{"kind": "retracted", "target": target, "reason": reason}], note=note)

    def withdraw(
        self, claim: str, *, source: str, citations: Sequence[Mapping[str, object]], note: str = ""
    ) -> Receipt:
        """Write down that a source took its word back, from the publication of the citation on (R24)."""
        (target,) = self._named([claim])
        cited = asked.citations(citations)
        return self.append([{"kind": "withdrawn", "target": target, "source": source, "citations": cited}], note=note)

    def link(self, relation: str, claims: Sequence[str], *, reason: str, note: str = "") -> Receipt:
        """Say that claims are the ``same`` happening, ``distinct``, or the first ``part-of`` the second (R7)."""
        ids = self._named(asked.identities(claims))
        return self.append([{"kind": "linked", "relation": relation, "claims": ids, "reason": reason}], note=note)

    # --- inside --------------------------------------------------------------------------------------

    def _rows(self, question: replies.Question) -> list[Part]:
        """Give the steps that a question asks of."""
        laid = self.laid if question.operator is None else self._branch(question.operator)
        asked_for = (laid[account] for account in sorted(question.accounts) if account in laid)
        return [of_keys(part, question.holder, question.systems) for part in asked_for]

    def _branch(self, operator: str) -> dict[str, Part]:
        from kztimeline.frames import step_frame
        from kztimeline.layout import parts
        from kztimeline.steps import steps

        operator = asked.one_of(operator, self.names.registry.bodies, "operator")
        return parts(step_frame(steps(self.standing, operator=operator, policy=self.policy)))

    def _keys(self, system: str | None, exact: bool) -> frozenset[str] | None:
        """Give the keys that a system's name asks for, ``None`` for all where none is named."""
        return None if system is None else asked.system(self.names.known, self.holder, system, exact)

    def _holder(self, holder: str | None) -> str:
        return asked.known_holder(self.names.holders, self.holder, self.holder if holder is None else holder)

    @cached_property
    def _desk(self) -> Desk:
        """What lies at hand between two appends."""
        from kztimeline.desk import Desk

        desk = Desk(self.log.path)
        desk.pen.take(self.log.whole or self.log)
        return desk

    def _named(self, claims: Sequence[str]) -> list[str]:
        """Give the ids of claims that are named by 8 or more of their digits, in the log as it is now."""
        from kztimeline import writing

        self._writable()
        wanted = [*map(asked.identity, claims)]
        with self._desk.looking() as desk:
            return [writing.full_id(desk.known, claim) for claim in wanted]

    def _writable(self) -> None:
        if self.mode != "a":
            raise ReadOnlyLogError('opened for reading; open it with kz.open(path, mode="a")', path=str(self.log.path))


def open_timeline(path: Path, *, mode: Literal["r", "a"] = "r", writer: str = "kztimeline") -> Timeline:
    """Open the log in a folder. Raises :class:`LogNotFoundError`, :class:`IntegrityError`."""
    if mode not in ("r", "a"):
        raise NotationError(f"not a mode: {mode!r}; write 'r' to read, 'a' to append")
    found = read_stored(path)
    return Timeline(found, found.genesis.holder, mode=mode, writer=writer)
