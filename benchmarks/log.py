"""What a log on disk costs: append, open and verify, cold processes, a refresh, one durable append, one date.

    python benchmarks/log.py --claims 100000

The claims are made up (``made_up``) and written as lines of a log, 10,000 to a segment. Each figure stands beside what
the machine needs for the bare work: the same bytes read, hashed and parsed; a file written, synced, linked. Durations
are wall-clock seconds, medians where something is done more than once.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import polars as pl
from made_up import HOLDERS, SYSTEMS, lines
from made_up import events as made_up
from peers import machine

import kztimeline as kz
from kztimeline.canonical import event_id
from kztimeline.codec import Line
from kztimeline.dates import parse_date
from kztimeline.log import read_log
from kztimeline.wire import built, written

SEGMENT = 10_000
COLD = """
import sys, time
marks = [time.perf_counter()]
import polars; marks.append(time.perf_counter())
import kztimeline as kz, kztimeline.timeline; marks.append(time.perf_counter())
timeline = kz.open(sys.argv[1]); marks.append(time.perf_counter())
timeline.holdings(on="2016", holder="*").frame; marks.append(time.perf_counter())
print(*(later - earlier for earlier, later in zip(marks, marks[1:])))
"""
"""Ask in a process of its own; prints what each part took."""
PARTS = ("polars", "the library", "opening", "answer")
POLARS = ["-c", "import polars"]
QUESTIONS = tuple(
    words.split()
    for words in (
        "fielded 2016", "fielded 2016 --system wing-loong-1", "holdings --on 2016", "orders --on 2016", "history su-30sm",
        "agreements --on 2016", "series *", "explain wing-loong-1 --on 2023", "events --kind delivered", "events", "audit",
        "diff iiss-mb-2021 iiss-mb-2022", "diff 2016 2020", "edition iiss-mb-2021", "resolve su-30sm", "log", "verify",
        "cite holdings --on 2016", "codebook",
    )
)  # fmt: skip
"""What is asked of the shipped log from the shell."""


def timed(work: Callable[[], object], times: int = 1) -> float:
    """Give the median of what a piece of work takes."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def show(what: str, seconds: float, beside: str = "") -> None:
    """Print a figure."""
    print(f"{what:<52}{seconds * 1e3:12.3f} ms   {beside}", flush=True)


def definitions() -> Iterator[dict[str, object]]:
    """What the claims name."""
    yield {"kind": "defined-source", "id": "p", "title": "P", "form": "prose"}
    for name in HOLDERS:
        yield {"kind": "defined-holder", "id": name, "name": name}
    for name in SYSTEMS:
        yield {"kind": "defined-system", "id": name, "name": name, "category": "air"}


def values(count: int) -> tuple[list[Line], list[Line], list[Line]]:
    """Build the values of claims, of what is said of them, and of what comes later: 1 % more, of both."""
    rows, first = made_up(count + count // 100), round(count * 0.96)
    own, early = pl.col("target").is_null(), pl.coalesce("target", "id") < first
    claims = [*map(built, lines(rows.filter(own)))]
    ids = [event_id(written(claim)) for claim in claims]
    verbs, later = ([*map(built, lines(rows.filter(~own, when), ids))] for when in (early, ~early))
    return claims[:first], verbs, [*claims[first:], *later]


def fill(path: Path, several: list[Line], verbs: list[Line]) -> None:
    """Append claims that are built already, a segment after the other, then what is said of them."""
    kz.init(path, name="benchmark")
    timeline = kz.open(path, mode="a")
    timeline.append(list(definitions()))
    first, *more = (several[at : at + SEGMENT] for at in range(0, len(several), SEGMENT))
    took = timed(lambda: timeline.append(first))
    show(f"append {len(first)} claims already built", took, f"{len(first) / took:.0f} claims a second")
    each = [timed(lambda part=part: timeline.append(part)) / len(part) for part in more]
    if each:
        beside = f"median {1 / statistics.median(each):.0f}, best {1 / min(each):.0f} claims a second"
        show(
            f"append {len(several) - len(first)} more, {len(more)} segments, each claim",
            statistics.median(each),
            beside,
        )
    timeline.append(verbs)


def opened(path: Path) -> None:
    """Open and verify, beside parsing and hashing the same bytes."""
    files = sorted(path.glob("*/*.jsonl"))
    data = b"".join(file.read_bytes().partition(b"\n")[2] for file in files)
    bodies = Path(path.parent / "bodies.jsonl")
    bodies.write_bytes(data)
    bare = timed(lambda: pl.read_ndjson(bodies, infer_schema_length=10_000), 3) + timed(lambda: hashlib.sha256(data), 3)
    ours = timed(lambda: read_log(path), 3)
    show(f"open and verify, {len(data) / 1e6:.0f} MB", ours, f"{ours / bare:.2f} × polars.read_ndjson and SHA-256")
    kz.open(path)
    again = timed(lambda: kz.open(path), 3)
    show("open what was verified before", again, f"{again / bare:.2f} ×")
    whole = timed(lambda: kz.open(path).placed)
    show("open, verify and build every claim", whole, f"{whole / bare:.2f} ×")


def asked(path: Path, more: list[Line]) -> None:
    """Ask in cold processes without and with a kept table, and after an append of 1 %."""
    with tempfile.TemporaryDirectory() as cache:
        parts: list[list[float]] = []

        def cold() -> None:
            told = run(["-c", COLD, str(path)], cache)
            parts.append([float(took) for took in told.split()])

        show("cold process, first question, nothing kept", timed(cold))
        parts.clear()
        took = timed(cold, 5)
        middle = [statistics.median(part) for part in zip(*parts, strict=True)]
        each = [f"{name} {part * 1e3:.0f}" for name, part in zip(PARTS, middle, strict=True)]
        show("import, open cached, answer, in a process of its own", sum(middle), f"of which {', '.join(each)} ms")
        show("the same with the process's own start and end", took)
        kz.open(path, mode="a").append(more)
        show(f"cold process after an append of {len(more)}", timed(cold))


def run(words: list[str], cache: str) -> str:
    """Run Python in a process of its own, with compiled modules and a cache folder; give what it prints.

    A question whose answer is a list of findings ends with 1.
    """
    environment = {**os.environ, "XDG_CACHE_HOME": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([sys.executable, *words], env=environment, check=False, capture_output=True, text=True)
    if done.returncode and not done.stdout:
        raise RuntimeError(done.stderr)
    return done.stdout


def shell() -> None:
    """Ask the shipped log from the shell, each question in cold processes after one that filled the cache."""
    with tempfile.TemporaryDirectory() as cache:
        for words in QUESTIONS:
            asked = ["-m", "kztimeline", *words]
            run(asked, cache)
            pairs = [[timed(lambda said=said: run(said, cache)) for said in (asked, POLARS)] for _ in range(5)]  # type: ignore[misc]
            took, bare = map(statistics.median, zip(*pairs, strict=True))
            show(f"kztimeline {' '.join(words)}", took, f"{took / bare:.2f} × import polars alone")


def durable(path: Path) -> None:
    """Append one claim, beside the bare steps that make a file durable."""
    kz.init(path, name="small")
    timeline = kz.open(path, mode="a")
    timeline.append(list(definitions())[:202])
    numbers = iter(range(10**9))
    claim = next(lines(made_up(100)))

    def one() -> None:
        timeline.append({**claim, "systems": ["s0000"], "note": f"one {next(numbers)}"})

    timeline.append(list(definitions())[202:203])

    beside = path.parent / "bare"
    beside.mkdir()

    def bare() -> None:
        aside, target = beside / "aside", beside / f"bare-{next(numbers)}"
        with aside.open("wb") as file:
            file.write(b"x" * 1000)
            file.flush()
            os.fsync(file.fileno())
        target.hardlink_to(aside)
        handle = os.open(beside, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        aside.unlink()

    works = [bare, one, *([replayed(path)] if find_spec("eventsourcing") else [])]
    took = [[timed(work) for work in works] for _ in range(50)]
    floor, ours, *theirs = map(statistics.median, zip(*took, strict=True))
    show("one durable append", ours, f"{ours / floor:.2f} × create, write, fsync, link, fsync of the folder")
    for other in theirs:
        show("one event of eventsourcing, SQLite with full sync", other, f"{other / ours:.2f} × ours")


def replayed(path: Path) -> Callable[[], None]:
    """Give one append of ``eventsourcing`` on a SQLite file; full sync is what SQLite does unless told otherwise."""
    from eventsourcing.application import Application
    from eventsourcing.domain import Aggregate, event

    class Holding(Aggregate):
        @event("Told")
        def tell(self, units: int) -> None:
            self.units = units

    app = Application(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path / "peer.sqlite")})
    holding = Holding()
    app.save(holding)

    def one() -> None:
        holding.tell(1)
        app.save(holding)

    return one


def dates() -> None:
    """Read dates that were never read before."""
    several = [
        text for year in range(1000, 3000) for text in (str(year), f"{year}-05", f"{year}-05-17", f"{year}/{year}")
    ]
    took = sorted(timed(lambda text=text: parse_date(text)) for text in several)
    beside = ""
    if find_spec("edtf"):
        from edtf import parse_edtf

        theirs = statistics.median(timed(lambda text=text: parse_edtf(text)) for text in several[:200])
        beside = f"edtf {theirs * 1e6:.0f} µs"
    print(f"{'parse of a date, median of ' + str(len(several)):<52}{took[len(took) // 2] * 1e6:12.1f} µs   {beside}")


def main() -> None:
    """Do each once and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=100_000)
    count = parser.parse_args().claims
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
        dates()
        shell()
        durable(Path(folder) / "small")
        path = Path(folder) / "log"
        claims, verbs, more = values(count)
        fill(path, claims, verbs)
        opened(path)
        asked(path, more)


if __name__ == "__main__":
    main()
