"""Editions as printed: names, figures and coverage are read by general steps, and nothing is lost."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

import kztimeline as kz
from kztimeline.editions import Coverage, read_editions
from kztimeline.editions.printed import members_of
from kztimeline.errors import NotationError, UnknownNameError
from kztimeline.registry import build, fold

HEADER = "edition,service,category,subcategory,item,qty,qty_op,state,row_kind\n"


@pytest.mark.parametrize(
    ("item", "members"),
    [
        ("T-72", [("T-72",)]),
        ("BTR-80A/82A", [("BTR-80A",), ("BTR-82A",)]),
        ("MiG-31/MiG-31BM", [("MiG-31",), ("MiG-31BM",)]),
        ("2B11/M-120", [("2B11",), ("M-120",)]),
        ("AIM-120A/B/C AMRAAM", [("AIM-120A",), ("AIM-120B",), ("C AMRAAM",)]),
        ("9K79 Tochka (SS-21)", [("9K79 Tochka", "SS-21")]),
        ("2K11 Krug (SA-4)/S-200 (SA-5)", [("2K11 Krug", "SA-4"), ("S-200", "SA-5")]),
        ("BA-64, BTR-40, and BTR-152", [("BA-64",), ("BTR-40",), ("BTR-152",)]),
        ("Search and rescue", [("Search and rescue",)]),
    ],
)
def test_a_row_names_its_systems_and_their_second_names(item: str, members: list[tuple[str, ...]]) -> None:
    assert list(members_of(item, ())) == members


def test_a_second_name_is_refused_where_the_name_alone_is_another_row() -> None:
    assert members_of("Su-24 (recce)", {fold("Su-24")}) == (("Su-24 (recce)",),)


def written(tmp_path: Path, rows: str, name: str = "file.csv") -> Path:
    path = tmp_path / name
    data = (HEADER + rows).encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["file.csv", "file.csv.gz"])
def test_rows_are_read_with_path_account_role_and_figure(tmp_path: Path, name: str) -> None:
    rows = "2012,army,ARTY,TOWED 122mm,D-30,300,<=,in-store,item\n2012,army,ARTY,,,602,=,,printed-total\n"
    ((key, edition),) = read_editions(written(tmp_path, rows, name), build(())).items()
    assert key == ("2012", "KAZ")
    assert (edition.id, edition.source, edition.coverage) == ("iiss-mb-2012", "iiss-mb", {"army": Coverage.WHOLE})
    item, total = edition.rows
    assert (item.path, item.stored, item.quantity.low, item.quantity.high) == (("ARTY", "TOWED", "122mm"), True, 0, 300)
    assert (total.item, total.role, total.text) == (None, "total", "602")


@pytest.mark.parametrize(
    ("figure", "sign", "low", "high", "refused"),
    [
        ("", "present", 1, None, 0),
        ("40", ">=", 40, None, 0),
        ("", "", 0, None, 0),
        ("110.0", "=", 110, 110, 0),
        ("j8", "=", 0, None, 1),
    ],
)
def test_every_figure_is_read_or_refused_and_counts_as_unknown(
    tmp_path: Path, figure: str, sign: str, low: int, high: int | None, refused: int
) -> None:
    path = written(tmp_path, f"2012,army,MBT,,T-72,{figure},{sign},active,item\n")
    (edition,) = read_editions(path, build(())).values()
    assert (edition.rows[0].quantity.low, edition.rows[0].quantity.high) == (low, high)
    assert [(r.place, r.text) for r in edition.refused] == [("row 2", figure)] * refused


def test_a_sign_that_nobody_knows_and_an_item_without_a_name_are_told(tmp_path: Path) -> None:
    rows = "2012,army,A,,T-72,5,<>,active,item\n2012,army,A,,,7,=,active,item\n2012,army,B,,,7,=,active,\n"
    (edition,) = read_editions(written(tmp_path, rows), build(())).values()
    assert [(r.place, r.reason) for r in edition.refused] == [
        ("row 2", "no sign '<>'; known: =, >=, <=, >, ~, present, some"),
        ("row 3", "an item without a name; it is read as a printed total of its category"),
    ]
    assert [(row.text, row.quantity.high, row.role) for row in edition.rows] == [
        ("<> 5", None, "item"), ("7", 7, "total"), ("7", 7, "total"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("5,=,mothballed,item", "row 2, state: no meaning for 'mothballed'; known: 'held', .*; name it under accounts"),
        ("5,=,active,subtotal", "row 2, row_kind: no meaning for 'subtotal'; known: 'item', .*; name it under roles"),
    ],
)
def test_words_without_a_meaning_are_refused_until_a_mapping_gives_one(tmp_path: Path, row: str, message: str) -> None:
    path = written(tmp_path, f"2012,army,A,,T-72,{row}\n")
    with pytest.raises(NotationError, match=message):
        read_editions(path, build(()))
    meant: dict[str, object] = {"accounts": {"mothballed": "in-store"}, "roles": {"subtotal": "total"}}
    (edition,) = read_editions(path, build(()), meant).values()
    assert (edition.rows[0].stored, edition.rows[0].role) == ((True, "item") if "moth" in row else (False, "total"))


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"coverage": "some"}, "not a value of coverage in a mapping: 'some'; write one of whole, partial, none"),
        ({"profile": "mb"}, "not a value of profile in a mapping: 'mb'; write one of "),
        ({"accounts": {"x": "lost"}}, "not a value of accounts.x in a mapping: 'lost'; write one of held, active"),
    ],
)
def test_a_mapping_with_a_value_that_means_nothing_is_refused(
    tmp_path: Path, mapping: dict[str, object], message: str
) -> None:
    with pytest.raises(NotationError, match=message):
        kz.read_edition(written(tmp_path, "2012,army,A,,T-72,5,=,active,item\n"), mapping)


def test_a_workbook_is_read_as_the_same_rows(tmp_path: Path) -> None:
    rows = "2012,Army,ARTY,TOWED 122mm,D-30,300,<=,in-store,item\n2012,army,ARTY,,,602,=,,printed-total\n"
    path = written(tmp_path, rows)
    book = tmp_path / "book.xlsx"
    pl.read_csv(path).write_excel(book)
    ((key, edition),) = read_editions(book, build(())).items()
    assert {key: edition} == read_editions(path, build(()))
    assert (edition.rows[0].service, edition.rows[0].quantity.high) == ("army", 300)


def test_unknown_names_are_listed_once(tmp_path: Path) -> None:
    path = written(tmp_path, "2012,army,A,,Zzz,1,=,active,item\n2012,army,B,,Zzz,1,=,active,item\n")
    (edition,) = read_editions(path, build(())).values()
    assert edition.unresolved == ("Zzz",)


def test_a_file_with_other_columns_needs_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("year,branch,type,name,count\n2012,army,tank,T-72,5\n")
    with pytest.raises(
        NotationError, match="no column category, item, qty among year, branch, type, name, count; name the"
    ):
        kz.read_edition(path)
    mapping: dict[str, object] = {
        "edition": "year", "service": "branch", "category": ["type"], "item": "name", "figure": "count",
    }  # fmt: skip
    (row,) = kz.read_edition(path, mapping).rows
    assert (row.service, row.path, row.text) == ("army", ("tank",), "5")
    with pytest.raises(NotationError, match="unknown field in a mapping: 'figures'; did you mean figure"):
        kz.read_edition(path, {"figures": "count"})


def test_of_several_editions_one_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "2012,army,A,,X,1,=,active,item\n2013,army,A,,X,1,=,active,item\n")
    with pytest.raises(
        UnknownNameError, match="holds several editions; name one with edition= and holder=: 2012 KAZ, 2013"
    ):
        kz.read_edition(path)
    assert kz.read_edition(path, edition="2013").id == "iiss-mb-2013"


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotationError, match="no row below the header; name a file with rows"):
        kz.read_edition(written(tmp_path, ""))
