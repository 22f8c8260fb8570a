"""Drafts: every problem in one go with its line and what to write, nothing written; show gives them back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline.cli import cli
from kztimeline.codec import event_of, line_of
from kztimeline.drafts import parse_draft, prepare
from kztimeline.errors import DraftError
from kztimeline.lines import draft_toml, readable

HERE = Path(__file__).parent
SYSTEMS = [
    event_of({"kind": "defined-system", "id": "x", "name": "X", "category": "air"}),
    event_of({"kind": "defined-system", "id": "y", "name": "Y", "category": "air"}),
    event_of({"kind": "defined-system", "id": "su-30sm", "name": "Su-30SM", "names": ["Су-30СМ"], "category": "air"}),
    event_of({"kind": "defined-source", "id": "b", "title": "B", "form": "prose"}),
]


def problems(data: bytes, form: str = "toml") -> list[tuple[int | None, str, str]]:
    with pytest.raises(DraftError) as caught:
        prepare([parse_draft(data, "draft", form)], SYSTEMS, frozenset())  # type: ignore[arg-type]
    return [(p.line, p.path, p.message) for p in caught.value.problems]


def test_a_dozen_mistakes_are_told_in_one_go_with_line_and_advice() -> None:
    found = problems((HERE / "wrong.toml").read_bytes())
    expected = [
        (10, "kind", "not a kind: 'rumoured'; write one of"),
        (14, "occurred", "write 2016-05, or"),
        (23, "quantity", "write at least n"),
        (29, "systems", "did you mean su-30sm"),
        (36, "quantity", 'write 12 or "at least 5"'),
        (39, "into", 'write into = "in-service"'),
        (46, "occurred", "write it in quotation marks"),
        (47, "systems", "write it in square brackets"),
        (48, "into", "write on-order, on-trial, in-service"),
        (53, "systems", "an item names one system, not 2"),
        (60, "quantiy", "did you mean quantity"),
        (65, "claims", "no event of the draft has ref = 'nobody'"),
        (65, "claims", "no event of the log has the id '0123456789abcdef'"),
        (71, "occurred", "that month has 29 days"),
        (75, "citations[0].published", "not a date: 'soon'"),
        (81, "stage", "write announced, signed, ratified"),
    ]
    for line, path, advice in expected:
        near = [(where, p, m) for where, p, m in found if p == path and advice in m]
        assert near, (path, advice, found)
        assert near[0][0] is not None
        assert abs(near[0][0] - line) <= 3, (near, line)
    assert len(found) >= len(expected)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff", "not UTF-8 at byte 0"),
        (b"note = ", "not TOML"),
        (b"event = 1", "did you mean events"),
        (b"note = 1\n[[events]]\nkind='observed'", "a note is text"),
        (b"", "holds no event"),
        (b"events = 3", r"written as \[\[events\]\]"),
    ],
)
def test_what_is_not_a_draft_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(DraftError, match=said):
        prepare([parse_draft(data, "draft", "toml")], [], frozenset())


def test_json_lines_are_told_by_line() -> None:
    data = b'{"note":"n","defaults":{"holder":"KAZ"}}\n{"kind":"observed"\n{"a":1,"a":2}\n'
    with pytest.raises(DraftError) as caught:
        parse_draft(data, "draft.jsonl", "jsonl")
    assert [p.line for p in caught.value.problems] == [2, 3]


@given(st.binary(max_size=60), st.sampled_from(["toml", "jsonl"]))
def test_any_bytes_are_a_draft_or_a_draft_error(data: bytes, form: str) -> None:
    with pytest.raises(DraftError) as caught:
        prepare([parse_draft(data, "draft", form)], [], frozenset())
    assert caught.value.problems


def test_names_and_references_become_ids() -> None:
    text = """
note = "n"
[defaults]
holder = "KAZ"
citations = [{ source = "b", published = "2020" }]
[[events]]
ref = "one"
kind = "delivered"
occurred = "2016"
systems = ["СУ-30см"]
into = "in-service"
[[events]]
ref = "two"
kind = "delivered"
occurred = "2017"
systems = ["su 30 sm"]
into = "in-service"
[[events]]
kind = "linked"
relation = "distinct"
claims = ["@one", "@two"]
reason = "two years"
"""
    (ready,) = prepare([parse_draft(text.encode(), "d", "toml")], SYSTEMS, frozenset())  # type: ignore[arg-type]
    assert ready.values[0].systems == ("su-30sm",)  # type: ignore[union-attr]
    assert set(ready.values[2].claims) == set(ready.ids[:2])  # type: ignore[union-attr]


def test_every_segment_of_the_shipped_log_reads_back_from_its_draft() -> None:
    tl = kz.load()
    definitions = [row.value for row in tl.placed if str(getattr(row.value, "kind", "")).startswith("defined-")]
    ids = frozenset(row.id for row in tl.placed)
    by_id = {row.id: row.value for row in tl.placed}
    for segment in tl.log.segments:
        values = [by_id[identity] for identity in segment.ids]
        draft = parse_draft(draft_toml(segment.header.note, values).encode(), "again", "toml")
        (ready,) = prepare([draft], definitions, ids)  # type: ignore[arg-type]
        assert ready.lines == segment.lines
        assert ready.note == segment.header.note
        for identity, value in zip(segment.ids, values, strict=True):
            assert "\n" not in readable(identity, value)
            assert line_of(value) in segment.lines


def test_a_segment_holds_at_most_twenty_five_claims_and_a_note() -> None:
    for segment in kz.load().log.segments:
        assert len(segment.lines) <= 25
        assert segment.header.note


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, list(words))
    return done.exit_code, done.stdout, done.stderr


def test_the_command_writes_reads_corrects_and_verifies(tmp_path: Path) -> None:
    log, draft = str(tmp_path / "log"), tmp_path / "draft.toml"
    assert run("init", log, "--name", "mine")[0] == 0
    draft.write_text(
        'note = "n"\n[defaults]\nholder = "KAZ"\ncitations = [{ source = "b", published = "2020" }]\n'
        '[[events]]\nkind = "defined-source"\nid = "b"\ntitle = "B"\nform = "prose"\n'
        '[[events]]\nkind = "defined-system"\nid = "x"\nname = "=X"\ncategory = "air"\n'
        '[[events]]\nkind = "delivered"\noccurred = "2016"\nsystems = ["x"]\nquantity = 2\ninto = "in-service"\nnote = "=1+1"\n'
    )
    assert run("append", str(draft), "--log", log)[0] == 0
    assert "0 new, 3 known" in run("append", str(draft), "--log", log)[2]
    code, out, _ = run("fielded", "2016", "--log", log, "--format", "json")
    assert (code, json.loads(out)[0]["truth"], json.loads(out)[0]["low"]) == (0, "yes", 2)
    claim = json.loads(run("events", "--log", log, "--format", "json")[1])[0]["id"]
    assert "'=1+1" in run("events", "--log", log, "--format", "csv")[1]
    assert run("correct", claim[:12], "--set", "quantity=3", "--reason", "misread", "--log", log)[0] == 0
    assert json.loads(run("holdings", "--on", "2016", "--log", log, "--format", "json")[1])[0]["high"] == 3
    assert run("retract", claim[:12], "--reason", "not ours", "--log", log)[0] == 0
    for words in (["history", "x"], ["orders", "--on", "2016"], ["explain", "x", "--on", "2016"], ["log"], ["verify"]):
        assert run(*words, "--log", log)[0] == 0, words
    target = tmp_path / "out.parquet"
    assert run("fielded", "2016", "--log", log, "-o", str(target))[0] == 0
    assert target.stat().st_size > 0
    segment = run("log", "--log", log, "--format", "json")[1]
    shown = run("show", json.loads(segment)[0]["segment"], "--log", log)[1]
    assert "defined-source" in shown
    assert "[[events]]" in run("show", json.loads(segment)[0]["segment"], "--toml", "--log", log)[1]


def test_exit_codes_tell_usage_bad_data_damage_and_findings_apart(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run("init", str(log), "--name", "mine")
    assert run("fielded")[0] == 2
    assert run("fielded", "05/2016")[0] == 2
    assert run("fielded", "2016", "--system", "Su-31")[0] == 2
    assert run("fielded", "2016", "--log", str(tmp_path / "none"))[0] == 2
    code, out, err = run("append", str(HERE / "wrong.toml"), "--log", str(log))
    assert (code, out) == (3, "")
    assert "wrong.toml:14: occurred: not a date: '05/2016'; write 2016-05" in err
    assert kz.open(log).log.segments == ()
    (log / "stray.txt").write_text("x")
    assert run("verify", "--log", str(log))[0] == 1
    genesis = log / "log.json"
    genesis.write_bytes(genesis.read_bytes().replace(b"mine", b"Mine"))
    (log / "log.json").write_bytes(genesis.read_bytes().replace(b'"name"', b'"nome"'))
    code, _, err = run("verify", "--log", str(log))
    assert code == 4
    assert "log.json:1" in err


def test_every_command_has_help_and_is_named_in_the_documentation() -> None:
    text = (HERE.parent / "docs" / "cli.md").read_text("utf-8")
    for name, command in cli.commands.items():
        assert command.help
        assert f"kztimeline {name}" in text, name
