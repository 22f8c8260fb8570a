"""Orders to deliveries as bars in time with faded uncertain ends; suppliers in windows of years."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt
import polars as pl

from kztimeline.errors import NotationError
from kztimeline.picture import Picture
from kztimeline.plots.style import INK, PAPER, WIDTH, data, named, picture, whole, years
from kztimeline.registry import Registry

_ONE = datetime.timedelta(days=1)


def gantt(frame: pl.DataFrame, registry: Registry, colours: Mapping[str, str], title: str) -> Picture:
    """Draw each deal from order to delivery: faded where only a stretch of days is known, solid in between."""
    if frame.is_empty():
        raise NotationError("no order or delivery to draw")
    rows = list(frame.iter_rows(named=True))
    pieces = [piece for number, row in enumerate(rows) for piece in _pieces(number, row, registry)]
    colour = _by_supplier({row["supplier"] for row in rows}, registry, colours)
    y = alt.Y("row:O", axis=alt.Axis(title=None, labelExpr=_labels(rows, registry), tickSize=0, domain=False))
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
    said = f"{title}: {len(rows)} deals and deliveries, {open_deals} without a delivery that is told of."
    return picture(alt.layer(*layers), title, said + " " + "; ".join(_told(row, registry) for row in rows) + ".")


def _pieces(number: int, row: Mapping[str, Any], registry: Registry) -> list[dict[str, Any]]:
    spans = [
        ("ordered", row["ordered_earliest"], row["ordered_latest"]),
        ("came", row["came_earliest"], row["came_latest"]),
    ]
    found = [(part, since, until) for part, since, until in spans if since is not None]
    if len(found) == 2 and row["ordered_latest"] < row["came_earliest"]:
        found.insert(1, ("between", row["ordered_latest"], row["came_earliest"]))
    last = max(until for _, _, until in found)
    said = " ".join(
        part for part in (row["quantity"], named(registry, row["supplier"]) if row["supplier"] else "") if part
    )
    return [
        {
            "row": number, "part": part, "since": str(since), "until": str(until + _ONE), "supplier": _called(row["supplier"], registry),
            "said": said, "last": until == last and part == found[-1][0],
        }
        for part, since, until in found
    ]  # fmt: skip


def _labels(rows: list[dict[str, Any]], registry: Registry) -> str:
    names = [named(registry, row["system"]) for row in rows]
    quoted = ", ".join("'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'" for name in names)
    return f"[{quoted}][datum.value]"


def _told(row: Mapping[str, Any], registry: Registry) -> str:
    ordered = "" if row["ordered_latest"] is None else f", ordered by {row['ordered_latest']}"
    came = ", no delivery told of" if row["came_latest"] is None else f", came by {row['came_latest']}"
    return f"{named(registry, row['system'])} {row['quantity'] or ''}{ordered}{came}".replace("  ", " ")


def _by_supplier(suppliers: Iterable[str], registry: Registry, colours: Mapping[str, str]) -> alt.Color:
    pairs = sorted({(_called(supplier, registry), colours.get(supplier, colours[""])) for supplier in suppliers})
    scale = alt.Scale(domain=[name for name, _ in pairs], range=[colour for _, colour in pairs])
    return alt.Color("supplier:N", scale=scale, legend=alt.Legend(title="supplier"))


def _called(supplier: str, registry: Registry) -> str:
    return named(registry, supplier) if supplier else "not stated"


def suppliers(frame: pl.DataFrame, registry: Registry, colours: Mapping[str, str], title: str) -> Picture:
    """Draw how many systems each supplier delivered in each window of years: certain ones solid, possible ones faded."""
    if frame.is_empty():
        raise NotationError("no delivery to draw")
    given = list(frame.iter_rows(named=True))
    rows = [
        {
            "window": f"{r['since']}–{r['until']}", "supplier": _called(r["supplier"], registry), "what": what, "count": r[what],
            "order": order,
        }
        for r in given
        for order, what in enumerate(("certain", "possible"))
        if r[what]
    ]  # fmt: skip
    ids = sorted({row["supplier"] for row in given})
    colour = _by_supplier(ids, registry, colours)
    opacity = alt.Opacity(
        "what:O",
        scale=alt.Scale(domain=["certain", "possible"], range=[1, 0.4]),
        legend=alt.Legend(title="in this window"),
    )
    chart = (
        alt.Chart(data(rows), width=alt.Step(13), height=200)
        .mark_bar()
        .encode(
            x=alt.X(
                "supplier:N", axis=None, sort=None, scale=alt.Scale(domain=sorted(_called(s, registry) for s in ids))
            ),
            column=alt.Column("window:N", header=alt.Header(title=None, orient="bottom", labelColor=INK), spacing=14),
            y=alt.Y("count:Q", axis=whole("systems delivered"), stack="zero"),
            order=alt.Order("order:Q"),
            color=colour,
            opacity=opacity,
        )
    )
    said = "; ".join(
        f"{r['since']}–{r['until']} {named(registry, r['supplier']) if r['supplier'] else 'supplier not stated'}: {r['certain']} certain, {r['possible']} possible"
        for r in given
    )
    return picture(chart, title, f"{title}. {said}.")
