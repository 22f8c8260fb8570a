"""The accounted difference as diverging bars: explained solid, unexplained dashed and empty."""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import polars as pl

from kztimeline import languages
from kztimeline.errors import NotationError
from kztimeline.picture import Picture
from kztimeline.plots.style import INK, ON_PAPER, PAPER, WIDTH, WORLD, Labels, data, picture, whole

KINDS = {"world": WORLD, "paper": ON_PAPER, "unexplained": INK}


def difference(causes: pl.DataFrame, headline: tuple[str, ...], labels: Labels, title: str) -> Picture:
    """Draw each cause of each change as a bar from zero; where its amount is vague, a line shows from where to where."""
    if causes.is_empty():
        raise NotationError("nothing changed, so that there is nothing to draw; unchanged=True lists every row")
    rows = [_bar(row, labels) for row in causes.iter_rows(named=True)]
    panels = [_panel([row for row in rows if row["kind"] == kind], kind, labels) for kind in ("item", "total")]
    shown = [panel for panel in panels if panel is not None]
    said = "; ".join(f"{row['name']}: {row['said']}" for row in rows[:12])
    whole_line = f" {languages.headline(headline[-1], labels.lang)}." if headline else ""
    return picture(alt.vconcat(*shown), title, f"{title}.{whole_line} {said}.")


def _bar(row: dict[str, Any], labels: Labels) -> dict[str, Any]:
    """Give a bar as long as is certain: the best amount, or what of the bounds lies nearest to zero."""
    low, best, high = row["active_low"], row["active_best"], row["active_high"]
    near = 0 if low is None or high is None or low <= 0 <= high else min(low, high, key=abs)
    what = "unexplained" if row["number"] == 13 else "world" if row["world"] else "paper"
    return {
        "kind": row["kind"], "name": f"{labels.name(row['item'])}, {labels.name(row['service'])}", "what": what,
        "part": f"{row['number']:02} {row['cause']}", "amount": near if best is None else best,
        "low": near if low is None else low, "high": near if high is None else high, "vague": low != high,
        "said": f"{labels.word('cause', row['cause'])} {labels.bounds(low, high, best)}",
    }  # fmt: skip


def _panel(rows: list[dict[str, Any]], kind: str, labels: Labels) -> alt.LayerChart | alt.FacetChart | None:
    if not rows:
        return None
    reach = max(abs(row[side]) for row in rows for side in ("low", "high", "amount")) or 1
    x = alt.X(
        "amount:Q",
        axis=whole(labels.say("axis.change")),
        scale=alt.Scale(domain=[-reach * 1.35, reach * 1.35], nice=False),
    )
    heading = alt.Title(labels.say(f"axis.{kind}"), anchor="start", fontSize=11, fontWeight="normal", color=INK)
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=None, labelLimit=230))
    off = alt.YOffset("part:N", sort=None)
    words = {what: labels.say(f"what.{what}") for what in KINDS}
    legend = alt.Legend(title=None, labelExpr=f"{json.dumps(words, ensure_ascii=False)}[datum.value]")
    colour = alt.Color("what:N", scale=alt.Scale(domain=list(KINDS), range=list(KINDS.values())), legend=legend)
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
    told = left.transform_calculate(right="max(datum.high, datum.amount, 0)")
    zero = alt.Chart(data([{"amount": 0}])).mark_rule(color=INK).encode(x="amount:Q")
    return alt.layer(solid, hollow, vague, told, zero, title=heading)
