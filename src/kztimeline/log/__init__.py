"""The log on disk: immutable segments named by their hashes, read, appended to and verified."""

from kztimeline.log.append import Receipt, append_lines, create
from kztimeline.log.memory import remember_head, remembered_head
from kztimeline.log.segments import Genesis, Header, Log, Segment, read_log
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
    "read_log",
    "remember_head",
    "remembered_head",
    "verify",
]
