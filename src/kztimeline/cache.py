"""Tables of steps kept in the user's cache folder, so that a question need not wait for the fold.

A table is kept for one state of one log, one view, one policy and one version of the library. A file that is damaged,
foreign, or of another state is no table: it is ignored, and made anew. Nothing here can change an answer but its speed.

A question reads the index of the file and the account it asks for, each with a hash of its own, and no more.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from attrs import asdict, field, frozen

from kztimeline.events import Claim, Stored
from kztimeline.layout import Part, part_of
from kztimeline.log.memory import cache_folder, replace_file, verified_file
from kztimeline.registry import Definition, Registry, build
from kztimeline.wire import many_values, read_line, written

if TYPE_CHECKING:
    import polars as pl

    from kztimeline.codec import Line
    from kztimeline.happenings import Known
    from kztimeline.related import Key

MOST = 1_000_000_000
"""The tables of all logs together take no more bytes than this; those unused for longest go first."""
_OWN = b"kztimeline steps "
_MAGIC = _OWN + b"3\n"
_DIGEST = 32
_PIECES = ("rows", "keys", "told")


@frozen
class Place:
    """What a table of steps is of: the log (its genesis), its head, the view, the policy, the library's version.

    ``redacted`` tells apart what was redacted at that head: a redaction takes words out and leaves the head.
    """

    log: str
    head: str
    redacted: str
    published_by: str | None
    sources: tuple[str, ...] | None
    policy: str
    version: str

    @property
    def family(self) -> str:
        """Name the tables that differ from this one in nothing but the head."""
        return sha256(json.dumps(asdict(self) | {"head": ""}, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def file(self) -> Path:
        """Name the table's file. Raises :class:`RuntimeError` where the user has no home."""
        return folder() / f"{self.family}-{self.head[:32]}.steps"


@frozen(slots=False, eq=False)
class Names:
    """What reading a question needs beside the table: holders that lines name, lone members of families, definitions.

    ``defined`` and ``totals`` give the definitions, and the statements of the sources that print totals (what they leave
    without a type is mentioned); neither is read before a question needs it.
    """

    holders: frozenset[str]
    only_member: Mapping[Key, str]
    defined: Callable[[], tuple[Definition, ...]] = field(repr=False)
    totals: Callable[[], tuple[Stored, ...]] = field(repr=False)

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """The standing definitions, in their order."""
        return self.defined()

    @cached_property
    def totalled(self) -> tuple[Stored, ...]:
        """The statements of the sources that print totals."""
        return self.totals()

    @cached_property
    def registry(self) -> Registry:
        """The definitions, to look names up in."""
        return build(self.definitions)

    @cached_property
    def known(self) -> Known:
        """What leads a system to the id it counts under."""
        from kztimeline.happenings import Known

        return Known(self.registry, self.only_member)


@frozen
class Kept:
    """A table of steps as kept: laid out, account by account; ``marks`` gives the ``fingerprint`` of each key with rows."""

    parts: Mapping[str, Part]
    marks: Callable[[], pl.DataFrame]
    names: Names


def folder() -> Path:
    """Name the folder of the tables. Raises :class:`RuntimeError` where the user has no home."""
    return cache_folder() / "steps"


def kept(place: Place, anew: Callable[[], Kept]) -> Kept | None:
    """Give the table of a place, if one is kept; a part of it that is damaged or gone when asked for comes from ``anew``."""
    with contextlib.suppress(OSError, RuntimeError):
        file = place.file
        index = _index_of(file, place)
        if index is None:
            return None
        _used(file)

        def marks() -> pl.DataFrame:
            found = _frame(file, index["marks"])
            return anew().marks() if found is None else found

        return Kept(_Pieces(file, index["parts"], anew), marks, _named(index["names"]))
    return None


def earlier(place: Place) -> Kept | None:
    """Give the table last kept of the same log, view, policy and version at another head, whole."""
    with contextlib.suppress(OSError, RuntimeError):
        files = sorted(folder().glob(f"{place.family}-*.steps"), key=lambda file: -file.stat().st_mtime_ns)
        return next((found for file in files[:1] if (found := _whole(file, place)) is not None), None)
    return None


def keep(place: Place, table: Kept) -> None:
    """Keep a table; where the folder cannot be written, or it is too large, nothing is kept."""
    with contextlib.suppress(OSError, RuntimeError):
        data = _packed(place, table)
        if len(data) > MOST // 2:
            return
        file = place.file
        replace_file(file, data)
        _make_room(file.parent)


def forget(log: str) -> None:
    """Remove every table of a log, since what was taken out of the log may stand in them, and the hashes of its bytes."""
    with contextlib.suppress(OSError, RuntimeError):
        verified_file(log).unlink(missing_ok=True)
    with contextlib.suppress(OSError, RuntimeError):
        for file in folder().iterdir():
            with contextlib.suppress(OSError):  # what is no file, or was gone faster, keeps no other table here
                index = _index(file)
                own = file.read_bytes().startswith(_OWN) if index is None else index["place"]["log"] == log
                if own:
                    file.unlink(missing_ok=True)


def _used(file: Path) -> None:
    """Note that a table was of use, where the folder may be written."""
    with contextlib.suppress(OSError):
        os.utime(file)


def _make_room(where: Path) -> None:
    """Remove the tables unused for longest until the rest fits."""
    found = sorted(((file.stat().st_mtime_ns, file.stat().st_size, file) for file in where.iterdir()), reverse=True)
    total = 0
    for _, size, file in found:
        total += size
        if total > MOST:
            file.unlink(missing_ok=True)


class _Pieces(Mapping[str, Part]):
    """Parts as they lie in a file: each is read when it is asked for, and made anew where it does not hold."""

    def __init__(self, file: Path, places: Mapping[str, list[Piece]], anew: Callable[[], Kept]) -> None:
        self._file, self._places, self._anew, self._read = file, places, anew, dict[str, Part]()

    def __getitem__(self, account: str) -> Part:
        if account not in self._read:
            part = _part(self._file, account, self._places[account])
            self._read[account] = self._anew().parts[account] if part is None else part
        return self._read[account]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


Piece = tuple[int, int, str]
"""Where a frame begins and ends in a file, and the SHA-256 of its bytes."""


def _part(file: Path, account: str, places: Iterable[Piece]) -> Part | None:
    frames = [frame for place in places if (frame := _frame(file, place)) is not None]
    return part_of(account, *frames) if len(frames) == len(_PIECES) else None


def _frame(file: Path, place: Piece) -> pl.DataFrame | None:
    """Read a frame; nothing where its bytes are gone or do not hash to what was written."""
    import polars as pl

    start, end, digest = place
    with contextlib.suppress(OSError), file.open("rb") as opened:
        opened.seek(start)
        data = opened.read(end - start)
        return pl.read_ipc(data) if sha256(data).hexdigest() == digest else None
    return None


def _packed(place: Place, table: Kept) -> bytes:
    """Write a table: what it is of and where each frame lies, with a hash over that before, then the frames.

    Where frames lie is counted from the end of the index, since its own length says where that is.
    """
    body = io.BytesIO()

    def put(frame: pl.DataFrame) -> Piece:
        start, inside = body.tell(), io.BytesIO()
        frame.write_ipc(inside, compression="lz4")
        body.write(inside.getvalue())
        return start, body.tell(), sha256(inside.getvalue()).hexdigest()

    parts = {account: [put(getattr(part, name)) for name in _PIECES] for account, part in table.parts.items()}
    index = {"place": asdict(place), "names": _plain(table.names), "parts": parts, "marks": put(table.marks())}
    head = json.dumps(index, sort_keys=True).encode()
    sealed = len(head).to_bytes(8) + head
    return _MAGIC + sha256(sealed).digest() + sealed + body.getvalue()


def _index(file: Path) -> dict[str, Any] | None:
    """Read what a file says of itself; nothing where those bytes do not hash to what was written."""
    with file.open("rb") as opened:
        magic, digest, length = opened.read(len(_MAGIC)), opened.read(_DIGEST), opened.read(8)
        size = int.from_bytes(length)
        if magic != _MAGIC or size > os.fstat(opened.fileno()).st_size:
            return None
        head = opened.read(size)
        if sha256(length + head).digest() != digest:
            return None
        index: dict[str, Any] = msgspec.json.decode(head)
        after = opened.tell()
    placed = partial(_placed, after)
    return index | {"marks": placed(index["marks"]), "parts": {a: [*map(placed, p)] for a, p in index["parts"].items()}}


def _placed(after: int, piece: Piece) -> Piece:
    start, end, digest = piece
    return after + start, after + end, digest


def _index_of(file: Path, place: Place, *, any_head: bool = False) -> dict[str, Any] | None:
    """Read the index of a file that is of the place asked for; else nothing."""
    index = _index(file)
    if index is None:
        return None
    wanted = asdict(place) | ({"head": index["place"]["head"]} if any_head else {})
    return index if json.loads(json.dumps(wanted)) == index["place"] else None


def _whole(file: Path, place: Place) -> Kept | None:
    """Read a table of a place at any head with all its parts; nothing where one of them does not hold."""
    index = _index_of(file, place, any_head=True)
    if index is None:
        return None
    _used(file)
    parts = {account: _part(file, account, places) for account, places in index["parts"].items()}
    marks, sound = _frame(file, index["marks"]), {account: part for account, part in parts.items() if part is not None}
    if marks is None or len(sound) < len(parts):
        return None
    return Kept(sound, lambda: marks, _named(index["names"]))


def names_of(
    definitions: Iterable[Definition],
    holders: Iterable[str],
    only_member: Mapping[Key, str],
    totalled: Iterable[Stored] = (),
) -> Names:
    """Make the names of a view from its standing definitions, in their order."""
    listed, totals = tuple(definitions), tuple(totalled)
    return Names(frozenset(holders), only_member, lambda: listed, lambda: totals)


def _plain(names: Names) -> dict[str, Any]:
    return {
        "definitions": [written(definition).decode() for definition in names.definitions],
        "holders": sorted(names.holders),
        "only_member": sorted([*key, member] for key, member in names.only_member.items()),
        "totalled": [[stored.id, written(stored.event).decode()] for stored in names.totalled],
    }


def _named(plain: Mapping[str, Any]) -> Names:
    def defined() -> tuple[Definition, ...]:
        with many_values():
            return tuple(value for line in plain["definitions"] if isinstance(value := _read(line), Definition))

    def totals() -> tuple[Stored, ...]:
        rows = ((identity, _read(line)) for identity, line in plain["totalled"])
        return tuple(Stored(identity, value) for identity, value in rows if isinstance(value, Claim))

    only = {(holder, family): member for holder, family, member in plain["only_member"]}
    return Names(frozenset(plain["holders"]), only, defined, totals)


def _read(line: str) -> Line:
    return read_line(line.encode())
