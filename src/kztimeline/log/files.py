"""The few file operations that the log needs, and the one way in which it puts a file in place.

Everything that reads or writes a log goes through a :class:`Disk`, so that another store, or a layer of
faults, can stand where the operating system stands.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from io import FileIO
from pathlib import Path
from typing import Literal, Protocol

from kztimeline.errors import LogError, LogExistsError

What = Literal["file", "folder", "link", "other"]
"""What stands under a name; a link is never followed."""


class Disk(Protocol):
    """What the log asks of a file system. Every call may raise :class:`OSError`."""

    def read(self, file: Path) -> bytes:
        """Give all bytes of a file."""

    def names(self, folder: Path) -> Mapping[str, object]:
        """List the names in a folder, in no order, each with its stamp."""

    def what(self, path: Path) -> What | None:
        """Say what stands under a name, ``None`` where nothing does."""

    def stamp(self, path: Path) -> object:
        """Give what is another whenever a file was written, replaced or moved since, or nothing can tell.

        A folder's is the same as long as it is the same folder, whatever comes and goes in it.
        """

    def make_folder(self, folder: Path) -> None:
        """Make a folder in one that is there. Raises :class:`FileExistsError`."""

    def open_to(self, path: Path, readers: Path) -> None:
        """Let whoever may read a folder read a new file or folder too, whatever its maker is used to allow."""

    def remove_folder(self, folder: Path) -> None:
        """Remove an empty folder."""

    def create(self, file: Path) -> int:
        """Make a new, empty file and give a handle for writing. Raises :class:`FileExistsError`."""

    def write(self, handle: int, data: bytes) -> int:
        """Write the beginning of some bytes, or all of them; give how many."""

    def sync(self, handle: int) -> None:
        """Return when the file's bytes are on the disk."""

    def close(self, handle: int) -> None:
        """Give a handle back."""

    def link(self, file: Path, target: Path) -> None:
        """Give a file a second name. Raises :class:`FileExistsError` where that stands for something."""

    def move(self, file: Path, target: Path) -> None:
        """Give a file or a link another name, in one step; what stood there before is gone."""

    def remove(self, file: Path) -> None:
        """Take a name of a file away."""

    def sync_folder(self, folder: Path) -> None:
        """Return when the names in a folder are on the disk."""

    def locked(self, file: Path, *, wait: bool = True) -> AbstractContextManager[bool]:
        """Keep every other writer out while the context lasts.

        Without ``wait`` it is ``False`` where somebody is writing, and keeps nobody out then.
        """


class LocalDisk:
    """The operating system's own files."""

    def read(self, file: Path) -> bytes:
        try:
            with FileIO(file) as opened:
                return opened.readall()
        except MemoryError as error:
            raise OSError(errno.ENOMEM, "more bytes than there is memory", str(file)) from error

    def names(self, folder: Path) -> Mapping[str, object]:
        if os.stat not in os.supports_dir_fd:
            return {found.name: _stamp(found) for found in folder.iterdir()}
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)  # from here each look has one step to go
        try:
            with os.scandir(handle) as entries:
                return {entry.name: _stamp(entry.name, handle) for entry in entries}
        finally:
            os.close(handle)

    def what(self, path: Path) -> What | None:
        try:
            mode = os.lstat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(mode):
            return "link"
        if stat.S_ISDIR(mode):
            return "folder"
        return "file" if stat.S_ISREG(mode) else "other"

    def stamp(self, path: Path) -> object:
        return _stamp(path)

    def make_folder(self, folder: Path) -> None:
        folder.mkdir()

    def open_to(self, path: Path, readers: Path) -> None:
        mode, own = stat.S_IMODE(readers.stat().st_mode), path.stat().st_mode
        wanted = mode if stat.S_ISDIR(own) else mode & 0o444 | 0o200
        if wanted != stat.S_IMODE(own):
            with contextlib.suppress(PermissionError):  # some file systems know no permissions
                path.chmod(wanted)

    def remove_folder(self, folder: Path) -> None:
        folder.rmdir()

    def create(self, file: Path) -> int:
        return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)

    def write(self, handle: int, data: bytes) -> int:
        return os.write(handle, data)

    def sync(self, handle: int) -> None:
        os.fsync(handle)

    def close(self, handle: int) -> None:
        os.close(handle)

    def link(self, file: Path, target: Path) -> None:
        os.link(file, target)

    def move(self, file: Path, target: Path) -> None:
        file.replace(target)

    def remove(self, file: Path) -> None:
        file.unlink()

    def sync_folder(self, folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    @contextlib.contextmanager
    def locked(self, file: Path, *, wait: bool = True) -> Iterator[bool]:
        try:
            import fcntl
        except ImportError as error:
            if not wait:
                yield True
                return
            said = "this system has no file locks that the library knows; append on another one, reading works here"
            raise LogError(said, path=str(file.parent)) from error
        with FileIO(file) as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            try:
                yield True
            finally:
                fcntl.flock(held, fcntl.LOCK_UN)


LOCAL = LocalDisk()


def _stamp(path: Path | str, folder: int | None = None) -> object:
    try:
        found = os.stat(path, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return object()  # equal to no other: nothing can tell
    if stat.S_ISDIR(found.st_mode):
        return found.st_dev, found.st_ino
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def place(disk: Disk, target: Path, data: bytes) -> None:
    """Put a whole file in place: written aside, synced, read back, then linked under its name, its folder synced.

    Nothing stands under the name before all bytes are on the disk. Raises :class:`LogExistsError` where
    something stands there already, :class:`LogError` where the bytes do not read back, and :class:`OSError`.
    """
    with _aside(disk, target, data) as aside:
        try:
            disk.link(aside, target)
        except FileExistsError as error:
            raise LogExistsError("the file is there already", path=str(target)) from error
        disk.sync_folder(target.parent)


def replace(disk: Disk, target: Path, data: bytes) -> None:
    """Put a whole file in the place of another: at every moment one of the two stands there, whole.

    Raises :class:`LogError` where the bytes do not read back, and :class:`OSError`.
    """
    with _aside(disk, target, data) as aside:
        disk.move(aside, target)
        disk.sync_folder(target.parent)


@contextlib.contextmanager
def _aside(disk: Disk, target: Path, data: bytes) -> Iterator[Path]:
    """Write a file beside its target, synced and read back; it is gone when the context ends."""
    aside = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        _write_whole(disk, aside, data)
        if disk.read(aside) != data:
            raise LogError("what was written does not read back; check the disk", path=str(target))
        yield aside
    finally:
        with contextlib.suppress(FileNotFoundError):
            disk.remove(aside)


def _write_whole(disk: Disk, file: Path, data: bytes) -> None:
    handle = disk.create(file)
    try:
        disk.open_to(file, file.parent)
        while data:
            data = data[disk.write(handle, data) :]
        disk.sync(handle)
    finally:
        disk.close(handle)


def make_folders(disk: Disk, folder: Path) -> None:
    """Make a folder and those above it that are missing, each of them on the disk when this returns.

    Folders that stand already are synced too: whoever made them may have been stopped before.
    """
    folder = folder.absolute()
    for step in (*reversed(folder.parents), folder):
        if disk.what(step) is None:
            with contextlib.suppress(FileExistsError):
                disk.make_folder(step)
    sync_folders(disk, folder.parents)


def sync_folders(disk: Disk, folders: Iterable[Path]) -> None:
    """Bring the names in some folders to the disk; one that may not be opened is nobody's new folder."""
    for folder in folders:
        with contextlib.suppress(PermissionError):
            disk.sync_folder(folder)
