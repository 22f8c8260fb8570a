"""Fold made-up claims into the table of steps here, on DuckDB and on a Spark cluster; compare the rows, print the times.

    python benchmarks/cluster.py --claims 1000000                                  # a cluster of two workers, started here
    python benchmarks/cluster.py --claims 1000000 --master spark://my-cluster:7077 # one's own; it has to reach --data

Needs the extras ``spark`` and ``bench``, and Java 17 or 21. Each engine reads the same Parquet files and writes Parquet.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import made_up
import polars as pl

from kztimeline import bulk, engines
from kztimeline.cluster import kept

ROOT = Path(__file__).parent.parent
ORDER = ("holder", "system", "account", "since")


@contextlib.contextmanager
def session(master: str | None, folder: Path) -> Iterator[Any]:
    """Give a session on a cluster, or on one of two workers of this machine."""
    from pyspark.sql import SparkSession

    sys.path.insert(0, str(ROOT))
    from tests.clusters import HOST, cluster

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with cluster(folder) if master is None else contextlib.nullcontext(master) as address:
        builder = SparkSession.builder.master(address).appName("kztimeline").config("spark.ui.enabled", "false")
        builder = builder.config("spark.log.level", "ERROR").config("spark.ui.showConsoleProgress", "false")
        if master is None:
            builder = builder.config("spark.driver.host", HOST).config("spark.sql.shuffle.partitions", "8")
            builder = builder.config("spark.sql.adaptive.enabled", "false")
        found = builder.getOrCreate()
        try:
            yield found
        finally:
            found.stop()


def main() -> None:
    """Run each engine once, and once more where what it compiled counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--master", help="the address of one's own cluster")
    parser.add_argument("--data", type=Path, help="a folder that the cluster reaches; default: a temporary one")
    parser.add_argument("--only", default="here,DuckDB,Spark", help="the engines wanted")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.data or Path(scratch)
        folder.mkdir(exist_ok=True)
        claims = made_up.standing(made_up.events(asked.claims).lazy()).collect()
        claims = claims.with_columns(pl.col("holder", "system").cast(pl.String))
        claims.write_parquet(folder / "claims.parquet")
        made_up.openings(claims).write_parquet(folder / "openings.parquet")
        print(f"{claims.height} claims, {os.cpu_count()} cores")
        started = time.perf_counter()
        wanted = bulk.step_frame_of(*(pl.read_parquet(folder / f"{name}.parquet") for name in ("claims", "openings")))
        print(f"here          {time.perf_counter() - started:8.1f} s  {wanted.height} steps", flush=True)
        if "DuckDB" in asked.only:
            on_duckdb(folder, wanted)
        if "Spark" in asked.only:
            with session(asked.master, Path(scratch)) as found:
                for run in ("first", "again"):
                    on_spark(found, folder, wanted, run)


def on_duckdb(folder: Path, wanted: pl.DataFrame) -> None:
    """Fold on DuckDB."""
    import duckdb

    started = time.perf_counter()
    with duckdb.connect() as connection:
        frames = (connection.read_parquet(str(folder / f"{name}.parquet")) for name in ("claims", "openings"))
        engines.step_frame_of(*frames, partial(kept, connection)).write_parquet(str(folder / "duckdb.parquet"))
    told("DuckDB", started, pl.read_parquet(folder / "duckdb.parquet"), wanted)


def on_spark(found: Any, folder: Path, wanted: pl.DataFrame, run: str) -> None:
    """Fold on a cluster."""
    started = time.perf_counter()
    frames = (found.read.parquet(str(folder / f"{name}.parquet")) for name in ("claims", "openings"))
    engines.step_frame_of(*frames, partial(kept, found)).write.mode("overwrite").parquet(str(folder / "spark"))
    told(f"Spark, {run}", started, pl.read_parquet(folder / "spark" / "*.parquet"), wanted)


def told(engine: str, started: float, rows: pl.DataFrame, wanted: pl.DataFrame) -> None:
    """Print how long an engine took, if its rows are those wanted."""
    spent = time.perf_counter() - started
    if not rows.select(wanted.columns).cast(dict(wanted.schema)).sort(ORDER).equals(wanted):
        sys.exit(f"{engine}: other rows than here")
    print(f"{engine:<14}{spent:8.1f} s  equal rows", flush=True)


if __name__ == "__main__":
    main()
