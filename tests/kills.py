"""Real processes on real files: writers killed at any moment, several at once, readers beside them, power cut.

python -m tests.kills write LOG NAME [MODE]    append for ever, print the id of each acknowledged claim
python -m tests.kills read LOG SECONDS         read and verify for some time, exit code 1 for any alarm
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import asdict, define

from kztimeline.canonical import canonical_bytes, event_id
from kztimeline.errors import HeadMovedError
from kztimeline.log import append_lines, create, read_log, verify
from kztimeline.log.files import LOCAL, LocalDisk

ROOT = Path(__file__).parent.parent
MODES = ("plain", "expecting", "careless")
"""A careless writer does not sync; it is there to show that a power cut is noticed."""


@define
class Tally:
    """What was done and what was found wrong."""

    kills: int = 0
    acked: int = 0
    lost: int = 0
    alarms: int = 0
    moved: int = 0
    reads: int = 0
    cuts: int = 0

    def add(self, other: Tally) -> None:
        for name in ("kills", "acked", "lost", "alarms", "moved", "reads", "cuts"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


# --- what the processes do --------------------------------------------------------------------------------------


class Careless(LocalDisk):
    """Says that everything is on the disk."""

    def sync(self, handle: int) -> None:
        """Do nothing."""

    def sync_folder(self, folder: Path) -> None:
        """Do nothing."""


def write(path: Path, name: str, mode: str) -> None:
    """Append for ever; years change, lines are of any length, and some come twice."""
    rng, disk = random.Random(name), Careless() if mode == "careless" else LOCAL
    for number in range(1_000_000):
        text = "x" * rng.choice((1, 60, 900, 5000))
        lines = [canonical_bytes({"n": number + half, "text": text, "writer": name}) for half in (0, 1)]
        stamp = f"20{rng.choice((26, 26, 27, 28))}-01-01T00:00:00Z"
        expected = read_log(path).head if mode == "expecting" else None
        try:
            append_lines(path, lines, note="", writer=name, recorded=stamp, expected_head=expected, disk=disk)
        except HeadMovedError:
            print("moved", flush=True)
            continue
        print(*map(event_id, lines), expected or "", sep=" ", flush=True)


def read(path: Path, seconds: float) -> None:
    """Read and verify again and again: nothing that was there goes, nothing is ever wrong."""
    seen: set[str] = set()
    heads: list[str] = []
    count, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        log = read_log(path)
        ids = {identity for _, identity, _ in log}
        report = verify(path, seen=heads)
        wrong = [*report.damages, *report.notes, *(["claims went"] if seen - ids else [])]
        if wrong:
            sys.exit("\n".join(map(str, wrong)))
        seen, heads, count = ids, [*log.heads], count + 1
    print(count)


def started(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.kills", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


# --- killing ----------------------------------------------------------------------------------------------------


def begun(folder: Path) -> Path:
    return create(folder / "log", name="kills", holder="KAZ", created="2026-01-01T00:00:00Z").path


def _acks(output: bytes) -> tuple[set[str], int, list[str]]:
    """The ids of whole lines, how often a head had moved, and the heads that were expected and met."""
    ids: set[str] = set()
    moved, heads = 0, []
    for line in output.decode().split("\n")[:-1]:
        words = line.split()
        if words == ["moved"]:
            moved += 1
        else:
            ids.update(words[:2])
            heads += words[2:]
    return ids, moved, heads


def forked(path: Path, name: str) -> tuple[int, int]:
    """Begin a writer as a child of this process, which holds nothing but the log; give its id and its output."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child:
        os.close(theirs)
        return child, ours
    os.dup2(theirs, 1)
    sys.stdout = os.fdopen(1, "w")
    write(path, name, "plain")
    os._exit(0)


def killed(path: Path, rng: random.Random, names: Sequence[str]) -> tuple[Tally, set[str]]:
    """Let writers append together and kill each at a moment of its own; give what they had acknowledged."""
    writers = [forked(path, name) for name in names]
    tally, acked = Tally(), set[str]()
    for child, output in rng.sample(writers, len(writers)):
        if rng.random() < 0.7:
            select.select([output], [], [], 5)
        time.sleep(rng.random() * 0.02)  # the kill falls on any moment of the append
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        with os.fdopen(output, "rb") as said:
            ids, _, _ = _acks(said.read())
        acked |= ids
        tally.kills += 1
    tally.acked = len(acked)
    return tally, acked


def judged(path: Path, acked: set[str], tally: Tally) -> None:
    """Count what is gone, and what is said of a log that was not damaged."""
    report = verify(path)
    leftovers = ("left by an append that was cut short", "an empty folder")
    tally.alarms += len(report.damages) + sum(not any(known in note for known in leftovers) for note in report.notes)
    tally.lost += len(acked - {identity for _, identity, _ in read_log(path)}) if not report.damages else len(acked)


def kill_rounds(seed: int, wanted: int) -> Tally:
    """Kill so many writers in a process of its own, which loads nothing that a child could hang on."""
    words = [sys.executable, "-m", "tests.kills", "kill", str(seed), str(wanted)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Tally(**json.loads(done.stdout))


def kill(seed: int, wanted: int) -> Tally:
    """Kill so many writers, one to four at a time; logs grow over a few rounds."""
    rng, total = random.Random(seed), Tally()
    while total.kills < wanted:
        with tempfile.TemporaryDirectory() as place:
            path, acked = begun(Path(place)), set[str]()
            for turn in range(5):
                count = min(rng.randint(1, 4), wanted - total.kills)
                if count > 0:
                    tally, ids = killed(path, rng, [f"{turn}-{number}" for number in range(count)])
                    acked |= ids
                    judged(path, acked, tally)
                    total.add(tally)
    return total


# --- together ---------------------------------------------------------------------------------------------------


def together(path: Path, seconds: float, *, mode: str, writers: int = 3, readers: int = 2) -> Tally:
    """Let writers append and readers read at the same time; no head is met twice, nothing is lost, no alarm."""
    several = [started("write", str(path), f"{mode}-{number}", mode) for number in range(writers)]
    for writer in several:
        select.select([writer.stdout], [], [])
    reading = [started("read", str(path), str(seconds)) for _ in range(readers)]
    tally, acked, met = Tally(), set[str](), list[str]()
    for reader in reading:
        output, errors = reader.communicate()
        tally.alarms += reader.returncode != 0
        tally.reads += int(output or 0)
        if reader.returncode:
            print(errors.decode(), file=sys.stderr)
    for writer in several:
        writer.send_signal(signal.SIGTERM)
        ids, moved, heads = _acks(writer.communicate()[0])
        acked |= ids
        met += heads
        tally.moved += moved
    tally.acked = len(acked)
    tally.alarms += len(met) - len(set(met))
    log = read_log(path)
    tally.alarms += len(log.heads) != 1
    judged(path, acked, tally)
    return tally


# --- real disks -------------------------------------------------------------------------------------------------

SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN; with the value 2 the journal is not written out either: what a power cut leaves."""


def _run(*words: str) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    return False


@contextlib.contextmanager
def small_disk(size: str) -> Iterator[Path | None]:
    """A memory disk of some size, ``None`` where this user may not make one."""
    with tempfile.TemporaryDirectory() as folder:
        if not _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder):
            yield None
            return
        try:
            yield Path(folder)
        finally:
            _run("umount", folder)


def power_cuts(seed: int, wanted: int, *, mode: str = "plain") -> Tally | None:
    """Cut the power of an ext4 disk under a writer, again and again; ``None`` where this user may not."""
    rng, tally = random.Random(seed), Tally()
    with tempfile.TemporaryDirectory() as folder:
        image, mounted = Path(folder) / "image", Path(folder) / "mounted"
        mounted.mkdir()
        with image.open("wb") as file:
            file.truncate(32_000_000)
        if not _run("mkfs.ext4", "-q", "-F", str(image)) or not _run("mount", "-o", "loop", str(image), str(mounted)):
            return None
        try:
            path, acked = begun(mounted), set[str]()
            for turn in range(wanted):
                acked |= _cut(path, mounted, image, f"{seed}-{turn}", rng, mode)
                tally.cuts += 1
                judged_after_cut(path, acked, tally)
                if tally.lost or tally.alarms:
                    break
            tally.acked = len(acked)
        finally:
            _run("umount", str(mounted))
    return tally


def judged_after_cut(path: Path, acked: set[str], tally: Tally) -> None:
    try:
        judged(path, acked, tally)
    except OSError:
        tally.lost += len(acked)


def _cut(path: Path, mounted: Path, image: Path, name: str, rng: random.Random, mode: str) -> set[str]:
    """Let a writer append, cut, and mount what is left."""
    writer = started("write", str(path), name, mode)
    assert writer.stdout is not None
    writer.stdout.peek(1)  # type: ignore[attr-defined]
    time.sleep(rng.random() * 0.2)  # the cut falls on any moment of the append
    handle = os.open(mounted, os.O_RDONLY)
    try:
        fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", 2))
    finally:
        os.close(handle)
    writer.kill()
    ids, _, _ = _acks(writer.communicate()[0])
    assert _run("umount", str(mounted))
    assert _run("mount", "-o", "loop", str(image), str(mounted))
    return ids


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), sys.argv[3], (sys.argv[4:] or ["plain"])[0])
    elif sys.argv[1] == "kill":
        print(json.dumps(asdict(kill(int(sys.argv[2]), int(sys.argv[3])))))
    else:
        read(Path(sys.argv[2]), float(sys.argv[3]))
