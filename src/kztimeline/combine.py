"""Ledgers joined into one answer, day by day: closed lists meet, open ones raise (R2, R20, R21)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence

from attrs import evolve, field, frozen

from kztimeline.ledgers import Anchor, Ledger, Level, Voice, moved, read, voice_of
from kztimeline.policies import Policy
from kztimeline.readings import FIRST_DAY, INF, Bound, Count
from kztimeline.sums import Sum, at, summed
from kztimeline.tranches import change_days


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


@frozen(eq=False)
class _Losses:
    """What the ledgers let leave, beyond what some of them count themselves, from day to day (R2)."""

    ledgers: tuple[Ledger, ...]
    known: dict[tuple[frozenset[str], int], tuple[int, list[int], list[Bound]]] = field(factory=dict, repr=False)

    def excess(self, own: frozenset[str], after: int, day: int) -> Bound:
        """Count the units that another ledger lets leave in (after, day], beyond the most of ``own``."""
        if own.issuperset(ledger.source for ledger in self.ledgers):
            return 0
        until, days, values = self.known.get((own, after), (after, [], []))
        if day > until:
            until = day + max(day - after, 0)
            days, values = self._excesses(own, after, until)
            self.known[(own, after)] = until, days, values
        index = bisect_right(days, day)
        return values[index - 1] if index else 0

    def _excesses(self, own: frozenset[str], after: int, until: int) -> tuple[list[int], list[Bound]]:
        changes = sorted(
            (step.day, ledger.source, step.greatest)
            for ledger in self.ledgers
            for step in summed(ledger.losses, after, until=until)
        )
        lost: dict[str, Bound] = {}
        days: list[int] = []
        values: list[Bound] = []
        for day, source, greatest in changes:
            lost[source] = greatest
            most = max((units for name, units in lost.items() if name not in own), default=0)
            counted = max((units for name, units in lost.items() if name in own), default=0)
            days.append(day)
            values.append(max(most - counted, 0) if counted < INF else 0)
        return days, values


@frozen
class _Base:
    """The answer on the latest closed day, and the ledgers that were closed then.

    Flows that may lie after ``back`` may not be in it (R11). ``raised`` tells that a word of that day
    lifted it above what the closed ledgers say.
    """

    day: int
    back: int
    answer: Answer
    closed: frozenset[str]
    raised: bool


@frozen(eq=False)
class _Register:
    """A register's flows on the level that a closed statement gives (R20)."""

    level: Count
    since: int
    back: int
    gains: list[Sum]
    losses: list[Sum]
    ledger: Ledger

    def on(self, day: int) -> Level:
        """Give the stated level plus the register's flows since."""
        count = read(moved(self.level, at(self.gains, day), at(self.losses, day)))
        return Level(count, self.ledger.disputes(self.back, day), False, self.back)

    def closed_on(self, day: int) -> bool:
        """Tell whether the register is complete from the statement to the day."""
        return any(first <= self.since + 1 and day <= last for first, last in self.ledger.complete)


@frozen
class _Heard:
    """All ledgers on one day: what each says, clipped at 0, and what of its ``low`` is left (R2, R15).

    From a ``low`` the losses are taken that another ledger lets leave and this one does not count.
    """

    read: Mapping[str, Level]
    left: Mapping[str, Bound]


def combined(ledgers: Sequence[Ledger], policy: Policy = Policy.ANCHORED) -> list[tuple[int, Answer]]:
    """Give the answer of all ledgers from day to day, as change points in ascending order."""
    voices = [voice for ledger in ledgers if (voice := voice_of(ledger)) is not None]
    result: list[tuple[int, Answer]] = []
    for day, answer in _rows(voices, policy):
        if answer is not None and (not result or result[-1][1] != answer):
            result.append((day, answer))
    return result


def _rows(voices: Sequence[Voice], policy: Policy) -> list[tuple[int, Answer | None]]:
    if len(voices) == 1 and not any(anchor.closed for anchor in voices[0].ledger.anchors):
        return _alone(voices[0])
    points = sorted(_points(voices))
    if policy is Policy.ENVELOPE:
        return [(day, _envelope(voices, day)) for day in points]
    return _anchored(voices, points)


def _alone(voice: Voice) -> list[tuple[int, Answer | None]]:
    """Let one ledger that no list closes speak for itself: nothing sharpens its words, and nobody contradicts them."""
    source = voice.ledger.source
    return [
        (day, Answer(level.count, True, level.conflict, level.inferred, source, source, (source,)))
        for day, level in zip(voice.days, voice.words, strict=True)
    ]


def _points(voices: Sequence[Voice]) -> set[int]:
    points: set[int] = set()
    for voice in voices:
        points.update(voice.days)
        points.update(day for stretch in voice.ledger.disputed for day in stretch)
        for item in (*voice.ledger.gains, *voice.ledger.losses):
            points.update(change_days(item))
        for anchor in voice.ledger.anchors:
            points.update((anchor.first, anchor.first + 1, anchor.last, anchor.last + 1))
        for first, last in voice.ledger.complete:
            points.update((max(first, FIRST_DAY), last, last + 1))
    start = min((voice.days[0] for voice in voices), default=0)
    return {point for point in points if point >= start}


def _anchored(voices: Sequence[Voice], points: Sequence[int]) -> list[tuple[int, Answer | None]]:
    base: _Base | None = None
    registers: dict[str, _Register] = {}
    rows: list[tuple[int, Answer | None]] = []
    lists = _closing(voices)
    losses = _Losses(tuple(voice.ledger for voice in voices if voice.ledger.losses))
    vague = [(v, anchor) for v in voices for anchor in v.ledger.anchors if anchor.closed and anchor.first < anchor.last]
    for day in points:
        answer: Answer | None
        base = _still_closed(base, registers, day)
        stated = lists.get(day, set())
        heard = _heard(voices, losses, registers, day, stated)
        closed = {source for source in stated if source in heard.read}
        if not closed:  # on the day of a list the registers stand on that list (R20)
            closed = {s for s, register in registers.items() if s in heard.read and register.closed_on(day)}
        if closed:
            answer = _closed(heard, closed, voices, day)
        elif base is not None:
            answer = _after(base, heard, voices, losses, day)
        else:
            answer = _open(heard)
        if answer is not None and not stated & closed:
            answer = _perhaps_closed(answer, vague, losses, day)
        if closed and answer is not None:
            met = _meet([heard.read[s].count for s in sorted(closed)])[0]
            back = min((heard.read[s].since for s in stated & closed), default=day)
            base = _Base(day, min(back, day), answer, frozenset(closed), answer.count.high > met.high)
            if stated & closed:
                registers = _registers(voices, day, answer.count, back, stated)
        rows.append((day, answer))
    return rows


def _closing(voices: Iterable[Voice]) -> dict[int, set[str]]:
    """Name, for each day, the ledgers that a statement closes on it."""
    lists: dict[int, set[str]] = {}
    for voice in voices:
        for anchor in voice.ledger.anchors:
            if anchor.closed:
                lists.setdefault(anchor.last, set()).add(voice.ledger.source)
    return lists


def _still_closed(base: _Base | None, registers: Mapping[str, _Register], day: int) -> _Base | None:
    """Move the base to the last day on which a register was still complete."""
    if base is None:
        return None
    ends = [
        last
        for s in base.closed
        if s in registers
        for first, last in registers[s].ledger.complete
        if first <= registers[s].since + 1
    ]
    end = min(max(ends, default=base.day), day - 1)
    return evolve(base, day=end, back=end) if end > base.day else base


def _heard(
    voices: Sequence[Voice], losses: _Losses, registers: Mapping[str, _Register], day: int, stating: Collection[str]
) -> _Heard:
    clipped: dict[str, Level] = {}
    for voice in voices:
        source = voice.ledger.source
        found = registers[source].on(day) if source in registers and source not in stating else voice.on(day)
        if found is not None:
            clipped[source] = found
    left: dict[str, Bound] = {source: level.count.low for source, level in clipped.items()}
    for source, level in clipped.items():
        if level.count.low > 0:
            left[source] = level.count.low - losses.excess(frozenset((source,)), level.since, day)
    return _Heard(clipped, left)


def _registers(
    voices: Sequence[Voice], day: int, level: Count, back: int, stating: Collection[str]
) -> dict[str, _Register]:
    """Put every register of inflows that names the system on the level just closed (R20)."""
    found = {}
    for voice in voices:
        ledger = voice.ledger
        if ledger.complete and ledger.source not in stating and (ledger.gains or ledger.losses):
            gains, losses = summed(ledger.gains, day, back), summed(ledger.losses, day, back)
            found[ledger.source] = _Register(level, day, back, gains, losses, ledger)
    return found


# --- the three cases of R2 -----------------------------------------------------------------------------


def _closed(heard: _Heard, closed: Collection[str], voices: Sequence[Voice], day: int) -> Answer:
    """Closed ledgers meet; open ones raise the low, at most to the closed high; that day's words may conflict."""
    count, conflict = _meet(_left(heard, closed))
    low: Bound = count.low
    high = count.high
    for voice in voices:
        source = voice.ledger.source
        level = heard.read.get(source)
        if level is None or source in closed:
            continue
        if level.count.low > count.high and any(anchor.last == day for anchor in voice.ledger.anchors):
            high, conflict = max(high, level.count.low), True
        elif voice.ledger.complete == ():
            low = max(low, min(heard.left[source], count.high))
    conflict = conflict or any(heard.read[s].conflict for s in closed)
    return _answer(heard.read, low, high, open_=False, conflict=conflict)


def _perhaps_closed(answer: Answer, vague: Iterable[tuple[Voice, Anchor]], losses: _Losses, day: int) -> Answer:
    """Hull the answer with every list whose uncertain cutoff may have come by the day (R10)."""
    for voice, anchor in vague:
        if not anchor.first <= day < anchor.last:
            continue
        ledger = voice.ledger
        back = anchor.first - ledger.lag
        came, gone = voice.since(back, back, day)
        low = anchor.count.low - gone.greatest - losses.excess(frozenset((ledger.source,)), back, day)
        high = anchor.count.high + came.greatest
        answer = _hulled(answer, ledger.source, max(low, 0), high, conflict=anchor.conflict)
    return answer


def _hulled(answer: Answer, source: str, low: Bound, high: Bound, *, conflict: bool) -> Answer:
    count = answer.count
    if low < count.low:
        answer = evolve(answer, count=Count(int(low), count.high, None), low_from=source)
    if high > count.high:
        answer = evolve(answer, count=Count(answer.count.low, high, None), high_from=source)
    ledgers = tuple(sorted({*answer.ledgers, source}))
    return evolve(answer, conflict=answer.conflict or conflict, ledgers=ledgers)


def _left(heard: _Heard, closed: Collection[str]) -> list[Count]:
    """Give the closed ledgers' counts less the losses that only others tell of."""
    counts = [(heard.left[s], heard.read[s].count.high) for s in sorted(closed) if s in heard.read]
    return [Count(int(low) if low > 0 else 0, high, None) for low, high in counts]


def _meet(counts: Sequence[Count]) -> tuple[Count, bool]:
    low, high = max(c.low for c in counts), min(c.high for c in counts)
    if low <= high:
        return Count(low, high, None), False
    return Count(min(c.low for c in counts), max(c.high for c in counts), None), True


def _after(base: _Base, heard: _Heard, voices: Sequence[Voice], told: _Losses, day: int) -> Answer:
    """No list is closed, one was before: its answer, moved by its own flows; later words may raise it.

    Where several were closed, the greatest of what they report moves it. The lists' own levels, which
    share flows around the base with it, are the other bound: the sharper one counts. A list that has stated
    another level since is heard like any later word.
    """
    gains, losses = _flows_of(base, voices, day)
    count = base.answer.count
    low: Bound = count.low + gains.least - losses.greatest
    low -= told.excess(base.closed, base.back, day)
    high = count.high + gains.greatest - losses.least
    lists = base.closed - {v.ledger.source for v in voices if v.restated(base.day, day)}
    used = {s: heard.read[s] for s in lists if s in heard.read}
    if used:
        low = max(low, _meet(_left(heard, lists))[0].low)
        high = high if base.raised else min(high, _meet([level.count for level in used.values()])[0].high)
    for voice in voices:
        source, level = voice.ledger.source, heard.read.get(voice.ledger.source)
        word = voice.word_after(base.day) if source not in lists else None
        if level is None or word is None or word > day:
            continue
        used[source] = level
        low = max(low, heard.left[source])
        if level.count.high < INF:
            high = max(high, level.count.high)
    conflict = base.answer.conflict or any(level.conflict for level in used.values())
    low, high = max(low, 0), max(high, 0)
    return _answer(used, low, high if high >= low else INF, open_=True, conflict=conflict, kept=base)


def _flows_of(base: _Base, voices: Sequence[Voice], day: int) -> tuple[Sum, Sum]:
    """Give the greatest gains and losses that the ledgers closed on the base report after it."""
    moves = [v.since(base.day, base.back, day) for v in voices if v.ledger.source in base.closed]
    gains, losses = [gain for gain, _ in moves], [loss for _, loss in moves]
    return _most(gains, day), _most(losses, day)


def _most(sums: Sequence[Sum], day: int) -> Sum:
    return Sum(day, max((s.least for s in sums), default=0), max((s.greatest for s in sums), default=0), None)


def _open(heard: _Heard) -> Answer | None:
    """No list was ever closed: the greatest low and the greatest claimed high."""
    if not heard.read:
        return None
    low: Bound = max(0, *heard.left.values())
    high: Bound = max((level.count.high for level in heard.read.values() if level.count.high < INF), default=INF)
    if high < low:
        high = INF
    return _answer(heard.read, low, high, open_=True, conflict=any(level.conflict for level in heard.read.values()))


def _envelope(voices: Sequence[Voice], day: int) -> Answer | None:
    """The hull of what every ledger says alone."""
    heard = {v.ledger.source: found for v in voices if (found := v.on(day)) is not None}
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
