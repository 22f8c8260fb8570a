"""Events for newsrooms: TimelineJS and vis-timeline, as JSON texts; every word is escaped where it becomes HTML."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from typing import Any

from kztimeline.answers import Answer
from kztimeline.errors import NotationError
from kztimeline.markup import text

FORMS = ("timelinejs", "vis-timeline")
"""The forms that ``news`` writes."""


def news(answer: Answer, form: str) -> str:
    """Write the events of ``tl.events(…)`` in a form; those without a first and a last possible day are left out.

    TimelineJS: ``{"title", "events"}`` with ``start_date`` and ``end_date``, the last possible day included.
    vis-timeline: a list of items with ``start`` and ``end``, the day after the last possible one. Raises
    :class:`NotationError` for another form, and for an answer that lists no events.
    """
    if form not in FORMS:
        raise NotationError(f"not a form for newsrooms: {form!r}; write one of {', '.join(FORMS)}")
    if answer.about != "events":
        raise NotationError(f"no events in {answer.question}; ask tl.events(…)")
    rows = list(_dated(answer))
    made: object = _timelinejs(answer, rows) if form == "timelinejs" else [_item(row) for row in rows]
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def _dated(answer: Answer) -> Iterator[Mapping[str, Any]]:
    for row in answer.frame.iter_rows(named=True):
        if row["time_earliest"] is not None and row["time_latest"] is not None:
            yield row


def _timelinejs(answer: Answer, rows: list[Mapping[str, Any]]) -> dict[str, object]:
    cited = "; ".join(text(line) for line in answer.cite())
    title = {"text": {"headline": text(answer.question), "text": f"<p>{cited}</p>"}}
    return {"title": title, "events": [_slide(row) for row in rows]}


def _slide(row: Mapping[str, Any]) -> dict[str, object]:
    first, last = row["time_earliest"], row["time_latest"]
    told = f"<p>{text(row['note'])}</p>" if row["note"] else ""
    return {
        "unique_id": row["id"][:16],
        "start_date": _parts(first),
        **({"end_date": _parts(last)} if last != first else {}),
        "display_date": text(row["time_edtf"]),
        "text": {"headline": text(_headline(row)), "text": f"{told}<p>{text(row['source'])}</p>"},
        "group": row["kind"],
    }


def _parts(day: datetime.date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}


def _item(row: Mapping[str, Any]) -> dict[str, object]:
    first, last = row["time_earliest"], row["time_latest"]
    end = last if last == datetime.date.max else last + datetime.timedelta(days=1)
    when = (
        {"start": str(first), "end": str(end), "type": "range"}
        if last != first
        else {"start": str(first), "type": "point"}
    )
    said = f"{row['time_edtf']}, {row['source']}"
    return {"id": row["id"][:16], **when, "content": text(_headline(row)), "title": text(said), "group": row["kind"]}


def _headline(row: Mapping[str, Any]) -> str:
    what = row["system"] or row["category"] or row["form"] or row["operator"] or ""
    return " ".join(part for part in (row["kind"], row["quantity"], what) if part)
