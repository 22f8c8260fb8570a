"""Claims for people: one readable line each, and a segment back as a draft."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from kztimeline.codec import Line, fields_of
from kztimeline.events import (
    Citation,
    Claim,
    Correction,
    Link,
    Retraction,
    Revision,
    StatedChange,
    Withdrawal,
    when,
)

WIDTH = 160
"""A line for people is cut to this many characters; the source stays."""


def readable(identity: str, value: Line) -> str:
    """Write an event as one line: short id, kind, who, when, what, how many, from whom to whom, source.

    At most :data:`WIDTH` characters, without line breaks or control characters.
    """
    body = _printable(f"{identity[:8]} {_words(value)}")
    source = _printable(_cited(getattr(value, "citations", ())))
    source = _cut(source, WIDTH - 60)
    return f"{_cut(body, WIDTH - len(source))}{source}"


def taken_out(identity: str, reason: str | None, writer: str | None) -> str:
    """Write what stands in the place of a redacted event as one line, as short and printable as the others."""
    said = f": {reason}" if reason else ""
    return _cut(_printable(f"{identity[:8]} redacted{said}{f' · by {writer}' if writer else ''}"), WIDTH)


def _printable(text: str) -> str:
    plain = " ".join(text.split())
    return printable(f" {plain}" if text.startswith(" ") else plain)


def printable(text: str) -> str:
    """Write out the characters that a terminal would obey or hide: controls, escapes, changes of direction."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def printable_json(text: str) -> str:
    """Write out the same characters in JSON, between its lines, so that whoever reads it reads the very text."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}…"


def _words(value: Line) -> str:
    if isinstance(value, Correction | Revision):
        by = f" by {value.source}" if isinstance(value, Revision) else f" ({value.reason})"
        return f"{value.kind} {value.target[:8]}{by}: {_claim(value.replacement)}{_cited(value.replacement.citations)}"
    if isinstance(value, Retraction):
        return f"{value.kind} {value.target[:8]}: {value.reason}"
    if isinstance(value, Withdrawal):
        return f"{value.kind} {value.target[:8]} by {value.source}"
    if isinstance(value, Link):
        return f"{value.kind} {value.relation} {' '.join(c[:8] for c in value.claims)}: {value.reason}"
    if isinstance(value, Claim):
        return _claim(value)
    fields = {name: item for name, item in fields_of(value).items() if name != "kind"}
    return f"{value.kind} " + " ".join(f"{name}={_short(item)}" for name, item in fields.items())


def _short(item: object) -> str:
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)


def _claim(claim: Claim) -> str:
    """Write a claim without its source; what is not stated is left out."""
    parts = [
        str(claim.kind),
        claim.holder,
        when(claim).text,
        _what(claim),
        _how_many(claim),
        _way(claim),
        *_named(claim),
    ]
    if claim.flags:
        parts.append(f"[{', '.join(claim.flags)}]")
    if claim.note:
        parts.append(f"“{claim.note}”")
    return " ".join(part for part in parts if part)


def _what(claim: Claim) -> str:
    systems = "+".join(getattr(claim, "systems", ()))
    target = getattr(claim, "to_system", None)
    named = f"{systems}→{target}" if target else systems
    return named or getattr(claim, "category", None) or getattr(claim, "indicator", None) or ""


def _how_many(claim: Claim) -> str:
    if isinstance(claim, StatedChange):
        return f"×{claim.before.text} → ×{claim.after.text}"
    quantity, amount = getattr(claim, "quantity", None), getattr(claim, "value", None)
    if amount is not None:
        return f"{amount.text} {amount.unit}"
    return f"×{quantity.text}" if quantity is not None else ""


def _way(claim: Claim) -> str:
    """Write from whom to whom: suppliers, operators, recipients, parties."""
    operator, to_operator = getattr(claim, "operator", None), getattr(claim, "to_operator", None)
    suppliers, recipients = getattr(claim, "suppliers", ()), getattr(claim, "recipients", ())
    takes = to_operator or "+".join(recipients)
    gives = "+".join(suppliers)
    if operator and takes:
        gives = f"{gives}→{operator}" if gives else operator
    if takes or (gives and operator):
        return f"{gives}→{takes or operator}"
    return (f"from {gives}" if gives else operator) or "+".join(getattr(claim, "parties", ()))


def _named(claim: Claim) -> list[str]:
    fields = fields_of(claim)
    shown = [f"{word} {fields[name]}" for name, word in _WORDS.items() if name in fields]
    if "item" in fields:
        shown.append(f"“{fields['item']}”")
    if claim_covers := getattr(claim, "covers", ()):
        shown.append(f"covers {' '.join(identity[:8] for identity in claim_covers)}")
    if price := getattr(claim, "price", None):
        shown.append(f"for {price.amount.text} {price.amount.unit}")
    return shown


_WORDS = {
    "role": "as",
    "out_of": "out of",
    "into": "into",
    "account": "counted",
    "form": "form",
    "stage": "stage",
    "deal": "deal",
    "agreement": "agreement",
    "partner": "with",
    "basis": "in",
}


def _cited(citations: Sequence[Citation]) -> str:
    """Write the first citation, and how many more there are."""
    if not citations:
        return ""
    citation = citations[0]
    line = f"line {citation.locator.line}" if citation.locator else ""
    via = f"via {citation.via}" if citation.via and citation.via != citation.source else ""
    place = ", ".join(part for part in (via, line) if part)
    more = f"; {len(citations) - 1} more" if len(citations) > 1 else ""
    return f" · {citation.source}{f' ({place})' if place else ''}, published {citation.published.text}{more}"


def draft_toml(note: str, values: Iterable[Line]) -> str:
    """Write events as a TOML draft that reads back to the same lines."""
    parts = [f"note = {_toml(note)}"]
    for value in values:
        parts.append("\n[[events]]")
        fields = fields_of(value)
        citations = fields.pop("citations", [])
        parts.extend(f"{key} = {_toml(item)}" for key, item in fields.items())
        if citations:
            parts.append("citations = [")
            parts.extend(f"  {_toml(citation)}," for citation in _each(citations))
            parts.append("]")
    return "\n".join(parts) + "\n"


def _each(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, str):
        return "".join(c if c.isprintable() else _escaped(c) for c in json.dumps(value, ensure_ascii=False))
    return json.dumps(value)


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "a").replace("-", "a").isalnum() else _toml(key)
