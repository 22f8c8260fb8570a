"""What a caller hands over as a path: taken as one, or refused in the library's own words before anything is done."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from kztimeline.errors import NotationError, NotThereError, PathError


def path_of(given: object, what: str, such: str) -> Path:
    """Take text or a path for a path; ``what`` says what it should lead to, ``such`` is one that could be written.

    Raises :class:`NotationError` for what can be none: other things, empty text, names that the system does not take.
    """
    if isinstance(given, str) and not given:
        raise NotationError(f'{what} is empty text; write its path, such as "{such}"')
    try:
        found = Path(given)  # type: ignore[arg-type]  # asked, not known
    except TypeError:
        raise NotationError(f'{what} is text or a path, not {given!r}; write its path, such as "{such}"') from None
    try:
        os.lstat(found)
    except ValueError:  # a zero byte, half a character
        raise NotationError(f"{what} cannot be called {str(found)!r}; write its path as the system shows it") from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            said = f"{str(found)[:60]!r} and so on, {len(str(found))} characters; the system takes no name so long"
            raise NotationError(f"{what} cannot be called {said}") from None
    return found


def file_in(path: Path) -> Path:
    """Give back the path of a file that is there to be read. Raises :class:`PathError`."""
    if path.is_dir():
        raise PathError("a folder; name a file in it", path=str(path))
    if not path.exists():
        raise NotThereError("there is no such file; name one that is there", path=str(path))
    return path


def file_out(path: Path) -> Path:
    """Give back the path of a file that may be written: no folder, and its own folder is there. Raises :class:`PathError`."""
    if path.is_dir():
        raise PathError("a folder; name a file in it", path=str(path))
    if not path.parent.is_dir():
        raise NotThereError("the folder is not there; make it first", path=str(path.parent))
    return path


def folder_out(path: Path) -> Path:
    """Give back the path of a folder that is there or can be made: no file stands in its way. Raises :class:`PathError`."""
    nearest = next((place for place in (path, *path.parents) if place.exists()), path)
    if nearest.exists() and not nearest.is_dir():
        raise PathError("a file; name a folder", path=str(nearest))
    return path


def folder_in(path: Path) -> Path:
    """Give back the path of a folder that is there to be read. Raises :class:`PathError`."""
    if not path.exists():
        raise NotThereError("there is no such folder; name one that is there", path=str(path))
    if not path.is_dir():
        raise PathError("a file; name the folder that it lies in", path=str(path))
    return path
