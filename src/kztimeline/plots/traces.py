"""The frames behind pictures of a whole log: what editions state, deals, suppliers by window, evidence by year."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterator

import polars as pl
from attrs import define, field, frozen

from kztimeline.events import Account, Kind, Procurement, Role, Statement, Stored
from kztimeline.frames import day, table
from kztimeline.happenings import known
from kztimeline.holdings import kept, on_day
from kztimeline.quantities import Mark
from kztimeline.registry import Registry, first_day
from kztimeline.views import Standing

STATED = {
    "system": pl.String, "day": pl.Date, "low": pl.Int64, "high": pl.Int64, "figure": pl.String, "edition": pl.String,
}  # fmt: skip
"""One row per statement of a system's number, on the last possible day of its cutoff; ``low`` is null where it is unknown."""
DEALS = {
    "deal": pl.String, "system": pl.String, "supplier": pl.String, "quantity": pl.String,
    "ordered_earliest": pl.Date, "ordered_latest": pl.Date, "ordered_open": pl.Boolean,
    "came_earliest": pl.Date, "came_latest": pl.Date, "came_open": pl.Boolean,
}  # fmt: skip
"""One row per deal, or per delivery that names none: when it was ordered, and when units came.

``open`` says that no claim states the first day: ``earliest`` is then the first that holder and system allow (R8).
"""
WINDOWS = {
    "since": pl.Int64,
    "until": pl.Int64,
    "supplier": pl.String,
    "certain": pl.Int64,
    "possible": pl.Int64,
    "systems": pl.String,
}
"""One row per supplier and window of years: how many systems certainly came in it, and how many more perhaps did.

A system that several suppliers deliver together counts for each of them.
"""
EVIDENCE = {"category": pl.String, "since": pl.Int64, "until": pl.Int64, "known": pl.String, "low": pl.Int64}
"""One row per category and run of years, closed-open, in which the last days are alike.

``known`` is ``none`` (no evidence), ``zero`` (by lists that claim to be complete, R2), ``perhaps`` or ``held``; ``low``
is how many units at least.
"""


def stated(standing: Standing, holder: str, keys: Collection[str]) -> pl.DataFrame:
    """Give what editions state of some systems, each at its cutoff."""
    names = known(standing)
    rows = []
    for stored in standing.claims:
        claim = stored.event
        if not isinstance(claim, Statement) or claim.role is not Role.ITEM or len(claim.systems) != 1:
            continue
        key = names.key(claim.holder, claim.systems[0])
        if key in keys and holder in ("*", claim.holder) and claim.cutoff.last is not None:
            edition = next((c.edition for c in claim.citations if c.edition), claim.citations[0].source)
            low = None if Mark.UNKNOWN in claim.quantity.marks else claim.quantity.low
            row = {"system": key, "day": day(claim.cutoff.last), "low": low, "high": claim.quantity.high}
            rows.append(row | {"figure": claim.quantity.text, "edition": edition})
    return table(rows, STATED).sort("system", "day", "edition", "low")


@define
class _Deal:
    system: str
    supplier: str
    quantity: str | None = None
    ordered: list[Span] = field(factory=list)
    came: list[Span] = field(factory=list)


def deals(standing: Standing, holder: str, keys: Collection[str] | None = None) -> pl.DataFrame:
    """Give orders and the deliveries of each; deliveries without a deal stand alone."""
    names = known(standing)
    found: dict[str, _Deal] = {}
    for stored, claim, days in _procured(standing, holder):
        key = names.key(claim.holder, claim.systems[0])
        if keys is not None and key not in keys:
            continue
        deal = found.setdefault(claim.deal or stored.id, _Deal(key, ""))
        deal.supplier = deal.supplier or " ".join(claim.suppliers)
        if claim.quantity is not None and (deal.quantity is None or claim.kind is Kind.ORDERED):
            deal.quantity = claim.quantity.text
        (deal.ordered if claim.kind is Kind.ORDERED else deal.came).append(days)
    rows = ({"deal": name, **_deal_row(deal)} for name, deal in found.items())
    begun = [
        pl.when(pl.col(f"{side}_open")).then(f"{side}_latest").otherwise(f"{side}_earliest")
        for side in ("ordered", "came")
    ]
    return table(rows, DEALS).sort(pl.coalesce(*begun), "system", "deal")


def _procured(standing: Standing, holder: str) -> Iterator[tuple[Stored, Procurement, Span]]:
    """Yield orders and deliveries with the days they can lie on; what a deal tells of its beginning bounds its rest."""
    wanted = [
        (stored, claim, days)
        for stored in standing.claims
        if isinstance(claim := stored.event, Procurement)
        and claim.kind in (Kind.ORDERED, Kind.DELIVERED)
        and claim.systems
        and holder in ("*", claim.holder)
        and (days := span_of(claim, standing.registry)) is not None
    ]
    begun: dict[tuple[str | None, Kind], int] = {}
    for _, claim, days in wanted:
        if claim.deal is not None and not days.open:
            place = (claim.deal, claim.kind)
            begun[place] = min(begun.get(place, days.first), days.first)
    for stored, claim, days in wanted:
        since = begun.get((claim.deal, claim.kind), begun.get((claim.deal, Kind.ORDERED)))
        bounded = days.open and since is not None and since <= days.last
        yield stored, claim, Span(since or 0, days.last) if bounded else days


def _deal_row(deal: _Deal) -> dict[str, object]:
    sides = {"ordered": deal.ordered, "came": deal.came}
    return {
        "system": deal.system, "supplier": deal.supplier, "quantity": deal.quantity,
        **{f"{side}_earliest": day(min((d.first for d in days), default=None)) for side, days in sides.items()},
        **{f"{side}_latest": day(max((d.last for d in days), default=None)) for side, days in sides.items()},
        **{f"{side}_open": any(d.open for d in days) for side, days in sides.items()},
    }  # fmt: skip


@frozen
class Span:
    """The first and last possible day of something done; ``open`` where no claim states the first."""

    first: int
    last: int
    open: bool = False


def span_of(claim: Procurement, registry: Registry) -> Span | None:
    """Give the days on which something was done (R8): an open end closes when it was published.

    An open start begins with the later of the holder's and the system's first day. Nothing where no day is known.
    """
    occurred = claim.occurred
    published = [c.published.last for c in claim.citations if c.published.last is not None]
    last = min([d for d in (occurred.last, min(published, default=None)) if d is not None], default=None)
    if occurred.first is not None:
        return Span(occurred.first, occurred.first if last is None else max(last, occurred.first))
    if last is None:
        return None
    start = first_day(registry, claim.holder, claim.systems[0])
    return Span(last if start is None else min(start, last), last, open=True)


def suppliers(standing: Standing, holder: str, width: int = 5) -> pl.DataFrame:
    """Give, by windows of years that end in a multiple of the width, how many systems each supplier delivered."""
    sure: dict[tuple[int, str], set[str]] = defaultdict(set)
    maybe: dict[tuple[int, str], set[str]] = defaultdict(set)
    names, found = known(standing), list(_procured(standing, holder))
    of_deal = {claim.deal: claim.suppliers for _, claim, _ in found if claim.deal is not None and claim.suppliers}
    for _, claim, days in found:
        if claim.kind is not Kind.DELIVERED:
            continue
        first, last = (_window(datetime.date.fromordinal(d).year, width) for d in (days.first, days.last))
        key = names.key(claim.holder, claim.systems[0])
        for supplier in claim.suppliers or of_deal.get(claim.deal or "", ("",)):
            for since in range(first, last + 1, width):
                (sure if first == last else maybe)[(since, supplier)].add(key)
    rows = (
        {
            "since": since, "until": since + width - 1, "supplier": supplier, "certain": len(sure[(since, supplier)]),
            "possible": len(maybe[(since, supplier)] - sure[(since, supplier)]),
            "systems": " ".join(sorted(sure[(since, supplier)] | maybe[(since, supplier)])),
        }
        for since, supplier in sorted(set(sure) | set(maybe))
    )  # fmt: skip
    return table(list(rows), WINDOWS)


def _window(year: int, width: int) -> int:
    return year - (year - 1) % width


def evidence(steps: pl.DataFrame, registry: Registry, holder: str) -> pl.DataFrame:
    """Say of each category what is known of it on the last day of each year, in runs of like years.

    The least number is a sum of the systems' own. The years run from the holder's first day, or the first that anything
    is known of, to the last that a claim speaks of.
    """
    held = kept(steps, holder, None, [Account.HELD])
    of = {s: _category(registry, s) for s in held["system"].unique().to_list()}
    runs: dict[str, list[dict[str, object]]] = {category: [] for category in sorted(set(of.values()))}
    for year in _years(held, registry, holder):
        seen: dict[str, list[dict[str, object]]] = defaultdict(list)
        for row in on_day(held, datetime.date(year, 12, 31)).iter_rows(named=True):
            seen[of[row["system"]]].append(row)
        for category, run in runs.items():
            known_now = _known(seen[category])
            if run and {name: run[-1][name] for name in known_now} == known_now:
                run[-1]["until"] = year + 1
            else:
                run.append({"category": category, "since": year, "until": year + 1, **known_now})
    return table([row for run in runs.values() for row in run], EVIDENCE).sort("category", "since")


def _category(registry: Registry, system: str) -> str:
    entry = registry.systems.get(system)
    return "/".join(entry.category.split("/")[:2]) if entry is not None and entry.category else "not stated"


def _years(held: pl.DataFrame, registry: Registry, holder: str) -> range:
    first, last = held["since"].min(), held["as_of"].max()
    if not isinstance(first, datetime.date) or not isinstance(last, datetime.date):
        return range(0)
    owner = registry.holders.get(holder)
    since = None if owner is None or owner.since is None else owner.since.earliest
    return range((since or first).year, last.year + 1)


def _known(rows: list[dict[str, object]]) -> dict[str, object]:
    low = sum(int(str(row["low"] or 0)) for row in rows)
    none = all(row["high"] == 0 and not row["open"] for row in rows)
    word = "none" if not rows else "held" if low else "zero" if none else "perhaps"
    return {"known": word, "low": low}
