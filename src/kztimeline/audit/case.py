"""What a rule looks at, and the arithmetic that rules share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from attrs import frozen

from kztimeline.events import (
    Claim,
    Kind,
    Measure,
    Stored,
    systems_of,
    when,
)
from kztimeline.happenings import Happening, Known
from kztimeline.quantities import Quantity
from kztimeline.readings import INF, Bound
from kztimeline.steps import Folded
from kztimeline.views import Standing

LEFT = (Kind.RETIRED, Kind.LOST, Kind.EXPORTED, Kind.DONATED, Kind.MODERNISED)
"""Kinds that take units away from a system or a holder."""


@frozen
class Case:
    """What a rule looks at: a view of a log, its happenings and keys, and the last day that it knows of."""

    standing: Standing
    names: Known
    happenings: tuple[Happening, ...]
    folded: tuple[Folded, ...]
    day: int

    def told(self, *kinds: type) -> Iterator[Stored]:
        """Yield the standing claims of some families."""
        return (stored for stored in self.standing.claims if isinstance(stored.event, kinds))


def days(claim: Claim) -> tuple[Bound, Bound]:
    date = when(claim)
    return (-INF if date.first is None else date.first, INF if date.last is None else date.last)


def apart(ranges: Sequence[tuple[Bound | Decimal, Bound | Decimal]]) -> bool:
    return len(ranges) > 1 and max(low for low, _ in ranges) > min(high for _, high in ranges)


def subject(claim: Claim) -> str:
    """Name what a claim is about: its systems, else its indicator, category, form or operator."""
    named = "+".join(systems_of(claim))
    if isinstance(claim, Measure) and claim.category:
        return f"{claim.indicator} ({claim.category})"
    rest = (getattr(claim, name, None) for name in ("indicator", "agreement", "category", "form", "operator"))
    return named or next((str(word) for word in rest if word), str(claim.kind))


def bounds(quantity: Quantity) -> tuple[Bound, Bound]:
    return quantity.low, INF if quantity.high is None else quantity.high


def total_of(quantities: Iterable[Quantity]) -> tuple[Bound, Bound]:
    pairs = [bounds(quantity) for quantity in quantities]
    return sum(low for low, _ in pairs), sum(high for _, high in pairs)


def between(low: Bound | Decimal, high: Bound | Decimal) -> str:
    if low == high:
        return str(low)
    return f"{low} or more" if high == INF else f"{low}..{high}"
