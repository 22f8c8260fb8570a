"""Dates as sources give them: EDTF levels 0 to 2, kept as written, with bounds computed once (R8).

ISO 8601-2:2019 (Extended Date/Time Format). The text survives; ``earliest`` and ``latest`` are the
first and last day that it can mean. Uncertain dates have no ``<``: they answer :class:`Truth`.
"""

from __future__ import annotations

from kztimeline.dates.values import (
    LIMIT,
    Period,
    Shape,
    UncertainDate,
    format_date,
    last_day,
    parse_date,
    period_of,
)

__all__ = ["LIMIT", "Period", "Shape", "UncertainDate", "format_date", "last_day", "parse_date", "period_of"]
