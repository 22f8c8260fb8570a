"""A wrong call of each public verb says what is wrong and what to write instead."""

from __future__ import annotations

import datetime
import gzip
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import kztimeline as kz
from kztimeline.drafts import read_draft, read_drafts
from kztimeline.editions.mapping import FIELDS as EDITION_FIELDS
from kztimeline.errors import KztimelineError

DAY = "write 2016, 2016-05, 2016-05-03, 2016/2018 (in between) or [2016..2018] (one day of it)"
ACCOUNTS = "write one of on-order, on-trial, in-service, in-store, for-sale, held, or *"
LISTED = "tl.systems lists those that are; a [[events]] of kind defined-system adds one"


def _written(file: Path, data: bytes) -> Path:
    file.write_bytes(data)
    return file


ASKED: dict[str, tuple[Callable[[Any], object], str]] = {
    "fielded": (lambda tl: tl.fielded(2016), "not a date: 2016; write it as text, in quotation marks"),
    "fielded, a range": (
        lambda tl: tl.fielded("2016-2018"), "not a date: '2016-2018'; write 2016/2018, or [2016..2018] for one day within it",
    ),
    "fielded, holder": (
        lambda tl: tl.fielded("2016", holder="kaz"), "no line of the log speaks of a holder 'kaz'; did you mean KAZ; known: CHN, ",
    ),
    "fielded, operator": (
        lambda tl: tl.fielded("2016", operator="army"), "no operator is called 'army'; did you mean kaz-army",
    ),
    "fielded, holder that is no text": (
        lambda tl: tl.fielded("2016", holder=["KAZ"]), "a holder is text, not ['KAZ']; write it in quotation marks, or leave it out",
    ),
    "fielded, every operator": (
        lambda tl: tl.fielded("2016", operator="*"), "no operator is called '*'; leave the operator out to ask without one",
    ),
    "holdings": (lambda tl: tl.holdings(on="yesterday"), f"not a date: 'yesterday'; {DAY}"),
    "holdings, account": (lambda tl: tl.holdings(on="2023", account="stock"), f"not an account: 'stock'; {ACCOUNTS}"),
    "orders": (lambda tl: tl.orders(on="2023-13"), "not a date: '2023-13'; months are 01 to 12"),
    "history": (lambda tl: tl.history("F-35"), f"no system is called 'F-35'; {LISTED}"),
    "history, of nothing": (
        lambda tl: tl.history(None), "a system's name is text, not None; write it in quotation marks",
    ),
    "events": (lambda tl: tl.events(kind="delivery"), "not a kind: 'delivery'; write one of ordered, order-changed, "),
    "events, source": (lambda tl: tl.events(source="IISS"), "no source is called 'IISS'; did you mean iiss-mb"),
    "events, every source": (
        lambda tl: tl.events(source="*"), "no source is called '*'; leave the source out to ask without one",
    ),
    "agreements, every form": (
        lambda tl: tl.agreements(on="2024", form="*"), "no form of agreement is called '*'; leave the form of agreement out to ask",
    ),
    "agreements": (lambda tl: tl.agreements(on="Dec 2024"), "not a date: 'Dec 2024'; write 2024-12"),
    "agreements, form": (
        lambda tl: tl.agreements(on="2024", form="join venture"),
        "no form of agreement is called 'join venture'; did you mean joint venture",
    ),
    "series": (
        lambda tl: tl.series("military spending"), "no indicator is called 'military spending'; did you mean military-",
    ),
    "series, of nothing": (
        lambda tl: tl.series(None), "indicator: a name is text, not None; write it in quotation marks",
    ),
    "audit": (lambda tl: tl.audit(holder="KZ"), "no line of the log speaks of a holder 'KZ'; known: "),
    "explain": (
        lambda tl: tl.explain("wing loong 9", on="2023"), "no system is called 'wing loong 9'; did you mean wing-loong",
    ),
    "diff": (
        lambda tl: tl.diff("iiss-2021", "iiss-mb-2022"), "'iiss-2021' is neither an edition nor a day; did you mean iiss-mb-2021",
    ),
    "diff, neither": (
        lambda tl: tl.diff("first", "second"), f"'first' is neither an edition nor a day; for a day {DAY}",
    ),
    "diff, mixed": (
        lambda tl: tl.diff("2021", "iiss-mb-2022"),
        "an edition is compared with an edition, and a day with a day; name two of a kind",
    ),
    "edition": (lambda tl: tl.edition("mb-2024"), "no edition is called 'mb-2024'; "),
    "edition, a list": (lambda tl: tl.edition(["iiss-mb-2021"]), "no edition is called ['iiss-mb-2021']; known: "),
    "edition, every holder": (
        lambda tl: tl.edition("iiss-mb-2021", holder="*"), 'an edition is read for one holder; write holder="KAZ"',
    ),
    "read_edition": (
        lambda tl: tl.read_edition("x.csv"), "no column category, item, qty among a, b; name the file's own columns in a mapping",
    ),
    "rows": (lambda tl: tl.rows(None), "no edition is called None; known: amnesty-report-2024, "),
    "view, published": (lambda tl: tl.view(published_by=2018), "not a date: 2018; write it as text, in quotation marks"),
    "view, recorded": (
        lambda tl: tl.view(recorded_by="deadbeef"), "no state of this log is 'deadbeef'; `kztimeline log` lists the heads",
    ),
    "view, sources": (lambda tl: tl.view(sources=["iiss"]), "no source is called 'iiss'; did you mean iiss-mb"),
    "view, every source": (
        lambda tl: tl.view(sources="*"), "no source is called '*'; leave the source out to ask without one",
    ),
    "view, no list of sources": (
        lambda tl: tl.view(sources=5), 'sources are a list of ids, not 5; write sources=["…"], tl.sources lists them',
    ),
    "view, policy": (
        lambda tl: tl.view(policy="mean"), "not a policy: 'mean'; write one of anchored, flows, statements, envelope",
    ),
    "resolve": (lambda tl: tl.resolve("zzzz"), f"no system is called 'zzzz'; {LISTED}"),
    "info": (
        lambda tl: tl.systems.info("Leopard 2"), "none of the systems is called 'Leopard 2'; look through systems with .search(text)",
    ),
    "search": (lambda tl: tl.systems.search(5), "a name is text, not 5; write it in quotation marks"),
    "plot": (
        lambda tl: tl.plot("pie"), "no picture of the whole log is called 'pie'; write one of deals, suppliers, evidence",
    ),
    "plot, language": (lambda tl: tl.plot("deals", lang="fr"), "not a language known here: 'fr'; write one of en, de"),
    "plot of an answer": (
        lambda tl: tl.audit().plot(), "no picture for audit; .plot() draws fielded, holdings, orders, ",
    ),
    "save": (
        lambda tl: tl.history("anka").plot().save("a.jpg"),
        "a.jpg does not tell which picture to write; end it in .svg, .png, .html, .json",
    ),
    "save, folder": (
        lambda tl: tl.history("anka").plot().save("nowhere/a.svg"), "nowhere: the folder is not there; make it first",
    ),
    "report": (lambda tl: tl.report("a.html", lang="fr"), "not a language known here: 'fr'; write one of en, de"),
    "report, folder": (
        lambda tl: tl.report("nowhere/a.html"), "nowhere: the folder is not there; make it first",
    ),
    "report, no path": (
        lambda tl: tl.report(None), 'the file of a report is text or a path, not None; write its path, such as "report.html"',
    ),
    "report, a folder in its place": (lambda tl: tl.report("own"), "own: a folder; name a file in it"),
    "save, nothing": (
        lambda tl: tl.history("anka").plot().save(""), 'the file of a picture is empty text; write its path, such as "picture.svg"',
    ),
    "save, scale": (
        lambda tl: tl.history("anka").plot().png(scale=-1), "not a scale: -1; write a number above 0 and up to 20, such as 2",
    ),
    "uncited": (lambda tl: tl.uncited("nowhere"), "nowhere: there is no such folder; name one that is there"),
    "uncited, a file": (lambda tl: tl.uncited("x.csv"), "x.csv: a file; name the folder that it lies in"),
    "uncited, nothing": (
        lambda tl: tl.uncited(3), 'the folder of the documents is text or a path, not 3; write its path, such as "documents"',
    ),
    "read_edition, missing": (
        lambda tl: tl.read_edition("nowhere.csv"), "nowhere.csv: there is no such file; name one that is there",
    ),
    "read_edition, folder": (lambda tl: tl.read_edition("own"), "own: a folder; name a file in it"),
    "cite": (
        lambda tl: tl.history("anka").cite("apa"), "not a form of citation: 'apa'; write one of text, bibtex, csl-json, ris",
    ),
    "append": (lambda tl: tl.append({"kind": "delivered"}), 'opened for reading; open it with kz.open(path, mode="a")'),
    "correct": (
        lambda tl: tl.correct("12345678", {}, reason="typo"), 'opened for reading; open it with kz.open(path, mode="a")',
    ),
}  # fmt: skip

WRITTEN: dict[str, tuple[Callable[[Any], object], str]] = {
    "append": (lambda tl: tl.append({"kind": "delivery"}), "kind: not a kind: 'delivery'; write one of ordered, "),
    "append, all at once": (
        lambda tl: tl.append({"kind": "delivered"}), 'holder: nothing is stated here; write holder = "KAZ"\n  events:1: occurred: ',
    ),
    "append, no event": (lambda tl: tl.append(5), "5 is no event; write a mapping of fields, or kz.event(kind=…)"),
    "append, no file": (lambda tl: tl.append("no.toml"), "no.toml: cannot be read: No such file or directory"),
    "append, no path": (
        lambda tl: tl.append("a\0b"), r"a draft cannot be called 'a\x00b'; write its path as the system shows it",
    ),
    "append_drafts, no folder": (
        lambda tl: tl.append_drafts([], sources="nowhere"), "nowhere: there is no such folder; name one that is there",
    ),
    "append, no moment": (
        lambda tl: tl.append({"kind": "defined-system", "id": "x", "name": "X", "category": "air"}, recorded=""),
        "not a moment: ''; write UTC in whole seconds, 2026-11-24T11:00:00Z",
    ),
    "correct": (
        lambda tl: tl.correct("abcd1234", {"quantity": 3}, reason="typo"),
        "no event has the id 'abcd1234'; `kztimeline events` lists the ids",
    ),
    "revise": (
        lambda tl: tl.revise("abcd1234", {"quantity": 3}, source="x"),
        "a revision cites where the source changed its word; write citations = […] among the changes",
    ),
    "retract": (lambda tl: tl.retract("abcd1234", reason="typo"), "no event has the id 'abcd1234'; `kztimeline events`"),
    "withdraw": (
        lambda tl: tl.withdraw("abcd1234", source="x", citations=[]), "no event has the id 'abcd1234'; `kztimeline events`",
    ),
    "correct, no id": (
        lambda tl: tl.correct(None, {}, reason="x"), "an id is text, not None; write 8 or more of its digits in quotation marks",
    ),
    "correct, no fields": (
        lambda tl: tl.correct("abcd1234", 3, reason="x"), 'changes are a mapping of fields, not 3; write {"quantity": 3}',
    ),
    "link, no list": (
        lambda tl: tl.link("same", "abcd1234", reason="x"), """claims are a list of ids, not 'abcd1234'; write ["12345678", """,
    ),
    "link": (lambda tl: tl.link("same", ["a", "b"], reason="x"), "'a' is too short for an id; write 8 or more of its digits"),
}  # fmt: skip

WHOLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "open": (lambda at: kz.open(at / "nowhere"), "no log here; write one with `kztimeline init`"),
    "open, nothing": (
        lambda _: kz.open(None), 'the folder of a log is text or a path, not None; write its path, such as "my-log"',  # type: ignore[arg-type]
    ),
    "open, bytes": (
        lambda _: kz.open(b"own"), "the folder of a log is text or a path, not b'own'; write its path,",  # type: ignore[arg-type]
    ),
    "open, no path": (
        lambda _: kz.open("a\0b"), r"the folder of a log cannot be called 'a\x00b'; write its path as the system shows it",
    ),
    "open, half a character": (
        lambda _: kz.open("a\ud800b"), r"the folder of a log cannot be called 'a\ud800b'; write its path as the system shows it",
    ),
    "init, no path": (lambda _: kz.init("a\0b", name="own"), r"the folder of a log cannot be called 'a\x00b'"),
    "redact, nothing": (
        lambda _: kz.redact(None, ["12345678"], reason="x", writer="y"), "the folder of a log is text or a path, not None",  # type: ignore[arg-type]
    ),
    "open, mode": (lambda at: kz.open(at / "own", mode="w"), "not a mode: 'w'; write 'r' to read, 'a' to append"),
    "open, a long name": (
        lambda _: kz.open("x" * 5000), f"the folder of a log cannot be called {'x' * 60!r} and so on, 5000 characters; the system takes",
    ),
    "init, a file in the way": (lambda at: kz.init(at / "x.csv" / "own", name="own"), "x.csv: a file; name a folder"),
    "init, no name": (
        lambda at: kz.init(at / "new", name=None), "the name of a log is text, not None; write it in quotation marks",  # type: ignore[arg-type]
    ),
    "redact, no list": (
        lambda at: kz.redact(at / "own", "12345678", reason="x", writer="y"), "claims are a list of ids, not '12345678'",
    ),
    "init": (lambda at: kz.init(at / "own", name="own"), "there is a log here already; open it, or choose another folder"),
    "init, holder": (
        lambda at: kz.init(at / "new", name="new", holder="Kazakhstan"),
        "not an ISO 3166 code: 'Kazakhstan'; write three capital letters, such as KAZ",
    ),
    "diff": (lambda _: kz.diff("a", "b"), f"'a' is neither an edition nor a day; for a day {DAY}"),
    "resolve": (lambda _: kz.resolve(5), "a name is text, not 5; write it in quotation marks"),
    "read_edition": (
        lambda at: kz.read_edition(at / "x.csv"), "no column category, item, qty among a, b; name the file's own columns in a mapping",
    ),
    "read_edition, mapping": (
        lambda at: kz.read_edition(at / "x.csv", {"item": 3}), 'item in a mapping is a column or a list of columns; write item = ["item"], not 3',
    ),
    "read_edition, a mapping that is none": (
        lambda at: kz.read_edition(at / "x.csv", at / "x.csv"), "x.csv: not TOML: ",
    ),
    "read_edition, a workbook that is none": (
        lambda at: kz.read_edition(_written(at / "y.xlsx", b"text")), "y.xlsx: a damaged workbook: ",
    ),
    "read_edition, half an archive": (
        lambda at: kz.read_edition(_written(at / "y.gz", gzip.compress(b"a,b")[:12])), "y.gz: a damaged gzip file: ",
    ),
    "read_edition, no CSV": (
        lambda at: kz.read_edition(_written(at / "y.csv", b"a\n" + b"x" * 200_000)), "y.csv:2: not CSV: field larger than",
    ),
    "ingest, no files": (
        lambda at: kz.ingest([None], into=at / "own"), "files are text or a list of it, not None",  # type: ignore[list-item]
    ),
    "ingest, no parties": (
        lambda at: kz.ingest(at / "x.csv", into=at / "own", parties=3), "parties are text or a list of it, not 3",  # type: ignore[arg-type]
    ),
    "parse_quantity, profile": (
        lambda _: kz.parse_quantity("5", profile="mb"), "not a profile: 'mb'; write one of kztimeline.quantities.PROFILES",  # type: ignore[arg-type]
    ),
    "read_sipri_register": (
        lambda at: kz.read_sipri_register(at / "x.csv"), "no header with recipient, supplier among the first 60 lines; export the table whole",
    ),
    "read_sipri_deliveries": (
        lambda at: kz.read_sipri_deliveries(at / "x.csv"), "no header with id, recipient among the first 60 lines; export the table whole",
    ),
    "read_table": (
        lambda at: kz.read_table(at / "x.csv", mapping={"x": "y"}), "mapping: x: no part of a mapping; known: note, sheet, ",
    ),
    "ingest": (
        lambda at: kz.ingest([at / "x.csv"], into=at / "own"), "no column of events; it has a, b: write a mapping, or start from a template",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> kz.Timeline:
    return kz.load()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    kz.init(tmp_path / "own", name="own", holder="KAZ")
    return tmp_path


@pytest.mark.parametrize("verb", ASKED)
def test_a_wrong_question(shipped: kz.Timeline, folder: Path, verb: str) -> None:
    call, said = ASKED[verb]
    with pytest.raises(KztimelineError, match=re.escape(said)):
        call(shipped)


@pytest.mark.parametrize("verb", WRITTEN)
def test_a_wrong_word_to_a_log_of_ones_own(folder: Path, verb: str) -> None:
    call, said = WRITTEN[verb]
    with pytest.raises(KztimelineError, match=re.escape(said)):
        call(kz.open(folder / "own", mode="a"))


@pytest.mark.parametrize("name", WHOLE)
def test_a_wrong_call_of_the_library(folder: Path, name: str) -> None:
    call, said = WHOLE[name]
    with pytest.raises(KztimelineError, match=re.escape(said)):
        call(folder)


NONSENSE: tuple[object, ...] = (
    None, 3, True, 1.5, float("nan"), 10**30, -1, b"", b"x", "", " ", "*", "a\0b", "\ud800", "x" * 5000, "own", "nowhere/x", "x.csv",
    "2016-02-30", "99999", datetime.date.max, datetime.datetime(2016, 1, 1, tzinfo=datetime.UTC), [], {}, ["x"], [None], {3: 4}, object, Path("own"),
)  # fmt: skip
"""What somebody may hand over by mistake, in the place of anything."""


def _wrongly(call: Callable[..., object], **rest: object) -> Callable[[object], object]:
    """Call with nonsense in the place of the first argument."""
    return lambda wrong: call(wrong, **rest)


ANYTHING: dict[str, Callable[[Any], list[Callable[[object], object]]]] = {
    "questions": lambda tl: [
        _wrongly(tl.fielded), *(lambda x, name=name: tl.fielded("2016", **{name: x}) for name in ("system", "holder", "operator")),
        *(lambda x, name=name: tl.holdings(**{"on": "2016", name: x}) for name in ("on", "system", "holder", "account", "operator")),
        lambda x: tl.orders(on=x), _wrongly(tl.history), lambda x: tl.agreements(on=x), lambda x: tl.agreements(on="2016", form=x),
        *(lambda x, name=name: tl.events(**{name: x}) for name in ("system", "kind", "source", "holder")),
        _wrongly(tl.series), lambda x: tl.audit(holder=x), _wrongly(tl.explain, on="2016"), lambda x: tl.explain("x", on=x),
        *(lambda x, name=name: tl.view(**{name: x}) for name in ("published_by", "recorded_by", "sources", "policy")),
        _wrongly(tl.resolve), tl.systems.info, tl.systems.search, tl.sources.info, tl.holders.search, tl.history("x").cite, _wrongly(tl.plot),
    ],
    "editions": lambda tl: [
        _wrongly(tl.edition), _wrongly(tl.rows), lambda x: tl.diff(x, "2016"), lambda x: tl.diff("2016", x), _wrongly(tl.read_edition),
        lambda x: tl.read_edition("x.csv", x), _wrongly(kz.read_edition), lambda x: kz.diff(x, x), lambda x: kz.diff(tl, tl, on=x),
        *(lambda x, name=name: tl.read_edition("x.csv", {name: x}) for name in EDITION_FIELDS),
    ],
    "files": lambda tl: [
        _wrongly(tl.uncited), tl.history("x").plot().save, lambda x: tl.history("x").plot().png(scale=x), kz.read_sipri_register,
        kz.read_sipri_deliveries, kz.read_table, lambda x: kz.read_table("x.csv", mapping=x), read_draft, read_drafts,
        lambda x: kz.ingest(x, into="own"), lambda x: kz.ingest("x.csv", into=x), lambda x: kz.ingest("x.csv", into="own", holders=x),
        lambda x: kz.ingest("x.csv", into="own", new_systems=x), lambda x: kz.ingest("x.csv", into="own", mapping=x),
        lambda x: kz.ingest("x.csv", into="own", release=x),
    ],
    "logs": lambda _: [
        _wrongly(kz.open), lambda x: kz.open("own", mode=x), lambda x: kz.init("new", name=x, holder="kaz"),
        lambda x: kz.init("new", name="new", holder=x) if x != "KAZ" else None, lambda x: kz.init("new", name="x", store=x),
        _wrongly(kz.redact, claims=["12345678"], reason="x", writer="x"), lambda x: kz.redact("own", x, reason="x", writer="x"),
        _wrongly(kz.resolve), kz.parse_date, kz.parse_quantity, lambda x: kz.parse_quantity("5", profile=x), lambda x: kz.event(kind=x),
    ],
    "writing": lambda tl: [
        tl.append, lambda x: tl.append_drafts(x), lambda x: tl.append_drafts([], sources=x), lambda x: tl.append({}, expected_head=x),
        lambda x: tl.correct(x, {}, reason="x"), lambda x: tl.correct("12345678", x, reason="x"), lambda x: tl.revise(x, {}, source="x"),
        lambda x: tl.revise("12345678", x, source="x"), _wrongly(tl.retract, reason="x"), lambda x: tl.withdraw(x, source="x", citations=[]),
        lambda x: tl.withdraw("12345678", source="x", citations=x), lambda x: tl.link(x, [], reason="x"), lambda x: tl.link("same", x, reason="x"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("room", ANYTHING)
def test_whatever_is_handed_over_only_the_librarys_own_errors_come_back(folder: Path, room: str) -> None:
    """Wrong kinds of things, empty ones, names that the system does not take, folders for files: an answer or our words."""
    tl = kz.open(folder / "own", mode="a")
    cited = [{"source": "b", "published": "2018"}]
    tl.append(
        [
            {"kind": "defined-source", "id": "b", "title": "B", "form": "prose"},
            {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
            {"kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "into": "in-service", "citations": cited},
        ]
    )  # fmt: skip
    raw = []
    for number, call in enumerate(ANYTHING[room](tl.refresh())):
        for wrong in NONSENSE:
            try:
                call(wrong)
            except KztimelineError:
                continue
            except Exception as error:
                raw.append((room, number, wrong, repr(error)))
    assert raw == []


def test_links_in_a_circle_and_frames_are_no_place_for_a_log(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="a"):
        kz.init(tmp_path / "a", name="x")
    with pytest.raises(kz.errors.NotationError, match="the folder of a log is text or a path, not shape: "):
        kz.open(pl.DataFrame({"a": [1]}))  # type: ignore[arg-type]


def test_errors_of_files_are_what_python_expects_and_travel_whole(folder: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        kz.read_edition(folder / "nowhere.csv")
    with pytest.raises(OSError, match="a folder; name a file in it") as wrong:
        kz.read_edition(folder)
    for found in (missing.value, wrong.value):
        again = pickle.loads(pickle.dumps(found))
        assert (type(again), str(again), again.path) == (type(found), str(found), found.path)


def test_every_verb_is_called_wrongly_here() -> None:
    called = {name.partition(",")[0] for name in (*ASKED, *WRITTEN)}
    takes_nothing = {"refresh", "segments", "codebook"}
    verbs = {name for name, value in vars(kz.Timeline).items() if callable(value) and not name.startswith("_")}
    assert verbs - takes_nothing <= called


def test_a_view_of_no_source_says_so(shipped: kz.Timeline) -> None:
    assert ", sources none>" in repr(shipped.view(sources=[]))
