"""Lines of the log read in bulk: what is plainly right is built at once, the rest goes the strict way.

The quick way only ever says yes. Whatever it does not know (an unwonted order of keys, a null, a slip) is left to
:func:`kztimeline.codec.value_of`, which reads it or says what is wrong: values and errors are the same.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache, lru_cache
from operator import attrgetter
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import msgspec

from kztimeline.canonical import LARGEST, MAX_LINE, plainly_written
from kztimeline.checks import check
from kztimeline.codec import CLASS_OF_WORD, Line, absent_fields, field_names, line_of, plain_of, value_of
from kztimeline.dates import UncertainDate, parse_date
from kztimeline.events import Citation, Claim, Event
from kztimeline.quantities import Amount, Quantity, parse_amount, parse_quantity

Reader = Callable[[Any], Any]
_READ_FROM_TEXT = (UncertainDate, Quantity, Amount)
_DECODE = msgspec.json.Decoder().decode
_ENCODE = msgspec.json.Encoder(order="sorted").encode


@contextlib.contextmanager
def many_values() -> Iterator[None]:
    """Hold back the search for garbage while many values are made that all stay: it would look at each again and again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def read_line(line: bytes) -> Line:
    """Read one line of the log, equal to :func:`kztimeline.codec.value_of` in value and error."""
    value = _quick(line)
    return value_of(line) if value is None else value


def _quick(line: bytes) -> Line | None:
    """Build what a canonical line plainly says; ``None`` for whatever needs a closer look."""
    if len(line) > MAX_LINE:
        return None
    try:
        fields = _DECODE(line)
        return built(fields) if _ENCODE(fields) == line else None
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return None


def built(fields: Mapping[str, object]) -> Line | None:
    """Build an event or definition from fields that are plainly right; ``None`` for whatever needs a closer look."""
    try:
        value: Line = _fields(CLASS_OF_WORD[fields["kind"]])(fields)  # type: ignore[index]  # what is not text is not found
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None
    return None if isinstance(value, Event) and any(True for _ in check(value)) else value


def stated_by(value: Line) -> dict[str, object]:
    """Give a value's fields as a draft would state them, as :func:`kztimeline.codec.fields_of` does.

    A date, count or amount that is not what its own text says, or that stands where another belongs, is left as it is:
    the strict reading takes text, and tells of it.
    """
    return _stated(value, type(value))  # type: ignore[no-any-return]  # an event gives its fields


def _stated(value: Any, hint: Any) -> Any:
    cls = type(value)
    if cls in _READ_FROM_TEXT:
        return plain_of(value) if hint is cls and _says(value) else value
    if attrs.has(cls):
        unstated = absent_fields(cls)
        found = {name: _stated(getattr(value, name), _inner(inner)) for name, inner in _hints(cls).items()}
        return {name: item for name, item in found.items() if item is not None and item != unstated.get(name)}
    if isinstance(value, tuple | list):
        of = get_args(hint)[0] if get_origin(hint) is tuple else None
        return [_stated(item, of) for item in value]
    return plain_of(value)


def _says(value: Any) -> bool:
    """Tell whether a value is what its text says."""
    try:
        return same(reader(type(value))(plain_of(value)), value)
    except (TypeError, ValueError):
        return False


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal in every part; dates compare by text alone."""
    if one is other or type(one) is not type(other):
        return one is other
    if attrs.has(type(one)):
        return all(same(getattr(one, name), getattr(other, name)) for name in field_names(type(one)))
    if type(one) is tuple:
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def written(value: Line) -> bytes:
    """Write a value that was read from fields or a line, as :func:`kztimeline.codec.line_of` does."""
    write = _writes(type(value))  # type: ignore[arg-type]  # a class is hashable
    line = b""
    with contextlib.suppress(UnicodeEncodeError):  # half a character, which the strict way tells
        line = b"" if write is None else _ENCODE(write(value))
    return line if line and plainly_written(line) else line_of(value)


# --- one reader for each type of field ------------------------------------------------------------------


def _text(value: Any) -> str:
    if type(value) is not str or not value or value.isspace():
        raise TypeError
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or abs(value) > LARGEST:
        raise TypeError
    return value


def _yes_no(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _amount(value: Any) -> Amount:
    text, unit = value["text"], value["unit"]
    if len(value) != 2:
        raise TypeError
    return parse_amount(_text(text), _text(unit))


def _quantity(value: Any) -> Quantity:
    return parse_quantity(str(value) if type(value) is int else value)


def _claim(value: Any) -> Any:
    cls = CLASS_OF_WORD[value["kind"]]
    if not issubclass(cls, get_args(Claim)):
        raise TypeError
    return _fields(cls)(value)


def _unknown(_value: Any) -> Any:
    raise TypeError


_PLAIN: Mapping[object, Reader] = {
    str: _text,
    int: _whole,
    bool: _yes_no,
    UncertainDate: parse_date,
    Quantity: _quantity,
    Amount: _amount,
}


def reader(hint: Any) -> Reader:
    """Make the reader of a type; what no line needs at speed is not known."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint == Claim:
        return _claim
    if hint is Citation:
        return _citation
    if get_origin(hint) in (Union, UnionType):
        return reader(_inner(hint))
    if get_origin(hint) is tuple:
        return _each(reader(get_args(hint)[0]))
    if get_origin(hint) is Mapping:
        return _pairs(*map(reader, get_args(hint)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {member.value: member for member in hint}.__getitem__
    return _fields(hint) if attrs.has(hint) else _unknown


_hints = cache(get_type_hints)


def _inner(hint: Any) -> Any:
    """Give the type of what is stated; ``None`` stands for what is not."""
    if get_origin(hint) in (Union, UnionType) and hint != Claim:
        return next(inner for inner in get_args(hint) if inner is not type(None))
    return hint


def _each(read: Reader) -> Reader:
    def several(value: Any) -> Any:
        if type(value) is not list and type(value) is not tuple:
            raise TypeError
        return tuple(map(read, value))

    return several


def _pairs(read_key: Reader, read: Reader) -> Reader:
    def mapped(value: Any) -> Any:
        if type(value) is not dict:
            raise TypeError
        return {read_key(key): read(item) for key, item in value.items()}

    return mapped


@cache
def readers_of(cls: type) -> tuple[Mapping[str, Reader], Mapping[str, object]]:
    """Give a class's fields, each with what reads it, and the values of those that nobody states."""
    unstated = {name: () if item == [] else item for name, item in absent_fields(cls).items()}
    unstated = {name: _reader_default(cls, name, item) for name, item in unstated.items()}
    return {name: reader(hint) for name, hint in _hints(cls).items()}, unstated


@cache
def _fields(cls: type) -> Reader:
    """Make the reader of an object: fields that it does not state are absent, others than its own are refused."""
    readers, unstated = readers_of(cls)

    def whole(fields: Any) -> Any:
        stated = dict(unstated)
        for name, value in fields.items():
            stated[name] = readers[name](value)
        return cls(**stated)

    return whole


def _citation(value: Any) -> Citation:
    """Build a citation; one without a passage stands on many lines and is built once."""
    return _cited(tuple(value.items())) if "locator" not in value else _fields(Citation)(value)


@lru_cache(maxsize=65536)
def _cited(stated: tuple[tuple[str, str], ...]) -> Citation:
    found: Citation = _fields(Citation)(dict(stated))
    return found


def _reader_default(cls: type, name: str, item: object) -> object:
    """Give the value of an unstated field: words are members of their enum."""
    hint = _hints(cls)[name]
    return hint(item) if isinstance(hint, type) and issubclass(hint, Enum) else item


# --- one writer for each class ---------------------------------------------------------------------------

Writer = Callable[[Any], Any]


def _write_claim(claim: Any) -> Any:
    write = _writes(type(claim))  # type: ignore[arg-type]  # a class is hashable
    return None if write is None else write(claim)


def _same(value: Any) -> Any:
    return value


def writer(hint: Any) -> Writer | None:
    """Make what turns a field's value into plain data; ``None`` where the strict way has to."""
    if hint in (str, int, bool):
        return _same
    if hint in (UncertainDate, Quantity):
        return attrgetter("text")
    if hint is Amount:
        return lambda amount: {"text": amount.text, "unit": amount.unit}
    if hint == Claim:
        return _write_claim
    if get_origin(hint) in (Union, UnionType):
        return writer(_inner(hint))
    if get_origin(hint) is tuple:
        inner = writer(get_args(hint)[0])
        return None if inner is None else (lambda several: list(map(inner, several)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return attrgetter("value")
    return _writes(hint) if attrs.has(hint) else None


@cache
def _writes(cls: type) -> Writer | None:
    """Make the writer of a class: what nobody stated is left out."""
    unstated = absent_fields(cls)
    fields = [(name, writer(hint), unstated.get(name)) for name, hint in _hints(cls).items()]
    known = [(name, write, absent) for name, write, absent in fields if write is not None]
    if len(known) < len(fields):
        return None

    def plain(value: Any) -> dict[str, Any]:
        found = {}
        for name, write, absent in known:
            item = getattr(value, name)
            if item is None or (type(item) is tuple and not item):
                continue
            if absent is None or item != absent:
                found[name] = write(item)
        return found

    return plain
