"""Pictures say what the frame says: in marks, in words, in the same bytes; nothing vague looks certain."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import kztimeline as kz
from kztimeline import languages, plots
from kztimeline.errors import NotationError
from kztimeline.picture import Picture
from kztimeline.plots import differences, evidence, levels, style, traces

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
    labels = style.Labels(kz.load().standing.registry)
    for low, best, high, amount in ((0, None, 172, 0), (-264, None, -92, -92), (2, None, None, 0), (3, 4, 9, 4)):
        bar = differences._bar({**row, "active_low": low, "active_best": best, "active_high": high}, labels)
        assert bar["amount"] == amount


def test_no_evidence_zero_and_perhaps_are_three_things(shipped: kz.Timeline) -> None:
    registry = shipped.standing.registry
    frame = traces.evidence(shipped.steps, registry, "KAZ")
    assert set(frame["known"]) == {"none", "perhaps", "held"}
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


@pytest.fixture
def own(tmp_path: Path) -> kz.Timeline:
    made = kz.init(tmp_path / "log", name="mine", holder="KAZ")
    made.append(
        [
            {"kind": "defined-holder", "id": "KAZ", "name": "K", "since": "2001"},
            {"kind": "defined-source", "id": "b", "title": "B", "form": "edition"},
            {"kind": "defined-system", "id": "x", "name": "X", "category": "air", "first": "2004"},
        ]
    )
    return made


def said(kind: str, **fields: object) -> dict[str, object]:
    cited = [{"source": "b", "published": "2021"}]
    return {"kind": kind, "holder": "KAZ", "systems": ["x"], "citations": cited, **fields}


def came(occurred: str, **fields: object) -> dict[str, object]:
    return said("delivered", occurred=occurred, **{"quantity": 2, "into": "in-service", **fields})


def row(figure: str, cutoff: str) -> dict[str, object]:
    return said("stated", role="item", quantity=figure, cutoff=cutoff, account="in-service")


def test_zero_is_what_a_complete_list_says_not_what_nobody_counts(own: kz.Timeline) -> None:
    own.append(row("0", "2019-12-31"))
    seen = own.refresh()
    assert set(traces.evidence(seen.steps, seen.standing.registry, "KAZ")["known"]) == {"none", "perhaps"}
    own.append({"kind": "defined-scope", "source": "b", "holder": "KAZ", "of": "levels", "period": "2019"})
    seen = own.refresh()
    years = traces.evidence(seen.steps, seen.standing.registry, "KAZ").filter(pl.col("known") == "zero")
    assert years.select("since", "until").rows() == [(2019, 2020)]


def test_a_delivery_without_a_first_day_is_no_delivery_of_its_last_day(own: kz.Timeline) -> None:
    own.append([came("../2017", suppliers=["CHN", "FRA"])])
    own.append([came("../2017", deal="d"), came("2016", deal="d", quantity=1), came("../2017", deal="e")])
    own.append([said("ordered", occurred="2012-05", deal="e", quantity=2, suppliers=["RUS"])])
    seen = own.refresh()
    found = traces.deals(seen.standing, "KAZ")
    spans = found.select("supplier", "came_earliest", "came_latest", "came_open").rows()
    assert [(s, str(first), str(last), unstated) for s, first, last, unstated in spans] == [
        ("RUS", "2012-05-01", "2017-12-31", False),
        ("", "2016-01-01", "2017-12-31", False),
        ("CHN FRA", "2004-01-01", "2017-12-31", True),
    ]
    bars = {(r["row"], r["part"]): r["since"] for r in rows_of(seen.plot("deals").spec)[0]}
    assert bars[2, "came"] == "2012-05-01"
    windows = traces.suppliers(seen.standing, "KAZ").filter(pl.col("supplier") == "FRA")
    assert windows.select("since", "certain", "possible").rows() == [(s, 0, 1) for s in (2001, 2006, 2011, 2016)]


def test_a_statement_without_a_number_is_words_without_a_point(own: kz.Timeline) -> None:
    own.append([row("4", "2018-12-31"), row("unknown", "2019-12-31")])
    stated = rows_of(own.refresh().history("x").plot().spec)[-1]
    assert [(r["said"], r["known"]) for r in stated] == [("b: 4", True), ("b: unknown", False)]


def test_the_axis_says_what_is_counted_where_no_upper_bound_is_known(own: kz.Timeline) -> None:
    own.append([came("2016", quantity="at least 2")])
    drawn = own.refresh().history("x").plot().svg()
    assert ">held</text>" in drawn
    assert ">low" not in drawn


def test_words_beside_points_cover_neither_points_nor_each_other() -> None:
    places = [(300.0, 40.0), (310.0, 42.0), (380.0, 44.0), (381.0, 160.0)]
    words = ["iiss-mb-2021: 70"] * 4
    boxes = [
        (x - 7 - 6 * len(w), x - 7, y - up)
        for (x, y), w, up in zip(places, words, levels._beside(places, words), strict=True)
    ]
    for number, (left, right, y) in enumerate(boxes):
        assert 0 < y < levels.HEIGHT
        for a, b, at in [*boxes[:number], *((x - 5, x + 5, at) for x, at in places)]:
            assert right <= a or left >= b or abs(y - at) >= 12


def test_pictures_speak_german(shipped: kz.Timeline) -> None:
    answers = (
        shipped.history("su-30sm"), shipped.history("anka", account="*"), shipped.diff("iiss-mb-2021", "iiss-mb-2022"),
        shipped.orders(on="2023-12-31"), shipped.events(system="anka"), shipped.fielded("2023", system="anka"),
        shipped.holdings(on="2023-11-30", system="anka"), shipped.series("military-expenditure"),
    )  # fmt: skip
    drawn = [answer.plot(lang="de") for answer in answers] + [shipped.plot(w, lang="de") for w in plots.WHOLE]
    german = languages.words("de")
    english = {
        t
        for k, t in languages.words("en").items()
        if k.startswith(("pic.", "axis.", "what.", "alt.")) and t != german[k]
    }
    patterns = [re.sub(r"\\{\w+\\}", ".*", re.escape(words)) for words in english]
    for picture in drawn:
        shown = [*re.findall(r">([^<>]+)</text>", picture.svg()), picture.title]
        assert [text for text in shown for pattern in patterns if re.fullmatch(pattern, text)] == []
    assert drawn[0].alt.startswith("Verlauf: Su-30SM. Su-30SM, vorhanden: 0..24 (0) ab 2015-01-01, 24 ab")
    with pytest.raises(NotationError, match="not a language known here: 'fr'; write one of en, de"):
        answers[0].plot(lang="fr")


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
    name = '</svg><script>alert(1)</script>\'\\] [datum opacity="1" "'
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
        assert 'datum opacity="1" "' in "".join(ET.fromstring(drawn.svg()).itertext())


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
