"""Run a seeded sample of mutants; stop and go on at any time.

    pip install cosmic-ray
    python -m tests.mutants --sample 600 --seed 1                    # every room
    python -m tests.mutants --sample 120 --minutes 30 log dates      # some rooms, for some time
    python -m tests.mutants --report                                 # what is known so far

Mutants are those of cosmic-ray, without those of annotations, which nothing runs, and of stars that are no operators. The
sample is of all rooms, whichever are run, and what is drawn of one file does not depend on what another file says. Each is
planted in a copy of the checkout and judged by the tests of its own room, in a fresh process: Polars does not survive a fork.
Those tests have to pass in the copy first, as it is; how long they take there bounds each mutant.
Results go to ``build/mutants.jsonl``, a line each, with the test that noticed; one of a file that has changed since is not
used again, and ``--again`` judges those anew that lived. Those that no test can notice are argued in ``argued.toml`` and do
not count.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import json
import os
import queue
import resource
import shutil
import subprocess
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
    "codec": (("codec.py", "canonical.py"), ("test_canonical.py", "test_values.py", "test_codec.py")),
    "log": (
        ("log",),
        (
            "test_log.py",
            "test_log_append.py",
            "test_log_pen.py",
            "test_log_history.py",
            "test_log_memory.py",
            "test_reliability.py",
            "test_reliability_hostile.py",
            "test_redaction.py",
            "test_reliability_keeping.py",
            "test_reliability_damage.py",
        ),
    ),
    "views": (("views.py",), ("test_views.py", "test_semantics.py", "test_redaction.py")),
    "steps": (
        ("steps.py",),
        ("test_steps_units.py", "test_semantics.py", "test_worked.py", "test_worlds.py", "test_laws.py"),
    ),
}
"""Rooms: the files to change, and the tests that must notice, quick ones first."""
NEAREST = {
    "log/append.py": "test_log_append.py",
    "log/checkpoint.py": "test_reliability_keeping.py",
    "log/headers.py": "test_log.py",
    "log/history.py": "test_log_history.py",
    "log/memory.py": "test_log_memory.py",
    "log/redact.py": "test_redaction.py",
    "log/redactions.py": "test_redaction.py",
    "log/repair.py": "test_reliability_keeping.py",
}
"""Tests that come first for a file, since they nearly always tell; the others of the room still follow."""
SLOW = ("test_every_flipped_bit_of_every_file_is_noticed_with_file_and_line", "kills")
"""Left out: the sweep of damage and the fault layer say the same in less time."""
SUMS = {"arith_expr", "term", "power", "expr", "xor_expr", "and_expr", "shift_expr"}
"""Where a sign joins two values; other stars are no operators, and what takes their place is not Python."""
TIMEOUT = 300
"""Seconds for one mutant by the clock, for one that waits for ever."""
MEMORY = 8 * 2**30
"""Bytes for one mutant, for one that fills a list for ever."""


def mutants(rooms: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield every mutant of some rooms."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.modules import find_modules
    from cosmic_ray.plugins import get_operator, operator_names

    classes = {name: get_operator(name) for name in operator_names()}
    operators = {name: operator() for name, operator in classes.items() if not operator.arguments()}
    for room in rooms:
        for file in find_modules([ROOT / SOURCE / name for name in ROOMS[room][0]]):
            hints, nodes = _hints(file), list(ast_nodes(get_ast_from_path(file)))
            of = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
            for name, operator in operators.items():
                places = ((node, start) for node in nodes for start, _ in operator.mutation_positions(node))
                for occurrence, (node, place) in enumerate(places):
                    if "BinaryOperator" in name and node.parent.type not in SUMS:
                        continue
                    if not any(start <= place < end for start, end in hints):
                        yield {
                            "room": room,
                            "file": file.relative_to(ROOT).as_posix(),
                            "of": of,
                            "operator": name,
                            "occurrence": occurrence,
                            "line": place[0],
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


def sample(seed: int, count: int) -> list[dict[str, Any]]:
    """Draw so many mutants of all rooms; each has its lot, which no other file changes."""

    def lot(one: dict[str, Any]) -> bytes:
        return hashlib.sha256(f"{seed} {one['file']} {one['operator']} {one['occurrence']}".encode()).digest()

    return sorted(mutants(list(ROOMS)), key=lot)[:count]


def key(one: dict[str, Any]) -> tuple[Any, ...]:
    return one["file"], one["of"], one["operator"], one["occurrence"]


def named(one: dict[str, Any]) -> tuple[str, str]:
    """Give the names that ask for a mutant: its room, and its file."""
    return one["room"], Path(one["file"]).relative_to(SOURCE).as_posix()


def known() -> dict[tuple[Any, ...], dict[str, Any]]:
    """Results so far, by mutant; of two for one mutant the later."""
    lines = RESULTS.read_text("utf-8").splitlines() if RESULTS.exists() else []
    return {key(one): one for one in map(json.loads, lines)}


def tested(room: str, file: str, copy: Path, seconds: int, **more: str) -> tuple[int, str]:
    """Run the tests of a room in a copy of the checkout, those nearest to a file first: exit status, and what was written."""
    nearest = NEAREST.get(file)
    names = [str(copy / "tests" / name) for name in sorted(ROOMS[room][1], key=lambda name: name != nearest)]
    words = [
        "timeout",
        "-k",
        "5",
        str(TIMEOUT),
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "--no-header",
        "--tb=line",
        "-rfE",
    ]
    words += ["-p", "no:cacheprovider", "-k", " and ".join(f"not {name}" for name in SLOW), *names]
    env = {**os.environ, "PYTHONPATH": str(copy / "src"), "KZTIMELINE_PROFILE": "mutants", "CI": "", **more}

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    ran = subprocess.run(words, cwd=copy, env=env, capture_output=True, text=True, errors="replace", preexec_fn=bounded)
    return ran.returncode, ran.stdout + ran.stderr


def clean(room: str, copy: Path) -> int:
    """Run the tests of a room on what is not changed: they pass, and twice as long is the bound of a mutant."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    status, text = tested(room, "", copy, TIMEOUT, PYTHONDONTWRITEBYTECODE="")
    if status != 0:
        sys.exit(f"{room}: its tests fail with nothing changed, exit {status}; no mutant can be judged by them\n{text}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 5 + 2 * int(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def judge(one: dict[str, Any], copy: Path, seconds: int) -> dict[str, Any]:
    """Plant a mutant in a copy of the checkout and run the tests of its room."""
    from cosmic_ray.mutating import use_mutation
    from cosmic_ray.plugins import get_operator

    began = time.monotonic()
    with use_mutation(copy / one["file"], get_operator(one["operator"])(), one["occurrence"]) as (before, after):
        if after is None:
            raise ValueError(f"{one['file']}: no place {one['occurrence']} for {one['operator']}; the file has changed")
        status, text = tested(*named(one), copy, seconds, PYTHONDONTWRITEBYTECODE="1")
    marks = [line for line in text.split("\n") if line.startswith(("FAILED", "ERROR", "E  "))]
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), n=0)
    return {
        **one,
        "outcome": "killed" if status else "survived",
        "status": status,
        "by": marks[-1][:200] if marks else "",
        "seconds": round(time.monotonic() - began, 1),
        "change": [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")],
    }


def run(several: Sequence[dict[str, Any]], minutes: float, workers: int) -> None:
    """Judge several mutants, room by room, until all are judged or the time is over."""
    until, lock = time.monotonic() + 60 * minutes, threading.Lock()

    def work(copy: Path, seconds: int, waiting: queue.SimpleQueue[dict[str, Any]]) -> None:
        while time.monotonic() < until:
            try:
                one = waiting.get_nowait()
            except queue.Empty:
                return
            judged = judge(one, copy, seconds)
            with lock, RESULTS.open("a", encoding="utf-8") as file:
                file.write(json.dumps(judged, ensure_ascii=False) + "\n")

    RESULTS.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copies = [_copied(Path(folder) / str(number)) for number in range(workers)]
        for room in dict.fromkeys(one["room"] for one in several):
            waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
            for one in several:
                if one["room"] == room:
                    waiting.put(one)
            seconds = max(clean(room, copy) for copy in copies)
            threads = [threading.Thread(target=work, args=(copy, seconds, waiting)) for copy in copies]
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
    lines = [(line[0], line[1:].strip()) for line in one["change"]]
    before, after = ("\n".join(line for sign, line in lines if sign == side and line) for side in "-+")
    return one["outcome"] == "survived" and (one["file"], before, after) not in argued()


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
    words.add_argument("rooms", nargs="*", default=list(ROOMS), help="or files, such as log/verify.py; in this order")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--sample", type=int, default=600)
    words.add_argument("--minutes", type=float, default=24 * 60)
    words.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    words.add_argument("--again", action="store_true", help="judge anew what lived")
    words.add_argument("--report", action="store_true", help="run nothing")
    given = words.parse_args()
    drawn = sample(given.seed, given.sample)
    several = list({key(one): one for name in given.rooms for one in drawn if name in named(one)}.values())
    if not several:
        words.error(f"no mutant of the sample is of {' or '.join(given.rooms)}; write rooms: {', '.join(ROOMS)}")
    if not given.report:
        done = known()
        run(
            [one for one in several if key(one) not in done or (given.again and lived(done[key(one)]))],
            given.minutes,
            given.workers,
        )
    sys.exit(report(several))


if __name__ == "__main__":
    main()
