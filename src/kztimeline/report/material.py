"""What a report is made of: answers and pictures, gathered from a view once."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Protocol

import polars as pl
from attrs import frozen

from kztimeline import plots
from kztimeline.accounted import Accounted
from kztimeline.answers import Answer
from kztimeline.editions import Edition
from kztimeline.errors import NotationError
from kztimeline.events import Account
from kztimeline.picture import Picture
from kztimeline.plots.traces import deals, suppliers
from kztimeline.views import Standing

if TYPE_CHECKING:
    from kztimeline.works import State

LINES = 6
"""So many systems are drawn over time: those of which the least number changed most often."""


class Asked(Protocol):
    """A view that answers questions."""

    @property
    def standing(self) -> Standing:
        """The claims that stand."""
        ...

    @property
    def steps(self) -> pl.DataFrame:
        """The table of steps."""
        ...

    def holdings(self, *, on: datetime.date, holder: str) -> Answer:
        """What was held on a day."""
        ...

    def orders(self, *, on: datetime.date, holder: str) -> Answer:
        """What was on order on a day."""
        ...

    def agreements(self, *, on: datetime.date, holder: str) -> Answer:
        """Which agreements stood."""
        ...

    def history(self, system: str, *, holder: str, exact: bool) -> Answer:
        """How a number moved."""
        ...

    def events(self, *, holder: str) -> Answer:
        """The standing claims."""
        ...

    def audit(self, *, holder: str) -> Answer:
        """What does not fit."""
        ...

    def edition(self, name: str, *, holder: str) -> Edition:
        """An edition of the log."""
        ...

    def diff(self, one: str, other: str, *, holder: str) -> Accounted:
        """What changed between two editions."""
        ...


@frozen
class Material:
    """Answers and pictures of one holder, for one page; ``difference`` is ``None`` where no two editions have rows."""

    holder: str
    on: datetime.date
    state: State
    standing: Standing
    holdings: Answer
    orders: Answer
    agreements: Answer
    events: Answer
    audit: Answer
    between: tuple[str, str] | None
    difference: Accounted | None
    deals: pl.DataFrame
    windows: pl.DataFrame
    histories: tuple[Picture, ...]
    pictures: dict[str, Picture]


def gathered(asked: Asked, state: State, holder: str, on: datetime.date | None, lang: str = "en") -> Material:
    """Gather what a report about a holder says, pictures in a language; without a day it is the last one that a claim of units speaks of."""
    day = on or _last_day(asked.steps, holder)
    between, difference = _compared(asked, holder) or (None, None)
    standing = asked.standing
    found: dict[str, Picture | None] = {
        what: _drawn(lambda what=what: plots.whole(what, standing, lambda: asked.steps, holder, lang))  # type: ignore[misc]  # bound at once
        for what in plots.WHOLE
    }
    found["difference"] = None if difference is None else _drawn(partial(difference.plot, lang=lang))
    lines = [
        _drawn(partial(asked.history(s, holder=holder, exact=True).plot, lang=lang))
        for s in _liveliest(asked.steps, holder)
    ]
    return Material(
        holder=holder, on=day, state=state, standing=standing, holdings=asked.holdings(on=day, holder=holder),
        orders=asked.orders(on=day, holder=holder), agreements=asked.agreements(on=day, holder=holder),
        events=asked.events(holder=holder), audit=asked.audit(holder=holder), between=between, difference=difference,
        deals=deals(standing, holder), windows=suppliers(standing, holder),
        histories=tuple(line for line in lines if line is not None),
        pictures={what: drawn for what, drawn in found.items() if drawn is not None},
    )  # fmt: skip


def _drawn(draw: Callable[[], Picture]) -> Picture | None:
    """Draw, or give nothing where there is nothing to draw; the page then says so in words."""
    try:
        return draw()
    except NotationError:
        return None


def _last_day(steps: pl.DataFrame, holder: str) -> datetime.date:
    own = steps.filter(pl.col("holder") == holder)["as_of"].max() if holder != "*" else steps["as_of"].max()
    if isinstance(own, datetime.date):
        return own
    raise NotationError(f"no claim gives units for {holder}, so that there is no day to report on; write on=DATE")


def _pairs(asked: Asked, holder: str) -> Iterator[tuple[str, str]]:
    """Yield neighbouring editions of one publication that have rows in this view, latest first, earlier one first."""
    dated = []
    for name, entry in asked.standing.registry.editions.items():
        edition = asked.edition(name, holder=holder) if entry.cutoff is not None else None
        if edition is not None and edition.cutoff is not None and edition.rows:
            dated.append((edition.cutoff, edition.source, name))
    for cutoff, source, name in sorted(dated, reverse=True):
        earlier = [other for other in sorted(dated) if other[1] == source and other[0] < cutoff]
        if earlier:
            yield earlier[-1][2], name


def _compared(asked: Asked, holder: str) -> tuple[tuple[str, str], Accounted] | None:
    """Compare the latest two editions; where they share no figure that changed, the latest two before that do."""
    latest = None
    for pair in _pairs(asked, holder):
        found = asked.diff(*pair, holder=holder)
        if not found.causes.is_empty():
            return pair, found
        latest = latest or (pair, found)
    return latest


def _liveliest(steps: pl.DataFrame, holder: str) -> list[str]:
    held = steps.filter((pl.col("account") == str(Account.HELD)) & (pl.col("holder") == holder))
    counted = held.group_by("system").agg(pl.col("low").n_unique().alias("count"), pl.col("low").max().alias("top"))
    moved = counted.filter((pl.col("count") > 1) & (pl.col("top") > 0))
    return moved.sort("count", "top", "system", descending=[True, True, False])["system"].head(LINES).to_list()
