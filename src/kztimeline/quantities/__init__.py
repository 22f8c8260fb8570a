"""How many, as sources say it: kept as written, with low, best, high and marks (R14).

Counts are whole units. Money and shares are :class:`Amount`: decimals in the same notation, with a unit, never floats.
"""

from kztimeline.quantities.amounts import Amount, add_amounts, parse_amount
from kztimeline.quantities.counts import LARGEST, contains, format_quantity, parse_quantity
from kztimeline.quantities.notation import MILITARY_BALANCE, PLAIN, PROFILES, Mark, Override, Profile, Quantity

__all__ = [
    "LARGEST",
    "MILITARY_BALANCE",
    "PLAIN",
    "PROFILES",
    "Amount",
    "Mark",
    "Override",
    "Profile",
    "Quantity",
    "add_amounts",
    "contains",
    "format_quantity",
    "parse_amount",
    "parse_quantity",
]
