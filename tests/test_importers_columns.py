"""A table written in columns says what a draft of its rows would say: the same lines, or the same problems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline.canonical import event_id
from kztimeline.desk import Desk
from kztimeline.drafts import prepare
from kztimeline.entries import Draft
from kztimeline.errors import DraftError, FileError, TooLargeError
from kztimeline.importers import grids, tables
from kztimeline.importers.events import read_table
from kztimeline.importers.fields import COLUMNS
from kztimeline.importers.tables import Table, event_lines
from kztimeline.limits import MAX_CELL

WORDS: dict[str, list[str]] = {
    "kind": ["delivered", "stated", "lost", "modernised", "measured", "agreement", "ordered", "changed", "observed", "Delivered", ""],
    "holder": ["KAZ", "Kasachstan", "RUS", "kaz", ""],
    "occurred": ["2016", "2016-05", "2011/2017", "2019-01-31", "{2015,2016}", "3.5.2016", "2016-13", ""],
    "cutoff": ["2016", "2015-11", ""],
    "period": ["2015", ""],
    "systems": ["falke", "Falke", "adler", "falke; adler", "Falk", ";", "falke; Adler", "Greif", ""],
    "quantity": ["2", "at least 5", "some", "0", "(12)", "two", ""],
    "suppliers": ["TUR", "Turkey; RUS", ""],
    "into": ["in-service", "on-trial", "elsewhere", ""],
    "account": ["held", ""],
    "role": ["item", "group", "total", ""],
    "category": ["air/fighter", ""],
    "form": ["licence", ""],
    "stage": ["signed", ""],
    "operator": ["army", "navy", ""],
    "to_system": ["adler", "Adler", "falke", ""],
    "indicator": ["spending", ""],
    "value": ["5", "~5", "five", ""],
    "value_unit": ["USD", ""],
    "price": ["7.59", ""],
    "price_unit": ["EUR", ""],
    "before": ["3", ""],
    "after": ["some", ""],
    "covers": ["0123abcd", ""],
    "batch": ["b", ""],
    "flags": ["hedged; inferred", "new", ""],
    "note": ["später", "cafe\u0301", "a\u2028b", "x" * 300, ""],
    "source": ["mine", "yours", "nobody", ""],
    "via": ["paper", ""],
    "edition": ["mine-2017", ""],
    "published": ["2017-03", "2015", "soon", ""],
    "data_day": ["2016-12-31", ""],
    "published_basis": ["inferred", "guessed", ""],
}  # fmt: skip
RIGHT = {
    "kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": "falke", "quantity": "2", "into": "in-service",
    "source": "mine", "published": "2017-03",
}  # fmt: skip


def test_every_column_has_words_to_be_tried() -> None:
    assert COLUMNS.keys() - WORDS.keys() <= {"deal", "agreement", "parties", "recipients", "item", "basis", "partner", "to_operator", "out_of"}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    path = tmp_path_factory.mktemp("log") / "log"
    kz.init(path, name="mine").append(
        [
            {"kind": "defined-source", "id": "mine", "title": "Mine", "form": "list"},
            {"kind": "defined-source", "id": "yours", "title": "Yours", "form": "list"},
            {"kind": "defined-system", "id": "falke", "name": "Falke", "category": "air/fighter"},
            {"kind": "defined-system", "id": "adler", "name": "Adler", "category": "air/fighter"},
            {"kind": "defined-system", "id": "geier", "name": "Geier", "category": "air/fighter"},
            {"kind": "defined-alias", "name": "Greif", "source": "mine", "system": "adler"},
            {"kind": "defined-alias", "name": "Greif", "source": "yours", "system": "geier"},
            {"kind": "defined-organisation", "id": "army", "name": "Army"},
            {"kind": "defined-document", "id": "paper", "title": "P", "source": "mine"},
            {"kind": "defined-edition", "id": "mine-2017", "source": "mine", "published": "2017-03"},
        ]
    )
    desk = Desk(path)
    with desk.looking():
        pass
    return desk


def table_of(rows: Sequence[dict[str, str]]) -> Table:
    found = read_table(pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))).events
    assert isinstance(found, Table)
    return found


def told(desk: Desk, events: Table | Draft) -> list[bytes] | list[str]:
    """The lines of a table, or its problems."""
    try:
        if isinstance(events, Table):
            return list(event_lines(events, desk))
        return list(prepare([events], desk.definitions, desk.known, desk.lines, gone=desk.gone)[0].lines)
    except DraftError as error:
        return [str(problem) for problem in error.problems]


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, str]]:
    """Rows that are right, some of them with words in a few columns that may be wrong; all have the same columns."""
    more = draw(st.lists(st.sampled_from(sorted(WORDS)), max_size=4, unique=True))
    changed = st.dictionaries(st.sampled_from([*RIGHT, *more]), st.none(), max_size=3)
    found = []
    for _ in range(draw(st.integers(1, 9))):
        row = {**dict.fromkeys(more, ""), **RIGHT}
        row |= {name: draw(st.sampled_from(WORDS[name])) for name in sorted(draw(changed))}
        found.append(row)
    return found


@given(rows(), st.integers(1, 4), st.integers(1, 5))
def test_a_table_says_what_a_draft_of_its_rows_says(
    desk: Desk, rows: list[dict[str, str]], few: int, once: int
) -> None:
    table = table_of(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "FEW", few)
        patch.setattr(tables, "AT_ONCE", once)
        assert told(desk, table) == told(desk, table.draft())


@given(
    st.lists(
        st.fixed_dictionaries({name: st.sampled_from(words) for name, words in WORDS.items()}), min_size=1, max_size=4
    )
)
def test_any_words_in_any_columns_are_told_as_of_a_draft(desk: Desk, rows: list[dict[str, str]]) -> None:
    table = table_of(rows)
    assert told(desk, table) == told(desk, table.draft())


def test_rows_that_are_plainly_right_make_no_draft(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    right = [
        RIGHT,
        {**RIGHT, "systems": "Falke; adler", "role": "total", "quantity": "at least 5", "suppliers": "Turkey; RUS"},
        {**RIGHT, "kind": "lost", "into": "", "occurred": "{2015,2016}", "note": "später", "flags": "hedged"},
        {**RIGHT, "kind": "stated", "into": "", "occurred": "", "cutoff": "2016-11", "account": "held"},
        {**RIGHT, "kind": "modernised", "into": "", "to_system": "Greif", "source": "yours"},
        {**RIGHT, "kind": "measured", "into": "", "occurred": "", "systems": "", "quantity": "", "period": "2015",
         "indicator": "spending", "value": "~5", "value_unit": "USD"},
    ]  # fmt: skip
    names = dict.fromkeys(name for row in right for name in row)
    table = table_of([{name: row.get(name, "") for name in names} for row in right])
    expected = told(desk, table.draft())
    monkeypatch.setattr(tables, "prepare", None)
    assert event_lines(table, desk) == expected
    assert b'"to_system":"geier"' in expected[4]  # type: ignore[operator]  # these are lines


def test_what_is_wrong_only_beside_an_operator_is_told_among_rows_that_are_right(desk: Desk) -> None:
    made = {**RIGHT, "kind": "produced"}
    several = [
        {**made, "operator": "army"},
        {**made, "operator": "army", "into": ""},
        {**made, "operator": "army", "into": "on-trial"},
        {**made, "operator": "", "into": ""},
    ]
    table = table_of(several)
    assert told(desk, table) == told(desk, table.draft())
    with pytest.raises(DraftError, match=r"frame:3: into: produced needs the account the units went into"):
        event_lines(table, desk)


def test_a_total_may_cover_rows_of_its_own_table_however_long_that_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "FEW", 1)
    parts = [RIGHT, {**RIGHT, "quantity": "3"}]
    ids = "; ".join(map(event_id, event_lines(table_of(parts), desk)))
    total = {**RIGHT, "quantity": "5", "role": "total", "covers": ids}
    table = table_of([{**dict.fromkeys(total, ""), **row} for row in (*parts, total, *parts)])
    assert event_lines(table, desk) == told(desk, table.draft())
    alone = table_of([{**dict.fromkeys(total, ""), **row} for row in (parts[0], total)])
    assert told(desk, alone) == told(desk, alone.draft())
    with pytest.raises(DraftError, match=r"frame:3: covers\[1\]: no event of the log has the id '[0-9a-f]{64}'"):
        event_lines(alone, desk)


def test_one_odd_row_sends_few_others_to_the_closer_look(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    several = [{**RIGHT, "quantity": str(number + 1)} for number in range(1000)]
    several[700]["systems"] = "Falk"
    seen = []
    asked = tables.Table.draft
    monkeypatch.setattr(tables.Table, "draft", lambda table, odd: seen.append(len(odd)) or asked(table, odd))
    with pytest.raises(DraftError, match=r"no system is called 'Falk'") as caught:
        event_lines(table_of(several), desk)
    assert [problem.line for problem in caught.value.problems] == [702]
    assert seen[0] <= tables.FEW


def test_a_table_without_rows_has_no_event(desk: Desk) -> None:
    table = table_of([RIGHT])
    empty = Table(table.name, table.note, table.numbers.clear(), table.cells.clear(), {})
    with pytest.raises(DraftError, match=r"  frame: no row below the headings; write one for each event"):
        event_lines(empty, desk)


# --- cells --------------------------------------------------------------------------------------------------------


CELLS: list[tuple[pl.Series, list[str]]] = [
    (
        pl.Series("a", [" x ", None, "2016-05-01 00:00:00", "2016-05-01T00:00:00.000", "2016-05-01 00:00:01", "\x1cy\x1f", "x"]),
        ["x", "", "2016-05-01", "2016-05-01", "2016-05-01 00:00:01", "y", "x"],
    ),
    (pl.Series("a", [1.0, -0.0, float("nan"), None, 2.5, 1.0, 1e20]), ["1", "0", "nan", "", "2.5", "1", "100000000000000000000"]),
    (pl.Series("a", [float("nan")]), ["nan"]),
    (pl.Series("a", [True, False, None]), ["True", "False", ""]),
    (pl.Series("a", [1, None, 3], dtype=pl.UInt8), ["1", "", "3"]),
    (pl.Series("a", ["2016-05-01", None]).str.to_date(), ["2016-05-01", ""]),
    (pl.Series("a", ["2016-05-01T00:00:00", "2016-05-02T10:00:00"]).str.to_datetime(), ["2016-05-01", "2016-05-02 10:00:00"]),
    (pl.Series("a", [["falke", "adler"], [], None]), ["falke; adler", "", ""]),
    (pl.Series("a", [["falke", None, "adler"], [None]]), ["falke; adler", ""]),
    (pl.Series("a", [12.3, 2.0, float("nan"), float("inf"), None, 123456792.0], dtype=pl.Float32), ["12.3", "2", "nan", "inf", "", "123456792"]),
    (pl.Series("a", [-719_162, 2_932_896], dtype=pl.Int32).cast(pl.Date), ["0001-01-01", "9999-12-31"]),
    (pl.Series("a", [2**60, None]).cast(pl.Datetime("ns", "UTC")), ["2006-07-14 23:58:24.606846+00:00", ""]),
    (pl.Series("a", [86_400 * 10**9, None]).cast(pl.Duration("ns")), ["1 day, 0:00:00", ""]),
    (pl.Series("a", [None, None]), ["", ""]),
    (pl.Series("a", ["x", "y", None, "x"], dtype=pl.Categorical), ["x", "y", "", "x"]),
    (pl.Series("a", [{"b": 1}, None]), ["{'b': 1}", ""]),
]  # fmt: skip


@pytest.mark.parametrize(("column", "texts"), CELLS, ids=range(len(CELLS)))
def test_cells_of_every_type_are_written_as_text(column: pl.Series, texts: list[str]) -> None:
    numbered = [(number, (text, text)) for number, text in enumerate(texts, start=2) if text]
    grid = grids.frame_grid(pl.DataFrame([column, column.alias("b")]))
    assert [(row.number, row.cells) for row in grid.rows] == numbered


REFUSED: list[tuple[pl.Series, str]] = [
    (pl.Series("a", [b"x"]), r"frame: the column 'a' holds bytes; write text: pl\.col\('a'\)\.cast\(pl\.String\)"),
    (pl.Series("a", [0, 5_000_000], dtype=pl.Int32).cast(pl.Date), r"frame:3: A3 is beyond the years 1 to 9999; write a day that"),
    (pl.Series("a", [-5_000_000], dtype=pl.Int32).cast(pl.Date), r"frame:2: A2 is beyond the years 1 to 9999"),
    (pl.Series("a", [None, 2**62]).cast(pl.Datetime("ms")), r"frame:3: A3 is beyond"),
    (pl.Series("a", [2**62]).cast(pl.Datetime("us", "Asia/Almaty")), r"frame:2: A2 is beyond"),
    (pl.Series("a", [2**62]).cast(pl.Duration("ms")), r"frame:2: A2 is beyond"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "message"), REFUSED, ids=range(len(REFUSED)))
def test_columns_that_cannot_be_written_are_refused(column: pl.Series, message: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=message):
        grids.frame_grid(pl.DataFrame([column]))
    pl.DataFrame([column]).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(FileError, match=message.replace("frame", r"t\.parquet", 1)):
        grids.read_grid(tmp_path / "t.parquet")


def test_a_heading_that_is_too_long_is_named_too() -> None:
    with pytest.raises(TooLargeError, match=r"frame:1: B1 has more than 32,767 characters; shorten it"):
        grids.frame_grid(pl.DataFrame({"a": ["x"], "b" * (MAX_CELL + 1): ["x"]}))


def test_no_row_is_the_heading_that_a_table_does_not_have(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("kind\nlost\n", "utf-8")
    for heading in (3, 2**70):
        with pytest.raises(FileError, match=rf"t\.csv:{heading}: no headings; the first row names the columns"):
            grids.read_grid(tmp_path / "t.csv", heading=heading)


def test_the_first_cell_that_is_too_long_is_named() -> None:
    frame = pl.DataFrame({"a": ["", "x", "y" * (MAX_CELL + 1)], "b": ["", "z" * (MAX_CELL + 1), ""]})
    with pytest.raises(TooLargeError, match=r"frame:3: B3 has more than 32,767 characters; shorten it"):
        grids.frame_grid(frame)


def test_the_first_formula_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("kind,holder,note\nlost,KAZ,=1\nlost,=2,\n", "utf-8")
    with pytest.raises(FileError, match=r"t\.csv:2: C2 is a formula: '=1'"):
        grids.read_grid(tmp_path / "t.csv")


def test_a_text_whose_rectangle_is_beyond_all_measure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.csv").write_text("a,b,c\n" + "x\n" * 10, "utf-8")
    monkeypatch.setattr(grids, "MAX_VALUES", 32)
    with pytest.raises(TooLargeError, match="33 cells; at most 32 are read: split the file"):
        grids.read_grid(tmp_path / "t.csv")
