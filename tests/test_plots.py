"""Pictures say what the frame says: in marks, in words, in the same bytes; nothing vague looks certain."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import kztimeline as kz
from kztimeline import plots
from kztimeline.errors import NotationError
from kztimeline.picture import Picture
from kztimeline.plots import differences, evidence, style, traces

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def shipped() -> kz.Timeline:
    return kz.load()


@pytest.fixture(scope="module")
def pictures(shipped: kz.Timeline) -> dict[str, Picture]:
    return {
        "history": shipped.history("su-30sm").plot(),
        "accounts": shipped.history("anka", account="*").plot(),
        "difference": shipped.diff("iiss-mb-2021", "iiss-mb-2022").plot(),
        "orders": shipped.orders(on="2023-12-31").plot(),
        "clocks": shipped.events(system="anka").plot(),
        "ranges": shipped.fielded("2023", system="anka").plot(),
        "series": shipped.series("military-expenditure").plot(),
        **{what: shipped.plot(what) for what in plots.WHOLE},
    }


def rows_of(spec: Any) -> list[list[dict[str, Any]]]:
    """Find the data of every chart of a specification."""
    if isinstance(spec, dict):
        own = [spec["data"]["values"]] if "values" in spec.get("data", {}) else []
        sets = [*spec["datasets"].values()] if "datasets" in spec else []
        return own + sets + [rows for value in spec.values() for rows in rows_of(value)]
    return [rows for value in spec for rows in rows_of(value)] if isinstance(spec, list) else []


def test_the_same_head_gives_the_same_bytes(shipped: kz.Timeline) -> None:
    one, other = (kz.load().history("su-30sm").plot() for _ in range(2))
    shipped.history("anka").plot().svg()
    assert one.json() == other.json()
    assert one.svg() == other.svg()


def test_every_picture_is_one_static_image_with_its_words(pictures: dict[str, Picture]) -> None:
    for name, drawn in pictures.items():
        root = ET.fromstring(drawn.svg())
        assert (root.get("role"), root.get("aria-label")) == ("img", drawn.alt), name
        assert len(drawn.alt) > 40, name
        below = [e for e in root.iter() if e is not root]
        assert not [e for e in below if e.get("role") or e.get("style") or e.tag.endswith(("script", "style"))], name
        assert not [v for e in below for k, v in e.items() if k.endswith("href") or "url(h" in v], name
        assert len(drawn.svg()) < 60_000, name


def test_files_are_named_by_their_ending(pictures: dict[str, Picture], tmp_path: Path) -> None:
    drawn = pictures["history"]
    assert drawn.save(tmp_path / "a.png").read_bytes().startswith(PNG)
    assert drawn.save(tmp_path / "a.svg").read_text("utf-8") == drawn.svg()
    page = drawn.save(tmp_path / "a.html").read_text("utf-8")
    assert not re.search(r"<(script|link)[^>]+(src|href)=", page)
    with pytest.raises(NotationError, match=r"a\.jpg does not tell which picture to write; end it in \.svg, \.png"):
        drawn.save(tmp_path / "a.jpg")


def test_every_colour_stands_out_from_the_paper() -> None:
    assert style.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert style.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    colours = (*style.SUPPLIERS, style.UNNAMED, style.MAIN, style.NO_EVIDENCE, *differences.KINDS.values())
    low = {colour: style.contrast(colour, style.PAPER) for colour in colours if style.contrast(colour, style.PAPER) < 3}
    assert not low
    assert min(style.contrast(style.INK, colour) for colour in (style.PAPER, *evidence.LIGHT)) >= 4.5


def test_each_supplier_has_one_colour_in_every_view_and_later_head(shipped: kz.Timeline) -> None:
    now = style.supplier_colours(shipped.standing)
    named = [supplier for supplier in now if supplier]
    assert len({now[s] for s in named}) == len(named) <= len(style.SUPPLIERS)
    for view in (shipped.view(published_by="2024-01"), shipped.view(sources=["sipri-at"])):
        assert style.supplier_colours(view.standing) == now
    middle = shipped.segments().frame["segment"][len(shipped.log.segments) // 2]
    earlier = style.supplier_colours(shipped.view(recorded_by=middle).standing)
    assert earlier.items() <= now.items()


def test_only_change_points_are_drawn(shipped: kz.Timeline, pictures: dict[str, Picture]) -> None:
    frame_of_axis, steps, corners, stated = rows_of(pictures["history"].spec)
    frame = shipped.history("su-30sm").frame
    assert [row["since"] for row in steps] == [str(day) for day in frame["since"]]
    assert [row["best"] for row in steps] == frame["best"].to_list()
    assert len(corners) == len(steps) + 1
    assert len(frame_of_axis) == 2
    assert [row["said"] for row in stated] == ["iiss-mb-2024: 23"]


def test_axes_of_units_count_in_whole_numbers(pictures: dict[str, Picture]) -> None:
    def axes(spec: Any) -> list[dict[str, Any]]:
        if isinstance(spec, dict):
            own = [spec["axis"]] if spec.get("type") == "quantitative" and spec.get("axis") else []
            return own + [axis for value in spec.values() for axis in axes(value)]
        return [axis for value in spec for axis in axes(value)] if isinstance(spec, list) else []

    for name in set(pictures) - {"series"}:
        for axis in axes(dict(pictures[name].spec)):
            assert (axis["format"], axis["tickMinStep"]) == ("d", 1), name


def test_an_unexplained_rest_is_an_empty_dashed_bar(pictures: dict[str, Picture]) -> None:
    def marks(spec: Any) -> list[dict[str, Any]]:
        if isinstance(spec, dict):
            own = [spec["mark"] | {"filter": spec.get("transform", [{}])[0].get("filter")}] if "mark" in spec else []
            return own + [mark for value in spec.values() for mark in marks(value)]
        return [mark for value in spec for mark in marks(value)] if isinstance(spec, list) else []

    bars = [mark for mark in marks(dict(pictures["difference"].spec)) if mark["type"] == "bar"]
    hollow = [mark for mark in bars if "strokeDash" in mark]
    assert {mark["filter"] for mark in hollow} == {"datum.what == 'unexplained'"}
    assert {mark["fill"] for mark in hollow} == {style.PAPER}
    assert {mark["filter"] for mark in bars if "strokeDash" not in mark} == {"datum.what != 'unexplained'"}


def test_a_bar_is_never_longer_than_what_is_certain() -> None:
    row = {"item": "x", "service": "s", "kind": "item", "number": 8, "cause": "inflow", "world": True}
    registry = kz.load().standing.registry
    for low, best, high, amount in ((0, None, 172, 0), (-264, None, -92, -92), (2, None, None, 0), (3, 4, 9, 4)):
        bar = differences._bar({**row, "active_low": low, "active_best": best, "active_high": high}, registry)
        assert bar["amount"] == amount


def test_no_evidence_zero_and_perhaps_are_three_things(shipped: kz.Timeline) -> None:
    registry = shipped.standing.registry
    frame = traces.evidence(shipped.steps, registry, "KAZ")
    assert set(frame["known"]) == {"none", "zero", "perhaps", "held"}
    for run in frame.iter_rows(named=True):
        for year in (run["since"], run["until"] - 1):
            held = shipped.holdings(on=str(year), account="held").frame
            own = held.filter(
                pl.col("system").is_in(
                    [s for s in registry.systems if traces._category(registry, s) == run["category"]]
                )
            )
            assert int(own["low"].sum()) == run["low"], run
            assert (run["known"] == "held") == (run["low"] > 0)
            assert run["known"] in ("held", "perhaps") or own.is_empty()
    assert frame["since"].min() == 1991


def test_windows_count_each_system_of_a_supplier_once(shipped: kz.Timeline) -> None:
    frame = traces.suppliers(shipped.standing, "KAZ")
    for row in frame.iter_rows(named=True):
        assert row["certain"] + row["possible"] == len(row["systems"].split())
        assert (row["until"] % 5, row["until"] - row["since"]) == (0, 4)


def test_a_deal_lasts_from_its_order_to_its_delivery(shipped: kz.Timeline) -> None:
    rows = {row["deal"]: row for row in traces.deals(shipped.standing, "KAZ").iter_rows(named=True)}
    radar, open_deal = rows["kaz-gm-400-2014"], rows["kaz-a400m"]
    assert [str(radar[name]) for name in ("ordered_earliest", "ordered_latest", "came_earliest", "came_latest")] == [
        "2014-01-01", "2014-12-31", "2023-01-01", "2023-12-31",
    ]  # fmt: skip
    assert open_deal["came_latest"] is None


def test_a_name_that_would_be_obeyed_is_only_drawn(tmp_path: Path) -> None:
    made = kz.init(tmp_path / "log", name="mine")
    name = "</svg><script>alert(1)</script>'\\] [datum"
    claim = {
        "kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "quantity": 2, "into": "in-service",
        "suppliers": ["RUS"], "citations": [{"source": "b", "published": "2018"}],
    }  # fmt: skip
    source = {"kind": "defined-source", "id": "b", "title": "B", "form": "prose"}
    made.append([source, {"kind": "defined-system", "id": "x", "name": name, "category": "air"}, claim])
    tl = made.refresh()
    for drawn in (tl.plot("deals"), tl.history("x").plot(), tl.holdings(on="2018").plot()):
        assert "<script" not in drawn.svg()
        assert "alert(1)" in drawn.svg()
        ET.fromstring(drawn.svg())


def test_what_cannot_be_drawn_is_told(shipped: kz.Timeline) -> None:
    with pytest.raises(NotationError, match=r"no picture for agreements; \.plot\(\) draws fielded, holdings, orders"):
        shipped.agreements(on="2024").plot()
    with pytest.raises(NotationError, match="nothing to draw: anka: no evidence for holdings on 1900-12-31"):
        shipped.holdings(on="1900", system="anka").plot()
    with pytest.raises(
        NotationError, match="no picture of the whole log is called 'x'; write one of deals, suppliers, "
    ):
        shipped.plot("x")
    with pytest.raises(NotationError, match="nothing changed, so that there is nothing to draw"):
        shipped.diff("iiss-mb-2024", "iiss-mb-2024").plot()
