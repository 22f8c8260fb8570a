"""Reading in bulk equals the strict way, in values and in errors; what is written at once equals what is written slowly."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline import codec, wire
from kztimeline.canonical import canonical_bytes, event_id, event_ids, is_canonical, merkle_root, read_object
from kztimeline.errors import EventError
from kztimeline.log import read_log
from kztimeline.shipped import shipped_log
from kztimeline.views import Placed
from tests.strategies import logs
from tests.strategies import placed as line_in_log

CLAIM = {
    "kind": "delivered",
    "holder": "KAZ",
    "occurred": "2016",
    "systems": ["x"],
    "quantity": "2",
    "into": "in-service",
    "citations": [
        {"source": "a", "published": "2017", "locator": {"line": 1, "start": 0, "end": 4, "sha256": "0" * 64}}
    ],
}


def outcome(read: Callable[[bytes], object], line: bytes) -> tuple[str, str]:
    """What a reader makes of a line: its value, or its error with the message."""
    try:
        return "value", repr(read(line))
    except EventError as error:
        return "error", str(error)


def shipped_lines() -> list[bytes]:
    return [line for segment in read_log(shipped_log()).segments for line in segment.lines]


def test_every_shipped_line_is_read_at_once_as_the_strict_way_reads_it() -> None:
    for line in shipped_lines():
        assert wire.read_line(line) == codec.value_of(line)


def test_nearly_every_shipped_line_needs_no_second_look() -> None:
    lines = shipped_lines()
    quick = sum(wire.built(read_object(line)) is not None for line in lines)
    assert quick > 0.99 * len(lines)


def test_every_shipped_line_is_written_at_once_as_it_stands() -> None:
    for line in shipped_lines():
        value = wire.read_line(line)
        assert wire.written(value) == line
        assert wire.stated_by(value) == codec.fields_of(value)


@given(logs())
def test_made_up_lines_are_read_and_written_both_ways_alike(log: list[Placed]) -> None:
    for row in log:
        line = codec.line_of(row.value)
        assert wire.read_line(line) == row.value
        assert wire.written(row.value) == line
        assert wire.stated_by(row.value) == codec.fields_of(row.value)


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2**60), st.floats(), st.text(max_size=4), st.lists(st.text(max_size=2)),
    st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=2),
    st.sampled_from(["2016", "in-service", "item", "KAZ", "delivered", "3", " ", "\u0301", "é", "\u2028"]),
)  # fmt: skip


@given(st.sampled_from([*CLAIM, "note", "role", "deal", "price", "account"]), ODD, st.booleans(), st.booleans())
def test_a_field_of_any_content_is_taken_or_refused_both_ways_alike(
    name: str, item: object, inside: bool, ordered: bool
) -> None:
    claim: dict[str, object] = {**CLAIM, name: item}
    fields = {"kind": "corrected", "target": "0" * 64, "replacement": claim, "reason": "r"} if inside else claim
    line = json.dumps(fields, ensure_ascii=False, sort_keys=ordered, separators=(",", ":")).encode("utf-8", "replace")
    assert outcome(wire.read_line, line) == outcome(codec.value_of, line)


PARTS = st.dictionaries(st.text(max_size=3), st.lists(st.text(max_size=3), max_size=2) | ODD, max_size=3)


@given(st.one_of(PARTS, ODD))
def test_the_parts_of_a_scheme_are_taken_or_refused_both_ways_alike(parts: object) -> None:
    fields = {"kind": "defined-scheme", "id": "s", "source": "a", "parts": parts}
    line = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")
    assert outcome(wire.read_line, line) == outcome(codec.value_of, line)


def test_the_parts_of_a_scheme_are_read_at_once() -> None:
    scheme = {"kind": "defined-scheme", "id": "s", "source": "a", "parts": {"air": ["x", "y"], "land": []}}
    assert wire.built(scheme) == codec.event_of(scheme)


@given(st.binary(max_size=3), st.data())
def test_damaged_lines_are_refused_both_ways_alike(noise: bytes, data: st.DataObject) -> None:
    line = canonical_bytes(CLAIM)
    at = data.draw(st.integers(0, len(line)))
    damaged = line[:at] + noise + line[at + data.draw(st.integers(0, 3)) :]
    assert outcome(wire.read_line, damaged) == outcome(codec.value_of, damaged)


def test_a_key_that_stands_twice_is_refused_with_its_name() -> None:
    line = canonical_bytes(CLAIM).replace(b'"holder":"KAZ",', b'"holder":"KAZ","holder":"RUS",')
    with pytest.raises(EventError, match="the key 'holder' stands twice; write it once"):
        wire.read_line(line)


@pytest.mark.parametrize(
    "value",
    [
        {"a": "".join(map(chr, range(0x20)))},
        {"a": '\x7f\x80\u2028\u2029/\\"'},
        {"a": 2**53 - 1, "b": -(2**53 - 1)},
        {"ﬀ": 1, "😀": 2, "\uffee": 3},
        {"a": [[[[[[1]]]]]], "b": {}, "c": []},
        {"a": "e\u0301"},
        {"a": True, "b": None},
    ],
)
def test_canonical_lines_are_known_as_such(value: dict[str, object]) -> None:
    assert is_canonical(canonical_bytes(value))


@pytest.mark.parametrize(
    "line",
    [b'{"b":1,"a":1}', b'{"a": 1}', b'{"a":"e\xcc\x81"}', b'{"a":"\\u0041"}', b'{"a":-0}', b'{"\xef\xbf\xae":1,"\xf0\x9f\x98\x80":1}'],
)  # fmt: skip
def test_other_lines_are_known_not_to_be_canonical(line: bytes) -> None:
    assert not is_canonical(line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"a":1.5}', "1.5 is a float; write decimals as text"),
        (b'{"a":9007199254740993}', "a number beyond what every reader of JSON keeps exact"),
        (b'{"a":1,"a":1}', "the key 'a' stands twice; write it once"),
        (b"[1]", "expected an object, not list"),
        (b'{"a":"\xff"}', "not UTF-8 at byte 6"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "nested too deeply"),
    ],
)
def test_lines_that_no_log_may_hold_are_refused_with_the_reason(line: bytes, said: str) -> None:
    with pytest.raises(EventError, match=said):
        is_canonical(line)


@given(st.dictionaries(st.text(max_size=4), st.one_of(st.text(max_size=6), st.integers(-5, 5)), max_size=4))
def test_any_object_written_canonically_is_canonical(value: dict[str, object]) -> None:
    try:
        line = canonical_bytes(value)
    except EventError:
        return
    assert is_canonical(line)
    assert canonical_bytes(read_object(line)) == line


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_the_root_of_many_lines_is_that_of_rfc_6962(lines: list[bytes]) -> None:
    ids = event_ids(lines)
    assert ids == tuple(map(event_id, lines))
    assert merkle_root(ids) == _root([bytes.fromhex(identity) for identity in ids]).hex()


def _root(leaves: list[bytes]) -> bytes:
    """The tree hash as RFC 6962 section 2.1 defines it, by halves."""
    from hashlib import sha256

    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + _root(leaves[:half]) + _root(leaves[half:])).digest()


def test_the_search_for_garbage_goes_on_after_many_values() -> None:
    assert gc.isenabled()
    seen = []

    def made_and_failed() -> None:
        with wire.many_values():
            seen.append(gc.isenabled())
            raise KeyError

    with pytest.raises(KeyError):
        made_and_failed()
    assert (seen, gc.isenabled()) == ([False], True)


def test_plain_fields_are_taken_as_drafts_write_them() -> None:
    value = wire.built({**CLAIM, "quantity": 2, "systems": ("x",)})
    assert value == codec.event_of(CLAIM)
    assert wire.built({**CLAIM, "quantity": True}) is None
    assert line_in_log(**CLAIM).value == value
