"""Comparing without a log of one's own: files against files, and view against view."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kztimeline import replies
from kztimeline.asked import Moment
from kztimeline.dates import last_day
from kztimeline.editions import Edition, read_editions
from kztimeline.errors import NotationError, UnknownNameError
from kztimeline.registry import Registry
from kztimeline.timeline import Timeline, open_timeline

if TYPE_CHECKING:
    from kztimeline.accounted import Accounted


def shipped() -> Timeline:
    """Open the shipped log, whose definitions files are read by."""
    from kztimeline.shipped import shipped_log

    return open_timeline(shipped_log())


def read_edition(
    path: str | Path, mapping: str | Path | Mapping[str, object] | None, edition: str | None, holder: str | None
) -> Edition:
    """Read one edition of a file; see :func:`kztimeline.read_edition`."""
    return chosen(Path(path), shipped().standing.registry, mapping, edition, holder)


def chosen(
    path: Path,
    registry: Registry,
    mapping: str | Path | Mapping[str, object] | None,
    edition: str | None,
    holder: str | None,
) -> Edition:
    """Read the one edition of a file that fits. Raises :class:`UnknownNameError` where none or several do."""
    found = read_editions(path, registry, mapping)
    fits = [key for key in found if edition in (None, key[0]) and holder in (None, key[1])]
    if len(fits) != 1:
        names = ", ".join(" ".join(key) for key in list(found)[:20])
        said = "several editions" if fits else f"no edition {edition or ''} of {holder or 'any holder'}"
        raise UnknownNameError(f"{path} holds {said}; name one with edition= and holder=: {names}")
    return found[fits[0]]


def diff(
    one: Edition | Timeline | Moment, other: Edition | Timeline | Moment, on: Moment | None, unchanged: bool
) -> Accounted:
    """Compare two editions, or two views of one day; see :func:`kztimeline.diff`."""
    if isinstance(one, Timeline) and isinstance(other, Timeline):
        if on is None:
            raise NotationError('two views are compared on one day; write on="2023-12-31"')
        return _views(one, other, on, unchanged)
    if isinstance(one, Timeline) or isinstance(other, Timeline):
        raise NotationError("a view is compared with a view; write kz.diff(view, view, on=…) or tl.diff(a, b)")
    timeline = shipped()
    if isinstance(one, Edition) and isinstance(other, Edition):
        return replies.edition_differing(timeline.seen, one, other, one.holder, unchanged=unchanged, with_flows=False)
    return timeline.diff(one, other, unchanged=unchanged)


def _views(one: Timeline, other: Timeline, on: Moment, unchanged: bool) -> Accounted:
    sides = [(view.seen, view.steps) for view in (one, other)]
    return replies.view_differing(sides[0], sides[1], last_day(on), other.holder, unchanged=unchanged)
