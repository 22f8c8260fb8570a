"""Anybody's table: a checked mapping, problems cell by cell, a template that comes back, names resolved."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import fastexcel
import polars as pl
import pytest
import xlsxwriter

import kztimeline as kz
from kztimeline.exports import export
from kztimeline.importers.events import in_cells
from kztimeline.importers.fields import COLUMNS, column_of, event_fields, row_of
from kztimeline.importers.grids import letters_of
from kztimeline.importers.mapping import mapping_of
from kztimeline.importers.template import allowed, mark_problems, write_template

MAPPING = """
note = "gifts of 2016"
[columns]
holder = "Wer"
occurred = "Tag"
systems = "Was"
quantity = "Zahl"
kind = "Art"
suppliers = "Von"
[defaults]
into = "in-service"
source = "mine"
published = "2017-03"
[values.kind]
"bekommen" = "delivered"
[split]
suppliers = "/"
[dates]
occurred = "day month year"
"""
TABLE = (
    "Tag;Wer;Was;Zahl;Art;Von\n3.5.2016;Kasachstan;Falke;2;Bekommen;Turkey/RUS\n;;;;;\n2016;KAZ;falke;some;delivered;\n"
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    kz.init(tmp_path / "log", name="mine").append(
        [
            {"kind": "defined-source", "id": "mine", "title": "Mine", "form": "list"},
            {"kind": "defined-system", "id": "falke", "name": "Falke", "category": "air/fighter"},
        ]
    )
    return tmp_path / "log"


def files(tmp_path: Path, table: str = TABLE, mapping: str = MAPPING) -> tuple[Path, Path]:
    (tmp_path / "table.csv").write_text(table, "utf-8")
    (tmp_path / "map.toml").write_text(mapping, "utf-8")
    return tmp_path / "table.csv", tmp_path / "map.toml"


def sheet(path: Path, rows: list[list[object]], at: tuple[int, int] = (0, 0)) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet("events")
        for number, row in enumerate(rows):
            page.write_row(at[0] + number, at[1], row)
    return path


def test_a_table_reads_by_its_mapping(tmp_path: Path, log: Path) -> None:
    table, mapping = files(tmp_path, TABLE.replace("Kasachstan", "Kazakhstan"))
    reading = kz.read_table(table, mapping=mapping)
    assert reading.frame.select("line", "kind", "holder", "supplier", "time_edtf", "quantity").rows() == [
        (2, "delivered", "KAZ", "TUR RUS", "2016-05-03", "2"),
        (4, "delivered", "KAZ", None, "2016", "some"),
    ]
    done = kz.ingest(table, into=log, mapping=mapping)
    assert done.accounts[0].added == 2
    assert [e.event.systems for e in kz.open(log).standing.claims] == [("falke",), ("falke",)]  # type: ignore[union-attr]
    assert kz.ingest(reading, into=log).accounts[0].added == 0


def test_every_problem_of_a_table_is_told_with_its_cell(tmp_path: Path, log: Path) -> None:
    table, mapping = files(tmp_path, TABLE.replace("some", "viele").replace(";falke;", ";Falken;"))
    with pytest.raises(kz.errors.DraftError) as caught:
        kz.ingest(table, into=log, mapping=mapping)
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 3
    assert told[0].startswith("table.csv:2: B (holder): not an ISO 3166 code: 'Kasachstan'")
    assert told[2].startswith("table.csv:4: D (quantity): not a quantity: 'viele'")
    assert told[1].startswith("table.csv:4: C (systems): no system is called 'Falken'; did you mean falke")
    assert len(kz.open(log).placed) == 2


MAPPINGS = [
    ("", "columns: no column is named"),
    ("colums = 1\n[columns]\nkind = 'Art'", "1: colums: no part of a mapping; did you mean columns"),
    ("[columns]\nkind = 'Art'\nsystem = 'Was'", "3: columns.system: no such field; did you mean systems"),
    ("[columns]\nkind = 3.5", "2: columns.kind: this is text; write it in quotation marks"),
    ("heading = 0\n[columns]\nkind = 'Art'", "1: heading: the row of the headings is a whole number from 1"),
    ("decimal = ';'\n[columns]\nkind = 'Art'", "1: decimal: the sign before the tenths"),
    ("sheet = 1\n[columns]\nkind = 'Art'", "1: sheet: this is text"),
    ("columns = 1", "1: columns: a table; write [columns] and its keys below"),
    ("[columns]\nkind = 'Art'\n[values]\nkind = 1", "4: values.kind: words and their values"),
    ("values = 1\n[columns]\nkind = 'Art'", "1: values: tables of words"),
    ("[columns]\nkind = 'Art'\n[values.kin]\na = 'b'", "values.kin: no such field; did you mean kind"),
    ("[columns]\nkind = 'Art'\n[split]\nkind = '/'", "4: split.kind: no such field; known: systems, suppliers"),
    ("[columns]\nkind = 'Art'\n[dates]\noccurred = 'day day year'", "4: dates.occurred: not an order: 'day day year'"),
    (
        "[columns]\nkind = 'Art'\n[split]\nsystems = ''",
        "4: split.systems: empty text separates nothing; write the sign between",
    ),
    ("[columns", ": not TOML: "),
]


@pytest.mark.parametrize(("text", "message"), MAPPINGS, ids=[message for _, message in MAPPINGS])
def test_a_mapping_is_checked_before_a_row_is_read(tmp_path: Path, text: str, message: str) -> None:
    table, mapping = files(tmp_path, mapping=text)
    with pytest.raises(kz.errors.DraftError) as caught:
        kz.read_table(table, mapping=mapping)
    assert any(message in str(problem) for problem in caught.value.problems)


def test_all_problems_of_a_mapping_come_together() -> None:
    with pytest.raises(kz.errors.DraftError) as caught:
        mapping_of({"a": 1, "columns": {"b": "c"}, "defaults": {"kind": True}}, "m", {})
    assert [problem.path for problem in caught.value.problems] == ["a", "columns.b", "defaults.kind", "columns"]


def test_half_a_character_in_a_mapping_is_told() -> None:
    half = {"columns": {"kind": "Art"}, "defaults": {"note": "\ud800"}, "values": {"holder": {"KAZ": "x\udfff"}}}
    with pytest.raises(kz.errors.DraftError) as caught:
        mapping_of(half, "m", {})
    assert [(problem.path, problem.message[:29]) for problem in caught.value.problems] == [
        ("defaults.note", "text with half a character (a"),
        ("values.holder.KAZ", "text with half a character (a"),
    ]


def test_two_readings_of_one_table_are_equal(tmp_path: Path) -> None:
    table, mapping = files(tmp_path)
    one = kz.read_table(table, mapping=mapping)
    assert one == kz.read_table(table, mapping=mapping)
    table.write_text(TABLE.replace("some", "3"), "utf-8")
    assert one.events != kz.read_table(table, mapping=mapping).events


def test_a_heading_that_the_table_does_not_have_is_told_with_near_ones(tmp_path: Path) -> None:
    table, mapping = files(tmp_path, mapping='[columns]\nquantity = "Zahlen"\n')
    with pytest.raises(
        kz.errors.DraftError, match=r"no heading 'Zahlen' in table.csv; did you mean Zahl; it has Tag, Wer"
    ):
        kz.read_table(table, mapping=mapping)


@pytest.mark.parametrize(
    ("written", "read"),
    [("3.5.2016", "2016-05-03"), ("05/2016", "2016-05"), ("2016-2018", "2016-2018"), ("2016-05", "2016-05")],
)
def test_a_date_in_the_tables_order_may_lack_its_day(tmp_path: Path, written: str, read: str) -> None:
    table, mapping = files(tmp_path, table=TABLE.replace("3.5.2016", written))
    assert kz.read_table(table, mapping=mapping).frame["time_edtf"][0] == read


@pytest.mark.parametrize(
    ("written", "amount"),
    [("12,5", "12.5"), ("1.234,5", "1234.5"), ("1.234", "1234"), ("40", "40"), ("~3,5", "~3.5"), ("12,5,1", "12.5,1")],
)
def test_an_amount_with_a_decimal_comma(tmp_path: Path, written: str, amount: str) -> None:
    mapping = 'decimal = ","\n[columns]\nvalue = "Wert"\nnote = "Wort"\n'
    table, rules = files(tmp_path, table=f"Wert;Wort\n{written};{written}\n", mapping=mapping)
    (entry,) = kz.read_table(table, mapping=rules).events.draft().entries  # type: ignore[union-attr]
    assert entry.fields == {"value": {"text": amount}, "note": written}


def test_headings_in_another_row_are_told_with_that_row(tmp_path: Path) -> None:
    table, mapping = files(tmp_path, table=f"Lieferungen;;;\n;;;\n{TABLE}")
    with pytest.raises(
        kz.errors.DraftError, match=r"no heading 'Tag' in row 1 of table.csv, but in row 3; write heading = 3"
    ):
        kz.read_table(table, mapping=mapping)


def test_a_heading_that_stands_twice_is_told_with_its_columns(tmp_path: Path) -> None:
    table, mapping = files(tmp_path, table=TABLE.replace("Von", "Zahl", 1))
    with pytest.raises(kz.errors.DraftError, match=r"'Zahl' stands over the columns D and F of table.csv; give each a"):
        kz.read_table(table, mapping=mapping)
    table.write_text("kind,holder,kind\ndelivered,KAZ,lost\n", "utf-8")
    with pytest.raises(kz.errors.DraftError, match=r"table.csv:1: kind: 'kind' stands over the columns A and C of"):
        kz.read_table(table)


def test_a_sheet_is_read_with_days_numbers_and_cells_where_they_stand(tmp_path: Path, log: Path) -> None:
    rows: list[list[object]] = [
        ["kind", "holder", "occurred", "systems", "quantity", "into", "source", "published"],
        ["delivered", "KAZ", datetime.date(2016, 5, 3), "falke", 12, "in-service", "mine", "2017"],
        ["delivered", "KAZ", "2016", "falke", 2.5, "in-servise", "mine", "2017"],
    ]
    path = sheet(tmp_path / "t.xlsx", rows, at=(2, 1))
    frame = kz.read_table(path).frame
    assert frame.select("line", "time_edtf", "quantity").rows() == [(4, "2016-05-03", "12"), (5, "2016", "2.5")]
    with pytest.raises(kz.errors.DraftError) as caught:
        kz.ingest(path, into=log)
    assert [str(problem)[:40] for problem in caught.value.problems] == [
        "t.xlsx:5: F5 (quantity): not a quantity:",
        "t.xlsx:5: G5 (into): not one of the word",
    ]


def test_a_template_has_the_logs_values_as_drop_downs_and_comes_back(tmp_path: Path, log: Path) -> None:
    path = write_template(tmp_path / "template.xlsx", kz.open(log).standing.registry)
    head = fastexcel.read_excel(path).load_sheet("events").to_polars()
    assert head.columns == list(COLUMNS)
    lists = fastexcel.read_excel(path).load_sheet("allowed").to_polars()
    assert lists["systems"].drop_nulls().to_list() == ["falke"]
    assert "revised" not in lists["kind"].to_list()
    with __import__("zipfile").ZipFile(path) as parts:
        page = parts.read("xl/worksheets/sheet1.xml").decode()
    assert page.count("<dataValidation ") == sum(
        bool(words) for words in allowed(kz.open(log).standing.registry).values()
    )
    assert kz.read_table(path).rows == 0


def test_the_same_template_is_the_same_bytes(tmp_path: Path, log: Path) -> None:
    registry = kz.open(log).standing.registry
    one, other = (write_template(tmp_path / f"{n}.xlsx", registry).read_bytes() for n in "ab")
    assert one == other


def test_errors_come_back_marked_cell_by_cell(tmp_path: Path, log: Path) -> None:
    rows: list[list[object]] = [
        ["kind", "holder", "occurred", "systems", "into", "source", "published"],
        ["delivered", "KAZ", "2016", "Falkke", "in-service", "mine", "2017"],
        ["delivered", "KAZ", "", "falke", "in-service", "mine", "2017"],
    ]
    path = sheet(tmp_path / "t.xlsx", rows)
    reading = kz.read_table(path)
    with pytest.raises(kz.errors.DraftError) as caught:
        kz.ingest(reading, into=log)
    marked = mark_problems(path, reading, caught.value.problems, tmp_path / "marked.xlsx")
    with __import__("zipfile").ZipFile(marked) as parts:
        comments = parts.read("xl/comments1.xml").decode()
    assert 'ref="D2"' in comments
    assert "did you mean falke" in comments
    assert 'ref="C3"' in comments
    mended = fastexcel.read_excel(marked).load_sheet("events").to_polars()
    assert mended["systems"].to_list() == ["Falkke", "falke"]
    with pytest.raises(kz.errors.FileError, match="no table of cells; its problems have lines"):
        mark_problems(path, kz.read_sipri_register(Path(__file__).parent / "data" / "register_2024.csv"), [], path)


def test_a_frame_is_a_table_too(log: Path) -> None:
    frame = pl.DataFrame(
        {"kind": ["delivered"], "holder": ["KAZ"], "occurred": ["2016"], "systems": [["falke"]], "quantity": [3.0],
         "into": ["in-service"], "source": ["mine"], "published": ["2017"]}
    )  # fmt: skip
    assert kz.ingest(frame, into=log).accounts[0].added == 1


def test_a_row_of_an_export_whose_id_and_line_are_cleared_is_a_new_event(log: Path, tmp_path: Path) -> None:
    mine = kz.open(log, mode="a")
    cited = [{"source": "mine", "published": "2017"}]
    lost = {"kind": "lost", "holder": "KAZ", "occurred": "2016", "systems": ["falke"], "citations": cited}
    mine.append([{**lost, "quantity": number} for number in (1, 2)])
    (path,) = export(mine.refresh(), tmp_path / "mine.csv")
    frame = pl.read_csv(path, infer_schema_length=0)
    cleared = pl.col("quantity") == "2"
    new = {"quantity": pl.lit("3"), "id": None, "line": None}
    edited = frame.with_columns(pl.when(cleared).then(what).otherwise(name).alias(name) for name, what in new.items())
    assert kz.ingest(edited, into=log).accounts[0].added == 1
    assert sorted(kz.open(log).events().frame["quantity"]) == ["1", "2", "3"]
    wrong = edited.with_columns(quantity=pl.when(pl.col("id").is_null()).then(pl.lit("two")).otherwise("quantity"))
    with pytest.raises(kz.errors.DraftError, match=r"frame:5: quantity: not a quantity: 'two'"):
        kz.ingest(wrong, into=log)
    with pytest.raises(kz.errors.DraftError, match=r"frame:5: id: not the id of this line; take the line from the"):
        kz.read_table(frame.with_columns(id=pl.when(cleared).then(None).otherwise("id")))
    with pytest.raises(kz.errors.DraftError, match=r"frame:5: line: not JSON"):
        kz.read_table(frame.with_columns(line=pl.when(cleared).then(None).otherwise("line")))


def test_a_frame_reads_by_a_mapping(log: Path, tmp_path: Path) -> None:
    row = {"Tag": "3.5.2016", "Wer": "Kazakhstan", "Was": "Falke", "Zahl": 2, "Art": "Bekommen", "Von": "Turkey/RUS"}
    frame = pl.DataFrame([row])
    table, mapping = files(tmp_path, TABLE.replace("Kasachstan", "Kazakhstan").rsplit("\n", 3)[0] + "\n")
    reading = kz.read_table(frame, mapping=mapping)
    assert reading.frame.equals(kz.read_table(table, mapping=mapping).frame)
    assert kz.ingest(frame, into=log, mapping=mapping).accounts[0].added == 1
    assert kz.ingest(table, into=log, mapping=mapping).accounts[0].added == 0
    with pytest.raises(kz.errors.DraftError, match=r"mapping: heading: a frame has none; its column names are the"):
        kz.read_table(frame, mapping={"columns": {"kind": "Art"}, "heading": 1})
    with pytest.raises(kz.errors.NotationError, match=r"frame was read already; give the mapping to kz\.read_table"):
        kz.ingest(reading, into=log, mapping=mapping)


def test_lists_are_not_split_by_a_mapping(tmp_path: Path) -> None:
    frame = pl.DataFrame({"Von": [["TUR", "RUS"]], "Art": ["lost"]})
    columns = {"suppliers": "Von", "kind": "Art"}
    assert kz.read_table(frame, mapping={"columns": columns}).frame["supplier"].to_list() == ["TUR RUS"]
    frame.write_parquet(tmp_path / "t.parquet")
    for table, name in ((frame, "frame"), (tmp_path / "t.parquet", r"t\.parquet")):
        with pytest.raises(
            kz.errors.DraftError, match=rf"{name}: split\.suppliers: its column holds lists, which need"
        ):
            kz.read_table(table, mapping={"columns": columns, "split": {"suppliers": "/"}})


class Foreign:
    """A table of another library."""

    def __arrow_c_stream__(self) -> None: ...

    def __iter__(self) -> object:
        return iter(["kind"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (pl.LazyFrame({"kind": ["lost"]}), r"a lazy frame has no rows yet; write \.collect\(\) behind it"),
        (Foreign(), r"a tests\.Foreign is no Polars frame; write pl\.DataFrame\(…\) around it"),
        ({"kind": "lost"}, r'an event given by its fields is no file; write kz\.open\(log, mode="a"\)\.append'),
        (3, r"files are text or a list of it, not 3"),
    ],
)
def test_what_is_no_table_is_told_with_what_to_write(tmp_path: Path, given: object, message: str) -> None:
    for several in (given, [given], (one for one in [given])):
        with pytest.raises(kz.errors.NotationError, match=message):
            kz.ingest(several, into=tmp_path / "log")  # type: ignore[arg-type]
    assert not (tmp_path / "log").exists()


def test_a_lazy_frame_is_no_file_and_a_frame_may_have_no_column() -> None:
    with pytest.raises(kz.errors.NotationError, match=r"a lazy frame has no rows yet; write \.collect\(\) behind it"):
        kz.read_table(pl.LazyFrame({"kind": ["lost"]}))  # type: ignore[arg-type]
    with pytest.raises(kz.errors.FileError, match=r"frame:1: no column of events; it has none: write a mapping"):
        kz.read_table(pl.DataFrame())


def test_a_column_that_no_event_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("kind,holder,quantty\ndelivered,KAZ,2\n", "utf-8")
    with pytest.raises(kz.errors.DraftError, match=r"t.csv:1: quantty: no column of events; did you mean quantity"):
        kz.read_table(path)
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(kz.errors.FileError, match=r"t.csv:1: no column of events; it has a, b: write a mapping"):
        kz.read_table(path)


def test_a_row_becomes_fields_and_fields_a_row() -> None:
    cells = {
        "kind": "measured", "holder": "Kazakhstan", "period": "2016", "indicator": "x", "value": "1.5", "value_unit": "EUR",
        "flags": "hedged; inferred", "source": "s", "published": "2017", "published_basis": "inferred", "note": "",
    }  # fmt: skip
    fields = event_fields(cells, {})
    assert fields["value"] == {"text": "1.5", "unit": "EUR"}
    assert fields["citations"] == [{"source": "s", "published": "2017", "basis": "inferred"}]
    assert "note" not in fields
    assert row_of(fields) == {**{k: v for k, v in cells.items() if v}, "holder": "KAZ"}
    priced = event_fields({"price": "3", "price_unit": "EUR"}, {})
    assert priced == {"price": {"amount": {"text": "3", "unit": "EUR"}}}
    assert row_of(priced) == {"price": "3", "price_unit": "EUR"}


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("occurred", "occurred"), ("systems[1]", "systems"), ("citations", "source"), ("citations[0].published", "published"),
        ("citations[0].basis", "published_basis"), ("events[3].value.unit", "value_unit"), ("defaults.kind", "kind"), ("x", None),
    ],
)  # fmt: skip
def test_a_path_in_an_event_leads_back_to_its_column(path: str, column: str | None) -> None:
    assert column_of(path) == column


def test_columns_have_the_letters_of_a_spreadsheet() -> None:
    assert [letters_of(column) for column in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_problems_of_a_draft_without_cells_stay_as_they_are() -> None:
    reading = kz.read_sipri_register(Path(__file__).parent / "data" / "register_2024.csv")
    problem = kz.errors.Problem("f", 3, "systems", "x")
    assert in_cells(reading, [problem]) == [problem]


def test_a_definition_that_was_taken_back_names_nothing_in_a_table(log: Path, tmp_path: Path) -> None:
    mine = kz.open(log, mode="a")
    system = {"kind": "defined-system", "id": "falke", "name": "Falke", "category": "air/fighter"}
    (known,) = mine.append(system).known
    mine.retract(known, reason="misread")
    table, mapping = files(tmp_path, TABLE.replace("Kasachstan", "KAZ"))
    with pytest.raises(kz.errors.DraftError, match="no system is called 'Falke'"):
        kz.ingest(table, into=log, mapping=mapping)
    told = {"holder": "KAZ", "occurred": "2016", "quantity": 1, "citations": [{"source": "mine", "published": "2017"}]}
    again = tmp_path / "again.jsonl"
    again.write_text("".join(f"{json.dumps(e)}\n" for e in (system, {**told, "kind": "lost", "systems": ["falke"]})))
    with pytest.raises(kz.errors.DraftError, match="the log took back these very words"):
        kz.ingest(again, into=log)
    mine.append({**system, "id": "falke-30"})
    assert kz.ingest(table, into=log, mapping=mapping).head == mine.refresh().head
    assert set(mine.refresh().events().frame["system"]) == {"falke-30"}
