"""The command ``kztimeline``: arguments in, a call, the answer out.

Data go to stdout, messages to stderr. Exit codes: 0 fine, 1 findings of ``verify``, 2 usage, unknown
names, files, 3 bad data, 4 damage to a log, 130 stopped by the user, 141 nobody reads on.
"""

from __future__ import annotations

import atexit
import gc

from kztimeline.errors import MissingExtraError

try:
    import click
except ImportError as error:
    raise MissingExtraError('pip install "kztimeline[cli]"') from error

from kztimeline.cli.editions import EDITIONS
from kztimeline.cli.faces import FACES
from kztimeline.cli.files import FILES
from kztimeline.cli.keeping import KEEPING
from kztimeline.cli.questions import QUESTIONS
from kztimeline.cli.upkeep import UPKEEP
from kztimeline.cli.writes import WRITES

__all__ = ["cli", "main"]

OBJECTS = 1_000_000
"""So many objects are made before garbage is searched for: a question makes fewer, and ends soon."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kztimeline")
def cli() -> None:
    """Dated, sourced claims about arms and armed forces, asked at a point in time."""


for command in (*QUESTIONS, *EDITIONS, *FACES, *WRITES, *FILES, *UPKEEP, *KEEPING):
    cli.add_command(command)


def main() -> None:
    """Run the command; what it made is not searched for garbage while it runs, nor once more when it ends."""
    gc.set_threshold(OBJECTS)
    atexit.register(gc.freeze)
    cli(prog_name="kztimeline")
