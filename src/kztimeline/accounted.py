"""The accounted difference as an answer: a row per change, a row per cause, a headline, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, overload

import polars as pl
from attrs import field, frozen

from kztimeline.answers import Face, Finding, Severity
from kztimeline.diffs.causes import WORLD, Cause
from kztimeline.diffs.difference import Change, Difference, State
from kztimeline.diffs.headline import headline
from kztimeline.diffs.spans import ZERO, Span, span_of, total
from kztimeline.diffs.totals import Checked, Counts
from kztimeline.editions import Row
from kztimeline.frames import table
from kztimeline.lines import printable
from kztimeline.readings import INF
from kztimeline.truth import Truth

if TYPE_CHECKING:
    from kztimeline.picture import Picture

_SPAN = {"low": pl.Int64, "best": pl.Int64, "high": pl.Int64}
_FIGURES = [f"{account}_{side}" for account in ("active", "stored") for side in ("before", "after")]
_SPANS = ("active", "stored", "residual", "stored_residual")

DIFFERENCE: dict[str, pl.DataType | type[pl.DataType]] = {
    "change": pl.Int64,
    "kind": pl.String,
    "service": pl.String,
    "category_before": pl.String,
    "category_after": pl.String,
    "item_before": pl.String,
    "item_after": pl.String,
    "state": pl.String,
    **dict.fromkeys(_FIGURES, pl.String),
    **{f"{name}_{bound}": kind for name in _SPANS for bound, kind in _SPAN.items()},
    "causes": pl.String,
    "unexplained": pl.String,
    "perhaps_renamed": pl.Boolean,
    "systems": pl.String,
    "events": pl.String,
}
"""One row per block of systems (``item``) or printed total (``total``).

Figures are as printed, joined by " + "; ``active_*`` and ``stored_*`` are the changes, ``residual_*`` what no cause
accounts for (null: no bound, no single best); ``unexplained`` is yes, maybe or no; ``state`` is changed, unchanged,
flow recorded (figure unchanged), not compared (one edition does not cover it) or not printed (a total of one side only).
"""

CAUSES: dict[str, pl.DataType | type[pl.DataType]] = {
    "change": pl.Int64,
    "kind": pl.String,
    "service": pl.String,
    "item": pl.String,
    "number": pl.Int64,
    "cause": pl.String,
    "world": pl.Boolean,
    **{f"{name}_{bound}": kind for name in ("active", "stored") for bound, kind in _SPAN.items()},
    "inferred": pl.Boolean,
    "ground": pl.String,
    "events": pl.String,
}
"""One row per cause of a change, in order of precedence; ``change`` is its number.

13 is what is left unexplained; its ``events`` are the claims nearest to it, and ``ground`` says why they do not count.
"""


BALANCE: dict[str, pl.DataType | type[pl.DataType]] = {
    "service": pl.String,
    "category": pl.String,
    "item": pl.String,
    **{
        f"{name}_{bound}": kind
        for name in ("opening", "inflow", "outflow", "transferred", "stored", "expected", "closing")
        for bound, kind in _SPAN.items()
    },
    "fits": pl.String,
}
"""One row per block, and one per category (``item`` null): opening + inflow − outflow + transferred − moved into store = expected.

``fits`` is yes where ``expected`` and ``closing`` are the same single number, no where they share none, else maybe. All
figures are of active units; an opening that no row states is part of what is unknown (R27).
"""


@frozen
class Accounted:
    """The difference of two readings, each change split into its causes (R25, R26).

    ``frame`` has a row per change (:data:`DIFFERENCE`), ``causes`` one per cause (:data:`CAUSES`), ``balance`` the
    reconciliation of each block and category (:data:`BALANCE`), ``headline`` a line per category and one for all.
    """

    question: str
    frame: pl.DataFrame = field(eq=False, repr=False)
    causes: pl.DataFrame = field(eq=False, repr=False)
    balance: pl.DataFrame = field(eq=False, repr=False)
    headline: tuple[str, ...] = field(repr=False)
    findings: tuple[Finding, ...] = field(repr=False)
    sources: tuple[str, ...]
    head: str
    policy: str
    face: Face = field(eq=False, repr=False)

    @property
    def titles(self) -> tuple[str, ...]:
        """What the sources are called, each with its publisher."""
        return self.face.titles()

    @property
    def settled(self) -> bool:
        """Whether nothing is left unexplained: every rest is 0."""
        return bool((self.frame["unexplained"] == "no").all())

    def explain(self) -> pl.DataFrame:
        """Give the causes, each with its ground and events."""
        return self.causes

    @overload
    def cite(self, form: Literal["text"] = "text") -> tuple[str, ...]: ...
    @overload
    def cite(self, form: Literal["bibtex", "csl-json", "ris"]) -> str: ...
    @overload
    def cite(self, form: str) -> tuple[str, ...] | str: ...
    def cite(self, form: str = "text") -> tuple[str, ...] | str:
        """Cite the sources behind the difference and the state of the log; see :meth:`kztimeline.Answer.cite`."""
        return self.face.cited(form, self.question)

    def plot(self, *, lang: str = "en") -> Picture:
        """Draw the changes as bars: what is accounted for solid, what is not dashed and empty."""
        return self.face.drawn(self, lang)

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        changed = len(self.frame.filter(pl.col("state") == str(State.CHANGED)))
        said = f"{changed} changed; {self.headline[-1]}" if self.headline else "nothing to compare"
        return f"<{printable(self.question)}: {said}; next .frame .causes .plot() .cite()>"

    def _repr_html_(self) -> str:
        from kztimeline.grids import grid, numbered
        from kztimeline.markup import text

        lines = "".join(f"<li>{text(line)}</li>" for line in self.headline)
        shown = grid(text(self.question), self.frame, self.sources)
        below = f"head <code>{text(self.head[:16])}</code>, policy {text(self.policy)}"
        return f"<div><ul>{lines}</ul>{shown}{numbered(self.titles)}<p>{below}</p></div>"


def accounted(
    found: Difference,
    *,
    question: str,
    head: str,
    policy: str,
    sources: tuple[str, ...],
    face: Face,
    unchanged: bool = False,
) -> Accounted:
    """Make the answer; rows without change are left out unless ``unchanged`` asks for them."""
    shown = sorted((c for c in found.changes if unchanged or c.state is not State.UNCHANGED), key=_order)
    numbered = list(enumerate(shown, start=1))
    frame = table(({"change": number, **_row(change)} for number, change in numbered), DIFFERENCE)
    causes = table(({"change": number, **row} for number, change in numbered for row in _causes(change)), CAUSES)
    return Accounted(
        question=question,
        frame=frame,
        causes=causes.sort("change", "number", "ground"),
        balance=table(_balances(found.changes), BALANCE).sort("service", "category", "item", nulls_last=True),
        headline=tuple(headline(found)),
        findings=tuple(_findings(found)),
        sources=sources,
        head=head,
        policy=policy,
        face=face,
    )


def _order(change: Change) -> tuple[str, str, tuple[str, ...], str]:
    first = (change.before or change.after)[0]
    return change.kind, change.service, first.path, first.item or ""


def _row(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind,
        "service": change.service,
        **{f"category_{side}": _joined(" ".join(r.path) for r in rows) for side, rows in _sides(change)},
        **{f"item_{side}": _joined(r.item for r in rows) for side, rows in _sides(change)},
        "state": str(change.state),
        **{
            f"{account}_{side}": _joined(r.text for r in rows if r.stored is stored)
            for account, stored in (("active", False), ("stored", True))
            for side, rows in _sides(change)
        },
        **_bounds("active", change.active),
        **_bounds("stored", change.stored),
        **_bounds("residual", change.left_active),
        **_bounds("stored_residual", change.left_stored),
        "causes": ", ".join(dict.fromkeys(share.cause.word for share in change.shares)) or None,
        "unexplained": str(change.unexplained),
        "perhaps_renamed": change.perhaps_renamed,
        "systems": " ".join(change.systems) or None,
        "events": " ".join(dict.fromkeys(event for share in change.shares for event in share.events)) or None,
    }


def _sides(change: Change) -> tuple[tuple[str, tuple[Row, ...]], tuple[str, tuple[Row, ...]]]:
    return ("before", change.before), ("after", change.after)


def _joined(texts: Iterable[str | None]) -> str | None:
    return " + ".join(text for text in texts if text) or None


def _bounds(name: str, span: Span) -> dict[str, object]:
    return {
        f"{name}_low": None if span.low == -INF else int(span.low),
        f"{name}_best": span.best,
        f"{name}_high": None if span.high == INF else int(span.high),
    }


def _causes(change: Change) -> Iterator[dict[str, object]]:
    rows = change.after or change.before
    name = _joined(r.item for r in rows) or " ".join(rows[0].path)
    shares = [(s.cause, s.active, s.stored, s.inferred, s.ground, s.events) for s in change.shares]
    for cause, active, stored, inferred, ground, events in shares:
        yield {
            "kind": change.kind, "service": change.service, "item": name, "number": int(cause), "cause": cause.word,
            "world": cause in WORLD, **_bounds("active", active), **_bounds("stored", stored), "inferred": inferred,
            "ground": ground, "events": " ".join(events) or None,
        }  # fmt: skip
    rest = total([change.left_active, change.left_stored])
    if change.state is State.CHANGED and not (rest.zero and change.left_active.zero):
        ground = "perhaps renamed" if change.perhaps_renamed else "no claim or rule accounts for it"
        used = {event for share in change.shares for event in share.events}
        near = [(claim, said) for claim, said in change.near if claim not in used]
        if near:
            ground += f"; nearest: {', '.join(said for _, said in near)}"
        yield {
            "kind": change.kind, "service": change.service, "item": name, "number": 13, "cause": "unexplained",
            "world": False, **_bounds("active", change.left_active), **_bounds("stored", change.left_stored),
            "inferred": False, "ground": ground, "events": " ".join(claim for claim, _ in near) or None,
        }  # fmt: skip


def _balances(changes: Iterable[Change]) -> Iterator[dict[str, object]]:
    """Reconcile every block that both editions cover, and every category as the sum of its blocks."""
    sums: dict[tuple[str, str], list[tuple[Span, ...]]] = {}
    for change in changes:
        if change.kind == "item" and change.state is not State.NOT_COMPARED:
            first = (change.after or change.before)[0]
            parts = _parts(change)
            yield {"service": change.service, "category": " ".join(first.path), "item": first.item, **_balance(parts)}
            sums.setdefault((change.service, first.path[0] if first.path else ""), []).append(parts)
    for (service, category), several in sums.items():
        whole = tuple(total(column) for column in zip(*several, strict=True))
        yield {"service": service, "category": category, "item": None, **_balance(whole)}


def _parts(change: Change) -> tuple[Span, ...]:
    """Give opening, inflow, outflow, what was transferred here, what moved into store, and closing, of active units."""
    amounts = {share.cause: share.active for share in change.shares}
    sides = [total(span_of(r.quantity) for r in rows if not r.stored) for rows in (change.before, change.after)]
    came, went, transferred, moved = (
        amounts.get(cause, ZERO) for cause in (Cause.INFLOW, Cause.OUTFLOW, Cause.TRANSFER, Cause.STORE)
    )
    return sides[0], came, -went, transferred, -moved, sides[1]


def _balance(parts: tuple[Span, ...]) -> dict[str, object]:
    opening, came, went, transferred, moved, closing = parts
    expected = opening + came - went + transferred - moved
    same = expected.low == expected.high == closing.low == closing.high
    meet = expected.low <= closing.high and closing.low <= expected.high
    names = ("opening", "inflow", "outflow", "transferred", "stored", "expected", "closing")
    row: dict[str, object] = {"fits": str(Truth.of(certain=same, possible=meet))}
    for name, span in zip(names, (opening, came, went, transferred, moved, expected, closing), strict=True):
        row |= _bounds(name, span)
    return row


def _findings(found: Difference) -> Iterator[Finding]:
    if found.failure:
        yield Finding("edition-failed", Severity.CONTRADICTION, found.after.id, (), found.failure)
    for edition in (found.before, found.after):
        if edition.cutoff is None:
            said = f"{edition.id} has no cutoff, so that nothing can have come or gone in between; define the edition"
            yield Finding("cutoff-unknown", Severity.ODD, edition.id, (), said)
    for name, rows in found.alternatives:
        figures, row = " and ".join(row.text for row in rows), rows[0]
        label = " ".join([row.service, *row.path, row.item or "total"]).strip()
        said = f"{name}, {label}: {len(rows)} rows, {figures}, of which one is right; they are not added"
        yield Finding("rows-alternative", Severity.ODD, row.item or label, (), said)
    if found.unlisted:
        claims = tuple(sorted({claim for one in found.unlisted for claim in one.claims}))
        moved = ", ".join(f"{one.system} {_signed(one.amount)}" for one in found.unlisted)
        said = f"units came or went, or may have, between {found.before.id} and {found.after.id} of systems that neither has a row for: {moved}"
        yield Finding("flows-unlisted", Severity.NOTE, "", claims, said)
    whole = {e.id: e for e in (found.before, found.after)}
    for name, check in found.checks:
        if check.counts is not Counts.NOT_CHECKABLE or whole[name].covers(check.row.service):
            yield from _check_finding(name, check)
    for edition in (found.before, found.after):
        for refused in edition.refused:
            said = f"{edition.id}, {refused.place}: {refused.text!r} counts as unknown: {refused.reason}"
            yield Finding("figure-refused", Severity.ODD, refused.text, (), said)


def _check_finding(edition: str, check: Checked) -> Iterator[Finding]:
    name = f"{check.row.service} {' '.join(check.row.path)}".strip()
    if check.counts is Counts.NEITHER:
        parts = check.added(Counts.ACTIVE)
        said = f"{edition}, {name}: printed total {check.row.text} against {_said(parts)} of its parts"
        yield Finding("total-against-parts", Severity.CONTRADICTION, name, (), said)
    elif check.counts is Counts.NOT_CHECKABLE:
        said = f"{edition}, {name}: no row is known to be a part of the printed total {check.row.text}"
        yield Finding("total-not-checkable", Severity.NOTE, name, (), said)


def _signed(span: Span) -> str:
    low, high = (f"{bound:+.0f}" if bound else "0" for bound in (span.low, span.high))
    if span.low == -INF:
        return "any number" if span.high == INF else f"{high} or less"
    return low if low == high else f"{low} or more" if span.high == INF else f"{low}..{high}"


def _said(span: Span) -> str:
    if span.low == span.high:
        return str(span.low)
    return f"{span.low} or more" if span.high == INF else f"{span.low}..{span.high}"
