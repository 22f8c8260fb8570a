"""The head last seen of each log, kept in the user's cache folder: a rollback shows against it."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from kztimeline.log.history import Log
from kztimeline.log.segments import Genesis

_HEAD = re.compile(r"[0-9a-f]{64}", re.ASCII)


def _file(genesis: Genesis) -> Path:
    """Name the file of a log's heads. Raises :class:`RuntimeError` where the user has no home."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "kztimeline" / "heads" / genesis.id


def remembered_head(genesis: Genesis) -> tuple[str, ...]:
    """Give the heads last seen of a log, none where nothing is remembered.

    Nothing is remembered either where the cache folder cannot be read or holds something else: it is a
    help, not a part of the log.
    """
    with contextlib.suppress(OSError, RuntimeError, UnicodeDecodeError):
        heads = tuple(_file(genesis).read_text("ascii").split())
        return heads if all(_HEAD.fullmatch(head) for head in heads) else ()
    return ()


def remember_head(log: Log) -> None:
    """Remember the heads of a log; where the cache folder cannot be written, nothing is remembered."""
    with contextlib.suppress(OSError, RuntimeError):
        file = _file(log.genesis)
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(f".{os.getpid()}")
        aside.write_text("\n".join(log.heads), "ascii")
        aside.replace(file)
