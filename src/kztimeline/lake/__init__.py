"""A log whose lines stand in a Delta table: for logs that outgrow text, and engines that read Parquet.

The folder is a log like any other, with a table ``claims`` (``id``, ``line``) beside the segments. Each append is one
commit of the table, synced to the disk; then a segment of one line records the commit and its files with their
SHA-256, and with it the append is acknowledged. What no segment records is not of the log. ``docs/scale.md`` describes
the bytes.
"""

from __future__ import annotations

from kztimeline.lake.append import append_lake, create_lake, hold_lake
from kztimeline.lake.records import TABLE, is_lake, read_lake, recorded_in, records_table
from kztimeline.lake.verify import table_at, verify_lake

__all__ = [
    "TABLE",
    "append_lake",
    "create_lake",
    "hold_lake",
    "is_lake",
    "read_lake",
    "recorded_in",
    "records_table",
    "table_at",
    "verify_lake",
]
