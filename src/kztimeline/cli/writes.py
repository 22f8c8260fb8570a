"""The commands that write to a log of one's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kztimeline.cli.options import OWN_LOG, REASON, RECORDED, Place, having, say
from kztimeline.errors import EventError

if TYPE_CHECKING:
    from kztimeline.log import Receipt
    from kztimeline.timeline import Timeline


def _head(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse what can be no head as wrong usage."""
    if value is not None and not re.fullmatch(r"[0-9a-f]{8,64}", value):
        raise click.BadParameter(f"{value!r} is no head; write 8 or more of its digits, 0-9 and a-f")
    return value


NOTE = click.option("--note", default="", metavar="TEXT", help="What a reviewer reads of the segment.")
WRITER = click.option("--writer", default="kztimeline", metavar="NAME", help="Who writes; it stands in the segment.")
WHOSE = click.option("--source", required=True, metavar="ID", help="The source that changed its word.")
WHEN = click.option("--published", required=True, metavar="DATE", help="When that became public.")
VIA = click.option("--via", metavar="ID", help="The document that says so, where it is another one.")


def _set(required: bool) -> Any:
    return click.option(
        "--set",
        "changes",
        multiple=True,
        required=required,
        metavar="FIELD=VALUE",
        help="A field's right value (text, or TOML where it begins with [ or {); empty takes it out.",
    )


@click.command()
@click.argument("path", type=Place())
@having(
    click.option("--name", required=True, help="What the log is called."),
    click.option("--holder", default="KAZ", show_default=True, help="Whose forces, where a question does not say."),
    click.option(
        "--store",
        type=click.Choice(["segments", "delta"]),
        default="segments",
        show_default=True,
        help="Where the lines stand; a Delta table is for logs that outgrow text.",
    ),
)
def init(path: Path, name: str, holder: str, store: Any) -> None:
    """Begin an empty log in the folder PATH."""
    import kztimeline

    try:
        click.echo(kztimeline.init(path, name=name, holder=holder, store=store).head)
    except EventError as error:
        raise click.UsageError(str(error)) from error


@click.command()
@click.argument("drafts", nargs=-1, required=True, type=Place())
@having(
    OWN_LOG,
    click.option(
        "--expected-head", metavar="HEAD", callback=_head, help="Refuse if the log has moved on; 8 digits or more."
    ),
    RECORDED,
    click.option(
        "--sources",
        type=Place(file_okay=False, exists=True),
        help="Folder of the documents: locators may name a line, or a passage by its first and last words.",
    ),
    WRITER,
)
def append(drafts: tuple[Path, ...], log_path: Path, writer: str, **options: Any) -> None:
    """Append DRAFTS (TOML or JSON Lines), each as one segment; all or nothing is checked first."""
    from kztimeline.drafts import read_drafts

    timeline = _own(log_path, writer)
    for receipt in timeline.append_drafts(read_drafts(drafts), **options):
        where = receipt.path.name if receipt.path else "nothing new"
        say(f"{len(receipt.added)} new, {len(receipt.known)} known: {where}")
    click.echo(receipt.head)


@click.command()
@click.argument("claim")
@having(_set(True), REASON, OWN_LOG, NOTE, WRITER)
def correct(claim: str, changes: tuple[str, ...], reason: str, log_path: Path, note: str, writer: str) -> None:
    """Correct our mistake in CLAIM (an id, or 8 digits of one): every view changes."""
    _told(_own(log_path, writer).correct(claim, dict(map(_change, changes)), reason=reason, note=note))


@click.command()
@click.argument("claim")
@having(_set(False), WHOSE, WHEN, VIA, OWN_LOG, NOTE, WRITER)
def revise(
    claim: str, changes: tuple[str, ...], source: str, published: str, via: str | None, log_path: Path, **who: str
) -> None:
    """Write down that a source changed its word on CLAIM: views from its publication on change."""
    said = {"citations": [_citation(source, published, via)], **dict(map(_change, changes))}
    _told(_own(log_path, who["writer"]).revise(claim, said, source=source, note=who["note"]))


@click.command()
@click.argument("claim")
@having(REASON, OWN_LOG, NOTE, WRITER)
def retract(claim: str, reason: str, log_path: Path, note: str, writer: str) -> None:
    """Take back CLAIM (an id, or 8 digits of one) from every view."""
    _told(_own(log_path, writer).retract(claim, reason=reason, note=note))


@click.command()
@click.argument("claim")
@having(WHOSE, WHEN, VIA, OWN_LOG, NOTE, WRITER)
def withdraw(claim: str, source: str, published: str, via: str | None, log_path: Path, note: str, writer: str) -> None:
    """Write down that a source took its word on CLAIM back: views from its publication on change."""
    cited = [_citation(source, published, via)]
    _told(_own(log_path, writer).withdraw(claim, source=source, citations=cited, note=note))


@click.command()
@click.argument("relation", type=click.Choice(["same", "part-of", "distinct"]))
@click.argument("claims", nargs=-1, required=True)
@having(REASON, OWN_LOG, NOTE, WRITER)
def link(relation: str, claims: tuple[str, ...], reason: str, log_path: Path, note: str, writer: str) -> None:
    """Say that CLAIMS are the same happening, distinct, or the first part of the second."""
    different = [claim for claim in {*claims} if not any(claim != one and claim.startswith(one) for one in claims)]
    if len(different) < 2:
        raise click.UsageError("a link names two or more different claims; write their ids")
    if relation == "part-of" and len(claims) != 2:
        raise click.UsageError("part-of names the part, then the whole; write two ids")
    _told(_own(log_path, writer).link(relation, claims, reason=reason, note=note))


def _own(path: Path, writer: str) -> Timeline:
    import kztimeline

    return kztimeline.open(path, mode="a", writer=writer)


def _told(receipt: Receipt) -> None:
    if not receipt.added:
        say("nothing new: the log says so already")
    click.echo(receipt.ids[0])


def _citation(source: str, published: str, via: str | None) -> dict[str, object]:
    return {"source": source, "published": published, **({"via": via} if via else {})}


def _change(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"--set {text!r}: write FIELD=VALUE")
    if value.startswith(("[", "{")):
        import tomllib

        try:
            return name, tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise click.UsageError(f"--set {text!r}: not TOML: {error}") from error
    if name in ("systems", "suppliers", "recipients", "parties", "covers", "flags"):
        return name, [part.strip() for part in value.split(",") if part.strip()]
    return name, value or None


WRITES = (init, append, correct, revise, retract, withdraw, link)
