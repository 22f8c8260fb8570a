"""Claims as columns: which keys are simple enough for a fold over columns, how their claims are written for it, and checked."""

from __future__ import annotations

from datetime import date

import polars as pl

from kztimeline.dates import Shape
from kztimeline.deals import GONE
from kztimeline.errors import EventError
from kztimeline.events import Account, Flag, Kind, Procurement, Role, Statement, Stored
from kztimeline.happenings import closing_day
from kztimeline.quantities import Quantity
from kztimeline.readings import INF, Count, count_of, days_of, merge_counts

MOVES: dict[str, pl.DataType | type[pl.DataType]] = {
    "holder": pl.String,
    "system": pl.String,
    "source": pl.String,
    "account": pl.String,
    "what": pl.Int8,
    "first": pl.Int32,
    "last": pl.Int32,
    "spread": pl.Boolean,
    "low": pl.Int64,
    "best": pl.Int64,
    "high": pl.Int64,
    "batch": pl.UInt32,
}
"""One row per claim: ``what`` is 1 for units that come into the account, -1 for units that leave it, 2 for a level
stated there. Days are ordinals (``date.toordinal``), the first and last possible one as R8 clamps them; ``spread`` marks
``A/B``, anywhere in between. A null ``high`` is no bound, a null ``best`` no single best. Claims of one ``batch`` are
distinct (R5). A key has one source, and at most one level a day, of a known day. Names may be text or an ``Enum``."""
OPENINGS: dict[str, pl.DataType | type[pl.DataType]] = {
    "holder": pl.String,
    "system": pl.String,
    "opening": pl.Int32,
    "as_of": pl.Int32,
}
"""One row per key: the first day of its holder and system (null: not known), and the last day that claims speak of."""
KEY = ("holder", "system")
PLACES = (Account.IN_SERVICE, Account.IN_STORE, Account.FOR_SALE)
COMES, LEAVES, LEVEL = 1, -1, 2
SEVERAL = 2**32 - 1
"""No claim's ``batch``: a fold writes it of what several batches add together."""


# --- which keys are simple --------------------------------------------------------------------------------


def is_simple(stored: Stored) -> bool:
    """Tell whether a claim moves or states units in one account in a way that columns hold, whatever stands beside it."""
    event = stored.event
    if not isinstance(event, Procurement | Statement) or event.role is not Role.ITEM or event.operator is not None:
        return False
    if Flag.INFERRED in event.flags or len(event.systems) != 1 or _place(event) not in PLACES:
        return False
    if isinstance(event, Statement):
        return event.cutoff.first == event.cutoff.last is not None
    moved = event.kind is Kind.DELIVERED or event.kind in GONE
    return moved and event.deal is None and event.occurred.shape is not Shape.SET and _count(event).high > 0


def _place(event: Procurement | Statement) -> Account | None:
    """Name the account that a claim moves or states; what is active is in service where nothing is on trial (R19)."""
    if isinstance(event, Statement):
        return Account.IN_SERVICE if event.account is Account.ACTIVE else event.account
    return event.into if event.kind is Kind.DELIVERED else event.out_of


def _count(event: Procurement | Statement) -> Count:
    return count_stated(event.quantity) if isinstance(event, Statement) else count_moved(event.quantity)


def count_moved(quantity: Quantity | None) -> Count:
    """Read the number of a simple claim that units came or went."""
    return merge_counts([count_of(quantity)])[0]


def count_stated(quantity: Quantity) -> Count:
    """Read the number of a simple level."""
    return merge_counts([Count(quantity.low, INF if quantity.high is None else quantity.high, quantity.best)])[0]


def numbers_of(count: Count) -> tuple[int, int | None, int | None]:
    """Write a number as ``low``, ``best`` and ``high`` of :data:`MOVES`."""
    return count.low, count.best, None if count.high == INF else int(count.high)


# --- from objects to columns --------------------------------------------------------------------------------


def batch_of(stored: Stored) -> str:
    """Name the batch of a claim; one without a batch stands alone."""
    batch = getattr(stored.event, "batch", None)
    return f"batch {batch}" if batch else f"alone {stored.id}"


def row_of(stored: Stored, opening: int | None) -> tuple[object, ...]:
    """Write a simple claim as a row of :data:`MOVES`, without its key and its batch; ``opening`` is its key's first day."""
    event = stored.event
    if not isinstance(event, Procurement | Statement):
        raise TypeError(f"{stored.id} is not simple")
    number = numbers_of(_count(event))
    about = event.citations[0].source, str(_place(event))
    if isinstance(event, Statement):
        return *about, LEVEL, event.cutoff.first, event.cutoff.last, False, *number
    days = days_of(event.occurred, opens=opening, closes=closing_day(stored))
    what = COMES if event.kind is Kind.DELIVERED else LEAVES
    return *about, what, days.first, days.last, days.shape is Shape.INTERVAL, *number


# --- what columns may hold ----------------------------------------------------------------------------------


_MAY_BE_NULL = {"best", "high", "opening", "as_of"}


def judge(claims: pl.DataFrame, openings: pl.DataFrame) -> None:
    """Refuse what a fold of columns would misread, in a look at each column.

    Raises :class:`EventError` for columns that are missing, of another type, or hold what no claim can say.
    """
    for said, frame, columns in (("claims", claims, MOVES), ("openings", openings, OPENINGS)):
        if not isinstance(frame, pl.DataFrame):
            raise EventError(f"{said}: no frame of Polars but {type(frame).__name__}; write a polars.DataFrame")
        for name, kind in columns.items():
            found = frame.schema.get(name)
            if found != kind and not (kind == pl.String and isinstance(found, pl.Enum | pl.Categorical)):
                what = "there is no such column" if found is None else f"a column of {found}"
                raise EventError(f"{said}: {name}: {what}; write one of {kind}")
            if name not in _MAY_BE_NULL and frame[name].has_nulls():
                raise EventError(
                    f"{said}: {name}: a row without it; only {', '.join(sorted(_MAY_BE_NULL))} may be null"
                )
    strange = set(claims["account"].unique().cast(pl.String)) - set(map(str, PLACES))
    if strange:
        raise EventError(f"claims: account: {min(strange)!r}; write one of {', '.join(map(str, PLACES))}")
    days = pl.col("first").is_between(1, "last") & (pl.col("last") <= date.max.toordinal())
    best, high = pl.coalesce("best", "low"), pl.coalesce("high", "best", "low")
    rules = {
        f"what is {COMES}, {LEAVES} or {LEVEL}": pl.col("what").is_in([COMES, LEAVES, LEVEL]),
        f"first and last are days from 1 to {date.max.toordinal()}, in this order": days,
        "a level is of one known day": (pl.col("what") != LEVEL) | (pl.col("first") == pl.col("last")),
        f"batch is a number below {SEVERAL}": pl.col("batch") != SEVERAL,
        "low, best and high are numbers from 0, in this order": pl.col("low").is_between(0, best) & (best <= high),
    }
    kept = claims.select(rule.all().alias(said) for said, rule in rules.items())
    for said, holds in kept.row(0, named=True).items():
        if not holds:
            raise EventError(f"claims: {said}; a row says otherwise")
    again = openings.filter(openings.select("holder", "system").is_duplicated())
    if again.height:
        holder, system = again.select("holder", "system").row(0)
        raise EventError(f"openings: {holder} {system} stands twice; write one row for each key")


def not_simple(holder: str, system: str, said: str) -> EventError:
    """Give the error for a key with claims of several sources, or several levels on one day.

    Those compete, or are rivals (R2, R10): a fold of columns would add them up, or lose one of them.
    """
    advice = "here a key has claims of one source, and one level a day; fold others as objects, by kztimeline.steps"
    return EventError(f"claims: {holder} {system}: {said}; {advice}")
