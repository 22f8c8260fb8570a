"""The commands that read and compare editions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kztimeline.cli.options import FORMAT, HOLDER, VIEW, Place, emit, having, reading, say

if TYPE_CHECKING:
    from kztimeline.editions import Edition
    from kztimeline.timeline import Timeline

MAPPING = click.option("--mapping", type=Place(dir_okay=False, exists=True), help="TOML file that names the columns.")
UNCHANGED = click.option("--unchanged", is_flag=True, help="With the rows that did not change.")


@click.command()
@click.argument("one")
@click.argument("other")
@having(
    MAPPING,
    UNCHANGED,
    click.option("--on", metavar="DATE", help="Compare what two views say of a day; ONE and OTHER name the views."),
    click.option("--causes", is_flag=True, help="A row for each cause instead of each change."),
    click.option("--exit-code", is_flag=True, help="End with 1 unless nothing is left unexplained."),
    HOLDER,
    *VIEW,
    *FORMAT,
)
def diff(one: str, other: str, **options: Any) -> None:
    """What changed between ONE and OTHER, and what accounts for it?

    Each is an edition of the log (iiss-mb-2024), a day, or FILE#EDITION; with --on a publication date, or a head.
    """
    from attrs import evolve

    from kztimeline.answers import told
    from kztimeline.comparing import views_differing
    from kztimeline.output import write

    timeline = reading(options)
    if options["on"] is not None:
        views = _view(one, timeline), _view(other, timeline)
        found = views_differing(*views, options["on"], holder=options["holder"], unchanged=options["unchanged"])
    else:
        readings = [_reading(text, timeline, options["mapping"]) for text in (one, other)]
        found = timeline.diff(*readings, holder=options["holder"], unchanged=options["unchanged"])
    shown = evolve(found, frame=found.causes) if options["causes"] else found
    write(shown, form=options["form"], output=options["output"])
    for line in (*found.headline, *told(found.findings)):
        say(line)
    if options["exit_code"] and not found.settled:
        raise SystemExit(1)


def _reading(text: str, timeline: Timeline, mapping: Path | None) -> Edition | str:
    path, _, edition = text.partition("#")
    if not Path(path).is_file():
        return text
    return timeline.read_edition(path, mapping, edition=edition or None)


def _view(text: str, timeline: Timeline) -> Timeline:
    """Take a view by its publication date, or by the head of the log that it saw."""
    is_head = len(text) >= 8 and all(c in "0123456789abcdef" for c in text)
    return timeline.view(recorded_by=text) if is_head else timeline.view(published_by=text)


@click.command()
@click.argument("name")
@having(MAPPING, HOLDER, *VIEW, *FORMAT)
def edition(name: str, **options: Any) -> None:
    """Show the rows of an edition as read: one of the log, or FILE#EDITION."""
    timeline = reading(options)
    emit(timeline.rows(_reading(name, timeline, options["mapping"]), holder=options["holder"]), options)


@click.command()
@click.argument("name")
@having(*VIEW)
def resolve(name: str, **options: Any) -> None:
    """What does NAME mean: a system's own name, an alias, or only a suggestion? Ends with 1 if it is not known."""
    from kztimeline.lines import printable
    from kztimeline.registry import resolution

    found = resolution(reading(options).standing.registry, name)
    click.echo(f"{found.how}: {found.system or ' '.join(found.suggestions) or printable(name)}")
    if found.system is None:
        raise SystemExit(1)


EDITIONS = (diff, edition, resolve)
