"""One event and one line of the log: strict in, canonical out.

A field that nobody stated is absent from the line and ``None`` (or empty) in the value. Reading
collects every problem of an object with its path; nothing is coerced.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import Enum
from functools import cache
from reprlib import Repr
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

import attrs

from kztimeline.canonical import canonical_bytes, read_object
from kztimeline.checks import Finding, check
from kztimeline.dates import UncertainDate, parse_date
from kztimeline.errors import EventError
from kztimeline.events import (
    CLASS_OF_KIND,
    Account,
    Basis,
    Claim,
    Event,
    Flag,
    Kind,
    Relation,
    Role,
    Stage,
)
from kztimeline.quantities import Amount, Quantity, parse_amount, parse_quantity
from kztimeline.registry import CLASS_OF_DEFINITION, Covers, Definition, Tie

if TYPE_CHECKING:
    import cattrs

Line = Event | Definition
CLASS_OF_WORD: dict[str, type] = {**{str(kind): cls for kind, cls in CLASS_OF_KIND.items()}, **CLASS_OF_DEFINITION}

_UNSTATED: dict[str, object] = {"role": "item", "basis": "printed", "civil": False, "lag": 0}
"""What a line leaves out because nearly every line would say it."""


def event_of(fields: Mapping[str, object]) -> Line:
    """Build an event or definition from plain fields, as a draft gives them.

    Raises :class:`EventError` with every problem, one a line.
    """
    value, findings = structured(fields)
    if value is None or findings:
        raise EventError("; ".join(f"{path}: {message}" if path else message for path, message in findings))
    return value


def structured(fields: Mapping[str, object]) -> tuple[Line | None, list[Finding]]:
    """Build an event, or say everything that stands in the way, as (path, advice)."""
    cls, finding = _class_of(fields)
    if cls is None:
        meant = _as_meant(fields)
        return None, [finding, *([] if meant is None else beside([finding], structured(meant)[1]))]
    import cattrs

    try:
        value: Line = _converter().structure(fields, cls)
    except cattrs.BaseValidationError as error:
        found = _findings(error)
        patched = patched_up(fields, found)
        return None, found + (list(beside(found, check(patched))) if isinstance(patched, Event) else [])
    return value, list(check(value)) if isinstance(value, Event) else []


def patched_up(fields: Mapping[str, object], wrong: Iterable[Finding]) -> Line | None:
    """Build an event with something harmless in the place of each wrong field, so that the others can be judged.

    ``None`` where that cannot be done.
    """
    import cattrs

    cls, _ = _class_of(fields)
    tops = {_top(path) for path, _ in wrong}
    if cls is None:
        meant = _as_meant(fields)
        return None if meant is None else patched_up(meant, [pair for pair in wrong if pair[0] != "kind"])
    if "kind" in tops:
        return None
    hints = get_type_hints(cls)
    right = {name: item for name, item in fields.items() if name in hints and name not in tops}
    harmless = {name: _harmless(hint) for name, hint in hints.items() if name in tops}
    try:
        value: Line = _converter().structure({**right, **harmless}, cls)
    except cattrs.BaseValidationError:
        return None
    return value


def beside(wrong: Iterable[Finding], more: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings that are about other fields than those known to be wrong."""
    tops = {_top(path) for path, _ in wrong}
    yield from ((path, message) for path, message in more if _top(path) not in tops)


def _top(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _harmless(hint: Any) -> object:
    """Give what a field of a type can hold without saying anything."""
    if get_origin(hint) is tuple:
        return []
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint)).value
    return _HARMLESS.get(hint)


_HARMLESS: dict[object, object] = {
    str: "unsaid",
    int: 1,
    bool: False,
    UncertainDate: "2016",
    Quantity: "1",
    Amount: {"text": "1", "unit": "EUR"},
}


def fields_of(value: Line) -> dict[str, object]:
    """Give the plain fields of an event: text, whole numbers, lists and objects; unstated ones absent."""
    return plain_of(value)  # type: ignore[return-value]  # an attrs instance gives a dict


def line_of(value: Line) -> bytes:
    """Write an event as its line, without the newline: canonical JSON."""
    return canonical_bytes(fields_of(value))


def value_of(line: bytes) -> Line:
    """Read a line of the log. Raises :class:`EventError` where it says nothing we know."""
    return event_of(read_object(line))


def _class_of(fields: Mapping[str, object]) -> tuple[type | None, Finding]:
    word = fields.get("kind")
    if not isinstance(word, str) or word not in CLASS_OF_WORD:
        said = "no kind" if word is None else f"not a kind: {shown(word)}"
        return None, ("kind", f"{said}; write one of {', '.join(CLASS_OF_WORD)}")
    return CLASS_OF_WORD[word], ("", "")


def _as_meant(fields: Mapping[str, object]) -> Mapping[str, object] | None:
    """Give an event whose kind is nearly a known one that kind, so that its other fields can be judged."""
    word = fields.get("kind")
    near = get_close_matches(word, CLASS_OF_WORD, n=1, cutoff=0.8) if isinstance(word, str) and len(word) < 40 else []
    return {**fields, "kind": near[0]} if near else None


def plain_of(value: object) -> object:
    """Give what a value is in a line: text, a whole number, a list or an object; what has no form there as it is."""
    if isinstance(value, (UncertainDate, Quantity)):
        return value.text
    if isinstance(value, Amount):
        return {"text": value.text, "unit": value.unit}
    if isinstance(value, Enum):
        return value.value
    if attrs.has(type(value)):
        return _plain_fields(value)
    if isinstance(value, (tuple, list)):
        return [plain_of(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain_of(item) for key, item in value.items()}
    return value


def _plain_fields(value: object) -> dict[str, object]:
    cls: type = type(value)
    absent = absent_fields(cls)
    plain = {name: plain_of(getattr(value, name)) for name in field_names(cls)}
    return {name: item for name, item in plain.items() if item is not None and item != absent.get(name)}


_NAMES: dict[type, tuple[str, ...]] = {}


def field_names(cls: type) -> tuple[str, ...]:
    """Give the fields of an event's class, in their order."""
    if cls not in _NAMES:
        _NAMES[cls] = tuple(field.name for field in attrs.fields(cls))
    return _NAMES[cls]


# --- strict reading ---------------------------------------------------------------------------------


def _findings(error: BaseException, path: str = "") -> list[Finding]:
    """Flatten what cattrs gathered, one finding for each problem, each with its path."""
    import cattrs

    if not isinstance(error, cattrs.BaseValidationError):
        return _said(error, path)
    found: list[Finding] = []
    for inner in error.exceptions:
        notes = (cattrs.AttributeValidationNote, cattrs.IterableValidationNote)
        note = next((n for n in getattr(inner, "__notes__", ()) if isinstance(n, notes)), None)
        found += _findings(inner, path if note is None else _below(path, note))
    return found


def _below(path: str, note: cattrs.AttributeValidationNote | cattrs.IterableValidationNote) -> str:
    import cattrs

    if isinstance(note, cattrs.IterableValidationNote):
        return f"{path}[{note.index!r}]"
    return _under(path, note.name)


def _under(path: str, name: str) -> str:
    plain = name if re.fullmatch(r"[\w-]{1,80}", name) else f"[{shown(name)}]"
    return f"{path}.{plain}" if path and plain is name else path + plain


def _said(error: BaseException, path: str) -> list[Finding]:
    import cattrs

    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        known = field_names(error.cl)
        extras = sorted(map(str, error.extra_fields))
        return [(_under(path, extra), f"unknown field {shown(extra)}; {_meant(extra, known)}") for extra in extras]
    if isinstance(error, KeyError):
        name = str(error.args[0])
        return [(path, f"nothing is stated here; write {name} = {_EXAMPLES.get(name, '…')}")]
    return [(path, str(error))]


_EXAMPLES = {
    "holder": '"KAZ"',
    "occurred": '"2016-05"',
    "cutoff": '"2016-11"',
    "period": '"2016"',
    "published": '"2017-02"',
    "quantity": '2, or "at least 2"',
    "reason": '"misread"',
    "systems": '["wing-loong-1"]',
}


def _meant(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}" if near else f"known here: {', '.join(known)}"


_REPR = Repr()
_REPR.maxstring = _REPR.maxother = 80


def shown(value: object) -> str:
    """Write a value as it stands in a message: shortened, days as they would be written."""
    return str(value) if isinstance(value, datetime.date | datetime.time) else _REPR.repr(value)


def _text(value: object, _type: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, not {shown(value)}; write it in quotation marks")
    if not value.strip():
        raise ValueError("empty text; leave the field out where nothing is stated")
    return str.__str__(value)


def _whole(value: object, _type: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, not {shown(value)}; write it without quotation marks")
    return int(value)


def _yes_no(value: object, _type: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, not {shown(value)}")
    return value


def _date(value: object, _type: object) -> UncertainDate:
    if not isinstance(value, str):
        said = value.isoformat()[:10] if isinstance(value, datetime.date) else "2016-05"
        raise ValueError(f'a date is text, not {shown(value)}; write it in quotation marks, such as "{said}"')
    return parse_date(value)


def _quantity(value: object, _type: object) -> Quantity:
    if isinstance(value, int) and not isinstance(value, bool):
        return parse_quantity(str(value))
    if not isinstance(value, str):
        raise ValueError(f'a quantity is text or a whole number, not {shown(value)}; write 12 or "at least 5"')
    return parse_quantity(value)


def _amount(value: object, _type: object) -> Amount:
    if not isinstance(value, Mapping) or set(value) != {"text", "unit"}:
        raise ValueError(f'an amount is {{ text = "7.59", unit = "EUR" }}, not {shown(value)}')
    return parse_amount(_text(value["text"], str), _text(value["unit"], str))


def _enum(value: object, cls: type[Enum]) -> Enum:
    for member in cls:
        if value == member.value and isinstance(value, str):
            return member
    raise ValueError(f"not one of the words known here: {shown(value)}; write {', '.join(str(m.value) for m in cls)}")


def _claim(value: object, _type: object) -> object:
    if not isinstance(value, Mapping):
        raise ValueError(f"expected a whole claim, not {shown(value)}")
    cls, (_, message) = _class_of(value)
    if cls is None or not issubclass(cls, get_args(Claim)):
        raise ValueError(message or f"a replacement is a claim, not {shown(value.get('kind'))}")
    return _converter().structure(value, cls)


def _attrs_reader(cls: type) -> Callable[[Any, Any], Any]:
    from cattrs.gen import make_dict_structure_fn

    read: Callable[[Any, Any], Any] = make_dict_structure_fn(
        cls, _converter(), _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True
    )
    absent = absent_fields(cls)

    def reader(value: Any, _type: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError(f"expected an object with fields, not {shown(value)}")
        return read({**absent, **value}, cls)

    return reader


@cache
def absent_fields(cls: type) -> Mapping[str, object]:
    """Give what an object's fields hold, before they are read, where its line does not state them."""
    return {name: _absent(name, hint) for name, hint in get_type_hints(cls).items() if _optional(name, hint)}


def _optional(name: str, hint: object) -> bool:
    unions = get_origin(hint) in (Union, UnionType) and type(None) in get_args(hint)
    return name in _UNSTATED or unions or get_origin(hint) is tuple


def _absent(name: str, hint: object) -> object:
    if name in _UNSTATED and get_origin(hint) not in (Union, UnionType):
        return _UNSTATED[name]
    return [] if get_origin(hint) is tuple else None


def _tuple_reader(hint: Any) -> Callable[[Any, Any], Any]:
    element = get_args(hint)[0]

    def reader(value: Any, _type: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"expected a list, not {shown(value)}; write it in square brackets")
        return tuple(_converter().structure(value, list[element]))  # type: ignore[valid-type]  # a runtime type

    return reader


def _is_tuple(hint: Any) -> bool:
    return get_origin(hint) is tuple


@cache
def _converter() -> cattrs.Converter:
    """Make what reads strictly, when first needed: most lines are plainly right and are built without it."""
    import cattrs

    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    for cls, hook in ((str, _text), (int, _whole), (bool, _yes_no), (UncertainDate, _date), (Quantity, _quantity)):
        converter.register_structure_hook(cls, hook)
    converter.register_structure_hook(Amount, _amount)
    for words in (Account, Basis, Covers, Flag, Kind, Relation, Role, Stage, Tie):
        converter.register_structure_hook(words, _enum)
    converter.register_structure_hook_func(lambda t: t == Claim, _claim)
    own = (UncertainDate, Quantity, Amount)
    converter.register_structure_hook_factory(lambda t: attrs.has(t) and t not in own, _attrs_reader)
    converter.register_structure_hook_factory(_is_tuple, _tuple_reader)
    return converter
