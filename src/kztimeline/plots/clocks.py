"""Two clocks at once: when things happened, and when they became public."""

from __future__ import annotations

import altair as alt
import polars as pl

from kztimeline.errors import NotationError
from kztimeline.picture import Picture
from kztimeline.plots.style import FAINT, MAIN, WIDTH, Labels, data, picture, years

_SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "stroke", "triangle-right")


def clocks(frame: pl.DataFrame, labels: Labels, title: str) -> Picture:
    """Draw each claim: across, the days on which it can have happened; upwards, when it was published."""
    known = frame.filter(
        pl.col("published_latest").is_not_null()
        & pl.any_horizontal(pl.col("time_earliest", "time_latest").is_not_null())
    )
    if known.is_empty():
        raise NotationError("no dated claim to draw")
    open_start = known.select(pl.min_horizontal(pl.col("time_earliest", "time_latest").min())).item()
    rows = [
        {
            "since": str(r["time_earliest"] or open_start),
            "until": str(r["time_latest"] or max(r["published_latest"], r["time_earliest"])),
            "published": str(r["published_latest"]), "kind": labels.word("kind", r["kind"]),
        }
        for r in known.iter_rows(named=True)
    ]  # fmt: skip
    kinds = sorted({row["kind"] for row in rows})
    days = sorted([row["since"] for row in rows] + [row["published"] for row in rows])
    x = alt.X("since:T", axis=years(labels.say("axis.occurred")))
    y = alt.Y("published:T", axis=years(labels.say("axis.published")), scale=alt.Scale(zero=False, padding=20))
    base = alt.Chart(data(rows), width=WIDTH, height=300)
    bars = base.mark_rule(color=MAIN, strokeWidth=4, opacity=0.25).encode(x=x, x2="until:T", y=y)
    shape = alt.Shape(
        "kind:N",
        legend=alt.Legend(title=labels.say("axis.kind")),
        scale=alt.Scale(domain=kinds, range=[_SHAPES[i % len(_SHAPES)] for i in range(len(kinds))]),
    )
    dots = base.mark_point(color=MAIN, size=55, opacity=1, strokeWidth=1.5).encode(x="until:T", y=y, shape=shape)
    same_day = [{"since": day, "published": day} for day in (min(r["published"] for r in rows), days[-1])]
    line = (
        alt.Chart(data(same_day))
        .mark_line(color=FAINT, strokeDash=[3, 3], clip=True)
        .encode(x="since:T", y="published:T")
    )
    first, last = (sorted(row["published"] for row in rows)[place] for place in (0, -1))
    said = labels.say("alt.clocks", title=title, n=len(rows), first=first, last=last)
    return picture(alt.layer(line, bars, dots), title, said)
