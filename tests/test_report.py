"""The report opens in a real browser, offline, without scripts or complaints, and prints."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import kztimeline as kz
from kztimeline import languages
from kztimeline.errors import NotationError

LIMIT = 400 * 1024
HOSTILE = "</p><script>alert(1)</script><img src=x onerror=alert(2)>"
CLAIM = {
    "kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "quantity": 2, "into": "in-service",
    "suppliers": ["RUS"], "note": HOSTILE, "citations": [{"source": "b", "published": "2018"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, tl = tmp_path_factory.mktemp("report"), kz.load()
    pages = {lang: tl.report(folder / f"{lang}.html", lang=lang) for lang in languages.TEXTS}
    return pages | {"interactive": tl.report(folder / "interactive.html", interactive=True)}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    made = kz.init(folder / "log", name="mine")
    source = {"kind": "defined-source", "id": "b", "title": HOSTILE, "publisher": HOSTILE, "form": "prose"}
    made.append(
        [source, {"kind": "defined-system", "id": "x", "name": HOSTILE, "category": HOSTILE.replace("/", "|")}, CLAIM]
    )
    return made.refresh().report(folder / "page.html")


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


# --- the file -------------------------------------------------------------------------------------


def test_a_report_is_one_small_file_without_scripts_that_asks_for_nothing(reports: dict[str, Path]) -> None:
    for lang in languages.TEXTS:
        page = reports[lang].read_text("utf-8")
        assert reports[lang].stat().st_size < LIMIT
        tags = Tags(page).seen
        assert not {"script", "link", "iframe", "img", "object", "base", "form"} & {tag for tag, _ in tags}
        asked = [attrs[name] for _, attrs in tags for name in ("src", "href", "xlink:href") if name in attrs]
        assert asked
        assert [target for target in asked if not str(target).startswith("#")] == []
        assert not [attrs for _, attrs in tags if any(name.startswith("on") or name == "style" for name in attrs)]


def test_every_link_leads_somewhere_and_every_id_stands_once(reports: dict[str, Path]) -> None:
    for lang in languages.TEXTS:
        tags = Tags(reports[lang].read_text("utf-8")).seen
        ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
        assert len(ids) == len(set(ids))
        targets = {str(attrs["href"])[1:] for tag, attrs in tags if tag == "a"}
        assert targets <= set(ids)


def test_sources_are_numbered_and_lead_back(reports: dict[str, Path]) -> None:
    page = reports["en"].read_text("utf-8")
    tl = kz.load()
    listed = re.findall(r'<li id="s(\d+)">(.*?)(?=<li |</ol>)', page)
    assert [int(number) for number, _ in listed] == list(range(1, len(listed) + 1))
    assert all('<a href="#' in item for _, item in listed)
    assert len(listed) >= len(tl.events().sources)


def test_every_event_has_its_anchor(reports: dict[str, Path]) -> None:
    page = reports["en"].read_text("utf-8")
    ids = [identity[:8] for identity in kz.load().events().frame["id"]]
    assert len(set(ids)) == len(ids)
    assert all(f'id="e{identity}"' in page for identity in ids)


def test_the_same_head_gives_the_same_page(reports: dict[str, Path], tmp_path: Path) -> None:
    again = kz.load().report(tmp_path / "again.html", lang="de")
    assert again.read_bytes() == reports["de"].read_bytes()


def test_a_report_without_pictures_editions_or_agreements_says_so(hostile: Path) -> None:
    page = hostile.read_text("utf-8")
    assert "No two editions with rows are in this view." in page
    assert "Nothing in this view speaks of it; that is not zero." in page


def test_what_cannot_be_reported_is_told(tmp_path: Path) -> None:
    tl = kz.init(tmp_path / "log", name="mine")
    with pytest.raises(NotationError, match=r"no claim gives units for KAZ, .*; write on=DATE"):
        tl.report(tmp_path / "a.html")
    with pytest.raises(NotationError, match="not a language known here: 'fr'; write one of en, de"):
        tl.report(tmp_path / "a.html", lang="fr")
    assert not (tmp_path / "a.html").exists()


# --- languages ------------------------------------------------------------------------------------


def test_every_text_is_there_in_both_languages_with_the_same_values() -> None:
    english, german = languages.words("en"), languages.words("de")
    assert set(english) <= set(german)
    for key, words in english.items():
        assert (
            re.findall(r"\{(\w+)\}", words)
            and sorted(re.findall(r"\{(\w+)\}", words)) == sorted(re.findall(r"\{(\w+)\}", german[key]))
        ) or not re.findall(r"\{(\w+)\}", words + german[key]), key


def test_every_word_of_ours_has_its_german() -> None:
    from kztimeline.diffs.causes import Cause
    from kztimeline.events import Account, Kind, Stage
    from kztimeline.tables import EVENTS

    assert "kind" in EVENTS
    claims = list(Kind)[: list(Kind).index(Kind.LINKED)]
    for group, several in (
        ("account", Account),
        ("kind", claims),
        ("stage", Stage),
        ("cause", [c.word for c in Cause]),
    ):
        assert [w for w in several if f"{group}.{w}" not in languages.words("de")] == [], group


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2016", ("2016", "2016", "2016", "2016")),
        ("2016-05-03", ("3 May 2016", "3. Mai 2016", "3 мая 2016 г.", "2016 ж. 3 мамыр")),
        ("2016-05", ("May 2016", "Mai 2016", "май 2016 г.", "2016 ж. мамыр")),
        ("2015/..", ("from 2015 on", "ab 2015", "начиная с 2015", "2015 бастап")),
        ("../2017", ("by 2017", "bis 2017", "до 2017", "2017 дейін")),
        ("2024-21", ("spring 2024", "Frühjahr 2024", "весна 2024 г.", "2024 ж. көктем")),
        ("2024-34", ("quarter 2 of 2024", "2. Quartal 2024", "2-й квартал 2024 г.", "2024 ж. 2-тоқсан")),
        ("2024-29", ("2024-29",) * 4),
        ("not a date", ("not a date",) * 4),
    ],
)
def test_dates_are_written_in_four_languages_or_stay_as_they_are(text: str, said: tuple[str, ...]) -> None:
    assert tuple(languages.date(text, lang) for lang in languages.DATES) == said


def test_names_are_those_of_the_language_or_the_own_one() -> None:
    names = ("МиГ-31", "Foxhound")
    assert [languages.name("MiG-31", names, lang) for lang in languages.DATES] == [
        "MiG-31",
        "MiG-31",
        "МиГ-31",
        "МиГ-31",
    ]
    assert languages.name("x", ("Каз", "Қаз"), "ru") == "Каз"
    assert languages.name("x", ("Каз", "Қаз"), "kk") == "Қаз"
    assert [languages.territory("TUR", "x", lang) for lang in languages.DATES] == [
        "Türkiye",
        "Türkei",
        "Турция",
        "Түркия",
    ]
    assert languages.territory("SUN", "Soviet Union", "de") == "Soviet Union"


@pytest.mark.parametrize(
    ("line", "german"),
    [
        (
            (
                "all: of -31: -19 on paper, -8 (-3 perhaps) in the world, -4 unexplained; 2 without a single figure; "
                "changes: 4 explained, 2 perhaps, 3 not"
            ),
            (
                "von -31: -19 auf dem Papier, -8 (-3 vielleicht) in der Welt, -4 unerklärt; 2 ohne einzelne Zahl; "
                "Änderungen: 4 erklärt, 2 vielleicht, 3 nicht"
            ),
        ),
        (
            "air: of +1: +0 on paper, +1 in the world, +0 unexplained",
            "von +1: +0 auf dem Papier, +1 in der Welt, +0 unerklärt",
        ),
        ("no figure changed", "keine Zahl hat sich geändert"),
        ("something else", "something else"),
    ],
)
def test_a_headline_keeps_its_numbers_in_every_language(line: str, german: str) -> None:
    assert languages.headline(line, "en") == line.removeprefix("all: ").removeprefix("air: ")
    assert languages.headline(line, "de") == german


def test_every_headline_of_the_shipped_editions_has_its_german() -> None:
    tl = kz.load()
    named = [name for name, entry in tl.standing.registry.editions.items() if entry.source == "iiss-mb"]
    lines = {tl.diff(one, other).headline[-1] for one, other in itertools.pairwise(sorted(named))}
    assert len(lines) > 1
    assert [line for line in lines if languages.headline(line, "de") in line] == []


def test_no_english_is_left_in_the_interface_of_a_german_page(reports: dict[str, Path]) -> None:
    page = reports["de"].read_text("utf-8")
    heads = re.findall(r"<h[123]>(.*?)</h[123]>|<th scope=\"col\">(.*?)(?=<)|<figcaption>(.*?)<", page)
    said = {part for found in heads for part in found if part}
    english = {words for key, words in languages.words("en").items() if words != languages.words("de")[key]}
    assert said & english == set()
    assert page.count('lang="en"') > 10


# --- the browser ----------------------------------------------------------------------------------


def chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield running
        running.close()


def opened(browser: Any, path: Path, **options: Any) -> tuple[Any, list[str], list[str]]:
    """Open a page; give it with every request it made and everything it complained of."""
    page = browser.new_context(offline=True, **options).new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.goto(path.as_uri())
    return page, asked, said


@pytest.mark.parametrize("lang", ["en", "de", "interactive"])
def test_no_request_leaves_and_nothing_is_complained_of(browser: Any, reports: dict[str, Path], lang: str) -> None:
    page, asked, said = opened(browser, reports[lang])
    page.wait_for_timeout(300)
    assert (asked, said) == ([reports[lang].as_uri()], [])
    assert page.evaluate("document.documentElement.lang") == ("de" if lang == "de" else "en")
    page.context.close()


def test_a_live_page_draws_its_pictures_itself(browser: Any, reports: dict[str, Path]) -> None:
    page, _, said = opened(browser, reports["interactive"])
    stills = page.locator("figure").count()
    page.wait_for_function("document.querySelectorAll('figure .vega-embed svg').length === " + str(stills))
    assert stills > 5
    assert said == []
    page.context.close()


def test_nothing_of_a_source_runs_or_becomes_markup(browser: Any, hostile: Path) -> None:
    page, asked, said = opened(browser, hostile)
    assert (len(asked), said) == (1, [])
    assert page.locator("script, img").count() == 0
    assert HOSTILE in page.inner_text("#sources")
    page.context.close()


def test_every_anchor_of_the_contents_brings_its_section_into_view(browser: Any, reports: dict[str, Path]) -> None:
    page, _, _ = opened(browser, reports["de"])
    links = page.locator("nav a")
    assert links.count() == 12
    for number in range(links.count()):
        links.nth(number).click()
        target = page.evaluate("location.hash").removeprefix("#")
        assert page.locator(f"#{target} h2").inner_text() == links.nth(number).inner_text()
        box = page.locator(f"#{target}").bounding_box()
        at_end = page.evaluate("Math.ceil(scrollY + innerHeight) >= document.documentElement.scrollHeight")
        assert box is not None
        assert abs(box["y"]) < 50 or at_end, target
    page.context.close()


def test_the_keyboard_goes_through_the_page_in_its_order(browser: Any, reports: dict[str, Path]) -> None:
    page, _, _ = opened(browser, reports["en"])
    seen = []
    for _ in range(16):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("(e => e.getAttribute('href') || e.className)(document.activeElement)"))
    contents = page.eval_on_selector_all("nav a", "all => all.map(e => e.getAttribute('href'))")
    assert seen[0] == "#summary"
    assert seen[1 : 1 + len(contents)] == contents
    assert seen[1 + len(contents)] == "wide"
    page.context.close()


def test_a_narrow_window_scrolls_only_its_tables(browser: Any, reports: dict[str, Path]) -> None:
    page, _, _ = opened(browser, reports["de"], viewport={"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.close()


def test_it_prints_to_pages_with_its_text(browser: Any, reports: dict[str, Path], tmp_path: Path) -> None:
    page, _, _ = opened(browser, reports["en"])
    page.pdf(path=tmp_path / "a.pdf", format="A4")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("#sources").is_visible()
    data = (tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert 5 < len(re.findall(rb"/Type /Page\b", data)) < 80
    page.context.close()


def axe() -> Path:
    folder = Path(os.environ.get("AXE_CORE") or Path(__file__).parent.parent / "node_modules" / "axe-core")
    if not (folder / "axe.min.js").is_file():
        pytest.skip("no axe-core here: npm install --no-save axe-core")
    return folder / "axe.min.js"


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("de", "dark")])
def test_axe_finds_nothing(browser: Any, reports: dict[str, Path], lang: str, scheme: str) -> None:
    page, _, _ = opened(browser, reports[lang], color_scheme=scheme)
    page.evaluate(axe().read_text("utf-8"))
    found = page.evaluate(
        "axe.run().then(r => r.violations.map(v => [v.id, v.impact, v.nodes.length, v.nodes[0].html]))"
    )
    assert found == [], json.dumps(found, indent=1)[:2000]
    page.context.close()
