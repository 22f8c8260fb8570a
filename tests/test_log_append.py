"""Appending: whole or not at all, never twice, one writer at a time, and nothing that a reader would refuse."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.canonical import canonical_bytes, event_id
from kztimeline.errors import EventError, HeadMovedError, IntegrityError, LogError, LogExistsError, LogNotFoundError
from kztimeline.log import Receipt, append_lines, create, read_log, verify
from kztimeline.log.files import LocalDisk

NOW = "2026-02-01T00:00:00Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "log", name="test", holder="KAZ", created="2026-01-01T00:00:00Z")
    append(tmp_path / "log", [b'{"a":1}'])
    return tmp_path / "log"


def append(path: Path, lines: Sequence[bytes], *, recorded: str = NOW, expected_head: str | None = None) -> Receipt:
    return append_lines(path, lines, note="a note", writer="w", recorded=recorded, expected_head=expected_head)


def state(path: Path) -> dict[str, bytes]:
    return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*")) if f.is_file()}


def test_a_log_is_begun_once_and_its_folder_says_what_git_must_not_do(tmp_path: Path) -> None:
    log = create(tmp_path / "a" / "log", name="test", holder="KAZ", created="2026-01-01T00:00:00Z")
    assert state(log.path) == {
        ".gitattributes": b"* -text\n",
        "log.json": b'{"created":"2026-01-01T00:00:00Z","format":1,"holder":"KAZ","name":"test"}\n',
    }
    assert log.head == log.genesis.id
    with pytest.raises(LogExistsError, match="there is a log here already; open it, or choose another folder"):
        create(log.path, name="again", holder="KAZ")


def test_a_log_that_cannot_be_begun_whole_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EventError, match=r"not a moment: 'today'; write UTC in whole seconds"):
        create(tmp_path / "log", name="test", holder="KAZ", created="today")
    assert not (tmp_path / "log").exists()
    failing(monkeypatch, "link", 2)
    with pytest.raises(OSError, match="No space left"):
        create(tmp_path / "log", name="test", holder="KAZ")
    with pytest.raises(LogNotFoundError):
        read_log(tmp_path / "log")
    monkeypatch.undo()
    assert verify(create(tmp_path / "log", name="test", holder="KAZ").path).damages == ()


def test_a_receipt_says_what_was_done(path: Path) -> None:
    before = read_log(path).head
    receipt = append(path, [b'{"b":1}', b'{"a":1}', b'{"b":1}'], expected_head=before)
    log = read_log(path)
    assert receipt.ids == tuple(map(event_id, [b'{"b":1}', b'{"a":1}', b'{"b":1}']))
    assert receipt.added == (event_id(b'{"b":1}'),)
    assert receipt.known == (event_id(b'{"a":1}'),)
    assert (receipt.head, receipt.segment, receipt.path) == (log.head, log.segments[-1].id, log.segments[-1].path)
    assert log.segments[-1].header.parents == (before,)
    assert (log.segments[-1].header.note, log.segments[-1].header.writer) == ("a note", "w")


def test_the_same_event_twice_is_nothing_new(path: Path) -> None:
    before = state(path)
    receipt = append(path, [b'{"a":1}', b'{"a":1}'])
    assert (receipt.added, receipt.known) == ((), (event_id(b'{"a":1}'),))
    assert (receipt.segment, receipt.path, receipt.head) == (None, None, read_log(path).head)
    assert append(path, []).segment is None
    assert state(path) == before


@given(st.lists(st.lists(st.integers(0, 6), max_size=4), max_size=4))
def test_a_log_holds_each_event_once_in_the_order_of_its_first_coming(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]]
) -> None:
    path = tmp_path_factory.mktemp("log")
    create(path, name="test", holder="KAZ", created=NOW)
    for batch in batches:
        append(path, [canonical_bytes({"n": number}) for number in batch])
    firsts = dict.fromkeys(number for batch in batches for number in batch)
    assert [line for _, _, line in read_log(path)] == [canonical_bytes({"n": number}) for number in firsts]
    assert verify(path).damages == ()


def test_a_head_that_moved_is_told_with_both_and_nothing_is_written(path: Path) -> None:
    old = read_log(path).head
    new = append(path, [b'{"b":1}'], expected_head=old).head
    before = state(path)
    with pytest.raises(HeadMovedError, match=f"the head is {new[:16]}, not {old[:16]}; read the log again"):
        append(path, [b'{"c":1}'], expected_head=old)
    assert state(path) == before


def test_eight_digits_of_a_head_will_do_and_seven_will_not(path: Path) -> None:
    append(path, [b'{"b":1}'], expected_head=read_log(path).head[:8])
    with pytest.raises(EventError, match="a head is text, not 12345678; write 8 or more of its digits in quotation"):
        append(path, [b'{"c":1}'], expected_head=12345678)  # type: ignore[arg-type]  # as an untyped script may
    with pytest.raises(HeadMovedError, match="is too short for a head; write 8 or more of its digits"):
        append(path, [b'{"c":1}'], expected_head=read_log(path).head[:7])
    with pytest.raises(HeadMovedError, match="not 00000000; read the log again"):
        append(path, [b'{"c":1}'], expected_head="00000000")


def test_nothing_is_recorded_before_what_is_there_already(path: Path) -> None:
    append(path, [b'{"b":1}'], recorded="2025-01-01T00:00:00Z")
    assert read_log(path).segments[-1].header.recorded == NOW
    assert verify(path).damages == ()


@pytest.mark.parametrize(
    ("ahead", "recorded"),
    [("2026-02-02T00:00:00Z", "2026-02-02T00:00:00Z"), ("2026-02-02T00:00:01Z", "2026-02-01T00:00:00Z")],
)
def test_a_clock_that_is_a_day_ahead_is_followed_and_none_beyond(path: Path, ahead: str, recorded: str) -> None:
    append(path, [b'{"b":1}'], recorded=ahead)
    append(path, [b'{"c":1}'], recorded="2026-02-01T00:00:00Z")
    assert read_log(path).segments[-1].header.recorded == recorded


@pytest.mark.parametrize(
    ("good", "wild", "followed"),
    [(0, 1, False), (0, 2, True), (1, 2, False), (1, 3, True), (2, 3, False), (2, 4, True)],
)
def test_a_clock_is_behind_where_most_of_the_log_is_ahead_of_it(
    tmp_path: Path, good: int, wild: int, followed: bool
) -> None:
    """The genesis counts as one of those that are not ahead."""
    create(tmp_path / "log", name="test", holder="KAZ", created="2026-01-01T00:00:00Z")
    for number in range(good + wild):
        recorded = NOW if number < good else "2099-01-01T00:00:00Z"
        append(tmp_path / "log", [b'{"a":%d}' % number], recorded=recorded)
    append(tmp_path / "log", [b'{"b":1}'])
    assert read_log(tmp_path / "log").segments[-1].header.recorded.startswith("2099") is followed


def test_without_a_moment_the_clock_is_read(path: Path) -> None:
    append_lines(path, [b'{"b":1}'], note="", writer="w")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", read_log(path).segments[-1].header.recorded)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"b": 1}', "line 2 .* is not an event as the log keeps it; write it as canonical_bytes does"),
        (b'{"b":1,"a":1}', "write it as canonical_bytes does"),
        (b'{"b":"e\xcc\x81"}', "write it as canonical_bytes does"),
        (b'{"b":1}\n', "write it as canonical_bytes does"),
        (b'{"b":1}\r', "write it as canonical_bytes does"),
        (b'{"b":1.5}', r"line 2 .*: 1\.5 is a float; write decimals as text"),
        (b'{"b":1}\n{"c":1}', "line 2 .*: not JSON: Extra data"),
        (b"", "line 2 .*: not JSON"),
        (b"[]", "line 2 .*: expected an object"),
        (b'{"redacted":"' + b"0" * 64 + b'"}', "write an event, not a redaction"),
        (b'{"redacted":"mine"}', "write an event, not a redaction"),
        (b'{"b":"' + b"x" * 1_000_000 + b'"}', "line 2 .*: a line of 1000008 bytes"),
    ],
    ids=range(12),
)
def test_a_line_that_a_reader_would_refuse_is_not_written(path: Path, line: bytes, said: str) -> None:
    before = state(path)
    with pytest.raises(EventError, match=said):
        append(path, [b'{"z":1}', line])
    assert state(path) == before


@pytest.mark.parametrize(
    "moment",
    ["2026-02-01", "2026-02-30T00:00:00Z", "2026-02-01T00:00:60Z", "2026-02-01T24:00:00Z", "2026-02-01T00:00:00+00:00", "２026-02-01T00:00:00Z"],
)  # fmt: skip
def test_a_moment_that_a_reader_would_refuse_is_not_written(path: Path, moment: str) -> None:
    before = state(path)
    with pytest.raises(EventError, match="not a moment"):
        append(path, [b'{"z":1}'], recorded=moment)
    assert state(path) == before


def test_a_note_that_is_no_text_is_not_written(path: Path) -> None:
    before = state(path)
    with pytest.raises(EventError, match="lone surrogate"):
        append_lines(path, [b'{"z":1}'], note="\ud800", writer="w", recorded=NOW)
    for told, said in (({"note": 7}, "a note is text, not 7"), ({"writer": None}, "a writer is text, not None")):
        with pytest.raises(EventError, match=f"{said}; write it in quotation marks"):
            append_lines(path, [b'{"z":1}'], **{"note": "", "writer": "w", **told})  # type: ignore[arg-type]
    assert state(path) == before


def test_nothing_is_appended_to_a_damaged_log(path: Path) -> None:
    file = max(path.rglob("*.jsonl"))
    file.write_bytes(file.read_bytes()[:-1])
    before = state(path)
    with pytest.raises(IntegrityError, match="the file was cut"):
        append(path, [b'{"z":1}'])
    assert state(path) == before


def test_where_there_is_no_log_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(LogNotFoundError, match="kztimeline init"):
        append(tmp_path, [b'{"z":1}'])
    assert list(tmp_path.iterdir()) == []


def failing(monkeypatch: pytest.MonkeyPatch, name: str, at: int) -> None:
    """Let the n-th call of a function of ``os`` find the disk full."""
    real: Callable[..., object] = getattr(os, name)
    calls = 0

    def call(*args: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == at:
            raise OSError(28, "No space left on device")
        return real(*args, **named)

    monkeypatch.setattr(os, name, call)


@pytest.mark.parametrize("name", ["link", "fsync"])
def test_a_disk_that_fills_before_the_link_leaves_the_log_as_it_was(
    path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(path)
    failing(monkeypatch, name, 1)
    with pytest.raises(OSError, match="No space left"):
        append(path, [b'{"d":1}'], recorded="2027-01-01T00:00:00Z")
    assert state(path) == before
    assert not (path / "2027").exists()
    assert verify(path).notes == ()


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_sync_that_fails_leaves_a_whole_log_and_a_second_try_is_told(
    path: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log's folder and the head's come first, then the file itself, and after the link the year's folder."""
    failing(monkeypatch, "fsync", at)
    with pytest.raises(OSError, match="No space left"):
        append(path, [b'{"d":1}'], recorded="2027-01-01T00:00:00Z")
    assert verify(path).damages == ()
    append(path, [b'{"d":1}'], recorded="2027-01-01T00:00:00Z")
    assert [line for _, _, line in read_log(path)] == [b'{"a":1}', b'{"d":1}']


def test_what_does_not_read_back_is_not_linked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(path)
    real = LocalDisk.read
    monkeypatch.setattr(
        LocalDisk, "read", lambda disk, file: real(disk, file)[: -1 if file.suffix == ".part" else None]
    )
    with pytest.raises(LogError, match="does not read back; check the disk"):
        append(path, [b'{"d":1}'])
    monkeypatch.undo()
    assert state(path) == before


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_around_the_link_leaves_a_log_that_reads(path: Path, moment: str) -> None:
    call = "real(*a); os._exit(9)" if moment == "after" else "os._exit(9)"
    code = (
        "import os, sys, pathlib\nfrom kztimeline.log import append_lines\nreal = os.link\n"
        f"def link(*a):\n    {call}\nos.link = link\n"
        f"append_lines(pathlib.Path(sys.argv[1]), [b'{{\"d\":1}}'], note='', writer='w', recorded={NOW!r})\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 9
    report = verify(path)
    assert report.damages == ()
    assert report.segments == (2 if moment == "after" else 1)
    assert ["left by an append that was cut short" in note for note in report.notes] == [True]
    append(path, [b'{"d":1}'])
    assert [line for _, _, line in read_log(path)] == [b'{"a":1}', b'{"d":1}']


def test_writers_at_the_same_time_wait_for_each_other(path: Path) -> None:
    def write(name: str) -> None:
        for number in range(5):
            append(path, [canonical_bytes({name: number})])

    threads = [threading.Thread(target=write, args=(name,)) for name in "wxyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log = read_log(path)
    assert len(log.segments) == 21
    assert all(len(segment.header.parents) <= 1 for segment in log.segments)
    assert len(log.heads) == 1


def test_without_file_locks_a_log_is_read_and_appending_says_why_not(path: Path) -> None:
    code = (
        "import sys, pathlib\nsys.modules['fcntl'] = None\n"
        "from kztimeline.errors import LogError\nfrom kztimeline.log import append_lines, read_log\n"
        "path = pathlib.Path(sys.argv[1])\nprint(len(read_log(path).segments))\n"
        "try:\n    append_lines(path, [b'{}'], note='', writer='w')\nexcept LogError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"1\n.*no file locks that the library knows; append on another one.*\n", done.stdout)
