"""Drafts: every problem in one go with its line and what to write, nothing written; show gives them back."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline.cli import cli
from kztimeline.codec import event_of, line_of
from kztimeline.drafts import parse_draft, prepare, read_drafts
from kztimeline.errors import DraftError, Problem
from kztimeline.lines import draft_toml, readable
from kztimeline.places import line_at, places_of

HERE = Path(__file__).parent
SYSTEMS = [
    event_of({"kind": "defined-system", "id": "x", "name": "X", "category": "air"}),
    event_of({"kind": "defined-system", "id": "y", "name": "Y", "category": "air"}),
    event_of({"kind": "defined-system", "id": "su-30sm", "name": "Su-30SM", "names": ["Су-30СМ"], "category": "air"}),
    event_of({"kind": "defined-source", "id": "b", "title": "B", "form": "prose"}),
    event_of({"kind": "defined-organisation", "id": "navy", "name": "The navy"}),
]
DEED = """kind = "delivered"
holder = "KAZ"
occurred = "2016"
systems = ["x"]
into = "in-service"
citations = [{ source = "b", published = "2020" }]
"""
EVENT = f"[[events]]\n{DEED}"


def problems(data: bytes, form: str = "toml") -> list[tuple[int | None, str, str]]:
    with pytest.raises(DraftError) as caught:
        prepare([parse_draft(data, "draft", form)], SYSTEMS, frozenset())  # type: ignore[arg-type]
    return [(p.line, p.path, p.message) for p in caught.value.problems]


def only(text: str, form: str = "toml") -> tuple[int | None, str, str]:
    (problem,) = problems(text.encode(), form)
    return problem


def test_a_misspelt_kind_hides_no_other_mistake() -> None:
    row = {"kind": "deliverd", "holder": "Utopia", "occurred": "soon", "systems": ["su-30sm"], "quantity": "zwei"}
    found = problems(json.dumps(row).encode(), "jsonl")
    assert {"kind", "holder", "occurred", "quantity", "into"} <= {path for _, path, _ in found}


def test_a_dozen_mistakes_are_told_in_one_go_with_line_and_advice() -> None:
    found = problems((HERE / "wrong.toml").read_bytes())
    expected = [
        (10, "kind", "not a kind: 'rumoured'; write one of"),
        (14, "occurred", "write 2016-05, or"),
        (22, "quantity", "write at least n"),
        (28, "systems[0]", "did you mean su-30sm"),
        (35, "quantity", 'write 12 or "at least 5"'),
        (38, "into", 'write into = "in-service"'),
        (45, "occurred", "write it in quotation marks"),
        (46, "systems", "write it in square brackets"),
        (47, "into", "write on-order, on-trial, in-service"),
        (52, "systems", "an item names one system, not 2"),
        (59, "quantiy", "did you mean quantity"),
        (64, "claims[0]", "no event of the drafts has ref = 'nobody'"),
        (64, "claims[1]", "no event of the log has the id '0123456789abcdef'"),
        (70, "occurred", "that month has 29 days"),
        (74, "citations[0].published", "not a date: 'soon'"),
        (80, "stage", "write announced, signed, ratified"),
    ]
    for line, path, advice in expected:
        near = [(where, p, m) for where, p, m in found if p == path and advice in m]
        assert near, (path, advice, found)
        assert near[0][0] is not None
        assert abs(near[0][0] - line) <= 4, (near, line)
    assert len(found) >= len(expected)
    assert [line for line, _, _ in found] == sorted(line or 0 for line, _, _ in found)


@pytest.mark.parametrize(
    ("text", "line", "path", "said"),
    [
        (EVENT + 'colour = "red"\n', 8, "colour", "unknown field 'colour'; known here: kind"),
        (EVENT.replace('"2016"', "2016-05-01"), 4, "occurred", 'not 2016-05-01; write it in quotation marks, such as "2016-05-01"'),
        (EVENT.replace('"2016"', '"2030"'), 4, "occurred", '2030 lies after b was published, 2020; write kind = "planned"'),
        (EVENT + "quantity = 0\n", 8, "quantity", 'delivered with no unit is no event; write role = "total"'),
        (EVENT + 'operator = "navi"\n', 8, "operator", "no organisation is called 'navi'; did you mean navy; or define it"),
        (EVENT + 'operator = "The Navy"\n', 8, "operator", "no organisation is called 'The Navy'; write navy"),
        (EVENT.replace('source = "b"', 'source = "q"'), 7, "citations[0].source", 'define it with kind = "defined-source"'),
        (EVENT.replace('source = "b"', 'source = "b", via = "d"'), 7, "citations[0].via", 'define it with kind = "defined-document"'),
        (EVENT.replace('source = "b"', 'source = "b", edition = "e"'), 7, "citations[0].edition", "no edition is called 'e'"),
        (f"[[events]]\nref = 3\n{DEED}", 2, "ref", "not a name: 3; write letters"),
        (f"[[events]]\nref = 'a'\n{DEED}[[events]]\nref = 'a'\n{DEED}", 10, "ref", "the name 'a' stands twice"),
        ('[[events]]\nkind = "retracted"\ntarget = "ABCDEFGH"\nreason = "r"', 3, "target", "not an id: 'ABCDEFGH'; write 8 or more"),
        ('[[events]]\nref = "a"\nkind = "retracted"\ntarget = "@a"\nreason = "r"', 4, "target", "@a leads back to itself"),
        ('[[events]]\nkind = "defined-system"\nid = "z"\nname = "x!"\ncategory = "air"', 4, "name", "'x!' already means x"),
        ('[[events]]\nkind = "defined-system"\nid = "Z z"\nname = "Z"\ncategory = "air"', 3, "id", "not an id: 'Z z'; write small letters"),
        ('[[events]]\nkind = "defined-alias"\nname = "Z"\nsystem = "X"', 4, "system", "no system has the id 'X'; write x"),
        ('[[events]]\nkind = "defined-relation"\nsystem = "x"\ntie = "same-as"\nof = "x"', 5, "of", "x cannot be tied to itself"),
        ('[[events]]\nkind = "defined-edition"\nid = "e"\nsource = "q"\npublished = "2010"', 4, "source", "no source is called 'q'"),
        (f"[defaults]\nhoder = 'KAZ'\n{EVENT}", 2, "defaults", "no event has a field 'hoder'; did you mean holder"),
        (f"[defaults]\nnote = 3\n{EVENT}{EVENT.replace('2016', '2017')}", 2, "defaults.note", "expected text, not 3"),
        (f"notes = 'n'\n{EVENT}", 1, "", "unknown at the top: 'notes'; write note, defaults, events; did you mean note"),
        (EVENT + f"note = {'[' * 40}{']' * 40}\n", 1, "", "nested too deeply"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_once_with_its_line_and_what_to_write(text: str, line: int, path: str, said: str) -> None:
    where, at, message = only(text)
    assert (where, at) == (line, path)
    assert said in message


def test_references_in_a_circle_are_told_and_long_chains_are_not() -> None:
    step = '[[events]]\nref = "n{}"\nkind = "retracted"\ntarget = "@n{}"\nreason = "r"\n'
    assert "leads back to itself" in only(step.format(1, 2) + step.format(2, 1))[2]
    chain = "".join(step.format(n, n + 1) for n in range(1500)) + f'[[events]]\nref = "n1500"\n{DEED}'
    (ready,) = prepare([parse_draft(chain.encode(), "d")], SYSTEMS, frozenset())  # type: ignore[arg-type]
    assert [value.target for value in ready.values[:-1]] == list(ready.ids[1:])  # type: ignore[union-attr]


def test_a_link_joins_claims_of_one_kind() -> None:
    lost = DEED.replace('"delivered"', '"lost"').replace('into = "in-service"\n', "")
    link = '[[events]]\nkind = "linked"\nrelation = "{}"\nclaims = ["@a", "@b"]\nreason = "r"\n'
    two = f'[[events]]\nref = "a"\n{DEED}[[events]]\nref = "b"\n{lost}'
    line, path, said = only(two + link.format("same"))
    assert (line, path) == (19, "claims")
    assert said.startswith("delivered and lost are unlike kinds")
    text = f'[[events]]\nref = "a"\n{DEED}[[events]]\nref = "b"\nkind = "retracted"\ntarget = "@a"\nreason = "r"\n'
    assert only(text + link.format("distinct"))[1:] == ("claims[1]", "a retracted is no claim; a link names claims")


def test_an_id_may_be_shortened_where_one_event_begins_so() -> None:
    text = b'[[events]]\nkind = "retracted"\ntarget = "abababab"\nreason = "r"'
    one, two = "ab" * 32, "ab" * 31 + "ac"
    (ready,) = prepare([parse_draft(text, "d")], [], {one})
    assert ready.values[0].target == one  # type: ignore[union-attr]
    with pytest.raises(DraftError, match="d:3: target: several events begin with 'abababab'; write more digits"):
        prepare([parse_draft(text, "d")], [], {one, two})


def test_an_id_of_a_system_is_itself_even_where_its_source_means_another() -> None:
    alias = event_of({"kind": "defined-alias", "name": "X", "system": "y", "source": "b"})
    for name, meant in (("x", "x"), ("X", "y")):
        text = EVENT.replace('["x"]', f'["{name}"]').encode()
        (ready,) = prepare([parse_draft(text, "d")], [*SYSTEMS, alias], frozenset())  # type: ignore[list-item]
        assert ready.values[0].systems == (meant,)  # type: ignore[union-attr]


def test_problems_of_all_drafts_come_together_in_their_order(tmp_path: Path) -> None:
    texts = {
        "a.toml": EVENT.replace('"2016"', '"soon"') + 'colour = "x"',
        "b.jsonl": '{"kind":"lost"\n{"kind":"retracted","reason":"r"}',
        "c.toml": "kind = ",
        "d.toml": EVENT.replace('["x"]', '["perhaps-in-c"]') + "quantity = 2.5",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(DraftError) as caught:
        prepare(read_drafts([tmp_path / name for name in [*texts, "e.toml"]]), SYSTEMS, frozenset())  # type: ignore[arg-type]
    assert [(Path(p.file).name, p.line, p.path) for p in caught.value.problems] == [
        ("a.toml", 4, "occurred"),
        ("a.toml", 8, "colour"),
        ("b.jsonl", 1, ""),
        ("b.jsonl", 2, "target"),
        ("c.toml", 1, ""),
        ("d.toml", 8, "quantity"),
        ("e.toml", None, ""),
    ]
    assert str(caught.value).startswith("7 problems; nothing was written\n  ")


PLACES = '''note = """
[[events]]
kind = "lost"
""""" # """
[[events]] # one
kind = "lost" # """
list = [
  [true],
  "kind = 3",
]
price.amount = 1
"quoted" = 1
  [[events.citations]]
  source = "b"
  [events.citations.locator]
  line = 3
  [[events.citations]]
  source = '[[events]]'
[[ events ]]
[events.replacement]
kind = "lost"
[[events.replacement.citations]]
source = "b"
[[defaults.citations]]
source = "b"
'''


@pytest.mark.parametrize(
    ("event", "path", "line"),
    [
        (0, "", 5),
        (0, "kind", 6),
        (0, "list[1]", 7),
        (0, "price.amount.text", 11),
        (0, "quoted", 5),
        (0, "citations", 13),
        (0, "citations[0].source", 14),
        (0, "citations[0].locator.line", 16),
        (0, "citations[0].published", 13),
        (0, "citations[1].source", 18),
        (0, "citations[1].published", 17),
        (1, "kind", 19),
        (1, "replacement.kind", 21),
        (1, "replacement.citations[0].source", 23),
        (1, "replacement.citations[0].via", 22),
        (1, "replacement.batch", 20),
        (1, "parts['a.b'][0]", 19),
    ],
)
def test_a_place_is_the_line_of_the_key_or_of_what_holds_it(event: int, path: str, line: int) -> None:
    places = places_of(PLACES, 2)
    assert line_at(places.events[event], path) == line
    assert places.defaults["citations[0].source"] == 25


def test_events_whose_lines_are_not_certain_are_told_by_position() -> None:
    text = 'events = [\n  { kind = "lost" }, { kind = "rumoured" },\n]\n'
    assert (1, "kind", "not a kind") in [(line, path, said[:10]) for line, path, said in problems(text.encode())]
    assert only('[["events"]]\nkind = "rumoured"\n')[:2] == (None, "events[0].kind")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff", "not UTF-8 at byte 0"),
        (b"\xef\xbb\xbfnote = 'n'", "draft:1: begins with a byte order mark; save the draft as UTF-8 without it"),
        (b"note = ", "draft:1: not TOML"),
        (b"note = 'a\x00b'", "draft:1: not TOML"),
        (b"\nnote = 1\nnote = 2", "draft:3: not TOML"),
        (b"\nnote = 3_" + b"9" * 5000, "draft:2: a number too long to be meant"),
        (b"a = " + b"[" * 20_000 + b"]" * 20_000, "nested too deeply to be a draft"),
        (b"event = 1", "did you mean events"),
        (b"note = 1\n[[events]]\nkind='observed'", "a note is text"),
        (b"defaults = 1\n[[events]]\nkind='observed'", "draft:1: defaults: defaults are fields"),
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


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        ('\n{"note":3}\n', 2, "a note is text"),
        ('{"defaults":[]}\n', 1, "defaults are fields"),
        ('{"defaults":{"hoder":1}}\n', 1, "did you mean holder"),
        ('{"note":"n"}\n{"kind":"retracted","reason":"r","target":NaN}', 2, "NaN is a float"),
        ('{"note":"n"}\n{"kind":"retracted","reason":"r","target":' + "9" * 5000 + "}", 2, ""),
        ('{"kind":"retracted","reason":"r","target":' + "[" * 900 + "]" * 900 + "}", 1, "nested too deeply"),
        ('{"kind":"retracted","reason":"\\ud800","target":"' + "a" * 64 + '"}', 1, "half a character"),
    ],
)
def test_a_bad_json_line_is_a_problem_with_its_line(data: str, line: int, said: str) -> None:
    with pytest.raises(DraftError) as caught:
        prepare([parse_draft(data.encode(), "draft.jsonl", "jsonl")], [], frozenset())
    assert any(problem.line == line and said in problem.message for problem in caught.value.problems)


def test_a_draft_too_large_is_refused_unread() -> None:
    with pytest.raises(DraftError, match="more than 50000000 bytes; split it"):
        parse_draft(b"#" * 50_000_001, "draft")
    with pytest.raises(DraftError, match=r"a line of 1000[0-9]{3} bytes; an event has at most 1000000"):
        prepare([parse_draft(f"{EVENT}note = '{'x' * 1_000_000}'".encode(), "d")], SYSTEMS, frozenset())  # type: ignore[arg-type]


TOKENS = st.sampled_from(
    ["[[events]]", "[defaults]", "[[events.citations]]", "kind", "=", '"lost"', "'", '"', '"""', "[", "]", "{", "}", "\n", "\n", "#", "note", ",", "3", "2016-05-01", ".", "\\", '"retracted"', "ref", '"@a"', "target", "reason", "\u2028", "\x00", "replacement"]
)  # fmt: skip


@given(st.lists(TOKENS, max_size=40).map("".join), st.sampled_from(["toml", "jsonl"]))
def test_any_text_that_looks_like_a_draft_is_one_or_a_draft_error(text: str, form: str) -> None:
    told: tuple[Problem, ...] = ()
    try:
        prepare([parse_draft(text.encode(), "draft", form)], [], frozenset())
    except DraftError as error:
        told = error.problems or (Problem("", None, "", ""),)
    assert all(problem.message for problem in told)


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


def test_the_shipped_log_can_be_made_anew_from_its_own_drafts() -> None:
    tl = kz.load()
    by_id = {row.id: row.value for row in tl.placed}
    drafts = [
        parse_draft(draft_toml(s.header.note, [by_id[i] for i in s.ids]).encode(), s.id[:8]) for s in tl.log.segments
    ]
    assert [ready.lines for ready in prepare(drafts, [], frozenset())] == [s.lines for s in tl.log.segments]


@given(st.text(alphabet="ab[]'.0\\\n\x1b", max_size=12))
def test_the_line_of_any_path_is_found_in_the_end(path: str) -> None:
    assert line_at({"": 7}, path) == 7
    assert line_at({}, path) is None


def test_a_key_that_looks_like_a_path_is_told_like_any_other() -> None:
    found = only(EVENT + '"\\u001b[31m" = 3\n')
    assert found[:2] == (1, r"['\x1b[31m']")
    assert found[2].startswith(r"unknown field '\x1b[31m'; known here: kind")


def test_a_field_that_cannot_be_read_hides_no_name_that_nobody_defined() -> None:
    text = EVENT.replace('"2016"', '"05/2016"').replace('["x"]', '["zz"]').replace('"b"', '"c"') + 'operator = "army"\n'
    assert [(line, path) for line, path, _ in problems(text.encode())] == [
        (4, "occurred"),
        (5, "systems[0]"),
        (7, "citations[0].source"),
        (8, "operator"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (EVENT + 'holder = "KGZ"\n', 8, "the key stands twice, write it once"),
        ('[defaults]\nholder = "KAZ"\n[defaults]\n', 3, "the table stands twice, write it once"),
        ("note = air force\n", 1, "write text in quotation marks"),
        ('note = "a\x1b"\n', 1, r"write it as an escape, such as \u001b"),
    ],
)
def test_what_is_not_toml_is_told_with_what_to_write(text: str, line: int, said: str) -> None:
    found = only(text)
    assert found[0] == line
    assert found[2].startswith("not TOML: ")
    assert found[2].endswith(said)


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
    ctx = click.Context(cli)
    for name in cli.list_commands(ctx):
        command = cli.get_command(ctx, name)
        assert command is not None
        assert command.help
        assert f"kztimeline {name}" in text, name


def test_what_links_and_verbs_name_in_the_log_is_judged_too(tmp_path: Path) -> None:
    """A claim of another kind, a definition, a source that never said it: all are told, and nothing is written."""
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    cited = [{"source": "a", "published": "2017"}]
    base = {"holder": "KAZ", "systems": ["x"], "quantity": 2, "occurred": "2015", "citations": cited}
    defined = tl.append(
        [
            *({"kind": "defined-source", "id": s, "title": s, "form": "prose"} for s in ("a", "b")),
            {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
        ]
    ).ids
    came, gone = tl.append([{**base, "kind": "delivered", "into": "in-service"}, {**base, "kind": "retired"}]).ids
    tie = {"kind": "linked", "relation": "distinct", "claims": [came, gone]}
    tied, other = tl.append([{**tie, "reason": "r"}, {**tie, "reason": "s"}]).ids
    replacement = {**base, "kind": "delivered", "into": "in-service", "quantity": 3}
    later = [{"source": "b", "published": "2019"}]
    with pytest.raises(DraftError) as raised:
        tl.append(
            [
                {"kind": "linked", "relation": "same", "claims": [came, gone], "reason": "r"},
                {"kind": "linked", "relation": "distinct", "claims": [came, defined[0]], "reason": "r"},
                {"kind": "corrected", "target": tied, "replacement": replacement, "reason": "r"},
                {"kind": "corrected", "target": defined[2], "replacement": replacement, "reason": "r"},
                {"kind": "withdrawn", "target": defined[2], "source": "b", "citations": later},
                {"kind": "withdrawn", "target": came, "source": "b", "citations": later},
                {"kind": "withdrawn", "target": other, "source": "b", "citations": later},
                {"kind": "revised", "target": came, "source": "b", "replacement": {**replacement, "citations": later}},
            ]
        )
    assert [str(problem).partition(": ")[2] for problem in raised.value.problems] == [
        "claims: delivered and retired are unlike kinds, and one happening has one kind; link claims of one kind",
        "claims[1]: a defined-source is no claim; a link names claims",
        "target: a line of kind linked is no claim; retract it, and write it anew",
        "target: a line of kind defined-system is no claim; retract it, and write it anew",
        "target: a line of kind defined-system is no claim; a source withdraws a claim or link that cites it",
        "source: b has not said it; it cites a: write one of them, or a claim of its own",
        "source: b has not said it; it cites no source: write one of them, or a claim of its own",
        "source: b has not said it; it cites a: write one of them, or a claim of its own",
    ]
    assert len(tl.refresh().placed) == 7
    fixed = tl.correct(came, {"citations": [*cited, {"source": "b", "published": "2018"}]}, reason="b said it too")
    tl.withdraw(fixed.ids[0], source="b", citations=later)


def test_a_wrong_field_hides_no_name_that_nobody_defined(tmp_path: Path) -> None:
    """Neither beside a wrong date in a citation, nor where the new claim of a revision is missing or wrong."""
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    cited = [{"source": "t", "via": "d", "published": "2017-13"}]
    claim = {"kind": "retired", "holder": "KAZ", "occurred": "2015", "systems": ["x"], "operator": "o"}
    with pytest.raises(DraftError) as raised:
        tl.append(
            [
                {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
                {**claim, "citations": cited},
                {"kind": "revised", "target": "0" * 64, "source": "q"},
                {"kind": "revised", "target": "0" * 64, "source": "q", "replacement": {**claim, "citations": cited}},
            ]
        )
    found = {(problem.line, problem.path) for problem in raised.value.problems}
    place = "citations[0]"
    assert found >= {(2, f"{place}.published"), (2, f"{place}.source"), (2, f"{place}.via"), (2, "operator")}
    assert found >= {(3, "source"), (3, "replacement"), (4, f"replacement.{place}.source"), (4, "replacement.operator")}


def test_a_group_of_one_and_a_revision_without_its_source_are_refused(tmp_path: Path) -> None:
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    tl.append([{"kind": "defined-source", "id": s, "title": s, "form": "prose"} for s in ("a", "b")])
    tl.append([{"kind": "defined-system", "id": "x", "name": "X", "category": "air"}])
    cited = [{"source": "a", "published": "2017"}]
    row = {"kind": "stated", "holder": "KAZ", "cutoff": "2016", "systems": ["x"], "quantity": 2, "citations": cited}
    (old,) = tl.append([row]).ids
    with pytest.raises(DraftError) as raised:
        tl.append([{**row, "role": "group"}, {"kind": "revised", "target": old, "source": "b", "replacement": row}])
    assert [str(problem).partition(": ")[2] for problem in raised.value.problems] == [
        'systems: a group names two or more systems, not 1; write role = "item"',
        "replacement.citations: the new word must cite b, whose revision it is",
        "source: b has not said it; it cites a: write one of them, or a claim of its own",
    ]


def test_a_claim_names_each_system_once_by_whichever_name(tmp_path: Path) -> None:
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    tl.append([{"kind": "defined-source", "id": "a", "title": "A", "form": "prose"}])
    tl.append(
        {"kind": "defined-system", "id": s, "name": s.upper(), "names": names, "category": "air"}
        for s, names in (("x", ["Iks"]), ("y", []))
    )
    base = {"holder": "KAZ", "quantity": 2, "citations": [{"source": "a", "published": "2017"}]}
    row = {**base, "kind": "stated", "cutoff": "2016", "role": "group"}
    came = {**base, "kind": "delivered", "occurred": "2016", "into": "in-service"}
    (old,) = tl.append([{**came, "systems": ["x", "y"]}]).ids
    with pytest.raises(DraftError) as raised:
        tl.append([{**row, "systems": ["x", "Iks"]}, {**came, "systems": ["y", "x", "y", "y"]}])
    assert [str(problem).partition(": ")[2] for problem in raised.value.problems] == [
        "systems[1]: x stands twice; name each system once, or the other one meant",
        "systems[2]: y stands twice; name each system once, or the other one meant",
        "systems[3]: y stands twice; name each system once, or the other one meant",
    ]
    with pytest.raises(DraftError, match=r"replacement\.systems\[1\]: x stands twice"):
        tl.correct(old, {"systems": ["x", "x"]}, reason="r")
    many = kz.event(**came, systems=["x", "x"])
    with pytest.raises(DraftError, match=r"systems\[1\]: x stands twice"):
        tl.append([kz.event(**came, systems=["x", "y"], note="n"), many])


def test_nothing_becomes_what_it_is_or_goes_where_it_stands(tmp_path: Path) -> None:
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    tl.append(
        [
            {"kind": "defined-source", "id": "a", "title": "A", "form": "prose"},
            *({"kind": "defined-system", "id": s, "name": s.upper(), "category": "air"} for s in ("x", "y", "z")),
            {"kind": "defined-relation", "system": "z", "tie": "service-name-of", "of": "x"},
            *({"kind": "defined-organisation", "id": o, "name": o.upper()} for o in ("army", "navy")),
        ]
    )
    base = {"holder": "KAZ", "occurred": "2015", "quantity": 2, "systems": ["x"]}
    base["citations"] = [{"source": "a", "published": "2017"}]
    better, gone = {**base, "kind": "modernised"}, {**base, "kind": "transferred", "operator": "army"}
    (good, _) = tl.append([kz.event(**better, to_system="y"), kz.event(**gone, to_operator="navy")]).ids
    wrong = [{**better, "to_system": "X"}, {**better, "to_system": "z"}, {**gone, "to_operator": "army"}]
    said = [
        "to_system: x is what it was; write the system it became, or an observed event",
        "to_system: z is what it was; write the system it became, or an observed event",
        "to_operator: army has them already; write the one that they went to",
    ]
    with pytest.raises(DraftError) as raised:
        tl.append(wrong)
    assert [str(problem).partition(": ")[2] for problem in raised.value.problems] == said
    for fields, line in zip(wrong[1:], said[1:], strict=True):  # among values that are written together
        beside = kz.event(
            **{**fields, "to_system": "y"} if "to_system" in fields else {**fields, "to_operator": "navy"}
        )
        with pytest.raises(DraftError, match=line):
            tl.append([beside, kz.event(**fields), attrs.evolve(beside, systems=("y",), to_system="x", note="n")])
    with pytest.raises(DraftError, match=r"replacement\.to_system: x is what it was"):
        tl.correct(good, {"to_system": "x"}, reason="r")
