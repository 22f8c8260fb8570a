"""Ledgers joined into one answer, day by day: closed lists meet, open ones raise (R2, R20, R21)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from attrs import evolve, field, frozen

from kztimeline.ledgers import Anchor, Ledger, Level, levels, moved, read, word_after
from kztimeline.readings import FIRST_DAY, INF, Bound, Count
from kztimeline.sums import Sum, at, summed


class Policy(StrEnum):
    """How ledgers become an answer (R21)."""

    ANCHORED = "anchored"
    FLOWS = "flows"
    STATEMENTS = "statements"
    ENVELOPE = "envelope"


@frozen
class Answer:
    """What all ledgers together say of a day; ``ledgers`` are those used, and which set each bound."""

    count: Count
    open: bool
    conflict: bool
    inferred: bool
    low_from: str
    high_from: str
    ledgers: tuple[str, ...]


@frozen
class _Voice:
    """One ledger's words with its change points, as the days pass."""

    ledger: Ledger
    days: tuple[int, ...]
    said: tuple[Level, ...]
    losses: dict[int, list[Sum]] = field(factory=dict, eq=False, repr=False)
    words: dict[int, int | None] = field(factory=dict, eq=False, repr=False)

    def on(self, day: int) -> Level | None:
        """Give what the ledger says on a day, clipped at 0; ``None`` before its first word."""
        index = bisect_right(self.days, day)
        if not index:
            return None
        return self.said[index - 1]

    def lost(self, after: int, until: int) -> Bound:
        """Give the greatest number of units that the ledger lets leave in (after, until]."""
        if after not in self.losses:
            self.losses[after] = summed(self.ledger.losses, after)
        return at(self.losses[after], until).greatest

    def word_after(self, day: int) -> int | None:
        """Find the first day after ``day`` on which a word of the ledger can lie."""
        if day not in self.words:
            self.words[day] = word_after(self.ledger, day)
        return self.words[day]


@frozen
class _Base:
    """The answer on the latest closed day, the ledgers that were closed then, and what they said."""

    day: int
    answer: Answer
    closed: frozenset[str]
    said: Count


@frozen
class _Register:
    """A register's flows on the level that a closed statement gives (R20)."""

    source: str
    since: int
    level: Count
    periods: tuple[tuple[int, int], ...]
    ledger: Ledger
    back: int

    def on(self, day: int) -> Level:
        """Give the stated level plus the register's flows since."""
        after, back = self.since, min(self.back, self.since)
        gains = at(summed(self.ledger.gains, after, back), day)
        losses = at(summed(self.ledger.losses, after, back), day)
        return Level(read(moved(self.level, gains, losses)), False, False, None)

    def closed_on(self, day: int) -> bool:
        """Tell whether the register is complete from the statement to the day."""
        return any(first <= self.since + 1 and day <= last for first, last in self.periods)


def combined(ledgers: Sequence[Ledger], policy: Policy = Policy.ANCHORED) -> list[tuple[int, Answer]]:
    """Give the answer of all ledgers from day to day, as change points in ascending order."""
    voices = [
        _Voice(ledger, tuple(d for d, _ in said), tuple(evolve(level, count=read(level.count)) for _, level in said))
        for ledger in ledgers
        if (said := levels(ledger))
    ]
    points = sorted(_points(voices))
    rows = [(day, _envelope(voices, day)) for day in points] if policy is Policy.ENVELOPE else _anchored(voices, points)
    result: list[tuple[int, Answer]] = []
    for day, answer in rows:
        if answer is not None and (not result or result[-1][1] != answer):
            result.append((day, answer))
    return result


def _points(voices: Iterable[_Voice]) -> set[int]:
    points: set[int] = set()
    for voice in voices:
        points.update(voice.days)
        for anchor in voice.ledger.anchors:
            points.update((anchor.first, anchor.last, anchor.last + 1))
        for first, last in voice.ledger.complete:
            points.update((max(first, FIRST_DAY), last, last + 1))
    start = min((voice.days[0] for voice in voices), default=0)
    return {point for point in points if point >= start}


def _anchored(voices: Sequence[_Voice], points: Sequence[int]) -> list[tuple[int, Answer | None]]:
    base: _Base | None = None
    registers: dict[str, _Register] = {}
    rows: list[tuple[int, Answer | None]] = []
    for day in points:
        answer: Answer | None
        base = _still_closed(base, registers, day)
        stated = {
            v.ledger.source: (v.on(day), anchor)
            for v in voices
            for anchor in v.ledger.anchors
            if anchor.closed and anchor.last == day
        }
        heard = _heard(voices, registers, day, frozenset(stated))
        closed = {source for source in stated if source in heard}
        closed |= {s for s, register in registers.items() if s in heard and register.closed_on(day)}
        if closed:
            met = answer = _closed(heard, closed, voices, day)
            said = _meet([heard[s].count for s in sorted(closed)])[0]
            base = _Base(day, met, frozenset(closed), said)
            if stated:
                registers = _registers(voices, day, met.count, [a for _, a in stated.values()], frozenset(stated))
        elif base is not None:
            answer = _after(base, heard, voices, day)
        else:
            answer = _open(heard, voices, day)
        rows.append((day, answer))
    return rows


def _still_closed(base: _Base | None, registers: Mapping[str, _Register], day: int) -> _Base | None:
    """Move the base to the last day on which a register was still complete."""
    if base is None:
        return None
    ends = [
        last
        for s in base.closed
        if s in registers
        for first, last in registers[s].periods
        if first <= registers[s].since + 1
    ]
    end = min(max(ends, default=base.day), day - 1)
    return evolve(base, day=end) if end > base.day else base


def _heard(
    voices: Sequence[_Voice], registers: Mapping[str, _Register], day: int, stating: frozenset[str]
) -> dict[str, Level]:
    heard = {}
    for voice in voices:
        source = voice.ledger.source
        level = registers[source].on(day) if source in registers and source not in stating else voice.on(day)
        if level is not None:
            heard[source] = level
    return heard


def _registers(
    voices: Sequence[_Voice], day: int, level: Count, stated: Sequence[Anchor], stating: frozenset[str]
) -> dict[str, _Register]:
    """Put every register of inflows that names the system on the level just closed (R20)."""
    back = min(anchor.first for anchor in stated)
    return {
        voice.ledger.source: _Register(voice.ledger.source, day, level, voice.ledger.complete, voice.ledger, back)
        for voice in voices
        if voice.ledger.complete and voice.ledger.source not in stating and (voice.ledger.gains or voice.ledger.losses)
    }


# --- the three cases of R2 -----------------------------------------------------------------------------


def _closed(heard: Mapping[str, Level], closed: set[str], voices: Sequence[_Voice], day: int) -> Answer:
    """Closed ledgers meet; open ones raise the low, at most to the closed high; that day's words may conflict."""
    lists = [heard[source] for source in sorted(closed)]
    count, conflict = _meet([level.count for level in lists])
    low, high = count.low, count.high
    for voice in voices:
        source = voice.ledger.source
        level = heard.get(source)
        if level is None or source in closed:
            continue
        if level.count.low > high and any(anchor.last == day for anchor in voice.ledger.anchors):
            high, conflict = level.count.low, True
        elif voice.ledger.complete == ():
            low = max(low, min(level.count.low, int(count.high) if count.high < INF else level.count.low))
    return _answer(heard, low, high, open_=False, conflict=conflict or any(s.conflict for s in lists))


def _meet(counts: Sequence[Count]) -> tuple[Count, bool]:
    low, high = max(c.low for c in counts), min(c.high for c in counts)
    if low <= high:
        return Count(low, high, None), False
    return Count(min(c.low for c in counts), max(c.high for c in counts), None), True


def _after(base: _Base, heard: Mapping[str, Level], voices: Sequence[_Voice], day: int) -> Answer:
    """No list is closed, one was before: its answer, moved by its own flows; later words may raise it."""
    now = [heard[s].count for s in sorted(base.closed) if s in heard]
    said = _meet(now)[0] if now else base.said
    own = max((_lost(voices, s, base.day, day) for s in base.closed), default=0)
    extra = _excess(voices, base.closed, base.day, day, own)
    low: Bound = base.answer.count.low + said.low - base.said.low - extra
    high = INF if INF in (base.answer.count.high, said.high) else base.answer.count.high + said.high - base.said.high
    used = {s: heard[s] for s in base.closed if s in heard}
    for voice in voices:
        source, level = voice.ledger.source, heard.get(voice.ledger.source)
        word = voice.word_after(base.day) if source not in base.closed else None
        if level is None or word is None or word > day:
            continue
        used[source] = level
        low = max(low, level.count.low - _unseen(voices, voice, level, day))
        if level.count.high < INF:
            high = max(high, level.count.high)
    conflict = base.answer.conflict or any(level.conflict for level in used.values())
    if high < low:
        high = INF
    return _answer(used, max(low, 0), high, open_=True, conflict=conflict, kept=base)


def _open(heard: Mapping[str, Level], voices: Sequence[_Voice], day: int) -> Answer | None:
    """No list was ever closed: the greatest low and the greatest claimed high."""
    if not heard:
        return None
    lows = [
        level.count.low - _unseen(voices, voice, level, day)
        for voice in voices
        if (level := heard.get(voice.ledger.source)) is not None
    ]
    low = max(0, *lows) if lows else 0
    high: Bound = max((level.count.high for level in heard.values() if level.count.high < INF), default=INF)
    if high < low:
        high = INF
    return _answer(heard, low, high, open_=True, conflict=any(level.conflict for level in heard.values()))


def _unseen(voices: Sequence[_Voice], voice: _Voice, level: Level, day: int) -> Bound:
    """Count the units another ledger lets leave after this one's anchor, beyond what it counts itself."""
    after = level.anchor.last if level.anchor is not None else FIRST_DAY - 1
    own = voice.lost(after, day) if voice.ledger.losses else 0
    return _excess(voices, frozenset({voice.ledger.source}), after, day, own)


def _excess(voices: Sequence[_Voice], own: frozenset[str], after: int, day: int, counted: Bound) -> Bound:
    others = [v.lost(after, day) for v in voices if v.ledger.losses and v.ledger.source not in own]
    most = max(others, default=0)
    return max(most - counted, 0) if counted < INF else 0


def _lost(voices: Sequence[_Voice], source: str, after: int, day: int) -> Bound:
    return next((v.lost(after, day) for v in voices if v.ledger.source == source and v.ledger.losses), 0)


def _envelope(voices: Sequence[_Voice], day: int) -> Answer | None:
    """The hull of what every ledger says alone."""
    heard = {v.ledger.source: level for v in voices if (level := v.on(day)) is not None}
    if not heard:
        return None
    low, high = min(v.count.low for v in heard.values()), max(v.count.high for v in heard.values())
    return _answer(heard, low, high, open_=True, conflict=any(level.conflict for level in heard.values()))


def _answer(
    used: Mapping[str, Level],
    low: Bound,
    high: Bound,
    *,
    open_: bool,
    conflict: bool,
    kept: _Base | None = None,
) -> Answer:
    """Assemble an answer: who set each bound, and the best that they share (R2)."""
    bottom = int(max(low, 0)) if low > -INF else 0
    lows = sorted(s for s, level in used.items() if level.count.low == bottom)
    highs = sorted(s for s, level in used.items() if level.count.high == high)
    if kept is not None and not lows:
        lows = [kept.answer.low_from]
    if kept is not None and not highs:
        highs = [kept.answer.high_from]
    best = _best(used, bottom, high, set(lows) & set(highs))
    inferred = bool(used) and all(level.inferred for level in used.values())
    return Answer(
        Count(bottom, high, best), open_, conflict, inferred, " ".join(lows), " ".join(highs), tuple(sorted(used))
    )


def _best(used: Mapping[str, Level], low: int, high: Bound, both: set[str]) -> int | None:
    if low == high:
        return low
    bests = {used[s].count.best for s in both if s in used}
    if not bests:
        bests = {level.count.best for level in used.values() if level.count.best is not None}
    best = bests.pop() if len(bests) == 1 else None
    return best if best is not None and low <= best <= high else None
