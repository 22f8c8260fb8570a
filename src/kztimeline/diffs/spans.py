"""The arithmetic of differences: bounds that may be open, and a best that may be missing (R25)."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from kztimeline.quantities import Quantity
from kztimeline.readings import INF, Bound


@frozen
class Span:
    """Least and greatest (infinite where there is no bound) and best (``None`` where there is no single one)."""

    low: Bound
    high: Bound
    best: int | None

    def __neg__(self) -> Span:
        return Span(-self.high, -self.low, None if self.best is None else -self.best)

    def __add__(self, other: Span) -> Span:
        best = None if self.best is None or other.best is None else self.best + other.best
        return Span(self.low + other.low, self.high + other.high, best)

    def __sub__(self, other: Span) -> Span:
        return self + -other

    @property
    def zero(self) -> bool:
        """Whether it is certainly 0."""
        return self.low == 0 == self.high

    @property
    def excludes_zero(self) -> bool:
        """Whether it certainly is not 0."""
        return self.low > 0 or self.high < 0


ZERO = Span(0, 0, 0)


def span_of(quantity: Quantity | None) -> Span:
    """Read a figure; nothing printed where the list is whole is 0."""
    if quantity is None:
        return ZERO
    return Span(quantity.low, INF if quantity.high is None else quantity.high, quantity.best)


def total(spans: Iterable[Span]) -> Span:
    """Add up spans; nothing is 0."""
    result = ZERO
    for span in spans:
        result = result + span
    return result


def moved(loss: Span, gain: Span) -> Span:
    """Give what can have moved from active to store, per world the lesser of loss and gain, of one sign (R26).

    The result never falls as either grows, so its bounds lie at the corners.
    """
    best = None if loss.best is None or gain.best is None else int(_move(loss.best, gain.best))
    return Span(_move(loss.low, gain.low), _move(loss.high, gain.high), best)


def left_active(loss: Span, gain: Span) -> Span:
    """Give what the move leaves of the change in active: −loss + move, which falls with loss and grows with gain."""
    low, high = _left(loss.high, gain.low), _left(loss.low, gain.high)
    best = None if loss.best is None or gain.best is None else int(_left(loss.best, gain.best))
    return Span(low, high, best)


def left_stored(loss: Span, gain: Span) -> Span:
    """Give what the move leaves of the change in store: gain − move, which grows with gain and falls with loss."""
    return -left_active(gain, loss)


def _move(loss: Bound, gain: Bound) -> Bound:
    return max(0, min(loss, gain)) - max(0, min(-loss, -gain))


def _left(loss: Bound, gain: Bound) -> Bound:
    if loss == INF and gain == INF:
        return 0  # all of an unbounded loss may have moved into an unbounded gain
    if loss in (INF, -INF):
        return -loss
    return _move(loss, gain) - loss


def taken(rest: Span, offered: Span) -> Span:
    """Give how much of what is left an offer can take, per world: of one sign with it, and never more than either.

    The result never falls as either grows, so its bounds lie at the corners; it is the move of :func:`moved`.
    """
    return moved(rest, offered)


def untaken(rest: Span, offered: Span) -> Span:
    """Give what is left after an offer took what it could: it grows with the rest and falls with the offer."""
    return -left_active(rest, offered)
