"""What somebody might hand to a reader: bytes that are almost right, and texts that mean something elsewhere."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from kztimeline import codec
from kztimeline.canonical import canonical_bytes, read_object
from kztimeline.dates import parse_date
from kztimeline.drafts import parse_draft, prepare
from kztimeline.errors import KztimelineError
from kztimeline.log import redaction_of
from kztimeline.log.segments import read_genesis, segment_of
from kztimeline.quantities import parse_amount, parse_quantity
from tests.crashes import File, Folder, MemoryDisk

HERE = Path("/log")
NAME = Path("2026") / f"20260102T000000Z-{'0' * 32}.jsonl"
CLAIM = (
    b'{"citations":[{"published":"2017","source":"a"}],"holder":"KAZ","kind":"observed","note":"n","occurred":"2016"}'
)
HEADER = canonical_bytes(
    {
        "count": 1,
        "format": 1,
        "genesis": "0" * 64,
        "marks": "0000",
        "note": "",
        "parents": [],
        "recorded": "2026-01-02T00:00:00Z",
        "root": "0" * 64,
        "writer": "w",
    }
)
TOML = b"""note = "n"
[defaults]
holder = "KAZ"
[[events]]
kind = "observed"
occurred = "2016"
[[events.citations]]
source = "a"
published = "2017"
[[events]]
kind = "defined-source"
id = "a"
title = "A"
form = "prose"
"""
SOURCE = b'{"form":"prose","id":"a","kind":"defined-source","title":"A"}'
GENESIS = b'{"created":"2026-01-01T00:00:00Z","format":1,"holder":"KAZ","name":"n"}\n'


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", "surrogateescape"))


def _draft(form: str) -> Callable[[bytes], object]:
    return lambda data: prepare([parse_draft(data, "draft", form)], [], ())


def _genesis(data: bytes) -> object:
    return read_genesis(HERE, MemoryDisk(Folder(names={"log": Folder(names={"log.json": File(data, data)})})))


READERS: dict[str, Callable[[bytes], object]] = {
    "object": read_object,
    "claim": codec.value_of,
    "redaction": redaction_of,
    "segment": lambda data: segment_of(data, HERE / NAME),
    "unnamed": lambda data: segment_of(data, HERE / NAME, named=False),
    "genesis": _genesis,
    "toml": _draft("toml"),
    "jsonl": _draft("jsonl"),
    "date": _text(parse_date),
    "quantity": _text(parse_quantity),
    "amount": _text(lambda text: parse_amount(text, "EUR")),
}
"""Every reader of what somebody else wrote."""

SEEDS: dict[str, tuple[bytes, ...]] = {
    "object": (b'{"a":[1,"x",{"b":null}]}', CLAIM),
    "claim": (CLAIM, b'{"kind":"retracted","reason":"r","target":"' + b"0" * 64 + b'"}'),
    "redaction": (b'{"redacted":"' + b"0" * 64 + b'"}',),
    "segment": (HEADER + b"\n" + CLAIM + b"\n",),
    "unnamed": (HEADER + b"\n" + CLAIM + b"\n",),
    "genesis": (GENESIS,),
    "toml": (TOML,),
    "jsonl": (SOURCE, CLAIM + b"\n" + SOURCE),
    "date": (b"2016-05", b"{2011..2013,2015}", b"[2014..2016-05-01]", b"201X-XX/2017~"),
    "quantity": (b"at least 12", b"(3-4)", b"some", b"12?"),
    "amount": (b"7.59", b"1-2", b"-0.5"),
}

DEEP = b"[" * 100_000
HOSTILE: tuple[bytes, ...] = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"null",
    b"[]",
    b'"x"',
    b"NaN",
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":-0}',
    b'{"a":1e400}',
    b'{"a":' + b"9" * 10_000 + b"}",
    b'{"a":1,"a":2}',
    b'{"a":"\\ud800"}',
    b'{"\\udfff":1}',
    b'{"a":"\xed\xa0\x80"}',
    b'{"a":' + DEEP,
    b'{"a":' + DEEP + b"]" * 100_000 + b"}",
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b"a = " + DEEP,
    b"[a" + b".a" * 5_000 + b"]\n",
    b"[[events]]\n" * 5_000,
    b'events = [{kind = "observed", occurred = 2016-01-01}]',
    b"events = 7",
    b"note = 7\n[defaults]\nholder = 1979-05-27T07:32:00Z",
    b'{"redacted":"' + b"0" * 64 + b'","redacted":"' + b"1" * 64 + b'"}',
    HEADER.replace(b'"count":1', b'"count":' + b"9" * 400) + b"\n",
    HEADER.replace(b'"format":1', b'"format":' + b"9" * 400) + b"\n",
    HEADER.replace(b'"parents":[]', b'"parents":[[]]') + b"\n",
    GENESIS.replace(b'"format":1', b'"format":true'),
    "２０１６".encode(),
    "2016-١٢".encode(),
    b"9" * 100_000,
    b"{" + b"2011," * 50_000 + b"2012}",
    b"[2011.." * 1000,
    b"Y" + b"9" * 4000,
    b"1e1000000000",
    b"at least " * 10_000,
    "\u202e2016\u2066".encode(),
)
"""Inputs that broke some reader somewhere: none may do more here than be refused."""

TEXTS: tuple[str, ...] = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    '=HYPERLINK("http://example.org","x")',
    "@SUM(1+1)|cmd",
    "+1-1",
    "\x1b]0;owned\x07\x1b[2J",
    "\x9b31m",
    "\u202egnp.exe",
    "\u2066\u2069a\u200bb\ufeff",
    "e\u0301",
    "a\u2028b\u2029c\x85d",
    "../../etc/passwd",
    "..\\..\\windows",
    "/etc/passwd",
    "con",
    "a\x00b",
    "{{7*7}}${7*7}%n%s",
    "'; DROP TABLE events; --",
    "x" * 100_000,
)
"""Texts that mean something to a browser, a spreadsheet, a terminal, a shell or a file system."""


def fed(name: str, data: bytes) -> None:
    """Let a reader read; an error that is not the library's own goes on."""
    try:
        READERS[name](data)
    except KztimelineError:
        return


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Change an input in a few places: bytes, pieces doubled or dropped, pieces of hostile ones put in."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at, until = sorted(rng.randrange(len(changed) + 1) for _ in range(2))
        match rng.randrange(5):
            case 0 if changed:
                changed[min(at, len(changed) - 1)] = rng.randrange(256)
            case 1:
                del changed[at:until]
            case 2:
                changed[at:at] = changed[at:until][:2000]
            case 3:
                changed[at:until] = rng.choice(HOSTILE)[:2000]
            case _:
                changed[at:at] = rng.choice(TEXTS).encode()[:200]
    return bytes(changed)
