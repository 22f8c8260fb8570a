"""Made-up claims as columns: the same for the same count on every machine.

Holders (200) and systems (5,000) by Zipf's law, days from 1950 to 2025, uncertain dates and counts, 2 % stated levels,
3 % corrections, 1 % retractions. One source, one batch: every sum is a single pair of bounds.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import islice, product
from string import ascii_uppercase

import polars as pl

from kztimeline.columns import MOVES, OPENINGS

HOLDERS = sorted(map("".join, islice(product(ascii_uppercase, repeat=3), 0, 17576, 87)))[:200]
SYSTEMS = [f"s{number:04d}" for number in range(5000)]
FIRST, LAST = datetime.date(1950, 1, 1).toordinal(), datetime.date(2025, 12, 31).toordinal()
EPOCH = datetime.date(1970, 1, 1).toordinal()
SHAPES = {"day": 0.75, "month": 0.10, "year": 0.10, "years": 0.05}
COUNTS = {"exact": 0.84, "range": 0.10, "up to": 0.05, "at least": 0.01}
EVENTS = {"id": pl.Int64, "target": pl.Int64, "retracts": pl.Boolean, **MOVES}
"""Columns of the claims: ``target`` is the claim that a row corrects, or takes back where it ``retracts``."""


def events(count: int, *, stored: float = 0.0) -> pl.DataFrame:
    """Make claims with all that was later said of them; ``stored`` is the share of claims about stored units."""
    plain = _claims(round(count * 0.96), stored).with_row_index("id").with_columns(pl.col("id").cast(pl.Int64))
    changed = plain.sample(round(count * 0.04), seed=20, shuffle=True).rename({"id": "target"})
    corrections = changed.head(round(count * 0.03))
    more = _uniform(corrections.height, 99) * 3
    level = pl.col("what") == 2
    corrections = corrections.with_columns(
        (pl.col(name) + 1 + more.cast(pl.Int64)).alias(name) for name in ("low", "best", "high")
    ).with_columns(pl.when(level).then("low").otherwise("best").alias("best"))
    verbs = pl.concat([corrections, changed.slice(corrections.height)]).with_row_index("id", plain.height)
    verbs = verbs.with_columns(
        pl.col("id").cast(pl.Int64), (pl.int_range(pl.len()) >= corrections.height).alias("retracts")
    )
    claims = plain.with_columns(pl.lit(None, pl.Int64).alias("target"), pl.lit(value=False).alias("retracts"))
    names = [pl.col("holder").cast(pl.Enum(HOLDERS)), pl.col("system").cast(pl.Enum(SYSTEMS))]
    return pl.concat([claims.select(list(EVENTS)), verbs.select(list(EVENTS))]).with_columns(names)


def standing(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave what was neither corrected nor retracted: ``MOVES``."""
    gone = frame.select(pl.col("target").drop_nulls()).to_series()
    told = pl.Series("told", [True]).new_from_index(0, frame.height).scatter(gone, values=False)
    return frame.filter(told & ~frame["retracts"]).select(list(MOVES))


def openings(claims: pl.DataFrame) -> pl.DataFrame:
    """Give the keys of claims with the last day spoken of; no first day is known."""
    spoken = claims.group_by("holder", "system").agg(pl.col("last").max().alias("as_of"))
    return spoken.with_columns(pl.lit(None, pl.Int32).alias("opening")).select(list(OPENINGS))


def _claims(count: int, stored: float) -> pl.DataFrame:
    kind, shape, number = (_uniform(count, seed) for seed in (1, 2, 3))
    day = FIRST + (_uniform(count, 4) * (LAST - FIRST + 1)).cast(pl.Int32)
    frame = pl.DataFrame(
        {
            "holder": _by_zipf(HOLDERS, _uniform(count, 5)),
            "system": _by_zipf(SYSTEMS, _uniform(count, 6)),
            "source": pl.Series(["p"]).new_from_index(0, count),
            "account": pl.select(
                pl.when(_uniform(count, 7) < stored).then(pl.lit("in-store")).otherwise(pl.lit("in-service"))
            ).to_series(),
            "what": pl.select(pl.when(kind < 0.02).then(2).when(kind < 0.28).then(-1).otherwise(1).cast(pl.Int8)),
            "day": day,
            "shape": _choice(SHAPES, shape),
            "count": _choice(COUNTS, number),
            "n": 1 + (_uniform(count, 8) * 29).cast(pl.Int64),
        }
    )
    frame = _dated(frame).with_columns(pl.lit(1, pl.UInt32).alias("batch"))
    kinds = {"range": ("n", "n+", None), "up to": (0, "n", "n"), "at least": ("n", None, None)}
    bounds = {}
    for place, name in enumerate(("low", "high", "best")):
        value = pl.col("n")
        for word, said in kinds.items():
            other = {"n": pl.col("n"), "n+": pl.col("n") + 3, 0: pl.lit(0), None: pl.lit(None)}[said[place]]
            value = pl.when(pl.col("count") == word).then(other).otherwise(value)
        bounds[name] = value.cast(pl.Int64)
    frame = frame.with_columns(**bounds).select(list(MOVES))
    level = pl.col("what") == 2
    again = level & ~pl.struct("holder", "system", "first", "what").is_first_distinct()
    return frame.filter(~again)


def _dated(frame: pl.DataFrame) -> pl.DataFrame:
    day, level = (pl.col("day") - EPOCH).cast(pl.Date), pl.col("what") == 2
    shape = pl.when(level).then(pl.lit("day")).otherwise("shape")
    starts = {"month": day.dt.month_start(), "year": day.dt.truncate("1y"), "years": day.dt.truncate("1y")}
    ends = {"month": day.dt.month_end(), "year": day.dt.truncate("1y").dt.offset_by("1y"), "years": None}
    first, last = pl.col("day"), pl.col("day")
    years = (day.dt.truncate("1y").dt.offset_by("3y").to_physical() - 1 + EPOCH).clip(upper_bound=LAST)
    for word, start in starts.items():
        end = years if ends[word] is None else ends[word].to_physical() + EPOCH - (word == "year")
        first = pl.when(shape == word).then(start.to_physical() + EPOCH).otherwise(first)
        last = pl.when(shape == word).then(end).otherwise(last)
    spread = (shape == "years") & (first < last)
    return frame.with_columns(
        first.cast(pl.Int32).alias("first"), last.cast(pl.Int32).alias("last"), spread.alias("spread")
    )


def _by_zipf(names: list[str], uniform: pl.Series) -> pl.Series:
    weights = pl.select((1 / pl.int_range(1, len(names) + 1)).cum_sum()).to_series()
    places = (weights / weights[-1]).search_sorted(uniform).clip(0, len(names) - 1)
    return pl.Series(names)[places]


def _choice(shares: dict[str, float], uniform: pl.Series) -> pl.Series:
    return pl.Series(list(shares))[pl.Series(shares.values()).cum_sum().search_sorted(uniform).clip(0, len(shares) - 1)]


def _uniform(count: int, seed: int) -> pl.Series:
    """Numbers from 0 to below 1 by SplitMix64, which multiplies modulo 2^64."""
    z = (pl.int_range(count, dtype=pl.UInt64) + seed * 0x10000000000) * 0x9E3779B97F4A7C15
    z = (z ^ (z // (1 << 30))) * 0xBF58476D1CE4E5B9
    z = (z ^ (z // (1 << 27))) * 0x94D049BB133111EB
    return pl.select(((z ^ (z // (1 << 31))) // (1 << 11)) / (1 << 53)).to_series()


def lines(frame: pl.DataFrame) -> Iterator[dict[str, object]]:
    """Write claims as fields of events."""
    return map(_event, frame.iter_rows(named=True))


def _event(row: dict[str, object]) -> dict[str, object]:
    days = [str(datetime.date.fromordinal(row[name])) for name in ("first", "last")]
    one, other = days
    when = one if one == other else f"{one}/{other}" if row["spread"] else f"[{one}..{other}]"
    low, high, best = row["low"], row["high"], row["best"]
    count = (
        f"at least {low}" if high is None else f"{low}" if low == high else f"up to {high}" if best else f"{low}-{high}"
    )
    kind = {1: "delivered", -1: "lost", 2: "stated"}[row["what"]]
    place = {1: "into", -1: "out_of", 2: "account"}[row["what"]]
    return {
        "kind": kind, "holder": row["holder"], "systems": [row["system"]], "quantity": count, "batch": "b",
        "cutoff" if kind == "stated" else "occurred": when, place: row["account"], "note": f"row {row['id']}",
        "citations": [{"source": "p", "published": "2026-02"}],
    }  # fmt: skip
