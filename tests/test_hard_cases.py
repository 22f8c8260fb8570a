"""Rules where they are easily broken: both sides of cutoffs, foreign losses, groups, accounts, lineages."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from kztimeline.steps import Step, steps
from kztimeline.views import Placed, stand
from tests.strategies import placed

Bounds = tuple[int, int | None, bool]


def defined() -> list[Placed]:
    sources = {"a": 0, "b": 0, "late": 60, "mb": 0, "other": 0, "reg": 0}
    return [
        placed(kind="defined-holder", id="KAZ", name="K", since="1991-12-16"),
        *(placed(kind="defined-system", id=s, name=s.upper(), category="land") for s in ("x", "y", "z")),
        *(placed(kind="defined-source", id=s, title=s, form="prose", lag=lag) for s, lag in sources.items()),
        *(
            placed(kind="defined-organisation", id=o, name=o, holder="KAZ", civil=o == "police")
            for o in ("army", "navy", "police")
        ),
    ]


def said(source: str, **fields: object) -> Placed:
    base = {"holder": "KAZ", "systems": ["x"], "citations": [{"source": source, "published": "2030"}]}
    return placed(**{**base, **fields})


def came(source: str, when: str, count: str | None, **more: object) -> Placed:
    return said(source, kind="delivered", occurred=when, quantity=count, **{"into": "in-service", **more})


def lost(source: str, when: str, count: str, **more: object) -> Placed:
    return said(source, kind="lost", occurred=when, quantity=count, **{"out_of": "in-service", **more})


def row(source: str, cutoff: str, count: str, **more: object) -> Placed:
    return said(source, kind="stated", cutoff=cutoff, quantity=count, **{"account": "in-service", **more})


def complete(source: str, period: str, of: str = "levels", **more: object) -> Placed:
    return placed(kind="defined-scope", source=source, holder="KAZ", of=of, period=period, **more)


def linked(relation: str, *claims: Placed) -> Placed:
    return placed(kind="linked", relation=relation, claims=[c.id for c in claims], reason="said so")


def found(rows: Iterable[Step], day: str, system: str, account: str) -> Step | None:
    ordinal = datetime.date.fromisoformat(day).toordinal()
    for step in rows:
        lasting = step.since <= ordinal and (step.until is None or ordinal < step.until)
        if lasting and (step.system, step.account) == (system, account):
            return step
    return None


def on(
    day: str, *claims: Placed, account: str = "in-service", system: str = "x", operator: str | None = None
) -> Bounds | None:
    step = found(steps(stand([*defined(), *claims]), operator=operator), day, system, account)
    return None if step is None else (step.low, step.high, step.open)


# --- around cutoffs (R10, R11, R13) ---------------------------------------------------------------------------


def test_inside_an_uncertain_cutoff_a_flow_may_lie_on_either_side_of_it() -> None:
    """Cutoff on 5 November: 3 and the 2 of the 10th; on 15 November: 3."""
    gain = [row("mb", "2010-11-30", "1"), row("mb", "2011-11", "3"), came("mb", "2011-11-10", "2", batch="t")]
    assert on("2011-11-09", *gain) == (1, 3, True)
    assert on("2011-11-20", *gain) == (3, 5, True)
    assert on("2011-12-20", *gain) == (3, 5, True)
    loss = [row("mb", "2010-11-30", "5"), row("mb", "2011-11", "3"), lost("mb", "2011-11-10", "2", batch="t")]
    assert on("2011-11-20", *loss) == (1, 3, True)
    assert on("2011-12-20", *loss) == (1, 3, True)


def test_the_lag_of_a_source_reaches_back_inside_an_uncertain_cutoff_too() -> None:
    claims = [row("late", "2010-11-30", "5"), row("late", "2011-11", "3"), lost("late", "2011-10-10", "2", batch="t")]
    assert on("2011-11-20", *claims) == (1, 3, True)


def test_a_later_exact_statement_inside_an_earlier_vague_one_leaves_both_open() -> None:
    """Which of the two speaks of the later day nobody knows: 4 if the month's day is after the 15th."""
    assert on("2011-12-31", row("mb", "2011-11", "4"), row("mb", "2011-11-15", "2")) == (2, 4, True)


def test_rolling_back_a_loss_that_may_lie_after_the_cutoff_is_only_possible() -> None:
    flows = complete("mb", "2000/2023", "flows")
    assert on("2011-06-30", row("mb", "2011-11", "39"), lost("mb", "2011-11-15", "4"), flows) == (39, 43, True)
    assert on("2011-06-30", row("mb", "2011-11", "39"), came("mb", "2011-11-15", "4"), flows) == (35, 39, True)


def test_rolling_back_reaches_behind_the_lag_of_a_source() -> None:
    flows = complete("late", "2000/2023", "flows")
    claims = [row("late", "2011-11-30", "39"), lost("late", "2011-11-01", "4"), flows]
    assert on("2011-06-30", *claims) == (39, 43, True)


def test_a_list_of_flows_that_ends_inside_the_cutoff_rolls_nothing_back() -> None:
    flows = complete("mb", "2000/2011-11-10", "flows")
    assert on("2011-06-30", row("mb", "2011-11", "39"), flows) == (0, None, True)


# --- several ledgers (R2, R15, R20) ---------------------------------------------------------------------------


def test_a_level_is_clipped_only_when_it_is_read() -> None:
    """8 to 10 in the closed list, 5 lost afterwards: 3 to 5, though the list's own 3 less 5 is below 0."""
    claims = [came("a", "2010", "8"), row("mb", "2012-11-30", "3-10"), complete("mb", "2012-11", systems=["x"])]
    assert on("2012-11-30", *claims) == (8, 10, False)
    assert on("2014-01-01", *claims, lost("mb", "2013", "5")) == (3, 5, True)


def test_of_two_higher_statements_of_the_day_neither_raises_the_low() -> None:
    for first, second in (("75", "80"), ("80", "75")):
        claims = [row("a", "2012-11-30", first), row("b", "2012-11-30", second), row("mb", "2012-11-30", "60-70")]
        assert on("2012-11-30", *claims, complete("mb", "2012-11", systems=["x"])) == (60, 80, False)


def test_an_older_word_raises_a_closed_list_only_by_what_was_not_lost_since() -> None:
    claims = [came("a", "2008", "79"), lost("b", "2010", "15"), row("mb", "2012-11-30", "60-70")]
    assert on("2012-11-30", *claims, complete("mb", "2012-11", systems=["x"])) == (64, 70, False)


def test_a_loss_inside_an_uncertain_cutoff_may_not_be_in_the_level() -> None:
    claims = [row("mb", "2012-11", "39"), lost("b", "2012-11-10", "5")]
    assert on("2013-01-01", *claims) == (34, 39, True)
    assert on("2013-01-01", *claims, complete("mb", "2012-11", systems=["x"])) == (34, 39, True)


def test_a_loss_before_a_ledgers_first_statement_is_seen_on_its_day() -> None:
    claims = [came("a", "2005", "10"), lost("b", "2008-05-05", "3"), row("b", "2012-11-30", "50")]
    assert on("2008-05-04", *claims) == (10, 10, True)
    assert on("2008-05-05", *claims) == (7, 10, True)


def test_a_register_on_a_statement_closes_what_came_but_not_what_was_lost() -> None:
    register = [came("reg", "2005", "12", batch="t"), complete("reg", "2000/2023", "flows")]
    listed = [row("mb", "2012-11-30", "39"), complete("mb", "2012-11", systems=["x"])]
    assert on("2015-01-01", *register, *listed) == (39, 39, False)
    assert on("2015-01-01", *register, *listed, lost("mb", "2013", "4")) == (35, 39, False)
    assert on("2015-01-01", *register, *listed, lost("b", "2013", "4")) == (35, 39, False)
    assert on("2024-06-01", *register, *listed, lost("b", "2013", "4")) == (35, 39, True)


def test_a_register_stands_on_a_statement_with_that_statements_lag() -> None:
    register = [came("reg", "2012-11-10", "2", batch="t"), complete("reg", "2000/2023", "flows")]
    listed = [row("late", "2012-11-30", "39"), complete("late", "2012-11", systems=["x"])]
    assert on("2015-01-01", *register, *listed) == (39, 41, False)


def test_a_register_whose_periods_meet_is_complete_over_both() -> None:
    register = [came("reg", "2005", "12", batch="t")]
    register += [complete("reg", period, "flows") for period in ("2000/2013", "2014/2023")]
    listed = [row("mb", "2012-11-30", "39"), complete("mb", "2012-11", systems=["x"])]
    assert on("2015-01-01", *register, *listed) == (39, 39, False)


def test_a_register_on_a_statement_without_an_upper_bound_has_none() -> None:
    register = [came("reg", "2013", "2", batch="t"), complete("reg", "2000/2023", "flows")]
    listed = [row("mb", "2012-11-30", "at least 39"), complete("mb", "2012-11", systems=["x"])]
    assert on("2015-01-01", *register, *listed) == (41, None, False)


# --- groups, families, editions (R3, R16, R19) ------------------------------------------------------------------


def test_a_group_of_fewer_units_than_systems_promises_none_to_each() -> None:
    assert on("2012-01-01", came("a", "2010", "1", systems=["x", "y"])) == (0, 1, True)
    assert on("2012-01-01", came("a", "2010", "2", systems=["x", "y", "z"])) == (0, 2, True)
    assert on("2012-11-30", row("mb", "2012-11", "1", systems=["x", "y"], role="group")) == (0, 1, True)
    assert on("2012-01-01", came("a", "2010", "5", systems=["x", "y", "z"])) == (1, 3, True)


def test_a_row_of_what_is_held_says_neither_in_service_nor_that_none_is() -> None:
    claims = [row("mb", "2012-11-30", "5", account="held"), complete("mb", "2012-11", systems=["x"])]
    assert on("2012-11-30", *claims, account="held") == (5, 5, False)
    assert on("2012-11-30", *claims) == (5, 5, False)
    assert on("2012-11-30", *claims, account="in-store") is None


def test_a_row_of_no_units_in_store_puts_none_elsewhere() -> None:
    claims = [row("mb", "2012-11-30", "5", account=None), row("b", "2010-11-30", "0", account="in-store")]
    assert on("2012-11-30", *claims) == (5, 5, True)


def test_units_on_trial_until_their_introduction_are_elsewhere() -> None:
    claims = [
        row("mb", "2012-11-30", "5", account=None),
        came("a", "2012-01", "3", deal="d"),
        said("a", kind="introduced", occurred="2014", quantity="3", deal="d"),
    ]
    assert on("2012-11-30", *claims, account="in-service") == (0, 5, True)


def test_silence_about_a_branch_is_not_zero_where_a_row_names_no_branch() -> None:
    claims = [
        row("mb", "2012-11-30", "5"),
        row("mb", "2012-11-30", "3", systems=["y"], operator="army"),
        came("a", "2010", "4", operator="army"),
        complete("mb", "2012-11", category="land"),
    ]
    assert on("2012-11-30", *claims, operator="army") == (4, 4, True)
    assert on("2012-11-30", *claims, operator="army", system="y") == (3, 3, False)


def test_a_branch_is_not_closed_by_its_row_beside_one_that_names_no_branch() -> None:
    claims = [
        row("mb", "2012-11-30", "63", operator="army"),
        row("mb", "2012-11-30", "70"),
        complete("mb", "2012-11", category="land"),
    ]
    assert on("2012-11-30", *claims, operator="army") == (63, 63, True)
    assert on("2012-11-30", *claims) == (133, 133, False)


def test_a_scope_closes_only_the_cutoffs_inside_its_period() -> None:
    claims = [row("mb", "2010-11-30", "5"), row("mb", "2012-11", "6"), complete("mb", "2011/2012-11", systems=["x"])]
    assert on("2010-11-30", *claims) == (5, 5, True)
    assert on("2012-11-30", *claims) == (6, 6, False)
    cut = complete("mb", "2011/2012-11-15", systems=["x"])
    assert on("2012-11-30", *claims[:2], cut) == (6, 6, True)


# --- operators, deals, totals (R6, R7, R17, R18) -----------------------------------------------------------------


def test_rival_branches_may_each_have_the_units() -> None:
    one, two = came("a", "2010", "4", operator="army"), came("b", "2010", "4", operator="navy")
    claims = [one, two, linked("same", one, two)]
    assert on("2012-01-01", *claims) == (4, 4, True)
    assert on("2012-01-01", *claims, operator="army") == (0, 4, True)


def test_units_of_a_rival_civil_operator_are_only_possible() -> None:
    one, two = came("a", "2010", "4", operator="army"), came("b", "2010", "4", operator="police")
    assert on("2012-01-01", one, two, linked("same", one, two)) == (0, 4, True)


def test_what_a_civil_operator_hands_over_is_gained() -> None:
    claims = [came("a", "2010", "4", operator="police", batch="t"), came("a", "2010", "1", batch="t")]
    moved = said(
        "a", kind="transferred", occurred="2012", quantity="2", operator="police", to_operator="army", batch="t"
    )
    assert on("2013-01-01", *claims, moved) == (3, 3, True)
    assert on("2013-01-01", *claims, moved, account="held") == (3, 3, True)
    assert on("2013-01-01", *claims, moved, operator="police") == (2, 2, True)


def test_an_introduction_concerns_its_deals_units_in_the_view_of_their_branch() -> None:
    claims = [
        came("a", "2012", "3", deal="d", operator="army", batch="t"),
        said("a", kind="introduced", occurred="2014", quantity="3", deal="d", batch="t"),
    ]
    assert on("2013-06-01", *claims, operator="army", account="on-trial") == (3, 3, True)
    assert on("2013-06-01", *claims, operator="army") is None
    assert on("2015-01-01", *claims, operator="army") == (3, 3, True)
    assert on("2015-01-01", *claims, operator="army", account="on-trial") == (0, 0, True)


def test_what_comes_after_the_introduction_or_is_another_system_is_not_on_trial() -> None:
    claims = [
        came("a", "2012", "3", deal="d", batch="t"),
        came("a", "2015", "2", deal="d", batch="t"),
        came("a", "2012", "9", deal="d", systems=["y"], batch="t"),
        said("a", kind="introduced", occurred="2014", quantity="3", deal="d", batch="t"),
    ]
    assert on("2016-01-01", *claims) == (5, 5, True)
    assert on("2016-01-01", *claims, account="on-trial") == (0, 0, True)
    assert on("2013-01-01", *claims, system="y") == (9, 9, True)


def test_a_tranche_in_another_account_is_taken_off_its_total() -> None:
    claims = [
        came("a", "2010/2015", "12", role="total", batch="s"),
        came("a", "2011", "4", into="in-store", batch="t"),
    ]
    assert on("2016-01-01", *claims) == (8, 8, True)
    assert on("2016-01-01", *claims, account="in-store") == (4, 4, True)
    assert on("2016-01-01", *claims, account="held") == (12, 12, True)


def test_a_part_that_a_link_names_does_not_take_the_others_off_the_total() -> None:
    total = came("a", "2010/2015", "12", role="total", batch="s")
    one, two = came("a", "2011", "4", batch="t"), came("a", "2012", "3", batch="t")
    assert on("2016-01-01", total, one, two, linked("part-of", one, total)) == (12, 12, True)


def test_a_total_covers_neither_other_suppliers_nor_deals_nor_branches_nor_longer_periods() -> None:
    total = came("a", "2010/2015", "12", role="total", batch="s", suppliers=["RUS"], deal="d", operator="army")
    for other in ({"suppliers": ["CHN"]}, {"deal": "e"}, {"operator": "navy"}, {"occurred": "2011/2016"}):
        fields = {"suppliers": ["RUS"], "deal": "d", "operator": "army", **other}
        tranche = came("a", str(fields.pop("occurred", "2011")), "4", batch="s", **fields)
        assert on("2017-01-01", total, tranche) == (16, 16, True), other
    mine = came("a", "2011", "4", batch="s", suppliers=["RUS"], deal="d", operator="army")
    assert on("2017-01-01", total, mine) == (12, 12, True)


def test_a_linked_part_is_covered_whatever_its_supplier() -> None:
    total = came("a", "2010/2015", "12", role="total", batch="s", suppliers=["RUS"])
    part = came("a", "2011", "4", batch="s", suppliers=["CHN"])
    assert on("2017-01-01", total, part) == (16, 16, True)
    assert on("2017-01-01", total, part, linked("part-of", part, total)) == (12, 12, True)


def test_a_total_that_names_its_parts_covers_no_others() -> None:
    one, two = came("a", "2011", "4", batch="s"), came("a", "2012", "3", batch="s")
    total = came("a", "2010/2015", "12", role="total", batch="s", covers=[one.id])
    assert on("2017-01-01", total, one, two) == (15, 15, True)


def test_a_claim_that_is_no_total_has_only_the_parts_that_links_name() -> None:
    whole = came("a", "2010/2015", "12", batch="s")
    one, two = came("a", "2011", "4", batch="t"), came("a", "2012", "3", batch="t")
    assert on("2016-01-01", whole, one, two, linked("part-of", one, whole)) == (12, 15, True)


def test_batches_of_two_sources_that_share_a_name_are_not_one_table() -> None:
    """Through a link the other source's claim enters the ledger, not its table."""
    one, two, three = (
        came("a", "2010", "3", batch="t1"),
        came("b", "2011", "2", batch="t"),
        came("a", "2012", "4", batch="t"),
    )
    assert on("2013-01-01", one, two, three, linked("distinct", one, two)) == (5, 9, True)


def test_an_order_change_after_a_statement_of_orders_changes_the_deal() -> None:
    claims = [
        row("a", "2012-11-30", "10", account="on-order"),
        said("a", kind="ordered", occurred="2013", quantity="5", deal="d", batch="t"),
        said("a", kind="order-changed", occurred="2014", quantity="8", deal="d", batch="t"),
    ]
    assert on("2013-12-31", *claims, account="on-order") == (15, 15, True)
    assert on("2014-06-01", *claims, account="on-order") == (15, 18, True)
    assert on("2015-06-01", *claims, account="on-order") == (18, 18, True)
    before = said("a", kind="ordered", occurred="2011", quantity="5", deal="e", batch="t")
    later = said("a", kind="order-changed", occurred="2014", quantity="3", deal="e", batch="t")
    assert on("2015-06-01", claims[0], before, later, account="on-order") == (8, 8, True)


def test_an_order_change_of_a_group_sets_each_to_its_share_and_one_of_another_system_to_nothing() -> None:
    order = said("a", kind="ordered", occurred="2010", quantity="9", deal="d", batch="t")
    change = {"kind": "order-changed", "occurred": "2012", "quantity": "5", "deal": "d"}
    assert on("2013-06-01", order, said("a", **change, systems=["x", "y"]), account="on-order") == (1, 4, True)
    assert on("2013-06-01", order, said("a", **change, systems=["y"]), account="on-order") == (9, 9, True)
    assert on("2013-06-01", said("a", **change, systems=["y"]), account="on-order") is None


def test_an_order_change_whose_claims_name_rival_systems_may_be_of_the_other() -> None:
    order = said("a", kind="ordered", occurred="2010", quantity="9", deal="d", batch="t")
    change = {"kind": "order-changed", "occurred": "2012", "quantity": "5", "deal": "d"}
    one, other = said("a", **change), said("a", **change, systems=["y"])
    claims = [order, one, other, linked("same", one, other)]
    assert on("2013-06-01", *claims, account="on-order") == (5, 9, True)
    last = said("a", **{**change, "occurred": "2014", "quantity": "7"})
    assert on("2015-06-01", *claims, last, account="on-order") == (7, 7, True)


def test_a_loss_of_several_systems_is_a_word_on_those_alone_that_the_branch_has() -> None:
    claims = [came("a", "2009", "4", operator="army"), lost("a", "2010", "2", systems=["x", "y"])]
    assert on("2011-01-01", *claims, operator="army") == (3, 4, True)
    assert on("2011-01-01", *claims, operator="army", system="y") is None
    assert on("2011-01-01", *claims, operator="navy") is None
    has = came("b", "2009", "1", operator="army", systems=["y"])
    assert on("2011-01-01", *claims, has, operator="army", system="y") == (0, 1, True)


# --- readings (R1, R8) ---------------------------------------------------------------------------------------------


def test_a_set_of_which_a_year_lies_after_its_publication_promises_no_year_a_unit() -> None:
    """Told in mid-2012 of 2010, 2011 and 2013: the units had come by then, and nobody knows how many in which year."""
    early = [{"source": "a", "published": "2012-06"}]
    told = came("a", "{2010,2011,2013}", "3", citations=early)
    assert on("2011-12-31", told) == (0, 3, True)
    assert on("2012-06-30", told) == (3, 3, True)
    assert on("2011-12-31", came("a", "{2010,2011,2012}", "3", citations=early)) == (2, 2, True)


def test_a_rival_day_is_not_cut_by_the_publication_of_the_other_claim() -> None:
    """Published in 2015 and in 2020: the hull of 2010/2014 and 2016 reaches to the end of 2016."""
    early = came("a", "2010/2014", "1", citations=[{"source": "a", "published": "2015"}])
    late = came("a", "2016", "1", citations=[{"source": "a", "published": "2020"}])
    assert on("2016-06-01", early, late, linked("same", early, late)) == (0, 1, True)
    assert on("2016-12-31", early, late, linked("same", early, late)) == (1, 1, True)
