"""Imports go down only: each room stands on a floor, and neighbours do not import each other."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "kztimeline"
FLOORS = {
    "errors": 0,
    "truth": 1,
    "edtf": 1,
    "canonical": 1,
    "dates": 2,
    "quantities": 2,
    "events": 3,
    "registry": 3,
    "readings": 3,
    "checks": 4,
    "codec": 5,
    "log": 6,
    "lines": 6,
    "views": 7,
    "happenings": 8,
    "deals": 9,
    "sums": 10,
    "ledgers": 11,
    "statements": 12,
    "combine": 12,
    "steps": 13,
    "drafts": 13,
    "shipped": 13,
    "citations": 13,
    "answers": 13,
    # polars starts here
    "frames": 14,
    "tables": 15,
    "holdings": 15,
    "explain": 15,
    "writing": 15,
    "timeline": 16,
    "shown": 17,
    "output": 17,
    "cli": 18,
}
POLARS = 14
EXTRAS = {"rich": {"output"}, "click": {"cli"}}


def rooms() -> list[Path]:
    return sorted(
        path for path in SOURCE.rglob("*.py") if path.name not in ("__main__.py",) and path.parent.name != "__pycache__"
    )


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", rooms(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_down(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    assert room in FLOORS, f"{room} has no floor; give it one"
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "kztimeline" and len(parts) > 1 and parts[1] in FLOORS and parts[1] != room:
            assert FLOORS[parts[1]] < FLOORS[room], f"{room} imports {parts[1]}, which is not below it"
        if parts[0] == "polars":
            assert FLOORS[room] >= POLARS or room == "answers", f"{room} imports polars below its floor"
        if parts[0] in EXTRAS:
            assert room in EXTRAS[parts[0]], f"{room} imports {parts[0]}, which is of an extra"


def test_importing_the_library_does_not_import_polars() -> None:
    code = "import sys, kztimeline; print('polars' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_help_does_not_import_polars() -> None:
    code = (
        "import sys\nfrom kztimeline.cli import cli\n"
        "try:\n    cli(['fielded', '--help'])\nexcept SystemExit:\n    print('polars' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")
