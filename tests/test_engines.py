"""The fold written over Narwhals equals the fold over columns on Polars, DuckDB and a Spark cluster."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kztimeline import bulk, columns, engines
from kztimeline.engines import nw
from kztimeline.errors import EventError
from kztimeline.frames import STEPS
from kztimeline.views import Placed
from tests.clusters import needed
from tests.test_bulk import NOT_SIMPLE, across, beside_others, crossing_logs, seeded, side_by_side, simple_logs

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


@settings(max_examples=30)
@given(st.lists(crossing_logs(), min_size=1, max_size=8))
def test_polars_folds_claims_that_lie_across_levels_alike(logs: list[list[Placed]]) -> None:
    claims, openings = side_by_side(logs)
    assert on_polars(claims, openings).rows() == bulk.step_frame_of(claims, openings).rows()


@settings(max_examples=5)
@given(st.lists(crossing_logs(), min_size=1, max_size=20))
def test_duckdb_folds_claims_that_lie_across_levels_alike(logs: list[list[Placed]]) -> None:
    claims, openings = side_by_side(logs)
    assert on_duckdb(claims, openings).rows() == bulk.step_frame_of(claims, openings).rows()


@pytest.mark.parametrize("batches", [1, 2, 2000])
def test_claims_that_lie_across_many_levels_enter_again_once_a_level(batches: int) -> None:
    claims, openings = across(batches)
    every = engines._moves(engines.frame(claims))
    stated = every.filter(nw.col("what") == 2).with_columns(on="first")
    again = engines._again(every.filter(nw.col("first") < nw.col("last")), stated).collect()
    assert again.shape[0] == 2 * 500
    assert on_polars(claims, openings).rows() == bulk.step_frame_of(claims, openings).rows()


def test_duckdb_folds_claims_that_lie_across_many_levels_alike() -> None:
    claims, openings = across(2000)
    assert on_duckdb(claims, openings).rows() == bulk.step_frame_of(claims, openings).rows()


def test_spark_folds_many_claims_alike_on_two_workers(spark: Any, tmp_path: Path) -> None:
    claims, openings = seeded(3000, 7)
    found = on_spark(spark, claims, openings, tmp_path)
    assert found.rows() == bulk.step_frame_of(claims, openings).rows()
    assert len(spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) == 3  # the driver and two workers


@pytest.mark.parametrize(("rows", "said"), NOT_SIMPLE.values(), ids=NOT_SIMPLE)
def test_keys_that_are_not_simple_are_refused(rows: list[tuple[object, ...]], said: str) -> None:
    assert on_polars(*beside_others(rows[:1])).height == bulk.step_frame_of(*beside_others(rows[:1])).height
    with pytest.raises(EventError, match=f"^{re.escape(said)}$"):
        on_polars(*beside_others(rows))


@pytest.mark.parametrize(("rows", "said"), NOT_SIMPLE.values(), ids=NOT_SIMPLE)
def test_duckdb_refuses_keys_that_are_not_simple(rows: list[tuple[object, ...]], said: str) -> None:
    with pytest.raises(EventError, match=f"^{re.escape(said)}$"):
        on_duckdb(*beside_others(rows))


def test_an_empty_table_folds_into_an_empty_one() -> None:
    empty = pl.DataFrame(schema=columns.MOVES), pl.DataFrame(schema=columns.OPENINGS)
    assert on_polars(*empty).is_empty()
