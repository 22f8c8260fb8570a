"""The log as it is read and verified: every flipped bit and every cut is noticed, with file and line."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.canonical import canonical_bytes, event_id, merkle_root
from kztimeline.errors import (
    EventError,
    FormatTooNewError,
    IntegrityError,
    LogError,
    LogNotFoundError,
    MissingParentError,
    RollbackError,
)
from kztimeline.log import (
    Header,
    Redaction,
    append_lines,
    create,
    read_log,
    redaction_line,
    redaction_of,
    segments,
    verify,
)
from kztimeline.log.headers import file_name, header_line, header_of, marks, segment_id
from kztimeline.log.segments import segment_made

LINES = [b'{"a":1}', b'{"b":"\xe2\x80\xa8 line separator"}', b'{"c":[1,2]}']


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "log", name="test", holder="KAZ", created="2026-01-01T00:00:00Z")
    append_lines(tmp_path / "log", LINES[:2], note="first", writer="w", recorded="2026-01-02T00:00:00Z")
    append_lines(tmp_path / "log", LINES[2:], note="second", writer="w", recorded="2026-01-03T00:00:00Z")
    return tmp_path / "log"


def state(path: Path) -> dict[str, bytes]:
    return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*")) if f.is_file()}


def first_damage(path: Path) -> LogError | None:
    try:
        return next(iter(verify(path).damages), None)
    except LogError as error:
        return error


def stored(path: Path, lines: list[bytes], **fields: object) -> Path:
    """Put a segment into a log as some other program might write it; ``fields`` replace those of the header."""
    ids = [event_id(line) for line in lines]
    log = read_log(path)
    proper: dict[str, object] = {
        "count": len(lines),
        "genesis": log.genesis.id,
        "marks": marks(ids),
        "note": "",
        "parents": log.heads,
        "recorded": "2026-02-01T00:00:00Z",
        "root": merkle_root(ids),
        "writer": "other",
    }
    header = Header(**{**proper, **fields})  # type: ignore[arg-type]
    first = header_line(header)
    target = path / file_name(header, segment_id(first))
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(b"\n".join([first, *lines]) + b"\n")
    return target


def test_a_log_reads_back_in_order_with_its_head(path: Path) -> None:
    log = read_log(path)
    assert [line for _, _, line in log] == LINES
    assert [identity for _, identity, _ in log] == [event_id(line) for line in LINES]
    assert log.head == log.segments[-1].id
    report = verify(path)
    assert (report.damages, report.notes, report.segments, report.events) == ((), (), 2, 3)
    assert report.head == log.head
    report.raise_for_damage()


def test_every_flipped_bit_of_every_file_is_noticed_with_file_and_line(path: Path) -> None:
    """The line is the very one, a line's end being part of it; so says the digest of each line in the header."""
    for name, data in state(path).items():
        for position in range(len(data)):
            line = data[:position].count(b"\n") + 1
            for bit in range(8):
                flipped = data[:position] + bytes([data[position] ^ 1 << bit]) + data[position + 1 :]
                (path / name).write_bytes(flipped)
                damage = first_damage(path)
                assert damage is not None, (name, position, bit)
                assert (damage.path, damage.line) == (str(path / name), line), (name, position, bit, damage)
                assert (path / name).read_bytes() == flipped
        (path / name).write_bytes(data)
    assert verify(path).damages == ()


def test_a_file_cut_anywhere_is_noticed_with_file_and_line(path: Path) -> None:
    for name, data in state(path).items():
        for length in range(len(data)):
            if data[:length] == b"* -text":
                continue  # git reads a last line without its end all the same
            (path / name).write_bytes(data[:length])
            damage = first_damage(path)
            assert damage is not None, (name, length)
            line = data[:length].count(b"\n") + 1
            assert (damage.path, damage.line) == (str(path / name), line), (name, length, damage)
        (path / name).write_bytes(data)


def test_damage_is_refused_on_reading_and_nothing_is_repaired(path: Path) -> None:
    file = min(path.rglob("*.jsonl"))
    file.write_bytes(file.read_bytes().replace(b'{"a":1}', b'{"a":3}'))
    before = state(path)
    with pytest.raises(IntegrityError, match=r"jsonl:2: a damaged line: it does not hash to its mark"):
        read_log(path)
    with pytest.raises(IntegrityError, match=r"jsonl:2: a damaged line"):
        verify(path).raise_for_damage()
    assert state(path) == before


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b'{"a":1.0}', r":2: a damaged line: 1\.0 is a float"),
        (b'{"a": 1}', ":2: a damaged line: it is not written canonically"),
        (b'{"a":1}\r', ":2: a damaged line: it ends in a carriage return"),
        (b'{"a":\n1}', ":2: 3 lines where the header says 2"),
        (b'{"a":1}\n{"a":1}', ":3: 3 lines where the header says 2"),
        (b"", ":2: a damaged line: not JSON"),
        (b'{"redacted":"0123"}', ":2: a redaction without the id it stands for"),
    ],
)
def test_damage_to_a_line_is_told_in_words(path: Path, written: bytes, said: str) -> None:
    file = min(path.rglob("*.jsonl"))
    file.write_bytes(file.read_bytes().replace(LINES[0], written))
    with pytest.raises(IntegrityError, match=said):
        read_log(path)


def test_line_endings_that_a_tool_changed_are_told_as_such(path: Path) -> None:
    file = min(path.rglob("*.jsonl"))
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(IntegrityError, match=r":1: .*carriage return.*`\* -text`"):
        read_log(path)


@pytest.mark.parametrize("root", [merkle_root([event_id(b'{"y":1}')]), "0" * 64, "f" * 64])
def test_lines_swapped_under_equal_marks_do_not_hash_to_the_root(path: Path, root: str) -> None:
    file = stored(path, [b'{"x":1}'], root=root)
    with pytest.raises(IntegrityError, match=":1: the lines do not hash to the root in the header") as caught:
        read_log(path)
    assert caught.value.path == str(file)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"genesis": "0" * 64}, "the segment belongs to another log"),
        ({"parents": ("f" * 64,)}, "its parent ffffffffffffffff is not in the log; fetch"),
        ({"parents": ("f" * 64, "e" * 64)}, "the parents are not sorted, each once"),
        ({"parents": ("f" * 64, "f" * 64)}, "the parents are not sorted, each once"),
        ({"parents": ("F" * 64,)}, "not hexadecimal digits"),
        ({"parents": "f"}, "not hexadecimal digits"),
        ({"recorded": "2026-02-30T00:00:00Z"}, "not a moment: '2026-02-30T00:00:00Z'"),
        ({"recorded": "2026-02-03T24:00:00Z"}, "not a moment"),
        ({"count": -1}, "the count is not a whole number"),
        ({"count": "1"}, "the count is not a whole number"),
        ({"marks": "xyz"}, "not hexadecimal digits"),
    ],
    ids=str,
)
def test_a_segment_that_hashes_but_breaks_a_rule_is_refused(path: Path, fields: dict[str, object], said: str) -> None:
    file = stored(path, [b'{"x":1}'], **fields)
    with pytest.raises(IntegrityError, match=f":1: .*{said}") as caught:
        read_log(path)
    assert caught.value.path == str(file)
    assert [str(damage) for damage in verify(path).damages] == [str(caught.value)]


def test_a_segment_under_a_name_of_another_or_in_the_wrong_year_is_refused(path: Path) -> None:
    file = max(path.rglob("*.jsonl"))
    (path / "2025").mkdir()
    moved = file.rename(path / "2025" / file.name)
    with pytest.raises(IntegrityError, match="does not hash to the file's name"):
        read_log(path)
    moved.rename(file.with_name("mine.jsonl"))
    with pytest.raises(IntegrityError, match="not the name of a segment; move foreign files elsewhere"):
        read_log(path)


def test_a_file_that_cannot_be_read_is_damage(path: Path) -> None:
    file = max(path.rglob("*.jsonl"))
    file.unlink()
    file.mkdir()
    (damage,) = verify(path).damages
    assert "cannot be read: Is a directory" in str(damage)


def test_a_missing_parent_is_named_by_its_child(path: Path) -> None:
    first, second = sorted(path.rglob("*.jsonl"))
    first.unlink()
    with pytest.raises(MissingParentError, match=r"jsonl:1: its parent [0-9a-f]{16} is not in the log") as caught:
        read_log(path)
    assert caught.value.path == str(second)


def test_every_damage_is_in_the_report_and_a_damaged_parent_is_not_a_missing_one(path: Path) -> None:
    first, second = sorted(path.rglob("*.jsonl"))
    for file in (first, second):
        file.write_bytes(file.read_bytes()[:-1])
    third = stored_after_damage(path, second)
    report = verify(path)
    assert [damage.path for damage in report.damages] == [str(first), str(second)]
    assert report.head is None
    assert third.exists()


def stored_after_damage(path: Path, parent: Path) -> Path:
    """Put a segment after one that is cut by its last byte."""
    whole = parent.read_bytes()
    first = path.parent / "aside"
    genesis = json.loads(whole.split(b"\n")[0])["genesis"]
    ids = [event_id(b'{"x":1}')]
    parents = (segment_id(whole.split(b"\n")[0]),)
    header = Header(1, genesis, marks(ids), "", parents, "2026-02-01T00:00:00Z", merkle_root(ids), "other")
    target = path / file_name(header, segment_id(header_line(header)))
    first.write_bytes(header_line(header) + b'\n{"x":1}\n')
    return first.rename(target)


def test_a_newer_format_is_told_apart_from_damage(path: Path) -> None:
    genesis = path / "log.json"
    genesis.write_bytes(genesis.read_bytes().replace(b'"format":1', b'"format":2'))
    with pytest.raises(FormatTooNewError, match=r"log.json:1: format 2 is newer than 1.*upgrade kztimeline"):
        read_log(path)


def test_a_segment_of_a_newer_format_is_told_apart_from_damage(path: Path) -> None:
    first = canonical_bytes({"format": 2, "whatever": "it says"})
    file = path / "2026" / f"20260201T000000Z-{hashlib.sha256(first).hexdigest()[:32]}.jsonl"
    file.write_bytes(first + b"\n")
    with pytest.raises(FormatTooNewError, match=r"jsonl:1: format 2 is newer than 1"):
        read_log(path)
    assert [type(damage) for damage in verify(path).damages] == [FormatTooNewError]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "n", "holder": "KAZ", "created": "2026-01-01T00:00:00Z"},
        {"name": "n", "holder": "KAZ", "created": 7, "format": 1},
        {"name": "n", "holder": "KAZ", "created": "", "format": 1, "more": ""},
        {"name": "n", "holder": "KAZ", "created": "", "format": True},
        {"name": "n", "holder": "KAZ", "created": "", "format": 0},
    ],
    ids=str,
)
def test_a_genesis_with_other_fields_is_refused(path: Path, fields: dict[str, object]) -> None:
    (path / "log.json").write_bytes(canonical_bytes(fields) + b"\n")
    with pytest.raises(IntegrityError, match=r"log.json:1: "):
        read_log(path)


@pytest.mark.parametrize(
    "change",
    [lambda data: data.replace(b'":', b'": '), lambda data: data[:-1], lambda data: data + b"\n"],
    ids=["spaces", "no end", "two ends"],
)
def test_a_genesis_in_other_bytes_is_refused(path: Path, change: Callable[[bytes], bytes]) -> None:
    (path / "log.json").write_bytes(change((path / "log.json").read_bytes()))
    with pytest.raises(IntegrityError, match=r"log.json:1: the genesis is not as it was written"):
        read_log(path)


def test_a_segment_is_shown_without_its_bytes(path: Path) -> None:
    shown = repr(read_log(path).segments[0])
    assert shown.startswith("Segment(id=")
    assert not any(word in shown for word in ("data", "known", "stamp"))


def test_a_copy_of_a_log_is_the_same_log(path: Path, tmp_path: Path) -> None:
    copy = read_log(shutil.copytree(path, tmp_path / "copy"))
    assert copy.segments == read_log(path).segments
    assert [segment.path for segment in copy.segments] != [segment.path for segment in read_log(path).segments]


class Text(str):
    """Text of a kind of its own."""


@given(st.text(), st.text(), st.booleans())
def test_a_header_is_written_at_once_as_the_strict_way_writes_it_and_read_back(
    note: str, writer: str, own: bool
) -> None:
    header = Header(
        1,
        "0" * 64,
        "0" * 4,
        Text(note) if own else note,
        (),
        "2026-02-01T00:00:00Z",
        "1" * 64,
        Text(writer) if own else writer,
    )
    fields = {**attrs.asdict(header), "format": 1, "parents": []}
    assert header_line(header) == canonical_bytes(fields)
    made = segment_made(Path("log"), header, {"2" * 64: b"{}"})
    assert made.header == header_of(made.first, made.path)
    assert {type(made.header.note), type(made.header.writer)} == {str}


def test_half_a_character_has_no_place_in_a_header() -> None:
    with pytest.raises(EventError, match="half a character"):
        header_line(Header(1, "0" * 64, "", "\ud800", (), "2026-02-01T00:00:00Z", "1" * 64, "w"))


def test_a_header_longer_than_readers_take_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MAX_HEADER", 300)
    header = Header(1, "0" * 64, "", "n" * 100, (), "2026-02-01T00:00:00Z", "1" * 64, "w")
    with pytest.raises(
        EventError, match=r"a header of \d+ bytes, more than 300; append fewer lines, with a shorter note"
    ):
        segment_made(Path("log"), header, {"2" * 64: b"{}"})


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_segment_of_other_lines_than_its_header_says_is_not_made(path: Path, count: int) -> None:
    lines = {event_id(line): line for line in LINES[:2]}
    header = Header(count, "0" * 64, marks(lines), "", (), "2026-02-01T00:00:00Z", merkle_root(list(lines)), "w")
    with pytest.raises(EventError, match="a line to append holds line breaks"):
        segment_made(path, header, lines)


def test_a_changed_genesis_is_what_is_blamed(path: Path) -> None:
    genesis = path / "log.json"
    genesis.write_bytes(genesis.read_bytes().replace(b'"test"', b'"tost"'))
    with pytest.raises(IntegrityError, match=r"log.json:1: not the genesis that the segments name"):
        read_log(path)


SHORT = b'{"redacted":"' + event_id(LINES[0]).encode() + b'"}'
LONG = redaction_line(Redaction(event_id(LINES[0]), 'a "court" \u00e9', "anna"))


@pytest.mark.parametrize("stub", [SHORT, LONG])
def test_a_redacted_line_keeps_root_head_and_id(path: Path, stub: bytes) -> None:
    file = min(path.rglob("*.jsonl"))
    before = read_log(path)
    file.write_bytes(file.read_bytes().replace(LINES[0] + b"\n", stub + b"\n"))
    log = read_log(path)
    assert log.head == before.head
    assert [identity for _, identity, _ in log] == [identity for _, identity, _ in before]
    assert verify(path).redacted == 1
    assert verify(path).damages == ()
    assert not append_lines(path, [LINES[0]], note="again", writer="w").added, "a redacted event does not come back"


def test_a_redaction_may_say_who_took_the_event_out_and_why() -> None:
    assert redaction_of(LONG) == Redaction(event_id(LINES[0]), 'a "court" \u00e9', "anna")
    assert redaction_of(SHORT) == Redaction(event_id(LINES[0]), None, None)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (SHORT[:-1] + b',"quantity":"9"}', "a redaction keeps the id alone, or with it a reason and a writer as text"),
        (SHORT + b" ", "a redaction that is not written canonically"),
        (SHORT.replace(b'":"', b'": "'), "a redaction"),
        (SHORT.upper(), ""),
        (LONG.replace(b',"writer":"anna"', b""), "a redaction keeps the id alone, or with it a reason and a writer"),
        (LONG.replace(b'"anna"', b"7"), "a redaction keeps the id alone, or with it a reason and a writer as text"),
        (LONG.replace("\u00e9".encode(), "e\u0301".encode()), "a redaction that is not written canonically"),
        (LONG.replace(event_id(LINES[0]).encode(), b"0123"), "a redaction without the id it stands for"),
        (LONG.replace(b'"anna"', b'"anna" '), "a redaction that is not written canonically"),
        (LONG.replace(b'"anna"', b'"anne"'), "a redaction that does not hash to its sha256; put its words back"),
        (LONG.replace(b'"redacted"', b'"redacued"'), "a damaged line: it does not hash to its mark"),
    ],
)
def test_no_byte_of_a_redaction_is_free(path: Path, other: bytes, said: str) -> None:
    file = min(path.rglob("*.jsonl"))
    file.write_bytes(file.read_bytes().replace(LINES[0] + b"\n", other + b"\n"))
    with pytest.raises(IntegrityError, match=rf"jsonl:2: .*{said}"):
        read_log(path)


@pytest.mark.parametrize("stub", [SHORT, LONG])
def test_an_event_redacted_in_one_segment_is_shown_from_no_other_and_noted(path: Path, stub: bytes) -> None:
    ids = [event_id(LINES[0])]
    file = stored(path, [LINES[0]], root=merkle_root(ids), marks=marks(ids))
    file.write_bytes(file.read_bytes().replace(LINES[0], stub))
    (note,) = verify(path).notes
    assert f"shows {ids[0][:16]}, redacted elsewhere" in note
    assert verify(path).damages == ()
    assert [line for _, identity, line in read_log(path) if identity == ids[0]] == [stub]


def test_a_head_that_is_gone_is_a_rollback(path: Path) -> None:
    first, second = read_log(path).segments
    assert verify(path, seen=[first.id, second.id, first.header.genesis]).damages == ()
    second.path.unlink()
    (damage,) = verify(path, seen=[first.id, second.id]).damages
    assert isinstance(damage, RollbackError)
    assert f"the head {second.id[:16]}, seen before, is gone; fetch the segments" in str(damage)


def test_a_seen_head_that_is_there_but_damaged_is_damage_not_a_rollback(path: Path) -> None:
    last = read_log(path).segments[-1]
    last.path.write_bytes(last.path.read_bytes()[:-1])
    (damage,) = verify(path, seen=[last.id]).damages
    assert (type(damage), damage.line) == (IntegrityError, 2)


def test_foreign_files_and_leftovers_of_a_crash_are_noted_and_left_alone(path: Path) -> None:
    (path / "notes.txt").write_text("mine")
    (path / "2026" / ".0123456789abcdef.part").write_bytes(b'{"count"')
    for folder in (".cache", ".venv", "work"):
        (path / folder).mkdir()
        (path / folder / "notes.txt").write_text("mine")
    assert verify(path).notes == (
        ".cache/notes.txt: not part of the log; move it elsewhere",
        ".venv/notes.txt: not part of the log; move it elsewhere",
        "2026/.0123456789abcdef.part: left by an append that was cut short; it can be removed",
        "notes.txt: not part of the log; move it elsewhere",
        "work/notes.txt: not part of the log; move it elsewhere",
    )
    assert [line for _, _, line in read_log(path)] == LINES
    assert (path / "2026" / ".0123456789abcdef.part").exists()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", 1),
        (b"* text\n", 1),
        (b"* -text\n*.jsonl text=auto\n", 2),
        (b"*.jsonl eol=crlf\n* -text\n", 1),
        (b"* -text\n* filter=lfs\n", 2),
    ],
)
def test_attributes_that_let_git_change_bytes_are_damage(path: Path, text: bytes, line: int) -> None:
    (path / ".gitattributes").write_bytes(text)
    found = verify(path).damages
    assert (found[0].path, found[0].line) == (str(path / ".gitattributes"), line)
    assert "git may change" in str(found[0])


def test_attributes_may_say_how_git_shows_differences(path: Path) -> None:
    (path / ".gitattributes").write_bytes(b"# the bytes are hashed, text or not\n* -text\n*.jsonl diff=kztimeline\n")
    assert verify(path).damages == ()
    (path / ".gitattributes").unlink()
    assert "write `* -text`" in str(verify(path).damages[0])


def test_where_there_is_no_log_the_message_says_how_to_begin_one(tmp_path: Path) -> None:
    for call in (read_log, verify):
        with pytest.raises(LogNotFoundError, match="no log here; write one with `kztimeline init`"):
            call(tmp_path / "nowhere")


def test_the_folder_of_git_is_no_foreign_file_but_a_symbolic_link_is(path: Path) -> None:
    (path / ".git" / "objects").mkdir(parents=True)
    (path / ".git" / "HEAD").write_text("ref: refs/heads/main")
    assert verify(path).notes == ()
    file = min(path.rglob("*.jsonl"))
    moved = path.parent / file.name
    file.rename(moved)
    file.symlink_to(moved)
    (path / "loop").symlink_to(path)
    (path / "broken").symlink_to(path / "nowhere")
    said = "a symbolic link; put what it leads to in its place"
    names = ("broken", "loop")
    assert [damage.path for damage in verify(path).damages] == [str(file)]
    assert verify(path).notes == tuple(f"{name}: {said}" for name in names)


def test_a_file_that_leads_to_git_is_no_foreign_file_either(path: Path) -> None:
    (path / ".git").write_text("gitdir: ../elsewhere")
    assert verify(path).notes == ()


def test_of_many_lines_the_damaged_one_is_told_and_what_is_wrong_with_it(path: Path) -> None:
    lines = [b'{"m":%d}' % number for number in range(7)]
    file = stored(path, lines)
    whole = file.read_bytes()
    for number, line in enumerate(lines):
        file.write_bytes(whole.replace(line, line + b"\r"))
        with pytest.raises(IntegrityError, match=rf"jsonl:{number + 2}: a damaged line: it ends in a carriage return"):
            read_log(path)


def test_a_folder_in_the_place_of_the_genesis_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "log.json").mkdir()
    with pytest.raises(LogNotFoundError, match="no log here"):
        read_log(tmp_path)
