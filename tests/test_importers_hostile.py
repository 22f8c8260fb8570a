"""Files made to hurt: each is a typed error, at once, in little memory."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

import kztimeline as kz
from kztimeline.limits import MAX_BYTES

MEMORY = 500
HEADER = "Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,Number delivered, ,Year(s) of delivery,status,Comments\n"
ROW = "Kenya,France,2012,,2,,Pfeil,UAV,2,,2013,New,{}\n"
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def workbook(path: Path, sheet: str | bytes) -> Path:
    """A small true workbook whose only sheet is replaced by some XML."""
    made = path.with_suffix(".made")
    with xlsxwriter.Workbook(made) as book:
        book.add_worksheet("events").write(0, 0, "kind")
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part.filename, sheet if part.filename == "xl/worksheets/sheet1.xml" else data)
    return path


def test_a_file_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"0" * 20_000_000, 9) * 60)
    assert bomb.stat().st_size < 2_000_000
    with pytest.raises(kz.errors.TooLargeError, match=r"unpacks to more than 64,000,000 bytes; split the file"):
        kz.read_sipri_register(bomb)


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(1_000_000_000)
    with pytest.raises(kz.errors.TooLargeError, match=r"1,000,000,000 bytes; at most 64,000,000 are read"):
        kz.read_sipri_register(large)
    with pytest.raises(kz.errors.TooLargeError, match="1,000,000,000 bytes"):
        kz.read_table(large)


def test_a_cell_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cell.csv"
    path.write_text(HEADER + ROW.format('"' + "x" * 40_000_000), "utf-8")
    with pytest.raises(
        kz.errors.TooLargeError, match=r"cell.csv:2: a cell of more than 32,767 characters; a quotation"
    ):
        kz.read_sipri_register(path)


def test_a_row_of_too_many_cells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(HEADER + ROW.format("," * 2_000_000), "utf-8")
    with pytest.raises(kz.errors.TooLargeError, match=r"wide.csv:2: 2,000,013 cells in one row"):
        kz.read_sipri_register(path)


def test_quotation_marks_that_do_not_close_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_text(HEADER + ROW.format('"never closed'), "utf-8")
    with pytest.raises(kz.errors.FileError, match=r"open.csv:2: not a table: .*; a quotation mark may be missing"):
        kz.read_sipri_register(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"kind,holder\ndelivered,K\0Z\n", r":2: a NUL byte; this is no text, or a damaged one"),
        ("kind,holder\n".encode("utf-16"), r":1: UTF-16; save it as UTF-8"),
        (
            b"kind,note\nordered,\xe4\nordered,\xc3\xa4\n",
            r":3: UTF-8 here, Windows-1252 on line 2; save the whole file",
        ),
        (b"kind,note\nordered,\x81\n", r":2: byte 0x81 is no letter in UTF-8 nor in Windows-1252"),
        (b"", r": no headings; the first row names the columns"),
        (b"kind,note\nordered,=1+1\n", r":2: B2 is a formula: '=1\+1'; write the value"),
        (b"kind,note\nordered,@SUM(A1)\n", r":2: B2 is a formula"),
        (b"kind,note\nordered,-cmd|' /C calc'!A0\n", r":2: B2 is a formula"),
    ],
    ids=["nul", "utf-16", "mixed", "no-letter", "empty", "formula", "at", "command"],
)
def test_a_text_that_is_none_is_told_with_its_line(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(kz.errors.FileError, match=message):
        kz.read_table(path)


def test_a_negative_number_is_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("kind,note\nordered,-3\n", "utf-8")
    assert kz.read_table(path).frame["note"].to_list() == ["-3"]


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    whole = gzip.compress(b"x" * 1000)
    for data in (whole[:-9], whole[:10] + b"\xff" * 20):
        path.write_bytes(data)
        with pytest.raises(kz.errors.FileError, match=r"a damaged gzip file: .*; fetch it again"):
            kz.read_sipri_register(path)


def test_a_sheet_that_claims_billions_of_cells_is_refused(tmp_path: Path) -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = workbook(tmp_path / "far.xlsx", SHEET.format(far))
    assert path.stat().st_size < 8_000
    with pytest.raises(kz.errors.TooLargeError, match=r"sheet1.xml spans 17,179,869,184 cells; at most 4,000,000"):
        kz.read_table(path)


def test_a_sheet_with_a_formula_names_its_cell(tmp_path: Path) -> None:
    row = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>1+1</f><v>2</v></c></row>'
    with pytest.raises(
        kz.errors.FileError, match=r"sheet1.xml: B1 holds a formula; copy the sheet and paste it as values"
    ):
        kz.read_table(workbook(tmp_path / "f.xlsx", SHEET.format(row)))


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bomb.xlsx", b" " * (MAX_BYTES + 1))
    with pytest.raises(kz.errors.TooLargeError, match="unpacks to more than 64,000,000 bytes; split the workbook"):
        kz.read_table(path)


def test_a_workbook_whose_directory_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "lie.xlsx", b" " * (MAX_BYTES + 1))
    data = bytearray(path.read_bytes())
    size = (MAX_BYTES + 1).to_bytes(4, "little")
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, (1000).to_bytes(4, "little")))
    with pytest.raises(kz.errors.FileError, match=r"unpacks to more than|a damaged workbook"):
        kz.read_table(path)


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"not a zip file")
    with pytest.raises(kz.errors.FileError, match=r"a damaged workbook: .*; save it again as .xlsx"):
        kz.read_table(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(kz.errors.FileError, match=r"a zip file, but no Excel workbook; save it as .xlsx or as CSV"):
        kz.read_table(path)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1_001):
            archive.writestr(f"{number}.txt", "")
    with pytest.raises(kz.errors.TooLargeError, match="unpacks to more than"):
        kz.read_table(path)


def test_a_workbook_whose_parts_lie_before_its_beginning_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", SHEET.format(""))
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    data[end + 16 : end + 20] = (int.from_bytes(data[end + 16 : end + 20], "little") + 10_000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(kz.errors.FileError, match=r"t.xlsx: a damaged workbook: "):
        kz.read_table(path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    for read in (kz.read_sipri_register, kz.read_sipri_deliveries, kz.read_table):
        with pytest.raises(kz.errors.FileError, match=r"a folder; name a file in it"):
            read(tmp_path)
    with pytest.raises(kz.errors.FileError, match=r"a folder; name a file in it"):
        kz.ingest(tmp_path, into=tmp_path / "log")


def test_a_cell_too_long_is_named_in_any_table(tmp_path: Path) -> None:
    pl.DataFrame({"kind": ["lost", "x" * 40_000]}).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(kz.errors.TooLargeError, match=r"t.parquet:3: A3 has more than 32,767 characters; shorten it"):
        kz.read_table(tmp_path / "t.parquet")


def test_what_is_no_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(kz.errors.FileError, match="no Parquet file, or a damaged one"):
        kz.read_table(path)


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", SHEET.format('<row r="1"><c r="A1"><v>1</v></c></row>'))
    with pytest.raises(kz.errors.FileError, match="no sheet 'Data'; it has events"):
        kz.read_table(path, mapping={"sheet": "Data", "columns": {"kind": "1"}})


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system has no /proc")
def test_bombs_are_refused_within_the_memory_promised(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"0" * 20_000_000, 9) * 60)
    cell = tmp_path / "cell.csv"
    cell.write_text(HEADER + ROW.format('"' + "é" * 25_000_000), "utf-8")
    book = workbook(tmp_path / "bomb.xlsx", b"<c " * 21_000_000)
    code = (
        "import sys, kztimeline as kz\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n        kz.ingest(path, into=sys.argv[1] + '.log')\n"
        "    except kz.errors.FileError as error:\n        continue\n"
        "    raise SystemExit(f'{path} was read')\n"
        # what this process alone held: ru_maxrss may be that of the process it was started from
        "status = open('/proc/self/status').read()\n"
        "print(int(status.split('VmHWM:')[1].split()[0]) // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, (bomb, cell, book))], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < MEMORY
