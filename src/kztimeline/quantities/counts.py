"""Counts of whole units, as sources say them (R14)."""

from __future__ import annotations

from functools import lru_cache

from kztimeline.errors import NotationError
from kztimeline.quantities.notation import PLAIN, Profile, Quantity, read

LARGEST = 10**12
LONGEST = 200


def parse_quantity(text: str, *, profile: Profile = PLAIN) -> Quantity:
    """Read a count, such as ``12``, ``(12)``, ``at least 5``, ``up to 300``, ``some``, ``16-20`` (R14).

    The text is kept. Answers are cached. Raises :class:`NotationError` naming what to write instead.
    """
    if not isinstance(text, str):
        raise NotationError(f"a quantity is text, not {text!r}; write it in quotation marks")
    if not isinstance(profile, Profile):
        raise NotationError(f"not a profile: {profile!r}; write one of kztimeline.quantities.PROFILES")
    if len(text) > LONGEST:
        raise NotationError(f"not a quantity: {text[:60]!r}… is longer than {LONGEST} characters; write only the count")
    return _parsed(str.__str__(text), profile)  # what is remembered holds no other kind of text


def format_quantity(quantity: Quantity) -> str:
    """Write a quantity: its text, as it was read."""
    return quantity.text


def contains(wide: Quantity, narrow: Quantity) -> bool:
    """Whether every number that ``narrow`` allows is one that ``wide`` allows."""
    below = wide.high is None or (narrow.high is not None and narrow.high <= wide.high)
    return wide.low <= narrow.low and below


@lru_cache(maxsize=65536)
def _parsed(text: str, profile: Profile) -> Quantity:
    quantity = read(text, profile)
    if quantity is None:
        from kztimeline.quantities.advice import advice

        raise NotationError(f"not a quantity: {text[:60]!r}{advice(text, profile)}")
    if max(quantity.low, quantity.high or 0) > LARGEST:
        raise NotationError(f"not a quantity: {text[:60]!r} is more than {LARGEST}; write the count in single units")
    if quantity.high is not None and quantity.high < 0:
        raise NotationError(f"not a quantity: {text!r}: nothing is fewer than 0; write 0 for none")
    if quantity.high is not None and quantity.low > quantity.high:
        raise NotationError(f"not a quantity: {text!r} ends below its start; write the smaller number first")
    return quantity
