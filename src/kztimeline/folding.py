"""The table of steps of a view, made anew: from values, or from the lines of a large log in columns.

Of a large log, values are made of those lines alone that need it: keys whose claims are simple (``words``) are folded as
columns, all others as objects. Both ways give the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial

import polars as pl
from attrs import frozen

from kztimeline import bulk
from kztimeline.asked import named_holders
from kztimeline.cache import Kept, Names, names_of
from kztimeline.columns import KEY, LEVEL
from kztimeline.events import Role, Statement
from kztimeline.frames import step_frame
from kztimeline.happenings import known, last_words
from kztimeline.layout import flat, parts
from kztimeline.log import Log, is_redacted
from kztimeline.policies import Policy
from kztimeline.registry import Definition
from kztimeline.related import Key, fingerprints, mark_of, related, shared_mark
from kztimeline.scan import scanned, words
from kztimeline.steps import steps
from kztimeline.untyped import totalled
from kztimeline.views import Placed, Standing, read_placed, stand, standing_definitions
from kztimeline.words import CLAIMED, judged, left, moves, reader_of

MANY = 5_000
"""From so many lines on, a log is folded from columns; of fewer, a value of each costs no more, and later questions need it."""
_EDGE = dict.fromkeys(("id", "target"), pl.String)
_MARKS = dict.fromkeys((*KEY, "fingerprint"), pl.String)


# --- from values ------------------------------------------------------------------------------------------------


def names_in(standing: Standing, placed: Iterable[Placed]) -> Names:
    """Find what names mean in a view, by what stands in it and all lines of its log."""
    rows = list(placed)
    return names_of(standing_definitions(rows), named_holders(rows), known(standing).only_member, totalled(standing))


def from_values(standing: Standing, policy: Policy, names: Names, before: Kept | None) -> Kept:
    """Fold a view into its table; keys of an earlier table whose fingerprints are unchanged are taken over from it."""
    marks = _mark_frame(fingerprints(standing, names.known, related(standing), last_words(standing)))
    rows, fresh = _taken_over(before, marks)
    folded = step_frame(steps(standing, policy=policy, keys=None if before is None else _keys(fresh)))
    return _kept([rows, folded], marks, names)


def _keys(marks: pl.DataFrame) -> set[Key]:
    return set(marks.select(KEY).iter_rows())


def _mark_frame(marks: Mapping[Key, str]) -> pl.DataFrame:
    return pl.DataFrame([(*key, mark) for key, mark in marks.items()], _MARKS, orient="row")


def _taken_over(before: Kept | None, marks: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take over from an earlier table the rows of keys with unchanged fingerprints; give them, and the marks left."""
    if before is None:
        return step_frame([]), marks
    same = before.marks().join(marks, on=list(_MARKS), how="semi")
    rows = flat(before.parts.values()).join(same, on=KEY, how="semi", maintain_order="left")
    return rows, marks.join(same, on=KEY, how="anti", maintain_order="left")


def _kept(rows: Iterable[pl.DataFrame], marks: pl.DataFrame, names: Names) -> Kept:
    whole = pl.concat(rows).sort(*KEY, "account", "since")
    return Kept(parts(whole), partial(_marked, whole, marks), names)


def _marked(steps: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Give the fingerprints of the keys that have steps."""
    keys = steps.select(KEY).unique(maintain_order=True)
    return keys.join(marks, on=KEY, how="left", maintain_order="left")


# --- from lines -------------------------------------------------------------------------------------------------


@frozen(eq=False)
class _Lines:
    """The lines of a log in columns (``id``, ``line``); ``value`` reads the one at a place, once."""

    frame: pl.DataFrame
    value: Callable[[int], Placed]

    def placed(self, ids: pl.Series) -> list[Placed]:
        """Read the lines of some ids, in the order of the log."""
        return self.at(self.frame["id"].is_in(ids.implode()))

    def at(self, wanted: pl.Series) -> list[Placed]:
        """Read the lines that are wanted, in the order of the log."""
        return [*map(self.value, wanted.arg_true())]


def _lines(log: Log) -> _Lines:
    rows = [row for row in log if not is_redacted(row[2])]
    line = pl.Series("line", [line for _, _, line in rows], pl.Binary).cast(pl.String, strict=False).fill_null("")
    frame = pl.DataFrame([pl.Series("id", [identity for _, identity, _ in rows], pl.String), line])
    return _Lines(frame, cache(lambda number: read_placed(*rows[number])))


def from_lines(log: Log, by: int | None, sources: frozenset[str] | None, before: Kept | None) -> Kept:
    """Fold the view of a log by publication (``by``, an ordinal) and from some sources, as :func:`from_values` would.

    Raises :class:`IntegrityError` for a line that says nothing we know.
    """
    lines = _lines(log)
    plain, taken = scanned(lines.frame)
    others = lines.at(~taken)
    defined = _defined(lines, plain, others)
    reader = reader_of(stand(defined, published_by=by).registry, defined)
    told = words(reader, plain, ((row.id, row.value) for row in others))

    def standing(ids: pl.Series) -> Standing:
        found = lines.placed(pl.concat([ids, _ids(defined)]))
        return stand(found, published_by=by, sources=sources, before=log.before)

    rows = judged(told.lazy(), by, sources).collect()
    apart = standing(left(told.lazy(), rows.lazy()).collect()["id"])
    holders = named_holders(others).union(plain.filter(act=CLAIMED)["holder"].unique())
    totals = totalled(standing(_of_lists(plain, others)))
    names = names_of(standing_definitions(defined), holders, known(apart).only_member, totals)
    return _folded(rows.filter(~pl.col("apart"), "counted"), apart, names, before)


def _folded(claims: pl.DataFrame, apart: Standing, names: Names, before: Kept | None) -> Kept:
    """Fold simple claims as columns, and what stands of all others as objects."""
    said = claims.group_by(KEY).agg(pl.col("opening").max(), pl.col("spoken").max(), pl.col("id").sort().str.join(" "))
    shared = shared_mark(names.known)
    own = {(holder, system): mark_of([shared, *map(str, row)]) for row in said.rows() for holder, system in [row[:2]]}
    others = fingerprints(apart, names.known, related(apart), last_words(apart))
    marks = _mark_frame({**own, **others})
    rows, fresh = _taken_over(before, marks)
    quick = bulk.step_frame_of(*moves(claims.join(fresh, on=KEY, how="semi")))
    slow = step_frame(steps(apart, keys=_keys(fresh) & set(others)))
    return _kept([rows, quick, slow], marks, names)


def _ids(several: Iterable[Placed]) -> pl.Series:
    return pl.Series("id", [row.id for row in several], pl.String)


def _defined(lines: _Lines, plain: pl.DataFrame, others: Sequence[Placed]) -> list[Placed]:
    """Find the definitions, and what was said of them."""
    defined = {row.id for row in others if isinstance(row.value, Definition)}
    said = [row.id for row in others if getattr(row.value, "target", None) in defined]
    ids = pl.Series("id", [*defined, *said], pl.String)
    return lines.placed(pl.concat([ids, plain.filter(pl.col("target").is_in(defined))["id"]]))


def _of_lists(plain: pl.DataFrame, others: Sequence[Placed]) -> pl.Series:
    """Name the statements of sources that may print totals for a holder, and all that is said of them or they of others."""
    values = [getattr(row.value, "replacement", row.value) for row in others]
    totals = [value for value in values if isinstance(value, Statement) and value.role is Role.TOTAL]
    lists = {f"{total.holder} {citation.source}" for total in totals for citation in total.citations}
    if not lists:
        return _ids([])
    verbs = pl.DataFrame([(row.id, getattr(row.value, "target", None)) for row in others], _EDGE, orient="row")
    edges = pl.concat([plain.select(list(_EDGE)), verbs]).drop_nulls()
    listed = plain.filter(pl.format("{} {}", "holder", "source").is_in(lists), what=LEVEL)["id"]
    return _connected(pl.concat([listed, _ids(others)]), edges)


def _connected(ids: pl.Series, edges: pl.DataFrame) -> pl.Series:
    """Add to some ids all that edges lead to from them, in either direction."""
    while True:
        ends = [
            edges.filter(pl.col(one).is_in(ids.implode()))[other] for one, other in (("id", "target"), ("target", "id"))
        ]
        more = pl.concat([ids, *(end.alias("id") for end in ends)]).unique()
        if more.len() == ids.len():
            return more
        ids = more
