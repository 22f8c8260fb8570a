"""Whatever bytes come in, a reader gives a reading that accounts for every row, or a typed error."""

from __future__ import annotations

import builtins
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline.cli import files as cli_files
from kztimeline.importers.names import suggester
from kztimeline.importers.sheets import PREAMBLE, header_at
from kztimeline.importers.sipri import deliveries_of, kind_of, register_of
from kztimeline.importers.texts import Record, decoded, mended
from kztimeline.registry import System, build

DATA = Path(__file__).parent / "data"
HERE = Path("file.csv")


def cut_and_changed(name: str) -> st.SearchStrategy[bytes]:
    data = (DATA / name).read_bytes()

    def changed(start: int, end: int, put: bytes) -> bytes:
        start, end = sorted((start % len(data), end % len(data)))
        return data[:start] + put + data[min(end, start + 40) :]

    pieces = st.binary(max_size=4) | st.sampled_from(
        [b",", b"\n", b"\r\n", b'"', b";", b"?", b",,", b"\n,", b"2019; 2020"]
    )
    return st.builds(changed, st.integers(0, 10**6), st.integers(0, 10**6), pieces)


READERS: list[tuple[str, Callable[[bytes, Path, str | None], Any]]] = [
    ("register_2024.csv", register_of),
    ("register_2022.csv", register_of),
    ("register_bare.csv", register_of),
    ("deliveries_2024.csv", deliveries_of),
]


@pytest.mark.parametrize(("name", "reader"), READERS, ids=[name for name, _ in READERS])
@given(data=st.data())
def test_a_damaged_register_is_read_with_every_row_accounted_for_or_refused(
    name: str, reader: Callable[[bytes, Path, str | None], Any], data: st.DataObject
) -> None:
    try:
        reading = reader(data.draw(cut_and_changed(name)), HERE, "2024-03-18")
    except kz.errors.FileError:
        return
    assert reading.read + len(reading.refused) == reading.rows
    assert reading.frame.height >= len(reading.deals)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_text_or_a_typed_error(data: bytes) -> None:
    try:
        text = decoded(data, HERE)
    except kz.errors.FileError:
        return
    assert isinstance(text, str)
    kind_of(text)


@given(st.text(max_size=60).filter(lambda text: "\0" not in text and not text.startswith("\ufeff")))
def test_utf_8_with_or_without_a_mark_is_the_same_text(text: str) -> None:
    data = text.encode("utf-8", "ignore")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return
    assert decoded(data, HERE) == decoded(b"\xef\xbb\xbf" + data, HERE) == data.decode()


@given(st.lists(st.integers(1, 5), max_size=6))
def test_joining_broken_records_loses_no_cell(widths: list[int]) -> None:
    broken = [Record(n, tuple(f"{n}.{at}" for at in range(width))) for n, width in enumerate(widths)]
    whole = list(mended(broken, 5, 3))
    words = [word for record in whole for cell in record.cells for word in cell.split()]
    assert words == [cell for record in broken for cell in record.cells]


@given(st.binary(max_size=300))
def test_any_mapping_is_read_or_told_its_problems(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("map") / "m.toml"
    path.write_bytes(data)
    with pytest.raises((kz.errors.DraftError, kz.errors.FileError)):
        kz.read_table(DATA / "register_2024.csv", mapping=path)


def test_a_header_is_looked_for_among_the_first_lines_only() -> None:
    lines = [""] * PREAMBLE + ["Recipient,Supplier"]
    assert header_at(lines) is None
    assert header_at(lines[1:]) == PREAMBLE - 1


def test_names_are_suggested_with_and_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = build([System("defined-system", "wing-loong-2", "Wing Loong II", (), "air/drone", None)])
    assert suggester(registry)("Wing Loong III") == ["wing-loong-2"]
    true_import = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name.startswith("rapidfuzz"):
            raise ImportError(name)
        return true_import(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert suggester(registry)("Wing Loong III") == ["wing-loong-2"]
    assert suggester(registry)("Marauder") == []


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("patience", "shows"), [(0.0, True), (60.0, False)])
def test_a_progress_bar_shows_on_a_terminal_once_patience_is_over(
    monkeypatch: pytest.MonkeyPatch, patience: float, *, shows: bool
) -> None:
    screen = _Terminal()
    monkeypatch.setattr(cli_files, "PATIENCE", patience)
    monkeypatch.setattr(sys, "stderr", screen)
    with cli_files._Bar() as bar:
        bar.tell("matching", 1, 2)
        time.sleep(0.3)  # the bar draws from a clock of its own; give it one turn
    assert ("matching" in screen.getvalue()) is shows
