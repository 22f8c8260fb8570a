"""Lines of a log as words in columns: which claims there are, what was later said of each, and which keys are simple.

A key is simple where columns hold all that its fold rests on (``columns``). Which keys are is a question about rows, asked
in the words that Polars and Narwhals share, so that whichever engine has the rows answers it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import polars as pl
from attrs import frozen

from kztimeline.codec import Line
from kztimeline.columns import KEY, LEVEL, MOVES, OPENINGS, batch_of, is_simple, row_of
from kztimeline.events import Claim, Correction, Link, Retraction, Revision, Stored, Withdrawal, systems_of
from kztimeline.happenings import spoken_day
from kztimeline.registry import Definition, Registry, Scope, ancestors, first_day
from kztimeline.views import Placed

_ABOUT = ("id", "act", "target", "simple", "public", "spoken", "opening")
WORDS: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(_ABOUT[:3], pl.String),
    **dict.fromkeys(_ABOUT[3:], pl.Int64),
    **{name: pl.Int64 if kind.is_integer() else kind for name, kind in MOVES.items()},
    "batch": pl.String,
}
"""One row per line and key that it names: ``act`` is what it does, to ``target``. Claims and corrections that are
``simple`` (1) have the columns of ``columns.MOVES``, their last possible day of publication, the last day that they speak
of, and the first day of their key."""
CLAIMED, CORRECTED, RETRACTED, OTHER = "claimed", "corrected", "retracted", "other"


# --- from values to words ---------------------------------------------------------------------------------------


@frozen
class Reader:
    """What is to be known of a log beside its lines: definitions, and what they say is not simple."""

    registry: Registry
    scoped: frozenset[str]
    lagging: frozenset[str]
    tied: frozenset[str]

    def takes(self, stored: Stored) -> bool:
        """Tell whether columns hold a claim, as far as it and the definitions tell."""
        event = stored.event
        if not is_simple(stored) or event.holder in self.scoped or len(event.citations) != 1:
            return False
        lone = not getattr(event, "covers", ()) and not self.tied.intersection(systems_of(event))
        return lone and event.citations[0].source not in self.lagging


def reader_of(registry: Registry, defined: Iterable[Placed]) -> Reader:
    """Gather what has to be known; scopes that a view does not have yet leave their holders to the objects too."""
    scoped = {row.value.holder for row in defined if isinstance(row.value, Scope)}
    lagging = {source.id for source in registry.sources.values() if source.lag}
    tied = {*registry.keys, *registry.keys.values(), *registry.families}
    tied.update(name for system in registry.families for name in ancestors(registry, system))
    return Reader(registry, frozenset(scoped), frozenset(lagging), frozenset(tied))


def words_of(reader: Reader, identity: str, value: Line) -> Iterator[tuple[object, ...]]:
    """Write what one line says as rows of :data:`WORDS`; definitions have none."""
    if isinstance(value, Definition):
        return
    claim: Claim | None = value if isinstance(value, Claim) else getattr(value, "replacement", None)
    kinds = ((Claim, CLAIMED), (Correction, CORRECTED), (Retraction, RETRACTED))
    act = next((name for kind, name in kinds if isinstance(value, kind)), OTHER)
    target = value.target if isinstance(value, Correction | Revision | Retraction | Withdrawal) else None
    for named in value.claims if isinstance(value, Link) else getattr(claim, "covers", ()):
        yield (identity, OTHER, named, 0, *[None] * (len(WORDS) - 4))
    systems = dict.fromkeys(systems_of(claim)) if claim is not None else {}
    if not systems and not isinstance(value, Link):
        yield (identity, act, target, 0, *[None] * (len(WORDS) - 4))
    if claim is None:
        return
    for system in systems:
        stored, key = Stored(identity, claim), (claim.holder, system)
        if act == OTHER or not reader.takes(stored):
            yield (identity, act, target, 0, None, None, None, *key, *[None] * (len(MOVES) - 2))
            continue
        opening, public = first_day(reader.registry, *key), claim.citations[0].published.last
        about = public, spoken_day(stored), opening
        yield (identity, act, target, 1, *about, *key, *row_of(stored, opening), batch_of(stored))


# --- which keys are simple --------------------------------------------------------------------------------------


def judged(words: Any, by: int | None = None, sources: Collection[str] | None = None, *, lib: Any = pl) -> Any:
    """Say of each word with a key whether it is ``counted`` in the view, and whether its key is folded ``apart``.

    A claim may have been corrected or retracted, once, with nothing said of that again and for the same key; whatever else
    was said of it puts its keys apart, and so do two sources, and two levels of one day. The view is by publication
    (``by``, an ordinal) and from some ``sources``; ``words`` is a lazy frame of ``lib``, Polars or Narwhals, as is the answer.
    """
    rows = _with_lineage(words, lib)
    unsaid, own = lib.col("said").is_null(), lib.col("simple") == 1
    moved = (lib.col("holder_after") != lib.col("holder")) | (lib.col("system_after") != lib.col("system"))
    once = (lib.col("said") == 1) & (lib.col("odd") == 0) & ~moved.fill_null(value=False)
    kept = (lib.col("holder_before") == lib.col("holder")) & (lib.col("system_before") == lib.col("system"))
    claim = (lib.col("act") == CLAIMED) & (unsaid | once.fill_null(value=False))
    correction = (lib.col("act") == CORRECTED) & unsaid & kept.fill_null(value=False)
    counted = unsaid & own & lib.col("act").is_in((CLAIMED, CORRECTED))
    if by is not None:
        counted &= (lib.col("public") <= by).fill_null(value=False)
    if sources is not None:
        counted &= lib.col("source").is_in(sorted(sources)).fill_null(value=False)
    rows = rows.with_columns(whole=own & (claim | correction), counted=counted)
    rows = rows.with_columns(
        level=one_where(lib.col("counted") & (lib.col("what") == LEVEL), lib),
        told=lib.when(lib.col("counted")).then(lib.col("source")),
    )
    rivals = (lib.col("level") == 1) & (lib.col("level").sum().over(*KEY, "first") > 1)
    rows = rows.with_columns(wrong=one_where(~lib.col("whole") | rivals, lib))
    several = (lib.col("told").min().over(*KEY) != lib.col("told").max().over(*KEY)).fill_null(value=False)
    return rows.with_columns(apart=(lib.col("wrong").max().over(*KEY) == 1) | several)


def one_where(condition: Any, lib: Any) -> Any:
    """Write 1 where something holds, else 0: what sums and windows take on every engine."""
    return lib.when(condition).then(lib.lit(1)).otherwise(lib.lit(0))


def _with_lineage(words: Any, lib: Any) -> Any:
    """Put beside each word with a key what was said of it (``said`` times), and the key of the claim that it corrects."""
    verbs = words.filter(~lib.col("target").is_null())
    again = verbs.select(id=lib.col("target")).unique().with_columns(again=lib.lit(1))
    strange = ~lib.col("act").is_in((CORRECTED, RETRACTED)) | ~lib.col("again").is_null()
    verbs = verbs.join(again, on="id", how="left").with_columns(odd=one_where(strange, lib))
    after = {f"{name}_after": lib.col(name).min() for name in KEY}
    said = verbs.group_by("target").agg(lib.col("odd").max(), said=lib.len(), **after)
    said = said.select("said", "odd", *after, id=lib.col("target"))
    before = {f"{name}_before": lib.col(name).min() for name in KEY}
    told = words.filter(lib.col("act") == CLAIMED).group_by("id").agg(**before).select(*before, target=lib.col("id"))
    rows = words.filter(~lib.col("holder").is_null())
    return rows.join(said, on="id", how="left").join(told, on="target", how="left")


def left(words: Any, rows: Any, *, lib: Any = pl) -> Any:
    """Name the lines (``id``) that the keys folded apart rest on: their own, whatever was said of these, and of what."""
    keyed = rows.group_by("id").agg(kept=one_where(~lib.col("apart"), lib).max())
    keyed = keyed.select("kept", target=lib.col("id"))
    keyless = words.filter(lib.col("holder").is_null() & ~lib.col("target").is_null())
    keyless = keyless.join(keyed, on="target", how="left")
    keyless = keyless.filter((lib.col("act") == OTHER) | (lib.col("kept").fill_null(0) == 0))
    return lib.concat(
        [rows.filter(lib.col("apart")).select("id"), keyless.select("id"), keyless.select(id="target")]
    ).unique()


def moves(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write judged words, counted ones of simple keys, for the fold over columns: ``columns.MOVES``, ``columns.OPENINGS``."""
    openings = rows.group_by(KEY).agg(pl.col("opening").max(), as_of=pl.col("spoken").max())
    claims = rows.with_columns(pl.col("batch").rank("dense"))
    return _typed(claims, MOVES), _typed(openings, OPENINGS)


def _typed(rows: pl.DataFrame, columns: Mapping[str, Any]) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(kind) for name, kind in columns.items())
