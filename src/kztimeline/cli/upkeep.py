"""The commands about the log itself: what a segment says, and whether every promise holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kztimeline.cli.keeping import compared
from kztimeline.cli.options import LOG, Place, each, having, reading, say

if TYPE_CHECKING:
    from kztimeline.citations import Check


@click.command()
@click.argument("what", type=str)
@having(click.option("--toml", is_flag=True, help="As a draft that reads back to the same lines."), LOG)
def show(what: str, toml: bool, log_path: Path | None) -> None:
    """Show a segment (id, 8 digits of one, or its file) or one event, a line for each claim."""
    from kztimeline.shown import found, in_file, told, told_toml

    file = Path(what)
    known = in_file(file) if log_path is None and file.is_file() else found(reading({"log_path": log_path}), what)
    each(told_toml(known) if toml else told(known))


@click.command()
@having(
    click.option(
        "--sources",
        "folder",
        type=Place(file_okay=False, exists=True),
        help="Folder of the documents: check every citation's passage.",
    ),
    click.option(
        "--against",
        type=Place(dir_okay=False, exists=True),
        metavar="NOTE",
        help="A note of `checkpoint`: the log must still hold what it saw.",
    ),
    click.option("--key", metavar="KEY", help="The verifier key of whoever signed the note, or its file."),
    LOG,
)
def verify(folder: Path | None, against: Path | None, key: str | None, log_path: Path | None) -> None:
    """Recompute everything the log promises; nothing is changed."""
    from kztimeline.errors import RollbackError
    from kztimeline.log import read_genesis, read_log, remember_head, remembered_head
    from kztimeline.log.memory import heads_file
    from kztimeline.shipped import shipped_log
    from kztimeline.stores import verify_stored

    path = log_path or shipped_log()
    report = verify_stored(path, seen=remembered_head(read_genesis(path)))
    for damage in report.damages:
        say(f"kztimeline: {damage}")
    if any(isinstance(damage, RollbackError) for damage in report.damages):
        say(
            f"heads seen before are kept in {heads_file(read_genesis(path))}; where this is meant to be an older copy, or "
            "another branch, remove that file"
        )
    if report.damages:
        raise SystemExit(4)
    gone, since = compared(read_log(path), against, key) if against is not None else ([], [])
    for said in gone:
        say(f"kztimeline: {said}")
    if gone:
        raise SystemExit(4)
    checks = _passages(path, folder) if folder is not None else []
    wrong = [check for check in checks if check.verdict != "ok"]
    for file, number, stub in report.redactions:
        say(f"{file}:{number}: {stub}")
    for note in (*report.notes, *since, *(f"{c.claim[:8]}: {c.via} line {c.line}: {c.verdict}" for c in wrong)):
        say(note)
    remember_head(read_log(path))
    redacted = f" ({report.redacted} redacted)" if report.redacted else ""
    passages = f", {len(checks) - len(wrong)} of {len(checks)} passages ok" if folder else ""
    click.echo(f"{report.segments} segments, {report.events} events{redacted}, head {report.head}{passages}")
    if report.notes or since or wrong:
        raise SystemExit(1)


def _passages(path: Path, folder: Path) -> list[Check]:
    import kztimeline
    from kztimeline.citations import checked

    timeline = kztimeline.open(path)
    return checked(timeline.standing.claims, timeline.standing.registry.documents, folder)


UPKEEP = (show, verify)
