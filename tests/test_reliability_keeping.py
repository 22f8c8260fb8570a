"""Keeping a log: signed notes of its state, and mending it from another copy without deleting anything."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from kztimeline.cli import cli
from kztimeline.errors import FormatTooNewError, IntegrityError, LogError, LogExistsError, LogNotFoundError
from kztimeline.log import append_lines, create, read_log, verify
from kztimeline.log.checkpoint import checkpoint, misses, new_key, note_text, read_note, signed, verifier_key
from kztimeline.log.repair import repair
from tests import crashes, damage
from tests.crashes import LOG, FaultyDisk, Killed

NAME = "example.org/log"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "log", name="test", holder="KAZ", created="2026-01-01T00:00:00Z")
    for number in range(3):
        append(tmp_path / "log", number)
    return tmp_path / "log"


def append(path: Path, number: int) -> str:
    stamp = f"202{6 + number % 2}-02-0{number + 1}T00:00:00Z"
    return append_lines(path, [b'{"n":%d}' % number], note="", writer="w", recorded=stamp).head


def run(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


# --- notes ------------------------------------------------------------------------------------------------------


def test_a_log_holds_what_a_note_saw_until_it_is_cut_back(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, note = tmp_path / "key.pem", tmp_path / "note"
    code, _, said = run("checkpoint", "--log", path, "--key", key, "--new-key", "--name", NAME, "-o", note)
    assert code == 0
    verifier = said.removeprefix("check it with --key ").strip()
    assert verifier == verifier_key(key, NAME)
    assert key.stat().st_mode & 0o077 == 0
    assert note.read_text("utf-8").startswith(
        f"kztimeline log {read_log(path).genesis.id}\nsegments 3, events 3\nhead "
    )
    append(path, 5)
    assert run("verify", "--log", path, "--against", note, "--key", verifier)[0] == 0
    (tmp_path / "verifier").write_text(verifier, "utf-8")
    assert run("verify", "--log", path, "--against", note, "--key", tmp_path / "verifier")[0] == 0
    for segment in read_log(path).segments[-2:]:
        segment.path.unlink()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another machine"))
    code, out, said = run("verify", "--log", path, "--against", note, "--key", verifier)
    assert (code, out) == (4, "")
    assert "which the note saw, is gone; fetch what led to it" in said


def test_a_note_of_another_log_is_told(path: Path, tmp_path: Path) -> None:
    create(tmp_path / "other", name="other", holder="KAZ", created="2026-01-01T00:00:00Z")
    (miss,) = misses(read_log(tmp_path / "other"), checkpoint(read_log(path)))
    assert "the note is of another log, or this one was made anew" in str(miss)


def test_a_note_that_counts_otherwise_is_told(path: Path) -> None:
    from attrs import evolve

    (miss,) = misses(read_log(path), evolve(checkpoint(read_log(path)), events=4))
    assert "the note saw 3 segments and 4 events, there are 3 and 3" in str(miss)


def test_no_byte_of_a_note_is_free(path: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    new_key(key)
    verifier = verifier_key(key, NAME)
    note = signed(note_text(checkpoint(read_log(path))), key, NAME).encode()
    assert read_note(note, verifier, "n") == checkpoint(read_log(path))
    for at in range(len(note)):
        for changed in (note[:at] + bytes([note[at] ^ 1]) + note[at + 1 :], note[:at] + note[at + 1 :], note[:at]):
            if changed != note:
                with pytest.raises(IntegrityError, match="n: not "):
                    read_note(changed, verifier, "n")


def test_a_note_may_carry_other_signatures_and_is_checked_by_its_own(path: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.pem", tmp_path / "two.pem"
    new_key(one)
    new_key(two)
    text = note_text(checkpoint(read_log(path)))
    first, second = signed(text, one, NAME), signed(text, two, "other")
    both = (first + second.split("\n\n")[1]).encode()
    assert read_note(both, verifier_key(two, "other"), "n").segments == 3
    with pytest.raises(IntegrityError, match=r"not signed by example\.org/log with that key"):
        read_note(both, verifier_key(two, NAME), "n")


@pytest.mark.parametrize(
    ("act", "error", "said"),
    [
        (lambda key: new_key(key), LogExistsError, "a file is there already; name a new one"),
        (lambda key: verifier_key(key, "two words"), LogError, "a signer's name has no space and no plus"),
        (lambda key: verifier_key(key.with_name("text"), NAME), LogError, "not an Ed25519 key without a password"),
        (lambda _: read_note(b"", "mine", "n"), LogError, "not a verifier key; write the line that"),
        (lambda key: read_note(b"", verifier_key(key, NAME)[:-1] + "?", "n"), LogError, "not a verifier key"),
        (lambda key: read_note(b"\xff", verifier_key(key, NAME), "n"), IntegrityError, "not a note: it is no text"),
    ],
    ids=range(6),
)
def test_what_is_no_key_and_no_note_is_told(
    tmp_path: Path, act: Callable[[Path], object], error: type[LogError], said: str
) -> None:
    new_key(tmp_path / "key.pem")
    (tmp_path / "text").write_text("text")
    with pytest.raises(error, match=said):
        act(tmp_path / "key.pem")


def test_a_note_is_not_believed_without_a_key(path: Path, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("text")
    code, _, said = run("verify", "--log", path, "--against", tmp_path / "note")
    assert code == 2
    assert "--against needs --key: the verifier key of whoever signed the note" in said


def test_without_cryptography_one_line_says_what_to_install() -> None:
    code = (
        "import sys, pathlib\nsys.modules['cryptography'] = None\nsys.modules['cryptography.exceptions'] = None\n"
        "from kztimeline.log.checkpoint import new_key\nfrom kztimeline.errors import MissingExtraError\n"
        "try:\n    new_key(pathlib.Path('k'))\nexcept MissingExtraError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == 'pip install "kztimeline[sign]"\n'


# --- mending ----------------------------------------------------------------------------------------------------


def state(path: Path) -> dict[str, bytes]:
    return {f.relative_to(path).as_posix(): f.read_bytes() for f in path.rglob("*") if f.is_file()}


@pytest.fixture
def other(path: Path, tmp_path: Path) -> Path:
    return shutil.copytree(path, tmp_path / "other")


def test_any_one_damage_is_mended_from_another_copy_and_nothing_is_deleted(tmp_path: Path) -> None:
    files, heads = damage.small_log(tmp_path / "small", 1)
    seen = set()
    cases = [*damage.file_cases(files), *damage.line_cases(files)]
    cases += [case for number, case in enumerate(damage.byte_cases(files, 1)) if number % 500 == 0]
    for number, case in enumerate(cases):
        path = damage.written(tmp_path / str(number) / "log", case.files)
        if not case.files.get("log.json") and not any(name.endswith(".jsonl") for name in case.files):
            continue
        before = sorted(state(path).values())
        done = repair(path, tmp_path / "small")
        assert done.report.damages == (), case
        assert verify(path, seen=heads).damages == (), case
        kept = [*state(path).values(), *state(path.with_name("log.quarantine")).values()]
        for data in before:
            assert data in kept, case
        seen.add(bool(done.copied))
    assert seen == {True, False}


def test_what_is_damaged_again_and_again_is_all_kept(path: Path, other: Path) -> None:
    file, damages = min(path.rglob("*.jsonl")), [b"one", b"two", b"three"]
    for data in damages:
        file.write_bytes(data)
        assert repair(path, other).report.damages == ()
    kept = path.with_name("log.quarantine") / "2026"
    assert [(kept / f"{file.name}{end}").read_bytes() for end in ("", ".1", ".2")] == damages


def test_links_are_put_aside_too(path: Path, other: Path) -> None:
    (path / "2026").rename(path.with_name("elsewhere"))
    (path / "2026").symlink_to(path.with_name("elsewhere"))
    done = repair(path, other)
    assert done.report.damages == ()
    assert [(file.name, target.is_symlink()) for file, target in done.aside] == [("2026", True)]


def test_what_the_other_copy_lacks_too_stays_put_aside_and_is_named(path: Path, other: Path) -> None:
    for folder in (path, other):
        file = min(folder.rglob("*.jsonl"))
        file.write_bytes(file.read_bytes()[:-1])
    code, out, said = run("repair", "--log", path, "--from", other)
    assert (code, out) == (4, "")
    assert "put aside: " in said
    assert "its parent" in said
    assert "is not in the log" in said


def test_what_only_this_copy_has_stays(path: Path, other: Path) -> None:
    head = append(path, 5)
    file = min(path.rglob("*.jsonl"))
    file.unlink()
    assert run("repair", "--log", path, "--from", other) == (0, f"{head}\n", f"copied: {file}\n")
    assert read_log(path).head == head


def test_a_copy_of_another_log_is_refused(path: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange"
    create(strange, name="strange", holder="KAZ", created="2026-01-01T00:00:00Z")
    before = state(path)
    with pytest.raises(LogError, match="the other folder holds another log; name a copy of this one"):
        repair(path, strange)
    with pytest.raises(LogNotFoundError):
        repair(path, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(LogNotFoundError, match="no log here that could be mended; copy the other one whole"):
        repair(tmp_path / "empty", path)
    assert state(path) == before


def test_a_segment_of_a_newer_format_is_left_alone(path: Path, other: Path) -> None:
    file = path / "2026" / ("20260201T000000Z-" + "0" * 32 + ".jsonl")
    file.write_bytes(json.dumps({"format": 2}).encode() + b"\n")
    done = repair(path, other)
    assert file.exists()
    assert [type(damage) for damage in done.report.damages] == [FormatTooNewError]


def test_a_repair_that_is_killed_anywhere_is_done_again() -> None:
    for at in range(1, 40):
        disk = crashes.MemoryDisk()
        disk.root.put("disk", crashes.Folder())
        for name in ("log", "other"):
            create(LOG.with_name(name), name="t", holder="KAZ", created="2026-01-01T00:00:00Z", disk=disk)
            for number in range(2):
                line = [b'{"n":%d}' % number]
                append_lines(LOG.with_name(name), line, note="", writer="w", recorded="2026-01-02T00:00:00Z", disk=disk)
        head = read_log(LOG, disk).head
        for segment in read_log(LOG, disk).segments:
            disk._file(segment.path).data = segment.path.name.encode()
        faulty = FaultyDisk(disk, at, "kill")
        try:
            repair(LOG, LOG.with_name("other"), faulty)
        except Killed:
            disk.held, disk.open = False, {}
        done = repair(LOG, LOG.with_name("other"), disk)
        assert (done.report.damages, read_log(LOG, disk).head) == ((), head)
    assert faulty.hit is None
