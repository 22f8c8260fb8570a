"""Numbers of systems: over time as step lines with their bands, on a day as ranges, series as points."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from kztimeline import languages
from kztimeline.errors import NotationError
from kztimeline.picture import Picture
from kztimeline.plots.style import INK, MAIN, PAPER, SUPPLIERS, WIDTH, Labels, data, picture, whole, years

MOST = 12
"""More systems than this do not fit under each other."""
HEIGHT = 170


def history(frame: pl.DataFrame, points: pl.DataFrame, labels: Labels, title: str) -> Picture:
    """Draw the number of each system over time: band low to high, line best, editions' statements as points."""
    groups = frame.partition_by("holder", "system", "account", maintain_order=True)
    if len(groups) > MOST:
        raise NotationError(f"{len(groups)} lines do not fit into one picture; ask for one system, with exact=True")
    until = _horizon(frame)
    since = min(frame["since"].to_list())
    charts = [_steps(group, points, labels, (since, until), single=len(groups) == 1) for group in groups]
    said = [_told(group, labels) for group in groups]
    return picture(alt.vconcat(*charts, spacing=18), title, f"{title}. {' '.join(said)}")


def _horizon(frame: pl.DataFrame) -> datetime.date:
    """Give the end of the axis: the end of the year after the last day that claims speak of or on which something changes."""
    days = [d for name in ("as_of", "since", "until") for d in frame[name].drop_nulls().to_list() if d.year < 9000]
    return datetime.date(max(days).year + 1, 12, 31)


def _steps(
    group: pl.DataFrame,
    points: pl.DataFrame,
    labels: Labels,
    reach: tuple[datetime.date, datetime.date],
    *,
    single: bool,
) -> alt.LayerChart | alt.FacetChart:
    rows = list(group.iter_rows(named=True))
    account = labels.word("account", rows[0]["account"])
    over = None if single else f"{labels.name(rows[0]['system'])}, {account}"
    own = [row for row in points.iter_rows(named=True) if row["system"] == rows[0]["system"]]
    top = max([row[side] or 0 for row in (*rows, *own) for side in ("low", "high")] + [1])
    drawn = [_piece(row, reach[1], top) for row in rows]
    x = alt.X("since:T", axis=years())
    frame = alt.Chart(data([{"since": str(day)} for day in reach])).mark_rule(opacity=0).encode(x=x)
    ceiling = top + max(top // 8, 1)
    y = alt.Y("low:Q", axis=whole(account), scale=alt.Scale(domain=[0, ceiling]))
    base = alt.Chart(data(drawn), width=WIDTH, height=HEIGHT)
    band = (
        base.transform_filter("!datum.unbounded")
        .mark_rect(color=MAIN, opacity=0.22)
        .encode(x=x, x2="until:T", y=y, y2="top:Q")
    )
    no_end = base.transform_filter("datum.unbounded").mark_rect(color=MAIN, opacity=0.12)
    unbounded = no_end.encode(x=x, x2="until:T", y=alt.Y("low:Q"), y2=alt.value(0))
    corners = [*drawn, {**drawn[-1], "since": drawn[-1]["until"]}]
    stepped = alt.Chart(data(corners)).mark_line(
        color=MAIN, strokeWidth=2.5, interpolate="step-after", strokeCap="butt"
    )
    line = stepped.encode(x=x, y=alt.Y("best:Q"))
    alone = base.transform_filter("datum.best != null").mark_rule(color=MAIN, strokeWidth=2.5)
    ends = alone.encode(x=x, x2="until:T", y=alt.Y("best:Q"))
    edge = base.mark_rule(color=MAIN, strokeWidth=1, strokeDash=[3, 2]).encode(x=x, x2="until:T", y=y)
    unbound = {piece["unbounded"] for piece in drawn}
    bands = [layer for layer, whether in ((band, False), (unbounded, True)) if whether in unbound]
    favoured = [ends, line] if any(piece["best"] is not None for piece in drawn) else []
    layers = (frame, *bands, edge, *favoured, *_stated(own, reach, ceiling, labels))
    heading = alt.Undefined if over is None else alt.Title(over, anchor="start", fontSize=11, fontWeight="normal")
    return alt.layer(*layers, title=heading)


def _stated(
    rows: Sequence[Mapping[str, Any]],
    reach: tuple[datetime.date, datetime.date],
    ceiling: int,
    labels: Labels,
) -> list[alt.Chart]:
    """Draw statements as points with their words beside them; one that states no number is words alone."""
    if not rows:
        return []
    shown = [
        {
            "since": str(r["day"]), "low": r["low"] or 0, "top": r["high"] or r["low"] or 0, "known": r["low"] is not None,
            "said": f"{r['edition']}: {languages.count(r['figure'], labels.lang)}",
        }
        for r in rows
    ]  # fmt: skip
    days = (reach[1] - reach[0]).days or 1
    places = [(WIDTH * (r["day"] - reach[0]).days / days, HEIGHT * (1 - (r["low"] or 0) / ceiling)) for r in rows]
    moved = _beside(places, [str(row["said"]) for row in shown])
    base = alt.Chart(data([{**row, "up": up} for row, up in zip(shown, moved, strict=True)]))
    known = base.transform_filter("datum.known")
    bars = known.mark_rule(color=INK).encode(x="since:T", y="low:Q", y2="top:Q")
    dots = known.mark_point(color=INK, fill=PAPER, size=45, opacity=1, strokeWidth=1.5).encode(x="since:T", y="low:Q")
    words = []
    for up in dict.fromkeys(moved):
        own = base.transform_filter(f"datum.up == {up}")
        halo = own.mark_text(
            align="right", baseline="middle", dx=-7, dy=-up, stroke=PAPER, strokeWidth=3, strokeJoin="round"
        )
        plain = own.mark_text(align="right", baseline="middle", dx=-7, dy=-up, color=INK)
        words += [said.encode(x="since:T", y="low:Q", text="said:N") for said in (halo, plain)]
    return [*([bars, dots] if any(row["known"] for row in shown) else []), *words]


def _beside(places: Sequence[tuple[float, float]], words: Sequence[str]) -> list[int]:
    """Say by how many pixels to raise the words that end at each place, so that none covers other words."""
    taken = [(x - 5, x + 5, y) for x, y in places]
    found = []
    for (x, y), said in zip(places, words, strict=True):
        left = x - 7 - 6 * len(said)
        free = (
            up
            for up in (side * (10 + 14 * step) for step in range(12) for side in (1, -1))
            if 4 < y - up < HEIGHT - 4
            and not any(left < b and a < x - 7 and abs(y - up - at) < 13 for a, b, at in taken)
        )
        up = next(free, 10)
        taken.append((left, x - 7, y - up))
        found.append(up)
    return found


def _piece(row: Mapping[str, Any], horizon: datetime.date, top: int) -> dict[str, Any]:
    until = horizon if row["until"] is None else min(row["until"], horizon)
    high = row["high"]
    return {
        "since": str(row["since"]), "until": str(until), "low": row["low"] or 0, "best": row["best"],
        "top": top if high is None else high, "unbounded": high is None,
    }  # fmt: skip


def _told(group: pl.DataFrame, labels: Labels) -> str:
    """Say in words what a line shows: first and last number, and how often it changes."""
    first, last = group.row(0, named=True), group.row(-1, named=True)
    more = labels.say("alt.change") if len(group) == 2 else labels.say("alt.changes", n=len(group) - 1)
    numbers = [labels.bounds(row["low"], row["high"], row["best"]) for row in (first, last)]
    return labels.say(
        "alt.line",
        name=labels.name(first["system"]),
        account=labels.word("account", first["account"]),
        first=numbers[0],
        since=first["since"],
        last=numbers[1],
        until=last["since"],
        changes=more if len(group) > 1 else "",
    )


def ranges(frame: pl.DataFrame, labels: Labels, title: str) -> Picture:
    """Draw numbers on a day (or in a period) as ranges from low to high with best as a point, on a root scale."""
    rows = [_ranged(row, labels) for row in frame.iter_rows(named=True)]
    top = max(row["top"] for row in rows) or 1
    marks = [mark for mark in (0, 1, 5, 20, 50, 100, 200, 400, 800, 2000, 5000, 20000) if mark <= top * 1.1]
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=None))
    x = alt.X(
        "low:Q", axis=whole(labels.say("axis.root"), values=marks), scale=alt.Scale(type="sqrt", domain=[0, top * 1.1])
    )
    base = alt.Chart(data(rows), width=WIDTH - 120, height=alt.Step(15))
    bars = base.mark_rule(color=MAIN, strokeWidth=5, opacity=0.35).encode(x=x, x2="top:Q", y=y)
    more = base.transform_filter("datum.unbounded").mark_point(shape="triangle-right", color=MAIN, filled=True, size=50)
    dots = base.transform_filter("datum.best != null").mark_point(color=MAIN, filled=True, size=45, opacity=1)
    words = base.mark_text(align="left", dx=8, color=INK).encode(x="top:Q", y=y, text="said:N")
    layers = (bars, more.encode(x="top:Q", y=y), dots.encode(x="best:Q", y=y), words)
    largest = sorted(rows, key=lambda row: (-row["low"], row["name"]))[:3]
    said = "; ".join(f"{row['name']} {row['said']}" for row in largest)
    told = labels.say("alt.ranges", title=title, rows=len(rows), said=said)
    return picture(alt.layer(*layers), title, told)


def _ranged(row: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    account = "" if row.get("account") in (None, "held", "on-order") else f", {labels.word('account', row['account'])}"
    low, high = row["low"] or 0, row["high"]
    return {
        "name": f"{labels.name(row['system'])}{account}", "low": low, "top": low if high is None else high, "best": row["best"],
        "unbounded": high is None, "said": labels.bounds(low, high, row["best"] if low != high else None),
    }  # fmt: skip


def series(frame: pl.DataFrame, labels: Labels, title: str) -> Picture:
    """Draw measures over their periods, a panel for each indicator, unit and price basis: unlike units share no axis."""
    panels = frame.filter(pl.col("best").is_not_null()).partition_by("indicator", "unit", "basis", maintain_order=True)
    if not panels:
        raise NotationError("no value of this series is one number; look at .frame")
    if len(panels) > MOST:
        raise NotationError(f"{len(panels)} panels do not fit into one picture; ask for one indicator")
    charts = [_panel(panel, labels) for panel in panels]
    said = "; ".join(labels.say("alt.series", name=p["indicator"][0], unit=p["unit"][0], n=len(p)) for p in panels)
    return picture(alt.vconcat(*charts), title, f"{title}. {said}.")


def _panel(panel: pl.DataFrame, labels: Labels) -> alt.Chart:
    rows = [
        {"day": str(r["period_earliest"] or r["period_latest"]), "best": float(r["best"]), "who": r["partner"] or r["category"] or labels.say("axis.all")}
        for r in panel.iter_rows(named=True)
    ]  # fmt: skip
    first = panel.row(0, named=True)
    label = ", ".join(part for part in (first["indicator"], first["unit"], first["basis"]) if part)
    chart = alt.Chart(
        data(rows), width=WIDTH, height=130, title=alt.Title(label, anchor="start", fontSize=11, fontWeight="normal")
    )
    marked: alt.Chart = chart.mark_point(filled=True, size=45, opacity=0.9)
    who = sorted({row["who"] for row in rows})
    colours = [SUPPLIERS[number % len(SUPPLIERS)] for number, _ in enumerate(who)] if len(who) > 1 else [MAIN]
    legend = alt.Legend(title=None) if len(who) > 1 else None
    drawn: alt.Chart = marked.encode(
        x=alt.X("day:T", axis=years()),
        y=alt.Y("best:Q", axis=alt.Axis(title=None)),
        color=alt.Color("who:N", scale=alt.Scale(domain=who, range=colours), legend=legend),
    )
    return drawn
