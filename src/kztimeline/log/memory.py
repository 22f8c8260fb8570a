"""The head last seen of each log, kept in the user's cache folder: a rollback shows against it."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from kztimeline.log.history import Log
from kztimeline.log.segments import Genesis

_HEAD = re.compile(r"[0-9a-f]{64}", re.ASCII)


def cache_folder() -> Path:
    """Name the user's cache folder of this library. Raises :class:`RuntimeError` where the user has no home.

    ``XDG_CACHE_HOME`` counts where it is an absolute path, as the XDG specification says.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "kztimeline"


def heads_file(genesis: Genesis) -> Path:
    """Name the file of a log's heads. Raises :class:`RuntimeError` where the user has no home."""
    return cache_folder() / "heads" / genesis.id


def replace_file(file: Path, data: bytes) -> None:
    """Put bytes under a name in the cache, all of them or none, and leave nothing behind. Raises :class:`OSError`."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = file.with_suffix(f".{os.getpid()}")
    try:
        aside.write_bytes(data)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def remembered_head(genesis: Genesis) -> tuple[str, ...]:
    """Give the heads last seen of a log, none where nothing is remembered.

    Nothing is remembered either where the cache folder cannot be read or holds something else: it is a
    help, not a part of the log.
    """
    with contextlib.suppress(OSError, RuntimeError, UnicodeDecodeError):
        heads = tuple(heads_file(genesis).read_text("ascii").split())
        return heads if all(_HEAD.fullmatch(head) for head in heads) else ()
    return ()


def remember_head(log: Log) -> None:
    """Remember the heads of a log; where the cache folder cannot be written, nothing is remembered."""
    with contextlib.suppress(OSError, RuntimeError):
        replace_file(heads_file(log.genesis), "\n".join(log.heads).encode())
