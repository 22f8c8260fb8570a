"""The commands that keep a log: a signed note of its state, mending it from another copy, taking words out of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kztimeline.cli.options import LOG, OWN_LOG, REASON, Place, each, having, say

if TYPE_CHECKING:
    from kztimeline.log import Log

FILE = Place(dir_okay=False)


@click.command()
@having(
    click.option("--key", "key", type=FILE, required=True, metavar="FILE", help="The private key, a PEM file."),
    click.option("--name", required=True, metavar="NAME", help="Who signs, such as example.org/log."),
    click.option("--new-key", is_flag=True, help="Make the key first; the file must not be there."),
    click.option("-o", "--output", type=FILE, help="Write the note to a file."),
    LOG,
)
def checkpoint(key: Path, name: str, new_key: bool, output: Path | None, log_path: Path | None) -> None:
    """Write a signed note of what the log holds; the key to check it by goes to stderr."""
    from kztimeline.log import checkpoint as notes
    from kztimeline.log import read_log
    from kztimeline.shipped import shipped_log

    if new_key:
        notes.new_key(key)
    verifier = notes.verifier_key(key, name)
    note = notes.signed(notes.note_text(notes.checkpoint(read_log(log_path or shipped_log()))), key, name)
    if output is None:
        click.echo(note, nl=False)
    else:
        output.write_text(note, "utf-8")
    say(f"check it with --key {verifier}")


@click.command()
@having(
    click.option(
        "--from",
        "other",
        type=Place(file_okay=False, exists=True),
        required=True,
        help="Folder of another copy of the same log.",
    ),
    OWN_LOG,
)
def repair(other: Path, log_path: Path) -> None:
    """Mend the log from another copy: copy what is missing, put aside what is damaged, delete nothing."""
    from kztimeline.log.repair import repair as repaired

    done = repaired(log_path, other)
    for file, target in done.aside:
        say(f"put aside: {file} is now {target}")
    for file in done.copied:
        say(f"copied: {file}")
    for file, number, stub in done.report.redactions:
        if file in done.copied:
            say(f"{file}:{number}: {stub}")
    for file, number, stub in done.shown:
        say(f"{file}:{number}: {stub}; this copy shows {stub.id[:16]}, `kztimeline redact` takes it out")
    for damage in done.report.damages:
        say(f"kztimeline: {damage}")
    if done.report.damages:
        raise SystemExit(4)
    click.echo(done.report.head)


@click.command()
@click.argument("claims", nargs=-1, required=True)
@having(
    REASON,
    click.option(
        "--writer", required=True, metavar="NAME", help="Who takes it out; it stands in the place of the event."
    ),
    click.option(
        "--unsalted", is_flag=True, help="Although an event carries no salt, so that its words may be guessed."
    ),
    OWN_LOG,
)
def redact(claims: tuple[str, ...], log_path: Path, **why: Any) -> None:
    """Take CLAIMS (ids of events, or 8 digits of one) out of the log for good; ids, reason and writer stay."""
    import kztimeline

    done = kztimeline.redact(log_path, claims, **why)
    for identity in done.known:
        say(f"nothing new: {identity[:16]} is redacted already")
    for file, number, stub in done.lines:
        say(f"{file}:{number}: {stub}")
    say("git, copies and what was exported still hold the words; headers and notes of segments were not touched")
    each(dict.fromkeys(stub.id for _, _, stub in done.lines))


def compared(log: Log, note: Path, key: str | None) -> tuple[list[str], list[str]]:
    """Say what a log does not hold any more that a signed note saw, and what was redacted since.

    ``key`` is a verifier key, or its file.
    """
    from kztimeline.log.checkpoint import misses, read_note, redacted_since

    if key is None:
        raise click.UsageError("--against needs --key: the verifier key of whoever signed the note, or its file")
    verifier = Path(key).read_text("utf-8") if "+" not in key else key
    held = read_note(note.read_bytes(), verifier, str(note))
    gone = [str(damage) for damage in misses(log, held)]
    return gone, [] if gone else list(redacted_since(log, held))


KEEPING = (checkpoint, repair, redact)
