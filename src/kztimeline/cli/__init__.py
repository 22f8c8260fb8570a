"""The command ``kztimeline``: arguments in, a call, the answer out.

Data go to stdout, messages to stderr. Exit codes: 0 fine, 1 findings of ``verify``, 2 usage, unknown
names, files, 3 bad data, 4 damage to a log, 130 stopped by the user, 141 nobody reads on.
"""

from __future__ import annotations

import atexit
import gc
from importlib import import_module

from kztimeline.errors import MissingExtraError

try:
    import click
except ImportError as error:
    raise MissingExtraError('pip install "kztimeline[cli]"') from error

__all__ = ["cli", "main"]

ROOMS = {
    "questions": "fielded holdings orders history agreements series explain events audit uncited log",
    "editions": "diff edition resolve",
    "faces": "plot report cite codebook news completion",
    "writes": "init append correct revise retract withdraw link",
    "files": "import export template",
    "upkeep": "show verify",
    "keeping": "checkpoint repair redact",
}
"""The commands by the room that holds them, which is loaded when one of its commands is asked for."""
OBJECTS = 1_000_000
"""So many objects are made before garbage is searched for: a question makes fewer, and ends soon."""


class _Rooms(click.Group):
    """A group that loads a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(name for names in ROOMS.values() for name in names.split())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        room = next((room for room, names in ROOMS.items() if cmd_name in names.split()), None)
        if room is None:
            return None
        commands: tuple[click.Command, ...] = getattr(import_module(f"kztimeline.cli.{room}"), room.upper())
        return next(command for command in commands if command.name == cmd_name)


@click.group(cls=_Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kztimeline")
def cli() -> None:
    """Dated, sourced claims about arms and armed forces, asked at a point in time."""


def main() -> None:
    """Run the command; what it made is not searched for garbage while it runs, nor once more when it ends."""
    gc.set_threshold(OBJECTS)
    atexit.register(gc.freeze)
    cli(prog_name="kztimeline")
