"""Rules on cases written for them: registers, order changes, scopes, batches, operators, rollback."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

import kztimeline as kz
from kztimeline.errors import DraftError, UnknownNameError

DAY = datetime.date


@pytest.fixture
def log(tmp_path: Path) -> kz.Timeline:
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    tl.append(
        [
            {"kind": "defined-holder", "id": "KAZ", "name": "K", "since": "1991-12-16"},
            *({"kind": "defined-source", "id": s, "title": s.upper(), "form": "prose"} for s in ("a", "b")),
            {"kind": "defined-source", "id": "mb", "title": "MB", "form": "edition"},
            {"kind": "defined-source", "id": "reg", "title": "Register", "form": "register"},
            *(
                {"kind": "defined-organisation", "id": o, "name": o, "holder": "KAZ", "civil": o == "civil"}
                for o in ("army", "navy", "civil")
            ),
            *({"kind": "defined-system", "id": s, "name": s.upper(), "category": "land/apc"} for s in ("x", "y", "z")),
            {"kind": "defined-relation", "system": "y", "tie": "variant-of", "of": "z"},
        ]
    )
    return tl


def said(source: str, **fields: object) -> dict[str, object]:
    base = {"holder": "KAZ", "systems": ["x"], "citations": [{"source": source, "published": "2024"}]}
    return {**base, **fields}


def came(source: str, when: str, count: object, **more: object) -> dict[str, object]:
    return said(source, kind="delivered", occurred=when, quantity=count, **{"into": "in-service", **more})


def row(source: str, cutoff: str, count: object, **more: object) -> dict[str, object]:
    return said(source, kind="stated", cutoff=cutoff, quantity=count, **{"account": "in-service", **more})


def ask(tl: kz.Timeline, on: str, system: str = "x", **more: str) -> list[tuple[object, ...]]:
    answer = tl.refresh().holdings(on=on, system=system, **more)  # type: ignore[arg-type]
    return answer.frame.select("low", "high", "open").rows()


def levels(source: str, period: str, **more: object) -> dict[str, object]:
    return {"kind": "defined-scope", "source": source, "holder": "KAZ", "of": "levels", "period": period, **more}


def test_131_in_one_sentence_and_a_further_41_in_the_next_is_131_to_172(log: kz.Timeline) -> None:
    ids = log.append([came("a", "2016/2020", 131, batch="s1"), came("a", "2019/2020", 41, batch="s2")]).ids
    assert ask(log, "2021") == [(131, 172, True)]
    log.link("distinct", ids, reason="declared")
    assert ask(log, "2021") == [(172, 172, True)]


def test_army_63_and_navy_70_add_and_each_closes_its_own_view(log: kz.Timeline) -> None:
    log.append(
        [
            row("mb", "2020-11", 63, operator="army"),
            row("mb", "2020-11", 70, operator="navy"),
            levels("mb", "2020-11", operator="navy"),
        ]
    )
    assert ask(log, "2020-11") == [(133, 133, True)]
    assert ask(log, "2020-11", operator="navy") == [(70, 70, False)]
    assert ask(log, "2020-11", operator="army") == [(63, 63, True)]


def test_two_rows_alike_are_alternatives_and_other_categories_add(log: kz.Timeline) -> None:
    log.append(
        [
            row("mb", "2020-11", 20, category="a"),
            row("mb", "2020-11", 21, category="a"),
            row("mb", "2020-11", "some", category="b"),
        ]
    )
    assert ask(log, "2020-11") == [(21, None, True)]


def test_a_register_on_a_closed_statement_closes_the_inflows(log: kz.Timeline) -> None:
    """With the register alone: 12 and open; with an edition that is silent before: 12, closed (R20)."""
    flows = {"kind": "defined-scope", "source": "reg", "holder": "KAZ", "of": "flows", "period": "2000/2023"}
    log.append([came("reg", "2015", 12, batch="t"), flows])
    assert ask(log, "2018") == [(12, 12, True)]
    log.append([row("mb", "2012-11", 5, systems=["y"]), levels("mb", "2012-11", category="land")])
    assert ask(log, "2018") == [(12, 12, False)]
    assert ask(log, "2014") == []


def test_a_registers_flows_never_make_39_into_12(log: kz.Timeline) -> None:
    flows = {"kind": "defined-scope", "source": "reg", "holder": "KAZ", "of": "flows", "period": "2000/2023"}
    log.append(
        [came("reg", "2005", 12, batch="t"), flows, row("mb", "2012-11", 39), levels("mb", "2012-11", systems=["x"])]
    )
    assert ask(log, "2012-11") == [(39, 39, False)]
    assert ask(log, "2015") == [(39, 39, False)]


def test_older_words_that_go_higher_are_a_finding_not_a_conflict(log: kz.Timeline) -> None:
    log.append([came("a", "2007/2010", 79), row("mb", "2012-11", 70), levels("mb", "2012-11", systems=["x"])])
    assert ask(log, "2012-11") == [(70, 70, False)]
    codes = {f.code for f in log.refresh().holdings(on="2012-11-30", system="x").findings}
    assert "older-words-higher" in codes
    assert not log.refresh().holdings(on="2012-11", system="x").frame["conflict"].any()


def test_a_statement_of_the_same_day_that_goes_higher_is_a_conflict(log: kz.Timeline) -> None:
    log.append([row("a", "2012-11-30", 80), row("mb", "2012-11-30", 70), levels("mb", "2012-11-30", systems=["x"])])
    frame = log.refresh().holdings(on="2012-11-30", system="x").frame
    assert frame.select("low", "high", "conflict").rows() == [(70, 80, True)]


def test_a_loss_another_list_tells_of_lowers_what_is_left_for_certain(log: kz.Timeline) -> None:
    log.append(
        [
            row("mb", "2020-11", 39),
            levels("mb", "2020-11", systems=["x"]),
            said("b", kind="lost", occurred="2022", quantity=5),
        ]
    )
    assert ask(log, "2021") == [(39, 39, True)]
    assert ask(log, "2022") == [(34, 39, True)]


@pytest.mark.parametrize(
    ("when", "count", "why"),
    [
        ("{2010,2011,2013}", 3, "a member of the set lies after its publication"),
        ("{2010,2011}", 1, "fewer units than members of the set"),
        ("{2010,2011,2012}", 3, None),
    ],
)
def test_a_set_that_promises_nothing_is_told_with_its_reason(
    log: kz.Timeline, when: str, count: int, why: str | None
) -> None:
    log.append([came("a", when, count, citations=[{"source": "a", "published": "2012-06"}])])
    found = [f.sentence for f in log.refresh().explain("x", on="2014").findings if f.code == "set-too-large"]
    assert found == ([f"x: {why}, so no member is promised one"] if why else [])


def test_an_order_change_sets_the_size_to_its_number(log: kz.Timeline) -> None:
    deal = {"deal": "d", "batch": "t"}
    log.append(
        [
            said("a", kind="ordered", occurred="2010", quantity="10-12", **deal),
            said("a", kind="order-changed", occurred="2012-06/2012-08", quantity="8", **deal),
            came("a", "2014", "3", **deal),
        ]
    )
    tl = log.refresh()

    def on(day: str) -> list[tuple[object, ...]]:
        return tl.orders(on=day, system="x").frame.select("low", "high").rows()

    assert on("2011") == [(10, 12)]
    assert on("2012-07") == [(8, 12)]
    assert on("2013") == [(8, 8)]
    assert on("2014") == [(5, 5)]


def test_silence_in_scope_is_zero_but_not_beside_its_family(log: kz.Timeline) -> None:
    log.append(
        [
            came("a", "2010", 4, systems=["y"]),
            came("a", "2010", 4),
            row("mb", "2012-11", 9, systems=["z"]),
            levels("mb", "2012-11", category="land"),
        ]
    )
    assert ask(log, "2012-11") == []
    assert ask(log, "2012-11", system="y", exact=False) != []  # type: ignore[arg-type]


def test_before_the_first_statement_a_complete_ledger_is_rolled_back(log: kz.Timeline) -> None:
    flows = {"kind": "defined-scope", "source": "mb", "holder": "KAZ", "of": "flows", "period": "2000/2023"}
    log.append([row("mb", "2012-11-30", 39), came("mb", "2010", 4, batch="t"), flows])
    assert ask(log, "2008") == [(35, 35, True)]
    assert log.refresh().holdings(on="2008", system="x").frame["inferred"].all()


def test_the_lag_of_a_source_makes_flows_before_its_cutoff_possible_after_it(log: kz.Timeline) -> None:
    log.append([{"kind": "defined-source", "id": "late", "title": "Late", "form": "edition", "lag": 60}])
    log.append(
        [row("late", "2012-11-30", 10), came("late", "2012-10-15", 3, batch="t"), came("late", "2012-05", 2, batch="t")]
    )
    assert ask(log, "2012") == [(10, 13, True)]
    reasons = dict(log.refresh().explain("x", on="2012").frame.select("time", "reason").rows())
    assert reasons["2012-10-15"] == "counted only as possible"
    assert reasons["2012-05"] == "outside scope"


def test_a_civil_operator_counts_only_when_named(log: kz.Timeline) -> None:
    log.append([came("a", "2015", 39, operator="civil"), came("a", "2015", 2, operator="army", batch="t")])
    assert ask(log, "2016") == [(2, 2, True)]
    assert ask(log, "2016", operator="civil") == [(39, 39, True)]


def test_a_tranche_of_a_total_is_part_of_it(log: kz.Timeline) -> None:
    log.append(
        [
            came("a", "2015/..", 12, role="total", batch="s"),
            came("a", "2020", 4, batch="t"),
            came("a", "2023", 1, batch="t"),
        ]
    )
    tl = log.refresh()
    assert ask(tl, "2023") == [(5, 12, True)]
    assert ask(tl, "2025") == [(12, 12, True)]
    reasons = dict(tl.explain("x", on="2023").frame.select("time", "reason").rows())
    assert reasons == {"2015/..": "counted only as possible", "2020": "part of a total", "2023": "part of a total"}


def test_policies_give_flows_statements_or_their_hull(log: kz.Timeline) -> None:
    log.append([came("a", "2010", 12), row("mb", "2012-11", 9)])
    for policy, expected in (("flows", (12, 12)), ("statements", (9, 9)), ("envelope", (9, 12))):
        frame = log.refresh().view(policy=policy).holdings(on="2013", system="x").frame
        assert frame.select("low", "high").rows() == [expected], policy


def test_best_moves_in_the_middle_of_a_day_and_at_the_ends_of_years(log: kz.Timeline) -> None:
    log.append([came("a", "2010", 2, batch="t"), came("a", "2012/2014", 7, batch="t")])
    frame = log.refresh().history("x").frame
    steps = dict(frame.select("since", "best").rows())
    assert steps[DAY(2010, 7, 2)] == 2
    assert (steps[DAY(2012, 12, 31)], steps[DAY(2013, 12, 31)], steps[DAY(2014, 12, 31)]) == (4, 6, 9)


def test_rival_systems_are_possible_each(log: kz.Timeline) -> None:
    ids = log.append([came("a", "2010", 3), came("b", "2010", 3, systems=["y"])]).ids
    log.link("same", ids, reason="one delivery, two names")
    assert ask(log, "2011") == [(0, 3, True)]
    assert ask(log, "2011", system="y") == [(0, 3, True)]


def test_a_vaguer_claim_beside_rivals_does_not_widen_their_hull(log: kz.Timeline) -> None:
    ids = log.append([came("a", "2010", 2), came("a", "2010", 3, note="other"), came("a", "2009/2011", "1-9")]).ids
    log.link("same", ids, reason="one delivery")
    assert ask(log, "2010") == [(2, 3, True)]
    reasons = set(log.refresh().explain("x", on="2010").frame["reason"])
    assert reasons == {"alternative of", "says less than another"}


def test_closed_lists_meet_and_rivals_give_their_hull(log: kz.Timeline) -> None:
    log.append([row("mb", "2012-11-30", "20-25"), levels("mb", "2012-11", systems=["x"])])
    log.append([row("b", "2012-11-30", "23-30"), levels("b", "2012-11", systems=["x"])])
    assert ask(log, "2012-11-30") == [(23, 25, False)]
    log.append([row("a", "2012-11-30", "40"), levels("a", "2012-11", systems=["x"])])
    frame = log.refresh().holdings(on="2012-11-30", system="x").frame
    assert frame.select("low", "high", "open", "conflict").rows() == [(20, 40, False, True)]


def test_one_unit_is_enough_for_yes_and_zero_in_a_closed_list_is_no(log: kz.Timeline) -> None:
    log.append(
        [came("a", "2010", 1), row("mb", "2012-11-30", 0, systems=["y"]), levels("mb", "2012-11", systems=["y"])]
    )
    tl = log.refresh()
    assert tl.fielded("2010", system="x").frame["truth"].to_list() == ["yes"]
    assert tl.fielded("2012-11-30/2012-11-30", system="y").frame["truth"].to_list() == ["no"]
    assert tl.fielded("2012", system="y").frame["truth"].to_list() == ["maybe"]


def test_a_day_without_an_upper_bound_leaves_the_period_without_one(log: kz.Timeline) -> None:
    log.append([row("mb", "2012-06-30", 4)])
    answer = log.refresh().fielded("2012", system="x").frame
    assert answer.select("truth", "low", "high", "last_low", "last_high").rows() == [("yes", 4, None, 4, 4)]


def test_declared_distinct_across_ledgers_each_has_both(log: kz.Timeline) -> None:
    ids = log.append([came("a", "2010", 2), came("b", "2010", 3)]).ids
    assert ask(log, "2011") == [(3, 3, True)]
    log.link("distinct", ids, reason="two deliveries")
    assert ask(log, "2011") == [(5, 5, True)]


def test_an_event_of_two_publications_is_one_happening_in_both_ledgers(log: kz.Timeline) -> None:
    both = [{"source": "a", "published": "2020"}, {"source": "b", "published": "2021"}]
    log.append([came("a", "2010/..", 2, citations=both)])
    assert ask(log, "2021") == [(2, 2, True)]
    assert log.refresh().view(sources=["b"]).holdings(on="2021", system="x").sources == ("b",)
    assert ask(log, "2020-12-30") == [(0, 2, True)]


def test_a_family_asked_of_all_holders_comes_holder_by_holder(log: kz.Timeline) -> None:
    log.append([{"kind": "defined-holder", "id": "KGZ", "name": "G", "since": "1991-08-31"}])
    log.append([came("a", "2010", 1, holder=holder, systems=[s], batch="t") for s in "yz" for holder in ("KAZ", "KGZ")])
    frame = log.refresh().holdings(on="2012", system="z", holder="*").frame
    assert frame.select("holder", "system").rows() == [("KAZ", "y"), ("KAZ", "z"), ("KGZ", "y"), ("KGZ", "z")]


def test_asking_for_a_family_gives_its_members_and_exact_only_itself(log: kz.Timeline) -> None:
    log.append(
        [
            came("a", "2010", 1, systems=["y"]),
            came("a", "2010", 2, systems=["z"], batch="t"),
            came("a", "2011", 3, systems=["y"], batch="t"),
        ]
    )
    frame = log.refresh().holdings(on="2012", system="z").frame
    assert frame.select("system", "low", "high").rows() == [("y", 3, 4), ("z", 2, 2)]
    assert log.refresh().holdings(on="2012", system="z", exact=True).frame["system"].to_list() == ["z"]


def test_an_alias_may_hold_in_one_source_only(log: kz.Timeline) -> None:
    log.append([{"kind": "defined-alias", "name": "Marauder", "system": "x", "source": "reg"}])
    log.append([came("reg", "2010", 4, systems=["Marauder"])])
    assert ask(log, "2011") == [(4, 4, True)]
    with pytest.raises(kz.errors.DraftError, match="no system is called 'Marauder'"):  # type: ignore[attr-defined]
        log.append([came("a", "2010", 4, systems=["Marauder"])])


def test_stored_returned_retired_move_between_accounts(log: kz.Timeline) -> None:
    log.append(
        [
            came("a", "2010", 10, batch="t"),
            said("a", kind="stored", occurred="2011", quantity=4, batch="t"),
            said("a", kind="returned", occurred="2012", quantity=1, batch="t"),
            said("a", kind="retired", occurred="2013", quantity=2, out_of="in-store", batch="t"),
            said("a", kind="offered-for-sale", occurred="2014", quantity=1, out_of="in-store", batch="t"),
        ]
    )
    frame = log.refresh().holdings(on="2015", system="x", account="*").frame
    found = {account: (low, high) for account, low, high in frame.select("account", "low", "high").rows()}
    assert found == {"in-service": (7, 7), "for-sale": (1, 1), "held": (8, 8)}


def test_modernised_units_change_system_and_are_held_throughout(log: kz.Timeline) -> None:
    log.append(
        [
            came("a", "2010", 10, batch="t"),
            said("a", kind="modernised", occurred="2012", quantity=4, to_system="y", batch="t"),
        ]
    )
    assert ask(log, "2013") == [(6, 6, True)]
    assert ask(log, "2013", system="y") == [(4, 4, True)]


def test_produced_units_count_only_with_a_number_and_an_operator(log: kz.Timeline) -> None:
    log.append([said("a", kind="produced", occurred="2010", quantity=5)])
    assert ask(log, "2011") == []
    log.append([said("a", kind="produced", occurred="2010", quantity=5, operator="army", into="in-service")])
    assert ask(log, "2011") == [(5, 5, True)]


@pytest.mark.parametrize(
    ("occurred", "published", "as_of"),
    [
        ("2016", "2018", DAY(2016, 12, 31)),
        ("2016/..", "2018", DAY(2018, 12, 31)),
        ("2016/2020", "2018", DAY(2018, 12, 31)),
        ("2016", "2018/..", DAY(2016, 12, 31)),
        ("2016/..", "2018/..", None),
    ],
)
def test_a_claim_speaks_of_no_day_after_its_publication(
    log: kz.Timeline, occurred: str, published: str, as_of: datetime.date | None
) -> None:
    log.append([came("a", occurred, 5, citations=[{"source": "a", "published": published}])])
    assert log.refresh().holdings(on="2040", system="x").frame["as_of"].to_list() == [as_of]


def test_as_of_is_the_last_day_anyone_speaks_of_but_not_of_plans(log: kz.Timeline) -> None:
    log.append(
        [came("a", "2010", 1), said("a", kind="observed", occurred="2015"), said("a", kind="planned", occurred="2030")]
    )
    assert log.refresh().holdings(on="2040", system="x").frame["as_of"].to_list() == [DAY(2015, 12, 31)]


def test_the_first_day_of_a_system_and_of_a_holder_bound_what_came_before(log: kz.Timeline) -> None:
    log.append([{"kind": "defined-system", "id": "w", "name": "W", "category": "land", "first": "2005-06"}])
    log.append(
        [row("mb", "2012-11-30", 4, systems=["w"]), row("mb", "2012-11-30", 4), came("a", "../2010", 2, systems=["w"])]
    )
    tl = log.refresh()
    assert tl.fielded("2005-05", system="w").frame.is_empty()
    assert not tl.fielded("2005-06", system="w").frame.is_empty()
    assert tl.history("x").frame["since"].min() == DAY(1991, 12, 16)


def test_a_transfer_moves_units_between_branches_and_nothing_for_the_holder(log: kz.Timeline) -> None:
    log.append(
        [
            came("a", "2010", 10, operator="army", batch="t"),
            said("a", kind="transferred", occurred="2012", quantity=4, operator="army", to_operator="navy", batch="t"),
        ]
    )
    assert ask(log, "2013") == [(10, 10, True)]
    assert ask(log, "2013", operator="army") == [(6, 6, True)]
    assert ask(log, "2013", operator="navy") == [(4, 4, True)]


def test_a_no_needs_evidence_on_every_day_of_the_period(log: kz.Timeline) -> None:
    """A list is silent at the end of November 2012, a register complete after it: nothing is known of the spring."""
    flows = {"kind": "defined-scope", "source": "reg", "holder": "KAZ", "of": "flows", "period": "2000/2023"}
    log.append([came("reg", "2015", 12, batch="t"), flows])
    log.append([row("mb", "2012-11-30", 5, systems=["y"]), levels("mb", "2012-11", category="land")])
    tl = log.refresh()

    def truth(period: str) -> list[str]:
        return tl.fielded(period, system="x").frame["truth"].to_list()

    assert [truth(year) for year in ("2012", "2013", "2016")] == [["maybe"], ["no"], ["yes"]]
    assert truth("2011") == []


def tie(system: str, word: str, of: str) -> dict[str, object]:
    return {"kind": "defined-relation", "system": system, "tie": word, "of": of}


@pytest.mark.parametrize(
    "ties",
    [
        [tie("x", "same-as", "y"), tie("x", "same-as", "w")],
        [tie("x", "same-as", "y"), tie("y", "same-as", "x"), tie("w", "service-name-of", "x")],
        [tie("x", "service-name-of", "y"), tie("w", "same-as", "x")],
    ],
)
def test_names_of_one_system_share_a_key_however_they_are_tied(log: kz.Timeline, ties: list[dict[str, object]]) -> None:
    log.append([{"kind": "defined-system", "id": "w", "name": "W", "category": "land/apc"}, *ties])
    log.append([came("a", "2011", n, systems=[s], batch="s") for s, n in (("x", 1), ("y", 2), ("w", 4))])
    for system in ("x", "y", "w"):
        assert ask(log, "2011", system) == [(7, 7, True)]


def test_a_variant_may_be_tied_by_any_of_its_names_and_to_several_families(log: kz.Timeline) -> None:
    """The service name carries the relation, and the first day."""
    log.append(
        [
            {"kind": "defined-system", "id": "w", "name": "W", "category": "land/apc", "first": "2005"},
            {"kind": "defined-system", "id": "v", "name": "V", "category": "land/apc"},
            tie("w", "service-name-of", "x"),
            tie("w", "variant-of", "z"),
            tie("w", "variant-of", "v"),
            row("mb", "2011-11-30", 3),
        ]
    )
    for family in ("z", "v"):
        assert log.refresh().holdings(on="2012", system=family).frame["system"].to_list() == ["x"]
    assert ask(log, "2004") == []
    assert ask(log, "2005") == [(0, None, True)]


def test_reasons_and_findings_are_those_of_the_holder_asked_for(log: kz.Timeline) -> None:
    """Another holder's claims on the same system change neither."""
    log.append(
        [
            came("a", "2011", 2),
            {**came("a", "2012", 7), "holder": "RUS"},
            {**row("mb", "2012-11-30", 3), "holder": "RUS"},
            {**row("mb", "2012-11-30", 4), "holder": "RUS"},
            {**said("a", kind="trialled", occurred="2013"), "holder": "RUS"},
            said("a", kind="introduced", occurred="2012", quantity=2),
        ]
    )
    tl = log.refresh()
    reasons = tl.explain("x", on="2011").frame.filter(kind="delivered")["reason"].to_list()
    assert reasons == ["counted"]
    assert tl.holdings(on="2013", system="x").findings == ()
    assert {f.code for f in tl.holdings(on="2013", system="x", holder="RUS").findings} == {"rival-accounts"}
    both = tl.explain("x", on="2013", holder="*").frame.filter(kind="delivered")
    assert sorted(both.select("holder", "reason").rows()) == [("KAZ", "counted"), ("RUS", "counted")]


def test_a_source_that_tells_of_none_is_not_silent(log: kz.Timeline) -> None:
    """A zero that no list closes is told as one; another account's zero says nothing of orders."""
    log.append([row("mb", "2012-11-30", 0)])
    tl = log.refresh()
    assert [f.code for f in tl.holdings(on="2012-11-30", system="x").findings] == ["open-zero"]
    assert [f.code for f in tl.orders(on="2012-11-30", system="x").findings] == ["no-evidence"]
    log.append([levels("mb", "2012-11-30", systems=["x"])])
    assert [f.code for f in log.refresh().holdings(on="2012-11-30", system="x").findings] == ["known-zero"]


@pytest.mark.parametrize("count", [30, 45])
@pytest.mark.parametrize("beside", [[], [came("reg", "2005", 7), {"kind": "defined-scope", "source": "reg", "holder": "KAZ", "of": "flows", "period": "2000/2023"}]])  # fmt: skip
def test_between_two_complete_lists_an_uncertain_cutoff_is_the_hull_of_both(
    log: kz.Timeline, count: int, beside: list[dict[str, object]]
) -> None:
    """R10 goes for the answer too, whether the list before it or a register on it still counts."""
    lists = [row("mb", "2009-11", 39), row("mb", "2010-11", count), levels("mb", "2009/2010", systems=["x"])]
    log.append([*lists, *beside])
    closed = bool(beside)
    assert ask(log, "2010-10-31") == [(39, 39, not closed)]
    assert ask(log, "2010-11-15") == [(min(39, count), max(39, count), not closed)]
    assert ask(log, "2010-11-30") == [(count, count, False)]


def test_what_a_complete_list_perhaps_says_already_lies_within_what_others_say(log: kz.Timeline) -> None:
    """Before its first certain day the list neither counts for sure nor is it passed over; its own flows move it."""
    log.append([came("a", "2005", 12), row("mb", "2009-11", 8), levels("mb", "2009", systems=["x"])])
    log.append([said("b", kind="lost", occurred="2009-11-05", quantity=1)])
    assert ask(log, "2009-10") == [(12, 12, True)]
    assert ask(log, "2009-11-15") == [(7, 12, True)]
    assert ask(log, "2009-11-30") == [(8, 8, False)]


@pytest.mark.parametrize(("source", "count", "after"), [("mb", 30, 39), ("mb", 45, 45), ("a", 30, 39), ("a", 45, 45)])
def test_a_later_level_that_no_scope_closes_raises_and_never_lowers(
    log: kz.Timeline, source: str, count: int, after: int
) -> None:
    """Of the same source or of another: start from the latest closed cutoff (R2)."""
    log.append(
        [row("mb", "2009-11-30", 39), levels("mb", "2009-11-30", systems=["x"]), row(source, "2010-11-30", count)]
    )
    assert ask(log, "2011") == [(after, after, True)]


def test_a_conflict_is_shown_where_it_counts_and_no_longer(log: kz.Timeline) -> None:
    """Claims of one happening that exclude each other mark the answers that count their units (R1)."""

    def conflict(on: str) -> list[tuple[object, ...]]:
        return log.refresh().holdings(on=on, system="x").frame.select("low", "high", "conflict").rows()

    log.link("same", log.append([came("a", "2011", 2), came("b", "2011", 4)]).ids, reason="one delivery")
    log.append([row("mb", "2012-11-30", 3), levels("mb", "2012-11-30", systems=["x"])])
    assert conflict("2010") == []
    assert conflict("2011-06") == [(0, 4, True)]
    assert conflict("2012") == [(3, 3, False)]
    codes = [f.code for f in log.refresh().holdings(on="2011", system="x").findings]
    assert codes == ["rival-values"]


def test_a_disputed_change_of_an_order_marks_the_order_and_a_disputed_loss_does_not(log: kz.Timeline) -> None:
    """Two claims of one change that exclude each other are a conflict of the order from the change on (R1, R18)."""

    def changed(source: str, quantity: int) -> dict[str, object]:
        return said(source, kind="order-changed", occurred="2012", quantity=quantity, deal="d")

    log.append([said("a", kind="ordered", occurred="2010", quantity=10, deal="d"), came("a", "2014", 2, deal="e")])
    log.link("same", log.append([changed("a", 8), changed("b", 6)]).ids, reason="one change")
    losses = [said(source, kind="lost", occurred="2011-02", quantity=count) for source, count in (("a", 1), ("b", 2))]
    log.link("same", log.append(losses).ids, reason="one loss")
    tl = log.refresh()

    def orders(on: str) -> list[tuple[object, ...]]:
        return tl.orders(on=on, system="x").frame.select("low", "high", "conflict").rows()

    assert orders("2011") == [(10, 10, False)]
    assert orders("2013") == [(6, 8, True)]
    assert tl.holdings(on="2015", system="x").frame["conflict"].to_list() == [True]


@pytest.mark.parametrize(
    "more", [{"operator": "navy"}, {"into": "in-store"}, {"deal": "e"}, {"occurred": "2012"}, {"quantity": 3}]
)
def test_every_attribute_that_two_claims_state_differently_is_a_conflict(
    log: kz.Timeline, more: dict[str, object]
) -> None:
    said_by_a = {"operator": "army", "deal": "d"}
    log.link("same", log.append([came("a", "2011", 2, **said_by_a), {**came("b", "2011", 2, **said_by_a), **more}]).ids, reason="one delivery")  # fmt: skip
    assert log.refresh().holdings(on="2013", system="x").frame["conflict"].to_list() == [True]
    assert {f.code for f in log.refresh().holdings(on="2013", system="x").findings} == {"rival-values"}


def test_what_was_cancelled_was_not_delivered(log: kz.Timeline) -> None:
    """Told in two sentences, they add all the same; two deliveries do not."""
    order = said("a", kind="ordered", occurred="2010", quantity=10, deal="d")
    log.append(
        [order, came("a", "2011", 4, deal="d"), said("a", kind="cancelled", occurred="2012", quantity=6, deal="d")]
    )
    assert log.refresh().orders(on="2012", system="x").frame.is_empty()
    log.append([came("a", "2011", 3, deal="d")])
    assert log.refresh().orders(on="2011", system="x").frame.select("low", "high").rows() == [(3, 6)]


def test_a_complete_list_says_no_of_what_no_claim_names(log: kz.Timeline) -> None:
    """Its silence is zero whatever else was said, but not of kin of what it lists, nor without its scope (R3)."""
    log.append([{"kind": "defined-system", "id": "w", "name": "W", "category": "air"}, row("mb", "2012-11-30", 5)])
    assert log.refresh().fielded("2012-11-30", system="z").frame.is_empty()
    log.append([levels("mb", "2012-11-30", category="land")])
    tl = log.refresh()
    assert tl.fielded("2012-11-30", system="z", exact=True).frame.select("truth", "high", "as_of").rows() == [
        ("no", 0, DAY(2012, 11, 30))
    ]
    assert tl.fielded("2013", system="y").frame["truth"].to_list() == ["maybe"]
    assert [f.code for f in tl.holdings(on="2012-11-30", system="y").findings] == ["known-zero"]
    assert tl.fielded("2012-11-30", system="w").frame.is_empty()
    log.append([row("mb", "2012-11-30", 1, systems=["y"])])
    answer = log.refresh().fielded("2012-11-30", system="z", exact=True)  # the row names its only member
    assert answer.frame.select("system", "truth").rows() == [("y", "yes")]


def test_a_printed_total_that_names_a_system_is_no_row_of_it(log: kz.Timeline) -> None:
    log.append([row("mb", "2012-11-30", 200), row("mb", "2012-11-30", 300, role="total", category="land/apc")])
    assert ask(log, "2012-11-30") == [(200, 200, True)]


def test_a_scope_that_covers_part_of_an_uncertain_cutoff_closes_nothing(log: kz.Timeline) -> None:
    log.append([row("mb", "2009-11", 39), levels("mb", "2009-11-15/2010", systems=["x"])])
    assert ask(log, "2009-11-30") == [(39, 39, True)]


def test_where_two_ledgers_set_a_bound_each_and_their_bests_differ_there_is_no_best(log: kz.Timeline) -> None:
    log.append([came("a", "2011", "up to 5"), came("b", "2011", 2)])
    assert log.refresh().holdings(on="2011", system="x").frame.select("low", "best", "high").rows() == [(2, None, 5)]


def test_a_family_has_its_variants_variants_and_the_latest_definition_counts(log: kz.Timeline) -> None:
    log.append(
        [{"kind": "defined-system", "id": "w", "name": "W", "category": "land/apc"}, tie("w", "variant-of", "y")]
    )
    log.append([row("mb", "2011-11-30", 3, systems=["w"]), row("mb", "2011-11-30", 1, systems=["y"])])
    assert log.refresh().holdings(on="2011-11-30", system="z").frame["system"].to_list() == ["w", "y"]
    assert ask(log, "2004", "w", exact=True) == [(0, None, True)]  # type: ignore[arg-type]
    log.append([{"kind": "defined-system", "id": "w", "name": "W", "category": "land/apc", "first": "2005"}])
    assert ask(log, "2004", "w", exact=True) == []  # type: ignore[arg-type]


def test_a_name_that_one_source_uses_is_nobody_elses(log: kz.Timeline) -> None:
    log.append([{"kind": "defined-alias", "name": "Marauder", "system": "x", "source": "reg"}])
    log.append([came("reg", "2011", 3, systems=["Marauder"])])
    assert ask(log, "2011") == [(3, 3, True)]
    with pytest.raises(DraftError, match="no system is called 'Marauder'"):
        log.append([came("a", "2011", 3, systems=["Marauder"])])
    with pytest.raises(UnknownNameError, match="no system is called 'Marauder'"):
        log.refresh().holdings(on="2011", system="Marauder")


def test_a_claim_of_two_sources_has_one_of_them_where_one_is_asked_for(log: kz.Timeline) -> None:
    cited = [{"source": s, "published": p} for s, p in (("a", "2017"), ("b", "2019"))]
    log.append([{**came("a", "2011", 3), "citations": cited}])
    tl = log.refresh()
    assert tl.view(sources=["a"]).holdings(on="2011", system="x").frame["ledgers"].to_list() == ["a"]
    assert tl.view(published_by="2018").holdings(on="2011", system="x").frame["ledgers"].to_list() == ["a"]
    assert tl.holdings(on="2011", system="x").frame["ledgers"].to_list() == ["a b"]


def test_each_reason_is_the_strongest_that_any_account_has(log: kz.Timeline) -> None:
    """Around, before and after a cutoff; vaguer than another; counted in one account, replaced in another (R23)."""

    def reasons(on: str) -> dict[str, str]:
        frame = log.refresh().explain("x", on=on).frame
        return {f"{time} {n}": reason for time, n, reason in frame.select("time", "quantity", "reason").rows()}

    log.append([came("mb", "2007", 4, into="in-service"), row("mb", "2009-11-30", 5, account="in-store")])
    assert reasons("2010") == {"2007 4": "counted", "2009-11-30 5": "counted"}
    log.append([row("mb", "2009-11-30", 39), came("mb", "2009", 3), came("mb", "2010", 2), came("mb", "2012", 1)])
    ids = log.append([came("a", "2010", 2), came("b", "2009/2011", "1-5")]).ids
    log.link("same", ids, reason="one delivery")
    assert reasons("2010") == {
        "2007 4": "outside scope",
        "2009 3": "counted only as possible",
        "2009-11-30 39": "counted",
        "2009-11-30 5": "counted",
        "2010 2": "counted",
        "2009/2011 1-5": "says less than another",
        "2012 1": "outside scope",
    }


def test_a_source_that_states_a_level_ends_its_own_conflict(log: kz.Timeline) -> None:
    log.link("same", log.append([came("a", "2011", 2), came("a", "2011", 4)]).ids, reason="one delivery")
    log.append([row("a", "2012-11-30", 3)])
    frame = log.refresh().history("x").frame
    assert frame.select("low", "high", "conflict").rows() == [(0, 4, True), (2, 4, True), (3, 3, False)]


def test_a_list_that_names_a_sibling_is_silent_about_the_other(log: kz.Timeline) -> None:
    """The sibling's row may include it (R3); a system of another family is none."""
    log.append(
        [{"kind": "defined-system", "id": "w", "name": "W", "category": "land/apc"}, tie("w", "variant-of", "z")]
    )
    log.append([row("mb", "2012-11-30", 5, systems=["y"]), levels("mb", "2012-11-30", category="land")])
    assert log.refresh().fielded("2012-11-30", system="w").frame.is_empty()
    assert log.refresh().fielded("2012-11-30", system="x").frame["truth"].to_list() == ["no"]
