"""Several releases of one register are its history: views answer as each release did, whatever came first."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline.codec import event_of, value_of
from kztimeline.importers.coverage import Coverage
from kztimeline.importers.deals import REGISTER, Deal, Figure, Tranche, content, numbered
from kztimeline.importers.held import deal_of, deals_on, held
from kztimeline.importers.ingest import Account, Ingested
from kztimeline.importers.lines import line_bytes
from kztimeline.importers.matching import _assigned, alike, matched, same_name
from kztimeline.importers.names import proposals
from kztimeline.importers.reading import Reading
from kztimeline.log import read_log

DATA = Path(__file__).parent / "data"
OLD, NEW = DATA / "register_2024.csv", DATA / "register_2025.csv"
RECORDED = "2026-01-01T00:00:00Z"


def ingest(*inputs: object, into: Path, **options: object) -> Ingested:
    return kz.ingest(inputs, into=into, new_systems=options.pop("new_systems", "define"), recorded=RECORDED, **options)  # type: ignore[arg-type]


def account(done: Ingested, release: str) -> Account:
    return next(one for one in done.accounts if one.release == release)


def changes(done: Ingested, release: str) -> dict[str, tuple[str, str | None]]:
    rows = done.changes.filter(release=release).select("deal", "verdict", "changed").rows()
    return {deal: (verdict, changed) for deal, verdict, changed in rows}


def held_units(log: Path, on: str, **view: str) -> dict[str, tuple[int, int]]:
    frame = kz.open(log).view(**view).holdings(on=on, holder="*").frame  # type: ignore[arg-type]
    return {
        f"{holder} {system}": (low, high)
        for holder, system, low, high in frame.select("holder", "system", "low", "high").rows()
    }


def test_a_release_does_not_rest_on_a_definition_that_was_taken_back(tmp_path: Path) -> None:
    log = tmp_path / "log"
    ingest(OLD, into=log)
    mine = kz.open(log, mode="a")
    source = next(row for row in mine.placed if getattr(row.value, "kind", "") == "defined-source")
    mine.retract(source.id, reason="misread")
    before = kz.open(log).head
    with pytest.raises(kz.errors.DraftError, match=r'"kind":"defined-source".*the log took back these very words'):
        ingest(NEW, into=log)
    assert kz.open(log).head == before
    mine.append({"kind": "defined-source", "id": "sipri-at", "title": "SIPRI", "form": "register"})
    assert account(ingest(NEW, into=log), "2025-03-13").counts["added"] == 1


# --- the golden releases --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ingested]:
    log = tmp_path_factory.mktemp("both") / "log"
    return log, ingest(NEW, OLD, into=log)


def test_a_later_release_writes_only_what_changed(both: tuple[Path, Ingested]) -> None:
    _, done = both
    assert account(done, "2024-03-18").counts == {"added": 11}
    assert account(done, "2025-03-13").counts == {"added": 1, "revised": 3, "unchanged": 7, "withdrawn": 1}
    assert changes(done, "2025-03-13") == {
        "sipri-at-kaz-rus-falke-30-2017": ("revised", "delivered occurred; delivered quantity; ordered occurred"),
        "sipri-at-kaz-zaf-boar-2018": ("revised", "delivered occurred; delivered quantity; ordered quantity"),
        "sipri-at-kaz-esp-ox-400-2021": ("revised", "delivered added"),
        "sipri-at-kaz-tur-top-dual-2016": ("withdrawn", None),
        "sipri-at-kaz-rus-falke-30-2021": ("added", None),
    }


def test_rewording_spelling_and_lost_marks_are_no_change_in_the_world(both: tuple[Path, Ingested]) -> None:
    _, done = both
    paper = dict(done.frame.filter(release="2025-03-13", verdict="unchanged").select("deal", "on_paper").rows())
    assert paper["sipri-at-kaz-ukr-b-2-2013"] == "spelt otherwise; ? lost at number delivered"
    assert paper["sipri-at-kaz-deu-zug-2015"] == "? lost at number delivered"


def test_views_answer_as_the_register_stood(both: tuple[Path, Ingested]) -> None:
    log, _ = both
    before, now = held_units(log, "2024", published_by="2024-12"), held_units(log, "2024")
    assert (before["KAZ falke-30"], now["KAZ falke-30"]) == ((10, 10), (20, 20))
    assert (before["KAZ boar"], now["KAZ boar"]) == ((41, 41), (94, 94))
    assert "KAZ top-dual" in before
    assert "KAZ top-dual" not in now
    assert now["KAZ b-2"] == (40, 40)
    assert not held_units(log, "2024", published_by="2024-02")


def test_a_new_spelling_is_an_alias_that_holds_in_the_source_only(both: tuple[Path, Ingested]) -> None:
    log, _ = both
    registry = kz.open(log).standing.registry
    assert registry.aliases["sipri-at", "b2baryer"] == "b-2"
    assert (None, "b2baryer") not in registry.aliases


def test_the_same_release_adds_nothing_in_any_order_of_rows(tmp_path: Path) -> None:
    ingest(OLD, into=tmp_path / "log")
    head = kz.open(tmp_path / "log").head
    lines = OLD.read_bytes().split(b"\r\n")
    shuffled = tmp_path / "again.csv"
    shuffled.write_bytes(b"\r\n".join([*lines[:7], *lines[-3:-1], *reversed(lines[7:-3])]) + b"\r\n")
    again = ingest(OLD, shuffled, into=tmp_path / "log")
    assert [one.added for one in again.accounts] == [0, 0]
    assert again.head == head


def test_an_order_that_a_narrower_export_leaves_out_is_out_of_scope(tmp_path: Path) -> None:
    ingest(OLD, into=tmp_path / "log")
    text = NEW.read_text("cp1252").replace("'Not specified' to 'Not specified'", "'2019' to '2024'")
    kept = [
        line for line in text.split("\n") if not line.startswith(("Kazakhstan,Spain", "Kazakhstan,Ukraine", "Kenya"))
    ]
    narrow = tmp_path / "narrow.csv"
    narrow.write_text("\n".join(kept), "cp1252")
    done = ingest(narrow, into=tmp_path / "log")
    verdicts = dict(done.frame.select("deal", "verdict").rows())
    assert verdicts["sipri-at-kaz-esp-ox-400-2021"] == "out of scope"
    assert verdicts["sipri-at-ken-fra-pfeil-2012"] == "out of scope"
    assert verdicts["sipri-at-kaz-tur-top-dual-2016"] == "out of scope"
    assert held_units(tmp_path / "log", "2024")["KAZ top-dual"] == (131, 131)


def test_a_narrower_export_adds_its_years_to_what_is_known(tmp_path: Path) -> None:
    row = "Kenya,France,2012,,20,,Pfeil,UAV,{},,{},New,,1,2,2"
    head = OLD.read_text("cp1252").replace("\r\n", "\n").split("\n")[:7]
    for name, day, years, units in (("one", "2020", "2013; 2014", 4), ("two", "2024", "2019", 5)):
        text = "\n".join([*head, row.format(units, years)]).replace("18 Mar 2024", f"18 Mar {day}")
        if name == "two":
            text = text.replace("'Not specified' to 'Not specified'", "'2015' to '2023'")
        (tmp_path / name).write_text(text, "cp1252")
    ingest(tmp_path / "one", tmp_path / "two", into=tmp_path / "log")
    assert held_units(tmp_path / "log", "2023") == {"KEN pfeil": (9, 9)}
    assert held_units(tmp_path / "log", "2018") == {"KEN pfeil": (2, 8)}


def export(path: Path, day: str, years: tuple[str, str], *cells: tuple[str, str]) -> Path:
    """Write a register of one buyer in which each deal is what was delivered, and when; of a stretch of years."""
    head = OLD.read_text("cp1252").replace("\r\n", "\n").split("\n")[:7]
    first, last = years
    rows = [f"Kenya,France,{2010 + n},,30,,Pfeil-{n},UAV,{c[0]},,{c[1]},New,,1,2,2" for n, c in enumerate(cells)]
    text = "\n".join([*head, *rows]).replace("18 Mar 2024", f"18 Mar {day}")
    path.write_text(text.replace("'Not specified' to 'Not specified'", f"'{first}' to '{last}'"), "cp1252")
    return path


ALL = ("Not specified", "Not specified")


def test_a_revision_by_a_narrower_export_keeps_the_years_after_its_last_one(tmp_path: Path) -> None:
    whole = export(tmp_path / "whole", "2023", ALL, ("23", "2018; 2022"))
    narrow = export(tmp_path / "narrow", "2024", ("2010", "2020"), ("12", "2017; 2018"))
    ingest(whole, narrow, into=tmp_path / "log")
    assert held_units(tmp_path / "log", "2021") == {"KEN pfeil-0": (2, 33)}
    assert held_units(tmp_path / "log", "2022") == {"KEN pfeil-0": (13, 34)}


def test_a_narrower_release_put_in_front_says_its_own_years_only(tmp_path: Path) -> None:
    narrow = export(tmp_path / "narrow", "2023", ("2010", "2020"), ("11", "2018"), ("2", "2019"))
    whole = export(tmp_path / "whole", "2024", ALL, ("23", "2018; 2022"), ("5", "2008; 2019"))
    seen = []
    for first, second in ((narrow, whole), (whole, narrow)):
        log = tmp_path / f"log-{first.name}"
        ingest(first, into=log)
        ingest(second, into=log)
        seen.append(
            [held_units(log, on, published_by=by) for by in ("2023", "2024") for on in ("2010", "2018", "2022")]
        )
    assert seen[0] == seen[1]
    assert seen[0][2] == {"KEN pfeil-0": (11, 11), "KEN pfeil-1": (2, 2)}
    assert seen[0][5] == {"KEN pfeil-0": (23, 23), "KEN pfeil-1": (5, 5)}


def test_an_unknown_name_is_refused_once_with_near_names_and_nothing_is_written(tmp_path: Path) -> None:
    log = tmp_path / "log"
    kz.init(log, name="mine").append(
        [{"kind": "defined-system", "id": "falke-31", "name": "Falke-31", "category": "air/fighter"}]
    )
    head = kz.open(log).head
    with pytest.raises(kz.errors.NewNamesError) as caught:
        ingest(OLD, into=log, new_systems="refuse")
    assert caught.value.names[:2] == ("Falke-30", "Boar")
    assert "register_2024.csv:8: Falke-30: 1 row; did you mean falke-31?" in str(caught.value)
    assert "register_2024.csv:9: Boar: 2 rows; it would be boar (land/armoured/carrier)" in str(caught.value)
    assert kz.open(log).head == head


def test_names_may_be_defined_one_by_one_or_skipped(tmp_path: Path) -> None:
    done = ingest(OLD, into=tmp_path / "some", new_systems="skip")
    assert done.frame.is_empty()
    with pytest.raises(kz.errors.NewNamesError):
        ingest(OLD, into=tmp_path / "named", new_systems=["Boar"])
    only = ingest(OLD, into=tmp_path / "one", holders=["Houthi rebels (Yemen)"], new_systems=["Pfeil"])
    assert only.frame["deal"].to_list() == ["sipri-at-xaq-irn-pfeil-2019"]
    with pytest.raises(kz.errors.NotationError, match="not a way with new systems: 'all'; write refuse, define, skip"):
        ingest(OLD, into=tmp_path / "x", new_systems="all")


def test_a_comment_that_names_the_version_leads_to_that_system(tmp_path: Path) -> None:
    log = tmp_path / "log"
    kz.init(log, name="mine").append(
        [
            {"kind": "defined-system", "id": "falke-30sm", "name": "Falke-30SM", "category": "air/fighter"},
            {"kind": "defined-system", "id": "qaban", "name": "Qaban", "category": "land/armoured"},
            {"kind": "defined-system", "id": "zug", "name": "Zug", "category": "sea/frigate"},
        ]
    )
    ingest(OLD, NEW, into=log)
    found = held_units(log, "2024")
    assert found["KAZ falke-30sm"] == (20, 20)
    assert found["KAZ qaban"] == (94, 94)
    assert found["KAZ zug-land"] == (4, 4)


def test_a_release_without_a_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(kz.errors.FileError, match=r"register_bare.csv: no day of release .*; give release="):
        ingest(DATA / "register_bare.csv", into=tmp_path / "log")
    done = ingest(DATA / "register_bare.csv", into=tmp_path / "log", release="2023-03-13")
    assert account(done, "2023-03-13").counts == {"added": 3}


def test_a_file_that_shows_only_its_own_parties_withdraws_nothing_of_others(tmp_path: Path) -> None:
    ingest(OLD, into=tmp_path / "log")
    done = ingest(DATA / "register_bare.csv", into=tmp_path / "log", release="2025-01-01")
    assert account(done, "2025-01-01").counts == {"out of scope": 8, "unchanged": 3}


def test_both_levels_in_one_log_count_once(tmp_path: Path) -> None:
    deliveries = DATA / "deliveries_2024.csv"
    ingest(deliveries, into=tmp_path / "alone")
    ingest(OLD, deliveries, into=tmp_path / "both", holders=["KAZ"])
    ingest(deliveries, into=tmp_path / "turned", holders=["KAZ"])
    ingest(OLD, into=tmp_path / "turned", holders=["KAZ"])
    for on in ("2016", "2019", "2020", "2023"):
        alone = held_units(tmp_path / "alone", on)
        once = held_units(tmp_path / "both", on)
        turned = held_units(tmp_path / "turned", on)
        names = {"KAZ boar-apv": "KAZ boar"}
        assert {names.get(name, name): held for name, held in alone.items() if name != "KAZ b-2"} == {
            name: held for name, held in once.items() if name != "KAZ b-2"
        }
        assert {names.get(name, name): held for name, held in turned.items()} == once
    assert held_units(tmp_path / "both", "2023")["KAZ b-2"] == (40, 40)


QUOTE = {
    "kind": "delivered",
    "holder": "KAZ",
    "systems": ["Zug"],
    "into": "in-service",
    "occurred": "2015/2017",
    "quantity": "4",
}


@pytest.mark.parametrize(
    ("changes", "bounds"),
    [
        ({}, (4, 4)),
        ({"quantity": "at least 3"}, (4, 4)),
        ({"suppliers": ["DEU"]}, (4, 4)),
        ({"suppliers": ["FRA"]}, (4, 8)),
        ({"quantity": "5"}, (5, 9)),
        ({"occurred": "2017"}, (4, 8)),
    ],
)
def test_the_register_quoted_by_another_document_is_no_second_word(
    tmp_path: Path, changes: dict[str, object], bounds: tuple[int, int]
) -> None:
    log = tmp_path / "log"
    kz.init(log, name="mine").append(
        [
            {"kind": "defined-source", "id": "sipri-at", "title": "SIPRI Arms Transfers Database", "form": "register"},
            {"kind": "defined-source", "id": "paper", "title": "A paper", "form": "prose"},
            {"kind": "defined-document", "id": "paper-2020", "title": "A paper", "source": "paper"},
            {"kind": "defined-system", "id": "zug", "name": "Zug", "category": "land/armoured/tank"},
            {**QUOTE, **changes, "citations": [{"source": "sipri-at", "via": "paper-2020", "published": "2020"}]},
        ]
    )
    ingest(OLD, into=log)
    again = ingest(OLD, into=log)
    assert held_units(log, "2023")["KAZ zug"] == bounds
    assert again.accounts[0].added == 0


def test_each_difference_of_the_two_levels_is_listed() -> None:
    from kztimeline.importers import compared

    found = compared(kz.read_sipri_register(OLD), kz.read_sipri_deliveries(DATA / "deliveries_2024.csv"), holder="KAZ")
    assert found.select("designation", "what", "deal_level", "delivery_level").rows() == [
        ("Top-Dual", "form", None, "licence production")
    ]


def test_the_rows_of_a_party_are_what_it_received_and_what_it_supplied(tmp_path: Path) -> None:
    done = ingest(OLD, NEW, into=tmp_path / "log", parties=["France"])
    assert done.frame.select("verdict", "holder").rows() == [
        ("added", "XAU"), ("added", "KEN"), ("unchanged", "KEN"), ("unchanged", "XAU"),
    ]  # fmt: skip
    assert kz.open(tmp_path / "log").standing.registry.scopes == ()


def test_a_release_says_where_it_is_complete(both: tuple[Path, Ingested]) -> None:
    log, _ = both
    scopes = [s for s in kz.open(log).standing.registry.scopes if s.holder == "KEN"]
    assert [(s.of, s.period.text, s.systems) for s in scopes] == [
        ("flows", "1950/2022", ("adler-9", "pfeil-sea", "zug")),
        ("flows", "1950/2024", ("adler-9", "pfeil-sea", "zug")),
    ]


def test_what_is_written_in_bulk_is_what_a_draft_would_write(both: tuple[Path, Ingested]) -> None:
    for _, _, line in read_log(both[0]):
        value = value_of(line)
        assert event_of(__import__("json").loads(line)) == value


@given(st.dictionaries(st.sampled_from(["a", "note", "é"]), st.text() | st.integers(-9, 9) | st.lists(st.text())))
def test_bulk_lines_are_canonical(fields: dict[str, object]) -> None:
    from kztimeline.canonical import canonical_bytes

    plain = {("e" if key == "é" else key): value for key, value in fields.items()}
    try:
        expected = canonical_bytes(plain)
    except kz.errors.EventError:
        return
    assert line_bytes(plain) == expected


# --- laws over made-up releases -------------------------------------------------------------------------------

NAMES = ("Alpha", "Bravo", "Cargo 7", "Delta")
DAYS = ("2020-03-01", "2021-03-01", "2022-03-01")
WHOLE = Coverage(None, None, None, None, True, True, True)


@st.composite
def made_deals(draw: st.DrawFn, name: str) -> Deal:
    years = tuple(sorted(draw(st.sets(st.integers(2010, 2014), max_size=3))))
    units = len(years) + draw(st.integers(0, 3))
    tranches = (Tranche(years, Figure(units, draw(st.booleans()))),) if years else ()
    return Deal(
        id="", line=1, recipient="KAZ", supplier=draw(st.sampled_from(["RUS", "XXX"])), year=draw(st.integers(2009, 2011)),
        year_uncertain=draw(st.booleans()), ordered=Figure(draw(st.none() | st.integers(1, 9))), designation=name,
        description="UAV", comment=draw(st.sampled_from(["", "aid", "for a trial"])), form=None, tranches=tranches,
    )  # fmt: skip


@st.composite
def made_releases(draw: st.DrawFn) -> list[Reading]:
    readings = []
    for day in DAYS[: draw(st.integers(2, 3))]:
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
        deals = [draw(made_deals(name)) for name in names]
        ids, systems = numbered(deals), proposals(deals)
        placed = tuple(
            Deal(
                **{
                    name: getattr(deal, name) for name in Deal.__slots__ if name not in ("id", "systems", "__weakref__")
                },
                id=i,
                systems=(s,),
            )
            for deal, i, s in zip(deals, ids, systems, strict=True)
        )
        readings.append(Reading(day, "", REGISTER, len(deals), placed, None, (), day, WHOLE))
    return readings


def said(deals: object) -> list[tuple[object, ...]]:
    return sorted((content(deal) for deal in deals), key=repr)  # type: ignore[attr-defined]


@given(made_releases())
def test_each_release_is_seen_as_it_was_whatever_was_read_first(
    tmp_path_factory: pytest.TempPathFactory, readings: list[Reading]
) -> None:
    for order in permutations(readings):
        log = tmp_path_factory.mktemp("order") / "log"
        for reading in order:
            ingest(reading, into=log)
        table = held(read_log(log)).tables[REGISTER]
        for reading in readings:
            assert said(deals_on(table, reading.release)) == said(reading.deals)


@given(made_releases())
def test_what_the_importer_sees_is_what_a_view_sees(
    tmp_path_factory: pytest.TempPathFactory, readings: list[Reading]
) -> None:
    log = tmp_path_factory.mktemp("views") / "log"
    for reading in (readings[-1], *readings[:-1]):
        ingest(reading, into=log)
    table = held(read_log(log)).tables[REGISTER]
    for day in (*DAYS, "2019-12-31"):
        claims = kz.open(log).view(published_by=day).standing.claims
        seen = sorted((c.event.deal, c.event.kind, c.event.occurred.text) for c in claims)  # type: ignore[union-attr]
        words = [one.word(day) for told in table.values() for one in told.values()]
        assert seen == sorted((w["deal"], w["kind"], w["occurred"]) for w in words if w is not None)


@given(made_releases())
def test_reading_a_release_again_adds_nothing(
    tmp_path_factory: pytest.TempPathFactory, readings: list[Reading]
) -> None:
    log = tmp_path_factory.mktemp("again") / "log"
    ingest(*readings, into=log)
    again = ingest(*readings, into=log)
    assert [one.added for one in again.accounts] == [0] * len(readings)


@given(made_deals("Alpha"), made_deals("Alpha"))
def test_likeness_is_greatest_of_a_deal_with_itself(one: Deal, other: Deal) -> None:
    assert alike(one, one) == pytest.approx(1.0)
    assert 0 <= alike(one, other) <= 1.0 + 1e-9


@given(st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(1, 100), min_size=1))
def test_the_assignment_has_the_greatest_sum_of_likeness(weights: dict[tuple[int, int], int]) -> None:
    likeness = {pair: weight / 100 for pair, weight in weights.items()}
    chosen = _assigned(likeness)
    assert len(set(chosen.values())) == len(chosen)
    best = max(
        sum(likeness.get((row, column), 0.0) for row, column in enumerate(columns))
        for columns in permutations(range(8), 4)
    )
    assert sum(likeness[pair] for pair in chosen.items()) == pytest.approx(best)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("R-2", "R-2 Baryer", True),
        ("MiG-29", "Mig 29", True),
        ("Yenot torpedo", "Enot torpedo", True),
        ("BMP-2", "BMP-2M", False),
        ("Su-30MK", "Su-30SM", False),
        ("F-16C", "F-16C Block-50", False),
        ("Wing Loong II", "Wing Loong", False),
        ("M-113", "M-113A1", False),
        ("Alpha", "Bravo", False),
    ],
)
def test_spellings_of_one_name_are_told_from_variants(one: str, other: str, *, same: bool) -> None:
    assert same_name(one, other) is same
    assert same_name(other, one) is same


def test_a_deal_with_nothing_said_is_no_deal() -> None:
    assert deal_of("x", [], None) is None
    assert matched([], []) == {}


# --- the real releases ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kazakhstan(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pl.DataFrame]:
    log = tmp_path_factory.mktemp("real") / "log"
    folder = shared / "data" / "sipri"
    files = [folder / f"trade-register_{day}.csv.gz" for day in ("2024-03-18", "2025-03-13")]
    return log, ingest(*files, into=log, parties=["Kazakhstan"]).frame


def test_the_account_of_a_year_names_every_changed_deal(kazakhstan: tuple[Path, pl.DataFrame]) -> None:
    _, both_releases = kazakhstan
    assert both_releases.filter(release="2024-03-18").height == 105
    frame = both_releases.filter(release="2025-03-13")
    assert frame.filter(pl.col("verdict") != "withdrawn").height == 107
    assert frame.filter(pl.col("on_paper").str.contains("described otherwise")).height == 29
    found = frame.filter(pl.col("verdict") != "unchanged").select(
        "supplier", "designation", "verdict", "before", "after"
    )
    before_after = {(s, d, v): (b, a) for s, d, v, b, a in found.rows()}
    assert before_after == {
        ("RUS", "Su-30MK", "revised"): (
            "Su-30MK: ordered 12 in 2017; delivered 10 in {2019,2020,2022}",
            "Su-30MK: ordered 12 in 2018; delivered 12 in {2019,2020,2021,2022}",
        ),
        ("RUS", "Su-30MK", "added"): (None, "Su-30MK: ordered 12? in 2021?; delivered 8 in 2024"),
        ("ZAF", "Marauder", "revised"): (
            "Marauder: ordered 41? in 2018; delivered 41? in {2019,2020}",
            "Marauder: ordered unknown in 2018; delivered 94 in {2019,2020,2024}",
        ),
        ("ESP", "A400M Atlas", "revised"): (
            "A400M Atlas: ordered 2 in 2021; delivered none",
            "A400M Atlas: ordered 2 in 2021; delivered 1 in 2024",
        ),
        ("DEU", "TP400-D6", "revised"): (
            "TP400-D6: ordered 8 in 2021; delivered none",
            "TP400-D6: ordered 8 in 2021; delivered 4 in 2024",
        ),
        ("TUR", "Cobra-2", "added"): (None, "Cobra-2: ordered 45? in 2024?; delivered 45 in 2024"),
        ("XXX", "vehicle engine", "added"): (None, "vehicle engine: ordered 45? in 2024?; delivered 45 in 2024"),
        ("TUR", "SARP-Dual", "withdrawn"): (
            "SARP-Dual: ordered 131? in 2016; delivered 131? in {2016,2017,2018,2019,2020}",
            None,
        ),
    }
    assert frame.filter(pl.col("on_paper").str.contains("spelt otherwise"))["designation"].to_list() == ["R-2 Baryer"]
    assert (
        frame.filter(verdict="unchanged").filter(pl.col("on_paper").str.contains("lost at number delivered")).height
        == 45
    )


def test_the_two_real_levels_agree_deal_by_deal_in_units_and_years(shared: Path) -> None:
    from kztimeline.importers import compared

    folder = shared / "data" / "sipri"
    register = kz.read_sipri_register(folder / "trade-register_2024-03-18.csv.gz")
    deliveries = kz.read_sipri_deliveries(folder / "deliveries_2024-04-13_1990-2023.csv.gz")
    found = compared(register, deliveries)
    assert found.filter(pl.col("what") != "form").is_empty()
    assert set(found.filter(holder="KAZ")["designation"]) == {
        "CARDOM 120mm", "Lynx", "Semser 122mm", "Project-22180", "EC145", "Cobra", "SARP-Dual",
    }  # fmt: skip


def test_a_view_before_a_release_does_not_know_how_far_it_reaches(tmp_path: Path) -> None:
    ingest(NEW, OLD, into=tmp_path / "log")
    tl = kz.open(tmp_path / "log")
    reach = {
        view: {s.period.text for s in tl.view(published_by=view).standing.registry.scopes} for view in ("2024", "2025")
    }
    assert reach == {"2024": {"1950/2022"}, "2025": {"1950/2022", "1950/2024"}}
