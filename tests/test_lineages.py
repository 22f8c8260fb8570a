"""Corrections of revisions, revisions of corrections, withdrawals taken back: what stands, and when (R24)."""

from __future__ import annotations

from pathlib import Path

import pytest

import kztimeline as kz


def claim(**more: object) -> dict[str, object]:
    return {
        "kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "quantity": "2", "into": "in-service",
        "citations": published("b", "2017"), **more,
    }  # fmt: skip


def published(source: str, when: str) -> list[dict[str, object]]:
    return [{"source": source, "published": when}]


@pytest.fixture
def tl(tmp_path: Path) -> kz.Timeline:
    kz.init(tmp_path / "log", name="test", holder="KAZ").append(
        [
            {"kind": "defined-source", "id": "b", "title": "B", "form": "prose"},
            {"kind": "defined-source", "id": "c", "title": "C", "form": "prose"},
            {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
            {"kind": "defined-system", "id": "y", "name": "Y", "category": "air"},
        ]
    )
    return kz.open(tmp_path / "log", mode="a")


def seen(tl: kz.Timeline, system: str = "x", **view: str) -> list[tuple[object, ...]]:
    return tl.refresh().view(**view).fielded("2016", system=system).frame.select("low", "high").rows()  # type: ignore[arg-type]


def test_a_retracted_revision_leaves_the_old_word(tl: kz.Timeline) -> None:
    first = tl.append([claim()]).ids[0]
    later = tl.revise(first, {"quantity": "4", "citations": published("b", "2019")}, source="b").ids[0]
    assert seen(tl) == [(4, 4)]
    tl.retract(later, reason="another system")
    assert seen(tl) == [(2, 2)]
    reasons = tl.refresh().explain("x", on="2016").frame.select("reason").rows()
    assert sorted(reasons) == [("counted",), ("retracted",)]


def test_a_corrected_revision_acts_from_its_corrected_publication(tl: kz.Timeline) -> None:
    first = tl.append([claim()]).ids[0]
    later = tl.revise(first, {"quantity": "4", "citations": published("b", "2029")}, source="b").ids[0]
    assert seen(tl, published_by="2020") == [(2, 2)]
    tl.correct(later, {"citations": published("b", "2019")}, reason="mistyped the year")
    assert seen(tl, published_by="2018") == [(2, 2)]
    assert seen(tl, published_by="2020") == [(4, 4)]
    tl.correct(later, {"quantity": "5"}, reason="named by the first id of the revision")
    assert seen(tl, published_by="2030") == [(5, 5)]


def test_any_id_of_a_lineage_names_it(tl: kz.Timeline) -> None:
    first = tl.append([claim()]).ids[0]
    second = tl.correct(first, {"quantity": "3"}, reason="once").ids[0]
    tl.correct(second, {"quantity": "7"}, reason="twice, by the id of the correction")
    assert seen(tl) == [(7, 7)]
    tl.correct(first, {"quantity": "6"}, reason="thrice, by the first id")
    assert seen(tl) == [(6, 6)]
    tl.revise(second, {"quantity": "9", "citations": published("b", "2019")}, source="b")
    assert seen(tl) == [(9, 9)]
    assert seen(tl, published_by="2018") == [(6, 6)]
    tl.retract(second, reason="the old word, by the id of its correction")
    assert seen(tl, published_by="2018") == []
    assert seen(tl) == [(9, 9)]


def test_a_revision_may_revise_a_revision_and_the_one_published_latest_speaks(tl: kz.Timeline) -> None:
    first = tl.append([claim()]).ids[0]
    new = tl.revise(first, {"quantity": "5", "citations": published("b", "2021")}, source="b").ids[0]
    tl.revise(new, {"quantity": "4", "citations": published("b", "2019")}, source="b")
    assert [seen(tl, published_by=year) for year in ("2018", "2020", "2022")] == [[(2, 2)], [(4, 4)], [(5, 5)]]


def test_a_source_may_withdraw_and_speak_again(tl: kz.Timeline) -> None:
    first = tl.append([claim()]).ids[0]
    tl.withdraw(first, source="b", citations=published("b", "2019"))
    tl.revise(first, {"quantity": "4", "citations": published("b", "2021")}, source="b")
    assert [seen(tl, published_by=year) for year in ("2018", "2020", "2022")] == [[(2, 2)], [], [(4, 4)]]


def test_a_withdrawal_that_we_take_back_leaves_the_claim_standing(tl: kz.Timeline) -> None:
    first = tl.append([claim()]).ids[0]
    gone = tl.withdraw(first, source="b", citations=published("b", "2019")).ids[0]
    assert seen(tl) == []
    tl.retract(gone, reason="it withdrew something else")
    assert seen(tl) == [(2, 2)]


def test_a_revision_to_another_kind_is_a_happening_of_its_own(tl: kz.Timeline) -> None:
    """B now says that they were ordered; C still says that they came."""
    both = [*published("b", "2017"), *published("c", "2017")]
    first = tl.append([claim(citations=both)]).ids[0]
    changed = {"kind": "ordered", "into": None, "quantity": "7", "citations": published("b", "2019")}
    tl.revise(first, changed, source="b")
    assert seen(tl) == [(2, 2)]
    assert tl.refresh().orders(on="2020", system="x").frame.select("low", "high").rows() == [(7, 7)]


def test_what_another_source_still_says_stands_beside_a_revision(tl: kz.Timeline) -> None:
    both = [*published("b", "2017"), *published("c", "2017")]
    first = tl.append([claim(citations=both)]).ids[0]
    tl.revise(first, {"quantity": "4", "citations": published("b", "2019")}, source="b")
    assert seen(tl) == [(2, 4)]
    only_b = tl.refresh().view(sources=["b"]).fielded("2016").frame.select("low", "high").rows()
    assert only_b == [(4, 4)]
    assert seen(tl, published_by="2018") == [(2, 2)]


def test_links_follow_a_claim_through_its_changes(tl: kz.Timeline) -> None:
    one, two = tl.append([claim(), claim(quantity="3", occurred="../2016")]).ids
    tl.link("same", [one, two], reason="one delivery")
    assert seen(tl) == [(2, 3)]
    tl.correct(one, {"quantity": "3"}, reason="mistyped")
    assert seen(tl) == [(3, 3)]
    tl.revise(two, {"quantity": "5", "citations": published("b", "2020")}, source="b")
    assert seen(tl) == [(3, 5)]


def test_a_cited_link_stands_for_those_who_read_its_source(tl: kz.Timeline) -> None:
    ids = tl.append([claim(), claim(citations=published("c", "2018"), quantity="3", occurred="../2016")]).ids
    link = {"kind": "linked", "relation": "distinct", "claims": list(ids), "reason": "it says so"}
    made = tl.append([{**link, "citations": published("c", "2020")}]).ids[0]
    assert seen(tl, published_by="2019") == [(3, 3)]
    assert seen(tl, published_by="2021") == [(5, 5)]
    only_b = tl.refresh().view(sources=["b"]).fielded("2016").frame.select("low", "high").rows()
    assert only_b == [(2, 2)]
    tl.withdraw(made, source="c", citations=published("c", "2022"))
    assert [seen(tl, published_by=year) for year in ("2021", "2023")] == [[(5, 5)], [(3, 3)]]


def test_a_definition_that_we_take_back_means_nothing_any_more(tl: kz.Timeline) -> None:
    tl.append([claim(), claim(systems=["y"], quantity="3")])
    tie = tl.append([{"kind": "defined-relation", "system": "y", "tie": "same-as", "of": "x"}]).ids[0]
    assert seen(tl) == [(3, 5)]
    before = tl.refresh().head
    tl.retract(tie, reason="they are two systems")
    assert (seen(tl), seen(tl, "y")) == ([(2, 2)], [(3, 3)])
    assert seen(tl, recorded_by=before) == [(3, 5)]


def test_a_scope_that_we_take_back_closes_nothing_any_more(tl: kz.Timeline) -> None:
    row = {name: item for name, item in claim().items() if name not in ("occurred", "into")}
    row |= {"kind": "stated", "cutoff": "2016-11-30", "account": "in-service"}
    scope = {
        "kind": "defined-scope",
        "source": "b",
        "holder": "KAZ",
        "of": "levels",
        "period": "2016",
        "systems": ["x"],
    }
    made = tl.append([row, scope]).ids[1]
    assert tl.refresh().holdings(on="2016-11-30", system="x").frame["open"].to_list() == [False]
    tl.retract(made, reason="it is a selection")
    assert tl.refresh().holdings(on="2016-11-30", system="x").frame["open"].to_list() == [True]


def two_branches(tl: kz.Timeline, one: object, two: object) -> kz.Timeline:
    """Append on two branches from one head, then let them meet."""
    path = tl.log.path
    base = set(path.rglob("*.jsonl"))
    one()  # type: ignore[operator]
    ours = {file: file.read_bytes() for file in path.rglob("*.jsonl") if file not in base}
    for file in ours:
        file.unlink()
    two()  # type: ignore[operator]
    for file, data in ours.items():
        file.write_bytes(data)
    return kz.open(path)


def test_revisions_of_one_day_on_two_branches_are_contested_and_of_two_days_are_not(tl: kz.Timeline) -> None:
    first = tl.append([claim()]).ids[0]

    def revise(quantity: str, when: str) -> object:
        return lambda: tl.revise(first, {"quantity": quantity, "citations": published("b", when)}, source="b")

    merged = two_branches(tl, revise("4", "2019"), revise("6", "2019"))
    answer = merged.fielded("2016", system="x")
    assert answer.frame.select("low", "high").rows() == [(4, 6)]
    assert "contested" in {finding.code for finding in answer.findings}
    later = two_branches(tl, revise("8", "2021"), revise("9", "2022"))
    answer = later.fielded("2016", system="x")
    assert answer.frame.select("low", "high").rows() == [(9, 9)]
    assert "contested" not in {finding.code for finding in answer.findings}


def test_a_year_or_month_of_a_view_means_its_last_day(tl: kz.Timeline) -> None:
    tl.append([claim(citations=published("b", "2017-02"))])
    views = ("2017-01", "2017-02-27", "2017-02", "2017-02-28", "2016", "2017")
    assert [bool(seen(tl, published_by=when)) for when in views] == [False, False, True, True, False, True]
