"""Soundness by brute force: a history is made up first, then told vaguely; its truth must lie within every answer.

Nothing here knows a rule: units come, move and are lost on exact days, and sources tell of it with vague
dates and counts, in part, twice, as totals, as levels on a cutoff. One source tells of every loss.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from random import Random

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.events import Statement
from kztimeline.policies import Policy
from kztimeline.steps import Step, steps
from kztimeline.views import Placed, stand
from tests.strategies import placed

FIRST, LAST = datetime.date(2010, 1, 1).toordinal(), datetime.date(2013, 12, 31).toordinal()
SOURCES = ("a", "b", "c")
LAG = 40
MOVES: dict[str, tuple[str | None, str | None]] = {
    "delivered": (None, "in-service"),
    "stored": ("in-service", "in-store"),
    "returned": ("in-store", "in-service"),
    "lost": ("in-service", None),
}


@frozen
class Event:
    """Units that come, move or go: how many on which days."""

    kind: str
    days: tuple[int, ...]
    origin: str | None
    into: str | None


def level(history: Sequence[Event], account: str, day: int) -> int:
    """How many units are truly in an account at the end of a day."""
    if account == "held":
        return sum(level(history, one, day) for one in ("in-service", "in-store"))
    count = 0
    for event in history:
        moved = sum(1 for when in event.days if when <= day)
        count += moved * ((event.into == account) - (event.origin == account))
    return count


def made_up(random: Random) -> list[Event]:
    """A history in which no account is ever below 0."""
    history: list[Event] = []
    for _ in range(random.randint(1, 5)):
        kind = random.choice(["delivered", "delivered", "stored", "returned", "lost", "lost"])
        start = random.randint(FIRST, LAST - 800)
        spread = random.choice([0, 0, 300, 700])
        days = tuple(sorted(random.randint(start, start + spread) for _ in range(random.randint(1, 3))))
        days = days if spread else (start,) * len(days)
        event = Event(kind, days, *MOVES[kind])
        new = [*history, event]
        changes = sorted({day for one in new for day in one.days})
        if all(level(new, account, day) >= 0 for account in ("in-service", "in-store") for day in changes):
            history = new
    return history


# --- telling it vaguely -------------------------------------------------------------------------------------------


def text(day: int) -> str:
    return datetime.date.fromordinal(day).isoformat()


def told_when(random: Random, days: Sequence[int]) -> str:
    """A date that allows the days: one unknown day, a stretch, a set with a unit in each member."""
    first, last = text(min(days)), text(max(days))
    years = sorted({text(day)[:4] for day in days})
    vague = [
        f"{years[0]}/{years[-1]}",
        f"{first}/{last}",
        f"../{years[-1]}",
        f"{years[0]}/..",
        f"{int(years[0]) - 1}/{last}",
    ]
    if len(set(days)) == 1:
        vague += [first, first[:7], first[:4], f"[{int(years[0]) - 1}..{years[0]}]"] * 2
    if len(years) > 1:
        vague += ["{" + ",".join(years) + "}"] * 3
    return random.choice(vague)


def told_count(random: Random, number: int) -> str | None:
    words = [str(number)] * 3 + [f"at least {random.randint(0, number)}", f"up to {number + random.randint(0, 2)}"]
    words += [f"{random.randint(0, number)}-{number + random.randint(0, 2)}", f"({number})"]
    return random.choice([*words, "some", None]) if number else random.choice(words)


def cited(source: str) -> list[dict[str, object]]:
    return [{"source": source, "published": "2015"}]


def claim(random: Random, source: str, event: Event, **more: object) -> Placed:
    fields: dict[str, object] = {
        "kind": event.kind, "holder": "KAZ", "occurred": told_when(random, event.days), "systems": ["x"],
        "quantity": told_count(random, len(event.days)), "citations": cited(source), "note": str(random.random()),
    }  # fmt: skip
    if event.kind == "delivered":
        fields["into"] = event.into
    if event.kind == "lost":
        fields["out_of"] = random.choice([event.origin, None])
    return placed(**{**fields, **more})


def flows_told(random: Random, history: Sequence[Event], full: str) -> Iterator[Placed]:
    """Each event told by some sources, linked as the same now and then.

    A source tells an event twice only if it gives no total, since tranches of a total add up (R6).
    """
    totalling = random.choice([*SOURCES, None])
    for event in history:
        loses = event.origin is not None
        tellers = [s for s in SOURCES if (s == full and loses) or random.random() < 0.5]
        claims = [claim(random, s, event, batch=random.choice(["t", None])) for s in tellers]
        claims += [claim(random, s, event) for s in tellers if s != totalling and random.random() < 0.2]
        yield from claims
        if len(claims) > 1 and random.random() < 0.5:
            yield placed(kind="linked", relation="same", claims=[c.id for c in claims], reason="one event")
    arrived = sorted(day for event in history if event.kind == "delivered" for day in event.days)
    if arrived and totalling:
        first, last = random.choice(arrived), random.choice(arrived)
        inside = [day for day in arrived if first <= day <= last]
        whole = all(
            all(first <= d <= last for d in e.days) or not any(first <= d <= last for d in e.days)
            for e in history
            if e.kind == "delivered"
        )
        if inside and whole:
            yield claim(
                random, totalling, Event("delivered", tuple(inside), None, "in-service"),
                role="total", occurred=f"{text(first)}/{text(last)}",
            )  # fmt: skip


def levels_told(random: Random, history: Sequence[Event], lag: int) -> Iterator[Placed]:
    """Editions of a source: what it states of a cutoff was so on that day, or up to its lag before.

    A list that is complete names the day and does not lag, since it is closed on the last day it may speak of.
    """
    closed = random.random() < 0.5
    lag = 0 if closed else lag
    source = "b" if lag else random.choice(["a", "c"])
    cutoffs = sorted(random.randint(FIRST + 400, LAST - 100) for _ in range(random.randint(0, 2)))
    for cutoff in dict.fromkeys(text(day)[:7] for day in cutoffs):
        day = next(d for d in cutoffs if text(d)[:7] == cutoff)
        seen = day - random.randint(0, lag)
        stated = text(day) if closed else random.choice([text(day), cutoff, cutoff])
        account = random.choice(["apart", "apart", None])
        rows = [("in-service", "in-service"), ("in-store", "in-store")] if account else [("held", None)]
        for real, printed in rows:
            yield placed(
                kind="stated", holder="KAZ", cutoff=stated, role="item", systems=["x"], account=printed,
                quantity=told_count(random, level(history, real, seen)) or "unknown", citations=cited(source), category="air",
                note=str(random.random()),
            )  # fmt: skip
    if closed:
        yield placed(kind="defined-scope", source=source, holder="KAZ", systems=["x"], of="levels", period="2009/2015")


def told(random: Random, history: Sequence[Event]) -> list[Placed]:
    full = random.choice(SOURCES)
    log = [
        placed(kind="defined-holder", id="KAZ", name="K"),
        placed(kind="defined-system", id="x", name="X", category="air"),
        *(placed(kind="defined-source", id=s, title=s, form="prose", lag=LAG * (s == "b")) for s in SOURCES),
    ]
    log += flows_told(random, history, full)
    log += levels_told(random, history, random.choice([0, LAG]))
    if random.random() < 0.4:
        log += register_told(random, history)
    return list({row.id: row for row in log}.values())


def register_told(random: Random, history: Sequence[Event]) -> Iterator[Placed]:
    """A register that lists every arrival of its period, and says so."""
    yield placed(kind="defined-source", id="reg", title="R", form="register", lag=0)
    for event in history:
        if event.kind == "delivered":
            yield claim(random, "reg", event, batch="rows")
    yield placed(kind="defined-scope", source="reg", holder="KAZ", systems=["x"], of="flows", period="2009/2012")


def outside(
    rows: Sequence[Step], history: Sequence[Event], bounded: Callable[[Step], bool], but: frozenset[int] = frozenset()
) -> list[str]:
    """Every account and day whose truth is not within the answer, but for some days."""
    days = sorted({d + k for event in history for d in event.days for k in (-1, 0, 1)} | {row.since for row in rows})
    found = []
    for row in rows:
        for day in sorted(set(days) - but):
            if row.account not in ("in-service", "in-store", "held"):
                continue
            if row.since <= day and (row.until is None or day < row.until):
                truth = level(history, row.account, day)
                above = bounded(row) and row.high is not None and truth > row.high
                if truth < row.low or above:
                    found.append(
                        f"{row.account} on {text(day)}: {truth} is not in {row.low}..{row.high}, open {row.open}"
                    )
    return found


@given(st.integers(0, 2**32))
def test_the_truth_of_a_made_up_history_lies_within_every_answer(seed: int) -> None:
    """``low`` always; ``high`` where the answer is closed (open ones say that there may be more).

    What a source that lags says of the very day of its cutoff is taken as said (R11 counts from the day after).
    """
    random = Random(seed)
    history = made_up(random)
    log = told(random, history)
    rows = [row.value for row in log if isinstance(row.value, Statement)]
    said = frozenset(row.cutoff.last or 0 for row in rows if row.citations[0].source == "b")
    assert outside(steps(stand(log)), history, lambda row: not row.open, said) == [], log[5:]


@given(st.integers(0, 2**32))
def test_a_source_that_tells_everything_has_the_truth_between_its_bounds(seed: int) -> None:
    random = Random(seed)
    history = made_up(random)
    log = told(random, [])[:5]
    log += [claim(random, "a", event, batch=random.choice(["t", None])) for event in history]
    assert outside(steps(stand(log), policy=Policy.FLOWS), history, lambda _row: True) == [], log[5:]
