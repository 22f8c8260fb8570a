"""The command: every question and every way of writing, every format, every exit code, and what a terminal sees."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import termios
import tomllib
from importlib import import_module
from pathlib import Path

import click
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

import kztimeline as kz
from kztimeline.cite import FORMS
from kztimeline.cli import ROOMS, cli
from kztimeline.cli.options import STOPPED, UNREAD
from kztimeline.log import Redaction, redaction_line
from kztimeline.output import aligned

ROOT = Path(__file__).parent.parent
DRAFT = """
note = "page 3"
[defaults]
holder = "KAZ"
citations = [{ source = "b", published = "2018" }]
[[events]]
kind = "defined-source"
id = "b"
title = "B"
form = "prose"
[[events]]
kind = "defined-organisation"
id = "army"
name = "Army"
holder = "KAZ"
[[events]]
kind = "defined-system"
id = "x"
name = "X"
category = "air"
[[events]]
kind = "defined-system"
id = "x-2"
name = "X 2"
category = "air"
[[events]]
kind = "delivered"
occurred = "2016"
systems = ["x"]
quantity = 2
operator = "army"
into = "in-service"
[[events]]
kind = "delivered"
occurred = "2017"
systems = ["x-2"]
quantity = "at least 5"
into = "in-store"
[[events]]
kind = "ordered"
occurred = "2015"
systems = ["x"]
quantity = 9
"""


def run(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, [str(word) for word in words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def rows(*words: object) -> list[dict[str, object]]:
    code, out, err = run(*words, "--format", "json")
    assert code == 0, err
    found: list[dict[str, object]] = json.loads(out)
    return found


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with two deliveries and an order."""
    draft = tmp_path / "draft.toml"
    draft.write_text(DRAFT, "utf-8")
    assert run("init", tmp_path / "log", "--name", "mine")[0] == 0
    code, out, err = run("append", draft, "--log", tmp_path / "log")
    assert (code, out.strip()) == (0, kz.open(tmp_path / "log").head), err
    assert err.startswith("7 new, 0 known: 20")
    return tmp_path / "log"


def claim(log: Path, system: str = "x", kind: str = "delivered") -> str:
    (found,) = (r for r in rows("events", "--kind", kind, "--log", log) if r["system"] == system)
    return str(found["id"])[:12]


# --- every command in every format ------------------------------------------------------------------------------

QUESTIONS = [
    ("fielded", "2016"),
    ("holdings", "--on", "2017", "--account", "*"),
    ("orders", "--on", "2017"),
    ("history", "x"),
    ("explain", "x", "--on", "2017"),
    ("events", "--kind", "delivered"),
    ("log",),
]


@pytest.mark.parametrize("words", QUESTIONS, ids=lambda words: words[0])
def test_every_question_has_one_answer_in_every_format(log: Path, words: tuple[str, ...], tmp_path: Path) -> None:
    listed = rows(*words, "--log", log)
    assert listed
    frame = pl.read_csv(run(*words, "--log", log, "--format", "csv")[1].encode())
    for form in ("json", "csv", "parquet"):
        assert run(*words, "--log", log, "-o", tmp_path / f"out.{form}") == (0, "", "")
    parquet = pl.read_parquet(tmp_path / "out.parquet")
    assert parquet.columns == frame.columns == pl.read_csv(tmp_path / "out.csv").columns == list(listed[0])
    assert parquet.write_json() == (tmp_path / "out.json").read_text("utf-8").strip()
    assert len(frame) == len(listed)
    code, out, _ = run(*words, "--log", log, "--format", "table")
    assert code == 0
    assert len(out.splitlines()) == len(listed) + 3, "a title, a line of names, the rows, a line with the head"
    assert f"{len(listed)} row{'' if len(listed) == 1 else 's'}, head {kz.open(log).head[:16]}" in out


def test_parquet_goes_through_a_pipe(log: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kztimeline", "fielded", "2016", "--log", str(log), "--format", "parquet"],
        capture_output=True,
        check=True,
    )
    assert pl.read_parquet(io.BytesIO(done.stdout))["truth"].to_list() == ["yes"]


@pytest.mark.parametrize(
    ("name", "begins"), [("a.CSV", b"holder,"), ("a.txt", b"fielded 2016\n"), ("a", b"fielded 2016\n")]
)
def test_the_name_of_a_file_decides_what_is_written(log: Path, tmp_path: Path, name: str, begins: bytes) -> None:
    assert run("fielded", "2016", "--log", log, "-o", tmp_path / name)[0] == 0
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_name_that_tells_no_form_is_refused_and_nothing_written(log: Path, tmp_path: Path) -> None:
    code, _, err = run("fielded", "2016", "--log", log, "-o", tmp_path / "a.xlsx")
    assert code == 2
    assert "a.xlsx does not tell how to write; end it in .json, .csv, .parquet, .txt, or add --format" in err
    assert not (tmp_path / "a.xlsx").exists()
    assert run("fielded", "2016", "--log", log, "-o", tmp_path / "a.xlsx", "--format", "csv")[0] == 0


def commands() -> dict[str, click.Command]:
    """Every command by its name."""
    ctx = click.Context(cli)
    found = {name: cli.get_command(ctx, name) for name in cli.list_commands(ctx)}
    assert None not in found.values()
    return {name: command for name, command in found.items() if command is not None}


def test_each_room_holds_the_commands_that_are_looked_for_in_it() -> None:
    for room, names in ROOMS.items():
        held = getattr(import_module(f"kztimeline.cli.{room}"), room.upper())
        assert [command.name for command in held] == names.split()
    rooms = {path.stem for path in (ROOT / "src" / "kztimeline" / "cli").glob("*.py")}
    assert rooms == {*ROOMS, "__init__", "options"}
    assert len(commands()) == len(" ".join(ROOMS.values()).split())
    assert run("fieldedd")[0] == 2


def test_every_command_is_documented_with_each_of_its_options() -> None:
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    for name, command in commands().items():
        assert f"`kztimeline {name}" in text, name
        for option in (p.opts[0] for p in command.params if p.opts[0].startswith("-")):
            assert f"{option} " in text or f"{option}`" in text, (name, option)


def test_every_command_has_help() -> None:
    for words in ([], *([name] for name in commands())):
        code, out, err = run(*words, "--help")
        assert (code, err) == (0, "")
        assert out.startswith("Usage: cli" + "".join(f" {word}" for word in words))


@pytest.mark.parametrize(
    "words",
    [
        ("log", "--log", ""), ("append", "x.toml", "--log", ""), ("append", "", "--log", "log"), ("init", "", "--name", "x"), ("export", ""),
        ("log", "-o", ""), ("verify", "--sources", ""), ("template", ""), ("report", ""), ("import", "", "--log", "log"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_empty_path_is_refused_and_is_not_the_folder_one_stands_in(
    log: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(log)
    before = sorted(log.rglob("*"))
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert "the path is empty; write one, or . for the folder you are in" in err
    assert sorted(log.rglob("*")) == before


@pytest.mark.parametrize("below", ["new", "2026/new", "a/../new"])
def test_no_log_begins_in_the_folder_of_a_log(log: Path, below: str, tmp_path: Path) -> None:
    said = f"kztimeline: {log}: the log 'mine' is here, and its folder holds nothing else; choose a folder outside it\n"
    before = sorted(log.rglob("*"))
    assert run("init", log / below, "--name", "inner") == (2, "", said)
    (tmp_path / "x.jsonl").write_text("{}\n")
    assert run("import", tmp_path / "x.jsonl", "--log", log / below) == (2, "", said)
    assert sorted(log.rglob("*")) == before
    assert run("verify", "--log", log)[0] == 0
    (tmp_path / "log.json").write_text("{}")  # of something else
    assert run("init", tmp_path / "new", "--name", "beside")[0] == 0


# --- options ----------------------------------------------------------------------------------------------------


def test_a_system_brings_its_variants_unless_exact(log: Path) -> None:
    made = kz.open(log, mode="a")
    cited = [{"source": "b", "published": "2018"}]
    lost = {"kind": "delivered", "holder": "KAZ", "occurred": "2016", "into": "in-service", "citations": cited}
    made.append(
        [
            {"kind": "defined-system", "id": "x-3", "name": "X 3", "category": "air"},
            *({"kind": "defined-relation", "system": name, "tie": "variant-of", "of": "x"} for name in ("x-2", "x-3")),
            {**lost, "systems": ["x-3"], "quantity": 1},
        ]
    )
    asked = ("holdings", "--on", "2017", "--log", log, "--system", "X")
    assert [r["system"] for r in rows(*asked)] == ["x", "x-2", "x-3"]
    assert [r["system"] for r in rows(*asked, "--exact")] == ["x"]


def test_operator_account_policy_source_and_holder_choose_what_is_asked(log: Path) -> None:
    asked = ("holdings", "--on", "2017", "--log", log)
    assert [r["system"] for r in rows(*asked, "--operator", "army")] == ["x"]
    assert [r["system"] for r in rows(*asked, "--account", "in-store")] == ["x-2"]
    assert {str(r["account"]) for r in rows(*asked, "--account", "*")} == {"held", "in-service", "in-store", "on-order"}
    assert rows(*asked, "--policy", "statements") == []
    assert rows(*asked, "--source", "b") == rows(*asked, "--holder", "*") == rows(*asked, "--holder", "KAZ")


def test_views_go_by_publication_and_by_our_record(log: Path) -> None:
    before = kz.open(log).head
    assert run("retract", claim(log), "--reason", "not ours", "--log", log)[0] == 0
    asked = ("fielded", "2016", "--log", log, "--system", "x", "--exact")
    assert rows(*asked) == []
    assert rows(*asked, "--recorded-by", before[:8])[0]["low"] == 2
    assert rows(*asked, "--recorded-by", before, "--published-by", "2017") == []
    assert rows("fielded", "2016", "--log", log, "--recorded-by", "2020") == []
    assert "no system is called 'x'" in run(*asked, "--recorded-by", "2020")[2], "then nobody had defined it"


def test_an_answer_without_rows_says_why_on_stderr(log: Path) -> None:
    for words in (("holdings", "--on", "1850"), ("fielded", "2016", "--published-by", "1990")):
        code, out, err = run(*words, "--log", log)
        assert code == 0
        assert "0 rows" in out
        assert err.startswith("note: no evidence for ")


# --- writing ----------------------------------------------------------------------------------------------------


def low(log: Path, *view: str) -> object:
    found = rows("holdings", "--on", "2020", "--system", "x", "--exact", "--log", log, *view)
    return found[0]["low"] if found else None


def test_correct_changes_every_view(log: Path) -> None:
    code, out, err = run("correct", claim(log), "--set", "quantity=3", "--reason", "misread", "--log", log)
    assert (code, len(out.strip()), err) == (0, 64, "")
    assert (low(log), low(log, "--published-by", "2018")) == (3, 3)


def test_revise_and_withdraw_change_views_from_their_publication_on(log: Path) -> None:
    target = claim(log)
    assert run("revise", target, "--source", "b", "--published", "2020", "--set", "quantity=4", "--log", log)[0] == 0
    assert (low(log, "--published-by", "2019"), low(log)) == (2, 4)
    assert run("withdraw", target, "--source", "b", "--published", "2022", "--note", "p. 9", "--log", log)[0] == 0
    assert (low(log, "--published-by", "2021"), low(log)) == (4, None)
    assert kz.open(log).log.segments[-1].header.note == "p. 9"


def test_link_says_how_claims_belong_together(log: Path) -> None:
    ids = (claim(log), claim(log, "x-2"))
    assert run("link", "distinct", *ids, "--reason", "two deals", "--writer", "anna", "--log", log)[0] == 0
    last = kz.open(log).log.segments[-1]
    assert b'"relation":"distinct"' in last.lines[0]
    assert last.header.writer == "anna"


def test_what_the_log_says_already_is_told_and_not_written_again(log: Path, tmp_path: Path) -> None:
    words = ("retract", claim(log), "--reason", "not ours", "--log", log)
    first = run(*words)
    again = run(*words)
    assert again == (0, first[1], "nothing new: the log says so already\n")
    code, out, err = run("append", tmp_path / "draft.toml", "--log", log)
    assert (code, out.strip(), err) == (0, kz.open(log).head, "0 new, 7 known: nothing new\n")


def test_set_takes_lists_and_toml_and_takes_fields_out(log: Path) -> None:
    price = 'price={ amount = { text = "7.59", unit = "EUR" } }'
    words = ("--set", price, "--set", "flags=hedged, inferred", "--set", "operator=", "--reason", "r", "--log", log)
    code, out, err = run("correct", claim(log), *words)
    assert code == 0, err
    shown = run("show", out.strip(), "--toml", "--log", log)[1]
    assert 'flags = ["hedged", "inferred"]' in shown
    assert "7.59" in shown
    assert "army" not in shown
    assert run("correct", claim(log), "--set", "price={", "--reason", "r", "--log", log)[0] == 2
    assert run("correct", claim(log), "--set", "=3", "--reason", "r", "--log", log)[0] == 2
    assert run("correct", claim(log), "--set", "quantity", "--reason", "r", "--log", log)[0] == 2


def test_a_head_may_be_expected_by_its_first_digits(log: Path, tmp_path: Path) -> None:
    draft = tmp_path / "more.toml"
    draft.write_text('[[events]]\nkind = "defined-system"\nid = "y"\nname = "Y"\ncategory = "air"\n', "utf-8")
    head = kz.open(log).head
    code, _, err = run("append", draft, "--log", log, "--expected-head", "0123456789abcdef")
    assert code == 3
    assert f"the head is {head[:16]}, not 0123456789abcdef; read the log again" in err
    assert kz.open(log).head == head
    assert run("append", draft, "--log", log, "--expected-head", head[:16])[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--name", "x", "--holder", "kaz"), "not an ISO 3166 code: 'kaz'; write three capital letters, such as KAZ"),
        (("--name", "x", "--holder", ""), "not an ISO 3166 code: ''"),
        (("--name", " "), "not a name: ' '; write what the log is about, in one line"),
        (("--name", "a\x1b[31m"), r"not a name: 'a\x1b[31m'"),
    ],
)
def test_a_log_begins_with_a_name_and_a_holder_that_can_be_asked_for(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    code, _, err = run("init", tmp_path / "new", *words)
    assert code == 2
    assert said in err
    assert not (tmp_path / "new").exists()


# --- exit codes ---------------------------------------------------------------------------------------------------

WRONG = [
    (("fielded", "2018/2016"), "it ends before it begins; write the earlier date first: 2016/2018"),
    (("fielded", "20x6"), "not a date: '20x6'; write 20X6"),
    (("holdings", "--on", "2016/2018"), "'2016/2018' may mean several; write one day, month or year"),
    (("holdings", "--on", "2016", "--account", "active"), "not an account: 'active'; write one of on-order"),
    (("holdings", "--on", "2016", "--operator", "navy"), "no operator is called 'navy'; did you mean army"),
    (("holdings", "--on", "2016", "--source", "c"), "no source is called 'c'; known: b"),
    (("holdings", "--on", "2016", "--policy", "mean"), "not a policy: 'mean'; write one of anchored"),
    (("holdings", "--on", "2016", "--holder", "kaz"), "speaks of a holder 'kaz'; did you mean KAZ; known: KAZ, or *"),
    (("holdings", "--on", "2016", "--holder", ""), "speaks of a holder ''; known: KAZ, or *"),
    (("holdings", "--on", "2016", "--recorded-by", "deadbeef"), "no state of this log is 'deadbeef'"),
    (("holdings", "--on", "2016", "--published-by", ""), "not a date: ''"),
    (("holdings", "--on", "2016", "--recorded-by", ""), "not a date: ''"),
    (("holdings", "--on", "2016", "--system", ""), "no system is called ''"),
    (("holdings", "--on", "2016", "--policy", ""), "not a policy: ''"),
    (("history", "x-22"), "no system is called 'x-22'; did you mean x-2"),
    (("events", "--kind", "deliverd"), "not a kind: 'deliverd'; write one of ordered"),
    (("show", "0123"), "'0123' is too short for an id; write 8 or more of its digits"),
    (("show", "0123456789"), "no segment or event is '0123456789'"),
    (("retract", "0123", "--reason", "r"), "'0123' is too short for an id; write 8 or more of its digits"),
    (("retract", "01234567", "--reason", "r"), "no event has the id '01234567'; `kztimeline events` lists the ids"),
    (
        ("append", "draft.toml", "--recorded", "2016"),
        "'--recorded': not a moment: '2016'; write UTC in whole seconds, 2026-11-24T",
    ),
    (("import", ".", "--recorded", "2016-02-30T00:00:00Z"), "'--recorded': not a moment: '2016-02-30T00:00:00Z'; "),
    (("fielded",), "Missing argument 'PERIOD'"),
    (("holdings",), "Missing option '--on'"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_usage_and_unknown_names_end_with_two(log: Path, words: tuple[str, ...], said: str) -> None:
    code, out, err = run(*words, "--log", log)
    assert (code, out) == (2, "")
    assert said in err


def test_no_log_a_second_log_and_files_that_cannot_be_written_end_with_two(log: Path, tmp_path: Path) -> None:
    assert run("fielded", "2016", "--log", tmp_path)[:2] == (2, "")
    assert "there is a log here already" in run("init", log, "--name", "again")[2]
    code, _, err = run("fielded", "2016", "--log", log, "-o", tmp_path / "none" / "a.csv")
    assert (code, err) == (2, f"kztimeline: No such file or directory: {tmp_path / 'none' / 'a.csv'}\n")


def test_bad_data_ends_with_three_and_writes_nothing(log: Path, tmp_path: Path) -> None:
    head = kz.open(log).head
    code, out, err = run("append", Path(__file__).parent / "wrong.toml", tmp_path / "none.toml", "--log", log)
    assert (code, out) == (3, "")
    assert "none.toml: cannot be read: No such file or directory" in err
    assert "wrong.toml:14: occurred: not a date" in err
    assert run("correct", claim(log), "--set", "quantity=few", "--reason", "r", "--log", log)[0] == 3
    assert kz.open(log).head == head


@pytest.mark.parametrize(
    "words", [*QUESTIONS, ("verify",), ("show", "01234567"), ("retract", "01234567", "--reason", "r")]
)
def test_damage_ends_with_four_names_file_and_line_and_changes_nothing(log: Path, words: tuple[str, ...]) -> None:
    (file,) = log.rglob("*.jsonl")
    file.write_bytes(file.read_bytes().replace(b'"quantity":"2"', b'"quantity":"3"'))
    before = {path: path.read_bytes() for path in log.rglob("*") if path.is_file()}
    code, out, err = run(*words, "--log", log)
    assert (code, out) == (4, "")
    assert f"{file.name}:6: a damaged line: it does not hash to its mark" in err
    assert {path: path.read_bytes() for path in log.rglob("*") if path.is_file()} == before


def test_findings_of_verify_end_with_one(log: Path, tmp_path: Path) -> None:
    code, out, err = run("verify", "--log", log)
    assert (code, err) == (0, "")
    assert out == f"1 segments, 7 events, head {kz.open(log).head}\n"
    (log / "stray.txt").write_text("x")
    code, out, err = run("verify", "--log", log)
    assert (code, err) == (1, "stray.txt: not part of the log; move it elsewhere\n")
    assert out.startswith("1 segments, 7 events")


def test_verify_names_a_log_that_went_back(log: Path) -> None:
    shutil.copytree(log, log.parent / "old")
    assert run("retract", claim(log), "--reason", "r", "--log", log)[0] == 0
    assert run("verify", "--log", log)[0] == 0
    code, out, err = run("verify", "--log", log.parent / "old")
    assert (code, out) == (4, "")
    assert "seen before, is gone; fetch the segments that led to it" in err
    remembered = re.search(r"heads seen before are kept in (\S+); where this is meant to be an older copy", err)
    assert remembered is not None
    Path(remembered[1]).unlink()
    assert run("verify", "--log", log)[0] == 0


def test_verify_counts_the_passages_that_hold(log: Path, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    body = "first\nTwo of them came in 2016.\n"
    digest = hashlib.sha256(body.encode()).hexdigest()
    passage = hashlib.sha256(b"Two of them").hexdigest()
    draft = tmp_path / "cited.toml"
    draft.write_text(
        f'[[events]]\nkind = "defined-document"\nid = "d"\ntitle = "D"\nsource = "b"\nsha256 = "{digest}"\n'
        '[[events]]\nkind = "observed"\nholder = "KAZ"\noccurred = "2016"\nsystems = ["x"]\n'
        'citations = [{ source = "b", via = "d", published = "2018", '
        f'locator = {{ line = 2, start = 0, end = 11, sha256 = "{passage}" }} }}]\n',
        "utf-8",
    )
    assert run("append", draft, "--log", log)[0] == 0
    code, out, err = run("verify", "--log", log, "--sources", documents)
    assert (code, out.endswith(", 0 of 1 passages ok\n")) == (1, True)
    assert err.endswith(": d line 2: document absent\n")
    (documents / "d.txt").write_text(body, "utf-8")
    code, out, err = run("verify", "--log", log, "--sources", documents)
    assert (code, out.endswith(", 1 of 1 passages ok\n"), err) == (0, True, "")


def command(*words: object, **env: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "kztimeline", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **env},
    )


@pytest.mark.parametrize("words", [("holdings", "--on", "2023", "--account", "*", "--format", "json"), ("log",)])
def test_a_reader_that_leaves_is_no_failure_to_talk_about(words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "kztimeline", *words], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (UNREAD, b"")


@pytest.mark.parametrize("words", ["orders --on 2022", "orders --on 2022 --format parquet", "verify", "log"])
def test_where_the_shell_has_closed_stdout_nobody_reads_and_nothing_fails(words: str) -> None:
    shell = f"'{sys.executable}' -m kztimeline {words} >&-"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


INSTALLED = (
    'import importlib.metadata as m; raise SystemExit(m.EntryPoint("x", {target!r}, "console_scripts").load()())'
)


@pytest.mark.parametrize("way", ["kztimeline", "python -m kztimeline"])
def test_without_its_extra_the_command_is_one_line_that_says_what_to_install(way: str) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    begun = {
        "kztimeline": INSTALLED.format(target=scripts["kztimeline"]),
        "python -m kztimeline": "import runpy; runpy.run_module('kztimeline', run_name='__main__')",
    }
    code = f"import sys; sys.modules['click'] = None; sys.argv = ['kztimeline', 'fielded', '2016']; {begun[way]}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    said = 'kztimeline: the command is an extra: pip install "kztimeline[cli]"\n'
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("form", ["table", "json", "csv", "parquet"])
def test_a_full_disk_is_one_line_on_stderr(form: str) -> None:
    with Path("/dev/full").open("wb") as full:
        words = [sys.executable, "-m", "kztimeline", "orders", "--on", "2022", "--format", form]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (2, b"kztimeline: No space left on device\n")


def test_the_keyboard_stops_a_command_in_one_line(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("kztimeline.open", interrupted)
    assert run("fielded", "2016", "--log", log) == (STOPPED, "", "kztimeline: stopped\n")


# --- what a terminal sees -----------------------------------------------------------------------------------------

HOSTILE = "red\x1b[31m \x9b31m \u202eover\u2066 :bomb: [bold]x[/bold] \x07"


@pytest.fixture
def hostile(log: Path) -> Path:
    """A log whose texts hold what a terminal would obey."""
    made = kz.open(log, mode="a", writer=f"w{HOSTILE}")
    cited = [{"source": "b", "published": "2018"}]
    fields = {"kind": "observed", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "citations": cited}
    made.append([{**fields, "note": HOSTILE, "batch": HOSTILE}, fields], note=HOSTILE)
    made.append([{"kind": "defined-source", "id": "b", "title": HOSTILE, "form": "prose"}], note="n")
    return log


def obeyed(text: str) -> set[str]:
    return {character for character in text if not character.isprintable() and character != "\n"}


def test_nothing_that_a_terminal_would_obey_reaches_it(hostile: Path) -> None:
    (last,) = (s for s in kz.open(hostile).log.segments if s.header.note == HOSTILE)
    for words in (
        *QUESTIONS,
        ("show", last.id),
        ("show", last.id, "--toml"),
        ("history", "x\x1b"),
        ("explain", "x\x9b", "--on", "2017"),
        ("events", "--format", "json"),
        *(("cite", "events", "--as", form) for form in FORMS),
        *(("news", form) for form in ("timelinejs", "vis-timeline")),
    ):
        code, out, err = run(*words, "--log", hostile)
        assert code == 0
        assert obeyed(out) | obeyed(err) == set(), words
    table = run("log", "--log", hostile)[1]
    assert r"red\u001b[31m \u009b31m \u202eover\u2066 :bomb: [bold]x[/bold] \u0007" in table
    assert obeyed(run("holdings", "--on", "2016", "--log", f"{hostile}\x1b[2J")[2]) == set()
    assert run("resolve", "\x9b31m\x07", "--log", hostile)[:2] == (1, "unknown: \\u009b31m\\u0007\n")


def test_machines_get_the_very_text(hostile: Path) -> None:
    cited = json.loads(run("cite", "events", "--as", "csl-json", "--log", hostile)[1])
    assert HOSTILE in [item["title"] for item in cited]
    assert HOSTILE in [row["note"] for row in rows("log", "--log", hostile)]
    assert HOSTILE in pl.read_csv(run("log", "--log", hostile, "--format", "csv")[1].encode())["note"].to_list()


def on_a_terminal(words: list[str], width: int, **environment: str) -> str:
    """Run a command on a terminal of its own, so many columns wide; give what it wrote there."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (50, width))
    environment = {**os.environ, **environment}
    said = b""
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment) as asked:
        os.close(theirs)
        with contextlib.suppress(OSError):  # how a terminal that nobody holds any more says that it ends
            while piece := os.read(ours, 65536):
                said += piece
    os.close(ours)
    assert asked.returncode == 0
    return said.decode().replace("\r", "")


@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_on_a_terminal_every_format_is_harmless(hostile: Path, form: str) -> None:
    asked = [sys.executable, "-m", "kztimeline", "log", "--log", str(hostile), "--format", form]
    shown = on_a_terminal(asked, 900, NO_COLOR="1", PYTHONIOENCODING="utf-8")
    assert obeyed(shown) == set()
    assert r"red\u001b[31m \u009b31m \u202eover\u2066 :bomb: [bold]x[/bold] \u0007" in shown


def test_a_pipe_gets_one_line_for_each_row_however_long(log: Path) -> None:
    made = kz.open(log, mode="a")
    cited = [{"source": "b", "published": "2018"}]
    fields = {"kind": "observed", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "citations": cited}
    made.append([fields], note="long " * 100)
    out = run("log", "--log", log)[1]
    assert ("long " * 100).rstrip() in out
    assert len(out.splitlines()) == 5


def seen(text: str) -> bool:
    """Tell whether a text takes room on a terminal: rich drops a cell of signs that only change others, and we do not."""
    return not text or cell_len(text) > 0


CELLS = st.text(st.characters(codec="utf-8").filter(str.isprintable), max_size=8).filter(seen)


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)))
@example([["name", "n"], ["Жаңа", "1"], ["歼-20 攻击", ""], ["e\u0301", "12"], ["👩\u200d🚀", "[b]"], ["", ""]])
def test_a_table_stands_as_rich_would_draw_it(rows: list[list[str]]) -> None:
    grid = Table(box=None, pad_edge=False)
    for name in rows[0]:
        grid.add_column(Text(name))
    for row in rows[1:]:
        grid.add_row(*map(Text, row))
    console = Console(width=1_000_000, force_terminal=False, file=io.StringIO())
    with console.capture() as caught:
        console.print(grid)
    drawn = caught.get().removesuffix("\n").split("\n")
    assert [line.rstrip(" ") for line in aligned(rows)] == [line.rstrip(" ") for line in drawn]


@pytest.mark.parametrize("colour", ["", "1"])
def test_a_wide_terminal_gets_what_a_pipe_gets_with_the_columns_in_bold(log: Path, colour: str) -> None:
    asked = [sys.executable, "-m", "kztimeline", "holdings", "--on", "2017", "--account", "*", "--log", str(log)]
    shown = on_a_terminal(asked, 300, NO_COLOR=colour, TERM="xterm")
    title, names, *others = run("holdings", "--on", "2017", "--account", "*", "--log", log)[1].splitlines()
    bold = names if colour else f"\x1b[1m{names}\x1b[0m"
    assert shown.splitlines() == [title, bold, *others]


@pytest.mark.parametrize("colour", ["", "1"])
def test_a_narrow_terminal_gets_lines_that_fit_and_no_escapes_without_colour(log: Path, colour: str) -> None:
    asked = [sys.executable, "-m", "kztimeline", "holdings", "--on", "2017", "--account", "*", "--log", str(log)]
    text = on_a_terminal(asked, 44, NO_COLOR=colour, TERM="xterm")
    assert ("\x1b" in text) == (colour == "")
    if colour:
        assert max(map(len, text.splitlines())) <= 44
        assert "x-2" in text


@pytest.mark.parametrize("term", ["xterm", "dumb"])
@pytest.mark.parametrize("columns", ["0", "1", "7", "20"])
def test_no_cell_is_lost_however_narrow_a_terminal_is(log: Path, columns: str, term: str) -> None:
    asked = ["holdings", "--on", "2017", "--account", "*", "--log", str(log)]
    words = [sys.executable, "-m", "kztimeline", *asked]
    shown = on_a_terminal(words, 80, NO_COLOR="1", TERM=term, COLUMNS=columns)
    assert sorted("".join(shown.split())) == sorted("".join(run(*asked)[1].split()))


def test_an_answer_is_utf_8_for_machines_whatever_the_terminal_speaks(log: Path) -> None:
    kz.open(log, mode="a").append([{"kind": "defined-system", "id": "z", "name": "Z", "category": "air"}], note="Ұ–é")
    for form, said in (("json", "Ұ–é".encode()), ("csv", "Ұ–é".encode()), ("table", rb"\u04b0\u2013\xe9")):
        going = command("log", "--log", log, "--format", form, PYTHONIOENCODING="ascii")
        out, err = going.communicate()
        assert (going.returncode, err) == (0, b"")
        assert said in out


# --- show ---------------------------------------------------------------------------------------------------------


def test_show_gives_a_segment_by_id_name_or_file_and_an_event_by_id(log: Path) -> None:
    (file,) = log.rglob("*.jsonl")
    by_id = run("show", kz.open(log).head[:8], "--log", log)
    assert by_id[0] == 0
    assert by_id[1].startswith("# page 3\n")
    assert len(by_id[1].splitlines()) == 8
    assert run("show", file.name, "--log", log) == run("show", file, "--log", log) == run("show", file) == by_id
    assert run("show", claim(log), "--log", log)[1].count("\n") == 1


def test_show_reads_a_copy_under_any_name_as_git_hands_it_over(log: Path, tmp_path: Path) -> None:
    (file,) = log.rglob("*.jsonl")
    copy = tmp_path / f"Xk3a_{file.name}.tmp"
    shutil.copy(file, copy)
    assert run("show", copy) == run("show", file)
    copy.write_bytes(b"no segment\n")
    code, _, err = run("show", copy)
    assert code == 4
    assert f"{copy}:1: a damaged line" in err


LISTS = """edition,service,category,subcategory,item,qty,qty_op,state,row_kind
2017,army,A,,X,2,=,active,item
2018,army,A,,X,7,=,active,item
"""


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    path = tmp_path / "lists.csv"
    path.write_text(LISTS, encoding="utf-8")
    return path


def test_a_difference_is_told_in_every_format_and_in_the_exit_code(log: Path, lists: Path, tmp_path: Path) -> None:
    pair = f"{lists}#2017", f"{lists}#2018"
    code, _, said = run("diff", *pair, "--log", log, "--exit-code")
    assert (code, said.splitlines()[-1]) == (1, "odd: iiss-mb-2018 has no cutoff, so that nothing can have come or gone in between; define the edition")  # fmt: skip
    assert "all: of +5: +0 on paper, +0 in the world, +5 unexplained; changes: 0 explained, 0 perhaps, 1 not" in said
    assert run("diff", *pair, "--log", log)[0] == 0
    assert run("diff", pair[0], pair[0], "--log", log, "--exit-code")[0] == 0
    (row,) = json.loads(run("diff", *pair, "--log", log, "--format", "json")[1])
    assert (row["item_after"], row["residual_best"], row["unexplained"]) == ("X", 5, "yes")
    for ending, read in (("csv", pl.read_csv), ("parquet", pl.read_parquet)):
        path = tmp_path / f"found.{ending}"
        assert run("diff", *pair, "--log", log, "-o", path)[0] == 0
        assert read(path)["residual_best"].to_list() == [5]
    (cause,) = json.loads(run("diff", *pair, "--log", log, "--causes", "--format", "json")[1])
    assert (cause["number"], cause["active_best"]) == (13, 5)


def test_two_views_of_a_day_are_named_by_publication_or_by_head(log: Path) -> None:
    (row,) = json.loads(run("diff", "2017", "2019", "--on", "2016", "--log", log, "--format", "json", "--causes")[1])[
        :1
    ]
    assert (row["cause"], row["number"], row["item"]) == ("late-entry", 10, "x")
    head = kz.open(log).head
    assert json.loads(run("diff", head, head, "--on", "2016", "--log", log, "--format", "json")[1]) == []
    code, _, said = run("diff", "2017", "2019", "--on", "2016", "--log", log, "--holder", "UZB")
    assert (code, said.startswith("kztimeline: no line of the log speaks of a holder 'UZB'")) == (2, True)


@pytest.mark.skipif(shutil.which("git") is None, reason="no git")
def test_git_shows_claims_in_its_differences(log: Path) -> None:
    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=log, capture_output=True, text=True, check=True)
        return done.stdout

    git("init", "-q")
    git("config", "diff.kztimeline.textconv", f"'{sys.executable}' -m kztimeline show")
    (log / ".git" / "info").mkdir(exist_ok=True)
    (log / ".git" / "info" / "attributes").write_text("*.jsonl diff=kztimeline\n")
    git("add", ".")
    assert "+# page 3" in git("diff", "--cached")
    assert "delivered KAZ 2016 x ×2 army into in-service · b, published 2018" in git("diff", "--cached")


@pytest.mark.parametrize(
    ("reason", "line"),
    [(None, "redacted"), ("court order\x1b", r"redacted: court order\u001b · by anna")],
)
def test_show_says_what_was_redacted_and_by_whom(log: Path, reason: str | None, line: str) -> None:
    (file,) = log.rglob("*.jsonl")
    segment = kz.open(log).log.segments[0]
    identity, written = segment.ids[4], segment.lines[4]
    stub = redaction_line(Redaction(identity, reason, reason and "anna"))
    file.write_bytes(file.read_bytes().replace(written, stub))
    assert f"\n{identity[:8]} {line}\n" in run("show", segment.id, "--log", log)[1]
    assert run("show", identity, "--log", log) == (0, f"{identity[:8]} {line}\n", "")
    code, out, _ = run("show", segment.id, "--toml", "--log", log)
    assert code == 0
    assert out.endswith(f"# {identity[:8]} {line}\n")
    assert "1 segments, 7 events (1 redacted), head" in run("verify", "--log", log)[1]
    assert low(log) is None


def test_ids_and_heads_that_can_be_none_are_wrong_usage(log: Path, tmp_path: Path) -> None:
    one, other = claim(log), claim(log, "x-2")
    before = kz.open(log).head
    for words, said in (
        (("same", one), "a link names two or more different claims; write their ids"),
        (("same", one, one), "a link names two or more different claims; write their ids"),
        (("distinct", one, one[:8]), "a link names two or more different claims; write their ids"),
        (("part-of", one, other, one), "part-of names the part, then the whole; write two ids"),
    ):
        code, out, err = run("link", *words, "--reason", "r", "--log", log)
        assert (code, out, said in err) == (2, "", True), err
    for head in ("", before[:7], "nowhere at all", before.upper(), f"{before}0"):
        code, out, err = run("append", tmp_path / "draft.toml", "--log", log, "--expected-head", head)
        assert (code, out, "is no head; write 8 or more of its digits, 0-9 and a-f" in err) == (2, "", True), err
    assert kz.open(log).head == before
    assert run("append", tmp_path / "draft.toml", "--log", log, "--expected-head", before[:8])[0] == 0
    assert run("append", tmp_path / "draft.toml", "--log", log, "--expected-head", "0" * 8)[0] == 3, "the log moved on"
    assert run("link", "part-of", one, other, "--reason", "r", "--log", log)[0] == 0
