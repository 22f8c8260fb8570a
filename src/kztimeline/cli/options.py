"""What the commands share: options, the log they open, errors as messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kztimeline.errors import (
    DraftError,
    EventError,
    FileError,
    FormatTooNewError,
    HeadMovedError,
    IntegrityError,
    KztimelineError,
    NewNamesError,
    PathError,
)

if TYPE_CHECKING:
    from kztimeline.answers import Answer
    from kztimeline.timeline import Timeline

Command = Callable[..., None]

STOPPED = 130
UNREAD = 141


def _moment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse what is no moment as wrong usage."""
    from kztimeline.log.headers import moment

    try:
        return None if value is None else moment(value)
    except EventError as error:
        raise click.BadParameter(str(error)) from error


class Place(click.Path):
    """A path as :class:`pathlib.Path`; empty text is none, though the system takes it for the folder one stands in."""

    def __init__(self, **wanted: Any) -> None:
        super().__init__(path_type=Path, **wanted)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse empty text as wrong usage."""
        if value == "":
            self.fail("the path is empty; write one, or . for the folder you are in", param, ctx)
        return super().convert(value, param, ctx)


LOG = click.option("--log", "log_path", type=Place(), help="Folder of a log; default: the shipped one.")
OWN_LOG = click.option("--log", "log_path", type=Place(), required=True, help="Folder of the log.")
RECORDED = click.option(
    "--recorded", metavar="MOMENT", callback=_moment, help="When it was written down; default: now."
)
REASON = click.option("--reason", required=True, metavar="TEXT", help="Why, in a few words.")
ON = click.option("--on", required=True, metavar="DATE", help="A day; a year or month means its last day.")
OPERATOR = click.option("--operator", metavar="ID", help="One branch alone.")
ACCOUNT = click.option("--account", default="held", help="held (default), in-service, in-store, …, or *.")
EXACT = click.option("--exact", is_flag=True, help="Without the variants of the system.")
HOLDER = click.option("--holder", metavar="ISO3", help='Whose forces; "*" for all. Default: the log\'s own.')
SYSTEM = click.option("--system", metavar="NAME", help="One system and its variants.")
VIEW = (
    LOG,
    click.option("--published-by", metavar="DATE", help="Only what was certainly public by then."),
    click.option("--recorded-by", metavar="DATE|HEAD", help="The log as it stood then."),
    click.option("--source", "sources", multiple=True, metavar="ID", help="Only these sources (repeatable)."),
    click.option("--policy", metavar="NAME", help="anchored (default), flows, statements or envelope."),
)
FORMAT = (
    click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json", "csv", "parquet"]),
        help="Default: by the file's name, else table.",
    ),
    click.option("-o", "--output", type=Place(dir_okay=False), help="Write to a file."),
)


def having(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Add options to a command, in the order in which its help lists them; its errors become exit codes."""

    def added(command: Command) -> Command:
        made = _caught(command)
        for option in reversed(options):
            made = option(made)
        return made

    return added


def _caught(command: Command) -> Command:
    """Turn what is raised into a message on stderr and an exit code."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            if sys.stdout is None:  # closed by the shell, so that nobody reads
                sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
            command(*args, **options)
            sys.stdout.flush()
        except KztimelineError as error:
            say(f"kztimeline: {error}")
            raise SystemExit(_code(error)) from error
        except BrokenPipeError as error:
            _let_go()
            raise SystemExit(UNREAD) from error
        except OSError as error:
            say(f"kztimeline: {error.strerror or error}{f': {error.filename}' if error.filename else ''}")
            _let_go()
            raise SystemExit(2) from error
        except KeyboardInterrupt as error:
            say("kztimeline: stopped")
            raise SystemExit(STOPPED) from error

    return run


def _let_go() -> None:
    """Send what is still buffered nowhere, so that leaving does not fail once more."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _code(error: KztimelineError) -> int:
    if isinstance(error, PathError):
        return 2
    if isinstance(error, IntegrityError | FormatTooNewError):
        return 4
    if isinstance(error, DraftError | EventError | FileError | HeadMovedError | NewNamesError):
        return 3
    return 2


def say(text: str) -> None:
    """Write a message to stderr; what a terminal would obey is written out."""
    from kztimeline.lines import printable

    for line in text.split("\n"):
        click.echo(printable(line), err=True)


def reading(options: dict[str, Any]) -> Timeline:
    """Open the log that the options name, or the shipped one, and take the options of its view out of them."""
    import kztimeline

    path = options.pop("log_path", None)
    found = kztimeline.load() if path is None else kztimeline.open(path)
    view = {name: options.pop(name, None) for name in ("published_by", "recorded_by", "policy")}
    return found.view(**view, sources=options.pop("sources", ()) or None)


def asked(options: dict[str, Any]) -> tuple[Timeline, dict[str, Any]]:
    """Give the timeline that the options name, and what is left of them for the question itself."""
    timeline = reading(options)
    return timeline, {name: value for name, value in options.items() if name not in ("form", "output")}


def emit(answer: Answer, options: dict[str, Any]) -> None:
    """Write an answer as the options say, and its findings to stderr."""
    from kztimeline.answers import told
    from kztimeline.output import write

    write(answer, form=options["form"], output=options["output"])
    sys.stdout.flush()
    for line in told(answer.findings):
        say(line)


def each(lines: Iterable[str]) -> None:
    """Write lines to stdout."""
    for line in lines:
        click.echo(line)
