"""The register quoted by another document, and the register itself: one word, not two (R4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from kztimeline.dates import UncertainDate, parse_date
from kztimeline.importers.deals import ORDERED, Deal
from kztimeline.importers.held import Fields, Told, deals_on
from kztimeline.importers.parties import UNKNOWN
from kztimeline.quantities import parse_quantity
from kztimeline.registry import Registry, key_of

REASON = "the register, quoted by another document"


def quote_links(
    quotes: Mapping[str, Fields],
    register: Mapping[str, Mapping[str, Told]],
    registry: Registry,
    apart: Collection[str],
) -> Iterator[dict[str, object]]:
    """Yield links between quoted orders or deliveries and the one deal of the register that they can mean.

    A quote fits a deal of its holder, system and supplier whose year, units and years of delivery it allows.
    Where it fits several, or several fit one deal, nothing is linked; nor what somebody declared
    distinct from something (``apart``).
    """
    if not quotes or not register:
        return
    by_system: dict[tuple[str, str], list[Deal]] = defaultdict(list)
    for deal in deals_on(register, None):
        for system in deal.systems:
            by_system[(deal.recipient, key_of(registry, system))].append(deal)
    meant: dict[tuple[str, str], list[str]] = defaultdict(list)
    for identity, fields in sorted(quotes.items()):
        systems = fields.get("systems")
        if identity in apart or not isinstance(systems, list) or len(systems) != 1:
            continue
        deals = by_system.get((str(fields["holder"]), key_of(registry, systems[0])), [])
        fitting = [deal.id for deal in deals if _fits(fields, deal)]
        if len(fitting) == 1:
            meant[(fitting[0], str(fields["kind"]))].append(identity)
    for (deal_id, kind), ids in sorted(meant.items()):
        target = register[deal_id].get(ORDERED if kind == "ordered" else "delivered")
        if len(ids) == 1 and target is not None and not target.gone:
            yield {"claims": [ids[0], target.id], "kind": "linked", "reason": REASON, "relation": "same"}


def _fits(fields: Fields, deal: Deal) -> bool:
    suppliers = fields.get("suppliers")
    if isinstance(suppliers, list) and deal.supplier != UNKNOWN and deal.supplier not in suppliers:
        return False
    when = parse_date(str(fields["occurred"]))
    if fields["kind"] == "ordered":
        return _within(when, deal.year, deal.year) and _allows(fields.get("quantity"), deal.ordered.number)
    if not deal.years:
        return False
    return _within(when, min(deal.years), max(deal.years)) and _allows(fields.get("quantity"), deal.delivered)


def _within(when: UncertainDate, first: int, last: int) -> bool:
    """Tell whether a date allows a stretch of years, both ends included."""
    early, late = when.earliest, when.latest
    return (early is None or early.year <= first) and (late is None or last <= late.year)


def _allows(quantity: object, number: int | None) -> bool:
    if quantity is None or number is None:
        return True
    count = parse_quantity(str(quantity))
    return count.low <= number and (count.high is None or number <= count.high)
