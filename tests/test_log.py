"""The log on disk: every flipped bit is noticed, crashes leave nothing, branches merge as files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.canonical import canonical_bytes, event_id, merkle_root, read_object
from kztimeline.errors import (
    EventError,
    FormatTooNewError,
    IntegrityError,
    LogError,
    LogExistsError,
    LogNotFoundError,
    MissingParentError,
)
from kztimeline.log import append_lines, create, read_log, verify

LINES = [b'{"a":1}', b'{"b":"\xe2\x80\xa8 line separator"}', b'{"c":[1,2]}']


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "log", name="test", holder="KAZ", created="2026-01-01T00:00:00Z")
    append_lines(tmp_path / "log", LINES[:2], note="first", writer="w", recorded="2026-01-02T00:00:00Z")
    append_lines(tmp_path / "log", LINES[2:], note="second", writer="w", recorded="2026-01-03T00:00:00Z")
    return tmp_path / "log"


def state(path: Path) -> dict[str, bytes]:
    return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*")) if f.is_file()}


def slow_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + slow_root(leaves[:split]) + slow_root(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_the_root_is_the_merkle_tree_hash_of_rfc_6962(lines: list[bytes]) -> None:
    ids = [event_id(line) for line in lines]
    assert merkle_root(ids) == slow_root([bytes.fromhex(i) for i in ids]).hex()


@given(
    st.recursive(
        st.text() | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none(),
        lambda c: st.lists(c, max_size=3) | st.dictionaries(st.text(max_size=4), c, max_size=3),
        max_leaves=8,
    )
)
def test_canonical_bytes_read_back_to_themselves(value: object) -> None:
    try:
        line = canonical_bytes({"value": value})
    except EventError:
        return
    assert canonical_bytes(read_object(line)) == line


@pytest.mark.parametrize(
    ("line", "said"),
    [(b'{"a":1,"a":2}', "stands twice"), (b'{"a":1.5}', "write decimals as text"), (b'{"a":NaN}', "float"), (b"\xef\xbb\xbf{}", "not JSON"), (b"[]", "expected an object"), (b'{"a":"\xff"}', "not UTF-8"), (b"[" * 100_000, "not JSON|nested"), (b"{", "not JSON")],
)  # fmt: skip
def test_lines_are_read_strictly(line: bytes, said: str) -> None:
    with pytest.raises(EventError, match=said):
        read_object(line)


def test_a_log_reads_back_in_order_with_its_head(path: Path) -> None:
    log = read_log(path)
    assert [line for _, _, line in log] == LINES
    assert log.head == log.segments[-1].id
    assert verify(path).damages == ()


def test_every_flipped_bit_is_noticed_with_file_and_line_and_nothing_is_changed(path: Path) -> None:
    for name, data in state(path).items():
        if name == ".gitattributes":
            continue
        for position in range(len(data)):
            bit = 1 << (position % 8)
            (path / name).write_bytes(data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :])
            before = state(path)
            try:
                damages = list(verify(path).damages)
            except LogError as error:
                damages = [error]
            assert damages, (name, position)
            assert damages[0].path.endswith(Path(name).name) or name == "log.json", (name, position)
            assert damages[0].line is not None or "name" in str(damages[0])
            assert state(path) == before
        (path / name).write_bytes(data)


def test_a_flipped_bit_in_a_claim_names_its_line(path: Path) -> None:
    file = sorted(path.rglob("*.jsonl"))[0]
    data = bytearray(file.read_bytes())
    data[data.index(b'"a":1') + 4] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(IntegrityError, match=r"jsonl:2: a damaged line"):
        read_log(path)


def test_a_segment_cut_anywhere_is_refused(path: Path) -> None:
    file = sorted(path.rglob("*.jsonl"))[-1]
    data = file.read_bytes()
    for length in range(len(data)):
        file.write_bytes(data[:length])
        with pytest.raises(LogError):
            read_log(path)


def test_a_missing_parent_and_a_newer_format_are_told_apart(path: Path) -> None:
    first, second = sorted(path.rglob("*.jsonl"))
    data = first.read_bytes()
    first.unlink()
    with pytest.raises(MissingParentError, match="its parent"):
        read_log(path)
    first.write_bytes(data)
    genesis = path / "log.json"
    genesis.write_bytes(genesis.read_bytes().replace(b'"format":1', b'"format":2'))
    with pytest.raises(FormatTooNewError, match="format 2 is newer than 1"):
        read_log(path)
    assert second.exists()


def test_two_branches_merge_as_a_union_of_files(path: Path, tmp_path: Path) -> None:
    import shutil

    other = tmp_path / "other"
    shutil.copytree(path, other)
    append_lines(path, [b'{"ours":1}'], note="", writer="a", recorded="2026-02-01T00:00:00Z")
    append_lines(other, [b'{"theirs":1}'], note="", writer="b", recorded="2026-02-01T00:00:00Z")
    before = state(path)
    shutil.copytree(other, path, dirs_exist_ok=True)
    log = read_log(path)
    assert len(log.heads) == 2
    assert before.items() <= state(path).items()
    append_lines(path, [b'{"both":1}'], note="", writer="a")
    assert len(read_log(path).heads) == 1
    assert log.at(log.segments[0].id).segments == log.segments[:1]


@pytest.mark.parametrize("name", ["link", "fsync"])
def test_a_crash_before_the_link_leaves_the_log_as_it_was(
    path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(path)

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, name, full)
    with pytest.raises(OSError, match="No space left"):
        append_lines(path, [b'{"d":1}'], note="", writer="w", recorded="2027-01-01T00:00:00Z")
    monkeypatch.undo()
    assert state(path) == before
    assert read_log(path).head


def test_a_redacted_line_keeps_the_root(path: Path) -> None:
    file = sorted(path.rglob("*.jsonl"))[0]
    head = read_log(path).head
    stub = b'{"redacted":"' + event_id(LINES[0]).encode() + b'"}'
    file.write_bytes(file.read_bytes().replace(LINES[0] + b"\n", stub + b"\n"))
    assert read_log(path).head == head
    assert verify(path).redacted == 1


def test_a_head_that_is_gone_is_a_rollback(path: Path) -> None:
    head = read_log(path).head
    sorted(path.rglob("*.jsonl"))[-1].unlink()
    (damage,) = verify(path, seen=[head]).damages
    assert "seen before, is gone" in str(damage)


def test_foreign_files_are_noted_and_a_log_is_begun_once(path: Path, tmp_path: Path) -> None:
    (path / "notes.txt").write_text("mine")
    assert verify(path).notes == ("notes.txt: not part of the log; move it elsewhere",)
    with pytest.raises(LogExistsError, match="there is a log here already"):
        create(path, name="again", holder="KAZ")
    with pytest.raises(LogNotFoundError, match="kztimeline init"):
        read_log(tmp_path / "nowhere")
