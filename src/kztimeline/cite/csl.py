"""Citations as CSL-JSON, for Zotero, Pandoc and Quarto."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from kztimeline.cite.text import log_note, note
from kztimeline.dates import UncertainDate
from kztimeline.lines import printable_json
from kztimeline.works import State, Work

_TYPES = {
    "edition": "book", "yearbook": "book", "register": "dataset", "database": "dataset", "index": "dataset",
    "report": "report", "press": "article-newspaper", "video": "motion_picture",
}  # fmt: skip
_PLAIN = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?[?~%]?", re.ASCII)


def csl(works: Sequence[Work], state: State, question: str) -> str:
    """Write a list of items, indented, with one item for the log at its end."""
    items = [*map(_item, works), _log(state, question)]
    return printable_json(json.dumps(items, ensure_ascii=False, indent=2)) + "\n"


def date_parts(date: UncertainDate | None) -> list[int]:
    """Give year, month and day as far as a date is plain; nothing for intervals and lists."""
    found = None if date is None else _PLAIN.fullmatch(date.text)
    parts = [] if found is None else [int(part) for part in found.groups() if part]
    return parts[:1] if len(parts) > 1 and not 1 <= parts[1] <= 12 else parts


def _item(work: Work) -> dict[str, object]:
    item: dict[str, object] = {"id": work.id, "type": _TYPES.get(work.form, "document"), "title": work.title}
    if work.publisher:
        item |= {"author": [{"literal": work.publisher}], "publisher": work.publisher}
    if work.published is not None:
        item["issued"] = _issued(work.published)
    remarks = [*(["publication day inferred"] if work.inferred else []), *note(work)]
    return item | ({"note": "; ".join(remarks)} if remarks else {})


def _issued(date: UncertainDate) -> dict[str, object]:
    parts = date_parts(date)
    if not parts:
        return {"literal": date.text}
    return {"date-parts": [parts], **({"circa": True} if date.approximate or date.uncertain else {})}


def _log(state: State, question: str) -> dict[str, object]:
    item = {"id": f"log-{state.head[:12]}", "type": "dataset", "title": f"{state.name}: log of dated claims"}
    written = written_parts(state)
    issued = {"issued": {"date-parts": [written]}} if written else {}
    return {**item, **issued, "version": state.head, "note": log_note(state, question)}


def written_parts(state: State) -> list[int]:
    """Give year, month and day when the log was last written; nothing for an empty log."""
    return [int(part) for part in state.recorded[:10].split("-")] if state.recorded else []
