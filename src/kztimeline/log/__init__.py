"""The log on disk: immutable segments named by their hashes, read, appended to and verified."""

from kztimeline.log.append import Receipt, append_lines, create
from kztimeline.log.history import Log, read_log
from kztimeline.log.memory import remember_head, remembered_head
from kztimeline.log.segments import Genesis, Header, Segment, is_redacted
from kztimeline.log.verify import Report, verify

__all__ = [
    "Genesis",
    "Header",
    "Log",
    "Receipt",
    "Report",
    "Segment",
    "append_lines",
    "create",
    "is_redacted",
    "read_log",
    "remember_head",
    "remembered_head",
    "verify",
]
