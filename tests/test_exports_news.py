"""What newsrooms load: dates as they can be, words escaped, every claim with its source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kztimeline as kz
from kztimeline.errors import NotationError
from kztimeline.exports_news import news

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def tl(tmp_path: Path) -> kz.Timeline:
    made = kz.init(tmp_path / "log", name="mine")
    claim = {
        "kind": "delivered", "holder": "KAZ", "systems": ["x"], "quantity": 2, "into": "in-service", "note": HOSTILE,
        "citations": [{"source": "b", "published": "2018"}],
    }  # fmt: skip
    source = {"kind": "defined-source", "id": "b", "title": HOSTILE, "form": "prose"}
    system = {"kind": "defined-system", "id": "x", "name": "x", "category": "air"}
    made.append(
        [
            source,
            system,
            {**claim, "occurred": "2016"},
            {**claim, "occurred": "2017-05-03"},
            {**claim, "occurred": "../2017"},
        ]
    )
    return made.refresh()


def test_timelinejs_gets_the_possible_days_and_the_words_of_the_date(tl: kz.Timeline) -> None:
    made = json.loads(news(tl.events(), "timelinejs"))
    year, day = made["events"]
    assert (year["start_date"], year["end_date"]) == (
        {"year": 2016, "month": 1, "day": 1},
        {"year": 2016, "month": 12, "day": 31},
    )
    assert (day["start_date"], "end_date" in day) == ({"year": 2017, "month": 5, "day": 3}, False)
    assert [slide["display_date"] for slide in made["events"]] == ["2016", "2017-05-03"]
    assert tl.head in made["title"]["text"]["text"]


def test_vis_timeline_gets_ranges_that_end_the_day_after(tl: kz.Timeline) -> None:
    year, day = json.loads(news(tl.events(), "vis-timeline"))
    assert (year["start"], year["end"], year["type"]) == ("2016-01-01", "2017-01-01", "range")
    assert (day["start"], day["type"]) == ("2017-05-03", "point")


@pytest.mark.parametrize("form", ["timelinejs", "vis-timeline"])
def test_no_markup_of_a_source_reaches_a_page(tl: kz.Timeline, form: str) -> None:
    assert "<img" not in news(tl.events(), form)


def test_what_is_no_list_of_events_is_refused(tl: kz.Timeline) -> None:
    with pytest.raises(NotationError, match=r"no events in holdings on 2016-12-31; ask tl\.events\(…\)"):
        news(tl.holdings(on="2016"), "timelinejs")
    with pytest.raises(NotationError, match="not a form for newsrooms: 'x'; write one of timelinejs, vis-timeline"):
        news(tl.events(), "x")
