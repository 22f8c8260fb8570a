"""The documented columns of answers that list claims, reasons and segments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl

from kztimeline.answers import Finding
from kztimeline.events import Claim, Stored, systems_of, when
from kztimeline.frames import day

if TYPE_CHECKING:
    from kztimeline.editions import Edition

EVENTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "kind": pl.String,
    "holder": pl.String,
    "system": pl.String,
    "operator": pl.String,
    "account": pl.String,
    "role": pl.String,
    "form": pl.String,
    "stage": pl.String,
    "deal": pl.String,
    "category": pl.String,
    "time_edtf": pl.String,
    "time_earliest": pl.Date,
    "time_latest": pl.Date,
    "quantity": pl.String,
    "low": pl.Int64,
    "best": pl.Int64,
    "high": pl.Int64,
    "source": pl.String,
    "via": pl.String,
    "published_edtf": pl.String,
    "published_earliest": pl.Date,
    "published_latest": pl.Date,
    "published_inferred": pl.Boolean,
    "flags": pl.String,
    "note": pl.String,
}
"""One row per standing claim; ``quantity`` as written beside its bounds, lists joined by spaces."""

EXPLANATION: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "kind": pl.String,
    "holder": pl.String,
    "system": pl.String,
    "time": pl.String,
    "quantity": pl.String,
    "source": pl.String,
    "published": pl.String,
    "inferred": pl.Boolean,
    "reason": pl.String,
    "detail": pl.String,
}
"""One row per event of a system with its one reason (R23)."""

FINDINGS: dict[str, pl.DataType | type[pl.DataType]] = {
    "code": pl.String,
    "severity": pl.String,
    "holder": pl.String,
    "subject": pl.String,
    "sentence": pl.String,
    "claims": pl.String,
}
"""One row per finding: its code, how much it matters, what it is about, one sentence, and the claims' ids."""

UNCITED: dict[str, pl.DataType | type[pl.DataType]] = {
    "document": pl.String,
    "line": pl.Int64,
    "start": pl.Int64,
    "end": pl.Int64,
    "text": pl.String,
}
"""One row per stretch of a document that no citation covers: 1-based line, characters, the words themselves."""

ROWS: dict[str, pl.DataType | type[pl.DataType]] = {
    "service": pl.String,
    "path": pl.String,
    "item": pl.String,
    "figure": pl.String,
    "low": pl.Int64,
    "best": pl.Int64,
    "high": pl.Int64,
    "account": pl.String,
    "role": pl.String,
    "systems": pl.String,
    "note": pl.String,
    "id": pl.String,
}
"""One row per statement of an edition, in its order: labels and figure as printed, bounds as read, systems as resolved."""

SEGMENTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "segment": pl.String,
    "recorded": pl.String,
    "events": pl.Int64,
    "parents": pl.String,
    "writer": pl.String,
    "note": pl.String,
}
"""One row per segment of a log."""


def event_rows(several: Iterable[Stored]) -> Iterator[dict[str, object]]:
    """Give each claim as a row of ``EVENTS``."""
    for stored in several:
        claim = stored.event
        time, quantity = when(claim), getattr(claim, "quantity", None)
        published = min((c.published for c in claim.citations), key=lambda p: p.last or 10**9)
        yield {
            "id": stored.id,
            "kind": str(claim.kind),
            "holder": claim.holder,
            "system": " ".join(systems_of(claim)),
            "account": _text(getattr(claim, "account", None) or getattr(claim, "into", None)),
            **{
                name: _text(getattr(claim, name, None))
                for name in ("operator", "role", "form", "stage", "deal", "category", "note")
            },
            "time_edtf": time.text,
            "time_earliest": day(time.first),
            "time_latest": day(time.last),
            "quantity": quantity and quantity.text,
            "low": quantity and quantity.low,
            "best": quantity and quantity.best,
            "high": quantity and quantity.high,
            "source": " ".join(dict.fromkeys(c.source for c in claim.citations)),
            "via": " ".join(dict.fromkeys(c.via for c in claim.citations if c.via)) or None,
            "published_edtf": published.text,
            "published_earliest": day(published.first),
            "published_latest": day(published.last),
            "published_inferred": any(c.basis == "inferred" for c in claim.citations),
            "flags": " ".join(claim.flags) or None,
        }


def finding_rows(findings: Iterable[Finding], claims: Mapping[str, Claim]) -> Iterator[dict[str, object]]:
    """Give each finding as a row of ``FINDINGS``; ``claims`` are those at hand by id."""
    for finding in findings:
        yield {
            "code": finding.code,
            "severity": str(finding.severity),
            "holder": " ".join(sorted({claims[i].holder for i in finding.claims if i in claims})) or None,
            "subject": finding.system,
            "sentence": finding.sentence,
            "claims": " ".join(finding.claims),
        }


def printed_rows(edition: Edition) -> Iterator[dict[str, object]]:
    """Give the rows of an edition as rows of ``ROWS``; a name that nobody defined stands with a question mark."""
    for row in edition.rows:
        yield {
            "service": row.service,
            "path": " ".join(row.path),
            "item": row.item,
            "figure": row.text,
            "low": row.quantity.low,
            "best": row.quantity.best,
            "high": row.quantity.high,
            "account": _text(row.account),
            "role": str(row.role),
            "systems": " ".join(member.system or f"{member.names[0]}?" for member in row.members if member.names)
            or None,
            "note": row.note,
            "id": row.id,
        }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
