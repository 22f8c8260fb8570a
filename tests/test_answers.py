"""What a caller in Python meets: public names, answers, errors with their messages."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import kztimeline as kz
from kztimeline.answers import Finding, Severity, told
from kztimeline.asked import known_holder, named_holders
from kztimeline.cli import cli
from kztimeline.errors import (
    DraftError,
    EventError,
    FormatTooNewError,
    HeadMovedError,
    IntegrityError,
    KztimelineError,
    LogExistsError,
    LogNotFoundError,
    MissingParentError,
    NotationError,
    ReadOnlyLogError,
    UnknownNameError,
)
from kztimeline.log import append_lines, read_log

CITED = [{"source": "b", "published": "2018"}]
DELIVERED = {
    "kind": "delivered",
    "holder": "KAZ",
    "occurred": "2016",
    "systems": ["x"],
    "quantity": 2,
    "into": "in-service",
    "citations": CITED,
}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def tl(tmp_path: Path) -> kz.Timeline:
    made = kz.init(tmp_path / "log", name="mine")
    source = {"kind": "defined-source", "id": "b", "title": HOSTILE, "form": "prose"}
    system = {"kind": "defined-system", "id": "x", "name": HOSTILE, "category": "air"}
    made.append([source, system, {**DELIVERED, "note": HOSTILE}], note=HOSTILE)
    return made.refresh()


def claim(tl: kz.Timeline) -> str:
    return str(tl.events(kind="delivered").frame["id"][0])


def test_a_sentence_that_several_findings_say_is_told_once_with_the_claims_of_each() -> None:
    one, other, third = ("a" * 64, "b" * 64, "c" * 64)
    said = [
        Finding("rival", Severity.CONTRADICTION, "x", (one, other), "x: rivals"),
        Finding("note", Severity.NOTE, "x", (), "x: rivals"),
        Finding("note", Severity.NOTE, "y", (third,), "y: alone"),
        Finding("rival", Severity.CONTRADICTION, "x", (one, third), "x: rivals"),
        Finding("bare", Severity.CONTRADICTION, "x", (), "x: rivals"),
        Finding("note", Severity.NOTE, "z", (third,), "y: alone"),
    ]
    assert list(told(said)) == [
        "contradiction: x: rivals (aaaaaaaa bbbbbbbb; aaaaaaaa cccccccc)", "note: x: rivals", "note: y: alone"
    ]  # fmt: skip


def test_trials_after_two_introductions_are_told_once_and_found_twice(tl: kz.Timeline, tmp_path: Path) -> None:
    moved = {**DELIVERED, "into": None, "quantity": None}
    tried = {**moved, "kind": "trialled", "occurred": "2015/2017"}
    entered = [{**moved, "kind": "introduced", "quantity": 2, "note": note} for note in ("one", "two")]
    asking = kz.open(tmp_path / "log", mode="a")
    asking.append([tried, *entered])
    answer = asking.refresh().fielded("2016", system="x")
    assert [finding.code for finding in answer.findings] == ["trial-after-introduction"] * 2
    assert len({finding.claims for finding in answer.findings}) == 2
    done = CliRunner().invoke(cli, ["fielded", "2016", "--system", "x", "--log", str(tmp_path / "log")])
    (line,) = done.stderr.splitlines()
    pairs = "; ".join(" ".join(claim[:8] for claim in finding.claims) for finding in answer.findings)
    assert line == f"contradiction: {answer.findings[0].sentence} ({pairs})"
    assert answer._repr_html_().count("on trial") == 1


def test_every_public_name_is_documented() -> None:
    text = (Path(__file__).parent.parent / "docs" / "api.md").read_text("utf-8")
    for name in kz.__all__:
        if not name.startswith("_"):
            assert f"kztimeline.{name}" in text or f".{name}\n" in text, name


def test_an_answer_carries_what_it_rests_on(tl: kz.Timeline) -> None:
    answer = tl.fielded("2016")
    assert repr(answer) == f"<fielded 2016: 1 row, head {tl.head[:12]}; next .frame .explain() .plot() .cite()>"
    assert len(answer) == 1
    assert (answer.sources, answer.head, answer.policy, answer.findings) == (("b",), tl.head, "anchored", ())
    assert answer.cite()[0] == f"{HOSTILE}, published 2018"
    assert answer.cite()[1].startswith(f"mine (log of dated claims), head {tl.head}, written ")
    assert answer.explain().frame["reason"].to_list() == ["counted"]
    assert answer.explain().explain() == answer.explain()
    with pytest.raises(AttributeError):
        answer.head = "x"  # type: ignore[misc]


def test_pages_are_escaped(tl: kz.Timeline) -> None:
    for answer in (tl.events(), tl.fielded("2016"), tl.segments(), tl.holdings(on="1900", system=HOSTILE)):
        page = answer._repr_html_()
        assert "<script" not in page
        assert page.startswith("<div>")


def test_what_a_terminal_would_obey_is_written_out_in_the_line_of_an_answer(tl: kz.Timeline) -> None:
    assert repr(tl.history("x\x1b")).startswith(r"<history of x\u001b: ")


@pytest.mark.parametrize(
    "asked",
    [
        lambda tl: tl.fielded("1900"),
        lambda tl: tl.orders(on="2016"),
        lambda tl: tl.events(kind="lost"),
        lambda tl: tl.view(published_by="2017").holdings(on="2016"),
        lambda tl: tl.view(sources=[]).fielded("2016"),
        lambda tl: tl.holdings(on="1900", system="x"),
    ],
)
def test_no_answer_is_silently_empty(tl: kz.Timeline, asked: Callable[[kz.Timeline], kz.Answer]) -> None:
    answer = asked(tl)
    assert answer.frame.is_empty()
    assert [finding.code for finding in answer.findings] in (["no-rows"], ["no-evidence"])
    assert f": 0 rows, 1 finding, head {answer.head[:12]}; next .findings" in repr(answer)


def test_frames_are_sorted(tl: kz.Timeline) -> None:
    shipped = kz.load()
    for answer, keys in (
        (shipped.fielded("2016/2020", holder="*"), ["holder", "system"]),
        (shipped.holdings(on="2023", account="*"), ["holder", "system", "account"]),
        (shipped.history("anka", account="*"), ["holder", "system", "account", "since"]),
    ):
        assert answer.frame.equals(answer.frame.sort(keys))


def test_a_source_that_an_event_cites_twice_is_named_once() -> None:
    events = kz.load().view(published_by="2024-01").events(system="anka").frame
    for column in ("source", "via"):
        named = [row.split() for row in events[column].drop_nulls()]
        assert [words for words in named if len(set(words)) < len(words)] == []


def test_a_truth_decides_no_if() -> None:
    with pytest.raises(TypeError, match=r"cannot decide an if; write `is Truth.YES`, or `is not Truth.NO`"):
        bool(kz.Truth.MAYBE)


def test_a_head_names_a_state_whatever_comes_after(tl: kz.Timeline) -> None:
    before = tl.fielded("2016")
    writing = kz.open(tl.log.path, mode="a")
    writing.correct(claim(tl), {"quantity": 5}, reason="misread")
    later = kz.open(tl.log.path)
    assert later.fielded("2016").frame["low"].to_list() == [5]
    then = later.view(recorded_by=tl.head)
    assert then.head == tl.head
    assert then.fielded("2016").frame.equals(before.frame)


def test_a_holder_is_known_if_some_line_names_it(tl: kz.Timeline) -> None:
    assert known_holder(named_holders(tl.placed), "KGZ", "KGZ") == "KGZ"
    assert known_holder(named_holders(tl.placed), "KGZ", "*") == "*"
    with pytest.raises(UnknownNameError, match=r"holder 'kaz'; did you mean KAZ; known: KAZ, KGZ, or \*"):
        known_holder(named_holders(tl.placed), "KGZ", "kaz")


def asking(tl: kz.Timeline) -> kz.Timeline:
    return kz.open(tl.log.path, mode="a")


WRONG: list[tuple[Callable[[kz.Timeline], object], type[KztimelineError], str]] = [
    (lambda tl: kz.open(tl.log.path, mode="w"), NotationError, "not a mode: 'w'; write 'r' to read, 'a' to append"),  # type: ignore[arg-type]
    (lambda tl: kz.open(tl.log.path / "none"), LogNotFoundError, "no log here; write one with `kztimeline init`"),
    (lambda tl: kz.init(tl.log.path, name="again"), LogExistsError, "there is a log here already"),
    (lambda tl: kz.init(tl.log.path.parent / "b", name=""), EventError, "not a name: ''; write what the log is about"),
    (lambda tl: kz.init(tl.log.path.parent / "b", name="b", holder="kz"), EventError, "not an ISO 3166 code: 'kz'"),
    (lambda tl: kz.open(tl.log.path).append([DELIVERED]), ReadOnlyLogError, "opened for reading; open it with"),
    (lambda tl: asking(tl).append([]), DraftError, "the draft holds no event; write at least one"),
    (lambda tl: asking(tl).append(3), EventError, "3 is no event; write a mapping of fields"),
    (lambda tl: asking(tl).append([{}]), DraftError, "events:1: kind: no kind; write one of ordered"),
    (lambda tl: asking(tl).append([{**DELIVERED, "quantity": 7}], note=3), EventError, "a note is text, not 3; write"),  # type: ignore[arg-type]
    (lambda tl: asking(tl).append([{**DELIVERED, "quantity": 7}], note="\ud800"), EventError, "half a character"),
    (lambda tl: asking(tl).append([DELIVERED], recorded="now"), EventError, "not a moment: 'now'; write UTC"),
    (lambda tl: asking(tl).append([DELIVERED], recorded=datetime.date(2026, 1, 1)), EventError, "not a moment: datetime"),  # type: ignore[arg-type]
    (lambda tl: asking(tl).append([DELIVERED], expected_head="0" * 64), HeadMovedError, "read the log again"),
    (lambda tl: asking(tl).correct(claim(tl), {}, reason="r"), EventError, "nothing changes in"),
    (lambda tl: asking(tl).correct(claim(tl), {"quantity": 2}, reason="r"), EventError, "nothing changes in"),
    (lambda tl: asking(tl).correct(claim(tl), {"quantity": "2"}, reason="r"), EventError, "with another value"),
    (lambda tl: asking(tl).correct(claim(tl), {"kind": "linked"}, reason="r"), DraftError, "a replacement is a claim"),
    (lambda tl: asking(tl).correct(tl.placed[0].id, {"title": "x"}, reason="r"), UnknownNameError, "is a defined-source, not a claim"),
    (lambda tl: asking(tl).correct(claim(tl)[:7], {"quantity": 3}, reason="r"), UnknownNameError, "is too short for an id"),
    (lambda tl: asking(tl).revise(claim(tl), {"quantity": 7}, source="b"), EventError, "a revision cites where the source"),
    (lambda tl: asking(tl).withdraw(claim(tl), source="b", citations=[]), DraftError, "a withdrawal cites where b took"),
    (lambda tl: asking(tl).link("same", [claim(tl)], reason="r"), DraftError, "a link names two or more"),
    (lambda _: kz.event(kind="lost"), EventError, 'holder: nothing is stated here; write holder = "KAZ"; occurred:'),
    (lambda _: kz.load().resolve("Wing Long"), UnknownNameError, "no system is called 'Wing Long'; did you mean wing-loong"),
    (lambda _: kz.parse_date(2016), NotationError, "write it as text"),  # type: ignore[arg-type]
    (lambda _: kz.parse_quantity("a few"), NotationError, "not a quantity: 'a few'; write some"),
    (lambda tl: tl.fielded("2018/2016"), NotationError, "write the earlier date first: 2016/2018"),
    (lambda tl: tl.holdings(on="2016/2018"), NotationError, "write one day, month or year"),
    (lambda tl: tl.holdings(on="2016", account="active"), NotationError, "not an account: 'active'; write one of"),
    (lambda tl: tl.view(sources=["q"]), UnknownNameError, "no source is called 'q'; known: b"),
    (lambda tl: tl.view(policy="x"), NotationError, "not a policy: 'x'; write one of anchored"),
    (lambda tl: tl.view(recorded_by="20261125"), UnknownNameError, "for a day write 2026-11-25"),
    (lambda tl: tl.view(recorded_by="feedbeef"), UnknownNameError, "`kztimeline log` lists the heads"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "said"), WRONG, ids=lambda v: v if isinstance(v, str) else "")
def test_what_is_refused_is_told_and_leaves_the_log_alone(
    tl: kz.Timeline, call: Callable[[kz.Timeline], object], error: type[KztimelineError], said: str
) -> None:
    with pytest.raises(error) as caught:
        call(tl)
    assert type(caught.value) is error
    assert said in str(caught.value)
    assert kz.open(tl.log.path).head == tl.head


def test_an_id_by_digits_that_two_events_share_is_refused_with_both() -> None:
    from kztimeline.writing import full_id

    ids = ["0" * 8 + digit * 56 for digit in "ab"]
    with pytest.raises(UnknownNameError) as caught:
        full_id(ids, "0" * 8)
    assert str(caught.value) == (
        "several events begin with '00000000'; write more digits: 00000000aaaaaaaa, 00000000bbbbbbbb"
    )
    assert full_id(ids, "0" * 8 + "a") == ids[0]


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), IntegrityError, "the file was cut"),
        (lambda file: file.unlink(), MissingParentError, "is not in the log; fetch the segment"),
        (lambda file: file.rename(file.with_name(f"20260101T000000Z-{'0' * 32}.jsonl")), IntegrityError, "file's name"),
        (
            lambda file: file.write_bytes(file.read_bytes().replace(b'"format":1', b'"format":2')),
            FormatTooNewError,
            "format 2 is newer than 1",
        ),
    ],
)
def test_a_spoilt_segment_is_a_typed_error_for_readers_and_writers(
    tl: kz.Timeline, spoil: Callable[[Path], object], error: type[KztimelineError], said: str
) -> None:
    append_lines(tl.log.path, [b'{"a":1}'], note="later", writer="w")
    spoil(read_log(tl.log.path).segments[0].path)
    before = {file: file.read_bytes() for file in tl.log.path.rglob("*") if file.is_file()}
    for mode in ("r", "a"):
        with pytest.raises(error, match=said):
            kz.open(tl.log.path, mode=mode)  # type: ignore[arg-type]
    assert {file: file.read_bytes() for file in tl.log.path.rglob("*") if file.is_file()} == before
