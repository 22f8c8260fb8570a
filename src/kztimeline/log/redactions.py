"""What a redaction leaves in the place of an event: its id, and who took it out and why, if they said."""

from __future__ import annotations

import hashlib
import re

from attrs import frozen

from kztimeline.canonical import canonical_bytes, is_canonical, read_object
from kztimeline.errors import EventError

_FIELDS = {"reason", "redacted", "sha256", "writer"}
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BEGINS = re.compile(rb'\{(?:"reason":"(?:[^"\\]|\\.)*",)?"redacted":')


@frozen
class Redaction:
    """The stub of one event."""

    id: str
    reason: str | None
    writer: str | None

    def __str__(self) -> str:
        """Say who took the event out, and why."""
        return f"redacted by {self.writer or 'nobody named'}: {self.reason or 'no reason'}"


def is_redacted(line: bytes) -> bool:
    """Tell whether a line of a segment is what a redaction left in the place of an event."""
    return line.startswith(b'{"re') and _BEGINS.match(line) is not None


def redaction_line(redaction: Redaction) -> bytes:
    """Write what is to stand in the place of an event. Raises :class:`EventError` for a reason without a writer."""
    fields = {"redacted": redaction.id}
    if redaction.reason is not None and redaction.writer is not None:
        fields.update(reason=redaction.reason, writer=redaction.writer)
        fields["sha256"] = hashlib.sha256(canonical_bytes(fields)).hexdigest()
    elif redaction.reason is not None or redaction.writer is not None:
        raise EventError("a redaction says both why and by whom, or neither; write reason and writer")
    return canonical_bytes(fields)


def redaction_of(line: bytes) -> Redaction:
    """Read what a redaction left: ``{"redacted":id}``, or the same with a reason, a writer and a hash over them.

    Raises :class:`EventError` where anything else stands in it, or it is not written canonically.
    """
    fields = read_object(line)
    identity, reason, writer = (fields.get(name) for name in ("redacted", "reason", "writer"))
    if not isinstance(identity, str) or not _HASH.fullmatch(identity):
        raise EventError("a redaction without the id it stands for; write its 64 digits")
    if set(fields) == {"redacted"}:
        found = Redaction(identity, None, None)
    elif set(fields) == _FIELDS and isinstance(reason, str) and isinstance(writer, str):
        found = Redaction(identity, reason, writer)
    else:
        raise EventError("a redaction keeps the id alone, or with it a reason and a writer as text, and their sha256")
    if not is_canonical(line):
        raise EventError("a redaction that is not written canonically; write it as canonical_bytes does")
    if redaction_line(found) != line:
        raise EventError("a redaction that does not hash to its sha256; put its words back as they were written")
    return found
