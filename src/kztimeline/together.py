"""Claims that are values already, judged and written together: what is alike is looked at once.

The quick way only ever says yes. Where anything may be wrong with any claim, where a system's name is no id, or where a
claim names another, it says nothing, and :mod:`kztimeline.drafts` judges each claim by itself and tells every problem.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from enum import Enum
from functools import cache
from itertools import repeat
from math import inf
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from attrs import frozen

from kztimeline.canonical import MAX_LINE
from kztimeline.checks import check
from kztimeline.codec import absent_fields
from kztimeline.events import CLASS_OF_KIND, Citation, Claim, when
from kztimeline.named import objections
from kztimeline.quantities import Quantity
from kztimeline.registry import Registry
from kztimeline.wire import many_values, reader, same, writer

_CLAIMS = get_args(Claim)
_JUDGED = ("holder", "operator", "to_operator", "citations")
"""Fields whose very words are judged, each of them by itself."""
_SYSTEMS = ("systems", "to_system")
_EMPTY = {NoneType, tuple}
_ENCODE = msgspec.json.Encoder(order="sorted").encode
_ENCODE_LINES = msgspec.json.Encoder().encode_lines


def lines_of(claims: Sequence[object], registry: Registry) -> tuple[bytes, ...] | None:
    """Write claims as :func:`kztimeline.codec.line_of` does, each judged as a draft would be.

    ``None`` where anything needs a closer look.
    """
    places: dict[type, list[int]] = {}
    for place, cls in enumerate(map(type, claims)):
        places.setdefault(cls, []).append(place)
    lines: dict[int, bytes] = {}
    try:
        with many_values():
            if len(places) == 1:
                return tuple(_lines(type(claims[0]), claims, registry))
            for cls, where in places.items():
                lines.update(zip(where, _lines(cls, [claims[place] for place in where], registry), strict=True))
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return None
    return tuple(map(lines.__getitem__, range(len(claims))))


@frozen
class _Field:
    """A field of a claim's class: how a column of it is read, written and compared.

    ``keys`` tells items apart; ``alike`` is what the rules of :mod:`kztimeline.checks` may ask of an item, unless its
    very words are judged; ``absent`` is what no line states.
    """

    name: str
    types: frozenset[type]
    keys: Callable[[Sequence[Any]], Sequence[Hashable]]
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    alike: Callable[[Any], Hashable]
    absent: object


def _lines(cls: type, claims: Sequence[Any], registry: Registry) -> list[bytes]:
    """Write claims of one class. Raises one of several errors for what needs a closer look."""
    row, fields = _layout(cls)
    columns, likes, doubted = list[Any](), list[Any](), list[Any]()
    for field, column in zip(fields, zip(*map(attrgetter(*row.__struct_fields__), claims), strict=True), strict=True):
        types = set(map(type, column))
        if not types <= field.types:
            raise TypeError
        if types <= _EMPTY and not any(column):
            columns.append(repeat(None, len(column)))
            continue
        keys = field.keys(column)
        several = dict(zip(keys, column, strict=True))
        columns.append(_each(keys, {key: _plain(field, item) for key, item in several.items()}))
        if field.name in _SYSTEMS and not _known(several.values(), registry):
            raise LookupError
        if field.name in _JUDGED:
            doubted += dict(zip(keys, claims, strict=True)).values()
        elif len(set((alike := {key: field.alike(item) for key, item in several.items()}).values())) > 1:
            likes.append(_each(keys, alike))
        if field.name == "citations":
            doubted += _perhaps_late(claims, _each(keys, {key: _public(item) for key, item in several.items()}))
    doubted += dict(zip(zip(*likes, strict=True), claims, strict=True)).values() if likes else claims[:1]
    for claim in doubted:
        if any(True for _ in check(claim)) or any(True for _ in objections(registry, claim)):
            raise ValueError
    return _encoded(list(map(row, *columns)))


def _each(keys: Sequence[Hashable], found: dict[Hashable, Any]) -> Any:
    return map(found.__getitem__, keys) if len(found) > 1 else repeat(next(iter(found.values())), len(keys))


def _plain(field: _Field, item: Any) -> Any:
    """Write an item as a line states it, ``None`` where it does not; it must read back to what it is."""
    if item is None or (type(item) is tuple and not item):
        return None
    if type(item) is str:
        return field.read(item)
    plain = field.write(item)
    if not same(field.read(plain), item):
        raise ValueError
    if plain == field.absent:
        return None
    return plain if type(plain) is str else msgspec.Raw(_ENCODE(plain))


def _known(several: Collection[Any], registry: Registry) -> bool:
    names = {name for item in several if item for name in ((item,) if type(item) is str else item)}
    return names <= registry.systems.keys()


def _public(citations: Iterable[Citation]) -> float:
    """Give the last day on which the first of some publications may have come out."""
    return min((c.published.last for c in citations if c.published.last is not None), default=inf)


def _perhaps_late(claims: Iterable[Any], public: Iterable[float]) -> Iterator[Any]:
    """Yield the claims that speak of a day after a publication; whether they may, the rule says."""
    for claim, last in zip(claims, public, strict=True):
        first = when(claim).first
        if first is not None and first > last:
            yield claim


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
def _layout(cls: type) -> tuple[type[msgspec.Struct], tuple[_Field, ...]]:
    """Give a class's fields in the order of a line, and the row that is written; only claims have one."""
    if cls not in _CLAIMS:
        raise TypeError
    absent, hints = absent_fields(cls), get_type_hints(cls)
    kinds = {str(kind): kind for kind, owner in CLASS_OF_KIND.items() if owner is cls}
    fields = tuple(
        _field(name, hints[name], absent.get(name), kinds.__getitem__ if name == "kind" else reader(hints[name]))
        for name in sorted(hints)
    )
    row = msgspec.defstruct(cls.__name__, [(f.name, Any, None) for f in fields], omit_defaults=True, gc=False)
    return row, fields


def _field(name: str, hint: Any, absent: object, read: Callable[[Any], Any]) -> _Field:
    inner = [part for part in get_args(hint) if part is not NoneType] if _optional(hint) else [hint]
    of = get_args(inner[0])[0] if get_origin(inner[0]) is tuple else None
    types = frozenset([tuple if of else inner[0], *([NoneType] if _optional(hint) else [])])
    write = writer(hint)
    if write is None or len(inner) > 1:
        raise TypeError
    return _Field(name, types, _keys(inner[0], of), write, read, _alike(name, inner[0], of), absent)


def _optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType)


def _keys(hint: Any, of: Any) -> Callable[[Sequence[Any]], Sequence[Hashable]]:
    """Texts and words are told apart by what they are, other values by which object they are."""
    if of is Citation:
        return lambda column: [(*map(id, item),) for item in column]
    return (
        (lambda column: column) if of or hint is str or issubclass(hint, Enum) else (lambda column: [*map(id, column)])
    )


def _alike(name: str, hint: Any, of: Any) -> Callable[[Any], Hashable]:
    if name == "covers":
        return _no_other
    if (of is None and issubclass(hint, Enum)) or (of is not None and issubclass(of, Enum)):
        return lambda item: item
    if of is not None:
        return len
    return _none if hint is Quantity else (lambda item: item is not None)


def _none(quantity: Quantity | None) -> bool | None:
    return None if quantity is None else quantity.high == 0


def _no_other(covers: tuple[str, ...]) -> None:
    if covers:
        raise LookupError
