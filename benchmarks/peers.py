"""Ask the table of steps and its peers the same questions: answers are compared, then timed in turn.

    python benchmarks/peers.py --sizes 10000,100000,1000000

Each engine works in a process of its own on the same made-up claims (``made_up``); rounds go through all engines in turn.
In its turn an engine answers a question once, then again for a tenth of a second, once at least. Before the first call the
others have had the processor and its caches, and memory that was free has gone back to the system; those after it are warm.
What is printed are medians and ratios of both, the machine, and how time and memory grow. An engine whose package is missing is
left out (``pip install "kztimeline[bench]"``). ``--only`` names engines (``none``: ours alone), ``--data`` keeps the made-up
claims in a folder, ``--keep`` our figures in a file that ``growth.py`` draws.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
from engines import ENGINES, QUESTIONS, plain
from made_up import blocks, standing

PACKAGES = {"DuckDB": ["duckdb", "pyarrow"], "pandas": ["pandas", "pyarrow"], "eventsourcing": ["eventsourcing"]}
RARE = {"years": 1}
"""Questions that are asked once only: they take the peers minutes. Above a million claims 76 scans are 76 times one."""
WARM = 0.1
"""So many seconds an engine is asked again for; the median of these calls is the warm one."""


# --- one engine, in its own process -------------------------------------------------------------------------


def serve(name: str, folder: Path) -> None:
    """Prepare an engine, then answer a line of JSON for each question: the seconds that the first call took, and a warm one.

    Where it names a file, the answer is written there; where it says so, there is no warm call.
    """
    prepare = ENGINES[name][0]
    began = time.perf_counter()
    engine = prepare(folder)
    built = getattr(prepare, "built", (None, None))
    about = {"ready": time.perf_counter() - began, "built": built[0], "processor": built[1], "asks": list(engine)}
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        question, target, warm = json.loads(line)
        took, spent = [], []
        while not took or (warm and sum(took[1:]) < WARM):
            began, busy = time.perf_counter(), time.process_time()
            answer = engine[question]()
            took.append(time.perf_counter() - began)
            spent.append(time.process_time() - busy)
            if target:
                plain(question, answer).write_parquet(target)
            del answer
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        wall = [took[0], *([statistics.median(took[1:])] if warm else [])]
        print(json.dumps({"wall": wall, "processor": spent[0], "memory": memory}), flush=True)


class Asked:
    """An engine's process: ``ask`` puts one question and gives what it took."""

    def __init__(self, name: str, folder: Path) -> None:
        command = [sys.executable, __file__, "--serve", name, "--data", str(folder)]
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.about = self._line()
        self.memory = 0.0

    def ask(self, question: str, target: Path | None = None, *, warm: bool = False) -> dict[str, Any]:
        print(json.dumps([question, target and str(target), warm]), file=self.process.stdin, flush=True)
        took = self._line()
        self.memory = max(self.memory, took["memory"])
        return took

    def _line(self) -> dict[str, float]:
        while (line := self.process.stdout.readline()).startswith("#"):
            print("  " + line[2:].rstrip())
        if not line:
            raise SystemExit(f"{self.name} ended with {self.process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


# --- all engines, in turn -----------------------------------------------------------------------------------


def make(folder: Path, size: int) -> int:
    """Write the claims of a size as Parquet, piece by piece, unless they are there."""
    if not (folder / "standing.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as aside:
            for number, block in enumerate(blocks(size)):
                block.write_parquet(Path(aside) / f"{number:04}.parquet")
            pl.scan_parquet(aside).sink_parquet(folder / "events.parquet")
        standing(pl.scan_parquet(folder / "events.parquet")).sink_parquet(folder / "standing.parquet")
    return pl.scan_parquet(folder / "standing.parquet").select(pl.len()).collect().item()


def compare(engines: list[Asked], question: str, folder: Path) -> list[str]:
    """Ask everybody once and name those whose answer is another than the first one's."""
    wrong, first = [], None
    for engine in engines:
        target = folder / f"{engine.name}-{question}.parquet"
        engine.ask(question, target)
        answer = pl.read_parquet(target)
        target.unlink()
        first = answer if first is None else first
        if not answer.select(first.columns).equals(first):
            wrong.append(engine.name)
    return wrong


def run(size: int, folder: Path, wanted: list[str], rounds: int) -> dict[str, float]:
    """Compare and time all engines on claims of one size; give what the growth is drawn from."""
    count = make(folder, size)
    print(f"\n{size} events, {count} claims stand", flush=True)
    engines = [Asked(name, folder) for name in wanted if size <= ENGINES[name][1]]
    ours, grown = engines[0], {}
    print("  prepared in " + ", ".join(f"{e.name} {e.about['ready']:.1f} s" for e in engines), flush=True)
    for question, words in QUESTIONS.items():
        able = [engine for engine in engines if question in engine.about["asks"]]
        if question == "years" and size > 10**6:
            able = able[:1]
        wrong = compare(able, question, folder) if len(able) > 1 else []
        warm = question not in RARE
        times: dict[str, list[list[float]]] = {}
        spent = []
        for _ in range(RARE.get(question, rounds)):
            for engine in able:
                took = engine.ask(question, warm=warm)
                times.setdefault(engine.name, []).append(took["wall"])
                spent += [took["processor"]] if engine is ours else []
            if question == "everybody":
                times.setdefault("floor", []).append(ours.ask("floor", warm=warm)["wall"])
        middle = {name: [*map(statistics.median, zip(*several, strict=True))] for name, several in times.items()}
        if question == "everybody":
            scans = {name: [took[-1] * 76] for name, took in middle.items() if name == "Polars"}
        if len(able) == 1:
            middle |= scans
        mine = middle.pop("steps")
        grown[question] = statistics.median(spent)
        said = [
            f"{own * 1e3:9.2f} ms   " + ", ".join(f"{name} {took[at] / own:.3g}×" for name, took in middle.items())
            for at, own in enumerate(mine)
        ]
        print(f"  {words:<38}{said[-1]}" + (f"   DIFFERS: {wrong}" if wrong else ""))
        if len(said) > 1:
            print(f"  {'    the first call of a turn':<38}{said[0]}")
        if question == "everybody":
            built, grown["build"] = ours.about["built"], ours.about["processor"]
            beside = f"{built / middle['Polars'][0]:.2f} Polars scans" if "Polars" in middle else ""
            print(f"  {'building the steps from a frame':<38}{built:9.2f} s    {beside}")
        sys.stdout.flush()
    grown["memory"] = ours.memory
    print("  most memory, GB: " + ", ".join(f"{e.name} {e.memory:.2f}" for e in engines), flush=True)
    for engine in engines:
        engine.close()
    return grown


def tell(grown: dict[int, dict[str, float]]) -> None:
    """Print how each figure grows with the number of events, and the power of the number that it grew with."""
    print("\nGrowth (processor seconds; memory in GB; between two sizes the power: 1 is in proportion)")
    for name in next(iter(grown.values())):
        told, before = f"  {name:<10}", None
        for size, figures in sorted(grown.items()):
            if name in figures:
                power = before and math.log(figures[name] / before[1]) / math.log(size / before[0])
                told += f" {'' if power is None else f'{power:>6.2f} '}{size:>10}: {figures[name]:<9.4g}"
                before = size, figures[name]
        print(told)


def keep(grown: dict[int, dict[str, float]], file: Path) -> None:
    """Put the figures beside those kept before, which ``growth.py`` draws; those of the same size are replaced."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(kept | {str(size): figures for size, figures in grown.items()}, indent=1) + "\n")


def machine() -> str:
    """Describe the machine and what is compared."""
    names = ("polars", "duckdb", "pandas", "eventsourcing")
    packages = ", ".join(f"{name} {version(name)}" for name in names if find_spec(name))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"{platform.platform()}, {os.cpu_count()} cores, {memory:.0f} GB, load {load}; Python {platform.python_version()}, {packages}"


def main() -> None:
    """Make, compare, time, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="engines beside ours, separated by commas")
    parser.add_argument("--data", type=Path, help="a folder for the made-up claims, kept")
    parser.add_argument("--keep", type=Path, help="a JSON file that keeps our figures; growth.py draws them")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve, asked.data)
        return
    missing = {name for name, needs in PACKAGES.items() if not all(map(find_spec, needs))}
    wanted = [n for n in ENGINES if n not in missing and (n == "steps" or not asked.only or n in asked.only.split(","))]
    print(machine())
    if missing:
        print(f'left out: {", ".join(sorted(missing))}; pip install "kztimeline[bench]"')
    with tempfile.TemporaryDirectory() as temporary:
        base = asked.data or Path(temporary)
        sizes = [int(size) for size in asked.sizes.split(",")]
        grown = {size: run(size, base / str(size), wanted, asked.rounds) for size in sizes}
        tell(grown)
        if asked.keep:
            keep(grown, asked.keep)


if __name__ == "__main__":
    main()
