"""Orders to deliveries as bars in time with faded uncertain ends; suppliers in windows of years."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt
import polars as pl

from kztimeline import languages
from kztimeline.errors import NotationError
from kztimeline.picture import Picture
from kztimeline.plots.style import INK, PAPER, WIDTH, Labels, data, picture, whole, years

_ONE = datetime.timedelta(days=1)


def gantt(frame: pl.DataFrame, labels: Labels, colours: Mapping[str, str], title: str) -> Picture:
    """Draw each deal from order to delivery: faded where only a stretch of days is known, solid in between.

    A stretch whose first day nobody states begins at the earliest day that the picture shows otherwise.
    """
    if frame.is_empty():
        raise NotationError("no order or delivery to draw")
    rows = list(frame.iter_rows(named=True))
    edge = min(day for row in rows for day in _stated(row))
    pieces = [piece for number, row in enumerate(rows) for piece in _pieces(number, row, edge, labels)]
    colour = _by_supplier({_first(row) for row in rows}, labels, colours)
    y = alt.Y("row:O", axis=alt.Axis(title=None, labelExpr=_names(rows, labels), tickSize=0, domain=False))
    x = alt.X("since:T", axis=years())
    base = alt.Chart(data(pieces), width=WIDTH - 150, height=alt.Step(20))
    faded = base.transform_filter("datum.part != 'between'").mark_bar(opacity=0.4, height=12)
    solid = base.transform_filter("datum.part == 'between'").mark_bar(height=5)
    ends = base.transform_filter("datum.part == 'came'").mark_point(shape="diamond", filled=True, size=60, opacity=1)
    begun = base.transform_filter("datum.part == 'ordered'").mark_point(fill=PAPER, size=45, opacity=1, strokeWidth=2)
    words = base.transform_filter("datum.last").mark_text(align="left", dx=7, color=INK)
    layers = (
        faded.encode(x=x, x2="until:T", y=y, color=colour),
        solid.encode(x=x, x2="until:T", y=y, color=colour),
        begun.encode(x="until:T", y=y, color=colour),
        ends.encode(x="until:T", y=y, color=colour),
        words.encode(x="until:T", y=y, text="said:N"),
    )
    open_deals = sum(row["came_latest"] is None for row in rows)
    said = labels.say("alt.deals", title=title, n=len(rows), left=open_deals)
    return picture(alt.layer(*layers), title, said + " " + "; ".join(_told(row, labels) for row in rows) + ".")


def _stated(row: Mapping[str, Any]) -> list[datetime.date]:
    days = [row[f"{side}_latest"] for side in ("ordered", "came")]
    days += [row[f"{side}_earliest"] for side in ("ordered", "came") if not row[f"{side}_open"]]
    return [day for day in days if day is not None]


def _pieces(number: int, row: Mapping[str, Any], edge: datetime.date, labels: Labels) -> list[dict[str, Any]]:
    found = [
        (part, max(edge, row[f"{part}_earliest"]), row[f"{part}_latest"])
        for part in ("ordered", "came")
        if row[f"{part}_latest"] is not None
    ]
    if len(found) == 2 and row["ordered_latest"] < row["came_earliest"]:
        found.insert(1, ("between", row["ordered_latest"], row["came_earliest"]))
    last = max(until for _, _, until in found)
    count = languages.count(row["quantity"] or "", labels.lang)
    said = f"{count} {', '.join(labels.name(supplier) for supplier in row['supplier'].split())}".strip()
    return [
        {
            "row": number, "part": part, "since": str(since), "until": str(until + _ONE), "supplier": _called(_first(row), labels),
            "said": said, "last": until == last and part == found[-1][0],
        }
        for part, since, until in found
    ]  # fmt: skip


def _names(rows: list[dict[str, Any]], labels: Labels) -> str:
    return f"{json.dumps([labels.name(row['system']) for row in rows], ensure_ascii=False)}[datum.value]"


def _told(row: Mapping[str, Any], labels: Labels) -> str:
    ordered = "" if row["ordered_latest"] is None else labels.say("alt.ordered", day=row["ordered_latest"])
    came = labels.say("alt.none came") if row["came_latest"] is None else labels.say("alt.came", day=row["came_latest"])
    return (
        f"{labels.name(row['system'])} {languages.count(row['quantity'] or '', labels.lang)}".strip() + ordered + came
    )


def _by_supplier(suppliers: Iterable[str], labels: Labels, colours: Mapping[str, str]) -> alt.Color:
    pairs = sorted({(_called(supplier, labels), colours.get(supplier, colours[""])) for supplier in suppliers})
    scale = alt.Scale(domain=[name for name, _ in pairs], range=[colour for _, colour in pairs])
    return alt.Color("supplier:N", scale=scale, legend=alt.Legend(title=labels.say("axis.supplier")))


def _first(row: Mapping[str, Any]) -> str:
    """Give the supplier that lends a deal its colour: the first of several."""
    return next(iter(row["supplier"].split()), "")


def _called(supplier: str, labels: Labels) -> str:
    return labels.name(supplier) if supplier else labels.say("not stated")


def suppliers(frame: pl.DataFrame, labels: Labels, colours: Mapping[str, str], title: str) -> Picture:
    """Draw how many systems each supplier delivered in each window of years: certain ones solid, possible ones faded."""
    if frame.is_empty():
        raise NotationError("no delivery to draw")
    given = list(frame.iter_rows(named=True))
    rows = [
        {
            "window": f"{r['since']}–{r['until']}", "supplier": _called(r["supplier"], labels), "what": labels.say(f"what.{what}"), "count": r[what],
            "order": order,
        }
        for r in given
        for order, what in enumerate(("certain", "possible"))
        if r[what]
    ]  # fmt: skip
    ids = sorted({row["supplier"] for row in given})
    colour = _by_supplier(ids, labels, colours)
    opacity = alt.Opacity(
        "what:O",
        scale=alt.Scale(domain=[labels.say("what.certain"), labels.say("what.possible")], range=[1, 0.4]),
        legend=alt.Legend(title=labels.say("axis.window")),
    )
    chart = (
        alt.Chart(data(rows), width=alt.Step(13), height=200)
        .mark_bar()
        .encode(
            x=alt.X(
                "supplier:N", axis=None, sort=None, scale=alt.Scale(domain=sorted(_called(s, labels) for s in ids))
            ),
            column=alt.Column("window:N", header=alt.Header(title=None, orient="bottom", labelColor=INK), spacing=14),
            y=alt.Y("count:Q", axis=whole(labels.say("axis.delivered")), stack="zero"),
            order=alt.Order("order:Q"),
            color=colour,
            opacity=opacity,
        )
    )
    said = "; ".join(
        labels.say(
            "alt.window",
            years=f"{r['since']}–{r['until']}",
            name=labels.name(r["supplier"]) if r["supplier"] else labels.say("alt.nobody"),
            certain=r["certain"],
            possible=r["possible"],
        )
        for r in given
    )
    return picture(chart, title, f"{title}. {said}.")
