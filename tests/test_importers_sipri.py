"""The register's files: every quirk of the real formats once, every row accounted for."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

import kztimeline as kz
from kztimeline.importers.categories import path_of
from kztimeline.importers.deals import form_of, names_in, slug
from kztimeline.importers.parties import code_of, name_of
from kztimeline.importers.reading import Reading

DATA = Path(__file__).parent / "data"
HEADER = "Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,Number delivered, ,Year(s) of delivery,status,Comments,a,b,c"
Row = tuple[object, ...]


def register(name: str, **options: str) -> Reading:
    return kz.read_sipri_register(DATA / name, **options)


def rows(reading: Reading, *columns: str, **wanted: object) -> list[Row]:
    return reading.frame.filter(**wanted).select(columns).rows()


def written(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "register.csv"
    path.write_bytes(("\n".join((HEADER, *lines)) + "\n").encode(encoding))
    return path


def test_a_register_gives_orders_and_deliveries_with_exact_sets_of_years() -> None:
    found = rows(
        register("register_2024.csv"),
        "kind",
        "time_edtf",
        "quantity",
        "low",
        "high",
        deal="sipri-at-kaz-rus-falke-30-2017",
    )
    assert found == [
        ("ordered", "2017", "12", 12, 12),
        ("delivered", "{2019,2020,2022}", "10", 10, 10),
    ]


def test_the_day_of_release_and_the_scope_come_from_the_preamble_and_the_rows() -> None:
    whole, narrow = register("register_2024.csv"), register("register_2022.csv")
    assert (whole.release, narrow.release) == ("2024-03-18", "2022-03-14")
    assert whole.coverage is not None
    assert narrow.coverage is not None
    assert whole.coverage.whole
    assert whole.coverage.undelivered
    assert (narrow.coverage.recipients, narrow.coverage.first, narrow.coverage.last) == (frozenset({"KAZ"}), 2014, 2021)
    assert not narrow.coverage.undelivered
    assert narrow.data_day == "2021-12-31"


def test_a_record_broken_over_two_lines_is_one_deal() -> None:
    assert rows(
        register("register_2024.csv"), "line", "note", deal="sipri-at-ken-isr-adler-9-2015", kind="ordered"
    ) == [(18, "Adler-9 · UAV · 3-year lease; for use in the north")]


def test_two_cut_rows_are_not_one_broken_record(tmp_path: Path) -> None:
    first = "Kenya,France,2012,,2,,Pfeil,UAV,2,,2013,New,For the"
    path = written(tmp_path, first, "Kenya,France,2014,", first, "north; aid,1,2,2")
    reading = kz.read_sipri_register(path)
    assert reading.rows == 3
    assert [str(problem) for problem in reading.refused] == [
        "register.csv:3: 4 cells where the header has 16: the row is cut; mend the row"
    ]
    assert [deal.comment for deal in reading.deals] == ["For the", "For the north; aid"]


def test_an_empty_number_ordered_is_unknown_and_not_zero() -> None:
    assert rows(register("register_2024.csv"), "quantity", "low", deal="sipri-at-kaz-deu-zug-2015") == [
        (None, None),
        ("4?", 4),
    ]


def test_marks_are_kept_and_move_no_bound() -> None:
    assert rows(
        register("register_2024.csv"), "time_edtf", "quantity", "low", "high", system="b-2", kind="ordered"
    ) == [("2013?", "40?", 40, 40)]


def test_an_order_without_deliveries_is_an_order_alone() -> None:
    assert rows(register("register_2024.csv"), "kind", system="ox-400") == [("ordered",)]


def test_old_windows_letters_are_read() -> None:
    assert rows(register("register_2024.csv"), "note", system="zug", holder="KAZ", kind="ordered") == [
        ("Zug · tank · Über die Grenze",)
    ]


def test_second_hand_and_licence_production_are_forms() -> None:
    found = dict(rows(register("register_2024.csv"), "deal", "form", kind="ordered"))
    assert found["sipri-at-kaz-deu-zug-2015"] == "second hand but modernised"
    assert found["sipri-at-ken-xxx-zug-2011"] == "second hand"
    assert found["sipri-at-kaz-zaf-boar-2018"] == "licence production"
    assert found["sipri-at-kaz-rus-falke-30-2017"] is None


def test_a_possible_licence_is_no_licence() -> None:
    assert rows(register("register_2024.csv"), "form", system="top-dual", kind="ordered") == [(None,)]
    assert form_of("New", "Assembled from kits in X") == "licence production"
    assert form_of("New", "probably assembled from kits in X; other words") is None


def test_armed_groups_organisations_and_unknown_suppliers_have_codes() -> None:
    parties = {(holder, supplier) for holder, supplier in rows(register("register_2024.csv"), "holder", "supplier")}
    assert {("XAQ", "IRN"), ("XAU", "FRA"), ("KEN", "XXX")} <= parties


def test_one_designation_of_two_kinds_of_things_becomes_two_systems() -> None:
    assert set(rows(register("register_2024.csv"), "system", "category", designation="Pfeil")) == {
        ("pfeil", "air/drone/armed"),
        ("pfeil-sea", "sea/patrol"),
    }


def test_semicolons_between_cells_a_mark_at_the_front_and_semicolons_at_line_ends_are_read() -> None:
    reading = register("register_2022.csv")
    assert (len(reading.deals), reading.refused) == (2, ())
    assert rows(reading, "time_edtf", "note", system="falke-30") == [
        ("2017", "Falke-30 · FGA aircraft · Falke-30SM version; two lots"),
        ("{2019,2020,2021}", None),
    ]


def test_a_register_without_preamble_and_marks_takes_the_day_it_is_given() -> None:
    reading = register("register_bare.csv", release="2023-03-13")
    assert reading.release == "2023-03-13"
    assert reading.coverage is not None
    assert not reading.coverage.stated
    assert rows(reading, "quantity", system="boar") == [("41?",), ("41?",)]
    assert register("register_bare.csv").release is None


def test_a_release_that_is_no_day_is_refused() -> None:
    with pytest.raises(kz.errors.NotationError, match=r"a release is a day, not '2023'; write 2024-03-18"):
        register("register_bare.csv", release="2023")


def test_a_gzipped_register_is_the_same_register(tmp_path: Path) -> None:
    packed = tmp_path / "register.csv.gz"
    packed.write_bytes(gzip.compress((DATA / "register_2024.csv").read_bytes()))
    assert kz.read_sipri_register(packed).deals == register("register_2024.csv").deals


def test_ids_of_deals_do_not_hang_on_the_order_of_rows(tmp_path: Path) -> None:
    same = "Kenya,France,2012,,2,,Pfeil,UAV,{},,{},New,,1,2,2"
    lines = [same.format(2, 2013), same.format(1, 2014), same.format(2, 2013)]
    one = kz.read_sipri_register(written(tmp_path, *lines))
    other = kz.read_sipri_register(written(tmp_path, *reversed(lines)))
    assert {(d.id, d.years) for d in one.deals} == {(d.id, d.years) for d in other.deals}
    assert len({d.id for d in one.deals}) == 3


def test_a_table_of_deliveries_gives_deals_by_their_number() -> None:
    reading = kz.read_sipri_deliveries(DATA / "deliveries_2024.csv")
    assert reading.refused == ()
    assert sum(len(deal.tranches) for deal in reading.deals) == reading.rows == 10
    assert rows(reading, "kind", "time_edtf", "quantity", "form", deal="sipri-at-102") == [
        ("ordered", "2018", None, "licence production"),
        ("delivered", "2019", "21?", "licence production"),
        ("delivered", "2020", "20?", "licence production"),
    ]
    assert rows(reading, "designation", deal="sipri-at-105", kind="ordered") == [("Zug",)]


REFUSED = [
    ("Atlantis,France,2012,,2,,Pfeil,UAV,2,,2013,New,,1,2,2", "recipient: no party is called 'Atlantis'"),
    ("Kenya,,2012,,2,,Pfeil,UAV,2,,2013,New,,1,2,2", "supplier: nobody"),
    ("Kenya,France,12,,2,,Pfeil,UAV,2,,2013,New,,1,2,2", "years: not years: '12'; they are written 2019; 2020"),
    ("Kenya,France,,,2,,Pfeil,UAV,2,,2013,New,,1,2,2", "year: not a year: ''"),
    ("Kenya,France,2012,,two,,Pfeil,UAV,2,,2013,New,,1,2,2", "ordered: not a number of units: 'two'"),
    ("Kenya,France,2012,,-2,,Pfeil,UAV,2,,2013,New,,1,2,2", "ordered: not a number of units: '-2'"),
    ("Kenya,France,2012,x,2,,Pfeil,UAV,2,,2013,New,,1,2,2", "year: the mark after it is 'x', not '?' or nothing"),
    ("Kenya,France,2012,,2,,Pfeil,UAV,2,,,New,,1,2,2", "years: 2 delivered, but in no year"),
    ("Kenya,France,2012,,2,,Pfeil,UAV,0,,2013,New,,1,2,2", "years: delivered in 2013, but no unit"),
    ("Kenya,France,2012,,2,,Pfeil,UAV,1,,2013; 2014,New,,1,2,2", "years: 1 delivered over 2 years; at least one"),
    ("Kenya,France,2012,,2,,,,2,,2013,New,,1,2,2", "designation: no weapon is named"),
    ("Kenya,France", "2 cells where the header has 16: the row is cut"),
    (
        "Kenya,France,2012,,2,,Pfeil,UAV,2,,2013,New,,1,2,2,Kenya,France,2014,,1,,Bogen,UAV,1,,2015,New,,1,2,2",
        "32 cells where the header has 16: a separator too many, or two rows on one line; mend the row",
    ),
    (
        "Kenya,France,2012,,2,,Pfeil,UAV,2,,2013,New,Test 9,,Bogen,UAV,1,,2015,New,aid,1,2,2",
        "24 cells where the header has 16: a separator too many, or two rows on one line; mend the row",
    ),
    (
        "Kenya,France,2012,,2,,Pfeil,UAV,2,,2013,Second h2004,?,2,?,Bogen,UAV,2,?,2005,New,,1,2,2",
        "25 cells where the header has 16: a separator too many, or two rows on one line; mend the row",
    ),
    ("Kenya,France,1012,,2,,Pfeil,UAV,2,,2013,New,,1,2,2", "years: 1012 is before 1900; mend the year"),
]


@pytest.mark.parametrize(("line", "reason"), REFUSED, ids=[reason[:30] for _, reason in REFUSED])
def test_a_row_that_means_nothing_is_refused_with_its_line_and_the_others_stand(
    tmp_path: Path, line: str, reason: str
) -> None:
    good = "Kenya,France,2012,,2,,Pfeil,UAV,2,,2013,New,,1,2,2"
    reading = kz.read_sipri_register(written(tmp_path, good, line, good))
    assert len(reading.deals) == 2
    assert len(reading.refused) == 1
    assert str(reading.refused[0]).startswith(f"register.csv:3: {reason}")
    assert reading.rows == len(reading.deals) + len(reading.refused)


def test_a_year_after_the_release_is_refused(tmp_path: Path) -> None:
    late = "Kenya,France,2012,,2,,Pfeil,UAV,2,,2013; 2103,New,,1,2,2"
    reading = kz.read_sipri_register(written(tmp_path, late), release="2024-03-18")
    assert [str(problem) for problem in reading.refused] == [
        "register.csv:2: years: 2103 is after the release of 2024-03-18; mend the year"
    ]


def test_a_row_on_the_line_of_the_header_is_told(tmp_path: Path) -> None:
    row = "Kenya,France,2012,,2,,Pfeil,UAV,2,,2013,New,,1,2,2"
    path = written(tmp_path, row, row)
    path.write_text(path.read_text("utf-8").replace("\n", "", 1), "utf-8")
    with pytest.raises(kz.errors.FileError, match=r"register.csv:1: France is no heading: a row stands on the line of"):
        kz.read_sipri_register(path)


def test_two_columns_of_one_meaning_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "Kenya,France,2012,,2,,Pfeil,UAV,2,,2013,New,,1,2,2")
    path.write_text(path.read_text("utf-8").replace("status", "Number delivered"), "utf-8")
    with pytest.raises(
        kz.errors.FileError,
        match=r"register.csv:1: column 9 \(Number delivered\) and column 12 \(Number delivered\) mean the same; take",
    ):
        kz.read_sipri_register(path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("101,Russia", "x,Russia"), r"id: not a number of SIPRI's: 'x'"),
        (("102,South Africa", "101,South Africa"), "id: the number of this deal is that of another one on line 8"),
        ((",4,No,2020,", ",4,No,2019,"), "years: the deal on line 8 has deliveries of this year already"),
        ((",4,No,2020,", ",4,Perhaps,2020,"), "delivered_flag: neither Yes nor No: 'perhaps'"),
        ((",4,No,2020,", ",,No,2020,"), "delivered: a delivery is a number of units in one year"),
    ],
)
def test_a_delivery_that_means_nothing_is_refused(tmp_path: Path, change: tuple[str, str], reason: str) -> None:
    path = tmp_path / "deliveries.csv"
    text = (DATA / "deliveries_2024.csv").read_text("utf-8")
    path.write_text(text.replace(*change, 1), "utf-8")
    reading = kz.read_sipri_deliveries(path)
    assert any(re.search(reason, str(problem)) for problem in reading.refused)
    assert sum(len(deal.tranches) for deal in reading.deals) + len(reading.refused) == reading.rows


def test_a_file_that_is_no_register_says_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(kz.errors.FileError, match=r"other.csv: no header with recipient, supplier among the first 60"):
        kz.read_sipri_register(path)
    path.write_text("Recipient,Supplier,Year of order\nKenya,France,2012\n", "utf-8")
    with pytest.raises(
        kz.errors.FileError, match=r"other.csv:1: no column for ordered, .*; the header has Recipient, S"
    ):
        kz.read_sipri_register(path)


def test_names_in_comments_are_versions_designations_and_names_of_local_production() -> None:
    said = "$1 m deal; Su-30SM version; Afghan designation Jengi; Produced under licence in Kazakhstan as Arlan"
    assert list(names_in(said)) == ["Su-30SM", "Jengi", "Arlan"]
    assert list(names_in("incl for 2 ships; as part of a deal")) == []


def test_parties_have_the_codes_of_iso_or_ones_that_iso_leaves_to_users() -> None:
    assert [code_of(n) for n in ("Türkiye", "turkey", "USA", "Viet Cong (South Vietnam)*", "NATO**", "Nowhere")] == [
        "TUR", "TUR", "USA", "XBY", "XNT", None,
    ]  # fmt: skip
    assert name_of("KAZ") == "Kazakhstan"
    assert name_of("QQQ") == "QQQ"


@pytest.mark.parametrize(
    ("description", "path"),
    [
        ("FGA aircraft", "air/fighter"),
        ("(armed) UAV", "air/drone/armed"),
        ("infantry fighting vehicle", "land/armoured/carrier"),
        ("IFV turret", "component/equipment"),
        ("anti-radar missile", "missile/anti-radar"),
        ("naval SAM system", "sea/weapon"),
        ("SIGINT ship", "sea/support"),
        ("turboprop", "engine/turboprop"),
        ("a thing nobody knows", "other"),
    ],
)
def test_descriptions_lead_to_categories(description: str, path: str) -> None:
    assert path_of(description) == path


def test_an_id_is_made_of_letters_digits_and_hyphens() -> None:
    assert [slug(text) for text in ("Su-30MK", "AS365/AS565 Panther", "Göteborg", "×")] == [
        "su-30mk", "as365-as565-panther", "goteborg", "x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "count"),
    [("trade-register_2024-03-18.csv.gz", 29056), ("trade-register_2025-03-13.csv.gz", 29515)],
)
def test_every_row_of_a_world_register_is_a_deal_or_refused_with_a_reason(shared: Path, name: str, count: int) -> None:
    reading = kz.read_sipri_register(shared / "data" / "sipri" / name)
    assert reading.rows == reading.read + len(reading.refused) == count
    assert len(reading.refused) < 6
    assert len({deal.id for deal in reading.deals}) == len(reading.deals)
    assert all(path_of(deal.description) != "other" for deal in reading.deals)


def test_every_row_of_the_world_table_of_deliveries_is_a_delivery_or_refused(shared: Path) -> None:
    reading = kz.read_sipri_deliveries(shared / "data" / "sipri" / "deliveries_2024-04-13_1990-2023.csv.gz")
    assert reading.rows == reading.read + len(reading.refused) == 27838
    assert len(reading.refused) < 6
