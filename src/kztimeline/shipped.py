"""Where the shipped log lies: inside the wheel, or beside the sources in an editable install."""

from __future__ import annotations

from pathlib import Path

from kztimeline.errors import LogNotFoundError


def shipped_log() -> Path:
    """Give the folder of the shipped log. Raises :class:`LogNotFoundError` where the package lacks it."""
    package = Path(__file__).parent
    for folder in (package / "events", package.parent.parent / "events"):
        if (folder / "log.json").is_file():
            return folder
    raise LogNotFoundError("the shipped log is missing; install the package again", path=str(package))
