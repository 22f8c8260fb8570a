"""A log in a Delta table: no commit or file but those recorded is read, and what was cut short is put aside."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import deltalake
import polars as pl
import pytest

import kztimeline as kz
from kztimeline.canonical import canonical_bytes, read_object
from kztimeline.errors import IntegrityError, LogError
from kztimeline.lake import append_lake, create_lake, read_lake, table_at, verify_lake
from kztimeline.log import Pen, append_held, append_lines, read_log
from kztimeline.stores import verify_stored

LINES = [b'{"a":1}', b'{"b":2}', b'{"c":3}', b'{"d":4}']


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_lake(tmp_path / "log", name="test", holder="KAZ")
    put(tmp_path / "log", *LINES[:2])
    put(tmp_path / "log", LINES[2])
    return tmp_path / "log"


def put(path: Path, *lines: bytes) -> str:
    return append_lake(path, lines, note="n", writer="w").head


def lines(path: Path) -> list[bytes]:
    return [line for _, _, line in read_lake(path)]


def table_files(path: Path) -> list[Path]:
    return sorted(file for file in (path / "claims").rglob("*") if file.is_file())


def test_every_bit_of_every_file_of_the_table_counts(path: Path) -> None:
    for file in table_files(path):
        whole = file.read_bytes()
        for place in range(0, len(whole), 41):
            changed = bytearray(whole)
            changed[place] ^= 1 << place % 8
            file.write_bytes(changed)
            with pytest.raises(IntegrityError, match="not the bytes that were recorded") as error:
                read_lake(path)
            assert str(error.value).startswith(f"{file}: ")
        file.write_bytes(whole)
    assert lines(path) == LINES[:3]


@pytest.mark.parametrize("length", [0, 1, -1])
def test_a_commit_or_file_of_another_length_is_refused(path: Path, length: int) -> None:
    for file in table_files(path):
        whole = file.read_bytes()
        cut = whole[:length] if length <= 0 else whole + b"\n"
        file.write_bytes(cut)
        said = rf"{len(cut)} bytes where {len(whole)} were recorded"
        with pytest.raises(IntegrityError, match=said):
            read_lake(path)
        assert [said in str(damage) for damage in verify_lake(path).damages] == [True]
        file.write_bytes(whole)
    assert verify_lake(path).damages == ()


def test_a_file_that_is_gone_or_swapped_is_named(path: Path) -> None:
    first, second = sorted((path / "claims").glob("*.parquet"))
    kept = first.read_bytes()
    first.unlink()
    with pytest.raises(IntegrityError, match="a file of the table is gone; put it back from a copy"):
        read_lake(path)
    shutil.copy(second, first)
    with pytest.raises(IntegrityError, match="were recorded"):
        read_lake(path)
    first.write_bytes(kept)
    assert lines(path) == LINES[:3]


def left_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An append that is cut short when its commit stands in the table and no segment records it yet."""

    def cut(pen: Pen, several: list[bytes], **more: object) -> object:
        if several:
            raise OSError(5, "cut short")
        return append_held(pen, several, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("kztimeline.lake.append.append_held", cut)
    with pytest.raises(OSError, match="cut short"):
        put(path, LINES[3])
    monkeypatch.undo()


def emptied(commit: Path) -> None:
    commit.write_bytes(b"")


def halved(commit: Path) -> None:
    commit.write_bytes(commit.read_bytes()[:200])


@pytest.mark.parametrize("damage", [None, emptied, halved])
def test_what_was_cut_short_is_not_of_the_log_and_is_put_aside(
    path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None] | None
) -> None:
    head = read_lake(path).head
    left_behind(path, monkeypatch)
    commit = path / "claims" / "_delta_log" / f"{3:020}.json"
    if damage is not None:
        damage(commit)
    assert (lines(path), read_lake(path).head) == (LINES[:3], head)
    notes = verify_lake(path).notes
    assert [note.partition(":")[0] for note in notes if "_delta_log" in note] == [f"claims/_delta_log/{3:020}.json"]
    assert all(
        note.endswith("no segment records it; the next append puts it aside, or move it elsewhere") for note in notes
    )
    put(path, LINES[3])
    assert lines(path) == LINES
    assert sorted(pl.concat([pl.read_parquet(uri) for uri in table_at(path).file_uris()])["line"]) == [
        line.decode() for line in LINES
    ]
    assert (verify_lake(path).damages, verify_lake(path).notes) == ((), ())
    assert [file.name for file in (path / "claims" / "_unrecorded").rglob("*.json")] == [commit.name]


def test_a_commit_of_somebody_else_is_refused_and_left_alone(path: Path) -> None:
    before = lines(path)
    deltalake.write_deltalake(path / "claims", pl.DataFrame({"id": ["f" * 64], "line": ["{}"]}), mode="append")
    files = table_files(path)
    assert lines(path) == before
    with pytest.raises(IntegrityError, match="commit 3 of the table was not made by this log; move it and its files"):
        put(path, LINES[3])
    assert table_files(path) == files
    assert len(verify_lake(path).notes) == 2


def test_the_table_stands_as_it_was_at_every_head(path: Path) -> None:
    heads = [segment.id for segment in read_log(path).segments]
    empty = read_log(path).genesis.id
    assert [table_at(path, head).version() for head in (empty, *heads)] == [0, 1, 2]
    assert [len(table_at(path, head).file_uris()) for head in (empty, *heads)] == [0, 1, 2]
    last = sorted((path / "claims").glob("*.parquet"), key=os.path.getmtime)[-1]
    last.write_bytes(last.read_bytes()[:-1])
    assert table_at(path, heads[0]).version() == 1
    with pytest.raises(IntegrityError, match="were recorded"):
        table_at(path)


def recording(path: Path, **changes: object) -> None:
    """Append a segment that records what the last one does, but for some fields."""
    said = read_object(read_log(path).segments[-1].lines[0])
    append_lines(path, [canonical_bytes({**said, **changes})], note="n", writer="w")


FILE = {"path": "part.parquet", "rows": 1, "sha256": "0" * 64, "size": 1}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "delivered"}, "a segment beside a table that does not record one commit of it"),
        ({"more": 1}, "a segment beside a table that does not record one commit of it"),
        ({"version": "2"}, "not a whole number: '2'"),
        ({"files": "none"}, "files of the table are a list"),
        ({"files": [{"path": "part.parquet"}]}, "a file of the table has a path, sha256 and size"),
        ({"files": [{**FILE, "path": "../part.parquet"}]}, r"not a file of the table: '\.\./part\.parquet'"),
        ({"files": [{**FILE, "path": "/etc/part.parquet"}]}, "not a file of the table: '/etc/part.parquet'"),
        ({"files": [{**FILE, "sha256": "0"}]}, "not a file of the table: 'part.parquet'"),
        ({"files": [{**FILE, "size": -1}]}, "not a whole number: -1"),
        ({"files": [{**FILE, "rows": True}]}, "not a whole number: True"),
    ],
)
def test_a_segment_that_records_no_commit_is_refused(path: Path, changes: dict[str, object], said: str) -> None:
    recording(path, **changes)
    with pytest.raises(IntegrityError, match=said) as error:
        read_lake(path)
    assert ":2: " in str(error.value)
    assert [str(damage) for damage in verify_lake(path).damages] == [str(error.value)]


def test_a_recorded_file_that_holds_no_claims_is_refused(path: Path) -> None:
    for content, said in ((b"no table", "not a file of claims"), (None, "1 rows where 2 were recorded")):
        file = path / "claims" / "part.parquet"
        if content is None:
            pl.DataFrame({"id": ["0"], "line": ["{}"]}).write_parquet(file)
        else:
            file.write_bytes(content)
        data = file.read_bytes()
        copy = path.with_name(f"copy-{len(data)}")
        shutil.copytree(path, copy)
        recording(
            copy, commits=[],
            files=[{"path": file.name, "rows": 2, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}],
        )  # fmt: skip
        with pytest.raises(IntegrityError, match=said):
            read_lake(copy)


def test_a_line_that_does_not_hash_to_its_id_is_found_by_verify(path: Path) -> None:
    file = path / "claims" / "part.parquet"
    pl.DataFrame({"id": ["0" * 64], "line": ["{}"]}).write_parquet(file)
    data = file.read_bytes()
    recording(
        path, commits=[], files=[{"path": file.name, "rows": 1, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}]
    )  # fmt: skip
    assert ["the line of 0000000000000000 hashes to" in str(damage) for damage in verify_lake(path).damages] == [True]


@pytest.mark.parametrize("gone", ["claims", "claims/_delta_log"])
def test_a_table_that_is_gone_as_a_whole_is_told_by_everything_that_reads_or_writes(tmp_path: Path, gone: str) -> None:
    source = {"kind": "defined-source", "id": "a", "title": "A", "form": "prose"}
    tl = kz.init(tmp_path / "log", name="mine", store="delta")
    tl.append([source])
    before = {file.name for file in tl.log.path.rglob("*.jsonl")}
    shutil.rmtree(tl.log.path / gone)
    for use in (
        lambda: kz.open(tl.log.path),
        tl.refresh,
        lambda: tl.append([{**source, "id": "b"}]),
        lambda: kz.redact(tl.log.path, ["0" * 64], reason="r", writer="w"),
    ):
        with pytest.raises(IntegrityError, match="a file of the table is gone; put it back from a copy"):
            use()
    (damage,) = verify_stored(tl.log.path).damages
    assert "a file of the table is gone; put it back from a copy" in str(damage)
    assert {file.name for file in tl.log.path.rglob("*.jsonl")} == before


def test_where_segments_are_damaged_they_are_named(path: Path) -> None:
    segment = read_log(path).segments[0].path
    segment.write_bytes(segment.read_bytes().replace(b"version", b"versiom"))
    assert [Path(damage.path) for damage in verify_lake(path).damages] == [segment]
    with pytest.raises(LogError):
        read_lake(path)


def test_a_line_in_a_table_cannot_be_redacted(path: Path) -> None:
    with pytest.raises(
        LogError, match="lines in a Delta table cannot be redacted; keep what may have to go in segments"
    ):
        kz.redact(path, ["0" * 64], reason="a name", writer="w")
    assert lines(path) == LINES[:3]
