"""The fold written over Narwhals equals the fold over columns on Polars, DuckDB and a Spark cluster."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kztimeline import bulk, columns, engines
from kztimeline.frames import STEPS
from kztimeline.happenings import known
from kztimeline.related import related
from kztimeline.steps import last_words
from kztimeline.views import Placed, stand
from tests.clusters import needed
from tests.test_bulk import simple_logs

ORDER = ("holder", "system", "account", "since")


def tidy(found: pl.DataFrame) -> pl.DataFrame:
    """Rows of an engine in the order of the table of steps; columns and types are those of the table."""
    assert found.schema == pl.Schema(STEPS)
    return found.sort(ORDER)


def on_polars(claims: pl.DataFrame, openings: pl.DataFrame) -> pl.DataFrame:
    return tidy(engines.step_frame_of(claims.lazy(), openings.lazy()).collect())


def on_duckdb(claims: pl.DataFrame, openings: pl.DataFrame) -> pl.DataFrame:
    with needed("duckdb").connect() as connection:
        frames = [connection.from_arrow(frame.to_arrow()) for frame in (claims, openings)]
        return tidy(engines.step_frame_of(*frames).pl())


def on_spark(spark: Any, claims: pl.DataFrame, openings: pl.DataFrame, folder: Path) -> pl.DataFrame:
    files = []
    for name, frame in {"claims": claims, "openings": openings}.items():
        files.append(folder / f"{name}.parquet")
        frame.write_parquet(files[-1])
    found = engines.step_frame_of(*(spark.read.parquet(str(file)) for file in files))
    return tidy(pl.from_arrow(found.toArrow()))  # type: ignore[arg-type]


# --- claims to fold -------------------------------------------------------------------------------------------


def side_by_side(logs: Sequence[Sequence[Placed]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put the simple claims of several logs into one pair of frames, each log with holders of its own."""
    pairs = []
    for number, log in enumerate(logs):
        view = stand(log)
        names = known(view)
        found = related(view, names)
        pair = columns.moves(columns.simple(view, found), names, found, last_words(view))
        holder = pl.format("{} {}", pl.lit(number), "holder").alias("holder")
        pairs.append([frame.with_columns(holder) for frame in pair])
    claims, openings = (pl.concat(several) for several in zip(*pairs, strict=True))
    return claims, openings


def seeded(count: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Claims of all sorts on a few hundred keys: days from all ends of the calendar, counts with and without bounds."""
    chance = random.Random(seed)
    rows: list[tuple[object, ...]] = []
    levels: set[tuple[object, ...]] = set()
    begins = [1, 500_000, 730_000, 730_200, 730_485, 731_000, 3_652_000]
    spans = [0, 0, 0, 1, 27, 364, 365, 366, 1500, 40_000]
    while len(rows) < count:
        key = chance.choice("ABCDEF"), f"s{chance.randrange(count // 60 + 1)}"
        what = chance.choice([1, 1, 1, -1, -1, 2])
        first = chance.choice(begins) + chance.randrange(50)
        last = min(first + (0 if what == 2 else chance.choice(spans)), date.max.toordinal())
        if what == 2:
            if (*key, first) in levels:
                continue
            levels.add((*key, first))
        low = chance.choice([0, 1, 1, 2, 7])
        high = chance.choice([None, low or 1, low or 1, low + 1, low + 20])
        best = low if low == high else chance.choice([None, low, high, max(low, 1)])
        account = chance.choice(["in-service", "in-service", "in-store", "for-sale"]) if key[0] > "B" else "in-service"
        source = "q" if key[0] == "E" else "p"
        spread = what != 2 and chance.random() < 0.4
        rows.append((*key, source, account, what, first, last, spread, low, best, high, chance.randrange(3)))
    claims = pl.DataFrame(rows, columns.MOVES, orient="row")
    openings = claims.group_by("holder", "system", maintain_order=True).agg(as_of=pl.col("last").max())
    days = [chance.choice([None, 1, 730_100, 730_490]) for _ in range(openings.height)]
    return claims, openings.with_columns(opening=pl.Series(days, dtype=pl.Int32)).select(list(columns.OPENINGS))


# --- equal answers --------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.lists(simple_logs(), min_size=1, max_size=12))
def test_polars_folds_every_log_of_simple_claims_alike(logs: list[list[Placed]]) -> None:
    claims, openings = side_by_side(logs)
    assert on_polars(claims, openings).rows() == bulk.step_frame_of(claims, openings).rows()


@settings(max_examples=5)
@given(st.lists(simple_logs(), min_size=1, max_size=20))
def test_duckdb_folds_every_log_of_simple_claims_alike(logs: list[list[Placed]]) -> None:
    claims, openings = side_by_side(logs)
    assert on_duckdb(claims, openings).rows() == bulk.step_frame_of(claims, openings).rows()


@pytest.mark.parametrize("seed", range(3))
def test_polars_folds_many_claims_alike(seed: int) -> None:
    claims, openings = seeded(2000, seed)
    assert on_polars(claims, openings).rows() == bulk.step_frame_of(claims, openings).rows()


@pytest.mark.parametrize("seed", range(3))
def test_duckdb_folds_many_claims_alike(seed: int) -> None:
    claims, openings = seeded(2000, seed)
    assert on_duckdb(claims, openings).rows() == bulk.step_frame_of(claims, openings).rows()


def test_spark_folds_many_claims_alike_on_two_workers(spark: Any, tmp_path: Path) -> None:
    claims, openings = seeded(3000, 7)
    found = on_spark(spark, claims, openings, tmp_path)
    assert found.rows() == bulk.step_frame_of(claims, openings).rows()
    assert len(spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) == 3  # the driver and two workers


def test_an_empty_table_folds_into_an_empty_one() -> None:
    empty = pl.DataFrame(schema=columns.MOVES), pl.DataFrame(schema=columns.OPENINGS)
    assert on_polars(*empty).is_empty()
