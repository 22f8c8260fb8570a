"""Plain lines read by a pattern, a column at a time: claims of the shapes that columns hold, and what we said of them since.

The pattern only ever says yes, as the quick reading of ``wire`` does: it knows one way to write each field, in plain ASCII
and in the canonical order. Whatever else a line is, it is left to be read as a value.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import polars as pl

from kztimeline.canonical import MAX_LINE
from kztimeline.codec import Line
from kztimeline.columns import COMES, KEY, LEAVES, LEVEL, MOVES, PLACES, count_moved, count_stated, numbers_of
from kztimeline.dates import Shape, UncertainDate, parse_date
from kztimeline.deals import GONE
from kztimeline.events import Account, Basis, Kind
from kztimeline.quantities import parse_quantity
from kztimeline.readings import FIRST_DAY, LAST_DAY, Count
from kztimeline.registry import first_day
from kztimeline.words import CLAIMED, CORRECTED, RETRACTED, WORDS, Reader, words_of

# --- the pattern ------------------------------------------------------------------------------------------------

_TEXT = r" *[!#-\[\]-~][ !#-\[\]-~]*"
_NUMBER = r"(?:0|[1-9][0-9]{0,14})"
_HASH = r"[0-9a-f]{64}"


def _one(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(words)})"


def _field(name: str, value: str = _TEXT, *, into: str | None = None) -> str:
    """Match a field that may be left out, with the comma behind it; ``into`` names the column of its text."""
    return f'(?:"{name}":"{value if into is None else f"(?P<{into}>{value})"}",)?'


def _needed(name: str, value: str = _TEXT) -> str:
    """Match a field that is there, with the comma behind it, into a column of its name."""
    return f'"{name}":"(?P<{name}>{value})",'


_CITATION = "".join(
    [
        r'"citations":\[\{',
        _field("basis", _one(Basis)),
        _field("data_day", into="data_day"),
        _field("edition"),
        rf'(?:"locator":\{{"end":{_NUMBER},"line":{_NUMBER},"sha256":"{_HASH}","start":{_NUMBER}\}},)?',
        _needed("published"),
        rf'"source":"(?P<source>{_TEXT})"(?:,"via":"{_TEXT}")?\}}\],',
    ]
)
_SYSTEM = rf'"systems":\["(?P<system>{_TEXT})"\]'
_STATED = "".join(
    [
        rf'"account":"(?P<account>{_one((*PLACES, Account.ACTIVE))})",',
        _field("batch", into="batch"),
        _field("category"),
        _CITATION,
        '"cutoff":"(?P<day>' + _TEXT + ')",',
        _needed("holder", "[A-Z]{3,4}"),
        _field("item"),
        f'"kind":"(?P<kind>{Kind.STATED})",',
        _field("note"),
        _needed("quantity"),
        _field("salt"),
        _SYSTEM,
    ]
)


def _moved(account: str, kinds: Iterable[str]) -> str:
    """Match a claim that units came or went; ``account`` is the field that says where to, or where from."""
    place = f'"{account}":"(?P<account>{_one(PLACES)})",'
    several = rf'\["{_TEXT}"(?:,"{_TEXT}")*\],'
    return "".join(
        [
            _field("batch", into="batch"),
            _CITATION,
            _needed("holder", "[A-Z]{3,4}"),
            place if account == "into" else "",
            f'"kind":"(?P<kind>{_one(kinds)})",',
            _field("note"),
            '"occurred":"(?P<day>' + _TEXT + ')",',
            place if account == "out_of" else "",
            _field("quantity", into="quantity"),
            f'(?:"recipients":{several})?',
            _field("salt"),
            f'(?:"suppliers":{several})?',
            _SYSTEM,
        ]
    )


def _line(claim: str) -> str:
    """Match the line of a claim, or of a correction that puts it in the place of another."""
    corrected = rf'(?P<corrects>\{{"kind":"{Kind.CORRECTED}","reason":"{_TEXT}","replacement":)?'
    return rf'^{corrected}\{{{claim}\}}(?:,"target":"(?P<target>{_HASH})"\}})?$'


_CLAIMS = {
    (Kind.STATED,): _line(_STATED),
    (Kind.DELIVERED,): _line(_moved("into", (Kind.DELIVERED,))),
    GONE: _line(_moved("out_of", GONE)),
}
"""What lines hold that may match, and how they do."""
_RETRACTION = rf'^\{{"kind":"{Kind.RETRACTED}","reason":"{_TEXT}","target":"(?P<target>{_HASH})"\}}$'


# --- from lines to columns --------------------------------------------------------------------------------------

_DAYS = ("day", "published", "data_day")
_DATE: dict[str, Any] = {"first": pl.Int64, "last": pl.Int64, "shape": pl.String}
_NUMBERS = {name: MOVES[name] for name in ("low", "best", "high")}


def scanned(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Take from lines (``id``, ``line``) what the pattern knows; tell which lines it did.

    Gives a row for each with ``id``, ``act`` and ``target``, and what a claim says of itself (``words.WORDS``), without what
    follows from definitions; beside it, row by row of ``lines``, whether they are among these.
    """
    short = lines.rechunk().with_row_index("row").filter(pl.col("line").str.len_bytes() <= MAX_LINE)
    found = [_matching(short, kinds, pattern) for kinds, pattern in _CLAIMS.items()]
    claims = _counted(_dated(pl.concat(found)))
    retractions = _matched(short, (Kind.RETRACTED,), _RETRACTION).with_columns(act=pl.lit(RETRACTED))
    known = pl.concat([claims, retractions], how="diagonal")
    taken = pl.select(pl.repeat(value=False, n=lines.height)).to_series().scatter(known["row"], True)
    return known.drop("row"), taken


def _matched(lines: pl.DataFrame, words: Iterable[str], pattern: str) -> pl.DataFrame:
    likely = lines.filter(pl.col("line").str.contains_any([f'"kind":"{word}"' for word in words]))
    groups = (
        likely.rechunk().select("row", "id", pl.col("line").str.extract_groups(pattern).alias("said")).unnest("said")
    )
    return groups.filter(pl.any_horizontal(pl.exclude("row", "id").is_not_null()))


def _matching(lines: pl.DataFrame, kinds: Iterable[str], pattern: str) -> pl.DataFrame:
    found = _matched(lines, kinds, pattern).filter(pl.col("corrects").is_null() == pl.col("target").is_null())
    act = pl.when(pl.col("target").is_null()).then(pl.lit(CLAIMED)).otherwise(pl.lit(CORRECTED))
    what = pl.col("kind").replace_strict(
        {Kind.STATED: LEVEL, Kind.DELIVERED: COMES}, default=LEAVES, return_dtype=pl.Int64
    )
    account = pl.col("account").replace(str(Account.ACTIVE), str(Account.IN_SERVICE))
    batch = pl.coalesce("batch " + pl.col("batch"), "alone " + pl.col("id"))
    return found.select(
        "row", "id", "target", *KEY, "source", "published", "data_day", "day", "quantity",
        act=act, what=what, account=account, batch=batch,
    )  # fmt: skip


def _dated(claims: pl.DataFrame) -> pl.DataFrame:
    """Read the days; leave out claims with one that cannot be read, and those whose days are a set."""
    said = pl.concat([claims[name].alias("text") for name in _DAYS])
    dates = _read_once(said, parse_date, _day_columns, _DATE)
    for name in _DAYS:
        own = dates.select(pl.all().name.prefix(f"{name}_"))
        claims = claims.join(own, left_on=name, right_on=f"{name}_text", how="left")
    read = pl.all_horizontal(pl.col(name).is_null() | pl.col(f"{name}_shape").is_not_null() for name in _DAYS)
    known = (pl.col("what") != LEVEL) | (pl.col("day_first") == pl.col("day_last"))
    return claims.filter(read, pl.col("day_shape") != str(Shape.SET), known.fill_null(value=False)).select(
        pl.exclude(*_DAYS, *(f"{name}_{column}" for name in _DAYS for column in _DATE)),
        "day_first", "day_last",
        spread=(pl.col("day_shape") == str(Shape.INTERVAL)) & (pl.col("what") != LEVEL),
        public="published_last",
        closes=pl.min_horizontal("published_last", "data_day_last"),
    )  # fmt: skip


def _day_columns(date: UncertainDate) -> tuple[object, ...]:
    return date.first, date.last, str(date.shape)


def _counted(claims: pl.DataFrame) -> pl.DataFrame:
    """Read the numbers; leave out claims with one that cannot be read, and those that move no unit."""
    levels = claims.filter(pl.col("what") == LEVEL)
    moves = claims.filter(pl.col("what") != LEVEL)
    return pl.concat([_numbered(moves, _moved_count), _numbered(levels, _stated_count)]).filter(
        (pl.col("what") == LEVEL) | pl.col("high").is_null() | (pl.col("high") > 0)
    )


def _moved_count(text: str) -> Count:
    return count_moved(parse_quantity(text) if text else None)


def _stated_count(text: str) -> Count:
    return count_stated(parse_quantity(text))


def _numbered(claims: pl.DataFrame, read: Callable[[str], Count]) -> pl.DataFrame:
    claims = claims.with_columns(pl.col("quantity").fill_null(""))
    numbers = _read_once(claims["quantity"], read, numbers_of, _NUMBERS)
    return claims.join(numbers, left_on="quantity", right_on="text").drop("quantity")


_Value = TypeVar("_Value")


def _read_once(
    texts: pl.Series,
    read: Callable[[str], _Value],
    row: Callable[[_Value], tuple[object, ...]],
    columns: Mapping[str, Any],
) -> pl.DataFrame:
    """Read each text once, those that cannot be read left out."""
    found = []
    for text in texts.unique().drop_nulls():
        with contextlib.suppress(ValueError):
            found.append((text, *row(read(text))))
    return pl.DataFrame(found, {"text": pl.String, **columns}, orient="row")


# --- what follows from definitions ------------------------------------------------------------------------------


def words(reader: Reader, plain: pl.DataFrame, others: Iterable[tuple[str, Line]]) -> pl.DataFrame:
    """Write what lines say as words (``words.WORDS``): those that the pattern knew, and the values of all others by id."""
    told = [word for identity, value in others for word in words_of(reader, identity, value)]
    return pl.concat([_judged(reader, plain), pl.DataFrame(told, WORDS, orient="row")])


def _judged(reader: Reader, plain: pl.DataFrame) -> pl.DataFrame:
    """Put in what follows from definitions: whether columns hold a claim, the first day of its key, and its days (R8)."""
    keys = plain.select(KEY).drop_nulls().unique()
    opening = [first_day(reader.registry, *key) for key in keys.rows()]
    plain = plain.join(keys.with_columns(opening=pl.Series(opening, dtype=pl.Int64)), on=KEY, how="left")
    apart = (
        pl.col("holder").is_in(reader.scoped)
        | pl.col("source").is_in(reader.lagging)
        | pl.col("system").is_in(reader.tied)
    )
    last = pl.coalesce("day_last", pl.lit(LAST_DAY))
    start = pl.when(pl.col("opening") <= last).then("opening").otherwise(FIRST_DAY)
    first = pl.coalesce("day_first", start)
    level = pl.col("what") == LEVEL
    last = pl.when((first <= pl.col("closes")) & ~level).then(pl.min_horizontal(last, "closes")).otherwise(last)
    spoken = pl.when(level).then("day_last").otherwise(pl.min_horizontal("day_last", "closes"))
    return plain.with_columns(first=first, last=last, spoken=spoken, simple=(~apart).fill_null(value=False)).select(
        pl.col(name).cast(kind) for name, kind in WORDS.items()
    )
