"""What every answer carries beside its frame: where it comes from and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, overload

from attrs import Converter, field, frozen

from kztimeline.lines import printable

if TYPE_CHECKING:
    import polars as pl

    from kztimeline.picture import Picture


DRAWN = ("fielded", "holdings", "orders", "history", "events", "series")
"""The kinds of answers that have a picture."""


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


def told(findings: Iterable[Finding]) -> Iterator[str]:
    """Say findings for people, a line each; a sentence that several say is told once, with the claims of each of them."""
    alike: dict[str, list[Finding]] = {}
    for finding in findings:
        alike.setdefault(f"{finding.severity}: {finding.sentence}", []).append(finding)
    for line, several in alike.items():
        claims = dict.fromkeys(" ".join(claim[:8] for claim in finding.claims) for finding in several if finding.claims)
        yield f"{line} ({'; '.join(claims)})" if len(claims) > 1 else line


def _never_silent(findings: Iterable[Finding], answer: Any) -> tuple[Finding, ...]:
    """Add to the findings of an answer without rows why it has none, where nothing says so yet."""
    found = tuple(findings)
    if found or not answer.frame.is_empty():
        return found
    said = f"no rows for {answer.question}: nothing that stands in this view speaks of it, or what does comes to 0"
    return (Finding("no-rows", Severity.NOTE, "", (), said),)


@frozen
class Face:
    """How an answer is shown: who cites it in a form, draws it, names its sources; filled in where answers are made."""

    cited: Callable[[str, str], tuple[str, ...] | str]
    drawn: Callable[[Any, str], Picture]
    titles: Callable[[], tuple[str, ...]]


@frozen
class Answer:
    """A frozen answer: ``frame`` (flat, sorted), the sources it rests on, the head and policy it holds for.

    An answer without rows says so in its findings: silence is neither zero nor a mistake in the question.
    ``explain()`` gives the reasons for the whole answer, ``cite()`` what it rests on, ``plot()`` a picture.
    ``about`` says what kind of answer it is (``holdings``, ``history`` …).
    """

    question: str
    frame: pl.DataFrame = field(eq=False, repr=False)
    sources: tuple[str, ...]
    head: str
    policy: str
    findings: tuple[Finding, ...] = field(repr=False, converter=Converter(_never_silent, takes_self=True))  # type: ignore[misc]  # mypy's plugin knows plain functions only
    reasons: Callable[[], Answer] | None = field(eq=False, repr=False)
    about: str = field(repr=False)
    face: Face = field(eq=False, repr=False)

    @property
    def titles(self) -> tuple[str, ...]:
        """What the sources are called, each with its publisher."""
        return self.face.titles()

    def explain(self) -> Answer:
        """Give, for every event of the answer's systems, the reason why it counted or did not (R23)."""
        if self.reasons is None:
            return self
        return self.reasons()

    @overload
    def cite(self, form: Literal["text"] = "text") -> tuple[str, ...]: ...
    @overload
    def cite(self, form: Literal["bibtex", "csl-json", "ris"]) -> str: ...
    @overload
    def cite(self, form: str) -> tuple[str, ...] | str: ...
    def cite(self, form: str = "text") -> tuple[str, ...] | str:
        """Cite the sources behind this answer and the state of the log.

        ``"text"`` gives a line for each; ``"bibtex"``, ``"csl-json"`` and ``"ris"`` one text for a reference manager.
        Raises :class:`~kztimeline.errors.NotationError` for another form.
        """
        return self.face.cited(form, self.question)

    def plot(self, *, lang: str = "en") -> Picture:
        """Draw the answer, with words in English or German (``"de"``).

        Raises :class:`~kztimeline.errors.NotationError` where it has no picture or no rows, or for another language.
        """
        return self.face.drawn(self, lang)

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        rows = len(self.frame)
        count = len(self.findings)
        found = f", {count} finding{'' if count == 1 else 's'}" if count else ""
        calls = (".findings .explain()" if count else ".explain()") if self.reasons else (".findings" if count else "")
        drawn = ".plot()" if rows and self.about in DRAWN else ""
        after = " ".join(call for call in (".frame" if rows else "", calls, drawn, ".cite()") if call)
        said = f"{rows} row{'' if rows == 1 else 's'}{found}, head {self.head[:12]}"
        return f"<{printable(self.question)}: {said}; next {after}>"

    def _repr_html_(self) -> str:
        from kztimeline.grids import grid, numbered
        from kztimeline.markup import text

        caption = f"{text(self.question)} · {len(self.frame)} row{'' if len(self.frame) == 1 else 's'}"
        notes = "".join(f"<li>{text(line)}</li>" for line in told(self.findings))
        below = f"head <code>{text(self.head[:16])}</code>, policy {text(self.policy)}"
        shown = grid(caption, self.frame, self.sources) if len(self.frame) else f"<p><b>{caption}</b></p>"
        return f"<div>{shown}<ul>{notes}</ul>{numbered(self.titles)}<p>{below}</p></div>".replace("<ul></ul>", "")
