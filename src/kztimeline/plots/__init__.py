"""Pictures with Altair: frames in, pictures out, the same bytes for the same head."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kztimeline.errors import MissingExtraError, NotationError

try:
    import altair  # noqa: F401  # said here once for the whole package
except ImportError as missing:
    raise MissingExtraError('pip install "kztimeline[plot]"') from missing

from kztimeline.accounted import Accounted
from kztimeline.answers import DRAWN, Answer
from kztimeline.picture import Picture
from kztimeline.plots import clocks, deals, differences, evidence, levels, traces
from kztimeline.plots.style import named, supplier_colours
from kztimeline.views import Standing

if TYPE_CHECKING:
    import polars as pl

__all__ = ["WHOLE", "drawn", "whole"]

WHOLE = ("deals", "suppliers", "evidence")
"""The pictures of a whole log, beside those of single answers."""


def drawn(answer: Answer | Accounted, standing: Standing) -> Picture:
    """Draw an answer. Raises :class:`NotationError` where its kind has no picture, or it has no rows."""
    if isinstance(answer, Accounted):
        return differences.difference(answer.causes, answer.headline, standing.registry, answer.question)
    if answer.about not in DRAWN:
        raise NotationError(f"no picture for {answer.about}; .plot() draws {', '.join(DRAWN)} and differences")
    if answer.frame.is_empty():
        raise NotationError(f"nothing to draw: {answer.findings[0].sentence}")
    return _of_answer(answer, standing)


def _of_answer(answer: Answer, standing: Standing) -> Picture:
    frame, registry = answer.frame, standing.registry
    if answer.about == "history":
        points = traces.stated(standing, "*", set(frame["system"].to_list()))
        names = list(dict.fromkeys(named(registry, system) for system in frame["system"]))
        return levels.history(frame, points, registry, f"History of {', '.join(names)}")
    if answer.about == "orders":
        found = traces.deals(standing, "*", set(frame["system"].to_list()))
        title = f"{answer.question}: orders and deliveries of these systems"
        return deals.gantt(found, registry, supplier_colours(standing), title)
    if answer.about == "events":
        return clocks.clocks(frame, f"{answer.question}: occurred and published")
    if answer.about == "series":
        return levels.series(frame, answer.question)
    return levels.ranges(frame, registry, answer.question)


def whole(what: str, standing: Standing, steps: Callable[[], pl.DataFrame], holder: str) -> Picture:
    """Draw a whole log: ``deals``, ``suppliers`` in windows of five years, or ``evidence`` by category and year."""
    registry, colours = standing.registry, supplier_colours(standing)
    name = named(registry, holder)
    if what == "deals":
        return deals.gantt(traces.deals(standing, holder), registry, colours, f"Orders and deliveries, {name}")
    if what == "suppliers":
        found = traces.suppliers(standing, holder)
        return deals.suppliers(found, registry, colours, f"Systems delivered to {name}, by supplier and five years")
    if what == "evidence":
        found = traces.evidence(steps(), registry, holder)
        return evidence.evidence(found, f"What is known of {name}, by category and year")
    raise NotationError(f"no picture of the whole log is called {what!r}; write one of {', '.join(WHOLE)}")
