"""What an export of a register covers: from its preamble where it has one, and from its rows (R3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from kztimeline.importers.deals import Deal
from kztimeline.importers.parties import code_of

FIRST_YEAR = 1950
"""The register begins with deliveries of this year."""
_FROM = re.compile(r"from (.{1,20000}?) to (.{1,20000}?)\s*\.\s*Deals with (.{1,80}?)\s+made for", re.IGNORECASE)
_RANGE = re.compile(
    r"year range\s*[\"'‘’“”?]?\s*(.{1,40}?)\s*[\"'‘’“”?]?\s+to\s+[\"'‘’“”?]?\s*(.{1,40}?)\s*[\"'‘’“”?;]*\s*$"
)
_DAY = re.compile(r"generated:?\s*(\d{1,2})\s+([A-Za-z]{3})[a-z]*\.?,?\s+(\d{4})", re.IGNORECASE)
_ISO_DAY = re.compile(r"generated:?\s*(\d{4}-\d{2}-\d{2})", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@frozen
class Coverage:
    """Which deals a file would list: parties (``None``: all), years of delivery, and orders without deliveries.

    ``first`` and ``last`` bound the years that the file's figures speak of; ``None`` where nothing was
    selected. ``stated`` tells that a preamble says so. ``parties`` are those of whom a reader kept the
    rows, on either side.
    """

    suppliers: frozenset[str] | None
    recipients: frozenset[str] | None
    first: int | None
    last: int | None
    orders: bool
    undelivered: bool
    stated: bool
    parties: frozenset[str] | None = None

    def lists(self, deal: Deal) -> bool:
        """Tell whether a file of this coverage would list a deal; where not, its silence says nothing."""
        if self.parties is not None and not self.parties & {deal.recipient, deal.supplier}:
            return False
        if self.recipients is not None and deal.recipient not in self.recipients:
            return False
        if self.suppliers is not None and deal.supplier not in self.suppliers:
            return False
        if deal.years and any(self.has(year) for year in deal.years):
            return True
        placed = self.orders and self.has(deal.year)
        return placed and (self.undelivered or bool(deal.years))

    def has(self, year: int) -> bool:
        """Tell whether deliveries of a year are in the file's figures."""
        return (self.first is None or self.first <= year) and (self.last is None or year <= self.last)

    @property
    def whole(self) -> bool:
        """Whether figures are those of all years."""
        return self.first is None and self.last is None


def stated(preamble: Sequence[str]) -> tuple[Coverage | None, str | None]:
    """Read the lines above a table: what it covers, and the day it was made (ISO), each ``None`` where unsaid."""
    text = " ".join(preamble)
    day = None
    if (found := _DAY.search(text)) and found[2].lower() in _MONTHS:
        day = f"{found[3]}-{_MONTHS.index(found[2].lower()) + 1:02}-{int(found[1]):02}"
    elif found := _ISO_DAY.search(text):
        day = found[1]
    for line in preamble:
        if found := _FROM.search(line):
            period = _RANGE.search(line)
            first, last = (_year(period[1]), _year(period[2])) if period else (None, None)
            orders = "order" in found[3].casefold()
            return Coverage(_codes(found[1]), _codes(found[2]), first, last, orders, True, True), day
    return None, day


def _codes(listed: str) -> frozenset[str] | None:
    """Read a list of parties; ``None`` for all of them. A name that nobody knows is left out."""
    if "all countries" in listed.casefold() or not listed.strip():
        return None
    whole = code_of(listed)
    names = [listed] if whole else re.split(r"\s*[;,]\s*|\s+and\s+", listed)
    return frozenset(code for name in names if (code := code_of(name)) is not None)


def _year(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[12][0-9]{3}", text) else None


def covered(said: Coverage | None, deals: Iterable[Deal]) -> Coverage:
    """Complete a preamble's word by the rows; without a preamble take what the rows show.

    Whether undelivered orders are listed is seen from the rows: some exports leave them out.
    """
    rows = list(deals)
    undelivered = any(not deal.tranches for deal in rows)
    if said is not None:
        return evolve(said, undelivered=undelivered, orders=said.orders or undelivered)
    years = {year for deal in rows for year in deal.years}
    return Coverage(
        frozenset(deal.supplier for deal in rows),
        frozenset(deal.recipient for deal in rows),
        min(years, default=None),
        max(years, default=None),
        undelivered,
        undelivered,
        False,
    )


def data_year(coverage: Coverage, deals: Iterable[Deal], release: str) -> int | None:
    """Give the last year that a file is sure to cover: stated, seen in its rows, or long enough before its release.

    A register is brought up to date in the spring, so that an export of a year covers at least the last
    but one; never the year of the release itself. Without a preamble only the rows count.
    """
    made = int(release[:4])
    if coverage.stated and coverage.last is not None:
        return min(coverage.last, made - 1)
    seen = [year for deal in deals for year in deal.years]
    if coverage.stated:
        seen.append(made - 2)
    return min(max(seen), made - 1) if seen else None
