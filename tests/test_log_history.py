"""Heads and earlier states: a head names a state for ever, whatever is appended or merged later."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.canonical import canonical_bytes
from kztimeline.errors import IntegrityError, LogError, UnknownNameError
from kztimeline.log import (
    Header,
    Log,
    Pen,
    Segment,
    append_lines,
    create,
    history,
    read_log,
    remember_head,
    remembered_head,
    verify,
)
from kztimeline.log.history import ordered
from tests.crashes import LOG, MemoryDisk

CREATED = "2026-01-01T00:00:00Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "log", name="test", holder="KAZ", created=CREATED)
    for month in (2, 3):
        append(tmp_path / "log", {"month": month}, f"2026-0{month}-01T00:00:00Z")
    return tmp_path / "log"


def append(path: Path, fields: dict[str, object], recorded: str = CREATED) -> str:
    return append_lines(path, [canonical_bytes(fields)], note="", writer="w", recorded=recorded).head


def state(path: Path) -> dict[str, bytes]:
    return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*")) if f.is_file()}


def lines(log: Log) -> list[bytes]:
    return [line for _, _, line in log]


def merge(into: Path, other: Path) -> None:
    """What git does with two branches that each added files."""
    shutil.copytree(other, into, dirs_exist_ok=True)


@given(st.lists(st.sampled_from(["append a", "append b", "a takes b", "b takes a", "read a", "read b"]), max_size=12))
def test_branches_merge_as_a_union_of_files_and_every_head_ever_seen_names_its_state(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("branches")
    a, b = folder / "a", folder / "b"
    create(a, name="test", holder="KAZ", created=CREATED)
    shutil.copytree(a, b)
    seen: dict[str, list[bytes]] = {}
    for number, step in enumerate(steps):
        before = {**state(a), **state(b)}
        branch = a if step[-1] == "a" else b
        if step.startswith("append"):
            append(branch, {"step": number}, f"2026-01-01T00:00:{number:02}Z")
        elif "takes" in step:
            merge(*((a, b) if step.startswith("a") else (b, a)))
        assert before.items() <= {**state(a), **state(b)}.items(), "nothing is rewritten"
        log = read_log(branch)
        seen[log.head] = lines(log)
    merge(a, b)
    merge(b, a)
    assert state(a) == state(b)
    append(a, {"last": True}, "2026-01-01T00:01:00Z")
    log = read_log(a)
    assert len(log.heads) == 1
    assert verify(a, seen=[s.id for s in log.segments]).damages == ()
    for head, held in seen.items():
        assert lines(log.at(head)) == held
        assert log.at(head).head == head


def test_two_heads_are_named_by_the_hash_over_both(path: Path, tmp_path: Path) -> None:
    shutil.copytree(path, tmp_path / "other")
    one, two = append(path, {"ours": 1}), append(tmp_path / "other", {"theirs": 1})
    merge(path, tmp_path / "other")
    log = read_log(path)
    assert log.heads == tuple(sorted([one, two]))
    assert log.head == hashlib.sha256(b"\x02" + "".join(log.heads).encode()).hexdigest()
    assert verify(path, seen=[log.head, *log.heads]).damages == ()
    assert read_log(path).at(log.head[:8]).segments == log.segments
    append(path, {"both": 1})
    assert read_log(path).segments[-1].header.parents == log.heads


def test_what_was_read_before_is_not_read_again(path: Path, tmp_path: Path) -> None:
    log = read_log(path)
    assert read_log(path, before=log) is log
    assert read_log(path, before=log.at(log.segments[0].id)) is log
    append(path, {"month": 4}, "2026-04-01T00:00:00Z")
    longer = read_log(path, before=log)
    assert longer.segments == read_log(path).segments
    assert all(new is old for new, old in zip(longer.segments, log.segments, strict=False))
    other = read_log(shutil.copytree(path, tmp_path / "other"), before=longer)
    assert [segment.path.is_relative_to(tmp_path / "other") for segment in other.segments] == [True] * 3


def test_a_head_or_eight_of_its_digits_finds_its_state(path: Path) -> None:
    log = read_log(path)
    first, second = log.segments
    assert log.at(second.id).segments == (first, second)
    assert log.at(first.id[:8]).segments == (first,)
    assert log.at(log.genesis.id).segments == ()
    assert log.at(log.genesis.id).head == log.genesis.id


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("0" * 64, "no state of this log is '0000.*; `kztimeline log` lists the heads"),
        ("00000000", "no state of this log is '00000000'"),
        ("", "'' is too short for a head; write 8 or more"),
    ],
)
def test_a_head_that_no_state_has_is_an_unknown_name(path: Path, head: str, said: str) -> None:
    with pytest.raises(UnknownNameError, match=said):
        read_log(path).at(head)


def test_the_log_at_a_moment_is_what_was_recorded_by_then(path: Path) -> None:
    log = read_log(path)
    assert log.recorded_until("2026-01-31T23:59:59Z").segments == ()
    assert log.recorded_until("2026-02-01T00:00:00Z").segments == log.segments[:1]
    assert log.recorded_until("2026-12-31T00:00:00Z").segments == log.segments


def test_an_ancestor_is_before_its_descendants_and_not_before_itself(path: Path) -> None:
    log = read_log(path)
    first, second = (segment.id for segment in log.segments)
    assert log.before(first, second)
    assert not log.before(second, first)
    assert not log.before(first, first)
    assert log.ancestry([second]) == {first, second}


def segment(name: str, recorded: str, *parents: str) -> Segment:
    header = Header(0, "", "", "", parents, recorded, "", "")
    return Segment(name, Path(name), header, b"")


@given(st.permutations(["a", "b", "c", "d", "e"]))
def test_parents_come_first_then_what_was_recorded_first(order: list[str]) -> None:
    known = {
        "a": segment("a", "1"),
        "b": segment("b", "3", "a"),
        "c": segment("c", "2"),
        "d": segment("d", "3", "c"),
        "e": segment("e", "3", "b", "d"),
    }
    assert [s.id for s in ordered(known[name] for name in order)] == ["a", "c", "b", "d", "e"]


def test_many_segments_are_put_in_order_without_going_through_all_for_each() -> None:
    chain = [segment(f"{n:06}", "1", *([f"{n - 1:06}"] if n else [])) for n in range(50_000)]
    assert list(ordered(reversed(chain))) == chain


def test_a_log_of_many_segments_is_known_again_and_its_lost_genesis_is_told() -> None:
    disk, pen = MemoryDisk(), Pen()
    create(LOG, name="test", holder="KAZ", created=CREATED, disk=disk)
    for number in range(300):
        append_lines(LOG, [b'{"n":%d}' % number], note="", writer="w", recorded=CREATED, disk=disk, pen=pen)
    log = read_log(LOG, disk, before=pen.log)
    assert len(log.segments) == 300
    assert read_log(LOG, disk, before=log) is log
    disk.remove(LOG / "log.json")
    with pytest.raises(
        IntegrityError, match=r"log.json:1: not the genesis that the segments name; put back the log.json"
    ):
        create(LOG, name="another", holder="KAZ", created=CREATED, disk=disk)


def test_segments_in_a_ring_are_damage() -> None:
    with pytest.raises(LogError, match="a:1: segments name each other as parents"):
        ordered([segment("a", "1", "b"), segment("b", "1", "a")])


def test_the_heads_last_seen_are_remembered_outside_of_the_log(path: Path) -> None:
    log = read_log(path)
    before = state(path)
    assert remembered_head(log.genesis) == ()
    remember_head(log)
    assert remembered_head(log.genesis) == log.heads
    assert state(path) == before


def test_a_cache_that_cannot_be_used_does_no_harm(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    log = read_log(path)
    remember_head(log)
    assert remembered_head(log.genesis) == ()


def test_a_cache_that_is_full_keeps_nothing_and_no_half_of_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(Path, "write_bytes", full)
    remember_head(read_log(path))
    assert [file for file in (tmp_path / "cache").rglob("*") if file.is_file()] == []


def test_a_cache_folder_that_is_no_absolute_path_does_not_count(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    remember_head(read_log(path))
    assert not (tmp_path / "here").exists()
    assert remembered_head(read_log(path).genesis) == read_log(path).heads
    assert [file.name for file in (tmp_path / "home").rglob("*") if file.is_file()] == [read_log(path).genesis.id]


@pytest.mark.parametrize("content", [b"no head", b"\xff\xfe", b"0123"])
def test_a_memory_that_holds_something_else_remembers_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    log = read_log(path)
    remember_head(log)
    (tmp_path / "cache" / "kztimeline" / "heads" / log.genesis.id).write_bytes(content)
    assert remembered_head(log.genesis) == ()


def test_a_state_of_two_heads_that_nothing_was_appended_to_is_found_by_all_its_digits(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each branch went on alone, and the two met: no segment names both heads of that moment; the latest are looked at."""
    shutil.copytree(path, tmp_path / "other")
    append(path, {"ours": 1})
    append(tmp_path / "other", {"theirs": 1})
    shutil.copytree(path, tmp_path / "met")
    merge(tmp_path / "met", tmp_path / "other")
    met = read_log(tmp_path / "met")
    append(path, {"ours": 2})
    append(tmp_path / "other", {"theirs": 2})
    merge(path, tmp_path / "other")
    log = read_log(path)
    assert log.head != met.head
    assert lines(log.at(met.head)) == lines(met)
    for part in (met.head[:63], met.head[:8]):
        with pytest.raises(UnknownNameError, match="no state of this log is"):
            log.at(part)
    monkeypatch.setattr(history, "LATEST", 4)
    assert lines(log.at(met.head)) == lines(met)
    monkeypatch.setattr(history, "LATEST", 3)
    with pytest.raises(UnknownNameError, match="no state of this log is"):
        log.at(met.head)
