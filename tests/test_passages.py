"""A draft names a passage by its words; the log keeps positions and a hash, and never the words."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import kztimeline as kz
from kztimeline.citations import checked
from kztimeline.errors import DraftError

TEXT = "heading\nTwo were seen in 2016. Three came in 2017. Two more were sold.\n\nrow\t12\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "report.txt").write_text(TEXT, encoding="utf-8", newline="\n")
    return tmp_path / "sources"


def draft(locator: str, via: str = "report") -> str:
    return f"""
[[events]]
kind = "defined-source"
id = "paper"
title = "Paper"
form = "prose"
[[events]]
kind = "defined-document"
id = "report"
title = "Report"
source = "paper"
sha256 = "{hashlib.sha256(TEXT.encode()).hexdigest()}"
[[events]]
kind = "observed"
holder = "KAZ"
occurred = "2016"
form = "seen"
[[events.citations]]
source = "paper"
via = "{via}"
published = "2018"
locator = {locator}
"""


def appended(tmp_path: Path, folder: Path, text: str) -> kz.Timeline:
    from kztimeline.entries import parse_draft

    timeline = kz.init(tmp_path / "log", name="log")
    timeline.append_drafts([parse_draft(text.encode(), "draft.toml")], sources=folder)
    return timeline.refresh()


@pytest.mark.parametrize(
    ("locator", "passage", "line"),
    [
        ("{ line = 4 }", "row\t12", 4),
        ('{ line = 2, from = "Three", to = "2017." }', "Three came in 2017.", 2),
        ('{ line = 2, from = "Two more" }', "Two more were sold.", 2),
        ('{ line = 2, to = "2016." }', "Two were seen in 2016.", 2),
    ],
)
def test_a_passage_named_by_its_words_becomes_positions_that_hold(
    tmp_path: Path, folder: Path, locator: str, passage: str, line: int
) -> None:
    timeline = appended(tmp_path, folder, draft(locator))
    (claim,) = timeline.standing.claims
    place = claim.event.citations[0].locator
    assert place is not None
    assert TEXT.split("\n")[place.line - 1][place.start : place.end] == passage
    assert place.line == line
    (check,) = checked(timeline.standing.claims, timeline.standing.registry.documents, folder)
    assert check.verdict == "ok"
    assert passage.split()[0].encode() not in b"".join(p.read_bytes() for p in (tmp_path / "log").rglob("*.jsonl"))


@pytest.mark.parametrize(
    ("locator", "via", "said"),
    [
        ("{ line = 9 }", "report", "report has lines 1 to 5, not 9"),
        ("{ line = 3 }", "report", "line 3 of report is empty there; name a line with words"),
        ('{ line = 2, from = "Two" }', "report", "from = 'Two' stands there 2 times; write more words"),
        ('{ line = 2, to = "Four" }', "report", "to = 'Four' does not stand in the line; write its own words"),
        ("{ line = 2, upto = 3 }", "report", "unknown here: upto; write line, from and to"),
        ("{ line = 2 }", "other", "no file of the folder is the document 'other'; name the folder that holds it"),
    ],
)
def test_a_passage_that_cannot_be_found_is_told_with_the_line_of_the_draft(
    tmp_path: Path, folder: Path, locator: str, via: str, said: str
) -> None:
    with pytest.raises(DraftError) as caught:
        appended(tmp_path, folder, draft(locator, via))
    (problem, *_) = [p for p in caught.value.problems if said in p.message]
    assert problem.path == "citations[0].locator"
    assert problem.line == 22
