"""What the view of one branch is about: what its operator did and received, and losses that may be its own (R17)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kztimeline.deals import GONE, Wanted
from kztimeline.happenings import Happening, Known


def wanted(names: Known, operator: str | None) -> Wanted:
    """Tell which operators a view is about: the one asked for, or with ``None`` whoever is not civil, and nobody named."""
    if operator is not None:
        return lambda stated: stated == operator
    return lambda stated: stated is None or not _civil(names, stated)


def concerning(
    every: Sequence[Happening], names: Known, operator: str | None, listed: Collection[tuple[str, str]]
) -> list[Happening]:
    """Leave the happenings of a view; ``listed`` are the holders and systems that its statements name.

    A loss that names no operator may be of a branch that has its system.
    """
    own = wanted(names, operator)
    found = [happening for happening in every if _concerns(happening, own)]
    if operator is None or _civil(names, operator):
        return found
    has = {(happening.holder, system) for happening in found for system in happening.systems}.union(listed)
    return found + [
        happening
        for happening in every
        if happening.kind in GONE
        and not happening.operators
        and any((happening.holder, system) in has for system in happening.systems)
    ]


def _civil(names: Known, operator: str) -> bool:
    body = names.registry.bodies.get(operator)
    return body is not None and body.civil


def _concerns(happening: Happening, own: Wanted) -> bool:
    if not happening.operators:
        return own(None)
    return any(own(name) for name in (*happening.operators, *filter(None, [happening.to_operator])))
