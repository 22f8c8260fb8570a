"""A file system in memory that can lose what was not synced, and histories of a log upon it.

A folder remembers which of its names were synced, a file which of its bytes were. A power cut keeps any
part of the rest: each name that came or went since, each sector that was written since, any length in
between. The order in which things were written promises nothing. A killed process loses nothing of it,
but no line of it runs any more.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import random
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import Factory, define, field

from kztimeline.canonical import canonical_bytes, event_id
from kztimeline.errors import KztimelineError, LogError, LogNotFoundError
from kztimeline.log import Log, Pen, create, headers, is_redacted, read_log, segments
from kztimeline.log import append as appending
from kztimeline.log import files as filing
from kztimeline.log import redact as redacting
from kztimeline.log.files import Disk, What
from kztimeline.log.segments import Segment

SECTOR = 512
LOG = Path("/disk/log")


class Killed(BaseException):
    """The process is gone; nothing of it runs any more."""


class LostError(AssertionError):
    """A promise of the log was broken."""


@define(eq=False)
class File:
    """A file's bytes as everybody reads them, and as they were when last synced."""

    data: bytes = b""
    synced: bytes = b""


@define(eq=False)
class Folder:
    """A folder's names as everybody sees them, as they were when last synced, and what changed since."""

    names: dict[str, File | Folder] = Factory(dict)
    synced: dict[str, File | Folder] = Factory(dict)
    pending: list[tuple[str, File | Folder | None]] = Factory(list)

    def put(self, name: str, node: File | Folder | None) -> None:
        if node is None:
            del self.names[name]
        else:
            self.names[name] = node
        self.pending.append((name, node))


@define(eq=False, slots=False)
class MemoryDisk:
    """A disk whose unsynced part can be lost; ``after`` is called with the name of every change once it is made."""

    root: Folder = Factory(Folder)
    after: Callable[[str], None] | None = None
    open: dict[int, File] = Factory(dict)
    handles: int = 2
    held: bool = False

    def _changed(self, name: str) -> None:
        if self.after is not None:
            self.after(name)

    def _node(self, path: Path) -> File | Folder:
        node: File | Folder = self.root
        for part in path.parts[1:]:
            if not isinstance(node, Folder):
                raise NotADirectoryError(errno.ENOTDIR, "Not a directory", str(path))
            if part not in node.names:
                raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))
            node = node.names[part]
        return node

    def _file(self, path: Path) -> File:
        node = self._node(path)
        if isinstance(node, Folder):
            raise IsADirectoryError(errno.EISDIR, "Is a directory", str(path))
        return node

    def _folder(self, path: Path) -> Folder:
        node = self._node(path)
        if isinstance(node, File):
            raise NotADirectoryError(errno.ENOTDIR, "Not a directory", str(path))
        return node

    def _free(self, path: Path) -> Folder:
        folder = self._folder(path.parent)
        if path.name in folder.names:
            raise FileExistsError(errno.EEXIST, "File exists", str(path))
        return folder

    def read(self, file: Path) -> bytes:
        return self._file(file).data

    def names(self, folder: Path) -> dict[str, object]:
        return {name: self._stamp(node) for name, node in self._folder(folder).names.items()}

    def what(self, path: Path) -> What | None:
        try:
            return "folder" if isinstance(self._node(path), Folder) else "file"
        except (FileNotFoundError, NotADirectoryError):
            return None

    def stamp(self, path: Path) -> object:
        return self._stamp(self._node(path))

    def _stamp(self, node: File | Folder) -> object:
        return node, node.data if isinstance(node, File) else None

    def make_folder(self, folder: Path) -> None:
        self._free(folder).put(folder.name, Folder())
        self._changed("make_folder")

    def open_to(self, path: Path, readers: Path) -> None:
        """Nobody is kept out of a disk in memory."""

    def remove_folder(self, folder: Path) -> None:
        if self._folder(folder).names:
            raise OSError(errno.ENOTEMPTY, "Directory not empty", str(folder))
        self._folder(folder.parent).put(folder.name, None)
        self._changed("remove_folder")

    def create(self, file: Path) -> int:
        node = File()
        self._free(file).put(file.name, node)
        self.handles += 1
        self.open[self.handles] = node
        self._changed("create")
        return self.handles

    def write(self, handle: int, data: bytes) -> int:
        self.open[handle].data += data
        self._changed("write")
        return len(data)

    def sync(self, handle: int) -> None:
        self.open[handle].synced = self.open[handle].data
        self._changed("sync")

    def close(self, handle: int) -> None:
        del self.open[handle]

    def link(self, file: Path, target: Path) -> None:
        node = self._file(file)
        self._free(target).put(target.name, node)
        self._changed("link")

    def move(self, file: Path, target: Path) -> None:
        node = self._node(file)
        self._folder(target.parent).put(target.name, node)
        self._folder(file.parent).put(file.name, None)
        self._changed("move")

    def remove(self, file: Path) -> None:
        self._file(file)
        self._folder(file.parent).put(file.name, None)
        self._changed("remove")

    def sync_folder(self, folder: Path) -> None:
        node = self._folder(folder)
        node.synced, node.pending = dict(node.names), []
        self._changed("sync_folder")

    @contextlib.contextmanager
    def locked(self, file: Path, *, wait: bool = True) -> Iterator[bool]:
        self._file(file)
        if self.held and not wait:
            yield False
            return
        assert not self.held, "a second writer"
        self.held = True
        try:
            yield True
        finally:
            self.held = False


# --- power cuts -----------------------------------------------------------------------------------------------


def _nodes(folder: Folder, found: dict[int, File | Folder]) -> dict[int, File | Folder]:
    """Every file and folder that can still be reached after a power cut, whatever was lost."""
    found[id(folder)] = folder
    reachable = itertools.chain(folder.synced.values(), (node for _, node in folder.pending if node is not None))
    for node in reachable:
        if id(node) not in found:
            if isinstance(node, Folder):
                _nodes(node, found)
            else:
                found[id(node)] = node
    return found


def _unsure(disk: MemoryDisk) -> list[tuple[File | Folder, int]]:
    """What a power cut may decide on: each node with the number of its answers."""
    found: list[tuple[File | Folder, int]] = []
    for node in _nodes(disk.root, {}).values():
        if isinstance(node, Folder):
            found += [(node, 2)] * len(node.pending)
        elif node.data != node.synced:
            sectors = -(-max(len(node.data), len(node.synced)) // SECTOR)
            found += [(node, 2)] * sectors + [(node, 2 + sectors)]
    return found


def _content(file: File, answers: Sequence[int]) -> bytes:
    """The bytes of a file of which some sectors were written, and which got any length between old and new."""
    if not answers:
        return file.synced
    *sectors, length = answers
    longest = max(len(file.data), len(file.synced))
    size = (len(file.data), len(file.synced), *range(SECTOR, longest + SECTOR, SECTOR))[length]
    content = bytearray(min(size, longest))
    for number, written in enumerate(sectors):
        piece = slice(number * SECTOR, (number + 1) * SECTOR)
        source = (file.data if written else file.synced)[piece][: max(0, len(content) - piece.start)]
        content[piece.start : piece.start + len(source)] = source
    return bytes(content)


def _rebuilt(node: Folder, answers: dict[int, list[int]], done: dict[int, File | Folder]) -> Folder:
    entries = dict(node.synced)
    for kept, (name, target) in zip(answers.get(id(node), ()), node.pending, strict=True):
        if kept and target is None:
            entries.pop(name, None)
        elif kept and target is not None:
            entries[name] = target
    made = done[id(node)] = Folder()
    for name, target in entries.items():
        if id(target) not in done:
            if isinstance(target, Folder):
                _rebuilt(target, answers, done)
            else:
                content = _content(target, answers.get(id(target), ()))
                done[id(target)] = File(content, content)
        made.names[name] = made.synced[name] = done[id(target)]
    return made


def after_cut(disk: MemoryDisk, unsure: Sequence[tuple[File | Folder, int]], choice: Sequence[int]) -> MemoryDisk:
    """The disk as it is found after a power cut that decided so."""
    answers: dict[int, list[int]] = {}
    for (node, _), answer in zip(unsure, choice, strict=True):
        answers.setdefault(id(node), []).append(answer)
    return MemoryDisk(_rebuilt(disk.root, answers, {}))


def cuts(disk: MemoryDisk, rng: random.Random, most: int) -> Iterator[MemoryDisk]:
    """Disks after a power cut now: all of them where they are few, else the plain ones and some by chance."""
    unsure = _unsure(disk)
    total = 1
    for _, answers in unsure:
        total = min(total * answers, most + 1)
    if total <= most:
        choices: Iterable[Sequence[int]] = itertools.product(*(range(answers) for _, answers in unsure))
    else:
        choices = _some(unsure, rng, most)
    for choice in choices:
        yield after_cut(disk, unsure, choice)


def _some(unsure: Sequence[tuple[File | Folder, int]], rng: random.Random, most: int) -> set[tuple[int, ...]]:
    """Nothing kept, all kept, each thing alone kept or lost, and others by chance; none twice."""
    none = [0 if answers == 2 else 1 for _, answers in unsure]
    whole = [1 if answers == 2 else 0 for _, answers in unsure]
    found = {tuple(none), tuple(whole)}
    for index in range(len(unsure)):
        found.add((*none[:index], whole[index], *none[index + 1 :]))
        found.add((*whole[:index], none[index], *whole[index + 1 :]))
    while len(found) < most:
        found.add(tuple(rng.randrange(answers) for _, answers in unsure))
    return found


@contextlib.contextmanager
def remembering() -> Iterator[None]:
    """Let the log remember what it made of one file's bytes: in most states most files are the same."""
    segment, genesis = functools.lru_cache(256)(segments.segment_of), functools.lru_cache(8)(headers.genesis_of)
    with _replaced(segments, segment_of=segment, genesis_of=genesis):
        yield


# --- faults of single calls -----------------------------------------------------------------------------------

CHANGES = ("make_folder", "remove_folder", "create", "write", "sync", "close", "link", "move", "remove", "sync_folder")
READS = ("read", "names", "what", "stamp")
WRITES = ("write",)
OF_WRITES = ("short", "other bytes")
ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "EINTR": errno.EINTR}
KINDS = (*OF_WRITES, *ERRORS, "EIO, yet done", "kill")
"""How a call fails: with an error; with one though it was done; writing less; writing wrongly and saying nothing."""


@define(eq=False)
class FaultyDisk:
    """A disk one call of which fails. ``calls`` counts those that may; ``hit`` says which one did."""

    disk: MemoryDisk
    at: int
    kind: str
    among: tuple[str, ...] = CHANGES
    calls: int = 0
    hit: str | None = None
    dead: bool = False

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.disk, name)
        if name not in self.among or not callable(real):
            return self._alive(real) if callable(real) else real

        def call(*args: Any, **named: Any) -> Any:
            self._alive(real)
            self.calls += 1
            if self.calls != self.at:
                return real(*args, **named)
            self.hit = name
            return self._failing(name, real, args)

        return call

    def _alive(self, real: Any) -> Any:
        if self.dead:
            raise Killed
        return real

    def _failing(self, name: str, real: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        if self.kind == "kill":
            self.dead = True
            raise Killed
        if self.kind == "short" and name == "write":
            return real(args[0], args[1][: max(1, len(args[1]) // 3)])
        if self.kind == "other bytes" and name == "write":
            data = bytearray(args[1])
            data[len(data) // 2] ^= 4
            return real(args[0], bytes(data))
        if self.kind == "EIO, yet done" or name == "close":
            real(*args)
        raise OSError(ERRORS.get(self.kind, errno.EIO), self.kind)


# --- histories ------------------------------------------------------------------------------------------------


@define(eq=False)
class History:
    """A log on a disk that is cut and killed again and again, and what was acknowledged on the way.

    ``states`` counts disks after a power cut that were read and checked. ``most`` are looked at after each
    change; one in ``again`` of them is appended to as well.
    """

    rng: random.Random
    most: int = 24
    again: int = 8
    disk: MemoryDisk = Factory(MemoryDisk)
    begun: bool = False
    written: dict[str, bytes] = Factory(dict)
    acked: set[str] = Factory(set)
    redacted: set[str] = Factory(set)
    states: int = 0
    appends: int = 0
    next: MemoryDisk | None = field(default=None)
    pen: Pen = Factory(Pen)
    """Of a process that lives on between its appends, while others append, are killed and fail."""
    own: float = 0.6
    """So many of the appends are that process's."""

    def acknowledge(self, ids: Collection[str]) -> None:
        self.acked.update(ids)

    def begin(self, disk: Disk | None = None) -> None:
        """Begin the log; once this returns it is there for ever."""
        if self.disk.what(LOG.parent) is None:
            self.disk.root.put("disk", Folder())
            self.disk.sync_folder(Path("/"))
        if self.disk.what(LOG / "log.json") is None:
            create(LOG, name="crashes", holder="KAZ", created="2026-01-01T00:00:00Z", disk=disk or self.disk)
            self.begun = True

    def lines(self) -> list[bytes]:
        """One to four lines of any length up to some sectors; sometimes one that was written before."""
        made = []
        for _ in range(self.rng.randint(1, 4)):
            if self.written and self.rng.random() < 0.2:
                made.append(self.written[self.rng.choice(sorted(self.written))])
            else:
                text = "x" * self.rng.choice((1, 40, 300, 700))
                made.append(canonical_bytes({"n": self.rng.getrandbits(48), "text": text}))
        return made

    def append(self, lines: Sequence[bytes], disk: Disk | None = None) -> None:
        ids = [event_id(line) for line in lines]
        self.written.update(zip(ids, lines, strict=True))
        stamp = f"{self.rng.choice((2025, 2026, 2026, 2027, 2099))}-02-0{self.rng.randint(1, 9)}T00:00:00Z"
        pen = self.pen if self.rng.random() < self.own else None
        try:
            appending.append_lines(LOG, lines, note="", writer="w", recorded=stamp, disk=disk or self.disk, pen=pen)
        except Killed:
            self.pen = Pen() if pen is self.pen else self.pen
            raise
        self.acknowledge(ids)
        self.begun = True
        self.appends += 1

    def redact(self, disk: Disk | None = None) -> None:
        """Take one acknowledged claim out, if there is one; once this returns it is out for ever."""
        if self.acked:
            identity = self.rng.choice(sorted(self.acked))
            redacting.redact(LOG, [identity], reason="a name", writer="w", disk=disk or self.disk)
            self.redacted.add(identity)

    def cut_now(self, _name: str = "") -> None:
        """Look at disks after a power cut at this very moment; one of them may be where the history goes on."""
        for image in cuts(self.disk, self.rng, self.most):
            self.check(image)
            self.states += 1
            if self.next is None or self.rng.random() < 0.02:
                self.next = image
            elif self.rng.randrange(self.again) == 0:
                self.go_on(image)

    def check(self, disk: MemoryDisk) -> set[str]:
        """Read a disk: whole, nothing acknowledged is lost, nothing is there that nobody wrote."""
        try:
            lines = {identity: line for _, identity, line in read_log(LOG, disk)}
        except LogNotFoundError:
            if self.begun:
                raise LostError("the log itself is gone") from None
            return set()
        except KztimelineError as error:
            raise LostError(f"the log does not read: {error}") from error
        ids = set(lines)
        if gone := self.acked - ids:
            raise LostError(f"{len(gone)} acknowledged claims are gone")
        if strange := ids - set(self.written):
            raise LostError(f"{len(strange)} claims are there that nobody wrote")
        if shown := [identity for identity in self.redacted if not is_redacted(lines[identity])]:
            raise LostError(f"{len(shown)} claims are shown that were redacted")
        return ids

    def go_on(self, image: MemoryDisk) -> None:
        """What was found after a power cut can be appended to, and is cut once more after each change."""
        later = History(self.rng, most=3, again=10**9, disk=image, begun=self.begun)
        later.written, later.acked, later.redacted = dict(self.written), set(self.acked), set(self.redacted)
        later.round()
        self.states += later.states

    def round(self, kind: str | None = None) -> None:
        """Begin the log if need be, append, perhaps redact, cut after each change; perhaps the process dies on the way."""
        self.disk.after = self.cut_now
        try:
            disk = FaultyDisk(self.disk, self.rng.randint(1, 18), kind) if kind else self.disk
            self.begin(disk)
            self.append(self.lines(), disk)
            if self.rng.random() < 0.3:
                self.redact(disk)
        except Killed:
            self.disk.held = False
        except (OSError, LogError) as error:
            if kind in (None, "kill", "short"):
                raise LostError(f"an append failed without a cause: {error}") from error
        finally:
            self.disk.after, self.disk.open = None, {}
        self.check(self.disk)

    def turn(self) -> None:
        """One turn: an append, perhaps killed; then everything goes on, or the power is cut."""
        self.next = None
        self.round("kill" if self.rng.random() < 0.4 else None)
        if self.rng.random() < 0.5 and self.next is not None:
            self.disk, self.pen = self.next, Pen()
            self.check_after_turn()

    def check_after_turn(self) -> None:
        """An image taken before the acknowledgement need not hold what came after it."""
        try:
            held = {identity: line for _, identity, line in read_log(LOG, self.disk)}
        except LogNotFoundError:
            held, self.begun = {}, False
        self.acked &= held.keys()
        self.redacted = {identity for identity in self.redacted & held.keys() if is_redacted(held[identity])}


def histories(seed: int, wanted: int, *, turns: int = 6, most: int = 24) -> Iterator[History]:
    """Yield histories of some turns each until so many states were looked at."""
    looked = 0
    for number in itertools.count():
        if looked >= wanted:
            return
        history = History(random.Random(f"{seed} {number}"), most=most)
        for _ in range(turns):
            history.turn()
        looked += history.states
        yield history


# --- single faults ---------------------------------------------------------------------------------------------


def fault_cases(seed: int, *, repeat: int = 1) -> Iterator[tuple[random.Random, int, str, tuple[str, ...], bool]]:
    """Yield every call of an append and a redaction that may fail, with every kind of fault, with other data again.

    What changes something fails twice: anyhow, and in between two appends of another process that lives on.
    """
    for turn in range(repeat):
        for kind in KINDS:
            for among, calls in ((WRITES, 5),) if kind in OF_WRITES else ((CHANGES, 25), (READS, 16)):
                if among is READS and kind == "EIO, yet done":
                    continue
                for at, between in itertools.product(range(1, calls + 1), (False, True)[: 1 + (among is CHANGES)]):
                    yield random.Random(f"{seed} {turn} {kind} {at} {among}"), at, kind, among, between


def fault(rng: random.Random, at: int, kind: str, among: tuple[str, ...], between: bool) -> str | None:
    """Let one call of an append and a redaction fail, cut the power after each change, try again; give what failed.

    Raises :class:`LostError` where an acknowledged claim goes, or what failed cannot simply be tried again.
    """
    history = History(rng, most=6, again=10**9)
    history.own = 1 if between else history.own
    for _ in range(rng.randint(int(between), 2)):
        history.begin()
        history.append(history.lines())
    history.own = 0 if between else history.own
    if rng.random() < 0.8:
        history.begin()
    lines = history.lines()
    faulty = FaultyDisk(history.disk, at, kind, among)
    history.disk.after = history.cut_now
    try:
        history.begin(faulty)
        history.append(lines, faulty)
        history.redact(faulty)
    except (Killed, OSError, LogError) as error:
        history.written.update((event_id(line), line) for line in lines)
        if faulty.hit is None:
            raise LostError(f"an append failed without a cause: {error}") from error
    history.disk.held, history.disk.open = False, {}
    history.check(history.disk)
    history.own = 1 if between else history.own
    history.begin()
    history.append(lines)
    history.redact()
    history.check(history.disk)
    return faulty.hit


# --- broken protocols ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _replaced(owner: object, **names: object) -> Iterator[None]:
    real = {name: getattr(owner, name) for name in names}
    for name, value in names.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in real.items():
            setattr(owner, name, value)


def _nothing(*args: object, **named: object) -> None:
    return None


def _to_the_final_name(disk: Disk, target: Path, data: bytes) -> None:
    filing._write_whole(disk, target, data)
    disk.sync_folder(target.parent)


def _without_reading_back(disk: Disk, target: Path, data: bytes) -> None:
    aside = target.parent / f".{secrets.token_hex(8)}.part"
    filing._write_whole(disk, aside, data)
    disk.link(aside, target)
    disk.sync_folder(target.parent)
    disk.remove(aside)


def _in_place(disk: Disk, target: Path, data: bytes) -> None:
    disk.remove(target)
    _to_the_final_name(disk, target, data)


def _once_told(pen: Pen, log: Log, segment: Segment | None = None) -> bool:
    return pen.last is not None and (segment is None or segment.year == pen.last.year)


_rests = appending._rests


def _in_any_folder(pen: Pen, log: Log, segment: Segment | None = None) -> bool:
    return _rests(pen, log)


@contextlib.contextmanager
def _acknowledging_early() -> Iterator[None]:
    """Every claim counts as acknowledged once it is written, before it is linked and synced."""
    real = History.append

    def early(self: History, lines: Sequence[bytes], disk: Disk | None = None) -> None:
        link = self.disk.link

        def linked(file: Path, target: Path) -> None:
            if target.suffix == ".jsonl":
                self.acknowledge([event_id(line) for line in lines])
            link(file, target)

        self.disk.link = linked  # type: ignore[method-assign]
        real(self, lines, disk)

    with _replaced(History, append=early):
        yield


BROKEN: dict[str, Callable[[], contextlib.AbstractContextManager[None]]] = {
    "no fsync": lambda: _replaced(MemoryDisk, sync=_nothing),
    "no folder fsync": lambda: _replaced(MemoryDisk, sync_folder=_nothing),
    "acknowledge early": _acknowledging_early,
    "write to the final name": lambda: _replaced(appending, place=_to_the_final_name),
    "skip the read-back": lambda: _replaced(appending, place=_without_reading_back),
    "trust what a killed writer left": lambda: _replaced(appending, _settle=_nothing),
    "trust what others left since one's own append": lambda: _replaced(appending, _rests=_once_told),
    "trust a folder that others made": lambda: _replaced(appending, _rests=_in_any_folder),
    "new folders not synced": lambda: _replaced(filing, sync_folders=_nothing),
    "redact in place": lambda: _replaced(redacting, replace=_in_place),
}
"""Ways to write that lose claims; the campaign must catch each."""


def caught(name: str, seed: int, *, most: int = 20_000) -> str | None:
    """Run histories and faults under a broken protocol; say what gave it away, ``None`` if nothing did."""
    looked = 0
    with BROKEN[name](), remembering():
        try:
            for case in fault_cases(seed):
                fault(*case)
                looked += 1
            for history in histories(seed, most):
                looked += history.states
        except LostError as error:
            return f"after {looked} states and faults: {error}"
    return None
