"""Run a seeded sample of mutants; stop and go on at any time.

    pip install cosmic-ray
    python -m tests.mutants --sample 600 --seed 1                    # every room
    python -m tests.mutants --sample 120 --minutes 30 log dates      # some rooms, for some time
    python -m tests.mutants --report                                 # what is known so far

Mutants are those of cosmic-ray, without those of annotations, which nothing runs. Each is planted in a copy
of the checkout and judged by the tests of its own room, in a fresh process: Polars does not survive a fork.
Results go to ``build/mutants.jsonl``, a line each; one of a file that has changed since is not used again. Those that no
test can notice are argued in ``argued.toml`` and do not count.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import queue
import random
import shutil
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "build" / "mutants.jsonl"
ARGUED = Path(__file__).parent / "argued.toml"
SOURCE = Path("src") / "kztimeline"
ROOMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "dates": (("dates",), ("test_dates.py", "test_dates_grammar.py", "test_dates_laws.py")),
    "quantities": (("quantities",), ("test_quantities.py",)),
    "codec": (("codec.py", "canonical.py"), ("test_codec.py", "test_canonical.py", "test_values.py")),
    "log": (
        ("log",),
        ("test_log.py", "test_log_append.py", "test_log_history.py", "test_redaction.py", "test_reliability*.py"),
    ),
    "views": (("views.py",), ("test_views.py", "test_redaction.py", "test_semantics.py")),
    "steps": (
        ("steps.py",),
        ("test_steps_units.py", "test_semantics.py", "test_laws.py", "test_worlds.py", "test_worked.py"),
    ),
}
"""Rooms: the files to change, and the tests that must notice."""
SLOW = ("test_every_flipped_bit_of_every_file_is_noticed_with_file_and_line", "kills")
"""Left out: the sweep of damage and the fault layer say the same in less time."""
TIMEOUT = 240
"""Seconds for one mutant; one that runs for ever is ended with everything that it started."""


def mutants(rooms: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield every mutant of some rooms."""
    from cosmic_ray.commands import init
    from cosmic_ray.modules import find_modules
    from cosmic_ray.work_db import WorkDB, use_db

    for room in rooms:
        paths = list(find_modules([ROOT / SOURCE / name for name in ROOMS[room][0]]))
        with tempfile.TemporaryDirectory() as folder, use_db(f"{folder}/all.sqlite", WorkDB.Mode.create) as work:
            init(paths, work, {})
            found = [item.mutations[0] for item in work.work_items]
        hints = {path: _hints(path) for path in paths}
        for one in found:
            file = Path(one.module_path)
            if any(start <= one.start_pos < end for start, end in hints[file]):
                continue
            yield {
                "room": room,
                "file": file.relative_to(ROOT).as_posix(),
                "of": hashlib.sha256(file.read_bytes()).hexdigest()[:16],
                "operator": one.operator_name,
                "occurrence": one.occurrence,
                "line": one.start_pos[0],
            }


def _hints(path: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations stand in a file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        several = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr):
            several.append(node.value)
        for hint in filter(None, several):
            found.append(((hint.lineno, hint.col_offset), (hint.end_lineno, hint.end_col_offset)))
    return found


def sample(rooms: Sequence[str], seed: int, count: int) -> list[dict[str, Any]]:
    """Choose so many mutants, the same for the same seed and the same files."""
    several = sorted(mutants(rooms), key=lambda one: json.dumps(one, sort_keys=True))
    random.Random(seed).shuffle(several)
    return several[:count]


def key(one: dict[str, Any]) -> tuple[Any, ...]:
    return one["file"], one["of"], one["operator"], one["occurrence"]


def known() -> dict[tuple[Any, ...], dict[str, Any]]:
    """Results so far, by mutant; of two for one mutant the later."""
    lines = RESULTS.read_text("utf-8").splitlines() if RESULTS.exists() else []
    return {key(one): one for one in map(json.loads, lines)}


def judge(one: dict[str, Any], copy: Path) -> dict[str, Any]:
    """Plant a mutant in a copy of the checkout and run the tests of its room."""
    from cosmic_ray.mutating import mutate_and_test
    from cosmic_ray.work_item import MutationSpec

    spec = MutationSpec(copy / one["file"], one["operator"], one["occurrence"], (1, 0), (1, 1))
    names = [path.relative_to(copy) for glob in ROOMS[one["room"]][1] for path in sorted((copy / "tests").glob(glob))]
    words = [
        "timeout",
        "-k",
        "5",
        str(TIMEOUT - 20),
        "env",
        f"--chdir={copy}",
        f"PYTHONPATH={copy / 'src'}",
        "KZTIMELINE_PROFILE=mutants",
        "CI=",
    ]
    words += [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider"]
    words += ["-k", " and ".join(f"not {name}" for name in SLOW), *map(str, names)]
    began = time.monotonic()
    result = mutate_and_test([spec], " ".join(f"'{word}'" for word in words), TIMEOUT)
    outcome = str(getattr(result.test_outcome, "value", result.worker_outcome.value))
    changed = [line for line in (result.diff or "").split("\n") if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return {**one, "outcome": outcome, "seconds": round(time.monotonic() - began, 1), "change": changed}


def run(several: Sequence[dict[str, Any]], minutes: float, workers: int) -> None:
    """Judge what is not known yet, until all is or the time is over."""
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    done, until, lock = known(), time.monotonic() + 60 * minutes, threading.Lock()
    for one in several:
        if key(one) not in done:
            waiting.put(one)

    def work(copy: Path) -> None:
        while time.monotonic() < until:
            try:
                one = waiting.get_nowait()
            except queue.Empty:
                return
            judged = judge(one, copy)
            with lock, RESULTS.open("a", encoding="utf-8") as file:
                file.write(json.dumps(judged, ensure_ascii=False) + "\n")

    RESULTS.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copies = [_copied(Path(folder) / str(number)) for number in range(workers)]
        threads = [threading.Thread(target=work, args=(copy,)) for copy in copies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _copied(copy: Path) -> Path:
    for name in ("src", "tests", "tools", "events", "docs"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "_build"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def argued() -> dict[tuple[str, str, str], str]:
    """Why some mutants change nothing that anybody could see: by file, line before and line after."""
    entries = tomllib.loads(ARGUED.read_text("utf-8"))["argued"]
    return {(f"{SOURCE}/{one['file']}", one["before"], one["after"]): one["why"] for one in entries}


def lived(one: dict[str, Any]) -> bool:
    """Tell whether a mutant survived that is not argued."""
    change = [line[1:].strip() for line in one["change"]]
    return one["outcome"] == "survived" and (one["file"], *change) not in argued()


def report(several: Sequence[dict[str, Any]]) -> int:
    """Print the table and the survivors; 1 where too few were killed."""
    done = known()
    judged = [done[key(one)] for one in several if key(one) in done]
    print(f"{'room':12} {'mutants':>8} {'run':>6} {'argued':>7} {'killed':>7} {'survived':>9}")
    share = 0.0
    for room in (*ROOMS, "all"):
        asked = [one for one in several if room in (one["room"], "all")]
        ran = [one for one in judged if room in (one["room"], "all")]
        killed = [one for one in ran if one["outcome"] != "survived"]
        alive = [one for one in ran if lived(one)]
        if asked:
            share = len(killed) / max(1, len(killed) + len(alive))
            equal = len(ran) - len(killed) - len(alive)
            print(f"{room:12} {len(asked):8} {len(ran):6} {equal:7} {share:7.1%} {len(alive):9}")
    for one in sorted(filter(lived, judged), key=lambda one: (one["file"], one["line"])):
        print(f"\n{one['file']}:{one['line']} {one['operator'].removeprefix('core/')}")
        print("\n".join(f"    {line}" for line in one["change"]))
    return int(share < 0.9)


def main() -> None:
    """Run and report."""
    words = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    words.add_argument("rooms", nargs="*", default=list(ROOMS))
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--sample", type=int, default=600)
    words.add_argument("--minutes", type=float, default=24 * 60)
    words.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    words.add_argument("--report", action="store_true", help="run nothing")
    given = words.parse_args()
    several = sample(given.rooms, given.seed, given.sample)
    if not given.report:
        run(several, given.minutes, given.workers)
    sys.exit(report(several))


if __name__ == "__main__":
    main()
