"""Agreements stand from their stage on; series keep rival values, and unlike units apart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import kztimeline as kz
from kztimeline.errors import UnknownNameError


@pytest.fixture
def log(tmp_path: Path) -> kz.Timeline:
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    tl.append(
        [
            {"kind": "defined-holder", "id": "KAZ", "name": "K", "since": "1991-12-16"},
            *({"kind": "defined-source", "id": s, "title": s, "form": "prose"} for s in ("a", "b")),
            {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
            {"kind": "defined-system", "id": "x-2", "name": "X 2", "category": "air"},
            {"kind": "defined-relation", "system": "x-2", "tie": "variant-of", "of": "x"},
        ]
    )
    return tl


def pact(when: str, stage: str, source: str = "a", published: str = "2024", **more: object) -> dict[str, object]:
    fields = {"kind": "agreement", "holder": "KAZ", "occurred": when, "form": "licence", "stage": stage}
    return {**fields, "agreement": "p", "citations": [{"source": source, "published": published}], **more}


def standing(tl: kz.Timeline, on: str, **more: str) -> list[tuple[object, ...]]:
    return tl.refresh().agreements(on=on, **more).frame.select("truth", "stage", "perhaps").rows()  # type: ignore[arg-type]


def test_a_stage_holds_from_its_day_until_a_later_one(log: kz.Timeline) -> None:
    log.append([pact("2010-05", "announced"), pact("2012", "signed"), pact("2015-06-30", "ended")])
    assert standing(log, "2010-04") == []
    assert standing(log, "2010-05-10") == [("maybe", None, "announced")]
    assert standing(log, "2010-05") == [("yes", "announced", None)]
    assert standing(log, "2012-06-01") == [("yes", "announced", "signed")]
    assert standing(log, "2014") == [("yes", "signed", None)]
    assert standing(log, "2015") == [("no", "ended", None)]


def test_a_term_that_is_over_ends_an_agreement(log: kz.Timeline) -> None:
    log.append([pact("2010", "signed", period="2010/2014")])
    assert standing(log, "2014") == [("yes", "signed", None)]
    assert standing(log, "2015") == [("no", "signed", None)]


def test_accession_without_a_day_is_maybe_before_publication_and_yes_from_then_on(log: kz.Timeline) -> None:
    log.append([pact("../2024", "in-force", form="treaty")])
    assert standing(log, "1991-12-15") == []
    assert standing(log, "2000") == [("maybe", None, "in-force")]
    assert standing(log, "2025") == [("yes", "in-force", None)]


def test_not_a_party_is_said_and_a_later_accession_overrides_it(log: kz.Timeline) -> None:
    log.append([pact("2010", "not-a-party", form="treaty"), pact("2017-10", "ratified", form="treaty")])
    assert standing(log, "2011") == [("no", "not-a-party", None)]
    assert standing(log, "2018") == [("yes", "ratified", None)]
    assert log.refresh().agreements(on="2018").frame["conflict"].to_list() == [False]


def test_a_denial_that_may_be_later_is_a_conflict(log: kz.Timeline) -> None:
    log.append([pact("2017", "in-force"), pact("../2024", "not-a-party", "b")])
    assert standing(log, "2025") == [("maybe", "in-force", None)]
    assert log.refresh().agreements(on="2025").frame["conflict"].to_list() == [True]


def test_a_view_does_not_know_what_was_not_public(log: kz.Timeline) -> None:
    log.append([pact("2010", "signed", published="2020")])
    assert standing(log.refresh().view(published_by="2019"), "2015") == []


def test_agreements_are_found_by_system_with_its_variants_and_by_form(log: kz.Timeline) -> None:
    log.append([pact("2010", "signed", systems=["X 2"]), pact("2011", "signed", form="treaty", agreement="q")])
    assert len(standing(log, "2020")) == 2
    assert len(standing(log, "2020", system="X")) == 1
    assert len(standing(log, "2020", form="treaty")) == 1
    with pytest.raises(UnknownNameError, match="no form of agreement is called 'treatys'; did you mean treaty"):
        log.refresh().agreements(on="2020", form="treatys")


def measure(period: str, value: str, unit: str = "million USD", **more: object) -> dict[str, object]:
    fields = {"kind": "measured", "holder": "KAZ", "period": period, "indicator": "spending"}
    cited = {"citations": [{"source": "a", "published": "2024"}]}
    return {**fields, "value": {"text": value, "unit": unit}, **cited, **more}


def test_a_series_is_sorted_exact_and_keeps_its_text(log: kz.Timeline) -> None:
    log.append(
        [measure("2020", "1724"), measure("2019", "2039.10"), measure("2021", "unknown"), measure("2019", "1.0", "%")]
    )
    frame = log.refresh().series("spending").frame
    assert frame.select("unit", "period_edtf", "value").rows() == [
        ("%", "2019", "1.0"),
        ("million USD", "2019", "2039.10"),
        ("million USD", "2020", "1724"),
        ("million USD", "2021", "unknown"),
    ]
    assert frame["best"].to_list() == [Decimal("1.0"), Decimal("2039.1"), Decimal(1724), None]


def test_rival_values_are_both_kept_and_marked(log: kz.Timeline) -> None:
    log.append([measure("2019", "1"), measure("2019", "2", citations=[{"source": "b", "published": "2024"}])])
    assert log.refresh().series("spending").frame.select("value", "conflict").rows() in (
        [("1", True), ("2", True)],
        [("2", True), ("1", True)],
    )


def test_an_unknown_indicator_is_refused_with_near_names(log: kz.Timeline) -> None:
    log.append([measure("2019", "1")])
    with pytest.raises(UnknownNameError, match="no indicator is called 'spendings'; did you mean spending"):
        log.refresh().series("spendings")
    assert log.refresh().series("*").frame.height == 1


def test_of_two_claims_of_one_stage_the_sharper_one_dates_it(log: kz.Timeline) -> None:
    log.append([pact("../2024", "signed"), pact("2011", "signed", "b")])
    assert log.refresh().agreements(on="2025").frame["stage_edtf"].to_list() == ["2011"]
