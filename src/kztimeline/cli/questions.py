"""The commands that ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kztimeline.cli.options import (
    ACCOUNT,
    EXACT,
    FORMAT,
    HOLDER,
    ON,
    OPERATOR,
    SYSTEM,
    VIEW,
    Place,
    asked,
    emit,
    having,
    reading,
)


@click.command()
@click.argument("period")
@having(OPERATOR, SYSTEM, HOLDER, EXACT, *VIEW, *FORMAT)
def fielded(period: str, **options: Any) -> None:
    """What was in service in PERIOD (2016, 2016-05, 2016/2018)?"""
    timeline, question = asked(options)
    emit(timeline.fielded(period, **question), options)


@click.command()
@having(ON, ACCOUNT, OPERATOR, SYSTEM, HOLDER, EXACT, *VIEW, *FORMAT)
def holdings(**options: Any) -> None:
    """What was held on a day?"""
    timeline, question = asked(options)
    emit(timeline.holdings(**question), options)


@click.command()
@having(ON, SYSTEM, HOLDER, EXACT, *VIEW, *FORMAT)
def orders(**options: Any) -> None:
    """What was ordered and not yet delivered on a day?"""
    timeline, question = asked(options)
    emit(timeline.orders(**question), options)


@click.command()
@click.argument("system")
@having(ACCOUNT, OPERATOR, EXACT, HOLDER, *VIEW, *FORMAT)
def history(system: str, **options: Any) -> None:
    """How did SYSTEM's number move over the years?"""
    timeline, question = asked(options)
    emit(timeline.history(system, **question), options)


@click.command()
@click.argument("system")
@having(ON, EXACT, HOLDER, *VIEW, *FORMAT)
def explain(system: str, **options: Any) -> None:
    """Why is SYSTEM's number what it is? Every event, each with its reason."""
    timeline, question = asked(options)
    emit(timeline.explain(system, **question), options)


@click.command()
@having(click.option("--kind", metavar="KIND", help="Only events of one kind."), SYSTEM, HOLDER, EXACT, *VIEW, *FORMAT)
def events(**options: Any) -> None:
    """Which events stand in the log?"""
    timeline, question = asked(options)
    emit(timeline.events(**question), options)


@click.command()
@having(*VIEW, *FORMAT)
def log(**options: Any) -> None:
    """List the segments of the log."""
    emit(reading(options).segments(), options)


@click.command()
@having(
    ON,
    click.option("--form", "shape", metavar="FORM", help="Only one form: licence, treaty, joint venture, …"),
    SYSTEM,
    HOLDER,
    EXACT,
    *VIEW,
    *FORMAT,
)
def agreements(shape: str | None, **options: Any) -> None:
    """Which agreements stood on a day, and how far had they come?"""
    timeline, question = asked(options)
    emit(timeline.agreements(form=shape, **question), options)


@click.command()
@click.argument("indicator")
@having(HOLDER, *VIEW, *FORMAT)
def series(indicator: str, **options: Any) -> None:
    """What was measured of INDICATOR, period by period? "*" is every indicator."""
    timeline, question = asked(options)
    emit(timeline.series(indicator, **question), options)


@click.command()
@having(HOLDER, *VIEW, *FORMAT)
def audit(**options: Any) -> None:
    """Where do the sources contradict each other or themselves? Ends with 1 if they do."""
    from attrs import evolve

    timeline, question = asked(options)
    answer = timeline.audit(**question)
    emit(evolve(answer, findings=()), options)
    if len(answer):
        raise SystemExit(1)


@click.command()
@having(
    click.option(
        "--sources",
        "folder",
        type=Place(file_okay=False, exists=True),
        required=True,
        help="Folder of the documents.",
    ),
    *VIEW,
    *FORMAT,
)
def uncited(folder: Path, **options: Any) -> None:
    """What of the documents does no citation cover? Line by line, with characters."""
    emit(reading(options).uncited(folder), options)


QUESTIONS = (fielded, holdings, orders, history, agreements, series, explain, events, audit, uncited, log)
