"""The commands that show answers to people: pictures, the report, citations, the codebook, completion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kztimeline.cli.options import FORMAT, HOLDER, VIEW, Place, emit, having, reading, say
from kztimeline.errors import NotationError

if TYPE_CHECKING:
    from kztimeline.accounted import Accounted
    from kztimeline.answers import Answer
    from kztimeline.timeline import Timeline

_ASKED = ("fielded", "holdings", "orders", "history", "events", "agreements", "series", "audit", "diff")
QUESTION = click.option(
    "--of",
    "system",
    metavar="NAME",
    help="The system (holdings, history, events …) or indicator (series).",
)
ON = click.option("--on", metavar="DATE", help="The day, or the period of fielded.")
BETWEEN = click.option("--between", nargs=2, metavar="ONE OTHER", help="The two editions or days of diff.")


def answered(timeline: Timeline, what: str, options: dict[str, Any]) -> Answer | Accounted:
    """Ask one of the questions by its name. Raises :class:`NotationError` for what the question lacks."""
    system, on, holder = options["system"], options["on"], options["holder"]
    if what == "diff":
        return timeline.diff(*_needed(what, options["between"] or None, "--between ONE OTHER"), holder=holder)
    if what in ("holdings", "orders", "agreements"):
        day = _needed(what, on, "--on DATE")
        asked: Answer = getattr(timeline, what)(on=day, system=system, holder=holder)
        return asked
    if what == "fielded":
        return timeline.fielded(_needed(what, on, "--on PERIOD"), system=system, holder=holder)
    if what == "events":
        return timeline.events(system=system, holder=holder)
    if what == "audit":
        return timeline.audit(holder=holder)
    named: Answer = getattr(timeline, what)(_needed(what, system, "--of NAME"), holder=holder)
    return named


def _needed(what: str, value: Any, option: str) -> Any:
    if value is None:
        raise NotationError(f"{what} needs {option}")
    return value


@click.command()
@click.argument("what")
@having(
    click.option(
        "-o", "--output", required=True, type=Place(dir_okay=False),
        help="The file: .svg, .png, .html or .json (Vega-Lite).",
    ),
    click.option("--lang", default="en", show_default=True, help="en or de."),
    QUESTION, ON, BETWEEN, HOLDER, *VIEW,
)  # fmt: skip
def plot(what: str, output: Path, lang: str, **options: Any) -> None:
    """Draw WHAT into a file: an answer (history, holdings, orders, fielded, events, series, diff) or the whole log
    (deals, suppliers, evidence)."""
    from kztimeline.plots import WHOLE

    timeline = reading(options)
    if what not in (*WHOLE, *_ASKED):
        raise NotationError(f"no picture is called {what!r}; write one of {', '.join((*WHOLE, *_ASKED))}")
    whole = what in WHOLE
    holder = options["holder"]
    drawn = (
        timeline.plot(what, holder=holder, lang=lang) if whole else answered(timeline, what, options).plot(lang=lang)
    )
    drawn.save(output)
    say(drawn.alt)


@click.command()
@click.argument("what", type=click.Choice(_ASKED))
@having(
    click.option("--as", "form", default="text", show_default=True, help="text, bibtex, csl-json or ris."),
    QUESTION, ON, BETWEEN, HOLDER, *VIEW,
)  # fmt: skip
def cite(what: str, form: str, **options: Any) -> None:
    """Cite what an answer rests on, and the state of the log: for a footnote, LaTeX, Zotero or Citavi."""
    cited = answered(reading(options), what, options).cite(form)
    click.echo(cited if isinstance(cited, str) else "\n".join(cited), nl=not isinstance(cited, str))


@click.command()
@click.argument("path", type=Place(dir_okay=False))
@having(
    click.option("--lang", default="en", show_default=True, help="en or de."),
    click.option("--on", metavar="DATE", help="The day; default: the last that a claim of units speaks of."),
    click.option("--interactive", is_flag=True, help="With Vega inside, so that pictures answer to the pointer."),
    HOLDER, *VIEW,
)  # fmt: skip
def report(path: Path, lang: str, **options: Any) -> None:
    """Write a report to PATH: one HTML file without scripts that opens offline and prints."""
    timeline = reading(options)
    say(f"{timeline.report(path, lang=lang, **options)}, {path.stat().st_size} bytes")


@click.command()
@having(click.option("--answer", metavar="NAME", help="Only the columns of one answer."), *VIEW, *FORMAT)
def codebook(answer: str | None, **options: Any) -> None:
    """What does each column of each answer mean?"""
    import polars as pl
    from attrs import evolve

    from kztimeline.codebook import ANSWERS

    if answer not in (None, *ANSWERS):
        raise NotationError(f"no answer is called {answer!r}; write one of {', '.join(ANSWERS)}")
    found = reading(options).codebook()
    own = found.frame if answer is None else found.frame.filter(pl.col("answer") == answer)
    emit(evolve(found, frame=own), options)


@click.command()
@click.argument("form", type=click.Choice(["timelinejs", "vis-timeline"]))
@having(QUESTION, HOLDER, *VIEW)
def news(form: str, system: str | None, holder: str | None, **options: Any) -> None:
    """Print events for a newsroom's timeline: JSON for TimelineJS or vis-timeline."""
    from kztimeline.exports_news import news as written

    click.echo(written(reading(options).events(system=system, holder=holder), form), nl=False)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the lines that teach SHELL to complete kztimeline's commands and options.

    bash: kztimeline completion bash > ~/.local/share/bash-completion/completions/kztimeline
    """
    from click.shell_completion import get_completion_class

    from kztimeline.cli import cli

    made = get_completion_class(shell)
    if made is not None:
        click.echo(made(cli, {}, "kztimeline", "_KZTIMELINE_COMPLETE").source())


FACES = (plot, report, cite, codebook, news, completion)
