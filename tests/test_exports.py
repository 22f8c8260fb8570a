"""A log in other programs' forms, and back to the same ids; the commands that do it."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from pathlib import Path

import fastexcel
import polars as pl
import pytest
from click.testing import CliRunner, Result

import kztimeline as kz
from kztimeline.cli import cli
from kztimeline.exports import export
from kztimeline.exports.lines import DESCRIPTIONS, LINES, formula_safe, line_frame
from kztimeline.importers.grids import read_grid

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def shipped() -> kz.Timeline:
    return kz.load()


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.mark.parametrize("name", ["log.jsonl", "log.csv", "log.parquet", "log.xlsx", "folder"])
def test_an_export_of_the_shipped_log_reads_back_to_the_same_ids(
    tmp_path: Path, shipped: kz.Timeline, name: str
) -> None:
    first, *_ = export(shipped, tmp_path / name)
    done = kz.ingest(first, into=tmp_path / "back")
    ids = [row.id for row in shipped.placed]
    assert [row.id for row in kz.open(tmp_path / "back").placed] == ids
    assert done.accounts[0].added == len(ids)


def test_the_folder_of_a_data_package_is_imported_whole(tmp_path: Path, shipped: kz.Timeline) -> None:
    export(shipped, tmp_path / "folder")
    done = run("import", tmp_path / "folder", "--log", tmp_path / "back")
    assert done.exit_code == 0, done.output
    assert [row.id for row in kz.open(tmp_path / "back").placed] == [row.id for row in shipped.placed]


@pytest.mark.parametrize("name", ["log.jsonl", "log.csv", "log.parquet", "log.xlsx", "log.sqlite", "folder"])
def test_the_same_head_gives_the_same_files(tmp_path: Path, shipped: kz.Timeline, name: str) -> None:
    files = [export(shipped, tmp_path / part / name) for part in ("a", "b") if (tmp_path / part).mkdir() is None]
    for one, other in zip(*files, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_a_row_edited_beside_its_line_is_refused(tmp_path: Path, shipped: kz.Timeline) -> None:
    frame = line_frame(shipped)
    edited = frame.with_columns(
        quantity=pl.when(pl.col("quantity") == "2").then(pl.lit("3")).otherwise(pl.col("quantity"))
    )
    edited.write_csv(tmp_path / "log.csv")
    with pytest.raises(kz.errors.DraftError, match=r"quantity: '3' here, '2' in the line; clear the cells id and line"):
        kz.ingest(tmp_path / "log.csv", into=tmp_path / "back")
    frame.with_columns(id=pl.lit("0" * 64)).head(1).write_csv(tmp_path / "log.csv")
    with pytest.raises(kz.errors.DraftError, match=r"log.csv:2: id: not the id of this line"):
        kz.ingest(tmp_path / "log.csv", into=tmp_path / "back")
    frame.with_columns(line=pl.lit("{")).head(1).write_csv(tmp_path / "log.csv")
    with pytest.raises(kz.errors.DraftError, match=r"log.csv:2: line: not JSON"):
        kz.ingest(tmp_path / "log.csv", into=tmp_path / "back")


def test_cells_that_a_spreadsheet_would_run_are_made_safe_and_come_back(tmp_path: Path) -> None:
    texts = ["=1+1", "+49", "-3", "@x", "'=1", " =1", "' @x", "plain", "it's", None]
    safe = formula_safe(pl.DataFrame({"note": texts}))
    assert safe["note"].to_list() == ["'=1+1", "'+49", "'-3", "'@x", "''=1", "' =1", "'' @x", "plain", "it's", None]
    safe.with_columns(kind=pl.lit("x")).write_csv(tmp_path / "t.csv")
    assert [row.cells[0] or None for row in read_grid(tmp_path / "t.csv").rows] == texts


def test_parquet_names_the_log_its_head_and_what_each_column_is(tmp_path: Path, shipped: kz.Timeline) -> None:
    (path,) = export(shipped, tmp_path / "log.parquet")
    said = pl.read_parquet_metadata(path)
    assert said["kztimeline.head"] == shipped.head
    assert set(json.loads(said["kztimeline.columns"])) == set(pl.read_parquet_schema(path)) == set(LINES)


def test_a_workbook_holds_text_only_and_says_what_its_columns_are(tmp_path: Path, shipped: kz.Timeline) -> None:
    (path,) = export(shipped, tmp_path / "log.xlsx")
    columns = fastexcel.read_excel(path).load_sheet("columns").to_polars()
    assert dict(columns.rows()) == DESCRIPTIONS


def test_sqlite_holds_events_claims_citations_names_and_steps(tmp_path: Path, shipped: kz.Timeline) -> None:
    path, beside = export(shipped, tmp_path / "log.sqlite")
    base = sqlite3.connect(path)
    try:
        assert base.execute("SELECT count(*) FROM events").fetchone() == (len(shipped.placed),)
        assert base.execute("SELECT count(*) FROM steps").fetchone() == (shipped.steps.height,)
        found = base.execute(
            "SELECT DISTINCT s.title FROM citations c JOIN sources s ON s.id = c.source ORDER BY s.title"
        ).fetchall()
        assert ("SIPRI Arms Transfers Database",) in found
        tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    finally:
        base.close()
    metadata = json.loads(beside.read_text("utf-8"))
    assert set(metadata["databases"]["log"]["tables"]) == tables
    assert metadata["databases"]["log"]["tables"]["events"]["columns"]["line"] == DESCRIPTIONS["line"]


def test_a_data_package_describes_its_files_as_they_are(tmp_path: Path, shipped: kz.Timeline) -> None:
    export(shipped, tmp_path / "folder")
    package = json.loads((tmp_path / "folder" / "datapackage.json").read_text("utf-8"))
    assert package["profile"] == "tabular-data-package"
    for resource in package["resources"]:
        data = (tmp_path / "folder" / resource["path"]).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        fields = [field["name"] for field in resource["schema"]["fields"]]
        frame = pl.read_csv(data, infer_schema=False)
        assert frame.columns == fields
        assert set(resource["schema"]["primaryKey"]) <= set(fields)
        assert not frame.select(resource["schema"]["primaryKey"]).is_duplicated().any()
        assert {field["type"] for field in resource["schema"]["fields"]} <= {"string", "integer", "boolean", "date"}


def test_a_form_that_nobody_knows_and_a_view_that_is_no_log_are_refused(tmp_path: Path, shipped: kz.Timeline) -> None:
    with pytest.raises(kz.errors.NotationError, match=r"not a form to export to: '.txt'; write jsonl, csv"):
        export(shipped, tmp_path / "log.txt")
    with pytest.raises(kz.errors.NotationError, match="an export holds the whole log"):
        export(shipped.view(published_by="2020"), tmp_path / "log.csv")


# --- the commands -------------------------------------------------------------------------------------------------


def test_import_writes_a_register_and_says_what_it_did(tmp_path: Path) -> None:
    done = run("import", DATA / "register_2024.csv", DATA / "register_2025.csv", "--log", tmp_path / "log", "--new-systems", "define",
               "--account", tmp_path / "account.csv")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert (
        "register_2025.csv of 2025-03-13: 11 rows, 11 read, 0 refused; 1 added, 3 revised, 7 unchanged, 1 withdrawn; "
        in done.stderr
    )
    assert "lines" in done.stderr
    assert done.stdout.strip() == kz.open(tmp_path / "log").head
    account = pl.read_csv(tmp_path / "account.csv")
    assert account.filter(verdict="withdrawn")["designation"].to_list() == ["Top-Dual"]
    for name in ("account.json", "account.parquet"):
        again = run("import", DATA / "register_2025.csv", "--log", tmp_path / "log", "--account", tmp_path / name)
        assert again.exit_code == 0
        assert (tmp_path / name).stat().st_size > 0


def test_import_refuses_unknown_names_with_an_exit_code_for_bad_data(tmp_path: Path) -> None:
    done = run("import", DATA / "register_2024.csv", "--log", tmp_path / "log")
    assert done.exit_code == 3
    assert "names of no system here; give them an alias in the log, or define new systems" in done.stderr
    only = run("import", DATA / "register_2024.csv", "--log", tmp_path / "log", "--holder", "XAQ", "--define", "Pfeil")
    assert only.exit_code == 0


def test_import_marks_the_errors_of_a_table(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("kind,holder,occurred\ndelivered,KAZ,gestern\n", "utf-8")
    done = run("import", table, "--log", tmp_path / "log", "--mark", tmp_path / "marked.xlsx")
    assert done.exit_code == 3
    assert "t.csv:2: C (occurred): not a date: 'gestern'" in done.stderr
    assert "the errors are marked in" in done.stderr
    assert (tmp_path / "marked.xlsx").is_file()


def test_export_and_template_write_files_and_name_them(tmp_path: Path) -> None:
    done = run("export", tmp_path / "log.csv", "--recorded-by", "2026-12-31")
    assert (done.exit_code, done.stdout.strip()) == (0, str(tmp_path / "log.csv"))
    assert run("export", tmp_path / "x", "--form", "jsonl").exit_code == 0
    made = run("template", tmp_path / "t.xlsx")
    assert (made.exit_code, made.stdout.strip()) == (0, str(tmp_path / "t.xlsx"))
    kz.init(tmp_path / "own", name="own")
    assert run("export", tmp_path / "own.csv", "--log", tmp_path / "own").exit_code == 0
    assert run("template", tmp_path / "own.xlsx", "--log", tmp_path / "own").exit_code == 0


def test_a_database_takes_the_place_of_files_alone(tmp_path: Path) -> None:
    """A pipe or a device would be gone for everybody else who uses it."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(kz.errors.PathError, match="no file that a database could take the place of"):
        export(kz.load(), tmp_path / "pipe", form="sqlite")
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe"]
