"""Rows of two editions matched by what they name, never by their text alone (R26).

Rows of one service that share a system, in either edition, form a block. Inside a block rows pair by account, then by
equal path, then by a path that begins the other, then in their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from attrs import evolve, frozen

from kztimeline.editions import Edition, Member, Row
from kztimeline.events import Role
from kztimeline.groups import Groups
from kztimeline.registry import Registry, ancestors


@frozen
class Pair:
    """Two rows that speak of the same units, or one that has no partner."""

    before: Row | None
    after: Row | None

    @property
    def stored(self) -> bool:
        """Whether it is about units in store or for sale."""
        return any(row.stored for row in (self.before, self.after) if row is not None)


@frozen
class Block:
    """All rows of one service that shared members join, paired."""

    service: str
    before: frozenset[str]
    after: frozenset[str]
    systems: frozenset[str]
    unresolved: bool
    pairs: tuple[Pair, ...]

    @property
    def rows(self) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        """The rows of either side."""
        return (
            tuple(p.before for p in self.pairs if p.before is not None),
            tuple(p.after for p in self.pairs if p.after is not None),
        )


def blocks(before: Edition, after: Edition, registry: Registry) -> list[Block]:
    """Match the item rows of two editions, sorted by service and first row."""
    names = Groups[str]()
    sides = [[row for row in edition.rows if row.role is not Role.TOTAL and row.members] for edition in (before, after)]
    for row in (*sides[0], *sides[1]):
        for member in row.members:
            names.join(_tokens(member))
    families = _families(sides, names, registry)
    groups = Groups[str]()
    for side, rows in enumerate(sides):
        for index, row in enumerate(rows):
            keys = {key for member in row.members for key in (_key(member, names), *families(row.service, member))}
            groups.join([f"{side:01}{index:08}", *(f"{row.service}\0{key}" for key in keys)])
    found: dict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate(sides):
        for index, row in enumerate(rows):
            found[groups.find(f"{side:01}{index:08}")][side].append(row)
    return sorted((_block(a, b, names) for a, b in found.values()), key=_order)


def alone(block: Block) -> Iterator[Block]:
    """Take a block's pairs apart, so that no row is compared with another one."""
    for pair in block.pairs:
        for single in (Pair(pair.before, None), Pair(None, pair.after)):
            if single.before is not None or single.after is not None:
                yield evolve(block, pairs=(single,))


def _tokens(member: Member) -> list[str]:
    return [*member.names, *([f"#{member.system}"] if member.system else [])]


def _key(member: Member, names: Groups[str]) -> str:
    return names.find(_tokens(member)[0]) if _tokens(member) else ""


def _families(
    sides: Sequence[Sequence[Row]], names: Groups[str], registry: Registry
) -> Callable[[str, Member], Iterator[str]]:
    """Give a function that names the families which a member of a service's row shares a block with.

    A family stands for its variant where one edition prints the family alone, and the other the variant in its place,
    or beside it while the family's own figure in that category changed. Printed side by side in both they are apart.
    """
    printed: list[dict[tuple[str, str], list[Row]]] = [defaultdict(list), defaultdict(list)]
    for rows, found in zip(sides, printed, strict=True):
        for row in rows:
            for member in row.members:
                if member.system is not None:
                    found[(row.service, member.system)].append(row)

    def stands_for(family: tuple[str, str], variant: tuple[str, str]) -> bool:
        for here, there in (printed, printed[::-1]):
            if family in here and variant in there and variant not in here:
                return family not in there or _gave_up(here[family], there[family], there[variant])
        return False

    def families(service: str, member: Member) -> Iterator[str]:
        for family in ancestors(registry, member.system) if member.system else ():
            if stands_for((service, family), (service, member.system or "")):
                rows = [row for side in printed for row in side.get((service, family), ())]
                yield from (_key(m, names) for row in rows for m in row.members if m.system == family)

    return families


def _gave_up(before: Sequence[Row], after: Sequence[Row], variant: Sequence[Row]) -> bool:
    """Tell whether a family's figure changed where its variant appeared: then it may have held the variant's units."""
    alike = any(row.path[:1] == other.path[:1] for row in after for other in variant)
    return alike and sorted(row.text for row in before) != sorted(row.text for row in after)


def _block(before: Sequence[Row], after: Sequence[Row], names: Groups[str]) -> Block:
    members = [[m for row in rows for m in row.members] for rows in (before, after)]
    return Block(
        service=(*before, *after)[0].service,
        before=frozenset(_key(m, names) for m in members[0]),
        after=frozenset(_key(m, names) for m in members[1]),
        systems=frozenset(m.system for side in members for m in side if m.system is not None),
        unresolved=any(m.system is None for side in members for m in side),
        pairs=tuple(_pairs(before, after, names)),
    )


def _order(block: Block) -> tuple[str, str, str]:
    first = block.rows[0] or block.rows[1]
    return block.service, " ".join(first[0].path), first[0].item or ""


def _pairs(before: Sequence[Row], after: Sequence[Row], names: Groups[str]) -> Iterator[Pair]:
    left, right = list(before), list(after)
    for alike in (_equal_path, _prefix_path, _any_path):
        for same_members in (True, False):
            for row in list(left):
                fits = (
                    other
                    for other in right
                    if row.account == other.account
                    and alike(row, other)
                    and (not same_members or _members(row, names) == _members(other, names))
                )
                partner = next(fits, None)
                if partner is not None:
                    left.remove(row)
                    right.remove(partner)
                    yield Pair(row, partner)
    yield from (Pair(row, None) for row in left)
    yield from (Pair(None, row) for row in right)


def _members(row: Row, names: Groups[str]) -> frozenset[str]:
    return frozenset(_key(member, names) for member in row.members)


def _equal_path(one: Row, other: Row) -> bool:
    return one.path == other.path


def _prefix_path(one: Row, other: Row) -> bool:
    return begins(one.path, other.path) or begins(other.path, one.path)


def _any_path(_one: Row, _other: Row) -> bool:
    return True


def begins(start: Sequence[str], path: Sequence[str]) -> bool:
    """Tell whether a category path begins with another one."""
    return tuple(path[: len(start)]) == tuple(start)


ENOUGH = 10
"""With fewer rows on both sides nobody can tell a doubled list from a list that grew."""


def doubled(before: Edition, after: Edition) -> bool:
    """Tell whether one edition has nearly every figure of the other twice: a list read twice, not a world that grew."""
    sides = [
        {(r.service, r.path, r.item, r.account): r.quantity.best for r in e.rows if r.quantity.best}
        for e in (before, after)
    ]
    shared = [(sides[0][key], sides[1][key]) for key in sides[0].keys() & sides[1].keys()]
    if len(shared) < ENOUGH:
        return False
    twice = max(sum(b == 2 * a for a, b in shared), sum(a == 2 * b for a, b in shared))
    return twice >= 0.9 * len(shared)
