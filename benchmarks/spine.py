"""Append many claims in one batch, verify the log, ask `fielded` for every year: how long each takes.

    python benchmarks/spine.py --claims 100000

The claims are made up: deliveries, losses, totals and yearly statements of a few sources on a few
hundred systems, in all shapes of dates. Times are wall-clock seconds of one process.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import kztimeline as kz

YEARS = range(1992, 2025)


def definitions(systems: int, sources: int) -> Iterator[dict[str, object]]:
    """What the claims name."""
    yield {"kind": "defined-holder", "id": "KAZ", "name": "Kazakhstan", "since": "1991-12-16"}
    for number in range(systems):
        yield {"kind": "defined-system", "id": f"s{number}", "name": f"System {number}", "category": "air"}
    for number in range(sources):
        yield {"kind": "defined-source", "id": f"p{number}", "title": f"Publication {number}", "form": "prose"}


def claims(count: int, systems: int, sources: int) -> Iterator[dict[str, object]]:
    """Made-up claims, the same for the same count."""
    random.seed(20)
    for number in range(count):
        year = random.choice(YEARS)
        shape = random.choice(["{y}", "{y}", "{y}/{z}", "{y}-0{m}", "[{y}..{z}]", "{{{y},{z}}}"])
        when = shape.format(y=year, z=year + 2, m=random.randint(1, 9))
        fields: dict[str, object] = {
            "holder": "KAZ",
            "systems": [f"s{random.randrange(systems)}"],
            "quantity": random.choice(["4", "12", "(30)", "at least 5", "6-8", "some"]),
            "batch": f"b{number // 12}",
            "note": f"claim {number}",
            "citations": [{"source": f"p{random.randrange(sources)}", "published": str(year + 4)}],
        }
        kind = random.choice(["delivered", "delivered", "delivered", "lost", "stated"])
        if kind == "stated":
            yield {**fields, "kind": kind, "cutoff": f"{year}-11", "account": "in-service"}
        elif kind == "lost":
            yield {**fields, "kind": kind, "occurred": when, "out_of": "in-service", "quantity": "1"}
        else:
            yield {**fields, "kind": kind, "occurred": when, "into": "in-service"}


def timed(label: str, started: float) -> float:
    """Print what a stage took and start the next."""
    now = time.perf_counter()
    print(f"{label:<34}{now - started:8.2f} s", flush=True)
    return now


def main() -> None:
    """Run the stages once and print each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--systems", type=int, default=800)
    parser.add_argument("--sources", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        kz.init(path, name="benchmark")
        several = [*definitions(asked.systems, asked.sources), *claims(asked.claims, asked.systems, asked.sources)]
        begun = started = time.perf_counter()
        receipt = kz.open(path, mode="a").append(several)
        started = timed(f"append {len(receipt.added)} events", started)
        from kztimeline.log import verify

        report = verify(path)
        report.raise_for_damage()
        started = timed(f"verify {report.events} events", started)
        timeline = kz.open(path)
        rows = len(timeline.steps)
        started = timed(f"read and fold into {rows} steps", started)
        found = sum(len(timeline.fielded(str(year))) for year in YEARS)
        timed(f"fielded {YEARS[0]}-{YEARS[-1]}, {found} rows", started)
        timed("all", begun)


if __name__ == "__main__":
    main()
