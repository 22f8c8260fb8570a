"""The head last seen of each log, kept in the user's cache folder: a rollback shows against it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from kztimeline.log.segments import Genesis, Log


def _file(genesis: Genesis) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "kztimeline" / "heads" / genesis.id


def remembered_head(genesis: Genesis) -> tuple[str, ...]:
    """Give the heads last seen of a log; none where nothing is remembered or the folder cannot be read."""
    with contextlib.suppress(OSError):
        return tuple(_file(genesis).read_text("ascii").split())
    return ()


def remember_head(log: Log) -> None:
    """Remember the heads of a log; where the cache folder cannot be written, nothing is remembered."""
    file = _file(log.genesis)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(f".{os.getpid()}")
        aside.write_text("\n".join(log.heads), "ascii")
        aside.replace(file)
