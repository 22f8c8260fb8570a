"""The fold written over Narwhals equals the fold over columns on Polars, DuckDB and a Spark cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kztimeline import bulk, columns, engines
from kztimeline.frames import STEPS
from kztimeline.views import Placed
from tests.clusters import needed
from tests.test_bulk import seeded, side_by_side, simple_logs

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
