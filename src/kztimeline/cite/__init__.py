"""Citations: what an answer rests on and the state of the log, as text, BibTeX, CSL-JSON or RIS."""

from __future__ import annotations

from collections.abc import Sequence

from kztimeline.cite.bibtex import bibtex
from kztimeline.cite.csl import csl
from kztimeline.cite.ris import ris
from kztimeline.cite.text import text
from kztimeline.errors import NotationError
from kztimeline.works import State, Work

__all__ = ["FORMS", "cited", "text"]

_WRITERS = {"bibtex": bibtex, "csl-json": csl, "ris": ris}
FORMS = ("text", *_WRITERS)
"""The forms that ``cite`` knows; ``text`` gives a tuple of lines, the others one text."""


def cited(works: Sequence[Work], state: State, question: str, form: str) -> tuple[str, ...] | str:
    """Write the works and the state of the log in a form. Raises :class:`NotationError` for an unknown one."""
    if form == "text":
        return text(works, state, question)
    if form not in FORMS:
        raise NotationError(f"not a form of citation: {form!r}; write one of {', '.join(FORMS)}")
    return _WRITERS[form](works, state, question)
