"""Things that belong together, in sets that grow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

_T = TypeVar("_T", str, tuple[str, str])


class Groups(Generic[_T]):
    """Disjoint sets (union-find), each named by its least member; a thing not joined yet stands alone."""

    def __init__(self) -> None:
        self.parent: dict[_T, _T] = {}

    def find(self, one: _T) -> _T:
        """Give the name of the set that a thing is in."""
        parent = self.parent
        while (above := parent.setdefault(one, one)) != one:
            parent[one] = one = parent[above]
        return one

    def join(self, several: Iterable[_T]) -> None:
        """Put things, and all that is with them already, into one set."""
        names = {self.find(one) for one in several}
        if len(names) > 1:
            self.parent.update(dict.fromkeys(names, min(names)))
