"""Answers read off the table of steps: fielded, holdings, orders, history (R9, R22)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

import polars as pl

from kztimeline.layout import Part, during, flat

BOUNDS = ("low", "best", "high", "open")
HOLDINGS = ("holder", "system", "account", *BOUNDS, "conflict", "inferred", "low_from", "high_from", "ledgers", "as_of")
HISTORY = ("holder", "system", "account", "since", "until", *BOUNDS, "conflict", "inferred", "low_from", "high_from", "ledgers", "as_of")  # fmt: skip
FIELDED = (
    "holder", "system", "truth", *BOUNDS, "last_low", "last_best", "last_high", "conflict", "inferred", "ledgers", "as_of"
)  # fmt: skip

_DAYS = ("holder", "system", "since", *BOUNDS, "conflict", "inferred", "ledgers", "as_of")


def kept(steps: pl.DataFrame, holder: str, systems: Collection[str] | None, accounts: Sequence[str]) -> pl.DataFrame:
    """Keep the rows of a holder (``"*"``: all), of some systems (``None``: all) and accounts."""
    wanted = pl.col("account").is_in(list(accounts))
    if holder != "*":
        wanted &= pl.col("holder") == holder
    if systems is not None:
        wanted &= pl.col("system").is_in(list(systems))
    return steps.filter(wanted)


def on_day(steps: pl.DataFrame, day: date) -> pl.DataFrame:
    """Keep the row of each key that holds on a day."""
    return steps.filter((pl.col("since") <= day) & (pl.col("until").is_null() | (pl.col("until") > day)))


def holdings(parts: Iterable[Part], day: date) -> pl.DataFrame:
    """Give what is held on a day: one row for each holder, system and account with ``low best high open``.

    Rows that are certainly 0 are left out: nothing was held, and that is known or nobody says otherwise.
    """
    return flat((during(part, day, day, above_zero=True) for part in parts), HOLDINGS)


def history(parts: Iterable[Part]) -> pl.DataFrame:
    """Give every period in which nothing changes, closed-open, ``until`` null for ever."""
    return flat(parts, HISTORY)


def fielded(parts: Iterable[Part], first: date, last: date) -> pl.DataFrame:
    """Say of each system whether it was in service in a period of days, both inclusive (R22); ``parts`` are of in-service.

    ``truth`` is yes, maybe or no; ``low`` and ``high`` are the greatest of any day of the period (null
    ``high``: no upper bound), ``last_low``, ``last_best`` and ``last_high`` those of its last day, and
    ``best`` is the last day's where the bounds are. A system without any evidence in the period has no row.
    """
    days = flat((during(part, first, last) for part in parts), _DAYS)
    rows = days.group_by("holder", "system", maintain_order=True).agg(
        pl.col("low", "high").max(),
        pl.col("high").is_null().any().alias("endless"),
        ((pl.col("high") == 0) & ~pl.col("open")).all().alias("nothing"),
        pl.col("since").first(),
        pl.col("low", "best", "high").last().name.prefix("last_"),
        pl.col("open", "conflict").any(),
        pl.col("inferred").all(),
        pl.col("ledgers").unique(),
        pl.col("as_of").last(),
    )
    never = pl.col("nothing") & (pl.col("since") <= first)
    truth = pl.when(pl.col("low") >= 1).then(pl.lit("yes")).when(never).then(pl.lit("no")).otherwise(pl.lit("maybe"))
    high = pl.when(~pl.col("endless")).then("high")
    same = (pl.col("low") == pl.col("last_low")) & high.eq_missing(pl.col("last_high"))
    ledgers = pl.col("ledgers").list.join(" ").str.split(" ").list.unique().list.sort().list.join(" ")
    return rows.with_columns(
        truth.alias("truth"), high.alias("high"), pl.when(same).then("last_best").alias("best"), ledgers
    ).select(FIELDED)
