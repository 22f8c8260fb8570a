"""``python -m kztimeline`` and ``kztimeline`` are this command; it is an extra, and where it is missing one line says so."""

from __future__ import annotations

import sys

from kztimeline.errors import MissingExtraError


def main() -> None:
    """Run the command; ends with 2 and the line that installs it where it is missing."""
    try:
        from kztimeline.cli import main as run
    except MissingExtraError as error:
        sys.stderr.write(f"kztimeline: the command is an extra: {error}\n")
        raise SystemExit(2) from None
    run()


if __name__ == "__main__":
    main()
