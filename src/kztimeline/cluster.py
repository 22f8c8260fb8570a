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

from kztimeline.columns import KEY, MOVES
from kztimeline.dates import last_day
from kztimeline.engines import folded, frame, nw
from kztimeline.errors import NotationError
from kztimeline.frames import step_frame
from kztimeline.lake import TABLE, recorded_in, table_at
from kztimeline.log import Log, read_log
from kztimeline.registry import Definition
from kztimeline.scan import scanned, words
from kztimeline.steps import steps as object_steps
from kztimeline.views import Placed, Standing, stand
from kztimeline.wire import many_values, read_line
from kztimeline.words import WORDS, Reader, judged, left, reader_of

if TYPE_CHECKING:
    import pyarrow as pa


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


def spread(engine: Any, told: Any, apart: Callable[[pl.Series], Standing], by: int | None) -> Spread:
    """Fold words (:data:`kztimeline.words.WORDS`, the engine's own); ``apart`` gives what stands of the lines that are not for columns."""
    rows = frame(kept(engine, judged(frame(told), by, lib=nw).to_native()))
    plain = rows.filter(~nw.col("apart") & nw.col("counted"))
    openings = plain.group_by(*KEY).agg(nw.col("opening").max(), as_of=nw.col("spoken").max())
    found = folded(plain.select(*MOVES).to_native(), openings.to_native(), partial(kept, engine))
    ids = left(frame(told), rows, lib=nw).collect("polars").to_native().get_column("id")
    rest = step_frame(object_steps(apart(ids)))
    whole = nw.concat([frame(found), frame(_given(engine, rest))])
    return Spread(whole.to_native(), rest.select(KEY).unique().sort(KEY))


def _words(reader: Reader, lines: pl.DataFrame) -> pl.DataFrame:
    plain, taken = scanned(lines)
    return words(reader, plain, ((row[0], read_line(row[1].encode())) for row in lines.filter(~taken).rows()))


def _batches(reader: Reader, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Read batches of lines (``id``, ``line``) into batches of words."""
    import pyarrow as pa

    schema = _schema()
    with many_values():
        for batch in batches:
            lines = pl.DataFrame(pa.Table.from_batches([batch])).select("id", "line")
            found = _words(reader, lines).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema)
            yield from found.combine_chunks().to_batches()


def _schema() -> pa.Schema:
    import pyarrow as pa

    types: dict[Any, pa.DataType] = {pl.String: pa.string(), pl.Int64: pa.int64(), pl.Boolean: pa.bool_()}
    return pa.schema([(name, types[kind]) for name, kind in WORDS.items()])


# --- engines --------------------------------------------------------------------------------------------------


def _read(engine: Any, files: list[str], reader: Reader) -> Any:
    """Let an engine read lines into words, once: a Spark frame that stays on the workers, a temporary table of DuckDB."""
    read = partial(_batches, reader)
    kind = _kind(engine)
    if kind == "polars":
        with many_values():
            return _words(reader, pl.read_parquet(files, columns=["id", "line"])).lazy()
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
