"""The audit finds what general rules say does not fit, and leaves alone what does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import kztimeline as kz

Fields = Mapping[str, object]


@pytest.fixture
def log(tmp_path: Path) -> kz.Timeline:
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    tl.append(
        [
            {"kind": "defined-holder", "id": "KAZ", "name": "K", "since": "1991-12-16"},
            *({"kind": "defined-source", "id": s, "title": s, "form": "prose"} for s in ("a", "b", "mb")),
            *({"kind": "defined-organisation", "id": o, "name": o, "holder": "KAZ"} for o in ("army", "coast")),
            *(
                {"kind": "defined-system", "id": s, "name": s.upper(), "category": "land/apc", "first": first}
                for s, first in (("old", "1970"), ("new", "2005"), ("newer", "2006"))
            ),
        ]
    )
    return tl


def said(source: str = "a", **fields: object) -> dict[str, object]:
    return {"holder": "KAZ", "citations": [{"source": source, "published": "2024"}], **fields}


def came(when: str, count: object, system: str = "new", source: str = "a", **more: object) -> dict[str, object]:
    fields = {"kind": "delivered", "occurred": when, "systems": [system], "quantity": count, "into": "in-service"}
    return said(source, **{**fields, **more})


def row(system: str, count: object, **more: object) -> dict[str, object]:
    fields = {"kind": "stated", "cutoff": "2023-11", "systems": [system], "quantity": count, "account": "in-service"}
    return said("mb", **{**fields, "category": "land/apc", "batch": "table", **more})


def total(count: object, category: str = "land/apc", **more: object) -> dict[str, object]:
    return said("mb", kind="stated", cutoff="2023-11", role="total", category=category, quantity=count, **more)


def measure(period: str, value: str, unit: str = "million USD", **more: object) -> dict[str, object]:
    value_of = {"text": value, "unit": unit}
    return said(**{"kind": "measured", "period": period, "indicator": "spending", "value": value_of, **more})


def found(tl: kz.Timeline, *events: Fields, code: str) -> list[str]:
    if events:
        tl.append(list(events))
    return [f.sentence for f in tl.refresh().audit().findings if f.code == code]


def linked(tl: kz.Timeline, events: Sequence[Fields]) -> None:
    tl.link("same", tl.append(list(events)).ids, reason="one happening")


def test_an_empty_log_has_no_findings(log: kz.Timeline) -> None:
    assert log.refresh().audit().frame.is_empty()


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        ("2017-09", "2017-10", ["doctrine: one happening dated 2017-09 and as 2017-10"]),
        ("2017", "2017-10", []),
        ("2017-09", "2017-09-12", []),
    ],
)
def test_one_happening_dated_twice(log: kz.Timeline, one: str, other: str, sentence: list[str]) -> None:
    linked(log, [said(kind="observed", form="doctrine", occurred=day) for day in (one, other)])
    assert found(log, code="rival-dates") == sentence


@pytest.mark.parametrize(("other", "sentence"), [(3, ["new: one happening told as 2 and as 3"]), ("at least 1", [])])
def test_one_happening_with_two_figures(log: kz.Timeline, other: object, sentence: list[str]) -> None:
    linked(log, [came("2016", 2), came("2016", other)])
    assert found(log, code="rival-values") == sentence


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        (30, []),
        ("at least 25", []),
        (20, ["land/apc: printed total 20 against 30 of its parts; it fits only without old"]),
        (5, ["land/apc: printed total 5 against 30 of its parts; it fits only without old and new"]),
        (99, ["land/apc: printed total 99 against 30 of its parts"]),
    ],
)
def test_a_printed_total_against_its_parts(log: kz.Timeline, printed: object, sentence: list[str]) -> None:
    parts = log.append([row("old", 10), row("new", 15), row("newer", 5)]).ids
    assert found(log, total(printed, covers=list(parts)), code="total-against-parts") == sentence


def test_a_vague_part_makes_a_total_fit(log: kz.Timeline) -> None:
    parts = log.append([row("old", 10), row("new", "some")]).ids
    assert found(log, total(400, covers=list(parts)), code="total-against-parts") == []


def test_two_totals_of_one_edition_and_the_stored_units_that_reconcile_them(log: kz.Timeline) -> None:
    stored = row("old", 14, account="for-sale")
    sentence = (
        "land/apc: mb prints 47 and 61 for 2023-11; the 14 in store or for sale as land/apc would make the difference"
    )
    assert found(log, stored, total(47, note="table"), total(61, note="prose"), code="rival-totals") == [sentence]
    assert found(log, total(20, "air"), total("at least 18", "air"), code="rival-totals") == [sentence]


@pytest.mark.parametrize(
    ("printed", "unit", "sentence"),
    [
        (
            "899",
            "million TIV",
            ["spending, 2019/2020: printed 899, the periods add up to 900, which rounding can make"],
        ),
        ("890", "million TIV", ["spending, 2019/2020: printed 890, the periods add up to 900"]),
        ("900", "million TIV", []),
        (
            "~899",
            "million TIV",
            ["spending, 2019/2020: printed ~899, the periods add up to 900, which rounding can make"],
        ),
        ("at least 899", "million TIV", []),
        ("899", "%", []),
    ],
)
def test_years_that_do_not_add_up(log: kz.Timeline, printed: str, unit: str, sentence: list[str]) -> None:
    events = [measure("2019", "400", unit), measure("2020", "500", unit), measure("2019/2020", printed, unit)]
    assert found(log, *events, code="sum-of-periods") == sentence


def test_years_with_a_gap_are_not_added(log: kz.Timeline) -> None:
    events = [measure("2018", "400"), measure("2020", "500"), measure("2018/2020", "1")]
    assert found(log, *events, code="sum-of-periods") == []


def test_two_values_of_one_year_exclude_each_other_only_in_one_unit_and_basis(log: kz.Timeline) -> None:
    alike = [measure("2019", "1.1"), measure("2019", "1.10"), measure("2019", "2", "%")]
    assert found(log, *alike, measure("2019", "3", basis="constant 2022 prices"), code="rival-values") == []
    (sentence,) = found(log, measure("2019", "1.2"), code="rival-values")
    assert sentence.startswith("spending, 2019: ")
    assert set(sentence.removeprefix("spending, 2019: ").split(" against ")) == {
        "1.1 million USD",
        "1.10 million USD",
        "1.2 million USD",
    }


@pytest.mark.parametrize(
    ("held", "system", "finds"),
    [(138, "new", True), (131, "new", False), (172, "new", False), (200, "new", True), (138, "old", False)],
)
def test_what_came_against_what_is_held(log: kz.Timeline, held: int, system: str, finds: bool) -> None:
    """131 in one sentence and 41 in another are 131 or 172; what may be inherited is not compared."""
    events = [came("2016/2020", 131, system, batch="s1"), came("2019/2020", 41, system, batch="s2"), row(system, held)]
    assert bool(found(log, *events, code="came-against-held")) is finds


def test_the_same_units_in_two_accounts_and_one_happening_of_two_systems(log: kz.Timeline) -> None:
    linked(log, [row("old", 31), row("old", 31, account="for-sale")])
    assert found(log, code="rival-accounts") == ["old: the same units as 31 in-service and 31 for-sale"]
    linked(log, [said(kind="observed", form="seen", occurred="2016", systems=[name]) for name in ("new", "newer")])
    (sentence,) = found(log, code="rival-systems")
    assert sentence in ("one happening told of new and as newer", "one happening told of newer and as new")


def test_a_total_stands_for_the_tranches_it_covers(log: kz.Timeline) -> None:
    events = [came("2015/2023", 12, role="total"), came("2020", 4), came("2023", 1), row("new", 12)]
    assert found(log, *events, code="came-against-held") == []


def test_more_delivered_than_ordered(log: kz.Timeline) -> None:
    order = said(kind="ordered", occurred="2014", systems=["new"], quantity=10, deal="d")
    assert found(log, order, came("2016", 10, deal="d"), code="delivered-above-ordered") == []
    sentence = "new, deal d: 11 or more delivered, 10 ordered"
    assert found(log, came("2017", 11, deal="d", batch="x"), code="delivered-above-ordered") == [sentence]


def test_a_deal_whose_size_was_changed_is_measured_by_its_last_size(log: kz.Timeline) -> None:
    order = said(kind="ordered", occurred="2018", systems=["new"], quantity=41, deal="d")
    cut = said(kind="order-changed", occurred="2020-08", systems=["new"], quantity=11, deal="d")
    sentence = "new, deal d: 41 or more delivered, 11 ordered"
    assert found(log, order, cut, came("2020", 41, deal="d"), code="delivered-above-ordered") == [sentence]


def test_one_partners_figure_above_that_of_all(log: kz.Timeline) -> None:
    events = [measure("2018", "16.4"), measure("2018", "16.53", partner="DEU"), measure("2019", "13", partner="DEU")]
    sentence = "spending, 2018: 16.53 with DEU alone, 16.4 with all"
    assert found(log, *events, measure("2019", "13.7"), code="part-above-whole") == [sentence]


def test_a_label_that_means_another_category(log: kz.Timeline) -> None:
    scheme = {"kind": "defined-scheme", "source": "mb", "parts": {}}
    log.append([{**scheme, "id": "labels"}, {**scheme, "id": "reference"}])
    means = {"kind": "defined-mapping", "scheme": "labels", "to_scheme": "reference"}
    log.append([{**means, "category": "fighters", "to_category": "air/fighter"}])
    rows = [total(45, "air/fighter-bomber", item="fighters"), total(20, "air/fighter/old", item="fighters")]
    sentence = "mb labels, for 2023-11, the 45 of air/fighter-bomber as fighters (air/fighter)"
    assert found(log, *rows, code="label-against-category") == [sentence]


def test_a_total_of_totals_that_the_edition_also_prints_otherwise(log: kz.Timeline) -> None:
    stored = row("old", 14, account="for-sale", category="air/b")
    first = log.append([stored, total(47, "air/b"), total(61, "air/b"), total(45, "air/a")]).ids
    sums = total(106, "air", covers=[first[2], first[3]])
    sentence = (
        "air: printed total 106 is 61, 45 in one place; the edition also prints 47, 45, which is 92; "
        "the 14 in store or for sale as air/b would make the difference"
    )
    assert sentence in found(log, sums, code="rival-totals")


def test_introduced_before_any_was_delivered(log: kz.Timeline) -> None:
    introduced = said(kind="introduced", occurred="2015", systems=["new"], quantity=1, deal="d")
    events = [came("2016", 1, deal="d"), introduced]
    assert found(log, *events, code="introduced-before-delivered") == [
        "new, deal d: introduced before any was delivered"
    ]


@pytest.mark.parametrize(
    ("after", "sentence"), [(80, ["land/apc: 80 after the change of 2021, 30 by type for 2023-11"]), (30, [])]
)
def test_a_stated_change_against_the_rows_that_follow(log: kz.Timeline, after: int, sentence: list[str]) -> None:
    change = said("mb", kind="changed", occurred="2021", category="land/apc", before=200, after=after)
    assert found(log, change, row("old", 10), row("new", 20), code="change-against-rows") == sentence


def test_an_agreement_without_sequel(log: kz.Timeline) -> None:
    pact = said(kind="agreement", occurred="2012-05", form="joint production", stage="signed", systems=["newer"])
    later = said(kind="observed", form="seen", occurred="2020", systems=["old"])
    sentence = "newer: joint production signed 2012-05, and no unit of it is told of since"
    assert found(log, pact, later, code="without-sequel") == [sentence]
    assert found(log, came("2015", 1, "newer"), code="without-sequel") == []


def test_a_dissolved_unit_whose_vehicles_nobody_mentions_again(log: kz.Timeline) -> None:
    events = [row("new", 70, operator="coast", cutoff="2020-11")]
    events += [said(kind="dissolved", occurred="2021", operator="coast")]
    sentence = "coast: dissolved 2021, and no word of where its 70 new went"
    assert found(log, *events, code="units-without-fate") == [sentence]
    moved = said(
        kind="transferred", occurred="2022", systems=["new"], quantity=70, operator="coast", to_operator="army"
    )
    assert found(log, moved, code="units-without-fate") == []


@pytest.mark.parametrize(("years", "finds"), [(6, True), (5, False)])
def test_a_figure_that_does_not_move_for_years(log: kz.Timeline, years: int, finds: bool) -> None:
    events = [measure(str(2010 + year), "39", "persons") for year in range(years)] + [measure("2020", "40", "persons")]
    sentence = f"spending: 39 in each of {years} years, 2010 to {2009 + years}"
    assert found(log, *events, code="unchanged-for-years") == [sentence] * finds


def test_a_party_by_one_claim_and_none_by_another(log: kz.Timeline) -> None:
    pact = said(kind="agreement", occurred="2010", form="treaty", stage="in-force", agreement="ctbt")
    assert found(log, pact, code="disputed-party") == []
    denial = said("b", kind="agreement", occurred="../2024", form="treaty", stage="not-a-party", agreement="ctbt")
    assert found(log, denial, code="disputed-party") == ["KAZ ctbt: a party by one claim, none by another"]


def test_findings_name_their_claims_and_other_holders_stay_out(log: kz.Timeline) -> None:
    events = [measure("2019", "1", holder="RUS"), measure("2019", "2", holder="RUS")]
    assert found(log, *events, code="rival-values") == []
    answer = log.refresh().audit(holder="*")
    assert answer.frame.select("holder", "subject", "code").rows() == [("RUS", "spending", "rival-values")]
    assert len(answer.frame["claims"][0].split()) == 2
