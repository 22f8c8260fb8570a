"""Check a log from nothing but docs/format.md: python verify_log.py PATH [HEAD…]

Shares no code with kztimeline and needs only Python. Prints each problem as file:line: what; exit code 1 if
there is any, else the heads. A HEAD is one that was seen before: its 64 digits, as `kztimeline log` gives it.
"""

import hashlib
import json
import re
import sys
import time
import unicodedata
from pathlib import Path

FIELDS = ["count", "format", "genesis", "marks", "note", "parents", "recorded", "root", "writer"]
STUB = ["reason", "redacted", "writer"]
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


def leaf(line):
    value = plain(line) or {}
    words = {name: text for name, text in value.items() if name != "sha256" and isinstance(text, str)}
    summed = sorted(words) == STUB and value == {**words, "sha256": sha(canonical(words).encode())}
    stub = list(value) == ["redacted"] or summed
    return words["redacted"] if stub and HASH.fullmatch(words.get("redacted", "")) else sha(b"\x00", line)


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
    first, *lines = data.split(b"\n")
    found = header_of(first, genesis)
    if isinstance(found, str):
        return (yield 1, found)
    stamp = re.sub("[-:]", "", found["recorded"])
    if name != f"{stamp[:4]}/{stamp}-{sha(first)[:32]}.jsonl":
        yield 1, "the header does not hash to the file's name"
    if not data.endswith(b"\n"):
        yield len(lines) + 1, "the last line has no end"
    ids = [leaf(line) for line in (lines[:-1] if data.endswith(b"\n") else lines)]
    marks = [one[:4] for one in ids]
    wrong = (at + 2 for at, mark in enumerate(marks) if found["marks"][4 * at : 4 * at + 4] != mark)
    yield from ((line, "the line does not hash to its mark") for line in wrong)
    if len(ids) != found["count"] or found["marks"] != "".join(marks) or root_of(ids) != found["root"]:
        yield 1, "lines and header do not fit"


def problems(files, seen=()):
    """List (file, line, what) for a log given as {name: bytes}, and its heads; None is a link or an empty folder."""
    parents = {}
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
        wrong = [(name, *problem) for problem in check_segment(name, files[name], sha(genesis_line))]
        found, first = found + wrong, files[name].split(b"\n")[0]
        parents.update({} if wrong else {sha(first): (name, json.loads(first)["parents"])})
    for name, named in parents.values():
        found += [(name, 1, f"its parent {one[:16]} is not there") for one in named if one not in parents]
    heads = sorted(set(parents) - {one for _, named in parents.values() for one in named})
    known = {*parents, sha(b"\x02", "".join(heads).encode()), sha(genesis_line)}
    return found + [(".", None, f"the head {one[:16]} is gone") for one in seen if one not in known], heads


def read(path):
    found = {}
    for file in (f for f in Path(path).rglob("*") if f.relative_to(path).parts[0] != ".git"):
        whole = file.is_file() and not file.is_symlink()
        if file.is_symlink() or not file.is_dir() or not any(file.iterdir()):
            found[file.relative_to(path).as_posix()] = file.read_bytes() if whole else None
    return found


if __name__ == "__main__":
    wrong, tips = problems(read(sys.argv[1]), sys.argv[2:])
    print(*[f"{name}:{line or '-'}: {what}" for name, line, what in wrong] or tips, sep="\n")
    sys.exit(bool(wrong))
