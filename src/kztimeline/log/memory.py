"""What is remembered of each log in the user's cache folder: the head last seen, and which bytes were verified.

A rollback shows against the head. Bytes that were verified line by line need only be hashed as a whole to be known
again. What is damaged or foreign there is ignored: it is a help, not a part of the log.
"""

from __future__ import annotations

import contextlib
import os
import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import get_ident

import msgspec

from kztimeline.log.headers import Genesis
from kztimeline.log.history import Log, read_log
from kztimeline.log.segments import Verified, read_genesis

_HEAD = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MAGIC = b"kztimeline verified 1\n"
_DIGEST = 32


def cache_folder() -> Path:
    """Name the user's cache folder of this library. Raises :class:`RuntimeError` where the user has no home.

    ``XDG_CACHE_HOME`` counts where it is an absolute path, as the XDG specification says; a home that is none is no home.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = base if base.is_absolute() else Path.home() / ".cache"
    if not base.is_absolute():
        raise RuntimeError(f"not a home: {base.parent}")
    return base / "kztimeline"


def heads_file(genesis: Genesis) -> Path:
    """Name the file of a log's heads. Raises :class:`RuntimeError` where the user has no home."""
    return cache_folder() / "heads" / genesis.id


def replace_file(file: Path, data: bytes) -> None:
    """Put bytes under a name in the cache, all of them or none, and leave nothing behind. Raises :class:`OSError`."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = file.with_suffix(f".{os.getpid()}-{get_ident()}")
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


# --- which bytes were verified -------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def library() -> str:
    """Name this version of the library by what its modules say: what another version kept does not count."""
    return version_of(Path(__file__).parent.parent)


def version_of(package: Path) -> str:
    """Hash the modules of a package, their places in it and what they say."""
    found = sha256()
    for folder, _, names in sorted(os.walk(package)):
        for name in sorted(names):
            if name.endswith(".py"):
                module = Path(folder, name)
                place = str(module).removeprefix(str(package))
                found.update(f"{place}\n".encode() + sha256(module.read_bytes()).digest())
    return found.hexdigest()


def read_again(path: Path) -> Log:
    """Read a log as :func:`read_log` does, and take apart only what this version has not verified before.

    Every byte is hashed all the same. Raises what ``read_log`` raises.
    """
    genesis = read_genesis(path)
    verified = _verified(genesis)
    count = len(verified)
    log = read_log(path, verified=verified)
    if len(verified) > count:
        _keep(genesis, verified)
    return log


def verified_file(genesis: str) -> Path:
    """Name the file that says what was verified of a log. Raises :class:`RuntimeError` where the user has no home."""
    return cache_folder() / "verified" / genesis


def _verified(genesis: Genesis) -> Verified:
    with contextlib.suppress(OSError, RuntimeError, msgspec.MsgspecError):
        data = verified_file(genesis.id).read_bytes()
        payload = data[len(_MAGIC) + _DIGEST :]
        if data == _sealed(payload):
            version, rows = msgspec.json.decode(payload, type=tuple[str, list[tuple[str, str, tuple[int, ...]]]])
            return {(name, digest): redacted for name, digest, redacted in rows} if version == library() else {}
    return {}


def _keep(genesis: Genesis, verified: Verified) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        rows = [(*place, redacted) for place, redacted in sorted(verified.items())]
        replace_file(verified_file(genesis.id), _sealed(msgspec.json.encode((library(), rows))))


def _sealed(payload: bytes) -> bytes:
    return _MAGIC + sha256(payload).digest() + payload
