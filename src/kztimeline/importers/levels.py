"""The register's two levels: which delivery rows a deal row is the total of, and where the two differ (R6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl
from attrs import evolve, frozen

from kztimeline.frames import table
from kztimeline.importers.deals import ORDERED, REGISTER, Deal, Figure, Tranche
from kztimeline.importers.held import Told, deals_on
from kztimeline.importers.matching import alike, matched
from kztimeline.importers.reading import Reading

LEVELS: dict[str, pl.DataType | type[pl.DataType]] = {
    "holder": pl.String,
    "supplier": pl.String,
    "designation": pl.String,
    "year": pl.Int64,
    "what": pl.String,
    "deal_level": pl.String,
    "delivery_level": pl.String,
}
"""One row per difference between the two levels of a register."""

REASON = "one deal at two levels of the register"


@frozen
class Stretch:
    """The years that a table of deliveries speaks of."""

    first: int
    last: int

    def has(self, year: int) -> bool:
        """Tell whether a year is among them."""
        return self.first <= year <= self.last


def level_links(
    register: Mapping[str, Mapping[str, Told]],
    deliveries: Mapping[str, Mapping[str, Told]],
    linked: Collection[str],
) -> Iterator[dict[str, object]]:
    """Yield links that make a deal row the total of its delivery rows, for claims that have none yet."""
    if not register or not deliveries:
        return
    open_ = {name for name, told in deliveries.items() if any(one.id not in linked for one in told.values())}
    totals, parts = deals_on(register, None), [d for d in deals_on(deliveries, None) if d.id in open_]
    for total, part in joined(totals, parts, stretch(deals_on(deliveries, None))):
        whole, rows = register[total.id], deliveries[part.id]
        for key, row in sorted(rows.items()):
            target = whole.get(ORDERED if key == ORDERED else "delivered")
            if target is None or row.id in linked or row.gone or target.gone:
                continue
            relation = "same" if key == ORDERED else "part-of"
            yield {"claims": [row.id, target.id], "kind": "linked", "reason": REASON, "relation": relation}


def stretch(deals: Sequence[Deal]) -> Stretch:
    """Give the years from the first delivery to the last."""
    years = [year for deal in deals for year in deal.years]
    return Stretch(min(years, default=1), max(years, default=9999))


def joined(totals: Sequence[Deal], parts: Sequence[Deal], within: Stretch) -> Iterator[tuple[Deal, Deal]]:
    """Pair deal rows with what the table of deliveries says of the same deal.

    First by all that both say: parties, year of order, units and years; then without the units, which a
    deal that began before the table has more of; then by likeness.
    """
    alone = [summed(part) for part in parts]
    cut = {at: short for at, total in enumerate(totals) if (short := restricted(total, within)) is not None}
    found: dict[int, int] = {}
    for key in (_units_too, _years_only):
        buckets: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for at in sorted(set(cut) - set(found.values())):
            buckets[key(cut[at])].append(at)
        for number in sorted(set(range(len(alone))) - set(found)):
            if several := buckets.get(key(alone[number])):
                best = max(several, key=lambda at: (alike(totals[at], alone[number]), -at))
                several.remove(best)
                found[number] = best
    left, rest = sorted(set(cut) - set(found.values())), sorted(set(range(len(alone))) - set(found))
    again = matched([cut[at] for at in left], [alone[number] for number in rest])
    found |= {rest[new]: left[old] for new, old in again.items()}
    for number, at in sorted(found.items()):
        yield totals[at], parts[number]


def _units_too(deal: Deal) -> tuple[object, ...]:
    return (*_years_only(deal), deal.delivered)


def _years_only(deal: Deal) -> tuple[object, ...]:
    return (deal.recipient, deal.supplier, deal.top, deal.year, tuple(sorted(deal.years)))


def counterparts(table: str, deals: Sequence[Deal], others: Sequence[Deal]) -> dict[str, Deal]:
    """Find for rows of one level the deals of the other, by the rows' ids."""
    if not deals or not others:
        return {}
    if table == REGISTER:
        return {total.id: part for total, part in joined(deals, others, stretch(others))}
    return {part.id: total for total, part in joined(others, deals, stretch(deals))}


def summed(deal: Deal) -> Deal:
    """Add up the rows of one deal to the total that a register would print."""
    if not deal.tranches:
        return deal
    guessed = any(tranche.figure.uncertain for tranche in deal.tranches)
    return evolve(deal, tranches=(Tranche(tuple(sorted(deal.years)), Figure(deal.delivered, guessed)),))


def restricted(deal: Deal, within: Stretch) -> Deal | None:
    """Keep of a deal what lies in some years; its units only where all do; ``None`` where nothing does."""
    years = tuple(sorted(year for year in deal.years if within.has(year)))
    if not years:
        return None
    number = deal.delivered if len(years) == len(deal.years) else None
    return evolve(deal, tranches=(Tranche(years, Figure(number)),))


def compared(register: Reading, deliveries: Reading, *, holder: str | None = None) -> pl.DataFrame:
    """List where the two levels differ: deals that only one has, other units, other years, other forms.

    Years of the deal level outside the table of deliveries are left aside. Columns: :data:`LEVELS`.
    """
    own = [deal for deal in register.deals if holder in (None, deal.recipient)]
    parts = [deal for deal in deliveries.deals if holder in (None, deal.recipient)]
    within = stretch(deliveries.deals)
    return table(_differences(own, parts, within), LEVELS)


def _differences(totals: Sequence[Deal], parts: Sequence[Deal], within: Stretch) -> Iterator[dict[str, object]]:
    pairs = list(joined(totals, parts, within))
    taken, used = {total.id for total, _ in pairs}, {part.id for _, part in pairs}
    for total, part in pairs:
        yield from _of_pair(total, part, within)
    for total in totals:
        if total.id not in taken and restricted(total, within) is not None:
            yield {**_head(total), "what": "only at deal level", "deal_level": _units(total)}
    for part in parts:
        if part.id not in used:
            yield {**_head(part), "what": "only at delivery level", "delivery_level": _units(summed(part))}


def _of_pair(total: Deal, part: Deal, within: Stretch) -> Iterator[dict[str, object]]:
    cut, alone = restricted(total, within), summed(part)
    if cut is not None and cut.years != alone.years:
        years = {"deal_level": _years(cut), "delivery_level": _years(alone)}
        yield {**_head(total), "what": "years", **years}
    if cut is not None and cut.tranches[0].figure.number is not None and cut.delivered != alone.delivered:
        units = {"deal_level": str(cut.delivered), "delivery_level": str(alone.delivered)}
        yield {**_head(total), "what": "units", **units}
    if total.form != part.form:
        yield {**_head(total), "what": "form", "deal_level": total.form, "delivery_level": part.form}


def _head(deal: Deal) -> dict[str, object]:
    named = {"holder": deal.recipient, "supplier": deal.supplier, "designation": deal.designation}
    return {**named, "year": deal.year}


def _units(deal: Deal) -> str:
    return "; ".join(f"{tranche.figure.text} in {tranche.occurred}" for tranche in deal.tranches)


def _years(deal: Deal) -> str:
    return " ".join(map(str, sorted(deal.years)))
