"""What every column of every answer means: its type, its unit, and what null says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from kztimeline.accounted import CAUSES, DIFFERENCE
from kztimeline.agreements import AGREEMENTS
from kztimeline.frames import STEPS, table
from kztimeline.holdings import FIELDED, HISTORY, HOLDINGS
from kztimeline.series import SERIES
from kztimeline.tables import EVENTS, EXPLANATION, FINDINGS, ROWS, SEGMENTS, UNCITED

Kinds = Mapping[str, pl.DataType | type[pl.DataType]]

CODEBOOK: Kinds = dict.fromkeys(("answer", "column", "type", "unit", "meaning", "null"), pl.String)
"""One row per column of an answer; ``null`` says what an empty cell means."""

_UNITS = dict.fromkeys(("last_low", "last_best", "last_high"), pl.Int64)
_NUMBERED: Kinds = {**STEPS, **_UNITS, "truth": pl.String}
ANSWERS: Mapping[str, Kinds] = {
    "fielded": {name: _NUMBERED[name] for name in FIELDED},
    "holdings": {name: _NUMBERED[name] for name in HOLDINGS},
    "orders": {name: _NUMBERED[name] for name in HOLDINGS},
    "history": {name: _NUMBERED[name] for name in HISTORY},
    "events": EVENTS,
    "agreements": AGREEMENTS,
    "series": SERIES,
    "audit": FINDINGS,
    "diff": DIFFERENCE,
    "diff.causes": CAUSES,
    "rows": ROWS,
    "explain": EXPLANATION,
    "uncited": UNCITED,
    "segments": SEGMENTS,
}
"""The columns of each answer, in their order."""

_OPEN, _BEST = "no upper bound", "no single best value"
_NOT_SAID = "not stated"
_MEANINGS: dict[str, tuple[str, str]] = {
    "holder": ("whose forces: ISO 3166 alpha-3, former states too", "never"),
    "system": ("id of the system; several are joined by spaces", "no system is named"),
    "account": ("where units are counted: on-order, on-trial, in-service, in-store, for-sale, held; statements also active", _NOT_SAID),
    "since": ("first day of the period", "never"),
    "until": ("first day after the period", "for ever"),
    "low": ("the least that the claims allow", "no lower bound"),
    "best": ("the value that the claims favour", _BEST),
    "high": ("the most that the claims allow", _OPEN),
    "open": ("true: no list says there were no more", "never"),
    "conflict": ("true: claims exclude each other; the bounds are their hull", "never"),
    "inferred": ("true: rolled back from a later statement, or concluded by the reader", "never"),
    "low_from": ("ids of the sources that set low", "none set it"),
    "high_from": ("ids of the sources that set high", "none set it"),
    "ledgers": ("ids of the sources that speak of it", "none does"),
    "as_of": ("last day on which any claim speaks of it; what holds later is assumed", "no claim speaks of a day"),
    "truth": ("yes, maybe or no", "never"),
    "last_low": ("low on the last day of the period", "no lower bound"),
    "last_best": ("best on the last day of the period", _BEST),
    "last_high": ("high on the last day of the period", _OPEN),
    "id": ("SHA-256 of the claim's line", "never"),
    "kind": ("kind of claim: delivered, stated, agreement …", "never"),
    "operator": ("id of the branch or body", _NOT_SAID),
    "role": ("item (an event or row of its own), total, or group (one number for several systems)", "not of this kind of claim"),
    "form": ("what sort: of agreement, of observation, of transfer", _NOT_SAID),
    "stage": ("how far an agreement had come: announced, signed, ratified, in-force, ended, not-a-party", "none is certain, or no agreement"),
    "deal": ("id of the deal that an order and its deliveries share", "no deal is known"),
    "category": ("category path; of a measure, what part of the whole", _NOT_SAID),
    "time_edtf": ("when, as written (EDTF): occurred, a statement's cutoff, a measure's period", "never"),
    "quantity": ("how many, as written", _NOT_SAID),
    "source": ("ids of the publications that say so", "never"),
    "via": ("ids of the documents that were read", _NOT_SAID),
    "published_edtf": ("when the source became public, as written (EDTF); of several the first", "never"),
    "published_inferred": ("true: the reader concluded a day of publication", "never"),
    "flags": ("marks that change no bound: inferred, hedged, combat-capable, group-figure, modernised", "none"),
    "note": ("a remark of whoever wrote the claim down", "none"),
    "agreement": ("id of the agreement", "it has no id; the claim stands alone"),
    "perhaps": ("further stages that may have been reached", "none"),
    "parties": ("ids of the other parties", _NOT_SAID),
    "systems": ("ids of the systems, joined by spaces", "none is named or resolved"),
    "stage_edtf": ("when the stage was reached, as written", _NOT_SAID),
    "period_edtf": ("the period, as written (EDTF)", _NOT_SAID),
    "sources": ("ids of the publications that say so", "never"),
    "claims": ("ids of the claims, joined by spaces", "none"),
    "indicator": ("what was measured", "never"),
    "partner": ("the other country or body of a flow", "all of them, or not a flow"),
    "value": ("the value as written", "never"),
    "unit": ("unit of the value", "never"),
    "basis": ("what the value is measured in: current prices, constant prices of a year, share …", _NOT_SAID),
    "code": ("code of the finding", "never"),
    "severity": ("note, odd or contradiction", "never"),
    "subject": ("what the finding is about: a system, category, agreement or indicator", "never"),
    "sentence": ("what does not fit", "never"),
    "change": ("number of the change", "never"),
    "service": ("id of the branch whose rows these are", "never"),
    "state": ("changed, unchanged, flow recorded, not compared or not printed", "never"),
    "causes": ("the causes found, by name", "none"),
    "unexplained": ("whether something is left unexplained: yes, maybe or no", "never"),
    "perhaps_renamed": ("true: a name that nobody defined came where another went", "never"),
    "events": ("ids of the events that account for it", "none does"),
    "item": ("the row's label as printed", "a printed total"),
    "number": ("precedence of the cause, 1 to 13", "never"),
    "cause": ("name of the cause", "never"),
    "world": ("true: a change in the world; false: on paper, or unexplained", "never"),
    "ground": ("why this cause was found", "never"),
    "path": ("category path in words", "never"),
    "figure": ("the figure as printed", "never"),
    "time": ("when, as written (EDTF)", "never"),
    "published": ("when the source became public, as written", "never"),
    "reason": ("the one reason why the event counted or did not", "never"),
    "detail": ("what the reason refers to", "nothing more to say"),
    "document": ("id of the document", "never"),
    "line": ("line of the document, from 1", "never"),
    "start": ("first character of the stretch, from 0", "never"),
    "end": ("character after the stretch", "never"),
    "text": ("the words themselves", "never"),
    "segment": ("id of the segment: SHA-256 of its header", "never"),
    "recorded": ("when our log took it (UTC)", "never"),
    "parents": ("beginnings of the ids of the segments before it", "the first segment"),
    "writer": ("who wrote it", "never"),
}  # fmt: skip
_OWN: dict[tuple[str, str], tuple[str, str]] = {
    ("events", "account"): ("where a statement counts its units, or where a delivery puts them", _NOT_SAID),
    ("events", "low"): ("the least that the quantity allows", "no quantity is stated"),
    ("events", "high"): ("the most that the quantity allows", "no upper bound, or no quantity is stated"),
    ("events", "best"): ("the value that the quantity favours", "no single best value, or no quantity is stated"),
    ("rows", "account"): ("where the row counts its units", "the row does not say"),
    ("segments", "events"): ("how many events it holds", "never"),
    ("audit", "holder"): ("whose claims it is about", "no claim of a holder"),
    ("explain", "time"): ("when, as written (EDTF)", "never"),
    ("explain", "inferred"): ("true: a conclusion of the reader", "never"),
    ("diff", "kind"): ("item (systems) or total (a printed total)", "never"),
    ("diff.causes", "kind"): ("item (systems) or total (a printed total)", "never"),
    ("diff.causes", "inferred"): ("true: concluded by a rule, told by no claim", "never"),
    ("audit", "claims"): ("ids of the claims it is about", "never"),
}
_PARTS = {
    "active": "units in use", "stored": "stored units and those for sale", "residual": "what of the change in use no cause accounts for",
    "stored_residual": "what of the change in store no cause accounts for", "category": "category path", "item": "label as printed",
}  # fmt: skip
_COUNTS = {"low", "best", "high", "last_low", "last_best", "last_high"}


def codebook_rows() -> Iterator[dict[str, object]]:
    """Give a row of ``CODEBOOK`` for each column of each answer."""
    for answer, columns in ANSWERS.items():
        for column, kind in columns.items():
            meaning, null = meaning_of(answer, column)
            unit = _unit(answer, column, kind)
            yield {
                "answer": answer, "column": column, "type": str(kind).lower().split("(")[0], "unit": unit, "meaning": meaning,
                "null": null,
            }  # fmt: skip


def codebook_frame() -> pl.DataFrame:
    """Give the codebook as a frame, in the order of the answers and of their columns."""
    return table(codebook_rows(), CODEBOOK)


def meaning_of(answer: str, column: str) -> tuple[str, str]:
    """Say what a column means and what its null says. Raises ``KeyError`` for one that nobody described."""
    if (answer, column) in _OWN:
        return _OWN[(answer, column)]
    if column in _MEANINGS:
        return _MEANINGS[column]
    stem, _, last = column.rpartition("_")
    if last in ("earliest", "latest"):
        end = "first" if last == "earliest" else "last"
        return f"{end} possible day of {stem}_edtf", f"no {end} day is known"
    if last in ("before", "after"):
        return f"{_PARTS[stem]}, {last} the change", "no such row"
    bounds = {"low": "at least", "best": "best value", "high": "at most"}
    nulls = {"low": "no lower bound", "best": _BEST, "high": _OPEN}
    return f"{_PARTS[stem]}: change, {bounds[last]}", nulls[last]


def _unit(answer: str, column: str, kind: pl.DataType | type[pl.DataType]) -> str | None:
    if kind == pl.Date:
        return "day"
    last = column.rpartition("_")[2]
    if column in _COUNTS or last in _COUNTS:
        return "see unit" if answer == "series" else "units"
    return None
