"""What is known of each category in each year: no evidence does not look like zero."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from kztimeline.errors import NotationError
from kztimeline.picture import Picture
from kztimeline.plots.style import FAINT, NO_EVIDENCE, PAPER, WIDTH, Labels, data, picture, whole

LIGHT = ("#e3effa", "#7fb2dd")
"""From one unit to many: light enough for the number in the cell to be read."""
_WORDS = {"zero": "0", "perhaps": "?"}


def evidence(frame: pl.DataFrame, labels: Labels, title: str) -> Picture:
    """Draw category by year: a dotted line for no evidence, an empty box for zero, "?" for perhaps, colour for units."""
    if frame.is_empty():
        raise NotationError("no category to draw")
    rows = [
        {**row, "middle": (row["since"] + row["until"]) / 2, "said": _said(row)} for row in frame.iter_rows(named=True)
    ]
    x = alt.X("since:Q", axis=whole("", grid=False), scale=alt.Scale(nice=False, zero=False))
    y = alt.Y("category:N", axis=alt.Axis(title=None), scale=alt.Scale(padding=0.12))
    base = alt.Chart(data(rows), width=WIDTH - 60, height=alt.Step(18))
    scale = alt.Scale(type="log", domain=[1, max([row["low"] for row in rows] + [10])], range=list(LIGHT))
    legend = alt.Legend(title=labels.say("axis.least"), format="d", values=[1, 10, 100, 1000], gradientLength=200)
    full = base.transform_filter("datum.known == 'held'").mark_rect(stroke=PAPER)
    boxes = base.transform_filter("datum.known == 'zero' || datum.known == 'perhaps'").mark_rect(
        fill=PAPER, stroke=FAINT
    )
    nothing = base.transform_filter("datum.known == 'none'").mark_rule(
        stroke=NO_EVIDENCE, strokeDash=[1, 4], strokeWidth=1.5
    )
    words = base.transform_filter("datum.said != ''").mark_text(fontSize=10)
    layers = (
        full.encode(x=x, x2="until:Q", y=y, color=alt.Color("low:Q", scale=scale, legend=legend)),
        boxes.encode(x=x, x2="until:Q", y=y),
        nothing.encode(x=x, x2="until:Q", y=y),
        words.encode(x=alt.X("middle:Q"), y=y, text="said:N"),
    )
    return picture(alt.layer(*layers), title, f"{title}. {_told(frame, labels)}", key=labels.say("pic.key"))


def _said(row: dict[str, Any]) -> str:
    """Give the word in a cell, where the run of years is long enough for it."""
    word = _WORDS.get(row["known"], str(row["low"]))
    room = (row["until"] - row["since"]) * 2.4
    return word if len(word) <= room and row["known"] != "none" else ""


def _told(frame: pl.DataFrame, labels: Labels) -> str:
    parts = []
    for group in frame.partition_by("category", maintain_order=True):
        held = group.filter(pl.col("known") == "held")
        none = sum(row["until"] - row["since"] for row in group.iter_rows(named=True) if row["known"] == "none")
        said = (
            labels.say("alt.held", low=held["low"][-1], year=held["until"][-1] - 1)
            if len(held)
            else labels.say("alt.no number")
        )
        parts.append(labels.say("alt.evidence", category=group["category"][0], said=said, n=none))
    return "; ".join(parts) + "."
