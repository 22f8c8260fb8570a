"""The engines of ``peers.py``: each is given the same Parquet files, prepares itself, and answers the same questions.

An answer has ``holder``, ``system``, ``low`` and ``high`` (null: no upper bound), without rows that are certainly 0. The
rules of the fold that the claims need are written out in each: the latest level on or before the day; what came and went
after it, for certain and at most (R11); no upper bound before a first level that what came does not reach (R13).
"""

from __future__ import annotations

import datetime
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl
from made_up import EPOCH, openings, standing

DAY, EARLIER = datetime.date(2016, 12, 31), datetime.date(2006, 12, 31)
HOLDER, SYSTEM = "ADJ", "s0199"
YEARS = [datetime.date(year, 12, 31) for year in range(1950, 2026)]
KEY = ["holder", "system"]
Engine = dict[str, Callable[[], object]]
QUESTIONS = {
    "everybody": "everybody's holdings on a day",
    "holder": "one holder on a day",
    "history": "one system's history over 75 years",
    "change": "difference of two days",
    "years": "76 year-ends of everybody",
}


def claims(folder: Path) -> pl.DataFrame:
    """Read what stands."""
    return pl.read_parquet(folder / "standing.parquet")


# --- ours ------------------------------------------------------------------------------------------------


def steps(folder: Path) -> Engine:
    """Filters on the table of steps, built from the events in columns."""
    from kztimeline import bulk
    from kztimeline.holdings import history, holdings
    from kztimeline.layout import during, of_keys

    began = time.perf_counter()
    stands = standing(pl.scan_parquet(folder / "events.parquet")).collect(engine="streaming")
    about = openings(stands)
    stood, spent = time.perf_counter(), time.process_time()
    held = bulk.laid_out(stands, about)["held"]
    print(f"# standing claims {stood - began:.2f} s, fold into {held.rows.height} steps of {held.keys.height} keys")
    steps.built = time.perf_counter() - stood, time.process_time() - spent  # type: ignore[attr-defined]

    def change() -> pl.DataFrame:
        columns, some = [], pl.Series([False]).new_from_index(0, held.keys.height)
        for day, end in ((EARLIER, ""), (DAY, "_after")):
            found = during(held, day, day, above_zero=True)
            some = some.scatter(found.column("key"), values=True)
            for name in ("low", "high"):
                none = pl.Series(name + end, [None], pl.Int64).new_from_index(0, held.keys.height)
                columns.append(none.scatter(found.column("key"), found.column(name)))
        return held.keys.select(KEY).with_columns(columns).filter(some)

    def floor() -> pl.DataFrame:
        held.rows.select(pl.col("since", "until", "high").max())
        return floor.answer.select(pl.all().reverse())  # type: ignore[attr-defined]

    floor.answer = holdings([held], DAY)  # type: ignore[attr-defined]
    return {
        "everybody": lambda: holdings([held], DAY),
        "holder": lambda: holdings([of_keys(held, HOLDER, None)], DAY),
        "history": lambda: history([of_keys(held, "*", [SYSTEM])]),
        "change": change,
        "years": lambda: [holdings([held], day) for day in YEARS],
        "floor": floor,
    }


# --- peers -------------------------------------------------------------------------------------------------


def polars(folder: Path) -> Engine:
    """A lazy scan of the claims in memory: filter, join and group for each question; names are an ``Enum``."""
    frame = claims(folder)

    def on(day: pl.Expr, rows: pl.LazyFrame, key: list[str]) -> pl.LazyFrame:
        rows = rows.with_columns(day.alias("day"))
        levels = rows.filter(pl.col("what") == 2)
        last = levels.filter(pl.col("first") <= pl.col("day")).group_by(key).agg(
            pl.col("first").max().alias("cut"), pl.col("low", "high").sort_by("first").last().name.prefix("level_")
        )  # fmt: skip
        opening = levels.group_by(key).agg(
            pl.col("first").min().alias("opens"), pl.col("low").sort_by("first").first().alias("least")
        )
        flows = rows.filter(pl.col("what") != 2).join(opening, on=key, how="left").join(last, on=key, how="left")
        cut, gain = pl.col("cut").fill_null(0), pl.col("what") == 1
        sure = (pl.col("first") > cut) & (pl.col("last") <= pl.col("day"))
        maybe = (pl.col("last") > cut) & (pl.col("first") <= pl.col("day")) & (cut < pl.col("day"))
        endless = (gain & maybe & pl.col("high").is_null()).any()
        came = gain & (pl.col("first") <= pl.col("opens"))
        sums = flows.group_by(key).agg(
            pl.when(sure & gain).then("low").when(maybe & ~gain).then(-pl.col("high")).sum().alias("low"),
            pl.when(maybe & gain).then("high").when(sure & ~gain).then(-pl.col("low")).sum().alias("high"),
            endless.alias("endless"),
            (maybe & ~gain & pl.col("high").is_null()).any().alias("bottomless"),
            maybe.any().alias("spoken"),
            pl.when(came).then("high").sum().alias("came"),
            (came & pl.col("high").is_null()).any().alias("any"),
        )
        found = sums.join(opening, on=key, how="full", coalesce=True).join(last, on=key, how="left")
        none = pl.col("opens").is_not_null() & pl.col("cut").is_null() & ~pl.col("any").fill_null(value=False)
        silent = none & (pl.col("came").fill_null(0) < pl.max_horizontal("least", pl.lit(1)))
        said = pl.col("spoken").fill_null(value=False) | pl.col("cut").is_not_null() | silent
        no_end = pl.col("endless") | silent | (pl.col("cut").is_not_null() & pl.col("level_high").is_null())
        low = (pl.col("low").fill_null(0) + pl.col("level_low").fill_null(0)).clip(0)
        high = (pl.col("high").fill_null(0) + pl.col("level_high").fill_null(0)).clip(0)
        return found.filter(said).select(
            *key,
            pl.when(pl.col("bottomless")).then(0).otherwise(low).alias("low"),
            pl.when(no_end.fill_null(value=False)).then(None).otherwise(high).alias("high"),
        ).filter(pl.col("high").is_null() | (pl.col("high") > 0))  # fmt: skip

    def at(day: datetime.date, rows: pl.LazyFrame | None = None) -> pl.DataFrame:
        return on(pl.lit(day.toordinal(), pl.Int32), frame.lazy() if rows is None else rows, KEY).collect()

    def change() -> pl.DataFrame:
        return at(EARLIER).join(at(DAY), on=KEY, how="full", coalesce=True, suffix="_after")

    def history() -> pl.DataFrame:
        days = pl.LazyFrame({"day": [day.toordinal() for day in YEARS]}, {"day": pl.Int32})
        rows = frame.lazy().filter(pl.col("system") == SYSTEM).join(days, how="cross")
        return on(pl.col("day"), rows, [*KEY, "day"]).collect()

    return {
        "everybody": lambda: at(DAY),
        "holder": lambda: at(DAY, frame.lazy().filter(pl.col("holder") == HOLDER)),
        "history": history,
        "change": change,
        "years": lambda: [at(day) for day in YEARS],
    }


SQL = """
with level as (select holder, system, max(first) as cut from claims where what = 2 and first <= {day} {more} group by 1, 2),
last as (select c.holder, c.system, c.first as cut, c.low, c.high from claims c join level l
  on c.holder = l.holder and c.system = l.system and c.first = l.cut where c.what = 2),
begun as (select holder, system, min(first) as opens from claims where what = 2 {more} group by 1, 2),
opening as (select c.holder, c.system, c.first as opens, c.low as least from claims c join begun b
  on c.holder = b.holder and c.system = b.system and c.first = b.opens where c.what = 2),
sums as (select c.holder, c.system,
  sum(case when c.what = 1 and c.first > coalesce(l.cut, 0) and c.last <= {day} then c.low
    when c.what = -1 and {maybe} then -c.high else 0 end) as low,
  sum(case when c.what = 1 and {maybe} then c.high
    when c.what = -1 and c.first > coalesce(l.cut, 0) and c.last <= {day} then -c.low else 0 end) as high,
  max(case when c.what = 1 and {maybe} and c.high is null
    then 1 else 0 end) as endless,
  max(case when c.what = -1 and {maybe} and c.high is null
    then 1 else 0 end) as bottomless,
  max(case when {maybe} then 1 else 0 end) as spoken,
  sum(case when c.what = 1 and c.first <= o.opens then c.high else 0 end) as came,
  max(case when c.what = 1 and c.first <= o.opens and c.high is null then 1 else 0 end) as no_end
  from claims c left join last l on c.holder = l.holder and c.system = l.system
  left join opening o on c.holder = o.holder and c.system = o.system where c.what <> 2 {more_c} group by 1, 2),
every as (select holder, system from sums union select holder, system from opening),
found as (select e.holder, e.system, s.low, s.high, s.endless, s.bottomless, coalesce(s.spoken, 0) as spoken, l.cut,
  l.low as level_low, l.high as level_high,
  case when o.opens > {day} and coalesce(s.no_end, 0) = 0 and coalesce(s.came, 0) < (case when o.least > 1 then o.least
    else 1 end) then 1 else 0 end as silent
  from every e left join sums s on e.holder = s.holder and e.system = s.system
  left join last l on e.holder = l.holder and e.system = l.system
  left join opening o on e.holder = o.holder and e.system = o.system),
told as (select holder, system,
  case when bottomless = 1 or coalesce(low, 0) + coalesce(level_low, 0) < 0 then 0
    else coalesce(low, 0) + coalesce(level_low, 0) end as low,
  case when endless = 1 or silent = 1 or (cut is not null and level_high is null) then null
    when coalesce(high, 0) + coalesce(level_high, 0) < 0 then 0
    else coalesce(high, 0) + coalesce(level_high, 0) end as high
  from found where spoken = 1 or cut is not null or silent = 1)
select holder, system, low, high from told where high is null or high > 0
"""


def sql(day: datetime.date, more: str = "") -> str:
    """Write the question of a day; ``more`` narrows the claims."""
    maybe = f"c.last > coalesce(l.cut, 0) and c.first <= {day.toordinal()} and {day.toordinal()} > coalesce(l.cut, 0)"
    return SQL.format(day=day.toordinal(), maybe=maybe, more=more, more_c=more.replace(" holder", " c.holder"))


def duckdb(folder: Path) -> Engine:
    """A native table of what stands, asked in SQL."""
    import duckdb as engine

    base = engine.connect()
    base.execute("set threads to 2")
    columns = "holder::varchar as holder, system::varchar as system, what, first, last, low, high"
    base.execute(f"create table claims as select {columns} from read_parquet('{folder / 'standing.parquet'}')")

    def at(day: datetime.date, more: str = "") -> object:
        return base.sql(sql(day, more)).pl()

    return {
        "everybody": lambda: at(DAY),
        "holder": lambda: at(DAY, f"and holder = '{HOLDER}'"),
        "change": lambda: (at(EARLIER), at(DAY)),
    }


def sqlite(folder: Path) -> Engine:
    """A table of what stands in memory, with a covering index, asked in SQL."""
    base = sqlite3.connect(":memory:")
    base.execute("create table claims (holder, system, what, first, last, low, high)")
    rows = claims(folder).select(pl.col(KEY).cast(pl.String), "what", "first", "last", "low", "high")
    base.executemany("insert into claims values (?, ?, ?, ?, ?, ?, ?)", rows.iter_rows())
    base.execute("create index covering on claims (holder, system, what, first, last, low, high)")
    base.execute("analyze")
    return {
        "everybody": lambda: base.execute(sql(DAY)).fetchall(),
        "holder": lambda: base.execute(sql(DAY, f"and holder = '{HOLDER}'")).fetchall(),
    }


def pandas(folder: Path) -> Engine:
    """A frame of what stands, grouped for each question; names are categories."""
    import pandas as pd

    frame = pd.read_parquet(folder / "standing.parquet").drop(columns=["source", "account", "spread", "best", "batch"])
    code = {name: frame[name].astype("category") for name in KEY}
    frame["key"] = code["holder"].cat.codes.astype("int64") * 100_000 + code["system"].cat.codes
    names = frame.drop_duplicates("key").set_index("key")[KEY]

    def at(day: datetime.date, holder: str | None = None) -> object:
        on = day.toordinal()
        rows = frame if holder is None else frame[frame["holder"] == holder]
        levels = rows[rows["what"] == 2].sort_values("first")
        last = levels[levels["first"] <= on].groupby("key")[["first", "low", "high"]].tail(1).join(levels[["key"]])
        last = last.set_index("key").rename(columns={"first": "cut", "low": "level_low", "high": "level_high"})
        opening = levels.drop_duplicates("key").set_index("key")[["first", "low"]].set_axis(["opens", "least"], axis=1)
        flows = rows[rows["what"] != 2].join(last[["cut"]], on="key").join(opening, on="key")
        cut, gain = flows["cut"].fillna(0), flows["what"] == 1
        sure = (flows["first"] > cut) & (flows["last"] <= on)
        maybe = (flows["last"] > cut) & (flows["first"] <= on) & (cut < on)
        came = gain & (flows["first"] <= flows["opens"])
        no_high, high = flows["high"].isna(), flows["high"].fillna(0)
        sums = pd.DataFrame(
            {
                "low": flows["low"].where(sure & gain, 0) - high.where(maybe & ~gain, 0),
                "high": high.where(maybe & gain, 0) - flows["low"].where(sure & ~gain, 0),
                "endless": gain & maybe & no_high,
                "bottomless": ~gain & maybe & no_high,
                "spoken": maybe,
                "came": high.where(came, 0),
                "any": came & no_high,
            }
        ).groupby(flows["key"]).sum()  # fmt: skip
        found = sums.join(opening, how="outer").join(last, how="left")
        least = found["least"].clip(lower=1)
        silent = (found["opens"] > on) & (found["any"].fillna(0) == 0) & (found["came"].fillna(0) < least)
        stated = found["cut"].notna()
        low = (found["low"].fillna(0) + found["level_low"].fillna(0)).clip(lower=0).where(~(found["bottomless"] > 0), 0)
        top = (found["high"].fillna(0) + found["level_high"].fillna(0)).clip(lower=0)
        top = top.where(~((found["endless"] > 0) | silent | (stated & found["level_high"].isna())))
        kept = ((found["spoken"] > 0) | stated | silent) & (top.isna() | (top > 0))
        return names.join(pd.DataFrame({"low": low, "high": top})[kept], how="inner")

    return {"everybody": lambda: at(DAY), "holder": lambda: at(DAY, HOLDER)}


def objects(folder: Path) -> Engine:
    """A fold over objects: one Python value for each claim, by key."""
    by_key: dict[tuple[str, str], list[tuple[int, int, int, int, int | None]]] = defaultdict(list)
    for holder, system, *rest in claims(folder).select(*KEY, "what", "first", "last", "low", "high").iter_rows():
        by_key[(holder, system)].append(tuple(rest))

    def at(day: datetime.date, holder: str | None = None) -> list[tuple[str, str, int, int | None]]:
        keys = by_key if holder is None else [key for key in by_key if key[0] == holder]
        return [(*key, *found) for key in keys if (found := folded(by_key[key], day.toordinal())) is not None]

    return {"everybody": lambda: at(DAY), "holder": lambda: at(DAY, HOLDER)}


def folded(several: Iterable[tuple[int, int, int, int, int | None]], day: int) -> tuple[int, int | None] | None:
    """Fold the claims of one key for one day."""
    flows = [claim for claim in several if claim[0] != 2]
    levels = sorted((first, low, high) for what, first, _, low, high in several if what == 2)
    cut, low, high = next((level for level in reversed(levels) if level[0] <= day), (0, 0, 0))
    spoken, bottomless, top = cut > 0, False, float("inf") if high is None else high
    for what, first, last, least, most in flows:
        sure, maybe, most = (
            first > cut and last <= day,
            last > cut and first <= day and cut < day,
            float("inf") if most is None else most,
        )
        spoken |= maybe
        if what == 1:
            low, top = low + least * sure, top + most if maybe else top
        else:
            bottomless |= maybe and most == float("inf")
            low, top = low - most if maybe and not bottomless else low, top - least * sure
    if levels and levels[0][0] > day:
        opens, least = levels[0][:2]
        came = sum(float("inf") if h is None else h for what, first, _, _, h in flows if what == 1 and first <= opens)
        if came < max(least, 1):
            spoken, top = True, float("inf")
    if not spoken or top <= 0:
        return None
    return 0 if bottomless else max(int(low), 0), None if top == float("inf") else int(top)


def eventsourcing(folder: Path) -> Engine:
    """Aggregates of ``eventsourcing``, one a key, replayed from its in-memory recorder for each question."""
    from uuid import UUID

    from eventsourcing.application import Application
    from eventsourcing.domain import Aggregate, event

    class Holding(Aggregate):
        def __init__(self, holder: str, system: str) -> None:
            self.holder, self.system = holder, system
            self.claims: list[tuple[int, int, int, int, int | None]] = []

        @event("Told")
        def tell(self, what: int, first: int, last: int, low: int, high: int | None) -> None:
            self.claims.append((what, first, last, low, high))

    app, ids = Application(), dict[tuple[str, str], UUID]()
    frame = claims(folder).select(*KEY, "what", "first", "last", "low", "high")
    for (holder, system), rows in frame.partition_by(KEY, as_dict=True).items():
        holding = Holding(str(holder), str(system))
        for row in rows.select("what", "first", "last", "low", "high").iter_rows():
            holding.tell(*row)
        app.save(holding)
        ids[(holding.holder, holding.system)] = holding.id

    def at(holder: str | None = None) -> list[tuple[str, str, int, int | None]]:
        keys = [key for key in ids if holder in (None, key[0])]
        replayed = ((key, folded(app.repository.get(ids[key]).claims, DAY.toordinal())) for key in keys)
        return [(*key, *found) for key, found in replayed if found is not None]

    return {"everybody": at, "holder": lambda: at(HOLDER)}


ENGINES: dict[str, tuple[Callable[[Path], Engine], int]] = {
    "steps": (steps, 10**9),
    "Polars": (polars, 10**9),
    "DuckDB": (duckdb, 10**9),
    "SQLite": (sqlite, 10**7),
    "pandas": (pandas, 10**7),
    "objects": (objects, 10**6),
    "eventsourcing": (eventsourcing, 10**4),
}
"""Each engine, and the most claims that it is asked to hold."""


# --- answers compared ---------------------------------------------------------------------------------------


def plain(question: str, answer: object) -> pl.DataFrame:
    """Write any engine's answer so that it can be compared: bounds by holder and system, and by day where there are many."""
    if question == "years":
        parts = [
            plain("everybody", part).with_columns(pl.lit(place).alias("place")) for place, part in enumerate(answer)
        ]
        return pl.concat(parts)
    if question == "change" and isinstance(answer, tuple):
        one, other = (plain("everybody", part) for part in answer)
        return plain("change", one.join(other, on=KEY, how="full", coalesce=True, suffix="_after"))
    frame = _frame(answer)
    if question == "history":
        frame = _year_ends(frame)
    bounds = [name for name in ("low", "high", "low_after", "high_after") if name in frame.columns]
    named = [*KEY, *(["day"] if "day" in frame.columns else [])]
    rows = frame.select(pl.col(KEY).cast(pl.String), *named[2:], *(pl.col(name).cast(pl.Int64) for name in bounds))
    return rows.sort(named)


def _frame(answer: object) -> pl.DataFrame:
    if isinstance(answer, pl.DataFrame):
        return answer
    if isinstance(answer, list):
        return pl.DataFrame(
            answer, {"holder": pl.String, "system": pl.String, "low": pl.Int64, "high": pl.Int64}, orient="row"
        )
    return pl.from_pandas(answer.reset_index(drop=True), nan_to_null=True)  # type: ignore[attr-defined]


def _year_ends(frame: pl.DataFrame) -> pl.DataFrame:
    if "day" in frame.columns:
        return frame
    days = pl.DataFrame({"on": YEARS})
    held = frame.join(days, how="cross").filter(
        (pl.col("since") <= pl.col("on")) & (pl.col("until").is_null() | (pl.col("until") > pl.col("on")))
    )
    day = (pl.col("on").to_physical() + EPOCH).cast(pl.Int32).alias("day")
    return held.filter(pl.col("high").is_null() | (pl.col("high") > 0)).select(*KEY, day, "low", "high")
