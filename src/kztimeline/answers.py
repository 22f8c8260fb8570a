"""What every answer carries beside its frame: where it comes from and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING, Any

from attrs import Converter, field, frozen

from kztimeline.lines import printable

if TYPE_CHECKING:
    import polars as pl


class Severity(StrEnum):
    """How much a finding matters: a note, something odd, a contradiction."""

    NOTE = "note"
    ODD = "odd"
    CONTRADICTION = "contradiction"


@frozen
class Finding:
    """Something that does not fit: a code, how much it matters, the claims it is about, one sentence."""

    code: str
    severity: Severity
    system: str
    claims: tuple[str, ...]
    sentence: str


def _never_silent(findings: Iterable[Finding], answer: Any) -> tuple[Finding, ...]:
    """Add to the findings of an answer without rows why it has none, where nothing says so yet."""
    found = tuple(findings)
    if found or not answer.frame.is_empty():
        return found
    said = f"no rows for {answer.question}: nothing that stands in this view speaks of it, or what does comes to 0"
    return (Finding("no-rows", Severity.NOTE, "", (), said),)


@frozen
class Answer:
    """A frozen answer: ``frame`` (flat, sorted), the sources it rests on, the head and policy it holds for.

    An answer without rows says so in its findings: silence is neither zero nor a mistake in the question.
    ``explain()`` gives the reasons for the whole answer, ``cite()`` its sources as lines of text.
    """

    question: str
    frame: pl.DataFrame = field(eq=False, repr=False)
    sources: tuple[str, ...]
    head: str
    policy: str
    findings: tuple[Finding, ...] = field(repr=False, converter=Converter(_never_silent, takes_self=True))  # type: ignore[misc]  # mypy's plugin knows plain functions only
    reasons: Callable[[], Answer] | None = field(eq=False, repr=False)
    titles: tuple[str, ...] = field(repr=False)

    def explain(self) -> Answer:
        """Give, for every event of the answer's systems, the reason why it counted or did not (R23)."""
        if self.reasons is None:
            return self
        return self.reasons()

    def cite(self) -> tuple[str, ...]:
        """Give a line for each source, and one for the state of the log."""
        return (*self.titles, f"log head {self.head[:16]}, policy {self.policy}")

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        rows = len(self.frame)
        count = len(self.findings)
        found = f", {count} finding{'' if count == 1 else 's'}" if count else ""
        return f"<{printable(self.question)}: {rows} row{'' if rows == 1 else 's'}{found}, head {self.head[:12]}>"

    def _repr_html_(self) -> str:
        table = self.frame._repr_html_()
        notes = "".join(f"<li>{escape(finding.sentence)}</li>" for finding in self.findings)
        return f"<p><b>{escape(self.question)}</b> · head {escape(self.head[:12])}</p>{table}<ul>{notes}</ul>"
