"""The table of steps laid out for questions: one part an account, rows of a key together, names and ledgers apart.

A question says which rows it asks for, compares days as whole numbers, and copies only the columns of its answer, once:
it reads no text. Columns are taken one by one and at once, since a plan over few rows costs more than the rows do.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property

import polars as pl
from attrs import Factory, evolve, field, frozen

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


@frozen(eq=False, slots=False)
class Beside:
    """What no question changes: worked out from all rows of an account when first needed, then kept beside them."""

    rows: pl.DataFrame
    keys: pl.DataFrame

    @cached_property
    def numbers(self) -> pl.Series:
        """The number of each row."""
        return pl.int_range(self.rows.height, dtype=pl.UInt32, eager=True)

    @cached_property
    def some(self) -> pl.Series:
        """Whether there may be any units, row by row; no means certainly 0."""
        return self.rows.select(pl.col("high").is_null() | (pl.col("high") > 0)).to_series()

    @cached_property
    def by_system(self) -> tuple[pl.DataFrame, pl.Series]:
        """The systems, sorted, each with its stretch of the numbers of all rows in that order, and those numbers."""
        keys = self.keys.sort("system", maintain_order=True)
        count = pl.col("end") - pl.col("start")
        systems = keys.select("system", (count.cum_sum() - count).alias("start"), count.cum_sum().alias("end"))
        numbers = pl.int_ranges("start", "end", dtype=pl.UInt32).explode(empty_as_null=False)
        return systems, keys.select(numbers).to_series()


@frozen(eq=False)
class Part:
    """The steps of one account.

    ``rows`` are sorted by key and day (:data:`ROWS`). ``keys`` has a row for each key, in order: ``holder``, ``system``,
    ``as_of``, and the stretch of ``rows`` from ``start`` to before ``end``. ``told`` names the ledgers that rows rest on.
    ``asked`` are the rows that a question is about: a stretch of them, or their numbers in order; ``shared`` names what
    stands in all of them.
    """

    account: str
    rows: pl.DataFrame
    keys: pl.DataFrame
    told: pl.DataFrame
    asked: slice | pl.Series = field(default=slice(None), kw_only=True)
    shared: Mapping[str, str] = field(factory=dict, kw_only=True)
    beside: Beside = field(default=Factory(lambda part: Beside(part.rows, part.keys), takes_self=True), kw_only=True)

    def column(self, name: str) -> pl.Series:
        """Give a column of the rows asked for."""
        return self.rows[name][self.asked]


def part_of(account: str, rows: pl.DataFrame, keys: pl.DataFrame, told: pl.DataFrame) -> Part:
    """Make a part of all its rows, every column written out in one piece: picking rows from several takes ten times as long."""
    return Part(account, *map(_in_one_piece, (rows, keys, told)))


def _in_one_piece(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame([column.rechunk() for column in frame.get_columns()])


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
    return part_of(account, rows, with_stretches(rows, names), distinct.select(TOLD))


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
    """Ask for the rows of a holder (``"*"``: all) and of some systems (``None``: all)."""
    keys, every = part.keys, range(part.keys.height)
    shared = {} if holder == "*" else {"holder": holder}
    own = every if holder == "*" else _named(keys["holder"], holder, every)
    if systems is None:
        return evolve(part, asked=_stretch(keys, own), shared=shared)
    keys, numbers = part.beside.by_system if holder == "*" else (keys, part.beside.numbers)
    wanted = set(systems)
    found = [numbers[_stretch(keys, _named(keys["system"], system, own))] for system in wanted]
    if len(found) == 1:
        return evolve(part, asked=found[0], shared={**shared, "system": wanted.pop()})
    return evolve(part, asked=pl.concat([numbers.clear(), *found]).sort(), shared=shared)


def _named(names: pl.Series, name: str, among: range) -> range:
    """Find where a name stands among names that are sorted there."""
    first = bisect_left(names, name, among.start, among.stop)
    return range(first, bisect_right(names, name, first, among.stop))


def _stretch(keys: pl.DataFrame, own: range) -> slice:
    """Give the stretch that neighbouring keys have together."""
    return slice(keys["start"][own[0]], keys["end"][own[-1]]) if own else slice(0)


def during(part: Part, first: date, last: date, *, above_zero: bool = False) -> Part:
    """Ask for the rows that hold on some day from first to last; ``above_zero`` leaves out what is certainly 0."""
    begin, end = first.toordinal() - _EPOCH, last.toordinal() - _EPOCH
    wanted = (part.column("since") <= end) & (part.column("until") > begin)
    if above_zero:
        wanted &= part.beside.some[part.asked]
    return evolve(part, asked=part.beside.numbers[part.asked].filter(wanted))


def flat(several: Iterable[Part], columns: Sequence[str] = tuple(STEPS)) -> pl.DataFrame:
    """Write parts as a table of steps again, sorted by holder, system, account and day; ``columns`` are those wanted."""
    frames = [_flat(part, columns) for part in several]
    if len(frames) == 1:
        return frames[0]
    order = [name for name in ("holder", "system", "account", "since") if name in columns]
    whole = pl.concat(frames) if frames else pl.DataFrame(schema=STEPS).select(columns)
    return whole.sort(order, maintain_order=True)


def _flat(part: Part, columns: Sequence[str]) -> pl.DataFrame:
    key, told = part.column("key"), part.column("told")
    same = {"account": part.account, **part.shared}
    names = {
        **dict.fromkeys(("holder", "system", "as_of"), (part.keys, key)),
        **dict.fromkeys(TOLD, (part.told, told)),
    }

    def written(name: str) -> pl.Series:
        if name in same:
            return pl.Series(name, [same[name]], STEPS[name]).new_from_index(0, key.len())
        if name in names:
            frame, numbers = names[name]
            return frame[name][numbers]
        column = part.column(name)
        if name == "until":
            column = column.set(column == FOREVER, None)
        return column.cast(pl.Date) if STEPS[name] is pl.Date else column

    return pl.DataFrame([written(name) for name in columns])
