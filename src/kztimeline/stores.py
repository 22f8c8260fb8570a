"""Where a log's lines stand: in its segments, or in a Delta table that the segments record."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from kztimeline.errors import IntegrityError, LogExistsError, LogNotFoundError, NotationError
from kztimeline.lake import append_lake, create_lake, hold_lake, is_lake, read_lake, records_table, verify_lake
from kztimeline.log import Log, Pen, Receipt, Report, append_held, append_lines, create, read_genesis, read_log, verify
from kztimeline.log.memory import read_again
from kztimeline.log.segments import segment_files
from kztimeline.paths import folder_out

Store = Literal["segments", "delta"]


def begin_log(path: Path, *, name: str, holder: str, store: Store = "segments", created: str | None = None) -> Log:
    """Begin an empty log: with its lines in segments, or in a Delta table (``"delta"``, needs the ``lake`` extra).

    Raises :class:`LogExistsError` where there is one, here or in a folder above, :class:`PathError` where a file stands
    in the way, :class:`EventError` for a name or holder that is none, and :class:`NotationError` for another store.
    """
    if store not in ("segments", "delta"):
        raise NotationError(f"not a store: {store!r}; write 'segments' or 'delta'")
    for what, text in (("name", name), ("holder", holder)):
        if not isinstance(text, str):
            raise NotationError(f"the {what} of a log is text, not {text!r}; write it in quotation marks")
    begin = create_lake if store == "delta" else create
    _in_no_log(folder_out(path))
    return begin(path, name=name, holder=holder, created=created)


def _in_no_log(path: Path) -> None:
    """Raise :class:`LogExistsError` where a folder lies in that of a log, which would call it foreign ever after."""
    for above in Path(
        os.path.realpath(path)
    ).parents:  # resolve() raises what is no OSError where links lead in a circle
        try:
            name = read_genesis(above).name
        except (LogNotFoundError, IntegrityError, OSError):  # some other log.json, or not to be read
            continue
        said = f"the log {name!r} is here, and its folder holds nothing else; choose a folder outside it"
        raise LogExistsError(said, path=str(above))


def read_stored(path: Path, pen: Pen | None = None) -> Log:
    """Read a log with all its lines, wherever they stand; what was verified before is hashed, the rest taken apart.

    Of segments that a ``pen`` has read, those are read again whose files have changed.

    Raises :class:`LogNotFoundError`, :class:`IntegrityError` or :class:`FormatTooNewError`.
    """
    if is_lake(path):
        log = read_lake(path)
    else:
        log = read_again(path) if pen is None or pen.log is None else read_log(path, before=pen.log)
        _nothing_lost(log)
    return log if pen is None else pen.take(log)


def _nothing_lost(log: Log) -> None:
    """Name the file that is gone where the segments of a log record a table that is no longer there."""
    if any(records_table(segment.data) for segment in log.segments[:1]):
        read_lake(log.path)


@contextlib.contextmanager
def hold(path: Path, pen: Pen) -> Iterator[tuple[Log, Callable[..., Receipt]]]:
    """Keep other writers out of a log; gives the log as it stands until the context ends, and what appends to it.

    What appends takes the arguments of :func:`store_lines` after the path, lines surely canonical. Raises what
    :func:`read_stored` raises.
    """
    if is_lake(path):
        with hold_lake(path) as (log, append):
            yield pen.take(log), append
    else:
        with pen.hold(path) as log:
            _nothing_lost(log)
            yield log, partial(append_held, pen)


def store_lines(
    path: Path,
    lines: Sequence[bytes],
    *,
    note: str,
    writer: str,
    recorded: str | None = None,
    expected_head: str | None = None,
) -> Receipt:
    """Append events to a log as one segment; see ``append_lines`` for what is raised."""
    write = append_lake if is_lake(path) else append_lines
    return write(path, lines, note=note, writer=writer, recorded=recorded, expected_head=expected_head)


def verify_stored(path: Path, *, seen: Sequence[str] = ()) -> Report:
    """Recompute everything a log promises; nothing is changed."""
    if is_lake(path):
        return verify_lake(path, seen=seen)
    report = verify(path, seen=seen)
    if not report.damages and any(records_table(file.read_bytes()) for file in segment_files(path)[:1]):
        return verify_lake(path, seen=seen)
    return report
