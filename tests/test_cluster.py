"""A lake's table of steps on Polars, DuckDB and a Spark cluster is the library's own, for every log and every view."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline import cluster, engines
from kztimeline.codec import fields_of
from kztimeline.dates import last_day
from kztimeline.errors import NotationError
from kztimeline.frames import step_frame
from kztimeline.registry import Definition
from kztimeline.steps import steps
from kztimeline.views import Placed, Standing, stand
from tests.clusters import needed
from tests.strategies import cited, definitions, placed, words_in
from tests.test_engines import tidy
from tests.told import told

VIEWS = [None, "2011", "2014"]


def view_of(log: Sequence[Placed], by: int | None) -> Standing:
    return stand(log, published_by=by, before=lambda earlier, later: earlier < later)


def defines(row: Placed) -> bool:
    return isinstance(row.value, Definition)


def day(view: str | None) -> int | None:
    return None if view is None else last_day(view).toordinal()


def both(log: Sequence[Placed], view: str | None) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Fold a log by its words and by its objects; name the keys that the words leave to the objects."""
    by = day(view)

    def apart(ids: pl.Series) -> Standing:
        wanted = {*ids, *(row.id for row in log if defines(row))}
        return view_of([row for row in log if row.id in wanted], by)

    found = cluster.spread(None, words_in(log).lazy(), apart, by)
    return tidy(found.frame.collect()), step_frame(steps(view_of(log, by))), found.apart


@given(told(), st.sampled_from(VIEWS))
def test_words_fold_as_the_objects_do_in_every_view(log: list[Placed], view: str | None) -> None:
    found, wanted, _ = both(log, view)
    assert found.rows() == wanted.rows()


CAME = {
    "kind": "delivered",
    "holder": "KAZ",
    "systems": ["x"],
    "occurred": "2010",
    "quantity": "4",
    "into": "in-service",
}
CLAIM = {**CAME, "citations": cited("a")}
MORE = {**CLAIM, "quantity": "5"}
ONE, OTHER = "the first claim", "the second"


def line(**fields: object) -> dict[str, object]:
    return {**CLAIM, **fields}


@pytest.mark.parametrize(
    ("later", "apart"),
    [
        ([], []),
        ([{"kind": "corrected", "target": ONE, "reason": "r", "replacement": MORE}], []),
        ([{"kind": "retracted", "target": ONE, "reason": "r"}], []),
        ([{"kind": "corrected", "target": ONE, "reason": "r", "replacement": line(systems=["y"])}], ["x", "y"]),
        ([{"kind": "corrected", "target": ONE, "reason": "r", "replacement": line(systems=["x", "y"])}], ["x", "y"]),
        ([{"kind": "corrected", "target": ONE, "reason": "r", "replacement": line(citations=cited("b"))}], ["x"]),
        ([{"kind": "revised", "target": ONE, "source": "a", "replacement": MORE}], ["x"]),
        ([{"kind": "withdrawn", "target": ONE, "source": "a", "citations": cited("a")}], ["x"]),
        ([{"kind": "linked", "relation": "same", "claims": [ONE, OTHER], "reason": "r"}], ["x"]),
        ([line(kind="planned", into=None)], ["x"]),
        ([line(citations=cited("c"))], ["x"]),
        ([{"kind": "defined-relation", "system": "y", "tie": "variant-of", "of": "x"}], ["y"]),  # the family's only member
    ],
)  # fmt: skip
def test_only_keys_that_are_not_simple_are_folded_as_objects(later: list[dict[str, object]], apart: list[str]) -> None:
    log = [*definitions(), *(placed(**line(note=note)) for note in "pq"), placed(**line(systems=["y"], note="r"))]
    ids = {ONE: log[-3].id, OTHER: log[-2].id}
    for fields in later:
        log.append(
            placed(**{n: [ids[i] for i in v] if n == "claims" else ids.get(str(v), v) for n, v in fields.items()})
        )
    log = [Placed(row.id, row.value, f"{n:03}") for n, row in enumerate(log)]
    found, wanted, keys = both(log, None)
    assert found.rows() == wanted.rows()
    assert keys["system"].to_list() == apart


# --- lakes ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of three appends: claims of all sorts, and what was said of them."""
    path = tmp_path_factory.mktemp("lake") / "log"
    tl = kz.init(path, name="test", holder="KAZ", store="delta")
    tl.append([fields_of(row.value) for row in definitions()])
    claims = [
        line(note=f"{number}", holder=holder, systems=[f"s{number % 7}"], quantity=quantity, occurred=when)
        for number in range(40)
        for holder, quantity, when in [
            ("KAZ", "3", "2010-05-05"), ("KGZ", "at least 2", "2009/2012"), ("KGZ", "2-4", f"20{number % 3 + 10}"),
        ]
    ]  # fmt: skip
    several = [
        *({"kind": "defined-system", "id": f"s{n}", "name": f"S {n}", "category": "air"} for n in range(7)),
        {"kind": "defined-holder", "id": "KGZ", "name": "Kyrgyzstan", "since": "1991"},
        *claims,
        *(
            {"kind": "stated", "holder": "KAZ", "systems": [f"s{n}"], "cutoff": "2011-11-10", "role": "item", "quantity": f"{n}",
                 "account": "in-store", "citations": cited("a")}
            for n in range(4)
        ),
    ]  # fmt: skip
    first = kz.open(path, mode="a").append(several)
    ids = first.added[8:]
    kz.open(path, mode="a").append(
        [
            {"kind": "corrected", "target": ids[0], "reason": "r", "replacement": line(systems=["s0"], quantity="7")},
            {"kind": "retracted", "target": ids[3], "reason": "r"},
            {"kind": "revised", "target": ids[6], "source": "a", "replacement": line(systems=["s2"], quantity="8", citations=cited("a", "2015"))},
            {"kind": "linked", "relation": "same", "claims": [ids[10], ids[31]], "reason": "r"},
        ]
    )  # fmt: skip
    return path


def rows_of(engine: Any, path: Path, **view: str) -> list[tuple[object, ...]]:
    """Fold a lake on an engine, and bring the rows here."""
    return tidy(engines.frame(cluster.steps(engine, path, **view).frame).collect("polars").to_native()).rows()


def equal_on(engine: Any, path: Path) -> None:
    tl = kz.open(path)
    before = tl.log.segments[1].id
    assert rows_of(engine, path) == tl.steps.rows()
    view = tl.view(recorded_by=before, published_by="2014")
    assert rows_of(engine, path, head=before, published_by="2014") == view.steps.rows()


def test_polars_folds_a_lake_in_every_view(lake: Path) -> None:
    equal_on(None, lake)
    assert 0 < cluster.steps(None, lake).apart.height < 14


def test_duckdb_folds_a_lake_in_every_view(lake: Path) -> None:
    with needed("duckdb").connect() as connection:
        equal_on(connection, lake)


def test_spark_folds_a_lake_on_two_workers(spark: Any, lake: Path) -> None:
    assert rows_of(spark, lake) == kz.open(lake).steps.rows()


def test_a_lake_without_claims_and_what_is_no_engine_are_refused(lake: Path, tmp_path: Path) -> None:
    kz.init(tmp_path / "log", name="test", store="delta")
    with pytest.raises(NotationError, match="holds no claims yet; append some first"):
        cluster.steps(None, tmp_path / "log")
    with pytest.raises(
        NotationError, match="not an engine: 'spark'; give a Spark session, a DuckDB connection, or None"
    ):
        cluster.steps("spark", lake)
