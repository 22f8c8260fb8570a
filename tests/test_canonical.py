"""Canonical bytes: one way to write an object, a strict way to read one, and the hashes over both."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline.canonical import (
    canonical_bytes,
    event_id,
    event_ids,
    is_canonical,
    merkle_root,
    plainly_canonical,
    read_object,
)
from kztimeline.errors import EventError

LARGEST = 2**53 - 1
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
NFC = TEXT.map(lambda text: unicodedata.normalize("NFC", text))
OBJECTS = st.dictionaries(
    NFC,
    st.recursive(
        TEXT | st.integers(-LARGEST, LARGEST) | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NFC, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)

CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The leaves and roots that Certificate Transparency's implementations test themselves with."""


def slow_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + slow_root(leaves[:split]) + slow_root(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_the_merkle_tree_hash_of_rfc_6962(lines: list[bytes]) -> None:
    ids = [event_id(line) for line in lines]
    assert merkle_root(ids) == slow_root([bytes.fromhex(i) for i in ids]).hex()


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_those_that_others_compute(count: int) -> None:
    assert merkle_root([event_id(bytes.fromhex(leaf)) for leaf in CT_LEAVES[:count]]) == CT_ROOTS[count - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert merkle_root([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def normalised(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {key: normalised(item) for key, item in value.items()}
    return [normalised(item) for item in value] if isinstance(value, list) else value


@given(OBJECTS)
def test_what_is_written_reads_back_equal_and_writes_the_same_bytes(value: dict[str, object]) -> None:
    line = canonical_bytes(value)
    assert canonical_bytes(read_object(line)) == line
    assert b"\n" not in line
    assert read_object(line) == normalised(value)


@given(OBJECTS, st.randoms())
def test_the_order_of_keys_makes_no_difference(value: dict[str, object], random: Random) -> None:
    keys = list(value)
    random.shuffle(keys)
    assert canonical_bytes({key: value[key] for key in keys}) == canonical_bytes(value)


@given(OBJECTS, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_spaces_and_escapes_are_free_on_reading(
    value: dict[str, object], ascii_: bool, indent: int | str | None
) -> None:
    line = canonical_bytes(value)
    loose = json.dumps(read_object(line), ensure_ascii=ascii_, indent=indent).encode()
    assert canonical_bytes(read_object(loose)) == line


def test_keys_are_sorted_by_utf_16_code_units() -> None:
    """As in the example of RFC 8785, 3.2.3: an emoji, being a surrogate pair, comes before U+FB00."""
    keys = ["\u20ac", "\r", "\ufb00", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = read_object(canonical_bytes(dict.fromkeys(keys, 0)))
    assert list(written) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb00"]


def test_text_is_escaped_as_rfc_8785_says() -> None:
    text = '\x08\t\n\x0c\r"\\/\x00\x1f\x7f\u2028é€'
    expected = '{"a":"\\b\\t\\n\\f\\r\\"\\\\/\\u0000\\u001f\x7f\u2028é€"}'
    assert canonical_bytes({"a": text}) == expected.encode()


def test_text_is_written_in_nfc() -> None:
    assert canonical_bytes({"e\u0301": "o\u0308"}) == '{"é":"ö"}'.encode()


@pytest.mark.parametrize("edge", [LARGEST, -LARGEST, 0])
def test_whole_numbers_are_exact_to_the_edge(edge: int) -> None:
    assert read_object(canonical_bytes({"a": edge})) == {"a": edge}


def _nested(depth: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"a": 7.5}, r"7\.5 is a float; write decimals as text"),
        ({"a": float("nan")}, "nan is a float"),
        ({"a": LARGEST + 1}, "beyond what every reader of JSON keeps exact"),
        ({"a": [-LARGEST - 1]}, "beyond what every reader of JSON keeps exact"),
        ({"a": "\ud800"}, "lone surrogate"),
        ({"\udfff": 1}, "lone surrogate"),
        ({"a": b"bytes"}, "has no place in a line"),
        ({"a": {1, 2}}, "has no place in a line"),
        ({1: "a"}, "1 is not a name; write keys as text"),
        ({"\u00e9": 1, "e\u0301": 2}, "the key 'é' stands twice"),
        (_nested(100_000), "nested too deeply"),
    ],
)
def test_what_json_cannot_keep_is_refused(value: dict[str, object], said: str) -> None:
    with pytest.raises(EventError, match=said):
        canonical_bytes(value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"a":1,"a":2}', "the key 'a' stands twice; write it once"),
        (b'{"o":{"a":1,"a":1}}', "stands twice"),
        (b'{"a":1.5}', r"1\.5 is a float; write decimals as text"),
        (b'{"a":1e2}', "1e2 is a float"),
        (b'{"a":NaN}', "NaN is a float"),
        (b'{"a":-Infinity}', "-Infinity is a float"),
        (b'{"a":9007199254740992}', "beyond what every reader of JSON keeps exact"),
        (b'{"a":' + b"9" * 6000 + b"}", "beyond what every reader of JSON keeps exact"),
        (b'{"a":"\\ud83d"}', "lone surrogate"),
        (b'{"\\uDE00":1}', "lone surrogate"),
        (b"\xef\xbb\xbf{}", "byte order mark; write UTF-8 without one"),
        (b"[]", "expected an object, not list"),
        (b'"text"', "expected an object, not str"),
        (b'{"a":"\xff"}', "not UTF-8 at byte 6"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8 at byte 6"),
        (b'{"a":"\x01"}', "not JSON: Invalid control character"),
        (b'{"a":01}', "not JSON"),
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"{}{}", "not JSON: Extra data at character 2"),
        (b'{"a":' + b"[" * 100_000, "not JSON|nested too deeply"),
        (b'{"a":"' + b"x" * 1_000_000 + b'"}', "a line of 1000008 bytes; a claim has at most 1000000"),
    ],
    ids=range(22),
)
def test_lines_are_read_strictly(line: bytes, said: str) -> None:
    with pytest.raises(EventError, match=said):
        read_object(line)


@given(st.binary(max_size=40) | st.text('{}[]",:\\u0d8a1e-.', max_size=30).map(str.encode))
def test_any_bytes_read_as_an_object_or_are_refused_with_our_error(line: bytes) -> None:
    try:
        value = read_object(line)
    except EventError:
        return
    assert isinstance(value, dict)


def test_an_event_id_is_the_hash_of_its_line_after_a_zero_byte() -> None:
    assert event_id(b"{}") == hashlib.sha256(b"\x00{}").hexdigest()
    assert event_ids([b"{}", b"[]"]) == (event_id(b"{}"), event_id(b"[]"))


def test_an_object_may_have_many_keys() -> None:
    value: dict[str, object] = {f"{number:04}": number for number in range(1000)}
    assert read_object(canonical_bytes(value)) == value


@pytest.mark.parametrize(
    ("line", "canonical"),
    [
        (b'{"a":1}', True),
        (b'{"a": 1}', False),
        (b'{"b":1,"a":1}', False),
        (b'{"a":1,"b":1}', True),
        (b'{"a":1} ', False),
        (b' {"a":1}', False),
        (b'{"a":"\\u0061"}', False),
        (b'{"a":"\\/"}', False),
        (b'{"a":1234567890123456}', True),
        (b'{"a": 1234567890123456}', False),
        ('{"a":"\U0001f600"}'.encode(), True),
        ('{"a": "\U0001f600"}'.encode(), False),
        ('{"\U0001f600":1,"\uff5e":1}'.encode(), True),
        ('{"\uff5e":1,"\U0001f600":1}'.encode(), False),
        ('{"\U00040000":1,"\uff5e":1}'.encode(), True),
        ('{"\uff5e":1,"\U00040000":1}'.encode(), False),
        ('{"a":"\u00e9"}'.encode(), True),
        ('{"a":"e\u0301"}'.encode(), False),
        (b'{"a":' + b"[" * 150 + b"]" * 150 + b"}", True),
        (b'{"a": ' + b"[" * 150 + b"]" * 150 + b"}", False),
        (b'{"a":-0}', False),
        (b'{"a":"' + b"x" * 999_992 + b'"}', True),
    ],
    ids=range(22),
)
def test_a_line_is_canonical_where_it_is_what_would_be_written_whichever_way_that_is_found(
    line: bytes, canonical: bool
) -> None:
    assert is_canonical(line) is canonical
    assert not plainly_canonical(line) or canonical


@pytest.mark.parametrize(
    ("line", "plainly"),
    [
        (b'{"a":1}', True),
        ('{"a":"\u00e9"}'.encode(), True),
        ('{"a":"\U0001f600"}'.encode(), False),
        (b'{"a":123456789012345}', True),
        (b'{"a":1234567890123456}', False),
        (b'{"a":-1234567890123456}', False),
        (b'{"a":[1234567890123456]}', False),
        (b'{"a":[1,-1234567890123456]}', False),
        (b'{"a":"1234567890123456"}', True),
        (b'{"a":[' + b",".join([b'{"b":[]}'] * 40) + b"]}", True),
        (b'{"a":' * 100 + b"1" + b"}" * 100, True),
        (b'{"a":' * 101 + b"1" + b"}" * 101, False),
        (b'{"a":"' + b"x" * 999_992 + b'"}', True),
    ],
    ids=range(13),
)
def test_all_but_odd_lines_are_found_canonical_in_one_pass(line: bytes, plainly: bool) -> None:
    assert plainly_canonical(line) is plainly
    assert is_canonical(line)


def test_a_line_of_a_byte_too_many_is_refused_whichever_way_it_is_read() -> None:
    line = b'{"a":"' + b"x" * 999_993 + b'"}'
    assert not plainly_canonical(line)
    with pytest.raises(EventError, match="a line of 1000001 bytes; a claim has at most 1000000"):
        is_canonical(line)
