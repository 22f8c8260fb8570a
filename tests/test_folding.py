"""A table made from lines in columns is the one made from values, name by name and row by row, for every log and view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline import folding
from kztimeline.cache import Kept
from kztimeline.codec import event_of, fields_of, line_of
from kztimeline.dates import last_day
from kztimeline.errors import IntegrityError
from kztimeline.layout import flat
from kztimeline.log import append_lines
from kztimeline.policies import Policy
from kztimeline.views import Placed, stand
from tests.strategies import cited, definitions, placed
from tests.told import printed, told

VIEWS = st.sampled_from([None, "2011", "2014"])
SOURCES = st.sampled_from([None, None, frozenset("a"), frozenset("ab"), frozenset[str]()])


@frozen
class Segment:
    """Where a line stands."""

    id: str


@frozen
class Lines:
    """Lines as a log has them, each in a segment of its own."""

    rows: Sequence[Placed]

    def __iter__(self) -> Iterator[tuple[Segment, str, bytes]]:
        return ((Segment(row.segment), row.id, line_of(row.value)) for row in self.rows)

    def before(self, earlier: str, later: str) -> bool:
        return earlier < later


def from_lines(log: Sequence[Placed], view: str | None, sources: frozenset[str] | None, before: Kept | None) -> Kept:
    by = None if view is None else last_day(view).toordinal()
    lines: Any = Lines(log)
    return folding.from_lines(lines, by, sources, before)


def from_values(log: Sequence[Placed], view: str | None, sources: frozenset[str] | None) -> Kept:
    by = None if view is None else last_day(view).toordinal()
    standing = stand(log, published_by=by, sources=sources, before=lambda earlier, later: earlier < later)
    return folding.from_values(standing, Policy.ANCHORED, folding.names_in(standing, log), None)


def same(one: Kept, other: Kept) -> None:
    """Tables say the same, and so do the names that questions to them are read with."""
    assert flat(one.parts.values()).rows() == flat(other.parts.values()).rows()
    assert one.names.holders == other.names.holders
    assert one.names.only_member == other.names.only_member
    assert one.names.definitions == other.names.definitions
    assert one.names.totalled == other.names.totalled
    assert one.marks().select("holder", "system").rows() == other.marks().select("holder", "system").rows()
    assert not one.marks()["fingerprint"].has_nulls()


@given(told(totals=True), VIEWS, SOURCES)
def test_lines_fold_as_values_do_in_every_view(
    log: list[Placed], view: str | None, sources: frozenset[str] | None
) -> None:
    same(from_lines(log, view, sources, None), from_values(log, view, sources))


@given(told(totals=True), VIEWS, SOURCES, st.data())
def test_a_table_refreshed_from_lines_equals_one_made_anew(
    log: list[Placed], view: str | None, sources: frozenset[str] | None, data: st.DataObject
) -> None:
    until = data.draw(st.integers(0, len(log)))
    before = from_lines(log[:until], view, sources, None)
    after, anew = from_lines(log, view, sources, before), from_lines(log, view, sources, None)
    same(after, anew)
    assert after.marks().rows() == anew.marks().rows()


CLAIM: dict[str, object] = {
    "kind": "delivered", "holder": "KAZ", "systems": ["x"], "occurred": "2010", "quantity": "4", "into": "in-service",
    "citations": cited("a"),
}  # fmt: skip


def said(rows: Sequence[Placed]) -> list[Placed]:
    """Lines behind the definitions, each in a segment of its own."""
    return [Placed(row.id, row.value, f"{n:03}") for n, row in enumerate([*definitions(), *rows])]


LEVEL: dict[str, object] = {
    **CLAIM,
    "kind": "stated",
    "occurred": None,
    "into": None,
    "cutoff": "2011-11-10",
    "account": "in-store",
}
BESIDE: dict[str, tuple[list[dict[str, object]], tuple[int, int, bool]]] = {
    "nothing": ([], (4, 4, False)),
    "another source": ([{**CLAIM, "citations": cited("c"), "quantity": "9"}], (9, 9, False)),
    "a level": ([LEVEL], (4, 4, False)),
    "two levels on a day": ([LEVEL, {**LEVEL, "quantity": "7"}], (4, 7, True)),
    "levels of two accounts": ([LEVEL, {**LEVEL, "account": "for-sale", "quantity": "2"}], (6, 6, False)),
}


@pytest.mark.parametrize(("beside", "held"), BESIDE.values(), ids=BESIDE)
def test_what_stands_beside_a_claim_counts_as_in_values(
    beside: list[dict[str, object]], held: tuple[int, int, bool]
) -> None:
    log = said([placed(**CLAIM), *(placed(**fields) for fields in beside)])
    found = from_lines(log, None, None, None)
    same(found, from_values(log, None, None))
    assert flat(found.parts.values()).filter(account="held").select("low", "high", "conflict").rows()[-1] == held


def corrected(target: Placed, replacement: dict[str, object]) -> Placed:
    return placed(kind="corrected", target=target.id, replacement=replacement, reason="misread")


@pytest.mark.parametrize("last", ["another operator", "corrected again", "retracted"])
def test_a_claim_that_was_corrected_to_name_no_system_is_gone(last: str) -> None:
    claim = placed(**CLAIM)
    total = corrected(claim, printed("a", "2010-05-05"))
    more = {
        "another operator": placed(**{**CLAIM, "quantity": "2", "operator": "army"}),
        "corrected again": corrected(total, {**CLAIM, "quantity": "2"}),
        "retracted": placed(kind="retracted", target=total.id, reason="misread"),
    }
    log = said([claim, total, more[last]])
    found = from_lines(log, None, None, None)
    same(found, from_values(log, None, None))
    assert set(flat(found.parts.values())["high"]) == (set() if last == "retracted" else {2})


def test_what_corrects_the_retraction_of_a_claim_without_a_system_stands() -> None:
    total = placed(**printed("a", "2010-05-05"))
    retraction = placed(kind="retracted", target=total.id, reason="misread")
    log = said([total, retraction, corrected(retraction, {**CLAIM, "operator": "army"})])
    found = from_lines(log, None, None, None)
    same(found, from_values(log, None, None))
    assert set(flat(found.parts.values())["high"]) == {4}


def test_what_came_before_its_holder_began_is_held_from_its_first_day() -> None:
    log = said([placed(**{**CLAIM, "occurred": "../2003", "systems": ["y"]})])
    found = from_lines(log, None, None, None)
    same(found, from_values(log, None, None))
    steps = flat(found.parts.values()).filter(account="held").select(pl.col("since").cast(pl.String), "low", "high")
    assert steps.rows() == [("2009-01-01", 4, 4)]


# --- logs on the disk -----------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of definitions and a few claims, one of them corrected, one redacted."""
    kz.init(tmp_path / "log", name="test", holder="KAZ")
    tl = kz.open(tmp_path / "log", mode="a")
    claims = [
        CLAIM,
        {**CLAIM, "quantity": "3"},
        {**CLAIM, "note": "ours"},
        {**CLAIM, "operator": "army", "systems": ["y"]},
    ]
    added = tl.append([*(fields_of(row.value) for row in definitions()), *claims]).added
    tl.correct(added[-4], {"quantity": "7"}, reason="we mistyped")
    kz.redact(tmp_path / "log", [added[-2]], reason="a name", writer="w", unsalted=True)
    return tmp_path / "log"


def test_a_log_answers_alike_whichever_way_it_is_folded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = kz.open(path)
    answers = [few.holdings(on="2016", account="*"), few.fielded("2010"), few.explain("x", on="2016"), few.history("y")]
    monkeypatch.setattr(folding, "MANY", 0)
    monkeypatch.setenv("XDG_CACHE_HOME", str(path.parent / "another cache"))
    many = kz.open(path)
    again = [
        many.holdings(on="2016", account="*"),
        many.fielded("2010"),
        many.explain("x", on="2016"),
        many.history("y"),
    ]
    for one, other in zip(answers, again, strict=True):
        assert one.frame.rows() == other.frame.rows()
        assert one.findings == other.findings
    held = many.holdings(on="2016").frame.select("system", "low", "high")
    assert held.rows() == [("x", 7, 10), ("y", 4, 4)]  # 3, and 7 in the place of 4, which may be the same (R5)


def test_a_line_that_says_nothing_we_know_is_told_with_its_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "MANY", 0)
    line = line_of(event_of(CLAIM)).replace(b'"quantity":"4"', b'"quantity":"many"')
    append_lines(path, [line_of(event_of({**CLAIM, "note": "right"})), line], note="", writer="other")
    with pytest.raises(
        IntegrityError, match="a line that says nothing we know: quantity: not a quantity: 'many'"
    ) as caught:
        kz.open(path).holdings(on="2016")
    assert caught.value.line == 3
