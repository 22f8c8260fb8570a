"""Events for people: one line each, and a draft that reads back to the same bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.canonical import event_id
from kztimeline.codec import event_of, line_of
from kztimeline.drafts import parse_draft, prepare
from kztimeline.lines import WIDTH, draft_toml, readable
from tests.test_codec import CITATION, EVERY, ID, OTHER

VALUES = {kind: event_of({"kind": kind, **fields}) for kind, fields in EVERY.items()}
SYSTEMS = [event_of({"kind": "defined-system", "id": name, "name": name, "category": "air"}) for name in ("x", "y")]
NAMED = [
    *SYSTEMS,
    event_of({"kind": "defined-organisation", "id": "navy", "name": "Navy"}),
    *(value for kind, value in VALUES.items() if kind.startswith("defined-")),
]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("delivered", "aaaaaaaa delivered KAZ [2014..2016-05] x ×at least 5 from CHN into on-trial deal d for 7.50 EUR [hedged]"),
        ("transferred", "aaaaaaaa transferred KAZ [2014..2016-05] x ×at least 5 army→navy [hedged]"),
        ("modernised", "aaaaaaaa modernised KAZ [2014..2016-05] x→y ×at least 5 [hedged]"),
        ("measured", "aaaaaaaa measured KAZ 2016 military-expenditure 1.10 % [hedged]"),
        ("stated", "aaaaaaaa stated KAZ 2016-11 x ×(12) counted active “X / Y” [hedged]"),
        ("changed", "aaaaaaaa changed KAZ 2016 x ×12 → ×some [hedged]"),
        ("linked", "aaaaaaaa linked part-of aaaaaaaa bbbbbbbb: one table"),
        ("retracted", "aaaaaaaa retracted aaaaaaaa: not ours"),
        ("withdrawn", "aaaaaaaa withdrawn aaaaaaaa by b · b (via doc, line 3), published 2020-02"),
        ("revised", "aaaaaaaa revised aaaaaaaa by b: lost KAZ [2014..2016-05] x ×at least 5"),
        ("corrected", "aaaaaaaa corrected aaaaaaaa (misread): lost KAZ [2014..2016-05] x ×at least 5"),
        ("defined-source", "aaaaaaaa defined-source id=b title=B publisher=P form=edition lag=40"),
    ],
)  # fmt: skip
def test_a_claim_reads_as_one_line(kind: str, line: str) -> None:
    assert readable(ID, VALUES[kind]).startswith(line)


def test_from_whom_to_whom_is_written_with_an_arrow() -> None:
    fields = {"kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "quantity": "2"}
    more = {"suppliers": ["CHN"], "operator": "air-force", "into": "in-service", "citations": [CITATION]}
    assert readable(ID, event_of({**fields, **more})) == (
        "aaaaaaaa delivered KAZ 2016 x ×2 CHN→air-force into in-service · b (via doc, line 3), published 2020-02"
    )
    gift = {"kind": "donated", "operator": "army", "recipients": ["KGZ"], "citations": [CITATION, CITATION]}
    assert readable(ID, event_of({**fields, **gift})) == (
        "aaaaaaaa donated KAZ 2016 x ×2 army→KGZ · b (via doc, line 3), published 2020-02; 1 more"
    )


@pytest.mark.parametrize("kind", EVERY)
def test_a_line_is_short_and_printable_and_ends_with_its_source(kind: str) -> None:
    fields = {**EVERY[kind]}
    for name in ("note", "reason", "title", "name"):
        if name in fields:
            fields[name] = "long\nand\x1b[31m\u202e " * 100
    line = readable(ID, event_of({"kind": kind, **fields}))
    assert len(line) <= WIDTH
    assert line.isprintable()
    if "citations" in fields:
        assert line.endswith("· b (via doc, line 3), published 2020-02")


def ready(note: str, *kinds: str) -> tuple[str, tuple[bytes, ...]]:
    text = draft_toml(note, [VALUES[kind] for kind in kinds])
    (prepared,) = prepare([parse_draft(text.encode(), "again")], NAMED, {ID, OTHER})  # type: ignore[arg-type]
    return prepared.note, prepared.lines


@pytest.mark.parametrize("kind", EVERY)
def test_a_draft_of_an_event_reads_back_to_the_same_line(kind: str) -> None:
    assert ready("", kind) == ("", (line_of(VALUES[kind]),))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.sampled_from(sorted(EVERY)), min_size=1))
def test_a_draft_of_a_segment_reads_back_to_the_same_lines(note: str, kinds: list[str]) -> None:
    assert ready(note, *kinds) == (note, tuple(line_of(VALUES[kind]) for kind in kinds))


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip))
def test_any_text_survives_the_way_through_a_draft(text: str) -> None:
    value = event_of({"kind": "retracted", "target": ID, "reason": text})
    scheme = event_of({"kind": "defined-scheme", "id": "s", "source": "b", "parts": {text: [text]}})
    written = draft_toml(text, [value, scheme]).encode()
    (prepared,) = prepare([parse_draft(written, "again")], NAMED, {ID})  # type: ignore[arg-type]
    assert prepared.lines == (line_of(value), line_of(scheme))
    assert prepared.note == text


def test_an_id_that_stands_in_the_draft_itself_is_known() -> None:
    lost = VALUES["lost"]
    gone = event_of({"kind": "retracted", "target": event_id(line_of(lost)), "reason": "r"})
    text = draft_toml("n", [gone, lost])
    (prepared,) = prepare([parse_draft(text.encode(), "again")], NAMED, frozenset())  # type: ignore[arg-type]
    assert prepared.lines == (line_of(gone), line_of(lost))
