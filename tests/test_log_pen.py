"""What one writer keeps between two appends spares work, and changes nothing else."""

from __future__ import annotations

import errno
import os
import pickle
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline import desk, drafts, together
from kztimeline.canonical import canonical_bytes, event_id, event_ids, merkle_root
from kztimeline.errors import (
    DraftError,
    EventError,
    HeadMovedError,
    IntegrityError,
    KztimelineError,
    LogError,
    UnfinishedError,
)
from kztimeline.log import Pen, append_held, append_lines, create, headers, read_log, verify
from kztimeline.log import redact as redacting
from kztimeline.log.files import LOCAL, Disk, LocalDisk, place
from tests import crashes
from tests.crashes import LOG, FaultyDisk, File, Folder, Killed, MemoryDisk

NOW = "2026-02-01T00:00:00Z"


class Counting(LocalDisk):
    """Counts what is read and synced."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def read(self, file: Path) -> bytes:
        self.calls["read"] += file.suffix == ".jsonl"
        return super().read(file)

    def sync(self, handle: int) -> None:
        self.calls["sync"] += 1
        super().sync(handle)

    def sync_folder(self, folder: Path) -> None:
        self.calls["sync"] += 1
        super().sync_folder(folder)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return create(tmp_path / "log", name="test", holder="KAZ", created="2026-01-01T00:00:00Z").path


def append(path: Path, number: int, pen: Pen | None = None, disk: Disk = LOCAL, recorded: str = NOW) -> str:
    line = b'{"n":%d}' % number
    return append_lines(path, [line], note="", writer="w", recorded=recorded, disk=disk, pen=pen).head


def numbers(path: Path, disk: Disk = LOCAL) -> list[int]:
    return [int(line[5:-1]) for _, _, line in read_log(path, disk)]


# --- the log on disk -------------------------------------------------------------------------------------------


def test_a_second_append_with_a_pen_reads_nothing_old_and_syncs_twice(path: Path) -> None:
    pen, disk = Pen(), Counting()
    append(path, 1)
    append(path, 2, pen, disk)
    assert disk.calls == {"read": 1, "sync": 4}
    disk.calls.clear()
    append(path, 3, pen, disk)
    assert disk.calls == {"read": 0, "sync": 2}
    append(path, 3, pen, disk)
    assert disk.calls == {"read": 0, "sync": 2}
    append(path, 4)
    disk.calls.clear()
    append(path, 5, pen, disk)
    assert disk.calls == {"read": 1, "sync": 4}
    assert numbers(path) == [1, 2, 3, 4, 5]
    assert verify(path).damages == ()


def test_what_others_appended_since_is_known_and_comes_before(path: Path) -> None:
    pen = Pen()
    append(path, 1, pen)
    head = append(path, 2)
    with pytest.raises(HeadMovedError, match="the head is"):
        append_lines(path, [b'{"n":3}'], note="", writer="w", expected_head="0" * 64, pen=pen)
    receipt = append_lines(path, [b'{"n":2}', b'{"n":3}'], note="", writer="w", expected_head=head, pen=pen)
    assert (receipt.known, receipt.added) == ((event_id(b'{"n":2}'),), (event_id(b'{"n":3}'),))
    assert len(read_log(path).heads) == 1


def test_a_file_that_was_changed_between_two_appends_is_damage(path: Path) -> None:
    pen = Pen()
    append(path, 1, pen)
    append(path, 2, pen)
    file = min(path.glob("2026/*.jsonl"))
    data = file.read_bytes()
    file.write_bytes(data.replace(b'"n":', b'"m":'))
    with pytest.raises(IntegrityError, match="a damaged line"):
        append(path, 3, pen)
    file.write_bytes(data)
    append(path, 3, pen)
    assert numbers(path) == [1, 2, 3]


def test_a_genesis_that_was_changed_between_two_appends_is_damage(path: Path) -> None:
    pen, file = Pen(), path / "log.json"
    append(path, 1, pen)
    words = file.read_bytes()
    file.write_bytes(words.replace(b'"test"', b'"tost"'))
    with pytest.raises(IntegrityError, match="not the genesis that the segments name"):
        append(path, 2, pen)
    file.write_bytes(words)
    append(path, 2, pen)
    assert numbers(path) == [1, 2]


def test_a_segment_that_went_between_two_appends_is_missed(path: Path) -> None:
    pen = Pen()
    append(path, 1, pen)
    first = next(path.glob("2026/*.jsonl"))
    append(path, 2, pen)
    first.rename(path / "elsewhere")
    with pytest.raises(IntegrityError, match="is not in the log"):
        append(path, 3, pen)


def test_what_was_redacted_between_two_appends_does_not_come_back(path: Path) -> None:
    pen = Pen()
    append(path, 1, pen)
    redacting.redact(path, [event_id(b'{"n":1}')], reason="a name", writer="w")
    receipt = append_lines(path, [b'{"n":1}', b'{"n":2}'], note="", writer="w", pen=pen)
    assert (len(receipt.known), len(receipt.added)) == (1, 1)
    assert [redaction.reason for redaction in pen.log.redacted.values()] == ["a name"]  # type: ignore[union-attr]


def test_while_a_pen_holds_a_log_nobody_else_writes_and_nothing_is_read_again(path: Path) -> None:
    class Listing(LocalDisk):
        listed = 0

        def names(self, folder: Path) -> Mapping[str, object]:
            Listing.listed += folder == path
            return super().names(folder)

    pen, disk = Pen(), Listing()
    with pen.hold(path, disk) as log:
        with disk.locked(path / "log.json", wait=False) as free:
            assert not free
        for number in range(3):
            append_held(pen, [b'{"n":%d}' % number], note="", writer="w", recorded=NOW, disk=disk)
    assert (Listing.listed, log.segments, numbers(path)) == (1, (), [0, 1, 2])
    with disk.locked(path / "log.json", wait=False) as free:
        assert free


def test_a_pen_that_holds_no_log_appends_nothing(path: Path) -> None:
    pen = Pen()
    append(path, 1, pen)
    with pytest.raises(RuntimeError, match=r"a pen that holds no log; append inside of `with pen.hold\(path\)`"):
        append_held(pen, [b'{"n":2}'], note="", writer="w")
    with pytest.raises(KeyError), pen.hold(path):
        raise KeyError
    with pytest.raises(RuntimeError, match="holds no log"):
        append_held(pen, [b'{"n":2}'], note="", writer="w")


def test_a_pen_that_wrote_in_one_log_may_write_in_another(path: Path, tmp_path: Path) -> None:
    pen = Pen()
    append(path, 1, pen)
    other = create(tmp_path / "other", name="test", holder="KAZ", created="2026-01-01T00:00:00Z").path
    append(other, 1, pen)
    append(path, 2, pen)
    assert (numbers(path), numbers(other)) == ([1, 2], [1])


def worst(disk: MemoryDisk) -> MemoryDisk:
    """The disk after a power cut that kept nothing which was not synced."""
    unsure = crashes._unsure(disk)
    return crashes.after_cut(disk, unsure, [0 if answers == 2 else 1 for _, answers in unsure])


@pytest.mark.parametrize("year", ["2026", "2027"])
@pytest.mark.parametrize(("name", "at"), [("sync_folder", 3), ("remove", 1), ("create", 1)])
def test_what_a_killed_process_left_since_lies_on_the_disk_before_anything_rests_on_it(
    year: str, name: str, at: int
) -> None:
    top: dict[str, File | Folder] = {LOG.parent.name: Folder()}
    disk, pen = MemoryDisk(Folder(names=top, synced=top)), Pen()
    create(LOG, name="test", holder="KAZ", created="2026-01-01T00:00:00Z", disk=disk)
    append(LOG, 1, pen, disk)
    append(LOG, 2, pen, disk)
    with pytest.raises(Killed):
        append(LOG, 3, None, FaultyDisk(disk, at, "kill", (name,)), recorded=f"{year}-03-01T00:00:00Z")
    disk.held, disk.open = False, {}
    append(LOG, 4, pen, disk, recorded=f"{year}-04-01T00:00:00Z")
    assert set(numbers(LOG, worst(disk))) >= {1, 2, 4}
    append(LOG, 3, pen, disk)
    assert sorted(numbers(LOG, worst(disk))) == [1, 2, 3, 4]


# --- the timeline that writes ----------------------------------------------------------------------------------


def claim(number: int, **more: object) -> dict[str, object]:
    return {
        "kind": "delivered",
        "holder": "KAZ",
        "occurred": "2016",
        "systems": ["x"],
        "quantity": str(number),
        "into": "in-service",
        "citations": [{"source": "b", "published": "2018"}],
        **more,
    }


SOURCE = {"kind": "defined-source", "id": "b", "title": "B", "form": "prose"}
SYSTEM = {"kind": "defined-system", "id": "x", "name": "X", "category": "air"}


def begun(path: Path) -> kz.Timeline:
    made = kz.init(path, name="mine")
    made.append([SOURCE, SYSTEM], recorded=NOW)
    return made


def test_a_name_that_somebody_else_defined_since_is_known(tmp_path: Path) -> None:
    one = begun(tmp_path / "log")
    other = kz.open(tmp_path / "log", mode="a")
    with pytest.raises(DraftError, match="no system is called 'y'"):
        one.append([claim(1, systems=["y"])])
    other.append([{**SYSTEM, "id": "y", "name": "Y"}])
    one.append([claim(1, systems=["y"])])
    one.append([{**SYSTEM, "id": "z", "name": "Z"}])
    one.append([claim(2, systems=["z"])])
    with pytest.raises(DraftError, match="'Y' already means y"):
        one.append([{**SYSTEM, "id": "w", "name": "Y"}])


def test_a_timeline_corrects_what_it_has_just_appended(tmp_path: Path) -> None:
    tl = begun(tmp_path / "log")
    (first,) = tl.append([claim(1)]).added
    (second,) = tl.correct(first[:8], {"quantity": "2"}, reason="misread").added
    tl.retract(second, reason="wrong again")
    assert [row.value.kind for row in tl.refresh().placed][2:] == ["delivered", "corrected", "retracted"]


def test_what_somebody_redacted_since_is_no_longer_there_to_be_named(tmp_path: Path) -> None:
    tl = begun(tmp_path / "log")
    first, _ = tl.append([claim(1), claim(2)]).added
    redacting.redact(tmp_path / "log", [first], reason="a name", writer="w")
    with pytest.raises(KztimelineError, match="no event has the id"):
        tl.retract(first, reason="r")
    with pytest.raises(DraftError, match="no event of the log has the id"):
        tl.append([{"kind": "retracted", "target": first, "reason": "r"}])


def test_between_judging_what_is_appended_and_writing_it_nobody_else_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tl = begun(tmp_path / "log")
    seen: list[bool] = []

    def watched(judged: Callable[..., object]) -> Callable[..., object]:
        def judging(*args: Any, **more: Any) -> object:
            with LOCAL.locked(tl.log.path / "log.json", wait=False) as free:
                seen.append(free)
            return judged(*args, **more)

        return judging

    for room, name in ((drafts, "prepare"), (together, "line_of_fields"), (together, "lines_of")):
        monkeypatch.setattr(room, name, watched(getattr(room, name)))
    tl.append([claim(1)])
    tl.append([kz.event(**claim(2))])
    tl.append_drafts([drafts.from_fields([claim(3)], "a note")])
    assert seen == [False, False, False]


def test_a_definition_of_somebody_else_that_says_nothing_we_know_is_told_each_time(tmp_path: Path) -> None:
    tl = begun(tmp_path / "log")
    tl.append([claim(1)])
    append_lines(tmp_path / "log", [b'{"a":1,"kind":"defined-ship"}'], note="", writer="w")
    for _ in range(2):
        with pytest.raises(IntegrityError, match=r"jsonl:2: a line that says nothing we know"):
            tl.append([claim(2)])


def test_a_claim_of_somebody_else_is_read_where_it_is_named(tmp_path: Path) -> None:
    tl = begun(tmp_path / "log")
    (first,) = tl.append([claim(1)]).added
    odd = b'{"a":1,"kind":"claimed"}'
    append_lines(tmp_path / "log", [odd], note="", writer="w")
    tl.append([claim(2)])
    tl.correct(first, {"quantity": "7"}, reason="r")
    for _ in range(2):
        with pytest.raises(IntegrityError, match=r"jsonl:2: a line that says nothing we know"):
            tl.correct(event_id(odd), {"quantity": "7"}, reason="r")
    with pytest.raises(IntegrityError, match="a line that says nothing we know"):
        _ = tl.refresh().placed


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=12), st.sets(st.integers(0, 20), max_size=3))
def test_a_line_is_read_with_all_of_its_lineage_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[int, bool]], asked: set[int]
) -> None:
    tl = begun(tmp_path_factory.mktemp("log") / "log")
    ids = [*tl.append([claim(1), claim(2), claim(3)]).added]
    of = {identity: {identity} for identity in ids}
    for number, (at, apart) in enumerate(acts):
        target = ids[at % len(ids)]
        line = canonical_bytes({"kind": "retracted", "reason": str(number), "target": target})
        if apart:
            tl = kz.open(tl.log.path, mode="a")
        append_lines(tl.log.path, [line], note="", writer="w")
        ids.append(event_id(line))
        of[target].add(ids[-1])
        of[ids[-1]] = of[target]
    named = {ids[at % len(ids)] for at in asked}
    with tl._desk.looking() as now:
        found = now.lines(named)
    assert found.keys() == {identity for one in named for identity in of[one]}
    assert found == {row.id: row.value for row in tl.refresh().placed if row.id in found}


def test_threads_that_correct_and_append_by_one_timeline_do_not_meet(tmp_path: Path) -> None:
    tl = begun(tmp_path / "log")
    ids = tl.append([claim(number) for number in range(1, 41)]).added
    works = [
        *(lambda one=one: tl.correct(one, {"note": "seen again"}, reason="r") for one in ids[:15]),
        *(lambda number=number: tl.append([claim(100 + number)]) for number in range(15)),
        *(lambda one=one: tl.retract(one, reason="r") for one in ids[20:35]),
    ]
    random.Random(7).shuffle(works)
    with ThreadPoolExecutor(6) as pool:
        done = [*pool.map(lambda work: work(), works)]
    assert sum(len(receipt.added) for receipt in done) == 45
    kinds = Counter(row.value.kind for row in tl.refresh().placed)
    assert (kinds["corrected"], kinds["retracted"], kinds["delivered"]) == (15, 15, 55)


def test_whoever_opens_a_log_to_append_a_claim_reads_only_what_it_defines_and_takes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tl = begun(tmp_path / "log")
    (first, *_) = tl.append([claim(1), claim(2), claim(3)]).added
    (taken,) = tl.append([{"kind": "defined-alias", "name": "Old", "system": "x"}]).added
    tl.retract(taken, reason="never so")
    read: list[str] = []
    wanted = desk.read_placed
    monkeypatch.setattr(desk, "read_placed", lambda *row: read.append(wanted(*row).value.kind) or wanted(*row))
    again = kz.open(tmp_path / "log", mode="a")
    again.append([claim(4)])
    assert sorted(read) == ["defined-alias", "defined-source", "defined-system", "retracted"]
    with pytest.raises(DraftError, match="no system is called 'Old'"):
        again.append([{**claim(5), "systems": ["Old"]}])
    again.retract(first, reason="read now")


def test_a_line_that_a_segment_holds_twice_is_one_line(tmp_path: Path) -> None:
    tl = begun(tmp_path / "log")
    other = kz.init(tmp_path / "other", name="mine")
    other.append([SOURCE, SYSTEM, claim(1)])
    (segment,) = other.refresh().log.segments
    lines = [*segment.lines, segment.lines[2]]
    forged(tl.log.path, lines)
    tl.append([claim(2)])
    with tl._desk.looking() as now:
        assert len(now.known) == len(tl.refresh().placed) == 4


def forged(path: Path, lines: list[bytes]) -> None:
    """Put a segment in place as somebody else's program might write it: whole, with a line twice."""
    log, ids = read_log(path), event_ids(lines)
    header = headers.Header(
        len(lines), log.genesis.id, headers.marks(ids), "", log.heads, NOW, merkle_root(ids), "somebody"
    )
    first = headers.header_line(header)
    place(LOCAL, path / headers.file_name(header, headers.segment_id(first)), b"\n".join([first, *lines]) + b"\n")


def test_a_copy_of_a_timeline_that_wrote_writes_too(tmp_path: Path) -> None:
    tl = begun(tmp_path / "log")
    tl.append([claim(1)])
    pickle.loads(pickle.dumps(tl)).append([claim(2)])
    tl.append([claim(3)])
    assert len(tl.refresh().placed) == 5


def written(timelines: Callable[[], Iterator[kz.Timeline]], seed: int) -> list[object]:
    """Do the same things by chance with several timelines, each act with the next one; say what came of each."""
    rng, hands = random.Random(seed), timelines()
    said, ids = list[object](), list[str]()
    for number in range(12):
        tl, act = next(hands), rng.randrange(6)
        try:
            if act == 0 and ids:
                receipt = tl.correct(rng.choice(ids), {"quantity": f"at least {number}"}, reason="r")
            elif act == 1 and ids:
                receipt = tl.retract(rng.choice(ids)[:12], reason="r")
            elif act == 2:
                receipt = tl.append([{**SYSTEM, "id": f"y{number % 3}", "name": rng.choice("YZ")}], recorded=NOW)
            elif act == 3 and ids:
                redacting.redact(tl.log.path, [rng.choice(ids)], reason="r", writer="w")
                continue
            else:
                several = [claim(rng.randrange(9), systems=[rng.choice(["x", "y0", "y1"])]) for _ in range(3)]
                receipt = tl.append(several, recorded=NOW)
            ids += receipt.added
            said.append((receipt.ids, receipt.added, receipt.known))
        except KztimelineError as error:
            said.append(str(error))
    return [*said, [line for _, _, line in read_log(next(hands).log.path)]]


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_two_timelines_that_keep_what_they_read_write_what_new_ones_would(tmp_path_factory, seed: int) -> None:  # type: ignore[no-untyped-def]
    kept, anew = (begun(tmp_path_factory.mktemp("pens") / "log").log.path for _ in range(2))

    def keeping() -> Iterator[kz.Timeline]:
        rng, pair = random.Random(seed), [kz.open(kept, mode="a") for _ in range(2)]
        while True:
            yield rng.choice(pair)

    def opening() -> Iterator[kz.Timeline]:
        while True:
            yield kz.open(anew, mode="a")

    assert written(keeping, seed) == written(opening, seed)


@pytest.mark.parametrize("what", ["folder", "pipe", "link to nothing"])
def test_where_the_genesis_is_no_file_an_append_says_so_and_waits_for_nothing(path: Path, what: str) -> None:
    pen, file = Pen(), path / "log.json"
    append(path, 1, pen)
    words = file.read_bytes()
    file.unlink()
    make = {
        "folder": file.mkdir,
        "pipe": lambda: os.mkfifo(file),
        "link to nothing": lambda: file.symlink_to("nowhere"),
    }
    make[what]()
    with pytest.raises(LogError, match=r"no log here|not a file|a symbolic link"):
        append(path, 2, pen)
    with pytest.raises(LogError, match=r"no log here|not a file|a symbolic link"):
        redacting.redact(path, ["0" * 64], reason="test", writer="w")
    (file.rmdir if what == "folder" else file.unlink)()
    file.write_bytes(words)
    append(path, 2, pen)
    assert numbers(path) == [1, 2]


FORKED = """
import os, sys, threading, warnings
import kztimeline as kz
warnings.simplefilter("ignore")
tl, inside, go = kz.open(sys.argv[1], mode="a"), threading.Event(), threading.Event()
def source(number):
    return kz.event(kind="defined-source", id=f"s{number}", title="a", form="prose")
def hold():
    with tl._desk.writing() as put:
        inside.set()
        go.wait()
tl.append([source(1)])
thread = threading.Thread(target=hold)
thread.start()
inside.wait()
child = os.fork()
if not child:
    tl.append([source(2)])
    os._exit(0)
go.set()
thread.join()
print(os.waitpid(child, 0)[1], tl.append([source(2)]).added)
"""


def test_a_process_forked_while_a_thread_appends_appends_too(tmp_path: Path) -> None:
    kz.init(tmp_path / "log", name="test", holder="KAZ")
    command = [sys.executable, "-c", FORKED, str(tmp_path / "log")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "0 ()\n"


def test_drafts_are_made_before_the_log_is_held_so_that_making_one_may_append(tmp_path: Path) -> None:
    kz.init(tmp_path / "log", name="test", holder="KAZ")
    timeline = kz.open(tmp_path / "log", mode="a")

    def source(name: str) -> dict[str, object]:
        return {"kind": "defined-source", "id": name, "title": "a", "form": "prose"}

    def several() -> Iterator[drafts.Draft]:
        assert not timeline._desk.lock.locked()
        timeline.append([source("a")])
        yield drafts.from_fields([source("b")], "")

    timeline.append_drafts(several())  # type: ignore[arg-type]
    assert [len(segment.ids) for segment in timeline.refresh().log.segments] == [1, 1]


@pytest.mark.parametrize("wrong", [None, "draft.toml", ["draft.toml"], [None]])
def test_what_is_no_draft_is_told(tmp_path: Path, wrong: object) -> None:
    kz.init(tmp_path / "log", name="test", holder="KAZ")
    with pytest.raises(EventError, match=r"is no draft; read one with kztimeline.drafts.read_draft, or append events"):
        kz.open(tmp_path / "log", mode="a").append_drafts(wrong)  # type: ignore[arg-type]


def test_drafts_that_were_written_before_the_disk_was_full_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tl = begun(tmp_path / "log")
    several = [drafts.from_fields([claim(number)], f"draft {number}") for number in (1, 2, 3)]
    full: list[int] = [0]

    def write(_disk: LocalDisk, handle: int, data: bytes) -> int:
        full[0] += 1
        if full[0] == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.write(handle, data)

    monkeypatch.setattr(LocalDisk, "write", write)
    with pytest.raises(
        UnfinishedError, match=r"stopped after [0-9a-f]{16}, [0-9a-f]{16}, .*: .*No space left.*; append"
    ) as caught:
        tl.append_drafts(several)
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value.__cause__, OSError)
    log = read_log(tmp_path / "log")
    assert caught.value.segments == tuple(segment.id for segment in log.segments[1:])
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.segments) == (str(caught.value), caught.value.segments)
    assert [len(receipt.added) for receipt in tl.append_drafts(several)] == [0, 0, 1]
    full[0] = 2
    with pytest.raises(OSError, match="No space left") as plain:
        tl.append_drafts([drafts.from_fields([claim(7)], "")])
    assert not isinstance(plain.value, UnfinishedError)


@pytest.mark.parametrize("what", ["file", "other"])
def test_what_stands_in_the_place_of_the_years_folder_is_told(path: Path, what: str) -> None:
    pen = Pen()
    append(path, 1, pen)
    (path / "2027").touch() if what == "file" else os.mkfifo(path / "2027")
    for _ in range(2):
        with pytest.raises(LogError, match=f"2027: a {what} in the place of the year's folder; move it elsewhere"):
            append(path, 2, pen, recorded="2027-02-01T00:00:00Z")
    append(path, 3, pen)
    (path / "2027").unlink()
    append(path, 2, pen, recorded="2027-02-01T00:00:00Z")
    assert numbers(path) == [1, 3, 2]


def test_a_disk_that_can_tell_nothing_of_its_files_is_read_anew(path: Path) -> None:
    class Mute(Counting):
        def names(self, folder: Path) -> Mapping[str, object]:
            return {name: object() for name in super().names(folder)}

        def stamp(self, path: Path) -> object:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    pen, disk = Pen(), Mute()
    append(path, 1, pen, disk)
    for number in (2, 3):
        disk.calls.clear()
        append(path, number, pen, disk)
        assert disk.calls == {"read": number - 1, "sync": 4}
    assert numbers(path) == [1, 2, 3]


def test_a_folder_is_listed_alike_where_nothing_can_be_looked_at_from_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(path, 1)
    folders = (path, path / "2026")
    listed = [LOCAL.names(folder) for folder in folders]
    assert [len(names) for names in listed] == [3, 1]
    monkeypatch.setattr(os, "supports_dir_fd", set())
    assert [LOCAL.names(folder) for folder in folders] == listed


def test_a_log_that_grew_is_the_log_that_is_read(path: Path) -> None:
    pen = Pen()
    append(path, 1, pen)
    append(path, 2)
    append(path, 3, pen)
    log, read = pen.log, read_log(path)
    assert log is not None
    assert log == read
    for name in ("heads", "head", "by_id", "by_name", "look", "redacted"):
        assert getattr(log, name) == getattr(read, name), name


def test_strange_files_that_come_and_go_are_no_reason_to_read_again(path: Path) -> None:
    pen, disk = Pen(), Counting()
    append(path, 1, pen, disk)
    log = pen.log
    (path / "mine").mkdir()
    (path / "2026" / "notes.txt").touch()
    with pen.hold(path, disk) as held:
        assert held is log


def test_a_file_that_was_put_in_the_place_of_an_equal_one_is_read_again(path: Path) -> None:
    pen, disk = Pen(), Counting()
    append(path, 1, pen, disk)
    append(path, 2, pen, disk)
    file = min(path.glob("2026/*.jsonl"))
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data)
    disk.calls.clear()
    append(path, 3, pen, disk)
    assert disk.calls["read"] == 1
    assert numbers(path) == [1, 2, 3]


def test_what_was_defined_here_is_known_as_it_reads_back(tmp_path: Path) -> None:
    tl = begun(tmp_path / "log")
    names = ["plain", "caf\u00e9", "cafe\u0301", "\u212bngstr\u00f6m"]
    tl.append(
        [
            {**SYSTEM, "id": f"y{at}", "name": f"{name} {at}", "names": [name * (2 + at)]}
            for at, name in enumerate(names)
        ]
    )
    tl.append([claim(1)])
    again = kz.open(tmp_path / "log", mode="a")
    again.append([claim(2)])
    assert tl._desk.registry == again._desk.registry
    with tl._desk.looking() as now:
        assert now.lines(now.known) == {row.id: row.value for row in tl.refresh().placed}


def test_a_definition_that_was_taken_back_names_nothing_for_whoever_writes(tmp_path: Path) -> None:
    mine = kz.init(tmp_path / "log", name="log", holder="KAZ")
    system = {"kind": "defined-system", "name": "W", "category": "air"}
    source = {"kind": "defined-source", "id": "a", "title": "A", "form": "prose"}
    wrong = mine.append([{**system, "id": "wrong"}, source]).ids[0]
    deed = {"kind": "lost", "holder": "KAZ", "occurred": "2016", "quantity": 1}
    deed["citations"] = [{"source": "a", "published": "2018"}]
    mine.append({**deed, "systems": ["wrong"]})
    mine.retract(wrong, reason="misread")
    for writer in (mine, kz.open(tmp_path / "log", mode="a")):
        with pytest.raises(DraftError, match="no system is called 'wrong'"):
            writer.append({**deed, "systems": ["wrong"], "quantity": 2})
    mine.append([{**system, "id": "right"}])
    assert len(kz.open(tmp_path / "log", mode="a").append({**deed, "systems": ["W"]}).added) == 1
    assert len(mine.append({**deed, "systems": ["right"], "quantity": 2}).added) == 1


@pytest.mark.parametrize("redacted", [False, True])
def test_a_definition_that_is_gone_does_not_stand_again_because_a_draft_repeats_it(
    tmp_path: Path, *, redacted: bool
) -> None:
    mine = kz.init(tmp_path / "log", name="log", holder="KAZ")
    system = {"kind": "defined-system", "id": "w", "name": "W", "category": "air"}
    source = {"kind": "defined-source", "id": "a", "title": "A", "form": "prose"}
    first = mine.append([system, source]).ids[0]
    mine.retract(first, reason="misread")
    if redacted:
        kz.redact(tmp_path / "log", [first], reason="law", writer="w", unsalted=True)
    deed = {"kind": "lost", "holder": "KAZ", "systems": ["w"], "occurred": "2016", "quantity": 1}
    deed["citations"] = [{"source": "a", "published": "2018"}]
    for writer in (mine, kz.open(tmp_path / "log", mode="a")):
        assert writer.append([system]).known == (first,)
        with pytest.raises(DraftError, match="the log took back these very words") as told:
            writer.append([system, deed])
        assert "no system is called 'w'" in str(told.value)
        assert writer.refresh().holdings(on="2020", holder="*").frame.is_empty()
    other = {**system, "name": "W, read again"}
    assert len(mine.append([other, deed]).added) == 2
