"""Comparing without a log of one's own: files against files, and view against view."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kztimeline import asked, differences
from kztimeline.asked import Moment
from kztimeline.dates import last_day
from kztimeline.editions import Edition
from kztimeline.errors import NotationError
from kztimeline.timeline import Timeline, open_timeline

if TYPE_CHECKING:
    from kztimeline.accounted import Accounted


def shipped() -> Timeline:
    """Open the shipped log, whose definitions files are read by."""
    from kztimeline.shipped import shipped_log

    return open_timeline(shipped_log())


def read_edition(
    path: str | os.PathLike[str],
    mapping: str | os.PathLike[str] | Mapping[str, object] | None,
    edition: str | None,
    holder: str | None,
) -> Edition:
    """Read one edition of a file; see :func:`kztimeline.read_edition`."""
    return shipped().read_edition(path, mapping, edition=edition, holder=holder)


def diff(
    one: Edition | Timeline | Moment, other: Edition | Timeline | Moment, on: Moment | None, unchanged: bool
) -> Accounted:
    """Compare two editions, or two views of one day; see :func:`kztimeline.diff`."""
    if isinstance(one, Timeline) and isinstance(other, Timeline):
        if on is None:
            raise NotationError('two views are compared on one day; write on="2023-12-31"')
        return views_differing(one, other, on, holder=None, unchanged=unchanged)
    if isinstance(one, Timeline) or isinstance(other, Timeline):
        raise NotationError("a view is compared with a view; write kz.diff(view, view, on=…) or tl.diff(a, b)")
    timeline = shipped()
    if isinstance(one, Edition) and isinstance(other, Edition):
        return differences.of_editions(timeline.seen, one, other, unchanged=unchanged, with_flows=False)
    return timeline.diff(one, other, unchanged=unchanged)


def views_differing(one: Timeline, other: Timeline, on: Moment, *, holder: str | None, unchanged: bool) -> Accounted:
    """Compare what two views say of a day; ``holder`` ``None`` is the log's own."""
    sides = [(view.seen, view.laid) for view in (one, other)]
    chosen = asked.known_holder(other.names.holders, other.holder, other.holder if holder is None else holder)
    return differences.of_views(sides[0], sides[1], last_day(on), chosen, unchanged=unchanged)
