"""Units that a list counts without naming their type are mentioned, and a list's zero is no silence."""

from __future__ import annotations

from pathlib import Path

import pytest

import kztimeline as kz


@pytest.fixture
def log(tmp_path: Path) -> kz.Timeline:
    tl = kz.init(tmp_path / "log", name="test", holder="KAZ")
    tl.append(
        [
            {"kind": "defined-source", "id": "mb", "title": "mb", "form": "edition"},
            *({"kind": "defined-system", "id": s, "name": s, "category": "air/transport"} for s in ("x", "y")),
            {"kind": "defined-scope", "source": "mb", "holder": "KAZ", "of": "levels", "period": "2010/2023"},
        ]
    )
    return tl


def row(**fields: object) -> dict[str, object]:
    cited = {"citations": [{"source": "mb", "published": "2024"}], "holder": "KAZ", "kind": "stated"}
    return {**cited, "cutoff": "2022-11", "category": "air/transport", **fields}


def untyped(tl: kz.Timeline, on: str) -> list[str]:
    answer = tl.refresh().holdings(on=on)
    return [finding.sentence for finding in answer.findings if finding.code == "type-not-stated"]


@pytest.mark.parametrize(
    ("total", "named", "left"),
    [(20, 4, "16"), (20, "some", None), ("more than 20", 4, "17 or more"), (20, "1-4", "16..19"), (4, 4, None)],
)
def test_what_a_total_counts_beyond_its_types_is_mentioned(
    log: kz.Timeline, total: object, named: object, left: str | None
) -> None:
    log.append([row(role="total", quantity=total), row(systems=["x"], quantity=named)])
    sentence = f"air/transport: mb counts {total} for 2022-11, {left} of a type not stated"
    assert untyped(log, "2023") == ([sentence] if left else [])


def test_two_figures_of_one_list_and_only_its_latest_edition_count(log: kz.Timeline) -> None:
    log.append([row(role="total", quantity=count, note=str(count)) for count in (20, 21)])
    log.append([row(role="total", quantity=9, cutoff="2021-11")])
    assert untyped(log, "2023") == ["air/transport: mb counts 20 or 21 for 2022-11, 20..21 of a type not stated"]
    assert untyped(log, "2022-06") == ["air/transport: mb counts 9 for 2021-11, 9 of a type not stated"]
    assert untyped(log, "2020") == []
    assert log.refresh().orders(on="2023").findings[0].code == "no-evidence"


def test_a_zero_that_a_list_tells_is_told(log: kz.Timeline) -> None:
    log.append([row(systems=["x"], quantity=0, account="in-service"), row(systems=["y"], quantity=1)])
    answer = log.refresh().holdings(on="2022-11-30", system="x")
    assert answer.frame.is_empty()
    assert [f.sentence for f in answer.findings] == ["x: none for holdings on 2022-11-30, by mb"]
