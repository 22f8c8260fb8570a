"""Citations name what an answer rests on and nothing else, in forms that other programs read."""

from __future__ import annotations

import json
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

import kztimeline as kz
from kztimeline.cite import FORMS
from kztimeline.codebook import ANSWERS, codebook_frame
from kztimeline.errors import NotationError, UnknownNameError
from kztimeline.works import Work, works_of

HOSTILE = "50% of <b>\\input{x}</b> & $a_b$ #1 ~ ^\u202e\nTY  - BOOK"


@pytest.fixture(scope="module")
def shipped() -> kz.Timeline:
    return kz.load()


@pytest.fixture
def hostile(tmp_path: Path) -> kz.Timeline:
    made = kz.init(tmp_path / "log", name="mine")
    claim = {
        "kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "quantity": 2, "into": "in-service",
        "citations": [{"source": "b", "published": "[2016,2018]"}],
    }  # fmt: skip
    source = {"kind": "defined-source", "id": "b", "title": HOSTILE, "publisher": HOSTILE, "form": "edition"}
    made.append([source, {"kind": "defined-system", "id": "x", "name": "x", "category": "air"}, claim])
    return made.refresh()


def test_only_what_is_behind_an_answer_is_cited(shipped: kz.Timeline) -> None:
    answer = shipped.history("su-30sm")
    cited = [item["id"] for item in json.loads(answer.cite("csl-json"))]
    assert cited == ["bicc-kaz-2025", "iiss-mb-2024", f"log-{shipped.head[:12]}"]
    assert len(answer.cite()) == len(cited)
    assert re.findall(r"^@\w+\{([^,]+),", answer.cite("bibtex"), re.MULTILINE) == cited
    assert re.findall(r"^ID  - (.+)$", answer.cite("ris"), re.MULTILINE) == cited


def test_every_source_of_an_answer_is_cited_and_no_other(shipped: kz.Timeline) -> None:
    for answer in (
        shipped.fielded("2016"), shipped.events(system="anka"), shipped.agreements(on="2024-12"), shipped.audit(),
        shipped.series("military-expenditure"), shipped.explain("anka", on="2023"), shipped.orders(on="2023"),
    ):  # fmt: skip
        works = works_of(shipped.standing, answer.sources)
        assert {work.source for work in works} == set(answer.sources)
        assert len(answer.cite()) > len(answer.sources)


def test_a_difference_cites_the_sources_of_its_causes(shipped: kz.Timeline) -> None:
    found = shipped.diff("iiss-mb-2021", "iiss-mb-2022")
    ids = set(" ".join(found.causes["events"].drop_nulls()).split())
    told = {c.source for s in shipped.standing.claims if s.id in ids for c in s.event.citations}
    assert ids
    assert set(found.sources) == {"iiss-mb"} | told


def test_the_log_is_cited_with_head_view_and_question(shipped: kz.Timeline) -> None:
    view = shipped.view(published_by="2024-01", sources=["bicc-kaz"], policy="flows")
    said = view.fielded("2016").cite()[-1]
    for part in (shipped.head, "policy flows", "published by 2024-01-31", "sources bicc-kaz", "asked: fielded 2016"):
        assert part in said


def test_nothing_that_another_program_would_obey_is_left(hostile: kz.Timeline) -> None:
    answer = hostile.fielded("2016")
    tex = answer.cite("bibtex")
    assert r"50\% of <b>\textbackslash{}input\{x\}</b> \& \$a\_b\$ \#1 \textasciitilde{} \textasciicircum{}" in tex
    bare = re.sub(r"\\[{}]", "", tex)
    assert bare.count("{") == bare.count("}")
    assert [line for line in answer.cite("ris").splitlines() if line.startswith("TY")] == ["TY  - BOOK", "TY  - DATA"]
    assert json.loads(answer.cite("csl-json"))[0]["issued"] == {"literal": "[2016,2018]"}


def test_an_unknown_form_is_refused_with_the_known_ones(hostile: kz.Timeline) -> None:
    with pytest.raises(NotationError, match="not a form of citation: 'mla'; write one of text, bibtex, csl-json, ris"):
        hostile.fielded("2016").cite("mla")
    assert FORMS == ("text", "bibtex", "csl-json", "ris")


@pytest.mark.parametrize(
    ("published", "bibtex", "ris", "csl"),
    [
        ("2024-02-13", "  day = {13},", "DA  - 2024/02/13/", {"date-parts": [[2024, 2, 13]]}),
        ("2024-02?", "  month = {2},", "DA  - 2024/02//", {"date-parts": [[2024, 2]], "circa": True}),
        ("2024", "  year = {2024},", "DA  - 2024///", {"date-parts": [[2024]]}),
        ("2024-21", "  year = {2024},", "DA  - 2024///", {"date-parts": [[2024]]}),
        ("2023/2024", "  date = {2023/2024},", "DA  - 2023/2024", {"literal": "2023/2024"}),
    ],
)
def test_a_day_of_publication_is_written_as_far_as_it_is_known(
    published: str, bibtex: str, ris: str, csl: dict[str, object]
) -> None:
    from kztimeline.cite import cited
    from kztimeline.works import State

    work = Work("w", "w", "W", None, "prose", kz.parse_date(published), False, ())  # type: ignore[arg-type]
    state = State("log", "0" * 64, "", "anchored", "")
    assert bibtex in cited([work], state, "q", "bibtex")
    assert ris in cited([work], state, "q", "ris")
    assert json.loads(str(cited([work], state, "q", "csl-json")))[0]["issued"] == csl


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_a_table_for_a_notebook_has_caption_scopes_and_marks_of_its_sources(shipped: kz.Timeline) -> None:
    answer = shipped.holdings(on="2023-12-31")
    page = answer._repr_html_()
    tags = _Tags()
    tags.feed(page)
    names = [tag for tag, _ in tags.seen]
    assert names.count("caption") == 1
    assert {attrs.get("scope") for tag, attrs in tags.seen if tag == "th"} == {"col", "row"}
    assert names.count("sup") >= len(answer)
    for number, title in enumerate(answer.titles, start=1):
        assert f'title="{answer.sources[number - 1]}">[{number}]</sup>' in page
        assert escape(title) in page
    assert f"… and {len(answer) - names.count('tr') + 1} more row" in page


def test_no_colour_of_a_table_is_fixed_so_that_light_and_dark_both_read(shipped: kz.Timeline) -> None:
    for answer in (shipped.fielded("2016"), shipped.diff("iiss-mb-2021", "iiss-mb-2022"), shipped.systems):
        styles = ";".join(re.findall(r'style="([^"]*)"', answer._repr_html_()))
        assert set(re.findall(r"(?<![-\w])color:([^;]+)", styles)) == {"inherit"}
        assert set(re.findall(r"background[-a-z]*:([^;]+)", styles)) == {"none"}


def test_every_column_of_every_answer_is_in_the_codebook(shipped: kz.Timeline) -> None:
    frame = shipped.codebook().frame
    assert frame.equals(codebook_frame())
    found = shipped.diff("iiss-mb-2021", "iiss-mb-2022")
    frames = {
        "fielded": shipped.fielded("2016").frame, "holdings": shipped.holdings(on="2023").frame,
        "orders": shipped.orders(on="2023").frame, "history": shipped.history("anka").frame,
        "events": shipped.events(system="anka").frame, "agreements": shipped.agreements(on="2024").frame,
        "series": shipped.series("*").frame, "audit": shipped.audit().frame, "diff": found.frame,
        "diff.causes": found.causes, "rows": shipped.rows("iiss-mb-2024").frame,
        "explain": shipped.explain("anka", on="2023").frame, "segments": shipped.segments().frame,
    }  # fmt: skip
    for name, given in frames.items():
        told = frame.filter(pl.col("answer") == name)
        assert told["column"].to_list() == given.columns, name
        assert [str(kind).lower().split("(")[0] for kind in given.schema.values()] == told["type"].to_list(), name
    assert set(frames) | {"uncited"} == set(ANSWERS)
    assert frame.drop("unit").null_count().sum_horizontal().item() == 0


def test_a_column_that_is_never_null_never_is(shipped: kz.Timeline) -> None:
    never = shipped.codebook().frame.filter(pl.col("null") == "never")
    asked = {
        "fielded": shipped.fielded("2016", holder="*"), "holdings": shipped.holdings(on="2023", account="*", holder="*"),
        "events": shipped.events(holder="*"), "agreements": shipped.agreements(on="2024", holder="*"),
        "series": shipped.series("*", holder="*"), "rows": shipped.rows("iiss-mb-2024"), "audit": shipped.audit(),
        "diff": shipped.diff("iiss-mb-2021", "iiss-mb-2022"), "segments": shipped.segments(),
    }  # fmt: skip
    for name, answer in asked.items():
        columns = never.filter(pl.col("answer") == name)["column"].to_list()
        empty = {c: n for c, n in answer.frame.select(columns).null_count().row(0, named=True).items() if n}
        assert not empty, name


def test_systems_sources_and_holders_can_be_looked_through(shipped: kz.Timeline) -> None:
    assert shipped.systems.info("МиГ-31")["id"] == "mig-31"
    assert "mig-31" in shipped.systems.search("mig31")
    assert set(shipped.systems.search("air/drone")) <= set(shipped.systems)
    assert shipped.sources.info("iiss-mb")["publisher"] == "IISS"
    assert shipped.holders.info("KAZ")["since_edtf"] == "1991-12-16"
    assert repr(shipped.holders) == f"<10 holders, head {shipped.head[:12]}; next .search(text) .info(name) .frame>"
    with pytest.raises(UnknownNameError, match=r"none of the sources is called 'iiss'; did you mean iiss-mb$"):
        shipped.sources.info("iiss")
    with pytest.raises(UnknownNameError, match=r"none of the systems is called 'qqq'; look through systems with"):
        shipped.systems.info("qqq")


def test_an_empty_view_says_what_was_public_then(shipped: kz.Timeline) -> None:
    answer = shipped.view(published_by="2018").fielded("2016")
    (found,) = answer.findings
    standing = shipped.view(published_by="2018").standing.claims
    assert found.code == "no-evidence"
    assert f"public by 2018-12-31: {len(standing)} claims" in found.sentence
    assert "which is not zero" in found.sentence
