"""A name that must go: the words leave the log, the id stays, and nobody is left to believe that nothing happened."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import kztimeline as kz
from kztimeline import cache
from kztimeline.cli import cli
from kztimeline.errors import EventError, LogError, LogNotFoundError, UnknownNameError
from kztimeline.exports import export
from kztimeline.log import Redaction, append_lines, create, is_redacted, read_log, redaction_line, verify
from kztimeline.log.checkpoint import checkpoint, redacted_since
from kztimeline.log.redact import redact as redact_lines
from kztimeline.log.repair import repair
from tests import crashes
from tests.crashes import LOG, FaultyDisk, Folder, Killed, MemoryDisk
from tests.damage import VERIFIER

ROOT = Path(__file__).parent.parent
SALT = "00112233445566778899aabbccddeeff"
CITED = [{"source": "a", "published": "2017"}]
CLAIM = {
    "kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "quantity": 2, "into": "in-service",
    "note": "so says Mr Nobody", "salt": SALT, "citations": CITED,
}  # fmt: skip
NAMES = [
    {"kind": "defined-source", "id": "a", "title": "A", "form": "prose"},
    {"kind": "defined-system", "id": "x", "name": "X", "category": "air/drone"},
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    kz.init(tmp_path / "log", name="redacted", holder="KAZ")
    write(tmp_path / "log", *NAMES, CLAIM)
    return tmp_path / "log"


def write(path: Path, *events: dict[str, object]) -> str:
    return kz.open(path, mode="a").append(list(events), note="a note").ids[-1]


def redact(path: Path, *claims: str, unsalted: bool = False) -> None:
    kz.redact(path, claims, reason="a court said so", writer="anna", unsalted=unsalted)


def run(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def the_claim(path: Path) -> str:
    return kz.open(path).events(kind="delivered").frame["id"][0]


def held(path: Path) -> list[tuple[int, int]]:
    return kz.open(path).holdings(on="2020").frame.select("low", "high").rows()


def words(folder: Path) -> set[str]:
    """Files below a folder that still hold the words."""
    return {file.name for file in folder.rglob("*") if file.is_file() and b"Nobody" in file.read_bytes()}


# --- the command ------------------------------------------------------------------------------------------------


def test_the_stub_keeps_id_reason_and_writer_and_everybody_tells_of_it(path: Path) -> None:
    before, identity = read_log(path), the_claim(path)
    where = f"{before.segments[0].path}:4: redacted by anna: a court said so"
    done = run("redact", identity[:8], "--reason", "a court said so", "--writer", "anna", "--log", path)
    assert (done[0], done[1]) == (0, f"{identity}\n")
    assert done[2].split("\n")[0] == where
    assert "git, copies and what was exported still hold the words" in done[2]
    log = read_log(path)
    assert (log.head, [i for _, i, _ in log]) == (before.head, [i for _, i, _ in before])
    assert log.redacted == {identity: Redaction(identity, "a court said so", "anna")}
    assert words(path) == set()
    code, out, said = run("verify", "--log", path)
    assert (code, said) == (0, f"{where}\n")
    assert "3 events (1 redacted)" in out
    problems, heads, stubs = VERIFIER.problems(VERIFIER.read(path), log.heads)
    assert (problems, tuple(heads)) == ([], log.heads)
    said = {"reason": "a court said so", "redacted": identity, "writer": "anna"}
    assert [(number, stub) for _, number, stub in stubs] == [(4, said)]
    assert f"{identity[:8]} redacted: a court said so · by anna" in run("show", identity, "--log", path)[1]


def test_doing_it_twice_is_no_news_and_changes_no_byte(path: Path) -> None:
    identity = the_claim(path)
    redact(path, identity)
    before = {file: file.read_bytes() for file in path.rglob("*.jsonl")}
    code, out, said = run("redact", identity[:8], "--reason", "again", "--writer", "bert", "--log", path)
    assert (code, out) == (0, "")
    assert f"nothing new: {identity[:16]} is redacted already" in said
    assert {file: file.read_bytes() for file in path.rglob("*.jsonl")} == before


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["12345678", "--reason", "r", "--writer", "w"], 2, "no event has the id '12345678'"),
        (["1234", "--reason", "r", "--writer", "w"], 2, "is too short for an id"),
        (
            ["ID", "--reason", " ", "--writer", "w"],
            3,
            "a redaction says why and by whom; write the reason in a few words",
        ),
        (
            ["ID", "--reason", "r", "--writer", ""],
            3,
            "a redaction says why and by whom; write the writer in a few words",
        ),
        (["ID", "--reason", "x" * 1_000_001, "--writer", "w"], 3, "a line of 1000"),
        (["ID", "--reason", "r"], 2, "Missing option '--writer'"),
        (["--reason", "r", "--writer", "w"], 2, "Missing argument"),
    ],
    ids=range(7),
)
def test_what_is_no_redaction_is_refused_and_nothing_changes(
    path: Path, options: list[str], code: int, said: str
) -> None:
    before = {file: file.read_bytes() for file in path.rglob("*.jsonl")}
    given = [the_claim(path) if option == "ID" else option for option in options]
    found = run("redact", *given, "--log", path)
    assert found[0] == code
    assert said in found[2]
    assert {file: file.read_bytes() for file in path.rglob("*.jsonl")} == before


def test_a_redaction_says_which_lines_of_which_files_are_stubs_now(tmp_path: Path) -> None:
    path = create(tmp_path / "log", name="t", holder="KAZ").path
    several = [
        append_lines(path, [b'{"n":%d,"of":%d}' % (n, of) for n in range(5)], note="", writer="w") for of in (1, 2)
    ]
    ids = {of: receipt.ids for of, receipt in enumerate(several)}
    done = redact_lines(path, [ids[0][0], ids[0][3], ids[1][1], ids[1][4]], reason="a court said so", writer="anna")
    files = [receipt.path for receipt in several]
    found = sorted((file, number, stub.id) for file, number, stub in done.lines)
    assert found == sorted(
        [(files[0], 2, ids[0][0]), (files[0], 5, ids[0][3]), (files[1], 3, ids[1][1]), (files[1], 6, ids[1][4])]
    )


def test_an_event_without_a_salt_goes_only_where_that_is_said(path: Path) -> None:
    identity = write(path, {**CLAIM, "salt": None, "occurred": "2015"})
    with pytest.raises(EventError, match=rf"{identity[:16]} carries no salt: whoever tries .* --unsalted"):
        redact(path, identity)
    redact(path, identity, unsalted=True)
    assert identity in read_log(path).redacted


def test_where_there_is_no_log_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(LogNotFoundError, match="no log here"):
        redact(tmp_path, "12345678")
    with pytest.raises(LogNotFoundError, match="no log here"):
        redact_lines(tmp_path, ["0" * 64], reason="r", writer="w")


# --- what stands after it ---------------------------------------------------------------------------------------


def test_answers_of_the_same_head_change_and_say_so_and_no_kept_table_speaks(path: Path) -> None:
    assert held(path) == [(2, 2)]
    table = next(cache.folder().iterdir())
    redact(path, the_claim(path))
    assert not table.exists(), "what was kept of the log is gone"
    for answer in (kz.open(path).holdings(on="2020"), kz.open(path).events(), kz.open(path).diff("2015", "2020")):
        said = [finding.sentence for finding in answer.findings if finding.code == "redacted"]
        assert said == ["an event is redacted in this log; the answer rests on what is left"]
    assert held(path) == []
    codes = [finding.code for finding in kz.open(path).holdings(on="2020").findings]
    assert codes == ["no-evidence", "redacted"]


def test_a_table_kept_before_is_not_taken_even_where_it_could_not_be_removed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert held(path) == [(2, 2)]
    monkeypatch.setattr(cache, "forget", lambda _: None)
    redact(path, the_claim(path))
    assert held(path) == []


def test_tables_of_other_logs_and_foreign_files_are_not_forgotten(path: Path, tmp_path: Path) -> None:
    kz.init(tmp_path / "other", name="other", holder="KAZ")
    write(tmp_path / "other", *NAMES, CLAIM)
    assert held(path) == held(tmp_path / "other")
    (cache.folder() / "foreign.parquet").write_bytes(b"mine")
    redact(path, the_claim(path))
    assert len(list(cache.folder().iterdir())) == 2


def test_a_claim_that_was_corrected_can_go_and_its_correction_stays(path: Path) -> None:
    """The way to take a name out and keep what was said: write the claim without it, then redact the old one."""
    identity = the_claim(path)
    corrected = kz.open(path, mode="a").correct(identity, {"note": None, "quantity": "3"}, reason="no name").ids[0]
    whole = kz.open(path).holdings(on="2020").frame
    redact(path, identity)
    assert words(path) == set()
    assert kz.open(path).holdings(on="2020").frame.equals(whole)
    assert kz.open(path).events(kind="delivered").frame["id"].to_list() == [corrected]
    again = kz.open(path, mode="a").correct(corrected, {"quantity": "4"}, reason="counted anew").ids[0]
    assert held(path) == [(4, 4)]
    kz.open(path, mode="a").retract(again, reason="never mind")
    assert held(path) == []


def test_a_claim_that_its_source_revised_can_go_and_every_view_keeps_the_revision(path: Path) -> None:
    new = {"quantity": "5", "note": None, "citations": [{"source": "a", "published": "2019"}]}
    identity = the_claim(path)
    revised = kz.open(path, mode="a").revise(identity, new, source="a").ids[0]
    redact(path, identity)
    assert held(path) == [(5, 5)]
    later = {"quantity": "6", "citations": [{"source": "a", "published": "2020"}]}
    kz.open(path, mode="a").revise(revised, later, source="a")
    assert held(path) == [(6, 6)]
    view = kz.open(path).view(published_by="2018")
    assert view.holdings(on="2020").frame.is_empty()


def test_nothing_comes_back_because_its_correction_goes(path: Path) -> None:
    identity = the_claim(path)
    one = kz.open(path, mode="a").correct(identity, {"quantity": "3"}, reason="so says Mr Nobody").ids[0]
    with pytest.raises(EventError, match=rf"{identity[:16]} would stand again without what takes its place"):
        redact(path, one)
    two = kz.open(path, mode="a").correct(one, {"quantity": "4"}, reason="counted").ids[0]
    with pytest.raises(EventError, match=r"would stand again|rests on what would be taken out"):
        redact(path, one)
    assert held(path) == [(4, 4)]
    redact(path, identity, one)
    assert held(path) == [(4, 4)]
    assert kz.open(path).events(kind="delivered").frame["id"].to_list() == [two]


def test_nothing_comes_back_because_its_retraction_goes(path: Path) -> None:
    identity = the_claim(path)
    gone = kz.open(path, mode="a").retract(identity, reason="so says Mr Nobody").ids[0]
    with pytest.raises(EventError, match="would stand again"):
        redact(path, gone, unsalted=True)
    redact(path, gone, identity, unsalted=True)
    assert held(path) == []


def test_a_revision_is_kept_for_the_views_that_it_changes(path: Path) -> None:
    """The last word stands in every later view; without the one before, views in between would show the first again."""
    identity = the_claim(path)
    for year in ("2018", "2020"):
        new = {"quantity": str(int(year) - 2010), "citations": [{"source": "a", "published": year}]}
        last = kz.open(path, mode="a").revise(identity, new, source="a").ids[0]
    middle = next(i for _, i, line in read_log(path) if b'"revised"' in line and i != last)
    with pytest.raises(EventError, match="would stand again"):
        redact(path, middle)
    redact(path, identity, middle)
    assert held(path) == [(10, 10)]


def test_a_link_and_a_definition_in_use_cannot_go_and_old_ones_can(path: Path) -> None:
    identity = the_claim(path)
    other = write(path, {**CLAIM, "occurred": "2015/2017", "note": "another"})
    link = kz.open(path, mode="a").link("same", [identity, other], reason="so says Mr Nobody").ids[0]
    with pytest.raises(EventError, match=rf"{link[:16]} is a link in use; write the link anew, or retract it"):
        redact(path, link, unsalted=True)
    kz.open(path, mode="a").link("same", [identity, other], reason="one delivery")
    before = held(path)
    redact(path, link, unsalted=True)
    assert held(path) == before
    source = next(i for _, i, line in read_log(path) if b"defined-source" in line)
    with pytest.raises(EventError, match="a definition that is in use cannot go; append the definition anew"):
        redact(path, source, unsalted=True)
    write(path, {**NAMES[0], "title": "Another A"})
    redact(path, source, unsalted=True)
    assert held(path) == before


def test_no_earlier_state_shows_what_a_later_segment_keeps_redacted(path: Path) -> None:
    """Only the later of two segments with one event is redacted, as after a merge."""
    identity, first = the_claim(path), read_log(path).head
    shutil.copytree(path, path.with_name("other"))
    line = next(line for _, i, line in read_log(path) if i == identity)
    log = read_log(path)
    from tests.test_log import stored

    stored(path, [redaction_line(Redaction(identity, "r", "w"))], **_header_of(line, log.genesis.id))
    assert len(read_log(path).segments) == 2
    assert all(i != identity for _, i, _ in read_log(path).at(first))
    assert kz.open(path).view(recorded_by=first).holdings(on="2020").frame.is_empty()
    assert f"shows {identity[:16]}, redacted elsewhere; redact it here too" in run("verify", "--log", path)[2]
    redact(path, identity)
    assert verify(path).notes == ()
    assert words(path) == set()


def _header_of(line: bytes, genesis: str) -> dict[str, object]:
    from kztimeline.canonical import event_id, merkle_root
    from kztimeline.log.headers import marks

    return {"marks": marks([event_id(line)]), "root": merkle_root([event_id(line)])}


def test_an_export_holds_no_redaction_and_comes_back(path: Path, tmp_path: Path) -> None:
    redact(path, the_claim(path))
    export(kz.open(path), tmp_path / "out.jsonl")
    kz.init(tmp_path / "new", name="new", holder="KAZ")
    kz.open(tmp_path / "new", mode="a").append(tmp_path / "out.jsonl")
    assert [i for _, i, _ in read_log(tmp_path / "new")] == [
        i for _, i, line in read_log(path) if not is_redacted(line)
    ]


def test_the_shipped_log_answers_every_question_without_any_of_its_claims(tmp_path: Path) -> None:

    path = shutil.copytree(ROOT / "events", tmp_path / "log")
    rng, tl = random.Random(1), kz.open(path)
    standing = sorted(claim.id for claim in tl.standing.claims)
    gone: list[str] = []
    refused: list[str] = []
    for identity in rng.sample(standing, 9):
        try:
            redact(path, identity, unsalted=True)
        except EventError as error:
            refused.append(str(error))
            continue
        gone.append(identity)
    assert len(gone) > len(refused)
    assert all("rests on what would be" in said or "would stand again" in said for said in refused)
    after = kz.open(path)
    assert {claim.id for claim in after.standing.claims} == set(standing) - set(gone)
    for answer in (after.fielded("2016"), after.holdings(on="2023"), after.orders(on="2022"), after.audit(), after.events(),
                   after.agreements(on="2024"), after.series("*"), after.segments(), after.diff("2016", "2023")):  # fmt: skip
        assert any(finding.code == "redacted" for finding in answer.findings)
    for system in ("su-30sm", "wing-loong-1", "anka"):
        after.explain(system, on="2023")
    assert verify(path).redacted == len(gone)


# --- copies, notes ----------------------------------------------------------------------------------------------


def test_a_repair_does_not_bring_back_what_was_redacted(path: Path, tmp_path: Path) -> None:
    """Also after it was stopped between putting the damaged file aside and copying the whole one."""
    other = shutil.copytree(path, tmp_path / "other")
    redact(path, the_claim(path))
    (file,) = path.rglob("*.jsonl")
    for stopped in (False, True):
        file.write_bytes(file.read_bytes().replace(b'"kind":"defined-source"', b'"kind":"defined-sourse"'))
        if stopped:
            file.rename(path.with_name("log.quarantine") / file.parent.name / "elsewhere")
        done = repair(path, other)
        assert (done.report.damages, done.report.redacted) == ((), 1)
        assert words(path) == set()


def test_a_repair_tells_what_only_the_other_copy_keeps_redacted(path: Path, tmp_path: Path) -> None:
    identity = the_claim(path)
    other = shutil.copytree(path, tmp_path / "other")
    redact(other, identity)
    code, _, said = run("repair", "--from", other, "--log", path)
    assert code == 0
    assert f":4: redacted by anna: a court said so; this copy shows {identity[:16]}, `kztimeline redact`" in said
    assert words(path) != set(), "nothing goes because another copy says so"
    next(path.rglob("*.jsonl")).unlink()
    code, _, said = run("repair", "--from", other, "--log", path)
    assert code == 0
    assert "copied: " in said
    assert f"{next(path.rglob('*.jsonl'))}:4: redacted by anna: a court said so\n" in said


@pytest.mark.parametrize(
    ("here", "there"), [("", "0"), ("0", "0"), ("1", "012"), ("012", "1"), ("03", "234"), ("24", "01234")]
)
def test_a_repair_names_each_line_that_only_the_other_copy_keeps_redacted(
    tmp_path: Path, here: str, there: str
) -> None:
    path = create(tmp_path / "log", name="t", holder="KAZ").path
    ids = append_lines(path, [b'{"n":%d}' % number for number in range(5)], note="", writer="w").ids
    other = shutil.copytree(path, tmp_path / "other")
    for copy, places in ((path, here), (other, there)):
        redact_lines(copy, [ids[int(place)] for place in places], reason="a court said so", writer="anna")
    found = [(number, stub.id) for _, number, stub in repair(path, other).shown]
    assert found == [(place + 2, ids[place]) for place in map(int, there) if str(place) not in here]


def test_a_note_tells_what_was_redacted_since_and_what_is_shown_again(path: Path, tmp_path: Path) -> None:
    identity, key, note = the_claim(path), tmp_path / "key.pem", tmp_path / "note"
    whole = next(path.rglob("*.jsonl")).read_bytes()
    verifier = run("checkpoint", "--log", path, "--key", key, "--new-key", "--name", "example.org", "-o", note)[
        2
    ].split()[-1]
    redact(path, identity)
    code, _, said = run("verify", "--log", path, "--against", note, "--key", verifier)
    assert code == 1
    assert "redacted by anna: a court said so, since the note\n" in said
    assert run("checkpoint", "--log", path, "--key", key, "--name", "example.org", "-o", note)[0] == 0
    assert f"\nredacted {identity}\n" in note.read_text("utf-8")
    assert run("verify", "--log", path, "--against", note, "--key", verifier)[0] == 0
    next(path.rglob("*.jsonl")).write_bytes(whole)
    code, _, said = run("verify", "--log", path, "--against", note, "--key", verifier)
    assert code == 1
    assert f"shows {identity[:16]}, which was redacted when the note was signed" in said


def test_what_is_appended_and_redacted_after_a_note_is_none_of_its_business(path: Path) -> None:
    before = checkpoint(read_log(path))
    later = write(path, {**CLAIM, "occurred": "2014"})
    redact(path, later)
    assert list(redacted_since(read_log(path), before)) == []


# --- crashes ----------------------------------------------------------------------------------------------------


def begun() -> tuple[MemoryDisk, list[str]]:
    disk = MemoryDisk(Folder(names=(top := {LOG.parent.name: Folder()}), synced=top))
    create(LOG, name="t", holder="KAZ", created="2026-01-01T00:00:00Z", disk=disk)
    ids: list[str] = []
    for year in (2026, 2027):
        lines = [b'{"n":%d}' % number for number in (year, year + 100)]
        ids += append_lines(LOG, lines, note="", writer="w", recorded=f"{year}-02-01T00:00:00Z", disk=disk).ids
    return disk, ids[1:3]


@pytest.mark.parametrize("kind", ["kill", "EIO", "ENOSPC", "EINTR", "EIO, yet done"])
def test_a_redaction_that_is_stopped_anywhere_leaves_each_file_whole_and_is_done_again(kind: str) -> None:
    hit = set()
    for at in range(1, 60):
        disk, ids = begun()
        faulty = FaultyDisk(disk, at, kind)
        try:
            redact_lines(LOG, ids, reason="r", writer="w", disk=faulty)
        except (Killed, OSError):
            disk.held, disk.open = False, {}
        hit.add(faulty.hit)
        for image in crashes.cuts(disk, random.Random(at), 40):
            report = verify(LOG, disk=image)
            assert report.damages == ()
            assert len({i for _, i, _ in read_log(LOG, image)}) == 4
            redact_lines(LOG, ids, reason="r", writer="w", disk=image)
            assert verify(LOG, disk=image).redacted == 2
        redact_lines(LOG, ids, reason="r", writer="w", disk=disk)
        assert verify(LOG, disk=disk).redacted == 2
    assert {"create", "write", "sync", "close", "move", "sync_folder", None} <= hit


def test_what_a_redaction_acknowledged_outlives_a_power_cut_though_its_first_try_was_killed() -> None:
    disk, ids = begun()
    faulty = FaultyDisk(disk, 1, "kill", ("sync_folder",))
    with pytest.raises(Killed):
        redact_lines(LOG, ids[:1], reason="r", writer="w", disk=faulty)
    disk.held, disk.open = False, {}
    redact_lines(LOG, ids[:1], reason="r", writer="w", disk=disk)
    for image in crashes.cuts(disk, random.Random(1), 100):
        assert verify(LOG, disk=image).redacted == 1


def test_what_does_not_read_back_is_not_put_in_place() -> None:
    disk, ids = begun()
    with pytest.raises(LogError, match="does not read back; check the disk"):
        redact_lines(LOG, ids, reason="r", writer="w", disk=FaultyDisk(disk, 1, "other bytes", ("write",)))
    assert (verify(LOG, disk=disk).damages, verify(LOG, disk=disk).redacted) == ((), 0)


def test_an_unknown_id_takes_nothing_out() -> None:
    disk, ids = begun()
    with pytest.raises(UnknownNameError, match="no event has the id '0000"):
        redact_lines(LOG, [*ids, "0" * 64], reason="r", writer="w", disk=disk)
    assert verify(LOG, disk=disk).redacted == 0
