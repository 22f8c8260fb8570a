"""Claims that are values already, judged and written together: what is alike is looked at once.

The quick way only ever says yes. Where anything may be wrong with any claim, where a system's name is no id, or where a
claim names another, it says nothing, and :mod:`kztimeline.drafts` judges each claim by itself and tells every problem.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from enum import Enum
from functools import cache, lru_cache
from itertools import chain, compress, cycle, repeat
from math import inf
from operator import attrgetter, is_
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from attrs import frozen

from kztimeline.canonical import MAX_LINE
from kztimeline.checks import check
from kztimeline.codec import absent_fields
from kztimeline.dates import UncertainDate
from kztimeline.errors import EventError
from kztimeline.events import CLASS_OF_KIND, Citation, Claim, Measure, Statement, systems_of
from kztimeline.named import objections
from kztimeline.quantities import Quantity
from kztimeline.registry import Registry
from kztimeline.wire import built, many_values, reader, same, writer, written

_CLAIMS = get_args(Claim)
_JUDGED = ("holder", "operator", "citations")
"""Fields whose very words are judged, each of them by itself."""
_SYSTEMS = ("systems", "to_system")
_INTO = {"to_operator", "to_system"}
_TIMES: dict[type, str] = {Statement: "cutoff", Measure: "period"}
"""Where a claim says its time, if not in ``occurred``; see :func:`kztimeline.events.when`."""
_EMPTY = {NoneType, tuple}
DOUBTS = (LookupError, TypeError, ValueError, AttributeError, RecursionError)
"""What is raised where anything needs a closer look."""
MOST = 65_536
"""So many dates and counts are remembered."""
_ENCODE = msgspec.json.Encoder(order="sorted").encode
_ENCODE_LINES = msgspec.json.Encoder().encode_lines

Column = Sequence[Any]
"""What the claims of a class hold in one field, in the order of the claims."""


Written = Callable[[Sequence[Hashable], Column], Column]
"""Gives, for keys and items, what each line states."""
Alike = Callable[[Column, Set[type]], Sequence[Hashable]]
"""Gives, for items and their types, what tells one item from another for the rules."""


def lines_of(claims: Sequence[object], registry: Registry) -> tuple[bytes, ...] | None:
    """Write claims as :func:`kztimeline.codec.line_of` does, each judged as a draft would be.

    ``None`` where anything needs a closer look.
    """
    types = [*map(type, claims)]
    lines = dict[type, Iterator[bytes]]()
    try:
        with many_values():
            for cls in {*types}:
                lines[cls] = iter(_lines(cls, [*compress(claims, map(is_, types, repeat(cls)))], registry))
    except DOUBTS:
        return None
    return tuple(map(next, map(lines.__getitem__, types)))


def line_of_fields(fields: Mapping[str, object], registry: Registry) -> bytes | None:
    """Write one claim that is given by its fields as a draft would; ``None`` where it needs a closer look."""
    claim = built(fields)
    if (
        not isinstance(claim, Claim)
        or getattr(claim, "covers", None)
        or not registry.systems.keys() >= {*systems_of(claim)}
    ):
        return None
    if any(True for _ in objections(registry, claim)):
        return None
    try:
        line = written(claim)
    except EventError:
        return None
    return line if len(line) <= MAX_LINE else None


@frozen
class _Field:
    """A field of a claim's class: how a column of it is taken, told apart, written and compared.

    ``keys`` tells items apart. ``written`` gives, for keys and items, what each line states, ``None`` where it states
    nothing; it raises where an item is not what it would be read back to. ``alike`` gives what the rules of
    :mod:`kztimeline.checks` may ask of each item, unless its very words are judged; nothing where the answer is one.
    """

    name: str
    of: Callable[[Any], Any]
    types: frozenset[type]
    keys: Callable[[Column], Sequence[Hashable]]
    written: Written
    alike: Alike


def _lines(cls: type, claims: Sequence[Any], registry: Registry) -> list[bytes]:
    """Write claims of one class. Raises one of :data:`DOUBTS`."""
    columns = {field.name: _taken(field.of, claims) for field in _fields(cls)}
    return lines_of_columns(cls, columns, range(len(claims)), claims.__getitem__, registry)


def _taken(of: Callable[[Any], Any], claims: Sequence[Any]) -> Column:
    """Take a field of claims as a column; one object throughout is looked at once."""
    first = of(claims[0])
    return [first] if all(map(is_, map(of, claims), repeat(first))) else [*map(of, claims)]


def lines_of_columns(
    cls: type, columns: Mapping[str, Column], rows: range, claim: Callable[[int], Any], registry: Registry
) -> list[bytes]:
    """Write the claims of one class whose fields stand in columns; ``claim`` makes that of a row, for what is judged by itself.

    A column holds an item for each of the ``rows``, which count from 0, or one for all of them. Raises one of :data:`DOUBTS`.
    """
    public: Sequence[float] = [inf]
    held, stated, likes, doubted = dict[str, Column](), dict[str, Iterable[Any]](), list[Any](), set[int]()
    for field in _fields(cls):
        column = columns[field.name]
        alone = len(column) == 1
        types = {*map(type, column)}
        if not types <= field.types:
            raise TypeError
        if types <= _EMPTY and not any(column):
            continue
        held[field.name], keys = column, field.keys(column)
        said = field.written(keys, column)
        if not alone:
            stated[field.name] = said
        elif said[0] is not None:
            stated[field.name] = repeat(said[0], len(rows))
        if field.name in _SYSTEMS and not registry.systems.keys() >= _names(column, types):
            raise LookupError
        if field.name in _JUDGED:
            doubted.update(dict(zip(keys, rows, strict=not alone)).values())
        if not alone and len({*(alike := field.alike(column, types))}) > 1:
            likes.append(alike)
        if field.name == "citations":
            public = _public(keys, column)
    doubted.update(_perhaps_late(rows, held[_TIMES.get(cls, "occurred")], public))
    for name in _INTO & held.keys():  # judged beside what they come from
        doubted.update(compress(rows, cycle(held[name])))
    doubted.update(dict(zip(zip(*likes, strict=True), rows, strict=True)).values() if likes else rows[:1])
    for at in doubted:
        value = claim(at)
        if any(True for _ in check(value)) or any(True for _ in objections(registry, value)):
            raise ValueError
    return _encoded([*map(_row(tuple(stated)), *stated.values())])


def _names(column: Column, types: Set[type]) -> set[str]:
    """Give every name in a column of texts, or of lists of them."""
    return {*chain.from_iterable(column)} if tuple in types else {*column} - {None}


def _perhaps_late(rows: range, times: Column, public: Sequence[float]) -> Iterator[int]:
    """Yield the rows that speak of a day after a publication; whether they may, the rule says.

    Of times and publications there is one for all rows, or one for each.
    """
    if max(filter(None, map(attrgetter("first"), times)), default=-inf) > min(public):
        each = zip(rows, cycle(times), cycle(public), strict=False)
        yield from (row for row, time, last in each if time.first is not None and time.first > last)


def _public(keys: Sequence[Hashable], column: Column) -> Sequence[float]:
    """Give, for each claim, the last day on which the first of its publications may have come out."""
    found = {
        key: min((c.published.last for c in cited if c.published.last is not None), default=inf)
        for key, cited in dict(zip(keys, column, strict=True)).items()
    }
    return [*map(found.__getitem__, keys)]


@lru_cache(maxsize=1024)
def _row(stated: tuple[str, ...]) -> type[msgspec.Struct]:
    """Make what is written of a claim: the fields that any claim of a column states, in the order of a line."""
    return msgspec.defstruct("Row", [(name, Any, None) for name in stated], omit_defaults=True, gc=False)


def _encoded(rows: Sequence[msgspec.Struct]) -> list[bytes]:
    data = _ENCODE_LINES(rows)
    if not data.isascii() and not unicodedata.is_normalized("NFC", data.decode()):
        raise ValueError
    lines = data.split(b"\n")[:-1]
    if max(map(len, lines)) > MAX_LINE:
        raise ValueError
    return lines


# --- the fields of a class ------------------------------------------------------------------------------------


@cache
def _fields(cls: type) -> tuple[_Field, ...]:
    """Give a class's fields in the order of a line; only claims have some."""
    if cls not in _CLAIMS:
        raise TypeError
    absent, hints = absent_fields(cls), get_type_hints(cls)
    kinds = {str(kind): kind for kind, owner in CLASS_OF_KIND.items() if owner is cls}
    return tuple(
        _field(name, hints[name], absent.get(name), kinds.__getitem__ if name == "kind" else reader(hints[name]))
        for name in sorted(hints)
    )


def _field(name: str, hint: Any, absent: object, read: Callable[[Any], Any]) -> _Field:
    inner = [part for part in get_args(hint) if part is not NoneType] if _optional(hint) else [hint]
    of = get_args(inner[0])[0] if get_origin(inner[0]) is tuple else None
    types = frozenset([tuple if of else inner[0], *([NoneType] if _optional(hint) else [])])
    write = writer(hint)
    if write is None or len(inner) > 1:
        raise TypeError
    written = _each(write, read, absent)
    if not absent and str in (inner[0], of):
        written = _lists if of else _texts
    if name == "covers":
        written = _no_others
    elif inner[0] in (UncertainDate, Quantity):
        written = _spelled(read)
    return _Field(name, attrgetter(name), types, _keys(inner[0], of), written, _alike(inner[0], of))


def _optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType)


def _keys(hint: Any, of: Any) -> Callable[[Column], Sequence[Hashable]]:
    """Texts and words are told apart by what they are, dates and counts by their texts, other values by which object they are."""
    if of is Citation:
        return _each_cited
    plain = of or hint in (str, UncertainDate, Quantity) or issubclass(hint, Enum)
    return (lambda column: column) if plain else (lambda column: [*map(id, column)])


def _each_cited(column: Column) -> Sequence[Hashable]:
    """Nearly always there is one citation."""
    if {*map(len, column)} == {1}:
        return [*map(id, chain.from_iterable(column))]
    return [(*map(id, item),) for item in column]


# --- a column as lines state it ---------------------------------------------------------------------------------


def _texts(_keys: Sequence[Hashable], column: Column) -> Column:
    """Texts stand as they are, if each says something."""
    if not all(map(str.strip, {*column} - {None})):
        raise ValueError
    return column


def _lists(_keys: Sequence[Hashable], column: Column) -> Column:
    """So do lists of texts; an empty one states nothing."""
    if {*map(type, chain.from_iterable(column))} - {str}:
        raise TypeError
    if not all(map(str.strip, {*chain.from_iterable(column)})):
        raise ValueError
    return column if all(column) else [item or None for item in column]


def _no_others(_keys: Sequence[Hashable], _column: Column) -> Column:
    """Claims that name others are left to the closer look."""
    raise LookupError


def _spelled(read: Callable[[Any], Any]) -> Written:
    """Dates and counts stand as their texts; what was read before is remembered, and mostly the very object."""
    known: dict[Any, Any] = {}

    def written(_keys: Sequence[Hashable], column: Column) -> Column:
        texts = [None if item is None else item.text for item in column]
        new = {*texts}.difference(known, [None])
        if len(known) + len(new) > MOST:
            known.clear()
            new = {*texts} - {None}
        known.update(zip(new, map(read, new), strict=True))
        found = [*map(known.get, texts)]
        if not all(map(is_, found, column)) and not all(map(same, found, column)):
            raise ValueError
        return texts

    return written


def _each(write: Callable[[Any], Any], read: Callable[[Any], Any], absent: object) -> Written:
    """Anything else is written, and read back, once for all items with the same key; ``absent`` is what no line states."""

    def plain(item: Any) -> Any:
        if item is None or (type(item) is tuple and not item):
            return None
        stated = write(item)
        if not same(read(stated), item):
            raise ValueError
        if stated == absent:
            return None
        return stated if type(stated) is str else msgspec.Raw(_ENCODE(stated))

    def written(keys: Sequence[Hashable], column: Column) -> Column:
        found = {key: plain(item) for key, item in dict(zip(keys, column, strict=True)).items()}
        return [*map(found.__getitem__, keys)]

    return written


# --- what the rules ask of a column -----------------------------------------------------------------------------


def _alike(hint: Any, of: Any) -> Alike:
    if (of is None and issubclass(hint, Enum)) or (of is not None and issubclass(of, Enum)):
        return lambda column, _types: column
    if of is not None:
        return _sizes
    return _none if hint is Quantity else _absent


def _absent(column: Column, types: Set[type]) -> Sequence[Hashable]:
    """Whether each states nothing."""
    return [*map(is_, column, repeat(None))] if NoneType in types else ()


def _sizes(column: Column, _types: Set[type]) -> Sequence[Hashable]:
    """How many there are, and how many different ones."""
    sizes = [*map(len, column)]
    if max(sizes) < 2:
        return sizes if min(sizes) < 1 else ()
    return [*zip(sizes, map(len, map(set, column)), strict=True)]


def _none(column: Column, _types: Set[type]) -> list[bool | None]:
    return [None if quantity is None else quantity.high == 0 for quantity in column]
