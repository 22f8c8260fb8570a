"""One event and its line: what is written reads back, and what cannot be read is said field by field."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.codec import CLASS_OF_WORD, event_of, fields_of, line_of, patched_up, structured, value_of
from kztimeline.errors import EventError
from kztimeline.events import PROCUREMENT_KINDS

ID, OTHER = "a" * 64, "b" * 64
LOCATOR = {"line": 3, "start": 0, "end": 12, "sha256": "c" * 64}
CITATION = {"source": "b", "via": "doc", "edition": "b-2020", "published": "2020-02", "locator": LOCATOR}
SAID = {"holder": "KAZ", "batch": "table", "flags": ["hedged"], "note": 'a "note"\n\t\\ № 5', "citations": [CITATION]}
DEED = {**SAID, "occurred": "[2014..2016-05]", "systems": ["x"], "quantity": "at least 5"}
EXTRA: dict[str, dict[str, object]] = {
    "delivered": {"into": "on-trial", "suppliers": ["CHN"], "deal": "d", "price": {"amount": {"text": "7.50", "unit": "EUR"}}},
    "transferred": {"operator": "army", "to_operator": "navy"},
    "modernised": {"to_system": "y"},
    "order-changed": {"deal": "d"},
    "ordered": {"role": "total", "covers": [ID]},
}  # fmt: skip
OTHERS: dict[str, dict[str, object]] = {
    "agreement": {**SAID, "occurred": "2016", "form": "licence", "stage": "in-force", "parties": ["KAZ", "TUR"], "period": "2016/2020"},
    **{kind: {**SAID, "occurred": "2016", "operator": "army"} for kind in ("formed", "reorganised", "dissolved")},
    "measured": {**SAID, "period": "2016", "indicator": "military-expenditure", "value": {"text": "1.10", "unit": "%"}},
    "observed": {**SAID, "occurred": "2016", "systems": ["x"]},
    "stated": {**SAID, "cutoff": "2016-11", "systems": ["x"], "quantity": "(12)", "account": "active", "item": "X / Y"},
    "changed": {**SAID, "occurred": "2016", "before": "12", "after": "some", "systems": ["x"]},
    "linked": {"relation": "part-of", "claims": [ID, OTHER], "reason": "one table"},
    "corrected": {"target": ID, "reason": "misread", "replacement": {"kind": "lost", **DEED}},
    "revised": {"target": ID, "source": "b", "replacement": {"kind": "lost", **DEED}},
    "retracted": {"target": ID, "reason": "not ours"},
    "withdrawn": {"target": ID, "source": "b", "citations": [CITATION]},
    "defined-holder": {"id": "KAZ", "name": "Kazakhstan", "since": "1991-12-16"},
    "defined-system": {"id": "z", "name": "Z", "names": ["Зет"], "category": "air/fighter", "first": "1990"},
    "defined-alias": {"name": "Zed", "system": "x", "source": "b"},
    "defined-relation": {"system": "y", "tie": "variant-of", "of": "x"},
    "defined-organisation": {"id": "army", "name": "Army", "holder": "KAZ", "civil": True},
    "defined-source": {"id": "b", "title": "B", "publisher": "P", "form": "edition", "lag": 40},
    "defined-document": {"id": "doc", "title": "D", "source": "b", "sha256": "d" * 64},
    "defined-edition": {"id": "b-2020", "source": "b", "cutoff": "2019-11", "published": "2020-02", "scheme": "tree"},
    "defined-scheme": {"id": "tree", "source": "b", "parts": {"air": ["air/fighter", "air/other"], "a b.c": []}, "counts_stores": False},
    "defined-mapping": {"scheme": "tree", "category": "air", "to_scheme": "tree", "to_category": "air/other"},
    "defined-scope": {"source": "b", "holder": "KAZ", "systems": ["x"], "of": "levels", "period": "2010/2020", "total": ID},
}  # fmt: skip
EVERY = {str(kind): {**DEED, **EXTRA.get(str(kind), {})} for kind in PROCUREMENT_KINDS} | OTHERS
EVERY["produced"] = {**DEED}


def findings(**fields: object) -> dict[str, str]:
    return dict(structured(fields)[1])


def test_what_reads_strictly_is_loaded_when_first_needed() -> None:
    said = (
        "import sys, kztimeline.codec as codec; assert 'cattrs' not in sys.modules; codec.structured({'kind': 'lost'})"
    )
    subprocess.run([sys.executable, "-c", f"{said}; assert 'cattrs' in sys.modules"], check=True)


def test_the_examples_cover_every_kind() -> None:
    assert set(EVERY) == set(CLASS_OF_WORD)


@pytest.mark.parametrize("kind", EVERY)
def test_a_line_reads_back_to_its_event_and_its_bytes(kind: str) -> None:
    value = event_of({"kind": kind, **EVERY[kind]})
    line = line_of(value)
    assert value_of(line) == value
    assert line_of(value_of(line)) == line
    assert event_of(fields_of(value)) == value
    assert json.loads(line)["kind"] == kind


@pytest.mark.parametrize("kind", EVERY)
def test_leaving_any_field_out_or_spoiling_it_is_an_event_or_told_with_its_path(kind: str) -> None:
    for name in EVERY[kind]:
        without = {key: item for key, item in EVERY[kind].items() if key != name}
        for fields in (without, {**EVERY[kind], name: 1.5}):
            value, found = structured({"kind": kind, **fields})
            assert value is not None or found
            assert all(message and not message.endswith(".") for _, message in found)
        assert structured({"kind": kind, **EVERY[kind], name: 1.5})[1][0][0].startswith(name)


def test_a_word_that_one_field_leaves_out_is_kept_in_another_of_the_same_name() -> None:
    value = event_of({"kind": "measured", **EVERY["measured"], "basis": "printed"})
    assert fields_of(value)["basis"] == "printed"
    assert value_of(line_of(value)) == value


def test_what_nobody_stated_is_not_in_the_line() -> None:
    fields = {"kind": "lost", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "citations": [{"source": "b", "published": "2020"}]}  # fmt: skip
    value = event_of({**fields, "role": "item", "flags": []})
    assert fields_of(value) == fields
    assert value.quantity is None  # type: ignore[union-attr]


def test_every_problem_of_an_event_is_told_with_its_path() -> None:
    found = findings(
        kind="delivered",
        occurred=datetime.date(2016, 5, 1),
        systems="x",
        into="hangar",
        quantity=2.5,
        quantiy=1,
        colour="red",
        citations=[
            {"source": " ", "published": "soon"},
            {"source": "b", "published": "2020", "locator": {"line": "3"}},
        ],
    )
    expected = {
        "holder": 'nothing is stated here; write holder = "KAZ"',
        "occurred": 'a date is text, not 2016-05-01; write it in quotation marks, such as "2016-05-01"',
        "systems": "expected a list, not 'x'; write it in square brackets",
        "into": "not one of the words known here: 'hangar'; write on-order",
        "quantity": 'a quantity is text or a whole number, not 2.5; write 12 or "at least 5"',
        "quantiy": "unknown field 'quantiy'; did you mean quantity",
        "colour": "unknown field 'colour'; known here: kind, holder",
        "citations[0].source": "empty text; leave the field out where nothing is stated",
        "citations[0].published": "not a date: 'soon'",
        "citations[1].locator.line": "expected a whole number, not '3'; write it without quotation marks",
        "citations[1].locator.start": "nothing is stated here; write start = …",
    }
    for path, message in expected.items():
        assert found[path].startswith(message), (path, found.get(path))


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({}, "kind", "no kind; write one of ordered"),
        ({"kind": "rumoured"}, "kind", "not a kind: 'rumoured'; write one of"),
        ({"kind": ["lost"]}, "kind", "not a kind: ['lost']"),
        ({"kind": "corrected", "target": ID, "reason": "r", "replacement": {"kind": "linked"}}, "replacement", "a replacement is a claim, not 'linked'"),
        ({"kind": "corrected", "target": ID, "reason": "r", "replacement": 3}, "replacement", "expected a whole claim, not 3"),
        ({"kind": "defined-source", "id": "b", "title": "B", "form": "x", "lag": True}, "lag", "expected a whole number, not True"),
        ({"kind": "defined-organisation", "id": "b", "name": "B", "civil": "no"}, "civil", "expected true or false, not 'no'"),
        ({"kind": "measured", **OTHERS["measured"], "value": 1}, "value", 'an amount is { text = "7.59", unit = "EUR" }, not 1'),
        ({"kind": "defined-scheme", "id": "s", "source": "b", "parts": {"a b": 3}}, "parts['a b']", "expected a list, not 3"),
        ({"kind": "retracted", "target": ID, "reason": "r", "a\nb": 1}, "['a\\nb']", "unknown field 'a\\nb'"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_told_with_what_to_write(fields: dict[str, object], path: str, message: str) -> None:
    assert findings(**fields)[path].startswith(message)


def test_the_error_of_an_event_holds_all_its_problems() -> None:
    with pytest.raises(EventError) as caught:
        event_of({"kind": "lost"})
    assert str(caught.value) == (
        'holder: nothing is stated here; write holder = "KAZ"; '
        'occurred: nothing is stated here; write occurred = "2016-05"; '
        "citations: no source; write at least one [[citations]] with source and published; "
        'systems: no system; write systems = ["wing-loong-1"]'
    )


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("wrong", [None, 3.5, [3], {"x": 1}])
def test_one_wrong_field_hides_no_other(kind: str, wrong: object) -> None:
    """Whichever field is wrong, every other one that is missing or unknown is told beside it."""
    for name in EVERY[kind]:
        fields = {key: item for key, item in EVERY[kind].items() if key not in (name, "citations")}
        found = findings(kind=kind, **fields, **({} if wrong is None else {name: wrong}), colour="red")
        assert "colour" in found
        if "citations" in EVERY[kind] and name not in ("citations", "replacement"):
            assert "citations" in found, name


@pytest.mark.parametrize("kind", ["deliverd", "delivered"])
def test_an_event_is_judged_with_something_harmless_in_the_place_of_what_is_wrong(kind: str) -> None:
    fields = {"kind": kind, **EVERY["delivered"], "quantity": 2.5, "holder": 7, "systems": 3}
    value = patched_up(fields, structured(fields)[1])
    assert value is not None
    right = {name: item for name, item in EVERY["delivered"].items() if name not in ("quantity", "holder", "systems")}
    assert fields_of(value) == {"kind": "delivered", "holder": "unsaid", **right}
    assert patched_up({**fields, "kind": "rumoured"}, []) is None


def test_a_message_stays_short_however_long_the_value() -> None:
    deep: object = "x"
    for _ in range(900):
        deep = [deep]
    for value in ("9" * 100_000, list(range(100_000)), deep, {"a": deep}):
        found = findings(kind="retracted", target=ID, reason="r", note=value) | findings(kind="lost", into=value)
        assert all(len(message) < 700 for message in found.values())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(EVERY)), st.data())
def test_any_fields_are_an_event_or_findings(kind: str, data: st.DataObject) -> None:
    spoiled = {name: data.draw(json_values) for name in data.draw(st.sets(st.sampled_from(sorted(EVERY[kind]))))}
    added = data.draw(st.dictionaries(st.text(max_size=4), json_values, max_size=2))
    value, found = structured({**added, "kind": kind, **EVERY[kind], **spoiled})
    assert value is not None or found
    for path, message in found:
        assert isinstance(path, str)
        assert message
