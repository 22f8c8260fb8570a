"""The accounted difference as diverging bars: explained solid, unexplained dashed and empty."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from kztimeline.errors import NotationError
from kztimeline.markup import span
from kztimeline.picture import Picture
from kztimeline.plots.style import INK, ON_PAPER, PAPER, WIDTH, WORLD, data, named, picture, whole
from kztimeline.registry import Registry

KINDS = {"in the world": WORLD, "on paper": ON_PAPER, "unexplained": INK}


def difference(causes: pl.DataFrame, headline: tuple[str, ...], registry: Registry, title: str) -> Picture:
    """Draw each cause of each change as a bar from zero; where its amount is vague, a line shows from where to where."""
    if causes.is_empty():
        raise NotationError("nothing changed, so that there is nothing to draw; unchanged=True lists every row")
    rows = [_bar(row, registry) for row in causes.iter_rows(named=True)]
    panels = [_panel([row for row in rows if row["kind"] == kind], kind) for kind in ("item", "total")]
    shown = [panel for panel in panels if panel is not None]
    said = "; ".join(f"{row['name']}: {row['said']}" for row in rows[:12])
    return picture(alt.vconcat(*shown), title, f"{title}. {headline[-1] if headline else ''}. {said}.")


def _bar(row: dict[str, Any], registry: Registry) -> dict[str, Any]:
    """Give a bar as long as is certain: the best amount, or what of the bounds lies nearest to zero."""
    low, best, high = row["active_low"], row["active_best"], row["active_high"]
    near = 0 if low is None or high is None or low <= 0 <= high else min(low, high, key=abs)
    what = "unexplained" if row["number"] == 13 else "in the world" if row["world"] else "on paper"
    return {
        "kind": row["kind"], "name": f"{named(registry, row['item'])}, {named(registry, row['service'])}", "what": what,
        "part": f"{row['number']:02} {row['cause']}", "amount": near if best is None else best,
        "low": near if low is None else low, "high": near if high is None else high, "vague": low != high,
        "said": f"{row['cause']} {span(low, high, best)}",
    }  # fmt: skip


def _panel(rows: list[dict[str, Any]], kind: str) -> alt.LayerChart | alt.FacetChart | None:
    if not rows:
        return None
    reach = max(abs(row[side]) for row in rows for side in ("low", "high", "amount")) or 1
    x = alt.X(
        "amount:Q", axis=whole("change in units"), scale=alt.Scale(domain=[-reach * 1.35, reach * 1.35], nice=False)
    )
    heading = "systems" if kind == "item" else "printed totals"
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=heading, labelLimit=230))
    off = alt.YOffset("part:N", sort=None)
    colour = alt.Color(
        "what:N", scale=alt.Scale(domain=list(KINDS), range=list(KINDS.values())), legend=alt.Legend(title=None)
    )
    base = alt.Chart(data(rows), width=WIDTH - 120, height=alt.Step(18))
    solid = base.transform_filter("datum.what != 'unexplained'").mark_bar().encode(x=x, y=y, yOffset=off, color=colour)
    empty = base.transform_filter("datum.what == 'unexplained'").mark_bar(
        fill=PAPER, strokeDash=[4, 3], strokeWidth=1.5
    )
    hollow = empty.encode(x=x, y=y, yOffset=off, stroke=alt.value(INK))
    vague = (
        base.transform_filter("datum.vague")
        .mark_rule(strokeWidth=2, color=INK)
        .encode(x="low:Q", x2="high:Q", y=y, yOffset=off)
    )
    left = base.mark_text(align="left", dx=6).encode(x=alt.X("right:Q"), y=y, yOffset=off, text="said:N")
    words = left.transform_calculate(right="max(datum.high, datum.amount, 0)")
    zero = alt.Chart(data([{"amount": 0}])).mark_rule(color=INK).encode(x="amount:Q")
    return alt.layer(solid, hollow, vague, words, zero)
