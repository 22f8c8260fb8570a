"""What a log says of a day, as an edition: so that two days, or two views of one, compare as two printed lists do."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from kztimeline.editions.values import Coverage, Edition, Member, Row
from kztimeline.events import Role
from kztimeline.quantities import PLAIN, parse_quantity
from kztimeline.registry import Registry, fold


def edition_on(
    day: datetime.date, holder: str, held: Iterable[Mapping[str, object]], besides: Iterable[str], registry: Registry
) -> Edition:
    """Give the holdings of a day as an edition.

    ``held`` are rows with system, low and high (null: no bound). ``besides`` are systems that the other reading knows:
    where this one has no evidence of one, its number is unknown, which is not zero.
    """
    ordinal = day.toordinal()
    rows = [_row(str(row["system"]), _written(row["low"], row["high"]), registry) for row in held]
    missing = sorted(set(besides) - {row.id for row in rows})
    rows += [_row(system, "unknown", registry) for system in missing]
    return Edition(
        id=str(day),
        source="",
        holder=holder,
        cutoff=(ordinal, ordinal),
        published=None,
        profile=PLAIN.name,
        coverage={"": Coverage.WHOLE},
        rows=tuple(rows),
        unresolved=(),
        refused=(),
    )


def _row(system: str, text: str, registry: Registry) -> Row:
    known = registry.systems.get(system)
    return Row(
        id=system,
        service="",
        path=tuple(known.category.split("/")) if known is not None else (),
        item=system,
        text=text,
        quantity=parse_quantity(text),
        account=None,
        role=Role.ITEM,
        members=(Member(system, (fold(system),)),),
        covers=(),
        note=None,
    )


def _written(low: object, high: object) -> str:
    if high is None:
        return f"at least {low}"
    return str(low) if low == high else f"{low}-{high}"
