"""One contract for every store of a log: what is appended is there, once, in order, and damage is noticed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import kztimeline as kz
from kztimeline.canonical import event_ids
from kztimeline.errors import EventError, HeadMovedError, LogExistsError, MissingExtraError, NotationError
from kztimeline.lake import is_lake
from kztimeline.log import Pen, read_log
from kztimeline.log.files import LOCAL
from kztimeline.shipped import shipped_log
from kztimeline.stores import begin_log, hold, read_stored, store_lines, verify_stored

LINES = [b'{"a":1}', b'{"b":"\xe2\x80\xa8 line separator"}', b'{"c":[1,2]}']
STORES = ("segments", "delta")


@pytest.fixture(params=STORES)
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    begin_log(tmp_path / "log", name="test", holder="KAZ", store=request.param)
    return tmp_path / "log"


def put(path: Path, *lines: bytes, **more: str) -> object:
    return store_lines(path, lines, **{"note": "n", "writer": "w", **more})


def lines(path: Path) -> list[bytes]:
    return [line for _, _, line in read_stored(path)]


def test_what_is_appended_reads_back_in_order_once(path: Path) -> None:
    first = store_lines(path, LINES[:2], note="first", writer="w")
    again = store_lines(path, [LINES[1], LINES[2], LINES[2]], note="second", writer="w")
    ids = event_ids(LINES)
    assert (first.ids, first.added, first.known) == (ids[:2], ids[:2], ())
    assert (again.ids, again.added, again.known) == ((ids[1], ids[2], ids[2]), (ids[2],), (ids[1],))
    assert lines(path) == LINES
    assert [(s.header.note, s.ids) for s in read_stored(path).segments] == [("first", ids[:2]), ("second", ids[2:])]
    assert again.segment == again.head == read_stored(path).head
    assert again.path is not None
    assert again.path.is_file()
    report = verify_stored(path, seen=[first.head])
    assert (report.segments, report.events, report.head, report.damages, report.notes) == (2, 3, again.head, (), ())


def test_what_is_known_already_changes_nothing(path: Path) -> None:
    head = store_lines(path, LINES, note="n", writer="w").head
    before = sorted(path.rglob("*"))
    receipt = store_lines(path, LINES, note="n", writer="w", expected_head=head)
    assert (receipt.added, receipt.known, receipt.head, receipt.segment) == ((), event_ids(LINES), head, None)
    assert sorted(path.rglob("*")) == before


def test_while_a_log_is_held_nobody_else_writes_and_each_append_rests_on_the_one_before(path: Path) -> None:
    first = store_lines(path, LINES[:1], note="n", writer="w")
    with hold(path, Pen()) as (log, append):
        assert (log.head, [line for _, _, line in log]) == (first.head, LINES[:1])
        with LOCAL.locked(path / "log.json", wait=False) as free:
            assert not free
        second = append(LINES[:2], note="n", writer="w")
        third = append(LINES, note="n", writer="w", expected_head=second.head)
        with pytest.raises(HeadMovedError):
            append([b'{"d":4}'], note="n", writer="w", expected_head=second.head)
        assert append(LINES, note="n", writer="w").known == event_ids(LINES)
    assert (second.added, third.added) == (event_ids(LINES[1:2]), event_ids(LINES[2:]))
    assert (lines(path), read_stored(path).head) == (LINES, third.head)
    assert verify_stored(path).damages == verify_stored(path).notes == ()


def test_an_append_to_another_state_is_refused_and_changes_nothing(path: Path) -> None:
    old = read_stored(path).head
    put(path, LINES[0])
    before = sorted(path.rglob("*"))
    with pytest.raises(HeadMovedError, match=r"the head is [0-9a-f]{16}, not [0-9a-f]{16}; read the log again"):
        put(path, LINES[1], expected_head=old)
    with pytest.raises(EventError, match=r"line 2 of what was to be appended is not an event as the log keeps it"):
        put(path, LINES[1], b'{"b": 1}')
    with pytest.raises(EventError, match=r"not a moment: 'today'; write UTC in whole seconds"):
        put(path, LINES[1], recorded="today")
    assert sorted(path.rglob("*")) == before


def test_a_log_is_begun_once(path: Path) -> None:
    for store in STORES:
        with pytest.raises(LogExistsError, match="there is a log here already"):
            begin_log(path, name="other", holder="KAZ", store=store)
    assert read_stored(path).segments == ()
    assert verify_stored(path).notes == ()


def test_writers_side_by_side_lose_nothing(path: Path) -> None:
    def write(start: int) -> None:
        for number in range(start, start + 5):
            put(path, b'{"n":%d}' % number)

    writers = [threading.Thread(target=write, args=(start,)) for start in (100, 200, 300)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(lines(path)) == sorted(b'{"n":%d}' % n for start in (100, 200, 300) for n in range(start, start + 5))
    assert len(read_stored(path).heads) == 1
    assert verify_stored(path).damages == ()


def test_earlier_states_are_found_by_their_heads(path: Path) -> None:
    heads = [store_lines(path, [line], note="n", writer="w").head for line in LINES]
    log = read_stored(path)
    assert [[line for _, _, line in log.at(head)] for head in heads] == [LINES[:1], LINES[:2], LINES]


@pytest.mark.parametrize("store", STORES)
def test_answers_are_the_same_in_every_store(tmp_path: Path, store: str) -> None:
    shipped = read_log(shipped_log())
    begin_log(tmp_path / "log", name=shipped.genesis.name, holder=shipped.genesis.holder, store=store)
    for segment in shipped.segments:
        header = segment.header
        store_lines(tmp_path / "log", segment.lines, note=header.note, writer=header.writer, recorded=header.recorded)
    tl, expected = kz.open(tmp_path / "log"), kz.load()
    assert [row.id for row in tl.placed] == [row.id for row in expected.placed]
    for period in ("1992", "2016", "2023"):
        assert tl.fielded(period).frame.equals(expected.fielded(period).frame)
    assert (
        tl.view(published_by="2024-01")
        .events(system="anka")
        .frame.equals(expected.view(published_by="2024-01").events(system="anka").frame)
    )


def test_claims_are_appended_and_corrected_through_the_timeline(tmp_path: Path) -> None:
    tl = kz.init(tmp_path / "log", name="test", store="delta")
    assert is_lake(tmp_path / "log")
    tl.append(
        [
            {"kind": "defined-holder", "id": "KAZ", "name": "K"},
            {"kind": "defined-source", "id": "a", "title": "A", "form": "prose"},
            {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
            {
                "kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "quantity": 2,
                "into": "in-service", "citations": [{"source": "a", "published": "2017"}],
            },
        ]
    )  # fmt: skip
    tl = tl.refresh()
    before = tl.head
    claim = tl.events(system="x").frame["id"].item()
    tl.correct(claim, {"quantity": 3}, reason="misread")
    tl = kz.open(tmp_path / "log", mode="a")
    assert tl.fielded("2016").frame.select("low", "high").row(0) == (3, 3)
    assert tl.view(recorded_by=before).fielded("2016").frame.select("low", "high").row(0) == (2, 2)


def test_another_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotationError, match=r"not a store: 'sqlite'; write 'segments' or 'delta'"):
        kz.init(tmp_path / "log", name="test", store="sqlite")  # type: ignore[arg-type]


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "deltalake", None)
    with pytest.raises(MissingExtraError, match=r'pip install "kztimeline\[lake\]"'):
        kz.init(tmp_path / "log", name="test", store="delta")
    assert not (tmp_path / "log").exists()
