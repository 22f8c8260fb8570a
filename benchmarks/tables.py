"""What it costs to read a table of events into a log: in columns, and as a draft of the same rows.

    python benchmarks/tables.py --claims 100000

The claims are made up (``made_up``). Both ways write the same lines, which is checked; they take turns, and what is
printed are medians. ``--alone`` reads the table in columns only, which a table of a million rows is best measured by.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
from log import definitions, timed
from made_up import events as made_up
from made_up import lines
from peers import machine

import kztimeline as kz
from kztimeline.importers import Reading, read_table
from kztimeline.importers.tables import Table


def cells(claim: Mapping[str, object]) -> dict[str, object]:
    """Write a claim as the cells of a row."""
    (cited,) = claim["citations"]  # type: ignore[misc]  # each has one
    own = ((name, item) for name, item in claim.items() if name != "citations")
    said = {name: "; ".join(item) if isinstance(item, list) else item for name, item in own}
    return {**said, "source": cited["source"], "published": cited["published"]}


def table(count: int, folder: Path) -> Path:
    """Write a table of claims as Parquet."""
    own = made_up(count).filter(pl.col("target").is_null())
    frame = pl.DataFrame(map(cells, lines(own)), infer_schema_length=None).cast(pl.String)
    frame.write_parquet(folder / "table.parquet")
    return folder / "table.parquet"


def as_draft(reading: Reading) -> Reading:
    """Give the same events as a draft of rows."""
    if not isinstance(reading.events, Table):
        raise TypeError(f"no table: {reading}")
    return Reading(reading.name, "", reading.table, reading.rows, (), reading.events.draft(), (), None, None)


def main() -> None:
    """Read the table both ways, in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--alone", action="store_true")
    asked = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        os.environ["XDG_CACHE_HOME"] = str(base / "cache")
        path = table(asked.claims, base)
        rows = read_table(path).rows
        ways: dict[str, Callable[[], Reading]] = {"in columns": lambda: read_table(path)}
        if not asked.alone:
            ways["as a draft of rows"] = lambda: as_draft(read_table(path))
        took: dict[str, list[float]] = {way: [] for way in ways}
        written = set()
        for turn in range(asked.rounds):
            for way, read in ways.items():
                log = base / f"{way} {turn}"
                kz.init(log, name="benchmark").append(list(definitions()))
                took[way].append(timed(lambda: kz.ingest(read(), into=log)))  # noqa: B023  # at once
                written.add(kz.open(log).log.segments[-1].header.root)
        if len(written) > 1:
            raise SystemExit("the two ways write other lines")
    for way, several in took.items():
        middle = statistics.median(several)
        print(
            f"{way:<22}{middle:9.2f} s   {rows / middle:9.0f} rows a second   {middle / statistics.median(took['in columns']):.2f} ×"
        )
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
