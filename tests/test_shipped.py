"""The shipped log: every sentence cited or argued, the known contradictions found by rules, other holders apart."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

import kztimeline as kz
from kztimeline.events import citations_of

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def tl() -> kz.Timeline:
    return kz.load()


def argued() -> dict[tuple[str, int], set[int] | None]:
    """What ``docs/coverage.md`` leaves out: characters of a line, or ``None`` for the whole of it."""
    found: dict[tuple[str, int], set[int] | None] = {}
    document = ""
    for line in (ROOT / "docs" / "coverage.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            document = line[3:]
        elif document and (row := re.match(r"\| ([0-9:, -]+) \| (\S.*) \|$", line)):
            for place in row[1].split(", "):
                number, _, characters = place.partition(":")
                first, _, last = number.partition("-")
                for at in range(int(first), int(last or first) + 1):
                    if not characters:
                        found[(document, at)] = None
                    elif (said := found.setdefault((document, at), set())) is not None:
                        start, end = characters.split("-")
                        said.update(range(int(start), int(end)))
    return found


def test_every_sentence_of_the_documents_is_cited_or_argued(tl: kz.Timeline, shared: Path) -> None:
    left = argued()
    open_ = []
    for gap in tl.uncited(shared / "sources").frame.iter_rows(named=True):
        said = left.get((gap["document"], gap["line"]), set())
        words = [at for at in range(gap["start"], gap["end"]) if gap["text"][at - gap["start"]].isalnum()]
        if said is not None and not said.issuperset(words):
            open_.append((gap["document"], gap["line"], gap["start"], gap["end"]))
    assert open_ == []
    assert {document for document, _ in left} == set(tl.standing.registry.documents)


def test_every_citation_of_every_line_is_where_it_says(tl: kz.Timeline, shared: Path) -> None:
    from kztimeline.citations import checked

    checks = checked(tl.standing.claims, tl.standing.registry.documents, shared / "sources")
    located = sum(c.locator is not None for row in tl.placed for c in citations_of(row.value))
    assert len(checks) == located > 900
    assert {check.verdict for check in checks} == {"ok"}


def test_a_changed_character_fails_the_citations_of_its_passage_and_no_other(
    tl: kz.Timeline, shared: Path, tmp_path: Path
) -> None:
    from attrs import evolve

    from kztimeline.citations import checked
    from kztimeline.passages import texts_of

    documents = tl.standing.registry.documents
    name = "kz-drones-2024"
    lines = texts_of({name: documents[name].sha256}, shared / "sources")[name]
    assert lines is not None
    changed = [*lines]
    changed[1] = changed[1].replace("2024", "2025", 1)
    text = "\n".join(changed).encode()
    (tmp_path / "copy.txt").write_bytes(text)
    import hashlib

    copy = {name: evolve(documents[name], sha256=hashlib.sha256(text).hexdigest())}
    checks = [c for c in checked(tl.standing.claims, copy, tmp_path) if c.via == name]
    at = lines[1].index("2024")
    hit = {
        s.id
        for s in tl.standing.claims
        for c in s.event.citations
        if c.via == name and c.locator and c.locator.line == 2 and c.locator.start <= at < c.locator.end
    }
    assert hit
    assert {c.claim for c in checks if c.verdict != "ok"} == hit


def test_no_word_on_another_holder_surfaces_in_an_answer_about_this_one(tl: kz.Timeline) -> None:
    for answer in (
        tl.events(), tl.holdings(on="2024"), tl.fielded("2024"), tl.agreements(on="2025"), tl.series("*"), tl.audit(),
    ):  # fmt: skip
        assert set(answer.frame["holder"].drop_nulls()) <= {"KAZ"}
        assert "tagesschau-prk" not in answer.sources
    assert "PRK" in set(tl.events(holder="*").frame["holder"])


KNOWN = [
    ("rival-totals", "45, 61, 14"), ("rival-totals", "the 14 in store or for sale"), ("rival-totals", "20 and 21"),
    ("total-against-parts", "only without ss-21"), ("came-against-held", "su-30sm: 24"), ("came-against-held", "arlan: 131 or 172"),
    ("rival-values", "wing-loong-1"), ("total-not-filled", "mi-35m: total 12 with 5 named"),
    ("change-against-rows", "80 after the change of 2021, 107 by type"), ("rival-dates", "predator-xp"), ("rival-dates", "doctrine"),
    ("sum-of-periods", "printed 899, the periods add up to 900"), ("units-without-fate", "70 btr-82a"),
    ("trial-after-introduction", "anka-s"), ("rival-accounts", "mig-31"), ("label-against-category", "Jagdbomber"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "words"), KNOWN)
def test_contradictions_of_the_documents_are_found_by_general_rules(tl: kz.Timeline, code: str, words: str) -> None:
    assert [f for f in tl.audit().findings if f.code == code and words in f.sentence]


def test_the_rules_know_no_name_of_the_shipped_log(tl: kz.Timeline) -> None:
    """A rule that names a system, a source or a category of the log would be a list in disguise."""
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "src/kztimeline/audit").glob("*.py"))
    names = {*tl.standing.registry.systems, *tl.standing.registry.sources, *tl.standing.registry.bodies}
    assert {name for name in names if re.search(rf"[\"'/ ]{re.escape(name)}[\"'/ ]", code) and "-" in name} == set()


def test_segments_are_small_enough_to_review(tl: kz.Timeline) -> None:
    sizes = {segment.header.note: len(segment.lines) for segment in tl.log.segments}
    claims: dict[str, int] = defaultdict(int)
    for row in tl.placed:
        claims[row.segment] += not str(getattr(row.value, "kind", "")).startswith("defined-")
    assert max(claims.values()) <= 25
    assert all(sizes)
