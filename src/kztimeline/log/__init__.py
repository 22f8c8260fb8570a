"""The log on disk: immutable segments named by their hashes, read, appended to and verified."""

from kztimeline.log.append import Pen, Receipt, append_held, append_lines, check_lines, create
from kztimeline.log.headers import Genesis, Header
from kztimeline.log.history import Log, read_log
from kztimeline.log.memory import remember_head, remembered_head
from kztimeline.log.redactions import Redaction, is_redacted, redaction_line, redaction_of
from kztimeline.log.segments import Segment, read_genesis, segment_of
from kztimeline.log.verify import Report, verify

__all__ = [
    "Genesis",
    "Header",
    "Log",
    "Pen",
    "Receipt",
    "Redaction",
    "Report",
    "Segment",
    "append_held",
    "append_lines",
    "check_lines",
    "create",
    "is_redacted",
    "read_genesis",
    "read_log",
    "redaction_line",
    "redaction_of",
    "remember_head",
    "remembered_head",
    "segment_of",
    "verify",
]
