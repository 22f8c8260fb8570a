"""Real processes and real disks: kills, writers and readers at once, a full disk, power cuts."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from kztimeline.canonical import canonical_bytes
from kztimeline.log import append_lines, read_log, verify
from tests import kills


def test_writers_killed_at_any_moment_lose_nothing_that_they_acknowledged() -> None:
    tally = kills.kill_rounds(1, 25)
    assert (tally.kills, tally.lost, tally.alarms) == (25, 0, 0)
    assert tally.acked > 0


@pytest.mark.parametrize("mode", ["plain", "expecting"])
def test_writers_and_readers_at_once_neither_lose_nor_alarm_anybody(tmp_path: Path, mode: str) -> None:
    """With ``expecting`` each writer names the head it read: no head is met by two."""
    tally = kills.together(kills.begun(tmp_path), 1.5, mode=mode)
    assert (tally.lost, tally.alarms) == (0, 0)
    assert tally.acked > 0
    assert tally.reads > 0
    assert (tally.moved > 0) == (mode == "expecting")


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    with kills.small_disk("160k") as disk:
        if disk is None:
            pytest.skip("this user may not mount a memory disk")
        (disk / "ballast").write_bytes(bytes(40_000))
        yield disk


def test_a_full_disk_keeps_what_was_acknowledged_and_takes_more_once_there_is_room(full: Path) -> None:
    path, acked = kills.begun(full), list[str]()

    def fill() -> None:
        for number in range(100):
            acked.extend(append(path, number))

    with pytest.raises(OSError, match="No space left") as caught:
        fill()
    assert caught.value.errno == errno.ENOSPC
    assert len(acked) > 5
    report = verify(path)
    assert (report.damages, report.notes) == ((), ())
    assert [identity for _, identity, _ in read_log(path)] == acked
    (full / "ballast").unlink()
    again = append(path, len(acked))
    assert [identity for _, identity, _ in read_log(path)] == [*acked, *again]


def append(path: Path, number: int) -> tuple[str, ...]:
    line = canonical_bytes({"n": number, "text": "x" * 3000})
    return append_lines(path, [line], note="", writer="w", recorded="2026-01-01T00:00:00Z").ids


def cut(mode: str) -> kills.Tally:
    tally = kills.power_cuts(1, 4, mode=mode)
    if tally is None:
        pytest.skip("this user may not mount an ext4 image")
    return tally


def test_a_power_cut_under_a_writer_loses_nothing_that_it_acknowledged() -> None:
    tally = cut("plain")
    assert (tally.cuts, tally.lost, tally.alarms) == (4, 0, 0)
    assert tally.acked > 0


def test_a_power_cut_under_a_writer_that_does_not_sync_is_seen_to_lose() -> None:
    tally = cut("careless")
    assert tally.lost or tally.alarms
