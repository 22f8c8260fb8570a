"""The table of steps laid out for questions: one part an account, rows of a key together, names and ledgers apart.

A question narrows a part, compares days as whole numbers, and puts names beside what is left: it reads no text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

import polars as pl
from attrs import evolve, frozen

from kztimeline.frames import STEPS

FOREVER = 2**31 - 1
"""Stands for an open ``until``: later than every day of the calendar."""
ROWS: dict[str, pl.DataType | type[pl.DataType]] = {
    "key": pl.UInt32,
    "since": pl.Int32,
    "until": pl.Int32,
    **{name: kind for name, kind in STEPS.items() if name in ("low", "best", "high", "open", "conflict", "inferred")},
    "told": pl.UInt32,
}
"""One row per key and period; days are counted from 1970-01-01, ``key`` and ``told`` are rows of two other frames."""
TOLD = ("low_from", "high_from", "ledgers")
_EPOCH = date(1970, 1, 1).toordinal()


@frozen(eq=False)
class Part:
    """The steps of one account.

    ``rows`` are sorted by key and day (:data:`ROWS`). ``keys`` has a row for each key, in order: ``holder``, ``system``,
    ``as_of``, and the stretch of ``rows`` from ``start`` to before ``end``. ``told`` names the ledgers that rows rest on.
    """

    account: str
    rows: pl.DataFrame
    keys: pl.DataFrame
    told: pl.DataFrame


def parts(steps: pl.DataFrame) -> dict[str, Part]:
    """Lay out a table of steps, which is sorted by holder, system, account and day; the accounts are sorted."""
    accounts = steps["account"].unique().sort().to_list()
    return {account: _part(account, steps.filter(pl.col("account") == account)) for account in accounts}


def _part(account: str, steps: pl.DataFrame) -> Part:
    key, told = _runs(steps, ("holder", "system")), _runs(steps, TOLD)
    names = steps[_starts(key)].select("holder", "system", "as_of")
    words = steps[_starts(told)].select(TOLD)
    distinct = words.unique(maintain_order=True).with_row_index("told")
    numbers = words.join(distinct, on=TOLD, how="left", maintain_order="left", nulls_equal=True)["told"]
    rows = steps.with_columns(
        key.alias("key"),
        numbers[told].alias("told"),
        pl.col("since").to_physical(),
        pl.col("until").to_physical().fill_null(FOREVER),
    ).select(list(ROWS))  # fmt: skip
    return Part(account, rows, with_stretches(rows, names), distinct.select(TOLD))


def _runs(steps: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """Number the stretches of neighbouring rows that are equal in some columns."""
    changes = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in columns)
    runs = steps.select(changes.cum_sum().cast(pl.UInt32)).to_series()
    return runs - int(runs[0])


def _starts(runs: pl.Series) -> pl.Series:
    return (
        runs.to_frame("run")
        .select(pl.arg_where(pl.col("run") != pl.col("run").shift(1, fill_value=FOREVER)))
        .to_series()
    )


def with_stretches(rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Put beside the names of each key the stretch of its rows; ``rows`` are sorted by ``key``."""
    starts = _starts(rows["key"]).cast(pl.UInt32).alias("start")
    end = pl.col("start").shift(-1, fill_value=rows.height).alias("end")
    return names.with_columns(starts).with_columns(end)


def of_keys(part: Part, holder: str, systems: Collection[str] | None) -> Part:
    """Keep the rows of a holder (``"*"``: all) and of some systems (``None``: all)."""
    keys = part.keys
    if holder != "*":
        first, last = (keys["holder"].search_sorted(holder, side) for side in ("left", "right"))
        keys = keys.slice(first, last - first)
        if systems is None:
            return evolve(part, rows=_slice(part.rows, keys))
    if systems is None:
        return part
    wanted = keys.filter(pl.col("system").is_in(list(systems)))
    stretches = wanted.select(pl.int_ranges("start", "end", dtype=pl.UInt32).explode(empty_as_null=False)).to_series()
    return evolve(part, rows=part.rows[stretches])


def _slice(rows: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    return rows.slice(keys["start"][0], keys["end"][-1] - keys["start"][0]) if keys.height else rows.clear()


def during(part: Part, first: date, last: date, *, above_zero: bool = False) -> Part:
    """Keep the rows that hold on some day from first to last; ``above_zero`` leaves out what is certainly 0."""
    begin, end = first.toordinal() - _EPOCH, last.toordinal() - _EPOCH
    wanted = (pl.col("since") <= end) & (pl.col("until") > begin)
    if above_zero:
        wanted &= pl.col("high").is_null() | (pl.col("high") > 0)
    return evolve(part, rows=part.rows.filter(wanted))


def flat(several: Iterable[Part], columns: Sequence[str] = tuple(STEPS)) -> pl.DataFrame:
    """Write parts as a table of steps again, sorted by holder, system, account and day; ``columns`` are those wanted."""
    frames = [_flat(part, columns) for part in several]
    if len(frames) == 1:
        return frames[0]
    order = [name for name in ("holder", "system", "account", "since") if name in columns]
    whole = pl.concat(frames) if frames else pl.DataFrame(schema=STEPS).select(columns)
    return whole.sort(order, maintain_order=True)


def _flat(part: Part, columns: Sequence[str]) -> pl.DataFrame:
    places = {
        **dict.fromkeys(("holder", "system", "as_of"), (part.keys, "key")),
        **dict.fromkeys(TOLD, (part.told, "told")),
    }
    found = {name: pl.lit(frame[name]).gather(pl.col(index)) for name, (frame, index) in places.items()}
    found |= {name: pl.col(name).replace(FOREVER, None).cast(pl.Date) for name in ("since", "until")}
    found["account"] = pl.lit(part.account)
    return part.rows.select(found.get(name, pl.col(name)).alias(name) for name in columns)
