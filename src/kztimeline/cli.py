"""The command ``kztimeline``: arguments in, a call, the answer out.

Data go to stdout, messages to stderr. Exit codes: 0 fine, 1 findings of ``verify``, 2 usage, 3 bad
data, 4 damage to a log.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kztimeline.errors import (
    DraftError,
    EventError,
    FormatTooNewError,
    HeadMovedError,
    IntegrityError,
    KztimelineError,
    MissingExtraError,
)

try:
    import click
except ImportError as error:
    raise MissingExtraError('pip install "kztimeline[cli]"') from error

if TYPE_CHECKING:
    from kztimeline.answers import Answer
    from kztimeline.timeline import Timeline

Command = Callable[..., None]


def main() -> None:
    """Run the command."""
    cli(prog_name="kztimeline")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kztimeline")
def cli() -> None:
    """Dated, sourced claims about arms and armed forces, asked at a point in time."""


def _caught(command: Command) -> Command:
    """Turn the library's errors into a message on stderr and an exit code."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except KztimelineError as error:
            click.echo(f"kztimeline: {error}", err=True)
            raise SystemExit(_code(error)) from error
        except OSError as error:
            click.echo(f"kztimeline: {error.strerror or error}: {error.filename}", err=True)
            raise SystemExit(2) from error

    return run


def _code(error: KztimelineError) -> int:
    if isinstance(error, IntegrityError | FormatTooNewError):
        return 4
    if isinstance(error, DraftError | EventError | HeadMovedError):
        return 3
    return 2


def _seen(command: Command) -> Command:
    """Add the options that choose a log and a view of it."""
    for option in reversed(
        (
            click.option(
                "--log", "log_path", type=click.Path(path_type=Path), help="Folder of a log; default: the shipped one."
            ),
            click.option("--published-by", metavar="DATE", help="Only what was certainly public by then."),
            click.option("--recorded-by", metavar="DATE|HEAD", help="The log as it stood then."),
            click.option("--source", "sources", multiple=True, metavar="ID", help="Only these sources (repeatable)."),
            click.option("--policy", metavar="NAME", help="anchored (default), flows, statements or envelope."),
        )
    ):
        command = option(command)
    return command


def _shown(command: Command) -> Command:
    """Add the options that say how an answer is written."""
    formats = click.Choice(["table", "json", "csv", "parquet"])
    for option in (
        click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file."),
        click.option("--format", "form", type=formats, help="Default: by the file's name, else table."),
    ):
        command = option(command)
    return command


def _filtered(command: Command) -> Command:
    """Add the options that choose systems and whose they are."""
    for option in (
        click.option("--exact", is_flag=True, help="Without the variants of the system."),
        click.option("--holder", metavar="ISO3", help='Whose forces; "*" for all. Default: the log\'s own.'),
        click.option("--system", metavar="NAME", help="One system and its variants."),
    ):
        command = option(command)
    return command


def _timeline(options: dict[str, Any], mode: Any = "r") -> Timeline:
    import kztimeline

    path = options.pop("log_path", None)
    found = kztimeline.load() if path is None and mode == "r" else kztimeline.open(_path(path), mode=mode)
    if mode == "r":
        return found.view(
            published_by=options.pop("published_by", None),
            recorded_by=options.pop("recorded_by", None),
            sources=options.pop("sources", ()) or None,
            policy=options.pop("policy", None),
        )
    return found


def _path(path: Path | None) -> Path:
    if path is None:
        raise click.UsageError("the shipped log is not written to; name a log of your own with --log")
    return path


def _emit(answer: Answer, options: dict[str, Any]) -> None:
    from kztimeline.output import write

    write(answer, form=options.pop("form", None), output=options.pop("output", None))
    for finding in answer.findings:
        click.echo(f"{finding.severity}: {finding.sentence}", err=True)


# --- questions ------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("period")
@click.option("--operator", metavar="ID", help="One branch alone.")
@_filtered
@_seen
@_shown
@_caught
def fielded(period: str, **options: Any) -> None:
    """What was in service in PERIOD (2016, 2016-05, 2016/2018)?"""
    timeline = _timeline(options)
    _emit(timeline.fielded(period, **_question(options)), options)


@cli.command()
@click.option("--on", required=True, metavar="DATE", help="A day; a year or month means its last day.")
@click.option("--account", default="held", help="held (default), in-service, in-store, …, or *.")
@click.option("--operator", metavar="ID", help="One branch alone.")
@_filtered
@_seen
@_shown
@_caught
def holdings(on: str, **options: Any) -> None:
    """What was held on a day?"""
    timeline = _timeline(options)
    _emit(timeline.holdings(on=on, **_question(options)), options)


@cli.command()
@click.option("--on", required=True, metavar="DATE", help="A day; a year or month means its last day.")
@_filtered
@_seen
@_shown
@_caught
def orders(on: str, **options: Any) -> None:
    """What was ordered and not yet delivered on a day?"""
    timeline = _timeline(options)
    _emit(timeline.orders(on=on, **_question(options)), options)


@cli.command()
@click.argument("system")
@click.option("--account", default="held", help="held (default), in-service, in-store, …, or *.")
@click.option("--operator", metavar="ID", help="One branch alone.")
@click.option("--exact", is_flag=True, help="Without the variants of the system.")
@click.option("--holder", metavar="ISO3", help='Whose forces; "*" for all.')
@_seen
@_shown
@_caught
def history(system: str, **options: Any) -> None:
    """How did SYSTEM's number move over the years?"""
    timeline = _timeline(options)
    _emit(timeline.history(system, **_question(options)), options)


@cli.command()
@click.argument("system")
@click.option("--on", required=True, metavar="DATE", help="A day; a year or month means its last day.")
@click.option("--exact", is_flag=True, help="Without the variants of the system.")
@click.option("--holder", metavar="ISO3", help='Whose forces; "*" for all.')
@_seen
@_shown
@_caught
def explain(system: str, on: str, **options: Any) -> None:
    """Why is SYSTEM's number what it is? Every event, each with its reason."""
    timeline = _timeline(options)
    _emit(timeline.explain(system, on=on, **_question(options)), options)


@cli.command()
@click.option("--kind", metavar="KIND", help="Only events of one kind.")
@_filtered
@_seen
@_shown
@_caught
def events(**options: Any) -> None:
    """Which events stand in the log?"""
    timeline = _timeline(options)
    _emit(timeline.events(**_question(options)), options)


@cli.command()
@click.option("--on", required=True, metavar="DATE", help="A day; a year or month means its last day.")
@click.option("--form", "kind", metavar="FORM", help="Only one form: licence, treaty, joint venture, …")
@_filtered
@_seen
@_shown
@_caught
def agreements(on: str, kind: str | None, **options: Any) -> None:
    """Which agreements stood on a day, and how far had they come?"""
    timeline = _timeline(options)
    _emit(timeline.agreements(on=on, form=kind, **_question(options)), options)


@cli.command()
@click.argument("indicator")
@click.option("--holder", metavar="ISO3", help='Whose; "*" for all.')
@_seen
@_shown
@_caught
def series(indicator: str, **options: Any) -> None:
    """What was measured of INDICATOR, period by period? "*" is every indicator."""
    timeline = _timeline(options)
    _emit(timeline.series(indicator, **_question(options)), options)


@cli.command()
@click.option("--holder", metavar="ISO3", help='Whose claims; "*" for all.')
@_seen
@_shown
@_caught
def audit(**options: Any) -> None:
    """Where do the sources contradict each other or themselves?"""
    from attrs import evolve

    answer = _timeline(options).audit(**_question(options))
    _emit(evolve(answer, findings=()), options)
    if len(answer):
        raise SystemExit(1)


@cli.command()
@click.option(
    "--sources",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="Folder of the documents.",
)
@_seen
@_shown
@_caught
def uncited(folder: Path, **options: Any) -> None:
    """What of the documents does no citation cover? Line by line, with characters."""
    timeline = _timeline(options)
    _emit(timeline.uncited(folder), options)


def _question(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in ("form", "output")}


# --- writing --------------------------------------------------------------------------------------------------


_LOG = click.option("--log", "log_path", type=click.Path(path_type=Path), required=True, help="Folder of the log.")


@cli.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="What the log is called.")
@click.option("--holder", default="KAZ", show_default=True, help="Whose forces, where a question does not say.")
@_caught
def init(path: Path, name: str, holder: str) -> None:
    """Begin an empty log in the folder PATH."""
    import kztimeline

    click.echo(kztimeline.init(path, name=name, holder=holder).head)


@cli.command()
@click.argument("drafts", nargs=-1, required=True, type=click.Path(path_type=Path))
@_LOG
@click.option("--expected-head", help="Refuse if the log has moved on.")
@click.option(
    "--sources",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of the documents: locators may name a line, or a passage by its first and last words.",
)
@click.option("--recorded", metavar="MOMENT", help="When it was written down; default: now.")
@_caught
def append(drafts: tuple[Path, ...], log_path: Path, **options: Any) -> None:
    """Append DRAFTS (TOML or JSON Lines), each as one segment; all or nothing is checked first."""
    import kztimeline
    from kztimeline.drafts import read_drafts

    timeline = kztimeline.open(log_path, mode="a")
    for receipt in timeline.append_drafts(read_drafts(drafts), **options):
        where = receipt.path.name if receipt.path else "nothing new"
        click.echo(f"{len(receipt.added)} new, {len(receipt.known)} known: {where}", err=True)
    click.echo(receipt.head)


@cli.command()
@click.argument("claim")
@click.option(
    "--set",
    "changes",
    multiple=True,
    required=True,
    metavar="FIELD=VALUE",
    help="A field's right value; empty takes it out.",
)
@click.option("--reason", required=True, help="Why, in a few words.")
@_LOG
@_caught
def correct(claim: str, changes: tuple[str, ...], reason: str, log_path: Path) -> None:
    """Correct our mistake in CLAIM (an id, or 8 digits of one)."""
    import kztimeline

    receipt = kztimeline.open(log_path, mode="a").correct(claim, dict(map(_change, changes)), reason=reason)
    click.echo(receipt.ids[0])


@cli.command()
@click.argument("claim")
@click.option("--reason", required=True, help="Why, in a few words.")
@_LOG
@_caught
def retract(claim: str, reason: str, log_path: Path) -> None:
    """Take back CLAIM (an id, or 8 digits of one) from every view."""
    import kztimeline

    click.echo(kztimeline.open(log_path, mode="a").retract(claim, reason=reason).ids[0])


def _change(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--set {text!r}: write FIELD=VALUE")
    if name in ("systems", "suppliers", "recipients", "parties", "covers", "flags"):
        return name, [part.strip() for part in value.split(",") if part.strip()]
    return name, value or None


# --- the log itself -------------------------------------------------------------------------------------------


@cli.command()
@_seen
@_shown
@_caught
def log(**options: Any) -> None:
    """List the segments of the log."""
    timeline = _timeline(options)
    _emit(timeline.segments(), options)


@cli.command()
@click.argument("what", type=str)
@click.option("--toml", is_flag=True, help="As a draft that reads back to the same lines.")
@click.option("--log", "log_path", type=click.Path(path_type=Path), help="Folder of a log; default: the shipped one.")
@_caught
def show(what: str, toml: bool, log_path: Path | None) -> None:
    """Show a segment (id, 8 digits of one, or its file) or one event, a line for each claim."""
    from kztimeline.lines import draft_toml, readable
    from kztimeline.shown import found

    note, rows = found(_timeline({"log_path": log_path}), what)
    if toml:
        click.echo(draft_toml(note, [value for _, value in rows]), nl=False)
        return
    if note:
        click.echo(f"# {note}")
    for identity, value in rows:
        click.echo(readable(identity, value))


@cli.command()
@click.option(
    "--sources",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of the documents: check every citation's passage.",
)
@click.option("--log", "log_path", type=click.Path(path_type=Path), help="Folder of a log; default: the shipped one.")
@_caught
def verify(folder: Path | None, log_path: Path | None) -> None:
    """Recompute everything the log promises; nothing is changed."""
    from kztimeline.log import read_log, remember_head, remembered_head
    from kztimeline.log import verify as verified
    from kztimeline.log.segments import read_genesis
    from kztimeline.shipped import shipped_log

    path = log_path or shipped_log()
    report = verified(path, seen=remembered_head(read_genesis(path)))
    for damage in report.damages:
        click.echo(f"kztimeline: {damage}", err=True)
    if report.damages:
        raise SystemExit(4)
    notes = list(report.notes)
    checks = _passages(path, folder) if folder is not None else []
    notes += [
        f"{check.claim[:8]}: {check.via} line {check.line}: {check.verdict}"
        for check in checks
        if check.verdict != "ok"
    ]
    for note in notes:
        click.echo(note, err=True)
    remember_head(read_log(path))
    passages = f", {sum(check.verdict == 'ok' for check in checks)} of {len(checks)} passages ok" if folder else ""
    click.echo(f"{report.segments} segments, {report.events} events, head {report.head}{passages}")
    if notes:
        raise SystemExit(1)


def _passages(path: Path, folder: Path) -> list[Any]:
    import kztimeline
    from kztimeline.citations import checked

    timeline = kztimeline.open(path)
    return checked(timeline.standing.claims, timeline.standing.registry.documents, folder)
