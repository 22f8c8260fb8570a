"""From a file of the trade register to what was fielded: rows, refusals, seconds, memory.

Run: ``python benchmarks/register.py REGISTER 2016 KAZ UZB POL VNM TUR``
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import kztimeline as kz


def main(file: str, period: str, holders: list[str]) -> None:
    """Read, ingest for some holders, ask, and print what it took."""
    start, used = time.perf_counter(), time.process_time()
    reading = kz.read_sipri_register(file)
    print(f"{reading.rows} rows = {reading.read} read + {len(reading.refused)} refused")
    for problem in reading.refused:
        print(f"  {problem}")
    with tempfile.TemporaryDirectory() as folder:
        kz.ingest(reading, into=Path(folder) / "log", new_systems="define", holders=holders)
        timeline = kz.open(Path(folder) / "log")
        answers = [timeline.fielded(period, holder=holder) for holder in holders]
    rows = sum(len(answer) for answer in answers)
    took, spent = time.perf_counter() - start, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{rows} systems in {period} for {' '.join(holders)}: {took:.1f} s, {spent:.1f} s of the processor, {memory} MB"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
