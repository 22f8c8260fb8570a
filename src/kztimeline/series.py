"""Series: what sources measured, period by period (spending, personnel, ranks), and where they exclude each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from kztimeline.events import Measure, Stored
from kztimeline.frames import day
from kztimeline.views import Standing

NUMBER = pl.Decimal(38, 9)
SERIES: dict[str, pl.DataType | type[pl.DataType]] = {
    "holder": pl.String,
    "indicator": pl.String,
    "category": pl.String,
    "partner": pl.String,
    "operator": pl.String,
    "period_edtf": pl.String,
    "period_earliest": pl.Date,
    "period_latest": pl.Date,
    "value": pl.String,
    "low": NUMBER,
    "best": NUMBER,
    "high": NUMBER,
    "unit": pl.String,
    "basis": pl.String,
    "conflict": pl.Boolean,
    "source": pl.String,
    "published_edtf": pl.String,
    "flags": pl.String,
    "id": pl.String,
    "note": pl.String,
}
"""One row per standing measure, sorted by holder, indicator, category, partner, operator, unit, basis and period.

``value`` is the text as written, ``low``, ``best`` and ``high`` the exact decimals that it allows (null: no bound, no
single best); unlike units or price bases are never put into one. ``conflict`` marks values of one thing and period that
exclude each other.
"""

ORDER = ("holder", "indicator", "category", "partner", "operator", "unit", "basis", "period_earliest", "id")

Same = tuple[str | None, ...]


def measures(standing: Standing, holder: str, indicator: str | None) -> list[Stored]:
    """Give the standing measures of a holder (``"*"``: of all) and indicator (``None``: every one)."""
    return [
        stored
        for stored in standing.claims
        if isinstance(stored.event, Measure)
        and holder in ("*", stored.event.holder)
        and indicator in (None, stored.event.indicator)
    ]


def thing(claim: Measure) -> Same:
    """Name what a measure is of: all but its period, its value and who says so."""
    return (
        claim.holder, claim.indicator, claim.category, claim.partner, claim.operator, claim.value.unit, claim.basis
    )  # fmt: skip


def rivals(several: Iterable[Stored]) -> list[tuple[Stored, ...]]:
    """Find measures of one thing and one period whose values exclude each other, in the order of their ids."""
    groups: dict[tuple[Same, str], list[Stored]] = defaultdict(list)
    for stored in several:
        if isinstance(stored.event, Measure):
            groups[(thing(stored.event), stored.event.period.text)].append(stored)
    found = [tuple(sorted(group, key=lambda s: s.id)) for group in groups.values() if _exclude(group)]
    return sorted(found, key=lambda group: group[0].id)


def _exclude(group: Sequence[Stored]) -> bool:
    amounts = [stored.event.value for stored in group if isinstance(stored.event, Measure)]
    lows = [amount.low for amount in amounts if amount.low is not None]
    highs = [amount.high for amount in amounts if amount.high is not None]
    return bool(lows) and bool(highs) and max(lows) > min(highs)


def series_rows(several: Sequence[Stored]) -> Iterator[dict[str, object]]:
    """Give measures as rows of ``SERIES``."""
    conflicting = {stored.id for group in rivals(several) for stored in group}
    for stored in several:
        claim = stored.event
        if not isinstance(claim, Measure):
            continue
        yield {
            "id": stored.id,
            **{name: getattr(claim, name) for name in ("holder", "indicator", "category", "partner", "operator")},
            "period_edtf": claim.period.text,
            "period_earliest": day(claim.period.first),
            "period_latest": day(claim.period.last),
            "value": claim.value.text,
            "low": claim.value.low,
            "best": claim.value.best,
            "high": claim.value.high,
            "unit": claim.value.unit,
            "basis": claim.basis,
            "conflict": stored.id in conflicting,
            "source": " ".join(dict.fromkeys(c.source for c in claim.citations)),
            "published_edtf": claim.citations[0].published.text,
            "flags": " ".join(claim.flags) or None,
            "note": claim.note,
        }
