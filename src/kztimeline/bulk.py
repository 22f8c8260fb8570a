"""The fold over columns, for keys whose claims are simple: one source, plain moves, one unknown day or ``A/B``, any count.

The same rules as ``steps`` (R5, R8, R10, R11, R13, R15, R18), and equal to it on every such key; all others are left to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl
from attrs import evolve

from kztimeline.columns import LEVEL, MOVES, PLACES, SEVERAL, judge, not_simple
from kztimeline.errors import EventError
from kztimeline.events import Account
from kztimeline.layout import FOREVER, ROWS, TOLD, Part, flat, part_of, with_stretches
from kztimeline.readings import FIRST_DAY

_ACCOUNTS = tuple(sorted((*PLACES, Account.HELD)))
_HELD = _ACCOUNTS.index(Account.HELD)
_START = 0
_EPOCH = date(1970, 1, 1).toordinal()


# --- the fold -------------------------------------------------------------------------------------------------
#
# A key and one of its accounts is a spot. Every claim adds to sums on a few days: its most when it may have come, its
# least when it has, its best in between. Sums begin anew with each level that is stated; what may lie after a level enters
# again on the next day, for its most alone (R11). Spot, day, and flows before levels are one number, since sorting one
# is many times faster than sorting three.

_DAYS, _FLAGS = 1 << 22, 2
_LINE = _DAYS * _FLAGS
_SPOT, _DAY = pl.col("order") // _LINE, (pl.col("order") // _FLAGS % _DAYS).cast(pl.Int32)
_CHANGE = {
    "order": pl.UInt64, "what": pl.Int8, "least": pl.Int64, "most": pl.Int64, "best": pl.Int64, "endless": pl.Int32,
    "unknown": pl.Int32, "batch": pl.UInt32,
}  # fmt: skip


AT_ONCE = 2_000_000
"""So many claims are folded at once, which bounds what the fold takes beside claims and steps: some 300 bytes for each."""
_ROWS = {
    "spot": pl.UInt64, "since": pl.Int32, "low": pl.Int64, "best": pl.Int64, "high": pl.Int64, "inferred": pl.Boolean,
    "until": pl.Int32,
}  # fmt: skip


def step_frame_of(claims: pl.DataFrame, openings: pl.DataFrame) -> pl.DataFrame:
    """Fold simple claims (``columns.MOVES``, ``columns.OPENINGS``) into the table of steps, sorted as everywhere.

    Raises what :func:`laid_out` raises.
    """
    return flat(laid_out(claims, openings).values())


def laid_out(claims: pl.DataFrame, openings: pl.DataFrame, *, at_once: int = AT_ONCE) -> dict[str, Part]:
    """Fold simple claims into steps laid out for questions, with no text for each row.

    No key touches another here, so stretches of keys are folded one after the other, about ``at_once`` claims each time (more
    where a single key has more): memory depends on it, the answer does not.

    Raises what :func:`kztimeline.columns.judge` raises, and :func:`kztimeline.columns.not_simple`.
    """
    if isinstance(at_once, bool) or not isinstance(at_once, int) or at_once < 1:
        raise EventError(f"at_once: {at_once!r} is no number of claims; write a whole number from 1")
    judge(claims, openings)
    names = {name: _sorted_names(claims[name]) for name in ("holder", "system", "source")}
    key = _numbered(claims, names)
    keys = _keys(names, key, claims, openings)
    rows, apart = [pl.DataFrame(schema=_ROWS)], [key.clear()]
    for stretch in _stretches(keys, at_once):
        steps, several = _folded(_coded(claims, key.is_between(*stretch), key), keys)
        rows.append(steps)
        apart.append(several)
    return _parts(pl.concat(rows, rechunk=True), keys, names["source"], pl.concat(apart))


def _sorted_names(names: pl.Series) -> pl.Series:
    return names.unique().cast(pl.String).drop_nulls().sort()


def _numbered(claims: pl.DataFrame, names: Mapping[str, pl.Series]) -> pl.Series:
    """Give the key of each claim as one number, in the order of the names."""
    holder, system = (_code(name, names).cast(pl.UInt64) for name in ("holder", "system"))
    return claims.select((holder * len(names["system"]) + system).alias("key")).to_series()


def _code(name: str, names: Mapping[str, pl.Series]) -> pl.Expr:
    """Put numbers in the place of names, in the order of the names."""
    return pl.col(name).cast(pl.Enum(names[name])).to_physical()


def _keys(names: Mapping[str, pl.Series], key: pl.Series, claims: pl.DataFrame, openings: pl.DataFrame) -> pl.DataFrame:
    """Give each key with its names, first day, last word, source and number of claims, in order."""
    size = len(names["system"])
    keys = key.sort().rle().struct.unnest().select(pl.col("value").alias("key"), pl.col("len").alias("claims"))
    if len(names["source"]) > 1:
        told = claims.select(key, _code("source", names).cast(pl.UInt32)).unique()
        _refuse_sources(told, names)
        keys = keys.join(told, on="key", how="left", maintain_order="left")
    else:
        keys = keys.with_columns(pl.lit(0, pl.UInt32).alias("source"))
    keys = keys.with_columns(
        (pl.col("key") // max(size, 1)).cast(pl.UInt32).alias("h"), (pl.col("key") % max(size, 1)).cast(pl.UInt32).alias("s")
    )  # fmt: skip
    keys = keys.with_columns(names["holder"][keys["h"]].alias("holder"), names["system"][keys["s"]].alias("system"))
    about = openings.with_columns(pl.col("holder", "system").cast(pl.String))
    keys = keys.join(about, on=["holder", "system"], how="left", maintain_order="left")
    as_of = (pl.col("as_of") - _EPOCH).cast(pl.Int32).cast(pl.Date)
    return keys.select("key", "holder", "system", as_of, pl.col("opening").fill_null(FIRST_DAY), "source", "claims")


def _refuse_sources(told: pl.DataFrame, names: Mapping[str, pl.Series]) -> None:
    several = told.filter(pl.col("key").is_duplicated()).sort("key", "source").head(2)
    if several.height:
        holder, system = divmod(several["key"][0], len(names["system"]))
        said = "claims of " + " and ".join(names["source"][several["source"]])
        raise not_simple(names["holder"][holder], names["system"][system], said)


def _refuse_levels(stated: pl.DataFrame, keys: pl.DataFrame) -> None:
    again = stated.filter(pl.col("order") == pl.col("order").shift(1))
    if again.height:
        key = keys.row(by_predicate=pl.col("key") == again["key"][0], named=True)
        raise not_simple(key["holder"], key["system"], f"several levels on {date.fromordinal(again['first'][0])}")


def _stretches(keys: pl.DataFrame, at_once: int) -> Iterator[tuple[int, int]]:
    """Cut the keys, in order, into the fewest stretches of about equally many claims; give the ends of each."""
    count = int(keys["claims"].sum())
    each = -(-count // max(-(-count // at_once), 1))
    stretch = (pl.col("claims").cum_sum() - 1) // max(each, 1)
    ends = keys.group_by(stretch.alias("stretch"), maintain_order=True)
    yield from ends.agg(pl.col("key").first(), pl.col("key").last().alias("last")).select("key", "last").iter_rows()


def _folded(coded: pl.DataFrame, keys: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Fold the claims of a stretch of keys into steps (``_ROWS``); name the keys with several accounts."""
    every, apart = _with_held(coded)
    stated = every.filter(pl.col("what") == LEVEL).sort("order")
    _refuse_levels(stated, keys)
    silent = _silent(stated, coded)
    changes = [*_changes(every, stated), *_starts(silent)]
    del coded, every  # a frame that nothing below reads would stand beside the next ones
    return _settled(_levels(_signed(_batched(_joined(changes))), silent), keys).select(list(_ROWS)), apart


def _coded(claims: pl.DataFrame, within: pl.Series, key: pl.Series) -> pl.DataFrame:
    """Leave the claims of some keys, with numbers in the place of names; a key is one number, a spot another."""
    place = pl.col("account").cast(pl.Enum(list(map(str, _ACCOUNTS)))).to_physical().cast(pl.UInt8).alias("place")
    own = claims.select(name for name in MOVES if name not in ("holder", "system", "source")).filter(within)
    own = own.with_columns(place, key.filter(within))
    return own.drop("account").with_columns(_order("first"))


def _order(day: str) -> pl.Expr:
    spot = pl.col("key") * len(_ACCOUNTS) + pl.col("place")
    level = (pl.col("what") == LEVEL).cast(pl.UInt64)
    return ((spot * _DAYS + pl.col(day).cast(pl.UInt64)) * _FLAGS + level).alias("order")


def _with_held(coded: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Put beside the claims of keys with several accounts the same claims for all that is held; name those keys."""
    if coded["place"].n_unique() < 2:
        return coded, coded["key"].clear()
    apart = coded.group_by("key").agg(pl.col("place").n_unique()).filter(pl.col("place") > 1)["key"]
    held = coded.filter(pl.col("key").is_in(apart.implode())).with_columns(pl.lit(_HELD, pl.UInt8).alias("place"))
    return pl.concat([coded, held.with_columns(_order("first"))]), apart


def _silent(stated: pl.DataFrame, coded: pl.DataFrame) -> pl.DataFrame:
    """Name the spots whose first level is more than all that came until then: before it they are inferred (R13)."""
    firsts = stated.select(_SPOT.alias("spot"), "key", "first", "low").filter(
        pl.col("spot") != pl.col("spot").shift(1, fill_value=2**63)
    )
    gains = coded.filter(pl.col("what") == 1).select("key", pl.col("first").alias("day"), "high")
    came = firsts.join(gains, on="key").filter(pl.col("day") <= pl.col("first"))
    most = pl.when(pl.col("high").is_null().any()).then(None).otherwise(pl.col("high").sum())
    total = came.group_by("spot").agg(most.fill_null(2**62).alias("came"))
    reached = pl.col("came").fill_null(0) >= pl.max_horizontal("low", pl.lit(1))
    return firsts.join(total, on="spot", how="left").filter(~reached).select("spot")


def _changes(every: pl.DataFrame, stated: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield what each claim adds to the sums, and when."""
    exact = every.filter(pl.col("first") == pl.col("last"))
    yield _written(exact, "first", least=pl.col("low"), most=_MOST, best=_BEST)
    loose = every.filter(pl.col("first") < pl.col("last"))
    if loose.is_empty():
        return
    loose = _between(loose, stated)
    yield _written(loose, "first", most=_MOST)
    yield _written(loose.filter(pl.col("from") == pl.col("to")), "last", least=pl.col("low"))
    yield from _bests(loose.filter(pl.col("best") != 0))
    yield _again(loose.filter(pl.col("from") < pl.col("to")), stated)


def _joined(changes: list[pl.DataFrame]) -> pl.DataFrame:
    """Put all changes in their order, and empty the list."""
    whole = pl.concat(changes)
    changes.clear()
    return whole.sort("order")


_MOST, _BEST, _NONE = pl.col("high").fill_null(0), pl.col("best").fill_null(0), pl.lit(0, pl.Int64)


def _written(
    claims: pl.DataFrame, day: str, *, least: pl.Expr = _NONE, most: pl.Expr | None = None, best: pl.Expr = _NONE
) -> pl.DataFrame:
    """Write changes; where the most counts, so does whether it has an end, and whether there is a best."""
    counted = most is not None
    endless, unknown = (pl.col(name).is_null() if counted else pl.lit(value=False) for name in ("high", "best"))
    return claims.select(
        _order(day), "what", least.alias("least"), (_NONE if most is None else most).alias("most"), best.alias("best"),
        endless.cast(pl.Int32).alias("endless"), unknown.cast(pl.Int32).alias("unknown"), "batch",
    )  # fmt: skip


def _between(loose: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """Number the levels of the same spot that lie from the first day of each claim to before its last."""
    lines = stated["order"]
    spans = loose.select(_order(day).alias(day) // _FLAGS * _FLAGS for day in ("first", "last"))
    bounds = [lines.search_sorted(spans[day], "left").alias(name) for day, name in (("first", "from"), ("last", "to"))]
    return loose.with_columns(bounds)


def _again(across: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """Let what may lie after a level enter again on the next day: once for all claims of a side (R11).

    Each enters at the first level that it lies across and leaves at the one behind its last. Pairs of a claim or a batch and a
    level may be too many to write down: of batches it is counted how many there are, and added up what they are called, which
    names one that is alone.
    """
    counted = {
        "most": _MOST,
        "endless": pl.col("high").is_null(),
        "unknown": pl.col("best").is_null(),
        "claims": 1,
        "active": pl.col("high").is_null() | (pl.col("high") > 0),
    }
    ends = [
        across.select("what", "batch", pl.col(end).alias("level"), **{name: one * pl.lit(sign) for name, one in counted.items()})
        for end, sign in (("from", 1), ("to", -1))
    ]  # fmt: skip
    rows = pl.concat(ends).group_by("what", "batch", "level").agg(pl.all().sum()).sort("what", "batch", "level")
    here = (pl.col("active").cum_sum() > 0).cast(pl.Int64)  # nothing of a batch is left where the next one begins
    rows = rows.with_columns((here - here.shift(1, fill_value=0)).alias("batches"))
    rows = rows.with_columns((pl.col("batches") * pl.col("batch")).alias("batch"))
    rows = rows.group_by("what", "level").agg(pl.all().sum()).sort("what", "level")
    rows = rows.with_columns(pl.exclude("what", "level").cum_sum(), pl.col("level").shift(-1).alias("next"))
    rows = rows.filter(pl.col("claims") > 0).with_columns(pl.int_ranges("level", "next").alias("level"))
    rows = rows.explode("level", empty_as_null=False)
    rows = rows.with_columns(stated.select("key", "place", pl.col("first") + 1)[rows["level"]])
    batch = pl.when(pl.col("batches") == 1).then("batch").otherwise(SEVERAL).cast(pl.UInt32)
    return rows.select(
        _order("first"), "what", _NONE.alias("least"), "most", _NONE.alias("best"), pl.col("endless", "unknown").cast(pl.Int32), batch
    )  # fmt: skip


def _bests(loose: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Place best numbers: in the middle of one unknown day's stretch, or in equal shares at the ends of years (R8)."""
    middle = pl.col("first") + (pl.col("last") - pl.col("first")) // 2
    yield _written(loose.filter(~pl.col("spread")).with_columns(middle.alias("day")), "day", best=pl.col("best"))
    year = [(pl.col(day) - _EPOCH).cast(pl.Date).dt.year().alias(name) for day, name in (("first", "y"), ("last", "z"))]
    wide = loose.filter("spread").with_columns(year).with_columns((pl.col("z") - pl.col("y") + 1).alias("years"))
    wide = wide.with_columns(pl.int_ranges("y", pl.col("z") + 1).alias("year")).explode("year", empty_as_null=False)
    share, rest = pl.col("best") // pl.col("years"), pl.col("best") % pl.col("years")
    units = share + pl.when(pl.col("year") == pl.col("z")).then(rest).otherwise(0)
    day = pl.min_horizontal(pl.date("year", 12, 31).to_physical() + _EPOCH, "last")
    wide = wide.with_columns(day.cast(pl.Int32).alias("day"), units.alias("units"))
    yield _written(wide.filter(pl.col("units") != 0), "day", best=pl.col("units"))


def _starts(silent: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Begin what is inferred before a first level on the key's first day."""
    order = (pl.col("spot").cast(pl.UInt64) * _LINE).alias("order")
    zeros = [pl.lit(0, kind).alias(name) for name, kind in _CHANGE.items() if name != "order"]
    yield silent.select(order, *zeros).select(list(_CHANGE))


_BEGINS = ((pl.col("order").shift(1) // _LINE) != _SPOT).fill_null(value=True) | (pl.col("what") == LEVEL)
"""Where sums begin anew: with each spot, and with each level stated there."""
_CROWD = pl.col("batch") == SEVERAL


def _batched(rows: pl.DataFrame) -> pl.DataFrame:
    """Let happenings that may be the same count once for certain: the least is that of one batch (R5).

    Of two batches there is no single best. Where every run of sums is of one batch nothing changes.
    """
    if rows["batch"].n_unique() < 2:
        return rows
    flow = pl.col("what").abs() == 1
    rows = rows.with_columns(_BEGINS.cum_sum().alias("run"))
    differs = (pl.col("run") == pl.col("run").shift(1)) & (pl.col("batch") != pl.col("batch").shift(1))
    mixed = rows.filter(flow).filter(differs | _CROWD).select(pl.col("run").unique())
    if mixed.is_empty():
        return rows
    several = pl.col("run").is_in(mixed["run"].implode())
    part = rows.with_row_index("line").filter(several & flow)
    side, active = ["run", "what"], ((pl.col("most") > 0) | (pl.col("endless") > 0)).cast(pl.Int32)
    part = part.with_columns(
        pl.col("least").cum_sum().over([*side, "batch"]).alias("sum"), active.cum_sum().over([*side, "batch"]).alias("own"),
        active.cum_sum().over(side).alias("all"), (_CROWD & (active > 0)).alias("crowd"),
    ).with_columns(pl.col("sum", "own", "crowd").cum_max().over(side))  # fmt: skip
    part = part.with_columns((pl.col("crowd") | (pl.col("own") < pl.col("all"))).cast(pl.Int32).alias("rivals"))
    part = part.select(
        "line",
        (pl.col("sum") - pl.col("sum").shift(1, fill_value=0).over(side)).alias("least"),
        (pl.col("unknown") + pl.col("rivals") - pl.col("rivals").shift(1, fill_value=0).over(side)).alias("unknown"),
    )
    return rows.with_row_index("line").update(part, on="line").drop("line")


def _signed(rows: pl.DataFrame) -> pl.DataFrame:
    """Write what comes and goes as changes of the least and the greatest level."""
    gone = pl.col("what") == -1
    return rows.select(
        "order", _BEGINS.alias("begins"), (pl.col("what") == LEVEL).alias("level"),
        pl.when(gone).then(-pl.col("most")).otherwise("least").alias("low"),
        pl.when(gone).then(-pl.col("best")).otherwise("best").alias("best"),
        pl.when(gone).then(-pl.col("least")).otherwise("most").alias("high"),
        pl.when(gone).then("endless").otherwise(0).alias("bottomless"),
        pl.when(gone).then(0).otherwise("endless").alias("endless"), "unknown",
    )  # fmt: skip


def _levels(rows: pl.DataFrame, silent: pl.DataFrame) -> pl.DataFrame:
    """Read the level after the last claim of each day: signed sums, clipped at 0 (R15), inferred before a first level."""
    rows = _summed(rows).with_columns(_SPOT.alias("spot"))
    before = ~pl.col("level") & pl.col("spot").is_in(silent["spot"].implode())
    rows = rows.with_columns(
        before.alias("inferred"),
        pl.when(pl.col("bottomless") > 0).then(0).otherwise(pl.col("low").clip(0)).alias("low"),
        pl.when((pl.col("endless") > 0) | before).then(None).otherwise(pl.col("high").clip(0)).alias("high"),
    )
    known = pl.when(~pl.col("inferred") & (pl.col("unknown") == 0)).then(pl.col("best").clip("low", "high"))
    best = pl.when(pl.col("low") == pl.col("high")).then("low").otherwise(known)
    return rows.select("spot", _DAY.alias("since"), "low", best.alias("best"), "high", "inferred")


_COUNTED = ("bottomless", "endless", "unknown")


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    """Add up from the beginning of each run to the last claim of each day; ``level`` tells whether one began the run."""
    sums = ["low", "best", "high", *(name for name in _COUNTED if (rows[name] != 0).any())]
    first = rows.filter("begins")
    last = (pl.col("order") // _FLAGS != pl.col("order").shift(-1) // _FLAGS).fill_null(value=True)
    run = pl.col("begins").cum_sum().cast(pl.UInt32) - 1
    rows = rows.select("order", "begins", run.alias("run"), last.alias("last"), pl.col(sums).cum_sum())
    earlier = rows.filter("begins").select(sums) - first.select(sums)
    kept = rows.filter("last").drop("begins", "last")
    none = (pl.lit(0, pl.Int32).alias(name) for name in _COUNTED if name not in sums)
    level, earlier = first["level"][kept["run"]], earlier[kept["run"]]
    return kept.with_columns(level, *(kept[name] - earlier[name] for name in sums), *none)


def _settled(levels: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Let no step lie before the first day of its key (R13), and join days that say the same."""
    opening = keys["opening"][_index(levels, keys)] if (keys["opening"] > FIRST_DAY).any() else FIRST_DAY
    rows = levels.with_columns(pl.max_horizontal("since", opening).alias("since"))
    last = (pl.col("spot") != pl.col("spot").shift(-1)) | (pl.col("since") != pl.col("since").shift(-1))
    rows = rows.filter(last.fill_null(value=True))
    said = ["spot", "low", "best", "high", "inferred"]
    rows = rows.filter(~pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in said))
    until = pl.when(pl.col("spot") == pl.col("spot").shift(-1)).then(pl.col("since").shift(-1) - _EPOCH)
    return rows.with_columns(pl.col("since") - _EPOCH, until.fill_null(FOREVER).alias("until"))


def _index(rows: pl.DataFrame, keys: pl.DataFrame) -> pl.Series:
    """Give the place among the keys of each row; rows and keys are sorted."""
    return keys["key"].search_sorted(rows.select(pl.col("spot") // len(_ACCOUNTS)).to_series())


def _parts(rows: pl.DataFrame, keys: pl.DataFrame, sources: pl.Series, apart: pl.Series) -> dict[str, Part]:
    """Lay steps out by account; what is held is the one account of a key, or all of several folded together."""
    place, key = pl.col("spot") % len(_ACCOUNTS), pl.col("spot") // len(_ACCOUNTS)
    several = rows.select(place.unique().sort()).to_series().to_list()
    if len(several) == 1:
        part = _part(str(_ACCOUNTS[several[0]]), rows, keys, sources)
        return {account: evolve(part, account=account) for account in sorted((str(Account.HELD), part.account))}
    found = {str(_ACCOUNTS[number]): rows.filter(place == number) for number in several}
    if found:
        found[str(Account.HELD)] = rows.filter((place == _HELD) | ~key.is_in(apart.implode()))
    return {account: _part(account, own, keys, sources) for account, own in sorted(found.items())}


def _part(account: str, rows: pl.DataFrame, keys: pl.DataFrame, sources: pl.Series) -> Part:
    own = keys[_index(rows.filter(_spot_begins()), keys)]
    rows = rows.with_columns((_spot_begins().cum_sum() - 1).cast(pl.UInt32).alias("key"))
    rows = rows.with_columns(
        own["source"][rows["key"]].alias("told"), pl.lit(value=True).alias("open"), pl.lit(value=False).alias("conflict")
    ).select(list(ROWS))  # fmt: skip
    told = pl.DataFrame(dict.fromkeys(TOLD, sources))
    return part_of(account, rows, with_stretches(rows, own.select("holder", "system", "as_of")), told)


def _spot_begins() -> pl.Expr:
    return (pl.col("spot") != pl.col("spot").shift(1)).fill_null(value=True)
