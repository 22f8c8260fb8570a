"""Things joined are in one set, named by its least member, in whatever order they were joined."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kztimeline.groups import Groups

SEVERAL = st.lists(st.text("abcdefgh", min_size=1, max_size=1), max_size=4)


@given(st.lists(SEVERAL, max_size=8))
def test_sets_are_what_walking_from_thing_to_thing_finds(joins: list[list[str]]) -> None:
    groups = Groups[str]()
    for several in joins:
        groups.join(several)
    for one in "abcdefgh":
        reached, size = {one}, 0
        while len(reached) > size:
            size = len(reached)
            reached = reached.union(*(several for several in joins if reached & set(several)))
        assert groups.find(one) == min(reached)


def test_a_thing_that_was_joined_with_nothing_is_known() -> None:
    groups = Groups[tuple[str, str]]()
    groups.join([("KAZ", "x")])
    groups.join([])
    assert list(groups.parent) == [("KAZ", "x")]
