"""Claims for people: one readable line each, and a segment back as a draft."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from kztimeline.codec import Line, fields_of
from kztimeline.events import Citation, Correction, Link, Retraction, Revision, Withdrawal, systems_of
from kztimeline.registry import Definition


def readable(identity: str, value: Line) -> str:
    """Write an event as one line: short id, kind, who, when, what, how many, source."""
    return f"{identity[:8]} {_words(value)}"


def _words(value: Line) -> str:
    if isinstance(value, Correction | Revision):
        return f"{value.kind} {value.target[:8]} to: {_words(value.replacement)}"
    if isinstance(value, Retraction):
        return f"{value.kind} {value.target[:8]}: {value.reason}"
    if isinstance(value, Withdrawal):
        return f"{value.kind} {value.target[:8]} by {value.source}{_cited(value.citations)}"
    if isinstance(value, Link):
        return f"{value.kind} {value.relation} {' '.join(c[:8] for c in value.claims)}: {value.reason}"
    if isinstance(value, Definition):
        return _defined(value)
    return _claim(value)


def _defined(value: Definition) -> str:
    fields = {k: v for k, v in fields_of(value).items() if k != "kind"}
    return f"{value.kind} " + " ".join(f"{key}={_short(item)}" for key, item in fields.items())


def _short(item: object) -> str:
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)


def _claim(value: Line) -> str:
    fields = fields_of(value)
    when = fields.get("occurred") or fields.get("cutoff") or fields.get("period")
    parts = [str(fields["kind"]), str(fields.get("holder", "")), str(when)]
    parts.append("+".join(systems_of(value)) or str(fields.get("category") or fields.get("indicator") or ""))  # type: ignore[arg-type]
    if "quantity" in fields:
        parts.append(f"×{fields['quantity']}")
    if "value" in fields:
        amount = fields["value"]
        parts.append(f"{amount['text']} {amount['unit']}")  # type: ignore[index]
    for name in ("role", "form", "stage", "account", "into", "operator", "deal"):
        if name in fields:
            parts.append(f"{name}={fields[name]}")
    return " ".join(part for part in parts if part) + _cited(getattr(value, "citations", ()))


def _cited(citations: Iterable[Citation]) -> str:
    said = []
    for citation in citations:
        via = f" via {citation.via}" if citation.via and citation.via != citation.source else ""
        line = f" line {citation.locator.line}" if citation.locator else ""
        said.append(f"{citation.source}{via}{line}, published {citation.published.text}")
    return f" · {'; '.join(said)}" if said else ""


def draft_toml(note: str, values: Iterable[Line]) -> str:
    """Write events as a draft that reads back to the same lines."""
    parts = [f"note = {_toml(note)}"]
    for value in values:
        parts.append("\n[[events]]")
        parts.extend(f"{key} = {_toml(item)}" for key, item in fields_of(value).items())
    return "\n".join(parts) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
