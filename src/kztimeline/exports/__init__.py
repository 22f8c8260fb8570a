"""A log for other programs: CSV, Parquet, JSON Lines, Excel, SQLite with Datasette metadata, a data package."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from kztimeline.errors import NotationError
from kztimeline.exports.files import write_csv, write_excel, write_jsonl, write_parquet
from kztimeline.exports.package import write_package
from kztimeline.exports.sqlite import write_sqlite
from kztimeline.paths import file_out, folder_out, path_of
from kztimeline.timeline import Timeline

__all__ = ["FORMS", "export"]

FORMS: Mapping[str, Callable[[Timeline, Path], list[Path]]] = {
    "jsonl": write_jsonl,
    "csv": write_csv,
    "parquet": write_parquet,
    "xlsx": write_excel,
    "sqlite": write_sqlite,
    "datapackage": write_package,
}
_BY_SUFFIX = {
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".sqlite": "sqlite",
    ".db": "sqlite",
}


def export(timeline: Timeline, path: str | os.PathLike[str], *, form: str | None = None) -> list[Path]:
    """Write every line of a log, as it stood for the timeline, and give the files written.

    ``form`` goes by the file's name where it is not given; a name without an ending is the folder of a
    data package. Each form but SQLite reads back to the same ids. Raises :class:`NotationError` for another
    form, or for a view by publication or sources, which is no log.
    """
    target = path_of(path, "what to export to", "log.csv")
    chosen = form or _BY_SUFFIX.get(target.suffix.lower()) or ("datapackage" if not target.suffix else None)
    if chosen not in tuple(FORMS):
        raise NotationError(f"not a form to export to: {form or target.suffix!r}; write {', '.join(FORMS)}")
    if timeline.published_by is not None or timeline.only is not None:
        raise NotationError("an export holds the whole log; take the view of an answer instead: holdings --format csv")
    return FORMS[chosen](timeline, folder_out(target) if chosen == "datapackage" else file_out(target))
