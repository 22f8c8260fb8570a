"""What the pattern reads of a line is what its value says, and the pattern reads every plain one."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.canonical import event_id
from kztimeline.codec import event_of, line_of, value_of
from kztimeline.scan import scanned, words
from kztimeline.views import stand
from kztimeline.words import WORDS, Reader, reader_of, words_of
from tests.strategies import definitions, placed
from tests.test_bulk import COUNTS, DAYS, LOOSE

DEFINED = [
    *definitions(),
    placed(kind="defined-scope", source="c", holder="KGZ", systems=[], of="levels", period="2010/2013"),
    placed(kind="defined-relation", system="v", tie="variant-of", of="w"),
]
READER = reader_of(stand(DEFINED).registry, DEFINED)
SHA = "0a" * 32
TEXTS = st.sampled_from(
    ["n", "two words", " x", "x ", "{}[]:,.'", "naïve", 'a "quoted" word', "a\\b", "tab\tbed", "€", "~!#"]
)


@st.composite
def citations(draw: st.DrawFn) -> dict[str, object]:
    found: dict[str, object] = {
        "source": draw(st.sampled_from("aabc")),
        "published": draw(st.sampled_from(["2013-02", "2009", "2010/.."])),
    }
    if draw(st.booleans()):
        found["locator"] = {"line": draw(st.sampled_from([1, 77, 10**9])), "start": 0, "end": 12, "sha256": SHA}
    for name, several in (
        ("via", TEXTS),
        ("edition", TEXTS),
        ("basis", st.sampled_from(["printed", "inferred"])),
        ("data_day", st.sampled_from(["2010-05-05", "2012", "../2011"])),
    ):
        if draw(st.integers(0, 3)) == 0:
            found[name] = draw(several)
    return found


@st.composite
def claims(draw: st.DrawFn) -> dict[str, object]:
    """A claim that is plain, or nearly so."""
    kind = draw(st.sampled_from(["delivered", "lost", "retired", "exported", "donated", "stated", "stored", "planned"]))
    place = draw(st.sampled_from(["in-service", "in-store", "for-sale", "on-trial"]))
    fields: dict[str, object] = {
        "kind": kind, "holder": draw(st.sampled_from(["KAZ", "KGZ", "SUHH"])), "citations": draw(st.lists(citations(), min_size=1, max_size=2)),
        "systems": draw(st.sampled_from([["x"], ["y"], ["v"], ["s 1"], ["é"], ["x", "y"]])), "quantity": draw(st.sampled_from([*COUNTS, "0"])),
    }  # fmt: skip
    if kind == "stated":
        fields |= {
            "cutoff": draw(st.sampled_from([*DAYS, "2010", "2009-01-01/2010"])),
            "account": draw(st.sampled_from([place, "active", "held"])),
        }
        fields["role"] = "item" if len(fields["systems"]) == 1 else "group"  # type: ignore[arg-type]
    else:
        fields["occurred"] = draw(st.sampled_from([*DAYS, *LOOSE, "{2010,2012}", "XXXX", "2019-05", "../2003"]))
        fields["into" if kind in ("delivered", "planned", "stored") else "out_of"] = place
        if draw(st.integers(0, 4)) == 0:
            del fields["quantity"]
    own = {"stated": ["category", "item"]}.get(kind, ["operator", "deal"])
    for name in ("batch", "note", "salt", *own):
        if draw(st.integers(0, 3)) == 0:
            fields[name] = draw(TEXTS)
    if kind != "stated" and draw(st.integers(0, 3)) == 0:
        fields[draw(st.sampled_from(["suppliers", "recipients"]))] = draw(st.lists(TEXTS, min_size=1, max_size=2))
    if draw(st.integers(0, 6)) == 0:
        fields["flags"] = ["inferred"]
    return fields


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A line of a log: a claim, or what we say of one."""
    claim = draw(claims())
    said = draw(st.sampled_from(["claim", "claim", "corrected", "retracted"]))
    fields: dict[str, object] = {"kind": said, "target": SHA, "reason": draw(TEXTS)} if said != "claim" else claim
    if said == "corrected":
        fields["replacement"] = claim
    return line_of(event_of(fields))


def of(line: bytes) -> tuple[bool, list[tuple[object, ...]]]:
    """Tell whether the pattern takes a line, and give its words."""
    plain, taken = scanned(pl.DataFrame({"id": ["other", event_id(line)], "line": ["{}", line.decode()]}))
    assert not taken[0]
    return taken[1], words(READER, plain, []).rows()


def by_value(line: bytes, reader: Reader = READER) -> list[tuple[object, ...]]:
    return pl.DataFrame([*words_of(reader, event_id(line), value_of(line))], WORDS, orient="row").rows()


def told(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Words without what is said beside claims that columns do not hold."""
    names = list(WORDS)
    kept = [*map(names.index, ("id", "act", "target", "simple", "holder", "system"))]
    return [row if row[names.index("simple")] else tuple(row[place] for place in kept) for row in rows]


@given(lines())
def test_what_the_pattern_reads_is_what_the_value_says(line: bytes) -> None:
    taken, rows = of(line)
    expected = by_value(line)
    assert told(rows) == (told(expected) if taken else [])
    assert taken or not expected or not line.isascii() or b"\\" in line or not all(row[3] for row in expected)


@given(
    lines(),
    st.integers(0, 10**6),
    st.sampled_from(["", '"', "\\", ",", " ", "0", "a", "}", "\n", "\x7f", "é", '"a":"b",']),
    st.integers(0, 2),
)
def test_a_line_with_a_slip_is_read_as_its_value_or_not_at_all(line: bytes, place: int, slip: str, cut: int) -> None:
    text = line.decode()
    place %= len(text)
    text = text[:place] + slip + text[place + cut :]
    taken, rows = of(text.encode())
    if taken:
        assert line_of(value_of(text.encode())) == text.encode()
        assert told(rows) == told(by_value(text.encode()))


CITED = {"source": "a", "published": "2013-02"}
PASSAGE = {"line": 177, "start": 109, "end": 289, "sha256": SHA}
CAME = {
    "kind": "delivered",
    "holder": "KAZ",
    "systems": ["x"],
    "occurred": "2010",
    "into": "in-service",
    "citations": [CITED],
}
LEVEL = {
    "kind": "stated",
    "holder": "KAZ",
    "systems": ["x"],
    "cutoff": "2010-11-10",
    "account": "active",
    "quantity": "4",
    "role": "item",
    "citations": [CITED],
}
PLAIN = {
    "a delivery": CAME,
    "all that a delivery may say": {
        **CAME, "occurred": "2010/..", "quantity": "at least 3", "batch": "b", "note": "n", "salt": "s", "suppliers": ["RUS", "CHN"], "recipients": ["KGZ"],
        "citations": [{**CITED, "locator": PASSAGE, "via": "v", "edition": "e", "basis": "inferred", "data_day": "2012"}],
    },
    "a loss": {**CAME, "kind": "lost", "into": None, "out_of": "in-store", "occurred": "2010/2012"},
    "an export": {**CAME, "kind": "exported", "into": None, "out_of": "for-sale", "recipients": ["ARM"]},
    "a level": LEVEL,
    "all that a level may say": {**LEVEL, "batch": "b", "category": "air", "item": "X (12)", "note": "n", "salt": "s"},
    "a correction": {"kind": "corrected", "target": SHA, "reason": "we mistyped", "replacement": CAME},
    "a retraction": {"kind": "retracted", "target": SHA, "reason": "twice"},
}  # fmt: skip


def written(fields: dict[str, object]) -> bytes:
    return line_of(event_of({name: item for name, item in fields.items() if item is not None}))


@pytest.mark.parametrize("fields", PLAIN.values(), ids=PLAIN)
def test_the_pattern_reads_plain_lines(fields: dict[str, object]) -> None:
    line = written(fields)
    taken, rows = of(line)
    assert taken
    assert told(rows) == told(by_value(line))


OTHERS = {
    "an order": {**CAME, "kind": "ordered", "into": None},
    "two systems": {**CAME, "systems": ["x", "y"]},
    "two sources": {**CAME, "citations": [CITED, {**CITED, "source": "b"}]},
    "an operator": {**CAME, "operator": "army"},
    "a deal": {**CAME, "deal": "d"},
    "units on trial": {**CAME, "into": "on-trial"},
    "some in each of two years": {**CAME, "occurred": "{2010,2012}"},
    "a level of some day": {**LEVEL, "cutoff": "2010-11"},
    "a total": {**LEVEL, "role": "total", "category": "air", "systems": []},
    "a conclusion of ours": {**CAME, "flags": ["inferred"]},
    "words beyond ASCII": {**CAME, "note": "naïve"},
    "a name that JSON writes otherwise": {**CAME, "systems": ["b\\c"]},
}


@pytest.mark.parametrize("fields", OTHERS.values(), ids=OTHERS)
def test_the_pattern_leaves_other_lines_alone(fields: dict[str, object]) -> None:
    assert of(written(fields)) == (False, [])


WRONG = {
    "occurred: not a date: '2010-13'": {**CAME, "occurred": "2010-13"},
    "quantity: not a quantity: 'many'": {**CAME, "quantity": "many"},
    "citations[0].published: not a date: 'soon'": {**CAME, "citations": [{**CITED, "published": "soon"}]},
    "citations[0].source: empty text": {**CAME, "citations": [{**CITED, "source": "  "}]},
    "holder: not an ISO 3166 code: 'Kaz'": {**CAME, "holder": "Kaz"},
    "colour: unknown field 'colour'": {**CAME, "colour": "green"},
}


@pytest.mark.parametrize(("said", "fields"), WRONG.items(), ids=WRONG)
def test_the_pattern_leaves_lines_that_say_nothing_we_know_alone(said: str, fields: dict[str, object]) -> None:
    line = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    assert of(line) == (False, [])
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        value_of(line)
