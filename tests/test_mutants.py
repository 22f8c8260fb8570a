"""The list of mutants that nobody can notice is about lines that are there."""

from __future__ import annotations

import pytest

from tests.mutants.__main__ import NEAREST, ROOMS, ROOT, SLOW, argued, lived


@pytest.mark.parametrize("place", argued(), ids=lambda place: f"{place[0].rpartition('/')[2]} {place[2][:40]}")
def test_what_is_argued_is_a_change_of_a_line_that_is_there_with_a_reason(place: tuple[str, str, str]) -> None:
    file, before, after = place
    lines = [line.strip() for line in (ROOT / file).read_text("utf-8").split("\n")]
    assert set(before.split("\n")) <= set(lines)
    assert not after or after not in lines
    assert len(argued()[place].split()) > 5


def test_only_what_is_argued_does_not_count() -> None:
    file, before, after = next(iter(argued()))
    one = {"file": file, "outcome": "survived", "change": [f"-    {before}", f"+    {after}"]}
    assert not lived(one)
    assert lived({**one, "change": [f"-    {before}", "+    pass"]})
    assert not lived({**one, "change": [f"-    {before}", "+    pass"], "outcome": "killed"})


def test_every_room_has_its_files_and_its_tests() -> None:
    for files, tests in ROOMS.values():
        assert all((ROOT / "src" / "kztimeline" / name).exists() for name in files)
        assert all((ROOT / "tests" / name).exists() for name in tests)
    assert all((ROOT / "src" / "kztimeline" / name).exists() for name in NEAREST)
    assert set(NEAREST.values()) <= {name for _, tests in ROOMS.values() for name in tests}
    assert SLOW
