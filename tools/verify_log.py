"""Check a log from nothing but docs/format.md: python verify_log.py PATH [HEAD…]

Needs only Python, no kztimeline. Prints redactions and problems as file:line: what; exit code 1 for a problem, else
the heads come last. A HEAD is one that was seen before: its 64 digits, as `kztimeline log` gives it.
"""

import hashlib
import json
import re
import sys
import time
import unicodedata
from pathlib import Path

FIELDS = ["count", "format", "genesis", "marks", "note", "parents", "recorded", "root", "writer"]
NAME = re.compile(r"[0-9]{4}/[0-9]{8}T[0-9]{6}Z-[0-9a-f]{32}\.jsonl", re.ASCII)
HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
UNSAFE = re.compile(rb"[\s!-](text|eol|crlf|filter|ident|working-tree-encoding)\b")


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).hexdigest()


def canonical(value):
    return unicodedata.normalize("NFC", json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True))


def plain(line):
    try:
        value = json.loads(line)
        return value if isinstance(value, dict) and canonical(value).encode() == line else None
    except (ValueError, RecursionError):
        return None


def root_of(ids):
    if len(ids) < 2:
        return ids[0] if ids else sha(b"")
    half = 1 << (len(ids) - 1).bit_length() - 1
    return sha(b"\x01", bytes.fromhex(root_of(ids[:half])), bytes.fromhex(root_of(ids[half:])))


def stub_of(line):
    value = plain(line) or {}
    words = {name: text for name, text in value.items() if name != "sha256" and isinstance(text, str)}
    whole = sorted(words) == ["reason", "redacted", "writer"] and value.get("sha256") == sha(canonical(words).encode())
    short = list(value) == ["redacted"]
    return words if (short or (whole and len(value) == 4)) and HASH.fullmatch(words.get("redacted", "")) else {}


def header_of(line, genesis):
    head = plain(line)
    try:
        fine = sorted(head) == FIELDS and type(head["count"]) is int and repr(head["format"]) == "1"
        fine = fine and all(HASH.fullmatch(one) for one in (head["genesis"], head["root"], *head["parents"]))
        fine = fine and all(isinstance(head[name], str) for name in ("marks", "note", "writer"))
        fine = fine and time.strptime(head["recorded"], "%Y-%m-%dT%H:%M:%SZ").tm_sec < 60
        fine = fine and len(head["recorded"]) == 20 and head["parents"] == sorted(set(head["parents"]))
    except (TypeError, ValueError):
        fine = False
    return "no header of format 1" if not fine else head if head["genesis"] == genesis else "of another genesis"


def check_segment(name, data, genesis):
    first, *lines = data.removesuffix(b"\n").split(b"\n")
    found = header_of(first, genesis)
    if isinstance(found, str):
        return (yield 1, found)
    stamp = re.sub("[-:]", "", found["recorded"])
    if name != f"{stamp[:4]}/{stamp}-{sha(first)[:32]}.jsonl":
        yield 1, "the header does not hash to the file's name"
    if not data.endswith(b"\n"):
        yield len(lines) + 1, "the last line has no end"
    stubs = {at: stub for at, stub in enumerate(map(stub_of, lines), 2) if stub}
    yield from stubs.items()
    ids = [stubs[at]["redacted"] if at in stubs else sha(b"\x00", line) for at, line in enumerate(lines, 2)]
    marks = [one[:4] for one in ids]
    yield from ((n + 2, "not the line of its mark") for n, m in enumerate(marks) if found["marks"][4 * n :][:4] != m)
    if len(ids) != found["count"] or found["marks"] != "".join(marks) or root_of(ids) != found["root"]:
        yield 1, "lines and header do not fit"


def problems(files, seen=()):
    """List (file, line, what) of {name: bytes}, None for a link or an empty folder; give heads and redactions too."""
    parents, stubs = {}, []
    own = {name for name in files if NAME.fullmatch(name) or name in ("log.json", ".gitattributes")}
    found = [(name, None, "not part of the log") for name in files if name not in own or files[name] is None]
    genesis_line = files.get("log.json") or b""
    fields = plain(genesis_line[:-1]) if genesis_line.endswith(b"\n") else None
    if fields is None or sorted(fields) != ["created", "format", "holder", "name"] or repr(fields["format"]) != "1":
        found.append(("log.json", 1, "not a genesis of format 1"))
    rules = (files.get(".gitattributes") or b"").split(b"\n")
    if b"* -text" not in rules or any(UNSAFE.search(r) for r in rules if r != b"* -text" and r[:1] != b"#"):
        found.append((".gitattributes", 1, "git may change bytes here"))
    for name in sorted(name for name in own if name.endswith(".jsonl") and files[name] is not None):
        said = [(name, *one) for one in check_segment(name, files[name], sha(genesis_line))]
        wrong, first = [one for one in said if isinstance(one[2], str)], files[name].split(b"\n")[0]
        found, stubs = found + wrong, stubs + [one for one in said if one not in wrong]
        parents.update({} if wrong else {sha(first): (name, json.loads(first)["parents"])})
    found += [(n, 1, f"no parent {one[:16]}") for n, named in parents.values() for one in named if one not in parents]
    heads = sorted(set(parents) - {one for _, named in parents.values() for one in named})
    known = {*parents, sha(b"\x02", "".join(heads).encode()), sha(genesis_line)}
    return found + [(".", None, f"the head {one[:16]} is gone") for one in seen if one not in known], heads, stubs


def read(path):
    found = {}
    for f in (f for f in Path(path).rglob("*") if f.relative_to(path).parts[0] != ".git"):
        if f.is_symlink() or not f.is_dir() or not any(f.iterdir()):
            found[f.relative_to(path).as_posix()] = f.read_bytes() if f.is_file() and not f.is_symlink() else None
    return found


if __name__ == "__main__":
    wrong, tips, gone = problems(read(sys.argv[1]), sys.argv[2:])
    said = [(*at, f"redacted by {stub.get('writer')}: {stub.get('reason')}") for *at, stub in gone] + wrong
    print(*[repr(f"{n}:{at or '-'}: {what}")[1:-1] for n, at, what in said], *([] if wrong else tips), sep="\n")
    sys.exit(bool(wrong))
