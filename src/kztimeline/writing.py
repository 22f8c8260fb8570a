"""What is written when somebody appends, corrects or revises: drafts made, checked, and put into segments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import get_args

from kztimeline import codec, drafts, passages, together
from kztimeline.desk import Desk, Put
from kztimeline.errors import EventError, LogError, UnfinishedError, UnknownNameError
from kztimeline.events import Claim, Correction, Revision
from kztimeline.log import Receipt
from kztimeline.registry import Definition, Registry
from kztimeline.wire import stated_by

_CLAIMS: set[type] = {*get_args(Claim)}


def handed(events: object) -> drafts.Draft | list[object]:
    """Take what a caller hands over to be appended: a draft, a path of one, or events, each a value or a mapping of fields."""
    if isinstance(events, drafts.Draft):
        return events
    if isinstance(events, str | Path):
        return drafts.read_draft(Path(events))
    return [events] if isinstance(events, Mapping) or not isinstance(events, Iterable) else list(events)


def _fields(event: object) -> dict[str, object]:
    if isinstance(event, Mapping):
        return dict(event)
    if isinstance(event, codec.Line):
        return stated_by(event)
    raise EventError(f"{event!r} is no event; write a mapping of fields, or kz.event(kind=…)")


def handed_drafts(several: object) -> list[drafts.Draft]:
    """Take the drafts that a caller hands over, all of them before the log is locked: making one may append too.

    Raises :class:`EventError` for what is no draft.
    """
    listed = list(several) if isinstance(several, Iterable) and not isinstance(several, str) else [several]
    wrong = [item for item in listed if not isinstance(item, drafts.Draft)]
    if wrong:
        raise EventError(f"{wrong[0]!r} is no draft; read one with kztimeline.drafts.read_draft, or append events")
    return [item for item in listed if isinstance(item, drafts.Draft)]


def append_events(
    desk: Desk,
    events: drafts.Draft | Sequence[object],
    note: str,
    *,
    writer: str,
    expected_head: str | None,
    recorded: str | None,
) -> Receipt:
    """Append what was handed over as one segment: claims that are plainly right at once, anything else as a draft."""
    with desk.writing() as put:
        if isinstance(events, drafts.Draft):
            draft = events
        else:
            lines = _plain_lines(events, desk.registry)
            if lines:
                return put(lines, note=note, writer=writer, recorded=recorded, expected_head=expected_head)
            draft = drafts.from_fields([_fields(event) for event in events], note)
        return _checked(desk, put, [draft], expected_head, writer=writer, recorded=recorded)[-1]


def _plain_lines(events: Sequence[object], registry: Registry) -> Sequence[bytes] | None:
    """Write claims that are plainly right: values all together, mappings of fields one by one; ``None`` for anything else."""
    if {*map(type, events)} <= _CLAIMS:
        return together.lines_of(events, registry) if events else None
    lines = []
    for event in events:
        line = together.line_of_fields(dict(event), registry) if isinstance(event, Mapping) else None
        if line is None:
            return None
        lines.append(line)
    return lines


def append_drafts(
    desk: Desk,
    several: Sequence[drafts.Draft],
    folder: Path | None,
    *,
    writer: str,
    expected_head: str | None,
    recorded: str | None,
) -> tuple[Receipt, ...]:
    """Append drafts, each as one segment; passages that they name by their words are found in a folder of documents.

    Raises :class:`DraftError` with every problem, :class:`HeadMovedError` where the log has moved on, and
    :class:`UnfinishedError` where something stopped it after the first.
    """
    with desk.writing() as put:
        if folder is not None:
            several = located(desk.definitions, several, folder)
        return _checked(desk, put, several, expected_head, writer=writer, recorded=recorded)


def _checked(
    desk: Desk, put: Put, several: Sequence[drafts.Draft], head: str | None, *, writer: str, recorded: str | None
) -> tuple[Receipt, ...]:
    """Check drafts against the log and each other, then append each."""
    receipts: list[Receipt] = []
    found = drafts.prepare(several, desk.definitions, desk.known, desk.lines, registry=desk.registry, gone=desk.gone)
    for piece in found:
        try:
            done = put(piece.lines, piece.values, note=piece.note, writer=writer, recorded=recorded, expected_head=head)
        except (OSError, LogError) as error:
            written = [receipt.segment for receipt in receipts if receipt.segment is not None]
            if not written:
                raise
            raise _unfinished(desk, written, error) from error
        receipts.append(done)
        head = done.head
    return tuple(receipts)


def _unfinished(desk: Desk, written: Sequence[str], error: Exception) -> UnfinishedError:
    """Say which segments were written before something stopped the rest."""
    names = ", ".join(segment[:16] for segment in written)
    said = f"stopped after {names}, which the log holds: {error}; append the drafts again, what is known is not written twice"
    return UnfinishedError(said, path=str(desk.path), segments=written)


def located(definitions: Sequence[Definition], several: Sequence[drafts.Draft], folder: Path) -> list[drafts.Draft]:
    """Turn the passages that drafts name by their words into positions and hashes, from the documents of a folder."""
    texts = passages.texts_of(passages.documents_named(definitions, several), folder)
    return [passages.located(draft, texts) for draft in several]


def full_id(known: Iterable[str], prefix: str) -> str:
    """Give the id of a line of the log from 8 or more of its digits. Raises :class:`UnknownNameError`."""
    if len(prefix) < 8:
        raise UnknownNameError(f"{prefix!r} is too short for an id; write 8 or more of its digits")
    found = sorted(identity for identity in known if identity.startswith(prefix))
    if not found:
        raise UnknownNameError(f"no event has the id {prefix!r}; `kztimeline events` lists the ids")
    if len(found) > 1:
        several = ", ".join(identity[: len(prefix) + 8] for identity in found[:3])
        raise UnknownNameError(f"several events begin with {prefix!r}; write more digits: {several}")
    return found[0]


def correction(desk: Desk, claim: str, changes: Mapping[str, object], reason: str) -> dict[str, object]:
    """Give the fields of a correction that replaces some fields of a claim."""
    identity, fields = _changed(desk, claim, changes)
    return {"kind": "corrected", "target": identity, "replacement": fields, "reason": reason}


def revision(desk: Desk, claim: str, changes: Mapping[str, object], source: str) -> dict[str, object]:
    """Give the fields of a revision by a source that replaces some fields of a claim.

    Raises :class:`EventError` where no new citation says when the source changed its word.
    """
    if "citations" not in changes:
        raise EventError("a revision cites where the source changed its word; write citations = […] among the changes")
    identity, fields = _changed(desk, claim, changes)
    return {"kind": "revised", "target": identity, "source": source, "replacement": fields}


def _changed(desk: Desk, claim: str, changes: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Give a claim's fields as that line says them, some replaced; ``None`` takes a field out."""
    identity = full_id(desk.known, claim)
    value = desk.lines([identity])[identity]
    said = value.replacement if isinstance(value, Correction | Revision) else value
    if not isinstance(said, Claim):
        raise UnknownNameError(f"{claim!r} is a {getattr(said, 'kind', 'line')}, not a claim; name the claim itself")
    before = codec.fields_of(said)
    fields = {name: item for name, item in {**before, **changes}.items() if item is not None}
    if codec.structured(fields)[0] == said:
        raise EventError(f"nothing changes in {identity[:16]}; write at least one field with another value")
    return identity, fields
