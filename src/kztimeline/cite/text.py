"""Citations as lines of text, one for each work and one for the log."""

from __future__ import annotations

from collections.abc import Sequence

from kztimeline.lines import printable
from kztimeline.works import State, Work


def text(works: Sequence[Work], state: State, question: str) -> tuple[str, ...]:
    """Give a line for each work, then one for the state of the log."""
    lines = [*map(line, works), f"{state.name} (log of dated claims), {log_note(state, question)}"]
    return tuple(printable(" ".join(written.split())) for written in lines)


def line(work: Work) -> str:
    """Write one work: publisher, title, its state, when it was published, and where it was read."""
    parts = [f"{work.publisher}: {work.title}" if work.publisher else work.title, *note(work)]
    if work.published is not None:
        parts.insert(1, f"published {work.published.text}{' (inferred)' if work.inferred else ''}")
    return ", ".join(parts)


def note(work: Work) -> list[str]:
    """Say what no field of a bibliography holds: the edition's id, and where the work was read."""
    state = [f"edition {work.id}"] if work.id != work.source and work.form == "edition" else []
    return state + [f"quoted in {title}" for title in work.quoted_in]


def log_note(state: State, question: str) -> str:
    """Say how the log was asked: enough to get the same answer again."""
    view = f", {state.view}" if state.view else ""
    written = f", written {state.recorded[:10]}" if state.recorded else ""
    return f"head {state.head}{written}, policy {state.policy}{view}, asked: {question}"
