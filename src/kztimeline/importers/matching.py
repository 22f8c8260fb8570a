"""Which row of one release is which deal of another: an assignment by likeness, never a rule about a deal."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from kztimeline.importers.deals import Deal, content
from kztimeline.registry import fold

ENOUGH = 0.66
"""Rows less alike than this are two deals."""
SURELY = 0.85
"""Across suppliers or categories two rows must be this much alike."""
_WEIGHTS = {"name": 0.30, "comment": 0.15, "year": 0.20, "ordered": 0.10, "delivered": 0.25}
Pair = tuple[int, int]


def matched(old: Sequence[Deal], new: Sequence[Deal]) -> dict[int, int]:
    """Pair rows of a later release (positions in ``new``) with deals known before (positions in ``old``).

    First rows that say the same; then, among those of one recipient, supplier and category, the assignment
    with the greatest likeness; then likely ones across categories, and across suppliers. What is left
    over on one side is a deal of its own.
    """
    found: dict[int, int] = {}
    keys: tuple[Callable[[Deal], Hashable], ...] = (
        lambda deal: (*content(deal), fold(deal.comment)),
        content,
        lambda deal: (content(deal)[:4], content(deal)[5]),
    )
    for key in keys:
        _same(old, new, key, found)
    groups: tuple[tuple[Callable[[Deal], Hashable], float], ...] = (
        (lambda deal: (deal.recipient, deal.supplier, deal.top), ENOUGH),
        (lambda deal: (deal.recipient, deal.supplier), SURELY),
        (lambda deal: (deal.recipient, deal.top), SURELY),
    )
    for group, enough in groups:
        _alike(old, new, group, enough, found)
    return found


def _same(old: Sequence[Deal], new: Sequence[Deal], key: Callable[[Deal], Hashable], found: dict[int, int]) -> None:
    """Pair rows with an equal key, one with one, in the order of their ids and lines."""
    taken = set(found.values())
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for index in sorted(range(len(old)), key=lambda at: old[at].id, reverse=True):
        if index not in taken:
            waiting[key(old[index])].append(index)
    for index, deal in enumerate(new):
        if index not in found and (several := waiting.get(key(deal))):
            found[index] = several.pop()


def _alike(
    old: Sequence[Deal],
    new: Sequence[Deal],
    group: Callable[[Deal], Hashable],
    enough: float,
    found: dict[int, int],
) -> None:
    """Assign what is left within groups, where the likeness is enough."""
    taken = set(found.values())
    known: dict[Hashable, list[int]] = defaultdict(list)
    for at, deal in enumerate(old):
        if at not in taken:
            known[group(deal)].append(at)
    fresh: dict[Hashable, list[int]] = defaultdict(list)
    for at, deal in enumerate(new):
        if at not in found and group(deal) in known:
            fresh[group(deal)].append(at)
    for name, rows in fresh.items():
        likeness = {(a, b): score for a in rows for b in known[name] if (score := alike(old[b], new[a])) >= enough}
        for part in _parts(likeness):
            found.update(_assigned({pair: likeness[pair] for pair in part}))


def _parts(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    """Split pairs into groups that share no row."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def find(node: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    listed = sorted(pairs)
    for a, b in listed:
        parent[find(("new", a))] = find(("old", b))
    groups: dict[tuple[str, int], list[Pair]] = defaultdict(list)
    for a, b in listed:
        groups[find(("new", a))].append((a, b))
    yield from groups.values()


def _assigned(likeness: dict[Pair, float]) -> dict[int, int]:
    """Choose pairs with the greatest sum of likeness, each row once (Kuhn and Munkres, by shortest paths)."""
    rows = sorted({a for a, _ in likeness})
    columns = sorted({b for _, b in likeness})
    width = len(columns) + len(rows)
    cost = [[-likeness.get((a, b), 0.0) for b in columns] + [0.0] * len(rows) for a in rows]
    up, down, owner = [0.0] * (len(rows) + 1), [0.0] * (width + 1), [0] * (width + 1)
    for row in range(1, len(rows) + 1):
        owner[0], column = row, 0
        least, way, used = [float("inf")] * (width + 1), [0] * (width + 1), [False] * (width + 1)
        while owner[column]:
            used[column], current = True, owner[column]
            delta, following = float("inf"), 0
            for j in range(1, width + 1):
                if not used[j]:
                    value = cost[current - 1][j - 1] - up[current] - down[j]
                    if value < least[j]:
                        least[j], way[j] = value, column
                    if least[j] < delta:
                        delta, following = least[j], j
            for j in range(width + 1):
                if used[j]:
                    up[owner[j]] += delta
                    down[j] -= delta
                else:
                    least[j] -= delta
            column = following
        while column:
            owner[column], column = owner[way[column]], way[column]
    chosen = {rows[owner[j] - 1]: columns[j - 1] for j in range(1, len(columns) + 1) if owner[j]}
    return {a: b for a, b in chosen.items() if (a, b) in likeness}


# --- likeness ---------------------------------------------------------------------------------------------------


def alike(old: Deal, new: Deal) -> float:
    """Tell how likely two rows are one deal, from 0 to 1: names, wording, year of order, figures, deliveries.

    Deliveries that a later release has wholly elsewhere speak against it.
    """
    elsewhere = old.years and new.years and not old.years & new.years
    if elsewhere and (old.year, old.delivered) != (new.year, new.delivered):
        return 0.0
    parts = {
        "name": named_alike(old.designation, new.designation),
        "comment": _worded_alike(old.comment, new.comment),
        "year": max(0.0, 1 - abs(old.year - new.year) / 4),
        "ordered": _near(old.ordered.number, new.ordered.number),
        "delivered": _delivered_alike(old, new),
    }
    return sum(_WEIGHTS[name] * value for name, value in parts.items())


@lru_cache(maxsize=1 << 14)
def named_alike(one: str, other: str) -> float:
    """Tell how alike two designations are: 1 for the same letters, less for one inside the other, then by letters."""
    a, b = fold(one), fold(other)
    if a == b:
        return 1.0
    if len(min(a, b, key=len)) > 1 and (a.startswith(b) or b.startswith(a)):
        return 0.9
    return SequenceMatcher(None, a, b, autojunk=False).ratio() * 0.9


@lru_cache(maxsize=1 << 14)
def _worded_alike(one: str, other: str) -> float:
    a, b = set(re.findall(r"\w+", one.casefold())), set(re.findall(r"\w+", other.casefold()))
    if not a and not b:
        return 1.0
    if not a or not b:
        return 0.4
    return len(a & b) / len(a | b)


def _near(one: int | None, other: int | None) -> float:
    if one is None or other is None:
        return 1.0 if one is other else 0.5
    return min(one, other) / max(one, other) if one and other else float(one == other)


def _delivered_alike(old: Deal, new: Deal) -> float:
    """Later releases add years and units; what was delivered before is seldom taken away."""
    if not old.years or not new.years:
        return 1.0 if old.years == new.years else 0.7 if new.years else 0.4
    kept = len(old.years & new.years) / len(old.years)
    near = _near(old.delivered or None, new.delivered or None)
    figures = near if old.years == new.years else 0.5 + near / 2
    return 0.7 * kept + 0.3 * figures


def same_name(one: str, other: str) -> bool:
    """Tell whether two designations are spellings of one name.

    Words with a digit say which variant it is and must be equal; the others may be spelt a little
    differently, and one side may add a name in letters ("R-2" and "R-2 Baryer").
    """
    if fold(one) == fold(other):
        return True
    a, b = _words(one), _words(other)
    if [w for w in a if _has_digit(w)] != [w for w in b if _has_digit(w)]:
        return False
    short, long = sorted((a, b), key=len)
    if long[: len(short)] == short:
        return all(len(word) >= 3 for word in long[len(short) :])
    one, other = ("".join(word for word in words if not _has_digit(word)) for words in (a, b))
    return min(len(one), len(other)) >= 4 and SequenceMatcher(None, one, other, autojunk=False).ratio() >= 0.8


def _words(name: str) -> list[str]:
    return [fold(word) for word in re.split(r"[\s/()]+", name) if fold(word)]


def _has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)
