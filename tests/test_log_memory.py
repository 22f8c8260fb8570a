"""What was verified before is hashed as a whole and not taken apart again: nothing else differs, whatever was done to a log."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline.errors import LogError
from kztimeline.log import Log, memory, read_log, segments
from kztimeline.log.memory import read_again, verified_file

CLAIM = {
    "kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "quantity": "2", "into": "in-service",
    "citations": [{"source": "a", "published": "2017"}],
}  # fmt: skip
NAMES = [
    {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
    {"kind": "defined-source", "id": "a", "title": "A", "form": "prose"},
]


def filled(path: Path) -> Path:
    """A log of two branches joined by a third append, one event redacted."""
    kz.init(path, name="small").append(NAMES)
    other = path.parent / f"{path.name}-other"
    shutil.copytree(path, other)
    kz.open(path, mode="a").append({**CLAIM, "salt": "salt-of-at-least-22-digits"})
    kz.open(other, mode="a").append({**CLAIM, "quantity": "3"}, recorded="2030-01-01T00:00:00Z")
    for file in other.glob("*/*.jsonl"):
        (path / file.parent.name).mkdir(exist_ok=True)
        shutil.copy(file, path / file.parent.name)
    shutil.rmtree(other)
    tl = kz.open(path, mode="a")
    tl.append({**CLAIM, "quantity": "5"})
    gone = next(row.id for row in tl.placed if getattr(row.value, "salt", None))
    kz.redact(path, [gone], reason="a court said so", writer="anna")
    return path


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("log") / "small")


def made(read: Callable[[Path], Log], path: Path) -> object:
    """All that a reader makes of a log, or the error with its place."""
    try:
        found = read(path)
    except LogError as error:
        return type(error), str(error)
    states = [
        found,
        *(found.at(segment.id) for segment in found.segments),
        found.recorded_until("2029-01-01T00:00:00Z"),
    ]
    return [
        (state.head, state.heads, [(*row[1:], row[0].header) for row in state], dict(state.redacted), state.genesis)
        for state in states
    ] + [[(s.id, s.path, s.first, s.lines, s.ids, s.count, list(s.stubs)) for s in found.segments]]


def never(*_: object) -> object:
    raise AssertionError("a segment was taken apart")


def test_a_log_read_again_is_the_log(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = made(read_log, log)
    assert made(read_again, log) == expected
    monkeypatch.setattr(segments, "segment_of", never)
    monkeypatch.setattr(memory, "replace_file", never)
    assert made(read_again, log) == expected
    with pytest.raises(AssertionError, match="a segment was taken apart"):
        read_log(log)


FILES = st.integers(0, 4)
HARM = st.one_of(
    st.tuples(st.just("flip"), st.integers(0, 10**6), st.integers(1, 255)),
    st.tuples(st.just("cut"), st.integers(1, 10**6), st.just(0)),
    st.tuples(st.just("add"), st.integers(0, 10**6), st.integers(0, 255)),
    st.tuples(st.sampled_from(["empty", "endings", "gone", "link", "rename", "swap", "twice"]), st.just(0), st.just(0)),
)


def harmed(path: Path, number: int, harm: tuple[str, int, int]) -> None:
    """Do something to one file of a log."""
    files = [*sorted(path.glob("*/*.jsonl")), path / "log.json"]
    file, following = files[number % len(files)], files[(number + 1) % len(files)]
    what, place, value = harm
    data = bytearray(file.read_bytes())
    if what == "flip":
        data[place % len(data)] ^= value
    elif what == "cut":
        del data[place % len(data) :]
    elif what == "add":
        data.insert(place % (len(data) + 1), value)
    elif what == "empty":
        data.clear()
    elif what == "endings":
        data = data.replace(b"\n", b"\r\n")
    elif what == "twice":
        data = data + data
    elif what == "swap":
        data = bytearray(following.read_bytes())
    file.unlink()
    if what == "rename":
        (file.parent / file.name.replace("Z-", "Z-0")).write_bytes(data)
    elif what == "link":
        file.symlink_to(following)
    elif what != "gone":
        file.write_bytes(data)


@given(FILES, HARM)
def test_no_damage_is_hidden_by_what_was_verified_before(
    tmp_path_factory: pytest.TempPathFactory, log: Path, number: int, harm: tuple[str, int, int]
) -> None:
    read_again(log)
    path = tmp_path_factory.mktemp("harmed") / "log"
    shutil.copytree(log, path)
    harmed(path, number, harm)
    expected = made(read_log, path)
    assert made(read_again, path) == expected
    assert made(read_again, path) == expected


def test_a_log_that_was_moved_is_known_again(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_again(log)
    path = Path(shutil.copytree(log, tmp_path / "elsewhere"))
    expected = made(read_log, path)
    monkeypatch.setattr(segments, "segment_of", never)
    assert made(read_again, path) == expected


def test_a_redaction_is_seen_and_the_hashes_of_before_are_forgotten(tmp_path: Path) -> None:
    path = filled(tmp_path / "log")
    tl = kz.open(path)
    before = verified_file(tl.log.genesis.id).read_bytes()
    gone = next(row.id for row in tl.placed if row.value.kind == "delivered")
    kz.redact(path, [gone], reason="a court said so", writer="anna", unsalted=True)
    assert not verified_file(tl.log.genesis.id).exists()
    assert gone in kz.open(path).log.redacted
    assert gone in kz.open(path).log.redacted
    assert verified_file(tl.log.genesis.id).read_bytes() != before


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_damaged_list_of_what_was_verified_is_ignored_and_made_anew(log: Path, place: int, flip: int) -> None:
    file = verified_file(read_again(log).genesis.id)
    whole = file.read_bytes()
    data = bytearray(whole)
    data[place % len(data)] ^= flip
    for harm in (bytes(data), whole[: place % len(whole)], whole + b"x", b""):
        file.write_bytes(harm)
        assert memory._verified(read_log(log).genesis) == {}
        assert made(read_again, log) == made(read_log, log)
        assert file.read_bytes() == whole


def test_what_another_version_verified_does_not_count(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "library", lambda: "another")
    read_again(log)
    monkeypatch.undo()
    assert memory._verified(read_log(log).genesis) == {}


def test_another_version_is_one_whose_modules_stand_or_say_otherwise(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "room").mkdir(parents=True)
    (package / "a.py").write_text("one = 1\n")
    (package / "room" / "b.py").write_text("two = 2\n")
    first = memory.version_of(package)
    moved = package.rename(tmp_path / "elsewhere")
    (moved / "notes.txt").write_text("no module")
    assert memory.version_of(moved) == first
    seen = [first]
    (moved / "room" / "b.py").write_text("two = 3\n")
    seen.append(memory.version_of(moved))
    (moved / "room" / "b.py").rename(moved / "b.py")
    seen.append(memory.version_of(moved))
    (moved / "room" / "c.py").write_text("")
    seen.append(memory.version_of(moved))
    assert len(set(seen)) == 4
    assert memory.library() == memory.version_of(Path(kz.__file__).parent)


def test_where_nothing_can_be_kept_the_log_is_read_all_the_same(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert made(read_again, log) == made(read_log, log)


@pytest.mark.parametrize("cache", ["", "cache"])
def test_nothing_is_kept_where_the_home_is_no_whole_path(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "home")
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    assert kz.open(log).holdings(on="2020").frame.height
    assert [*tmp_path.iterdir()] == []
