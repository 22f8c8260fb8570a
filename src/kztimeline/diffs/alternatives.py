"""Rows of one edition that differ in nothing but their figure: one number told twice, not two numbers (R10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from attrs import evolve

from kztimeline.editions import Edition, Row
from kztimeline.quantities import Quantity
from kztimeline.registry import fold

Key = tuple[str, tuple[str, ...], str, str, str]


def without_alternatives(edition: Edition) -> tuple[Edition, tuple[tuple[Row, ...], ...]]:
    """Put rows of one service, category, name and account into one, with the hull of their figures.

    20 and 21 transport aircraft are 20..21. The second value gives the rows that were put together.
    """
    groups: dict[Key, list[Row]] = defaultdict(list)
    for row in edition.rows:
        groups[(row.service, row.path, fold(row.item or "") or row.item or "", str(row.account), row.role)].append(row)
    several = tuple(tuple(rows) for rows in groups.values() if len(rows) > 1)
    if not several:
        return edition, ()
    return evolve(edition, rows=tuple(_one(rows) for rows in groups.values())), several


def _one(rows: Sequence[Row]) -> Row:
    if len(rows) == 1:
        return rows[0]
    text = " or ".join(dict.fromkeys(row.text for row in rows))
    covers = tuple(dict.fromkeys(claim for row in rows for claim in row.covers))
    return evolve(rows[0], text=text, quantity=_hull([row.quantity for row in rows], text), covers=covers)


def _hull(several: Sequence[Quantity], text: str) -> Quantity:
    highs = [quantity.high for quantity in several]
    bests = {quantity.best for quantity in several}
    return evolve(
        several[0],
        text=text,
        low=min(quantity.low for quantity in several),
        high=None if None in highs else max(high for high in highs if high is not None),
        best=bests.pop() if len(bests) == 1 else None,
    )
