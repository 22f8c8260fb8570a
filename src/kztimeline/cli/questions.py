"""The commands that ask."""

from __future__ import annotations

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


QUESTIONS = (fielded, holdings, orders, history, explain, events, log)
