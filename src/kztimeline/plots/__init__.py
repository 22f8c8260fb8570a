"""Pictures with Altair: frames in, pictures out, the same bytes for the same head."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kztimeline.errors import MissingExtraError, NotationError

try:
    import altair  # noqa: F401  # said here once for the whole package
except ImportError as missing:
    raise MissingExtraError('pip install "kztimeline[static]"') from missing

from kztimeline import languages
from kztimeline.accounted import Accounted
from kztimeline.answers import DRAWN, Answer
from kztimeline.picture import Picture
from kztimeline.plots import clocks, deals, differences, evidence, levels, traces
from kztimeline.plots.style import Labels, supplier_colours
from kztimeline.views import Standing

if TYPE_CHECKING:
    import polars as pl

__all__ = ["WHOLE", "drawn", "whole"]

WHOLE = ("deals", "suppliers", "evidence")
"""The pictures of a whole log, beside those of single answers."""


def drawn(answer: Answer | Accounted, standing: Standing, lang: str = "en") -> Picture:
    """Draw an answer. Raises :class:`NotationError` where its kind has no picture, or it has no rows."""
    languages.words(lang)
    labels, asked = Labels(standing.registry, lang), languages.question(answer.question, lang)
    if isinstance(answer, Accounted):
        return differences.difference(answer.causes, answer.headline, labels, asked)
    if answer.about not in DRAWN:
        raise NotationError(f"no picture for {answer.about}; .plot() draws {', '.join(DRAWN)} and differences")
    if answer.frame.is_empty():
        raise NotationError(f"nothing to draw: {answer.findings[0].sentence}")
    return _of_answer(answer, standing, labels, asked)


def _of_answer(answer: Answer, standing: Standing, labels: Labels, asked: str) -> Picture:
    frame = answer.frame
    if answer.about == "history":
        points = traces.stated(standing, "*", set(frame["system"].to_list()))
        names = list(dict.fromkeys(labels.name(system) for system in frame["system"]))
        return levels.history(frame, points, labels, labels.say("pic.history", names=", ".join(names)))
    if answer.about == "orders":
        found = traces.deals(standing, "*", set(frame["system"].to_list()))
        return deals.gantt(found, labels, supplier_colours(standing), labels.say("pic.deals of", question=asked))
    if answer.about == "events":
        return clocks.clocks(frame, labels, labels.say("pic.clocks", question=asked))
    if answer.about == "series":
        return levels.series(frame, labels, asked)
    return levels.ranges(frame, labels, asked)


def whole(what: str, standing: Standing, steps: Callable[[], pl.DataFrame], holder: str, lang: str = "en") -> Picture:
    """Draw a whole log: ``deals``, ``suppliers`` in windows of five years, or ``evidence`` by category and year."""
    languages.words(lang)
    labels, colours = Labels(standing.registry, lang), supplier_colours(standing)
    if what not in WHOLE:
        raise NotationError(f"no picture of the whole log is called {what!r}; write one of {', '.join(WHOLE)}")
    title = labels.say(f"pic.{what}", name=labels.name(holder))
    if what == "deals":
        return deals.gantt(traces.deals(standing, holder), labels, colours, title)
    if what == "suppliers":
        return deals.suppliers(traces.suppliers(standing, holder), labels, colours, title)
    return evidence.evidence(traces.evidence(steps(), standing.registry, holder), labels, title)
