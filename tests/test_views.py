"""Views: our corrections act at once, a source's changes from their publication, branches may contest."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kztimeline as kz
from kztimeline.codec import event_of, line_of
from kztimeline.errors import DraftError, IntegrityError, NotationError, ReadOnlyLogError, UnknownNameError
from kztimeline.events import Citation, Link, Retraction, Withdrawal, citations_of
from kztimeline.log import append_lines
from kztimeline.views import Placed, Standing, once, stand
from tests.strategies import cited as citing
from tests.strategies import placed


def claim(**more: object) -> dict[str, object]:
    return {
        "kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "quantity": "2", "into": "in-service",
        "citations": [{"source": "b", "published": "2017"}], **more,
    }  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    kz.init(tmp_path / "log", name="test", holder="KAZ").append(
        [
            {"kind": "defined-source", "id": "b", "title": "B", "form": "prose"},
            {"kind": "defined-source", "id": "c", "title": "C", "form": "prose"},
            {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
        ],
        recorded="2026-01-01T00:00:00Z",
    )
    return tmp_path / "log"


def low_high(tl: kz.Timeline, **view: str) -> list[tuple[object, ...]]:
    return tl.view(**view).fielded("2016").frame.select("low", "high").rows()  # type: ignore[arg-type]


def test_our_correction_and_the_sources_revision_behave_differently(path: Path) -> None:
    """The last row of the worked table: 2, 3 once corrected; 4 from the source's publication in 2019 on."""
    tl = kz.open(path, mode="a")
    first = tl.append([claim()], recorded="2026-01-02T00:00:00Z").ids[0]
    before = tl.refresh().head
    assert low_high(tl.refresh(), published_by="2018") == [(2, 2)]
    tl.correct(first, {"quantity": "3"}, reason="misread")
    tl.revise(first, {"quantity": "4", "citations": [{"source": "b", "published": "2019"}]}, source="b")
    now = tl.refresh()
    assert low_high(now, published_by="2018") == [(3, 3)]
    assert low_high(now, published_by="2020") == [(4, 4)]
    assert low_high(now, recorded_by=before) == [(2, 2)]
    assert low_high(now, recorded_by="2026-01-02") == [(2, 2)]
    assert low_high(now, recorded_by="2026-01-01") == []


def test_correcting_the_old_claim_does_not_touch_its_revision(path: Path) -> None:
    tl = kz.open(path, mode="a")
    first = tl.append([claim()]).ids[0]
    tl.revise(first, {"quantity": "4", "citations": [{"source": "b", "published": "2019"}]}, source="b")
    tl.retract(first, reason="we should not have")
    assert low_high(tl.refresh(), published_by="2018") == []
    assert low_high(tl.refresh(), published_by="2020") == [(4, 4)]


def test_a_withdrawal_leaves_other_sources_standing(path: Path) -> None:
    tl = kz.open(path, mode="a")
    both = [{"source": "b", "published": "2017"}, {"source": "c", "published": "2017"}]
    first = tl.append([claim(citations=both)]).ids[0]
    tl.withdraw(first, source="b", citations=[{"source": "b", "published": "2020"}])
    now = tl.refresh()
    assert now.view(published_by="2021").fielded("2016").sources == ("c",)
    assert now.view(published_by="2019").fielded("2016").sources == ("b", "c")
    assert low_high(now.view(sources=["b"]), published_by="2021") == []


def test_what_is_perhaps_public_does_not_count_and_is_named(path: Path) -> None:
    tl = kz.open(path, mode="a")
    tl.append([claim(citations=[{"source": "b", "published": "2017/2019"}])])
    view = tl.refresh().view(published_by="2018")
    assert view.fielded("2016").frame.is_empty()
    assert view.explain("x", on="2016").frame["reason"].to_list() == ["perhaps public"]


def test_two_branches_that_correct_differently_are_contested(path: Path) -> None:
    tl = kz.open(path, mode="a")
    first = tl.append([claim()]).ids[0]
    base = {file: file.read_bytes() for file in path.rglob("*.jsonl")}
    tl.correct(first, {"quantity": "3"}, reason="one branch")
    ours = {file: file.read_bytes() for file in path.rglob("*.jsonl") if file not in base}
    for file in ours:
        file.unlink()
    tl.correct(first, {"quantity": "5"}, reason="other branch")
    for file, data in ours.items():
        file.write_bytes(data)
    merged = kz.open(path)
    assert len(merged.log.heads) == 2
    answer = merged.fielded("2016", system="x")
    assert answer.frame.select("low", "high").rows() == [(3, 5)]
    assert "contested" in {finding.code for finding in answer.findings}
    tl.correct(first, {"quantity": "4"}, reason="settled")
    assert low_high(kz.open(path)) == [(4, 4)]


def test_a_view_at_a_head_equals_the_log_that_ended_there(path: Path) -> None:
    tl = kz.open(path, mode="a")
    tl.append([claim()])
    ended = tl.refresh()
    tl.append([claim(occurred="2015", quantity="7")])
    later = tl.refresh()
    assert later.view(recorded_by=ended.head).steps.equals(ended.steps)


def test_links_can_be_written_and_taken_back(path: Path) -> None:
    tl = kz.open(path, mode="a")
    ids = tl.append([claim(), claim(quantity="3", occurred="../2016")]).ids
    link = tl.refresh().link("same", ids, reason="one delivery").ids[0]
    assert low_high(tl.refresh()) == [(2, 3)]
    tl.refresh().retract(link, reason="two deliveries")
    assert low_high(tl.refresh()) == [(3, 5)]


def test_appending_twice_is_a_no_op_and_a_moved_head_is_refused(path: Path) -> None:
    tl = kz.open(path, mode="a")
    one = tl.append([claim()])
    two = tl.append([claim()])
    assert (two.added, two.known, two.head) == ((), one.ids, one.head)
    with pytest.raises(kz.errors.HeadMovedError, match="the head is"):  # type: ignore[attr-defined]
        tl.append([claim(quantity="9")], expected_head="0" * 64)


def test_wrong_use_says_what_to_write(path: Path) -> None:
    tl = kz.open(path)
    with pytest.raises(ReadOnlyLogError, match=r"open it with kz\.open"):
        tl.append([claim()])
    with pytest.raises(UnknownNameError, match="no source is called 'z'; known: b, c"):
        tl.view(sources=["z"])
    with pytest.raises(NotationError, match="not a policy: 'best'; write one of anchored"):
        tl.view(policy="best")
    with pytest.raises(NotationError, match="not an account: 'shed'"):
        tl.holdings(on="2016", account="shed")
    with pytest.raises(UnknownNameError, match="no system is called 'Xx'"):
        tl.fielded("2016", system="Xx")
    with pytest.raises(NotationError, match="not a kind: 'bought'; write one of ordered"):
        tl.events(kind="bought")
    with pytest.raises(UnknownNameError, match="lists the heads"):
        tl.view(recorded_by="abcdef0123456789")


def test_lines_of_a_branch_survive_without_their_canonical_writer(path: Path) -> None:
    """A line that says nothing we know is an integrity error with its place, not a crash."""
    append_lines(path, [line_of(event_of(claim())), b'{"kind":"rumoured"}'], note="", writer="other")
    with pytest.raises(IntegrityError, match="not a kind: 'rumoured'") as caught:
        kz.open(path).fielded("2016")
    assert caught.value.line == 3


def test_a_draft_error_lists_everything_and_writes_nothing(path: Path) -> None:
    head = kz.open(path).head
    with pytest.raises(DraftError, match="2 problems; nothing was written"):
        kz.open(path, mode="a").append([claim(occurred="05/2016"), claim(quantity="2.5")])
    assert kz.open(path).head == head


# --- what stands, by itself --------------------------------------------------------------------------------------


def cited(day: str, source: str = "b") -> dict[str, object]:
    return {"citations": [{"source": source, "published": day}]}


def test_the_revision_published_last_speaks_whichever_was_written_down_first(path: Path) -> None:
    tl = kz.open(path, mode="a")
    first = tl.append([claim()]).ids[0]
    tl.revise(first, {"quantity": "5", **cited("2020")}, source="b")
    tl.revise(first, {"quantity": "4", **cited("2019")}, source="b")
    assert low_high(tl.refresh(), published_by="2021") == [(5, 5)]
    assert low_high(tl.refresh(), published_by="2019") == [(4, 4)]
    assert low_high(tl.refresh()) == [(5, 5)]


def test_of_several_corrections_the_overridden_ones_are_told_and_the_last_one_stands(path: Path) -> None:
    tl = kz.open(path, mode="a")
    first = tl.append([claim()]).ids[0]
    second = tl.correct(first, {"quantity": "3"}, reason="misread").ids[0]
    third = tl.correct(first, {"quantity": "4"}, reason="misread again").ids[0]
    standing = tl.refresh().standing
    assert [stored.id for stored in standing.claims] == [third]
    assert {identity: str(reason) for identity, (reason, _) in standing.absent.items()} == dict.fromkeys(
        (first, second), "corrected"
    )
    assert standing.contested == ()
    tl.retract(first, reason="never was")
    standing = tl.refresh().standing
    assert standing.claims == ()
    assert {str(reason) for reason, _ in standing.absent.values()} == {"retracted"}


def test_a_withdrawal_that_we_take_back_leaves_the_claim_and_our_corrections_of_it(path: Path) -> None:
    tl = kz.open(path, mode="a")
    first = tl.append([claim()]).ids[0]
    tl.correct(first, {"quantity": 3}, reason="typo")
    gone = tl.withdraw(first, source="b", citations=[{"source": "b", "published": "2020"}]).ids[0]
    assert tl.refresh().standing.claims == ()
    tl.retract(gone, reason="it did not")
    assert low_high(tl.refresh()) == [(3, 3)]


@pytest.mark.parametrize(
    ("view", "stands"),
    [
        ({"published_by": "2017"}, False),
        ({"published_by": "2018"}, True),
        ({"published_by": "2019"}, True),
        ({"published_by": "2020"}, False),
        ({}, False),
        ({"published_by": "2018", "sources": ["c"]}, False),
        ({"published_by": "2018", "sources": ["b"]}, True),
    ],
    ids=str,
)
def test_a_link_of_a_source_stands_from_its_publication_to_its_withdrawal(
    path: Path, view: dict[str, Any], stands: bool
) -> None:
    tl = kz.open(path, mode="a")
    ids = [tl.append([claim(occurred=day)]).ids[0] for day in ("2015", "2015/2016")]
    link = {"kind": "linked", "relation": "same", "claims": ids, "reason": "one", **cited("2018")}
    identity = tl.append([link]).ids[0]
    tl.withdraw(identity, source="b", citations=[{"source": "b", "published": "2020"}])
    assert [i for i, _ in tl.refresh().view(**view).standing.links] == ([identity] if stands else [])


def test_a_withdrawal_of_a_link_that_we_take_back_leaves_the_link_standing(path: Path) -> None:
    tl = kz.open(path, mode="a")
    ids = [tl.append([claim(occurred=day)]).ids[0] for day in ("2015", "2015/2016")]
    link = tl.append([{"kind": "linked", "relation": "same", "claims": ids, "reason": "one", **cited("2018")}]).ids[0]
    gone = tl.withdraw(link, source="b", citations=[{"source": "b", "published": "2020"}]).ids[0]
    assert tl.refresh().standing.links == ()
    tl.retract(gone, reason="never was")
    assert [identity for identity, _ in tl.refresh().standing.links] == [link]


LINKED = [placed(kind="delivered", holder="KAZ", systems=["x"], quantity=n, occurred="2010", into="in-service", citations=citing("a", "2011")) for n in (1, 2)]  # fmt: skip
WORDS = st.builds(citing, st.sampled_from("ab"), st.sampled_from(["2013", "2014", "2015"]))


@st.composite
def tied_logs(draw: st.DrawFn) -> list[Placed]:
    """Links of two claims, some of them withdrawn, and some of all these taken back by us."""
    log, ids = list(LINKED), [row.id for row in LINKED]
    for number in range(draw(st.integers(1, 4))):
        said = [cited for cited in draw(st.lists(WORDS, max_size=2)) for cited in cited]
        log.append(placed(kind="linked", relation="same", claims=ids, reason=f"link {number}", citations=said))
    links = [row.id for row in log[2:]]
    for target in draw(st.lists(st.sampled_from(links), max_size=4)):
        words = draw(WORDS)
        log.append(placed(kind="withdrawn", target=target, source=words[0]["source"], citations=words))
    for target in draw(st.lists(st.sampled_from([row.id for row in log[2:]]), max_size=2, unique=True)):
        log.append(placed(kind="retracted", target=target, reason="test"))
    return list({row.id: row for row in log}.values())


@given(tied_logs(), st.sampled_from([None, "2012", "2013", "2014", "2015"]), st.sampled_from([None, "a", "b"]))
def test_the_links_that_stand_are_those_that_a_look_at_every_line_finds(
    log: list[Placed], by: str | None, source: str | None
) -> None:
    day = None if by is None else date(int(by), 12, 31).toordinal()
    gone = {row.value.target for row in log if isinstance(row.value, Retraction)}

    def public(citation: Citation) -> bool:
        return day is None or (citation.published.last or 0) <= day

    def stands(link: Placed) -> bool:
        def said(citation: Citation) -> bool:
            taken_back = any(
                isinstance(row.value, Withdrawal) and row.value.target == link.id and row.id not in gone
                and row.value.source == citation.source and any(map(public, row.value.citations))
                for row in log
            )  # fmt: skip
            return public(citation) and not taken_back and source in (None, citation.source)

        cited = citations_of(link.value)
        return link.id not in gone and (not cited or any(map(said, cited)))

    found = stand(log, published_by=day, sources=None if source is None else frozenset([source]))
    assert [i for i, _ in found.links] == [row.id for row in log if isinstance(row.value, Link) and stands(row)]


class Looked(list[Placed]):
    """Lines that count how often all of them are looked at."""

    looks = 0

    def __iter__(self) -> Iterator[Placed]:
        self.looks += 1
        return super().__iter__()


def test_all_lines_are_not_looked_at_for_each_link() -> None:
    ids = [row.id for row in LINKED]
    looks = []
    for count in (1, 20):
        links = [
            placed(kind="linked", relation="same", claims=ids, reason=str(n), citations=citing("a", "2013"))
            for n in range(count)
        ]
        log = Looked([*LINKED, *links])
        assert len(stand(log).links) == count
        looks.append(log.looks)
    assert looks[0] == looks[1]


class Compared(str):
    """Text that counts how often it is compared."""

    __slots__ = ()
    times: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        Compared.times += 1
        return str.__eq__(self, other) is True

    __hash__ = str.__hash__


def test_the_withdrawals_of_a_claim_are_not_searched_for_each_that_we_take_back() -> None:
    def compared(count: int) -> int:
        taken = [
            placed(kind="withdrawn", target=LINKED[0].id, source="a", citations=citing("a", f"{year}"))
            for year in range(2013, 2013 + count)
        ]
        again = [placed(kind="retracted", target=row.id, reason="r") for row in taken]
        again = [attrs.evolve(row, value=attrs.evolve(row.value, target=Compared(row.value.target))) for row in again]
        Compared.times = 0
        assert len(stand([*LINKED, *taken, *again]).claims) == len(LINKED)
        return Compared.times

    assert compared(80) == 4 * compared(20)


def test_a_claim_keeps_the_citations_that_a_view_may_read(path: Path) -> None:
    tl = kz.open(path, mode="a")
    both = [{"source": "b", "published": "2017"}, {"source": "c", "published": "2019"}]
    tl.append([claim(citations=both)])

    def sources(**view: Any) -> list[str]:
        return [c.source for stored in tl.refresh().view(**view).standing.claims for c in stored.event.citations]

    assert sources() == ["b", "c"]
    assert sources(published_by="2018") == ["b"]
    assert sources(sources=["c"]) == ["c"]
    assert sources(published_by="2018", sources=["c"]) == []
    assert sources(published_by="2016") == []


def test_a_scope_is_known_once_the_state_it_speaks_of_is_public(path: Path) -> None:
    scope = {"kind": "defined-scope", "source": "b", "holder": "KAZ", "of": "flows", "systems": ["x"]}
    released = [{"period": "2009/2011", "published": "2012"}, {"period": "2009/2013", "published": "2014"}]
    kz.open(path, mode="a").append([{**scope, **more} for more in released])
    tl = kz.open(path)
    reach = [
        [s.period.text for s in tl.view(published_by=day).standing.registry.scopes] for day in ("2011", "2013", "2014")
    ]
    assert reach == [[], ["2009/2011"], ["2009/2011", "2009/2013"]]


@pytest.mark.parametrize(
    ("published", "reason"),
    [
        ("2018-12-31/2020", "perhaps public"),
        ("2019-01-01/2020", "not yet public"),
        ("../2020", "perhaps public"),
        ("2018/..", "perhaps public"),
    ],
)
def test_what_may_have_been_public_on_the_day_asked_for_is_told_from_what_cannot(
    path: Path, published: str, reason: str
) -> None:
    tl = kz.open(path, mode="a")
    first = tl.append([claim(**cited(published))]).ids[0]
    standing = tl.refresh().view(published_by="2018").standing
    assert {identity: str(why) for identity, (why, _) in standing.absent.items()} == {first: reason}


def test_a_revision_is_told_as_revised_or_as_not_yet_public(path: Path) -> None:
    tl = kz.open(path, mode="a")
    first = tl.append([claim()]).ids[0]
    early = tl.revise(first, {"quantity": "4", **cited("2019")}, source="b").ids[0]
    late = tl.revise(first, {"quantity": "5", **cited("2021/..")}, source="b").ids[0]

    def absent(**view: Any) -> dict[str, str]:
        return {i: str(why) for i, (why, _) in tl.refresh().view(**view).standing.absent.items()}

    assert absent(published_by="2018") == {early: "not yet public", late: "not yet public"}
    assert absent(published_by="2020") == {first: "revised", late: "not yet public"}
    assert absent(published_by="2022") == {first: "revised", late: "perhaps public"}
    assert absent() == {first: "revised", early: "revised"}


def test_taking_back_a_correction_takes_back_the_claim(path: Path) -> None:
    tl = kz.open(path, mode="a")
    first = tl.append([claim()]).ids[0]
    second = tl.correct(first, {"quantity": "3"}, reason="misread").ids[0]
    tl.retract(second, reason="never was")
    assert tl.refresh().standing.claims == ()


def test_two_revisions_of_one_publication_are_contested_unless_one_knew_the_other(path: Path) -> None:
    tl = kz.open(path, mode="a")
    first = tl.append([claim()]).ids[0]
    ids = [tl.revise(first, {"quantity": q, **cited("2019")}, source="b").ids[0] for q in ("4", "5")]
    rows = tl.refresh().placed
    known = stand(rows)
    assert ([stored.id for stored in known.claims], known.contested) == ([ids[1]], ())
    apart = stand(rows, before=lambda _earlier, _later: False)
    assert [stored.id for stored in apart.claims] == ids
    assert apart.contested == (tuple(sorted(ids)),)


@pytest.mark.parametrize(("speaker", "other"), [("b", "c"), ("c", "b")])
def test_a_revision_is_public_when_its_own_source_is(path: Path, speaker: str, other: str) -> None:
    """Another source beside it says so later, which delays nothing."""
    tl = kz.open(path, mode="a")
    first = tl.append([claim(**cited("2017", speaker))]).ids[0]
    both = [{"source": speaker, "published": "2019"}, {"source": other, "published": "2021"}]
    tl.revise(first, {"quantity": "4", "citations": both}, source=speaker)
    assert low_high(tl.refresh(), published_by="2018") == [(2, 2)]
    assert low_high(tl.refresh(), published_by="2020") == [(4, 4)]


def test_what_follows_from_a_view_is_worked_out_once_for_each_and_forgotten_with_it(path: Path) -> None:
    asked: list[int] = []

    @once
    def count(standing: Standing) -> set[int]:
        asked.append(len(standing.claims))
        return {len(standing.claims)}

    tl = kz.open(path, mode="a")
    before = tl.standing
    tl.append([claim()])
    after = tl.refresh().standing
    assert count(before) is count(before)
    assert (count(before), count(after), asked) == ({0}, {1}, [0, 1])
    assert count(stand(tl.refresh().placed)) == {1}
    assert asked == [0, 1, 1]
    passing = stand(tl.placed)
    count(passing)
    gone = weakref.ref(passing)
    del passing
    gc.collect()
    assert gone() is None
