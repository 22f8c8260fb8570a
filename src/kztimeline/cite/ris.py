"""Citations as RIS, for EndNote, Citavi and other reference managers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kztimeline.cite.csl import date_parts, written_parts
from kztimeline.cite.text import log_note, note
from kztimeline.lines import printable
from kztimeline.works import State, Work

_TYPES = {
    "edition": "BOOK", "yearbook": "BOOK", "register": "DATA", "database": "DATA", "index": "DATA", "report": "RPRT",
    "press": "NEWS",
}  # fmt: skip


def ris(works: Sequence[Work], state: State, question: str) -> str:
    """Write a record for each work and one for the log."""
    return "\n".join([*(_record(work) for work in works), _log(state, question)])


def _record(work: Work) -> str:
    parts = date_parts(work.published)
    fields = [("TY", _TYPES.get(work.form, "GEN")), ("ID", work.id), ("TI", work.title)]
    fields += [("AU", work.publisher), ("PB", work.publisher)] if work.publisher else []
    fields += [("PY", str(parts[0])), ("DA", _day(parts))] if parts else []
    if work.published is not None and not parts:
        fields.append(("DA", work.published.text))
    fields += [("N1", "publication day inferred")] if work.inferred else []
    return _written([*fields, *(("N1", remark) for remark in note(work))])


def _log(state: State, question: str) -> str:
    parts = written_parts(state)
    fields = [("TY", "DATA"), ("ID", f"log-{state.head[:12]}"), ("TI", f"{state.name}: log of dated claims")]
    fields += [("PY", str(parts[0])), ("DA", _day(parts))] if parts else []
    return _written([*fields, ("ET", state.head), ("N1", log_note(state, question))])


def _day(parts: Sequence[int]) -> str:
    year, *rest = parts
    texts = [f"{part:02}" for part in rest] + ["", ""]
    return f"{year:04}/{texts[0]}/{texts[1]}/"


def _written(fields: Iterable[tuple[str, str | None]]) -> str:
    return "".join(f"{tag}  - {printable(' '.join((value or '').split()))}\n" for tag, value in fields) + "ER  - \n"
