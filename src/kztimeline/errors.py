"""Every error the library raises on purpose: what, where, and what to write instead.

Messages are lower case and carry no full stop. Each class derives from the standard exception that
a caller would expect, and from :class:`KztimelineError`, so that one ``except`` catches them all.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence


class KztimelineError(Exception):
    """The common root of the library's own errors."""


class NotationError(KztimelineError, ValueError):
    """A date, quantity or period that is not written in a known notation."""


class EventError(KztimelineError, ValueError):
    """A claim that does not say what its kind needs."""


class UnknownNameError(KztimelineError, LookupError):
    """A name that no definition in the log resolves; the message may suggest near names."""


class DraftError(KztimelineError, ValueError):
    """Drafts with problems: ``problems`` holds all of them, in the order of the drafts."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''}; nothing was written\n{lines}")

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error travel between processes whole."""
        return type(self), (self.problems,)


class FileError(KztimelineError, ValueError):
    """A file that cannot be read as what it should be; ``path`` and ``line`` say where (``line`` may be ``None``)."""

    def __init__(self, message: str, *, path: str, line: int | None = None) -> None:
        self.path = path
        self.line = line
        self.message = message
        super().__init__(f"{path if line is None else f'{path}:{line}'}: {message}")

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error travel between processes whole."""
        return partial(type(self), path=self.path, line=self.line), (self.message,)


class PathError(FileError, OSError):
    """A path that leads to no file, or no folder, where one is needed."""


class NotThereError(PathError, FileNotFoundError):
    """A path that leads to nothing."""


class TooLargeError(FileError):
    """A file that would take more memory or time than any real one, or claims to."""


class RowError(KztimelineError, ValueError):
    """One row of a file that says something no such row can mean; ``column`` says where."""

    def __init__(self, column: str, message: str) -> None:
        self.column = column
        super().__init__(message)


class NewNamesError(KztimelineError, LookupError):
    """Names in a file that no system of the log has: ``names`` lists each once, ``problems`` says it for people."""

    def __init__(self, names: Sequence[str], problems: Sequence[Problem], advice: str) -> None:
        self.names = tuple(names)
        self.problems = tuple(problems)
        count = len(self.names)
        shown = "\n".join(f"  {problem}" for problem in self.problems[:40])
        more = f"\n  … and {count - 40} more" if count > 40 else ""
        super().__init__(f"{count} name{'s' if count != 1 else ''} of no system here; {advice}\n{shown}{more}")


class LogError(KztimelineError):
    """Something about a log on disk; ``path`` and ``line`` say where (``line`` may be ``None``)."""

    def __init__(self, message: str, *, path: str, line: int | None = None) -> None:
        self.path = path
        self.line = line
        self.message = message
        place = path if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {message}")

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error travel between processes whole."""
        return partial(type(self), path=self.path, line=self.line), (self.message,)


class IntegrityError(LogError, ValueError):
    """Stored bytes that do not hash to what names them, or a segment that is not whole."""


class MissingParentError(IntegrityError):
    """A segment names a parent that the log does not hold."""


class RollbackError(IntegrityError):
    """The log no longer holds a head that was seen before."""


class FormatTooNewError(LogError, ValueError):
    """A log or a segment written by a newer library."""


class HeadMovedError(LogError, RuntimeError):
    """``expected_head`` is not the head of the log: somebody else appended in between."""


class UnfinishedError(LogError, OSError):
    """Of several drafts only the first were written; ``segments`` are the ids of theirs. What stopped it is the cause."""

    def __init__(self, message: str, *, path: str, line: int | None = None, segments: Sequence[str] = ()) -> None:
        self.segments = tuple(segments)
        super().__init__(message, path=path, line=line)

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error travel between processes whole."""
        return partial(type(self), path=self.path, line=self.line, segments=self.segments), (self.message,)


class LogNotFoundError(LogError, FileNotFoundError):
    """There is no log at the path."""


class LogExistsError(LogError, FileExistsError):
    """``init`` on a folder that already holds a log."""


class ReadOnlyLogError(LogError, PermissionError):
    """An append to a timeline that was opened for reading."""


class MissingExtraError(KztimelineError, ImportError):
    """A package of an extra is not installed; the message is the line that installs it."""


@frozen
class Problem:
    """One finding about an input: file and line, the field, what is wrong, and what to write instead."""

    file: str
    line: int | None
    path: str
    message: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"
