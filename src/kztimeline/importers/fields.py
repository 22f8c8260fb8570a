"""The columns of a table of events, and how one row becomes the fields of an event."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kztimeline.importers.parties import code_of

LISTS = ("systems", "suppliers", "recipients", "parties", "covers", "flags")
_PARTIES = ("holder", "suppliers", "recipients", "parties", "partner")
_PLAIN = (
    "kind", "holder", "occurred", "cutoff", "period", "quantity", "into", "operator", "role", "form", "stage", "deal",
    "agreement", "account", "category", "item", "indicator", "basis", "partner", "before", "after", "to_operator",
    "to_system", "out_of", "batch", "note",
)  # fmt: skip
_CITED = ("source", "via", "edition", "published", "data_day", "published_basis")
_AMOUNTS = {"value": "value_unit", "price": "price_unit"}
CELLS: Mapping[str, tuple[str, ...]] = {
    "citations": _CITED, **{name: (name, unit) for name, unit in _AMOUNTS.items()}
}  # fmt: skip
"""The fields that several columns make up; every other one is told by the column of its name."""
_FIELDS = (*_PLAIN, *LISTS, *_AMOUNTS, "citations")
COLUMNS: Mapping[str, str] = {
    "kind": "what happened: delivered, ordered, stated, measured, …",
    "holder": "whose forces: ISO 3166 code or name",
    "occurred": "when: 2016, 2016-05, 2011/2017, {2019,2020}",
    "cutoff": "for stated: the day an edition speaks about",
    "period": "for measured: the period of the value",
    "systems": "what: a name or id; several by semicolon",
    "quantity": "how many: 12, at least 5, some",
    "suppliers": "from whom; several by semicolon",
    "into": "for delivered: the account the units went into",
    "operator": "which branch",
    "account": "for stated: in which account",
    "role": "item, total or group",
    "deal": "the deal it belongs to",
    "form": "the form of an agreement or delivery",
    "stage": "for agreement: how far it has come",
    "agreement": "which agreement",
    "parties": "for agreement: who is party to it",
    "recipients": "for outflows: to whom",
    "category": "a category path",
    "item": "the row as printed",
    "indicator": "for measured: of what",
    "value": "for measured: the value",
    "value_unit": "its unit",
    "basis": "for measured: the price basis",
    "partner": "for measured: the other side",
    "before": "for changed: the figure before",
    "after": "for changed: the figure after",
    "to_operator": "for transferred: to which branch",
    "to_system": "for modernised: what it became",
    "out_of": "the account the units left",
    "price": "how much money",
    "price_unit": "its currency, or TIV",
    "covers": "for totals: ids of what they cover",
    "batch": "the sentence or table it stands in",
    "flags": "inferred, hedged, …",
    "note": "a few words of your own",
    "source": "who says so",
    "via": "the document read",
    "edition": "the state of the publication",
    "published": "when the source became public",
    "data_day": "the last day its data cover",
    "published_basis": "printed or inferred",
}
"""The columns of a table of events: the field's name, and what it is."""


def event_fields(cells: Mapping[str, str], split: Mapping[str, str]) -> dict[str, object]:
    """Make the fields of an event of a row's cells by column; an empty cell states nothing.

    ``split`` gives what separates the members of a list, ``;`` where it does not say.
    """
    told = ((name, field_of(name, cells, split)) for name in _FIELDS)
    return {name: value for name, value in told if value is not None}


def field_of(name: str, cells: Mapping[str, str], split: Mapping[str, str]) -> object | None:
    """Give what a row's cells say of one field; ``None`` for nothing."""
    if name == "citations":
        cited = dict(_cited(cells))
        return [cited] if cited else None
    text = cells.get(name, "")
    if not text:
        return None
    if name in LISTS:
        members = [part.strip() for part in re.split(rf"\s*{re.escape(split.get(name, ';'))}\s*", text)]
        return [_party(part) if name in _PARTIES else part for part in members if part]
    if name in _AMOUNTS:
        unit = cells.get(_AMOUNTS[name])
        amount = {"text": text, "unit": unit} if unit else {"text": text}
        return {"amount": amount} if name == "price" else amount
    return _party(text) if name in _PARTIES else text


def _party(name: str) -> str:
    return code_of(name) or name


def _cited(cells: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    for name in _CITED:
        if text := cells.get(name, ""):
            yield ("basis" if name == "published_basis" else name), text


def column_of(path: str) -> str | None:
    """Give the column that a path in an event's fields came from: ``citations[0].published`` from ``published``."""
    path = path.removeprefix("defaults.")
    path = re.sub(r"^events\[\d+\]\.", "", path)
    if found := re.match(r"citations(?:\[\d+\])?\.?(\w*)", path):
        name = "published_basis" if found[1] == "basis" else found[1] or "source"
        return name if name in COLUMNS else "source"
    found = re.match(r"\w+", path)
    name = found[0] if found else ""
    unit = _AMOUNTS.get(name)
    if unit is not None and path.endswith("unit"):
        return unit
    return name if name in COLUMNS else None


def row_of(fields: Mapping[str, object]) -> dict[str, str]:
    """Write an event's fields as a row's cells; what has no column is left to the line itself."""
    row: dict[str, str] = {}
    for name in (*_PLAIN, *LISTS):
        value = fields.get(name)
        if value not in (None, [], ""):
            row[name] = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    for name, unit in _AMOUNTS.items():
        value = fields.get(name)
        amount = value.get("amount") if isinstance(value, Mapping) and name == "price" else value
        if isinstance(amount, Mapping):
            row[name], row[unit] = str(amount.get("text", "")), str(amount.get("unit", ""))
    cited = fields.get("citations")
    if isinstance(cited, list | tuple) and cited and isinstance(cited[0], Mapping):
        for name in _CITED:
            if (said := cited[0].get("basis" if name == "published_basis" else name)) is not None:
                row[name] = str(said)
    return row
