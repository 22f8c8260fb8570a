"""Whose flow it is: which of the blocks and services of two editions counts the units that a claim tells of (R17, R26).

A block counts the systems that it prints, and variants that no other block prints. Where several blocks may count a
unit, each may, and none for certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property, partial

from attrs import frozen

from kztimeline.diffs.matching import Block, begins
from kztimeline.diffs.spans import ZERO, Span, span_of, total
from kztimeline.registry import Registry, ancestors
from kztimeline.truth import Truth, every, some

Counts = Callable[[str, str | None], Truth]
"""Whether units of a system (first) and operator (second; ``None``: not stated) are counted in a place."""


@frozen
class Wanted:
    """A block, or a printed total without parts, that asks what came and went.

    ``counts`` and ``served`` tell which units, and which operators, it counts; ``path`` is a total's category, and
    empty for a block; ``opening`` the active figure of the earlier edition.
    """

    counts: Counts
    served: Callable[[str | None], Truth]
    path: tuple[str, ...]
    opening: Span

    def of(self, system: str, operator: str | None) -> Truth:
        """Tell whether the units of one operator are counted here."""
        return self.counts(system, operator)

    def any_of(self, system: str, operators: Sequence[str]) -> Truth:
        """Tell it of units whose claims name no operator, one, or rivals of which one is right."""
        if len(operators) < 2:
            return self.counts(system, *operators or (None,))
        found = [self.counts(system, operator) for operator in operators]
        return Truth.of(certain=every(found) is Truth.YES, possible=some(found) is not Truth.NO)


Operators = Mapping[str, str | None]
"""The organisation that each service of two editions is, ``None`` where no definition tells."""


def operators_of(services: Iterable[str], registry: Registry, holder: str) -> Operators:
    """Find the organisation that a service is: by id, by name, or the holder's only one whose name ends in it.

    ``army`` is the holder's ``Kazakh Army``, if no other name of its organisations ends so.
    """
    bodies = [body for body in registry.bodies.values() if not body.civil and body.holder in (holder, None)]

    def found(service: str) -> str | None:
        words = _words(service)
        for fits in (
            [body.id for body in bodies if service == body.id],
            [body.id for body in bodies if words == _words(body.name)],
            [body.id for body in bodies if body.holder == holder and _words(body.name)[-len(words) :] == words],
        ):
            if words and len(fits) == 1:
                return fits[0]
        return None

    return {service: found(service) for service in services}


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", name.casefold())


@frozen(slots=False)
class Places:
    """The blocks of two editions by the systems they print, and the organisation that each service is.

    ``variants`` are the blocks that print a system of a family, by that family.
    """

    registry: Registry
    blocks: Sequence[Block]
    printed: Mapping[str, frozenset[int]]
    variants: Mapping[str, frozenset[int]]
    operators: Operators
    civil: frozenset[str]

    def block(self, index: int) -> Wanted:
        """Give what one block counts."""

        def counts(system: str, operator: str | None) -> Truth:
            return self.counting(system, operator).get(index, Truth.NO)

        service = self.blocks[index].service
        opening = total(span_of(row.quantity) for row in self.blocks[index].rows[0] if not row.stored)
        return Wanted(counts, partial(self._served, service), (), opening)

    def category(self, path: tuple[str, ...], service: str, opening: Span) -> Wanted:
        """Give what a printed total counts of which neither edition has parts: every system of its category."""

        def counts(system: str, operator: str | None) -> Truth:
            known = self.registry.systems.get(system)
            if known is None or not path or not begins(path, known.category.split("/")):
                return Truth.NO
            return self._served(service, operator)

        return Wanted(counts, partial(self._served, service), path, opening)

    def without_row(self, system: str) -> Wanted | None:
        """Give a system by itself where no block can count it; ``None`` where one can."""

        def counts(other: str, _operator: str | None) -> Truth:
            return Truth.of(certain=other == system, possible=False)

        return None if self._candidates(system) else Wanted(counts, lambda _operator: Truth.NO, (), ZERO)

    @cached_property
    def counting(self) -> Callable[[str, str | None], Mapping[int, Truth]]:
        """Tells which blocks may count the units of a system and an operator, worked out once for all that ask."""
        return cache(self._counting)

    def _counting(self, system: str, operator: str | None) -> Mapping[int, Truth]:
        served = {i: self._served(self.blocks[i].service, operator) for i in self._candidates(system)}
        if operator is not None and Truth.YES in served.values():
            served = {i: truth for i, truth in served.items() if truth is Truth.YES}
        possible = {i: truth for i, truth in served.items() if truth is not Truth.NO}
        return possible if len(possible) == 1 else dict.fromkeys(possible, Truth.MAYBE)

    def _candidates(self, system: str) -> frozenset[int]:
        """Name the blocks that can count a system: those that print it, else its nearest family, and its variants."""
        if system in self.printed:
            return self.printed[system]
        families = (self.printed[name] for name in ancestors(self.registry, system) if name in self.printed)
        return next(families, frozenset()) | self.variants.get(system, frozenset())

    def _served(self, service: str, operator: str | None) -> Truth:
        """Tell whether a service counts an operator's units; an organisation that is no service may be in any."""
        if operator in self.civil:
            return Truth.NO
        if service == "" or operator is None:
            return Truth.YES
        if operator in self.operators.values():
            return Truth.of(certain=self.operators.get(service) == operator, possible=False)
        return Truth.MAYBE


def places(blocks: Sequence[Block], registry: Registry, operators: Operators) -> Places:
    """Say where the units of each system can be counted."""
    pairs = [(system, index) for index, block in enumerate(blocks) for system in block.systems]
    above = [(family, index) for system, index in pairs for family in ancestors(registry, system)]
    civil = frozenset(body.id for body in registry.bodies.values() if body.civil)
    return Places(registry, blocks, _gathered(pairs), _gathered(above), operators, civil)


def _gathered(pairs: Iterable[tuple[str, int]]) -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for name, index in pairs:
        found.setdefault(name, set()).add(index)
    return {name: frozenset(where) for name, where in found.items()}
