"""Claims written together are written as each by itself would be, and anything doubtful is left to the closer look."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_type_hints

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline import codec, drafts, together, wire
from kztimeline.checks import check
from kztimeline.dates import parse_date
from kztimeline.drafts import from_fields, prepare
from kztimeline.errors import DraftError, EventError
from kztimeline.events import Account, Claim, Flag, Kind, Role, Stage
from kztimeline.log import read_log
from kztimeline.named import objections
from kztimeline.quantities import parse_amount, parse_quantity
from kztimeline.registry import Definition, build
from kztimeline.shipped import shipped_log

DEFINITIONS: list[Any] = [
    codec.event_of(fields)
    for fields in (
        {"kind": "defined-source", "id": "a", "title": "A", "form": "prose"},
        {"kind": "defined-source", "id": "b", "title": "B", "form": "table"},
        {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
        {"kind": "defined-system", "id": "y", "name": "Y", "names": ["Why"], "category": "air"},
        {"kind": "defined-organisation", "id": "army", "name": "Army"},
        {"kind": "defined-document", "id": "doc", "title": "D", "source": "a"},
    )
]
REGISTRY = build(DEFINITIONS)
CITED = {"source": "a", "via": "doc", "published": "2018"}
COMMON: dict[str, object] = {"holder": "KAZ", "citations": [CITED]}
LOCATOR = {"line": 3, "start": 0, "end": 9, "sha256": "0123456789abcdef" * 4}
GOOD: list[Any] = [
    codec.event_of({**COMMON, **fields})
    for fields in (
        {"kind": "delivered", "occurred": "2016", "systems": ["x"], "quantity": "2", "into": "in-service"},
        {"kind": "lost", "occurred": "2016-05/2017", "systems": ["x", "y"], "quantity": "at least 2", "operator": "army"},
        {"kind": "planned", "occurred": "2030", "systems": ["y"], "note": "später", "flags": ["hedged", "inferred"]},
        {"kind": "modernised", "occurred": "2015", "systems": ["x"], "to_system": "y", "quantity": 3},
        {"kind": "ordered", "occurred": "2015", "systems": ["x"], "role": "total",
         "price": {"amount": {"text": "7.59", "unit": "EUR"}, "basis": "current"}, "salt": "s"},
        {"kind": "agreement", "occurred": "2015", "form": "licence", "stage": "signed", "parties": ["TUR"]},
        {"kind": "formed", "occurred": "2015", "operator": "army"},
        {"kind": "measured", "period": "2015", "indicator": "spending", "value": {"text": "~5", "unit": "USD"}},
        {"kind": "observed", "occurred": "2015", "form": "training"},
        {"kind": "stated", "cutoff": "2016-11", "systems": ["x"], "quantity": "~5", "account": "held", "item": "X"},
        {"kind": "changed", "occurred": "2015", "before": "3", "after": "some", "category": "air"},
        {"kind": "delivered", "occurred": "2016", "systems": ["x"], "quantity": "0-2", "into": "in-store",
         "citations": [{**CITED, "locator": LOCATOR, "basis": "inferred"}, {"source": "b", "published": "2016/2017"}]},
    )
]  # fmt: skip
DATE, QUANTITY = GOOD[0].occurred, GOOD[0].quantity
ODD: dict[str, list[object]] = {
    "str": ["", " ", "KAZ", "kaz", "nobody", "army", "x", "Why", "cafe\u0301", "\ud800", "\U0001f600", "a\nb\x00\u2028", "printed", 5, None, Account.HELD],
    "Kind": [*Kind, "delivered", None],
    "Role": [*Role, "item"],
    "Account": [*Account, None, "held"],
    "Stage": [*Stage],
    "UncertainDate": [kz.event(**{**COMMON, "kind": "observed", "occurred": d}).occurred for d in ("2019", "1990", "2018-12-31", "../2020")]  # type: ignore[attr-defined]
    + [attrs.evolve(DATE, text="20-16"), attrs.evolve(DATE, last=1), "2016", None],
    "Quantity": [*map(parse_quantity, ("0", "up to 0", "1", "some", "unknown")), attrs.evolve(QUANTITY, high=0), attrs.evolve(QUANTITY, text="0"), 2, "2", None],
    "Amount": [parse_amount("5", "USD"), None, "5"],
    "Price": [GOOD[4].price, None],
    "tuple[str, ...]": [(), ("x",), ("y", "x"), ("x", "y"), ("x", "x"), ("Why",), ("nothing",), ["x"], ("x", ""), (["x"],), ("0" * 64,), "x"],
    "tuple[Flag, ...]": [(), tuple(Flag), ("hedged",), ("new",)],
    "tuple[Citation, ...]": [(), GOOD[11].citations, GOOD[0].citations[0], (attrs.evolve(GOOD[0].citations[0], source="c"),), (attrs.evolve(GOOD[0].citations[0], published=DATE),), (None,),
        (attrs.evolve(GOOD[11].citations[0], locator=attrs.evolve(GOOD[11].citations[0].locator, line=0)),),
        (attrs.evolve(GOOD[11].citations[0], locator=attrs.evolve(GOOD[11].citations[0].locator, start=0.0)),),
        (attrs.evolve(GOOD[11].citations[0], locator=attrs.evolve(GOOD[11].citations[0].locator, end=2**53)),)],
}  # fmt: skip


@st.composite
def odd(draw: st.DrawFn) -> Any:
    """A good claim with up to three fields that hold something else, right or wrong."""
    claim = draw(st.sampled_from(GOOD))
    fields = {
        name: re.sub(r"kztimeline\.(?:\w+\.)+| \| None", "", inspect.formatannotation(hint))
        for name, hint in get_type_hints(type(claim)).items()
    }
    for name in draw(st.lists(st.sampled_from(sorted(fields)), max_size=3)):
        claim = attrs.evolve(claim, **{name: draw(st.sampled_from(ODD[fields[name]]))})
    return claim


def one_by_one(claims: Sequence[Any]) -> tuple[bytes, ...] | None:
    """The lines that a draft of these claims comes to; ``None`` where it is refused."""
    try:
        (ready,) = prepare([from_fields([wire.stated_by(claim) for claim in claims], "")], DEFINITIONS, frozenset())
    except (DraftError, EventError, AttributeError, TypeError, ValueError):
        return None
    return ready.lines


def test_good_claims_of_every_family_are_written_together() -> None:
    assert {type(claim) for claim in GOOD} == set(Claim.__args__)
    assert together.lines_of(GOOD, REGISTRY) == tuple(map(codec.line_of, GOOD)) == one_by_one(GOOD)
    for claim in GOOD:
        assert together.lines_of([claim] * 3, REGISTRY) == (codec.line_of(claim),) * 3


def test_the_shipped_claims_are_written_together_as_they_stand() -> None:
    pairs = [(wire.read_line(line), line) for _, _, line in read_log(shipped_log())]
    registry = build(value for value, _ in pairs if isinstance(value, Definition))
    several = [(value, line) for value, line in pairs if isinstance(value, Claim) and not getattr(value, "covers", ())]
    assert len(several) > 500
    values, lines = zip(*several, strict=True)
    assert together.lines_of(values, registry) == lines


@given(st.lists(odd(), min_size=1, max_size=6))
def test_what_is_written_together_is_what_a_draft_would_say(claims: list[Any]) -> None:
    quick = together.lines_of(claims, REGISTRY)
    assert quick is None or quick == one_by_one(claims)


def drafted(fields: Any) -> tuple[bytes, ...] | None:
    """The line that a draft of these fields comes to; ``None`` where it is refused."""
    try:
        (ready,) = prepare([from_fields([fields], "")], DEFINITIONS, frozenset())
    except (DraftError, EventError):
        return None
    return ready.lines


PLAIN: list[object] = [
    "", " ", "KAZ", "army", "x", "Why", "2016", "2030", "20-16", "at least 2", "0", "in-service", "held", "total", "item", "hedged",
    "cafe\u0301", "\ud800", "\U0001f600", "n" * 10**6, 0, 2, 2**60, 2.0, True, None, [], ["x"], ["y", "Why"], ["0" * 64], [["x"]], ("x",), {},
    {"amount": {"text": "5", "unit": "EUR"}}, [CITED], [CITED, {**CITED, "published": "2015"}], [{**CITED, "source": "c"}],
    [{**CITED, "locator": LOCATOR}], [{**CITED, "locator": {**LOCATOR, "line": 0}}],
]  # fmt: skip


@given(
    st.sampled_from(GOOD), st.dictionaries(st.sampled_from(sorted({n for c in GOOD for n in codec.field_names(type(c))} | {"ref", "x"})), st.sampled_from(PLAIN), max_size=3)
)  # fmt: skip
def test_a_claim_given_by_its_fields_is_written_as_a_draft_of_it_would_say(claim: Any, odd: dict[str, object]) -> None:
    fields = {**codec.fields_of(claim), **odd}
    quick = together.line_of_fields(fields, REGISTRY)
    assert quick is None or (quick,) == drafted(fields)


def test_good_claims_given_by_their_fields_are_written_at_once() -> None:
    assert [together.line_of_fields(codec.fields_of(claim), REGISTRY) for claim in GOOD] == [*map(codec.line_of, GOOD)]


def test_lines_given_by_their_fields_that_need_a_closer_look_get_it() -> None:
    plain = codec.fields_of(GOOD[0])
    for odd in (
        {"systems": ["Why"]}, {"covers": ["0" * 64], "role": "total"}, {"note": "\ud800"}, {"note": "n" * 10**6},
        {"citations": [{**CITED, "source": "c"}]}, {"occurred": "2030"}, {"into": None}, {"ref": "me"},
    ):  # fmt: skip
        assert together.line_of_fields({**plain, **odd}, REGISTRY) is None
    assert together.line_of_fields(codec.fields_of(DEFINITIONS[0]), REGISTRY) is None
    assert together.line_of_fields({"kind": "retracted", "target": "0" * 64, "reason": "r"}, REGISTRY) is None


def test_what_is_plainly_right_is_appended_without_a_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tl = kz.init(tmp_path / "log", name="mine")
    tl.append(DEFINITIONS)
    expected = [codec.line_of(claim) for claim in GOOD]
    monkeypatch.setattr(drafts, "prepare", None)
    added = tl.append(codec.fields_of(GOOD[0])).added + tl.append(map(codec.fields_of, GOOD[1:])).added
    assert [line for _, identity, line in tl.refresh().log if identity in added] == expected


@given(st.lists(odd(), max_size=30), st.integers(0, 30))
def test_one_wrong_claim_among_good_ones_is_not_passed_over(claims: list[Any], at: int) -> None:
    sound = [claim for claim in claims if one_by_one([claim]) is not None]
    wrong = [claim for claim in claims if one_by_one([claim]) is None]
    several = [*GOOD * 2, *sound]
    assert one_by_one(several) is not None
    for claim in wrong:
        assert together.lines_of([*several[:at], claim, *several[at:]], REGISTRY) is None


def changed(number: int, **more: object) -> Any:
    return attrs.evolve(GOOD[number], **more)


CITATION = GOOD[11].citations[0]
WRONG = [
    changed(0, into=None), changed(0, into=Account.ON_ORDER), changed(0, systems=()), changed(0, systems=("z",)),
    changed(0, role=Role.GROUP), changed(0, kind=Kind.TRANSFERRED), changed(0, kind=Kind.ORDER_CHANGED),
    changed(0, quantity=parse_quantity("0")), changed(0, quantity=attrs.evolve(QUANTITY, text="0")),
    changed(0, occurred=GOOD[2].occurred),
    changed(0, occurred=attrs.evolve(GOOD[2].occurred, first=1, last=2)), changed(0, occurred=attrs.evolve(DATE, text="20-16")),
    changed(1, systems=("x", "x")), changed(1, systems=("x", "y", "x")), changed(0, holder="kaz"), changed(0, note=" "), changed(0, note="\ud800"), changed(0, note=5), changed(0, note="n" * 10**6),
    changed(0, citations=()), changed(1, operator="navy"), changed(1, out_of=Account.HELD), changed(3, to_system=None),
    changed(3, to_system="z"), changed(3, to_system="x"), changed(1, operator="army", to_operator="army"), changed(5, kind=Kind.ORDERED), changed(5, form=None), changed(7, value=None),
    changed(9, systems=("x", "y")), changed(9, role=Role.TOTAL), changed(9, cutoff=GOOD[2].occurred),
    changed(11, citations=(attrs.evolve(CITATION, source="c"),)), changed(11, citations=(attrs.evolve(CITATION, via="c"),)),
    changed(11, citations=(attrs.evolve(CITATION, locator=attrs.evolve(CITATION.locator, line=0)),)),
    changed(11, citations=(attrs.evolve(CITATION, locator=attrs.evolve(CITATION.locator, end=2**53)),)),
    changed(11, citations=(attrs.evolve(CITATION, published=DATE), attrs.evolve(CITATION, published=parse_date("2015")))),
]  # fmt: skip


@pytest.mark.parametrize("claim", WRONG, ids=range(len(WRONG)))
@pytest.mark.parametrize("at", [0, 7, 24])
def test_each_way_to_be_wrong_is_seen_among_good_claims(claim: Any, at: int) -> None:
    several = GOOD * 2
    assert one_by_one([claim]) is None
    assert together.lines_of([*several[:at], claim, *several[at:]], REGISTRY) is None


def test_what_is_wrong_only_beside_an_operator_is_seen_among_good_claims() -> None:
    made = attrs.evolve(GOOD[0], kind=Kind.PRODUCED)
    ours, wrong = attrs.evolve(made, operator="army"), attrs.evolve(made, operator="army", into=None)
    assert together.lines_of([ours, attrs.evolve(made, into=None), ours], REGISTRY)
    assert together.lines_of([ours, wrong, ours, attrs.evolve(made, into=None)], REGISTRY) is None


@pytest.mark.parametrize(
    "claim",
    [attrs.evolve(GOOD[0], systems=("Why",)), attrs.evolve(GOOD[4], covers=("0" * 64,)), attrs.evolve(GOOD[0], note="cafe\u0301"), changed(0, quantity=attrs.evolve(QUANTITY, high=0)), changed(0, citations=()), changed(0, occurred=None)],
    ids=["a name that is no id", "a total that names its parts", "text that is not NFC", "bounds that the text does not have", "no source", "no time"],
)  # fmt: skip
def test_what_needs_a_closer_look_gets_it(claim: Any) -> None:
    assert together.lines_of([claim], REGISTRY) is None
    assert together.lines_of([claim, claim], REGISTRY) is None
    assert together.lines_of([DEFINITIONS[0]], REGISTRY) is None


@given(odd(), st.data())
def test_the_rules_of_a_kind_ask_of_free_text_only_whether_it_is_stated(claim: Any, data: st.DataObject) -> None:
    """One claim stands for all that are alike: only closed words, numbers of systems and the words judged apart matter."""
    quick = together.lines_of([claim], REGISTRY)
    free = {
        "note": "n",
        "batch": "b",
        "deal": "d",
        "category": "c",
        "item": "i",
        "form": "f",
        "salt": "s",
        "agreement": "g",
    }
    for name in data.draw(st.sets(st.sampled_from(sorted(free)))):
        if quick is not None and getattr(claim, name, None) is not None:
            claim = attrs.evolve(claim, **{name: free[name]})
    assert quick is None or [*check(claim), *objections(REGISTRY, claim)] == []


def test_an_append_of_values_tells_every_problem_as_an_append_of_fields_does(tmp_path: Path) -> None:
    tl = kz.init(tmp_path / "log", name="mine")
    tl.append(DEFINITIONS)
    wrong = [GOOD[0], attrs.evolve(GOOD[0], into=None), attrs.evolve(GOOD[1], operator="navy")]
    said = []
    for events in (wrong, [codec.fields_of(claim) for claim in wrong]):
        with pytest.raises(DraftError) as caught:
            tl.append(events)
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert "no organisation is called 'navy'" in said[0]
    assert "needs the account" in said[0]


class Text(str):
    """Text of a kind of its own, such as arrays hand out."""


def test_text_of_any_kind_is_kept_as_plain_text(tmp_path: Path) -> None:
    tl = kz.init(tmp_path / "log", name="mine")
    tl.append(DEFINITIONS)
    stated = {**COMMON, "kind": "delivered", "occurred": Text("2011-03"), "systems": [Text("x")], "into": "in-service"}
    counted: dict[str, object] = {**stated, "quantity": Text("at least 411"), "note": Text("n")}
    assert (type(parse_date(Text("2011-03")).text), type(parse_quantity(Text("at least 412")).text)) == (str, str)
    value: Any = codec.event_of(counted)
    assert tl.append([counted]).added == (tl.append([value]).known)
    assert tl.append([attrs.evolve(value, note=Text("m")), attrs.evolve(value, note="k", systems=(Text("x"),))]).added
    plain = {**stated, "occurred": "2011-03", "quantity": "at least 411", "systems": ["x"]}
    assert tl.append([plain]).added


SLIPS: list[tuple[dict[str, object], str]] = [
    ({"quantity": attrs.evolve(QUANTITY, high=900)}, "quantity: a quantity is text or a whole number, not Quantity("),
    ({"quantity": attrs.evolve(QUANTITY, low=2.0)}, "quantity: a quantity is text or a whole number, not Quantity("),
    ({"quantity": attrs.evolve(QUANTITY, text="nothing like it")}, "not Quantity("),
    ({"quantity": parse_amount("5", "USD")}, "quantity: a quantity is text or a whole number, not Amount("),
    ({"quantity": DATE}, "quantity: a quantity is text or a whole number, not UncertainDate("),
    ({"occurred": attrs.evolve(DATE, last=1)}, "occurred: a date is text, not UncertainDate("),
    ({"occurred": attrs.evolve(DATE, text="2011")}, "occurred: a date is text, not UncertainDate("),
    ({"occurred": QUANTITY}, "occurred: a date is text, not Quantity("),
    ({"into": "nowhere"}, "into: not one of the words known here: 'nowhere'"),
    ({"kind": "nothing"}, "kind: not a kind: 'nothing'"),
    ({"flags": (3,)}, "flags[0]: not one of the words known here: 3"),
    ({"citations": (None,)}, "citations[0]: expected an object with fields, not None"),
    ({"citations": (attrs.evolve(GOOD[0].citations[0], published=attrs.evolve(DATE, first=1)),)}, "citations[0].published: a date is text"),
    ({"note": float("nan")}, "note: expected text, not nan"),
    ({"note": "\ud800"}, "text with half a character"),
]  # fmt: skip


@pytest.mark.parametrize(("slip", "said"), SLIPS, ids=[said for _, said in SLIPS])
def test_values_that_nobody_could_read_are_told_with_every_other_problem(
    tmp_path: Path, slip: dict[str, object], said: str
) -> None:
    tl = kz.init(tmp_path / "log", name="mine")
    head = tl.append(DEFINITIONS).head
    with pytest.raises(DraftError) as caught:
        tl.append([*GOOD, attrs.evolve(GOOD[0], **slip), attrs.evolve(GOOD[1], operator="navy")])
    assert said in str(caught.value)
    assert "no organisation is called 'navy'" in str(caught.value)
    assert tl.refresh().head == head


def test_words_in_the_place_of_values_are_read_as_a_draft_reads_them(tmp_path: Path) -> None:
    tl = kz.init(tmp_path / "log", name="mine")
    tl.append(DEFINITIONS)
    written: dict[str, object] = {
        "into": "in-service",
        "kind": "delivered",
        "flags": ["hedged"],
        "occurred": "2016",
        "quantity": 2,
    }
    one, other = attrs.evolve(GOOD[0], **written), attrs.evolve(GOOD[0], flags=(Flag.HEDGED,))
    assert tl.append([one]).added == tl.append([other]).known


def test_values_appended_together_are_read_back_and_never_twice(tmp_path: Path) -> None:
    tl = kz.init(tmp_path / "log", name="mine")
    tl.append(DEFINITIONS)
    receipt = tl.append(GOOD, note="together")
    again = tl.append(iter([*GOOD, GOOD[0]]))
    assert (again.added, again.known) == ((), receipt.added)
    assert [row.value for row in tl.refresh().placed][len(DEFINITIONS) :] == GOOD
    assert tl.correct(receipt.ids[0], {"quantity": 3}, reason="misread").added
