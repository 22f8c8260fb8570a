"""Why a number is what it is: every event of a system with exactly one reason (R23), and what does not fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from attrs import frozen

from kztimeline.answers import Finding, Severity
from kztimeline.combine import Answer
from kztimeline.events import Account, Claim, Kind, Procurement, Role, Statement, Stored, systems_of, when
from kztimeline.happenings import PLANS, Known, inferred, known
from kztimeline.ledgers import Anchor, Ledger
from kztimeline.readings import INF
from kztimeline.registry import ancestors, key_of
from kztimeline.steps import Folded
from kztimeline.sums import at, summed
from kztimeline.tranches import Item, best_of, walk
from kztimeline.views import Reason, Standing


@frozen
class Line:
    """One event of an explanation: what it says, its reason, and the reason in a few words."""

    id: str
    kind: str
    holder: str
    system: str
    time: str
    quantity: str | None
    source: str
    published: str
    inferred: bool
    reason: str
    detail: str


COLUMNS = ("id", "kind", "holder", "system", "time", "quantity", "source", "published", "inferred", "reason", "detail")


def explained(
    standing: Standing, folded: Sequence[Folded], systems: Collection[str], holder: str, day: int
) -> list[Line]:
    """Give every event of some systems (keys) with its reason on a day, sorted by time, kind and id."""
    names = known(standing)
    reasons = _reasons(folded, day)
    lines = []
    for stored in standing.claims:
        if _about(stored.event, names, systems, holder):
            reason, detail = reasons.get(stored.id) or _idle(stored, day)
            lines.append(_line(stored, reason, detail))
    for identity, (reason, claim) in standing.absent.items():
        if _about(claim, names, systems, holder):
            lines.append(_line(Stored(identity, claim), reason, _ABSENT.get(reason, "")))
    return sorted(lines, key=lambda line: (line.time, line.kind, line.id))


_ABSENT = {
    Reason.NOT_YET_PUBLIC: "published after the day of the view",
    Reason.PERHAPS_PUBLIC: "may have been public on the day of the view, not certainly",
    Reason.CORRECTED: "we mistyped it; the correction stands",
    Reason.RETRACTED: "we took it back",
    Reason.REVISED: "its source says something else since",
    Reason.WITHDRAWN: "its source took it back",
    Reason.OUTSIDE_SCOPE: "none of the sources asked for",
}


def _about(claim: Claim, names: Known, systems: Collection[str], holder: str) -> bool:
    own = claim.holder
    if holder not in ("*", own):
        return False
    return any(
        key in systems or bool(set(ancestors(names.registry, key)) & set(systems))
        for system in systems_of(claim)
        for key in (key_of(names.registry, system), names.key(own, system))
    )


def _line(stored: Stored, reason: Reason, detail: str) -> Line:
    event = stored.event
    quantity = getattr(event, "quantity", None)
    return Line(
        id=stored.id,
        kind=str(event.kind),
        holder=event.holder,
        system=" ".join(systems_of(event)),
        time=when(event).text,
        quantity=None if quantity is None else quantity.text,
        source=" ".join(sorted({c.source for c in event.citations})),
        published=" ".join(dict.fromkeys(c.published.text for c in event.citations)),
        inferred=inferred(stored),
        reason=str(reason),
        detail=detail,
    )


def _idle(stored: Stored, day: int) -> tuple[Reason, str]:
    event = stored.event
    if isinstance(event, Procurement) and event.kind in PLANS:
        return Reason.NO_EFFECT, "a plan or trial moves nothing"
    if isinstance(event, Statement) and event.role is Role.TOTAL:
        return Reason.NO_EFFECT, "a printed total checks its parts"
    first = when(event).first
    if isinstance(event, Procurement | Statement) and first is not None and first > day:
        return Reason.OUTSIDE_SCOPE, "speaks of a later day"
    return Reason.NO_EFFECT, "moves no unit"


# --- reasons of what stands ---------------------------------------------------------------------------------

_RANK = {
    reason: rank
    for rank, reason in enumerate(
        (Reason.COUNTED, Reason.ALTERNATIVE, Reason.PART_OF_TOTAL, Reason.POSSIBLE, Reason.SAYS_LESS, Reason.OTHER_LEDGER, Reason.OUTSIDE_SCOPE)
    )
}  # fmt: skip


def _reasons(folded: Sequence[Folded], day: int) -> dict[str, tuple[Reason, str]]:
    """Give the strongest reason that any account of the system has for each claim."""
    found: dict[str, tuple[Reason, str]] = {}
    for key in folded:
        answer = on(key, day)
        for ledger in key.ledgers:
            used = answer is not None and ledger.source in answer.ledgers
            for claim, reason, detail in _ledger_reasons(ledger, day):
                if not used and reason in (Reason.COUNTED, Reason.POSSIBLE):
                    reason, detail = Reason.OTHER_LEDGER, f"{ledger.source} says less of this day than the ledgers used"
                if claim not in found or _RANK[reason] < _RANK[found[claim][0]]:
                    found[claim] = (reason, detail)
    return found


def on(key: Folded, day: int) -> Answer | None:
    before = [answer for since, answer in key.answers if since <= day]
    return before[-1] if before else None


def _ledger_reasons(ledger: Ledger, day: int) -> Iterator[tuple[str, Reason, str]]:
    stated = [anchor for anchor in ledger.anchors if anchor.last <= day]
    current = stated[-1] if stated else None
    for anchor in ledger.anchors:
        for claim in anchor.claims:
            yield claim, *_anchor_reason(anchor, current, day)
    back = current.first - ledger.lag if current is not None else None
    for item in (*ledger.gains, *ledger.losses):
        for part in walk(item):
            yield from _flow_reasons(part, item, current, back, day)


def _anchor_reason(anchor: Anchor, current: Anchor | None, day: int) -> tuple[Reason, str]:
    if anchor.first > day:
        return Reason.OUTSIDE_SCOPE, "speaks of a later day"
    if anchor.last > day:
        return Reason.POSSIBLE, "its cutoff may lie before or after the day"
    if current is not None and anchor is not current:
        return Reason.OUTSIDE_SCOPE, "a later statement of the same source stands"
    if anchor.conflict:
        return Reason.ALTERNATIVE, "rows that count the same units disagree"
    return Reason.COUNTED, f"stands at {_bounds(anchor.count.low, anchor.count.high)}"


def _flow_reasons(
    part: Item, outer: Item, current: Anchor | None, back: int | None, day: int
) -> Iterator[tuple[str, Reason, str]]:
    happening = part.flow.happening
    reason, detail = _flow_reason(part, outer, current, back, day)
    for claim in happening.claims:
        if claim in happening.weaker:
            yield claim, Reason.SAYS_LESS, "another claim of the same happening is sharper"
        elif claim in happening.rivals and reason in (Reason.COUNTED, Reason.POSSIBLE):
            yield claim, Reason.ALTERNATIVE, "claims of the same happening exclude each other"
        else:
            yield claim, reason, detail


def _flow_reason(part: Item, outer: Item, current: Anchor | None, back: int | None, day: int) -> tuple[Reason, str]:
    days, count = part.flow.days, part.flow.count
    if days.first > day:
        return Reason.OUTSIDE_SCOPE, "speaks of a later day"
    if back is not None and days.last <= back:
        return Reason.OUTSIDE_SCOPE, "lies before the statement that stands, which counts it"
    if part is not outer:
        return Reason.PART_OF_TOTAL, "a tranche of a total"
    if days.last > day or count.low == 0 or (current is not None and days.first <= current.last):
        return Reason.POSSIBLE, "may lie before or after the day"
    word, towards = ("adds", "to") if part.flow.gain else ("takes", "from")
    return Reason.COUNTED, f"{word} {_bounds(count.low, count.high)} {towards} {part.flow.account}"


def _bounds(low: int, high: float) -> str:
    if low == high:
        return str(low)
    return f"{low} or more" if high == INF else f"{low} to {int(high)}"


# --- what does not fit ----------------------------------------------------------------------------------------


def findings(standing: Standing, folded: Sequence[Folded], day: int) -> list[Finding]:
    """List what contradicts or does not fit in some keys on a day, sorted by code and system."""
    found: dict[tuple[str, str, tuple[str, ...]], Finding] = {}
    for finding in _all_findings(standing, folded, day):
        found.setdefault((finding.code, finding.system, finding.claims), finding)
    return [found[key] for key in sorted(found)]


def _all_findings(standing: Standing, folded: Sequence[Folded], day: int) -> Iterator[Finding]:
    for ids in standing.contested:
        yield Finding("contested", Severity.CONTRADICTION, "", ids, "two branches changed one claim differently")
    yield from _trial_findings(standing, {(key.asked.holder, key.asked.system) for key in folded}, day)
    for key in folded:
        system = key.asked.system
        answer = on(key, day)
        for ledger in key.ledgers:
            for item in (*ledger.gains, *ledger.losses):
                yield from _item_findings(item, system)
            if answer is not None:
                yield from _level_findings(ledger, key, answer, day)
        if answer is not None and answer.conflict and _levels_clash(key, day):
            claims = tuple(
                sorted({c for ledger in key.ledgers for a in ledger.anchors if a.last <= day for c in a.claims})
            )
            yield Finding(
                "rival-accounts", Severity.CONTRADICTION, system, claims,
                f"{system}, {key.asked.account}: claims exclude each other; the answer is their hull",
            )  # fmt: skip


def _levels_clash(key: Folded, day: int) -> bool:
    """Tell a conflict of levels from one that claims of a happening have among themselves."""
    stated = [anchor for ledger in key.ledgers for anchor in ledger.anchors if anchor.first <= day]
    disputed = any(ledger.disputes(0, day) for ledger in key.ledgers)
    return bool(stated) and (not disputed or any(anchor.conflict for anchor in stated))


def _trial_findings(standing: Standing, keys: Collection[tuple[str, str]], day: int) -> Iterator[Finding]:
    """Find claims of trials that may go on after claims that the trials led to introduction."""
    names = known(standing)
    begun = [
        (s, s.event)
        for s in standing.claims
        if isinstance(s.event, Procurement) and (s.event.occurred.first or 0) <= day
    ]
    trials = [(s, event) for s, event in begun if event.kind is Kind.TRIALLED]
    entries = [(s, event) for s, event in begun if event.kind is Kind.INTRODUCED]
    for trial, on_trial in trials:
        for entry, introduced in entries:
            shared = _keys_of(on_trial, names) & _keys_of(introduced, names)
            late = on_trial.occurred.last is None or on_trial.occurred.last > (introduced.occurred.last or day)
            for _, system in sorted(shared & set(keys)) if late else ():
                yield Finding(
                    "trial-after-introduction", Severity.CONTRADICTION, system, (trial.id, entry.id),
                    f"{system}: on trial {on_trial.occurred.text} by one claim, introduced {introduced.occurred.text} by another",
                )  # fmt: skip


def _keys_of(event: Procurement, names: Known) -> set[tuple[str, str]]:
    return {(event.holder, names.key(event.holder, system)) for system in event.systems}


def _item_findings(item: Item, system: str) -> Iterator[Finding]:
    for part in walk(item):
        happening = part.flow.happening
        if happening.void:
            yield Finding(
                "set-too-large", Severity.ODD, system, happening.claims,
                f"{system}: {happening.void}, so no member is promised one",
            )  # fmt: skip
        if happening.rivals:
            yield Finding(
                "rival-values", Severity.CONTRADICTION, system, happening.claims,
                f"{system}: claims of one happening exclude each other",
            )  # fmt: skip
        yield from _total_findings(part, system)


def _total_findings(part: Item, system: str) -> Iterator[Finding]:
    if not part.tranches:
        return
    total = part.flow.count
    low = sum(tranche.flow.count.low for tranche in part.tranches)
    high = sum(tranche.flow.count.high for tranche in part.tranches)
    claims = tuple(sorted(c for piece in walk(part) for c in piece.flow.happening.claims))
    if low > total.high:
        yield Finding(
            "tranches-above-total", Severity.CONTRADICTION, system, claims,
            f"{system}: total {_bounds(total.low, total.high)} with {low} named",
        )  # fmt: skip
    elif high < total.low:
        named = best_sum(part)
        yield Finding(
            "total-not-filled", Severity.NOTE, system, claims,
            f"{system}: total {_bounds(total.low, total.high)} with {named} named",
        )  # fmt: skip


def best_sum(part: Item) -> str:
    """Write the number that a total's tranches name together."""
    bests = [best_of(tranche) for tranche in part.tranches]
    if None in bests:
        return _bounds(sum(t.flow.count.low for t in part.tranches), sum(t.flow.count.high for t in part.tranches))
    return str(sum(best for best in bests if best is not None))


def _level_findings(ledger: Ledger, key: Folded, answer: Answer, day: int) -> Iterator[Finding]:
    """Older words that go higher than a closed list, and more losses than there ever was (R2, R15)."""
    gains, losses = at(summed(ledger.gains), day), at(summed(ledger.losses), day)
    claims = tuple(sorted(c for i in (*ledger.gains, *ledger.losses) for p in walk(i) for c in p.flow.happening.claims))
    if not answer.open and not ledger.anchors and gains.least - losses.greatest > answer.count.high:
        yield Finding(
            "older-words-higher", Severity.ODD, key.asked.system, claims,
            f"{key.asked.system}, {key.asked.account}: {ledger.source} has {gains.least} arrived, "
            f"the list of the day {_bounds(answer.count.low, answer.count.high)}; losses are seldom recorded",
        )  # fmt: skip
    if not ledger.anchors and key.asked.account is Account.HELD and gains.greatest < losses.least:
        yield Finding(
            "more-gone-than-came", Severity.NOTE, key.asked.system, claims,
            f"{key.asked.system}, {key.asked.account}: more left than {ledger.source} saw arrive",
        )  # fmt: skip


# --- groups ----------------------------------------------------------------------------------------------------


def group_notes(
    standing: Standing, folded: Mapping[str, Sequence[Folded]], system: str, holder: str, day: int
) -> list[str]:
    """Show what a group row leaves for a system once the other members are counted (R16): 5 − 3 = 2."""
    names = known(standing)
    notes = []
    for stored in standing.claims:
        event = stored.event
        if not isinstance(event, Statement) or event.role is not Role.GROUP or (event.cutoff.last or 0) > day:
            continue
        keys = sorted({names.key(event.holder, s) for s in event.systems})
        if system in keys and event.quantity.best is not None and holder in ("*", event.holder):
            others = [key for key in keys if key != system]
            own = [[key for key in folded.get(other, ()) if key.asked.holder == event.holder] for other in others]
            most = sum(_most(several, day) for several in own)
            if most < INF:
                left = max(event.quantity.best - int(most), 1)
                notes.append(
                    f"{stored.id[:8]}: group of {event.quantity.text} less {int(most)} of {', '.join(others)} leaves {left} or more"
                )
    return notes


def _most(folded: Sequence[Folded], day: int) -> float:
    """Give the most that flows alone put into one member by a day."""
    best: float = INF
    for key in folded:
        if key.asked.account is Account.HELD:
            sums = [at(summed(ledger.gains), day).greatest for ledger in key.ledgers if ledger.gains]
            best = max(sums, default=INF)
    return best
