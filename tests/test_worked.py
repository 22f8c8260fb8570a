"""The worked answers on the shipped log, through the public calls."""

from __future__ import annotations

import datetime

import pytest

import kztimeline as kz

Row = tuple[object, ...]


@pytest.fixture(scope="module")
def tl() -> kz.Timeline:
    return kz.load()


def rows(answer: kz.Answer, *columns: str) -> list[Row]:
    return answer.frame.select(columns).rows()


BOUNDS = ("system", "low", "high", "open")


def test_wing_loong_was_fielded_in_2016_two_or_three_and_the_list_is_open(tl: kz.Timeline) -> None:
    assert rows(tl.fielded("2016", system="Wing Loong"), "system", "truth", "low", "high", "open") == [
        ("wing-loong-1", "yes", 2, 3, True)
    ]


@pytest.mark.parametrize("on", ["2023", "2050"])
def test_wing_loong_is_two_to_four_later_with_the_last_day_anyone_speaks_of(tl: kz.Timeline, on: str) -> None:
    answer = tl.holdings(on=on, system="wing-loong-1", account="in-service")
    assert rows(answer, *BOUNDS, "as_of") == [("wing-loong-1", 2, 4, True, datetime.date(2024, 12, 31))]


def test_the_group_row_leaves_two_wing_loong(tl: kz.Timeline) -> None:
    said = [f.sentence for f in tl.explain("wing-loong-1", on="2023").findings if f.code == "group-leaves"]
    assert len(said) == 1
    assert said[0].endswith("group of 5 less 3 of anka-s leaves 2 or more")


def test_su_30sm_is_23_closed_at_the_cutoff_and_one_more_is_unexplained_after_it(tl: kz.Timeline) -> None:
    assert rows(tl.holdings(on="2023-11-30", system="su-30sm"), *BOUNDS) == [("su-30sm", 23, 23, False)]
    assert rows(tl.holdings(on="2023", system="su-30sm"), *BOUNDS) == [("su-30sm", 23, 24, True)]
    assert rows(tl.fielded("2018", system="su-30sm"), "truth", "low", "high") == [("maybe", 0, 24)]


def test_anka_is_on_trial_in_2023_and_fielded_in_2024(tl: kz.Timeline) -> None:
    assert rows(tl.fielded("2023", system="anka"), "system", "truth", "low", "high") == [("anka-s", "maybe", 0, 4)]
    assert rows(tl.fielded("2024", system="anka"), "truth", "low", "high") == [("yes", 3, 4)]
    assert rows(tl.orders(on="2022", system="anka"), "low", "high") == [(0, 3)]
    assert "trial-after-introduction" in {f.code for f in tl.explain("anka", on="2024").findings}


def test_early_in_2024_nobody_could_know_of_the_three_anka(tl: kz.Timeline) -> None:
    view = tl.view(published_by="2024-01")
    assert rows(view.events(system="anka"), "kind", "time_edtf") == [("agreement", "2022-05"), ("planned", "2024")]
    answer = view.fielded("2023", system="anka")
    assert answer.frame.is_empty()
    assert [f.code for f in answer.findings] == ["no-evidence"]
    reasons = set(view.explain("anka", on="2023").frame["reason"])
    assert reasons == {"no effect", "not yet public"}


def test_a400m_is_on_order_at_the_end_of_2023_by_inference_and_ec145_is_not(tl: kz.Timeline) -> None:
    assert rows(tl.orders(on="2023-12-31", system="A400M"), "low", "high", "inferred") == [(2, 2, True)]
    assert tl.orders(on="2023-12-31", system="EC145").frame.is_empty()
    order = tl.events(system="A400M", kind="ordered").frame
    assert order.select("time_edtf", "flags").rows() == [("../2021", "inferred")]


def test_six_to_eleven_ec145_by_the_end_of_2016_and_the_civil_ones_only_when_named(tl: kz.Timeline) -> None:
    assert rows(tl.holdings(on="2016", system="ec145"), *BOUNDS) == [("ec145", 6, 11, True)]
    civil = tl.holdings(on="2018", system="ec145", operator="kaz-civil-agencies")
    assert rows(civil, "low", "high") == [(39, 39)]


def test_mig_31_is_held_but_perhaps_not_in_service(tl: kz.Timeline) -> None:
    answer = tl.holdings(on="2023-11", system="mig-31", account="*")
    assert rows(answer, "account", "low", "high", "conflict") == [
        ("for-sale", 0, 31, True),
        ("held", 31, 31, True),
        ("in-service", 0, 31, True),
    ]


def test_mi_35m_by_flows_alone_is_five_to_twelve_and_the_total_is_not_filled(tl: kz.Timeline) -> None:
    answer = tl.view(policy="flows").holdings(on="2023", system="mi-35m")
    assert rows(answer, "low", "high") == [(5, 12)]
    assert "mi-35m: total 12 with 5 named" in [f.sentence for f in answer.findings]


def test_in_1992_there_is_no_evidence_of_what_came_later_and_inherited_types_are_open(tl: kz.Timeline) -> None:
    held = {row[0]: row[1:] for row in rows(tl.holdings(on="1992"), "system", "low", "high", "inferred")}
    for later in ("anka-s", "su-30sm", "wing-loong-1", "ec145", "mi-35m", "a400m", "c-295"):
        assert later not in held
    for inherited in ("mig-29a", "mig-31", "mig-27", "su-27", "mi-24"):
        assert held[inherited] == (0, None, True)
    assert tl.holdings(on="1992", system="ec145", operator="kaz-civil-agencies").frame.is_empty()


def test_every_event_of_a_system_has_exactly_one_reason(tl: kz.Timeline) -> None:
    for system in ("wing-loong", "anka", "su-30sm", "ec145", "mig-31", "mi-35m"):
        frame = tl.explain(system, on="2023").frame
        assert frame["id"].n_unique() == len(frame)
        assert frame["reason"].null_count() == 0


def test_history_at_a_day_equals_holdings_on_that_day(tl: kz.Timeline) -> None:
    for system in ("wing-loong-1", "su-30sm", "anka-s"):
        for since, until, low, high in tl.history(system).frame.select("since", "until", "low", "high").rows():
            for day in filter(None, (since, until and until - datetime.timedelta(days=1))):
                found = rows(tl.holdings(on=day, system=system), "low", "high")
                assert found == ([(low, high)] if high != 0 else [])


def test_the_same_head_gives_the_same_bytes(tl: kz.Timeline) -> None:
    again = kz.load().view(recorded_by=tl.head)
    assert again.fielded("2016").frame.write_csv() == tl.fielded("2016").frame.write_csv()


def test_every_citation_is_where_it_says(tl: kz.Timeline, shared: object) -> None:
    from pathlib import Path

    from kztimeline.citations import checked

    checks = checked(tl.standing.claims, tl.standing.registry.documents, Path(str(shared)) / "sources")
    assert len(checks) > 80
    assert {check.verdict for check in checks} == {"ok"}
