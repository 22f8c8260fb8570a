"""Canonical bytes of a line: restricted RFC 8785, and its hashes after RFC 6962.

Keys are sorted, text is NFC, numbers are whole: the same event gives the same bytes everywhere.
"""

from __future__ import annotations

import codecs
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

import msgspec

from kztimeline.errors import EventError

LARGEST = 2**53 - 1
MAX_LINE = 1_000_000
"""Longer lines are refused unread."""
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


def canonical_bytes(value: Mapping[str, object]) -> bytes:
    """Write an object as canonical JSON: sorted keys, NFC text, no floats, no spaces.

    Raises :class:`EventError` for floats (write decimals as text), large integers, lone surrogates, keys that
    are one in NFC, and whatever else has no place in a line.
    """
    try:
        text = json.dumps(_clean(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8")
    except RecursionError as error:
        raise EventError("nested too deeply; a claim has at most a few levels") from error
    except UnicodeEncodeError as error:
        raise EventError("text with half a character (a lone surrogate); write it as valid Unicode") from error


def _clean(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _exact(value)
    if isinstance(value, float):
        raise EventError(f"{value!r} is a float; write decimals as text")
    if isinstance(value, Mapping):
        pairs = [(_key(key), _clean(item)) for key, item in value.items()]
        return _once(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be", "surrogatepass")))
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_clean(item) for item in value]
    raise EventError(f"{value!r} has no place in a line; write text, whole numbers, lists or objects")


def _exact(value: int) -> int:
    if abs(value) > LARGEST:
        raise EventError("a number beyond what every reader of JSON keeps exact (2**53 - 1); write it as text")
    return value


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise EventError(f"{key!r} is not a name; write keys as text")
    return unicodedata.normalize("NFC", key)


def is_canonical(line: bytes) -> bool:
    """Tell whether a line is one object as :func:`canonical_bytes` writes it.

    Most lines show it in one pass: read, written again, the same. Where that says nothing the strict way decides.
    Raises :class:`EventError` for a line that :func:`read_object` refuses.
    """
    return plainly_canonical(line) or canonical_bytes(read_object(line)) == line


def plainly_canonical(line: bytes) -> bool:
    """Tell whether a line is surely canonical; long numbers, deep nesting and foreign keys are left to the strict way."""
    try:
        return plainly_written(line) and _ENCODE(_DECODE(line)) == line
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return False


def plainly_written(line: bytes) -> bool:
    """Tell whether an object without floats, which msgspec wrote with sorted keys, is surely canonical."""
    if len(line) > MAX_LINE or line[:1] != b"{" or _LONG.search(line) or line.count(b"[") + line.count(b"{") > NESTED:
        return False
    return line.isascii() or _plainly_composed(line)


def _plainly_composed(line: bytes) -> bool:
    """Tell whether text is NFC, and of characters whose order is the same in UTF-8 and in UTF-16 (none beyond U+FFFF)."""
    return max(line) < 0xF0 and unicodedata.is_normalized("NFC", line.decode())


def read_object(line: bytes, *, limit: int = MAX_LINE) -> dict[str, object]:
    """Read one line strictly: UTF-8 without a mark, one object, no key twice, no float, no NaN.

    Order of keys, spaces and escapes are free: bytes are hashed as they stand, and written canonically.
    Raises :class:`EventError`.
    """
    if len(line) > limit:
        raise EventError(f"a line of {len(line)} bytes; a claim has at most {limit}")
    if line.startswith(codecs.BOM_UTF8):
        raise EventError("not JSON: it begins with a byte order mark; write UTF-8 without one")
    try:
        value = _DECODER.decode(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise EventError(f"not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise EventError(f"not JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise EventError("nested too deeply; a claim has at most a few levels") from error
    if not isinstance(value, dict):
        raise EventError(f"expected an object, not {type(value).__name__}")
    if _HALF.search(line):
        _no_half(value)
    return value


def _no_half(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise EventError("text with half a character (a lone surrogate); write it as valid Unicode") from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise EventError(f"the key {next(k for k in keys if keys.count(k) > 1)!r} stands twice; write it once")
    return found


def _no_float(text: str) -> object:
    raise EventError(f"{text[:40]} is a float; write decimals as text")


def _int(text: str) -> int:
    return _exact(int(text) if len(text) <= len(f"-{LARGEST}") else LARGEST + 1)


def _refused(text: str) -> object:
    raise ValueError(text)


_LONG = re.compile(rb"[:,\[]-?[0-9]{16}")
"""A number that may be too large, as it stands in a line without spaces; the same in a text does no harm."""
NESTED = 100
"""Lines with more brackets than this are read the strict way, which knows how deep is too deep."""
_DECODE = msgspec.json.Decoder(float_hook=_refused).decode
_ENCODE = msgspec.json.Encoder(order="sorted").encode
_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_no_float, parse_constant=_no_float, parse_int=_int)


def event_id(line: bytes) -> str:
    """Hash a line without its newline: SHA-256 with a zero byte before it (an RFC 6962 leaf), as hex."""
    return sha256(b"\x00" + line).hexdigest()


def event_ids(lines: Iterable[bytes]) -> tuple[str, ...]:
    """Hash many lines, each as :func:`event_id` does."""
    return tuple([sha256(b"\x00" + line).hexdigest() for line in lines])


def merkle_root(ids: Sequence[str]) -> str:
    """Give the RFC 6962 Merkle tree hash over leaf hashes, as hex; of none, the SHA-256 of nothing."""
    level = [*map(bytes.fromhex, ids)]
    if not level:
        return sha256(b"").hexdigest()
    while len(level) > 1:
        nodes = iter(level)
        paired = [sha256(b"\x01" + left + right).digest() for left, right in zip(nodes, nodes, strict=False)]
        level = paired + level[2 * len(paired) :]
    return level[0].hex()
