"""Damage to a small log, kind by kind, and two verifiers that must both notice, and name the file."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

from attrs import Factory, define, evolve, frozen

from kztimeline.canonical import canonical_bytes, event_id
from kztimeline.errors import LogError
from kztimeline.log import (
    Redaction,
    append_lines,
    create,
    is_redacted,
    read_log,
    redaction_line,
    redaction_of,
    verify,
)
from kztimeline.log.files import LOCAL
from tests.crashes import File, Folder, MemoryDisk, remembering

Files = dict[str, bytes | None]
"""A log as names and bytes; ``None`` is an empty folder."""
PLACE = Path("/log")


def verifier() -> ModuleType:
    """The second verifier, which shares no code with the library."""
    file = Path(__file__).parent.parent / "tools" / "verify_log.py"
    spec = importlib.util.spec_from_file_location("verify_log", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VERIFIER = verifier()


@frozen
class Case:
    """One damaged log: what was done, to which file (and near which line), and what the log is now."""

    says: str
    file: str
    line: int | None
    files: Mapping[str, bytes | None]
    harmless: bool = False
    other: str | None = None
    redacts: bool = False


@define
class Sweep:
    """What a sweep found: cases by kind, those not noticed, those misplaced, those the verifiers differ on."""

    cases: int = 0
    unnoticed: list[str] = Factory(list)
    misplaced: list[str] = Factory(list)
    differing: list[str] = Factory(list)
    alarms: list[str] = Factory(list)
    harmless: int = 0
    redactions: int = 0
    very_line: int = 0


def small_log(path: Path, seed: int) -> tuple[Files, tuple[str, ...]]:
    """Make a log of two branches over two years, with a redaction and text of several scripts; and its heads."""
    rng = random.Random(seed)
    create(path, name="небольшой", holder="KAZ", created="2025-12-30T00:00:00Z")
    add(path, rng, "2025-12-31T00:00:00Z", 3)
    other = path.with_name("other")
    shutil.copytree(path, other)
    add(path, rng, "2026-01-02T00:00:00Z", 2)
    add(other, rng, "2026-01-02T00:00:00Z", 1)
    shutil.copytree(other, path, dirs_exist_ok=True)
    if rng.random() < 0.5:
        add(path, rng, "2026-01-03T00:00:00Z", 1)
    first = min(path.rglob("*.jsonl"))
    head, *lines = first.read_bytes().split(b"\n")[:-1]
    stub = redaction_line(Redaction(event_id(lines[1]), "a name", "w"))
    first.write_bytes(b"\n".join([head, lines[0], stub, *lines[2:]]) + b"\n")
    log = read_log(path)
    files: Files = {f.relative_to(path).as_posix(): f.read_bytes() for f in path.rglob("*") if f.is_file()}
    return files, tuple(dict.fromkeys((log.head, *log.heads)))


def add(path: Path, rng: random.Random, recorded: str, count: int) -> None:
    """Append lines with their newlines, quotes and letters of several scripts."""
    words = ("Қазақстан", 'said "two"', "a\u2028b", "x\ny", "№ 7", "\\n")
    lines = [canonical_bytes({"n": rng.getrandbits(40), "text": rng.choice(words)}) for _ in range(count)]
    append_lines(path, lines, note="a note", writer="w", recorded=recorded)


# --- single files ---------------------------------------------------------------------------------------------


def byte_cases(files: Files, seed: int, *, values: int = 1) -> Iterator[Case]:
    """Every bit flipped; every byte deleted, zeroed, replaced and one inserted before it; every truncation."""
    rng = random.Random(seed)
    for name, data in sorted(files.items()):
        assert data is not None
        for at in range(len(data)):
            line = data[:at].count(b"\n") + 1
            for says, changed in _byte(data, at, rng, values):
                if changed != data:
                    yield Case(f"{says} at {at}", name, line, {**files, name: changed}, _tame(name, changed))


def _byte(data: bytes, at: int, rng: random.Random, values: int) -> Iterator[tuple[str, bytes]]:
    before, byte, after = data[:at], data[at], data[at + 1 :]
    for bit in range(8):
        yield f"bit {bit} flipped", before + bytes([byte ^ 1 << bit]) + after
    yield "deleted", before + after
    yield "zeroed", before + b"\0" + after
    yield "cut", before
    for _ in range(values):
        yield "inserted", before + bytes([rng.randrange(256)]) + data[at:]
    for _ in range(values - 1):
        yield "replaced", before + bytes([rng.randrange(256)]) + after


def _tame(name: str, changed: bytes) -> bool:
    """The attributes may hold empty lines and comments, and a last line without its end: git reads it so."""
    lines = [line for line in changed.split(b"\n") if line and not line.startswith(b"#")]
    return name == ".gitattributes" and lines == [b"* -text"]


def line_cases(files: Files) -> Iterator[Case]:
    """Lines swapped, doubled and dropped; line endings converted; a byte order mark; everything gone."""
    for name, data in sorted(files.items()):
        if data is None or not name.endswith(".jsonl"):
            continue
        lines = data[:-1].split(b"\n")
        for one in range(len(lines)):
            yield _lines("line dropped", files, name, [*lines[:one], *lines[one + 1 :]], one)
            yield _lines("line doubled", files, name, [*lines[: one + 1], *lines[one:]], one + 1)
            yield _lines("line from elsewhere", files, name, [*lines[:one], b'{"n":1}', *lines[one:]], one)
            for two in range(one):
                swapped = list(lines)
                swapped[one], swapped[two] = lines[two], lines[one]
                yield _lines("lines swapped", files, name, swapped, two)
    for name, data in sorted(files.items()):
        assert data is not None
        for says, changed in (
            ("line endings converted", data.replace(b"\n", b"\r\n")),
            ("old line endings", data.replace(b"\n", b"\r")),
            ("a byte order mark", b"\xef\xbb\xbf" + data),
            ("another encoding", data.decode().encode("utf-16")),
            ("emptied", b""),
            ("all zeros", bytes(len(data))),
            ("twice in a row", data * 2),
            ("a sector of zeros", data[:64] + bytes(len(data[64:]))),
        ):
            yield Case(
                says,
                name,
                1,
                {**files, name: changed},
                _tame(name, changed) or (says == "twice in a row" and name == ".gitattributes"),
            )


def _lines(says: str, files: Files, name: str, lines: list[bytes], at: int) -> Case:
    return Case(says, name, at + 1, {**files, name: b"\n".join(lines) + b"\n"})


def file_cases(files: Files) -> Iterator[Case]:
    """Files swapped, doubled, dropped, renamed, moved to another year; strange files and folders."""
    names = sorted(files)
    segments = [name for name in names if name.endswith(".jsonl")]
    for one in names:
        yield Case("dropped", one, None, {name: data for name, data in files.items() if name != one})
        for two in names:
            if one < two:
                yield Case("swapped", one, None, {**files, one: files[two], two: files[one]}, other=two)
    for one in segments:
        left = {name: data for name, data in files.items() if name != one}
        year, name = one.split("/")
        for other in (f"2024/{name}", f"{year}/{name.upper()}", name, f"{year}/sub/{name}", one.replace("Z-", "z-")):
            yield Case("renamed", other, None, {**left, other: files[one]})
            yield Case("doubled", other, None, {**files, other: files[one]})
        yield Case("a folder in its place", one, None, {**left, f"{one}/x": b""})
        yield Case("an empty folder in its place", one, None, {**left, one: None})
    for name in ("2030", "2026/sub", "a"):
        yield Case("an empty folder", name, None, {**files, name: None})
    for name in ("notes.txt", "2026/.DS_Store", "2026/x.jsonl", "2026/.0123456789abcdef.part"):
        yield Case("a strange file", name, None, {**files, name: b"x"})
    yield Case("all segments dropped", ".", None, {n: d for n, d in files.items() if n not in segments})


def stub_cases(files: Files) -> Iterator[Case]:
    """Stubs that nobody asked for: whole ones, which are reported as what they are, and ones that do not fit."""
    for name, data in sorted(files.items()):
        if data is None or not name.endswith(".jsonl"):
            continue
        lines = data[:-1].split(b"\n")
        for at in range(1, len(lines)):
            for says, stub, redacts in _stubs(lines, at):
                case = _lines(says, files, name, [*lines[:at], stub, *lines[at + 1 :]], at)
                yield evolve(case, redacts=redacts, harmless=redacts)


def _stubs(lines: list[bytes], at: int) -> Iterator[tuple[str, bytes, bool]]:
    """Yield forged stubs for a line: what was done, the stub, and whether it is a redaction like any other."""
    own = redaction_of(lines[at]).id if is_redacted(lines[at]) else event_id(lines[at])
    whole = redaction_line(Redaction(own, "none", "nobody"))
    other = event_id(b"{}")
    yield "a whole stub", whole, True
    yield "a short stub", redaction_line(Redaction(own, None, None)), True
    yield "a stub of another event", redaction_line(Redaction(other, "none", "nobody")), False
    yield "a short stub of another event", redaction_line(Redaction(other, None, None)), False
    yield "a stub with another's id", whole.replace(own.encode(), other.encode()), False
    yield "a stub with other words", whole.replace(b"nobody", b"Nobody"), False
    yield "a stub without its hash", canonical_bytes({"reason": "none", "redacted": own, "writer": "nobody"}), False
    yield "a stub without a writer", canonical_bytes({"reason": "none", "redacted": own}), False
    yield "a stub that says more", whole[:-1] + b',"z":"1"}', False
    yield "a stub with a space", whole + b" ", False
    yield (
        "a stub in capitals",
        redaction_line(Redaction(own, None, None)).replace(own.encode(), own.upper().encode()),
        False,
    )
    yield "a stub of half an id", canonical_bytes({"redacted": own[:32]}), False


def cases(files: Files, seed: int, *, values: int = 1) -> Iterator[Case]:
    """All of it, and the log as it is."""
    yield Case("nothing", ".", None, files, harmless=True)
    yield from byte_cases(files, seed, values=values)
    yield from line_cases(files)
    yield from file_cases(files)
    yield from stub_cases(files)


# --- judging --------------------------------------------------------------------------------------------------


def on_memory(files: Mapping[str, bytes | None]) -> MemoryDisk:
    """The same log on a disk in memory."""
    root = Folder(names={"log": Folder()})
    for name, data in files.items():
        folder = root.names["log"]
        parts = name.split("/")
        for part in parts if data is None else parts[:-1]:
            assert isinstance(folder, Folder)
            folder = folder.names.setdefault(part, Folder())
        if data is not None:
            assert isinstance(folder, Folder)
            folder.names[parts[-1]] = File(data, data)
    return MemoryDisk(root)


def judged(case: Case, heads: tuple[str, ...]) -> tuple[list[tuple[str, int | None]], list[tuple[str, int]]]:
    """Where the library sees something wrong, files (as in a log) with lines, damage first; and redactions."""
    try:
        report = verify(PLACE, seen=heads, disk=on_memory(case.files))
    except LogError as error:
        return [(Path(error.path).relative_to(PLACE).as_posix(), error.line)], []
    damages = [(Path(error.path).relative_to(PLACE).as_posix(), error.line) for error in report.damages]
    redactions = [(file.relative_to(PLACE).as_posix(), number) for file, number, _ in report.redactions]
    return [*damages, *((note.split(":")[0], None) for note in report.notes)], redactions


@contextlib.contextmanager
def both_remembering() -> Iterator[None]:
    """Let both verifiers remember what they said of one file's bytes: of a damaged log most files are whole."""
    second = VERIFIER.check_segment
    VERIFIER.check_segment = functools.lru_cache(64)(lambda *words: tuple(second(*words)))
    try:
        with remembering():
            yield
    finally:
        VERIFIER.check_segment = second


def sweep(found: Sweep, several: Iterator[Case], heads: tuple[str, ...]) -> Sweep:
    """Judge cases by both verifiers."""
    with both_remembering():
        for case in several:
            _judge(found, case, heads)
    return found


def _judge(found: Sweep, case: Case, heads: tuple[str, ...]) -> None:
    places, redactions = judged(case, heads)
    second, _, stubs = VERIFIER.problems(case.files, heads)
    found.cases += not case.harmless
    found.harmless += case.harmless
    said = f"{case.file}: {case.says}"
    if bool(places) != bool(second) or (not second and sorted(redactions) != sorted(stub[:2] for stub in stubs)):
        found.differing.append(said)
    found.redactions += case.redacts
    if case.redacts and (case.file, case.line) not in redactions:
        found.unnoticed.append(said)
    if case.harmless and places:
        found.alarms.append(said)
    elif not case.harmless and not places:
        found.unnoticed.append(said)
    elif not case.harmless and not _named(case, {name for name, _ in places}):
        found.misplaced.append(said)
    found.very_line += not case.harmless and (case.file, case.line) in places


def _named(case: Case, names: set[str]) -> bool:
    """Whether a damage is where it was done; what is gone is named by its child, or by the head that was seen."""
    if case.says in ("dropped", "all segments dropped", "renamed"):
        return True
    return bool(names & {case.file, case.other})


# --- what only a real folder can hold --------------------------------------------------------------------------


def _linked(path: Path, name: str) -> None:
    file = path / name
    moved = file.rename(path.with_name("moved away"))
    file.symlink_to(moved)


def on_disk(path: Path, files: Files) -> Iterator[tuple[str, str, Callable[[], None]]]:
    """Yield damage that is no matter of bytes: what was done, to which name, and how."""
    for name in (*sorted(files), "2026"):
        yield "a symbolic link in its place", name, lambda name=name: _linked(path, name)
    for name in ("2026/link", "link"):
        yield "a symbolic link that leads nowhere", name, lambda name=name: (path / name).symlink_to("nowhere")
    yield "a name that is no text", "2026/\udcff", lambda: (path / "2026" / "\udcff").write_bytes(b"")


def written(path: Path, files: Mapping[str, bytes | None]) -> Path:
    """Write a log out as files."""
    for name, data in files.items():
        (path / name if data is None else (path / name).parent).mkdir(parents=True, exist_ok=True)
        if data is not None:
            (path / name).write_bytes(data)
    return path


def both_notice(path: Path, heads: tuple[str, ...]) -> tuple[bool, bool]:
    """What the library and the second verifier say of a folder."""
    try:
        report = verify(path, seen=heads, disk=LOCAL)
        first = bool(report.damages or report.notes)
    except LogError:
        first = True
    return first, bool(VERIFIER.problems(VERIFIER.read(path), heads)[0])
