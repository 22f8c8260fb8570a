"""Try to break the log, and print one table of what was tried and what was found.

    python tools/campaign.py                     # short: a few minutes
    python tools/campaign.py --full              # within an hour
    python tools/campaign.py --seed 7 --only crash-states,kills

The same seed tries the same things, kills and power cuts apart, whose moments the clock chooses. Exit code 1
where anything was lost, unnoticed or a false alarm, where a broken protocol was not caught, or less was tried
than the table promises. ``docs/reliability.md`` says what each line means.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

from attrs import define, frozen

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import crashes, damage, histories, kills

STATES, DAMAGES = 25_000, 16_000
"""Crash states of one job, and the fewest damages of one: how many there are depends on its log."""


@define
class Found:
    """What one job, or all of one line of the table, did and found. ``troubles`` say more, a line each."""

    volume: int = 0
    unit: str = ""
    lost: int = 0
    unnoticed: int = 0
    alarms: int = 0
    seconds: float = 0.0
    troubles: tuple[str, ...] = ()
    beside: str = ""

    def add(self, other: Found) -> None:
        for name in ("volume", "lost", "unnoticed", "alarms", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unit, self.troubles = other.unit, self.troubles + other.troubles
        self.beside = self.beside or other.beside


@frozen
class Line:
    """A line of the table: its name, how much is wanted short and full, and the jobs for so much."""

    name: str
    short: int
    full: int
    jobs: Callable[[int, int], Iterator[tuple[Callable[..., Found], tuple[object, ...]]]]


def crash_states(seed: int, number: int) -> Found:
    """Power cuts after every change, in histories of appends, kills and more cuts."""
    found = Found(unit="states")
    try:
        with crashes.remembering():
            for history in crashes.histories(seed * 100_003 + number, STATES):
                found.volume += history.states
    except crashes.LostError as error:
        found.lost, found.troubles = 1, (f"crash states, job {number}: {error}",)
    return found


def faults(seed: int, number: int) -> Found:
    """Every call of an append fails once in every way."""
    found = Found(unit="faults")
    for case in crashes.fault_cases(seed * 100_003 + number):
        try:
            with crashes.remembering():
                found.volume += crashes.fault(*case) is not None
        except crashes.LostError as error:
            found.volume, found.lost = found.volume + 1, found.lost + 1
            found.troubles += (f"fault {case[1:]} of job {number}: {error}",)
    return found


def _tallied(tally: kills.Tally, volume: int, unit: str, beside: str = "") -> Found:
    return Found(volume, unit, lost=tally.lost, alarms=tally.alarms, beside=beside)


def killed(seed: int, number: int, count: int) -> Found:
    """One to four writers at a time, each killed at a moment of its own."""
    return _tallied(kills.kill_rounds(seed * 1009 + number, count), count, "kills")


def together(mode: str, seconds: int) -> Found:
    """Writers and readers at once."""
    with tempfile.TemporaryDirectory() as folder:
        tally = kills.together(kills.begun(Path(folder)), seconds, mode=mode)
    return _tallied(tally, tally.acked + tally.reads, "appends and reads")


def power_cuts(seed: int, count: int) -> Found:
    """The power of a real file system, cut under a writer."""
    tally = kills.power_cuts(seed, count)
    if tally is None:
        return Found(0, "cuts", beside="not here: mounting an ext4 image needs root and a loop device")
    return _tallied(tally, tally.cuts, "cuts")


def damaged(seed: int, number: int) -> Found:
    """Every damage to a small log, judged by both verifiers."""
    with tempfile.TemporaryDirectory() as folder:
        files, heads = damage.small_log(Path(folder) / "log", seed * 1009 + number)
        several = itertools.chain(
            [damage.Case("nothing", ".", None, files, harmless=True)],
            damage.file_cases(files),
            damage.line_cases(files),
            damage.stub_cases(files),
            damage.byte_cases(files, seed + number),
        )
        swept = damage.sweep(damage.Sweep(), several, heads)
        for at, (says, name) in enumerate([what[:2] for what in damage.on_disk(Path(folder), files)]):
            path = damage.written(Path(folder) / str(at) / "log", files)
            next(act for *what, act in damage.on_disk(path, files) if what == [says, name])()
            swept.cases += 1
            if damage.both_notice(path, heads) != (True, True):
                swept.unnoticed.append(f"{name}: {says}")
    worst = [*swept.unnoticed, *swept.misplaced, *swept.differing, *swept.alarms]
    missed = len(swept.unnoticed) + len(swept.differing) + len(swept.misplaced)
    line = f"the very line named in {swept.very_line / max(1, swept.cases):.1%}"
    return Found(
        swept.cases, "damages", unnoticed=missed, alarms=len(swept.alarms), troubles=(*worst[:5],), beside=line
    )


def git_history(seed: int, number: int, steps: int) -> Found:
    """A history of branches, merges, cherry-picks, reverts and edits."""
    with tempfile.TemporaryDirectory() as folder:
        found = histories.history(Path(folder), f"{seed} {number}", steps)
    lost, troubles = found.lost + found.conflicts, (*found.unflagged, *found.alarms)
    return Found(found.steps, "steps", lost, len(found.unflagged), len(found.alarms), troubles=troubles[:5])


def broken(seed: int, name: str) -> Found:
    """A protocol that is broken on purpose must be caught."""
    said = crashes.caught(name, seed)
    return Found(1, "protocols", unnoticed=said is None, troubles=() if said else (f"not caught: {name}",))


def sane(seed: int) -> Found:
    """The protocol as it is must not be."""
    found = Found(1, "protocols")
    try:
        for case in crashes.fault_cases(seed):
            crashes.fault(*case)
    except crashes.LostError as error:
        found.alarms, found.troubles = 1, (str(error),)
    return found


LINES = (
    Line(
        "crash-states", 200_000, 5_000_000, lambda seed, n: ((crash_states, (seed, i)) for i in range(-(-n // STATES)))
    ),
    Line("syscall-faults", 150, 1_500, lambda seed, n: ((faults, (seed, i)) for i in range(-(-n // 100)))),
    Line("kills", 300, 5_000, lambda seed, n: ((killed, (seed, i, 50)) for i in range(-(-n // 50)))),
    Line(
        "writers-and-readers",
        50,
        500,
        lambda _, n: ((together, (mode, 3 if n < 100 else 30)) for mode in ("plain", "expecting")),
    ),
    Line("power-cuts", 10, 100, lambda seed, n: iter([(power_cuts, (seed, n))])),
    Line("damage", 50_000, 500_000, lambda seed, n: ((damaged, (seed, i)) for i in range(-(-n // DAMAGES)))),
    Line(
        "git-histories",
        4 * 100,
        40 * 200,
        lambda seed, n: ((git_history, (seed, i, 100 if n < 1000 else 200)) for i in range(4 if n < 1000 else 40)),
    ),
    Line(
        "broken-protocols",
        len(crashes.BROKEN) + 1,
        len(crashes.BROKEN) + 1,
        lambda seed, _: itertools.chain([(sane, (seed,))], ((broken, (seed, name)) for name in crashes.BROKEN)),
    ),
)


def timed(act: Callable[..., Found], words: tuple[object, ...]) -> Found:
    began = time.monotonic()
    found = act(*words)
    found.seconds = time.monotonic() - began
    return found


def run(lines: Sequence[Line], seed: int, full: bool) -> dict[str, Found]:
    """Run the jobs of some lines, as many at once as there are processors; long ones first."""
    found = {line.name: Found() for line in lines}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context) as pool:
        jobs: dict[Future[Found], str] = {}
        several = [(line.name, *job) for line in lines for job in line.jobs(seed, line.full if full else line.short)]
        for name, act, words in sorted(several, key=lambda job: job[1] is not git_history):
            jobs[pool.submit(timed, act, words)] = name
        for job in as_completed(jobs):
            found[jobs[job]].add(job.result())
    return found


def table(lines: Sequence[Line], found: dict[str, Found], full: bool) -> tuple[list[str], bool]:
    """Write the table, and say whether everything holds."""
    rows = [f"{'':20} {'wanted':>10} {'tried':>10} {'':18} {'lost':>5} {'unnoticed':>10} {'alarms':>7} {'job s':>7}"]
    holds = True
    for line in lines:
        one, wanted = found[line.name], line.full if full else line.short
        less = one.volume < wanted and not one.beside.startswith("not here")
        holds &= not (one.lost or one.unnoticed or one.alarms or less)
        rows.append(
            f"{line.name:20} {wanted:10,} {one.volume:10,} {one.unit:18} {one.lost:5} {one.unnoticed:10} "
            f"{one.alarms:7} {one.seconds:7.0f}{f'  ({one.beside})' if one.beside else ''}{'  TOO FEW' if less else ''}"
        )
        rows += [f"    {trouble}" for trouble in one.troubles]
    return rows, holds


def main() -> None:
    """Run the campaign and print its table."""
    words = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--full", action="store_true")
    words.add_argument("--only", default=",".join(line.name for line in LINES), metavar="NAME,…")
    given = words.parse_args()
    lines = [line for line in LINES if line.name in given.only.split(",")]
    if not lines:
        words.error(f"--only: known are {', '.join(line.name for line in LINES)}")
    began = time.monotonic()
    rows, holds = table(lines, run(lines, given.seed, given.full), given.full)
    print(f"seed {given.seed}, {'full' if given.full else 'short'}, Python {sys.version.split()[0]}, {sys.platform}")
    print(*rows, sep="\n")
    print(f"{'everything holds' if holds else 'SOMETHING DOES NOT HOLD'}, {time.monotonic() - began:.0f} s")
    sys.exit(not holds)


if __name__ == "__main__":
    main()
