"""A wrong call of each public verb says what is wrong and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kztimeline as kz
from kztimeline.errors import KztimelineError

DAY = "write 2016, 2016-05, 2016-05-03, 2016/2018 (in between) or [2016..2018] (one day of it)"
ACCOUNTS = "write one of on-order, on-trial, in-service, in-store, for-sale, held, or *"
LISTED = "tl.systems lists those that are; a [[events]] of kind defined-system adds one"

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
        lambda tl: tl.append("a\0b"), r"'a\x00b': no file can be called so; write its path as the system shows it",
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
    "link": (lambda tl: tl.link("same", ["a", "b"], reason="x"), "'a' is too short for an id; write 8 or more of its digits"),
}  # fmt: skip

WHOLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "open": (lambda at: kz.open(at / "nowhere"), "no log here; write one with `kztimeline init`"),
    "open, nothing": (
        lambda _: kz.open(None), 'the folder of a log is text or a path, not None; write kz.open("my-log")',  # type: ignore[arg-type]
    ),
    "open, bytes": (
        lambda _: kz.open(b"own"), "the folder of a log is text or a path, not b'own'; write kz.open(",  # type: ignore[arg-type]
    ),
    "open, no path": (
        lambda _: kz.open("a\0b"), r"no folder can be called 'a\x00b'; write its path as the system shows it",
    ),
    "open, half a character": (
        lambda _: kz.open("a\ud800b"), r"no folder can be called 'a\ud800b'; write its path as the system shows it",
    ),
    "init, no path": (lambda _: kz.init("a\0b", name="own"), r"no folder can be called 'a\x00b'"),
    "redact, nothing": (
        lambda _: kz.redact(None, ["12345678"], reason="x", writer="y"), "the folder of a log is text or a path, not None",  # type: ignore[arg-type]
    ),
    "open, mode": (lambda at: kz.open(at / "own", mode="w"), "not a mode: 'w'; write 'r' to read, 'a' to append"),
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


def test_every_verb_is_called_wrongly_here() -> None:
    called = {name.partition(",")[0] for name in (*ASKED, *WRITTEN)} | {"uncited", "append_drafts"}
    takes_nothing = {"refresh", "segments", "codebook"}
    verbs = {name for name, value in vars(kz.Timeline).items() if callable(value) and not name.startswith("_")}
    assert verbs - takes_nothing <= called


def test_a_view_of_no_source_says_so(shipped: kz.Timeline) -> None:
    assert ", sources none>" in repr(shipped.view(sources=[]))
