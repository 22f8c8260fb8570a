"""What a log offers to account for a difference: each unit once, to the rows that can count it, and nothing unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, pairwise, product
from pathlib import Path
from shutil import copytree

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline.accounted import Accounted, accounted
from kztimeline.answers import Face
from kztimeline.dates import Shape, parse_date
from kztimeline.diffs.causes import WORLD, Cause
from kztimeline.diffs.difference import Difference, State, difference
from kztimeline.diffs.flows import between, told
from kztimeline.diffs.places import Wanted
from kztimeline.diffs.said import offered
from kztimeline.diffs.spans import ZERO, Span
from kztimeline.editions import Edition, read_editions
from kztimeline.quantities import parse_quantity
from kztimeline.readings import INF, Days, days_of
from kztimeline.registry import Alias, Registry, System, build
from kztimeline.truth import Truth
from kztimeline.views import Placed, stand
from tests.strategies import placed

HEADER = "edition,service,category,subcategory,item,qty,qty_op,state,row_kind\n"
DEFINED: list[dict[str, object]] = [
    {"kind": "defined-holder", "id": "KAZ", "name": "K", "since": "1991-12-16"},
    {"kind": "defined-source", "id": "reg", "title": "Register", "form": "register"},
    {"kind": "defined-source", "id": "mb", "title": "Lists", "form": "edition"},
    *(
        {"kind": "defined-edition", "id": f"mb-{y}", "source": "mb", "cutoff": f"{y - 1}-11", "published": f"{y}-02"}
        for y in range(2011, 2015)
    ),
    *(
        {"kind": "defined-organisation", "id": f"kaz-{o}", "name": f"Kazakh {o.title()}", "holder": "KAZ", "civil": c}
        for o, c in (("army", False), ("navy", False), ("guards", False), ("police", True))
    ),
    *(
        {"kind": "defined-system", "id": s, "name": s.upper(), "category": "land/apc"}
        for s in ("x", "x-1", "x-2", "y", "z")
    ),
    *({"kind": "defined-relation", "system": s, "tie": "variant-of", "of": "x"} for s in ("x-1", "x-2")),
]


def answer(found: Difference) -> Accounted:
    """The difference as an answer that nobody cites or draws."""
    face = Face(lambda *_: (), lambda *_: pytest.fail("nobody draws here"), lambda: ())
    return accounted(found, question="", head="", policy="", sources=(), face=face)


def said(kind: str, when: str, count: object, system: str = "y", **more: object) -> dict[str, object]:
    into = {"into": "in-service"} if kind == "delivered" else {}
    fields = {"kind": kind, "holder": "KAZ", "occurred": when, "systems": [system], "quantity": count, **into}
    return {**fields, "citations": [{"source": "reg", "published": "2014"}], **more}


def lists(tmp_path: Path, rows: str, registry: Registry) -> list[Edition]:
    path = tmp_path / "lists.csv"
    path.write_text(HEADER + "".join(f"{line.strip()}\n" for line in rows.strip().splitlines()), encoding="utf-8")
    return list(read_editions(path, registry, {"source": "mb"}).values())


def split(tmp_path: Path, rows: str, *claims: dict[str, object], by: int | None = None) -> Difference:
    view = stand([placed(**fields) for fields in (*DEFINED, *claims)], published_by=by)
    one, other = lists(tmp_path, rows, view.registry)
    return difference(one, other, view.registry, *offered(view, one, other, "KAZ"))


def amounts(found: Difference, item: str, service: str = "army") -> dict[str, Span]:
    """Give the causes of a row's change in active, by word, and what is left."""
    (change,) = [
        c for c in found.changes if c.service == service and item in [row.item for row in (*c.before, *c.after)]
    ]
    return {**{share.cause.word: share.active for share in change.shares}, "rest": change.left_active}


def test_what_came_for_certain_perhaps_and_not_at_all(tmp_path: Path) -> None:
    rows = """2011,army,A,,X,5,=,active,item
        2011,army,A,,Y,5,=,active,item
        2011,army,A,,Z,5,=,active,item
        2012,army,A,,X,8,=,active,item
        2012,army,A,,Y,8,=,active,item
        2012,army,A,,Z,8,=,active,item"""
    found = split(tmp_path, rows, said("delivered", "2011-03", 3, "x"), said("delivered", "2011", 3))
    assert amounts(found, "X") == {"inflow": Span(3, 3, 3), "rest": ZERO}
    assert amounts(found, "Y") == {"inflow": Span(0, 3, 3), "rest": Span(0, 3, 0)}
    assert amounts(found, "Z") == {"rest": Span(3, 3, 3)}
    assert [str(c.unexplained) for c in found.changes] == ["no", "maybe", "yes"]


def test_five_late_entries_and_a_flow_on_a_figure_that_stayed(tmp_path: Path) -> None:
    rows = """2011,army,A,,Y,5,=,active,item
        2012,army,A,,Y,5,=,active,item
        2012,army,A,,Z,40,=,active,item"""
    claims = said("delivered", "{2008,2009}", 40, "z"), said("delivered", "2011", 7)
    found = split(tmp_path, rows, *claims)
    assert amounts(found, "Z") == {"late-entry": Span(40, 40, 40), "rest": ZERO}
    assert [c.state for c in found.changes] == [State.FLOW_UNCHANGED, State.CHANGED]
    assert amounts(found, "Y") == {"inflow": Span(0, 7, 7), "rest": Span(-7, 0, -7)}


def test_a_delivery_counts_in_the_row_of_its_variant_and_not_in_its_familys_too(tmp_path: Path) -> None:
    rows = """2011,army,A,,X,5,=,active,item
        2011,army,A,,X-1,5,=,active,item
        2012,army,A,,X,6,=,active,item
        2012,army,A,,X-1,8,=,active,item"""
    found = split(tmp_path, rows, said("delivered", "2011-03", 3, "x-1"))
    assert amounts(found, "X") == {"rest": Span(1, 1, 1)}
    assert amounts(found, "X-1") == {"inflow": Span(3, 3, 3), "rest": ZERO}


def test_a_variant_that_no_row_prints_counts_in_its_family_and_a_family_perhaps_in_a_variant(tmp_path: Path) -> None:
    rows = """2011,army,A,,X,5,=,active,item
        2011,army,A,,X-1,5,=,active,item
        2012,army,A,,X,6,=,active,item
        2012,army,A,,X-1,8,=,active,item"""
    found = split(tmp_path, rows, said("delivered", "2011-03", 3, "x-2"))
    assert amounts(found, "X")["inflow"] == Span(3, 3, 3)
    only_variants = rows.replace(",X,", ",X-2,")
    found = split(tmp_path, only_variants, said("delivered", "2011-03", 3, "x"))
    assert amounts(found, "X-1")["inflow"] == amounts(found, "X-2")["inflow"] == Span(0, 3, None)


TWO_SERVICES = """2011,army,A,,Y,5,=,active,item
    2011,navy,A,,Y,5,=,active,item
    2012,army,A,,Y,8,=,active,item
    2012,navy,A,,Y,5,=,active,item"""


def test_what_came_to_nobody_named_may_be_in_either_service_and_what_is_named_is_in_its_own(tmp_path: Path) -> None:
    found = split(tmp_path, TWO_SERVICES, said("delivered", "2011-03", 3))
    assert amounts(found, "Y")["inflow"] == amounts(found, "Y", "navy")["inflow"] == Span(0, 3, None)
    found = split(tmp_path, TWO_SERVICES, said("delivered", "2011-03", 3, operator="kaz-army"))
    assert amounts(found, "Y") == {"inflow": Span(3, 3, 3), "rest": ZERO}
    assert amounts(found, "Y", "navy") == {"rest": ZERO}


def test_units_of_a_body_that_is_no_service_are_possible_and_civil_ones_none(tmp_path: Path) -> None:
    rows = "2011,army,A,,Y,5,=,active,item\n2012,army,A,,Y,8,=,active,item"
    found = split(tmp_path, rows, said("delivered", "2011-03", 3, operator="kaz-guards"))
    assert amounts(found, "Y")["inflow"] == Span(0, 3, None)
    assert amounts(split(tmp_path, rows, said("delivered", "2011-03", 3, operator="kaz-police")), "Y").keys() == {
        "rest"
    }


def test_a_transfer_is_a_loss_of_one_service_and_a_gain_of_the_other(tmp_path: Path) -> None:
    rows = """2011,army,A,,Y,9,=,active,item
        2011,navy,A,,Y,5,=,active,item
        2012,army,A,,Y,6,=,active,item
        2012,navy,A,,Y,9,=,active,item"""
    found = split(tmp_path, rows, said("transferred", "2011-03", 3, operator="kaz-army", to_operator="kaz-navy"))
    assert amounts(found, "Y") == {"transfer": Span(-3, -3, -3), "rest": ZERO}
    assert amounts(found, "Y", "navy") == {"transfer": Span(3, 3, 3), "rest": Span(1, 1, 1)}
    balance = answer(found).balance.filter(pl.col("item") == "Y")
    assert balance.select("service", "transferred_best", "expected_best", "closing_best", "fits").rows() == [
        ("army", -3, 6, 6, "yes"), ("navy", 3, 8, 9, "no"),
    ]  # fmt: skip


def test_between_days_a_transfer_between_own_branches_is_no_change_and_one_from_civil_hands_is(tmp_path: Path) -> None:
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    tl.append([*DEFINED, said("delivered", "2010", 9, batch="p")])
    tl.append([said("transferred", "2011-03", 3, operator="kaz-army", to_operator="kaz-navy")])
    assert tl.refresh().diff("2010", "2012").frame.is_empty()
    tl.append([said("transferred", "2011-04", 2, operator="kaz-police", to_operator="kaz-army", batch="p")])
    causes = tl.refresh().diff("2010", "2012").causes
    assert causes.select("cause", "active_low", "active_best", "active_high").rows() == [("transfer", 2, 2, 2)]


def test_what_claims_put_into_store_is_no_loss_though_no_edition_prints_a_store(tmp_path: Path) -> None:
    rows = "2011,army,A,,Y,50,=,active,item\n2012,army,A,,Y,20,=,active,item"
    claims = said("stored", "2011-03", 40), said("returned", "2011-05", 5)
    found = split(tmp_path, rows, said("stored", "2011-03", 20))
    assert amounts(found, "Y") == {"store": Span(-20, -20, -20), "rest": Span(-10, -10, -10)}
    assert amounts(split(tmp_path, rows, *claims), "Y") == {"store": Span(-30, -30, -30), "rest": ZERO}
    assert amounts(split(tmp_path, rows, claims[1]), "Y") == {"rest": Span(-30, -30, -30)}
    printed = f"{rows}\n2012,army,A,,Y,25,=,in-store,item"
    (change,) = split(tmp_path, printed, said("stored", "2011-03", 20)).changes
    (share,) = change.shares
    assert (share.active, share.stored, share.inferred) == (Span(-25, -25, -25), Span(25, 25, 25), False)
    assert (len(share.events), change.left_active) == (1, Span(-5, -5, -5))


def test_what_stays_unexplained_names_the_nearest_claims_and_why_they_do_not_count(tmp_path: Path) -> None:
    rows = "2011,army,A,,Y,5,=,active,item\n2012,army,A,,Y,9,=,active,item"
    claims = [
        said("delivered", "2010-06", 4),
        said("delivered", "2012-03", 4),
        said("ordered", "2011-02", 4),
        said("delivered", "2011-03", 4, operator="kaz-police"),
        said("planned", "2013", 4),
        said("delivered", "2011-03", 4, "z"),
    ]
    (change,) = split(tmp_path, rows, *claims).changes
    assert [words for _, words in change.near] == [
        "delivered 2011-03 (units of another operator)",
        "ordered 2011-02 (an order is no arrival)",
        "delivered 2012-03 (after the later cutoff)",
    ]
    causes = answer(split(tmp_path, rows, claims[0])).causes
    assert causes["ground"].to_list() == [
        "no claim or rule accounts for it; nearest: delivered 2010-06 (before the earlier cutoff)"
    ]
    assert causes["events"].null_count() == 0


def changed(first: str, second: str, **more: object) -> dict[str, object]:
    fields = {
        "kind": "changed",
        "holder": "KAZ",
        "occurred": "2011",
        "systems": ["y"],
        "before": first,
        "after": second,
    }
    cites = [{"source": "mb", "edition": "mb-2012", "published": "2012-02"}]
    return {**fields, "flags": ["re-evaluated"], "citations": cites, **more}


def test_a_new_reading_stated_by_the_source_takes_what_is_left_and_no_more(tmp_path: Path) -> None:
    rows = "2011,army,A,,Y,980,=,active,item\n2012,army,A,,Y,300,=,active,item"
    assert amounts(split(tmp_path, rows, changed("980", "400")), "Y") == {
        "re-evaluation": Span(-580, -580, -580), "rest": Span(-100, -100, -100),
    }  # fmt: skip
    gone = said("lost", "2011-03", 600)
    assert amounts(split(tmp_path, rows, changed("980", "400"), gone), "Y") == {
        "outflow": Span(-600, -600, -600), "re-evaluation": Span(-80, -80, -80), "rest": ZERO,
    }  # fmt: skip
    assert amounts(split(tmp_path, rows, changed("980", "400", flags=[])), "Y").keys() == {"rest"}
    of_another = [{"source": "reg", "published": "2012-02"}]
    assert amounts(split(tmp_path, rows, changed("980", "400", citations=of_another)), "Y").keys() == {"rest"}


def test_a_new_reading_without_an_edition_counts_by_its_day(tmp_path: Path) -> None:
    rows = "2011,army,A,,Y,9,=,active,item\n2012,army,A,,Y,3,=,active,item"
    cites = [{"source": "mb", "published": "2014-02"}]
    by_day = {
        day: amounts(split(tmp_path, rows, changed("9", "3", occurred=day, citations=cites)), "Y").get("re-evaluation")
        for day in ("2011-06", "2011", "2012-06", "2010-06")
    }
    assert by_day == {"2011-06": Span(-6, -6, -6), "2011": Span(-6, 0, None), "2012-06": None, "2010-06": None}


def figure(cutoff: str, count: object, edition: str | None = "mb-2012", **more: object) -> dict[str, object]:
    cites = [{"source": "mb", "published": "2012-02", **({"edition": edition} if edition else {})}]
    fields = {"kind": "stated", "holder": "KAZ", "cutoff": cutoff, "systems": ["y"], "quantity": count}
    return {**fields, "account": "active", "citations": cites, **more}


def test_another_figure_for_the_earlier_day_is_a_correction(tmp_path: Path) -> None:
    rows = "2011,army,A,,Y,980,=,active,item\n2012,army,A,,Y,300,=,active,item"
    found = split(tmp_path, rows, figure("2010-11", 350))
    assert amounts(found, "Y") == {"late-entry": Span(-630, -630, -630), "rest": Span(-50, -50, -50)}
    assert amounts(split(tmp_path, rows, figure("2011-11", 350)), "Y").keys() == {"rest"}
    assert amounts(split(tmp_path, rows, figure("2010-11", 350, "mb-2011")), "Y").keys() == {"rest"}
    assert amounts(split(tmp_path, rows, figure("2010-11", 350, account="in-store")), "Y").keys() == {"rest"}


def test_an_edition_holds_the_figures_of_its_own_day(tmp_path: Path) -> None:
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    first = figure("2010-11", 980, "mb-2011")
    ids = tl.append([*DEFINED, first, figure("2011-11", 300), figure("2010-11", 350)]).ids
    tl = tl.refresh()
    assert [row.text for row in tl.edition("mb-2011").rows] == ["980"]
    assert [row.text for row in tl.edition("mb-2012").rows] == ["300"]
    assert tl.diff("mb-2011", "mb-2012").causes["cause"].to_list() == ["late-entry", "unexplained"]
    cites = [{"source": "mb", "edition": "mb-2012", "published": "2012-02"}]
    tl = kz.open(tmp_path / "log", mode="a")
    tl.revise(ids[len(DEFINED)], {"quantity": 340, "citations": cites}, source="mb")
    assert [row.text for row in tl.refresh().edition("mb-2011").rows] == ["340"]


# --- laws ---------------------------------------------------------------------------------------------------------

WINDOWS = [("2010-11", "2011-11"), ("2010-11-15", "2012-11"), ("2010", "2011-06"), ("2010-12-31", "2011-12-31")]
DAYS = [
    "2011-06",
    "2011",
    "2010",
    "2010/2012",
    "2011-11",
    "{2010,2011}",
    "[2010..2011]",
    "2012",
    "2010-11-20",
    "2010-11/2011-02",
]
NUMBERS = ["1", "2", "0-2", "up to 1", "1-2"]
EVERYTHING = Wanted(lambda *_: Truth.YES, lambda _: Truth.YES, (), ZERO)


@given(
    st.sampled_from(WINDOWS),
    st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(NUMBERS), st.booleans()), min_size=1, max_size=2),
)
def test_what_came_and_went_is_what_the_worlds_allow(
    cutoffs: tuple[str, str], claims: list[tuple[str, str, bool]]
) -> None:
    kinds = [("delivered" if gain else "lost") for _, _, gain in claims]
    log = [placed(**fields) for fields in DEFINED]
    for kind, (when, count, _) in zip(kinds, claims, strict=True):
        log.append(placed(**said(kind, when, count, batch="p", note=str(len(log)))))
    first, second = (_bounds(days_of(parse_date(text), opens=None, closes=None)) for text in cutoffs)
    found = between(told(stand(log), "KAZ"), (first, second), one_day=False)(EVERYTHING)
    for kind, units in (("delivered", found.came), ("lost", found.went)):
        own = [(when, count) for one, (when, count, _) in zip(kinds, claims, strict=True) if one == kind]
        sums = [
            sum(begin < day <= end for units in worlds for day in units)
            for begin, end in product(set(first), set(second))
            for worlds in product(*(list(_worlds(*one, (*first, *second))) for one in own))
        ]
        assert (units.span.low, units.span.high) == (min(sums), max(sums)), kind


def _bounds(days: Days) -> tuple[int, int]:
    return days.first, days.last


def _worlds(when: str, count: str, edges: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Enumerate when each unit came: on the ends of what is allowed, and just before and after every edge."""
    days, number = days_of(parse_date(when), opens=None, closes=None), parse_quantity(count)
    assert number.high is not None
    near = {day for edge in edges for day in (edge, edge + 1)}
    stretches = days.members or ((days.first, days.last),)
    allowed = sorted({d for a, b in stretches for d in (a, b, *near) if a <= d <= b})
    void = days.shape is Shape.SET and number.high < len(days.members)
    for units in range(number.low, number.high + 1):
        for chosen in combinations_with_replacement(
            sorted({*allowed, *near_in(days, near)}) if void else allowed, units
        ):
            together = days.shape is Shape.DAY and len(set(chosen)) > 1
            filled = void or all(any(a <= d <= b for d in chosen) for a, b in days.members)
            if not together and filled:
                yield chosen


def near_in(days: Days, near: set[int]) -> set[int]:
    return {day for day in near if days.first <= day <= days.last}


@st.composite
def public_logs(draw: st.DrawFn) -> list[Placed]:
    """Claims about the systems of two editions, each published some day."""
    made = []
    for number in range(draw(st.integers(1, 5))):
        published = draw(st.sampled_from(["2011-08", "2012-06", "2013"]))
        kind = draw(st.sampled_from(["delivered", "lost", "transferred", "changed", "stated"]))
        if kind == "changed":
            fields = changed("5", draw(st.sampled_from(["3", "9"])))
            fields["citations"] = [{"source": "mb", "edition": "mb-2012", "published": published}]
        elif kind == "stated":
            fields = figure("2010-11", draw(st.sampled_from([3, 9])))
            fields["citations"] = [{"source": "mb", "edition": "mb-2012", "published": published}]
        else:
            fields = said(kind, draw(st.sampled_from(["2011-03", "2011", "2009", "2010/2012"])), 2)
            fields["citations"] = [{"source": "reg", "published": published}]
            if kind == "transferred":
                fields |= {"operator": "kaz-navy", "to_operator": "kaz-army"}
        made.append(placed(**fields, note=str(number)))
    return [*(placed(**fields) for fields in DEFINED), *made]


@given(public_logs(), st.sampled_from(["2011-12-31", "2012-12-31", "2013-12-31"]))
def test_an_explanation_uses_no_claim_that_the_view_cannot_see(
    tmp_path_factory: pytest.TempPathFactory, log: list[Placed], day: str
) -> None:
    by = parse_date(day).last
    view = stand(log, published_by=by)
    rows = "2011,army,A,,Z,5,=,active,item\n2012,army,A,,Y,8,=,active,item"
    one, other = lists(tmp_path_factory.mktemp("view"), rows, view.registry)
    found = difference(one, other, view.registry, *offered(view, one, other, "KAZ"))
    cited = {event for change in found.changes for share in change.shares for event in share.events}
    public = {row.id for row in log if all(c.published.last <= by for c in getattr(row.value, "citations", ()))}
    assert cited <= public
    unseen = [row for row in log if row.id in public]
    alike = stand(unseen)
    assert found == difference(one, other, alike.registry, *offered(alike, one, other, "KAZ"))


NAMES = {"x": ["X", "Ix", "XX"], "y": ["Y", "Ypsilon"], "z": ["Z", "Zed (Zet)", "Zet"]}
NAMED = build(
    [
        *(System("defined-system", s, s.upper(), (), "a/b", None) for s in NAMES),
        *(
            Alias("defined-alias", name, s, None)
            for s, names in NAMES.items()
            for name in [*names, "Zed"][: len(names)]
        ),
        Alias("defined-alias", "Zed", "z", None),
    ]
)


@given(st.data())
def test_another_name_of_the_same_system_is_never_a_change_in_the_world(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    figures = {s: data.draw(st.sampled_from(["1", "5", "40"])) for s in NAMES}
    places = {s: data.draw(st.sampled_from(["active", "in-store"])) for s in NAMES}

    def printed(edition: str) -> str:
        names = {s: data.draw(st.sampled_from(NAMES[s])) for s in data.draw(st.permutations(sorted(NAMES)))}
        return "".join(f"{edition},army,A,,{name},{figures[s]},=,{places[s]},item\n" for s, name in names.items())

    one, other = lists(tmp_path_factory.mktemp("names"), printed("1") + printed("2"), NAMED)
    found = difference(one, other, NAMED)
    assert len(found.changes) == len(NAMES)
    for change in found.changes:
        assert {share.cause for share in change.shares} <= {Cause.RENAMED}
        assert not {share.cause for share in change.shares} & set(WORLD)
        assert change.active == change.stored == change.left_active == change.left_stored == ZERO
        alike = change.before[0].item == change.after[0].item
        assert (change.state is State.UNCHANGED) is alike


def test_two_editions_of_one_day_differ_by_nothing_that_came_in_between(tmp_path: Path) -> None:
    view = stand([placed(**fields) for fields in (*DEFINED, said("delivered", "2010-11", 3))])
    one, other = lists(tmp_path, "2011,army,A,,Y,5,=,active,item\n2012,army,A,,Y,8,=,active,item", view.registry)
    other = evolve(other, cutoff=one.cutoff)
    found = difference(one, other, view.registry, *offered(view, one, other, "KAZ"))
    assert amounts(found, "Y") == {"rest": Span(3, 3, 3)}


# --- systems without a row ----------------------------------------------------------------------------------------

ROW_OF_Y = "2011,army,A,,Y,5,=,active,item\n2012,army,A,,Y,5,=,active,item"


def unlisted(found: Difference) -> list[tuple[str, Span, int]]:
    return [(one.system, one.amount, len(one.claims)) for one in found.unlisted]


def test_units_of_systems_that_neither_edition_prints_are_named(tmp_path: Path) -> None:
    claims = (
        said("delivered", "2011-03", 3, "z"),
        said("retired", "2011", 1, "z"),
        said("delivered", "2011", "at least 2", "x-1"),
        said("delivered", "2009", 7, "x-2"),
        said("ordered", "2011-03", 9, "x"),
    )
    found = split(tmp_path, ROW_OF_Y, *claims)
    assert unlisted(found) == [("x-1", Span(0, INF, None), 1), ("z", Span(2, 3, 2), 2)]
    (finding,) = answer(found).findings
    assert (finding.code, str(finding.severity), finding.system, len(finding.claims)) == (
        "flows-unlisted",
        "note",
        "",
        3,
    )
    assert finding.sentence == (
        "units came or went, or may have, between mb-2011 and mb-2012 of systems that neither has a row for: x-1 0 or more, z +2..+3"
    )
    back = split(tmp_path, "\n".join(ROW_OF_Y.splitlines()[::-1]), *claims)
    assert unlisted(back) == unlisted(found)


@pytest.mark.parametrize(
    ("rows", "claim"),
    [
        (ROW_OF_Y.replace("Y", "X"), said("delivered", "2011-03", 3, "x-1")),
        (ROW_OF_Y.replace("Y", "X-1"), said("delivered", "2011-03", 3, "x")),
        (ROW_OF_Y.replace("Y", "Z", 1), said("delivered", "2011-03", 3, "z")),
        (ROW_OF_Y, said("delivered", "2011-03", 3, "z", operator="kaz-police")),
        (ROW_OF_Y, said("transferred", "2011-03", 3, "z", operator="kaz-army", to_operator="kaz-navy")),
        (ROW_OF_Y + "\n2011,army,land,apc,,5,=,active,total\n2012,army,land,apc,,8,=,active,total", said("delivered", "2011-03", 3, "z")),
    ],
    ids=["a variant", "a family", "printed once", "civil", "within the holder", "a total without rows"],
)  # fmt: skip
def test_units_that_a_row_counts_or_nobody_received_are_not_named_again(
    tmp_path: Path, rows: str, claim: dict[str, object]
) -> None:
    assert unlisted(split(tmp_path, rows, claim)) == []


def test_what_is_given_the_other_way_round_has_the_other_sign(tmp_path: Path) -> None:
    view = stand([placed(**fields) for fields in (*DEFINED, said("delivered", "2011-03", 3, "z"))])
    one, other = lists(tmp_path, ROW_OF_Y, view.registry)
    found = difference(other, one, view.registry, *offered(view, other, one, "KAZ"))
    assert unlisted(found) == [("z", Span(-3, -3, -3), 1)]
    assert answer(found).findings[0].sentence.endswith("that neither has a row for: z -3")
    assert difference(one, other, view.registry).unlisted == ()
    assert difference(one, evolve(other, rows=()), view.registry, *offered(view, one, other, "KAZ")).unlisted == ()


@given(st.lists(st.tuples(st.sampled_from(["x", "x-1", "y", "z"]), st.sampled_from(["2010-11-30", "2010-12-01", "2011-10-31", "2011-11-05", "2012"])), max_size=5, unique=True))  # fmt: skip
def test_a_unit_that_may_have_come_is_counted_in_a_row_or_named(
    tmp_path_factory: pytest.TempPathFactory, came: list[tuple[str, str]]
) -> None:
    log = [placed(**fields) for fields in DEFINED]
    log += [placed(**said("delivered", when, 2, system)) for system, when in came]
    view = stand(log)
    one, other = lists(tmp_path_factory.mktemp("named"), ROW_OF_Y, view.registry)
    found = difference(one, other, view.registry, *offered(view, one, other, "KAZ"))
    counted = {event for change in found.changes for share in change.shares for event in share.events}
    named = {claim for left in found.unlisted for claim in left.claims}
    inside = [row.id for row, (_, when) in zip(log[len(DEFINED) :], came, strict=True) if when != "2012"]
    assert counted | named == set(inside)
    assert not counted & named


# --- the real register beside real editions -----------------------------------------------------------------------


def test_the_register_accounts_for_changes_of_the_printed_lists(shared: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    copytree(Path(kz.load().log.path), log)
    kz.ingest(shared / "data/sipri/trade-register_2024-03-18.csv.gz", into=log, parties="KAZ", new_systems="define")
    tl, path = kz.open(log), shared / "data" / "iiss" / "kazakhstan_2010_2013.csv"
    years = {year: kz.read_edition(path, edition=year) for year in ("2010", "2011", "2012", "2013")}
    found = {(a, b): tl.diff(years[a], years[b]) for a, b in pairwise(years)}

    late = found["2011", "2012"].causes.filter(pl.col("cause") == "late-entry", pl.col("kind") == "item")
    assert dict(late.select("item", "active_best").rows()) == {
        "BTR-3U": 2, "HMMWV": 40, "Semser": 6, "Lynx": 18, "CARDOM": 18,
    }  # fmt: skip
    assert late.select(pl.col("active_low") == pl.col("active_high")).to_series().all()
    by_item = {(pair, row["item_after"] or row["item_before"]): row for pair, answer in found.items() for row in
               answer.frame.filter(pl.col("kind") == "item").iter_rows(named=True)}  # fmt: skip
    assert by_item[("2010", "2011"), "BTR-80A"]["state"] == "flow recorded, figure unchanged"
    assert by_item[("2012", "2013"), "BTR-80A/82A"]["unexplained"] == "maybe"
    assert by_item[("2012", "2013"), "T-72"]["unexplained"] == "yes"
    assert by_item[("2012", "2013"), "Cobra"]["residual_low"] == 3
    assert [line for line in found["2010", "2011"].headline if line.startswith("apart: flows of ")]
    assert all(answer.headline[-1].startswith("all: of ") for answer in found.values())
    seen = {stored.id for stored in tl.standing.claims}
    for answer in found.values():
        assert {event for text in answer.causes["events"].drop_nulls() for event in text.split()} <= seen
