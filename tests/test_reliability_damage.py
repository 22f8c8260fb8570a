"""Damage of every kind, judged twice: by the library, and by a verifier that shares no code with it."""

from __future__ import annotations

import ast
import sys
from itertools import chain, islice
from pathlib import Path

import pytest

from kztimeline.canonical import event_id
from kztimeline.errors import EventError
from kztimeline.log import Redaction, append_lines, create, read_log, redaction_line, verify
from tests import damage

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[damage.Files, tuple[str, ...]]:
    return damage.small_log(tmp_path_factory.mktemp("small") / "log", 1)


def test_all_damage_is_noticed_by_both_and_names_its_file(small: tuple[damage.Files, tuple[str, ...]]) -> None:
    files, heads = small
    some = (case for number, case in enumerate(damage.byte_cases(files, 1)) if number % 7 == 0)
    others = (damage.line_cases(files), damage.file_cases(files), damage.stub_cases(files))
    found = damage.sweep(damage.Sweep(), chain(some, *others), heads)
    assert (found.unnoticed, found.misplaced, found.differing, found.alarms) == ([], [], [], [])
    assert found.cases > 3000
    assert found.very_line > 0.98 * found.cases
    assert found.redactions > 10


def test_what_is_no_damage_raises_no_alarm(small: tuple[damage.Files, tuple[str, ...]]) -> None:
    files, heads = small
    names = [b"* -text", b"# a word\n* -text\n", b"\n* -text\n\n"]
    same = [
        damage.Case("attributes", ".gitattributes", 1, {**files, ".gitattributes": n}, harmless=True) for n in names
    ]
    found = damage.sweep(damage.Sweep(), iter([damage.Case("", ".", None, files, harmless=True), *same]), heads)
    assert (found.harmless, found.alarms, found.differing) == (4, [], [])


def test_links_and_names_that_are_no_text_are_noticed_by_both(
    small: tuple[damage.Files, tuple[str, ...]], tmp_path: Path
) -> None:
    files, heads = small
    names = [what[:2] for what in damage.on_disk(tmp_path, files)]
    for number, (says, name) in enumerate(names):
        path = damage.written(tmp_path / str(number) / "log", files)
        assert damage.both_notice(path, heads) == (False, False)
        next(act for *what, act in damage.on_disk(path, files) if what == [says, name])()
        assert damage.both_notice(path, heads) == (True, True), (says, name)


def test_a_sweep_that_sees_nothing_says_so(
    small: tuple[damage.Files, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    files, heads = small
    monkeypatch.setattr(damage, "judged", lambda *_: ([], []))
    found = damage.sweep(damage.Sweep(), islice(damage.byte_cases(files, 1), 20), heads)
    assert found.cases > 0
    assert len(found.unnoticed) == found.cases
    assert len(found.differing) == found.cases


def test_the_second_verifier_is_one_page_of_the_standard_library() -> None:
    text = (ROOT / "tools" / "verify_log.py").read_text("utf-8")
    assert len(text.splitlines()) < 120
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported
    assert imported <= set(sys.stdlib_module_names)


def test_the_second_verifier_finds_the_shipped_log_whole_with_the_same_head() -> None:
    problems, heads, _ = damage.VERIFIER.problems(damage.VERIFIER.read(ROOT / "events"))
    assert problems == []
    assert tuple(heads) == read_log(ROOT / "events").heads


def test_both_verifiers_take_a_redaction_and_neither_takes_other_words_for_it(tmp_path: Path) -> None:
    path = tmp_path / "log"
    create(path, name="test", holder="KAZ", created="2026-01-01T00:00:00Z")
    lines = [b'{"a":1}', b'{"b":{"redacted":"x"}}', b'{"c":1}']
    receipt = append_lines(path, lines, note="", writer="w", recorded="2026-01-02T00:00:00Z")
    assert receipt.path is not None
    whole = receipt.path.read_bytes()
    stub = redaction_line(Redaction(event_id(lines[0]), 'a "name" ё', "w"))
    receipt.path.write_bytes(whole.replace(lines[0], stub))
    assert damage.both_notice(path, (receipt.head,)) == (False, False)
    assert verify(path).redacted == 1
    for other in (
        stub.replace(b'"w"', b'"v"'),
        stub.replace(b"name", b"mane"),
        stub.replace(b'"sha256":"', b'"sha256":"0'),
    ):
        receipt.path.write_bytes(whole.replace(lines[0], other))
        assert damage.both_notice(path, (receipt.head,)) == (True, True)


def test_a_redaction_says_both_why_and_by_whom_or_neither() -> None:
    for words in (("why", None), (None, "who")):
        with pytest.raises(EventError, match="says both why and by whom, or neither; write reason and writer"):
            redaction_line(Redaction("0" * 64, *words))
