"""The table of steps of a lake, on the engine that reads it: a Spark cluster, DuckDB, or Polars.

The engine reads the Parquet files that the lake records, and its workers read the lines with the library's own reader,
into one row a word: a claim, or what was later said of one. Which keys are simple is a question about these rows; the
engine answers it and folds them (``engines``). The lines of all other keys come here and are folded as objects.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import frozen

from kztimeline.columns import LEVEL, MOVES, batch_of, is_simple, row_of
from kztimeline.dates import last_day
from kztimeline.engines import KEY, Frame, folded, frame, nw, one_where
from kztimeline.errors import NotationError
from kztimeline.events import Claim, Correction, Link, Retraction, Revision, Stored, Withdrawal, systems_of
from kztimeline.frames import step_frame
from kztimeline.happenings import spoken_day
from kztimeline.lake import TABLE, recorded_in, table_at
from kztimeline.log import Log, read_log
from kztimeline.registry import Definition, Registry, Scope, ancestors, first_day
from kztimeline.steps import steps as object_steps
from kztimeline.views import Placed, Standing, stand
from kztimeline.wire import many_values, read_line

if TYPE_CHECKING:
    import pyarrow as pa

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


@frozen
class Spread:
    """A table of steps on an engine.

    ``frame`` is the engine's own, not yet computed and in no order (``frames.STEPS``). ``apart`` are the keys (``holder``,
    ``system``) among them that were folded as objects, since something about their claims is not simple.
    """

    frame: Any
    apart: pl.DataFrame


def steps(engine: Any, path: Path | str, *, head: str | None = None, published_by: str | None = None) -> Spread:
    """Fold a lake on an engine: a Spark session, a DuckDB connection, or ``None`` for Polars.

    Every row is as in ``Timeline.steps`` of the same view under the policy ``anchored``. Every file is checked against its
    recorded hash first. On a cluster the path leads to the lake from every worker, and each has the library installed.
    Raises what ``lake.table_at`` raises, and :class:`NotationError` for anything else in the place of an engine.
    """
    path, by = Path(path), None if published_by is None else last_day(published_by).toordinal()
    files = sorted(table_at(path, head).file_uris())
    log = read_log(path) if head is None else read_log(path).at(head)
    defined = _definitions(log)
    registry = stand(defined, published_by=by).registry
    if not files:
        raise NotationError(f"{path} holds no claims yet; append some first")
    known = pl.Series("id", [row.id for row in defined], pl.String)

    def apart(ids: pl.Series) -> Standing:
        wanted = pl.col("id").is_in(pl.concat([ids, known]).implode())
        return stand(_placed(log, wanted), published_by=by, before=log.before)

    return spread(engine, _read(engine, files, reader_of(registry, defined)), apart, by)


def spread(engine: Any, words: Any, apart: Callable[[pl.Series], Standing], by: int | None) -> Spread:
    """Fold words (:data:`WORDS`, the engine's own); ``apart`` gives what stands of the lines that are not for columns."""
    rows = frame(kept(engine, judged(frame(words), by).to_native()))
    plain = rows.filter(~nw.col("apart") & nw.col("counted"))
    openings = plain.group_by(*KEY).agg(nw.col("opening").max(), as_of=nw.col("spoken").max())
    found = folded(plain.select(*MOVES).to_native(), openings.to_native(), partial(kept, engine))
    ids = left(frame(words), rows).collect("polars").to_native().get_column("id")
    rest = step_frame(object_steps(apart(ids)))
    whole = nw.concat([frame(found), frame(_given(engine, rest))])
    return Spread(whole.to_native(), rest.select(KEY).unique().sort(KEY))


# --- from lines to words --------------------------------------------------------------------------------------


@frozen
class Reader:
    """What a worker knows of the log beside its lines: definitions, and what they say is not simple."""

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
    """Gather what workers have to know; scopes that a view does not have yet leave their holders to the objects too."""
    scoped = {row.value.holder for row in defined if isinstance(row.value, Scope)}
    lagging = {source.id for source in registry.sources.values() if source.lag}
    tied = {*registry.keys, *registry.keys.values(), *registry.families}
    tied.update(name for system in registry.families for name in ancestors(registry, system))
    return Reader(registry, frozenset(scoped), frozenset(lagging), frozenset(tied))


def words_of(reader: Reader, identity: str, line: bytes) -> Iterator[tuple[object, ...]]:
    """Write what one line says as rows of :data:`WORDS`; definitions have none."""
    value = read_line(line)
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


def _batches(reader: Reader, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Read batches of lines (``id``, ``line``) into batches of words."""
    import pyarrow as pa

    schema = _schema()
    with many_values():
        for batch in batches:
            lines = zip(batch.column("id").to_pylist(), batch.column("line").to_pylist(), strict=True)
            rows = [row for identity, line in lines for row in words_of(reader, identity, line.encode())]
            columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * len(WORDS)
            yield pa.record_batch([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _schema() -> pa.Schema:
    import pyarrow as pa

    types: dict[Any, pa.DataType] = {pl.String: pa.string(), pl.Int64: pa.int64(), pl.Boolean: pa.bool_()}
    return pa.schema([(name, types[kind]) for name, kind in WORDS.items()])


# --- which keys are simple ------------------------------------------------------------------------------------


def judged(words: Frame, by: int | None = None) -> Frame:
    """Say of each word with a key whether it is ``counted`` in the view, and whether its key is folded ``apart``.

    A claim may have been corrected or retracted, once, with nothing said of that again and for the same key; whatever else
    was said of it puts its keys apart, and so do two sources, and two levels of one day.
    """
    rows = _with_lineage(words)
    unsaid, own = nw.col("said").is_null(), nw.col("simple") == 1
    moved = (nw.col("holder_after") != nw.col("holder")) | (nw.col("system_after") != nw.col("system"))
    once = (nw.col("said") == 1) & (nw.col("odd") == 0) & ~moved.fill_null(value=False)
    kept = (nw.col("holder_before") == nw.col("holder")) & (nw.col("system_before") == nw.col("system"))
    claim = (nw.col("act") == CLAIMED) & (unsaid | once.fill_null(value=False))
    correction = (nw.col("act") == CORRECTED) & unsaid & kept.fill_null(value=False)
    counted = unsaid & own & nw.col("act").is_in((CLAIMED, CORRECTED))
    if by is not None:
        counted &= (nw.col("public") <= by).fill_null(value=False)
    rows = rows.with_columns(whole=own & (claim | correction), counted=counted)
    rows = rows.with_columns(
        level=one_where(nw.col("counted") & (nw.col("what") == LEVEL)),
        told=nw.when("counted").then(nw.col("source")),
    )
    rivals = (nw.col("level") == 1) & (nw.col("level").sum().over(*KEY, "first") > 1)
    rows = rows.with_columns(wrong=one_where(~nw.col("whole") | rivals))
    several = (nw.col("told").min().over(*KEY) != nw.col("told").max().over(*KEY)).fill_null(value=False)
    return rows.with_columns(apart=(nw.col("wrong").max().over(*KEY) == 1) | several)


def _with_lineage(words: Frame) -> Frame:
    """Put beside each word with a key what was said of it (``said`` times), and the key of the claim that it corrects."""
    verbs = words.filter(~nw.col("target").is_null())
    again = verbs.select(id="target").unique().with_columns(again=nw.lit(1))
    strange = ~nw.col("act").is_in((CORRECTED, RETRACTED)) | ~nw.col("again").is_null()
    verbs = verbs.join(again, on="id", how="left").with_columns(odd=one_where(strange))
    after = {f"{name}_after": nw.col(name).min() for name in KEY}
    said = verbs.group_by("target").agg(nw.col("odd").max(), said=nw.len(), **after)
    said = said.select("said", "odd", *after, id="target")
    before = {f"{name}_before": nw.col(name).min() for name in KEY}
    told = words.filter(nw.col("act") == CLAIMED).group_by("id").agg(**before).select(*before, target="id")
    rows = words.filter(~nw.col("holder").is_null())
    return rows.join(said, on="id", how="left").join(told, on="target", how="left")


def left(words: Frame, rows: Frame) -> Frame:
    """Name the lines (``id``) that the keys folded apart rest on: their own, and whatever was said of these."""
    keyed = rows.group_by("id").agg(kept=one_where(~nw.col("apart")).max()).select("kept", target="id")
    keyless = words.filter(nw.col("holder").is_null() & nw.col("act").is_in((RETRACTED, OTHER)))
    keyless = keyless.join(keyed, on="target", how="left")
    wanted = (nw.col("act") == OTHER) | (nw.col("kept").fill_null(0) == 0)
    return nw.concat([rows.filter("apart").select("id"), keyless.filter(wanted).select("id")]).unique()


# --- engines --------------------------------------------------------------------------------------------------


def _read(engine: Any, files: list[str], reader: Reader) -> Any:
    """Let an engine read lines into words, once: a Spark frame that stays on the workers, a temporary table of DuckDB."""
    read = partial(_batches, reader)
    kind = _kind(engine)
    if kind == "polars":
        batches = pl.read_parquet(files, columns=["id", "line"]).rows()
        with many_values():
            rows = [row for identity, line in batches for row in words_of(reader, identity, line.encode())]
        return pl.LazyFrame(rows, WORDS, orient="row")
    if kind == "pyspark":
        types: dict[Any, str] = {pl.String: "string", pl.Int64: "bigint", pl.Boolean: "boolean"}
        schema = ", ".join(f"{name} {types[kind]}" for name, kind in WORDS.items())
        return kept(engine, engine.read.parquet(*files).select("id", "line").mapInArrow(read, schema))
    import pyarrow as pa

    with engine.cursor() as other:
        lines = other.read_parquet(files).select("id", "line").to_arrow_reader(10_000)
        return kept(engine, engine.from_arrow(pa.RecordBatchReader.from_batches(_schema(), read(lines))))


def _kind(engine: Any) -> str:
    """Name an engine by the package that its session or connection is of."""
    module = type(engine).__module__.split(".")[0].lstrip("_")
    if engine is None:
        return "polars"
    if module not in ("pyspark", "duckdb"):
        raise NotationError(f"not an engine: {engine!r}; give a Spark session, a DuckDB connection, or None for Polars")
    return module


def kept(engine: Any, table: Any) -> Any:
    """Let an engine compute a table once: in memory, in the workers' memory or disks, or as a temporary table."""
    kind = _kind(engine)
    if kind == "polars":
        return table.collect().lazy()
    if kind == "pyspark":
        return table.persist()
    name = f"kztimeline_{secrets.token_hex(8)}"
    engine.register(f"{name}_read", table)
    engine.execute(f"create temp table {name} as from {name}_read")
    engine.unregister(f"{name}_read")
    return engine.table(name)


def _given(engine: Any, table: pl.DataFrame) -> Any:
    """Hand a table to an engine."""
    kind = _kind(engine)
    if kind == "polars":
        return table.lazy()
    whole = table.to_arrow(compat_level=pl.CompatLevel.oldest())
    return engine.createDataFrame(whole) if kind == "pyspark" else engine.from_arrow(whole)


# --- lines that come here -------------------------------------------------------------------------------------


def _definitions(log: Log) -> list[Placed]:
    """Read the definitions, and what was said of them."""
    line = pl.col("line")
    defined = _placed(log, line.str.contains('"kind":"defined-', literal=True))
    ids = [row.id for row in defined if isinstance(row.value, Definition)]
    undone = line.str.contains_any(['"kind":"retracted"', '"kind":"corrected"']) & line.str.contains_any(ids)
    return _placed(log, line.str.contains('"kind":"defined-', literal=True) | undone) if ids else []


def _placed(log: Log, wanted: pl.Expr) -> list[Placed]:
    """Read some lines of the lake's files, in the order of the log."""
    found: list[Placed] = []
    with many_values():
        for segment, said in zip(log.segments, recorded_in(log), strict=True):
            for file in said.files:
                rows = pl.scan_parquet(log.path / TABLE / file.path).filter(wanted).select("id", "line").collect()
                found += [Placed(identity, read_line(line.encode()), segment.id) for identity, line in rows.rows()]
    return found
