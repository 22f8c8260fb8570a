"""The fold over columns on any engine: Polars, DuckDB or a Spark cluster, written once over Narwhals.

The same claims and the same steps as ``bulk``, row by row. No row has a place among others here, so all running sums name
their order: a day's claims are added up before they run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any, TypeVar

from kztimeline.columns import COMES, KEY, LEAVES, LEVEL, not_simple
from kztimeline.errors import EventError, MissingExtraError
from kztimeline.events import Account
from kztimeline.frames import STEPS
from kztimeline.readings import FIRST_DAY
from kztimeline.words import one_where as _one_where

try:
    import narwhals.stable.v2 as nw
except ImportError as error:
    raise MissingExtraError('pip install "kztimeline[spark]"') from error

__all__ = ["SPOT", "Frame", "folded", "frame", "nw", "step_frame_of"]

Native = TypeVar("Native")
Frame = nw.LazyFrame[Any]
SPOT = (*KEY, "account")
one_where = partial(_one_where, lib=nw)
_KNOWN = (*SPOT, "source", "several", "silent")
"""Columns that are the same for all rows of a spot."""
_NAMES = (*SPOT, "source")
_NUMBERS = ("what", "first", "last", "low", "best", "high")
_SUMS = ("least", "most", "best", "endless", "unknown")
_NONE = -1
"""Stands for "no level before": earlier than every day."""
_SEVERAL = 0
"""The batch of what several batches add to the sums together; those of a key are numbered from 1."""


def step_frame_of(claims: Native, openings: Native, keep: Callable[[Any], Any] = lambda native: native) -> Native:
    """Fold simple claims (``columns.MOVES``, ``columns.OPENINGS``) into the table of steps (``frames.STEPS``).

    Both are frames of one engine: Polars, DuckDB relations, Spark data frames, or Narwhals' own of these; so is what is
    given back, not yet computed and in no order. Days, names and batches may be of any whole-number and text types.
    The claims are read in five places: ``keep`` may have the engine compute a frame of its own once (Spark's ``persist``).
    Raises :func:`kztimeline.columns.not_simple`; for this the engine looks through the claims once, before anything else.
    """
    for error in _not_simple(frame(claims)):
        raise error
    return folded(claims, openings, keep)


def _not_simple(claims: Frame) -> Iterator[EventError]:
    """Yield what is wrong with the first key that has several sources, or several levels on one day."""
    sources = claims.group_by(*KEY).agg(one=nw.col("source").min(), other=nw.col("source").max())
    for row in _first(sources.filter(nw.col("one") != nw.col("other"))):
        yield not_simple(row["holder"], row["system"], f"claims of {row['one']} and {row['other']}")
    levels = claims.filter(nw.col("what") == LEVEL).group_by(*KEY, "first").agg(levels=nw.len())
    for row in _first(levels.filter(nw.col("levels") > 1)):
        yield not_simple(row["holder"], row["system"], f"several levels on {date.fromordinal(row['first'])}")


def _first(rows: Frame) -> Iterator[dict[str, Any]]:
    """Yield the first row of a few, by key."""
    yield from rows.sort(*KEY).head(1).collect("polars").rows(named=True)


def folded(claims: Native, openings: Native, keep: Callable[[Any], Any]) -> Native:
    """Fold claims that are known to be simple; nothing is computed before the engine is asked for rows."""
    every = frame(keep(_moves(frame(claims)).to_native()))
    stated = every.filter(nw.col("what") == LEVEL).select(*SPOT, "source", "several", "low", on="first")
    changes = nw.concat([*_changes(every, stated), _starts(stated, every)])
    levels = _levels(_signed(_batched(_runs(changes))))
    made: Native = _named(_settled(levels, frame(openings)))
    return made


def frame(native: Any) -> Frame:
    """See an engine's table through Narwhals."""
    found: Frame = nw.from_native(native).lazy()
    return found


def _moves(claims: Frame) -> Frame:
    """Give names and numbers one type on every engine; claims of keys with several accounts again for all that is held."""
    typed = claims.select(
        *(nw.col(name).cast(nw.String) for name in _NAMES), *(nw.col(name).cast(nw.Int64) for name in _NUMBERS), "spread", "batch"
    )  # fmt: skip
    account, batch = nw.col("account"), nw.col("batch")
    typed = typed.with_columns(
        several=account.min().over(*KEY) != account.max().over(*KEY),
        batch=batch.rank("dense").over(*KEY).cast(nw.Int64),
    )
    return _also_held(typed, nw.col("several"))


def _also_held(rows: Frame, which: nw.Expr) -> Frame:
    """Give some rows twice: for their account, and for all that is held."""
    account = nw.col("account")
    both = nw.when(which).then(nw.concat_str(account, nw.lit(str(Account.HELD)), separator=" ")).otherwise(account)
    return rows.with_columns(account=both.str.split(" ")).explode("account")


# --- what each claim adds to the sums, and when (as ``bulk`` explains) -----------------------------------------


def _changes(every: Frame, stated: Frame) -> Iterator[Frame]:
    """Yield what each claim adds: its most when it may have come, its least when it has, its best in between."""
    first, last = nw.col("first"), nw.col("last")
    loose = nw.when("spread").then(nw.lit("first last")).otherwise(nw.lit("first middle last"))
    parts = nw.when(first == last).then(nw.lit("whole")).otherwise(loose)
    days = nw.when(nw.col("part") == "last").then(last).otherwise(first)
    days = nw.when(nw.col("part") == "middle").then(first + (last - first) // 2).otherwise(days)
    split = every.filter(first <= last).with_columns(part=parts.str.split(" ")).explode("part")
    yield _written(split.with_columns(day=days))
    yield _written(_shared(every.filter(nw.col("spread") & (first < last) & (nw.col("best") != 0))))
    yield _again(every.filter(first < last), stated)


def _written(claims: Frame) -> Frame:
    """Write changes; where the most counts, so does whether it has an end, and whether there is a best."""

    def only(value: nw.Expr, *parts: str) -> nw.Expr:
        return nw.when(nw.col("part").is_in(parts)).then(value).otherwise(0).cast(nw.Int64)

    counted = ("whole", "first")
    return claims.select(
        *SPOT, "source", "several", "what", "batch", "first", "day",
        least=only(nw.col("low"), "whole", "last"),
        most=only(nw.col("high").fill_null(0), *counted),
        best=only(nw.col("best").fill_null(0), "whole", "middle", "share"),
        endless=only(one_where(nw.col("high").is_null()), *counted),
        unknown=only(one_where(nw.col("best").is_null()), *counted),
    )  # fmt: skip


_SIDES = (*SPOT, "source", "several", "what")
_LASTING = ("claims", "most", "endless", "unknown", "batches", "named")


def _again(loose: Frame, stated: Frame) -> Frame:
    """Let what may lie after a level enter again on the next day, for its most alone: once for all claims of a side (R11).

    A claim is counted from its first day to before its last one, and each level reads the running count. Of batches it is
    counted how many there are, and added up what they are called, which names one that is alone.
    """
    sides = stated.with_columns(what=nw.lit(f"{COMES} {LEAVES}").str.split(" ")).explode("what")
    zeros = dict.fromkeys(_LASTING, nw.lit(0, nw.Int64))
    levels = sides.select(
        *_SIDES[:-1], nw.col("what").cast(nw.Int64), nw.col("on").alias("day"), **zeros, level=nw.lit(1, nw.Int64)
    )
    rows = nw.concat([levels, _lasting(loose).with_columns(level=nw.lit(0, nw.Int64))])
    rows = rows.group_by(*_SIDES, "day").agg(*(nw.col(name).sum() for name in (*_LASTING, "level")))
    rows = rows.with_columns(*(nw.col(name).cum_sum().over(*SPOT, "what", order_by="day") for name in _LASTING))
    rows = rows.filter((nw.col("level") > 0) & (nw.col("claims") > 0))
    zero, batch = nw.lit(0, nw.Int64), nw.when(nw.col("batches") == 1).then(nw.col("named")).otherwise(_SEVERAL)
    return rows.select(
        *_SIDES, batch.cast(nw.Int64).alias("batch"), nw.col("day").alias("first"), nw.col("day") + 1, zero.alias("least"),
        nw.col("most").cast(nw.Int64), zero.alias("best"), nw.col("endless", "unknown").cast(nw.Int64),
    )  # fmt: skip


def _lasting(loose: Frame) -> Frame:
    """Write what enters on the first day of each claim and leaves on its last, added up for each day of a side."""
    ends = loose.with_columns(end=nw.lit("first last").str.split(" ")).explode("end")
    enters, endless = nw.col("end") == "first", nw.col("high").is_null()
    sign = nw.when(enters).then(1).otherwise(-1)
    ends = ends.select(
        *_SIDES, "batch",
        day=nw.when(enters).then(nw.col("first")).otherwise(nw.col("last")),
        claims=sign, most=sign * nw.col("high").fill_null(0), endless=sign * one_where(endless),
        unknown=sign * one_where(nw.col("best").is_null()), active=sign * one_where(endless | (nw.col("high") > 0)),
    )  # fmt: skip
    sums = ("claims", "most", "endless", "unknown")
    days = ends.group_by(*_SIDES, "batch", "day").agg(*(nw.col(name).sum() for name in (*sums, "active")))
    run = (*SPOT, "what", "batch")
    days = days.with_columns(here=one_where(nw.col("active").cum_sum().over(*run, order_by="day") > 0))
    days = days.with_columns(before=nw.col("here").shift(1).over(*run, order_by="day"))
    days = days.with_columns(batches=nw.col("here") - nw.col("before").fill_null(0))
    days = days.with_columns(named=nw.col("batches") * nw.col("batch"))
    return days.select(*_SIDES, "day", *(nw.col(name).cast(nw.Int64) for name in _LASTING))


def _shared(claims: Frame) -> Frame:
    """Share best numbers out to the ends of the years of ``A/B``, what is left to the last one (R8)."""
    claims = _with_years(claims, "first", "last")
    claims = claims.with_columns(y=nw.col("year_first"), z=nw.col("year_last"))
    spans = claims.select("y", "z").unique().join(_years(claims), how="cross")
    spans = spans.filter((nw.col("y") <= nw.col("year")) & (nw.col("year") <= nw.col("z")))
    wide = claims.join(spans, on=["y", "z"], how="inner").with_columns(years=nw.col("z") - nw.col("y") + 1)
    rest = nw.when(nw.col("year") == nw.col("z")).then(nw.col("best") % nw.col("years")).otherwise(0)
    end = nw.min_horizontal(_year_end("year"), "last")
    return wide.with_columns(best=nw.col("best") // nw.col("years") + rest, day=end, part=nw.lit("share"))


def _years(claims: Frame) -> Frame:
    """Give all years of the calendar as a frame of the same engine."""
    hundred = nw.lit(" ".join(map(str, range(100)))).str.split(" ")
    numbers = claims.head(1).select(number=hundred).explode("number").select(nw.col("number").cast(nw.Int64))
    centuries = numbers.select(century=nw.col("number") * 100)
    return numbers.join(centuries, how="cross").select(year=nw.col("number") + nw.col("century"))


def _starts(stated: Frame, every: Frame) -> Frame:
    """Begin on the key's first day what is inferred: a first level that is more than all that came until then (R13)."""
    firsts = stated.filter(nw.col("on") == nw.col("on").min().over(*SPOT))
    gains = every.filter((nw.col("what") == COMES) & ~(nw.col("several") & (nw.col("account") != str(Account.HELD))))
    early = nw.col("came") <= nw.col("on")
    found = firsts.join(gains.select(*KEY, "high", came="first"), on=list(KEY), how="left").with_columns(
        most=nw.when(early).then(nw.col("high")).otherwise(0), endless=one_where(early & nw.col("high").is_null())
    )
    about = (*SPOT, "source", "several")
    found = found.group_by(*about).agg(nw.col("low").max(), nw.col("most").sum(), nw.col("endless").sum())
    short = (nw.col("most") < nw.col("low")) | (nw.col("most") < 1)
    zero = nw.lit(0, nw.Int64)
    zeros = dict.fromkeys(("first", "day", *_SUMS), zero)
    found = found.filter((nw.col("endless") == 0) & short)
    return found.select(*about, what=zero, batch=zero, **zeros)


# --- sums ------------------------------------------------------------------------------------------------------


def _runs(changes: Frame) -> Frame:
    """Say for each change which level it comes after (``begun``, its day): sums run from one level to the next.

    On the day of a level flows come first (R10). What a claim's least adds counts only with no level since its first day.
    """
    level = nw.col("what") == LEVEL
    changes = changes.with_columns(
        order=one_where(level),
        stated=nw.when(level).then(nw.col("day")).otherwise(_NONE),
        start=one_where(nw.col("what") == 0),
    )
    changes = changes.with_columns(
        begun=nw.col("stated").cum_max().over(*SPOT, order_by=["day", "order"]),
        silent=nw.col("start").max().over(*SPOT),
    )
    whole = level | (nw.col("begun") < nw.col("first"))
    return changes.with_columns(least=nw.when(whole).then(nw.col("least")).otherwise(0))


_RUN = (*SPOT, "begun")
_SIDE = (*_RUN, "what")


def _batched(changes: Frame) -> Frame:
    """Add up each day of a run, gains and losses apart; of batches that may be the same one counts for certain (R5).

    Of two batches there is no single best.
    """
    flow = nw.col("what").is_in((COMES, LEAVES))
    rows = changes.with_columns(active=one_where(flow & ((nw.col("most") > 0) | (nw.col("endless") > 0))))
    about = (*_KNOWN, "begun", "what", "day")
    rows = rows.group_by(*about, "batch").agg(*(nw.col(name).sum() for name in (*_SUMS, "active")))
    rows = rows.with_columns(
        reached=nw.col("least").cum_sum().over(*_SIDE, "batch", order_by="day"),
        own=nw.col("active").cum_sum().over(*_SIDE, "batch", order_by="day"),
    )
    rows = rows.with_columns(crowd=one_where((nw.col("batch") == _SEVERAL) & (nw.col("active") > 0)))
    sums = [nw.col(name).sum() for name in ("most", "best", "endless", "unknown", "active")]
    days = rows.group_by(*about).agg(*(nw.col(name).max() for name in ("reached", "own", "crowd")), *sums)
    days = days.with_columns(
        reached=nw.col("reached").cum_max().over(*_SIDE, order_by="day"),
        own=nw.col("own").cum_max().over(*_SIDE, order_by="day"),
        all=nw.col("active").cum_sum().over(*_SIDE, order_by="day"),
        crowd=nw.col("crowd").cum_max().over(*_SIDE, order_by="day"),
    ).with_columns(rivals=one_where((nw.col("own") < nw.col("all")) | (nw.col("crowd") > 0)))
    days = days.with_columns(
        before=nw.col("reached").shift(1).over(*_SIDE, order_by="day"),
        rivalled=nw.col("rivals").shift(1).over(*_SIDE, order_by="day"),
    )
    return days.with_columns(
        least=nw.col("reached") - nw.col("before").fill_null(0),
        unknown=nw.col("unknown") + nw.col("rivals") - nw.col("rivalled").fill_null(0),
    )


def _signed(days: Frame) -> Frame:
    """Write what comes and goes as changes of the least and the greatest level, added up to the end of each day."""
    gone = nw.col("what") == LEAVES
    signed = days.select(
        *_KNOWN, "begun", "day", "unknown",
        low=nw.when(gone).then(-nw.col("most")).otherwise(nw.col("least")),
        best=nw.when(gone).then(-nw.col("best")).otherwise(nw.col("best")),
        high=nw.when(gone).then(-nw.col("least")).otherwise(nw.col("most")),
        bottomless=nw.when(gone).then(nw.col("endless")).otherwise(0),
        endless=nw.when(gone).then(0).otherwise(nw.col("endless")),
    )  # fmt: skip
    sums = ("low", "best", "high", "bottomless", "endless", "unknown")
    signed = signed.group_by(*_KNOWN, "begun", "day").agg(*(nw.col(name).sum() for name in sums))
    rows = signed.with_columns(*(nw.col(name).cum_sum().over(*_RUN, order_by="day") for name in sums))
    return rows.filter(nw.col("begun") == nw.col("begun").max().over(*SPOT, "day"))


def _levels(rows: Frame) -> Frame:
    """Read the level at the end of each day: signed sums, clipped at 0 (R15), inferred before a first level."""
    rows = rows.with_columns(inferred=(nw.col("begun") == _NONE) & (nw.col("silent") == 1))
    bounded = ~nw.col("inferred") & (nw.col("endless") == 0)
    rows = rows.with_columns(
        low=nw.when((nw.col("bottomless") == 0) & (nw.col("low") > 0)).then(nw.col("low")).otherwise(0),
        high=nw.when(bounded & (nw.col("high") > 0)).then(nw.col("high")).otherwise(nw.when(bounded).then(0)),
    )
    best = nw.min_horizontal(nw.max_horizontal("best", "low"), nw.col("high").fill_null(2**62))
    known = nw.when(~nw.col("inferred") & (nw.col("unknown") == 0)).then(best)
    best = nw.when(nw.col("low") == nw.col("high")).then(nw.col("low")).otherwise(known)
    return rows.select(*_KNOWN, "day", "low", "high", "inferred", best=best)


def _settled(levels: Frame, openings: Frame) -> Frame:
    """Let no step lie before the first day of its key (R13), and join days that say the same."""
    days = [nw.col(name).cast(nw.Int64) for name in ("opening", "as_of")]
    known = openings.select(*(nw.col(name).cast(nw.String) for name in KEY), *days)
    rows = levels.join(known, on=list(KEY), how="left")
    rows = rows.with_columns(since=nw.max_horizontal("day", nw.col("opening").fill_null(FIRST_DAY)))
    rows = rows.with_columns(next=nw.col("since").shift(-1).over(*SPOT, order_by="day"))
    rows = rows.filter(nw.col("next").is_null() | (nw.col("next") != nw.col("since")))
    said = [nw.col(name).fill_null(_NONE).cast(nw.String) for name in ("low", "best", "high")]
    rows = rows.with_columns(said=nw.concat_str(*said, one_where(nw.col("inferred")).cast(nw.String), separator=" "))
    rows = rows.with_columns(before=nw.col("said").shift(1).over(*SPOT, order_by="since"))
    rows = rows.filter(nw.col("before").is_null() | (nw.col("before") != nw.col("said")))
    return rows.with_columns(until=nw.col("since").shift(-1).over(*SPOT, order_by="since"))


def _named(rows: Frame) -> Any:
    """Write the table of steps; what is held of a key with one account is that account."""
    found: dict[str, nw.Expr] = {name: nw.col("source") for name in ("low_from", "high_from", "ledgers")}
    found |= {"open": nw.lit(value=True), "conflict": nw.lit(value=False)}
    found |= {name: _date(name) for name in ("since", "until", "as_of")}
    found |= {name: nw.col(name).cast(nw.Int64) for name in ("low", "best", "high")}
    whole = _also_held(_with_years(rows, "since", "until", "as_of"), ~nw.col("several"))
    return whole.select(**{name: found.get(name, nw.col(name)) for name in STEPS}).to_native()


# --- the calendar -----------------------------------------------------------------------------------------------
#
# Engines agree on whole numbers, not on how a number becomes a day: so the calendar is arithmetic, one step after the
# other, since an expression inside an expression is written out again each time. Years are counted from March, so that
# the day that some of them have more is their last.

_ERA, _CENTURY, _FOUR_YEARS, _MARCH = 146_097, 36_524, 1_460, 305
_AHEAD = 10**8


def _with_years(rows: Frame, *days: str) -> Frame:
    """Put the year, month and day of the month beside days (ordinals), as ``year_…``, ``month_…`` and ``rest_…``."""
    year, month, rest, era = ([nw.col(f"{part}_{day}") for day in days] for part in ("year", "month", "rest", "era"))
    since = [nw.col(day) + _MARCH for day in days]
    rows = _beside(rows, days, era=[one // _ERA for one in since], rest=[one % _ERA for one in since])
    rows = _beside(rows, days, year=[(r - r // _FOUR_YEARS + r // _CENTURY - r // (_ERA - 1)) // 365 for r in rest])
    rows = _beside(rows, days, rest=[r - 365 * y - y // 4 + y // 100 for y, r in zip(year, rest, strict=True)])
    rows = _beside(rows, days, month=[(5 * r + 2) // 153 for r in rest])
    return _beside(
        rows,
        days,
        year=[e * 400 + y + m // 10 for e, y, m in zip(era, year, month, strict=True)],
        month=[(m + 2) % 12 + 1 for m in month],
        rest=[r - (153 * m + 2) // 5 + 1 for m, r in zip(month, rest, strict=True)],
    )


def _beside(rows: Frame, days: Sequence[str], **parts: Sequence[nw.Expr]) -> Frame:
    named = {f"{part}_{day}": one for part, several in parts.items() for day, one in zip(days, several, strict=True)}
    return rows.with_columns(**named)


def _year_end(year: str) -> nw.Expr:
    """Give the last day of a year."""
    found = nw.col(year)
    return 365 * found + found // 4 - found // 100 + found // 400


def _date(day: str) -> nw.Expr:
    """Write a day beside which stand its parts as the engine's own date."""
    number = nw.col(f"year_{day}") * 10_000 + nw.col(f"month_{day}") * 100 + nw.col(f"rest_{day}")
    return (number + _AHEAD).cast(nw.Int64).cast(nw.String).str.slice(1).str.to_date("%Y%m%d")
