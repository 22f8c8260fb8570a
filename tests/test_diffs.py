"""A difference is accounted for to the last unit: in every world causes and rest add up to the change (R25, R26)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline.diffs.causes import NO_OFFERS, OFFERED, Cause, Offers, Units, offers_of
from kztimeline.diffs.difference import Change, Difference, State, difference
from kztimeline.diffs.headline import headline
from kztimeline.diffs.spans import ZERO, Span
from kztimeline.editions import Edition, read_editions
from kztimeline.quantities import Quantity, parse_quantity
from kztimeline.registry import Registry, System, Tie, Tied, build
from kztimeline.truth import Truth

HEADER = "edition,service,category,subcategory,item,qty,qty_op,state,row_kind\n"
EMPTY = build(())


def editions(tmp_path: Path, rows: str, registry: Registry = EMPTY) -> list[Edition]:
    path = tmp_path / "file.csv"
    path.write_text(HEADER + "\n".join(line.strip() for line in rows.strip().splitlines()) + "\n", encoding="utf-8")
    return list(read_editions(path, registry).values())


def compared(tmp_path: Path, rows: str, registry: Registry = EMPTY) -> Difference:
    before, after = editions(tmp_path, rows, registry)
    return difference(before, after, registry)


def one(found: Difference, kind: str = "item") -> Change:
    (change,) = [c for c in found.changes if c.kind == kind]
    return change


def causes(change: Change) -> list[tuple[str, Span, Span]]:
    return [(share.cause.word, share.active, share.stored) for share in change.shares]


def test_a_change_without_any_cause_is_wholly_unexplained(tmp_path: Path) -> None:
    change = one(compared(tmp_path, "1,army,MBT,,T-72,980,=,active,item\n2,army,MBT,,T-72,300,=,active,item"))
    assert (change.active, change.left_active, change.unexplained) == (Span(-680, -680, -680),) * 2 + (Truth.YES,)


def test_d_30_into_store(tmp_path: Path) -> None:
    """400 to 100 active with up to 300 newly in store: −300 = move −300..0 and rest −300..0; store 0..300 = move."""
    rows = "1,a,G,,D-30,400,=,active,item\n2,a,G,,D-30,100,=,active,item\n2,a,G,,D-30,300,<=,in-store,item"
    change = one(compared(tmp_path, rows))
    assert causes(change) == [("store", Span(-300, 0, -300), Span(0, 300, 300))]
    assert (change.left_active, change.left_stored) == (Span(-300, 0, 0), ZERO)
    assert change.unexplained is Truth.MAYBE


def test_one_number_for_two_types_makes_a_block_compared_whole(tmp_path: Path) -> None:
    rows = "1,a,F,,BTR-80A,90,=,active,item\n2,a,F,,BTR-80A/82A,100,=,active,item"
    change = one(compared(tmp_path, rows))
    assert causes(change) == [("renamed", ZERO, ZERO)]
    assert change.left_active == Span(10, 10, 10)


def test_a_second_name_and_another_category_are_changes_on_paper(tmp_path: Path) -> None:
    rows = "1,a,HEL SPT,,UH-1H,6,=,active,item\n2,a,HEL TPT,Light,Bell-205 (UH-1H),6,=,active,item"
    change = one(compared(tmp_path, rows))
    assert [word for word, _, _ in causes(change)] == ["moved", "renamed"]
    assert change.unexplained is Truth.NO


def test_a_finer_category_is_no_move(tmp_path: Path) -> None:
    change = one(compared(tmp_path, "1,a,TPT,,Tu-134,2,=,active,item\n2,a,TPT,Light,Tu-134,2,=,active,item"))
    assert (causes(change), change.state) == ([], State.CHANGED)


def test_the_same_vague_figure_twice_is_one_unknown(tmp_path: Path) -> None:
    change = one(compared(tmp_path, "1,a,H,,Mi-24,40,>=,active,item\n2,a,H,,Mi-24,40,>=,active,item"))
    assert (change.state, change.active, change.unexplained) == (State.UNCHANGED, ZERO, Truth.NO)


def test_a_service_that_one_file_lacks_is_not_compared(tmp_path: Path) -> None:
    rows = "1,army,A,,X,1,=,active,item\n2,army,A,,X,1,=,active,item\n2,navy,PB,,Zhuk,2,=,active,item"
    states = {c.service: c.state for c in compared(tmp_path, rows).changes}
    assert states == {"army": State.UNCHANGED, "navy": State.NOT_COMPARED}


def test_unknown_names_that_come_and_go_in_one_category_are_perhaps_renamed(tmp_path: Path) -> None:
    rows = "1,a,PB,,Guardian,5,=,active,item\n2,a,PB,,Sardar,3,=,active,item"
    found = compared(tmp_path, rows)
    assert [c.perhaps_renamed for c in found.changes] == [True, True]


SYSTEMS = build(
    [
        *(System("defined-system", s, s.upper(), (), "a/b", None) for s in ("x", "x-1", "y")),
        Tied("defined-relation", "x-1", Tie.VARIANT_OF, "x"),
    ]
)


def test_a_variant_in_the_place_of_its_family_joins_a_block_but_not_beside_it(tmp_path: Path) -> None:
    joined = compared(tmp_path, "1,a,A,,X,5,=,active,item\n2,a,A,,X-1,7,=,active,item", SYSTEMS)
    assert causes(one(joined)) == [("renamed", ZERO, ZERO)]
    rows = "1,a,A,,X,5,=,active,item\n1,a,A,,X-1,5,=,active,item\n2,a,A,,X-1,7,=,active,item"
    assert len(compared(tmp_path, rows, SYSTEMS).changes) == 2


def test_a_variant_split_off_its_family_is_no_loss_and_one_that_is_new_beside_it_is(tmp_path: Path) -> None:
    rows = "1,a,A,,X,190,=,active,item\n2,a,A,,X,150,=,active,item\n2,a,A,,X-1,40,=,active,item"
    for printed in (rows, rows.replace("1,a", "3,a")):
        change = one(compared(tmp_path, printed, SYSTEMS))
        assert (causes(change), change.active, change.left_active) == ([("renamed", ZERO, ZERO)], ZERO, ZERO)
    beside = compared(tmp_path, rows.replace("150", "190"), SYSTEMS)
    assert [(c.state, c.left_active.best) for c in beside.changes] == [(State.UNCHANGED, 0), (State.CHANGED, 40)]
    elsewhere = compared(tmp_path, rows.replace("A,,X-1", "B,,X-1"), SYSTEMS)
    assert [c.left_active.best for c in elsewhere.changes] == [-40, 40]


def test_rows_that_differ_in_their_figure_alone_are_counted_once(tmp_path: Path) -> None:
    rows = """1,a,TPT,,An-26,20,=,active,item
        1,a,TPT,,An-26,21,=,active,item
        1,a,TPT,,,20,=,,printed-total
        1,a,TPT,,,21,=,,printed-total
        2,a,TPT,,An-26,21,=,active,item
        2,a,TPT,,An-26,21,=,active,item
        2,a,TPT,,,21,=,,printed-total"""
    found = compared(tmp_path, rows)
    assert (one(found).active, one(found).before[0].text) == (Span(0, 1, None), "20 or 21")
    assert (one(found, "total").active, [check.fits for _, check in found.checks]) == (Span(0, 1, None), [True, True])
    answer = kz.diff(*(kz.read_edition(tmp_path / "file.csv", edition=name) for name in ("1", "2")))
    said = [finding.sentence for finding in answer.findings if finding.code == "rows-alternative"]
    assert said[0] == "iiss-mb-1, a TPT An-26: 2 rows, 20 and 21, of which one is right; they are not added"
    assert len(said) == 3


def test_names_of_signs_alone_are_not_all_one_name(tmp_path: Path) -> None:
    found = compared(tmp_path, "1,a,A,,-,5,=,active,item\n1,a,A,,?,6,=,active,item\n2,a,A,,-,7,=,active,item")
    assert [c.active.best for c in found.changes] == [2, -6]


def test_an_edition_without_a_cutoff_says_so_and_two_holders_are_not_compared(tmp_path: Path) -> None:
    rows = "1,a,A,,X,5,=,active,item\n2,a,A,,X,7,=,active,item"
    before, after = editions(tmp_path, rows)
    answer = kz.load().diff(before, after)
    assert [f.sentence for f in answer.findings if f.code == "cutoff-unknown"] == [
        f"iiss-mb-{n} has no cutoff, so that nothing can have come or gone in between; define the edition" for n in "12"
    ]
    with pytest.raises(
        kz.errors.NotationError, match="iiss-mb-1 is of KAZ and iiss-mb-2 of UZB; compare editions of one"
    ):
        kz.load().diff(before, evolve(after, holder="UZB"))
    with pytest.raises(kz.errors.NotationError, match='a difference is of one holder; write holder="KAZ"'):
        kz.load().diff("2016", "2017", holder="*")


def test_the_headline_adds_bests_tells_what_is_only_perhaps_and_counts_what_has_no_figure(tmp_path: Path) -> None:
    rows = """1,a,A,,X,5,=,active,item
        1,a,A,,Y,5,>=,active,item
        1,a,B,,Z,9,=,active,item
        2,a,A,,X,9,=,active,item
        2,a,A,,Y,5,=,active,item
        2,a,B,,Z,9,=,active,item"""
    came = offers_of({"came": Units(Span(0, 3, 3), ("in",))})
    registry = build([System("defined-system", s, s.upper(), (), "a/b", None) for s in ("x", "y", "z")])
    before, after = editions(tmp_path, rows, registry)
    found = difference(before, after, registry, lambda wanted: came if wanted.of("y", None) is Truth.NO else NO_OFFERS)
    said = "of +4: +0 on paper, +3 (+3 perhaps) in the world, +1 unexplained; 1 without a single figure"
    assert headline(found) == [
        f"a A: {said}",
        "apart: flows of +3 on 1 row whose figure is unchanged",
        f"all: {said}; of 2 changes 0 explained, 1 perhaps, 1 not",
    ]


def test_a_total_that_no_longer_counts_stores_changed_its_definition(tmp_path: Path) -> None:
    rows = """1,a,ARTY,,,200,=,,printed-total
        1,a,ARTY,MRL,BM-21,150,=,active,item
        1,a,ARTY,MRL,BM-21,50,=,in-store,item
        2,a,ARTY,,,100,=,,printed-total
        2,a,ARTY,MRL,BM-21,100,=,active,item
        2,a,ARTY,MRL,BM-21,100,=,in-store,item"""
    change = one(compared(tmp_path, rows), "total")
    amounts = {share.cause: share.active for share in change.shares}
    assert amounts == {Cause.DEFINITION: Span(-50, -50, -50), Cause.STORE: Span(-50, -50, -50)}
    assert change.left_active == ZERO


def test_a_total_follows_what_moved_out_and_what_does_not_add_up(tmp_path: Path) -> None:
    rows = """1,a,FGA,,,65,=,,printed-total
        1,a,FGA,,Su-24,51,=,active,item
        1,a,FGA,,Su-25,14,=,active,item
        2,a,FGA,,,50,=,,printed-total
        2,a,FGA,,Su-24,51,=,active,item
        2,a,ATK,,Su-25,14,=,active,item"""
    found = compared(tmp_path, rows)
    change = one(found, "total")
    amounts = {share.cause: share.active.best for share in change.shares}
    assert amounts == {Cause.MOVED: -14, Cause.MISMATCH: -1}
    assert change.left_active == ZERO
    assert [check.counts.value for _, check in found.checks] == ["active", "neither"]


def test_opening_and_flows_are_reconciled_with_closing_by_block_and_by_category(tmp_path: Path) -> None:
    rows = """1,a,G,,D-30,400,=,active,item
        1,a,G,,X,5,=,active,item
        2,a,G,,D-30,100,=,active,item
        2,a,G,,D-30,300,=,in-store,item
        2,a,G,,X,7,=,active,item"""
    path = tmp_path / "file.csv"
    path.write_text(HEADER + "\n".join(line.strip() for line in rows.splitlines()) + "\n", encoding="utf-8")
    balance = kz.diff(*(kz.read_edition(path, edition=name) for name in ("1", "2"))).balance
    shown = balance.select("item", "opening_best", "stored_best", "expected_best", "closing_best", "fits").rows()
    assert shown == [("D-30", 400, 300, 100, 100, "yes"), ("X", 5, 0, 5, 7, "no"), (None, 405, 300, 105, 107, "no")]


def test_a_list_read_twice_and_an_empty_one_are_failures_of_scope(tmp_path: Path) -> None:
    rows = [f"a,K,,S-{number},{number},=,active,item" for number in range(1, 21)]
    once = "\n".join(f"1,{row}" for row in rows)
    twice = "\n".join(f"2,a,K,,S-{number},{2 * number},=,active,item" for number in range(1, 21))
    found = compared(tmp_path, f"{once}\n{twice}")
    assert {c.state for c in found.changes} == {State.NOT_COMPARED}
    assert (
        found.failure
        == "iiss-mb-1 and iiss-mb-2 differ by a factor of two in nearly every row: one of them was read twice"
    )
    full = editions(tmp_path, once)[0]
    empty = difference(full, evolve(full, id="empty", rows=(), coverage={}), EMPTY)
    assert {c.state for c in empty.changes} == {State.NOT_COMPARED}
    assert empty.failure == "empty has no rows: nothing is compared, and nothing was lost"


# --- laws ---------------------------------------------------------------------------------------------------------

FIGURES = st.sampled_from(["0", "1", "2", "3", "1-3", "up to 2", "0-1", "(2)"])


@st.composite
def offers(draw: st.DrawFn) -> Offers:
    """Offer up to three things, so that the worlds can be enumerated; what a source restates may be a fall."""
    names = draw(st.lists(st.sampled_from(OFFERED), max_size=3, unique=True))
    spans = {name: _span(draw(FIGURES)) for name in names}
    for name in {"corrected", "restated"} & spans.keys():
        spans[name] = draw(st.sampled_from([spans[name], -spans[name]]))
    return offers_of({name: Units(span, (name,)) for name, span in spans.items()})


ROWS = st.lists(st.tuples(st.sampled_from(["active", "in-store"]), FIGURES), max_size=2, unique_by=lambda r: r[0])


def _span(text: str) -> Span:
    quantity = parse_quantity(text)
    assert quantity.high is not None
    return Span(quantity.low, quantity.high, quantity.best)


def _edition(name: str, rows: list[tuple[str, str]], tmp: Path) -> Edition:
    text = "".join(f"{name},a,K,,X,{figure},=,{state},item\n" for state, figure in rows)
    path = tmp / f"{name}.csv"
    path.write_text(HEADER + text + f"{name},a,Z,,other,1,=,active,item\n")
    (edition,) = read_editions(path, SYSTEMS).values()
    return edition


def worlds(quantity: Quantity) -> range:
    assert quantity.high is not None
    return range(quantity.low, quantity.high + 1)


def figures(edition: Edition) -> dict[bool, Quantity]:
    return {row.stored: row.quantity for row in edition.rows if row.item == "X"}


def every_world(before: Edition, after: Edition) -> Iterator[tuple[int, int]]:
    """Yield each possible change in active and in store; a figure with one text on both sides is one unknown."""
    zero = parse_quantity("0")
    sides = [figures(before), figures(after)]
    for choice in product(
        *(_pairs(sides[0].get(stored, zero), sides[1].get(stored, zero)) for stored in (False, True))
    ):
        yield choice[0][1] - choice[0][0], choice[1][1] - choice[1][0]


def _pairs(a: Quantity, b: Quantity) -> list[tuple[int, int]]:
    if a.text == b.text:
        return [(n, n) for n in worlds(a)]
    return [(n, m) for n in worlds(a) for m in worlds(b)]


@given(ROWS, ROWS, offers())
def test_in_every_world_causes_and_rest_add_up_and_intervals_are_projections(
    tmp_path_factory: pytest.TempPathFactory,
    rows_a: list[tuple[str, str]],
    rows_b: list[tuple[str, str]],
    offered: Offers,
) -> None:
    if not rows_a and not rows_b:
        return
    tmp = tmp_path_factory.mktemp("law")
    before, after = _edition("1", rows_a, tmp), _edition("2", rows_b, tmp)
    found = difference(
        before, after, SYSTEMS, lambda wanted: offered if wanted.of("x", None) is Truth.YES else NO_OFFERS
    )
    (change,) = [c for c in found.changes if c.systems == ("x",)]
    kept = any(state == "in-store" for state, _ in rows_a + rows_b)
    spans = [getattr(offered, name).span for name in OFFERED]
    seen = [
        _in_one_world(active, stored, dict(zip(OFFERED, units, strict=True)), late=not rows_a, kept=kept)
        for active, stored in every_world(before, after)
        for units in product(*(range(int(span.low), int(span.high) + 1) for span in spans))
    ]
    assert _hull([w["active"] for w in seen]) == (change.active.low, change.active.high)
    assert _hull([w["stored"] for w in seen]) == (change.stored.low, change.stored.high)
    assert _hull([w["left_active"] for w in seen]) == (change.left_active.low, change.left_active.high)
    assert _hull([w["left_stored"] for w in seen]) == (change.left_stored.low, change.left_stored.high)
    shown: dict[str, list[Span]] = {}
    for share in change.shares:
        by_source = share.cause is Cause.LATE_ENTRY and not share.inferred
        shown.setdefault("correction" if by_source else share.cause.word, []).append(share.active)
    for cause in CAUSED:
        amounts = shown.pop(cause, [ZERO])
        assert [(amount.low, amount.high) for amount in amounts] == [_hull([w[cause] for w in seen])], cause
    assert shown.keys() <= {"renamed", "moved"}
    parts = [share.active for share in change.shares] + [change.left_active]
    if all(span.best is not None for span in parts):
        assert change.active.best == sum(span.best or 0 for span in parts)


CAUSED = ("store", "transfer", "inflow", "outflow", "correction", "late-entry", "re-evaluation")
"""The causes with an amount; a correction is a late entry by the source's own word."""


def _in_one_world(active: int, stored: int, units: dict[str, int], *, late: bool, kept: bool) -> dict[str, int]:
    """Apply R26 to one world, in plain numbers."""
    loss, gain = -active, stored if kept else units["shelved"] - units["unshelved"]
    move = max(0, min(loss, gain)) - max(0, min(-loss, -gain))
    shares = {
        "store": -move, "transfer": units["into"] - units["out_of"], "inflow": units["came"], "outflow": -units["went"],
    }  # fmt: skip
    for cause, offered in (
        ("correction", units["corrected"]),
        ("late-entry", units["earlier"] if late else 0),
        ("re-evaluation", units["restated"]),
    ):
        rest = active - sum(shares.values())
        least = min(abs(rest), abs(offered)) if rest * offered > 0 else 0
        shares[cause] = least if rest > 0 else -least
    rest = active - sum(shares.values())
    assert rest + sum(shares.values()) == active
    return {
        "active": active,
        "stored": stored,
        "left_active": rest,
        "left_stored": stored - (move if kept else 0),
        **shares,
    }


def _hull(values: list[int]) -> tuple[int, int]:
    return min(values), max(values)


@given(ROWS, ROWS, offers())
def test_the_other_way_round_changes_every_sign_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
    rows_a: list[tuple[str, str]],
    rows_b: list[tuple[str, str]],
    offered: Offers,
) -> None:
    tmp = tmp_path_factory.mktemp("mirror")
    before, after = _edition("1", rows_a, tmp), _edition("2", rows_b, tmp)
    there, back = (difference(*pair, SYSTEMS, lambda _: offered) for pair in ((before, after), (after, before)))
    assert len(there.changes) == len(back.changes)
    for one, other in zip(there.changes, back.changes, strict=True):
        assert (one.before, one.after, one.state, one.unexplained) == (
            other.after, other.before, other.state, other.unexplained,
        )  # fmt: skip
        for name in ("active", "stored", "left_active", "left_stored"):
            assert getattr(one, name) == -getattr(other, name)
        assert [(s.cause, s.active, s.stored, s.events) for s in one.shares] == [
            (s.cause, -s.active, -s.stored, s.events) for s in other.shares
        ]


@given(ROWS)
def test_a_reading_differs_from_itself_in_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    edition = _edition("1", rows, tmp_path_factory.mktemp("self"))
    found = difference(edition, edition, SYSTEMS)
    for change in found.changes:
        assert (change.state, change.shares, change.unexplained) == (State.UNCHANGED, (), Truth.NO)
        assert change.active == change.stored == change.left_active == change.left_stored == ZERO
    assert headline(found) == ["no figure changed"]


# --- real editions -----------------------------------------------------------------------------------------------

CAUSES_OF_CLASS = {
    "removed": {13}, "quantity": {13}, "added": {8, 10, 13}, "merged": {4}, "split": {4}, "renamed": {4},
    "recategorised": {3}, "total-moved": {3}, "total-scope": {2}, "moved-to-store": {6}, "unchanged": set(),
}  # fmt: skip
"""The classes of a hand-made key and the causes that each may have; the table stands in ``docs/editions.md``."""


def test_every_change_of_the_hand_made_key_has_its_cause(shared: Path) -> None:
    folder = shared / "data" / "iiss"
    tl = kz.load()
    found = {
        (a, b): tl.diff(
            *(kz.read_edition(folder / "kazakhstan_2010_2013.csv", edition=y) for y in (a, b)), unchanged=True
        )
        for a, b in (("2010", "2011"), ("2012", "2013"))
    }
    key = (folder / "kazakhstan_expected_changes_2010_2013.csv").read_text("utf-8")
    rows = list(csv.DictReader(key.splitlines()))
    wrong = [row for row in rows if not _as_expected(row, found[(row["from_edition"], row["to_edition"])])]
    assert len(rows) == 41
    assert wrong == []


def _as_expected(row: dict[str, str], answer: kz.Accounted) -> bool:
    """Tell whether a row of the key is found, with every cause that its class may have among the causes."""
    name, side = (row["item_from"], "before") if row["item_from"] else (row["item_to"], "after")
    for result in answer.frame.iter_rows(named=True):
        label = result[f"item_{side}"] or f"{result[f'category_{side}']} total"
        if result["service"] == row["service"] and name in (label, *label.split(" + ")):
            if row["change"] == "unchanged":
                return bool(result["state"] == "unchanged")
            causes = answer.causes.filter(answer.causes["change"] == result["change"])
            numbers = set(causes["number"].to_list())
            return all(numbers & CAUSES_OF_CLASS[word] for word in row["change"].split("+"))
    return False
