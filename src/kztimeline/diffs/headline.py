"""A difference in a few sentences: how much is on paper, in the world, and unexplained, by bests (R26)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from kztimeline.diffs.causes import WORLD
from kztimeline.diffs.difference import Change, Difference, State
from kztimeline.diffs.spans import Span, total
from kztimeline.truth import Truth


def headline(found: Difference) -> list[str]:
    """Say for each category, and for all, what became of its change; flows on unchanged figures stand apart.

    Item rows alone are summed. "Perhaps" is the part of a sum whose amount is possible and not certain.
    """
    items = [c for c in found.changes if c.kind == "item" and not c.perhaps_renamed]
    changed = [c for c in items if c.state is State.CHANGED]
    groups: dict[str, list[Change]] = {}
    for change in changed:
        row = (change.after or change.before)[0]
        groups.setdefault(f"{change.service} {row.path[0] if row.path else ''}".strip(), []).append(change)
    lines = [f"{name}: {_sentence(several)}" for name, several in sorted(groups.items())]
    lines += _apart([c for c in items if c.state is State.FLOW_UNCHANGED])
    return [*lines, f"all: {_sentence(changed)}; {_tally(changed)}"] if changed else [*lines, "no figure changed"]


def _sentence(changes: Sequence[Change]) -> str:
    shown = [c for c in changes if _is_exact(c)]
    whole = sum(_best(c.active, c.stored) for c in shown)
    shares = [(share.cause in WORLD, total([share.active, share.stored])) for c in shown for share in c.shares]
    paper = _parts([span for in_world, span in shares if not in_world])
    world = _parts([span for in_world, span in shares if in_world])
    rest = [(_best(c.left_active, c.left_stored), c.unexplained is Truth.MAYBE) for c in shown]
    left = sum(best for best, _ in rest), sum(best for best, maybe in rest if maybe)
    said = [f"{_said(*paper)} on paper", f"{_said(*world)} in the world", f"{_said(*left)} unexplained"]
    vague = len(changes) - len(shown)
    beside = f"; {vague} without a single figure" if vague else ""
    return f"of {whole:+d}: {', '.join(said)}{beside}"


def _is_exact(change: Change) -> bool:
    """Tell whether the change, all its causes and its rest have a single best, so that they add up."""
    spans = [change.active, change.stored, change.left_active, change.left_stored]
    spans += [span for share in change.shares for span in (share.active, share.stored)]
    return all(span.best is not None for span in spans)


def _best(*spans: Span) -> int:
    return sum(span.best or 0 for span in spans)


def _parts(spans: Sequence[Span]) -> tuple[int, int]:
    """Add up bests, and those of them that are possible only."""
    return _best(*spans), _best(*(span for span in spans if span.low != span.high))


def _said(whole: int, perhaps: int) -> str:
    return f"{whole:+d} ({perhaps:+d} perhaps)" if perhaps else f"{whole:+d}"


def _apart(unchanged: Sequence[Change]) -> Iterator[str]:
    if unchanged:
        flows = [total(share.active for share in change.shares if share.cause in WORLD) for change in unchanged]
        vague = sum(flow.best is None for flow in flows)
        beside = f", {vague} of them without a single figure" if vague else ""
        rows = "1 row whose figure is" if len(flows) == 1 else f"{len(flows)} rows whose figures are"
        yield f"apart: flows of {_best(*flows):+d} on {rows} unchanged{beside}"


def _tally(changes: Sequence[Change]) -> str:
    counts = Counter(change.unexplained for change in changes)
    return f"changes: {counts[Truth.NO]} explained, {counts[Truth.MAYBE]} perhaps, {counts[Truth.YES]} not"
