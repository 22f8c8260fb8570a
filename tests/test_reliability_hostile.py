"""Nothing untrusted gets further than a typed error, and no text that is stored is ever obeyed."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline import codec
from kztimeline.canonical import canonical_bytes
from kztimeline.cli import cli
from kztimeline.errors import KztimelineError
from kztimeline.events import Observation
from kztimeline.log import read_log, verify
from tests.damage import VERIFIER
from tests.hostile import CLAIM, HOSTILE, READERS, SEEDS, TEXTS, fed, mutated


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_what_broke_readers_elsewhere_is_refused_or_read(name: str, number: int) -> None:
    fed(name, HOSTILE[number])


@pytest.mark.parametrize("name", READERS)
def test_good_input_is_read_so_that_the_fuzzing_reaches_further_than_the_door(name: str) -> None:
    read = 0
    for data in SEEDS[name]:
        try:
            READERS[name](data)
        except KztimelineError as error:
            assert name in ("segment", "unnamed"), error  # noqa: PT017  # the seeds carry no true hashes
            assert "hash" in str(error), error  # noqa: PT017
            continue
        read += 1
    assert read == len(SEEDS[name]) or name in ("segment", "unnamed")


@pytest.mark.parametrize("name", READERS)
@given(seed=st.integers(0, 2**32), data=st.binary(max_size=300))
def test_any_bytes_are_refused_with_an_error_of_our_own_or_read(name: str, seed: int, data: bytes) -> None:
    rng = random.Random(seed)
    fed(name, data)
    fed(name, mutated(rng, rng.choice(SEEDS[name])))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    timeline = kz.init(path, name="hostile", holder="KAZ")
    assert timeline.head
    return path


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_text_is_refused_or_kept_and_never_obeyed(log: Path, text: str) -> None:
    """In a note, a title, an id: a log stays whole, no file stands elsewhere, a table has no control, CSV no formula."""
    citation = {"source": "a", "published": "2017"}
    said = {"kind": "observed", "holder": "KAZ", "occurred": "2016", "citations": [citation]}
    source = {"kind": "defined-source", "id": "a", "title": "A", "form": "prose"}
    before = sorted(log.parent.rglob("*"))
    timeline = kz.open(log, mode="a")
    for events in ([source, {**said, "note": text}], [{**source, "title": text}], [{**source, "id": text}]):
        try:
            timeline.append(events, note=text)
        except KztimelineError:
            continue
    report = verify(log)
    assert (report.damages, report.notes) == ((), ())
    assert VERIFIER.problems(VERIFIER.read(log))[0] == []
    new = [file for file in log.parent.rglob("*") if file not in before]
    assert {file.parent.name for file in new if file.is_file()} <= {file.name for file in new if file.is_dir()}
    assert all(file.is_relative_to(log) for file in new)
    for words in (["events"], ["log"]):
        for form in ("table", "csv"):
            done = CliRunner().invoke(cli, [*words, "--log", str(log), "--format", form])
            assert done.exit_code == 0, done.output
            assert form == "csv" or not {"\x1b", "\x9b", "\x07", "\x00"} & set(done.output)
            assert not any(
                cell.startswith(("=", "@", "+")) for row in done.output.split("\n") for cell in row.split(",")
            )
    for segment in read_log(log).segments:
        done = CliRunner().invoke(cli, ["show", segment.id, "--log", str(log)])
        assert done.exit_code == 0, done.output
        assert not {"\x1b", "\x9b", "\x07", "\x00", "\u202e", "\u2066"} & set(done.output)


def test_a_key_that_is_one_with_another_in_nfc_stands_once() -> None:
    with pytest.raises(KztimelineError, match="stands twice"):
        canonical_bytes({"\u00e9": 1, "e\u0301": 2})


def test_the_core_opens_no_socket_and_starts_no_program(tmp_path: Path) -> None:
    code = f"""
import sys
def watch(event, args):
    if event.split(".")[0] == "socket" or event in ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn"):
        raise SystemExit(f"not allowed: {{event}} {{args}}")
sys.addaudithook(watch)
import pathlib
import kztimeline as kz
from kztimeline import codec
tl = kz.load()
tl.fielded("2016"), tl.holdings(on="2023"), tl.events(), tl.audit()
path = pathlib.Path({str(tmp_path / "log")!r})
kz.init(path, name="n", holder="KAZ")
kz.open(path, mode="a").append([{{"kind": "defined-source", "id": "a", "title": "A", "form": "prose"}}], note="n")
from kztimeline.log import verify
assert not verify(path).damages
print("done")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "done\n", done.stderr


def test_a_claim_may_carry_a_salt() -> None:
    """The id of a redacted claim tells its few possible words, unless something in it could not be guessed."""
    plain = codec.value_of(CLAIM)
    salted = codec.value_of(CLAIM[:-1] + b',"salt":"0123456789abcdef"}')
    assert isinstance(plain, Observation)
    assert isinstance(salted, Observation)
    assert evolve(plain, salt="0123456789abcdef") == salted
    assert codec.line_of(salted) == CLAIM[:-1] + b',"salt":"0123456789abcdef"}'
