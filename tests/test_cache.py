"""The kept table of steps changes nothing but the time: equal to a full fold, whatever is appended, damaged or foreign."""

from __future__ import annotations

import errno
import io
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import kztimeline as kz
from kztimeline import cache, folding
from kztimeline.frames import step_frame
from kztimeline.happenings import known, last_words
from kztimeline.layout import Part, flat
from kztimeline.log.memory import library
from kztimeline.policies import Policy
from kztimeline.related import Key, fingerprints, related
from kztimeline.steps import Step, steps
from kztimeline.timeline import Timeline
from kztimeline.views import Placed, Standing, stand, standing_definitions
from kztimeline.words import moves
from tests.strategies import DEAL_MOVES, logs


def table(view: Standing, log: list[Placed], before: cache.Kept | None) -> cache.Kept:
    names = cache.names_of(standing_definitions(log), ["KAZ"], known(view).only_member)
    return folding.from_values(view, Policy.ANCHORED, names, before)


def marks(view: Standing) -> dict[tuple[str, str], str]:
    names = known(view)
    return fingerprints(view, names, related(view), last_words(view))


BRANCHES = (None, "army", "navy", "police")
SMALL = st.one_of(logs(), logs(flow_scopes=True), logs(kinds=DEAL_MOVES, operators=BRANCHES))


@given(SMALL)
def test_a_key_folded_from_its_own_claims_alone_equals_the_whole_fold(log: list[Placed]) -> None:
    view = stand(log)
    whole = steps(view)
    keys = {(row.holder, row.system) for row in whole} | {("KAZ", "x"), ("KAZ", "y")}
    for key in keys:
        assert steps(view, keys=[key]) == [row for row in whole if (row.holder, row.system) == key]


@given(SMALL, st.data())
def test_a_refreshed_table_equals_a_full_fold_whatever_was_appended(log: list[Placed], data: st.DataObject) -> None:
    earlier = [row for row in log if row.value.kind.startswith("defined-holder") or data.draw(st.booleans())]
    before = table(stand(earlier), earlier, None)
    after = table(stand(log), log, before)
    anew = table(stand(log), log, None)
    assert flat(after.parts.values()).equals(flat(anew.parts.values()))
    assert after.marks().equals(anew.marks())
    assert flat(after.parts.values()).equals(step_frame(steps(stand(log))))


@given(SMALL)
def test_what_is_kept_comes_back_as_it_was_laid_out(log: list[Placed]) -> None:
    made, place = table(stand(log), log, None), cache.Place("l", "h", "r", None, None, "anchored", "v")
    cache.keep(place, made)
    back = cache.kept(place, never_made)
    assert back is not None
    assert list(back.parts) == list(made.parts)
    for account, part in made.parts.items():
        for one, other in zip(pieces(part), pieces(back.parts[account]), strict=True):
            assert one.equals(other)
            assert one.schema == other.schema
    assert back.marks().equals(made.marks())
    for name in ("holders", "only_member", "definitions", "totalled", "registry"):
        assert getattr(back.names, name) == getattr(made.names, name)


def never_made() -> cache.Kept:
    raise AssertionError("a table was made anew")


def pieces(part: Part) -> tuple[pl.DataFrame, ...]:
    return part.rows, part.keys, part.told


@given(SMALL, SMALL)
def test_equal_fingerprints_mean_equal_steps(one: list[Placed], other: list[Placed]) -> None:
    mixed = list({row.id: row for row in [*one, *other]}.values())
    views = [stand(one), stand(mixed)]
    same = marks(views[0]).items() & marks(views[1]).items()
    for (holder, system), _ in same:
        first, second = (steps(view, keys=[(holder, system)]) for view in views)
        assert first == second


CLAIM = {
    "kind": "delivered", "holder": "KAZ", "occurred": "2016", "systems": ["x"], "quantity": "2", "into": "in-service",
    "citations": [{"source": "a", "published": "2017"}],
}  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> Path:
    tl = kz.init(tmp_path / "log", name="small")
    tl.append(
        [
            {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
            {"kind": "defined-system", "id": "y", "name": "Y", "category": "air"},
            {"kind": "defined-source", "id": "a", "title": "A", "form": "prose"},
            CLAIM,
            {**CLAIM, "systems": ["y"], "quantity": "5"},
            {
                "kind": "stated",
                "holder": "KAZ",
                "role": "total",
                "category": "air",
                "quantity": "9",
                "cutoff": "2015",
                "account": "in-service",
                "citations": [{"source": "a", "published": "2017"}],
            },
        ]
    )
    return tmp_path / "log"


def test_answers_from_a_kept_table_have_the_rows_and_types_of_a_fresh_fold(log: Path) -> None:
    def answers(tl: Timeline) -> list[pl.DataFrame]:
        asked = (
            tl.holdings(on="2016"),
            tl.holdings(on="2016", account="*", holder="*"),
            tl.orders(on="2016"),
            tl.fielded("2016"),
            tl.history("x"),
            tl.history("x", account="in-service", holder="*"),
        )
        return [tl.steps, *(answer.frame for answer in asked)]

    folded, kept = answers(kz.open(log)), answers(kz.open(log))
    for one, other in zip(folded, kept, strict=True):
        assert_frame_equal(one, other)
    other_order = kz.open(log)
    other_order.fielded("2016")
    assert_frame_equal(other_order.steps, folded[0])


def files() -> list[Path]:
    return sorted(cache.folder().glob("*.steps"))


def never_read(*_: object) -> object:
    raise AssertionError("a line was read")


def test_a_second_process_answers_without_reading_a_line(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kz.open(log).fielded("2016")
    monkeypatch.setattr(Timeline, "placed", property(never_read))
    again = kz.open(log)
    assert again.fielded("2016").frame.equals(first.frame)
    assert again.fielded("2016").titles == first.titles
    assert [finding.code for finding in again.fielded("2016").findings] == ["type-not-stated"]
    assert again.fielded("2016").findings == first.findings
    assert again.holdings(on="2016").frame["high"].to_list() == [2, 5]
    third = kz.open(log)
    third.holdings(on="2016")
    assert "definitions" not in vars(third.names), "nothing was asked by name"


def test_each_head_view_and_policy_has_its_own_table(log: Path) -> None:
    tl = kz.open(log)
    for view in (tl, tl.view(policy="flows"), tl.view(published_by="2016"), tl.view(sources="a")):
        view.holdings(on="2016")
    assert len(files()) == 4
    assert kz.open(log).view(published_by="2016").holdings(on="2016").frame.is_empty()
    assert len(kz.open(log).holdings(on="2016").frame) == 2


@pytest.mark.parametrize("more", [{}, {"deal": "d"}], ids=["in columns", "over objects"])
@pytest.mark.parametrize("many", [0, folding.MANY])
def test_an_append_folds_only_the_keys_that_it_touches(
    log: Path, more: dict[str, str], many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "MANY", many)
    tl = kz.open(log, mode="a")
    assert len(tl.holdings(on="2016").frame) == 2
    tl.append({**CLAIM, "systems": ["y"], "quantity": "1", "note": "more", **more})
    objects, columns = set[Key](), set[Key]()

    def over_objects(view: Standing, *, policy: Policy = Policy.ANCHORED, keys: set[Key]) -> list[Step]:
        objects.update(keys)
        return steps(view, policy=policy, keys=keys)

    def in_columns(rows: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
        columns.update(rows.select("holder", "system").rows())
        return moves(rows)

    monkeypatch.setattr(folding, "steps", over_objects)
    monkeypatch.setattr(folding, "moves", in_columns)
    after = tl.refresh()
    assert after.steps.equals(step_frame(steps(after.standing)))
    touched = {("KAZ", "y")}
    assert (columns, objects) == ((set(), touched) if many or more else (touched, set()))


@given(st.integers(0, 10**9), st.integers(1, 255))
def test_a_damaged_table_is_ignored_whichever_byte_is_wrong(place: int, flip: int) -> None:
    tl = _shared_log()
    file = cache.Place(tl.log.genesis.id, tl.head, sha256().hexdigest(), None, None, "anchored", library()).file
    made = folding.from_values(tl.standing, tl.policy, tl.names, None)
    cache.keep(tl._place, made)
    data = bytearray(file.read_bytes())
    data[place % len(data)] ^= flip
    file.write_bytes(bytes(data))
    assert cache.earlier(tl._place) is None
    asked = list[cache.Kept]()

    def anew() -> cache.Kept:
        asked.append(made)
        return made

    back = cache.kept(tl._place, anew)
    if back is not None:
        assert flat(back.parts.values()).equals(flat(made.parts.values()))
        assert back.marks().equals(made.marks())
        assert asked


def _shared_log() -> Timeline:
    import tempfile

    path = Path(tempfile.mkdtemp()) / "log"
    tl = kz.init(path, name="small")
    tl.append(
        [
            {"kind": "defined-source", "id": "a", "title": "A", "form": "prose"},
            {"kind": "defined-system", "id": "x", "name": "X", "category": "air"},
            CLAIM,
        ]
    )
    return tl.refresh()


def test_a_cut_or_empty_or_foreign_file_is_ignored(log: Path) -> None:
    expected = kz.open(log).holdings(on="2016").frame
    (file,) = files()
    whole = file.read_bytes()
    other = io.BytesIO()
    pl.DataFrame({"a": [1]}).write_parquet(other)
    for data in (b"", whole[:40], whole[:-1], whole + b"x", other.getvalue()):
        file.write_bytes(data)
        assert kz.open(log).holdings(on="2016").frame.equals(expected)


def test_a_question_reads_only_the_account_it_asks_for(log: Path) -> None:
    expected = kz.open(log).holdings(on="2016").frame
    (file,) = files()
    index = cache._index(file)
    assert index is not None
    data = bytearray(file.read_bytes())
    for _, end, _ in [index["marks"], *index["parts"]["in-service"]]:
        data[end - 1] ^= 1
    file.write_bytes(bytes(data))
    asked = kz.open(log)
    assert asked.holdings(on="2016").frame.equals(expected)
    assert "standing" not in vars(asked)
    assert asked.fielded("2016").frame["high"].to_list() == [2, 5]
    assert "standing" in vars(asked)


def test_a_table_that_goes_while_it_is_asked_is_made_anew(log: Path) -> None:
    expected = kz.open(log).holdings(on="2016").frame
    asked = kz.open(log)
    assert asked.names.holders == {"KAZ"}
    for file in files():
        file.unlink()
    assert asked.holdings(on="2016").frame.equals(expected)
    assert len(files()) == 1


def test_a_table_of_another_version_view_or_log_is_not_taken_under_this_name(log: Path) -> None:
    tl = kz.open(log)
    table_of = folding.from_values(tl.standing, tl.policy, tl.names, None)
    for other in (
        evolve(tl._place, version="0"),
        evolve(tl._place, published_by="2016-12-31"),
        evolve(tl._place, log="0" * 64),
        evolve(tl._place, head="0" * 64),
    ):
        cache.keep(other, table_of)
        other.file.rename(tl._place.file)
        assert cache.kept(tl._place, never_made) is None


def test_the_folder_never_grows_beyond_its_bound(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tl = kz.open(log)
    tl.holdings(on="2016")
    size = files()[0].stat().st_size
    monkeypatch.setattr(cache, "MOST", 3 * size)
    for year in range(2000, 2012):
        tl.view(published_by=str(year)).holdings(on="2016")
    assert 0 < sum(file.stat().st_size for file in files()) <= 3 * size


def test_where_the_folder_cannot_be_written_answers_are_the_same(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = kz.open(log).holdings(on="2016").frame
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert kz.open(log).holdings(on="2016").frame.equals(expected)


def test_a_table_is_used_where_its_folder_can_only_be_read(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = kz.open(log).holdings(on="2016").frame

    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("os.utime", refused)
    monkeypatch.setattr(Timeline, "placed", property(never_read))
    assert kz.open(log).holdings(on="2016").frame.equals(expected)
    assert cache.earlier(kz.open(log)._place) is not None


def test_what_a_log_keeps_is_forgotten_whatever_else_lies_beside_it(log: Path) -> None:
    timeline = kz.open(log)
    for policy in ("anchored", "flows", "statements"):
        timeline.view(policy=policy).holdings(on="2016")
    for name in range(20):
        (cache.folder() / f"{name}").mkdir()
        (cache.folder() / f"{name}.steps").symlink_to("nowhere")
    assert any(file.is_file() for file in cache.folder().iterdir())
    cache.forget(timeline.log.genesis.id)
    assert not any(file.is_file() for file in cache.folder().iterdir())
