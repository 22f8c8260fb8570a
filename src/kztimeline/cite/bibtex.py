"""Citations as BibTeX, for LaTeX, Quarto and reference managers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kztimeline.cite.csl import date_parts, written_parts
from kztimeline.cite.text import log_note, note
from kztimeline.lines import printable
from kztimeline.works import State, Work

_TYPES = {"edition": "book", "yearbook": "book"}
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}  # fmt: skip


def bibtex(works: Sequence[Work], state: State, question: str) -> str:
    """Write an entry for each work and one for the log; special characters are escaped, accents stay."""
    return "\n".join([*(_entry(work) for work in works), _log(state, question)])


def _entry(work: Work) -> str:
    fields = {"title": f"{{{tex(work.title)}}}"}
    if work.publisher:
        fields["author"] = fields["publisher"] = f"{{{tex(work.publisher)}}}"
    fields |= _date(date_parts(work.published))
    if work.published is not None and "year" not in fields:
        fields["date"] = tex(work.published.text)
    remarks = [*(["publication day inferred"] if work.inferred else []), *note(work)]
    if remarks:
        fields["note"] = tex("; ".join(remarks))
    return _written(_TYPES.get(work.form, "misc"), work.id, fields.items())


def _log(state: State, question: str) -> str:
    fields = {
        "title": f"{{{tex(state.name)}: log of dated claims}}",
        **_date(written_parts(state)),
        "version": state.head,
        "note": tex(log_note(state, question)),
    }
    return _written("misc", f"log-{state.head[:12]}", fields.items())


def _date(parts: Sequence[int]) -> dict[str, str]:
    return dict(zip(("year", "month", "day"), map(str, parts), strict=False))


def _written(kind: str, key: str, fields: Iterable[tuple[str, str]]) -> str:
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields)
    return f"@{kind}{{{re.sub(r'[^A-Za-z0-9:._-]', '-', key)},\n{lines}}}\n"


def tex(text: str) -> str:
    """Write out what TeX or a terminal would obey."""
    return "".join(_SPECIAL.get(character, character) for character in printable(" ".join(text.split())))
