"""A signed note of what a log held: kept elsewhere, it tells a log that was cut back or made anew.

The note is text with a signature line, as Go's ``note`` and the transparency logs write it (C2SP
signed-note, Ed25519). Keys are PEM files, as ``openssl genpkey -algorithm ed25519`` makes them; a verifier key
is one line of text, ``name+digits+base64``.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kztimeline.errors import IntegrityError, LogError, LogExistsError, MissingExtraError, RollbackError
from kztimeline.log.history import Log

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]+")
_TEXT = re.compile(
    r"kztimeline log ([0-9a-f]{64})\nsegments ([0-9]{1,15}), events ([0-9]{1,15})\n((?:head [0-9a-f]{64}\n)*)((?:redacted [0-9a-f]{64}\n)*)",
    re.ASCII,
)
_SIGNED = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]{91}=)", re.ASCII)
_VERIFIER = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})", re.ASCII)


@frozen
class Checkpoint:
    """What a log held: its genesis, how many segments and lines, its heads, and which events were redacted."""

    genesis: str
    segments: int
    events: int
    heads: tuple[str, ...]
    redacted: tuple[str, ...]


def checkpoint(log: Log) -> Checkpoint:
    """Take down what a log holds."""
    events = sum(segment.count for segment in log.segments)
    return Checkpoint(log.genesis.id, len(log.segments), events, log.heads, tuple(sorted(log.redacted)))


def note_text(held: Checkpoint) -> str:
    """Write a checkpoint as the text of a note."""
    heads = "".join(f"head {head}\n" for head in held.heads)
    redacted = "".join(f"redacted {identity}\n" for identity in held.redacted)
    return f"kztimeline log {held.genesis}\nsegments {held.segments}, events {held.events}\n{heads}{redacted}"


def misses(log: Log, held: Checkpoint) -> Iterator[RollbackError]:
    """Name what a log does not hold any more that a checkpoint saw."""
    path = str(log.path)
    if held.genesis != log.genesis.id:
        yield RollbackError("the note is of another log, or this one was made anew", path=path)
        return
    gone = [head for head in held.heads if head not in log.by_id]
    for head in gone:
        yield RollbackError(f"the head {head[:16]}, which the note saw, is gone; fetch what led to it", path=path)
    before = [log.by_id[one] for one in log.ancestry(held.heads)] if not gone else []
    counts = len(before), sum(segment.count for segment in before)
    if not gone and counts != (held.segments, held.events):
        said = f"the note saw {held.segments} segments and {held.events} events, there are {counts[0]} and {counts[1]}"
        yield RollbackError(said, path=path)


def redacted_since(log: Log, held: Checkpoint) -> Iterator[str]:
    """Say which lines a log keeps redacted, or shows again, that a checkpoint saw otherwise; it holds all heads."""
    seen = frozenset(held.redacted)
    for identity in sorted(log.ancestry(held.heads)):
        segment = log.by_id[identity]
        for number, stub in segment.stubs:
            if stub.id not in seen:
                yield f"{segment.path}:{number}: {stub}, since the note"
    again = seen - log.redacted.keys()
    for identity in sorted(again):
        yield f"{log.path}: shows {identity[:16]}, which was redacted when the note was signed"


# --- keys and signatures ----------------------------------------------------------------------------------------


def new_key(file: Path) -> None:
    """Write a new private key to a file that only its owner reads. Raises :class:`LogExistsError`."""
    serialization = _cryptography().serialization
    key = _ed25519().Ed25519PrivateKey.generate()
    data: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise LogExistsError("a file is there already; name a new one", path=str(file)) from error
    with os.fdopen(handle, "wb") as opened:
        opened.write(data)


def verifier_key(file: Path, name: str) -> str:
    """Give the line by which others check what a key signs under a name."""
    public = _raw(_private(file).public_key())
    return f"{_named(name)}+{_digits(name, public).hex()}+{base64.b64encode(ED25519 + public).decode()}"


def signed(text: str, file: Path, name: str) -> str:
    """Sign the text of a note with a private key, under a name. Raises :class:`LogError` for what is no key."""
    key = _private(file)
    signature = _digits(_named(name), _raw(key.public_key())) + key.sign(text.encode())
    return f"{text}\n\u2014 {name} {base64.b64encode(signature).decode()}\n"


def read_note(data: bytes, verifier: str, where: str) -> Checkpoint:
    """Read a note and check its signature by a verifier key; other signatures may stand beside it.

    Raises :class:`IntegrityError` where the note is not whole, or not signed by that key.
    """
    known = _VERIFIER.fullmatch(verifier.strip())
    public = base64.b64decode(known[3]) if known else b""
    if known is None or public[:1] != ED25519 or _digits(known[1], public[1:]).hex() != known[2]:
        raise LogError("not a verifier key; write the line that `kztimeline checkpoint` prints for it", path=where)
    try:
        text, _, lines = data.decode().rpartition("\n\n")
    except UnicodeDecodeError as error:
        raise IntegrityError("not a note: it is no text", path=where) from error
    found = _TEXT.fullmatch(text + "\n")
    if found is None or not lines.endswith("\n"):
        raise IntegrityError("not a note of `kztimeline checkpoint`, or not as it was written", path=where)
    if not any(_checks(line, known[1], public[1:], text + "\n") for line in lines.split("\n")):
        raise IntegrityError(f"not signed by {known[1]} with that key; ask for the note once more", path=where)
    heads, redacted = (tuple(line.split(" ")[1] for line in part.split("\n")[:-1]) for part in (found[4], found[5]))
    return Checkpoint(found[1], int(found[2]), int(found[3]), heads, redacted)


def _checks(line: str, name: str, public: bytes, text: str) -> bool:
    """Tell whether a signature line is one of a key over a text."""
    found = _SIGNED.fullmatch(line)
    signature = base64.b64decode(found[2]) if found else b""
    if found is None or found[1] != name or signature[:4] != _digits(name, public):
        return False
    if base64.b64encode(signature).decode() != found[2]:
        return False  # the last letter has bits that nobody reads
    key: Ed25519PublicKey = _ed25519().Ed25519PublicKey.from_public_bytes(public)
    try:
        key.verify(signature[4:], text.encode())
    except _cryptography().wrong:
        return False
    return True


def _named(name: str) -> str:
    if not _NAME.fullmatch(name) or not name.isprintable():
        raise LogError("a signer's name has no space and no plus; write one such as example.org/log", path=name)
    return name


def _digits(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def _private(file: Path) -> Ed25519PrivateKey:
    load = _cryptography().serialization.load_pem_private_key
    try:
        key = load(file.read_bytes(), None)
    except (ValueError, TypeError) as error:
        said = "not an Ed25519 key without a password; make one with --new-key"
        raise LogError(said, path=str(file)) from error
    if not isinstance(key, _ed25519().Ed25519PrivateKey):
        raise LogError("not an Ed25519 key; make one with --new-key", path=str(file))
    found: Ed25519PrivateKey = key
    return found


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes_raw()


def _cryptography() -> Any:
    """Load the package of the extra when first used."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise MissingExtraError('pip install "kztimeline[sign]"') from error
    return SimpleNamespace(serialization=serialization, ed25519=ed25519, wrong=InvalidSignature)


def _ed25519() -> Any:
    return _cryptography().ed25519
