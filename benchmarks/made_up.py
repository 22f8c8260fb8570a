"""Made-up claims as columns: the same for the same count on every machine.

Holders (200) and systems (5,000) by Zipf's law, days from 1950 to 2025, uncertain dates and counts, 2 % stated levels,
3 % corrections, 1 % retractions. One source, one batch: every sum is a single pair of bounds.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
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
BLOCK = 2_000_000
"""So many claims are made at once."""
EVENTS = {"id": pl.Int64, "target": pl.Int64, "retracts": pl.Boolean, **MOVES}
"""Columns of the claims: ``target`` is the claim that a row corrects, or takes back where it ``retracts``."""


def events(count: int, *, stored: float = 0.0) -> pl.DataFrame:
    """Make claims with all that was later said of them; ``stored`` is the share of claims about stored units."""
    return pl.concat(blocks(count, stored=stored), rechunk=True)


def blocks(count: int, *, stored: float = 0.0) -> Iterator[pl.DataFrame]:
    """Yield what ``events`` gives, piece by piece: first the claims, then corrections and retractions of some of them."""
    numbers: list[pl.Series] = []
    height = 0
    for frame in _with_a_level_a_day(round(count * 0.96), stored):
        yield _as_events(frame, height)
        numbers.append(frame["number"])
        height += frame.height
    places = pl.int_range(height, eager=True).sample(round(count * 0.04), seed=20, shuffle=True)
    changed = _claims(pl.concat(numbers).gather(places), stored).with_columns(places.alias("target"))
    corrections = changed.head(round(count * 0.03))
    more = _uniform(pl.int_range(corrections.height, dtype=pl.UInt64, eager=True), 99) * 3
    level = pl.col("what") == 2
    corrections = corrections.with_columns(
        (pl.col(name) + 1 + more.cast(pl.Int64)).alias(name) for name in ("low", "best", "high")
    ).with_columns(pl.when(level).then("low").otherwise("best").alias("best"))
    yield _as_events(corrections, height)
    yield _as_events(changed.slice(corrections.height), height + corrections.height, retracts=True)


def _with_a_level_a_day(total: int, stored: float) -> Iterator[pl.DataFrame]:
    """Yield claims with their numbers; of several levels of a key and day the first."""
    said = pl.DataFrame(schema={"holder": pl.String, "system": pl.String, "first": pl.Int32})
    for start in range(0, total, BLOCK):
        numbers = pl.int_range(start, min(start + BLOCK, total), dtype=pl.UInt64, eager=True)
        frame = _claims(numbers, stored).with_columns(numbers.alias("number"))
        levels = frame.filter(pl.col("what") == 2).unique(said.columns, keep="first")
        levels = levels.join(said, on=said.columns, how="anti")
        said = pl.concat([said, levels.select(said.columns)])
        yield frame.filter((pl.col("what") != 2) | pl.col("number").is_in(levels["number"].implode()))


def _as_events(frame: pl.DataFrame, first: int, *, retracts: bool = False) -> pl.DataFrame:
    """Write rows as ``EVENTS``, numbered from a first one; those without a ``target`` are claims of their own."""
    of_nothing = [] if "target" in frame.columns else [pl.lit(None, pl.Int64).alias("target")]
    names = [pl.col("holder").cast(pl.Enum(HOLDERS)), pl.col("system").cast(pl.Enum(SYSTEMS))]
    own = pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("id"), pl.lit(retracts).alias("retracts")
    return frame.with_columns(*own, *names, *of_nothing).select(list(EVENTS))


def standing(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Leave what was neither corrected nor retracted: ``MOVES``."""
    gone = frame.select(pl.col("target").drop_nulls().alias("id"))
    return frame.filter(~pl.col("retracts")).join(gone, on="id", how="anti", maintain_order="left").select(list(MOVES))


def openings(claims: pl.DataFrame) -> pl.DataFrame:
    """Give the keys of claims with the last day spoken of; no first day is known."""
    spoken = claims.lazy().group_by("holder", "system").agg(pl.col("last").max().alias("as_of"))
    return spoken.with_columns(pl.lit(None, pl.Int32).alias("opening")).select(list(OPENINGS)).collect()


def _claims(numbers: pl.Series, stored: float) -> pl.DataFrame:
    """Make the claims of some numbers, each the same whatever stands beside it."""
    kind, shape, number = (_uniform(numbers, seed) for seed in (1, 2, 3))
    day = FIRST + (_uniform(numbers, 4) * (LAST - FIRST + 1)).cast(pl.Int32)
    frame = pl.DataFrame(
        {
            "holder": _by_zipf(HOLDERS, _uniform(numbers, 5)),
            "system": _by_zipf(SYSTEMS, _uniform(numbers, 6)),
            "source": pl.Series(["p"]).new_from_index(0, len(numbers)),
            "account": pl.select(
                pl.when(_uniform(numbers, 7) < stored).then(pl.lit("in-store")).otherwise(pl.lit("in-service"))
            ).to_series(),
            "what": pl.select(pl.when(kind < 0.02).then(2).when(kind < 0.28).then(-1).otherwise(1).cast(pl.Int8)),
            "day": day,
            "shape": _choice(SHAPES, shape),
            "count": _choice(COUNTS, number),
            "n": 1 + (_uniform(numbers, 8) * 29).cast(pl.Int64),
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
    return frame.with_columns(**bounds).select(list(MOVES))


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


def _uniform(numbers: pl.Series, seed: int) -> pl.Series:
    """Numbers from 0 to below 1 by SplitMix64, which multiplies modulo 2^64."""
    z = (numbers + seed * 0x10000000000) * 0x9E3779B97F4A7C15
    z = (z ^ (z // (1 << 30))) * 0xBF58476D1CE4E5B9
    z = (z ^ (z // (1 << 27))) * 0x94D049BB133111EB
    return (z ^ (z // (1 << 31))) // (1 << 11) / (1 << 53)


def lines(frame: pl.DataFrame, ids: Sequence[str] = ()) -> Iterator[dict[str, object]]:
    """Write rows as fields of events; ``ids`` are the lines of the claims that corrections and retractions speak of."""
    return (_event(row) if row["target"] is None else _said_later(row, ids) for row in frame.iter_rows(named=True))


def _said_later(row: dict[str, object], ids: Sequence[str]) -> dict[str, object]:
    about = {"target": ids[row["target"]], "reason": f"row {row['id']}"}
    return (
        {"kind": "retracted", **about}
        if row["retracts"]
        else {"kind": "corrected", "replacement": _event(row), **about}
    )


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
