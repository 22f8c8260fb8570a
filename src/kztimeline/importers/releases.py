"""A release of a register set against what a log says of it: what to write so that views answer as each release did (R24)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from attrs import define, evolve, field, frozen

from kztimeline.canonical import event_id
from kztimeline.importers.coverage import Coverage
from kztimeline.importers.deals import SOURCE, Deal, Figure, Tranche, claims, said_otherwise
from kztimeline.importers.held import Fields, Told, deal_of, deals_on
from kztimeline.importers.lines import line_bytes
from kztimeline.importers.matching import matched
from kztimeline.importers.reading import cited

ADDED, REVISED, WITHDRAWN, UNCHANGED, OUTSIDE = "added", "revised", "withdrawn", "unchanged", "out of scope"
EARLIER = "known earlier"
"""A release older than what the log has says the same: nothing changed but the day on which it was first said."""
Table = Mapping[str, Mapping[str, Told]]


@frozen
class Match:
    """A row of a release and the deal it is, ``None`` where the log has none; one of the two may be absent."""

    old: Deal | None
    new: Deal | None


@frozen
class Outcome:
    """What a release does to one deal: verdict, fields that changed in the world, and what changed on paper only."""

    verdict: str
    old: Deal | None
    new: Deal | None
    world: tuple[str, ...]
    paper: tuple[str, ...]
    lines: int


@frozen
class When:
    """A release's place in time: its own day, and the next release that is in the log, if there is one."""

    table: str
    day: str
    data_day: str | None
    following: str | None

    def cited(self, deal: Deal | None = None) -> list[Mapping[str, object]]:
        """Cite the release; without its data day where a deal was completed by years after it, which that day would cut off (R8)."""
        later = deal is not None and self.data_day is not None and max(deal.years, default=0) > int(self.data_day[:4])
        return cited(self.table, self.day, None if later else self.data_day)


@define
class Written:
    """The lines that a release adds, in order, and what became of each deal."""

    lines: list[dict[str, object]] = field(factory=list)
    outcomes: list[Outcome] = field(factory=list)


def paired(table: Table, deals: Sequence[Deal], day: str, coverage: Coverage, *, by_number: bool) -> list[Match]:
    """Find which deal of the log each row of a release is; deals that nothing says are absent rows.

    Deals standing on the day come first, then those that the log knows from other days; both as the file
    would show them. With ``by_number`` the rows carry numbers that last.
    """
    standing = deals_on(table, day)
    found: dict[int, Deal] = {}
    if by_number:
        ids = {deal.id: deal for deal in standing}
        found = {at: ids[deal.id] for at, deal in enumerate(deals) if deal.id in ids}
    else:
        found = {
            at: standing[index] for at, index in matched([shown(deal, coverage) for deal in standing], deals).items()
        }
    rest = [at for at in range(len(deals)) if at not in found]
    others = list(_absent(table, {deal.id for deal in standing}))
    if by_number:
        ids = {deal.id: deal for deal in others}
        found |= {at: ids[deals[at].id] for at in rest if deals[at].id in ids}
    elif others and rest:
        again = matched([shown(deal, coverage) for deal in others], [deals[at] for at in rest])
        found |= {rest[at]: others[index] for at, index in again.items()}
    kept = {deal.id for deal in found.values()}
    gone = [Match(deal, None) for deal in standing if deal.id not in kept]
    return [*(Match(found.get(at), deal) for at, deal in enumerate(deals)), *gone]


def shown(deal: Deal, coverage: Coverage) -> Deal:
    """Give a deal as a file would show it: only deliveries of its years, their units where they are known."""
    if coverage.whole or all(coverage.has(year) for year in deal.years):
        return deal
    years = tuple(sorted(year for year in deal.years if coverage.has(year)))
    return evolve(deal, tranches=(Tranche(years, Figure(None)),) if years else ())


def _absent(table: Table, standing: set[str]) -> Iterator[Deal]:
    """Give deals that do not stand on the day as they were last told on any other."""
    for name, told in sorted(table.items()):
        if name in standing or any(one.gone for one in told.values()):
            continue
        days = sorted({day for one in told.values() for day, _ in one.said}, reverse=True)
        deal = next((deal for day in days if (deal := deal_of(name, told.values(), day)) is not None), None)
        if deal is not None:
            yield deal


def history(
    table: Table, matches: Sequence[Match], when: When, coverage: Coverage, covers_next: frozenset[str]
) -> Written:
    """Write what a release says anew: additions, revisions and withdrawals by the source.

    ``matches`` have their systems. ``covers_next`` are the holders whom the following release lists whole.
    """
    written = Written()
    ids = set(table)
    for match in matches:
        if match.new is None and match.old is not None:
            _gone(table, match.old, when, coverage, written)
        elif match.new is not None:
            identity = match.old.id if match.old is not None else _free(match.new.id, ids)
            ids.add(identity)
            new = evolve(match.new, id=identity)
            _said(table.get(identity, {}), match.old, new, when, coverage, written, new.recipient in covers_next)
    return written


def _free(identity: str, taken: set[str]) -> str:
    number, chosen = 2, identity
    while chosen in taken:
        chosen, number = f"{identity}-{number}", number + 1
    return chosen


def _gone(table: Table, old: Deal, when: When, coverage: Coverage, written: Written) -> None:
    """Withdraw a deal that a release no longer lists, where it would."""
    if not coverage.lists(old):
        written.outcomes.append(Outcome(OUTSIDE, old, None, (), (), 0))
        return
    before = len(written.lines)
    for key, told in sorted(table[old.id].items()):
        outside = key.isdigit() and not coverage.has(int(key))
        word = told.word(when.day)
        if word is not None and not outside:
            written.lines += _turned(told, word, None, when)
    written.outcomes.append(Outcome(WITHDRAWN, old, None, (), (), len(written.lines) - before))


def _said(
    told: Mapping[str, Told],
    old: Deal | None,
    new: Deal,
    when: When,
    coverage: Coverage,
    written: Written,
    covered_next: bool,
) -> None:
    """Write what a row says that the log does not."""
    before = len(written.lines)
    listed = when.following is not None and any(one.word(when.following) is not None for one in told.values())
    known = None if coverage.whole else deal_of(new.id, told.values(), when.day)
    whole = new if known is None else completed(known, new, coverage)
    words = claims(whole, when.table, when.cited(whole))
    changed: list[str] = []
    for key in sorted({*told, *words}):
        word = words.get(key)
        if word is None and key.isdigit() and not coverage.has(int(key)):
            continue
        if key not in told:
            if word is not None:
                written.lines += _first(word, when, withdrawn_next=covered_next or listed)
                changed.append(f"{key} added")
        else:
            lines, fields = _compared(told[key], word, when, withdrawn_next=covered_next or listed)
            written.lines += lines
            changed += fields
    added = old is None
    silent = len(written.lines) == before
    verdict = ADDED if added else UNCHANGED if silent else REVISED if changed else EARLIER
    paper = () if old is None else tuple(on_paper(old, new))
    world = () if added else tuple(dict.fromkeys(changed))
    written.outcomes.append(Outcome(verdict, old, whole, world, paper, len(written.lines) - before))


def _compared(
    told: Told, word: Fields | None, when: When, *, withdrawn_next: bool
) -> tuple[list[dict[str, object]], list[str]]:
    """Set a row's word against a claim of the log: lines to write, and the fields that changed."""
    if told.gone:
        return [], []
    if told.first > when.day and word is not None:
        return _in_front(told, word, when, withdrawn_next=withdrawn_next)
    before = told.word(when.day)
    if before is None or word is None:
        if before is word:
            return [], []
        what = f"{told.key} {'added' if before is None else 'withdrawn'}"
        return (_turned(told, before, word, when), [what]) if told.first <= when.day else ([], [])
    fields = said_otherwise(before, word)
    lines = _turned(told, before, word, when) if fields else []
    return lines, [f"{told.key} {name}" for name in fields]


def _turned(told: Told, before: Fields | None, word: Fields | None, when: When) -> list[dict[str, object]]:
    """Revise or withdraw a claim on the day of a release; the next release keeps the word that it had."""
    lines = [_verb(told.id, word, when.cited())]
    if when.following is not None and not told.speaks_on(when.day, when.following):
        again = None if before is None else {**before, "citations": cited(when.table, when.following)}
        lines.append(_verb(told.id, again, cited(when.table, when.following)))
    return lines


def _verb(target: str, word: Fields | None, citations: Sequence[Mapping[str, object]]) -> dict[str, object]:
    if word is None:
        return {"citations": list(citations), "kind": "withdrawn", "source": SOURCE, "target": target}
    return {"kind": "revised", "replacement": dict(word), "source": SOURCE, "target": target}


def _first(word: Fields, when: When, *, withdrawn_next: bool) -> list[dict[str, object]]:
    """Write a claim that the log does not have; a later release in the log, which has none, withdraws it."""
    lines = [dict(word)]
    if when.following is not None and withdrawn_next:
        target = event_id(line_bytes(word))
        lines.append(_verb(target, None, cited(when.table, when.following)))
    return lines


def _in_front(
    told: Told, word: Fields, when: When, *, withdrawn_next: bool
) -> tuple[list[dict[str, object]], list[str]]:
    """Put an older release's word before the first one that the log has.

    The log said the claim began with the later release; that was our gap, so it is a correction of ours,
    and what the later release says otherwise is its revision. A release between the two that lists the
    recipient and not the deal takes it back.
    """
    first = told.said[0][1]
    reason = "an older release says it first"
    lines: list[dict[str, object]] = [
        {"kind": "corrected", "reason": reason, "replacement": dict(word), "target": told.id}
    ]
    between = withdrawn_next and when.following is not None and when.following < told.first
    if between and when.following is not None:
        lines.append(_verb(told.id, None, cited(when.table, when.following)))
    fields = [] if first is None else said_otherwise(word, first)
    if first is not None and (fields or between):
        lines.append(_verb(told.id, first, []))
    return lines, [f"{told.key} {name}" for name in fields]


def completed(old: Deal, new: Deal, coverage: Coverage) -> Deal:
    """Add to a row of a narrower export what the log knows of years outside it.

    Such an export counts only units of its own years. Units of the other years stay those of the log; a
    total that lies on both sides cannot be split, and gives bounds.
    """
    if not old.tranches or all(coverage.has(year) for year in old.years):
        return new
    if len(old.tranches) > 1 or (new.tranches and len(new.tranches) > 1):
        return new
    outside = tuple(sorted(year for year in old.years if not coverage.has(year)))
    inside = tuple(sorted(year for year in old.years if coverage.has(year)))
    total = old.tranches[0].figure
    if tuple(sorted(new.years)) == inside:
        return evolve(new, tranches=old.tranches)
    years = tuple(sorted({*outside, *new.years}))
    figure = _joined(total, new.tranches[0].figure if new.tranches else Figure(0), len(outside), len(inside))
    return evolve(new, tranches=(Tranche(years, figure, old.tranches[0].uncertain),))


def _joined(total: Figure, own: Figure, outside: int, inside: int) -> Figure:
    """Bound all units of a deal: an export's own, and those of other years out of an older total."""
    least, most = total.number or 0, total.most or total.number or 0
    here = own.number or 0
    if not inside:
        return Figure(here + least, own.uncertain, None if least == most else here + most)
    low, high = here + outside, here + most - inside
    return Figure(low, own.uncertain, high if high > low else None)


def on_paper(old: Deal, new: Deal) -> Iterator[str]:
    """Name what changed in wording only: comment, description, spelling, marks of doubt lost or set."""
    if old.comment.replace("·", "-") != new.comment.replace("·", "-"):
        yield "reworded"
    if old.description != new.description:
        yield "described otherwise"
    if old.designation != new.designation:
        yield "spelt otherwise" if old.systems == new.systems else "named otherwise"
    for name, before, after in _marks(old, new):
        if before and not after:
            yield f"? lost at {name}"
        elif after and not before:
            yield f"? set at {name}"


def _marks(old: Deal, new: Deal) -> Iterator[tuple[str, bool, bool]]:
    yield "order year", old.year_uncertain, new.year_uncertain
    yield "number ordered", old.ordered.uncertain, new.ordered.uncertain
    if len(old.tranches) == len(new.tranches) == 1:
        yield "number delivered", old.tranches[0].figure.uncertain, new.tranches[0].figure.uncertain


def lost_marks(outcomes: Sequence[Outcome]) -> list[str]:
    """Name the columns whose marks a release lost as a whole: most that were set, and hardly one is new."""
    lost: Counter[str] = Counter()
    had: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.old is not None and outcome.new is not None:
            for name, before, after in _marks(outcome.old, outcome.new):
                had[name] += before
                lost[name] += before and not after
    return [name for name in had if had[name] >= 10 and lost[name] > had[name] / 2]
