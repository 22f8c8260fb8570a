"""Kleene's three values: the laws that hold, the two that do not, and no ``if`` (R22)."""

from __future__ import annotations

import copy
import doctest
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kztimeline import truth
from kztimeline.truth import Truth, every, some

TRUTHS = st.sampled_from(Truth)
NO, MAYBE, YES = Truth.NO, Truth.MAYBE, Truth.YES


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (NO, NO, NO, NO),
        (NO, MAYBE, NO, MAYBE),
        (NO, YES, NO, YES),
        (MAYBE, MAYBE, MAYBE, MAYBE),
        (MAYBE, YES, MAYBE, YES),
        (YES, YES, YES, YES),
    ],
)
def test_the_tables_are_kleenes(a: Truth, b: Truth, both: Truth, either: Truth) -> None:
    assert a & b is b & a is both
    assert a | b is b | a is either


@given(TRUTHS, TRUTHS, TRUTHS)
def test_and_and_or_are_associative_distributive_and_absorb(a: Truth, b: Truth, c: Truth) -> None:
    assert (a & b) & c is a & (b & c)
    assert (a | b) | c is a | (b | c)
    assert a & (b | c) is (a & b) | (a & c)
    assert a | (b & c) is (a | b) & (a | c)
    assert a & (a | b) is a | (a & b) is a


@given(TRUTHS, TRUTHS)
def test_de_morgan_idempotence_and_double_negation(a: Truth, b: Truth) -> None:
    assert ~(a & b) is ~a | ~b
    assert ~(a | b) is ~a & ~b
    assert a & a is a | a is ~~a is a


def test_negation_turns_no_and_yes_round_and_keeps_maybe() -> None:
    assert [~NO, ~MAYBE, ~YES] == [YES, MAYBE, NO]


def test_neither_excluded_middle_nor_contradiction_holds_for_maybe() -> None:
    assert MAYBE | ~MAYBE is MAYBE
    assert MAYBE & ~MAYBE is MAYBE


@given(st.lists(TRUTHS), st.lists(TRUTHS))
def test_every_and_some_fold_their_parts(a: list[Truth], b: list[Truth]) -> None:
    assert every(a + b) is every(a) & every(b)
    assert some(a + b) is some(a) | some(b)
    assert some(a) is ~every(~value for value in a)


def test_every_of_none_is_yes_and_some_of_none_is_no() -> None:
    assert every([]) is YES
    assert some([]) is NO


@pytest.mark.parametrize(
    ("certain", "possible", "result"), [(True, True, YES), (False, True, MAYBE), (False, False, NO)]
)
def test_of_names_the_three_cases(certain: bool, possible: bool, result: Truth) -> None:
    assert Truth.of(certain=certain, possible=possible) is result


@pytest.mark.parametrize("value", Truth)
def test_no_truth_decides_an_if(value: Truth) -> None:
    message = r"cannot decide an if; write `is Truth\.YES`, or `is not Truth\.NO` for possibly, and &, \|, ~ in place of and, or, not$"
    with pytest.raises(TypeError, match=message):
        bool(value)
    with pytest.raises(TypeError, match=message):
        assert not value
    with pytest.raises(TypeError, match=message):
        _ = value and YES
    with pytest.raises(TypeError, match=message):
        _ = value or YES


@pytest.mark.parametrize("other", [True, False, None, "yes", 1])
def test_a_truth_joins_only_truths(other: object) -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        YES & other  # type: ignore[operator]
    with pytest.raises(TypeError, match="unsupported operand"):
        other | YES  # type: ignore[operator]
    assert other != YES


def test_truths_have_no_order() -> None:
    with pytest.raises(TypeError, match="not supported"):
        sorted(Truth)  # type: ignore[type-var]


@given(TRUTHS)
def test_a_truth_stays_itself_when_copied_pickled_or_written(a: Truth) -> None:
    assert copy.deepcopy(a) is a
    assert pickle.loads(pickle.dumps(a)) is a
    assert Truth(str(a)) is a
    assert repr(a) == f"Truth.{a.name}"


def test_the_examples_of_the_docstrings_hold() -> None:
    result = doctest.testmod(truth)
    assert result.attempted >= 2
    assert result.failed == 0
