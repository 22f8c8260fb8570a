"""The commands that take files in and give them out."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kztimeline.cli.options import LOG, RECORDED, Place, having, say

if TYPE_CHECKING:
    from kztimeline.importers.accounts import Ingested
    from kztimeline.importers.reading import Reading

PATIENCE = 1.0
"""Seconds before a progress bar shows."""


_FILE = Place(dir_okay=False)


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=Place(exists=True))
@having(
    click.option(
        "--log",
        "log_path",
        type=Place(),
        required=True,
        help="Folder of the log; begun where there is none.",
    ),
    click.option("--release", metavar="DATE", help="The day of a register that does not say so."),
    click.option("--mapping", type=_FILE, help="How a table reads as events (TOML)."),
    click.option(
        "--new-systems",
        type=click.Choice(["refuse", "define", "skip"]),
        default="refuse",
        show_default=True,
        help="What becomes of names that no system has.",
    ),
    click.option(
        "--define", "defined", multiple=True, metavar="NAME", help="Define this name as a new system (repeatable)."
    ),
    click.option(
        "--party",
        "parties",
        multiple=True,
        metavar="ISO3",
        help="Only what this party received or supplied (repeatable).",
    ),
    click.option("--holder", "holders", multiple=True, metavar="ISO3", help="Only this recipient (repeatable)."),
    RECORDED,
    click.option("--account", type=_FILE, help="Write what became of each deal to a file (csv, json, parquet)."),
    click.option("--mark", type=_FILE, help="Where a table has errors: write it again, each wrong cell marked (xlsx)."),
)
def import_(
    files: tuple[Path, ...],
    log_path: Path,
    defined: tuple[str, ...],
    account: Path | None,
    mark: Path | None,
    **options: Any,
) -> None:
    """Read FILES into a log: registers of any release, tables, exports, drafts.

    Registers become history: of each later release only what changed is written, as the source's
    revisions from its day on. Prints the head of the log.
    """
    import kztimeline
    from kztimeline.errors import DraftError

    options["new_systems"] = list(defined) or options["new_systems"]
    options |= {name: options[name] or None for name in ("holders", "parties")}
    try:
        with _Bar() as bar:
            done = kztimeline.ingest(files, into=log_path, progress=bar.tell, **options)
    except DraftError as error:
        if mark is not None and len(files) == 1:
            _mark(files[0], options["mapping"], error, mark)
        raise
    say(str(done))
    if account is not None:
        _account(done, account)
    click.echo(done.head)


def _mark(file: Path, mapping: Path | None, error: Any, target: Path) -> None:
    import kztimeline
    from kztimeline.importers.template import mark_problems

    reading: Reading = kztimeline.read_table(file, mapping=mapping)
    if reading.columns:
        mark_problems(file, reading, error.problems, target)
        say(f"the errors are marked in {target}")


def _account(done: Ingested, path: Path) -> None:
    if path.suffix == ".json":
        done.frame.write_json(path)
        return
    if path.suffix == ".parquet":
        done.frame.write_parquet(path)
        return
    from kztimeline.exports.lines import formula_safe

    formula_safe(done.frame).write_csv(path)


@click.command()
@click.argument("path", type=Place())
@having(
    click.option(
        "--form",
        type=click.Choice(["jsonl", "csv", "parquet", "xlsx", "sqlite", "datapackage"]),
        help="Default: by the name of PATH.",
    ),
    LOG,
    click.option("--recorded-by", metavar="DATE|HEAD", help="The log as it stood then."),
)
def export(path: Path, form: str | None, log_path: Path | None, recorded_by: str | None) -> None:
    """Write a log to PATH: .jsonl, .csv, .parquet, .xlsx, .sqlite, or a folder for a data package."""
    import kztimeline
    from kztimeline.exports import export as written

    timeline = kztimeline.load() if log_path is None else kztimeline.open(log_path)
    if recorded_by is not None:
        timeline = timeline.view(recorded_by=recorded_by)
    with _Bar() as bar:
        bar.tell("exporting", 0, 1)
        files = written(timeline, path, form=form)
    for file in files:
        click.echo(file)


@click.command()
@click.argument("path", type=_FILE)
@having(LOG)
def template(path: Path, log_path: Path | None) -> None:
    """Write an empty spreadsheet of events to PATH, with drop-downs of what a log knows."""
    import kztimeline
    from kztimeline.importers.template import write_template

    timeline = kztimeline.load() if log_path is None else kztimeline.open(log_path)
    click.echo(write_template(path, timeline.standing.registry))


class _Bar:
    """A progress bar on stderr that shows where something takes longer than a second."""

    def __enter__(self) -> _Bar:
        self.bar: Any = None
        self.task: Any = None
        with suppress(ImportError):
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
            self.task = self.bar.add_task("", total=None)
            self.timer = threading.Timer(PATIENCE, self.bar.start)
            self.timer.daemon = True
            self.timer.start()
        return self

    def tell(self, what: str, done: int, total: int) -> None:
        """Show what is being done."""
        if self.bar is not None:
            self.bar.update(self.task, description=what, completed=done, total=total or None)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.timer.cancel()
            self.timer.join()
            self.bar.stop()


FILES = (import_, export, template)
