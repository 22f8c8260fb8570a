"""Three-valued truth: no, maybe, yes.

Kleene's strong logic of indeterminacy (S. C. Kleene, *Introduction to Metamathematics*, 1952, § 64).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable


class Truth(Enum):
    """No, maybe or yes; ``&``, ``|`` and ``~`` follow Kleene, and ``if`` is refused.

    >>> Truth.MAYBE & Truth.NO
    Truth.NO
    >>> ~Truth.MAYBE
    Truth.MAYBE
    """

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"

    @classmethod
    def of(cls, *, certain: bool, possible: bool) -> Truth:
        """Yes if certain, maybe if only possible, else no."""
        if certain:
            return cls.YES
        return cls.MAYBE if possible else cls.NO

    def __and__(self, other: Truth) -> Truth:
        return min(self, other, key=_RANK.__getitem__) if isinstance(other, Truth) else NotImplemented

    def __or__(self, other: Truth) -> Truth:
        return max(self, other, key=_RANK.__getitem__) if isinstance(other, Truth) else NotImplemented

    def __invert__(self) -> Truth:
        return _INVERSE[self]

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a Truth may be maybe, so it cannot decide an if; write `is Truth.YES`, or `is not Truth.NO` for possibly, "
            "and &, |, ~ in place of and, or, not"
        )

    def __repr__(self) -> str:
        return f"Truth.{self.name}"

    def __str__(self) -> str:
        return self.value


_RANK = {Truth.NO: 0, Truth.MAYBE: 1, Truth.YES: 2}
_INVERSE = {Truth.NO: Truth.YES, Truth.MAYBE: Truth.MAYBE, Truth.YES: Truth.NO}


def every(truths: Iterable[Truth]) -> Truth:
    """The conjunction of all; yes for none."""
    result = Truth.YES
    for truth in truths:
        result = result & truth
    return result


def some(truths: Iterable[Truth]) -> Truth:
    """The disjunction of all; no for none."""
    result = Truth.NO
    for truth in truths:
        result = result | truth
    return result
