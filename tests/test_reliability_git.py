"""Git: branches merge as a union of files, what takes something away is flagged, and the guard says so."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from kztimeline.canonical import canonical_bytes, event_id
from kztimeline.log import Redaction, append_lines, read_log, redaction_line
from kztimeline.log.redact import redact
from tests.histories import ALONE, GUARD, ROOT, Repository, claim, history


def test_a_random_history_has_no_conflict_and_no_loss_and_every_revert_and_edit_is_flagged(tmp_path: Path) -> None:
    found = history(tmp_path, "3 0", 50)
    assert (found.conflicts, found.lost, found.alarms, found.unflagged) == (0, 0, [], [])
    assert found.flagged > 0
    assert {"append", "merge", "pick", "revert", "edit"} <= set(found.done)


@pytest.fixture
def begun(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "repository", random.Random(1))
    found.begin()
    found.append()
    found.git("branch", "base")
    return found


def append(where: Repository, *lines: bytes) -> Path:
    receipt = append_lines(where.log, lines, note="", writer="w", recorded="2026-06-01T00:00:00Z")
    assert receipt.path is not None
    commit(where)
    return receipt.path


def commit(where: Repository) -> None:
    where.git("add", "-A")
    where.git("commit", "-q", "-m", "next")


def guarded(where: Repository, *words: str, base: str = "base") -> tuple[int, str]:
    command = [sys.executable, str(ROOT / "tools" / "guard"), "--log", str(where.log), "--base", base, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **ALONE})
    return done.returncode, done.stdout + done.stderr


def test_the_guard_lets_additions_pass(begun: Repository) -> None:
    append(begun, claim(1000))
    (begun.path / "README").write_text("beside the log anything may change")
    commit(begun)
    assert guarded(begun) == (0, "")


def test_the_guard_lets_a_new_log_pass(begun: Repository) -> None:
    first = begun.git("rev-list", "--max-parents=0", "HEAD")
    begun.git("checkout", "-q", "--orphan", "other")
    begun.git("rm", "-q", "-r", "--cached", ".")
    begun.git("commit", "-q", "--allow-empty", "-m", "empty")
    begun.git("add", "-A")
    begun.git("commit", "-q", "-m", "a log")
    assert first != "done"
    assert guarded(begun, base="HEAD~1") == (0, "")


def test_the_guard_names_what_was_changed_and_what_was_removed(begun: Repository) -> None:
    first, second = sorted(begun.log.rglob("*.jsonl"))[:2]
    first.write_bytes(first.read_bytes().replace(b"number", b"Number"))
    second.unlink()
    commit(begun)
    problems, _ = GUARD.check(begun.log, "base")
    year = f"{first.parent.name}/{first.name}"
    assert f"{year}: changed; a log only grows: put it back, and append what is to be said" in problems
    assert any(problem.startswith(f"{second.parent.name}/{second.name}: removed; a log only") for problem in problems)
    assert any(f"{first.name}:2: a damaged line" in problem for problem in problems)


def test_the_guard_names_what_does_not_belong_in_a_log(begun: Repository) -> None:
    (begun.log / "notes.txt").write_text("mine")
    commit(begun)
    assert guarded(begun) == (1, "notes.txt: not part of the log; move it elsewhere\n")


def test_the_guard_compares_with_the_common_commit_not_with_what_came_after(begun: Repository) -> None:
    begun.git("checkout", "-q", "base")
    append(begun, claim(2000))
    begun.git("checkout", "-q", "main")
    append(begun, claim(1000))
    assert guarded(begun) == (0, "")


def test_the_guard_lets_a_redaction_pass_only_where_it_was_agreed_on_and_names_it(begun: Repository) -> None:
    file = min(begun.log.rglob("*.jsonl"))
    line = file.read_bytes().split(b"\n")[1]
    file.write_bytes(file.read_bytes().replace(line, redaction_line(Redaction(event_id(line), "a name", "anna"))))
    commit(begun)
    said = f"{file.parent.name}/{file.name}:2: redacted by anna: a name\n"
    assert guarded(begun) == (1, said)
    assert guarded(begun, "--allow-redactions") == (0, said)
    begun.git("branch", "redacted")
    new = append(begun, claim(1000))
    redact(begun.log, read_log(begun.log).segments[-1].ids, reason="a name\x1b", writer="bert")
    commit(begun)
    said = f"{new.parent.name}/{new.name}:2: redacted by bert: a name\\u001b\n"
    assert guarded(begun, base="redacted") == (1, said)
    assert guarded(begun, "--allow-redactions", base="redacted") == (0, said)
    file.write_bytes(file.read_bytes().replace(file.read_bytes().split(b"\n")[1], line))
    commit(begun)
    assert "changed; a log only grows" in guarded(begun, "--allow-redactions", base="redacted")[1]


def test_the_guard_names_claims_that_two_branches_change_in_two_ways(begun: Repository) -> None:
    line = read_log(begun.log).segments[0].lines[0]
    for branch in ("one", "two"):
        begun.git("checkout", "-q", "-b", branch, "base")
        replaced = {"kind": "corrected", "target": event_id(line), "reason": branch}
        fields = {"kind": "observed", "holder": "KAZ", "occurred": "2016", "note": branch}
        fields["citations"] = [{"source": "a", "published": "2017", "basis": "printed"}]
        append(begun, canonical_bytes({**replaced, "replacement": fields}))
        assert guarded(begun) == (0, "")
    begun.git("merge", "-q", "--no-edit", "one")
    code, said = guarded(begun, base="one")
    assert code == 1
    assert said.startswith("contested: ")
    assert said.endswith("change one claim in two ways; correct it once more, after both\n")


def test_the_guard_lets_a_log_be_mended(begun: Repository) -> None:
    """Against a base that is damaged itself, what puts the files back is an addition."""
    append(begun, claim(1000))
    begun.git("revert", "--no-edit", "HEAD~1")
    begun.git("branch", "damaged")
    assert guarded(begun)[0] == 1
    begun.git("revert", "--no-edit", "HEAD")
    code, said = guarded(begun, base="damaged")
    assert code == 0
    assert said.startswith("the log was damaged before, so its heads are not compared: 202")


def test_the_guard_misses_a_log_that_is_gone(begun: Repository) -> None:
    begun.git("rm", "-q", "-r", "events")
    begun.git("commit", "-q", "-m", "gone")
    assert guarded(begun) == (1, f"{begun.log}: the folder is gone; a log only grows: put it back\n")


def test_the_guard_says_what_git_says(begun: Repository) -> None:
    code, said = guarded(begun, base="nowhere")
    assert code == 1
    assert "git merge-base nowhere HEAD: fatal: Not a valid object name nowhere" in said
