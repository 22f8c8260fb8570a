"""The log survives: power cuts, killed processes, failing calls, clocks that jump, readers while writers write."""

from __future__ import annotations

import errno
import os
import pickle
import random
from collections.abc import Callable, Iterator, Mapping
from io import FileIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.errors import (
    DraftError,
    IntegrityError,
    KztimelineError,
    LogError,
    LogExistsError,
    MissingParentError,
    Problem,
)
from kztimeline.log import append_lines, create, files, read_log, verify
from kztimeline.log.files import LOCAL, Disk, LocalDisk, What, place
from tests import crashes
from tests.crashes import LOG, FaultyDisk, Folder, History, Killed, MemoryDisk, cuts

CREATED = "2026-01-01T00:00:00Z"


def begun(path: Path, disk: Disk = LOCAL) -> Path:
    create(path, name="test", holder="KAZ", created=CREATED, disk=disk)
    return path


def memory() -> MemoryDisk:
    return MemoryDisk(Folder(names=(top := {LOG.parent.name: Folder()}), synced=top))


def append(path: Path, number: int, recorded: str, disk: Disk = LOCAL) -> str:
    line = b'{"n":%d}' % number
    return append_lines(path, [line], note="", writer="w", recorded=recorded, disk=disk).head


def numbers(path: Path, disk: Disk = LOCAL) -> list[int]:
    return [int(line[5:-1]) for _, _, line in read_log(path, disk)]


# --- power cuts and failing calls -----------------------------------------------------------------------------


def test_no_power_cut_after_any_change_loses_what_was_acknowledged() -> None:
    with crashes.remembering():
        looked = sum(history.states for history in crashes.histories(1, 3000))
    assert looked >= 3000


def test_any_call_may_fail_and_a_second_try_is_enough() -> None:
    with crashes.remembering():
        hit = [crashes.fault(*case) for case in crashes.fault_cases(2)]
    assert {*crashes.CHANGES, *crashes.READS} - {"remove_folder"} <= set(hit)


@pytest.mark.parametrize("name", crashes.BROKEN)
def test_a_broken_protocol_is_caught(name: str) -> None:
    assert crashes.caught(name, 3) is not None


def test_what_is_not_broken_is_not_caught() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(crashes.BROKEN, "none", lambda: crashes._replaced(crashes))
        assert crashes.caught("none", 3, most=1000) is None


def killed(disk: MemoryDisk, name: str, act: Callable[[Disk], object], at: int = 1) -> None:
    """Act until the n-th call of a name, which never returns; nothing after it runs."""
    with pytest.raises(Killed):
        act(FaultyDisk(disk, at, "kill", (name,)))
    disk.held, disk.open = False, {}


def worst(disk: MemoryDisk) -> MemoryDisk:
    """The disk after a power cut that kept nothing which was not synced."""
    unsure = crashes._unsure(disk)
    return crashes.after_cut(disk, unsure, [0 if answers == 2 else 1 for _, answers in unsure])


def test_the_second_try_of_a_killed_append_is_as_good_as_the_first() -> None:
    """The segment was linked, and its folder not synced; it is no news, yet it is acknowledged now."""
    disk = memory()
    begun(LOG, disk)
    killed(disk, "remove", lambda faulty: append(LOG, 1, CREATED, faulty))
    disk = memory()
    begun(LOG, disk)
    killed(disk, "sync_folder", lambda faulty: append(LOG, 1, CREATED, faulty), at=2)
    assert numbers(LOG, disk) == [1]
    append(LOG, 1, CREATED, disk)
    assert numbers(LOG, worst(disk)) == [1]


def test_what_a_killed_append_left_lies_on_the_disk_before_anything_rests_on_it() -> None:
    disk = memory()
    begun(LOG, disk)
    killed(disk, "sync_folder", lambda faulty: append(LOG, 1, "2026-02-01T00:00:00Z", faulty), at=2)
    append(LOG, 2, "2027-02-01T00:00:00Z", disk)
    assert numbers(LOG, worst(disk)) == [1, 2]


def test_a_year_that_a_killed_append_made_lies_on_the_disk_with_the_next_one() -> None:
    disk = memory()
    begun(LOG, disk)
    killed(disk, "create", lambda faulty: append(LOG, 1, CREATED, faulty))
    append(LOG, 1, CREATED, disk)
    assert numbers(LOG, worst(disk)) == [1]


def test_the_folders_above_a_new_log_lie_on_the_disk_with_it() -> None:
    disk = memory()
    path = LOG / "deep" / "down"
    begun(path, disk)
    append(path, 1, CREATED, disk)
    assert numbers(path, worst(disk)) == [1]


def test_a_power_cut_keeps_any_part_of_what_was_not_synced() -> None:
    disk = memory()
    handle = disk.create(LOG.parent / "a")
    disk.write(handle, b"x" * 700)
    found = set()
    for image in cuts(disk, random.Random(1), 10_000):
        names = image.names(LOG.parent)
        found.add(image.read(LOG.parent / "a") if names else None)
    pieces = (b"x" * 512, b"\0" * 512)
    whole = {first + second for first in pieces for second in (b"x" * 188, b"\0" * 188)}
    assert found == {None, b"", *pieces, *whole}
    disk.sync(handle)
    disk.sync_folder(LOG.parent)
    assert [image.read(LOG.parent / "a") for image in cuts(disk, random.Random(1), 10_000)] == [b"x" * 700]


def test_a_file_is_put_in_place_once(tmp_path: Path) -> None:
    place(LOCAL, tmp_path / "a", b"one")
    with pytest.raises(LogExistsError, match="the file is there already"):
        place(LOCAL, tmp_path / "a", b"two")
    assert [file.name for file in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"one"


def test_a_disk_that_writes_in_small_pieces_writes_all_of_them(tmp_path: Path) -> None:
    class Slow(LocalDisk):
        def write(self, handle: int, data: bytes) -> int:
            return os.write(handle, data[:7])

    append(begun(tmp_path / "log"), 1, CREATED, Slow())
    assert numbers(tmp_path / "log") == [1]


@pytest.mark.parametrize("error", [IntegrityError("what", path="a", line=2), DraftError([Problem("f", 1, "p", "m")])])
def test_an_error_travels_between_processes_whole(error: KztimelineError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


# --- what stands in the folder ---------------------------------------------------------------------------------


def test_a_genesis_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    class Failing(LocalDisk):
        def read(self, file: Path) -> bytes:
            raise OSError(errno.EIO, "Input/output error", file)

    with pytest.raises(IntegrityError, match=r"log\.json: cannot be read: Input/output error"):
        read_log(begun(tmp_path), Failing())


@pytest.mark.parametrize("name", ["log.json", "2026", "segment"])
def test_a_symbolic_link_in_a_log_is_damage(tmp_path: Path, name: str) -> None:
    path = begun(tmp_path / "log")
    append(path, 1, CREATED)
    file = next(path.glob("2026/*")) if name == "segment" else path / name
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IntegrityError, match=r"a symbolic link; put the f.* itself in its place") as caught:
        verify(path).raise_for_damage()
    assert caught.value.path == str(file)
    with pytest.raises(IntegrityError, match="a symbolic link"):
        read_log(path)


def test_a_pipe_in_a_log_is_damage_and_nobody_waits_for_it(tmp_path: Path) -> None:
    path = begun(tmp_path / "log")
    append(path, 1, CREATED)
    file = next(path.glob("2026/*"))
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(IntegrityError, match="not a file; put the segment in its place"):
        read_log(path)


class Barred(LocalDisk):
    """Some path may not be read by this user: neither what stands there, nor its names, nor its bytes."""

    def __init__(self, *paths: Path) -> None:
        self.paths = paths

    def _ask(self, path: Path) -> None:
        if path in self.paths:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    def read(self, file: Path) -> bytes:
        self._ask(file)
        return super().read(file)

    def names(self, folder: Path) -> Mapping[str, object]:
        self._ask(folder)
        return super().names(folder)


class Closed(LocalDisk):
    """Of what stands in a folder this user learns the names, and no more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def what(self, path: Path) -> What | None:
        if path.parent == self.folder:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return super().what(path)


@pytest.mark.parametrize("name", ["log.json", ".gitattributes", "2026", "segment"])
def test_what_may_not_be_read_is_damage_with_its_path(tmp_path: Path, name: str) -> None:
    path = begun(tmp_path / "log")
    append(path, 1, CREATED)
    barred = next(path.glob("2026/*")) if name == "segment" else path / name
    with pytest.raises(IntegrityError, match="cannot be read: Permission denied") as caught:
        verify(path, disk=Barred(barred)).raise_for_damage()
    assert caught.value.path == str(barred)
    if name != ".gitattributes":
        with pytest.raises(IntegrityError, match="cannot be read: Permission denied"):
            read_log(path, Barred(barred))


def test_a_folder_that_may_be_listed_and_not_entered_is_damage(tmp_path: Path) -> None:
    path = begun(tmp_path / "log")
    append(path, 1, CREATED)
    with pytest.raises(IntegrityError, match=r"jsonl: cannot be read: Permission denied"):
        read_log(path, Closed(path / "2026"))
    (damage,) = verify(path, disk=Closed(path / "2026")).damages
    assert "cannot be read: Permission denied" in str(damage)


def test_a_strange_folder_that_may_not_be_read_is_noted(tmp_path: Path) -> None:
    path = begun(tmp_path / "log")
    (path / "mine").mkdir()
    assert verify(path, disk=Barred(path / "mine")).notes == ("mine: cannot be read: Permission denied",)


def test_a_file_of_more_bytes_than_memory_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = begun(tmp_path / "log")
    append(path, 1, CREATED)

    class Full(FileIO):
        def readall(self) -> bytes:
            raise MemoryError

    monkeypatch.setattr(files, "FileIO", Full)
    with pytest.raises(IntegrityError, match=r"log\.json: cannot be read: more bytes than there is memory"):
        read_log(path)


def modes(path: Path) -> dict[str, str]:
    return {
        what: oct(found.stat().st_mode & 0o777)
        for what, found in (("folder", path), ("genesis", path / "log.json"), ("year", path / "2026"))
    } | {"segment": oct(next(path.glob("2026/*.jsonl")).stat().st_mode & 0o777)}


@pytest.mark.parametrize(
    ("folder", "year", "file"), [(0o755, "0o755", "0o644"), (0o700, "0o700", "0o600"), (0o775, "0o775", "0o644")]
)
def test_who_may_read_a_log_may_read_what_a_careful_writer_appends(
    tmp_path: Path, folder: int, year: str, file: str
) -> None:
    """Two people with different umasks append; neither makes the log look damaged to the other."""
    path = begun(tmp_path / "log")
    path.chmod(folder)
    before = os.umask(0o077)
    try:
        append(path, 1, CREATED)
    finally:
        os.umask(before)
    assert (modes(path)["year"], modes(path)["segment"]) == (year, file)


def test_an_empty_folder_is_noted(tmp_path: Path) -> None:
    (begun(tmp_path) / "2027").mkdir()
    assert verify(tmp_path).notes == ("2027: an empty folder, which git does not keep; it can be removed",)


def test_what_an_append_is_just_writing_is_not_called_left_over(tmp_path: Path) -> None:
    path, seen = begun(tmp_path / "log"), []

    class Watched(LocalDisk):
        def link(self, file: Path, target: Path) -> None:
            seen.append(verify(path))
            super().link(file, target)

    append(path, 1, CREATED, Watched())
    assert [(report.damages, report.notes) for report in seen] == [((), ())]


# --- readers while a writer writes -----------------------------------------------------------------------------


class Listing(LocalDisk):
    """Lists a folder as it was before somebody appended: a child may be seen, and its parent not."""

    def __init__(self, hidden: Callable[[Path], Iterator[str]]) -> None:
        self.hidden = hidden

    def names(self, folder: Path) -> Mapping[str, object]:
        hidden = set(self.hidden(folder))
        return {name: stamp for name, stamp in super().names(folder).items() if name not in hidden}


@pytest.mark.parametrize("read", [read_log, lambda path, disk: verify(path, disk=disk).raise_for_damage()])
@pytest.mark.parametrize("after", [False, True])
def test_a_reader_whose_listing_missed_a_parent_looks_again(
    tmp_path: Path, read: Callable[..., object], after: bool
) -> None:
    """Of two appends in one second either may come first by name."""
    for number in range(2, 100):
        path = begun(tmp_path / str(number))
        append(path, 1, "2026-01-02T00:00:00Z")
        append(path, number, "2026-01-02T00:00:00Z")
        parent, child = (segment.path.name for segment in read_log(path).segments)
        if (parent > child) is after:
            break
    once = iter([parent])
    read(path, disk=Listing(lambda folder: once if folder.name == "2026" else iter(())))
    with pytest.raises(MissingParentError):
        read(path, disk=Listing(lambda _: iter([parent])))


# --- clocks ----------------------------------------------------------------------------------------------------


def stamps(path: Path) -> list[str]:
    return [segment.header.recorded for segment in read_log(path).segments]


def test_a_segment_dated_far_ahead_does_not_date_those_after_it(tmp_path: Path) -> None:
    path = begun(tmp_path / "log")
    moments = ["2099-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]
    for number, moment in enumerate(moments):
        append(path, number, moment)
    assert stamps(path) == moments
    assert verify(path).damages == ()
    log = read_log(path)
    assert [len(log.recorded_until(f"2026-0{month}-01T00:00:00Z").segments) for month in (1, 2, 3)] == [0, 2, 3]


def test_a_clock_that_jumps_back_records_nothing_before_what_is_there(tmp_path: Path) -> None:
    path = begun(tmp_path / "log")
    for number, moment in enumerate(["2026-02-01T00:00:00Z", "2026-01-31T12:00:00Z", "1970-01-01T00:00:00Z"]):
        append(path, number, moment)
    assert stamps(path) == ["2026-02-01T00:00:00Z"] * 3


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(0, 6))
def test_one_wild_clock_among_good_ones_dates_its_own_segment_alone(days: list[int], wild: int) -> None:
    """Good clocks run on; one segment in between says 2099 or 1970. The others keep their own days."""
    disk = memory()
    begun(LOG, disk)
    good = [f"2026-02-{1 + day % 28:02}T00:00:00Z" for day in sorted(day % 28 for day in days)]
    for number, moment in enumerate(good):
        if number == wild:
            append(LOG, 1000, random.Random(wild).choice(["2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z"]), disk)
        append(LOG, number, moment, disk)
    found = {line: segment.header.recorded for segment, _, line in read_log(LOG, disk)}
    assert [found[b'{"n":%d}' % number] for number in range(len(good))] == good


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_the_ends_of_the_calendar_are_moments_too(tmp_path: Path, moment: str) -> None:
    path = begun(tmp_path / "log")
    append(path, 1, moment)
    append(path, 2, "2026-02-01T00:00:00Z")
    assert max(stamps(path)) == max(moment, "2026-02-01T00:00:00Z")
    assert numbers(path) == [1, 2]


# --- every store keeps the same promises -----------------------------------------------------------------------

STORES: dict[str, Callable[[Path], tuple[Disk, Path]]] = {
    "files": lambda folder: (LOCAL, folder / "log"),
    "memory": lambda _: (memory(), LOG),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Disk, Path]:
    return STORES[request.param](tmp_path)


def test_a_store_gives_back_what_it_took_and_never_twice(store: tuple[Disk, Path]) -> None:
    disk, path = store
    begun(path, disk)
    heads = [append(path, number, f"202{6 + number % 2}-02-01T00:00:00Z", disk) for number in (1, 2, 1, 3)]
    assert numbers(path, disk) == [1, 2, 3]
    assert heads[1] == heads[2]
    log = read_log(path, disk)
    assert (log.head, len(log.heads), len(log.segments)) == (heads[3], 1, 3)
    report = verify(path, seen=heads, disk=disk)
    assert (report.damages, report.notes, report.head) == ((), (), heads[3])


def test_a_store_begins_one_log_in_one_place(store: tuple[Disk, Path]) -> None:
    disk, path = store
    begun(path, disk)
    with pytest.raises(LogExistsError, match="there is a log here already"):
        begun(path, disk)


def test_a_store_gives_typical_errors(store: tuple[Disk, Path]) -> None:
    disk, path = store
    begun(path, disk)
    for act, error in (
        (lambda: disk.read(path / "none"), FileNotFoundError),
        (lambda: disk.read(path), IsADirectoryError),
        (lambda: disk.names(path / "none"), FileNotFoundError),
        (lambda: disk.names(path / "log.json"), NotADirectoryError),
        (lambda: disk.make_folder(path), FileExistsError),
        (lambda: disk.create(path / "log.json"), FileExistsError),
        (lambda: disk.link(path / ".gitattributes", path / "log.json"), FileExistsError),
        (lambda: disk.link(path / "none", path / "other"), FileNotFoundError),
        (lambda: disk.remove(path / "none"), FileNotFoundError),
        (lambda: disk.remove_folder(path), OSError),
    ):
        with pytest.raises(error):
            act()
    assert disk.what(path / "log.json" / "below") is None
    assert numbers(path, disk) == []


def test_a_store_lets_one_writer_in(store: tuple[Disk, Path]) -> None:
    disk, path = store
    begun(path, disk)
    with disk.locked(path / "log.json") as held, disk.locked(path / "log.json", wait=False) as other:
        assert (held, other) == (True, False)
    with disk.locked(path / "log.json", wait=False) as held:
        assert held


def test_a_store_moves_what_stands_under_a_name(store: tuple[Disk, Path]) -> None:
    disk, path = store
    begun(path, disk)
    disk.move(path / "log.json", path / "aside")
    assert (disk.what(path / "log.json"), disk.what(path / "aside")) == (None, "file")


def test_a_full_disk_is_an_error_of_the_system_and_leaves_no_trace() -> None:
    history = History(random.Random(5))
    history.begin()
    history.append([b'{"n":1}'])
    before = history.disk.names(LOG)
    with pytest.raises(OSError, match="ENOSPC") as caught:
        append(LOG, 2, "2031-01-01T00:00:00Z", FaultyDisk(history.disk, 1, "ENOSPC", ("write",)))
    assert caught.value.errno == errno.ENOSPC
    assert history.disk.names(LOG) == before
    with pytest.raises(LogError, match="does not read back; check the disk"):
        append(LOG, 2, "2031-01-01T00:00:00Z", FaultyDisk(history.disk, 1, "other bytes", ("write",)))
    assert history.disk.names(LOG) == before
