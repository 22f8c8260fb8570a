"""Draw how time and memory of the table of steps grow with the number of events, from what ``peers.py`` kept.

    python benchmarks/peers.py --sizes 10000,100000,1000000,10000000,50000000 --only none --keep figures.json
    python benchmarks/growth.py figures.json growth.svg

Times are of the processor, whatever else the machine does. Both axes are logarithmic: what grows in proportion climbs at the
slope of the grey lines. Needs the extra ``static``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import altair as alt
import polars as pl
from engines import QUESTIONS

NAMES = QUESTIONS | {"build": "building the steps", "memory": "most memory, GB"}
WIDTH, HEIGHT = 380, 300
TENTHS = [n * 10.0**power for power in range(-5, 4) for n in (1, 3)]


def rows(file: Path) -> pl.DataFrame:
    """Read the figures that were kept: a row for each size and name."""
    kept = json.loads(file.read_text())
    found = [(int(size), NAMES[name], took) for size, figures in kept.items() for name, took in figures.items()]
    return pl.DataFrame(found, {"events": pl.Int64, "what": pl.String, "figure": pl.Float64}, orient="row")


def proportional(frame: pl.DataFrame) -> alt.Chart:
    """Draw what grows in proportion, from some powers of ten."""
    low, high = frame["events"].min(), frame["events"].max()
    starts = [10.0**power for power in range(-5, 3)]
    lines = [(size, start, start * size / low) for start in starts for size in (low, high)]
    guides = pl.DataFrame(lines, {"events": pl.Int64, "start": pl.Float64, "figure": pl.Float64}, orient="row")
    return (
        alt.Chart(guides)
        .mark_line(color="#ddd", strokeWidth=1, clip=True)
        .encode(x="events", y="figure", detail="start:N")
    )


def panel(frame: pl.DataFrame, title: str, legend: alt.Legend | None) -> alt.LayerChart:
    """Draw one panel: a line for each name."""
    least, most = frame["figure"].min(), frame["figure"].max()
    scale = alt.Scale(type="log", domain=[least / 2, most * 2], nice=False)
    order = [name for name in NAMES.values() if name in frame["what"]]
    tens = [10**power for power in range(12)]
    base = alt.Chart(frame).encode(
        x=alt.X("events", scale=alt.Scale(type="log"), axis=alt.Axis(format="~s", grid=False, values=tens)),
        y=alt.Y("figure", title=title, scale=scale, axis=alt.Axis(format="~g", grid=False, values=TENTHS)),
        color=alt.Color("what", title=None, sort=order, legend=legend),
        shape=alt.Shape("what", sort=order, legend=None),
    )
    drawn = base.mark_line() + base.mark_point(filled=True, size=50)
    return (proportional(frame) + drawn).properties(width=WIDTH, height=HEIGHT)


def main() -> None:
    """Draw the kept figures into a picture."""
    source, target = map(Path, sys.argv[1:])
    frame = rows(source)
    memory = pl.col("what") == NAMES["memory"]
    time = panel(frame.filter(~memory), "seconds of processor time", alt.Legend(labelLimit=260))
    space = panel(frame.filter(memory), NAMES["memory"], None)
    alt.hconcat(time, space).resolve_scale(color="independent", shape="independent").save(target)


if __name__ == "__main__":
    main()
