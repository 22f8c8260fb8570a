"""The fold over columns, for keys whose claims are simple: exact days, exact counts, one source, plain moves.

The same rules as ``steps`` (R5, R8, R10, R13, R15, R18), and equal to it on every such key; all others are left to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import polars as pl

from kztimeline.deals import GONE
from kztimeline.events import Account, Flag, Kind, Procurement, Role, Statement, Stored
from kztimeline.frames import STEPS
from kztimeline.happenings import Known
from kztimeline.readings import FIRST_DAY
from kztimeline.registry import first_day
from kztimeline.related import Key, Related
from kztimeline.views import Standing

MOVES: dict[str, pl.DataType | type[pl.DataType]] = {
    "holder": pl.String,
    "system": pl.String,
    "source": pl.String,
    "account": pl.String,
    "day": pl.Int32,
    "what": pl.Int8,
    "number": pl.Int64,
    "batch": pl.UInt32,
}
"""One row per claim: ``what`` is 1 for units that come into the account, -1 for units that leave it, 2 for a level
stated there. Days are ordinals (``date.toordinal``); claims of one ``batch`` are distinct (R5). A key has one source,
and at most one level a day."""
OPENINGS: dict[str, pl.DataType | type[pl.DataType]] = {
    "holder": pl.String,
    "system": pl.String,
    "opening": pl.Int32,
    "as_of": pl.Int32,
}
"""One row per key: the first day of its holder and system (null: not known), and the last day that claims speak of."""
_PLACES = (Account.IN_SERVICE, Account.IN_STORE, Account.FOR_SALE)
_KEY = ["holder", "system", "account"]
_PART = [*_KEY, "part"]
_LEVEL, _START = 2, 0
_EPOCH = date(1970, 1, 1).toordinal()


# --- which keys are simple --------------------------------------------------------------------------------


def simple(standing: Standing, found: Related) -> set[Key]:
    """Name the keys whose claims are all simple."""
    scoped = {scope.holder for scope in standing.registry.scopes}
    lagging = {source.id for source in standing.registry.sources.values() if source.lag}
    alone = {group for group, key in _lone_groups(found) if key[0] not in scoped and not found.links.get(group)}
    return {group for group in alone if _all_simple(found.claims[group], standing, lagging)}


def _lone_groups(found: Related) -> Iterator[tuple[Key, Key]]:
    """Yield the groups of one key."""
    sizes: dict[Key, int] = {}
    for group in found.group_of.values():
        sizes[group] = sizes.get(group, 0) + 1
    yield from ((group, group) for group, size in sizes.items() if size == 1)


def _all_simple(claims: Sequence[Stored], standing: Standing, lagging: set[str]) -> bool:
    sources = {citation.source for stored in claims for citation in stored.event.citations}
    if len(sources) != 1 or sources & lagging or len({standing.roots[s.id] for s in claims}) < len(claims):
        return False
    levels = [stored.event.cutoff.first for stored in claims if isinstance(stored.event, Statement)]
    return len(levels) == len(set(levels)) and all(_is_simple(stored) for stored in claims)


def _is_simple(stored: Stored) -> bool:
    event = stored.event
    if not isinstance(event, Procurement | Statement) or event.role is not Role.ITEM or event.operator is not None:
        return False
    quantity = event.quantity
    if quantity is None or quantity.low != quantity.high or Flag.INFERRED in event.flags or len(event.systems) != 1:
        return False
    if isinstance(event, Statement):
        return event.cutoff.first == event.cutoff.last is not None and event.account in _PLACES
    moved = event.kind is Kind.DELIVERED or event.kind in GONE
    exact = event.occurred.first == event.occurred.last is not None and not event.occurred.members
    return moved and exact and quantity.low > 0 and event.deal is None and _place(event) in _PLACES


def _place(event: Procurement) -> Account | None:
    return event.into if event.kind is Kind.DELIVERED else event.out_of


# --- from objects to columns --------------------------------------------------------------------------------


def moves(keys: Iterable[Key], names: Known, found: Related, spoken: Mapping[Key, int]) -> tuple[pl.DataFrame, ...]:
    """Write the claims of simple keys as columns: :data:`MOVES` and :data:`OPENINGS`."""
    batches: dict[str, int] = {}
    rows: list[tuple[object, ...]] = []
    openings: list[tuple[object, ...]] = []
    for key in sorted(keys):
        openings.append((*key, first_day(names.registry, *key), spoken.get(key)))
        for stored in found.claims[found.group_of[key]]:
            rows.append((*key, *_columns(stored, batches)))
    return pl.DataFrame(rows, MOVES, orient="row"), pl.DataFrame(openings, OPENINGS, orient="row")


def _columns(stored: Stored, batches: dict[str, int]) -> tuple[object, ...]:
    event = stored.event
    source = event.citations[0].source
    batch = batches.setdefault(f"batch {event.batch}" if event.batch else f"alone {stored.id}", len(batches))
    if isinstance(event, Statement):
        return source, str(event.account), event.cutoff.first, _LEVEL, event.quantity.low, batch
    if not isinstance(event, Procurement) or event.quantity is None:
        raise TypeError(f"{stored.id} is not simple")
    what = 1 if event.kind is Kind.DELIVERED else -1
    return source, str(_place(event)), event.occurred.first, what, event.quantity.low, batch


# --- the fold -------------------------------------------------------------------------------------------------


def step_frame_of(claims: pl.DataFrame, openings: pl.DataFrame) -> pl.DataFrame:
    """Fold simple claims (:data:`MOVES`, :data:`OPENINGS`) into the table of steps, sorted as everywhere."""
    held = claims.with_columns(pl.lit(str(Account.HELD)).alias("account"))
    every = pl.concat([claims, held])
    firsts = _firsts(every, held, openings)
    rows = pl.concat([every.select(*_KEY, "day", "what", "number", "batch"), _starts(firsts)])
    order = pl.when(pl.col("what") == _LEVEL).then(1).otherwise(0)
    rows = rows.sort(*_KEY, "day", order).with_columns((pl.col("what") == _LEVEL).cum_sum().over(_KEY).alias("part"))
    levels = _bounds(_sums(rows).join(firsts, on=_KEY, how="left", maintain_order="left"))
    return _steps(levels, claims.group_by("holder", "system").agg(pl.col("source").first()), openings)


def _firsts(every: pl.DataFrame, held: pl.DataFrame, openings: pl.DataFrame) -> pl.DataFrame:
    """Give, for each account, its first level, whether what came until then reaches it (R13), and the key's first day."""
    levels = every.filter(pl.col("what") == _LEVEL).sort("day").group_by(_KEY).agg(
        pl.col("day").first().alias("stated"), pl.col("number").first().alias("level")
    )  # fmt: skip
    gains = held.filter(pl.col("what") == 1).select("holder", "system", "day", "number")
    came = levels.join(gains, on=["holder", "system"]).filter(pl.col("day") <= pl.col("stated"))
    total = came.group_by(_KEY).agg(pl.col("number").sum().alias("came"))
    firsts = every.select(_KEY).unique().join(levels, on=_KEY, how="left").join(total, on=_KEY, how="left")
    reached = pl.col("came").fill_null(0) >= pl.max_horizontal("level", pl.lit(1))
    return firsts.join(openings, on=["holder", "system"], how="left").select(
        *_KEY, "stated", (pl.col("stated").is_null() | reached).alias("reached"), pl.col("opening").fill_null(FIRST_DAY)
    )


def _starts(firsts: pl.DataFrame) -> pl.DataFrame:
    """Begin what is inferred before a first level on the key's first day."""
    return firsts.filter(~pl.col("reached")).select(
        *_KEY, pl.lit(FIRST_DAY - 1, pl.Int32).alias("day"), pl.lit(_START, pl.Int8).alias("what"),
        pl.lit(0, pl.Int64).alias("number"), pl.lit(None, pl.UInt32).alias("batch"),
    )  # fmt: skip


def _sums(rows: pl.DataFrame) -> pl.DataFrame:
    """Add up since the last level: the greatest over all, the least over the largest batch, gains and losses apart (R5)."""
    for name, what in (("gain", 1), ("loss", -1)):
        units = pl.when(pl.col("what") == what).then(pl.col("number")).otherwise(0)
        rows = rows.with_columns(units.cum_sum().over([*_PART, "batch"]).alias("own"))
        rows = rows.with_columns(
            units.cum_sum().over(_PART).alias(f"{name}_most"),
            pl.when(pl.col("what") == what)
            .then(pl.col("own"))
            .otherwise(0)
            .cum_max()
            .over(_PART)
            .alias(f"{name}_least"),
        )
    anchor = pl.when(pl.col("part") > 0).then(pl.col("number").first().over(_PART)).otherwise(0)
    return rows.with_columns(anchor.alias("anchor"))


def _bounds(rows: pl.DataFrame) -> pl.DataFrame:
    """Read the level after the last claim of each day: signed sums, clipped at 0 (R15), inferred before a first level."""
    low = pl.col("anchor") + pl.col("gain_least") - pl.col("loss_most")
    high = pl.col("anchor") + pl.col("gain_most") - pl.col("loss_least")
    before = (pl.col("part") == 0) & ~pl.col("reached")
    exact = low == high
    best = pl.when((pl.col("gain_least") == pl.col("gain_most")) & (pl.col("loss_least") == pl.col("loss_most")))
    best_or_zero = pl.when(~exact & (high <= 0)).then(0).otherwise(best.then(low))
    return rows.with_columns(pl.max_horizontal("day", "opening").alias("since")).select(
        *_KEY, "since", before.alias("inferred"),
        low.clip(0).alias("low"),
        pl.when(before).then(None).otherwise(best_or_zero.clip(0)).alias("best"),
        pl.when(before).then(None).otherwise(high.clip(0)).alias("high"),
    ).unique([*_KEY, "since"], keep="last", maintain_order=True)  # fmt: skip


def _steps(levels: pl.DataFrame, sources: pl.DataFrame, openings: pl.DataFrame) -> pl.DataFrame:
    """Join days that say the same, and write them as the table of steps."""
    said = ["low", "best", "high", "inferred"]
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in (*_KEY, *said))
    rows = levels.filter(~same).with_columns(pl.col("since").shift(-1).over(_KEY).alias("until"))
    rows = rows.join(sources, on=["holder", "system"], how="left", maintain_order="left")
    rows = rows.join(openings, on=["holder", "system"], how="left", maintain_order="left")
    days = [((pl.col(name) - _EPOCH).cast(pl.Int32).cast(pl.Date)).alias(name) for name in ("since", "until", "as_of")]
    return (
        rows.with_columns(
            *days, pl.lit(True).alias("open"), pl.lit(False).alias("conflict"),
            *(pl.col("source").alias(name) for name in ("low_from", "high_from", "ledgers")),
        )
        .select(list(STEPS))
        .sort("holder", "system", "account", "since")
    )  # fmt: skip
